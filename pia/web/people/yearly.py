"""年次点検: accounts and rights by department with their confirmation, privileged acts of a year,
the clocks and the reach of the record; each table also as a file."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, Response, current_app, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.issuing import classes
from ...actions.upkeep import audit, yearly
from ...actions.upkeep.yearly import Office
from ...documents.papers import listing
from ...documents.text.page import day, hour
from ...documents.word import writer
from ...domain import wareki
from ...domain.errors import PiaError
from ...store.ledger.log import AuditEntry
from .. import inputs, refusals
from ..actor import by, now, now_day, who, workplace
from ..answers import attachment, done
from ..declared import needs, shows

blueprint = Blueprint("yearly", __name__)
HEADINGS = (
    "所属",
    "利用者",
    "サインインの名前",
    "役割",
    "できること",
    "状態",
    "認証アプリ",
    "庁内の認証",
    "最後のサインイン",
    "確認",
)
ASKED = ("分野", "問い", "答え", "何から")
KINDS = listing.TYPES | {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
}
ACTS = ("番号", "日時", "だれが", "役割", "何を", "対象")


def _mine() -> int | None:
    """The department a head is bound to; None for those who see all."""
    me = who()
    if me.role != "head":
        return None
    if me.department_id is None:
        raise PiaError("所属が登録されていません。管理者に登録してもらってください。")
    return me.department_id


@blueprint.get("/yearly")
@needs("yearly")
def accounts() -> str:
    """The accounts of every department with what they may do, and whether that was confirmed."""
    offices = yearly.inventory(workplace(), now_day(), _mine())
    return render_template(
        "admin/yearly.html",
        offices=offices,
        year=yearly.fiscal(now_day()),
        roles=yearly.role_of,
        mark=yearly.mark,
        most=yearly.LONGEST,
        history=_history,
    )


def _history(number: int | None) -> list[AuditEntry]:
    return yearly.history(workplace(), number, now_day())


@blueprint.post("/yearly")
@needs("confirm")
@shows(accounts)
def confirm() -> Answer:
    """A head confirms their own department, the administrator the accounts without one."""
    yearly.confirm(
        workplace(),
        by(),
        _own(),
        _remark(),
        request.form.get("seen", ""),
    )
    return done("利用者と権限を確かめたことを記録しました。", url_for("yearly.accounts"))


@blueprint.post("/yearly/departments/<int:number>")
@needs("admin", number="department")
@shows(lambda number: accounts())
def confirm_for(number: int) -> Answer:
    """The administrator confirms a department that has no head."""
    yearly.confirm(workplace(), by(), number, _remark(), request.form.get("seen", ""))
    return done("利用者と権限を確かめたことを記録しました。", url_for("yearly.accounts"))


def _own() -> int | None:
    """The department a head answers for; None for the administrator, who answers for the rest."""
    me = who()
    if me.role == "head":
        return me.department_id
    return None


def _remark() -> str:
    return inputs.text("remark", "気付いたこと", most=yearly.LONGEST, need=False)


@blueprint.get("/yearly/accounts.<fmt>")
@needs("yearly")
def accounts_file(fmt: str) -> Response:
    """The same as a file."""
    year = yearly.fiscal(now_day())
    rows = []
    for office in yearly.inventory(workplace(), now_day(), _mine()):
        for row in _rows(office):
            rows.append(row)
    return _file(fmt, f"利用者・権限の棚卸し表（{wareki.fiscal(year)}）", HEADINGS, rows)


def _rows(office: Office) -> list[list[str]]:
    confirmed = _said(office)
    out = []
    for person in office.people:
        if person.active:
            state = "使えます"
        else:
            state = "停止中"
        if person.last:
            last = f"{day(person.last)} {hour(person.last)}"
        else:
            last = "記録なし"
        out.append(
            [
                office.name,
                person.shown,
                person.name,
                yearly.role_of(person.role),
                "、".join(person.rights),
                state,
                "あり" if person.second else "なし",
                f"{person.ties}件",
                last,
                confirmed,
            ]
        )
    return out


def _said(office: Office) -> str:
    if office.confirmed is None:
        return office.standing
    if office.changed:
        changed = f"（{'、'.join(office.changed)}）"
    else:
        changed = ""
    return (
        f"{office.standing}{changed}　{day(office.confirmed.at)} {office.confirmed.actor}　"
        f"{office.confirmed.detail['remark']}".rstrip()
    )


@blueprint.get("/yearly/acts")
@needs("audit", asks=("year", "actor", "action"))
def acts() -> str:
    """Privileged acts of a year, the clocks and how far the record reaches."""
    year, actor, action = _asked()
    entries = yearly.acts(workplace(), year, actor, action)
    clocks = current_app.extensions["pia.clocks"](workplace().store, now())
    return render_template(
        "admin/acts.html",
        entries=entries,
        year=year,
        actor=actor,
        action=action,
        years=yearly.years(workplace(), now_day()),
        kinds=yearly.PRIVILEGED,
        roles=yearly.role_of,
        clocks=clocks,
        at=now(),
        reach=yearly.reach(workplace()),
        anchors=current_app.extensions["pia.anchors"](),
    )


@blueprint.get("/yearly/acts.<fmt>")
@needs("audit", asks=("year", "actor", "action"))
def acts_file(fmt: str) -> Response:
    """Those acts as a file."""
    year, actor, action = _asked()
    rows = []
    for act in yearly.acts(workplace(), year, actor, action):
        rows.append(
            [
                str(act.seq),
                f"{day(act.at)} {hour(act.at)}",
                act.actor,
                yearly.role_of(act.role),
                yearly.PRIVILEGED.get(act.action, act.action),
                act.target,
            ]
        )
    return _file(fmt, f"権限を使った操作（{wareki.fiscal(year)}）", ACTS, rows)


def _asked() -> tuple[int, str, str]:
    """(年度, actor, action) of the address; what is none is today's and all."""
    known = yearly.years(workplace(), now_day())
    asked = request.args.get("year", "")
    if asked in set(map(str, known)):
        year = int(asked)
    else:
        year = known[0]
    action = request.args.get("action", "")
    if action not in yearly.PRIVILEGED:
        action = ""
    return year, request.args.get("actor", "")[:100], action


@blueprint.post("/yearly/corrections")
@needs("confirm")
@shows(accounts)
def correct() -> Answer:
    """A confirmation that was recorded wrongly: its remark put right, or all of it taken back."""
    return _correct(_own())


@blueprint.post("/yearly/departments/<int:number>/corrections")
@needs("admin", number="department")
@shows(lambda number: accounts())
def correct_for(number: int) -> Answer:
    """The same for a department without a head."""
    return _correct(number)


def _correct(number: int | None) -> Answer:
    back = inputs.ticked("back")
    reason = inputs.text("reason", "直す理由", most=yearly.LONGEST, need=False)
    yearly.correct(workplace(), by(), number, _remark(), reason, back)
    if back:
        words = "確認を取り消しました。"
    else:
        words = "確認を直しました。"
    return done(f"{words}前の記録も、そのまま残っています。", url_for("yearly.accounts"))


@blueprint.get("/yearly/answers")
@needs("audit")
def answers() -> str:
    """What the security audit asks, answered as far as the program knows; the rest by people."""
    grouped = [(name, list(group)) for name, group in groupby(_answers(), lambda one: one.about)]
    return render_template("admin/answers.html", groups=grouped, now=now(), most=audit.LONGEST)


def _answers() -> list[audit.AuditAnswer]:
    refusals.keep(workplace(), now(), at_once=True)
    clocks = current_app.extensions["pia.clocks"](workplace().store, now())
    config = current_app.extensions["pia.settings"]
    return audit.answers(workplace(), config, now(), clocks)


@blueprint.post("/yearly/answers")
@needs("admin")
@shows(answers)
def answer() -> Answer:
    """An answer a person gives where the program knows none."""
    key = inputs.choice("key", "問い", audit.BY_HAND)
    words = inputs.text("words", "答え", most=audit.LONGEST)
    reason = inputs.line("reason", "直す理由", need=False)
    audit.answer(workplace(), by(), key, words, reason)
    return done("答えを記録しました。", url_for("yearly.answers"))


@blueprint.get("/yearly/answers.<fmt>")
@needs("audit")
def answers_file(fmt: str) -> Response:
    """The answers as a file."""
    title = f"情報セキュリティ監査への回答（{wareki.fiscal(yearly.fiscal(now_day()))}）"
    about = f"{day(now())} {hour(now())} 現在"
    rows = []
    for one in _answers():
        rows.append((one.about, one.question, one.shown, one.of))
    if fmt == "docx":
        body = writer.write(listing.paper(title, [about], ASKED, rows, (70, 150, 215, 65)))
    elif fmt == "xlsx":
        body = listing.write(fmt, title, [about], ASKED, rows)
    else:
        raise PiaError("書き出せるのは docx と xlsx です。")
    has = classes.of(workplace(), classes.INNER)
    return attachment(body, f"{title}.{fmt}", KINDS[fmt], has)


def _file(fmt: str, title: str, headings: tuple[str, ...], rows: list[list[str]]) -> Response:
    body = listing.write(
        fmt, title, [f"{day(now())} {hour(now())} 現在　{len(rows)}件"], headings, rows
    )
    has = classes.of(workplace(), classes.INNER)
    return attachment(body, f"{title}.{fmt}", listing.TYPES[fmt], has)
