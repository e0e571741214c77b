"""What a transcript of a meeting is read into: speeches, stage directions and headings, each with
its agenda item; what could not be placed; names written otherwise than on the roster.

Line numbers are those of the input, from 1. Knows nothing of how any of it is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OPENING = "opening"
"""The section 1 開会: what is said before the first agenda item."""
CLOSING = "closing"
"""The section 3 その他: what is said after the last agenda item."""

Kind = Literal["speech", "direction", "heading"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks at a meeting.

    `printed` is what the minutes print (議長, 島崎委員, 事務局, 実施機関), `name` the person behind
    it (the full name, empty for a role that several people fill), `title` the person's title
    (会長, 委員, 課長).
    """

    printed: str
    name: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the agenda. `kind` is 議案, 報告 or その他; `number` as it is printed or as the
    office calls it in the room: (1), 第1号, 議案第1号.
    """

    id: str
    kind: str
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """One entry of the minutes, in the order of the meeting.

    `item` is OPENING, CLOSING or the id of an Item; `speaker` what is printed (empty for a
    direction or a heading); `person` the full name where it is known. Paragraphs of `text` are
    joined by a line feed. `lines` are all the lines it took, with those of its label. `doubts` are
    Japanese sentences for whoever looks over the reading.
    """

    kind: Kind
    item: str
    speaker: str
    person: str
    text: str
    lines: tuple[int, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What was not placed: its line, its words and why, in Japanese."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class NearName:
    """A name written otherwise than on the roster (髙橋 for 高橋), and the lines where it is."""

    written: str
    meant: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A transcript as it was read: every sentence of it stands in `spoken` or in `left`. `unknown`
    are labels that name nobody of the roster, and how often each speaks.
    """

    spoken: tuple[Spoken, ...]
    left: tuple[Left, ...]
    near_names: tuple[NearName, ...]
    unknown: tuple[tuple[str, int], ...] = ()
