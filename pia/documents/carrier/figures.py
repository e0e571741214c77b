"""Figures of 別添1 in a workbook being filled: what is the same stays, words are changed inside
their shapes, other figures are drawn in their place.

Knows drawing parts and the rows a figure has; not the shapes' meaning. A figure the workbook has no
place for is put below the others under 図n.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lxml import etree

from ...domain.document import items
from ...domain.document.form import Form, FormNode
from ..ooxml import drawings, package
from ..ooxml.drawings import EMU, KEPT, OURS, XDR, A, R, child, content
from ..ooxml.markup import local, parse
from ..workbook_in.entry_keys import Chain
from ..workbook_in.figures import Figure
from ..workbook_in.find_labels import FoundLabel
from ..workbook_in.labels import has_figure
from ..workbook_out import drawings as workbook_out_drawings
from .annex import Noted
from .ground import DueFigure, FigureGround, Planned, Want, blank_row
from .parts import Parts
from .places import Places, says
from .shapes import elements, only_words, set_words

REMARK = "（備考）"
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def differ(places: Places, want: Want) -> bool:
    """Whether the document's figures are others than the workbook's."""
    line = _line(places.form)
    if line is None:
        return False
    keys = set()
    for key in {*want, *places.now}:
        if _is_of(places.form, line, key):
            keys.add(key)
    return not all(_same(places, want, key) for key in keys)


def draw(
    places: Places,
    want: Want,
    blobs: Mapping[str, bytes],
    noted: Noted,
    head: Callable[[tuple[str, Chain]], str],
) -> Parts:
    """The workbook of `places` (whose answers are written already) with the document's figures.

    `noted` takes remarks no row can show; `head` names them.
    """
    line = _line(places.form)
    if line is None or not differ(places, want):
        return places.parts
    parts = Parts(places.parts.save())
    work = _Drawing(Places(parts, places.form), line, want, blobs, noted)
    for key, value in want.items():
        if value.line in line.children and isinstance(value.value, str):
            work.heads[value.value] = head(key)
    work.run()
    return parts


def _line(form: Form) -> FormNode | None:
    for node in form.walk():
        if has_figure(node):
            return node
    return None


def _is_of(form: Form, line: FormNode, key: tuple[str, Chain]) -> bool:
    return line in form.by_id[key[0]].parents


def _same(places: Places, want: Want, key: tuple[str, Chain]) -> bool:
    line = places.form.by_id[key[0]]
    now = places.now.get(key)
    value = None
    if key in want:
        value = want[key].value
    # A figure without shapes is a drawing that was imported whole.
    if line.kind == "figure" and value and now and not value["shapes"] and not now["shapes"]:
        return bool(value.get("drawing") == now.get("drawing"))
    return says(line, now, value)


class _Drawing(FigureGround):
    """The figures of one workbook being put in, from the last to the first so that rows put in move
    nothing still to come.
    """

    def run(self) -> None:
        """Changes, appends and draws the figures of the document."""
        printed = [figure for _, figure, _ in self.places.work.figures]
        count = len(printed)
        for node, chain in self.want:
            if self.places.form.by_id[node] in self.line.children:
                count = max(count, chain[0][1])
        is_loose = bool(printed) and not any(figure.head for figure in printed)
        if count > len(printed):
            self._append(range(len(printed) + 1, count + 1), printed, is_loose)
        for number in range(len(printed), 0, -1):
            self._change(number, printed[number - 1])
        for due in sorted(self.pending, key=lambda due: (due.sheet, due.row)):
            self._draw(due)

    # ---- a figure that has its place

    def _change(self, number: int, figure: Figure) -> None:
        """Writes what the document says otherwise of the figure that stands as 図`number`."""
        chain = ((self.line.id, number),)
        sheet = 0
        if figure.at:
            sheet = figure.at.sheet
        if not self._says("remark", chain):
            self._remark(figure, sheet, self._value("remark", number) or "")
        if not self._says("figure", chain):
            self._redraw(figure, sheet, self._value("figure", number))
        if not self._says("name", chain):
            self._title(figure, sheet, self._value("name", number) or "")

    def _says(self, what: str, chain: Chain) -> bool:
        return _same(self.places, self.want, (self.by_kind[what].id, chain))

    def _title(self, figure: Figure, sheet: int, title: str) -> None:
        """The title in its cells; else behind or beside the head; else above the drawing."""
        for index, cell in enumerate(figure.titles):
            self._put(sheet, cell.row, cell.col, "" if index else title)
        if figure.titles and title:
            return
        head = figure.head
        if head and head.tail:
            self._title_in_head(head, sheet, title)
        elif head and title:
            self._put(sheet, head.box[0], self._right_of(head, sheet), title, self.style)
        elif title:
            self._title_above(figure, sheet, title)

    def _title_in_head(self, head: FoundLabel, sheet: int, title: str) -> None:
        """The words behind 図n in the cell of 図n itself."""
        cell = head.cells[0]
        kept = cell.text[: cell.text.rindex(head.tail)]
        if title:
            self._put(sheet, cell.row, cell.col, f"{kept}{title}")
        else:
            self._put(sheet, cell.row, cell.col, kept.rstrip())

    def _right_of(self, head: FoundLabel, sheet: int) -> int:
        """The column of the first free box right of a label, else the next column."""
        top, _, _, last = head.box
        boxes = self.places.boxes(self.places.grid(sheet), sheet, top, last + 1, 1 << 14)
        return next(iter(boxes), last + 1)

    def _title_above(self, figure: Figure, sheet: int, title: str) -> None:
        """The title in a row of its own above the drawing; below the part's heading if need be."""
        _, top, _ = _reach(figure.anchors)
        row = self._row_at(sheet, top) - 1
        heading = self._heading()
        col = 1
        if heading is not None:
            col = heading.box[1]
        if heading is not None and heading.sheet == sheet and row <= heading.box[2]:
            self.parts.insert(self.places.index(sheet), [blank_row(heading.box[2])])
            row = heading.box[2] + 1
            self._move_pending(sheet, row, 1)
        self._put(sheet, max(row, 1), col, title, self.style)

    def _remark(self, figure: Figure, sheet: int, remark: str) -> None:
        for index, cell in enumerate(figure.remarks):
            self._put(cell.sheet, cell.row, cell.col, "" if index else remark)
        if figure.remarks or not remark:
            return
        if figure.label is not None:
            self._beside_label(figure.label, sheet, remark)
            return
        _, _, bottom = _reach(figure.anchors)
        row = self._row_at(sheet, bottom) + 1
        if figure.at:
            row = max(row, figure.at.row + 1)
        self._make_room(sheet, row, 2)
        self._labelled(sheet, row, REMARK, remark)

    def _beside_label(self, label: FoundLabel, sheet: int, remark: str) -> None:
        """The remark right of its label; below a label over the whole width."""
        top, left, bottom, last = label.box
        grid = self.places.grid(sheet)
        right = self.places.boxes(grid, sheet, top, last + 1, 1 << 14)
        if right or not last >= self.places.ends[sheet] - 1 > left:
            self._put(sheet, top, next(iter(right), last + 1), remark, self.style)
            return
        below = self.places.boxes(grid, sheet, bottom + 1, left, last + 1)
        self._put(sheet, bottom + 1, next(iter(below), left), remark, self.style)

    def _redraw(self, figure: Figure, sheet: int, value: Any) -> None:
        """The drawing as the document has it: words changed in their shapes, or drawn anew."""
        if value and self._has_same_shapes(figure, value):
            self._words(sheet, figure.anchors, [shape["text"] for shape in value["shapes"]])
            return
        book = self.places.book.sheets[sheet]
        if figure.anchors:
            left, top, bottom = _reach(figure.anchors)
            old = bottom - top
        else:
            left = 8.0
            top = book.top(_first_row(figure, 1) + 1) + 8
            old = 0.0
        self._take_out(sheet, figure.anchors)
        if not _has_drawing(value):
            return
        tall = self._height(sheet, value)
        if not figure.anchors:
            self._make_room(sheet, _first_row(figure, 1) + 1, self._rows_for(sheet, tall))
        elif tall > old:
            below = self._row_at(sheet, top + old) + 1
            self._make_room(sheet, below, self._rows_for(sheet, tall - old))
        row = self._row_at(sheet, top)
        self.pending.append(DueFigure(sheet, row, left, max(top - book.top(row), 0.0), value))

    def _has_same_shapes(self, figure: Figure, value: Any) -> bool:
        """Whether only words differ, in shapes the workbook itself has."""
        if not figure.answer or not figure.answer["shapes"]:
            return False
        if any(anchor.name.startswith((OURS, KEPT)) for anchor in figure.anchors):
            return False
        return only_words(figure.answer["shapes"], value["shapes"])

    # ---- figures without a place yet

    def _append(self, numbers: Sequence[int], printed: Sequence[Figure], is_loose: bool) -> None:
        """Puts figures below all others; `is_loose`: the workbook heads none with 図n."""
        heading = self._heading()
        if heading is None:
            return
        sheet, row = self._behind(heading, printed)
        remark = self._printed_remark(sheet, row)
        plan = [self._planned(number, sheet) for number in numbers]
        if remark is not None:
            plan[-1].has_remark_row = False
        self._make_room(sheet, row, sum(map(Planned.height, plan)) + 1)
        if remark is not None and plan[-1].remark:
            self._beside_remark(sheet, remark, row, plan[-1].remark)
        for new in plan:
            # A drawing that goes over the end of a page is cut in two.
            if new.rows:
                self.places.grid(sheet).break_before(row)
            title = self._value("name", new.number) or ""
            if is_loose:
                self._put(sheet, row, heading.box[1], title, self.style)
            else:
                self._labelled(sheet, row, _numbered(new.number, printed), title)
            row = self._append_below(sheet, row, new)

    def _behind(self, heading: FoundLabel, printed: Sequence[Figure]) -> tuple[int, int]:
        """The last sheet that holds figures, and the row below all that stand on it."""
        sheet = heading.sheet
        for figure in printed:
            if figure.at:
                sheet = max(sheet, figure.at.sheet)
        row = 1
        if sheet == heading.sheet:
            row = heading.box[2] + 1
        for figure in printed:
            for end in self._ends_of(figure, sheet):
                row = max(row, end + 1)
        return sheet, row

    def _append_below(self, sheet: int, row: int, new: Planned) -> int:
        """The drawing and remark of a figure whose title is at `row`; the row behind them."""
        if _has_drawing(new.value):
            self.pending.append(DueFigure(sheet, row + 1, 8.0, 8.0, new.value))
        row += 1 + new.rows
        if not new.has_remark_row:
            return row
        self._labelled(sheet, row, REMARK, new.remark)
        return row + 1

    def _planned(self, number: int, sheet: int) -> Planned:
        """A figure to append, with the rows its drawing takes."""
        value = self._value("figure", number)
        remark = self._value("remark", number) or ""
        rows = 0
        if value:
            rows = self._rows_for(sheet, self._height(sheet, value))
        return Planned(number, value, remark, rows, bool(remark))

    def _ends_of(self, figure: Figure, sheet: int) -> list[int]:
        """The last rows of what a figure has on a sheet: cells, drawing, empty box of its
        remark."""
        cells = [*figure.titles, *figure.remarks]
        for label in (figure.head, figure.label):
            if label:
                cells += label.cells
        ends = []
        for cell in cells:
            if cell.sheet == sheet:
                ends.append(cell.row2)
        if figure.at and figure.at.sheet == sheet:
            for anchor in figure.anchors:
                ends.append(self._row_at(sheet, anchor.y + anchor.h))
        if figure.label is not None and figure.label.sheet == sheet:
            _, left, bottom, right = figure.label.box
            grid = self.places.grid(sheet)
            for col in self.places.boxes(grid, sheet, bottom + 1, left, right + 1):
                ends.append(grid.box(bottom + 1, col)[2])
        return ends

    def _printed_remark(self, sheet: int, row: int) -> FoundLabel | None:
        """The （備考） the workbook prints from a row on."""
        for label in self.places.work.founds:
            is_remark = label.token.node is self.by_kind["remark"]
            if is_remark and label.sheet == sheet and label.box[0] >= row:
                return label
        return None

    def _beside_remark(self, sheet: int, remark: FoundLabel, row: int, text: str) -> None:
        """The remark of the last figure stands at the （備考） the workbook prints."""
        grid = self.places.grid(sheet)
        at = remark.box[0]
        for number, line in grid.rows.items():
            if number >= row and any(REMARK[1:3] in cell for cell in line.cells.values()):
                at = number
                break
        right = self.places.boxes(grid, sheet, at, remark.box[3] + 1, 1 << 14)
        self._put(sheet, at, next(iter(right), remark.box[3] + 1), text, self.style)

    # ---- drawing parts

    def _drawing(self, sheet: int) -> tuple[str, etree._Element]:
        """The sheet's drawing part, made where there is none."""
        part = self.parts.sheets[self.places.index(sheet)][1]
        for _, kind, name in self.parts.related(part):
            if kind == "drawing" and name in self.parts.body:
                return name, parse(self.parts.body[name])
        new_part = self.parts.free("xl/drawings/drawing1.xml")
        self.parts.body[new_part] = b""
        self.parts.typed(new_part, "application/vnd.openxmlformats-officedocument.drawing+xml")
        rel = self.parts.add_relation(part, "drawing", new_part)
        self.parts.grid(self.places.index(sheet)).add_drawing(rel)
        return new_part, etree.Element(f"{{{XDR}}}wsDr", nsmap={"xdr": XDR, "a": A, "r": R})

    def _save(self, part: str, root: etree._Element) -> None:
        self.parts.body[part] = etree.tostring(
            root, xml_declaration=True, encoding="UTF-8", standalone=True
        )

    def _take_out(self, sheet: int, anchors: Sequence[drawings.Anchored]) -> None:
        if anchors:
            part, root = self._drawing(sheet)
            top = list(root)
            for anchor in anchors:
                root.remove(top[anchor.index])
            self._save(part, root)

    def _words(
        self, sheet: int, anchors: Sequence[drawings.Anchored], texts: Sequence[str]
    ) -> None:
        """Puts words into the shapes that are there."""
        part, root = self._drawing(sheet)
        top = list(root)
        shapes: list[etree._Element] = []
        for anchor in anchors:
            shapes += elements(content(top[anchor.index]))
        for shape, text in zip(shapes, texts):
            if drawings.shape_of(shape, local(shape.tag), 0, 0, 0, 0)["text"] != text:
                set_words(shape, text)
        self._save(part, root)

    def _draw(self, due: DueFigure) -> None:
        """A figure that hangs on its row, so that it goes down with it."""
        sheet = due.sheet
        part, root = self._drawing(sheet)
        row_height = max(self.places.book.sheets[sheet].height, 1)
        rows = int((due.below + self._height(sheet, due.value)) // row_height)
        self.parts.cover(self.places.index(sheet), due.row + rows)
        node = items.plain(self.by_kind["figure"], due.value)
        blob = self.blobs.get(due.value.get("drawing") or "")
        placed = workbook_out_drawings.PlacedFigure(
            node, due.left, due.below, self._room(sheet), blob
        )
        drawing = workbook_out_drawings.sheet_drawing([placed])
        fresh = parse(drawing.xml)
        _renumber(fresh, root)
        self._add_media(part, fresh, drawing.media)
        for anchor in list(fresh):
            root.append(self._hung(anchor, sheet, due.row))
        self._save(part, root)

    def _add_media(
        self, part: str, fresh: etree._Element, media: Mapping[str, tuple[str, bytes]]
    ) -> None:
        """Puts pictures into the package and points a drawing's references at them."""
        for rel, (name, image) in sorted(media.items()):
            ending = name.rsplit(".", 1)[-1].lower()
            if ending not in package.IMAGE_TYPES:
                continue
            path = self.parts.free(f"xl/media/image1.{ending}")
            self.parts.body[path] = image
            self.parts.ending_typed(ending, package.IMAGE_TYPES[ending])
            new = self.parts.add_relation(part, "image", path)
            for element in fresh.iter():
                for key, reference in list(element.attrib.items()):
                    if key.startswith(f"{{{R}}}") and reference == rel:
                        element.set(key, new)

    def _hung(self, anchor: etree._Element, sheet: int, row: int) -> etree._Element:
        """An anchor at a distance from the top of a row, as one on that row's cell."""
        pos = child(anchor, "pos")
        x = drawings.number(pos, "x") / EMU
        y = drawings.number(pos, "y") / EMU
        book = self.places.book.sheets[sheet]
        col = 1
        while book.left(col + 1) <= x and col < 200:
            col += 1
        hung = etree.Element(f"{{{XDR}}}oneCellAnchor", nsmap=anchor.nsmap)
        start = etree.SubElement(hung, f"{{{XDR}}}from")
        for name, number in (
            ("col", col - 1),
            ("colOff", round((x - book.left(col)) * EMU)),
            ("row", row - 1),
            ("rowOff", round(max(y, 0) * EMU)),
        ):
            etree.SubElement(start, f"{{{XDR}}}{name}").text = str(number)
        hung.extend(node for node in anchor if node is not pos)
        return hung


def _reach(anchors: Sequence[drawings.Anchored]) -> tuple[float, float, float]:
    """The left, upper and lower edge of a drawing in points; 0 where nothing is drawn."""
    if not anchors:
        return 0.0, 0.0, 0.0
    first = anchors[0]
    left = first.x
    top = first.y
    bottom = first.y + first.h
    for anchor in anchors[1:]:
        left = min(left, anchor.x)
        top = min(top, anchor.y)
        bottom = max(bottom, anchor.y + anchor.h)
    return left, top, bottom


def _first_row(figure: Figure, default: int) -> int:
    """The last row of a figure's head, else the row it was read at."""
    if figure.head:
        return figure.head.box[2]
    if figure.at:
        return figure.at.row
    return default


def _has_drawing(value: Any) -> bool:
    return bool(value and (value["shapes"] or value.get("drawing")))


def _numbered(number: int, printed: Sequence[Figure]) -> str:
    """図3, with digits as wide as those printed."""
    heads = []
    for figure in printed:
        if figure.head:
            heads.append(figure.head)
    if any(re.search("[０-９]", head.cells[0].text) for head in heads):
        return f"図{str(number).translate(_WIDE)}"
    return f"図{number}"


def _renumber(fresh: etree._Element, root: etree._Element) -> None:
    """Gives the shapes of a new drawing ids above those of the part it goes into."""
    highest = 0
    for element in root.iter():
        number = element.get("id") or "0"
        if local(element.tag) == "cNvPr" and number.isdigit():
            highest = max(highest, int(number))
    for element in fresh.iter():
        if local(element.tag) == "cNvPr":
            element.set("id", str(int(element.get("id") or 0) + highest))
