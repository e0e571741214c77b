"""A 諮問 as the office follows it: what was put before the council, the sittings that heard it and
what each said, what the city did about it, the 諮問 before and after it
(規則第7条第4項・第5項).

Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.document.tree import Path
from ...domain.procedure import verdicts
from ...store import queries
from ...store.rows import councils
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ...store.rows.referrals import DECIDED, RECALLED, REPLACED, ReferralStep
from ..access.names import shown_name
from ..records import closing, council_ways, on_record, personal, procedures
from ..records.referral_kinds import DAYS, STEPS
from ..workplace import VersionLine, Workplace, line, row_of
from .cards import card_of


@dataclass(frozen=True, slots=True)
class Heard:
    """A sitting that had a referral on its agenda: its number, name and day, and what it said of
    it, empty before it said anything."""

    number: int
    name: str
    day: date
    over: bool
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ReferralStepView:
    """A step after a referral: `place` from 1 among those that stand, what it is called, its day
    and what that day is, 文書番号, why, and of a decision what the city does about the opinion."""

    place: int
    kind: str
    called: str
    day_called: str
    day: date
    document_number: str
    reason: str
    response: str
    about: str
    who: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A document of a referral: its key, affair and line, the state of its round, whether it is
    before the council by this referral now, and whether its text is another than the one there."""

    key: str
    affair: str
    ref: str
    state: str
    waits: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class ReferralView:
    """The course of one referral. `before` and `after`: (number, title, day) of the referral of the
    same documents that came before it, and of the one that came after."""

    number: int
    title: str
    council: str
    day: date
    document_number: str
    pinned: tuple[Pinned, ...]
    heard: tuple[Heard, ...]
    steps: tuple[ReferralStepView, ...]
    asks_decision: bool
    before: tuple[int, str, date] | None
    after: tuple[int, str, date] | None
    by_bill: bool

    @property
    def asked(self) -> str:
        """What putting it before this council is called."""
        return "意見聴取" if self.by_bill else "諮問"

    @property
    def recalled(self) -> ReferralStepView | None:
        """諮問の取下げ; None where it was not taken back."""
        return next((step for step in self.steps if step.kind == RECALLED), None)

    @property
    def decided(self) -> ReferralStepView | None:
        """市の判断; None before it is recorded."""
        return next((step for step in self.steps if step.kind == DECIDED), None)

    @property
    def waits(self) -> bool:
        """Whether one of its documents is before the council by it now."""
        return any(each.waits for each in self.pinned)

    @property
    def changed(self) -> tuple[str, ...]:
        """The affairs whose text is another than the one before the council."""
        return tuple(each.affair for each in self.pinned if each.waits and each.changed)


def view(wp: Workplace, number: int, today: date) -> ReferralView:
    """The course of one referral. PiaError when there is none."""
    with wp.store.read() as session:
        row = row_of(session, councils.Referral, number, "諮問")
        last = queries.councils.last_verdict(session, number)
        council = session.get_one(councils.Council, row.council_id)
        before, after = _beside(session, row)
        pinned = tuple(_pinned(session, wp, row, each) for each in row.rounds)
        return ReferralView(
            number,
            row.title,
            council.name,
            day_in_japan(row.at),
            _number_of(session, row),
            pinned,
            tuple(_heard(session, row, each, today) for each in closing.sittings_of(session, row)),
            tuple(
                _step(session, place, step)
                for place, step in enumerate(queries.referrals.steps(session, [number]), 1)
            ),
            last is not None and _asks(wp, last),
            before,
            after,
            council_ways.by_bill(council),
        )


def continued(wp: Workplace) -> list[tuple[int, str]]:
    """(number, title) of every referral that comes back to a sitting."""
    with wp.store.read() as session:
        return [(row.id, row.title) for row in queries.referrals.continued(session)]


@dataclass(frozen=True, slots=True)
class AtCouncil:
    """That a document is before a council, or was heard there, while somebody writes in it: the
    referral and what it is called, its last sitting (empty and None before one is convened), the
    card on which the item stands (0 for none), and whether it was heard already."""

    referral: int
    asked: str
    sitting: str
    day: date | None
    card: int
    heard: bool


def at_council(wp: Workplace, ref: str, path: Path = ()) -> AtCouncil | None:
    """Where the council stands with a document that somebody writes in; None where it is not before
    one. `path`: of an item, whose card is looked for."""
    with wp.store.read() as session:
        at = line(session, ref)
        round_ = at.round
        if round_ is None or round_.state not in ("REVIEWING", "REVIEWED"):
            return None
        row = queries.councils.last_referral_of_round(session, round_.id)
        if row is None:
            return None
        sittings = closing.sittings_of(session, row)
        heard = round_.state == "REVIEWED"
        card = 0
        if path and not heard:
            card = card_of(session, row, at.assessment.key, path)
        council = session.get_one(councils.Council, row.council_id)
        return AtCouncil(
            row.id,
            council_ways.called(council),
            sittings[-1].name if sittings else "",
            sittings[-1].day if sittings else None,
            card,
            heard,
        )


def step_id(wp: Workplace, referral: int, place: int) -> int:
    """The number of a step of a referral by its place, from 1, among those that stand; 0 where
    there is none."""
    with wp.store.read() as session:
        steps = queries.referrals.steps(session, [referral])
        return steps[place - 1].id if 0 < place <= len(steps) else 0


def _asks(wp: Workplace, verdict: councils.Verdict) -> bool:
    kinds = {verdict.kind, *verdict.kinds.values()}
    return any(verdicts.word(wp.rules, kind).own_decision for kind in kinds)


def _number_of(session: Session, row: councils.Referral) -> str:
    for each in row.rounds:
        for event in queries.rounds.events_named(session, each.round_id, "refer"):
            if event.facts.get("referral") == row.id:
                return str(event.facts.get("document_number") or "")
    return ""


def _pinned(
    session: Session, wp: Workplace, row: councils.Referral, each: councils.ReferralRound
) -> Pinned:
    round_ = session.get_one(Round, each.round_id)
    assessment = session.get_one(Assessment, round_.assessment_id)
    head = session.get_one(Version, round_.head_id)
    last = queries.councils.last_referral_of_round(session, round_.id)
    waits = last is not None and last.id == row.id and round_.state == "REVIEWING"
    return Pinned(
        assessment.key,
        session.get_one(Affair, assessment.affair_id).name,
        VersionLine(assessment, round_).ref,
        procedures.state_name(wp, round_.state),
        waits,
        head.reviewed_digest != each.reviewed_digest,
    )


def _heard(
    session: Session, row: councils.Referral, sitting: councils.Sitting, today: date
) -> Heard:
    verdict = on_record.given_at(session, sitting, row.id)
    said = {} if verdict is None else on_record.verdict_words(session, row, verdict)
    return Heard(sitting.id, sitting.name, sitting.day, closing.over(sitting, today), said)


def _step(session: Session, place: int, step: ReferralStep) -> ReferralStepView:
    about = ""
    if step.kind == REPLACED:
        round_ = session.get_one(Round, int(step.facts["round"]))
        assessment = session.get_one(Assessment, round_.assessment_id)
        about = session.get_one(Affair, assessment.affair_id).name
    return ReferralStepView(
        place,
        step.kind,
        STEPS[step.kind],
        DAYS[step.kind],
        step.day,
        step.document_number,
        personal.outward(session, step, "reason"),
        personal.outward(session, step, "response"),
        about,
        shown_name(session, step.actor),
    )


def _beside(
    session: Session, row: councils.Referral
) -> tuple[tuple[int, str, date] | None, tuple[int, str, date] | None]:
    """The referrals of the same documents just before and just after one."""
    numbers = {row.id}
    for each in row.rounds:
        numbers |= set(queries.councils.referrals_with_round(session, each.round_id))
    earlier = [number for number in numbers if number < row.id]
    later = [number for number in numbers if number > row.id]
    return (
        _short(session, max(earlier)) if earlier else None,
        _short(session, min(later)) if later else None,
    )


def _short(session: Session, number: int) -> tuple[int, str, date]:
    row = session.get_one(councils.Referral, number)
    return row.id, row.title, day_in_japan(row.at)
