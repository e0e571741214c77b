"""Councils, their members, referrals and verdicts, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round
from ..rows.bodies import Account, Affair, Body
from ..rows.councils import (
    Attendance,
    Council,
    GlossaryTerm,
    Member,
    Referral,
    ReferralRound,
    Verdict,
)


def councils(session: Session) -> list[Council]:
    """Every council, in the order they were made."""
    return list(session.scalars(select(Council).order_by(Council.id)))


def glossary(session: Session) -> list[GlossaryTerm]:
    """Every word that is explained in place."""
    return list(session.scalars(select(GlossaryTerm).where(GlossaryTerm.withdrawn.is_(None))))


def every_term(session: Session) -> list[GlossaryTerm]:
    """Every word the office explained, also those it took back."""
    return list(session.scalars(select(GlossaryTerm).order_by(GlossaryTerm.term)))


def explained(session: Session, term: str) -> GlossaryTerm | None:
    """A word that is explained in place; None when it is not."""
    return session.scalar(select(GlossaryTerm).where(GlossaryTerm.term == term))


def all_members(session: Session) -> list[Member]:
    """Every term of every member."""
    return list(session.scalars(select(Member)))


def terms_of_account(session: Session, name: str) -> list[Member]:
    """The terms of the member with this sign-in name."""
    return list(
        session.scalars(
            select(Member)
            .join(Account, Account.id == Member.account_id)
            .where(Account.name == name)
        )
    )


def members_in_order(session: Session) -> list[Member]:
    """Every term of every member, in the order they were made."""
    return list(session.scalars(select(Member).order_by(Member.id)))


def terms_of_member(session: Session, council_id: int, name: str) -> list[Member]:
    """The terms of a member on a council, by the member's name, oldest first."""
    return list(
        session.scalars(
            select(Member)
            .where(Member.council_id == council_id, Member.name == name)
            .order_by(Member.id)
        )
    )


def referrals(session: Session) -> list[Referral]:
    """Every referral."""
    return list(session.scalars(select(Referral)))


def referrals_of_round(session: Session, round_id: int) -> list[Referral]:
    """The referrals of a round."""
    return list(
        session.scalars(
            select(Referral)
            .join(ReferralRound)
            .where(ReferralRound.round_id == round_id, Referral.withdrawn.is_(None))
        )
    )


def referrals_of_round_in_order(session: Session, round_id: int) -> list[Referral]:
    """The referrals of a round, oldest first."""
    return list(
        session.scalars(
            select(Referral)
            .join(ReferralRound)
            .where(ReferralRound.round_id == round_id, Referral.withdrawn.is_(None))
            .order_by(Referral.id)
        )
    )


def last_referral_of_round(session: Session, round_id: int) -> Referral | None:
    """The latest referral of a round; None before the first."""
    return session.scalars(
        select(Referral)
        .join(ReferralRound)
        .where(ReferralRound.round_id == round_id, Referral.withdrawn.is_(None))
        .order_by(Referral.id.desc())
    ).first()


def referrals_in_order(session: Session) -> list[Referral]:
    """Every referral, oldest first."""
    return list(session.scalars(select(Referral).order_by(Referral.id)))


def referrals_to(session: Session, council_ids: Iterable[int]) -> list[Referral]:
    """The referrals to these councils."""
    standing = select(Referral).where(Referral.withdrawn.is_(None))
    return list(session.scalars(standing.where(Referral.council_id.in_(council_ids))))


def referrals_numbered(session: Session, referral_ids: Iterable[int]) -> list[Referral]:
    """The referrals of these numbers."""
    return list(session.scalars(select(Referral).where(Referral.id.in_(referral_ids))))


def pinned(session: Session) -> list[ReferralRound]:
    """Every round of every referral, with the version before the council."""
    return list(session.scalars(select(ReferralRound)))


def pinned_in(session: Session, referral_id: int, assessment_id: int) -> ReferralRound | None:
    """The round of an assessment in a referral; None when it is not in it."""
    return session.scalar(
        select(ReferralRound)
        .join(Round, Round.id == ReferralRound.round_id)
        .where(ReferralRound.referral_id == referral_id, Round.assessment_id == assessment_id)
    )


def pinned_of_rounds(session: Session, round_ids: Iterable[int]) -> list[ReferralRound]:
    """Where these rounds were referred, by referral."""
    return list(
        session.scalars(
            select(ReferralRound)
            .join(Referral, Referral.id == ReferralRound.referral_id)
            .where(ReferralRound.round_id.in_(round_ids), Referral.withdrawn.is_(None))
            .order_by(ReferralRound.referral_id)
        )
    )


def verdicts(session: Session, referral_id: int) -> list[Verdict]:
    """The verdicts about a referral."""
    return list(session.scalars(select(Verdict).where(Verdict.referral_id == referral_id)))


def verdicts_in_order(session: Session, referral_id: int) -> list[Verdict]:
    """The verdicts about a referral, oldest first."""
    return list(
        session.scalars(
            select(Verdict).where(Verdict.referral_id == referral_id).order_by(Verdict.id)
        )
    )


def last_verdict(session: Session, referral_id: int) -> Verdict | None:
    """The latest verdict about a referral; None before the first."""
    return session.scalars(
        select(Verdict).where(Verdict.referral_id == referral_id).order_by(Verdict.id.desc())
    ).first()


def verdicts_of(session: Session, referral_ids: Iterable[int]) -> list[Verdict]:
    """The verdicts about these referrals, oldest first."""
    return list(
        session.scalars(
            select(Verdict).where(Verdict.referral_id.in_(referral_ids)).order_by(Verdict.id)
        )
    )


def last_verdict_of_round(session: Session, round_id: int) -> Verdict | None:
    """The latest verdict about any referral of a round; None before the first."""
    return session.scalars(
        select(Verdict)
        .where(
            Verdict.referral_id.in_(
                select(ReferralRound.referral_id).where(ReferralRound.round_id == round_id)
            )
        )
        .order_by(Verdict.id.desc())
    ).first()


def id_named(session: Session, name: str) -> int | None:
    """The number of the council of a name; None when there is none."""
    return session.scalar(select(Council.id).where(Council.name == name))


def newest_referral(session: Session) -> int | None:
    """The number of the newest referral, asked for among all; None before the first."""
    standing = select(Referral.id).where(Referral.withdrawn.is_(None))
    return session.scalars(standing.order_by(Referral.id.desc())).first()


def last_referral(session: Session) -> int | None:
    """The number of the latest referral; None before the first."""
    standing = select(Referral.id).where(Referral.withdrawn.is_(None))
    return session.scalar(standing.order_by(Referral.id.desc()).limit(1))


def referrals_among(
    session: Session, council_ids: Iterable[int], referral_ids: Iterable[int]
) -> list[int]:
    """The numbers of these referrals that went to these councils."""
    return list(
        session.scalars(
            select(Referral.id).where(
                Referral.council_id.in_(council_ids),
                Referral.id.in_(referral_ids),
                Referral.withdrawn.is_(None),
            )
        )
    )


def referrals_with_round(session: Session, round_id: int) -> list[int]:
    """The numbers of the referrals of a round."""
    rows = (
        select(ReferralRound.referral_id)
        .join(Referral, Referral.id == ReferralRound.referral_id)
        .where(ReferralRound.round_id == round_id, Referral.withdrawn.is_(None))
    )
    return list(session.scalars(rows))


def referrals_until(session: Session, round_ids: Iterable[int], referral_id: int) -> list[int]:
    """The numbers of the referrals of these rounds up to one of them."""
    return list(
        session.scalars(
            select(ReferralRound.referral_id)
            .join(Referral, Referral.id == ReferralRound.referral_id)
            .where(
                ReferralRound.round_id.in_(round_ids),
                ReferralRound.referral_id <= referral_id,
                Referral.withdrawn.is_(None),
            )
        )
    )


def versions_before(
    session: Session, council_ids: Iterable[int], referral_id: int
) -> Sequence[Row[int, int | None, int]]:
    """(pinned version, what its round started from, assessment) of these councils, up to a
    referral."""
    return session.execute(
        select(ReferralRound.version_id, Round.base_id, Round.assessment_id)
        .join(Round, Round.id == ReferralRound.round_id)
        .join(Referral, Referral.id == ReferralRound.referral_id)
        .where(
            Referral.council_id.in_(council_ids),
            Referral.id <= referral_id,
            Referral.withdrawn.is_(None),
        )
    ).all()


def decided_on(session: Session, referral_id: int) -> int | None:
    """A verdict about a referral; None before the first."""
    return session.scalar(select(Verdict.id).where(Verdict.referral_id == referral_id).limit(1))


def decided_at(session: Session, sitting_id: int) -> int | None:
    """A verdict of a sitting; None where nothing was decided."""
    return session.scalar(select(Verdict.id).where(Verdict.sitting_id == sitting_id).limit(1))


def member_names(session: Session) -> list[str]:
    """The name of every member."""
    return list(session.scalars(select(Member.name)))


def page_of_referrals(
    session: Session, among: Iterable[int] | None, first: int, most: int
) -> Sequence[Row[Referral, Council]]:
    """(referral, council) of some referrals, the latest first, from number `first` (from 0); of
    these alone, where they are given."""
    rows = select(Referral, Council).join(Council, Council.id == Referral.council_id)
    rows = rows.where(Referral.withdrawn.is_(None))
    if among is not None:
        rows = rows.where(Referral.id.in_(among))
    return session.execute(rows.order_by(Referral.id.desc()).offset(first).limit(most)).all()


def count_referrals(session: Session, among: Iterable[int] | None) -> int:
    """How many referrals there are; of these alone, where they are given."""
    rows = select(func.count(Referral.id)).where(Referral.withdrawn.is_(None))
    if among is not None:
        rows = rows.where(Referral.id.in_(among))
    return session.scalar(rows) or 0


def pinned_in_order(session: Session) -> list[ReferralRound]:
    """Every round of every referral, in the order the rounds began."""
    of = select(ReferralRound).order_by(ReferralRound.referral_id, ReferralRound.round_id)
    return list(session.scalars(of))


def last_verdicts_at(session: Session) -> dict[int, datetime]:
    """When the latest verdict about each referral was recorded, by referral."""
    rows = select(Verdict.referral_id, Verdict.at).order_by(Verdict.id)
    return dict(session.execute(rows).all())


def has_attended(session: Session, member_id: int) -> bool:
    """Whether the attendance of a member was ever recorded."""
    of = select(Attendance.member_id).where(Attendance.member_id == member_id).limit(1)
    return session.scalar(of) is not None


def body_of_referral(session: Session, referral_id: int) -> Body | None:
    """The body whose case a referral is; None where it has no round."""
    return session.scalars(
        select(Body)
        .join(Affair, Affair.body_id == Body.id)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .join(Round, Round.assessment_id == Assessment.id)
        .join(ReferralRound, ReferralRound.round_id == Round.id)
        .where(ReferralRound.referral_id == referral_id)
        .order_by(Round.id)
        .limit(1)
    ).first()


def only_body(session: Session) -> Body | None:
    """The body there is, where there is one alone."""
    bodies = list(session.scalars(select(Body).limit(2)))
    return bodies[0] if len(bodies) == 1 else None
