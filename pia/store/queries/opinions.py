"""Opinions, what came in with them, the answers and the wordings they led to, as they are asked
for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..rows.assessments import Version
from ..rows.consultations import (
    COUNTED,
    Adoption,
    Inbox,
    Opinion,
    OpinionAttachment,
    OpinionColumns,
    OpinionSender,
    Response,
    consultation_round,
)


def adoptions(session: Session) -> list[Adoption]:
    """Every wording an opinion led to."""
    return list(session.scalars(select(Adoption)))


def adopted_in_rounds(
    session: Session, round_ids: Iterable[int], consultation_id: int
) -> Sequence[Row[Adoption, Opinion]]:
    """(adoption, opinion) of a consultation in versions of these rounds, in the order of the
    opinions."""
    return session.execute(
        select(Adoption, Opinion)
        .join(Opinion, Opinion.id == Adoption.opinion_id)
        .join(Version, Version.id == Adoption.after_id)
        .where(Version.round_id.in_(round_ids))
        .where(Opinion.consultation_id == consultation_id)
        .order_by(Opinion.number, Adoption.id)
    ).all()


def adopted_in_assessment(session: Session, assessment_id: int) -> Sequence[Row[Adoption, Opinion]]:
    """(adoption, opinion) of every wording of an assessment that an opinion led to."""
    return session.execute(
        select(Adoption, Opinion)
        .join(Opinion, Opinion.id == Adoption.opinion_id)
        .where(Adoption.assessment_id == assessment_id)
    ).all()


def waiting(session: Session, consultation_id: int) -> list[Inbox]:
    """What came through the public zone for a consultation and was not taken in."""
    return list(
        session.scalars(
            select(Inbox)
            .where(Inbox.consultation_id == consultation_id)
            .where(Inbox.opinion_id.is_(None))
        )
    )


def waiting_in_order(session: Session, consultation_id: int) -> list[Inbox]:
    """What came through the public zone for a consultation and was not taken in, oldest first."""
    return list(
        session.scalars(
            select(Inbox)
            .where(Inbox.consultation_id == consultation_id, Inbox.opinion_id.is_(None))
            .order_by(Inbox.id)
        )
    )


def inbox_of(session: Session, opinion_id: int) -> list[Inbox]:
    """What an opinion was taken in from."""
    return list(session.scalars(select(Inbox).where(Inbox.opinion_id == opinion_id)))


def inbox_of_in_order(session: Session, opinion_id: int) -> list[Inbox]:
    """What an opinion was taken in from, oldest first."""
    return list(
        session.scalars(select(Inbox).where(Inbox.opinion_id == opinion_id).order_by(Inbox.id))
    )


def of_receipt(session: Session, receipt: str) -> Inbox | None:
    """What came through the public zone under a receipt; None when nothing did."""
    return session.scalar(select(Inbox).where(Inbox.receipt == receipt))


def of_consultation(session: Session, consultation_id: int) -> list[Opinion]:
    """The opinions of a consultation."""
    return list(session.scalars(select(Opinion).where(Opinion.consultation_id == consultation_id)))


def numbered(session: Session, consultation_id: int, number: int) -> Opinion | None:
    """The opinion of a number in a consultation; None when there is none."""
    return session.scalar(
        select(Opinion).where(Opinion.consultation_id == consultation_id, Opinion.number == number)
    )


def responses_to(session: Session, opinion_id: int) -> list[Response]:
    """What the city answered to an opinion."""
    return list(session.scalars(select(Response).where(Response.opinion_id == opinion_id)))


def responses_to_in_order(session: Session, opinion_id: int) -> list[Response]:
    """What the city answered to an opinion, oldest first."""
    return list(
        session.scalars(
            select(Response).where(Response.opinion_id == opinion_id).order_by(Response.id)
        )
    )


def adopted_of_rounds(session: Session, round_ids: Iterable[int]) -> list[int]:
    """The opinions that led to a wording in versions of these rounds."""
    return list(
        session.scalars(
            select(Adoption.opinion_id)
            .join(Version, Version.id == Adoption.after_id)
            .where(Version.round_id.in_(round_ids))
        )
    )


def adopted_of_assessment(session: Session, assessment_id: int) -> list[int]:
    """The opinions that led to a wording of an assessment."""
    return list(
        session.scalars(select(Adoption.opinion_id).where(Adoption.assessment_id == assessment_id))
    )


def taken_back(session: Session, consultation_id: int) -> list[tuple[int, date]]:
    """(number, day) of the opinions of a consultation whose record was taken back, in order."""
    rows = (
        select(Opinion.number, Opinion.withdrawn)
        .where(Opinion.consultation_id == consultation_id, Opinion.withdrawn.is_not(None))
        .order_by(Opinion.number)
    )
    return [(number, day) for number, day in session.execute(rows) if day is not None]


def is_adopted(session: Session, opinion_id: int) -> bool:
    """Whether an opinion led to a wording."""
    of = select(Adoption.id).where(Adoption.opinion_id == opinion_id).limit(1)
    return session.scalar(of) is not None


def receipt_taken(session: Session, receipt: str) -> int | None:
    """What came under a receipt; None when it is free."""
    return session.scalar(select(Inbox.id).where(Inbox.receipt == receipt))


def ids_of_consultation(session: Session, consultation_id: int) -> list[int]:
    """The numbers of the opinions of a consultation, in order."""
    return list(
        session.scalars(
            select(Opinion.id)
            .where(Opinion.consultation_id == consultation_id)
            .order_by(Opinion.number)
        )
    )


def numbers_of_consultation(session: Session, consultation_id: int) -> dict[int, int]:
    """Row → number of the opinions of a consultation."""
    of = select(Opinion.id, Opinion.number).where(Opinion.consultation_id == consultation_id)
    return dict(session.execute(of).all())


def id_numbered(session: Session, consultation_id: int | None, number: int | None) -> int | None:
    """The opinion of a number in a consultation; None when there is none."""
    return session.scalar(
        select(Opinion.id).where(
            Opinion.consultation_id == consultation_id, Opinion.number == number
        )
    )


def senders(session: Session, consultation_id: int) -> Sequence[Row[int, str, str]]:
    """(number of the opinion, name, address) of a consultation, in order."""
    return session.execute(
        select(Opinion.number, OpinionSender.name, OpinionSender.address)
        .join(OpinionSender, OpinionSender.opinion_id == Opinion.id)
        .where(Opinion.consultation_id == consultation_id)
        .order_by(Opinion.number)
    ).all()


def receipt_came(session: Session, consultation_id: int, receipt: str) -> int | None:
    """What came to a consultation under a receipt; None when nothing did."""
    of_consultation = (Inbox.consultation_id == consultation_id, Inbox.receipt == receipt)
    return session.scalar(select(Inbox.id).where(*of_consultation))


def names_and_addresses(
    session: Session, kind: type[OpinionSender] | type[Inbox]
) -> Sequence[Row[str, str]]:
    """(name, address) of everybody who sent an opinion, of one of the two tables that have them."""
    return session.execute(select(kind.name, kind.address)).all()


def not_taken_in(session: Session) -> list[Inbox]:
    """What came through the public zone and was not taken in, oldest first."""
    return list(session.scalars(select(Inbox).order_by(Inbox.id).where(Inbox.opinion_id.is_(None))))


def counts(session: Session, consultation_ids: Iterable[int]) -> dict[int, int]:
    """How many opinions of each of these consultations count; those that have any."""
    rows = (
        select(Opinion.consultation_id, func.count(Opinion.id))
        .where(Opinion.consultation_id.in_(consultation_ids), *COUNTED)
        .group_by(Opinion.consultation_id)
    )
    return dict(session.execute(rows).all())


def adopted_counts(session: Session, consultation_ids: Iterable[int]) -> dict[int, int]:
    """How many of them changed a wording in a round of their consultation."""
    about = (
        select(consultation_round.c.round_id)
        .where(consultation_round.c.consultation_id == Opinion.consultation_id)
        .correlate(Opinion)
    )
    rows = (
        select(Opinion.consultation_id, func.count(func.distinct(Opinion.id)))
        .join(
            Adoption,
            or_(Adoption.opinion_id == Opinion.id, Adoption.opinion_id == Opinion.like_id),
        )
        .join(Version, Version.id == Adoption.after_id)
        .where(Opinion.consultation_id.in_(consultation_ids), *COUNTED, Version.round_id.in_(about))
        .group_by(Opinion.consultation_id)
    )
    return dict(session.execute(rows).all())


def waiting_counts(session: Session, consultation_ids: Iterable[int]) -> dict[int, int]:
    """How much came through the public zone for each of them and was not taken in."""
    rows = (
        select(Inbox.consultation_id, func.count(Inbox.id))
        .where(Inbox.consultation_id.in_(consultation_ids), Inbox.opinion_id.is_(None))
        .group_by(Inbox.consultation_id)
    )
    return dict(session.execute(rows).all())


def by_number(session: Session) -> list[Opinion]:
    """Every opinion, by its number in its consultation."""
    return list(session.scalars(select(Opinion).order_by(Opinion.consultation_id, Opinion.number)))


def people_counts(
    session: Session, consultation_ids: Iterable[int], *, anonymous: bool = False
) -> dict[int, int]:
    """How many people sent the opinions that count of each of these consultations: one a letter,
    letters an officer or the register of senders took for the same person's once; `anonymous`:
    only those who gave no name."""
    letter = aliased(Opinion)
    person = func.coalesce(
        letter.same_person_id, Opinion.same_person_id, Opinion.letter_id, Opinion.id
    )
    rows = (
        select(Opinion.consultation_id, func.count(func.distinct(person)))
        .outerjoin(letter, letter.id == Opinion.letter_id)
        .where(Opinion.consultation_id.in_(consultation_ids), *COUNTED)
        .group_by(Opinion.consultation_id)
    )
    if anonymous:
        rows = rows.where(Opinion.anonymous.is_(True))
    return dict(session.execute(rows).all())


def points_of(session: Session, letter_ids: Iterable[int]) -> list[Opinion]:
    """The points these letters were split into that stand, in order."""
    of = select(Opinion).where(Opinion.letter_id.in_(list(letter_ids)), Opinion.withdrawn.is_(None))
    return list(session.scalars(of.order_by(Opinion.number)))


def answered_with(session: Session, opinion_id: int) -> list[Opinion]:
    """The other opinions an opinion is answered for, in order."""
    of = select(Opinion).where(Opinion.like_id == opinion_id, Opinion.withdrawn.is_(None))
    return list(session.scalars(of.order_by(Opinion.number)))


def of_same_person(session: Session, opinion_id: int) -> list[Opinion]:
    """The other letters that are taken for the same person's as this first one, in order."""
    of = select(Opinion).where(Opinion.same_person_id == opinion_id)
    return list(session.scalars(of.order_by(Opinion.number)))


def recalled(session: Session, consultation_id: int) -> list[Opinion]:
    """The opinions of a consultation their senders took back, in order."""
    of = select(Opinion).where(
        Opinion.consultation_id == consultation_id,
        Opinion.recalled.is_not(None),
        Opinion.withdrawn.is_(None),
    )
    return list(session.scalars(of.order_by(Opinion.number)))


def letters_with_senders(
    session: Session, consultation_id: int
) -> Sequence[Row[Opinion, str, str]]:
    """(letter, name, address) of the letters of a consultation whose sender is known, in order."""
    return session.execute(
        select(Opinion, OpinionSender.name, OpinionSender.address)
        .join(OpinionSender, OpinionSender.opinion_id == Opinion.id)
        .where(Opinion.consultation_id == consultation_id, Opinion.withdrawn.is_(None))
        .order_by(Opinion.number)
    ).all()


def references(session: Session, consultation_id: int) -> dict[str, int]:
    """Number another system gave an opinion → its number, of those of a consultation that
    stand."""
    rows = select(Opinion.reference, Opinion.number).where(
        Opinion.consultation_id == consultation_id,
        Opinion.reference.is_not(None),
        Opinion.withdrawn.is_(None),
    )
    return {reference: number for reference, number in session.execute(rows) if reference}


def attachments(session: Session, opinion_ids: Iterable[int]) -> list[OpinionAttachment]:
    """The files that came with these opinions and stand, oldest first."""
    of = select(OpinionAttachment).where(
        OpinionAttachment.opinion_id.in_(list(opinion_ids)), OpinionAttachment.withdrawn.is_(None)
    )
    return list(session.scalars(of.order_by(OpinionAttachment.id)))


def attachment_ids(session: Session, opinion_ids: Iterable[int]) -> list[int]:
    """The files that came with these opinions, also those taken back."""
    of = select(OpinionAttachment.id).where(OpinionAttachment.opinion_id.in_(list(opinion_ids)))
    return list(session.scalars(of.order_by(OpinionAttachment.id)))


def every_attachment(session: Session) -> Sequence[Row[int, str]]:
    """(opinion, digest of the bytes) of every file that came with one."""
    return session.execute(select(OpinionAttachment.opinion_id, OpinionAttachment.sha256)).all()


def columns(session: Session) -> dict[str, str]:
    """Which heading of a list of opinions holds what, as it was chosen last; empty before."""
    of = select(OpinionColumns).order_by(OpinionColumns.id.desc()).limit(1)
    row = session.scalar(of)
    return {field: str(heading) for field, heading in row.columns.items()} if row else {}
