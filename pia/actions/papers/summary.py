"""概要版 of what is out for comment or before a council: what changes and why, per reason, in plain
words that are all on record.

Reads only. 'What to look at' is reckoned (※ items, wording that departs from the national text,
wording an opinion led to), never written by the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from ...domain.errors import PiaError
from ...domain.procedure.cards import Card
from ...store.rows import consultations as consultation_rows
from ...store.rows import councils as council_rows
from ...store.rows.assessments import Round
from ..output import comparison_table
from ..records import days
from ..records.speakers import section
from ..viewing import consultations
from ..viewing import rounds as round_views
from ..workplace import Workplace, row_of
from .councils import asked_of
from .explanation import what
from .facts import (
    CaseDocument,
    Counted,
    body_words,
    by_reason,
    card_words,
    counted,
    day,
    documents,
)

if TYPE_CHECKING:
    from ...documents.comparison.table import ItemNotes, Subject
    from ...documents.papers.summary import ChangeSummary, Reason
    from ...documents.word.model import WrittenPaper


def summary(
    wp: Workplace, *, referral: int | None = None, consultation: int | None = None, upto: str = ""
) -> WrittenPaper:
    """The paper, for a referral or a consultation, on the record as it is.

    `upto`, an event of the procedure: as it was when that step was taken. PiaError when there is
    none of that number.
    """
    from ...documents.papers import summary as layout

    if (referral is None) == (consultation is None):
        raise PiaError("諮問か意見募集の、どちらか1つの番号を指定してください。")
    if referral is not None:
        subjects = comparison_table.of_referral(wp, referral)
    else:
        subjects = comparison_table.of_consultation(wp, consultation or 0)
    order = {subject.key: index for index, subject in enumerate(subjects)}
    with wp.store.read() as session:
        rounds = _rounds(session, referral, consultation)
        case = sorted(documents(session, rounds), key=lambda document: order[document.key])
        changed = counted(session, subjects, case)
        which = {"consultation": consultation, "referral": referral}
        strips = set()
        for document in case:
            last = days.first_of(session, document.round, upto, **which)
            strips.add(_strip(session, wp, document, last))
        con = None
        if consultation is not None:
            con = session.get(consultation_rows.Consultation, consultation)
        opinions = _opinions(session, wp, referral, {round_.id for round_ in rounds})
        body, office = body_words(session, case[0].body)
    reasons = by_reason(subjects, case)
    # Documents that stand elsewhere have no strip in common.
    if len(strips) == 1:
        steps = next(iter(strips))
    else:
        steps = ()
    page = layout.Summary(
        "特定個人情報保護評価書の見直し　概要版",
        f"{body['市']}　{section(str(office.get('department', '')))}",
        _lead(str(body["市"]), len(subjects), changed),
        tuple(layout.StepSummary(*step) for step in steps),
        tuple(_counts(subject, reasons) for subject in subjects),
        tuple(_told(reason, changed, subjects) for reason in reasons),
        _closing(con, opinions, len(subjects)),
    )
    return layout.sheet(page)


def _rounds(session: Session, referral: int | None, consultation: int | None) -> list[Round]:
    """The rounds of a referral or, where there is none, of a consultation."""
    if referral is None:
        con = row_of(session, consultation_rows.Consultation, consultation or 0, "意見募集")
        return list(con.rounds)
    rounds = []
    for pinned in row_of(session, council_rows.Referral, referral, "諮問").rounds:
        rounds.append(session.get_one(Round, pinned.round_id))
    return rounds


def _opinions(
    session: Session, wp: Workplace, referral: int | None, rounds: set[int]
) -> list[Mapping[str, Any]]:
    """The opinions on these rounds, of the consultations before a referral."""
    opinions: list[Mapping[str, Any]] = []
    if referral is not None:
        for con in asked_of(session, row_of(session, council_rows.Referral, referral, "諮問")):
            opinions += consultations.opinions_of(session, wp, con, rounds, outward=True)
    return opinions


def _counts(
    subject: Subject, reasons: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str, dict[str, int]]:
    """(number, title, changed items by reason) of one document."""
    counts = {}
    for reason, places in reasons.items():
        if subject.key in places:
            counts[reason or "その他"] = len(places[subject.key])
    return subject.number, subject.title, counts


def _told(reason: str, changed: Counted, subjects: Sequence[Subject]) -> Reason:
    """One reason with its changes."""
    from ...documents.papers.summary import Reason

    changes = []
    for card in changed.cards:
        if _reason(card, subjects) == reason:
            changes.append(_change(card, subjects))
    return Reason(reason or "その他", tuple(changes))


def _closing(
    con: consultation_rows.Consultation | None, opinions: Sequence[Mapping[str, Any]], count: int
) -> tuple[str, ...]:
    """The sentences at the end: the days of the consultation, its opinions, where the rest is."""
    closing = []
    if con:
        closing.append(f"御意見の募集の期間は、{day(con.start)}から{day(con.end)}までです。")
    if opinions:
        amended = sum(bool(opinion["adopted"]) for opinion in opinions)
        outcome = "案の修正はありませんでした。"
        if amended:
            outcome = f"うち{amended}件により案を修正しました。"
        closing.append(f"意見の募集では{len(opinions)}件の御意見を頂き、{outcome}")
    closing.append(f"変わるところの全部は、新旧対照表を御覧ください。評価書は全部で{count}件です。")
    return tuple(closing)


def _strip(
    session: Session, wp: Workplace, d: CaseDocument, last: int | None
) -> tuple[tuple[str, str, str], ...]:
    """(step, its day, where it stands) of one document, up to an event of its round."""
    rec = days.record(session, d.round, None if last is None else last + 1)
    rows = []
    for x in round_views.strip_of(session, wp, d.form_kind, rec):
        rows.append((str(x["name"]), str(x["words"]), str(x["where"])))
    return tuple(rows)


def _lead(city: str, documents_: int, changed: Counted) -> str:
    """How much is changed, in sentences."""
    out = (
        f"{city}は、"
        "個人番号（マイナンバー）を含む情報を取り扱う事務の「特定個人情報保護評価書」"
        f"{documents_}件を見直します。"
    )
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
    return (
        f"{out}{len(changed.shared)}件の変更は複数の評価書に共通で、"
        f"{len(changed.local)}件は1件の評価書だけのものです。"
    )


def _reason(c: Card, subjects: Sequence[Subject]) -> str:
    first = next(x for x in subjects if x.key in c.places)
    known = first.about.get(c.places[first.key])
    if known:
        return known.reason
    return ""


def _change(card: Card, subjects: Sequence[Subject]) -> ChangeSummary:
    from ...documents.papers.summary import ChangeSummary

    concerned = []
    for subject in subjects:
        if subject.key in card.places:
            concerned.append(subject)
    known = concerned[0].about.get(card.places[concerned[0].key])
    places = []
    for subject in concerned:
        page = subject.new_pages.get(card.places[subject.key])
        places.append(f"{subject.name}　{page}ページ" if page else subject.name)
    look = []
    if card.material:
        look.append("重要な変更の対象（※）です。")
    if known and _origin(known):
        look.append(_origin(known))
    return ChangeSummary(
        card_words(card, subjects),
        "\n".join(places),
        what(card),
        known.explanation if known else "",
        "\n".join(look),
    )


def _origin(about: ItemNotes) -> str:
    """How a change stands to the national text and to the opinions; empty where to neither."""
    opinions = f"意見{'・'.join(map(str, about.opinions))}"
    if about.departs and about.opinions:
        return f"国の記載例と違う書き方です（{opinions}を受けて修正）。"
    if about.departs:
        return "国の記載例と違う書き方です。"
    if about.opinions:
        return f"{opinions}により直しました。"
    if about.national:
        return "国の記載例と同文です。"
    return ""
