"""Consultations with their opinions, as the office and the papers show them.

Reads only; everything is computed from what is stored. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.describe import numbers
from ...domain.document.form import FormNode
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.model import Base
from ...store.rows import consultations as consultation_rows
from ...store.rows import records
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair
from ..records import closing, opinion_counts, personal
from ..records.closing import CHANNELS as CHANNELS
from ..records.notice_kinds import CANCELLED, CORRECTABLE, KINDS_OF_NOTICE
from ..records.opinion_counts import OpinionCounts
from ..records.revision import revision
from ..workplace import Workplace
from ..workplace import line as _line


def opinion_id(wp: Workplace, consultation: int, number: int) -> int:
    """The row of the opinion of a number. PiaError where there is none."""
    with wp.store.read() as session:
        found = queries.opinions.id_numbered(session, consultation, number)
    if found is None:
        raise PiaError("その意見はありません。一覧から選び直してください。")
    return found


def opinions_of(
    session: Session,
    wp: Workplace,
    con: consultation_rows.Consultation | None,
    rounds: Iterable[int] | None = None,
    later: bool = False,
    outward: bool = False,
) -> list[dict[str, Any]]:
    """The opinions of a consultation with their answers; never who sent them.

    `rounds`: those of its rounds an adopted wording is asked for, else all. `later`: those that
    came after the period, else those that came in it. `outward`: as they leave the house, with what
    may say who somebody is covered unless an officer let it stand.
    """
    if con is None:
        return []
    if outward:
        words = personal.outward
    else:
        words = _inside
    replies = consultation_rows.responses(session, con.id)
    adopted = _adopted(session, con, rounds)
    by_id = _items_by_id(session, con)
    if later:
        opinions = consultation_rows.came_later(session, con.id)
    else:
        opinions = consultation_rows.in_time(session, con.id)
    numbers_of = queries.opinions.numbers_of_consultation(session, con.id)
    out = []
    for opinion in opinions:
        reply = replies.get(opinion.id)
        where = opinion.item or ""
        if where in by_id:
            where = numbers(by_id[where])
        response = ""
        outcome = ""
        if reply:
            response = words(session, reply)
            outcome = wp.rules["outcomes"].get(reply.outcome, "")
        out.append(
            {
                "number": opinion.number,
                "received": opinion.received,
                "channel": opinion.channel,
                "item": opinion.item,
                "where": where,
                "keys": opinion.keys,
                "text": words(session, opinion),
                "response": response,
                "outcome": outcome,
                "adopted": bool(adopted & {opinion.id, opinion.answered_as}),
                "row": opinion.id,
                "answered_as": opinion.answered_as,
                "answered_by": numbers_of[opinion.answered_as],
                "letter": numbers_of.get(opinion.letter_id or 0),
                "counting": opinion.counting or "",
                "postmarked": opinion.postmarked,
                "anonymous": bool(opinion.anonymous),
                "flags": len(personal.of_row(session, opinion)),
                "place": records.place_of(opinion).replace(" ", "-"),
            }
        )
    return out


def _adopted(
    session: Session, con: consultation_rows.Consultation, rounds: Iterable[int] | None
) -> set[int]:
    """The opinions whose wording was adopted in these rounds of the consultation; None: in any."""
    asked = {round_.id for round_ in con.rounds}
    if rounds is not None:
        asked &= set(rounds)
    return set(queries.opinions.adopted_of_rounds(session, asked))


def _items_by_id(session: Session, con: consultation_rows.Consultation) -> dict[str, FormNode]:
    """The items of the forms of a consultation's documents."""
    by_id: dict[str, FormNode] = {}
    for form in sorted(
        set(queries.versions.forms_of_rounds(session, (round_.id for round_ in con.rounds)))
    ):
        by_id |= forms.load(form).by_id
    return by_id


def _inside(session: Session, row: Base, text: str = "text") -> str:
    return records.shown(row, text)


@dataclass(frozen=True, slots=True)
class ConsultationHead:
    """A consultation as it was announced; `days` is the length of its period."""

    number: int
    title: str
    announced: date | None
    start: date
    end: date
    days: int
    method: str
    withdrawn: date | None


def _head(row: consultation_rows.Consultation) -> dict[str, Any]:
    """The fields of its head."""
    return {
        "number": row.id,
        "title": row.title,
        "announced": row.announced,
        "start": row.start,
        "end": row.end,
        "days": (row.end - row.start).days + 1,
        "method": row.method,
        "withdrawn": row.withdrawn,
    }


@dataclass(frozen=True, slots=True)
class OpinionLetter:
    """A letter that was split into points: its number, day, way and words, and the numbers of its
    points."""

    number: int
    received: date
    channel: str
    text: str
    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AttachmentLine:
    """A file that came with an opinion: its number, the number of its opinion, name and size in KB,
    and the city's 無害化 of it (None before)."""

    number: int
    opinion: int
    name: str
    size: int
    cleaned: date | None
    how: str


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice about a consultation: its number, what it is, its day, why, its 文書番号, and what
    it says otherwise: (field, before, after)."""

    number: int
    kind: str
    words: str
    day: date
    reason: str
    document_number: str
    changes: tuple[tuple[str, str, str], ...]


def notices_of(session: Session, number: int) -> tuple[NoticeLine, ...]:
    """The notices about a consultation that stand, oldest first."""
    return tuple(notice_line(row) for row in queries.consultations.notices(session, [number]))


def notice_line(row: consultation_rows.ConsultationNotice) -> NoticeLine:
    """One notice as pages and papers say it."""
    changes = []
    for name, before in row.before.items():
        after = row.after[name]
        if name == "end":
            days = (date.fromisoformat(before), date.fromisoformat(after))
            changes.append(("終わりの日", written(days[0]), written(days[1])))
        else:
            changes.append((CORRECTABLE[name], before, after))
    words = KINDS_OF_NOTICE[row.kind]
    about = (row.day, row.reason, row.document_number)
    return NoticeLine(row.id, row.kind, words, *about, tuple(changes))


@dataclass(frozen=True, slots=True)
class ConsultationView(ConsultationHead):
    """A consultation as the office sees it, with its opinions. `taken_back`: (number, day) of those
    whose record was taken back; `recalled`: of those their senders took back; `alike`: number of an
    opinion → those that say the same words; `now_within`: numbers of opinions that are kept apart
    although their day lies in the period as it is now."""

    opinions: tuple[Mapping[str, Any], ...]
    counts: OpinionCounts
    rounds: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    open: bool = False
    waiting: tuple[consultation_rows.Inbox, ...] = ()
    late: tuple[Mapping[str, Any], ...] = ()
    taken_back: tuple[tuple[int, date], ...] = ()
    recalled: tuple[tuple[int, date], ...] = ()
    letters: tuple[OpinionLetter, ...] = ()
    files: tuple[AttachmentLine, ...] = ()
    alike: Mapping[int, Sequence[int]] = field(default_factory=dict)
    notices: tuple[NoticeLine, ...] = ()
    now_within: tuple[int, ...] = ()

    @property
    def cancelled(self) -> NoticeLine | None:
        """The notice that cancelled it; None where it was not."""
        return next((notice for notice in self.notices if notice.kind == CANCELLED), None)


@dataclass(frozen=True, slots=True)
class ConsultationLine(ConsultationHead):
    """A consultation as a list shows it: `opinions` came in its period, `adopted` of them changed a
    wording, `waiting` came through the public zone and were not taken in. `people` sent
    the opinions.
    """

    people: int
    opinions: int
    adopted: int
    waiting: int
    open: bool


PAGE = 20  # consultations on a page


def page(wp: Workplace, first: int, most: int = PAGE) -> tuple[list[ConsultationLine], int]:
    """(some of the consultations, the newest first, how many there are)."""
    with wp.store.read() as session:
        rows = queries.consultations.page(session, first, most)
        ids = [con.id for con in rows]
        people = queries.opinions.people_counts(session, ids)
        opinions = queries.opinions.counts(session, ids)
        adopted = queries.opinions.adopted_counts(session, ids)
        waiting = queries.opinions.waiting_counts(session, ids)
        running = queries.consultations.running(session, ids)
        lines = []
        for con in rows:
            lines.append(
                ConsultationLine(
                    **_head(con),
                    people=people.get(con.id, 0),
                    opinions=opinions.get(con.id, 0),
                    adopted=adopted.get(con.id, 0),
                    waiting=waiting.get(con.id, 0),
                    open=con.id in running,
                )
            )
        return lines, queries.consultations.count(session)


def consultation_view(wp: Workplace, number: int) -> ConsultationView:
    """One consultation. PiaError when there is none."""
    with wp.store.read() as session:
        consultation = session.get(consultation_rows.Consultation, number)
        if consultation is None:
            raise PiaError("その意見募集はありません。一覧から選び直してください。")
        return _consultation(session, wp, consultation)


def _consultation(
    session: Session, wp: Workplace, c: consultation_rows.Consultation
) -> ConsultationView:
    names = {}
    for round_ in c.rounds:
        assessment = session.get_one(Assessment, round_.assessment_id)
        names[f"{assessment.key}~{round_.name}"] = session.get_one(
            Affair, assessment.affair_id
        ).name
    opinions = opinions_of(session, wp, c)
    return ConsultationView(
        **_head(c),
        opinions=tuple(opinions),
        counts=opinion_counts.counts_of(session, c.id),
        recalled=tuple(
            (row.number, row.recalled)
            for row in queries.opinions.recalled(session, c.id)
            if row.recalled is not None
        ),
        letters=_letters(session, c),
        files=_files(session, c),
        alike=opinion_counts.alike(opinions),
        notices=notices_of(session, c.id),
        now_within=_now_within(session, c),
        rounds=tuple(names),
        names=names,
        facts=c.facts,
        open=c.withdrawn is None and any(round_.state == "CONSULTING" for round_ in c.rounds),
        taken_back=tuple(queries.opinions.taken_back(session, c.id)),
        waiting=tuple(queries.opinions.waiting_in_order(session, c.id)),
        late=tuple(opinions_of(session, wp, c, later=True)),
    )


def _now_within(session: Session, c: consultation_rows.Consultation) -> tuple[int, ...]:
    """Opinions kept apart whose day lies in the period, while they can still be counted."""
    if closing.gone_on(c):
        return ()
    numbers = []
    for row in consultation_rows.came_later(session, c.id):
        arrival = closing.Arrival(row.received, row.channel, row.postmarked)
        if not closing.is_outside(c, arrival) and not row.anonymous:
            numbers.append(row.number)
    return tuple(numbers)


def _letters(session: Session, c: consultation_rows.Consultation) -> tuple[OpinionLetter, ...]:
    """The letters of a consultation that were split into points, in order."""
    numbers = queries.opinions.numbers_of_consultation(session, c.id)
    points: dict[int, list[int]] = {}
    for point in queries.opinions.points_of(session, numbers):
        points.setdefault(point.letter_id or 0, []).append(point.number)
    letters = []
    for row_id, of_letter in points.items():
        row = session.get_one(consultation_rows.Opinion, row_id)
        words = records.shown(row, "text")
        letters.append(
            OpinionLetter(row.number, row.received, row.channel, words, tuple(of_letter))
        )
    return tuple(sorted(letters, key=lambda letter: letter.number))


def _files(session: Session, c: consultation_rows.Consultation) -> tuple[AttachmentLine, ...]:
    numbers = queries.opinions.numbers_of_consultation(session, c.id)
    lines = []
    for row in queries.opinions.attachments(session, numbers):
        size = max(1, round(row.size / 1024))
        number = numbers[row.opinion_id]
        lines.append(AttachmentLine(row.id, number, row.name, size, row.cleaned, row.cleaned_how))
    return tuple(lines)


def attachment(wp: Workplace, number: int) -> tuple[AttachmentLine, int, bytes]:
    """(a file that came with an opinion, the number of its consultation, its bytes). PiaError when
    there is none, or it was taken back or destroyed."""
    with wp.store.read() as session:
        row = session.get(consultation_rows.OpinionAttachment, number)
        if row is None or row.withdrawn is not None:
            raise PiaError("その添付ファイルはありません。意見募集の画面から選び直してください。")
        opinion = session.get_one(consultation_rows.Opinion, row.opinion_id)
        con = session.get_one(consultation_rows.Consultation, opinion.consultation_id)
        line = next(each for each in _files(session, con) if each.number == number)
        return line, con.id, nodes.get_blob(session, row.sha256)


def items_of(wp: Workplace, rounds_: Sequence[str]) -> list[tuple[str, str]]:
    """(item id, citable number and label) of every changed item of these rounds, for saying what an
    opinion is about.
    """
    out: dict[str, str] = {}
    with wp.store.read() as session:
        for ref in rounds_:
            at = _line(session, ref)
            if at.round is not None:
                rev = revision(session, at.round)
                for row in rev.own_rows:
                    item = rev.form.by_id.get(row.item)
                    if item is not None:
                        out.setdefault(row.item, f"{numbers(item)} {item.label}".strip())
    return list(out.items())
