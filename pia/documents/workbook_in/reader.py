"""Reads a workbook on an official form, our own or anybody's, into a tree and all its problems with
sheet and cell.

Labels, numbering and merges decide, never addresses; what our own export carries unseen gives keys
and the base it was made from, where the labels agree. Must not know the store: blobs of imported
drawings are handed out by digest. Serves the taking over of documents under 規則第5条第1項,
第6条第1項 and 第7条第1項.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ... import forms
from ...domain.document import items
from ...domain.document.form import Form
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Problem
from ...domain.revise.unread import NOTHING, UnreadParts
from ..ooxml import guard


@dataclass(frozen=True, slots=True)
class BookReading:
    """What a workbook says.

    `problems` with level "error" mean it must not be taken over; `base` is what our own export
    carried: {"form", "ref", "title", "digest", "answers"} or None; `blobs` holds imported drawings
    by SHA-256; `ours`: it is our own layout (確認用), not a city's workbook; `stand_in`: it is, or
    was filled in, the project's blank and not the commission's; `unread`: what of it could not be
    read, which is not what is not there.
    """

    form: str
    tree: Tree
    problems: tuple[Problem, ...]
    base: dict[str, Any] | None = None
    blobs: dict[str, bytes] = field(default_factory=dict)
    title: str = ""
    ours: bool = False
    stand_in: bool = False
    unread: UnreadParts = NOTHING
    # (item, sheet and cell, kind) of what may say who somebody is (`domain.text.personal`).
    personal: tuple[tuple[str, str, str], ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that forbid taking the workbook over."""
        return tuple(problem for problem in self.problems if problem.level == "error")


def read(
    data: bytes, form: Form | None = None, *, name: str = "", child: bool = True
) -> BookReading:
    """A workbook's content. `form` None: kind and stamp as printed on the cover.

    PiaError when it cannot be opened at all; everything else is a Problem. `child` False parses in
    this process (for trusted bytes and for drills).
    """
    guard.check(data, name)
    # Loaded here, once, and not in every child anew.
    from . import assemble  # noqa: F401

    form_id = None
    if form:
        form_id = form.id
    tree = Tree("")
    try:
        if child:
            values = guard.in_child(parse, data, form_id)
        else:
            values = parse(data, form_id)
        if values["form"]:
            tree = items.build(forms.load(values["form"]), values["answers"])
    except PiaError as error:
        raise PiaError(f"{name}：{error}" if name else str(error)) from error
    return BookReading(
        values["form"],
        tree,
        tuple(values["problems"]),
        values["base"],
        values["blobs"],
        values["title"],
        bool(values.get("ours")),
        bool(values.get("stand_in")),
        values.get("unread", NOTHING),
        tuple(values.get("personal", ())),
    )


def parse(data: bytes, form_id: str | None) -> dict[str, Any]:
    """`read` without guard and tree, as plain values that cross a process border."""
    from . import assemble

    return assemble.parse(data, form_id)


def base_tree(base: dict[str, Any]) -> Tree:
    """The document a carried base stands for. PiaError when its form is not known here."""
    return items.build(
        forms.load(base["form"]), [(tuple(part), first) for part, first in base["answers"]]
    )
