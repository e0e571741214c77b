"""Workbooks, printings, templates and heads of the 計画管理書, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Version
from ..rows.papers import Carrier, FormConfirmation, PaperTemplate, Printed
from ..rows.plan import PlanHead


def all_carriers(session: Session) -> list[Carrier]:
    """Every workbook the city registered."""
    return list(session.scalars(select(Carrier)))


def carriers_in_order(session: Session) -> list[Carrier]:
    """Every workbook the city registered, oldest first."""
    return list(session.scalars(select(Carrier).order_by(Carrier.id)))


def plan_heads(session: Session) -> list[PlanHead]:
    """Every head of a 計画管理書, oldest first."""
    return list(session.scalars(select(PlanHead).order_by(PlanHead.id)))


def last_printed(session: Session, digest: str, projection: str) -> Printed | None:
    """The latest printing of a text in a projection; None before the first."""
    return session.scalars(
        select(Printed)
        .where(Printed.digest == digest, Printed.projection == projection)
        .order_by(Printed.id.desc())
    ).first()


def last_printed_in(session: Session, digest: str, projection: str, layout: int) -> Printed | None:
    """The latest printing of a text in a projection and layout; None before the first."""
    return session.scalar(
        select(Printed)
        .where(Printed.digest == digest, Printed.projection == projection)
        .where(Printed.layout.like(f"{layout}:%"))
        .order_by(Printed.id.desc())
        .limit(1)
    )


def newest_carriers(session: Session) -> list[int]:
    """The latest workbook of every form and assessment."""
    return list(
        session.scalars(select(func.max(Carrier.id)).group_by(Carrier.form, Carrier.assessment_id))
    )


def blanks_of(session: Session, form: str) -> list[Carrier]:
    """Every blank registered for a form, the latest first."""
    of = select(Carrier).where(Carrier.form == form, Carrier.assessment_id.is_(None))
    return list(session.scalars(of.order_by(Carrier.id.desc())))


def documents_by_form(session: Session) -> dict[str, int]:
    """Form → how many assessments stand on it with their latest text."""
    on = select(Version.form, func.count()).join(Assessment, Assessment.head_id == Version.id)
    return dict(session.execute(on.group_by(Version.form)).all())


def confirming_files(session: Session) -> list[str]:
    """The SHA-256 of every blank that confirmed a form."""
    return list(session.scalars(select(FormConfirmation.sha256)))


def template_files(session: Session) -> list[str]:
    """The SHA-256 of every wording of a paper the city registered."""
    return list(session.scalars(select(PaperTemplate.sha256)))


def printed_files(session: Session) -> Sequence[Row[str, str]]:
    """(digest of the text, SHA-256 of the printing) of every printing."""
    return session.execute(select(Printed.digest, Printed.sha256)).all()
