"""個人情報ファイル簿 beyond the base of registers: why a file or an item of it is left out, and
what was published when (個人情報保護法第75条第1項から第3項).

Knows records and days. Must not know the items of the form nor what may be left out
(`pia/rules/file-register.yaml`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class FileOmission(Acted, Base):
    """A file that is not listed (`field` empty), an item that is left out (`field`: its id) or one
    line of it (`part`), with its ground (a key of the rules) and the reason."""

    __tablename__ = "file_omission"
    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("register_record.id"), index=True)
    field: Mapped[str]
    part: Mapped[str]
    ground: Mapped[str]
    reason: Mapped[str]
    withdrawn: Mapped[date | None]


class PublishedFile(Acted, Base):
    """A text of a file as it went into the public register on a day. `left_out`: [field, part] of
    what stayed inside then; `words`: all that anybody may read of it now, folded, for searches."""

    __tablename__ = "published_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("register_record.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("register_version.id"))
    day: Mapped[date]
    left_out: Mapped[list[Any]]
    words: Mapped[str] = mapped_column(deferred=True)
    withdrawn: Mapped[date | None]
