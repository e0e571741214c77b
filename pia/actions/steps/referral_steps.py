"""What the city does about a 諮問 after it was made: its own decision beside an opinion that does
not favour the draft, taking it back, and putting a changed text before the council in place of the
one it has (規則第7条第4項・第5項: 意見を聴いた後に提出する).

The secretariat records. What the council says is in `referrals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By, day_in_japan
from ...domain.errors import PiaError, Unfit
from ...domain.procedure import verdicts
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows import councils as rows
from ...store.rows.assessments import Assessment, Round, RoundEvent, Version
from ...store.rows.referrals import DECIDED, RECALLED, REPLACED, ReferralStep
from ..records import closing
from ..records.on_record import day_of
from ..records.rounds import reviewed_digest
from ..workplace import VersionLine, Workplace, row_of
from .corrections import step_back
from .referrals import must_not_be_recalled, renewed_materials, waiting_rounds

OWN_DECISION = "own_decision"
RECALL = "recall"
REPLACEMENT = "replacement"


@dataclass(frozen=True, slots=True)
class NewReferralStep:
    """A step of a referral as it was typed: its day, 文書番号, why, and of a decision what the city
    does about the opinion."""

    day: date
    document_number: str = ""
    reason: str = ""
    response: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def decide_itself(wp: Workplace, by: By, referral: int, new: NewReferralStep) -> None:
    """市の判断 beside an opinion that does not favour the draft: the round goes on with it.

    PiaError where the council has not said such a thing, or where it is recorded already."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        verdict = queries.councils.last_verdict(session, referral)
        about = [] if verdict is None else _against(wp, row, verdict)
        if verdict is None or not about:
            raise PiaError(
                "市の判断は、了承しないなどの結論が記録された後に記録します。"
                "この諮問には、その結論がありません。"
            )
        if queries.referrals.decision(session, referral) is not None:
            raise PiaError("市の判断は、もう記録されています。直すときは、記録を直してください。")
        must_be_day(by, new.day, "決定した日", (day_of(session, verdict), "結論の日"))
        for pinned in about:
            closing.must_be_open(_line(session, pinned), before=closing.OVER)
        step = _keep(session, by, row, DECIDED, new)
        for pinned in about:
            _note(session, by, pinned, OWN_DECISION, step)
        log.entry(session, by, "referral.own_decision", str(referral), _about(step))
        log.anchor(session, by)


def _against(wp: Workplace, row: rows.Referral, verdict: rows.Verdict) -> list[rows.ReferralRound]:
    """The rounds about which the council said what asks for the city's own decision."""
    against = []
    for pinned in row.rounds:
        if verdicts.word(wp.rules, verdict.kind_of(pinned.round_id)).own_decision:
            against.append(pinned)
    return against


def recall(wp: Workplace, by: By, referral: int, new: NewReferralStep) -> None:
    """諮問の取下げ: the rounds that are before the council go back to where they were; questions,
    cards and sittings stay as they are. PiaError where none of them is before it any more."""
    with wp.store.begin() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        must_not_be_recalled(session, row)
        waiting = waiting_rounds(session, row)
        if not waiting:
            raise PiaError("この諮問の評価書は、いま審議会にかかっていません。")
        must_be_day(by, new.day, "取り下げた日", (day_in_japan(row.at), "諮問した日"))
        step = _keep(session, by, row, RECALLED, new)
        about = {"referral": row.id, **_about_event(step)}
        for pinned in waiting:
            step_back(session, by, session.get_one(Round, pinned.round_id), RECALL, about)
        log.entry(session, by, "referral.recall", str(referral), _about(step))
        log.anchor(session, by)


def replace(wp: Workplace, by: By, referral: int, new: NewReferralStep) -> int:
    """差替え: the texts that were changed since they were put before the council take the place of
    those it has; how many. The printed papers of before stay beside the new ones. PiaError where
    nothing was changed."""
    with wp.store.read() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        wheres = [_line(session, pinned).ref for pinned in changed_since(session, row)]
    printed = renewed_materials(wp, referral, wheres)
    with wp.store.begin() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        must_not_be_recalled(session, row)
        changed = changed_since(session, row)
        if not changed:
            raise PiaError("審議会に出した後に変わった評価書はありません。")
        must_be_day(by, new.day, "差し替えた日", (day_in_japan(row.at), "諮問した日"))
        for pinned in changed:
            _put(session, by, row, pinned, new)
        row.materials = printed(session, row, new.day)
        log.entry(session, by, "referral.replace", str(referral), {"rounds": wheres})
        log.anchor(session, by)
        return len(changed)


def changed_since(session: Session, row: rows.Referral) -> list[rows.ReferralRound]:
    """The rounds before the council whose text is another now than the one it has."""
    changed = []
    for pinned in waiting_rounds(session, row):
        head = session.get_one(Version, session.get_one(Round, pinned.round_id).head_id)
        if head.reviewed_digest != pinned.reviewed_digest:
            changed.append(pinned)
    return changed


def _put(
    session: Session, by: By, row: rows.Referral, pinned: rows.ReferralRound, new: NewReferralStep
) -> None:
    """One text in place of the one before the council."""
    head_id = session.get_one(Round, pinned.round_id).head_id
    if head_id is None:
        raise PiaError("その評価書には、まだ記載がありません。")
    tree = nodes.recent(session, head_id)
    facts = {"round": pinned.round_id, "before": pinned.version_id, "after": head_id}
    pinned.version_id = head_id
    pinned.reviewed_digest = reviewed_digest(forms.load(tree.form), tree)
    put = NewReferralStep(new.day, new.document_number, new.reason, facts=facts)
    _note(session, by, pinned, REPLACEMENT, _keep(session, by, row, REPLACED, put))


def must_be_day(by: By, day: date, label: str, after: tuple[date, str]) -> None:
    """Unfit for a day that is still to come, or before the day (`after`: day, what it is) of what
    it follows."""
    if day > by.day:
        raise Unfit("day", f"{label}（{written(day)}）がまだ来ていません。")
    if day < after[0]:
        raise Unfit(
            "day", f"{label}（{written(day)}）が、{after[1]}（{written(after[0])}）より前です。"
        )


def _line(session: Session, pinned: rows.ReferralRound) -> VersionLine:
    round_ = session.get_one(Round, pinned.round_id)
    return VersionLine(session.get_one(Assessment, round_.assessment_id), round_)


def _keep(
    session: Session, by: By, row: rows.Referral, kind: str, new: NewReferralStep
) -> ReferralStep:
    facts = dict(new.facts)
    if new.document_number:
        facts["document_number"] = new.document_number
    step = ReferralStep(
        referral_id=row.id,
        kind=kind,
        day=new.day,
        facts=facts,
        reason=new.reason,
        response=new.response,
        **acted(by),
    )
    session.add(step)
    session.flush()
    return step


def _about(step: ReferralStep) -> dict[str, Any]:
    about = {"day": step.day.isoformat()}
    if step.document_number:
        about["document_number"] = step.document_number
    return about


def _about_event(step: ReferralStep) -> dict[str, Any]:
    """What the record of a round says of a step: its day also in words."""
    return {"referral_step": step.id, "on": written(step.day), **_about(step)}


def _note(
    session: Session, by: By, pinned: rows.ReferralRound, event: str, step: ReferralStep
) -> RoundEvent:
    """The step in the record of a round, which it leaves where it is."""
    round_ = session.get_one(Round, pinned.round_id)
    about = {"referral": step.referral_id, **_about_event(step)}
    return assessments.step(session, round_, event, round_.state, about, by)
