"""One item being written, in the shape its kind has; what is typed and not saved is kept for its
writer.

Knows the page of an item. What a change is and what clashes is said by `actions.editing.items`.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import g, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import items as editing
from ...actions.editing import unsaved
from ...actions.output import carriers
from ...actions.viewing import rounds
from ...documents import figures
from ...documents.text.page import compared, hour
from ...domain.change.describe import numbers
from ...domain.document import items, marked
from ...domain.document.form import Form, FormNode
from ...domain.document.items import item_at, shown_beside
from ...domain.document.tree import Node, Path
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, who, workplace
from ..answers import done
from ..declared import needs, shows
from .draft import Desk, blueprint, open_desk, path_of
from .marking import entry_of, grounds_of, held_marks, places_of
from .typed import answer_of


@blueprint.get("/lines/<ref>/items/<path:path>")
@needs("draft", own="ref", ref="line", asks=("unsaved", "block"))
def item(ref: str, path: str, draft: Node | None = None) -> str:
    """One item with the field its kind has, beside what was published. `draft`: what is being
    written and was not saved, to be marked instead."""
    desk = open_desk(ref)
    spot = path_of(path)
    line = item_at(desk.form, spot)
    node = desk.tree.find(spot)
    begun = _begun(ref, path)
    # A refused form still writes the block it wrote.
    block = (g.get("typed") or request.form).get("block", request.args.get("block"))
    answer = None
    if node is not None:
        answer = marked.answer_of(items.to_plain(node))
    if g.get("typed") and line.kind == "text" and _is_gone(block, node):
        # The form turns to the whole text, with what was typed at its end; else saving it would
        # throw away the rest.
        g.typed = MultiDict(request.form)
        g.typed["text"] = f"{_text(answer)}\n{request.form.get('text', '')}"
    entry = entry_of(desk.form, spot)
    seen = desk.source.ref
    if begun is not None and g.get("typed"):
        seen = begun.seen
    return render_template(
        "desk/item.html",
        d=desk,
        line=line,
        path=path,
        id="-".join(spot),
        part_path=_part_of(desk.form, spot),
        where=editing.where_to(desk.form, desk.tree, spot),
        numbers=numbers(line),
        answer=answer,
        text=_text(answer),
        held=held_marks(node),
        held_entry=held_marks(desk.tree.find(entry) if entry else None),
        places=places_of(line, node, bool(entry)),
        block=block,
        **_fields(line, node, answer),
        **_marked(desk, line, spot, draft or node),
        draft=draft is not None,
        begun=begun,
        seen=seen,
        **_clash(),
        **_grounds(desk.form.kind),
        certain=carriers.certainty(workplace(), desk.form).of(line),
    )


def _begun(ref: str, path: str) -> unsaved.Begun | None:
    """What this writer began and did not save; asked for with `unsaved=1`, it fills the form."""
    if request.method != "GET":
        return None
    begun = unsaved.of(workplace(), who().name, ref, path)
    if begun is not None and request.args.get("unsaved") == "1":
        g.typed = MultiDict(begun.fields)
    return begun


def _is_gone(block: str | None, node: Node | None) -> bool:
    """Whether the block a writer had open was taken out meanwhile."""
    if block is None or node is None:
        return False
    return block not in [leaf.key for leaf in node.leaves]


def _part_of(form: Form, spot: Path) -> str:
    """The part an item stands in, as its page's address names it."""
    part = form.at(spot[:1])[0]
    if part is not None and part.repeated:
        return "/".join(spot[:2])
    return spot[0]


def _fields(line: FormNode, node: Node | None, answer: Any) -> dict[str, Any]:
    """What the field of an item's kind is filled with."""
    fields: dict[str, Any] = {"blocks": [], "sheet": "", "shapes": [], "drawing": None}
    if node is None:
        return fields
    if line.kind == "text":
        fields["blocks"] = [leaf for leaf in node.leaves if leaf.kind == "block"]
    if line.kind == "table" and answer:
        fields["sheet"] = _tsv([row["cells"] for row in answer])
    if line.kind == "figure" and answer:
        fields["shapes"] = answer["shapes"]
    if line.kind == "figure" and node.leaves:
        fields["drawing"] = figures.picture(node)
    return fields


def _clash() -> dict[str, Any]:
    """What somebody else saved meanwhile, beside what was typed."""
    problem = g.get("problem")
    if not isinstance(problem, editing.Clash):
        return {"clash": None, "clashed": None}
    return {"clash": problem, "clashed": compared((problem.theirs, problem.mine))}


def _grounds(kind: str) -> dict[str, Any]:
    """The lawful grounds of 非公表 that documents of a kind may give (規則第10条第1項・第2項)."""
    return {"grounds": grounds_of(kind), "all_grounds": workplace().rules["grounds"]}


def _marked(d: Desk, line: FormNode, spot: Path, now: Node | None) -> dict[str, Any]:
    """What the marks are drawn from: the two sides where they differ, and what stood there."""
    before = d.base.tree.find(spot) if d.base else None
    pair = shown_beside(before, now)
    marks = None
    if d.base and pair[0] != pair[1] and line.kind != "figure":
        marks = compared(pair)
    return {"compared": marks, "then": pair[0]}


def _text(answer: Any) -> str:
    if isinstance(answer, dict) and "text" in answer:
        return str(answer["text"])
    if isinstance(answer, str):
        return answer
    return ""


def _tsv(rows: list[list[str]]) -> str:
    """Rows as a spreadsheet copies them."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(rows)
    return out.getvalue().removesuffix("\n")


@blueprint.post("/lines/<ref>/items/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
def save_item(ref: str, path: str) -> Answer:
    """Saves an item beside what others saved meanwhile."""
    spot = path_of(path)
    seen = inputs.line("seen", "見ていた版")
    wp = workplace()
    reasons = rounds.reasons_of(wp, ref)
    reason = request.form.get("reason", "")
    if reason and reasons and reason not in reasons:
        raise inputs.Unfit("reason", "「変更理由」を選び直してください。")
    why = inputs.line("why", "変更の説明", most=inputs.LINE, need=False) or reason or "記載を修正"
    opened = editing.Opened(ref, spot, seen=seen)
    saved = editing.save_typed(wp, by(), opened, answer_of, why=why, reason=reason)
    back = url_for("writing.item", ref=ref, path=path)
    words = "保存しました。" if saved.new else "記載は変わっていません。"
    return done(words, back)


@blueprint.post("/lines/<ref>/marks/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
def marks(ref: str, path: str) -> str:
    """The marks of what is being written, before it is saved; nothing is stored. As a piece for the
    page that is open, or as the whole page where there is no script."""
    desk = open_desk(ref)
    spot = path_of(path)
    line = item_at(desk.form, spot)
    if line.kind == "figure":
        raise PiaError("その項目は、この画面では見比べられません。")
    seen = sources.read_ref(workplace(), inputs.line("seen", "見ていた版"))
    now = editing.answered(line, answer_of(line, seen.tree.find(spot)))
    if request.headers.get("X-Piece") != "marks":
        g.typed = request.form
        return item(ref, path, now)
    return render_template(
        "desk/marks.html", d=desk, line=line, draft=True, **_marked(desk, line, spot, now)
    )


@blueprint.post("/lines/<ref>/unsaved/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
def keep_unsaved(ref: str, path: str) -> Answer | str:
    """Keeps what is in the fields while it is written, for this person alone; or throws it away."""
    wp = workplace()
    back = url_for("writing.item", ref=ref, path=path)
    if request.form.get("drop") == "1":
        unsaved.drop(wp, by(), ref, path)
        return done("書きかけを捨てました。", back)
    fields = {}
    for key, texts in request.form.lists():
        if not key.startswith("_") and key not in ("csrf_token", "seen", "drop"):
            fields[key] = texts
    unsaved.keep(wp, by(), ref, path, inputs.line("seen", "見ていた版"), fields)
    if request.headers.get("X-Piece") == "unsaved":
        return hour(by().at)
    return done("書きかけを残しました。保存するまで、ほかの人には見えません。", back)
