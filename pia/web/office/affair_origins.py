"""統合・分割 of an affair: where it came from, what came of it, and what each of them published.

Knows forms. What may be recorded is said by `actions.steps.affair_origins`.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.origin_kinds import KINDS_OF_ORIGIN
from ...actions.steps import affair_origins as acts
from ...actions.viewing import affair_origins, register
from .. import inputs
from ..actor import by, now_day, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("affair_origins", __name__)


@blueprint.get("/affairs/<key>/origins")
@needs("read", key="affair")
def page(key: str) -> str:
    """Where an affair came from and what came of it."""
    wp = workplace()
    view = readable(affair_origins.of_affair(wp, key), *affair_origins.documents(wp, key))
    return render_template(
        "office/affair_origins.html",
        v=view,
        key=key,
        affair=register.documents_of(wp, key)[0],
        kinds=KINDS_OF_ORIGIN,
        today=now_day(),
    )


@blueprint.post("/affairs/<key>/origins")
@needs("office", key="affair")
@shows(page)
def record(key: str) -> Answer:
    """Where an affair came from, as it was typed."""
    view = affair_origins.of_affair(workplace(), key)
    new = acts.NewOrigin(
        inputs.choice("origin", "元の事務", view.choices),
        inputs.choice("kind", "種類", KINDS_OF_ORIGIN),
        inputs.must_day("day", "統合・分割した日"),
        inputs.text("reason", "理由", most=inputs.PARAGRAPH),
    )
    acts.record(workplace(), by(), key, new)
    return done("統合・分割を記録しました。", url_for("affair_origins.page", key=key))
