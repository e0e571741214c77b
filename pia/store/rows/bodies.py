"""Who holds assessments: bodies, departments, accounts and affairs (規則第2条第3号, 第3条), and
what a threshold judgement rests on.

Knows names and numbers. Must not know versions, nor which assessment is due
(`domain.procedure.threshold` says that).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class Body(Base):
    """評価実施機関: 市長, 教育委員会 and so on are separate bodies."""

    __tablename__ = "body"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Department(Base):
    """課. `position` is its place in lists; `closed` the day it was closed: it stays, and nothing
    new is given to it. `digital`: it is the city's 情報部門, which looks over system and security
    items.
    """

    __tablename__ = "department"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    closed: Mapped[date | None]
    digital: Mapped[bool | None]
    __table_args__ = (UniqueConstraint("body_id", "name"),)


def name_of(department: Department | None) -> str:
    """The name of a department; empty for none."""
    if department is None:
        return ""
    return department.name


class Account(Base):
    """Someone who can sign in: `name` is the sign-in name, `shown` the name on pages. `password` is
    a hash, or None where another system signs them in; `totp` the secret of their second factor, if
    they use one; `renew` that somebody else typed the password, so that its owner changes it first.
    """

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    shown: Mapped[str]
    role: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    totp: Mapped[str | None]
    renew: Mapped[bool | None]


class Affair(Base):
    """事務, one 評価書番号 of one body. `ended` is the day the affair ended, `ended_notice` the day
    the commission was told (規則第16条); `withdrawn` the day its registration was taken back: it is
    in no list until its number is registered again.
    """

    __tablename__ = "affair"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    number: Mapped[str]
    name: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    ended: Mapped[date | None]
    ended_notice: Mapped[date | None]
    withdrawn: Mapped[date | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (UniqueConstraint("body_id", "number"),)


class ThresholdFact(Acted, Base):
    """What a threshold judgement rests on, each count with its own day (規則第4条第3号・第8号,
    第6条第1項; 指針第5の2, unread). Append-only: the latest counts.
    """

    __tablename__ = "threshold_fact"
    id: Mapped[int] = mapped_column(primary_key=True)
    affair_id: Mapped[int] = mapped_column(ForeignKey("affair.id"), index=True)
    people: Mapped[int]
    handlers: Mapped[int]
    incident: Mapped[bool]
    counted_people: Mapped[date]
    counted_handlers: Mapped[date]
