"""Which documents belong together: the 評価書一式 of a document, and the 基礎項目評価書 of an
affair (規則第5条第1項).

Knows rounds, submissions and publications. Must not know how a bundle looks.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...store import queries
from ...store.rows import assessments
from ...store.rows.assessments import Assessment, Round, Version
from ..workplace import Workplace

BASIC = "basic_item"


def set_of(wp: Workplace, ref: str) -> tuple[str, ...]:
    """The REFs of the whole 評価書一式 a REF belongs to: its companion in the same round where
    there is one, else as it stands outside (`_standing`).
    """
    with wp.store.read() as session:
        version = assessments.resolve(session, ref)
        assessment = session.get_one(Assessment, version.assessment_id)
        if version.round_id:
            name = session.get_one(Round, version.round_id).name
        else:
            name = ""
        out = [f"{assessment.key}@{version.seq}"]
        for other in queries.assessments.others_of_affair(
            session, assessment.affair_id, assessment.id
        ):
            if name:
                round_ = queries.rounds.standing_named(session, other.id, name)
            else:
                round_ = None
            if round_ and round_.head_id:
                head = session.get(Version, round_.head_id)
            else:
                head = _standing(session, other)
            if head is not None:
                out.append(f"{other.key}@{head.seq}")
        return tuple(out)


def with_basic(wp: Workplace, refs: Sequence[str]) -> tuple[str, ...]:
    """The REFs, and the 基礎項目評価書 of each affair that has none among them: it is submitted
    with every 重点 and 全項目 (規則第5条第1項), as it stands outside where it has no round of its
    own.
    """
    with wp.store.read() as session:
        given = []
        for ref in refs:
            given.append(
                session.get_one(Assessment, assessments.resolve(session, ref).assessment_id)
            )
        with_one = set()
        for assessment in given:
            if assessment.kind == BASIC:
                with_one.add(assessment.affair_id)
        out = list(refs)
        for affair in dict.fromkeys(assessment.affair_id for assessment in given):
            basic = queries.assessments.of_kind(session, affair, BASIC)
            if basic is not None and affair not in with_one:
                head = _standing(session, basic)
            else:
                head = None
            if basic is not None and head is not None:
                out.append(f"{basic.key}@{head.seq}")
        return tuple(out)


def _standing(session: Session, assessment: Assessment) -> Version | None:
    """A document as it stands outside: as it was submitted or published last, else its head."""
    both = [
        queries.versions.last_submitted(session, assessment.id),
        assessments.published(session, assessment),
    ]
    return max(
        (version for version in both if version is not None),
        key=lambda version: version.seq,
        default=assessments.head(session, assessment),
    )
