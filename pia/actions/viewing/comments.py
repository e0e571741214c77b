"""The comments of a round as its pages show them: with the words of their items, and where an item
is there no more.

Reads only. Must not know pages, nor who may read: who asks takes hidden words out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...domain.change.describe import citation, label, names, numbers
from ...domain.document import items
from ...domain.document.form import Form
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...store import queries
from ..records import comments
from ..records.closing import OVER
from ..records.comments import CommentThread
from ..sources import Source, read_ref
from ..workplace import Workplace, line


@dataclass(frozen=True, slots=True)
class CommentedItem:
    """An item with its threads, the open ones first. `gone`: the entry it stood in is there no
    more."""

    path: str
    where: str
    gone: bool
    threads: tuple[CommentThread, ...]

    @property
    def open(self) -> int:
        """How many of its threads are not 解決済み."""
        return sum(not thread.settled for thread in self.threads)


@dataclass(frozen=True, slots=True)
class RoundComments:
    """The comments of a round by item, those with open ones first, in the order of the form; how
    many threads are open; and whether more can be written."""

    title: str
    version: str
    items: tuple[CommentedItem, ...]
    open: int
    writable: bool


def by_path(wp: Workplace, ref: str) -> Mapping[str, tuple[CommentThread, ...]]:
    """Path of an item → its threads; nothing for a line that is no round."""
    if "~" not in ref:
        return {}
    with wp.store.read() as session:
        threads = comments.of_round(session, line(session, ref).own_round.id)
    by_item: dict[str, tuple[CommentThread, ...]] = {}
    for thread in threads:
        if thread.stands:
            path = "/".join(thread.path)
            by_item[path] = (*by_item.get(path, ()), thread)
    return by_item


def open_of(wp: Workplace, ref: str) -> int:
    """How many threads of a round are not 解決済み."""
    some = by_path(wp, ref).values()
    return sum(not thread.settled for threads in some for thread in threads)


def of_round(wp: Workplace, ref: str) -> RoundComments:
    """Every comment of a round. PiaError for what is no round."""
    with wp.store.moment():
        source = read_ref(wp, ref)
        threads = by_path(wp, ref)
        writable = _writable(wp, ref)
    listed = [_item(source, path, some) for path, some in threads.items()]
    listed.sort(key=lambda item: _order(source.form, item))
    listed.sort(key=lambda item: not item.open)
    return RoundComments(
        source.title, source.ref, tuple(listed), sum(item.open for item in listed), writable
    )


@dataclass(frozen=True, slots=True)
class ItemComments:
    """One item with its comments, beside what it says in the version that is shown."""

    item: CommentedItem
    title: str
    version: str
    says: str
    writable: bool


def of_item(wp: Workplace, ref: str, path: Path) -> ItemComments:
    """The comments at one item. PiaError for an item the form has not."""
    with wp.store.moment():
        source = read_ref(wp, ref)
        threads = by_path(wp, ref).get("/".join(path), ())
        writable = _writable(wp, ref)
    if not threads:
        items.item_at(source.form, path)
    item = _item(source, "/".join(path), threads)
    says = items.shown_of(source.tree.find(path))
    return ItemComments(item, source.title, source.ref, says, writable)


def thread_path(wp: Workplace, number: int) -> Path:
    """The item a thread stands at. PiaError when there is none."""
    with wp.store.read() as session:
        path = queries.comments.path_of(session, number)
    if path is None:
        raise PiaError("そのコメントはありません。一覧から選び直してください。")
    return tuple(path)


def people(wp: Workplace) -> list[tuple[str, str]]:
    """(sign-in name, name with department) of everybody who may be named."""
    with wp.store.read() as session:
        rows = queries.comments.writers(session, comments.roles(wp))
        return [
            (account.name, account.shown + (f"（{office}）" if office else ""))
            for account, office in rows
        ]


def item_words(form: Form, path: Path) -> str:
    """Ⅱ６①保管場所: an item by its number, without the entry it stands in."""
    found = form.at(path)[0]
    if found is None:
        return "項目"
    words = numbers(found)
    if found.label and not words.endswith(found.label):
        words += found.label
    return words


def _writable(wp: Workplace, ref: str) -> bool:
    with wp.store.read() as session:
        return line(session, ref).own_round.state not in OVER


def _item(source: Source, path: str, threads: Sequence[CommentThread]) -> CommentedItem:
    spot = tuple(path.split("/"))
    known = names(source.form, source.tree)
    gone = any(entry not in known for entry in _entries(source.form, spot))
    where = citation(source.form, spot, known) or label(source.form, spot, known)
    ordered = sorted(threads, key=lambda thread: thread.settled)
    return CommentedItem(path, where or "この様式にない項目", gone, tuple(ordered))


def _entries(form: Form, path: Path) -> list[Path]:
    """The entries on the way to an item."""
    entries = []
    depth = 0
    for end in range(1, len(path) + 1):
        now = len(form.at(path[:end])[1])
        if now > depth:
            entries.append(path[:end])
            depth = now
    return entries


def _order(form: Form, item: CommentedItem) -> tuple[int, str]:
    found = form.at(tuple(item.path.split("/")))[0]
    for place, line_ in enumerate(form.walk()):
        if line_ is found:
            return place, item.path
    return len(item.path) + 10_000, item.path
