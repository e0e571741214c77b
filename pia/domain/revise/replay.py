"""`replay`, the strict inverse of `compare`, and `apply`, its three-way sibling: the only two ways to make a tree out of a tree and changes.

National texts, opinions, stale saves, returned workbooks and rebasing all go through `apply`. It changes what it can, leaves what others wrote, and
returns every clash with all three texts. Knows the form only to put fixed nodes in their place.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ..change.compare import ANY, Change, ChangeSet
from ..document.blocks import keyed
from ..document.form import Form
from ..document.tree import FREE, LEAVES, Node, Path, Tree, pruned
from ..errors import PiaError
from ..withheld import kept, marked


class ReplayError(PiaError):
    """The changes do not fit this tree: they were made from another one."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that could not be made. why: "changed" (someone wrote something else there), "missing", "exists", "withheld", "place".
    `current` is what stands there now; it was left as it is."""

    change: Change
    why: str
    current: Node | None


@dataclass(frozen=True, slots=True)
class Applied:
    """`tree` after what could be applied; `done` the changes made, `already` those that were there before (running twice is harmless)."""

    tree: Tree
    conflicts: tuple[Conflict, ...]
    done: tuple[Change, ...]
    already: tuple[Change, ...]


class _Work:
    """A node being worked on. Opened only where changes lead; all else stays the immutable node it was."""

    __slots__ = (
        "_index",
        "content",
        "extra",
        "incoming",
        "key",
        "kids",
        "kind",
        "new_key",
        "node",
        "value",
    )

    def __init__(self, node: Node):
        self.node: Node | None = node
        self.key = node.key
        self.kind = node.kind
        self.content = node.content
        self.value = node.value
        self.extra = node.extra
        self.kids: list[_Work] | None = None
        self.incoming: list[tuple[int, _Work]] = []
        self.new_key = node.key
        self._index: dict[tuple[bool, str], _Work] | None = None

    def open(self) -> list[_Work]:
        if self.kids is None:
            if self.node:
                self.kids = [_Work(child) for child in self.node.children]
            else:
                self.kids = []
            self.node = None
        return self.kids

    def below(self, key: str, leaf: bool, new: bool = False) -> _Work | None:
        """The child of a key; `new` looks for the key it has after the changes."""
        if not new and self._index is None and len(self.open()) > 20:
            self._index = {(work.kind in LEAVES, work.key): work for work in reversed(self.open())}
        if not new and self._index is not None:
            return self._index.get((leaf, key))
        for work in (*self.open(), *(work for _, work in self.incoming)):
            if (work.new_key if new else work.key) == key and (work.kind in LEAVES) == leaf:
                return work
        return None

    def put(self, n: Node | None) -> None:
        """Takes over another content (None: no content any more)."""
        self.open()
        if n:
            self.content = n.content
            self.value = n.value
        else:
            self.content = None
            self.value = None

    def own(self) -> Node | None:
        if self.content:
            return Node(self.key, self.kind, self.content, self.value)
        return None

    def closed(self, form: Form, path: Path) -> Node:
        if (
            self.node is not None
            and not self.incoming
            and self.extra == self.node.extra
            and self.new_key == self.node.key
        ):
            return self.node
        return Node(
            self.new_key,
            self.kind,
            self.content,
            self.value,
            self.closed_children(form, path),
            self.extra,
        )

    def closed_children(self, form: Form, path: Path) -> tuple[Node, ...]:
        kids = self.open()
        free = []
        for kid in kids:
            if kid.kind in FREE:
                free.append(kid)
        if self.incoming:
            total = len(free) + len(self.incoming)
            places: list[_Work | None] = [None] * total
            for index, work in self.incoming:
                if index >= total or places[index] is not None:
                    raise ReplayError("変更の位置が、この文書と合いません。")
                places[index] = work
            rest = iter(free)
            free = []
            for place in places:
                free.append(place or next(rest))
        made = []
        for work in free:
            made.append(work.closed(form, (*path, work.new_key)))
        leaves = list(keyed(node for node in made if node.kind in LEAVES))
        others = []
        for node in made:
            if node.kind not in LEAVES:
                others.append(node)
        if any(other.kind == "section" for other in others):
            others = list(keyed(others))
        order = form.order(path)
        fixed = sorted(
            (kid.closed(form, (*path, kid.key)) for kid in kids if kid.kind not in FREE),
            key=lambda node: order.get(node.key, len(order)),
        )
        return (*leaves, *others, *fixed)


class _Doc:
    def __init__(self, tree: Tree, form: Form):
        self.form = form
        self.root = _Work(Node("", "group", None, None, tree.children))

    def find(self, path: Path, leaf: bool, new: bool = False) -> _Work | None:
        here = self.root
        for index, key in enumerate(path):
            below = here.below(key, leaf and index == len(path) - 1, new)
            if below is None:
                return None
            here = below
        return here

    def ensure(self, path: Path, new: bool = True) -> _Work | None:
        """The node at a path of fixed nodes and existing entries, created where only the form is needed to know it."""
        here = self.root
        for index, key in enumerate(path):
            found = here.below(key, False, new)
            if found is None:
                line, _, rest = self.form.at(path[: index + 1])
                before = self.form.at(path[:index])[0]
                if line is None or rest or (before is line and index):
                    return None  # an entry nobody added, or no item of this form
                found = _Work(Node(key, line.node_kind))
                here.open().append(found)
            here = found
        return here

    def tree(self, form_id: str) -> Tree:
        return pruned(Tree(form_id, self.root.closed_children(self.form, ())))


def replay(old: Tree, cs: ChangeSet, form: Form) -> Tree:
    """`replay(a, compare(a, b), form) == b`. ReplayError when a `before` is not what stands there or the result is not the promised tree."""
    if cs.old_digest and cs.old_digest != old.digest:
        raise ReplayError("この変更は、別の版から作られています。")
    doc = _Doc(old, form)
    found = []
    for change in cs:
        if change.was is not None:
            found.append(doc.find(change.was, change.level in LEAVES))
        else:
            found.append(None)
    gone: set[int] = set()
    for change, work in zip(cs, found):
        if (
            change.was is not None
            and work is None
            and not (change.level == "item" and change.before is None)
        ):
            raise ReplayError(f"変更前の {'/'.join(change.was)} がありません。")
        if work is None:
            continue
        if (
            change.before is not None
            and work.content != change.before.content
            and change.kind != "moved"
        ):
            raise ReplayError(f"{'/'.join(change.path)} の変更前の記載が合いません。")
        if change.kind == "removed":
            work.put(None)
            if change.level != "item":
                gone.add(id(work))
        elif change.kind == "moved":
            gone.add(id(work))
        elif change.after is not None or (change.kind == "modified" and change.level == "entry"):
            work.put(change.after)
        if change.path and change.level in FREE and change.kind != "removed":
            work.new_key = change.path[-1]
        if change.at is not None and change.kind in ("modified", "moved"):
            work.extra = change.at.extra
    leaving = {}
    for change, work in zip(cs, found):
        if (
            work is not None
            and id(work) in gone
            and change.was
            and (parent := doc.find(change.was[:-1], False))
        ):
            leaving[id(parent)] = parent
    for parent in leaving.values():
        parent.kids = [work for work in parent.open() if id(work) not in gone]
    for change, work in zip(cs, found):
        if change.kind == "moved":
            parent = doc.ensure(change.at.parent)  # type: ignore[union-attr]
            parent.incoming.append((change.at.index, work))  # type: ignore[union-attr, arg-type]
        elif change.kind == "added" and change.level in FREE:
            parent = doc.ensure(change.at.parent)  # type: ignore[union-attr]
            if parent is None:
                raise ReplayError(f"{'/'.join(change.path)} を入れる場所がありません。")
            made = _Work(Node(change.path[-1], change.level, extra=change.at.extra))  # type: ignore[union-attr]
            made.put(change.after)
            parent.incoming.append((change.at.index, made))  # type: ignore[union-attr]
        elif change.kind == "added":
            item = doc.ensure(change.path)
            if item is None or item.content:
                raise ReplayError(f"{'/'.join(change.path)} に記載を入れられません。")
            item.kind = change.after.kind  # type: ignore[union-attr]
            item.put(change.after)
    made_tree = doc.tree(cs.new_form)
    if cs.new_digest and made_tree.digest != cs.new_digest:
        raise ReplayError("変更を当てた結果が、変更後の版と一致しません。")
    return made_tree


def apply(tree: Tree, cs: ChangeSet, form: Form) -> Applied:
    """Three-way: each change is made where its `before` still stands (or is ANY), skipped where its `after` already does, and otherwise a conflict."""
    if cs.old_digest and cs.old_digest == tree.digest:
        return Applied(replay(tree, cs, form), (), cs.changes, ())
    if cs.new_digest and cs.new_digest == tree.digest:
        return Applied(tree, (), (), cs.changes)
    doc = _Doc(tree, form)
    conflicts: list[Conflict] = []
    done: list[Change] = []
    already: list[Change] = []
    closed: list[Path] = []  # entries handled as a whole
    # Looked up before anything changes: what is added must not be taken for what stood there, nor a leaf that this very set renames.
    found = []
    for change in cs:
        if change.kind != "added":
            found.append(doc.find(change.was or change.path, change.level in LEAVES))
        else:
            found.append(None)
    claimed = set()
    for change, work in zip(cs, found):
        if (
            work is not None
            and isinstance(change.before, Node)
            and work.content == change.before.content
        ):
            claimed.add(id(work))
    settled = _settled(doc, cs)
    for change, now in zip(cs, found):
        if (
            change.level in LEAVES
            and (change.at.parent if change.at else change.path[:-1]) in settled
        ):
            already.append(change)
            continue
        if any(
            change.path[: len(texts)] == texts and len(change.path) > len(texts) for texts in closed
        ):
            continue
        outcome = _one(doc, change, cs, closed, now, claimed)
        if outcome == "done":
            done.append(change)
        elif outcome == "already":
            already.append(change)
        else:
            if now is not None:
                current = now
            else:
                current = doc.find(change.path, change.level in LEAVES)
            conflicts.append(
                Conflict(change, outcome, current.own() if current is not None else None)
            )
    if done:
        made = doc.tree(tree.form)
    else:
        made = tree
    return Applied(made, tuple(conflicts), tuple(done), tuple(already))


def _settled(doc: _Doc, cs: ChangeSet) -> set[Path]:
    """Items whose leaves already stand as all changes of theirs want them: with repeated headings and moves this can only be told of all together."""
    groups: dict[Path, list[Change]] = defaultdict(list)
    for change in cs:
        if change.level in LEAVES:
            groups[change.at.parent if change.at else change.path[:-1]].append(change)
    paths = set()
    for path, changes in groups.items():
        if (parent := doc.find(path, False)) is not None and _stands(parent, changes):
            paths.add(path)
    return paths


def _stands(parent: _Work, changes: list[Change]) -> bool:
    leaves = []
    for work in parent.open():
        if work.kind in LEAVES:
            leaves.append(work)
    at = {leave.key: index for index, leave in enumerate(leaves)}
    wanted = set()
    for change in changes:
        if change.after is not None:
            wanted.add(change.after.content)
    for change in changes:
        if change.kind == "removed":
            assert change.before is not None
            gone = change.before.content
            if gone not in wanted and any(leave.content == gone for leave in leaves):
                return False
            if change.path[-1] in at and leaves[at[change.path[-1]]].content not in wanted:
                return False
            continue
        index = at.get(change.path[-1])
        if index is None or change.after is None or leaves[index].content != change.after.content:
            return False
        if change.at is None:
            continue
        if leaves[index].extra != change.at.extra or (
            change.kind != "modified"
            and change.at.after != (leaves[index - 1].key if index else None)
        ):
            return False
    return True


def _one(
    doc: _Doc, c: Change, cs: ChangeSet, closed: list[Path], now: _Work | None, claimed: set[int]
) -> str:
    leaf = c.level in LEAVES
    if c.kind == "renumbered" and c.level == "entry":
        return "already"
    if c.kind == "removed" and c.level in ("entry", "section"):
        return _remove_entry(doc, c, cs, closed)
    if c.kind == "added":
        return _add(doc, c, leaf, claimed)
    if c.kind == "moved":
        return _move(
            doc,
            c,
            now,
            {
                change.after.content
                for change in cs
                if change.after is not None and change.level in LEAVES
            },
        )
    if c.kind == "removed":
        if now is None or not now.content:
            return "already"
        if c.before is not ANY and now.content != c.before.content:  # type: ignore[union-attr]
            return "changed"
        if leaf:
            doc.find(c.was[:-1], False).open().remove(now)  # type: ignore[union-attr, index]
        now.put(None)
        return "done"
    if c.level == "entry":
        return _marks_of_entry(c, now)
    if now is None or not now.content:
        there = doc.find(c.path, leaf)
        if there is not None and c.after is not None and there.content == c.after.content:
            return "already"
        return "missing"
    if now.content == c.after.content and (c.at is None or now.extra == c.at.extra):  # type: ignore[union-attr]
        return "already"
    after: Node | None = c.after
    if c.before is not ANY and now.content not in (c.before.content, c.after.content):  # type: ignore[union-attr]
        after = _both(c, now)
        if after is None:
            return "changed"
    elif _covers(now, c):
        return "withheld"
    now.put(after)
    if leaf:
        now.new_key = c.path[-1]
    else:
        now.new_key = now.new_key
    if c.at is not None:
        now.extra = c.at.extra
    return "done"


def _marks_of_entry(c: Change, now: _Work | None) -> str:
    """A mark put on a whole entry, or taken off."""
    if now is None:
        return "missing"
    before, after = (node.content if node is not None else None for node in (c.before, c.after))
    if now.content == after:
        return "already"
    if now.content != before:
        return "changed"
    now.put(c.after)
    return "done"


def _covers(now: _Work, c: Change) -> bool:
    """Whether a new text would silently drop the marks of a withheld part. A change that takes the marks off and leaves the words says so itself."""
    there = now.own()
    after = c.after
    if (
        there is None
        or after is None
        or not marked.of_value(there.value)
        or marked.of_value(after.value)
    ):
        return False
    said = (
        isinstance(c.before, Node)
        and c.before.content == there.content
        and marked.same_words(there, after)
    )
    return not said


def _both(c: Change, now: _Work) -> Node | None:
    """What stands there with both, where one side changed the words and the other the marks: new words under the marks that stand there now, or new marks on
    the words that stand there now. None where both changed the same, or a mark has no words to lie on any more."""
    there = now.own()
    before = c.before
    after = c.after
    if there is None or after is None or not isinstance(before, Node) or c.at is not None:
        return None
    if (
        marked.moved(before, there)
        and marked.same_words(before, there)
        and not marked.moved(before, after)
    ):
        return kept.laid_on(after, there)
    if (
        marked.moved(before, after)
        and marked.same_words(before, after)
        and not marked.moved(before, there)
    ):
        return kept.laid_on(there, after)
    return None


def _position(kids: list[_Work], after: str | None, kind: str) -> int:
    """Where a free node goes: behind its anchor, first when it has none, last when the anchor is gone."""
    same = []
    for index, kid in enumerate(kids):
        if kid.kind in FREE and (kid.kind in LEAVES) == (kind in LEAVES):
            same.append(index)
    if after is None:
        if same:
            return same[0]
        return len(kids)
    for index in same:
        if kids[index].new_key == after or kids[index].key == after:
            return index + 1
    if same:
        return same[-1] + 1
    return len(kids)


def _add(doc: _Doc, c: Change, leaf: bool, claimed: set[int]) -> str:
    if c.level == "item":
        item = doc.ensure(c.path)
        if item is None:
            return "missing"
        if item.content:
            if c.after is not None and item.content == c.after.content:
                return "already"
            return "exists"
        item.kind = c.after.kind  # type: ignore[union-attr]
        item.put(c.after)
        return "done"
    parent = doc.ensure(c.at.parent)  # type: ignore[union-attr]
    if parent is None:
        return "missing"
    there = parent.below(c.path[-1], leaf)
    if there is not None and id(there) in claimed:
        there = None
    if not leaf:
        if there is not None:
            return "already"
    else:
        if any(work.content == c.after.content for work in parent.open() if work.kind == c.level):  # type: ignore[union-attr]
            return "already"
        if there is not None and c.path[-1] and c.before is not ANY:
            return "exists"
        if there is not None and c.before is ANY:
            if _covers(there, c):
                return "withheld"
            there.put(c.after)
            return "done"
        if there is not None:
            return "exists"
    made = _Work(Node(c.path[-1], c.level, extra=c.at.extra))  # type: ignore[union-attr]
    made.put(c.after)
    kids = parent.open()
    kids.insert(_position(kids, c.at.after, c.level), made)  # type: ignore[union-attr]
    return "done"


def _move(doc: _Doc, c: Change, now: _Work | None, made: set[str | None]) -> str:
    parent = doc.find(c.at.parent, False)  # type: ignore[union-attr]
    if now is None or parent is None or now not in parent.open():
        return "missing"
    kids = parent.open()
    known = set()
    for node in (c.before, c.after):
        if node is not None and node.content:
            known.add(node.content)
    if (
        known and now.content not in known
    ):  # with repeated headings the key may meanwhile mean another leaf
        same = []
        for kid in kids:
            if kid.kind == now.kind and kid.content in known:
                same.append(kid)
        if not same and (now.content in made or not c.path[-1] or not now.key):
            return "changed"
        if same:
            now = same[0]
        else:
            now = now
    if c.at.after is not None and not any(c.at.after in (kid.key, kid.new_key) for kid in kids):  # type: ignore[union-attr]
        return "place"
    before = kids.index(now)
    kids.remove(now)
    kids.insert(_position(kids, c.at.after, c.level), now)  # type: ignore[union-attr]
    if kids.index(now) == before and now.extra == c.at.extra:  # type: ignore[union-attr]
        return "already"
    now.extra = c.at.extra  # type: ignore[union-attr]
    return "done"


def _remove_entry(doc: _Doc, c: Change, cs: ChangeSet, closed: list[Path]) -> str:
    path = c.was or c.path
    closed.append(path)
    now = doc.find(path, False)
    if now is None:
        return "already"
    known = {}
    for change in cs:
        if (
            change.kind == "removed"
            and change.was
            and change.was[: len(path)] == path
            and change.before
        ):
            known[(change.was, change.level in LEAVES)] = change.before.content

    def untouched(w: _Work, here: Path) -> bool:
        if w.content and known.get((here, w.kind in LEAVES)) != w.content:
            return False
        return all(untouched(work, (*here, work.key)) for work in w.open())

    if not untouched(now, path):
        return "changed"
    doc.find(path[:-1], False).open().remove(now)  # type: ignore[union-attr]
    return "done"
