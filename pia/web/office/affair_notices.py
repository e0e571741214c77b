"""個人情報取扱事務の届出: the register, an affair with its history, 開始・変更・廃止 as they are
typed, put right and taken back, and how a body keeps its register (個人情報保護法第75条第5項).

Knows forms. What a notice must say, the acts say.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.output import affair_books
from ...actions.steps import affair_notices as acts
from ...actions.viewing import affair_notices as views
from ...actions.viewing import file_register
from ...actions.viewing.affair_notices import BodyChoice, RecordView
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.registers.model import BEGIN, CHANGE, END
from ...store.queries.registers import RegisterFilter
from ...store.rows.registers import AFFAIR
from .. import inputs, paging
from ..actor import by, now_day, who, workplace
from ..allowed import lines
from ..answers import attachment, chosen, done, numbered
from ..declared import needs, shows
from . import notice_fields

blueprint = Blueprint("affair_notices", __name__)
PAGE = 50
STATES = {"LIVE": "取扱中", "ENDED": "廃止", "all": "すべて"}
MONTHS = [(str(month), f"{month}月") for month in range(1, 13)]


def own_department() -> int | None:
    """The department somebody may write for, where they may for no other; 0 where they have
    none."""
    if who().role in lines()["draft"].get("own", ()):
        return who().department_id or 0
    return None


def asked() -> RegisterFilter:
    """What the address asks of the register; people of a department begin with their own."""
    state = chosen("state", tuple(STATES))
    department = numbered(request.args.get("department", ""))
    if "department" not in request.args:
        department = own_department() or None
    return RegisterFilter(
        AFFAIR,
        body=numbered(request.args.get("body", "")),
        department=department,
        state="" if state == "all" else state,
        words=tuple(request.args.get("q", "")[:100].split()),
    )


@blueprint.get("/notices")
@needs("read", asks=("body", "department", "state", "q", "page"))
def listed() -> str:
    """The register of 個人情報取扱事務."""
    wp = workplace()
    with wp.store.moment():
        wanted = asked()
        bodies = views.bodies(wp)
        first = paging.first(PAGE)
        page = views.page(wp, wanted, first, PAGE)
    return render_template(
        "office/affair_notices.html",
        page=page,
        pages=paging.Pages(first, PAGE, page.whole),
        wanted=wanted,
        words=request.args.get("q", "")[:100],
        state=chosen("state", tuple(STATES)),
        states=STATES,
        bodies=bodies,
        kept=[body for body in bodies if body.kept.kept],
        departments=_departments(bodies),
    )


def _departments(bodies: Sequence[BodyChoice]) -> list[tuple[int, str]]:
    """The departments of the bodies that keep a register; with their body where there are
    several."""
    kept = [body for body in bodies if body.kept.kept]
    found = []
    for body in kept:
        for number, name in body.departments:
            found.append((number, f"{body.name}　{name}" if len(kept) > 1 else name))
    return found


@blueprint.get("/notices/register.xlsx")
@needs("read", asks=("body", "department", "state", "q"))
def workbook() -> Response:
    """The register as a workbook, a row an affair, as it can be brought in again."""
    data = affair_books.register(workplace(), asked(), numbers=True)
    return attachment(data, "個人情報取扱事務登録簿.xlsx", affair_books.XLSX)


# ---- 開始


def _body(number: int | None) -> BodyChoice:
    """The body a notice is for: the one that is asked for, else the only one, else that of the
    person's department."""
    kept = [body for body in views.bodies(workplace()) if body.kept.kept]
    if not kept:
        raise PiaError(acts.NOT_KEPT)
    for body in kept:
        mine = who().department_id in dict(body.departments)
        if body.id == number or (number is None and mine):
            return body
    if number is not None:
        raise PiaError(acts.NOT_KEPT)
    return kept[0]


def _offices(body: BodyChoice) -> list[tuple[int, str]]:
    own = own_department()
    if own is None:
        return list(body.departments)
    return [office for office in body.departments if office[0] == own]


@blueprint.get("/notices/new")
@needs("draft", asks=("body",))
def new() -> str:
    """The form of a 開始届出書."""
    return _blank(_body(numbered(request.args.get("body", ""))), None)


def _blank(body: BodyChoice, tree: Tree | None, unread: Sequence[object] = ()) -> str:
    return render_template(
        "office/affair_notice_new.html",
        body=body,
        bodies=[each for each in views.bodies(workplace()) if each.kept.kept],
        fields=notice_fields.fields_of(body.kept.form, tree),
        departments=_offices(body),
        mine=who().department_id,
        today=now_day(),
        unread=unread,
    )


@blueprint.post("/notices/new")
@needs("draft", body="notifying_body")
@shows(new)
def begin() -> Answer:
    """Takes a 開始届出書."""
    number = numbered(request.form.get("body", ""))
    body = _body(number)
    made = acts.file(
        workplace(),
        by(),
        acts.NewAffairNotice(
            act=BEGIN,
            body=body.id,
            tree=notice_fields.typed(body.kept.form),
            department=_department(body),
            filed=inputs.must_day("filed", "届出日"),
            effective=inputs.day("effective", "事務を始める日", need=False),
            own=own_department(),
        ),
    )
    return _done("開始の届出を記録しました。", made)


def _department(body: BodyChoice) -> int:
    offices = {str(number) for number, _ in _offices(body)}
    return int(inputs.choice("department", "所属", offices))


def _done(words: str, made: acts.FiledNotice) -> Answer:
    said = "".join((words, *made.warnings))
    return done(said, url_for("affair_notices.page", number=made.record))


# ---- an affair


@blueprint.get("/notices/<int:number>")
@needs("read", number="notified_affair")
def page(number: int) -> str:
    """An affair: what is registered now, each notice with what it changed, and how it stands beside
    the 評価書."""
    wp = workplace()
    view = views.record(wp, number)
    return render_template(
        "office/notified_affair.html",
        view=view,
        number=number,
        writes=_writes(view),
        affairs=views.affairs_of(wp, view.row.body_id),
        today=now_day(),
        files=file_register.of_affair(wp, view.affair[0] if view.affair is not None else ""),
    )


def _writes(view: RecordView) -> bool:
    own = own_department()
    return own is None or own == view.row.department_id


@blueprint.post("/notices/<int:number>/affair")
@needs("office", number="notified_affair", affair="affair")
@shows(page)
def link(number: int) -> Answer:
    """The 評価書 of the same affair."""
    acts.link(workplace(), by(), number, request.form.get("affair", ""))
    here = url_for("affair_notices.page", number=number)
    return done("同じ事務の評価書を記録しました。", here)


@blueprint.get("/notices/<int:number>/change")
@needs("draft", number="notified_affair")
def change(number: int) -> str:
    """The form of a 変更届出書, filled with what is registered."""
    view = views.record(workplace(), number)
    body = _body(view.row.body_id)
    return render_template(
        "office/affair_notice_change.html",
        view=view,
        number=number,
        body=body,
        fields=notice_fields.fields_of(body.kept.form, view.tree),
        departments=_offices(body),
        today=now_day(),
    )


@blueprint.post("/notices/<int:number>/change")
@needs("draft", number="notified_affair")
@shows(change)
def changed(number: int) -> Answer:
    """Takes a 変更届出書."""
    body = _body(views.record(workplace(), number).row.body_id)
    made = acts.file(
        workplace(),
        by(),
        acts.NewAffairNotice(
            act=CHANGE,
            body=body.id,
            record=number,
            tree=notice_fields.typed(body.kept.form),
            department=_department(body),
            filed=inputs.must_day("filed", "届出日"),
            effective=inputs.day("effective", "変更する日", need=False),
            why=inputs.text("why", "変更の理由", most=inputs.PARAGRAPH, need=False),
            own=own_department(),
        ),
    )
    return _done("変更の届出を記録しました。", made)


@blueprint.get("/notices/<int:number>/end")
@needs("draft", number="notified_affair")
def end(number: int) -> str:
    """The form of a 廃止届出書."""
    view = views.record(workplace(), number)
    return render_template(
        "office/affair_notice_end.html",
        view=view,
        number=number,
        departments=_offices(_body(view.row.body_id)),
        today=now_day(),
    )


@blueprint.post("/notices/<int:number>/end")
@needs("draft", number="notified_affair")
@shows(end)
def ended(number: int) -> Answer:
    """Takes a 廃止届出書."""
    body = _body(views.record(workplace(), number).row.body_id)
    made = acts.file(
        workplace(),
        by(),
        acts.NewAffairNotice(
            act=END,
            body=body.id,
            record=number,
            tree=None,
            department=_department(body),
            filed=inputs.must_day("filed", "届出日"),
            effective=inputs.day("effective", "廃止する日", need=False),
            why=inputs.text("why", "廃止の理由", most=inputs.PARAGRAPH),
            own=own_department(),
        ),
    )
    return _done("廃止の届出を記録しました。", made)


# ---- put right


@blueprint.get("/notices/acts/<int:number>/correction")
@needs("draft", number="affair_notice")
def correction(number: int) -> str:
    """The form that puts a notice right: as it was typed."""
    told = views.act(workplace(), number)
    body = _body(told.row.body_id)
    return render_template(
        "office/affair_notice_correction.html",
        told=told,
        number=number,
        what=told.form.words[told.row.act],
        cited=views.numbered(told.row),
        fields=notice_fields.fields_of(told.form, told.tree),
        departments=_offices(body),
        with_why=told.row.act in (CHANGE, END),
    )


@blueprint.post("/notices/acts/<int:number>/correction")
@needs("draft", number="affair_notice")
@shows(correction)
def correct(number: int) -> Answer:
    """Puts a notice right; what was typed is kept."""
    told = views.act(workplace(), number)
    body = _body(told.row.body_id)
    new_act = acts.NewAffairNotice(
        act=told.row.act,
        body=body.id,
        tree=notice_fields.typed(told.form),
        department=_department(body),
        filed=inputs.must_day("filed", "届出日"),
        effective=inputs.day("effective", "開始・変更・廃止の日", need=False),
        why=inputs.text("why", "理由", most=inputs.PARAGRAPH, need=False),
        own=own_department(),
    )
    reason = inputs.text("reason", "訂正の理由", most=inputs.PARAGRAPH)
    record = acts.correct(workplace(), by(), number, new_act, reason)
    words = "届出を訂正しました。訂正の前の記載は、履歴に残っています。"
    return done(words, url_for("affair_notices.page", number=record))


@blueprint.post("/notices/acts/<int:number>/withdrawal")
@needs("draft", number="affair_notice")
@shows(correction)
def take_back(number: int) -> Answer:
    """Takes a notice back."""
    reason = inputs.text("reason_back", "取消しの理由", most=inputs.PARAGRAPH)
    record = acts.take_back(workplace(), by(), number, reason, own_department())
    words = "届出を取り消しました。記録は、履歴に残っています。"
    return done(words, url_for("affair_notices.page", number=record))


# ---- how a body keeps its register


@blueprint.get("/notices/rules")
@needs("office")
def rules() -> str:
    """How each body keeps its register."""
    wp = workplace()
    return render_template(
        "office/affair_notice_rules.html",
        bodies=views.bodies(wp),
        councils=views.councils(wp),
        periods=[(str(months), words) for months, words in acts.PERIODS.items()],
        months=MONTHS,
    )


@blueprint.post("/notices/rules/<int:number>")
@needs("office", number="notifying_body", council="council")
@shows(lambda number: rules())
def set_rule(number: int) -> Answer:
    """How a body keeps its register from now on."""
    periods = {str(months) for months in acts.PERIODS}
    council = numbered(request.form.get("council", ""))
    acts.set_rule(
        workplace(),
        by(),
        acts.NewRegisterRule(
            body=number,
            kept=inputs.ticked("kept"),
            ordinance=inputs.line("ordinance", "条例の名称", need=False),
            article=inputs.line("article", "条・項", need=False),
            months=int(inputs.choice("months", "報告の期間", periods)),
            first_month=int(inputs.choice("first_month", "期間の始まる月", dict(MONTHS))),
            council=council,
        ),
    )
    return done("届出の設定を記録しました。", url_for("affair_notices.rules"))
