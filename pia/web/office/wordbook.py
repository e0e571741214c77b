"""用語の説明 and 文例: what the office keeps for those who read and for those who write.

Knows forms. Must not know where a word or a wording stands in a document.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import councils, term_requests
from ...actions.viewing import wordbook
from .. import inputs
from ..actor import by, workplace
from ..allowed import may
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("wordbook", __name__)


@blueprint.get("/glossary")
@needs("read", asks=("term",))
def terms() -> str:
    """Every word that is explained where it stands in a text, and what members asked for. The query
    says which word the form begins with."""
    return _terms()


def _terms(**_: Any) -> str:
    words = wordbook.terms(workplace())
    term = request.args.get("term", "")
    begun = wordbook.named(words, term) or wordbook.ExplainedTerm(None, term, "")
    asked = wordbook.asked(workplace()) if may("office") else ()
    waiting = [one for one in asked if one.waits]
    answered = [one for one in asked if not one.waits]
    return render_template(
        "office/terms.html", terms=words, begun=begun, waiting=waiting, answered=answered
    )


@blueprint.post("/glossary")
@needs("office")
@shows(_terms)
def explain() -> Answer:
    """A word explained."""
    term = inputs.line("term", "用語", most=60)
    explanation = inputs.text("explanation", "説明", most=inputs.PARAGRAPH)
    source = inputs.line("source", "出典", need=False)
    read_on = inputs.day("read_on", "出典を確かめた日", need=False)
    councils.explain(workplace(), by(), term, explanation, source, read_on)
    return done(f"「{term}」の説明を加えました。", url_for("wordbook.terms"))


@blueprint.post("/glossary/requests/<int:asked>/answer")
@needs("office", asked="term_request")
@shows(_terms)
def answer(asked: int) -> Answer:
    """What is answered whoever asked for a word that gets no explanation of its own."""
    words = inputs.text("answer", "答え", most=inputs.PARAGRAPH)
    term_requests.answer(workplace(), by(), asked, words)
    return done("答えを記録しました。", url_for("wordbook.terms"))


@blueprint.get("/phrases")
@needs("read")
def phrases() -> str:
    """Every wording that is kept."""
    return _phrases()


def _phrases(**_: Any) -> str:
    rows = wordbook.phrases(workplace())
    authors = wordbook.authors(workplace(), rows)
    return render_template("office/phrases.html", phrases=rows, authors=authors)


@blueprint.post("/phrases")
@needs("office")
@shows(_phrases)
def keep() -> Answer:
    """Wording kept for others."""
    heading = inputs.line("heading", "見出し", need=False)
    text = inputs.text("text", "記載", most=inputs.DOCUMENT)
    note = inputs.text("note", "使い方", most=inputs.PARAGRAPH, need=False)
    councils.keep_phrase(workplace(), by(), heading, text, note)
    return done("文例を加えました。", url_for("wordbook.phrases"))
