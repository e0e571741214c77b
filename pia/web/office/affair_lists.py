"""A register or notices brought in from a workbook: looked at first, then taken in whole; and a
department's notice from a workbook into the form (個人情報保護法第75条第5項).

Knows files of a form. What is read and what may be taken in, documents and acts say.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.output import affair_books
from ...actions.steps import affair_lists as acts
from ...actions.viewing import affair_notices as views
from ...actions.viewing.affair_notices import BodyChoice
from .. import inputs, looked_files
from ..actor import by, workplace
from ..answers import attachment, done
from ..declared import needs, shows
from .affair_notices import own_department

blueprint = Blueprint("affair_lists", __name__)


def _bodies() -> list[BodyChoice]:
    return [body for body in views.bodies(workplace()) if body.kept.kept]


def _choices() -> list[tuple[int, str]]:
    return [(body.id, body.name) for body in _bodies()]


@blueprint.get("/notices/list/<int:number>.xlsx")
@needs("read", number="notifying_body")
def blank(number: int) -> Response:
    """The empty list of a body: a row a notice."""
    return attachment(
        affair_books.blank_of(workplace(), number), "届出の一覧.xlsx", affair_books.XLSX
    )


@blueprint.get("/notices/import")
@needs("draft")
def choose() -> str:
    """Which workbook, of which body."""
    return render_template(
        "office/affair_list.html", bodies=_bodies(), body_choices=_choices(), looked=None
    )


@blueprint.post("/notices/import")
@needs("draft", body="notifying_body")
@shows(choose)
def look() -> str:
    """What taking it in would do; nothing is taken in yet."""
    bodies = _bodies()
    body = int(inputs.choice("body", "実施機関", {str(each.id) for each in bodies}))
    name, data = inputs.upload("list", "一覧のワークブック")
    sha256 = acts.kept_file(workplace(), by(), name, data)
    return render_template(
        "office/affair_list.html",
        bodies=bodies,
        body_choices=_choices(),
        body=next(each for each in bodies if each.id == body),
        looked=acts.look(workplace(), by(), body, sha256, own_department()),
        seal=looked_files.sealed(sha256, body),
    )


@blueprint.post("/notices/import/take")
@needs("draft", body="notifying_body")
@shows(choose)
def take() -> Answer:
    """Takes in what was looked at, whole."""
    body = int(inputs.choice("body", "実施機関", {str(each.id) for each in _bodies()}))
    sha256 = looked_files.opened(body)
    count = acts.take(workplace(), by(), body, sha256, own_department())
    return done(f"{count:,}件を取り込みました。", url_for("affair_notices.listed", body=body))
