"""The letters and the rules of a PDF's pages, where they stand.

Knows PDF through pdfium, which reads what other programs write, also with fonts whose letters only
a table of its own names. Must not know what a box or a form is. Lengths are points; y grows
downwards from the top of the page as it is looked at.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from ...domain.errors import PiaError

MOST_PAGES = 1_000
MOST_LETTERS = 3_000_000
_THIN = 1.6  # a box no thicker is a rule
_DEEP = 6  # forms within forms
_HYPHEN = "\x02"  # what pdfium says for a hyphen at the end of a line
_INVISIBLE = 3  # the way of drawing text that draws nothing
_Turn = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in the box its typeface gives it; `base` is the line it stands on. `apart`: pdfium
    takes the gap before it for a space."""

    text: str
    left: float
    right: float
    base: float
    size: float
    apart: bool = False


@dataclass(frozen=True, slots=True)
class PageRules:
    """The rules of a page: (x, top, bottom) and (y, left, right)."""

    upright: list[tuple[float, float, float]] = field(default_factory=list)
    level: list[tuple[float, float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PaperPage:
    """A page from 1. `images`: pictures lie on it; `unseen`: its letters are only there to be
    searched, under a picture."""

    number: int
    width: float
    height: float
    letters: tuple[Letter, ...]
    rules: PageRules
    images: int = 0
    unseen: bool = False


def read(data: bytes) -> list[PaperPage]:
    """All pages. PiaError where it cannot be opened, or has more than is read."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise PiaError(
            "PDFが壊れていて開けません。元の文書からPDFを作り直してください。"
        ) from error
    try:
        if len(document) > MOST_PAGES:
            raise PiaError(
                f"PDFのページが多すぎます（上限 {MOST_PAGES}ページ）。"
                "評価書ごとに分けて保存し直してください。"
            )
        pages = []
        count = 0
        for number in range(len(document)):
            try:
                page = _page(document[number], number + 1)
            except pdfium.PdfiumError as error:
                raise PiaError(
                    f"PDFの{number + 1}ページ目が壊れていて読めません。"
                    "元の文書からPDFを作り直してください。"
                ) from error
            count += len(page.letters)
            if count > MOST_LETTERS:
                raise PiaError("PDFの文字が多すぎます。評価書ごとに分けて保存し直してください。")
            pages.append(page)
        return pages
    finally:
        document.close()


def _page(page: Any, number: int) -> PaperPage:
    width, height = page.get_size()
    turn = _turned(page, width, height)
    text = page.get_textpage()
    letters = list(_letters(text, turn, page.get_rotation()))
    rules = PageRules()
    images = 0
    for item in page.get_objects(
        filter=[raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEP
    ):
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            images += 1
        else:
            _rule(item, turn, rules)
    unseen = bool(images and letters) and _is_unseen(text)
    text.close()
    return PaperPage(number, width, height, tuple(letters), rules, images, unseen)


def _turned(page: Any, width: float, height: float) -> _Turn:
    """A point of the page as it is written, as it is looked at."""
    left, bottom, right, top = page.get_cropbox()
    match page.get_rotation():
        case 90:
            return lambda x, y: (y - bottom, x - left)
        case 180:
            return lambda x, y: (right - x, y - bottom)
        case 270:
            return lambda x, y: (top - y, right - x)
    return lambda x, y: (x - left, top - y)


def _letters(text: Any, turn: _Turn, rotation: int) -> Iterator[Letter]:
    """The letters a page draws, without the spaces pdfium adds of its own."""
    rect = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    high = 0
    apart = False
    for index in range(text.count_chars()):
        if raw.FPDFText_IsGenerated(text, index) == 1:
            apart = True
            continue
        code = raw.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code <= 0xDBFF:
            high = code
            continue
        if 0xDC00 <= code <= 0xDFFF and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        if not raw.FPDFText_GetLooseCharBox(text, index, rect):
            continue
        if not raw.FPDFText_GetCharOrigin(text, index, x, y):
            continue
        first = turn(rect.left, rect.bottom)
        second = turn(rect.right, rect.top)
        word = "-" if chr(code) == _HYPHEN or code == 0xFFFE else chr(code)
        size = abs(second[1] - first[1])
        yield Letter(
            word,
            min(first[0], second[0]),
            max(first[0], second[0]),
            turn(x.value, y.value)[1],
            size,
            apart,
        )
        apart = False


def _is_unseen(text: Any) -> bool:
    """Whether the letters of a page are drawn so that nobody sees them."""
    for index in range(min(text.count_chars(), 40)):
        drawn = raw.FPDFText_GetTextObject(text, index)
        if drawn and raw.FPDFTextObj_GetTextRenderMode(drawn) != _INVISIBLE:
            return False
    return True


def _rule(item: Any, turn: _Turn, rules: PageRules) -> None:
    """The rules a path draws: lines that are stroked, and filled boxes as thin as one."""
    filled, stroked = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, filled, stroked)
    count = raw.FPDFPath_CountSegments(item)
    if count > 400 or not (filled.value or stroked.value):
        return
    matrix = item.get_matrix()
    container = item.container
    points = []
    for kind, x, y in _segments(item, count):
        x, y = matrix.on_point(x, y)
        while container is not None:
            x, y = container.get_matrix().on_point(x, y)
            container = container.container
        container = item.container
        points.append((kind, *turn(x, y)))
    if stroked.value:
        _stroked(points, rules)
    else:
        _filled(points, rules)


def _segments(item: Any, count: int) -> Iterator[tuple[int, float, float]]:
    """(kind, x, y) of each point of a path; a curve ends as a move does."""
    x, y = ctypes.c_float(), ctypes.c_float()
    start = (0.0, 0.0)
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = (x.value, y.value)
        yield kind, x.value, y.value
        if raw.FPDFPathSegment_GetClose(segment):
            yield raw.FPDF_SEGMENT_LINETO, *start


def _stroked(points: list[tuple[int, float, float]], rules: PageRules) -> None:
    before = None
    for kind, x, y in points:
        if kind == raw.FPDF_SEGMENT_LINETO and before is not None:
            _add(rules, *before, x, y)
        before = (x, y)


def _filled(points: list[tuple[int, float, float]], rules: PageRules) -> None:
    if len(points) > 6 or any(kind == raw.FPDF_SEGMENT_BEZIERTO for kind, _, _ in points):
        return
    xs = [x for _, x, _ in points]
    ys = [y for _, _, y in points]
    if not xs:
        return
    if max(xs) - min(xs) <= _THIN or max(ys) - min(ys) <= _THIN:
        _add(rules, min(xs), min(ys), max(xs), max(ys))


def _add(rules: PageRules, x1: float, y1: float, x2: float, y2: float) -> None:
    if abs(x1 - x2) <= _THIN < abs(y1 - y2):
        rules.upright.append(((x1 + x2) / 2, min(y1, y2), max(y1, y2)))
    elif abs(y1 - y2) <= _THIN < abs(x1 - x2):
        rules.level.append(((y1 + y2) / 2, min(x1, x2), max(x1, x2)))
