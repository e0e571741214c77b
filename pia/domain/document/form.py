"""The official forms as data: which items there are, with number, label, kind, choices, repeats and
※ (規則第11条; 指針別表, unread).

A form is a tree of `FormNode`s read from one YAML file per official version (`pia/forms/`). Knows
how a path of keys meets the form. Must not know where the file lies nor what anybody answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .. import wareki
from ..errors import PiaError
from .tree import Node, Path, Tree, filtered, pruned

KINDS = frozenset(
    {
        "text",
        "choice_one",
        "choice_many",
        "number",
        "date",
        "yes_no",
        "table",
        "repeat_group",
        "figure",
        "group",
    }
)
# What a line is for, by which rules and papers find it in every form: a new form names its own.
ROLES = frozenset(
    [
        "cover",
        "cover_number",
        "cover_name",
        "cover_declaration",
        "cover_remarks",
        "cover_agency",
        "cover_published",
        "affair_name",
        "department",
        "stamp",
        "contents",
        "files",
        "annex_figures",
        "figures",
        "figure_title",
        "figure_drawing",
        "figure_remarks",
        "annex_items",
        "emergency_applied",
        "emergency_reason",
        "people_band",
        "people_day",
        "handlers_band",
        "handlers_day",
        "incident",
        "judged",
        "threshold_day",
        "threshold_result",
        "consultation_method",
        "consultation_period",
        "consultation_shortened",
        "consultation_opinions",
        "consultation_reflected",
        "review_day",
        "review_method",
        "review_result",
    ]
)
_KEYS = frozenset(
    [
        "id",
        "role",
        "number",
        "label",
        "kind",
        "size",
        "options",
        "mark",
        "material",
        "filled_by",
        "repeat",
        "columns",
        "entries",
        "heading_note",
        "printed_note",
        "label_parts",
        "fixed_text",
        "named_by",
        "shares",
        "source",
        "confidence",
        "mark_source",
        "doubt",
        "children",
    ]
)

_PLACE = re.compile(r"\{[^}]*\}")  # where a printed label has a number or a name


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an item. `free`: it has room for words beside its label."""

    label: str
    free: bool = False

    @property
    def around(self) -> tuple[str, str]:
        """What is printed before and after the free text: その他（ and ）."""
        before, _, after = self.label.partition("　")
        return before, after


@dataclass(frozen=True, slots=True, eq=False)
class FormNode:
    """One line of an official form. `repeated` nodes hold entries with stable keys; `shares` names
    the part whose entry keys they use; `role` says what the line is for (one of ROLES, or none).
    """

    id: str
    key: str
    label: str
    kind: str
    number: str = ""
    size: str = "long"
    options: tuple[Option, ...] = ()
    mark: str = ""
    material: bool = False
    procedure: bool = False
    fixed_text: str = ""
    printed_note: str = ""
    heading_note: str = ""
    label_parts: tuple[str, ...] = ()
    repeat: Mapping[str, Any] | None = None
    named_by: str = ""
    shares: str = ""
    columns: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    source: str = "knowledge"
    confidence: str = "low"
    mark_source: str = ""
    doubt: str = ""
    children: tuple[FormNode, ...] = ()
    parents: tuple[FormNode, ...] = ()
    by_key: Mapping[str, FormNode] = field(default_factory=dict)  # the children
    role: str = ""

    @property
    def part(self) -> FormNode:
        """The part of the form it is in; itself where it is one."""
        if self.parents:
            return self.parents[0]
        return self

    @property
    def path(self) -> Path:
        """The keys that lead to it, where nothing on the way is repeated."""
        return (*(parent.key for parent in self.parents), self.key)

    @property
    def repeated(self) -> bool:
        """Whether it holds entries with keys of their own."""
        return self.repeat is not None and self.kind in ("group", "repeat_group")

    @property
    def plain_label(self) -> str:
        """The label without its place for a number or a name: 委託事項 of 委託事項{n}; of a label
        that is nothing but a place, what is repeated there: 特定個人情報ファイル."""
        return _PLACE.sub("", self.label) or str((self.repeat or {}).get("per", ""))

    @property
    def answerable(self) -> bool:
        """Whether a person can write an answer here."""
        return self.kind not in ("group", "repeat_group")

    @property
    def mark_seen(self) -> bool:
        """Whether the ※ of this line was seen in a text of law or in a published document."""
        return self.mark_source.startswith(("law:", "src:"))

    @property
    def prints_stamp(self) -> bool:
        """The line that prints the form's own stamp, [平成30年5月　様式4]."""
        return self.role == "stamp"

    @property
    def node_kind(self) -> str:
        """The kind of the tree node that stands for this line."""
        if self.repeated:
            return "repeat"
        if self.kind == "repeat_group":
            return "group"
        return self.kind


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One official version of a form: its kind and stamp, what is printed on it, whether it was
    verified, and its parts. `unseen` says in Japanese what nobody has seen in a source.
    """

    kind: str
    stamp: str
    name: str
    number: str
    printed_title: str
    law: str
    verified: bool
    status: str  # for whoever mends the data, in English
    unseen: str
    parts: tuple[FormNode, ...]
    by_id: Mapping[str, FormNode] = field(default_factory=dict)
    by_key: Mapping[str, FormNode] = field(default_factory=dict)  # the parts
    by_role: Mapping[str, FormNode] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """all_item@平成30年5月: what a tree says it is written on."""
        return f"{self.kind}@{self.stamp}"

    @property
    def since(self) -> str:
        """The month its stamp names, 2018-05; empty for a form without a stamp."""
        return wareki.parse(self.stamp) or ""

    def walk(self) -> Iterator[FormNode]:
        """Every line, parents first, in the order of the form."""
        return iter(self.by_id.values())

    def at(self, path: Path) -> tuple[FormNode | None, tuple[str, ...], Path]:
        """The form's node a path leads to, the entry keys on the way, and what is left below it (an
        entry itself leaves nothing and adds its key).
        """
        level = self.by_key
        here = None
        entries = []
        index = 0
        size = len(path)
        while index < size:
            line = level.get(path[index])
            if line is None:
                break
            here = line
            level = line.by_key
            index = index + 1
            if line.repeated and index < size:
                entries.append(path[index])
                index += 1
        return here, tuple(entries), path[index:]

    def part_path(self, path: Path) -> Path:
        """The part a place stands in; of a repeated part, its entry."""
        part = self.by_key.get(path[0])
        if part is not None and part.repeated:
            return path[:2]
        return path[:1]

    def order(self, path: Path) -> Mapping[str, int]:
        """The order of the fixed keys directly below a path."""
        lines = self.parts
        if path:
            item, _, rest = self.at(path)
            if item is None or rest:
                return {}
            lines = item.children
        return {line.key: index for index, line in enumerate(lines)}

    @property
    def change_table(self) -> FormNode | None:
        """The item that holds 変更箇所: 別添3, 別添2 in 様式3, the end of 様式2."""
        for part in self.parts:
            if part.kind == "table" and part.procedure:
                return part
        return None


class _OpenForm(Form):
    """The form of plain text and Markdown: nothing is fixed."""

    __slots__ = ()


OPEN = _OpenForm("text", "1", "文章", "", "", "", True, "", "", ())


def parse(raw: Mapping[str, Any]) -> Form:
    """A form out of its YAML mapping. PiaError names the node that is wrong."""
    by_id: dict[str, FormNode] = {}
    parts = tuple(_node(line, (), False, by_id) for line in raw["nodes"])
    for item in by_id.values():
        for name in filter(None, (item.named_by, item.shares)):
            if name not in by_id:
                raise PiaError(f"様式の定義の {item.id} が、ない項目 {name} を指しています。")
    return Form(
        raw["kind"],
        raw["stamp"],
        raw["name"],
        raw["form"],
        raw["printed_title"],
        raw["law"],
        bool(raw["verified"]),
        raw.get("status", ""),
        raw.get("unseen", ""),
        parts,
        by_id,
        {part.key: part for part in parts},
        _by_role(by_id.values()),
    )


def _by_role(lines: Iterable[FormNode]) -> dict[str, FormNode]:
    """Role → the one line that has it."""
    by_role: dict[str, FormNode] = {}
    for line in lines:
        if not line.role:
            continue
        if line.role in by_role or line.role not in ROLES:
            raise PiaError(
                f"様式の定義の {line.id} の役割 {line.role} は、"
                "知らないか、ほかの項目にもあります。"
            )
        by_role[line.role] = line
    return by_role


def _node(
    line: Mapping[str, Any],
    parents: tuple[FormNode, ...],
    procedure: bool,
    by_id: dict[str, FormNode],
) -> FormNode:
    """A node and all below it, entered in `by_id`. `procedure`: what is above it is filled in by
    the procedure.
    """
    _check_keys(line)
    if line["id"] in by_id:
        raise PiaError(f"様式の定義に {line['id']} が2回あります。")
    procedure = procedure or line.get("filled_by") == "procedure"
    options = tuple(map(_option, line.get("options", ())))
    if (line["kind"] in ("choice_one", "choice_many")) != bool(options):
        raise PiaError(f"様式の定義の {line['id']} は、選択肢の有無と種類が合いません。")
    parsed = FormNode(
        id=line["id"],
        key=line["id"] if not parents else line["id"].rsplit("-", 1)[-1],
        label=line["label"],
        kind=line["kind"],
        number=line.get("number", ""),
        size=line.get("size", "long"),
        options=options,
        mark=line.get("mark", ""),
        material=bool(line.get("material")),
        procedure=procedure,
        fixed_text=line.get("fixed_text", ""),
        printed_note=line.get("printed_note", ""),
        heading_note=line.get("heading_note", ""),
        label_parts=tuple(line.get("label_parts", ())),
        repeat=line.get("repeat"),
        named_by=line.get("named_by", ""),
        shares=line.get("shares", ""),
        columns=tuple(column["label"] for column in line.get("columns", ())),
        entries=tuple(line.get("entries", ())),
        source=line.get("source", "knowledge"),
        confidence=line.get("confidence", "low"),
        mark_source=line.get("mark_source", ""),
        doubt=line.get("doubt", ""),
        role=line.get("role", ""),
        parents=parents,
    )
    by_id[parsed.id] = parsed
    below = []
    for child in line.get("children", ()):
        below.append(_node(child, (*parents, parsed), procedure, by_id))
    by_key = {item.key: item for item in below}
    if len(by_key) != len(below):
        raise PiaError(f"様式の定義の {parsed.id} の下に、同じ鍵の項目があります。")
    # A node is frozen; its children know it, so they come after it.
    object.__setattr__(parsed, "children", tuple(below))
    object.__setattr__(parsed, "by_key", by_key)
    return parsed


def _check_keys(line: Mapping[str, Any]) -> None:
    unknown = set(line) - _KEYS
    if unknown or "id" not in line or "label" not in line or line.get("kind") not in KINDS:
        raise PiaError(
            f"様式の定義の {line.get('id', '（idなし）')} に誤りがあります"
            f"（{'、'.join(sorted(unknown)) or 'id・label・kind'}）。"
        )


def _option(given: Any) -> Option:
    if isinstance(given, Mapping):
        return Option(label=given["label"], free=bool(given.get("free")))
    return Option(given)


def reviewed(form: Form, tree: Tree) -> Tree:
    """The part of a document that a third party checks: everything the procedure does not fill
    in. For its digest: a part that was seen before may come with the values it had then."""
    procedure = []
    for node in form.walk():
        if node.procedure:
            procedure.append(node)
    ids = {node.id for node in procedure}

    def kept(path: Path, _: Node) -> bool:
        line = form.at(path)[0]
        return line is None or line.id not in ids

    # Most parts hold nothing of the procedure; they are kept as they are, without asking the form
    # about each node.
    mixed = {node.part.key for node in procedure}
    asked = Tree(tree.form, tuple(child for child in tree.children if child.key in mixed))
    left = {child.key: child for child in filtered(asked, kept).children}
    children = []
    for child in tree.children:
        if child.key in mixed:
            kept_part = left.get(child.key)
        else:
            kept_part = _pruned_part(child)
        if kept_part is not None:
            children.append(kept_part)
    return Tree(tree.form, tuple(children))


@lru_cache(maxsize=64)
def _pruned_part(part: Node) -> Node | None:
    """A part without what holds nothing. Every save asks for all of them, and changes one."""
    return next(iter(pruned(Tree("", (part,))).children), None)
