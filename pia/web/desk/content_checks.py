"""内容の点検: what the checks find in a document and in the whole city, answered with a reason, and
which checks the city wants put right before a document goes out.

Knows forms. What is found, and what binds, is said by `actions.records.content_checks`.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import content_checks as acts
from ...actions.viewing import content_checks, file_register
from ...actions.viewing.content_checks import SEVERITIES, FindingFilter
from .. import inputs, paging
from ..actor import by, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("content_checks", __name__)
ON_A_PAGE = 50
STATES = {"open": "答えていないもの", "answered": "答えたもの", "all": "すべて"}


@blueprint.get("/lines/<ref>/content")
@needs("read", ref="document")
def document(ref: str) -> str:
    """What the checks find in a document, each with its places, and a way to answer it."""
    wp = workplace()
    with wp.store.moment():
        view = readable(content_checks.of_document(wp, ref, hints=True), ref)
    return render_template(
        "desk/content_checks.html",
        ref=ref,
        v=view,
        severities=_severities(),
        files=file_register.of_document(wp, ref),
    )


@blueprint.post("/lines/<ref>/content/answers/<finding>")
@needs("draft", own="ref", ref="line")
@shows(lambda ref, finding: document(ref))
def answer(ref: str, finding: str) -> Answer:
    """Why something found may stand as it is written."""
    reason = inputs.text("reason", "このままでよい理由", most=inputs.PARAGRAPH, need=False)
    acts.answer(workplace(), by(), ref, finding, reason)
    return done("理由を記録しました。", url_for("content_checks.document", ref=ref))


@blueprint.get("/content")
@needs("read", asks=("department", "rule", "severity", "state", "page"))
def listed() -> str:
    """What the checks find in all documents of the city."""
    asked = {name: request.args.get(name, "") for name in ("department", "rule", "severity")}
    state = request.args.get("state", "open")
    department = asked["department"]
    wanted = FindingFilter(
        int(department) if department.isascii() and department.isdigit() else None,
        asked["rule"],
        asked["severity"] if asked["severity"] in SEVERITIES else "",
        state if state in STATES else "open",
    )
    wp = workplace()
    with wp.store.moment():
        view = content_checks.of_city(wp, wanted)
    first = paging.first(ON_A_PAGE)
    return render_template(
        "desk/city_findings.html",
        v=view,
        found=view.found[first : first + ON_A_PAGE],
        pages=paging.Pages(first, ON_A_PAGE, len(view.found)),
        wanted=wanted,
        states=STATES,
        severities=_severities(),
    )


@blueprint.get("/content/checks")
@needs("read")
def checks() -> str:
    """Every check with what it rests on, and those the city made binding."""
    return render_template(
        "desk/checks.html", checks=content_checks.checks(workplace()), severities=_severities()
    )


@blueprint.post("/content/checks/<rule>")
@needs("office")
@shows(lambda rule: checks())
def bind(rule: str) -> Answer:
    """Makes a check binding for the whole city."""
    reason = inputs.text("reason", "必ず直すことにする理由", most=inputs.PARAGRAPH)
    name = acts.bind(workplace(), by(), rule, reason)
    return done(
        f"「{name}」を、必ず直す点検にしました。", url_for("content_checks.checks", _anchor=rule)
    )


def _severities() -> dict[str, str]:
    words: dict[str, str] = workplace().content_checks.data["severities"]
    return {**words, "hint": "手がかり"}
