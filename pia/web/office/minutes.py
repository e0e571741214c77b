"""会議録 at the office: the minutes of a sitting read, written, put right, confirmed by the
members, 確定, and handed out (様式第2号).

Knows forms. What is recorded while the sitting is held stands in `proceedings`.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.issuing import classes, papers
from ...actions.papers import minutes as paper
from ...actions.records import minutes as records
from ...actions.steps import minutes as acts
from ...actions.viewing import minutes as views
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, now_day, workplace
from ..allowed import Denied, may, readable
from ..answers import attachment, done
from ..declared import needs, shows
from . import proceedings
from .papers import KINDS

blueprint = Blueprint("minutes", __name__)
MOST = 10**12


@blueprint.get("/sittings/<int:number>/minutes")
@needs("read", number="sitting")
def page(number: int) -> str:
    """The minutes of a sitting: its form, all that was spoken, and its steps."""
    wp = workplace()
    keys = _keys(number)
    return render_template(
        "office/minutes.html",
        v=readable(views.minutes(wp, number, whole=may("office")), *keys),
        fields=readable(paper.form_fields(wp, number), *keys),
        kinds=acts.KINDS,
        steps=records.STEPS,
        number=number,
        today=now_day(),
    )


def _keys(number: int) -> list[str]:
    """The documents whose words minutes may quote."""
    return papers.keys_heard(workplace(), number)


@blueprint.get("/sittings/<int:number>/speeches/<int:speech>")
@needs("office", number="sitting", speech="speech")
def speech(number: int, speech: int) -> str:
    """One speech, to be put right: as it stands, and every edition it had."""
    wp = workplace()
    editions = views.editions(wp, number, speech)
    return render_template(
        "office/speech.html",
        v=views.minutes(wp, number),
        x=editions[0],
        editions=editions,
        kinds=acts.KINDS,
        number=number,
    )


@blueprint.post("/sittings/<int:number>/speeches/<int:speech>")
@needs("office", number="sitting", speech="speech")
@shows(speech)
def change(number: int, speech: int) -> Answer:
    """A speech written anew, moved, taken out or put back."""
    wp = workplace()
    what = inputs.choice("what", "操作", ("change", "up", "down", "remove", "restore", "answer"))
    reason = inputs.line("reason", "直す理由", need=False)
    seen = inputs.number("seen", "見ていた記録", most=MOST, need=False) or 0
    back = f"{url_for('minutes.page', number=number)}#s{speech}"
    if what == "change":
        acts.change(wp, by(), speech, seen, proceedings.typed(number), reason)
        return done("発言を直しました。前の記載は残ります。", back)
    if what in ("up", "down"):
        acts.move(wp, by(), speech, what == "up", reason)
        return done("発言の順を入れ替えました。", back)
    if what == "remove":
        acts.take_out(wp, by(), speech, seen, reason)
        return done("発言を取り除きました。会議録のページの下から戻せます。", back)
    if what == "answer":
        text = inputs.text("answer", "回答", most=acts.MOST)
        day = inputs.must_day("day", "回答した日")
        acts.answer_promised(wp, by(), speech, seen, text, day)
        return done("後日回答を記録しました。", back)
    acts.put_back(wp, by(), speech, reason)
    return done("発言を戻しました。", back)


@blueprint.get("/sittings/<int:number>/fields/<int:place>")
@needs("office", number="sitting")
def field(number: int, place: int) -> str:
    """One of the eleven fields, to be written by hand."""
    one = _field(number, place)
    sitting = views.minutes(workplace(), number).sitting
    return render_template("office/minutes_field.html", x=one, sitting=sitting, number=number)


def _field(number: int, place: int) -> paper.FormField:
    fields = paper.form_fields(workplace(), number)
    if not 1 <= place <= len(fields):
        raise PiaError("その欄はありません。会議録から選び直してください。")
    return fields[place - 1]


@blueprint.post("/sittings/<int:number>/fields/<int:place>")
@needs("office", number="sitting")
@shows(field)
def write_field(number: int, place: int) -> Answer:
    """A field written by hand, or given up for what the record says."""
    one = _field(number, place)
    back = f"{url_for('minutes.page', number=number)}#fields"
    what = inputs.choice("what", "操作", ("write", "record"))
    if what == "record":
        acts.give_up_field(workplace(), by(), number, one.name)
        return done(f"「{one.name}」を、記録のとおりに戻しました。", back)
    text = inputs.text("text", one.name, most=inputs.PARAGRAPH, need=False)
    acts.write_field(workplace(), by(), number, one.name, text, one.made)
    return done(f"「{one.name}」を直しました。", back)


@blueprint.post("/sittings/<int:number>/steps")
@needs("office", number="sitting")
@shows(page)
def step(number: int) -> Answer:
    """A step of the sitting before or after it."""
    kind = inputs.choice("kind", "手続", records.STEPS)
    facts = {}
    if words := inputs.line("document_number", "文書番号", need=False):
        facts["document_number"] = words
    if until := inputs.day("until", "回答の期限", need=False):
        facts["until"] = until.isoformat()
    if answer := inputs.line("answer", "返事", most=40, need=False):
        facts["answer"] = answer
    new = acts.NewStep(
        kind=kind,
        day=inputs.must_day("day", "日"),
        member=inputs.number("member", "委員", need=False),
        facts=facts,
        note=inputs.text("note", "記録する言葉", most=inputs.PARAGRAPH, need=False),
    )
    acts.record_step(workplace(), by(), number, new)
    done_words = f"「{records.STEPS[kind]}」を記録しました。"
    return done(done_words, f"{url_for('minutes.page', number=number)}#steps")


@blueprint.get("/sittings/<int:number>/minutes.<fmt>")
@needs("read", number="sitting", asks=("whole",))
def issue(number: int, fmt: str) -> Response:
    """The minutes as a file: the edition for the public, or the whole for the house."""
    if fmt not in papers.FORMATS:
        raise PiaError("その形式では書き出せません。")
    wp = workplace()
    if request.args.get("whole"):
        if not may("office"):
            raise Denied("庁内用の会議録は、事務局だけが書き出せます。")
        whole = papers.whole_minutes(wp, number, fmt)
        has = classes.of_whole_minutes(wp, whole.says)
        return attachment(whole.data, whole.file, KINDS[fmt], has)
    made = papers.make(wp, papers.MINUTES, fmt, today=now_day(), sitting=number)
    return attachment(made.data, made.file, KINDS[fmt], classes.NONE)
