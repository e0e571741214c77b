"""文字起こし brought into the minutes of a sitting: kept as it came, its labels named, its speeches
put under their items, what is left set aside or placed by hand, and all of it taken back.

Knows how a reading becomes speeches. Nothing of it is lost: every line stands in a speech, was set
aside by somebody, or is listed as left. Must not know pages nor files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.canonical import clean
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.minutes import merging, order
from ...domain.minutes.fillers import without_fillers
from ...domain.minutes.spoken import CLOSING, Spoken
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils
from ...store.rows.minutes import ASIDE, SPEECH, Speech, Transcript
from ..records import minutes as records
from ..records import transcripts as readings
from ..workplace import Workplace, row_of
from .minutes import MANY

MOST_LINES = 30_000
MOST_LETTERS = 2_000_000


def bring_in(wp: Workplace, by: By, sitting: int, name: str, lines: Sequence[str]) -> int:
    """Keeps a transcript of a sitting; its number. Nothing stands in the minutes yet. Unfit where
    it says nothing or is too long."""
    text = clean("\n".join(lines), "文字起こし")
    if not text.strip():
        raise Unfit("file", "文字起こしに、文がありません。")
    if len(lines) > MOST_LINES or len(text) > MOST_LETTERS:
        raise Unfit("file", f"文字起こしは{MOST_LINES:,}行・{MOST_LETTERS:,}字までです。")
    with wp.store.begin() as session:
        row = _open(session, sitting)
        for known in queries.minutes.transcripts(session, sitting):
            if known.text == text:
                raise Unfit("file", f"同じ文字起こし（{known.name}）が、もうあります。")
        transcript = Transcript(sitting_id=row.id, name=name, text=text, known={}, **acted(by))
        session.add(transcript)
        session.flush()
        log.entry(session, by, "transcript.bring_in", str(sitting), {"transcript": transcript.id})
        return transcript.id


def name_labels(wp: Workplace, by: By, transcript: int, known: Mapping[str, str]) -> None:
    """What the labels of a transcript mean: label → speaker as printed; it is read anew with
    them. Refused once speeches of it stand in the minutes."""
    with wp.store.begin() as session:
        row = _standing(session, transcript)
        if _read_before(session, row):
            raise Refused("この文字起こしは、もう会議録に入っています。")
        before = dict(row.known)
        row.known = dict(known)
        about = {"transcript": row.id, "before": before, "after": dict(known)}
        log.entry(session, by, "transcript.labels", str(row.sitting_id), about)


@dataclass(frozen=True, slots=True)
class Placed:
    """What a reading did: speeches that are new, those that were written down in the room already,
    lines that are left."""

    new: int
    same: int
    left: int


def place(wp: Workplace, by: By, transcript: int, *, fillers: bool = False) -> Placed:
    """Puts the speeches of a transcript into the minutes, in its order; what was written down in
    the room and is the same speech gets its words, and keeps its own as the edition before.
    `fillers`: えー、あのー and the like are left out."""
    with wp.store.begin() as session:
        row = _standing(session, transcript)
        sitting = _open(session, row.sitting_id)
        if _read_before(session, row):
            raise Refused("この文字起こしは、もう会議録に入っています。")
        reading = readings.reading(session, sitting, row)
        if not reading.spoken:
            raise Refused(
                "この文字起こしから、発言を読み取れませんでした。",
                ("話者の書き方を確かめるか、話者の欄で名前を対応させてください。",),
            )
        noted = queries.minutes.speeches(session, sitting.id)
        if len(noted) + len(reading.spoken) > MANY:
            raise PiaError(f"会議録の発言は、1つの会議に{MANY:,}件までです。")
        paired = _paired(reading.spoken, noted)
        last = noted[-1].place if noted else ""
        places = order.following(last, len(reading.spoken))
        for number, spoken in enumerate(reading.spoken):
            speech = _speech(by, row, spoken, places[number], fillers=fillers)
            if number in paired:
                _follow(speech, noted[paired[number]])
            session.add(speech)
        about = {"transcript": row.id, "speeches": len(reading.spoken), "same": len(paired)}
        log.entry(session, by, "transcript.place", str(sitting.id), about)
        return Placed(len(reading.spoken) - len(paired), len(paired), len(reading.left))


def set_aside(wp: Workplace, by: By, transcript: int, lines: Sequence[int]) -> None:
    """Lines that are nothing that was spoken; they stay with the transcript."""
    with wp.store.begin() as session:
        row = _standing(session, transcript)
        _open(session, row.sitting_id)
        words = _of_lines(session, row, lines)
        aside = _row(by, row, ASIDE, CLOSING, words, lines)
        aside.place = order.following(records.last_place(session, row.sitting_id), 1)[0]
        session.add(aside)
        about = {"transcript": row.id, "lines": list(lines)}
        log.entry(session, by, "transcript.set_aside", str(row.sitting_id), about)


def take_back(wp: Workplace, by: By, transcript: int) -> int:
    """Takes a transcript out of the minutes again: how many speeches. One that somebody wrote anew
    or moved since stays as they left it."""
    with wp.store.begin() as session:
        row = _standing(session, transcript)
        _open(session, row.sitting_id)
        count = 0
        for speech in queries.minutes.speeches_of_transcript(session, row.sitting_id, row.id):
            editions = queries.minutes.editions(session, speech.begins)
            read = [each for each in editions if each.transcript_id is not None]
            before = [each for each in editions if each.transcript_id is None]
            if speech.gone or speech.id != read[0].id:
                continue
            session.add(_back(by, speech, before[-1] if before else None))
            count += 1
        row.withdrawn = by.day
        log.entry(session, by, "transcript.take_back", str(row.sitting_id), {"transcript": row.id})
        return count


# ---- inner parts


def _open(session: Session, sitting: int) -> councils.Sitting:
    row = row_of(session, councils.Sitting, sitting, "会議")
    if row.withdrawn is not None:
        raise Refused("この会議の記録は取り消されています。")
    records.must_be_open(session, row)
    return row


def _standing(session: Session, transcript: int) -> Transcript:
    row = session.get(Transcript, transcript)
    if row is None or row.withdrawn is not None:
        raise PiaError("その文字起こしはありません。会議録から選び直してください。")
    return row


def _read_before(session: Session, row: Transcript) -> bool:
    read = queries.minutes.speeches_of_transcript(session, row.sitting_id, row.id)
    return any(speech.kind != ASIDE for speech in read)


def _paired(spoken: Sequence[Spoken], noted: Sequence[Speech]) -> Mapping[int, int]:
    read = [merging.Uttered(each.item, each.speaker, each.text) for each in spoken]
    heard = [merging.Uttered(each.item, each.speaker, each.text) for each in noted]
    return merging.pairs(read, heard)


def _speech(by: By, row: Transcript, spoken: Spoken, where: str, *, fillers: bool) -> Speech:
    text = spoken.text
    if fillers and spoken.kind == SPEECH:
        text, _ = without_fillers(text)
    if not text.strip():
        text = spoken.text
    speech = _row(by, row, spoken.kind, spoken.item, text, spoken.lines)
    speech.speaker = spoken.speaker
    speech.person = spoken.person
    speech.place = where
    return speech


def _row(by: By, row: Transcript, kind: str, item: str, text: str, lines: Sequence[int]) -> Speech:
    return Speech(
        sitting_id=row.sitting_id,
        place="",
        kind=kind,
        item=item,
        speaker="",
        person="",
        text=text,
        transcript_id=row.id,
        lines=list(lines),
        **acted(by),
    )


def _follow(speech: Speech, before: Speech) -> None:
    """Makes a speech the next edition of one that stands, tied to what that one is tied to."""
    speech.begins_id = before.begins
    speech.remark_id = before.remark_id
    speech.answer_id = before.answer_id
    speech.about = dict(before.about)
    if before.kind != SPEECH:
        speech.kind = before.kind
    speech.person = speech.person or before.person


def _back(by: By, speech: Speech, before: Speech | None) -> Speech:
    """The edition that takes a speech of a transcript back: as it was in the room, else gone."""
    source = before or speech
    return Speech(
        sitting_id=speech.sitting_id,
        begins_id=speech.begins,
        place=source.place,
        kind=source.kind,
        item=source.item,
        speaker=source.speaker,
        person=source.person,
        text=source.text,
        gone=before is None,
        remark_id=speech.remark_id,
        answer_id=speech.answer_id,
        transcript_id=speech.transcript_id,
        lines=list(speech.lines),
        about=dict(source.about),
        reason="文字起こしを取り消した",
        **acted(by),
    )


def _of_lines(session: Session, row: Transcript, lines: Sequence[int]) -> str:
    left = {line.line: line.text for line in readings.left(session, row)}
    words = []
    for line in lines:
        if line not in left:
            raise PiaError("その行は、もう会議録か、発言でないものに入っています。")
        words.append(left[line])
    if not words:
        raise Unfit("lines", "行を選んでください。")
    return "\n".join(words)
