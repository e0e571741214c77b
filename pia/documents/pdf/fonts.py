"""The Japanese typefaces of our PDFs, regular and bold, of which a file holds the letters it
prints: Noto Sans JP for forms and screens on paper, Noto Serif JP (明朝) for what is written as a
letter and exists in Word too.

Knows where the fonts lie (installed packages, or PIA_FONT_REGULAR and PIA_FONT_BOLD) and which
characters they lack. Must not know what is printed.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from fontTools.misc.roundTools import otRound
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen, TTGlyphPointPen
from fontTools.ttLib import TTFont as Face
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph, flagOverlapSimple
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import FF_FORCEBOLD, FF_SYMBOLIC, TTFontFace

from ...domain.errors import PiaError
from .composite import CompositeFont, CutFont, LetterSource, Measures

# Streams stand in a file as bytes: letters for them would take more room and time.
rl_config.useA85 = 0


def _invisible(letter: str) -> bool:
    """Characters that stand in a text and draw nothing: variation selectors (葛󠄀), joiners, marks
    of direction. They print as a glyph without ink or width, so that they are copied with the text;
    the letter before a selector has its usual shape.
    """
    code = ord(letter)
    return (
        0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
        or 0x200B <= code <= 0x200F
        or 0x202A <= code <= 0x202E
        or code in (0x2060, 0xFEFF, 0xAD)
    )


# TrueType files of a city's own, regular and bold; None: the face that comes with us.
OwnFonts = tuple[str | None, str | None]
NO_OWN: OwnFonts = (None, None)


@dataclass(frozen=True, slots=True)
class Typeface:
    """Names under which the two weights are registered, and the characters neither has."""

    regular: str
    bold: str
    missing: frozenset[str]


# The typefaces are read, and a glyph is worked out where it lies, by one document at a time.
_lock = threading.RLock()


def typeface(text: Iterable[str], own: OwnFonts = NO_OWN, *, mincho: bool = False) -> Typeface:
    """The face that prints a text, and which characters of it it lacks. `mincho`: the 明朝 of
    written papers. PiaError when a file of the city's `own` cannot be used.
    """
    regular, bold = own
    letters = set().union(*map(set, text)) - set("\n\r\t")
    with _lock:
        if regular:
            name, known = _own(regular, bold or regular)
        else:
            name = _mincho() if mincho else _ours()
            known = _characters()
            letters = {letter for letter in letters if not _invisible(letter)}
    return Typeface(name, f"{name}-B", frozenset(letters.difference(known)))


@cache
def _ours() -> str:
    """The name of the typeface that comes with us."""
    return _registered("JP", Weight(400), Weight(700))


@cache
def _mincho() -> str:
    """The name of the 明朝 that comes with us; that of the other face where it is not installed."""
    if find_spec("pylopdf_fonts_jp") is None:
        return _ours()
    return _registered("JPM", MinchoWeight(400), MinchoWeight(700))


def _own(regular: str, bold: str) -> tuple[str, Mapping[str, int]]:
    """The name of a city's own typeface, and its characters."""
    try:
        stamps = [(path, Path(path).stat().st_mtime_ns) for path in (regular, bold)]
        return _read(*stamps)
    except Exception as error:
        raise PiaError(
            f"書体 {Path(regular).name} を使えません。TrueType（.ttf）の書体を "
            "PIA_FONT_REGULAR に指定してください。"
        ) from error


@lru_cache(maxsize=4)
def _read(regular: tuple[str, int], bold: tuple[str, int]) -> tuple[str, Mapping[str, int]]:
    """The same of two files (path, when it was written last); once for each state of them."""
    light = _OwnFile(regular[0])
    name = "OWN" + sha256(repr((regular, bold)).encode()).hexdigest()[:10]
    return _registered(name, light, _OwnFile(bold[0])), light.known


def _registered(name: str, regular: LetterSource, bold: LetterSource) -> str:
    """Registers both weights of a typeface under its name."""
    pdfmetrics.registerFont(CompositeFont(name, regular))
    pdfmetrics.registerFont(CompositeFont(f"{name}-B", bold))
    pdfmetrics.registerFontFamily(
        name, normal=name, bold=f"{name}-B", italic=name, boldItalic=f"{name}-B"
    )
    return name


class _OwnFile:
    """A TrueType file of a city's own."""

    def __init__(self, path: str):
        face = TTFontFace(path)
        self._face = face
        self.known = {chr(code): glyph for code, glyph in face.charToGlyph.items()}
        self.measures = Measures(
            name=face.name.decode("ascii", "replace"),
            ascent=face.ascent,
            descent=face.descent,
            cap_height=face.capHeight,
            bbox=tuple(face.bbox),
            italic_angle=face.italicAngle,
            stem=face.stemV,
            flags=face.flags | FF_SYMBOLIC,
            usual=face.defaultWidth,
        )

    def width(self, letter: str) -> float:
        """The width of a letter in thousandths; the usual one of a letter it lacks."""
        return float(self._face.charWidths.get(ord(letter), self.measures.usual))

    def cut(self, letters: Sequence[str]) -> CutFont:
        """A file with these letters."""
        with _lock:
            data = self._face.makeSubset(list(map(ord, letters)))
        # Its glyphs stand in the order of the letters, each once, behind the one of no letter.
        index = {0: 0}
        for letter in letters:
            index.setdefault(self.known.get(letter, 0), len(index))
        return CutFont(data, [index[self.known.get(letter, 0)] for letter in letters])


@cache
def _variable() -> Face:
    """The whole typeface of all weights, parsed as far as it was asked for."""
    font = files("justmytype_intl_cjk") / "fonts/ofl/notosansjp/NotoSansJP[wght].ttf"
    return Face(io.BytesIO(font.read_bytes()), recalcTimestamp=False, lazy=True)


@cache
def _characters() -> dict[str, str]:
    """The glyph of every character the typeface has."""
    return {chr(code): glyph for code, glyph in _variable().getBestCmap().items()}


@dataclass(frozen=True, slots=True)
class _Outline:
    """A glyph of one weight as it stands in a font file: its bytes, its width, and the box of its
    ink.
    """

    data: bytes
    width: int
    box: tuple[int, int, int, int]


_SERIF = "serif."  # before the name of a glyph of the 明朝
_ASIDE = 24  # how far the second of a bold glyph stands beside the first, in thousandths
_NOTHING = _Outline(b"", 0, (0, 0, 0, 0))


class Weight:
    """One weight of the typeface. A glyph is drawn when the first document prints it, and kept:
    drawing is what takes the time.
    """

    def __init__(self, weight: int):
        self.drawn: dict[str, _Outline] = {}
        self._glyphs = _variable().getGlyphSet(location={"wght": weight})
        self.measures = _measures(weight)

    def width(self, letter: str) -> float:
        """The width of a letter in thousandths; the usual one of a letter it lacks."""
        if _invisible(letter):
            return 0
        with _lock:
            glyph = _characters().get(letter)
            if glyph is None:
                return self.measures.usual
            return float(otRound(self._glyphs[glyph].width))

    def cut(self, letters: Sequence[str]) -> CutFont:
        """A file with these letters; the invisible ones share a glyph without ink or width."""
        with _lock:
            names = list(map(self._named, letters))
            outlines = {name: self._outline(name) for name in (".notdef", *names)}
        index = {name: number for number, name in enumerate(outlines)}
        return CutFont(_file(outlines), [index[name] for name in names])

    def _named(self, letter: str) -> str:
        """The glyph of a letter."""
        return "invisible" if _invisible(letter) else _characters().get(letter, ".notdef")

    def _outline(self, name: str) -> _Outline:
        if name == "invisible":
            return _NOTHING
        if name not in self.drawn:
            varying = self._glyphs[name]
            pen = TTGlyphPointPen(None)
            varying.drawPoints(pen)
            self.drawn[name] = _compiled(pen.glyph(), otRound(varying.width))
        return self.drawn[name]


def _compiled(glyph: Glyph, width: int) -> _Outline:
    """A glyph as it stands in a file."""
    glyph.recalcBounds(None)
    if glyph.numberOfContours:
        glyph.flags[0] |= flagOverlapSimple  # strokes of one letter may lie over each other
    box = (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax)
    return _Outline(glyph.compile(None, recalcBBoxes=False), width, box)


@cache
def _serif() -> Face:
    """The whole 明朝, parsed as far as it was asked for."""
    font = files("pylopdf_fonts_jp") / "NotoSerifJP-Regular.otf"
    return Face(io.BytesIO(font.read_bytes()), recalcTimestamp=False, lazy=True)


@cache
def _serif_characters() -> dict[str, str]:
    """The glyph of every character the 明朝 has."""
    return {chr(code): glyph for code, glyph in _serif().getBestCmap().items()}


class MinchoWeight(Weight):
    """One weight of the 明朝. There is one file of it: bold is each glyph twice, a little aside, as
    Word makes the bold of ＭＳ 明朝. The few letters it lacks are those of the other face.
    """

    def __init__(self, weight: int):
        super().__init__(weight)
        self._own = _serif().getGlyphSet()
        self._bold = weight >= 600
        self.measures = replace(
            self.measures, name="NotoSerifJP-Bold" if self._bold else "NotoSerifJP-Regular"
        )

    def width(self, letter: str) -> float:
        """The width of a letter in thousandths; the usual one of a letter it lacks."""
        with _lock:
            glyph = _serif_characters().get(letter)
            if glyph is None or _invisible(letter):
                return super().width(letter)
            return float(otRound(self._own[glyph].width))

    def _named(self, letter: str) -> str:
        glyph = _serif_characters().get(letter)
        if glyph is None or _invisible(letter):
            return super()._named(letter)
        return _SERIF + glyph

    def _outline(self, name: str) -> _Outline:
        if not name.startswith(_SERIF):
            return super()._outline(name)
        if name not in self.drawn:
            source = self._own[name.removeprefix(_SERIF)]
            pen = TTGlyphPen(None)
            quadratic = Cu2QuPen(pen, 1.0, reverse_direction=True)
            source.draw(quadratic)
            if self._bold:
                source.draw(TransformPen(quadratic, (1, 0, 0, 1, _ASIDE, 0)))
            self.drawn[name] = _compiled(pen.glyph(), otRound(source.width))
        return self.drawn[name]


def _measures(weight: int) -> Measures:
    """What a PDF says of a weight, by the rules reportlab has for a file."""
    face = _variable()
    head = face["head"]
    metrics = face["OS/2"]
    flags = FF_SYMBOLIC
    name = "NotoSansJP-Regular"
    if weight >= 600:
        flags |= FF_FORCEBOLD
        name = "NotoSansJP-Bold"
    return Measures(
        name=name,
        ascent=metrics.sTypoAscender,
        descent=metrics.sTypoDescender,
        cap_height=metrics.sCapHeight,
        bbox=(head.xMin, head.yMin, head.xMax, head.yMax),
        italic_angle=0,
        stem=50 + int((weight / 65) ** 2),
        flags=flags,
        usual=1000,
    )


def _file(outlines: Mapping[str, _Outline]) -> bytes:
    """A TrueType file with these glyphs: the tables a PDF asks for, no more."""
    face = Face(recalcTimestamp=False, recalcBBoxes=False)
    with _lock:  # a table is read where it lies when it is first asked for
        tables = [copy(_variable()[table]) for table in ("head", "hhea", "maxp")]
    for table in tables:
        face[table.tableTag] = table
    left, bottom, right, top = zip(*(outline.box for outline in outlines.values()))
    head = face["head"]
    head.xMin = min(left)
    head.yMin = min(bottom)
    head.xMax = max(right)
    head.yMax = max(top)
    face.setGlyphOrder(list(outlines))
    face["loca"] = newTable("loca")
    face["glyf"] = glyf = newTable("glyf")
    face["hmtx"] = hmtx = newTable("hmtx")
    glyf.glyphOrder = list(outlines)
    glyf.glyphs = {}
    hmtx.metrics = {}
    for name, outline in outlines.items():
        glyf.glyphs[name] = Glyph(outline.data)
        hmtx.metrics[name] = (outline.width, outline.box[0])
    out = io.BytesIO()
    face.save(out)
    return out.getvalue()
