"""持出し of a sitting: what leaves the house under a number, its code told once, its return, and
the record of a desk that comes back (decision 0033).

Knows forms and files. The code goes from the form into the file and is kept nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.access import carried_code
from ...actions.access.person import NOBODY
from ...actions.issuing import classes, observer_papers
from ...actions.people import withheld_readers
from ...actions.records import carried_files, carrying_kinds
from ...actions.steps import carried_desks
from ...actions.steps import carrying as acts
from ...actions.viewing import carrying as views
from ...domain.act import By
from ...domain.errors import PiaError
from ...store.rows.carrying import DESK, PACK, CarriedSet
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..answers import attachment, done, file_name
from ..declared import needs, shows
from . import offline

blueprint = Blueprint("carrying", __name__)
HTML = "text/html; charset=utf-8"
FOOT = "会議のための写しです。提出・公表の正本ではありません。"


@blueprint.get("/sittings/<int:number>/carrying")
@needs("office", number="sitting")
def page(number: int) -> str:
    """What left the house for a sitting, and the forms that record it."""
    return _page(number)


def _page(number: int, made: int = 0, code: str = "") -> str:
    """`made`, `code`: what was made just now, with its code, which is told this once."""
    return render_template(
        "office/carrying.html",
        v=views.carrying(workplace(), number),
        number=number,
        made=made,
        code=code,
        kinds=carrying_kinds.WORDS,
        outcomes=list(carrying_kinds.OUTCOMES.items()),
        sides=list(views.SIDES.items()),
        today=now_day(),
    )


@blueprint.post("/sittings/<int:number>/carrying")
@needs("office", number="sitting")
@shows(page)
def make(number: int) -> str:
    """A number for what is to leave the house; its code is shown once, and in no list."""
    kind = inputs.choice("kind", "持ち出すもの", (PACK, DESK))
    new = acts.NewSet(
        kind=kind,
        purpose=inputs.line("purpose", "目的"),
        place=inputs.line("place", "持出し先"),
        until=inputs.must_day("until", "返却の期限"),
        member=inputs.number("member", "委員") if kind == PACK else None,
        holder=inputs.line("holder", "持ち出す人", need=kind == DESK),
    )
    made, code = acts.make(workplace(), by(), number, new)
    return _page(number, made, code)


@blueprint.post("/sittings/<int:number>/carrying/<int:place>/file")
@needs("office", number="sitting", place="carried_set")
@shows(lambda number, place: page(number))
def file(number: int, place: int) -> Response:
    """The file of a number, sealed with its code."""
    code = _code()
    row = acts.must_be_code(workplace(), number, place, code)
    if row.ended is not None:
        raise PiaError(f"第{place}号は、もう終わったことが記録されています。")
    if row.kind == PACK:
        return _pack(number, row, code)
    return _desk(number, row, code)


def _code() -> str:
    """A code as it was typed. Its digits may look like a My Number, and are none."""
    return inputs.text("code", "コード", most=60, numbers=True)


def _pack(number: int, row: CarriedSet, code: str) -> Response:
    """A member's papers, which open until the day of the sitting is over."""
    wp = workplace()
    view = views.carrying(wp, number)
    eyes = offline.eyes_of(number, row.member_id or 0, row.holder)
    body, opened = offline.body(wp, number, eyes, now_day())
    _noted(opened)
    about = {
        "what": "pia pack 1",
        "sitting": number,
        "number": row.number,
        "member": row.member_id,
        "until": row.until.isoformat(),
    }
    key = carried_code.key_of(carried_code.heard(code).encode())
    sealed = carried_code.sealed(key, body.encode(), json.dumps(about))
    title = views.called(view.sitting, row.number, PACK)
    says = f"{row.holder}さん　第{row.number}号　{_class(number)}"
    text = offline.file(title, says, FOOT, sealed=sealed, until=row.until)
    name = file_name("html", carrying_kinds.WORDS[PACK], f"第{row.number}号", row.holder)
    return attachment(text, name, HTML)


def _noted(opened: Iterable[int]) -> None:
    """Who takes withheld words out is on record. The file may be fetched again from its page: no
    key of a form stands in for the act."""
    me = by()
    withheld_readers.note_reads(workplace(), By(me.actor, me.role, me.at), opened)


def _class(number: int) -> str:
    """The 機密性の区分 of what is put before a sitting."""
    view = views.carrying(workplace(), number)
    words = []
    for item in view.sitting.agenda:
        if item.get("referral"):
            words.append(classes.of_referral(workplace(), int(item["referral"])).words)
    return "　".join(dict.fromkeys(filter(None, words)))


def _desk(number: int, row: CarriedSet, code: str) -> Response:
    """The desk of a sitting, for a laptop."""
    data = desk_file(number, row, code)
    name = file_name(carried_files.ENDING, carrying_kinds.WORDS[DESK], f"第{row.number}号")
    return attachment(data, name, "application/octet-stream")


def desk_file(number: int, row: CarriedSet, code: str) -> bytes:
    """The file of a desk: its record, and what is looked at beside it as its officer sees it."""
    wp = workplace()
    body, opened = offline.body(wp, number, who(), now_day())
    _noted(opened)
    title = views.called(views.carrying(wp, number).sitting, row.number, DESK)
    reading = offline.file(title, row.holder, FOOT, body=body)
    record = views.desk_record(wp, number, row, reading)
    key = carried_code.key_of(carried_code.heard(code).encode())
    return carried_files.written(key, record, title)


@blueprint.get("/sittings/<int:number>/observers.html")
@needs("office", number="sitting")
def observers(number: int) -> Response:
    """傍聴者用資料: the items that are public, without withheld words, in the clear."""
    wp = workplace()
    sitting = views.carrying(wp, number).sitting
    body, _ = offline.body(wp, number, NOBODY, now_day())
    title = f"傍聴者用資料　{sitting.name}"
    says = "非公表部分と、非公開の議題は入っていません。"
    return attachment(offline.file(title, says, FOOT, body=body), f"{title}.html", HTML)


@blueprint.get("/sittings/<int:number>/observers.pdf")
@needs("office", number="sitting")
def observers_paper(number: int) -> Response:
    """傍聴者用資料 on paper."""
    sitting = views.carrying(workplace(), number).sitting
    data = observer_papers.paper(workplace(), number)
    return attachment(data, f"傍聴者用資料　{sitting.name}.pdf", "application/pdf")


@blueprint.post("/sittings/<int:number>/carrying/<int:place>/handed")
@needs("office", number="sitting", place="carried_set")
@shows(lambda number, place: page(number))
def hand_out(number: int, place: int) -> Answer:
    """It was handed to who takes it."""
    name = acts.hand_out(workplace(), by(), number, place, _day("handed", "渡した日"))
    return done(f"第{place}号を{name}さんに渡したことを記録しました。", _here(number))


@blueprint.post("/sittings/<int:number>/carrying/<int:place>/ended")
@needs("office", number="sitting", place="carried_set")
@shows(lambda number, place: page(number))
def end(number: int, place: int) -> Answer:
    """It came back, was erased, or is lost."""
    outcome = inputs.choice("outcome", "結果", carrying_kinds.OUTCOMES)
    ending = acts.Ending(
        outcome,
        _day("ended", "返却・消去・紛失の日"),
        inputs.text("note", "備考", most=inputs.PARAGRAPH, need=False),
    )
    acts.end(workplace(), by(), number, place, ending)
    words = carrying_kinds.OUTCOMES[outcome]
    return done(f"第{place}号の{words}を記録しました。", _here(number))


def _day(field: str, label: str) -> date:
    return inputs.must_day(field, label)


def _here(number: int) -> str:
    return url_for("carrying.page", number=number)


@blueprint.post("/sittings/<int:number>/carrying/<int:place>/record")
@needs("office", number="sitting", place="carried_set")
@shows(lambda number, place: page(number))
def take_in(number: int, place: int) -> Answer:
    """The record of a desk that came back."""
    _, data = inputs.upload("file", "持ち帰ったファイル")
    _, record, _ = carried_files.read(data, _code())
    brought = carried_desks.take_in(workplace(), by(), number, place, record)
    return done(carried_desks.told(brought), _here(number))


@blueprint.post("/sittings/<int:number>/carrying/<int:place>/clashes/<int:clash>")
@needs("office", number="sitting", place="carried_set")
@shows(lambda number, place, clash: page(number))
def decide(number: int, place: int, clash: int) -> Answer:
    """What both sides changed is decided."""
    side = inputs.choice("side", "残すほう", views.SIDES)
    carried_desks.decide(workplace(), by(), number, place, clash, side)
    return done(f"{views.SIDES[side]}を残しました。", _here(number))
