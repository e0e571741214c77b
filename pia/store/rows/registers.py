"""Registers beside the assessments, 個人情報取扱事務 and 個人情報ファイル: their records, every act
on a record with the text it left, and the periodic reports (個人情報保護法第75条第1項・第5項).

Knows lines of acts. Must not know the fields of a form (`pia.registers`) nor what an ordinance
asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...domain.act import By
from ...domain.document.tree import Tree
from ..model import Acted, Base, acted
from ..nodes import put_tree

AFFAIR, FILE = "affair", "file"  # the registers there are


class RegisterRule(Acted, Base):
    """How a body keeps a register: whether it does (`kept`), by which ordinance and article, the
    months of a report's period (0: none), the month the first one of a year begins, to whom, and
    what its form says otherwise (`domain.registers.model.changed`). Append-only: the latest
    counts."""

    __tablename__ = "register_rule"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), index=True)
    register: Mapped[str]
    kept: Mapped[bool]
    ordinance: Mapped[str]
    article: Mapped[str]
    months: Mapped[int]
    first_month: Mapped[int]
    council_id: Mapped[int | None] = mapped_column(ForeignKey("council.id"))
    form: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RegisterRecord(Acted, Base):
    """One 個人情報取扱事務 or 個人情報ファイル of a body. `name`, department, `state` and `head_id`
    repeat what its last act that stands says; `words` is all that this says, for searches.
    `affair_id`: the 評価書一式 of the same affair, as a person linked them."""

    __tablename__ = "register_record"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    register: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    affair_id: Mapped[int | None] = mapped_column(ForeignKey("affair.id"), index=True)
    name: Mapped[str]
    state: Mapped[str]
    head_id: Mapped[int | None] = mapped_column(ForeignKey("register_version.id", use_alter=True))
    words: Mapped[str] = mapped_column(deferred=True)
    __table_args__ = (Index("ix_register_record_body_id", "body_id", "register", "state"),)


class RegisterVersion(Acted, Base):
    """An act on a record with the text it left: 開始・変更・廃止, or a record from before this
    software. `seq`: its place in the record; a correction has that of what it puts right
    (`corrects_id`), which is then `withdrawn` and kept. `year`, `serial`: its number within the
    年度 of a body; `number` as an earlier list has it. Department and name are those of the act.
    `source`: where the text came from, such as {"file", "sha256"}."""

    __tablename__ = "register_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("register_record.id"), index=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    register: Mapped[str]
    seq: Mapped[int]
    act: Mapped[str]
    year: Mapped[int | None]
    serial: Mapped[int | None]
    number: Mapped[str]
    filed: Mapped[date | None]
    effective: Mapped[date | None]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    name: Mapped[str]
    form: Mapped[str]
    digest: Mapped[str]
    manifest: Mapped[bytes] = mapped_column(deferred=True)
    why: Mapped[str]
    source: Mapped[dict[str, Any] | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("register_version.id"))
    withdrawn: Mapped[date | None]
    __table_args__ = (Index("ix_register_version_body_id", "body_id", "register", "filed"),)


class RegisterReport(Acted, Base):
    """A periodic report of a body to its council: the period, the day on its letter, its number,
    and the sitting it is put before."""

    __tablename__ = "register_report"
    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), index=True)
    register: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    dated: Mapped[date]
    number: Mapped[str]
    council_id: Mapped[int | None] = mapped_column(ForeignKey("council.id"))
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("sitting.id"), index=True)
    withdrawn: Mapped[date | None]


class RegisterReportLine(Base):
    """A notice that is enclosed in a report, in its order."""

    __tablename__ = "register_report_line"
    report_id: Mapped[int] = mapped_column(ForeignKey("register_report.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("register_version.id"), index=True)


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act on a record as it is to be kept, with its text. `name`: what the text calls the
    record; `words`: all it says, for searches."""

    act: str
    tree: Tree
    name: str
    words: str
    department_id: int | None
    filed: date | None
    effective: date | None
    year: int | None = None
    serial: int | None = None
    number: str = ""
    why: str = ""
    source: Mapping[str, Any] | None = None


def begin(session: Session, by: By, body_id: int, register: str, new: NewAct) -> RegisterRecord:
    """A record that was not there, without an act; `add_act` adds its first."""
    record = RegisterRecord(
        body_id=body_id,
        register=register,
        department_id=new.department_id,
        name=new.name,
        state="NONE",
        words="",
        **acted(by),
    )
    session.add(record)
    session.flush()
    return record


def add_act(
    session: Session,
    by: By,
    record: RegisterRecord,
    new: NewAct,
    seq: int,
    corrects: RegisterVersion | None = None,
) -> RegisterVersion:
    """An act on a record with its text. What it `corrects` is withdrawn and kept. What the record
    repeats of its last act is set by whoever knows all of them (`restate`)."""
    version = RegisterVersion(
        record_id=record.id,
        body_id=record.body_id,
        register=record.register,
        seq=seq,
        act=new.act,
        year=new.year,
        serial=new.serial,
        number=new.number,
        filed=new.filed,
        effective=new.effective,
        department_id=new.department_id,
        name=new.name,
        form=new.tree.form,
        digest=new.tree.digest,
        manifest=put_tree(session, new.tree),
        why=new.why,
        source=dict(new.source) if new.source else None,
        corrects_id=corrects.id if corrects is not None else None,
        **acted(by),
    )
    if corrects is not None:
        corrects.withdrawn = by.day
    session.add(version)
    session.flush()
    return version


def restate(record: RegisterRecord, last: RegisterVersion | None, state: str, words: str) -> None:
    """What a record repeats of its last act that stands."""
    record.state = state
    record.head_id = last.id if last is not None else None
    record.words = words
    if last is not None:
        record.name = last.name
        record.department_id = last.department_id
