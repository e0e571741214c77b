"""The page on which everything is looked for that somebody may read.

Knows addresses. Must not know how anything is found, nor who may find it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from ...actions.upkeep import search_index
from ...actions.viewing import alike as alike_views
from ...actions.viewing import search as views
from ...actions.viewing.alike import AlikeText
from ...actions.viewing.search import FoundText, SearchRequest
from ...domain.text.searching import MOST_LETTERS
from .. import paging
from ..actor import now_day, who, workplace
from ..answers import chosen, numbered
from ..declared import needs
from .draft import path_of

blueprint = Blueprint("search", __name__)
ORDERS = {"fit": "よく合うものから", "new": "新しいものから"}
ASKS = ("q", "kind", "state", "document", "department", "item", "year", "order", "page")


def _asked() -> SearchRequest:
    kind = request.args.get("kind", "")
    return SearchRequest(
        request.args.get("q", "").strip()[:MOST_LETTERS],
        chosen("state", tuple(views.STATES)),
        kind if kind in views.CALLED else "",
        request.args.get("document", "")[:100],
        numbered(request.args.get("department", "")),
        request.args.get("item", "")[:300],
        numbered(request.args.get("year", "")),
        chosen("order", tuple(ORDERS)) == "new",
    )


@blueprint.get("/search")
@needs("council", asks=ASKS)
def page() -> str:
    """What is found of the words that are asked for."""
    wp = workplace()
    asked = _asked()
    first = paging.first(views.PAGE)
    standing = search_index.follow(wp)
    found = None
    if standing.is_whole:
        found = views.find(wp, who(), now_day(), asked, first)
        _opened(found.texts)
    return render_template(
        "desk/search.html",
        asked=asked,
        found=found,
        standing=standing,
        pages=paging.Pages(first, views.PAGE, found.whole if found else 0),
        states=views.STATES,
        kinds=views.CALLED,
        orders=ORDERS,
        order=chosen("order", tuple(ORDERS)),
        address=_address,
        without=_without,
        most=MOST_LETTERS,
    )


@blueprint.get("/assessments/<ref>/alike/<path:path>")
@needs("read", ref="document")
def alike(ref: str, path: str) -> str:
    """Where else an item's text is said, equal or nearly so."""
    wp = workplace()
    standing = search_index.follow(wp)
    found = None
    if standing.is_whole:
        found = alike_views.alike(wp, who(), now_day(), ref, path_of(path))
        _opened((*found.equal, *found.near))
    return render_template(
        "desk/alike.html", ref=ref, path=path, found=found, standing=standing, near=alike_views.NEAR
    )


def _opened(texts: Iterable[FoundText | AlikeText]) -> None:
    """Whoever is shown withheld words has read them: that goes on record (`gate`)."""
    opened: dict[int, frozenset[str]] = g.get("open_words")
    for text in texts:
        for assessment in text.opened:
            opened[assessment] = opened.get(assessment, frozenset()) | {text.said}


def _address(text: FoundText) -> str:
    """The page on which a text stands."""
    if text.kind == "document":
        if text.referral:
            key = text.ref.partition("@")[0]
            anchor = "-".join(text.path)
            return url_for("council.text", referral=text.referral, key=key, _anchor=anchor)
        return url_for("desk.document", ref=text.ref, _anchor="-".join(text.path))
    endpoint, named = _PLACES[text.kind]
    return url_for(endpoint, **named(text))


def _in_thing(name: str) -> Any:
    return lambda text: {name: text.thing}


def _in_row(name: str) -> Any:
    return lambda text: {name: text.row}


def _in_round(text: FoundText) -> dict[str, str]:
    return {"ref": text.ref}


def _opinion(text: FoundText) -> dict[str, Any]:
    return {"number": text.thing, "_anchor": f"opinion-{text.path[0]}"}


def _question(text: FoundText) -> dict[str, Any]:
    return {"referral": text.thing, "_anchor": f"remark-{text.row}"}


# Kind → (endpoint, what its address needs).
_PLACES: dict[str, tuple[str, Any]] = {
    "opinion": ("consultations.page", _opinion),
    "response": ("consultations.page", _opinion),
    "remark": ("council.cards", _question),
    "answer": ("council.cards", _in_thing("referral")),
    "proposal": ("council.cards", _in_thing("referral")),
    "comment": ("comments.listed", _in_round),
    "expected_question": ("answers.listed", _in_round),
    "speech": ("minutes.page", _in_thing("number")),
    "minutes_field": ("minutes.page", _in_thing("number")),
    "notice": ("affair_notices.page", _in_row("number")),
    "file": ("file_register.page", _in_row("number")),
    "glossary_term": ("wordbook.terms", lambda text: {}),
    "phrase": ("wordbook.phrases", lambda text: {}),
}


def _without(**change: Any) -> str:
    """The address of the same search with something else asked for; None asks for anything."""
    args: dict[str, Any] = {name: request.args[name] for name in ASKS if request.args.get(name)}
    args.pop("page", None)
    args.update(change)
    return url_for("search.page", **{name: value for name, value in args.items() if value})
