"""A comparison as a workbook: one row per change, before and after with the differing words marked
in the cell (rich text).

Marks stand without colour too: deletions are struck through, additions underlined and bold. Knows
described changes; nothing of where they came from.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties

from ...domain.change.describe import DescribedChange
from ...domain.text.pieces import Piece, sides
from ..change_words import KINDS
from ..ooxml.package import same_bytes

_LIMIT = 32_000
_FONT = "游ゴシック"


def _rich(pieces: Sequence[Piece]) -> Any:
    out: list[Any] = []
    size = 0
    for piece in pieces:
        if piece.op == "fold":
            text = "（略）"
        else:
            text = piece.text
        if size + len(text) > _LIMIT:
            out.append("（以下略）")
            break
        size += len(text)
        if piece.op == "delete":
            out.append(
                TextBlock(InlineFont(rFont=_FONT, sz=10, strike=True, color="FF9B1C1C"), text)
            )
        elif piece.op == "insert":
            out.append(
                TextBlock(
                    InlineFont(rFont=_FONT, sz=10, u="single", b=True, color="FF0B4F9E"), text
                )
            )
        elif piece.op in ("notation", "renumbered"):
            out.append(TextBlock(InlineFont(rFont=_FONT, sz=10, u="double"), text))
        else:
            out.append(TextBlock(InlineFont(rFont=_FONT, sz=10), text))
    if out:
        return CellRichText(out)
    return ""


def write(
    changes: Sequence[DescribedChange],
    *,
    old_title: str,
    new_title: str,
    view: str = "phrase",
    reasons: dict[Any, str] | None = None,
) -> bytes:
    """The workbook's bytes; equal input gives equal bytes."""
    book = Workbook()
    sheet = book.active
    sheet.title = "新旧対照"
    sheet.append(
        [
            "番号",
            "項目",
            "区分",
            f"変更前　{old_title}",
            f"変更後　{new_title}",
            "変更理由",
            "重要な変更の対象",
        ]
    )
    for number, each in enumerate(changes, 1):
        _append(sheet, number, each, view, (reasons or {}).get(each.item_path, ""))
    _format(sheet)
    for letter, width in zip("ABCDEFG", (6, 30, 16, 66, 66, 18, 14)):
        sheet.column_dimensions[letter].width = width
    sheet.append([])
    sheet.append([None, "備考：変更部分は、下線（追加）及び取消線（削除）の部分である。"])
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)
    out = io.BytesIO()
    book.save(out)
    return same_bytes(out.getvalue())


def _append(sheet: Any, number: int, described: DescribedChange, view: str, reason: str) -> None:
    """The row of one change, as high as its longest cell."""
    kind = KINDS[described.change.kind]
    for words in (described.where, described.marking):
        if words:
            kind += f"（{words}）"
    sheet.append([number, described.label, kind, None, None, reason, described.basis or "－"])
    row = sheet.max_row
    both = sides(*described.shown, described.shown_spans(view))
    if described.change.level in ("entry", "section"):
        empty = "－"
    else:
        empty = "（記載なし）"
    for column, pieces in zip((4, 5), both):
        cell = sheet.cell(row, column)
        cell.value = _rich(pieces) or empty
        if isinstance(cell.value, str):
            cell.data_type = "s"
    longest = max(map(_lines, both))
    label_lines = -(-len(described.label) // 16)
    sheet.row_dimensions[row].height = min(409, max(30, 15 * longest + 6, 15 * label_lines + 6))


def _lines(pieces: Any) -> int:
    """How many lines of 34 letters a cell needs."""
    return sum(-(-max(len(line), 1) // 34) for line in _shown(pieces).split("\n"))


def _format(sheet: Any) -> None:
    """Borders, wrapping and fonts; words are text, also where they begin with =."""
    thin = Side(style="thin", color="FF8A8A8A")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    for cells in sheet.iter_rows(min_row=1, max_row=sheet.max_row, max_col=7):
        for cell in cells:
            cell.border = box
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if cell.row == 1:
                cell.font = Font(name=_FONT, bold=True, size=10)
                cell.fill = PatternFill("solid", fgColor="FFE8EEF5")
            elif not isinstance(cell.value, CellRichText):
                cell.font = Font(name=_FONT, size=10)
                if isinstance(cell.value, str):
                    cell.data_type = "s"


def _shown(pieces: Sequence[Piece]) -> str:
    return "".join("（略）" if piece.op == "fold" else piece.text for piece in pieces)
