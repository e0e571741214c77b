"""Twelve workbooks of four hands: the habits of layout of `foreign`, and on top of them what people
leave in books they worked on: several figures with remarks, notes beside the boxes, hidden old
copies, struck words, values typed as numbers and days."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.worksheet.worksheet import Worksheet

from pia import forms
from pia.domain.document import items
from pia.domain.document.tree import Path, Tree
from tests.documents import foreign

ALL = "all_item@平成30年5月"
KEY = "key_item@平成30年5月"
BASIC = "basic_item@令和6年10月"
CAPTIONS = ("資格の取得に関する事務", "給付に関する事務", "賦課に関する事務")
FLOW = (("市民", "①申請→", "窓口", "②登録→", "国保システム"), ("←⑤通知", "←④結果"))

# hand → (habits of layout, what its books hold besides)
HANDS: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "甲": ({"shift", "brackets", "typed"}, ("figures", "notes")),
    "乙": ({"broken", "below"}, ("copy", "struck")),
    "丙": ({"narrow", "dense", "typed"}, ("notes", "struck", "figures")),
    "丁": ({"tall", "shuffled"}, ("copy", "notes", "struck")),
}
BOOKS = [(hand, number) for hand in HANDS for number in range(3)]


@dataclass
class Written:
    """A book, what must be read of it, and what must be said: code → how many places at least."""

    tree: Tree
    data: bytes
    said: dict[str, int]
    figures: list[tuple[str, list[str], str]]


def make(hand: str, number: int) -> Written:
    """One of the twelve."""
    habits, extras = HANDS[hand]
    form = forms.load((ALL, KEY, BASIC)[number])
    rng = random.Random(f"{hand}{number}")
    answers = foreign.answers(rng, form)
    has_figures = "figures" in extras and number == 0
    if has_figures:
        answers = {path: answer for path, answer in answers.items() if path[0] != "B1"}
    tree = items.build(form, answers.items())
    book = load_workbook(BytesIO(foreign.Writer(rng, tree, set(habits)).write()), rich_text=True)
    work = _Hand(book, rng, {})
    # Figures first: what is put beside the boxes afterwards never stands among them.
    figures = work.figures() if has_figures else []
    acts: dict[str, Callable[[], None]] = {
        "notes": work.notes,
        "copy": work.copy,
        "struck": lambda: work.strike(answers),
    }
    for extra in extras:
        if extra in acts:
            acts[extra]()
    out = BytesIO()
    book.save(out)
    return Written(tree, out.getvalue(), work.said, figures)


@dataclass
class _Hand:
    book: Workbook
    rng: random.Random
    said: dict[str, int]

    def _sheet(self, begins: str) -> Worksheet:
        return next(w for w in self.book.worksheets if w.title.startswith(begins))

    def figures(self) -> list[tuple[str, list[str], str]]:
        """別添1 drawn anew: three figures in cells, each with its caption and remarks."""
        sheet = self._sheet("(別添1)")
        for merged in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(merged))
        sheet.delete_rows(1, sheet.max_row)
        sheet["A1"] = "（別添1）事務の内容　※"
        out = []
        row = 2
        for number, caption in enumerate(CAPTIONS, 1):
            sheet.cell(row, 1, f"（{number}）{caption}")
            lines = []
            for index, line in enumerate(FLOW):
                for place, words in enumerate(line):
                    sheet.cell(row + 2 + index, 1 + 2 * place, words)
                lines.append("　".join(line))
            row += 5
            sheet.cell(row, 1, "（備考）")
            remarks = [f"①{caption}の申請を受ける。", f"②{caption}の結果を通知する。"]
            for index, words in enumerate(remarks, 1):
                sheet.cell(row + index, 1, words)
            row += 4
            out.append((f"（{number}）{caption}", lines, "\n".join(remarks)))
        return out

    def notes(self) -> None:
        """Notes right of the boxes, as people leave them for each other."""
        sheet = self._sheet("Ⅰ")
        right = max([sheet.max_column, *(m.max_col for m in sheet.merged_cells.ranges)]) + 2
        for row in self.rng.sample(range(3, sheet.max_row), 3):
            sheet.cell(row, right, f"要確認（{row}行目、情報部門へ照会中）")
        self.said["beside"] = 3

    def copy(self) -> None:
        """An old copy of a sheet, hidden, with other words in it."""
        sheet = self._sheet("Ⅰ")
        old = self.book.copy_worksheet(sheet)
        old.title = f"{sheet.title[:20]}（旧）"
        old.sheet_state = "hidden"
        for row in old.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and len(cell.value) > 12:
                    cell.value = cell.value.replace("する。", "していた。")
        self.said["hidden_copy"] = 1

    def strike(self, answers: dict[Path, Any]) -> None:
        """The words before stay in the cell, struck through, the new ones behind them."""
        texts = {a for a in answers.values() if isinstance(a, str) and a.endswith("。")}
        texts = {text for text in texts if "\n" not in text}
        struck = InlineFont(strike=True, color="FFFF0000")
        count = 0
        for sheet in self.book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            for row in sheet.iter_rows():
                for cell in row:
                    if count < 4 and cell.value in texts:
                        old = TextBlock(struck, "改正前の記載は消す。")
                        cell.value = CellRichText(old, str(cell.value))
                        count += 1
        self.said["struck"] = count
