"""個人情報ファイル簿 as it is asked for: what is left out, what was published, the public register
a page at a time.

Filters and pages in the database; what anybody asks for is looked for in the words anybody may
read. Must not know the items of the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment
from ..rows.bodies import Affair, Body, Department
from ..rows.file_register import FileOmission, PublishedFile
from ..rows.registers import FILE, RegisterRecord, RegisterVersion
from ..sql import fold


def omissions(
    session: Session, record_ids: Iterable[int], all_of_them: bool = False
) -> dict[int, list[FileOmission]]:
    """Record → what is left out of it, oldest first; what stands, or all there ever was."""
    of = select(FileOmission).where(FileOmission.record_id.in_(sorted(set(record_ids))))
    if not all_of_them:
        of = of.where(FileOmission.withdrawn.is_(None))
    found: dict[int, list[FileOmission]] = {}
    for row in session.scalars(of.order_by(FileOmission.id)):
        found.setdefault(row.record_id, []).append(row)
    return found


def publications(session: Session, record_ids: Iterable[int]) -> dict[int, list[PublishedFile]]:
    """Record → its publications that stand, oldest first."""
    of = select(PublishedFile).where(
        PublishedFile.record_id.in_(sorted(set(record_ids))), PublishedFile.withdrawn.is_(None)
    )
    found: dict[int, list[PublishedFile]] = {}
    for row in session.scalars(of.order_by(PublishedFile.id)):
        found.setdefault(row.record_id, []).append(row)
    return found


def ids_of_omissions(session: Session, record_id: int) -> list[int]:
    """The numbers of all that was ever left out of a file."""
    of = select(FileOmission.id).where(FileOmission.record_id == record_id)
    return list(session.scalars(of.order_by(FileOmission.id)))


def ids_of_publications(session: Session, record_id: int) -> list[int]:
    """The numbers of all publications of a file, also of those taken back."""
    of = select(PublishedFile.id).where(PublishedFile.record_id == record_id)
    return list(session.scalars(of.order_by(PublishedFile.id)))


def linked(session: Session, affair_id: int) -> list[RegisterRecord]:
    """The files that belong to an affair and are not taken back, by name."""
    record = RegisterRecord
    of = select(record).where(
        record.register == FILE, record.affair_id == affair_id, record.state != "NONE"
    )
    return list(session.scalars(of.order_by(record.name, record.id)))


def affair_with_files(session: Session, key: str) -> str | None:
    """The KEY of the affair of an assessment's KEY, where files belong to it."""
    of = (
        select(Affair.key)
        .join(Assessment, Assessment.affair_id == Affair.id)
        .join(RegisterRecord, RegisterRecord.affair_id == Affair.id)
        .where(Assessment.key == key, RegisterRecord.register == FILE)
    )
    return session.scalar(of.where(RegisterRecord.state != "NONE").limit(1))


@dataclass(frozen=True, slots=True)
class PublicFilter:
    """What the public register is asked for: words that must all be there, a department; as it is
    on a day."""

    today: date
    words: tuple[str, ...] = ()
    department: int | None = None


_COLUMNS = (RegisterRecord, PublishedFile, RegisterVersion, Body, Department)


def _public(wanted: PublicFilter, *columns: Any) -> Select[Any]:
    """The files anybody may see: they live, are not left out as a whole, and their latest
    publication is of this day or earlier."""
    latest = (
        select(func.max(PublishedFile.id))
        .where(PublishedFile.record_id == RegisterRecord.id, PublishedFile.withdrawn.is_(None))
        .where(PublishedFile.day <= wanted.today)
        .correlate(RegisterRecord)
        .scalar_subquery()
    )
    unlisted = (
        select(FileOmission.id)
        .where(FileOmission.record_id == RegisterRecord.id, FileOmission.field == "")
        .where(FileOmission.withdrawn.is_(None))
        .correlate(RegisterRecord)
    )
    query: Select[Any] = (
        select(*columns)
        .select_from(RegisterRecord)
        .join(PublishedFile, PublishedFile.id == latest)
        .join(RegisterVersion, RegisterVersion.id == PublishedFile.version_id)
        .join(Body, Body.id == RegisterRecord.body_id)
        .outerjoin(Department, Department.id == RegisterVersion.department_id)
        .where(RegisterRecord.register == FILE, RegisterRecord.state == "LIVE")
        .where(~unlisted.exists())
    )
    for word in wanted.words:
        query = query.where(PublishedFile.words.contains(fold(word), autoescape=True))
    if wanted.department is not None:
        query = query.where(RegisterVersion.department_id == wanted.department)
    return query


def count(session: Session, wanted: PublicFilter) -> int:
    """How many files the public register has for a filter."""
    return session.scalar(_public(wanted, func.count(RegisterRecord.id))) or 0


PublicRow = Row[RegisterRecord, PublishedFile, RegisterVersion, Body, Department | None]


def page(session: Session, wanted: PublicFilter, first: int, most: int) -> Sequence[PublicRow]:
    """(record, publication, its text, body, department) of some files of the public register, by
    body, department and name, from the one of number `first` (from 0)."""
    order = (Body.id, Department.position, Department.name, RegisterVersion.name)
    found = _public(wanted, *_COLUMNS).order_by(*order, RegisterRecord.id)
    return session.execute(found.offset(first).limit(most)).all()


def public_one(session: Session, number: int, today: date) -> PublicRow | None:
    """The same of one file; None where anybody may not see it."""
    found = _public(PublicFilter(today), *_COLUMNS)
    return session.execute(found.where(RegisterRecord.id == number)).first()


def public_departments(session: Session, today: date) -> list[tuple[int, str]]:
    """(number, name) of the departments that have files in the public register."""
    query = _public(PublicFilter(today), Department.id, Department.name)
    rows = session.execute(query.where(Department.id.is_not(None)).distinct())
    return sorted((number, name) for number, name in rows)
