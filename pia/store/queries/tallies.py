"""Summaries of rounds and of documents beside national texts, as they are asked for, and what they
rest on.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from ..model import Base
from ..rows.assessments import OPEN, Assessment, Round
from ..rows.bodies import Affair
from ..rows.filing import RoundNote
from ..rows.national import NationalApplication, NationalRevision, NationalUndo
from ..rows.papers import FormConfirmation
from ..rows.tallies import ChangeMark, NationalTally, RoundTally


def rounds_with_finds(session: Session) -> list[Round]:
    """The rounds that run and whose text may say who somebody is, in the order they began; also
    those of which nobody knows yet."""
    rounds = (
        select(Round)
        .outerjoin(
            RoundTally,
            and_(RoundTally.round_id == Round.id, RoundTally.head_id == Round.head_id),
        )
        .where(OPEN, or_(RoundTally.finds != 0, RoundTally.round_id.is_(None)))
    )
    return list(session.scalars(rounds.order_by(Round.id)))


def rounds_without(session: Session) -> list[int]:
    """The rounds that run and have a text, but no whole tally of it."""
    fits = and_(
        RoundTally.round_id == Round.id,
        RoundTally.head_id == Round.head_id,
        RoundTally.finds >= 0,
    )
    rounds = select(Round.id).outerjoin(RoundTally, fits)
    return list(
        session.scalars(
            rounds.where(OPEN, Round.head_id.is_not(None), RoundTally.round_id.is_(None))
        )
    )


def rounds_to_look_at(session: Session, most: int) -> list[int]:
    """Rounds whose tally may be missing or old: those that run, and the latest without one."""
    running = list(session.scalars(select(Round.id).where(OPEN, Round.head_id.is_not(None))))
    without = (
        select(Round.id)
        .outerjoin(RoundTally, RoundTally.round_id == Round.id)
        .where(RoundTally.round_id.is_(None), Round.head_id.is_not(None))
        .order_by(Round.id.desc())
        .limit(most)
    )
    return sorted({*running, *session.scalars(without)})


def of_notes(session: Session, note_ids: Iterable[int]) -> list[int]:
    """The rounds of these notes."""
    of = select(RoundNote.round_id).where(RoundNote.id.in_(note_ids))
    return list(session.scalars(of.distinct()))


def bases(session: Session, round_ids: Iterable[int]) -> Sequence[Row[Round, int, str | None]]:
    """(round, number of its latest note or 0, what its tally rests on or None) of these rounds
    that have a text."""
    last = (
        select(func.coalesce(func.max(RoundNote.id), 0))
        .where(RoundNote.round_id == Round.id)
        .scalar_subquery()
    )
    return session.execute(
        select(Round, last, RoundTally.rests_on)
        .outerjoin(RoundTally, RoundTally.round_id == Round.id)
        .where(Round.id.in_(round_ids), Round.head_id.is_not(None))
        .order_by(Round.id)
    ).all()


def last_confirmation(session: Session) -> int:
    """The number of the latest confirmation of a form; 0 before the first."""
    return session.scalar(select(func.max(FormConfirmation.id))) or 0


def applied_to(session: Session, application_ids: Iterable[int]) -> list[int]:
    """The assessments of these applications of national texts."""
    of = select(NationalApplication.assessment_id)
    return list(session.scalars(of.where(NationalApplication.id.in_(application_ids)).distinct()))


def undone_in(session: Session, undo_ids: Iterable[int]) -> list[int]:
    """The assessments in which these applications were taken back."""
    of = select(NationalApplication.assessment_id).join(
        NationalUndo, NationalUndo.application_id == NationalApplication.id
    )
    return list(session.scalars(of.where(NationalUndo.id.in_(undo_ids)).distinct()))


def assessments_with_texts(session: Session, among: Iterable[int] | None) -> list[int]:
    """The assessments a national text was ever applied to; `among` these, where they are given."""
    of = select(NationalApplication.assessment_id).distinct()
    if among is not None:
        of = of.where(NationalApplication.assessment_id.in_(among))
    return sorted(session.scalars(of))


def applications(session: Session, assessment_id: int) -> tuple[int, int]:
    """(the latest application to an assessment, the latest one taken back); 0 for none."""
    mine = NationalApplication.assessment_id == assessment_id
    last = session.scalar(select(func.max(NationalApplication.id)).where(mine)) or 0
    undone = select(func.max(NationalUndo.id)).join(
        NationalApplication, NationalApplication.id == NationalUndo.application_id
    )
    return (last, session.scalar(undone.where(mine)) or 0)


def of_assessment(session: Session, assessment_id: int) -> dict[int, NationalTally]:
    """How an assessment stands to each national text, by the text's number."""
    rows = session.scalars(
        select(NationalTally).where(NationalTally.assessment_id == assessment_id)
    )
    return {row.revision_id: row for row in rows}


def count_documents(session: Session) -> int:
    """How many documents a national text may concern: those beyond the 基礎項目評価書 that have a
    text."""
    return session.scalar(_documents(select(func.count(Assessment.id)))) or 0


def documents(session: Session, first: int, most: int) -> Sequence[Row[Assessment, Affair]]:
    """(assessment, affair) of some of them, in the order they were made."""
    of = _documents(select(Assessment, Affair).join(Affair, Affair.id == Assessment.affair_id))
    return session.execute(of.order_by(Assessment.id).offset(first).limit(most)).all()


def _documents(query: Any) -> Any:
    """A query narrowed to documents a national text may concern."""
    there = Assessment.withdrawn.is_(None)
    return query.where(Assessment.kind != "basic_item", Assessment.head_id.is_not(None), there)


def national(
    session: Session, assessment_ids: Iterable[int]
) -> dict[tuple[int, int], NationalTally]:
    """How these assessments stand to national texts, by (text, assessment)."""
    rows = session.scalars(
        select(NationalTally).where(NationalTally.assessment_id.in_(assessment_ids))
    )
    return {(row.revision_id, row.assessment_id): row for row in rows}


def revision_ids(session: Session) -> dict[str, int]:
    """The numbers of the national texts by their keys."""
    return dict(session.execute(select(NationalRevision.key, NationalRevision.id)).all())


def put_rounds(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Puts tallies in the place of those these rounds had, each with the `marks` of its changes."""
    if rows:
        gone = [row["round_id"] for row in rows]
        marks = [(row["round_id"], mark) for row in rows for mark in row["marks"]]
        session.execute(delete(RoundTally).where(RoundTally.round_id.in_(gone)))
        session.execute(delete(ChangeMark).where(ChangeMark.round_id.in_(gone)))
        tallies = [{name: row[name] for name in row if name != "marks"} for row in rows]
        session.execute(insert(Base.metadata.tables["round_tally"]), tallies)
        if marks:
            told = [{"round_id": number, "fingerprint": mark} for number, mark in marks]
            session.execute(insert(Base.metadata.tables["change_mark"]), told)


def put_national(session: Session, assessment_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Puts the standings of one assessment in the place of those it had."""
    mine = NationalTally.assessment_id == assessment_id
    session.execute(delete(NationalTally).where(mine))
    if rows:
        session.execute(insert(Base.metadata.tables["national_tally"]), list(rows))
