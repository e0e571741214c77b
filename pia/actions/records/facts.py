"""Everything the checks of the procedure ask about one round on one day.

Knows where each fact is stored. Must not know what follows from it: the checks are in
`domain.procedure.steps` and its data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain import wareki
from ...domain.act import day_in_japan, day_of_text
from ...domain.change.describe import citation, names
from ...domain.document.form import Form
from ...domain.document.items import text_of, text_of_role
from ...domain.document.marked import of_value
from ...domain.document.tree import LEAVES, Tree, walk
from ...domain.errors import PiaError
from ...domain.procedure import checks, steps, threshold, verdicts
from ...store import nodes, queries
from ...store.rows import consultations, councils
from ...store.rows import plan as plan_rows
from ...store.rows.assessments import Assessment, Round, RoundEvent, Version
from ...store.rows.bodies import Affair, Body
from ..workplace import VersionLine, Workplace
from . import (
    amended_places,
    basic,
    causes,
    content_checks,
    draft_ways,
    on_record,
    personal,
    viewpoints,
)
from .revision import (
    RoundRevision,
    consultation_of,
    dated_rows,
    events,
    referral_of,
    revision,
    table_of,
    table_problems,
    told,
    verdict_of,
)

# What the procedure fills in and must not be blank in a 全項目評価書 (R9); the commission's
# approval is for national bodies only.
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


@nodes.whole()
def facts(
    session: Session,
    wp: Workplace,
    at: VersionLine,
    today: date,
    rev: RoundRevision | None = None,
    *,
    together: bool = False,
) -> checks.Facts:
    """Everything the checks ask about one round, on one day.

    `together`: the 基礎項目評価書 of the case goes out in the same act.
    """
    round_ = at.round
    if round_ is None:
        raise PiaError(f"{at.ref} は再実施・修正ではありません。")
    rev = rev or revision(session, round_)
    gathered = _RoundRead(
        session,
        wp,
        at,
        round_,
        rev,
        today,
        events(session, round_),
        session.get_one(Affair, at.assessment.affair_id),
        names(rev.form, rev.base, rev.head),
    )
    return checks.Facts(
        today=today,
        form_kind=at.assessment.kind,
        round_kind=round_.kind,
        state=round_.state,
        **gathered.changes(),
        **gathered.counts(),
        **gathered.basic_documents(together),
        **gathered.consultation(),
        **gathered.verdict(),
        **gathered.text(),
        **gathered.filing(),
        **gathered.told(),
        **gathered.content(),
    )


@dataclass(frozen=True, slots=True)
class _RoundRead:
    """One round with what is read of it once.

    Each method gives some of the facts, by their names.
    """

    session: Session
    wp: Workplace
    at: VersionLine
    round: Round
    rev: RoundRevision
    today: date
    done: Sequence[RoundEvent]
    affair: Affair
    say: Any

    def changes(self) -> dict[str, Any]:
        """What of the text is changed, and what of that counts as 重要な変更."""
        materiality = self.rev.materiality
        return {
            "first": self.rev.first,
            "changed": len(self.rev.own_rows),
            "material": len(materiality.material),
            "material_confirmed": len(materiality.confirmed),
            "questions": tuple(x.citation for x in materiality.asked),
            "unreasoned": tuple(x.citation for x in materiality.unreasoned),
            "unexplained": tuple(self.unexplained()),
            "lies_with": self.lies_with(),
            "change_date": self.round.change_date,
        }

    def is_asked(self, guard: str) -> bool:
        """Whether a step from where the round is now asks for a check."""
        table = table_of(self.session, self.wp, self.at)
        lines = steps.steps(table, self.at.assessment.kind, self.round.kind)
        asking = [line for line in lines if guard in line.guards]
        return any(self.round.state in line.sources for line in asking)

    def lies_with(self) -> str:
        """The step inside the house at which a draft lies that was handed on and has not come to
        the office; empty where it has, and where nobody handed it on."""
        if not self.is_asked("handed_over"):
            return ""
        since = queries.waiting.last_steps(self.session, [self.round.id])[-1][0].at
        way = draft_ways.of_round(self.session, self.wp, self.round.id, since)
        if way is None or way.at_end or not way.done:
            return ""
        return way.here.name

    def unexplained(self) -> list[str]:
        """The changes without a reason; looked for only where the next step asks for it."""
        if not self.is_asked("explained"):
            return []
        left = causes.left_open(self.session, self.round, self.rev)
        return [unit.item for unit in left]

    def counts(self) -> dict[str, Any]:
        """What the last count asks for, and what of the affair is not registered yet."""
        counts = queries.affairs.last_threshold_fact(self.session, self.affair.id)
        due = ""
        sentence = ""
        counted = None
        if counts:
            judged = threshold.judge(
                counts.people, counts.handlers, counts.incident, self.wp.thresholds
            )
            due = judged.due
            sentence = judged.sentence
            counted = min(counts.counted_people, counts.counted_handlers)
        plan_missing = ""
        if not plan_rows.plan_head(self.session, self.affair.body_id):
            body = self.session.get_one(Body, self.affair.body_id)
            plan_missing = f"{body.name}の担当部署などが登録されていません"
        return {
            "due": due,
            "due_sentence": sentence,
            "counted": counted,
            "plan_missing": plan_missing,
            "number_missing": "" if self.affair.number.strip() else self.affair.name,
        }

    def basic_documents(self, together: bool) -> dict[str, Any]:
        """How the 基礎項目評価書 of the case stands beside this document."""
        assessment = self.at.assessment
        kind = assessment.kind
        head = self.rev.head
        missing, disagrees = basic.disagreeing(
            self.session, self.affair, assessment, self.round, head
        )
        risen = basic.pending_rise(self.session, self.affair.id, self.wp.thresholds)
        since = self.round.at
        if risen:
            since = min(since, risen.at)
        case = (self.session, assessment, self.round, since, together)
        uncounted: list[str] = []
        if kind == "basic_item":
            uncounted = self._blank(("II/1/b", "II/2/b"))
        return {
            "basic_missing": missing,
            "basic_disagrees": disagrees,
            "basic_unsubmitted": basic.unsubmitted(*case),
            "basic_unpublished": basic.unpublished(*case),
            "basic_before_rise": basic.before_rise(self.session, assessment, risen),
            "withheld_in_basic": _unlawful(self.rev.form, head, kind, self.wp, self.say),
            "uncounted": tuple(uncounted),
        }

    def _blank(self, paths: Sequence[str]) -> list[str]:
        """The names of those of these items that are empty."""
        labels = []
        for path in paths:
            if not text_of(self.rev.head.find(tuple(path.split("/")))):
                labels.append(_label(self.rev.form, path, self.say))
        return labels

    def consultation(self) -> dict[str, Any]:
        """意見聴取 and what became of its opinions; and how the text agrees with the record."""
        con = consultation_of(self.session, self.round)
        unanswered, unlinked = _opinions(self.session, con, self.round)
        due_words = on_record.due_words(self.session, self.wp, self.at.assessment)
        known = on_record.of_round(self.session, self.round, due_words)
        settled = []
        for event in self.done:
            if event.event == "review_fixed":
                settled.append(event)
        unconsidered = known.opinions
        if settled or not unanswered:
            unconsidered = 0
        begun: dict[str, Any] = {"announced": None, "starts": None, "ends": None}
        shortened = ""
        if con:
            begun = {"announced": con.announced, "starts": con.start, "ends": con.end}
            shortened = str(con.facts.get("shortened_reason", ""))
        review_fixed = None
        if settled:
            review_fixed = day_of_text(settled[-1].facts["day"])
        asked = sum(map(len, self.wp.rules["viewpoints"].values()))
        checked = viewpoints.answered(self.done)
        rev = self.rev
        return {
            **begun,
            "shortened_reason": shortened,
            "unanswered": unanswered,
            "unlinked": unlinked,
            "unconsidered": unconsidered,
            "unchecked_viewpoints": asked - checked,
            "review_fixed": review_fixed,
            "differs_from_record": on_record.differences(
                rev.form,
                Tree(rev.form.id) if rev.first else rev.base,
                rev.head,
                known,
                self.round.kind,
                int(self.wp.rules["rules"]["R7"]["days"]),
                self.say,
            ),
        }

    def verdict(self) -> dict[str, Any]:
        """第三者点検: the sitting, its seats, what is still open, and the verdict."""
        session = self.session
        ref = referral_of(session, self.round)
        verdict = verdict_of(session, ref)
        kind = ""
        checked = None
        if verdict:
            kind = verdict.kind_of(self.round.id)
            checked = on_record.day_of(session, verdict)
        sitting = None
        if verdict and verdict.sitting_id:
            sitting = session.get(councils.Sitting, verdict.sitting_id)
        sitting = sitting or _sitting_of(session, ref, self.today)
        seats, present, quorum = _seats(session, sitting)
        itself = bool(kind) and verdicts.word(self.wp.rules, kind).own_decision
        open_remarks = []
        if ref:
            for remark in councils.open_remarks(session, ref.id):
                open_remarks.append(personal.outward(session, remark)[:20] + "…")
        reviewed: dict[int, str] = {}
        if verdict:
            reviewed = verdict.digests
        return {
            "members": seats,
            "held": sitting is not None,
            "present": present,
            "quorum": quorum,
            "open_remarks": tuple(open_remarks),
            "verdict": kind,
            "verdict_digest": reviewed.get(self.round.id, ""),
            "passing": tuple(verdicts.favourable(self.wp.rules)),
            "decides_itself": itself,
            "own_decision": itself
            and ref is not None
            and queries.referrals.decision(session, ref.id) is not None,
            "checked": checked,
        }

    def text(self) -> dict[str, Any]:
        """The text of the head: its digests, what is blank in it, and what in it waits."""
        head = self.session.get_one(Version, self.round.head_id)
        minor = []
        for event in self.done:
            if event.event == "minor" and event.facts.get("digest") == head.reviewed_digest:
                minor.append(event.facts["reason"])
        numbers, persons = personal.waiting(personal.of_round(self.session, self.round))
        return {
            "head_digest": head.digest,
            "head_reviewed": head.reviewed_digest,
            "minor_after_review": tuple(minor),
            "blank_procedure_items": tuple(self._blank(FILLED.get(self.at.assessment.kind, ()))),
            "cover_day": _cover_day(self.rev.form, self.rev.head),
            "numbers_open": tuple(x.where for x in numbers),
            "personal_open": tuple(x.where for x in persons),
        }

    def filing(self) -> dict[str, Any]:
        """The change table, what was submitted and what was published."""
        sub = queries.filing.last_submission_of_round(self.session, self.round.id)
        letters = []
        if self.round.state == "SUBMITTED":
            letters = queries.commission.open_amendments(self.session, self.round.id)
        pub = queries.filing.last_publication_of_round(self.session, self.round.id)
        published = None
        if pub:
            published = pub.day
        without_notes = []
        for row in dated_rows(self.session, self.round, self.rev, published or self.today):
            if not row.procedure and not (row.timing and row.explanation):
                without_notes.append(row.citation)
        table_day = None
        for event in self.done:
            if event.event == "table":
                table_day = _day(event.facts.get("published"))
        submitted = None
        digest = ""
        if sub:
            submitted = day_in_japan(sub.at)
            digest = sub.digest
        places = amended_places.standing(self.session, self.round)
        return {
            "places_undecided": places.undecided,
            "places_back": places.back,
            "amendments_open": tuple(letter.day for letter in letters),
            "table_problems": table_problems(self.session, self.round, self.rev),
            "notes_missing": tuple(without_notes),
            "table_day": table_day,
            "submitted": submitted,
            "submitted_digest": digest,
            "published": published,
        }

    def content(self) -> dict[str, Any]:
        """What the checks of content found and nobody answered; looked for only where the next step
        goes outward."""
        table = table_of(self.session, self.wp, self.at)
        lines = steps.steps(table, self.at.assessment.kind, self.round.kind)
        if not any(
            self.round.state in line.sources and line.event in steps.OUTWARD for line in lines
        ):
            return {}
        binding, others = content_checks.unanswered(self.session, self.wp, self.at)
        return {"content_binding": binding, "content_open": others}

    def told(self) -> dict[str, Any]:
        """What people said of the round: its days, 緊急の理由, and the checks they overruled."""
        about = told(self.round, self.done)
        overruled = []
        for event in self.done:
            if event.event == "overrule":
                overruled.append((str(event.facts["rule"]), str(event.facts["sentence"])))
        return {
            "construction": _day(about.get("construction")),
            "requirements_end": _day(about.get("requirements_fixed")),
            "linkage_date": _day(about.get("linkage_date")),
            "emergency": basic.emergency(
                self.session, self.at.assessment, self.round, str(about.get("emergency", ""))
            ),
            "overruled": frozenset(overruled),
        }


def _cover_day(form: Form, tree: Tree) -> date | None:
    """公表日 of the cover; None where it is empty or no whole day."""
    parsed = wareki.parse(text_of_role(form, tree, "cover_published"))
    if parsed and len(parsed) == len("2026-03-01"):
        return day_of_text(parsed)
    return None


def _unlawful(form: Form, tree: Tree, kind: str, wp: Workplace, say: Any) -> tuple[str, ...]:
    """Items of a 基礎項目評価書 that are withheld on a ground it may not use (R34), or on none that
    is recorded.
    """
    if kind != "basic_item":
        return ()
    lawful = set()
    for name, ground in wp.rules["grounds"].items():
        if kind in ground["kinds"]:
            lawful.add(name)
    paths = []
    for texts, node in walk(tree):
        if any(match.get("ground") not in lawful for match in of_value(node.value)):
            if node.kind in LEAVES:
                paths.append(texts[:-1])
            else:
                paths.append(texts)
    return tuple(dict.fromkeys(citation(form, texts, say) for texts in paths))


def _day(text: Any) -> date | None:
    if text:
        return day_of_text(text)
    return None


def _label(form: Form, path: str, say: Any) -> str:
    return citation(form, tuple(path.split("/")), say)


def _opinions(
    session: Session, con: consultations.Consultation | None, round_: Round
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Opinions without the city's view, and 案を修正 without a changed place in this document."""
    if con is None:
        return (), ()
    replies = consultations.responses(session, con.id)
    adopted = set()
    for adoption in queries.opinions.adoptions(session):
        adopted.add((adoption.opinion_id, adoption.assessment_id))
    key = session.get_one(Assessment, round_.assessment_id).key
    unanswered = []
    unlinked = []
    for opinion in consultations.in_time(session, con.id):
        name = f"意見{opinion.number}"
        response = replies.get(opinion.id)
        if response is None:
            unanswered.append(name)
            continue
        concerned = not opinion.keys or key in opinion.keys
        placed = (opinion.id, round_.assessment_id) in adopted
        if response.outcome == "AMENDED" and concerned and not placed:
            unlinked.append(name)
    return tuple(unanswered), tuple(unlinked)


def _sitting_of(
    session: Session, ref: councils.Referral | None, today: date
) -> councils.Sitting | None:
    if ref is None:
        return None
    return queries.sittings.last_until(session, ref.council_id, today)


def _seats(session: Session, sitting: councils.Sitting | None) -> tuple[int, int, int]:
    """Members in office that day, members present, and the quorum."""
    if sitting is None:
        return 0, 0, 1
    seats = councils.in_office(session, sitting.council_id, sitting.day)
    attendances = queries.sittings.present(session, sitting.id)
    need = (
        session.get_one(councils.Council, sitting.council_id).facts.get("quorum")
        or len(seats) // 2 + 1
    )
    return len(seats), len(attendances), int(need)
