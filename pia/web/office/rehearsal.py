"""The clock of a rehearsal as a page: what it shows, and moving it on. In earnest there is no such
page."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, current_app, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.upkeep import rehearsal
from ...domain.act import JST
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, now, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("rehearsal", __name__)
STEPS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=31),
}


def _only_here() -> None:
    if not current_app.extensions["pia.rehearsal"]:
        raise PiaError("このデータベースは練習用ではありません。")


@blueprint.get("/rehearsal")
@needs("rehearsal")
def page() -> str:
    """The rehearsal's clock."""
    _only_here()
    return render_template("office/rehearsal.html", shown=now())


@blueprint.post("/rehearsal")
@needs("rehearsal")
@shows(page)
def move() -> Answer:
    """To a day and an hour, or on by a step."""
    _only_here()
    step = inputs.choice("step", "進める長さ", ("", *STEPS))
    if step:
        at = now() + STEPS[step]
    else:
        day = inputs.must_day("day", "日付")
        hour = inputs.clock("hour", "時刻")
        assert hour is not None
        at = datetime.combine(day, hour, JST)
    rehearsal.move(workplace(), by(), at, current_app.extensions["pia.machine"]())
    return done("練習の時計を動かしました。", url_for("rehearsal.page"))
