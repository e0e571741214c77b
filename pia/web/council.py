"""The council's pages: the agenda of a referral, and its changes as cards, shared ones once."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from ..actions import agenda
from ..actions import council as acts
from ..domain.errors import PiaError
from . import attachment, figures, workplace
from .gate import needs

blueprint = Blueprint("council", __name__)


@blueprint.get("/council", endpoint="agenda")
@needs("council")
def agenda_page() -> str:
    wp = workplace()
    found = agenda.sittings(wp)
    return render_template("council/agenda.html", found=found, views=[agenda.sitting_view(wp, i) for i, _, _ in found])


@blueprint.get("/council/<int:referral>")
@needs("council")
def cards(referral: int) -> str:
    return render_template("council/cards.html", v=agenda.sitting_view(workplace(), referral))


@blueprint.get("/council/<int:referral>/<int:number>")
@needs("council")
def card(referral: int, number: int) -> str:
    v = agenda.sitting_view(workplace(), referral)
    if not 1 <= number <= len(v.cards):
        raise PiaError("その番号の項目はありません。一覧から選び直してください。")
    one = v.cards[number - 1]
    text = "".join((s.before or "") + (s.after or "") for s in one.card.said)
    terms = {t: e for t, e in v.glossary.items() if t in text}
    fresh = {s.change.path[-1] for s in one.card.said if s.change.kind == "added"}
    figure = figures.drawn(one.figure, fresh) if one.figure is not None else None
    return render_template("council/card.html", v=v, c=one, number=number, terms=terms, figure=figure)


@blueprint.get("/glossary/<int:referral>")
@needs("council")
def glossary(referral: int) -> str:
    return render_template("council/glossary.html", v=agenda.sitting_view(workplace(), referral))


@blueprint.get("/council/<int:referral>/papers/<number>.pdf")
@needs("council")
def paper(referral: int, number: str) -> Response:
    return attachment(acts.material(workplace(), referral, number), f"{number}.pdf", "application/pdf")
