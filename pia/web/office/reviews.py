"""年次見直し: the office's 照会, the answers of each department on a page or in a workbook that
came back, their confirmation by the 所属長, 督促 and papers (規則第14条第1項・第3項).

Knows forms and files. Whose affair it is, this asks; what follows from an answer, the acts say.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.issuing import classes
from ...actions.records.review_kinds import ANSWERS
from ...actions.steps import review_books
from ...actions.steps import reviews as acts
from ...actions.viewing import corrections
from ...actions.viewing import reviews as views
from ...documents.text import lists
from ...domain.errors import PiaError
from ...domain.procedure.retention import fiscal_year
from ...domain.wareki import fiscal
from ...store.rows.reviews import CHANGED, UNCHANGED
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..allowed import is_of_theirs, may, must_be_of_theirs, own_department, readable
from ..answers import attachment, done
from ..declared import needs, shows

blueprint = Blueprint("reviews", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOOK = 400_000  # letters of a workbook that came back


@blueprint.get("/reviews")
@needs("read")
def listed() -> str:
    """The 年次見直し of each 年度, and the form of a new one."""
    year = fiscal_year(now_day())
    return render_template(
        "office/reviews.html",
        campaigns=views.campaigns(workplace()),
        years=[(str(each), fiscal(each)) for each in (year + 1, year, year - 1)],
        year=str(year),
        today=now_day(),
    )


@blueprint.post("/reviews")
@needs("office")
@shows(listed)
def ask() -> Answer:
    """Asks every department about its affairs."""
    new = acts.NewCampaign(
        year=inputs.number("year", "年度", least=1989, most=2100) or 0,
        document_number=inputs.line("document_number", "文書番号", need=False),
        issued=inputs.must_day("issued", "照会の日"),
        until=inputs.must_day("until", "回答期限"),
        note=inputs.text("note", "照会文に書き添えること", most=inputs.PARAGRAPH, need=False),
    )
    number = acts.ask_all(workplace(), by(), new)
    words = "年次見直しを始めました。照会文を作って、各所属長に送ってください。"
    return done(words, url_for("reviews.page", number=number))


@blueprint.get("/reviews/<int:number>")
@needs("read", number="review")
def page(number: int) -> str:
    """A 年次見直し: its departments, who has not answered, its papers."""
    wp = workplace()
    return render_template(
        "office/review.html",
        view=views.campaign(wp, number),
        number=number,
        today=now_day(),
        mine=who().department_id,
        put_right=corrections.of_review(wp, number),
    )


@blueprint.post("/reviews/<int:number>/reminders")
@needs("office", number="review")
@shows(page)
def remind(number: int) -> Answer:
    """Departments were written to again."""
    wp = workplace()
    waiting = {str(each.number) for each in views.campaign(wp, number).waiting}
    chosen = inputs.many("departments", "督促する所属", waiting)
    new = acts.NewReminder(
        inputs.line("document_number", "文書番号", need=False),
        inputs.must_day("day", "督促の日"),
        inputs.must_day("until", "新しい回答期限"),
    )
    count = acts.remind(wp, by(), number, list(map(int, chosen)), new)
    return done(f"{count}所属への督促を記録しました。", url_for("reviews.page", number=number))


# ---- what a department answers


@blueprint.get("/reviews/<int:number>/offices/<int:office>")
@needs("read", number="review", office="review_office")
def department(number: int, office: int) -> str:
    """What a department is asked, and what it answered."""
    return _department(number, office)


def _department(number: int, office: int, returned: Any = None, text: str = "") -> str:
    """`returned`: a workbook that came back, which is looked at; `text`: its cells."""
    view = views.department(workplace(), number, office, now_day())
    documents = [affair.main for affair in view.affairs if affair.main]
    return render_template(
        "office/review_answers.html",
        view=readable(view, *documents),
        number=number,
        office=office,
        answers=list(ANSWERS.items()),
        others=[(code, words) for code, words in ANSWERS.items() if code != UNCHANGED],
        mine=is_of_theirs("draft", office),
        confirms=is_of_theirs("review", office),
        returned=returned,
        text=text,
        today=now_day(),
    )


def _whose(right: str, office: int) -> int:
    """Whose affairs this person may answer for. Denied where it is not their department."""
    must_be_of_theirs(right, office)
    return office if own_department(right) is not None else acts.ANY


@blueprint.post("/reviews/<int:number>/offices/<int:office>/answers")
@needs("draft", number="review", office="review_office")
@shows(department)
def answer(number: int, office: int) -> Answer:
    """An answer for one affair, or the same for several; each is recorded by itself."""
    whose = _whose("draft", office)
    view = views.department(workplace(), number, office, now_day())
    keys = inputs.many("affairs", "事務", {each.key for each in view.to_answer})
    kind = inputs.choice("kind", "回答", ANSWERS)
    new = acts.NewAnswer(
        kind,
        inputs.text("note", "変わったこと・連絡事項", most=inputs.PARAGRAPH, need=False),
        inputs.number("round", "進んでいる手続", need=False) or None,
    )
    confirmed = None
    if inputs.ticked("confirms"):
        must_be_of_theirs("review", office)
        confirmed = _confirmation()
    given = dict.fromkeys(keys, new)
    count = acts.answer(workplace(), by(), number, given, whose, confirmed)
    words = f"{count}件の事務に「{ANSWERS[kind]}」と回答しました。"
    if confirmed is None:
        words += "所属長が確認すると、見直しをしたことになります。"
    if kind == CHANGED and len(keys) == 1 and new.round is None and may("office"):
        words += "再実施・修正は、事務の画面から始めます。"
        return done(words, url_for("affairs.page", key=keys[0]))
    return done(words, _here(number, office))


def _confirmation() -> acts.HeadConfirmation:
    return acts.HeadConfirmation(
        inputs.line("head", "確認した所属長", most=60),
        inputs.must_day("confirmed", "所属長が確認した日"),
    )


@blueprint.post("/reviews/<int:number>/offices/<int:office>/confirmations")
@needs("review", number="review", office="review_office")
@shows(department)
def confirm(number: int, office: int) -> Answer:
    """The 所属長 confirms answers."""
    whose = _whose("review", office)
    view = views.department(workplace(), number, office, now_day())
    keys = inputs.many("affairs", "確認する事務", {each.key for each in view.to_confirm})
    count = acts.confirm(workplace(), by(), number, keys, whose, _confirmation())
    return done(f"{count}件の回答を確認しました。", _here(number, office))


@blueprint.get("/reviews/<int:number>/offices/<int:office>/answers.xlsx")
@needs("read", number="review", office="review_office")
def book(number: int, office: int) -> Response:
    """The answers of a department as a workbook, to be filled in and sent back."""
    wp = workplace()
    view = views.department(wp, number, office, now_day())
    view = readable(view, *(affair.main for affair in view.affairs if affair.main))
    name = f"年次見直し回答書（{view.name}）.xlsx"
    return attachment(review_books.book(view), name, XLSX, classes.of(wp, classes.INNER))


@blueprint.post("/reviews/<int:number>/offices/<int:office>/book")
@needs("draft", number="review", office="review_office")
@shows(department)
def bring(number: int, office: int) -> Answer | tuple[str, int]:
    """A workbook that came back is looked at, or taken as it was looked at."""
    must_be_of_theirs("draft", office)
    wp = workplace()
    mark = inputs.line("mark", "確認", need=False)
    if mark:
        text = inputs.text("rows", "回答書", most=BOOK)
    else:
        name, data = inputs.upload("file", "回答書")
        text = _cells(data, name)
    view = views.department(wp, number, office, now_day())
    rows = _rows(text)
    returned = review_books.read(view, rows)
    if not mark:
        return _department(number, office, returned, text), 200
    confirms = is_of_theirs("review", office)
    count = review_books.take(wp, by(), view, returned, mark, confirms)
    return done(f"回答書から{count}件の回答を記録しました。", _here(number, office))


def _cells(data: bytes, name: str) -> str:
    try:
        return lists.from_file(data, name)
    except PiaError as error:
        raise inputs.Unfit("file", str(error)) from error


def _rows(text: str) -> list[lists.Row]:
    try:
        return lists.rows_of(text, review_books.COLUMNS, ("number", "kind"))
    except PiaError as error:
        raise inputs.Unfit("file", str(error)) from error


def _here(number: int, office: int) -> str:
    return url_for("reviews.department", number=number, office=office)
