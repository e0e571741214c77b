"""Which fields of 個人情報ファイル簿 beside its texts may be put right by hand: the day of a 公表,
and the reason for leaving something out (個人情報保護法第75条第1項・第3項).

Knows rows. A text is put right as a text. How a correction is kept is no matter of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.wareki import written
from ...store import queries
from ...store.rows.file_register import FileOmission, PublishedFile
from .field_kinds import Field, Kind, Values


def _omission_fields(session: Session, row: FileOmission) -> Sequence[Field]:
    return (Field("reason", "理由", "area"),)


def _nothing_follows(session: Session, row: FileOmission | PublishedFile) -> Sequence[str]:
    return ()


def _publication_fields(session: Session, row: PublishedFile) -> Sequence[Field]:
    return (Field("day", "簿の公表日", "day"),)


def _check_publication(session: Session, by: By, row: PublishedFile, values: Values) -> None:
    others = queries.file_register.publications(session, [row.record_id]).get(row.record_id, [])
    earlier = [other.day for other in others if other.id < row.id]
    later = [other.day for other in others if other.id > row.id]
    must_be_day(by, values["day"], earlier, later)


def must_be_day(
    by: By, day: date, earlier: Sequence[date], later: Sequence[date], field: str = "day"
) -> None:
    """Unfit for a day of 公表 to come, and for one before the last or after the next."""
    if day > by.day:
        raise Unfit(field, f"公表日（{written(day)}）が、まだ来ていません。")
    if earlier and day < max(earlier):
        raise Unfit(field, f"公表日が、前の公表日（{written(max(earlier))}）より前です。")
    if later and day > min(later):
        raise Unfit(field, f"公表日が、次の公表日（{written(min(later))}）より後です。")


KINDS = (
    Kind(
        "file_omission",
        FileOmission,
        "記載しないもの",
        _omission_fields,
        follows=_nothing_follows,
    ),
    Kind(
        "published_file",
        PublishedFile,
        "ファイル簿の公表",
        _publication_fields,
        _check_publication,
        _nothing_follows,
    ),
)
