"""The printed pack of a sitting (印刷用資料 一式): agenda, cards, comparisons and the pinned papers
as one PDF, or as volumes small enough to be mailed.

Gathers what was put before the council, as it was pinned; lays nothing out. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...domain.document.tree import walk
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.rows import councils, papers
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair, Department, name_of
from ..sources import Source, read_ref
from ..viewing.cards import CardView, SittingView, sitting_view
from ..viewing.wordbook import ExplainedTerm, standing_in
from ..workplace import Press, Workplace, ref_of
from . import comparisons, printing

if TYPE_CHECKING:
    from ...documents.pdf.pack import Volume
    from ...documents.pdf.pack_front import (
        CardPage,
        Compared,
        ExplainedWord,
        Front,
        ListedMaterial,
    )


@dataclass(frozen=True, slots=True)
class _Pinned:
    """What of one document went before the council: the version, what it is compared with, who
    explains it.
    """

    key: str
    base: str | None
    seen: str
    department: str


def referral_of(wp: Workplace, name: str) -> int:
    """The referral a person means: its number, or the day (2024-07-24) or a part of the name of the
    sitting it was on the agenda of.

    PiaError when there is none, or more than one.
    """
    with wp.store.read() as session:
        if name.isascii() and name.isdigit():
            return _by_number(session, name)
        hits = set()
        for sitting in queries.sittings.all_sittings(session):
            if name and (name == sitting.day.isoformat() or name in sitting.name):
                hits |= {entry["referral"] for entry in sitting.agenda if entry.get("referral")}
    if len(hits) == 1:
        return int(hits.pop())
    why = "当てはまる会議がありません"
    if hits:
        why = f"当てはまる諮問が{len(hits)}つあります（{'、'.join(map(str, sorted(hits)))}）"
    raise PiaError(
        f"「{name}」に{why}。"
        "諮問の番号、会議の日（2024-07-24 の形）、又は会議の名称を書いてください。"
    )


def _by_number(session: Session, name: str) -> int:
    known = [referral.id for referral in queries.councils.referrals(session)]
    if int(name) in known:
        return int(name)
    if known:
        rest = f"あるのは {'、'.join(map(str, known))} です。"
    else:
        rest = "諮問はまだ1つもありません。"
    raise PiaError(f"諮問{name}はありません。{rest}")


def pack(wp: Workplace, referral: int, limit: int | None = None) -> tuple[Volume, ...]:
    """The pack as one PDF, or as volumes of at most `limit` bytes.

    PiaError when the papers were not pinned with the referral.
    """
    return _bound(wp, _gathered(wp, referral), limit)


@nodes.whole()
def kept(wp: Workplace, referral: int) -> bytes:
    """The whole pack in one file; made once for what is to be seen in it (a page is asked for more
    often than it changes).
    """
    seen = _gathered(wp, referral)
    where = (f"referral-{referral}", "pack", seen.mark)
    with wp.store.read() as session:
        printed = papers.printed(session, *where)
        if printed is not None:
            return nodes.get_blob(session, printed.sha256)
    data = _bound(wp, seen, None)[0].data
    try:
        with wp.store.begin() as session:
            papers.keep_printed(session, *where, data, 0, {})
    except IntegrityError:
        pass  # made twice at the same time: equal bytes, kept once
    return data


@dataclass(frozen=True, slots=True)
class _PackContents:
    """Everything that is printed. `mark` is of all that decides the bytes."""

    view: SittingView
    pinned: list[_Pinned]
    papers: list[Mapping[str, Any]]
    sitting: Mapping[str, Any] | None
    press: Press

    @property
    def mark(self) -> str:
        from ...documents.pdf.assessment import LAYOUT

        view = self.view
        cards = []
        for card in view.cards:
            cards.append(
                [
                    card.card.title,
                    card.explanation,
                    card.national,
                    card.reason,
                    [[key, *value] for key, value in card.card.places.items()],
                ]
            )
        pins = []
        for pinned in self.pinned:
            pins.append([pinned.key, pinned.base, pinned.seen, pinned.department])
        parts = [
            LAYOUT,
            view.title,
            view.council,
            dict(view.keys),
            list(view.materials),
            cards,
            pins,
            [[term.term, *_meaning(term)] for term in view.glossary.values()],
            self.sitting,
            printing.fonts_mark(self.press),
        ]
        text = json.dumps(parts, ensure_ascii=False, default=str, sort_keys=True)
        return f"{LAYOUT}:{sha256(text.encode()).hexdigest()[:24]}"


def _gathered(wp: Workplace, referral: int) -> _PackContents:
    view = sitting_view(wp, referral)
    materials = []
    for material in view.materials:
        if material.get("sha256"):
            materials.append(material)
    without = []
    for key in view.keys:
        if key not in {match.get("key") for match in materials}:
            without.append(view.keys[key])
    if without:
        raise PiaError(
            f"{'、'.join(without)}の評価書は、諮問のときに印刷用の資料が作られていないため、"
            "一式にまとめられません。資料の番号を付けて諮問し直してください。"
        )
    return _PackContents(view, _pinned(wp, referral), materials, _sitting(wp, referral), wp.press)


def _bound(wp: Workplace, seen: _PackContents, limit: int | None) -> tuple[Volume, ...]:
    from ...documents.pdf import pack as pdf_pack
    from ...documents.pdf import pack_front

    view = seen.view
    index = {}
    for number, paper in enumerate(seen.papers, 1):
        index[paper["key"]] = number
    cards = []
    for number, card in enumerate(view.cards, 1):
        cards.append(_card(number, card, view, index, seen.papers))
    front = _front(wp, seen, index, tuple(cards))
    own = wp.press.fonts
    counts = [paper["count"] for paper in seen.papers]
    front_pages = pack_front.write(front, counts=counts, own=own)
    parts = [
        pdf_pack.PackMaterial("", "次第・カード・新旧対照表", front_pages.data, front_pages.count)
    ]
    with wp.store.read() as session:
        for number, paper in enumerate(seen.papers, 1):
            parts.append(
                pdf_pack.PackMaterial(
                    paper["number"],
                    view.keys[paper["key"]],
                    nodes.get_blob(session, paper["sha256"]),
                    paper["count"],
                    _back(cards, number),
                )
            )
    whole = pdf_pack.Pack(
        front.title, tuple(parts), front_pages.links, front_pages.cards, front_pages.marks
    )
    return pdf_pack.bind(whole, limit=limit, own=own)


def _front(
    wp: Workplace, seen: _PackContents, index: Mapping[str, int], cards: tuple[CardPage, ...]
) -> Front:
    """What stands before the documents: agenda, materials, cards and 新旧対照表."""
    from ...documents.pdf import pack_front

    view = seen.view
    sitting = seen.sitting
    agenda = []
    for entry in sitting["agenda"] if sitting else ():
        agenda.append((entry["number"], entry["title"]))
    explains = {pinned.key: pinned.department for pinned in seen.pinned}
    compared = []
    for pinned in seen.pinned:
        paper = seen.papers[index[pinned.key] - 1]
        compared.append(_compared(wp, pinned, view, paper))
    lead = "前回から変更のない評価書の全体点検です。"
    if cards:
        lead = (
            f"変更箇所 {view.changed_items}。同じ変更は1枚のカードにまとめて、"
            f"{len(cards)}枚（{len(view.keys)}件に共通 {view.shared}、個別 {view.local}）。"
        )
    front = pack_front.Front(
        title=sitting["name"] if sitting else view.title,
        facts=_facts(view, sitting),
        agenda=tuple(agenda),
        materials=tuple(_listed(material, view, index, explains) for material in view.materials),
        lead=lead,
        cards=cards,
        compared=tuple(compared),
    )
    return replace(front, terms=_terms(wp, seen, pack_front.said(front)))


def _terms(wp: Workplace, seen: _PackContents, said: Sequence[str]) -> tuple[ExplainedWord, ...]:
    """The explained words that stand in the pack: in what the front says, or in a document."""
    from ...documents.pdf.pack_front import ExplainedWord

    texts = [*said]
    for pinned in seen.pinned:
        for _, node in walk(read_ref(wp, pinned.seen).tree):
            texts.append(str(node.value or ""))
    terms = standing_in(seen.view.glossary.values(), "\n".join(texts))
    return tuple(ExplainedWord(term.term, *_meaning(term)) for term in terms)


def _meaning(term: ExplainedTerm) -> tuple[str, str]:
    """A word's explanation, and where that was read."""
    source = term.source
    if term.read_on is not None:
        source += f"（{written(term.read_on)}確認）"
    if term.is_doubtful:
        source += "　この説明は、出典の本文とはまだ照合していません。"
    return term.explanation, source


def _back(cards: Sequence[CardPage], part: int) -> dict[int, tuple[int, ...]]:
    """By page of one document: the cards that cite it."""
    back: dict[int, tuple[int, ...]] = {}
    for card in cards:
        pages = set()
        for place in card.places:
            if place.part == part and place.page:
                pages.add(place.page)
        for page in sorted(pages):
            back[page] = (*back.get(page, ()), card.number)
    return back


def _pinned(wp: Workplace, referral: int) -> list[_Pinned]:
    out = []
    with wp.store.read() as session:
        for round_ in session.get_one(councils.Referral, referral).rounds:
            referred_round = session.get_one(Round, round_.round_id)
            assessment = session.get_one(Assessment, referred_round.assessment_id)
            if referred_round.base_id:
                base = session.get(Version, referred_round.base_id)
            else:
                base = None
            affair = session.get_one(Affair, assessment.affair_id)
            if affair.department_id:
                department = session.get(Department, affair.department_id)
            else:
                department = None
            seen = session.get_one(Version, round_.version_id)
            out.append(
                _Pinned(
                    assessment.key,
                    ref_of(assessment, base) or None,
                    f"{assessment.key}@{seen.seq}",
                    name_of(department),
                )
            )
    return out


def _sitting(wp: Workplace, referral: int) -> Mapping[str, Any] | None:
    """The sitting the referral is on the agenda of; None before one is convened."""
    with wp.store.read() as session:
        for sitting in queries.sittings.latest_day_first(session):
            if any(entry.get("referral") == referral for entry in sitting.agenda):
                return {
                    "name": sitting.name,
                    "day": sitting.day,
                    "opens": sitting.opens,
                    "place": sitting.place,
                    "agenda": list(sitting.agenda),
                }
    return None


def _facts(view: SittingView, sitting: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    from ...documents.text.page import clock

    out = [("審議会", view.council), ("諮問", view.title)]
    if sitting is not None:
        out[:1] = [
            ("日時", f"{written(sitting['day'])}　{clock(sitting['opens'])}から"),
            ("場所", sitting["place"]),
            ("審議会", view.council),
        ]
    return tuple(out)


def _listed(
    match: Mapping[str, Any],
    view: SittingView,
    index: Mapping[str, int],
    explains: Mapping[str, str],
) -> ListedMaterial:
    from ...documents.pdf.pack_front import ListedMaterial

    key = match.get("key") or ""
    if key in index:
        return ListedMaterial(
            match["number"],
            f"{view.keys[key]}　評価書（全文）",
            explains.get(key, ""),
            index[key],
            match["count"],
        )
    return ListedMaterial(
        match["number"],
        match.get("title", ""),
        match.get("who", ""),
        None,
        0,
        match.get("text", ""),
    )


def _card(
    number: int,
    c: CardView,
    view: SittingView,
    index: Mapping[str, int],
    pinned: list[Mapping[str, Any]],
) -> CardPage:
    from ...documents.pdf.pack_front import CardPage, CardPlace

    tags = [
        f"{len(c.card.places)}件に共通・同文"
        if c.card.shared
        else view.keys[next(iter(c.card.places))]
    ]
    if c.reason:
        tags += [c.reason]
    else:
        tags += []
    if c.card.material:
        tags += [
            f"重要な変更の対象（{c.card.changes[0].basis}）"
            if c.card.changes[0].basis
            else "重要な変更の対象"
        ]
    else:
        tags += []
    places = []
    for key, path in c.card.places.items():
        match = pinned[index[key] - 1]
        page = printing.cited(
            {tuple(name.split("/")): value for name, value in match["pages"].items()}, path
        )
        places.append(
            CardPlace(index[key], match["number"], view.keys[key], c.card.labels[key], page)
        )
    return CardPage(
        number,
        c.card.title,
        tuple(tags),
        c.card.changes,
        c.figures,
        c.explanation,
        c.national,
        tuple(places),
    )


def _compared(wp: Workplace, p: _Pinned, view: SittingView, match: Mapping[str, Any]) -> Compared:
    from ...documents.pdf.pack_front import Compared

    affair = view.keys[p.key]
    if p.key in view.unchanged or p.base is None:
        risks = tuple(
            (risk.label, risk.enough or "（記載なし）") for risk in view.unchanged.get(p.key, ())
        )
        return Compared(match["number"], affair, (), {}, {}, {}, risks)
    old = read_ref(wp, p.base)
    new = read_ref(wp, p.seen)
    compared = comparisons.comparison(old, new, comparisons.reasons(wp, new))
    before = _stored(wp, old)
    now = {}
    for path, value in match["pages"].items():
        now[tuple(path.split("/"))] = value
    pages = {}
    for changes in compared.changes:
        sides = {}
        for side, of in (("old", before), ("new", now)):
            if node := of.get(changes.item_path):
                sides[side] = node
        if sides:
            pages[changes.item_path] = sides
    reasons = {}
    for path, (text, _) in compared.why.items():
        if text:
            reasons[path] = text
    return Compared(
        match["number"], affair, compared.changes, reasons, pages, comparisons.figures_of(compared)
    )


def _stored(wp: Workplace, source: Source) -> Mapping[Any, int]:
    return printing.pages(wp, source) or {}


def listing(volumes: tuple[Volume, ...], names: list[str]) -> str:
    """What each file holds, one line each: for the mail they go with."""
    return "".join(
        f"{name}\t{len(volume.data) / 1_000_000:.2f}MB\t{'；'.join(volume.holds)}\n"
        for name, volume in zip(names, volumes)
    )
