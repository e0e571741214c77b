"""Comparisons on paper as Japanese offices print them: 新旧対照表 with underlines on both sides, and the 変更箇所 table.

Every mark is readable in black and white: deletions struck through, additions underlined and bold. Knows said changes and rows; nothing of where they came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib import colors
from reportlab.platypus import Spacer, Table, TableStyle

from ..domain.describe import Said
from ..domain.marks import Piece, sides
from .diff_xlsx import KINDS
from .fonts import Typeface, typeface
from .pdf import build, chunks, marked, paragraphs, style

_LINE = colors.HexColor("#555555")


def _markup(pieces: Sequence[Piece], face: Typeface) -> list[str]:
    """Pieces as markup, in paragraphs that reportlab can lay out in reasonable time."""
    out, here, size = [], "", 0
    for p in pieces:
        for i, part in enumerate(chunks("（略）" if p.op == "fold" else p.text)):
            if i or size + len(part) > 4_000:
                out.append(here)
                here, size = "", 0
            text = marked(part)
            size += len(part)
            if p.op == "insert":
                here += f'<u><font name="{face.bold}">{text}</font></u>'
            elif p.op == "delete":
                here += f"<strike>{text}</strike>"
            elif p.op == "notation":
                here += f'<u kind="double">{text}</u>' if text.strip() else text
            else:
                here += text
    return [*out, here]


def _grid(face: Typeface) -> TableStyle:
    return TableStyle(
        [
            ("FONT", (0, 0), (-1, -1), face.regular, 9),  # or an unembedded Helvetica stands in the file
            ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("LINEBELOW", (0, "inrowsplitstart"), (-1, "inrowsplitstart"), 0.5, _LINE),
            ("LINEABOVE", (0, "inrowsplitend"), (-1, "inrowsplitend"), 0.5, _LINE),
        ]
    )


def comparison(
    said: Sequence[Said],
    *,
    title: str,
    old: str,
    new: str,
    view: str = "phrase",
    reasons: Mapping[Any, str] | None = None,
    regular: str | None = None,
    bold: str | None = None,
) -> bytes:
    """新旧対照表: 項目 | 変更前 | 変更後 | 備考, as PDF bytes."""
    reasons = reasons or {}
    words = [title, old, new, "項目変更前後備考追加修正削除移動（略）－この記載なし以下同じ印は下線部分取消線である。重要な対象図の※", *KINDS.values()]
    words += [x for s in said for x in (s.label, s.before or "", s.after or "", s.where, s.basis, reasons.get(s.item_path, ""))]
    face = typeface(words, regular, bold)
    head, body, small = style(face, 9, bold=True), style(face, 9), style(face, 8)
    widths = [118, 268, 268, 94]
    heads = [paragraphs([x], head) for x in ("項目", f"変更前（{marked(old)}）", f"変更後（{marked(new)}）", "備考")]
    rows: list[list[Any]] = []
    for s in said:
        left, right = sides(s.before or "", s.after or "", s.spans(view))
        if s.where:
            cells = [["（図）"], [f"<u>{marked(s.where)}</u>"]]
        else:
            cells = [_markup(left, face) if s.before is not None else ["（この記載なし）"], _markup(right, face) if s.after is not None else ["（削除）"]]
        about = [KINDS[s.change.kind]] + ([f"重要な変更の対象（{s.basis}）"] if s.material else []) + ([reasons[s.item_path]] if s.item_path in reasons else [])
        rows.append(
            [paragraphs([marked(s.label)], body), paragraphs(cells[0], body), paragraphs(cells[1], body), paragraphs([marked("\n".join(about))], small)]
        )
    story: list[Any] = _tables(rows, widths, face)
    story += [Spacer(1, 8), *paragraphs(["備考　変更部分は、下線（追加）及び取消線（削除）の部分である。" if said else "違いはない。"], body)]
    return build(story, face, title=title, header=title, wide=True, heading=_heads(heads, widths, face))


def _heads(cells: list[Any], widths: list[int], face: Typeface) -> Table:
    return Table([cells], colWidths=widths, style=TableStyle([*_grid(face).getCommands(), ("BACKGROUND", (0, 0), (-1, -1), colors.HexColor("#EEEEEE"))]))


def _tables(rows: list[list[Any]], widths: list[int], face: Typeface) -> list[Any]:
    """A table a row: each may be split over pages on its own."""
    return [Table([r], colWidths=widths, splitInRow=1, style=_grid(face)) for r in rows]


def change_table(rows: Sequence[Mapping[str, Any]], *, title: str, regular: str | None = None, bold: str | None = None) -> bytes:
    """変更箇所: 変更日 | 項目 | 変更前の記載 | 変更後の記載 | 提出時期 | 提出時期に係る説明, as PDF bytes. Rows as `pia change-table` gives them."""
    heads = ("変更日", "項目", "変更前の記載", "変更後の記載", "提出時期", "提出時期に係る説明")

    def cells(r: Mapping[str, Any]) -> list[str]:
        before, after = r.get("shown_before", r.get("before")), r.get("shown_after", r.get("after"))
        return [str(x or "") for x in (r.get("date"), r.get("citation"), before, after, r.get("timing"), r.get("explanation"))]

    table_rows = [cells(r) for r in rows]
    face = typeface([title, *heads, *(x for r in table_rows for x in r)], regular, bold)
    body, head = style(face, 8.5), style(face, 8.5, bold=True)
    widths = [62, 120, 224, 224, 46, 74]
    made = [[paragraphs([marked(x) for x in chunks(cell)], body) for cell in r] for r in table_rows]
    first = _heads([paragraphs([h], head) for h in heads], widths, face)
    return build(_tables(made, widths, face), face, title=title, header=title, wide=True, heading=first)
