"""Over four hundred strings that have broken other programs, and words made of them: for each
field of a page its own, marked, so that it is known again wherever it comes out.

Knows strings, marks and which of them can be printed. Must not know pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pia.documents.pdf import fonts
from pia.domain.document.blocks import heading
from pia.web.inputs import LINE

_TAGS = (
    "script",
    "img",
    "svg",
    "iframe",
    "style",
    "b",
    "a",
    "form",
    "input",
    "textarea",
    "option",
    "title",
    "template",
    "math",
    "noscript",
    "table",
)
_MARKUP = [
    x
    for t in _TAGS
    for x in (
        f"<{t}>",
        f"</{t}>",
        f"<{t} onload=alert(1)>",
        f'"><{t} x="',
        f"'><{t}/>",
        f"&lt;{t}&gt;",
        f"<{t.upper()}\t/>",
    )
]
_TEMPLATE = [
    f"{a}{x}{b}"
    for a, b in (
        ("{{", "}}"),
        ("{%", "%}"),
        ("${", "}"),
        ("#{", "}"),
        ("<%=", "%>"),
        ("[[", "]]"),
        ("{#", "#}"),
        ("{{{", "}}}"),
    )
    for x in ("7*7", " config ", "''.__class__", "raw", "p.text", "tr for x in y")
]
_FORMULA = [
    f"{a}{x}"
    for a in ("=", "+", "-", "@", "＝", "'=", '"=', " =")
    for x in (
        "1+1",
        "cmd|' /C calc'!A0",
        'HYPERLINK("http://example.invalid","x")',
        "SUM(A1:A9)",
        "2024/1/1",
        "IMPORTXML(1)",
    )
]
_NUMBERS = [
    "0",
    "-0",
    "00012",
    "1e5",
    "1E+400",
    "NaN",
    "Infinity",
    "0x1F",
    "1/2",
    "3-4",
    "12:34",
    "1,000",
    "１２３",
    "½",
    "²",
    "①",
    "Ⅳ",
    "٣",
    "TRUE",
    "FALSE",
    "null",
    "None",
    "undefined",
    "#REF!",
    "#N/A",
    "true",
    "[]",
    "{}",
    "()",
]
_SQL = [
    f"{a}{x}"
    for a in ("'", '"', "1'", "')", "`", "\\'", ";")
    for x in (
        " OR 1=1 --",
        "; DROP TABLE version; --",
        " UNION SELECT * FROM account --",
        "/*",
        "%",
        "_",
    )
]
_PATHS = [
    "../../etc/passwd",
    "..\\..\\windows",
    "C:\\NUL",
    "CON",
    "file:///etc/passwd",
    "//example.invalid/x",
    "javascript:alert(1)",
    "data:text/html,x",
    "%00",
    "%0d%0aX: y",
    "%2e%2e%2f",
    "~root",
    "$(id)",
    "`id`",
    "| id",
    "; id",
    "&& id",
    "> x",
    "/dev/null",
    "\\\\share\\x",
    "a/../b",
    "?x=1#y",
    "*",
    "-rf",
    "--help",
]
_BIDI = [
    f"あ{chr(c)}い"
    for c in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
]
_UNSEEN = [
    f"あ{chr(c)}い"
    for c in (
        0x00AD,
        0x034F,
        0x115F,
        0x1680,
        0x180E,
        *range(0x2000, 0x200E),
        0x202F,
        0x205F,
        0x2060,
        0x2061,
        0x3164,
        0xFEFF,
        0xFFA0,
        0xFFFC,
        0xFFFD,
        0xE0001,
        0xE0041,
        0xFE0F,
        0xE0100,
    )
]
_LETTERS = [
    "𠮷野家",
    "葛󠄀城",
    "邉󠄐",
    "か\u3099",
    "が",
    "ｶﾞ",
    "é",
    "e\u0301",
    "ﷺ",
    "﷽",
    "Z̸̢̛a̷̛l̴g̵o",
    "👩‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🇯🇵",
    "‼️",
    "ﬁ",
    "ǅ",
    "ß",
    "İı",
    "Ω",
    "Å",
    "㍻",
    "㈱",
    "～〜",
    "－−‐—",
    "￥\\",
    "‘’“”",
    "「」『』",
    "０Ｏ〇",
    "ヷ",
    "〳〵",
    "ไทย",
    "العربية",
    "עברית",
    "हिन्दी",
    "한국어",
    "汉语",
    "ᚠᛇᚻ",
    "\U0010fffd",
    "\ue000",
    "\U000f0000",
]
_MARKS = [
    "＜＞",
    "＞＜",
    "＜",
    "＞＞",
    "※",
    "①②",
    "○",
    "・",
    "（）",
    "【非公表】",
    "【追加】【削除】",
    "（略）",
    "# 見出し",
    "- 項目",
    "1. 項目",
    "> 引用",
    "```",
    "~~~",
    "---",
    "***",
    "| a | b |",
    "[x](y)",
    "![x](y)",
    "<!-- x -->",
    "<![CDATA[x]]>",
    "<?xml?>",
    "&amp;",
    "&",
    "&#x41;",
    "&nbsp",
    "]]>",
    "\\n",
    "\\u0041",
    "\\",
    "\\\\",
    "a,b;c",
    '"a","b"',
    '"',
    "'",
    "_x000D_",
    "_x0041_",
    "%s %d",
    "{0}",
    "%(x)s",
]
_LONG = [
    "あ" * 3000,
    "a" * 3000,
    "<b>" * 900,
    "=" * 2000,
    "\u0301" * 200,
    "\u200b" * 500,
    "①" * 800,
]
STRINGS = [
    *_MARKUP,
    *_TEMPLATE,
    *_FORMULA,
    *_NUMBERS,
    *_SQL,
    *_PATHS,
    *_BIDI,
    *_UNSEEN,
    *_LETTERS,
    *_MARKS,
    *_LONG,
]
SHORT = tuple(dict.fromkeys(s for s in STRINGS if len(s) < 100))
REFUSED = ("\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x1f", "\ufffe", "\uffff")

MARKED = re.compile(r"〔(\d{3})〕(.*?)〔終〕|〘(.)(.*?)〙", re.DOTALL)
BEGUN = re.compile(r"〔(\d{3})〕|〘(.)")
END = "〔終〕"
SIGNS = "".join(
    bytes((0xB0 + i // 94, 0xA1 + i % 94)).decode("euc_jp") for i in range(1_000)
)  # a sign for each word of a field too short for a number
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1:A9)", '=HYPERLINK("http://example.invalid","x")')
FEW = 60  # fields shorter than this have the short mark


@cache
def printable() -> frozenset[str]:
    """The strings that can be printed; a letter our typeface does not have is refused by every
    printer with a sentence."""
    face = fonts.typeface(SHORT)
    return frozenset(s for s in SHORT if not face.missing & set(s))


def is_marked(value: Any) -> bool:
    return "〔" in str(value) or "〘" in str(value)


@dataclass
class Words:
    """What is typed into each field: `naughty` strings, or harmless letters in the same lines.
    `kept` has every word by its number, `covered` the strings by field.

    A word reads START〔number〕strings〔終〕, where START would be a formula in a spreadsheet;
    in a short field 〘sign strings〙. What a field had in plays before (`had`) comes last.
    `printed`: only strings that can be printed.
    """

    naughty: bool
    printed: bool = False
    had: Mapping[str, set[str]] = field(default_factory=dict)
    most: int = 500
    kept: dict[int, str] = field(default_factory=dict)
    covered: dict[str, set[str]] = field(default_factory=dict)
    where: dict[int, str] = field(default_factory=dict)
    limits: dict[str, tuple[int, str]] = field(default_factory=dict)
    bare: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, where: str, most: int = LINE, lines: bool = False, without: str = "") -> str:
        """A word for a field that takes `most` letters, in several lines or one; longer than
        `self.most` only where asked for 5,000 and more."""
        self.limits[where] = (most, without)
        most = min(most, 5_000) if most >= 5_000 else min(most, self.most)
        n = len(self.kept)
        self.where[n] = where
        begin, end = (f"〘{SIGNS[n]}", "〙") if most < FEW else (f"〔{n:03d}〕", END)
        start = (
            ""
            if most < FEW
            else "=1"
            if without or most < LINE
            else FORMULAS[n % (5 if most > LINE else 4)]
        )
        taken = self._fit(self._order(where, n, without), most - len(start + begin + end), lines)
        self.covered.setdefault(where, set()).update(taken)
        body = ("\n" if lines else "、").join(_as_line(s) if lines else s for s in taken)
        self.kept[n] = body if self.naughty else re.sub(r"[^\n]", "ん", body)
        return f"{start if self.naughty else re.sub('.', 'ん', start)}{begin}{self.kept[n]}{end}"

    def alone(self, where: str, most: int) -> str:
        """The next string that a field holds alone but not beside its mark; "" where there is
        none."""
        rest = [
            s
            for s in SHORT
            if most - 3 < len(s) <= most
            and s not in self._before(where)
            and (not self.printed or s in printable())
        ]
        if not rest:
            return ""
        self.covered.setdefault(where, set()).add(rest[0])
        many = self.bare.setdefault(where, [])
        said = rest[0] if self.naughty else f"{len(many):02d}".rjust(len(rest[0]), "ん")
        many.append(said.strip())
        return said

    def holds(self, where: str) -> set[str]:
        """The strings a field may hold: not too long for it, without signs it does not take;
        printed, those that can be."""
        most, without = self.limits[where]
        return {
            s
            for s in SHORT
            if len(s) <= most
            and not set(s) & set(without)
            and (not self.printed or s in printable())
        }

    def _before(self, where: str) -> set[str]:
        return self.had.get(where, set()) | self.covered.get(where, set())

    def _order(self, where: str, n: int, without: str) -> list[str]:
        """All strings a word may have, those it should have first: what the field did not have
        yet, the longest at the head."""
        at = 11 * n % len(SHORT)
        pool = [
            s
            for s in (*SHORT[at:], *SHORT[:at])
            if not set(s) & set(without) and (not self.printed or s in printable())
        ]
        new = [s for s in pool if s not in self._before(where)]
        longest = sorted(new, key=len)[-1:]
        return list(dict.fromkeys((*longest, *new, *pool)))

    def _fit(self, pool: Iterable[str], room: int, lines: bool) -> list[str]:
        out, room = list[str](), room + 1  # the last has no sign behind it
        for s in pool:
            size = len(_as_line(s) if lines else s) + 1
            if size <= room:
                out.append(s)
                room -= size
            if room < 2:
                break
        return out

    def found(self, text: str) -> Iterator[tuple[int, str, str]]:
        """(number, words as they stand in a text, words as they were typed) of every word in it."""
        for m in MARKED.finditer(text):
            n = int(m.group(1)) if m.group(1) else SIGNS.find(m.group(3))
            yield n, m.group(2) if m.group(1) else m.group(4), self.kept.get(n, "")

    def begun(self, run: str) -> Iterator[tuple[int, str]]:
        """(number, the rest of the run) of every word that begins in a run of text and does not
        end in it."""
        for m in BEGUN.finditer(run):
            rest = run[m.end() :]
            if (END if m.group(1) else "〙") not in rest:
                yield int(m.group(1)) if m.group(1) else SIGNS.find(m.group(2)), rest


def _as_line(s: str) -> str:
    """A string as a line of a text that is no heading and has its spaces within."""
    return f"・{s}・" if heading(s) or s.strip() != s else s
