"""Who sees a case of 漏えい等: its department, the office, the auditor; of the assembly's register
those of the assembly alone.

Knows bodies and departments. Must not know pages, nor what a case says.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from ...store.rows.bodies import Body, Department
from ...store.rows.leaks import LeakCase
from .person import Person

REGIME = "leak_regime"  # of the facts of a body: which law it is under
ASSEMBLY = "assembly"
OF_ALL = ("secretariat", "auditor")
OF_OWN = ("drafter", "head")


def regime_of(body: Body) -> str:
    """Which law a body is under: as the city said, else by its name."""
    said = body.facts.get(REGIME)
    if said:
        return str(said)
    return ASSEMBLY if "議会" in body.name else "appi"


def body_of(session: Session, who: Person) -> int | None:
    """The body somebody works in; None where they belong to no department."""
    if who.department_id is None:
        return None
    return session.get_one(Department, who.department_id).body_id


def sees(session: Session, who: Person, case: LeakCase) -> bool:
    """Whether somebody may read a case."""
    if case.withdrawn is not None and who.role not in OF_ALL:
        return False
    return sees_of(session, who, case.body_id, case.department_id)


def sees_of(session: Session, who: Person, body_id: int, department_id: int) -> bool:
    """Whether somebody may read the cases of a department of a body."""
    if who.role in OF_OWN:
        return who.department_id == department_id
    if who.role not in OF_ALL:
        return False
    body = session.get_one(Body, body_id)
    return regime_of(body) != ASSEMBLY or body_of(session, who) == body.id
