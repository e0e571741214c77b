"""Facts of law and a city's choices as data: thresholds, rules with source and certainty, and the
procedure as a table.

Knows only how to read them. A city replaces a file by naming its own folder (PIA_RULES); what a
file does not say is taken from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .. import resources
from ..domain.content_checks import checks
from ..domain.content_checks.checks import CheckTable
from ..domain.errors import PiaError
from ..domain.procedure import citations


@cache
def load(name: str, folder: str | None = None) -> dict[str, Any]:
    """One file of rules by name ("threshold", "rules", "procedure-standard"); a city's own `folder`
    comes first.
    """
    for place in [Path(folder)] if folder else []:
        if (place / f"{name}.yaml").is_file():
            return _read(place / f"{name}.yaml")
    path = resources.folder("rules") / f"{name}.yaml"
    if not path.is_file():
        raise PiaError(
            f"規則のデータ「{name}」がありません。"
            "設定（PIA_PROCEDURE・PIA_RULES）を確かめてください。"
        )
    return _read(path)


@cache
def content_checks(folder: str | None = None) -> CheckTable:
    """The checks of what documents say; a city's own `folder` comes first."""
    return checks.table(load("content-checks", folder))


def with_reading(given: Mapping[str, Any], law: Mapping[str, Any]) -> dict[str, Any]:
    """Rules that say, where they cite a place that was read, as of which day it was read (`read`).
    A city's older file may lack what newer rules need:
    those come from ours."""
    ours = load("rules")
    out = {**ours, **given, "rules": {}}
    for name, rule in {**ours["rules"], **given["rules"]}.items():
        read = citations.as_of(law, str(rule["source"]))
        if read:
            out["rules"][name] = {**rule, "read": law["as_of"]}
        else:
            out["rules"][name] = dict(rule)
    return out


def with_ours(given: Mapping[str, Any]) -> dict[str, Any]:
    """A city's own division of rights, with what newer rights and kinds of objects it does not say
    taken from ours.
    """
    joined = {}
    for part, lines in load("rights").items():
        joined[part] = {**lines, **given.get(part, {})}
    return joined


def _read(path: Path) -> dict[str, Any]:
    data = resources.data(path.read_text("utf-8"))
    if not isinstance(data, dict):
        raise PiaError(f"規則のデータ {path.name} の形が正しくありません。")
    return data
