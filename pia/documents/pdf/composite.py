"""A composite font for reportlab: one font of a PDF holds all letters a document prints in it, each
under a code of two bytes. (reportlab's own has one byte a letter and so a font for every 255 of
them: Japanese changes its font at every other letter, and each change is written, checked and read
again.)

Knows reportlab's fonts and the PDF format; not which typeface it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from reportlab.pdfbase import pdfdoc

_NO_BREAK = "\u00a0"
# Bytes that stand in a PDF string as they are.
_PLAIN = bytes(sorted(set(range(0x21, 0x7F)) - set(b"()\\")))
_BLOCK = 100  # the most lines of one block of a character map


@dataclass(frozen=True, slots=True)
class CutFont:
    """A TrueType file with the letters that were asked for: the index of each one's glyph in it,
    in their order.
    """

    data: bytes
    glyphs: Sequence[int]


@dataclass(frozen=True, slots=True)
class Measures:
    """What a PDF says of a font besides its letters, in thousandths of its size; `bbox` is left,
    bottom, right, top.
    """

    name: str
    ascent: float
    descent: float
    cap_height: float
    bbox: tuple[float, float, float, float]
    italic_angle: float
    stem: int
    flags: int
    usual: float


class LetterSource(Protocol):
    """Where the letters of a font come from. `widths` has every letter that may be printed, in
    thousandths; `cut` gives the glyphs of letters.
    """

    measures: Measures

    def width(self, letter: str) -> float:
        """The width of a letter in thousandths of the size; the usual one of a letter it lacks."""

    def cut(self, letters: Sequence[str]) -> CutFont:
        """A file with these letters; a letter it lacks has the glyph 0."""


def _codes() -> Iterator[bytes]:
    """Every code of two bytes but 0, those a PDF string can hold as they are first."""
    for high in _PLAIN:
        for low in _PLAIN:
            yield bytes((high, low))
    plain = set(_PLAIN)
    for code in range(1, 0x10000):
        if not plain.issuperset(code.to_bytes(2, "big")):
            yield code.to_bytes(2, "big")


class _Codes(dict[str, bytes]):
    """The letters one document prints in a font, each with the code it got when it first came."""

    def __init__(self) -> None:
        super().__init__()
        self._free = _codes()

    def __missing__(self, letter: str) -> bytes:
        # A space that does not break is read and copied as a space.
        code = self[" "] if letter == _NO_BREAK else next(self._free)
        self[letter] = code
        return code

    def printed(self) -> dict[int, str]:
        """The letter of each code, by code."""
        letters: dict[int, str] = {}
        for letter, code in self.items():
            letters.setdefault(int.from_bytes(code, "big"), letter)
        return dict(sorted(letters.items()))


class _Widths(dict[str, float]):
    """The width of each letter that was measured."""

    def __init__(self, source: LetterSource):
        super().__init__()
        self._source = source

    def __missing__(self, letter: str) -> float:
        width = self[letter] = self._source.width(letter)
        return width


class _Face:
    """What reportlab asks a font for its face."""

    builtIn = 0

    def __init__(self, name: str, measures: Measures):
        # reportlab takes two fonts whose faces have one name for the same.
        self.name = name
        self.ascent = measures.ascent
        self.descent = measures.descent


class CompositeFont:
    """A font under a name, as reportlab asks for it; for any number of documents at a time."""

    _multiByte = 1
    _dynamicFont = 1
    shapable = False

    def __init__(self, name: str, source: LetterSource):
        self.fontName = name
        self.face = _Face(name, source.measures)
        self.source = source
        self.widths = _Widths(source)
        self._used: WeakKeyDictionary[Any, _Codes] = WeakKeyDictionary()

    def stringWidth(self, text: str, size: float, encoding: str = "utf-8") -> float:
        """How wide a text is at a size, in points."""
        return 0.001 * size * sum([self.widths[letter] for letter in text])

    def splitString(self, text: str, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:
        """The text as reportlab writes it: all of it in part 0 of the font."""
        codes = self._used.setdefault(doc, _Codes())
        return [(0, b"".join([codes[letter] for letter in text]))]

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:
        """The font's name in the document, which knows it from then on."""
        if self.fontName not in doc.fontMapping:
            doc.fontMapping[self.fontName] = f"/F{len(doc.fontMapping) + 1}"
            doc.delayedFonts.append(self)
        name: str = doc.fontMapping[self.fontName]
        return name

    def addObjects(self, doc: Any) -> None:
        """Puts the font with the letters that were printed into a document that is complete."""
        printed = self._used.pop(doc, _Codes()).printed()
        internal = doc.fontMapping[self.fontName][1:]
        font = _written(doc, internal, self.source, printed)
        doc.idToObject["BasicFonts"].dict[internal] = doc.Reference(font, internal)


def _written(doc: Any, internal: str, source: LetterSource, printed: Mapping[int, str]) -> Any:
    """The font's dictionary, with all it refers to put into the document."""
    measures = source.measures
    cut = source.cut(list(printed.values()))
    name = f"/{_tag(printed)}+{measures.name}"
    descriptor = pdfdoc.PDFDictionary(
        {
            "Type": "/FontDescriptor",
            "FontName": name,
            "Flags": measures.flags,
            "FontBBox": pdfdoc.PDFArray(measures.bbox),
            "ItalicAngle": measures.italic_angle,
            "Ascent": measures.ascent,
            "Descent": measures.descent,
            "CapHeight": measures.cap_height,
            "StemV": measures.stem,
            "FontFile2": _stream(doc, f"{internal}.file", cut.data, Length1=len(cut.data)),
        }
    )
    collection = pdfdoc.PDFDictionary(
        {
            "Registry": pdfdoc.PDFString("Adobe"),
            "Ordering": pdfdoc.PDFString("Identity"),
            "Supplement": 0,
        }
    )
    letters = pdfdoc.PDFDictionary(
        {
            "Type": "/Font",
            "Subtype": "/CIDFontType2",
            "BaseFont": name,
            "CIDSystemInfo": collection,
            "FontDescriptor": doc.Reference(descriptor, f"{internal}.descriptor"),
            "DW": measures.usual,
            "W": pdfdoc.PDFArray(_widths(source, printed)),
            "CIDToGIDMap": _stream(doc, f"{internal}.glyphs", _glyph_map(printed, cut.glyphs)),
        }
    )
    return pdfdoc.PDFDictionary(
        {
            "Type": "/Font",
            "Subtype": "/Type0",
            "BaseFont": name,
            "Encoding": "/Identity-H",
            "DescendantFonts": pdfdoc.PDFArray([doc.Reference(letters, f"{internal}.letters")]),
            "ToUnicode": _stream(doc, f"{internal}.unicode", _unicode_map(printed)),
        }
    )


def _stream(doc: Any, name: str, content: bytes, **more: int) -> Any:
    stream = pdfdoc.PDFStream(pdfdoc.PDFDictionary(more), content, [pdfdoc.PDFZCompress])
    return doc.Reference(stream, name)


def _tag(printed: Mapping[int, str]) -> str:
    """Six letters that say which part of a typeface a file holds."""
    number = int.from_bytes(sha256("".join(printed.values()).encode()).digest(), "big")
    letters = ""
    for _ in range(6):
        number, rest = divmod(number, 26)
        letters += chr(ord("A") + rest)
    return letters


def _widths(source: LetterSource, printed: Mapping[int, str]) -> Iterator[Any]:
    """The codes whose letters are not as wide as usual, each with its width."""
    for code, letter in printed.items():
        width = source.width(letter)
        if width != source.measures.usual:
            yield code
            yield pdfdoc.PDFArray([width])


def _glyph_map(printed: Mapping[int, str], glyphs: Sequence[int]) -> bytes:
    """Two bytes for every code up to the last: the index of its glyph."""
    indices = bytearray(2 * (max(printed, default=0) + 1))
    for code, glyph in zip(printed, glyphs, strict=True):
        indices[2 * code : 2 * code + 2] = glyph.to_bytes(2, "big")
    return bytes(indices)


def _unicode_map(printed: Mapping[int, str]) -> bytes:
    """The character map that says which letter a code is, for whoever copies or searches."""
    lines = []
    for code, letter in printed.items():
        lines.append(f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>")
    blocks = []
    for start in range(0, len(lines), _BLOCK):
        block = lines[start : start + _BLOCK]
        blocks.append("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]))
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + "\n".join(blocks)
        + "\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
