"""Many books brought in together: laid out, read, proposed as one table, put right, taken in.

Knows the rows of a batch and what is registered. A file is read twice: once to propose, once to
take it in; what was put right in between is kept. Must not know pages, nor how a book is taken back
(`taking_back`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete

from ...documents.ooxml import archive
from ...domain import notices, wareki
from ...domain.act import By
from ...domain.document.covers import cover_of
from ...domain.errors import PiaError, Refused
from ...store import queries
from ...store.model import acted
from ...store.rows import imports
from ...store.rows.imports import ImportBatch, ImportBook
from ...store.rows.jobs import Job
from .. import sources
from ..sources import Source
from ..workplace import Workplace, row_of
from . import import_table, placing, versions
from .import_table import BookLine

MOST = 200  # books of one batch
UNREADABLE = "読み取れないところがあります。直したファイルを、同じ名前でもう一度選んでください。"
WHY = "登録済みの評価書をまとめて取込み"
KEPT = timedelta(days=30)  # for so long a batch can be put right and taken back
MOST_PACKED = 64 << 20  # bytes of the files of one ZIP
Step = Callable[[int, int, str], None]
Files = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its page shows it."""

    id: int
    by: str
    at: Any
    job: Job | None
    lines: tuple[BookLine, ...]

    @property
    def going(self) -> bool:
        """Whether work on it goes on."""
        return self.job is not None and self.job.state in ("QUEUED", "RUNNING")

    @property
    def unread(self) -> bool:
        """Whether there are files nobody read yet."""
        return any(line.state == imports.SENT for line in self.lines)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in the list of batches: how many books of each state."""

    id: int
    by: str
    at: Any
    counts: Mapping[str, int]


# ---- laid out


def lay_out(wp: Workplace, by: By, files: Files, batch: int | None = None) -> int:
    """Keeps files to be brought in together; the number of their batch. A file of a name that waits
    already takes its place. PiaError where they are too many.
    """
    unpacked = list(_unpacked(files))
    with wp.store.unchained(about="import") as session:
        if batch is None:
            row = ImportBatch(**acted(by))
            session.add(row)
            session.flush()
            batch = row.id
        else:
            row_of(session, ImportBatch, batch, "取込み")
        here = queries.imports.books(session, batch)
        waiting = {book.name: book for book in here if book.state != imports.TAKEN}
        if len(here) + len(unpacked) > MOST:
            raise PiaError(f"一度に取り込めるのは{MOST}件までです。分けて選んでください。")
        for name, body in unpacked:
            known = waiting.pop(name, None)
            if known is not None:
                session.delete(known)
            sent = sha256(body).hexdigest()
            session.add(ImportBook(batch_id=batch, name=name, sha256=sent, file=body))
    return batch


def _unpacked(files: Files) -> Iterable[tuple[str, bytes]]:
    """The files, those of a ZIP each by itself."""
    for name, body in files:
        if name.lower().endswith(".zip"):
            yield from archive.files(body, name, MOST, MOST_PACKED)
        else:
            yield name, body


# ---- read


def read(wp: Workplace, batch: int, step: Step) -> int:
    """Reads the files of a batch nobody read yet; how many. Harmless when done again."""
    with wp.store.read() as session:
        rows = queries.imports.books(session, batch)
        waiting = [(row.id, row.name) for row in rows if row.state == imports.SENT]
    for index, (number, name) in enumerate(waiting):
        step(index, len(waiting), name)
        _read_one(wp, number)
    step(len(waiting), len(waiting), "")
    return len(waiting)


def _read_one(wp: Workplace, number: int) -> None:
    with wp.store.read() as session:
        book = session.get_one(ImportBook, number)
        name = book.name
        body = book.file
    state = imports.READ
    says = ""
    cover: dict[str, Any] = {}
    try:
        source = sources.read_bytes(body, name)
        cover = _said(wp, source)
        if source.errors:
            state = imports.UNREADABLE
            says = UNREADABLE
        elif cover["kind"] not in placing.KINDS:
            state = imports.UNREADABLE
            says = "評価書の様式ではないため、取り込めません。"
    except PiaError as error:
        state = imports.UNREADABLE
        says = str(error)
    with wp.store.unchained() as session:
        row = session.get(ImportBook, number)
        if row is not None:
            row.state = state
            row.says = says
            row.cover = cover


def _said(wp: Workplace, source: Source) -> dict[str, Any]:
    """What was read of a file, as its row keeps it."""
    kind = source.tree.form.split("@")[0]
    said: dict[str, Any] = {
        "kind": kind,
        "stamp": source.form.stamp,
        "digest": source.tree.digest,
        "key": source.key,
        "problems": [
            [notice.level == "error", str(notice)] for notice in notices.gathered(source.problems)
        ],
        "finds": [list(find) for find in source.personal],
    }
    if kind in placing.KINDS:
        said |= asdict(cover_of(source.form, source.tree))
        home = versions.home(wp, source.tree)
        if home and not source.errors:
            said["against"] = list(_against(wp, home, source))
    return said


def _against(wp: Workplace, home: str, source: Source) -> tuple[str, int]:
    try:
        return versions.against(wp, home, _brought(source, source.ref))
    except Refused:  # words that are withheld changed: said when it is taken in
        return "", 0


def _brought(source: Source, name: str, batch: int | None = None) -> versions.Brought:
    about: dict[str, Any] = {"file": name}
    if batch is not None:
        about["batch"] = batch
    return versions.Brought(
        source.tree,
        base=source.base,
        blobs=source.blobs,
        source=about,
        carrier=(name, source.carrier) if source.carrier else None,
        unread=source.unread,
    )


# ---- the table


def batch(wp: Workplace, number: int, today: date) -> Batch:
    """A batch with its table. PiaError when there is none."""
    with wp.store.read() as session:
        row = row_of(session, ImportBatch, number, "取込み")
        books = queries.imports.books(session, number)
        lines = import_table.table(import_table.registered(session), books, today)
        job = queries.imports.going(session, row.job_id)
        return Batch(row.id, row.actor, row.at, job, tuple(lines))


def batches(wp: Workplace, most: int = 20) -> list[BatchLine]:
    """The latest batches, newest first."""
    with wp.store.read() as session:
        shown = {person.name: person.shown for person in queries.accounts.everybody(session)}
        lines: dict[int, BatchLine] = {}
        for row, state, count in queries.imports.batches(session, most):
            line = lines.setdefault(
                row.id, BatchLine(row.id, shown.get(row.actor, row.actor), row.at, {})
            )
            lines[row.id] = replace(line, counts={**line.counts, state: count})
        return list(lines.values())


# ---- put right


def keep(wp: Workplace, batch_number: int, typed: Mapping[int, Mapping[str, Any]]) -> None:
    """Keeps what somebody put right, by book: only where it differs from what the table says, so
    that what is proposed goes on to be worked out. What is said of an affair at its first book is
    kept for all of its books."""
    with wp.store.unchained(about="import") as session:
        books = {book.id: book for book in queries.imports.books(session, batch_number)}
        lines = import_table.table(import_table.registered(session), list(books.values()), date.max)
        leader: BookLine | None = None
        for line in lines:
            if not line.waits:
                continue
            if line.first:
                leader = line
            assert leader is not None
            given = dict(typed.get(line.id, {}))
            said = {name: typed.get(leader.id, {}).get(name) for name in import_table.OF_AFFAIR}
            given |= {name: value for name, value in said.items() if value is not None}
            books[line.id].typed = import_table.put_right(books[line.id].typed, line, given)


def mark_published(wp: Workplace, batch_number: int) -> int:
    """Ticks 「公表済みの版です」 of every book that is to be taken in and has a day; how many."""
    with wp.store.unchained(about="import") as session:
        books = {book.id: book for book in queries.imports.books(session, batch_number)}
        count = 0
        for line in import_table.table(
            import_table.registered(session), list(books.values()), date.max
        ):
            if line.waits and line.day and not line.published:
                books[line.id].typed = {**books[line.id].typed, "published": True}
                count += 1
        return count


def drop(wp: Workplace, batch_number: int, book_number: int) -> str:
    """Leaves a book out of a batch: its file is dropped. The name of the file. PiaError for one
    that was taken in."""
    with wp.store.unchained(about="import") as session:
        book = session.get(ImportBook, book_number)
        if book is None or book.batch_id != batch_number or book.state == imports.TAKEN:
            raise PiaError("その本は、この取込みから外せません。")
        session.delete(book)
        return book.name


def forget(wp: Workplace, batch_number: int) -> None:
    """Drops a batch with its files. What was taken in stays, and can be taken back no more."""
    with wp.store.unchained(about="import") as session:
        session.execute(delete(ImportBook).where(ImportBook.batch_id == batch_number))
        session.execute(delete(ImportBatch).where(ImportBatch.id == batch_number))


def forget_old(wp: Workplace, now: datetime) -> int:
    """Drops the batches that are older than `KEPT`, with their files: what was taken in stands in
    its versions, and a copy beside them would outlive a 廃棄. How many."""
    with wp.store.read() as session:
        old = [row.id for row in queries.imports.before(session, now - KEPT)]
    for number in old:
        forget(wp, number)
    return len(old)


def working(wp: Workplace, batch_number: int, job: int) -> None:
    """Notes the work that was asked for on a batch. PiaError when there is no such batch."""
    with wp.store.unchained() as session:
        row_of(session, ImportBatch, batch_number, "取込み").job_id = job


# ---- taken in


class Unready(Refused):
    """Books that cannot be taken in as they are; `field` is the first field that stands against
    it."""

    def __init__(self, name: str, unmet: Iterable[str]):
        super().__init__(
            "このままでは取り込めない本があります。印のある欄を直すか、"
            "その本の「取り込む」の印を外してください。まだ何も取り込んでいません。",
            tuple(unmet),
        )
        self.field = name


def to_take(wp: Workplace, number: int, today: date) -> list[int]:
    """The books of a batch that are to be taken in, all of them fit for it. Unready where one is
    not; PiaError where there is none."""
    ready = []
    unmet = []
    fields = []
    for line in batch(wp, number, today).lines:
        if not (line.waits and line.take):
            continue
        ready.append(line.id)
        for name, sentence in line.wrong.items():
            fields.append(f"{name}-{line.id}")
            unmet.append(f"{line.file}：{sentence}")
    if unmet:
        raise Unready(fields[0], unmet)
    if not ready:
        raise PiaError("取り込む本がありません。「取り込む」に印を付けてください。")
    return ready


def take_in(wp: Workplace, by: By, number: int, books: Sequence[int], step: Step) -> dict[str, int]:
    """Takes books in, each an act of its own, so that others go on writing between two of them and
    work that was broken off goes on with the next; {"taken", "failed"}. A book that cannot be taken
    in says why and waits."""
    done = Counter({"taken": 0, "failed": 0})
    for index, book in enumerate(books):
        step(index, len(books), _file_name(wp, book))
        done["taken" if _take_one(wp, by, number, book) else "failed"] += 1
    _note_body(wp, number)
    step(len(books), len(books), "")
    return dict(done)


def _file_name(wp: Workplace, book: int) -> str:
    with wp.store.read() as session:
        row = session.get(ImportBook, book)
        return row.name if row is not None else ""


def _take_one(wp: Workplace, by: By, number: int, book: int) -> bool:
    line = next((one for one in batch(wp, number, by.day).lines if one.id == book), None)
    if line is None or not line.waits:
        return line is not None
    try:
        if line.wrong:
            raise PiaError("".join(line.wrong.values()))
        source = _read_again(wp, book)
        with wp.store.together():
            _take(wp, by, number, line, source)
    except PiaError as error:
        says = "".join([str(error), *getattr(error, "unmet", ())])
        with wp.store.unchained() as session:
            session.get_one(ImportBook, book).says = says
        return False
    return True


def _read_again(wp: Workplace, book: int) -> Source:
    with wp.store.read() as session:
        row = session.get_one(ImportBook, book)
        body = row.file
        name = row.name
        digest = row.cover["digest"]
    source = sources.read_bytes(body, name)
    if source.tree.digest != digest:
        raise PiaError("読み取りの結果が、確かめたときと違います。もう一度選んでください。")
    return source


def _take(wp: Workplace, by: By, number: int, line: BookLine, source: Source) -> None:
    """One book: its affair and document, its version and its publication, all or nothing."""
    place = placing.BookPlace(
        line.number,
        line.name,
        line.body,
        line.department,
        line.kind,
        source.key.removesuffix("-basic"),
    )
    with wp.store.begin() as session:
        placed = placing.put(session, by, place)
    brought = _brought(source, line.file, number)
    saved = versions.bring_in(wp, by, placed.key, brought, why=WHY, create=False)
    publication = None
    if line.published:
        day = date.fromisoformat(wareki.parse(line.day) or "")
        publication = versions.published_unless(wp, by, placed.key, day)
    with wp.store.unchained() as session:
        row = session.get_one(ImportBook, line.id)
        version = queries.imports.version_of(session, saved.ref)
        row.state = imports.TAKEN
        row.says = _clashes(saved)
        row.version_id = version
        row.body_id = queries.imports.body_of(session, placed.key)
        row.made = {
            "key": placed.key,
            "affair_key": queries.affairs.of_assessment(session, placed.key),
            "affair": placed.affair,
            "document": placed.document,
            "version": saved.new,
            "publication": publication,
            "number": line.number,
            "name": line.name,
            "body": line.body,
            "department": line.department,
            "day": line.day if line.published else "",
        }


def _clashes(saved: versions.SavedVersion) -> str:
    if not saved.conflicts:
        return ""
    return f"{len(saved.conflicts)}か所は、ほかの人の変更と重なるため、取り込みませんでした。"


def _note_body(wp: Workplace, number: int) -> None:
    """The body of a batch all of whose books are of one."""
    with wp.store.unchained() as session:
        of = {book.body_id for book in queries.imports.books(session, number)}
        row = session.get(ImportBatch, number)
        if row is not None and len(of) == 1:
            row.body_id = of.pop()
