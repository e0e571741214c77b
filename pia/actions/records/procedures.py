"""The procedure a round goes by: the table in force when it began, kept with it, whatever the
installation uses later.

Knows where the table is kept and how a round from before that finds its own. Must not know what a
step needs (`domain.procedure.steps`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from ... import resources, rules
from ...domain.canonical import canonical
from ...store import nodes
from ...store.rows.assessments import Round, RoundEvent
from ..workplace import Workplace

KEPT = "procedure"  # in the facts of the event that opened a round: the SHA-256 of the table
_TABLES: dict[str, Mapping[str, Any]] = {}  # tables never change, and there are few


def keep(session: Session, wp: Workplace) -> dict[str, str]:
    """Keeps the installation's table and gives the fact that ties a new round to it."""
    return {KEPT: nodes.put_blob(session, canonical(wp.procedure))}


def of_round(
    session: Session, wp: Workplace, kind: str, round_kind: str, done: Sequence[RoundEvent]
) -> Mapping[str, Any]:
    """The table of a round with these events.

    A round from before tables were kept goes by the first table that allows all it did: the
    installation's, else a shipped one.
    """
    kept = next(
        (round_event.facts[KEPT] for round_event in done if KEPT in round_event.facts), None
    )
    if kept is not None:
        if kept not in _TABLES:
            _TABLES[kept] = json.loads(nodes.get_blob(session, kept))
        return _TABLES[kept]
    allowing = (
        text for text in (wp.procedure, *shipped()) if allows(text, f"{kind}/{round_kind}", done)
    )
    return next(allowing, wp.procedure)


def shipped() -> tuple[Mapping[str, Any], ...]:
    """The tables this release brings."""
    names = sorted(path.stem for path in resources.folder("rules").glob("procedure-*.yaml"))
    tables = []
    for name in names:
        tables.append(rules.load(name))
    return tuple(tables)


def allows(table: Mapping[str, Any], track: str, done: Iterable[RoundEvent]) -> bool:
    """Whether every step that was taken is a step of this table."""
    lines = table["tracks"].get(track, [])
    known = set()
    for text in shipped():
        for line in text["tracks"].get(track, []):
            known.add(line["event"])
    state = "DRAFTING"
    for round_event in done:
        steps_taken = []
        for x in lines:
            if (
                x["event"] == round_event.event
                and state in x["from"]
                and x["to"] == round_event.state
            ):
                steps_taken.append(x)
        if round_event.event in known and round_event.state != state and not steps_taken:
            return False
        state = round_event.state
    return True


def state_name(wp: Workplace, state: str, table: Mapping[str, Any] | None = None) -> str:
    """The words for a state, also of a table the installation no longer uses."""
    for tables in (table or wp.procedure, wp.procedure, *shipped()):
        if state in tables["states"]:
            return str(tables["states"][state])
    return state


def kind_word(round_: Round) -> str:
    """実施 (the first text of a document), 再実施 or 修正."""
    if round_.kind != "REASSESSMENT":
        return "修正"
    if round_.base_id is None:
        return "実施"
    return "再実施"
