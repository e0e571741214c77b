"""The fields of a notice as a page has them, and the text somebody typed into them.

Knows forms of the web. Must not know what a notice must say: the acts say it.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from ...domain.document import items
from ...domain.document.form import FormNode
from ...domain.document.tree import Tree
from ...domain.registers.model import RegisterForm
from .. import inputs


@dataclass(frozen=True, slots=True)
class TickedOption:
    """A choice of a field: its name in the form, its words before and after what is written into
    it, whether it is ticked, and that writing."""

    value: str
    words: str
    free: bool
    ticked: bool
    note: str


@dataclass(frozen=True, slots=True)
class NoticeField:
    """A field of a notice on a page. `other`: choices that are none of the list, a line each."""

    id: str
    label: str
    kind: str
    short: bool
    need: bool
    text: str
    options: tuple[TickedOption, ...]
    other: str

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The choices as a list to choose one of."""
        return [(option.value, option.words) for option in self.options]


def fields_of(form: RegisterForm, tree: Tree | None) -> list[NoticeField]:
    """The fields of a form with what a text says in them; empty ones for no text."""
    return [_field(form, line, tree) for line in form.fields]


def _field(form: RegisterForm, line: FormNode, tree: Tree | None) -> NoticeField:
    node = tree.find(line.path) if tree is not None else None
    value = node.value if node is not None and node.value else {}
    noted = dict(value.get("options", ())) if line.kind == "choice_many" else {}
    options = []
    for index, option in enumerate(line.options):
        words = option.label.replace("（　）", "") if option.free else option.label
        ticked = option.label in noted or value.get("option") == option.label
        note = noted.get(option.label, "")
        options.append(TickedOption(str(index), words, option.free, ticked, note))
    other = "\n".join(value.get("typed", ())) if line.kind == "choice_many" else ""
    return NoticeField(
        line.id,
        line.plain_label,
        line.kind,
        line.size == "short",
        line.id in form.required,
        items.text_of(node),
        tuple(options),
        other,
    )


def typed(form: RegisterForm) -> Tree:
    """The text that was typed. Unfit for what does not fit its field."""
    answers = []
    for line in form.fields:
        answer = _typed(line)
        if answer:
            answers.append((line.path, answer))
    return items.build(form.form, answers)


def _typed(line: FormNode) -> object:
    known = {str(index): option for index, option in enumerate(line.options)}
    if line.kind == "choice_one":
        chosen = request.form.get(line.id, "")
        return known[chosen].label if chosen in known else ""
    if line.kind == "choice_many":
        answer: list[object] = []
        for value in inputs.many(line.id, line.plain_label, known, need=False):
            option = known[value]
            note = ""
            if option.free:
                note = inputs.line(f"{line.id}-note-{value}", f"{option.label}の内容", need=False)
            answer.append({option.label: note} if note else option.label)
        others = inputs.text(f"{line.id}-other", "一覧にないもの", need=False).split("\n")
        return [*answer, *(each.strip() for each in others if each.strip())]
    if line.size == "short":
        return inputs.line(line.id, line.plain_label, need=False)
    return inputs.text(line.id, line.plain_label, most=inputs.PARAGRAPH, need=False)
