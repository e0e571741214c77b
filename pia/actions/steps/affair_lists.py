"""An existing register, or a year's notices, taken in from a workbook (個人情報保護法第75条第5項).

Knows what may be taken in: what would be refused is told by its row, and a list is looked at first
and taken in whole or not at all. Must not know cells (`documents.notice_lists`) or pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from ...documents.notice_lists import ListedNotice, NoticeList, read
from ...documents.ooxml import guard
from ...domain.act import By
from ...domain.document import items
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.registers.model import BEGIN, CHANGE, END, ENDED, LEGACY, LIVE, RegisterForm
from ...store import nodes, queries
from ...store.ledger import log
from ...store.rows.registers import AFFAIR, RegisterRecord
from ...store.sql import fold
from ..records import registers
from ..workplace import Workplace
from . import registers as acts
from .affair_notices import kept_now


def kept_file(wp: Workplace, by: By, name: str, data: bytes) -> str:
    """Keeps a workbook that is looked at before it is taken in; its SHA-256."""
    guard.check(data, name)
    with wp.store.begin() as session:
        sha256 = nodes.put_blob(session, data)
        log.entry(session, by, "register.look", name, {"sha256": sha256})
        return sha256


def look(wp: Workplace, by: By, body: int, sha256: str, own: int | None = None) -> NoticeList:
    """What taking in a kept workbook would do. Nothing is changed. `own`: the department of who may
    file for no other."""
    with wp.store.read() as session:
        form = kept_now(session, body).form
        data = nodes.get_blob(session, sha256)
    found = read(form, data)
    with wp.store.read() as session:
        return _judged(session, by, body, form, found, own)


def take(wp: Workplace, by: By, body: int, sha256: str, own: int | None = None) -> int:
    """Takes a kept workbook in, in one go; how many rows. PiaError, and nothing is taken in, where
    a row cannot be."""
    with wp.store.read() as session:
        form = kept_now(session, body).form
        data = nodes.get_blob(session, sha256)
    found = read(form, data)
    with wp.store.begin() as session:
        judged = _judged(session, by, body, form, found, own)
        if judged.faults or not judged.rows:
            raise PiaError("取り込めない行があります。直したファイルを、もう一度選んでください。")
        known = _KnownRecords(session, body)
        for row in judged.rows:
            _put(session, by, body, form, row, known, sha256)
        about = {"sha256": sha256, "rows": len(judged.rows), "unread": len(judged.unread)}
        log.entry(session, by, "register.import", str(body), about)
        return len(judged.rows)


# ---- what may be taken in


class _KnownRecords:
    """The records of a body by their folded names, and its departments by theirs, as they stand
    while a list is taken in."""

    def __init__(self, session: Session, body: int):
        self.records: dict[str, RegisterRecord] = {}
        for record in queries.registers.of_body(session, body, AFFAIR):
            self.records[fold(record.name)] = record
        self.departments = {
            office.name: office
            for office in queries.departments.all_departments(session)
            if office.body_id == body
        }


def _judged(
    session: Session,
    by: By,
    body: int,
    form: RegisterForm,
    found: NoticeList,
    own: int | None,
) -> NoticeList:
    """The rows with what speaks against them, each in the light of those before it."""
    known = _KnownRecords(session, body)
    states = {name: record.state for name, record in known.records.items()}
    rows = []
    for row in found.rows:
        fault = row.fault or _not_theirs(row, known, own) or _fault(by, row, known, states)
        warning = ""
        if not fault:
            name = fold(row.name)
            warning = _warning(form, row, name in states)
            states[name] = ENDED if row.act == END else LIVE
        rows.append(replace(row, fault=fault, warning=warning))
    return NoticeList(tuple(rows), found.unread)


def _warning(form: RegisterForm, row: ListedNotice, known: bool) -> str:
    """What its person should know of a row that is taken in all the same: a list of before may say
    less than a notice must."""
    words = []
    if row.act in (CHANGE, END) and not known:
        words.append("開始の届出が登録されていません。移行前の届出として取り込みます。")
    missing = form.missing(row.tree) if row.tree is not None and row.act != END else []
    if missing:
        labels = "・".join(line.plain_label for line in missing)
        words.append(f"「{labels}」が書かれていません。")
    return "".join(words)


def _not_theirs(row: ListedNotice, known: _KnownRecords, own: int | None) -> str:
    """Why somebody of a department may not file a row: it is no notice, or another's."""
    if own is None:
        return ""
    if row.act == LEGACY:
        return "届出の種類（開始・変更・廃止）がありません。"
    office = known.departments.get(row.department)
    record = known.records.get(fold(row.name))
    if office is None or office.id != own:
        return "「所属」に、あなたの所属を書いてください。"
    if record is not None and record.department_id not in (None, own):
        return "ほかの所属の事務です。"
    return ""


def _fault(by: By, row: ListedNotice, known: _KnownRecords, states: Mapping[str, str]) -> str:
    if row.tree is None or not row.name:
        return "事務の名称がありません。"
    if row.department and row.department not in known.departments:
        return f"所属「{row.department}」は、この機関の所属にありません。"
    if row.act != LEGACY and row.filed is None:
        return "届出日がありません。"
    if row.filed is not None and row.filed > by.day:
        return "届出日が、まだ来ていません。"
    state = states.get(fold(row.name))
    if row.act in (BEGIN, LEGACY) and state == LIVE:
        return f"「{row.name}」は、もう登録されています。"
    if row.act in (CHANGE, END) and state not in (None, LIVE):
        return f"「{row.name}」は、廃止の届出がされています。"
    return ""


def _put(
    session: Session,
    by: By,
    body: int,
    form: RegisterForm,
    row: ListedNotice,
    known: _KnownRecords,
    sha256: str,
) -> None:
    assert row.tree is not None  # it was judged
    office = known.departments.get(row.department)
    typed = acts.TypedAct(
        act=row.act,
        tree=row.tree,
        department=office.id if office is not None else None,
        filed=row.filed,
        effective=row.effective,
        number=row.number,
        numbered=not row.number,
        why=row.why,
        source={"file": sha256, "place": row.place},
    )
    record = known.records.get(fold(row.name))
    if record is None or record.state != LIVE:
        made = acts.put_first(session, by, body, AFFAIR, form, typed)
        known.records[fold(row.name)] = session.get_one(RegisterRecord, made.record_id)
    else:
        if row.act == END and record.head_id is not None:
            typed = replace(typed, tree=_end_text(session, record, row))
        acts.put_next(session, by, record, form, typed)


def _end_text(session: Session, record: RegisterRecord, row: ListedNotice) -> Tree:
    """The text a 廃止 leaves: what stood; a row that says only the name empties nothing."""
    assert record.head_id is not None and row.tree is not None
    if len(list(items.answers(row.tree))) > 1:
        return row.tree
    return registers.texts(session, [record.head_id])[record.head_id]
