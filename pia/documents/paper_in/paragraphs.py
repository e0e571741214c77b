"""A Word file as its paragraphs and tables, with the numbers Word writes by itself and one side of
the changes that are still pending.

Knows WordprocessingML as Word, LibreOffice and others write it. Must not know forms. What is there
and not read (comments, notes, text in boxes, struck and hidden letters) is told with its place.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from lxml import etree

from ...domain import wareki
from ...domain.errors import PiaError, Problem
from ..ooxml import archive as packed
from ..ooxml.book import main_part, relations
from ..ooxml.markup import local, parse
from .numbering import Numbering

CARRIED = b"urn:pia:carried"
MARK = "_pia_"  # what the names of our own bookmarks begin with
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WIDTH = 9_600  # twips of a table whose columns say nothing
_DEEP = 60  # elements within elements
_OUT = {"final": ("del", "moveFrom"), "original": ("ins", "moveTo")}
_SAID = {"ins": "挿入", "del": "削除", "moveFrom": "移動元", "moveTo": "移動先"}
_SIGNS = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-"}
_MOST_SAID = 20  # lines told of one kind


@dataclass(slots=True)
class WordText:
    """A paragraph outside tables. `level`: of a heading from 1, 0 for any other; `page`: 0 where
    the file does not say; `names`: our bookmarks on it."""

    text: str
    level: int = 0
    page: int = 0
    names: list[str] = field(default_factory=list)


@dataclass(slots=True)
class WordCell:
    """A cell of a table: its row from 0, edges in twips, how many rows it covers."""

    row: int
    left: int
    right: int
    text: str
    rows: int = 1
    page: int = 0
    names: list[str] = field(default_factory=list)


@dataclass(slots=True)
class WordTable:
    """A table; `number` counts the tables of the document from 1."""

    number: int
    cells: list[WordCell] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A change nobody took or took back yet: what was done, the words, by whom and when, where."""

    kind: str
    words: str
    who: str
    place: str


@dataclass(slots=True)
class WordDocument:
    """A Word file in reading order. `carried`: the JSON that travels in a file of ours."""

    blocks: list[WordText | WordTable]
    problems: list[Problem]
    carried: Any = None


def read(data: bytes, tracked: str = "final") -> WordDocument:
    """The document. `tracked`: final reads changes as accepted, original as rejected. PiaError
    where its parts do not fit together; `outside.check` comes before."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _WordReader(archive, tracked).read()
    except (
        KeyError,
        ValueError,
        TypeError,
        IndexError,
        AttributeError,
        StopIteration,
        RecursionError,
        etree.LxmlError,
        zipfile.BadZipFile,
        EOFError,
    ) as error:
        raise PiaError(
            "Word文書の中身が壊れていて読み取れません。"
            "元のファイルをWordで開いて保存し直してください。"
        ) from error


class _WordReader:
    """One Word file being read from top to bottom."""

    def __init__(self, archive: zipfile.ZipFile, tracked: str):
        self.archive = archive
        self.parts = {info.filename: info for info in archive.infolist()}
        self.main = main_part(archive)
        self.related = list(relations(archive, self.main).values())
        styles = self._part("styles")
        self.numbering = Numbering(self._part("numbering"), styles)
        self.styles = _Styles(styles)
        self.out = _OUT[tracked]
        self.document = WordDocument([], [])
        self.page = 0
        self.begun = 0  # the page the paragraph being read begins on
        self.tables = 0
        self.heading = ""
        self.place = ""
        self.pending: list[PendingChange] = []
        self.in_changed_row = False
        self.left: dict[str, list[tuple[str, str]]] = {}
        self.pictures: list[str] = []

    def _part(self, kind: str) -> Any:
        for known, target in self.related:
            if known == kind and target in self.parts:
                return parse(packed.part(self.archive, self.parts[target]))
        return None

    def read(self) -> WordDocument:
        root = parse(packed.part(self.archive, self.parts[self.main]))
        body = root.find(f"{_W}body")
        if body is None:
            raise ValueError("body")
        if next(body.iter(f"{_W}lastRenderedPageBreak"), None) is not None:
            self.page = 1
        self._blocks(body)
        self.document.carried = self._carried()
        self._tell()
        return self.document

    def _blocks(self, parent: Any) -> None:
        waiting = ""
        names: list[str] = []
        for element in _blocks_in(parent):
            if local(element.tag) == "tbl":
                self._table(element)
                continue
            level = self.styles.level(element)
            paragraph = self._paragraph(element)
            text = waiting + paragraph.text
            names += paragraph.names
            if self._joins_next(element):
                waiting = text
                continue
            waiting = ""
            if text.strip():
                if level or len(text) <= 40:
                    self.heading = " ".join(text.split())
                block = WordText(text, level, paragraph.page, names)
                self.document.blocks.append(block)
            names = []
        if waiting.strip():
            self.document.blocks.append(WordText(waiting, 0, self.page, names))

    def _joins_next(self, element: Any) -> bool:
        """Whether the mark at a paragraph's end is one that is not there on this side."""
        marks = element.find(f"{_W}pPr/{_W}rPr")
        return marks is not None and any(local(child.tag) in self.out for child in marks)

    def _paragraph(self, element: Any) -> WordText:
        self.place = self._where()
        number = self.numbering.before(element)
        names: list[str] = []
        self.begun = 0
        text = "".join(self._inline(element, names, 0))
        if not text.strip():
            return WordText("", 0, self.page, names)
        return WordText(number + text, 0, self.begun, names)

    def _where(self, table: str = "") -> str:
        words = f"「{self.heading}」" if self.heading else ""
        page = f"p. {self.page}" if self.page else ""
        return "　".join(filter(None, (page, words, table)))

    def _inline(self, parent: Any, names: list[str], depth: int) -> Iterator[str]:
        """The words of a paragraph's parts on the side that is read."""
        if depth > _DEEP:
            raise ValueError("too deep")
        for element in parent:
            tag = local(element.tag)
            if tag in _SAID:
                self._pending(element, tag)
                if tag in self.out:
                    continue
                yield from self._inline(element, names, depth + 1)
            elif tag == "r":
                yield from self._run(element, names, depth)
            elif tag == "bookmarkStart":
                name = element.get(f"{_W}name") or ""
                if name.startswith(MARK):
                    names.append(name)
            elif tag == "ruby":
                base = element.find(f"{_W}rubyBase")
                if base is not None:
                    yield from self._inline(base, names, depth + 1)
            elif tag not in ("pPr", "rPr", "sdtPr", "sdtEndPr", "rt"):
                yield from self._inline(element, names, depth + 1)

    def _run(self, run: Any, names: list[str], depth: int) -> Iterator[str]:
        """The words of a run; letters nobody sees, or struck out by hand, are told."""
        looks = run.find(f"{_W}rPr")
        words = "".join(self._words(run, names, depth))
        if not words:
            return
        if _is_on(looks, "vanish"):
            self._tell_left("隠し文字", words)
        elif _is_on(looks, "strike") or _is_on(looks, "dstrike"):
            self._tell_left("取消線の付いた文字", words)
        else:
            self.begun = self.begun or self.page
            yield words

    def _words(self, run: Any, names: list[str], depth: int) -> Iterator[str]:
        for element in run:
            match local(element.tag):
                case "t" | "delText":
                    yield element.text or ""
                case "br":
                    if element.get(f"{_W}type") in (None, "textWrapping"):
                        yield "\n"
                case "tab" | "ptab" | "cr" | "noBreakHyphen" as tag:
                    yield _SIGNS[tag]
                case "sym":
                    yield _symbol(element)
                case "lastRenderedPageBreak":
                    self.page += 1
                case "ruby":
                    base = element.find(f"{_W}rubyBase")
                    if base is not None:
                        yield from self._inline(base, names, depth + 1)
                case "drawing" | "pict" | "object" | "AlternateContent":
                    self._drawing(element)

    def _drawing(self, element: Any) -> None:
        """Text in boxes is told; a picture too."""
        if local(element.tag) == "AlternateContent":
            element = next((child for child in element if local(child.tag) == "Choice"), element)
        words = []
        for box in element.iter(f"{_W}txbxContent"):
            for text in box.iter(f"{_W}t"):
                words.append(text.text or "")
        if any(words):
            self._tell_left("図形の中の文字", "".join(words))
        else:
            self.pictures.append(self.place)

    def _tell_left(self, kind: str, words: str) -> None:
        if words.strip():
            self.left.setdefault(kind, []).append((self.place, words))

    def _pending(self, element: Any, tag: str) -> None:
        words = ""
        for text in element.iter(f"{_W}t", f"{_W}delText"):
            words += text.text or ""
        if words and not self.in_changed_row:
            self.pending.append(PendingChange(_SAID[tag], words, _who(element), self.place))

    # ---- tables

    def _table(self, element: Any) -> None:
        self.tables += 1
        number = self.tables
        table = WordTable(number)
        edges = _edges(element)
        open_cells: dict[int, WordCell] = {}
        row = 0
        for found in _rows_in(element):
            change = _row_change(found)
            if change is not None:
                self._pending_row(found, change, f"表{number} {row + 1}行目")
                if local(change.tag) in self.out:
                    continue
            self.in_changed_row = change is not None
            self._row(found, table, edges, row, open_cells)
            self.in_changed_row = False
            row += 1
        table.rows = row
        if row:
            self.document.blocks.append(table)

    def _pending_row(self, row: Any, change: Any, table: str) -> None:
        words = "".join(text.text or "" for text in row.iter(f"{_W}t", f"{_W}delText"))
        said = f"行ごと{_SAID[local(change.tag)]}"
        self.pending.append(PendingChange(said, words, _who(change), self._where(table)))

    def _row(
        self,
        found: Any,
        table: WordTable,
        edges: Sequence[int],
        row: int,
        open_cells: dict[int, WordCell],
    ) -> None:
        at = _grid_before(found)
        for cell in _cells_in(found):
            looks = cell.find(f"{_W}tcPr")
            span = max(_count(looks, "gridSpan"), 1)
            merge = looks.find(f"{_W}vMerge") if looks is not None else None
            left = edges[min(at, len(edges) - 1)]
            right = edges[min(at + span, len(edges) - 1)]
            at += span
            names: list[str] = []
            text = self._cell_text(cell, names, f"表{table.number} {row + 1}行目")
            goes_on = merge is not None and (merge.get(f"{_W}val") or "continue") == "continue"
            if goes_on and left in open_cells:
                above = open_cells[left]
                above.rows = row - above.row + 1
                if text.strip():
                    above.text = f"{above.text}\n{text}" if above.text else text
                continue
            one = WordCell(row, left, max(right, left + 1), text, 1, self.page, names)
            if merge is not None:
                open_cells[left] = one
            else:
                open_cells.pop(left, None)
            table.cells.append(one)

    def _cell_text(self, cell: Any, names: list[str], table: str) -> str:
        """A cell's paragraphs as lines; a table within it as its rows."""
        lines = []
        waiting = ""
        for element in _blocks_in(cell):
            if local(element.tag) == "tbl":
                for row in _rows_in(element):
                    texts = [self._cell_text(inner, names, table) for inner in _cells_in(row)]
                    lines.append("　".join(filter(None, texts)))
                continue
            self.place = self._where(table)
            number = self.numbering.before(element)
            text = "".join(self._inline(element, names, 0))
            text = waiting + (number + text if text.strip() else text)
            waiting = ""
            if self._joins_next(element):
                waiting = text
                continue
            lines.append(text)
        if waiting:
            lines.append(waiting)
        return "\n".join(lines).strip("\n")

    # ---- beside the text

    def _carried(self) -> Any:
        for name, info in self.parts.items():
            if not name.startswith("customXml/item") or "Props" in name:
                continue
            body = packed.part(self.archive, info)
            if CARRIED in body:
                try:
                    return json.loads(parse(body).text or "")
                except (ValueError, RecursionError):
                    return None
        return None

    def _tell(self) -> None:
        """Everything that was there and not read."""
        say = self.document.problems.append
        self._tell_pending()
        for kind, found in self.left.items():
            for place, words in found[:_MOST_SAID]:
                say(
                    Problem(
                        "left",
                        f"{kind}「{_cut(words)}」は、読み取りませんでした。",
                        place,
                        "warning",
                    )
                )
            if len(found) > _MOST_SAID:
                more = len(found) - _MOST_SAID
                say(Problem("left", f"{kind}は、ほかに{more}か所あります。", "", "warning"))
        if self.pictures:
            places = "、".join(dict.fromkeys(filter(None, self.pictures[:8])))
            say(
                Problem(
                    "picture",
                    f"図や画像が{len(self.pictures)}個あり、その中は読み取りませんでした。",
                    places,
                    "warning",
                )
            )
        for kind in sorted(self.numbering.unknown):
            say(
                Problem(
                    "numbering",
                    f"自動の段落番号のうち、種類（{kind}）の分からないものを算用数字で読みました。",
                    "",
                    "warning",
                )
            )
        self._tell_beside()

    def _tell_pending(self) -> None:
        """The changes that are still pending, those of one place and one hand in one line."""
        gathered: dict[tuple[str, str], list[str]] = {}
        for change in self.pending:
            said = gathered.setdefault((change.place, change.who), [])
            said.append(f"{change.kind}「{_cut(change.words)}」")
        side = "反映した" if "del" in self.out else "反映する前の"
        for number, ((place, who), said) in enumerate(gathered.items()):
            if number == _MOST_SAID:
                sentence = f"確定していない変更履歴は、ほかに{len(gathered) - number}か所あります。"
                self.document.problems.append(Problem("tracked", sentence, "", "warning"))
                return
            listed = "、".join(said[:6])
            if len(said) > 6:
                listed += f"など{len(said)}件"
            sentence = f"確定していない変更履歴（{who}）を、{side}文で読みました：{listed}"
            self.document.problems.append(Problem("tracked", sentence, place, "warning"))

    def _tell_beside(self) -> None:
        """Comments and notes stand in parts of their own."""
        for kind, tag, words in (
            ("comments", "comment", "コメント"),
            ("footnotes", "footnote", "脚注"),
            ("endnotes", "endnote", "文末脚注"),
        ):
            part = self._part(kind)
            if part is None:
                continue
            for note in part.findall(f"{_W}{tag}"):
                text = "".join(each.text or "" for each in note.iter(f"{_W}t"))
                if text.strip():
                    author = note.get(f"{_W}author")
                    by = f"（{author}）" if author else ""
                    self.document.problems.append(
                        Problem(
                            "left",
                            f"{words}{by}「{_cut(text)}」は、読み取りませんでした。",
                            "",
                            "warning",
                        )
                    )


def _who(change: Any) -> str:
    """Author and day of a change; Word writes the day of its own clock."""
    author = change.get(f"{_W}author") or "作成者不明"
    match = re.match(r"(\d{4}-\d\d-\d\d)", change.get(f"{_W}date") or "")
    if not match:
        return author
    try:
        return f"{author}、{wareki.written(date.fromisoformat(match.group(1)))}"
    except ValueError:
        return author


class _Styles:
    """Which styles are headings."""

    def __init__(self, styles: Any):
        self.levels: dict[str, int] = {}
        for style in styles.findall(f"{_W}style") if styles is not None else ():
            name = style.get(f"{_W}styleId") or ""
            level = style.find(f"{_W}pPr/{_W}outlineLvl")
            if level is not None:
                self.levels[name] = _outline(level)
                continue
            called = style.find(f"{_W}name")
            words = (called.get(f"{_W}val") or "") if called is not None else ""
            match = re.fullmatch(r"heading ([1-9])", words, re.I)
            if match:
                self.levels[name] = int(match.group(1))

    def level(self, paragraph: Any) -> int:
        """The level of a heading from 1; 0 for any other paragraph."""
        own = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
        if own is not None:
            return _outline(own)
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is None:
            return 0
        return self.levels.get(style.get(f"{_W}val") or "", 0)


def _outline(level: Any) -> int:
    """Word counts levels from 0; 9 is ordinary text."""
    number = int(level.get(f"{_W}val") or 9)
    if number >= 9:
        return 0
    return number + 1


def _blocks_in(parent: Any, depth: int = 0) -> Iterator[Any]:
    """Paragraphs and tables, those in fields to fill in and in moved passages too."""
    if depth > _DEEP:
        raise ValueError("too deep")
    for element in parent:
        tag = local(element.tag)
        if tag in ("p", "tbl"):
            yield element
        elif tag in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"):
            yield from _blocks_in(element, depth + 1)


def _row_change(row: Any) -> Any:
    """The pending change that a row is itself; None where it is none."""
    looks = row.find(f"{_W}trPr")
    for child in looks if looks is not None else ():
        if local(child.tag) in ("ins", "del"):
            return child
    return None


def _rows_in(table: Any) -> Iterator[Any]:
    for element in table:
        tag = local(element.tag)
        if tag == "tr":
            yield element
        elif tag in ("sdt", "sdtContent", "customXml"):
            yield from _rows_in(element)


def _cells_in(row: Any) -> Iterator[Any]:
    for element in row:
        tag = local(element.tag)
        if tag == "tc":
            yield element
        elif tag in ("sdt", "sdtContent", "customXml"):
            yield from _cells_in(element)


def _edges(table: Any) -> list[int]:
    """Where the columns of a table begin and end, in twips; columns without widths are equal."""
    grid = table.find(f"{_W}tblGrid")
    widths = []
    for column in grid if grid is not None else ():
        if local(column.tag) == "gridCol":
            width = column.get(f"{_W}w") or "0"
            widths.append(int(float(width)) if re.fullmatch(r"[\d.]{1,8}", width) else 0)
    most = len(widths)
    for row in _rows_in(table):
        count = _grid_before(row)
        for cell in _cells_in(row):
            count += max(_count(cell.find(f"{_W}tcPr"), "gridSpan"), 1)
        most = max(most, count)
    if most > 200:
        raise PiaError("列の多すぎる表があります。表を分けて保存し直してください。")
    if len(widths) < most or not all(widths):
        widths = [WIDTH // max(most, 1)] * most
    indent = table.find(f"{_W}tblPr/{_W}tblInd")
    at = 0
    if indent is not None and re.fullmatch(r"-?\d{1,6}", indent.get(f"{_W}w") or ""):
        at = int(indent.get(f"{_W}w"))
    edges = [at]
    for width in widths:
        edges.append(edges[-1] + width)
    return edges


def _grid_before(row: Any) -> int:
    return _count(row.find(f"{_W}trPr"), "gridBefore")


def _count(looks: Any, name: str) -> int:
    found = looks.find(f"{_W}{name}") if looks is not None else None
    if found is None or not re.fullmatch(r"\d{1,4}", found.get(f"{_W}val") or ""):
        return 0
    return int(found.get(f"{_W}val"))


def _is_on(looks: Any, name: str) -> bool:
    found = looks.find(f"{_W}{name}") if looks is not None else None
    return found is not None and found.get(f"{_W}val") not in ("0", "false", "none", "off")


def _symbol(element: Any) -> str:
    """A letter named by its number; those of picture typefaces have a private one."""
    code = element.get(f"{_W}char") or ""
    if not re.fullmatch(r"[0-9A-Fa-f]{2,5}", code):
        return "\ufffd"
    number = int(code, 16)
    if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF or number < 0x20:
        return "\ufffd"
    return chr(number)


def _cut(words: str) -> str:
    flat = " ".join(words.split())
    if len(flat) <= 60:
        return flat
    return flat[:59] + "…"
