"""Gives the entries of a document read from outside the keys they have in the head: the same
ファイル, 委託事項, 提供先 keeps its key for ever.

Names decide first, then keys, then content; what could be two entries is listed for a person. Knows
trees and forms; not where a document came from. Ⅱ, Ⅲ and 別添2 of one ファイル share one key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rapidfuzz.distance import Indel

from ..document.form import Form, FormNode
from ..document.items import folded
from ..document.texts import leaf_text, text_of
from ..document.tree import LEAVES, Node, Tree, walk
from ..errors import Problem
from ..text.notation import weighed

ALIKE = 0.6  # content at least this alike is the same entry
_CLOSE = 0.05  # two candidates nearer than this are a person's decision
_KEPT = 0.3  # the same key with less in common is a new entry that happens to have it
_MOST = 6_000  # letters of an entry that are compared


def match_entries(tree: Tree, head: Tree, form: Form) -> tuple[Tree, list[Problem]]:
    """`tree` with the entry keys of `head`, and what could not be decided (level "warning": the
    likelier was taken).
    """
    work = _Match(form)
    for root in {node.shares for node in form.walk() if node.shares}:
        lines = []
        for node in form.walk():
            if root in (node.id, node.shares):
                lines.append(node)
        work.shared[root] = work.pairs(
            form.by_id[root], _shared_entries(tree, lines), _shared_entries(head, lines)
        )
    heads: dict[str, Node] = {}
    for part in head.children:
        heads.setdefault(part.key, part)
    parts = []
    for part in tree.children:
        parts.append(work.node(part, heads.get(part.key), _line(form.parts, part.key)))
    return Tree(tree.form, tuple(parts)), work.problems


def _line(lines: Iterable[FormNode], key: str) -> FormNode | None:
    for line in lines:
        if line.key == key:
            return line
    return None


def _shared_entries(tree: Tree, lines: Sequence[FormNode]) -> dict[str, list[Node]]:
    """Key → the entries of that ファイル in every part, the naming part first."""
    out: dict[str, list[Node]] = {}
    for line in sorted(lines, key=lambda item: bool(item.shares)):
        group = tree.find(tuple(parent.key for parent in (*line.parents, line)))
        for child in group.children if group else ():
            out.setdefault(child.key, []).append(child)
    return out


class _Match:
    def __init__(self, form: Form):
        self.form = form
        self.shared: dict[str, dict[str, str]] = {}
        self.problems: list[Problem] = []

    def node(self, node: Node, head: Node | None, line: FormNode | None) -> Node:
        """A node with its entries' keys replaced, all the way down."""
        if node.kind in LEAVES or line is None or not node.children:
            return node
        if line.repeated:
            return self._repeat(node, head, line)
        old = _inner(head)
        below = []
        for child in node.children:
            if child.kind in LEAVES:
                below.append(child)
            else:
                below.append(self.node(child, old.get(child.key), _line(line.children, child.key)))
        return node.with_children(below)

    def _repeat(self, node: Node, head: Node | None, line: FormNode) -> Node:
        old = _inner(head)
        keys = self.shared.get(line.shares or line.id)
        if keys is None:
            keys = self.pairs(
                line,
                {child.key: [child] for child in node.children},
                {key: [entry] for key, entry in old.items()},
            )
        below = []
        for child in node.children:
            key = keys[child.key]
            below.append(self._entry(child, old.get(key), line, key))
        return node.with_children(below)

    def _entry(self, node: Node, head: Node | None, line: FormNode, key: str) -> Node:
        if head:
            old = {child.key: child for child in head.children}
        else:
            old = {}
        below = []
        for child in node.children:
            below.append(self.node(child, old.get(child.key), _line(line.children, child.key)))
        entry = node.with_children(below)
        if key == node.key:
            return entry
        return replace(entry, key=key)

    def pairs(
        self, line: FormNode, new: Mapping[str, list[Node]], old: Mapping[str, list[Node]]
    ) -> dict[str, str]:
        """Key in the new document → key to use."""
        pairing = _Pairing(
            _Side({key: self._name(line, nodes) for key, nodes in new.items()}, new),
            _Side({key: self._name(line, nodes) for key, nodes in old.items()}, old),
        )
        pairing.by_key_and_name()
        pairing.by_name()
        pairing.by_key()
        for key, chosen, rival in pairing.by_content():
            self.problems.append(
                _ambiguous(
                    self._said(line, key, new),
                    self._said(line, chosen, old),
                    self._said(line, rival, old),
                )
            )
        pairing.give_new_keys()
        return pairing.keys

    def _name(self, line: FormNode, nodes: Sequence[Node]) -> str:
        """The entry's folded name; for a ファイル what any of its parts calls it."""
        file = line.shares or line.id
        owners = []
        for item in self.form.walk():
            if item.named_by and (item is line or (item.shares or item.id) == file):
                owners.append(item)
        for node in nodes:
            for owner in owners:
                name = node.child(self.form.by_id[owner.named_by].key)
                if name is not None and name.kind == "text":
                    return folded(text_of(name))
        return ""

    def _said(self, line: FormNode, key: str, side: Mapping[str, list[Node]]) -> str:
        return self._name(line, side[key]) or f"名称のない{line.plain_label}"


class _Side:
    """The entries of one document: their names, their words, and which have no partner yet."""

    def __init__(self, names: Mapping[str, str], entries: Mapping[str, list[Node]]):
        # Names and words as they count, however they were typed.
        self.names = {key: weighed(name) for key, name in names.items()}
        self.entries = entries
        self.left = dict.fromkeys(entries)
        self._words: dict[str, str] = {}

    def named(self, name: str) -> list[str]:
        """Keys without a partner that have this name."""
        return [key for key in self.left if self.names[key] == name]

    def words(self, key: str) -> str:
        """The words of an entry, gathered once."""
        if key not in self._words:
            self._words[key] = weighed(_words(self.entries[key]))
        return self._words[key]


class _Pairing:
    """Which entry of a new document goes on which of the old one; each step takes what it is sure
    of and leaves the rest to the next.
    """

    def __init__(self, new: _Side, old: _Side):
        self.new = new
        self.old = old
        self.keys: dict[str, str] = {}

    def _take(self, new: str, old: str) -> None:
        self.keys[new] = old
        del self.new.left[new]
        del self.old.left[old]

    def by_key_and_name(self) -> None:
        """The same key and the same name."""
        for key in list(self.new.left):
            if key in self.old.left and self.new.names[key] == self.old.names[key]:
                self._take(key, key)

    def by_name(self) -> None:
        """The same name, where no other entry has it."""
        for key in list(self.new.left):
            name = self.new.names[key]
            if not name:
                continue
            same = self.old.named(name)
            if len(same) == 1 and len(self.new.named(name)) == 1:
                self._take(key, same[0])

    def by_key(self) -> None:
        """The same key, where the contents have something in common."""
        for key in list(self.new.left):
            if key in self.old.left and self._likeness(key, key) >= _KEPT:
                self._take(key, key)

    def _likeness(self, new: str, old: str) -> float:
        return Indel.normalized_similarity(self.new.words(new), self.old.words(old))

    def by_content(self) -> list[tuple[str, str, str]]:
        """The most alike. (new key, old key taken, old key that was nearly as alike) where two
        were.
        """
        scored = self._scored()
        unsure = []
        for score, new, old in sorted(scored, key=lambda candidate: -candidate[0]):
            if score < ALIKE or new not in self.new.left or old not in self.old.left:
                continue
            rival = self._rival(scored, score, new, old)
            if rival:
                unsure.append((new, old, rival))
            self._take(new, old)
        return unsure

    def _scored(self) -> list[tuple[float, str, str]]:
        """(likeness, new key, old key) of every two entries without a partner."""
        scored = []
        for new in self.new.left:
            for old in self.old.left:
                scored.append((self._likeness(new, old), new, old))
        return scored

    def _rival(
        self, scored: Iterable[tuple[float, str, str]], score: float, new: str, old: str
    ) -> str | None:
        """Another old entry that is about as alike."""
        for other_score, other_new, other_old in scored:
            if other_new != new or other_old == old or other_old not in self.old.left:
                continue
            if other_score > score - _CLOSE:
                return other_old
        return None

    def give_new_keys(self) -> None:
        """Entries without a partner keep their key, numbered where it is taken."""
        for new in self.new.left:
            key = new
            count = 2
            while key in self.old.entries or key in self.keys.values():
                key = f"{new}-{count}"
                count += 1
            self.keys[new] = key


def _ambiguous(entry: str, chosen: str, rival: str) -> Problem:
    choice = f"{entry}は「{chosen}」と「{rival}」のどちらの続きか決められません"
    return Problem(
        "ambiguous_entry",
        f"{choice}。「{chosen}」として読みました。違うときは名称をそろえてください。",
        "",
        "warning",
    )


def _inner(node: Node | None) -> dict[str, Node]:
    """The children by key, without the leaves."""
    if node is None:
        return {}
    return {child.key: child for child in node.children if child.kind not in LEAVES}


def _words(nodes: Sequence[Node]) -> str:
    out: list[str] = []
    size = 0
    for top in nodes:
        for _, node in walk(top):
            if node.content and size < _MOST:
                out.append(leaf_text(node))
                size += len(out[-1])
    return "\n".join(out)[:_MOST]
