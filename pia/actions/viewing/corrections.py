"""Corrections as people read them: what a record said before and says now, why, by whom and when.

Knows how to put stored facts together for a page. Must not know pages. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...documents.text.page import official
from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.wareki import fiscal, written
from ...store import queries
from ...store.rows import assessments, consultations, councils, filing
from ...store.rows import national as national_rows
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ...store.rows.corrections import REINSTATED, WITHDRAWN, RecordCorrection
from ..access.given import agenda_of
from ..access.names import shown_name
from ..records import carrying_kinds, council_ways, referral_kinds
from ..records import correctable as records
from ..records.amended_places import DECISIONS
from ..records.commission_kinds import KINDS_OF_LETTER
from ..records.correctable import KINDS, NOTED, Field, Kind, kind_of
from ..records.leak_kinds import KINDS_OF_REPORT
from ..records.leaks import number_of
from ..records.minutes import MOVEMENTS, STEPS
from ..records.notice_kinds import KINDS_OF_NOTICE
from ..records.origin_kinds import KINDS_OF_ORIGIN
from ..workplace import Workplace, line
from .round_steps import EVENTS

PAGE = 30  # corrections on a page
EMPTY = "（記載なし）"
WORDS = 60  # letters of a place of a national text in a list


@dataclass(frozen=True, slots=True)
class CorrectedField:
    """One field of a correction, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as people read it. `of`: the record it is of; `act`: what was done to it."""

    of: str
    act: str
    fields: tuple[CorrectedField, ...]
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Correctable:
    """A record with its fields, what it says now (as JSON has it, by field), its corrections, the
    number of the latest (0 for none), the day it was taken back, and why it cannot be taken back
    now (None where its kind never is, empty where it can)."""

    kind: str
    number: int
    words: str
    named: str
    fields: tuple[Field, ...]
    values: Mapping[str, Any]
    corrections: tuple[Correction, ...]
    seen: int
    withdrawn: date | None
    follows: tuple[str, ...] | None


def correctable(wp: Workplace, name: str, number: int) -> Correctable:
    """A record that is to be put right. PiaError when there is none."""
    kind = kind_of(name)
    with wp.store.read() as session:
        row = records.row_of_kind(session, kind, number)
        kept = records.kept(session, name, row)
        follows = None
        if kind.follows is not None:
            follows = tuple(kind.follows(session, row))
        return Correctable(
            name,
            number,
            kind.words,
            _named(session, name, row),
            tuple(kind.fields(session, row)),
            records.values(session, kind, row),
            tuple(_shown(session, wp, kind, row, each) for each in kept),
            kept[0].id if kept else 0,
            records.withdrawn_on(session, kind, row),
            follows,
        )


def of_consultation(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of a consultation and of its opinions, the latest first."""
    with wp.store.read() as session:
        opinions = queries.opinions.ids_of_consultation(session, number)
        files = queries.opinions.attachment_ids(session, opinions)
        notices = queries.consultations.notice_ids(session, number)
        of = {"consultation": [number], "opinion": opinions, "opinion_attachment": files}
        of["consultation_notice"] = notices
        return _together(session, wp, of)


def of_sitting(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of a sitting, of what it was referred and of its verdicts."""
    with wp.store.read() as session:
        row = session.get(councils.Sitting, number)
        listed = agenda_of(row) if row is not None else frozenset()
        verdicts = [each.id for each in queries.councils.verdicts_of(session, listed)]
        return _together(
            session,
            wp,
            {"sitting": [number], "referral": sorted(listed), "verdict": verdicts},
        )


def of_referral(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of a referral, of its verdicts and of what followed it."""
    with wp.store.read() as session:
        verdicts = [each.id for each in queries.councils.verdicts(session, number)]
        steps = [each.id for each in queries.referrals.all_steps(session, number)]
        return _together(
            session, wp, {"referral": [number], "verdict": verdicts, "referral_step": steps}
        )


def of_candidates(wp: Workplace, key: str) -> tuple[Correction, ...]:
    """The corrections of the 次回修正候補 of a document."""
    with wp.store.read() as session:
        number = assessments.by_key(session, key).id
        numbers = queries.candidates.ids_of(session, number)
        return _together(session, wp, {"revision_candidate": numbers})


def of_incident(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of an incident and of what was decided about it."""
    with wp.store.read() as session:
        decided = queries.incidents.decision_ids(session, number)
        records_ = {"incident": [number], "incident_decision": decided}
        return _together(session, wp, records_)


def of_file(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of a file of 個人情報ファイル簿: of its 公表 and of what is left out."""
    with wp.store.read() as session:
        left = queries.file_register.ids_of_omissions(session, number)
        went = queries.file_register.ids_of_publications(session, number)
        return _together(session, wp, {"file_omission": left, "published_file": went})


def of_leak(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of a case of 漏えい等 and of all that is recorded of it."""
    with wp.store.read() as session:
        return _together(session, wp, queries.leaks.parts(session, number))


def of_report(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of a 定期報告."""
    with wp.store.read() as session:
        return _together(session, wp, {"handling_report": [number]})


def of_review(wp: Workplace, number: int) -> tuple[Correction, ...]:
    """The corrections of a 年次見直し, of its answers and of its 督促."""
    with wp.store.read() as session:
        answers, reminders = queries.reviews.all_numbers(session, number)
        return _together(
            session,
            wp,
            {
                "review_campaign": [number],
                "review_answer": answers,
                "review_reminder": reminders,
            },
        )


def of_round(wp: Workplace, ref: str) -> tuple[Correction, ...]:
    """The corrections of a round, its submissions and publications."""
    with wp.store.read() as session:
        number = _round(session, ref)
        submissions = queries.filing.submissions_of_round(session, number)
        published = queries.filing.all_publications_of_round(session, number)
        letters, replies = queries.commission.ids_of_round(session, number)
        return _together(
            session,
            wp,
            {
                "round": [number],
                "submission": [row.id for row in submissions],
                "publication": [row.id for row in published],
                "round_event": queries.rounds.all_events_of(session, number),
                "outward_date": queries.filing.all_days_of(session, number),
                "round_file": queries.round_files.ids_of_round(session, number),
                "commission_letter": letters,
                "commission_reply": replies,
                "amended_place": queries.amended_places.ids_of_round(session, number),
            },
        )


def _together(
    session: Session, wp: Workplace, records: Mapping[str, Sequence[int]]
) -> tuple[Correction, ...]:
    """The corrections of several records, by kind and number, the latest first."""
    listed = []
    for each in queries.corrections.of_records(session, records):
        kind = KINDS[each.kind]
        listed.append(_shown(session, wp, kind, session.get_one(kind.table, each.row_id), each))
    return tuple(listed)


def outward(wp: Workplace, ref: str) -> list[tuple[str, int, str]]:
    """What of a round left the house and can be put right: (submission or publication, its place
    from 1, what it is called)."""
    with wp.store.read() as session:
        number = _round(session, ref)
        sent = queries.filing.submissions_of_round(session, number)
        published = queries.filing.publications_of_rounds(session, [number])
        listed = []
        for place, row in enumerate(sent, 1):
            day = written(day_in_japan(row.at))
            listed.append(("submission", place, f"提出の文書番号・決裁日（{day}に提出）"))
        for event in queries.rounds.events_of(session, number):
            if event.event in NOTED:
                day = written(day_in_japan(event.at))
                listed.append(("event", event.seq, f"{EVENTS[event.event]}（{day}に記録）"))
        for place, outward_date in enumerate(queries.filing.outward_dates(session, number), 1):
            words = outward_date.note or "日付"
            listed.append(("day", place, f"{words}（{written(outward_date.day)}）"))
        for place, row in enumerate(published, 1):
            listed.append(("publication", place, f"公表日（{written(row.day)}）"))
        return listed


def page(wp: Workplace, first: int) -> tuple[list[Correction], int]:
    """(a page of all corrections, the latest first; how many there are)."""
    with wp.store.read() as session:
        listed = []
        for each in queries.corrections.page(session, first, PAGE):
            kind = KINDS[each.kind]
            row = session.get_one(kind.table, each.row_id)
            listed.append(_shown(session, wp, kind, row, each))
        return listed, queries.corrections.count(session)


def _shown(
    session: Session, wp: Workplace, kind: Kind, row: Any, each: RecordCorrection
) -> Correction:
    act = "直した"
    if each.act == WITHDRAWN:
        act = "取り消した"
    elif each.act == REINSTATED:
        act = "取消しの後、改めて記録した"
    fields = []
    for field in kind.fields(session, row):
        if field.name in each.after:
            fields.append(
                CorrectedField(
                    field.label,
                    words(wp, field, each.before.get(field.name)),
                    words(wp, field, each.after[field.name]),
                )
            )
    return Correction(
        f"{kind.words}「{_named(session, kind.name, row)}」",
        act,
        tuple(fields),
        each.reason,
        shown_name(session, each.actor),
        each.at,
    )


def words(wp: Workplace, field: Field, value: Any) -> str:
    """A value of a field as people read it."""
    if field.kind == "ticked":
        return "はい" if value else "いいえ"
    if value in (None, "", []):
        return EMPTY
    if field.kind == "day":
        return written(date.fromisoformat(value))
    if field.kind == "clock":
        return str(value)[:5]
    if field.kind == "choice":
        return (field.options or {}).get(value, str(value))
    if field.kind == "agenda":
        return "\n".join(_agenda_line(entry) for entry in value)
    if field.kind == "places":
        return "\n".join(f"{official(str(place['item']))}　{_cut(place)}" for place in value)
    if field.kind in ("many", "lines"):
        named = field.options or {}
        return "、".join(named.get(part, part) for part in value)
    return str(value)


def _cut(place: Mapping[str, Any]) -> str:
    """The first words of a place of a national text."""
    words = " ".join(str(place.get("text") or (place.get("shape") or {}).get("text", "")).split())
    return words if len(words) <= WORDS else f"{words[:WORDS]}…"


def _agenda_line(entry: Mapping[str, Any]) -> str:
    line = f"{entry.get('number') or ''}　{entry.get('title') or ''}"
    if entry.get("referral"):
        line += f"（諮問{entry['referral']}）"
    if not entry.get("public", True):
        line += f"（非公開：{entry.get('reason') or ''}）"
    for name, label in _ITEM:
        told = entry.get(name)
        if told:
            line += f"　{label}：{'、'.join(told) if isinstance(told, list) else told}"
    return line.strip()


# What else an item of an agenda says of itself.
_ITEM = (
    ("kind", "種類"),
    ("called", "呼び方"),
    ("presenters", "説明する人"),
    ("materials", "資料"),
    ("result", "結果"),
)


def _named(session: Session, name: str, row: Any) -> str:
    """What people know a record by."""
    if name in _CALLED:
        return _CALLED[name](row)
    if name == "opinion":
        con = session.get_one(consultations.Consultation, row.consultation_id)
        return f"{con.title}　意見{row.number}"
    if name == "verdict":
        return str(session.get_one(councils.Referral, row.referral_id).title)
    if name == "referral_step":
        title = session.get_one(councils.Referral, row.referral_id).title
        bill = council_ways.only_by_bill(session)
        return f"{title}　{council_ways.said(referral_kinds.STEPS[row.kind], bill)}"
    if name == "proposal_outcome":
        return _named(session, "proposal", session.get_one(councils.Proposal, row.proposal_id))
    if name == "assignment" and row.opinion_id is not None:
        opinion = session.get_one(consultations.Opinion, row.opinion_id)
        return _named(session, "opinion", opinion)
    if name == "assignment":
        return _named(session, "remark", session.get_one(councils.Remark, row.remark_id))
    if name == "movement":
        member = session.get_one(councils.Member, row.member_id)
        return f"{member.name}さんの{MOVEMENTS.get(row.what, '出入り')}"
    if name == "review_answer":
        return f"{session.get_one(Affair, row.affair_id).name}の年次見直しの回答"
    if name == "comment":
        return f"{shown_name(session, row.actor)}さんのコメント"
    return _document_of(session, row)


# Kinds that say themselves what people know them by.
_CALLED: Mapping[str, Callable[[Any], str]] = {
    "consultation": lambda row: str(row.title),
    "glossary_term": lambda row: str(row.term),
    "national_revision": lambda row: f"{row.title}（{row.edition}）",
    "term_request": lambda row: f"「{row.term}」の説明の求め",
    "phrase": lambda row: str(row.heading or row.text[:30]),
    "referral": lambda row: str(row.title),
    "sitting": lambda row: f"{row.name}（{written(row.day)}）",
    "remark": lambda row: f"{row.speaker}さんの質問",
    "expected_question": lambda row: "想定問答",
    "wording_source": lambda row: "記載の由来",
    "content_answer": lambda row: "指摘への回答",
    "binding_check": lambda row: "必ず直す点検",
    "confirmation": lambda row: "国への確認",
    "answer": lambda row: f"{row.speaker}の回答",
    "affair": lambda row: str(row.name),
    "council": lambda row: str(row.name),
    "member": lambda row: f"{row.name}さんの任期",
    "review_campaign": lambda row: f"{fiscal(row.year)}の年次見直し",
    "review_reminder": lambda row: f"年次見直しの督促（{written(row.day)}）",
    "revision_candidate": lambda row: str(row.text)[:WORDS],
    "handling_report": lambda row: f"{fiscal(row.year)}分の定期報告",
    "incident": lambda row: f"{written(row.known)}に知った事故",
    "incident_decision": lambda row: "重大事故から1年後の判断",
    "leak_case": lambda row: f"{number_of(row)}の漏えい等",
    "leak_report": lambda row: f"委員会への{KINDS_OF_REPORT[row.kind]}（{written(row.day)}）",
    "leak_given": lambda row: "漏えい等の審議会への報告",
    "leak_question": lambda row: f"{row.speaker}さんの質問",
    "leak_reply": lambda row: f"{row.speaker}の回答",
    "leak_effect": lambda row: "漏えい等の評価書への影響",
    "date_inquiry": lambda row: f"{row.title}の日程の照会",
    "carried_set": lambda row: f"{carrying_kinds.WORDS.get(row.kind, '持出し')}第{row.number}号",
    "observer": lambda row: f"傍聴券{row.ticket}の受付",
    "sitting_step": lambda row: f"{STEPS.get(row.kind, row.kind)}（{written(row.day)}）",
    "proposal": lambda row: f"{row.speaker}さんの修正案",
    "round_event": lambda row: (
        EVENTS.get(row.event, "手続の記録") + f"（{written(day_in_japan(row.at))}）"
    ),
    "outward_date": lambda row: f"{written(row.day)}（{row.note or '日付の記録'}）",
    "amended_place": lambda row: f"直した箇所の扱い（{DECISIONS[row.decision]}）",
    "affair_origin": lambda row: f"事務の{KINDS_OF_ORIGIN[row.kind]}",
    "guide_file": lambda row: row.title,
    "file_omission": lambda row: f"記載しないもの（{row.part or '全て'}）",
    "published_file": lambda row: f"ファイル簿の公表（{written(row.day)}）",
    "consultation_notice": lambda row: KINDS_OF_NOTICE[row.kind],
    "opinion_attachment": lambda row: f"添付ファイル「{row.name}」",
    "round_file": lambda row: f"{row.title}（{row.name}）",
    "affair_end": lambda row: f"事務の終了（{written(row.day)}）",
    "commission_letter": lambda row: (
        f"委員会からの{KINDS_OF_LETTER[row.kind]}（{written(row.day)}）"
    ),
    "commission_reply": lambda row: f"委員会への回答（{written(row.day)}）",
    "planned_day": lambda row: f"{written(row.day)}の予定日",
    "closing_day": lambda row: f"{row.name}（{written(row.first)}）",
}


def _document_of(session: Session, row: Any) -> str:
    """The affair a round, a submission or a publication is of."""
    if isinstance(row, Round):
        assessment = row.assessment_id
    elif isinstance(row, filing.Submission | filing.Publication):
        assessment = session.get_one(Version, row.version_id).assessment_id
    else:
        raise PiaError("その記録は、この画面では直せません。")
    at = session.get_one(Assessment, assessment)
    return session.get_one(Affair, at.affair_id).name


def _round(session: Session, ref: str) -> int:
    at = line(session, ref)
    if at.round is None:
        raise PiaError(f"{ref} は再実施・修正ではありません。一覧から選び直してください。")
    return at.round.id


def round_id(wp: Workplace, ref: str) -> int:
    """The number of the round a line names."""
    with wp.store.read() as session:
        return _round(session, ref)


def last_verdict(wp: Workplace, referral: int) -> int | None:
    """The number of the verdict of a referral that counts; None before the first."""
    with wp.store.read() as session:
        verdict = queries.councils.last_verdict(session, referral)
        return verdict.id if verdict is not None else None


def answer_id(wp: Workplace, remark: int, place: int) -> int:
    """The number of an answer by its place, from 1, among all that were given to a question.
    PiaError where there is none."""
    with wp.store.read() as session:
        answers = queries.remarks.answers_to(session, remark)
    return _at(answers, place, "回答")


def outward_id(wp: Workplace, ref: str, what: str, place: int) -> int:
    """The number of what is kept of a round and stands: of a submission, a publication or a day by
    its place, from 1, of a step by its number."""
    with wp.store.read() as session:
        number = _round(session, ref)
        if what == "event":
            events = queries.rounds.events_of(session, number)
            return _at([event for event in events if event.seq == place], 1, "手続")
        if what == "day":
            return _at(queries.filing.outward_dates(session, number), place, "日付")
        if what == "submission":
            return _at(queries.filing.submissions_of_round(session, number), place, "提出")
        return _at(queries.filing.publications_of_rounds(session, [number]), place, "公表")


def proposal_id(wp: Workplace, referral: int, place: int) -> int:
    """The number of a proposal by its place, from 1, among those of a referral that stand."""
    with wp.store.read() as session:
        return _at(queries.remarks.standing_proposals(session, referral), place, "修正案")


def outcome_id(wp: Workplace, referral: int, place: int) -> int:
    """The number of what was decided about a proposal, by the place of the proposal. PiaError where
    nothing was."""
    proposal = proposal_id(wp, referral, place)
    with wp.store.read() as session:
        return _at(queries.referrals.proposal_outcomes(session, [proposal]), 1, "回答")


def publication_id(wp: Workplace, key: str, place: int) -> int:
    """The number of a publication from before this program was there, by its place, from 1."""
    with wp.store.read() as session:
        assessment = assessments.by_key(session, key)
        return _at(queries.filing.without_round(session, assessment.id), place, "公表")


def past_publications(wp: Workplace, keys: Iterable[str]) -> list[tuple[str, int, date]]:
    """(document, place from 1, day) of what was published before this program was there."""
    listed = []
    with wp.store.read() as session:
        for key in keys:
            assessment = assessments.by_key(session, key)
            rows = queries.filing.without_round(session, assessment.id)
            for place, row in enumerate(rows, 1):
                listed.append((key, place, row.day))
    return listed


def of_affair(wp: Workplace, keys: Iterable[str]) -> tuple[Correction, ...]:
    """The corrections of what was recorded as published before this program was there."""
    numbers: list[int] = []
    with wp.store.read() as session:
        for key in keys:
            assessment = assessments.by_key(session, key)
            numbers += queries.filing.all_without_round(session, assessment.id)
        return _together(session, wp, {"publication": numbers})


def affair_id(wp: Workplace, key: str) -> int:
    """The number of an affair by its key. PiaError where there is none."""
    with wp.store.read() as session:
        found = queries.affairs.id_of_key(session, key)
    if found is None:
        raise PiaError("その事務はありません。一覧から選び直してください。")
    return found


def of_national(wp: Workplace, key: str) -> tuple[int, int, tuple[Correction, ...]]:
    """(number of a national text, number of the latest correction of it or of the texts it
    corrects, all of them, the latest first). PiaError where there is none."""
    with wp.store.read() as session:
        row = national_rows.revision(session, key)
        kept = records.kept(session, "national_revision", row)
        kind = kind_of("national_revision")
        listed = tuple(_shown(session, wp, kind, row, each) for each in kept)
        return row.id, kept[0].id if kept else 0, listed


def _at(rows: Sequence[Any], place: int, called: str) -> int:
    if not 1 <= place <= len(rows):
        raise PiaError(f"その{called}の記録はありません。一覧から選び直してください。")
    return int(rows[place - 1].id)
