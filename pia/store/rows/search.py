"""What a search looks through: every text people may look for, once more, with where it stands and
its letters folded; and how far that is up to date.

Computed from records and documents: whoever doubts it computes it again (`actions.upkeep
.search_index`). Knows numbers, places and words. Must not know who may find what. Words that are
withheld from some readers stand in `SearchWhole` alone, with an index of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Base


class SearchedText:
    """A text and where it stands. `kind`: what it is (`actions.records.searched`); `row_id`: its
    row, or of a document its assessment; `thing_id`: what it belongs to (referral, consultation,
    round, sitting). Of a document: `since` and `until` count its versions, the first that says it
    and the first that no longer does (None: the newest still does); `path` and `item` its place
    with and without the keys of entries. `place`: where it stands, in words; `at`: when it was
    said, `year`: in which 年度."""

    kind: Mapped[str]
    row_id: Mapped[int]
    assessment_id: Mapped[int | None]
    thing_id: Mapped[int | None]
    since: Mapped[int | None]
    until: Mapped[int | None]
    path: Mapped[list[Any]]
    item: Mapped[str]
    place: Mapped[str]
    text: Mapped[str]
    folded: Mapped[str] = mapped_column(deferred=True)
    at: Mapped[datetime]
    year: Mapped[int]


class SearchText(SearchedText, Base):
    """A text as anybody reads it who may read the thing at all. `veiled`: it says less than the
    whole text, which stands in `SearchWhole`."""

    __tablename__ = "search_text"
    id: Mapped[int] = mapped_column(primary_key=True)
    veiled: Mapped[bool]
    __table_args__ = (
        Index("ix_search_text_kind_row_id", "kind", "row_id"),
        Index("ix_search_text_assessment_id", "assessment_id"),
    )


class SearchWhole(SearchedText, Base):
    """The same with words that are withheld."""

    __tablename__ = "search_whole"
    id: Mapped[int] = mapped_column(primary_key=True)
    __table_args__ = (
        Index("ix_search_whole_kind_row_id", "kind", "row_id"),
        Index("ix_search_whole_assessment_id", "assessment_id"),
    )


class SearchGuard(Base):
    """An assessment whose withheld words stand in a whole text: who may not read them does not find
    it."""

    __tablename__ = "search_guard"
    whole_id: Mapped[int] = mapped_column(
        ForeignKey("search_whole.id"), primary_key=True, autoincrement=False
    )
    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("assessment.id"), primary_key=True, index=True
    )


class SearchMark(Base):
    """How far the index is: the last entry of a chain it has followed ("chain NAME"), the last row
    of a table it has begun with ("table NAME"), the last version of a document ("document N", with
    every word ever withheld in it)."""

    __tablename__ = "search_mark"
    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    words: Mapped[list[Any]] = mapped_column(default=list)
