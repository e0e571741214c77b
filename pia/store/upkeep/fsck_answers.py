"""`fsck --deep`: whether what is stored is what a reader makes of it, `build(answers(t)) == t`.

Knows versions as skeletons and the answers of a form. Must not know rounds or acts. An answer that
stands unchanged in many versions is looked at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from ...domain.canonical import digest
from ...domain.change.compare import loaded
from ...domain.document.form import Form
from ...domain.document.items import answers, build
from ...domain.document.tree import LEAVES, Node, Path, Tree, walk
from ...domain.errors import PiaError, Problem
from .. import nodes

# What an item says of itself: its content and the key, place and content of each leaf.
_Own = tuple[object, ...]


@dataclass
class Answers:
    """The answers looked at so far, of all versions."""

    session: Session
    seen: set[tuple[str, _Own]] = field(default_factory=set)

    def check(self, where: str, form: Form, tree: Tree) -> Iterator[Problem]:
        """The items of one version (a skeleton) that read back as something else.

        The finding is no damage: every letter is there. Saving the item once more mends it.
        """
        fresh = dict(self._fresh(form, tree))
        if not fresh:
            return
        filled = self._filled(fresh)
        for path, item in filled.items():
            if _whole(item) and not _reads_back(form, path, item):
                line = form.at(path)[0]
                name = f"{line.id}（{line.label}）" if line else "/".join(path)
                yield Problem(
                    "answer-unsettled",
                    f"{name}の記載の区切りが、読み直したときと違います。"
                    "この項目を開いて、もう一度保存してください。",
                    where,
                    "info",
                )

    def _fresh(self, form: Form, tree: Tree) -> Iterator[tuple[Path, Node]]:
        for path, node in walk(tree):
            line = form.at(path)[0]
            if line is None or node.kind in LEAVES or not line.answerable:
                continue
            if not node.content and not node.leaves:
                continue
            name = (line.id, _own(node))
            if name not in self.seen:
                self.seen.add(name)
                yield path, node.with_children(node.leaves)

    def _filled(self, items: dict[Path, Node]) -> dict[Path, Node]:
        """The items with the values of all their contents, fetched in one go."""
        parts = []
        for item in items.values():
            parts += [item.with_children(()), *item.leaves]
        whole = iter(loaded(parts, lambda wanted: nodes.values(self.session, wanted)))
        filled = {}
        for path, item in items.items():
            own = next(whole)
            filled[path] = own.with_children([next(whole) for _ in item.leaves])
        return filled


def _own(node: Node) -> _Own:
    leaves = tuple((leaf.key, leaf.extra, leaf.content) for leaf in node.leaves)
    return (node.kind, node.content, leaves)


def _whole(item: Node) -> bool:
    """Whether every content is still what its digest says; erased ones are not."""
    for node in (item, *item.leaves):
        if node.content and digest(node.kind, node.value) != node.content:
            return False
    return True


def _reads_back(form: Form, path: Path, item: Node) -> bool:
    """Whether the answer of one item makes the very same item again."""
    alone = item
    for key in reversed(path[:-1]):
        alone = Node(key, "group", children=(alone,))
    try:
        again = build(form, answers(Tree(form.id, (alone,))))
    except PiaError:
        return False
    node = again.find(path)
    return node is not None and _own(node) == _own(item)
