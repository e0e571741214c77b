"""`replay`, the strict inverse of `compare`: with `apply` the only way to make a tree out of a tree
and changes.

Knows the form only to put fixed nodes in their place. Whatever does not fit is refused whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..change.model import Added, Change, ChangeSet, Modified, Moved, Removed
from ..document.form import Form
from ..document.tree import FREE, LEAVES, Tree
from .working import ReplayError, Work, WorkingTree, content_after, new_work, place_of


def replay(old: Tree, cs: ChangeSet, form: Form) -> Tree:
    """`replay(a, compare(a, b), form) == b`. ReplayError when a `before` is not what stands there
    or the result is not the promised tree.
    """
    if cs.old_digest and cs.old_digest != old.digest:
        raise ReplayError("この変更は、別の版から作られています。")
    doc = WorkingTree(old, form)
    pairs = [(change, _origin(doc, change)) for change in cs]
    leaving: set[int] = set()
    for change, work in pairs:
        _must_fit(change, work)
        if work is not None and _rewritten(change, work):
            leaving.add(id(work))
    _take_out(doc, pairs, leaving)
    for change, work in pairs:
        _put_in(doc, change, work)
    result = doc.tree(cs.new_form)
    if cs.new_digest and result.digest != cs.new_digest:
        raise ReplayError("変更を当てた結果が、変更後の版と一致しません。")
    return result


def _origin(doc: WorkingTree, change: Change) -> Work | None:
    """What a change starts from; None for what is added."""
    if change.was is None:
        return None
    return doc.find(change.was, change.level in LEAVES)


def _must_fit(change: Change, work: Work | None) -> None:
    """ReplayError where the node a change starts from is gone, or says something else."""
    if work is None:
        item_without_words = change.level == "item" and change.before is None
        if change.was is not None and not item_without_words:
            raise ReplayError(f"変更前の {'/'.join(change.was)} がありません。")
        return
    if change.before is None or isinstance(change, Moved):
        return
    if work.content != change.before.content:
        raise ReplayError(f"{'/'.join(change.path)} の変更前の記載が合いません。")


def _rewritten(change: Change, work: Work) -> bool:
    """Gives the node its new content, key and line feeds; whether it leaves the place it has."""
    if isinstance(change, Removed):
        work.put(None)
        return change.level != "item"
    marks_of_entry = isinstance(change, Modified) and change.level == "entry"
    if not isinstance(change, Moved) and (change.after is not None or marks_of_entry):
        work.put(change.after)
    if change.level in FREE:
        work.new_key = change.path[-1]
    if change.at is not None and isinstance(change, Modified | Moved):
        work.extra = change.at.extra
    return isinstance(change, Moved)


def _take_out(
    doc: WorkingTree, pairs: Iterable[tuple[Change, Work | None]], leaving: Collection[int]
) -> None:
    """Takes the nodes whose `id` is in `leaving` out of their parents, all parents found first."""
    parents = {}
    for change, work in pairs:
        if work is None or id(work) not in leaving or not change.was:
            continue
        parent = doc.find(change.was[:-1], False)
        if parent is not None:
            parents[id(parent)] = parent
    for parent in parents.values():
        parent.kids = [work for work in parent.open() if id(work) not in leaving]


def _put_in(doc: WorkingTree, change: Change, work: Work | None) -> None:
    """Lets what is added or moved wait at its new place."""
    if isinstance(change, Moved):
        assert work is not None
        _parent_of(doc, change).incoming.append((change.at.index, work))
    elif isinstance(change, Added) and change.level in FREE:
        _parent_of(doc, change).incoming.append((place_of(change).index, new_work(change)))
    elif isinstance(change, Added):
        item = doc.ensure(change.path)
        if item is None or item.content:
            raise ReplayError(f"{'/'.join(change.path)} に記載を入れられません。")
        item.kind = content_after(change).kind
        item.put(change.after)


def _parent_of(doc: WorkingTree, change: Added | Moved) -> Work:
    parent = doc.ensure(place_of(change).parent)
    if parent is None:
        raise ReplayError(f"{'/'.join(change.path)} を入れる場所がありません。")
    return parent
