"""The papers of one sitting as one page that needs no network: what a member, a laptop or somebody
who listens takes along.

Knows templates and how lines are drawn. Everything is read as the person it is for may see it. Must
not know who asks for it, nor codes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from flask import render_template
from markupsafe import Markup

from ... import resources
from ...actions import sources
from ...actions.access import veil
from ...actions.access.person import NOBODY, Person
from ...actions.issuing import papers
from ...actions.output import comparisons
from ...actions.steps import referrals
from ...actions.viewing import agenda, card_orders, printed_pages, seen, wordbook
from ...actions.viewing import cards as card_views
from ...actions.viewing.agenda import AgendaView
from ...actions.viewing.cards import CardView, SittingView
from ...actions.viewing.printed_pages import PrintedPages
from ...actions.workplace import Workplace
from ...documents import figures
from ...documents.text.page import render
from ...domain.errors import PiaError
from ...domain.text import passphrase
from .. import finding
from ..document_lines import drawn, levels, lines_of

# The office's papers that go along: name, and whether they are about the council.
PAPERS = (("order-of-business", False), ("roster", True), ("seating", False))
_HEADING = re.compile(r"<(/?)h([1-5])(?=[ >])")
_NAMED = re.compile(r'( id="| href="#|url\(#)')


@dataclass(frozen=True, slots=True)
class OfflineCard:
    """A card as it goes along: its id on the page, its number, the ids of those beside it, its two
    figures, and what a note at it is about."""

    id: str
    number: int
    view: CardView
    before: str
    after: str
    pair: Any
    note: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OfflinePiece:
    """A line of a full text as it is drawn, with the printed pages that begin with it."""

    pages: Sequence[int]
    drawn: Markup


@dataclass(frozen=True, slots=True)
class OfflineText:
    """A full text; `prefix` stands before every id in it."""

    id: str
    prefix: str
    title: str
    paper: PrintedPages
    pieces: tuple[OfflinePiece, ...]


@dataclass(frozen=True, slots=True)
class OfflineCase:
    """A referral of a sitting: the mark of its item, its cards in their order, its texts, the names
    of its documents, and what of it is handed out apart."""

    item: str
    cards: tuple[OfflineCard, ...]
    texts: tuple[OfflineText, ...]
    names: Mapping[str, str]
    prefixes: Mapping[str, str]
    apart: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfflinePaper:
    """One of the office's papers, as the inside of its page."""

    id: str
    title: str
    body: Markup


@dataclass(frozen=True, slots=True)
class OfflineView:
    """Everything of a sitting that goes along."""

    sitting: Any
    items: tuple[Any, ...]
    cases: tuple[OfflineCase, ...]
    papers: tuple[OfflinePaper, ...]


def eyes_of(sitting: int, member: int, name: str) -> Person:
    """A member as they sit at the table: their pack shows what their tablet does."""
    return Person(name, name, "tablet", sitting=sitting, member=member)


def body(
    wp: Workplace, sitting: int, eyes: Person, today: date
) -> tuple[Markup, Mapping[int, frozenset[str]]]:
    """(the inside of the page as `eyes` may see it, the withheld words it may say by assessment).
    For NOBODY, who listens: the items that are public, without questions and notes."""
    with veil.seen_by(wp, eyes, today) as opened:
        hall = agenda.agenda(wp, sitting, today)
        listens = eyes is NOBODY
        cases = []
        for place, item in enumerate(hall.items, 1):
            if item.referral is not None and (item.public or not listens):
                cases.append(_case(wp, place, item.mark, item.referral, eyes, today))
        view = OfflineView(hall.sitting, hall.items, tuple(cases), _papers(wp, hall, listens))
        page = render_template(
            "offline/body.html", v=view, terms=wordbook.terms(wp), notes=not listens
        )
    return Markup(page), dict(opened)  # nosec B704 # nosemgrep: markup


def _case(
    wp: Workplace, place: int, mark: str, referral: int, eyes: Person, today: date
) -> OfflineCase:
    view: SittingView = card_views.sitting_view(wp, referral)
    keys = list(view.keys)
    view = veil.told(view, veil.hidden_words(wp, eyes, today, keys))
    order = card_orders.numbers(wp, referral, len(view.cards))
    ids = [f"c{place}-{number}" for number in order]
    cards = []
    for spot, number in enumerate(order):
        before = ids[spot - 1] if spot else ""
        after = ids[spot + 1] if spot + 1 < len(ids) else ""
        cards.append(_card(view, referral, number, (ids[spot], before, after)))
    prefixes = {key: f"t{place}-{spot}-" for spot, key in enumerate(keys, 1)}
    texts = tuple(_text(wp, referral, key, view.keys[key], prefixes[key]) for key in keys)
    apart = tuple(
        f"{material.get('number', '')} {material.get('title') or material['name']}".strip()
        for material in view.materials
        if material.get("name")
    )
    return OfflineCase(mark, tuple(cards), texts, view.keys, prefixes, apart)


def _card(view: SittingView, referral: int, number: int, ids: tuple[str, str, str]) -> OfflineCard:
    card = view.cards[number - 1]
    changes = [described.change for described in card.card.changes]
    pair = card.figures and figures.compared(*card.figures, changes)
    note = {
        "referral": referral,
        "places": seen.places_of(card),
        "card": seen.card_key(card),
        "label": card.card.label,
    }
    return OfflineCard(ids[0], number, card, ids[1], ids[2], pair, note)


def _text(wp: Workplace, referral: int, key: str, title: str, prefix: str) -> OfflineText:
    source = sources.read_ref(wp, referrals.pinned_ref(wp, referral, key))
    paper = printed_pages.of_document(wp, referral, key)
    base = _base(wp, referral, key)
    lines = lines_of(source.form, source.tree, base)
    why = comparisons.reasons(wp, source)
    deep = levels(lines)
    pages = finding.marks(lines, paper.pages, paper.count)
    pieces = []
    for line in lines:
        shown = drawn(line, (why.get(line.path) or ("",))[0] or "", deep.get(line.id, 4))
        pieces.append(OfflinePiece(pages.get(line.id, ()), _inside(shown, prefix, 1)))
    return OfflineText(f"{prefix}text", prefix, title, paper, tuple(pieces))


def _base(wp: Workplace, referral: int, key: str) -> Any:
    ref = referrals.base_ref(wp, referral, key)
    return None if ref is None else sources.read_ref(wp, ref).tree


def _inside(shown: str, prefix: str, deeper: int) -> Markup:
    """What was drawn for a page of its own, within this one: its ids with a prefix, its headings
    further down. What people wrote is escaped already and has neither."""
    named = _NAMED.sub(lambda found: found.group() + prefix, str(shown))
    sunk = _HEADING.sub(lambda found: f"<{found[1]}h{min(6, int(found[2]) + deeper)}", named)
    return Markup(sunk)  # nosec B704 # nosemgrep: markup


def _papers(wp: Workplace, hall: AgendaView, listens: bool) -> tuple[OfflinePaper, ...]:
    """The office's papers of a sitting that can be made now."""
    out = []
    sitting = hall.sitting
    for place, (name, of_council) in enumerate(PAPERS, 1):
        if listens and name == "seating":
            continue
        about = sitting.council_id if of_council else sitting.id
        try:
            made = papers.make(wp, name, "html", about=about, today=sitting.day, sitting=sitting.id)
        except PiaError:
            continue
        page = made.data.decode().partition("<main>")[2].partition("</main>")[0]
        out.append(OfflinePaper(f"p{place}", papers.title_of(name), _inside(page, "", 2)))
    return tuple(out)


def script() -> str:
    """The script of a file, with the words own notes are closed by."""
    words = json.dumps(list(passphrase.WORDS), ensure_ascii=False)
    text = (resources.folder("static") / "offline.js").read_text("utf-8")
    return f"const WORDS = {words};\n{text}"


def file(title: str, says: str, foot: str, **inside: Any) -> str:
    """The whole file: its own styles and its one script, and nothing may be fetched. `inside`:
    `body` in the clear, or `sealed` with `until`."""
    text = script()
    digest = base64.b64encode(sha256(text.encode()).digest()).decode()
    values = {"sealed": None, "until": None, "body": None, **inside}
    if values["sealed"] is not None:
        plain = json.dumps(values["sealed"]).replace("<", "\\u003c")
        values["sealed"] = Markup(plain)  # nosec B704 # nosemgrep: markup
    return render(
        "offline/file.html",
        title=title,
        says=says,
        foot=foot,
        script=Markup(text),  # nosec B704 # nosemgrep: markup
        script_hash=f"sha256-{digest}",
        **values,
    )
