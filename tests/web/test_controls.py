"""What guards every answer and every session, looked at from outside; where a setting switches a
guard, the test also looks at it switched off."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select

from pia import config
from pia.actions import demo
from pia.actions.people import passwords
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.store.rows.bodies import Account
from pia.store.rows.sessions import SignIn
from pia.web import declared, inputs, limits
from pia.web.application import create_app, create_zone
from pia.web.public.pages import create_public_app

from ..cli.test_connections import serving
from ..conftest import NOW
from ..drills.web_random import FIELDS
from .client import PageClient

ADMIN = By("sagara", "administrator", NOW)
HTTPS = "https://localhost"
WORDS = "港の朝に白い船が三そう見えた"


def staff(wp: Workplace, **settings: str) -> Flask:
    return create_app(wp, config.load(settings), lambda: NOW)


def kept(answer) -> list[str]:  # type: ignore[no-untyped-def]
    return list(answer.headers.getlist("Set-Cookie"))


def signed_in(app: Flask, base: str = HTTPS, size: str = "") -> list[str]:
    """Every cookie of a sign-in through the page."""
    client = app.test_client()
    page = client.get(f"/sign-in{size}", base_url=base)
    form = next(
        one
        for one in html.document_fromstring(page.get_data(as_text=True)).iter("form")
        if one.get("action") == "/sign-in"
    )
    sent = {field.get("name"): field.get("value", "") for field in form.iter("input")}
    sent |= {"name": "hiratsuka", "password": demo.PASSWORD}
    answer = client.post(
        "/sign-in", data=sent, base_url=base, headers={"Referer": f"{base}/sign-in"}
    )
    assert answer.status_code == 303, answer.status_code
    return [*kept(page), *kept(answer)]


def faults_of_cookies(cookies: list[str]) -> list[str]:
    wanted = ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=")
    return [
        cookie
        for cookie in cookies
        if not cookie.startswith("__Host-")
        or "Domain=" in cookie
        or not all(part in cookie for part in wanted)
    ]


def test_every_cookie_is_bound_to_its_host(played: Workplace) -> None:
    cookies = signed_in(staff(played, PIA_SECURE="1"), size="?size=large")
    assert {cookie.split("=")[0] for cookie in cookies} == {
        "__Host-pia",
        "__Host-pia-device",
        "__Host-size",
    }
    assert faults_of_cookies(cookies) == []
    public = create_public_app(played, config.load({"PIA_SECURE": "1"}), lambda: NOW)
    found = kept(public.test_client().get("/consultations/1/opinion?size=huge", base_url=HTTPS))
    assert found and faults_of_cookies(found) == []
    bare = signed_in(staff(played), base="http://localhost", size="?size=large")
    assert len(faults_of_cookies(bare)) == len(bare), (
        "with the setting off the look at them finds all"
    )


def answers(app: Flask) -> dict[str, object]:
    """An answer of every kind, over https."""
    client = app.test_client()
    asked = {
        "page": "/sign-in",
        "led on": "/rounds",
        "not there": "/nowhere",
        "health": "/healthz",
        "style": "/static/pia.css",
        "script": "/static/keys.js",
    }
    answered = {name: client.get(address, base_url=HTTPS) for name, address in asked.items()}
    answered["other host"] = client.get("/sign-in", base_url="https://evil.example")
    answered["wrong way"] = client.post("/rounds", base_url=HTTPS)
    member = PageClient(app, "hiratsuka").client
    answered["download"] = member.get(
        "/assessments/nhi-benefits/export.json", base_url="http://localhost"
    )
    return answered


DIRECTIVES = (
    "default-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "script-src 'self'",
)


def faults_of_headers(name: str, answer) -> list[str]:  # type: ignore[no-untyped-def]
    """What an answer lacks that every answer has."""
    policy = answer.headers.get("Content-Security-Policy", "")
    checks = {
        "policy": "sandbox" in policy or all(directive in policy for directive in DIRECTIVES),
        "inline": "unsafe" not in policy and "*" not in policy,
        "sniffing": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "referrer": answer.headers.get("Referrer-Policy") == "same-origin",
        "other origins": "Access-Control-Allow-Origin" not in answer.headers,
        "opener": answer.headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "letters": not answer.mimetype.startswith("text/")
        or "charset=utf-8" in answer.headers["Content-Type"],
        "kept by nobody": name in ("style", "script")
        or answer.headers.get("Cache-Control") == "no-store",
        "server": "Python" not in answer.headers.get("Server", ""),
    }
    return [f"{name}: {check}" for check, good in checks.items() if not good]


def test_every_answer_has_its_headers(seen: Workplace) -> None:
    answered = answers(staff(seen))
    assert answered["other host"].status_code == 421  # type: ignore[attr-defined]
    assert answered["page"].status_code == answered["download"].status_code == 200
    assert [
        fault for name, answer in answered.items() for fault in faults_of_headers(name, answer)
    ] == []


def test_https_is_asked_for_a_year_and_below_too(seen: Workplace) -> None:
    client = staff(seen, PIA_SECURE="1").test_client()
    policy = client.get("/sign-in", base_url=HTTPS).headers["Strict-Transport-Security"]
    assert (
        int(policy.split("max-age=")[1].split(";")[0]) >= 365 * 24 * 3600
        and "includeSubDomains" in policy
    )
    assert (
        "Strict-Transport-Security"
        not in client.get("/sign-in", base_url="http://localhost").headers
    )


def test_who_is_sent_away_reads_under_the_same_policy() -> None:
    told: list[tuple[str, str]] = []
    secure = {"wsgi.url_scheme": "https"}
    limits._busy(secure, lambda _, headers: told.extend(headers), "429 Too Many Requests", 3)
    said = dict(told)
    assert all(directive in said["Content-Security-Policy"] for directive in DIRECTIVES[:4])
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Strict-Transport-Security"] == limits.HSTS


def test_a_download_is_never_shown_in_place(seen: Workplace) -> None:
    answer = PageClient(staff(seen), "hiratsuka").client.get(
        "/assessments/nhi-benefits/export.json"
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_file_s_name_cannot_leave_its_header(seen: Workplace) -> None:
    from pia.web.answers import attachment

    with staff(seen).test_request_context("/"):
        try:
            attached = attachment(b"x", 'a"; x=1\r\nSet-Cookie: y=z\\../../評価', "text/csv")
            disposition = attached.headers["Content-Disposition"]
        except ValueError as e:  # werkzeug's own last line of defence: ours was not there
            disposition = f'"{e}"'
    assert disposition.isascii() and not set('"\r\n\\ ') & set(
        disposition.removeprefix("attachment; ")
    )


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_answered(seen: Workplace, method: str) -> None:
    for address in ("/sign-in", "/healthz", "/accounts"):
        assert staff(seen).test_client().open(address, method=method).status_code in (404, 405), (
            address
        )


def test_nothing_is_changed_by_reading(seen: Workplace) -> None:
    """Every route that is read takes no form, and every one that takes a form is not read by
    it: what changes something is a POST."""
    app = staff(seen)
    both = [
        str(rule) for rule in app.url_map.iter_rules() if {"GET", "POST"} <= (rule.methods or set())
    ]
    other = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS", "POST"}
    ]
    assert both == [] and other == []


@pytest.mark.parametrize(
    "address",
    [
        "/static/",
        "/static",
        "/.git/config",
        "/static/../setup.cfg",
        "/static/%2e%2e/%2e%2e/setup.cfg",
        "/static/..%2f..%2fsetup.cfg",
        "/console",
        "/docs",
        "/metrics",
        "/wsgi.py",
    ],
)
def test_nothing_beside_the_pages_is_served(seen: Workplace, address: str) -> None:
    for app in (staff(seen), create_public_app(seen, config.load({}), lambda: NOW)):
        assert not app.debug and not app.testing
        assert app.test_client().get(address).status_code in (303, 308, 404), address


def test_a_failure_tells_nothing_and_is_written_down(
    seen: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    app = staff(seen)

    def fails() -> str:
        raise RuntimeError("SELECT secret FROM account")

    app.add_url_rule("/fails", "fails", declared.needs("open")(fails))
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/fails")
    words = answer.get_data(as_text=True)
    assert answer.status_code == 500 and "思いがけない誤り" in words
    assert "SELECT" not in words and "Traceback" not in words and "RuntimeError" not in words
    assert [
        record.getMessage() for record in caplog.records if record.levelno == logging.ERROR
    ] == ["unexpected error on fails"]


def test_a_line_of_the_log_is_one_line_and_no_text_of_a_person() -> None:
    program = (
        "from pia.cli.logs import json_lines; import logging; json_lines()\n"
        "try: raise ValueError('個人の文')\n"
        "except ValueError: logging.getLogger('x').error('a\\nfake', exc_info=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stderr
    (line,) = done.splitlines()
    entry = json.loads(line)
    assert (
        entry["message"] == "a\nfake"
        and entry["error"] == "ValueError"
        and entry["at"].endswith("+00:00")
    )
    assert (
        set(entry) == {"at", "level", "logger", "message", "error", "where"}
        and "個人の文" not in line
    )


def test_what_a_client_says_of_its_way_is_believed_of_a_proxy_only(played: Workplace) -> None:
    told = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    }

    def tried(host: str, **settings: str) -> tuple[int, str]:
        page = PageClient(staff(played, **settings))
        form = next(
            one for one in page.get("/sign-in").iter("form") if one.get("action") == "/sign-in"
        )
        sent = page.fields(form) | {"name": "nobody", "password": "wrong"}
        status = page.client.post(
            "/sign-in", data=sent, headers=told | {"Referer": f"https://{host}/sign-in"}
        ).status_code
        with played.store.read() as s:
            return status, s.scalars(select(SignIn.origin).order_by(SignIn.id.desc())).first() or ""

    assert tried("localhost") == (422, "address:127.0.0.1")
    assert (
        tried("evil.example", PIA_PROXY="1", PIA_HOSTS="localhost,evil.example")[1]
        == "address:203.0.113.9"
    ), "with the setting on it is"


POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
SMUGGLED = {
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    "a length of words": POST + b"Content-Length: +3\r\n\r\nabc",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
}


def test_where_a_request_ends_is_not_the_sender_s_choice() -> None:
    with serving(50, 50, 5, 5) as port:
        for name, raw in SMUGGLED.items():
            assert _first_line(port, raw).split(b" ")[1] in (b"400", b"501"), name
        both = POST + (
            b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            b"0\r\n\r\nGET /second HTTP/1.1\r\n\r\n"
        )
        assert _first_line(port, both).split(b" ")[1] in (b"200", b"400")


def _first_line(port: int, raw: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(raw)
        return line.makefile("rb").readline()


# ---- what a request may say


def test_what_is_too_large_is_not_read(seen: Workplace) -> None:
    public = create_public_app(seen, config.load({}), lambda: NOW)
    for app, address, most in (
        (staff(seen), "/sign-in", 64 << 20),
        (public, "/consultations/1/opinion", 1 << 20),
    ):
        for length, refused in ((most + 1, True), (most - 1, False)):
            environ = {
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(length),
            }
            answer = app.test_client().post(address, data=b"a=1", environ_overrides=environ)
            assert (answer.status_code == 413) == refused, (address, length)


def test_only_fields_a_view_asks_for_count(played: Workplace) -> None:
    page = PageClient(staff(played), "hiratsuka")
    form = next(
        candidate
        for candidate in page.get("/me").iter("form")
        if candidate.get("action") == "/me/password"
    )
    more = {
        "role": "administrator",
        "active": "0",
        "name": "sagara",
        "department_id": "1",
        "totp": "x",
    }
    answer = page.client.post(
        "/me/password",
        data=page.fields(form) | {"old": demo.PASSWORD, "new": WORDS, "again": WORDS} | more,
    )
    assert answer.status_code == 303
    with played.store.read() as s:
        account = s.scalars(select(Account).where(Account.name == "hiratsuka")).one()
        assert (account.role, account.active, account.totp) == ("secretariat", True, None)
        assert passwords.matches(
            s.scalar(select(Account.password).where(Account.name == "sagara")), demo.PASSWORD
        )


def test_a_parameter_nobody_declared_is_not_there(seen: Workplace) -> None:
    """What one place calls a field and another an address is told apart: a query is no form."""
    app, told = staff(seen), []

    def looks() -> str:
        from flask import request

        told.append((request.args.to_dict(), request.form.get("name", "")))
        return "seen"

    app.add_url_rule("/looks", "looks", declared.needs("open", asks=("known",))(looks))
    app.test_client().get("/looks?known=1&other=2&name=x")
    assert told == [({"known": "1"}, "")]


@pytest.mark.parametrize("given", ["１２", "12", " 12 "])
def test_a_number_is_a_number_before_it_is_used(seen: Workplace, given: str) -> None:
    with staff(seen).test_request_context("/", method="POST", data={"n": given}):
        assert inputs.number("n", "数") == 12


@pytest.mark.parametrize(
    "given", ["-1", "1e3", "0x10", "99999999999999999999", "1.5", "１２人", "true", "[]", "1;2"]
)
def test_what_is_no_number_is_refused(seen: Workplace, given: str) -> None:
    with (
        staff(seen).test_request_context("/", method="POST", data={"n": given}),
        pytest.raises(inputs.Unfit),
    ):
        inputs.number("n", "数")


def test_a_number_in_an_address_has_an_end(seen: Workplace) -> None:
    page = PageClient(staff(seen), "hiratsuka")
    for number in ("2147483648", "99999999999999999999", "-1", "1e3", "01x"):
        assert page.client.get(f"/consultations/{number}").status_code == 404, number


def test_zones_are_applications_of_their_own(seen: Workplace) -> None:
    """Served apart they share no cookie, no route and no key; what signs one zone's cookie
    opens nothing in the other."""
    office, public = (
        create_zone("staff", seen, config.load({}), lambda: NOW),
        create_zone("public", seen, config.load({}), lambda: NOW),
    )
    assert office.config["SESSION_COOKIE_NAME"] != public.config["SESSION_COOKIE_NAME"]
    assert office.secret_key != public.secret_key
    assert "/sign-in" not in {str(rule) for rule in public.url_map.iter_rules()}


def test_no_form_of_a_round_falls_over_a_document(drafted: Workplace) -> None:
    """The address of a form with a document, and with nothing, where a round belongs."""
    app = staff(drafted)
    page = PageClient(app, "hiratsuka")
    token = page.get("/me").xpath("//input[@name='csrf_token']/@value")[0]
    filled = dict.fromkeys(FIELDS, "令和6年9月2日")
    chosen = filled | {"timing": "事前", "pick": "C/4"}
    tried = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods or rule.arguments != {"ref"}:
            continue
        for ref in ("nhi-benefits", "nhi-benefits~nothing", "nothing"):
            for sent in ({}, filled, chosen):
                address = str(rule).replace("<ref>", ref)
                form = {**sent, "csrf_token": token, "_request": f"{tried:024x}"}
                answer = page.client.post(address, data=form)
                assert answer.status_code < 500, (address, sent)
                tried += 1
    assert tried > 100
