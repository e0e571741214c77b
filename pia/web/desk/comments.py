"""Comments on items of a draft: the list of a round, and the page of an item where they are
written, answered and settled.

Knows forms. Who may be named and until when a round takes comments, the acts say. Nothing of these
pages goes out with a document.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import comments as acts
from ...actions.viewing import comments
from .. import inputs
from ..actor import by, who, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows
from .draft import path_of

blueprint = Blueprint("comments", __name__)


@blueprint.get("/rounds/<ref>/comments")
@needs("read", ref="round")
def listed(ref: str) -> str:
    """Every comment of a round, the open ones first."""
    view = readable(comments.of_round(workplace(), ref), ref)
    return render_template("desk/comments.html", ref=ref, view=view, mine=who().name)


@blueprint.get("/rounds/<ref>/comments/<path:path>")
@needs("read", ref="round")
def item(ref: str, path: str) -> str:
    """The comments at one item, beside what it says."""
    view = readable(comments.of_item(workplace(), ref, path_of(path)), ref)
    return render_template(
        "desk/item_comments.html",
        ref=ref,
        path=path,
        view=view,
        mine=who().name,
        people=comments.people(workplace()),
    )


@blueprint.post("/rounds/<ref>/comments/<path:path>")
@needs("comment", ref="round")
@shows(item)
def write(ref: str, path: str) -> Answer:
    """A comment that begins a thread."""
    text = inputs.text("text", "コメント", most=inputs.PARAGRAPH)
    acts.write(workplace(), by(), ref, path_of(path), text, _named())
    return done("コメントを書きました。", url_for("comments.item", ref=ref, path=path))


def _named() -> list[str]:
    """The person chosen from the list, beside those the text names with @."""
    chosen = inputs.line("named", "知らせる人", need=False)
    return [chosen] if chosen else []


def _page(**args: Any) -> str:
    """The page of the item a thread stands at."""
    path = "/".join(comments.thread_path(workplace(), int(args["thread"])))
    return item(str(args["ref"]), path)


def _back(ref: str, thread: int) -> str:
    path = "/".join(comments.thread_path(workplace(), thread))
    return url_for("comments.item", ref=ref, path=path, _anchor=f"thread-{thread}")


@blueprint.post("/rounds/<ref>/threads/<int:thread>/answers")
@needs("comment", ref="round", thread="comment")
@shows(_page)
def answer(ref: str, thread: int) -> Answer:
    """An answer in a thread."""
    text = inputs.text("text", "コメント", most=inputs.PARAGRAPH)
    acts.answer(workplace(), by(), ref, thread, text, _named())
    return done("答えを書きました。", _back(ref, thread))


@blueprint.post("/rounds/<ref>/threads/<int:thread>/state")
@needs("comment", ref="round", thread="comment")
@shows(_page)
def settle(ref: str, thread: int) -> Answer:
    """A thread marked as 解決済み, or opened again."""
    what = inputs.choice("what", "操作", ("settle", "reopen"))
    acts.settle(workplace(), by(), ref, thread, what == "settle")
    words = "解決済みにしました。" if what == "settle" else "もう一度開きました。"
    return done(words, _back(ref, thread))
