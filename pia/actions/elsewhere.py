"""Accounts tied to a person of the city's own sign-in (OpenID Connect): who may come in that way, and how the administrator ties them (decision 0010).

Knows issuers and subjects. Must not know the protocol: whoever calls has proven who stands there. Roles and departments stay with the account.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..domain.act import By
from ..domain.errors import PiaError
from ..store import access, log
from ..store.access import Identity, SignIn, WebSession
from ..store.bodies import Account
from .access import new_token
from .tries import WINDOW
from .workplace import Workplace

VALID = timedelta(hours=24)  # how long a number may be told to the administrator
MANY = 200  # refusals without a known name that one window of time writes down; a flood of them says nothing more
_NOBODY = "oidc:"
STOPPED = "この利用者は、いま使えません。管理者に確かめてください。"
USED = "このサインインは、もう使われています。もう一度サインインしてください。"


def sign_in(wp: Workplace, issuer: str, subject: str, state: str, now: datetime) -> str:
    """The token of a new session for whoever an account is tied to. `state` counts once. PiaError, on record, for somebody nobody tied (with the number to
    tell the administrator), for a stopped account, and for a state that was used."""
    token, kept = new_token()
    key = "oidc-" + sha256(state.encode()).hexdigest()[:40]
    with wp.store.begin() as s:
        access.forget(s, now - timedelta(days=2))
        one = s.scalar(select(Account).join(Identity, Identity.account_id == Account.id).where(Identity.issuer == issuer, Identity.subject == subject))
        if s.scalar(select(log.Request.key).where(log.Request.key.startswith(f"{key}/", autoescape=True)).limit(1)):
            said = USED
            _record(s, "used", now)
        elif one is None:
            said = _unknown(s, issuer, subject, now)
        elif not one.active:
            said = STOPPED
            log.entry(s, By(one.name, "anonymous", now), "access.refused", one.name, {"from": issuer, "why": "stopped"})
        else:
            s.add(WebSession(token=kept, account_id=one.id, began=now, seen=now, proved=now))
            log.entry(s, By(one.name, one.role, now, key, token[:8]), "access.in", one.name, {"from": issuer})
            return token
    raise PiaError(said)


def _unknown(s: Session, issuer: str, subject: str, now: datetime) -> str:
    """Writes down who wanted to come in, and says by which number the administrator finds them; the same number within its time."""
    known = next((n for n, who in _waiting(s, issuer, now).items() if who == subject), None)
    number = known or f"{secrets.randbelow(10**8):08d}"
    log.entry(s, By("anonymous", "anonymous", now), "access.unknown", (_NOBODY + subject)[:200], {"issuer": issuer, "subject": subject, "number": number})
    return f"この画面を使う利用者として、まだ結び付けられていません。管理者に、登録用の番号 {number[:4]}-{number[4:]} を伝えてください（24時間だけ使えます）。"


def _waiting(s: Session, issuer: str, now: datetime) -> dict[str, str]:
    """Number → subject of those who were refused and not tied lately."""
    tried = select(log.AuditEntry).where(log.AuditEntry.action == "access.unknown", log.AuditEntry.at >= now - VALID).order_by(log.AuditEntry.seq.desc())
    return {e.detail["number"]: e.detail["subject"] for e in s.scalars(tried) if e.detail.get("issuer") == issuer}


def refused(wp: Workplace, why: str, now: datetime) -> None:
    """An answer of the provider that proved nobody, on record."""
    with wp.store.begin() as s:
        _record(s, why, now)


def _record(s: Session, why: str, now: datetime) -> None:
    if access.failures(s, _NOBODY, now - WINDOW) < MANY:
        s.add(SignIn(name=_NOBODY, at=now, good=False))
        log.entry(s, By("anonymous", "anonymous", now), "access.refused", _NOBODY + why, {})


def tie(wp: Workplace, by: By, name: str, issuer: str, number: str) -> None:
    """Ties an account to the person who was shown this number when they tried to come in. PiaError for a number nobody was shown lately."""
    digits = "".join(c for c in unicodedata.normalize("NFKC", number) if c.isdigit())
    with wp.store.begin() as s:
        subject = _waiting(s, issuer, by.at).get(digits)
        if subject is None:
            raise PiaError("その登録用の番号は見つかりません。番号は24時間で使えなくなります。本人にもう一度サインインを試してもらい、新しい番号を聞いてください。")
        _tie(s, by, name, issuer, subject)


def tie_subject(wp: Workplace, by: By, name: str, issuer: str, subject: str) -> None:
    """Ties an account to a subject that the administrator knows from the provider's own list."""
    with wp.store.begin() as s:
        _tie(s, by, name, issuer, subject)


def _tie(s: Session, by: By, name: str, issuer: str, subject: str) -> None:
    one = _account(s, name)
    if s.scalar(select(Identity.id).where(Identity.account_id == one.id, Identity.issuer == issuer)):
        raise PiaError(f"利用者「{name}」は、もう結び付けられています。替えるときは、先に今の結び付けを外してください。")
    other = s.scalar(select(Account.name).join(Identity, Identity.account_id == Account.id).where(Identity.issuer == issuer, Identity.subject == subject))
    if other is not None:
        raise PiaError(f"その人は、利用者「{other}」に結び付けられています。1人を2つの利用者に結び付けることはできません。")
    s.add(Identity(account_id=one.id, issuer=issuer, subject=subject))
    log.entry(s, by, "account.tie", name, {"issuer": issuer, "subject": subject})


def untie(wp: Workplace, by: By, name: str) -> None:
    """Takes an account's ties away and ends its sessions."""
    with wp.store.begin() as s:
        one = _account(s, name)
        s.execute(delete(Identity).where(Identity.account_id == one.id))
        s.execute(delete(WebSession).where(WebSession.account_id == one.id))
        log.entry(s, by, "account.untie", name, {})


def _account(s: Session, name: str) -> Account:
    one = s.scalar(select(Account).where(Account.name == name))
    if one is None:
        raise PiaError(f"利用者「{name}」は登録されていません。")
    return one
