"""A round's state as its pages show it: steps, rows, days, what the next step still needs.

Knows how to put stored facts together for a page or a terminal. Must not know pages. Reads only;
everything is computed from what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import in_japan
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...domain.procedure import steps
from ...domain.procedure.change_table import ChangeTableRow
from ...store import nodes, queries
from ...store.rows import filing
from ...store.rows.assessments import Round, RoundEvent, Version
from ...store.rows.bodies import Affair
from ..access.names import shown_name
from ..records import days, procedures
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


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round as a list shows it: where it stands, what changed and what counts."""

    ref: str
    key: str
    name: str
    title: str
    affair: str
    kind: str
    state: str
    state_name: str
    reasons: tuple[str, ...]
    change_date: date | None
    strip: tuple[Mapping[str, Any], ...]
    rows: tuple[ChangeTableRow, ...]
    procedure_rows: tuple[ChangeTableRow, ...]
    material: tuple[ChangeTableRow, ...]
    exempt: tuple[ChangeTableRow, ...]
    base_ref: str
    head_ref: str


@dataclass(frozen=True, slots=True)
class RoundView(RoundLine):
    """A round as its own page shows it: also what the next step still needs, what was done, and
    whether table and text agree.

    `proved` are the disagreements of the table that was made; `no_table` says that none was made
    yet; `table_rows` counts its rows, None where nothing changed. `checked` counts the points the
    next submission is checked for. `consultation_days` is the usual length of a consultation in
    days where one is due, else 0. `asked` are ※ items nobody has answered for.
    """

    next_steps: tuple[tuple[steps.Step, tuple[steps.Unmet, ...]], ...]
    events: tuple[Mapping[str, Any], ...]
    proved: tuple[str, ...]
    no_table: bool
    table_rows: int | None
    checked: int
    consultation_days: int
    asked: tuple[ChangeTableRow, ...]


# What people told at a step, as its list shows it.
TOLD = {
    "document_number": "文書番号",
    "decided": "決裁日",
    "why": "理由",
    "reason": "理由",
    "confirmed_by": "確認した人",
    "sentence": "求められていたこと",
    "emergency": "緊急の理由（規則第9条第2項）",
    "text": "説明",
}


# Steps that are no line of the procedure's table.
EVENTS = {
    "open": "始める",
    "table": "変更箇所の表を作成",
    "review_fixed": "見直しを確定",
    "minor": "点検後の軽微な修正を記録",
    "reported": "答申を記録",
    "rebase": "公表された版に合わせて更新",
    "reopen": "点検をやり直す",
    "overrule": "理由を記録して進む",
    "emergency": "緊急の変更であることを記録",
    "explain": "住民・委員への説明を記入",
}


def _told(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for key, words in TOLD.items():
        if facts.get(key):
            pairs.append((words, str(facts[key])))
    return tuple(pairs)


@dataclass(frozen=True, slots=True)
class RoundHead:
    """What a page that is opened at every edit says of a round: nothing that has to be worked out
    from its text.
    """

    ref: str
    kind: str
    title: str
    reasons: tuple[str, ...]
    base_ref: str


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
            kind_word(round_),
            _title(round_, events(session, round_)),
            tuple(round_.reasons),
            ref_of(at.assessment, base),
        )


def kind_word(round_: Round) -> str:
    """再実施 or 修正."""
    if round_.kind == "REASSESSMENT":
        return "再実施"
    return "修正"


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
    listed = round_line(session, wp, at, rev)
    table = table_of(session, wp, at)
    next_steps = []
    for step in steps.possible(table, known):
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
        next_steps=tuple(next_steps),
        events=_events(session, wp, at, table),
        proved=known.table_problems,
        no_table=known.table_problems == (NO_TABLE,),
        table_rows=frozen_rows(session, round_),
        checked=checked,
        consultation_days=consultation_days,
        asked=rev.materiality.asked if round_.kind == "CORRECTION" else (),
    )


def _events(
    session: Session, wp: Workplace, at: VersionLine, table: Mapping[str, Any]
) -> tuple[dict[str, Any], ...]:
    """What was done in a round, in its order, in the words of the procedure's table."""
    round_ = at.own_round
    acts = dict(EVENTS)
    for step in steps.steps(table, at.assessment.kind, round_.kind):
        if step.act:
            acts[step.event] = step.act
    submissions = queries.filing.submissions_of_round(session, round_.id)
    sent = []
    for submission in submissions:
        sent.append({"document_number": submission.document_number, "decided": submission.decided})
    out = []
    for event in events(session, round_):
        about = event.facts
        if event.event == "submit":
            # The facts of a submission stand in its own row, not with the event.
            if sent:
                about = sent.pop(0)
            else:
                about = {}
        out.append(
            {
                "event": event.event,
                "words": acts.get(event.event, event.event),
                "state": procedures.state_name(wp, event.state, table),
                "at": in_japan(event.at),
                "actor": shown_name(session, event.actor),
                "warnings": event.facts.get("warnings", []),
                "told": _told(about),
            }
        )
    return tuple(out)


def round_line(session: Session, wp: Workplace, at: VersionLine, rev: RoundRevision) -> RoundLine:
    """A round with the days of its rows."""
    round_ = at.own_round
    dated = rows_as_published(session, round_, rev)
    return _round_line(session, wp, at, rev, dated, days.record(session, round_))


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


def _round_line(
    session: Session,
    wp: Workplace,
    at: VersionLine,
    rev: RoundRevision,
    rows: Sequence[ChangeTableRow],
    rec: days.RoundRecord,
) -> RoundLine:
    round_ = at.own_round
    affair = session.get_one(Affair, at.assessment.affair_id)
    base, head = (
        session.get(Version, index) if index else None for index in (round_.base_id, round_.head_id)
    )
    table = procedures.of_round(session, wp, at.assessment.kind, round_.kind, rec.events)
    return RoundLine(
        at.ref,
        at.assessment.key,
        round_.name,
        _title(round_, rec.events),
        affair.name,
        kind_word(round_),
        round_.state,
        procedures.state_name(wp, round_.state, table),
        tuple(round_.reasons),
        round_.change_date,
        strip(table, at.assessment.kind, rec),
        tuple(x for x in rows if not x.procedure),
        tuple(x for x in rows if x.procedure),
        rev.materiality.material,
        rev.materiality.exempt,
        ref_of(at.assessment, base),
        ref_of(at.assessment, head),
    )


def awaiting(
    wp: Workplace, event: str, today: date
) -> list[tuple[RoundLine, tuple[steps.Unmet, ...]]]:
    """The rounds whose next step may be `event`, each with what that step still lacks."""
    waiting = []
    for known in rounds(wp):
        for step, unmet in round_view(wp, known.ref, today).next_steps:
            if step.event == event:
                waiting.append((known, unmet))
    return waiting


def rounds(wp: Workplace) -> list[RoundLine]:
    """All rounds, without their rows' days and without asking what their next steps need: that is
    for the page of one. As many queries for many rounds as for one.
    """
    with wp.store.read() as session:
        rows = queries.rounds.with_text(session)
        wanted = {index for round_ in rows for index in (round_.base_id, round_.head_id) if index}
        documents = {}
        for assessment in queries.assessments.all_assessments(session):
            documents[assessment.id] = assessment
        versions = queries.versions.numbered(session, wanted)
        nodes.met(session, ((version.id, version.form, version.digest) for version in versions))
        _alive = (
            versions,
            queries.affairs.all_affairs(session),
        )  # `get` finds them without asking again
        notes = filing.all_round_notes(session)
        done = dict[int, list[RoundEvent]]()
        for round_event in queries.rounds.events(session):
            done.setdefault(round_event.round_id, []).append(round_event)
        out = []
        for rec in days.records(session, rows, done):
            round_ = rec.round
            rev = revision(session, round_, notes.get(round_.id, {}))
            out.append(
                _round_line(
                    session,
                    wp,
                    VersionLine(documents[round_.assessment_id], round_),
                    rev,
                    rev.rows,
                    rec,
                )
            )
        return out


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


def explained(wp: Workplace, ref: str) -> dict[Path, str]:
    """What officers wrote for readers of a round's changed items."""
    with wp.store.read() as session:
        round_ = line(session, ref).round
        if round_ is None:
            return {}
        texts = {}
        for event in events(session, round_):
            if event.event == "explain":
                texts[tuple(event.facts["path"])] = str(event.facts["text"])
        return texts


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


def files_of(wp: Workplace, ref: str) -> list[tuple[str, str]]:
    """(key, name) of the ファイル of a line's head."""
    from ...domain.revise import national

    with wp.store.read() as session:
        at = line(session, ref)
        if at.head_id is None:
            return []
        tree = nodes.recent(session, at.head_id)
        files = national.files_of(forms.load(tree.form), tree)
        return [(key, name or key) for key, name in files.items()]
