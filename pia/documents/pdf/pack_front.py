"""The front pages of a sitting's printed pack: agenda and list of materials, one card for each
change (shared ones once), short materials, comparisons.

Knows what stands on those pages and notes where they lead; nothing of the store. A card says what
changes, before beside after, in which papers on which page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reportlab.lib import colors
from reportlab.platypus import (
    CondPageBreak,
    PageBreak,
    Spacer,
    TableStyle,
)

from ...domain.change.describe import DescribedChange
from ...domain.document.tree import Node, Path
from ...domain.text.pieces import sides
from ...domain.text.spans import spans
from .comparison import (
    FIGURE_SHEETS,
    both_sides,
    comparison_heads,
    face_for,
    figure_pair,
    figures_story,
    grid,
    markup,
)
from .comparison import words as change_words
from .fonts import NO_OWN, OwnFonts, Typeface
from .pack import Link, evened, part_of
from .points import Here
from .text import (
    PALE,
    SHADE,
    PageKind,
    RuledTable,
    Told,
    build,
    paragraphs,
    plain,
    room,
    style,
    told,
)
from .text import rows as boxed

_WIDTH, _ = room(PageKind())
_BLUE = colors.HexColor("#00358C")


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a card's change stands: in which part of the pack, how that paper calls the place, and
    the page it is on there (None where it was not printed).
    """

    part: int | None
    number: str
    affair: str
    label: str
    page: int | None


@dataclass(frozen=True, slots=True)
class PrintedOrigin:
    """Where the wording of one place of a card comes from: in words, and where it departs from the
    State's text both texts."""

    words: str
    national: str = ""
    ours: str = ""


@dataclass(frozen=True, slots=True)
class CardPage:
    """One card as printed: its changes in their words, both figures where they changed, where each
    wording comes from, the explanation, what the public saw and said of it (each a paragraph), and
    every place it stands in.
    """

    number: int
    title: str
    tags: tuple[str, ...]
    changes: tuple[DescribedChange, ...]
    figures: tuple[Node | None, Node | None] | None
    explanation: str
    origins: tuple[PrintedOrigin, ...]
    public: tuple[str, ...]
    places: tuple[CardPlace, ...]


@dataclass(frozen=True, slots=True)
class ListedMaterial:
    """A line of the list of materials. `part` is its place in the pack, where it is a paper of its
    own; `text` where it is printed here.
    """

    number: str
    title: str
    who: str
    part: int | None = None
    count: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A document in which nothing changed: its risks (label, 十分か). The whole is looked at."""

    number: str
    affair: str
    unchanged: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExplainedWord:
    """A word that stands in the pack, with its explanation and where that was read, in words."""

    term: str
    explanation: str
    source: str


@dataclass(frozen=True, slots=True)
class Front:
    """What the front pages say. `facts` are the lines of the head: 日時, 場所, 諮問; `terms` the
    explained words that stand in the pack."""

    title: str
    facts: tuple[tuple[str, str], ...]
    agenda: tuple[tuple[str, str], ...]
    materials: tuple[ListedMaterial, ...]
    lead: str
    cards: tuple[CardPage, ...]
    compared: tuple[Compared, ...]
    terms: tuple[ExplainedWord, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontPages:
    """The front as PDF with its pages, its links to other parts, the page of each card and its
    bookmarks (title, page, level).
    """

    data: bytes
    count: int
    links: tuple[Link, ...]
    cards: Mapping[int, int]
    marks: tuple[tuple[str, int, int], ...]


class _Linked(Told):
    """Words that lead somewhere: noted with their place, underlined, with an arrow; the link itself
    is laid when the pack is put together.
    """

    def __init__(
        self,
        words: str,
        target: tuple[int, Any],
        links: list[tuple[int, tuple[float, float, float, float], tuple[int, Any]]],
        face: Typeface,
        size: float = 9.5,
    ):
        super().__init__()
        self.words = " ".join(words.split())
        self.target = target
        self.links = links
        self.face = face
        self.size = size

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        full = self.canv_width()
        if full > width:  # words that lead somewhere stand on one line
            self.size *= width / full
        self.width = min(width, full)
        self.height = self.size * 1.6
        return self.width, self.height

    def canv_width(self) -> float:
        from reportlab.pdfbase.pdfmetrics import stringWidth

        return float(stringWidth(self.words, self.face.bold, self.size))

    def draw(self) -> None:
        canv = self.canv
        canv.setFillColor(_BLUE)
        canv.setFont(self.face.bold, self.size)
        y = self.size * 0.45
        with told(self):
            canv.drawString(0, y, self.words)
        canv.setStrokeColor(_BLUE)
        canv.setLineWidth(0.6)
        canv.line(0, y - 1.5, self.width, y - 1.5)
        x, low = canv.absolutePosition(0, 0)
        self.links.append(
            (canv.getPageNumber(), (x, low, x + self.width, low + self.height), self.target)
        )


def write(
    front: Front, *, counts: Sequence[int], own: OwnFonts = NO_OWN, even: bool = False
) -> FrontPages:
    """The front pages as PDF. `counts`: the pages of every part after the front, so that the list
    can name pages of the pack; `even`: with a blank page at the end where there is an odd number.
    PiaError names a character no typeface has.
    """
    face = face_for(_words(front), own)
    links: list[tuple[int, tuple[float, float, float, float], tuple[int, Any]]] = []
    pages: dict[tuple[str, ...], int] = {}
    story = [
        *_agenda(front, face, links, pages),
        *_cards(front, face, links, pages),
        *_texts(front, face, pages),
        *_terms(front, face, pages),
        *_comparisons(front, face, pages),
        *_figures(front, face, pages),
    ]
    end: list[int] = []

    def ending(count: int) -> Mapping[str, str]:
        # A later text must exist under every name that is asked for: those of pages are told when
        # they are known.
        if even:
            count += count % 2
        end.append(count)
        firsts = {}
        for index in range(1, len(counts) + 1):
            firsts[f"part-{index}"] = str(1 + count + sum(counts[: index - 1]))
        return firsts | {"-".join(key): str(page) for key, page in pages.items()}

    sheets = {
        "upright": PageKind(numbered=False),
        "wide": PageKind(wide=True, numbered=False),
        "table": PageKind(wide=True, numbered=False, heading=comparison_heads(face, "", "", True)),
        **{name: replace(sheet, numbered=False) for name, sheet in FIGURE_SHEETS.items()},
    }
    data = build(story, face, title=front.title, header=front.title, sheets=sheets, ending=ending)
    if even:
        data = evened(part_of("", front.title, data)).data
    resolved = []
    for page, box, (part, to) in links:
        if part:
            resolved.append(Link(page, box, part, to))
        elif to in pages:
            resolved.append(Link(page, box, part, pages[to]))
    return FrontPages(
        data,
        end[0],
        tuple(resolved),
        {card.number: pages["card", str(card.number)] for card in front.cards},
        tuple(_marks(front, pages)),
    )


def _marks(front: Front, pages: Mapping[tuple[str, ...], int]) -> list[tuple[str, int, int]]:
    """The bookmarks: (words, page, level)."""
    marks = [("次第・資料一覧", pages["agenda",], 0)]
    if front.cards:
        marks.append(("カード（変更の一覧）", pages["card", str(front.cards[0].number)], 0))
    for card in front.cards:
        marks.append((f"カード{card.number}　{card.title}", pages["card", str(card.number)], 1))
    for index, material in enumerate(front.materials):
        if material.text:
            name = f"{material.number}　{material.title}"
            marks.append((name, pages["text", str(index)], 0))
    for card in front.cards:
        if ("figure", str(card.number)) in pages:
            name = f"図の新旧　カード{card.number}"
            marks.append((name, pages["figure", str(card.number)], 0))
    if front.terms:
        marks.append((_TERMS, pages["terms",], 0))
    for compared in front.compared:
        name = f"全体点検　{compared.number}　{compared.affair}"
        marks.append((name, pages["compared", compared.number], 0))
    return marks


_TERMS = "用語の説明"
_LITERALS = (
    "用語の説明出典記載の由来市民の意見市の記載"
    "印刷用資料一式次第資料一覧番号資料名説明する課ページ数一式の頁カード件に共通・"
    "同文重要な変更の対象変更の要旨国の記載例前後新旧対照表から変更なしリスク措置は十分か"
    "資料評価書場所頁資料に移る前回公表した評価書と記載は同じです。"
    "について御覧ください。（図）この記載なし削除印刷なし→ページ"
    "全体点検図の新旧使い方青い下線の語を押すとその頁が開きます。全文の頁の下の「← "
    "カード」で戻ります。紙では右上の資料番号と頁、右下の一式の頁で探せます。"
)


def _words(f: Front) -> list[str]:
    """All the front prints, for its typeface."""
    out = [_LITERALS, *said(f)]
    for term in f.terms:
        out += [term.term, term.explanation, term.source]
    return out


def said(f: Front) -> list[str]:
    """All the front says of the sitting and of the changes."""
    out = [f.title, f.lead]
    for pair in (*f.facts, *f.agenda):
        out += pair
    for material in f.materials:
        out += [material.number, material.title, material.who, material.text]
    for card in f.cards:
        out += [card.title, *card.tags, card.explanation, *card.public]
        for origin in card.origins:
            out += [origin.words, origin.national, origin.ours]
        for place in card.places:
            out += [place.number, place.affair, place.label]
        figures: dict[Path, tuple[Node | None, Node | None]] = {}
        if card.figures:
            figures[("",)] = card.figures
        out += change_words(card.changes, {}, figures)
    for compared in f.compared:
        out += [compared.number, compared.affair]
        for risk in compared.unchanged:
            out += risk
    return out


def _table(
    rows: list[list[Any]], widths: Sequence[float], face: Typeface, *more: Any
) -> RuledTable:
    """A ruled table with its cells in the middle of their rows."""
    middle = ("VALIGN", (0, 0), (-1, -1), "MIDDLE")
    look = TableStyle([*grid(face).getCommands(), middle, *more])
    return RuledTable(rows, colWidths=list(widths), style=look)


def _agenda(f: Front, face: Typeface, links: Any, pages: Any) -> list[Any]:
    """The first page: facts, 次第 and 資料一覧."""
    body = style(face, 10)
    head = style(face, 12, bold=True, tag="H2")
    out: list[Any] = [
        Here(pages, ("agenda",)),
        Spacer(1, 8),
        *plain("印刷用資料　一式", style(face, 11, bold=True)),
        *plain(f.title, style(face, 16, bold=True, lead=1.4, tag="H1")),
        Spacer(1, 10),
    ]
    if f.facts:
        out.append(_labelled(f.facts, face))
    if f.agenda:
        out += [Spacer(1, 12), *plain("次第", head), _labelled(f.agenda, face)]
    out += [Spacer(1, 12), *plain("資料一覧", head), _materials(f, face, links)]
    out += [Spacer(1, 10), *plain(f.lead, body), Spacer(1, 4)]
    out += plain(
        "使い方：青い下線の語を押すと、その頁が開きます。全文の頁の下の「← カード」で戻ります。"
        "紙では、右上の資料番号と頁、右下の一式の頁で探せます。",
        style(face, 10.5),
    )
    return out


def _labelled(lines: Iterable[tuple[str, str]], face: Typeface) -> RuledTable:
    """A table of names and what they are."""
    bold = style(face, 10, bold=True)
    body = style(face, 10)
    cells = []
    for name, words in lines:
        cells.append([plain(name, bold), plain(words, body)])
    return _table(cells, [80, _WIDTH - 80], face, ("BACKGROUND", (0, 0), (0, -1), PALE))


def _materials(f: Front, face: Typeface, links: Any) -> RuledTable:
    """資料一覧, each material linked to its first page."""
    body = style(face, 10)
    bold = style(face, 10, bold=True)
    heads = ("番号", "資料名", "説明する課", "ページ数", "一式の頁")
    cells: list[list[Any]] = [[plain(head, bold) for head in heads]]
    for index, material in enumerate(f.materials):
        name = f"text-{index}"
        target: tuple[int, Any] | None = None
        if material.part is not None:
            name = f"part-{material.part}"
            target = (material.part, 1)
        elif material.text:
            target = (0, ("text", str(index)))
        number: Any = plain(material.number, bold)
        if target:
            number = _Linked(material.number, target, links, face, 10)
        cells.append(
            [
                number,
                plain(material.title, body),
                plain(material.who, body),
                plain(str(material.count) if material.count else "", body),
                _Later(name, face) if target else "",
            ]
        )
    widths = [62, _WIDTH - 62 - 126 - 56 - 56, 126, 56, 56]
    return _table(cells, widths, face, ("BACKGROUND", (0, 0), (-1, 0), SHADE))


class _Later(Told):
    """A page number of the pack, known at the end."""

    def __init__(self, name: str, face: Typeface):
        super().__init__()
        self.name = name
        self.face = face
        self.width = 40.0
        self.height = 14.0

    def wrap(self, *_: Any) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        with told(self):
            self.canv.later(self.name, self.face.regular, 10, 0, 3)


def _cards(f: Front, face: Typeface, links: Any, pages: Any) -> list[Any]:
    """The cards one below the other."""
    out: list[Any] = []
    for index, card in enumerate(f.cards):
        out.append(CondPageBreak(260) if index else PageBreak())
        out += [Spacer(1, 12), Here(pages, ("card", str(card.number)))]
        out += _card(card, face, links)
    return out


def _card(card: CardPage, face: Typeface, links: Any) -> list[Any]:
    body = style(face, 10.5)
    bold = style(face, 10.5, bold=True)
    title = plain(f"カード{card.number}　{card.title}", style(face, 11, bold=True, tag="H2"))
    shade = grid(face, ("BACKGROUND", (0, 0), (-1, -1), SHADE))
    out: list[Any] = [
        RuledTable([[title]], colWidths=[_WIDTH], style=shade),
        Spacer(1, 4),
        *plain("　".join(f"【{tag}】" for tag in card.tags), bold),
        Spacer(1, 3),
    ]
    if card.figures is not None:
        places = "\n".join(f"・{described.where}" for described in card.changes if described.where)
        out += plain(places, body)
        out.append(figure_pair(card.figures, card.changes, face, _WIDTH, 300))
    else:
        out += _card_texts(card, face)
    out += _card_origins(card, face)
    pale = grid(face, ("BACKGROUND", (0, 0), (0, -1), PALE))
    for name, words in (("変更の要旨", card.explanation), ("市民の意見", "\n".join(card.public))):
        if words:
            out += boxed([plain(name, bold), plain(words, body)], [80, _WIDTH - 80], pale)
    out.append(_card_places(card, face, links))
    return out


def _card_origins(card: CardPage, face: Typeface) -> list[Any]:
    """Where each wording comes from; where it departs from the State's text, both with what
    differs marked."""
    body = style(face, 10.5)
    bold = style(face, 10.5, bold=True)
    pale = grid(face, ("BACKGROUND", (0, 0), (0, -1), PALE))
    halves = [_WIDTH / 2] * 2
    shade = grid(face, ("BACKGROUND", (0, 0), (-1, -1), PALE))
    out: list[Any] = []
    for origin in card.origins:
        out += boxed(
            [plain("記載の由来", bold), plain(origin.words, body)], [80, _WIDTH - 80], pale
        )
        if origin.national:
            heads = [[plain("国の記載例", bold), plain("市の記載", bold)]]
            out.append(RuledTable(heads, colWidths=halves, style=shade))
            left, right = sides(origin.national, origin.ours, spans(origin.national, origin.ours))
            cells = [paragraphs(markup(each, face), body) for each in (left, right)]
            out += boxed(cells, halves, grid(face))
    return out


def _card_texts(card: CardPage, face: Typeface) -> list[Any]:
    """変更前 beside 変更後, a row a change."""
    body = style(face, 10.5)
    bold = style(face, 10.5, bold=True)
    halves = [_WIDTH / 2] * 2
    pale = grid(face, ("BACKGROUND", (0, 0), (-1, -1), PALE))
    heads = [[plain("変更前", bold), plain("変更後", bold)]]
    out: list[Any] = [RuledTable(heads, colWidths=halves, style=pale)]
    for described in card.changes:
        if described.moved:
            out += plain(f"【移動】{described.place}が、{described.moved}に移りました。", body)
        left, right = both_sides(described, "phrase", face)
        out += boxed([paragraphs(left, body), paragraphs(right, body)], halves, grid(face))
    return out


def _card_places(card: CardPage, face: Typeface, links: Any) -> RuledTable:
    """Where the change stands in the assessments, linked to the page."""
    small = style(face, 9)
    cells = []
    for place in card.places:
        to: Any = plain(place.number or "－", style(face, 9.5))
        if place.part is not None and place.page:
            words = f"{place.number}　{place.page}ページ →"
            to = _Linked(words, (place.part, place.page), links, face)
        cells.append([to, plain(place.affair, small), plain(place.label, small)])
    return _table(cells, [110, 160, _WIDTH - 270], face)


def _texts(f: Front, face: Typeface, pages: Any) -> list[Any]:
    out: list[Any] = []
    for index, material in enumerate(f.materials):
        if material.text:
            out += [
                PageBreak(),
                Here(pages, ("text", str(index))),
                *plain(
                    f"{material.number}　{material.title}", style(face, 14, bold=True, tag="H1")
                ),
                Spacer(1, 8),
                *plain(material.text, style(face, 10.5, lead=1.8)),
            ]
    return out


def _terms(f: Front, face: Typeface, pages: Any) -> list[Any]:
    """The words that stand in the pack, explained."""
    if not f.terms:
        return []
    body = style(face, 10.5)
    bold = style(face, 10.5, bold=True)
    pale = grid(face, ("BACKGROUND", (0, 0), (0, -1), PALE))
    out: list[Any] = [
        PageBreak(),
        Here(pages, ("terms",)),
        *plain(_TERMS, style(face, 14, bold=True, tag="H1")),
        Spacer(1, 8),
    ]
    for term in f.terms:
        means = [*plain(term.explanation, body)]
        if term.source:
            means += plain(f"出典：{term.source}", style(face, 9))
        out += boxed([plain(term.term, bold), means], [120, _WIDTH - 120], pale)
    return out


def _risks(unchanged: Sequence[tuple[str, str]], face: Typeface) -> RuledTable:
    """The risks of an assessment nothing was changed in, and whether what is done is enough."""
    bold = style(face, 9, bold=True)
    body = style(face, 9)
    rows: list[list[Any]] = [[plain("リスク", bold), plain("措置は十分か", bold)]]
    for risk, enough in unchanged:
        rows.append([plain(risk, body), plain(enough, body)])
    look = grid(face, ("BACKGROUND", (0, 0), (-1, 0), SHADE))
    return RuledTable(rows, colWidths=[_WIDTH - 120, 120], repeatRows=1, style=look)


def _comparisons(f: Front, face: Typeface, pages: Any) -> list[Any]:
    """The documents in which nothing changed, each with its risks."""
    out: list[Any] = []
    for compared in f.compared:
        called = f"{compared.number}　{compared.affair}"
        out += [PageBreak(), Here(pages, ("compared", compared.number))]
        out += plain(f"全体点検　{called}", style(face, 12, bold=True, tag="H1"))
        out += plain(
            "前回から変更なし。前回公表した評価書と、記載は同じです。"
            "リスクについて、措置が十分かを御覧ください。",
            style(face, 10.5),
        )
        out.append(_risks(compared.unchanged, face))
    return out


def _figures(f: Front, face: Typeface, pages: Any) -> list[Any]:
    """The figures that changed, each once on a page of its own: large enough to be read."""
    out: list[Any] = []
    for card in f.cards:
        if card.figures is None:
            continue
        path = card.changes[0].item_path
        drawn = figures_story(card.changes, {path: card.figures}, face)
        # The mark stands on the page of the figure, behind its page break.
        out += [*drawn[:2], Here(pages, ("figure", str(card.number))), *drawn[2:]]
    return out
