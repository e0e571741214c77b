"""The page on which the order of a referral's cards is set.

Knows forms. Must not know who may set it: `actions.steps.card_orders` says so.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import card_orders as acts
from ...actions.viewing import card_orders as orders
from ...actions.viewing import cards as card_views
from .. import inputs
from ..actor import by, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows
from ..inputs import Unfit

blueprint = Blueprint("card_orders", __name__)


@blueprint.get("/referrals/<int:referral>/order")
@needs("answer", referral="referral")
def page(referral: int) -> str:
    """Every card with its place, and the orders that were set before."""
    wp = workplace()
    view = card_views.sitting_view(wp, referral)
    return render_template(
        "council/order.html",
        v=readable(view, *view.keys),
        order=orders.numbers(wp, referral, len(view.cards)),
        history=orders.history(wp, referral),
    )


@blueprint.post("/referrals/<int:referral>/order")
@needs("answer", referral="referral")
@shows(page)
def set_order(referral: int) -> Answer:
    """Sets the order: each card has a place of its own."""
    wp = workplace()
    count = len(card_views.sitting_view(wp, referral).cards)
    places: dict[int, int] = {}
    for number in range(1, count + 1):
        called = f"項目{number}の順番"
        place = inputs.number(f"place{number}", called, least=1, most=count) or 0
        if place in places:
            taken = places[place]
            raise Unfit(f"place{number}", f"「{called}」が、項目{taken}と同じです。")
        places[place] = number
    acts.set_order(wp, by(), referral, [places[place] for place in sorted(places)])
    return done("説明の順番を決めました。", url_for("card_orders.page", referral=referral))
