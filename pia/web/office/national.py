"""National texts over all assessments: registered, tried, applied, taken back, and what the state
was asked.

Knows forms. What an application changes is said by `actions.editing.national`.
"""

from __future__ import annotations

import json
from contextlib import nullcontext

from flask import Blueprint, Response, g, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.editing import items, national, national_files
from ...actions.viewing import corrections, matrix, national_preview
from ...actions.viewing import rounds as round_views
from .. import inputs, paging
from ..actor import by, workplace
from ..allowed import looking
from ..answers import attachment, done, file_name
from ..declared import needs, shows

blueprint = Blueprint("national", __name__)
AT_ONCE = 5  # documents a request applies a text to; more are a job


@blueprint.get("/national")
@needs("read", asks=("page",))
def listed() -> str:
    """Every national text with how each assessment stands to it."""
    page = matrix.matrices(workplace(), paging.first(matrix.PAGE))
    pages = paging.Pages(page.first, matrix.PAGE, page.whole)
    return render_template("office/national.html", matrices=page.matrices, pages=pages)


@blueprint.get("/national/<key>/documents/<document>")
@needs("read", key="national", document="assessment")
def departures(key: str, document: str) -> str:
    """Where one document differs from a national text, beside each other."""
    view = matrix.departures(workplace(), key, document)
    return render_template("office/departures.html", view=view, key=key, document=document)


@blueprint.post("/national")
@needs("office")
@shows(listed)
def register() -> Answer:
    """Takes in a national text from its file."""
    name, body = inputs.upload("file", "記載例のファイル")
    key = national.register(workplace(), by(), national_files.revision_body(body, name))
    return done("記載例を登録しました。反映先を選んでください。", url_for("national.page", key=key))


@blueprint.get("/national/<key>")
@needs("office", key="national")
def page(key: str) -> str:
    """One national text: for which assessments and files, tried before it is applied; how it stands
    among its corrections."""
    wp = workplace()
    shown = national_files.national(wp, key)
    lines = []
    for round_ in round_views.writable(wp, items.WRITING, None):
        if round_.document != "basic_item":
            lines.append(round_)
    _, _, corrected = corrections.of_national(wp, key)
    values = {}
    if g.get("results") is not None:
        # What was chosen stays chosen beside the button that applies it.
        values["typed"] = request.form
    return render_template(
        "office/national_text.html",
        n=shown,
        key=key,
        lines=lines,
        results=g.get("results"),
        tried=g.get("tried"),
        followed=national_preview.followed(wp, key),
        corrected=corrected,
        **values,
    )


@blueprint.get("/national/<key>/text.json")
@needs("office", key="national")
def file(key: str) -> Response:
    """A text as another installation reads it."""
    body = national_files.body_of(workplace(), key)
    words = json.dumps(body, ensure_ascii=False, indent=1)
    name = file_name("json", "国の記載例", str(body.get("title") or key))
    return attachment(words, name, "application/json")


@blueprint.post("/national/<key>")
@needs("office", key="national", lines="line")
@shows(page)
def apply(key: str) -> str | Answer:
    """Tries or applies a text in the chosen rounds, or takes it back there."""
    lines = {view.ref for view in round_views.writable(workplace(), items.WRITING, None)}
    chosen = inputs.many("lines", "反映先", lines)
    files = {ref: request.form.getlist(f"f-{ref}") for ref in chosen}
    what = inputs.choice("what", "操作", ("try", "apply", "undo"))
    if what == "undo":
        return _undo(key, chosen)
    g.tried = what == "try"
    if what == "apply" and len(chosen) > AT_ONCE:
        asked = by()
        args = {"revision": key, "targets": files}
        job = jobs.ask(workplace(), asked, "national", args, key=f"national:{asked.request}")
        return done(f"{len(chosen)}件への反映を始めました。", url_for("jobs.page", job=job))
    with looking() if g.tried else nullcontext():
        g.results = national.apply(workplace(), by(), key, files, dry_run=g.tried)
    return page(key)


def _undo(key: str, refs: list[str]) -> Answer:
    """Takes a text back; what was changed since stays and is named."""
    wp = workplace()
    with wp.store.together():
        undone = [national.undo(wp, by(), key, ref) for ref in refs]
    words = f"{len(undone)}件の反映を取り消しました。"
    for ref, left in undone:
        if left:
            words += f"{ref}は、その後の変更があるため{left}か所を残しました。"
    return done(words, url_for("national.page", key=key))


@blueprint.post("/national/<key>/confirmations")
@needs("office", key="national")
@shows(page)
def confirm(key: str) -> Answer:
    """Whether the state was asked about a departure, when, and what it said."""
    item = inputs.line("item", "項目", most=60)
    national.confirm(
        workplace(),
        by(),
        key,
        item,
        national.Inquiry(
            asked=inputs.ticked("asked"),
            day=inputs.day("day", "確認した日", need=False),
            answer=inputs.text("answer", "回答", most=inputs.PARAGRAPH, need=False),
        ),
    )
    return done("国への確認を記録しました。", url_for("national.page", key=key))
