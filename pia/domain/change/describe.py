"""Says a change in the words of the form: number, label, official citation, whether the item is a ※
item, and where in a figure it happened.

Knows forms, trees and ChangeSets. Must not know the round, the reason or any page; those are handed
in. Numbers are derived from the place here and stand in no digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any

from ..canonical import canonical
from ..document import marked
from ..document.blocks import told
from ..document.form import OPEN, Form, FormNode
from ..document.texts import BETWEEN, leaf_text, one_line, shown_beside, text_of
from ..document.tree import LEAVES, UNLOADED, Node, Path, Tree
from ..text import numbering
from ..text.spans import Span, Spans, spans
from . import details as typed
from . import figure_words
from .model import ANY, Added, Change, ChangeSet, Modified, Moved, Place, Removed, Renumbered

_STRANGE = "（様式にない欄）"  # a place the form does not have
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_LONGEST_NAME = 60  # a name that is a whole sentence would bury the number
# path of an entry -> (its number among its siblings, the name it was given)
Names = Mapping[Path, tuple[int, str]]


def names(form: Form, *trees: Tree) -> dict[Path, tuple[int, str]]:
    """Numbers and names of all repeated entries; a later tree's win."""
    named: dict[Path, tuple[int, str]] = {}
    by_file: dict[tuple[str, str], str] = {}
    for tree in trees:
        for path, node in _repeats(tree):
            line = form.at(path)[0]
            if line is None:
                continue
            for number, entry in enumerate(node.children, 1):
                file = (line.shares or line.id, entry.key)
                name = _entry_name(form, line, entry) or by_file.get(file, "")
                by_file.setdefault(file, name)
                named[(*path, entry.key)] = (number, name)
    return named | _shared_names(form, named)


def _shared_names(form: Form, named: Mapping[Path, tuple[int, str]]) -> dict[Path, tuple[int, str]]:
    """The entries of a part in which nothing is written yet, by the part whose entries it has: a
    ファイル is called alike in Ⅱ, in Ⅲ and in 別添2."""
    shared = {}
    for line in form.walk():
        if not line.shares:
            continue
        root = form.by_id[line.shares].path
        for path, name in named.items():
            spot = (*line.path, path[-1])
            if path[:-1] == root and not named.get(spot, (0, ""))[1]:
                shared[spot] = name
    return shared


def _repeats(tree: Tree) -> Iterator[tuple[Path, Node]]:
    """Every node that holds entries, with its path, parents first."""
    waiting: list[tuple[Path, Tree | Node]] = [((), tree)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, Node) and node.kind == "repeat":
            yield path, node
        for child in reversed(node.children):
            if child.children:
                waiting.append(((*path, child.key), child))


def _entry_name(form: Form, line: FormNode, entry: Node) -> str:
    """The name an entry gives itself; empty where it has none, or is not read from the store."""
    if not line.named_by:
        return ""
    item = entry.child(form.by_id[line.named_by].key)
    if item is None or UNLOADED in [leaf.value for leaf in item.leaves]:
        return ""
    return one_line(text_of(item))


def _entry(line: FormNode, path: Path, entry_names: Names) -> str:
    """（国保給付ファイル） for a repeated part, 委託事項１（…） for a repeated block; an entry
    without a name by its number alone, never by its key."""
    number, name = entry_names.get(path, (0, ""))
    counted = numbered(line, number)
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}…"
    if "{n}" in line.label:
        return f"{counted}（{name}）" if name else counted
    return f"（{name or counted}）"


def numbered(line: FormNode, number: int) -> str:
    """An entry by its number among its siblings (from 1; 0 where it is not known): 委託事項６."""
    return line.plain_label + str(number or "").translate(_WIDE)


def _steps(form: Form, path: Path) -> list[tuple[FormNode, Path | None]]:
    """The form's nodes on the way to a path, each with the path of its entry where it is
    repeated."""
    here, _, rest = form.at(path)
    if here is None:
        return []
    out: list[tuple[FormNode, Path | None]] = []
    at = 0
    for line in (*here.parents, here):
        at += 1
        entry = None
        if line.repeated and at < len(path) - len(rest) + (1 if rest else 0) and at < len(path):
            at += 1
            entry = path[:at]
        out.append((line, entry))
    return out


def item_path(c: Change, old: bool = False) -> Path:
    """The path of the item (or entry) a change belongs to: a block's, row's or shape's own key is
    cut off.
    """
    if old:
        path = c.was or c.path
    else:
        path = c.path
    if c.level in LEAVES:
        return path[:-1]
    return path


def label(form: Form, path: Path, entry_names: Names, leaf: str = "", nth: int = 1) -> str:
    """Short and citable: Ⅱ（国保給付ファイル）６．①保管場所 ＜ガバメントクラウドにおける措置＞;
    `leaf` names a block, row or shape, `nth` which of several alike it is.
    """
    if nth > 1:
        again = f"（{nth}番目）"
    else:
        again = ""
    line, _, rest = form.at(path)
    if line is None:
        return f"{_STRANGE}{again}"
    place = _place_label(_steps(form, path[: len(path) - len(rest)]), entry_names)
    if rest:
        return f"{place} {_STRANGE}{again}"
    if not leaf:
        if again:
            return f"{place} {again}"
        return place
    if line.kind == "text":
        return f"{place} ＜{leaf}＞{again}"
    return f"{place} 「{leaf}」{again}"


def _place_label(steps: list[tuple[FormNode, Path | None]], entry_names: Names) -> str:
    """The numbers on the way; words from the last number or entry on."""
    last = 0
    for index, (line, entry) in enumerate(steps):
        if line.number or entry:
            last = index
    words = ""
    for index, (line, entry) in enumerate(steps):
        number = line.number.translate(_WIDE)
        if index == 0:
            words = number or line.label
        elif entry or index < last:
            words += number
        else:
            spaced = not number and not words.endswith(("．", "）", "："))
            words += (" " if spaced else "") + number + line.plain_label
        if entry:
            words += _entry(line, entry, entry_names)
    return words


def leaf_name(c: Change) -> tuple[str, int]:
    """The words people know a changed block, row or shape by, and which of several alike it is;
    nothing for any other change."""
    if c.level not in LEAVES:
        return "", 1
    if c.after is not None:
        leaf = c.after
    else:
        leaf = c.before
    key = c.path[-1]
    if leaf is None or leaf is ANY or leaf.value is UNLOADED:
        return key, 1
    return told(leaf.kind, leaf.value, key)


def citation(form: Form, path: Path, entry_names: Names) -> str:
    """As the 項目 column of 変更箇所 names it: every heading on the way, with the ファイル:
    Ⅱ特定個人情報ファイルの概要（…） 6．… ①保管場所.
    """
    out = []
    for index, (line, entry) in enumerate(_steps(form, path)):
        words = f"{line.number}{line.label}"
        if entry:
            if "{" in line.label:
                words = _entry(line, entry, entry_names)
            else:
                words = words + _entry(line, entry, entry_names)
        elif line.kind == "repeat_group":
            continue
        if (index and "{n}" not in line.label) or index == 0 or entry:
            out.append(words)
    return "　".join(out)


def numbers(line: FormNode) -> str:
    """The official numbers on the way to a line, as people cite it: Ⅱ６①. A line without a number
    of its own adds its label.
    """
    out = "".join(x.number.translate(_WIDE) for x in (*line.parents, line)).replace("．", "")
    if line.number or not line.answerable:
        return out
    return f"{out} {line.label}".strip()


def basis(form: Form, path: Path) -> str:
    """Why an item counts: "※ Ⅱ６①"; empty where it is not a ※ item."""
    here, _, _ = form.at(path)
    if here is None or not here.material:
        return ""
    return "※ " + "".join(x.number.translate(_WIDE) for x in (*here.parents, here)).replace(
        "．", ""
    )


def fingerprint(form: Form, c: Change) -> str:
    """What makes the same change in several documents the same: (item with repeats as *, kind,
    before digest, after digest).
    """
    path = item_path(c)
    entries = set()
    for _, entry in _steps(form, path):
        if entry:
            entries.add(len(entry) - 1)
    keys = []
    for index, key in enumerate(path):
        if index in entries:
            keys.append("*")
        else:
            keys.append(key)
    if c.before is not None and c.before is not ANY:
        before = c.before.content
    else:
        before = None
    if c.after is not None:
        after = c.after.content
    else:
        after = None
    return sha256(canonical(["-".join(keys), c.kind, before, after])).hexdigest()


_BEGINNING = 24
_ONLY_FEEDS = "改行と空白だけの違いです。語は同じです"
_ONLY_NOTATION = "表記（全角・半角、句読点、字体など）だけの違いです。語は同じです"


@dataclass(frozen=True, slots=True)
class DescribedChange:
    """One change with everything a reader needs. `before` and `after` are the reversible texts
    (None where there is none), which files carry; `shown` is what people read, with the marks of
    `shown_spans`; `where` a sentence for figures, `marking` one for marks of 非公表部分 put on or
    taken off.
    """

    change: Change
    item: str
    item_path: Path
    label: str
    citation: str
    material: bool
    basis: str
    procedure: bool
    before: str | None
    after: str | None
    fingerprint: str
    where: str = ""
    columns: tuple[str, ...] = ()
    between: str = BETWEEN
    marking: str = ""

    @property
    def only_marks(self) -> bool:
        """Whether the words are the same and only marks were put on or taken off."""
        change = self.change
        same = (
            change.before is None
            or change.after is None
            or marked.same_words(change.before, change.after)
            or self.shown[0] == self.shown[1]
        )
        return bool(self.marking) and same and (self.before or "") == (self.after or "")

    @property
    def shown(self) -> tuple[str, str]:
        """Before and after as a person reads them; "" where there is none."""
        change = self.change
        if self.before is None and self.after is None:
            return ("", "")
        before, after = shown_beside(
            change.before, change.after, columns=self.columns, between=self.between
        )
        return (before, after)

    @property
    def place(self) -> str:
        """The changed place within its item: ＜ガバメントクラウドにおける措置＞, 「…」 of a row or
        shape; 見出しの前 for the lead; empty for a whole item.
        """
        if self.change.level not in LEAVES:
            return ""
        return place_words(self.change.level, *leaf_name(self.change))

    @property
    def moved(self) -> str:
        """Where a moved place stands now: ＜…＞の後, はじめ; empty for any other change."""
        if not isinstance(self.change, Moved):
            return ""
        at = self.change.at
        if at.after is None:
            return "はじめ"
        base, _, again = at.after.rpartition(" #")
        if again.isdigit():
            there = (base, int(again))
        else:
            there = (at.after, 1)
        return f"{place_words(self.change.level, *there)}の後"

    def spans(self, view: str = "phrase") -> Spans:
        """How the reversible texts differ."""
        return self._spans(self.before or "", self.after or "", view)

    def shown_spans(self, view: str = "phrase") -> Spans:
        """How the texts of `shown` differ."""
        return self._spans(*self.shown, view)

    def _spans(self, a: str, b: str, view: str) -> Spans:
        node = self.change.after or self.change.before
        if node is not None:
            kind = node.kind
        else:
            kind = ""
        if kind == "choice_one" and a and b and a != b:
            # One option for another: marks inside the wording would say that the option itself was
            # edited.
            return Spans.of(
                (Span("delete", 0, len(a), 0, 0), Span("insert", len(a), len(a), 0, len(b)))
            )
        found = spans(a, b, view)
        if isinstance(self.change, Renumbered):
            return Spans.of(_as_numbers(found), found.coarse)
        return found

    def remarks(self, view: str = "phrase") -> tuple[str, ...]:
        """What is said once beside the marks: that numbers shifted, and that nothing but notation
        differs."""
        old, new = self.shown
        if not old or not new or old == new or self.where:
            return ()
        found = self.shown_spans(view)
        shifts = []
        for span in found:
            if span.op == "renumbered":
                shifts.append((old[span.a0 : span.a1], new[span.b0 : span.b1]))
        sentences = [numbering.said(shifts)]
        kinds = {span.op for span in found} - {"equal"}
        if kinds == {"notation"} and all(span.move is None for span in found):
            feeds = all(span.line_feed for span in found if span.op == "notation")
            sentences.append(_ONLY_FEEDS if feeds else _ONLY_NOTATION)
        return tuple(filter(None, sentences))


@dataclass(frozen=True, slots=True)
class Shifted:
    """Changes of one item that follow each other and are nothing but shifted numbers: told once."""

    changes: tuple[DescribedChange, ...]

    @property
    def label(self) -> str:
        """The first of them."""
        return self.changes[0].label

    @property
    def sentence(self) -> str:
        """③以降の番号が1つずつ繰り下がります（6件）."""
        shifts = []
        for described in self.changes:
            old, new = described.shown
            for span in described.shown_spans():
                if span.op == "renumbered":
                    shifts.append((old[span.a0 : span.a1], new[span.b0 : span.b1]))
        words = numbering.said(shifts) or "番号だけが変わりました"
        return f"{words}（{len(self.changes)}件）"


def told_once(changes: Iterable[DescribedChange]) -> list[DescribedChange | Shifted]:
    """The changes as people are told them: numbers that shifted one after the other as one."""
    out: list[DescribedChange | Shifted] = []
    for numbers_only, run in groupby(changes, key=_shift_of):
        together = tuple(run)
        if numbers_only is not None and len(together) > 1:
            out.append(Shifted(together))
        else:
            out += together
    return out


def _shift_of(described: DescribedChange) -> Path | None:
    """The item of a change of nothing but a number in a text; None for any other."""
    if isinstance(described.change, Renumbered) and described.before and described.after:
        return described.item_path
    return None


def _as_numbers(found: Iterable[Span]) -> Iterator[Span]:
    """The spans of what differs in its number only: one number for another is a renumbering."""
    gone: Span | None = None
    for span in found:
        if span.op == "delete":
            gone = span
            continue
        if gone and span.op == "insert":
            yield Span("renumbered", gone.a0, gone.a1, span.b0, span.b1)
            gone = None
            continue
        if gone:
            yield gone
            gone = None
        yield span
    if gone:
        yield gone


def place_words(level: str, words: str, nth: int = 1) -> str:
    """A block by its heading, a row or shape by its beginning. The second of two alike says so."""
    if nth > 1:
        number = f"（{nth}番目）"
    else:
        number = ""
    if level == "block":
        return (f"＜{words}＞" if words else "見出しの前") + number
    return f"「{words}」{number}"


def describe(
    form: Form, cs: ChangeSet, old: Tree | None = None, new: Tree | None = None
) -> tuple[DescribedChange, ...]:
    """Every change said in the form's words. The trees give the names of entries and what else
    stands in a figure.
    """
    entry_names = names(form, *(tree for tree in (old, new) if tree is not None))
    out = []
    for change in map(_kind_as_said, cs):
        if change.level == "shape":
            where = _figure_sentence(change, old, new)
        else:
            where = ""
        out.append(_described(form, change, entry_names, where))
    return tuple(out)


def _described(form: Form, change: Change, entry_names: Names, where: str) -> DescribedChange:
    path = item_path(change)
    line = form.at(path)[0]
    moved = change.kind in ("moved", "renumbered") and change.level != "row"
    name, nth = leaf_name(change)
    return DescribedChange(
        change=change,
        item=line.id if line else "",
        item_path=path,
        label=_open_label(change) if form is OPEN else label(form, path, entry_names, name, nth),
        citation=citation(form, path, entry_names),
        material=bool(line and line.material and not moved),
        basis="" if moved else basis(form, path),
        procedure=bool(line and line.procedure),
        before=_reversible(change, change.before),
        after=_reversible(change, change.after),
        fingerprint=fingerprint(form, change),
        where=where,
        columns=tuple(line.columns) if line and change.level == "row" else (),
        marking=_marking(change),
    )


def _open_label(change: Change) -> str:
    """Where a change of a document without a form stands: the headings on the way, and how the
    paragraph begins."""
    words = [heading.lstrip("#").strip() for heading in change.path]
    if change.level in LEAVES:
        leaf = change.after or change.before
        text = ""
        if leaf is not None and leaf is not ANY and leaf.value is not UNLOADED:
            text = str(leaf.value.get("text", ""))
        words[-1] = f"「{_beginning(text)}」"
    return "　".join(word for word in words if word)


def _beginning(text: str) -> str:
    line = text.strip().split("\n")[0]
    if len(line) > _BEGINNING:
        return f"{line[:_BEGINNING]}…"
    return line


def _figure_sentence(change: Change, old: Tree | None, new: Tree | None) -> str:
    figures = []
    for tree in (old, new):
        figures.append(tree.find(item_path(change)) if tree else None)
    return figure_words.words(change, *figures)


def _reversible(change: Change, node: Node | None) -> str | None:
    """The text a change carries of one side; an entry has none of its own."""
    if node is None or change.level == "entry":
        return None
    return leaf_text(node)


def _kind_as_said(change: Change) -> Change:
    """An item whose content is nothing but its marks was not added or removed by them."""
    if change.level != "item" or not isinstance(change, Added | Removed):
        return change
    if not marked.alone(change.after or change.before):
        return change
    return Modified("item", change.path, change.path, change.before, change.after)


def _marking(c: Change) -> str:
    sides = []
    for node in (c.before, c.after):
        if node is not None:
            sides.append(node)
    if (
        isinstance(c, Removed)
        or any(side is ANY or side.value is UNLOADED for side in sides)
        or (c.before is None and c.level in LEAVES)
    ):
        return ""
    return marked.sentence(c.before, c.after)


def as_json(
    form: Form,
    cs: ChangeSet,
    changes: tuple[DescribedChange, ...],
    *,
    refs: tuple[str, str],
    view: str = "phrase",
    why: Mapping[Path, tuple[str | None, list[dict[str, Any]]]] | None = None,
    pages: Mapping[Path, dict[str, int]] | None = None,
) -> dict[str, Any]:
    """The ChangeSet of docs/contracts.md. `refs` names the old and the new version; `why` maps a
    change's path to (reason, sources), `pages` an item's path (of an open text a paragraph's) to
    its pages.
    """
    why = why or {}
    pages = pages or {}
    entries = []
    for described in changes:
        reason, sources = why.get(described.change.path, (None, []))
        page = None
        at = described.change.path if described.change.path in pages else described.item_path
        if at in pages:
            page = {"old": None, "new": None, **pages[at]}
        entries.append(_change_as_json(described, view) | _cause(described, reason, sources, page))
    if cs.coarse:
        coarse = {"coarse": True}
    else:
        coarse = {}
    return {
        **coarse,
        "old": {"ref": refs[0], "digest": cs.old_digest, "form": cs.old_form},
        "new": {"ref": refs[1], "digest": cs.new_digest, "form": cs.new_form},
        "summary": cs.summary,
        "changes": entries,
    }


def _change_as_json(described: DescribedChange, view: str) -> dict[str, Any]:
    """What the texts tell of one change, in the order of the contract."""
    change = described.change
    spans = described.spans(view)
    record: dict[str, Any] = {"path": list(change.path)}
    if change.was is not None and change.was != change.path:
        record["was"] = list(change.was)
    record.update(
        level=change.level,
        item=described.item,
        label=described.label,
        citation=described.citation,
        kind=change.kind,
        at=_place_as_json(change.at),
        before=described.before,
        after=described.after,
        spans=list(map(_span_as_json, spans)),
    )
    if spans.coarse:
        record["coarse"] = True
    record["details"] = details(change, described.where)
    for sentence in described.remarks(view):
        record["details"].append({"field": "remark", "said": sentence})
    return record


def _cause(
    described: DescribedChange,
    reason: str | None,
    sources: list[dict[str, Any]],
    page: dict[str, Any] | None,
) -> dict[str, Any]:
    """What the form and the record tell of one change, in the order of the contract."""
    return {
        "material": {"flag": described.material, "basis": described.basis or None},
        "procedure": described.procedure,
        "reason": reason,
        "sources": sources,
        "fingerprint": described.fingerprint,
        "page": page,
    }


def _place_as_json(at: Place | None) -> dict[str, Any] | None:
    if at is None:
        return None
    record: dict[str, Any] = {"parent": list(at.parent), "after": at.after, "index": at.index}
    if at.extra:
        record["extra"] = at.extra
    return record


def _span_as_json(span: Span) -> dict[str, Any]:
    record = {
        "op": span.op,
        "old": [span.a0, span.a1],
        "new": [span.b0, span.b1],
        "move": span.move,
    }
    if span.line_feed:
        record["line_feed"] = True
    return record


def details(c: Change, where: str = "") -> list[dict[str, Any]]:
    """What differs inside a value as typed records, after the sentence that says a figure's change;
    a changed number of line feeds is one too.
    """
    if where:
        out: list[dict[str, Any]] = [{"field": "place", "said": where}]
    else:
        out = []
    if marking := _marking(c):
        out.append({"field": "withheld", "said": marking})
    out += typed.details(c)
    if isinstance(c, Modified) and c.at is not None:
        out.append({"field": "gap", "after": c.at.extra})
    return out


def whole(form: Form, tree: Tree | None, path: Path) -> str | None:
    """The whole reversible text of one item; None where the document has none."""
    if tree:
        node = tree.find(path)
    else:
        node = None
    if node is None or node.kind in LEAVES or not (node.content or node.leaves):
        return None
    return text_of(node)
