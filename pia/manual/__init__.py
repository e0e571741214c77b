"""The handbook (使い方): one Markdown file a chapter, which chapter belongs to whom and to which
page, and what each field and each state of a round means.

Knows only how to read them. Pages, the printed 操作マニュアル and the 早見表 are all made from
here. In a chapter, `words so` stand on the screen like this: a button, a link or a heading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .. import resources
from ..domain.document.form import FormNode
from ..domain.errors import PiaError
from ..domain.text.folding import fold, found

SHEET = "早見表"  # the heading of the section a role's one page is printed from
_BEFORE = 30  # letters of a section shown before what was found in it
_AFTER = 60


@dataclass(frozen=True, slots=True)
class ManualSection:
    """A part of a chapter under one heading. `body` is Markdown, `words` the same as plain text."""

    anchor: str
    heading: str
    body: str
    words: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter. `roles`: whose handbook it opens (none: a chapter about pages); `pages`: endpoints
    or blueprints it explains; `use`: the chapters about pages that belong to the handbook."""

    name: str
    title: str
    roles: tuple[str, ...]
    pages: tuple[str, ...]
    use: tuple[str, ...]
    sections: tuple[ManualSection, ...]

    @property
    def sheet(self) -> ManualSection | None:
        """What is printed as its 早見表; None where it has none."""
        return next((part for part in self.sections if part.heading == SHEET), None)


@dataclass(frozen=True, slots=True)
class Hit:
    """A section in which words were found, with some of its text around the first of them."""

    chapter: Chapter
    section: ManualSection
    around: str


def markdown() -> MarkdownIt:
    """The one dialect of the handbook: CommonMark with tables, no HTML of its own."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every chapter, in the order of the handbook."""
    folder = resources.folder("manual")
    lines = resources.data((folder / "chapters.yaml").read_text("utf-8"))["chapters"]
    known = []
    for line in lines:
        known.append(_chapter(line, (folder / f"{line['name']}.md").read_text("utf-8")))
    return tuple(known)


def chapter(name: str) -> Chapter:
    """PiaError where there is no chapter of that name."""
    for known in chapters():
        if known.name == name:
            return known
    raise PiaError("使い方に、その章はありません。目次から選んでください。")


def of_role(role: str) -> Chapter | None:
    """The chapter that opens a role's handbook; None where the role has none."""
    return next((known for known in chapters() if role in known.roles), None)


def of_page(endpoint: str) -> Chapter | None:
    """The chapter that explains a page: the one that names it, else the one of its blueprint."""
    for name in (endpoint, endpoint.partition(".")[0]):
        for known in chapters():
            if name in known.pages:
                return known
    return None


def handbook(name: str) -> tuple[Chapter, ...]:
    """The chapters of a role's handbook, its own first; of a chapter about pages, that one."""
    first = chapter(name)
    return (first, *(chapter(other) for other in first.use))


def search(asked: str) -> tuple[Hit, ...]:
    """The sections that have every word asked for, in letters of any width."""
    sought = [word for word in asked.split() if fold(word)]
    hits = []
    for known in chapters() if sought else ():
        for section in known.sections:
            text = f"{known.title} {section.heading} {section.words}"
            if all(found(text, word) for word in sought):
                hits.append(Hit(known, section, _around(section.words, sought)))
    return tuple(hits)


@cache
def explanations() -> Mapping[str, Mapping[str, Any]]:
    """`fields`: the words of a field → what it is; `states`: a state of the procedure → what it
    `means`, `who` acts and what comes `next`."""
    text = (resources.folder("manual") / "explanations.yaml").read_text("utf-8")
    data: Mapping[str, Mapping[str, Any]] = resources.data(text)
    return data


@dataclass(frozen=True, slots=True)
class ShippedTerm:
    """A word explained by the program. `read_on`: the day the source was read, None where it was
    not (then the explanation is held against no text)."""

    term: str
    explanation: str
    source: str
    read_on: date | None


@cache
def terms() -> tuple[ShippedTerm, ...]:
    """The words that are explained as the program is shipped."""
    text = (resources.folder("manual") / "terms.yaml").read_text("utf-8")
    known = []
    for line in resources.data(text)["terms"]:
        read_on = line.get("read_on") if line["certainty"] == "law" else None
        known.append(ShippedTerm(line["term"], line["explanation"], line["source"], read_on))
    return tuple(known)


@dataclass(frozen=True, slots=True)
class ItemWords:
    """What is said of an item: what belongs there, what members of a council mostly ask, and whose
    words these are."""

    belongs: str
    asks: tuple[str, ...]
    source: str


@cache
def _guidance() -> Mapping[str, Any]:
    text = (resources.folder("manual") / "guidance.yaml").read_text("utf-8")
    data: Mapping[str, Any] = resources.data(text)
    return data


def guidance_of(line: FormNode) -> ItemWords:
    """What is said of an item of a form. PiaError where nothing is."""
    data = _guidance()
    group = _group_of(line)
    known = data["items"].get(f"{group}／{line.label}") or data["items"].get(line.label)
    for ending in () if known else data["endings"]:
        if line.label.endswith(ending["end"]):
            known = ending
            break
    if not known:
        raise PiaError(f"項目「{line.label}」の説明がありません。")
    said = known["belongs"].replace("{of}", group).replace("{label}", line.label)
    return ItemWords(said, tuple(known.get("asks", ())), known.get("read", data["source"]))


def _group_of(line: FormNode) -> str:
    """The label of the nearest group an item stands in, without what is between brackets."""
    for up in reversed(line.parents):
        if up.label:
            return up.label.replace("\n", "").split("（委託や")[0]
    return line.label


def guided_order() -> Sequence[Mapping[str, Any]]:
    """The parts in the order they are written by who does it once a year: `part`, the parts of the
    form it `begins` with, and `why` it comes now."""
    order: Sequence[Mapping[str, Any]] = _guidance()["order"]
    return order


def rests_on() -> Mapping[str, Sequence[str]]:
    """Name of an item → the names of those that are to be settled before it."""
    known: Mapping[str, Sequence[str]] = _guidance()["rests_on"]
    return known


def field_means(label: str) -> str:
    """What the field of these words is; empty where its name says it."""
    return str(explanations()["fields"].get(label, ""))


def state_means(name: str) -> Mapping[str, str]:
    """What a state of a round means, who acts and what comes next; empty for a city's own state."""
    known: Mapping[str, str] = explanations()["states"].get(name, {})
    return known


def _chapter(line: Mapping[str, Any], text: str) -> Chapter:
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    title, _, opening = head.strip().removeprefix("# ").partition("\n")
    sections = [_section("top", title, opening)]
    for number, part in enumerate(parts, start=1):
        heading, _, body = part.partition("\n")
        sections.append(_section(f"s{number}", heading.strip(), body))
    return Chapter(
        line["name"],
        title.strip(),
        tuple(line.get("roles", ())),
        tuple(line.get("pages", ())),
        tuple(line.get("use", ())),
        tuple(sections),
    )


def _section(anchor: str, heading: str, body: str) -> ManualSection:
    return ManualSection(anchor, heading, body.strip(), plain(body))


def plain(body: str) -> str:
    """The words of a piece of Markdown."""
    return " ".join(text for token in markdown().parse(body) if (text := _said(token)))


def _said(token: Token) -> str:
    return "".join(child.content for child in token.children or ()).strip()


def _around(words: str, sought: list[str]) -> str:
    for word in sought:
        places = found(words, word)
        if places:
            start = max(0, places[0][0] - _BEFORE)
            end = places[0][1] + _AFTER
            before = "…" if start else ""
            after = "…" if end < len(words) else ""
            return f"{before}{words[start:end]}{after}"
    return words[: _BEFORE + _AFTER]
