"""The numbers Word writes before paragraphs by itself, worked out as a reader sees them.

Knows numbering.xml and the styles that ask for numbers. A kind of number it does not know is told,
never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_AIUEO = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラム"
    "ウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
)
_KANJI = "〇一二三四五六七八九"
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_BEHIND = {"nothing": "", "space": " "}
_PLACE = re.compile(r"%([1-9])")


@dataclass(slots=True)
class _Level:
    start: int = 1
    kind: str = "decimal"
    text: str = ""
    behind: str = "　"


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level] = field(default_factory=dict)


class Numbering:
    """The lists of a document, counted on while its paragraphs are read in order."""

    def __init__(self, numbering: Any, styles: Any):
        self.unknown: set[str] = set()
        self._lists: dict[str, _List] = {}
        self._abstract: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._styled: dict[str, tuple[str, int]] = {}
        self._based: dict[str, str] = {}
        self._links: dict[str, str] = {}
        if numbering is not None:
            self._read(numbering)
        if styles is not None:
            self._read_styles(styles)

    def _read(self, numbering: Any) -> None:
        for found in numbering.findall(f"{_W}abstractNum"):
            one = _List()
            for level in found.findall(f"{_W}lvl"):
                at = _number(level.get(f"{_W}ilvl"))
                one.levels[at] = _level(level)
                style = _value(level, "pStyle")
                if style:
                    self._links[style] = str(at)
            self._lists[found.get(f"{_W}abstractNumId") or ""] = one
        for found in numbering.findall(f"{_W}num"):
            number = found.get(f"{_W}numId") or ""
            self._abstract[number] = _value(found, "abstractNumId")
            for override in found.findall(f"{_W}lvlOverride"):
                start = _value(override, "startOverride")
                if start:
                    self._starts[number, _number(override.get(f"{_W}ilvl"))] = _number(start)

    def _read_styles(self, styles: Any) -> None:
        for style in styles.findall(f"{_W}style"):
            name = style.get(f"{_W}styleId") or ""
            self._based[name] = _value(style, "basedOn")
            found = style.find(f"{_W}pPr/{_W}numPr")
            if found is not None:
                level = _value(found, "ilvl") or self._links.get(name, "0")
                self._styled[name] = (_value(found, "numId"), _number(level))

    def before(self, paragraph: Any) -> str:
        """The number before a paragraph with what follows it; empty where it has none. Asked of
        every paragraph once, in order."""
        number, level = self._asked(paragraph)
        one = self._lists.get(self._abstract.get(number, ""))
        if number in ("", "0") or one is None or level not in one.levels:
            return ""
        abstract = self._abstract[number]
        self._count(number, abstract, one, level)
        shown = one.levels[level]
        if shown.kind == "none" or not shown.text:
            return ""
        if shown.kind == "bullet":
            return f"{_bullet(shown.text)}{shown.behind}"

        def put(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            kind = one.levels.get(at, shown).kind
            count = self._counts.get((abstract, at), one.levels.get(at, shown).start)
            words = written(kind, count)
            if words is None:
                self.unknown.add(kind)
                return str(count)
            return words

        return f"{_PLACE.sub(put, shown.text)}{shown.behind}"

    def _asked(self, paragraph: Any) -> tuple[str, int]:
        """(list, level) a paragraph or its style asks for."""
        own = paragraph.find(f"{_W}pPr/{_W}numPr")
        style = _value(paragraph.find(f"{_W}pPr"), "pStyle")
        inherited = ("", 0)
        seen = set()
        while style and style not in seen:
            seen.add(style)
            if style in self._styled:
                inherited = self._styled[style]
                break
            style = self._based.get(style, "")
        if own is None:
            return inherited
        number = _value(own, "numId") or inherited[0]
        level = _value(own, "ilvl")
        return number, _number(level) if level else inherited[1]

    def _count(self, number: str, abstract: str, one: _List, level: int) -> None:
        key = (abstract, level)
        start = self._starts.pop((number, level), None)
        if start is not None:
            self._counts[key] = start
        elif key in self._counts:
            self._counts[key] += 1
        else:
            self._counts[key] = one.levels[level].start
        for deeper in one.levels:
            if deeper > level:
                self._counts.pop((abstract, deeper), None)
            elif deeper < level:
                self._counts.setdefault((abstract, deeper), one.levels[deeper].start)


def _level(level: Any) -> _Level:
    text = level.find(f"{_W}lvlText")
    return _Level(
        _number(_value(level, "start") or "1"),
        _value(level, "numFmt") or "decimal",
        (text.get(f"{_W}val") or "") if text is not None else "",
        _BEHIND.get(_value(level, "suff"), "　"),
    )


def _value(element: Any, name: str) -> str:
    found = element.find(f"{_W}{name}") if element is not None else None
    if found is None:
        return ""
    return found.get(f"{_W}val") or ""


def _number(text: str | None) -> int:
    """A number Word wrote; 0 for what is none."""
    if text and re.fullmatch(r"\d{1,6}", text):
        return int(text)
    return 0


def _bullet(text: str) -> str:
    """Bullets of picture typefaces stand in a private range: a dot is what is seen."""
    if any(0xE000 <= ord(letter) <= 0xF8FF for letter in text):
        return "・"
    return text


def written(kind: str, count: int) -> str | None:
    """A number as one kind of Word's lists writes it; None for a kind that is not known."""
    if kind in ("decimal", "decimalHalfWidth"):
        return str(count)
    if kind == "decimalFullWidth":
        return str(count).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    if kind == "decimalZero":
        return f"{count:02}"
    if kind == "decimalEnclosedCircle" and 1 <= count <= 50:
        return _circled(count)
    if kind == "decimalEnclosedParen" and 1 <= count <= 20:
        return chr(0x2474 + count - 1)
    if kind == "decimalEnclosedFullstop" and 1 <= count <= 20:
        return chr(0x2488 + count - 1)
    if kind in ("aiueoFullWidth", "aiueo") and 1 <= count <= len(_AIUEO):
        return _AIUEO[count - 1]
    if kind in ("irohaFullWidth", "iroha") and 1 <= count <= len(_IROHA):
        return _IROHA[count - 1]
    if kind in ("upperLetter", "lowerLetter") and 1 <= count <= 26:
        return chr((65 if kind == "upperLetter" else 97) + count - 1)
    if kind in ("upperRoman", "lowerRoman") and 1 <= count < 4000:
        return _roman(count).upper() if kind == "upperRoman" else _roman(count)
    if kind in ("japaneseCounting", "chineseCounting", "ideographDigital") and 0 < count < 100:
        return _kanji(count)
    return None


def _circled(count: int) -> str:
    if count <= 20:
        return chr(0x2460 + count - 1)
    if count <= 35:
        return chr(0x3251 + count - 21)
    return chr(0x32B1 + count - 36)


def _roman(count: int) -> str:
    words = ""
    for value, letters in _ROMAN:
        while count >= value:
            words += letters
            count -= value
    return words


def _kanji(count: int) -> str:
    tens, ones = divmod(count, 10)
    words = ""
    if tens:
        words = ("" if tens == 1 else _KANJI[tens]) + "十"
    if ones:
        words += _KANJI[ones]
    return words
