"""自己点検: the page on which the viewpoints of the check are answered (指針第10の1(2)、未確認).

Knows forms. What is known of each viewpoint, `actions.records.viewpoints` says.
"""

from __future__ import annotations

from flask import render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records import viewpoints as records
from ...actions.steps import viewpoints as acts
from ...actions.viewing import rounds
from .. import inputs
from ..actor import by, workplace
from ..allowed import must_read_all
from ..answers import done
from ..declared import needs, shows
from .rounds import blueprint


@blueprint.get("/rounds/<ref>/viewpoints")
@needs("draft", own="ref", ref="round")
def viewpoints(ref: str) -> str:
    """The viewpoints with what is known of each, and what was answered."""
    must_read_all(ref)
    wp = workplace()
    head = rounds.round_head(wp, ref)
    return render_template(
        "office/viewpoints.html",
        head=head,
        over=head.over,
        ref=ref,
        lines=records.of_round(wp, ref),
        results=records.RESULTS,
    )


@blueprint.post("/rounds/<ref>/viewpoints")
@needs("draft", own="ref", ref="round")
@shows(viewpoints)
def answer_viewpoints(ref: str) -> Answer:
    """Keeps what was answered."""
    wp = workplace()
    given = {}
    for point in records.of_round(wp, ref):
        called = f"観点{point.number}"
        given[str(point.number)] = {
            "result": inputs.choice(f"result{point.number}", called, ("", *records.RESULTS)),
            "evidence": inputs.text(
                f"evidence{point.number}", f"{called}の根拠", most=inputs.PARAGRAPH, need=False
            ),
        }
    count = acts.answer(wp, by(), ref, given)
    words = f"自己点検を保存しました（{len(given)}項目のうち{count}項目に結果があります）。"
    return done(words, url_for("rounds.viewpoints", ref=ref))
