"""Scores a text diff on before/after pairs marked by an editor: what a reader sees, not how it
was found.

Knows the notation of the corpus (README.md beside it) and the spans of `pia.domain.text.spans`.
`python -m tests.golden.readability` prints one table; test_readability.py holds the floor. Real
revisions are scored the same way when written in the same notation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from icu4py.breakers import WordBreaker

from pia.domain.text.spans import Span, spans

FOLDER = Path(__file__).parent
_MARK = re.compile(r"\[-|-\]|\{\+|\+\}|\{~|~\}|\{#|#\}|\{>\d+ |>\}")
_BOTH = re.compile(
    r"\[-(?P<gone>.*?)-\]|\{\+(?P<came>.*?)\+\}|\{(?P<sign>[~#])(?P<old>.*?)\|(?P<new>.*?)[~#]\}",
    re.DOTALL,
)
Diff = Callable[[str, str], Iterable[Span]]


@dataclass(frozen=True)
class Marks:
    """Marked code points of one side: changed (removed or new), notation, moved, renumbered; as
    sets of offsets."""

    changed: frozenset[int]
    notation: frozenset[int]
    moved: frozenset[int]
    renumbered: frozenset[int]


@dataclass(frozen=True)
class Gold:
    """One marking: both texts and the marks of each side."""

    old: str
    new: str
    marks: tuple[Marks, Marks]


@dataclass(frozen=True)
class Pair:
    file: str
    name: str
    golds: tuple[Gold, ...]


@dataclass(frozen=True)
class Score:
    """Of one pair: `exact` all marks as one of the golds; fragments and marked characters ours
    and the editor's; `cuts` of `borders` inside a word."""

    pair: Pair
    exact: bool
    ours: int
    editors: int
    marked: int
    wanted: int
    cuts: int
    borders: int
    shown: str


def _side(marked: str) -> tuple[str, Marks]:
    """The text of one side and its marks; [- -] and {+ +} both mean changed here."""
    text = ""
    state = dict.fromkeys("x~>#", False)
    sets: dict[str, set[int]] = {kind: set() for kind in state}
    at = 0
    for m in [*_MARK.finditer(marked), None]:
        piece = marked[at : m.start() if m else None].replace("¶", "\n")
        for kind, on in state.items():
            if on:
                sets[kind].update(range(len(text), len(text) + len(piece)))
        text += piece
        if m is None:
            break
        at, sign = m.end(), m.group()
        kind = next((k for k in "~#>" if k in sign), "x")
        state[kind] = sign[0] in "[{"
    return text, _marks(text, sets)


def _marks(text: str, sets: dict[str, set[int]]) -> Marks:
    return Marks(
        settled(text, sets["x"]),
        frozenset(sets["~"]),
        frozenset(sets[">"]),
        frozenset(sets["#"]),
    )


def _gold(spec: str | dict[str, str]) -> Gold:
    if isinstance(spec, dict):
        left, right = spec["old"], spec["new"]
    else:
        left = _BOTH.sub(lambda m: _one_side(m, "gone", "old"), spec)
        right = _BOTH.sub(lambda m: _one_side(m, "came", "new"), spec)
    (old, a), (new, b) = _side(left), _side(right)
    return Gold(old, new, (a, b))


def _one_side(m: re.Match[str], changed: str, noted: str) -> str:
    """What one side shows of a mark."""
    if m["sign"] is not None:
        return f"{{{m['sign']}{m[noted]}{m['sign']}}}" if m[noted] else ""
    if m[changed] is None:
        return ""
    return f"[-{m[changed]}-]"


def read(path: Path) -> list[Pair]:
    """The pairs of one file. ValueError names a pair whose alternatives are not of the same
    texts."""
    out = []
    for raw in yaml.safe_load(path.read_text("utf-8")):
        golds = tuple(
            _gold(s)
            for s in [
                raw.get("mark") or {"old": raw["old"], "new": raw["new"]},
                *raw.get("also", ()),
            ]
        )
        if len({(g.old, g.new) for g in golds}) != 1:
            raise ValueError(f"{path.name}: {raw['name']}: the alternatives differ in their texts")
        out.append(Pair(path.stem, raw["name"], golds))
    return out


def corpus() -> list[Pair]:
    return [p for path in sorted(FOLDER.glob("*.yaml")) for p in read(path)]


def settled(text: str, points: Iterable[int]) -> frozenset[int]:
    """A whole line added or removed may take the line feed before it or behind it: both are
    written as the one behind."""
    out: set[int] = set()
    for start, end in runs(points):
        shift = int(text[start] == "\n" and text[end : end + 1] == "\n" and end - start > 1)
        out.update(range(start + shift, end + shift))
    return frozenset(out)


def runs(points: Iterable[int]) -> list[tuple[int, int]]:
    """Offsets as half-open runs."""
    out: list[tuple[int, int]] = []
    for i in sorted(points):
        if out and out[-1][1] == i:
            out[-1] = (out[-1][0], i + 1)
        else:
            out.append((i, i + 1))
    return out


def marks(old: str, new: str, pieces: Iterable[Span]) -> tuple[Marks, Marks]:
    sets: list[dict[str, set[int]]] = [{k: set() for k in "x~>#"} for _ in range(2)]
    for p in pieces:
        for side, (lo, hi) in enumerate(((p.a0, p.a1), (p.b0, p.b1))):
            here = range(lo, hi)
            if p.op in ("delete", "insert"):
                sets[side]["x"].update(here)
            elif p.op == "notation":
                sets[side]["~"].update(here)
            elif p.op == "renumbered":
                sets[side]["#"].update(here)
            if p.move is not None:
                sets[side][">"].update(here)
    a, b = _marks(old, sets[0]), _marks(new, sets[1])
    return a, b


def inside_words(text: str) -> set[int]:
    """Offsets strictly inside a word of ICU's dictionary."""
    return (
        {i for start, end in WordBreaker(text, "ja_JP").segments() for i in range(start + 1, end)}
        if text
        else set()
    )


def _fragments(m: tuple[Marks, Marks]) -> int:
    return sum(len(runs(s.changed)) + len(runs(s.notation)) for s in m)


def shown(old: str, new: str, pieces: Iterable[Span]) -> str:
    """The spans in the notation of the corpus, on one line."""
    out = ""
    for p in pieces:
        x, y = old[p.a0 : p.a1], new[p.b0 : p.b1]
        said = {
            "equal": y,
            "delete": f"[-{x}-]",
            "insert": f"{{+{y}+}}",
            "notation": f"{{~{x}|{y}~}}",
            "renumbered": f"{{#{x}|{y}#}}",
        }[p.op]
        out += f"{{>{p.move} {said}>}}" if p.move is not None else said
    return out.replace("\n", "¶")


def score(pair: Pair, diff: Diff = spans) -> Score:
    """One pair against the gold it comes nearest to."""
    old, new = pair.golds[0].old, pair.golds[0].new
    pieces = list(diff(old, new))
    got = marks(old, new, pieces)

    def far(g: Gold) -> tuple[int, int]:
        apart = sum(
            len(x.changed ^ y.changed)
            + len(x.notation ^ y.notation)
            + len(x.moved ^ y.moved)
            + len(x.renumbered ^ y.renumbered)
            for x, y in zip(got, g.marks)
        )
        return apart, _fragments(g.marks)

    best = min(pair.golds, key=far)
    cuts = borders = 0
    for text, mine, theirs in zip((old, new), got, best.marks):
        inner = inside_words(text)
        edges = {e for r in (*runs(mine.changed), *runs(mine.notation)) for e in r} - {0, len(text)}
        agreed = {e for r in (*runs(theirs.changed), *runs(theirs.notation)) for e in r}
        cuts += len((edges & inner) - agreed)
        borders += len(edges)
    size = [sum(len(s.changed) + len(s.notation) for s in m) for m in (got, best.marks)]
    return Score(
        pair,
        far(best)[0] == 0,
        _fragments(got),
        _fragments(best.marks),
        size[0],
        size[1],
        cuts,
        borders,
        shown(old, new, pieces),
    )


@dataclass(frozen=True)
class Total:
    """Over many pairs, as ratios: exact share; fragments and marked characters per the editor's;
    share of borders inside a word."""

    pairs: int
    exact: float
    fragments: float
    marked: float
    cuts: float


def total(scores: Iterable[Score]) -> Total:
    s = list(scores)
    return Total(
        len(s),
        sum(x.exact for x in s) / max(1, len(s)),
        sum(x.ours for x in s) / max(1, sum(x.editors for x in s)),
        sum(x.marked for x in s) / max(1, sum(x.wanted for x in s)),
        sum(x.cuts for x in s) / max(1, sum(x.borders for x in s)),
    )
