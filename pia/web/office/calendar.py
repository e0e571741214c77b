"""予定表: the days of a round drawn, a month of the office, all rounds of a 年度, the days the
office is closed, and calendars for other programs (規則第7条第1項, 第11条, 第14条第1項).

Knows forms and addresses. Must not know how days are reckoned or drawn.
"""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.output import calendar as written_out
from ...actions.people import calendar_feeds
from ...actions.steps import calendar as acts
from ...actions.viewing import calendar
from ...actions.viewing.calendar import Scope
from ...documents.text import icalendar, mail_draft, timeline
from ...domain.act import day_of_text
from ...domain.errors import PiaError
from ...domain.procedure.calendar import CHOSEN, DONE, PASSED
from .. import inputs, paging
from ..actor import by, now, now_day, who, workplace
from ..allowed import NotThere, readable
from ..answers import attachment, done, file_name
from ..declared import needs, shows

blueprint = Blueprint("calendar", __name__)
YEARS = (1990, 2090)  # years a calendar is shown of


def _scope() -> Scope:
    """The body or department a calendar is narrowed to."""
    given = {}
    for name in ("body", "department"):
        typed = request.args.get(name, "")
        given[name] = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None
    return Scope(given["body"], given["department"])


def _month() -> date:
    """The month that is asked for (2026-12); this one where none is."""
    try:
        day = day_of_text(f"{request.args.get('month', '')}-01")
    except ValueError:
        return now_day()
    return day if YEARS[0] <= day.year <= YEARS[1] else now_day()


def _year() -> int:
    """The 年度 that is asked for; this one where none is."""
    typed = request.args.get("year", "")
    if typed.isascii() and typed.isdigit() and YEARS[0] <= int(typed[:5]) <= YEARS[1]:
        return int(typed)
    return calendar.fiscal_year(now_day())


@blueprint.get("/calendar")
@needs("read", asks=("month", "department", "body"))
def month() -> str:
    """A month of the office on the wall."""
    return render_template(
        "office/calendar_month.html",
        view=calendar.month(workplace(), _month(), _scope(), now_day()),
        today=now_day(),
    )


@blueprint.get("/calendar/year")
@needs("read", asks=("year", "department", "body", "page"))
def year() -> str:
    """All rounds of a 年度 beside each other, with the duties of each month."""
    of = _year()
    today = now_day()
    view = calendar.year(workplace(), of, _scope(), paging.first(calendar.PAGE), today)
    return render_template(
        "office/calendar_year.html",
        view=view,
        bars=[timeline.bar(one.schedule, of, today) for one in view.rounds],
        here=timeline.of_year(of, today),
        pages=paging.Pages(paging.first(calendar.PAGE), calendar.PAGE, view.whole),
        today=today,
    )


@blueprint.get("/calendar/year.ics")
@needs("read", asks=("year", "department", "body"))
def year_file() -> Response:
    """Everything of a 年度, for another program."""
    body = written_out.of_year(workplace(), _year(), _scope(), now())
    return attachment(body, file_name("ics", "評価書の予定", f"{_year()}年度"), icalendar.MIME)


@blueprint.get("/calendar/reminder.eml")
@needs("office", asks=("department",))
def reminder() -> Response:
    """A draft that reminds a department of its next days."""
    department = _scope().department
    if department is None:
        raise PiaError("どの課に知らせるかを選んでください。")
    body = written_out.department_draft(workplace(), department, now())
    return attachment(body, file_name("eml", "予定の確認"), mail_draft.MIME)


# ---- one round


@blueprint.get("/rounds/<ref>/schedule")
@needs("read", ref="round")
def round_(ref: str) -> str:
    """The days of a round as a drawn line and as a table."""
    return _round(ref)


def _round(ref: str) -> str:
    view = readable(calendar.of_round(workplace(), ref, now_day()), ref)
    schedule = view.round.schedule
    open_steps = [
        (line.step.id, line.step.name)
        for line in schedule.lines[:-1]
        if line.standing not in (DONE, PASSED, CHOSEN)
    ]
    return render_template(
        "office/schedule.html",
        view=view,
        ref=ref,
        drawn=timeline.timeline(schedule, view.office, view.today) if schedule.lines else None,
        choosing=open_steps,
    )


@blueprint.post("/rounds/<ref>/schedule")
@needs("office", ref="round")
@shows(round_)
def choose(ref: str) -> Answer:
    """The day of a step chosen by a person, with the reason."""
    step = inputs.line("step", "どの日")
    day = inputs.must_day("day", "予定日")
    reason = inputs.line("reason", "その日にする理由")
    acts.choose(workplace(), by(), ref, step, day, reason)
    return done(
        "予定日を決めました。ほかの日も数え直しました。", url_for("calendar.round_", ref=ref)
    )


@blueprint.get("/rounds/<ref>/schedule.ics")
@needs("read", ref="round")
def round_file(ref: str) -> Response:
    """The days of a round, for another program."""
    return attachment(
        written_out.of_round(workplace(), ref, now()), file_name("ics", "日程"), icalendar.MIME
    )


@blueprint.get("/rounds/<ref>/reminder.eml")
@needs("office", ref="round")
def round_reminder(ref: str) -> Response:
    """A draft that reminds the department of a round of its next day."""
    body = written_out.round_draft(workplace(), ref, now())
    return attachment(body, file_name("eml", "日程の確認"), mail_draft.MIME)


# ---- closed days


@blueprint.get("/calendar/closings")
@needs("office")
def closings() -> str:
    """Days on which the office is closed, or open otherwise."""
    wp = workplace()
    return render_template(
        "office/closings.html", closings=calendar.closings(wp), rules=wp.calendar
    )


@blueprint.post("/calendar/closings")
@needs("office")
@shows(closings)
def close() -> Answer:
    """A day, or days, the office is closed or open."""
    first = inputs.must_day("first", "最初の日")
    last = inputs.day("last", "最後の日", need=False) or first
    name = inputs.line("name", "呼び方")
    acts.close(workplace(), by(), first, last, name, inputs.ticked("opened"))
    return done("閉庁日を記録しました。すべての日程に効きます。", url_for("calendar.closings"))


# ---- a secret address


@blueprint.get("/calendar/address")
@needs("self")
def address() -> str:
    """The address at which one reads one's calendar in another program."""
    return _address("")


def _address(secret: str) -> str:
    made = url_for("calendar.feed", secret=secret, _external=True) if secret else ""
    return render_template(
        "office/calendar_address.html", made=made, has=calendar_feeds.has_one(workplace(), who())
    )


@blueprint.post("/calendar/address")
@needs("self")
@shows(address)
def make_address() -> str:
    """A new address, shown this once."""
    return _address(calendar_feeds.make(workplace(), by()))


@blueprint.post("/calendar/address/end")
@needs("self")
@shows(address)
def end_address() -> Answer:
    """The address given up."""
    calendar_feeds.give_up(workplace(), by())
    return done("住所をやめました。もう読めません。", url_for("calendar.address"))


@blueprint.get("/feeds/<secret>.ics")
@needs("open")
def feed(secret: str) -> Response:
    """The calendar of whose address this is, with the rights they have now."""
    reader = calendar_feeds.reader(workplace(), secret)
    if reader is None:
        raise NotThere("その予定表はありません。")
    return Response(written_out.of_person(workplace(), reader, now()), mimetype=icalendar.MIME)
