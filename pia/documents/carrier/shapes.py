"""Words inside the shapes of a drawing that is there: found in the order they are read in, and
changed with their look kept.

Knows DrawingML's text bodies; neither sheets nor figures of a document.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from ..ooxml import drawings
from ..ooxml.drawings import ASIDE, A, child, name_of
from ..ooxml.markup import local


def only_words(now: Sequence[Mapping[str, Any]], then: Sequence[Mapping[str, Any]]) -> bool:
    """Whether two drawings differ in nothing but the words of their shapes."""
    if len(now) != len(then):
        return False
    return drawings.alike(list(map(_without_words, now)), list(map(_without_words, then)))


def _without_words(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {**shape, "text": ""}


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
        about = drawings.properties_of(n)
        if about is not None:
            about.set("descr", text)
        return
    lines = text.split("\n")
    for paragraph, words in zip(_paragraphs(body, len(lines)), lines):
        _set_line(paragraph, words)


def _paragraphs(body: etree._Element, number: int) -> list[etree._Element]:
    """The paragraphs of a shape; made like the first where there are not as many as wanted."""
    present = []
    for part in body:
        if local(part.tag) == "p":
            present.append(part)
    if len(present) == number:
        return present
    pattern = etree.Element(f"{{{A}}}p")
    if present:
        pattern = copy.deepcopy(present[0])
    for part in present:
        body.remove(part)
    paragraphs = [copy.deepcopy(pattern) for _ in range(number)]
    body.extend(paragraphs)
    return paragraphs


def _set_line(paragraph: etree._Element, words: str) -> None:
    """Words of one paragraph, all in its first run."""
    runs = []
    for node in paragraph:
        if local(node.tag) in ("r", "fld", "br"):
            runs.append(node)
    texts = []
    for run in runs:
        if local(run.tag) == "r":
            texts.append(run)
    if len(texts) == len(runs) and _words_of(runs) == words:
        return
    kept = []
    if words:
        kept = texts[:1]
    for run in runs:
        if run not in kept:
            paragraph.remove(run)
    if words:
        _write(kept[0] if kept else _new_run(paragraph), words)


def _write(run: etree._Element, words: str) -> None:
    """Words of a run."""
    spot = child(run, "t")
    if spot is None:
        spot = etree.SubElement(run, f"{{{A}}}t")
    spot.text = words


def _new_run(paragraph: etree._Element) -> etree._Element:
    """A run put in at the end of a paragraph."""
    run = etree.Element(f"{{{A}}}r")
    end = child(paragraph, "endParaRPr")
    place = len(paragraph)
    if end is not None:
        place = list(paragraph).index(end)
    paragraph.insert(place, run)
    return run


def _words_of(runs: Sequence[etree._Element]) -> str:
    words = ""
    for run in runs:
        for element in run.iter():
            if local(element.tag) == "t":
                words += element.text or ""
    return words
