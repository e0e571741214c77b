"""内容の点検 as it is asked for: what was found in the texts as they stand, what people answered,
and which checks bind.

Knows rows. Must not know how anything is found, nor who may read what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from ..model import Base
from ..rows.assessments import OPEN, Assessment, Round, Version
from ..rows.bodies import Affair
from ..rows.content_checks import BindingCheck, ContentAnswer, ContentName, ContentTally
from ..rows.councils import GlossaryTerm

# The texts as they stand: what was saved last on the main line, and in every round that runs.
_HEADS = (
    select(Assessment.head_id.label("head"))
    .where(Assessment.head_id.is_not(None), Assessment.withdrawn.is_(None))
    .union(select(Round.head_id).where(OPEN, Round.head_id.is_not(None)))
    .subquery()
)
# Of each document the text that was saved last: the draft, where one is being written.
_LATEST = (
    select(func.max(ContentTally.version_id).label("version"))
    .where(ContentTally.version_id.in_(select(_HEADS.c.head)))
    .group_by(ContentTally.assessment_id)
    .subquery()
)


def answers(session: Session, fingerprints: Iterable[str]) -> dict[str, ContentAnswer]:
    """The answer that stands for each of these findings, by its fingerprint."""
    rows = session.scalars(
        select(ContentAnswer)
        .where(ContentAnswer.fingerprint.in_(set(fingerprints)), ContentAnswer.withdrawn.is_(None))
        .order_by(ContentAnswer.id)
    )
    return {row.fingerprint: row for row in rows}


def every_answer(session: Session) -> dict[str, ContentAnswer]:
    """Every answer that stands, by its fingerprint."""
    rows = session.scalars(
        select(ContentAnswer).where(ContentAnswer.withdrawn.is_(None)).order_by(ContentAnswer.id)
    )
    return {row.fingerprint: row for row in rows}


def answers_of(session: Session, assessment_id: int) -> list[ContentAnswer]:
    """Everything that was answered on the pages of a document, oldest first."""
    of = select(ContentAnswer).where(ContentAnswer.assessment_id == assessment_id)
    return list(session.scalars(of.order_by(ContentAnswer.id)))


def binding(session: Session) -> dict[str, BindingCheck]:
    """The checks that bind, by their name in the rules."""
    rows = session.scalars(
        select(BindingCheck).where(BindingCheck.withdrawn.is_(None)).order_by(BindingCheck.id)
    )
    return {row.rule: row for row in rows}


def every_binding(session: Session) -> list[BindingCheck]:
    """Every time a check was made binding, the latest first."""
    return list(session.scalars(select(BindingCheck).order_by(BindingCheck.id.desc())))


def latest(session: Session) -> Sequence[Row[ContentTally, Assessment, Affair]]:
    """(tally, document, affair) of the text of each document that was saved last."""
    return session.execute(
        select(ContentTally, Assessment, Affair)
        .join(_LATEST, _LATEST.c.version == ContentTally.version_id)
        .join(Assessment, Assessment.id == ContentTally.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Assessment.withdrawn.is_(None))
        .order_by(Affair.id, Assessment.id)
    ).all()


def names(
    session: Session, rules: Iterable[str], folded: Iterable[str] | None = None
) -> Sequence[Row[ContentName, str, str]]:
    """(name, key of its document, name of its affair) in the texts saved last; `folded`: only those
    written so for comparing."""
    rows = (
        select(ContentName, Assessment.key, Affair.name)
        .join(_LATEST, _LATEST.c.version == ContentName.version_id)
        .join(Assessment, Assessment.id == ContentName.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(ContentName.rule.in_(set(rules)), Assessment.withdrawn.is_(None))
        .order_by(ContentName.id)
    )
    if folded is not None:
        rows = rows.where(ContentName.folded.in_(set(folded)))
    return session.execute(rows).all()


def rounds_at(session: Session) -> dict[int, str]:
    """The text a running round ends with → the name of the round."""
    of = select(Round.head_id, Round.name).where(OPEN, Round.head_id.is_not(None))
    return {head: name for head, name in session.execute(of.order_by(Round.id)) if head}


def repeated(session: Session) -> Sequence[Row[ContentName, str, str]]:
    """(name, key of its document, name of its affair) of the names several texts say, or one text
    in two ways."""
    again = (
        select(ContentName.rule, ContentName.folded)
        .join(_LATEST, _LATEST.c.version == ContentName.version_id)
        .group_by(ContentName.rule, ContentName.folded)
        .having(func.count(ContentName.id) > 1)
        .subquery()
    )
    same = and_(again.c.rule == ContentName.rule, again.c.folded == ContentName.folded)
    rows = (
        select(ContentName, Assessment.key, Affair.name)
        .join(_LATEST, _LATEST.c.version == ContentName.version_id)
        .join(again, same)
        .join(Assessment, Assessment.id == ContentName.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Assessment.withdrawn.is_(None))
        .order_by(ContentName.id)
    )
    return session.execute(rows).all()


def citations(session: Session, keys: Iterable[str]) -> dict[tuple[str, str], str]:
    """(key of a document, path joined by /) → where a name stands in it, in the form's words."""
    rows = session.execute(
        select(Assessment.key, ContentName.path, ContentName.citation)
        .join(Assessment, Assessment.id == ContentName.assessment_id)
        .where(Assessment.key.in_(set(keys)))
    )
    return {(key, "/".join(path)): words for key, path, words in rows}


def beside(
    session: Session, assessment: Assessment, round_name: str
) -> Sequence[Row[Assessment, Round]]:
    """(document, its running round of that name or None) of the other documents of an affair."""
    same = and_(Round.assessment_id == Assessment.id, Round.name == round_name, OPEN)
    rows = (
        select(Assessment, Round)
        .outerjoin(Round, same)
        .where(
            Assessment.affair_id == assessment.affair_id,
            Assessment.id != assessment.id,
            Assessment.withdrawn.is_(None),
        )
        .order_by(Assessment.id)
    )
    return session.execute(rows).all()


def lines_of(session: Session, affair_id: int) -> list[tuple[Assessment, Round | None]]:
    """(document, round) of every line of an affair that stands: each main line and each running
    round."""
    there = Assessment.withdrawn.is_(None)
    of = select(Assessment).where(Assessment.affair_id == affair_id, there)
    lines: list[tuple[Assessment, Round | None]] = []
    for assessment in session.scalars(of.order_by(Assessment.id)):
        lines.append((assessment, None))
        running = select(Round).where(Round.assessment_id == assessment.id, OPEN)
        for round_ in session.scalars(running.order_by(Round.id)):
            # A round that nobody wrote on ends with the text it began with.
            if round_.head_id != assessment.head_id:
                lines.append((assessment, round_))
    return lines


def affairs_of(session: Session, version_ids: Iterable[int]) -> list[int]:
    """The affairs of these texts."""
    of = (
        select(Assessment.affair_id)
        .join(Version, Version.assessment_id == Assessment.id)
        .where(Version.id.in_(set(version_ids)))
    )
    return sorted(set(session.scalars(of)))


def explained(session: Session) -> set[str]:
    """The words the city's word book explains."""
    of = select(GlossaryTerm.term).where(GlossaryTerm.withdrawn.is_(None))
    return set(session.scalars(of))


def old(session: Session, rests_on: str, most: int) -> list[int]:
    """The documents with a text that stands and was not looked at, or by other rules; those saved
    last first."""
    rows = session.scalars(
        select(_HEADS.c.head)
        .outerjoin(ContentTally, ContentTally.version_id == _HEADS.c.head)
        .where(or_(ContentTally.version_id.is_(None), ContentTally.rests_on != rests_on))
        .order_by(_HEADS.c.head.desc())
        .limit(most)
    )
    return list(rows)


def count_old(session: Session, rests_on: str) -> int:
    """How many texts that stand were not looked at."""
    rows = (
        select(func.count())
        .select_from(_HEADS)
        .outerjoin(ContentTally, ContentTally.version_id == _HEADS.c.head)
        .where(or_(ContentTally.version_id.is_(None), ContentTally.rests_on != rests_on))
    )
    return session.scalar(rows) or 0


def put(
    session: Session,
    tallies: Sequence[Mapping[str, Any]],
    names: Sequence[Sequence[Mapping[str, Any]]],
) -> None:
    """Puts what was found in the texts of some documents in the place of what was known of them,
    with the names of each."""
    mine = {tally["assessment_id"] for tally in tallies}
    for table in (ContentTally, ContentName):
        session.execute(delete(table).where(table.assessment_id.in_(mine)))
    for tally, given in zip(tallies, names):
        session.execute(insert(Base.metadata.tables["content_tally"]), [dict(tally)])
        if given:
            rows = [dict(row) for row in given]
            session.execute(insert(Base.metadata.tables["content_name"]), rows)
