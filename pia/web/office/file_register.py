"""個人情報ファイル簿 inside the house: its list, the 単票 with its history and what other documents
say of it, typed and put right, filled from the 評価書, left out, published and ended (個人情報保護
法第75条第1項から第3項).

Knows forms. A department writes its own files; what goes out, the office decides. What must hold,
the acts say.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records import file_register as files
from ...actions.steps import file_register as acts
from ...actions.viewing import corrections
from ...actions.viewing import file_register as views
from ...documents.papers import file_register_xlsx
from ...domain.document.form import FormNode
from ...domain.document.items import build
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.registers.model import RegisterForm
from .. import inputs, paging
from ..actor import by, now_day, who, workplace
from ..allowed import is_of_theirs, may, must_be_of_theirs, own_department
from ..answers import attachment, done, file_name
from ..declared import needs, shows

blueprint = Blueprint("file_register", __name__)
_LIST = 20_000  # letters of a list
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/file-register")
@needs("read", asks=("q", "office", "page"))
def listed() -> str:
    """The files of the house, by department."""
    wp = workplace()
    offices = views.departments(wp)
    office = request.args.get("office", "", type=str)
    chosen = int(office) if office in {str(number) for number, _ in offices} else None
    words = request.args.get("q", "")[:100]
    first = paging.first(views.PAGE)
    lines, whole = views.listed(wp, words.split(), chosen, first)
    return render_template(
        "office/files.html",
        lines=lines,
        pages=paging.Pages(first, views.PAGE, whole),
        offices=offices,
        office=chosen,
        bodies=views.bodies(wp) if may("office") else [],
        words=words,
        whole=whole,
    )


@blueprint.get("/file-register/workbook")
@needs("read")
def workbook() -> Response:
    """The public register as a workbook: what anybody may read, and nothing else."""
    book = views.public_book(workplace(), now_day())
    return attachment(book, file_name("xlsx", file_register_xlsx.TITLE), XLSX)


@blueprint.get("/file-register/<int:number>/sheet.pdf")
@needs("read", number="file_record")
def sheet(number: int) -> Response:
    """The 単票 of a published file, as anybody may read it."""
    name, body = views.public_sheet(workplace(), number, now_day())
    return attachment(body, file_name("pdf", file_register_xlsx.TITLE, name), "application/pdf")


# ---- typing a 単票


def _own() -> int | None:
    """The department whose files alone this person may write; None for all."""
    if own_department("draft") is None:
        return None
    return who().department_id or 0


def _page_of_form(number: int | None, typed: views.Typed, body: int = 0) -> str:
    wp = workplace()
    form = typed.form
    others = []
    for each, name, form_id in views.bodies(wp, _own()):
        if form_id != form.form.id:
            others.append((each, name))
    return render_template(
        "office/file_form.html",
        number=number,
        body=body,
        name=typed.values.get(files.roles()["name"], "") if number else "",
        lines=[views.item_line(wp, line, "") for line in form.fields],
        kinds={line.id: line for line in form.fields},
        required=form.required,
        typed_now=typed,
        offices=views.departments(wp, _own(), form),
        others=others,
        affairs=views.affairs(wp),
    )


@blueprint.get("/file-register/new")
@needs("draft", asks=("body",))
def new() -> str:
    """The form of a file that is not in the register: that of the body that is asked for, else of
    the first one somebody may write for."""
    wp = workplace()
    known = [number for number, _, _ in views.bodies(wp, _own())]
    asked = request.values.get("body", "", type=str)
    body = next((number for number in known if str(number) == asked), known[0] if known else 0)
    return _page_of_form(None, views.blank(wp, body, _own() or 0), body)


@blueprint.post("/file-register")
@needs("draft")
@shows(new)
def create() -> Answer:
    """A file that is not in the register yet."""
    number = acts.create(workplace(), by(), _typed())
    words = "個人情報ファイル簿に登録しました。公表するまで、外には出ません。"
    return done(words, url_for("file_register.page", number=number))


@blueprint.get("/file-register/<int:number>/edit")
@needs("draft", number="file_record")
def edit(number: int) -> str:
    """The form of a file as it is now."""
    _must_be_theirs(number)
    return _page_of_form(number, views.typed(workplace(), number))


@blueprint.post("/file-register/<int:number>/edit")
@needs("draft", number="file_record")
@shows(edit)
def change(number: int) -> Answer:
    """A file put right: another version of it."""
    _must_be_theirs(number)
    seen = inputs.number("seen", "版", most=1_000_000_000) or 0
    acts.change(workplace(), by(), number, _typed(views.typed(workplace(), number)), seen)
    words = "修正しました。前の記載は履歴に残ります。公表した内容は、次の公表まで変わりません。"
    return done(words, url_for("file_register.page", number=number))


def _typed(now: views.Typed | None = None) -> acts.NewFile:
    """A 単票 as a form sent it; `now`: what it says before."""
    department = inputs.number("department", "所属", need=False) or 0
    if department:
        must_be_of_theirs("draft", department)
    affair = request.form.get("affair", "")
    known = {key for key, _ in views.affairs(workplace())}
    if affair and affair not in known:
        raise inputs.Unfit("affair", "「評価書の事務」を選び直してください。")
    form = now.form if now is not None else views.form_for(workplace(), department)
    answers = []
    for line in form.fields:
        answer = _answer(line, now.values.get(line.id, "") if now is not None else "")
        if answer:
            answers.append(((line.id,), answer))
    why = inputs.line("why", "修正の理由", need=False) if "why" in request.form else ""
    tree = build(form.form, answers)
    return acts.NewFile(department, affair, tree, why)


def _answer(line: FormNode, now: str) -> Any:
    """What was typed into an item; `now`: what stands there, which may be no option."""
    if line.kind == "choice_one":
        if not request.form.get(line.id):
            return None
        return inputs.choice(line.id, line.label, {now, *(option.label for option in line.options)})
    if line.kind == "table":
        words = inputs.text(line.id, line.label, most=_LIST, need=False)
        return [{"cells": [cell.strip()]} for cell in words.split("\n") if cell.strip()]
    if line.size == "short":
        return inputs.line(line.id, line.label, need=False)
    return inputs.text(line.id, line.label, most=inputs.PARAGRAPH, need=False).strip()


def _must_be_theirs(number: int) -> None:
    must_be_of_theirs("draft", views.department_of(workplace(), number))


# ---- filled from other documents of the affair


@blueprint.get("/file-register/<int:number>/filling")
@needs("draft", number="file_record", asks=("file",))
def filling(number: int) -> str:
    """What the 評価書 and the notice of the same affair say, item by item."""
    _must_be_theirs(number)
    wp = workplace()
    file = request.values.get("file", "")
    return render_template(
        "office/file_filling.html",
        view=views.one(wp, number),
        fillings=views.fillings(wp, number, file),
        file=file,
    )


@blueprint.post("/file-register/<int:number>/filling")
@needs("draft", number="file_record")
@shows(filling)
def take(number: int) -> Answer:
    """What somebody chose of it becomes another version."""
    _must_be_theirs(number)
    wp = workplace()
    file = request.form.get("file", "")
    source = request.form.get("source", "")
    offered = next((each for each in views.fillings(wp, number, file) if each.id == source), None)
    if offered is None:
        raise PiaError("写す元が変わりました。画面を開き直してください。")
    may_take = {each.field for each in offered.items if not each.same and not each.hidden}
    chosen = inputs.many("take", "写す項目", may_take)
    now = views.typed(wp, number)
    if now.gone:
        labels = "・".join(label for label, _ in now.gone)
        raise PiaError(
            f"いまの様式にない項目（{labels}）があります。先に「直す」で確かめてください。"
        )
    words = {**now.values}
    origins = []
    for each in offered.items:
        if each.field in chosen:
            words[each.field] = each.words
            origins.append(f"{each.label}：{each.origin}")
    seen = inputs.number("seen", "版", most=1_000_000_000) or 0
    if seen != now.seen:
        raise PiaError("このファイルは、ほかの人が先に直しました。画面を開き直してください。")
    why = f"写した項目　{'、'.join(origins)}"
    new = acts.NewFile(now.department, now.affair, _tree(now.form, words), why)
    acts.change(wp, by(), number, new, seen)
    said = f"{len(chosen)}項目を写しました。"
    return done(said, url_for("file_register.page", number=number))


def _tree(form: RegisterForm, words: dict[str, str]) -> Tree:
    answers: list[tuple[tuple[str, ...], Any]] = []
    for line in form.fields:
        said = words.get(line.id, "").strip()
        if said and line.kind == "table":
            rows = [{"cells": [cell.strip()]} for cell in said.split("\n") if cell.strip()]
            answers.append(((line.id,), rows))
        elif said:
            answers.append(((line.id,), said))
    return build(form.form, answers)


# ---- a file


@blueprint.get("/file-register/<int:number>")
@needs("read", number="file_record")
def page(number: int) -> str:
    """A file: its items, its history, what is left out of it, what other documents say of it."""
    wp = workplace()
    view = views.one(wp, number)
    return render_template(
        "office/file.html",
        view=view,
        grounds=views.grounds(wp, number),
        writes=view.lives and is_of_theirs("draft", view.department_id),
        issues=view.lives and may("office"),
        today=now_day(),
        read=wp.law["as_of"],
        put_right=corrections.of_file(wp, number),
    )


@blueprint.post("/file-register/<int:number>/publications")
@needs("office", number="file_record")
@shows(page)
def publish(number: int) -> Answer:
    """The text of a file goes into the public register."""
    day = inputs.must_day("published", "簿の公表日")
    seen = inputs.number("seen", "版", most=1_000_000_000) or 0
    acts.publish(workplace(), by(), number, day, seen)
    words = "公表しました。公表の画面とワークブックに載ります。"
    return done(words, url_for("file_register.page", number=number))


@blueprint.post("/file-register/<int:number>/omissions")
@needs("draft", number="file_record")
@shows(page)
def leave_out(number: int) -> Answer:
    """A file, an item or a line of one stays out of the public register."""
    _must_be_theirs(number)
    wp = workplace()
    known = views.grounds(wp, number)
    what = inputs.choice("what_out", "記載しないもの", ("file", "part", "item"))
    if what == "file":
        ground = inputs.choice("ground", "掲載しない理由", dict(known.exemptions))
        new = acts.NewOmission("", "", ground, _reason("reason_file"))
    elif what == "part":
        part = inputs.choice("part", "記載しない項目名", known.parts)
        new = acts.NewOmission(files.roles()["items"], part, "", _reason("reason_part"))
    else:
        field = inputs.choice("field", "記載しない事項", dict(known.items))
        new = acts.NewOmission(field, "", "", _reason("reason_item"))
    acts.leave_out(wp, by(), number, new)
    words = "記録しました。公表の画面・ワークブック・検索には、いまから出ません。"
    return done(words, url_for("file_register.page", number=number))


def _reason(field: str) -> str:
    return inputs.text(field, "理由", most=inputs.PARAGRAPH)


@blueprint.post("/file-register/<int:number>/end")
@needs("office", number="file_record")
@shows(page)
def end(number: int) -> Answer:
    """A file is kept no more."""
    day = inputs.must_day("ended", "保有をやめた日")
    why = inputs.text("why", "理由", most=inputs.PARAGRAPH)
    acts.end(workplace(), by(), number, day, why)
    words = "廃止を記録しました。簿から外れ、履歴は残ります。"
    return done(words, url_for("file_register.page", number=number))


@blueprint.post("/file-register/<int:number>/reopening")
@needs("office", number="file_record")
@shows(page)
def reopen(number: int) -> Answer:
    """An end that was recorded by mistake is taken back."""
    why = inputs.text("reopening", "取り消す理由", most=inputs.PARAGRAPH)
    acts.reopen(workplace(), by(), number, why)
    words = "廃止の記録を取り消しました。"
    return done(words, url_for("file_register.page", number=number))
