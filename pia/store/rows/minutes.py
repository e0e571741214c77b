"""会議録: what was spoken in a sitting, the transcripts it was read from, what the record says of
the coming and going of members, and the steps of a sitting before and after it (規則第7条第4項).

Knows speeches by their editions: what stood before stays. Must not know how minutes are laid out,
nor how a transcript is read.
"""

from __future__ import annotations

from datetime import date, time
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..ledger.digests import nonce
from ..model import Acted, Base

# What stands in minutes: words of a speaker, a stage direction, a heading; an answer that is
# promised for another day; `aside`: a passage of a transcript that is none of these.
SPEECH, DIRECTION, HEADING = "speech", "direction", "heading"
PROMISED, ASIDE = "promised", "aside"


class Transcript(Acted, Base):
    """A transcript of a sitting as it came in. `known`: what the office said of its labels (label →
    speaker as printed). `withdrawn`: the day it was taken back, with the speeches read from it.
    """

    __tablename__ = "transcript"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    name: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    known: Mapped[dict[str, Any]] = mapped_column(default=dict)
    withdrawn: Mapped[date | None]


class Speech(Acted, Base):
    """One edition of one speech of a sitting. `begins_id`: its first edition, None for that one
    itself; the last edition counts. `place`: where it stands, by `domain.minutes.order`; `item`:
    the agenda item; `speaker`: as printed, `person`: who it was; `gone`: it was taken out.
    `remark_id`, `answer_id`: the question or answer it is; `transcript_id` and `lines`: where it
    was read; `about`: of an answer that is promised, the
    department (`department`), the day (`until`), and what was answered then (`answered`: the day).
    """

    __tablename__ = "speech"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    begins_id: Mapped[int | None] = mapped_column(ForeignKey("speech.id"), index=True)
    place: Mapped[str]
    kind: Mapped[str] = mapped_column(index=True)
    item: Mapped[str]
    speaker: Mapped[str]
    person: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    gone: Mapped[bool] = mapped_column(default=False)
    remark_id: Mapped[int | None] = mapped_column(ForeignKey("remark.id"), index=True)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"), index=True)
    transcript_id: Mapped[int | None] = mapped_column(ForeignKey("transcript.id"), index=True)
    lines: Mapped[list[Any]] = mapped_column(default=list)
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(default="")

    @property
    def begins(self) -> int:
        """The number of its first edition, which is the number of the speech."""
        return self.begins_id or self.id


class MinutesField(Acted, Base):
    """One of the fields of the 開催結果 as somebody wrote it by hand. `base`: what the record gave
    then; where the record gives something else now, both are shown. `withdrawn`: the day it was
    given up for what the record says.
    """

    __tablename__ = "minutes_field"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    field: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    base: Mapped[str]
    base_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]


class Movement(Acted, Base):
    """A member leaves a sitting, comes back, or stays out of an item: `what` is LEFT, BACK, RECUSED
    (除斥・回避, of the agenda item `item`) or REMOTE (attends by web from `clock` on).
    """

    __tablename__ = "movement"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    what: Mapped[str]
    clock: Mapped[time]
    item: Mapped[str] = mapped_column(default="")
    withdrawn: Mapped[date | None]


class SittingStep(Acted, Base):
    """A step of a sitting before or after it: the notice to the members, their replies, the notice
    to the public, minutes put before a member, what they said of them, 確定, publication. `day`:
    of the step; `facts`: what differs between kinds (document number, last day of the answer).
    """

    __tablename__ = "sitting_step"
    id: Mapped[int] = mapped_column(primary_key=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    kind: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    day: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(default="")
    note_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]
