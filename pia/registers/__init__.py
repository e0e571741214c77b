"""The fields of the registers as data: one YAML file per register (個人情報取扱事務の届出, 個人情報
ファイル簿), and what a city says otherwise.

Knows how to read them. Must not know records, departments or who may write. Serves
個人情報保護法第75条第1項・第5項.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from .. import resources
from ..domain.errors import PiaError
from ..domain.registers import model
from ..domain.registers.model import RegisterForm


@cache
def raw(register: str) -> dict[str, Any]:
    """The YAML of a register (affair, file) as it is shipped."""
    path = resources.folder("registers") / f"{register}.yaml"
    if not path.is_file():
        raise PiaError(f"台帳「{register}」の定義がありません。")
    mapping: dict[str, Any] = resources.data(path.read_text("utf-8"))
    return mapping


@cache
def shipped(register: str) -> RegisterForm:
    """The form of a register where the city says nothing of its own."""
    return model.parse(register, raw(register))


def own(register: str, changes: Mapping[str, Any], number: int) -> RegisterForm:
    """The form of a city's own: `changes` as `model.changed` takes them, `number` that of the
    setting. The shipped one where there are none. PiaError for changes that cannot be."""
    if not changes:
        return shipped(register)
    return model.parse(register, model.changed(raw(register), changes), number)
