"""What is kept ready for the questions of a council: the list of a round, and the page of an item
with where its wording comes from, what the State was asked, and 想定問答.

Knows forms. Until when a round takes them, the acts say. Members see of it what stands on the cards
before them.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.editing.national import Inquiry
from ...actions.records.answer_kinds import WORDS
from ...actions.steps import answers as acts
from ...actions.viewing import answers
from ...domain.document.tree import Path
from .. import inputs
from ..actor import by, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows
from .draft import path_of

blueprint = Blueprint("answers", __name__)


@blueprint.get("/rounds/<ref>/answers")
@needs("read", ref="round")
def listed(ref: str) -> str:
    """What a round changes, where each wording comes from, and what is expected to be asked."""
    view = readable(answers.of_round(workplace(), ref), ref)
    return render_template("desk/answers.html", ref=ref, v=view)


@blueprint.post("/rounds/<ref>/answers")
@needs("draft", own="ref", ref="round")
@shows(listed)
def expect_whole(ref: str) -> Answer:
    """A question expected about the whole document."""
    return _expect(ref, (), url_for("answers.listed", ref=ref, _anchor="whole"))


@blueprint.get("/rounds/<ref>/answers/<path:path>")
@needs("read", ref="round")
def item(ref: str, path: str) -> str:
    """One changed item."""
    view = readable(answers.of_round(workplace(), ref), ref)
    return render_template(
        "desk/item_answers.html",
        ref=ref,
        path=path,
        v=view,
        x=answers.of_item(view, path),
        kinds=WORDS,
    )


@blueprint.post("/rounds/<ref>/answers/<path:path>")
@needs("draft", own="ref", ref="round")
@shows(item)
def expect(ref: str, path: str) -> Answer:
    """A question expected at an item."""
    here = url_for("answers.item", ref=ref, path=path, _anchor="expected")
    return _expect(ref, path_of(path), here)


def _expect(ref: str, path: Path, back: str) -> Answer:
    question = inputs.text("question", "問", most=inputs.PARAGRAPH)
    answer = inputs.text("answer", "答", most=inputs.PARAGRAPH)
    acts.expect(workplace(), by(), ref, path, question, answer)
    return done("想定問答を加えました。", back)


@blueprint.post("/rounds/<ref>/sources/<path:path>")
@needs("draft", own="ref", ref="round")
@shows(item)
def rest_on(ref: str, path: str) -> Answer:
    """What the wording of a place rests on."""
    places = {place.path for place in _item(ref, path).places}
    place = inputs.choice("place", "箇所", {path, *places})
    kind = inputs.choice("kind", "記載の由来", WORDS)
    source = inputs.line("source", "根拠", need=False)
    acts.rest_on(workplace(), by(), ref, path_of(place), acts.NewSource(kind, source))
    return done("記載の由来を記録しました。", url_for("answers.item", ref=ref, path=path))


@blueprint.post("/rounds/<ref>/state-answers/<path:path>")
@needs("draft", own="ref", ref="round")
@shows(item)
def ask_state(ref: str, path: str) -> Answer:
    """Whether the State was asked about the item's wording, and what it said."""
    inquiry = Inquiry(
        asked=inputs.choice("asked", "国への確認", {"yes", "no"}) == "yes",
        day=inputs.day("day", "確認した日", need=False),
        answer=inputs.text("said", "国の回答", most=inputs.PARAGRAPH, need=False),
    )
    acts.ask_state(workplace(), by(), ref, _item(ref, path).item, inquiry)
    return done("国への確認を記録しました。", url_for("answers.item", ref=ref, path=path))


def _item(ref: str, path: str) -> answers.ItemAnswers:
    return answers.of_item(answers.of_round(workplace(), ref), path)


def _page_of(ref: str, number: int) -> str:
    path = answers.path_of(workplace(), number)
    return item(ref, path) if path in _changed(ref) else listed(ref)


def _back(ref: str, number: int) -> str:
    path = answers.path_of(workplace(), number)
    if path in _changed(ref):
        return url_for("answers.item", ref=ref, path=path, _anchor="expected")
    return url_for("answers.listed", ref=ref, _anchor="whole")


def _changed(ref: str) -> set[str]:
    return {each.path for each in answers.of_round(workplace(), ref).items}


@blueprint.post("/rounds/<ref>/expected/<int:number>/release")
@needs("draft", own="ref", ref="round", number="expected_question")
@shows(_page_of)
def release(ref: str, number: int) -> Answer:
    """An expected question shown to the members, or no longer."""
    on = request.form.get("on") == "1"
    acts.release(workplace(), by(), ref, number, on)
    words = "委員に見せるようにしました。" if on else "委員に見せないようにしました。"
    return done(words, _back(ref, number))


@blueprint.post("/rounds/<ref>/expected/<int:number>/take-over")
@needs("draft", own="ref", ref="round", number="expected_question")
@shows(lambda ref, number: listed(ref))
def take_over(ref: str, number: int) -> Answer:
    """A question an earlier round expected, taken over into this one."""
    new = acts.take_over(workplace(), by(), ref, number)
    return done("想定問答を引き継ぎました。内容を確かめてください。", _back(ref, new))
