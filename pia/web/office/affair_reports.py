"""The periodic reports of notices: made for a period, shown as what is new, handed to the council
with their letter (個人情報保護法第75条第5項).

Knows forms and files. What is enclosed, the acts say; what each notice changed, the views.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.output import affair_books
from ...actions.steps import affair_reports as acts
from ...actions.viewing import affair_notices as views
from ...actions.viewing.affair_notices import BodyChoice
from .. import inputs
from ..actor import by, now_day, workplace
from ..answers import attachment, done
from ..declared import needs, shows

blueprint = Blueprint("affair_reports", __name__)
KINDS = {"": "すべて", "BEGIN": "開始", "CHANGE": "変更", "END": "廃止"}


def _bodies() -> list[BodyChoice]:
    return [body for body in views.bodies(workplace()) if body.kept.kept]


@blueprint.get("/notices/reports")
@needs("read")
def listed() -> str:
    """The reports, and the form of the next one of each body."""
    wp = workplace()
    proposals = []
    for body in _bodies():
        first = views.next_first(wp, body.id)
        rule = body.kept.rule
        last = None
        if first is not None and rule is not None and rule.months:
            last = acts.period_end(first, rule.months, rule.first_month)
        proposals.append((body, first, last))
    return render_template(
        "office/affair_reports.html",
        lines=views.reports(wp),
        proposals=proposals,
        today=now_day(),
    )


@blueprint.post("/notices/reports/of/<int:number>")
@needs("office", number="notifying_body")
@shows(lambda number: listed())
def make(number: int) -> Answer:
    """Makes the report of a period."""
    new = acts.NewAffairReport(
        body=number,
        first=inputs.day("first", "期間の初日", need=False),
        last=inputs.must_day("last", "期間の末日"),
        dated=inputs.must_day("dated", "報告の日付"),
        number=inputs.line("document_number", "文書番号", need=False),
    )
    made = acts.make(workplace(), by(), new)
    return done("報告を作りました。", url_for("affair_reports.page", number=made))


@blueprint.get("/notices/reports/<int:number>")
@needs("council", number="affair_report", asks=("kind", "office"))
def page(number: int) -> str:
    """What is new: a line a notice with what each 変更 changed."""
    wp = workplace()
    kind = request.args.get("kind", "")
    office = request.args.get("office", "")[:200]
    view = views.report(wp, number, kind if kind in KINDS else "", office)
    return render_template(
        "office/affair_report.html",
        view=view,
        number=number,
        kind=kind,
        office=office,
        kinds=KINDS,
        sittings=views.sittings_for(wp, number),
    )


@blueprint.get("/notices/reports/<int:number>/sheets")
@needs("council", number="affair_report")
def sheets(number: int) -> str:
    """Every notice of a report as its sheet, to be printed."""
    wp = workplace()
    return render_template(
        "office/affair_report_sheets.html",
        view=views.report(wp, number),
        sheets=views.sheets(wp, number),
        number=number,
    )


@blueprint.get("/notices/reports/<int:number>.xlsx")
@needs("read", number="affair_report")
def workbook(number: int) -> Response:
    """The notices of a report as a workbook."""
    return attachment(
        affair_books.report(workplace(), number), "届出の報告.xlsx", affair_books.XLSX
    )


@blueprint.post("/notices/reports/<int:number>/sitting")
@needs("office", number="affair_report", sitting="sitting")
@shows(page)
def put_before(number: int) -> Answer:
    """The sitting a report is put before, where it stands on the agenda."""
    known = {"", *(str(each) for each, _ in views.sittings_for(workplace(), number))}
    chosen = inputs.choice("sitting", "会議", known)
    acts.put_before(workplace(), by(), number, int(chosen) if chosen else None)
    here = url_for("affair_reports.page", number=number)
    return done("報告をする会議を記録しました。", here)


@blueprint.post("/notices/reports/<int:number>/withdrawal")
@needs("office", number="affair_report")
@shows(page)
def take_back(number: int) -> Answer:
    """Takes a report back."""
    reason = inputs.text("reason", "取消しの理由", most=inputs.PARAGRAPH)
    acts.take_back(workplace(), by(), number, reason)
    return done("報告を取り消しました。", url_for("affair_reports.listed"))
