"""One item being written, in the shape its kind has; what is typed and not saved is kept for its
writer.

Knows the page of an item. What a change is and what clashes is said by `actions.editing.items`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import items as editing
from ...actions.editing import unsaved
from ...actions.output import carriers
from ...actions.records.comments import CommentThread
from ...actions.viewing import (
    comments,
    content_checks,
    guidance,
    leaks,
    referrals,
    rounds,
    shared_answers,
    wordbook,
)
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
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows
from . import arranging, cards, grids, sheet
from .draft import Desk, blueprint, open_desk, path_of
from .marking import entry_of, grounds_of, held_marks, places_of
from .sheet import place_of
from .typed import answer_of

_OTHERS = 8  # documents of one affair


@blueprint.get("/lines/<ref>/items/<path:path>")
@needs(
    "draft",
    own="ref",
    ref="line",
    asks=("unsaved", "block", "cards", "rows"),
)
def item(ref: str, path: str, draft: Node | None = None) -> str:
    """One item with the field its kind has, beside what was published: as a page, or as the piece
    a page of its part puts in its place. `draft`: what is being written and was not saved, to be
    marked instead."""
    desk = open_desk(ref)
    template = "desk/item.html"
    if request.headers.get("X-Piece") in ("editor", "row"):
        template = "desk/editor.html"
    return render_template(template, **editor_of(desk, path_of(path), draft))


def _leaks(desk: Desk, spot: Path) -> list[leaks.LeakAtDocument]:
    """The cases of 漏えい等 of the document's affair, at the items they are to be written in."""
    wp = workplace()
    if item_at(desk.form, spot).id not in wp.leaks["items"]:
        return []
    return leaks.of_document(wp, who(), desk.source.key)


def editor_of(desk: Desk, spot: Path, draft: Node | None = None, back: str = "") -> dict[str, Any]:
    """What the form of an item is made of. `back`: where its save leads, if not to its own page."""
    path = "/".join(spot)
    line = item_at(desk.form, spot)
    node = desk.tree.find(spot)
    begun = _begun(desk.ref, path)
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
    return {
        "leaks_here": _leaks(desk, spot),
        "d": desk,
        "line": line,
        "path": path,
        "id": "-".join(spot),
        "piece": "X-Piece" in request.headers,
        "back": (g.get("typed") or {}).get("_to", "") or back,
        "where": editing.where_to(desk.form, desk.tree, spot),
        "numbers": numbers(line),
        "answer": answer,
        "text": _text(answer),
        "held": held_marks(node),
        "held_entry": held_marks(desk.tree.find(entry) if entry else None),
        "places": places_of(line, node, bool(entry)),
        "block": block,
        **place_of(desk, spot),
        **_fields(line, node, answer, bool(back)),
        **_marked(desk, line, spot, draft or node),
        "draft": draft is not None,
        "begun": begun,
        "seen": seen,
        **_clash(),
        **_grounds(desk.form.kind),
        "shared": _shared(desk, spot),
        "council": referrals.at_council(workplace(), desk.ref, spot),
        "talk": () if back else talks_of(desk.ref).get(path, ()),
        "found": readable(content_checks.of_item(workplace(), desk.ref, spot), desk.ref),
        "severities": workplace().content_checks.data["severities"],
        "certain": carriers.certainty(workplace(), desk.form).of(line),
        "guide": _guide(desk, line, spot),
        "guided": False,
    }


def _shared(desk: Desk, spot: Path) -> list[tuple[shared_answers.SharedItem, str]]:
    """The items of other documents that ask for the same, each with why nothing can be written
    there now (empty where it can)."""
    out = []
    for one in readable(shared_answers.of_item(workplace(), desk.ref, spot), desk.ref):
        no = editing.closed(workplace(), one.ref)
        out.append((one, "" if no is None else str(no)))
    return out


def _guide(desk: Desk, line: FormNode, spot: Path) -> guidance.ItemGuidance | None:
    """What is said of an item a person answers; None for one the procedure fills in."""
    if line.procedure:
        return None
    return readable(guidance.of_item(workplace(), desk.source, spot), desk.ref)


def talks_of(ref: str) -> Mapping[str, tuple[CommentThread, ...]]:
    """Path of an item → its comments, as this person may read them."""
    return readable(comments.by_path(workplace(), ref), ref)


def notes_of(
    talks: Mapping[str, tuple[CommentThread, ...]],
    found: content_checks.DocumentFindings,
    unfinished: Container[str] = (),
) -> Callable[[str], sheet.RowNotes]:
    """Path of an item → what stands beside it. `unfinished`: what this person began to write and
    did not save."""
    told = found.sentences
    return lambda path: sheet.RowNotes(path in unfinished, talks.get(path, ()), told.get(path, ()))


def found_in(ref: str) -> content_checks.DocumentFindings:
    """What the checks of content find in a document, as this person may read it."""
    return readable(content_checks.of_document(workplace(), ref), ref)


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


def _fields(line: FormNode, node: Node | None, answer: Any, placed: bool) -> dict[str, Any]:
    """What the field of an item's kind is filled with. `placed`: it stands in its row, where a
    text with headings is written block by block."""
    placed = placed or request.headers.get("X-Piece") == "editor"
    fields: dict[str, Any] = {
        "blocks": [],
        "cards": None,
        "phrases": [],
        "grid": None,
        "shapes": [],
        "drawing": None,
    }
    if line.kind == "table":
        fields["grid"] = grids.grid(line, node, g.get("typed"), request.args.get("rows", ""))
    if line.kind == "text" and line.size == "long":
        fields["cards"] = cards.cards(
            node, g.get("typed"), request.args.get("cards", "" if placed else "0")
        )
        if fields["cards"] is not None:
            fields["phrases"] = [
                (str(row.id), row.heading or row.text[:30]) for row in wordbook.phrases(workplace())
            ]
    if line.kind == "figure" and g.get("typed"):
        fields["drawing"] = _drawn_as_typed(line, node)
    if node is None:
        return fields
    if line.kind == "text":
        fields["blocks"] = [leaf for leaf in node.leaves if leaf.kind == "block"]
    if line.kind == "figure" and answer:
        fields["shapes"] = answer["shapes"]
    if line.kind == "figure" and node.leaves and fields["drawing"] is None:
        fields["drawing"] = figures.picture(node)
    return fields


def _drawn_as_typed(line: FormNode, node: Node | None) -> figures.Picture | None:
    """The figure as its fields say, before it is saved; None where they do not fit."""
    try:
        drawn = editing.answered(line, answer_of(line, node))
    except PiaError:
        return None
    return figures.picture(drawn) if drawn.leaves else None


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


@blueprint.post("/lines/<ref>/items/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen", also="line")
@shows(item)
def save_item(ref: str, path: str) -> Answer | str:
    """Saves an item beside what others saved meanwhile; leads back to it, to the item behind it, or
    answers with its row where a page puts that in its place."""
    spot = path_of(path)
    seen = inputs.line("seen", "見ていた版")
    wp = workplace()
    reasons = rounds.reasons_of(wp, ref)
    reason = request.form.get("reason", "")
    if reason and reasons and reason not in reasons:
        raise inputs.Unfit("reason", "「変更理由」を選び直してください。")
    why = inputs.line("why", "変更の説明", most=inputs.LINE, need=False) or reason or "記載を修正"
    opened = editing.Opened(ref, spot, seen=seen, also=_also())
    saved = editing.save_typed(wp, by(), opened, answer_of, why=why, reason=reason)
    words = _saved_words(ref) if saved.new else "記載は変わっていません。"
    if opened.also:
        words += "ほかの評価書の同じ欄にも保存しました。"
    if request.headers.get("X-Piece") == "row":
        return _row(ref, spot, words)
    back = url_for("writing.item", ref=ref, path=path)
    if request.form.get("then") == "next":
        flash(words)
        return redirect(_behind(ref, spot) or back, 303)
    return done(words, back)


def _also() -> tuple[editing.SameAnswer, ...]:
    """The other documents that are to get the same answer, each with what was seen there."""
    refs = request.form.getlist("also")[:_OTHERS]
    return tuple(editing.SameAnswer(ref, request.form.get(f"was-{ref}", "")) for ref in refs)


def _saved_words(ref: str) -> str:
    """What is said of a save: residents and the council go on reading what was put before them."""
    state = rounds.state_of(workplace(), ref)
    if state == "CONSULTING":
        return "保存しました。意見募集の画面に出ている案は、公示したときのままです。"
    if state == "REVIEWING":
        return "保存しました。審議会に出ている記載は、差し替えるまで前のままです。"
    if state == "REVIEWED":
        return "保存しました。審議会の意見を聴いた記載とは違っています。手続の画面を見てください。"
    return "保存しました。"


def _row(ref: str, spot: Path, words: str) -> str:
    """The row of an item after it was saved, with how far its part is answered."""
    desk = open_desk(ref)
    asked = "/".join(desk.form.part_path(spot))
    links = sheet.parts(desk)
    return render_template(
        "desk/saved.html",
        row=sheet.row_of(desk, spot),
        look=sheet.PartLook(ref, asked, request.form.get("beside") == "1", desk.closed is None),
        drawn=sheet.drawn,
        notes=notes_of(talks_of(ref), found_in(ref))("/".join(spot)),
        tally=next(link.tally for link in links if link.path == asked),
        asked=asked,
        words=words,
        names=_names_an_entry(desk.form, item_at(desk.form, spot)),
    )


def _names_an_entry(form: Form, line: FormNode) -> bool:
    """Whether an item is the name of the entry it stands in, which other rows say too."""
    return any(parent.named_by == line.id for parent in form.walk())


def _behind(ref: str, spot: Path) -> str:
    """The address at which the next item is written in its place; empty at the end of the part."""
    place = sheet.place_of(open_desk(ref), spot)
    after = place["after"]
    if after is None:
        return ""
    return url_for("writing.part", ref=ref, part=place["asked"], open=after.path, _anchor=after.id)


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


def _phrases() -> dict[str, tuple[str, str]]:
    """What may be taken over, by its number."""
    return {str(row.id): (row.heading, row.text) for row in wordbook.phrases(workplace())}


@blueprint.post("/lines/<ref>/arranged/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
def arrange(ref: str, path: str) -> str:
    """The form with its blocks or rows arranged anew (`do`: what, and which), or with its figure
    drawn as it is typed; nothing is stored. As a piece for the page that is open, or as the whole
    page where there is no script."""
    spot = path_of(path)
    desk = open_desk(ref)
    line = item_at(desk.form, spot)
    g.typed = arranging.arranged(request.form, line, desk.tree.find(spot), _phrases())
    if request.headers.get("X-Piece") == "drawing":
        return render_template(
            "desk/drawn.html", drawing=_drawn_as_typed(line, desk.tree.find(spot))
        )
    return item(ref, path)
