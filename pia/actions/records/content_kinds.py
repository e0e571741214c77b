"""Which fields of what was answered in 内容の点検, and of a check a city made binding, may be put
right by hand.

Knows rows and what must hold of them. How a correction is kept stands in `steps.corrections`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from ...store.rows.content_checks import BindingCheck, ContentAnswer
from .field_kinds import Field, Kind


def _reason(session: Session, row: Any) -> Sequence[Field]:
    return (Field("reason", "理由", "area"),)


def _nothing(session: Session, row: Any) -> Sequence[str]:
    return ()


KINDS = (
    Kind("content_answer", ContentAnswer, "指摘への回答", _reason, follows=_nothing),
    Kind("binding_check", BindingCheck, "必ず直す点検", _reason, follows=_nothing),
)
