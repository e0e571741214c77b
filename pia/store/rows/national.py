"""National texts, where they were applied, and what the state was asked about them.

Knows a revision as the JSON of its changes. Must not know how it is applied
(`domain.revise.apply`), nor what departs from it: that is computed, not stored.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...domain.errors import PiaError
from ..model import Acted, Base


class NationalRevision(Acted, Base):
    """国の記載例: `body` holds its changes. A new edition is a new row with a key of its own."""

    __tablename__ = "national_revision"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    issuer: Mapped[str]
    edition: Mapped[str]
    reason: Mapped[str]
    body: Mapped[dict[str, Any]]


class NationalApplication(Acted, Base):
    """One revision applied to one assessment for some files (ファイル keys); `after_id` equals
    `before_id` when all of it was there already.
    """

    __tablename__ = "national_application"
    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("national_revision.id"), index=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    before_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    after_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    files: Mapped[list[Any]]


class NationalUndo(Acted, Base):
    """An application that was taken back, by the version without it."""

    __tablename__ = "national_undo"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("national_application.id"), unique=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))


class Confirmation(Acted, Base):
    """国への確認: whether the state was asked about an item, when, and what it said. Without an
    assessment it holds for all. The latest counts.
    """

    __tablename__ = "confirmation"
    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("national_revision.id"), index=True)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"))
    item: Mapped[str]
    asked: Mapped[bool]
    day: Mapped[date | None]
    answer: Mapped[str]


def revision(session: Session, key: str) -> NationalRevision:
    """The revision of a key. PiaError lists those there are."""
    row = session.scalar(select(NationalRevision).where(NationalRevision.key == key))
    if row is None:
        keys = session.scalars(select(NationalRevision.key).order_by(NationalRevision.id)).all()
        raise PiaError(
            f"国の記載例「{key}」はありません。"
            + (f"あるのは {'、'.join(keys)} です。" if keys else "まだ1つも登録されていません。")
        )
    return row


def standing(session: Session, assessment_id: int) -> list[NationalApplication]:
    """The applications to an assessment that were not taken back, oldest first."""
    of = select(NationalApplication).outerjoin(
        NationalUndo, NationalUndo.application_id == NationalApplication.id
    )
    return list(
        session.scalars(
            of.where(
                NationalApplication.assessment_id == assessment_id, NationalUndo.id.is_(None)
            ).order_by(NationalApplication.id)
        )
    )


def confirmations(session: Session, revision_id: int) -> dict[tuple[str, int | None], Confirmation]:
    """The confirmation that counts, by item and assessment (None: all)."""
    rows = session.scalars(
        select(Confirmation)
        .where(Confirmation.revision_id == revision_id)
        .order_by(Confirmation.id)
    )
    latest = {}
    for row in rows:
        latest[(row.item, row.assessment_id)] = row
    return latest
