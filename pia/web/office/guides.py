"""記載要領: filed by the city, the page of an item read, and another page chosen for it.

Knows forms and files. Whoever writes reads its pages; the office files it.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions.steps import guides as acts
from ...actions.viewing import guidance
from ...domain.document.form import FormNode
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("guides", __name__)


@blueprint.get("/guides")
@needs("office")
def page() -> str:
    """Every 記載要領 the city filed."""
    return render_template("office/guides.html", guides=guidance.guides(workplace()))


@blueprint.post("/guides")
@needs("office")
@shows(page)
def file() -> Answer:
    """A 記載要領 as a PDF."""
    title = inputs.line("title", "題名")
    edition = inputs.day("edition", "版の日", need=False)
    name, body = inputs.upload("guide", "記載要領のファイル")
    acts.file(workplace(), by(), title, name, body, edition)
    return done("記載要領を登録しました。各項目から、その頁を開けます。", url_for("guides.page"))


@blueprint.get("/guides/<int:number>/pages/<int:page>")
@needs("read", number="guide_file", asks=("kind", "item"))
def words(number: int, page: int) -> str:
    """The words of a page, for the item it was opened from."""
    title, said, whole = guidance.words_of_page(workplace(), number, page)
    return render_template(
        "office/guide_page.html",
        number=number,
        title=title,
        said=said,
        page=page,
        whole=whole,
        line=_line(),
        kind=request.values.get("kind", ""),
    )


def _line() -> FormNode | None:
    """The item a page was opened from; None where it was opened by itself."""
    for known in forms.known():
        form = forms.load(known)
        if form.kind == request.values.get("kind"):
            return form.by_id.get(request.values.get("item", ""))
    return None


def _opened(number: int) -> str:
    """The page a form was sent from."""
    return words(number, request.form.get("opened", 1, type=int))


@blueprint.post("/guides/<int:number>/places")
@needs("office", number="guide_file")
@shows(_opened)
def place(number: int) -> Answer:
    """Another page for an item."""
    kind = inputs.choice("kind", "様式", forms.KIND_NAMES)
    item = inputs.line("item", "項目")
    if not any(item in forms.load(x).by_id for x in forms.known() if x.startswith(f"{kind}@")):
        raise PiaError("その項目は、この様式にありません。")
    chosen = inputs.number("page", "頁", least=1, most=10_000) or 0
    acts.place(workplace(), by(), number, kind, item, chosen)
    back = url_for("guides.words", number=number, page=chosen, kind=kind, item=item)
    return done(f"この項目の頁を{chosen}頁にしました。", back)
