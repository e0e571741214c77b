"""The figures of 別添1 between DrawingML and `items.figure`: boxes, labels and arrows with their
text and place in points.

Knows drawing parts, groups and media; nothing of cells or forms. An imported drawing is kept whole
as a blob (a small zip, equal input equal bytes) so that it can be shown again as its author made
it; what is compared and commented are the shapes.
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
from . import archive as packed
from . import package
from .book import Book, BookSheet, relations
from .markup import local, parse

EMU = 12_700  # a point
XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OURS = "pia-figure"
KEPT = "pia-drawing:"
ASIDE = "pia-arrow-text"
_PICTURES = ("pic", "graphicFrame")
_SHAPES = ("sp", "cxnSp", "grpSp", *_PICTURES)
_BLOCK = {
    "rightArrow": (0, 0.5, 1, 0),
    "leftArrow": (1, 0.5, -1, 0),
    "downArrow": (0.5, 0, 0, 1),
    "upArrow": (0.5, 1, 0, -1),
}
MAX_SHAPES = 3_000
MAX_UNPACKED = 60 << 20


@dataclass(frozen=True, slots=True)
class Anchored:
    """One anchor of a sheet's drawing: where it stands (points on the sheet), its shapes, and what
    in it has no readable text.
    """

    index: int
    x: float
    y: float
    w: float
    h: float
    shapes: tuple[dict[str, Any], ...]
    pictures: int
    name: str


def anchors(book: Book, sheet: BookSheet) -> list[Anchored]:
    """All anchors of a sheet's drawing, top to bottom as they stand.

    PiaError when there are far too many shapes.
    """
    if not sheet.drawing or sheet.drawing not in book.zip.namelist():
        return []
    out = []
    for index, anchor in enumerate(parse(book.zip.read(sheet.drawing))):
        top = content(anchor)
        if top is None:
            continue
        box = _box(anchor, sheet)
        name = name_of(top)
        # Our own groups keep the coordinates of the figure.
        inside = None
        if name.startswith((OURS, KEPT)):
            inside = (1.0, 1.0, 0.0, 0.0)
        read = list(shapes_in(top, box, inside))
        shapes = tuple(shape for shape in read if shape is not None)
        if len(shapes) > MAX_SHAPES:
            raise PiaError(
                f"シート「{sheet.name}」の図形が多すぎます（上限 {MAX_SHAPES}）。"
                "図を分けてください。"
            )
        out.append(Anchored(index, *box, shapes, len(read) - len(shapes), name))
    return out


def content(anchor: etree._Element) -> etree._Element | None:
    """What an anchor holds: a shape, group or picture."""
    for node in anchor:
        if local(node.tag) in _SHAPES:
            return node
        if local(node.tag) == "AlternateContent":
            return next(filter(_is_shape, _below(node)), None)
    return None


def _below(node: etree._Element) -> Iterator[etree._Element]:
    """What the choices of an alternative hold, the preferred one first."""
    for choice in node:
        yield from choice


def _is_shape(node: etree._Element) -> bool:
    return local(node.tag) in _SHAPES


def child(n: etree._Element | None, *names: str) -> etree._Element | None:
    """The node reached by these names, one below the other; None where there is none."""
    for name in names:
        if n is None:
            n = None
        else:
            n = next((cell for cell in n if local(cell.tag) == name), None)
    return n


def number(n: etree._Element | None, name: str) -> float:
    """An attribute as a number; 0 where it is none."""
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


def _box(anchor: etree._Element, sheet: BookSheet) -> tuple[float, float, float, float]:
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
    """The name a shape has in the drawing."""
    properties = properties_of(n)
    if properties is None:
        return ""
    return properties.get("name") or ""


def properties_of(n: etree._Element) -> etree._Element | None:
    """The name, id and description of a shape (cNvPr); None where it has none."""
    for nv in n:
        if local(nv.tag).startswith("nv"):
            for part in nv:
                if local(part.tag) == "cNvPr":
                    return part
    return None


def xfrm_of(n: etree._Element) -> etree._Element | None:
    """The node that gives a shape's place and size."""
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
    """The shapes below a node; None for a picture. `box`: the anchor's place, for a top node;
    `inside`: how the group around it places its children.
    """
    kind = local(n.tag)
    xfrm = xfrm_of(n)
    x, y, width, height = _placed(xfrm, inside or (1.0, 1.0, 0.0, 0.0))
    if box is not None and not (width or height) and (inside is None or kind == "grpSp"):
        x, y, width, height = box
    if kind == "grpSp":
        if not name_of(n).startswith((OURS, KEPT)):
            inside = _group_scale(xfrm, x, y, width, height)
        for node in filter(_is_shape, n):
            yield from shapes_in(node, None, inside)
    elif kind in _PICTURES:
        yield None
    elif name_of(n) != ASIDE:
        yield shape_of(n, kind, x, y, width, height)


def _placed(xfrm: etree._Element | None, inside: Scale) -> tuple[float, float, float, float]:
    """x, y, width and height (points) of what a transform places within a group."""
    off = child(xfrm, "off")
    ext = child(xfrm, "ext")
    sx, sy, tx, ty = inside
    x = number(off, "x") / EMU * sx + tx
    y = number(off, "y") / EMU * sy + ty
    return x, y, number(ext, "cx") / EMU * sx, number(ext, "cy") / EMU * sy


def _group_scale(
    xfrm: etree._Element | None, x: float, y: float, width: float, height: float
) -> Scale:
    """How a group places its children: their own measure stretched to the group's box."""
    first = child(xfrm, "chOff")
    extent = child(xfrm, "chExt")
    own_width = number(extent, "cx") / EMU
    own_height = number(extent, "cy") / EMU
    gx = 1.0
    if own_width:
        gx = width / own_width
    gy = 1.0
    if own_height:
        gy = height / own_height
    return (gx, gy, x - number(first, "x") / EMU * gx, y - number(first, "y") / EMU * gy)


def shape_of(
    n: etree._Element, kind: str, x: float, y: float, w: float, h: float
) -> dict[str, Any]:
    """One shape: an arrow, a label or a box; its place and size in points."""
    properties = child(n, "spPr")
    geometry = child(properties, "prstGeom")
    shape = ""
    if geometry is not None:
        shape = geometry.get("prst") or ""
    if kind == "cxnSp" or shape == "line" or "Connector" in shape:
        return _arrow(n, x, y, w, h)
    words = _words(n)
    if shape in _BLOCK:
        fx, fy, fw, fh = _BLOCK[shape]
        return made_shape("arrow", words, x + w * fx, y + h * fy, w * fw, h * fh)
    if _is_mirrored(n):
        x = x + w
        w = -w
    if _has_no_line(n, properties):
        return made_shape("label", words, x, y, w, h)
    return made_shape("box", words, x, y, w, h)


def _is_mirrored(n: etree._Element) -> bool:
    """Whether a box of ours is turned round, so that its right edge stands at its place."""
    xfrm = xfrm_of(n)
    return xfrm is not None and name_of(n).startswith("箱 ") and xfrm.get("flipH") == "1"


def _has_no_line(n: etree._Element, properties: etree._Element | None) -> bool:
    """Whether a shape has no outline: said so, or a text box that says nothing of one."""
    if child(properties, "ln", "noFill") is not None:
        return True
    return child(properties, "ln") is None and _is_text_box(n)


def _is_text_box(n: etree._Element) -> bool:
    for part in n:
        if local(part.tag) != "nvSpPr":
            continue
        for node in part:
            if local(node.tag) == "cNvSpPr" and node.get("txBox") in ("1", "true"):
                return True
    return False


def _arrow(n: etree._Element, x: float, y: float, w: float, h: float) -> dict[str, Any]:
    """A line from its start to its end; one with a head at its start only is turned round."""
    xfrm = xfrm_of(n)
    if xfrm is not None and xfrm.get("flipH") in ("1", "true"):
        x = x + w
        w = -w
    if xfrm is not None and xfrm.get("flipV") in ("1", "true"):
        y = y + h
        h = -h
    line = child(child(n, "spPr"), "ln")
    if _has_head(child(line, "headEnd")) and not _has_head(child(line, "tailEnd")):
        x = x + w
        y = y + h
        w = -w
        h = -h
    words = _words(n)
    about = properties_of(n)
    if not words and about is not None:
        words = about.get("descr") or ""
    return made_shape("arrow", words, x, y, w, h)


def _has_head(end: etree._Element | None) -> bool:
    return end is not None and end.get("type") not in (None, "none")


def made_shape(kind: str, words: str, x: float, y: float, w: float, h: float) -> dict[str, Any]:
    """A shape as a figure holds it: whole points."""

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
    """The words of a shape, a line for each paragraph."""
    body = child(n, "txBody")
    if body is None:
        return ""
    paragraphs = []
    for part in body:
        if local(part.tag) == "p":
            paragraphs.append(part)
    return "\n".join(map(_paragraph, paragraphs))


def _paragraph(part: etree._Element) -> str:
    text = ""
    for element in part.iter():
        if local(element.tag) == "br":
            text += "\n"
        elif local(element.tag) == "t":
            text += element.text or ""
    return text


def blob_of(book: Book, sheet: BookSheet, mine: Sequence[Anchored]) -> bytes:
    """The imported drawing of one figure, whole: the raw part, its media, and where its anchors
    stand (EMU).
    """
    names = set(book.zip.namelist())
    media = {}
    for rel, (kind, target) in relations(book.zip, sheet.drawing).items():
        if kind == "image" and target in names:
            media[rel] = target
    places = []
    for anchored in mine:
        box = (anchored.x, anchored.y, anchored.w, anchored.h)
        places.append([anchored.index, *(round(length * EMU) for length in box)])
    about = {
        "anchors": places,
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
    book: Book, sheet: BookSheet, mine: Sequence[Anchored]
) -> tuple[dict[str, Any] | None, dict[str, bytes], bool]:
    """(answer for `items.plain`, blobs by digest, whether something in it has no text) of the
    anchors of one figure.
    """
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
    """A short mark that is the same as long as nobody touches a shape."""
    listed = []
    for shape in shapes:
        listed.append([shape[key] for key in ("type", "text", "x", "y", "w", "h")])
    return sha256(json.dumps(listed, ensure_ascii=True).encode()).hexdigest()[:16]


def alike(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> bool:
    """The same figure, moved or scaled as a whole, give or take the rounding of another program."""
    if list(map(_kind_and_words, a)) != list(map(_kind_and_words, b)):
        return False
    if not a:
        return True
    return _is_scaled(_ends(a, "x", "w"), _ends(b, "x", "w")) and _is_scaled(
        _ends(a, "y", "h"), _ends(b, "y", "h")
    )


def _kind_and_words(shape: Mapping[str, Any]) -> tuple[str, str]:
    return shape["type"], shape["text"].strip()


def _ends(shapes: Sequence[Mapping[str, Any]], start: str, size: str) -> list[float]:
    """Where shapes begin and end in one direction."""
    ends = []
    for shape in shapes:
        ends += [shape[start], shape[start] + shape[size]]
    return ends


def _is_scaled(now: list[float], then: list[float]) -> bool:
    """Whether places are others moved and stretched as a whole, within three points."""
    scale = 1.0
    if max(now) != min(now):
        scale = (max(then) - min(then)) / (max(now) - min(now))
    for before, other in zip(now, then):
        if abs((before - min(now)) * scale + min(then) - other) > 3:
            return False
    return True


def texts(body: bytes) -> str | None:
    """Every word a kept drawing holds, in all its parts, seen and unseen; None where it cannot be
    read whole: a picture's words are nobody's to search.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MAX_UNPACKED:
                return None
            parts = {info.filename: packed.part(archive, info) for info in infos}
        return "\n".join(_words_of(name, part) for name, part in parts.items())
    except (ValueError, OSError, zipfile.BadZipFile, PiaError):
        return None


def _words_of(name: str, part: bytes) -> str:
    """All a part says, in texts and attributes. ValueError for a part of another kind."""
    if not name.endswith((".xml", ".rels", ".json")):
        raise ValueError(name)
    if name.endswith(".json"):
        return json.dumps(json.loads(part), ensure_ascii=False)
    root = parse(part)
    words = ["".join(root.itertext())]
    for element in root.iter():
        words += map(str, element.attrib.values())
    return "\n".join(words)
