"""Where members sit: who leads at the head, the others in two rows, in the order the office laid
down or in that of the roster.

Knows members and what a sitting keeps. Must not know pages nor papers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy.orm import Session

from ...store.rows import councils
from . import speakers

PLACES = "seating"  # fact of a sitting: the numbers of members in the order of their seats


@dataclass(frozen=True, slots=True)
class SeatingPlan:
    """The seats of a sitting: the head, and rows of (left, right), empty where nobody sits."""

    head: str
    rows: tuple[tuple[str, str], ...]


def in_order(sitting: councils.Sitting, seats: Sequence[councils.Member]) -> list[councils.Member]:
    """The members by their seats: as the office laid down, those it did not name at the end."""
    kept = [int(number) for number in sitting.facts.get(PLACES) or ()]
    by_number = {member.id: member for member in seats}
    first = [by_number[number] for number in kept if number in by_number]
    return first + [member for member in seats if member.id not in kept]


def plan(session: Session, sitting: councils.Sitting) -> SeatingPlan:
    """The seating plan of a sitting on its day."""
    members = councils.in_office(session, sitting.council_id, sitting.day)
    chair = speakers.chairing(sitting, members)
    head = ""
    if chair is not None:
        head = f"{speakers.CHAIR}（{chair.title or '職務代理'}）　{chair.name}"
    sit = [member for member in in_order(sitting, members) if member is not chair]
    half = (len(sit) + 1) // 2
    pairs = zip_longest(_named(sit[:half]), _named(sit[half:]), fillvalue="")
    return SeatingPlan(head, tuple(pairs))


def _named(members: Sequence[councils.Member]) -> list[str]:
    return [f"{member.name}　{member.title or '委員'}" for member in members]
