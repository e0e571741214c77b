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
    files = {n.shares or n.id for n in form.walk() if n.shares}
    for root in files:
        lines = [n for n in form.walk() if n.id == root or n.shares == root]
        work.shared[root] = work.pairs(
            form.by_id[root], _shared_entries(tree, lines), _shared_entries(head, lines)
        )
    made = Tree(
        tree.form,
        tuple(
            work.node(
                n,
                next((h for h in head.children if h.key == n.key), None),
                _line(form.parts, n.key),
            )
            for n in tree.children
        ),
    )
    return made, work.problems


def _line(lines: Iterable[FormNode], key: str) -> FormNode | None:
    return next((n for n in lines if n.key == key), None)


def _shared_entries(tree: Tree, lines: Sequence[FormNode]) -> dict[str, list[Node]]:
    """Key → the entries of that ファイル in every part, the naming part first."""
    out: dict[str, list[Node]] = {}
    for line in sorted(lines, key=lambda n: bool(n.shares)):
        found = tree.find(tuple(p.key for p in (*line.parents, line)))
        for e in found.children if found else ():
            out.setdefault(e.key, []).append(e)
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
        old = {c.key: c for c in head.children if c.kind not in LEAVES} if head else {}
        if line.repeated:
            keys = self.shared.get(line.shares or line.id)
            if keys is None:
                keys = self.pairs(
                    line, {c.key: [c] for c in n.children}, {k: [c] for k, c in old.items()}
                )
            below = tuple(
                self._entry(c, old.get(keys[c.key]), line, keys[c.key]) for c in n.children
            )
        else:
            below = tuple(
                c if c.kind in LEAVES else self.node(c, old.get(c.key), _line(line.children, c.key))
                for c in n.children
            )
        return (
            n
            if all(a is b for a, b in zip(below, n.children))
            else replace(n, children=below, _digest=[])
        )

    def _entry(self, e: Node, head: Node | None, line: FormNode, key: str) -> Node:
        old = {c.key: c for c in head.children} if head else {}
        below = tuple(self.node(c, old.get(c.key), _line(line.children, c.key)) for c in e.children)
        same = key == e.key and all(a is b for a, b in zip(below, e.children))
        return e if same else replace(e, key=key, children=below, _digest=[])

    def pairs(
        self, line: FormNode, new: Mapping[str, list[Node]], old: Mapping[str, list[Node]]
    ) -> dict[str, str]:
        """Key in the new document → key to use."""
        out: dict[str, str] = {}
        left, right = dict.fromkeys(new), dict.fromkeys(old)

        def take(mine: str, theirs: str) -> None:
            out[mine] = theirs
            del left[mine], right[theirs]

        names = [{k: self._name(line, nodes) for k, nodes in side.items()} for side in (new, old)]
        for k in list(left):
            if k in right and names[0][k] == names[1][k]:
                take(k, k)
        for k in list(left):
            same = [h for h in right if names[0][k] and names[1][h] == names[0][k]]
            twins = [n for n in left if names[0][n] == names[0][k]]
            if len(same) == len(twins) == 1:
                take(k, same[0])
        texts = [
            {k: _words(nodes) for k, nodes in side.items() if k in rest}
            for side, rest in ((new, left), (old, right))
        ]
        for k in list(left):
            if k in right and Indel.normalized_similarity(texts[0][k], texts[1][k]) >= _KEPT:
                take(k, k)
        scored = [
            (Indel.normalized_similarity(texts[0][k], texts[1][h]), k, h)
            for k in left
            for h in right
        ]
        for score, k, h in sorted(scored, key=lambda s: -s[0]):
            if score < ALIKE or k not in left or h not in right:
                continue
            rival = next(
                (
                    o
                    for s, m, o in scored
                    if m == k and o != h and o in right and s > score - _CLOSE
                ),
                None,
            )
            if rival:
                said = f"{self._said(line, k, new)}は「{self._said(line, h, old)}」と「{self._said(line, rival, old)}」のどちらの続きか決められません"
                self.problems.append(
                    Problem(
                        "ambiguous_entry",
                        f"{said}。「{self._said(line, h, old)}」として読みました。違うときは名称をそろえてください。",
                        "",
                        "warning",
                    )
                )
            take(k, h)
        for k in left:
            key, n = k, 2
            while key in old or key in out.values():
                key, n = f"{k}-{n}", n + 1
            out[k] = key
        return out

    def _name(self, line: FormNode, nodes: Sequence[Node]) -> str:
        """The entry's folded name; for a ファイル what any of its parts calls it."""
        for e in nodes:
            for owner in (
                n
                for n in self.form.walk()
                if n.named_by and (n is line or (n.shares or n.id) == (line.shares or line.id))
            ):
                found = e.child(self.form.by_id[owner.named_by].key)
                if found is not None and found.kind == "text":
                    return folded(text_of(found))
        return ""

    def _said(self, line: FormNode, key: str, side: Mapping[str, list[Node]]) -> str:
        return self._name(line, side[key]) or f"{line.label.replace('{n}', '')} {key}"


def _words(nodes: Sequence[Node]) -> str:
    out: list[str] = []
    size = 0
    for e in nodes:
        for _, n in walk(e):
            if n.content and size < _MOST:
                out.append(leaf_text(n))
                size += len(out[-1])
    return "\n".join(out)[:_MOST]
