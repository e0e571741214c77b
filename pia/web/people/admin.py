"""The administrator's pages: accounts with their roles, departments with their affairs and people,
resets, and the record of what was done."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.access import act_names, roles
from ...actions.people import departments as offices
from ...actions.people import passwords, registration, sign_in
from ...actions.people import sso as ties
from ...actions.viewing import history
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, proven, shows
from ..sso import ways

blueprint = Blueprint("admin", __name__)


@blueprint.get("/accounts")
@needs("admin")
def accounts() -> str:
    """Everybody who may sign in."""
    wp = workplace()
    return render_template(
        "admin/accounts.html",
        people=registration.people(wp),
        roles=roles.ROLES,
        bodies=registration.bodies(wp),
        sso=ways.name(),
        numbers=bool(ways.issuers()),
    )


@blueprint.post("/accounts")
@needs("admin")
@shows(accounts)
def add() -> Answer:
    """Registers an account."""
    wp = workplace()
    name = inputs.line("name", "サインインの名前", most=60)
    shown = inputs.line("shown", "画面に出す名前", most=60)
    role = inputs.choice("role", "役割", roles.ROLES)
    body = inputs.choice("body", "評価実施機関", [*registration.bodies(wp), ""])
    department = inputs.line("department", "所属", most=60, need=role in ("drafter", "head"))
    password = inputs.text(
        "password", "はじめのパスワード", most=passwords.MOST + 1, need=not ways.name()
    )
    registration.add_account(
        wp,
        by(),
        registration.NewAccount(
            name, shown, role, body or "（評価実施機関名なし）", department or None
        ),
        password or None,
    )
    return done(f"利用者「{name}」を登録しました。", url_for("admin.accounts"))


@blueprint.post("/accounts/<name>")
@needs("admin", name="account")
@shows(lambda name: accounts())
@proven
def change(name: str) -> Answer:
    """One change of an account at a time: a new password, another role, stopped or let in again,
    its second factor dropped, tied to a person of the city's own sign-in."""
    wp = workplace()
    what = request.form.get("what", "")
    if what == "password":
        sign_in.set_password(
            wp, by(), name, inputs.text("password", "新しいパスワード", most=passwords.MOST + 1)
        )
    elif what == "role":
        sign_in.set_role(wp, by(), name, inputs.choice("role", "役割", roles.ROLES))
    elif what == "second":
        how = inputs.line("how", "本人であることをどう確かめたか")
        sign_in.drop_second(wp, by(), name, how)
    elif what == "tie" and ways.issuers():
        ties.tie(wp, by(), name, ways.issuers(), inputs.line("number", "登録用の番号", most=20))
        return done(
            f"利用者「{name}」を「{ways.name()}」の人に結び付けました。", url_for("admin.accounts")
        )
    elif what == "untie":
        ties.untie(wp, by(), name)
    else:
        sign_in.set_active(wp, by(), name, what == "start")
    return done(
        f"利用者「{name}」を変えました。その人は、もう一度サインインします。",
        url_for("admin.accounts"),
    )


# What may be done with a department, one at a time.
CHANGES = ("rename", "up", "down", "move", "close", "open", "digital", "plain")


@blueprint.get("/departments")
@needs("admin")
def departments() -> str:
    """The departments of every body, with their affairs and people."""
    wp = workplace()
    listed = offices.listed(wp)
    targets = {}
    for department in listed:
        targets[department.id] = _targets(department, listed)
    grouped = groupby(listed, lambda department: department.body)
    opened = (request.view_args or {}).get("number")
    return render_template(
        "admin/departments.html",
        bodies=[(body, list(departments)) for body, departments in grouped],
        targets=targets,
        known=registration.bodies(wp),
        opened=opened,
    )


def _targets(
    moved: offices.DepartmentView, listed: Iterable[offices.DepartmentView]
) -> list[tuple[int, str]]:
    """The open departments of the same body what a department holds may be moved to."""
    targets = []
    for other in listed:
        if other.body == moved.body and other.id != moved.id and not other.closed:
            targets.append((other.id, other.name))
    return targets


@blueprint.post("/departments")
@needs("admin")
@shows(departments)
def add_department() -> Answer:
    """Adds a department."""
    wp = workplace()
    name = inputs.line("department", "課の名前", most=60)
    offices.add(wp, by(), inputs.choice("body", "評価実施機関", registration.bodies(wp)), name)
    return done(f"「{name}」を加えました。", url_for("admin.departments"))


@blueprint.post("/departments/<int:number>")
@needs("admin", number="department", to="department")
@shows(lambda number: departments())
def department(number: int) -> Answer:
    """One change of a department at a time: its name, its place, closed or open again, or what it
    holds moved to another."""
    wp = workplace()
    what = inputs.choice("what", "操作", CHANGES)
    if what == "rename":
        offices.rename(wp, by(), number, inputs.line("name", "新しい名前", most=60))
    elif what == "move":
        to = inputs.number("to", "移す先", most=2**31 - 1) or 0
        offices.move(wp, by(), number, to, _ids("affair"), _ids("person"))
    elif what in ("up", "down"):
        offices.shift(wp, by(), number, what == "up")
    elif what in ("digital", "plain"):
        offices.set_digital(wp, by(), number, what == "digital")
    elif what == "close":
        offices.close(wp, by(), number)
    else:
        offices.reopen(wp, by(), number)
    words = {
        "rename": "課の名前を変えました。前の名前は記録に残ります。",
        "move": "ほかの課に移しました。",
        "digital": "情報部門にしました。",
        "plain": "情報部門ではなくしました。",
        "close": "課を閉じました。",
        "open": "課を開き直しました。",
    }
    return done(words.get(what, "並びを変えました。"), url_for("admin.departments"))


def _ids(field: str) -> list[int]:
    numbers = []
    for value in request.form.getlist(field)[:1_000]:
        if _is_number(value):
            numbers.append(int(value))
    return numbers


def _is_number(value: str) -> bool:
    """Whether a value can be the number of a row."""
    return value.isascii() and value.isdigit() and len(value) < 10


@blueprint.get("/ledger")
@needs("audit", asks=("before", "actor"))
def ledger() -> str:
    """What was done, by whom, when; newest first, a page at a time."""
    before = request.args.get("before", "")[:2_000]
    entries = history.record(workplace(), before, request.args.get("actor", "")[:100])
    return render_template(
        "admin/record.html",
        entries=entries,
        called={entry.action: act_names.words(entry.action) for entry in entries},
        documents=history.documents_of(workplace(), entries),
        roles=roles.ROLES.get,
        older=history.older(before, entries),
        actor=request.args.get("actor", ""),
    )
