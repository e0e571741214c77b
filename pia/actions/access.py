"""Signing in: passwords, second factor and sessions held by the server (design/reliability.md §3, ASVS 6 and 7).

Knows accounts and tokens. Must not know cookies or pages. Whether a name exists, is barred or has another password is never told apart to the outside.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select, update

from ..domain.act import By
from ..domain.errors import PiaError
from ..store import access, council, log
from ..store.access import Door, SignIn, WebSession
from ..store.assessments import Assessment
from ..store.bodies import Account, Affair, Department
from .workplace import Workplace

LEAST, MOST = 12, 128  # letters of a password; a sentence is welcome
TRIES, WINDOW = 5, timedelta(minutes=15)
IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)
WRONG = "利用者名かパスワードが違います。もう一度入力してください。"
LATER = "続けて間違えたため、しばらくサインインできません。15分たってから、もう一度お試しください。"
_COMMON = frozenset({"password", "passw0rd", "qwertyuiop", "1234567890", "abcdefghij", "iloveyou", "administrator", "letmein", "welcome"})


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking. `name` goes into records, `shown` onto pages; a tablet has its number, the sitting it is for, and a member once
    the office gave it their name plate."""

    name: str
    shown: str
    role: str
    department_id: int | None = None
    department: str = ""
    session: int | None = None
    sitting: int | None = None
    member: int | None = None
    device: int | None = None
    second: bool = False
    password: bool = True

    @property
    def signed_in(self) -> bool:
        return self.role != "anonymous"


NOBODY = Person("", "", "anonymous")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _dummy() -> str:
    """Checked where there is no such account, so that the time taken tells nothing."""
    return _hasher().hash(secrets.token_hex(16))


def hashed(password: str) -> str:
    """The hash to keep. PiaError for a password nobody should use."""
    if not LEAST <= len(password) <= MOST:
        raise PiaError(f"パスワードは{LEAST}文字以上{MOST}文字以下にしてください。文章のような長いものが安全です。")
    if len(set(password)) < 4 or password.lower().strip("0123456789!?.") in _COMMON:
        raise PiaError("そのパスワードは推測されやすいため使えません。ほかのものにしてください。")
    return _hasher().hash(password)


def new_token() -> tuple[str, str]:
    """(what the browser keeps, what the database keeps)."""
    made = secrets.token_urlsafe(32)
    return made, sha256(made.encode()).hexdigest()


def kept_token(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def sign_in(wp: Workplace, name: str, password: str, code: str, now: datetime) -> str:
    """The token of a new session. PiaError with the same sentence whatever was wrong; after `TRIES` wrong tries the name waits."""
    name = name.strip()[:200]
    with wp.store.read() as s:
        one = s.scalar(select(Account).where(Account.name == name))
        barred = access.failures(s, name, now - WINDOW) >= TRIES
    good = _matches(one.password if one else None, password) and one is not None and one.active and not barred
    if good and one is not None and one.totp:
        good = pyotp.TOTP(one.totp).verify(code.strip(), for_time=now, valid_window=1) and not _used(wp, one, code.strip(), now)
    token, kept = new_token()
    with wp.store.begin() as s:
        access.forget(s, now - timedelta(days=2))
        if not barred:
            s.add(SignIn(name=name, at=now, good=good))
        if good and one is not None:
            s.add(WebSession(token=kept, account_id=one.id, began=now, seen=now))
            log.entry(s, By(name, one.role, now), "access.in", name, {"second": bool(one.totp), **({"code": kept_token(f"{name}:{code.strip()}")} if one.totp else {})})
        elif one is not None and not barred:
            log.entry(s, By(name, "anonymous", now), "access.refused", name, {})
    if barred:
        raise PiaError(LATER)
    if not good:
        raise PiaError(WRONG)
    return token


def begin(wp: Workplace, name: str, now: datetime) -> str:
    """The token of a session for someone another system has signed in. PiaError when there is no such account, or it is stopped."""
    token, kept = new_token()
    with wp.store.begin() as s:
        one = s.scalar(select(Account).where(Account.name == name, Account.active.is_(True)))
        if one is None:
            raise PiaError(WRONG)
        s.add(WebSession(token=kept, account_id=one.id, began=now, seen=now))
        log.entry(s, By(name, one.role, now), "access.in", name, {"from": "elsewhere"})
    return token


def _used(wp: Workplace, one: Account, code: str, now: datetime) -> bool:
    """A code counts once."""
    with wp.store.read() as s:
        recent = s.scalars(select(log.AuditEntry).where(log.AuditEntry.action == "access.in", log.AuditEntry.target == one.name).order_by(log.AuditEntry.seq.desc()).limit(5))
        return any(e.detail.get("code") == kept_token(f"{one.name}:{code}") and now - e.at < timedelta(minutes=3) for e in recent)


def _matches(kept: str | None, password: str) -> bool:
    try:
        return _hasher().verify(kept or _dummy(), password[:MOST]) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def person(wp: Workplace, token: str, now: datetime) -> Person:
    """Who holds a token; NOBODY when it is unknown, too old, or its account or sitting is closed. A change of role counts at once."""
    if not token:
        return NOBODY
    with wp.store.read() as s:
        one = s.scalar(select(WebSession).where(WebSession.token == kept_token(token)))
        if one is None or now - one.seen > IDLE or now - one.began > LONGEST:
            return NOBODY
        made = _account(s, one) if one.account_id is not None else _tablet(s, one)
    if made.signed_in and now - one.seen > timedelta(minutes=1):
        with wp.store.begin() as s:
            s.execute(update(WebSession).where(WebSession.id == one.id).values(seen=now))
    return made


def _account(s: Any, one: WebSession) -> Person:
    found = s.execute(select(Account, Department).outerjoin(Department, Department.id == Account.department_id).where(Account.id == one.account_id)).first()
    if found is None or not found[0].active:
        return NOBODY
    a, d = found
    member = s.scalar(select(council.Member.id).where(council.Member.account_id == a.id).order_by(council.Member.id.desc()).limit(1))
    return Person(a.name, a.shown, a.role, a.department_id, d.name if d else "", one.id, None, member, None, bool(a.totp), a.password is not None)


def _tablet(s: Any, one: WebSession) -> Person:
    door = s.get(Door, one.door_id)
    if door is None or door.closed is not None or s.get_one(council.Sitting, door.sitting_id).closes is not None:
        return NOBODY
    member = s.get(council.Member, one.member_id) if one.member_id else None
    device = one.device or 0
    name, shown = (f"tablet:{device}:{member.name}", member.name) if member else (f"tablet:{device}", "会議の端末")
    return Person(name, shown, "tablet", None, "", one.id, door.sitting_id, one.member_id, device)


def sign_out(wp: Workplace, who: Person, now: datetime, everywhere: bool = False) -> None:
    if who.session is None:
        return
    with wp.store.begin() as s:
        one = s.get(WebSession, who.session)
        which = (WebSession.account_id == one.account_id) if everywhere and one and one.account_id else (WebSession.id == who.session)
        s.execute(delete(WebSession).where(which))
        log.entry(s, By(who.name, who.role, now), "access.out", who.name, {"everywhere": everywhere})


def set_password(wp: Workplace, by: By, name: str, password: str) -> None:
    """A new password ends every session of that account."""
    made = hashed(password)
    _change(wp, by, name, "account.password", {"password": made})


def change_password(wp: Workplace, by: By, name: str, old: str, new: str) -> None:
    """A person's own password: the old one must be known."""
    with wp.store.read() as s:
        kept = s.scalar(select(Account.password).where(Account.name == name))
    if not _matches(kept, old):
        raise PiaError("今のパスワードが違います。")
    set_password(wp, by, name, new)


def set_active(wp: Workplace, by: By, name: str, active: bool) -> None:
    if name == by.actor and not active:
        raise PiaError("自分自身は止められません。ほかの管理者に頼んでください。")
    _change(wp, by, name, "account.active", {"active": active})


def set_role(wp: Workplace, by: By, name: str, role: str) -> None:
    from .registering import ROLES

    if role not in ROLES:
        raise PiaError(f"役割「{role}」はありません。")
    if name == by.actor:
        raise PiaError("自分自身の役割は変えられません。ほかの管理者に頼んでください。")
    _change(wp, by, name, "account.role", {"role": role})


def _change(wp: Workplace, by: By, name: str, action: str, values: Mapping[str, Any]) -> None:
    with wp.store.begin() as s:
        one = s.scalar(select(Account).where(Account.name == name))
        if one is None:
            raise PiaError(f"利用者「{name}」は登録されていません。")
        s.execute(update(Account).where(Account.id == one.id).values(**values))
        s.execute(delete(WebSession).where(WebSession.account_id == one.id))
        log.entry(s, by, action, name, {k: v for k, v in values.items() if k not in ("password", "totp")})


def new_secret(name: str, issuer: str) -> tuple[str, str]:
    """(secret, address for the authenticator's picture) of a second factor; nothing is kept until a code proves it."""
    made = pyotp.random_base32()
    return made, pyotp.TOTP(made).provisioning_uri(name=name, issuer_name=issuer)


def set_second(wp: Workplace, by: By, name: str, secret: str, code: str) -> None:
    """Begins the use of a second factor once a code of it was shown to be right."""
    if not re.fullmatch(r"[A-Z2-7]{32}", secret):
        raise PiaError("認証アプリの鍵が正しくありません。画面を開き直して、新しい鍵を登録してください。")
    if not pyotp.TOTP(secret).verify(code.strip(), for_time=by.at, valid_window=1):
        raise PiaError("確認の番号が違います。認証アプリに出ている6けたの番号を入力してください。")
    _change(wp, by, name, "account.second", {"totp": secret})


def drop_second(wp: Workplace, by: By, name: str) -> None:
    _change(wp, by, name, "account.second", {"totp": None})


def department_of(wp: Workplace, key: str) -> int | None:
    """The department an assessment belongs to."""
    with wp.store.read() as s:
        return s.scalar(select(Affair.department_id).join(Assessment, Assessment.affair_id == Affair.id).where(Assessment.key == key))


def denied(wp: Workplace, who: Person, what: str, now: datetime) -> None:
    """A refusal goes into the record."""
    with wp.store.begin() as s:
        log.entry(s, By(who.name or "anonymous", who.role, now), "access.denied", "".join(c if c.isprintable() else "\ufffd" for c in what[:200]), {})
