"""Reads a Word file or a PDF: an assessment on an official form into its tree, anything else as
open text.

Runs in the guarded child; plain values cross the border. Must not know the store. Serves the taking
over of documents under 規則第5条第1項, 第6条第1項 and 第7条第1項.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ... import forms
from ...domain.document import items
from ...domain.document.form import Form
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError, Problem
from ...domain.revise.unread import NOTHING, UnreadParts
from ..ooxml import guard
from ..text import plain
from . import outside

TRACKED = ("final", "original")
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class PaperReading:
    """What a document on paper says. `form` is empty for an open text; `pages`: the page of every
    place, where pages are known; `copy`: the bytes of the document it carries as data (then nothing
    else was read); `base`: what our own Word file was made from."""

    form: str
    tree: Tree
    problems: tuple[Problem, ...]
    title: str = ""
    base: dict[str, Any] | None = None
    pages: Mapping[Path, int] = field(default_factory=dict)
    personal: tuple[tuple[str, str, str], ...] = ()
    copy: bytes = b""
    unread: UnreadParts = NOTHING


def read(
    data: bytes,
    form: Form | None = None,
    *,
    name: str = "",
    tracked: str = "final",
    child: bool = True,
) -> PaperReading:
    """The document in a Word file or a PDF. `tracked`: which side of pending changes is read.

    PiaError in one sentence when it cannot be opened. `child` False parses in this process (for
    trusted bytes and for drills).
    """
    # Loaded here, once, and not in every child anew.
    from . import parsing  # noqa: F401

    form_id = form.id if form else None
    try:
        kind = outside.check(data)
        if child:
            values = guard.in_child(
                parse, data, kind, form_id, tracked, seconds=_SECONDS, called=outside.CALLED[kind]
            )
        else:
            values = parse(data, kind, form_id, tracked)
        if values["copy"]:
            tree = Tree("")
        elif values["form"]:
            tree = items.build(forms.load(values["form"]), values["answers"])
        else:
            tree = plain.of_lines(values["lines"], name or "文書")
    except PiaError as error:
        raise PiaError(f"{name}：{error}" if name else str(error)) from error
    pages = {tuple(path): page for path, page in values["pages"]}
    if not values["form"]:
        pages = plain.numbered(tree, values["lines"])
    return PaperReading(
        values["form"],
        tree,
        tuple(values["problems"]),
        values["title"],
        values["base"],
        pages,
        tuple(values["personal"]),
        values["copy"],
        values["unread"],
    )


def parse(data: bytes, kind: str, form_id: str | None, tracked: str) -> dict[str, Any]:
    """`read` without guard and tree, as plain values that cross a process border."""
    from . import parsing

    return parsing.parse(data, kind, form_id, tracked)
