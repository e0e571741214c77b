"""How a transcript of a sitting is read: with its members, presenters and agenda; and what of it
stands nowhere yet.

Knows rows and the reading of `domain.minutes`. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy.orm import Session

from ...domain.minutes.agenda import AgendaItem
from ...domain.minutes.spoken import Item, Left, Reading, Speaker
from ...domain.minutes.transcript import read
from ...store import queries
from ...store.rows import councils
from ...store.rows.minutes import Transcript
from . import minutes, speakers

NOWHERE = "会議録に入っていない行です。"


def reading(session: Session, sitting: councils.Sitting, row: Transcript) -> Reading:
    """A transcript as it is read with what is known of its sitting."""
    members = councils.in_office(session, sitting.council_id, sitting.day)
    chair = speakers.chairing(sitting, members)
    items = minutes.items_of(sitting)
    roster = _named(speakers.roster(members, chair, items), members)
    known = tuple(sorted((str(label), str(name)) for label, name in row.known.items()))
    return _reading(row.text, roster, tuple(_item(item) for item in items), known)


def _named(roster: Sequence[Speaker], members: Sequence[councils.Member]) -> tuple[Speaker, ...]:
    """The roster with names alone: a presenter's office before the name is no family name."""
    seats = {member.name for member in members}
    out = []
    for speaker in roster:
        office, space, name = speaker.name.rpartition(" ")
        if space and speaker.name not in seats:
            speaker = Speaker(speaker.printed, name, office)
        out.append(speaker)
    return tuple(out)


@lru_cache(maxsize=8)
def _reading(
    text: str,
    roster: tuple[Speaker, ...],
    items: tuple[Item, ...],
    known: tuple[tuple[str, str], ...],
) -> Reading:
    return read(text.split("\n"), roster, items, dict(known))


def _item(item: AgendaItem) -> Item:
    return Item(item.mark, item.kind, item.called or item.number, item.title)


def left(session: Session, row: Transcript) -> list[Left]:
    """The lines of a transcript that stand in no speech and were not set aside, once it was put
    into the minutes: whatever became of its speeches since."""
    lines = row.text.split("\n")
    stands = set()
    for speech in queries.minutes.speeches_of_transcript(session, row.sitting_id, row.id):
        stands |= {int(line) for line in speech.lines}
    return _left(lines, stands)


def _left(lines: Sequence[str], stands: set[int]) -> list[Left]:
    out = []
    for number, text in enumerate(lines, 1):
        if text.strip() and number not in stands:
            out.append(Left(number, text, NOWHERE))
    return out


def labels(reading_: Reading) -> Mapping[str, int]:
    """Labels of a transcript that name nobody of the roster → how often they stand there."""
    return dict(reading_.unknown)
