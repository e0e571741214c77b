"""Signing in: passwords, second factor and sessions held by the server (ASVS 6 and 7).

Knows accounts and tokens. Must not know cookies or pages. Whether a name exists, is barred or has
another password is never told apart to the outside.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pyotp
from sqlalchemy import delete, update

from ...domain.act import By, in_japan
from ...domain.errors import PiaError, Unavailable
from ...store import queries
from ...store.ledger import log
from ...store.rows import councils
from ...store.rows import sessions as session_rows
from ...store.rows.bodies import Account
from ...store.rows.sessions import Door, SignIn, WebSession
from ..access import noted
from ..access.person import NOBODY, Person
from ..workplace import Workplace
from . import passwords, sealed, tries

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
PROVEN = timedelta(minutes=10)  # for so long after the password nobody is asked for it again
WAY_IN = timedelta(minutes=10)  # for so long an address made on the server lets its person in
WRONG = "利用者名かパスワードが違います。もう一度入力してください。"
WRONG_CODE = "確認の番号が違います。認証アプリに出ている6けたの番号を入力してください。"
NOT_YOU = "パスワードか確認の番号が違います。もう一度入力してください。"
_STEP = timedelta(seconds=30)  # of a second factor's codes
RENEWED = timedelta(seconds=30)  # for so long the token before a proof counts beside the new one
OFFICE = frozenset({"secretariat", "administrator", "auditor"})
HOW = "本人であることをどう確かめたかを入力してください（会った、声で分かったなど）。"
WAY_IN_OVER = (
    "このアドレスは、もう使えません。"
    "サーバーで pia user way-in を実行し、新しいアドレスを開いてください。"
)
_FROM_SERVER = "way-in"


def new_token() -> tuple[str, str]:
    """(what the browser keeps, what the database keeps)."""
    token = secrets.token_urlsafe(32)
    return token, sha256(token.encode()).hexdigest()


def kept_token(token: str) -> str:
    """How a token is stored: by its SHA-256."""
    return sha256(token.encode()).hexdigest()


def sign_in(
    wp: Workplace,
    name: str,
    password: str,
    code: str,
    now: datetime,
    origin: str = "",
    agent: str = "",
) -> str:
    """The token of a new session. PiaError with the same sentence whatever was wrong. `origin` says
    where the try comes from; who was wrong several times waits, and nobody else. `agent` is what
    the browser calls itself."""
    name = name.strip()[:200]
    _refuse_who_waits(wp, name, origin, now)
    with passwords.one_at_a_time():
        _refuse_who_waits(wp, name, origin, now)  # others of this origin were looked at meanwhile
        with wp.store.read() as session:
            account = queries.accounts.named(session, name)
        good = (
            passwords.matches(account.password if account else None, password)
            and account is not None
        )
        if good and account is not None:
            good = account.active and _right_code(wp, account, code, now)
        tried = SignIn(name=name, at=now, good=good, origin=origin)
        return _signed_in(wp, account, tried, code, agent)


def _refuse_who_waits(wp: Workplace, name: str, origin: str, now: datetime) -> None:
    with wp.store.read() as session:
        seconds = tries.wait(session, name, origin, now)
    if seconds > 0:
        raise tries.told(seconds)


def _signed_in(wp: Workplace, account: Account | None, tried: SignIn, code: str, agent: str) -> str:
    """Writes down how a try ended. The token of the new session; PiaError when it was wrong."""
    token, kept = new_token()
    now = tried.at
    if not tried.good or account is None:
        _wrong(wp, tried, None if account is None else By(account.name, "anonymous", now))
        raise PiaError(WRONG)
    with wp.store.begin(chain=log.MAIN) as session:
        session_rows.forget(session, now - timedelta(days=2))
        session.add(tried)
        session.add(_session(account, kept, now, agent))
        about = {"second": bool(account.totp), **code_used(account, code)}
        log.entry(session, By(account.name, account.role, now), "access.in", account.name, about)
        _seal_anew(session, wp, account)
    return token


def _wrong(
    wp: Workplace, tried: SignIn, by: By | None, about: Mapping[str, Any] | None = None
) -> None:
    """Writes down a wrong try, for the wait before the next; of somebody there is, on record too.
    Nobody who writes is waited for."""
    with wp.store.unchained() as session:
        session_rows.forget(session, tried.at - timedelta(days=2))
        session.add(tried)
    if by is not None:
        noted.note(wp, by, "access.refused", tried.name, about)


def _session(
    account: Account, kept: str, now: datetime, agent: str = "", way: str = ""
) -> WebSession:
    return WebSession(
        token=kept,
        account_id=account.id,
        began=now,
        seen=now,
        proved=now,
        agent=agent[:200],
        way=way,
    )


def _right_code(wp: Workplace, account: Account, code: str, now: datetime) -> bool:
    """Whether the code of the second factor is right and new; true where none is used."""
    if not account.totp:
        return True
    secret = sealed.unseal(account.totp, wp.secret, account.name, wp.sign_in.old)
    given = code.strip()
    right = pyotp.TOTP(secret).verify(given, for_time=now, valid_window=wp.sign_in.window)
    return right and not _used(wp, account, given, now)


def right_code(wp: Workplace, name: str, code: str, now: datetime) -> bool:
    """Whether somebody who showed otherwise who they are also has their second factor; true for who
    uses none."""
    with wp.store.read() as session:
        account = queries.accounts.named(session, name)
    return account is None or _right_code(wp, account, code, now)


def code_used(account: Account | None, code: str) -> dict[str, str]:
    """What an entry keeps of a code, so that it counts once."""
    if account is not None and account.totp:
        return {"code": kept_token(f"{account.name}:{code.strip()}")}
    return {}


def _seal_anew(session: Any, wp: Workplace, account: Account) -> None:
    """A secret that an earlier release kept in clear, or an earlier key sealed, is sealed with the
    key there is."""
    if account.totp and wp.secret and not sealed.is_current(account.totp, wp.secret, account.name):
        secret = sealed.unseal(account.totp, wp.secret, account.name, wp.sign_in.old)
        kept = sealed.seal(secret, wp.secret, account.name)
        session.execute(update(Account).where(Account.id == account.id).values(totp=kept))


def begin(wp: Workplace, name: str, now: datetime) -> str:
    """The token of a session for someone another system has signed in. PiaError when there is no
    such account, or it is stopped."""
    token, kept = new_token()
    with wp.store.begin() as session:
        account = queries.accounts.active_named(session, name)
        if account is None:
            raise PiaError(WRONG)
        session.add(_session(account, kept, now))
        log.entry(session, By(name, account.role, now), "access.in", name, {"from": "elsewhere"})
    return token


def way_in(wp: Workplace, by: By, name: str, how: str = "") -> str:
    """The token of an address that lets somebody in once, made by who holds the server: the way in
    when no password helps. It asks for the second factor of who uses one, unless `how` says how the
    person was known whose factor is lost: then it is dropped, on record. PiaError for an unknown or
    a stopped account."""
    token, kept = new_token()
    with wp.store.begin() as session:
        account = queries.accounts.active_named(session, name)
        if account is None:
            raise PiaError(f"使える利用者「{name}」は登録されていません。")
        session.add(
            WebSession(
                token=kept, account_id=account.id, began=by.at, seen=by.at, agent=_FROM_SERVER
            )
        )
        if how:
            session.execute(update(Account).where(Account.id == account.id).values(totp=None))
        log.entry(session, by, "access.way_in", name, log.about(how=how))
    return token


def asks_code(wp: Workplace, token: str) -> bool:
    """Whether an address of `way_in` asks for a code of the second factor."""
    with wp.store.read() as session:
        return bool(queries.sign_in.second_factor_of(session, kept_token(token)))


def take_way_in(
    wp: Workplace, token: str, now: datetime, agent: str = "", code: str = "", origin: str = ""
) -> str:
    """The token of the session that an address of `way_in` is exchanged for. PiaError when it was
    used, or is too old, or the code of a second factor is wrong."""
    new, kept = new_token()
    _second_of_way_in(wp, token, code, origin, now)
    with wp.store.begin() as session:
        web_session = queries.sign_in.made_on_server(session, kept_token(token), _FROM_SERVER)
        if web_session is None or now - web_session.began > WAY_IN:
            raise PiaError(WAY_IN_OVER)
        account = session.get_one(Account, web_session.account_id)
        session.delete(web_session)
        session.add(_session(account, kept, now, agent, "server"))
        about = {"from": "server", **code_used(account, code)}
        log.entry(session, By(account.name, account.role, now), "access.in", account.name, about)
    return new


def _second_of_way_in(wp: Workplace, token: str, code: str, origin: str, now: datetime) -> None:
    """PiaError where the address is of somebody with a second factor and the code is not theirs;
    wrong tries wait like those at the door."""
    with wp.store.read() as session:
        account = queries.sign_in.account_made_on_server(session, kept_token(token), _FROM_SERVER)
    if account is None or not account.totp:
        return
    _refuse_who_waits(wp, account.name, origin, now)
    if not _right_code(wp, account, code, now):
        tried = SignIn(name=account.name, at=now, good=False, origin=origin)
        _wrong(wp, tried, By(account.name, "anonymous", now))
        raise PiaError(WRONG_CODE)


def prove(
    wp: Workplace, who: Person, password: str, code: str, now: datetime, origin: str = ""
) -> str:
    """Somebody signed in shows once more that it is them, before what cannot be taken back: the
    session's new token. PiaError when it is not shown; wrong tries count like those at the door."""
    token = ""
    _refuse_who_waits(wp, who.name, origin, now)
    with passwords.one_at_a_time():
        with wp.store.read() as session:
            account = queries.accounts.named(session, who.name)
        good = account is not None and passwords.matches(account.password, password)
        if good and account is not None:
            good = _right_code(wp, account, code, now)
        with wp.store.begin() as session:
            session.add(SignIn(name=who.name, at=now, good=good, origin=origin))
            if good and account is not None:
                token = _renewed(session, who, now)
                about = code_used(account, code)
                log.entry(session, By(who.name, who.role, now), "access.proved", who.name, about)
    if not good:
        raise PiaError(NOT_YOU)
    return token


def _renewed(session: Any, who: Person, now: datetime) -> str:
    """The new token of a session whose person has just proved who they are. The one before counts a
    moment longer, for the copy of a form that is on its way."""
    token, kept = new_token()
    session.execute(
        update(WebSession)
        .where(WebSession.id == who.session)
        .values(token=kept, previous=WebSession.token, renewed=now, proved=now)
    )
    return token


def proved_elsewhere(wp: Workplace, who: Person, now: datetime, code: str = "") -> str:
    """Writes down that another system has just shown who somebody is: the session's new token."""
    with wp.store.begin() as session:
        account = queries.accounts.named(session, who.name)
        about = {"from": "elsewhere", **(code_used(account, code))}
        log.entry(session, By(who.name, who.role, now), "access.proved", who.name, about)
        return _renewed(session, who, now)


def lately_proven(who: Person, now: datetime) -> bool:
    """Whether somebody showed a moment ago that it is them."""
    return who.proved is not None and now - who.proved <= PROVEN


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser in which somebody is signed in; `mine` is the one that asks."""

    number: int
    began: datetime
    seen: datetime
    agent: str
    mine: bool


def sessions(wp: Workplace, who: Person, now: datetime) -> list[OpenSession]:
    """Where a person is signed in, the latest used first."""
    with wp.store.read() as session:
        web_sessions = queries.sign_in.sessions_of(session, who.name)
        open_sessions = []
        for web_session in web_sessions:
            if _lives(web_session, now) and web_session.agent != _FROM_SERVER:
                open_sessions.append(
                    OpenSession(
                        web_session.id,
                        web_session.began,
                        web_session.seen,
                        web_session.agent or "",
                        web_session.id == who.session,
                    )
                )
        return open_sessions


def end_session(wp: Workplace, by: By, who: Person, number: int) -> None:
    """Ends one of a person's own sessions."""
    with wp.store.begin() as session:
        account = queries.accounts.id_of(session, who.name)
        web_session = session.get(WebSession, number)
        if web_session is None or account is None or web_session.account_id != account:
            raise PiaError("そのサインインは、もう終わっています。")
        session.delete(web_session)
        log.entry(session, by, "access.end", who.name, {"session": number})


def _used(wp: Workplace, account: Account, code: str, now: datetime) -> bool:
    """A code counts once, at the door and in a proof, for as long as it may be right."""
    mark = kept_token(f"{account.name}:{code}")
    since = now - _STEP * (2 * wp.sign_in.window + 2)
    with wp.store.read() as session:
        recent = queries.audit_entries.lately_in(session, account.name, since)
        return any(audit_entry.detail.get("code") == mark for audit_entry in recent)


def _lives(web_session: WebSession, now: datetime) -> bool:
    """Whether a session is neither idle for too long nor too old. A tablet lies untouched through a
    long item: it lasts as long as the entrance it came in by."""
    idle = web_session.door_id is None and now - web_session.seen > IDLE
    return not idle and now - web_session.began <= LONGEST


def person(wp: Workplace, token: str, now: datetime) -> Person:
    """Who holds a token; NOBODY when it is unknown, too old, or its account or sitting is closed.

    A change of role counts at once.
    """
    if not token:
        return NOBODY
    with wp.store.read() as session:
        kept = kept_token(token)
        found = queries.sign_in.session_of(session, kept)
        if found is not None:
            web_session = found[0]
        else:
            # The token it had until a moment ago; a tablet never gets another one.
            web_session = queries.sign_in.renewed_lately(session, kept, now - RENEWED)
        if web_session is None or web_session.agent == _FROM_SERVER or not _lives(web_session, now):
            return NOBODY
        if web_session.account_id is not None:
            who = _account(session, web_session)
        else:
            who = _tablet(*found) if found is not None else NOBODY
    if who.signed_in and now - web_session.seen > timedelta(minutes=1):
        # Who is looking waits for no writer: the next request writes it down.
        with suppress(Unavailable), wp.store.unchained(wait=0) as session:
            session.execute(
                update(WebSession).where(WebSession.id == web_session.id).values(seen=now)
            )
    return who


def owes(wp: Workplace, who: Person) -> str:
    """What somebody signed in has to do before anything else: "password" where somebody else typed
    theirs, "second" where the city asks for a second factor and they have set none; "" for nothing.
    Who came in through another system showed there what that system asks for."""
    if who.session is None or who.role == "tablet":
        return ""
    if who.renew and who.password:
        return "password"
    if who.second or who.way == "elsewhere" or not wp.sign_in.factor:
        return ""
    asked = wp.sign_in.factor == "all" or who.role in OFFICE
    if asked:
        return "second"
    return ""


def _account(session: Any, web_session: WebSession) -> Person:
    row = queries.accounts.with_department(session, web_session.account_id)
    if row is None or not row[0].active:
        return NOBODY
    first, department, member = row
    return Person(
        first.name,
        first.shown,
        first.role,
        first.department_id,
        department.name if department else "",
        web_session.id,
        None,
        member,
        None,
        bool(first.totp),
        first.password is not None,
        web_session.proved,
        bool(first.renew),
        web_session.way or "",
    )


def _tablet(
    web_session: WebSession,
    door: Door | None,
    sitting: councils.Sitting | None,
    member: councils.Member | None,
) -> Person:
    if door is None or sitting is None or door.closed is not None or sitting.closes is not None:
        return NOBODY
    device = web_session.device or 0
    if member:
        name = f"tablet:{device}:{member.name}"
        shown = member.name
    else:
        name = f"tablet:{device}"
        shown = "会議の端末"
    return Person(
        name,
        shown,
        "tablet",
        None,
        "",
        web_session.id,
        door.sitting_id,
        web_session.member_id,
        device,
        told=_moved_out(web_session),
    )


def _moved_out(web_session: WebSession) -> str:
    """What a tablet is told whose plate went: one sentence; empty where none did."""
    if web_session.left_at is None or web_session.member_id is not None:
        return ""
    clock = f"{in_japan(web_session.left_at):%H:%M}"
    if web_session.left_to:
        return (
            f"この端末の名札は、{clock}に端末{web_session.left_to}へ移りました。"
            "ご自分で移したのでなければ、事務局に声をかけてください。"
        )
    return f"この端末の名札は、{clock}に事務局が外しました。"


def sign_out(wp: Workplace, who: Person, now: datetime, everywhere: bool = False) -> None:
    """Ends a session, or with `everywhere` all sessions of the person."""
    if who.session is None:
        return
    with wp.store.begin() as session:
        web_session = session.get(WebSession, who.session)
        if everywhere and web_session and web_session.account_id:
            which = WebSession.account_id == web_session.account_id
        else:
            which = WebSession.id == who.session
        session.execute(delete(WebSession).where(which))
        log.entry(
            session, By(who.name, who.role, now), "access.out", who.name, {"everywhere": everywhere}
        )


def set_password(wp: Workplace, by: By, name: str, password: str) -> None:
    """A new password ends every session of that account. Who was given it by somebody else changes
    it at the next sign-in."""
    kept = passwords.hashed(password, _words_of(wp, name), wp.sign_in.leaked)
    if by.actor != name:
        given = True
    else:
        given = None
    _change(wp, by, name, "account.password", {"password": kept, "renew": given})


def change_password(wp: Workplace, by: By, name: str, old: str, new: str, origin: str = "") -> None:
    """A person's own password: the old one must be known; who is wrong about it waits as at the
    door. PiaError for the password there was."""
    _refuse_who_waits(wp, name, origin, by.at)
    with wp.store.read() as session:
        kept = queries.accounts.password_of(session, name)
    with passwords.one_at_a_time():
        right = passwords.matches(kept, old)
    if not right:
        tried = SignIn(name=name, at=by.at, good=False, origin=origin)
        _wrong(wp, tried, By(name, by.role, by.at), {"at": "password"})
        raise PiaError("今のパスワードが違います。")
    if new == old:
        raise PiaError("新しいパスワードが、今のものと同じです。別のパスワードにしてください。")
    set_password(wp, by, name, new)


def _words_of(wp: Workplace, name: str) -> tuple[str, ...]:
    """The words that others guess first: of the person, their department and the city."""
    with wp.store.read() as session:
        words_of = queries.accounts.words_of(session, name)
        bodies = queries.departments.body_names(session)
    own = []
    for words in words_of or ():
        if words:
            own.append(words)
    return (name, *own, *bodies)


def set_active(wp: Workplace, by: By, name: str, active: bool) -> None:
    """Stops an account, or lets it be used again."""
    if name == by.actor and not active:
        raise PiaError("自分自身は止められません。ほかの管理者に頼んでください。")
    _change(wp, by, name, "account.active", {"active": active})


def set_role(wp: Workplace, by: By, name: str, role: str) -> None:
    """Gives an account another role."""
    from ..access.roles import ROLES

    if role not in ROLES:
        raise PiaError(f"役割「{role}」はありません。")
    if name == by.actor:
        raise PiaError("自分自身の役割は変えられません。ほかの管理者に頼んでください。")
    _change(wp, by, name, "account.role", {"role": role})


def _change(
    wp: Workplace,
    by: By,
    name: str,
    action: str,
    values: Mapping[str, Any],
    about: Mapping[str, Any] | None = None,
) -> None:
    with wp.store.begin() as session:
        account = queries.accounts.named(session, name)
        if account is None:
            raise PiaError(f"利用者「{name}」は登録されていません。")
        session.execute(update(Account).where(Account.id == account.id).values(**values))
        session.execute(delete(WebSession).where(WebSession.account_id == account.id))
        about_values = {}
        for key, value in values.items():
            if key not in ("password", "totp", "renew"):
                about_values[key] = value
        log.entry(session, by, action, name, {**about_values, **(about or {})})


def new_secret(name: str, issuer: str) -> tuple[str, str]:
    """(secret, address for the authenticator's picture) of a second factor; nothing is kept until a
    code proves it.
    """
    secret = pyotp.random_base32()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def set_second(wp: Workplace, by: By, name: str, secret: str, code: str) -> None:
    """Begins the use of a second factor once a code of it was shown to be right."""
    code = code.strip()
    if not re.fullmatch(r"[A-Z2-7]{32}", secret):
        raise PiaError(
            "認証アプリの鍵が正しくありません。画面を開き直して、新しい鍵を登録してください。"
        )
    if not pyotp.TOTP(secret).verify(code, for_time=by.at, valid_window=wp.sign_in.window):
        raise PiaError(WRONG_CODE)
    _change(wp, by, name, "account.second", {"totp": sealed.seal(secret, wp.secret, name)})


def drop_second(wp: Workplace, by: By, name: str, how: str = "") -> None:
    """Ends the use of a second factor. `how`: how somebody else knew that it is the person who lost
    it; PiaError where that is not said."""
    if by.actor != name and not how.strip():
        raise PiaError(HOW)
    _change(wp, by, name, "account.second", {"totp": None}, {"how": how.strip()} if how else {})


def department_of(wp: Workplace, key: str) -> int | None:
    """The department an assessment belongs to."""
    with wp.store.read() as session:
        return queries.affairs.department_of_key(session, key)


def denied(wp: Workplace, who: Person, what: str, now: datetime) -> None:
    """A refusal goes into the record."""
    target = "".join(letter if letter.isprintable() else "\ufffd" for letter in what[:200])
    noted.note(wp, By(who.name or "anonymous", who.role, now), "access.denied", target)
