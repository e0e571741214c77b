"""Moves a round through the procedure: asks the table, and records the step with what it rests on.

The rules themselves are in `domain.procedure.steps` and its data; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.document.form import Form, reviewed
from ...domain.document.tree import Tree
from ...domain.errors import Refused
from ...domain.procedure import steps
from ...store.ledger import log
from ...store.rows import assessments
from ...store.rows.assessments import RoundEvent
from ...store.rows.bodies import Affair
from ..workplace import VersionLine, Workplace, chain_at, line
from .facts import facts
from .revision import RoundRevision, table_of


def move_in(
    session: Session,
    wp: Workplace,
    by: By,
    at: VersionLine,
    event: str,
    about: Mapping[str, Any],
    rev: RoundRevision | None = None,
) -> RoundEvent:
    """Takes one step within an open transaction.

    Refused, listing what is missing, when a blocking check is not met or the role may not do it.
    Warnings are kept with the step.
    """
    known = facts(session, wp, at, by.day, rev)
    step = steps.step(table_of(session, wp, at), known, event)
    if by.role not in step.who:
        raise Refused(f"「{step.act}」は、この役割では行えません。事務局に依頼してください。")
    missing = steps.unmet(wp.rules, step, known)
    blocking = []
    for unmet in missing:
        if unmet.blocks:
            blocking.append(unmet)
    if blocking:
        raise Refused(
            f"{_named(session, at)}：「{step.act}」は、まだできません。",
            tuple(f"{unmet.sentence}（{unmet.source}）" for unmet in blocking),
        )
    warnings = []
    for unmet in missing:
        warnings.append({"rule": unmet.rule, "sentence": unmet.sentence})
    return assessments.step(
        session,
        at.own_round,
        event,
        step.to,
        {**about, **(log.about(warnings=warnings))},
        by,
    )


def _named(session: Session, at: VersionLine) -> str:
    """The affair of a line, as people know it."""
    return session.get_one(Affair, at.assessment.affair_id).name


def move(
    wp: Workplace, by: By, where: str, event: str, about: Mapping[str, Any] | None = None
) -> str:
    """Takes one step of the procedure that has no act of its own (取下げ, 点検のやり直し, a city's
    own stages). Returns the new state.
    """
    from ...store.ledger import log

    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        state = move_in(session, wp, by, at, event, about or {})
        log.entry(session, by, f"round.{event}", where, {"state": state.state})
        return state.state


def reviewed_digest(form: Form, tree: Tree) -> str:
    """The digest of what a third party checks of a text."""
    return reviewed(form, tree).digest
