"""An act on a record of a register is kept: numbered, with its text, its correction beside it
(個人情報保護法第75条第1項・第5項).

Knows what every register needs. What a notice must say stands in `notices`; must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.document.texts import one_line
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.procedure.retention import fiscal_year
from ...domain.registers.model import LEGACY, RegisterForm, after, search_words
from ...store import queries
from ...store.ledger import log
from ...store.rows.registers import (
    NewAct,
    RegisterRecord,
    RegisterVersion,
    add_act,
    begin,
    restate,
)
from ...store.sql import fold
from ..records import registers


@dataclass(frozen=True, slots=True)
class TypedAct:
    """An act as it is handed in: its kind, the text, who files it, the day it came and the day from
    which it holds. `number`: as an earlier list has it; `numbered`: whether the next number of the
    年度 is given."""

    act: str
    tree: Tree
    department: int | None
    filed: date | None
    effective: date | None = None
    number: str = ""
    numbered: bool = True
    why: str = ""
    source: Mapping[str, Any] | None = None


def put_first(
    session: Session, by: By, body: int, register: str, form: RegisterForm, typed: TypedAct
) -> RegisterVersion:
    """The first act of a new record. In a transaction of the caller's, who has checked it."""
    new = _new(session, body, register, form, typed)
    record = begin(session, by, body, register, new)
    return _added(session, by, record, new, form)


def put_next(
    session: Session, by: By, record: RegisterRecord, form: RegisterForm, typed: TypedAct
) -> RegisterVersion:
    """Another act on a record. In a transaction of the caller's, who has checked it."""
    new = _new(session, record.body_id, record.register, form, typed)
    return _added(session, by, record, new, form)


def put_right(
    session: Session, by: By, old: RegisterVersion, form: RegisterForm, typed: TypedAct, reason: str
) -> RegisterVersion:
    """An act as it should have been typed, in place of one that is kept beside it; it keeps its
    number. PiaError where another correction came first."""
    if old.withdrawn is not None:
        raise PiaError("この届出は、もう訂正されたか取り消されています。開き直してください。")
    record = session.get_one(RegisterRecord, old.record_id)
    name, words = _said(form, typed.tree)
    new = NewAct(
        act=typed.act,
        tree=typed.tree,
        name=name,
        words=words,
        department_id=typed.department,
        filed=typed.filed,
        effective=typed.effective,
        year=old.year,
        serial=old.serial,
        number=typed.number or old.number,
        why=typed.why,
        source=typed.source,
    )
    version = add_act(session, by, record, new, old.seq, old)
    _restated(session, record)
    about = {"act": version.id, "corrects": old.id, "reason": reason}
    log.entry(session, by, "register.correct", str(record.id), about)
    return version


def take_back(session: Session, by: By, old: RegisterVersion, reason: str) -> None:
    """An act that should not be there: it is kept and counts no more. PiaError where it does not
    count already."""
    if old.withdrawn is not None:
        raise PiaError("この届出は、もう訂正されたか取り消されています。開き直してください。")
    record = session.get_one(RegisterRecord, old.record_id)
    old.withdrawn = by.day
    session.flush()
    _restated(session, record)
    about = {"act": old.id, "reason": reason}
    log.entry(session, by, "register.withdraw", str(record.id), about)


def _new(session: Session, body: int, register: str, form: RegisterForm, typed: TypedAct) -> NewAct:
    name, words = _said(form, typed.tree)
    year, serial = None, None
    if typed.filed is not None and typed.numbered and typed.act != LEGACY:
        year = fiscal_year(typed.filed)
        serial = queries.registers.last_serial(session, body, register, year) + 1
    return NewAct(
        act=typed.act,
        tree=typed.tree,
        name=name,
        words=words,
        department_id=typed.department,
        filed=typed.filed,
        effective=typed.effective,
        year=year,
        serial=serial,
        number=typed.number,
        why=typed.why,
        source=typed.source,
    )


def _said(form: RegisterForm, tree: Tree) -> tuple[str, str]:
    """What a text calls its record, and all it says, folded for searches."""
    return one_line(form.text(tree, "name")), fold(search_words(form, tree))


def _added(
    session: Session, by: By, record: RegisterRecord, new: NewAct, form: RegisterForm
) -> RegisterVersion:
    seq = max((act.seq for act in queries.registers.acts(session, record.id, True)), default=0) + 1
    version = add_act(session, by, record, new, seq)
    acts = queries.registers.acts(session, record.id)
    restate(record, version, after(act.act for act in acts), new.words)
    about = {"act": version.id, "kind": new.act, "register": record.register}
    log.entry(session, by, "register.put", str(record.id), about)
    return version


def _restated(session: Session, record: RegisterRecord) -> None:
    """What a record repeats, computed anew from its acts that stand."""
    acts = queries.registers.acts(session, record.id)
    if not acts:
        restate(record, None, after(()), "")
        return
    last = acts[-1]
    tree = registers.texts(session, [last.id])[last.id]
    form = registers.forms_of(session, [tree.form])[tree.form]
    restate(record, last, after(act.act for act in acts), fold(search_words(form, tree)))
