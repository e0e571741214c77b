"""One workbook being read on one form: what was found where, and every problem with its place.

Knows the state of a reading and how one answer is put down in it. Which cells are whose answer is
decided by the stages that fill it: `assemble`, `parts` and `items`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ...domain.errors import Problem
from ...domain.text import personal
from ..ooxml.book import Book, BookCell
from . import annex, answers, assign_cells, sections
from .entry_keys import Settler
from .figures import Figure
from .find_labels import FoundLabel
from .labels import Script, script

Chain = tuple[tuple[str, int], ...]


class Assembly:
    """One workbook being read on one form."""

    # Whether lines and merges show where boxes end, so that notes stand beside them.
    has_boxes = True

    def __init__(
        self,
        book: Book,
        annexes: annex.Annexes,
        form: Form,
        base: dict[str, Any] | None,
        problems: list[Problem],
    ):
        self.book = book
        self.annexes = annexes
        self.form = form
        self.problems = problems
        problems += annexes.problems
        # Citations whose text is gone and that no problem names yet.
        self.uncited = dict(annexes.missing)
        # Items whose cell could not be read, items and parts that were not found, and cells with
        # words that belong to no item.
        self.lost: list[tuple[FormNode, Chain]] = []
        self.missing: list[tuple[FormNode, Chain]] = []
        self.lost_parts: list[str] = []
        self.stray: list[BookCell] = []
        self.script: Script = script(form)
        self.out: list[tuple[Path, Any]] = []
        self.personal: list[tuple[str, str, str]] = []
        self.blobs: dict[str, bytes] = {}
        self.values: list[tuple[FormNode, Chain, Any, list[BookCell]]] = []
        self.names: dict[Chain, str] = {}
        self.settler = Settler(form, base)
        # What was found where: filling a workbook goes by the same placement.
        self.cells: list[BookCell] = []
        self.founds: list[FoundLabel] = []
        self.rest: list[FoundLabel] = []
        self.owned = assign_cells.Owned()
        self.changes: list[BookCell] = []
        self.lists: list[tuple[Chain, FoundLabel, sections.FileList]] = []
        self.figures: list[tuple[Chain, Figure, list[int]]] = []
        # Cell → the path of its answer in the document the workbook was made from.
        self.mapped: dict[tuple[int, int, int], Path] = {}

    def say(
        self, code: str, sentence: str, where: BookCell | None = None, level: str = "error"
    ) -> None:
        """Put down a problem, with the address of the cell it is about."""
        place = ""
        if where:
            place = self.book.where(where)
        self.problems.append(Problem(code, sentence, place, level))

    def warn_sheet(self, code: str, sentence: str, sheet: int) -> None:
        """Put down a warning about a whole sheet."""
        self.problems.append(Problem(code, sentence, self.book.sheets[sheet].name, "warning"))

    def take(
        self, line: FormNode, chain: Chain, answer: answers.ReadAnswer, cells: list[BookCell]
    ) -> None:
        """Put down what the cells answer to an item; a second answer is a problem."""
        if self.cites_nothing(line.label, cells):
            return
        value = answer.value
        if any(cell.flag in ("error", "uncached") for cell in cells):
            # The cell is an error of its own: what stood there is not known.
            self.lost.append((line, chain))
            return
        if any(code == "choice_unclear" for code, _ in answer.notes):
            self.lost.append((line, chain))
        if line.fixed_text and isinstance(value, str) and folded(value) == folded(line.fixed_text):
            # The form itself prints these words.
            value = None
        if value is not None and self._is_answered(line, chain):
            self.say(
                "answer_twice",
                f"「{line.label}」の記載が2か所にあります。1か所にまとめてください。",
                next(iter(cells), None),
            )
            return
        self.values.append((line, chain, value, cells))
        if isinstance(value, str) and line.parents and line.parents[-1].named_by == line.id:
            self.names[chain] = value
        self.note(line, answer, cells)
        self.unread(answer.unread)

    def _is_answered(self, line: FormNode, chain: Chain) -> bool:
        for item, place, value, _ in self.values:
            if item is line and place == chain and value is not None:
                return True
        return False

    def cites_nothing(self, label: str, cells: Sequence[BookCell]) -> bool:
        """Whether cells cite a 別紙 of ours that holds nothing: the citation is no answer."""
        gone = []
        for cell in cells:
            if cell.at in self.annexes.missing:
                gone.append(cell)
        item = "記載欄に"
        if label:
            item = f"「{label}」は"
        for cell in gone:
            quoted = self.uncited.pop(cell.at, "")
            if quoted:
                self.say(
                    "annex_missing",
                    f"{item}「{quoted.strip('（）()')}」と書かれていますが、"
                    f"その別紙がないか、空です。「{annex.SHEET}」シートの記載を元に戻すか、"
                    "欄に記載を書いてください。",
                    cell,
                )
        return bool(gone)

    def note(self, line: FormNode, answer: answers.ReadAnswer, cells: list[BookCell]) -> None:
        """Put down personal words in the cells, and what the reader of the answer remarked."""
        for cell in cells:
            kinds = [mark.kind for mark in personal.found(cell.text)]
            for kind in dict.fromkeys(kinds):
                self.personal.append((line.label, self.book.where(cell), kind))
        where = ""
        if cells:
            where = self.book.where(cells[0])
        if len(cells) > 1:
            where = self.book.range(cells)
        chain: Chain = ()
        if self.values:
            chain = self.values[-1][1]
        for code, sentence in answer.notes:
            level = "warning"
            if code == "choice_unclear":
                level = "error"
            problem = Problem(code, f"「{line.label}」：{sentence}", where, level)
            self.settler.note(line, problem, chain)
            self.problems.append(problem)

    def unread(self, cells: Sequence[BookCell]) -> None:
        """Warn of each cell with words that belong to no item."""
        for cell in cells:
            if cell.text.strip():
                self.stray.append(cell)
                self.say(
                    "unread_cell",
                    f"「{shortened(cell.text)}」は、どの項目の記載か分からないため"
                    "読み取りませんでした。",
                    cell,
                    "warning",
                )


def shortened(text: str, most: int = 30) -> str:
    """A text on one line, cut to `most` characters."""
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    return flat[: most - 1] + "…"
