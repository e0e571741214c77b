"""The printed pack of a sitting (印刷用資料 一式): agenda, cards, 新旧対照表, the roster, seats and
letters, the pinned papers and the free documents as one PDF, or as volumes small enough to be
mailed.

Gathers what was put before the council, as it was pinned; lays nothing out. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.document.tree import walk
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.rows import councils, papers
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair, Department, name_of
from ..output import comparison_table, printing
from ..papers.facts import gapless
from ..sources import read_ref
from ..viewing.cards import CardView, SittingView, sitting_view
from ..viewing.wordbook import ExplainedTerm, standing_in
from ..workplace import Press, Workplace, ref_of
from . import papers as office

if TYPE_CHECKING:
    from ...documents.pdf.pack import PackMaterial, Volume
    from ...documents.pdf.pack_front import (
        CardPage,
        Compared,
        ExplainedWord,
        Front,
        ListedMaterial,
        PrintedOrigin,
    )


@dataclass(frozen=True, slots=True)
class PackLook:
    """How a pack is printed. duplex: every part begins on an odd page; large: on A3, for who needs
    large type."""

    duplex: bool = False
    large: bool = False

    @property
    def words(self) -> str:
        """What a file's name says of it."""
        return ("_両面" if self.duplex else "") + ("_拡大" if self.large else "")


AS_USUAL = PackLook()
NO_OPINION = "この項目への意見はありませんでした。"


@dataclass(frozen=True, slots=True)
class _Part:
    """One part after the front: the number it is found by, its title; whether an assessment
    (`key`), a file that is kept (`sha256`), one of the office's papers (`paper`) or the table."""

    number: str
    title: str
    key: str = ""
    sha256: str = ""
    paper: str = ""
    says: str = ""


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


def pack(
    wp: Workplace, referral: int, limit: int | None = None, look: PackLook = AS_USUAL
) -> tuple[Volume, ...]:
    """The pack as one PDF, or as volumes of at most `limit` bytes.

    PiaError when the papers were not pinned with the referral.
    """
    return _bound(wp, _gathered(wp, referral), limit, look)


@nodes.whole()
def kept(wp: Workplace, referral: int, look: PackLook = AS_USUAL) -> bytes:
    """The whole pack in one file; made once for what is to be seen in it (a page is asked for more
    often than it changes).
    """
    seen = _gathered(wp, referral)
    where = (f"referral-{referral}", "pack", f"{seen.mark}:{look.duplex:d}{look.large:d}")
    with wp.store.read() as session:
        printed = papers.printed(session, *where)
        if printed is not None:
            return nodes.get_blob(session, printed.sha256)
    data = _bound(wp, seen, None, look)[0].data
    try:
        with wp.store.begin() as session:
            papers.keep_printed(session, *where, data, 0, {})
    except IntegrityError:
        pass  # made twice at the same time: equal bytes, kept once
    return data


@dataclass(frozen=True, slots=True)
class _PackContents:
    """Everything that is printed. `mark` is of all that decides the bytes."""

    referral: int
    view: SittingView
    pinned: list[_Pinned]
    papers: list[Mapping[str, Any]]
    parts: list[_Part]
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
                    [[each.words, each.national, each.ours] for each in _origins(card)],
                    _public(card),
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
            [[part.number, part.title, part.sha256, part.says] for part in self.parts],
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
    sitting = _sitting(wp, referral)
    parts = list(_parts(wp, referral, view, sitting))
    pinned = _pinned(wp, referral)
    return _PackContents(referral, view, pinned, materials, parts, sitting, wp.press)


TABLE = "新旧対照表"
# What stands before the materials, and what after them: the office's paper and what it is found by.
BEFORE = (("roster", "名簿"), ("seating", "座席表"), ("referral", "諮問書"))
AFTER = (("self-check", "自己点検表"), ("opinion-results-council", "意見"))


def _parts(
    wp: Workplace, referral: int, view: SittingView, sitting: Mapping[str, Any] | None
) -> Iterator[_Part]:
    """Everything after the front, in order. A paper that cannot be made now is left out: there is
    no roster before a sitting is convened, and no opinions where nobody was asked."""
    for name, number in BEFORE:
        yield from _paper(wp, referral, name, number, sitting)
    if any(key not in view.unchanged for key in view.keys):
        yield _Part(TABLE, "変更前と変更後", paper=TABLE, says=view.title)
    for material in view.materials:
        number = str(material["number"])
        key = str(material.get("key") or "")
        if material.get("sha256"):
            yield _Part(number, view.keys[key], key=key, sha256=material["sha256"])
        elif str(material.get("name") or "").lower().endswith(".pdf"):
            title = str(material.get("title") or material["name"])
            yield _Part(number, title, sha256=str(material["file"]))
    for name, number in AFTER:
        yield from _paper(wp, referral, name, number, sitting)


def _paper(
    wp: Workplace, referral: int, name: str, number: str, sitting: Mapping[str, Any] | None
) -> Iterator[_Part]:
    try:
        about, on = _about(wp, referral, name, sitting)
        facts = office.facts(wp, name, about, on, sitting["id"] if sitting else None)
    except PiaError:
        return
    if name == "self-check" and all(
        gapless(line["結果"]) != line["結果"] for line in facts.words["点検一覧"]
    ):
        return  # nobody checked yet: a form without answers is no paper for a council
    says = json.dumps(facts.words, ensure_ascii=False, default=str, sort_keys=True)
    yield _Part(number, office.title_of(name), paper=name, says=says)


def _about(
    wp: Workplace, referral: int, name: str, sitting: Mapping[str, Any] | None
) -> tuple[int | None, date]:
    """What a paper is about, and the day it is of. PiaError where it has no sense before a sitting,
    or there was no consultation."""
    if name in ("roster", "seating") and sitting is None:
        raise PiaError("会議が、まだ登録されていません。")
    with wp.store.read() as session:
        case = session.get_one(councils.Referral, referral)
        on = sitting["day"] if sitting is not None else day_in_japan(case.at)
        council = case.council_id
    if name == "roster":
        return council, on
    if name == "opinion-results-council":
        return office.consultation_before(wp, referral), on
    return referral, on


def _bound(
    wp: Workplace, seen: _PackContents, limit: int | None, look: PackLook
) -> tuple[Volume, ...]:
    from ...documents.pdf import pack as pdf_pack
    from ...documents.pdf import pack_front

    made, seen = _opened(wp, seen)
    index = {part.key: number for number, part in enumerate(seen.parts, 1) if part.key}
    cards = []
    for number, card in enumerate(seen.view.cards, 1):
        cards.append(_card(number, card, seen.view, index, seen.papers))
    front = _front(wp, seen, index, tuple(cards), made)
    own = wp.press.fonts
    counts = [part.count for part in made]
    if look.duplex:
        counts = [count + count % 2 for count in counts]
    pages = pack_front.write(front, counts=counts, own=own, even=look.duplex)
    parts = [pdf_pack.PackMaterial("", "次第とカード", pages.data, pages.count)]
    for number, part in enumerate(made, 1):
        part = replace(part, back=_back(cards, number))
        parts.append(pdf_pack.evened(part) if look.duplex else part)
    whole = pdf_pack.Pack(front.title, tuple(parts), pages.links, pages.cards, pages.marks)
    return pdf_pack.bind(whole, limit=limit, own=own, large=look.large)


def _opened(wp: Workplace, seen: _PackContents) -> tuple[list[PackMaterial], _PackContents]:
    """Every part as PDF. An uploaded one that cannot be opened is not bound: it stays in the list
    of what lies before the council outside of the pack."""
    made = []
    bound = []
    for part in seen.parts:
        try:
            made.append(_made(wp, seen, part))
        except PiaError:
            if part.key or part.paper:
                raise
            continue
        bound.append(part)
    return made, replace(seen, parts=bound)


def _made(wp: Workplace, seen: _PackContents, part: _Part) -> PackMaterial:
    from ...documents.pdf.pack import part_of

    foreign = bool(part.sha256 and not part.key)
    return part_of(part.number, part.title, _bytes(wp, seen, part), foreign=foreign)


def _bytes(wp: Workplace, seen: _PackContents, part: _Part) -> bytes:
    """The PDF of a part."""
    if part.sha256:
        with wp.store.read() as session:
            return nodes.get_blob(session, part.sha256)
    if part.paper == TABLE:
        subjects = comparison_table.of_referral(wp, seen.referral)
        return comparison_table.write(subjects, "pdf", press=wp.press)
    about, on = _about(wp, seen.referral, part.paper, seen.sitting)
    sitting = seen.sitting["id"] if seen.sitting else None
    made = office.make(wp, part.paper, "pdf", about=about, today=on, sitting=sitting)
    return made.data


def _front(
    wp: Workplace,
    seen: _PackContents,
    index: Mapping[str, int],
    cards: tuple[CardPage, ...],
    made: Sequence[PackMaterial],
) -> Front:
    """What stands before the documents: agenda, materials, cards, and what did not change."""
    from ...documents.pdf import pack_front

    view = seen.view
    sitting = seen.sitting
    agenda = []
    for entry in sitting["agenda"] if sitting else ():
        agenda.append((entry["number"], entry["title"]))
    explains = {pinned.key: pinned.department for pinned in seen.pinned}
    compared = []
    for pinned in seen.pinned:
        if pinned.key in view.unchanged or pinned.base is None:
            compared.append(_compared(pinned, view, seen.parts[index[pinned.key] - 1].number))
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
        materials=tuple(_materials(seen, explains, made)),
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
                    "id": sitting.id,
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


def _materials(
    seen: _PackContents, explains: Mapping[str, str], made: Sequence[PackMaterial]
) -> Iterator[ListedMaterial]:
    """Everything the pack holds, then what lies before the council outside of it."""
    from ...documents.pdf.pack_front import ListedMaterial

    bound = set()
    for number, part in enumerate(seen.parts, 1):
        bound.add(part.number)
        title = f"{part.title}　評価書（全文）" if part.key else part.title
        who = explains.get(part.key, "")
        yield ListedMaterial(part.number, title, who, number, made[number - 1].count)
    for material in seen.view.materials:
        if str(material["number"]) in bound:
            continue
        title = str(material.get("title") or "")
        text = str(material.get("text") or "")
        who = str(material.get("who") or "")
        yield ListedMaterial(str(material["number"]), title, who, None, 0, text)


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
        match = next(paper for paper in pinned if paper["key"] == key)
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
        _origins(c),
        _public(c),
        tuple(places),
    )


def _origins(card: CardView) -> tuple[PrintedOrigin, ...]:
    """Where the wordings of a card come from, as they are printed."""
    from ...documents.pdf.pack_front import PrintedOrigin

    out = []
    for told in card.origins:
        origin = told.origin
        said = [told.place, origin.word, "、".join(told.documents), origin.source, origin.because]
        words = "　".join(word for word in said if word)
        if origin.asked:
            words += f"\n{origin.asked}"
        out.append(PrintedOrigin(words, origin.national, origin.ours))
    return tuple(out)


def _public(card: CardView) -> tuple[str, ...]:
    """What the public saw of a card and what it said, each a paragraph; nothing where nobody was
    asked."""
    if card.shown is None:
        return ()
    days = f"{written(card.shown.start)}から{written(card.shown.end)}まで"
    out = [f"意見募集（{days}）。{card.shown.since}"]
    if not card.opinions:
        out[0] += NO_OPINION
    for opinion in card.opinions:
        out.append(f"意見{opinion['number']}　{opinion['text']}")
        outcome = f"（{opinion['outcome']}）" if opinion["outcome"] else ""
        out.append(f"市の考え方{outcome}　{opinion['response'] or '（まだありません）'}")
    return tuple(out)


def _compared(pinned: _Pinned, view: SittingView, number: str) -> Compared:
    """A document of which nothing changed: its risks, to be looked at as a whole."""
    from ...documents.pdf.pack_front import Compared

    risks = []
    for risk in view.unchanged.get(pinned.key, ()):
        risks.append((risk.label, risk.enough or "（記載なし）"))
    return Compared(number, view.keys[pinned.key], tuple(risks))


def listing(volumes: tuple[Volume, ...], names: list[str]) -> str:
    """What each file holds, one line each: for the mail they go with."""
    return "".join(
        f"{name}\t{len(volume.data) / 1_000_000:.2f}MB\t{'；'.join(volume.holds)}\n"
        for name, volume in zip(names, volumes)
    )
