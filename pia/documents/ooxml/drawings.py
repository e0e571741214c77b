"""The figures of 別添1 between DrawingML and `items.figure`: boxes, labels and arrows with their text and place in points.

Knows drawing parts, groups and media; nothing of cells or forms. An imported drawing is kept whole as a blob (a small zip, equal input equal bytes) so
that it can be shown again as its author made it; what is compared and commented are the shapes.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

from lxml import etree

from ...domain.canonical import clean
from ...domain.errors import PiaError
from . import package
from .book import Book, Sheet, local, parse, relations

EMU = 12_700  # a point
XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OURS = "pia-figure"
KEPT = "pia-drawing:"
ASIDE = "pia-arrow-text"
_BLOCK = {
    "rightArrow": (0, 0.5, 1, 0),
    "leftArrow": (1, 0.5, -1, 0),
    "downArrow": (0.5, 0, 0, 1),
    "upArrow": (0.5, 1, 0, -1),
}
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


def anchors(book: Book, sheet: Sheet) -> list[Anchored]:
    """All anchors of a sheet's drawing, top to bottom as they stand. PiaError when there are far too many shapes."""
    if not sheet.drawing or sheet.drawing not in book.zip.namelist():
        return []
    out = []
    for index, anchor in enumerate(parse(book.zip.read(sheet.drawing))):
        x, y, width, height = _box(anchor, sheet)
        shapes: list[dict[str, Any]] = []
        pictures = 0
        top = content(anchor)
        if top is None:
            continue
        name = name_of(top)
        ours = name.startswith((OURS, KEPT))
        for shape in shapes_in(
            top, (x, y, width, height), None if not ours else (1.0, 1.0, 0.0, 0.0)
        ):
            if shape is None:
                pictures += 1
            else:
                shapes.append(shape)
        if len(shapes) > MAX_SHAPES:
            raise PiaError(
                f"シート「{sheet.name}」の図形が多すぎます（上限 {MAX_SHAPES}）。図を分けてください。"
            )
        out.append(Anchored(index, x, y, width, height, tuple(shapes), pictures, name))
    return out


def content(anchor: etree._Element) -> etree._Element | None:
    for node in anchor:
        if local(node.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame"):
            return node
        if local(node.tag) == "AlternateContent":
            for choice in node:
                for match in choice:
                    if local(match.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame"):
                        return match
            return None
    return None


def child(n: etree._Element | None, *names: str) -> etree._Element | None:
    for name in names:
        if n is None:
            n = None
        else:
            n = next((cell for cell in n if local(cell.tag) == name), None)
    return n


def number(n: etree._Element | None, name: str) -> float:
    try:
        if n is not None:
            return float(n.get(name) or 0)
        return 0.0
    except ValueError:
        return 0.0


def _said(n: etree._Element | None) -> float:
    """The number an element holds; 0 where a broken drawing has none."""
    try:
        return max(0.0, float((n.text if n is not None else "") or 0))
    except ValueError:
        return 0.0


def _box(anchor: etree._Element, sheet: Sheet) -> tuple[float, float, float, float]:
    def corner(n: etree._Element | None) -> tuple[float, float]:
        col, row, dx, dy = (_said(child(n, name)) for name in ("col", "row", "colOff", "rowOff"))
        return sheet.left(int(col) + 1) + dx / EMU, sheet.top(int(row) + 1) + dy / EMU

    ext = child(anchor, "ext")
    pos = child(anchor, "pos")
    start = child(anchor, "from")
    end = child(anchor, "to")
    if pos is not None:
        x = number(pos, "x") / EMU
        y = number(pos, "y") / EMU
    else:
        x, y = corner(start)
    if end is not None:
        x2, y2 = corner(end)
        return x, y, x2 - x, y2 - y
    return x, y, number(ext, "cx") / EMU, number(ext, "cy") / EMU


def name_of(n: etree._Element) -> str:
    return (_properties(n) if _properties(n) is not None else {}).get("name") or ""  # type: ignore[union-attr]


def _properties(n: etree._Element) -> etree._Element | None:
    for nv in n:
        if local(nv.tag).startswith("nv"):
            for part in nv:
                if local(part.tag) == "cNvPr":
                    return part
    return None


def xfrm_of(n: etree._Element) -> etree._Element | None:
    for pr in n:
        if local(pr.tag) in ("spPr", "grpSpPr"):
            for x in pr:
                if local(x.tag) == "xfrm":
                    return x
    return None


Scale = tuple[float, float, float, float]  # points = value * sx + tx, and the same for y


def shapes_in(
    n: etree._Element, box: tuple[float, float, float, float] | None, inside: Scale | None
) -> Iterator[dict[str, Any] | None]:
    """The shapes below a node; None for a picture. `box`: the anchor's place, for a top node; `inside`: how the group around it places its children."""
    kind = local(n.tag)
    xfrm = xfrm_of(n)
    off = child(xfrm, "off")
    ext = child(xfrm, "ext")
    sx, sy, tx, ty = inside or (1.0, 1.0, 0.0, 0.0)
    x = number(off, "x") / EMU * sx + tx
    y = number(off, "y") / EMU * sy + ty
    width = number(ext, "cx") / EMU * sx
    height = number(ext, "cy") / EMU * sy
    if box is not None and (inside is None or kind == "grpSp") and not (width or height):
        x, y, width, height = box
    if kind == "grpSp":
        first = child(xfrm, "chOff")
        extent = child(xfrm, "chExt")
        cw = number(extent, "cx") / EMU
        ch = number(extent, "cy") / EMU
        if cw:
            gx = width / cw
        else:
            gx = 1.0
        if ch:
            gy = height / ch
        else:
            gy = 1.0
        if name_of(n).startswith((OURS, KEPT)):
            below = inside
        else:
            below = (gx, gy, x - number(first, "x") / EMU * gx, y - number(first, "y") / EMU * gy)
        for cell in n:
            if local(cell.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame"):
                yield from shapes_in(cell, None, below)
    elif kind in ("pic", "graphicFrame"):
        yield None
    elif name_of(n) != ASIDE:
        yield _one(n, kind, x, y, width, height)


def _one(n: etree._Element, kind: str, x: float, y: float, w: float, h: float) -> dict[str, Any]:
    pr = child(n, "spPr")
    geometry = child(pr, "prstGeom")
    if geometry is not None:
        shape = geometry.get("prst") or ""
    else:
        shape = ""
    words = _words(n)
    if kind == "cxnSp" or shape == "line" or "Connector" in shape:
        xfrm = xfrm_of(n)
        line = child(pr, "ln")
        if xfrm is not None and xfrm.get("flipH") in ("1", "true"):
            x = x + w
            w = -w
        if xfrm is not None and xfrm.get("flipV") in ("1", "true"):
            y = y + h
            h = -h
        start = child(line, "headEnd")
        end = child(line, "tailEnd")
        if (
            start is not None
            and start.get("type") not in (None, "none")
            and (end is None or end.get("type") in (None, "none"))
        ):
            x = x + w
            y = y + h
            w = -w
            h = -h
        said = _properties(n)
        return _shape(
            "arrow", words or (said.get("descr") if said is not None else "") or "", x, y, w, h
        )
    if shape in _BLOCK:
        fx, fy, fw, fh = _BLOCK[shape]
        return _shape("arrow", words, x + w * fx, y + h * fy, w * fw, h * fh)
    text_box = any(
        local(cell.tag) == "cNvSpPr" and cell.get("txBox") in ("1", "true")
        for nv in n
        if local(nv.tag) == "nvSpPr"
        for cell in nv
    )
    bare = child(pr, "ln", "noFill") is not None
    xfrm = xfrm_of(n)
    if xfrm is not None and name_of(n).startswith("箱 ") and xfrm.get("flipH") == "1":
        x = x + w
        w = -w
    return _shape(
        "label" if bare or (text_box and child(pr, "ln") is None) else "box", words, x, y, w, h
    )


def _shape(kind: str, words: str, x: float, y: float, w: float, h: float) -> dict[str, Any]:
    def whole(v: float) -> int:
        return max(-1_000_000, min(1_000_000, round(v)))

    return {
        "type": kind,
        "text": clean(words, "図の文字"),
        "x": whole(x),
        "y": whole(y),
        "w": whole(w),
        "h": whole(h),
    }


def _words(n: etree._Element) -> str:
    body = child(n, "txBody")
    if body is None:
        return ""
    out = []
    for part in body:
        if local(part.tag) == "p":
            out.append(
                "".join(
                    "\n" if local(element.tag) == "br" else element.text or ""
                    for element in part.iter()
                    if local(element.tag) in ("t", "br")
                )
            )
    return "\n".join(out)


def blob_of(book: Book, sheet: Sheet, mine: Sequence[Anchored]) -> bytes:
    """The imported drawing of one figure, whole: the raw part, its media, and where its anchors stand (EMU)."""
    names = set(book.zip.namelist())
    media = {}
    for rel, (kind, target) in relations(book.zip, sheet.drawing).items():
        if kind == "image" and target in names:
            media[rel] = target
    about = {
        "anchors": [
            [
                anchored.index,
                *(
                    round(length * EMU)
                    for length in (anchored.x, anchored.y, anchored.w, anchored.h)
                ),
            ]
            for anchored in mine
        ],
        "media": {rel: target.rsplit("/", 1)[-1] for rel, target in sorted(media.items())},
    }
    parts = {
        "drawing.xml": book.zip.read(sheet.drawing),
        "drawing.json": json.dumps(about, sort_keys=True).encode(),
    }
    for target in sorted(set(media.values())):
        parts["media/" + target.rsplit("/", 1)[-1]] = book.zip.read(target)
    return package.pack(parts)


def read_figure(
    book: Book, sheet: Sheet, mine: Sequence[Anchored]
) -> tuple[dict[str, Any] | None, dict[str, bytes], bool]:
    """(answer for `items.plain`, blobs by digest, whether something in it has no text) of the anchors of one figure."""
    shapes = []
    for anchored in mine:
        for shape in anchored.shapes:
            shapes.append(shape)
    pictures = any(anchored.pictures for anchored in mine)
    if not mine or (not shapes and not pictures):
        return None, {}, False
    if all(anchored.name.startswith(OURS) for anchored in mine):
        return {"shapes": shapes}, {}, False
    if len(mine) == 1 and mine[0].name.startswith(KEPT):
        kept, _, mark = mine[0].name.removeprefix(KEPT).partition(":")
        if mark == fingerprint(shapes):
            return {"shapes": shapes, "drawing": kept}, {}, False
    blob = blob_of(book, sheet, mine)
    digest = sha256(blob).hexdigest()
    return {"shapes": shapes, "drawing": digest}, {digest: blob}, pictures


def fingerprint(shapes: Sequence[Mapping[str, Any]]) -> str:
    said = []
    for shape in shapes:
        said.append([shape["type"], shape["text"]] + [shape[key] for key in "xywh"])
    return sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()[:16]


def alike(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> bool:
    """The same figure, moved or scaled as a whole, give or take the rounding of another program."""
    if [(shape["type"], shape["text"].strip()) for shape in a] != [
        (shape["type"], shape["text"].strip()) for shape in b
    ]:
        return False
    for start, size in (("x", "w"), ("y", "h")):
        ends = []
        for file in (a, b):
            ends.append(
                [value for shape in file for value in (shape[start], shape[start] + shape[size])]
            )
        if not ends[0]:
            continue
        low = []
        for end in ends:
            low.append(min(end))
        span = []
        for end in ends:
            span.append(max(end) - min(end))
        if span[0]:
            scale = span[1] / span[0]
        else:
            scale = 1.0
        if any(
            abs((each_end - low[0]) * scale + low[1] - query) > 3 for each_end, query in zip(*ends)
        ):
            return False
    return True


def texts(body: bytes) -> str | None:
    """Every word a kept drawing holds, in all its parts, seen and unseen; None where it cannot be read whole: a picture's words are nobody's to search."""
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            parts = {}
            for name in archive.namelist():
                parts[name] = archive.read(name)
        return "\n".join(_words_of(name, part) for name, part in parts.items())
    except (ValueError, OSError, zipfile.BadZipFile, PiaError):
        return None


def _words_of(name: str, part: bytes) -> str:
    if not name.endswith((".xml", ".rels", ".json")):
        raise ValueError(name)
    if name.endswith(".json"):
        return json.dumps(json.loads(part), ensure_ascii=False)
    root = parse(part)
    return "\n".join(
        [
            "".join(root.itertext()),
            *(str(value) for element in root.iter() for value in element.attrib.values()),
        ]
    )
