"""What belongs at an item, what members of a council mostly ask of it, what a change of it leads
to, and the order in which a document is written by somebody who does it once a year.

Reads only. What is said of an item is data (`pia/manual/guidance.yaml`); what it leads to is
computed from the form and the rules; what is left from the document. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ... import manual
from ...domain.change.describe import Names, label, names
from ...domain.content_checks.said import SaidItems, said
from ...domain.document.form import Form, FormNode
from ...domain.document.items import text_of
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows.guides import GuideFile
from ..sources import Source
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class GuidePlace:
    """The page of an item in the 記載要領 the city filed. `chosen`: by a person, else found by its
    words; `edition`: of the 記載要領."""

    guide: int
    title: str
    page: int
    chosen: bool
    edition: date | None


@dataclass(frozen=True, slots=True)
class ItemGuidance:
    """What is said of one item. `source`: whose words these are; `example`: invented, never to be
    taken over; `leads`: what a change of it leads to; `beside`: (path, citation) of the items of
    this document it is held against; `page`: in the 記載要領, None where the city filed none."""

    belongs: str
    asks: tuple[str, ...]
    source: str
    example: str
    leads: str
    beside: tuple[tuple[Path, str], ...]
    page: GuidePlace | None


MATERIAL = (
    "※の項目です。ここを変えると、重要な変更に当たることがあります。"
    "当たるときは、変える前に評価を再実施します（規則第5条第1項・第6条第1項・第7条第1項）。"
    "公表までを変える前に終えることは、指針によります（本文は未確認）。"
)


def of_item(wp: Workplace, source: Source, spot: Path) -> ItemGuidance:
    """What is said of the item at a place of a document."""
    form = source.form
    line, _, _ = form.at(spot)
    if line is None:
        raise PiaError("その項目は、この様式にありません。")
    told = manual.guidance_of(line)
    table = wp.content_checks
    called = _names_of(wp, form, line)
    example = ""
    for name in called:
        example = example or str(table.data.get("examples", {}).get(name, ""))
    document = said(form, source.tree, table.items)
    beside = _beside(wp, document, called, source.tree)
    return ItemGuidance(
        told.belongs,
        told.asks,
        told.source,
        example,
        MATERIAL if line.material else "",
        tuple(place for place in beside if place[0] != spot),
        page_of(wp, form.kind, line.id),
    )


def _names_of(wp: Workplace, form: Form, line: FormNode) -> list[str]:
    """The names the checks of content call an item by."""
    names_ = []
    for name, ids in wp.content_checks.items.items():
        if ids.get(form.kind) == line.id:
            names_.append(name)
    return names_


def _beside(
    wp: Workplace, document: SaidItems, called: Sequence[str], tree: Tree
) -> list[tuple[Path, str]]:
    """The other items of the document a check holds these against, as they are cited."""
    mine = set(called)
    known = names(document.form, tree)
    places: dict[Path, str] = {}
    for check in wp.content_checks.checks:
        for pair in check.pairs:
            asked = {dict(zip("AB", pair)).get(name, name) for name in check.when}
            if check.beside or not mine & asked:
                continue
            for name in sorted(asked - mine):
                path = _place_of(document, name)
                if path is not None:
                    places.setdefault(path, label(document.form, path, known))
    return list(places.items())


def _place_of(document: SaidItems, name: str) -> Path | None:
    """Where an item stands: its first answer, else its place where no entry is to be chosen; None
    where there is none."""
    line = document.line(name)
    if line is None or line.repeated:
        return None
    for answer in document.answers.get(name, ()):
        return answer.path
    path = document.path(name)
    return path if document.form.at(path)[0] is line else None


def page_of(wp: Workplace, form_kind: str, item: str) -> GuidePlace | None:
    """The page of an item in the 記載要領; None where there is none, or nothing led to it."""
    with wp.store.read() as session:
        guide = queries.guides.current(session)
        if guide is None:
            return None
        chosen = queries.guides.chosen(session, guide.id, form_kind)
        page = chosen.get(item) or guide.places.get(form_kind, {}).get(item)
        if page is None:
            return None
        return GuidePlace(guide.id, guide.title, int(page), item in chosen, guide.edition)


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A 記載要領 the city filed: its number, title, edition, file, how many items have a page, and
    whether it counts now."""

    number: int
    title: str
    edition: date | None
    name: str
    items: int
    current: bool
    withdrawn: date | None


def guides(wp: Workplace) -> list[GuideLine]:
    """Every 記載要領, the newest first."""
    with wp.store.read() as session:
        now = queries.guides.current(session)
        lines = []
        for row in queries.guides.every(session):
            items = sum(len(places) for places in row.places.values())
            current = now is not None and row.id == now.id
            about = (row.id, row.title, row.edition, row.name, items, current)
            lines.append(GuideLine(*about, row.withdrawn))
        return lines


def words_of_page(wp: Workplace, number: int, page: int) -> tuple[str, str, int]:
    """(title, the words of a page, how many pages there are). PiaError for one not there."""
    with wp.store.read() as session:
        row = session.get(GuideFile, number)
        if row is None or not 1 <= page <= len(row.pages):
            raise PiaError("その頁はありません。記載要領の頁を確かめてください。")
        return row.title, str(row.pages[page - 1]), len(row.pages)


@dataclass(frozen=True, slots=True)
class GuidedItem:
    """An item in the guided order: its place, citation, whether something is written there, and the
    citations of those that are to be settled before it and are not."""

    path: Path
    words: str
    filled: bool
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuidedStep:
    """A step of the guided order: what it is called, why it comes now, its items, and the repeated
    parts of which no entry is there yet ((key, name))."""

    name: str
    why: str
    items: tuple[GuidedItem, ...]
    empty: tuple[tuple[str, str], ...] = ()

    @property
    def left(self) -> list[GuidedItem]:
        """The items nothing is written in."""
        return [item for item in self.items if not item.filled]


def guided(wp: Workplace, source: Source) -> tuple[GuidedStep, ...]:
    """A document in the order somebody writes it who does it once a year: every item a person
    answers, none twice, what stands in no step at the end."""
    form, tree = source.form, source.tree
    document = said(form, tree, wp.content_checks.items)
    known = names(form, tree)
    waits = _waits(document, known)
    by_root: dict[str, list[GuidedItem]] = {}
    for path, line in writable(form, tree):
        node = tree.find(path)
        filled = node is not None and bool(text_of(node))
        item = GuidedItem(path, label(form, path, known), filled, waits.get(line.id, ()))
        by_root.setdefault(path[0], []).append(item)
    steps = []
    for step in manual.guided_order():
        items: list[GuidedItem] = []
        empty = []
        for root in step["begins"]:
            items += by_root.pop(root, [])
            part = form.by_id.get(root)
            if part is not None and part.repeated and not _entries(form, tree, part, (part.key,)):
                empty.append((part.key, part.label))
        if items or empty:
            steps.append(GuidedStep(step["part"], step["why"], tuple(items), tuple(empty)))
    rest = tuple(item for items in by_root.values() for item in items)
    if rest:
        steps.append(GuidedStep("ほかの項目", "", rest))
    return tuple(steps)


def writable(form: Form, tree: Tree) -> Iterator[tuple[Path, FormNode]]:
    """(place, item) of every item a person answers, in the order of the form; in repeated parts of
    every entry that is there."""

    def below(lines: Sequence[FormNode], path: Path) -> Iterator[tuple[Path, FormNode]]:
        for line in lines:
            here = (*path, line.key)
            if line.procedure:
                continue
            if line.repeated:
                for key in _entries(form, tree, line, here):
                    yield from below(line.children, (*here, key))
            elif line.children and line.kind == "group":
                yield from below(line.children, here)
            elif line.kind != "group":
                yield here, line
                yield from below(line.children, here)

    yield from below(form.parts, ())


def _entries(form: Form, tree: Tree, line: FormNode, path: Path) -> list[str]:
    """The keys of the entries of a repeated part; of one that shares them, those of the other."""
    if line.shares:
        path = (form.by_id[line.shares].key,)
    node = tree.find(path)
    return [child.key for child in node.children] if node is not None else []


def _waits(document: SaidItems, known: Names) -> dict[str, tuple[str, ...]]:
    """Id of an item → the citations of those it rests on in which nothing is written."""
    waits: dict[str, tuple[str, ...]] = {}
    for name, before in manual.rests_on().items():
        line = document.line(name)
        if line is None:
            continue
        open_ = []
        for other in before:
            if document.line(other) is not None and not document.answers.get(other):
                open_.append(label(document.form, document.path(other), known))
        if open_:
            waits[line.id] = tuple(open_)
    return waits
