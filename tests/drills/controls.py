"""Guards of docs/security.md switched off one by one: the test the page names for it must fail
then. One that still passes is no test of its guard.

Knows which attribute of which module is the guard and what stands in its place when it is off. Must
not know the tests: the page names them. Each runs in a child of its own, and once with everything
on.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pickle
import secrets
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from tests import shared
from tests.store import servers
from tests.test_security import PAGE, ROOT, rows_of

from . import defences
from .defences import Off
from .defences import always as _always

ENDED = ("passed", "failed", "error")
SMALL = ("3.4.4", "6.2.8", "11.3.3")  # what the suite runs


def _headers(**other: str | None) -> Callable[[Any], Any]:
    """The headers of every answer with some changed or left out."""
    named = {name.replace("_", "-"): value for name, value in other.items()}

    def made(was: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in (was | named).items() if value is not None}

    return made


def _cookies(**other: Any) -> Callable[[Any], Any]:
    def made(was: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *args, **given: was(self, *args, **(given | other))

    return made


def _unescaped(was: Callable[[Any], None]) -> Callable[[Any], None]:
    def dress(environment: Any) -> None:
        was(environment)
        environment.autoescape = False

    return dress


def _shown_in_place(_: Any) -> Callable[..., Any]:
    from flask import Response

    def attachment(body: Any, name: str, kind: str) -> Any:
        return Response(
            body, mimetype=kind, headers={"Content-Disposition": f'inline; filename="{name}"'}
        )

    return attachment


def _believed(_: Any) -> Callable[[str], str]:
    from flask import request

    return lambda name: f"address:{request.headers.get('X-Forwarded-For', '')}"


def _unproven(_: Any) -> Callable[..., Any]:
    from base64 import urlsafe_b64decode

    def claims(provider: Any, token: Any, *_: Any) -> Any:
        payload = str(token["id_token"]).split(".")[1]
        return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    return claims


def _facts(_: Any) -> Callable[..., Any]:
    from pia.web.sso import oidc

    return lambda provider, session: oidc._json(
        session, provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    )


def _no_old_password(_: Any) -> Callable[..., None]:
    from pia.actions.people import sign_in

    return lambda wp, by, name, old, new: sign_in.set_password(wp, by, name, new)


def _kept_session(_: Any) -> Callable[[str], None]:
    from flask import session

    return lambda token: session.__setitem__("t", token)


def _kept_token(was: Callable[..., str]) -> Callable[..., str]:
    """A proof that is believed and leaves the browser with the token it had."""
    from flask import session

    return lambda *given: (was(*given), str(session["t"]))[1]


def _drops_nothing(was: Callable[[Any], Any]) -> Callable[[Any], Any]:
    from sqlalchemy import false

    return lambda table: was(table).where(false())


def _opened(was: Callable[..., str]) -> Callable[..., str]:
    def unseal(kept: str, key: str, about: str) -> str:
        try:
            return was(kept, key, about)
        except Exception:
            return ""

    return unseal


def _long(was: Any) -> Any:
    return was * 1_000


def _any_certificate(was: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **_: was(validate=ssl.CERT_NONE)


def _told(e: Exception) -> tuple[str, int]:
    import logging

    logging.getLogger("pia").error("unexpected error on fails")
    return f"思いがけない誤り {e!r}", 500


class _Equal:
    compare_digest = staticmethod(lambda *_: True)


CONTROLS: dict[str, Off] = {
    "1.2.1": Off("pia.documents.text.page:dress", _unescaped),
    "1.2.2": Off("pia.web.answers:local", lambda _: lambda address, otherwise: address),
    "1.2.6": Off("ldap3.utils.conv:escape_filter_chars", lambda _: lambda words, *__: words),
    "1.2.9": Off(
        "pia.documents.workbook_in.labels:_spaced", lambda _: lambda word: r"\s*".join(word)
    ),
    "1.4.2": Off(
        "pia.web.shell:_Number.__init__",
        lambda _: lambda self, url_map, **given: super(type(self), self).__init__(url_map, **given),
    ),
    "1.5.1": Off("pia.documents.ooxml.guard:_declares", _always(False)),
    "1.5.2": Off(
        "pia.documents.ooxml.guard:_Answer.find_class",
        lambda _: lambda self, module, name: pickle.Unpickler.find_class(self, module, name),
    ),
    "2.4.1": Off("pia.web.limits:Posts._takes", _always(True)),
    "3.2.1": Off("pia.web.answers:attachment", _shown_in_place),
    "3.3.1": Off("pia.web.devices:bound", lambda _: lambda name, secure: name),
    "3.3.2": Off("werkzeug.wrappers:Response.set_cookie", _cookies(samesite=None)),
    "3.3.3": Off("pia.web.devices:_cookie", lambda _: lambda: "pia-device"),
    "3.3.4": Off("werkzeug.wrappers:Response.set_cookie", _cookies(httponly=False)),
    "3.4.1": Off("pia.web.limits:HSTS", lambda _: "max-age=60"),
    "3.4.2": Off("pia.web.shell:HEADERS", _headers(Access_Control_Allow_Origin="*")),
    "3.4.3": Off(
        "pia.web.shell:HEADERS", _headers(Content_Security_Policy="default-src * 'unsafe-inline'")
    ),
    "3.4.4": Off("pia.web.shell:HEADERS", _headers(X_Content_Type_Options=None)),
    "3.4.5": Off("pia.web.shell:HEADERS", _headers(Referrer_Policy=None)),
    "3.4.6": Off("pia.web.limits:_CSP", lambda _: "default-src 'none'"),
    "3.5.1": Off("pia.web.gate:csrf.protect", _always(None)),
    "3.7.2": Off("pia.web.answers:local", lambda _: lambda address, otherwise: address),
    "4.1.3": Off("pia.web.devices:origin", _believed),
    "5.2.1": Off("flask.wrappers:Request.max_content_length", lambda _: None),
    "5.2.3": Off("pia.documents.ooxml.guard:_package", _always(None)),
    "5.4.2": Off("pia.web.answers:attachment", _shown_in_place),
    "6.2.1": Off("pia.actions.people.passwords:LEAST", lambda _: 4),
    "6.2.3": Off("pia.actions.people.sign_in:change_password", _no_old_password),
    "6.2.4": Off("pia.actions.people.passwords:STRONG", lambda _: 0),
    "6.2.5": Off(
        "pia.actions.people.passwords:_others",
        lambda _: lambda words, known: sum(letter.isalnum() for letter in words),
    ),
    "6.2.8": Off(
        "pia.actions.people.passwords:matches",
        lambda was: lambda kept, given: was(kept, given[:128]),
    ),
    "6.2.9": Off("pia.actions.people.passwords:MOST", lambda _: 40),
    "6.2.11": Off("pia.actions.people.passwords:_others", _always(99)),
    "6.3.1": Off("pia.actions.people.tries:wait", _always(0)),
    "6.5.1": Off("pia.actions.people.sign_in:_used", _always(False)),
    "6.5.3": Off("pia.actions.people.sign_in:pyotp.random_base32", _always("A" * 32)),
    "6.8.2": Off("pia.web.sso.oidc:_claims", _unproven),
    "7.2.1": Off("pia.actions.people.sign_in:_lives", _always(True)),
    "7.2.2": Off("pia.web.people.sign_in:_begin", _kept_session),
    "7.2.3": Off(
        "pia.actions.people.sign_in:new_token",
        lambda was: (
            lambda: (
                short := secrets.token_urlsafe(4),
                importlib.import_module("pia.actions.people.sign_in").kept_token(short),
            )
        ),
    ),
    "7.3.1": Off("pia.actions.people.sign_in:IDLE", _long),
    "7.3.2": Off(
        "pia.actions.people.sign_in:_lives",
        lambda _: (
            lambda web_session, now: (
                now - web_session.seen <= importlib.import_module("pia.actions.people.sign_in").IDLE
            )
        ),
    ),
    "7.4.1": Off("pia.actions.people.sign_in:sign_out", _always(None)),
    "7.4.2": Off("pia.actions.people.sign_in:delete", _drops_nothing),
    "7.5.1": Off("pia.web.gate:_proof", _always(None)),
    "7.5.2": Off("pia.actions.people.sign_in:end_session", _always(None)),
    "8.2.1": Off("pia.web.allowed:has", _always(True)),
    "8.3.1": Off("pia.web.allowed:has", _always(True)),
    "9.1.1": Off("pia.web.sso.oidc:_claims", _unproven),
    "9.2.1": Off("pia.web.sso.oidc:LEEWAY", _long),
    "10.1.2": Off("pia.web.sso.oidc:hmac", lambda _: _Equal),
    "10.5.3": Off("pia.web.sso.oidc:_facts", _facts),
    "11.3.3": Off("pia.actions.people.sealed:unseal", _opened),
    "12.3.2": Off("ldap3:Tls", _any_certificate),
    "13.4.2": Off("pia.web.errors:_unexpected", lambda _: _told),
    "14.2.2": Off("pia.web.shell:HEADERS", _headers(Cache_Control="public, max-age=3600")),
    "14.3.2": Off("pia.web.shell:HEADERS", _headers(Cache_Control=None)),
    "15.2.2": Off(
        "pia.web.limits:AtOnce.__call__",
        lambda _: lambda self, environ, start: self.app(environ, start),
    ),
    "15.3.5": Off("pia.web.inputs:number", _always(12)),
    "15.3.7": Off("pia.web.gate:_objects", _always(None)),
    "16.3.2": Off("pia.actions.people.sign_in:denied", _always(None)),
    "16.3.4": Off("pia.web.errors:_unexpected", _always(("思いがけない誤り", 500))),
    "8.2.2": Off("pia.actions.people.rights:may", _always(True)),
    "5.2.2": Off("pia.documents.ooxml.endings:fault", _always("")),
    "5.4.3": Off("pia.actions.upkeep.scanning:_ended", _always(0)),
    "6.2.12": Off("pia.actions.people.passwords:_stands_in", _always(False)),
    "6.3.3": Off("pia.actions.people.sign_in:owes", _always("")),
    "6.3.4": Off("pia.actions.people.sign_in:right_code", _always(True)),
    "6.4.1": Off("pia.actions.people.sign_in:owes", _always("")),
    "6.4.3": Off("pia.actions.people.sign_in:_second_of_way_in", _always(None)),
    "6.4.4": Off(
        "pia.actions.people.sign_in:drop_second",
        lambda was: lambda wp, by, name, how="": was(wp, by, name, how or "unsaid"),
    ),
    "6.5.5": Off(
        "pyotp:TOTP.verify",
        lambda was: (
            lambda self, otp, for_time=None, valid_window=0: was(
                self, otp, for_time=for_time, valid_window=1
            )
        ),
    ),
    "6.8.4": Off("pia.web.sso.oidc:_seen", _always(None)),
    "7.2.4": Off("pia.actions.people.sign_in:prove", _kept_token),
    "11.2.2": Off("pia.actions.people.sealed:is_current", _always(True)),
    "11.2.3": Off("pia.actions.people.sealed:bits", _always(256)),
    "12.3.1": Off("pia.actions.upkeep.starting:line_is_safe", _always(True)),
    "16.2.2": Off("pia.actions.upkeep.clocks:compare", _always([])),
    "16.3.3": Off("pia.web.refusals:note", _always(None)),
    "8.2.3": Off("pia.actions.access.veil:Readers.hides", _always(False)),
}


def switch_off(number: str) -> None:
    """Puts the other thing where the guard stands, in this process. `number` of a guard, or the
    name of a defence."""
    wanted = CONTROLS.get(number) or defences.DEFENCES[number]
    holder, last = defences.found(wanted)
    setattr(holder, last, wanted.other(getattr(holder, last)))


def failing(test: str, number: str) -> int:
    """How many tests of these fail in a child without a guard or defence, by what they assert."""
    with tempfile.TemporaryDirectory(prefix="pia-run-") as name:
        try:
            return _count(_run([test], number, Path(name)), "failed")
        finally:
            # The run is ours, not the child's: it leaves its server to us.
            servers.stop_shared(name)


def named() -> dict[str, str]:
    """The test the page names for each number."""
    return {row.number: row.test for row in rows_of(PAGE.read_text("utf-8")) if row.holds}


def _run(tests: Iterable[str], number: str, folder: Path) -> str:
    """How the tests ended in a child with one guard off (none where `number` is empty):
    "passed=1 failed=0 skipped=0", or empty where it could not begin."""
    report = folder / f"{number or 'all'}.told"
    known = {
        **os.environ,
        shared.RUN: str(folder),
        "PIA_SWITCHED": number,
        "PIA_SWITCHED_TOLD": str(report),
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-p",
        "tests.drills.switched",
        *tests,
    ]
    subprocess.run(
        command if number else [argument for argument in command if argument != "-x"],
        cwd=ROOT,
        env=known,
        capture_output=True,
    )
    return report.read_text("utf-8") if report.exists() else ""


def _count(report: str, word: str) -> int:
    return int(dict(part.split("=") for part in report.split()).get(word, 0))


def run(
    kind: str, pg: str | None, args: argparse.Namespace, numbers: Iterable[str] = ()
) -> dict[str, Any]:
    """Every guard of the table (`numbers`: some of them). A miss is a test that passes without
    its guard, fails with it, could not be run, or stops at something else than what it asserts."""
    wanted, tests = list(numbers) or list(CONTROLS), named()
    with tempfile.TemporaryDirectory(prefix="pia-run-") as name:
        folder = Path(name)
        with_all = _run(sorted({tests[number] for number in wanted}), "", folder)
        with ThreadPoolExecutor(max_workers=max(1, min(args.writers, 2))) as pool:
            ended = dict(
                zip(wanted, pool.map(lambda number: _run([tests[number]], number, folder), wanted))
            )
    seen = [number for number, report in ended.items() if _count(report, "failed")]
    skipped = [
        number
        for number, report in ended.items()
        if _count(report, "skipped") and not any(map(partial(_count, report), ENDED))
    ]
    missed = [f"{number}: {tests[number]}" for number in wanted if number not in (*seen, *skipped)]
    wrong = (
        _count(with_all, "failed")
        + _count(with_all, "error")
        + (0 if _count(with_all, "passed") or len(skipped) == len(wanted) else 1)
    )
    return {
        "missed": len(missed) + wrong,
        "switched off": len(wanted),
        "seen": len(seen),
        "program missing": skipped,
        "failing with all on": wrong,
        "which": missed,
    }
