"""Finds the labels of a form among the cells of a workbook: the best order-keeping assignment of cells to printed labels.

Knows merges, reading order and `labels.Script`; not how answers are written. A cell counts as a label by its text, its number, its place in the form's
order and its column together, so an answer that quotes a label stays an answer. What cannot be decided is a Problem with sheet and cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...domain.document.items import folded
from ...domain.errors import Problem
from ..ooxml import carried
from ..ooxml.book import Book, Cell
from .labels import Match, Script, Token

_NEXT = 0.15  # a label that follows the one before it in the form
_SKIP = 0.0005  # each label of the form passed over
_ALT = 0.5  # an entry opened again without its head
_AGAIN = 0.05  # a head met again
_UNHEADED = 0.6  # the first entry entered without its head
_NEVER = -1e9
_CLOSE = 0.06  # weights nearer than this do not decide
_ANSWER = 0.5  # the weight a label loses where an answer is expected


@dataclass(frozen=True, slots=True)
class Candidate:
    cells: tuple[Cell, ...]
    match: Match

    @property
    def first(self) -> Cell:
        return self.cells[0]


@dataclass(frozen=True, slots=True)
class Found:
    """A label in the workbook: its cells, the box they span, and the entry it belongs to (one counter per repeat on the way)."""

    token: Token
    cells: tuple[Cell, ...]
    entry: tuple[tuple[str, int], ...]
    weight: float
    tail: str
    like: bool
    box: tuple[int, int, int, int]  # first row, first column, last row, last column

    @property
    def sheet(self) -> int:
        return self.cells[0].sheet


def in_order(book: Book, script: Script) -> list[Cell]:
    """All cells in the form's order of sheets: each sheet stands where its first heading belongs; a sheet without one follows its neighbour, a hidden one
    (lists of what may be chosen) goes on with nothing and stands last."""
    keyed, key = [], 0
    for s in book.sheets:
        if s.name == carried.SHEET:
            continue
        for c in s.cells:
            best = (
                next(
                    (
                        m
                        for m in script.match(c.text)
                        if m.weight >= 1.0 and _opens(script.tokens[m.token])
                    ),
                    None,
                )
                if len(c.text) < 200
                else None
            )
            if best:
                key = best.token
                break
        own = (
            any(c for c in s.cells if len(c.text) < 200 and script.match(c.text))
            if s.state != "visible"
            else True
        )
        keyed.append((key if own else len(script.tokens), s.index))
    return [c for _, i in sorted(keyed) for c in book.sheets[i].cells]


def _opens(t: Token) -> bool:
    return t.kind in ("part", "title") or (t.node.id == "TOC" and t.kind != "note")


class _Rows:
    """Neighbours of cells within their sheet."""

    def __init__(self, cells: Sequence[Cell]):
        self.by_row: dict[tuple[int, int], list[Cell]] = defaultdict(list)
        for c in cells:
            self.by_row[(c.sheet, c.row)].append(c)

    def right(self, c: Cell) -> Cell | None:
        return next((o for o in self.by_row[(c.sheet, c.row)] if o.col > c.col2), None)

    def below(self, c: Cell) -> Cell | None:
        return next((o for o in self.by_row.get((c.sheet, c.row2 + 1), ()) if o.col == c.col), None)


def _split_labels(script: Script, rows: _Rows, c: Cell) -> Iterator[Candidate]:
    """Labels split over neighbouring cells: ① ｜ 事務の名称, or a label broken over two rows."""

    def grow(cells: tuple[Cell, ...], said: str) -> Iterator[Candidate]:
        for following in (rows.right(cells[-1]), rows.below(cells[-1])):
            if following is None or len(following.text) > 120 or following in cells:
                continue
            if following.row > c.row2 and any(
                m.weight >= 1.0 and not m.tail and _opens(script.tokens[m.token])
                for m in script.match(following.text)
            ):
                continue  # the heading of a part, whole in itself: a number above it is the end of the part before
            longer = said + folded(following.text)
            for m in script.match(longer):
                if m.weight >= 0.8 and not m.tail:
                    yield Candidate((*cells, following), replace(m, weight=m.weight - 0.02))
            if len(cells) < 4 and script.known_prefix(longer):
                yield from grow((*cells, following), longer)

    said = folded(c.text)
    if said and len(said) <= 60 and script.known_prefix(said):
        yield from grow((c,), said)


def candidates(
    script: Script, cells: Sequence[Cell], answers: frozenset[tuple[int, int, int]]
) -> dict[int, list[Candidate]]:
    """Index of cell → the labels it may begin. `answers` are places known to hold answers."""
    free = [c for c in cells if c.at not in answers]
    rows = _Rows(free)
    out: dict[int, list[Candidate]] = {}
    for i, c in enumerate(cells):
        if c.at in answers or len(c.text) > 400 or c.flag in ("error", "uncached"):
            continue
        found = [Candidate((c,), m) for m in script.match(c.text)] + list(
            _split_labels(script, rows, c)
        )
        if found:
            out[i] = found
    return out


def best_path(script: Script, options: dict[int, list[Candidate]]) -> list[tuple[int, Candidate]]:
    """The heaviest sequence of (cell, label) in the form's order, where a repeated entry may begin again."""
    k = len(script.tokens)
    score = [0.0] * k
    near = (
        [_NEVER] * k
    )  # the score, a little more for later labels: of equal ways the one that passes over fewer labels
    link: list[tuple | None] = [None] * k
    heads: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for r in script.repeats:
        heads[r.head].append((r.head, r.end, _AGAIN))
        if r.alt is not None:
            heads[r.alt].append((r.head, r.end, _ALT))
    borders = [
        [0, *sorted(r.head for r in script.repeats if r.head < j <= r.end)] for j in range(k)
    ]
    for i in sorted(options):
        made: dict[int, tuple[float, tuple]] = {}
        for c in options[i]:
            j = c.match.token
            ways: list[tuple[float, int]] = [(0.0, -1)]
            end = j
            for crossed, start in enumerate(reversed(borders[j])):
                if start < end:
                    best = max(near[start:end])
                    if best > _NEVER:
                        ways.append(
                            (best - _SKIP * j - _UNHEADED * crossed, near.index(best, start, end))
                        )
                end = start
            if j and score[j - 1]:
                ways.append((score[j - 1] + _NEXT, j - 1))
            for start, end, price in heads.get(j, ()):
                if price == _ALT and c.match.weight < 1.0:
                    continue
                best = max(near[start : end + 1])
                if best > _NEVER:
                    back = near.index(best, start, end + 1)
                    ways.append((score[back] - price, back))
            value, origin = max(ways)
            value += c.match.weight
            if j not in made or value > made[j][0]:
                made[j] = (value, (link[origin] if origin >= 0 else None, i, c))
        for j, (value, path) in made.items():
            if value > score[j]:
                score[j], link[j], near[j] = value, path, value + _SKIP * j
    out = []
    here = link[max(range(k), key=score.__getitem__)] if any(score) else None
    while here:
        here, i, c = here
        out.append((i, c))
    return out[::-1]


def find_labels(
    book: Book, script: Script, cells: Sequence[Cell], answers: frozenset[tuple[int, int, int]]
) -> tuple[list[Found], list[Problem]]:
    """The labels in the form's order, and what could not be decided."""
    options = candidates(script, cells, answers)
    path = best_path(script, options)
    for final in (False, True):
        place = _Place(script, cells, path)
        options = _weighed(script, options, place)
        if final:
            options |= _near_wording(script, cells, options, place, answers)
        path = _without_overlap(script, options, best_path(script, options))
    return _entries(script, path), _undecided(book, script, options, path)


def _without_overlap(
    script: Script, options: dict[int, list[Candidate]], path: list[tuple[int, Candidate]]
) -> list[tuple[int, Candidate]]:
    """Again without labels that lie inside another label's cells, if there are any."""
    inner = {c.at for _, cand in path for c in cand.cells[1:]}
    if not any(cand.first.at in inner for _, cand in path):
        return path
    return best_path(script, {i: cs for i, cs in options.items() if cs[0].first.at not in inner})


class _Place:
    """Where labels have been found so far: what the second look at every candidate goes by."""

    def __init__(self, script: Script, cells: Sequence[Cell], path: list[tuple[int, Candidate]]):
        self.columns = {(c.first.sheet, c.first.col) for _, c in path if c.match.weight >= 1.0}
        self.rows: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
        self.below: set[tuple[int, int]] = (
            set()
        )  # rows right under an item's label over the whole width: its answer stands there
        ends: dict[int, int] = defaultdict(int)
        for cell in cells:
            ends[cell.sheet] = max(ends[cell.sheet], cell.col2)
        for _, c in path:
            token, (r1, c1, r2, c2) = script.tokens[c.match.token], _box(c.cells)
            if token.node.id == "TOC":
                continue
            for r in range(r1, min(r2, r1 + 400) + 1):
                self.rows[(c.first.sheet, r)].append(c)
            if token.kind == "item" and c2 >= ends[c.first.sheet] - 1 > c1:
                self.below.add((c.first.sheet, r2 + 1))

    def left_of(self, cell: Cell) -> Candidate | None:
        """The nearest label to the left on the cell's row."""
        found = [
            o for o in self.rows.get((cell.sheet, cell.row), ()) if _box(o.cells)[3] < cell.col
        ]
        return max(found, key=lambda o: o.first.col, default=None)


def _weighed(
    script: Script, options: dict[int, list[Candidate]], place: _Place
) -> dict[int, list[Candidate]]:
    """The candidates weighed by place: what stands right of an item's label, or right under one over the whole width, is its answer, unless
    there is no other place for the label it quotes."""
    out: dict[int, list[Candidate]] = {}
    for i, found in options.items():
        kept = []
        for c in found:
            left, weight = place.left_of(c.first), c.match.weight
            if left is None and (c.first.sheet, c.first.row) in place.below:
                weight -= _ANSWER
            elif left is not None and _answers(
                script.tokens[left.match.token], script.tokens[c.match.token]
            ):
                beside = c.match.token == left.match.token + 1 and (
                    weight >= 1.0 or script.tokens[left.match.token].node.id.startswith("C")
                )
                if not beside:
                    continue
                weight -= _ANSWER
            kept.append(
                c if weight == c.match.weight else replace(c, match=replace(c.match, weight=weight))
            )
        if kept:
            out[i] = kept
    return out


def _near_wording(
    script: Script,
    cells: Sequence[Cell],
    options: dict[int, list[Candidate]],
    place: _Place,
    answers: frozenset[tuple[int, int, int]],
) -> dict[int, list[Candidate]]:
    """Cells of a label column whose wording is nearly a label's."""
    taken = {x.at for found in options.values() for o in found for x in o.cells} | answers
    out = {}
    for i, c in enumerate(cells):
        if (
            c.at in taken
            or len(c.text) > 200
            or (c.sheet, c.col) not in place.columns
            or (c.sheet, c.row) in place.below
            or c.text[:1] in "[［（("
        ):
            continue
        near = [] if place.left_of(c) else [Candidate((c,), m) for m in script.resembling(c.text)]
        if near:
            out[i] = near
    return out


def _answers(left: Token, here: Token) -> bool:
    """Whether a cell to the right of `left` is its answer rather than the label `here`."""
    if left.kind not in ("item", "head"):
        return False
    return left.node not in here.node.parents


def _entries(script: Script, path: list[tuple[int, Candidate]]) -> list[Found]:
    """The labels with the entry each belongs to: a head met again, or one that does not come later, opens the next."""
    counters: dict[str, int] = {}
    out: list[Found] = []
    before = -1
    for _, c in path:
        j = c.match.token
        for r in script.repeats:
            if not r.head <= j <= r.end:
                counters.pop(f"in {r.node.id}", None)
                continue
            inside = f"in {r.node.id}" in counters
            if not inside or j == r.head or (j <= before and j == r.alt):
                counters[r.node.id] = counters.get(r.node.id, 0) + 1
                counters[f"in {r.node.id}"] = 1
                for o in script.repeats:  # entries inside a new entry are counted anew
                    if r.node in o.node.parents:
                        counters.pop(o.node.id, None)
                        counters.pop(f"in {o.node.id}", None)
        t = script.tokens[j]
        chain = sorted(
            (r for r in script.repeats if r.head <= j <= r.end), key=lambda r: (r.head, -r.end)
        )
        out.append(
            Found(
                t,
                c.cells,
                tuple((r.node.id, counters[r.node.id]) for r in chain),
                c.match.weight,
                c.match.tail,
                c.match.like,
                _box(c.cells),
            )
        )
        before = j
    return out


def _box(cells: Sequence[Cell]) -> tuple[int, int, int, int]:
    return (
        min(c.row for c in cells),
        min(c.col for c in cells),
        max(c.row2 for c in cells),
        max(c.col2 for c in cells),
    )


def _undecided(
    book: Book,
    script: Script,
    options: dict[int, list[Candidate]],
    path: list[tuple[int, Candidate]],
) -> list[Problem]:
    """Labels that could be another item's, or that stand twice where the form has one."""
    out: list[Problem] = []
    for n, (i, c) in enumerate(path):
        token = script.tokens[c.match.token]
        before = path[n - 1][1].match.token if n else -1
        after = path[n + 1][1].match.token if n + 1 < len(path) else len(script.tokens)
        if token.kind == "note":
            continue
        others = [
            o.match
            for o in options[i]
            if o.match.token != token.index
            and before < o.match.token < after
            and o.match.weight > c.match.weight - _CLOSE
            and script.tokens[o.match.token].kind != "note"
        ]
        if others and before != token.index - 1 and before < token.index:
            named = "」と「".join(
                dict.fromkeys(_named(script, m) for m in (token.index, *(o.token for o in others)))
            )
            out.append(
                Problem(
                    "ambiguous_label",
                    f"「{_short(c.first.text)}」が「{named}」のどれか決められません。番号や前後の項目名を様式のとおりに直してください。",
                    book.where(c.first),
                )
            )
    return out + _twice(book, script, options, path)


def _twice(
    book: Book,
    script: Script,
    options: dict[int, list[Candidate]],
    path: list[tuple[int, Candidate]],
) -> list[Problem]:
    """Item labels met again where nothing opens a new entry: which of the two is the label cannot be known."""
    places: dict[int, list[tuple[int, Candidate]]] = defaultdict(list)
    for i, c in path:
        places[c.match.token].append((i, c))
    taken = {x.at for _, c in path for x in c.cells}
    out = []
    for i, found in options.items():
        for c in found:
            here = places.get(c.match.token)
            if (
                not here
                or script.tokens[c.match.token].kind != "item"
                or any(x.at in taken for x in c.cells)
            ):
                continue
            _, chosen = min(here, key=lambda p: abs(p[0] - i))
            if (
                c.match.weight > chosen.match.weight - _CLOSE
                and c.match.weight >= 0.8
                and not c.match.like
            ):
                both = f"{book.where(chosen.first)} と {book.where(c.first)}"
                sentence = f"項目名「{_short(c.first.text)}」が {both} の2か所にあります。どちらが項目名か分かるように、一方を直してください。"
                out.append(Problem("label_twice", sentence, book.where(c.first)))
                break
    return out


def _named(script: Script, token: int) -> str:
    t = script.tokens[token]
    return "".join(p.number for p in t.node.parents if p.number) + t.printed


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 24 else flat[:23] + "…"
