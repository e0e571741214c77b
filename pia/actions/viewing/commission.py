"""What the commission wrote about the submissions of a round, what was answered, and what is
different now from what was sent.

Reads only; computed from letters, answers and versions. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...store import nodes, queries
from ...store.rows.amended_places import FORMAL
from ...store.rows.assessments import Version
from ...store.rows.commission import AMENDMENT
from ...store.rows.filing import Submission, as_corrected
from ..records.amended_places import DECISIONS, ChangedPlace, changed_since, latest
from ..records.commission_kinds import KINDS_OF_LETTER
from ..workplace import VersionLine, Workplace, line, ref_of
from .rounds import RoundHead, round_head


@dataclass(frozen=True, slots=True)
class ReplyView:
    """An answer as it is shown."""

    number: int
    day: date
    document_number: str
    text: str
    who: str


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as it is shown: its answers, the version it is about, the days something was sent
    again after it, and whether it still waits for the city. `taken_up`: the round went back for
    it."""

    number: int
    kind: str
    words: str
    day: date
    due: date | None
    document_number: str
    text: str
    who: str
    sent_ref: str
    sent_day: date
    replies: tuple[ReplyView, ...]
    again: tuple[date, ...]
    taken_up: bool

    @property
    def waits(self) -> bool:
        """Whether nothing was answered and, of a 補正の求め, nothing was sent again."""
        return not self.replies and not (self.kind == AMENDMENT and self.again)


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A changed place as it is cited, with what was decided of it as it is now: the number of the
    decision (0 before), in words, why, its 決裁 and who decided."""

    path: str
    cited: str
    number: int = 0
    decision: str = ""
    reason: str = ""
    decided: date | None = None
    document_number: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class CommissionView:
    """What was written about a round. `sent`: how often it was submitted; `changed`: the items
    that say something else now than what was sent last, without what the procedure fills in;
    `sent_ref` that version, `head_ref` the text now; `state` of the round."""

    head: RoundHead
    state: str
    sent: int
    sent_ref: str
    head_ref: str
    letters: tuple[LetterView, ...]
    changed: tuple[PlaceView, ...]

    @property
    def goes_back(self) -> bool:
        """Whether a place as it is now was decided to go back."""
        formal = ("", DECISIONS[FORMAL])
        return any(place.decision not in formal for place in self.changed)


@nodes.whole()
def of_round(wp: Workplace, ref: str) -> CommissionView:
    """The letters about a round. PiaError where the reference names none."""
    head = round_head(wp, ref)
    with wp.store.read() as session:
        at = line(session, ref)
        round_ = at.own_round
        sent = queries.filing.submissions_of_round(session, round_.id)
        days = {each.id: day_in_japan(each.at) for each in as_corrected(session, sent)}
        letters = _letters(session, at, sent, days)
        sent_ref = head_ref = ""
        changed: tuple[PlaceView, ...] = ()
        if sent and round_.head_id is not None:
            last = session.get_one(Version, sent[-1].version_id)
            sent_ref = ref_of(at.assessment, last)
            head_ref = ref_of(at.assessment, session.get_one(Version, round_.head_id))
            places = changed_since(session, last, round_.head_id)
            changed = _decided(session, round_.id, sent[-1].id, places)
        return CommissionView(head, round_.state, len(sent), sent_ref, head_ref, letters, changed)


def _decided(
    session: Session, round_id: int, submission_id: int, places: Sequence[ChangedPlace]
) -> tuple[PlaceView, ...]:
    """The changed places with what was decided of each as it is now."""
    rows = queries.amended_places.after(session, round_id, submission_id)
    shown = {row.id: name or row.actor for row, name in rows}
    decided = latest(row for row, _ in rows)
    views = []
    for place in places:
        row = decided.get(place.path)
        if row is None or row.digest != place.digest:
            views.append(PlaceView(place.path, place.cited))
            continue
        about = (row.id, DECISIONS[row.decision], row.reason, row.decided, row.document_number)
        views.append(PlaceView(place.path, place.cited, *about, shown[row.id]))
    return tuple(views)


def _letters(
    session: Session, at: VersionLine, sent: list[Submission], days: dict[int, date]
) -> tuple[LetterView, ...]:
    rows = queries.commission.letters(session, at.own_round.id)
    replies: dict[int, list[ReplyView]] = {}
    for reply, shown in queries.commission.replies(session, [row.id for row, _ in rows]):
        view = ReplyView(
            reply.id, reply.day, reply.document_number, reply.text, shown or reply.actor
        )
        replies.setdefault(reply.letter_id, []).append(view)
    events = queries.rounds.events_of(session, at.own_round.id) if rows else []
    returned = {each.facts.get("letter") for each in events if each.event == "returned"}
    versions = {each.id: each.version_id for each in sent}
    views = []
    for row, shown in rows:
        version = session.get_one(Version, versions[row.submission_id])
        views.append(
            LetterView(
                row.id,
                row.kind,
                KINDS_OF_LETTER[row.kind],
                row.day,
                row.due,
                row.document_number,
                row.text,
                shown or row.actor,
                ref_of(at.assessment, version),
                days[row.submission_id],
                tuple(replies.get(row.id, ())),
                tuple(day for number, day in days.items() if number > row.submission_id),
                row.id in returned,
            )
        )
    return tuple(views)
