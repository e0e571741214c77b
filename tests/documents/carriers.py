"""Carriers as cities have them: foreign layouts dressed with what real workbooks hold besides
cells — validations, formats, comments, names, breaks, drawings.

Nothing of ours is inside. `dressed` changes no text, so the reader finds the same document in
it.
"""

from __future__ import annotations

import random
import zipfile
from functools import cache
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from pia.documents.ooxml import package
from pia.domain.document.tree import Tree

from . import foreign

_THIN = Side(style="thin", color="FF404040")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_SHADE = PatternFill("solid", fgColor="FFD9D9D9")


@cache
def blank(habits: frozenset[str]) -> bytes:
    """The all-item form as a city has it before anything is filled in, in some habits of layout."""
    return dressed(
        foreign.Writer(random.Random(1), Tree("all_item@平成30年5月"), set(habits)).write(),
        random.Random(1),
    )


def dressed(data: bytes, rng: random.Random) -> bytes:
    """The workbook with borders, shading, validations, conditional formats, comments, print
    settings, names, frozen panes and a hidden list sheet."""
    book = load_workbook(BytesIO(data))
    for n, ws in enumerate(book.worksheets):
        _dress(ws, rng, n)
    first = book.worksheets[0]
    book.defined_names["担当の連絡先"] = DefinedName(
        "担当の連絡先", attr_text=f"'{first.title}'!$A$1:$B$2"
    )
    lists = book.create_sheet("入力規則")
    for i, text in enumerate(("事前", "事後"), 1):
        lists.cell(i, 1, text)
    lists.sheet_state = "hidden"
    book.active = rng.randrange(len(book.worksheets) - 1)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _dress(ws: Worksheet, rng: random.Random, n: int) -> None:
    rows, cols = ws.max_row, max(ws.max_column, 3)
    boxes = {(m.min_row, m.min_col): m for m in ws.merged_cells.ranges}
    for (r, c), m in boxes.items():
        wide = m.max_col - m.min_col >= cols - 3
        for row in range(r, m.max_row + 1):
            for col in range(c, m.max_col + 1):
                ws.cell(row, col).border = _BOX
        head = ws.cell(r, c)
        head.alignment = Alignment(wrap_text=True, vertical="top")
        head.font = Font(name="ＭＳ ゴシック", size=10, bold=wide and bool(head.value), scheme=None)
        if wide and head.value and len(str(head.value)) < 40:
            head.fill = _SHADE
    for i in range(1, cols + 1):
        ws.column_dimensions[get_column_letter(i)].width = rng.choice([5.5, 7.25, 8.4, 9.0])
    for r in rng.sample(range(1, rows + 1), min(rows, 4)):
        check = DataValidation(
            type="list", formula1='"○,　"' if r % 2 else "'入力規則'!$A$1:$A$2", allow_blank=True
        )
        check.errorStyle = "warning"
        check.add(f"{ws.cell(r, cols).coordinate}:{ws.cell(min(r + 2, rows + 1), cols).coordinate}")
        ws.add_data_validation(check)
    shade = FormulaRule(
        formula=[f"LEN($A1)>{rng.randint(300, 900)}"], fill=PatternFill(bgColor="FFFFF2CC")
    )
    ws.conditional_formatting.add(f"A1:{ws.cell(rows, cols).coordinate}", shade)
    ws.print_area = f"A1:{ws.cell(rows + 1, cols).coordinate}"
    ws.print_title_rows = "1:1"
    ws.page_setup.paperSize, ws.page_setup.orientation = 9, "portrait"
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.page_setup.fitToHeight = 0
    ws.oddFooter.center.text = "- &P -"
    if rows > 20:
        ws.row_breaks.append(Break(id=rows // 2))
    if n % 3 == 0:
        ws.freeze_panes = "B2"
    if n % 2 and ws.max_row > 2:
        cells = [c for row in ws.iter_rows() for c in row if c.value]
        rng.choice(cells).comment = Comment("記載要領を参照", "総務課")
    ws.cell(rows + 2, cols + 2).fill = _SHADE  # a styled cell beyond the print


def with_figure(data: bytes, sheet: int, anchors: str) -> bytes:
    """A drawing of somebody else's on a sheet (from 0) that has none yet."""
    head = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    )
    return package.with_drawings(
        data, {sheet: package.Drawing(f"{head}{anchors}</xdr:wsDr>".encode())}
    )


def kept(name: str, annexed: bool = False) -> bool:
    """Parts a fill has no business with, whatever it does; a 別紙 puts looks behind those there
    are."""
    moved: tuple[str, ...] = (
        "xl/worksheets/",
        "xl/workbook.xml",
        "xl/_rels/workbook",
        "[Content_Types]",
        "xl/drawings/",
        "xl/comments",
        "xl/calcChain",
        "xl/threadedComments",
    )
    return not name.startswith((*moved, "xl/styles") if annexed else moved)


def untouched(before: bytes, after: bytes) -> list[str]:
    """Names of parts that should be equal and are not."""
    with zipfile.ZipFile(BytesIO(before)) as a, zipfile.ZipFile(BytesIO(after)) as b:
        names = set(b.namelist())
        annexed = "別紙" in a.read("xl/workbook.xml").decode() + b.read("xl/workbook.xml").decode()
        return [
            n
            for n in a.namelist()
            if kept(n, annexed) and (n not in names or a.read(n) != b.read(n))
        ]
