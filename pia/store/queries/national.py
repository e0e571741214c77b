"""National texts, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, literal, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment
from ..rows.bodies import Affair
from ..rows.corrections import standing
from ..rows.national import Confirmation, NationalApplication, NationalRevision, NationalUndo
from ..sql import member

# Whether a text corrects another one.
CORRECTS = member(NationalRevision.body, literal("follows")) != ""


def in_order(session: Session) -> list[NationalRevision]:
    """Every national text that was not taken back, oldest first."""
    of = select(NationalRevision).where(standing(NationalRevision))
    return list(session.scalars(of.order_by(NationalRevision.id)))


def keys(session: Session) -> set[str]:
    """The keys of all national texts, also of those that were taken back."""
    return set(session.scalars(select(NationalRevision.key)))


def stands(session: Session, revision_id: int) -> bool:
    """Whether a national text was not taken back."""
    of = select(NationalRevision.id).where(
        NationalRevision.id == revision_id, standing(NationalRevision)
    )
    return session.scalar(of) is not None


def follower(session: Session, key: str) -> NationalRevision | None:
    """The text that corrects the one of a key; None where it was not corrected."""
    for row in in_order(session):
        if row.body.get("follows") == key:
            return row
    return None


def before(session: Session, row: NationalRevision) -> list[NationalRevision]:
    """The texts a text corrects, the latest first."""
    found: list[NationalRevision] = []
    while (key := row.body.get("follows")) is not None:
        earlier = of_key(session, str(key))
        if earlier is None or earlier in found:
            break
        found.append(earlier)
        row = earlier
    return found


def corrections(session: Session) -> list[NationalRevision]:
    """The texts that correct another one and were not taken back, oldest first."""
    of = select(NationalRevision).where(standing(NationalRevision), CORRECTS)
    return list(session.scalars(of.order_by(NationalRevision.id)))


def keys_taken(session: Session, keys: Iterable[str]) -> Sequence[Row[str, int]]:
    """(key of a text, number of an assessment that took it) of these texts, without what was taken
    back."""
    return session.execute(
        select(NationalRevision.key, NationalApplication.assessment_id)
        .join(NationalApplication, NationalApplication.revision_id == NationalRevision.id)
        .outerjoin(NationalUndo, NationalUndo.application_id == NationalApplication.id)
        .where(NationalRevision.key.in_(keys), NationalUndo.id.is_(None))
        .distinct()
    ).all()


def applied(
    session: Session, revision_id: int
) -> list[Row[NationalApplication, Assessment, Affair]]:
    """(application, assessment, affair) of a text, without what was taken back, oldest first."""
    of = (
        select(NationalApplication, Assessment, Affair)
        .join(Assessment, Assessment.id == NationalApplication.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(NationalUndo, NationalUndo.application_id == NationalApplication.id)
        .where(NationalApplication.revision_id == revision_id, NationalUndo.id.is_(None))
    )
    return list(session.execute(of.order_by(NationalApplication.id)).all())


def of_key(session: Session, key: str) -> NationalRevision | None:
    """The national text of a key; None when there is none."""
    return session.scalar(select(NationalRevision).where(NationalRevision.key == key))


def id_of(session: Session, key: str) -> int | None:
    """The number of the national text of a key; None when there is none."""
    return session.scalar(select(NationalRevision.id).where(NationalRevision.key == key))


def reasons_of(session: Session, keys: Iterable[str]) -> set[str]:
    """The 変更理由 of these national texts."""
    of = select(NationalRevision.reason).where(NationalRevision.key.in_(keys))
    return set(session.scalars(of))


def confirmations_like(session: Session, row: Confirmation) -> list[Confirmation]:
    """What the state was asked about one item of one text and one document, the latest first."""
    of = select(Confirmation).where(
        Confirmation.revision_id == row.revision_id,
        Confirmation.item == row.item,
        Confirmation.assessment_id.is_(row.assessment_id)
        if row.assessment_id is None
        else Confirmation.assessment_id == row.assessment_id,
    )
    return list(session.scalars(of.order_by(Confirmation.id.desc())))
