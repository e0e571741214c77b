"""What a cell shows of a number or a day: thousands, per cent, 令和6年7月24日, （3）件.

Knows number formats (ECMA-376 Part 1, 18.8.30 and 18.8.31) as far as offices use them; no cell and
no form. A day that a format writes in figures only is written out in 和暦, as the forms ask for; a
format this does not know shows the plain figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from ...domain import wareki

_ERA_DAY = '[$-411]ggge"年"m"月"d"日"'
# The formats that a file names by number only, as a Japanese program shows them.
BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"¥"#,##0;"¥"-#,##0',
    6: '"¥"#,##0;"¥"-#,##0',
    7: '"¥"#,##0.00;"¥"-#,##0.00',
    8: '"¥"#,##0.00;"¥"-#,##0.00',
    9: "0%",
    10: "0.00%",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy/m/d h:mm",
    27: "[$-411]ge.m.d",
    28: _ERA_DAY,
    29: _ERA_DAY,
    30: "m/d/yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"時"mm"分"',
    33: 'h"時"mm"分"ss"秒"',
    34: 'yyyy"年"m"月"',
    35: 'm"月"d"日"',
    36: "[$-411]ge.m.d",
    37: "#,##0;-#,##0",
    38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00",
    41: "#,##0;-#,##0",
    42: '"¥"#,##0;"¥"-#,##0',
    43: "#,##0.00;-#,##0.00",
    44: '"¥"#,##0.00;"¥"-#,##0.00',
    45: "mm:ss",
    46: "h:mm:ss",
    49: "@",
    50: "[$-411]ge.m.d",
    51: _ERA_DAY,
    52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"',
    54: _ERA_DAY,
    55: 'yyyy"年"m"月"',
    56: 'm"月"d"日"',
    57: "[$-411]ge.m.d",
    58: _ERA_DAY,
}
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<room>.)|\*(?P<fill>.)'
    r"|\[(?P<bracket>[^\]]*)\]|(?P<noon>AM/PM|A/P)|(?P<general>General)"
    r"|(?P<day>[yYmMdDhHsS]+|[gG]+|[eE](?![+-])e?|aaaa?|r+)"
    r"|(?P<figure>[0#?.,%]|[eE][+-]|/(?=[#?0-9]))|(?P<other>.)",
    re.S,
)
_CURRENCY = re.compile(r"\$([^-]*)(?:-.*)?")
_WEEKDAYS = "月火水木金土日"
_ERAS = {"令和": "R", "平成": "H", "昭和": "S"}
_LAST_DAY = 2_958_466  # the day after the last that a format can show: 1 January 10000
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(slots=True)
class _FormatPart:
    """One part of a format: its tokens as (kind, text)."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    is_day: bool = False
    is_plain: bool = True  # no figure stands in it: words only, General or @
    is_wide: bool = False
    is_known: bool = True


def shown(number: float, code: str, start: date) -> str:
    """What a cell of a format shows of a number; `start` is the day 0 of the workbook.

    A number no format shows as words comes back as its plain figures.
    """
    section, amount = _section_for(number, _sections(code))
    if section.is_day and 0 <= amount < _LAST_DAY:
        return _day(section, start + timedelta(days=int(amount)), amount % 1)
    if section.is_plain or section.is_day or not section.is_known:
        return _around(section, plain(amount))
    return _figures(section, amount)


def plain(number: float) -> str:
    """A number as its figures: no exponent where it is whole."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return format(number, ".15g")


def shows_day(code: str) -> bool:
    """Whether a format shows a number as a day or a time."""
    return _sections(code)[0].is_day


def _sections(code: str) -> list[_FormatPart]:
    """The parts of a format: for what is above nought, below it, and nought."""
    out = [_FormatPart()]
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup or "other"
        text = match.group(kind)
        if kind == "other" and text == ";":
            out.append(_FormatPart())
            continue
        _enter(out[-1], kind, text)
    return out


def _enter(section: _FormatPart, kind: str, text: str) -> None:
    """Puts a token of a format into its part."""
    if kind in ("quoted", "escaped") or (kind == "other" and text not in "@"):
        section.tokens.append(("word", text))
    elif kind == "room":
        section.tokens.append(("word", ""))
    elif kind == "bracket":
        _enter_bracket(section, text)
    elif kind == "general":
        section.tokens.append((kind, text))
    elif kind in ("day", "noon"):
        section.tokens.append((kind, text))
        section.is_day = True
    elif kind == "figure":
        section.tokens.append((kind, text))
        section.is_plain = False
        # Powers of ten and fractions are nothing an office writes in a form.
        section.is_known = section.is_known and text in "0#?.,%"


def _enter_bracket(section: _FormatPart, text: str) -> None:
    """[Red], [$¥-411], [DBNum3], [h] and conditions."""
    currency = _CURRENCY.fullmatch(text)
    if currency and currency.group(1):
        section.tokens.append(("word", currency.group(1)))
    elif text.upper() == "DBNUM3":
        section.is_wide = True
    elif text[:1] in "<>=" or text.upper().startswith("DBNUM"):
        section.is_known = False
    elif text and set(text.lower()) <= set("hms"):
        section.is_known = False
        section.is_day = False


def _section_for(number: float, sections: list[_FormatPart]) -> tuple[_FormatPart, float]:
    """The part that shows a number, and the number it shows."""
    if number < 0 and len(sections) > 1:
        return sections[1], -number
    if number == 0 and len(sections) > 2:
        return sections[2], number
    return sections[0], number


def _around(section: _FormatPart, figures: str) -> str:
    """Plain figures in the words of a format that places no figure itself; words alone stay."""
    said = ""
    for kind, text in section.tokens:
        if kind == "word":
            said += text
        elif kind == "general":
            said += figures
    if section.is_plain and not section.is_day and said.strip():
        return said
    return figures


# ---- figures


def _figures(section: _FormatPart, number: float) -> str:
    """A number in the places of a format."""
    marks = "".join(text for kind, text in section.tokens if kind == "figure")
    whole, _, decimals = marks.replace("%", "").partition(".")
    amount = Decimal(repr(number)) * (100 ** marks.count("%"))
    amount = amount.scaleb(-3 * (len(whole) - len(whole.rstrip(","))))
    places = sum(decimals.count(mark) for mark in "0#?")
    amount = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    before, _, after = format(abs(amount), "f").partition(".")
    after = _decimals(after, decimals)
    if "," in whole.rstrip(","):
        before = f"{int(before):,}"
    if before == "0" and "0" not in whole:
        before = ""
    text = _placed(section, before, after)
    if amount < 0:
        text = f"-{text}"
    return text.translate(_WIDE) if section.is_wide else text


def _decimals(after: str, marks: str) -> str:
    """The figures behind the point: noughts a # stands for are not shown."""
    least = len(marks.rstrip("#?,"))
    while len(after) > least and after.endswith("0"):
        after = after[:-1]
    return after


def _placed(section: _FormatPart, before: str, after: str) -> str:
    """The figures in the places of a format, from the right: a word may stand between them."""
    point = next((i for i, token in enumerate(section.tokens) if token == ("figure", ".")), None)
    head = section.tokens if point is None else section.tokens[:point]
    tail = [] if point is None else section.tokens[point + 1 :]
    places = [index for index, token in enumerate(head) if token[0] == "figure"]
    places = [index for index in places if head[index][1] in "0#?"]
    out = [text if kind == "word" else "" for kind, text in head]
    left = before
    for index in reversed(places):
        if index == places[0]:
            mark, left = left, ""
        else:
            mark, left = left[-1:], left[:-1]
        if left.endswith(","):
            mark, left = f",{mark}", left[:-1]
        if not mark and head[index][1] == "0":
            mark = "0"
        out[index] = mark
    text = _with_percent(head, out)
    if not tail:
        return text
    words = "".join(part if kind == "word" else part.strip("0#?,.") for kind, part in tail)
    return f"{text}.{after}{words}" if after else f"{text}{words}"


def _with_percent(head: list[tuple[str, str]], out: list[str]) -> str:
    for index, token in enumerate(head):
        if token == ("figure", "%"):
            out[index] = "%"
    return "".join(out)


# ---- days and times


def _day(section: _FormatPart, day: date, share: float) -> str:
    """A day in the words of a format; one in figures only is written out in 和暦."""
    parts = [text for kind, text in section.tokens if kind == "day"]
    letters = "".join(parts).lower()
    words = "".join(text for kind, text in section.tokens if kind == "word")
    has_year = any(letter in letters for letter in "yger")
    is_whole = has_year and "m" in letters and "d" in letters and not ("h" in letters and share)
    if is_whole and not re.search(r"[^\s\-/.,:]", words):
        return wareki.written(day)
    moment = datetime(1900, 1, 1) + timedelta(seconds=round(share * 86_400))
    out = []
    for index, (kind, text) in enumerate(section.tokens):
        if kind == "day":
            out.append(_part_of_day(section, index, day, moment))
        elif kind == "noon":
            out.append("AM" if moment.hour < 12 else "PM")
        else:
            out.append("" if kind == "figure" else text)
    said = "".join(out)
    return said.translate(_WIDE) if section.is_wide else said


def _part_of_day(section: _FormatPart, index: int, day: date, moment: datetime) -> str:
    """What one token of a format shows: ggg of 令和, m of a month or of minutes."""
    text = section.tokens[index][1].lower()
    era, year = _era(day)
    if text[0] == "m" and _is_minute(section, index):
        return f"{moment.minute:0{min(len(text), 2)}d}"
    simple = {
        "g": era if len(text) > 2 else era[: len(text) - 1] or _ERAS.get(era, ""),
        "y": str(day.year) if len(text) > 2 else f"{day.year % 100:02d}",
        "a": _WEEKDAYS[day.weekday()] + ("曜日" if len(text) > 3 else ""),
        "r": era + str(year),
        "h": f"{moment.hour:0{min(len(text), 2)}d}",
        "s": f"{moment.second:0{min(len(text), 2)}d}",
        "m": f"{day.month:0{min(len(text), 2)}d}",
        "d": f"{day.day:0{min(len(text), 2)}d}",
    }
    if text[0] == "e":
        return _year(section, index, year, len(text))
    if len(text) > 2 and text[0] in "md":
        return day.strftime({"m": "%b", "d": "%a"}[text[0]])
    return simple[text[0]]


def _era(day: date) -> tuple[str, int]:
    """(令和, 6) of 2024; a day before 昭和 has no era here."""
    match = re.match(r"(\D*)(元|\d+)年", wareki.written(day))
    assert match
    year = match.group(2)
    return match.group(1), 1 if year == "元" else int(year)


def _year(section: _FormatPart, index: int, year: int, least: int) -> str:
    """The year of an era; the first is 元年 where 年 follows."""
    following = "".join(text for _, text in section.tokens[index + 1 : index + 2])
    if year == 1 and following.startswith("年"):
        return "元"
    return f"{year:0{least}d}"


def _is_minute(section: _FormatPart, index: int) -> bool:
    """Whether m is of minutes: behind an hour, or before a second."""
    days = [i for i, token in enumerate(section.tokens) if token[0] == "day"]
    at = days.index(index)
    before = section.tokens[days[at - 1]][1][0].lower() if at else ""
    after = section.tokens[days[at + 1]][1][0].lower() if at + 1 < len(days) else ""
    return before == "h" or after == "s"
