"""Assessments, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from ..rows.assessments import OPEN, Assessment, Round, Version
from ..rows.bodies import Affair, Body, Department
from ..rows.councils import ReferralRound

# Documents whose import was not taken back.
THERE = Assessment.withdrawn.is_(None)
# Documents with a round that runs.
RUNNING = exists().where(
    Round.assessment_id == Assessment.id, Round.id.in_(select(Round.id).where(OPEN))
)

# Asked several times by every save: made once, so that it is compiled and named once.
_WITH_ROUND = (
    select(Assessment, Round, Affair.body_id, select(func.min(Body.id)).scalar_subquery())
    .join(Affair, Affair.id == Assessment.affair_id)
    .outerjoin(Round, (Round.assessment_id == Assessment.id) & (Round.name == bindparam("name")))
    .where(Assessment.key == bindparam("key"), THERE)
)


def with_round(
    session: Session, key: str, name: str
) -> tuple[Assessment, Round | None, int, int] | None:
    """The assessment of a key and its round of a name ("": none), the body it is of and the first
    body there is; None where one of these is not there."""
    row = session.execute(_WITH_ROUND, {"key": key, "name": name}).first()
    if row is None or (name and row[1] is None):
        return None
    return (row[0], row[1] if name else None, row[2], row[3])


def with_affair_names(session: Session, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Key → (name of its affair, its kind), of these keys."""
    rows = select(Assessment.key, Affair.name, Assessment.kind).join(
        Affair, Affair.id == Assessment.affair_id
    )
    of = rows.where(Assessment.key.in_(set(keys)))
    return {key: (name, kind) for key, name, kind in session.execute(of)}


def of_affair(session: Session, affair_id: int) -> list[Assessment]:
    """The assessments of an affair."""
    of = select(Assessment).where(Assessment.affair_id == affair_id, THERE)
    return list(session.scalars(of))


def of_affair_in_order(session: Session, affair_id: int) -> list[Assessment]:
    """The assessments of an affair, in the order they were made."""
    return list(
        session.scalars(
            select(Assessment)
            .where(Assessment.affair_id == affair_id, THERE)
            .order_by(Assessment.id)
        )
    )


def of_affair_by_key(session: Session, affair_id: int) -> list[Assessment]:
    """The assessments of an affair, by key."""
    return list(
        session.scalars(
            select(Assessment)
            .where(Assessment.affair_id == affair_id, THERE)
            .order_by(Assessment.key)
        )
    )


def others_of_affair(session: Session, affair_id: int, assessment_id: int) -> list[Assessment]:
    """The other assessments of an affair, by key."""
    return list(
        session.scalars(
            select(Assessment)
            .where(Assessment.affair_id == affair_id, Assessment.id != assessment_id, THERE)
            .order_by(Assessment.key)
        )
    )


def basic_of(session: Session, affair_id: int) -> Assessment | None:
    """The 基礎項目評価書 of an affair; None before there is one."""
    return session.scalar(
        select(Assessment).where(
            Assessment.affair_id == affair_id, Assessment.kind == "basic_item", THERE
        )
    )


def of_kind(session: Session, affair_id: int, kind: str) -> Assessment | None:
    """The assessment of a kind of an affair; None before there is one."""
    return session.scalar(
        select(Assessment).where(Assessment.affair_id == affair_id, Assessment.kind == kind, THERE)
    )


def of_key(session: Session, key: str) -> Assessment | None:
    """The assessment of a key; None when there is none."""
    return session.scalar(select(Assessment).where(Assessment.key == key, THERE))


def existing(session: Session, key: str) -> Assessment:
    """The assessment of a key that there is."""
    return session.scalars(select(Assessment).where(Assessment.key == key)).one()


def beyond_basic(session: Session) -> list[Assessment]:
    """Every assessment but the 基礎項目評価書, in the order they were made."""
    return list(
        session.scalars(
            select(Assessment).where(Assessment.kind != "basic_item", THERE).order_by(Assessment.id)
        )
    )


def with_bodies(session: Session) -> Sequence[Row[Assessment, Affair, Body]]:
    """(assessment, affair, body) of every assessment, by affair."""
    return session.execute(
        select(Assessment, Affair, Body)
        .join(Affair, Affair.id == Assessment.affair_id)
        .join(Body, Body.id == Affair.body_id)
        .where(THERE)
        .order_by(Affair.id, Assessment.id)
    ).all()


def main_heads(session: Session) -> list[int]:
    """The head of the main line of every assessment; None where nothing is saved."""
    return list(session.scalars(select(Assessment.head_id)))


def referred(session: Session, referral_id: int | None, key: str) -> int | None:
    """The assessment of a key in a referral; None when it is not in it."""
    return session.scalar(
        select(Assessment.id)
        .join(Round, Round.assessment_id == Assessment.id)
        .join(ReferralRound, ReferralRound.round_id == Round.id)
        .where(ReferralRound.referral_id == referral_id, Assessment.key == key)
    )


def id_of(session: Session, key: str) -> int | None:
    """The number of the assessment of a key; None when there is none."""
    return session.scalar(select(Assessment.id).where(Assessment.key == key))


def keys_of_referral(session: Session, referral_id: int) -> list[str]:
    """The keys of the assessments in a referral, in the order they were made."""
    return list(
        session.scalars(
            select(Assessment.key)
            .join(Round, Round.assessment_id == Assessment.id)
            .join(ReferralRound, ReferralRound.round_id == Round.id)
            .where(ReferralRound.referral_id == referral_id)
            .order_by(Assessment.id)
        )
    )


def key_taken(session: Session, keys: Iterable[str]) -> str | None:
    """One of these keys that an assessment has; None when all are free."""
    return session.scalar(select(Assessment.key).where(Assessment.key.in_(keys)))


def ids_in_department(session: Session, department_id: int) -> list[int]:
    """The numbers of the assessments whose affair is a department's."""
    of = select(Assessment.id).join(Affair, Affair.id == Assessment.affair_id)
    return list(session.scalars(of.where(Affair.department_id == department_id)))


def without_text(session: Session, department: str | None) -> Sequence[Row[Assessment, Affair]]:
    """(assessment, affair) of those that have no version yet and no running round; of one
    department's affairs, where it is named."""
    rows = (
        select(Assessment, Affair)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Assessment.head_id.is_(None), THERE, ~RUNNING)
    )
    if department is not None:
        rows = rows.join(Department, Department.id == Affair.department_id)
        rows = rows.where(Department.name == department)
    return session.execute(rows.order_by(Affair.id, Assessment.id)).all()


def affair_name(session: Session, assessment_id: int) -> str:
    """The name of the affair of an assessment."""
    of = select(Affair.name).join(Assessment, Assessment.affair_id == Affair.id)
    return session.scalars(of.where(Assessment.id == assessment_id)).one()


def kinds_begun(session: Session, affair_id: int) -> set[str]:
    """The kinds of an affair's documents that have a text or a running round."""
    begun = or_(Assessment.head_id.is_not(None), RUNNING)
    return set(
        session.scalars(
            select(Assessment.kind).where(Assessment.affair_id == affair_id, THERE, begun)
        )
    )


def page_beyond_basic(
    session: Session, first: int, most: int
) -> Sequence[Row[Assessment, Affair, int | None]]:
    """(assessment, affair, number of the head of its main line) of some assessments but the
    基礎項目評価書, by affair, from number `first` (from 0)."""
    rows = (
        select(Assessment, Affair, Version.seq)
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(Version, Version.id == Assessment.head_id)
        .where(Assessment.kind != "basic_item", THERE)
        .order_by(Affair.id, Assessment.id)
    )
    return session.execute(rows.offset(first).limit(most)).all()


def count_beyond_basic(session: Session) -> int:
    """How many assessments there are but the 基礎項目評価書."""
    beyond = select(func.count(Assessment.id)).where(Assessment.kind != "basic_item", THERE)
    return session.scalar(beyond) or 0


def of_affairs(session: Session, affair_ids: Iterable[int]) -> dict[int, list[Assessment]]:
    """The assessments of these affairs, by affair."""
    of: dict[int, list[Assessment]] = {}
    rows = select(Assessment).where(Assessment.affair_id.in_(affair_ids), THERE)
    rows = rows.order_by(Assessment.id)
    for assessment in session.scalars(rows):
        of.setdefault(assessment.affair_id, []).append(assessment)
    return of


def body_of(session: Session, assessment_id: int) -> int:
    """The body an assessment is of."""
    of = select(Affair.body_id).join(Assessment, Assessment.affair_id == Affair.id)
    return session.scalars(of.where(Assessment.id == assessment_id)).one()


def with_text(session: Session, affair_id: int) -> bool:
    """Whether an affair has a document of which something was saved."""
    of = select(Assessment.id).where(
        Assessment.affair_id == affair_id,
        Assessment.head_id.is_not(None) | Assessment.id.in_(select(Round.assessment_id)),
        Assessment.withdrawn.is_(None),
    )
    return session.scalar(of.limit(1)) is not None


def standing_of_affair(session: Session, affair_id: int) -> list[Assessment]:
    """The documents of an affair that were not taken back."""
    of = select(Assessment).where(Assessment.affair_id == affair_id, Assessment.withdrawn.is_(None))
    return list(session.scalars(of.order_by(Assessment.id)))
