"""Who may come in: the person of a request, the right each route needs, and what makes a POST safe (token, one effect, a way back).

Knows sessions, rights as data (`pia/rules/rights.yaml`) and the one form of a POST. Nothing is open by itself: a route that names no right is refused, and a
test fails. Serves design/reliability.md §3.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as Answer

from ..actions import access
from ..actions.access import Person
from ..actions.workplace import Workplace
from ..domain.act import By
from ..domain.errors import PiaError
from ..store import log
from . import devices

View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()
_NOT_KEPT = ("csrf_token", "_request", "_password", "_code")


class Denied(PiaError):
    """Signed in, but this is not theirs."""


def needs(right: str, own: str = "") -> Callable[[View], View]:
    """The right a view needs; `own` names the view argument whose assessment must be of the person's own department, for roles that are bound to it."""

    def mark(view: View) -> View:
        view.needs = (right, own)  # type: ignore[attr-defined]
        return view

    return mark


def shows(page: Callable[..., Any]) -> Callable[[View], View]:
    """The page a POST belongs to: what is wrong is said there, and what was typed is still in its fields."""

    def mark(view: View) -> View:
        view.page = page  # type: ignore[attr-defined]
        return view

    return mark


def proven(view: View) -> View:
    """Marks what cannot be taken back: its person shows a moment before that it is them (ASVS 7.5.3)."""
    view.proven = True  # type: ignore[attr-defined]
    return view


def outside(view: View) -> View:
    """Marks a POST that another site's form sends: it has no token of ours, and what it says proves itself or counts for nothing."""
    view.outside = True  # type: ignore[attr-defined]
    return view


def set_up(app: Flask, wp: Workplace) -> None:
    """Puts the gate before every route of an application."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)
    app.before_request(_enter)
    app.context_processor(lambda: {"me": who(), "may": may, "request_key": lambda: secrets.token_urlsafe(18), "problem": g.get("problem"), "typed": g.get("typed"), "lost": g.get("lost")})


def rights() -> dict[str, Any]:
    return workplace().rights["rights"]


def workplace() -> Workplace:
    return current_app.extensions["pia"]


def now() -> datetime:
    return current_app.extensions["pia.now"]()


def now_day() -> date:
    from ..domain.act import day_in_japan

    return day_in_japan(now())


def who() -> Person:
    return g.get("person", access.NOBODY)


def by() -> By:
    """The author of what a POST does; its request key makes a second copy of the same POST harmless."""
    me = who()
    return By(me.name, me.role, now(), g.get("request_key", ""), g.get("copy", ""))


def may(right: str, key: str = "") -> bool:
    """Whether this person has a right (over the assessment of a KEY or REF, if one is given); for pages that show or hide a way to act."""
    return _allowed(who(), right, key)


def _allowed(me: Person, right: str, ref: str) -> bool:
    known = rights().get(right)
    if known is None or me.role not in known["roles"]:
        return False
    if ref and me.role in known.get("own", ()):
        owner = access.department_of(workplace(), ref.split("@")[0].split("~")[0])
        return owner is None or owner == me.department_id
    return True


def _enter() -> Answer | tuple[str, int] | None:
    g.person = access.person(workplace(), str(session.get("t", "")), now())
    view = current_app.view_functions.get(request.endpoint or "")
    if request.endpoint in (None, "static") or view is None:
        return None
    right, own = getattr(view, "needs", ("", ""))
    if right == "open" or _allowed(who(), right, str((request.view_args or {}).get(own, "")) if own else ""):
        _own_sitting()
        if request.method != "POST" or getattr(view, "outside", False):
            return None
        return _post() or _proof(view)
    if not who().signed_in:
        if request.method == "GET":
            return redirect(url_for("signin.page", next=request.full_path.rstrip("?")), 303)
        # The session ended while somebody wrote: what they wrote is shown to be copied, never thrown away.
        written = [(k, v) for k, v in request.form.items() if not k.startswith("_") and k not in ("csrf_token", "password") and v.strip()]
        return render_template("signin/ended.html", written=written), 401
    access.denied(workplace(), who(), f"{request.method} {request.path}", now())
    raise Denied("この画面は、あなたの役割では使えません。必要なときは、管理者に役割を確かめてください。")


def _own_sitting() -> None:
    """A tablet sees its own sitting's referrals and nothing else."""
    me, referral = who(), (request.view_args or {}).get("referral")
    if me.role == "tablet" and referral is not None and referral not in access.referrals_of(workplace(), me):
        access.denied(workplace(), me, f"{request.method} {request.path}", now())
        raise Denied("この資料は、今日の会議のものではありません。")


def _post() -> Answer | None:
    csrf.protect()
    key = request.form.get("_request", "")
    if not 16 <= len(key) <= 64 or not key.isascii():
        raise PiaError("送られた内容が正しくありません。画面を開き直してから、もう一度お試しください。")
    g.request_key, g.copy = key, secrets.token_hex(8)
    with workplace().store.read() as s:
        if log.was_done(s, key, who().name):
            return again()
    return None


def _proof(view: Callable[..., Any]) -> tuple[str, int] | None:
    """The page that asks who is there; None where nothing has to be shown, or it was."""
    if not getattr(view, "proven", False) or access.lately_proven(who(), now()):
        return None
    from . import elsewhere

    if "_password" in request.form:
        password, code = request.form["_password"][:200], request.form.get("_code", "")[:20]
        try:
            if who().password:
                access.prove(workplace(), who(), password, code, now(), devices.origin(who().name))
            else:
                elsewhere.prove(password)
            return None
        except PiaError as e:
            g.problem = e
    written = [(k, v) for k, v in request.form.items(multi=True) if k not in _NOT_KEPT]
    shown = [v for k, v in written if not k.startswith("_") and v.strip()]
    minutes = int(access.PROVEN.total_seconds() // 60)
    page = render_template("signin/prove.html", written=written, shown=shown, minutes=minutes, ways=elsewhere.ways(), directory=elsewhere.city_directory(), problem=g.get("problem"))
    return page, 401


def twice() -> bool:
    """Whether another copy of this POST was carried out while this one was looked at."""
    if not g.get("request_key"):
        return False
    with workplace().store.read() as s:
        return log.done_by_another_copy(s, by())


def again() -> Answer:
    """The answer to a POST that was carried out already: the same as the first time."""
    return redirect(local(request.form.get("_to", ""), "/"), 303)


def done(said: str, to: str = "") -> Answer:
    """After a deed: says what was done on the page it leads to (`_to` of the form, or `to`)."""
    flash(said)
    return redirect(local(request.form.get("_to", ""), to or "/"), 303)


def local(address: str, otherwise: str) -> str:
    """An address of this application, never one that leads away."""
    parts = urlsplit(address)
    good = address.startswith("/") and not address.startswith("//") and "\\" not in address and not parts.scheme and not parts.netloc
    return address if good and address.isprintable() else otherwise
