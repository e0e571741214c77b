"""Downloads of the office's papers: what belongs to a consultation, to a referral, and the 計画管理
書. Nothing here names who sent an opinion."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.issuing import attachments, classes, papers
from ...actions.output import comparison_table
from ...actions.papers import summary
from ...actions.viewing import corrections, register, reports
from ...domain.errors import PiaError
from ...domain.procedure.retention import fiscal_year
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..allowed import Denied, may, must_read_all
from ..answers import attachment
from ..declared import needs, shows

blueprint = Blueprint("papers", __name__)
KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CONSULTATION = ("announcement", "opinion-form", "opinion-results", "consultation-notice")
SPOKEN = ("explanation", "chair-script")
SITTING = (
    "convocation",
    "public-notice",
    "order-of-business",
    "seating",
    "attendance-sheet",
    "observers",
    "carrying-book",
)
REVIEW = ("review-inquiry", "review-reminder", "review-unanswered", "review-record")
COUNCIL = ("roster", "attendance-year")
REFERRAL = (
    "referral",
    "explanation",
    "chair-script",
    "minutes",
    "report",
    "own-decision",
    "self-check",
)


def _filled(
    name: str, fmt: str, about: int | None, sitting: int | None = None, on: date | None = None
) -> Response:
    paper = papers.make(workplace(), name, fmt, about=about, today=on or now_day(), sitting=sitting)
    has = classes.of_paper(workplace(), name, about, paper.says)
    return attachment(paper.data, paper.file, KINDS[fmt], has)


def _drawn(
    name: str, fmt: str, words: str, *, consultation: int | None = None, referral: int | None = None
) -> Response | None:
    """The papers that are drawn from the texts themselves, for a consultation or a referral; None
    for any other."""
    wp = workplace()
    if referral is not None:
        has = classes.of_referral(wp, referral)
    else:
        has = classes.NONE
    if name == "comparison-table":
        if consultation is not None:
            subjects = comparison_table.of_consultation(wp, consultation)
        else:
            subjects = comparison_table.of_referral(wp, referral or 0)
        return attachment(
            comparison_table.write(subjects, fmt, press=wp.press),
            f"新旧対照表（{words}）.{fmt}",
            KINDS[fmt],
            has,
        )
    if name == "summary":
        sheet = summary.summary(wp, consultation=consultation, referral=referral)
        return attachment(
            comparison_table.rendered(sheet, fmt, wp.press),
            f"概要版（{words}）.{fmt}",
            KINDS[fmt],
            has,
        )
    return None


def _known(fmt: str, formats: tuple[str, ...]) -> None:
    if fmt not in formats:
        raise PiaError("その形式では書き出せません。")


@blueprint.get("/affairs/<key>/succession.<fmt>")
@needs("read", key="affair")
def succession(key: str, fmt: str) -> Response:
    """The 引継書 of an affair, as of today."""
    _known(fmt, papers.FORMATS)
    # It quotes what is open in the texts, to the letter.
    must_read_all(*(document.key for document in register.documents_of(workplace(), key)))
    return _filled("succession", fmt, corrections.affair_id(workplace(), key))


@blueprint.get("/consultations/<int:number>/papers/<name>.<fmt>")
@needs("read", number="consultation")
def consultation(number: int, name: str, fmt: str) -> Response:
    """A paper of a consultation."""
    _known(fmt, ("docx", "pdf", "xlsx") if name == "comparison-table" else papers.FORMATS)
    drawn = _drawn(name, fmt, "意見募集の案", consultation=number)
    if drawn is not None:
        return drawn
    if name not in CONSULTATION:
        raise PiaError("その文書はありません。意見募集のページから選び直してください。")
    return _filled(name, fmt, number)


@blueprint.get("/referrals/<int:referral>/papers/<name>.<fmt>")
@needs("council", referral="referral", sitting="sitting")
def referral(referral: int, name: str, fmt: str) -> Response:
    """A paper of a referral; some are for those alone who speak."""
    if (
        name in SPOKEN
        and not may("read")
        and not (name == "chair-script" and who().role == "chair")
    ):
        raise Denied("この原稿は、説明する人と進行する人のためのものです。")
    _known(fmt, ("docx", "pdf", "xlsx") if name == "comparison-table" else papers.FORMATS)
    drawn = _drawn(name, fmt, "諮問", referral=referral)
    if drawn is not None:
        return drawn
    if name == "opinion-results-council":
        return _filled(name, fmt, papers.consultation_before(workplace(), referral))
    if name not in REFERRAL:
        raise PiaError("その文書はありません。審議会のページから選び直してください。")
    return _filled(name, fmt, referral, request.args.get("sitting", type=int))


@blueprint.get("/sittings/<int:number>/papers/<name>.<fmt>")
@needs("office", number="sitting")
def sitting(number: int, name: str, fmt: str) -> Response:
    """A paper that goes before or with a sitting."""
    _known(fmt, papers.FORMATS)
    if name not in SITTING:
        raise PiaError("その文書はありません。会議のページから選び直してください。")
    return _filled(name, fmt, None, number)


@blueprint.get("/sittings/<int:number>/members/<int:member>/speeches.<fmt>")
@needs("office", number="sitting", member="member")
def speeches(number: int, member: int, fmt: str) -> Response:
    """What a member spoke in a sitting, with the letter that asks to confirm it."""
    _known(fmt, papers.FORMATS)
    return _filled("speeches-check", fmt, member, number)


@blueprint.get("/councils/<int:number>/papers/<name>.<fmt>")
@needs("office", number="council", asks=("year",))
def council(number: int, name: str, fmt: str) -> Response:
    """A paper of a council as of today; `year`: the fiscal year 出席状況 is of."""
    _known(fmt, papers.FORMATS)
    if name not in COUNCIL:
        raise PiaError("その文書はありません。審議会のページから選び直してください。")
    today = now_day()
    year = request.args.get("year", type=int)
    if year is None or name != "attendance-year":
        return _filled(name, fmt, number, on=today)
    if not 1989 <= year <= fiscal_year(today):
        raise PiaError("その年度の出席状況はありません。審議会のページから選び直してください。")
    return _filled(name, fmt, number, on=min(today, date(year + 1, 3, 31)))


@blueprint.get("/members/<int:member>/commission.<fmt>")
@needs("office", member="member")
def commission(member: int, fmt: str) -> Response:
    """The 委嘱状 of a member's term."""
    _known(fmt, papers.FORMATS)
    return _filled("commission", fmt, member)


@blueprint.get("/reviews/<int:number>/papers/<name>.<fmt>")
@needs("office", number="review")
def review(number: int, name: str, fmt: str) -> Response:
    """A paper of a 年次見直し."""
    _known(fmt, papers.FORMATS)
    if name not in REVIEW:
        raise PiaError("その文書はありません。年次見直しのページから選び直してください。")
    return _filled(name, fmt, number)


@blueprint.get("/notices/reports/<int:number>/letter.<fmt>")
@needs("office", number="affair_report")
def affair_report(number: int, fmt: str) -> Response:
    """The letter of a report of notices to the council."""
    _known(fmt, papers.FORMATS)
    return _filled("affair-report", fmt, number)


@blueprint.get("/reports/<int:number>/measures.<fmt>")
@needs("office", number="report")
def report(number: int, fmt: str) -> Response:
    """The paper of a 定期報告."""
    _known(fmt, papers.FORMATS)
    view = reports.report(workplace(), number)
    must_read_all(*(each.key for each in view.documents))
    return _filled("handling-report", fmt, number)


@blueprint.get("/plan.<fmt>")
@needs("read")
def plan(fmt: str) -> Response:
    """The 計画管理書 as a file."""
    _known(fmt, papers.formats("plan"))
    return _filled("plan", fmt, None)


@blueprint.get("/decisions/<step>/<int:number>")
@needs("office", number="decision")
def decision(step: str, number: int) -> str:
    """What an internal decision is to say of itself, all of it left blank or typed; the set is made
    of it."""
    about = attachments.asked(workplace(), step, number)
    return render_template(
        "office/decision.html",
        step=step,
        number=number,
        about=about,
        words=attachments.called(workplace(), step, number),
    )


@blueprint.post("/decisions/<step>/<int:number>")
@needs("office", number="decision")
@shows(decision)
def make_decision(step: str, number: int) -> Answer:
    """Asks for the set: its papers are printed, which takes a while."""
    about = attachments.asked(workplace(), step, number)
    given = {}
    for index, name in enumerate(about.fields):
        if words := inputs.line(f"f{index}", name, need=False):
            given[name] = words
    fmt = inputs.choice("fmt", "形式", attachments.FORMATS)
    args = {
        "step": step,
        "about": number,
        "fmt": fmt,
        "given": given,
        "today": now_day().isoformat(),
    }
    job = jobs.ask(workplace(), by(), "decision", args, key=f"decision:{request.form['_request']}")
    return redirect(url_for("jobs.page", job=job), 303)
