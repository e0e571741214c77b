"""Records put right and taken back by hand: the old value, the new one, why, by whom and when stand
in a row of their own, and the act in the chain (規則第7条第4項).

Knows how a correction is kept. Which fields there are and what must hold of them is said by
`records.correctable`. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Stale, Unfit
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments, consultations, councils, filing, national
from ...store.rows.affair_ends import AffairEnd
from ...store.rows.answers import ExpectedQuestion
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.assignments import Assignment
from ...store.rows.bodies import Affair
from ...store.rows.comments import Comment
from ...store.rows.commission import CommissionLetter
from ...store.rows.corrections import AMENDED, REINSTATED, WITHDRAWN, RecordCorrection
from ...store.rows.national import Confirmation
from ...store.rows.referrals import RECALLED, ReferralStep
from ..editing import national as national_acts
from ..records import closing, commission_kinds, ends_kinds, notice_kinds, opinion_kinds
from ..records.correctable import (
    Kind,
    Values,
    as_said,
    body_of,
    kept,
    kind_of,
    must_be_own,
    plain,
    row_of_kind,
    values,
    withdrawn_on,
)
from ..workplace import Workplace, row_of
from . import answers, candidates, comments, file_register, incidents, reviews, tablets


def _put(row: Any, place: str, value: Any) -> None:
    column, *inside = place.split(".")
    if not inside:
        setattr(row, column, value)
        return
    whole = getattr(row, column)
    if isinstance(whole, list):
        index, key = inside
        lines = [dict(line) for line in whole]
        lines[int(index)][key] = value
        setattr(row, column, lines)
    else:
        setattr(row, column, {**(whole or {}), inside[0]: plain(value)})


def amend(
    wp: Workplace, by: By, name: str, number: int, new: Values, reason: str, seen: int
) -> None:
    """Puts a record right. `new`: every field of its kind, by name; `seen`: the latest correction
    its person saw (0 for none). Unfit at a field that cannot say it, Stale where somebody else has
    put it right since."""
    kind = kind_of(name)
    with wp.store.begin() as session:
        row = row_of_kind(session, kind, number)
        _must_be_seen(session, kind, row, seen)
        if withdrawn_on(session, kind, row) is not None:
            raise PiaError(f"この{kind.words}の記録は取り消されています。")
        before = values(session, kind, row)
        after = as_said(kind.fields(session, row), new)
        changed = [key for key in after if after[key] != before.get(key)]
        if not changed:
            raise PiaError("記録は、もうそのとおりです。直すところを書き換えてください。")
        kind.check(session, by, row, new)
        if name in _WRITE:
            _WRITE[name](session, wp, by, row, new)
        elif not kind.overlaid:
            for field in kind.fields(session, row):
                if field.name in changed:
                    _put(row, field.place, new[field.name])
        _keep(session, by, kind, row, _Change(AMENDED, before, after, reason))


def withdraw(wp: Workplace, by: By, name: str, number: int, reason: str) -> None:
    """Takes a record back: it stands on no list and counts nowhere, and stays on record. Refused
    with why where something already rests on it."""
    kind = kind_of(name)
    with wp.store.begin() as session:
        row = row_of_kind(session, kind, number)
        if kind.follows is None:
            raise PiaError(f"{kind.words}の記録は、取り消せません。直してください。")
        if withdrawn_on(session, kind, row) is not None:
            raise PiaError(f"この{kind.words}の記録は、もう取り消されています。")
        told = tuple(kind.follows(session, row))
        if told:
            raise Refused(f"この{kind.words}の記録は、取り消せません。", told)
        if name in _UNDO:
            _UNDO[name](session, by, row)
        if hasattr(row, "withdrawn"):
            row.withdrawn = by.day
        after = {"withdrawn": by.day.isoformat()}
        _keep(session, by, kind, row, _Change(WITHDRAWN, {}, after, reason))


def take_back_question(wp: Workplace, by: By, remark: int, speaker: str) -> None:
    """A question taken back by the member who asked it, before it is answered. PiaError where it is
    somebody else's."""
    with wp.store.together():
        with wp.store.begin() as session:
            row = row_of(session, councils.Remark, remark, "質問")
            referral = session.get_one(councils.Referral, row.referral_id)
            closing.must_be_theirs(session, by, referral, speaker)
            if row.speaker != speaker:
                raise PiaError("ほかの委員の質問は取り消せません。")
        withdraw(wp, by, "remark", remark, "質問した委員の申出")


def reinstate(
    session: Session, by: By, name: str, row: Any, before: Mapping[str, Any], reason: str
) -> None:
    """A record that was taken back is made anew: its row stands again with what it says now.
    `before`: what it said."""
    kind = kind_of(name)
    row.withdrawn = None
    change = _Change(REINSTATED, before, values(session, kind, row), reason)
    _keep(session, by, kind, row, change)


def keep_amended(
    session: Session, by: By, name: str, row: Any, before: Mapping[str, Any], reason: str
) -> None:
    """A record was written anew by an act of its own: what it said before is kept as a correction.
    `before`: all it said."""
    kind = kind_of(name)
    change = _Change(AMENDED, before, values(session, kind, row), reason)
    _keep(session, by, kind, row, change)


def _must_be_seen(session: Session, kind: Kind, row: Any, seen: int) -> None:
    put_right = kept(session, kind.name, row)
    if put_right and put_right[0].id != seen:
        raise Stale(
            "この記録は、画面を開いた後にほかの人が直しています。"
            "いまの記録を見てから、もう一度直してください。"
        )


@dataclass(frozen=True, slots=True)
class _Change:
    """What was done to a record: the act, all it said before and says after, and why."""

    act: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str


def _keep(session: Session, by: By, kind: Kind, row: Any, change: _Change) -> None:
    """The fields that differ, with who and why. Texts that may be erased one day stay in their own
    row: here stands only that there is another one."""
    if not change.reason.strip():
        raise Unfit("correction", "記録を直す理由を入力してください。")
    differ = [key for key in change.after if change.after[key] != change.before.get(key)]
    told = [key for key in differ if key not in kind.apart]
    before = {key: change.before.get(key) for key in told}
    after = {key: change.after[key] for key in told}
    session.add(
        RecordCorrection(
            body_id=body_of(session, kind.name, row),
            kind=kind.name,
            row_id=row.id,
            act=change.act,
            before=before,
            after=after,
            reason=change.reason.strip(),
            **acted(by),
        )
    )
    about = {"before": before, "after": after, "reason": change.reason.strip()}
    log.entry(session, by, f"record.{change.act.lower()}", f"{kind.name}/{row.id}", about)


# ---- what else a correction does


def _undo_consultation(session: Session, by: By, row: consultations.Consultation) -> None:
    for round_ in row.rounds:
        step_back(session, by, round_, "announcement_withdrawn", {"consultation": row.id})


def step_back(
    session: Session, by: By, round_: Round, event: str, about: Mapping[str, Any]
) -> None:
    """A round returns to the state it was in before the step that named this record. `about`: the
    record first, by which the step is known."""
    field, number = next(iter(about.items()))
    done = queries.rounds.events_of(session, round_.id)
    before = None
    for earlier, taken in pairwise(done):
        if taken.facts.get(field) == number:
            before = earlier.state
            break
    if before is None or round_.state == "WITHDRAWN":
        return
    assessments.step(session, round_, event, before, about, by)


def _undo_referral(session: Session, by: By, row: councils.Referral) -> None:
    for pinned in row.rounds:
        round_ = session.get_one(Round, pinned.round_id)
        step_back(session, by, round_, "referral_withdrawn", {"referral": row.id})


def _undo_referral_step(session: Session, by: By, row: ReferralStep) -> None:
    """With it go the rows it corrects; what was taken back from a council is before it again."""
    for each in queries.referrals.corrected_by(session, row):
        each.withdrawn = by.day
    if row.kind != RECALLED:
        return
    for pinned in session.get_one(councils.Referral, row.referral_id).rounds:
        round_ = session.get_one(Round, pinned.round_id)
        numbers = {each.id for each in queries.referrals.corrected_by(session, row)}
        for event in queries.rounds.events_of(session, round_.id):
            if event.event == "recall" and event.facts.get("referral_step") in numbers:
                about = {"referral": row.referral_id}
                assessments.step(session, round_, "recall_withdrawn", "REVIEWING", about, by)
                break


def _referral_step_again(
    session: Session, _: Workplace, by: By, row: ReferralStep, values: Values
) -> None:
    """The step as it was, in a row of its own: what was said before may be erased one day."""
    facts = {**row.facts, "corrects": row.id}
    facts["document_number"] = values.get("document_number", row.document_number)
    session.add(
        ReferralStep(
            referral_id=row.referral_id,
            kind=row.kind,
            day=values["day"],
            facts=facts,
            reason=values.get("reason", row.reason),
            response=values.get("response", row.response),
            **acted(by),
        )
    )


def _undo_publication(session: Session, by: By, row: filing.Publication) -> None:
    """What was recorded of the time before this program counts nowhere any more."""
    at = session.get_one(Assessment, session.get_one(Version, row.version_id).assessment_id)
    _no_longer_public(session, by, row, "記録の取消し")
    session.flush()
    at.published = queries.filing.last_day(session, at.id, whole=False)
    at.reassessed = queries.filing.last_day(session, at.id, whole=True)


def _no_longer_public(session: Session, by: By, row: filing.Publication, reason: str) -> None:
    at = session.get_one(Version, row.version_id).assessment_id
    session.add(
        filing.PublicationWithdrawn(
            publication_id=row.id,
            body_id=queries.assessments.body_of(session, at),
            reason=reason,
            **acted(by),
        )
    )


def _undo_affair(session: Session, by: By, row: Affair) -> None:
    """Its documents, of which nothing was saved, go with it."""
    for document in queries.assessments.standing_of_affair(session, row.id):
        document.withdrawn = by.day


def _undo_sitting(session: Session, by: By, row: councils.Sitting) -> None:
    tablets.shut(session, row.id, by.at)


def _undo_comment(session: Session, by: By, row: Comment) -> None:
    """What it said before it was put right goes with it."""
    must_be_own(session, by, row)
    for number in queries.comments.chain(session, row):
        session.get_one(Comment, number).withdrawn = by.day


def _undo_expected(session: Session, by: By, row: ExpectedQuestion) -> None:
    """What it said before it was put right goes with it."""
    for number in queries.answers.chain(session, row):
        session.get_one(ExpectedQuestion, number).withdrawn = by.day


def _confirm_again(
    session: Session, _: Workplace, by: By, row: Confirmation, values: Values
) -> None:
    """What the state was asked, as it is known now: the latest of one item counts."""
    session.add(
        Confirmation(
            revision_id=row.revision_id,
            assessment_id=row.assessment_id,
            item=row.item,
            asked=values["asked"],
            day=values["day"],
            answer=values["answer"] or "",
            **acted(by),
        )
    )


def _publish_again(
    session: Session, _: Workplace, by: By, row: filing.Publication, values: Values
) -> None:
    """The same version made public on another day; the row before counts nowhere any more."""
    version = session.get_one(Version, row.version_id)
    at = session.get_one(Assessment, version.assessment_id)
    was_last = at.published == row.day
    was_whole = at.reassessed == row.day
    _no_longer_public(session, by, row, "公表日を直した")
    session.add(
        filing.Publication(
            round_id=row.round_id, version_id=row.version_id, day=values["day"], **acted(by)
        )
    )
    if was_last:
        at.published = values["day"]
    if was_whole:
        at.reassessed = values["day"]


def _decide_again(
    session: Session, _: Workplace, by: By, row: councils.Verdict, values: Values
) -> None:
    """The verdict as it was given, in a row of its own with the step it belongs to."""
    reviewed = []
    for number, digest in row.digests.items():
        reviewed.append([number, digest, values.get(f"kind{number}") or values["kind"]])
    verdict = councils.Verdict(
        referral_id=row.referral_id,
        sitting_id=row.sitting_id,
        kind=values["kind"],
        note=values["note"],
        reviewed=reviewed,
        **acted(by),
    )
    session.add(verdict)
    session.flush()
    for pinned in session.get_one(councils.Referral, row.referral_id).rounds:
        round_ = session.get_one(Round, pinned.round_id)
        for event in queries.rounds.events_of(session, round_.id):
            if event.facts.get("verdict") == row.id:
                said = verdict.kind_of(round_.id)
                about = {"verdict": verdict.id, "kind": said, "corrects": row.id}
                assessments.step(session, round_, event.event, round_.state, about, by)
                break


def _opinion_again(
    session: Session, _: Workplace, by: By, row: consultations.Opinion, new: Values
) -> None:
    """Whether it came in the period is said by its day, where nobody says otherwise and it was not
    recorded when that was over for good. What its points have of the letter follows it."""
    con = session.get_one(consultations.Consultation, row.consultation_id)
    before = closing.Arrival(row.received, row.channel, row.postmarked)
    later = bool(new["later"])
    if later == bool(row.later) == bool(closing.is_outside(con, before)) and not new["counting"]:
        later = bool(closing.is_outside(con, opinion_kinds.arrival_of(new, row)))
    row.item = new["item"] or None
    row.keys = list(new["keys"])
    row.like_id = int(new["like"]) if new["like"] else None
    for each in (row, *queries.opinions.points_of(session, [row.id])):
        each.received = new["received"]
        each.channel = new["channel"]
        each.postmarked = new["postmarked"]
        each.later = later
        each.counting = new["counting"] or None
        each.recalled = new["recalled"]
    if "same_person" in new:
        _same_person(session, row, new["same_person"])


def _same_person(session: Session, row: consultations.Opinion, first: str) -> None:
    """Whose letter it is; letters that pointed at this one point where it points."""
    row.same_person_id = int(first) if first else None
    if row.same_person_id is not None:
        for other in queries.opinions.of_same_person(session, row.id):
            other.same_person_id = row.same_person_id


def _national_again(
    session: Session, _: Workplace, by: By, row: national.NationalRevision, new: Values
) -> None:
    """A national text as it is corrected: a text of its own that follows the one before, which
    stays with what was applied of it."""
    key = national_acts.free_key(session, by.day)
    body = {**row.body, **new, "id": key, "follows": row.key}
    national_acts.parsed(body)
    session.add(
        national.NationalRevision(
            key=key,
            title=new["title"],
            issuer=new["issuer"],
            edition=new["edition"],
            reason=new["reason"],
            body=body,
            **acted(by),
        )
    )


def _give_again(session: Session, _: Workplace, by: By, row: Assignment, values: Values) -> None:
    row.department_id = int(values["department"])
    row.account = values["account"]
    row.until = values["until"]


# How values are written where they do not simply go into their columns.
def _end_again(session: Session, wp: Workplace, by: By, row: AffairEnd, values: Values) -> None:
    """The end of an affair as it is known now; the affair says the same. Unfit for a day on which
    its 評価書 must still be public."""
    if values.get("closed") is not None:
        years = int(wp.rules["rules"]["R18"]["years"])
        ends_kinds.must_be_closing(by, values["day"], values["closed"], years)
    for name, value in values.items():
        setattr(row, name, value or "" if name == "document_number" else value)
    affair = session.get_one(Affair, row.affair_id)
    affair.ended = row.day
    affair.ended_notice = row.told


def _undo_letter(session: Session, by: By, row: CommissionLetter) -> None:
    """A round that went back for it, and was not touched since, is submitted as before."""
    round_ = session.get_one(Round, row.round_id)
    if commission_kinds.taken_up(session, row) and round_.state != "SUBMITTED":
        about = {"letter": row.id}
        assessments.step(session, round_, "returned_withdrawn", "SUBMITTED", about, by)


def _undo_end(session: Session, by: By, row: AffairEnd) -> None:
    """The affair goes on."""
    affair = session.get_one(Affair, row.affair_id)
    affair.ended = None
    affair.ended_notice = None


def _undo_notice(session: Session, by: By, row: consultations.ConsultationNotice) -> None:
    """The consultation says again what it said before; one that was cancelled goes on."""
    con = session.get_one(consultations.Consultation, row.consultation_id)
    about = {"notice": row.id}
    for name, value in row.before.items():
        if name == "end":
            con.end = date.fromisoformat(value)
        elif name == "contact":
            con.facts = {**con.facts, "contact": value}
        else:
            setattr(con, name, value)
    if row.kind == notice_kinds.CANCELLED:
        con.withdrawn = None
    for round_ in con.rounds:
        last = queries.rounds.events_of(session, round_.id)[-1]
        if round_.state == "CONSULTING" or last.event == notice_kinds.STOPPED:
            assessments.step(session, round_, "notice_withdrawn", "CONSULTING", about, by)


_WRITE: Mapping[str, Callable[[Session, Workplace, By, Any, Values], None]] = {
    "national_revision": _national_again,
    "affair_end": _end_again,
    "assignment": _give_again,
    "comment": comments.again,
    "confirmation": _confirm_again,
    "expected_question": answers.again,
    "opinion": _opinion_again,
    "publication": _publish_again,
    "referral_step": _referral_step_again,
    "incident": incidents.again,
    "review_answer": reviews.again,
    "revision_candidate": candidates.again,
    "verdict": _decide_again,
}
# What else taking back does.
_UNDO: Mapping[str, Callable[[Session, By, Any], None]] = {
    "consultation": _undo_consultation,
    "consultation_notice": _undo_notice,
    "referral": _undo_referral,
    "referral_step": _undo_referral_step,
    "sitting": _undo_sitting,
    "publication": _undo_publication,
    "affair": _undo_affair,
    "affair_end": _undo_end,
    "commission_letter": _undo_letter,
    "comment": _undo_comment,
    "expected_question": _undo_expected,
    "incident": incidents.undo,
    "file_omission": file_register.undo_omission,
}
