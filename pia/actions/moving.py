"""Moves a round through the procedure: gathers what is known, asks the table, and records the step with what it rests on.

Knows where each fact is stored. The rules themselves are in `domain.procedure` and its data; nothing is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import forms
from ..domain import change_table, material, procedure, threshold
from ..domain.act import By, day_in_japan, day_of_text
from ..domain.change_table import Row
from ..domain.describe import citation, names
from ..domain.errors import PiaError, Refused
from ..domain.form import Form, reviewed
from ..domain.items import text_of
from ..domain.migrate import migrate
from ..domain.tree import Path, Tree
from ..store import assessments, consultation, council, filing, nodes, registers
from ..store.assessments import Assessment, Round, RoundEvent, Version
from ..store.bodies import Affair, ThresholdFact
from .workplace import Line, Workplace, line

# What the procedure fills in and must not be blank in a 全項目評価書 (R9); the commission's approval is for national bodies only.
FILLED = {"all_item": ("VI/1/1", "VI/1/2", "VI/2/1", "VI/2/2", "VI/2/4", "VI/2/5", "VI/3/1", "VI/3/2", "VI/3/3"), "key_item": ("V/1/1", "V/1/2")}


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


def revision(s: Session, r: Round, notes: Mapping[Path, filing.RoundNote] | None = None) -> Revision:
    """The round's base and head and what lies between; a base on an older form is moved to the head's form first (R30). `notes`: those of the round, where
    they are read already."""
    head = nodes.recent(s, r.head_id)  # type: ignore[arg-type]
    form = forms.load(head.form)
    base = moved_base(nodes.recent(s, r.base_id), form) if r.base_id else Tree(head.form)
    table = _rows(form, base, head)
    notes = filing.round_notes(s, r.id) if notes is None else notes
    decisions = {p: material.Decision(n.choice, n.reason) for p, n in notes.items()}
    return Revision(form, base, head, table, material.judge(table, decisions))


@lru_cache(maxsize=128)
def _rows(form: Form, base: Tree, head: Tree) -> tuple[Row, ...]:
    """The rows between two texts. Versions never change, and every page of a round asks for them."""
    return change_table.rows(form, base, head)


def moved_base(base: Tree, form: Form) -> Tree:
    """An earlier text on the form of the later one, so that a new form is not shown as hundreds of edits (R30)."""
    return base if base.form == form.id else migrate(base, forms.load(base.form), form)[0]


def events(s: Session, r: Round) -> list[RoundEvent]:
    return list(s.scalars(select(RoundEvent).where(RoundEvent.round_id == r.id).order_by(RoundEvent.seq)))


def consultation_of(s: Session, r: Round) -> consultation.Consultation | None:
    joined = select(consultation.Consultation).join(consultation.consultation_round).where(consultation.consultation_round.c.round_id == r.id)
    return s.scalars(joined.order_by(consultation.Consultation.id.desc())).first()


def referral_of(s: Session, r: Round) -> council.Referral | None:
    joined = select(council.Referral).join(council.ReferralRound).where(council.ReferralRound.round_id == r.id)
    return s.scalars(joined.order_by(council.Referral.id.desc())).first()


def verdict_of(s: Session, referral: council.Referral | None) -> council.Verdict | None:
    if referral is None:
        return None
    return s.scalars(select(council.Verdict).where(council.Verdict.referral_id == referral.id).order_by(council.Verdict.id.desc())).first()


def frozen_table(s: Session, r: Round) -> tuple[Row, ...] | None:
    """The change table a person made for this round (`filing.make_table`), as it was kept; None before."""
    made = [e for e in events(s, r) if e.event == "table"]
    if not made:
        return None
    return change_table.from_json(json.loads(nodes.get_blob(s, made[-1].facts["table"])))


def dated_rows(s: Session, r: Round, rev: Revision, published: date | None, words: str | None) -> tuple[Row, ...]:
    """The rows with 変更日, 提出時期 and 説明: what a person noted wins over what the dates give."""
    notes: dict[Path, Mapping[str, Any]] = {
        p: {"date": n.date.isoformat() if n.date else None, "timing": n.timing, "explanation": n.explanation} for p, n in filing.change_notes(s, r.id).items()
    }
    return change_table.dated(rev.rows, notes, published=published, change=r.change_date, words=words)


def facts(s: Session, wp: Workplace, at: Line, today: date, rev: Revision | None = None) -> procedure.Facts:
    """Everything the checks ask about one round, on one day."""
    r = at.round
    if r is None:
        raise PiaError(f"{at.ref} は再実施・修正ではありません。")
    rev = rev or revision(s, r)
    form, kind = rev.form, at.assessment.kind
    done = events(s, r)
    affair = s.get_one(Affair, at.assessment.affair_id)
    con, ref = consultation_of(s, r), referral_of(s, r)
    unanswered, unlinked = _opinions(s, con, r)
    verdict = verdict_of(s, ref)
    sitting = s.get(council.Sitting, verdict.sitting_id) if verdict and verdict.sitting_id else None
    sitting = sitting or _sitting_of(s, ref, today)
    seats, present, need = _seats(s, sitting)
    head = s.get_one(Version, r.head_id)
    sub = s.scalars(select(filing.Submission).where(filing.Submission.round_id == r.id).order_by(filing.Submission.id.desc())).first()
    pub = s.scalars(select(filing.Publication).where(filing.Publication.round_id == r.id).order_by(filing.Publication.id.desc())).first()
    settled = [e for e in done if e.event == "review_fixed"]
    minor = [e.facts for e in done if e.event == "minor" and e.facts.get("digest") == head.reviewed_digest]
    say = names(form, rev.base, rev.head)
    dated = dated_rows(s, r, rev, pub.day if pub else today, "")
    counts = s.scalars(select(ThresholdFact).where(ThresholdFact.affair_id == affair.id).order_by(ThresholdFact.id.desc())).first()
    judged = threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds) if counts else None
    basic_missing, disagrees = _basic(s, affair, at.assessment, rev.head)
    return procedure.Facts(
        today=today,
        form_kind=kind,
        round_kind=r.kind,
        state=r.state,
        changed=len(rev.own_rows),
        material=len(rev.materiality.material),
        unreasoned=tuple(x.citation for x in rev.materiality.unreasoned),
        due=judged.due if judged else "",
        due_sentence=judged.sentence if judged else "",
        counted=min(counts.counted_people, counts.counted_handlers) if counts else None,
        basic_missing=basic_missing,
        basic_disagrees=disagrees,
        number_missing="" if registers.plan_head(s, affair.body_id) and affair.number else f"評価書番号{affair.number}",
        uncounted=tuple(_label(form, p, say) for p in ("II/1/b", "II/2/b") if kind == "basic_item" and not text_of(rev.head.find(tuple(p.split("/"))))),
        announced=con.announced if con else None,
        starts=con.start if con else None,
        ends=con.end if con else None,
        shortened_reason=str(con.facts.get("shortened_reason", "")) if con else "",
        unanswered=unanswered,
        unlinked=unlinked,
        unchecked_viewpoints=sum(map(len, wp.rules["viewpoints"].values())) - len(r.facts.get("viewpoints", {}) if r.facts else {}),
        review_fixed=day_of_text(settled[-1].facts["day"]) if settled else None,
        members=seats,
        present=present,
        quorum=need,
        open_remarks=tuple(q.text[:20] + "…" for q in council.open_remarks(s, ref.id)) if ref else (),
        verdict=verdict.kind if verdict else "",
        verdict_digest=dict((int(k), v) for k, v in verdict.reviewed).get(r.id, "") if verdict else "",
        passing=tuple(wp.rules["passing_verdicts"]),
        checked=sitting.day if sitting and verdict else None,
        head_digest=head.digest,
        head_reviewed=head.reviewed_digest,
        minor_after_review=tuple(m["reason"] for m in minor),
        table_problems=_table_problems(s, r, rev),
        notes_missing=tuple(x.citation for x in dated if not x.procedure and not (x.timing and x.explanation)),
        blank_procedure_items=tuple(_label(form, p, say) for p in FILLED.get(kind, ()) if not text_of(rev.head.find(tuple(p.split("/"))))),
        requirements_end=_day(r.facts.get("requirements_fixed")),
        submitted=day_in_japan(sub.at) if sub else None,
        submitted_digest=sub.digest if sub else "",
        published=pub.day if pub else None,
        change_date=r.change_date,
        linkage_date=_day(r.facts.get("linkage_date")),
    )


def _day(text: Any) -> date | None:
    return day_of_text(text) if text else None


def _label(form: Form, path: str, say: Any) -> str:
    return citation(form, tuple(path.split("/")), say)


def _table_problems(s: Session, r: Round, rev: Revision) -> tuple[str, ...]:
    table = frozen_table(s, r)
    if table is None:
        return ("変更箇所の表がまだ作られていません",) if rev.rows else ()
    return change_table.prove(rev.form, rev.base, rev.head, table)


def _opinions(s: Session, con: consultation.Consultation | None, r: Round) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Opinions without the city's view, and 案を修正 without a changed place in this document."""
    if con is None:
        return (), ()
    found = s.scalars(select(consultation.Opinion).where(consultation.Opinion.consultation_id == con.id).order_by(consultation.Opinion.number)).all()
    replies = consultation.responses(s, con.id)
    adopted = {(a.opinion_id, a.assessment_id) for a in s.scalars(select(consultation.Adoption))}
    key = s.get_one(Assessment, r.assessment_id).key
    unlinked = [
        o for o in found if (p := replies.get(o.id)) and p.outcome == "AMENDED" and (not o.keys or key in o.keys) and (o.id, r.assessment_id) not in adopted
    ]
    return tuple(f"意見{o.number}" for o in found if o.id not in replies), tuple(f"意見{o.number}" for o in unlinked)


def _sitting_of(s: Session, ref: council.Referral | None, today: date) -> council.Sitting | None:
    if ref is None:
        return None
    near = select(council.Sitting).where(council.Sitting.council_id == ref.council_id, council.Sitting.day <= today)
    return s.scalars(near.order_by(council.Sitting.day.desc())).first()


def _seats(s: Session, sitting: council.Sitting | None) -> tuple[int, int, int]:
    """Members in office that day, members present, and the quorum."""
    if sitting is None:
        return 0, 0, 1
    seats = council.in_office(s, sitting.council_id, sitting.day)
    there = s.scalars(select(council.Attendance).where(council.Attendance.sitting_id == sitting.id, council.Attendance.present.is_(True))).all()
    need = s.get_one(council.Council, sitting.council_id).facts.get("quorum") or len(seats) // 2 + 1
    return len(seats), len(there), int(need)


def _basic(s: Session, affair: Affair, one: Assessment, head: Tree) -> tuple[str, tuple[str, ...]]:
    """R3: the 基礎項目評価書 there must be, and what it says differently."""
    if one.kind == "basic_item":
        return "", ()
    basic = s.scalar(select(Assessment).where(Assessment.affair_id == affair.id, Assessment.kind == "basic_item"))
    if basic is None or basic.head_id is None:
        return affair.name, ()
    tree = nodes.recent(s, basic.head_id)
    pairs = {"対象人数": ("I/1/3", "II/1/a"), "評価書番号": ("C/1", "C/1")}
    both = {what: (text_of(head.find(tuple(a.split("/")))), text_of(tree.find(tuple(b.split("/"))))) for what, (a, b) in pairs.items()}
    return "", tuple(what for what, (a, b) in both.items() if a and b and a != b)


def move_in(s: Session, wp: Workplace, by: By, at: Line, event: str, about: Mapping[str, Any], rev: Revision | None = None) -> RoundEvent:
    """Takes one step within an open transaction. Refused, listing what is missing, when a blocking check is not met or the role may not do it. Warnings are
    kept with the step."""
    known = facts(s, wp, at, by.day, rev)
    one = procedure.step(wp.procedure, known, event)
    if by.role not in one.who:
        raise Refused(f"「{one.act}」は、この役割では行えません。事務局に依頼してください。")
    missing = procedure.unmet(wp.rules, one, known)
    blocking = [u for u in missing if u.blocks]
    if blocking:
        raise Refused(f"{at.ref}：「{one.act}」は、まだできません。", tuple(f"{u.sentence}（{u.source}）" for u in blocking))
    warnings = [{"rule": u.rule, "sentence": u.sentence} for u in missing]
    return assessments.step(s, at.round, event, one.to, {**about, **({"warnings": warnings} if warnings else {})}, by)  # type: ignore[arg-type]


def move(wp: Workplace, by: By, where: str, event: str, about: Mapping[str, Any] | None = None) -> str:
    """Takes one step of the procedure that has no act of its own (取下げ, 点検のやり直し, a city's own stages). Returns the new state."""
    from ..store import log

    with wp.store.begin() as s:
        at = line(s, where)
        made = move_in(s, wp, by, at, event, about or {})
        log.entry(s, by, f"round.{event}", where, {"state": made.state})
        return made.state


def reviewed_digest(form: Form, tree: Tree) -> str:
    return reviewed(form, tree).digest
