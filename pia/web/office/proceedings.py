"""The desk of a sitting: what is spoken is written down while it is spoken, by item, with who comes
and goes (様式第2号).

Knows forms. One page for the whole meeting; without a script each act is a form of its own.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records import minutes as records
from ...actions.steps import minutes as acts
from ...actions.steps import proceedings, referrals
from ...actions.viewing import answers, carrying
from ...actions.viewing import minutes as views
from ...domain.minutes.spoken import OPENING
from .. import inputs
from ..actor import by, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows
from ..inputs import Unfit

blueprint = Blueprint("proceedings", __name__)
KINDS = acts.KINDS
CHOSEN = ("speech", "direction", "promised", "heading")


@blueprint.get("/sittings/<int:number>/desk")
@needs("office", number="sitting", asks=("item", "speaker", "piece"))
def page(number: int) -> str:
    """The desk at the item that is asked for, else at the one discussed now."""
    return _page(number, request.args.get("item", ""), request.args.get("speaker", ""))


def _page(number: int, item: str = "", speaker: str = "") -> str:
    wp = workplace()
    view = views.desk(wp, number, item)
    piece = bool(request.args.get("piece"))
    referral = next((each.referral for each in view.items if each.mark == view.item), None)
    return render_template(
        "office/desk_speeches.html" if piece else "office/desk.html",
        v=view,
        expected=() if piece else _expected(referral),
        chosen=view.item,
        kinds=KINDS,
        speaker=speaker,
        out=carrying.desk_out(wp, number),
    )


def _expected(referral: int | None) -> tuple[answers.ExpectedLine, ...]:
    """What the departments expect to be asked at an item."""
    wp = workplace()
    keys = referrals.keys_of(wp, referral) if referral is not None else []
    return readable(answers.expected_at(wp, referral), *keys)


def _again(number: int) -> str:
    """The page of a form that was refused: at the item it was sent for."""
    return _page(number, request.form.get("item", ""), request.form.get("speaker", ""))


@blueprint.post("/sittings/<int:number>/speeches")
@needs("office", number="sitting")
@shows(_again)
def say(number: int) -> Answer:
    """A speech at the end of an item, or after another one."""
    words = typed(number)
    after = inputs.number("after", "すぐ前の発言", most=10**12, need=False)
    acts.say(workplace(), by(), number, words, after)
    here = url_for("proceedings.page", number=number, item=words.item, speaker=_sent_speaker())
    return done("記録しました。", f"{here}#write")


def typed(number: int) -> acts.Words:
    """A speech as it was typed: its speaker from the buttons, or written beside them."""
    kind = inputs.choice("kind", "種類", KINDS)
    speaker, person = spoken_by() if kind in ("speech", "promised") else ("", "")
    about = _promise() if kind == "promised" else {}
    return acts.Words(
        kind=kind,
        item=inputs.line("item", "議題", most=40),
        speaker=speaker,
        person=person,
        text=inputs.text("text", "内容", most=acts.MOST, numbers=True),
        about=about,
    )


def _sent_speaker() -> str:
    return request.form.get("speaker", "")


def spoken_by() -> tuple[str, str]:
    """(as printed, the person): of the button, or of the field beside the buttons."""
    other = inputs.line("other", "そのほかの発言者", most=80, need=False)
    printed, _, person = (other or _sent_speaker()).partition("　")
    if not printed.strip():
        raise Unfit("other", "発言した人を選ぶか、「そのほかの発言者」に入力してください。")
    if len(printed) > 80 or len(person) > 80:
        raise Unfit("other", "発言者は80字までです。")
    return printed.strip(), person.strip()


def _promise() -> dict[str, Any]:
    """Who answers a question another day, and until when."""
    department = inputs.line("department", "後日回答する課", most=80, need=False)
    until = inputs.day("until", "回答の期限", need=False)
    about: dict[str, Any] = {"department": department} if department else {}
    if isinstance(until, date):
        about["until"] = until.isoformat()
    return about


@blueprint.post("/sittings/<int:number>/now")
@needs("office", number="sitting")
@shows(_again)
def discuss(number: int) -> Answer:
    """The item that is discussed now."""
    item = inputs.line("item", "議題", most=40)
    proceedings.discuss(workplace(), by(), number, item)
    return done("審議中の議題にしました。", url_for("proceedings.page", number=number, item=item))


@blueprint.post("/sittings/<int:number>/results")
@needs("office", number="sitting")
@shows(_again)
def result(number: int) -> Answer:
    """What came of an item."""
    item = inputs.line("item", "議題", most=40)
    words = inputs.text("result", "議題の結果", most=inputs.PARAGRAPH)
    proceedings.note_result(workplace(), by(), number, item, words)
    here = url_for("proceedings.page", number=number, item=item)
    return done("議題の結果を記録しました。", here)


@blueprint.post("/sittings/<int:number>/movements")
@needs("office", number="sitting")
@shows(_again)
def move(number: int) -> Answer:
    """A member comes, leaves, comes back, stays out of the item, or attends by web."""
    wp = workplace()
    what = inputs.choice("what", "出入り", ("COME", *records.MOVEMENTS))
    member = inputs.number("member", "委員") or 0
    clock = inputs.must_clock("clock", "時刻")
    item = inputs.line("item", "議題", most=40, need=False)
    if what == "COME":
        name = proceedings.come(wp, by(), number, member, clock)
        words = f"{name}さんの出席を記録しました。"
    else:
        new = proceedings.NewMovement(member, what, clock, item)
        name = proceedings.record_movement(wp, by(), number, new)
        words = f"{name}さんの{records.MOVEMENTS[what]}を記録しました。"
    return done(words, url_for("proceedings.page", number=number, item=item or OPENING))


@blueprint.post("/sittings/<int:number>/gathering")
@needs("office", number="sitting")
@shows(_again)
def gather(number: int) -> Answer:
    """The questions and answers recorded at tablets and desks, into the minutes."""
    count = acts.gather(workplace(), by(), number)
    said = f"{count}件を会議録に入れました。" if count else "新しい質問と回答はありません。"
    return done(said, url_for("proceedings.page", number=number))


@blueprint.post("/sittings/<int:number>/next")
@needs("office", number="sitting")
@shows(_again)
def plan_next(number: int) -> Answer:
    """The next sitting as it was announced."""
    day = inputs.day("next", "次回の日", need=False)
    words = inputs.line("next_words", "次回の予定（日が決まっていないとき）", need=False)
    if day is None and not words:
        raise Unfit("next", "次回の日か、予定の言葉を入力してください。")
    proceedings.plan_next(workplace(), by(), number, day, words)
    return done("次回の予定を記録しました。", url_for("proceedings.page", number=number))


@blueprint.post("/sittings/<int:number>/chair")
@needs("office", number="sitting")
@shows(_again)
def lead(number: int) -> Answer:
    """Who leads the sitting in place of the chair."""
    member = inputs.number("leader", "議長を務める人", least=0) or 0
    proceedings.lead(workplace(), by(), number, member or None)
    return done("議長を務める人を記録しました。", url_for("proceedings.page", number=number))


@blueprint.get("/sittings/<int:number>/pulse")
@needs("council", number="sitting")
def pulse(number: int) -> Response:
    """What a page that follows the sitting asks for every two seconds: one row."""
    view = views.pulse(workplace(), number)
    body = {
        "last": view.last,
        "now": view.now,
        "referral": view.referral,
        "card": view.card,
        "words": view.words,
    }
    return jsonify(body)
