"""What the commission wrote about the submissions of a round, what was answered, and what is
different now from what was sent.

Reads only; computed from letters, answers and versions. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.change.compare import compare
from ...domain.change.describe import describe
from ...store import nodes, queries
from ...store.rows.assessments import Version
from ...store.rows.commission import AMENDMENT
from ...store.rows.filing import Submission, as_corrected
from ..records.commission_kinds import KINDS_OF_LETTER
from ..records.revision import moved_base
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
class CommissionView:
    """What was written about a round. `sent`: how often it was submitted; `changed`: the items
    that say something else now than what was sent last ((path, as cited), without what the
    procedure fills in); `sent_ref` that version, `head_ref` the text now; `state` of the round."""

    head: RoundHead
    state: str
    sent: int
    sent_ref: str
    head_ref: str
    letters: tuple[LetterView, ...]
    changed: tuple[tuple[str, str], ...]


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
        changed: tuple[tuple[str, str], ...] = ()
        if sent and round_.head_id is not None:
            last = session.get_one(Version, sent[-1].version_id)
            sent_ref = ref_of(at.assessment, last)
            head_ref = ref_of(at.assessment, session.get_one(Version, round_.head_id))
            changed = changed_since(session, last, round_.head_id)
        return CommissionView(head, round_.state, len(sent), sent_ref, head_ref, letters, changed)


def changed_since(session: Session, sent: Version, head_id: int) -> tuple[tuple[str, str], ...]:
    """(path, as cited) of the items that say something else in a version than what was sent."""
    if sent.id == head_id:
        return ()
    tree = nodes.recent(session, head_id)
    form = forms.load(tree.form)
    before = moved_base(session, sent.id, form)
    places = {}
    for change in describe(form, compare(before, tree), before, tree):
        if not change.procedure:
            places["/".join(change.item_path)] = change.label
    return tuple(places.items())


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
