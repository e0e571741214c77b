"""Who may come in: the person of a request, the right each route needs, the objects its parameters
name, and what makes a POST safe (token, one effect, a way back).

Knows sessions, rights as data (`pia/rules/rights.yaml`), which parameter of a view names which
object, and the one form of a POST. Nothing is open by itself: a route that names no right is
refused, a query parameter that a view does not declare is not there for it, and a test fails.
Whether the objects are the person's, `actions.people.rights` says.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as Answer

from ..actions.access import person, veil
from ..actions.access.person import Person
from ..actions.people import rights, sign_in, withheld_readers
from ..actions.workplace import Workplace
from ..domain.act import By
from ..domain.errors import PiaError
from ..store.ledger import log
from . import inputs, refusals
from .people import devices

View = TypeVar("View", bound=Callable[..., Any])
csrf = CSRFProtect()
_TELLING = 4  # letters from which on withheld words are known again on a page
_NOT_KEPT = ("csrf_token", "_request", "_password", "_code")


class Denied(PiaError):
    """Signed in, but this is not theirs."""


class NotThere(PiaError):
    """Not there, or not theirs: nobody is told which."""


OWED = {
    "password": "いまのパスワードは、ほかの人が決めたものです。はじめに、"
    "自分だけが知るパスワードに変えてください。",
    "second": "この市では、2つ目の確認（認証アプリ）を必ず使います。はじめに設定してください。",
}
EVERYWHERE = ("size",)  # a query parameter every page takes


def needs(
    right: str, own: str = "", *, asks: tuple[str, ...] = (), **objects: str
) -> Callable[[View], View]:
    """The right a view needs; `own` names the view argument whose assessment must be of the
    person's own department, for roles that are bound to it. `objects`: parameter (of the path, the
    query or the form; one that ends in `_` is every field that begins so) → the kind of object it
    names (`actions.people.rights.KINDS`). `asks`: the other query parameters it takes, "*" for any.
    """

    def mark(view: View) -> View:
        view.needs = (right, own)  # type: ignore[attr-defined]
        view.objects, view.asks = objects, asks  # type: ignore[attr-defined]
        return view

    return mark


def shows(page: Callable[..., Any]) -> Callable[[View], View]:
    """The page a POST belongs to: what is wrong is said there, and what was typed is still in its
    fields."""

    def mark(view: View) -> View:
        view.page = page  # type: ignore[attr-defined]
        return view

    return mark


def proven(view: View) -> View:
    """Marks what cannot be taken back: its person shows a moment before that it is them (ASVS
    7.5.3)."""
    view.proven = True  # type: ignore[attr-defined]
    return view


def proven_where(field: str, value: str) -> Callable[[View], View]:
    """The same for a form that does several things, where a field of it says this one."""

    def mark(view: View) -> View:
        view.proven = (field, value)  # type: ignore[attr-defined]
        return view

    return mark


def outside(view: View) -> View:
    """Marks a POST that another site's form sends: it has no token of ours, and what it says proves
    itself or counts for nothing."""
    view.outside = True  # type: ignore[attr-defined]
    return view


def set_up(app: Flask, wp: Workplace) -> None:
    """Puts the gate before every route of an application."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)
    app.before_request(_enter)
    app.before_request(_look)
    app.after_request(_note_reads)
    app.teardown_request(_looked)
    app.context_processor(
        lambda: {
            "me": who(),
            "may": may,
            "request_key": lambda: secrets.token_urlsafe(18),
            "problem": g.get("problem"),
            "typed": g.get("typed"),
            "lost": g.get("lost"),
        }
    )


def lines() -> dict[str, Any]:
    """The lines of rights.yaml: right → who has it."""
    return workplace().rights["rights"]


def workplace() -> Workplace:
    return current_app.extensions["pia"]


def now() -> datetime:
    return current_app.extensions["pia.now"]()


def now_day() -> date:
    from ..domain.act import day_in_japan

    return day_in_japan(now())


def who() -> Person:
    return g.get("person", person.NOBODY)


def by() -> By:
    """The author of what a POST does; its request key makes a second copy of the same POST
    harmless."""
    me = who()
    return By(me.name, me.role, now(), g.get("request_key", ""), g.get("copy", ""))


def may(right: str, key: str = "") -> bool:
    """Whether this person has a right (over the assessment of a KEY or REF, if one is given); for
    pages that show or hide a way to act."""
    return _allowed(who(), right, key)


def reads_all(*refs: str) -> bool:
    """Whether this person may read every word of these documents."""
    return veil.reads_all(workplace(), who(), now_day(), refs)


def must_read_all(*refs: str) -> None:
    """Refuses what says withheld words as a whole (a kept file, a set that is sent) to who may not
    read them."""
    if not reads_all(*refs):
        raise Denied(
            "この資料には、あなたが見られない非公表部分が含まれています。必要なときは、"
            "事務局に相談してください。"
        )


def told(value: Any, *refs: str) -> Any:
    """What people wrote beside these documents, without the words this person may not read."""
    keys = []
    for ref in refs:
        keys.append(ref.split("@")[0].split("~")[0])
    return veil.told(value, veil.hidden_words(workplace(), who(), now_day(), keys))


def _allowed(me: Person, right: str, ref: str) -> bool:
    known = lines().get(right)
    if known is None or me.role not in known["roles"]:
        return False
    if ref and me.role in known.get("own", ()):
        # What belongs to no department yet is the office's.
        owner = sign_in.department_of(workplace(), ref.split("@")[0].split("~")[0])
        return owner is not None and owner == me.department_id
    return True


def as_seen(view: Callable[..., Any], **args: Any) -> Any:
    """What a view shows, with every document as this person may see it."""
    with veil.seen_by(workplace(), who(), now_day()):
        return view(**args)


def _look() -> None:
    """A page is drawn from texts as this person may see them; a deed works on the whole text."""
    if request.method == "GET" and who().signed_in:
        g.looking = ExitStack()
        g.open_words = g.looking.enter_context(veil.seen_by(workplace(), who(), now_day()))


def _note_reads(answer: Response) -> Response:
    """Who read withheld words is on record: of a page where they stand in it, of any file."""
    found: dict[int, frozenset[str]] = g.get("open_words") or {}
    if found and answer.status_code == 200:
        if answer.mimetype == "text/html":
            page = _words_of(answer.get_data(as_text=True))
        else:
            page = None
        read = []
        for one, words in found.items():
            if page is None or _says_any(page, words):
                read.append(one)
        withheld_readers.note_reads(workplace(), by(), read)
    return answer


def _words_of(page: str) -> str:
    """What a page says, run on: marks of changes stand in the middle of words."""
    return _run_on(unescape(re.sub(r"<[^>]*>", "", page)))


def _says_any(page: str, words: Iterable[str]) -> bool:
    """Whether a page says one of these words. A single figure stands on every page: it counts only
    where a document withholds nothing longer."""
    told = []
    for word in words:
        told.append(_run_on(word))
    long = [word for word in told if len(word) >= _TELLING] or told
    return any(word in page for word in long)


def _run_on(words: str) -> str:
    return "".join(words.split())


def _looked(_: BaseException | None) -> None:
    if "looking" in g:
        g.pop("looking").close()


@dataclass(frozen=True, slots=True)
class _Named:
    """A thing a request names: its kind, its name, and the form's field that says so, if any."""

    kind: str
    value: str
    of_path: bool = False
    field: str = ""


def _named(view: Callable[..., Any]) -> Iterator[_Named]:
    """Every thing this request names in a parameter its view declares."""
    path = request.view_args or {}
    for parameter, kind in getattr(view, "objects", {}).items():
        if parameter in path:
            yield _Named(kind, str(path[parameter]), True)
            continue
        yield from (_Named(kind, value) for value in request.args.getlist(parameter) if value)
        for field in [
            name
            for name in request.form
            if name == parameter or (parameter.endswith("_") and name.startswith(parameter[:-1]))
        ]:
            yield from (
                _Named(kind, value, field=field) for value in request.form.getlist(field) if value
            )


def _objects(view: Callable[..., Any], right: str) -> None:
    """Asks for every thing a request names whether it is this person's; and leaves of the query
    only what the view takes."""
    taken = (*EVERYWHERE, *getattr(view, "asks", ()), *getattr(view, "objects", {}))
    if "*" not in taken:
        request.args = ImmutableMultiDict(
            [(key, value) for key, value in request.args.items(multi=True) if key in taken]
        )
    named = list(_named(view))
    kinds = Counter(one.kind for one in named)
    path = {"step": str((request.view_args or {}).get("step", ""))} | {
        one.kind: one.value for one in named if one.of_path
    }
    everything = path | {one.kind: one.value for one in named if kinds[one.kind] == 1}
    for one in named:
        # What the address names stands by itself; what else is named must belong to it.
        if one.of_path:
            within = path
        else:
            within = everything
        if not rights.may(workplace(), who(), right, one.kind, one.value, now_day(), within):
            if who().role not in lines()["read"]["roles"]:
                sign_in.denied(workplace(), who(), f"{request.method} {request.path}", now())
            raise (
                inputs.Unfit(one.field, rights.not_there(one.kind))
                if one.field
                else NotThere(rights.not_there(one.kind))
            )


def _enter() -> Answer | tuple[str, int] | None:
    g.person = sign_in.person(workplace(), str(session.get("t", "")), now())
    view = current_app.view_functions.get(request.endpoint or "")
    if request.endpoint in (None, "static") or view is None:
        return None
    owed = _owed(view)
    if owed is not None:
        return owed
    right, own = getattr(view, "needs", ("", ""))
    if right == "open" or _allowed(
        who(), right, str((request.view_args or {}).get(own, "")) if own else ""
    ):
        _objects(view, right)
        if request.method != "POST" or getattr(view, "outside", False):
            return None
        return _post() or _proof(view)
    if not who().signed_in:
        return _ended()
    sign_in.denied(workplace(), who(), f"{request.method} {request.path}", now())
    raise Denied(
        "この画面は、あなたの役割では使えません。必要なときは、管理者に役割を確かめてください。"
    )


def _ended() -> Answer | tuple[str, int]:
    """The session ended: a page leads to signing in; what somebody wrote is shown to be copied,
    never thrown away."""
    if request.method == "GET":
        return redirect(url_for("signin.page", next=request.full_path.rstrip("?")), 303)
    written = []
    for key, value in request.form.items():
        if not key.startswith("_") and key not in ("csrf_token", "password") and value.strip():
            written.append((key, value))
    return render_template("signin/ended.html", written=written), 401


def settles(view: View) -> View:
    """Marks what somebody may do who has to change a password or set a second factor first."""
    view.settles = True  # type: ignore[attr-defined]
    return view


def _owed(view: Callable[..., Any]) -> Answer | None:
    """Where somebody is sent who has to do something before anything else; None for all others."""
    what = sign_in.owes(workplace(), who())
    if not what or getattr(view, "settles", False):
        return None
    if request.method != "GET":
        raise Denied(OWED[what])
    flash(OWED[what], "problem")
    return redirect(url_for("signin.me", second="1" if what == "second" else None), 303)


def _post() -> Answer | None:
    try:
        csrf.protect()
    except CSRFError:
        refusals.note("token")
        raise
    key = request.form.get("_request", "")
    if not 16 <= len(key) <= 64 or not key.isascii():
        refusals.note("request")
        raise PiaError(
            "送られた内容が正しくありません。画面を開き直してから、もう一度お試しください。"
        )
    g.request_key, g.copy = key, secrets.token_hex(8)
    with workplace().store.read() as this_session:
        if log.was_done(this_session, key, who().name):
            return again()
    return None


def _proof(view: Callable[..., Any]) -> tuple[str, int] | None:
    """The page that asks who is there; None where nothing has to be shown, or it was."""
    asked = getattr(view, "proven", None)
    if isinstance(asked, tuple):
        asked = request.form.get(asked[0]) == asked[1]
    if not asked or sign_in.lately_proven(who(), now()):
        return None
    from .people import sso

    if "_password" in request.form:
        password = request.form["_password"][:200]
        code = request.form.get("_code", "")[:20]
        try:
            if who().password:
                origin = devices.origin(who().name)
                session["t"] = sign_in.prove(workplace(), who(), password, code, now(), origin)
            else:
                session["t"] = sso.prove(password, code)
            return None
        except PiaError as error:
            g.problem = error
    written = []
    for key, value in request.form.items(multi=True):
        if key not in _NOT_KEPT:
            written.append((key, value))
    shown = []
    for key, text in written:
        if not key.startswith("_") and text.strip() not in ("", "1"):
            shown.append(text)
    minutes = int(sign_in.PROVEN.total_seconds() // 60)
    page = render_template(
        "signin/prove.html",
        written=written,
        shown=shown,
        minutes=minutes,
        ways=sso.ways(),
        directory=sso.city_directory(),
        problem=g.get("problem"),
    )
    return page, 401


def twice() -> bool:
    """Whether another copy of this POST was carried out while this one was looked at."""
    if not g.get("request_key"):
        return False
    with workplace().store.read() as this_session:
        return log.done_by_another_copy(this_session, by())


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
    good = (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and not parts.scheme
        and not parts.netloc
    )
    if good and address.isprintable():
        return address
    return otherwise
