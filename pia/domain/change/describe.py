"""Says a change in the words of the form: number, label, official citation, whether the item is a ※ item, and where in a figure it happened.

Knows forms, trees and ChangeSets. Must not know the round, the reason or any page; those are handed in. Numbers are derived from the place here and
stand in no digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..canonical import canonical, sha256
from ..document.blocks import told
from ..document.form import Form, FormNode
from ..document.items import BETWEEN, leaf_text, one_line, shown_beside, text_of
from ..document.tree import LEAVES, UNLOADED, Node, Path, Tree, walk
from ..text.spans import Span, Spans, spans
from ..withheld import marked
from . import details as typed
from . import figure_words
from .compare import ANY, Change, ChangeSet

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_LONGEST_NAME = 60  # a name that is a whole sentence would bury the number
# path of an entry -> (its number among its siblings, the name it was given)
Names = Mapping[Path, tuple[int, str]]


def names(form: Form, *trees: Tree) -> dict[Path, tuple[int, str]]:
    """Numbers and names of all repeated entries; a later tree's win."""
    out: dict[Path, tuple[int, str]] = {}
    by_file: dict[tuple[str, str], str] = {}
    for tree in trees:
        for path, node in walk(tree):
            if node.kind != "repeat":
                continue
            line = form.at(path)[0]
            if line is None:
                continue
            if line.named_by:
                named = form.by_id[line.named_by].key
            else:
                named = ""
            for number, child in enumerate(node.children, 1):
                if named:
                    own = child.child(named)
                else:
                    own = None
                if own and UNLOADED not in [leave.value for leave in own.leaves]:
                    name = one_line(text_of(own))
                else:
                    name = ""
                where = line.shares or line.id
                name = name or by_file.get((where, child.key), "")
                by_file.setdefault((where, child.key), name)
                out[(*path, child.key)] = (number, name)
    return out


def _entry(line: FormNode, path: Path, found: Names) -> str:
    """（国保給付ファイル） for a repeated part, 委託事項１（…） for a repeated block."""
    number, name = found.get(path, (0, ""))
    name = name or path[-1]
    if len(name) <= _LONGEST_NAME:
        name = name
    else:
        name = f"{name[:_LONGEST_NAME]}…"
    if "{n}" in line.label:
        return line.label.replace("{n}", str(number or "").translate(_WIDE)) + f"（{name}）"
    return f"（{name}）"


def _steps(form: Form, path: Path) -> list[tuple[FormNode, Path | None]]:
    """The form's nodes on the way to a path, each with the path of its entry where it is repeated."""
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
    """The path of the item (or entry) a change belongs to: a block's, row's or shape's own key is cut off."""
    if old:
        path = c.was or c.path
    else:
        path = c.path
    if c.level in LEAVES:
        return path[:-1]
    return path


def label(form: Form, path: Path, found: Names, leaf: str = "", nth: int = 1) -> str:
    """Short and citable: Ⅱ（国保給付ファイル）６．①保管場所 ＜ガバメントクラウドにおける措置＞; `leaf` names a block, row or shape,
    `nth` which of several
    alike it is."""
    if nth > 1:
        again = f"（{nth}番目）"
    else:
        again = ""
    here, _, rest = form.at(path)
    if here is None or rest:
        return " ＞ ".join(filter(None, (*path, leaf + again)))
    steps = _steps(form, path)
    last = max(
        (index for index, (line, entry) in enumerate(steps) if line.number or entry), default=0
    )
    out = ""
    for index, (line, entry) in enumerate(steps):
        number = line.number.translate(_WIDE)
        if index == 0:
            out += number or line.label
        elif entry:
            out += number
        elif index >= last or (not line.number and index == len(steps) - 1):
            words = line.label.replace("{n}", "")
            if number or out.endswith(("．", "）", "：")):
                out += number + words
            else:
                out += f" {words}"
        else:
            out += number
        if entry:
            out += _entry(line, entry, found)
    if not leaf:
        if again:
            return f"{out} {again}"
        return out
    return out + (f" ＜{leaf}＞" if here.kind == "text" else f" 「{leaf}」") + again


def leaf_name(c: Change) -> tuple[str, int]:
    """The words people know a changed block, row or shape by, and which of several alike it is;
    nothing for any other change."""
    if c.level not in LEAVES:
        return "", 1
    if c.after is not None:
        there = c.after
    else:
        there = c.before
    key = c.path[-1]
    if there is None or there is ANY or there.value is UNLOADED:
        return key, 1
    return told(there.kind, there.value, key)


def citation(form: Form, path: Path, found: Names) -> str:
    """As the 項目 column of 変更箇所 names it: every heading on the way, with the ファイル: Ⅱ特定個人情報ファイルの概要（…）　6．…　①保管場所."""
    out = []
    for index, (line, entry) in enumerate(_steps(form, path)):
        words = f"{line.number}{line.label}"
        if entry:
            if "{" in line.label:
                words = _entry(line, entry, found)
            else:
                words = words + _entry(line, entry, found)
        elif line.kind == "repeat_group":
            continue
        if (index and "{n}" not in line.label) or index == 0 or entry:
            out.append(words)
    return "　".join(out)


def numbers(line: FormNode) -> str:
    """The official numbers on the way to a line, as people cite it: Ⅱ６①. A line without a number of its own adds its label."""
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
    """What makes the same change in several documents the same: (item with repeats as *, kind, before digest, after digest)."""
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


@dataclass(frozen=True, slots=True)
class Said:
    """One change with everything a reader needs. `before` and `after` are the reversible texts (None where there is none), which files carry; `shown` is what
    people read, with the marks of `shown_spans`; `where` a sentence for figures, `marking` one for marks of 非公表部分 put on or taken off."""

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
        text, this_text = shown_beside(
            change.before, change.after, columns=self.columns, between=self.between
        )
        return (text, this_text)

    @property
    def place(self) -> str:
        """The changed place within its item: ＜ガバメントクラウドにおける措置＞, 「…」 of a row or shape; 見出しの前 for the lead; empty for a whole item."""
        if self.change.level not in LEAVES:
            return ""
        return place_words(self.change.level, *leaf_name(self.change))

    @property
    def moved(self) -> str:
        """Where a moved place stands now: ＜…＞の後, はじめ; empty for any other change."""
        at = self.change.at
        if self.change.kind != "moved" or at is None:
            return ""
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
            # One option for another: marks inside the wording would say that the option itself was edited.
            return Spans.of(
                (Span("delete", 0, len(a), 0, 0), Span("insert", len(a), len(a), 0, len(b)))
            )
        return spans(a, b, view)


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
) -> tuple[Said, ...]:
    """Every change said in the form's words. The trees give the names of entries and what else stands in a figure."""
    found = names(form, *(tree for tree in (old, new) if tree is not None))
    out = []
    for change in map(_kind_as_said, cs):
        path = item_path(change)
        here = form.at(path)[0]
        moved = change.kind in ("moved", "renumbered") and change.level != "row"
        name, nth = leaf_name(change)
        out.append(
            Said(
                change=change,
                item=here.id if here else "",
                item_path=path,
                label=label(form, path, found, name, nth),
                citation=citation(form, path, found),
                material=bool(here and here.material and not moved),
                basis=basis(form, path) if not moved else "",
                procedure=bool(here and here.procedure),
                before=leaf_text(change.before)
                if change.before is not None and change.level != "entry"
                else None,
                after=leaf_text(change.after)
                if change.after is not None and change.level != "entry"
                else None,
                fingerprint=fingerprint(form, change),
                where=figure_words.words(
                    change, *((tree.find(path) if tree else None) for tree in (old, new))
                )
                if change.level == "shape"
                else "",
                columns=tuple(here.columns) if here and change.level == "row" else (),
                marking=_marking(change),
            )
        )
    return tuple(out)


def _kind_as_said(c: Change) -> Change:
    """An item whose content is nothing but its marks was not added or removed by them."""
    if c.after is not None:
        there = c.after
    else:
        there = c.before
    only = (
        c.level == "item"
        and c.kind in ("added", "removed")
        and isinstance(there, Node)
        and marked.alone(there)
    )
    if only:
        return replace(c, kind="modified")
    return c


def _marking(c: Change) -> str:
    sides = []
    for node in (c.before, c.after):
        if node is not None:
            sides.append(node)
    if (
        c.kind == "removed"
        or any(side is ANY or side.value is UNLOADED for side in sides)
        or (c.before is None and c.level in LEAVES)
    ):
        return ""
    return marked.sentence(c.before, c.after)


def as_json(
    form: Form,
    cs: ChangeSet,
    said: tuple[Said, ...],
    *,
    old_ref: str,
    new_ref: str,
    view: str = "phrase",
    why: Mapping[Path, tuple[str | None, list[dict[str, Any]]]] | None = None,
    pages: Mapping[Path, dict[str, int]] | None = None,
) -> dict[str, Any]:
    """The ChangeSet of docs/contracts.md. `why` maps a change's path to (reason, sources)."""
    why = why or {}
    pages = pages or {}

    def one(this_said: Said) -> dict[str, Any]:
        change = this_said.change
        reason, sources = why.get(this_said.change.path, (None, []))
        found = this_said.spans(view)
        return {
            "path": list(change.path),
            **(
                {"was": list(change.was)}
                if change.was is not None and change.was != change.path
                else {}
            ),
            "level": change.level,
            "item": this_said.item,
            "label": this_said.label,
            "citation": this_said.citation,
            "kind": change.kind,
            "at": {
                "parent": list(change.at.parent),
                "after": change.at.after,
                "index": change.at.index,
                **({"extra": change.at.extra} if change.at.extra else {}),
            }
            if change.at
            else None,
            "before": this_said.before,
            "after": this_said.after,
            "spans": [
                {
                    "op": span.op,
                    "old": [span.a0, span.a1],
                    "new": [span.b0, span.b1],
                    "move": span.move,
                }
                for span in found
            ],
            **({"coarse": True} if found.coarse else {}),
            "details": details(change, this_said.where),
            "material": {"flag": this_said.material, "basis": this_said.basis or None},
            "procedure": this_said.procedure,
            "reason": reason,
            "sources": sources,
            "fingerprint": this_said.fingerprint,
            "page": {"old": None, "new": None, **pages[this_said.item_path]}
            if this_said.item_path in pages
            else None,
        }

    return {
        **({"coarse": True} if cs.extra.get("coarse") else {}),
        "old": {"ref": old_ref, "digest": cs.old_digest, "form": cs.old_form},
        "new": {"ref": new_ref, "digest": cs.new_digest, "form": cs.new_form},
        "summary": cs.summary,
        "changes": [one(each_said) for each_said in said],
    }


def details(c: Change, where: str = "") -> list[dict[str, Any]]:
    """What differs inside a value as typed records, after the sentence that says a figure's change; a changed number of line feeds is one too."""
    if where:
        out: list[dict[str, Any]] = [{"field": "place", "said": where}]
    else:
        out = []
    if marking := _marking(c):
        out.append({"field": "withheld", "said": marking})
    out += typed.details(c)
    if c.kind == "modified" and c.at is not None:
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
