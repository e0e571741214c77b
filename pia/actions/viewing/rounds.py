"""A round's state as its pages show it: steps, rows, days, what the next step still needs.

Knows how to put stored facts together for a page or a terminal. Must not know pages. Reads only;
everything is computed from what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import in_japan
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...domain.procedure import steps
from ...domain.procedure.change_table import ChangeTableRow
from ...store import nodes, queries
from ...store.rows import filing
from ...store.rows.assessments import Assessment, Round, RoundEvent, Version
from ...store.rows.bodies import Affair
from ...store.rows.tallies import RoundTally
from ..access.names import shown_name
from ..records import causes, closing, council_ways, days, on_record, procedures
from ..records.facts import facts
from ..records.revision import (
    NO_TABLE,
    RoundRevision,
    events,
    frozen_rows,
    revision,
    rows_as_published,
    table_of,
)
from ..workplace import VersionLine, Workplace, line, ref_of
from . import round_steps


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round as a list shows it: where it stands, and how much changes. The counts and `files`
    ((key, name) of its ファイル) are kept beside the text (`records.tallies`): None and empty
    until they are; `counted_late`: they are of an earlier save. `document` is the kind of its
    assessment.
    """

    ref: str
    key: str
    name: str
    title: str
    affair: str
    affair_key: str
    document: str
    kind: str
    state: str
    state_name: str
    reasons: tuple[str, ...]
    change_date: date | None
    strip: tuple[Mapping[str, Any], ...]
    change_count: int | None
    material_count: int | None
    counted_late: bool
    files: tuple[tuple[str, str], ...]
    base_ref: str
    head_ref: str


@dataclass(frozen=True, slots=True)
class RoundView(RoundLine):
    """A round as its own page shows it: its changed items, what the next step still needs, what was
    done, and whether table and text agree.

    `proved` are the disagreements of the table that was made; `no_table` says that none was made
    yet; `first` that nothing was published or written before; `table_rows` counts its rows, None
    where nothing changed. `checked` counts the points the next submission is checked for.
    `consultation_days` is the usual length of a consultation in days where one is due, else 0.
    `asked` are ※ items nobody has answered for; `opinion` is what the council said with the city's
    own decision beside it, where there is one.
    """

    rows: tuple[ChangeTableRow, ...]
    procedure_rows: tuple[ChangeTableRow, ...]
    material: tuple[ChangeTableRow, ...]
    exempt: tuple[ChangeTableRow, ...]
    next_steps: tuple[tuple[steps.Step, tuple[steps.Unmet, ...]], ...]
    events: tuple[Mapping[str, Any], ...]
    proved: tuple[str, ...]
    no_table: bool
    first: bool
    table_rows: int | None
    checked: int
    consultation_days: int
    asked: tuple[ChangeTableRow, ...]
    opinion: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RoundHead:
    """What a page that is opened at every edit says of a round: nothing that has to be worked out
    from its text. `over`: its record is closed, for it was submitted, published or withdrawn.
    """

    ref: str
    kind: str
    title: str
    reasons: tuple[str, ...]
    base_ref: str
    over: bool


def round_head(wp: Workplace, ref: str) -> RoundHead:
    """The head of a round's pages. PiaError where the reference names none."""
    with wp.store.read() as session:
        at = line(session, ref)
        round_ = at.round
        if round_ is None:
            raise PiaError(f"{ref} は再実施・修正ではありません。")
        if round_.base_id:
            base = session.get(Version, round_.base_id)
        else:
            base = None
        return RoundHead(
            at.ref,
            procedures.kind_word(round_),
            _title(round_, events(session, round_)),
            tuple(round_.reasons),
            ref_of(at.assessment, base),
            round_.state in closing.ENDED,
        )


def reasons_of(wp: Workplace, ref: str) -> tuple[str, ...]:
    """The 変更理由 a round was begun for; none on the main line of an assessment."""
    with wp.store.read() as session:
        round_ = line(session, ref).round
        return tuple(round_.reasons) if round_ is not None else ()


def _title(round_: Round, done: Sequence[RoundEvent]) -> str:
    return (
        str(
            next(
                (
                    round_event.facts.get("title")
                    for round_event in done
                    if round_event.facts.get("title")
                ),
                "",
            )
        )
        or round_.name
    )


def round_view(wp: Workplace, ref: str, today: date) -> RoundView:
    """A round for its own page, on a day. PiaError where the reference names none."""
    with wp.store.read() as session:
        at = line(session, ref)
        if at.round is None:
            raise PiaError(f"{ref} は再実施・修正ではありません。")
        return _round_view(session, wp, at, today)


def _round_view(session: Session, wp: Workplace, at: VersionLine, today: date) -> RoundView:
    round_ = at.own_round
    kind = at.assessment.kind
    rev = revision(session, round_)
    # What is checked is the whole text; what is shown is what this reader may see of it.
    read: RoundRevision | None = rev
    if nodes.seen_in_part():
        read = None
    known = facts(session, wp, at, today, read, together=True)
    listed = lines_of(session, wp, [round_])[0]
    dated = rows_as_published(session, round_, rev)
    table = table_of(session, wp, at)
    next_steps = []
    bill = council_ways.only_by_bill(session)
    for line_ in steps.possible(table, known):
        step = replace(line_, act=council_ways.said(line_.act, bill))
        if step.event == "continue":  # said where the verdict is recorded
            continue
        next_steps.append((step, steps.unmet(wp.rules, step, known)))
    checked = 0
    for step in steps.steps(table, kind, round_.kind):
        if step.event == "submit":
            checked += len(step.guards)
    consultation_days = 0
    if round_.kind == "REASSESSMENT" and kind == "all_item":
        consultation_days = int(wp.rules["rules"]["R7"]["days"])
    return RoundView(
        **{field.name: getattr(listed, field.name) for field in fields(RoundLine)},
        rows=tuple(row for row in dated if not row.procedure),
        procedure_rows=tuple(row for row in dated if row.procedure),
        material=rev.materiality.material,
        exempt=rev.materiality.exempt,
        next_steps=tuple(next_steps),
        events=round_steps.taken(session, wp, at, table, bill),
        proved=known.table_problems,
        first=rev.first,
        no_table=known.table_problems == (NO_TABLE,),
        table_rows=frozen_rows(session, round_),
        checked=checked,
        consultation_days=consultation_days,
        asked=rev.materiality.asked if round_.kind == "CORRECTION" else (),
        opinion=on_record.opinion_and_decision(session, round_.id),
    )


def strip_of(
    session: Session, wp: Workplace, kind: str, rec: days.RoundRecord
) -> tuple[Mapping[str, Any], ...]:
    """The strip of a round by the procedure it goes by."""
    return strip(procedures.of_round(session, wp, kind, rec.round.kind, rec.events), kind, rec)


def strip(
    table: Mapping[str, Any], kind: str, rec: days.RoundRecord
) -> tuple[Mapping[str, Any], ...]:
    """The steps of a round in the order of the procedure's table.

    `where` it stands (done, now, later; stopped where it was withdrawn), whether it is `over`, its
    `day` (the last of what is over, the first of what runs), and in `words` the same as people read
    it. What is still to come has no day.
    """
    on_track = {"DRAFTING", *(step.to for step in steps.steps(table, kind, rec.round.kind))}
    stages = []
    for state in table["strip"]:
        if state in on_track:
            stages.append(state)
    here = _reached(stages, rec)
    spans = rec.spans()
    out = []
    for index, state in enumerate(stages):
        where = _where(index, here, rec)
        span = days.StepDays()
        if where in ("done", "now"):
            span = spans.get(state, span)
        over = where == "done" or (where == "now" and span.settled)
        out.append(
            {
                "state": state,
                "name": table["states"][state],
                "day": span.until if over else span.since,
                "words": span.words(over),
                "where": where,
                "over": over,
            }
        )
    return tuple(out)


def _reached(stages: Sequence[str], rec: days.RoundRecord) -> int:
    """The place on the strip a round has reached; one that was withdrawn: had reached."""
    left = rec.state
    for event in reversed(rec.events):
        if event.state != "WITHDRAWN":
            left = event.state
            break
    if left == "PUBLISHED":
        return len(stages)
    return _stage(stages, left)


def _where(index: int, here: int, rec: days.RoundRecord) -> str:
    """How a step stands to the one that was reached."""
    if index < here:
        return "done"
    if index > here:
        return "later"
    if rec.state == "WITHDRAWN":
        return "stopped"
    return "now"


def _stage(stages: Sequence[str], state: str) -> int:
    """The place of a state on the strip; one that has none stands just before 提出 (点検済み: at
    the check).
    """
    if state in stages:
        return stages.index(state)
    if "SUBMITTED" in stages:
        submitted = stages.index("SUBMITTED")
    else:
        submitted = len(stages)
    return submitted - (state == "REVIEWED")


def lines_of(session: Session, wp: Workplace, rounds: Sequence[Round]) -> list[RoundLine]:
    """These rounds as a list shows them, in as many queries for many as for one."""
    ids = [round_.id for round_ in rounds]
    done = _begun(session, rounds)
    known = {}
    for round_id, assessment, affair, base, head, tally in queries.rounds.around(session, ids):
        known[round_id] = _RoundAround(assessment, affair, base, head, tally)
    lines = []
    for record in days.records(session, rounds, done):
        lines.append(_line_of(session, wp, record, known[record.round.id]))
    return lines


@dataclass(frozen=True, slots=True)
class _RoundAround:
    """What stands around a round: its document and affair, the numbers of the versions it started
    from and has come to, and its tally."""

    document: Assessment
    affair: Affair
    base: int | None
    head: int | None
    tally: RoundTally | None

    def ref(self, seq: int | None) -> str:
        """KEY@N of a version; empty for none."""
        if seq is None:
            return ""
        return f"{self.document.key}@{seq}"


def _line_of(
    session: Session, wp: Workplace, record: days.RoundRecord, around: _RoundAround
) -> RoundLine:
    round_ = record.round
    document = around.document
    table = procedures.of_round(session, wp, document.kind, round_.kind, record.events)
    changes = None
    material = None
    files: tuple[tuple[str, str], ...] = ()
    if around.tally is not None:
        changes = around.tally.changes
        material = around.tally.material
        files = tuple((str(key), str(name)) for key, name in around.tally.files)
    return RoundLine(
        VersionLine(document, round_).ref,
        document.key,
        round_.name,
        _title(round_, record.events),
        around.affair.name,
        around.affair.key,
        document.kind,
        procedures.kind_word(round_),
        round_.state,
        procedures.state_name(wp, round_.state, table),
        tuple(round_.reasons),
        round_.change_date,
        strip(table, document.kind, record),
        changes,
        material,
        around.tally is not None and around.tally.head_id != round_.head_id,
        files,
        around.ref(around.base),
        around.ref(around.head),
    )


PAGE = 30  # rounds on a page of a list


@dataclass(frozen=True, slots=True)
class RoundPage:
    """Some of the rounds of a list: from number `first` (from 0) of `whole`."""

    lines: tuple[RoundLine, ...]
    first: int
    whole: int


def page(wp: Workplace, over: bool, first: int, most: int = PAGE) -> RoundPage:
    """Rounds that run, or (`over`) that are published or withdrawn, the latest begun first."""
    with wp.store.read() as session:
        rounds = queries.rounds.page(session, over, first, most)
        whole = queries.rounds.count(session, over)
        return RoundPage(tuple(lines_of(session, wp, rounds)), first, whole)


def of_affair(wp: Workplace, affair_key: str) -> list[RoundLine]:
    """The rounds of an affair that have a text, in the order they began."""
    with wp.store.read() as session:
        return lines_of(session, wp, queries.rounds.of_affair(session, affair_key))


def with_companions(wp: Workplace, ref: str) -> list[str]:
    """The REFs of a round and of the running rounds of the same name in its affair: the 評価書一式
    that goes together. PiaError where the reference names none.
    """
    with wp.store.read() as session:
        at = line(session, ref)
        affair_id = at.assessment.affair_id
        name = at.own_round.name if at.round else ""
        companions = queries.rounds.running_named(session, affair_id, name)
        return [f"{key}~{name}" for key in companions]


@dataclass(frozen=True, slots=True)
class RoundChoice:
    """A round as something to choose: what it is called. `files` and `change_count` as in
    `RoundLine`."""

    ref: str
    key: str
    title: str
    affair: str
    affair_key: str
    document: str
    kind: str
    change_count: int | None
    files: tuple[tuple[str, str], ...]


def _choices(
    session: Session, rounds: Sequence[Round], done: Mapping[int, Sequence[RoundEvent]]
) -> list[RoundChoice]:
    """These rounds to choose from, in two queries."""
    known = {}
    for round_id, assessment, affair, _, _, tally in queries.rounds.around(
        session, [round_.id for round_ in rounds]
    ):
        known[round_id] = (assessment, affair, tally)
    choices = []
    for round_ in rounds:
        assessment, affair, tally = known[round_.id]
        files: tuple[tuple[str, str], ...] = ()
        if tally is not None:
            files = tuple((str(key), str(name)) for key, name in tally.files)
        choices.append(
            RoundChoice(
                VersionLine(assessment, round_).ref,
                assessment.key,
                _title(round_, done.get(round_.id, ())),
                affair.name,
                affair.key,
                assessment.kind,
                procedures.kind_word(round_),
                tally.changes if tally is not None else None,
                files,
            )
        )
    return choices


def awaiting(wp: Workplace, event: str) -> list[RoundChoice]:
    """The running rounds whose next step may be `event`, by the procedure each goes by."""
    with wp.store.read() as session:
        rounds = queries.rounds.open_rounds(session)
        wanted = []
        done = _begun(session, rounds)
        kinds = queries.rounds.kinds_of(session, [round_.id for round_ in rounds])
        for round_ in rounds:
            kind = kinds[round_.id]
            table = procedures.of_round(session, wp, kind, round_.kind, done.get(round_.id, ()))
            if round_.head_id and _may_be_next(table, kind, round_, event):
                wanted.append(round_)
        return _choices(session, wanted, done)


def _begun(session: Session, rounds: Sequence[Round]) -> dict[int, list[RoundEvent]]:
    """The events of these rounds, by round."""
    done: dict[int, list[RoundEvent]] = {}
    for event in queries.rounds.events_of_rounds(session, [round_.id for round_ in rounds]):
        done.setdefault(event.round_id, []).append(event)
    return done


def _may_be_next(table: Mapping[str, Any], kind: str, round_: Round, event: str) -> bool:
    for step in steps.steps(table, kind, round_.kind):
        if step.event == event and round_.state in step.sources:
            return True
    return False


def unmet(
    wp: Workplace, refs: Sequence[str], event: str, today: date
) -> dict[str, tuple[steps.Unmet, ...]]:
    """By REF: what a step of these rounds still lacks; a round that is not at that step is left
    out."""
    lacking = {}
    for ref in refs:
        for step, missing in round_view(wp, ref, today).next_steps:
            if step.event == event:
                lacking[ref] = missing
    return lacking


def writable(wp: Workplace, states: Sequence[str], department: str | None) -> list[RoundChoice]:
    """The running rounds in one of these states; of one department's affairs, where it is named."""
    with wp.store.read() as session:
        rounds = queries.rounds.in_states(session, states, department)
        return _choices(session, rounds, _begun(session, rounds))


def outward(wp: Workplace, ref: str) -> tuple[list[tuple[str, date, str]], str | None]:
    """(the further days of a round: kind, day and note; SHA-256 of the bundle that was submitted or
    None).
    """
    with wp.store.read() as session:
        round_ = line(session, ref).round
        if round_ is None:
            raise PiaError(f"{ref} は再実施・修正ではありません。")
        days = {}
        for outward_date in queries.filing.outward_dates(session, round_.id):
            days[outward_date.kind] = (outward_date.kind, outward_date.day, outward_date.note)
        sent = queries.filing.last_sent(session, round_.id)
        return list(days.values()), sent


def state_of(wp: Workplace, ref: str) -> str:
    """The state of a round; empty for a document outside of any."""
    with wp.store.read() as session:
        round_ = line(session, ref).round
        return round_.state if round_ is not None else ""


def explained(wp: Workplace, ref: str) -> dict[Path, causes.Said]:
    """What officers wrote of a round's changes, by their places."""
    with wp.store.read() as session:
        round_ = line(session, ref).round
        if round_ is None:
            return {}
        return causes.said(session, round_.id)


def reasons(wp: Workplace, ref: str) -> dict[Path, causes.Cause]:
    """Why each item of a round is changed, whoever said so: a save, a national text, a row."""
    with wp.store.read() as session:
        at = line(session, ref)
        if at.round is None:
            return {}
        return causes.of_round(session, at.round, revision(session, at.round))


def unexplained(wp: Workplace, ref: str) -> list[Path]:
    """The rows of a round's table nobody said a reason of, nor a word to readers."""
    with wp.store.read() as session:
        round_ = line(session, ref).own_round
        left = causes.left_open(session, round_, revision(session, round_))
        return [unit.path for unit in left]


CHOICES = {
    "MATERIAL": "重要な変更",
    "FORMAL": "形式的な変更",
    "LOWER_RISK": "リスクを軽減させる変更",
    "NOT_LISTED": "別表の対象ではない",
}


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """How a person took the change of a ※ item, and why."""

    choice: str
    reason: str
    who: str
    at: datetime


def decisions(wp: Workplace, ref: str) -> dict[Path, ItemDecision]:
    """What counts of a round's ※ items, by path."""
    with wp.store.read() as session:
        round_ = line(session, ref).round
        if round_ is None:
            return {}
        decideds = {}
        for key, value in filing.round_notes(session, round_.id).items():
            decideds[key] = ItemDecision(
                CHOICES.get(value.choice, value.choice),
                value.reason,
                shown_name(session, value.actor),
                in_japan(value.at),
            )
        return decideds
