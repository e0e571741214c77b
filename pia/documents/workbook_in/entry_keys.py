"""Keys and carried answers: which entry of a workbook is which, and what stays exactly as it was
because nobody touched it.

Knows the form and the document a workbook was made from (if it carries one). A carried answer is
kept only where the cells still say it; everything else is what the cells say. Ⅱ, Ⅲ and 別添2 of one
ファイル get one key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ...domain.document import marked
from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ...domain.errors import Problem
from ..ooxml import drawings
from ..ooxml.book import Book, BookCell, joined_text

Chain = tuple[tuple[str, int], ...]
PREFIXES = {
    "特定個人情報ファイル": "file",
    "システム": "system",
    "委託事項": "trust",
    "提供先": "provision",
    "移転先": "transfer",
    "図": "figure",
}


class Settler:
    """Collects votes for keys and turns values into paths and answers."""

    def __init__(self, form: Form, base: dict[str, Any] | None):
        self.form = form
        # Marks of other kinds than ranges come back with the document the workbook was made from
        # (`kept.carried`).
        self.base: dict[Path, Any] = {}
        for path, value in (base or {"answers": []})["answers"]:
            if isinstance(value, dict) and set(value) == {marked.KEY}:
                continue
            if marked.newer(value):
                value = marked.answer_of(value)
            self.base[tuple(path)] = value
        self.carried = base is not None
        self.votes: dict[Chain, Counter[str]] = defaultdict(Counter)
        self.notes: dict[tuple[str, Chain], list[Problem]] = defaultdict(list)
        self.keys: dict[Chain, str] = {}
        self.roots = {node.id: node.shares or node.id for node in form.walk() if node.repeated}

    def vote(self, chain: Chain, keys: Sequence[str], weight: int = 1) -> None:
        """An answer stands where the carried document has it under these keys, or says it."""
        for index, key in enumerate(keys):
            if key:
                self.votes[chain[: index + 1]][key] += weight

    def note(self, line: FormNode, problem: Problem, chain: Chain) -> None:
        """A problem that falls where the answer turns out to be the carried one."""
        self.notes[line.id, chain].append(problem)

    def finish(
        self,
        values: Sequence[tuple[FormNode, Chain, Any, list[BookCell]]],
        names: Mapping[Chain, str],
        problems: list[Problem],
        book: Book,
    ) -> list[tuple[Path, Any]]:
        """(path, answer) of all values, and on the way the problems that only the keys show."""
        keys = _Keys(self, names, problems).of([chain for _, chain, _, _ in values])
        self.keys = keys
        out: list[tuple[Path, Any]] = []
        inherited = 0
        for line, chain, read, cells in values:
            path = self.path(line, chain, keys)
            value, is_carried = self._settled(
                line, path, read, cells, _ProblemPlaces(problems, book)
            )
            if is_carried:
                self._withdraw(line, chain, problems)
            elif value and line.kind == "table" and line.procedure:
                inherited += self._inherited(path, value)
            if value not in (None, "", []):
                out.append((path, value))
        if inherited:
            sentence = f"変更箇所の{inherited}行は、書かれたとおりに引き継ぎます（検証の対象外）。"
            problems.append(Problem("inherited", sentence, "", "warning"))
        return out

    def _withdraw(self, line: FormNode, chain: Chain, problems: list[Problem]) -> None:
        """Takes back the remarks about an answer that nobody touched."""
        for problem in self.notes.get((line.id, chain), ()):
            if problem in problems:
                problems.remove(problem)

    def _inherited(self, path: Path, rows: Sequence[Mapping[str, Any]]) -> int:
        """How many rows are taken over as written that the carried table does not have."""
        before = self.base.get(path, [])
        return sum(bool(row.get("inherited")) and row not in before for row in rows)

    def path(self, line: FormNode, chain: Chain, keys: Mapping[Chain, str]) -> Path:
        """Where an answer stands in the document: the form's keys, and the entries' between."""
        out: list[str] = []
        depth = 0
        for parent in (*line.parents, line):
            out.append(parent.key)
            if parent.repeated and parent is not line and depth < len(chain):
                depth += 1
                out.append(keys[chain[:depth]])
        return tuple(out)

    def _settled(
        self,
        line: FormNode,
        path: Path,
        value: Any,
        cells: Sequence[BookCell],
        place: _ProblemPlaces,
    ) -> tuple[Any, bool]:
        """(answer, whether it is the carried one)."""
        before = self.base.get(path)
        if line.kind == "table":
            rows = value
            if self.carried:
                rows = _rows(line, value or [], before or [])
            return rows, False
        if before is None:
            return value, False
        if isinstance(before, str):
            unchanged = _says_text(line, before, value, cells)
        elif isinstance(before, Mapping) and isinstance(before.get("text"), str):
            unchanged = _says_text(line, before["text"], value, cells)
            if not unchanged and value is not None:
                return _withheld(line, before, value, cells, place), False
        else:
            unchanged = _says_other(line, before, value)
        if unchanged:
            return (before, True)
        return (value, False)


@dataclass(frozen=True, slots=True)
class _ProblemPlaces:
    """Where problems of a reading go, and the workbook that gives their places."""

    problems: list[Problem]
    book: Book


class _Keys:
    """Keys being given to the entries of a workbook."""

    def __init__(self, settler: Settler, names: Mapping[Chain, str], problems: list[Problem]):
        self.settler = settler
        self.form = settler.form
        self.names = names
        self.problems = problems
        self.keys: dict[Chain, str] = {}
        # Repeat and the entry it stands in → the keys its entries have.
        self.used: dict[tuple[str, Chain], set[str]] = defaultdict(set)

    def of(self, chains: Sequence[Chain]) -> dict[Chain, str]:
        """The key of every entry that holds something, and of those around it."""
        entries = self._entries(chains)
        self._take_voted(entries)
        for entry in entries:
            if entry not in self.keys:
                self._derive(entry, entries)
        return self.keys

    def _entries(self, chains: Sequence[Chain]) -> list[Chain]:
        """All entries, the outer before the inner, in the form's order."""
        entries: dict[Chain, None] = {}
        for chain in (*chains, *self.names, *self.settler.votes):
            for index in range(len(chain)):
                entries[chain[: index + 1]] = None
        place = {node.id: index for index, node in enumerate(self.form.walk())}
        return sorted(
            entries,
            key=lambda entry: (
                len(entry),
                place[entry[-1][0]],
                [number for _, number in entry],
            ),
        )

    def _take_voted(self, entries: Sequence[Chain]) -> None:
        """The keys that answers vote for, the surest first; an entry whose keys others have is the
        second copy of one of them: a new entry."""
        votes = []
        for entry in entries:
            for key, count in self.settler.votes.get(entry, Counter()).most_common():
                votes.append((entry, key, count))
        for entry, key, _ in sorted(votes, key=lambda vote: (len(vote[0]), -vote[2])):
            used = self.used[entry[-1][0], entry[:-1]]
            if entry not in self.keys and key not in used:
                self.keys[entry] = key
                used.add(key)
        copies = dict.fromkeys(entry for entry, _, _ in votes if entry not in self.keys)
        for entry in copies:
            sentence = (
                f"同じ記載欄の写しが2つあります（{self._named(entry)}）。"
                "2つ目は新しい記載として読みました。"
            )
            self.problems.append(Problem("entry_twice", sentence, "", "warning"))

    def _derive(self, entry: Chain, entries: Sequence[Chain]) -> None:
        """The key of the ファイル an entry belongs to, else one made from its name."""
        node = self.form.by_id[entry[-1][0]]
        used = self.used[entry[-1][0], entry[:-1]]
        shared = None
        if node.shares:
            shared = self._shared(entry, entries)
        if shared and shared not in used:
            self.keys[entry] = shared
            used.add(shared)
            return
        prefix = PREFIXES.get((node.repeat or {}).get("per", ""), "entry")
        stem = shared or derived_key(prefix, self.names.get(entry, ""), entry[-1][1])
        key = stem
        count = 2
        while key in used or key in self._carried(entry):
            key = f"{stem}-{count}"
            count += 1
        self.keys[entry] = key
        used.add(key)

    def _carried(self, entry: Chain) -> set[str]:
        """Keys the carried document has for this repeat: a new entry must not take one."""
        if not self.settler.carried:
            return set()
        node = self.form.by_id[entry[-1][0]]
        at = len(node.parents) + len(entry)
        stem = tuple(parent.key for parent in (*node.parents, node))
        keys = set()
        for path in self.settler.base:
            known = []
            for key in path[:at]:
                if key in stem:
                    known.append(key)
            if len(path) > at and known[-1:] == [node.key]:
                keys.add(path[at])
        return keys

    def _named(self, entry: Chain) -> str:
        """An entry as a person knows it: its name, else label and number."""
        node = self.form.by_id[entry[-1][0]]
        return self.names.get(entry) or f"{node.plain_label}{entry[-1][1]}"

    def _shared(self, entry: Chain, entries: Sequence[Chain]) -> str | None:
        """The key of the ファイル an entry of Ⅲ or 別添2 belongs to: by its name, else by its
        number.
        """
        root = self.settler.roots[entry[-1][0]]
        files = []
        for file in entries:
            if file[-1][0] == root and file in self.keys:
                files.append(file)
        name = folded(self.names.get(entry, ""))
        if name:
            same = []
            for file in files:
                if folded(self.names.get(file, "")) == name:
                    same.append(file)
            if len(same) == 1:
                return self.keys[same[0]]
        number = entry[-1][1]
        for file in files:
            if file[-1][1] == number:
                self._warn_of_place(entry, file, len(files))
                return self.keys[file]
        return None

    def _warn_of_place(self, entry: Chain, file: Chain, count: int) -> None:
        """Warn where an entry was taken for the n-th file without a name that says so."""
        node = self.form.by_id[entry[-1][0]]
        root = self.form.by_id[self.settler.roots[entry[-1][0]]]
        number = entry[-1][1]
        name = folded(self.names.get(entry, ""))
        file_name = self.names.get(file, "")
        if name and file_name:
            if folded(file_name) == name:
                return
            sentence = (
                f"「{self.names[entry]}」という名前のファイルが{root.number or ''}にないため、"
                f"{number}番目の「{file_name}」の記載として読みました。"
            )
        elif count > 1 and node.named_by:
            part = (*node.parents, node)[0]
            sentence = (
                f"{part.number}{part.label}の{number}番目に特定個人情報ファイル名がないため、"
                f"{self._named(file)}（{number}番目）の記載として読みました。"
                "違うときは、ファイル名を記入してください。"
            )
        else:
            return
        self.problems.append(Problem("file_by_place", sentence, "", "warning"))


def _says_text(line: FormNode, body: str, value: Any, cells: Sequence[BookCell]) -> bool:
    """Whether cells still say a carried text; one of nothing but spaces reads as no answer."""
    if value == body:
        return True
    raw = joined_text(cells)
    if value is None:
        is_blank = not body.strip() and not raw.strip()
        return bool(raw) and (raw == body or is_blank)
    return isinstance(value, str) and line.kind != "text" and folded(value) == folded(body)


def _says_other(line: FormNode, before: Any, value: Any) -> bool:
    """Whether an answer is the carried one, of kinds that are no text."""
    if value == before:
        return True
    if line.kind == "choice_many" and value is not None:
        return _many(value) == _many(before)
    if line.kind == "figure" and value:
        return drawings.alike(value["shapes"], before["shapes"])
    return False


def _rows(
    line: FormNode, rows: list[dict[str, Any]], before: list[dict[str, Any]]
) -> list[dict[str, Any]] | None:
    """Rows that still say what a carried row was printed as are that row."""
    waiting: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in before:
        waiting[_printed(line, row["cells"])].append(row)
    out = []
    for row in rows:
        kept = waiting.get(_printed(line, row["cells"]))
        if kept:
            out.append(kept.pop(0))
        else:
            out.append(row)
    return out or None


def _withheld(
    line: FormNode,
    before: Mapping[str, Any],
    value: str,
    cells: Sequence[BookCell],
    place: _ProblemPlaces,
) -> Any:
    """The marks of withheld parts moved along with an edited text; one that was edited itself is a
    problem.
    """
    old = before["text"]
    head, tail = _unchanged(old, value)
    shift = len(value) - len(old)
    moved = []
    for mark in before["withheld"]:
        if mark["end"] <= head:
            moved.append(dict(mark))
        elif mark["start"] >= len(old) - tail:
            moved.append({**mark, "start": mark["start"] + shift, "end": mark["end"] + shift})
        else:
            where = ""
            if cells:
                where = place.book.where(cells[0])
            sentence = (
                f"「{line.label}」の非公表部分が書き換えられています。"
                "非公表の範囲を付け直してから取り込んでください。"
            )
            place.problems.append(Problem("withheld_edited", sentence, where))
    if moved:
        return {"text": value, "withheld": moved}
    return value


def _unchanged(old: str, new: str) -> tuple[int, int]:
    """How many letters two texts have in common at the beginning, and at the end behind those."""
    most = min(len(old), len(new))
    head = 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, tail


def _many(value: Any) -> list[tuple[str, str]]:
    """Options with their notes, as they compare."""
    pairs = []
    for part in value:
        label = part
        note = ""
        if isinstance(part, Mapping):
            label, note = next(iter(part.items()))
        pairs.append((folded(label), note.strip()))
    return pairs


def _printed(line: FormNode, cells: Sequence[str]) -> tuple[str, ...]:
    if line.procedure:
        return tuple((list(cells) + [""] * len(line.columns))[: len(line.columns)])
    if len(cells) == 1:
        return (cells[0],)
    return (cells[0], "｜".join(cells[1:]))


def derived_key(prefix: str, name: str, number: int) -> str:
    """The key of an entry nobody gave one: from its name, so that the same entry has it in every
    workbook.
    """
    words = folded(name)
    if words:
        return f"{prefix}-{sha256(words.encode()).hexdigest()[:6]}"
    return f"{prefix}-{number}"
