"""What stands on the pages of a PDF: its text with places, boxed cells by their ruled lines, and
what lies over the text.

Knows page content through pikepdf: text that is drawn (not what is only there to be searched),
rules, fills, notes, pictures. Must not know what a table is about. Reads our own papers and those
another program printed of them; a page that is only a picture has no text.
"""

from __future__ import annotations

import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pikepdf

from ...domain.errors import PiaError
from ..ooxml import guard

MAX_FILE = 60 << 20
MAX_PAGES = 2_000
_NEAR = 1.5  # points by which a rule may miss what it meets
_THIN = 1.6  # a filled box no thicker is a rule
_LINE = 2.5  # points by which the letters of a line may stand higher or lower
_DEEP = 8  # forms within forms
_INVISIBLE = 3  # the way of drawing text that draws nothing
# Operators of a page's content (ISO 32000-1 annex A) by what is done with them.
_DRAWING = frozenset(("m", "l", "h", "re"))
_STROKING = frozenset(("S", "s", "B", "B*", "b", "b*"))
_FILLING = frozenset(("f", "F", "f*", "B", "B*", "b", "b*"))
_PAINTING = _STROKING | _FILLING | {"n"}
_SHOWING = frozenset(("Tj", "TJ", "'", '"'))
_HEX = re.compile(r"<([0-9A-Fa-f\s]*)>")
_RANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(\[.*?\]|<[0-9A-Fa-f\s]+>)", re.S)
_MOST_CODES = 65_535  # codes one range of a font names
Matrix = tuple[float, float, float, float, float, float]
# x, y of the beginning and of the end; of a box two opposite corners.
Edge = tuple[float, float, float, float]
# Where a rule stands, and from where to where.
_Rule = tuple[float, float, float]
_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PdfBox:
    """A boxed cell: its edges in points (y upwards) and its text, lines one behind the other."""

    left: float
    right: float
    top: float
    bottom: float
    text: str


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A page from 1: rows of boxed cells from top to bottom, the lines outside of any box, and what
    lies over the text, in words.
    """

    number: int
    rows: tuple[tuple[PdfBox, ...], ...]
    lines: tuple[str, ...]
    over: tuple[str, ...]

    def laid_over(self) -> Iterator[str]:
        """What lies over the text, each with the page it is on."""
        for words in self.over:
            yield f"{self.number}頁：{words}"


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """The pages, and the JSON files carried inside by name."""

    pages: tuple[PdfPage, ...]
    carried: Mapping[str, Any]


def read(data: bytes, name: str = "") -> PdfDocument:
    """The pages of a PDF. PiaError in one sentence when it cannot be opened."""
    called = ""
    if name:
        called = f"{name}："
    if len(data) > MAX_FILE:
        raise PiaError(f"{called}PDFが大きすぎます（上限 {MAX_FILE >> 20} MB）。")
    if not data.startswith(b"%PDF"):
        raise PiaError(f"{called}PDFではありません。")
    try:
        return guard.in_child(_document, data)
    except PiaError as error:
        raise PiaError(f"{called}{error}") from error


def _document(data: bytes) -> PdfDocument:
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise PiaError(f"PDFの頁が多すぎます（上限 {MAX_PAGES}頁）。")
            return PdfDocument(
                tuple(_page(page, number) for number, page in enumerate(pdf.pages, 1)),
                dict(_attached(pdf)),
            )
    except pikepdf.PasswordError as error:
        raise PiaError("パスワードで保護されたPDFは、読み取れません。") from error
    except (
        pikepdf.PikepdfError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
    ) as error:
        raise PiaError("壊れていて開けません。元のファイルを写し直してください。") from error


def _attached(pdf: pikepdf.Pdf) -> Iterator[tuple[str, Any]]:
    for name, spec in pdf.attachments.items():
        if name.endswith(".json"):
            try:
                yield name, json.loads(spec.get_file().read_bytes())
            except (ValueError, RecursionError):
                yield name, None


@dataclass(slots=True)
class _Text:
    """A piece of text on one line: where it begins and ends, its baseline."""

    x: float
    end: float
    y: float
    text: str


@dataclass(slots=True)
class _Found:
    """What a page's content draws."""

    texts: list[_Text] = field(default_factory=list)
    upright: list[tuple[float, float, float]] = field(default_factory=list)  # x, y from, y to
    level: list[tuple[float, float, float]] = field(default_factory=list)  # y, x from, x to
    over: list[str] = field(default_factory=list)

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        if abs(x1 - x2) <= _THIN and abs(y1 - y2) > _THIN:
            self.upright.append(((x1 + x2) / 2, min(y1, y2), max(y1, y2)))
        elif abs(y1 - y2) <= _THIN and abs(x1 - x2) > _THIN:
            self.level.append(((y1 + y2) / 2, min(x1, x2), max(x1, x2)))

    def fill(self, x1: float, y1: float, x2: float, y2: float) -> None:
        if abs(x1 - x2) <= _THIN or abs(y1 - y2) <= _THIN:
            self.rule(x1, y1, x2, y2)
            return
        left, right = sorted((x1, x2))
        low, high = sorted((y1, y2))
        for text in self.texts:
            if left <= text.x <= right and low <= text.y <= high and text.text.strip():
                self.over.append("文字の上が塗りつぶされています。")
                return


class _Font:
    """Bytes of a string to letters and widths (in sizes of the font)."""

    def __init__(self, font: Any):
        self.wide = str(font.get("/Subtype", "")) == "/Type0"
        self.map: dict[int, str] = {}
        self.widths: dict[int, float] = {}
        self.usual = 1.0 if self.wide else 0.5
        if "/ToUnicode" in font:
            self.map = _unicode(font.ToUnicode.read_bytes().decode("latin-1"))
        if self.wide:
            inner = font.DescendantFonts[0]
            self.usual = float(inner.get("/DW", 1000)) / 1000
            self._measure(list(inner.get("/W", [])))
        else:
            self._measure_from(int(font.get("/FirstChar", 0)), font.get("/Widths", []))

    def _measure_from(self, first: int, widths: Iterable[Any]) -> None:
        """Widths of codes that follow each other."""
        for code, width in enumerate(widths, first):
            self.widths[code] = float(width) / 1000

    def _measure(self, given: list[Any]) -> None:
        """/W of a wide font: `first [width …]`, or `first last width`."""
        at = 0
        while at + 1 < len(given):
            first = int(given[at])
            if isinstance(given[at + 1], pikepdf.Array):
                self._measure_from(first, given[at + 1])
                at += 2
            else:
                last = min(int(given[at + 1]), first + _MOST_CODES)
                width = float(given[at + 2]) / 1000
                self.widths |= dict.fromkeys(range(first, last + 1), width)
                at += 3

    def letters(self, raw: bytes) -> Iterator[tuple[str, float]]:
        """Each letter of a string with its width."""
        for code in self._codes(raw):
            yield self._letter(code), self.widths.get(code, self.usual)

    def _codes(self, raw: bytes) -> Iterator[int]:
        if not self.wide:
            yield from raw
            return
        for index in range(0, len(raw), 2):
            yield int.from_bytes(raw[index : index + 2], "big")

    def _letter(self, code: int) -> str:
        """By the font's own map; a font without one as Windows reads a byte."""
        if code in self.map:
            return self.map[code]
        if code < 256 and not self.map:
            return bytes([code]).decode("cp1252", "replace")
        return "\ufffd"


def _unicode(cmap: str) -> dict[int, str]:
    """Code → letters, out of a font's own map."""
    letters: dict[int, str] = {}
    for body in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.S):
        words = _HEX.findall(body)
        for code, text in zip(words[::2], words[1::2]):
            letters[int(code, 16)] = _utf16(text)
    for body in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.S):
        for low, high, to in _RANGE.findall(body):
            first = int(low, 16)
            last = min(int(high, 16), first + _MOST_CODES)
            letters |= _ranged(first, last, to)
    return letters


def _ranged(first: int, last: int, to: str) -> Iterator[tuple[int, str]]:
    """Codes from `first` to `last`: a text for each, or one that counts up in its last letter."""
    if to.startswith("["):
        for code, text in enumerate(_HEX.findall(to), first):
            yield code, _utf16(text)
        return
    start = _utf16(to[1:-1])
    if start:
        for code in range(first, last + 1):
            yield code, start[:-1] + chr(ord(start[-1]) + code - first)


def _utf16(raw: str) -> str:
    return bytes.fromhex(re.sub(r"\s", "", raw)).decode("utf-16-be", "replace")


def _times(a: Matrix, b: Matrix) -> Matrix:
    """First `a`, then `b`."""
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    return matrix[0] * x + matrix[2] * y + matrix[4], matrix[1] * x + matrix[3] * y + matrix[5]


@dataclass(slots=True)
class _State:
    """What text operators change, as far as places and letters depend on it."""

    ctm: Matrix = _SAME
    font: _Font | None = None
    size: float = 1.0
    lead: float = 0.0
    gap: float = 0.0
    word: float = 0.0
    stretch: float = 1.0
    rise: float = 0.0
    mode: int = 0

    def copy(self) -> _State:
        return replace(self)

    def letters(self, raw: pikepdf.String) -> Iterator[tuple[str, float]]:
        """Letters and widths of a string; nothing while no font is chosen."""
        if self.font is not None:
            yield from self.font.letters(bytes(raw))

    def step(self, letter: str, width: float) -> float:
        """How far the next letter stands behind this one."""
        word = 0.0
        if letter == " ":
            word = self.word
        return (width * self.size + self.gap + word) * self.stretch


@dataclass(slots=True)
class _Pen:
    """What the operators of one content have put down so far: states that were saved, where text
    stands, and the path that is not painted yet.
    """

    state: _State
    saved: list[_State] = field(default_factory=list)
    text: Matrix = _SAME
    line: Matrix = _SAME
    path: list[Edge] = field(default_factory=list)
    boxes: list[Edge] = field(default_factory=list)
    at: tuple[float, float] = (0.0, 0.0)
    start: tuple[float, float] = (0.0, 0.0)

    def next_line(self, right: float, up: float) -> None:
        """Text goes on so far from where its line began."""
        self.text = self.line = _times((1, 0, 0, 1, right, up), self.line)

    def place_text(self, matrix: Matrix) -> None:
        self.text = self.line = matrix

    def draw(self, op: str, operands: Any) -> None:
        """An operator that makes the path longer."""
        ctm = self.state.ctm
        if op == "m":
            self.at = self.start = _point(ctm, float(operands[0]), float(operands[1]))
        elif op == "l":
            end = _point(ctm, float(operands[0]), float(operands[1]))
            self.path.append((*self.at, *end))
            self.at = end
        elif op == "h":
            self.path.append((*self.at, *self.start))
        else:
            x, y, width, height = map(float, operands)
            self.boxes.append((*_point(ctm, x, y), *_point(ctm, x + width, y + height)))


class _Content:
    """Goes through the operators of a page, forms included, and notes what is drawn."""

    def __init__(self, drawn: _Found):
        self.found = drawn
        self.fonts: dict[Any, _Font] = {}

    def run(self, content: Any, resources: Any, state: _State, depth: int = 0) -> None:
        """Every operator of a content in its order; forms within it up to `_DEEP`."""
        if depth > _DEEP:
            return
        pen = _Pen(state)
        for step in pikepdf.parse_content_stream(content):
            operands: Any = step.operands
            op = str(step.operator)
            if op in _DRAWING:
                pen.draw(op, operands)
            elif op in _PAINTING:
                self._painted(op, pen.path, pen.boxes)
                pen.path = []
                pen.boxes = []
            elif op in ("BI", "INLINE IMAGE"):
                self.found.over.append("画像が重ねられています。")
            elif op == "Do":
                self._form(resources, operands[0], pen.state, depth)
            elif op == "Tf":
                pen.state.font = self._font(resources, operands[0])
                pen.state.size = float(operands[1])
            elif op in _SHOWING:
                if op in ("'", '"'):
                    pen.next_line(0, -pen.state.lead)
                pen.text = self._show(operands[-1], pen.state, pen.text)
            else:
                _move(pen, op, operands)

    def _font(self, resources: Any, name: Any) -> _Font | None:
        font = _resource(resources, "/Font", name)
        if font is None:
            return None
        if font.is_indirect:
            key = font.objgen
        else:
            key = id(font)
        if key not in self.fonts:
            self.fonts[key] = _Font(font)
        return self.fonts[key]

    def _show(self, shown: Any, state: _State, text: Matrix) -> Matrix:
        """Notes one string; the place behind it."""
        words = ""
        before = text
        for part in list(shown) if isinstance(shown, pikepdf.Array) else [shown]:
            if isinstance(part, pikepdf.String):
                for letter, width in state.letters(part):
                    words += letter
                    text = _times((1, 0, 0, 1, state.step(letter, width), 0), text)
            elif not isinstance(part, pikepdf.Object):
                back = -float(part) / 1000 * state.size * state.stretch
                text = _times((1, 0, 0, 1, back, 0), text)
        if words and state.mode != _INVISIBLE:
            x, y = _point(state.ctm, *_point(before, 0, state.rise))
            end, _ = _point(state.ctm, *_point(text, 0, state.rise))
            self.found.texts.append(_Text(x, end, y, words))
        return text

    def _painted(self, op: str, path: Sequence[Edge], boxes: Sequence[Edge]) -> None:
        """A path that is stroked makes rules, one that is filled may cover text."""
        if op in _STROKING:
            for line in path:
                self.found.rule(*line)
            for x1, y1, x2, y2 in boxes:
                self.found.rule(x1, y1, x2, y1)
                self.found.rule(x1, y2, x2, y2)
                self.found.rule(x1, y1, x1, y2)
                self.found.rule(x2, y1, x2, y2)
        if op in _FILLING:
            for box in boxes:
                self.found.fill(*box)
            if path:
                self.found.fill(*_around(path))

    def _form(self, resources: Any, name: Any, state: _State, depth: int) -> None:
        form = _resource(resources, "/XObject", name)
        if form is None:
            return
        if str(form.get("/Subtype", "")) == "/Image":
            self.found.over.append("画像が重ねられています。")
            return
        inner = state.copy()
        if "/Matrix" in form:
            inner.ctm = _times(_matrix(list(form.Matrix)), inner.ctm)
        self.run(form, form.get("/Resources", resources), inner, depth + 1)


def _resource(resources: Any, kind: str, name: Any) -> Any:
    """A font or form of that name; None where there is none."""
    known = {}
    if resources is not None:
        known = resources.get(kind, {})
    if str(name) not in known:
        return None
    return known.get(str(name))


def _around(path: Sequence[Edge]) -> Edge:
    """The box around all points of a path."""
    xs = []
    ys = []
    for x1, y1, x2, y2 in path:
        xs += [x1, x2]
        ys += [y1, y2]
    return min(xs), min(ys), max(xs), max(ys)


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = map(float, operands)
    return a, b, c, d, e, f


def _move(pen: _Pen, op: str, operands: Any) -> None:
    """The operators that save and change the state, and those that place text."""
    match op:
        case "q":
            pen.saved.append(pen.state.copy())
        case "Q":
            if pen.saved:
                pen.state = pen.saved.pop()
        case "cm":
            pen.state.ctm = _times(_matrix(operands), pen.state.ctm)
        case "BT":
            pen.place_text(_SAME)
        case "Tm":
            pen.place_text(_matrix(operands))
        case "T*":
            pen.next_line(0, -pen.state.lead)
        case "TD":
            pen.state.lead = -float(operands[1])
            pen.next_line(float(operands[0]), float(operands[1]))
        case "Td":
            pen.next_line(float(operands[0]), float(operands[1]))
        case "TL" | "Tc" | "Tw" | "Tz" | "Ts" | "Tr":
            _set(pen.state, op, float(operands[0]))


def _set(state: _State, op: str, value: float) -> None:
    match op:
        case "TL":
            state.lead = value
        case "Tc":
            state.gap = value
        case "Tw":
            state.word = value
        case "Tz":
            state.stretch = value / 100
        case "Ts":
            state.rise = value
        case "Tr":
            state.mode = int(value)


def _page(page: pikepdf.Page, number: int) -> PdfPage:
    drawn = _Found()
    _Content(drawn).run(page, page.get("/Resources"), _State())
    over = dict.fromkeys(drawn.over)
    for note in page.get("/Annots", []):
        if str(note.get("/Subtype", "")) not in ("/Link", "/Popup"):
            over["注釈が重ねられています。"] = None
    boxes, loose = _boxed(drawn)
    lines = (line for line in _lines(loose) if line.strip())
    return PdfPage(number, tuple(_rows(boxes)), tuple(lines), tuple(over))


def _boxed(drawn: _Found) -> tuple[dict[Edge, list[_Text]], list[_Text]]:
    """Texts by the box (left, right, top, bottom) the rules make around them; those in none."""
    upright = _long(drawn.upright)
    level = _long(drawn.level)
    boxes: dict[Edge, list[_Text]] = defaultdict(list)
    loose: list[_Text] = []
    known: dict[tuple[int, int], Edge | None] = {}
    for text in drawn.texts:
        x = text.x + min(1.0, (text.end - text.x) / 2)
        key = (round(x), round(text.y * 2))
        if key not in known:
            known[key] = _box(x, text.y, upright, level)
        place = known[key]
        if place is None:
            loose.append(text)
        else:
            boxes[place].append(text)
    return boxes, loose


def _rows(boxes: Mapping[Edge, Sequence[_Text]]) -> Iterator[tuple[PdfBox, ...]]:
    """Boxes of the same height side by side, from top to bottom, without empty rows."""
    rows: dict[tuple[float, float], list[PdfBox]] = defaultdict(list)
    for (left, right, top, bottom), texts in boxes.items():
        rows[(top, bottom)].append(PdfBox(left, right, top, bottom, "".join(_lines(texts))))
    for _, cells in sorted(rows.items(), key=lambda row: -row[0][0]):
        if any(box.text.strip() for box in cells):
            yield tuple(sorted(cells, key=lambda box: box.left))


def _long(rules: Sequence[_Rule]) -> list[_Rule]:
    """Rules in one line that touch, as one."""
    out: list[_Rule] = []
    for at, start, end in sorted((round(at * 2) / 2, start, end) for at, start, end in rules):
        if out and out[-1][0] == at and start <= out[-1][2] + _NEAR:
            out[-1] = (at, out[-1][1], max(out[-1][2], end))
        else:
            out.append((at, start, end))
    return out


def _box(x: float, y: float, upright: Sequence[_Rule], level: Sequence[_Rule]) -> Edge | None:
    """(left, right, top, bottom) of the box around a point."""
    beside = []
    for at, low, high in upright:
        if low - _NEAR <= y <= high + _NEAR:
            beside.append(at)
    left, right = _between(beside, x + 0.5)
    if left is None or right is None:
        return None
    reaching = []
    for at, start, end in level:
        if start <= left + _NEAR and end >= right - _NEAR:
            reaching.append(at)
    bottom, top = _between(reaching, y)
    if top is None or bottom is None:
        return None
    return left, right, top, bottom


def _between(places: Iterable[float], at: float) -> tuple[float | None, float | None]:
    """The nearest places before (or at) and behind a point."""
    before = None
    behind = None
    for place in places:
        if place <= at:
            if before is None:
                before = place
            else:
                before = max(before, place)
        else:
            if behind is None:
                behind = place
            else:
                behind = min(behind, place)
    return before, behind


def _lines(texts: Sequence[_Text]) -> list[str]:
    """Texts as lines from top to bottom, each from left to right."""
    lines: list[list[_Text]] = []
    for text in sorted(texts, key=lambda text: -text.y):
        if lines and abs(lines[-1][0].y - text.y) <= _LINE:
            lines[-1].append(text)
        else:
            lines.append([text])
    out = []
    for line in lines:
        line.sort(key=lambda text: text.x)
        out.append("".join(text.text for text in line))
    return out
