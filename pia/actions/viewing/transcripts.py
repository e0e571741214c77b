"""A transcript as its page shows it: what was read of it, with doubts, labels nobody knows, names
that are written otherwise, and what is left.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...domain.errors import PiaError
from ...domain.minutes import agenda
from ...domain.minutes.spoken import Left, NearName, Spoken
from ...store import queries
from ...store.rows import councils as rows
from ...store.rows.minutes import ASIDE, Transcript
from ..records import minutes as records
from ..records import speakers
from ..records import transcripts as readings
from ..workplace import Workplace, row_of

SHOWN = 400  # speeches on the page of a reading


@dataclass(frozen=True, slots=True)
class UnknownLabel:
    """A label of a transcript that names nobody of the roster, and how often it stands there."""

    words: str
    count: int


@dataclass(frozen=True, slots=True)
class TranscriptView:
    """A transcript of a sitting: `placed` once its speeches stand in the minutes; until then
    `spoken` is what they will be."""

    number: int
    name: str
    sitting: rows.Sitting
    headings: Mapping[str, str]
    spoken: tuple[Spoken, ...]
    more: int
    counts: Mapping[str, int]
    left: tuple[Left, ...]
    near_names: tuple[NearName, ...]
    labels: tuple[UnknownLabel, ...]
    known: Mapping[str, str]
    speakers: tuple[str, ...]
    placed: bool
    withdrawn: bool


def of_sitting(wp: Workplace, number: int) -> rows.Sitting:
    """A sitting whose transcript is to come. PiaError when there is none of that number."""
    with wp.store.read() as session:
        return row_of(session, rows.Sitting, number, "会議")


def transcript(wp: Workplace, sitting_id: int, number: int) -> TranscriptView:
    """A transcript as it is read. PiaError when it is none of this sitting."""
    with wp.store.read() as session:
        row = session.get(Transcript, number)
        if row is None or row.sitting_id != sitting_id:
            raise PiaError("その文字起こしはありません。会議録から選び直してください。")
        sitting = session.get_one(rows.Sitting, sitting_id)
        items = records.items_of(sitting)
        read = readings.reading(session, sitting, row)
        rows_read = queries.minutes.speeches_of_transcript(session, sitting_id, number)
        placed = any(speech.kind != ASIDE for speech in rows_read)
        left = tuple(readings.left(session, row)) if placed else read.left
        members = rows.in_office(session, sitting.council_id, sitting.day)
        chair = speakers.chairing(sitting, members)
        counts: dict[str, int] = {}
        for spoken in read.spoken:
            counts[spoken.item] = counts.get(spoken.item, 0) + 1
        return TranscriptView(
            number,
            row.name,
            sitting,
            {item.mark: item.heading for item in items} | agenda.HEADINGS,
            read.spoken[:SHOWN],
            max(0, len(read.spoken) - SHOWN),
            counts,
            left,
            read.near_names,
            tuple(UnknownLabel(words, count) for words, count in readings.labels(read).items()),
            {str(label): str(name) for label, name in row.known.items()},
            tuple(dict.fromkeys(s.printed for s in speakers.roster(members, chair, items))),
            placed,
            row.withdrawn is not None,
        )
