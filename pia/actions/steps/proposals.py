"""What becomes of other wording that a member proposed: taken up as it is or in other words (an
edit of the draft, tied to the proposal), or declined with a reason (規則第7条第4項).

The secretariat decides for the city; the member sees it on the card.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...store import queries
from ...store.ledger import log
from ...store.ledger.witness import Witness
from ...store.model import acted
from ...store.rows import councils
from ...store.rows.assessments import NewVersion, Version
from ...store.rows.referrals import ProposalOutcome
from ...store.turns import Outdated
from ..records import closing, proposals
from ..workplace import Workplace, line, put, ready, row_of

TAKEN = "taken"
AMENDED = "amended"
DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class NewOutcome:
    """What is decided about a proposal. `words`: those that are written (`amended`); `reason`: to
    the member; `everywhere`: also in the other documents before the council that have the passage.
    """

    outcome: str
    reason: str = ""
    words: str = ""
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class _Ready:
    """A text with the proposal in it, ready to be saved on the head it was made on."""

    where: str
    head: int
    new: NewVersion


def answer(wp: Workplace, by: By, number: int, new: NewOutcome) -> list[str]:
    """Decides about a proposal; the references of the versions it led to. PiaError where it was
    decided already, or the text no longer has the passage."""
    if new.outcome != TAKEN and not new.reason.strip():
        raise Unfit("reason", "「理由」を入力してください。委員に見えます。")
    if new.outcome == AMENDED and not new.words.strip():
        raise Unfit("words", "「取り入れる言葉」を入力してください。")

    def prepare(session: Witness) -> list[_Ready]:
        row = _open(session, number)
        if new.outcome == DECLINED:
            return []
        words = new.words if new.outcome == AMENDED else row.after
        made: list[_Ready] = []
        for one in proposals.tried(session, row, words):
            if not made or new.everywhere:
                closing.must_be_open(one.at)
                made.append(_ready(session, row, one))
        return made

    def carry_out(session: Witness, made: list[_Ready]) -> list[str]:
        row = _open(session, number)
        versions = [_saved(session, by, one) for one in made]
        session.add(
            ProposalOutcome(
                proposal_id=row.id,
                outcome=new.outcome,
                version_id=versions[0].id if versions else None,
                reason=new.reason,
                **acted(by),
            )
        )
        about = {"outcome": new.outcome}
        log.entry(session, by, "proposal.answer", str(row.id), about, versions)
        return [
            f"{one.where.split('~')[0]}@{version.seq}"
            for one, version in zip(made, versions, strict=True)
        ]

    return wp.store.prepared(prepare, carry_out, lambda _: None)


def _open(session: Session, number: int) -> councils.Proposal:
    """A proposal that stands and is not decided."""
    row = row_of(session, councils.Proposal, number, "修正案")
    if queries.referrals.proposal_outcomes(session, [number]):
        raise PiaError(
            "この修正案への回答は、もう記録されています。直すときは、回答を取り消してください。"
        )
    return row


def _ready(session: Session, row: councils.Proposal, one: proposals.Tried) -> _Ready:
    form = forms.load(one.after.form)
    why = f"{row.speaker}委員の修正案を受けた修正"
    new = ready(session, form, one.after, why, {"proposal": row.id})
    return _Ready(one.at.ref, one.at.own_head, new)


def _saved(session: Witness, by: By, one: _Ready) -> Version:
    at = line(session, one.where)
    closing.must_be_open(at)
    if at.own_head != one.head:
        raise Outdated
    return put(session, at, one.new, by)
