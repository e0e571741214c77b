"""様式ファイル: the workbooks submissions are filled in, registered, compared and taken back.

Knows files that were sent. What they must be like is said by `actions.output.carriers`.
"""

from __future__ import annotations

from flask import Blueprint, flash, g, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions.output import form_files
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, workplace
from ..answers import attachment, done
from ..declared import needs, shows

blueprint = Blueprint("form_files", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/form-files")
@needs("office")
def page() -> str:
    """Every form with the file it is filled in."""
    return render_template(
        "office/form_files.html", rows=form_files.listed(workplace()), sent=g.get("sent")
    )


@blueprint.post("/form-files")
@needs("office")
@shows(page)
def register() -> Answer | tuple[str, int]:
    """Registers the city's file. Every difference from the form is listed, and where an item has no
    place in it nothing is kept."""
    name, body = inputs.upload("workbook", "様式ファイル")
    registered = form_files.register(workplace(), by(), body, name)
    g.sent = (name, form_files.title_of(forms.load(registered.form)), registered)
    if registered.errors:
        g.problem = PiaError(
            f"記載欄の見つからない項目が{len(registered.errors)}件あるため、登録していません。"
            "下の一覧を確かめてください。"
        )
        return page(), 422
    flash(f"{name} を登録しました。")
    return page(), 200


@blueprint.post("/form-files/stand-in")
@needs("office")
@shows(page)
def stand_in() -> Answer:
    """Begins with the project's own blank of a form."""
    form = inputs.choice("form", "様式", forms.known())
    form_files.begin_with_stand_in(workplace(), by(), form)
    words = f"{form_files.title_of(forms.load(form))}に、見本の様式を登録しました。"
    return done(words, url_for("form_files.page"))


@blueprint.post("/form-files/again")
@needs("office", carrier="carrier")
@shows(page)
def use_again() -> Answer:
    """Fills a file of before from now on."""
    number = inputs.number("carrier", "様式ファイル")
    name = form_files.use_again(workplace(), by(), number or 0)
    return done(f"{name} に戻しました。", url_for("form_files.page"))


@blueprint.get("/form-files/<int:carrier>.xlsx")
@needs("office", carrier="carrier")
def file(carrier: int) -> Answer:
    """A registered file, as it came."""
    name, body = form_files.file_of(workplace(), carrier)
    return attachment(body, name, XLSX)
