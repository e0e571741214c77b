"""Signing in and out, one's own password and second factor, and the tablets of a sitting with their
name plates.

Knows cookies and forms; what is right or wrong is said by `actions.people.sign_in`.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.people import passwords
from ...actions.people import sign_in as signing_in
from ...actions.steps import plates as plate_acts
from ...actions.steps import tablets
from .. import devices, inputs, pictures
from ..actor import by, now, who, workplace
from ..answers import done, local
from ..declared import needs, proven, settles, shows
from ..sso import ways

blueprint = Blueprint("signin", __name__)
SYSTEMS = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


def _begin(token: str) -> None:
    session.clear()  # a new session has a new token and a new form token
    session["t"] = token


def begin(token: str, to: str) -> Answer:
    """The first page of somebody who has just come in: where they wanted to go, else where their
    role begins."""
    _begin(token)
    me = signing_in.person(workplace(), token, now())
    first = url_for("today.page")
    if me.role == "tablet":
        first = url_for("council.agenda")
    return redirect(local(to, first), 303)


def home() -> str:
    """Where a person begins."""
    if who().role == "tablet":
        return url_for("council.agenda")
    return url_for("today.page")


@blueprint.get("/sign-in")
@needs("open", asks=("next",))
def page() -> str:
    """Signing in."""
    directory = ways.providers().directory
    return render_template(
        "signin/page.html",
        next=local(request.args.get("next", ""), ""),
        ways=ways.ways(),
        directory=directory.name if directory else "",
    )


@blueprint.post("/sign-in")
@needs("open")
@shows(page)
def sign_in() -> Answer:
    """With a name and a password: the directory's, where the city has one, else one of ours."""
    name = request.form.get("name", "")[:200]
    password = request.form.get("password", "")[:200]
    code = request.form.get("code", "")[:20]
    origin = devices.origin(name.strip())
    wp = workplace()
    token = ways.by_directory(
        wp, name.strip(), password, origin, now(), code
    ) or signing_in.sign_in(wp, name, password, code, now(), origin, _agent())
    return devices.remember(begin(token, request.form.get("next", "")), name.strip())


def _agent() -> str:
    """What this browser calls itself, as far as its person can tell one from another."""
    agent = request.headers.get("User-Agent", "")
    names = []
    for known in (SYSTEMS, BROWSERS):
        names.append(next((words for mark, words in known if mark in agent), ""))
    return "・".join(filter(None, names))


@blueprint.get("/sign-in/way-in/<token>")
@needs("open")
def way_in(token: str) -> str:
    """The address that was made on the server: looked at by a mail program it lets nobody in."""
    asks = signing_in.asks_code(workplace(), token[:100])
    return render_template("signin/way_in.html", token=token[:100], asks=asks)


@blueprint.post("/sign-in/way-in")
@needs("open")
@shows(lambda: way_in(request.form.get("token", "")[:100]))
def take_way_in() -> Answer:
    """Signs in with the address that was made on the server, once."""
    given = request.form.get("token", "")[:100]
    code = request.form.get("code", "")[:20]
    origin = devices.origin("")
    token = signing_in.take_way_in(workplace(), given, now(), _agent(), code, origin)
    return begin(token, "")


@blueprint.post("/sign-out")
@needs("open")
@settles
def sign_out() -> Answer:
    """Ends this session, or every one of this person."""
    came_by = session.get("e")
    signing_in.sign_out(workplace(), who(), now(), everywhere=request.form.get("everywhere") == "1")
    session.clear()
    if came_by:
        session["e"] = came_by
        return devices.forgotten(redirect(url_for("signin.entrance"), 303))
    words = "サインアウトしました。"
    if name := ways.name():
        words += (
            f"「{name}」のサインインは、そのままです。共用の端末では、ブラウザーも閉じてください。"
        )
    flash(words)
    answer = redirect(url_for("signin.page"), 303)
    answer.headers["Clear-Site-Data"] = (
        '"cache", "storage"'  # what a shared computer still holds of pages
    )
    return devices.forgotten(answer)


@blueprint.get("/me")
@needs("self", asks=("second",))
@settles
def me() -> str:
    """One's own account; a new second factor is shown until a code of it proves that it was taken
    over."""
    secret = ""
    picture = None
    if request.args.get("second") == "1" and not who().second:
        secret, address = signing_in.new_secret(who().name, "特定個人情報保護評価書")
        picture = pictures.of_address(address, 5)
    signed_in = signing_in.sessions(workplace(), who(), now())
    return render_template("signin/me.html", secret=secret, picture=picture, sessions=signed_in)


@blueprint.post("/me/sessions/<int:number>")
@needs("self")
@shows(lambda number: me())
@proven
def end(number: int) -> Answer:
    """Ends one's own session elsewhere: a browser somebody left open, or does not know."""
    signing_in.end_session(workplace(), by(), who(), number)
    return done("その端末のサインインを終えました。", url_for("signin.me"))


@blueprint.post("/me/password")
@needs("self")
@settles
@shows(me)
def password() -> Answer:
    """Another password of one's own; every session ends."""
    new = inputs.text("new", "新しいパスワード", most=passwords.MOST + 1)
    if new != request.form.get("again", ""):
        raise inputs.Unfit("again", "新しいパスワードが、2回とも同じではありません。")
    old = inputs.text("old", "今のパスワード", most=200)
    origin = devices.origin(who().name)
    signing_in.change_password(workplace(), by(), who().name, old, new, origin)
    session.clear()
    flash("パスワードを変えました。新しいパスワードでサインインしてください。")
    return redirect(url_for("signin.page"), 303)


@blueprint.post("/me/second")
@needs("self")
@settles
@shows(me)
@proven
def second() -> Answer:
    """Sets one's second factor, or drops it; every session ends."""
    if request.form.get("drop") == "1":
        signing_in.drop_second(workplace(), by(), who().name)
    else:
        signing_in.set_second(
            workplace(),
            by(),
            who().name,
            inputs.line("secret", "認証アプリの鍵", most=64),
            inputs.line("code", "確認の番号", most=10),
        )
    session.clear()
    flash("2つ目の確認の設定を変えました。もう一度サインインしてください。")
    return redirect(url_for("signin.page"), 303)


# ---- 会議の端末


@blueprint.get("/t/<token>")
@needs("open")
def door(token: str) -> Answer:
    """The address the secretariat shows on the day: a tablet that opens it stands in the room."""
    new = tablets.enter(workplace(), token[:100], now(), who())
    if new is not None:
        _begin(new)
        session["e"] = token[:100]
    return redirect(url_for("signin.plates"), 303)


@blueprint.get("/entrance")
@needs("open")
def entrance() -> str | Answer:
    """Where a tablet comes to whose session ended: the way back in by the entrance it came by."""
    if who().signed_in:
        return redirect(home(), 303)
    token = str(session.get("e", ""))
    found = tablets.entrance(workplace(), token)
    return render_template("signin/entrance.html", found=found, token=token)


@blueprint.get("/plates")
@needs("council")
def plates() -> str | Answer:
    """The name plates a tablet may ask for."""
    if who().role != "tablet":
        return redirect(home(), 303)
    wp = workplace()
    return render_template(
        "signin/plates.html",
        plates=tablets.on_the_table(wp, who()),
        code=plate_acts.code_of(wp, who()),
    )


@blueprint.post("/plates")
@needs("council")
@shows(plates)
def tap() -> Answer:
    """A plate is asked for; the office gives it, having seen this tablet's number."""
    if who().role != "tablet":
        return redirect(home(), 303)
    name = tablets.tap(workplace(), by(), who(), inputs.number("member", "名札") or 0)
    return done(
        f"「{name}」の名札を頼みました。端末の番号{who().device}を、事務局に見せてください。",
        url_for("signin.plates"),
    )


@blueprint.post("/plates/code")
@needs("council")
@shows(plates)
def take_again() -> Answer:
    """A member takes their plate to this tablet, with its code."""
    if who().role != "tablet":
        return redirect(home(), 303)
    member = inputs.number("member", "名札") or 0
    code = inputs.line("code", "名札の番号", most=20)
    name = plate_acts.take_again(workplace(), by(), who(), member, code)
    return done(f"「{name}」の名札を、この端末に移しました。", url_for("signin.plates"))
