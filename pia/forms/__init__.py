"""Loads the official forms, one YAML file per version, and finds the one a document was written on.

Knows files and their `extends`. Must not know documents or answers. A form is read once per
process.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from .. import resources
from ..domain import wareki
from ..domain.document import form as model
from ..domain.document.form import OPEN, Form
from ..domain.errors import PiaError

KIND_NAMES = {
    "basic_item": "基礎項目評価書",
    "key_item": "重点項目評価書",
    "all_item": "全項目評価書",
    "plan": "計画管理書",
}


@cache
def _raw(name: str) -> dict[str, Any]:
    path = resources.folder("forms") / f"{name}.yaml"
    raw = resources.data(path.read_text("utf-8"))
    if "extends" in raw:
        base = _raw(raw["extends"])
        missing = set(raw.get("without", ())) | set(raw.get("change", {}))
        nodes = []
        for line in base["nodes"]:
            if node := _changed(line, raw.get("without", ()), raw.get("change", {}), missing):
                nodes.append(node)
        if missing:
            raise PiaError(
                f"様式の定義 {name} が、元の様式にない項目を指しています（"
                f"{'、'.join(sorted(missing))}）。"
            )
        raw = {**base, **raw, "nodes": nodes}
    return raw


def _changed(
    line: Mapping[str, Any], without: list[str], change: Mapping[str, Any], missing: set[str]
) -> dict[str, Any] | None:
    missing.discard(line["id"])
    if line["id"] in without:
        return None
    changed = {**line, **change.get(line["id"], {})}
    if "children" in line:
        changed["children"] = [
            node
            for child in line["children"]
            if (node := _changed(child, without, change, missing))
        ]
    return changed


@cache
def _stamps() -> dict[str, str]:
    """Form id → file name, without parsing whole files."""
    out = {}
    for path in sorted(resources.folder("forms").glob("*.yaml")):
        head = dict(
            line.split(": ", 1)
            for line in path.read_text("utf-8")[:600].splitlines()
            if line.startswith(("kind: ", "stamp: ", "extends: "))
        )
        kind = head.get("kind") or head["extends"].rsplit("-", 2)[0]
        out[f"{kind}@{head['stamp']}"] = path.stem
    return out


def known() -> tuple[str, ...]:
    """The ids of all forms, such as all_item@平成30年5月."""
    return tuple(_stamps())


def in_force(kind: str, day: date) -> str:
    """The id of the form of a kind with the latest stamp that is not after a day; the oldest one
    where all are."""
    stamped = []
    for form in known():
        of, _, stamp = form.partition("@")
        begins = wareki.parse(stamp)
        if of == kind and begins is not None:
            stamped.append((date.fromisoformat(f"{begins}-01"), form))
    stamped.sort()
    begun = [form for begins, form in stamped if begins <= day]
    return begun[-1] if begun else stamped[0][1]


def load(form_id: str) -> Form:
    """The form of an id, read once per process. PiaError lists the known ones when there is
    none."""
    return _parsed(form_id)


@cache
def _parsed(form_id: str) -> Form:
    if form_id == OPEN.id:
        return OPEN
    if form_id not in _stamps():
        raise PiaError(
            f"様式「{form_id}」は登録されていません。使える様式は {'、'.join(known())} です。"
        )
    return model.parse(_raw(_stamps()[form_id]))


def of_kind(kind: str) -> tuple[Form, ...]:
    """The forms of a kind of document, oldest first."""
    return tuple(load(name) for name in _of_kind(kind))


def newest(kind: str) -> str:
    """The id of the latest form of a kind of document."""
    return _of_kind(kind)[-1]


@cache
def _of_kind(kind: str) -> tuple[str, ...]:
    """The ids of the forms of a kind, oldest first; none of them is read."""
    of = [name for name in known() if name.startswith(f"{kind}@")]
    return tuple(sorted(of, key=lambda name: wareki.parse(name.partition("@")[2]) or ""))
