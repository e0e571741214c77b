"""Who is asked to answer an opinion or a question, and until when, as pages show it.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ...domain.errors import PiaError
from ...store import queries
from ...store.queries.assignments import AssignmentRow
from ..access.person import Person
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class AssignmentLine:
    """An assignment: its department, the person of it who is asked (empty for all), whether that
    person is there no more, and the last day."""

    department_id: int
    department: str
    person: str
    gone: bool
    until: date


def of_consultation(wp: Workplace, number: int) -> Mapping[int, AssignmentLine]:
    """Number of an opinion → who is asked to answer it."""
    with wp.store.read() as session:
        numbers = queries.opinions.numbers_of_consultation(session, number)
        rows = queries.assignments.of_opinions(session, numbers)
        return {numbers[row[0].opinion_id or 0]: _line(row) for row in rows}


def of_remarks(wp: Workplace, remark_ids: Iterable[int]) -> Mapping[int, AssignmentLine]:
    """Question → who is asked to answer it."""
    with wp.store.read() as session:
        rows = queries.assignments.of_remarks(session, list(remark_ids))
        return {row[0].remark_id or 0: _line(row) for row in rows}


def _line(row: AssignmentRow) -> AssignmentLine:
    assignment, department, account = row
    shown = account.shown if account is not None else assignment.account
    holds = account is None or (
        account.active and account.department_id == assignment.department_id
    )
    return AssignmentLine(assignment.department_id, department, shown, not holds, assignment.until)


def asked(who: Person, lines: Mapping[int, AssignmentLine]) -> frozenset[int]:
    """Those of these opinions or questions that this person's department is asked for."""
    return frozenset(
        number for number, line in lines.items() if line.department_id == who.department_id
    )


def choices(wp: Workplace) -> tuple[list[tuple[int, str]], list[tuple[str, str]]]:
    """((number, name) of every open department, (sign-in name, name with department) of everybody
    of one who may answer)."""
    roles = wp.rights["rights"]["answer"]["roles"]
    with wp.store.read() as session:
        offices = queries.departments.open_departments(session)
        people = queries.comments.writers(session, roles)
        return (
            [(office.id, office.name) for office in offices],
            [(each.name, f"{each.shown}（{office}）") for each, office in people if office],
        )


def id_of(wp: Workplace, kind: str, number: int) -> int:
    """The number of the assignment of an opinion or a question. PiaError where there is none."""
    with wp.store.read() as session:
        found = queries.assignments.standing_of(session, kind, number)
    if found is None:
        raise PiaError("その割当てはありません。一覧から選び直してください。")
    return found.id
