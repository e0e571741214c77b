"""The administrator's pages: accounts with their roles and departments, resets, and the record of what was done."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ..actions import access, reading, registering
from ..actions import elsewhere as ties
from . import elsewhere, inputs
from .gate import by, done, needs, shows, workplace

blueprint = Blueprint("admin", __name__)


@blueprint.get("/accounts")
@needs("admin")
def accounts() -> str:
    wp = workplace()
    return render_template("admin/accounts.html", people=registering.people(wp), roles=registering.ROLES, bodies=registering.bodies(wp), elsewhere=elsewhere.name())


@blueprint.post("/accounts")
@needs("admin")
@shows(accounts)
def add() -> Answer:
    wp = workplace()
    name, shown = inputs.line("name", "サインインの名前", most=60), inputs.line("shown", "画面に出す名前", most=60)
    role = inputs.choice("role", "役割", registering.ROLES)
    body = inputs.choice("body", "評価実施機関", [*registering.bodies(wp), ""])
    department = inputs.line("department", "所属", most=60, need=role in ("drafter", "head"))
    password = inputs.text("password", "はじめのパスワード", most=access.MOST + 1, need=not elsewhere.name())
    registering.add_account(wp, by(), name, shown, role, body or "（評価実施機関名なし）", department or None, password or None)
    return done(f"利用者「{name}」を登録しました。", url_for("admin.accounts"))


@blueprint.post("/accounts/<name>")
@needs("admin")
@shows(lambda name: accounts())
def change(name: str) -> Answer:
    """One change of an account at a time: a new password, another role, stopped or let in again, its second factor dropped, tied to a person of the city's own sign-in."""
    wp, what = workplace(), request.form.get("what", "")
    if what == "password":
        access.set_password(wp, by(), name, inputs.text("password", "新しいパスワード", most=access.MOST + 1))
    elif what == "role":
        access.set_role(wp, by(), name, inputs.choice("role", "役割", registering.ROLES))
    elif what == "second":
        access.drop_second(wp, by(), name)
    elif what == "tie" and (provider := elsewhere.provider()):
        ties.tie(wp, by(), name, provider.issuer, inputs.line("number", "登録用の番号", most=20))
        return done(f"利用者「{name}」を「{provider.name}」の人に結び付けました。", url_for("admin.accounts"))
    elif what == "untie":
        ties.untie(wp, by(), name)
    else:
        access.set_active(wp, by(), name, what == "start")
    return done(f"利用者「{name}」を変えました。その人は、もう一度サインインします。", url_for("admin.accounts"))


@blueprint.get("/record")
@needs("audit")
def record() -> str:
    """What was done, by whom, when; newest first, a page at a time."""
    asked = request.args.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    return render_template("admin/record.html", entries=reading.record(workplace(), before, request.args.get("actor", "")[:100]), actor=request.args.get("actor", ""))
