"""What lists say of a text without reading it: how much a round changes, and how a document stands
to a national text.

Derived: whoever has the texts computes them again, and nothing rests on them. `rests_on` says of
what they were computed; a row of another text counts for nothing. Must not know how.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Base


class RoundTally(Base):
    """Of a round with the head `head_id`: how many items change, how many of them count as 重要な
    変更, in how many places its text may say who somebody is (`finds`, -1 until that was looked
    at), and its ファイル as [[key, name]].
    """

    __tablename__ = "round_tally"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    head_id: Mapped[int]
    rests_on: Mapped[str]
    changes: Mapped[int]
    material: Mapped[int]
    finds: Mapped[int]
    files: Mapped[list[Any]]


class ChangeMark(Base):
    """A change of a running or finished round by its fingerprint: the same change in another
    document has the same. Written with the tally of the round."""

    __tablename__ = "change_mark"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True, index=True)


class NationalTally(Base):
    """How an assessment stands to a national text: [[file, name, [status of each slot or null]]],
    in the line of its running round, else the main one (`line`, as a REF).
    """

    __tablename__ = "national_tally"
    revision_id: Mapped[int] = mapped_column(ForeignKey("national_revision.id"), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    rests_on: Mapped[str]
    line: Mapped[str]
    standings: Mapped[list[Any]]
