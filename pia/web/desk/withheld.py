"""Marks of 非公表部分 put on and taken off, and the same words in other places answered for (規則第
10条第1項・第2項).

Knows fields of forms. The rules are those of `actions.editing`.
"""

from __future__ import annotations

import re
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import items as editing
from ...actions.editing import occurrences as editing_occurrences
from ...actions.records import occurrences
from ...domain.document import marked
from ...domain.document.items import item_at
from ...domain.document.tree import Node, Path
from ...domain.errors import PiaError
from .. import inputs
from ..gate import by, done, may, needs, proven_where, shows, workplace
from .draft import blueprint, open_desk, path_of
from .items import item
from .marking import entry_of, places_of


@blueprint.post("/lines/<ref>/withhold/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
@proven_where("clear", "1")
def withhold(ref: str, path: str) -> Answer:
    wp = workplace()
    seen = inputs.line("seen", "見ていた版")
    spot = path_of(path)
    back = url_for("writing.item", ref=ref, path=path)
    tree = sources.read_ref(wp, seen)
    node = tree.tree.find(spot)
    entry = entry_of(tree.form, spot)
    if request.form.get("clear") == "1":
        _disclose(ref, spot, entry, seen, node, tree.tree.find(entry) if entry else None)
        return done("非公表の指定を外しました。", back)
    ground = inputs.choice("ground", "公表しない根拠", tuple(wp.rules["grounds"]))
    words = inputs.text("words", "非公表にする語句", most=inputs.PARAGRAPH, need=False)
    because = inputs.line("because", "非公表とする理由")
    given = places_of(item_at(tree.form, spot), node, bool(entry))
    chosen = []
    for index, x in enumerate(given):
        if inputs.ticked(f"at{index}"):
            chosen.append(x["at"])
    if not words.strip() and not chosen:
        raise PiaError("非公表にする語句を入力するか、非公表にするところを選んでください。")
    with wp.store.together():
        if words.strip():
            seen = editing.withhold(
                wp, by(), ref, spot, words, because, ground=ground, seen=seen
            ).ref
        if inside := [at for at in chosen if at is not None]:
            seen = editing.withhold_at(
                wp, by(), ref, spot, inside, because, ground=ground, seen=seen
            ).ref
        if None in chosen:
            editing.withhold_at(wp, by(), ref, entry, [{}], because, ground=ground, seen=seen)
    return done("非公表部分を指定しました。提出には含まれ、公表では【非公表】となります。", back)


def _disclose(
    ref: str, spot: Path, entry: Path, seen: str, n: Node | None, around: Node | None
) -> None:
    """Takes off the marks that are ticked, or all of the item."""
    wp = workplace()
    if n is not None:
        mine = len(marked.of_item(n))
    else:
        mine = 0
    if around is not None:
        others = len(marked.of_value(around.value))
    else:
        others = 0
    ticked = []
    for index in range(mine + others):
        if inputs.ticked(f"off{index}"):
            ticked.append(index)
    every = not ticked or request.form.get("every") == "1"
    with wp.store.together():
        if every or any(index < mine for index in ticked):
            seen = editing.disclose(
                wp,
                by(),
                ref,
                spot,
                seen=seen,
                which=None if every else [index for index in ticked if index < mine],
            ).ref
        if any(index >= mine for index in ticked) and not every:
            editing.disclose(
                wp,
                by(),
                ref,
                entry,
                seen=seen,
                which=[index - mine for index in ticked if index >= mine],
            )


@blueprint.get("/lines/<ref>/withheld")
@needs("draft", own="ref")
def withheld(ref: str) -> str:
    """Where withheld words stand a second time, with what was answered."""
    wp = workplace()
    desk = open_desk(ref)
    found = occurrences.places(wp, ref)
    grounds = []
    for name, x in wp.rules["grounds"].items():
        if desk.form.kind in x["kinds"]:
            grounds.append((name, f"{x['says']}（{x['source']}）"))
    told = {
        "open": [place for place in found if not place.answered],
        "answered": [place for place in found if place.answered],
    }
    return render_template(
        "desk/withheld.html", d=desk, asked=occurrences.ASKED, grounds=grounds, **told
    )


@blueprint.post("/lines/<ref>/withheld")
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
    ground = inputs.choice("ground", "公表しない根拠", tuple(wp.rules["grounds"]))
    found = {}
    for place in occurrences.places(wp, ref):
        found[place.fingerprint] = place
    mine = []
    for x in chosen:
        if x in found:
            mine.append(found[x])
    if any(place.path and not may("draft", place.ref) for place in mine):
        raise PiaError("ほかの所属の評価書の記載は、その所属の担当者が印を付けます。")
    with wp.store.together():
        _close(ref, mine, because, ground)
    return done("選んだ所も非公表にしました。")


def _close(ref: str, places: list[occurrences.Place], because: str, ground: str) -> None:
    wp = workplace()
    by_item: dict[tuple[str, Path], list[dict[str, Any]]] = {}
    for place in places:
        if place.path:
            by_item.setdefault((place.ref, place.path), []).append(dict(place.at))
    for (line_, path), spots in by_item.items():
        seen = sources.read_ref(wp, line_).ref
        editing.withhold_at(wp, by(), line_, path, spots, because, ground=ground, seen=seen)
    beside = []
    for place in places:
        if not place.path:
            beside.append(place.fingerprint)
    if beside:
        editing_occurrences.leave_out(wp, by(), ref, beside, because)
