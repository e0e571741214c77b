"""Remarks, answers, proposals and marks of members, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ..rows.corrections import standing
from ..rows.councils import Answer, Proposal, ReferralRound, Remark, Tick


def answers_in_referrals(session: Session, referral_ids: Iterable[int]) -> list[Answer]:
    """The answers to the remarks of these referrals."""
    return list(
        session.scalars(
            select(Answer)
            .join(Remark, Remark.id == Answer.remark_id)
            .where(Remark.referral_id.in_(referral_ids), Answer.withdrawn.is_(None))
        )
    )


def answers_to(session: Session, remark_id: int) -> list[Answer]:
    """The answers to a remark, in the order they came."""
    return list(
        session.scalars(select(Answer).where(Answer.remark_id == remark_id).order_by(Answer.id))
    )


def answers_to_remarks(session: Session, remark_ids: Iterable[int]) -> list[Answer]:
    """The answers to these remarks."""
    return list(session.scalars(select(Answer).where(Answer.remark_id.in_(remark_ids))))


def proposals(session: Session, referral_id: int) -> list[Proposal]:
    """The wordings members proposed in a referral."""
    return list(session.scalars(select(Proposal).where(Proposal.referral_id == referral_id)))


def standing_proposals(session: Session, referral_id: int) -> list[Proposal]:
    """The wordings members proposed in a referral that were not taken back, oldest first."""
    of = select(Proposal).where(Proposal.referral_id == referral_id, standing(Proposal))
    return list(session.scalars(of.order_by(Proposal.id)))


def proposals_in_order(session: Session, referral_id: int) -> list[Proposal]:
    """The wordings members proposed in a referral, oldest first."""
    return list(
        session.scalars(
            select(Proposal).where(Proposal.referral_id == referral_id).order_by(Proposal.id)
        )
    )


def of_referral(session: Session, referral_id: int) -> list[Remark]:
    """The remarks about a referral."""
    return list(session.scalars(select(Remark).where(Remark.referral_id == referral_id)))


def of_referral_in_order(session: Session, referral_id: int) -> list[Remark]:
    """The remarks about a referral, oldest first."""
    return list(
        session.scalars(select(Remark).where(Remark.referral_id == referral_id).order_by(Remark.id))
    )


def tick(session: Session, referral_id: int, who: str, card: str) -> Tick | None:
    """Whether somebody looked at a card: their mark, or None."""
    return session.scalar(
        select(Tick).where(Tick.referral_id == referral_id, Tick.who == who, Tick.card == card)
    )


def ticks_of_rounds(session: Session, referral_id: int, who: str) -> list[Tick]:
    """The marks somebody set on cards of a referral, and of earlier ones with a round of it."""
    mine = select(ReferralRound.round_id).where(ReferralRound.referral_id == referral_id)
    same = select(ReferralRound.referral_id).where(ReferralRound.round_id.in_(mine))
    of = (Tick.who == who, Tick.referral_id.in_(same), Tick.referral_id <= referral_id)
    return list(session.scalars(select(Tick).where(*of).order_by(Tick.id)))


def versions_read(
    session: Session, kind: type[Remark] | type[Proposal]
) -> Sequence[Row[int, int | None]]:
    """(referral, version it is about) of every remark or every proposal."""
    return session.execute(select(kind.referral_id, kind.version_id)).all()


def in_referrals(session: Session, referral_ids: Iterable[int]) -> list[Remark]:
    """The remarks about these referrals that stand."""
    standing = select(Remark).where(Remark.withdrawn.is_(None))
    return list(session.scalars(standing.where(Remark.referral_id.in_(referral_ids))))


def standing_of_referral(session: Session, referral_id: int) -> list[Remark]:
    """The remarks about a referral that were not taken back, oldest first."""
    standing = select(Remark).where(Remark.referral_id == referral_id, Remark.withdrawn.is_(None))
    return list(session.scalars(standing.order_by(Remark.id)))


def standing_answers_to(session: Session, remark_id: int) -> list[Answer]:
    """The answers to a remark that were not taken back, in the order they came."""
    standing = select(Answer).where(Answer.remark_id == remark_id, Answer.withdrawn.is_(None))
    return list(session.scalars(standing.order_by(Answer.id)))


def in_referrals_in_order(session: Session, referral_ids: Iterable[int]) -> list[Remark]:
    """The remarks about these referrals, oldest first."""
    asked = select(Remark).where(Remark.referral_id.in_(referral_ids), Remark.withdrawn.is_(None))
    return list(session.scalars(asked.order_by(Remark.id)))
