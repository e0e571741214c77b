"""Opinions that came together, brought in: a list of the city's 電子申請 (CSV or xlsx) whose
columns are chosen once, and mails as files. Looked at first, taken in as they were looked at.

Knows forms. What a row must say is said by `actions.steps.opinion_lists`.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.closing import COUNTING
from ...actions.steps import opinion_lists as acts
from ...actions.viewing import consultations
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("opinion_lists", __name__)
LETTERS = 4_000_000  # of a list that was looked at and comes back


@blueprint.get("/consultations/<int:number>/bring")
@needs("office", number="consultation")
def page(number: int) -> str:
    """A list or mails, sent and looked at."""
    return render_template(
        "office/opinion_lists.html",
        c=consultations.consultation_view(workplace(), number),
        fields=acts.FIELDS,
        needed=acts.NEEDED,
        counting=COUNTING,
        table=g.get("table"),
        chosen=g.get("chosen", {}),
        plan=g.get("plan"),
        sent_rows=g.get("sent_rows", ""),
    )


@blueprint.post("/consultations/<int:number>/bring/list")
@needs("office", number="consultation")
@shows(page)
def take_list(number: int) -> Answer | tuple[str, int]:
    """Looks at a list, or takes in what was looked at."""
    wp = workplace()
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        name, body = inputs.upload("file", "一覧のファイル")
        g.table = acts.table_of(body, name)
        g.sent_rows = json.dumps(g.table, ensure_ascii=False)
        g.chosen = acts.columns(wp, g.table[0])
    else:
        g.table = _carried()
        g.sent_rows = request.form.get("rows", "")
        options = ("", *g.table[0])
        g.chosen = {}
        for name, (label, _) in acts.FIELDS.items():
            g.chosen[name] = inputs.choice(f"column_{name}", f"{label}の列", options)
    if all(g.chosen[name] for name in acts.NEEDED) or sent is None or not sent.filename:
        g.plan = acts.plan(wp, by(), number, g.table, g.chosen)
    if request.form.get("what") != "take":
        return page(number), 200
    numbers = acts.take(wp, by(), number, g.plan, _counting())
    acts.keep_columns(wp, by(), g.chosen)
    return _taken(number, numbers)


def _carried() -> list[list[str]]:
    """The list that was looked at, as this page sent it along."""
    given = request.form.get("rows", "")
    if not given:
        raise inputs.Unfit("file", "「一覧のファイル」のファイルを選んでください。")
    try:
        table: Any = json.loads(given) if len(given) <= LETTERS else None
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, list) or len(table) < 2 or not all(map(_is_row, table)):
        raise PiaError("一覧が途中で変わっています。もう一度、ファイルを選んでください。")
    return table


def _is_row(row: Any) -> bool:
    return isinstance(row, list) and all(isinstance(cell, str) for cell in row)


def _counting() -> acts.Counting:
    return acts.Counting(
        inputs.choice("counting", "数え方", ("", *COUNTING)),
        inputs.text("counting_reason", "数え方の理由", most=inputs.PARAGRAPH, need=False),
        inputs.ticked("skip"),
    )


@blueprint.post("/consultations/<int:number>/bring/mails")
@needs("office", number="consultation")
@shows(page)
def take_mails(number: int) -> Answer:
    """Takes mails in, each with what came with it."""
    wp = workplace()
    files = inputs.uploads("mails", "メールのファイル")
    plan = acts.plan_mails(wp, by(), number, files)
    g.plan = plan
    return _taken(number, acts.take(wp, by(), number, plan, _counting()))


def _taken(number: int, numbers: list[int]) -> Answer:
    said = f"{len(numbers)}件の意見を取り込みました（意見{numbers[0]}から意見{numbers[-1]}まで）。"
    if len(numbers) == 1:
        said = f"意見{numbers[0]}として取り込みました。"
    return done(said, url_for("consultations.page", number=number))
