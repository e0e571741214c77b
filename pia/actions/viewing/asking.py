"""Who asks for their first page: the person with what they may do, and when it is.

Knows rights as data. Must not know what waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...store import queries
from ...store.queries.waiting import UnsavedRow
from ...store.rows.councils import Sitting
from ..access.given import Given, given
from ..access.person import Person
from ..workplace import Workplace
from . import left_behind


@dataclass(frozen=True)
class Asking:
    """Who asks, with what they may do and when it is."""

    wp: Workplace
    session: Session
    who: Person
    now: datetime
    rights: Mapping[str, Any] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day in Japan."""
        return day_in_japan(self.now)

    @cached_property
    def given(self) -> Given:
        """What lies before a member of a council."""
        return given(self.session, self.who, self.today)

    @cached_property
    def sittings(self) -> Sequence[Sitting]:
        """The sittings from this day on."""
        return queries.waiting.sittings_since(self.session, self.today)

    @cached_property
    def unsaved(self) -> Sequence[UnsavedRow]:
        """What they are writing and have not saved; for the head of a department also what people
        left there."""
        department = self.who.department_id if left_behind.is_told(self.who) else None
        return queries.waiting.unsaved_around(self.session, self.who.name, department)

    def may(self, right: str) -> bool:
        """Whether their role has a right."""
        line = self.rights.get(right)
        return line is not None and self.who.role in line["roles"]

    def bound(self, right: str) -> bool:
        """Whether they have it over their own department's assessments only."""
        return self.who.role in self.rights[right].get("own", ())

    def has(self, right: str, department_id: int | None) -> bool:
        """Whether they have a right over what belongs to a department."""
        if not self.may(right):
            return False
        if not self.bound(right):
            return True
        return department_id is not None and department_id == self.who.department_id

    @property
    def office_of(self) -> int | None:
        """The department whose affairs alone are theirs; None for all."""
        if self.may("draft") and self.bound("draft"):
            return self.who.department_id or 0
        return None
