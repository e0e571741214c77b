"""The items the steps of the procedure fill in: 公表日, Ⅵ.

Knows which lines of a form those are. What is proposed for them, `actions.records.on_record` says.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.records import on_record
from ...actions.steps import filing
from ...actions.viewing import rounds
from ...domain.change.describe import label, names
from ...domain.document.form import Form, FormNode
from ...domain.document.items import text_of
from ...domain.document.tree import Path, Tree
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows
from .rounds import blueprint

PROPOSED = (
    "まだ記入されていません。手続の記録からの案を入れてあります。確かめて、"
    "直してから記入してください。"
)


# Kinds of answers this page has a field for.
WRITTEN = ("text", "date", "number", "choice_one")


@blueprint.get("/rounds/<ref>/procedure")
@needs("office", ref="line")
def procedure_items(ref: str) -> str:
    """The items the steps of the procedure fill in: 公表日, Ⅵ."""
    wp = workplace()
    with wp.store.moment():
        source = sources.read_ref(wp, ref)
        proposed = on_record.proposals(wp, ref)
        published = _published(ref)
    entries = names(source.form, source.tree)
    fields = []
    for path, line in _lines(source.form):
        if line.kind not in WRITTEN or line.prints_stamp:
            continue
        value = text_of(source.tree.find(path))
        proposal = proposed.get(line.id, "")
        before = text_of(published.find(path)) if published is not None else None
        fields.append(
            {
                "name": "/".join(path),
                "label": label(source.form, path, entries),
                "kind": line.kind,
                "options": [option.label for option in line.options],
                "long": line.size == "long" and line.kind == "text",
                "value": value or proposal,
                "hint": _hint(value, proposal, before),
            }
        )
    return render_template("office/procedure.html", ref=ref, source=source, fields=fields)


def _published(ref: str) -> Tree | None:
    """What was published before the round of a line; None where there was nothing."""
    if "~" not in ref:
        return None
    base = rounds.round_head(workplace(), ref).base_ref
    if not base:
        return None
    return sources.read_ref(workplace(), base).tree


def _lines(form: Form) -> Iterator[tuple[Path, FormNode]]:
    """The lines of a form the procedure fills in, each with its path."""
    for line in form.walk():
        if line.procedure and line.answerable:
            yield (*(parent.key for parent in line.parents), line.key), line


def _hint(value: str, proposal: str, before: str | None) -> str:
    """What stands beside a field: that a proposal was put in, or that the text is still the one
    published before (`before`; None where there was none)."""
    if proposal and not value:
        return PROPOSED
    if proposal not in ("", value) and value == before:
        return f"前回公表した記載のままです。今回の記録では「{proposal}」です。"
    return ""


@blueprint.post("/rounds/<ref>/procedure")
@needs("office", ref="line")
@shows(procedure_items)
def fill_procedure(ref: str) -> Answer:
    """Writes what was typed into the items; the others stay as they are."""
    source = sources.read_ref(workplace(), ref)
    answers: dict[Path, str] = {}
    for path, line in _lines(source.form):
        name = "/".join(path)
        if name in request.form:
            written = inputs.text(name, line.label, most=inputs.PARAGRAPH, need=False)
            if written != text_of(source.tree.find(path)):
                answers[path] = written
    if answers:
        filing.fill_procedure(workplace(), by(), ref, answers)
    return done(f"{len(answers)}項目を記入しました。", url_for("rounds.procedure_items", ref=ref))
