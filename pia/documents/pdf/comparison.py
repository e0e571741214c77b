"""Comparisons on paper as Japanese offices print them: 新旧対照表 with underlines on both sides,
and the 変更箇所 table.

Every mark is readable in black and white: deletions struck through, additions underlined and bold,
figures side by side with frames and words. Knows described changes and rows; nothing of where they
came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.pagesizes import A3
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    NextPageTemplate,
    PageBreak,
    Spacer,
    TableStyle,
)

from ...domain.canonical import canonical
from ...domain.change.describe import DescribedChange, Shifted, told_once
from ...domain.document.tree import Node, Path
from ...domain.errors import PiaError
from ...domain.proof.change_table import COLUMNS
from ...domain.text.pieces import Piece, sides
from ..change_words import KINDS
from ..figures import compared
from ..workbook_out.change_table import carries
from ..workbook_out.change_table import lines as printed_lines
from .archive import Attached, archive
from .figure import Drawn
from .fonts import NO_OWN, OwnFonts, Typeface, typeface
from .text import (
    LINE,
    SHADE,
    PageKind,
    RuledTable,
    build,
    chunks,
    marked,
    paragraphs,
    plain,
    room,
    rows,
    style,
)

READABLE = 8.0  # points: no letter of a figure is lower
# The kinds of pages of figures, the smaller paper first.
FIGURE_SHEETS = {
    "figures": PageKind(wide=True),
    "figures on A3": PageKind(wide=True, paper=A3),
}
Pages = Mapping[Path, Mapping[str, int]]
Figures = Mapping[Path, tuple[Node | None, Node | None]]
_ENTRY = {
    "added": "この欄が加わりました。",
    "removed": "この欄がなくなりました。",
    "moved": "この欄の順序が変わりました。",
    "renumbered": "番号だけが変わりました。",
}
_NOTE = "備考　変更部分は、下線（追加）及び取消線（削除）の部分である。"
_WORDS = (
    f"{_NOTE}項目変更前後の記載備考追加修正削除移動（略）"
    "－この記載なし以下同じ印は二重の下線部分取消線である又表記だけ違い。"
    "重要な対象図※頁凡例手続で記入した欄件内訳番号のみ違いはない。【】、：「」Ⅰ"
)


def markup(pieces: Sequence[Piece], face: Typeface) -> list[str]:
    """Pieces as markup, in paragraphs that reportlab can lay out in reasonable time."""
    out = []
    here = ""
    size = 0
    for piece in pieces:
        text = piece.text
        if piece.op == "fold":
            text = "（略）"
        for index, part in enumerate(chunks(text)):
            if index or size + len(part) > 4_000:
                out.append(here)
                here = ""
                size = 0
            here += _marked_piece(piece.op, marked(part), face)
            size += len(part)
    return [*out, here]


def _marked_piece(op: str, text: str, face: Typeface) -> str:
    """Markup of a piece with the mark of what became of it."""
    if op == "insert":
        return f'<u><font name="{face.bold}">{text}</font></u>'
    if op == "delete":
        return f"<strike>{text}</strike>"
    if op in ("notation", "renumbered"):
        return f'<u kind="double">{text}</u>'
    return text


def grid(face: Typeface, *more: Any) -> TableStyle:
    """The look of a ruled table in this typeface; `more` are commands of reportlab's own."""
    return TableStyle(
        [
            # Without it an unembedded Helvetica stands in the file.
            ("FONT", (0, 0), (-1, -1), face.regular, 9),
            ("GRID", (0, 0), (-1, -1), 0.5, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("LINEBELOW", (0, "inrowsplitstart"), (-1, "inrowsplitstart"), 0.5, LINE),
            ("LINEABOVE", (0, "inrowsplitend"), (-1, "inrowsplitend"), 0.5, LINE),
            *more,
        ]
    )


def face_for(words: Iterable[str], own: OwnFonts) -> Typeface:
    """The typeface of these words. PiaError names a character that no typeface has, with what
    stands around it.
    """
    texts = list(words)
    face = typeface(texts, own)
    if not face.missing:
        return face
    letter = min(face.missing)
    where = ""
    for text in texts:
        if letter in text:
            at = text.index(letter)
            where = text[max(0, at - 8) : at + 9]
            break
    raise PiaError(
        f"書体にない文字「{letter}」（U+{ord(letter):04X}、「{' '.join(where.split())}"
        "」の中）があるため、PDFを作れません。文字を直すか、PIA_FONT_REGULAR "
        "に別の書体を指定してください。"
    )


def heads(cells: Sequence[str], widths: Sequence[float], face: Typeface) -> RuledTable:
    """The heads of a table on a shaded ground."""
    look = style(face, 9, bold=True, lead=1.4)
    return RuledTable(
        [[plain(cell, look) for cell in cells]],
        colWidths=list(widths),
        style=grid(face, ("BACKGROUND", (0, 0), (-1, -1), SHADE)),
    )


def both_sides(
    described: DescribedChange, view: str, face: Typeface
) -> tuple[list[str], list[str]]:
    """Before and after as markup: a figure's change is a sentence, a text has its marks."""
    if described.only_marks:
        after = f"{marked(described.shown[1])}<u>（{described.marking}）</u>"
        return [marked(described.shown[0] or "－")], [after]
    if described.where:
        return ["（図）"], [f"<u>{marked(described.where)}</u>"]
    if described.change.level in ("entry", "section"):
        return ["－"], [_ENTRY[described.change.kind]]
    left, right = sides(*described.shown, described.shown_spans(view))
    before = ["（この記載なし）"]
    if described.before is not None:
        before = markup(left, face)
    after = ["（削除）"]
    if described.after is not None:
        after = markup(right, face)
    return before, after


def figure_pair(
    pair: tuple[Node | None, Node | None],
    changes: Sequence[DescribedChange],
    face: Typeface,
    width: float,
    height: float,
) -> RuledTable:
    """A figure before and after, side by side on one scale, with what changed marked."""
    return _framed(_both(pair, changes, face, (width / 2 - 10, height)), face, width)


def _both(
    pair: tuple[Node | None, Node | None],
    changes: Sequence[DescribedChange],
    face: Typeface,
    most: tuple[float, float],
) -> list[tuple[str, Any]]:
    """Both sides of a figure on one scale, each at most so wide and high, with what it is."""
    pictures = compared(*pair, [change.change for change in changes], largest=16)
    out: list[tuple[str, Any]] = []
    for title, picture, node in zip(("変更前", "変更後"), pictures, pair):
        if node is not None:
            out.append((title, Drawn(picture, face, *most, least=READABLE)))
        else:
            out.append((title, plain("（この図なし）", style(face, 9))))
    return out


def _framed(sides: Sequence[tuple[str, Any]], face: Typeface, width: float) -> RuledTable:
    """Sides of a figure beside each other, each under what it is."""
    bold = style(face, 9, bold=True)
    cells = [[plain(title, bold) for title, _ in sides], [drawn for _, drawn in sides]]
    look = grid(face, ("BACKGROUND", (0, 0), (-1, 0), SHADE), ("ALIGN", (0, 1), (-1, 1), "CENTER"))
    return RuledTable(cells, colWidths=[width / len(sides)] * len(sides), style=look)


def _readable(sides: Sequence[tuple[str, Any]]) -> bool:
    """Whether the smallest letters of a figure are as high as they must be."""
    return all(drawn.smallest >= READABLE - 0.01 for _, drawn in sides if isinstance(drawn, Drawn))


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the changes of a comparison: their `reasons` by path, the page of each
    item in both papers (None: no column of pages), both figures by the item's path; `view` is how
    much of a text is shown.
    """

    view: str = "phrase"
    reasons: Mapping[Any, str] = field(default_factory=dict)
    pages: Pages | None = None
    figures: Figures = field(default_factory=dict)


def comparison(
    changes: Sequence[DescribedChange],
    *,
    title: str,
    old: str,
    new: str,
    beside: Beside | None = None,
    own: OwnFonts = NO_OWN,
) -> bytes:
    """新旧対照表: 項目 | 変更前 | 変更後 | 頁 | 備考, as PDF bytes; the figures that changed stand
    behind the table. PiaError names a character no typeface has.
    """
    notes = beside or Beside()
    face = face_for([title, old, new, *words(changes, notes.reasons, notes.figures)], own)
    heading = None
    if changes:
        heading = comparison_heads(face, old, new, notes.pages is not None)
    story = comparison_story(changes, face, notes.view, notes.reasons, notes.pages)
    story += figures_story(changes, notes.figures, face)
    sheets = {"table": PageKind(wide=True, heading=heading), **FIGURE_SHEETS}
    return archive(build(story, face, title=title, header=title, sheets=sheets))


def words(
    changes: Sequence[DescribedChange], reasons: Mapping[Any, str], figures: Figures
) -> list[str]:
    """Everything a comparison prints, for its typeface."""
    out = [_WORDS, *KINDS.values(), *_ENTRY.values(), *reasons.values()]
    for change in changes:
        out += [change.label, *change.shown, change.where, change.basis, *change.remarks()]
    for told in told_once(changes):
        if isinstance(told, Shifted):
            out.append(told.sentence)
    for pair in figures.values():
        for node in filter(None, pair):
            for leaf in node.leaves:
                out.append(leaf.value["text"])
    return out


def _widths(paged: bool) -> list[float]:
    if paged:
        return [126.0, 250.0, 250.0, 40.0, 85.2]
    return [130.0, 265.0, 265.0, 91.2]


def comparison_heads(face: Typeface, old: str, new: str, paged: bool) -> RuledTable:
    """The heads of a 新旧対照表; `paged`: with a column of page numbers."""
    names = [
        "項目",
        f"変更前　{old}" if old else "変更前",
        f"変更後　{new}" if new else "変更後",
        *(["頁"] if paged else []),
        "備考",
    ]
    return heads(names, _widths(paged), face)


def comparison_story(
    changes: Sequence[DescribedChange],
    face: Typeface,
    view: str,
    reasons: Mapping[Any, str],
    pages: Pages | None,
) -> list[Any]:
    """The rows of one comparison, under `comparison_heads`; what the procedure filled in comes
    last.
    """
    bold = style(face, 10, bold=True, tag="H2")
    story: list[Any] = []
    if changes:
        story += [Spacer(1, 5), *plain(f"変更 {len(changes)}件（{_counts(changes)}）", bold)]
        story += [*paragraphs([_legend(face)], style(face, 8)), Spacer(1, 6)]
    for procedure, heading in ((False, ""), (True, "手続で記入した欄")):
        in_part = []
        for change in changes:
            if change.procedure is procedure:
                in_part.append(change)
        if in_part and heading:
            story += [Spacer(1, 8), CondPageBreak(80), *plain(heading, bold), Spacer(1, 2)]
        for change in told_once(in_part):
            if isinstance(change, Shifted):
                cells = _shifted_cells(change, face, pages)
            else:
                cells = _comparison_cells(change, face, view, reasons, pages)
            story += [CondPageBreak(50), *rows(cells, _widths(pages is not None), grid(face))]
    note = "違いはない。"
    if changes:
        note = _NOTE
    return [*story, Spacer(1, 8), *plain(note, style(face, 9))]


def _counts(changes: Sequence[DescribedChange]) -> str:
    """How many changes there are of each kind."""
    words = []
    for kind, name in KINDS.items():
        count = sum(change.change.kind == kind for change in changes)
        if count:
            words.append(f"{name}{count}")
    return "、".join(words)


def _legend(face: Typeface) -> str:
    return (
        f'凡例：<u><font name="{face.bold}">追加</font></u>は下線、<strike>削除</strike>は取消線。'
        '<u kind="double">二重の下線</u>は表記又は番号だけの違い。（略）は変更のない部分。'
    )


def _comparison_cells(
    described: DescribedChange,
    face: Typeface,
    view: str,
    reasons: Mapping[Any, str],
    pages: Pages | None,
) -> list[Any]:
    """項目, 変更前, 変更後, 頁 where pages are known, 備考."""
    body = style(face, 9)
    small = style(face, 8)
    left, right = both_sides(described, view, face)
    cells = [plain(described.label, body), paragraphs(left, body), paragraphs(right, body)]
    if pages is not None:
        here = pages.get(described.change.path) or pages.get(described.item_path, {})
        cells.append(plain(_page(here), small))
    remarks = [KINDS[described.change.kind]]
    if described.marking:
        remarks.append(described.marking)
    remarks += described.remarks(view)
    if described.material:
        remarks.append(f"重要な変更の対象（{described.basis}）")
    if described.change.path in reasons:
        remarks.append(reasons[described.change.path])
    cells.append(plain("\n".join(remarks), small))
    return cells


def _shifted_cells(shifted: Shifted, face: Typeface, pages: Pages | None) -> list[Any]:
    """The same of numbers that shifted, told once: the first and the last of them."""
    body = style(face, 9)
    first, last = shifted.changes[0], shifted.changes[-1]
    cells = [plain(shifted.label, body)]
    for side in (0, 1):
        cells.append(plain(f"{first.shown[side]}\n（略）\n{last.shown[side]}", body))
    if pages is not None:
        cells.append(plain(_page(pages.get(first.item_path, {})), style(face, 8)))
    cells.append(plain(shifted.sentence, style(face, 8)))
    return cells


def _page(pages: Mapping[str, int]) -> str:
    """The pages of an item before and after, as far as they are known."""
    lines = []
    for side, words in (("old", "前"), ("new", "後")):
        if side in pages:
            lines.append(f"{words} {pages[side]}")
    return "\n".join(lines) or "－"


def figures_story(
    changes: Sequence[DescribedChange], figures: Figures, face: Typeface
) -> list[Flowable]:
    """A page for each figure that changed: what changed in words, and both drawings; on two pages,
    or on A3, where letters would be lower than they may be.
    """
    out: list[Flowable] = []
    for path, pair in figures.items():
        in_figure = []
        for change in changes:
            if change.item_path == path and change.where:
                in_figure.append(change)
        if not in_figure:
            continue
        title = in_figure[0].label.split(" 「")[0]
        lines = "\n".join(f"・{change.where}" for change in in_figure)
        taken = 90.0 + 16 * min(len(in_figure), 12)
        kind, tables = _figure_pages(pair, in_figure, face, taken)
        out += [NextPageTemplate(kind), PageBreak()]
        out += [*plain(title, style(face, 11, bold=True, tag="H2")), Spacer(1, 4)]
        out += [*plain(lines, style(face, 9.5)), Spacer(1, 6), tables[0]]
        for table in tables[1:]:
            out += [PageBreak(), table]
    return out


def _figure_pages(
    pair: tuple[Node | None, Node | None],
    changes: Sequence[DescribedChange],
    face: Typeface,
    taken: float,
) -> tuple[str, list[RuledTable]]:
    """The kind of page a figure needs, and its tables, each on a page: both sides beside each other
    if they can be read, else one after the other; on A4 if that does, else on A3.
    """
    tried: tuple[str, list[RuledTable]] = ("", [])
    for kind, sheet in FIGURE_SHEETS.items():
        width, height = room(sheet)
        sides = _both(pair, changes, face, (width / 2 - 10, height - taken))
        if _readable(sides):
            return kind, [_framed(sides, face, width)]
        sides = _both(pair, changes, face, (width - 10, height - taken))
        tried = kind, [_framed([side], face, width) for side in sides]
        if _readable(sides):
            return tried
    return tried


def change_table(
    lines: Sequence[Mapping[str, Any]],
    *,
    title: str,
    own: OwnFonts = NO_OWN,
) -> bytes:
    """変更箇所: 変更日 | 項目 | 変更前の記載 | 変更後の記載 | 提出時期 | 提出時期に係る説明, as PDF
    bytes with the rows as data inside. Rows as `pia change-table` gives them.
    """
    table_rows = printed_lines(lines)
    words = [title, *COLUMNS]
    for row in table_rows:
        words += row
    face = face_for(words, own)
    body = style(face, 8.5, lead=1.5)
    widths = [74.0, 120.0, 212.0, 212.0, 46.0, 87.2]
    story: list[Flowable] = []
    for row in table_rows:
        story += rows([plain(cell, body) for cell in row], widths, grid(face))
    sheet = PageKind(wide=True, heading=heads(COLUMNS, widths, face))
    data = build(story or [Spacer(1, 1)], face, title=title, header=title, sheets={"": sheet})
    copy = Attached(
        "change-table.json",
        canonical(carries(lines, title)),
        "application/json",
        "変更箇所の表のデータ",
    )
    return archive(data, attached=[copy])
