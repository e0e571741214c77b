"""The form of a register as data: its fields are a `Form` like any other, with the words of its
acts, the fields that must be filled and what a field is for (個人情報保護法第75条第1項・第5項).

Knows how a city's own form is made from the shipped one. Must not know where the data lies, records
or who writes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as member_of
from typing import Any

from ..document.form import Form, FormNode
from ..document.form import parse as parse_form
from ..document.texts import one_line, shown_of
from ..document.tree import Node, Tree
from ..errors import PiaError

# A record begins, changes and ends by acts; LEGACY is a record from before this software.
BEGIN, CHANGE, END, LEGACY = "BEGIN", "CHANGE", "END", "LEGACY"
ACTS = (BEGIN, CHANGE, END, LEGACY)
LIVE, ENDED, NONE = "LIVE", "ENDED", "NONE"  # how a record stands; NONE: all of it taken back
# Acts after which a record is live.
_OPENING = (BEGIN, CHANGE, LEGACY)


@dataclass(frozen=True, slots=True, eq=False)
class RegisterForm:
    """The form of one register: `words` and `papers` of its acts, `required` ids of fields, `roles`
    what a field is for → its id; `register_name` what the register is called; `headings` what else
    other lists call a field."""

    register: str
    form: Form
    register_name: str
    words: Mapping[str, str]
    papers: Mapping[str, str]
    required: tuple[str, ...]
    roles: Mapping[str, str]
    headings: Mapping[str, tuple[str, ...]] = member_of(default_factory=dict)

    @property
    def fields(self) -> tuple[FormNode, ...]:
        """Every field a person answers, in order."""
        return tuple(line for line in self.form.walk() if line.answerable)

    def field(self, role: str) -> FormNode | None:
        """The field that is for something (name, purpose, people …); None where the city's form
        has none."""
        return self.form.by_id.get(self.roles.get(role, ""))

    def text(self, tree: Tree, role: str) -> str:
        """What a tree says in the field for something, as a person reads it; empty for nothing."""
        line = self.field(role)
        return said(tree.find(line.path)) if line is not None else ""

    def missing(self, tree: Tree) -> list[FormNode]:
        """The fields that must be filled and are not."""
        empty = []
        for name in self.required:
            line = self.form.by_id.get(name)
            if line is not None and not said(tree.find(line.path)).strip():
                empty.append(line)
        return empty


def said(node: Node | None) -> str:
    """What a field says, as a person reads it in one go; empty for none. Ticked choices stand one
    after the other, with what was written into their brackets."""
    if node is None:
        return ""
    if node.kind == "choice_many" and node.value:
        return "、".join(choices(node))
    return shown_of(node)


def choices(node: Node | None) -> tuple[str, ...]:
    """The ticked choices of a field, each as a person reads it."""
    if node is None or node.kind != "choice_many" or not node.value:
        return ()
    words = []
    for label, note in node.value["options"]:
        before, _, after = label.partition("　")
        if note:
            words.append(f"{before}{note}{after}")
        else:
            words.append(label.replace("（　）", ""))
    return (*words, *node.value.get("typed", ()))


def parse(register: str, raw: Mapping[str, Any], number: int = 0) -> RegisterForm:
    """A register's form out of its YAML mapping; `number`: of the city's own. PiaError names what
    is wrong."""
    stamp = f"{raw['stamp']}#{number}" if number else raw["stamp"]
    form = parse_form({**raw, "stamp": stamp})
    for name in (*raw["required"], *raw["roles"].values()):
        if name not in form.by_id and not number:
            raise PiaError(f"台帳の定義が、ない項目 {name} を指しています。")
    words = {act: line["words"] for act, line in raw["acts"].items()}
    papers = {act: line["paper"] for act, line in raw["acts"].items()}
    required = tuple(name for name in raw["required"] if name in form.by_id)
    headings = {name: tuple(words) for name, words in raw.get("headings", {}).items()}
    return RegisterForm(
        register, form, raw["register_name"], words, papers, required, raw["roles"], headings
    )


def changed(raw: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A register's YAML as a city has it. `changes`: {"fields": [{"id", "label", "options" (list of
    labels), "required" (bool)}] in the city's order; ids the shipped form does not have need a
    "kind"; shipped fields that are not named are left out. Other members replace the shipped
    ones ("printed_title", "register_name", "acts")."""
    known = {line["id"]: line for line in raw["nodes"]}
    nodes = []
    required = []
    for field in changes.get("fields", raw["nodes"]):
        line = dict(known.get(field["id"], {"id": field["id"], "source": "city"}))
        for member in ("label", "kind", "size"):
            if field.get(member):
                line[member] = field[member]
        if field.get("options"):
            line["options"] = [_option(label) for label in field["options"]]
        nodes.append(line)
        if field.get("required", field["id"] in raw["required"]):
            required.append(field["id"])
    rest = {name: value for name, value in changes.items() if name != "fields"}
    return {**raw, **rest, "nodes": nodes, "required": required}


def _option(label: Any) -> Any:
    """An option as the form's data has it: a label with room for words between its brackets is
    free."""
    if isinstance(label, str) and "（　" in label:
        return {"label": label, "free": True}
    return label


def after(acts: Iterable[str]) -> str:
    """How a record stands after its acts that stand, the oldest first."""
    last = ""
    for act in acts:
        last = act
    if not last:
        return NONE
    return LIVE if last in _OPENING else ENDED


def search_words(form: RegisterForm, tree: Tree) -> str:
    """All a record says, a line a field: what a search looks through."""
    lines = []
    for line in form.fields:
        words = one_line(said(tree.find(line.path)))
        if words:
            lines.append(words)
    return "\n".join(lines)
