"""The items of a sitting as its members see them, and the way to the one that is discussed now.

Knows forms and one cookie: whether this browser goes along by itself. Must not know how a sitting
is led: the office says what is discussed (`web.office.proceedings`).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.papers import councils
from ...actions.viewing import affair_notices, answers, leaks
from ...actions.viewing import agenda as agenda_views
from ...actions.viewing import chair as chairs
from ...actions.viewing.agenda import Following
from ...domain.minutes.agenda import AgendaItem
from ...domain.minutes.spoken import CLOSING, OPENING
from .. import devices
from ..actor import now_day, who, workplace
from ..allowed import NotThere, may, readable
from ..answers import done, local
from ..declared import needs, shows

blueprint = Blueprint("following", __name__)
COOKIE = "follow"
LASTS = 12 * 3600  # seconds: a day in the hall


def _cookie() -> str:
    return devices.bound(COOKIE, bool(current_app.config["SESSION_COOKIE_SECURE"]))


def goes_along() -> bool:
    """Whether this browser moves to what is discussed by itself; it does not unless told to."""
    return request.cookies.get(_cookie()) == "1"


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"page_here": page_here}


def page_here() -> str:
    """The address of the page that is shown: of a form that was refused, the page it leads back
    to."""
    if request.method == "GET":
        return request.path
    return local(request.form.get("_to", ""), url_for("council.agenda")).partition("?")[0]


@blueprint.get("/sittings/<int:number>/now")
@needs("council", number="sitting")
def now(number: int) -> Answer:
    """To what is discussed now: its card, else the page of its item."""
    view = agenda_views.agenda(workplace(), number, now_day())
    return redirect(_place(number, view.now), 303)


def _place(number: int, now: Following | None) -> str:
    if now is None or not now.item:
        flash("議題の審議は、まだ始まっていません。" if now else "この会議は終わっています。")
        return url_for("council.agenda")
    if now.referral and now.card:
        return url_for("council.card", referral=now.referral, number=now.card)
    if now.item in (OPENING, CLOSING):
        flash(f"いまは「{now.words}」です。")
        return url_for("council.agenda")
    return url_for("following.item", number=number, mark=now.item)


@blueprint.get("/sittings/<int:number>/items/<mark>")
@needs("council", number="sitting")
def item(number: int, mark: str) -> str:
    """An item of the agenda: who explains it, its materials, what came of it; with its cards where
    it is a referral."""
    view = agenda_views.agenda(workplace(), number, now_day())
    before, after = view.beside(mark)
    reports = affair_notices.reports_of_sitting(workplace(), number)
    return render_template(
        "council/item.html",
        v=view,
        item=view.item(mark),
        before=before,
        after=after,
        leaks=len(leaks.cards(workplace(), who(), number, mark)),
        follow=view.now,
        moves=goes_along(),
        reports=[each for each in reports if each.title == view.item(mark).title],
    )


@blueprint.post("/sittings/<int:number>/following")
@needs("council", number="sitting")
@shows(lambda number: item(number, "1"))
def go_along(number: int) -> Answer:
    """Whether this browser moves to what is discussed by itself."""
    on = request.form.get("on") == "1"
    words = "進行に合わせて画面が移ります。" if on else "画面は、ご自分で移すまで変わりません。"
    answer = done(words, url_for("following.now", number=number))
    answer.set_cookie(
        _cookie(),
        "1" if on else "0",
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


@blueprint.get("/sittings/<int:number>/script")
@needs("council", number="sitting", asks=("item",))
def script(number: int) -> str:
    """What whoever leads the sitting has before them: what to say at the item that is discussed or
    asked for, questions nobody answered, answers promised before."""
    wp = workplace()
    if not may("office") and not chairs.leads(wp, who(), number):
        raise NotThere("この画面は、議長を務める人と事務局のものです。")
    view = chairs.chair(wp, number, now_day())
    now_item = view.agenda.now.item if view.agenda.now else ""
    marks = [item.mark for item in view.agenda.items]
    mark = request.args.get("item", "") or now_item
    shown = view.agenda.item(mark) if mark in marks else None
    return render_template(
        "council/script.html",
        v=view.agenda,
        item=shown,
        spoken=_spoken(number, shown) if shown is not None else {},
        questions=readable(view.questions, *view.keys),
        promised=readable(view.promised, *view.keys),
        expected=readable(_expected(shown), *view.keys),
        follow=view.agenda.now,
        moves=False,
    )


def _expected(shown: AgendaItem | None) -> tuple[answers.ExpectedLine, ...]:
    """What the departments expect to be asked at an item."""
    return answers.expected_at(workplace(), shown.referral if shown is not None else None)


def _spoken(number: int, shown: AgendaItem) -> dict[str, str]:
    """What the chair says at an item, as the printed script has it; of a report that it begins and
    that it was heard."""
    if shown.referral is not None:
        facts = councils.facts(workplace(), "chair-script", shown.referral, number)
        for place, entry in enumerate(facts.words["議題一覧"]):
            if agenda_views.agenda(workplace(), number, now_day()).items[place].mark == shown.mark:
                return dict(entry)
    by_whom = "、".join(name.partition("　")[2] or name for name in shown.presenters)
    asked = f"{by_whom}から報告をお願いします。" if by_whom else "事務局から報告をお願いします。"
    return {"番号": shown.number, "審議": shown.kind, "説明": asked, "質疑": "", "採決": ""}
