"""Other wording that a member proposed, as the office looks at it before it decides, and as the
member sees what became of it (規則第7条第4項).

Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows import councils
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair
from ..records import personal, proposals
from ..records.referral_kinds import OUTCOMES
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """What a proposal would do to one document: its affair and line, the places that would depart
    from the State's text, whether the check no longer stands for the text, and whether the
    procedure leads back to a consultation."""

    affair: str
    ref: str
    state: str
    departs: tuple[str, ...]
    check: bool
    comment: bool


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal before it is decided: what it says, and what it would do (`problem`: why it cannot
    be done to the text as it is now)."""

    number: int
    referral: int
    affair: str
    speaker: str
    before: str
    after: str
    why: str
    documents: tuple[ChangedDocument, ...]
    problem: str
    outcome: Mapping[str, Any] | None


def view(wp: Workplace, number: int) -> ProposalView:
    """A proposal with what it would do. PiaError when there is none."""
    with wp.store.read() as session:
        row = row_of(session, councils.Proposal, number, "修正案")
        assessment = session.get_one(Assessment, row.assessment_id)
        documents = []
        problem = ""
        outcome = _outcomes(session, [number]).get(number)
        if outcome is None:
            try:
                for one in proposals.tried(session, row, row.after):
                    documents.append(_changed(session, wp, one))
            except PiaError as error:
                problem = str(error)
        return ProposalView(
            number,
            row.referral_id,
            session.get_one(Affair, assessment.affair_id).name,
            row.speaker,
            personal.outward(session, row, "before"),
            personal.outward(session, row, "after"),
            personal.outward(session, row, "why"),
            tuple(documents),
            problem,
            outcome,
        )


def _changed(session: Session, wp: Workplace, one: proposals.Tried) -> ChangedDocument:
    check, comment = proposals.reopens(session, wp, one)
    return ChangedDocument(
        session.get_one(Affair, one.at.assessment.affair_id).name,
        one.at.ref,
        one.at.own_round.state,
        tuple(proposals.departing(session, one)),
        check,
        comment,
    )


def outcomes(wp: Workplace, numbers: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """What became of these proposals, by their numbers; those nobody decided on are not there."""
    with wp.store.read() as session:
        return _outcomes(session, list(numbers))


def _outcomes(session: Session, numbers: list[int]) -> dict[int, Mapping[str, Any]]:
    said: dict[int, Mapping[str, Any]] = {}
    for row in queries.referrals.proposal_outcomes(session, numbers):
        said[row.proposal_id] = {
            "id": row.id,
            "words": OUTCOMES.get(row.outcome, row.outcome),
            "reason": personal.outward(session, row, "reason"),
            "day": day_in_japan(row.at),
        }
    return said
