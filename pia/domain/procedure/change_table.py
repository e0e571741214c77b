"""The 変更箇所 table (様式4 別添3, 様式3 別添2, the end of 様式2) made from a ChangeSet, and the
proof that table and text agree (R13-R15).

One row per item (per figure, per table), before and after whole in the reversible text of its kind,
plus one row where a repeated entry was added, removed or moved. `prove` rebuilds the new text from
the old and the rows alone and names every difference. The table item itself is outside the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ..change.compare import compare
from ..change.describe import (
    DescribedChange,
    Names,
    citation,
    describe,
    item_path,
    label,
    names,
    whole,
)
from ..document import marked
from ..document.blocks import split
from ..document.form import Form, FormNode
from ..document.texts import from_text, shown_beside
from ..document.tree import LEAVES, Node, Path, Tree, node, pruned, walk
from ..errors import PiaError


@dataclass(frozen=True, slots=True)
class ChangeTableRow:
    """One row. `op`: added, removed, modified, moved. `at` (for entries) is {"after", "index"}.
    `withheld` holds the ranges of the new text. `before` and `after` are the reversible texts;
    `shown` is what people read (None: the same); `label` is the short citation, empty in tables of
    earlier releases.
    """

    path: Path
    item: str
    citation: str
    op: str
    before: str | None
    after: str | None
    at: Mapping[str, Any] | None = None
    date: str | None = None
    timing: str | None = None
    explanation: str | None = None
    withheld: tuple[Mapping[str, Any], ...] = ()
    material: bool = False
    where: str = ""
    procedure: bool = False
    shown: tuple[str, ...] | None = field(default=None, compare=False)
    label: str = ""

    @property
    def read(self) -> tuple[str | None, str | None]:
        """Before and after as a person reads them, None where there is none."""
        before, after = self.shown or (self.before, self.after)
        if self.before is None:
            before = None
        if self.after is None:
            after = None
        return before, after

    def as_json(self) -> dict[str, Any]:
        """The row as docs/contracts.md gives it."""
        out: dict[str, Any] = {
            "path": list(self.path),
            "item": self.item,
            "citation": self.citation,
            "op": self.op,
            "at": dict(self.at) if self.at else None,
            "before": self.before,
            "after": self.after,
            "date": self.date,
            "timing": self.timing,
            "explanation": self.explanation,
        }
        if self.withheld:
            out["withheld"] = list(map(dict, self.withheld))
        if self.where:
            out["where"] = self.where
        if self.label:
            out["label"] = self.label
        return out


def from_json(raw: Any) -> tuple[ChangeTableRow, ...]:
    """Rows out of {"rows": […]}. PiaError when they have another shape."""
    try:
        given = []
        for row in raw["rows"]:
            if not row.get("inherited"):
                given.append(row)
        if not all(map(_fits, given)):
            raise TypeError
        rows = []
        for row in given:
            rows.append(
                ChangeTableRow(
                    path=tuple(row["path"]),
                    item=str(row["item"]),
                    citation=str(row.get("citation", "")),
                    op=str(row["op"]),
                    before=row["before"],
                    after=row["after"],
                    at=row.get("at"),
                    date=row.get("date"),
                    timing=row.get("timing"),
                    explanation=row.get("explanation"),
                    withheld=tuple(row.get("withheld") or ()),
                    where=row.get("where") or "",
                    label=row.get("label") or "",
                )
            )
        return tuple(rows)
    except (KeyError, TypeError, AttributeError) as entry:
        raise PiaError(
            "変更箇所の表の形が正しくありません。pia change-table --format json または "
            "xlsx で作った表を指定してください。"
        ) from entry


_TEXTS = ("before", "after", "date", "timing", "explanation", "where", "label")


def _fits(row: Mapping[str, Any]) -> bool:
    """Whether a row's values are of the kinds a row has: keys, texts or null, a place with an
    index, ranges with offsets.
    """
    path = row["path"]
    if not isinstance(path, list) or not path:
        return False
    if not all(isinstance(key, str) for key in path):
        return False
    if not all(isinstance(row.get(name), str | None) for name in _TEXTS):
        return False
    return _fits_place(row.get("at")) and _fits_ranges(row.get("withheld") or [])


def _fits_place(at: Any) -> bool:
    if at is None:
        return True
    return (
        isinstance(at, dict)
        and isinstance(at.get("index"), int)
        and isinstance(at.get("after"), str | None)
    )


def _fits_ranges(ranges: Any) -> bool:
    if not isinstance(ranges, list):
        return False
    return all(isinstance(each, dict) and isinstance(each.get("reason"), str) for each in ranges)


def readable(form: Form, table: Sequence[ChangeTableRow]) -> tuple[ChangeTableRow, ...]:
    """Rows that came as JSON, with the texts as people read them. PiaError where a text cannot be
    of its item's kind.
    """

    def item(line: FormNode, text: str | None) -> Node | None:
        if text is not None:
            return from_text(line, text)
        return None

    result = []
    for row in table:
        line = form.at(row.path)[0]
        shown = None
        if line is not None and line.answerable:
            shown = shown_beside(item(line, row.before), item(line, row.after))
        result.append(replace(row, shown=shown))
    return tuple(result)


def outside(form: Form, tree: Tree) -> Tree:
    """The tree without the change table itself."""
    table = form.change_table
    kept = tuple(child for child in tree.children if table is None or child.key != table.key)
    if len(kept) == len(tree.children):
        return tree
    return Tree(tree.form, kept)


def rows(form: Form, old: Tree, new: Tree) -> tuple[ChangeTableRow, ...]:
    """The rows of a revision in the order of the form, without dates and explanations (`dated` adds
    them).
    """
    before = outside(form, old)
    after = outside(form, new)
    changes = compare(before, after)
    entry_names = names(form, before, after)
    table: dict[Path, ChangeTableRow] = {}
    for described in describe(form, changes, before, after):
        path = described.item_path
        words = citation(form, path, entry_names)
        if described.change.level not in ("entry", "section"):
            table[path] = _item_row(form, before, after, described, words, table.get(path))
        elif described.change.kind != "renumbered":
            table[path] = _entry_row(after, described, words, table.get(path))
        if path in table:
            table[path] = replace(table[path], label=label(form, path, entry_names))
    rank = _ranks(form, before, after)
    return tuple(sorted(table.values(), key=lambda row: rank(row.path)))


def _entry_row(
    new: Tree, described: DescribedChange, words: str, known: ChangeTableRow | None
) -> ChangeTableRow:
    """The row of an entry added, removed or moved, or whose marks changed; `known` is the row
    another change of the same entry made.
    """
    change = described.change
    op = change.kind
    at: Mapping[str, Any] | None = None
    if change.at:
        at = {"after": change.at.after, "index": change.at.index}
    elif known is not None:
        at = known.at
        op = known.op
    entry = new.find(described.item_path)
    if entry is not None:
        marks = tuple(marked.of_value(entry.value))
    else:
        marks = ()
    return ChangeTableRow(
        described.item_path,
        described.item,
        words,
        op,
        None,
        None,
        at,
        withheld=marks,
        procedure=described.procedure,
    )


def _item_row(
    form: Form,
    old: Tree,
    new: Tree,
    described: DescribedChange,
    words: str,
    known: ChangeTableRow | None,
) -> ChangeTableRow:
    """The row of an item with its whole text before and after; `known` is the row another change
    of the same item made.
    """
    path = described.item_path
    old_path = item_path(described.change, old=True)
    before = whole(form, old, old_path)
    after = whole(form, new, path)
    op = "modified"
    if before is None:
        op = "added"
    elif after is None:
        op = "removed"
    item = new.find(path)
    return ChangeTableRow(
        path,
        described.item,
        words,
        op,
        before,
        after,
        withheld=tuple(marked.of_item(item)) if item else (),
        material=described.material,
        where="、".join(filter(None, (known.where if known else "", described.where))),
        procedure=described.procedure,
        shown=shown_beside(
            old.find(old_path) if before is not None else None,
            item if after is not None else None,
        ),
    )


def _ranks(form: Form, *trees: Tree) -> Callable[[Path], tuple[Any, ...]]:
    """What to sort item and entry paths of both trees by: the order of the form, and of the entries
    as they stand in the later tree.
    """
    ranks: dict[Path, None] = {}
    for tree in reversed(trees):
        for path, here in walk(tree):
            if here.kind == "entry":
                ranks.setdefault(path)
    lines = {line.id: index for index, line in enumerate(form.walk())}
    entries = {path: index for index, path in enumerate(ranks)}

    def rank(path: Path) -> tuple[Any, ...]:
        out: list[Any] = []
        for index in range(1, len(path) + 1):
            line, _, _ = form.at(path[:index])
            if index > 1:
                before = form.at(path[: index - 1])[0]
            else:
                before = None
            if line is before:
                out.append((1, entries.get(path[:index], 0)))
            else:
                out.append((0, lines.get(line.id if line else "", len(lines))))
        return tuple(out)

    return rank


def timing(published: date | None, change: date | None) -> str | None:
    """R13: 事前 iff the submission and publication come before the change takes effect; unknown
    dates give no timing.
    """
    if published is None or change is None:
        return None
    if published < change:
        return "事前"
    return "事後"


def dated(
    table: Sequence[ChangeTableRow],
    notes: Mapping[Path, Mapping[str, Any]],
    *,
    published: date | None,
    change: date | None,
    words: str | None,
    usual_words: Callable[[ChangeTableRow], str | None] = lambda _: None,
) -> tuple[ChangeTableRow, ...]:
    """The rows with 変更日, 提出時期 and 説明: a note of a person wins over what the dates say.
    `usual_words` is the 説明 of a row nobody noted, None where only a person can say it.
    """
    usual_timing = timing(published, change)
    out = []
    for row in table:
        note = notes.get(row.path, {})
        if usual_timing is None:
            usual = None
        else:
            usual = usual_words(row)
        out.append(
            replace(
                row,
                date=note.get("date") or words,
                timing=note.get("timing") or usual_timing,
                explanation=note.get("explanation") or usual,
            )
        )
    return tuple(out)


# The marks of an item or entry as a row carries them.
_Marks = tuple[Mapping[str, Any], ...]


def rebuild(form: Form, old: Tree, table: Iterable[ChangeTableRow]) -> Tree:
    """The new text made from the old one and the rows alone. PiaError when a row names no item of
    this form.
    """
    parts = _Parts(form, outside(form, old))
    for row in table:
        line, _, rest = form.at(row.path)
        if line is None or rest:
            raise PiaError(
                f"変更箇所の表の「{row.citation or '/'.join(row.path)}」は、"
                f"この様式（{form.id}）にない項目です。"
            )
        parts.put(row)
    return _assembled(form, parts.texts, parts.entry_orders(), parts.entries)


class _Parts:
    """A document in parts: texts of items, marks of entries, order of entries, and what the rows
    say of the entries.
    """

    def __init__(self, form: Form, tree: Tree):
        self.texts: dict[Path, tuple[str, _Marks]] = {}
        self.entries: dict[Path, _Marks] = {}
        self._orders: dict[Path, list[str]] = {}
        self._gone: dict[Path, set[str]] = {}
        self._put: dict[Path, list[tuple[int, str]]] = {}
        for path, node_ in walk(tree):
            if node_.kind in LEAVES:
                continue
            if node_.kind == "repeat":
                self._orders[path] = [child.key for child in node_.children]
            if node_.kind == "entry":
                self.entries[path] = tuple(marked.of_value(node_.value))
            written = whole(form, tree, path)
            if written is not None:
                self.texts[path] = (written, tuple(marked.of_item(node_)))

    def put(self, row: ChangeTableRow) -> None:
        """Takes in one row."""
        if row.after is not None:
            self.texts[row.path] = (row.after, row.withheld)
        elif row.before is not None:
            self.texts.pop(row.path, None)
        else:
            self._put_entry(row)

    def _put_entry(self, row: ChangeTableRow) -> None:
        parent = row.path[:-1]
        key = row.path[-1]
        self.entries[row.path] = row.withheld
        if row.op in ("removed", "moved"):
            self._gone.setdefault(parent, set()).add(key)
        if row.op in ("added", "moved"):
            index = int((row.at or {}).get("index", 0))
            self._put.setdefault(parent, []).append((index, key))

    def entry_orders(self) -> dict[Path, list[str]]:
        """The keys of the entries below each repeated item, as the rows leave them."""
        orders = dict(self._orders)
        for parent in {*self._gone, *self._put}:
            gone = self._gone.get(parent, ())
            keys = []
            for key in orders.get(parent, []):
                if key not in gone:
                    keys.append(key)
            for index, key in sorted(self._put.get(parent, [])):
                keys.insert(index, key)
            orders[parent] = keys
        return orders


def _assembled(
    form: Form,
    texts: Mapping[Path, tuple[str, tuple[Mapping[str, Any], ...]]],
    orders: Mapping[Path, list[str]],
    entries: Mapping[Path, tuple[Mapping[str, Any], ...]],
) -> Tree:
    def below(lines: Iterable[FormNode], path: Path) -> list[Node]:
        out = []
        for line in lines:
            here = (*path, line.key)
            if line.repeated:
                made_entries = []
                for key in orders.get(here, ()):
                    made_entries.append(
                        _entry(
                            key, entries.get((*here, key), ()), below(line.children, (*here, key))
                        )
                    )
                out.append(node(line.key, "repeat", None, made_entries))
                continue
            kids = below(line.children, here)
            rebuilt = None
            if here in texts and line.answerable:
                rebuilt = _written(line, *texts[here])
            if rebuilt is None:
                rebuilt = node(line.key, line.node_kind)
            out.append(rebuilt.with_children((*rebuilt.children, *kids)))
        return out

    return pruned(Tree(form.id, tuple(below(form.parts, ()))))


def _entry(key: str, marks: Sequence[Mapping[str, Any]], below: Iterable[Node]) -> Node:
    return marked.put(node(key, "entry", None, below), marks)


def _written(line: FormNode, written: str, marks: Sequence[Mapping[str, Any]]) -> Node | None:
    """An item out of a row's text and marks. PiaError for a mark that has no place in it."""
    answer = from_text(line, written)
    if answer is None or not marks:
        return answer
    if not all(marked.fits(answer, mark) for mark in marks):
        raise PiaError(f"変更箇所の表の「{line.label}」の非公表部分が、記載に合いません。")
    return marked.on_item(answer, marks)


def prove(form: Form, old: Tree, new: Tree, table: Sequence[ChangeTableRow]) -> tuple[str, ...]:
    """Every way in which the table does not say exactly what turned `old` into `new` (R14); empty
    when it proves.
    """
    before = outside(form, old)
    after = outside(form, new)
    faults = _faults_before(form, before, table)
    try:
        rebuilt = rebuild(form, old, table)
    except PiaError as error:
        return (*faults, str(error))
    faults += _faults_of_rows(form, before, after, table)
    if rebuilt.digest != after.digest:
        faults += _faults_after(form, rebuilt, after, names(form, before, after), table)
    return tuple(dict.fromkeys(faults))


def _faults_before(form: Form, old: Tree, table: Sequence[ChangeTableRow]) -> list[str]:
    """Rows that stand twice, or whose text before is not that of the old version."""
    faults = []
    seen: set[Path] = set()
    for row in table:
        if row.path in seen:
            faults.append(f"{row.citation or '/'.join(row.path)}：表に2回出てきます。")
        seen.add(row.path)
        if row.before is None and row.after is None:
            continue
        if whole(form, old, row.path) != row.before:
            faults.append(
                f"{row.citation}：表の「変更前の記載」が、前回公表した版の記載と違います。"
            )
    return faults


def _faults_of_rows(form: Form, old: Tree, new: Tree, table: Sequence[ChangeTableRow]) -> list[str]:
    """Changes without a row, and rows without a change."""
    faults = []
    due = {row.path: row for row in rows(form, old, new)}
    for row in table:
        known = due.get(row.path)
        if row.label and known is not None and row.label != known.label:
            faults.append(f"{row.label}：表の「項目」が、その行の項目（{known.label}）と違います。")
    seen = {row.path for row in table}
    for path, row in due.items():
        if path not in seen:
            faults.append(f"{row.citation}：本文は変わっていますが、表に行がありません。")
    for row in table:
        if row.path not in due and whole(form, new, row.path) == row.after:
            faults.append(f"{row.citation}：表に行がありますが、本文は変わっていません。")
    return faults


def _faults_after(
    form: Form, rebuilt: Tree, new: Tree, entry_names: Names, table: Sequence[ChangeTableRow]
) -> list[str]:
    """Where the text that the rows make is not the new version."""
    faults = []
    seen = {row.path for row in table}
    for described in describe(form, compare(rebuilt, new), rebuilt, new):
        place = citation(form, described.item_path, entry_names)
        if described.change.level in ("entry", "section"):
            faults.append(f"{place}：繰返し欄の追加・削除・順序が、表と本文で違います。")
        elif described.item_path in seen:
            faults.append(f"{place}：表の「変更後の記載」が、本文と違います。")
        else:
            faults.append(f"{place}：本文は変わっていますが、表に行がありません。")
    return faults


def inherited(form: Form, tree: Tree) -> tuple[tuple[str, ...], ...]:
    """The cells of the rows the document already carries in its own change table."""
    table = form.change_table
    if table:
        node = tree.find((table.key,))
    else:
        node = None
    if node:
        groups = []
        for leaf in node.leaves:
            groups.append(tuple(leaf.value["cells"]))
        return tuple(groups)
    return ()


_OMITTED = "（略）"


def shortened(row: ChangeTableRow) -> tuple[str, str]:
    """What the printed cells show: only the changed blocks, with （略） for the rest; （新設）,
    （削除） and （記載なし） where a side is empty.
    """
    if row.where:
        return "（図）", row.where
    before, after = row.read
    if before is None or after is None:
        return before or _empty_side(row, "added"), after or _empty_side(row, "removed")
    if row.before == row.after:
        # Only marks of 非公表部分 were put on or taken off.
        return before, after
    old = split(before)[0]
    new = split(after)[0]
    same = {block.content for block in old}.intersection(block.content for block in new)
    if not same or len(old) + len(new) < 3:
        return before, after
    old_words = _without(old, same)
    if old_words == _OMITTED:
        old_words = "（記載なし）"
    return old_words, _without(new, same)


def _empty_side(row: ChangeTableRow, op: str) -> str:
    if row.op != op:
        return "－"
    return {"added": "（新設）", "removed": "（削除）"}[op]


def _without(blocks: Sequence[Node], same: Collection[str | None]) -> str:
    """The blocks one below the other, runs of those that stayed as one （略）."""
    pieces: list[str] = []
    for block in blocks:
        if block.content not in same:
            pieces.append(block.value["text"])
        elif not pieces or pieces[-1] != _OMITTED:
            pieces.append(_OMITTED)
    return "\n".join(pieces)
