"""対策: every measure a published text promises against a risk (Ⅲ, and Ⅳ of a 全項目評価書),
each once.

Which items these are is read off the form: the long texts of parts about リスク対策. Knows texts.
Must not know whether a measure is carried out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from ..change.describe import citation, label, names
from ..document import items
from ..document.form import Form, FormNode
from ..document.texts import text_of
from ..document.tree import Path, Tree

_PART = "リスク対策"
_NO_MEASURE = ("その内容",)  # of an incident that happened


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure in its words, and every item that says it so (`where`). `digest`: of the item of
    the form and the words; `path`: of the first place."""

    digest: str
    item: str
    path: Path
    label: str
    text: str
    where: tuple[str, ...]


def is_measure(line: FormNode) -> bool:
    """Whether an item of a form says a measure against a risk."""
    inside = _PART in line.part.plain_label and line.kind == "text" and line.size == "long"
    return inside and line.label not in _NO_MEASURE


def measures(form: Form, tree: Tree) -> tuple[Measure, ...]:
    """Every measure of a text, each once, in the order of the form."""
    found: dict[str, Measure] = {}
    known = names(form, tree)
    for path, line, text in _written(form, tree):
        digest = sha256(f"{line.id}\n{text}".encode()).hexdigest()
        where = citation(form, path, known) or label(form, path, known)
        before = found.get(digest)
        if before is None:
            found[digest] = Measure(digest, line.id, path, line.label, text, (where,))
        else:
            places = (*before.where, where)
            found[digest] = Measure(digest, line.id, before.path, line.label, text, places)
    return tuple(found.values())


def _written(form: Form, tree: Tree) -> Iterator[tuple[Path, FormNode, str]]:
    for path, _ in items.answers(tree):
        line, _, _ = form.at(path)
        if line is not None and is_measure(line):
            text = text_of(tree.find(path)).strip()
            if text:
                yield path, line, text
