"""Who asks, when, and of which workplace: what every view takes from its request.

Knows the application a request is answered by. Must not know rights or pages.
"""

from __future__ import annotations

from datetime import date, datetime

from flask import current_app, g

from ..actions.access import person as persons
from ..actions.access.person import Person
from ..actions.workplace import Workplace
from ..domain.act import By, day_in_japan


def workplace() -> Workplace:
    """The workplace this application was opened over."""
    opened: Workplace = current_app.extensions["pia"]
    return opened


def now() -> datetime:
    """The instant by the clock of this application: the machine's, or the rehearsal's."""
    instant: datetime = current_app.extensions["pia.now"]()
    return instant


def now_day() -> date:
    """The day in Japan by that clock."""
    return day_in_japan(now())


def who() -> Person:
    """The person of the session; `NOBODY` for a visitor without one."""
    person: Person = g.get("person", persons.NOBODY)
    return person


def by() -> By:
    """The author of what a POST does; its request key makes a second copy of the same POST
    harmless."""
    me = who()
    return By(me.name, me.role, now(), g.get("request_key", ""), g.get("copy", ""))
