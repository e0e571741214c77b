"""A body's own form of 個人情報取扱事務の届出 and of 個人情報ファイル簿: words, order, choices,
fields of its own (個人情報保護法第75条第1項・第5項).

Knows forms of the web. What may be left out, the acts say.
"""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import register_forms as acts
from ...actions.steps.register_forms import OwnField
from ...domain.document.form import FormNode
from ...store.rows.registers import AFFAIR, FILE
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("register_forms", __name__)
TITLES = {AFFAIR: "届出書の項目", FILE: "単票の項目"}


def _page(register: str, number: int, to: str) -> str:
    wp = workplace()
    return render_template(
        "office/register_form.html",
        title=TITLES[register],
        of_files=register == FILE,
        offered=acts.offered(wp, register, number),
        fixed=acts.fixed,
        to=to,
    )


def _set(register: str, number: int) -> None:
    """Keeps what was typed of a body's form."""
    wp = workplace()
    typed = [_typed(line) for line in acts.offered(wp, register, number).fields]
    added = inputs.line("added", "加える項目", most=60, need=False)
    acts.set_form(wp, by(), register, number, typed, added)


def _typed(line: FormNode) -> OwnField:
    options = ""
    if line.options:
        options = inputs.text(f"{line.id}-options", "選択肢", most=4_000, need=False)
    return OwnField(
        line.id,
        inputs.line(f"{line.id}-label", f"{line.plain_label}の名前", most=60),
        inputs.number(f"{line.id}-place", f"{line.plain_label}の順番", most=99) or 0,
        inputs.ticked(f"{line.id}-need"),
        options,
    )


@blueprint.get("/notices/rules/<int:number>/form")
@needs("office", number="notifying_body")
def of_affairs(number: int) -> str:
    """The fields of a body's 届出書."""
    return _page(AFFAIR, number, url_for("register_forms.set_affairs", number=number))


@blueprint.post("/notices/rules/<int:number>/form")
@needs("office", number="notifying_body")
@shows(of_affairs)
def set_affairs(number: int) -> Answer:
    """The fields of a body's 届出書 from now on; notices of before keep theirs."""
    _set(AFFAIR, number)
    return done("届出書の項目を記録しました。", url_for("affair_notices.rules"))


@blueprint.get("/file-register/forms/<int:number>")
@needs("office", number="notifying_body")
def of_files(number: int) -> str:
    """The items of a body's 単票."""
    return _page(FILE, number, url_for("register_forms.set_files", number=number))


@blueprint.post("/file-register/forms/<int:number>")
@needs("office", number="notifying_body")
@shows(of_files)
def set_files(number: int) -> Answer:
    """The items of a body's 単票 from now on; texts of before keep theirs."""
    _set(FILE, number)
    return done("単票の項目を記録しました。", url_for("file_register.listed"))
