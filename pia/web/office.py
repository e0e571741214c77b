"""The office's pages: rounds and what they still need, national texts over all assessments, consultations, the 計画管理書."""

from __future__ import annotations

from flask import Blueprint, render_template

from ..actions import agenda, reading
from . import now_day, workplace
from .gate import needs

blueprint = Blueprint("office", __name__)


@blueprint.get("/rounds")
@needs("read")
def rounds() -> str:
    return render_template("office/rounds.html", views=reading.rounds(workplace()))


@blueprint.get("/rounds/<ref>")
@needs("read")
def round_page(ref: str) -> str:
    wp = workplace()
    return render_template("office/round.html", view=reading.round_view(wp, ref, now_day()), rules=wp.rules["rules"])


@blueprint.get("/national")
@needs("read")
def national() -> str:
    return render_template("office/national.html", matrices=agenda.matrices(workplace()))


@blueprint.get("/consultations")
@needs("read")
def consultations() -> str:
    wp = workplace()
    from ..actions.consultation import CHANNELS

    return render_template("office/consultations.html", found=agenda.consultations(wp), channels=CHANNELS)


@blueprint.get("/plan")
@needs("read")
def plan() -> str:
    wp = workplace()
    listed = reading.register(wp)
    views = {x.key: reading.affair_view(wp, x.key, now_day()) for x in listed if x.kind != "basic_item"}
    return render_template("office/plan.html", heads=reading.plan(wp), listed=listed, views=views)
