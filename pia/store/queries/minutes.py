"""Speeches of a sitting by their last editions, transcripts, hand-written fields of minutes,
members' coming and going, and the steps of a sitting.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from ..rows.councils import Answer, Remark, Sitting
from ..rows.minutes import PROMISED, MinutesField, Movement, SittingStep, Speech, Transcript


def _last(sitting_id: int) -> Select[Speech]:
    """The last edition of each speech of a sitting."""
    begins = func.coalesce(Speech.begins_id, Speech.id)
    last = select(func.max(Speech.id)).where(Speech.sitting_id == sitting_id).group_by(begins)
    return select(Speech).where(Speech.id.in_(last))


def speeches(session: Session, sitting_id: int) -> list[Speech]:
    """The last edition of every speech of a sitting that was not taken out, by place."""
    rows = session.scalars(_last(sitting_id).where(Speech.gone.is_(False)))
    # Places are compared letter by letter, whatever the database's own order of letters is.
    return sorted(rows, key=lambda row: (row.place, row.begins))


def taken_out(session: Session, sitting_id: int) -> list[Speech]:
    """The last edition of every speech that was taken out, the latest first."""
    gone = _last(sitting_id).where(Speech.gone.is_(True))
    return list(session.scalars(gone.order_by(Speech.id.desc())))


def editions(session: Session, begins: int) -> list[Speech]:
    """Every edition of a speech, the first one first."""
    mine = (Speech.id == begins) | (Speech.begins_id == begins)
    return list(session.scalars(select(Speech).where(mine).order_by(Speech.id)))


def rows_of_sitting(session: Session, sitting_id: int) -> list[Speech]:
    """Every edition of every speech of a sitting, in the order they were written."""
    mine = select(Speech).where(Speech.sitting_id == sitting_id)
    return list(session.scalars(mine.order_by(Speech.id)))


def edition_counts(session: Session, sitting_id: int) -> dict[int, int]:
    """Speech → how many editions it has, of a sitting."""
    begins = func.coalesce(Speech.begins_id, Speech.id)
    counted = select(begins, func.count()).where(Speech.sitting_id == sitting_id).group_by(begins)
    return {number: count for number, count in session.execute(counted)}


def last_edition(session: Session, begins: int) -> Speech | None:
    """The edition of a speech that counts; None when there is no such speech."""
    mine = (Speech.id == begins) | (Speech.begins_id == begins)
    return session.scalars(select(Speech).where(mine).order_by(Speech.id.desc()).limit(1)).first()


def last_change(session: Session, sitting_id: int) -> int:
    """The number of the last edition written in a sitting; 0 before the first."""
    last = select(func.max(Speech.id)).where(Speech.sitting_id == sitting_id)
    return session.scalar(last) or 0


def pulse(session: Session, sitting_id: int) -> Row[Sitting, int | None] | None:
    """A sitting that stands with the number of its last edition; None when there is none."""
    last = select(func.max(Speech.id)).where(Speech.sitting_id == sitting_id).scalar_subquery()
    standing = (Sitting.id == sitting_id, Sitting.withdrawn.is_(None))
    return session.execute(select(Sitting, last).where(*standing)).first()


def remarks_said(session: Session, sitting_id: int) -> set[int]:
    """The questions that stand in a sitting's minutes, also where they were taken out."""
    mine = select(Speech.remark_id).where(Speech.sitting_id == sitting_id)
    return {number for number in session.scalars(mine.distinct()) if number is not None}


def answers_said(session: Session, sitting_id: int) -> set[int]:
    """The answers that stand in a sitting's minutes, also where they were taken out."""
    mine = select(Speech.answer_id).where(Speech.sitting_id == sitting_id)
    return {number for number in session.scalars(mine.distinct()) if number is not None}


def remarks_to_say(session: Session, referral_ids: Iterable[int]) -> list[Remark]:
    """The standing questions about these referrals that came in a sitting, oldest first."""
    asked = select(Remark).where(
        Remark.referral_id.in_(list(referral_ids)),
        Remark.withdrawn.is_(None),
        Remark.later.is_not(True),
    )
    return list(session.scalars(asked.order_by(Remark.id)))


def answers_to_say(session: Session, remark_ids: Iterable[int]) -> list[Answer]:
    """The standing answers to these questions that came in a sitting, oldest first."""
    given = select(Answer).where(
        Answer.remark_id.in_(list(remark_ids)),
        Answer.withdrawn.is_(None),
        Answer.later.is_not(True),
    )
    return list(session.scalars(given.order_by(Answer.id)))


def transcripts(session: Session, sitting_id: int) -> list[Transcript]:
    """The transcripts of a sitting that stand, oldest first."""
    mine = select(Transcript).where(
        Transcript.sitting_id == sitting_id, Transcript.withdrawn.is_(None)
    )
    return list(session.scalars(mine.order_by(Transcript.id)))


def all_transcripts(session: Session, sitting_id: int) -> list[Transcript]:
    """Every transcript of a sitting, oldest first."""
    mine = select(Transcript).where(Transcript.sitting_id == sitting_id)
    return list(session.scalars(mine.order_by(Transcript.id)))


def speeches_of_transcript(session: Session, sitting_id: int, transcript_id: int) -> list[Speech]:
    """The last editions of speeches that were read from a transcript, also those taken out."""
    mine = _last(sitting_id).where(Speech.transcript_id == transcript_id)
    return list(session.scalars(mine.order_by(Speech.id)))


def fields(session: Session, sitting_id: int) -> dict[str, MinutesField]:
    """Field → what was written by hand last, of those that were not given up."""
    mine = select(MinutesField).where(MinutesField.sitting_id == sitting_id)
    last = {}
    for row in session.scalars(mine.order_by(MinutesField.id)):
        last[row.field] = row
    return {name: row for name, row in last.items() if row.withdrawn is None}


def all_fields(session: Session, sitting_id: int) -> list[MinutesField]:
    """Every field that was written by hand, oldest first."""
    mine = select(MinutesField).where(MinutesField.sitting_id == sitting_id)
    return list(session.scalars(mine.order_by(MinutesField.id)))


def movements(session: Session, sitting_id: int) -> list[Movement]:
    """The coming and going of members in a sitting, by the clock."""
    mine = select(Movement).where(Movement.sitting_id == sitting_id, Movement.withdrawn.is_(None))
    return list(session.scalars(mine.order_by(Movement.clock, Movement.id)))


def all_movements(session: Session, sitting_id: int) -> list[Movement]:
    """The coming and going of members in a sitting, also what was taken back, oldest first."""
    mine = select(Movement).where(Movement.sitting_id == sitting_id)
    return list(session.scalars(mine.order_by(Movement.id)))


def steps(session: Session, sitting_id: int, kind: str = "") -> list[SittingStep]:
    """The steps of a sitting that stand, oldest first; of one kind where it is named."""
    mine = select(SittingStep).where(
        SittingStep.sitting_id == sitting_id, SittingStep.withdrawn.is_(None)
    )
    if kind:
        mine = mine.where(SittingStep.kind == kind)
    return list(session.scalars(mine.order_by(SittingStep.id)))


def all_steps(session: Session, sitting_id: int) -> list[SittingStep]:
    """Every step of a sitting, oldest first."""
    mine = select(SittingStep).where(SittingStep.sitting_id == sitting_id)
    return list(session.scalars(mine.order_by(SittingStep.id)))


def promised(session: Session, council_id: int) -> list[Speech]:
    """The last editions of the answers that were promised in a council's sittings, not taken out,
    oldest first."""
    begins = func.coalesce(Speech.begins_id, Speech.id)
    held = select(Sitting.id).where(Sitting.council_id == council_id, Sitting.withdrawn.is_(None))
    last = (
        select(func.max(Speech.id))
        .where(Speech.kind == PROMISED, Speech.sitting_id.in_(held))
        .group_by(begins)
    )
    mine = select(Speech).where(Speech.id.in_(last), Speech.gone.is_(False))
    return list(session.scalars(mine.order_by(Speech.id)))
