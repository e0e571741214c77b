"""概要版 of what is out for comment or before a council: what changes and why, per reason, in plain words that are all on record.

Reads only. 'What to look at' is reckoned (※ items, wording that departs from the national text, wording an opinion led to), never written by the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from ...domain.errors import PiaError
from ...domain.procedure.cards import Card
from ...store.rows import consultation as consultation_rows
from ...store.rows import council as council_rows
from ...store.rows.assessments import Round
from ..output import comparison_table
from ..records import days
from ..viewing import cards, register
from ..workplace import Workplace, row_of
from .council import asked_of, what
from .facts import (
    Counted,
    Document,
    body_words,
    by_reason,
    card_words,
    counted,
    day,
    documents,
    section,
)

if TYPE_CHECKING:
    from ...documents.comparison.table import Subject
    from ...documents.papers.summary import Change
    from ...documents.word.model import Sheet


def summary(
    wp: Workplace, *, referral: int | None = None, consultation: int | None = None, upto: str = ""
) -> Sheet:
    """The paper, for a referral or a consultation, on the record as it is; `upto` an event of the
    procedure: as it was when that step was taken. PiaError when
    there is none of that number."""
    from ...documents.papers import summary as layout

    if (referral is None) == (consultation is None):
        raise PiaError("諮問か意見募集の、どちらか1つの番号を指定してください。")
    if referral is not None:
        subjects = comparison_table.of_referral(wp, referral)
    else:
        subjects = comparison_table.of_consultation(wp, consultation or 0)
    with wp.store.read() as session:
        if referral is not None:
            rounds = []
            for round_ in row_of(session, council_rows.Referral, referral, "諮問").rounds:
                rounds.append(session.get_one(Round, round_.round_id))
        else:
            rounds = list(
                row_of(
                    session, consultation_rows.Consultation, consultation or 0, "意見募集"
                ).rounds
            )
        order = {}
        for index, x in enumerate(subjects):
            order[x.key] = index
        found = sorted(documents(session, rounds), key=lambda document: order[document.key])
        changed = counted(session, subjects, found)
        which = {"consultation": consultation, "referral": referral}
        strips = set()
        for document in found:
            strips.add(
                _strip(session, wp, document, days.first_of(session, document.round, upto, **which))
            )
        # documents that stand elsewhere have no strip in common
        if len(strips) == 1:
            steps = next(iter(strips))
        else:
            steps = ()
        if consultation is not None:
            con = session.get(consultation_rows.Consultation, consultation)
        else:
            con = None
        if referral is not None:
            asked = asked_of(session, row_of(session, council_rows.Referral, referral, "諮問"))
        else:
            asked = []
        opinions = []
        for x in asked:
            for opinion in cards.opinions_of(
                session, wp, x, {each_round_.id for each_round_ in rounds}, outward=True
            ):
                opinions.append(opinion)
        body, office = body_words(session, found[0].body)
    reasons = by_reason(subjects, found)
    counts = []
    for x in subjects:
        counts.append(
            (
                x.number,
                x.title,
                {text: len(value[x.key]) for text, value in reasons.items() if x.key in value},
            )
        )
    told = []
    for reason in reasons:
        mine = []
        for card in changed.cards:
            if _reason(card, subjects) == reason:
                mine.append(card)
        told.append(
            layout.Reason(reason or "その他", tuple(_change(cell, subjects) for cell in mine))
        )
    closing = []
    if con:
        closing.append(f"御意見の募集の期間は、{day(con.start)}から{day(con.end)}までです。")
    if opinions:
        amended = sum(bool(opinion["adopted"]) for opinion in opinions)
        closing.append(
            f"意見の募集では{len(opinions)}件の御意見を頂き、{f'うち{amended}件により案を修正しました。' if amended else '案の修正はありませんでした。'}"
        )
    closing.append(
        f"変わるところの全部は、新旧対照表を御覧ください。評価書は全部で{len(subjects)}件です。"
    )
    made = layout.Summary(
        "特定個人情報保護評価書の見直し　概要版",
        f"{body['市']}　{section(str(office.get('department', '')))}",
        _lead(str(body["市"]), len(subjects), changed),
        tuple(layout.Step(*x) for x in steps),
        tuple(
            (name, each_text, {key or "その他": each_value for key, each_value in cell.items()})
            for name, each_text, cell in counts
        ),
        tuple(told),
        tuple(closing),
    )
    return layout.sheet(made)


def _strip(
    session: Session, wp: Workplace, d: Document, last: int | None
) -> tuple[tuple[str, str, str], ...]:
    """(step, its day, where it stands) of one document, up to an event of its round."""
    rec = days.record(session, d.round, None if last is None else last + 1)
    rows = []
    for x in register.strip_of(session, wp, d.form_kind, rec):
        rows.append((str(x["name"]), str(x["words"]), str(x["where"])))
    return tuple(rows)


def _lead(city: str, documents_: int, changed: Counted) -> str:
    """How much is changed, in sentences."""
    out = f"{city}は、個人番号（マイナンバー）を含む情報を取り扱う事務の「特定個人情報保護評価書」{documents_}件を見直します。"
    if not changed.items:
        return f"{out}変わる箇所はありません。"
    if changed.material:
        material = f"そのうち{changed.material}箇所が重要な変更の対象です。"
    else:
        material = "重要な変更の対象はありません。"
    out += f"変わる箇所は{changed.items}箇所で、{material}"
    if documents_ == 1:
        return out
    if not changed.shared:
        return f"{out}複数の評価書に共通する変更は、ありません。"
    if not changed.local:
        return f"{out}変更は全て、複数の評価書に共通です。"
    return f"{out}{len(changed.shared)}件の変更は複数の評価書に共通で、{len(changed.local)}件は1件の評価書だけのものです。"


def _reason(c: Card, subjects: Sequence[Subject]) -> str:
    first = next(x for x in subjects if x.key in c.places)
    known = first.about.get(c.places[first.key])
    if known:
        return known.reason
    return ""


def _change(c: Card, subjects: Sequence[Subject]) -> Change:
    from ...documents.papers.summary import Change

    mine = []
    for x in subjects:
        if x.key in c.places:
            mine.append(x)
    known = mine[0].about.get(c.places[mine[0].key])
    spots = []
    for x in mine:
        spots.append((x.name, x.new_pages.get(c.places[x.key])))
    where = "\n".join(f"{name}　{part}ページ" if part else name for name, part in spots)
    look = []
    if c.material:
        look.append("重要な変更の対象（※）です。")
    if known and known.departs:
        if known.opinions:
            because = f"（意見{'・'.join(map(str, known.opinions))}を受けて修正）"
        else:
            because = ""
        look.append(f"国の記載例と違う書き方です{because}。")
    elif known and known.opinions:
        look.append(f"意見{'・'.join(map(str, known.opinions))}により直しました。")
    elif known and known.national:
        look.append("国の記載例と同文です。")
    return Change(
        card_words(c, subjects), where, what(c), known.explanation if known else "", "\n".join(look)
    )
