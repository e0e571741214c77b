"""Who may come in: the person of a request, the right each route needs, the objects its parameters
name, and what makes a POST safe (token, one effect, a way back).

Knows sessions, and holds every request against what its view declares. Nothing is open by itself: a
route that names no right is refused, a query parameter that a view does not declare is not there
for it, and a test fails. Whether the objects are the person's, `actions.people.rights` says.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html import unescape
from typing import Any

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

from ..actions.access import veil
from ..actions.people import rights, sign_in, withheld_readers
from ..domain.errors import PiaError, Unavailable
from ..store.ledger import log
from . import allowed, declared, devices, inputs, looks, refusals
from .actor import by, now, now_day, who, workplace
from .allowed import Denied, NotThere
from .answers import again
from .declared import Declared
from .sso import ways

csrf = CSRFProtect()
_SPOKEN = re.compile(r'<span class="sr">【[^】<]*】</span>')  # what a mark says aloud
_TELLING = 4  # letters from which on withheld words are known again on a page
_NOT_KEPT = ("csrf_token", "_request", "_password", "_code")

# Files, and whether the server lives: nobody in person, and no database, is asked for them.
WITHOUT_PERSON = ("static", "live", "ready", "health", "metrics")
OWED = {
    "password": "いまのパスワードは、ほかの人が決めたものです。はじめに、"
    "自分だけが知るパスワードに変えてください。",
    "second": "この市では、2つ目の確認（認証アプリ）を必ず使います。はじめに設定してください。",
}
EVERYWHERE = tuple(looks.LOOKS)  # query parameters every page takes


def set_up(app: Flask) -> None:
    """Puts the gate before every route of an application."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)
    app.before_request(_enter)
    app.before_request(_look)
    app.after_request(_note_reads)
    app.teardown_request(_looked)
    app.context_processor(_words_of_every_page)


def _words_of_every_page() -> dict[str, Any]:
    return {
        "me": who(),
        "may": allowed.may,
        "request_key": lambda: secrets.token_urlsafe(18),
        "problem": g.get("problem"),
        "typed": g.get("typed"),
        "lost": g.get("lost"),
    }


# ---- coming in


def _enter() -> Answer | tuple[str, int] | None:
    """Lets a request through (None), answers it, or refuses it."""
    if request.endpoint in WITHOUT_PERSON:
        return None
    g.person = sign_in.person(workplace(), str(session.get("t", "")), now())
    view = current_app.view_functions.get(request.endpoint or "")
    if request.endpoint in (None, "static") or view is None:
        return None
    needed = declared.of(view)
    owed = _owed(needed)
    if owed is not None:
        return owed
    if _may_come_in(needed):
        _objects(needed)
        if request.method != "POST" or needed.outside:
            return None
        return _post() or _proof(needed)
    if not who().signed_in:
        return _ended()
    sign_in.denied(workplace(), who(), f"{request.method} {request.path}", now())
    raise Denied(
        "この画面は、あなたの役割では使えません。必要なときは、管理者に役割を確かめてください。"
    )


def _may_come_in(needed: Declared) -> bool:
    if needed.right == "open":
        return True
    path = request.view_args or {}
    ref = str(path.get(needed.own, "")) if needed.own else ""
    return allowed.has(who(), needed.right, ref)


def _ended() -> Answer | tuple[str, int]:
    """The session ended: a page leads to signing in, a tablet to the entrance it came by; what
    somebody wrote is shown to be copied, never thrown away."""
    if request.method == "GET" and session.get("e"):
        return redirect(url_for("signin.entrance"), 303)
    if request.method == "GET":
        return redirect(url_for("signin.page", next=request.full_path.rstrip("?")), 303)
    written = []
    for key, value in request.form.items():
        if not key.startswith("_") and key not in ("csrf_token", "password") and value.strip():
            written.append((key, value))
    page = render_template("signin/ended.html", written=written, tablet="e" in session)
    return page, 401


def _owed(needed: Declared) -> Answer | None:
    """Where somebody is sent who has to do something before anything else; None for all others."""
    what = sign_in.owes(workplace(), who())
    if not what or needed.settles:
        return None
    if request.method != "GET":
        raise Denied(OWED[what])
    flash(OWED[what], "problem")
    return redirect(url_for("signin.me", second="1" if what == "second" else None), 303)


# ---- the things a request names


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A thing a request names: its kind, its name, and the form's field that says so, if any."""

    kind: str
    value: str
    of_path: bool = False
    field: str = ""


def _named(needed: Declared) -> Iterator[NamedThing]:
    """Every thing this request names in a parameter its view declares."""
    path = request.view_args or {}
    for parameter, kind in needed.objects.items():
        if parameter in path:
            yield NamedThing(kind, str(path[parameter]), True)
            continue
        for value in request.args.getlist(parameter):
            if value:
                yield NamedThing(kind, value)
        for name in _fields_of(parameter):
            for value in request.form.getlist(name):
                if value:
                    yield NamedThing(kind, value, field=name)


def _fields_of(parameter: str) -> list[str]:
    """The fields of the form a parameter stands for; one that ends in `_` is every field that
    begins so."""
    if not parameter.endswith("_"):
        return [parameter] if parameter in request.form else []
    return [name for name in request.form if name.startswith(parameter[:-1])]


def _objects(needed: Declared) -> None:
    """Asks for every thing a request names whether it is this person's; and leaves of the query
    only what the view takes."""
    _leave_of_query((*EVERYWHERE, *needed.asks, *needed.objects))
    named = list(_named(needed))
    path = {"step": str((request.view_args or {}).get("step", ""))}
    for thing in named:
        if thing.of_path:
            path[thing.kind] = thing.value
    everything = path | _named_once(named)
    for thing in named:
        # What the address names stands by itself; what else is named must belong to it.
        within = path if thing.of_path else everything
        if not rights.may(
            workplace(), who(), needed.right, thing.kind, thing.value, now_day(), within
        ):
            _refuse(thing)


def _leave_of_query(known: tuple[str, ...]) -> None:
    if "*" in known:
        return
    pairs = []
    for key, value in request.args.items(multi=True):
        if key in known:
            pairs.append((key, value))
    request.args = ImmutableMultiDict(pairs)


def _named_once(named: Iterable[NamedThing]) -> dict[str, str]:
    """Kind → name, of the kinds a request names one thing of."""
    kinds = Counter(thing.kind for thing in named)
    return {thing.kind: thing.value for thing in named if kinds[thing.kind] == 1}


def _refuse(thing: NamedThing) -> None:
    """Not there, or not theirs: said beside the field that named it, else as a page."""
    if who().role not in allowed.lines()["read"]["roles"]:
        sign_in.denied(workplace(), who(), f"{request.method} {request.path}", now())
    words = rights.not_there(thing.kind)
    if thing.field:
        raise inputs.Unfit(thing.field, words)
    raise NotThere(words)


# ---- a POST


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
    g.request_key = key
    g.copy = secrets.token_hex(8)
    with workplace().store.read() as reading:
        if log.was_done(reading, key, who().name):
            return again()
    return None


def twice() -> bool:
    """Whether another copy of this POST was carried out while this one was looked at."""
    if not g.get("request_key"):
        return False
    with workplace().store.read() as reading:
        return log.done_by_another_copy(reading, by())


def _proof(needed: Declared) -> tuple[str, int] | None:
    """The page that asks who is there; None where nothing has to be shown, or it was."""
    if not _asks_proof(needed) or sign_in.lately_proven(who(), now()):
        return None
    if "_password" in request.form:
        try:
            session["t"] = _proved()
            return None
        except PiaError as error:
            g.problem = error
    written = []
    shown = []
    for key, value in request.form.items(multi=True):
        if key in _NOT_KEPT:
            continue
        written.append((key, value))
        if not key.startswith("_") and value.strip() not in ("", "1"):
            shown.append(value)
    page = render_template(
        "signin/prove.html",
        written=written,
        shown=shown,
        minutes=int(sign_in.PROVEN.total_seconds() // 60),
        ways=ways.ways(),
        directory=ways.providers().directory,
        problem=g.get("problem"),
    )
    return page, 401


def _asks_proof(needed: Declared) -> bool:
    if isinstance(needed.proven, tuple):
        name, value = needed.proven
        return request.form.get(name) == value
    return needed.proven


def _proved() -> str:
    """The session's new token, where password and code are right. PiaError where they are not."""
    password = request.form["_password"][:200]
    code = request.form.get("_code", "")[:20]
    me = who()
    origin = devices.origin(me.name)
    if me.password:
        return sign_in.prove(workplace(), me, password, code, now(), origin)
    return ways.prove(workplace(), me, password, origin, now(), code)


# ---- what is read


def _look() -> None:
    """A page is drawn from texts as this person may see them; a deed works on the whole text."""
    if request.method == "GET" and who().signed_in:
        g.looking = ExitStack()
        g.open_words = g.looking.enter_context(veil.seen_by(workplace(), who(), now_day()))


def _looked(_: BaseException | None) -> None:
    if "looking" in g:
        g.pop("looking").close()


def _note_reads(answer: Response) -> Response:
    """Who read withheld words is on record: of a page where they stand in it, of any file."""
    withheld: dict[int, frozenset[str]] = g.get("open_words") or {}
    if withheld and answer.status_code == 200:
        page = None
        if answer.mimetype == "text/html":
            page = _words_of(answer.get_data(as_text=True))
        read = []
        for document, words in withheld.items():
            if page is None or _says_any(page, words):
                read.append(document)
        try:
            withheld_readers.note_reads(workplace(), by(), read)
        except Unavailable as error:
            # What nobody can put on record, nobody reads.
            return current_app.make_response(current_app.handle_user_exception(error))
    return answer


def _words_of(page: str) -> str:
    """What a page says, run on: marks of changes, also spoken ones, stand in the middle of
    words."""
    return _run_on(unescape(re.sub(r"<[^>]*>", "", _SPOKEN.sub("", page))))


def _says_any(page: str, words: Iterable[str]) -> bool:
    """Whether a page says one of these words. A single figure stands on every page: it counts only
    where a document withholds nothing longer."""
    runs = list(map(_run_on, words))
    long = []
    for run in runs:
        if len(run) >= _TELLING:
            long.append(run)
    return any(run in page for run in long or runs)


def _run_on(words: str) -> str:
    return "".join(words.split())
