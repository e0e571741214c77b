"""Where withheld words stand a second time, unmarked: to the letter, in other width, spaces or
kana, or nearly so.

Knows documents and marks; nothing of people's answers, nor of what stands beside a document. 変更箇所
is not looked at: its public reading hides the words by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..document import items
from ..document.form import Form, FormNode
from ..document.tree import Node, Path, Tree, walk
from ..text.folding import fold, found, near
from . import marked
from .kept import words_of

_RANGE, _WHOLE = (
    2,
    4,
)  # letters of words that are looked for: of a marked range, of a whole row, part or item


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place. `at` is a mark's place in the item, `start` and `end` included where it is a text:
    a mark put there would cover it. `near`: not the words themselves but a passage much like them.
    `text` are the words that stand there."""

    path: Path
    at: Mapping[str, Any] = field(hash=False)
    text: str
    near: bool

    @property
    def spot(self) -> tuple[str, ...]:
        """The place without its offsets, which move with every edit."""
        return (
            *self.path,
            *(
                f"{k}={v}"
                for k, v in sorted(self.at.items())
                if k not in ("start", "end", "row", "part")
            ),
        )


def sought(*trees: Tree) -> frozenset[str]:
    """The words to look for. Single letters, and short words that fell under a mark of something
    whole, stand everywhere and say nothing."""
    out: set[str] = set()
    for tree in trees:
        for _, n in walk(tree):
            least = _RANGE if n.kind == "block" else _WHOLE
            out |= {w.strip() for w in words_of(n) if len(fold(w)) >= least}
    return frozenset(out)


def in_text(text: str, words: Iterable[str]) -> list[tuple[int, int, bool]]:
    """(start, end, near) of every place of these words in a text; one that lies in another only
    once."""
    exact = [(a, b, False) for w in words for a, b in found(text, w)]
    close = [(a, b, True) for w in words for a, b in near(text, w)]
    out: list[tuple[int, int, bool]] = []
    for a, b, how in sorted([*exact, *close], key=lambda p: (p[2], p[0], -p[1])):
        if not any(a < y and x < b for x, y, _ in out):
            out.append((a, b, how))
    return sorted(out)


@lru_cache(maxsize=64)
def in_tree(form: Form, tree: Tree, words: frozenset[str]) -> tuple[Occurrence, ...]:
    """Every place of a document, in its order, where words stand that are withheld elsewhere."""
    if not words:
        return ()
    closed = {
        path
        for path, n in walk(tree)
        if marked.of_value(n.value) and n.kind not in ("block", "row", "shape")
    }
    out: list[Occurrence] = []
    for path, n in walk(tree):
        line = (
            form.at(path)[0]
            if n.kind not in ("block", "row", "shape", "entry", "repeat", "group")
            else None
        )
        if line is None or line is form.change_table or not line.answerable:
            continue
        if any(path[: len(p)] == p and not _partly(tree, p) for p in closed):
            continue
        out += [
            Occurrence(path, at, text[a:b], how)
            for at, text in _texts(line, n)
            for a, b, how, at in _places(at, text, words)
        ]
    return tuple(out)


def _partly(tree: Tree, path: Path) -> bool:
    """Whether only some choices of an item are withheld."""
    n = tree.find(path)
    return (
        n is not None
        and n.kind == "choice_many"
        and all("option" in m for m in marked.of_value(n.value))
    )


def _places(
    at: Mapping[str, Any], text: str, words: frozenset[str]
) -> Iterator[tuple[int, int, bool, Mapping[str, Any]]]:
    covered = [(m["start"], m["end"]) for m in at.get("but", ())]
    for a, b, how in in_text(text, words):
        if any(a < y and x < b for x, y in covered):
            continue
        yield a, b, how, {"start": a, "end": b} if "but" in at else at


def _texts(line: FormNode, n: Node) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every text a person wrote in an item that no mark covers, with the place a mark on it would
    have; `but`: ranges of it that are marked."""
    said, marks = marked.answer_of(items.to_plain(n)), marked.of_item(n)
    if said is None or any(not marked.place(m) for m in marks):
        return
    match n.kind:
        case "text":
            yield {"but": marks}, said
        case "choice_one" | "number" | "date":
            if not any(o.label == said for o in line.options):
                yield {}, said
        case "choice_many":
            for c in said:
                label, note = next(iter(c.items())) if isinstance(c, Mapping) else (c, "")
                if not any(m.get("option") == label for m in marks):
                    typed = not any(o.label == label for o in line.options)
                    yield (
                        ({"option": label}, label)
                        if typed
                        else ({"option": label, "of": "note"}, note)
                    )
        case "table":
            for i, r in enumerate(said):
                for j, cell in enumerate(r["cells"]):
                    if not any(m.get("row") == i and m.get("cell", j) == j for m in marks):
                        yield {"row": i, "cell": j}, cell
        case "figure":
            for i, s in enumerate(said["shapes"]):
                if not any(m.get("part") == i for m in marks):
                    yield {"part": i, "of": "words"}, s["text"]
