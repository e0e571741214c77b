"""The desk where an assessment is written: its parts with every item of the form, one item at a time in the shape its kind has, entries, and workbooks
brought in or back.

Knows fields of forms; what a change is and what clashes is said by `actions.editing.items` and `actions.editing.versions`.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import items as editing
from ...actions.editing import occurrences, unsaved, versions
from ...actions.output import carriers
from ...actions.sources import Source
from ...actions.viewing import register
from ...documents import figures
from ...documents.text.page import compared, hour
from ...domain.change.describe import label, names, numbers
from ...domain.document import items
from ...domain.document.blocks import join
from ...domain.document.form import Form, FormNode
from ...domain.document.items import item_at, shown_beside, shown_of
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ...domain.errors import PiaError, Refused
from ...domain.text import personal
from ...domain.withheld import marked
from .. import inputs
from ..gate import by, done, may, needs, proven_where, shows, who, workplace

blueprint = Blueprint("writing", __name__)
MOST_FILES = 60
MOST_ROWS = 200  # of a table whose rows and cells are offered one by one


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page of the desk shows: the line, its head, what was published last, the round with its reasons, and why nothing can be written now."""

    ref: str
    source: Source
    base: Source | None
    reasons: tuple[str, ...]
    round: register.RoundHead | None
    closed: Refused | None

    @property
    def form(self) -> Form:
        return self.source.form

    @property
    def tree(self) -> Tree:
        return self.source.tree


def _desk(ref: str) -> Desk:
    wp = workplace()
    with wp.store.moment():
        source = sources.read_ref(wp, ref)
        closed = editing.closed(wp, ref)
        if "~" not in ref:
            return Desk(ref, source, None, (), None, closed)
        view = register.round_head(wp, ref)
        if view.base_ref:
            base = sources.read_ref(wp, view.base_ref)
        else:
            base = None
    return Desk(
        ref,
        source,
        base if base and base.form.id == source.form.id else None,
        view.reasons,
        view,
        closed,
    )


def _path(given: str) -> Path:
    return tuple(given.split("/"))


# ---- 部ごとの記入欄


def _rows(
    form: Form, tree: Tree, lines: tuple[FormNode, ...], n: Node | None, path: Path, found: Any
) -> list[dict[str, Any]]:
    """Every line of the form below a place, filled or not, in order."""
    out: list[dict[str, Any]] = []
    if n is not None:
        below = {}
        for child in n.children:
            if child.kind not in LEAVES:
                below[child.key] = child
    else:
        below = {}
    for line in lines:
        here = (*path, line.key)
        at = below.get(line.key)
        row: dict[str, Any] = {
            "path": "/".join(here),
            "line": line,
            "depth": len(here) - len(path),
            "kind": "heading",
            "label": f"{line.number}{line.label}",
        }
        if line.repeated:
            if at is not None:
                entries = []
                for child in at.children:
                    entries.append((child.key, label(form, (*here, child.key), found)))
            else:
                entries = []
            out.append(
                {
                    **row,
                    "kind": "repeat",
                    "entries": entries,
                    "label": line.label.replace("{n}", ""),
                    "id": "-".join(here),
                }
            )
            for child in at.children if at is not None else ():
                spot = (*here, child.key)
                out.append(
                    {
                        "kind": "entry",
                        "label": label(form, spot, found),
                        "path": "/".join(spot),
                        "id": "-".join(spot),
                    }
                )
                out += _rows(form, tree, line.children, child, spot, found)
            continue
        if line.answerable:
            said = shown_of(at)
            out.append(
                {
                    **row,
                    "kind": "item",
                    "text": said,
                    "filled": bool(said),
                    "id": "-".join(here),
                    "shapes": at is not None
                    and line.kind in ("figure", "table")
                    and len(at.leaves),
                }
            )
        else:
            out.append(row)
        out += _rows(form, tree, line.children, at, here, found)
    return out


def _parts(form: Form, tree: Tree, found: Any) -> list[tuple[str, str]]:
    """(path, words) of every part, a repeated one per entry."""
    out = []
    for line in form.parts:
        if line.id in ("TOC", "H"):
            continue
        node = tree.find((line.key,))
        if line.repeated:
            if line.shares:
                root = tree.find((line.shares,))
            else:
                root = node
            out += [
                (f"{line.key}/{child.key}", label(form, (line.key, child.key), found))
                for child in (root.children if root is not None else ())
            ]
        else:
            out.append((line.key, f"{line.number}{line.label}"))
    return out


@blueprint.get("/lines/<ref>/write")
@needs("draft", own="ref", ref="line", asks=("part",))
def part(ref: str) -> str:
    """One part with all its items, filled or not."""
    desk = _desk(ref)
    found = names(desk.form, desk.tree)
    parts = _parts(desk.form, desk.tree, found)
    asked = request.args.get("part") or parts[0][0]
    path = _path(asked)
    line, _, rest = desk.form.at(path)
    if line is None or rest:
        raise PiaError("その部分は、この様式にありません。")
    node = desk.tree.find(path)
    rows = _rows(desk.form, desk.tree, line.children, node, path, found)
    if line.answerable:
        rows.insert(
            0,
            {
                "kind": "item",
                "path": asked,
                "line": line,
                "depth": 0,
                "label": f"{line.number}{line.label}",
                "text": shown_of(node),
                "filled": node is not None,
                "id": "-".join(path),
                "shapes": 0,
            },
        )
    roots = []
    for each_part in desk.form.parts:
        if each_part.repeated and not each_part.shares:
            roots.append(each_part)
    return render_template(
        "desk/part.html",
        d=desk,
        parts=parts,
        asked=asked,
        rows=rows,
        title=dict(parts).get(asked, line.label),
        roots=roots,
    )


# ---- 1つの項目


@blueprint.get("/lines/<ref>/items/<path:path>")
@needs("draft", own="ref", ref="line", asks=("unsaved", "block"))
def item(ref: str, path: str, draft: Node | None = None) -> str:
    """One item with the field its kind has, beside what was published. `draft`: what is being written and was not saved, to be marked instead."""
    desk = _desk(ref)
    spot = _path(path)
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
        held=_held(node),
        held_entry=_held(desk.tree.find(entry)) if (entry := _entry_of(desk.form, spot)) else [],
        places=_places(line, node, bool(_entry_of(desk.form, spot))),
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
    desk = _desk(ref)
    spot = _path(path)
    line = item_at(desk.form, spot)
    seen = inputs.line("seen", "見ていた版")
    answer = _answer(desk, line, spot, seen)
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
    desk = _desk(ref)
    spot = _path(path)
    line = item_at(desk.form, spot)
    if line.kind == "figure":
        raise PiaError("その項目は、この画面では見比べられません。")
    now = editing.answered(line, _answer(desk, line, spot, inputs.line("seen", "見ていた版")))
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


def _answer(d: Desk, line: FormNode, spot: Path, seen: str) -> Any:
    """What the fields say, as `items.plain` takes it; None for nothing."""
    match line.kind:
        case "text":
            written = inputs.text("text", "記載", most=inputs.DOCUMENT, need=False)
            if "block" in request.form:
                node = sources.read_ref(workplace(), seen).tree.find(spot)
                written = _one_block(node, request.form["block"], written)
            return written or None
        case "choice_one":
            typed = inputs.line("typed", "様式にない記載", most=inputs.PARAGRAPH, need=False)
            return (
                typed or inputs.line("option", "選択肢", most=inputs.PARAGRAPH, need=False) or None
            )
        case "choice_many":
            chosen: list[Any] = []
            for index, option in enumerate(line.options):
                if request.form.get(f"o{index}") == "1":
                    if option.free:
                        note = inputs.line(
                            f"n{index}", option.label, most=inputs.PARAGRAPH, need=False
                        )
                    else:
                        note = ""
                    if note:
                        chosen.append({option.label: note})
                    else:
                        chosen.append(option.label)
            return chosen or None
        case "number" | "date":
            return inputs.line("text", line.label, most=inputs.LINE, need=False) or None
        case "yes_no":
            if inputs.ticked("text"):
                return True
            return None
        case "table":
            return [
                {"cells": cell}
                for cell in _cells(inputs.text("text", "表", most=inputs.DOCUMENT, need=False))
            ] or None
        case "figure":
            return _figure(d, spot)
    raise PiaError("この項目は、この画面では書けません。")


def _one_block(n: Node | None, key: str, written: str) -> str:
    """The whole text with one block written anew; an emptied block goes."""
    from dataclasses import replace

    from ...domain.document.blocks import block

    if n is not None:
        leaves = list(n.leaves)
    else:
        leaves = []
    at = next((index for index, leave in enumerate(leaves) if leave.key == key), None)
    if at is None:
        raise PiaError("その見出しの記載は、なくなっています。画面を開き直してください。")
    old = leaves[at]
    if written.strip("\n"):
        leaves[at] = replace(block(written.strip("\n")), extra=old.extra)
    else:
        del leaves[at]
        if at == 0 and leaves:
            leaves[0] = replace(leaves[0], extra=old.extra)
    return join(leaves, ((n.value if n is not None else None) or {}).get("tail", 0))


def _cells(pasted: str) -> list[list[str]]:
    rows = []
    for texts in csv.reader(io.StringIO(pasted, newline=""), delimiter="\t"):
        rows.append([letter.strip() if "\n" not in letter else letter for letter in texts])
    if len(rows) > 20_000:
        raise inputs.Unfit("text", "表の行が多すぎます（上限20,000行）。")
    found = []
    for row in rows:
        if any(row):
            found.append(row)
    return found


def _figure(d: Desk, spot: Path) -> Any:
    """The figure with its words and parts as the fields say. Places are points; a part without type is none."""
    node = sources.read_ref(workplace(), request.form.get("seen", "")).tree.find(spot)
    old = (marked.answer_of(items.to_plain(node)) if node is not None else None) or {"shapes": []}
    shapes = []
    for index, shape in enumerate(old["shapes"]):
        if request.form.get(f"gone{index}") != "1":
            shapes.append(
                {
                    **shape,
                    "text": inputs.text(
                        f"text{index}", f"部品{index + 1}の文字", most=inputs.PARAGRAPH, need=False
                    ),
                }
            )
    if request.form.get("new_type"):
        kind = inputs.choice("new_type", "新しい部品の種類", items.SHAPES)
        place = {}
        for key, words in (("x", "左から"), ("y", "上から"), ("w", "幅"), ("h", "高さ")):
            place[key] = inputs.number(f"new_{key}", words, most=10_000)
        shapes.append(
            {
                "type": kind,
                "text": inputs.text(
                    "new_text", "新しい部品の文字", most=inputs.PARAGRAPH, need=False
                ),
                **place,
            }
        )
    if shapes:
        return {"shapes": shapes, **({"drawing": old["drawing"]} if old.get("drawing") else {})}
    return None


# ---- 非公表部分


def _entry_of(form: Form, spot: Path) -> Path:
    """The innermost entry an item stands in; empty where it stands in none."""
    for index in range(len(spot) - 1, 1, -1):
        if items.is_entry(form, spot[:index]):
            return spot[:index]
    return ()


def _held(n: Node | None) -> list[dict[str, str]]:
    """The marks of an item or entry: where, the words, reason and ground."""
    found: list[dict[str, str]] = []
    if n is None:
        return found
    for mark in marked.of_item(n):
        found.append(
            {
                "place": _place_words(n, mark),
                "words": _marked_words(n, mark),
                "reason": mark["reason"],
                "ground": mark.get("ground", ""),
            }
        )
    return found


def _place_words(n: Node, match: Any) -> str:
    """Where a mark lies, in words: 2行目の3列目, 部品4（箱）の文字."""
    if n.kind == "entry":
        return "この欄の全体"
    if "row" in match:
        return f"{match['row'] + 1}行目" + (
            f"の{match['cell'] + 1}列目" if "cell" in match else "の全体"
        )
    if "part" in match:
        kind = {"box": "箱", "label": "文字", "arrow": "矢印"}[
            n.leaves[match["part"]].value["type"]
        ]
        return f"部品{match['part'] + 1}（{kind}）" + (
            "の文字" if match.get("of") == "words" else "の全体"
        )
    if "option" in match:
        return f"選択肢「{match['option'].replace('　', '…')}」" + (
            "に添えた記載" if match.get("of") == "note" else "の全体"
        )
    if "start" in match:
        return ""
    return "項目の全体"


def _marked_words(n: Node, match: Any) -> str:
    if "start" in match:
        return items.text_of(n)[match["start"] : match["end"]]
    if "row" in match:
        cells = n.leaves[match["row"]].value["cells"]
        return str(cells[match["cell"]] if "cell" in match else "　".join(cells))
    if "part" in match:
        return str(n.leaves[match["part"]].value["text"])
    if match.get("of") == "note":
        return dict(n.value["options"]).get(match["option"], "")
    return ""


def _places(line: FormNode, n: Node | None, inside: bool) -> list[dict[str, Any]]:
    """What can be marked with a tick: the whole item, its rows and cells, parts, choices and notes, and the entry around it."""
    out: list[dict[str, Any]] = [{"at": {}, "words": "項目の全体"}]
    if n is not None:
        leaves = n.leaves
    else:
        leaves = ()
    if line.kind == "table" and len(leaves) <= MOST_ROWS:
        for index, leave in enumerate(leaves):
            out.append({"at": {"row": index}, "words": f"{index + 1}行目の全体"})
            out += [
                {
                    "at": {"row": index, "cell": other_index},
                    "words": f"{index + 1}行目の{other_index + 1}列目「{cell}」",
                }
                for other_index, cell in enumerate(leave.value["cells"])
                if cell
            ]
    if line.kind == "figure" and n is not None:
        for index, node in enumerate(leaves):
            out.append({"at": {"part": index}, "words": _place_words(n, {"part": index})})
            if node.value["text"]:
                out.append(
                    {
                        "at": {"part": index, "of": "words"},
                        "words": f"{_place_words(n, {'part': index, 'of': 'words'})}「{items.one_line(node.value['text'])}」",
                    }
                )
    if line.kind == "choice_many" and n is not None and n.value:
        for label_, note in n.value["options"]:
            out.append({"at": {"option": label_}, "words": _place_words(n, {"option": label_})})
            if note:
                out.append(
                    {
                        "at": {"option": label_, "of": "note"},
                        "words": f"{_place_words(n, {'option': label_, 'of': 'note'})}「{note}」",
                    }
                )
    return [*out, *([{"at": None, "words": "この欄（繰返し欄）の全体"}] if inside else [])]


@blueprint.post("/lines/<ref>/withhold/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(item)
@proven_where("clear", "1")
def withhold(ref: str, path: str) -> Answer:
    wp = workplace()
    seen = inputs.line("seen", "見ていた版")
    spot = _path(path)
    back = url_for("writing.item", ref=ref, path=path)
    tree = sources.read_ref(wp, seen)
    node = tree.tree.find(spot)
    entry = _entry_of(tree.form, spot)
    if request.form.get("clear") == "1":
        _disclose(ref, spot, entry, seen, node, tree.tree.find(entry) if entry else None)
        return done("非公表の指定を外しました。", back)
    ground = inputs.choice("ground", "公表しない根拠", tuple(wp.rules["grounds"]))
    words = inputs.text("words", "非公表にする語句", most=inputs.PARAGRAPH, need=False)
    because = inputs.line("because", "非公表とする理由")
    given = _places(item_at(tree.form, spot), node, bool(entry))
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
    desk = _desk(ref)
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
        occurrences.leave_open(wp, by(), ref, chosen, because)
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
        occurrences.leave_out(wp, by(), ref, beside, because)


# ---- 繰返し欄


@blueprint.post("/lines/<ref>/entries/<path:path>")
@needs("draft", own="ref", ref="line", seen="seen")
@shows(lambda ref, path: part(ref))
def entries(ref: str, path: str) -> Answer:
    """One change of a repeat: an entry added, copied, moved or taken out."""
    wp = workplace()
    spot = _path(path)
    seen = inputs.line("seen", "見ていた版")
    what = request.form.get("what", "")
    key = request.form.get("key", "")
    if what in ("add", "copy"):
        editing.add_entry(
            wp,
            by(),
            ref,
            spot,
            inputs.line("name", "名前"),
            seen=seen,
            like=key if what == "copy" else "",
        )
        said = "欄を加えました。"
    elif what == "remove":
        editing.remove_entry(
            wp, by(), ref, spot, key, seen=seen, why=inputs.line("why", "削除の理由")
        )
        said = "欄を削除しました。"
    elif what in ("up", "down"):
        editing.move_entry(wp, by(), ref, spot, key, -1 if what == "up" else 1, seen=seen)
        said = "順序を変えました。"
    else:
        raise PiaError("操作を選び直してください。")
    return done(said)


# ---- ワークブックの取込み


@blueprint.get("/import")
@needs("draft")
def bring() -> str:
    """Workbooks in: one into an assessment or a round, or a city's first day with many at once."""
    wp = workplace()
    lines = []
    for round_ in register.rounds(wp):
        if round_.state in editing.WRITING:
            lines.append(
                (round_.ref, f"{round_.affair}　{round_.kind}：{round_.title}（{round_.key}）")
            )
    lines += [
        (x.key, f"{x.name}　{x.kind_name}（まだ版がありません）")
        for x in register.register(wp)
        if x.head is None
    ]
    lines = [(ref, words) for ref, words in lines if may("draft", ref)]
    return render_template(
        "desk/bring.html", lines=lines, read=g.get("read"), personal_words=personal.WORDS
    )


@blueprint.post("/import")
@needs("draft", into="line")
@shows(bring)
def bring_in() -> Answer | tuple[str, int]:
    """Reads everything first; a single error anywhere takes nothing in, and every problem is listed with its cell."""
    wp = workplace()
    into = request.form.get("into", "")
    given = inputs.uploads("files", "ワークブック")
    if len(given) > MOST_FILES or (into and len(given) > 1):
        raise inputs.Unfit(
            "files",
            "取込み先を選んだときは、1つだけ選んでください。"
            if into
            else f"一度に取り込めるのは{MOST_FILES}件までです。",
        )
    if into and not may("draft", into):
        raise PiaError("その評価書は、あなたの所属のものではありません。")
    if not into and not may("office"):
        raise PiaError(
            "新しい評価書として取り込めるのは、事務局だけです。取込み先を選んでください。"
        )
    read: list[tuple[str, Source | None, Any]] = []
    for name, body in given:
        try:
            found = sources.read_bytes(body, name)
            read.append((name, found, found.problems))
        except PiaError as error:
            read.append((name, None, [str(error)]))
    g.read = read
    if any(found is None or found.errors for _, found, _ in read):
        g.problem = PiaError(
            "読み取れないところがあるため、何も取り込みませんでした。下の一覧のところを直して、もう一度選んでください。"
        )
        return bring(), 422
    if request.form.get("look") == "1":
        return bring(), 200
    to = ""
    left = []
    why = inputs.line("why", "取込みの説明", need=False) or "ワークブックを取込み"
    with wp.store.together():
        for name, found in [(name, source) for name, source, _ in read if source is not None]:
            key = into or versions.free_key(wp, found.key or name.rsplit(".", 1)[0])
            saved = versions.bring_in(
                wp,
                by(),
                key,
                found.tree,
                why=why,
                base=found.base,
                blobs=found.blobs,
                source={"file": name},
                carrier=(name, found.carrier) if found.carrier else None,
            )
            left += [
                f"{name}：{'/'.join(conflict.change.path)} は、ほかの人の変更と重なるため、取り込みませんでした。"
                for conflict in saved.conflicts
            ]
            to = url_for("desk.document", ref=saved.ref)
    for words in left:
        flash(words)
    flash(f"{len(read)}件を取り込みました。")
    return redirect(to if len(read) == 1 else url_for("desk.register"), 303)
