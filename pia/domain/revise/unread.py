"""What a file could not say is not taken for deleted: an answer whose place was not found, or whose
words stand where nobody could read them, stays as it was before.

Knows trees and forms; not how a file was read. Nothing that a person wrote is lost because of how a
program saved it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..document import items
from ..document.form import Form
from ..document.items import folded
from ..document.tree import Node, Path, Tree

_TELLING = 4  # letters, folded: fewer stand anywhere by chance


@dataclass(frozen=True, slots=True)
class UnreadParts:
    """What of a file was not read. `paths`: items whose cell could not be read; `missing`: items
    whose place was not found; `parts`: keys of parts that were not found; `words`: the folded texts
    of cells that are no item's."""

    paths: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()
    parts: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    @property
    def cells(self) -> UnreadParts:
        """Only what stands there and cannot be read: what is not there at all may be new since."""
        return UnreadParts(self.paths)


NOTHING = UnreadParts()


def kept(
    tree: Tree, before: Tree, form: Form, unread: UnreadParts
) -> tuple[Tree, tuple[Path, ...]]:
    """(the tree with what it could not say taken from the text before, the paths of that)."""
    if tree.form != before.form:
        return tree, ()
    said = items.answers(tree)
    work = _UnreadLook(form, tree, unread)
    old = items.answers(before)
    there = {path for path, _ in said}
    missing = [(path, answer) for path, answer in old if path not in there]
    work.look(missing)
    back = [path for path, answer in missing if work.is_kept(path, answer)]
    if not back:
        return tree, ()
    return items.build(form, _merged(said, old, set(back))), tuple(back)


def rekeyed(unread: UnreadParts, tree: Tree, matched: Tree) -> UnreadParts:
    """What was not read of a tree, by the keys its entries have in the same tree matched with
    another text."""
    keys = _new_keys(tree.children, matched.children)
    return replace(
        unread,
        paths=tuple(_along(keys, path) for path in unread.paths),
        missing=tuple(_along(keys, path) for path in unread.missing),
    )


def _new_keys(
    nodes: Sequence[Node], others: Sequence[Node], at: Path = (), to: Path = ()
) -> dict[Path, Path]:
    """Path → path of every node whose way there has other keys."""
    out = {}
    for one, other in zip(nodes, others):
        here = (*at, one.key)
        there = (*to, other.key)
        if here != there:
            out[here] = there
        out |= _new_keys(one.children, other.children, here, there)
    return out


def _along(keys: Mapping[Path, Path], path: Path) -> Path:
    """A path with the keys of the nodes on its way."""
    for size in range(len(path), 0, -1):
        if path[:size] in keys:
            return (*keys[path[:size]], *path[size:])
    return path


def gone(tree: Tree, before: Tree, form: Form) -> tuple[Path, ...]:
    """The entries of the text before that a tree does not have any more, the outer ones only; a
    ファイル is gone where no part has it."""
    now = _entries(form, tree)
    lost: list[Path] = []
    for root, key in _entries(form, before):
        if (root, key) in now or any(key[: len(other)] == other for other in lost):
            continue
        lost.append(key)
    return tuple(lost)


def _entries(form: Form, tree: Tree) -> dict[tuple[str, Path], None]:
    """The entries of a tree: their repeat (one for all parts that share a ファイル) and path."""
    out: dict[tuple[str, Path], None] = {}
    for path, _ in items.answers(tree):
        for size in range(2, len(path) + 1):
            here = path[:size]
            if items.is_entry(form, here):
                line = form.at(here)[0]
                assert line is not None
                shared = line.shares or line.id
                out[shared, (form.by_id[shared].path + here[-1:] if line.shares else here)] = None
    return out


class _UnreadLook:
    """Which answers of the text before were only not read."""

    def __init__(self, form: Form, tree: Tree, unread: UnreadParts):
        self.form = form
        self.tree = tree
        self.unread = unread
        self.lost = {*unread.paths, *unread.missing}
        # Entries that are not in the tree, and whether some of their words stand unread.
        self.hidden: set[Path] = set()

    def look(self, missing: Iterable[tuple[Path, Any]]) -> None:
        """Looks for the words of entries that are not there at all."""
        for path, answer in missing:
            entry = self._absent(path)
            if entry and self._stands_unread(answer):
                self.hidden.add(entry)

    def is_kept(self, path: Path, answer: Any) -> bool:
        """Whether an answer of the text before was only not read."""
        if path in self.lost or path[0] in self.unread.parts:
            return True
        entry = self._absent(path)
        if entry and (entry in self.hidden or self._is_elsewhere(entry)):
            return True
        return self._stands_unread(answer)

    def _absent(self, path: Path) -> Path:
        """The outermost entry of a path that the tree does not have; () where it has all."""
        for size in range(2, len(path) + 1):
            here = path[:size]
            if items.is_entry(self.form, here) and self.tree.find(here) is None:
                return here
        return ()

    def _is_elsewhere(self, entry: Path) -> bool:
        """Whether the ファイル of an entry stands in another part: only this sheet is gone."""
        line = self.form.at(entry)[0]
        assert line is not None
        root = line.shares or line.id
        for node in self.form.walk():
            if node is line or root not in (node.id, node.shares):
                continue
            at = (*(parent.key for parent in node.parents), node.key, entry[-1])
            if self.tree.find(at) is not None:
                return True
        return False

    def _stands_unread(self, answer: Any) -> bool:
        return any(folded(text) in self.unread.words for text in _texts(answer))


def _texts(answer: Any) -> list[str]:
    """The texts of an answer that are long enough to be told."""
    if isinstance(answer, dict) and isinstance(answer.get("text"), str):
        answer = answer["text"]
    if not isinstance(answer, str):
        return []
    pieces = [answer, *answer.split("\n")]
    return [piece for piece in pieces if len(folded(piece)) >= _TELLING]


def _merged(
    said: Sequence[tuple[Path, Any]], old: Sequence[tuple[Path, Any]], back: set[Path]
) -> list[tuple[Path, Any]]:
    """The answers of a tree, with those kept behind the answer they stood behind."""
    behind: dict[Path | None, list[tuple[Path, Any]]] = {}
    there = {path for path, _ in said}
    last: Path | None = None
    for path, answer in old:
        if path in back:
            behind.setdefault(last, []).append((path, answer))
        elif path in there:
            last = path
    out = list(behind.get(None, []))
    for pair in said:
        out.append(pair)
        out += behind.get(pair[0], [])
    return out
