"""開示請求: registered, decided, and put right with a reason.

Knows the requests as `kept.disclosure` reads them. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import records
from ..kept.disclosure import OUTCOMES, DisclosureRequest, one, subjects
from ..workplace import Workplace
from . import retention as keeping_retention


def _must_be_new(session: Session, number: str, but: int = 0) -> None:
    for known in queries.records.other_disclosures(session, but):
        known_request = records.asked(session, known)
        if known_request is not None and known_request.number == number:
            raise PiaError(f"受付番号「{number}」の開示請求は、もう登録されています。")


@dataclass(frozen=True, slots=True)
class Application:
    """A 開示請求 as it was received: its number, the day, what is asked, and of which record."""

    number: str
    received: date
    asked: str
    subject: str


def register(wp: Workplace, by: By, application: Application) -> int:
    """Registers a 開示請求 and holds its records from 廃棄. Returns its number in the list."""
    values = _request(
        wp, by, application.number, application.received, application.asked, application.subject
    )
    with wp.store.begin() as session:
        _must_be_new(session, values["number"])
        disclosure = records.Disclosure(**values, **acted(by))
        session.add(disclosure)
        session.flush()
        about = {"number": disclosure.number, "subject": application.subject}
        log.entry(session, by, "disclosure.register", str(disclosure.id), about)
        return disclosure.id


def _decision(
    by: By, request: DisclosureRequest, outcome: str, document: str, decided: date, note: str
) -> dict[str, Any]:
    """The values of a decision as they are kept. PiaError for what cannot be."""
    if outcome not in OUTCOMES:
        raise PiaError("決定の区分を選んでください。")
    if not document.strip():
        raise PiaError("決定の文書番号を入力してください。")
    if decided > by.day or decided < request.one.received:
        raise PiaError("決定日は、受け付けた日から今日までの日付です。")
    keeping_retention.no_personal(note, "備考")
    return {
        "outcome": outcome,
        "document_number": document.strip(),
        "decided": decided,
        "note": note.strip(),
    }


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision of a 開示請求: what of it, the number and day of the document, and a note."""

    outcome: str
    document: str
    decided: date
    note: str


def decide(wp: Workplace, by: By, number: int, ruling: Ruling) -> None:
    """Puts the decision on record; its records are no longer held. PiaError when it was decided."""
    values = _decision(
        by, one(wp, number), ruling.outcome, ruling.document, ruling.decided, ruling.note
    )
    with wp.store.begin() as session:
        if session.get(records.DisclosureEnd, number) is not None:
            raise PiaError("この開示請求は、もう決定されています。")
        session.add(records.DisclosureEnd(disclosure_id=number, **values, **acted(by)))
        session.flush()
        log.entry(session, by, "disclosure.decide", str(number), {"outcome": ruling.outcome})


def correct_request(
    wp: Workplace, by: By, disclosure: int, application: Application, reason: str
) -> None:
    """A 開示請求 that was typed wrongly, put right with a reason; what was typed stays. What it is
    about may be changed until it is decided."""
    request = one(wp, disclosure)
    after = _request(
        wp, by, application.number, application.received, application.asked, application.subject
    )
    if request.end is not None and application.subject != request.one.subject:
        raise PiaError("決定のあとは、何についての請求かは直せません。")
    if request.end is not None and application.received > request.end.decided:
        raise PiaError("受け付けた日が、決定日より後になります。日付を確かめてください。")
    before = {}
    for name in after:
        before[name] = getattr(request.one, name)
    _correct(wp, by, disclosure, "request", before, after, reason)


def correct_decision(wp: Workplace, by: By, disclosure: int, ruling: Ruling, reason: str) -> None:
    """A decision that was typed wrongly, put right with a reason; what was typed stays."""
    request = one(wp, disclosure)
    if request.end is None:
        raise PiaError("この開示請求は、まだ決定されていません。")
    after = _decision(by, request, ruling.outcome, ruling.document, ruling.decided, ruling.note)
    before = {}
    for name in after:
        before[name] = getattr(request.end, name)
    _correct(wp, by, disclosure, "decision", before, after, reason)


def _correct(
    wp: Workplace,
    by: By,
    disclosure: int,
    part: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str,
) -> None:
    if not reason.strip():
        raise PiaError("記録を直す理由を入力してください。")
    keeping_retention.no_personal(reason, "理由")
    changed = []
    for name in after:
        if after[name] != before[name]:
            changed.append(name)
    if not changed:
        raise PiaError("記録は、もうそのとおりです。")
    with wp.store.begin() as session:
        if "number" in changed:
            _must_be_new(session, after["number"], disclosure)
        old = {}
        for name in changed:
            old[name] = _kept(before[name])
        new = {}
        for name in changed:
            new[name] = _kept(after[name])
        disclosure_correction = records.DisclosureCorrection(
            disclosure_id=disclosure,
            part=part,
            before=old,
            after=new,
            reason=reason.strip(),
            **acted(by),
        )
        session.add(disclosure_correction)
        session.flush()
        about = {"part": part, "before": old, "after": new, "reason": reason.strip()}
        log.entry(session, by, "disclosure.correct", str(disclosure), about)


def _kept(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _request(
    wp: Workplace, by: By, number: str, received: date, asked: str, subject: str
) -> dict[str, Any]:
    """The values of a 開示請求 as they are kept. PiaError for what cannot be."""
    if received > by.day:
        raise PiaError("受け付けた日がまだ来ていません。日付を確かめてください。")
    if subject not in subjects(wp):
        raise PiaError("何についての請求かを選んでください。")
    if not number.strip() or not asked.strip():
        raise PiaError("受付番号と、求められている内容を入力してください。")
    keeping_retention.no_personal(asked, "求められている内容")
    return {
        "number": number.strip(),
        "received": received,
        "asked": asked.strip(),
        "subject": subject,
    }
