"""Puts figures on a sheet as DrawingML: an imported drawing as its author made it, or our own
boxes, labels and arrows.

Knows drawing parts and groups; nothing of cells or forms. Each figure stands in a group that keeps
its own coordinates, so it is read back unmoved.
"""

from __future__ import annotations

import copy
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from lxml import etree

from ...domain.document.tree import Node
from ..ooxml import package
from ..ooxml.drawings import (
    ASIDE,
    EMU,
    KEPT,
    OURS,
    XDR,
    A,
    R,
    child,
    content,
    fingerprint,
    name_of,
    number,
    shapes_in,
    xfrm_of,
)
from ..ooxml.markup import local, parse

# x, y, width and height in points.
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """A figure to be drawn: its node, its place on the sheet, the room it has (points), and its
    imported drawing if that is at hand.
    """

    figure: Node
    left: float
    top: float
    room: float
    blob: bytes | None


def sheet_drawing(figures: Sequence[PlacedFigure]) -> package.Drawing:
    """One drawing part with every figure of a sheet, each in a group of its own that keeps the
    figure's own coordinates.
    """
    root = etree.Element(f"{{{XDR}}}wsDr", nsmap={"xdr": XDR, "a": A, "r": R})
    media: dict[str, tuple[str, bytes]] = {}
    ids = iter(range(2, 1_000_000))
    for count, figure in enumerate(figures, 1):
        shapes = [dict(leaf.value) for leaf in figure.figure.leaves]
        kept = _kept(figure, shapes)
        if kept is not None:
            children, images = kept
            name = f"{KEPT}{(figure.figure.value or {}).get('drawing')}:{fingerprint(shapes)}"
            for rel, image in images.items():
                media[f"f{count}{rel}"] = image
            for node in children:
                _relink(node, f"f{count}", images, ids)
        else:
            name = OURS
            children = []
            for shape in shapes:
                children += _drawn(shape, ids)
        _group(root, name, children, shapes, figure, ids)
    return package.Drawing(
        etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True), media
    )


def _kept(
    f: PlacedFigure, shapes: list[dict[str, Any]]
) -> tuple[list[etree._Element], dict[str, tuple[str, bytes]]] | None:
    """The nodes and media of the imported drawing, unless the figure has changed since: then its
    own shapes are drawn.
    """
    if not f.blob or not (f.figure.value or {}).get("drawing"):
        return None
    try:
        with zipfile.ZipFile(BytesIO(f.blob)) as archive:
            about = json.loads(archive.read("drawing.json"))
            top = list(parse(archive.read("drawing.xml")))
            images = {}
            for rel, name in about["media"].items():
                images[rel] = (name, archive.read(f"media/{name}"))
    except (KeyError, ValueError, zipfile.BadZipFile):
        return None
    read: list[dict[str, Any]] = []
    nodes = []
    for index, *place in about["anchors"]:
        node = None
        if index < len(top):
            node = content(top[index])
        if node is not None:
            read += filter(None, _shapes_at(node, place))
            placed = copy.deepcopy(node)
            _settle(placed, place)
            nodes.append(placed)
    if read == shapes:
        return (nodes, images)
    return None


def _shapes_at(node: etree._Element, place: Sequence[int]) -> Iterator[dict[str, Any] | None]:
    """The shapes of an anchored node; `place` is its x, y, width and height in EMU."""
    x, y, width, height = place
    inside = None
    if name_of(node).startswith((OURS, KEPT)):
        inside = (1.0, 1.0, 0.0, 0.0)
    return shapes_in(node, (x / EMU, y / EMU, width / EMU, height / EMU), inside)


def _settle(n: etree._Element, box: Sequence[int]) -> None:
    """Give a top node the place of its anchor where it has none of its own: inside a group the
    anchor is gone.
    """
    xfrm = xfrm_of(n)
    if local(n.tag) == "graphicFrame":
        xfrm = child(n, "xfrm")
    off = child(xfrm, "off")
    ext = child(xfrm, "ext")
    if off is not None and ext is not None and not (number(ext, "cx") or number(ext, "cy")):
        off.set("x", str(box[0]))
        off.set("y", str(box[1]))
        ext.set("cx", str(box[2]))
        ext.set("cy", str(box[3]))


def _relink(n: etree._Element, prefix: str, images: Mapping[str, Any], ids: Iterator[int]) -> None:
    """New ids; media under their new relation names; what points to nothing is taken out."""
    for element in list(n.iter()):
        if local(element.tag) in ("hlinkClick", "hlinkHover") and element.getparent() is not None:
            element.getparent().remove(element)
            continue
        if local(element.tag) == "cNvPr":
            element.set("id", str(next(ids)))
        for key, value in list(element.attrib.items()):
            if key.startswith(f"{{{R}}}"):
                if value in images:
                    element.set(key, prefix + value)
                else:
                    del element.attrib[key]
        if element.get("textlink"):
            element.set("textlink", "")
        if element.get("macro"):
            element.set("macro", "")


def _el(parent: etree._Element, tag: str, space: str = A, **attributes: Any) -> etree._Element:
    return etree.SubElement(
        parent, f"{{{space}}}{tag}", {key: str(value) for key, value in attributes.items()}
    )


def _group(
    root: etree._Element,
    name: str,
    children: list[etree._Element],
    shapes: list[dict[str, Any]],
    f: PlacedFigure,
    ids: Iterator[int],
) -> None:
    """The children of a figure as one group at its place on the sheet."""
    from .page import bounds

    x1, y1, x2, y2 = bounds(shapes)
    width = max(x2 - x1, 1)
    height = max(y2 - y1, 1)
    scale = min(1.0, f.room / width)
    # A figure that would reach over the edge begins at the left.
    indent = 0.0
    if x2 * scale <= f.room:
        indent = max(x1, 0) * scale
    left = round((f.left + indent) * EMU)
    top = round((f.top + max(y1, 0) * scale) * EMU)
    anchor = _el(root, "absoluteAnchor", XDR)
    _el(anchor, "pos", XDR, x=left, y=top)
    _el(anchor, "ext", XDR, cx=round(width * scale * EMU), cy=round(height * scale * EMU))
    group = _el(anchor, "grpSp", XDR)
    nv = _el(group, "nvGrpSpPr", XDR)
    _el(nv, "cNvPr", XDR, id=next(ids), name=name)
    _el(nv, "cNvGrpSpPr", XDR)
    xfrm = _el(_el(group, "grpSpPr", XDR), "xfrm")
    _el(xfrm, "off", x=left, y=top)
    _el(xfrm, "ext", cx=round(width * scale * EMU), cy=round(height * scale * EMU))
    _el(xfrm, "chOff", x=x1 * EMU, y=y1 * EMU)
    _el(xfrm, "chExt", cx=width * EMU, cy=height * EMU)
    group.extend(children)
    _el(anchor, "clientData", XDR)


def _drawn(shape: Mapping[str, Any], ids: Iterator[int]) -> Iterator[etree._Element]:
    """A shape of ours as DrawingML.

    An arrow's text stands beside it as a text that is not read back.
    """
    x = shape["x"]
    y = shape["y"]
    width = shape["w"]
    height = shape["h"]
    if shape["type"] == "arrow":
        arrow = etree.Element(f"{{{XDR}}}cxnSp", {"macro": ""})
        nv = _el(arrow, "nvCxnSpPr", XDR)
        about = _el(nv, "cNvPr", XDR, id=next(ids), name="矢印")
        if shape["text"]:
            about.set("descr", shape["text"])
        _el(nv, "cNvCxnSpPr", XDR)
        pr = _place(arrow, (x, y, width, height), "straightConnector1")
        _el(_line(pr), "tailEnd", type="triangle")
        yield arrow
        if shape["text"]:
            box = (round(x + width / 2 - 40), round(y + height / 2 - 8), 80, 16)
            yield _text_shape(ASIDE, shape["text"], box, False, ids)
        return
    framed = shape["type"] == "box"
    name = "文字 "
    if framed:
        name = "箱 "
    yield _text_shape(name, shape["text"], (x, y, width, height), framed, ids)


def _place(shape_node: etree._Element, box: Box, shape: str) -> etree._Element:
    """The place and outline of a shape; a negative width or height turns it round."""
    x, y, w, h = box
    pr = _el(shape_node, "spPr", XDR)
    turned = {}
    if w < 0:
        turned["flipH"] = "1"
    if h < 0:
        turned["flipV"] = "1"
    xfrm = _el(pr, "xfrm", **turned)
    _el(xfrm, "off", x=min(x, x + w) * EMU, y=min(y, y + h) * EMU)
    _el(xfrm, "ext", cx=abs(w) * EMU, cy=abs(h) * EMU)
    _el(_el(pr, "prstGeom", prst=shape), "avLst")
    return pr


def _line(pr: etree._Element) -> etree._Element:
    line = _el(pr, "ln", w=9525)
    _el(_el(line, "solidFill"), "srgbClr", val="404040")
    return line


def _text_shape(
    name: str, words: str, box: Box, framed: bool, ids: Iterator[int]
) -> etree._Element:
    """A box (framed) or a label with its words."""
    node = etree.Element(f"{{{XDR}}}sp", {"macro": "", "textlink": ""})
    nv = _el(node, "nvSpPr", XDR)
    _el(nv, "cNvPr", XDR, id=next(ids), name=name)
    _el(nv, "cNvSpPr", XDR, **({} if framed else {"txBox": 1}))
    pr = _place(node, box, "rect")
    if framed:
        _el(_el(pr, "solidFill"), "srgbClr", val="FFFFFF")
        _line(pr)
    else:
        _el(pr, "noFill")
        _el(_el(pr, "ln"), "noFill")
    body = _el(node, "txBody", XDR)
    _el(
        body,
        "bodyPr",
        wrap="square",
        lIns=36000,
        tIns=18000,
        rIns=36000,
        bIns=18000,
        anchor="ctr" if framed else "t",
    )
    _el(body, "lstStyle")
    for line in words.split("\n"):
        part = _el(body, "p")
        if line:
            run = _el(part, "r")
            _el(run, "rPr", lang="ja-JP", sz=900)
            run[0].append(etree.Element(f"{{{A}}}solidFill"))
            _el(run[0][0], "srgbClr", val="000000")
            _el(run, "t").text = line
    return node
