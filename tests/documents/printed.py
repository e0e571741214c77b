"""Documents as LibreOffice prints them: workbooks of foreign hands with borders, wrapped texts and
rows as high as their texts need, and Word files."""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import unicodedata
from collections import Counter
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from pia.domain.document.tree import Tree
from tests.documents import foreign

PROGRAM = shutil.which("soffice")
_LEAD = 12.0
_THIN = Side(style="thin")


def workbook(rng: random.Random, tree: Tree, habits: set[str]) -> bytes:
    """A workbook of a foreign hand, made ready for the printer."""
    book = load_workbook(BytesIO(foreign.Writer(rng, tree, habits).write()))
    for sheet in book.worksheets:
        _widen(sheet)
        _rule(sheet)
        _heighten(sheet)
        sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "portrait"
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToHeight = 0
        sheet.oddHeader.right.text = "特定個人情報保護評価書　写し"
        sheet.oddFooter.center.text = "- &P -"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _widen(sheet: Worksheet) -> None:
    """Every text has the room up to the next on its row."""
    last = max(sheet.max_column, 3)
    for column in range(1, last + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 110 / last
    covered = set()
    for box in sheet.merged_cells.ranges:
        for row in range(box.min_row, box.max_row + 1):
            covered |= {(row, column) for column in range(box.min_col, box.max_col + 1)}
    for row in range(1, sheet.max_row + 1):
        filled = [column for column in range(1, last + 1) if sheet.cell(row, column).value]
        taken = {column for column in range(1, last + 1) if (row, column) in covered}
        for column in filled:
            if column in taken:
                continue
            ends = [other for other in (*filled, *taken) if other > column]
            end = min(ends, default=last + 1) - 1
            if end > column:
                sheet.merge_cells(start_row=row, end_row=row, start_column=column, end_column=end)


def _rule(sheet: Worksheet) -> None:
    """Rules as the official form has them: a line above every label, one around all, one between
    labels and answers."""
    last = max(sheet.max_column, 3)
    boxes = {(m.min_row, m.min_col): m for m in sheet.merged_cells.ranges}
    answers = _answer_column(sheet)
    end = sheet.max_row
    for row in range(1, end + 1):
        first = [c for c in range(1, min(answers, last + 1)) if sheet.cell(row, c).value]
        whole = bool(first) and _last(boxes, row, first[0]) >= answers
        for column in range(1, last + 1):
            cell = sheet.cell(row, column)
            cell.border = Border(
                left=_THIN if column == 1 or (column == answers and not whole) else None,
                right=_THIN if column == last else None,
                top=_THIN if first else None,
                bottom=_THIN if row == end else None,
            )
            if not isinstance(cell, MergedCell):
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(name="ＭＳ ゴシック", size=8, scheme=None)


def _last(boxes: dict[tuple[int, int], CellRange], row: int, column: int) -> int:
    box = boxes.get((row, column))
    return box.max_col if box else column


def _answer_column(sheet: Worksheet) -> int:
    """Where most answers begin: boxes to tick and choices are in it."""
    begins: Counter[int] = Counter()
    for row in range(1, sheet.max_row + 1):
        for column in range(2, sheet.max_column + 1):
            if str(sheet.cell(row, column).value or "").startswith("["):
                begins[column] += 1
                break
    if begins:
        return begins.most_common(1)[0][0]
    return 3


def _heighten(sheet: Worksheet) -> None:
    """Rows as high as their longest text: merged cells do not grow by themselves."""
    boxes = {(m.min_row, m.min_col): m for m in sheet.merged_cells.ranges}
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value in (None, ""):
                continue
            box = boxes.get((cell.row, cell.column))
            last = box.max_col if box else cell.column
            lasts = box.max_row if box else cell.row
            width = sum(
                sheet.column_dimensions[get_column_letter(column)].width
                for column in range(cell.column, last + 1)
            )
            lines = sum(_lines(text, width) for text in str(cell.value).split("\n"))
            rows = range(cell.row, lasts + 1)
            each = min(max(lines * _LEAD / len(rows) + 4, 14), 409)
            for number in rows:
                dimension = sheet.row_dimensions[number]
                if not dimension.hidden:
                    dimension.height = max(dimension.height or 14, each)


def _lines(text: str, width: float) -> int:
    halves = sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)
    return max(1, -(-halves // max(int(width * 1.15), 1)))


def pdfs(files: dict[str, bytes]) -> dict[str, bytes]:
    """Each file printed, by its name without the ending."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for called, body in files.items():
            (folder / called).write_bytes(body)
        subprocess.run(
            [
                PROGRAM,
                f"-env:UserInstallation=file://{folder}/home",
                "--headless",
                "--norestore",
                "--convert-to",
                "pdf",
                "--outdir",
                str(folder / "out"),
                *(str(folder / called) for called in files),
            ],
            capture_output=True,
            timeout=280,
            check=True,
        )
        return {made.stem: made.read_bytes() for made in (folder / "out").glob("*.pdf")}
