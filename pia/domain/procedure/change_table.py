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
        a, b = self.shown or (self.before, self.after)
        return None if self.before is None else a, None if self.after is None else b

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
            out["withheld"] = [dict(w) for w in self.withheld]
        if self.where:
            out["where"] = self.where
        return out


def from_json(raw: Any) -> tuple[Row, ...]:
    """Rows out of {"rows": […]}. PiaError when they have another shape."""
    try:
        given = [r for r in raw["rows"] if not r.get("inherited")]
        if not all(map(_fits, given)):
            raise TypeError
        return tuple(
            Row(
                path=tuple(r["path"]),
                item=str(r["item"]),
                citation=str(r.get("citation", "")),
                op=str(r["op"]),
                before=r["before"],
                after=r["after"],
                at=r.get("at"),
                date=r.get("date"),
                timing=r.get("timing"),
                explanation=r.get("explanation"),
                withheld=tuple(r.get("withheld") or ()),
                where=r.get("where") or "",
            )
            for r in given
        )
    except (KeyError, TypeError, AttributeError) as e:
        raise PiaError(
            "変更箇所の表の形が正しくありません。pia change-table --format json または xlsx で作った表を指定してください。"
        ) from e


def _fits(r: Mapping[str, Any]) -> bool:
    """Whether a row's values are of the kinds a row has: keys, texts or null, a place with an index, ranges with offsets."""
    at, ranges = r.get("at"), r.get("withheld") or []
    return (
        isinstance(r["path"], list)
        and bool(r["path"])
        and all(isinstance(k, str) for k in r["path"])
        and all(
            isinstance(r.get(k), str | None)
            for k in ("before", "after", "date", "timing", "explanation", "where")
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
        and all(isinstance(w, dict) and isinstance(w.get("reason"), str) for w in ranges)
    )


def readable(form: Form, table: Sequence[Row]) -> tuple[Row, ...]:
    """Rows that came as JSON, with the texts as people read them. PiaError where a text cannot be of its item's kind."""

    def shown(r: Row) -> tuple[str, ...] | None:
        line = form.at(r.path)[0]
        return (
            shown_beside(
                *(from_text(line, t) if t is not None else None for t in (r.before, r.after))
            )
            if line is not None and line.answerable
            else None
        )

    return tuple(replace(r, shown=shown(r)) for r in table)


def outside(form: Form, tree: Tree) -> Tree:
    """The tree without the change table itself."""
    table = form.change_table
    kept = tuple(c for c in tree.children if table is None or c.key != table.key)
    return tree if len(kept) == len(tree.children) else Tree(tree.form, kept)


def rows(form: Form, old: Tree, new: Tree) -> tuple[Row, ...]:
    """The rows of a revision in the order of the form, without dates and explanations (`dated` adds them)."""
    a, b = outside(form, old), outside(form, new)
    cs = compare(a, b)
    found = names(form, a, b)
    said = describe(form, cs, a, b)
    out: dict[Path, Row] = {}
    for s in said:
        c = s.change
        path = s.item_path
        if c.level in ("entry", "section"):
            if c.kind == "renumbered":
                continue
            at: Mapping[str, Any] | None = (
                {"after": c.at.after, "index": c.at.index} if c.at else None
            )
            kept = tuple(marked.of_value(n.value)) if (n := b.find(path)) is not None else ()
            known = out.get(path)
            at, op = (known.at, known.op) if known is not None and at is None else (at, c.kind)
            out[path] = Row(
                path,
                s.item,
                citation(form, path, found),
                op,
                None,
                None,
                at,
                withheld=kept,
                procedure=s.procedure,
            )
            continue
        before, after = whole(form, a, item_path(c, old=True)), whole(form, b, path)
        known = out.get(path)
        where = "、".join(filter(None, (known.where if known else "", s.where)))
        op = "added" if before is None else "removed" if after is None else "modified"
        target = b.find(path)
        withheld = tuple(marked.of_item(target)) if target else ()
        shown = shown_beside(
            *(
                t.find(p) if x is not None else None
                for t, p, x in ((a, item_path(c, old=True), before), (b, path, after))
            )
        )
        out[path] = Row(
            path,
            s.item,
            citation(form, path, found),
            op,
            before,
            after,
            None,
            None,
            None,
            None,
            withheld,
            s.material,
            where,
            s.procedure,
            shown,
        )
    rank = _ranks(form, a, b)
    return tuple(sorted(out.values(), key=lambda r: rank(r.path)))


def _ranks(form: Form, *trees: Tree) -> Callable[[Path], tuple[Any, ...]]:
    """What to sort item and entry paths of both trees by: the order of the form, and of the entries as they stand in the later tree."""
    found: dict[Path, None] = {}
    for tree in reversed(trees):
        for path, n in walk(tree):
            if n.kind == "entry":
                found.setdefault(path)
    lines = {line.id: i for i, line in enumerate(form.walk())}
    entries: dict[Path, int] = {p: i for i, p in enumerate(found)}

    def rank(path: Path) -> tuple[Any, ...]:
        out: list[Any] = []
        for i in range(1, len(path) + 1):
            line, _, _ = form.at(path[:i])
            before = form.at(path[: i - 1])[0] if i > 1 else None
            out.append(
                (1, entries.get(path[:i], 0))
                if line is before
                else (0, lines.get(line.id if line else "", len(lines)))
            )
        return tuple(out)

    return rank


def timing(published: date | None, change: date | None) -> str | None:
    """R13: 事前 iff the submission and publication come before the change takes effect; unknown dates give no timing."""
    if published is None or change is None:
        return None
    return "事前" if published < change else "事後"


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
    for r in table:
        note = notes.get(r.path, {})
        usual = None if usual_timing is None else usual_words(r)
        out.append(
            replace(
                r,
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
    for path, n in walk(base):
        if n.kind in LEAVES:
            continue
        if n.kind == "repeat":
            orders[path] = [c.key for c in n.children]
        written = whole(form, base, path)
        if written is not None:
            texts[path] = (written, tuple(marked.of_item(n)))
    entries: dict[Path, tuple[Mapping[str, Any], ...]] = {
        p: tuple(marked.of_value(n.value)) for p, n in walk(base) if n.kind == "entry"
    }
    gone: dict[Path, set[str]] = {}
    put: dict[Path, list[tuple[int, str]]] = {}
    for r in table:
        line, _, rest = form.at(r.path)
        if line is None or rest:
            raise PiaError(
                f"変更箇所の表の「{r.citation or '/'.join(r.path)}」は、この様式（{form.id}）にない項目です。"
            )
        if r.before is None and r.after is None:
            parent = r.path[:-1]
            entries[r.path] = r.withheld
            if r.op in ("removed", "moved"):
                gone.setdefault(parent, set()).add(r.path[-1])
            if r.op in ("added", "moved"):
                put.setdefault(parent, []).append((int((r.at or {}).get("index", 0)), r.path[-1]))
        elif r.after is None:
            texts.pop(r.path, None)
        else:
            texts[r.path] = (r.after, r.withheld)
    for parent in {*gone, *put}:
        left = [k for k in orders.get(parent, []) if k not in gone.get(parent, ())]
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
                made_entries = [
                    _entry(k, entries.get((*here, k), ()), below(line.children, (*here, k)))
                    for k in orders.get(here, ())
                ]
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
    if not all(marked.fits(made, m) for m in marks):
        raise PiaError(f"変更箇所の表の「{line.label}」の非公表部分が、記載に合いません。")
    return marked.on_item(made, marks)


def prove(form: Form, old: Tree, new: Tree, table: Sequence[Row]) -> tuple[str, ...]:
    """Every way in which the table does not say exactly what turned `old` into `new` (R14); empty when it proves."""
    out: list[str] = []
    a, b = outside(form, old), outside(form, new)
    found = names(form, a, b)
    seen: set[Path] = set()
    for r in table:
        if r.path in seen:
            out.append(f"{r.citation or '/'.join(r.path)}：表に2回出てきます。")
        seen.add(r.path)
        if r.before is None and r.after is None:
            continue
        if whole(form, a, r.path) != r.before:
            out.append(f"{r.citation}：表の「変更前の記載」が、前回公表した版の記載と違います。")
    try:
        rebuilt = rebuild(form, old, table)
    except PiaError as e:
        return (*out, str(e))
    due = {r.path: r for r in rows(form, a, b)}
    out += [
        f"{r.citation}：本文は変わっていますが、表に行がありません。"
        for path, r in due.items()
        if path not in seen
    ]
    out += [
        f"{r.citation}：表に行がありますが、本文は変わっていません。"
        for r in table
        if r.path not in due and whole(form, b, r.path) == r.after
    ]
    if rebuilt.digest == b.digest:
        return tuple(dict.fromkeys(out))
    for s in describe(form, compare(rebuilt, b), rebuilt, b):
        said = citation(form, s.item_path, found)
        if s.change.level in ("entry", "section"):
            out.append(f"{said}：繰返し欄の追加・削除・順序が、表と本文で違います。")
        elif s.item_path in seen:
            out.append(f"{said}：表の「変更後の記載」が、本文と違います。")
        else:
            out.append(f"{said}：本文は変わっていますが、表に行がありません。")
    return tuple(dict.fromkeys(out))


def inherited(form: Form, tree: Tree) -> tuple[tuple[str, ...], ...]:
    """The cells of the rows the document already carries in its own change table."""
    table = form.change_table
    n = tree.find((table.key,)) if table else None
    return tuple(tuple(leaf.value["cells"]) for leaf in n.leaves) if n else ()


def shortened(r: Row) -> tuple[str, str]:
    """What the printed cells show: only the changed blocks, with （略） for the rest; （新設）, （削除） and （記載なし） where a side is empty."""
    from ..document.blocks import split

    if r.where:
        return "（図）", r.where
    old, new = r.read
    if old is None or new is None:
        return old or ("（新設）" if r.op == "added" else "－"), new or (
            "（削除）" if r.op == "removed" else "－"
        )
    if r.before == r.after:
        return old, new  # only marks of 非公表部分 were put on or taken off
    a, b = split(old)[0], split(new)[0]
    same = {n.content for n in a} & {n.content for n in b}
    if not same or len(a) + len(b) < 3:
        return old, new

    def side(blocks: Sequence[Node]) -> str:
        out: list[str] = []
        for n in blocks:
            piece = "（略）" if n.content in same else n.value["text"]
            if not (piece == "（略）" and out and out[-1] == "（略）"):
                out.append(piece)
        return "\n".join(out)

    before, after = side(a), side(b)
    return before if before != "（略）" else "（記載なし）", after
