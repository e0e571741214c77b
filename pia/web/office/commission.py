"""委員会からの照会・補正の求め of a round: what came, what was answered, and the way back.

Knows forms. What may be recorded is said by `actions.steps.commission`.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.issuing import classes, papers
from ...actions.records.amended_places import DECISIONS
from ...actions.records.commission_kinds import KINDS_OF_LETTER
from ...actions.steps import amended_places as places
from ...actions.steps import commission as acts
from ...actions.viewing import commission
from ...domain.errors import PiaError, Unfit
from .. import inputs
from ..actor import by, now_day, workplace
from ..allowed import must_read_all, readable
from ..answers import attachment, done
from ..declared import needs, shows
from .papers import KINDS

blueprint = Blueprint("commission", __name__)


@blueprint.get("/rounds/<ref>/commission")
@needs("read", ref="round")
def page(ref: str) -> str:
    """What the commission wrote about a round, and what was answered."""
    view = readable(commission.of_round(workplace(), ref), ref)
    return render_template(
        "office/commission.html",
        v=view,
        ref=ref,
        kinds=KINDS_OF_LETTER,
        decisions=DECISIONS,
        today=now_day(),
    )


@blueprint.post("/rounds/<ref>/commission")
@needs("office", ref="round")
@shows(page)
def record(ref: str) -> Answer:
    """A letter that came."""
    new = acts.NewLetter(
        inputs.choice("kind", "文書の種類", KINDS_OF_LETTER),
        inputs.must_day("day", "届いた日"),
        inputs.text("text", "書かれていること", most=inputs.PARAGRAPH),
        inputs.line("document_number", "委員会の文書番号", need=False),
        inputs.day("due", "回答の期限", need=False),
    )
    acts.record_letter(workplace(), by(), ref, new)
    return done("委員会からの文書を記録しました。", url_for("commission.page", ref=ref))


@blueprint.post("/rounds/<ref>/commission/<int:number>/replies")
@needs("office", ref="round", number="commission_letter")
@shows(lambda ref, number: page(ref))
def reply(ref: str, number: int) -> Answer:
    """What was answered."""
    new = acts.NewReply(
        inputs.must_day("replied", "回答した日"),
        inputs.text("reply", "回答", most=inputs.PARAGRAPH),
        inputs.line("reply_number", "文書番号", need=False),
    )
    try:
        acts.reply(workplace(), by(), ref, number, new)
    except Unfit as error:
        raise Unfit("replied", str(error)) from error
    return done("回答を記録しました。", url_for("commission.page", ref=ref))


@blueprint.post("/rounds/<ref>/commission/<int:number>/take-up")
@needs("office", ref="round", number="commission_letter")
@shows(lambda ref, number: page(ref))
def take_up(ref: str, number: int) -> Answer:
    """The round back where it was before it was sent."""
    acts.take_up(workplace(), by(), ref, number)
    words = "提出の前の段階に戻しました。評価書を直して、もう一度提出してください。"
    return done(words, url_for("commission.page", ref=ref))


@blueprint.get("/rounds/<ref>/commission/replies/<int:number>.<fmt>")
@needs("read", ref="round", number="commission_reply")
def paper(ref: str, number: int, fmt: str) -> Response:
    """The letter of an answer as a file; it names what was withheld, as what is sent does."""
    if fmt not in papers.FORMATS:
        raise PiaError("その形式では書き出せません。")
    must_read_all(ref)
    wp = workplace()
    made = papers.make(wp, "commission-reply", fmt, about=number, today=now_day())
    has = classes.of_paper(wp, "commission-reply", number, made.says)
    return attachment(made.data, made.file, KINDS[fmt], has)


@blueprint.post("/rounds/<ref>/commission/places")
@needs("office", ref="round")
@shows(page)
def decide(ref: str) -> Answer:
    """Whether changed places are formal, or the document goes back."""
    view = commission.of_round(workplace(), ref)
    chosen = inputs.many("places", "箇所", {place.path for place in view.changed})
    new = places.NewDecision(
        inputs.choice("decision", "扱い", DECISIONS),
        inputs.text("decision_reason", "理由", most=inputs.PARAGRAPH),
        inputs.day("decided", "決裁日", need=False),
        inputs.line("decision_number", "文書番号", need=False),
    )
    count = places.decide(workplace(), by(), ref, chosen, new)
    return done(f"{count}か所の扱いを記録しました。", url_for("commission.page", ref=ref))


@blueprint.post("/rounds/<ref>/commission/again")
@needs("office", ref="round")
@shows(page)
def again(ref: str) -> Answer:
    """The round goes back as far as was decided."""
    places.go_back(workplace(), by(), ref)
    return done("決めた段階まで戻しました。", url_for("rounds.page", ref=ref))
