"""Moves a round through the procedure: gathers what is known, asks the table, and records the step with what it rests on.

Knows where each fact is stored. The rules themselves are in `domain.procedure.steps` and its data; nothing is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain import wareki
from ...domain.act import By, day_in_japan, day_of_text
from ...domain.change.describe import citation, names
from ...domain.document.form import Form, reviewed
from ...domain.document.items import text_of
from ...domain.document.tree import LEAVES, Path, Tree, walk
from ...domain.errors import PiaError, Refused
from ...domain.procedure import change_table, material, steps, threshold
from ...domain.procedure.change_table import Row
from ...domain.revise.form_move import migrate
from ...domain.withheld.marked import of_value
from ...store import nodes
from ...store.rows import assessments, consultation, council, filing, papers
from ...store.rows import plan as plan_rows
from ...store.rows.assessments import Assessment, Round, RoundEvent, Version
from ...store.rows.bodies import Affair, Body, ThresholdFact
from ..keeping import personal
from ..workplace import Line, Workplace, line
from . import basic, on_record, procedures

NO_TABLE = "変更箇所の表がまだ作られていません"
# What the procedure fills in and must not be blank in a 全項目評価書 (R9); the commission's approval is for national bodies only.
FILLED = {
    "all_item": (
        "VI/1/1",
        "VI/1/2",
        "VI/2/1",
        "VI/2/2",
        "VI/2/4",
        "VI/2/5",
        "VI/3/1",
        "VI/3/2",
        "VI/3/3",
    ),
    "key_item": ("V/1/1", "V/1/2"),
}


@dataclass(frozen=True, slots=True)
class Revision:
    """A round's text beside what was published: both trees, the rows between them with their notes, and what counts as 重要な変更."""

    form: Form
    base: Tree
    head: Tree
    rows: tuple[Row, ...]
    materiality: material.Materiality

    @property
    def own_rows(self) -> tuple[Row, ...]:
        """The changed items, without what the procedure fills in and without bare entries."""
        return tuple(r for r in self.rows if not r.procedure)

    @property
    def procedure_rows(self) -> tuple[Row, ...]:
        return tuple(r for r in self.rows if r.procedure)


def seen_marks(s: Session, form: Form) -> Callable[[Row], bool]:
    """Whether the ※ of a row's item was seen: in a text, in a published document, or in a blank this city registered and checked."""
    known: dict[str, set[str]] = s.info.setdefault(
        "seen_marks", {}
    )  # asked once a form and session: lists ask for many rounds
    if form.id not in known:
        kept = papers.confirmation_of(s, form.id)
        known[form.id] = (
            {node for node, printed in kept.nodes.items() if printed} if kept else set()
        )
    marks = known[form.id]

    def seen(row: Row) -> bool:
        found = form.by_id.get(row.item)
        return row.item in marks or bool(found and found.mark_seen)

    return seen


def revision(
    s: Session, r: Round, notes: Mapping[Path, filing.RoundNote] | None = None
) -> Revision:
    """The round's base and head and what lies between; a base on an older form is moved to the head's form first (R30). `notes`: those of the round, where
    they are read already."""
    head = nodes.recent(s, r.head_id)  # type: ignore[arg-type]
    form = forms.load(head.form)
    base = moved_base(nodes.recent(s, r.base_id), form) if r.base_id else Tree(head.form)
    table = _rows(form, base, head)
    notes = filing.round_notes(s, r.id) if notes is None else notes
    decisions = {p: material.Decision(n.choice, n.reason) for p, n in notes.items()}
    return Revision(form, base, head, table, material.judge(table, decisions, seen_marks(s, form)))


@lru_cache(maxsize=128)
def _rows(form: Form, base: Tree, head: Tree) -> tuple[Row, ...]:
    """The rows between two texts. Versions never change, and every page of a round asks for them."""
    return change_table.rows(form, base, head)


def moved_base(base: Tree, form: Form) -> Tree:
    """An earlier text on the form of the later one, so that a new form is not shown as hundreds of edits (R30)."""
    return base if base.form == form.id else migrate(base, forms.load(base.form), form)[0]


def events(s: Session, r: Round) -> list[RoundEvent]:
    return list(
        s.scalars(select(RoundEvent).where(RoundEvent.round_id == r.id).order_by(RoundEvent.seq))
    )


def consultation_of(s: Session, r: Round) -> consultation.Consultation | None:
    joined = (
        select(consultation.Consultation)
        .join(consultation.consultation_round)
        .where(consultation.consultation_round.c.round_id == r.id)
    )
    return s.scalars(joined.order_by(consultation.Consultation.id.desc())).first()


def referral_of(s: Session, r: Round) -> council.Referral | None:
    joined = (
        select(council.Referral)
        .join(council.ReferralRound)
        .where(council.ReferralRound.round_id == r.id)
    )
    return s.scalars(joined.order_by(council.Referral.id.desc())).first()


def verdict_of(s: Session, referral: council.Referral | None) -> council.Verdict | None:
    if referral is None:
        return None
    return s.scalars(
        select(council.Verdict)
        .where(council.Verdict.referral_id == referral.id)
        .order_by(council.Verdict.id.desc())
    ).first()


def frozen_table(s: Session, r: Round) -> tuple[Row, ...] | None:
    """The change table a person made for this round (`filing.make_table`), as it was kept; None before."""
    made = [e for e in events(s, r) if e.event == "table"]
    if not made:
        return None
    kept = made[-1].facts["table"]
    if nodes.is_emptied(s, kept):  # 廃棄: how many rows there were, the event says still
        return ()
    return change_table.from_json(json.loads(nodes.get_blob(s, kept)))


def frozen_rows(s: Session, r: Round) -> int | None:
    """How many rows the change table of a round has; None before it was made."""
    made = [e for e in events(s, r) if e.event == "table"]
    return int(made[-1].facts["rows"]) if made else None


def dated_rows(
    s: Session, r: Round, rev: Revision, published: date | None, words: str | None
) -> tuple[Row, ...]:
    """The rows with 変更日, 提出時期 and 説明: what a person noted wins over what the dates give."""
    notes: dict[Path, Mapping[str, Any]] = {
        p: {
            "date": n.date.isoformat() if n.date else None,
            "timing": n.timing,
            "explanation": n.explanation,
        }
        for p, n in filing.change_notes(s, r.id).items()
    }
    usual_words = rev.materiality.words(r.kind)
    return change_table.dated(
        rev.rows,
        notes,
        published=published,
        change=r.change_date,
        words=words,
        usual_words=usual_words,
    )


def table_of(s: Session, wp: Workplace, at: Line) -> Mapping[str, Any]:
    """The procedure this round goes by."""
    r: Round = at.round  # type: ignore[assignment]
    return procedures.of_round(s, wp, at.assessment.kind, r.kind, events(s, r))


@nodes.whole()
def facts(
    s: Session,
    wp: Workplace,
    at: Line,
    today: date,
    rev: Revision | None = None,
    *,
    together: bool = False,
) -> steps.Facts:
    """Everything the checks ask about one round, on one day. `together`: the 基礎項目評価書 of the case goes out in the same act."""
    r = at.round
    if r is None:
        raise PiaError(f"{at.ref} は再実施・修正ではありません。")
    rev = rev or revision(s, r)
    form, kind = rev.form, at.assessment.kind
    done = events(s, r)
    about = told(r, done)
    affair = s.get_one(Affair, at.assessment.affair_id)
    con, ref = consultation_of(s, r), referral_of(s, r)
    unanswered, unlinked = _opinions(s, con, r)
    known = on_record.of_round(s, r, on_record.due_words(s, wp, at.assessment))
    verdict = verdict_of(s, ref)
    sitting = s.get(council.Sitting, verdict.sitting_id) if verdict and verdict.sitting_id else None
    sitting = sitting or _sitting_of(s, ref, today)
    seats, present, need = _seats(s, sitting)
    head = s.get_one(Version, r.head_id)
    sub = s.scalars(
        select(filing.Submission)
        .where(filing.Submission.round_id == r.id)
        .order_by(filing.Submission.id.desc())
    ).first()
    pub = s.scalars(
        select(filing.Publication)
        .where(filing.Publication.round_id == r.id)
        .order_by(filing.Publication.id.desc())
    ).first()
    settled = [e for e in done if e.event == "review_fixed"]
    minor = [
        e.facts
        for e in done
        if e.event == "minor" and e.facts.get("digest") == head.reviewed_digest
    ]
    say = names(form, rev.base, rev.head)
    dated = dated_rows(s, r, rev, pub.day if pub else today, "")
    counts = s.scalars(
        select(ThresholdFact)
        .where(ThresholdFact.affair_id == affair.id)
        .order_by(ThresholdFact.id.desc())
    ).first()
    judged = (
        threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)
        if counts
        else None
    )
    basic_missing, disagrees = basic.disagreeing(s, affair, at.assessment, rev.head)
    risen = basic.pending_rise(s, affair.id, wp.thresholds)
    since = min(r.at, risen.at) if risen else r.at
    least = int(wp.rules["rules"]["R7"]["days"])
    considered = not known.opinions or bool(settled) or not unanswered
    plan = plan_rows.plan_head(s, affair.body_id)
    numbers_open, personal_open = personal.waiting(personal.of_round(s, r))
    return steps.Facts(
        today=today,
        form_kind=kind,
        round_kind=r.kind,
        state=r.state,
        changed=len(rev.own_rows),
        material=len(rev.materiality.material),
        material_confirmed=len(rev.materiality.confirmed),
        questions=tuple(x.citation for x in rev.materiality.asked),
        unreasoned=tuple(x.citation for x in rev.materiality.unreasoned),
        due=judged.due if judged else "",
        due_sentence=judged.sentence if judged else "",
        counted=min(counts.counted_people, counts.counted_handlers) if counts else None,
        basic_missing=basic_missing,
        basic_disagrees=disagrees,
        basic_unsubmitted=basic.unsubmitted(s, at.assessment, r, since, together),
        basic_unpublished=basic.unpublished(s, at.assessment, r, since, together),
        basic_before_rise=basic.before_rise(s, at.assessment, risen),
        plan_missing=""
        if plan
        else f"{s.get_one(Body, affair.body_id).name}の担当部署などが登録されていません",
        withheld_in_basic=_unlawful(form, rev.head, kind, wp, say),
        number_missing="" if affair.number.strip() else affair.name,
        uncounted=tuple(
            _label(form, p, say)
            for p in ("II/1/b", "II/2/b")
            if kind == "basic_item" and not text_of(rev.head.find(tuple(p.split("/"))))
        ),
        announced=con.announced if con else None,
        starts=con.start if con else None,
        ends=con.end if con else None,
        shortened_reason=str(con.facts.get("shortened_reason", "")) if con else "",
        unanswered=unanswered,
        unlinked=unlinked,
        unconsidered=0 if considered else known.opinions,
        unchecked_viewpoints=sum(map(len, wp.rules["viewpoints"].values()))
        - len(r.facts.get("viewpoints", {}) if r.facts else {}),
        review_fixed=day_of_text(settled[-1].facts["day"]) if settled else None,
        members=seats,
        present=present,
        quorum=need,
        open_remarks=tuple(
            personal.outward(s, q)[:20] + "…" for q in council.open_remarks(s, ref.id)
        )
        if ref
        else (),
        verdict=verdict.kind if verdict else "",
        verdict_digest=dict((int(k), v) for k, v in verdict.reviewed).get(r.id, "")
        if verdict
        else "",
        passing=tuple(wp.rules["passing_verdicts"]),
        checked=on_record.day_of(s, verdict) if verdict else None,
        head_digest=head.digest,
        head_reviewed=head.reviewed_digest,
        minor_after_review=tuple(m["reason"] for m in minor),
        table_problems=table_problems(s, r, rev),
        notes_missing=tuple(
            x.citation for x in dated if not x.procedure and not (x.timing and x.explanation)
        ),
        blank_procedure_items=tuple(
            _label(form, p, say)
            for p in FILLED.get(kind, ())
            if not text_of(rev.head.find(tuple(p.split("/"))))
        ),
        differs_from_record=on_record.differences(
            form, rev.base, rev.head, known, r.kind, least, say
        ),
        cover_day=_cover_day(rev.head),
        table_day=next(
            (_day(e.facts.get("published")) for e in reversed(done) if e.event == "table"), None
        ),
        construction=_day(about.get("construction")),
        requirements_end=_day(about.get("requirements_fixed")),
        submitted=day_in_japan(sub.at) if sub else None,
        submitted_digest=sub.digest if sub else "",
        published=pub.day if pub else None,
        change_date=r.change_date,
        linkage_date=_day(about.get("linkage_date")),
        emergency=basic.emergency(s, at.assessment, r, str(about.get("emergency", ""))),
        numbers_open=tuple(x.where for x in numbers_open),
        personal_open=tuple(x.where for x in personal_open),
        overruled=frozenset(
            (str(e.facts["rule"]), str(e.facts["sentence"])) for e in done if e.event == "overrule"
        ),
    )


def told(r: Round, done: Sequence[RoundEvent]) -> dict[str, Any]:
    """What people said of a round: when it was opened, and since. The latest counts."""
    out = dict(r.facts or {})
    for e in done:
        if e.event in ("open", "emergency"):
            out |= e.facts
    return out


def _cover_day(tree: Tree) -> date | None:
    """公表日 of the cover; None where it is empty or no whole day."""
    found = wareki.parse(text_of(tree.find(("C", "7"))))
    return day_of_text(found) if found and len(found) == len("2026-03-01") else None


def _unlawful(form: Form, tree: Tree, kind: str, wp: Workplace, say: Any) -> tuple[str, ...]:
    """Items of a 基礎項目評価書 that are withheld on a ground it may not use (R34), or on none that is recorded."""
    if kind != "basic_item":
        return ()
    lawful = {name for name, ground in wp.rules["grounds"].items() if kind in ground["kinds"]}
    found = [
        p[:-1] if n.kind in LEAVES else p
        for p, n in walk(tree)
        if any(m.get("ground") not in lawful for m in of_value(n.value))
    ]
    return tuple(dict.fromkeys(citation(form, p, say) for p in found))


def _day(text: Any) -> date | None:
    return day_of_text(text) if text else None


def _label(form: Form, path: str, say: Any) -> str:
    return citation(form, tuple(path.split("/")), say)


def table_problems(s: Session, r: Round, rev: Revision) -> tuple[str, ...]:
    table = frozen_table(s, r)
    if table is None:
        return (NO_TABLE,) if rev.rows else ()
    return change_table.prove(rev.form, rev.base, rev.head, table)


def _opinions(
    s: Session, con: consultation.Consultation | None, r: Round
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Opinions without the city's view, and 案を修正 without a changed place in this document."""
    if con is None:
        return (), ()
    found = consultation.in_time(s, con.id)
    replies = consultation.responses(s, con.id)
    adopted = {(a.opinion_id, a.assessment_id) for a in s.scalars(select(consultation.Adoption))}
    key = s.get_one(Assessment, r.assessment_id).key
    unlinked = [
        o
        for o in found
        if (p := replies.get(o.id))
        and p.outcome == "AMENDED"
        and (not o.keys or key in o.keys)
        and (o.id, r.assessment_id) not in adopted
    ]
    return tuple(f"意見{o.number}" for o in found if o.id not in replies), tuple(
        f"意見{o.number}" for o in unlinked
    )


def _sitting_of(s: Session, ref: council.Referral | None, today: date) -> council.Sitting | None:
    if ref is None:
        return None
    near = select(council.Sitting).where(
        council.Sitting.council_id == ref.council_id, council.Sitting.day <= today
    )
    return s.scalars(near.order_by(council.Sitting.day.desc())).first()


def _seats(s: Session, sitting: council.Sitting | None) -> tuple[int, int, int]:
    """Members in office that day, members present, and the quorum."""
    if sitting is None:
        return 0, 0, 1
    seats = council.in_office(s, sitting.council_id, sitting.day)
    there = s.scalars(
        select(council.Attendance).where(
            council.Attendance.sitting_id == sitting.id, council.Attendance.present.is_(True)
        )
    ).all()
    need = s.get_one(council.Council, sitting.council_id).facts.get("quorum") or len(seats) // 2 + 1
    return len(seats), len(there), int(need)


def move_in(
    s: Session,
    wp: Workplace,
    by: By,
    at: Line,
    event: str,
    about: Mapping[str, Any],
    rev: Revision | None = None,
) -> RoundEvent:
    """Takes one step within an open transaction. Refused, listing what is missing, when a blocking check is not met or the role may not do it. Warnings are
    kept with the step."""
    known = facts(s, wp, at, by.day, rev)
    one = steps.step(table_of(s, wp, at), known, event)
    if by.role not in one.who:
        raise Refused(f"「{one.act}」は、この役割では行えません。事務局に依頼してください。")
    missing = steps.unmet(wp.rules, one, known)
    blocking = [u for u in missing if u.blocks]
    if blocking:
        raise Refused(
            f"{at.ref}：「{one.act}」は、まだできません。",
            tuple(f"{u.sentence}（{u.source}）" for u in blocking),
        )
    warnings = [{"rule": u.rule, "sentence": u.sentence} for u in missing]
    return assessments.step(
        s, at.round, event, one.to, {**about, **({"warnings": warnings} if warnings else {})}, by
    )  # type: ignore[arg-type]


def move(
    wp: Workplace, by: By, where: str, event: str, about: Mapping[str, Any] | None = None
) -> str:
    """Takes one step of the procedure that has no act of its own (取下げ, 点検のやり直し, a city's own stages). Returns the new state."""
    from ...store.ledger import log

    with wp.store.begin() as s:
        at = line(s, where)
        made = move_in(s, wp, by, at, event, about or {})
        log.entry(s, by, f"round.{event}", where, {"state": made.state})
        return made.state


def reviewed_digest(form: Form, tree: Tree) -> str:
    return reviewed(form, tree).digest
