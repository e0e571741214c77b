"""The first text of a 評価書 (様式2 to 様式4): what is known of its 事務 before anybody writes,
over nothing or over what another 事務 says.

Knows the roles of a form's lines. Must not know what is registered, nor who begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..document.form import Form
from ..document.items import answers, build
from ..document.tree import Path, Tree
from ..wareki import written
from .form_move import Unmapped, migrate

COPIED = "copied_from"  # what the source of a first version calls the version it was copied from
# Which document this is, and what its own procedure fills in: never another document's.
OWN = ("cover_number", "cover_name", "cover_agency", "cover_published", "affair_name", "department")


@dataclass(frozen=True, slots=True)
class PrintedCounts:
    """What a しきい値判断 rests on, in the words of the forms: the bands of people and handlers,
    each with its day, whether there was an incident, and the result."""

    people: str
    people_day: date
    handlers: str
    handlers_day: date
    incident: str
    result: str


@dataclass(frozen=True, slots=True)
class KnownAffair:
    """What the register knows of a 事務; empty where it does not. `kind`: the name of the
    document."""

    number: str
    affair: str
    kind: str
    body: str
    department: str
    counted: PrintedCounts | None = None


@dataclass(frozen=True, slots=True)
class FirstText:
    """A first text; the paths of what was copied into it, and what of the source has no place on
    the form."""

    tree: Tree
    copied: tuple[Path, ...] = ()
    left: tuple[Unmapped, ...] = ()


def known_answers(form: Form, known: KnownAffair) -> Iterator[tuple[Path, str]]:
    """(path, answer) of each item of a form the register can answer."""
    by_role = {
        "cover_number": known.number,
        "cover_name": f"{known.affair}　{known.kind}",
        "cover_agency": known.body,
        "affair_name": known.affair,
        "department": known.department,
    }
    if known.counted is not None:
        by_role |= _counted(known.counted)
    for role, answer in by_role.items():
        line = form.by_role.get(role)
        if line is None or not answer:
            continue
        chosen = answer
        if line.options:
            labels = [option.label for option in line.options]
            chosen = next((label for label in labels if label.startswith(answer)), "")
        if chosen:
            yield line.path, chosen
    for line in form.walk():
        if line.prints_stamp:
            yield line.path, line.fixed_text


def _counted(counted: PrintedCounts) -> Mapping[str, str]:
    return {
        "people_band": counted.people,
        "people_day": written(counted.people_day),
        "handlers_band": counted.handlers,
        "handlers_day": written(counted.handlers_day),
        "incident": counted.incident,
        "judged": counted.result,
    }


def begin(form: Form, known: KnownAffair, source: tuple[Form, Tree] | None = None) -> FirstText:
    """The first text on a form: what is known, over what the items of `source` say. What its own
    procedure fills in, its change table and what names the other document are not taken over.
    PiaError where the form has no such item."""
    own = dict(known_answers(form, known))
    if source is None:
        return FirstText(build(form, own.items()))
    old_form, old = source
    moved, left = migrate(old, old_form, form)
    taken: dict[Path, Any] = {}
    for path, answer in answers(moved):
        if path not in own and not is_own(form, path):
            taken[path] = answer
    return FirstText(build(form, {**own, **taken}.items()), tuple(taken), left)


def is_own(form: Form, path: Path) -> bool:
    """Whether an item says which document this is, or is filled in by its own procedure."""
    line = form.at(path)[0]
    if line is None:
        return False
    above = (line, *line.parents)
    table = form.change_table
    if any(each.procedure or each is table for each in above):
        return True
    return line.role in OWN
