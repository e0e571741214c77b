"""The form of a register as a body has it: words, order, lists of choices, fields of its own
(個人情報保護法第75条第1項・第5項).

Knows both registers alike: a form is part of how a body keeps one, and a text names the form it was
written on. What the law asks of 個人情報ファイル簿 cannot be left out. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import registers as shipped
from ...domain.act import By
from ...domain.document.form import FormNode
from ...domain.errors import Unfit
from ...domain.registers.model import RegisterForm
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.bodies import Body
from ...store.rows.registers import AFFAIR, RegisterRule
from ..records import registers
from ..workplace import Workplace, row_of
from .affair_notices import kept_now

OWN = 101  # the first number of a field of a city's own, so that ours may grow


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of a body's own form, as it is typed: its words, its place (0: left out), whether it
    must be filled, and its choices, a line each."""

    id: str
    label: str
    place: int
    need: bool
    options: str = ""


@dataclass(frozen=True, slots=True)
class OfferedForm:
    """What a body may say of its form: the fields it has now, in order, and those it had or could
    have (`left`)."""

    body: int
    name: str
    form: RegisterForm
    left: tuple[FormNode, ...]

    @property
    def fields(self) -> tuple[FormNode, ...]:
        """All of them, those it has now first."""
        return (*self.form.fields, *self.left)


def offered(wp: Workplace, register: str, body: int) -> OfferedForm:
    """The form of a body's register as it may be changed. PiaError where it keeps none."""
    with wp.store.read() as session:
        return _offered(session, register, body)


def _offered(session: Session, register: str, body: int) -> OfferedForm:
    row = row_of(session, Body, body, "評価実施機関")
    if register == AFFAIR:
        kept_now(session, body)
    now = registers.form_now(session, body, register)
    known = {line.id: line for line in shipped.shipped(register).fields}
    for rule in queries.registers.rules_of(session, body, register):
        known |= {line.id: line for line in shipped.own(register, rule.form, rule.id).fields}
    left = [line for name, line in known.items() if name not in now.form.by_id]
    return OfferedForm(body, row.name, now, tuple(left))


def fixed(form: RegisterForm) -> dict[str, str]:
    """Fields that cannot be left out → why."""
    found = {form.roles["name"]: "記録を探すのに要る項目です。"}
    for line in form.fields:
        if line.source.startswith("law:"):
            article = line.source.removeprefix("law:")
            found[line.id] = f"{article}が記載することとしている項目です。"
    return found


def set_form(
    wp: Workplace, by: By, register: str, body: int, fields: Sequence[OwnField], added: str = ""
) -> None:
    """The fields of a body's own form from now on; texts of before keep theirs. `added`: a further
    text field at its end. Unfit for a form without what cannot be left out."""
    with wp.store.begin() as session:
        known = _offered(session, register, body)
        lines = {line.id: line for line in known.fields}
        stay = sorted((field for field in fields if field.place), key=lambda field: field.place)
        _must_stay(known.form, {field.id for field in stay})
        chosen = [_entry(known.form, lines[field.id], field) for field in stay]
        if added:
            name = _free_id(known.form, lines)
            chosen.append({"id": name, "label": added, "kind": "text", "required": False})
        changes = {"fields": chosen}
        rule = queries.registers.rule(session, body, register)
        if rule is not None:
            changes = {**rule.form, **changes}
        shipped.own(register, changes, -1)  # PiaError for a form that cannot be
        row = RegisterRule(
            body_id=body,
            register=register,
            kept=rule.kept if rule is not None else True,
            ordinance=rule.ordinance if rule is not None else "",
            article=rule.article if rule is not None else "",
            months=rule.months if rule is not None else 0,
            first_month=rule.first_month if rule is not None else 4,
            council_id=rule.council_id if rule is not None else None,
            form=changes,
            **acted(by),
        )
        session.add(row)
        session.flush()
        about = {"body": body, "register": register, "rule": row.id}
        log.entry(session, by, "register.rule", known.name, about)


def _must_stay(form: RegisterForm, stay: Iterable[str]) -> None:
    for name, why in fixed(form).items():
        if name not in stay:
            line = form.form.by_id[name]
            raise Unfit(f"{name}-place", f"「{line.plain_label}」は、なくせません。{why}")


def _entry(form: RegisterForm, line: FormNode, field: OwnField) -> dict[str, Any]:
    need = field.need or (line.id in fixed(form) and line.id in form.required)
    entry: dict[str, Any] = {"id": field.id, "label": field.label, "kind": line.kind}
    entry |= {"size": line.size, "required": need}
    if line.options:
        entry["options"] = _options(field)
    return entry


def _options(field: OwnField) -> list[str]:
    options = [line.strip() for line in field.options.split("\n") if line.strip()]
    if not options:
        raise Unfit(f"{field.id}-options", f"「{field.label}」の選択肢を1つ以上入力してください。")
    if len(set(options)) < len(options):
        raise Unfit(f"{field.id}-options", f"「{field.label}」に、同じ選択肢が2つあります。")
    return options


def _free_id(form: RegisterForm, lines: Mapping[str, Any]) -> str:
    """An id no field of the body has or had."""
    letter = form.roles["name"].partition("-")[0]
    number = OWN
    while f"{letter}-{number}" in lines:
        number += 1
    return f"{letter}-{number}"
