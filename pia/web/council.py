"""The council's pages: the agenda of a referral, and its changes as cards, shared ones once."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from ..actions import agenda, pack
from ..actions import council as acts
from ..documents import figures
from ..domain.errors import PiaError
from . import attachment, workplace

blueprint = Blueprint("council", __name__)


@blueprint.get("/council", endpoint="agenda")
def agenda_page() -> str:
    wp = workplace()
    found = agenda.sittings(wp)
    return render_template("council/agenda.html", found=found, views=[agenda.sitting_view(wp, i) for i, _, _ in found])


@blueprint.get("/council/<int:referral>")
def cards(referral: int) -> str:
    return render_template("council/cards.html", v=agenda.sitting_view(workplace(), referral))


@blueprint.get("/council/<int:referral>/<int:number>")
def card(referral: int, number: int) -> str:
    v = agenda.sitting_view(workplace(), referral)
    if not 1 <= number <= len(v.cards):
        raise PiaError("その番号の項目はありません。一覧から選び直してください。")
    one = v.cards[number - 1]
    text = "".join((s.before or "") + (s.after or "") for s in one.card.said)
    terms = {t: e for t, e in v.glossary.items() if t in text}
    pair = one.figures and figures.compared(*one.figures, [s.change for s in one.card.said])
    return render_template("council/card.html", v=v, c=one, number=number, terms=terms, pair=pair)


@blueprint.get("/glossary/<int:referral>")
def glossary(referral: int) -> str:
    return render_template("council/glossary.html", v=agenda.sitting_view(workplace(), referral))


@blueprint.get("/council/<int:referral>/papers/<number>.pdf")
def paper(referral: int, number: str) -> Response:
    return attachment(acts.material(workplace(), referral, number), f"{number}.pdf", "application/pdf")


@blueprint.get("/council/<int:referral>/pack.pdf", endpoint="pack")
def whole(referral: int) -> Response:
    return attachment(pack.kept(workplace(), referral), f"印刷用資料_諮問{referral}.pdf", "application/pdf")
