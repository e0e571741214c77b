"""Keys and carried answers: which entry of a workbook is which, and what stays exactly as it was because nobody touched it.

Knows the form and the document a workbook was made from (if it carries one). A carried answer is kept only where the cells still say it; everything else is
what the cells say. Ⅱ, Ⅲ and 別添2 of one ファイル get one key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ...domain.errors import Problem
from ...domain.withheld import marked
from ..ooxml import drawings
from ..ooxml.book import Book, Cell

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
        if base:
            written: dict[Path, Any] = {}
            for part, first in base["answers"]:
                written[tuple(part)] = first
        else:
            written = {}
        # Marks of other kinds than ranges come back with the document the workbook was made from (`kept.carried`).
        self.base: dict[Path, Any] = {
            key: marked.answer_of(value) if marked.newer(value) else value
            for key, value in written.items()
            if set(value if isinstance(value, dict) else ()) != {marked.KEY}
        }
        self.carried = base is not None
        self.votes: dict[Chain, Counter[str]] = defaultdict(Counter)
        self.notes: dict[tuple[str, Chain], list[Problem]] = defaultdict(list)
        self.roots = {node.id: node.shares or node.id for node in form.walk() if node.repeated}

    def vote(self, chain: Chain, keys: Sequence[str]) -> None:
        for index, key in enumerate(keys):
            if key:
                self.votes[chain[: index + 1]][key] += 1

    def note(self, line: FormNode, problem: Problem, chain: Chain) -> None:
        self.notes[line.id, chain].append(problem)

    def finish(
        self,
        values: Sequence[tuple[FormNode, Chain, Any, list[Cell]]],
        names: Mapping[Chain, str],
        problems: list[Problem],
        book: Book,
    ) -> list[tuple[Path, Any]]:
        """(path, answer) of all values, and on the way the problems that only the keys show."""
        keys = self._keys([cell for _, cell, _, _ in values], names, problems)
        out: list[tuple[Path, Any]] = []
        inherited = 0
        for line, chain, value, cells in values:
            path = self.path(line, chain, keys)
            value, kept = self._settled(line, path, value, cells, problems, book)
            if kept:
                for problem in self.notes.get((line.id, chain), ()):
                    if problem in problems:
                        problems.remove(problem)
            elif value and line.kind == "table" and line.procedure:
                inherited += sum(
                    1 for row in value if row.get("inherited") and not self._was(path, row)
                )
            if value not in (None, "", []):
                out.append((path, value))
        if inherited:
            problems.append(
                Problem(
                    "inherited",
                    f"変更箇所の{inherited}行は、書かれたとおりに引き継ぎます（検証の対象外）。",
                    "",
                    "warning",
                )
            )
        return out

    def _was(self, path: Path, row: Mapping[str, Any]) -> bool:
        return any(each_row == row for each_row in self.base.get(path, []))

    def path(self, line: FormNode, chain: Chain, keys: Mapping[Chain, str]) -> Path:
        out: list[str] = []
        depth = 0
        for parent in (*line.parents, line):
            out.append(parent.key)
            if parent.repeated and parent is not line and depth < len(chain):
                depth += 1
                out.append(keys[chain[:depth]])
        return tuple(out)

    def _keys(
        self, chains: Sequence[Chain], names: Mapping[Chain, str], problems: list[Problem]
    ) -> dict[Chain, str]:
        """The key of every entry that holds something, and of those around it."""
        wanted = list(
            dict.fromkeys(
                each_chain[: one_index + 1]
                for each_chain in chains
                for one_index in range(len(each_chain))
            )
        )
        wanted += [
            name[: each_index + 1]
            for name in (*names, *self.votes)
            for each_index in range(len(name))
            if name[: each_index + 1] not in wanted
        ]
        place = {}
        for index, item in enumerate(self.form.walk()):
            place[item.id] = index
        wanted = sorted(
            dict.fromkeys(wanted),
            key=lambda cell: (len(cell), place[cell[-1][0]], [count for _, count in cell]),
        )
        keys: dict[Chain, str] = {}
        taken: dict[tuple[str, Chain], set[str]] = defaultdict(set)
        for chain in wanted:
            if self.votes.get(chain):
                key = self.votes[chain].most_common(1)[0][0]
                if key in taken[chain[-1][0], chain[:-1]]:
                    sentence = f"同じ記載欄の写しが2つあります（{self._said(chain, names)}）。2つ目は新しい記載として読みました。"
                    problems.append(Problem("entry_twice", sentence, "", "warning"))
                    continue
                keys[chain] = key
                taken[chain[-1][0], chain[:-1]].add(key)
        for chain in wanted:
            if chain in keys:
                continue
            node = self.form.by_id[chain[-1][0]]
            if node.shares:
                shared = self._shared(chain, keys, names, wanted, problems)
            else:
                shared = None
            key = shared or derived_key(
                PREFIXES.get((node.repeat or {}).get("per", ""), "entry"),
                names.get(chain, ""),
                chain[-1][1],
            )
            used = taken[chain[-1][0], chain[:-1]]
            if not shared or key in used:
                stem = key
                count = 2
                while key in used or key in self._carried_keys(chain):
                    key = f"{stem}-{count}"
                    count = count + 1
            keys[chain] = key
            used.add(key)
        return keys

    def _carried_keys(self, chain: Chain) -> set[str]:
        """Keys the carried document has for this repeat: a new entry must not take one."""
        if not self.carried:
            return set()
        node = self.form.by_id[chain[-1][0]]
        at = len(node.parents) + len(chain)
        stem = tuple(parent.key for parent in (*node.parents, node))
        textses = set()
        for texts in self.base:
            if len(texts) > at and tuple(key for key in texts[:at] if key in stem)[-1:] == (
                node.key,
            ):
                textses.add(texts[at])
        return textses

    def _said(self, chain: Chain, names: Mapping[Chain, str]) -> str:
        node = self.form.by_id[chain[-1][0]]
        return names.get(chain) or f"{node.label.replace('{n}', '')}{chain[-1][1]}"

    def _shared(
        self,
        chain: Chain,
        keys: dict[Chain, str],
        names: Mapping[Chain, str],
        wanted: Sequence[Chain],
        problems: list[Problem],
    ) -> str | None:
        """The key of the ファイル an entry of Ⅲ or 別添2 belongs to: by its name, else by its number."""
        root = self.roots[chain[-1][0]]
        files = []
        for cell in wanted:
            if cell[-1][0] == root and cell in keys:
                files.append(cell)
        mine = folded(names.get(chain, ""))
        same = []
        for file in files:
            if mine and folded(names.get(file, "")) == mine:
                same.append(file)
        if len(same) == 1:
            return keys[same[0]]
        number = chain[-1][1]
        there = next((file for file in files if file[-1][1] == number), None)
        if there is None:
            return None
        if mine and names.get(there) and folded(names[there]) != mine:
            missing = f"「{names[chain]}」という名前のファイルが{self.form.by_id[root].number or ''}にない"
            sentence = f"{missing}ため、{number}番目の「{names[there]}」の記載として読みました。"
            problems.append(Problem("file_by_place", sentence, "", "warning"))
        elif (
            len(files) > 1
            and self.form.by_id[chain[-1][0]].named_by
            and not (mine and names.get(there))
        ):
            part = self.form.by_id[chain[-1][0]].parents[:1] or (self.form.by_id[chain[-1][0]],)
            nameless = f"{part[0].number}{part[0].label}の{number}番目に特定個人情報ファイル名がないため、{self._said(there, names)}（{number}番目）の記載として読みました"
            problems.append(
                Problem(
                    "file_by_place",
                    f"{nameless}。違うときは、ファイル名を記入してください。",
                    "",
                    "warning",
                )
            )
        return keys[there]

    def _settled(
        self,
        line: FormNode,
        path: Path,
        value: Any,
        cells: Sequence[Cell],
        problems: list[Problem],
        book: Book,
    ) -> tuple[Any, bool]:
        """(answer, whether it is the carried one)."""
        before = self.base.get(path)
        if line.kind == "table":
            if self.carried:
                return (self._rows(line, value or [], before or []), False)
            return (value, False)
        if before is None:
            return value, False
        if isinstance(before, Mapping) and "text" in before:
            body = before["text"]
        else:
            body = before
        if isinstance(body, str):
            raw = "".join(cell.text for cell in cells)
            if value == body or (
                value is None
                and ((raw == body and raw) or (body.strip() == "" and raw.strip() == "" and raw))
            ):
                return before, True
            if isinstance(value, str) and line.kind != "text" and folded(value) == folded(body):
                return before, True
            if isinstance(before, Mapping) and value is not None:
                return self._withheld(line, before, value, cells, problems, book), False
        elif (
            (line.kind == "choice_many" and value is not None and _many(value) == _many(before))
            or (
                line.kind == "figure"
                and value
                and drawings.alike(value["shapes"], before["shapes"])
            )
            or value == before
        ):
            return before, True
        return value, False

    def _rows(
        self, line: FormNode, rows: list[dict[str, Any]], before: list[dict[str, Any]]
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
        self,
        line: FormNode,
        before: Mapping[str, Any],
        value: str,
        cells: Sequence[Cell],
        problems: list[Problem],
        book: Book,
    ) -> Any:
        """The marks of withheld parts moved along with an edited text; one that was edited itself is a problem."""
        old = before["text"]
        head = next(
            (index for index, (first, text) in enumerate(zip(old, value)) if first != text),
            min(len(old), len(value)),
        )
        most = min(len(old), len(value)) - head
        tail = next((index for index in range(most) if old[-1 - index] != value[-1 - index]), most)
        moved = []
        for row in before["withheld"]:
            if row["end"] <= head:
                moved.append(dict(row))
            elif row["start"] >= len(old) - tail:
                shift = len(value) - len(old)
                moved.append({**row, "start": row["start"] + shift, "end": row["end"] + shift})
            else:
                if cells:
                    where = book.where(cells[0])
                else:
                    where = ""
                problems.append(
                    Problem(
                        "withheld_edited",
                        f"「{line.label}」の非公表部分が書き換えられています。非公表の範囲を付け直してから取り込んでください。",
                        where,
                    )
                )
        if moved:
            return {"text": value, "withheld": moved}
        return value


def _many(value: Any) -> list[tuple[str, str]]:
    pairs = []
    for part in value:
        if isinstance(part, Mapping):
            pairs.append(next(iter(part.items())))
        else:
            pairs.append((part, ""))
    found = []
    for label, note in pairs:
        found.append((folded(label), note.strip()))
    return found


def _printed(line: FormNode, cells: Sequence[str]) -> tuple[str, ...]:
    if line.procedure:
        return tuple((list(cells) + [""] * len(line.columns))[: len(line.columns)])
    if len(cells) == 1:
        return (cells[0],)
    return (cells[0], "｜".join(cells[1:]))


def derived_key(prefix: str, name: str, number: int) -> str:
    """The key of an entry nobody gave one: from its name, so that the same entry has it in every workbook."""
    said = folded(name)
    if said:
        return f"{prefix}-{sha256(said.encode()).hexdigest()[:6]}"
    return f"{prefix}-{number}"
