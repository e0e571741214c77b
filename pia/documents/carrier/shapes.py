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
        [{**text, "text": ""} for text in now], [{**text, "text": ""} for text in then]
    )


def elements(n: etree._Element | None) -> Iterator[etree._Element]:
    """The shapes below a node in the order they are read in."""
    if n is None:
        return
    kind = local(n.tag)
    if kind == "grpSp":
        for cell in n:
            if local(cell.tag) in ("sp", "cxnSp", "grpSp", "pic", "graphicFrame"):
                yield from elements(cell)
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
    said = text.split("\n")
    there = []
    for part in body:
        if local(part.tag) == "p":
            there.append(part)
    if len(there) != len(said):
        if there:
            pattern = copy.deepcopy(there[0])
        else:
            pattern = etree.Element(f"{{{A}}}p")
        for part in there:
            body.remove(part)
        there = []
        for _ in said:
            there.append(copy.deepcopy(pattern))
        body.extend(there)
    for part, words in zip(there, said):
        runs = []
        for row in part:
            if local(row.tag) in ("r", "fld", "br"):
                runs.append(row)
        texts = []
        for run in runs:
            if local(run.tag) == "r":
                texts.append(run)
        if "".join(
            element.text or ""
            for run in runs
            for element in run.iter()
            if local(element.tag) == "t"
        ) == words and len(texts) == len(runs):
            continue
        if texts:
            first = texts[0]
        else:
            first = etree.Element(f"{{{A}}}r")
        for run in runs:
            if run is not first:
                part.remove(run)
        if not texts:
            end = child(part, "endParaRPr")
            part.insert(list(part).index(end) if end is not None else len(part), first)
        spot = child(first, "t")
        if spot is None:
            spot = etree.SubElement(first, f"{{{A}}}t")
        spot.text = words
        if not words:
            part.remove(first)
