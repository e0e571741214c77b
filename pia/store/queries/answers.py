"""What is kept ready for the questions of a council, and what was asked and said before, as it is
asked for.

Knows rows. Must not know cards, nor who may read what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Row, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from ..rows.answers import ExpectedQuestion, WordingSource
from ..rows.assessments import Assessment, Round
from ..rows.bodies import Affair
from ..rows.councils import Referral, Remark
from ..rows.national import NationalRevision
from ..rows.tallies import ChangeMark, NationalTally

MOST = 200  # earlier questions looked through for one referral
_LATER = aliased(ExpectedQuestion)
_TAKEN = aliased(ExpectedQuestion)
_STANDS = and_(
    ExpectedQuestion.withdrawn.is_(None), ~exists().where(_LATER.corrects_id == ExpectedQuestion.id)
)


def expected(session: Session, round_ids: Iterable[int]) -> list[ExpectedQuestion]:
    """The questions expected in these rounds that stand, oldest first."""
    of = select(ExpectedQuestion).where(ExpectedQuestion.round_id.in_(round_ids), _STANDS)
    return list(session.scalars(of.order_by(ExpectedQuestion.id)))


def expected_of_round(session: Session, round_id: int) -> list[ExpectedQuestion]:
    """Everything written as an expected question of a round, oldest first."""
    of = select(ExpectedQuestion).where(ExpectedQuestion.round_id == round_id)
    return list(session.scalars(of.order_by(ExpectedQuestion.id)))


def offered(
    session: Session, assessment_id: int, round_id: int
) -> Sequence[Row[ExpectedQuestion, str]]:
    """(question, name of its round) of those expected in earlier rounds of a document that stand
    and were not taken over into this one, oldest first."""
    taken = exists().where(
        _TAKEN.round_id == round_id,
        _TAKEN.taken_id == ExpectedQuestion.id,
        _TAKEN.withdrawn.is_(None),
    )
    return session.execute(
        select(ExpectedQuestion, Round.name)
        .join(Round, Round.id == ExpectedQuestion.round_id)
        .where(Round.assessment_id == assessment_id, Round.id < round_id, _STANDS, ~taken)
        .order_by(ExpectedQuestion.id)
    ).all()


def chain(session: Session, row: ExpectedQuestion) -> list[int]:
    """The numbers of a question and of what it stood for before, the latest first."""
    numbers = [row.id]
    while row.corrects_id is not None:
        numbers.append(row.corrects_id)
        row = session.get_one(ExpectedQuestion, row.corrects_id)
    return numbers


def corrected_by(session: Session, number: int) -> int | None:
    """The question that stands for one now; None where it stands itself."""
    of = select(ExpectedQuestion.id).where(ExpectedQuestion.corrects_id == number)
    return session.scalar(of)


def sources(session: Session, round_ids: Iterable[int]) -> list[WordingSource]:
    """What the wordings of these rounds rest on, as it stands, oldest first."""
    of = select(WordingSource).where(
        WordingSource.round_id.in_(round_ids), WordingSource.withdrawn.is_(None)
    )
    return list(session.scalars(of.order_by(WordingSource.id)))


def sources_of_round(session: Session, round_id: int) -> list[WordingSource]:
    """Everything that was written down of what wordings of a round rest on, oldest first."""
    of = select(WordingSource).where(WordingSource.round_id == round_id)
    return list(session.scalars(of.order_by(WordingSource.id)))


def with_marks(
    session: Session, fingerprints: Collection[str], but: Collection[int]
) -> Sequence[Row[str, int, str, str, str]]:
    """(fingerprint, assessment, affair's name, round's name, its state) of the other rounds that
    have one of these changes; `but`: rounds that are not meant."""
    return session.execute(
        select(ChangeMark.fingerprint, Assessment.id, Affair.name, Round.name, Round.state)
        .join(Round, Round.id == ChangeMark.round_id)
        .join(Assessment, Assessment.id == Round.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(
            ChangeMark.fingerprint.in_(fingerprints),
            Round.id.not_in(but),
            Round.state != "WITHDRAWN",
            Assessment.withdrawn.is_(None),
        )
        .order_by(Assessment.id, Round.id)
    ).all()


def beside_national(
    session: Session, keys: Collection[str], but: Collection[int]
) -> Sequence[Row[str, NationalTally, str]]:
    """(key of the national text, how a document stands to it, affair's name) of the documents these
    texts were applied to; `but`: assessments that are not meant."""
    return session.execute(
        select(NationalRevision.key, NationalTally, Affair.name)
        .join(NationalTally, NationalTally.revision_id == NationalRevision.id)
        .join(Assessment, Assessment.id == NationalTally.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(
            NationalRevision.key.in_(keys),
            Assessment.id.not_in(but),
            Assessment.withdrawn.is_(None),
        )
        .order_by(Assessment.id)
    ).all()


def asked_before(
    session: Session,
    referral_id: int,
    affairs: Collection[int],
    paths: Collection[Sequence[str]],
    fingerprints: Collection[str],
) -> Sequence[Row[Remark, Referral, int, str, str]]:
    """(question, referral, affair, affair's name, document's key) of what was asked in earlier
    referrals about documents of these affairs, at these places of others, or on these changes; the
    latest first."""
    about = or_(
        Assessment.affair_id.in_(affairs),
        Remark.path.in_([list(path) for path in paths]),
        Remark.fingerprint.in_(fingerprints),
    )
    return session.execute(
        select(Remark, Referral, Assessment.affair_id, Affair.name, Assessment.key)
        .join(Referral, Referral.id == Remark.referral_id)
        .join(Assessment, Assessment.id == Remark.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Remark.referral_id < referral_id, Remark.withdrawn.is_(None), about)
        .order_by(Remark.id.desc())
        .limit(MOST)
    ).all()
