"""What follows a referral, as it is asked for: the city's own decision, its 取下げ, what was
replaced, what became of proposals.

Knows rows. Must not know what follows from them.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from ..rows.assessments import Round
from ..rows.councils import Referral, ReferralRound, Verdict
from ..rows.referrals import DECIDED, RECALLED, ProposalOutcome, ReferralStep


def all_steps(session: Session, referral_id: int) -> list[ReferralStep]:
    """Every step of a referral that was ever recorded, oldest first."""
    of = select(ReferralStep).where(ReferralStep.referral_id == referral_id)
    return list(session.scalars(of.order_by(ReferralStep.id)))


def steps(session: Session, referral_ids: Iterable[int]) -> list[ReferralStep]:
    """The steps of these referrals that stand, oldest first; of a corrected one its last row."""
    of = select(ReferralStep).where(
        ReferralStep.referral_id.in_(referral_ids), ReferralStep.withdrawn.is_(None)
    )
    found = list(session.scalars(of.order_by(ReferralStep.id)))
    followed = {step.facts.get("corrects") for step in found}
    return [step for step in found if step.id not in followed]


def step(session: Session, referral_id: int, kind: str) -> ReferralStep | None:
    """The last step of a kind that stands; None where there is none."""
    of_kind = [each for each in steps(session, [referral_id]) if each.kind == kind]
    return of_kind[-1] if of_kind else None


def decision(session: Session, referral_id: int) -> ReferralStep | None:
    """市の判断 beside the opinion on a referral; None where none is recorded."""
    return step(session, referral_id, DECIDED)


def recall(session: Session, referral_id: int) -> ReferralStep | None:
    """諮問の取下げ; None where it was not taken back."""
    return step(session, referral_id, RECALLED)


_OTHER = aliased(Referral)
_AGAIN = aliased(ReferralRound)
# A referral by which one of its rounds is before a council now: at its check, and by no later one.
AT_CHECK = exists().where(
    ReferralRound.referral_id == Referral.id,
    ReferralRound.round_id == Round.id,
    Round.state == "REVIEWING",
    ~exists().where(
        _AGAIN.round_id == Round.id,
        _AGAIN.referral_id == _OTHER.id,
        _OTHER.id > Referral.id,
        _OTHER.withdrawn.is_(None),
    ),
)


def continued(session: Session) -> list[Referral]:
    """The referrals that were heard and come back to a sitting, oldest first: something was said of
    them, and one of their rounds is at its check by no later referral."""
    said = exists().where(Verdict.referral_id == Referral.id)
    return list(session.scalars(select(Referral).where(AT_CHECK, said).order_by(Referral.id)))


def corrected_by(session: Session, row: ReferralStep) -> list[ReferralStep]:
    """A step with the rows before it that it corrects, the latest first."""
    by_id = {each.id: each for each in all_steps(session, row.referral_id)}
    chain = [row]
    while (before := by_id.get(chain[-1].facts.get("corrects") or 0)) is not None:
        chain.append(before)
    return chain


def proposal_outcomes(session: Session, proposal_ids: Iterable[int]) -> list[ProposalOutcome]:
    """What became of these proposals, as it stands, oldest first."""
    of = select(ProposalOutcome).where(
        ProposalOutcome.proposal_id.in_(proposal_ids), ProposalOutcome.withdrawn.is_(None)
    )
    return list(session.scalars(of.order_by(ProposalOutcome.id)))


def all_proposal_outcomes(session: Session, proposal_ids: Iterable[int]) -> list[ProposalOutcome]:
    """Every answer to these proposals that was ever recorded, oldest first."""
    of = select(ProposalOutcome).where(ProposalOutcome.proposal_id.in_(proposal_ids))
    return list(session.scalars(of.order_by(ProposalOutcome.id)))
