"""概要版 of what is out for comment or before a council: what changes and why, per reason, in plain words that are all on record.

Reads only. 'What to look at' is reckoned (※ items, wording that departs from the national text, wording an opinion led to), never written by the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..domain.errors import PiaError
from ..domain.review import Card
from ..store import consultation as consultation_rows
from ..store import council as council_rows
from ..store.assessments import Assessment, Round
from . import agenda, comparison_table, reading
from .moving import consultation_of, revision
from .papers_council import what
from .papers_facts import body_words, by_reason, card_words, counted, day, documents, section
from .workplace import Line, Workplace, row_of

if TYPE_CHECKING:
    from ..documents.comparison import Subject
    from ..documents.docx_model import Sheet
    from ..documents.papers_summary import Change


def summary(wp: Workplace, *, referral: int | None = None, consultation: int | None = None) -> Sheet:
    """The paper, for a referral or a consultation. PiaError when there is none of that number."""
    from ..documents import papers_summary as layout

    if (referral is None) == (consultation is None):
        raise PiaError("諮問か意見募集の、どちらか1つの番号を指定してください。")
    subjects = comparison_table.of_referral(wp, referral) if referral is not None else comparison_table.of_consultation(wp, consultation or 0)
    with wp.store.read() as s:
        if referral is not None:
            rounds = [s.get_one(Round, p.round_id) for p in row_of(s, council_rows.Referral, referral, "諮問").rounds]
        else:
            rounds = list(row_of(s, consultation_rows.Consultation, consultation or 0, "意見募集").rounds)
        order = {x.key: i for i, x in enumerate(subjects)}
        found = sorted(documents(s, rounds), key=lambda d: order[d.key])
        changed = counted(s, subjects, found)
        first = found[0].round
        line = reading.round_line(s, wp, Line(s.get_one(Assessment, first.assessment_id), first), revision(s, first))
        con = consultation_of(s, first)
        opinions = agenda.opinions_of(s, wp, con) if con and referral is not None else []
        body, office = body_words(s, found[0].body)
    reasons = by_reason(subjects, found)
    counts = [(x.number, x.title, {r: len(p[x.key]) for r, p in reasons.items() if x.key in p}) for x in subjects]
    told = []
    for reason in reasons:
        mine = [c for c in changed.cards if _reason(c, subjects) == reason]
        told.append(layout.Reason(reason or "その他", tuple(_change(c, subjects) for c in mine)))
    closing = []
    if con and referral is None:
        done = "募集します" if line.state in ("DRAFTING", "CONSULTING") else "募集しました"
        closing.append(f"御意見は、{day(con.start)}から{day(con.end)}まで{done}。")
    if opinions:
        amended = sum(bool(o["adopted"]) for o in opinions)
        closing.append(f"意見の募集では{len(opinions)}件の御意見を頂き、{f'うち{amended}件により案を修正しました。' if amended else '案の修正はありませんでした。'}")
    closing.append(f"変わるところの全部は、新旧対照表を御覧ください。評価書は全部で{len(subjects)}件です。")
    lead = (
        f"{body['市']}は、個人番号（マイナンバー）を含む情報を取り扱う事務の「特定個人情報保護評価書」{len(subjects)}件を見直します。"
        f"変わる箇所は{changed.items}箇所で、そのうち{changed.material}箇所が重要な変更の対象です。"
        + (f"{len(changed.shared)}つの変更は複数の評価書に共通で、{len(changed.local)}つは1つの評価書だけのものです。" if len(subjects) > 1 else "")
    )
    made = layout.Summary(
        "特定個人情報保護評価書の見直し　概要版",
        f"{body['市']}　{section(str(office.get('department', '')))}",
        lead,
        tuple(layout.Step(str(x["name"]), day(x["day"]), str(x["where"])) for x in line.strip),
        tuple((n, t, {k or "その他": v for k, v in c.items()}) for n, t, c in counts),
        tuple(told),
        tuple(closing),
    )
    return layout.sheet(made)


def _reason(c: Card, subjects: Sequence[Subject]) -> str:
    first = next(x for x in subjects if x.key in c.places)
    known = first.about.get(c.places[first.key])
    return known.reason if known else ""


def _change(c: Card, subjects: Sequence[Subject]) -> Change:
    from ..documents.papers_summary import Change

    mine = [x for x in subjects if x.key in c.places]
    known = mine[0].about.get(c.places[mine[0].key])
    spots = [(x.name, x.new_pages.get(c.places[x.key])) for x in mine]
    where = "\n".join(f"{n}　{p}ページ" if p else n for n, p in spots)
    look = []
    if c.material:
        look.append("重要な変更の対象（※）です。")
    if known and known.departs:
        because = f"（意見{'・'.join(map(str, known.opinions))}を受けて修正）" if known.opinions else ""
        look.append(f"国の記載例と違う書き方です{because}。")
    elif known and known.opinions:
        look.append(f"意見{'・'.join(map(str, known.opinions))}により直しました。")
    elif known and known.national:
        look.append("国の記載例と同文です。")
    return Change(card_words(c, subjects), where, what(c), known.explanation if known else "", "\n".join(look))

