"""Which fields of a 次回修正候補 may be put right by hand.

Knows rows and what must hold of them. How a correction is kept stands in `steps.corrections`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...store.rows.candidates import DONE, DROPPED, RevisionCandidate
from .field_kinds import Field, Kind, Values

OUTCOMES = {DONE: "修正した", DROPPED: "取りやめた"}
WAITING = "次の修正を待つ"


def _fields(session: Session, row: RevisionCandidate) -> Sequence[Field]:
    fields = [Field("text", "直したいこと", "area")]
    if row.outcome is not None:
        options = {"": WAITING, **OUTCOMES}
        fields.append(Field("outcome", "どうしたか", "choice", options=options))
        fields.append(Field("reason", "取りやめた理由", "area", False))
    return fields


def _check(session: Session, by: By, row: RevisionCandidate, values: Values) -> None:
    must_say_why(values.get("outcome"), values.get("reason"))


def must_say_why(outcome: str | None, reason: str | None) -> None:
    """Unfit for what is dropped without a reason."""
    if outcome == DROPPED and not (reason or "").strip():
        raise Unfit("reason", "取りやめる理由を入力してください。")


def _follows_nothing(session: Session, row: RevisionCandidate) -> Sequence[str]:
    return ()


KINDS = (
    Kind(
        "revision_candidate",
        RevisionCandidate,
        "次回修正候補",
        _fields,
        _check,
        _follows_nothing,
    ),
)
