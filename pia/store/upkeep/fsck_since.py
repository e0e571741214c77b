"""`pia fsck --since-anchor`: what was recorded after a mark, in time proportional to that.

Knows the chains after the heads of the mark, and the rows their entries tell. Must not know whether
a mark can be trusted: whoever hands it in does (`actions.upkeep.marks`). Everything is read in
slices, each a short transaction of its own, so that no writer is kept out. A row is held against
the last entry there is in the moment it is read: whatever is written meanwhile is no finding, and
belongs to the next check.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from ...domain.errors import Problem
from .. import queries
from ..ledger import digests as row_digests
from ..ledger import log
from ..opening import Store
from ..rows import records
from ..rows.assessments import Round, RoundEvent, Version
from ..rows.tables import METADATA
from . import fsck_chain, fsck_contents, fsck_records, fsck_registers, fsck_versions

_RESTORE = "バックアップから戻してください（pia restore）。"
ENTRIES = 500  # entries, and rows, looked at in one transaction
FEW = 20  # assessments, or files, looked at in one
Step = Callable[[int, int, str], None]
Only = fsck_contents.Only


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to where everything was looked at: the heads of all chains as (chain, number, hash), and
    the highest key of every table whose keys are numbers."""

    heads: tuple[tuple[str, int, str], ...]
    tops: Mapping[str, int] = field(default_factory=dict)


def mark_of(session: Session) -> Mark:
    """The mark of the moment a session sees."""
    heads = []
    for chain in queries.audit_entries.chain_names(session):
        heads.append((chain, *log.chain_head(session, chain)))
    tops = {}
    for table in _numbered():
        (key,) = table.primary_key.columns
        tops[table.name] = session.scalar(select(func.max(key))) or 0
    return Mark(tuple(heads), tops)


def _numbered() -> Iterator[Table]:
    """Tables under the chain whose rows have a number as their key."""
    for table in METADATA.sorted_tables:
        keys = list(table.primary_key.columns)
        is_one_number = len(keys) == 1 and keys[0].type.python_type is int
        if is_one_number and table.name in row_digests.CHAINED:
            yield table


def check(store: Store, mark: Mark, deep: bool, step: Step) -> tuple[list[Problem], Mark]:
    """All findings, and the mark of what was looked at."""
    problems: list[Problem] = []
    with closing(sqlite3.connect("")) as bare:
        since = _Since(bare, mark)
        whole = False
        while not whole:
            with store.read() as session:
                problems += since.follow(session, ENTRIES)
                whole = since.is_whole
                reached = mark_of(session) if whole else mark
        slices = list(since.slices(store, reached, deep))
        for number, (says, look) in enumerate(slices):
            step(number, len(slices), says)
            with store.read() as session:
                problems += since.follow(session, None)
                problems += look(session)
        step(len(slices), len(slices), "")
    return problems, reached


Look = Callable[[Session], Iterable[Problem]]


class _Since:
    """What entries after a mark told so far."""

    def __init__(self, bare: sqlite3.Connection, mark: Mark):
        self._expected = fsck_chain.Expected(bare)
        self._mark = mark
        self._versions: fsck_chain.Versions = {}
        self._heads: dict[str, tuple[int, str]] = {}
        for chain, seq, name in mark.heads:
            self._heads[chain] = (seq, name)
        self._broken: set[str] = set()
        self._held = False
        self.is_whole = False

    def follow(self, session: Session, most: int | None) -> Iterator[Problem]:
        """Reads on in every chain, at most so many entries; `is_whole` says whether that was all
        there is.
        """
        if not self._held:
            self._held = True
            yield from self._holds_mark(session)
        self.is_whole = True
        chains = queries.audit_entries.chain_names(session)
        if set(chains) <= {log.HEADS, log.MAIN}:
            for chain in chains:
                after = self._heads.get(chain, (0, log.START))[0]
                count = yield from self._read(
                    session, fsck_chain.entries(session, chain, after, most)
                )
                if most is not None and count == most:
                    self.is_whole = False
            return
        # Of two chains that tell the same row the later one counts: they are read in one moment, in
        # the order they say.
        after_all = {chain: seq for chain, (seq, _) in self._heads.items()}
        yield from self._read(session, fsck_chain.in_order(session, after_all))

    def _holds_mark(self, session: Session) -> Iterator[Problem]:
        """That the entries the mark names are those that stand in the record."""
        for chain, seq, name in self._mark.heads:
            if not seq:
                continue
            entries = list(fsck_chain.entries(session, chain, seq - 1, 1))
            if not entries or entries[0].seq != seq or entries[0].hash != name:
                self._broken.add(chain)
                yield Problem(
                    "mark-differs",
                    f"操作の記録の {seq} 件目が、前の検査のときと違います。"
                    f"記録が書き換えられています。{_RESTORE}",
                    fsck_chain.at(chain, seq),
                )
            elif not fsck_chain.holds(entries[0]):
                yield from self._break(chain, seq)

    def _read(
        self, session: Session, entries: Iterable[fsck_chain.Entry]
    ) -> Generator[Problem, None, int]:
        """Takes in entries in their order; gives how many there were."""
        bound: dict[tuple[str, int], str] = {}
        count = 0
        for entry in entries:
            count += 1
            seq, prev = self._heads.get(entry.chain, (0, log.START))
            seq += 1
            if entry.seq != seq or entry.prev != prev or not fsck_chain.holds(entry):
                yield from self._break(entry.chain, seq)
            self._heads[entry.chain] = (entry.seq, entry.hash)
            try:
                for name, number, value in fsck_chain.after_chains(entry):
                    bound[name, number] = value
                yield from fsck_chain.said(session, entry, self._expected, self._versions, bound)
            except (ValueError, TypeError, KeyError, AttributeError):
                yield from self._break(entry.chain, seq)
        for (other, number), name in sorted(bound.items()):
            stored = list(fsck_chain.entries(session, other, number - 1, 1))
            if not stored or stored[0].hash != name:
                yield Problem(
                    "heads-differ",
                    f"操作の記録の {number} 件目が、記録の束ねと違います。{_RESTORE}",
                    fsck_chain.at(other, number),
                )
        return count

    def _break(self, chain: str, seq: int) -> Iterator[Problem]:
        """One finding for a chain: all after the first break fails too."""
        if chain not in self._broken:
            self._broken.add(chain)
            yield fsck_chain.broken_at(chain, seq)

    def slices(self, store: Store, reached: Mark, deep: bool) -> Iterator[tuple[str, Look]]:
        """What is looked at in one transaction each: its name, and the look. Tables of which little
        is new share one."""
        changed = self._expected.keys()
        yield from _packed("操作の記録と行", self._rows(changed))
        yield from _packed("行", self._new_rows(reached))
        with store.read() as session:
            touched = _touched(session, changed)
            lines = list(_lines(session, touched))
        for only in lines:
            yield "版", _versions_look(deep, self._versions, only)
        for only in _parts(touched):
            yield "手続の記録", _records_look(only)

    def _rows(self, changed: Mapping[str, Iterable[str]]) -> Iterator[tuple[int, Look]]:
        """The looks at rows that entries tell, each with how many they are."""
        for name in sorted(changed):
            table = METADATA.tables.get(name)
            if table is None or row_digests.shape(table) is None:
                yield 1, _without_table_look(name)
                continue
            for some in _cut(changed[name], ENTRIES):
                yield len(some), _rows_look(self._expected, table, some)

    def _new_rows(self, reached: Mark) -> Iterator[tuple[int, Look]]:
        """The looks at rows that no entry may tell, each with how many there can be."""
        for table in _numbered():
            count = reached.tops[table.name] - self._mark.tops.get(table.name, 0)
            yield count, _new_rows_look(self._expected, table, self._mark, reached)


def _packed(says: str, looks: Iterable[tuple[int, Look]]) -> Iterator[tuple[str, Look]]:
    """Looks that go together, as many as one transaction may look at."""
    together: list[Look] = []
    size = 0
    for count, look in looks:
        if together and size + count > ENTRIES:
            yield says, _one_after_the_other(together)
            together, size = [], 0
        together.append(look)
        size += count
    if together:
        yield says, _one_after_the_other(together)


def _one_after_the_other(looks: Iterable[Look]) -> Look:
    kept = tuple(looks)

    def look(session: Session) -> Iterator[Problem]:
        for each in kept:
            yield from each(session)

    return look


def _parts(touched: Mapping[str, Iterable[int]]) -> Iterator[dict[str, list[int]]]:
    """Table → numbers of the rows that are looked at together. Contents and files have looks of
    their own."""
    together: dict[str, list[int]] = {}
    size = 0
    for name, keys in sorted(touched.items()):
        alone = name in ("blob", "content")
        for some in _cut(sorted(keys), FEW if name == "blob" else ENTRIES):
            if alone:
                yield {name: some}
                continue
            if together and size + len(some) > ENTRIES:
                yield together
                together, size = {}, 0
            together.setdefault(name, []).extend(some)
            size += len(some)
    if together:
        yield together


def _without_table_look(name: str) -> Look:
    """The look at rows of a table that is not there."""
    return lambda _: [fsck_chain.without_table(name)]


def _rows_look(expected: fsck_chain.Expected, table: Table, keys: Collection[str]) -> Look:
    def look(session: Session) -> Iterator[Problem]:
        wanted = expected.told(table.name, keys)
        stored = fsck_chain.stored(session, table, wanted)
        for key, digest in wanted.items():
            if digest is None:
                code = "row-back" if key in stored else ""
            elif key not in stored:
                code = "row-missing"
            else:
                code = "" if stored[key] == digest else "row-changed"
            if code:
                yield fsck_chain.of_row(code, table.name, key)

    return look


def _new_rows_look(expected: fsck_chain.Expected, table: Table, mark: Mark, reached: Mark) -> Look:
    """Rows above the highest number there was, that no entry tells."""
    (column,) = table.primary_key.columns

    def look(session: Session) -> Iterator[Problem]:
        above = mark.tops.get(table.name, 0)
        new = select(column).where(column > above, column <= reached.tops[table.name])
        keys = map(str, session.scalars(new.order_by(column)))
        while some := list(islice(keys, ENTRIES)):
            known = expected.told(table.name, some)
            for key in some:
                if key not in known:
                    yield fsck_chain.of_row("row-unattributed", table.name, key)

    return look


def _versions_look(deep: bool, versions: fsck_chain.Versions, only: Only) -> Look:
    return lambda session: fsck_versions.check(session, deep, versions, only)


def _records_look(only: Only) -> Look:
    def look(session: Session) -> Iterator[Problem]:
        yield from fsck_contents.references(session, only)
        if "content" in only or "blob" in only:
            contents, files = records.destroyed(session)
            yield from fsck_contents.contents(session, contents, only)
            yield from fsck_contents.blobs(session, files, only)
        else:
            yield from fsck_records.check(session, only)
            yield from fsck_registers.check(session, only)

    return look


def _touched(session: Session, changed: Mapping[str, Iterable[str]]) -> dict[str, set[int]]:
    """Table → numbers of the rows that entries told, with the rounds and assessments they belong
    to.
    """
    touched: dict[str, set[int]] = defaultdict(set)
    for table in _numbered():
        touched[table.name] |= set(map(int, changed.get(table.name, ())))
    for key in changed.get("referral_round", ()):
        touched["referral"].add(int(key.partition("/")[0]))
    for some in _cut(sorted(touched["round_event"]), ENTRIES):
        of_events = select(RoundEvent.round_id).where(RoundEvent.id.in_(some))
        touched["round"] |= set(session.scalars(of_events))
    for column, table in ((Version, "version"), (Round, "round")):
        for some in _cut(sorted(touched[table]), ENTRIES):
            of_rows = select(column.assessment_id).where(column.id.in_(some))
            touched["assessment"] |= set(session.scalars(of_rows))
    return {name: keys for name, keys in touched.items() if keys}


def _lines(session: Session, touched: Mapping[str, Collection[int]]) -> Iterator[Only]:
    """Some assessments at a time, with their new versions."""
    of: dict[int, list[int]] = defaultdict(list)
    for some in _cut(sorted(touched.get("version", ())), ENTRIES):
        rows = select(Version.assessment_id, Version.id).where(Version.id.in_(some))
        for assessment, version in session.execute(rows):
            of[assessment].append(version)
    for some in _cut(sorted(touched.get("assessment", ())), FEW):
        versions: list[int] = []
        for assessment in some:
            versions += of[assessment]
        for new in _cut(versions, ENTRIES) if versions else [[]]:
            yield {"assessment": some, "version": new}


def _cut(whole: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(whole)
    while some := list(islice(rest, size)):
        yield some
