"""`apply`, the three-way sibling of `replay`.

National texts, opinions, stale saves, returned workbooks and rebasing all go through `apply`. It
changes what it can, leaves what others wrote, and returns every clash with all three texts. Knows
the form only to put fixed nodes in their place.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ..change.model import ANY, Added, Change, ChangeSet, Modified, Moved, Removed, Renumbered
from ..document import marked
from ..document.blocks import settled
from ..document.form import Form
from ..document.tree import FREE, LEAVES, Node, Path, Tree
from ..withheld import kept
from .replay import replay
from .working import Work, WorkingTree, content_after, new_work, place_of


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change that could not be made. why: "changed" (someone wrote something else there),
    "missing", "exists", "withheld", "place". `current` is what stands there now; it was left as it
    is.
    """

    change: Change
    why: str
    current: Node | None


@dataclass(frozen=True, slots=True)
class Applied:
    """`tree` after what could be applied; `done` the changes made, `already` those that were there
    before (running twice is harmless).
    """

    tree: Tree
    conflicts: tuple[Conflict, ...]
    done: tuple[Change, ...]
    already: tuple[Change, ...]


def _home(change: Change) -> Path:
    """The path of the item a changed leaf stands in after the change."""
    if change.at is not None:
        return change.at.parent
    return change.path[:-1]


def apply(tree: Tree, cs: ChangeSet, form: Form) -> Applied:
    """Three-way: each change is made where its `before` still stands (or is ANY), skipped where its
    `after` already does, and otherwise a conflict.
    """
    if cs.old_digest and cs.old_digest == tree.digest:
        return Applied(replay(tree, cs, form), (), cs.changes, ())
    if cs.new_digest and cs.new_digest == tree.digest:
        return Applied(tree, (), (), cs.changes)
    work = _Application(WorkingTree(tree, form), cs)
    work.run()
    result = tree
    if work.done:
        result = settled_texts(work.doc.tree(tree.form), tree)
    return Applied(result, tuple(work.conflicts), tuple(work.done), tuple(work.already))


def settled_texts(tree: Tree, before: Tree) -> Tree:
    """The tree with the blocks of every text that changed as a reader of its words finds them."""

    def below(new: Node | Tree, old: Node | Tree | None) -> tuple[Node, ...]:
        if old is not None:
            partners = {child.slot: child for child in old.children}
        else:
            partners = {}
        return tuple(settle(child, partners.get(child.slot)) for child in new.children)

    def settle(new: Node, old: Node | None) -> Node:
        if new.kind in LEAVES or (old is not None and old.digest == new.digest):
            return new
        children = below(new, old)
        if new.kind == "text":
            others = []
            for child in children:
                if child.kind not in LEAVES:
                    others.append(child)
            children = (*settled(new.leaves), *others)
        return new.with_children(children)

    return Tree(tree.form, below(tree, before))


def _settled(doc: WorkingTree, cs: ChangeSet) -> set[Path]:
    """Items whose leaves already stand as all changes of theirs want them: with repeated headings
    and moves this can only be told of all together.
    """
    groups: dict[Path, list[Change]] = defaultdict(list)
    for change in cs:
        if change.level in LEAVES:
            groups[_home(change)].append(change)
    paths = set()
    for path, changes in groups.items():
        if (parent := doc.find(path, False)) is not None and _stands(parent, changes):
            paths.add(path)
    return paths


def _stands(parent: Work, changes: list[Change]) -> bool:
    leaves = []
    for work in parent.open():
        if work.kind in LEAVES:
            leaves.append(work)
    wanted = set()
    for change in changes:
        if change.after is not None:
            wanted.add(change.after.content)
    for change in changes:
        if isinstance(change, Removed):
            stands = _stands_removed(leaves, change, wanted)
        else:
            stands = _stands_there(leaves, change)
        if not stands:
            return False
    return True


def _index_of(leaves: list[Work], key: str) -> int | None:
    """The last leaf of a key."""
    for index in reversed(range(len(leaves))):
        if leaves[index].key == key:
            return index
    return None


def _stands_removed(leaves: list[Work], change: Removed, wanted: set[str | None]) -> bool:
    """Whether neither the removed words nor other unwanted words under their key are there."""
    assert change.before is not None
    gone = change.before.content
    if gone not in wanted and any(leaf.content == gone for leaf in leaves):
        return False
    index = _index_of(leaves, change.path[-1])
    return index is None or leaves[index].content in wanted


def _stands_there(leaves: list[Work], change: Change) -> bool:
    """Whether the new words are there, behind the anchor the change names."""
    index = _index_of(leaves, change.path[-1])
    if index is None or change.after is None or leaves[index].content != change.after.content:
        return False
    if change.at is None:
        return True
    if leaves[index].extra != change.at.extra:
        return False
    if isinstance(change, Modified):
        return True
    if index == 0:
        return change.at.after is None
    return change.at.after == leaves[index - 1].key


class _Application:
    """One `apply` under way: the document being worked on and what became of each change."""

    def __init__(self, doc: WorkingTree, changes: ChangeSet):
        self.doc = doc
        self.changes = changes
        self.conflicts: list[Conflict] = []
        self.done: list[Change] = []
        self.already: list[Change] = []
        # Entries and sections that were judged as a whole.
        self.closed: list[Path] = []
        # The `id` of every node some change starts from: an addition must not take it for its own.
        self.claimed: set[int] = set()
        self.new_leaves: set[str | None] = set()
        for change in changes:
            if change.after is not None and change.level in LEAVES:
                self.new_leaves.add(change.after.content)

    def run(self) -> None:
        """Judges every change in turn."""
        # All origins are looked up before anything changes: an addition must not be taken for what
        # stood there, nor for a leaf that this very set renames.
        origins = list(map(self._origin, self.changes))
        for change, now in zip(self.changes, origins):
            if (
                now is not None
                and isinstance(change.before, Node)
                and now.content == change.before.content
            ):
                self.claimed.add(id(now))
        settled = _settled(self.doc, self.changes)
        for change, now in zip(self.changes, origins):
            if change.level in LEAVES and _home(change) in settled:
                self.already.append(change)
            elif not self._inside_closed(change.path):
                self._enter(change, now)

    def _origin(self, change: Change) -> Work | None:
        if isinstance(change, Added):
            return None
        return self.doc.find(change.was, change.level in LEAVES)

    def _inside_closed(self, path: Path) -> bool:
        return any(
            len(path) > len(closed) and path[: len(closed)] == closed for closed in self.closed
        )

    def _enter(self, change: Change, now: Work | None) -> None:
        """Tries one change and lists it by its outcome."""
        outcome = self._outcome(change, now)
        if outcome == "done":
            self.done.append(change)
        elif outcome == "already":
            self.already.append(change)
        else:
            if now is None:
                now = self.doc.find(change.path, change.level in LEAVES)
            current = None
            if now is not None:
                current = now.own()
            self.conflicts.append(Conflict(change, outcome, current))

    def _outcome(self, change: Change, now: Work | None) -> str:
        """What became of it: "done", "already", or the `why` of a conflict."""
        match change:
            case Added(level="item"):
                return self._add_item(change)
            case Added():
                return self._add(change)
            case Removed(level="entry" | "section"):
                return self._remove_entry(change)
            case Removed():
                return self._remove(change, now)
            case Moved():
                return self._move(change, now)
            case Renumbered(level="entry"):
                return "already"
            case Modified(level="entry"):
                return _marks_of_entry(change, now)
        return self._modify(change, now)

    def _remove(self, change: Removed, now: Work | None) -> str:
        """A leaf or an item's content taken away."""
        if now is None or not now.content:
            return "already"
        if change.before is not ANY and now.content != _content_before(change):
            return "changed"
        if change.level in LEAVES:
            self._standing(change.path[:-1]).open().remove(now)
        now.put(None)
        return "done"

    def _standing(self, path: Path) -> Work:
        """The node at a path that is known to be there."""
        work = self.doc.find(path, False)
        assert work is not None
        return work

    def _modify(self, change: Modified | Renumbered, now: Work | None) -> str:
        """New words for a leaf or an item."""
        if now is None or not now.content:
            return self._where_nothing_stands(change)
        new = content_after(change)
        if now.content == new.content and (change.at is None or now.extra == change.at.extra):
            return "already"
        content: Node | None = new
        if change.before is not ANY and now.content not in (
            _content_before(change),
            new.content,
        ):
            content = _both(change, now)
            if content is None:
                return "changed"
        elif _covers(now, change):
            return "withheld"
        now.put(content)
        if change.level in LEAVES:
            now.new_key = change.path[-1]
        if change.at is not None:
            now.extra = change.at.extra
        return "done"

    def _where_nothing_stands(self, change: Modified | Renumbered) -> str:
        other = self.doc.find(change.path, change.level in LEAVES)
        if other is None or change.after is None or other.content != change.after.content:
            return "missing"
        return "already"

    def _add_item(self, change: Added) -> str:
        """An item's first words."""
        item = self.doc.ensure(change.path)
        if item is None:
            return "missing"
        if item.content:
            if change.after is not None and item.content == change.after.content:
                return "already"
            return "exists"
        item.kind = content_after(change).kind
        item.put(change.after)
        return "done"

    def _add(self, change: Added) -> str:
        """A new block, row, shape, entry or section."""
        place = place_of(change)
        parent = self.doc.ensure(place.parent)
        if parent is None:
            return "missing"
        kids = parent.open()
        leaf = change.level in LEAVES
        namesake = parent.below(change.path[-1], leaf)
        if namesake is not None and id(namesake) in self.claimed:
            namesake = None
        if leaf:
            new = content_after(change).content
            if any(kid.content == new for kid in kids if kid.kind == change.level):
                return "already"
            if namesake is not None:
                return self._write_over(change, namesake)
        elif namesake is not None:
            return "already"
        kids.insert(_position(kids, place.after, change.level), new_work(change))
        return "done"

    def _write_over(self, change: Added, namesake: Work) -> str:
        """A leaf of the same key stands where one is to be added: only `ANY` may replace it."""
        if change.before is not ANY:
            return "exists"
        if _covers(namesake, change):
            return "withheld"
        namesake.put(change.after)
        return "done"

    def _move(self, change: Moved, now: Work | None) -> str:
        """A free node at another place among its siblings."""
        place = change.at
        parent = self.doc.find(place.parent, False)
        if now is None or parent is None or now not in parent.open():
            return "missing"
        kids = parent.open()
        mover = self._mover(change, now, kids)
        if mover is None:
            return "changed"
        if place.after is not None and not any(
            place.after in (kid.key, kid.new_key) for kid in kids
        ):
            return "place"
        before = kids.index(mover)
        kids.remove(mover)
        kids.insert(_position(kids, place.after, change.level), mover)
        if kids.index(mover) == before and mover.extra == place.extra:
            return "already"
        mover.extra = place.extra
        return "done"

    def _mover(self, change: Moved, now: Work, kids: list[Work]) -> Work | None:
        """The node to move. With repeated headings its key may meanwhile mean another leaf: then
        the one with the known words. None where nothing tells which it is.
        """
        known = set()
        for node in (change.before, change.after):
            if node and node.content:
                known.add(node.content)
        if not known or now.content in known:
            return now
        for kid in kids:
            if kid.kind == now.kind and kid.content in known:
                return kid
        if now.content in self.new_leaves or not change.path[-1] or not now.key:
            return None
        return now

    def _remove_entry(self, change: Removed) -> str:
        """A whole entry or section taken away, where nobody wrote anything in it since."""
        path = change.path
        self.closed.append(path)
        now = self.doc.find(path, False)
        if now is None:
            return "already"
        if not _untouched(now, path, self._removed_below(path)):
            return "changed"
        self._standing(path[:-1]).open().remove(now)
        return "done"

    def _removed_below(self, path: Path) -> dict[tuple[Path, bool], str | None]:
        """(path, is a leaf) → digest of the content that the set removes there, under a path."""
        known = {}
        for change in self.changes:
            if not isinstance(change, Removed) or change.before is None:
                continue
            if change.path[: len(path)] == path:
                known[(change.path, change.level in LEAVES)] = change.before.content
        return known


def _untouched(work: Work, path: Path, known: dict[tuple[Path, bool], str | None]) -> bool:
    """Whether everything written here and below is what the changes knew."""
    if work.content and known.get((path, work.kind in LEAVES)) != work.content:
        return False
    return all(_untouched(kid, (*path, kid.key), known) for kid in work.open())


def _content_before(change: Change) -> str | None:
    """The digest of the content a change starts from."""
    assert change.before is not None
    return change.before.content


def _marks_of_entry(c: Modified, now: Work | None) -> str:
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


def _covers(now: Work, c: Change) -> bool:
    """Whether a new text would silently drop the marks of a withheld part. A change that takes the
    marks off and leaves the words says so itself.
    """
    ours = now.own()
    after = c.after
    if (
        ours is None
        or after is None
        or not marked.of_value(ours.value)
        or marked.of_value(after.value)
    ):
        return False
    same_words = (
        isinstance(c.before, Node)
        and c.before.content == ours.content
        and marked.same_words(ours, after)
    )
    return not same_words


def _both(c: Change, now: Work) -> Node | None:
    """What stands there with both, where one side changed the words and the other the marks: new
    words under the marks that stand there now, or new marks on the words that stand there now. None
    where both changed the same, or a mark has no words to lie on any more.
    """
    ours = now.own()
    before = c.before
    after = c.after
    if ours is None or after is None or not isinstance(before, Node) or c.at is not None:
        return None
    if (
        marked.moved(before, ours)
        and marked.same_words(before, ours)
        and not marked.moved(before, after)
    ):
        return kept.laid_on(after, ours)
    if (
        marked.moved(before, after)
        and marked.same_words(before, after)
        and not marked.moved(before, ours)
    ):
        return kept.laid_on(ours, after)
    return None


def _position(kids: list[Work], after: str | None, kind: str) -> int:
    """Where a free node goes: behind its anchor, first when it has none, last when the anchor is
    gone.
    """
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
