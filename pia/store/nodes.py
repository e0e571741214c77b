"""Trees in tables: every content once under its digest, and per version one small manifest of
content ids.

Knows contents, digests and shapes of trees. Must not know whose tree it is, nor when or why it was
saved. A new version stores only what is new; comparing two versions reads two manifests and the
contents that differ (docs/house.md, idea 1).
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Connection, Engine, Select, column, func, select, table
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..domain.canonical import canonical, digest
from ..domain.change.compare import compare
from ..domain.change.model import ChangeSet, wanted, with_values
from ..domain.document.tree import UNLOADED, Node, Path, Tree
from ..domain.errors import PiaError
from . import packing
from .ledger.witness import Witness
from .model import Base
from .turns import Outdated

_CHUNK = 500
Name = TypeVar("Name")
Thing = TypeVar("Thing")


class Content(Base):
    """One content of any tree of any assessment: `digest` is SHA-256 of its kind and value
    (docs/contracts.md), `body` the packed canonical value.
    """

    __tablename__ = "content"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    body: Mapped[bytes]


class Blob(Base):
    """A file as it was received or sent, under the SHA-256 of its bytes."""

    __tablename__ = "blob"
    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int]
    body: Mapped[bytes]


@dataclass(frozen=True, slots=True)
class Packed:
    """A tree made ready to be stored. `ids`: digest → id of its contents that are stored, and the
    ids meant for those that are not, but for the nodes whose lines are `shared` with the version
    it was made from; `new`: the rows of these; `empty`: contents that 廃棄 emptied
    and this tree writes again, as (kind, value); `manifest` goes with just these ids. `destroyed`:
    the last 廃棄 there was when the contents were looked up.
    """

    tree: Tree
    ids: Mapping[str, int]
    shared: Mapping[int, packing.Line]
    new: tuple[Mapping[str, Any], ...]
    empty: Mapping[str, tuple[str, Any]]
    manifest: bytes
    destroyed: int


def packed(session: Session, tree: Tree, base: int | None = None) -> Packed:
    """What there is to do before a tree is stored: its contents looked up, what is new checked and
    packed, its manifest made. Contents whose value is UNLOADED must be in the store already. Reads
    only; what was read stands as long as `destroyed` says nothing new. `base`: a version whose
    contents need not be looked up, most of them being this tree's too.
    """
    destroyed = last_destroyed(session)
    shared = _shared_lines(session, tree, base) if base is not None else {}
    values = _unshared(tree.children, shared)
    known = _ids(session)
    ids = {name: known[name] for name in values if name in known}
    sought = {name: value for name, value in values.items() if name not in ids}
    stored, empty = _stored(session, sought)
    ids |= stored
    new = _new_rows({name: value for name, value in sought.items() if name not in stored})
    meant = _next_ids(session, len(new))
    rows = []
    for index, row in zip(meant, new, strict=True):
        rows.append({"id": index, **row})
        ids[row["digest"].hex()] = index
    lines = packing.laid_out(tree.children, ids, shared)
    return Packed(tree, ids, shared, tuple(rows), empty, _manifest(tree, lines), destroyed)


def _unshared(
    children: tuple[Node, ...], shared: Mapping[int, packing.Line]
) -> dict[str, tuple[str, Any]]:
    """Digest → kind and value of the contents of all nodes but those known from another tree."""
    values: dict[str, tuple[str, Any]] = {}
    waiting = list(children)
    while waiting:
        node = waiting.pop()
        if id(node) in shared:
            continue
        if node.content and (node.value is not UNLOADED or node.content not in values):
            values[node.content] = (node.kind, node.value)
        waiting.extend(node.children)
    return values


def _manifest(tree: Tree, lines: list[packing.Line]) -> bytes:
    """A tree's manifest; its lines stay at hand for the version that follows it."""
    manifest = packing.manifest(lines)
    _LINES.keep((tree.form, tree.digest), (manifest, lines))
    return manifest


def put_packed(session: Session, ready: Packed, destroyed: int) -> bytes:
    """Stores the contents that are new and returns the tree's manifest. In a turn to write; where
    others stored one of them meanwhile, theirs is taken. Outdated when something was destroyed
    since the contents were looked up (`destroyed`: the last 廃棄 there is now)."""
    if destroyed != ready.destroyed:
        raise Outdated
    _fill(session, ready.empty)
    if not ready.new:
        return ready.manifest
    stored = _inserted(session, ready.new)
    if all(ready.ids[name] == index for name, index in stored.items()):
        return ready.manifest
    lines = packing.laid_out(ready.tree.children, {**ready.ids, **stored}, ready.shared)
    return _manifest(ready.tree, lines)


def put_tree(session: Session, tree: Tree) -> bytes:
    """Both of these, where a turn is held already."""
    ready = packed(session, tree)
    return put_packed(session, ready, ready.destroyed)


# The number of the last 廃棄; none before the first.
LAST_DESTROYED: Select[tuple[int | None]] = select(func.max(column("id"))).select_from(
    table("destruction")
)


def last_destroyed(session: Session) -> int:
    """The number of the last 廃棄; 0 before the first."""
    return session.scalar(LAST_DESTROYED) or 0


def _stored(
    session: Session, values: Mapping[str, tuple[str, Any]]
) -> tuple[dict[str, int], dict[str, tuple[str, Any]]]:
    """Digest → id of the contents that are there already; and those of them that were emptied."""
    ids = {}
    empty = {}
    sought = list(map(bytes.fromhex, values))
    for index, name, size in _rows(session, "id, digest, length(body)", "digest", sought):
        ids[bytes.hex(name)] = index
        if not size:
            empty[bytes.hex(name)] = values[bytes.hex(name)]
    return ids, empty


def _new_rows(values: Mapping[str, tuple[str, Any]]) -> list[dict[str, Any]]:
    """Rows of contents that are not there yet, without ids, in the order of their digests: acts
    that store the same ones never wait for each other in a circle."""
    rows: list[dict[str, Any]] = []
    for name, (kind, value) in sorted(values.items()):
        # Checked at the door: what is stored under a digest has it, or nothing is stored.
        if value is UNLOADED or digest(kind, value) != name:
            raise PiaError(
                "保存しようとした文書の中身が、その要約値と合いません。"
                "読み込み直してから、もう一度お試しください。"
            )
        body = packing.pack(canonical(value), prose=True)
        rows.append({"digest": bytes.fromhex(name), "kind": kind, "body": body})
    return rows


def _next_ids(session: Session, count: int) -> list[int]:
    """Ids for so many new contents: on PostgreSQL their own for ever, on SQLite those that are next
    unless another writer comes first."""
    if not count:
        return []
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        last = connection.exec_driver_sql("SELECT max(id) FROM content").scalar() or 0
        return list(range(last + 1, last + 1 + count))
    if cast(Witness, session).writes:
        return _from_sequence(connection, count)
    with _FREE_LOCK:
        free = _FREE.setdefault(connection.engine, deque())
        if len(free) < count:
            # A transaction that only reads may take none, so they are taken beside it.
            with connection.engine.connect() as beside:
                free.extend(_from_sequence(beside, count + _AHEAD))
        return [free.popleft() for _ in range(count)]


_FREE: WeakKeyDictionary[Engine, deque[int]] = WeakKeyDictionary()
_FREE_LOCK = Lock()
_AHEAD = 64  # ids of contents that are taken at once; those never used are lost, which is no harm


def _from_sequence(connection: Connection, count: int) -> list[int]:
    """Ids nobody else gets."""
    query = "SELECT nextval(pg_get_serial_sequence('content', 'id')) FROM generate_series(1, %s)"
    # nosemgrep: raw-sql # our own words; the number is bound
    return list(connection.exec_driver_sql(query, (count,)).scalars())


def _inserted(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Stores contents; digest → id, of those that others stored meanwhile too. Outdated where an id
    is in use."""
    connection = session.connection()
    sqlite = connection.dialect.name == "sqlite"
    columns = ("id", "digest", "kind", "body")
    mark = "?" if sqlite else "%s"
    row_marks = f"({', '.join([mark] * len(columns))})"
    ids: dict[str, int] = {}
    for at in range(0, len(rows), _CHUNK):
        some = rows[at : at + _CHUNK]
        if sqlite:
            some = _numbered(session, some)
        marks = ", ".join([row_marks] * len(some))
        query = (
            f"INSERT INTO content ({', '.join(columns)}) VALUES {marks}"  # nosec B608
            " ON CONFLICT DO NOTHING RETURNING id, digest"
        )
        values = tuple(row[column] for row in some for column in columns)
        # nosemgrep: raw-sql # our own names; values are bound
        mine = {bytes(name): index for index, name in connection.exec_driver_sql(query, values)}
        _tell(session, Content, (row for row in some if row["digest"] in mine))
        ids.update((name.hex(), index) for name, index in mine.items())
        others = [row["digest"] for row in some if row["digest"] not in mine]
        stored = _rows(session, "id, digest", "digest", others)
        ids.update((bytes(name).hex(), index) for index, name in stored)
    if len(ids) < len(rows):
        # Somebody has one of the ids: the database was put back to an earlier state meanwhile.
        with _FREE_LOCK:
            _FREE.clear()
        raise Outdated
    return ids


def _numbered(session: Session, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The rows with ids that are free now."""
    free = _next_ids(session, 1)[0]  # on SQLite; no other writer comes between
    first = rows[0]["id"]
    if first >= free:
        return rows
    return [{**row, "id": row["id"] - first + free} for row in rows]


def _fill(session: Session, empty: Mapping[str, tuple[str, Any]]) -> None:
    """Contents that 廃棄 emptied and somebody writes again."""
    for name, (kind, value) in empty.items():
        if value is UNLOADED or digest(kind, value) != name:
            raise PiaError("この版の文章は、廃棄されています。ほかの版から写してください。")
        row = session.scalars(select(Content).where(Content.digest == bytes.fromhex(name))).one()
        row.body = packing.pack(canonical(value), prose=True)


def _tell(session: Session, kind: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows too large or too many for the unit of work enter the record of their act all the
    same."""
    cast(Witness, session).told(Base.metadata.tables[kind.__tablename__], rows)


def _ids(session: Session) -> dict[str, int]:
    """Digest → row id of the contents this session has met. Rows are never changed or removed, so
    what was read stays true; an edit of a document just read need not look up all it left as it
    was.
    """
    ids: dict[str, int] = session.info.setdefault("content ids", {})
    return ids


def _shared_lines(session: Session, tree: Tree, version_id: int) -> dict[int, packing.Line]:
    """The lines of the nodes a tree shares with a version whose text is at hand: as they stand in
    its manifest. None where that is not at hand, or parts of it were destroyed."""
    ((form, root, manifest),) = _versions(session, version_id)
    kept = _RECENT.get((form, root))
    if kept is None:
        return {}
    known, lines = _LINES.get((form, root)) or (b"", [])
    # The same text has other ids where a database was put back to an earlier state.
    if known != manifest:
        lines = packing.lines(manifest)
    return packing.same_lines(tree.children, kept.children, lines)


def _rows(session: Session, columns: str, key: str, keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Rows of content with one of the keys, by hand-written SQL: these lists are long, and
    compiling them costs more than running them.
    """
    connection = session.connection()
    if keys and connection.dialect.name != "sqlite":
        query = f"SELECT {columns} FROM content WHERE {key} = ANY(%s)"  # nosec B608
        # nosemgrep: raw-sql # our own names; keys are bound
        yield from connection.exec_driver_sql(query, (list(keys),)).all()
        return
    for at in range(0, len(keys), _CHUNK):
        some = keys[at : at + _CHUNK]
        marks = ",".join("?" * len(some))
        query = f"SELECT {columns} FROM content WHERE {key} IN ({marks})"  # nosec B608
        # nosemgrep: raw-sql # the same
        yield from connection.exec_driver_sql(query, tuple(some)).all()


GONE = "（廃棄の決裁により消去）"
_GONE: Mapping[str, Any] = {
    "block": {"text": GONE, "withheld": []},
    "row": {"cells": [GONE]},
    "shape": {"type": "label", "text": GONE, "x": 0, "y": 0, "w": 160, "h": 24},
    "choice_one": {"option": "", "typed": GONE},
    "choice_many": {"options": [], "typed": [GONE]},
    "number": {"typed": GONE},
    "date": {"typed": GONE},
    "yes_no": {"typed": GONE},
    "text": {"tail": 0},
}


def _value(kind: str, body: bytes) -> Any:
    """The value of a content; of one that 廃棄 emptied, what stands in its place."""
    if body:
        return orjson.loads(packing.unpack(body))
    return _GONE.get(kind, {})


def emptied(session: Session, contents: Iterable[str], files: Iterable[str]) -> None:
    """Empties the bodies of contents (digests, lower hex) and files (SHA-256): what 廃棄 destroys.
    The rows stay, for the digests of the versions. This process remembers no text any more."""
    for name in sorted(set(contents)):
        of = select(Content).where(Content.digest == bytes.fromhex(name))
        session.scalars(of).one().body = b""
    for name in sorted(set(files)):
        session.scalars(select(Blob).where(Blob.sha256 == name)).one().body = b""
    session.flush()
    forget()


def forget() -> None:
    """Drops every text this process has at hand."""
    _RECENT.clear()
    _LINES.clear()
    _CHANGED.clear()


def values(session: Session, digests: Iterable[str]) -> Mapping[str, Any]:
    """The values of contents by digest (lower hex); what is not in the store is left out."""
    rows = _rows(
        session,
        "digest, kind, body",
        "digest",
        list(map(bytes.fromhex, digests)),
    )
    values_of = {}
    for day, kind, body in rows:
        values_of[bytes(day).hex()] = _value(kind, body)
    return values_of


def skeleton(session: Session, version_id: int) -> Tree:
    """A version's tree with digests and keys, its values UNLOADED."""
    ((form, root, manifest),) = _versions(session, version_id)
    lines = packing.lines(manifest)
    contents = {}
    for index, day in _rows(session, "id, digest", "id", sorted(packing.used(lines))):
        contents[index] = (bytes(day).hex(), UNLOADED)
    return Tree(form, packing.nodes(lines, contents), [root])


def tree(session: Session, version_id: int) -> Tree:
    """A version's whole tree."""
    ((form, root, manifest),) = _versions(session, version_id)
    return _trees(session, [(form, root, manifest)])[0]


def trees(session: Session, texts: Sequence[tuple[str, str, bytes]]) -> list[Tree]:
    """The whole trees of texts that are kept beside the versions, each given as (form, digest,
    manifest); from memory where this process has had one lately, the others in one read.
    """
    kept = {}
    missing = []
    for text in dict.fromkeys(texts):
        known = _RECENT.get(text[:2])
        if known is None:
            missing.append(text)
        else:
            kept[text] = known
    for text, made in zip(missing, _trees(session, missing), strict=True):
        kept[text] = made
        remember(made)
    return [kept[text] for text in texts]


def _trees(session: Session, texts: Sequence[tuple[str, str, bytes]]) -> list[Tree]:
    """Trees out of their manifests, with one look at their contents."""
    lines_of = [packing.lines(manifest) for _, _, manifest in texts]
    used: set[int] = set()
    for lines in lines_of:
        used |= packing.used(lines)
    rows = _rows(session, "id, digest, kind, body", "id", sorted(used))
    rows_read = []
    for index, day, kind, body in rows:
        rows_read.append((index, bytes(day).hex(), kind, body))
    _ids(session).update((name, index) for index, name, _, body in rows_read if body)
    # A text that was destroyed has a digest of its own: nothing remembered of the whole text is
    # taken for it.
    gone = {}
    for _, name, kind, body in rows_read:
        if not body:
            gone[name] = _GONE.get(kind, {})
    names = {}
    for _, name, kind, body in rows_read:
        if not body:
            names[name] = digest(kind, gone[name])
    contents = {}
    emptied_ids = set()
    for index, name, kind, body in rows_read:
        contents[index] = (names.get(name, name), _value(kind, body))
        if not body:
            emptied_ids.add(index)
    made = []
    for (form, root, _), lines in zip(texts, lines_of, strict=True):
        whole_digest = [] if emptied_ids & packing.used(lines) else [root]
        made.append(Tree(form, packing.nodes(lines, contents), whole_digest))
    return made


class _Lately(Generic[Name, Thing]):
    """What this process had lately, at most so many; the least used goes first. Only for what never
    changes under its name.
    """

    def __init__(self, most: int):
        self._most = most
        self._kept: OrderedDict[Name, Thing] = OrderedDict()

    def get(self, name: Name) -> Thing | None:
        kept = self._kept.pop(name, None)
        if kept is not None:
            self.keep(name, kept)
        return kept

    def clear(self) -> None:
        self._kept.clear()

    def keep(self, name: Name, thing: Thing) -> None:
        self._kept[name] = thing
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


_RECENT = _Lately[tuple[str, str], Tree](48)
# Manifests of texts this process packed, with their lines.
_LINES = _Lately[tuple[str, str], tuple[bytes, list[packing.Line]]](48)


def recent(session: Session, version_id: int) -> Tree:
    """`tree`, from memory where this process has had it lately. For acts and pages: trees never
    change and are known by their digest, so what is remembered is what the version says. Checks for
    damage read anew.
    """
    known = _digests(session)
    if version_id not in known:
        ((form, root),) = _versions(session, version_id, columns="form, digest")
        known[version_id] = (form, root)
    kept = _RECENT.get(known[version_id])
    if kept is None:
        remember(kept := tree(session, version_id))
    eyes = _EYES.get()
    if eyes is not None:
        return eyes(session, version_id, kept)
    return kept


Eyes = Callable[[Session, int, Tree], Tree]
# How texts are seen by whoever is looking now; None for acts and for those who may read everything.
_EYES: ContextVar[Eyes | None] = ContextVar("eyes", default=None)


@contextmanager
def seen_through(eyes: Eyes | None) -> Iterator[None]:
    """What `recent` gives inside is what these eyes see of it."""
    token = _EYES.set(eyes)
    try:
        yield
    finally:
        _EYES.reset(token)


@contextmanager
def whole() -> Iterator[None]:
    """What `recent` gives inside is the whole text, whoever is looking: for what is checked, not
    shown.
    """
    with seen_through(None):
        yield


def seen_in_part() -> bool:
    """Whether somebody is looking who may not see every text whole."""
    return _EYES.get() is not None


def met(session: Session, versions: Iterable[tuple[int, str, str]]) -> None:
    """Tells `recent` the (id, form, digest) of versions that were read anyway, so that it need not
    ask for each.
    """
    _digests(session).update((index, (form, root)) for index, form, root in versions)


def _digests(session: Session) -> dict[int, tuple[str, str]]:
    digests: dict[int, tuple[str, str]] = session.info.setdefault("version digests", {})
    return digests


def remember(kept: Tree) -> None:
    """Keeps a tree at hand, and the least used of too many no longer."""
    _RECENT.keep((kept.form, kept.digest), kept)


def _versions(session: Session, *ids: int, columns: str = "form, digest, manifest") -> list[Any]:
    """Form, digest and manifest of some versions, in one query."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        mark = "?"
    else:
        mark = "%s"
    marks = ", ".join([mark] * len(ids))
    query = f"SELECT id, {columns} FROM version WHERE id IN ({marks})"  # nosec B608
    by_id = {}
    # nosemgrep: raw-sql # our own names; ids are bound
    for row in connection.exec_driver_sql(query, ids):
        by_id[row[0]] = row[1:]
    if not by_id.keys() >= set(ids):
        raise PiaError("その版はありません。一覧から選び直してください。")
    in_order = []
    for id_ in ids:
        in_order.append(by_id[id_])
    return in_order


def compare_versions(session: Session, old_id: int, new_id: int) -> ChangeSet:
    """`compare` of two stored versions, with the values of what differs and nothing else loaded."""
    (old_form, old_root, first), (new_form, new_root, second) = _versions(session, old_id, new_id)
    if old_root == new_root:
        return ChangeSet(old_form, new_form, (), old_root, new_root)
    left, right = packing.unequal(packing.lines(first), packing.lines(second))
    contents: dict[int, tuple[str, Any]] = {packing.EQUAL: ("=", UNLOADED)}
    bodies = {}
    ids = sorted(packing.used(right, packing.used(left)))
    for index, day, kind, body in _rows(session, "id, digest, kind, body", "id", ids):
        name = bytes(day).hex()
        contents[index] = (name, UNLOADED)
        bodies[name] = (kind, body)

    def load(digests: Iterable[str]) -> Mapping[str, Any]:
        return {name: _value(*bodies[name]) for name in digests if name in bodies}

    old = Tree(old_form, packing.nodes(left, contents, "old"), [old_root])
    new = Tree(new_form, packing.nodes(right, contents, "new"), [new_root])
    cs = compare(old, new, load)
    return with_values(cs, load(wanted(cs)))


_CHANGED = _Lately[tuple[str, ...], tuple[tuple[Path, Path | None], ...]](4_000)


def changed(
    session: Session, old: tuple[int, str, str], new: tuple[int, str, str]
) -> tuple[tuple[Path, Path | None], ...]:
    """The places that differ between two versions, each given as (id, form, digest): (path, the
    path before where it was another). From memory where this process compared these texts before:
    what lies between two digests never changes, and a page that tells why a place changed asks for
    every step of its round.
    """
    name = (*old[1:], *new[1:])
    kept = _CHANGED.get(name)
    if kept is None:
        kept = tuple(
            (version.path, version.was) for version in compare_versions(session, old[0], new[0])
        )
        _CHANGED.keep(name, kept)
    return kept


def put_blob(session: Session, body: bytes) -> str:
    """Keeps a file and returns its SHA-256 (lower hex); the same bytes are kept once."""
    name = sha256(body).hexdigest()
    known = session.query(Blob.id, func.length(Blob.body)).filter_by(sha256=name).first()
    if known is not None and not known[1]:
        session.get_one(Blob, known[0]).body = packing.pack(body)
    if known is None:
        row = {"sha256": name, "size": len(body), "body": packing.pack(body)}
        index = _kept_once(session, row)
        if index is not None:
            _tell(session, Blob, [{"id": index, **row}])
    return name


def _kept_once(session: Session, row: Mapping[str, Any]) -> int | None:
    """The id of a new file; None where an act of another chain kept the same one meanwhile."""
    connection = session.connection()
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    query = (
        f"INSERT INTO blob (sha256, size, body) VALUES ({mark}, {mark}, {mark})"  # nosec B608
        " ON CONFLICT (sha256) DO NOTHING RETURNING id"
    )
    values = (row["sha256"], row["size"], row["body"])
    # nosemgrep: raw-sql # our own names; values are bound
    return cast("int | None", connection.exec_driver_sql(query, values).scalar())


def get_blob(session: Session, name: str) -> bytes:
    """The bytes of a kept file. PiaError when there is none, or they are not what they were."""
    stored = session.query(Blob.body).filter_by(sha256=name).scalar()
    if stored is None:
        raise PiaError("そのファイルは保存されていません。")
    if not stored:
        raise PiaError("このファイルは、廃棄の決裁により廃棄されました。")
    body = packing.unpack(stored)
    if sha256(body).hexdigest() != name:
        raise PiaError(
            "保存されているファイルが壊れています。pia fsck で確かめ、"
            "バックアップから戻してください。"
        )
    return body


def is_emptied(session: Session, name: str) -> bool:
    """Whether a kept file was destroyed by 廃棄."""
    size: int | None = session.query(func.length(Blob.body)).filter_by(sha256=name).scalar()
    return size == 0
