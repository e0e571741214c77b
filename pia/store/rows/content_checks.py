"""内容の点検: what people answered of what a check found, which checks a city made binding, and
what the checks found in the texts as they stand.

Knows assessments, and checks by their name in the rules. Must not know how anything is found.
`ContentTally` and `ContentName` are derived: whoever has the texts computes them again.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class ContentAnswer(Acted, Base):
    """Why something a check found may stand as it is written. `rule`: the check or hint;
    `fingerprint`: names what was found with the words it was found in, so that other words are
    asked about again; `path`: where it was answered."""

    __tablename__ = "content_answer"
    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    rule: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(index=True)
    path: Mapped[list[Any]]
    reason: Mapped[str]
    withdrawn: Mapped[date | None]


class BindingCheck(Acted, Base):
    """A check the city made binding, and why: no step outward while it finds something that nobody
    answered."""

    __tablename__ = "binding_check"
    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str]
    reason: Mapped[str]
    withdrawn: Mapped[date | None]


class ContentTally(Base):
    """What the checks found in a text without its withheld words, in it alone and beside the other
    documents of its affair: [{rule, sentence, words, shared, places: [[path, key, citation]]}].
    `rests_on`: the rules it was computed by."""

    __tablename__ = "content_tally"
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    rests_on: Mapped[str]
    findings: Mapped[list[Any]]


class ContentName(Base):
    """A name a text gives to something other documents may name too. `rule`: which rule compares
    it; `folded`: as it is compared; `citation`: where it stands, in the form's words; `facts`: what
    else is said of the thing."""

    __tablename__ = "content_name"
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    rule: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    path: Mapped[list[Any]]
    citation: Mapped[str]
    facts: Mapped[dict[str, Any]]
