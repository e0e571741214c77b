"""Whether a change table says, where people read it, what its rows and the two texts say (R13,
R14).

Knows the six columns of 様式4 別添3 (様式3 別添2, the end of 様式2) and which ways of writing a row
are right: whole, or shortened with （略） to what changed. Must not know how any release lays a
table out. A cell that shows less is checked for what it shows; what it leaves out must be the same
on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from .. import wareki
from ..change.describe import citation, names
from ..document.blocks import split
from ..document.form import Form
from ..document.texts import piped
from ..document.tree import Tree
from ..errors import PiaError
from ..procedure import change_table, change_units
from ..procedure.change_table import ChangeTableRow
from ..procedure.change_units import ChangeUnit
from .cells import OMITTED, Cell, Due, DueRow, Proof, SeenRow, Table, around, compare, excerpt

COLUMNS = ("変更日", "項目", "変更前の記載", "変更後の記載", "提出時期", "提出時期に係る説明")
KEY = 1  # the column that names a row
TIMING = {"PRIOR": "事前", "POST": "事後"}
CARRIED = "控え（見えない写し）"
RECORD = "記録"
FIXED = "固定された表（change-table.json）"
NO_COPY_FIXED = (
    "この表には控え（見えない写し）がありません。見えている記載を、"
    "固定された表（change-table.json）と照らし合わせました。"
)
NO_COPY = (
    "この表には控え（見えない写し）がありません。見えている記載だけを、"
    "2つの本文と照らし合わせました。"
)
UNDATED = "変更日・提出時期・説明は、照らし合わせる控えがないため、確かめていません。"
UNTITLED = "表題は、控えがないため、確かめていません。"
_MISSING = "本文は変わっていますが、表に行がありません。"
_SURPLUS = "表に行がありますが、本文は変わっていません"
_FIXED_MISSING = "固定された表の行が、見えている表にありません。"
_FIXED_SURPLUS = "固定された表にない行です"
_INHERITED_MISSING = "前の版から引き継いだ行が、表にありません。"


@dataclass(frozen=True, slots=True)
class _Told:
    """How the differences of a table are told; not `dated`: nothing is known of days and
    reasons."""

    whose: str
    missing: str
    surplus: str
    dated: bool = True


def written(day: str | None) -> str:
    """A row's day as it is printed: 令和6年9月2日 for 2024-09-02, else as it was typed."""
    text = day or ""
    if text[:4].isdigit():
        iso = wareki.parse(text)
    else:
        iso = None
    if iso and len(iso) == 10:
        return wareki.written(date.fromisoformat(iso))
    return text


def _day(text: str | None) -> Due:
    if text:
        iso = wareki.parse(text)
    else:
        iso = None

    def same(cell: Cell) -> bool:
        return iso is not None and wareki.parse(cell.text) == iso

    return Due((written(text), text or ""), same)


def _empty_words(row: ChangeTableRow, side: int) -> tuple[str, ...]:
    """What may stand where a side has no text."""
    if row.before is None and row.after is None:
        if row.op == "added":
            before = ("（新設）",)
        else:
            before = ()
        after = {"removed": ("（削除）", "欄を削除"), "added": ("欄を追加",)}.get(
            row.op, ("順序を変更",)
        )
        if side == 0:
            return (*before, "－")
        return (*after, "－")
    if side == 0:
        return ("（新設）", "（記載なし）", "－")
    return ("（削除）", "－")


def _side(row: ChangeTableRow, side: int) -> Due:
    """What the cell of 変更前 (0) or 変更後 (1) may show."""
    whole = (row.before, row.after)[side]
    other = (row.before, row.after)[1 - side]
    if whole is None:
        return Due(_empty_words(row, side))
    read = row.read[side]
    texts = [read if read is not None else whole, whole, piped(whole)]
    if row.where:
        texts.insert(0, "（図）" if side == 0 else row.where)
    if whole == "":
        texts += _empty_words(row, side)
    beside = row.read[1 - side]
    return Due(
        tuple(dict.fromkeys(texts)),
        lambda cell: shows(cell, whole, other) or shows(cell, read or "", beside),
    )


def shows(cell: Cell, whole: str, other: str | None) -> bool:
    """Whether a cell is the whole text shortened: its blocks in order, with （略） for blocks that
    the other side has too. A side of which nothing changed may say （記載なし）.
    """
    blocks = split(whole)[0]
    beside = split(other or "")[0]
    same = {block.content for block in blocks} & {block.content for block in beside}
    if not same:
        return False
    if cell.says("（記載なし）"):
        return all(block.content in same for block in blocks)
    text = cell.fold(cell.text)
    # How far the cell is read, and whether its last words are （略）.
    states = {(0, False)}
    for block in blocks:
        words = cell.fold(block.value["text"])
        after: set[tuple[int, bool]] = set()
        for state in states:
            after |= _read_on(cell, text, state, words, block.content in same)
        states = after
    return any(place == len(text) for place, _ in states)


def _read_on(
    cell: Cell, text: str, state: tuple[int, bool], words: str, may_be_left_out: bool
) -> set[tuple[int, bool]]:
    """The states after one more block: read to the letter, or left out as （略）."""
    place, left_out = state
    if place:
        gap = cell.fold("\n")
    else:
        gap = ""
    mark = cell.fold(OMITTED)
    states: set[tuple[int, bool]] = set()
    if text.startswith(gap + words, place):
        states.add((place + len(gap) + len(words), False))
    if may_be_left_out and left_out:
        states.add((place, True))
    elif may_be_left_out and text.startswith(gap + mark, place):
        states.add((place + len(gap) + len(mark), True))
    return states


def due_row(row: ChangeTableRow, dated: bool = True) -> DueRow:
    """What a row must say. Not `dated`: nothing is known of its day, timing and explanation."""
    day = timing = why = Due()
    if dated:
        typed = row.timing or ""
        day = _day(row.date)
        timing = Due((TIMING.get(typed, typed), typed))
        why = Due((row.explanation or "",))
    return DueRow(
        (day, _named_so(row), _side(row, 0), _side(row, 1), timing, why),
        row.citation or "/".join(row.path),
        KEY,
    )


def _named_so(row: ChangeTableRow) -> Due:
    """項目: the short citation, or every heading on the way."""
    return Due(tuple(dict.fromkeys(filter(None, (row.label, row.citation or row.item)))))


def due_unit(unit: ChangeUnit, dated: bool = True) -> DueRow:
    """What the row of a unit must say: of an entry all that stands in it."""
    due = due_row(unit.lead, dated)
    if not unit.below:
        return due
    sides: list[list[str]] = [[], []]
    for texts in _ways(unit):
        for side, words in enumerate(unit.said(texts)):
            sides[side].append(words)
    why = Due((unit.explanation,)) if dated else Due()
    cells = (*due.cells[:2], Due(tuple(sides[0])), Due(tuple(sides[1])), due.cells[4], why)
    return replace(due, cells=cells)


def _ways(unit: ChangeUnit) -> Iterator[list[str]]:
    """The texts of an entry's rows in every way they may be written."""
    side = 1 if unit.lead.op == "added" else 0
    whole = []
    read = []
    for row in unit.below:
        text = (row.before, row.after)[side] or ""
        whole.append(row.where or text)
        read.append(row.where or row.read[side] or "")
    yield read
    yield whole
    yield [piped(text) for text in whole]


def _fewest(
    table: Table, inherited: Sequence[DueRow], rows: Sequence[ChangeTableRow], told: _Told
) -> tuple[str, ...]:
    """A table against its rows, an entry with all that is in it as one row; or, as earlier releases
    print it, every row by itself. What is further from the table is not told."""
    ways = [[due_unit(unit, told.dated) for unit in change_units.units(rows)]]
    ways.append([due_row(row, told.dated) for row in rows])
    found = []
    for dues in ways:
        found.append(
            compare(
                table,
                [*inherited, *dues],
                COLUMNS,
                whose=told.whose,
                missing=told.missing,
                surplus=told.surplus,
            )
        )
    return min(found, key=len)


def due_inherited(cells: Sequence[str]) -> DueRow:
    """What a row taken over from an older table must say: what it said."""
    day, item, before, after, timing, why = [*cells, *[""] * 6][:6]
    return DueRow(
        (
            _day(day),
            Due((item,)),
            Due((before,)),
            Due((after,)),
            Due((TIMING.get(timing, timing), timing)),
            Due((why,)),
        ),
        item,
        KEY,
    )


def due_carried(raw: Mapping[str, Any]) -> DueRow:
    """What a row must say that travels in the file: exactly what was printed then."""
    if raw.get("inherited"):
        return due_inherited(
            [
                str(raw.get(key) or "")
                for key in ("date", "citation", "before", "after", "timing", "explanation")
            ]
        )
    row = due_row(change_table.from_json({"rows": [raw]})[0])
    cells = list(row.cells)
    for number, (side, words) in enumerate((("before", "（記載なし）"), ("after", "（削除）")), 2):
        if f"shown_{side}" in raw:
            shown = str(raw[f"shown_{side}"] or "")
            if shown:
                cells[number] = Due((shown,))
            else:
                cells[number] = Due((words, ""))
    if raw.get("shown_explanation"):
        cells[5] = Due((str(raw["shown_explanation"]),))
    return replace(row, cells=tuple(cells))


def carried_rows(table: Table) -> list[Mapping[str, Any]] | None:
    """The rows that travel unseen in a file; None where there are none. PiaError when they have
    another shape.
    """
    carried = table.carried
    if not isinstance(carried, dict) or not isinstance(carried.get("rows"), list):
        return None
    if not all(isinstance(row, dict) for row in carried["rows"]):
        raise PiaError("表の控え（見えない写し）の形が正しくありません。")
    change_table.from_json(carried)
    return list(carried["rows"])


def prove(
    form: Form, old: Tree, new: Tree, table: Table, rows: Sequence[ChangeTableRow] | None = None
) -> Proof:
    """A change table against the texts it stands between. `rows` are what is known of its rows
    where nothing travels in the file (their days and reasons too); without them they are made from
    the texts. Every difference is named with its cell.
    """
    carried = carried_rows(table)
    if carried is None:
        if rows is None:
            known = change_table.rows(form, old, new)
        else:
            known = tuple(rows)
        told = _Told("本文" if rows is None else RECORD, _MISSING, _SURPLUS, rows is not None)
        inherited = list(map(due_inherited, change_table.inherited(form, old)))
        problems = _fewest(table, inherited, _readable(form, known), told)
        return Proof(
            problems,
            (NO_COPY, *(() if rows is not None else (UNDATED,)), UNTITLED),
            len(table.rows),
        )
    rows_carried = change_table.from_json({"rows": carried})
    out = [
        *change_table.prove(form, old, new, rows_carried),
        *_named(form, old, new, rows_carried),
        *_taken_over(form, old, carried),
        *shown_rightly(form, carried),
    ]
    return Proof((*out, *seen(table, carried)), _untitled(table), len(table.rows))


def prove_fixed(form: Form, base: Tree, table: Table, rows: Sequence[ChangeTableRow]) -> Proof:
    """A printed change table against the rows it was fixed with (these are proved against the texts
    by themselves): what people read, and what travels unseen.
    """
    carried = carried_rows(table)
    if carried is None:
        inherited = list(map(due_inherited, change_table.inherited(form, base)))
        told = _Told(FIXED, _FIXED_MISSING, _FIXED_SURPLUS)
        problems = _fewest(table, inherited, _readable(form, rows), told)
        return Proof(problems, (NO_COPY_FIXED,), len(table.rows))
    rows_carried = change_table.from_json({"rows": carried})
    out = [
        *same_rows(rows, rows_carried),
        *_taken_over(form, base, carried),
        *shown_rightly(form, carried),
        *seen(table, carried),
    ]
    return Proof(tuple(out), _untitled(table), len(table.rows))


def seen(table: Table, carried: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What people read against the rows that travel in the file."""
    dues = []
    for row in carried:
        if not row.get("inside"):
            dues.append(due_carried(row))
    out = compare(
        table,
        dues,
        COLUMNS,
        whose=CARRIED,
        missing="控えの行が、表にありません。",
        surplus="控えにない行です",
    )
    return (*out, *_inside_rightly(carried), *_title(table))


def _inside_rightly(carried: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Rows that are said to stand inside an entry's row and do not: that row must say each of them
    whole."""
    given = [row for row in carried if not row.get("inherited")]
    raws = {tuple(row["path"]): row for row in given}
    free = {path for path, row in raws.items() if row.get("inside")}
    free |= {path for path, row in raws.items() if "shown_explanation" in row}
    for unit in change_units.units(change_table.from_json({"rows": given})):
        texts = []
        side = "after" if unit.lead.op == "added" else "before"
        inside = [row for row in unit.below if raws[row.path].get("inside")]
        if not inside:
            continue
        for row in unit.below:
            raw = raws[row.path]
            texts.append(row.where or str(raw.get(f"shown_{side}") or raw.get(side) or ""))
        lead = raws[unit.path]
        said = (lead.get("shown_before"), lead.get("shown_after"), lead.get("shown_explanation"))
        if len(inside) == len(unit.below) and said == (*unit.said(texts), unit.explanation):
            free -= {row.path for row in unit.rows}
    for path in sorted(free):
        named = raws[path].get("label") or raws[path].get("citation")
        yield f"{named}：控えのまとめた行が、その中の行と合いません。"


def _title(table: Table) -> Iterator[str]:
    if isinstance(table.carried, dict):
        title = table.carried.get("title")
    else:
        title = None
    if isinstance(title, str):
        legend = table.carried.get("legend")
        yield from around(
            table, [title, *([legend] if isinstance(legend, str) and legend else [])], (), CARRIED
        )


def _untitled(table: Table) -> tuple[str, ...]:
    if isinstance(table.carried, dict) and isinstance(table.carried.get("title"), str):
        return ()
    return (UNTITLED,)


def _named(form: Form, old: Tree, new: Tree, rows: Sequence[ChangeTableRow]) -> Iterator[str]:
    """Rows that name another item than the one their texts are of, or say of a figure what did not
    happen.
    """
    entry_names = names(form, old, new)
    due = {}
    for row in change_table.rows(form, old, new):
        due[row.path] = row.where
    for row in rows:
        named = citation(form, row.path, entry_names)
        if row.citation and "".join(row.citation.split()) != "".join(named.split()):
            yield f"{row.citation}：控えの「項目」が、その行の項目（{named}）と違います。"
        if row.where != due.get(row.path, row.where):
            yield (
                f"{row.citation}：控えの図の説明{excerpt(row.where, due[row.path])}"
                f"が、図の変更{excerpt(due[row.path], row.where)}と違います。"
            )


def _taken_over(form: Form, old: Tree, carried: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Inherited rows against those of the text before: they are kept to the letter."""
    rows_before = []
    for row in carried:
        if row.get("inherited"):
            rows_before.append(
                tuple(
                    str(row.get(key) or "")
                    for key in ("date", "citation", "before", "after", "timing", "explanation")
                )
            )
    due = []
    for cells in change_table.inherited(form, old):
        due.append(tuple([*cells, *[""] * 6][:6]))
    yield from (f"{cells[1]}：{_INHERITED_MISSING}" for cells in due if cells not in rows_before)
    yield from (
        f"{cells[1]}：引き継いだ行とされていますが、前の版の変更箇所にありません。"
        for cells in rows_before
        if cells not in due
    )


def shown_rightly(form: Form, carried: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Rows whose printed words, as the file carries them, are not what their whole texts can be
    shortened to.
    """
    given = []
    for row in carried:
        if not row.get("inherited"):
            given.append(row)
    rows = change_table.from_json({"rows": given})
    try:
        rows = change_table.readable(form, rows)
    except PiaError as error:
        yield str(error)
    for raw, row in zip(given, rows):
        if "shown_explanation" in raw:
            continue  # an entry with what stands in it: `_inside_rightly` holds it
        for side, words in enumerate(("before", "after")):
            shown = raw.get(f"shown_{words}")
            if isinstance(shown, str) and shown and not _side(row, side).met(Cell(shown, "")):
                yield (
                    f"{row.citation}：控えの「{COLUMNS[2 + side]}」の示し方"
                    f"{excerpt(shown, '')}が、その行の記載と合いません。"
                )


def same_rows(rows: Sequence[ChangeTableRow], other: Sequence[ChangeTableRow]) -> Iterator[str]:
    """Rows that two carriers of one table give differently, by name."""
    rest = {row.path: row.as_json() for row in other}
    for row in rows:
        if rest.pop(row.path, None) != row.as_json():
            yield f"{row.citation}：控えの行が、一式に固定された行と違います。"
    for surplus in rest.values():
        yield f"{surplus['citation']}：控えに、一式に固定された表にない行があります。"


def printed_rows(form: Form, base: Tree, tree: Tree, rows: Sequence[ChangeTableRow]) -> Proof:
    """The rows a document holds of itself against the rows its table was fixed with: those it
    inherits, then one a change but for what the procedure fills in.
    """
    own = []
    for row in rows:
        if not _filled_in(form, row):
            own.append(row)
    cells = change_table.inherited(form, tree)
    due_rows = []
    for number, row in enumerate(cells, 1):
        due_rows.append(
            tuple(Cell(letter, f"変更箇所の{number}行目") for letter in [*row, *[""] * 6][:6])
        )
    table = Table((), tuple(map(SeenRow, due_rows)))
    inherited = list(map(due_inherited, change_table.inherited(form, base)))
    told = _Told(FIXED, _FIXED_MISSING, _FIXED_SURPLUS)
    return Proof(_fewest(table, inherited, _readable(form, own), told), (), len(cells))


def _readable(form: Form, rows: Sequence[ChangeTableRow]) -> Sequence[ChangeTableRow]:
    """Rows with the words people read, also those that came without."""
    out = []
    for row in rows:
        out.append(row if row.shown is not None else change_table.readable(form, [row])[0])
    return out


def _filled_in(form: Form, row: ChangeTableRow) -> bool:
    line = form.at(row.path)[0]
    return bool(line and line.procedure)


def on_paper(form: Form, tree: Tree, table: Table) -> Proof:
    """The rows a document's paper shows against the rows the document holds."""
    dues = []
    for cells in change_table.inherited(form, tree):
        dues.append(due_inherited(cells))
    return Proof(
        compare(
            table,
            dues,
            COLUMNS,
            whose="本文",
            missing="本文にある変更箇所の行が、見えません。",
            surplus="本文にない変更箇所の行です",
        ),
        (),
        len(table.rows),
    )
