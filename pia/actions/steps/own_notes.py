"""A member's own notes: written, taken to another browser by words, erased on the day the city set.

What is stored is ciphertext (`access.note_keys`, decision 0031). No entry of the record says that
somebody noted something: it is nobody's business. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...store import queries
from ...store.rows import councils
from ...store.rows.own_notes import OwnNote
from ..access import note_keys
from ..access.note_keys import NoteKey
from ..records import closing
from ..workplace import Workplace, row_of

DAYS = 30  # after the sitting, where the city's table says nothing else (own_notes_days)
NO_WORDS = "控えの合言葉が違います。8つの言葉を、間をあけて、ひらがなで入力してください。"


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note as it is written: of which referral, where it stands, the card's key and what it is
    called, and the words; empty words take the note away."""

    referral: int
    places: Sequence[str]
    card: str
    label: str
    text: str


def write(wp: Workplace, by: By, key: NoteKey, note: NewNote) -> None:
    """Writes a member's note at a card over the one that stood there."""
    with wp.store.unchained(about=f"own note {key.member}") as session:
        ref = row_of(session, councils.Referral, note.referral, "諮問")
        known = _standing(session, key, note.places, by.day)
        if known is not None and not note.text.strip():
            session.delete(known)
        if not note.text.strip():
            return
        said = {"places": list(note.places), "card": note.card, "label": note.label}
        sealed = note_keys.seal(key, {**said, "text": note.text})
        erase_on = _erased_on(wp, session, ref, by.day)
        if known is not None:
            known.sealed = sealed
            known.erase_on = erase_on
        else:
            session.add(OwnNote(member_id=key.member, sealed=sealed, erase_on=erase_on))


def _standing(session: Session, key: NoteKey, places: Sequence[str], today: date) -> OwnNote | None:
    wanted = set(places)
    for row in queries.own_notes.of_member(session, key.member, today):
        said = note_keys.opened(key, row.sealed)
        if said is not None and wanted.intersection(said["places"]):
            return row
    return None


def _erased_on(wp: Workplace, session: Session, ref: councils.Referral, today: date) -> date:
    """The day a note is erased: so many days after the last sitting that has the referral."""
    held = closing.sittings_of(session, ref)
    last = max([today, *(sitting.day for sitting in held)])
    return last + timedelta(days=int(wp.retention.get("own_notes_days", DAYS)))


def take_words(wp: Workplace, by: By, before: NoteKey | None, member: int, words: str) -> NoteKey:
    """The key that words stand for, as this member's; what was noted here with another key
    (`before`) is sealed with it. Unfit where the words open none of the notes that are closed
    here."""
    key = note_keys.of_words(member, words)
    if key is None:
        raise Unfit("words", NO_WORDS)
    with wp.store.unchained(about=f"own note {member}") as session:
        rows = queries.own_notes.of_member(session, member, by.day)
        if rows and not any(note_keys.opened(key, row.sealed) for row in rows):
            raise Unfit("words", "この合言葉で開ける控えはありません。言葉を確かめてください。")
        for row in rows:
            said = note_keys.opened(before, row.sealed) if before is not None else None
            if said is None:
                continue
            known = _standing(session, key, said["places"], by.day)
            if known is None:
                row.sealed = note_keys.seal(key, said)
            elif known is not row:
                # Two notes on one place become one: the earlier words first.
                first = note_keys.opened(key, known.sealed) or {}
                text = f"{first.get('text', '')}\n{said['text']}"
                known.sealed = note_keys.seal(key, {**first, "text": text})
                known.erase_on = max(known.erase_on, row.erase_on)
                session.delete(row)
    return key


def erase_due(wp: Workplace, today: date) -> None:
    """Erases every note whose day has come."""
    with wp.store.read() as session:
        if queries.own_notes.due(session, today) is None:
            return
    with wp.store.unchained() as session:
        queries.own_notes.erase_due(session, today)
