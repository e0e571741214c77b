"""The Japanese typeface of every PDF: Noto Sans JP, regular and bold, cut down to the characters a
document uses.

Knows where the font lies (an installed package, or PIA_FONT_REGULAR and PIA_FONT_BOLD) and which
characters it lacks. Must not know what is printed.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.roundTools import otRound
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont as Face
from fontTools.ttLib.tables._g_l_y_f import Glyph, flagOverlapSimple
from fontTools.varLib.instancer import instantiateVariableFont
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont

from ...domain.errors import PiaError

# reportlab writes five hex digits for characters beyond U+FFFF, and they copy as something else;
# UTF-16 is what the format asks for.
_original_map = ttfonts.makeToUnicodeCMap


def _unicode_map(name: str, subset_: Any) -> str:
    text: str = _original_map(name, subset_)
    for code in {cell for cell in subset_ if cell > 0xFFFF}:
        text = text.replace(f"<{code:04X}>", f"<{chr(code).encode('utf-16-be').hex().upper()}>")
    return text


ttfonts.makeToUnicodeCMap = _unicode_map


def _invisible(code: int) -> bool:
    """Characters that stand in a text and draw nothing: variation selectors (葛󠄀), joiners, marks
    of direction. They print as a glyph without ink or width, so that they are copied with the text;
    the letter before a selector has its usual shape.
    """
    return (
        0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
        or 0x200B <= code <= 0x200F
        or 0x202A <= code <= 0x202E
        or code in (0x2060, 0xFEFF, 0xAD)
    )


# What every paper may say of itself: ASCII, kana, full-width signs, numerals in circles, and the
# words of marks and furniture.
_ALWAYS = {
    *range(0x20, 0x7F),
    0xA0,
    *range(0x3041, 0x3094),
    *range(0x30A1, 0x30FD),
    *range(0xFF01, 0xFF5F),
    *range(0x2460, 0x2474),
    *range(0x2160, 0x216C),
}
_ALWAYS |= {
    *map(
        ord,
        "　、。〈〉《》「」『』【】〔〕…―‥・－→←↓↑○●◎□■※×÷〒"
        "々新設削除追加修正移動変更略図欄番号順序表題頁前後項目記載備考凡例件内訳手続記"
        "入重要対象部分下線取消印事務資料説明者会議一式次第目次戻全文",
    )
}


# TrueType files of a city's own, regular and bold; None: the face that comes with us.
OwnFonts = tuple[str | None, str | None]
NO_OWN: OwnFonts = (None, None)


@dataclass(frozen=True, slots=True)
class Typeface:
    """Names under which the two weights are registered, and the characters neither has."""

    regular: str
    bold: str
    missing: frozenset[str]


# Two documents with the same characters share one face, also when they are built at the same time:
# name -> (face, how many are using it).
in_use: dict[str, tuple[Typeface, int]] = {}
_lock = threading.RLock()


def release(face: Typeface) -> None:
    """Forgets a face after the last document that uses it is built: a server would keep every
    subset it ever made.
    """
    with _lock:
        _, users = in_use.get(face.regular, (face, 1))
        if users > 1:
            in_use[face.regular] = (face, users - 1)
            return
        in_use.pop(face.regular, None)
        _forget(face)


def _forget(face: Typeface) -> None:
    for name in (face.regular, face.bold):
        font = pdfmetrics._fonts.pop(name, None)
        if font is not None:
            pdfmetrics._dynFaceNames.pop(font.face.name, None)


def _source() -> bytes:
    return (files("justmytype_intl_cjk") / "fonts/ofl/notosansjp/NotoSansJP[wght].ttf").read_bytes()


def typeface(text: Iterable[str], own: OwnFonts = NO_OWN) -> Typeface:
    """Registers the face for these characters. PiaError when a file of the city's `own` cannot be
    used.
    """
    regular, bold = own
    letters = set().union(*map(set, text)) - set("\n\r\t")
    asked = set(map(ord, letters)) | _ALWAYS
    hidden = set(filter(_invisible, asked))
    wanted = asked - hidden
    name = "JP" + sha256(repr((sorted(asked), regular, bold)).encode()).hexdigest()[:10]
    with _lock:
        if name in in_use:
            face, users = in_use[name]
        else:
            face = _registered(name, wanted, hidden, asked, own)
            users = 0
        in_use[name] = (face, users + 1)
    return face


def _registered(
    name: str,
    wanted: set[int],
    hidden: set[int],
    asked: set[int],
    own: OwnFonts,
) -> Typeface:
    regular, bold = own
    if regular:
        try:
            for suffix, path in (("", regular), ("-B", bold or regular)):
                pdfmetrics.registerFont(TTFont(name + suffix, path))
            known = set(Face(regular).getBestCmap())
            wanted = asked
        except Exception as error:
            raise PiaError(
                f"書体 {Path(regular).name} を使えません。TrueType（.ttf）の書体を "
                "PIA_FONT_REGULAR に指定してください。"
            ) from error
    else:
        for suffix, weight in (("", 400), ("-B", 700)):
            cut = _weight(weight).cut(name + suffix, wanted, hidden)
            pdfmetrics.registerFont(TTFont(name + suffix, io.BytesIO(cut)))
        known = set(_characters())
    pdfmetrics.registerFontFamily(
        name, normal=name, bold=name + "-B", italic=name, boldItalic=name + "-B"
    )
    return Typeface(name, name + "-B", frozenset(map(chr, wanted - known)))


@cache
def _variable() -> Face:
    """The whole typeface of all weights, parsed as far as it was asked for."""
    return Face(io.BytesIO(_source()), recalcTimestamp=False, lazy=True)


@cache
def _characters() -> dict[int, str]:
    """The glyph of every character the typeface has."""
    return dict(_variable().getBestCmap())


@dataclass(frozen=True, slots=True)
class _Outline:
    """A glyph of one weight as it stands in a font file: its bytes, its width, and the box of its
    ink.
    """

    data: bytes
    width: int
    box: tuple[int, int, int, int]


class Weight:
    """One weight of the typeface. A glyph is drawn when the first document asks for it, and kept:
    drawing is what takes the time.
    """

    def __init__(self, weight: int):
        self.drawn: dict[str, _Outline] = {}
        self.glyphs = _variable().getGlyphSet(location={"wght": weight})
        self.frame = _frame(weight)

    def cut(self, name: str, wanted: set[int], hidden: set[int]) -> bytes:
        """A font file of this name with these characters; the hidden ones share a glyph without ink
        or width.
        """
        known = _characters()
        codes = {}
        for code in sorted(wanted):
            if code in known:
                codes[code] = known[code]
        outlines = {}
        for glyph in (".notdef", *codes.values()):
            outlines[glyph] = self._outline(glyph)
        if hidden:
            outlines["invisible"] = _Outline(b"", 0, (0, 0, 0, 0))
            codes |= dict.fromkeys(sorted(hidden), "invisible")
        face = Face(io.BytesIO(self.frame), recalcTimestamp=False, recalcBBoxes=False)
        # reportlab takes a face it has seen by this name for the same one, and would print an older
        # document's characters.
        face["name"].setName(name, 6, 3, 1, 0x409)
        face.setGlyphOrder(list(outlines))
        FontBuilder(font=face).setupCharacterMap(codes)
        glyphs = {}
        metrics = {}
        for glyph, outline in outlines.items():
            glyphs[glyph] = Glyph(outline.data)
            metrics[glyph] = (outline.width, outline.box[0])
        face["glyf"].glyphs = glyphs
        face["glyf"].glyphOrder = list(outlines)
        face["hmtx"].metrics = metrics
        head = face["head"]
        left, bottom, right, top = zip(*(outline.box for outline in outlines.values()))
        head.xMin = min(left)
        head.yMin = min(bottom)
        head.xMax = max(right)
        head.yMax = max(top)
        return _saved(face)

    def _outline(self, name: str) -> _Outline:
        if name not in self.drawn:
            varying = self.glyphs[name]
            pen = TTGlyphPen(None)
            varying.draw(pen)
            glyph = pen.glyph()
            glyph.recalcBounds(None)
            if glyph.numberOfContours:
                glyph.flags[0] |= flagOverlapSimple  # strokes of one letter may lie over each other
            box = (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax)
            data = glyph.compile(None, recalcBBoxes=False)
            self.drawn[name] = _Outline(data, otRound(varying.width), box)
        return self.drawn[name]


_weight = cache(Weight)


@cache
def _bare() -> bytes:
    """The typeface with all its weights, names and measures, and no letters."""
    face = Face(io.BytesIO(_source()), recalcTimestamp=False, recalcBBoxes=False)
    for table in {"BASE", "GDEF", "GPOS", "GSUB", "HVAR", "vhea", "vmtx"} & set(face.keys()):
        del face[table]  # reading them takes longer than all the rest, and no PDF holds them
    options = subset.Options(
        name_IDs=["*"], notdef_outline=True, prune_unicode_ranges=False, prune_codepage_ranges=False
    )
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[0x20])
    cut.subset(face)
    return _saved(face)


def _frame(weight: int) -> bytes:
    """One weight of the bare typeface; with its own names, or the two weights would be taken for
    one.
    """
    face = Face(io.BytesIO(_bare()), recalcTimestamp=False, recalcBBoxes=False)
    return _saved(
        instantiateVariableFont(face, {"wght": weight}, inplace=True, updateFontNames=True)
    )


def _saved(face: Face) -> bytes:
    out = io.BytesIO()
    face.save(out)
    return out.getvalue()
