"""Numbers at the head of what a text lists (①, (1), ア, 第１条, 6.), and which of them changed only
because something before them came or went.

Knows the letters that count of two texts (`notation.Plain`). Must not know sentences, trees or how
a change is told. A number that somebody changed by itself is no renumbering.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .notation import Plain, plain

_KANA_ORDER = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
)
_IROHA = (
    "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
)
_KANJI = "〇一二三四五六七八九"
_NUMBER = "[0-9]{1,3}"
_NUMERAL = "[一二三四五六七八九十百]{1,5}"
_STYLES = {
    "circled": "[①-⑳㉑-㉟㊱-㊿]",
    "bracketed": f"（{_NUMBER}）",
    "bracketed_kana": "（[ア-ン]）",
    "bracketed_letter": "（[a-z]）",
    "article": rf"第{_NUMBER}[条項号章節]",
    "kanji_article": rf"第{_NUMERAL}[条項号章節]",
    "pointed": rf"(?<![0-9.-]){_NUMBER}(?=[.](?![0-9]))",
    "digits": rf"(?<![0-9.-]){_NUMBER}(?![0-9.])",
    "numeral": rf"(?<![一-鿿]){_NUMERAL}",
    "kana": "(?<![ァ-ー])[ア-ン]",
}
# With what any of them begins: looked for first, or every letter is tried ten times.
_BEGINS = "[①-⑳㉑-㉟㊱-㊿（第0-9一二三四五六七八九十百ア-ン]"
_FORMS = "|".join(f"(?P<{style}>{form})" for style, form in _STYLES.items())
_ANY = re.compile(f"(?={_BEGINS})(?:{_FORMS})")
# Circled and bracketed numbers count wherever they stand; these at the head of a line or a clause,
_HEADING = {"article", "kanji_article", "pointed", "kana", "digits", "numeral"}
_BLANK = re.compile("[ \t\u3000]")
_LIST = 3
_ENDS_CLAUSE = "\n\t。、；;：:）」】"
# and these only where something parts them from what they number.
_BARE = {"kana", "digits", "numeral"}
_PARTING = ".、）\t "
_FIRST_OF = {
    "circled": "①",
    "bracketed": "（1）",
    "bracketed_kana": "（ア）",
    "bracketed_letter": "（a）",
    "pointed": "1",
    "digits": "1",
    "kana": "ア",
    "iroha": "イ",
    "numeral": "一",
}


Spot = tuple[str, int, int]  # style, start, end


class Numbered(NamedTuple):
    """A number in a text: how it is written, its value, and where it stands among the letters that
    count. `place` is its place in its list, from 0; -1 where it only refers to one.
    """

    style: str
    value: int
    start: int
    end: int
    place: int = -1


def found(text: Plain) -> list[Numbered]:
    """The numbers of a text in order, each with its place in its list. A list begins at its first
    number, and again where it starts over at 1."""
    spots = list(_spots(text))
    return _numbered(text, spots, _counts_iroha(text, spots))


def _numbered(text: Plain, spots: Iterable[Spot], iroha: bool) -> list[Numbered]:
    numbers = []
    last: dict[str, Numbered] = {}
    for style, start, end in spots:
        written = text.text[start:end]
        if iroha and style == "kana":
            style = "iroha"
        number = Numbered(style, _value(style, written), start, end)
        before = last.get(style)
        if before is None or (number.value == 1 and before.value != 1):
            number = number._replace(place=0)
        elif number.value == before.value + 1:
            number = number._replace(place=before.place + 1)
        if number.place >= 0:
            last[style] = number
        numbers.append(number)
    return numbers


def _spots(text: Plain) -> Iterator[Spot]:
    """Style and place of everything that may number something."""
    for match in _ANY.finditer(text.text):
        style = str(match.lastgroup)
        start, end = match.span()
        if style in _HEADING and not _heads(text, start):
            continue
        if style in _BARE and not _parted(text, end):
            continue
        yield style, start, end


def _heads(text: Plain, start: int) -> bool:
    """Whether a place is the head of a line or a clause."""
    if start == 0 or text.text[start - 1] in _ENDS_CLAUSE:
        return True
    return _blank_between(text, start)


def _parted(text: Plain, end: int) -> bool:
    """Whether a blank or a point was typed at a place."""
    if end == len(text.text):
        return False
    return text.text[end] in _PARTING or _blank_between(text, end)


def _blank_between(text: Plain, place: int) -> bool:
    """Whether a blank that shows was typed between two letters of one line."""
    gap = text.typed[text.ends[place - 1] : text.begins[place]]
    return _BLANK.search(gap) is not None and "\n" not in gap


def _counts_iroha(text: Plain, spots: Iterable[Spot]) -> bool:
    """Whether かな number in the order of イロハ: no list of アイウエオ goes as far as ロ."""
    return any(style == "kana" and text.text[start] == "ロ" for style, start, _ in spots)


def _value(style: str, written: str) -> int:
    match style:
        case "circled":
            return int(unicodedata.numeric(written))
        case "bracketed" | "pointed" | "digits":
            return int(written.strip("（）"))
        case "article":
            return int(written[1:-1])
        case "kanji_article":
            return _of_numeral(written[1:-1])
        case "numeral":
            return _of_numeral(written)
        case "bracketed_letter":
            return ord(written[1]) - ord("a") + 1
        case "iroha":
            return _IROHA.find(written) + 1
    return _KANA_ORDER.find(written.strip("（）")) + 1


def _of_numeral(written: str) -> int:
    value = 0
    digit = 0
    for letter in written:
        if letter in "十百":
            value += max(digit, 1) * (10 if letter == "十" else 100)
            digit = 0
        else:
            digit = _KANJI.index(letter)
    return value + digit


class Shifts:
    """The numbers of two texts beside each other. `shift`: whether some may have shifted: they are
    not the same ones, or so many that one may have gone where another came."""

    def __init__(self, old: Plain, new: Plain):
        old_spots = list(_spots(old))
        new_spots = list(_spots(new))
        iroha = _counts_iroha(old, old_spots) or _counts_iroha(new, new_spots)
        old_numbers = _numbered(old, old_spots, iroha)
        new_numbers = _numbered(new, new_spots, iroha)
        self.shift = _may_shift(old_numbers, new_numbers)
        # By where each was typed.
        self.old = {old.begins[number.start]: number for number in old_numbers}
        self.new = {new.begins[number.start]: number for number in new_numbers}
        self._now: dict[tuple[str, int], set[int]] = defaultdict(set)

    def levelled(self, old: Plain, new: Plain) -> tuple[Plain, Plain]:
        """The two texts with every number as the first of its kind, so that shifted ones are the
        same; as they are where none shifted."""
        if not self.shift:
            return old, new
        return _levelled(old, self.old.values()), _levelled(new, self.new.values())

    def pair(self, old: Numbered, new: Numbered) -> None:
        """Notes that two numbers stand before the same words."""
        if _shifted(old, new):
            self._now[old.style, old.value].add(new.value)

    def renumbered(self, old: Numbered, new: Numbered) -> bool:
        """Whether a number changed only because of what came or went before it in its list, or
        refers to one that did."""
        if old.style != new.style or old.value == new.value:
            return False
        return _shifted(old, new) or new.value in self._now[old.style, old.value]


def _levelled(text: Plain, numbers: Iterable[Numbered]) -> Plain:
    spots = []
    for number in numbers:
        if number.style.endswith("article"):
            letters = f"第1{text.text[number.end - 1]}"
        else:
            letters = _FIRST_OF[number.style]
        spots.append((number.start, number.end, letters))
    return text.with_instead(spots)


def _shifted(old: Numbered, new: Numbered) -> bool:
    """Whether two numbers of one list differ by what came or went before them in it."""
    if old.place < 0 or new.place < 0 or old.style != new.style:
        return False
    return old.value - old.place == new.value - new.place


def _may_shift(old: Sequence[Numbered], new: Sequence[Numbered]) -> bool:
    if not old or not new:
        return False
    before = [(number.style, number.value) for number in old]
    after = [(number.style, number.value) for number in new]
    return before != after or len(before) >= _LIST


def is_number(cell: str) -> bool:
    """Whether a cell holds nothing but a number: 12, 12., ①, (3), ア, 第4号."""
    return _CELL.fullmatch(plain(cell).text) is not None


_CELL = re.compile(
    f"{_NUMBER}[.。]?|[0-9]{{1,5}}|[ア-ン]|{_NUMERAL}|(?:"
    + "|".join(_STYLES[style] for style in ("circled", "bracketed", "bracketed_kana"))
    + f"|{_STYLES['bracketed_letter']}|{_STYLES['article']}|{_STYLES['kanji_article']})"
)


def said(shifts: Sequence[tuple[str, str]]) -> str:
    """Renumberings in one sentence for people (③以降の番号が1つずつ繰り下がります); "" for none.
    `shifts`: each number as it was and as it is."""
    first: dict[int, str] = {}
    for old, new in shifts:
        by = _by(old, new)
        if by is not None:
            first.setdefault(by, old)
    sentences = []
    for by, old in first.items():
        way = "繰り下がります" if by > 0 else "繰り上がります"
        sentences.append(f"{old}以降の番号が{abs(by)}つずつ{way}")
    return "。".join(sentences)


def _by(old: str, new: str) -> int | None:
    """How far a number shifted; None where the two are of no one kind."""
    before = found(plain(f"{old}　あ"))
    after = found(plain(f"{new}　あ"))
    if not before or not after or before[0].style != after[0].style:
        return None
    return after[0].value - before[0].value
