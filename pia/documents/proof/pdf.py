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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
_HEX = re.compile(r"<([0-9A-Fa-f\s]*)>")
Matrix = tuple[float, float, float, float, float, float]
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


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """The pages, and the JSON files carried inside by name."""

    pages: tuple[PdfPage, ...]
    carried: Mapping[str, Any]


def read(data: bytes, name: str = "") -> PdfDocument:
    """The pages of a PDF. PiaError in one sentence when it cannot be opened."""
    if name:
        said = f"{name}："
    else:
        said = ""
    if len(data) > MAX_FILE:
        raise PiaError(f"{said}PDFが大きすぎます（上限 {MAX_FILE >> 20} MB）。")
    if not data.startswith(b"%PDF"):
        raise PiaError(f"{said}PDFではありません。")
    try:
        return guard.in_child(_document, data)
    except PiaError as error:
        raise PiaError(f"{said}{error}") from error


def _document(data: bytes) -> PdfDocument:
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise PiaError(f"PDFの頁が多すぎます（上限 {MAX_PAGES}頁）。")
            return PdfDocument(
                tuple(_page(page, number) for number, page in enumerate(pdf.pages, 1)),
                dict(_attached(pdf)),
            )
    except pikepdf.PasswordError as password_error:
        raise PiaError("パスワードで保護されたPDFは、読み取れません。") from password_error
    except (
        pikepdf.PdfError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
    ) as password_error:
        raise PiaError(
            "壊れていて開けません。元のファイルを写し直してください。"
        ) from password_error


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
        (left, right), (low, high) = sorted((x1, x2)), sorted((y1, y2))
        if any(
            left <= text.x <= right and low <= text.y <= high and text.text.strip()
            for text in self.texts
        ):
            self.over.append("文字の上が塗りつぶされています。")


class _Font:
    """Bytes of a string to letters and widths."""

    def __init__(self, font: Any):
        self.wide = str(font.get("/Subtype", "")) == "/Type0"
        self.map: dict[int, str] = {}
        self.widths: dict[int, float] = {}
        if self.wide:
            self.usual = 1.0
        else:
            self.usual = 0.5
        if "/ToUnicode" in font:
            self.map = _unicode(font.ToUnicode.read_bytes().decode("latin-1"))
        if self.wide:
            inner = font.DescendantFonts[0]
            self.usual = float(inner.get("/DW", 1000)) / 1000
            self._measure(list(inner.get("/W", [])))
        else:
            first = int(font.get("/FirstChar", 0))
            self.widths = {
                first + index: float(word) / 1000
                for index, word in enumerate(font.get("/Widths", []))
            }

    def _measure(self, said: list[Any]) -> None:
        at = 0
        while at + 1 < len(said):
            first = int(said[at])
            if isinstance(said[at + 1], pikepdf.Array):
                self.widths |= {
                    first + each_index: float(word) / 1000
                    for each_index, word in enumerate(said[at + 1])
                }
                at += 2
            else:
                self.widths |= {
                    index: float(said[at + 2]) / 1000
                    for index in range(first, min(int(said[at + 1]), first + 65_535) + 1)
                }
                at += 3

    def letters(self, raw: bytes) -> Iterator[tuple[str, float]]:
        if self.wide:
            codes = []
            for index in range(0, len(raw), 2):
                codes.append(int.from_bytes(raw[index : index + 2], "big"))
        else:
            codes = list(raw)
        for code in codes:
            text = self.map.get(code)
            if text is None:
                if code < 256 and not self.map:
                    text = bytes([code]).decode("cp1252", "replace")
                else:
                    text = "\ufffd"
            yield text, self.widths.get(code, self.usual)


def _unicode(cmap: str) -> dict[int, str]:
    """Code → letters, out of a font's own map."""

    def words(raw: str) -> str:
        return bytes.fromhex(re.sub(r"\s", "", raw)).decode("utf-16-be", "replace")

    out: dict[int, str] = {}
    for body in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.S):
        found = _HEX.findall(body)
        out |= {
            int(one_first, 16): words(second) for one_first, second in zip(found[::2], found[1::2])
        }
    for body in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.S):
        for each_first, second, to in re.findall(
            r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(\[.*?\]|<[0-9A-Fa-f\s]+>)", body, re.S
        ):
            first = int(each_first, 16)
            last = min(int(second, 16), int(each_first, 16) + 65_535)
            if to.startswith("["):
                out |= {
                    first + each_index: words(x) for each_index, x in enumerate(_HEX.findall(to))
                }
            else:
                start = words(to[1:-1])
                out |= {
                    index: start[:-1] + chr(ord(start[-1]) + index - first)
                    for index in range(first, last + 1)
                    if start
                }
    return out


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
        return _State(
            self.ctm,
            self.font,
            self.size,
            self.lead,
            self.gap,
            self.word,
            self.stretch,
            self.rise,
            self.mode,
        )


class _Content:
    """Goes through the operators of a page, forms included, and notes what is drawn."""

    def __init__(self, found: _Found):
        self.found = found
        self.fonts: dict[Any, _Font] = {}

    def run(self, content: Any, resources: Any, state: _State, depth: int = 0) -> None:
        if depth > _DEEP:
            return
        stack: list[_State] = []
        text: Matrix = _SAME
        line: Matrix = _SAME
        path: list[tuple[float, float, float, float]] = []
        boxes: list[tuple[float, float, float, float]] = []
        at = (0.0, 0.0)
        start = (0.0, 0.0)
        for step in pikepdf.parse_content_stream(content):
            operands: Any = step.operands
            op = str(step.operator)
            if op == "q":
                stack.append(state.copy())
            elif op == "Q":
                if stack:
                    state = stack.pop()
                else:
                    state = state
            elif op == "cm":
                state.ctm = _times(_matrix(operands), state.ctm)
            elif op == "BT":
                text = line = _SAME
            elif op == "Tf":
                state.font, state.size = self._font(resources, operands[0]), float(operands[1])
            elif op in ("TL", "Tc", "Tw", "Tz", "Ts", "Tr"):
                _set(state, op, float(operands[0]))
            elif op in ("Td", "TD"):
                if op == "TD":
                    state.lead = -float(operands[1])
                else:
                    state.lead = state.lead
                text = line = _times((1, 0, 0, 1, float(operands[0]), float(operands[1])), line)
            elif op == "Tm":
                text = line = _matrix(operands)
            elif op == "T*":
                text = line = _times((1, 0, 0, 1, 0, -state.lead), line)
            elif op in ("Tj", "TJ", "'", '"'):
                if op in ("'", '"'):
                    text = line = _times((1, 0, 0, 1, 0, -state.lead), line)
                text = self._show(operands[-1], state, text)
            elif op == "m":
                at = start = _point(state.ctm, float(operands[0]), float(operands[1]))
            elif op == "l":
                there = _point(state.ctm, float(operands[0]), float(operands[1]))
                path.append((*at, *there))
                at = there
            elif op == "h":
                path.append((*at, *start))
            elif op == "re":
                x, y, width, height = map(float, operands)
                boxes.append((*_point(state.ctm, x, y), *_point(state.ctm, x + width, y + height)))
            elif op in ("S", "s", "B", "B*", "b", "b*", "f", "F", "f*", "n"):
                self._painted(op, path, boxes)
                path = []
                boxes = []
            elif op in ("BI", "INLINE IMAGE"):
                self.found.over.append("画像が重ねられています。")
            elif op == "Do":
                self._form(resources, operands[0], state, depth)

    def _font(self, resources: Any, name: Any) -> _Font | None:
        if resources is not None:
            fonts = resources.get("/Font", {})
        else:
            fonts = {}
        if str(name) in fonts:
            font = fonts.get(str(name))
        else:
            font = None
        if font is None:
            return None
        if font.is_indirect:
            key = font.objgen
        else:
            key = id(font)
        if key not in self.fonts:
            self.fonts[key] = _Font(font)
        return self.fonts[key]

    def _show(self, said: Any, state: _State, text: Matrix) -> Matrix:
        """Notes one string; the place behind it."""
        if isinstance(said, pikepdf.Array):
            parts = list(said)
        else:
            parts = [said]
        words = ""
        before = text
        for part in parts:
            if isinstance(part, pikepdf.String):
                for letter, width in state.font.letters(bytes(part)) if state.font else ():
                    words += letter
                    step = (
                        width * state.size + state.gap + (state.word if letter == " " else 0.0)
                    ) * state.stretch
                    text = _times((1, 0, 0, 1, step, 0), text)
            elif not isinstance(part, pikepdf.Object):
                text = _times(
                    (1, 0, 0, 1, -float(part) / 1000 * state.size * state.stretch, 0), text
                )
        if words and state.mode != _INVISIBLE:
            x, y = _point(state.ctm, *_point(before, 0, state.rise))
            end, _ = _point(state.ctm, *_point(text, 0, state.rise))
            self.found.texts.append(_Text(x, end, y, words))
        return text

    def _painted(self, op: str, path: Sequence[Any], boxes: Sequence[Any]) -> None:
        if op in ("S", "s", "B", "B*", "b", "b*"):
            for one in path:
                self.found.rule(*one)
            for x1, y1, x2, y2 in boxes:
                for side in (
                    (x1, y1, x2, y1),
                    (x1, y2, x2, y2),
                    (x1, y1, x1, y2),
                    (x2, y1, x2, y2),
                ):
                    self.found.rule(*side)
        if op in ("f", "F", "f*", "B", "B*", "b", "b*"):
            drawn = [*boxes]
            if path:
                xs = []
                for part in path:
                    for x in (part[0], part[2]):
                        xs.append(x)
                ys = []
                for part in path:
                    for y in (part[1], part[3]):
                        ys.append(y)
                drawn.append((min(xs), min(ys), max(xs), max(ys)))
            for box in drawn:
                self.found.fill(*box)

    def _form(self, resources: Any, name: Any, state: _State, depth: int) -> None:
        if resources is not None:
            known = resources.get("/XObject", {})
        else:
            known = {}
        if str(name) in known:
            form = known.get(str(name))
        else:
            form = None
        if form is None:
            return
        if str(form.get("/Subtype", "")) == "/Image":
            self.found.over.append("画像が重ねられています。")
            return
        inner = state.copy()
        if "/Matrix" in form:
            inner.ctm = _times(_matrix(list(form.Matrix)), inner.ctm)
        self.run(form, form.get("/Resources", resources), inner, depth + 1)


def _matrix(operands: Any) -> Matrix:
    length, this_length, one_length, length_here, that_length, f = (
        float(operand) for operand in operands
    )
    return length, this_length, one_length, length_here, that_length, f


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
    found = _Found()
    _Content(found).run(page, page.get("/Resources"), _State())
    notes = []
    for node in page.get("/Annots", []):
        if str(node.get("/Subtype", "")) not in ("/Link", "/Popup"):
            notes.append(node)
    over = [*found.over, *(["注釈が重ねられています。"] if notes else [])]
    rows, lines = _boxed(found)
    return PdfPage(number, rows, lines, tuple(dict.fromkeys(over)))


def _boxed(found: _Found) -> tuple[tuple[tuple[PdfBox, ...], ...], tuple[str, ...]]:
    """Texts put into the boxes the rules make; what stands in none, line by line."""
    upright = _long(found.upright)
    level = _long(found.level)
    boxes: dict[tuple[float, float, float, float], list[_Text]] = defaultdict(list)
    loose: list[_Text] = []
    known: dict[tuple[int, int], tuple[float, float, float, float] | None] = {}
    for text in found.texts:
        x = text.x + min(1.0, (text.end - text.x) / 2)
        key = (round(x), round(text.y * 2))
        if key not in known:
            known[key] = _box(x, text.y, upright, level)
        place = known[key]
        if place is None:
            loose.append(text)
        else:
            boxes[place].append(text)
    rows: dict[tuple[float, float], list[PdfBox]] = defaultdict(list)
    for (left, right, top, bottom), texts in boxes.items():
        rows[(top, bottom)].append(PdfBox(left, right, top, bottom, "".join(_lines(texts))))
    ordered = sorted(rows.items(), key=lambda pair: -pair[0][0])
    made = tuple(tuple(sorted(cells, key=lambda box: box.left)) for _, cells in ordered)
    return tuple(
        each_boxes for each_boxes in made if any(box.text.strip() for box in each_boxes)
    ), tuple(line for line in _lines(loose) if line.strip())


def _long(rules: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Rules in one line that touch, as one."""
    out: list[tuple[float, float, float]] = []
    for at, start, end in sorted(
        (round(length * 2) / 2, one_length, each_length)
        for length, one_length, each_length in rules
    ):
        if out:
            last = out[-1]
        else:
            last = None
        if last is not None and last[0] == at and start <= last[2] + _NEAR:
            out[-1] = (at, last[1], max(last[2], end))
        else:
            out.append((at, start, end))
    return out


def _box(
    x: float, y: float, upright: Sequence[Any], level: Sequence[Any]
) -> tuple[float, float, float, float] | None:
    """(left, right, top, bottom) of the box around a point."""
    sides = []
    for value, low, high in upright:
        if low - _NEAR <= y <= high + _NEAR:
            sides.append(value)
    left = max((side for side in sides if side <= x + 0.5), default=None)
    right = min((side for side in sides if side > x + 0.5), default=None)
    if left is None or right is None:
        return None
    ends = []
    for value, start, end in level:
        if start <= left + _NEAR and end >= right - _NEAR:
            ends.append(value)
    top = min((one_end for one_end in ends if one_end > y), default=None)
    bottom = max((each_end for each_end in ends if each_end <= y), default=None)
    if top is None or bottom is None:
        return None
    return (left, right, top, bottom)


def _lines(texts: Sequence[_Text]) -> list[str]:
    """Texts as lines from top to bottom, each from left to right."""
    out: list[list[_Text]] = []
    for text in sorted(texts, key=lambda text: -text.y):
        if out and abs(out[-1][0].y - text.y) <= _LINE:
            out[-1].append(text)
        else:
            out.append([text])
    return ["".join(text.text for text in sorted(line, key=lambda text: text.x)) for line in out]
