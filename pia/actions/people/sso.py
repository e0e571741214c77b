"""Accounts tied to a person of the city's own sign-in (OpenID Connect): who may come in that way,
and how the administrator ties them (decision 0010).

Knows issuers and subjects. Must not know the protocol: whoever calls has proven who stands there.
Roles and departments stay with the account.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.rows import sessions
from ...store.rows.bodies import Account
from ...store.rows.sessions import Identity, SignIn, WebSession
from ..workplace import Workplace
from . import tries
from .sign_in import WRONG, code_used, new_token
from .tries import WINDOW

VALID = timedelta(hours=24)  # how long a number may be told to the administrator
# Refusals without a known name that one window of time writes down; a flood of them says nothing
# more.
MANY = 200
_NOBODY = "oidc:"
STOPPED = "この利用者は、いま使えません。管理者に確かめてください。"
USED = "このサインインは、もう使われています。もう一度サインインしてください。"


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the city's own sign-in says somebody is; `way`: how they came in; `proved`: when they
    last showed it there."""

    issuer: str
    subject: str
    way: str = "elsewhere"
    proved: datetime | None = None


def sign_in(wp: Workplace, vouched: Vouched, state: str, now: datetime, *, code: str = "") -> str:
    """The token of a new session for whoever an account is tied to. `state` counts once; `proved`
    is when the other system saw them last, where it says so; `code` is of our own second factor.
    PiaError, on record, for somebody nobody tied (with the number to
    tell the administrator), for a stopped account, and for a state that was used."""
    token, kept = new_token()
    key = "oidc-" + sha256(state.encode()).hexdigest()[:40]
    with wp.store.begin() as session:
        sessions.forget(session, now - timedelta(days=2))
        account = queries.accounts.of_subject(session, vouched.issuer, vouched.subject)
        if queries.audit_entries.request_answered(session, key):
            refusal = USED
            _record(session, "used", now)
        elif account is None:
            refusal = _unknown(session, vouched.issuer, vouched.subject, now)
        elif not account.active:
            refusal = STOPPED
            log.entry(
                session,
                By(account.name, "anonymous", now),
                "access.refused",
                account.name,
                {"from": vouched.issuer, "why": "stopped"},
            )
        else:
            if vouched.proved is not None:
                seen = min(vouched.proved, now)
            else:
                seen = now
            session.add(
                WebSession(
                    token=kept,
                    account_id=account.id,
                    began=now,
                    seen=now,
                    proved=seen,
                    way=vouched.way,
                )
            )
            how = {"from": vouched.issuer, **(code_used(account, code) if code else {})}
            log.entry(
                session,
                By(account.name, account.role, now, key, token[:8]),
                "access.in",
                account.name,
                how,
            )
            return token
    raise PiaError(refusal)


def _unknown(session: Session, issuer: str, subject: str, now: datetime) -> str:
    """Writes down who wanted to come in, and says by which number the administrator finds them; the
    same number within its time.
    """
    known = next(
        (key for key, who in _waiting(session, issuer, now).items() if who == subject), None
    )
    number = known or f"{secrets.randbelow(10**8):08d}"
    log.entry(
        session,
        By("anonymous", "anonymous", now),
        "access.unknown",
        (_NOBODY + subject)[:200],
        {"issuer": issuer, "subject": subject, "number": number},
    )
    return (
        "この画面を使う利用者として、まだ結び付けられていません。管理者に、"
        f"登録用の番号 {number[:4]}-{number[4:]} を伝えてください（24時間だけ使えます）。"
    )


def _waiting(session: Session, issuer: str, now: datetime) -> dict[str, str]:
    """Number → subject of those who were refused and not tied lately."""
    details = {}
    for row in queries.audit_entries.unknown_sign_ins(session, now - VALID):
        if row.detail.get("issuer") == issuer:
            details[row.detail["number"]] = row.detail["subject"]
    return details


def refused(wp: Workplace, why: str, now: datetime) -> None:
    """An answer of the provider that proved nobody, on record."""
    with wp.store.begin() as session:
        _record(session, why, now)


def _record(session: Session, why: str, now: datetime) -> None:
    if sessions.failures(session, _NOBODY, now - WINDOW) < MANY:
        session.add(SignIn(name=_NOBODY, at=now, good=False))
        log.entry(session, By("anonymous", "anonymous", now), "access.refused", _NOBODY + why, {})


def tie(wp: Workplace, by: By, name: str, issuers: Sequence[str], number: str) -> None:
    """Ties an account to the person who was shown this number when they tried to come in from one
    of these systems. PiaError for a number nobody was shown lately.
    """
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", number) if letter.isdigit())
    with wp.store.begin() as session:
        for issuer in issuers:
            subject = _waiting(session, issuer, by.at).get(digits)
            if subject is not None:
                _tie(session, by, name, issuer, subject)
                return
    raise PiaError(
        "その登録用の番号は見つかりません。番号は24時間で使えなくなります。"
        "本人にもう一度サインインを試してもらい、新しい番号を聞いてください。"
    )


def without_password(wp: Workplace, name: str) -> bool:
    """Whether a name is that of an account whose password is not ours, or of none: the directory
    may know it.
    """
    with wp.store.read() as session:
        account = queries.accounts.named(session, name)
        return account is None or account.password is None


def refuse_who_waits(wp: Workplace, name: str, origin: str, now: datetime) -> None:
    """PiaError for who was wrong too often: the directory counts wrong passwords too, and locks
    people out.
    """
    with wp.store.read() as session:
        seconds = tries.wait(session, name, origin, now)
    if seconds > 0:
        raise tries.told(seconds)


def wrong(wp: Workplace, name: str, origin: str, now: datetime) -> None:
    """A name and password that the directory does not know, counted and refused like any other."""
    with wp.store.begin() as session:
        session.add(SignIn(name=name[:200], at=now, good=False, origin=origin))
        if queries.accounts.id_of(session, name):
            log.entry(
                session, By(name, "anonymous", now), "access.refused", name, {"from": "directory"}
            )
    raise PiaError(WRONG)


def tie_first(wp: Workplace, name: str, issuer: str, subject: str, now: datetime) -> None:
    """Ties the account of a name to the person the directory knows by it, the first time they come:
    an administrator registered that very name for them. Later the person counts and not the name,
    which the directory may give to somebody else.
    """
    with wp.store.begin() as session:
        account = queries.accounts.without_password(session, name)
        if account is None or queries.accounts.tie_of_subject(session, issuer, subject):
            return
        if queries.accounts.tie_of_account(session, account.id, issuer):
            raise PiaError(
                "この利用者名は、いまのディレクトリでは別の人のものです。"
                "管理者に、結び付けを確かめてもらってください。"
            )
        _tie(session, By(name, account.role, now), name, issuer, subject)


def tied(wp: Workplace, issuer: str) -> dict[str, str]:
    """Name → subject of the accounts in use that are tied to people of a system."""
    with wp.store.read() as session:
        subjects = {}
        for name, subject in queries.accounts.subjects(session, issuer):
            subjects[name] = subject
        return subjects


def stop_gone(wp: Workplace, by: By, names: Sequence[str], why: str) -> list[str]:
    """Stops the accounts of people who left or moved, in one act; the names of those that were in
    use. The last administrator in use is never stopped: then nobody could let anybody in. PiaError
    says so, and nothing is changed.
    """
    with wp.store.begin() as session:
        accounts = queries.accounts.active_of_names(session, names)
        if (
            any(account.role == "administrator" for account in accounts)
            and queries.accounts.another_administrator(session, names) is None
        ):
            raise PiaError(
                "使える管理者がいなくなるため、止められません。"
                "先に、ほかの管理者を登録してください。"
            )
        for account in accounts:
            session.execute(update(Account).where(Account.id == account.id).values(active=False))
            session.execute(delete(WebSession).where(WebSession.account_id == account.id))
            log.entry(session, by, "account.active", account.name, {"active": False, "why": why})
        stopped = []
        for account in accounts:
            stopped.append(account.name)
        return stopped


def tie_subject(wp: Workplace, by: By, name: str, issuer: str, subject: str) -> None:
    """Ties an account to a subject that the administrator knows from the provider's own list."""
    with wp.store.begin() as session:
        _tie(session, by, name, issuer, subject)


def _tie(session: Session, by: By, name: str, issuer: str, subject: str) -> None:
    account = _account(session, name)
    if queries.accounts.tie_of_account(session, account.id, issuer):
        raise PiaError(
            f"利用者「{name}」は、もう結び付けられています。"
            "替えるときは、先に今の結び付けを外してください。"
        )
    other = queries.accounts.name_of_subject(session, issuer, subject)
    if other is not None:
        raise PiaError(
            f"その人は、利用者「{other}」に結び付けられています。"
            "1人を2つの利用者に結び付けることはできません。"
        )
    session.add(Identity(account_id=account.id, issuer=issuer, subject=subject))
    log.entry(session, by, "account.tie", name, {"issuer": issuer, "subject": subject})


def untie(wp: Workplace, by: By, name: str) -> None:
    """Takes an account's ties away and ends its sessions."""
    with wp.store.begin() as session:
        account = _account(session, name)
        session.execute(delete(Identity).where(Identity.account_id == account.id))
        session.execute(delete(WebSession).where(WebSession.account_id == account.id))
        log.entry(session, by, "account.untie", name, {})


def _account(session: Session, name: str) -> Account:
    account = queries.accounts.named(session, name)
    if account is None:
        raise PiaError(f"利用者「{name}」は登録されていません。")
    return account
