"""A document, its history, and its files."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from ...actions import sources
from ...actions.issuing import classes, exports
from ...actions.output import carriers
from ...actions.output.formats import FORMATS, NO_SUCH_FORMAT, XLSX
from ...actions.viewing import history as history_views
from ...actions.viewing import register as register_views
from ...domain.errors import PiaError
from .. import document_page
from ..actor import workplace
from ..allowed import must_read_all, readable
from ..answers import attachment, file_name
from ..declared import needs

blueprint = Blueprint("desk", __name__)
# The ending of a file → its MIME type.
KINDS = {ending: kind.mime for ending, kind in FORMATS.items()}


@blueprint.get("/assessments/<ref>")
@needs("read", ref="document", base="document", asks=("only",))
def document(ref: str) -> str:
    """A document with what its round does to it."""
    return document_page.page(ref)


@blueprint.get("/assessments/<key>/versions")
@needs("read", key="assessment")
def versions(key: str) -> str:
    """Every version of an assessment, the newest first."""
    wp = workplace()
    listed = register_views.document(wp, key)
    if listed is None:
        raise PiaError(f"評価書「{key}」はありません。一覧から選び直してください。")
    history = reversed(history_views.history(wp, key))
    return render_template(
        "desk/versions.html",
        listed=listed,
        history=list(history),
        rounds=readable(history_views.round_words(wp, key), key),
    )


@blueprint.get("/assessments/<ref>/export.<fmt>")
@needs("read", ref="document", asks=("carrier", "all_the_same"))
def export(ref: str, fmt: str) -> Response | str:
    """A document as a file: in a format, or in the city's own workbook."""
    wp = workplace()
    source = sources.read_ref(wp, ref)
    if request.args.get("carrier") == "1" and fmt == "xlsx":
        return _filled(ref, source)
    if fmt not in KINDS:
        raise PiaError(NO_SUCH_FORMAT)
    has = classes.of_documents(wp, source)
    body = exports.export(source, fmt, where=wp)
    return attachment(body, file_name(fmt, source.title, source.words), KINDS[fmt], has)


def _filled(ref: str, source: sources.Source) -> Response | str:
    """The city's own workbook filled; a page first where something could not be written."""
    wp = workplace()
    must_read_all(source.key)
    filled = carriers.export(wp, source)
    if filled.errors and request.args.get("all_the_same") != "1":
        return render_template("desk/carrier.html", ref=ref, problems=filled.errors)
    has = classes.of_documents(wp, source)
    name = "見本の様式" if carriers.filled_in(wp, source) == "stand-in" else "提出用様式"
    file = file_name("xlsx", name, source.title, source.words)
    return attachment(filled.data, file, XLSX, has, form=True)
