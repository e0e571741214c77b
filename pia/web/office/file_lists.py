"""An existing 個人情報ファイル簿 brought in from a workbook: looked at first, then taken in whole
(個人情報保護法第75条第1項).

Knows files of a form. What is read and what may be taken in, documents and acts say.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import file_lists as acts
from ...actions.steps.affair_lists import kept_file
from ...actions.viewing import file_register as files
from ...actions.viewing import incidents
from ...documents import notice_lists
from ...documents.papers import file_register_xlsx, list_xlsx
from .. import inputs, looked_files
from ..actor import by, workplace
from ..answers import attachment, done, file_name
from ..declared import needs, shows
from .file_register import XLSX

blueprint = Blueprint("file_lists", __name__)


def _bodies() -> list[tuple[int, str]]:
    return list(incidents.bodies(workplace()))


@blueprint.get("/file-register/list/<int:number>.xlsx")
@needs("office", number="notifying_body")
def blank(number: int) -> Response:
    """The empty list of a body: a row a file."""
    title = file_register_xlsx.TITLE
    form = files.form_of_body(workplace(), number)
    book = list_xlsx.workbook(title, notice_lists.headings(form), [])
    return attachment(book, file_name("xlsx", title, "見出し"), XLSX)


@blueprint.get("/file-register/import")
@needs("office")
def choose() -> str:
    """Which workbook, of which body."""
    return render_template("office/file_list.html", bodies=_bodies(), looked=None)


@blueprint.post("/file-register/import")
@needs("office")
@shows(choose)
def look() -> str:
    """What taking it in would do; nothing is taken in yet."""
    bodies = _bodies()
    body = int(inputs.choice("body", "実施機関", {str(number) for number, _ in bodies}))
    name, data = inputs.upload("list", "簿のワークブック")
    sha256 = kept_file(workplace(), by(), name, data)
    return render_template(
        "office/file_list.html",
        bodies=bodies,
        body=body,
        looked=acts.look(workplace(), body, sha256),
        seal=looked_files.sealed(sha256, body),
    )


@blueprint.post("/file-register/import/take")
@needs("office")
@shows(choose)
def take() -> Answer:
    """Takes in what was looked at, whole."""
    body = int(inputs.choice("body", "実施機関", {str(number) for number, _ in _bodies()}))
    sha256 = looked_files.opened(body)
    published = inputs.day("published", "簿の公表日", need=False)
    taken = acts.take(workplace(), by(), body, sha256, published)
    words = f"{taken.files:,}件を取り込みました。"
    if published is not None:
        words += f"{taken.published:,}件を公表済みとして記録しました。"
    return done(words, url_for("file_register.listed"))
