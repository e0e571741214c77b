"""Bodies and departments, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..rows.bodies import Account, Affair, Body, Department


def bodies(session: Session) -> list[Body]:
    """Every body, in the order they were made."""
    return list(session.scalars(select(Body).order_by(Body.id)))


def body_named(session: Session, name: str) -> Body | None:
    """The body of a name; None when there is none."""
    return session.scalar(select(Body).where(Body.name == name))


def all_departments(session: Session) -> list[Department]:
    """Every department."""
    return list(session.scalars(select(Department)))


def open_for_affair(session: Session, key: str) -> list[Department]:
    """The open departments of the body of an affair, in the city's order."""
    return list(
        session.scalars(
            select(Department)
            .join(Affair, Affair.body_id == Department.body_id)
            .where(Affair.key == key, Department.closed.is_(None))
            .order_by(Department.position, Department.id)
        )
    )


def open_of_body(session: Session, body_id: int) -> list[Department]:
    """The open departments of a body, in the city's order."""
    return list(
        session.scalars(
            select(Department)
            .where(Department.body_id == body_id, Department.closed.is_(None))
            .order_by(Department.position, Department.id)
        )
    )


def named(session: Session, body_id: int, name: str) -> Department | None:
    """The department of a name in a body; None when there is none."""
    return session.scalar(
        select(Department).where(Department.body_id == body_id, Department.name == name)
    )


def open_departments(session: Session) -> list[Department]:
    """The open departments, in the city's order."""
    return list(
        session.scalars(
            select(Department)
            .where(Department.closed.is_(None))
            .order_by(Department.position, Department.id)
        )
    )


def with_bodies(session: Session) -> Sequence[Row[Department, Body]]:
    """(department, body) of every department, by body: the open ones in the city's order, then
    the closed."""
    return session.execute(
        select(Department, Body)
        .join(Body, Body.id == Department.body_id)
        .order_by(Body.id, Department.closed.is_not(None), Department.position, Department.id)
    ).all()


def id_named(session: Session, body_id: int, name: str) -> int | None:
    """The number of the department of a name in a body; None when there is none."""
    return session.scalar(
        select(Department.id).where(Department.body_id == body_id, Department.name == name)
    )


def last_position(session: Session, body_id: int) -> int | None:
    """The last place in the city's order of departments of a body; None before the first."""
    return session.scalar(
        select(func.max(Department.position)).where(Department.body_id == body_id)
    )


def body_names(session: Session) -> list[str]:
    """The name of every body."""
    return list(session.scalars(select(Body.name)))


def body_names_in_order(session: Session) -> list[str]:
    """The name of every body, in the order they were made."""
    return list(session.scalars(select(Body.name).order_by(Body.id)))


def names_held(
    session: Session,
    department_id: int,
    kind: type[Affair] | type[Account],
    column: InstrumentedAttribute[str],
    numbers: Iterable[int],
) -> list[str]:
    """A column of those of these affairs or accounts that a department has."""
    return list(
        session.scalars(
            select(column).where(kind.id.in_(numbers), kind.department_id == department_id)
        )
    )


def names(session: Session) -> dict[int, str]:
    """The names of all departments, by number."""
    return dict(session.execute(select(Department.id, Department.name)).all())


def digital(session: Session) -> list[int]:
    """The numbers of the open departments that are the city's 情報部門."""
    is_it = (Department.digital.is_(True), Department.closed.is_(None))
    return list(session.scalars(select(Department.id).where(*is_it)))
