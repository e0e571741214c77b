"""Keeps what a search looks through as the records are: follows the entries of the chains, each of
which names the rows its act wrote, and reads anew what they touched.

Knows how a text comes into the index and when it leaves. Must not know who may find what. A search
asks only an index that has followed everything, so that words that were withheld or erased a moment
ago are not found. The work is done in turns that are short, each whole; whoever holds the turn is
alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.change.describe import label, names
from ...domain.document import items
from ...domain.document.form import Form
from ...domain.document.marked import REDACTED
from ...domain.document.tree import LEAVES, Tree, walk
from ...domain.procedure.retention import fiscal_year
from ...domain.text import searching
from ...domain.withheld.kept import secrets
from ...store import nodes, queries, search_index
from ...store.ledger import log
from ...store.queries.search import DOCUMENT
from ...store.rows.assessments import Assessment
from ...store.rows.search import SearchText, SearchWhole
from ...store.search_index import Kind
from ..access import veil
from ..records import searched
from ..workplace import Workplace

ENTRIES = 300  # followed in a turn
VERSIONS = 40  # of documents, read in a turn while the index is made
ROWS = 400  # of a table
_BUILT, _BEGUN = "built", "begun"
_ABOUT = "search"  # what the turn is about
Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class IndexStanding:
    """How far the index is: `behind` entries of the record are not in it; while it is made for the
    first time, `documents` and `rows` are left to be read."""

    built: bool
    behind: int = 0
    documents: int = 0
    rows: int = 0

    @property
    def left(self) -> int:
        """How much is left to be read: entries, or documents and rows."""
        return self.behind + self.documents + self.rows

    @property
    def is_whole(self) -> bool:
        """Whether everything is in it."""
        return self.built and not self.behind


def standing(wp: Workplace) -> IndexStanding:
    """How far the index is."""
    with wp.store.read() as session:
        return _standing(session)


def _standing(session: Session) -> IndexStanding:
    if not _mark(session, _BUILT):
        documents = queries.search.rest_after(session, Assessment, _mark(session, "table document"))
        rows = 0
        for name, table in searched.ROWS.items():
            rows += queries.search.rest_after(session, table, _mark(session, f"table {name}"))
        return IndexStanding(False, documents=documents, rows=rows)
    return IndexStanding(True, sum(last - seen for _, seen, last in _chains(session)))


def follow(wp: Workplace, turns: int = 5) -> IndexStanding:
    """Brings the index up to date, in at most so many turns; how far it is then. Unavailable when
    it cannot be written."""
    now = standing(wp)
    while turns and not now.is_whole:
        turns -= 1
        with wp.store.unchained(about=_ABOUT) as session, nodes.whole():
            _turn(session)
        now = standing(wp)
    return now


def begin_again(wp: Workplace) -> None:
    """Drops the index; the next turns make it anew."""
    with wp.store.unchained(about=_ABOUT) as session:
        search_index.begin_again(session)


def _mark(session: Session, name: str) -> int:
    known = queries.search.marks(session, [name]).get(name)
    return known.number if known is not None else 0


def _chains(session: Session) -> Iterator[tuple[str, int, int]]:
    """(chain, last entry that was followed, last entry there is)."""
    chains = [name for name in queries.audit_entries.chain_names(session) if name != log.HEADS]
    known = queries.search.marks(session, (f"chain {name}" for name in chains))
    for name in chains:
        seen = known.get(f"chain {name}")
        last, _ = log.chain_head(session, name)
        yield name, seen.number if seen is not None else 0, last


def _turn(session: Session) -> None:
    if _mark(session, _BUILT):
        _followed(session)
        return
    if not _mark(session, _BEGUN):
        # What is written from here on is followed once everything there is was read.
        for name, _, last in list(_chains(session)):
            search_index.mark(session, f"chain {name}", last)
        search_index.mark(session, _BEGUN, 1)
    if not _read_documents(session) and not _read_rows(session):
        search_index.mark(session, _BUILT, 1)


def _read_documents(session: Session) -> bool:
    """Reads the next documents; whether there were any."""
    at = _mark(session, "table document")
    read = 0
    for number in queries.search.next_ids(session, Assessment, at, VERSIONS):
        read += _document(session, number)
        search_index.mark(session, "table document", number)
        at = number
        if read >= VERSIONS:
            break
    return bool(read) or bool(queries.search.next_ids(session, Assessment, at, 1))


def _read_rows(session: Session) -> bool:
    """Reads the next rows of the first table that has any left; whether there were any."""
    for name, table in searched.ROWS.items():
        at = _mark(session, f"table {name}")
        ids = queries.search.next_ids(session, table, at, ROWS)
        if ids:
            _records(session, _parts(session, name, ids))
            search_index.mark(session, f"table {name}", ids[-1])
            return True
    return False


# ---- following the record


def _followed(session: Session) -> None:
    touched: dict[str, set[str]] = defaultdict(set)
    most = ENTRIES
    for name, seen, _ in list(_chains(session)):
        entries = queries.audit_entries.written_rows(session, name, seen, most)
        for number, rows in entries:
            seen = number
            for table, keys in rows.items():
                touched[table] |= set(keys)
        most -= len(entries)
        search_index.mark(session, f"chain {name}", seen)
    _read_again(session, touched)


def _read_again(session: Session, touched: Mapping[str, set[str]]) -> None:
    """Reads anew what entries touched: rows by table and key."""
    versions = [int(key) for key in touched.get("version", ())]
    assessments = queries.search.versions_by_number(session, versions)
    emptied = queries.search.emptied_by(session, map(int, touched.get("destruction", ())))
    for number in emptied:
        _forget(session, number)
    for number in sorted(assessments | emptied):
        _document(session, number)
    wanted: set[Name] = set()
    for table, keys in touched.items():
        if table in searched.THINGS:
            thing = searched.THINGS[table]
            kinds = [name for name, kind in searched.KINDS.items() if kind.thing == thing]
            for key in {key.partition("/")[0] for key in keys}:
                wanted |= set(queries.search.of_thing(session, kinds, int(key)))
        elif table not in ("version", "destruction"):
            wanted |= _parts(session, table, (int(key) for key in keys if key.isdigit()))
    _records(session, wanted)
    if touched.get("destruction") or touched.get("erasure"):
        for kind in (SearchText, SearchWhole):
            search_index.forgotten(session, kind)


def _parts(session: Session, table: str, numbers: Iterable[int]) -> set[Name]:
    """(kind, number) of the records some rows of a table are part of."""
    wanted: set[Name] = set()
    kinds = []
    for name, kind in searched.KINDS.items():
        if table in kind.tables:
            kinds.append((name, kind.tables[table]))
    if not kinds:
        return wanted
    for number in numbers:
        for name, of in kinds:
            wanted |= {(name, part) for part in of(session, number)}
    return wanted


# ---- records


def _records(session: Session, wanted: Iterable[Name]) -> None:
    """Reads records anew, by kind and number."""
    open_rows: list[dict[str, Any]] = []
    whole_rows: list[dict[str, Any]] = []
    guards: list[frozenset[int]] = []
    for name, number in sorted(wanted):
        for kind in (SearchText, SearchWhole):
            old = queries.search.numbers_of_row(session, kind, name, number)
            search_index.take_out(session, kind, old)
        said = searched.KINDS[name].text(session, number)
        if said is None or not said.text.strip():
            continue
        whole = _row(name, number, said)
        hidden: dict[int, frozenset[str]] = {}
        for assessment in said.about:
            hidden[assessment] = _withheld(session, assessment)
        every = frozenset[str]().union(*hidden.values())
        text, place = _hidden(said.text, every), _hidden(said.place, every)
        if (text, place) == (said.text, said.place):
            open_rows.append({**whole, "veiled": False})
            continue
        folded = searching.folded(f"{place}\n{text}")
        open_rows.append({**whole, "veiled": True, "text": text, "place": place, "folded": folded})
        whole_rows.append(whole)
        guards.append(frozenset(n for n, words in hidden.items() if _says(said, words)))
    search_index.put(session, SearchText, open_rows)
    numbers = search_index.put(session, SearchWhole, whole_rows)
    for number, assessments in zip(numbers, guards, strict=True):
        search_index.guard(session, ((number, assessment) for assessment in sorted(assessments)))


def _says(said: searched.SearchedRecord, words: frozenset[str]) -> bool:
    beside = f"{said.place}\n{said.text}"
    return _hidden(beside, words) != beside


def _hidden(text: str, words: frozenset[str]) -> str:
    """A text as who may not read these words looks through it."""
    return searching.without(text, sorted(words), REDACTED) if words else text


def _row(name: str, number: int, said: searched.SearchedRecord) -> dict[str, Any]:
    return {
        "kind": name,
        "row_id": number,
        "assessment_id": said.assessment,
        "thing_id": said.thing,
        "since": None,
        "until": None,
        "path": list(said.path),
        "item": "",
        "place": said.place,
        "text": said.text,
        "folded": searching.folded(f"{said.place}\n{said.text}"),
        "at": said.at,
        "year": fiscal_year(day_in_japan(said.at)),
    }


def _withheld(session: Session, assessment: int) -> frozenset[str]:
    """Every word ever withheld in a document, as far as it was read."""
    name = f"document {assessment}"
    known = queries.search.marks(session, [name]).get(name)
    return frozenset(known.words) if known is not None else frozenset()


# ---- documents

Answers = dict[tuple[str, ...], tuple[str, str, str]]


def _answers(tree: Tree) -> Answers:
    """Path → (item, place in the form's words, what it says) of a document."""
    form = forms.load(tree.form)
    entry_names = names(form, tree)
    said: Answers = {}
    for path, node in walk(tree):
        if node.kind in LEAVES:
            continue
        line, _, rest = form.at(path)
        if line is None or rest:
            continue
        text = items.shown_of(node, line.columns)
        if text.strip():
            said[path] = (_item(form, path), label(form, path, entry_names), text)
    return said


def _item(form: Form, path: tuple[str, ...]) -> str:
    """The item a path leads to, whichever entry it is of: the kind of document and the keys of the
    form's own lines."""
    line = form.at(path)[0]
    assert line is not None
    return "/".join((form.kind, *line.path))


def _document(session: Session, assessment: int) -> int:
    """Reads the versions of a document the index does not have; how many there were. A version
    that withholds words that stood open before makes the whole document be read anew."""
    name = f"document {assessment}"
    known = queries.search.marks(session, [name]).get(name)
    before = frozenset(known.words) if known is not None else frozenset[str]()
    words = before
    seen = known.number if known is not None else 0
    count = 0
    while True:
        versions = queries.search.versions_after(session, assessment, seen)
        grown = _read_versions(session, assessment, versions, words)
        count += len(versions)
        if grown == words:
            break
        _forget(session, assessment)
        words = grown
        seen = 0
    if versions:
        search_index.mark(session, name, versions[-1].seq, sorted(words))
    if words != before:
        _records(session, queries.search.beside(session, assessment))
    return count


def _forget(session: Session, assessment: int) -> None:
    """Drops what the index has of a document."""
    for kind in (SearchText, SearchWhole):
        numbers = queries.search.numbers_of_row(session, kind, DOCUMENT, assessment)
        search_index.take_out(session, kind, numbers)
    search_index.mark(session, f"document {assessment}", 0)


def _read_versions(
    session: Session, assessment: int, versions: Iterable[Any], words: frozenset[str]
) -> frozenset[str]:
    """Puts versions into the index, in order; the words that are withheld, of which there may be
    more than `words`: then what was put in counts for nothing."""
    open_now = _DocumentNow(session, SearchText, assessment)
    whole_now = _DocumentNow(session, SearchWhole, assessment)
    versions = list(versions)
    nodes.met(session, ((row.id, row.form, row.digest) for row in versions))
    for row in versions:
        tree = nodes.recent(session, row.id)
        own = secrets(tree)
        if not own <= words:
            return words | own
        whole = _answers(tree)
        if not words:
            open_now.becomes(row, ((path, said, False) for path, said in whole.items()))
            continue
        open_ = {}
        for path, (item, place, text) in _answers(veil.tree_without(tree, words)).items():
            open_[path] = (item, _hidden(place, words), _hidden(text, words))
        open_now.becomes(
            row, ((path, said, whole.get(path) != said) for path, said in open_.items())
        )
        hidden = {path: said for path, said in whole.items() if open_.get(path) != said}
        whole_now.becomes(row, ((path, said, False) for path, said in hidden.items()))
    open_now.write(session)
    search_index.guard(session, ((number, assessment) for number in whole_now.write(session)))
    return words


class _DocumentNow:
    """What the newest version of a document says, as the index has it, and what becomes of it with
    the next ones."""

    def __init__(self, session: Session, kind: Kind, assessment: int):
        self._kind = kind
        self._assessment = assessment
        self._now: dict[tuple[str, ...], tuple[tuple[str, str, bool], Any]] = {}
        self._closed: dict[int, list[int]] = defaultdict(list)
        self._rows: list[dict[str, Any]] = []
        for row in queries.search.open_texts(session, kind, assessment):
            said = (row.place, row.text, bool(row.veiled))
            self._now[tuple(row.path)] = (said, row.id)

    def becomes(
        self,
        version: Any,
        answers: Iterable[tuple[tuple[str, ...], tuple[str, str, str], bool]],
    ) -> None:
        """Takes what a version says in the place of what the one before said."""
        gone = set(self._now)
        for path, (item, place, text), veiled in answers:
            gone.discard(path)
            said = (place, text, veiled)
            before = self._now.get(path)
            if before is not None and before[0] == said:
                continue
            if before is not None:
                self._end(before[1], version.seq)
            self._now[path] = (said, self._begin(version, path, item, said))
        for path in gone:
            self._end(self._now.pop(path)[1], version.seq)

    def _begin(
        self, version: Any, path: tuple[str, ...], item: str, said: tuple[str, str, bool]
    ) -> dict[str, Any]:
        place, text, veiled = said
        row = {
            "kind": DOCUMENT,
            "row_id": self._assessment,
            "assessment_id": self._assessment,
            "thing_id": None,
            "since": version.seq,
            "until": None,
            "path": list(path),
            "item": item,
            "place": place,
            "text": text,
            "folded": searching.folded(text),
            "at": version.at,
            "year": fiscal_year(day_in_japan(version.at)),
        }
        if self._kind is SearchText:
            row["veiled"] = veiled
        self._rows.append(row)
        return row

    def _end(self, row: Any, number: int) -> None:
        """A text the index has (its number) or is to have (its row) ends before a version."""
        if isinstance(row, dict):
            row["until"] = number
        else:
            self._closed[number].append(row)

    def write(self, session: Session) -> list[int]:
        """Writes it; the numbers of the texts that are new."""
        for number, texts in self._closed.items():
            search_index.close(session, self._kind, texts, number)
        return search_index.put(session, self._kind, self._rows)
