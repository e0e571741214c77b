"""The 計画管理書 as a page: the register of a body, and what its head says."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions.output import carriers
from ...actions.people import registration
from ...actions.viewing import affairs
from .. import inputs, paging
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("plan", __name__)
PLAN = {"department": "担当部署", "contact": "連絡先", "created": "作成日", "updated": "更新日"}
PLAN_DAYS = ("created", "updated")


@blueprint.get("/plan")
@needs("read", asks=("page",))
def page() -> str:
    """What the register says of every affair."""
    wp = workplace()
    first = paging.first(affairs.PAGE)
    lines, whole = affairs.plan_lines(wp, first)
    return render_template(
        "office/plan.html",
        heads=affairs.plan(wp),
        lines=lines,
        pages=paging.Pages(first, affairs.PAGE, whole),
        bodies=registration.bodies(wp),
        fields=PLAN,
        days=PLAN_DAYS,
        unseen=carriers.certainty(wp, forms.load("plan@令和6年10月")).unseen,
    )


@blueprint.post("/plan")
@needs("office")
@shows(page)
def head() -> Answer:
    """What the 計画管理書 says at its head."""
    wp = workplace()
    facts: dict[str, str] = {}
    for key, words in PLAN.items():
        value: object
        if key in PLAN_DAYS:
            value = inputs.day(key, words, need=False)
        else:
            value = inputs.line(key, words, need=False)
        if value:
            facts[key] = str(value)
    registration.plan_head(
        wp, by(), inputs.choice("body", "評価実施機関", registration.bodies(wp)), facts
    )
    return done("計画管理書を記録しました。", url_for("plan.page"))
