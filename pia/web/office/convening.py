"""What the office does before a sitting and at its door: days asked for, the notices, replies,
papers sent, seats, those who listen (条例・運営要領 of the city).

Knows forms.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records import minutes as records
from ...actions.steps import convening as acts
from ...actions.steps import minutes as steps
from ...actions.viewing import convening as views
from ...domain.procedure.attendance import BY_WEB, REPLIES, SUITS
from .. import inputs
from ..actor import by, now_day, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("convening", __name__)

WAYS = ("郵送", "メール", "手渡し", "会議用端末")
CHOICES = 4  # days a form asks for at first


# ---- days asked for


@blueprint.get("/councils/<int:number>/inquiries/new")
@needs("office", number="council")
def new_inquiry(number: int) -> str:
    """The form that asks members for days."""
    return render_template(
        "office/new_inquiry.html",
        v=views.council(workplace(), number, now_day()),
        number=number,
        choices=range(CHOICES),
    )


@blueprint.post("/councils/<int:number>/inquiries/new")
@needs("office", number="council")
@shows(new_inquiry)
def ask_days(number: int) -> Answer:
    """Asks members for days."""
    choices = []
    for place in range(acts.MOST_CHOICES):
        if not request.form.get(f"day{place}"):
            continue
        day = inputs.must_day(f"day{place}", f"候補{place + 1}の日")
        choices.append((day, inputs.must_clock(f"opens{place}", f"候補{place + 1}の開会の時刻")))
    inquiry = acts.ask_days(
        workplace(),
        by(),
        number,
        acts.NewInquiry(
            title=inputs.line("title", "会議の名称"),
            place=inputs.line("place", "開催場所", need=False),
            choices=choices,
            until=inputs.must_day("until", "回答の期限"),
        ),
    )
    where = url_for("convening.inquiry", number=number, inquiry=inquiry)
    return done("日程の照会を記録しました。委員の返事を、ここに記録します。", where)


@blueprint.get("/councils/<int:number>/inquiries/<int:inquiry>")
@needs("office", number="council", inquiry="date_inquiry")
def inquiry(number: int, inquiry: int) -> str:
    """An inquiry for days: what each member answered, and which day reaches the quorum."""
    hall, view = views.inquiry(workplace(), inquiry)
    return render_template(
        "office/inquiry.html", hall=hall, v=view, number=number, suits=list(SUITS.items())
    )


@blueprint.post("/councils/<int:number>/inquiries/<int:inquiry>")
@needs("office", number="council", inquiry="date_inquiry")
@shows(inquiry)
def reply_days(number: int, inquiry: int) -> Answer:
    """What members answered."""
    _, view = views.inquiry(workplace(), inquiry)
    answers = {}
    for member, name, _ in view.replies:
        told = {}
        for choice in view.choices:
            field = f"m{member}-{choice.place}"
            told[choice.place] = inputs.choice(field, f"{name}さんの返事", ("", *SUITS))
        answers[member] = told
    count = acts.reply_days(workplace(), by(), inquiry, answers)
    words = f"{count}名の返事を記録しました。" if count else "返事は、もうそのとおりです。"
    return done(words, url_for("convening.inquiry", number=number, inquiry=inquiry))


# ---- before the sitting


@blueprint.get("/sittings/<int:number>/preparation")
@needs("office", number="sitting")
def preparation(number: int) -> str:
    """What is to be done before a sitting, step by step, with its papers."""
    view = views.preparation(workplace(), number)
    return render_template(
        "office/preparation.html",
        v=view,
        number=number,
        kinds=records,
        replies=_replies(view),
        ways=WAYS,
        today=now_day(),
    )


def _replies(view: views.Preparation) -> tuple[str, ...]:
    """What a member may reply: by web only where the council's rule allows it."""
    return (*REPLIES, BY_WEB) if view.council.facts.get("remote_rule") else REPLIES


@blueprint.post("/sittings/<int:number>/preparation")
@needs("office", number="sitting")
@shows(preparation)
def prepare(number: int) -> Answer:
    """One of the steps before a sitting is recorded."""
    what = inputs.choice(
        "what", "手続", (records.CALLED, records.NOTICED, records.REPLIED, records.SENT, "seating")
    )
    if what == "seating":
        words = _seat(number)
    elif what == records.REPLIED:
        words = _reply(number)
    else:
        words = _record(number, what)
    return done(words, url_for("convening.preparation", number=number))


def _seat(number: int) -> str:
    view = views.preparation(workplace(), number)
    places = {}
    for member in view.order:
        place = inputs.number(f"place{member.id}", f"{member.name}さんの席の順", least=1, most=99)
        places[member.id] = place or 0
    acts.seat(workplace(), by(), number, places)
    return "席の順を記録しました。"


def _reply(number: int) -> str:
    """The replies that differ from what is on record."""
    view = views.preparation(workplace(), number)
    day = inputs.must_day("day", "返事を受けた日")
    allowed = _replies(view)
    changed = []
    for line in view.replies:
        field = f"reply{line.number}"
        reply = inputs.choice(field, f"{line.name}さんの返事", {*allowed, line.reply})
        if reply != line.reply:
            changed.append((line.number, reply))
    for member, reply in changed:
        new = steps.NewStep(records.REPLIED, day, member, {"answer": reply})
        steps.record_step(workplace(), by(), number, new)
    return f"{len(changed)}名の返事を記録しました。" if changed else "返事は、もうそのとおりです。"


def _record(number: int, kind: str) -> str:
    facts: dict[str, object] = {}
    if kind == records.SENT:
        facts = _sent(number)
    elif words := inputs.line("document_number", "文書番号", need=False):
        facts["document_number"] = words
    if kind == records.CALLED and (until := inputs.day("until", "回答の期限", need=False)):
        facts["until"] = until.isoformat()
    new = steps.NewStep(kind, inputs.must_day("day", "日"), facts=facts)
    steps.record_step(workplace(), by(), number, new)
    return f"「{records.STEPS[kind]}」を記録しました。"


def _sent(number: int) -> dict[str, object]:
    """Which papers were sent, and how."""
    view = views.preparation(workplace(), number)
    offered = {str(place): words for place, words in enumerate(view.materials)}
    chosen = inputs.many("material", "送った資料", offered, need=bool(offered))
    way = inputs.choice("way", "送り方", WAYS)
    return {"way": way, "materials": [offered[place] for place in chosen]}


# ---- those who listen


@blueprint.get("/sittings/<int:number>/observers")
@needs("office", number="sitting")
def observers(number: int) -> str:
    """Those who listen to a sitting, by their tickets."""
    view = views.reception(workplace(), number)
    return render_template("office/observers.html", v=view, number=number)


@blueprint.post("/sittings/<int:number>/observers")
@needs("office", number="sitting")
@shows(observers)
def receive(number: int) -> Answer:
    """Somebody who listens comes."""
    ticket = inputs.number("ticket", "傍聴券の番号", least=1, most=acts.MOST_TICKET) or 0
    came = inputs.must_clock("came", "受け付けた時刻")
    acts.receive(workplace(), by(), number, ticket, came)
    where = url_for("convening.observers", number=number)
    return done(f"傍聴券{ticket}を渡した人を受け付けました。", where)


@blueprint.post("/sittings/<int:number>/observers/<int:observer>/left")
@needs("office", number="sitting", observer="observer")
@shows(lambda number, observer: observers(number))
def leave(number: int, observer: int) -> Answer:
    """Somebody who listened leaves."""
    left = inputs.must_clock("clock", "退場した時刻")
    ticket = acts.leave(workplace(), by(), number, observer, left)
    where = url_for("convening.observers", number=number)
    return done(f"傍聴券{ticket}の人の退場を記録しました。", where)
