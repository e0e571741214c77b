"""Where affairs came from, as it is asked for.

Knows rows. Must not know what an affair published.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..rows.affair_origins import AffairOrigin
from ..rows.assessments import Assessment, Version
from ..rows.filing import Publication, stands


def before(session: Session, affair_ids: Iterable[int]) -> list[AffairOrigin]:
    """What these affairs came from, as it stands, by day."""
    of = select(AffairOrigin).where(
        AffairOrigin.affair_id.in_(list(affair_ids)), AffairOrigin.withdrawn.is_(None)
    )
    return list(session.scalars(of.order_by(AffairOrigin.day, AffairOrigin.id)))


def after(session: Session, affair_id: int) -> list[AffairOrigin]:
    """What came of an affair, as it stands, by day."""
    of = select(AffairOrigin).where(
        AffairOrigin.from_id == affair_id, AffairOrigin.withdrawn.is_(None)
    )
    return list(session.scalars(of.order_by(AffairOrigin.day, AffairOrigin.id)))


def ids_of_affair(session: Session, affair_id: int) -> list[int]:
    """The numbers of every record of an affair, also of those taken back."""
    return list(session.scalars(select(AffairOrigin.id).where(AffairOrigin.affair_id == affair_id)))


def published(session: Session, affair_id: int) -> Sequence[Row[Assessment, Version, date]]:
    """(document, version, day) of everything an affair published that stands, oldest first."""
    return session.execute(
        select(Assessment, Version, Publication.day)
        .join(Version, Version.assessment_id == Assessment.id)
        .join(Publication, Publication.version_id == Version.id)
        .where(Assessment.affair_id == affair_id, stands())
        .order_by(Publication.day, Publication.id)
    ).all()
