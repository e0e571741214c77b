"""使い方: the handbook on pages, searched by words, and as files to print.

Knows chapters by name. Must not know what they say: `pia.manual` has it.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from ... import manual
from ...actions.output import handbook
from .. import helping
from ..actor import who, workplace
from ..answers import attachment
from ..declared import needs

blueprint = Blueprint("help", __name__)
MOST = 80  # letters of what is looked for


@blueprint.get("/help")
@needs("open", asks=("words",))
def contents() -> str:
    """The table of contents, the reader's own handbook first, and what is found in it."""
    words = request.args.get("words", "").strip()[:MOST]
    return render_template(
        "help/contents.html",
        mine=manual.of_role(who().role),
        chapters=manual.chapters(),
        words=words,
        hits=manual.search(words),
        whole=handbook.WHOLE,
    )


@blueprint.get("/help/<name>")
@needs("open")
def chapter(name: str) -> str:
    """One chapter."""
    shown = manual.chapter(name)
    all_chapters = manual.chapters()
    place = all_chapters.index(shown)
    return render_template(
        "help/chapter.html",
        chapter=handbook.told(workplace(), shown),
        use=manual.handbook(name)[1:],
        html=helping.html,
        before=all_chapters[place - 1] if place else None,
        after=all_chapters[place + 1] if place + 1 < len(all_chapters) else None,
    )


@blueprint.get("/help/<name>/manual.<fmt>")
@needs("council")
def printed(name: str, fmt: str) -> Response:
    """The 操作マニュアル of a role, or of everybody."""
    if fmt not in handbook.FORMATS:
        abort(404)
    body = handbook.printed(workplace(), name, fmt)
    return attachment(body, f"{handbook.title(name)}.{fmt}", handbook.FORMATS[fmt])


@blueprint.get("/help/<name>/sheet.pdf")
@needs("council")
def sheet(name: str) -> Response:
    """The 早見表 of a role, one page."""
    body = handbook.sheet(workplace(), name)
    return attachment(body, f"{handbook.title(name, True)}.pdf", "application/pdf")
