"""Which item of the agenda a line or a sentence means: headings (２ 議 題, 議案第1号 …, 【報告】,
(1) …) and the chair's words (それでは、議案第1号に入ります).

Knows the agenda. Must not know who speaks; callers say whether the words are a chair's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from .names import folded
from .spoken import CLOSING, OPENING, Item

_DIGITS = {letter: value for value, letter in enumerate("〇一二三四五六七八九")}
_KINDS = {
    "議案": "議案",
    "審議事項": "議案",
    "協議事項": "議案",
    "諮問事項": "議案",
    "報告事項": "報告",
    "報告案件": "報告",
    "報告": "報告",
    "議題": "",
    "議事": "",
    "案件": "",
    "日程": "",
}
_NUMBER = r"(\d{1,3}|[一二三四五六七八九十]{1,3})"
_COUNT = r"(?:第?\d{1,2}|[一二三四五六七八九十]{1,2})?[.、:)]?"
_KIND = "|".join(_KINDS)
_SECTION = re.compile(rf"[-・●■◆◇□]?{_COUNT}[【\[(<]?(開会|議題|議事|審議|その他|閉会)[】\])>]?")
_GROUP = re.compile(rf"[-・●■◆◇□]?{_COUNT}[【\[(<]?({_KIND})[】\])>]?")
_HEADING = re.compile(
    rf"[-・●■◆◇□]?(?:\d{{1,2}}[.)、]?)??[【\[<(]?({_KIND})?[】\]>)]?の?"
    rf"(第|\()?{_NUMBER}[)]?(?:号|番)?[:、.]?(.*)"
)
_MENTION = re.compile(
    rf"({_KIND})の?(?:第|\()?{_NUMBER}(?:\))?(?:号|番目|番|件目)?"
    rf"|{_NUMBER}(?:つ目|番目|件目|点目)の({_KIND})|次の({_KIND})"
)
_TURNS = re.compile(
    r"入り|入ら|入れ|移り|移ら|移行|進み|進め|進ま|お願い|議題と|諮り|始め|取り上げ|審議|説明"
    r"|ですけれども|ですが|でございます|です\u3002|について"
)
_STRONG = re.compile(r"入り|入ら|移り|移ら|移行|お願い|議題と|進み|進ま|始め")
_ASIDE = re.compile(r"後ほど|のちほど|あとで|後で|先ほど|さきほど|前回|おって")
_EXPLAINS = re.compile(r"(?:説明|報告)(?:を)?(?:させて|いたし|申し上げ|致し)")
_TO_KIND = re.compile(rf"({_KIND})(?:のほう|の方)?(?:に|へ)(?:入|移|進)")
_TO_CLOSING = re.compile(
    r"(?:次第|最後に|それでは|では|次に|続きまして).{0,14}その他(?:に|へ|の(?:事項|件)|と|で|、)"
    r"|その他(?:に|へ)(?:入|移|進)|「その他」"
)
_CLOSES = re.compile(r"次回の?.{0,10}(?:審議会|会議|開催|日程|委員会)|長時間にわた|以上をもち")
_PARTICLE = re.compile(r"[にのはをがでとも、]|から|より|まで|です|ですが")
_SENTENCE = re.compile(r"[^。？！\n]+[。？！]*\n?|\n")
_BEGINS = re.compile(r"それでは|では|次に|続きまして|続いて|引き続き|まず|次の|最後に")
_HEADING_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in a speech where the meeting goes on to another item: where its sentence begins."""

    start: int
    item: str
    doubts: tuple[str, ...] = ()


def number_of(text: str) -> int:
    """The number in (1), 第1号 or 第二号; 0 where there is none."""
    match = re.search(_NUMBER, folded(text))
    if match is None:
        return 0
    return _value(match[1])


def _value(digits: str) -> int:
    if digits.isdigit():
        return int(digits)
    tens, ten, ones = digits.rpartition("十")
    value = _DIGITS.get(ones, 0)
    if ten:
        value += 10 * _DIGITS.get(tens, 1)
    return value


class Agenda:
    """The items of a meeting in order, asked by headings and by words."""

    def __init__(self, items: Sequence[Item]):
        self._items = items
        self._places = {item.id: place for place, item in enumerate(items)}
        self._titles = [folded(item.title) for item in items]
        self._called = _names_of_their_own(items)
        self._longest = max((len(title) for title in self._titles), default=0)

    def place(self, item: str) -> int:
        """Where an item stands: -1 for the opening, past the last for the closing."""
        if item == OPENING:
            return -1
        return self._places.get(item, len(self._items))

    def following(self, item: str, kind: str = "") -> str:
        """The next item after one, of a kind where it is named; the same item where there is
        none.
        """
        for other in self._items[self.place(item) + 1 :]:
            if not kind or other.kind == kind:
                return other.id
        return item

    def heading(self, text: str, current: str, group: str = "", broken: bool = False) -> str | None:
        """The item a line is the heading of, None for any other line. `group` is the kind of the
        last heading of a kind; `broken` says that a sentence before the line is not at its end.
        """
        letters = folded(text)
        if not letters or letters.endswith(("。", "?", "!", "、")):
            return None
        if len(letters) > self._longest + _HEADING_LETTERS:
            return None
        section = None if broken else self._section(letters, current)
        if section is not None:
            return section
        match = _HEADING.fullmatch(letters)
        if match is None:
            return None if broken else self._titled(letters, current)
        return self._numbered(match, text, (current, group), broken)

    def group(self, text: str) -> str | None:
        """The kind that a heading of a kind names (報告事項); None for any other line."""
        match = _GROUP.fullmatch(folded(text))
        return _KINDS[match[1]] if match else None

    def _section(self, letters: str, current: str) -> str | None:
        match = _SECTION.fullmatch(letters)
        if match and match[1] == "開会":
            return OPENING
        if match and match[1] in ("その他", "閉会"):
            own = [item.id for item in self._items if folded(item.title) == match[1]]
            return own[0] if own else CLOSING
        if match:
            return self.following(current)
        match = _GROUP.fullmatch(letters)
        if match:
            return self.following(current, _KINDS[match[1]])
        return None

    def _titled(self, letters: str, current: str) -> str | None:
        """The item whose title a line is, without any number."""
        for item, title in zip(self._items, self._titles):
            alike = fuzz.ratio(letters, title) > 91 or title.startswith(letters)
            if len(letters) > 9 and alike:
                return item.id
        return None

    def _numbered(
        self, match: re.Match[str], text: str, at: tuple[str, str], broken: bool
    ) -> str | None:
        """The item of a heading with a number: its title must agree where it has one."""
        current, group = at
        word, mark, digits, rest = match.groups()
        kind = _KINDS[word] if word else ""
        near = None
        for item, title in zip(self._items, self._titles):
            if number_of(item.number) != _value(digits) or (kind and item.kind != kind):
                continue
            if rest and fits(rest, title):
                return item.id
            if not rest and word and not broken:
                return self._nearer(kind or group, _value(digits), current)
            near = near or item.id
        if (
            near
            and word
            and not broken
            and not _PARTICLE.match(rest)
            and " " in text[:14].replace("　", " ")
        ):
            return self._nearer(kind or group, _value(digits), current)
        if mark or word:
            return None if broken else self._titled(rest, current)
        return None

    def _nearer(self, kind: str, number: int, current: str) -> str | None:
        """The item of a number, of a kind where it is known: the first from the current one on."""
        fitting = []
        for item in self._items:
            if number_of(item.number) == number and (not kind or item.kind == kind):
                fitting.append(item.id)
        for item_id in fitting:
            if self.place(item_id) >= self.place(current):
                return item_id
        return fitting[-1] if fitting else None

    def goes_on(self, said: str, following: str, item: str) -> bool:
        """Whether a line goes on with the title of a heading that was broken."""
        place = self._places.get(item)
        if place is None or not following:
            return False
        title, both = self._titles[place], folded(said + following)
        match = _HEADING.fullmatch(both)
        rest = match[4] if match else both
        so_far = _HEADING.fullmatch(folded(said))
        if so_far and len(so_far[4]) >= len(title):
            return False
        return bool(rest) and len(rest) <= len(title) + 4 and fits(rest, title)

    def turns(self, text: str, current: str, chairs: bool, headed: frozenset[str]) -> list[Turn]:
        """Where a speech goes on to another item, in order. Items that have a heading of their own
        (`headed`) begin there and nowhere else.
        """
        turns = []
        announced = -1
        for match in _SENTENCE.finditer(text):
            said = folded(match.group())
            turn = self._turn(said, current, chairs) if said else None
            if turn is None or turn[0] in headed or self.place(turn[0]) <= self.place(current):
                announced = match.start() if chairs and self.pending(said, current) else -1
                continue
            doubts: tuple[str, ...] = ()
            if turn[0] != CLOSING and self.place(turn[0]) > self.place(current) + 1:
                doubts = ("間の議題を飛ばして、この議題に進んだと読みました。",)
            start = match.start() if announced < 0 else announced
            turns.append(Turn(start, turn[0], doubts + turn[1]))
            current, announced = turn[0], -1
        return turns

    def _turn(self, said: str, current: str, chairs: bool) -> tuple[str, tuple[str, ...]] | None:
        """The item a folded sentence goes on to, with doubts."""
        last = self.place(current) >= len(self._items) - 1
        if last and (_CLOSES.search(said) if not chairs else _TO_CLOSING.search(said)):
            return CLOSING, ()
        if chairs and _TO_CLOSING.search(said):
            coming = self.following(current)
            if coming != current and self._items[self.place(coming)].kind == "その他":
                return coming, ()
        if _ASIDE.search(said):
            return None
        if not chairs:
            named = self._named(said, current)
            if current != OPENING and named == self.following(current) and _EXPLAINS.search(said):
                return named, ()
            return None
        if _TURNS.search(said) is None:
            return None
        named = self._named(said, current)
        if named is not None:
            skips = self.place(named) > self.place(current) + 1
            if skips and not _STRONG.search(said):
                return None
            return named, ()
        return self._by_title(said, current)

    def _named(self, said: str, current: str) -> str | None:
        """The last item after the current one that a sentence names by its number."""
        named = None
        for match in _MENTION.finditer(said):
            word = match[1] or match[4] or match[5]
            digits = match[2] or match[3]
            kind = _KINDS[word]
            if digits is None:
                item: str | None = self.following(current, kind)
            else:
                item = self._nearer(kind, _value(digits), current)
            if item is not None and self.place(item) > self.place(current):
                named = item
        for called, item_id in self._called.items():
            if called in said and self.place(item_id) > self.place(named or current):
                named = item_id
        return named

    def _by_title(self, said: str, current: str) -> tuple[str, tuple[str, ...]] | None:
        """The next item where a sentence that begins something says most of its title."""
        coming = self.following(current)
        if coming == current or _BEGINS.search(said) is None or _STRONG.search(said) is None:
            return None
        title = self._titles[self.place(coming)].partition("(")[0].removesuffix("について")
        if len(title) > 5 and fuzz.partial_ratio(title, said) > 84:
            return coming, ("議題の番号がないため、議題名の言葉から読みました。",)
        return None

    def pending(self, text: str, current: str) -> str:
        """The next item of a kind that a chair says the meeting goes on to without a number;
        empty where nothing of the kind is said.
        """
        for match in _TO_KIND.finditer(folded(text)):
            coming = self.following(current, _KINDS[match[1]])
            if coming != current:
                return coming
        return ""


def _names_of_their_own(items: Sequence[Item]) -> dict[str, str]:
    """What the office calls an item that no other is called (議第1号, 認定第3号), folded → item. A
    bare number is no name: 第1号 and (1) are those of every kind."""
    called: dict[str, list[str]] = {}
    for item in items:
        name = folded(item.number)
        if name and name[0] not in "第(" and not name[0].isdigit() and number_of(name):
            called.setdefault(name, []).append(item.id)
    return {name: found[0] for name, found in called.items() if len(found) == 1}


def fits(rest: str, title: str) -> bool:
    """Whether folded words behind a number are a title, its beginning, or the title with more in
    brackets.
    """
    least = min(6, len(title))
    if title.startswith(rest) and len(rest) >= least:
        return True
    if (
        least
        and rest.startswith(title)
        and (rest[len(title)] in "(〔" or len(rest) < len(title) + 6)
    ):
        return True
    if fuzz.ratio(rest, title) > 84:
        return True
    return len(rest) > 7 and fuzz.ratio(rest, title[: len(rest)]) > 89
