"""The part of fsck about registers: the texts of acts, that a record repeats its last act, and that
a report encloses notices of its own body.

Knows rows as `rows.registers` keeps them. Must not know forms nor what an ordinance asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...domain.document.tree import UNLOADED, Tree
from ...domain.errors import Problem
from ...domain.registers.model import after
from .. import packing, queries
from ..nodes import Content
from ..rows.registers import RegisterRecord, RegisterReport, RegisterReportLine, RegisterVersion
from .fsck_contents import Only, among

_RESTORE = "バックアップから戻してください（pia restore）。"


def contents(session: Session) -> set[int]:
    """The numbers of the contents that texts in the registers use; what cannot be read uses
    none, and is told by `check`."""
    used: set[int] = set()
    for _, manifest in queries.registers.manifests(session):
        try:
            used |= packing.used(packing.lines(manifest))
        except (ValueError, TypeError, IndexError):
            continue
    return used


def check(session: Session, only: Only | None = None) -> Iterator[Problem]:
    """`only`: the numbers of the rows to look at; None for all."""
    yield from _texts(session, only)
    yield from _records(session, only)
    yield from _reports(session, only)


def _texts(session: Session, only: Only | None) -> Iterator[Problem]:
    version = RegisterVersion
    rows = among(
        select(version.id, version.form, version.digest, version.manifest),
        version.id,
        "register_version",
        only,
    ).execution_options(yield_per=200)
    for number, form, digest, manifest in session.execute(rows):
        where = f"register_version {number}"
        try:
            lines = packing.lines(manifest)
            used = packing.used(lines)
        except (ValueError, TypeError, IndexError):
            said = f"この届出・台帳の記載の組立てを読めません。{_RESTORE}"
            yield Problem("register-unreadable", said, where)
            continue
        known = _known(session, used)
        if used - known.keys():
            lost = len(used - known.keys())
            said = f"この届出・台帳の記載が {lost} か所失われています。{_RESTORE}"
            yield Problem("register-content-missing", said, where)
            continue
        values = {index: (name, UNLOADED) for index, name in known.items()}
        if Tree(form, packing.nodes(lines, values)).digest != digest:
            said = f"この届出・台帳の記載が、保存したときと違います。{_RESTORE}"
            yield Problem("register-changed", said, where)


def _known(session: Session, ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(select(Content.id, Content.digest).where(Content.id.in_(sorted(ids))))
    return {index: bytes(name).hex() for index, name in rows}


def _records(session: Session, only: Only | None) -> Iterator[Problem]:
    records = among(select(RegisterRecord), RegisterRecord.id, "register_record", only)
    for record in session.scalars(records.order_by(RegisterRecord.id)):
        acts = queries.registers.acts(session, record.id)
        head = acts[-1].id if acts else None
        if record.head_id != head or record.state != after(act.act for act in acts):
            said = f"台帳の記録が、その最後の届出と合いません。{_RESTORE}"
            yield Problem("register-head", said, f"register_record {record.id}")


def _reports(session: Session, only: Only | None) -> Iterator[Problem]:
    report, line, version = RegisterReport, RegisterReportLine, RegisterVersion
    rows = (
        among(select(report.id), report.id, "register_report", only)
        .join(line, line.report_id == report.id)
        .join(version, version.id == line.version_id)
        .where((version.body_id != report.body_id) | (version.register != report.register))
        .distinct()
    )
    for number in session.scalars(rows.order_by(report.id)):
        said = f"この報告に、別の機関の届出が入っています。{_RESTORE}"
        yield Problem("register-report", said, f"register_report {number}")
