"""Finds the labels of a form among the cells of a workbook: the best order-keeping assignment of
cells to printed labels.

Knows merges, reading order and `labels.Script`; not how answers are written. A cell counts as a
label by its text, its number, its place in the form's order and its column together, so an answer
that quotes a label stays an answer. What cannot be decided is a Problem with sheet and cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...domain.document.items import folded
from ...domain.errors import Problem
from ..ooxml import carried
from ..ooxml.book import Book, BookCell, places_of
from .labels import Match, Repeat, Script, Token, has_figure

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
    """Cells that may be a label, and which."""

    cells: tuple[BookCell, ...]
    match: Match

    @property
    def first(self) -> BookCell:
        """The cell the label begins in."""
        return self.cells[0]

    @property
    def at(self) -> tuple[int, int]:
        """Sheet and row of the first cell."""
        return (self.first.sheet, self.first.row)


@dataclass(frozen=True, slots=True)
class FoundLabel:
    """A label in the workbook: its cells, the box they span, and the entry it belongs to (one
    counter per repeat on the way).
    """

    token: Token
    cells: tuple[BookCell, ...]
    entry: tuple[tuple[str, int], ...]
    weight: float
    tail: str
    like: bool
    box: tuple[int, int, int, int]  # first row, first column, last row, last column

    @property
    def sheet(self) -> int:
        """The sheet the label stands on."""
        return self.cells[0].sheet


def in_order(book: Book, script: Script) -> list[BookCell]:
    """All cells in the form's order of sheets: each sheet stands where its first heading belongs.

    A sheet without a heading follows its neighbour; a hidden one (lists of what may be chosen) goes
    on with nothing and stands last.
    """
    keyed = []
    key = 0
    for sheet in book.sheets:
        if sheet.name == carried.SHEET:
            continue
        short = []
        for cell in sheet.cells:
            if len(cell.text) < 200:
                short.append(cell)
        opening = _first_opening(script, short)
        if opening is not None:
            key = opening
        if sheet.state == "visible" or any(script.match(cell.text) for cell in short):
            keyed.append((key, sheet.index))
        else:
            keyed.append((len(script.tokens), sheet.index))
    cells: list[BookCell] = []
    for _, index in sorted(keyed):
        cells += book.sheets[index].cells
    return cells


def _first_opening(script: Script, cells: Sequence[BookCell]) -> int | None:
    """The token of the first cell that surely opens a part."""
    for cell in cells:
        for match in script.match(cell.text):
            if match.weight >= 1.0 and _opens(script.tokens[match.token]):
                return match.token
    return None


def _opens(token: Token) -> bool:
    return token.kind in ("part", "title") or (
        token.node.role == "contents" and token.kind != "note"
    )


class _Neighbours:
    """Neighbours of cells within their sheet."""

    def __init__(self, cells: Sequence[BookCell]):
        self.by_row: dict[tuple[int, int], list[BookCell]] = defaultdict(list)
        for cell in cells:
            self.by_row[(cell.sheet, cell.row)].append(cell)

    def right(self, c: BookCell) -> BookCell | None:
        for cell in self.by_row[(c.sheet, c.row)]:
            if cell.col > c.col2:
                return cell
        return None

    def below(self, c: BookCell) -> BookCell | None:
        for cell in self.by_row.get((c.sheet, c.row2 + 1), ()):
            if cell.col == c.col:
                return cell
        return None


def _split_labels(script: Script, rows: _Neighbours, c: BookCell) -> Iterator[Candidate]:
    """Labels split over neighbouring cells: ① ｜ 事務の名称, or a label broken over two rows."""
    text = folded(c.text)
    if text and len(text) <= 60 and script.known_prefix(text):
        yield from _grown(script, rows, (c,), text)


def _grown(
    script: Script, rows: _Neighbours, cells: tuple[BookCell, ...], text: str
) -> Iterator[Candidate]:
    """The labels that cells make with the next one at the right or below, and with those after."""
    for following in (rows.right(cells[-1]), rows.below(cells[-1])):
        if following is None or len(following.text) > 120 or following in cells:
            continue
        # A number above the heading of a part is the end of the part before.
        if following.row > cells[0].row2 and _is_heading(script, following):
            continue
        longer = text + folded(following.text)
        for match in script.match(longer):
            if match.weight >= 0.8 and not match.tail:
                yield Candidate((*cells, following), replace(match, weight=match.weight - 0.02))
        if len(cells) < 4 and script.known_prefix(longer):
            yield from _grown(script, rows, (*cells, following), longer)


def _is_heading(script: Script, cell: BookCell) -> bool:
    """Whether a cell is the heading of a part, whole in itself."""
    for match in script.match(cell.text):
        if match.weight >= 1.0 and not match.tail and _opens(script.tokens[match.token]):
            return True
    return False


def candidates(
    script: Script, cells: Sequence[BookCell], answers: frozenset[tuple[int, int, int]]
) -> dict[int, list[Candidate]]:
    """Index of cell → the labels it may begin. `answers` are places known to hold answers."""
    rows = _Neighbours([cell for cell in cells if cell.at not in answers])
    out: dict[int, list[Candidate]] = {}
    for index, cell in enumerate(cells):
        if cell.at in answers or len(cell.text) > 400 or cell.flag in ("error", "uncached"):
            continue
        options = []
        for match in script.match(cell.text):
            options.append(Candidate((cell,), match))
        options += _split_labels(script, rows, cell)
        if options:
            out[index] = options
    return out


def best_path(script: Script, options: dict[int, list[Candidate]]) -> list[tuple[int, Candidate]]:
    """The heaviest sequence of (cell, label) in the form's order, where a repeated entry may begin
    again.
    """
    paths = _Paths(script)
    for index in sorted(options):
        paths.extend(index, options[index])
    return paths.best()


# The path before (None: it begins here), the index of the cell, and the label it is taken for.
_Link = tuple[Any, int, Candidate]


class _Paths:
    """The heaviest paths through the labels so far: for each label the one that ends with it."""

    def __init__(self, script: Script):
        length = len(script.tokens)
        self.score = [0.0] * length
        # The score, a little more for later labels: of equal ways the one that passes over fewer.
        self.near = [_NEVER] * length
        self.link: list[_Link | None] = [None] * length
        # Token → the entries it opens again: their first and last token, and the price.
        self.heads: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
        for repeat in script.repeats:
            self.heads[repeat.head].append((repeat.head, repeat.end, _AGAIN))
            if repeat.alt is not None:
                self.heads[repeat.alt].append((repeat.head, repeat.end, _ALT))
        # Token → the heads of the entries around it, the innermost first.
        self.borders = []
        for index in range(length):
            around = []
            for each in script.repeats:
                if each.head < index <= each.end:
                    around.append(each.head)
            self.borders.append([*sorted(around, reverse=True), 0])

    def extend(self, index: int, candidates: Sequence[Candidate]) -> None:
        """Each path may go on with one of the labels a cell may be."""
        best: dict[int, tuple[float, _Link]] = {}
        for candidate in candidates:
            token = candidate.match.token
            value, origin = max(self._ways(token, candidate.match.weight))
            value += candidate.match.weight
            if token not in best or value > best[token][0]:
                if origin < 0:
                    before = None
                else:
                    before = self.link[origin]
                best[token] = (value, (before, index, candidate))
        for token, (value, path) in best.items():
            if value > self.score[token]:
                self.score[token] = value
                self.link[token] = path
                self.near[token] = value + _SKIP * token

    def _ways(self, token: int, weight: float) -> list[tuple[float, int]]:
        """(score, the label before) of all ways to come to a label; -1 where it is the first."""
        ways: list[tuple[float, int]] = [(0.0, -1)]
        end = token
        for crossed, start in enumerate(self.borders[token]):
            back = self._heaviest(start, end)
            if back is not None:
                ways.append((self.near[back] - _SKIP * token - _UNHEADED * crossed, back))
            end = start
        if token and self.score[token - 1]:
            ways.append((self.score[token - 1] + _NEXT, token - 1))
        for start, end, price in self.heads.get(token, ()):
            if price == _ALT and weight < 1.0:
                continue
            back = self._heaviest(start, end + 1)
            if back is not None:
                ways.append((self.score[back] - price, back))
        return ways

    def _heaviest(self, start: int, end: int) -> int | None:
        """The label before `end` that a path ends with at best."""
        if start >= end:
            return None
        best = max(self.near[start:end])
        if best <= _NEVER:
            return None
        return self.near.index(best, start, end)

    def best(self) -> list[tuple[int, Candidate]]:
        """The heaviest path of all."""
        if not any(self.score):
            return []
        step = self.link[max(range(len(self.score)), key=self.score.__getitem__)]
        out = []
        while step:
            step, index, candidate = step
            out.append((index, candidate))
        return out[::-1]


def find_labels(
    book: Book, script: Script, cells: Sequence[BookCell], answers: frozenset[tuple[int, int, int]]
) -> tuple[list[FoundLabel], list[Problem]]:
    """The labels in the form's order, and what could not be decided."""
    options = candidates(script, cells, answers)
    path = best_path(script, options)
    for final in (False, True):
        place = _LabelsSoFar(script, cells, path)
        options = _weighed(script, options, place)
        if final:
            options |= _near_wording(script, cells, options, place, answers)
        path = _without_overlap(script, options, best_path(script, options))
    return _entries(script, path), _undecided(book, script, options, path)


def _without_overlap(
    script: Script, options: dict[int, list[Candidate]], path: list[tuple[int, Candidate]]
) -> list[tuple[int, Candidate]]:
    """Again without labels that lie inside another label's cells, if there are any."""
    inner: set[tuple[int, int, int]] = set()
    for _, candidate in path:
        inner |= places_of(candidate.cells[1:])
    if not any(candidate.first.at in inner for _, candidate in path):
        return path
    left = {}
    for index, those in options.items():
        if those[0].first.at not in inner:
            left[index] = those
    return best_path(script, left)


class _LabelsSoFar:
    """Where labels have been found so far: what the second look at every candidate goes by."""

    def __init__(
        self, script: Script, cells: Sequence[BookCell], path: list[tuple[int, Candidate]]
    ):
        self.columns: set[tuple[int, int]] = set()
        self.rows: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
        # Rows right under an item's label over the whole width: its answer stands there.
        self.below: set[tuple[int, int]] = set()
        ends: dict[int, int] = defaultdict(int)
        for cell in cells:
            ends[cell.sheet] = max(ends[cell.sheet], cell.col2)
        for _, candidate in path:
            sheet = candidate.first.sheet
            if candidate.match.weight >= 1.0:
                self.columns.add((sheet, candidate.first.col))
            token = script.tokens[candidate.match.token]
            if token.node.role == "contents":
                continue
            top, left, bottom, right = _box(candidate.cells)
            for row in range(top, min(bottom, top + 400) + 1):
                self.rows[sheet, row].append(candidate)
            if token.kind == "item" and right >= ends[sheet] - 1 > left:
                self.below.add((sheet, bottom + 1))

    def left_of(self, cell: BookCell) -> Candidate | None:
        """The nearest label to the left on the cell's row."""
        left = []
        for candidate in self.rows.get((cell.sheet, cell.row), ()):
            if _box(candidate.cells)[3] < cell.col:
                left.append(candidate)
        return max(left, key=lambda candidate: candidate.first.col, default=None)


def _weighed(
    script: Script, options: dict[int, list[Candidate]], place: _LabelsSoFar
) -> dict[int, list[Candidate]]:
    """The candidates weighed by place: what stands right of an item's label, or right under one
    over the whole width, is its answer, unless there is no other place for the label it quotes.
    """
    out: dict[int, list[Candidate]] = {}
    for index, those in options.items():
        kept = []
        for candidate in those:
            weight = _weight(script, candidate, place)
            if weight == candidate.match.weight:
                kept.append(candidate)
            elif weight is not None:
                kept.append(replace(candidate, match=replace(candidate.match, weight=weight)))
        if kept:
            out[index] = kept
    return out


def _weight(script: Script, candidate: Candidate, place: _LabelsSoFar) -> float | None:
    """The weight of a label at its place; None where it can only be an answer."""
    weight = candidate.match.weight
    left = place.left_of(candidate.first)
    if left is None:
        if candidate.at in place.below:
            return weight - _ANSWER
        return weight
    left_token = script.tokens[left.match.token]
    if not _answers(left_token, script.tokens[candidate.match.token]):
        return weight
    is_next = candidate.match.token == left.match.token + 1
    if is_next and (weight >= 1.0 or left_token.node.part.role == "cover"):
        return weight - _ANSWER
    return None


def _near_wording(
    script: Script,
    cells: Sequence[BookCell],
    options: dict[int, list[Candidate]],
    place: _LabelsSoFar,
    answers: frozenset[tuple[int, int, int]],
) -> dict[int, list[Candidate]]:
    """Cells of a label column whose wording is nearly a label's."""
    known = answers | _cells_of(options)
    out = {}
    for index, cell in enumerate(cells):
        if cell.at in known or len(cell.text) > 200 or cell.text[:1] in "[［（(":
            continue
        if (cell.sheet, cell.col) not in place.columns or (cell.sheet, cell.row) in place.below:
            continue
        if place.left_of(cell):
            continue
        near = []
        for match in script.resembling(cell.text):
            near.append(Candidate((cell,), match))
        if near:
            out[index] = near
    return out


def _cells_of(options: dict[int, list[Candidate]]) -> set[tuple[int, int, int]]:
    """All cells that may be labels."""
    cells: set[tuple[int, int, int]] = set()
    for those in options.values():
        for candidate in those:
            cells |= places_of(candidate.cells)
    return cells


def _answers(left: Token, here: Token) -> bool:
    """Whether a cell to the right of `left` is its answer rather than the label `here`."""
    if left.kind not in ("item", "head"):
        return False
    return left.node not in here.node.parents


def _entries(script: Script, path: list[tuple[int, Candidate]]) -> list[FoundLabel]:
    """The labels with the entry each belongs to: a head met again, or one that does not come later,
    opens the next.
    """
    counters: dict[str, int] = {}
    inside: set[str] = set()
    out: list[FoundLabel] = []
    before = -1
    for _, candidate in path:
        token = candidate.match.token
        for repeat in script.repeats:
            if not repeat.head <= token <= repeat.end:
                inside.discard(repeat.node.id)
            elif repeat.node.id not in inside or _opens_again(repeat, token, before):
                counters[repeat.node.id] = counters.get(repeat.node.id, 0) + 1
                inside.add(repeat.node.id)
                _restart(script, repeat, counters, inside)
        ids = [repeat.node.id for repeat in script.around(token)]
        match = candidate.match
        out.append(
            FoundLabel(
                script.tokens[token],
                candidate.cells,
                tuple(zip(ids, map(counters.__getitem__, ids))),
                match.weight,
                match.tail,
                match.like,
                _box(candidate.cells),
            )
        )
        before = token
    return out


def _opens_again(repeat: Repeat, token: int, before: int) -> bool:
    """Whether a label opens the next entry of a repeat it already stands in."""
    return token == repeat.head or (token <= before and token == repeat.alt)


def _restart(script: Script, repeat: Repeat, counters: dict[str, int], inside: set[str]) -> None:
    """Entries inside a new entry are counted anew."""
    for inner in script.repeats:
        if repeat.node in inner.node.parents:
            counters.pop(inner.node.id, None)
            inside.discard(inner.node.id)


def _box(cells: Sequence[BookCell]) -> tuple[int, int, int, int]:
    """First row, first column, last row and last column of some cells."""
    top = cells[0].row
    left = cells[0].col
    bottom = cells[0].row2
    right = cells[0].col2
    for cell in cells[1:]:
        top = min(top, cell.row)
        left = min(left, cell.col)
        bottom = max(bottom, cell.row2)
        right = max(right, cell.col2)
    return top, left, bottom, right


def _undecided(
    book: Book,
    script: Script,
    options: dict[int, list[Candidate]],
    path: list[tuple[int, Candidate]],
) -> list[Problem]:
    """Labels that could be another item's, or that stand twice where the form has one."""
    out: list[Problem] = []
    tokens = [-1, *(candidate.match.token for _, candidate in path), len(script.tokens)]
    for count, (index, candidate) in enumerate(path):
        token = script.tokens[candidate.match.token]
        before = tokens[count]
        if token.kind == "note" or before >= token.index - 1:
            continue
        others = _rivals(script, options[index], candidate, range(before + 1, tokens[count + 2]))
        if others:
            numbers = (token.index, *others)
            labels = dict.fromkeys(_named(script, number) for number in numbers)
            out.append(
                Problem(
                    "ambiguous_label",
                    f"「{_short(candidate.first.text)}」が「{'」と「'.join(labels)}」の"
                    "どれか決められません。"
                    "番号や前後の項目名を様式のとおりに直してください。",
                    book.where(candidate.first),
                )
            )
    return out + _twice(book, script, options, path)


def _rivals(
    script: Script, options: Sequence[Candidate], chosen: Candidate, between: range
) -> list[int]:
    """The other labels a cell could as well be, of those that may stand there."""
    rivals = []
    for candidate in options:
        token = candidate.match.token
        if token == chosen.match.token or token not in between:
            continue
        is_close = candidate.match.weight > chosen.match.weight - _CLOSE
        if is_close and script.tokens[token].kind != "note":
            rivals.append(token)
    return rivals


def _twice(
    book: Book,
    script: Script,
    options: dict[int, list[Candidate]],
    path: list[tuple[int, Candidate]],
) -> list[Problem]:
    """Item labels met again where nothing opens a new entry: which of the two is the label cannot
    be known.
    """
    places: dict[int, list[tuple[int, Candidate]]] = defaultdict(list)
    used: set[tuple[int, int, int]] = set()
    for index, candidate in path:
        places[candidate.match.token].append((index, candidate))
        used |= places_of(candidate.cells)
    out = []
    for index, those in options.items():
        for candidate in those:
            match = candidate.match
            token = script.tokens[match.token]
            if match.token not in places or token.kind != "item" or _is_of_figure(token):
                continue
            if not used.isdisjoint(places_of(candidate.cells)):
                continue
            chosen = _nearest(places[match.token], index)
            is_close = match.weight > chosen.match.weight - _CLOSE
            if is_close and match.weight >= 0.8 and not match.like:
                both = f"{book.where(chosen.first)} と {book.where(candidate.first)}"
                sentence = (
                    f"項目名「{_short(candidate.first.text)}」が {both} の2か所にあります。"
                    "どちらが項目名か分かるように、一方を直してください。"
                )
                out.append(Problem("label_twice", sentence, book.where(candidate.first)))
                break
    return out


def _is_of_figure(token: Token) -> bool:
    """Whether a label is one of a figure's, which `figures` reads from top to bottom."""
    return any(map(has_figure, token.node.parents[-1:]))


def _nearest(places: Sequence[tuple[int, Candidate]], index: int) -> Candidate:
    """Of the places a label was found at, the nearest to a cell."""
    return min(places, key=lambda place: abs(place[0] - index))[1]


def _named(script: Script, number: int) -> str:
    """A label with the numbers of the items around it."""
    token = script.tokens[number]
    return "".join(parent.number for parent in token.node.parents) + token.printed


def _short(text: str) -> str:
    flat = " ".join(text.split())
    if len(flat) <= 24:
        return flat
    return flat[:23] + "…"
