"""What a check may ask of one item: each question by the name the rules call it by.

Knows what documents say (`said`). Must not know which checks there are. A question about an item
some words of which are withheld is answered with no: nobody is told of words they do not see.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf
from typing import Any

from .. import wareki
from ..procedure import threshold
from ..text.folding import fold
from .said import Keys, SaidAnswer, SaidItems

BASIC = "基礎："  # before the name of an item that is meant in the 基礎項目評価書
Bounds = tuple[float, float]

_NOTHING = re.compile(r"(?:該当)?(?:なし|無し|ない|特になし|対象外|[-－―ー‐]|　|\s)*\u3002?")
_ONLY_DENIED = re.compile(
    r"(?:[^、\u3002]{0,12}[はを])?(?:残|定め|制限|保管|実施|再委託)?"
    r"(?:し|行っ|行わ)?て?い?ない\u3002?"
)
_NUMBER = re.compile(r"([\d,]+)(億|万)?(?:人|項目|年|件)?(以上|未満|超|以下)?")
_KEPT = re.compile(r"(\d+)年(?:間|度分)?(?:、|は)?(?:の間)?(?:保管|保存|保有)")
_DAY = re.compile(r"(?:(?:令和|平成|昭和)(?:元|\d{1,2})|\d{4})年\d{1,2}月\d{1,2}日")
_TABLE = re.compile(r"(?:別表(?:第?([一二12]))?の?|の表の?(?=\d))([^別表。\n]*?)の項")
_COUNT = re.compile(r"\d+")
_UNITS = {"万": 10_000, "億": 100_000_000}


@dataclass(frozen=True, slots=True)
class CheckScope:
    """Where a check looks: the document, the 基礎項目評価書 beside it (where the check asks for
    one), and the entry `keys` of the part `root` it is asked of. `thresholds`: the bands of
    しきい値判断."""

    document: SaidItems
    basic: SaidItems | None
    root: str
    keys: Keys
    thresholds: Mapping[str, Any]

    def side(self, name: str) -> tuple[SaidItems | None, str]:
        """The document a name is meant in, and the name there."""
        if name.startswith(BASIC):
            return self.basic, name.removeprefix(BASIC)
        return self.document, name

    def knows(self, name: str) -> bool:
        """Whether the form has such an item."""
        side, bare = self.side(name)
        return side is not None and side.line(bare) is not None

    def answers(self, name: str) -> tuple[SaidAnswer, ...]:
        """The answers of a name that belong here."""
        side, bare = self.side(name)
        if side is None:
            return ()
        if side is self.basic:
            return side.at(bare)
        return side.at(bare, self.root, self.keys)

    def texts(self, name: str) -> tuple[str, ...]:
        """Their texts."""
        return tuple(answer.text for answer in self.answers(name))

    def text(self, name: str) -> str:
        """The text of the first; empty where there is none."""
        return next(iter(self.texts(name)), "")

    def is_hidden(self, name: str) -> bool:
        """Whether words of an item are withheld from whoever reads."""
        return any(answer.is_hidden for answer in self.answers(name))


Question = Callable[[CheckScope, str, Any], bool]
QUESTIONS: dict[str, Question] = {}


def question(function: Question) -> Question:
    """Enters a question under its name, by which the rules ask it."""
    QUESTIONS[function.__name__.strip("_")] = function
    return function


# ---- how an answer is written


def choices(text: str) -> tuple[str, ...]:
    """What is chosen in an answer of one or many choices, as the options are called."""
    chosen = []
    for line in text.splitlines():
        if line.startswith("[？]"):
            continue
        words = line.removeprefix("[○]").strip()
        if line.startswith("[○]") and "（" in words:
            chosen.append(words[: words.index("（")])
        chosen.append(words)
    return tuple(chosen)


def says_nothing(text: str) -> bool:
    """Whether an answer says that there is nothing to say: なし, －."""
    return _NOTHING.fullmatch(text.strip()) is not None


def describes(text: str) -> bool:
    """Whether an answer says how something is done: more than nothing, and more than that it is
    not done."""
    plain = text.strip()
    return bool(plain) and not says_nothing(plain) and not _ONLY_DENIED.fullmatch(plain)


@lru_cache(maxsize=1000)
def bounds(words: str) -> Bounds | None:
    """The numbers a band holds, from the first on and below the second: (10000, 100000) of
    1万人以上10万人未満. None where it names no number."""
    low: float = 0
    high: float = inf
    seen = False
    for digits, unit, side in _NUMBER.findall(unicodedata.normalize("NFKC", words)):
        if not digits.strip(","):
            continue
        number = int(digits.replace(",", "")) * _UNITS.get(unit, 1)
        seen = True
        if side == "以上":
            low = number
        elif side == "未満":
            high = number
        else:
            low = number
            high = number + 1
    return (low, high) if seen else None


def day(text: str) -> str:
    """The day or month an answer names, as ISO text; empty where it names none."""
    days = wareki.days_in(text)
    if days:
        return days[0].isoformat()
    return wareki.parse(text) or ""


@lru_cache(maxsize=1000)
def law_items(text: str) -> frozenset[tuple[str, int]]:
    """The items of 番号法 別表 a text cites: (一, 16) and (一, 30) of 別表第一の16及び30の項."""
    plain = unicodedata.normalize("NFKC", text)
    cited = set()
    for table, numbers in _TABLE.findall(plain):
        for number in _COUNT.findall(numbers):
            cited.add((table.translate(str.maketrans("12", "一二")), int(number)))
    return frozenset(cited)


def lines(text: str) -> tuple[str, ...]:
    """The names an answer lists, one a line or between 、, without the numbers before them."""
    names = []
    for line in re.split(r"[\n、，;；]", text):
        name = re.sub(r"^[\s　①-⑳・･\-－(（]*(?:\d{1,2}[\.．)）、]\s*)?", "", line).strip(" 　。")
        if name:
            names.append(name)
    return tuple(names)


# ---- choices


def _chosen(scope: CheckScope, name: str) -> set[str]:
    return {choice for text in scope.texts(name) for choice in choices(text)}


def _any(wanted: Iterable[str], known: Iterable[str]) -> bool:
    return bool(set(wanted) & set(known))


@question
def is_(scope: CheckScope, name: str, options: Sequence[str]) -> bool:
    """One of these is chosen."""
    return _any(options, _chosen(scope, name))


@question
def is_not(scope: CheckScope, name: str, options: Sequence[str]) -> bool:
    """Something is chosen, and none of these."""
    chosen = _chosen(scope, name)
    return bool(chosen) and not _any(options, chosen)


@question
def never(scope: CheckScope, name: str, options: Sequence[str]) -> bool:
    """None of these is chosen, also where nothing is."""
    return not _any(options, _chosen(scope, name))


@question
def only(scope: CheckScope, name: str, options: Sequence[str]) -> bool:
    """Something is chosen, and nothing but these."""
    texts = [line for text in scope.texts(name) for line in text.splitlines()]
    return bool(texts) and all(_any(options, choices(line)) for line in texts)


@question
def repeats_otherwise(scope: CheckScope, name: str, asked: Mapping[str, Any]) -> bool:
    """It repeats the answer of another item, chosen by its words (`of`: the beginning of the choice
    → that item), and the two are not alike."""
    chosen = scope.text(asked["chosen"])
    for words, item in asked["of"].items():
        if chosen.startswith(words):
            return differs(scope, name, item)
    return False


# ---- texts


@question
def empty(scope: CheckScope, name: str, wanted: bool) -> bool:
    """Nothing is written."""
    return (not scope.texts(name)) == wanted


@question
def filled(scope: CheckScope, name: str, wanted: bool) -> bool:
    """Something is written."""
    return bool(scope.texts(name)) == wanted


@question
def described(scope: CheckScope, name: str, wanted: bool) -> bool:
    """It is written how something is done."""
    return any(map(describes, scope.texts(name))) == wanted


@question
def says(scope: CheckScope, name: str, pattern: str) -> bool:
    """A text says such words."""
    return any(re.search(pattern, text) for text in scope.texts(name))


@question
def says_not(scope: CheckScope, name: str, pattern: str) -> bool:
    """Something is written, and such words nowhere in it."""
    texts = scope.texts(name)
    return bool(texts) and not says(scope, name, pattern)


@question
def repeats_text(scope: CheckScope, name: str, words: str) -> bool:
    """An answer holds these words, whatever their widths, spaces and line feeds."""
    sought = fold(words)
    return any(sought in fold(text) for text in scope.texts(name))


@question
def differs(scope: CheckScope, name: str, other: str) -> bool:
    """Both are written, and not alike (widths, spaces and line feeds do not count)."""
    mine = scope.text(name)
    theirs = scope.text(other)
    return bool(mine and theirs) and fold(mine) != fold(theirs)


@question
def not_among(scope: CheckScope, name: str, other: str) -> bool:
    """A name is written, and the other texts do not say it."""
    mine = plain_name(scope.text(name))
    texts = [fold(text) for text in scope.texts(other)]
    return bool(mine and texts) and not any(mine in text for text in texts)


@question
def lists_unknown(scope: CheckScope, name: str, other: str) -> bool:
    """A list names something that none of the others is called."""
    return bool(unknown_lines(scope, name, other))


def unknown_lines(scope: CheckScope, name: str, other: str) -> tuple[str, ...]:
    """What a list names and none of the others is called."""
    known = [plain_name(text) for text in scope.texts(other)]
    names = lines(scope.text(name)) if known else ()
    return tuple(one for one in names if not _named(plain_name(one), known))


def plain_name(text: str) -> str:
    """A name for comparing: one width, no spaces, no note in brackets at its end."""
    first = text.strip().splitlines()[0] if text.strip() else ""
    bare = re.sub(r"[（(〔\[][^（(〔\[]*[）)〕\]]\s*$", "", first)
    return fold(bare or first)


def _named(name: str, known: Iterable[str]) -> bool:
    return any(one and (name in one or one in name) for one in known)


@question
def law_items_differ(scope: CheckScope, name: str, other: str) -> bool:
    """Both cite items of 別表, and not the same ones."""
    mine = law_items(scope.text(name))
    theirs = law_items(scope.text(other))
    return bool(mine and theirs) and mine != theirs


# ---- entries and numbers


@question
def entries(scope: CheckScope, name: str, wanted: bool) -> bool:
    """There are entries of a repeated part."""
    return bool(scope.answers(name)) == wanted


@question
def count_differs(scope: CheckScope, name: str, other: str) -> bool:
    """A number is written, and there are not so many entries."""
    number = _COUNT.search(unicodedata.normalize("NFKC", scope.text(name)))
    return number is not None and int(number.group()) != len(scope.answers(other))


@question
def ticked_count_differs(scope: CheckScope, name: str, asked: Mapping[str, str]) -> bool:
    """The option `option` is ticked with a number, and there are not so many entries of `of`."""
    for line in scope.text(name).splitlines():
        if line.startswith(f"[○] {asked['option']}"):
            number = _COUNT.search(unicodedata.normalize("NFKC", line))
            there = len(scope.answers(asked["of"]))
            return number is not None and int(number.group()) != there
    return False


def _bands(scope: CheckScope, name: str, other: str) -> tuple[Bounds | None, Bounds | None]:
    return bounds(scope.text(name)), bounds(scope.text(other))


@question
def band_above(scope: CheckScope, name: str, other: str) -> bool:
    """Every number of the band is greater than those of the other."""
    mine, theirs = _bands(scope, name, other)
    return mine is not None and theirs is not None and mine[0] >= theirs[1]


@question
def band_below(scope: CheckScope, name: str, other: str) -> bool:
    """Every number of the band is smaller than those of the other."""
    mine, theirs = _bands(scope, name, other)
    return mine is not None and theirs is not None and mine[1] <= theirs[0]


@question
def band_differs(scope: CheckScope, name: str, other: str) -> bool:
    """The bands have no number in common."""
    return band_above(scope, name, other) or band_below(scope, name, other)


@question
def together_below(scope: CheckScope, name: str, other: str) -> bool:
    """All bands of a name together (their highest numbers added) stay below the other band."""
    theirs = bounds(scope.text(other))
    mine = [bounds(text) for text in scope.texts(name)]
    if theirs is None or not mine or None in mine:
        return False
    return sum(band[1] - 1 for band in mine if band is not None) < theirs[0]


@question
def reaches(scope: CheckScope, name: str, least: int) -> bool:
    """A band begins at this number or above."""
    return any(band is not None and band[0] >= least for band in map(bounds, scope.texts(name)))


@question
def stays_below(scope: CheckScope, name: str, most: int) -> bool:
    """A band ends at this number or below."""
    return any(band is not None and band[1] <= most for band in map(bounds, scope.texts(name)))


# ---- tables


def rows(text: str) -> tuple[str, ...]:
    """The rows of a table."""
    return tuple(row for row in text.splitlines() if row.strip())


@question
def rows_outside(scope: CheckScope, name: str, other: str) -> bool:
    """A table has more or fewer rows than a band says."""
    band = bounds(scope.text(other))
    count = len(rows(scope.text(name)))
    return bool(count and band) and not (band or (0, 0))[0] <= count < (band or (0, 0))[1]


@question
def rows_lack(scope: CheckScope, name: str, pattern: str) -> bool:
    """A table has rows, and none says such words."""
    return says_not(scope, name, pattern)


# ---- days and years


@question
def no_day(scope: CheckScope, name: str, wanted: bool) -> bool:
    """A day is written that no calendar has: 令和5年2月30日, 平成33年1月1日."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", scope.text(name)))
    written = len(_DAY.findall(plain))
    return (written > len(wareki.days_in(plain))) == wanted


@question
def day_before(scope: CheckScope, name: str, other: str) -> bool:
    """A day lies before another; where only months are named, the months count."""
    mine = day(scope.text(name))
    theirs = day(scope.text(other))
    least = min(len(mine), len(theirs))
    return bool(least) and mine[:least] < theirs[:least]


@question
def day_before_day(scope: CheckScope, name: str, other: str) -> bool:
    """A day lies before this one (ISO text)."""
    mine = day(scope.text(name))
    return bool(mine) and mine < other[: len(mine)]


@question
def days_apart(scope: CheckScope, name: str, asked: Mapping[str, Any]) -> bool:
    """Two days lie more than `months` months apart."""
    both = sorted((day(scope.text(name)), day(scope.text(asked["from"]))))
    if not all(len(one) == 10 for one in both):
        return False
    months = [int(one[:4]) * 12 + int(one[5:7]) for one in both]
    return any(later - earlier > asked["months"] for earlier, later in pairwise(months))


@question
def years_outside(scope: CheckScope, name: str, other: str) -> bool:
    """A text names years something is kept for, and none of them lies in the band."""
    band = bounds(scope.text(other))
    plain = unicodedata.normalize("NFKC", scope.text(name))
    years = [int(number) for number in _KEPT.findall(plain)]
    return bool(years and band) and not any(_within(year, band) for year in years)


def _within(number: float, band: Bounds | None) -> bool:
    return band is not None and band[0] <= number < band[1]


# ---- しきい値判断


@question
def judged_otherwise(scope: CheckScope, name: str, asked: Mapping[str, str]) -> bool:
    """The result is not the one that follows from the counts beside it."""
    people = bounds(scope.text(asked["people"]))
    handlers = bounds(scope.text(asked["handlers"]))
    incident = scope.text(asked["incident"])
    written = scope.text(name)
    if people is None or handlers is None or not incident or not written:
        return False
    judged = threshold.judge(
        int(people[0]), int(handlers[0]), incident == "発生あり", scope.thresholds
    )
    return fold(judged.result) != fold(written)
