"""Where in a line the label of a speaker ends: 島崎委員：, 【議長】, ○会長（島崎明彦君）, a tab, a
wide space, letters spread by spaces, a label alone on its line.

Knows marks. Who a label means is asked of `Speakers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from .names import folded
from .speakers import Speakers, Voice, is_label

_MARK = re.compile(r"^[○◯〇●◎◇◆□■・*＊>＞][\s　]*")
_BRACKETS = re.compile(r"^[【［\[〈<＜]([^】］\]〉>＞]{1,30})[】］\]〉>＞][\s　]*[:：]?[\s　]*")
_COLON = re.compile(r"[\s　]*[：:；;][\s　]*")
_COLON_STOP = re.compile(r"[。、「」？！\t]")
_RECOGNISED = re.compile(
    r"^((?:話者|発言者|発話者|スピーカー?|参加者|ゲスト|speaker|spk|guest)[\s　_\-#]*"
    r"(?:\d{1,3}|[A-Za-z]))(?=[\s　\[(（]|$)[\s　]*",
    re.IGNORECASE,
)
_TAB = re.compile(r"^([^\t。、]{1,36}?)[　 ]*\t[\s　]*")
_WITH_MORE = re.compile(r"^([^（(。、「」\s　]{1,12})[（(]([^）)。]{1,24})[）)][\s　:：]*")
_GAP = re.compile(r"[\s　]+")
_CLOCK = re.compile(
    r"[\s　]*[\[(（]?\s*(?:\d{1,2}:)?\d{1,2}:\d{2}(?:\.\d{1,3})?\s*[\])）]?[\s　]*$"
)
# A time with seconds is a recogniser's; 13:30 may be what somebody says, unless it stands alone.
_CLOCK_FIRST = re.compile(
    r"^(?:[\[(（]?\d{1,2}:\d{2}:\d{2}(?:\.\d{1,3})?[\])）]?(?:[\s　]+|$)"
    r"|[\[(（]?\d{1,2}:\d{2}[\])）]?$)"
)
_SHORT_CLOCK_FIRST = re.compile(r"^[\[(（]?\d{1,3}:\d{2}[\])）]?(?:[\s　]+|$)")
_SPOKEN_TIME = re.compile(r"[\s　]\d{1,2}:\d{2}$")
_TIME = re.compile(r"(?:^|(?<=[\s　\[(（]))(?:\d{1,3}:)+\d{1,2}")
_STOP = re.compile(r"[。、「」？！]")
_LONGEST = 24  # letters of a label
_REACH = 36  # how far into a line the colon of a label may stand
_MOST_GAPS = 12

Asked = Callable[[str], "Voice | None"]


def frequent(texts: Sequence[str], subtitles: bool) -> set[str]:
    """The folded letters before a colon that stand in so many lines that they are labels; in
    subtitles once is enough.
    """
    counts: dict[str, int] = {}
    for text in texts:
        colon = _before_colon(text)
        if colon is None:
            continue
        letters = folded(_CLOCK.sub("", colon[0]))
        if is_label(letters):
            counts[letters] = counts.get(letters, 0) + 1
    least = 1 if subtitles else 3
    return {letters for letters, count in counts.items() if count >= least}


def cut(text: str, speakers: Speakers) -> tuple[Voice, str] | None:
    """Whose label a line begins with, and what is said behind it; None for a line without one."""
    mark = _MARK.match(text)
    body = text[mark.end() :] if mark else text
    for written, rest, asked in _candidates(body, speakers, bool(mark)):
        clockless = _CLOCK.sub("", written)
        voice = asked(clockless) if clockless else None
        if voice is not None and not (_SPOKEN_TIME.search(written) and not voice.recogniser):
            rest = _CLOCK_FIRST.sub("", rest, count=1)
            if voice.recogniser:
                rest = _SHORT_CLOCK_FIRST.sub("", rest, count=1)
            return voice, rest
    return None


def _before_colon(body: str) -> tuple[str, str] | None:
    """What stands before the first colon that is none of a time (0:12:34), and what behind it."""
    times = [match.span() for match in _TIME.finditer(body, 0, _REACH + 8)]
    for match in _COLON.finditer(body, 0, _REACH + 8):
        at = match.start()
        if not 0 < at <= _REACH or _COLON_STOP.search(body[:at]):
            return None
        if not any(start <= at < end for start, end in times):
            return body[:at], body[match.end() :]
    return None


def _candidates(body: str, speakers: Speakers, marked: bool) -> Iterator[tuple[str, str, Asked]]:
    """What may be a label, what would be behind it, and how sure a label it is."""
    for written, rest in _by_marks(body):
        yield written, rest, speakers.sure
    match = _WITH_MORE.match(body)
    if match:
        label = f"{match[1]}（{match[2]}）"
        asked = speakers.sure if marked else speakers.exact
        yield label, body[match.end() :], asked
    gaps = list(_prefixes(body))
    for written, rest, _ in reversed(gaps):
        yield written, rest, speakers.exact
    for written, rest, wide in gaps:
        if marked or wide:
            yield written, rest, speakers.sure if marked else speakers.likely
        elif len(folded(written)) > 2:
            yield written, rest, speakers.likely
    if len(folded(body)) <= _LONGEST and not _STOP.search(body):
        yield body, "", speakers.likely
    if marked:
        for end in range(min(len(body), _LONGEST), 1, -1):
            yield body[:end], body[end:], speakers.exact


def _by_marks(body: str) -> Iterator[tuple[str, str]]:
    """What brackets, a colon, a tab or the number of a recogniser make a label, and the rest."""
    bracketed = _BRACKETS.match(body)
    if bracketed:
        yield bracketed[1], body[bracketed.end() :]
    colon = _before_colon(body)
    if colon:
        yield colon
    for pattern in (_TAB, _RECOGNISED):
        match = pattern.match(body)
        if match:
            yield match[1], body[match.end() :]


def _prefixes(body: str) -> Iterator[tuple[str, str, bool]]:
    """The beginnings of a line up to each of its first gaps, and whether the gap is wide."""
    for nth, gap in enumerate(_GAP.finditer(body)):
        written = body[: gap.start()]
        if nth >= _MOST_GAPS or len(folded(written)) > _LONGEST or _STOP.search(written):
            return
        if written:
            wide = "　" in gap.group() or "\t" in gap.group() or len(gap.group()) > 1
            yield written, body[gap.end() :], wide
