"""Accounts and the ties to the city's own sign-in, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ..rows.bodies import Account, Department
from ..rows.councils import Member
from ..rows.sessions import Identity


def of_subject(session: Session, issuer: str, subject: str) -> Account | None:
    """The account tied to a person of the city's own sign-in; None where none is."""
    return session.scalar(
        select(Account)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )


def of_members(session: Session) -> list[Account]:
    """The accounts that are tied to a term on a council."""
    return list(session.scalars(select(Account).join(Member, Member.account_id == Account.id)))


def everybody(session: Session) -> list[Account]:
    """Every account, in the order they were made."""
    return list(session.scalars(select(Account).order_by(Account.id)))


def active(session: Session) -> list[Account]:
    """Every account that may sign in, in the order they were made."""
    return list(
        session.scalars(select(Account).where(Account.active.is_(True)).order_by(Account.id))
    )


def active_in(session: Session, department_id: int) -> list[Account]:
    """The accounts of a department that may sign in, in the order they were made."""
    return list(
        session.scalars(
            select(Account)
            .where(Account.department_id == department_id, Account.active.is_(True))
            .order_by(Account.id)
        )
    )


def named(session: Session, name: str) -> Account | None:
    """The account of a sign-in name; None when there is none."""
    return session.scalar(select(Account).where(Account.name == name))


def active_named(session: Session, name: str) -> Account | None:
    """The account of a sign-in name that may sign in; None when there is none."""
    return session.scalar(select(Account).where(Account.name == name, Account.active.is_(True)))


def without_password(session: Session, name: str) -> Account | None:
    """The account of a sign-in name that has no password; None otherwise."""
    return session.scalar(select(Account).where(Account.name == name, Account.password.is_(None)))


def active_of_names(session: Session, names: Iterable[str]) -> list[Account]:
    """The accounts of these sign-in names that may sign in, by name."""
    return list(
        session.scalars(
            select(Account)
            .where(Account.name.in_(names), Account.active.is_(True))
            .order_by(Account.name)
        )
    )


def with_departments(session: Session) -> Sequence[Row[Account, Department]]:
    """(account, its department or None) of every account."""
    return session.execute(
        select(Account, Department).outerjoin(Department, Department.id == Account.department_id)
    ).all()


def with_departments_in_order(session: Session) -> Sequence[Row[Account, Department]]:
    """(account, its department or None) of every account, in the order they were made."""
    return session.execute(
        select(Account, Department)
        .outerjoin(Department, Department.id == Account.department_id)
        .order_by(Account.id)
    ).all()


def by_department(session: Session) -> Sequence[Row[Account, Department]]:
    """(account, its department or None) of every account, by department and name."""
    return session.execute(
        select(Account, Department)
        .outerjoin(Department, Department.id == Account.department_id)
        .order_by(Department.id, Account.name)
    ).all()


def with_department(
    session: Session, account_id: int | None
) -> Row[Account, Department, int | None] | None:
    """(account, its department or None, its latest term on a council or None) of one account; None
    when there is none."""
    last = select(func.max(Member.id)).where(Member.account_id == Account.id).scalar_subquery()
    return session.execute(
        select(Account, Department, last)
        .outerjoin(Department, Department.id == Account.department_id)
        .where(Account.id == account_id)
    ).first()


def name_of(session: Session, account_id: int | None) -> str | None:
    """The sign-in name of an account; None for none."""
    return session.scalar(select(Account.name).where(Account.id == account_id))


def department_of(session: Session, name: str) -> int | None:
    """The department of a sign-in name; None for no department and no account."""
    return session.scalar(select(Account.department_id).where(Account.name == name))


def id_of(session: Session, name: str) -> int | None:
    """The number of the account of a sign-in name; None when there is none."""
    return session.scalar(select(Account.id).where(Account.name == name))


def member_account(session: Session, name: str) -> int | None:
    """The number of a member's account of this sign-in name; None when there is none."""
    return session.scalar(
        select(Account.id).where(Account.name == name, Account.role.in_(("member", "chair")))
    )


def another_administrator(session: Session, names: Iterable[str]) -> int | None:
    """The number of an administrator who may sign in and has none of these names; None when there
    is none."""
    return session.scalar(
        select(Account.id)
        .where(
            Account.role == "administrator", Account.active.is_(True), Account.name.not_in(names)
        )
        .limit(1)
    )


def tied(session: Session) -> list[int]:
    """The numbers of the accounts that are tied to the city's own sign-in."""
    return list(session.scalars(select(Identity.account_id)))


def ties(session: Session) -> Sequence[Row[int, int]]:
    """(account, how many ties to the city's own sign-in) of those that have any."""
    return session.execute(
        select(Identity.account_id, func.count()).group_by(Identity.account_id)
    ).all()


def tie_of_account(session: Session, account_id: int, issuer: str) -> int | None:
    """The tie of an account to one sign-in of the city; None when there is none."""
    return session.scalar(
        select(Identity.id).where(Identity.account_id == account_id, Identity.issuer == issuer)
    )


def tie_of_subject(session: Session, issuer: str, subject: str) -> int | None:
    """The tie of a person of one sign-in of the city; None when there is none."""
    return session.scalar(
        select(Identity.id).where(Identity.issuer == issuer, Identity.subject == subject)
    )


def name_of_subject(session: Session, issuer: str, subject: str) -> str | None:
    """The sign-in name tied to a person of the city's own sign-in; None where none is."""
    return session.scalar(
        select(Account.name)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == issuer, Identity.subject == subject)
    )


def shown_names(session: Session) -> Sequence[Row[str, str]]:
    """(sign-in name, shown name) of every account."""
    return session.execute(select(Account.name, Account.shown)).all()


def subjects(session: Session, issuer: str) -> Sequence[Row[str, str]]:
    """(sign-in name, person) of those who may sign in by one sign-in of the city."""
    return session.execute(
        select(Account.name, Identity.subject)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == issuer, Account.active.is_(True))
    ).all()


def password_of(session: Session, name: str) -> str | None:
    """The hash of the password of a sign-in name; None where there is none."""
    return session.scalar(select(Account.password).where(Account.name == name))


def role_of(session: Session, name: str) -> str | None:
    """The role of a sign-in name; None when there is no such account."""
    return session.scalar(select(Account.role).where(Account.name == name))


def all_shown(session: Session) -> list[str]:
    """The shown name of every account."""
    return list(session.scalars(select(Account.shown)))


def shown_of(session: Session, name: str) -> str | None:
    """The shown name of a sign-in name; None when there is no such account."""
    return session.scalar(select(Account.shown).where(Account.name == name))


def words_of(session: Session, name: str) -> Row[str, str] | None:
    """(shown name, department or None) of a sign-in name; None when there is no such account."""
    return session.execute(
        select(Account.shown, Department.name)
        .outerjoin(Department, Department.id == Account.department_id)
        .where(Account.name == name)
    ).first()


def staff(session: Session) -> int:
    """How many accounts of the city's own people may sign in."""
    mine = (Account.active.is_(True), Account.role.not_in(("member", "chair")))
    return session.scalar(select(func.count(Account.id)).where(*mine)) or 0


def shown_of_names(session: Session, names: Iterable[str]) -> dict[str, str]:
    """Sign-in name → shown name of these accounts; without those that show none."""
    rows = session.execute(select(Account.name, Account.shown).where(Account.name.in_(names)))
    return {name: shown for name, shown in rows if shown}
