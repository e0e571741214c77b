"""One item being written, in the shape its kind has; what is typed and not saved is kept for its writer.

Knows the page of an item. What a change is and what clashes is said by `actions.editing.items`.
"""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import g, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from ...actions.editing import items as editing
from ...actions.editing import unsaved
from ...actions.output import carriers
from ...documents import figures
from ...documents.text.page import compared, hour
from ...domain.change.describe import numbers
from ...domain.document import items
from ...domain.document.form import FormNode
from ...domain.document.items import item_at, shown_beside
from ...domain.document.tree import Node, Path
from ...domain.errors import PiaError
from ...domain.withheld import marked
from .. import inputs
from ..gate import by, done, needs, shows, who, workplace
from .draft import Desk, blueprint, open_desk, path_of
from .marking import entry_of, held_marks, places_of
from .typed import answer_of


@blueprint.get("/lines/<ref>/items/<path:path>")
@needs("draft", own="ref", ref="line", asks=("unsaved", "block"))
def item(ref: str, path: str, draft: Node | None = None) -> str:
    """One item with the field its kind has, beside what was published. `draft`: what is being written and was not saved, to be marked instead."""
    desk = open_desk(ref)
    spot = path_of(path)
    line = item_at(desk.form, spot)
    node = desk.tree.find(spot)
    if request.method == "GET":
        begun = unsaved.of(workplace(), who().name, ref, path)
    else:
        begun = None
    if begun is not None and request.args.get("unsaved") == "1":
        g.typed = MultiDict(
            (key, value) for key, values in begun.fields.items() for value in values
        )
    block = (g.get("typed") or request.form).get(
        "block", request.args.get("block")
    )  # a refused form still writes the block it wrote
    if node is not None:
        answer = marked.answer_of(items.to_plain(node))
    else:
        answer = None
    if isinstance(g.get("problem"), editing.Clash):
        clash = g.get("problem")
    else:
        clash = None
    if (
        g.get("typed")
        and block is not None
        and node is not None
        and line.kind == "text"
        and block not in [leave.key for leave in node.leaves]
    ):
        # The block this writer had open is gone meanwhile: the form turns to the whole text, with what they typed at its end; else saving it would throw away the rest.
        g.typed = MultiDict(request.form)
        g.typed["text"] = f"{_text(answer)}\n{request.form.get('text', '')}"
    all_grounds = workplace().rules["grounds"]
    part_item = desk.form.at(spot[:1])[0]
    if part_item is not None and part_item.repeated:
        part_path = "/".join(spot[:2])
    else:
        part_path = spot[0]
    return render_template(
        "desk/item.html",
        d=desk,
        line=line,
        path=path,
        id="-".join(spot),
        part_path=part_path,
        where=editing.where_to(desk.form, desk.tree, spot),
        numbers=numbers(line),
        answer=answer,
        text=_text(answer),
        held=held_marks(node),
        held_entry=held_marks(desk.tree.find(entry))
        if (entry := entry_of(desk.form, spot))
        else [],
        places=places_of(line, node, bool(entry_of(desk.form, spot))),
        blocks=[leave for leave in node.leaves if leave.kind == "block"]
        if node is not None and line.kind == "text"
        else [],
        block=block,
        sheet=_tsv([row["cells"] for row in answer]) if line.kind == "table" and answer else "",
        shapes=answer["shapes"] if line.kind == "figure" and answer else [],
        drawing=figures.picture(node)
        if line.kind == "figure" and node is not None and node.leaves
        else None,
        **_marked(desk, line, spot, node if draft is None else draft),
        draft=draft is not None,
        begun=begun,
        seen=begun.seen if begun is not None and g.get("typed") else desk.source.ref,
        clash=clash,
        clashed=compared((clash.theirs, clash.mine)) if clash else None,
        grounds=[
            (name, f"{x['says']}（{x['source']}）")
            for name, x in all_grounds.items()
            if desk.form.kind in x["kinds"]
        ],
        all_grounds=all_grounds,
        certain=carriers.certainty(workplace(), desk.form).of(line),
    )


def _marked(d: Desk, line: FormNode, spot: Path, now: Node | None) -> dict[str, Any]:
    """What the marks are drawn from: the two sides where they differ, and what stood there."""
    pair = shown_beside(d.base.tree.find(spot) if d.base else None, now)
    return {
        "compared": compared(pair)
        if d.base and pair[0] != pair[1] and line.kind != "figure"
        else None,
        "then": pair[0],
    }


def _text(answer: Any) -> str:
    if isinstance(answer, dict) and "text" in answer:
        return answer["text"]
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
    desk = open_desk(ref)
    spot = path_of(path)
    line = item_at(desk.form, spot)
    seen = inputs.line("seen", "見ていた版")
    answer = answer_of(desk, line, spot, seen)
    reason = request.form.get("reason", "")
    if reason and desk.reasons and reason not in desk.reasons:
        raise inputs.Unfit("reason", "「変更理由」を選び直してください。")
    why = inputs.line("why", "変更の説明", most=inputs.LINE, need=False) or reason or "記載を修正"
    wp = workplace()
    with wp.store.together():
        made = editing.save_answer(wp, by(), ref, spot, answer, seen=seen, why=why, reason=reason)
        unsaved.drop(wp, by(), ref, path)
    back = url_for("writing.item", ref=ref, path=path)
    return done("保存しました。" if made.new else "記載は変わっていません。", back)


@blueprint.post("/lines/<ref>/marks/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
def marks(ref: str, path: str) -> str:
    """The marks of what is being written, before it is saved; nothing is stored. As a piece for the page that is open, or as the whole page where there is no
    script."""
    desk = open_desk(ref)
    spot = path_of(path)
    line = item_at(desk.form, spot)
    if line.kind == "figure":
        raise PiaError("その項目は、この画面では見比べられません。")
    now = editing.answered(line, answer_of(desk, line, spot, inputs.line("seen", "見ていた版")))
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
