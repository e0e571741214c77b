"""The whole document as one page of HTML that carries everything it needs: for screen readers and
for whoever wants to cite a place by its number.

Knows forms, trees and the template; nothing of requests or versions. No scripts; headings in order;
figures also as lists of words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...domain.change.describe import Names, label, names, numbers
from ...domain.document.form import Form, FormNode
from ...domain.document.items import text_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ..figures import Picture, picture, spoken
from ..workbook_in.labels import is_check
from .page import render


@dataclass(frozen=True, slots=True)
class HtmlLine:
    """One line of the document. kind: part, heading, entry or item; level: of its heading, 2 to 4
    (an item below 3 is a term with its answer); `cite` is the number people cite (Ⅱ６①), once per
    place.
    """

    kind: str
    level: int
    id: str
    cite: str
    words: str
    note: str = ""
    type: str = ""
    text: str = ""
    chosen: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    spoken: tuple[str, ...] = ()
    picture: Picture | None = None


def write(tree: Tree, form: Form, *, title: str, ref: str, copy: str = "") -> str:
    """The page as text. `copy`: the address of the document as data, carried within the page
    itself. Equal input gives equal text."""
    return render(
        "document_file.html",
        title=title,
        ref=ref,
        copy=copy,
        form=form,
        lines=_lines(tree, form),
        page_title=f"{title}　{form.name}",
    )


def _lines(tree: Tree, form: Form) -> list[HtmlLine]:
    page = _Page(form, names(form, tree))
    page.level(form.parts, tree, (), 0)
    return page.lines


class _Page:
    """The lines of a document's page while they are written."""

    def __init__(self, form: Form, entry_names: Names):
        self.form = form
        self.entry_names = entry_names
        self.lines: list[HtmlLine] = []
        self._cited: Counter[str] = Counter()

    def level(
        self, lines: Iterable[FormNode], n: Tree | Node | None, path: Path, depth: int
    ) -> None:
        """All lines of one level and below. 項目一覧 is left out: the page has its own."""
        below = {}
        for child in n.children if n is not None else ():
            if child.kind not in LEAVES:
                below[child.key] = child
        for line in lines:
            if not line.entries:
                self._line(line, below.get(line.key), (*path, line.key), depth)

    def _line(self, line: FormNode, node: Node | None, path: Path, depth: int) -> None:
        if line.repeated:
            for child in node.children if node is not None else ():
                entry = (*path, child.key)
                self._add("entry", line, entry, depth, label(self.form, entry, self.entry_names))
                self.level(line.children, child, entry, depth + 1)
            return
        words = f"{line.number}{line.label}"
        if line.answerable:
            self._add("item", line, path, depth, words, **_answer(line, node))
        else:
            self._add("heading", line, path, depth, words)
        self.level(line.children, node, path, depth + 1)

    def _add(
        self, kind: str, line: FormNode, path: Path, depth: int, words: str, **answer: Any
    ) -> None:
        self.lines.append(
            HtmlLine(
                kind if depth else "part",
                min(depth + 2, 4),
                "-".join(path),
                self._cite(line),
                words,
                line.heading_note or line.mark,
                **answer,
            )
        )

    def _cite(self, line: FormNode) -> str:
        """The number a line is cited by; of several with the same the later ones are counted."""
        if not line.number and line.answerable:
            return ""
        number = numbers(line).replace(" ", "")
        if not number:
            return ""
        self._cited[number] += 1
        if self._cited[number] == 1:
            return number
        return f"{number}-{self._cited[number]}"


def _answer(line: FormNode, n: Node | None) -> dict[str, Any]:
    """What an item says, by its kind."""
    if n is None or not (n.content or n.leaves):
        choice = line.kind in ("choice_one", "choice_many")
        return {"type": line.kind if choice else "", "others": _labels(line)}
    if is_check(line):
        return {"type": "text", "text": n.value.get("typed") or "該当する"}
    match line.kind:
        case "choice_one":
            chosen = text_of(n)
            return {"type": "choice_one", "chosen": (chosen,), "others": _labels(line, chosen)}
        case "choice_many":
            return _choices(line, n)
        case "table":
            rows = tuple(tuple(leaf.value["cells"]) for leaf in n.leaves)
            return {"type": "table", "columns": line.columns, "rows": rows}
        case "figure":
            return {"type": "figure", "spoken": tuple(spoken(n)), "picture": picture(n)}
    return {"type": "text", "text": text_of(n)}


def _labels(line: FormNode, but: str | None = None) -> tuple[str, ...]:
    """The labels of all options but one."""
    return tuple(option.label for option in line.options if option.label != but)


def _choices(line: FormNode, n: Node) -> dict[str, Any]:
    """The options ticked, with their notes, before what was typed and is no option."""
    notes = dict(n.value["options"])
    chosen = []
    others = []
    for option in line.options:
        if option.label not in notes:
            others.append(option.label)
        elif notes[option.label]:
            chosen.append(option.label.replace("　", notes[option.label], 1))
        else:
            chosen.append(option.label)
    return {
        "type": "choice_many",
        "chosen": (*chosen, *n.value.get("typed", ())),
        "others": tuple(others),
    }
