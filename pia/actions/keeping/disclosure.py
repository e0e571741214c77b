"""開示請求 of a round or a sitting: registered, the records held of it listed, and held from 廃棄
until it is decided; request and decision put right where they were typed wrongly.

Knows which records are about what is asked for. Must not know pages. Which of them are disclosed is
the city's decision under its 情報公開条例 (未確認); here it is only put on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import council, records
from ..people.names import shown_name
from ..workplace import Workplace
from . import recorded, retention

OUTCOMES = ("全部開示", "一部開示", "不開示", "不存在", "取下げ")


@dataclass(frozen=True, slots=True)
class Request:
    """A 開示請求 as it stands now, with what it is about in words, and how it ended (None while it
    is open).
    """

    one: records.Asked
    about: str
    end: records.Decided | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction as people read it: what was put right, field by field (name, before, after),
    why, by whom and when."""

    part: str
    fields: tuple[tuple[str, str, str], ...]
    reason: str
    actor: str
    at: datetime


PARTS: Mapping[str, str] = {"request": "開示請求", "decision": "決定"}
FIELDS: Mapping[str, str] = {
    "number": "受付番号",
    "received": "受け付けた日",
    "asked": "求められている内容",
    "subject": "何について",
    "outcome": "決定の区分",
    "document_number": "決定の文書番号",
    "decided": "決定日",
    "note": "備考",
}


def subjects(wp: Workplace) -> dict[str, str]:
    """What can be asked for: rounds and sittings, sign → words."""
    with wp.store.read() as session:
        out = {}
        for x in recorded.rounds_of(session):
            out[recorded.sign_of(x)] = recorded.title_of(x)
        for one in session.scalars(select(council.Sitting).order_by(council.Sitting.id)):
            out[f"sitting:{one.id}"] = f"会議　{one.name}"
        return out


def listed(wp: Workplace) -> list[Request]:
    """Every 開示請求, newest first."""
    words = subjects(wp)
    with wp.store.read() as session:
        of = select(records.Disclosure.id).order_by(records.Disclosure.id.desc())
        found = []
        for row in session.scalars(of):
            found.append((records.asked(session, row), records.decided(session, row)))
        requests = []
        for x, end in found:
            if x:
                requests.append(Request(x, words.get(x.subject, x.subject), end))
        return requests


def one(wp: Workplace, number: int) -> Request:
    """One 開示請求. PiaError when there is none."""
    with wp.store.read() as session:
        found = records.asked(session, number)
        end = records.decided(session, number)
    if found is None:
        raise PiaError("その開示請求はありません。一覧から選び直してください。")
    return Request(found, subjects(wp).get(found.subject, found.subject), end)


def held(wp: Workplace, request: Request, today: date) -> Sequence[retention.Kept]:
    """Every record the house holds of what is asked for."""
    subject = request.one.subject
    xes = []
    for x in retention.listed(wp, today):
        if retention.concerns(x, subject):
            xes.append(x)
    return xes


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
    retention.no_personal(asked, "求められている内容")
    return {
        "number": number.strip(),
        "received": received,
        "asked": asked.strip(),
        "subject": subject,
    }


def _must_be_new(session: Session, number: str, but: int = 0) -> None:
    of = select(records.Disclosure.id).where(records.Disclosure.id != but)
    for known in session.scalars(of):
        there = records.asked(session, known)
        if there is not None and there.number == number:
            raise PiaError(f"受付番号「{number}」の開示請求は、もう登録されています。")


def register(wp: Workplace, by: By, number: str, received: date, asked: str, subject: str) -> int:
    """Registers a 開示請求 and holds its records from 廃棄. Returns its number in the list."""
    values = _request(wp, by, number, received, asked, subject)
    with wp.store.begin() as session:
        _must_be_new(session, values["number"])
        made = records.Disclosure(**values, **acted(by))
        session.add(made)
        session.flush()
        about = {"number": made.number, "subject": subject}
        log.entry(session, by, "disclosure.register", str(made.id), about)
        return made.id


def _decision(
    by: By, request: Request, outcome: str, document: str, decided: date, note: str
) -> dict[str, Any]:
    """The values of a decision as they are kept. PiaError for what cannot be."""
    if outcome not in OUTCOMES:
        raise PiaError("決定の区分を選んでください。")
    if not document.strip():
        raise PiaError("決定の文書番号を入力してください。")
    if decided > by.day or decided < request.one.received:
        raise PiaError("決定日は、受け付けた日から今日までの日付です。")
    retention.no_personal(note, "備考")
    return {
        "outcome": outcome,
        "document_number": document.strip(),
        "decided": decided,
        "note": note.strip(),
    }


def decide(
    wp: Workplace, by: By, number: int, outcome: str, document: str, decided: date, note: str
) -> None:
    """Puts the decision on record; its records are no longer held. PiaError when it was decided."""
    values = _decision(by, one(wp, number), outcome, document, decided, note)
    with wp.store.begin() as session:
        if session.get(records.DisclosureEnd, number) is not None:
            raise PiaError("この開示請求は、もう決定されています。")
        session.add(records.DisclosureEnd(disclosure_id=number, **values, **acted(by)))
        session.flush()
        log.entry(session, by, "disclosure.decide", str(number), {"outcome": outcome})


# ---- put right


def correct_request(
    wp: Workplace,
    by: By,
    disclosure: int,
    number: str,
    received: date,
    asked: str,
    subject: str,
    reason: str,
) -> None:
    """A 開示請求 that was typed wrongly, put right with a reason; what was typed stays. What it is
    about may be changed until it is decided."""
    request = one(wp, disclosure)
    after = _request(wp, by, number, received, asked, subject)
    if request.end is not None and subject != request.one.subject:
        raise PiaError("決定のあとは、何についての請求かは直せません。")
    if request.end is not None and received > request.end.decided:
        raise PiaError("受け付けた日が、決定日より後になります。日付を確かめてください。")
    before = {}
    for name in after:
        before[name] = getattr(request.one, name)
    _correct(wp, by, disclosure, "request", before, after, reason)


def correct_decision(
    wp: Workplace,
    by: By,
    disclosure: int,
    outcome: str,
    document: str,
    decided: date,
    note: str,
    reason: str,
) -> None:
    """A decision that was typed wrongly, put right with a reason; what was typed stays."""
    request = one(wp, disclosure)
    if request.end is None:
        raise PiaError("この開示請求は、まだ決定されていません。")
    after = _decision(by, request, outcome, document, decided, note)
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
    retention.no_personal(reason, "理由")
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
        made = records.DisclosureCorrection(
            disclosure_id=disclosure,
            part=part,
            before=old,
            after=new,
            reason=reason.strip(),
            **acted(by),
        )
        session.add(made)
        session.flush()
        about = {"part": part, "before": old, "after": new, "reason": reason.strip()}
        log.entry(session, by, "disclosure.correct", str(disclosure), about)


def _kept(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def corrections(wp: Workplace, disclosure: int) -> list[Corrected]:
    """What was put right of a 開示請求 and its decision, oldest first."""
    about = subjects(wp)

    def words(name: str, value: str) -> str:
        if name in ("received", "decided"):
            return written(date.fromisoformat(value))
        if name == "subject":
            return about.get(value, value)
        return value

    with wp.store.read() as session:
        correcteds = []
        for x in records.corrections(session, disclosure):
            correcteds.append(
                Corrected(
                    PARTS[x.part],
                    tuple(
                        (FIELDS[name], words(name, x.before[name]), words(name, x.after[name]))
                        for name in x.after
                    ),
                    x.reason,
                    shown_name(session, x.actor),
                    x.at,
                )
            )
        return correcteds
