"""A member's own notes: written, taken to another browser by words, erased on the day the city set.

What is stored is ciphertext (`access.note_keys`, decision 0031). No entry of the record says that
somebody noted something: it is nobody's business. Must not know pages.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import Unfit
from ...domain.minutes import both_sides
from ...store import queries
from ...store.rows import councils
from ...store.rows.own_notes import OwnNote
from ..access import carried_code, note_keys
from ..access.note_keys import NoteKey
from ..records import closing
from ..workplace import Workplace, row_of

DAYS = 30  # after the sitting, where the city's table says nothing else (own_notes_days)
FILE = "pia own notes 1"
MOST = 10_000  # letters of a note in a file
NO_FILE = (
    "あなたの控えのファイルではないか、合言葉が違います。"
    "持出し資料で使った控えの合言葉を入力してください。"
)
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


@dataclass(frozen=True, slots=True)
class NotesBrought:
    """What a file of notes brought: notes taken in, notes both sides had changed (both are kept,
    one below the other), and notes of referrals that are not before the member."""

    taken: int = 0
    both: int = 0
    foreign: int = 0


def file_of(key: NoteKey, notes: Sequence[Mapping[str, Any]]) -> bytes:
    """A member's notes as a file for their 持出し資料, sealed with their words alone."""
    said = {"format": FILE, "member": key.member, "notes": list(notes)}
    plain = json.dumps(said, ensure_ascii=False).encode()
    about = json.dumps({"format": FILE, "member": key.member})
    sealed = carried_code.sealed(carried_code.key_of(key.seed), plain, about)
    return json.dumps(sealed).encode()


def take_file(
    wp: Workplace, by: By, key: NoteKey, opens: NoteKey, data: bytes, mine: Collection[int]
) -> NotesBrought:
    """The notes of a file from a 持出し資料 become the member's own, sealed with their `key`;
    `opens`: the key of the words the file was closed with; `mine`: the referrals before them. Where
    the note here was changed too, both stand. Unfit for a file that is none of theirs."""
    taken = 0
    both = 0
    foreign = 0
    for said in _notes_of(opens, data):
        if said["referral"] not in mine:
            foreign += 1
            continue
        with wp.store.read() as session:
            known = _standing(session, key, said["places"], by.day)
            here = note_keys.opened(key, known.sealed) if known is not None else None
        ours = str((here or {}).get("text") or "")
        text, clash = _together(str(said["base"]), ours, str(said["text"]))
        if text != ours:
            note = NewNote(
                said["referral"], said["places"], str(said["card"]), str(said["label"]), text
            )
            write(wp, by, key, note)
            taken += 1
            both += clash
    return NotesBrought(taken, both, foreign)


def _together(base: str, ours: str, theirs: str) -> tuple[str, bool]:
    """(what a note says, whether both sides had changed it)."""
    verdict = both_sides.merged(base, ours, theirs)
    if verdict != both_sides.CLASH:
        return (theirs if verdict == both_sides.THEIRS else ours), False
    if theirs in ours:  # also where it was taken in before, or emptied there
        return ours, False
    return (theirs if ours in theirs else f"{ours}\n{theirs}"), True


def _notes_of(opens: NoteKey, data: bytes) -> list[dict[str, Any]]:
    """The notes of a file. Unfit where it is none, of another member, or closed with other
    words."""
    try:
        envelope = json.loads(data)
        plain = carried_code.opened(opens.seed, envelope)
        said = json.loads(plain or b"{}")
        if plain is None or said["format"] != FILE or said["member"] != opens.member:
            raise Unfit("file", NO_FILE)
        for note in said["notes"]:
            good = all(isinstance(note[name], str) for name in ("card", "label", "text", "base"))
            places = all(isinstance(place, str) for place in note["places"])
            if not (good and places and isinstance(note["referral"], int)):
                raise Unfit("file", NO_FILE)
            if len(note["text"]) > MOST:
                raise Unfit("file", f"控えは1つ{MOST:,}字までです。")
    except (ValueError, KeyError, TypeError) as error:
        raise Unfit("file", NO_FILE) from error
    notes: list[dict[str, Any]] = said["notes"]
    return notes


def erase_due(wp: Workplace, today: date) -> None:
    """Erases every note whose day has come."""
    with wp.store.read() as session:
        if queries.own_notes.due(session, today) is None:
            return
    with wp.store.unchained() as session:
        queries.own_notes.erase_due(session, today)
