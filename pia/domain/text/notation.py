"""What a text says apart from how it was typed: width, punctuation, dashes, quotes, spaces, letters
that look and mean the same, and what cannot be seen.

Knows letters. `plain` gives the letters that count, each with the place it was typed at, so that
marks found on them can be set in the text as it stands. Letters that only look alike (力 and カ,
〇 and ○, 3.5 and 35) stay different. Must not know sentences, trees or files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

# Character variants that mean the same word in names and places; NFKC does not join them.
_VARIANTS = dict(
    zip(
        "髙﨑德瀨濵濱邊邉齋齊嶋嶌澤廣國學會條號邨峯曻眞槇𠮷槗圓惠榮櫻藏龍壽應〜～",
        "高崎徳瀬浜浜辺辺斎斉島島沢広国学会条号村峰昇真槙吉橋円恵栄桜蔵竜寿応~~",
    )
)
# Parts of characters that a PDF gives for the character itself (Unicode's equivalent unified
# ideographs); NFKC joins the 康熙部首 only.
_RADICALS = dict(
    zip(
        "\u2e92\u2e9c\u2e9d\u2e9f\u2ea0\u2ea7\u2eab\u2eac\u2ead\u2eaf\u2eb6\u2ebd\u2ec1\u2ec4"
        "\u2ec6\u2ed1\u2ed7\u2ed8\u2edd\u2ee1\u2ee3\u2ee4\u2ee8\u2ee9\u2eeb\u2eed\u2eef\u2ef2",
        "巳日月母民牛目示礻糹羊臼虎西角長雨青食首骨鬼麦黄斉歯竜亀",
    )
)
_INSTEAD = {**_VARIANTS, **_RADICALS, "(": "（", ")": "）"}
_INVISIBLE = (
    "\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u3164"
)
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_BLANK = r"[^\S\n\r\x0b\x0c\x85\u2028\u2029]"
_FEED = "(?:\r\n?|[\n\x0b\x0c\x85\u2028\u2029])"
_MARKS = "\u0300-\u036f\u3099\u309aﾞﾟ゛゜\ufe00-\ufe0f\U000e0100-\U000e01ef"
_DASH = "\\-‐‑‒–—―−－─━ｰ"
_QUOTES = "\"“”„‟″＂〝〞〟'‘’‚‛′＇"
_COMMA = ",，､"
_STOP = ".．｡"
_LATIN = re.compile("[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]")
_DIGIT = re.compile("[0-9０-９]")
_KANA = re.compile("[ぁ-ゖァ-ヺー-ヿｦ-ﾟ]")
# A number that heads a line (３　通知 are no three 通).
_HEADING = re.compile("(?:^|[\n\r。、）)])[ \u3000]*[0-9０-９]{1,3}$")
_ENDED = re.compile(f"{_FEED}|\\Z")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# What is the same in every notation is not looked at: かな, most 漢字, the letters of ASCII.
_ORDINARY = (
    "ぁ-ゖァ-ヺ゠・ー-ヿ々〆〇｜「」『』【】（）、。0-9A-Za-z!#-&*+/:;<=>?@\\[\\]\\\\^_`{|}"
    + "".join(f"{chr(start)}-{chr(end)}" for start, end in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)))
)
_VARIED = "".join(_VARIANTS)
_NOTED = re.compile(
    f"(?P<feed>{_BLANK}*{_FEED}(?:{_BLANK}|{_FEED})*)"
    f"|(?P<blank>{_BLANK}+)"
    f"|(?P<unseen>[{_INVISIBLE}{_CONTROL}]+)"
    f"|(?P<marked>[^\\s{_MARKS}][{_MARKS}]+)"
    f"|(?P<dash>[{_DASH}]|(?<![ぁ-ゖァ-ヺーｦ-ﾟ])ー)"
    f"|(?P<quote>[{_QUOTES}])"
    f"|(?P<comma>[{_COMMA}])"
    f"|(?P<stop>[{_STOP}])"
    f"|(?P<other>[{_VARIED}]|[^{_ORDINARY}])"
)
_UNORDINARY = re.compile(f"[^{_ORDINARY}]")
_VARYING = re.compile(f"[{_VARIED}{_DASH}{_QUOTES}{_COMMA}{_STOP}{_MARKS}]")
_LONE_VOWEL = re.compile("(?<![ぁ-ゖァ-ヺーｦ-ﾟ])ー")
# What counts as itself and is no number.
_UNCOMMON = re.compile(
    f"[^{_ORDINARY}]|[{_VARIED}0-9{_DASH}{_QUOTES}{_COMMA}{_STOP}{_MARKS}]|(?<![ぁ-ゖァ-ヺー])ー"
)
_NUMERAL = re.compile("[（）第条項号章節一二三四五六七八九十百ァ-ヺ]{1,6}")
# What NFKC would join though it means something else: 10² is not 102, ① not 1, ½ not 1/2.
_APART = ("<super>", "<sub>", "<fraction>", "<circle>")


class Plain(NamedTuple):
    """The letters that count of one text. Letter i was typed at `begins[i]` to `ends[i]`; what lies
    between two letters does not count. `inner`: places between letters that were one when typed
    (㈱ is three), where no mark may begin or end.
    """

    typed: str
    text: str
    begins: list[int]
    ends: list[int]
    inner: frozenset[int]

    def rest(self, index: int) -> tuple[int, int]:
        """Where what does not count behind a letter was typed; -1 is before the first."""
        start = self.ends[index] if index >= 0 else 0
        end = self.begins[index + 1] if index + 1 < len(self.begins) else len(self.typed)
        return start, end

    def part(self, start: int, end: int) -> tuple[int, int]:
        """Where the letters from one place to another were typed."""
        if start == end:
            here = self.ends[start - 1] if start else 0
            return here, here
        return self.begins[start], self.ends[end - 1]

    def with_instead(self, spots: Iterable[tuple[int, int, str]]) -> Plain:
        """The same with other letters for some places: (start, end, letters), in order; no letters
        make a place one that does not count."""
        text: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        inner: set[int] = set()
        last = 0
        count = 0
        for start, end, letters in (*spots, (len(self.text), len(self.text), "")):
            text.append(self.text[last:start])
            begins += self.begins[last:start]
            ends += self.ends[last:start]
            for place in range(last, start):
                if place in self.inner:
                    inner.add(place - last + count)
            count += start - last
            if letters:
                text.append(letters)
                _one(begins, ends, inner, self.begins[start], self.ends[end - 1], len(letters))
                count += len(letters)
            last = end
        return Plain(self.typed, "".join(text), begins, ends, frozenset(inner))


def _one(
    begins: list[int], ends: list[int], inner: set[int], start: int, end: int, count: int
) -> None:
    """So many letters that were typed as one: the first stands for all."""
    first = len(begins)
    begins.append(start)
    ends.append(end)
    for place in range(1, count):
        begins.append(end)
        ends.append(end)
        inner.add(first + place)


def plain(typed: str) -> Plain:
    """The letters of a text that count. Line feeds with the blanks around them are one "\\n"."""
    if not _may_be_noted_anywhere(typed):
        size = len(typed)
        return Plain(typed, typed, list(range(size)), list(range(1, size + 1)), frozenset())
    text: list[str] = []
    begins: list[int] = []
    ends: list[int] = []
    inner: set[int] = set()
    last = 0
    for match in _NOTED.finditer(typed):
        start, end = match.span()
        if last < start:
            text.append(typed[last:start])
            begins += range(last, start)
            ends += range(last + 1, start + 1)
        last = end
        before = text[-1][-1:] if text else ""
        if before == "\n" and match.lastgroup == "dash" and len(text) > 1:
            before = text[-2][-1:]  # a long vowel begins no line: the line was broken there
        letters = _letters(match, typed, before, start, end)
        if letters:
            text.append(letters)
            _one(begins, ends, inner, start, end, len(letters))
    text.append(typed[last:])
    begins += range(last, len(typed))
    ends += range(last + 1, len(typed) + 1)
    return Plain(typed, "".join(text), begins, ends, frozenset(inner))


def _may_be_noted_anywhere(typed: str) -> bool:
    """Whether some letter may count as another one. Three sets looked for one after the other:
    together they take ten times as long."""
    if _UNORDINARY.search(typed) or _VARYING.search(typed):
        return True
    return "ー" in typed and _LONE_VOWEL.search(typed) is not None


def _letters(match: re.Match[str], typed: str, before: str, start: int, end: int) -> str:
    """What counts of one noted place; its neighbours decide about blanks, dashes and commas:
    `before` is the last letter that counts."""
    kind = match.lastgroup
    if kind == "other":
        return _joined(match.group())
    if kind == "feed":
        return "\n"
    if kind == "unseen":
        return ""
    after = typed[end : end + 1]
    match kind:
        case "blank":
            if _HEADING.search(typed, max(0, start - 5), start):
                return " "
            return _blank(match.group(), before, after)
        case "marked":
            return _joined(match.group())
        case "dash":
            return _dash(match.group(), before, after)
        case "quote":
            return '"' if match.group() in '"“”„‟″＂〝〞〟' else "'"
        case "comma":
            return "," if _DIGIT.match(before) and _DIGIT.match(after) else "、"
    return _stop(match.group(), before, after)


def _dash(dash: str, before: str, after: str) -> str:
    """A dash typed for a long vowel stands between かな; サーバ－Ａ has two parts."""
    if not _KANA.match(before):
        return "-"
    if dash in "ーｰ" or (dash == "-" and _KANA.match(after)):
        return "ー"
    if dash == "-" or _LATIN.match(after):
        return "-"
    return "ー"


def _blank(blank: str, before: str, after: str) -> str:
    """A blank counts between two words of 英数字 and where it parts two cells."""
    if "\t" in blank:
        return "\t"
    if _LATIN.match(before) and _LATIN.match(after):
        return " "
    return ""


def _stop(letter: str, before: str, after: str) -> str:
    """A point inside a number or a name, and behind the number of a heading, ends no sentence."""
    if letter == "｡":
        return "。"
    if _LATIN.match(after):
        return "."
    if _DIGIT.match(before) and not _ENDED.match(after):
        return "."
    return "。"


@lru_cache(maxsize=20_000)
def _joined(letter: str) -> str:
    """One letter with its marks as the letters it means."""
    letter = _SELECTORS.sub("", letter)
    if len(letter) == 1 and unicodedata.decomposition(letter).startswith(_APART):
        return letter
    joined = unicodedata.normalize("NFKC", letter.replace("゛", "\u3099").replace("゜", "\u309a"))
    out = []
    for part in joined:
        out.append(_INSTEAD.get(part, part))
    return "".join(out)


@lru_cache(maxsize=20_000)
def weighed(text: str) -> str:
    """A text for weighing against another: what counts of it, without line feeds and blanks other
    than those between digits."""
    return _UNWEIGHED.sub("", plain(text).text)


_UNWEIGHED = re.compile(r"\s+(?![0-9])|(?<![0-9])\s+")


def same_but_notation(first: str, second: str) -> bool:
    """Whether two texts differ in nothing but how they were typed."""
    return first == second or weighed(first) == weighed(second)


def may_be_noted(text: str) -> bool:
    """Whether words that differ may differ in how they were typed, or in a number, only: of two
    notations one at least is not the ordinary one."""
    return _UNCOMMON.search(text.strip()) is not None or _NUMERAL.fullmatch(text) is not None


def unseen(text: str) -> bool:
    """Whether a text shows nothing on paper: blanks, line feeds and what has no shape."""
    return _UNSEEN.fullmatch(text) is not None


_UNSEEN = re.compile(f"[\\s{_INVISIBLE}{_CONTROL}{_MARKS}]*")
