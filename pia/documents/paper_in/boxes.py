"""The letters of a page as pieces of text, each in the box that rules draw around it, or in none.

Knows lines of letters, gaps and rules. Must not know what a form is, nor what other pages say.
Where a line was only full, the next goes on with it; where it was not, a line feed was typed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from .letters import Letter, PageRules, PaperPage

_NEAR = 1.5  # points by which a rule may miss what it meets
_SAME_LINE = 0.35  # of a letter's size, by which letters of a line may stand higher or lower
_GAP = 1.15  # of a letter's size: wider is another piece of text
_BOX_GAP = 0.3  # the same before a box to tick
_WORD = 0.18  # of a letter's size: wider between two words of Latin letters is a space
_WIDE = 0.75  # of a letter's size: wider between two letters is a wide space
_LATIN = re.compile(r"[A-Za-z0-9,.;:)(%&/+-]")
_WORD_AT = re.compile(r"[A-Za-z0-9_.,/@:%&+-]+")
# Letters that begin no line: the one before comes along.
_CHOSEN = re.compile(r"\s*[\[［][^\[\]［］]*[\]］]\s*")
_OPTIONS = re.compile(r"\s*[＜<〈]選択肢[＞>〉]")
_HOLE = re.compile(r"\s*[（(]")
_FAR = 3.5  # of a letter's size: farther in a frame is another column
_CLOSING = "、。，．,.)）」』】〉》〕］]・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ：；？！"
_OPENING = "（「『【〈《＜［〔([{"
_TICK = re.compile(r"\s*(?:[\[［][\s　○〇◯●✓✔レ☑■]*[\]］]|[□☐☑■])")


@dataclass(frozen=True, slots=True)
class LetterRun:
    """Letters of one line that follow each other."""

    text: str
    left: float
    right: float
    base: float
    size: float

    @property
    def top(self) -> float:
        """Where its letters begin."""
        return self.base - self.size


@dataclass(frozen=True, slots=True)
class Frame:
    """The box rules draw around a place. `begun`, `cut`: no rule stands above, or below: a page
    ends there, and the rules at its sides with it."""

    left: float
    right: float
    top: float
    bottom: float
    begun: bool = False
    cut: bool = False


@dataclass(slots=True)
class PaperPiece:
    """A text that belongs together: in a frame, or in none. `full`: its last line has no room for
    a letter more."""

    page: int
    left: float
    right: float
    top: float
    bottom: float
    text: str
    size: float
    frame: Frame | None = None
    full: bool = False


@dataclass(slots=True)
class PageText:
    """What stands on a page: pieces from top to bottom, frames nobody wrote in, letters that are
    struck out; how many pictures lie on it, and whether nobody sees its letters."""

    number: int
    width: float
    height: float
    pieces: list[PaperPiece] = field(default_factory=list)
    blanks: list[Frame] = field(default_factory=list)
    struck: str = ""
    images: int = 0
    unseen: bool = False


def read(page: PaperPage) -> PageText:
    """The pieces of a page."""
    rules = _RuledPage(page.rules)
    out = PageText(page.number, page.width, page.height, images=page.images, unseen=page.unseen)
    framed: dict[Frame, list[LetterRun]] = defaultdict(list)
    for line in _lines(page.letters):
        living, struck = rules.without_struck(line)
        out.struck += struck
        for span in _spans(living, rules):
            frame = rules.frame(span.left + min(2.0, (span.right - span.left) / 2), _middle(span))
            if frame is None:
                out.pieces.append(_loose(page.number, span, page.width))
            else:
                framed[frame].append(span)
    firsts: dict[float, float] = {}
    for frame in framed:
        firsts[frame.top] = min(frame.left, firsts.get(frame.top, frame.left))
    for frame, spans in framed.items():
        pieces = _pieces(page.number, frame, spans)
        out.pieces += pieces
        if frame.left > firsts[frame.top] or len(pieces) > 1:
            continue
        # Room for an answer is the empty box beside the first of a row.
        blank = rules.frame(frame.right + 3.0, (frame.top + frame.bottom) / 2)
        if blank is not None and blank not in framed and blank.left >= frame.right - _NEAR:
            out.blanks.append(blank)
    out.pieces.sort(key=lambda piece: (piece.top, piece.left))
    return out


def _middle(span: LetterRun) -> float:
    return span.base - span.size * 0.3


def _lines(letters: Iterable[Letter]) -> list[list[Letter]]:
    """Letters that stand on one line, each line from left to right."""
    lines: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda letter: letter.base):
        if lines:
            last = lines[-1][-1]
            near = _SAME_LINE * min(letter.size, last.size)
            if letter.base - last.base <= max(near, 0.5):
                lines[-1].append(letter)
                continue
        lines.append([letter])
    for line in lines:
        line.sort(key=lambda letter: letter.left)
    return lines


def _spans(line: Sequence[Letter], rules: _RuledPage) -> list[LetterRun]:
    """A line cut where a gap is wide, or where a rule stands upright in it."""
    spans: list[LetterRun] = []
    run: list[Letter] = []
    for letter in line:
        if run and _parts(run[-1], letter, rules):
            spans += _span(run)
            run = []
        run.append(letter)
    spans += _span(run)
    return spans


def _parts(before: Letter, letter: Letter, rules: _RuledPage) -> bool:
    """Whether two letters belong to two pieces."""
    gap = letter.left - before.right
    size = max(before.size, letter.size)
    if gap > _GAP * size or (gap > _BOX_GAP * size and letter.text in "[［□☐☑■"):
        return True
    return rules.stands_between(before, letter)


def _span(run: Sequence[Letter]) -> list[LetterRun]:
    """A run as one span, without blanks around it; nothing for blanks alone."""
    words = ""
    before = None
    for letter in run:
        if before is not None:
            words += _space(before, letter)
        words += letter.text
        before = letter
    if not words.strip():
        return []
    first = 0
    while run[first].text.isspace():
        first += 1
    last = len(run) - 1
    while run[last].text.isspace():
        last -= 1
    sizes = sorted(letter.size for letter in run)
    # Blanks behind the last letter stay: one of them may be the space the line was broken at.
    base = sorted(letter.base for letter in run)[len(run) // 2]
    return [
        LetterRun(
            words.replace("\r", "").replace("\n", ""),
            run[0].left,
            run[last].right,
            base,
            sizes[len(sizes) // 2],
        )
    ]


def _space(before: Letter, letter: Letter) -> str:
    """The space a program moved over instead of drawing it: one of Latin words, or a wide one."""
    if before.text.isspace() or letter.text.isspace():
        return ""
    gap = (letter.left - before.right) / letter.size if letter.size else 0.0
    if gap >= _WIDE:
        return "　"
    is_latin = _LATIN.match(before.text) and _LATIN.match(letter.text)
    if letter.apart and is_latin and gap > _WORD:
        return " "
    return ""


def _loose(number: int, span: LetterRun, width: float) -> PaperPiece:
    return PaperPiece(
        number,
        span.left,
        span.right,
        span.top,
        span.base + span.size * 0.2,
        span.text,
        span.size,
    )


def _pieces(number: int, frame: Frame, spans: list[LetterRun]) -> list[PaperPiece]:
    """The pieces in a frame: one, one a column, or each by itself where boxes to tick stand."""
    lines = [_rejoined(line) for line in _by_line(spans)]
    flat = [span for line in lines for span in line]
    columns = _columns(flat)
    ticked = all(any(_TICK.match(span.text) for span in column) for column in columns)
    if len(columns) == 1 and (not ticked or all(len(line) == 1 for line in lines)):
        return _grouped(number, frame, list(map(_one, lines)), frame.right)
    out = []
    if not ticked:
        for index, column in enumerate(columns):
            right = frame.right
            if index + 1 < len(columns):
                right = min(span.left for span in columns[index + 1]) - 1
            out += _grouped(number, frame, column, right)
        return out
    for line in lines:
        for index, span in enumerate(line):
            right = frame.right
            if index + 1 < len(line):
                right = line[index + 1].left - 1
            out.append(_alone(number, frame, [span], right))
    return out


def _grouped(
    number: int, frame: Frame, spans: Sequence[LetterRun], right: float
) -> list[PaperPiece]:
    """Spans below each other as one piece; a choice in brackets, a gap in brackets below it
    (［　委託する　］, （　3　）件) and a printed list of options are pieces of their own."""
    groups: list[list[LetterRun]] = []
    for span in spans:
        if (
            not groups
            or _OPTIONS.match(span.text)
            or (_CHOSEN.fullmatch(groups[-1][-1].text) and _HOLE.match(span.text))
        ):
            groups.append([])
        groups[-1].append(span)
    if len(groups) == 1:
        left = _left(frame, spans)
        return [_piece(number, frame, spans, left, right)]
    return [_alone(number, frame, group, right) for group in groups]


def lists_options(text: str) -> bool:
    """Whether a text begins with the printed list of options."""
    return bool(_OPTIONS.match(text))


def _begins(before: str, text: str) -> bool:
    """Whether a line is a piece of its own below the one before."""
    if lists_options(text):
        return True
    return bool(_CHOSEN.fullmatch(before) and _HOLE.match(text))


def _left(frame: Frame, spans: Sequence[LetterRun]) -> float:
    """Where a piece begins: at the frame, unless it stands far in it."""
    first = min(span.left for span in spans)
    if first - frame.left > _FAR * spans[0].size:
        return first - 1
    return frame.left


def _alone(number: int, frame: Frame, spans: Sequence[LetterRun], right: float) -> PaperPiece:
    """Spans as a piece with its own place in a frame."""
    piece = _piece(number, frame, spans, _left(frame, spans), right)
    piece.top = max(spans[0].top, frame.top)
    piece.bottom = spans[-1].base + spans[-1].size * 0.2
    return piece


def _by_line(spans: Iterable[LetterRun]) -> list[list[LetterRun]]:
    lines: list[list[LetterRun]] = []
    for span in sorted(spans, key=lambda span: span.base):
        if lines and span.base - lines[-1][0].base <= _SAME_LINE * span.size:
            lines[-1].append(span)
        else:
            lines.append([span])
    for line in lines:
        line.sort(key=lambda span: span.left)
    return lines


def _rejoined(line: list[LetterRun]) -> list[LetterRun]:
    """Letters set far apart to fill a label (評　価　書　名) are one word again."""
    if len(line) < 3 or any(len(span.text.strip()) > 1 for span in line):
        return line
    words = "".join(span.text for span in line)
    first = line[0]
    return [LetterRun(words, first.left, line[-1].right, first.base, first.size)]


def _one(line: list[LetterRun]) -> LetterRun:
    """The spans of a line as one: what lies between is a wide space."""
    text = "　".join(span.text for span in line)
    return replace(line[0], text=text, right=line[-1].right)


def _columns(spans: Sequence[LetterRun]) -> list[list[LetterRun]]:
    """Spans by the columns that stay white between them from top to bottom."""
    columns: list[list[LetterRun]] = []
    end = 0.0
    for span in sorted(spans, key=lambda span: span.left):
        if columns and span.left - end <= _GAP * span.size:
            columns[-1].append(span)
            end = max(end, span.right)
        else:
            columns.append([span])
            end = span.right
    for column in columns:
        column.sort(key=lambda span: (span.base, span.left))
    return columns


def _piece(
    number: int, frame: Frame, spans: Sequence[LetterRun], left: float, right: float
) -> PaperPiece:
    """Spans below each other as one text."""
    inset = min(max(min(span.left for span in spans) - left, 0.0), 12.0)
    text, full = joined(spans, right - inset)
    size = sorted(span.size for span in spans)[len(spans) // 2]
    return PaperPiece(number, left, right, frame.top, frame.bottom, text, size, frame, full)


def joined(spans: Sequence[LetterRun], edge: float) -> tuple[str, bool]:
    """Lines as one text, and whether the last is full. `edge`: where a line may end at most."""
    text = spans[0].text
    pitches = [span.base - before.base for before, span in pairwise(spans)]
    usual = min((pitch for pitch in pitches if pitch > spans[0].size), default=0.0)
    for before, span, pitch in zip(spans, spans[1:], pitches):
        if usual and pitch > usual * 1.6:
            # An empty line, or several, was left between.
            text += "\n" * round(pitch / usual)
        else:
            text += between(text, span.text, edge - before.right, span.size)
        text += span.text
    last = spans[-1]
    return text, edge - last.right < _unit("一", last.size)


def between(before: str, after: str, room: float, size: float) -> str:
    """What stands between two lines: nothing or a space where the first was full, else a line
    feed. `room`: points left behind the first."""
    if not before or not after:
        return ""
    if room > _unit(after, size):
        return "\n"
    if before[-1].isspace():
        return ""
    if re.match(r"[A-Za-z0-9]", after) and re.search(r"[A-Za-z0-9,.;:)]$", before):
        # Words are moved whole; only one longer than the paper is wide is cut.
        if _WORD_AT.fullmatch(before.strip()):
            return ""
        return " "
    return ""


def _unit(text: str, size: float) -> float:
    """Points the first thing of a line needs: a letter, or a word, and what may not be parted."""
    if text[0] in _OPENING and len(text) > 1:
        return size + _unit(text[1:], size)
    word = _WORD_AT.match(text)
    if word:
        count = 0.55 * len(word.group())
        rest = text[word.end() :]
    else:
        count = 1.0
        rest = text[1:]
    for letter in rest[:2]:
        if letter not in _CLOSING:
            break
        count += 1.0
    return count * size + 0.6


class _RuledPage:
    """The rules of a page, those in one line that touch as one."""

    def __init__(self, rules: PageRules):
        self.upright = _long(rules.upright)
        self.level = _long(rules.level)
        self._ys = [at for at, _, _ in self.level]
        self._known: dict[tuple[int, int], Frame | None] = {}

    def stands_between(self, before: Letter, letter: Letter) -> bool:
        """Whether a rule stands upright between two letters."""
        y = letter.base - letter.size * 0.3
        low = (before.left + before.right) / 2
        high = (letter.left + letter.right) / 2
        for at, top, bottom in self.upright:
            if low < at < high and top - _NEAR <= y <= bottom + _NEAR:
                return True
        return False

    def without_struck(self, line: Sequence[Letter]) -> tuple[list[Letter], str]:
        """A line's letters without those a rule goes through, and these."""
        size = max(letter.size for letter in line)
        base = max(letter.base for letter in line)
        start = bisect_left(self._ys, base - size * 0.75)
        end = bisect_left(self._ys, base)
        crossing = self.level[start:end]
        if not crossing:
            return list(line), ""
        living = []
        struck = ""
        for letter in line:
            if any(_is_through(rule, letter) for rule in crossing):
                struck += letter.text
            else:
                living.append(letter)
        return living, struck

    def frame(self, x: float, y: float) -> Frame | None:
        """The box around a point; None where rules leave a side open."""
        key = (round(x), round(y))
        if key not in self._known:
            self._known[key] = self._frame(x, y)
        return self._known[key]

    def _frame(self, x: float, y: float) -> Frame | None:
        beside = {}
        for at, start, end in self.upright:
            if start - _NEAR <= y <= end + _NEAR:
                beside[at] = (start, end)
        left, right = _around(beside, x + 0.5)
        if left is None or right is None:
            return None
        across = []
        for at, start, end in self.level:
            if start <= left + _NEAR and end >= right - _NEAR:
                across.append(at)
        top, bottom = _around(across, y)
        if top is None and bottom is None:
            return None
        sides = (beside[left], beside[right])
        return Frame(
            left,
            right,
            max(start for start, _ in sides) if top is None else top,
            min(end for _, end in sides) if bottom is None else bottom,
            top is None,
            bottom is None,
        )


def _is_through(rule: tuple[float, float, float], letter: Letter) -> bool:
    """Whether a level rule goes through the middle of a letter."""
    at, start, end = rule
    if not letter.base - 0.6 * letter.size < at < letter.base - 0.15 * letter.size:
        return False
    return start - 0.5 <= (letter.left + letter.right) / 2 <= end + 0.5


def _long(rules: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Rules in one line that touch, as one."""
    out: list[tuple[float, float, float]] = []
    for at, start, end in sorted((round(at), start, end, at)[:3] for at, start, end in rules):
        if out and out[-1][0] == at and start <= out[-1][2] + _NEAR:
            out[-1] = (at, out[-1][1], max(out[-1][2], end))
        else:
            out.append((at, start, end))
    return out


def _around(places: Iterable[float], at: float) -> tuple[float | None, float | None]:
    """The nearest places before (or at) and behind a point."""
    before = None
    behind = None
    for place in places:
        if place <= at:
            before = place if before is None else max(before, place)
        else:
            behind = place if behind is None else min(behind, place)
    return before, behind
