"""Marks of 非公表部分 put on and taken off, and the same words in other places answered for (規則第
10条第1項・第2項).

Knows fields of forms. The rules are those of `actions.editing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import items as editing
from ...actions.editing import occurrences as editing_occurrences
from ...actions.records import occurrences
from ...domain.document import marked
from ...domain.document.items import item_at
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, workplace
from ..allowed import may
from ..answers import done
from ..declared import needs, proven_where, shows
from .draft import blueprint, open_desk, path_of
from .items import item
from .marking import entry_of, grounds_of, places_of


@blueprint.post("/lines/<ref>/withheld/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
@proven_where("clear", "1")
def withhold(ref: str, path: str) -> Answer:
    """Marks words, parts or all of an item, or takes marks off."""
    wp = workplace()
    seen = inputs.line("seen", "見ていた版")
    spot = path_of(path)
    back = url_for("writing.item", ref=ref, path=path)
    source = sources.read_ref(wp, seen)
    entry = entry_of(source.form, spot)
    if request.form.get("clear") == "1":
        _lift(ref, spot, entry, seen, source.tree)
        return done("非公表の指定を外しました。", back)
    ground = _ground()
    words = inputs.text("words", "非公表にする語句", most=inputs.PARAGRAPH, need=False)
    because = inputs.line("because", "非公表とする理由")
    places = places_of(item_at(source.form, spot), source.tree.find(spot), bool(entry))
    chosen = []
    for index, place in enumerate(places):
        if inputs.ticked(f"at{index}"):
            chosen.append(place["at"])
    if not words.strip() and not chosen:
        raise PiaError("非公表にする語句を入力するか、非公表にするところを選んでください。")
    inside = []
    for place in chosen:
        if place is not None:
            inside.append(place)
    with wp.store.together():
        if words.strip():
            seen = editing.withhold(
                wp, by(), editing.Opened(ref, spot, seen=seen), words, because, ground=ground
            ).ref
        if inside:
            seen = editing.withhold_at(
                wp, by(), editing.Opened(ref, spot, seen=seen), inside, because, ground=ground
            ).ref
        if None in chosen:
            editing.withhold_at(
                wp, by(), editing.Opened(ref, entry, seen=seen), [{}], because, ground=ground
            )
    return done("非公表部分を指定しました。提出には含まれ、公表では【非公表】となります。", back)


def _ground() -> str:
    return inputs.choice("ground", "公表しない根拠", tuple(workplace().rules["grounds"]))


def _lift(ref: str, spot: Path, entry: Path, seen: str, tree: Tree) -> None:
    """Takes off the marks that are ticked, or all of the item."""
    wp = workplace()
    of_item, of_entry = _ticked_off(tree, spot, entry)
    if not (of_item or of_entry) or request.form.get("every") == "1":
        editing.lift(wp, by(), editing.Opened(ref, spot, seen=seen), which=None)
        return
    with wp.store.together():
        if of_item:
            seen = editing.lift(wp, by(), editing.Opened(ref, spot, seen=seen), which=of_item).ref
        if of_entry:
            editing.lift(wp, by(), editing.Opened(ref, entry, seen=seen), which=of_entry)


def _ticked_off(tree: Tree, spot: Path, entry: Path) -> tuple[list[int], list[int]]:
    """The marks that are ticked: of the item, and of the entry around it. The fields count on from
    the one to the other."""
    node = tree.find(spot)
    around = tree.find(entry) if entry else None
    own = len(marked.of_item(node)) if node is not None else 0
    outer = len(marked.of_value(around.value)) if around is not None else 0
    ticked = []
    for index in range(own + outer):
        if inputs.ticked(f"off{index}"):
            ticked.append(index)
    return (
        [index for index in ticked if index < own],
        [index - own for index in ticked if index >= own],
    )


@blueprint.get("/lines/<ref>/occurrences")
@needs("draft", own="ref")
def withheld(ref: str) -> str:
    """Where withheld words stand a second time, with what was answered."""
    desk = open_desk(ref)
    places = occurrences.places(workplace(), ref)
    return render_template(
        "desk/withheld.html",
        d=desk,
        asked=occurrences.ASKED,
        grounds=grounds_of(desk.form.kind),
        open=[place for place in places if not place.answered],
        answered=[place for place in places if place.answered],
    )


@blueprint.post("/lines/<ref>/occurrences")
@needs("draft", own="ref")
@shows(withheld)
def answer_withheld(ref: str) -> Answer:
    """Marks the chosen places too, or leaves them public for a reason."""
    wp = workplace()
    what = inputs.choice("what", "答え", ("close", "open"))
    because = inputs.line("because", "理由")
    chosen = []
    for key, value in request.form.items():
        if re.fullmatch(r"p\d+", key):
            chosen.append(value)
    if not chosen:
        raise PiaError("所を選んでください。")
    if what == "open":
        editing_occurrences.leave_open(wp, by(), ref, chosen, because)
        return done("公表のままにする理由を記録しました。")
    ground = _ground()
    known = {place.fingerprint: place for place in occurrences.places(wp, ref)}
    places = []
    for fingerprint in chosen:
        if fingerprint in known:
            places.append(known[fingerprint])
    if any(place.path and not may("draft", place.ref) for place in places):
        raise PiaError("ほかの所属の評価書の記載は、その所属の担当者が印を付けます。")
    with wp.store.together():
        _close(ref, places, because, ground)
    return done("選んだ所も非公表にしました。")


def _close(ref: str, places: Iterable[occurrences.OpenPlace], because: str, ground: str) -> None:
    """Marks the places in texts, item by item; those beside a text are left out."""
    wp = workplace()
    by_item: dict[tuple[str, Path], list[dict[str, Any]]] = {}
    beside = []
    for place in places:
        if place.path:
            by_item.setdefault((place.ref, place.path), []).append(dict(place.at))
        else:
            beside.append(place.fingerprint)
    for (line, path), spots in by_item.items():
        seen = sources.read_ref(wp, line).ref
        editing.withhold_at(
            wp, by(), editing.Opened(line, path, seen=seen), spots, because, ground=ground
        )
    if beside:
        editing_occurrences.leave_out(wp, by(), ref, beside, because)
