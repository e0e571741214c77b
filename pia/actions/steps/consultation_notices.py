"""A consultation that is extended, corrected or cancelled while it runs, each by a notice with its
day and reason (規則第7条第1項; 指針第5の3, unread).

Everything that counts its days asks the consultation itself: an extension changes its last day, and
what it was before stays in the notice. Taken back by `corrections`. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...domain.wareki import written
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows.consultations import Consultation, ConsultationNotice
from ..records.notice_kinds import (
    CANCELLED,
    CORRECTABLE,
    CORRECTED,
    EXTENDED,
    STOPPED,
    must_be_days,
    must_be_open,
)
from ..workplace import Workplace
from .corrections import step_back


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice as it was typed: its day, why, its 文書番号 and the day of its 決裁."""

    day: date
    reason: str
    document_number: str = ""
    decided: date | None = None


def extend(wp: Workplace, by: By, consultation: int, new: NewNotice, end: date) -> int:
    """Opinions are taken until a later day; the number of the notice. Unfit for a day that is not
    later."""
    with wp.store.begin() as session:
        con = _running(session, by, consultation, new)
        if end <= con.end:
            raise Unfit(
                "end",
                f"新しい終わりの日（{written(end)}）が、"
                f"いまの終わりの日（{written(con.end)}）より後になっていません。",
            )
        if end < by.day:
            raise Unfit("end", f"新しい終わりの日（{written(end)}）が過ぎています。")
        before = {"end": con.end.isoformat()}
        con.end = end
        return _kept(session, by, con, (EXTENDED, before, {"end": end.isoformat()}), new)


def correct(
    wp: Workplace, by: By, consultation: int, new: NewNotice, says: Mapping[str, str]
) -> int:
    """The announcement says something else (`says`: a field of CORRECTABLE → its words); the number
    of the notice. PiaError where nothing is different."""
    with wp.store.begin() as session:
        con = _running(session, by, consultation, new)
        said = words_of(con)
        before = {}
        after = {}
        for name, words in says.items():
            if words != said[name]:
                before[name] = said[name]
                after[name] = words
        if not after:
            raise PiaError("公示の言葉は、もうそのとおりです。訂正するところを書き換えてください。")
        put(con, after)
        return _kept(session, by, con, (CORRECTED, before, after), new)


def cancel(wp: Workplace, by: By, consultation: int, new: NewNotice) -> int:
    """No opinions are taken any more, and the documents are drafts again; the number of the notice.
    What came stays on record."""
    with wp.store.begin() as session:
        con = _running(session, by, consultation, new)
        number = _kept(session, by, con, (CANCELLED, {}, {}), new)
        con.withdrawn = new.day
        for round_ in con.rounds:
            if round_.state == "CONSULTING":
                step_back(session, by, round_, STOPPED, {"consultation": con.id})
        return number


def words_of(con: Consultation) -> dict[str, str]:
    """What the announcement says in the fields a 訂正 may change."""
    said = {"title": con.title, "method": con.method, "contact": con.facts.get("contact") or ""}
    return {name: said[name] for name in CORRECTABLE}


def put(con: Consultation, words: Mapping[str, str]) -> None:
    """Lets the announcement say these words."""
    for name, value in words.items():
        if name == "contact":
            con.facts = {**con.facts, "contact": value}
        else:
            setattr(con, name, value)


def _running(session: Session, by: By, consultation: int, new: NewNotice) -> Consultation:
    con = session.get(Consultation, consultation)
    if con is None:
        raise PiaError("その意見募集はありません。一覧から選び直してください。")
    must_be_open(con)
    must_be_days(by, con, new.day, new.decided)
    return con


def _kept(
    session: Session,
    by: By,
    con: Consultation,
    change: tuple[str, Mapping[str, Any], Mapping[str, Any]],
    new: NewNotice,
) -> int:
    """The row of a notice, and the step in each round. `change`: kind, what was said before and
    after."""
    kind, before, after = change
    notice = ConsultationNotice(
        consultation_id=con.id,
        kind=kind,
        day=new.day,
        document_number=new.document_number,
        decided=new.decided,
        reason=new.reason,
        before=dict(before),
        after=dict(after),
        **acted(by),
    )
    session.add(notice)
    session.flush()
    about = {"notice": notice.id, "on": written(new.day), "reason": new.reason}
    for round_ in con.rounds:
        if kind != CANCELLED and round_.state == "CONSULTING":
            assessments.step(session, round_, f"consultation_{kind}", round_.state, about, by)
    place = str(con.id)
    log.entry(session, by, "consultation.notice", place, {"kind": kind, "notice": notice.id})
    return notice.id
