"""The boxed rows of an official form on paper: shaded headings, a label column, ［ answer ］ beside
＜選択肢＞, [○] boxes, figures, tables.

Knows the look of the forms and reportlab's tables; nothing of files, versions or rounds. Every item
of the form is printed, also a blank one, and notes the page it begins on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reportlab.lib.colors import white
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import CondPageBreak, Flowable, Spacer, TableStyle

from ...domain.change.describe import Names, label
from ...domain.document.form import Form, FormNode, Option
from ...domain.document.items import one_line, text_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ..figures import picture
from ..workbook_in.labels import OPTIONS, is_check, is_hole, is_name
from .archive import PlacedPdf
from .figure import Drawn, said
from .fonts import Typeface
from .points import Here, LaidOver, Leader
from .text import (
    FLAT,
    LINE,
    PALE,
    SHADE,
    PageKind,
    RuledTable,
    TableReading,
    element_of,
    plain,
    room,
    rows,
    style,
)

_WIDTH, _HEIGHT = room(PageKind())
_LABEL = 128.0
_CHOICE = 168.0
_ANSWERED = TableReading(joined=1)  # an answer and its options are one cell
_TABLE = (78.0, 124.0, 201.0, 201.0, 46.0)  # and the rest for the explanation


class Rows:
    """One document being laid out. `pages` is filled while it is drawn; `placed` are imported
    drawings with their page and place.
    """

    def __init__(
        self,
        form: Form,
        tree: Tree,
        found: Names,
        face: Typeface,
        pages: dict[Path, int],
        drawings: Mapping[str, bytes],
    ):
        self.form = form
        self.tree = tree
        self.found = found
        self.face = face
        self.pages = pages
        self.drawings = drawings
        self.placed: list[PlacedPdf] = []
        self.body = style(face, 9.5)
        self.small = style(face, 7.5, lead=1.5)
        self.bold = style(face, 9.5, bold=True)
        self.head = style(face, 10.5, bold=True, lead=1.5, tag="H2")
        self.title = style(face, 14, bold=True, lead=1.4, tag="H1")
        self.below = style(face, 9.5, bold=True, tag="H3")
        self.option = style(face, 9.5, tag="LI")
        self.cell = style(face, 8.5, lead=1.5)
        self.labels = [style(face, 9, lead=1.5, leftIndent=9 * index) for index in range(5)]
        base: list[Any] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            # Without it an unembedded Helvetica stands in the file.
            ("FONT", (0, 0), (-1, -1), face.regular, 9),
            ("LINEBELOW", (0, "inrowsplitstart"), (-1, "inrowsplitstart"), 0.5, LINE),
            ("LINEABOVE", (0, "inrowsplitend"), (-1, "inrowsplitend"), 0.5, LINE),
            ("LEFTPADDING", (0, 0), (-1, -1), 5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ]
        self.grid = TableStyle([*base, ("GRID", (0, 0), (-1, -1), 0.5, LINE)])
        self.labelled = TableStyle(
            [*base, ("GRID", (0, 0), (-1, -1), 0.5, LINE), ("BACKGROUND", (0, 0), (0, -1), PALE)]
        )
        self.choice = TableStyle(
            [
                *base,
                ("BOX", (0, 0), (0, -1), 0.5, LINE),
                ("BOX", (1, 0), (-1, -1), 0.5, LINE),
                ("BACKGROUND", (0, 0), (0, -1), PALE),
            ]
        )
        self.open = TableStyle([*base, ("BOX", (0, 0), (-1, -1), 0.5, LINE)])
        self.shaded = TableStyle(
            [*base, ("BOX", (0, 0), (-1, -1), 0.5, LINE), ("BACKGROUND", (0, 0), (-1, -1), SHADE)]
        )
        self.pale = TableStyle(
            [*base, ("BOX", (0, 0), (-1, -1), 0.5, LINE), ("BACKGROUND", (0, 0), (-1, -1), PALE)]
        )
        self.bare = TableStyle(
            [
                *base,
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ]
        )

    def part(self, line: FormNode, path: Path, n: Node | None, number: int) -> list[Any]:
        """A part of the form, or one ファイル of it."""
        title = _title(line)
        note = line.heading_note or line.mark
        entry = title
        if number:
            entry = label(self.form, path, self.found)
        out: list[Any] = [Here(self.pages, path, entry), *plain(title, self.title)]
        if note:
            out += plain(note, self.labels[0])
        if number and line.number:
            out += plain(f"（{number}）{self.found.get(path, (0, ''))[1] or path[-1]}", self.head)
        out += [Spacer(1, 6)]
        if line.repeated and not number:
            return [*out, *plain("（記載なし）", self.body)]
        return out + self.level(line.children, n, path, 1)

    def level(self, lines: Sequence[FormNode], n: Node | None, path: Path, depth: int) -> list[Any]:
        """The items of one level with all below them; `depth` is that of their headings."""
        below: dict[str, Node] = {}
        if n is not None:
            below = {}
            for child in n.children:
                if child.kind not in LEAVES:
                    below[child.key] = child
        out: list[Any] = []
        for line in lines:
            if is_check(line) or is_name(line):
                continue  # printed in the heading of what they belong to
            node = below.get(line.key)
            place = (*path, line.key)
            if line.repeated:
                entries = ()
                if node is not None:
                    entries = node.children
                for number, child in enumerate(entries, 1):
                    out += self.entry(line, (*place, child.key), child, number, depth)
                continue
            if line.answerable:
                out += self.answer(line, place, node, depth)
            else:
                out += self.heading(line, place, node, depth)
            out += self.level(line.children, node, place, depth + 1)
        return out

    def heading(self, line: FormNode, path: Path, n: Node | None, depth: int) -> list[Any]:
        """A shaded line over the whole width; boxes to tick (委託しない) at its right."""
        words = f"{line.number}{line.label.replace('{n}', '')}{line.mark and '　' + line.mark}"
        checks = list(filter(is_check, line.children))
        outline = ""
        if depth == 1 or "リスク" in words:
            outline = words
        out: list[Any] = [CondPageBreak(64), Here(self.pages, path, outline, min(depth, 2))]
        for check in checks:
            out.append(Here(self.pages, (*path, check.key)))
        look = self.below
        if depth == 1:
            look = self.head
        shade = self.pale
        if depth == 1:
            shade = self.shaded
        if not checks:
            return [*out, *rows([plain(words, look)], [_WIDTH], shade)]
        boxes = [_box(check, n) for check in checks]
        widths = []
        for text in boxes:
            widths.append(stringWidth(text, self.face.regular, 9) + 14)
        wide = min(sum(widths) + 8, _WIDTH / 2)
        cells = [plain(words, look), plain("　".join(boxes), self.labels[0])]
        return [*out, *rows(cells, [_WIDTH - wide, wide], shade, reading=FLAT)]

    def entry(self, line: FormNode, path: Path, n: Node, number: int, depth: int) -> list[Any]:
        """One of a repeated block: 委託事項１ beside its name, システム１, 図１, or the ファイル of
        別添2.
        """
        numbered = "{n}" in line.label
        if numbered:
            head = line.label.replace("{n}", str(number))
        else:
            head = label(self.form, path, self.found)[len(line.parents[0].number) :].strip("（）")
        figure = any(child.kind == "figure" for child in line.children)
        apart = figure or not numbered
        name = next(filter(is_name, line.children), None)
        own = None
        if name is not None:
            own = n.child(name.key)
        title = f"{head}　{one_line(text_of(own))}".strip("　")
        out: list[Any] = [
            # A figure's heading and title stay with its drawing.
            CondPageBreak(360 if figure else 64),
            Here(self.pages, path, title, 1 if apart else 2),
        ]
        if name is None:
            out += rows([plain(head, self.below)], [_WIDTH], self.pale)
        else:
            out.append(Here(self.pages, (*path, name.key)))
            cells = [plain(head, self.below), plain(text_of(own), self.below)]
            for part in cells[1]:  # the name of an entry belongs to its heading
                part.element = element_of(cells[0][0])
            out += rows(cells, [_LABEL, _WIDTH - _LABEL], self.labelled, reading=FLAT)
        out += self.level(line.children, n, path, max(depth + 1, 2))
        if apart:
            out.append(Spacer(1, 14))
        return out

    def answer(self, line: FormNode, path: Path, n: Node | None, depth: int) -> list[Any]:
        """An item and its answer, as its kind is printed."""
        here = Here(self.pages, path)
        if line.kind == "figure":
            return [here, *self.figure(n)]
        if line.kind == "table":
            return [here, *self.names(n)]
        if is_hole(line):
            before, _, after = line.label.partition("　")
            words = plain(f"{before}　{text_of(n)}　{after}", self.body)
            return [here, *rows([[], words], [_LABEL, _WIDTH - _LABEL], self.labelled)]
        if depth > 1:
            name = f"{line.number}{line.label}{line.mark and '　' + line.mark}"
            look = self.labels[max(0, min(depth - 2, 4))]
            # A label is not cut by the end of a page.
            high = sum(words.wrap(_LABEL - 10, _HEIGHT)[1] for words in plain(name, look)) + 12
            return [CondPageBreak(max(40, high)), here, *self.labelled_row(name, line, n, look)]
        first = line.label
        if line.label_parts:
            first = line.label_parts[0]
        title = f"{line.number}{first}{line.mark and '　' + line.mark}"
        head = rows([plain(title, self.head)], [_WIDTH], self.shaded)
        out: list[Any] = [CondPageBreak(80), Here(self.pages, path, title, 1), *head]
        if line.label_parts:
            return [*out, *self.labelled_row(line.label_parts[-1], line, n, self.labels[0])]
        if line.printed_note:
            out += rows([plain(line.printed_note, self.small)], [_WIDTH], self.open)
        cells, widths = self.cells(line, n, _WIDTH)
        return [*out, *rows(cells, widths, self.open, _short(line, n), FLAT)]

    def labelled_row(
        self, label: str, line: FormNode, n: Node | None, look: ParagraphStyle
    ) -> list[Flowable]:
        """A row of the label at the left and the answer beside it."""
        cells, widths = self.cells(line, n, _WIDTH - _LABEL)
        ruled = self.labelled
        if len(cells) > 1:
            ruled = self.choice
        parts = [plain(label, look), *cells]
        return rows(parts, [_LABEL, *widths], ruled, _short(line, n), _ANSWERED)

    def cells(self, line: FormNode, n: Node | None, width: float) -> tuple[list[Any], list[float]]:
        """An answer as one cell, or as the answer and one or two columns of options; and their
        widths.
        """
        if line.kind == "choice_many":
            return [self.boxes(line, n, width)], [width]
        if line.kind != "choice_one":
            return [plain(text_of(n) or line.fixed_text, self.body)], [width]
        answer = plain(f"[　{text_of(n)}　]", self.bold)
        listed = []
        for number, option in enumerate(line.options, 1):
            listed.append(f"{number}) {option.label}")
        half = (width - _CHOICE) / 2
        widest = max((stringWidth(text, self.face.regular, 7.5) for text in listed), default=0)
        if len(listed) > 2 and widest < half - 10:
            left = plain("\n".join([OPTIONS, *listed[::2]]), self.small)
            right = plain("\n".join(["", *listed[1::2]]), self.small)
            return [answer, left, right], [_CHOICE, half, half]
        return [answer, plain("\n".join([OPTIONS, *listed]), self.small)], [_CHOICE, half * 2]

    def boxes(self, line: FormNode, n: Node | None, width: float) -> list[Any]:
        """[○] and [ ] before every option, two short ones in a line; one with free text has its own
        line.
        """
        value = {}
        if n is not None and n.content:
            value = n.value
        chosen: dict[str, str] = dict(value.get("options", ()))
        half = (width - 10) / 2
        out: list[Any] = []
        short: list[Any] = []
        face = self.face.regular
        size = self.body.fontSize

        def flush() -> None:
            if short:
                pairs = [short[i : i + 2] for i in range(0, len(short), 2)]
                if len(pairs[-1]) == 1:
                    pairs[-1].append("")
                widths = [half, half]
                out.append(RuledTable(pairs, colWidths=widths, style=self.bare, reading=FLAT))
                short.clear()

        for option in line.options:
            tick = "[　] "
            if option.label in chosen:
                tick = "[○] "
            words = tick + _filled(option, chosen.get(option.label))
            if option.free or stringWidth(words, face, size) > half - 6:
                flush()
                out += plain(words, self.option)
            else:
                short.append(plain(words, self.option))
        flush()
        for typed in value.get("typed", ()):
            out += plain(f"[○] {typed}", self.option)
        return out

    def figure(self, n: Node | None) -> list[Any]:
        """A figure as large as a page allows; an imported one is laid over its place."""
        if n is None or not (n.leaves or n.value):
            return rows([plain("（図なし）", self.body)], [_WIDTH], self.open)
        drawn: Flowable = Drawn(picture(n), self.face, _WIDTH - 12, _HEIGHT - 110)
        body = self.drawings.get((n.value or {}).get("drawing", ""))
        if body is not None:
            width, height = _size(body)
            scale = min((_WIDTH - 12) / width, (_HEIGHT - 110) / height, 1.0)
            drawn = LaidOver(self.placed, body, width * scale, height * scale, said(picture(n)))
        look = TableStyle(
            [
                *self.open.getCommands(),
                ("ALIGN", (0, 0), (-1, -1), "CENTER"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("RIGHTPADDING", (0, 0), (-1, -1), 2),
            ]
        )
        return [RuledTable([[drawn]], colWidths=[_WIDTH], style=look)]

    def names(self, n: Node | None) -> list[Any]:
        """記録項目: numbered names in three columns."""
        names: list[str] = []
        for number, leaf in enumerate(n.leaves if n is not None else (), 1):
            cells = list(leaf.value["cells"])
            if len(cells) == 1 and not cells[0][:1].isdigit():
                names.append(f"{number}．{cells[0]}")
            else:
                names.append("　".join(cells))
        # The last row is filled up; a list without names has one empty row.
        names += [""] * (-len(names) % 3 or (0 if names else 3))
        out: list[Any] = []
        for index in range(0, len(names), 3):
            cells = []
            for name in names[index : index + 3]:
                cells.append(plain(name, self.cell))
            out += rows(cells, [_WIDTH / 3] * 3, self.grid)
        return out

    def table_heads(self) -> RuledTable | None:
        """The heads of 変更箇所, with the part's title above them; they stand on each of its
        pages."""
        line = self.form.change_table
        if line is None:
            return None
        width = room(PageKind(wide=True))[0]
        bold = style(self.face, 8.5, bold=True, lead=1.4)
        heads = [plain(column, bold) for column in line.columns]
        title = plain(_title(line), self.title)
        look = [
            *self.grid.getCommands(),
            ("SPAN", (0, 0), (-1, 0)),
            ("GRID", (0, 0), (-1, 0), 0, white),
            ("LEFTPADDING", (0, 0), (-1, 0), 0),
        ]
        look += [
            ("BOTTOMPADDING", (0, 0), (-1, 0), 6),
            ("BACKGROUND", (0, 1), (-1, -1), SHADE),
            ("BOX", (0, 1), (-1, -1), 0.5, LINE),
        ]
        return RuledTable(
            [[title, *[""] * (len(heads) - 1)], heads],
            colWidths=_columns(len(heads), width),
            style=TableStyle(look),
        )

    def change_table(self, line: FormNode, n: Node | None) -> list[Any]:
        """変更箇所 over the whole of a wide sheet; one empty row where there is none."""
        width = room(PageKind(wide=True))[0]
        length = len(line.columns)
        empty = [""] * length
        leaves = ()
        if n is not None:
            leaves = n.leaves
        filled = []
        for leaf in leaves:
            filled.append([*leaf.value["cells"], *empty][:length])
        out: list[Any] = [Here(self.pages, (line.key,), _title(line))]
        for texts in filled or [empty]:
            cells = [plain(text, self.cell) for text in texts]
            out += rows(cells, _columns(length, width), self.grid)
        return out

    def contents(self, part: FormNode) -> list[Any]:
        """項目一覧: the parts in a box, each linked to its page."""
        look = TableStyle(
            [
                *self.grid.getCommands(),
                ("LEFTPADDING", (0, 0), (-1, -1), 16),
                ("TOPPADDING", (0, 0), (-1, -1), 9),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 9),
            ]
        )
        title = style(self.face, 16, bold=True, alignment=1, tag="H1")
        return [
            Here(self.pages, (part.key,), part.label),
            Spacer(1, 30),
            *plain("項　目　一　覧", title),
            Spacer(1, 24),
            RuledTable(
                [[self._leader(entry)] for entry in part.entries],
                colWidths=[_WIDTH - 40],
                style=look,
            ),
        ]

    def _leader(self, entry: str) -> Leader:
        """One line of 項目一覧, linked to the part whose number it begins with."""
        numbered = [part for part in self.form.parts if part.number]
        begins = [part for part in numbered if entry.startswith(part.number)]
        if not begins:
            return Leader(entry, "", "", self.face, _WIDTH - 80)
        part = max(begins, key=lambda part: len(part.number))
        target = part.key
        node = self.tree.find((part.key,))
        if part.repeated and node is not None and node.children and node.children[0].key:
            target = f"{part.key}/{node.children[0].key}"
        return Leader(entry, part.key, target, self.face, _WIDTH - 80)

    def cover(self, part: FormNode, n: Node | None, stamp: str) -> list[Any]:
        """The first page: 評価書番号 beside 評価書名, the declaration in its box, 特記事項,
        評価実施機関名, 公表日, and the form's stamp at the lower right.
        """
        out: list[Any] = [Here(self.pages, (part.key,), part.label), Spacer(1, 16)]
        out += plain(stamp or " ", style(self.face, 12, bold=True, alignment=1))
        out.append(Spacer(1, 10))
        out += plain(
            self.form.printed_title, style(self.face, 18, bold=True, alignment=1, tag="H1")
        )
        out.append(Spacer(1, 22))
        by_role = self.form.by_role
        first = by_role.get("cover_number")
        second = by_role.get("cover_name")
        if first and second:
            out += self._number_and_name(part, first, second, n)
        stamps = []
        for line in part.children:
            if line.prints_stamp:
                stamps.append(line)
        for line in part.children:
            if line not in (first, second, *stamps):
                out.append(Here(self.pages, (part.key, line.key)))
                out += self._cover_item(line, n)
        for line in stamps:
            words = _answer_below(line, n) or line.fixed_text
            out += [Here(self.pages, (part.key, line.key)), Spacer(1, 18)]
            out += plain(words, style(self.face, 10, alignment=2))
        return out

    def _cover_item(self, line: FormNode, n: Node | None) -> list[Any]:
        if line.role == "cover_declaration":
            return self._declaration(line, n)
        cells = [plain(line.label, self.bold), plain(_answer_below(line, n), self.body)]
        out = [*rows(cells, [_LABEL, _WIDTH - _LABEL], self.labelled)]
        if line.role == "cover_remarks":
            out.append(Spacer(1, 16))
        return out

    def _number_and_name(
        self, part: FormNode, first: FormNode, second: FormNode, n: Node | None
    ) -> list[Any]:
        """評価書番号 beside 評価書名, under their headings."""
        both = (first, second)
        widths = [100, _WIDTH - 100]
        centred = style(self.face, 9.5, bold=True, alignment=1)
        large = style(self.face, 11, lead=1.5)
        heads = TableStyle([*self.grid.getCommands(), ("BACKGROUND", (0, 0), (-1, -1), SHADE)])
        out: list[Any] = [Here(self.pages, (part.key, line.key)) for line in both]
        out += rows([plain(line.label, centred) for line in both], widths, heads)
        out += rows([plain(_answer_below(line, n), large) for line in both], widths, self.grid)
        out.append(Spacer(1, 16))
        return out

    def _declaration(self, line: FormNode, n: Node | None) -> list[Any]:
        """The declaration in its box."""
        title = plain(line.label, style(self.face, 12, bold=True, alignment=1, tag="H2"))
        frame = TableStyle(
            [
                *self.open.getCommands(),
                ("TOPPADDING", (0, 0), (-1, -1), 9),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 11),
            ]
        )
        words = plain(_answer_below(line, n), style(self.face, 10.5, lead=1.7))
        return [*rows([title], [_WIDTH], self.shaded), *rows([words], [_WIDTH], frame)]


def _title(line: FormNode) -> str:
    """A part's number and label."""
    if line.number:
        return f"{line.number}　{line.label}"
    return line.label


def _answer_below(line: FormNode, n: Node | None) -> str:
    """The answer of an item below a node; empty where it has none."""
    if n is not None:
        return text_of(n.child(line.key))
    return ""


def _box(check: FormNode, n: Node | None) -> str:
    """A box to tick with what stands beside it."""
    return f"{_answer_below(check, n) or '[　]'}{check.label.partition(']')[2]}"


def _filled(option: Option, note: str | None) -> str:
    """An option's words, with its free text where there is some."""
    if not option.free or not note:
        return option.label
    before, after = option.around
    return f"{before}{note}{after}"


def _short(line: FormNode, n: Node | None) -> bool:
    """Whether an answer is a choice that stays in one piece on a page."""
    return line.kind in ("choice_one", "choice_many") and len(text_of(n)) < 600


def _columns(count: int, width: float) -> list[float]:
    """Widths of the columns of 変更箇所."""
    if count != len(_TABLE) + 1:
        return [width / count] * count
    return [*_TABLE, width - sum(_TABLE)]


def _size(body: bytes) -> tuple[float, float]:
    """Width and height of the first page of a PDF."""
    from io import BytesIO

    from pikepdf import Pdf

    with Pdf.open(BytesIO(body)) as pdf:
        left, bottom, right, top = map(float, pdf.pages[0].mediabox)
        return right - left, top - bottom
