"""Rounds and their steps, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from ..rows.assessments import OPEN, Assessment, Round, RoundEvent, Version
from ..rows.bodies import Affair, Department
from ..rows.corrections import standing
from ..rows.tallies import RoundTally


def of_line(session: Session, key: str, name: str) -> Round | None:
    """The round of a name of the assessment of a key; None when there is none."""
    return session.scalars(
        select(Round)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .where(Assessment.key == key, Round.name == name)
    ).first()


def existing(session: Session, key: str, name: str) -> Round:
    """The round of a name of the assessment of a key, where there is one."""
    return session.scalars(
        select(Round)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .where(Assessment.key == key, Round.name == name)
    ).one()


def in_order(session: Session) -> list[Round]:
    """Every round, in the order they began."""
    return list(session.scalars(select(Round).order_by(Round.id)))


def of_assessment(session: Session, assessment_id: int) -> list[Round]:
    """The rounds of an assessment."""
    return list(session.scalars(select(Round).where(Round.assessment_id == assessment_id)))


def of_assessment_in_order(session: Session, assessment_id: int) -> list[Round]:
    """The rounds of an assessment, in the order they began."""
    return list(
        session.scalars(
            select(Round).where(Round.assessment_id == assessment_id).order_by(Round.id)
        )
    )


def named(session: Session, assessment_id: int, name: str) -> Round | None:
    """The round of a name of an assessment; None when there is none."""
    return session.scalar(
        select(Round).where(Round.assessment_id == assessment_id, Round.name == name)
    )


def standing_named(session: Session, assessment_id: int, name: str) -> Round | None:
    """The round of a name of an assessment that was not withdrawn; None when there is none."""
    return session.scalar(
        select(Round).where(
            Round.assessment_id == assessment_id, Round.name == name, Round.state != "WITHDRAWN"
        )
    )


def assessments_of(session: Session, round_ids: Iterable[int]) -> list[int]:
    """The assessments of these rounds."""
    return list(session.scalars(select(Round.assessment_id).where(Round.id.in_(round_ids))))


def last_open_named(session: Session, assessment_id: int, names: Iterable[str]) -> Round | None:
    """The latest open round of an assessment of one of these names; None when there is none."""
    return session.scalars(
        select(Round)
        .where(
            Round.assessment_id == assessment_id,
            Round.name.in_(names),
            Round.state.not_in(["WITHDRAWN", "PUBLISHED"]),
        )
        .order_by(Round.id.desc())
    ).first()


def last_open(session: Session, assessment_id: int) -> Round | None:
    """The latest open round of an assessment; None when there is none."""
    return session.scalars(
        select(Round)
        .where(Round.assessment_id == assessment_id, Round.state.not_in(["PUBLISHED", "WITHDRAWN"]))
        .order_by(Round.id.desc())
    ).first()


def open_rounds(session: Session) -> list[Round]:
    """The rounds that are neither published nor withdrawn, in the order they began."""
    return list(session.scalars(select(Round).where(OPEN).order_by(Round.id)))


def with_affairs(session: Session) -> Sequence[Row[Round, Assessment, Affair]]:
    """(round, assessment, affair) of every round, in the order they began."""
    return session.execute(
        select(Round, Assessment, Affair)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .order_by(Round.id)
    ).all()


def with_keys(session: Session) -> Sequence[Row[Round, str]]:
    """(round, key of its assessment) of every round."""
    return session.execute(
        select(Round, Assessment.key).join(Assessment, Assessment.id == Round.assessment_id)
    ).all()


def events_of(session: Session, round_id: int) -> list[RoundEvent]:
    """The steps of a round that stand, in order."""
    return list(
        session.scalars(
            select(RoundEvent)
            .where(RoundEvent.round_id == round_id, standing(RoundEvent))
            .order_by(RoundEvent.seq)
        )
    )


def last_announcement(session: Session, round_id: int) -> RoundEvent | None:
    """The latest step that announced a round; None before the first."""
    return session.scalars(
        select(RoundEvent)
        .where(RoundEvent.round_id == round_id, RoundEvent.event == "announce")
        .order_by(RoundEvent.seq.desc())
    ).first()


def explanations(session: Session, round_id: int) -> list[RoundEvent]:
    """The steps of a round that explain a place, in order."""
    return list(
        session.scalars(
            select(RoundEvent)
            .where(
                RoundEvent.round_id == round_id,
                RoundEvent.event == "explain",
                standing(RoundEvent),
            )
            .order_by(RoundEvent.seq)
        )
    )


def events_named(session: Session, round_id: int, event: str) -> list[RoundEvent]:
    """The steps of a round of one name, in order."""
    return list(
        session.scalars(
            select(RoundEvent)
            .where(RoundEvent.round_id == round_id, RoundEvent.event == event, standing(RoundEvent))
            .order_by(RoundEvent.seq)
        )
    )


def sent_again(session: Session, round_id: int) -> list[RoundEvent]:
    """The steps that opened a round again or referred it."""
    return list(
        session.scalars(
            select(RoundEvent).where(
                RoundEvent.round_id == round_id, RoundEvent.event.in_(("reopen", "refer"))
            )
        )
    )


def events_with_keys(session: Session) -> Sequence[Row[RoundEvent, Round, str]]:
    """(step, round, key of its assessment) of every step."""
    return session.execute(
        select(RoundEvent, Round, Assessment.key)
        .join(Round, Round.id == RoundEvent.round_id)
        .join(Assessment, Assessment.id == Round.assessment_id)
    ).all()


def facts(session: Session) -> list[dict[str, Any]]:
    """What is kept beside every round."""
    return list(session.scalars(select(Round.facts)))


def _with_text() -> Select[Round]:
    """A query of the rounds that have a version."""
    return select(Round).where(Round.head_id.is_not(None))


def page(session: Session, over: bool, first: int, most: int) -> list[Round]:
    """Rounds that have a version and run, or (`over`) that are published or withdrawn; the latest
    begun first, from number `first` (from 0).
    """
    rounds = _with_text().where(_is_over(over)).order_by(Round.id.desc())
    return list(session.scalars(rounds.offset(first).limit(most)))


def count(session: Session, over: bool) -> int:
    """How many rounds `page` goes through."""
    rounds = select(func.count(Round.id)).where(Round.head_id.is_not(None), _is_over(over))
    return session.scalar(rounds) or 0


def _is_over(over: bool) -> Any:
    """That a round is published or withdrawn, or that it runs."""
    if over:
        return Round.state.in_(("PUBLISHED", "WITHDRAWN"))
    return OPEN


def of_affair(session: Session, affair_key: str) -> list[Round]:
    """The rounds of an affair that have a version, in the order they began."""
    rounds = (
        _with_text()
        .join(Assessment, Assessment.id == Round.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Affair.key == affair_key)
    )
    return list(session.scalars(rounds.order_by(Round.id)))


def running_named(session: Session, affair_id: int, name: str) -> list[str]:
    """The keys of the assessments of an affair that have a running round of this name."""
    keys = (
        select(Assessment.key)
        .join(Round, Round.assessment_id == Assessment.id)
        .where(Assessment.affair_id == affair_id, Round.name == name, _running())
    )
    return list(session.scalars(keys.order_by(Round.id)))


def _running() -> Any:
    """As `OPEN`, beside other tables that have a state."""
    return Round.state.not_in(("PUBLISHED", "WITHDRAWN"))


def in_states(session: Session, states: Iterable[str], department: str | None) -> list[Round]:
    """The rounds that have a version and are in one of these states, in the order they began; of
    the affairs of one department, where it is named.
    """
    running = select(Round.id).where(OPEN)
    rounds = _with_text().where(Round.id.in_(running), Round.state.in_(states))
    if department is not None:
        rounds = (
            rounds.join(Assessment, Assessment.id == Round.assessment_id)
            .join(Affair, Affair.id == Assessment.affair_id)
            .join(Department, Department.id == Affair.department_id)
            .where(Department.name == department)
        )
    return list(session.scalars(rounds.order_by(Round.id)))


def around(
    session: Session, round_ids: Iterable[int]
) -> Sequence[Row[int, Assessment, Affair, int | None, int | None, RoundTally | None]]:
    """(round, assessment, affair, numbers of its base and its head, its tally) of these rounds."""
    base = aliased(Version)
    head = aliased(Version)
    return session.execute(
        select(Round.id, Assessment, Affair, base.seq, head.seq, RoundTally)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(base, base.id == Round.base_id)
        .outerjoin(head, head.id == Round.head_id)
        .outerjoin(RoundTally, RoundTally.round_id == Round.id)
        .where(Round.id.in_(round_ids))
    ).all()


def kinds_of(session: Session, round_ids: Iterable[int]) -> dict[int, str]:
    """The kind of the assessment of each of these rounds."""
    rows = session.execute(
        select(Round.id, Assessment.kind)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .where(Round.id.in_(round_ids))
    )
    return dict(rows.all())


def events_of_rounds(session: Session, round_ids: Iterable[int]) -> list[RoundEvent]:
    """The steps of these rounds, by their number."""
    return list(
        session.scalars(
            select(RoundEvent)
            .where(RoundEvent.round_id.in_(round_ids), standing(RoundEvent))
            .order_by(RoundEvent.round_id, RoundEvent.seq)
        )
    )


def running_of(session: Session, assessment_ids: Iterable[int]) -> list[Round]:
    """The rounds of these assessments that run, in the order they began."""
    rounds = select(Round).where(OPEN, Round.assessment_id.in_(assessment_ids))
    return list(session.scalars(rounds.order_by(Round.id)))


def ends(session: Session, states: Iterable[str]) -> dict[int, datetime]:
    """When each round first came into one of these states, by round."""
    rows = (
        select(RoundEvent.round_id, RoundEvent.at)
        .where(RoundEvent.state.in_(states))
        .order_by(RoundEvent.round_id, RoundEvent.seq.desc())
    )
    return dict(session.execute(rows).all())


def titles_of(session: Session, assessment_id: int) -> dict[int, str]:
    """Number → title of the rounds of an assessment (its name where it was given none)."""
    opened = aliased(RoundEvent)
    rows = session.execute(
        select(Round.id, Round.name, opened.facts)
        .join(opened, (opened.round_id == Round.id) & (opened.event == "open"))
        .where(Round.assessment_id == assessment_id)
    )
    return {number: str(facts.get("title") or name) for number, name, facts in rows}


def all_events_of(session: Session, round_id: int) -> list[int]:
    """The numbers of all steps of a round, also of those that were taken back."""
    return list(session.scalars(select(RoundEvent.id).where(RoundEvent.round_id == round_id)))
