"""A consultation that runs is extended, corrected or cancelled, each by a notice.

Knows forms. What a notice may change is said by `actions.steps.consultation_notices`.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.notice_kinds import CORRECTABLE
from ...actions.steps import consultation_notices as acts
from ...actions.viewing import consultations
from .. import inputs
from ..actor import by, now_day, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("consultation_notices", __name__)


@blueprint.get("/consultations/<int:number>/notices")
@needs("office", number="consultation")
def page(number: int) -> str:
    """The three notices that change a consultation."""
    view = consultations.consultation_view(workplace(), number)
    says = {"title": view.title, "method": view.method, "contact": view.facts.get("contact") or ""}
    return render_template(
        "office/consultation_notices.html", c=view, says=says, fields=CORRECTABLE, today=now_day()
    )


def _notice() -> acts.NewNotice:
    return acts.NewNotice(
        inputs.must_day("notice_day", "告示した日"),
        inputs.text("reason", "理由", most=inputs.PARAGRAPH),
        inputs.line("document_number", "文書番号", need=False),
        inputs.day("decided", "決裁日", need=False),
    )


def _told(number: int, words: str) -> Answer:
    anew = "公開用のファイルを外に置いているときは、作り直してください。"
    return done(f"{words}お知らせを作れます。{anew}", url_for("consultations.page", number=number))


@blueprint.post("/consultations/<int:number>/notices/extension")
@needs("office", number="consultation")
@shows(page)
def extend(number: int) -> Answer:
    """Opinions are taken until a later day."""
    end = inputs.must_day("end", "新しい終わりの日")
    acts.extend(workplace(), by(), number, _notice(), end)
    return _told(number, "期間を延長しました。")


@blueprint.post("/consultations/<int:number>/notices/correction")
@needs("office", number="consultation")
@shows(page)
def correct(number: int) -> Answer:
    """The announcement says something else."""
    says = {
        "title": inputs.line("title", CORRECTABLE["title"]),
        "method": inputs.text("method", CORRECTABLE["method"], most=inputs.PARAGRAPH),
        "contact": inputs.text(
            "contact", CORRECTABLE["contact"], most=inputs.PARAGRAPH, need=False
        ),
    }
    acts.correct(workplace(), by(), number, _notice(), says)
    return _told(number, "公示を訂正しました。")


@blueprint.post("/consultations/<int:number>/notices/cancellation")
@needs("office", number="consultation")
@shows(page)
def cancel(number: int) -> Answer:
    """No opinions are taken any more; the documents are drafts again."""
    acts.cancel(workplace(), by(), number, _notice())
    return _told(number, "意見募集を中止しました。")
