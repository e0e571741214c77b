"""The figures of 別添1 between DrawingML and `items.figure`: boxes, labels and arrows with their text and place in points.

Knows drawing parts, groups and media; nothing of cells or forms. An imported drawing is kept whole as a blob (a small zip, equal input equal bytes) so
that it can be shown again as its author made it; what is compared and commented are the shapes.
"""

from __future__ import annotations

import copy
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

from lxml import etree

from ..domain import items
from ..domain.canonical import clean
from ..domain.errors import PiaError
from ..domain.tree import Node
from . import package
from .book import Book, Sheet, local, parse, relations

EMU = 12_700  # a point
_XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OURS, _KEPT = "pia-figure", "pia-drawing:"
_ASIDE = "pia-arrow-text"
_BLOCK = {"rightArrow": (0, 0.5, 1, 0), "leftArrow": (1, 0.5, -1, 0), "downArrow": (0.5, 0, 0, 1), "upArrow": (0.5, 1, 0, -1)}
MAX_SHAPES = 3_000


@dataclass(frozen=True, slots=True)
class Anchored:
    """One anchor of a sheet's drawing: where it stands (points on the sheet), its shapes, and what in it has no readable text."""

    index: int
    x: float
    y: float
    w: float
    h: float
    shapes: tuple[dict[str, Any], ...]
    pictures: int
    name: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure to be drawn: its node, its place on the sheet, the room it has (points), and its imported drawing if that is at hand."""

    figure: Node
    left: float
    top: float
    room: float
    blob: bytes | None


# ---- reading


def anchors(book: Book, sheet: Sheet) -> list[Anchored]:
    """All anchors of a sheet's drawing, top to bottom as they stand. PiaError when there are far too many shapes."""
    if not sheet.drawing or sheet.drawing not in book.zip.namelist():
        return []
    out = []
    for i, anchor in enumerate(parse(book.zip.read(sheet.drawing))):
        x, y, w, h = _box(anchor, sheet)
        shapes: list[dict[str, Any]] = []
        pictures = 0
        top = _content(anchor)
        if top is None:
            continue
        name = _name(top)
        ours = name.startswith((_OURS, _KEPT))
        for s in _shapes(top, (x, y, w, h), None if not ours else (1.0, 1.0, 0.0, 0.0)):
            if s is None:
                pictures += 1
            else:
                shapes.append(s)
        if len(shapes) > MAX_SHAPES:
            raise PiaError(f"シート「{sheet.name}」の図形が多すぎます（上限 {MAX_SHAPES}）。図を分けてください。")
        out.append(Anchored(i, x, y, w, h, tuple(shapes), pictures, name))
    return out


def _content(anchor: etree._Element) -> etree._Element | None:
    for n in anchor:
        if local(n.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame"):
            return n
        if local(n.tag) == "AlternateContent":
            return next((m for choice in n for m in choice if local(m.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame")), None)
    return None


def _child(n: etree._Element | None, *names: str) -> etree._Element | None:
    for name in names:
        n = None if n is None else next((c for c in n if local(c.tag) == name), None)
    return n


def _number(n: etree._Element | None, name: str) -> float:
    try:
        return float(n.get(name) or 0) if n is not None else 0.0
    except ValueError:
        return 0.0


def _box(anchor: etree._Element, sheet: Sheet) -> tuple[float, float, float, float]:
    def corner(n: etree._Element | None) -> tuple[float, float]:
        col, row = int(_child(n, "col").text or 0), int(_child(n, "row").text or 0)  # type: ignore[union-attr]
        dx, dy = float(_child(n, "colOff").text or 0), float(_child(n, "rowOff").text or 0)  # type: ignore[union-attr]
        return sheet.left(col + 1) + dx / EMU, sheet.top(row + 1) + dy / EMU

    ext, pos, start, end = _child(anchor, "ext"), _child(anchor, "pos"), _child(anchor, "from"), _child(anchor, "to")
    x, y = (_number(pos, "x") / EMU, _number(pos, "y") / EMU) if pos is not None else corner(start)
    if end is not None:
        x2, y2 = corner(end)
        return x, y, x2 - x, y2 - y
    return x, y, _number(ext, "cx") / EMU, _number(ext, "cy") / EMU


def _name(n: etree._Element) -> str:
    return (_properties(n) if _properties(n) is not None else {}).get("name") or ""  # type: ignore[union-attr]


def _properties(n: etree._Element) -> etree._Element | None:
    return next((p for nv in n if local(nv.tag).startswith("nv") for p in nv if local(p.tag) == "cNvPr"), None)


def _xfrm(n: etree._Element) -> etree._Element | None:
    return next((x for pr in n if local(pr.tag) in ("spPr", "grpSpPr") for x in pr if local(x.tag) == "xfrm"), None)


Scale = tuple[float, float, float, float]  # points = value * sx + tx, and the same for y


def _shapes(n: etree._Element, box: tuple[float, float, float, float] | None, inside: Scale | None) -> Iterator[dict[str, Any] | None]:
    """The shapes below a node; None for a picture. `box`: the anchor's place, for a top node; `inside`: how the group around it places its children."""
    kind, xfrm = local(n.tag), _xfrm(n)
    off, ext = _child(xfrm, "off"), _child(xfrm, "ext")
    sx, sy, tx, ty = inside or (1.0, 1.0, 0.0, 0.0)
    x, y = _number(off, "x") / EMU * sx + tx, _number(off, "y") / EMU * sy + ty
    w, h = _number(ext, "cx") / EMU * sx, _number(ext, "cy") / EMU * sy
    if box is not None and (inside is None or kind == "grpSp") and not (w or h):
        x, y, w, h = box
    if kind == "grpSp":
        first, extent = _child(xfrm, "chOff"), _child(xfrm, "chExt")
        cw, ch = _number(extent, "cx") / EMU, _number(extent, "cy") / EMU
        gx, gy = (w / cw if cw else 1.0), (h / ch if ch else 1.0)
        below = inside if _name(n).startswith((_OURS, _KEPT)) else (gx, gy, x - _number(first, "x") / EMU * gx, y - _number(first, "y") / EMU * gy)
        for c in n:
            if local(c.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame"):
                yield from _shapes(c, None, below)
    elif kind in ("pic", "graphicFrame"):
        yield None
    elif _name(n) != _ASIDE:
        yield _one(n, kind, x, y, w, h)


def _one(n: etree._Element, kind: str, x: float, y: float, w: float, h: float) -> dict[str, Any]:
    pr = _child(n, "spPr")
    shape = (_child(pr, "prstGeom").get("prst") or "") if _child(pr, "prstGeom") is not None else ""  # type: ignore[union-attr]
    words = _words(n)
    if kind == "cxnSp" or shape == "line" or "Connector" in shape:
        xfrm, line = _xfrm(n), _child(pr, "ln")
        if xfrm is not None and xfrm.get("flipH") in ("1", "true"):
            x, w = x + w, -w
        if xfrm is not None and xfrm.get("flipV") in ("1", "true"):
            y, h = y + h, -h
        start, end = _child(line, "headEnd"), _child(line, "tailEnd")
        if start is not None and start.get("type") not in (None, "none") and (end is None or end.get("type") in (None, "none")):
            x, y, w, h = x + w, y + h, -w, -h
        said = _properties(n)
        return _shape("arrow", words or (said.get("descr") if said is not None else "") or "", x, y, w, h)
    if shape in _BLOCK:
        fx, fy, fw, fh = _BLOCK[shape]
        return _shape("arrow", words, x + w * fx, y + h * fy, w * fw, h * fh)
    text_box = any(local(c.tag) == "cNvSpPr" and c.get("txBox") in ("1", "true") for nv in n if local(nv.tag) == "nvSpPr" for c in nv)
    bare = _child(pr, "ln", "noFill") is not None
    xfrm = _xfrm(n)
    if xfrm is not None and _name(n).startswith("箱 ") and xfrm.get("flipH") == "1":
        x, w = x + w, -w
    return _shape("label" if bare or (text_box and _child(pr, "ln") is None) else "box", words, x, y, w, h)


def _shape(kind: str, words: str, x: float, y: float, w: float, h: float) -> dict[str, Any]:
    def whole(v: float) -> int:
        return max(-1_000_000, min(1_000_000, round(v)))

    return {"type": kind, "text": clean(words, "図の文字"), "x": whole(x), "y": whole(y), "w": whole(w), "h": whole(h)}


def _words(n: etree._Element) -> str:
    body = _child(n, "txBody")
    if body is None:
        return ""
    out = []
    for p in body:
        if local(p.tag) == "p":
            out.append("".join("\n" if local(t.tag) == "br" else t.text or "" for t in p.iter() if local(t.tag) in ("t", "br")))
    return "\n".join(out)


def blob_of(book: Book, sheet: Sheet, mine: Sequence[Anchored]) -> bytes:
    """The imported drawing of one figure, whole: the raw part, its media, and where its anchors stand (EMU)."""
    names = set(book.zip.namelist())
    media = {rel: target for rel, (kind, target) in relations(book.zip, sheet.drawing).items() if kind == "image" and target in names}
    about = {
        "anchors": [[a.index, *(round(v * EMU) for v in (a.x, a.y, a.w, a.h))] for a in mine],
        "media": {rel: target.rsplit("/", 1)[-1] for rel, target in sorted(media.items())},
    }
    parts = {"drawing.xml": book.zip.read(sheet.drawing), "drawing.json": json.dumps(about, sort_keys=True).encode()}
    for target in sorted(set(media.values())):
        parts["media/" + target.rsplit("/", 1)[-1]] = book.zip.read(target)
    return package.pack(parts)


def read_figure(book: Book, sheet: Sheet, mine: Sequence[Anchored]) -> tuple[dict[str, Any] | None, dict[str, bytes], bool]:
    """(answer for `items.plain`, blobs by digest, whether something in it has no text) of the anchors of one figure."""
    shapes = [s for a in mine for s in a.shapes]
    pictures = any(a.pictures for a in mine)
    if not mine or (not shapes and not pictures):
        return None, {}, False
    if all(a.name.startswith(_OURS) for a in mine):
        return {"shapes": shapes}, {}, False
    if len(mine) == 1 and mine[0].name.startswith(_KEPT):
        kept, _, mark = mine[0].name.removeprefix(_KEPT).partition(":")
        if mark == fingerprint(shapes):
            return {"shapes": shapes, "drawing": kept}, {}, False
    blob = blob_of(book, sheet, mine)
    digest = sha256(blob).hexdigest()
    return {"shapes": shapes, "drawing": digest}, {digest: blob}, pictures


def fingerprint(shapes: Sequence[Mapping[str, Any]]) -> str:
    said = [[s["type"], s["text"]] + [s[k] for k in "xywh"] for s in shapes]
    return sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()[:16]


def alike(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> bool:
    """The same figure, moved or scaled as a whole, give or take the rounding of another program."""
    if [(s["type"], s["text"].strip()) for s in a] != [(s["type"], s["text"].strip()) for s in b]:
        return False
    for start, size in (("x", "w"), ("y", "h")):
        ends = [[v for s in f for v in (s[start], s[start] + s[size])] for f in (a, b)]
        if not ends[0]:
            continue
        low, span = [min(e) for e in ends], [max(e) - min(e) for e in ends]
        scale = span[1] / span[0] if span[0] else 1.0
        if any(abs((p - low[0]) * scale + low[1] - q) > 3 for p, q in zip(*ends)):
            return False
    return True


# ---- writing


def sheet_drawing(figures: Sequence[Placed]) -> package.Drawing:
    """One drawing part with every figure of a sheet, each in a group of its own that keeps the figure's own coordinates."""
    root = etree.Element(f"{{{_XDR}}}wsDr", nsmap={"xdr": _XDR, "a": _A, "r": _R})
    media: dict[str, tuple[str, bytes]] = {}
    ids = iter(range(2, 1_000_000))
    for n, f in enumerate(figures, 1):
        shapes = [dict(s.value) for s in f.figure.leaves]
        kept = _kept(f, shapes)
        if kept is not None:
            children, images = kept
            name = f"{_KEPT}{(f.figure.value or {}).get('drawing')}:{fingerprint(shapes)}"
            for rel, image in images.items():
                media[f"f{n}{rel}"] = image
            for c in children:
                _relink(c, f"f{n}", images, ids)
        else:
            name = _OURS
            children = [e for s in shapes for e in _drawn(s, ids)]
        _group(root, name, children, shapes, f, ids)
    return package.Drawing(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True), media)


def _kept(f: Placed, shapes: list[dict[str, Any]]) -> tuple[list[etree._Element], dict[str, tuple[str, bytes]]] | None:
    """The nodes and media of the imported drawing, unless the figure has changed since: then its own shapes are drawn."""
    if not f.blob or not (f.figure.value or {}).get("drawing"):
        return None
    try:
        with zipfile.ZipFile(BytesIO(f.blob)) as z:
            about = json.loads(z.read("drawing.json"))
            root = parse(z.read("drawing.xml"))
            images = {rel: (name, z.read(f"media/{name}")) for rel, name in about["media"].items()}
    except (KeyError, ValueError, zipfile.BadZipFile):
        return None
    top, read = list(root), []
    nodes = []
    for index, x, y, w, h in about["anchors"]:
        n = _content(top[index]) if index < len(top) else None
        if n is None:
            continue
        box = (x / EMU, y / EMU, w / EMU, h / EMU)
        ours = _name(n).startswith((_OURS, _KEPT))
        read += [s for s in _shapes(n, box, None if not ours else (1.0, 1.0, 0.0, 0.0)) if s]
        made = copy.deepcopy(n)
        _settle(made, (x, y, w, h))
        nodes.append(made)
    return (nodes, images) if read == shapes else None


def _settle(n: etree._Element, box: tuple[int, int, int, int]) -> None:
    """Give a top node the place of its anchor where it has none of its own: inside a group the anchor is gone."""
    xfrm = _xfrm(n) if local(n.tag) != "graphicFrame" else _child(n, "xfrm")
    off, ext = _child(xfrm, "off"), _child(xfrm, "ext")
    if off is not None and ext is not None and not (_number(ext, "cx") or _number(ext, "cy")):
        off.set("x", str(box[0])), off.set("y", str(box[1])), ext.set("cx", str(box[2])), ext.set("cy", str(box[3]))


def _relink(n: etree._Element, prefix: str, images: Mapping[str, Any], ids: Iterator[int]) -> None:
    """New ids; media under their new relation names; what points to nothing any more is taken out."""
    for e in list(n.iter()):
        if local(e.tag) in ("hlinkClick", "hlinkHover") and e.getparent() is not None:
            e.getparent().remove(e)
            continue
        if local(e.tag) == "cNvPr":
            e.set("id", str(next(ids)))
        for key, value in list(e.attrib.items()):
            if key.startswith(f"{{{_R}}}"):
                if value in images:
                    e.set(key, prefix + value)
                else:
                    del e.attrib[key]
        if e.get("textlink"):
            e.set("textlink", "")
        if e.get("macro"):
            e.set("macro", "")


def _el(parent: etree._Element, tag: str, space: str = _A, **attributes: Any) -> etree._Element:
    return etree.SubElement(parent, f"{{{space}}}{tag}", {k: str(v) for k, v in attributes.items()})


def _group(root: etree._Element, name: str, children: list[etree._Element], shapes: list[dict[str, Any]], f: Placed, ids: Iterator[int]) -> None:
    from .layout import bounds

    x1, y1, x2, y2 = bounds(shapes)
    w, h = max(x2 - x1, 1), max(y2 - y1, 1)
    scale = min(1.0, f.room / w)
    left, top = round((f.left + max(x1, 0) * scale * (1 if x2 * scale <= f.room else 0)) * EMU), round((f.top + max(y1, 0) * scale) * EMU)
    anchor = _el(root, "absoluteAnchor", _XDR)
    _el(anchor, "pos", _XDR, x=left, y=top)
    _el(anchor, "ext", _XDR, cx=round(w * scale * EMU), cy=round(h * scale * EMU))
    group = _el(anchor, "grpSp", _XDR)
    nv = _el(group, "nvGrpSpPr", _XDR)
    _el(nv, "cNvPr", _XDR, id=next(ids), name=name)
    _el(nv, "cNvGrpSpPr", _XDR)
    xfrm = _el(_el(group, "grpSpPr", _XDR), "xfrm")
    _el(xfrm, "off", x=left, y=top)
    _el(xfrm, "ext", cx=round(w * scale * EMU), cy=round(h * scale * EMU))
    _el(xfrm, "chOff", x=x1 * EMU, y=y1 * EMU)
    _el(xfrm, "chExt", cx=w * EMU, cy=h * EMU)
    group.extend(children)
    _el(anchor, "clientData", _XDR)


def _drawn(s: Mapping[str, Any], ids: Iterator[int]) -> Iterator[etree._Element]:
    """A shape of ours as DrawingML. An arrow's text stands beside it as a text that is not read back."""
    x, y, w, h = s["x"], s["y"], s["w"], s["h"]
    if s["type"] == "arrow":
        made = etree.Element(f"{{{_XDR}}}cxnSp", {"macro": ""})
        nv = _el(made, "nvCxnSpPr", _XDR)
        _el(nv, "cNvPr", _XDR, id=next(ids), name="矢印", **({"descr": s["text"]} if s["text"] else {}))
        _el(nv, "cNvCxnSpPr", _XDR)
        pr = _place(made, x, y, w, h, "straightConnector1")
        line = _line(pr)
        _el(line, "tailEnd", type="triangle")
        yield made
        if s["text"]:
            yield _text_shape(_ASIDE, s["text"], round(x + w / 2 - 40), round(y + h / 2 - 8), 80, 16, False, ids)
        return
    yield _text_shape("箱 " if s["type"] == "box" else "文字 ", s["text"], x, y, w, h, s["type"] == "box", ids)


def _place(made: etree._Element, x: int, y: int, w: int, h: int, shape: str) -> etree._Element:
    pr = _el(made, "spPr", _XDR)
    xfrm = _el(pr, "xfrm", **{k: "1" for k, v in (("flipH", w), ("flipV", h)) if v < 0})
    _el(xfrm, "off", x=min(x, x + w) * EMU, y=min(y, y + h) * EMU)
    _el(xfrm, "ext", cx=abs(w) * EMU, cy=abs(h) * EMU)
    _el(_el(pr, "prstGeom", prst=shape), "avLst")
    return pr


def _line(pr: etree._Element) -> etree._Element:
    line = _el(pr, "ln", w=9525)
    _el(_el(line, "solidFill"), "srgbClr", val="404040")
    return line


def _text_shape(name: str, words: str, x: int, y: int, w: int, h: int, framed: bool, ids: Iterator[int]) -> etree._Element:
    made = etree.Element(f"{{{_XDR}}}sp", {"macro": "", "textlink": ""})
    nv = _el(made, "nvSpPr", _XDR)
    _el(nv, "cNvPr", _XDR, id=next(ids), name=name)
    _el(nv, "cNvSpPr", _XDR, **({} if framed else {"txBox": 1}))
    pr = _place(made, x, y, w, h, "rect")
    if framed:
        _el(_el(pr, "solidFill"), "srgbClr", val="FFFFFF")
        _line(pr)
    else:
        _el(pr, "noFill")
        _el(_el(pr, "ln"), "noFill")
    body = _el(made, "txBody", _XDR)
    _el(body, "bodyPr", wrap="square", lIns=36000, tIns=18000, rIns=36000, bIns=18000, anchor="ctr" if framed else "t")
    _el(body, "lstStyle")
    for one in words.split("\n"):
        p = _el(body, "p")
        if one:
            run = _el(p, "r")
            _el(run, "rPr", lang="ja-JP", sz=900)
            run[0].append(etree.Element(f"{{{_A}}}solidFill"))
            _el(run[0][0], "srgbClr", val="000000")
            _el(run, "t").text = one
    return made


def figure_answer(n: Node) -> Any:
    """What a figure node holds, as `read_figure` gives it."""
    return items.to_plain(n)
