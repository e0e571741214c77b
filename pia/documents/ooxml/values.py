"""What stands in a cell: its living words, the words struck through in it, and whether a person
typed them.

Knows strings, runs, styles and formats of a workbook; not where a cell stands. CellRuns struck
through by hand (見え消し) are not living text, and are never lost: they are handed on apart.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from ...domain import wareki
from . import number_format
from .markup import first, is_on, local, parse, unescape

_CUT = "\x00"  # stands where struck words were taken out


@dataclass(frozen=True, slots=True)
class CellRuns:
    """A text in runs: (text, whether it is struck through; None as its cell is)."""

    runs: tuple[tuple[str, bool | None], ...]

    def split(self, struck: bool) -> tuple[str, str]:
        """(living words, struck words) in a cell that is struck through or not. A line of nothing
        but struck words is no line."""
        living = ""
        gone = []
        for text, own in self.runs:
            if own or (own is None and struck):
                gone.append(text)
                living += _CUT
            else:
                living += text
        if not gone:
            return living, ""
        lines = []
        for line in living.split("\n"):
            if _CUT not in line or line.replace(_CUT, "").strip():
                lines.append(line.replace(_CUT, ""))
        return "\n".join(lines), "".join(gone)


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell's words are shown: the format of a number, struck through or not, with a line
    around or not."""

    code: str = "General"
    struck: bool = False
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """What the values of cells refer to: shared strings, styles, and the day 0 of the calendar."""

    strings: list[CellRuns] = field(default_factory=list)
    styles: list[Style] = field(default_factory=list)
    start: date = date(1899, 12, 30)

    def style(self, element: etree._Element) -> Style:
        """The style of a cell element."""
        number = int(element.get("s") or 0)
        if number < len(self.styles):
            return self.styles[number]
        return Style()


@dataclass(frozen=True, slots=True)
class Value:
    """A cell's living text, its flag ("", "formula", "uncached", "error") and its struck words."""

    text: str = ""
    flag: str = ""
    struck: str = ""


def values_of(
    archive: zipfile.ZipFile, workbook: etree._Element, by_kind: dict[str, str]
) -> Values:
    """What the cells of a workbook refer to. `by_kind`: kind of part → its name."""
    parts = archive.namelist()
    strings: list[CellRuns] = []
    styles: list[Style] = []
    if by_kind.get("sharedStrings") in parts:
        strings = list(_strings(archive, by_kind["sharedStrings"]))
    if by_kind.get("styles") in parts:
        styles = _styles(parse(archive.read(by_kind["styles"])))
    start = date(1899, 12, 30)
    for node in workbook:
        if local(node.tag) == "workbookPr" and node.get("date1904") in ("1", "true"):
            start = date(1904, 1, 1)
    return Values(strings, styles, start)


def _strings(archive: zipfile.ZipFile, part: str) -> Iterator[CellRuns]:
    for item in parse(archive.read(part)):
        if local(item.tag) == "si":
            yield _words(item)


def _words(item: etree._Element) -> CellRuns:
    """The runs of a string item; its furigana (rPh) is left out."""
    runs: list[tuple[str, bool | None]] = []
    for child in item:
        if local(child.tag) == "t":
            runs.append((unescape(child.text or ""), None))
        elif local(child.tag) == "r":
            runs.append(_run(child))
    return CellRuns(tuple(runs))


def _run(element: etree._Element) -> tuple[str, bool | None]:
    """(text, struck) of a run; one without properties of its own is as its cell."""
    text = first(element, "t")
    said = unescape("" if text is None else text.text or "")
    own = first(element, "rPr")
    if own is None:
        return said, None
    return said, is_on(first(own, "strike"))


def _styles(root: etree._Element) -> list[Style]:
    """The styles of cells by their number."""
    codes = dict(number_format.BUILT_IN)
    for element in root.iter():
        number = element.get("numFmtId")
        if local(element.tag) == "numFmt" and number:
            codes[int(number)] = element.get("formatCode") or "General"
    fonts = [is_on(first(font, "strike")) for font in _group(root, "fonts")]
    borders = [_is_ruled(border) for border in _group(root, "borders")]
    styles = []
    for cell_format in _group(root, "cellXfs"):
        styles.append(
            Style(
                codes.get(int(cell_format.get("numFmtId") or 0), "General"),
                _at(fonts, cell_format.get("fontId")),
                _at(borders, cell_format.get("borderId")),
            )
        )
    return styles


def _group(root: etree._Element, name: str) -> Sequence[etree._Element]:
    group = first(root, name)
    return () if group is None else group


def _at(switches: Sequence[bool], number: str | None) -> bool:
    at = int(number or 0)
    return at < len(switches) and switches[at]


def _is_ruled(border: etree._Element) -> bool:
    """Whether a border has a line on any side."""
    return any(side.get("style", "none") != "none" for side in border)


def value(element: etree._Element, values: Values) -> Value:
    """What a cell element holds. Numbers and days are what the cell shows, line breaks LF."""
    kind = element.get("t") or "n"
    raw = None
    flag = ""
    inline = CellRuns(())
    for child in element:
        tag = local(child.tag)
        if tag == "v":
            raw = child.text
        elif tag == "f":
            flag = "formula"
        elif tag == "is":
            inline = _words(child)
    if kind != "inlineStr" and raw is None:
        return Value("", "uncached" if flag else "")
    if kind == "e":
        return Value(raw or "", "error")
    words = inline if kind == "inlineStr" else _said(element, kind, raw or "", values)
    living, struck = words.split(values.style(element).struck)
    return Value(_lines(living), flag, _lines(struck).strip())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _said(element: etree._Element, kind: str, raw: str, values: Values) -> CellRuns:
    """What a person sees of a raw value of a kind."""
    if kind == "s":
        return values.strings[int(raw)]
    return CellRuns(((_typed(element, kind, raw, values), None),))


def _typed(element: etree._Element, kind: str, raw: str, values: Values) -> str:
    """A value that is no string of the workbook's."""
    if kind == "b":
        return "TRUE" if raw == "1" else "FALSE"
    if kind == "str":
        return unescape(raw)
    if kind == "d":
        return wareki.written(date.fromisoformat(raw.partition("T")[0]))
    return number_format.shown(float(raw), values.style(element).code, values.start)
