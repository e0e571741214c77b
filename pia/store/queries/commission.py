"""Letters of the commission and the city's answers, as they are asked for.

Knows rows. Must not know what they ask of a round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round
from ..rows.bodies import Account, Affair
from ..rows.commission import AMENDMENT, CommissionLetter, CommissionReply
from ..rows.filing import Submission

_ANSWERED = exists().where(
    CommissionReply.letter_id == CommissionLetter.id, CommissionReply.withdrawn.is_(None)
)
_SENT_AGAIN = exists().where(
    Submission.round_id == CommissionLetter.round_id,
    Submission.id > CommissionLetter.submission_id,
)


# An inquiry waits until it is answered, an amendment until then or until something was sent again.
LETTER_WAITS = (
    CommissionLetter.withdrawn.is_(None)
    & ~_ANSWERED
    & ((CommissionLetter.kind != AMENDMENT) | ~_SENT_AGAIN)
)


def letters(session: Session, round_id: int) -> Sequence[Row[CommissionLetter, str | None]]:
    """(letter, how who recorded it is shown) of a round that stand, oldest first."""
    return session.execute(
        select(CommissionLetter, Account.shown)
        .outerjoin(Account, Account.name == CommissionLetter.actor)
        .where(CommissionLetter.round_id == round_id, CommissionLetter.withdrawn.is_(None))
        .order_by(CommissionLetter.id)
    ).all()


def replies(
    session: Session, letter_ids: Iterable[int]
) -> Sequence[Row[CommissionReply, str | None]]:
    """(answer, how who recorded it is shown) to these letters that stand, oldest first."""
    return session.execute(
        select(CommissionReply, Account.shown)
        .outerjoin(Account, Account.name == CommissionReply.actor)
        .where(CommissionReply.letter_id.in_(list(letter_ids)), CommissionReply.withdrawn.is_(None))
        .order_by(CommissionReply.id)
    ).all()


def ids_of_round(session: Session, round_id: int) -> tuple[list[int], list[int]]:
    """The numbers of the letters of a round and of their answers, also of those taken back."""
    known = list(
        session.scalars(select(CommissionLetter.id).where(CommissionLetter.round_id == round_id))
    )
    of = select(CommissionReply.id).where(CommissionReply.round_id == round_id)
    return known, list(session.scalars(of))


def open_letters(session: Session) -> Sequence[Row[CommissionLetter, str, str, str]]:
    """(letter, key of its document, name of its round, name of its affair) of letters that wait for
    the city: an inquiry without an answer, an amendment without an answer or another submission;
    what is due first."""
    return session.execute(
        select(CommissionLetter, Assessment.key, Round.name, Affair.name)
        .join(Round, Round.id == CommissionLetter.round_id)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(LETTER_WAITS)
        .order_by(CommissionLetter.due.is_(None), CommissionLetter.due, CommissionLetter.id)
    ).all()


def open_amendments(session: Session, round_id: int) -> list[CommissionLetter]:
    """The 補正の求め of a round nobody has answered and after which nothing was sent again."""
    of = select(CommissionLetter).where(
        CommissionLetter.round_id == round_id,
        CommissionLetter.kind == AMENDMENT,
        LETTER_WAITS,
    )
    return list(session.scalars(of.order_by(CommissionLetter.id)))


def last_reply(session: Session) -> int | None:
    """The number of the answer recorded last; None before the first."""
    of = select(func.max(CommissionReply.id)).where(CommissionReply.withdrawn.is_(None))
    return session.scalar(of)
