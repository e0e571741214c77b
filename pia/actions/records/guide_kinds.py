"""Which fields of a 記載要領 the city filed may be put right by hand.

Knows rows. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store.rows.guides import GuideFile
from .field_kinds import Field, Kind, Values


def must_be_edition(by: By, edition: date | None) -> None:
    """Unfit for an edition that is still to come."""
    if edition is not None and edition > by.day:
        raise Unfit("edition", f"版の日（{written(edition)}）がまだ来ていません。")


def _fields(session: Session, row: GuideFile) -> Sequence[Field]:
    return (Field("title", "題名"), Field("edition", "版の日", "day", False))


def _check(session: Session, by: By, row: GuideFile, values: Values) -> None:
    must_be_edition(by, values["edition"])


def _follows(session: Session, row: GuideFile) -> Sequence[str]:
    return ()


KINDS = (Kind("guide_file", GuideFile, "記載要領", _fields, _check, _follows),)
