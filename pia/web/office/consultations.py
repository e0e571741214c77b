"""意見募集 at the office: announced, opinions taken in from web, post, fax, mail and counter,
answered, adopted into every assessment of the case, closed.

Knows forms. Names and addresses are shown only to those who may see them, on one page, and nowhere
else (規則第7条第1項).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.records import personal
from ...actions.records.closing import COUNTING
from ...actions.steps import assignments as assigning
from ...actions.steps import consultations as consultation_steps
from ...actions.viewing import assignments, consultations, corrections, rounds
from ...domain.procedure import holders
from .. import inputs, opinions_host, paging
from ..actor import by, now_day, who, workplace
from ..allowed import may, readable
from ..answers import done
from ..assigning import asked
from ..declared import needs, shows
from . import choosing

blueprint = Blueprint("consultations", __name__)
FIELDS = {"required": "必須", "optional": "任意", "none": "なし"}


@blueprint.get("/consultations")
@needs("read", asks=("page",))
def listed() -> str:
    """Every consultation, the newest first."""
    first = paging.first(consultations.PAGE)
    lines, whole = consultations.page(workplace(), first)
    return render_template(
        "office/consultations.html",
        consultations=lines,
        pages=paging.Pages(first, consultations.PAGE, whole),
    )


@blueprint.post("/site")
@needs("office")
@shows(listed)
def carry_out() -> Answer:
    """The public zone as files, to be carried to the city's CMS or a host outside."""
    asked = by()
    opinions = opinions_host.address(current_app.extensions["pia.opinions"])
    job = jobs.ask(workplace(), asked, "site", {"at": asked.at.isoformat(), "opinions": opinions})
    return redirect(url_for("jobs.page", job=job), 303)


@blueprint.get("/consultations/new")
@needs("office", round="round")
def new() -> str:
    """The announcement of one consultation for several rounds."""
    wp = workplace()
    waiting = rounds.awaiting(wp, "announce")
    asked = choosing.asked(waiting)
    checks = {}
    for ref, lacking in rounds.unmet(wp, asked, "announce", now_day()).items():
        # The days of R7 are what this very form asks.
        checks[ref] = [unmet for unmet in lacking if unmet.rule != "R7"]
    return render_template(
        "office/new_consultation.html",
        waiting=waiting,
        views=[view for view in waiting if view.ref in checks],
        checks=checks,
        fields=FIELDS,
        today=now_day(),
        least=wp.rules["rules"]["R7"]["days"],
    )


@blueprint.post("/consultations/new")
@needs("office", rounds="round")
@shows(new)
def announce() -> Answer:
    """Announces a consultation (公示)."""
    wp = workplace()
    refs = choosing.sent()
    facts: dict[str, Any] = {
        "sender": {
            "name": inputs.choice("name", "氏名", FIELDS),
            "address": inputs.choice("address", "住所", FIELDS),
        },
        "postmark": inputs.ticked("postmark"),
        "shortened_reason": inputs.text(
            "shortened_reason", "期間を短縮する理由", most=inputs.PARAGRAPH, need=False
        ),
        "contact": inputs.text("contact", "提出先・問合せ先", most=inputs.PARAGRAPH, need=False),
    }
    if number := inputs.line("document_number", "文書番号", need=False):
        facts["document_number"] = number
    if decided := inputs.day("decided", "決裁日", need=False):
        facts["decided"] = decided.isoformat()
    announced = consultation_steps.announce(
        wp,
        by(),
        refs,
        consultation_steps.Announcement(
            title=inputs.line("title", "件名"),
            announced=inputs.must_day("announced", "公示日"),
            start=inputs.must_day("start", "始まりの日"),
            end=inputs.must_day("end", "終わりの日"),
            method=inputs.text("method", "意見の出し方", most=inputs.PARAGRAPH),
            facts=facts,
        ),
    )
    return done("意見募集を公示しました。", url_for("consultations.page", number=announced))


@blueprint.get("/consultations/<int:number>")
@needs("read", number="consultation")
def page(number: int) -> str:
    """One consultation with its opinions, each with the next thing to do about it."""
    wp = workplace()
    view = consultations.consultation_view(wp, number)
    items = consultations.items_of(wp, view.rounds)
    given = assignments.of_consultation(wp, number)
    return render_template(
        "office/consultation.html",
        given=given,
        mine=assignments.asked(who(), given),
        choices=assignments.choices(wp) if may("office") else ([], []),
        left=holders.left,
        nearness=holders.nearness,
        c=view,
        channels=consultations.CHANNELS,
        outcomes=wp.rules["outcomes"],
        counting=COUNTING,
        items=items,
        today=now_day(),
        inbox=personal.inbox(wp, number),
        put_right=readable(corrections.of_consultation(wp, number), *view.rounds),
    )


@blueprint.post("/consultations/<int:number>/opinions")
@needs("office", number="consultation", keys="assessment")
@shows(page)
def receive(number: int) -> Answer:
    """An opinion as it came, word for word."""
    wp = workplace()
    view = consultations.consultation_view(wp, number)
    keys = {ref.split("~")[0] for ref in view.rounds}
    opinion = consultation_steps.receive(
        wp,
        by(),
        number,
        consultation_steps.NewOpinion(
            received=inputs.must_day("received", "受け付けた日"),
            channel=inputs.choice("channel", "受付の方法", consultations.CHANNELS),
            text=inputs.text("text", "意見", most=50_000, numbers=True),
            item=inputs.line("item", "項目", need=False) or None,
            keys=inputs.many("keys", "評価書", keys, need=False),
            name=inputs.line("name", "氏名", need=False),
            address=inputs.line("address", "住所", need=False),
            postmarked=inputs.day("postmarked", "消印の日", need=False),
            counting=inputs.choice("counting", "数え方", ("", *COUNTING)),
            counting_reason=inputs.text(
                "counting_reason", "数え方の理由", most=inputs.PARAGRAPH, need=False
            ),
        ),
    )
    return done(f"意見{opinion}を受け付けました。", url_for("consultations.page", number=number))


@blueprint.post("/consultations/<int:number>/inbox/<int:row>")
@needs("office", number="consultation", row="inbox")
@shows(lambda number, row: page(number))
def take_in(number: int, row: int) -> Answer:
    """Takes an opinion of the inbox in."""
    opinion = consultation_steps.take_in(workplace(), by(), number, row)
    return done(
        f"意見{opinion}として受け付けました。", url_for("consultations.page", number=number)
    )


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/assignment")
@needs("office", number="consultation", opinion="opinion")
@shows(lambda number, opinion: page(number))
def assign(number: int, opinion: int) -> Answer:
    """An opinion given to a department until a day."""
    wp = workplace()
    row = consultations.opinion_id(wp, number, opinion)
    assigning.give(wp, by(), "opinion", row, asked())
    return done(f"意見{opinion}を割り当てました。", url_for("consultations.page", number=number))


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/response")
@needs("answer", number="consultation", opinion="opinion")
@shows(lambda number, opinion: page(number))
def respond(number: int, opinion: int) -> Answer:
    """市の考え方 on an opinion."""
    wp = workplace()
    consultation_steps.respond(
        wp,
        by(),
        number,
        opinion,
        inputs.text("text", "市の考え方", most=inputs.PARAGRAPH * 3),
        inputs.choice("outcome", "区分", wp.rules["outcomes"]),
    )
    return done(
        f"意見{opinion}への市の考え方を記録しました。", url_for("consultations.page", number=number)
    )


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/adopt")
@needs("office", number="consultation", opinion="opinion")
@shows(lambda number, opinion: page(number))
def adopt(number: int, opinion: int) -> Answer:
    """The wording an opinion led to, in every assessment of the case that has the passage."""
    before = inputs.text("before", "直す前の言葉", most=inputs.PARAGRAPH)
    after = inputs.text("after", "直した後の言葉", most=inputs.PARAGRAPH)
    try:
        refs = consultation_steps.adopt(workplace(), by(), number, opinion, before, after)
    except consultation_steps.Nowhere as error:
        raise inputs.Unfit("before", str(error)) from error
    return done(
        f"{len(refs)}件の評価書に反映しました。", url_for("consultations.page", number=number)
    )


@blueprint.post("/consultations/<int:number>/close")
@needs("office", number="consultation")
@shows(page)
def close(number: int) -> Answer:
    """Closes a consultation whose days are over."""
    consultation_steps.close(workplace(), by(), number)
    return done("意見募集を締め切りました。", url_for("consultations.page", number=number))


@blueprint.get("/consultations/<int:number>/senders")
@needs("personal", number="consultation", asks=("look",))
def senders(number: int) -> str:
    """Who sent which opinion: the only page that says so. Looking is on record."""
    wp = workplace()
    senders_of = None
    if request.args.get("look") == "1":
        senders_of = consultation_steps.senders(wp, by(), number)
    return render_template("office/senders.html", number=number, senders=senders_of)
