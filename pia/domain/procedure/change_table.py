"""The 変更箇所 table (様式4 別添3, 様式3 別添2, the end of 様式2) made from a ChangeSet, and the proof that table and text agree (R13-R15).

One row per item (per figure, per table), before and after whole in the reversible text of its kind, plus one row where a repeated entry was added,
removed or moved. `prove` rebuilds the new text from the old and the rows alone and names every difference. The table item itself is outside the proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ..change.compare import compare
from ..change.describe import citation, describe, item_path, names, whole
from ..document.form import Form, FormNode
from ..document.items import from_text, shown_beside
from ..document.tree import LEAVES, Node, Path, Tree, node, pruned, walk
from ..errors import PiaError
from ..withheld import marked


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `op`: added, removed, modified, moved. `at` (for entries) is {"after", "index"}. `withheld` holds the ranges of the new text.
    `before` and `after` are the reversible texts; `shown` is what people read (None: the same)."""

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

    @property
    def read(self) -> tuple[str | None, str | None]:
        """Before and after as a person reads them, None where there is none."""
        text, this_text = self.shown or (self.before, self.after)
        return None if self.before is None else text, None if self.after is None else this_text

    def as_json(self) -> dict[str, Any]:
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
            out["withheld"] = [dict(word) for word in self.withheld]
        if self.where:
            out["where"] = self.where
        return out


def from_json(raw: Any) -> tuple[Row, ...]:
    """Rows out of {"rows": […]}. PiaError when they have another shape."""
    try:
        given = []
        for row in raw["rows"]:
            if not row.get("inherited"):
                given.append(row)
        if not all(map(_fits, given)):
            raise TypeError
        found = []
        for row in given:
            found.append(
                Row(
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
                )
            )
        return tuple(found)
    except (KeyError, TypeError, AttributeError) as entry:
        raise PiaError(
            "変更箇所の表の形が正しくありません。pia change-table --format json または xlsx で作った表を指定してください。"
        ) from entry


def _fits(row: Mapping[str, Any]) -> bool:
    """Whether a row's values are of the kinds a row has: keys, texts or null, a place with an index, ranges with offsets."""
    at = row.get("at")
    ranges = row.get("withheld") or []
    return (
        isinstance(row["path"], list)
        and bool(row["path"])
        and all(isinstance(key, str) for key in row["path"])
        and all(
            isinstance(row.get(key), str | None)
            for key in ("before", "after", "date", "timing", "explanation", "where")
        )
        and (
            at is None
            or (
                isinstance(at, dict)
                and isinstance(at.get("index"), int)
                and isinstance(at.get("after"), str | None)
            )
        )
        and isinstance(ranges, list)
        and all(
            isinstance(range_, dict) and isinstance(range_.get("reason"), str) for range_ in ranges
        )
    )


def readable(form: Form, table: Sequence[Row]) -> tuple[Row, ...]:
    """Rows that came as JSON, with the texts as people read them. PiaError where a text cannot be of its item's kind."""

    def shown(row: Row) -> tuple[str, ...] | None:
        line = form.at(row.path)[0]
        if line is not None and line.answerable:
            return shown_beside(
                *(
                    from_text(line, text) if text is not None else None
                    for text in (row.before, row.after)
                )
            )
        return None

    return tuple(replace(row, shown=shown(row)) for row in table)


def outside(form: Form, tree: Tree) -> Tree:
    """The tree without the change table itself."""
    table = form.change_table
    kept = tuple(child for child in tree.children if table is None or child.key != table.key)
    if len(kept) == len(tree.children):
        return tree
    return Tree(tree.form, kept)


def rows(form: Form, old: Tree, new: Tree) -> tuple[Row, ...]:
    """The rows of a revision in the order of the form, without dates and explanations (`dated` adds them)."""
    tree = outside(form, old)
    this_tree = outside(form, new)
    cs = compare(tree, this_tree)
    found = names(form, tree, this_tree)
    said = describe(form, cs, tree, this_tree)
    out: dict[Path, Row] = {}
    for each_said in said:
        change = each_said.change
        path = each_said.item_path
        if change.level in ("entry", "section"):
            if change.kind == "renumbered":
                continue
            if change.at:
                at: Mapping[str, Any] | None = {"after": change.at.after, "index": change.at.index}
            else:
                at = None
            if (this_node := this_tree.find(path)) is not None:
                kept = tuple(marked.of_value(this_node.value))
            else:
                kept = ()
            known = out.get(path)
            if known is not None and at is None:
                at = known.at
                op = known.op
            else:
                at = at
                op = change.kind
            out[path] = Row(
                path,
                each_said.item,
                citation(form, path, found),
                op,
                None,
                None,
                at,
                withheld=kept,
                procedure=each_said.procedure,
            )
            continue
        before = whole(form, tree, item_path(change, old=True))
        after = whole(form, this_tree, path)
        known = out.get(path)
        where = "、".join(filter(None, (known.where if known else "", each_said.where)))
        if before is None:
            op = "added"
        elif after is None:
            op = "removed"
        else:
            op = "modified"
        target = this_tree.find(path)
        if target:
            withheld = tuple(marked.of_item(target))
        else:
            withheld = ()
        shown = shown_beside(
            *(
                each_tree.find(texts) if x is not None else None
                for each_tree, texts, x in (
                    (tree, item_path(change, old=True), before),
                    (this_tree, path, after),
                )
            )
        )
        out[path] = Row(
            path,
            each_said.item,
            citation(form, path, found),
            op,
            before,
            after,
            None,
            None,
            None,
            None,
            withheld,
            each_said.material,
            where,
            each_said.procedure,
            shown,
        )
    rank = _ranks(form, tree, this_tree)
    return tuple(sorted(out.values(), key=lambda row: rank(row.path)))


def _ranks(form: Form, *trees: Tree) -> Callable[[Path], tuple[Any, ...]]:
    """What to sort item and entry paths of both trees by: the order of the form, and of the entries as they stand in the later tree."""
    found: dict[Path, None] = {}
    for tree in reversed(trees):
        for path, each_node in walk(tree):
            if each_node.kind == "entry":
                found.setdefault(path)
    lines = {line.id: index for index, line in enumerate(form.walk())}
    entries: dict[Path, int] = {}
    for index, texts in enumerate(found):
        entries[texts] = index

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
    """R13: 事前 iff the submission and publication come before the change takes effect; unknown dates give no timing."""
    if published is None or change is None:
        return None
    if published < change:
        return "事前"
    return "事後"


def dated(
    table: Sequence[Row],
    notes: Mapping[Path, Mapping[str, Any]],
    *,
    published: date | None,
    change: date | None,
    words: str | None,
    usual_words: Callable[[Row], str | None] = lambda _: None,
) -> tuple[Row, ...]:
    """The rows with 変更日, 提出時期 and 説明: a note of a person wins over what the dates say. `usual_words` is the 説明 of a row nobody noted, None where
    only a person can say it."""
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


def rebuild(form: Form, old: Tree, table: Iterable[Row]) -> Tree:
    """The new text made from the old one and the rows alone. PiaError when a row names no item of this form."""
    base = outside(form, old)
    texts: dict[Path, tuple[str, tuple[Mapping[str, Any], ...]]] = {}
    orders: dict[Path, list[str]] = {}
    for path, each_node in walk(base):
        if each_node.kind in LEAVES:
            continue
        if each_node.kind == "repeat":
            orders[path] = [child.key for child in each_node.children]
        written = whole(form, base, path)
        if written is not None:
            texts[path] = (written, tuple(marked.of_item(each_node)))
    entries: dict[Path, tuple[Mapping[str, Any], ...]] = {}
    for each_texts, one_node in walk(base):
        if one_node.kind == "entry":
            entries[each_texts] = tuple(marked.of_value(one_node.value))
    gone: dict[Path, set[str]] = {}
    put: dict[Path, list[tuple[int, str]]] = {}
    for row in table:
        line, _, rest = form.at(row.path)
        if line is None or rest:
            raise PiaError(
                f"変更箇所の表の「{row.citation or '/'.join(row.path)}」は、この様式（{form.id}）にない項目です。"
            )
        if row.before is None and row.after is None:
            parent = row.path[:-1]
            entries[row.path] = row.withheld
            if row.op in ("removed", "moved"):
                gone.setdefault(parent, set()).add(row.path[-1])
            if row.op in ("added", "moved"):
                put.setdefault(parent, []).append(
                    (int((row.at or {}).get("index", 0)), row.path[-1])
                )
        elif row.after is None:
            texts.pop(row.path, None)
        else:
            texts[row.path] = (row.after, row.withheld)
    for parent in {*gone, *put}:
        left = []
        for each_key in orders.get(parent, []):
            if each_key not in gone.get(parent, ()):
                left.append(each_key)
        for index, key in sorted(put.get(parent, [])):
            left.insert(index, key)
        orders[parent] = left
    return _assembled(form, texts, orders, entries)


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
            made = None
            if here in texts and line.answerable:
                made = _written(line, *texts[here])
            if made is None:
                made = node(line.key, line.node_kind)
            out.append(replace(made, children=(*made.children, *kids), _digest=[]))
        return out

    return pruned(Tree(form.id, tuple(below(form.parts, ()))))


def _entry(key: str, marks: Sequence[Mapping[str, Any]], below: Iterable[Node]) -> Node:
    return marked.put(node(key, "entry", None, below), marks)


def _written(line: FormNode, written: str, marks: Sequence[Mapping[str, Any]]) -> Node | None:
    """An item out of a row's text and marks. PiaError for a mark that has no place in it."""
    made = from_text(line, written)
    if made is None or not marks:
        return made
    if not all(marked.fits(made, mark) for mark in marks):
        raise PiaError(f"変更箇所の表の「{line.label}」の非公表部分が、記載に合いません。")
    return marked.on_item(made, marks)


def prove(form: Form, old: Tree, new: Tree, table: Sequence[Row]) -> tuple[str, ...]:
    """Every way in which the table does not say exactly what turned `old` into `new` (R14); empty when it proves."""
    out: list[str] = []
    tree = outside(form, old)
    this_tree = outside(form, new)
    found = names(form, tree, this_tree)
    seen: set[Path] = set()
    for row in table:
        if row.path in seen:
            out.append(f"{row.citation or '/'.join(row.path)}：表に2回出てきます。")
        seen.add(row.path)
        if row.before is None and row.after is None:
            continue
        if whole(form, tree, row.path) != row.before:
            out.append(f"{row.citation}：表の「変更前の記載」が、前回公表した版の記載と違います。")
    try:
        rebuilt = rebuild(form, old, table)
    except PiaError as error:
        return (*out, str(error))
    due = {}
    for row in rows(form, tree, this_tree):
        due[row.path] = row
    out += [
        f"{value.citation}：本文は変わっていますが、表に行がありません。"
        for path, value in due.items()
        if path not in seen
    ]
    out += [
        f"{row.citation}：表に行がありますが、本文は変わっていません。"
        for row in table
        if row.path not in due and whole(form, this_tree, row.path) == row.after
    ]
    if rebuilt.digest == this_tree.digest:
        return tuple(dict.fromkeys(out))
    for each_said in describe(form, compare(rebuilt, this_tree), rebuilt, this_tree):
        said = citation(form, each_said.item_path, found)
        if each_said.change.level in ("entry", "section"):
            out.append(f"{said}：繰返し欄の追加・削除・順序が、表と本文で違います。")
        elif each_said.item_path in seen:
            out.append(f"{said}：表の「変更後の記載」が、本文と違います。")
        else:
            out.append(f"{said}：本文は変わっていますが、表に行がありません。")
    return tuple(dict.fromkeys(out))


def inherited(form: Form, tree: Tree) -> tuple[tuple[str, ...], ...]:
    """The cells of the rows the document already carries in its own change table."""
    table = form.change_table
    if table:
        this_node = tree.find((table.key,))
    else:
        this_node = None
    if this_node:
        groups = []
        for leaf in this_node.leaves:
            groups.append(tuple(leaf.value["cells"]))
        return tuple(groups)
    return ()


def shortened(row: Row) -> tuple[str, str]:
    """What the printed cells show: only the changed blocks, with （略） for the rest; （新設）, （削除） and （記載なし） where a side is empty."""
    from ..document.blocks import split

    if row.where:
        return "（図）", row.where
    old, new = row.read
    if old is None or new is None:
        return old or ("（新設）" if row.op == "added" else "－"), new or (
            "（削除）" if row.op == "removed" else "－"
        )
    if row.before == row.after:
        return old, new  # only marks of 非公表部分 were put on or taken off
    part = split(old)[0]
    nodes = split(new)[0]
    same = {each_node.content for each_node in part} & {one_node.content for one_node in nodes}
    if not same or len(part) + len(nodes) < 3:
        return old, new

    def side(blocks: Sequence[Node]) -> str:
        out: list[str] = []
        for block in blocks:
            if block.content in same:
                piece = "（略）"
            else:
                piece = block.value["text"]
            if not (piece == "（略）" and out and out[-1] == "（略）"):
                out.append(piece)
        return "\n".join(out)

    before = side(part)
    after = side(nodes)
    return before if before != "（略）" else "（記載なし）", after
