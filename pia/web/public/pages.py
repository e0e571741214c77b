"""The public zone: an application of its own over public readings, with one form. No staff route
exists in it, no session, no account.

Knows residents' phones: announcement, what changes, the whole text with citable numbers, an opinion
with a receipt, published assessments with every version. Origins are counted by a keyed hash that
changes daily and are written nowhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask, Response, render_template, request

from ... import forms, manual
from ...actions.output import affair_books
from ...actions.viewing import affair_notices, file_register, public
from ...actions.workplace import Workplace
from ...documents.papers import file_register_xlsx
from ...domain.errors import PiaError, Unavailable
from ...settings import Config
from ...store.opening import UNKNOWN
from .. import helping, paging
from ..actor import now, now_day, workplace
from ..answers import attachment, file_name
from ..declared import needs
from ..document_lines import lines_of
from ..shell import bare
from . import opinions

blueprint = Blueprint("public", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOTIFIED = 50  # lines of a page of the register


def create_public_app(
    wp: Workplace, settings: Config, now: Callable[[], datetime] | None = None
) -> Flask:
    """The public zone over an open workplace; `now` is given by tests."""
    app = bare(wp, settings, now, opinions.inner)
    opinions.set_up(app)
    app.extensions["pia.away"] = away
    app.register_blueprint(blueprint)
    return app


def away(error: Unavailable) -> str:
    """What a resident is told while the database is away: nothing of how this is made, and whether
    an opinion has arrived.
    """
    if request.method != "POST":
        return "いま、このページをお見せできません。しばらくたってから、もう一度開いてください。"
    if str(error) == UNKNOWN:
        return (
            "意見が届いたかどうか、いま分かりません。しばらくたってから、もう一度送ってください。"
            "二重に届くことはありません。"
        )
    return "意見は、まだ届いていません。しばらくたってから、もう一度送ってください。"


@blueprint.get("/")
@needs("open")
def home() -> str:
    """The consultations of the day and what is published."""
    wp = workplace()
    return render_template(
        "public/home.html",
        consultations=public.consultations(wp, now_day()),
        published=public.published(wp, now_day()),
        files=file_register.public_list(wp, now_day(), most=1)[1],
        registers=affair_notices.kept_bodies(wp),
    )


@blueprint.get("/guide")
@needs("open")
def help() -> str:
    """The residents' chapter of the handbook."""
    return render_template(
        "public/help.html", chapter=manual.chapter("residents"), html=helping.html
    )


@blueprint.get("/consultations/<int:number>")
@needs("open")
def consultation(number: int) -> str:
    """何が変わるのか, in plain lines and cards."""
    wp = workplace()
    shown = public.consultation(wp, number, now_day())
    return render_template(
        "public/consultation.html",
        h=shown,
        cards=public.cards(wp, shown),
        outcomes=wp.rules["outcomes"],
    )


@blueprint.get("/consultations/<int:number>/documents/<key>")
@needs("open")
def draft(number: int, key: str) -> str:
    """The whole draft, each item with its official number."""
    shown = public.consultation(workplace(), number, now_day())
    document = next((document for document in shown.documents if document.key == key), None)
    if document is None:
        raise PiaError("その評価書は、この意見募集の対象ではありません。")
    return _document(document, h=shown)


def _document(d: public.PublicDocument, h: public.PublicConsultation | None = None) -> str:
    form = forms.load(d.tree.form)
    return render_template(
        "public/document.html", d=d, h=h, form=form, lines=lines_of(form, d.tree, d.old)
    )


@blueprint.get("/consultations/<int:number>/opinion")
@needs("open")
def opinion(number: int) -> str:
    """The form of an opinion."""
    shown = public.consultation(workplace(), number, now_day())
    return render_template(
        "public/opinion.html",
        h=shown,
        items=public.items_of(shown),
        given=opinions.asked(),
        wrong="",
    )


@blueprint.post("/consultations/<int:number>/opinion")
@needs("open")
def send(number: int) -> opinions.Answered:
    """Takes an opinion: looked at again first, then kept."""
    wp = workplace()

    def put(clean: dict[str, str], once: str) -> str:
        return public.send(wp, number, public.OpinionForm(**clean), now=now(), once=once)

    shown = public.consultation(wp, number, now_day())
    return opinions.taken(shown, public.items_of(shown), put)


@blueprint.get("/consultations/<int:number>/receipts")
@needs("open", asks=("receipt",))
def outcome(number: int) -> str:
    """What became of an opinion, by its receipt; before one is typed only the field for it."""
    typed = unicodedata.normalize("NFKC", request.args.get("receipt", "")).strip().upper()[:20]
    wp = workplace()
    shown = public.consultation(wp, number, now_day())
    state = None
    wrong = ""
    if typed:
        try:
            state = public.receipt_state(wp, number, typed, now_day())
        except PiaError as error:
            wrong = str(error)
    return render_template(
        "public/outcome.html",
        h=shown,
        receipt=typed,
        state=state,
        wrong=wrong,
        outcomes=wp.rules["outcomes"],
    )


@blueprint.get("/consultations/<int:number>/receipts/<receipt>")
@needs("open")
def receipt(number: int, receipt: str) -> str:
    """The receipt of an opinion."""
    if not public.received(workplace(), number, receipt[:20]):
        raise PiaError("その受付番号はありません。番号を確かめてください。")
    return render_template(
        "public/receipt.html",
        h=public.consultation(workplace(), number, now_day()),
        receipt=receipt,
    )


@blueprint.get("/published/<key>")
@needs("open")
def published(key: str) -> str:
    """A published assessment as it is now, with the days of its versions."""
    wp = workplace()
    days = public.published_days(wp, key, now_day())
    return render_template(
        "public/published.html",
        days=days,
        d=public.publication(wp, key, days[0][0], now_day()),
        came_from=public.came_from(wp, key, now_day()),
        key=key,
    )


@blueprint.get("/published/<key>/<int:number>")
@needs("open")
def publication(key: str, number: int) -> str:
    """A published assessment as it was on one of its days."""
    return _document(public.publication(workplace(), key, number, now_day()))


# ---- 個人情報ファイル簿


@blueprint.get("/files")
@needs("open", asks=("q", "office", "page"))
def files() -> str:
    """The public 個人情報ファイル簿, a page of it."""
    offices = file_register.public_departments(workplace(), now_day())
    typed = request.args.get("office", "")
    office = int(typed) if typed in {str(number) for number, _ in offices} else None
    words = request.args.get("q", "")[:100]
    first = paging.first(file_register.PAGE)
    lines, whole = file_register.public_list(workplace(), now_day(), words.split(), office, first)
    pages = paging.Pages(first, file_register.PAGE, whole)
    return render_template(
        "public/files.html",
        lines=lines,
        whole=whole,
        pages=pages,
        offices=offices,
        office=office,
        words=words,
    )


def files_on_one_page() -> str:
    """The same as one page without a search, for a host that only gives files away."""
    _, whole = file_register.public_list(workplace(), now_day(), most=1)
    lines, _ = file_register.public_list(workplace(), now_day(), most=max(whole, 1))
    return render_template("public/files.html", lines=lines, whole=whole, pages=None)


@blueprint.get("/files/<int:number>")
@needs("open")
def file(number: int) -> str:
    """A file of the public register, with the days it was published."""
    shown = file_register.public_one(workplace(), number, now_day())
    return render_template("public/file.html", file=shown)


@blueprint.get("/files/workbook")
@needs("open")
def files_workbook() -> Response:
    """The public register as a workbook."""
    name = file_name("xlsx", file_register_xlsx.TITLE)
    return attachment(file_register.public_book(workplace(), now_day()), name, XLSX)


@blueprint.get("/files/<int:number>/sheet.pdf")
@needs("open")
def file_sheet(number: int) -> Response:
    """The 単票 of a file as a PDF."""
    name, body = file_register.public_sheet(workplace(), number, now_day())
    return attachment(body, file_name("pdf", file_register_xlsx.TITLE, name), "application/pdf")


@blueprint.get("/registers/affairs")
@needs("open", asks=("q", "page"))
def notified() -> str:
    """The register of 個人情報取扱事務 of the bodies that keep one."""
    return notified_page(False)


def notified_page(whole: bool) -> str:
    """The same; `whole`: in one page and without a search, where there is nobody to answer one."""
    wp = workplace()
    words = "" if whole else request.args.get("q", "")[:100]
    most = affair_books.MOST if whole else _NOTIFIED
    first = 0 if whole else paging.first(most)
    wanted = affair_notices.open_to_all(wp, tuple(words.split()))
    page = affair_notices.page(wp, wanted, first, most)
    return render_template(
        "public/notified.html",
        page=page,
        pages=paging.Pages(first, most, page.whole),
        words=words,
        bodies=affair_notices.kept_bodies(wp),
        searches=not whole,
    )


@blueprint.get("/registers/affairs.xlsx")
@needs("open", asks=("q",))
def notified_workbook() -> Response:
    """The register as a workbook."""
    wp = workplace()
    words = request.args.get("q", "")[:100]
    wanted = affair_notices.open_to_all(wp, tuple(words.split()))
    data = affair_books.register(wp, wanted, numbers=False)
    return attachment(data, "個人情報取扱事務登録簿.xlsx", affair_books.XLSX)


@blueprint.get("/registers/affairs/<int:number>")
@needs("open")
def notified_affair(number: int) -> str:
    """One 個人情報取扱事務 as it is registered, with its notices and what each changed."""
    view = affair_notices.open_record(workplace(), number)
    return render_template("public/notified_affair.html", view=view)
