"""Rounds and their steps, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round, RoundEvent
from ..rows.bodies import Affair


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


def with_text(session: Session) -> list[Round]:
    """The rounds that have a version, in the order they began."""
    return list(session.scalars(select(Round).where(Round.head_id.is_not(None)).order_by(Round.id)))


def open_rounds(session: Session) -> list[Round]:
    """The rounds that are neither published nor withdrawn, in the order they began."""
    return list(
        session.scalars(
            select(Round).where(Round.state.not_in(("PUBLISHED", "WITHDRAWN"))).order_by(Round.id)
        )
    )


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


def events(session: Session) -> list[RoundEvent]:
    """The steps of every round, by their number."""
    return list(session.scalars(select(RoundEvent).order_by(RoundEvent.seq)))


def events_of(session: Session, round_id: int) -> list[RoundEvent]:
    """The steps of a round, in order."""
    return list(
        session.scalars(
            select(RoundEvent).where(RoundEvent.round_id == round_id).order_by(RoundEvent.seq)
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
            .where(RoundEvent.round_id == round_id, RoundEvent.event == "explain")
            .order_by(RoundEvent.seq)
        )
    )


def events_named(session: Session, round_id: int, event: str) -> list[RoundEvent]:
    """The steps of a round of one name, in order."""
    return list(
        session.scalars(
            select(RoundEvent)
            .where(RoundEvent.round_id == round_id, RoundEvent.event == event)
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


def ended_at(session: Session, round_id: int, states: Iterable[str]) -> list[datetime]:
    """When a round came into one of these states, in order."""
    return list(
        session.scalars(
            select(RoundEvent.at)
            .where(RoundEvent.round_id == round_id, RoundEvent.state.in_(states))
            .order_by(RoundEvent.seq)
        )
    )


def facts(session: Session) -> list[dict[str, Any]]:
    """What is kept beside every round."""
    return list(session.scalars(select(Round.facts)))
