"""事務の終了: recorded, told to the commission, and the end of the publication.

Knows forms. What may be recorded is said by `actions.steps.affair_ends`.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import affair_ends as acts
from ...actions.viewing import affair_ends
from .. import inputs
from ..actor import by, now_day, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("affair_ends", __name__)


@blueprint.get("/affairs/<key>/end")
@needs("read", key="affair")
def page(key: str) -> str:
    """The end of an affair: what is recorded, and what comes next."""
    wp = workplace()
    view = readable(affair_ends.of_affair(wp, key, now_day()), *affair_ends.documents(wp, key))
    return render_template("office/affair_end.html", v=view, key=key, today=now_day())


@blueprint.post("/affairs/<key>/end")
@needs("office", key="affair")
@shows(page)
def end(key: str) -> Answer:
    """The end as it was typed."""
    new = acts.NewEnd(
        inputs.must_day("day", "終了した日"),
        inputs.text("reason", "終了した理由", most=inputs.PARAGRAPH),
        inputs.day("told", "委員会に届け出た日", need=False),
        inputs.line("document_number", "届出の文書番号", need=False),
    )
    acts.end(workplace(), by(), key, new)
    return done("事務の終了を記録しました。", url_for("affair_ends.page", key=key))


@blueprint.post("/affairs/<key>/end/closed")
@needs("office", key="affair")
@shows(page)
def close(key: str) -> Answer:
    """The day the 評価書 stopped being public."""
    acts.close(workplace(), by(), key, inputs.must_day("closed", "公表を終えた日"))
    return done("公表を終えたことを記録しました。", url_for("affair_ends.page", key=key))
