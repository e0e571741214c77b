"""What people wrote beside documents, as a search looks through it: of which tables it is made,
which of several editions counts, where it belongs, and whose withheld words it may quote.

Knows rows. Must not know an index, nor who may find what. What was taken back, erased or replaced
says nothing here. Who sent an opinion and the cases of 漏えい等 are never looked through: a look at
them goes on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import JST
from ...domain.document import items
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows.answers import ExpectedQuestion
from ...store.rows.comments import SAID, Comment
from ...store.rows.consultations import Opinion, Response
from ...store.rows.councils import Answer, GlossaryTerm, Proposal, Remark
from ...store.rows.minutes import MinutesField, Speech
from ...store.rows.phrases import Phrase
from ...store.rows.registers import FILE, RegisterRecord, RegisterVersion
from . import registers

OPINION, RESPONSE = "opinion", "response"
REMARK, ANSWER, PROPOSAL = "remark", "answer", "proposal"
COMMENT, EXPECTED = "comment", "expected_question"
SPEECH, MINUTES = "speech", "minutes_field"
NOTICE, FILES = "notice", "file"
TERM, PHRASE = "glossary_term", "phrase"
# What a text may belong to.
CONSULTATION, REFERRAL, ROUND, SITTING = "consultation", "referral", "round", "sitting"


@dataclass(frozen=True, slots=True)
class SearchedRecord:
    """What a record says. `place`: what tells it from others of its thing; `thing`: what it belongs
    to; `assessment`, `path`: the item it is about (of an opinion and its answer its number);
    `about`: the assessments whose withheld words it may say."""

    place: str
    text: str
    at: datetime
    thing: int | None = None
    assessment: int | None = None
    path: tuple[str, ...] = ()
    about: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record. `tables`: of which records (by number) a row of a table is part; `text`:
    what a record says, None where it says nothing any more; `thing`: what it belongs to."""

    tables: Mapping[str, Callable[[Session, int], Iterable[int]]]
    text: Callable[[Session, int], SearchedRecord | None]
    thing: str = ""


def _joined(*texts: str) -> str:
    return "\n".join(filter(None, (text.strip() for text in texts)))


def _itself(session: Session, number: int) -> Sequence[int]:
    return (number,)


# ---- 意見と市の考え方


def _opinion(session: Session, number: int) -> SearchedRecord | None:
    row = session.get(Opinion, number)
    if row is None or row.withdrawn is not None or row.recalled is not None:
        return None
    came = datetime.combine(row.received, time(), JST)
    about = queries.search.of_consultation(session, row.consultation_id)
    spot = (str(row.number),)
    place = f"意見{row.number}"
    return SearchedRecord(place, row.text, came, row.consultation_id, path=spot, about=about)


def _response(session: Session, number: int) -> SearchedRecord | None:
    opinion = session.get(Opinion, number)
    row = queries.search.last_response(session, number)
    if row is None or opinion is None or opinion.withdrawn is not None:
        return None
    about = queries.search.of_consultation(session, opinion.consultation_id)
    place = f"意見{opinion.number}への市の考え方"
    spot = (str(opinion.number),)
    thing = opinion.consultation_id
    return SearchedRecord(place, row.text, row.at, thing, path=spot, about=about)


def _answered_opinion(session: Session, number: int) -> Sequence[int]:
    row = session.get(Response, number)
    return () if row is None else (row.opinion_id,)


# ---- 審議会


def _remark(session: Session, number: int) -> SearchedRecord | None:
    row = session.get(Remark, number)
    if row is None or row.withdrawn is not None:
        return None
    return _in_referral(session, row, "質問", row.text, row)


def _answer(session: Session, number: int) -> SearchedRecord | None:
    row = session.get(Answer, number)
    if row is None or row.withdrawn is not None:
        return None
    remark = session.get_one(Remark, row.remark_id)
    if remark.withdrawn is not None:
        return None
    return _in_referral(session, remark, "回答", row.text, row)


def _proposal(session: Session, number: int) -> SearchedRecord | None:
    row = session.get(Proposal, number)
    if row is None or not queries.search.stands(session, row):
        return None
    return _in_referral(session, row, "修正案", _joined(row.after, row.why), row)


def _in_referral(
    session: Session, about: Remark | Proposal, what: str, text: str, said: Any
) -> SearchedRecord:
    return SearchedRecord(
        f"{said.speaker}の{what}",
        text,
        said.at,
        about.referral_id,
        about.assessment_id,
        tuple(about.path or ()),
        queries.search.of_referral(session, about.referral_id),
    )


# ---- コメント、想定問答


def _comment(session: Session, number: int) -> SearchedRecord | None:
    row = queries.search.last_edition(session, Comment, number)
    if row is None or row.withdrawn is not None or row.act != SAID:
        return None
    return _in_round(session, row, "コメント", row.text)


def _expected(session: Session, number: int) -> SearchedRecord | None:
    row = queries.search.last_edition(session, ExpectedQuestion, number)
    if row is None or row.withdrawn is not None:
        return None
    return _in_round(session, row, "想定問答", _joined(row.question, row.answer))


def _in_round(
    session: Session, row: Comment | ExpectedQuestion, what: str, text: str
) -> SearchedRecord:
    assessment = queries.search.of_round(session, row.round_id)
    path = tuple(row.path)
    return SearchedRecord(
        what, text, row.at, row.round_id, assessment, path, frozenset({assessment})
    )


def _first_edition(kind: type[Any]) -> Callable[[Session, int], Sequence[int]]:
    def look(session: Session, number: int) -> Sequence[int]:
        return (queries.search.first_edition(session, kind, number),)

    return look


# ---- 会議録


def _speech(session: Session, number: int) -> SearchedRecord | None:
    row = queries.minutes.last_edition(session, number)
    if row is None or row.gone:
        return None
    if row.remark_id is not None or row.answer_id is not None:
        return None  # a question or an answer stands for itself
    return _in_sitting(session, row, row.speaker or "会議録")


def _speech_of(session: Session, number: int) -> Sequence[int]:
    row = session.get(Speech, number)
    return () if row is None else (row.begins,)


def _minutes_field(session: Session, number: int) -> SearchedRecord | None:
    row = queries.search.last_minutes_field(session, number)
    if row is None or row.withdrawn is not None:
        return None
    return _in_sitting(session, row, "会議録の欄")


def _minutes_field_of(session: Session, number: int) -> Sequence[int]:
    return (queries.search.first_minutes_field(session, number),)


def _in_sitting(session: Session, row: Speech | MinutesField, place: str) -> SearchedRecord:
    about = queries.search.of_sitting(session, row.sitting_id)
    return SearchedRecord(place, row.text, row.at, row.sitting_id, about=about)


# ---- 登録簿


def _register(register: str) -> Callable[[Session, int], SearchedRecord | None]:
    def look(session: Session, number: int) -> SearchedRecord | None:
        row = session.get(RegisterRecord, number)
        if row is None or row.register != register or row.head_id is None or row.state == "NONE":
            return None
        said = _fields(session, row.head_id) or [row.words]
        at = session.get_one(RegisterVersion, row.head_id).at
        about = queries.search.of_affair(session, row.affair_id)
        return SearchedRecord(row.name, _joined(*said), at, row.id, about=about)

    return look


def _fields(session: Session, act: int) -> list[str]:
    """What each field of a text says, behind its name; nothing where its form is not known."""
    tree = registers.texts(session, [act])[act]
    try:
        form = registers.forms_of(session, [tree.form])[tree.form]
    except PiaError:
        return []
    said = []
    for line in form.fields:
        if text := items.shown_of(tree.find(line.path), line.columns):
            said.append(f"{line.plain_label}：{text}")
    return said


def _record_of(session: Session, number: int) -> Sequence[int]:
    row = session.get(RegisterVersion, number)
    return () if row is None else (row.record_id,)


# ---- 用語、文例


def _term(session: Session, number: int) -> SearchedRecord | None:
    row = session.get(GlossaryTerm, number)
    if row is None or row.withdrawn is not None:
        return None
    return SearchedRecord(row.term, _joined(row.term, row.explanation), row.at)


def _phrase(session: Session, number: int) -> SearchedRecord | None:
    row = session.get(Phrase, number)
    if row is None or row.withdrawn is not None:
        return None
    text = _joined(row.heading, row.text, row.note)
    return SearchedRecord(row.heading or "見出しのない文例", text, row.at)


_REGISTER = {"register_record": _itself, "register_version": _record_of}
KINDS: Mapping[str, RecordKind] = {
    OPINION: RecordKind({"opinion": _itself}, _opinion, CONSULTATION),
    RESPONSE: RecordKind(
        {"response": _answered_opinion, "opinion": _itself}, _response, CONSULTATION
    ),
    REMARK: RecordKind({"remark": _itself}, _remark, REFERRAL),
    ANSWER: RecordKind({"answer": _itself, "remark": queries.search.answers_of}, _answer, REFERRAL),
    PROPOSAL: RecordKind({"proposal": _itself}, _proposal, REFERRAL),
    COMMENT: RecordKind({"comment": _first_edition(Comment)}, _comment, ROUND),
    EXPECTED: RecordKind({"expected_question": _first_edition(ExpectedQuestion)}, _expected, ROUND),
    SPEECH: RecordKind({"speech": _speech_of}, _speech, SITTING),
    MINUTES: RecordKind({"minutes_field": _minutes_field_of}, _minutes_field, SITTING),
    NOTICE: RecordKind(_REGISTER, _register("affair")),
    FILES: RecordKind(_REGISTER, _register(FILE)),
    TERM: RecordKind({"glossary_term": _itself}, _term),
    PHRASE: RecordKind({"phrase": _itself}, _phrase),
}
# The rows a search begins with, by table; their kinds are read through `KINDS`.
ROWS: Mapping[str, type[Any]] = {
    "opinion": Opinion,
    "remark": Remark,
    "answer": Answer,
    "proposal": Proposal,
    "comment": Comment,
    "expected_question": ExpectedQuestion,
    "speech": Speech,
    "minutes_field": MinutesField,
    "register_record": RegisterRecord,
    "glossary_term": GlossaryTerm,
    "phrase": Phrase,
}
# Tables whose rows say to what the records of a thing belong: with such a row all of them are read
# again.
THINGS: Mapping[str, str] = {
    "consultation": CONSULTATION,
    "consultation_round": CONSULTATION,
    "referral": REFERRAL,
    "referral_round": REFERRAL,
    "sitting": SITTING,
}
