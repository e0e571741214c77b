"""What people look at: the register, a round's state, cards, the national matrix, history. Reads only; everything is computed from what is stored.

Knows how to put stored facts together for a page or a terminal. Must not know pages. Each function opens one read and returns plain values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import in_japan
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError
from ...domain.procedure import duties as duty_rules
from ...domain.procedure import steps, threshold
from ...domain.procedure.change_table import Row
from ...domain.wareki import written
from ...store import nodes
from ...store.ledger import log
from ...store.rows import assessments, filing
from ...store.rows import plan as plan_rows
from ...store.rows.assessments import Assessment, Round, RoundEvent, Version
from ...store.rows.bodies import Account, Affair, Department, ThresholdFact
from ..people.registration import ROLES
from ..records import basic as basic_record
from ..records import days, procedures
from ..records.round import (
    NO_TABLE,
    Revision,
    dated_rows,
    events,
    facts,
    frozen_rows,
    revision,
    table_of,
)
from ..workplace import Line, Workplace, line

ROLE_NAMES = ROLES


def shown_name(session: Session, actor: str) -> str:
    if actor.startswith("tablet:"):
        _, device, *name = actor.split(":", 2)
        if name:
            return f"{name[0]}（端末{device}）"
        return f"端末{device}"
    found = session.scalar(select(Account.shown).where(Account.name == actor))
    return found or actor


@dataclass(frozen=True, slots=True)
class Listed:
    """One assessment in the register."""

    key: str
    kind: str
    kind_name: str
    number: str
    name: str
    department: str
    head: str | None
    form: str
    published: str | None
    rounds: tuple[Mapping[str, Any], ...]
    standing: str
    affair: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def register(wp: Workplace) -> list[Listed]:
    with wp.store.read() as session:
        out = []
        published = assessments.published_last(session)
        rounds_of = _by_assessment(session)
        heads = {}
        for version in session.scalars(
            select(Version).join(Assessment, Assessment.head_id == Version.id)
        ):
            heads[version.id] = version
        found = session.execute(
            select(Assessment, Affair, Department)
            .join(Affair, Affair.id == Assessment.affair_id)
            .outerjoin(Department, Department.id == Affair.department_id)
            .order_by(Affair.id, Assessment.id)
        )
        for one, affair, office in found:
            head = heads.get(one.head_id or 0)
            pub = published.get(one.id)
            rounds = []
            for round_ in rounds_of.get(one.id, []):
                rounds.append(
                    {
                        "name": round_.name,
                        "ref": f"{one.key}~{round_.name}",
                        "kind": _kind(round_),
                        "state": round_.state,
                        "state_name": procedures.state_name(wp, round_.state),
                    }
                )
            opened = []
            for round_ in rounds:
                if round_["state"] not in ("PUBLISHED", "WITHDRAWN"):
                    opened.append(round_)
            standing = "、".join(f"{row['kind']}：{row['state_name']}" for row in opened) or (
                f"公表 {written(pub.day)}" if pub else "未公表"
            )
            out.append(
                Listed(
                    one.key,
                    one.kind,
                    forms.KIND_NAMES.get(one.kind, one.kind),
                    affair.number,
                    affair.name,
                    office.name if office else "",
                    f"{one.key}@{head.seq}" if head else None,
                    head.form if head else "",
                    pub.day.isoformat() if pub else None,
                    tuple(rounds),
                    standing,
                    affair.key,
                )
            )
        return out


def _by_assessment(session: Session) -> dict[int, list[Round]]:
    out: dict[int, list[Round]] = {}
    for round_ in session.scalars(select(Round).order_by(Round.id)):
        out.setdefault(round_.assessment_id, []).append(round_)
    return out


@dataclass(frozen=True, slots=True)
class Made:
    """One version in the history."""

    ref: str
    seq: int
    parent: int | None
    line: str
    actor: str
    role: str
    at: str
    why: str
    digest: str
    form: str

    @property
    def day(self) -> str:
        """The day in Japan, 2026-03-01."""
        return self.at.split(" ")[0]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def history(wp: Workplace, key: str) -> list[Made]:
    with wp.store.read() as session:
        one = assessments.by_key(session, key.split("~")[0].split("@")[0])
        rounds = {}
        for round_ in session.scalars(select(Round).where(Round.assessment_id == one.id)):
            rounds[round_.id] = round_.name
        wanted = (
            Version.id,
            Version.seq,
            Version.parent_id,
            Version.round_id,
            Version.actor,
            Version.role,
            Version.at,
            Version.why,
            Version.digest,
            Version.form,
        )
        versions = session.execute(
            select(*wanted).where(Version.assessment_id == one.id).order_by(Version.seq)
        ).all()
        seqs = {}
        for version in versions:
            seqs[version.id] = version.seq
        shown = {}
        for name, words in session.execute(select(Account.name, Account.shown)):
            shown[name] = words
        mades = []
        for version in versions:
            mades.append(
                Made(
                    f"{one.key}@{version.seq}",
                    version.seq,
                    seqs.get(version.parent_id) if version.parent_id else None,
                    rounds.get(version.round_id, "本線") if version.round_id else "本線",
                    shown.get(version.actor) or version.actor,
                    ROLES.get(version.role, version.role),
                    in_japan(version.at).strftime("%Y-%m-%d %H:%M"),
                    version.why,
                    version.digest,
                    version.form,
                )
            )
        return mades


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
    rows: tuple[Row, ...]
    procedure_rows: tuple[Row, ...]
    material: tuple[Row, ...]
    exempt: tuple[Row, ...]
    base_ref: str
    head_ref: str


@dataclass(frozen=True, slots=True)
class RoundView(RoundLine):
    """A round as its own page shows it: also what the next step still needs, what was done, and whether table and text agree.

    `proved` are the disagreements of the table that was made; `no_table` says that none was made yet; `table_rows` counts its rows, None where nothing changed.
    `checked` counts the points the next submission is checked for. `hearing_due` is the usual length of a consultation in days where one is due, else 0.
    `asked` are ※ items nobody has answered for."""

    next_steps: tuple[tuple[steps.Step, tuple[steps.Unmet, ...]], ...]
    events: tuple[Mapping[str, Any], ...]
    proved: tuple[str, ...]
    no_table: bool
    table_rows: int | None
    checked: int
    hearing_due: int
    asked: tuple[Row, ...]


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
    """What a page that is opened at every edit says of a round: nothing that has to be worked out from its text."""

    ref: str
    kind: str
    title: str
    reasons: tuple[str, ...]
    base_ref: str


def round_head(wp: Workplace, ref: str) -> RoundHead:
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
            _kind(round_),
            _title(round_, events(session, round_)),
            tuple(round_.reasons),
            f"{at.assessment.key}@{base.seq}" if base else "",
        )


def _kind(round_: Round) -> str:
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
    with wp.store.read() as session:
        at = line(session, ref)
        if at.round is None:
            raise PiaError(f"{ref} は再実施・修正ではありません。")
        return _round_view(session, wp, at, today)


def _round_view(session: Session, wp: Workplace, at: Line, today: date) -> RoundView:
    round_: Round = at.round  # type: ignore[assignment]
    rev = revision(session, round_)
    # What is checked is the whole text; what is shown is what this reader may see of it.
    known = facts(session, wp, at, today, None if nodes.seen_in_part() else rev, together=True)
    listed = round_line(session, wp, at, rev)
    table = table_of(session, wp, at)
    acts = {}
    for x in steps.steps(table, at.assessment.kind, round_.kind):
        acts[x.event] = x.act
    of = (
        select(filing.Submission)
        .where(filing.Submission.round_id == round_.id)
        .order_by(filing.Submission.id)
    )
    sent = []
    for x in session.scalars(of):
        sent.append({"document_number": x.document_number, "decided": x.decided})
    return RoundView(
        **{field.name: getattr(listed, field.name) for field in fields(RoundLine)},
        next_steps=tuple(
            (x, steps.unmet(wp.rules, x, known)) for x in steps.possible(table, known)
        ),
        events=tuple(
            {
                "event": event.event,
                "words": acts.get(event.event) or EVENTS.get(event.event, event.event),
                "state": procedures.state_name(wp, event.state, table),
                "at": in_japan(event.at),
                "actor": shown_name(session, event.actor),
                "warnings": event.facts.get("warnings", []),
                "told": _told(
                    event.facts if event.event != "submit" else sent.pop(0) if sent else {}
                ),
            }
            for event in events(session, round_)
        ),
        proved=known.table_problems,
        no_table=known.table_problems == (NO_TABLE,),
        table_rows=frozen_rows(session, round_),
        checked=sum(
            len(x.guards)
            for x in steps.steps(table, at.assessment.kind, round_.kind)
            if x.event == "submit"
        ),
        hearing_due=int(wp.rules["rules"]["R7"]["days"])
        if round_.kind == "REASSESSMENT" and at.assessment.kind == "all_item"
        else 0,
        asked=rev.materiality.asked if round_.kind == "CORRECTION" else (),
    )


def round_line(session: Session, wp: Workplace, at: Line, rev: Revision) -> RoundLine:
    """A round with the days of its rows."""
    round_: Round = at.round  # type: ignore[assignment]
    pub = session.scalars(
        select(filing.Publication)
        .where(filing.Publication.round_id == round_.id)
        .order_by(filing.Publication.id.desc())
    ).first()
    dated = dated_rows(
        session, round_, rev, pub.day if pub else None, written(pub.day) if pub else None
    )
    return _round_line(session, wp, at, rev, dated, days.record(session, round_))


def strip_of(
    session: Session, wp: Workplace, kind: str, rec: days.Record
) -> tuple[Mapping[str, Any], ...]:
    """The strip of a round by the procedure it goes by."""
    return strip(procedures.of_round(session, wp, kind, rec.round.kind, rec.events), kind, rec)


def strip(table: Mapping[str, Any], kind: str, rec: days.Record) -> tuple[Mapping[str, Any], ...]:
    """The steps of a round in the order of the procedure's table: `where` it stands (done, now,
    later; stopped where it was withdrawn), whether it is
    `over`, its `day` (the last of what is over, the first of what runs), and in `words` the same as
    people read it. What is still to come has no day."""
    on_track = {"DRAFTING", *(x.to for x in steps.steps(table, kind, rec.round.kind))}
    stages = []
    for x in table["strip"]:
        if x in on_track:
            stages.append(x)
    states = []
    for event in rec.events:
        states.append(event.state)
    left = next((x for x in reversed(states) if x != "WITHDRAWN"), rec.state)
    if left == "PUBLISHED":
        here = len(stages)
    else:
        here = _stage(stages, left)
    spans = rec.spans()
    out = []
    for index, x in enumerate(stages):
        if rec.state != "WITHDRAWN":
            there = "now"
        else:
            there = "stopped"
        if index < here:
            where = "done"
        elif index == here:
            where = there
        else:
            where = "later"
        if where in ("done", "now"):
            span = spans.get(x, days.Span())
        else:
            span = days.Span()
        over = where == "done" or (where == "now" and span.settled)
        if over:
            shown = span.until
        else:
            shown = span.since
        out.append(
            {
                "state": x,
                "name": table["states"][x],
                "day": shown,
                "words": span.words(over),
                "where": where,
                "over": over,
            }
        )
    return tuple(out)


def _stage(stages: Sequence[str], state: str) -> int:
    """The place of a state on the strip; one that has none stands just before 提出 (点検済み: at the
    check)."""
    if state in stages:
        return stages.index(state)
    if "SUBMITTED" in stages:
        submitted = stages.index("SUBMITTED")
    else:
        submitted = len(stages)
    return submitted - (state == "REVIEWED")


def _round_line(
    session: Session, wp: Workplace, at: Line, rev: Revision, rows: Sequence[Row], rec: days.Record
) -> RoundLine:
    round_: Round = at.round  # type: ignore[assignment]
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
        _kind(round_),
        round_.state,
        procedures.state_name(wp, round_.state, table),
        tuple(round_.reasons),
        round_.change_date,
        strip(table, at.assessment.kind, rec),
        tuple(x for x in rows if not x.procedure),
        tuple(x for x in rows if x.procedure),
        rev.materiality.material,
        rev.materiality.exempt,
        f"{at.assessment.key}@{base.seq}" if base else "",
        f"{at.assessment.key}@{head.seq}" if head else "",
    )


def rounds(wp: Workplace) -> list[RoundLine]:
    """All rounds, without their rows' days and without asking what their next steps need: that is for the page of one. As many queries for many rounds as
    for one."""
    with wp.store.read() as session:
        found = session.scalars(
            select(Round).where(Round.head_id.is_not(None)).order_by(Round.id)
        ).all()
        wanted = {index for round_ in found for index in (round_.base_id, round_.head_id) if index}
        documents = {}
        for assessment in session.scalars(select(Assessment)):
            documents[assessment.id] = assessment
        versions = session.scalars(select(Version).where(Version.id.in_(wanted))).all()
        nodes.met(session, ((version.id, version.form, version.digest) for version in versions))
        _alive = (
            versions,
            session.scalars(select(Affair)).all(),
        )  # `get` finds them without asking again
        notes = filing.all_round_notes(session)
        done = dict[int, list[RoundEvent]]()
        for round_event in session.scalars(select(RoundEvent).order_by(RoundEvent.seq)):
            done.setdefault(round_event.round_id, []).append(round_event)
        out = []
        for rec in days.records(session, found, done):
            round_ = rec.round
            rev = revision(session, round_, notes.get(round_.id, {}))
            out.append(
                _round_line(
                    session, wp, Line(documents[round_.assessment_id], round_), rev, rev.rows, rec
                )
            )
        return out


@dataclass(frozen=True, slots=True)
class AffairView:
    """One affair with its documents, counts, judgement and duties."""

    key: str
    number: str
    name: str
    body: str
    facts: Mapping[str, Any]
    judgement: threshold.Judgement | None
    counted: date | None
    people: int | None
    handlers: int | None
    duties: tuple[duty_rules.Duty, ...]
    after: tuple[duty_rules.After, ...] = ()


def affair_view(wp: Workplace, key: str, today: date) -> AffairView:
    from ...store.rows.bodies import Body

    with wp.store.read() as session:
        one = assessments.by_key(session, key)
        affair = session.get_one(Affair, one.affair_id)
        counts = session.scalars(
            select(ThresholdFact)
            .where(ThresholdFact.affair_id == affair.id)
            .order_by(ThresholdFact.id.desc())
        ).first()
        pub = session.scalars(
            select(filing.Publication)
            .join(Version, Version.id == filing.Publication.version_id)
            .outerjoin(Round, Round.id == filing.Publication.round_id)
            .where(
                Version.assessment_id == one.id,
                (Round.id.is_(None)) | (Round.kind == "REASSESSMENT"),
            )
            .order_by(filing.Publication.id.desc())
        ).first()
        if counts:
            made = threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)
        else:
            made = None
        return AffairView(
            affair.key,
            affair.number,
            affair.name,
            session.get_one(Body, affair.body_id).name,
            affair.facts,
            made,
            counts.counted_people if counts else None,
            counts.people if counts else None,
            counts.handlers if counts else None,
            duty_rules.duties(pub.day if pub else None, None, affair.ended, today, wp.rules),
            _after_counts(session, wp, affair.id),
        )


def _after_counts(session: Session, wp: Workplace, affair_id: int) -> tuple[duty_rules.After, ...]:
    """What a rise of the threshold or a 重大事故 asks for, in its order, with what is done of it."""
    counts = basic_record.counts_of(session, affair_id)
    basic = basic_record.basic_of(session, affair_id)
    out = []
    risen = basic_record.pending_rise(session, affair_id, wp.thresholds)
    if risen is not None:
        corrected = basic is not None and basic_record.published_since(session, basic, risen.at)
        out.append(duty_rules.after_rise(risen.before, risen.after, risen.due, corrected, wp.rules))
    incident = basic_record.new_incident(counts)
    if incident is not None:
        documents = session.scalars(
            select(Assessment).where(Assessment.affair_id == affair_id).order_by(Assessment.id)
        ).all()
        named = []
        for x in documents:
            named.append(
                (
                    forms.KIND_NAMES.get(x.kind, x.kind),
                    basic_record.published_since(session, x, incident),
                )
            )
        if not all(done for _, done in named):
            out.append(duty_rules.after_incident(named, wp.rules))
    return tuple(out)


def plan(wp: Workplace) -> list[tuple[str, Mapping[str, Any]]]:
    """The head of each body's 計画管理書."""
    from ...store.rows.bodies import Body

    with wp.store.read() as session:
        pairs: list[tuple[str, Mapping[str, Any]]] = []
        for body in session.scalars(select(Body).order_by(Body.id)):
            if found := plan_rows.plan_head(session, body.id):
                pairs.append((body.name, found.facts))
        return pairs


def document(wp: Workplace, ref: str) -> tuple[str, Tree]:
    with wp.store.read() as session:
        version = assessments.resolve(session, ref)
        return (
            f"{session.get_one(Assessment, version.assessment_id).key}@{version.seq}",
            nodes.recent(session, version.id),
        )


def record(
    wp: Workplace, before: int | None = None, actor: str = "", most: int = 100
) -> list[log.AuditEntry]:
    """The audit log from the newest entry back, `most` at a time, of one actor if named."""
    with wp.store.read() as session:
        found = (
            select(log.AuditEntry)
            .where(log.AuditEntry.chain == log.MAIN)
            .order_by(log.AuditEntry.seq.desc())
            .limit(most)
        )
        if before is not None:
            found = found.where(log.AuditEntry.seq < before)
        if actor:
            found = found.where(log.AuditEntry.actor == actor)
        return list(session.scalars(found))


def outward(wp: Workplace, ref: str) -> tuple[list[tuple[str, date, str]], str | None]:
    """(the further days of a round: kind, day and note; SHA-256 of the bundle that was submitted or None)."""
    with wp.store.read() as session:
        round_ = line(session, ref).round
        if round_ is None:
            raise PiaError(f"{ref} は再実施・修正ではありません。")
        days = {}
        for outward_date in session.scalars(
            select(filing.OutwardDate)
            .where(filing.OutwardDate.round_id == round_.id)
            .order_by(filing.OutwardDate.id)
        ):
            days[outward_date.kind] = (outward_date.kind, outward_date.day, outward_date.note)
        sent = session.scalars(
            select(filing.Submission.sent)
            .where(filing.Submission.round_id == round_.id)
            .order_by(filing.Submission.id.desc())
        ).first()
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
class Decided:
    """How a person took the change of a ※ item, and why."""

    choice: str
    reason: str
    who: str
    at: datetime


def decisions(wp: Workplace, ref: str) -> dict[Path, Decided]:
    """What counts of a round's ※ items, by path."""
    with wp.store.read() as session:
        round_ = line(session, ref).round
        if round_ is None:
            return {}
        decideds = {}
        for key, value in filing.round_notes(session, round_.id).items():
            decideds[key] = Decided(
                CHOICES.get(value.choice, value.choice),
                value.reason,
                shown_name(session, value.actor),
                in_japan(value.at),
            )
        return decideds


def kept(wp: Workplace, name: str) -> bytes:
    """A kept file by its SHA-256."""
    with wp.store.read() as session:
        return nodes.get_blob(session, name)


def files_of(wp: Workplace, ref: str) -> list[tuple[str, str]]:
    """(key, name) of the ファイル of a line's head."""
    from ...domain.change.describe import names

    with wp.store.read() as session:
        at = line(session, ref)
        if at.head_id is None:
            return []
        tree = nodes.recent(session, at.head_id)
        found = names(forms.load(tree.form), tree)
        part = tree.find(("II",))
        pairs = []
        for child in part.children if part is not None else ():
            if ("II", child.key) in found:
                pairs.append((child.key, found[("II", child.key)][1] or child.key))
        return pairs
