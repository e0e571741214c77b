"""A member's own notes, opened with the key their browser sent.

Reads only; keeps neither key nor words. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ...store import queries
from ..access import note_keys
from ..access.note_keys import NoteKey
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class OwnNoteView:
    """A note: where it stands (KEY and path of each document), what the card was called, whose key
    it had when it was written, the words, and the day it is erased."""

    number: int
    places: tuple[str, ...]
    card: str
    label: str
    text: str
    erase_on: date


@dataclass(frozen=True, slots=True)
class Notebook:
    """The notes of a member: those that open, and how many do not with this key."""

    notes: tuple[OwnNoteView, ...]
    closed: int

    def at(self, places: Sequence[str]) -> OwnNoteView | None:
        """The note that stands at a card's places: also of the version before."""
        wanted = set(places)
        for note in self.notes:
            if wanted.intersection(note.places):
                return note
        return None


EMPTY = Notebook((), 0)


def notebook(wp: Workplace, key: NoteKey, today: date) -> Notebook:
    """The notes of a member whose day has not come."""
    notes = []
    closed = 0
    with wp.store.read() as session:
        for row in queries.own_notes.of_member(session, key.member, today):
            said = note_keys.opened(key, row.sealed)
            if said is None:
                closed += 1
                continue
            notes.append(
                OwnNoteView(
                    row.id,
                    tuple(said["places"]),
                    str(said["card"]),
                    str(said["label"]),
                    str(said["text"]),
                    row.erase_on,
                )
            )
    return Notebook(tuple(notes), closed)


def closed(wp: Workplace, member: int, today: date) -> Notebook:
    """The notes of a member whose key is not here: how many there are."""
    with wp.store.read() as session:
        return Notebook((), len(queries.own_notes.of_member(session, member, today)))
