"""The Japanese typeface of every PDF: Noto Sans JP, regular and bold, of which a file holds the
letters it prints.

Knows where the font lies (an installed package, or PIA_FONT_REGULAR and PIA_FONT_BOLD) and which
characters it lacks. Must not know what is printed.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from fontTools.misc.roundTools import otRound
from fontTools.pens.ttGlyphPen import TTGlyphPointPen
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


def typeface(text: Iterable[str], own: OwnFonts = NO_OWN) -> Typeface:
    """The face that prints a text, and which characters of it it lacks. PiaError when a file of the
    city's `own` cannot be used.
    """
    regular, bold = own
    letters = set().union(*map(set, text)) - set("\n\r\t")
    with _lock:
        if regular:
            name, known = _own(regular, bold or regular)
        else:
            name = _ours()
            known = _characters()
            letters = {letter for letter in letters if not _invisible(letter)}
    return Typeface(name, f"{name}-B", frozenset(letters.difference(known)))


@cache
def _ours() -> str:
    """The name of the typeface that comes with us."""
    return _registered("JP", Weight(400), Weight(700))


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
        glyph = _characters().get(letter)
        if glyph is None:
            return self.measures.usual
        with _lock:
            return float(otRound(self._glyphs[glyph].width))

    def cut(self, letters: Sequence[str]) -> CutFont:
        """A file with these letters; the invisible ones share a glyph without ink or width."""
        names = []
        for letter in letters:
            names.append(
                "invisible" if _invisible(letter) else _characters().get(letter, ".notdef")
            )
        with _lock:
            outlines = {name: self._outline(name) for name in (".notdef", *names)}
        index = {name: number for number, name in enumerate(outlines)}
        return CutFont(_file(outlines), [index[name] for name in names])

    def _outline(self, name: str) -> _Outline:
        if name == "invisible":
            return _NOTHING
        if name not in self.drawn:
            varying = self._glyphs[name]
            pen = TTGlyphPointPen(None)
            varying.drawPoints(pen)
            glyph = pen.glyph()
            glyph.recalcBounds(None)
            if glyph.numberOfContours:
                glyph.flags[0] |= flagOverlapSimple  # strokes of one letter may lie over each other
            box = (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax)
            data = glyph.compile(None, recalcBBoxes=False)
            self.drawn[name] = _Outline(data, otRound(varying.width), box)
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
    for table in ("head", "hhea", "maxp"):
        face[table] = copy(_variable()[table])
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
