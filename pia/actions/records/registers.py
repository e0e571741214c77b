"""A register as it stands: how a body keeps it, the form of a text, the texts of acts and what each
act changed (個人情報保護法第75条第1項・第5項).

Reads only, many acts in as many statements as one. Must not know pages or the checks of an act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ... import registers
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.registers.model import CHANGE, RegisterForm
from ...domain.registers.told import ToldField, told
from ...store import nodes, queries
from ...store.rows.registers import (
    AFFAIR,
    FILE,
    RegisterReport,
    RegisterRule,
    RegisterVersion,
)

_OF_FORM = {"affair_register": AFFAIR, "file_register": FILE}


@dataclass(frozen=True, slots=True)
class KeptRegister:
    """How a body keeps a register now. `rule` None where nothing was said: then an affair register
    is not kept, and the 個人情報ファイル簿 is, because it is the duty."""

    body: int
    register: str
    kept: bool
    rule: RegisterRule | None
    form: RegisterForm


def kept(session: Session, body_id: int, register: str) -> KeptRegister:
    """How a body keeps a register."""
    return _kept(body_id, register, queries.registers.rule(session, body_id, register))


def kept_by_all(session: Session, register: str, bodies: Iterable[int]) -> dict[int, KeptRegister]:
    """How each of these bodies keeps a register, in one read."""
    rules = queries.registers.rules(session, register)
    return {body: _kept(body, register, rules.get(body)) for body in bodies}


def _kept(body_id: int, register: str, rule: RegisterRule | None) -> KeptRegister:
    if rule is None:
        return KeptRegister(body_id, register, register == FILE, None, registers.shipped(register))
    form = registers.own(register, rule.form, rule.id)
    return KeptRegister(body_id, register, rule.kept, rule, form)


def bodies_that_keep(session: Session, register: str) -> set[int]:
    """The numbers of the bodies that keep a register."""
    bodies = [row.id for row in queries.departments.bodies(session)]
    return {body for body, kept in kept_by_all(session, register, bodies).items() if kept.kept}


def forms_of(session: Session, ids: Iterable[str]) -> dict[str, RegisterForm]:
    """Form id → the form a text was written on, also one the city has replaced since."""
    wanted = dict.fromkeys(ids)
    numbers = {form_id: _own_number(form_id) for form_id in wanted}
    own = [number for number in numbers.values() if number]
    rules = queries.registers.rules_by_id(session, own) if own else {}
    found = {}
    for form_id, number in numbers.items():
        register = _OF_FORM.get(form_id.partition("@")[0])
        if register is None or (number and number not in rules):
            raise PiaError(f"様式「{form_id}」は登録されていません。")
        changes = rules[number].form if number else {}
        found[form_id] = registers.own(register, changes, number)
    return found


def form_on(session: Session, tree: Tree) -> RegisterForm:
    """The form a text was written on."""
    return forms_of(session, [tree.form])[tree.form]


def form_now(session: Session, body_id: int, register: str) -> RegisterForm:
    """The form of a body on which its next text is written."""
    return kept(session, body_id, register).form


def _own_number(form_id: str) -> int:
    number = form_id.partition("#")[2]
    return int(number) if number.isdigit() else 0


def texts(session: Session, ids: Iterable[int]) -> dict[int, Tree]:
    """Act → its text, all in one read of contents."""
    found = queries.registers.texts(session, ids)
    trees = nodes.trees(session, list(found.values()))
    return dict(zip(found, trees, strict=True))


@dataclass(frozen=True, slots=True)
class ToldAct:
    """An act with its form, its text, the text before it (None for the first) and the fields it
    changed (of a change only: the first act changed all, an end nothing)."""

    row: RegisterVersion
    form: RegisterForm
    tree: Tree
    before: Tree | None
    fields: tuple[ToldField, ...]


def told_acts(session: Session, rows: Sequence[RegisterVersion]) -> list[ToldAct]:
    """Acts, of whatever records, each with what it changed against the act before it."""
    earlier = queries.registers.before(session, rows)
    trees = texts(session, [*(row.id for row in rows), *earlier.values()])
    forms = forms_of(session, (trees[row.id].form for row in rows))
    return [_told(row, forms, trees, earlier) for row in rows]


def _told(
    row: RegisterVersion,
    forms: Mapping[str, RegisterForm],
    trees: Mapping[int, Tree],
    earlier: Mapping[int, int],
) -> ToldAct:
    tree = trees[row.id]
    before = trees[earlier[row.id]] if row.id in earlier else None
    form = forms[tree.form]
    fields: tuple[ToldField, ...] = ()
    if before is not None and row.act == CHANGE:
        fields = told(form, before, tree)
    return ToldAct(row, form, tree, before, fields)


def agenda_title(session: Session, report: RegisterReport) -> str:
    """What an agenda calls the reports under the ordinance of a body."""
    rule = queries.registers.rule(session, report.body_id, report.register)
    ordinance = rule.ordinance if rule is not None else ""
    return f"{ordinance}に係る個人情報取扱事務の報告について"
