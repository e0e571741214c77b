"""Gives the entries of a document read from outside the keys they have in the head: the same ファイル, 委託事項, 提供先 keeps its key for ever.

Names decide first, then keys, then content; what could be two entries is listed for a person. Knows trees and forms; not where a document came from.
Ⅱ, Ⅲ and 別添2 of one ファイル share one key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rapidfuzz.distance import Indel

from ..document.form import Form, FormNode
from ..document.items import folded, leaf_text, text_of
from ..document.tree import LEAVES, Node, Tree, walk
from ..errors import Problem

ALIKE = 0.6  # content at least this alike is the same entry
_CLOSE = 0.05  # two candidates nearer than this are a person's decision
_KEPT = 0.3  # the same key with less in common is a new entry that happens to have it
_MOST = 6_000  # letters of an entry that are compared


def match_entries(tree: Tree, head: Tree, form: Form) -> tuple[Tree, list[Problem]]:
    """`tree` with the entry keys of `head`, and what could not be decided (level "warning": the likelier was taken)."""
    work = _Match(form)
    files = set()
    for node in form.walk():
        if node.shares:
            files.add(node.shares or node.id)
    for root in files:
        lines = []
        for node in form.walk():
            if node.id == root or node.shares == root:
                lines.append(node)
        work.shared[root] = work.pairs(
            form.by_id[root], _shared_entries(tree, lines), _shared_entries(head, lines)
        )
    made = Tree(
        tree.form,
        tuple(
            work.node(
                each_child,
                next((child for child in head.children if child.key == each_child.key), None),
                _line(form.parts, each_child.key),
            )
            for each_child in tree.children
        ),
    )
    return made, work.problems


def _line(lines: Iterable[FormNode], key: str) -> FormNode | None:
    for line in lines:
        if line.key == key:
            return line
    return None


def _shared_entries(tree: Tree, lines: Sequence[FormNode]) -> dict[str, list[Node]]:
    """Key → the entries of that ファイル in every part, the naming part first."""
    out: dict[str, list[Node]] = {}
    for line in sorted(lines, key=lambda item: bool(item.shares)):
        found = tree.find(tuple(parent.key for parent in (*line.parents, line)))
        for child in found.children if found else ():
            out.setdefault(child.key, []).append(child)
    return out


class _Match:
    def __init__(self, form: Form):
        self.form = form
        self.shared: dict[str, dict[str, str]] = {}
        self.problems: list[Problem] = []

    def node(self, n: Node, head: Node | None, line: FormNode | None) -> Node:
        """A node with its entries' keys replaced, all the way down."""
        if n.kind in LEAVES or line is None or not n.children:
            return n
        if head:
            old = {}
            for one_child in head.children:
                if one_child.kind not in LEAVES:
                    old[one_child.key] = one_child
        else:
            old = {}
        if line.repeated:
            keys = self.shared.get(line.shares or line.id)
            if keys is None:
                keys = self.pairs(
                    line,
                    {each_child.key: [each_child] for each_child in n.children},
                    {key: [value] for key, value in old.items()},
                )
            below = tuple(
                self._entry(child_here, old.get(keys[child_here.key]), line, keys[child_here.key])
                for child_here in n.children
            )
        else:
            below = tuple(
                that_child
                if that_child.kind in LEAVES
                else self.node(
                    that_child, old.get(that_child.key), _line(line.children, that_child.key)
                )
                for that_child in n.children
            )
        if all(each_node is child for each_node, child in zip(below, n.children)):
            return n
        return replace(n, children=below, _digest=[])

    def _entry(self, node: Node, head: Node | None, line: FormNode, key: str) -> Node:
        if head:
            old = {}
            for each_child in head.children:
                old[each_child.key] = each_child
        else:
            old = {}
        below = tuple(
            self.node(one_child, old.get(one_child.key), _line(line.children, one_child.key))
            for one_child in node.children
        )
        same = key == node.key and all(
            each_node is child for each_node, child in zip(below, node.children)
        )
        if same:
            return node
        return replace(node, key=key, children=below, _digest=[])

    def pairs(
        self, line: FormNode, new: Mapping[str, list[Node]], old: Mapping[str, list[Node]]
    ) -> dict[str, str]:
        """Key in the new document → key to use."""
        out: dict[str, str] = {}
        left = dict.fromkeys(new)
        right = dict.fromkeys(old)

        def take(mine: str, theirs: str) -> None:
            out[mine] = theirs
            del left[mine], right[theirs]

        names = []
        for side in (new, old):
            names.append({one_key: self._name(line, nodes) for one_key, nodes in side.items()})
        for each_key in list(left):
            if each_key in right and names[0][each_key] == names[1][each_key]:
                take(each_key, each_key)
        for each_key in list(left):
            same = []
            for text in right:
                if names[0][each_key] and names[1][text] == names[0][each_key]:
                    same.append(text)
            twins = []
            for name in left:
                if names[0][name] == names[0][each_key]:
                    twins.append(name)
            if len(same) == len(twins) == 1:
                take(each_key, same[0])
        texts = []
        for side, rest in ((new, left), (old, right)):
            texts.append(
                {key_here: _words(nodes) for key_here, nodes in side.items() if key_here in rest}
            )
        for each_key in list(left):
            if (
                each_key in right
                and Indel.normalized_similarity(texts[0][each_key], texts[1][each_key]) >= _KEPT
            ):
                take(each_key, each_key)
        scored = []
        for that_key in left:
            for text in right:
                scored.append(
                    (
                        Indel.normalized_similarity(texts[0][that_key], texts[1][text]),
                        that_key,
                        text,
                    )
                )
        for score, each_key, text in sorted(scored, key=lambda this_text: -this_text[0]):
            if score < ALIKE or each_key not in left or text not in right:
                continue
            rival = next(
                (
                    each_text
                    for length, mark, each_text in scored
                    if mark == each_key
                    and each_text != text
                    and each_text in right
                    and length > score - _CLOSE
                ),
                None,
            )
            if rival:
                said = f"{self._said(line, each_key, new)}は「{self._said(line, text, old)}」と「{self._said(line, rival, old)}」のどちらの続きか決められません"
                self.problems.append(
                    Problem(
                        "ambiguous_entry",
                        f"{said}。「{self._said(line, text, old)}」として読みました。違うときは名称をそろえてください。",
                        "",
                        "warning",
                    )
                )
            take(each_key, text)
        for each_key in left:
            key = each_key
            count = 2
            while key in old or key in out.values():
                key = f"{each_key}-{count}"
                count = count + 1
            out[each_key] = key
        return out

    def _name(self, line: FormNode, nodes: Sequence[Node]) -> str:
        """The entry's folded name; for a ファイル what any of its parts calls it."""
        for node in nodes:
            for owner in (
                item
                for item in self.form.walk()
                if item.named_by
                and (item is line or (item.shares or item.id) == (line.shares or line.id))
            ):
                found = node.child(self.form.by_id[owner.named_by].key)
                if found is not None and found.kind == "text":
                    return folded(text_of(found))
        return ""

    def _said(self, line: FormNode, key: str, side: Mapping[str, list[Node]]) -> str:
        return self._name(line, side[key]) or f"{line.label.replace('{n}', '')} {key}"


def _words(nodes: Sequence[Node]) -> str:
    out: list[str] = []
    size = 0
    for node in nodes:
        for _, each_node in walk(node):
            if each_node.content and size < _MOST:
                out.append(leaf_text(each_node))
                size += len(out[-1])
    return "\n".join(out)[:_MOST]
