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
        rows = []
        for row in self.rows:
            if not row.procedure:
                rows.append(row)
        return tuple(rows)

    @property
    def procedure_rows(self) -> tuple[Row, ...]:
        rows = []
        for row in self.rows:
            if row.procedure:
                rows.append(row)
        return tuple(rows)


def seen_marks(session: Session, form: Form) -> Callable[[Row], bool]:
    """Whether the ※ of a row's item was seen: in a text, in a published document, or in a blank this city registered and checked."""
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

    def seen(row: Row) -> bool:
        found = form.by_id.get(row.item)
        return row.item in marks or bool(found and found.mark_seen)

    return seen


def revision(
    session: Session, round_: Round, notes: Mapping[Path, filing.RoundNote] | None = None
) -> Revision:
    """The round's base and head and what lies between; a base on an older form is moved to the head's form first (R30). `notes`: those of the round, where
    they are read already."""
    head = nodes.recent(session, round_.head_id)  # type: ignore[arg-type]
    form = forms.load(head.form)
    if round_.base_id:
        base = moved_base(nodes.recent(session, round_.base_id), form)
    else:
        base = Tree(head.form)
    table = _rows(form, base, head)
    if notes is None:
        notes = filing.round_notes(session, round_.id)
    else:
        notes = notes
    decisions = {}
    for key, value in notes.items():
        decisions[key] = material.Decision(value.choice, value.reason)
    return Revision(
        form, base, head, table, material.judge(table, decisions, seen_marks(session, form))
    )


@lru_cache(maxsize=128)
def _rows(form: Form, base: Tree, head: Tree) -> tuple[Row, ...]:
    """The rows between two texts. Versions never change, and every page of a round asks for them."""
    return change_table.rows(form, base, head)


def moved_base(base: Tree, form: Form) -> Tree:
    """An earlier text on the form of the later one, so that a new form is not shown as hundreds of edits (R30)."""
    if base.form == form.id:
        return base
    return migrate(base, forms.load(base.form), form)[0]


def events(session: Session, round_: Round) -> list[RoundEvent]:
    return list(
        session.scalars(
            select(RoundEvent).where(RoundEvent.round_id == round_.id).order_by(RoundEvent.seq)
        )
    )


def consultation_of(session: Session, round_: Round) -> consultation.Consultation | None:
    joined = (
        select(consultation.Consultation)
        .join(consultation.consultation_round)
        .where(consultation.consultation_round.c.round_id == round_.id)
    )
    return session.scalars(joined.order_by(consultation.Consultation.id.desc())).first()


def referral_of(session: Session, round_: Round) -> council.Referral | None:
    joined = (
        select(council.Referral)
        .join(council.ReferralRound)
        .where(council.ReferralRound.round_id == round_.id)
    )
    return session.scalars(joined.order_by(council.Referral.id.desc())).first()


def verdict_of(session: Session, referral: council.Referral | None) -> council.Verdict | None:
    if referral is None:
        return None
    return session.scalars(
        select(council.Verdict)
        .where(council.Verdict.referral_id == referral.id)
        .order_by(council.Verdict.id.desc())
    ).first()


def frozen_table(session: Session, round_: Round) -> tuple[Row, ...] | None:
    """The change table a person made for this round (`filing.make_table`), as it was kept; None before."""
    made = []
    for event in events(session, round_):
        if event.event == "table":
            made.append(event)
    if not made:
        return None
    kept = made[-1].facts["table"]
    if nodes.is_emptied(session, kept):  # 廃棄: how many rows there were, the event says still
        return ()
    return change_table.from_json(json.loads(nodes.get_blob(session, kept)))


def frozen_rows(session: Session, round_: Round) -> int | None:
    """How many rows the change table of a round has; None before it was made."""
    made = []
    for event in events(session, round_):
        if event.event == "table":
            made.append(event)
    if made:
        return int(made[-1].facts["rows"])
    return None


def dated_rows(
    session: Session, round_: Round, rev: Revision, published: date | None, words: str | None
) -> tuple[Row, ...]:
    """The rows with 変更日, 提出時期 and 説明: what a person noted wins over what the dates give."""
    notes: dict[Path, Mapping[str, Any]] = {}
    for key, value in filing.change_notes(session, round_.id).items():
        notes[key] = {
            "date": value.date.isoformat() if value.date else None,
            "timing": value.timing,
            "explanation": value.explanation,
        }
    usual_words = rev.materiality.words(round_.kind)
    return change_table.dated(
        rev.rows,
        notes,
        published=published,
        change=round_.change_date,
        words=words,
        usual_words=usual_words,
    )


def table_of(session: Session, wp: Workplace, at: Line) -> Mapping[str, Any]:
    """The procedure this round goes by."""
    round_: Round = at.round  # type: ignore[assignment]
    return procedures.of_round(
        session, wp, at.assessment.kind, round_.kind, events(session, round_)
    )


@nodes.whole()
def facts(
    session: Session,
    wp: Workplace,
    at: Line,
    today: date,
    rev: Revision | None = None,
    *,
    together: bool = False,
) -> steps.Facts:
    """Everything the checks ask about one round, on one day. `together`: the 基礎項目評価書 of the case goes out in the same act."""
    round_ = at.round
    if round_ is None:
        raise PiaError(f"{at.ref} は再実施・修正ではありません。")
    rev = rev or revision(session, round_)
    form = rev.form
    kind = at.assessment.kind
    done = events(session, round_)
    about = told(round_, done)
    affair = session.get_one(Affair, at.assessment.affair_id)
    con = consultation_of(session, round_)
    ref = referral_of(session, round_)
    unanswered, unlinked = _opinions(session, con, round_)
    known = on_record.of_round(session, round_, on_record.due_words(session, wp, at.assessment))
    verdict = verdict_of(session, ref)
    if verdict and verdict.sitting_id:
        sitting = session.get(council.Sitting, verdict.sitting_id)
    else:
        sitting = None
    sitting = sitting or _sitting_of(session, ref, today)
    seats, present, need = _seats(session, sitting)
    head = session.get_one(Version, round_.head_id)
    sub = session.scalars(
        select(filing.Submission)
        .where(filing.Submission.round_id == round_.id)
        .order_by(filing.Submission.id.desc())
    ).first()
    pub = session.scalars(
        select(filing.Publication)
        .where(filing.Publication.round_id == round_.id)
        .order_by(filing.Publication.id.desc())
    ).first()
    settled = []
    for round_event in done:
        if round_event.event == "review_fixed":
            settled.append(round_event)
    minor = []
    for round_event in done:
        if round_event.event == "minor" and round_event.facts.get("digest") == head.reviewed_digest:
            minor.append(round_event.facts)
    say = names(form, rev.base, rev.head)
    dated = dated_rows(session, round_, rev, pub.day if pub else today, "")
    counts = session.scalars(
        select(ThresholdFact)
        .where(ThresholdFact.affair_id == affair.id)
        .order_by(ThresholdFact.id.desc())
    ).first()
    if counts:
        judged = threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)
    else:
        judged = None
    basic_missing, disagrees = basic.disagreeing(session, affair, at.assessment, rev.head)
    risen = basic.pending_rise(session, affair.id, wp.thresholds)
    if risen:
        since = min(round_.at, risen.at)
    else:
        since = round_.at
    least = int(wp.rules["rules"]["R7"]["days"])
    considered = not known.opinions or bool(settled) or not unanswered
    plan = plan_rows.plan_head(session, affair.body_id)
    numbers_open, personal_open = personal.waiting(personal.of_round(session, round_))
    return steps.Facts(
        today=today,
        form_kind=kind,
        round_kind=round_.kind,
        state=round_.state,
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
        basic_unsubmitted=basic.unsubmitted(session, at.assessment, round_, since, together),
        basic_unpublished=basic.unpublished(session, at.assessment, round_, since, together),
        basic_before_rise=basic.before_rise(session, at.assessment, risen),
        plan_missing=""
        if plan
        else f"{session.get_one(Body, affair.body_id).name}の担当部署などが登録されていません",
        withheld_in_basic=_unlawful(form, rev.head, kind, wp, say),
        number_missing="" if affair.number.strip() else affair.name,
        uncounted=tuple(
            _label(form, part, say)
            for part in ("II/1/b", "II/2/b")
            if kind == "basic_item" and not text_of(rev.head.find(tuple(part.split("/"))))
        ),
        announced=con.announced if con else None,
        starts=con.start if con else None,
        ends=con.end if con else None,
        shortened_reason=str(con.facts.get("shortened_reason", "")) if con else "",
        unanswered=unanswered,
        unlinked=unlinked,
        unconsidered=0 if considered else known.opinions,
        unchecked_viewpoints=sum(map(len, wp.rules["viewpoints"].values()))
        - len(round_.facts.get("viewpoints", {}) if round_.facts else {}),
        review_fixed=day_of_text(settled[-1].facts["day"]) if settled else None,
        members=seats,
        present=present,
        quorum=need,
        open_remarks=tuple(
            personal.outward(session, remark)[:20] + "…"
            for remark in council.open_remarks(session, ref.id)
        )
        if ref
        else (),
        verdict=verdict.kind if verdict else "",
        verdict_digest=dict((int(key), value) for key, value in verdict.reviewed).get(round_.id, "")
        if verdict
        else "",
        passing=tuple(wp.rules["passing_verdicts"]),
        checked=on_record.day_of(session, verdict) if verdict else None,
        head_digest=head.digest,
        head_reviewed=head.reviewed_digest,
        minor_after_review=tuple(match["reason"] for match in minor),
        table_problems=table_problems(session, round_, rev),
        notes_missing=tuple(
            x.citation for x in dated if not x.procedure and not (x.timing and x.explanation)
        ),
        blank_procedure_items=tuple(
            _label(form, text, say)
            for text in FILLED.get(kind, ())
            if not text_of(rev.head.find(tuple(text.split("/"))))
        ),
        differs_from_record=on_record.differences(
            form, rev.base, rev.head, known, round_.kind, least, say
        ),
        cover_day=_cover_day(rev.head),
        table_day=next(
            (
                _day(round_event.facts.get("published"))
                for round_event in reversed(done)
                if round_event.event == "table"
            ),
            None,
        ),
        construction=_day(about.get("construction")),
        requirements_end=_day(about.get("requirements_fixed")),
        submitted=day_in_japan(sub.at) if sub else None,
        submitted_digest=sub.digest if sub else "",
        published=pub.day if pub else None,
        change_date=round_.change_date,
        linkage_date=_day(about.get("linkage_date")),
        emergency=basic.emergency(session, at.assessment, round_, str(about.get("emergency", ""))),
        numbers_open=tuple(x.where for x in numbers_open),
        personal_open=tuple(x.where for x in personal_open),
        overruled=frozenset(
            (str(round_event.facts["rule"]), str(round_event.facts["sentence"]))
            for round_event in done
            if round_event.event == "overrule"
        ),
    )


def told(round_: Round, done: Sequence[RoundEvent]) -> dict[str, Any]:
    """What people said of a round: when it was opened, and since. The latest counts."""
    out = dict(round_.facts or {})
    for round_event in done:
        if round_event.event in ("open", "emergency"):
            out |= round_event.facts
    return out


def _cover_day(tree: Tree) -> date | None:
    """公表日 of the cover; None where it is empty or no whole day."""
    found = wareki.parse(text_of(tree.find(("C", "7"))))
    if found and len(found) == len("2026-03-01"):
        return day_of_text(found)
    return None


def _unlawful(form: Form, tree: Tree, kind: str, wp: Workplace, say: Any) -> tuple[str, ...]:
    """Items of a 基礎項目評価書 that are withheld on a ground it may not use (R34), or on none that is recorded."""
    if kind != "basic_item":
        return ()
    lawful = set()
    for name, ground in wp.rules["grounds"].items():
        if kind in ground["kinds"]:
            lawful.add(name)
    found = []
    for texts, node in walk(tree):
        if any(match.get("ground") not in lawful for match in of_value(node.value)):
            if node.kind in LEAVES:
                found.append(texts[:-1])
            else:
                found.append(texts)
    return tuple(dict.fromkeys(citation(form, texts, say) for texts in found))


def _day(text: Any) -> date | None:
    if text:
        return day_of_text(text)
    return None


def _label(form: Form, path: str, say: Any) -> str:
    return citation(form, tuple(path.split("/")), say)


def table_problems(session: Session, round_: Round, rev: Revision) -> tuple[str, ...]:
    table = frozen_table(session, round_)
    if table is None:
        if rev.rows:
            return (NO_TABLE,)
        return ()
    return change_table.prove(rev.form, rev.base, rev.head, table)


def _opinions(
    session: Session, con: consultation.Consultation | None, round_: Round
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Opinions without the city's view, and 案を修正 without a changed place in this document."""
    if con is None:
        return (), ()
    found = consultation.in_time(session, con.id)
    replies = consultation.responses(session, con.id)
    adopted = set()
    for adoption in session.scalars(select(consultation.Adoption)):
        adopted.add((adoption.opinion_id, adoption.assessment_id))
    key = session.get_one(Assessment, round_.assessment_id).key
    unlinked = []
    for opinion in found:
        if (
            (response := replies.get(opinion.id))
            and response.outcome == "AMENDED"
            and (not opinion.keys or key in opinion.keys)
            and (opinion.id, round_.assessment_id) not in adopted
        ):
            unlinked.append(opinion)
    return tuple(f"意見{option.number}" for option in found if option.id not in replies), tuple(
        f"意見{option.number}" for option in unlinked
    )


def _sitting_of(
    session: Session, ref: council.Referral | None, today: date
) -> council.Sitting | None:
    if ref is None:
        return None
    near = select(council.Sitting).where(
        council.Sitting.council_id == ref.council_id, council.Sitting.day <= today
    )
    return session.scalars(near.order_by(council.Sitting.day.desc())).first()


def _seats(session: Session, sitting: council.Sitting | None) -> tuple[int, int, int]:
    """Members in office that day, members present, and the quorum."""
    if sitting is None:
        return 0, 0, 1
    seats = council.in_office(session, sitting.council_id, sitting.day)
    there = session.scalars(
        select(council.Attendance).where(
            council.Attendance.sitting_id == sitting.id, council.Attendance.present.is_(True)
        )
    ).all()
    need = (
        session.get_one(council.Council, sitting.council_id).facts.get("quorum")
        or len(seats) // 2 + 1
    )
    return len(seats), len(there), int(need)


def move_in(
    session: Session,
    wp: Workplace,
    by: By,
    at: Line,
    event: str,
    about: Mapping[str, Any],
    rev: Revision | None = None,
) -> RoundEvent:
    """Takes one step within an open transaction. Refused, listing what is missing, when a blocking check is not met or the role may not do it. Warnings are
    kept with the step."""
    known = facts(session, wp, at, by.day, rev)
    one = steps.step(table_of(session, wp, at), known, event)
    if by.role not in one.who:
        raise Refused(f"「{one.act}」は、この役割では行えません。事務局に依頼してください。")
    missing = steps.unmet(wp.rules, one, known)
    blocking = []
    for unmet in missing:
        if unmet.blocks:
            blocking.append(unmet)
    if blocking:
        raise Refused(
            f"{at.ref}：「{one.act}」は、まだできません。",
            tuple(f"{unmet.sentence}（{unmet.source}）" for unmet in blocking),
        )
    warnings = []
    for unmet in missing:
        warnings.append({"rule": unmet.rule, "sentence": unmet.sentence})
    return assessments.step(
        session,
        at.own_round,
        event,
        one.to,
        {**about, **({"warnings": warnings} if warnings else {})},
        by,
    )


def move(
    wp: Workplace, by: By, where: str, event: str, about: Mapping[str, Any] | None = None
) -> str:
    """Takes one step of the procedure that has no act of its own (取下げ, 点検のやり直し, a city's own stages). Returns the new state."""
    from ...store.ledger import log

    with wp.store.begin() as session:
        at = line(session, where)
        made = move_in(session, wp, by, at, event, about or {})
        log.entry(session, by, f"round.{event}", where, {"state": made.state})
        return made.state


def reviewed_digest(form: Form, tree: Tree) -> str:
    return reviewed(form, tree).digest
