"""Where withheld words stand a second time, unmarked: to the letter, in other width, spaces or
kana, or nearly so.

Knows documents and marks; nothing of people's answers, nor of what stands beside a document.
変更箇所 is not looked at: its public reading hides the words by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..document import items, marked
from ..document.form import Form, FormNode
from ..document.tree import LEAVES, Node, Path, Tree, walk
from ..text.folding import fold, found, near
from .kept import words_of

# letters of words that are looked for: of a marked range, of a whole row, part or item
_RANGE = 2
_WHOLE = 4


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
                f"{key}={value}"
                for key, value in sorted(self.at.items())
                if key not in ("start", "end", "row", "part")
            ),
        )


def sought(*trees: Tree) -> frozenset[str]:
    """The words to look for. Single letters, and short words that fell under a mark of something
    whole, stand everywhere and say nothing."""
    out: set[str] = set()
    for tree in trees:
        for _, node in walk(tree):
            if node.kind == "block":
                least = _RANGE
            else:
                least = _WHOLE
            out |= {word.strip() for word in words_of(node) if len(fold(word)) >= least}
    return frozenset(out)


def in_text(text: str, words: Iterable[str]) -> list[tuple[int, int, bool]]:
    """(start, end, near) of every place of these words in a text; one that lies in another only
    once."""
    places: list[tuple[int, int, bool]] = []
    for word in words:
        for start, end in found(text, word):
            places.append((start, end, False))
        for start, end in near(text, word):
            places.append((start, end, True))
    # Places to the letter come first, of two that begin together the longer.
    places.sort(key=lambda place: (place[2], place[0], -place[1]))
    apart: list[tuple[int, int, bool]] = []
    for start, end, is_near in places:
        if not any(start < ends and begins < end for begins, ends, _ in apart):
            apart.append((start, end, is_near))
    return sorted(apart)


@lru_cache(maxsize=64)
def in_tree(form: Form, tree: Tree, words: frozenset[str]) -> tuple[Occurrence, ...]:
    """Every place of a document, in its order, where words stand that are withheld elsewhere."""
    if not words:
        return ()
    closed = _closed(tree)
    occurrences: list[Occurrence] = []
    for path, node in walk(tree):
        line = _item_line(form, path, node)
        if line is None or any(path[: len(start)] == start for start in closed):
            continue
        for where, text in _texts(line, node):
            for begins, ends, how, spot in _places(where, text, words):
                occurrences.append(Occurrence(path, spot, text[begins:ends], how))
    return tuple(occurrences)


def _closed(tree: Tree) -> list[Path]:
    """Items and entries that are withheld as a whole."""
    closed = []
    for path, node in walk(tree):
        if node.kind in LEAVES or not marked.of_value(node.value):
            continue
        if not _partly(tree, path):
            closed.append(path)
    return closed


def _item_line(form: Form, path: Path, node: Node) -> FormNode | None:
    """The item of the form at a path; None for what takes no answer, and for the change table."""
    if node.kind in LEAVES or node.kind in ("entry", "repeat", "group"):
        return None
    line = form.at(path)[0]
    if line is None or line is form.change_table or not line.answerable:
        return None
    return line


def _partly(tree: Tree, path: Path) -> bool:
    """Whether only some choices of an item are withheld."""
    node = tree.find(path)
    return (
        node is not None
        and node.kind == "choice_many"
        and all("option" in match for match in marked.of_value(node.value))
    )


def _places(
    at: Mapping[str, Any], text: str, words: frozenset[str]
) -> Iterator[tuple[int, int, bool, Mapping[str, Any]]]:
    covered = [(mark["start"], mark["end"]) for mark in at.get("but", ())]
    for start, end, is_near in in_text(text, words):
        if any(start < ends and begins < end for begins, ends in covered):
            continue
        if "but" in at:
            place = {"start": start, "end": end}
        else:
            place = at
        yield start, end, is_near, place


_Text = tuple[Mapping[str, Any], str]


def _texts(line: FormNode, n: Node) -> Iterator[_Text]:
    """Every text a person wrote in an item that no mark covers, with the place a mark on it would
    have; `but`: ranges of it that are marked."""
    answer = marked.answer_of(items.to_plain(n))
    marks = marked.of_item(n)
    if answer is None or any(not marked.place(mark) for mark in marks):
        return
    match n.kind:
        case "text":
            yield {"but": marks}, answer
        case "choice_one" | "number" | "date":
            if not _is_option(line, answer):
                yield {}, answer
        case "choice_many":
            yield from _texts_of_choices(line, answer, marks)
        case "table":
            yield from _texts_of_table(answer, marks)
        case "figure":
            yield from _texts_of_figure(answer["shapes"], marks)


def _is_option(line: FormNode, words: str) -> bool:
    return any(option.label == words for option in line.options)


def _texts_of_choices(
    line: FormNode, answer: Iterable[Any], marks: Sequence[Mapping[str, Any]]
) -> Iterator[_Text]:
    for choice in answer:
        label = choice
        note = ""
        if isinstance(choice, Mapping):
            label, note = next(iter(choice.items()))
        if any(mark.get("option") == label for mark in marks):
            continue
        if _is_option(line, label):
            yield {"option": label, "of": "note"}, note
        else:
            yield {"option": label}, label


def _texts_of_table(
    answer: Iterable[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]]
) -> Iterator[_Text]:
    for index, row in enumerate(answer):
        covered = []
        for mark in marks:
            if mark.get("row") == index:
                covered.append(mark)
        for column, cell in enumerate(row["cells"]):
            if not any(mark.get("cell", column) == column for mark in covered):
                yield {"row": index, "cell": column}, cell


def _texts_of_figure(
    shapes: Iterable[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]]
) -> Iterator[_Text]:
    for index, shape in enumerate(shapes):
        if not any(mark.get("part") == index for mark in marks):
            yield {"part": index, "of": "words"}, shape["text"]
