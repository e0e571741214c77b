"""The structure of a PDF for readers who listen (ISO 32000-1, 14.8): which words are a heading, a
paragraph, an item of a list, the head or a cell of a table, and what is mere ornament.

Knows elements and the PDF format; not what a paper says. Elements come into being with the parts of
a story (`text.py`) and get their place when the first of their marks is drawn: reading order is the
order of the story, whatever page a piece of it ends up on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFObject

# What elements of one kind are gathered in where they follow each other.
_GATHERED = {"LI": "L", "TR": "Table", "TOCI": "TOC"}
_HEADING = re.compile(r"H([1-6])")
# Operators that change how something is drawn and draw nothing themselves.
_STATE = re.compile(
    r"\s*(q|Q|n|BT /\S+ [-\d.]+ Tf [-\d.]+ TL ET|/\S+ (gs|cs|CS)"
    r"|[-\d. ]+ (cm|w|J|j|M|i|rg|RG|g|G|k|K)|\[[-\d. ]*\] [-\d.]+ d)?\s*",
)
ORNAMENT = "/Artifact BMC"
FURNITURE = "/Artifact <</Type /Pagination>> BDC"
END = "EMC"
_ORDER = "\ufeff"  # says that a text is of two bytes a letter


class Element:
    """One element of the structure. `within` is the one it stands in (None: the document itself);
    `alt` the words for a figure; `scope` (Column, Row) and `span` are those of a cell; `run` tells
    rows of one table from those of the next.
    """

    __slots__ = ("alt", "kids", "placed", "run", "scope", "span", "tag", "within")

    def __init__(self, tag: str, within: Element | None = None, *, alt: str = ""):
        self.tag = tag
        self.within = within
        self.alt = alt
        self.scope = ""
        self.span = 1
        self.run: object = None
        # Elements, and marks as (page from 1, number on that page).
        self.kids: list[Element | tuple[int, int]] = []
        self.placed = False

    @property
    def headed(self) -> bool:
        """Whether a row has heads of columns only."""
        return all(isinstance(cell, Element) and cell.scope == "Column" for cell in self.kids)


def row(cells: Sequence[tuple[str, int]], run: object) -> tuple[Element, list[Element]]:
    """A row of a table with all its cells, also empty ones: the row and the cells. `cells` are the
    scope (Column or Row for a head, else empty) and the columns each spans; rows that follow each
    other with the same `run` are one table.
    """
    line = Element("TR")
    line.run = run
    out = []
    for scope, span in cells:
        cell = Element("TH" if scope else "TD", line)
        cell.scope = scope
        cell.span = span
        cell.placed = True
        line.kids.append(cell)
        out.append(cell)
    return line, out


class Structure:
    """The elements of one document while it is drawn."""

    def __init__(self) -> None:
        self.root = Element("Document")
        self.root.placed = True
        # The element of every mark of a page, in their order.
        self.marks: dict[int, list[Element]] = {}
        self._level = 0
        # Heads of tables that wait for the first row below them: words may stand between the two.
        self._heads: dict[object, list[Element]] = {}

    def begin(self, element: Element, page: int) -> str:
        """The operator that begins a mark of an element on a page (from 1)."""
        self._place(element)
        marks = self.marks.setdefault(page, [])
        element.kids.append((page, len(marks)))
        marks.append(element)
        return f"/{element.tag} <</MCID {len(marks) - 1}>> BDC"

    def end(self) -> None:
        """All is drawn: heads without a row below them are a table of their own."""
        for heads in self._heads.values():
            self._begin("Table", self.root, heads)
        self._heads.clear()

    def _place(self, element: Element) -> None:
        if element.within is not None:
            self._place(element.within)
        if element.placed:
            return
        element.placed = True
        above = element.within or self.root
        heading = _HEADING.fullmatch(element.tag)
        if heading and above is self.root:
            # No level is left out on the way down.
            self._level = min(int(heading[1]), self._level + 1)
            element.tag = f"H{self._level}"
        if element.tag == "TR" and element.headed:
            self._heads.setdefault(element.run, []).append(element)
        elif element.tag in _GATHERED:
            self._gather(element, above)
        else:
            self._add(element, above)

    def _add(self, element: Element, above: Element) -> None:
        element.within = above
        above.kids.append(element)

    def _gather(self, element: Element, above: Element) -> None:
        """Puts an item or a row into the list or table that was begun last, if nothing stands
        between them and no new heads begin; else into a new one.
        """
        tag = _GATHERED[element.tag]
        heads = self._heads.pop(element.run, []) if tag == "Table" else []
        last = above.kids[-1] if above.kids else None
        if not heads and isinstance(last, Element) and last.tag == tag and last.run == element.run:
            self._add(element, last)
        else:
            self._begin(tag, above, [*heads, element])

    def _begin(self, tag: str, above: Element, kids: Sequence[Element]) -> None:
        gathering = Element(tag)
        gathering.run = kids[0].run
        gathering.placed = True
        self._add(gathering, above)
        for kid in kids:
            self._add(kid, gathering)


def ornamented(code: Iterable[str]) -> list[str]:
    """The operators of a page with all that draws outside of a mark marked as mere ornament."""
    out: list[str] = []
    loose: list[str] = []
    inside = False

    def flush() -> None:
        if any(not _STATE.fullmatch(step) for step in loose):
            out.append(ORNAMENT)
            out.extend(loose)
            out.append(END)
        else:
            out.extend(loose)
        loose.clear()

    for step in code:
        if step.endswith((" BDC", " BMC")):
            flush()
            inside = True
        if inside:
            out.append(step)
        else:
            loose.append(step)
        if step == END:
            inside = False
    flush()
    return out


class _Written(PDFObject):
    """An object whose bytes are known."""

    content = b""

    def format(self, document: Any) -> bytes:
        """Its bytes, as reportlab asks for them."""
        return self.content


def write(structure: Structure, doc: Any) -> None:
    """Puts the structure into a document of reportlab's whose pages are all drawn."""
    structure.end()
    numbers = doc.idToObjectNumberAndVersion
    objects: list[tuple[Element, _Written, int]] = []
    own: dict[int, int] = {}
    waiting = [structure.root]
    while waiting:
        element = waiting.pop()
        written = _Written()
        name = f"Structure{len(objects)}"
        doc.Reference(written, name)
        own[id(element)] = numbers[name][0]
        objects.append((element, written, numbers[name][0]))
        waiting += [kid for kid in reversed(element.kids) if isinstance(kid, Element)]
    parents = _Written()
    doc.Reference(parents, "StructureParents")
    top = _Written()
    doc.Catalog.StructTreeRoot = doc.Reference(top, "StructureTop")
    doc.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})
    pages = {page: numbers[f"Page{page}"][0] for page in structure.marks}
    top_number = numbers["StructureTop"][0]
    for element, written, _ in objects:
        above = top_number
        if element.within is not None:
            above = own[id(element.within)]
        written.content = _element(element, above, own, pages)
    lines = []
    for page, marks in sorted(structure.marks.items()):
        lines.append(f"{page - 1} [{' '.join(f'{own[id(mark)]} 0 R' for mark in marks)}]")
    parents.content = f"<</Nums [{' '.join(lines)}]>>".encode()
    number = numbers["StructureParents"][0]
    after = max(structure.marks, default=0)
    top.content = (
        f"<</Type /StructTreeRoot /K {own[id(structure.root)]} 0 R /ParentTree {number} 0 R "
        f"/ParentTreeNextKey {after}>>"
    ).encode()


def _element(element: Element, above: int, own: dict[int, int], pages: dict[int, int]) -> bytes:
    """The bytes of one element."""
    first = next((kid[0] for kid in element.kids if not isinstance(kid, Element)), 0)
    kids = []
    for kid in element.kids:
        if isinstance(kid, Element):
            kids.append(f"{own[id(kid)]} 0 R")
        elif kid[0] == first:
            kids.append(str(kid[1]))
        else:
            kids.append(f"<</Type /MCR /Pg {pages[kid[0]]} 0 R /MCID {kid[1]}>>")
    words = [f"<</S /{element.tag} /P {above} 0 R"]
    if first:
        words.append(f"/Pg {pages[first]} 0 R")
    if len(kids) == 1:
        words.append(f"/K {kids[0]}")
    elif kids:
        words.append(f"/K [{' '.join(kids)}]")
    if element.scope or element.span > 1:
        words.append(_of_a_table(element))
    if element.alt:
        words.append(f"/Alt <{(_ORDER + element.alt).encode('utf-16-be').hex()}>")
    return (" ".join(words) + ">>").encode()


def _of_a_table(element: Element) -> str:
    """What a cell says of itself."""
    scope = f" /Scope /{element.scope}" if element.scope else ""
    span = f" /ColSpan {element.span}" if element.span > 1 else ""
    return f"/A <</O /Table{scope}{span}>>"
