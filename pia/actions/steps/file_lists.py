"""An existing 個人情報ファイル簿 taken in from a workbook (個人情報保護法第75条第1項).

Knows what may be taken in: what speaks against a row is told by its row, and a list is looked at
first and taken in whole or not at all. Must not know cells (`documents.notice_lists`) or pages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from ...documents.notice_lists import ListedNotice, NoticeList, read
from ...domain.act import By
from ...domain.errors import PiaError
from ...domain.registers import omissions
from ...domain.registers.model import LEGACY, LIVE, RegisterForm
from ...store import nodes, queries
from ...store.ledger import log
from ...store.rows.bodies import Department
from ...store.rows.registers import FILE, RegisterRecord
from ...store.sql import fold
from ..records import file_register as files
from ..workplace import Workplace
from . import file_register, registers


@dataclass(frozen=True, slots=True)
class TakenFiles:
    """How many files were taken in, and how many of them were recorded as published."""

    files: int
    published: int


def look(wp: Workplace, body: int, sha256: str) -> NoticeList:
    """What taking in a kept workbook would do. Nothing is changed."""
    form, data = _kept(wp, body, sha256)
    found = read(form, data)
    with wp.store.read() as session:
        return _judged(session, body, form, found)


def _kept(wp: Workplace, body: int, sha256: str) -> tuple[RegisterForm, bytes]:
    """The 単票 of a body, and a kept workbook."""
    with wp.store.read() as session:
        return files.form_of(session, body), nodes.get_blob(session, sha256)


def take(wp: Workplace, by: By, body: int, sha256: str, published: date | None) -> TakenFiles:
    """Takes a kept workbook in, in one go. `published`: since when what it says has been public;
    files that lack what the law asks for stay unpublished. PiaError, and nothing is taken in, where
    a row cannot be."""
    form, data = _kept(wp, body, sha256)
    found = read(form, data)
    with wp.store.begin() as session:
        judged = _judged(session, body, form, found)
        if judged.faults or not judged.rows:
            raise PiaError("取り込めない行があります。直したファイルを、もう一度選んでください。")
        offices = _offices(session, body)
        out = 0
        for row in judged.rows:
            record = _put(session, by, body, form, row, offices, sha256)
            if published is not None and not files.unmet_for_publication(session, record, ()):
                file_register.put_out(session, by, record, published)
                out += 1
        about = {"sha256": sha256, "rows": len(judged.rows), "unread": len(judged.unread)}
        log.entry(session, by, "register.import", str(body), about)
        return TakenFiles(len(judged.rows), out)


def _offices(session: Session, body: int) -> dict[str, Department]:
    """The departments of a body by their folded names."""
    every = queries.departments.all_departments(session)
    return {fold(office.name): office for office in every if office.body_id == body}


def _office(
    form: RegisterForm, row: ListedNotice, offices: dict[str, Department]
) -> Department | None:
    """Whose file a row is: its 所属, else its own item, where that is the name of a department."""
    named = row.department
    if not named and row.tree is not None:
        named = form.text(row.tree, "department")
    return offices.get(fold(" ".join(named.split())))


def _judged(session: Session, body: int, form: RegisterForm, found: NoticeList) -> NoticeList:
    """The rows with what speaks against them, each in the light of those before it."""
    offices = _offices(session, body)
    names = {
        fold(record.name)
        for record in queries.registers.of_body(session, body, FILE)
        if record.state == LIVE
    }
    rows = []
    for row in found.rows:
        fault = row.fault or _fault(form, row, names, offices)
        names.add(fold(row.name))
        warning = "" if fault else _warning(form, row, offices)
        rows.append(replace(row, fault=fault, warning=warning))
    return NoticeList(tuple(rows), found.unread)


def _fault(
    form: RegisterForm, row: ListedNotice, names: set[str], offices: dict[str, Department]
) -> str:
    if row.tree is None or not row.name:
        return "個人情報ファイルの名称がありません。"
    if fold(row.name) in names:
        return f"「{row.name}」という名称のファイルは、もう簿にあるか、前の行にあります。"
    office = _office(form, row, offices)
    if row.department and office is None:
        return f"所属「{row.department}」は、この機関の所属にありません。"
    if office is not None and office.closed is not None:
        return f"「{office.name}」は廃止された課です。"
    return ""


def _warning(form: RegisterForm, row: ListedNotice, offices: dict[str, Department]) -> str:
    assert row.tree is not None  # it was judged
    told = omissions.unfilled(form, row.tree, ())
    if told:
        told.append("公表済みにはできません。")
    if _office(form, row, offices) is None:
        told.append("所属が分からないため、所属を決めるまで事務局だけが直せます。")
    return "".join(told)


def _put(
    session: Session,
    by: By,
    body: int,
    form: RegisterForm,
    row: ListedNotice,
    offices: dict[str, Department],
    sha256: str,
) -> RegisterRecord:
    assert row.tree is not None  # it was judged
    office = _office(form, row, offices)
    typed = registers.TypedAct(
        LEGACY,
        row.tree,
        office.id if office is not None else None,
        filed=None,
        numbered=False,
        source={"file": sha256, "place": row.place},
    )
    made = registers.put_first(session, by, body, FILE, form, typed)
    return session.get_one(RegisterRecord, made.record_id)
