"""The commission's 記載要領 as the city filed it: its pages as text, and on which page each item of
a form is explained.

Knows pages. Must not know what an item is. The program itself has read none of it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class GuideFile(Acted, Base):
    """A 記載要領: `edition` the day of its edition, `pages` the words of each page, `places` kind
    of form → item → page (from 1) as the words were found. The one filed last counts."""

    __tablename__ = "guide_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    edition: Mapped[date | None]
    name: Mapped[str]
    sha256: Mapped[str]
    pages: Mapped[list[Any]]
    places: Mapped[dict[str, Any]]
    withdrawn: Mapped[date | None]


class GuidePage(Acted, Base):
    """The page of an item as a person chose it, in place of the one that was found. Append-only:
    the latest counts."""

    __tablename__ = "guide_page"
    id: Mapped[int] = mapped_column(primary_key=True)
    guide_id: Mapped[int] = mapped_column(ForeignKey("guide_file.id"), index=True)
    form_kind: Mapped[str]
    item: Mapped[str]
    page: Mapped[int]
