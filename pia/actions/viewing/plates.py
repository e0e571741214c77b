"""Who had which name plate when, as the page of a sitting shows it.

Reads the record of acts. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...domain.act import in_japan
from ...store import queries
from ..access.names import shown_name
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class PlateAct:
    """One act with a plate: when, what in words, by whom."""

    at: datetime
    words: str
    actor: str


def history(wp: Workplace, sitting: int) -> tuple[PlateAct, ...]:
    """What was done with the plates of a sitting, in order."""
    with wp.store.read() as session:
        names = {member.id: member.name for member in queries.councils.all_members(session)}
        acts = []
        for entry in queries.audit_entries.of_actions_about(session, str(sitting), _WORDS):
            name = names.get(int(entry.detail.get("member") or 0), "")
            said = _WORDS[entry.action](entry.detail, name)
            if said:
                acts.append(PlateAct(in_japan(entry.at), said, shown_name(session, entry.actor)))
        return tuple(acts)


def _given(detail: Mapping[str, Any], name: str) -> str:
    return f"{name}さんの名札を端末{detail['device']}に渡した"


def _taken(detail: Mapping[str, Any], name: str) -> str:
    before = f"端末{detail['before']}から" if detail.get("before") else ""
    return f"{name}さんが名札の番号で、名札を{before}端末{detail['device']}に移した"


def _back(detail: Mapping[str, Any], name: str) -> str:
    return f"{name}さんの名札を端末{detail['device']}から外した" if name else ""


_WORDS = {
    "sitting.plate": _given,
    "sitting.plate_taken": _taken,
    "sitting.plate_back": _back,
}
