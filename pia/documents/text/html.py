"""The whole document as one page of HTML that carries everything it needs: for screen readers and for whoever wants to cite a place by its number.

Knows forms, trees and the template; nothing of requests or versions. No scripts; headings in order; figures also as lists of words.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ...domain.change.describe import label, names, numbers
from ...domain.document.form import Form, FormNode
from ...domain.document.items import text_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ..figures import Picture, picture, spoken
from ..workbook_in.labels import is_check
from .page import render


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the document. kind: part, heading, entry or item; level: of its heading, 2 to 4 (an item below 3 is a term with its answer); `cite` is the
    number people cite (Ⅱ６①), once per place."""

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


def write(tree: Tree, form: Form, *, title: str, ref: str) -> str:
    """The page as text. Equal input gives equal text."""
    return render(
        "document_file.html",
        title=title,
        ref=ref,
        form=form,
        lines=_lines(tree, form),
        page_title=f"{title}　{form.name}",
    )


def _lines(tree: Tree, form: Form) -> list[Line]:
    found = names(form, tree)
    cited: Counter[str] = Counter()
    out: list[Line] = []

    def cite(line: FormNode) -> str:
        if line.number or not line.answerable:
            number = numbers(line).replace(" ", "")
        else:
            number = ""
        if not number:
            return ""
        cited[number] += 1
        if cited[number] == 1:
            return number
        return f"{number}-{cited[number]}"

    def add(kind: str, line: FormNode, path: Path, depth: int, words: str, **more: Any) -> None:
        note = line.heading_note or line.mark
        out.append(Line(kind, min(depth + 2, 4), "-".join(path), cite(line), words, note, **more))

    def level(lines: tuple[FormNode, ...], n: Tree | Node | None, path: Path, depth: int) -> None:
        if n is not None:
            below = {}
            for each_child in n.children:
                if each_child.kind not in LEAVES:
                    below[each_child.key] = each_child
        else:
            below = {}
        for line in lines:
            node = below.get(line.key)
            here = (*path, line.key)
            if line.entries:
                continue  # 項目一覧: the page has its own
            if line.repeated:
                for child in node.children if node is not None else ():
                    add(
                        "entry" if depth else "part",
                        line,
                        (*here, child.key),
                        depth,
                        label(form, (*here, child.key), found),
                    )
                    level(line.children, child, (*here, child.key), depth + 1)
            elif line.answerable:
                add(
                    "item" if depth else "part",
                    line,
                    here,
                    depth,
                    f"{line.number}{line.label}",
                    **_answer(line, node),
                )
                level(line.children, node, here, depth + 1)
            else:
                add("heading" if depth else "part", line, here, depth, f"{line.number}{line.label}")
                level(line.children, node, here, depth + 1)

    level(form.parts, tree, (), 0)
    return out


def _answer(line: FormNode, n: Node | None) -> dict[str, Any]:
    """What an item says, by its kind."""
    if n is None or not (n.content or n.leaves):
        options = tuple(option.label for option in line.options)
        return {
            "type": line.kind if line.kind in ("choice_one", "choice_many") else "",
            "others": options,
        }
    if is_check(line):
        return {"type": "text", "text": n.value.get("typed") or "該当する"}
    if line.kind == "choice_one":
        said = text_of(n)
        return {
            "type": "choice_one",
            "chosen": (said,),
            "others": tuple(option.label for option in line.options if option.label != said),
        }
    if line.kind == "choice_many":
        picked = dict(n.value["options"])
        chosen = []
        for option in line.options:
            if option.label in picked:
                if picked.get(option.label):
                    chosen.append(option.label.replace("　", picked[option.label], 1))
                else:
                    chosen.append(option.label)
        others = tuple(option.label for option in line.options if option.label not in picked)
        return {
            "type": "choice_many",
            "chosen": (*chosen, *n.value.get("typed", ())),
            "others": others,
        }
    if line.kind == "table":
        return {
            "type": "table",
            "columns": line.columns,
            "rows": tuple(tuple(leave.value["cells"]) for leave in n.leaves),
        }
    if line.kind == "figure":
        return {"type": "figure", "spoken": tuple(spoken(n)), "picture": picture(n)}
    return {"type": "text", "text": text_of(n)}
