"""Registers as they are asked for: rules of bodies, records a page at a time, acts of a record or
of a period, reports.

Filters and pages in the database. Must not know forms or the words of an act.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from ..rows.bodies import Body, Department
from ..rows.registers import (
    RegisterRecord,
    RegisterReport,
    RegisterReportLine,
    RegisterRule,
    RegisterVersion,
)
from ..sql import fold, folded

_STANDS = RegisterVersion.withdrawn.is_(None)


def rule(session: Session, body_id: int, register: str) -> RegisterRule | None:
    """How a body keeps a register, as it was said last; None where nothing was said."""
    of = select(RegisterRule).where(
        RegisterRule.body_id == body_id, RegisterRule.register == register
    )
    return session.scalar(of.order_by(RegisterRule.id.desc()).limit(1))


def rules_of(session: Session, body_id: int, register: str) -> list[RegisterRule]:
    """All that was ever said of how a body keeps a register, oldest first."""
    of = select(RegisterRule).where(
        RegisterRule.body_id == body_id, RegisterRule.register == register
    )
    return list(session.scalars(of.order_by(RegisterRule.id)))


def rules(session: Session, register: str) -> dict[int, RegisterRule]:
    """Body → how it keeps a register, as it was said last."""
    last = (
        select(func.max(RegisterRule.id))
        .where(RegisterRule.register == register)
        .group_by(RegisterRule.body_id)
    )
    rows = session.scalars(select(RegisterRule).where(RegisterRule.id.in_(last)))
    return {row.body_id: row for row in rows}


def rules_by_id(session: Session, ids: Iterable[int]) -> dict[int, RegisterRule]:
    """The rules of these numbers, also those a later one replaced: forms are read by them."""
    rows = session.scalars(select(RegisterRule).where(RegisterRule.id.in_(list(ids))))
    return {row.id: row for row in rows}


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What a list of records is asked for: a register, a body, a department, a state (LIVE, ENDED;
    empty: whatever stands), words that must all be there. `names_only`: words are looked for in
    names alone."""

    register: str
    body: int | None = None
    department: int | None = None
    state: str = ""
    words: tuple[str, ...] = ()
    bodies: tuple[int, ...] | None = None
    names_only: bool = False


def _asked(wanted: RegisterFilter, query: Select[Any]) -> Select[Any]:
    """A query over records, narrowed to those that answer a filter."""
    record = RegisterRecord
    query = query.where(record.register == wanted.register)
    if wanted.body is not None:
        query = query.where(record.body_id == wanted.body)
    if wanted.bodies is not None:
        query = query.where(record.body_id.in_(wanted.bodies))
    if wanted.department is not None:
        query = query.where(record.department_id == wanted.department)
    if wanted.state:
        query = query.where(record.state == wanted.state)
    else:
        query = query.where(record.state != "NONE")
    for word in wanted.words:
        query = query.where(_says(word, wanted.names_only))
    return query


def _says(word: str, names_only: bool) -> ColumnElement[bool]:
    """Whether a record's text has a word. `words` is kept folded, so nothing is folded here."""
    if names_only:
        return folded(RegisterRecord.name).contains(fold(word), autoescape=True)
    return RegisterRecord.words.contains(fold(word), autoescape=True)


def count(session: Session, wanted: RegisterFilter) -> int:
    """How many records answer a filter."""
    return session.scalar(_asked(wanted, select(func.count(RegisterRecord.id)))) or 0


def page(
    session: Session, wanted: RegisterFilter, first: int, most: int
) -> Sequence[Row[RegisterRecord, RegisterVersion, Department | None, Body]]:
    """(record, its last act, department, body) of some of the records that answer a filter, by
    body, department and name, from the one of number `first` (from 0)."""
    query: Any = (
        select(RegisterRecord, RegisterVersion, Department, Body)
        .join(RegisterVersion, RegisterVersion.id == RegisterRecord.head_id)
        .join(Body, Body.id == RegisterRecord.body_id)
        .outerjoin(Department, Department.id == RegisterRecord.department_id)
    )
    order = (RegisterRecord.body_id, Department.position, Department.name)
    asked = _asked(wanted, query).order_by(*order, RegisterRecord.name, RegisterRecord.id)
    return session.execute(asked.offset(first).limit(most)).all()


def acts(session: Session, record_id: int, all_of_them: bool = False) -> list[RegisterVersion]:
    """The acts of a record in their order; those that stand, or all."""
    of = select(RegisterVersion).where(RegisterVersion.record_id == record_id)
    if not all_of_them:
        of = of.where(_STANDS)
    return list(session.scalars(of.order_by(RegisterVersion.seq, RegisterVersion.id)))


def texts(session: Session, ids: Iterable[int]) -> dict[int, tuple[str, str, bytes]]:
    """Act → (form, digest, manifest) of its text."""
    version = RegisterVersion
    of = select(version.id, version.form, version.digest, version.manifest)
    rows = session.execute(of.where(version.id.in_(sorted(set(ids)))))
    return {number: (form, digest, manifest) for number, form, digest, manifest in rows}


def last_serial(session: Session, body_id: int, register: str, year: int) -> int:
    """The last number a body gave in a 年度; 0 before the first."""
    version = RegisterVersion
    of = select(func.max(version.serial)).where(
        version.body_id == body_id, version.register == register, version.year == year
    )
    return session.scalar(of) or 0


def named(session: Session, body_id: int, register: str, name: str) -> list[RegisterRecord]:
    """The records of a body that are called so, in whatever width and case, and stand."""
    record = RegisterRecord
    of = select(record).where(
        record.body_id == body_id,
        record.register == register,
        record.state != "NONE",
        folded(record.name) == fold(name),
    )
    return list(session.scalars(of.order_by(record.id)))


def of_body(session: Session, body_id: int, register: str) -> list[RegisterRecord]:
    """The records of a body that stand, as they were begun."""
    record = RegisterRecord
    of = select(record).where(
        record.body_id == body_id, record.register == register, record.state != "NONE"
    )
    return list(session.scalars(of.order_by(record.id)))


def of_affair(session: Session, register: str, affair_id: int) -> list[RegisterRecord]:
    """The records that are linked with the 評価書一式 of an affair."""
    record = RegisterRecord
    of = select(record).where(
        record.register == register, record.affair_id == affair_id, record.state != "NONE"
    )
    return list(session.scalars(of.order_by(record.id)))


def before(session: Session, versions: Iterable[RegisterVersion]) -> dict[int, int]:
    """Act → the act of the same record before it that stands; those that are first are left
    out."""
    wanted = list(versions)
    records = sorted({each.record_id for each in wanted})
    of = select(RegisterVersion.id, RegisterVersion.record_id, RegisterVersion.seq).where(
        RegisterVersion.record_id.in_(records), _STANDS
    )
    line: dict[int, list[tuple[int, int]]] = {}
    for number, record, seq in session.execute(of.order_by(RegisterVersion.seq)):
        line.setdefault(record, []).append((seq, number))
    found = {}
    for each in wanted:
        earlier = [number for seq, number in line.get(each.record_id, ()) if seq < each.seq]
        if earlier:
            found[each.id] = earlier[-1]
    return found


def manifests(session: Session) -> Sequence[Row[int, bytes]]:
    """(number, manifest) of every act of every record."""
    return session.execute(select(RegisterVersion.id, RegisterVersion.manifest)).all()


def reports(session: Session, body_id: int | None, register: str) -> list[RegisterReport]:
    """The reports that stand, the latest period first; of one body, or of all."""
    report = RegisterReport
    of = select(report).where(report.register == register, report.withdrawn.is_(None))
    if body_id is not None:
        of = of.where(report.body_id == body_id)
    return list(session.scalars(of.order_by(report.last.desc(), report.id.desc())))


def enclosed(session: Session, report_id: int) -> list[RegisterVersion]:
    """The notices enclosed in a report, in their order."""
    of = (
        select(RegisterVersion)
        .join(RegisterReportLine, RegisterReportLine.version_id == RegisterVersion.id)
        .where(RegisterReportLine.report_id == report_id)
    )
    return list(session.scalars(of.order_by(RegisterReportLine.place)))


def unreported(
    session: Session, body_id: int, register: str, first: date, last: date
) -> list[RegisterVersion]:
    """The notices of a body filed in these days that stand and are enclosed in no report, also not
    as they were before they were put right; by day and number."""
    version = RegisterVersion
    told = aliased(RegisterVersion)
    enclosed_before = (
        select(told.id)
        .join(RegisterReportLine, RegisterReportLine.version_id == told.id)
        .join(RegisterReport, RegisterReport.id == RegisterReportLine.report_id)
        .where(
            RegisterReport.withdrawn.is_(None),
            told.record_id == version.record_id,
            told.seq == version.seq,
        )
    )
    of = select(version).where(
        version.body_id == body_id,
        version.register == register,
        version.filed.between(first, last),
        version.act != "LEGACY",
        _STANDS,
        ~enclosed_before.exists(),
    )
    return list(session.scalars(of.order_by(version.filed, version.serial, version.id)))


def reports_before(session: Session, sitting_ids: Iterable[int]) -> list[RegisterReport]:
    """The reports that are put before these sittings, as they were made."""
    report = RegisterReport
    of = select(report).where(report.sitting_id.in_(list(sitting_ids)), report.withdrawn.is_(None))
    return list(session.scalars(of.order_by(report.first, report.id)))


def counts(session: Session, report_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Report → how many notices of each kind it encloses."""
    line = RegisterReportLine
    of = (
        select(line.report_id, RegisterVersion.act, func.count())
        .join(RegisterVersion, RegisterVersion.id == line.version_id)
        .where(line.report_id.in_(list(report_ids)))
        .group_by(line.report_id, RegisterVersion.act)
    )
    found: dict[int, dict[str, int]] = {}
    for report, act, number in session.execute(of):
        found.setdefault(report, {})[act] = number
    return found
