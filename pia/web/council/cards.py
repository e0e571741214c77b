"""The council's pages: the agenda of a referral, and its changes as cards, shared ones once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.issuing import classes, pack
from ...actions.people import rights
from ...actions.records import closing
from ...actions.steps import assignments as assigning
from ...actions.steps import corrections, handouts, referrals, remarks, sittings
from ...actions.viewing import agenda as agenda_views
from ...actions.viewing import (
    answers,
    assignments,
    card_orders,
    chair,
    printed_pages,
    seen,
    wordbook,
)
from ...actions.viewing import cards as card_views
from ...actions.viewing import proposals as proposal_views
from ...documents import figures
from ...domain.errors import PiaError
from ...domain.procedure import holders
from .. import document_page, finding, inputs, paging
from ..actor import by, now_day, who, workplace
from ..allowed import may, must_read_all, readable
from ..answers import attachment, done
from ..assigning import asked
from ..declared import needs, shows
from . import following, own_notes

blueprint = Blueprint("council", __name__)


@blueprint.get("/referrals", endpoint="agenda")
@needs("council", referral="referral", asks=("page",))
def agenda_page() -> str:
    """What lies before this person's council: the latest referrals, or the one that is asked for,
    with their sitting, and the way to the others."""
    wp = workplace()
    mine = None
    if not rights.all_of(wp, who(), "referral"):
        mine = rights.before_them(wp, who(), now_day()).referrals
    first = paging.first(card_views.PAGE)
    lines, whole = card_views.referrals(wp, mine, first)
    opened = [line.referral for line in lines[: card_views.AT_ONCE]]
    if request.args.get("referral"):
        opened = [int(request.args["referral"])]
    halls = agenda_views.before_them(wp, who(), now_day())
    return render_template(
        "council/agenda.html",
        halls=halls,
        firsts=card_orders.firsts(wp, opened),
        leads=bool(halls) and chair.leads(wp, who(), halls[0].sitting.id),
        follow=halls[0].now if halls else None,
        moves=following.goes_along(),
        lines=lines,
        opened=opened,
        views=[card_views.sitting_view(wp, referral) for referral in opened],
        pages=paging.Pages(first, card_views.PAGE, whole),
    )


@blueprint.get("/referrals/<int:referral>")
@needs("council", referral="referral")
def cards(referral: int) -> str:
    """The changes of a referral as cards, with what was asked about all of it."""
    view = _view(referral)
    return render_template(
        "council/cards.html",
        v=view,
        own_notes=own_notes.of_cards(view.cards),
        order=card_orders.numbers(workplace(), referral, len(view.cards)),
        standings=seen.standings(workplace(), referral, who().shown, view.cards),
        speaking=_speaking(referral),
        **_following(referral),
        **_assigned([remark["id"] for remark in view.general]),
    )


def _view(referral: int) -> card_views.SittingView:
    """A referral as this person may see it: what people wrote beside the texts may quote them."""
    view = card_views.sitting_view(workplace(), referral)
    return readable(view, *view.keys)


def _following(referral: int) -> dict[str, Any]:
    """What the sitting of this referral discusses now, and whether this browser goes along."""
    follow = agenda_views.of_referral(workplace(), who(), referral, now_day())
    return {"follow": follow, "moves": following.goes_along()}


def _beside(referral: int, number: int, count: int) -> dict[str, int | None]:
    """The cards before and after one, in the order they are explained in, and its place in it."""
    order = card_orders.numbers(workplace(), referral, count)
    place = order.index(number)
    return {
        "place": place + 1,
        "before": order[place - 1] if place else None,
        "after": order[place + 1] if place + 1 < count else None,
    }


def _speaking(referral: int) -> closing.ReferralStanding:
    return referrals.standing(workplace(), by(), referral)


@blueprint.get("/referrals/<int:referral>/cards/<int:number>")
@needs("council", referral="referral")
def card(referral: int, number: int) -> str:
    """One card: what changes, in which documents, with questions and proposals."""
    sitting_view = _view(referral)
    if not 1 <= number <= len(sitting_view.cards):
        raise PiaError("その番号の項目はありません。一覧から選び直してください。")
    sitting_card = sitting_view.cards[number - 1]
    text = "".join(words for described in sitting_card.card.changes for words in described.shown)
    text += sitting_card.explanation + _drawn(sitting_card)
    terms = wordbook.standing_in(sitting_view.glossary.values(), text)
    pair = sitting_card.figures and figures.compared(
        *sitting_card.figures, [described.change for described in sitting_card.card.changes]
    )
    keys = list(sitting_card.card.places)
    proposals = []
    for place, (key, proposal) in enumerate(remarks.proposals(workplace(), referral), 1):
        if key in keys and tuple(proposal.path)[: len(sitting_card.card.places[key])] == tuple(
            sitting_card.card.places[key]
        ):
            proposals.append((key, proposal, place))
    standings = seen.standings(workplace(), referral, who().shown, sitting_view.cards)
    beside = answers.beside(workplace(), referral, sitting_card, _told(keys))
    proposed = []
    became = proposal_views.outcomes(workplace(), [row.id for _, row, _ in proposals])
    for key, proposal, place in proposals:
        shown = {**_proposed(proposal), "outcome": became.get(proposal.id)}
        proposed.append((key, readable(shown, *keys), place))
    own_notes.ready()
    return render_template(
        "council/card.html",
        own_note=own_notes.of_cards((sitting_card,)).get(1),
        card_key=seen.card_key(sitting_card),
        v=sitting_view,
        c=sitting_card,
        number=number,
        **_beside(referral, number, len(sitting_view.cards)),
        terms=terms,
        beside=readable(beside, *beside.keys),
        kept_ready={key: ref for key, ref in beside.rounds.items() if may("draft", ref)},
        pair=pair,
        keys=keys,
        proposals=proposed,
        standing=standings.get(number, ""),
        speaking=_speaking(referral),
        **_following(referral),
        **_assigned([remark["id"] for remark in sitting_card.remarks]),
    )


def _drawn(card: card_views.CardView) -> str:
    """What both figures of a card say."""
    shapes = [shape for figure in card.figures or () if figure for shape in figure.leaves]
    return "\n".join(str(shape.value.get("text", "")) for shape in shapes)


def _told(keys: Sequence[str]) -> answers.AnswerReader:
    """What of the answers beside a card this person may be told."""
    wp = workplace()
    unreleased = {key for key in keys if may("answer", key)}
    if rights.all_of(wp, who(), "referral"):
        return answers.AnswerReader(unreleased=unreleased)
    given = rights.before_them(wp, who(), now_day())
    return answers.AnswerReader(given.referrals, given.documents, unreleased)


def _assigned(remarks_shown: Sequence[int]) -> dict[str, Any]:
    """Who is asked to answer these questions; only for who may answer."""
    if not may("answer"):
        return {"given": {}}
    wp = workplace()
    return {
        "given": assignments.of_remarks(wp, remarks_shown),
        "choices": assignments.choices(wp) if may("office") else ([], []),
        "left": holders.left,
        "nearness": holders.nearness,
        "today": now_day(),
    }


def _proposed(p: Any) -> dict[str, Any]:
    return {"speaker": p.speaker, "before": p.before, "after": p.after, "why": p.why}


def _card(referral: int, number: int) -> card_views.CardView:
    sitting_view = card_views.sitting_view(workplace(), referral)
    if not 1 <= number <= len(sitting_view.cards):
        raise PiaError("その番号の項目はありません。一覧から選び直してください。")
    return sitting_view.cards[number - 1]


@blueprint.post("/referrals/<int:referral>/cards/<int:number>/remarks")
@needs("remark", referral="referral")
@shows(card)
def ask(referral: int, number: int) -> Answer:
    """A question about a card, pinned to the wording it is about."""
    sitting_card = _card(referral, number)
    key = next(iter(sitting_card.card.places))
    remarks.ask(
        workplace(),
        by(),
        referral,
        _speaker(),
        inputs.text("text", "質問", most=inputs.PARAGRAPH),
        key=key,
        path=tuple(sitting_card.card.places[key]),
    )
    return done("質問を記録しました。", url_for("council.card", referral=referral, number=number))


@blueprint.post("/referrals/<int:referral>/cards/<int:number>/now")
@needs("answer", referral="referral")
@shows(card)
def explaining(referral: int, number: int) -> Answer:
    """Marks the card that is being explained, for those who follow."""
    _card(referral, number)
    sittings.explaining(workplace(), by(), referral, number)
    return done(
        "説明中の項目にしました。", url_for("council.card", referral=referral, number=number)
    )


@blueprint.get("/referrals/<int:referral>/now")
@needs("council", referral="referral")
def follow(referral: int) -> Answer:
    """説明中の項目へ."""
    number = sittings.explained_now(workplace(), referral)
    if number is None:
        flash("説明は、まだ始まっていません。")
        return redirect(url_for("council.cards", referral=referral), 303)
    return redirect(url_for("council.card", referral=referral, number=number), 303)


@blueprint.post("/referrals/<int:referral>/cards/<int:number>/tick")
@needs("remark", referral="referral")
@shows(card)
def tick(referral: int, number: int) -> Answer:
    """A member has looked at a card, or takes that back."""
    on = request.form.get("on") == "1"
    view = _card(referral, number)
    looked_at = remarks.LookedAt(seen.card_key(view), seen.places_of(view))
    remarks.tick(workplace(), by(), referral, _speaker(), looked_at, on)
    return done(
        "「確認した」を付けました。" if on else "「確認した」を外しました。",
        url_for("council.card", referral=referral, number=number),
    )


@blueprint.post("/referrals/<int:referral>/cards/<int:number>/proposals")
@needs("remark", referral="referral")
@shows(card)
def propose(referral: int, number: int) -> Answer:
    """Other wording for a passage of this card's text."""
    sitting_card = _card(referral, number)
    before = inputs.text("before", "直す前の言葉", most=inputs.PARAGRAPH)
    key, path = remarks.passage(
        workplace(),
        referral,
        {ref: tuple(value) for ref, value in sitting_card.card.places.items()},
        before,
    )
    remarks.propose(
        workplace(),
        by(),
        referral,
        _speaker(),
        key,
        path,
        remarks.OtherWording(
            before,
            inputs.text("after", "直した後の言葉", most=inputs.PARAGRAPH),
            inputs.text("why", "理由", most=inputs.PARAGRAPH, need=False),
        ),
    )
    return done("修正案を記録しました。", url_for("council.card", referral=referral, number=number))


def _speaker() -> str:
    """A tablet speaks for the member whose plate was tapped, and for nobody before that."""
    if who().role == "tablet" and who().member is None:
        raise PiaError("先に名札に触れて、事務局の確認を受けてください。")
    return who().shown


@blueprint.post("/referrals/<int:referral>/remarks/<int:remark>/answer")
@needs("answer", referral="referral", remark="remark")
@shows(lambda referral, remark: cards(referral))
def answer(referral: int, remark: int) -> Answer:
    """The answer to a question."""
    wp = workplace()
    speaker = f"{who().department}　{who().shown}".strip()
    remarks.answer(wp, by(), remark, speaker, inputs.text("text", "回答", most=inputs.PARAGRAPH))
    return done("回答を記録しました。", url_for("council.cards", referral=referral))


def _number_of(referral: int, remark: int) -> int | None:
    """The card a question is about; None for one about all of them."""
    for number, card_view in enumerate(card_views.sitting_view(workplace(), referral).cards, 1):
        if any(known["id"] == remark for known in card_view.remarks):
            return number
    return None


def _page_of(referral: int, remark: int) -> str:
    number = _number_of(referral, remark)
    return cards(referral) if number is None else card(referral, number)


def _address_of(referral: int, remark: int) -> str:
    """Where a question stands: on its card, or on the list where it is about all of them."""
    number = _number_of(referral, remark)
    anchor = f"remark-{remark}"
    if number is None:
        return url_for("council.cards", referral=referral, _anchor=anchor)
    return url_for("council.card", referral=referral, number=number, _anchor=anchor)


@blueprint.post("/referrals/<int:referral>/remarks/<int:remark>/assignment")
@needs("office", referral="referral", remark="remark")
@shows(_page_of)
def assign(referral: int, remark: int) -> Answer:
    """A question given to a department until a day."""
    assigning.give(workplace(), by(), "remark", remark, asked())
    return done("質問を割り当てました。", _address_of(referral, remark))


@blueprint.get("/referrals/<int:referral>/remarks/<int:remark>")
@needs("answer", referral="referral", remark="remark")
def question(referral: int, remark: int) -> Answer:
    """Where a question is answered."""
    return redirect(_address_of(referral, remark), 303)


@blueprint.post("/referrals/<int:referral>/remarks")
@needs("remark", referral="referral")
@shows(cards)
def ask_general(referral: int) -> Answer:
    """A question about the referral as a whole."""
    remarks.ask(
        workplace(), by(), referral, _speaker(), inputs.text("text", "質問", most=inputs.PARAGRAPH)
    )
    return done("質問を記録しました。", url_for("council.cards", referral=referral))


@blueprint.post("/referrals/<int:referral>/remarks/<int:remark>/back")
@needs("remark", referral="referral", remark="remark")
@shows(lambda referral, remark: cards(referral))
def take_back(referral: int, remark: int) -> Answer:
    """A question taken back by who asked it."""
    corrections.take_back_question(workplace(), by(), remark, _speaker())
    return done("質問を取り消しました。", url_for("council.cards", referral=referral))


@blueprint.get("/referrals/<int:referral>/documents/<key>")
@needs(
    "council",
    referral="referral",
    key="pinned",
    base="document",
    asks=("only", "page", "words", "card"),
)
def text(referral: int, key: str) -> str | Answer:
    """The full text that was put before the council, with the pages of its paper; to a page that is
    asked for, or the places where words stand; `card`: the card somebody comes from."""
    wp = workplace()
    paper = printed_pages.of_document(wp, referral, key)
    given = request.args.get("card", "")
    card_number = int(given) if given.isdecimal() and len(given) < 4 else 0
    asked = request.args.get("page", "").strip()[:20]
    wrong = finding.wrong_page(asked, paper.count) if asked else ""
    if asked and not wrong:
        here = url_for(
            "council.text",
            referral=referral,
            key=key,
            card=card_number or None,
            _anchor=f"page-{finding.page_typed(asked)}",
        )
        return redirect(here, 303)
    wanted = finding.DocumentSearch(
        paper.called,
        paper.count,
        card_number,
        asked,
        wrong,
        request.args.get("words", "").strip()[:200],
    )
    ref = referrals.pinned_ref(wp, referral, key)
    return document_page.page(ref, referral, paper, wanted, _following(referral))


@blueprint.get("/referrals/<int:referral>/glossary")
@needs("council", referral="referral")
def glossary(referral: int) -> str:
    """The words the referral's documents use, explained."""
    view = _view(referral)
    asked_terms = readable(wordbook.asked(workplace(), referral), *view.keys)
    return render_template("council/glossary.html", v=view, asked=asked_terms)


@blueprint.get("/referrals/<int:referral>/materials/<int:place>.pdf")
@needs("council", referral="referral", place="material")
def paper(referral: int, place: int) -> Response:
    """A paper that was pinned to the referral."""
    _whole_texts(referral)
    number, body = referrals.paper(workplace(), referral, place)
    has = classes.of_referral(workplace(), referral)
    return attachment(body, f"{number}.pdf", "application/pdf", has)


@blueprint.get("/referrals/<int:referral>/files/<int:place>")
@needs("council", referral="referral", place="material")
def free_file(referral: int, place: int) -> Response:
    """A free document of the referral, to be downloaded."""
    name, body = referrals.free_file(workplace(), referral, place)
    return attachment(body, name, "application/octet-stream")


@blueprint.get("/referrals/<int:referral>/files/<int:place>/replaced/<int:number>")
@needs("council", referral="referral", place="material")
def earlier_file(referral: int, place: int, number: int) -> Response:
    """A free document as it was before it was replaced."""
    name, body = handouts.earlier_file(workplace(), referral, place, number)
    return attachment(body, f"差替え前_{name}", "application/octet-stream")


@blueprint.get("/referrals/<int:referral>/materials/<int:place>/before/<int:number>.pdf")
@needs("council", referral="referral", place="material")
def earlier_paper(referral: int, place: int, number: int) -> Response:
    """A paper that was pinned to the referral as it was before the 差替え of its text."""
    _whole_texts(referral)
    called, body = referrals.earlier_paper(workplace(), referral, place, number)
    has = classes.of_referral(workplace(), referral)
    return attachment(body, f"差替え前{number}_{called}.pdf", "application/pdf", has)


@blueprint.get("/referrals/<int:referral>/pack.pdf", endpoint="pack")
@needs("council", referral="referral", asks=("duplex", "large"))
def whole(referral: int) -> Response:
    """The papers of a referral as one PDF; `duplex`: every part begins on an odd page; `large`: on
    A3."""
    _whole_texts(referral)
    has = classes.of_referral(workplace(), referral)
    look = pack.PackLook("duplex" in request.args, "large" in request.args)
    name = f"印刷用資料_諮問{referral}{look.words}.pdf"
    return attachment(pack.kept(workplace(), referral, look), name, "application/pdf", has)


def _whole_texts(referral: int) -> None:
    """What was printed and pinned says everything: it is for those who may read everything."""
    must_read_all(*referrals.keys_of(workplace(), referral))
