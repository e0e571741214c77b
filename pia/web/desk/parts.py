"""The parts of a document being written, as the form prints them: every item in its row, edited in
its place.

Knows the address of a part and what is remembered of how somebody looks at it. Must not know how an
item is typed.
"""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request, current_app, render_template, request, url_for

from ...actions.editing import unsaved
from ...actions.output import printing
from ...actions.viewing import referrals
from ...domain.change.describe import numbered
from ...domain.errors import PiaError
from .. import devices
from ..actor import who, workplace
from ..declared import needs
from . import sheet
from .draft import Desk, blueprint, open_desk, path_of
from .items import editor_of, found_in, notes_of, talks_of
from .sheet import Band, PartLook, PartRow

LOOKS = ("beside", "whole")  # what is remembered of a look, each on ("1") or off ("0")
_YEAR = 365 * 24 * 3600  # seconds
_FEW = 40  # rows from which on what did not change is folded


@blueprint.get("/lines/<ref>/parts")
@needs(
    "draft",
    own="ref",
    ref="line",
    asks=("part", "open", "words", "beside", "whole", "unsaved", "rows", "cards"),
)
def part(ref: str) -> str:
    """One part with all its items, filled or not."""
    desk = open_desk(ref)
    links = sheet.parts(desk)
    asked = request.args.get("part") or request.form.get("part") or links[0].path
    path = path_of(asked)
    line, _, rest = desk.form.at(path)
    if line is None or rest:
        raise PiaError("その部分は、この様式にありません。")
    words = request.args.get("words", "").strip()[:200]
    rows = sheet.rows_of(desk, path)
    shown = sheet.found(rows, words) if words else rows
    look = _looks()
    opened = _opened(rows)
    title = line.label
    for link in links:
        if link.path == asked:
            title = link.words
    editor: dict[str, Any] = {}
    if opened:
        editor = editor_of(desk, path_of(opened), back=_back(desk, asked, opened))
    else:
        editor["council"] = referrals.at_council(workplace(), desk.ref)
    talks = talks_of(desk.ref)
    found = found_in(desk.ref)
    context = {
        "d": desk,
        "parts": links,
        "asked": asked,
        "rows": shown,
        "title": title,
        "words": words,
        "elsewhere": _elsewhere(desk, links, asked, words),
        **_files(desk),
        "look": PartLook(desk.ref, asked, look["beside"], desk.closed is None),
        "looks": look,
        "unfolded": _unfolded(rows, bool(words) or look["whole"], opened),
        "drawn": sheet.drawn,
        "talks": talks,
        "notes": notes_of(talks, found, unsaved.paths(workplace(), who().name, desk.ref)),
        "open_findings": len(found.open),
        "opened": opened,
        "jumps": _jumps(rows, links, asked),
        "printed": printing.pages(workplace(), desk.source) is not None,
    }
    return render_template("desk/part.html", **(editor | context))


def _files(desk: Desk) -> dict[str, Any]:
    """The parts that repeat, each with the key and name of its entries, and how the next is
    called."""
    roots = []
    files = {}
    called = {}
    for root in desk.form.parts:
        if root.repeated and not root.shares:
            roots.append(root)
            files[root.key] = sheet.entries_of(desk, root)
            called[root.key] = numbered(root, len(files[root.key]) + 1)
    return {"roots": roots, "files": files, "called": called}


def _opened(rows: tuple[PartRow | Band, ...]) -> str:
    """The item that is being written in its place, of those that stand here; empty for none."""
    asked = request.args.get("open", "")
    for row in sheet.item_rows(rows):
        if row.path == asked and not row.procedure:
            return asked
    return ""


def _back(desk: Desk, asked: str, opened: str) -> str:
    """The place a saved item leads back to."""
    spot = opened.replace("/", "-")
    return url_for("writing.part", ref=desk.ref, part=asked, _anchor=spot)


def _unfolded(rows: tuple[PartRow | Band, ...], whole: bool, opened: str) -> set[str]:
    """The headings that stand open: all of a short part, of one in which nothing changed, and where
    somebody wants to see the whole; else those below which something changed or is written."""
    bands = list(_bands(rows))
    everything = {band.path for band in bands}
    changed = {band.path for band in bands if band.tally.changed}
    short = len(list(sheet.item_rows(rows))) <= _FEW
    if whole or short or not (changed or opened):
        return everything
    return {path for path in everything if path in changed or opened.startswith(f"{path}/")}


def _bands(rows: tuple[PartRow | Band, ...]) -> list[Band]:
    bands = []
    for row in rows:
        if isinstance(row, Band):
            bands += [row, *_bands(row.below)]
    return bands


def _elsewhere(
    desk: Desk, links: list[sheet.PartLink], asked: str, words: str
) -> list[tuple[sheet.PartLink, int]]:
    """The other parts in which these words stand, with how many items."""
    hits = []
    for link in links if words else ():
        if link.path != asked:
            rows = sheet.found(sheet.rows_of(desk, path_of(link.path)), words)
            count = len(list(sheet.item_rows(rows)))
            if count:
                hits.append((link, count))
    return hits


def _jumps(
    rows: tuple[PartRow | Band, ...], links: list[sheet.PartLink], asked: str
) -> dict[str, str]:
    """Where 次の空欄 and 次の変更箇所 lead: to the first such row of this part, else to the next
    part that has one; empty where none has."""
    empty = next((row.id for row in sheet.item_rows(rows) if row.empty), "")
    changed = next((row.id for row in sheet.item_rows(rows) if row.changed), "")
    others = _after(links, asked)
    return {
        "empty": empty,
        "changed": changed,
        "empty_part": next((x.path for x in others if x.tally.answered < x.tally.whole), ""),
        "changed_part": next((x.path for x in others if x.tally.changed), ""),
    }


def _after(links: list[sheet.PartLink], asked: str) -> list[sheet.PartLink]:
    """The other parts, those behind this one first."""
    here = next((index for index, link in enumerate(links) if link.path == asked), 0)
    return [*links[here + 1 :], *links[:here]]


def _looks() -> dict[str, bool]:
    """How this person looks at parts: as asked for now, else as remembered."""
    name = devices.bound("desk", current_app.config["SESSION_COOKIE_SECURE"])
    kept = request.cookies.get(name, "").split("-")
    looks = {}
    for look in LOOKS:
        looks[look] = request.args.get(look, "1" if look in kept else "0") == "1"
    if any(look in request.args for look in LOOKS):
        value = "-".join(look for look in LOOKS if looks[look])
        after_this_request(lambda response: _kept(response, name, value))
    return looks


def _kept(response: Response, name: str, value: str) -> Response:
    response.set_cookie(
        name,
        value,
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
