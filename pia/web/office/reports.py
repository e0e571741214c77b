"""定期報告: gathered for a 年度, the measures of each document checked, the sheet of the city, sent
and received (番号法第29条の3第2項, 定期報告規則第2条第1項).

Knows forms and files. What a measure is and what was found of it, the acts and views say.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.issuing import classes
from ...actions.records.report_kinds import STATES
from ...actions.steps import reports as acts
from ...actions.viewing import corrections
from ...actions.viewing import reports as views
from ...documents.papers import list_xlsx
from ...domain.procedure.retention import fiscal_year
from ...domain.wareki import fiscal
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..allowed import may, must_read_all, readable
from ..answers import attachment, done
from ..declared import needs, shows

blueprint = Blueprint("reports", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/reports")
@needs("read")
def listed() -> str:
    """The 定期報告 of each 年度, and the form of a new one."""
    last = fiscal_year(now_day()) - 1
    return render_template(
        "office/reports.html",
        lines=views.listed(workplace()),
        years=[(str(each), fiscal(each)) for each in (last, last - 1)],
        year=str(last),
    )


@blueprint.post("/reports")
@needs("office")
@shows(listed)
def gather() -> Answer:
    """Begins to gather the report of a 年度."""
    new = acts.NewReport(
        year=inputs.number("year", "年度", least=1989, most=2100) or 0,
        until=inputs.must_day("until", "点検の期限"),
        note=inputs.text("note", "各所属に伝えること", most=inputs.PARAGRAPH, need=False),
    )
    number = acts.gather(workplace(), by(), new)
    words = "取りまとめを始めました。各所属の「今日すること」に、対策の点検が出ます。"
    return done(words, url_for("reports.page", number=number))


@blueprint.get("/reports/<int:number>")
@needs("read", number="report")
def page(number: int) -> str:
    """A report: how far each document is checked, when it was sent, its receipt."""
    wp = workplace()
    return render_template(
        "office/report.html",
        view=views.report(wp, number),
        number=number,
        today=now_day(),
        mine=who().department_id,
        put_right=corrections.of_report(wp, number),
    )


@blueprint.post("/reports/<int:number>/sent")
@needs("office", number="report")
@shows(page)
def send(number: int) -> Answer:
    """The report was sent, and what came back."""
    new = acts.SentReport(
        inputs.day("sent", "報告した日"),
        inputs.line("document_number", "文書番号", need=False),
        inputs.day("received", "受理の日", need=False),
        inputs.text("receipt", "受理の内容", most=inputs.PARAGRAPH, need=False),
    )
    acts.send(workplace(), by(), number, new)
    return done("報告を記録しました。", url_for("reports.page", number=number))


@blueprint.get("/reports/<int:number>/documents/<key>")
@needs("read", number="report", key="assessment")
def document(number: int, key: str) -> str:
    """Every measure of the published text of a document, with what was found."""
    view = readable(views.document(workplace(), number, key), key)
    return render_template(
        "office/measures.html",
        view=view,
        number=number,
        key=key,
        states=list(STATES.items()),
        writes=may("draft", key),
        checker=who().shown,
    )


@blueprint.post("/reports/<int:number>/documents/<key>")
@needs("draft", own="key", number="report", key="assessment")
@shows(document)
def check(number: int, key: str) -> Answer:
    """What was found of the measures of a document; what is left open stays open."""
    wp = workplace()
    found = {}
    rest = inputs.ticked("rest")
    checker = inputs.line("checker", "確認者", most=60, need=False)
    for measure in views.document(wp, number, key).measures:
        place = measure.place
        state = request.form.get(f"state-{place}", "")
        if not state and rest and not measure.state:
            state = "DONE"
        if state:
            found[measure.digest] = acts.NewCheck(
                state,
                inputs.text(f"evidence-{place}", "根拠資料", most=inputs.PARAGRAPH, need=False),
                inputs.line(f"checker-{place}", "確認者", most=60, need=False) or checker,
            )
    count = acts.check(wp, by(), number, key, found)
    here = url_for("reports.document", number=number, key=key)
    return done(f"{count}件の措置の実施状況を記録しました。", here)


@blueprint.get("/reports/<int:number>/sheet.xlsx")
@needs("office", number="report")
def sheet(number: int) -> Response:
    """Every measure of the city as a workbook."""
    wp = workplace()
    view = views.report(wp, number)
    must_read_all(*(each.key for each in view.documents))
    heading = f"{view.title}　対策の実施状況（委員会に提出する様式の項目は未確認）"
    body = list_xlsx.workbook(
        "対策の実施状況", views.HEAD, views.sheet(wp, number), heading=heading
    )
    name = f"対策の実施状況（{view.title}）.xlsx"
    return attachment(body, name, XLSX, classes.of(wp, classes.INNER))
