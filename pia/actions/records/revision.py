"""What a round changes: its text beside the published one, the rows between them, the kept table.

Knows where a round's texts, events and papers are stored. Must not know what a step needs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.form import Form
from ...domain.document.tree import Path, Tree
from ...domain.procedure import change_table, change_units, material
from ...domain.procedure.change_table import ChangeTableRow
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.columns import iso
from ...store.rows import consultations, councils, filing, papers
from ...store.rows.assessments import Round, RoundEvent
from ..workplace import VersionLine, Workplace
from . import form_move, procedures

NO_TABLE = "変更箇所の表がまだ作られていません"


@dataclass(frozen=True, slots=True)
class RoundRevision:
    """A round's text beside what was published: both trees, the rows between them with their notes,
    and what counts as 重要な変更. `first`: nothing was published or written before, so that nothing
    is a change; both trees are the text.
    """

    form: Form
    base: Tree
    head: Tree
    rows: tuple[ChangeTableRow, ...]
    materiality: material.Materiality
    first: bool = False

    @property
    def own_rows(self) -> tuple[ChangeTableRow, ...]:
        """The changed items, without what the procedure fills in and without bare entries."""
        rows = []
        for row in self.rows:
            if not row.procedure:
                rows.append(row)
        return tuple(rows)

    @property
    def procedure_rows(self) -> tuple[ChangeTableRow, ...]:
        """The rows of what the procedure fills in."""
        rows = []
        for row in self.rows:
            if row.procedure:
                rows.append(row)
        return tuple(rows)


def seen_marks(session: Session, form: Form) -> Callable[[ChangeTableRow], bool]:
    """Whether the ※ of a row's item was seen: in a text, in a published document, or in a blank
    this city registered and checked.
    """
    known: dict[str, set[str]] = session.info.setdefault(
        "seen_marks", {}
    )  # asked once a form and session: lists ask for many rounds
    if form.id not in known:
        kept = papers.confirmation_of(session, form.id)
        if kept:
            known[form.id] = {node for node, printed in kept.nodes.items() if printed}
        else:
            known[form.id] = set()
    marks = known[form.id]

    def seen(row: ChangeTableRow) -> bool:
        item = form.by_id.get(row.item)
        return row.item in marks or bool(item and item.mark_seen)

    return seen


def revision(
    session: Session, round_: Round, notes: Mapping[Path, filing.RoundNote] | None = None
) -> RoundRevision:
    """The round's base and head and what lies between; a base on an older form is moved to the
    head's form first (R30). `notes`: those of the round, where they are read already.
    """
    head = nodes.recent(session, round_.own_head)
    form = forms.load(head.form)
    if round_.base_id:
        base = moved_base(session, round_.base_id, form)
    else:
        return RoundRevision(form, head, head, (), material.judge((), {}), first=True)
    table = _rows(form, base, head)
    if notes is None:
        notes = filing.round_notes(session, round_.id)
    else:
        notes = notes
    decisions = {}
    for key, value in notes.items():
        decisions[key] = material.Decision(value.choice, value.reason)
    return RoundRevision(
        form, base, head, table, material.judge(table, decisions, seen_marks(session, form))
    )


@lru_cache(maxsize=128)
def _rows(form: Form, base: Tree, head: Tree) -> tuple[ChangeTableRow, ...]:
    """The rows between two texts.

    Versions never change, and every page of a round asks for them.
    """
    return change_table.rows(form, base, head)


def moved_base(session: Session, version_id: int, form: Form) -> Tree:
    """An earlier text on the form of the later one, as people decided when its document moved, so
    that a new form is not shown as hundreds of edits (R30).
    """
    return form_move.on_form(session, version_id, nodes.recent(session, version_id), form)[0]


def events(session: Session, round_: Round) -> list[RoundEvent]:
    """What was done in a round, in its order."""
    return queries.rounds.events_of(session, round_.id)


def consultation_of(session: Session, round_: Round) -> consultations.Consultation | None:
    """The latest consultation of a round."""
    return queries.consultations.last_about_round(session, round_.id)


def referral_of(session: Session, round_: Round) -> councils.Referral | None:
    """The latest referral of a round."""
    return queries.councils.last_referral_of_round(session, round_.id)


def verdict_of(session: Session, referral: councils.Referral | None) -> councils.Verdict | None:
    """The latest verdict on a referral; None before one, or without a referral."""
    if referral is None:
        return None
    return queries.councils.last_verdict(session, referral.id)


def frozen_table(session: Session, round_: Round) -> tuple[ChangeTableRow, ...] | None:
    """The change table a person made for this round (`filing.make_table`), as it was kept; None
    before.
    """
    tables = []
    for event in events(session, round_):
        if event.event == "table":
            tables.append(event)
    if not tables:
        return None
    kept = tables[-1].facts["table"]
    if nodes.is_emptied(session, kept):  # 廃棄: how many rows there were, the event says still
        return ()
    return change_table.from_json(json.loads(nodes.get_blob(session, kept)))


def frozen_rows(session: Session, round_: Round) -> int | None:
    """How many rows the change table of a round has; None before it was made."""
    tables = []
    for event in events(session, round_):
        if event.event == "table":
            tables.append(event)
    if tables:
        return int(tables[-1].facts["rows"])
    return None


def rows_as_published(
    session: Session, round_: Round, rev: RoundRevision
) -> tuple[ChangeTableRow, ...]:
    """The rows as the last publication of the round dates them; without days before it."""
    publication = queries.filing.last_publication_of_round(session, round_.id)
    return dated_rows(session, round_, rev, publication.day if publication else None)


def dated_rows(
    session: Session, round_: Round, rev: RoundRevision, published: date | None
) -> tuple[ChangeTableRow, ...]:
    """The rows with 変更日, 提出時期 (R13) and 説明, of the day they are published; what a person
    noted goes before the dates.
    """
    notes: dict[Path, Mapping[str, Any]] = {}
    for key, value in filing.change_notes(session, round_.id).items():
        notes[key] = {
            "date": iso(value.date),
            "timing": value.timing,
            "explanation": value.explanation,
        }
    usual_words = rev.materiality.words(round_.kind)
    dated = change_table.dated(
        rev.rows,
        notes,
        published=published,
        change=round_.change_date,
        words=written(published) if published else None,
        usual_words=usual_words,
    )
    return change_units.ordered(dated, order_by_hand(session, round_))


def order_by_hand(session: Session, round_: Round) -> tuple[Path, ...]:
    """The order somebody put the rows of a round in; empty where nobody did."""
    orders = [event for event in events(session, round_) if event.event == "order"]
    if not orders:
        return ()
    return tuple(tuple(path) for path in orders[-1].facts["paths"])


def table_of(session: Session, wp: Workplace, at: VersionLine) -> Mapping[str, Any]:
    """The procedure this round goes by."""
    round_ = at.own_round
    return procedures.of_round(
        session, wp, at.assessment.kind, round_.kind, events(session, round_)
    )


def told(round_: Round, done: Sequence[RoundEvent]) -> dict[str, Any]:
    """What people said of a round: when it was opened, and since. The latest counts."""
    out = dict(round_.facts or {})
    for round_event in done:
        if round_event.event in ("open", "emergency"):
            out |= round_event.facts
    return out


def table_problems(session: Session, round_: Round, rev: RoundRevision) -> tuple[str, ...]:
    """Where the kept table and the text disagree; one sentence when none was made."""
    table = frozen_table(session, round_)
    if table is None:
        if rev.rows:
            return (NO_TABLE,)
        return ()
    return change_table.prove(rev.form, rev.base, rev.head, table)
