"""What is typed where in the commission's own system beside a submission, in its order, to be
copied field by field (規則第5条第1項・第2項, 第6条第3項, 第7条第5項).

Reads only; the order is data (`pia/rules/submission-sheet.yaml`) with its source and certainty, the
values are what the round says and what was sent of it. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms, rules
from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.procedure.threshold import judge
from ...domain.wareki import written
from ...store import queries
from ...store.rows.bodies import Affair, Body, Department
from ...store.rows.filing import Submission, as_corrected
from ..workplace import VersionLine, Workplace, line
from .rounds import with_companions

KINDS_OF_ROUND = {"REASSESSMENT": "再実施", "CORRECTION": "修正"}
TABLE = "change-table.xlsx"
FILES = ("document.xlsx", "document.pdf", TABLE)


@dataclass(frozen=True, slots=True)
class SheetField:
    """One field: what it is called, what is typed there (empty where nothing is on record), and
    what to look out for."""

    name: str
    value: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SheetOfDocument:
    """The fields of one document: its line, what it is called, and whether it was sent."""

    ref: str
    title: str
    sent: date | None
    fields: tuple[SheetField, ...]


@dataclass(frozen=True, slots=True)
class SubmissionSheet:
    """The fields of every document that goes together; `source` of the order, and whether somebody
    has read it (`certain`)."""

    source: str
    certain: bool
    documents: tuple[SheetOfDocument, ...]


def of_round(wp: Workplace, ref: str) -> SubmissionSheet:
    """The sheet of a round with its companions. PiaError where the reference names none, and for a
    field of the data nobody knows."""
    data = rules.load("submission-sheet", wp.rules_folder)
    with wp.store.read() as session:
        refs = dict.fromkeys((ref, *with_companions(wp, ref)))
        documents = tuple(_document(session, wp, line(session, each), data) for each in refs)
    return SubmissionSheet(str(data["source"]), bool(data["certain"]), documents)


def _document(
    session: Session, wp: Workplace, at: VersionLine, data: dict[str, Any]
) -> SheetOfDocument:
    sent = queries.filing.last_submission_of_round(session, at.own_round.id)
    values = _values(session, wp, at, sent)
    fields = []
    for asked in data["fields"]:
        if asked["from"] not in values:
            raise PiaError(f"入力用の一覧に、知らない欄（{asked['from']}）があります。")
        fields.append(SheetField(asked["name"], values[asked["from"]], asked.get("hint", "")))
    day = day_in_japan(as_corrected(session, [sent])[0].at) if sent is not None else None
    return SheetOfDocument(at.ref, values["title"], day, tuple(fields))


def _values(
    session: Session, wp: Workplace, at: VersionLine, sent: Submission | None
) -> dict[str, str]:
    """What every field of the data may be filled from."""
    round_ = at.own_round
    affair = session.get_one(Affair, at.assessment.affair_id)
    office = session.get(Department, affair.department_id) if affair.department_id else None
    kind = forms.KIND_NAMES[at.assessment.kind]
    first = round_.base_id is None
    published = queries.filing.last_publication_of_round(session, round_.id)
    values = {
        "body": session.get_one(Body, affair.body_id).name,
        "round_kind": "新規" if first else KINDS_OF_ROUND.get(round_.kind, ""),
        "number": affair.number,
        "kind": kind,
        "title": f"{affair.name}　{kind}",
        "affair": affair.name,
        "published": written(published.day) if published is not None else "",
        "department": office.name if office is not None else "",
        "document_number": "",
        "files": "、".join(_files(first, sent)),
    }
    if sent is not None:
        values["document_number"] = as_corrected(session, [sent])[0].document_number
    return values | _judged(session, wp, affair)


def _files(first: bool, sent: Submission | None) -> Sequence[str]:
    """The files of the 一式 that are handed in; none before the submission, and no table of changes
    of a first text."""
    if sent is None:
        return ()
    return [name for name in FILES if not first or name != TABLE]


def _judged(session: Session, wp: Workplace, affair: Affair) -> dict[str, str]:
    """What しきい値判断 rests on and says; blanks where nothing was counted."""
    fact = queries.affairs.last_threshold_fact(session, affair.id)
    if fact is None:
        return dict.fromkeys(("people", "handlers", "incident", "due"), "")
    judged = judge(fact.people, fact.handlers, fact.incident, wp.thresholds)
    return {
        "people": f"{fact.people:,}人",
        "handlers": f"{fact.handlers:,}人",
        "incident": "あり" if fact.incident else "なし",
        "due": forms.KIND_NAMES.get(judged.due, judged.due),
    }
