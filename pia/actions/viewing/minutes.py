"""The minutes of a sitting and the desk they are written at, as their pages show them.

Reads only. Knows what stands and what waits to be taken in. The fields of the form are made by
`papers.minutes`.
Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from ...domain.act import in_japan
from ...domain.errors import PiaError
from ...domain.minutes import agenda
from ...domain.minutes.agenda import AgendaItem
from ...domain.minutes.spoken import OPENING, Speaker
from ...domain.wareki import written
from ...store import queries
from ...store.rows import councils as rows
from ...store.rows.minutes import ASIDE, PROMISED, Movement, SittingStep, Speech, Transcript
from ...store.rows.records import shown
from ..access.names import shown_name
from ..records import minutes as records
from ..records import speakers
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class Promise:
    """An answer for another day: who answers, until when; what was answered on which day."""

    department: str
    until: date | None
    answer: str
    answered: date | None


@dataclass(frozen=True, slots=True)
class SpeechView:
    """One speech as it stands: its number, the edition that counts, and how many there were."""

    number: int
    edition: int
    kind: str
    item: str
    speaker: str
    person: str
    text: str
    promise: Promise | None
    editions: int
    source: str
    actor: str
    at: datetime
    gone: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MinutesSection:
    """A section of minutes: its mark, its heading, what was spoken in it; `closed`: heard without
    the public."""

    mark: str
    heading: str
    speeches: tuple[SpeechView, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a sitting in words: its number, kind, day, whose, words, who recorded it."""

    number: int
    kind: str
    words: str
    day: date
    member: str
    told: str
    note: str
    actor: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question or answer recorded at a tablet or a desk that does not stand in the minutes."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A transcript in a list: its number, the file, who brought it in, how many speeches of it
    stand."""

    number: int
    name: str
    actor: str
    at: datetime
    speeches: int


@dataclass(frozen=True, slots=True)
class MinutesView:
    """The minutes of a sitting as their page shows them. issue_until: the last day to publish them
    by the council's rule; unclosed: what its closing rule still asks for."""

    number: int
    sitting: rows.Sitting
    council: str
    sections: tuple[MinutesSection, ...]
    steps: tuple[StepView, ...]
    settled: StepView | None
    waiting: tuple[Waiting, ...]
    taken_out: tuple[SpeechView, ...]
    transcripts: tuple[TranscriptLine, ...]
    members: tuple[tuple[int, str], ...]
    count: int
    issue_until: date | None
    unclosed: tuple[str, ...]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(mark, heading) of every section, to choose from."""
        return [(section.mark, section.heading) for section in self.sections]


def minutes(wp: Workplace, number: int, *, whole: bool = True) -> MinutesView:
    """The minutes of a sitting; `whole`: with what was heard without the public, and what was taken
    out. PiaError when there is none of that number."""
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        counts = queries.minutes.edition_counts(session, number)
        names = _Names(session)
        sections = _sections(session, sitting, counts, names)
        if not whole:
            sections = tuple(_for_everybody(section) for section in sections)
        steps = step_views(session, number)
        settled = records.settled(session, number)
        members = rows.in_office(session, sitting.council_id, sitting.day)
        return MinutesView(
            number,
            sitting,
            session.get_one(rows.Council, sitting.council_id).name,
            sections,
            steps,
            next((step for step in steps if settled and step.number == settled.id), None),
            waiting(session, sitting),
            _taken_out(session, number, counts, names) if whole else (),
            _transcripts(session, number, names),
            tuple((member.id, member.name) for member in members),
            sum(len(section.speeches) for section in sections),
            records.issue_until(session, sitting),
            tuple(records.unclosed(session, sitting)),
        )


class _Names:
    """Shown names by sign-in name, each asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, str] = {}

    def of(self, actor: str) -> str:
        if actor not in self._known:
            self._known[actor] = shown_name(self._session, actor)
        return self._known[actor]


def _sections(
    session: Session, sitting: rows.Sitting, counts: Mapping[int, int], names: _Names
) -> tuple[MinutesSection, ...]:
    items = {item.mark: item for item in records.items_of(sitting)}
    out = []
    for mark, speeches in records.sections(session, sitting).items():
        item = items.get(mark)
        heading = item.heading if item is not None else agenda.HEADINGS[mark]
        spoken = tuple(_speech(row, counts, names) for row in speeches if row.kind != ASIDE)
        closed = item is not None and not item.public
        out.append(MinutesSection(mark, heading, spoken, closed))
    return tuple(out)


def _for_everybody(section: MinutesSection) -> MinutesSection:
    return replace(section, speeches=()) if section.closed else section


def _taken_out(
    session: Session, number: int, counts: Mapping[int, int], names: _Names
) -> tuple[SpeechView, ...]:
    gone = queries.minutes.taken_out(session, number)
    return tuple(_speech(row, counts, names) for row in gone)


def _speech(row: Speech, counts: Mapping[int, int], names: _Names) -> SpeechView:
    if row.remark_id is not None or row.answer_id is not None:
        source = "質問と回答の記録"
    elif row.transcript_id is not None:
        source = "文字起こし"
    else:
        source = ""
    return SpeechView(
        row.begins,
        row.id,
        row.kind,
        row.item,
        row.speaker,
        row.person,
        shown(row),
        _promise(row),
        counts.get(row.begins, 1),
        source,
        names.of(row.actor),
        in_japan(row.at),
        row.gone,
        row.reason,
    )


def _promise(row: Speech) -> Promise | None:
    if row.kind != PROMISED:
        return None
    about = row.about
    return Promise(
        str(about.get("department") or ""),
        _day(about.get("until")),
        str(about.get("answer") or ""),
        _day(about.get("answered")),
    )


def _day(kept: object) -> date | None:
    """A day as it is kept among facts; None for words that are none."""
    try:
        return date.fromisoformat(str(kept))
    except ValueError:
        return None


def step_views(session: Session, number: int) -> tuple[StepView, ...]:
    """The steps of a sitting that stand, oldest first."""
    names = _Names(session)
    return tuple(_step(session, row, names) for row in queries.minutes.steps(session, number))


def _step(session: Session, row: SittingStep, names: _Names) -> StepView:
    member = ""
    if row.member_id is not None:
        member = session.get_one(rows.Member, row.member_id).name
    return StepView(
        row.id,
        row.kind,
        records.STEPS.get(row.kind, row.kind),
        row.day,
        member,
        _told(row),
        shown(row, "note"),
        names.of(row.actor),
    )


def _told(row: SittingStep) -> str:
    """What differs between kinds of steps, in words."""
    told = []
    if row.facts.get("document_number"):
        told.append(str(row.facts["document_number"]))
    until = _day(row.facts.get("until"))
    if until is not None:
        told.append(f"回答の期限 {written(until)}")
    if row.facts.get("answer"):
        told.append(str(row.facts["answer"]))
    if row.facts.get("way"):
        told.append(str(row.facts["way"]))
    told += [str(words) for words in row.facts.get("materials") or ()]
    return "　".join(told)


def waiting(session: Session, sitting: rows.Sitting) -> tuple[Waiting, ...]:
    """The questions and answers of a sitting that do not stand in its minutes, oldest first."""
    return tuple(Waiting(row.speaker, shown(row)) for row in records.unsaid(session, sitting))


def _transcripts(session: Session, sitting: int, names: _Names) -> tuple[TranscriptLine, ...]:
    out = []
    for row in queries.minutes.transcripts(session, sitting):
        read = queries.minutes.speeches_of_transcript(session, sitting, row.id)
        standing = sum(1 for speech in read if not speech.gone and speech.kind != ASIDE)
        line = TranscriptLine(row.id, row.name, names.of(row.actor), in_japan(row.at), standing)
        out.append(line)
    return tuple(out)


def transcript_of(wp: Workplace, sitting: int, number: int) -> Transcript:
    """A transcript of a sitting. PiaError when it is none of it."""
    with wp.store.read() as session:
        row = session.get(Transcript, number)
        if row is None or row.sitting_id != sitting:
            raise PiaError("その文字起こしはありません。会議録から選び直してください。")
        return row


def editions(wp: Workplace, sitting: int, speech: int) -> tuple[SpeechView, ...]:
    """Every edition of a speech of a sitting, the last first. PiaError when there is none."""
    with wp.store.read() as session:
        found = queries.minutes.editions(session, speech)
        if not found or found[0].sitting_id != sitting or found[0].id != speech:
            raise PiaError("その発言はありません。会議録から選び直してください。")
        names = _Names(session)
        return tuple(_speech(row, {}, names) for row in reversed(found))


# ---- the desk


@dataclass(frozen=True, slots=True)
class SeatView:
    """A member at a sitting: whether they are there now, since when, and how they came and went."""

    member: int
    name: str
    title: str
    there: bool
    arrived: str
    moved: tuple[tuple[int, str], ...]
    chairs: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk of a sitting: the item that is discussed now, its speeches, who may speak, who is
    there and whether they are enough; answers promised in earlier sittings."""

    number: int
    sitting: rows.Sitting
    items: tuple[AgendaItem, ...]
    headings: tuple[tuple[str, str], ...]
    item: str
    now: str
    heading: str
    speeches: tuple[SpeechView, ...]
    counts: Mapping[str, int]
    speakers: tuple[Speaker, ...]
    seats: tuple[SeatView, ...]
    there: int
    quorum: int
    last: int
    waiting: tuple[Waiting, ...]
    promised: tuple[SpeechView, ...]
    departments: tuple[tuple[str, str], ...]
    settled: bool
    next_day: date | None
    next_words: str
    movements: Mapping[str, str]

    @property
    def members(self) -> list[tuple[int, str]]:
        """(number, name) of every seat, to choose from."""
        return [(seat.member, seat.name) for seat in self.seats]


def desk(wp: Workplace, number: int, item: str = "") -> DeskView:
    """The desk of a sitting at an item, the one that is discussed now where none is named."""
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        items = records.items_of(sitting)
        order = agenda.order(items)
        now = str((sitting.facts.get("now") or {}).get("item") or OPENING)
        chosen = item if item in order else now if now in order else OPENING
        sections = records.sections(session, sitting)
        names = _Names(session)
        counts = queries.minutes.edition_counts(session, number)
        members = rows.in_office(session, sitting.council_id, sitting.day)
        chair = speakers.chairing(sitting, members)
        seats = _seats(session, sitting, members, chair, chosen)
        council = session.get_one(rows.Council, sitting.council_id)
        headings = {each.mark: each.heading for each in items} | agenda.HEADINGS
        spoken = [row for row in sections[chosen] if row.kind != ASIDE]
        offices = queries.departments.open_departments(session)
        following = sitting.facts.get("next")
        return DeskView(
            number,
            sitting,
            items,
            tuple((mark, headings[mark]) for mark in order),
            chosen,
            now,
            headings[chosen],
            tuple(_speech(row, counts, names) for row in spoken),
            {mark: len(rows_) for mark, rows_ in sections.items()},
            speakers.roster(members, chair, items),
            seats,
            sum(1 for seat in seats if seat.there),
            records.quorum(council, len(members)),
            queries.minutes.last_change(session, number),
            waiting(session, sitting),
            promised_before(session, sitting, names),
            tuple((office.name, office.name) for office in offices),
            records.settled(session, number) is not None,
            _day(following),
            str(following) if following and _day(following) is None else "",
            records.allowed_movements(council),
        )


def _seats(
    session: Session,
    sitting: rows.Sitting,
    members: Sequence[rows.Member],
    chair: rows.Member | None,
    item: str,
) -> tuple[SeatView, ...]:
    attendance = {}
    for row in queries.sittings.attendance(session, sitting.id):
        attendance[row.member_id] = row
    movements = queries.minutes.movements(session, sitting.id)
    there = records.there_now(attendance, movements, item)
    out = []
    for member in members:
        came = attendance.get(member.id)
        arrived = f"{came.arrived:%H:%M}" if came is not None and came.arrived else ""
        moved = tuple((row.id, _moved(row)) for row in movements if row.member_id == member.id)
        chairs = chair is not None and chair.id == member.id
        out.append(
            SeatView(
                member.id,
                member.name,
                member.title,
                member.id in there,
                arrived,
                moved,
                chairs,
            )
        )
    return tuple(out)


def _moved(movement: Movement) -> str:
    return f"{movement.clock:%H:%M} {records.MOVEMENTS.get(movement.what, movement.what)}"


def promised_before(
    session: Session, sitting: rows.Sitting, names: _Names | None = None
) -> tuple[SpeechView, ...]:
    """Answers that were promised in earlier sittings of the council: those that are open, and those
    that were given since the sitting before."""
    names = names or _Names(session)
    earlier = [
        row.id
        for row in queries.sittings.of_council(session, sitting.council_id)
        if (row.day, row.opens) < (sitting.day, sitting.opens)
    ]
    before = set(earlier[-1:])
    out = []
    for row in queries.minutes.promised(session, sitting.council_id):
        waits = not row.about.get("answered")
        if row.sitting_id in earlier and (waits or row.sitting_id in before):
            out.append(_speech(row, {}, names))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a page that follows a sitting asks for every few seconds: the last edition, and what is
    discussed now; `words`: that in words, empty before anything is."""

    last: int
    now: str
    referral: int | None
    card: int | None
    words: str


def pulse(wp: Workplace, number: int) -> Pulse:
    """The pulse of a sitting, by one statement. PiaError when there is none of that number."""
    with wp.store.read() as session:
        found = queries.minutes.pulse(session, number)
        if found is None:
            raise PiaError("その会議はありません。一覧から選び直してください。")
        sitting, last = found
        now = sitting.facts.get("now") or {}
        return Pulse(
            last or 0,
            str(now.get("item") or ""),
            now.get("referral"),
            now.get("card"),
            now_words(sitting),
        )


def now_words(sitting: rows.Sitting) -> str:
    """What a sitting discusses now, in words; empty before the first item."""
    now = sitting.facts.get("now") or {}
    mark = str(now.get("item") or "")
    headings = {each.mark: each.heading for each in records.items_of(sitting)} | agenda.HEADINGS
    words = headings.get(mark, "")
    if now.get("card"):
        return f"{words}　項目{now['card']}".strip()
    return words
