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
    keyed = []
    key = 0
    for sheet in book.sheets:
        if sheet.name == carried.SHEET:
            continue
        for cell in sheet.cells:
            if len(cell.text) < 200:
                best = next(
                    (
                        match
                        for match in script.match(cell.text)
                        if match.weight >= 1.0 and _opens(script.tokens[match.token])
                    ),
                    None,
                )
            else:
                best = None
            if best:
                key = best.token
                break
        if sheet.state != "visible":
            own = any(
                cell for cell in sheet.cells if len(cell.text) < 200 and script.match(cell.text)
            )
        else:
            own = True
        keyed.append((key if own else len(script.tokens), sheet.index))
    cells = []
    for _, index in sorted(keyed):
        for cell in book.sheets[index].cells:
            cells.append(cell)
    return cells


def _opens(token: Token) -> bool:
    return token.kind in ("part", "title") or (token.node.id == "TOC" and token.kind != "note")


class _Rows:
    """Neighbours of cells within their sheet."""

    def __init__(self, cells: Sequence[Cell]):
        self.by_row: dict[tuple[int, int], list[Cell]] = defaultdict(list)
        for cell in cells:
            self.by_row[(cell.sheet, cell.row)].append(cell)

    def right(self, c: Cell) -> Cell | None:
        for cell in self.by_row[(c.sheet, c.row)]:
            if cell.col > c.col2:
                return cell
        return None

    def below(self, c: Cell) -> Cell | None:
        for cell in self.by_row.get((c.sheet, c.row2 + 1), ()):
            if cell.col == c.col:
                return cell
        return None


def _split_labels(script: Script, rows: _Rows, c: Cell) -> Iterator[Candidate]:
    """Labels split over neighbouring cells: ① ｜ 事務の名称, or a label broken over two rows."""

    def grow(cells: tuple[Cell, ...], said: str) -> Iterator[Candidate]:
        for following in (rows.right(cells[-1]), rows.below(cells[-1])):
            if following is None or len(following.text) > 120 or following in cells:
                continue
            if following.row > c.row2 and any(
                match.weight >= 1.0 and not match.tail and _opens(script.tokens[match.token])
                for match in script.match(following.text)
            ):
                continue  # the heading of a part, whole in itself: a number above it is the end of the part before
            longer = said + folded(following.text)
            for match in script.match(longer):
                if match.weight >= 0.8 and not match.tail:
                    yield Candidate((*cells, following), replace(match, weight=match.weight - 0.02))
            if len(cells) < 4 and script.known_prefix(longer):
                yield from grow((*cells, following), longer)

    said = folded(c.text)
    if said and len(said) <= 60 and script.known_prefix(said):
        yield from grow((c,), said)


def candidates(
    script: Script, cells: Sequence[Cell], answers: frozenset[tuple[int, int, int]]
) -> dict[int, list[Candidate]]:
    """Index of cell → the labels it may begin. `answers` are places known to hold answers."""
    free = []
    for cell in cells:
        if cell.at not in answers:
            free.append(cell)
    rows = _Rows(free)
    out: dict[int, list[Candidate]] = {}
    for index, cell in enumerate(cells):
        if cell.at in answers or len(cell.text) > 400 or cell.flag in ("error", "uncached"):
            continue
        found = [Candidate((cell,), match) for match in script.match(cell.text)] + list(
            _split_labels(script, rows, cell)
        )
        if found:
            out[index] = found
    return out


def best_path(script: Script, options: dict[int, list[Candidate]]) -> list[tuple[int, Candidate]]:
    """The heaviest sequence of (cell, label) in the form's order, where a repeated entry may begin again."""
    length = len(script.tokens)
    score = [0.0] * length
    near = (
        [_NEVER] * length
    )  # the score, a little more for later labels: of equal ways the one that passes over fewer labels
    link: list[tuple | None] = [None] * length
    heads: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for repeat in script.repeats:
        heads[repeat.head].append((repeat.head, repeat.end, _AGAIN))
        if repeat.alt is not None:
            heads[repeat.alt].append((repeat.head, repeat.end, _ALT))
    borders = []
    for index in range(length):
        borders.append(
            [
                0,
                *sorted(
                    repeat.head for repeat in script.repeats if repeat.head < index <= repeat.end
                ),
            ]
        )
    for option in sorted(options):
        made: dict[int, tuple[float, tuple]] = {}
        for candidate in options[option]:
            token = candidate.match.token
            ways: list[tuple[float, int]] = [(0.0, -1)]
            end = token
            for crossed, start in enumerate(reversed(borders[token])):
                if start < end:
                    best = max(near[start:end])
                    if best > _NEVER:
                        ways.append(
                            (
                                best - _SKIP * token - _UNHEADED * crossed,
                                near.index(best, start, end),
                            )
                        )
                end = start
            if token and score[token - 1]:
                ways.append((score[token - 1] + _NEXT, token - 1))
            for start, end, price in heads.get(token, ()):
                if price == _ALT and candidate.match.weight < 1.0:
                    continue
                best = max(near[start : end + 1])
                if best > _NEVER:
                    back = near.index(best, start, end + 1)
                    ways.append((score[back] - price, back))
            value, origin = max(ways)
            value += candidate.match.weight
            if token not in made or value > made[token][0]:
                made[token] = (value, (link[origin] if origin >= 0 else None, option, candidate))
        for token, (value, path) in made.items():
            if value > score[token]:
                score[token], link[token], near[token] = value, path, value + _SKIP * token
    out = []
    if any(score):
        here = link[max(range(length), key=score.__getitem__)]
    else:
        here = None
    while here:
        here, option, candidate = here
        out.append((option, candidate))
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
    inner = set()
    for _, cand in path:
        for cell in cand.cells[1:]:
            inner.add(cell.at)
    if not any(cand.first.at in inner for _, cand in path):
        return path
    return best_path(
        script, {key: cs for key, cs in options.items() if cs[0].first.at not in inner}
    )


class _Place:
    """Where labels have been found so far: what the second look at every candidate goes by."""

    def __init__(self, script: Script, cells: Sequence[Cell], path: list[tuple[int, Candidate]]):
        self.columns = {
            (candidate.first.sheet, candidate.first.col)
            for _, candidate in path
            if candidate.match.weight >= 1.0
        }
        self.rows: dict[tuple[int, int], list[Candidate]] = defaultdict(list)
        self.below: set[tuple[int, int]] = (
            set()
        )  # rows right under an item's label over the whole width: its answer stands there
        ends: dict[int, int] = defaultdict(int)
        for cell in cells:
            ends[cell.sheet] = max(ends[cell.sheet], cell.col2)
        for _, candidate in path:
            token, (r1, c1, r2, c2) = script.tokens[candidate.match.token], _box(candidate.cells)
            if token.node.id == "TOC":
                continue
            for index in range(r1, min(r2, r1 + 400) + 1):
                self.rows[(candidate.first.sheet, index)].append(candidate)
            if token.kind == "item" and c2 >= ends[candidate.first.sheet] - 1 > c1:
                self.below.add((candidate.first.sheet, r2 + 1))

    def left_of(self, cell: Cell) -> Candidate | None:
        """The nearest label to the left on the cell's row."""
        found = []
        for candidate in self.rows.get((cell.sheet, cell.row), ()):
            if _box(candidate.cells)[3] < cell.col:
                found.append(candidate)
        return max(found, key=lambda candidate: candidate.first.col, default=None)


def _weighed(
    script: Script, options: dict[int, list[Candidate]], place: _Place
) -> dict[int, list[Candidate]]:
    """The candidates weighed by place: what stands right of an item's label, or right under one over the whole width, is its answer, unless
    there is no other place for the label it quotes."""
    out: dict[int, list[Candidate]] = {}
    for key, found in options.items():
        kept = []
        for candidate in found:
            left = place.left_of(candidate.first)
            weight = candidate.match.weight
            if left is None and (candidate.first.sheet, candidate.first.row) in place.below:
                weight -= _ANSWER
            elif left is not None and _answers(
                script.tokens[left.match.token], script.tokens[candidate.match.token]
            ):
                beside = candidate.match.token == left.match.token + 1 and (
                    weight >= 1.0 or script.tokens[left.match.token].node.id.startswith("C")
                )
                if not beside:
                    continue
                weight -= _ANSWER
            if weight == candidate.match.weight:
                kept.append(candidate)
            else:
                kept.append(replace(candidate, match=replace(candidate.match, weight=weight)))
        if kept:
            out[key] = kept
    return out


def _near_wording(
    script: Script,
    cells: Sequence[Cell],
    options: dict[int, list[Candidate]],
    place: _Place,
    answers: frozenset[tuple[int, int, int]],
) -> dict[int, list[Candidate]]:
    """Cells of a label column whose wording is nearly a label's."""
    taken = {
        x.at for found in options.values() for candidate in found for x in candidate.cells
    } | answers
    out = {}
    for index, cell in enumerate(cells):
        if (
            cell.at in taken
            or len(cell.text) > 200
            or (cell.sheet, cell.col) not in place.columns
            or (cell.sheet, cell.row) in place.below
            or cell.text[:1] in "[［（("
        ):
            continue
        near = []
        if not place.left_of(cell):
            for match in script.resembling(cell.text):
                near.append(Candidate((cell,), match))
        if near:
            out[index] = near
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
    for _, candidate in path:
        token = candidate.match.token
        for each_repeat in script.repeats:
            if not each_repeat.head <= token <= each_repeat.end:
                counters.pop(f"in {each_repeat.node.id}", None)
                continue
            inside = f"in {each_repeat.node.id}" in counters
            if (
                not inside
                or token == each_repeat.head
                or (token <= before and token == each_repeat.alt)
            ):
                counters[each_repeat.node.id] = counters.get(each_repeat.node.id, 0) + 1
                counters[f"in {each_repeat.node.id}"] = 1
                for repeat in script.repeats:  # entries inside a new entry are counted anew
                    if each_repeat.node in repeat.node.parents:
                        counters.pop(repeat.node.id, None)
                        counters.pop(f"in {repeat.node.id}", None)
        this_token = script.tokens[token]
        chain = sorted(
            (
                one_repeat
                for one_repeat in script.repeats
                if one_repeat.head <= token <= one_repeat.end
            ),
            key=lambda this_repeat: (this_repeat.head, -this_repeat.end),
        )
        out.append(
            Found(
                this_token,
                candidate.cells,
                tuple(
                    (repeat_here.node.id, counters[repeat_here.node.id]) for repeat_here in chain
                ),
                candidate.match.weight,
                candidate.match.tail,
                candidate.match.like,
                _box(candidate.cells),
            )
        )
        before = token
    return out


def _box(cells: Sequence[Cell]) -> tuple[int, int, int, int]:
    return (
        min(cell.row for cell in cells),
        min(cell.col for cell in cells),
        max(cell.row2 for cell in cells),
        max(cell.col2 for cell in cells),
    )


def _undecided(
    book: Book,
    script: Script,
    options: dict[int, list[Candidate]],
    path: list[tuple[int, Candidate]],
) -> list[Problem]:
    """Labels that could be another item's, or that stand twice where the form has one."""
    out: list[Problem] = []
    for count, (index, candidate) in enumerate(path):
        token = script.tokens[candidate.match.token]
        if count:
            before = path[count - 1][1].match.token
        else:
            before = -1
        if count + 1 < len(path):
            after = path[count + 1][1].match.token
        else:
            after = len(script.tokens)
        if token.kind == "note":
            continue
        others = []
        for each_candidate in options[index]:
            if (
                each_candidate.match.token != token.index
                and before < each_candidate.match.token < after
                and each_candidate.match.weight > candidate.match.weight - _CLOSE
                and script.tokens[each_candidate.match.token].kind != "note"
            ):
                others.append(each_candidate.match)
        if others and before != token.index - 1 and before < token.index:
            named = "」と「".join(
                dict.fromkeys(
                    _named(script, number)
                    for number in (token.index, *(other.token for other in others))
                )
            )
            out.append(
                Problem(
                    "ambiguous_label",
                    f"「{_short(candidate.first.text)}」が「{named}」のどれか決められません。番号や前後の項目名を様式のとおりに直してください。",
                    book.where(candidate.first),
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
    for key, candidate in path:
        places[candidate.match.token].append((key, candidate))
    taken = set()
    for _, candidate in path:
        for x in candidate.cells:
            taken.add(x.at)
    out = []
    for key, found in options.items():
        for candidate in found:
            here = places.get(candidate.match.token)
            if (
                not here
                or script.tokens[candidate.match.token].kind != "item"
                or any(x.at in taken for x in candidate.cells)
            ):
                continue
            _, chosen = min(here, key=lambda part: abs(part[0] - key))
            if (
                candidate.match.weight > chosen.match.weight - _CLOSE
                and candidate.match.weight >= 0.8
                and not candidate.match.like
            ):
                both = f"{book.where(chosen.first)} と {book.where(candidate.first)}"
                sentence = f"項目名「{_short(candidate.first.text)}」が {both} の2か所にあります。どちらが項目名か分かるように、一方を直してください。"
                out.append(Problem("label_twice", sentence, book.where(candidate.first)))
                break
    return out


def _named(script: Script, token: int) -> str:
    this_token = script.tokens[token]
    return (
        "".join(parent.number for parent in this_token.node.parents if parent.number)
        + this_token.printed
    )


def _short(text: str) -> str:
    flat = " ".join(text.split())
    if len(flat) <= 24:
        return flat
    return flat[:23] + "…"
