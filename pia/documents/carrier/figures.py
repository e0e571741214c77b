"""Figures of 別添1 in a workbook being filled: what is the same stays, words are changed inside their shapes, other figures are drawn in their place.

Knows drawing parts and the rows a figure has; not the shapes' meaning. A figure the workbook has no place for is put below the others under 図n.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from ...domain.document import items
from ...domain.document.form import Form, FormNode
from ..ooxml import drawings, package
from ..ooxml.book import local, parse
from ..ooxml.drawings import EMU, KEPT, OURS, XDR, A, R, child, content
from ..workbook_in import sections
from ..workbook_in.entry_keys import Chain
from ..workbook_in.find_labels import Found
from ..workbook_in.labels import is_name
from ..workbook_out import drawings as workbook_out_drawings
from ..workbook_out.layout import bounds
from . import flow
from .annex import Noted
from .parts import Parts
from .places import Places, Wanted, body_of, says
from .refs import Box, Insert
from .shapes import elements, only_words, set_words

Want = Mapping[tuple[str, Chain], Wanted]
REMARK = "（備考）"
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def differ(places: Places, want: Want) -> bool:
    """Whether the document's figures are others than the workbook's."""
    line = _line(places.form)
    return line is not None and not all(
        _same(places, want, key) for key in {*want, *places.now} if _is_of(places.form, line, key)
    )


def draw(
    places: Places,
    want: Want,
    blobs: Mapping[str, bytes],
    noted: Noted,
    head: Callable[[tuple[str, Chain]], str],
) -> Parts:
    """The workbook of `places` (whose answers are written already) with the document's figures. `noted` takes remarks no row can show; `head` names them."""
    line = _line(places.form)
    if line is None or not differ(places, want):
        return places.parts
    parts = Parts(places.parts.save())
    work = _Drawing(Places(parts, places.form), line, want, blobs, noted)
    work.heads = {
        value.value: head(key)
        for key, value in want.items()
        if value.line in line.children and isinstance(value.value, str)
    }
    work.run()
    return parts


def _line(form: Form) -> FormNode | None:
    for node in form.walk():
        if any(item.kind == "figure" for item in node.children):
            return node
    return None


def _is_of(form: Form, line: FormNode, key: tuple[str, Chain]) -> bool:
    return line in form.by_id[key[0]].parents


def _same(places: Places, want: Want, key: tuple[str, Chain]) -> bool:
    wanted = want.get(key)
    now = places.now.get(key)
    if wanted:
        value = wanted.value
    else:
        value = None
    if (
        places.form.by_id[key[0]].kind == "figure"
        and value
        and now
        and not value["shapes"]
        and not now["shapes"]
    ):
        return bool(value.get("drawing") == now.get("drawing"))
    return says(places.form.by_id[key[0]], now, value)


class _Drawing:
    """The figures of one workbook being put in, from the last to the first so that rows put in move nothing still to come."""

    def __init__(
        self, places: Places, line: FormNode, want: Want, blobs: Mapping[str, bytes], noted: Noted
    ):
        self.places = places
        self.parts = places.parts
        self.line = line
        self.want = want
        self.blobs = blobs
        self.noted = noted
        self.heads: dict[str, str] = {}  # titles and remarks of the document, and what names them
        self.look = flow.Look(self.parts)
        self.by_kind = {
            "figure" if item.kind == "figure" else "name" if is_name(item) else "remark": item
            for item in line.children
        }
        text = []
        for site in places.sites.values():
            if site.cells and not site.inner and site.line.kind == "text":
                text.append(site)
        self.style = _usual(
            places.grid(letter.cells[0].sheet).style(letter.cells[0].row, letter.cells[0].col)
            for letter in text
        )
        self.like = self._like()
        self.pending: list[
            list[Any]
        ] = []  # figures to draw when all rows stand: sheet, row, points right and below of it, value
        self.label_style = _usual(
            places.grid(letter.found.sheet).style(letter.found.box[0], letter.found.box[1])
            for letter in text
        )

    def run(self) -> None:
        found = []
        for _, figure, _ in self.places.work.figures:
            found.append(figure)
        count = max(
            [
                len(found),
                *(
                    chain[0][1]
                    for node, chain in self.want
                    if self.places.form.by_id[node] in self.line.children
                ),
            ]
        )
        loose = bool(found) and not any(figure.head for figure in found)
        if count > len(found):
            self._append(list(range(len(found) + 1, count + 1)), found, loose)
        for index in range(len(found), 0, -1):
            self._change(index, found[index - 1])
        for sheet, row, left, below, value in sorted(self.pending, key=lambda day: day[:2]):
            self._draw(sheet, value, row, left, below)

    def _like(self) -> tuple[int, Box, Box] | None:
        """Sheet and boxes of a printed 図1 and of its title: other figures are headed like it."""
        for _, figure, _ in self.places.work.figures:
            if figure.head is not None:
                grid, (r1, _, _, c2) = self.places.grid(figure.head.sheet), figure.head.box
                if figure.titles:
                    right = figure.titles[0].col
                else:
                    right = next(
                        iter(self.places._boxes(grid, figure.head.sheet, r1, c2 + 1, 1 << 14)), 0
                    )
                if right:
                    return figure.head.sheet, figure.head.box, grid.box(r1, right)
        return None

    def _value(self, what: str, n: int) -> Any:
        wanted = self.want.get((self.by_kind[what].id, ((self.line.id, n),)))
        if wanted:
            return body_of(wanted.value)
        return None

    def _put(self, sheet: int, row: int, col: int, text: str, style: str | None = None) -> None:
        grid = self.places.grid(sheet)
        box = grid.box(row, col)
        found = self.places.book.sheets[sheet]
        wide = flow.pixels(found.widths, found.width, box)
        if grid.style(row, col):
            points = self.look.size(grid, row, col)
        else:
            points = self.look.of(style)
        if text in self.heads and not flow.fits(text, box, wide, points):
            text = self.noted.cite(text, self.heads[text])
        grid.put(row, col, text, style)
        if text:
            self.parts.cover(self.places.index(sheet), row)
        if self.look.wraps(grid, row, col):
            flow.fit_height(grid, box, text, wide, points)

    # ---- a figure that has its place

    def _change(self, n: int, f: sections.Figure) -> None:
        chain = ((self.line.id, n),)
        if f.at:
            sheet = f.at.sheet
        else:
            sheet = 0
        grid = self.places.grid(sheet)
        remark = self._value("remark", n) or ""
        title = self._value("name", n) or ""
        if not _same(self.places, self.want, (self.by_kind["remark"].id, chain)):
            self._remark(f, sheet, remark)
        if not _same(self.places, self.want, (self.by_kind["figure"].id, chain)):
            self._redraw(f, sheet, self._value("figure", n))
        if not _same(self.places, self.want, (self.by_kind["name"].id, chain)):
            for index, cell in enumerate(f.titles):
                self._put(sheet, cell.row, cell.col, title if not index else "")
            if not f.titles and title:
                if f.head:
                    _, _, _, c2 = f.head.box
                    right = self.places._boxes(grid, sheet, f.head.box[0], c2 + 1, 1 << 14)
                    if f.head.tail:
                        said = f.head.cells[0].text
                        self._put(
                            sheet,
                            f.head.cells[0].row,
                            f.head.cells[0].col,
                            f"{said[: said.rindex(f.head.tail)]}{title}",
                        )
                    else:
                        self._put(
                            sheet, f.head.box[0], right[0] if right else c2 + 1, title, self.style
                        )
                else:
                    row = (
                        self._row_at(sheet, min((anchor.y for anchor in f.anchors), default=0.0))
                        - 1
                    )
                    heading = self._heading()
                    if heading is not None and heading.sheet == sheet and row <= heading.box[2]:
                        self.parts.insert(self.places.index(sheet), [_blank_row(heading.box[2])])
                        row = heading.box[2] + 1
                        for day in self.pending:
                            day[1] += day[0] == sheet and day[1] >= row
                    self._put(
                        sheet, max(row, 1), heading.box[1] if heading else 1, title, self.style
                    )
            elif f.head and f.head.tail and not title:
                said = f.head.cells[0].text
                self._put(
                    sheet,
                    f.head.cells[0].row,
                    f.head.cells[0].col,
                    said[: said.rindex(f.head.tail)].rstrip(),
                )

    def _remark(self, f: sections.Figure, sheet: int, remark: str) -> None:
        for index, cell in enumerate(f.remarks):
            self._put(cell.sheet, cell.row, cell.col, remark if not index else "")
        if f.remarks or not remark:
            return
        grid = self.places.grid(sheet)
        if f.label is not None:
            r1, c1, r2, c2 = f.label.box
            right = self.places._boxes(grid, sheet, r1, c2 + 1, 1 << 14)
            wide = c2 >= self.places.ends[sheet] - 1 > c1
            if right or not wide:
                self._put(sheet, r1, right[0] if right else c2 + 1, remark, self.style)
            else:
                below = self.places._boxes(grid, sheet, r2 + 1, c1, c2 + 1)
                self._put(sheet, r2 + 1, below[0] if below else c1, remark, self.style)
            return
        bottom = max([anchor.y + anchor.h for anchor in f.anchors], default=0.0)
        row = max(self._row_at(sheet, bottom) + 1, (f.at.row + 1) if f.at else 1)
        self._make_room(sheet, row, 2)
        self._labelled(sheet, row, REMARK, remark)

    def _labelled(self, sheet: int, row: int, label: str, text: str) -> None:
        """A label at the left and its text from where there is room for it to the right edge."""
        grid = self.places.grid(sheet)
        found = self.places.book.sheets[sheet]
        heading = self._heading()
        if self.like is not None and self.like[0] == sheet:
            _, mark, said = self.like
            grid.part_merges(row, mark[1], said[3])
            grid.add_merges(
                [
                    second
                    for second in ((row, mark[1], row, mark[3]), (row, said[1], row, said[3]))
                    if second[3] > second[1]
                ]
            )
            for box in (mark, said):
                for col in range(box[1], box[3] + 1):
                    grid.put(row, col, "", grid.style(box[0], col))
            self._put(sheet, row, mark[1], label, grid.style(mark[0], mark[1]))
            if text:
                self._put(sheet, row, said[1], text, grid.style(said[0], said[1]))
            return
        if heading:
            c1 = heading.box[1]
        else:
            c1 = 1
        last = max(self.places.ends[sheet], heading.box[3] if heading else 1, c1 + 1)
        at = c1
        while at < last - 1 and flow.pixels(found.widths, found.width, (0, c1, 0, at)) < 56:
            at += 1
        grid.part_merges(row, c1, last)
        grid.add_merges(
            [
                second
                for second in ((row, c1, row, at), (row, at + 1, row, last))
                if second[3] > second[1]
            ]
        )
        self._put(sheet, row, c1, label, self.label_style)
        if text:
            self._put(sheet, row, at + 1, text, self.style)

    def _redraw(self, f: sections.Figure, sheet: int, value: Any) -> None:
        if f.answer:
            now = f.answer["shapes"]
        else:
            now = []
        if (
            value
            and now
            and only_words(now, value["shapes"])
            and not any(anchor.name.startswith((OURS, KEPT)) for anchor in f.anchors)
        ):
            self._words(sheet, f.anchors, [shape["text"] for shape in value["shapes"]])
            return
        book = self.places.book.sheets[sheet]
        left = min((anchor.x for anchor in f.anchors), default=8.0)
        top = min(
            (anchor.y for anchor in f.anchors),
            default=(
                book.top(f.head.box[2] + 1) if f.head else book.top(f.at.row + 1 if f.at else 2)
            )
            + 8,
        )
        old = max((anchor.y + anchor.h for anchor in f.anchors), default=top) - top
        self._take_out(sheet, f.anchors)
        if not value or not (value["shapes"] or value.get("drawing")):
            return
        height = self._height(sheet, value)
        if not f.anchors:
            first = (f.head.box[2] if f.head else f.at.row if f.at else 1) + 1
            self._make_room(sheet, first, -(-int(height) // max(int(book.height), 1)) + 1)
        elif height > old:
            self._make_room(
                sheet,
                self._row_at(sheet, top + old) + 1,
                -(-int(height - old) // max(int(book.height), 1)) + 1,
            )
        row = self._row_at(sheet, top)
        self.pending.append([sheet, row, left, max(top - book.top(row), 0.0), value])

    def _height(self, sheet: int, value: Any) -> float:
        x1, y1, x2, y2 = bounds(value["shapes"])
        return max(
            (y2 - min(y1, 0)) * min(1.0, self._room(sheet) / max(x2 - min(x1, 0), 1)) + 20, 60.0
        )

    def _room(self, sheet: int) -> float:
        found = self.places.book.sheets[sheet]
        return max(found.left(max(self.places.ends[sheet], 2) + 1) - 16, 200.0)

    def _row_at(self, sheet: int, y: float) -> int:
        found = self.places.book.sheets[sheet]
        row = 1
        while row < 5_000 and found.top(row + 1) <= y + 0.01:
            row += 1
        return row

    def _make_room(self, sheet: int, row: int, count: int) -> None:
        """Empty rows from `row` on: put in where something stands below too soon."""
        taken = []
        for each_number, number, _ in self.places.text:
            if each_number == sheet and number >= row:
                taken.append(number)
        missing = count - (min(taken, default=row + count) - row)
        if missing > 0:
            self.parts.insert(
                self.places.index(sheet),
                [Insert(row - 1, 1 << 20, 1 << 20, True) for _ in range(missing)],
            )
            for day in self.pending:
                if day[0] == sheet and day[1] >= row:
                    day[1] += missing
                else:
                    day[1] += 0

    # ---- figures without a place yet

    def _heading(self) -> Found | None:
        part = (self.line.parents or (self.line,))[0]
        for found in self.places.work.founds:
            if found.token.node is part and found.token.kind in ("part", "title"):
                return found
        return None

    def _append(
        self, numbers: Sequence[int], found: Sequence[sections.Figure], loose: bool
    ) -> None:
        heading = self._heading()
        if heading is None:
            return
        sheet = max([heading.sheet, *(figure.at.sheet for figure in found if figure.at)])
        book = self.places.book.sheets[sheet]
        if sheet == heading.sheet:
            row = heading.box[2] + 1
        else:
            row = 1
        for figure in found:
            cells = [
                *figure.titles,
                *figure.remarks,
                *(figure.head.cells if figure.head else ()),
                *(figure.label.cells if figure.label else ()),
            ]
            ends = []
            for cell in cells:
                if cell.sheet == sheet:
                    ends.append(cell.row2)
            ends += [
                self._row_at(sheet, anchor.y + anchor.h)
                for anchor in figure.anchors
                if figure.at and figure.at.sheet == sheet
            ]
            if (
                figure.label is not None and figure.label.sheet == sheet
            ):  # its remark may have an empty box below
                r2 = figure.label.box[2]
                c1 = figure.label.box[1]
                c2 = figure.label.box[3]
                grid = self.places.grid(sheet)
                ends += [
                    grid.box(r2 + 1, box)[2]
                    for box in self.places._boxes(grid, sheet, r2 + 1, c1, c2 + 1)
                ]
            row = max([row, *(end + 1 for end in ends)])
        remark = next(
            (
                each_found
                for each_found in self.places.work.founds
                if each_found.token.node is self.by_kind["remark"]
                and each_found.sheet == sheet
                and each_found.box[0] >= row
            ),
            None,
        )
        plan = []
        for number in numbers:
            value = self._value("figure", number)
            note = self._value("remark", number) or ""
            if value:
                tall = self._height(sheet, value)
            else:
                tall = 0.0
            if value:
                drawn = -(-int(tall) // max(int(book.height), 1)) + 1
            else:
                drawn = 0
            own = bool(note) and not (remark is not None and number == numbers[-1])
            plan.append((number, value, note, drawn, own))
        self._make_room(sheet, row, sum(1 + drawn + own for _, _, _, drawn, own in plan) + 1)
        if remark is not None and plan[-1][2]:
            self._beside_remark(sheet, remark, row, plan)
        for number, value, note, drawn, own in plan:
            title = self._value("name", number) or ""
            if loose:
                self._put(sheet, row, heading.box[1], title, self.style)
            else:
                self._labelled(sheet, row, self._numbered(number, found), title)
            if value and (value["shapes"] or value.get("drawing")):
                self.pending.append([sheet, row + 1, 8.0, 8.0, value])
            row += 1 + drawn
            if own:
                self._labelled(sheet, row, REMARK, note)
                row += 1

    def _numbered(self, n: int, found: Sequence[sections.Figure]) -> str:
        """図3, with digits as wide as those printed."""
        wide = any(re.search("[０-９]", file.head.cells[0].text) for file in found if file.head)
        return f"図{str(n).translate(_WIDE) if wide else n}"

    def _beside_remark(
        self, sheet: int, remark: Found, row: int, plan: Sequence[tuple[int, Any, str, int, bool]]
    ) -> None:
        """The remark of the last figure stands at the （備考） the workbook prints."""
        grid = self.places.grid(sheet)
        at = next(
            (
                key
                for key, line in grid.rows.items()
                if key >= row and any(REMARK[1:3] in cell for cell in line.cells.values())
            ),
            None,
        )
        if at is None:
            moved = remark.box[0]
        else:
            moved = at
        right = self.places._boxes(grid, sheet, moved, remark.box[3] + 1, 1 << 14)
        self._put(sheet, moved, right[0] if right else remark.box[3] + 1, plan[-1][2], self.style)

    # ---- drawing parts

    def _drawing(self, sheet: int) -> tuple[str, etree._Element]:
        """The sheet's drawing part, made where there is none."""
        part = self.parts.sheets[self.places.index(sheet)][1]
        there = next(
            (
                text
                for _, kind, text in self.parts.related(part)
                if kind == "drawing" and text in self.parts.body
            ),
            None,
        )
        if there:
            return there, parse(self.parts.body[there])
        made = self.parts.free("xl/drawings/drawing1.xml")
        self.parts.body[made] = b""
        self.parts.typed(made, "application/vnd.openxmlformats-officedocument.drawing+xml")
        rel = self.parts.add_relation(part, "drawing", made)
        self.parts.grid(self.places.index(sheet)).add_drawing(rel)
        return made, etree.Element(f"{{{XDR}}}wsDr", nsmap={"xdr": XDR, "a": A, "r": R})

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
        part, root = self._drawing(sheet)
        top = list(root)
        nodes = []
        for anchor in anchors:
            for element in elements(content(top[anchor.index])):
                nodes.append(element)
        for node, text in zip(nodes, texts):
            if drawings._one(node, local(node.tag), 0, 0, 0, 0)["text"] != text:
                set_words(node, text)
        self._save(part, root)

    def _draw(self, sheet: int, value: Any, row: int, left: float, below: float) -> None:
        """A figure that hangs on its row, so that it goes down with it."""
        part, root = self._drawing(sheet)
        self.parts.cover(
            self.places.index(sheet),
            row
            + int(
                (below + self._height(sheet, value))
                // max(self.places.book.sheets[sheet].height, 1)
            ),
        )
        node = items.plain(self.by_kind["figure"], value)
        made = workbook_out_drawings.sheet_drawing(
            [
                workbook_out_drawings.Placed(
                    node, left, below, self._room(sheet), self.blobs.get(value.get("drawing") or "")
                )
            ]
        )
        ids = []
        for element in root.iter():
            if local(element.tag) == "cNvPr" and (element.get("id") or "0").isdigit():
                ids.append(int(element.get("id") or 0))
        fresh = parse(made.xml)
        for element in fresh.iter():
            if local(element.tag) == "cNvPr":
                element.set("id", str(int(element.get("id") or 0) + max(ids, default=0)))
        for rel, (name, image) in sorted(made.media.items()):
            ending = name.rsplit(".", 1)[-1].lower()
            if ending not in package._TYPES:
                continue
            media = self.parts.free(f"xl/media/image1.{ending}")
            self.parts.body[media] = image
            self.parts.ending_typed(ending, package._TYPES[ending])
            new = self.parts.add_relation(part, "image", media)
            for element in fresh.iter():
                for key, said in list(element.attrib.items()):
                    if key.startswith(f"{{{R}}}") and said == rel:
                        element.set(key, new)
        for anchor in list(fresh):
            root.append(self._hung(anchor, sheet, row))
        self._save(part, root)

    def _hung(self, anchor: etree._Element, sheet: int, row: int) -> etree._Element:
        """An anchor at a distance from the top of a row, as one on that row's cell."""
        pos = child(anchor, "pos")
        x = drawings.number(pos, "x") / EMU
        y = drawings.number(pos, "y") / EMU
        book = self.places.book.sheets[sheet]
        col = 1
        while book.left(col + 1) <= x and col < 200:
            col += 1
        made = etree.Element(f"{{{XDR}}}oneCellAnchor", nsmap=anchor.nsmap)
        start = etree.SubElement(made, f"{{{XDR}}}from")
        for name, number in (
            ("col", col - 1),
            ("colOff", round((x - book.left(col)) * EMU)),
            ("row", row - 1),
            ("rowOff", round(max(y, 0) * EMU)),
        ):
            etree.SubElement(start, f"{{{XDR}}}{name}").text = str(number)
        made.extend(node for node in anchor if node is not pos)
        return made


def _usual(styles: Iterator[str | None]) -> str | None:
    found = Counter(style for style in styles if style)
    if found:
        return found.most_common(1)[0][0]
    return None


def _blank_row(after: int) -> Insert:
    return Insert(after, 1 << 20, 1 << 20, True)
