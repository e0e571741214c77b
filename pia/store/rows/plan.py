"""計画管理書: what each body says about itself at its head (規則第3条). The rows below it are read
from affairs and assessments, not kept twice.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..model import Acted, Base


class PlanHead(Acted, Base):
    """The head facts of a body's plan (機関名, 担当部署, 連絡先 and what the form asks for).
    Append-only: the latest counts.
    """

    __tablename__ = "plan_head"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), index=True)
    facts: Mapped[dict[str, Any]]


def plan_head(session: Session, body_id: int) -> PlanHead | None:
    """The head of the 計画管理書 of a body that counts; None before the first."""
    return session.scalar(
        select(PlanHead).where(PlanHead.body_id == body_id).order_by(PlanHead.id.desc()).limit(1)
    )
