"""Words inside the shapes of a drawing that is there: found in the order they are read in, and changed with their look kept.

Knows DrawingML's text bodies; neither sheets nor figures of a document.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from ..ooxml import drawings
from ..ooxml.book import local
from ..ooxml.drawings import ASIDE, A, child, name_of


def only_words(now: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]]) -> bool:
    return len(now) == len(then) and drawings.alike(
        [{**s, "text": ""} for s in now], [{**s, "text": ""} for s in then]
    )


def elements(n: etree._Element | None) -> Iterator[etree._Element]:
    """The shapes below a node in the order they are read in."""
    if n is None:
        return
    kind = local(n.tag)
    if kind == "grpSp":
        for c in n:
            if local(c.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame"):
                yield from elements(c)
    elif kind not in ("pic", "graphicFrame") and name_of(n) != ASIDE:
        yield n


def set_words(n: etree._Element, text: str) -> None:
    """Words of a shape, its look kept: that of the first letters of each paragraph."""
    body = child(n, "txBody")
    if body is None:
        about = drawings._properties(n)
        if about is not None:
            about.set("descr", text)
        return
    said, there = text.split("\n"), [p for p in body if local(p.tag) == "p"]
    if len(there) != len(said):
        pattern = copy.deepcopy(there[0]) if there else etree.Element(f"{{{A}}}p")
        for p in there:
            body.remove(p)
        there = [copy.deepcopy(pattern) for _ in said]
        body.extend(there)
    for p, words in zip(there, said):
        runs = [r for r in p if local(r.tag) in ("r", "fld", "br")]
        texts = [r for r in runs if local(r.tag) == "r"]
        if "".join(
            t.text or "" for r in runs for t in r.iter() if local(t.tag) == "t"
        ) == words and len(texts) == len(runs):
            continue
        first = texts[0] if texts else etree.Element(f"{{{A}}}r")
        for r in runs:
            if r is not first:
                p.remove(r)
        if not texts:
            end = child(p, "endParaRPr")
            p.insert(list(p).index(end) if end is not None else len(p), first)
        spot = child(first, "t")
        if spot is None:
            spot = etree.SubElement(first, f"{{{A}}}t")
        spot.text = words
        if not words:
            p.remove(first)
