"""Signing in with the name and password of the city's directory, against a real one; and
accounts stopped when people leave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from pia import config
from pia.actions import demo
from pia.actions.people import registration, sign_in, sso
from pia.actions.workplace import SignInRules, Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.rows.bodies import Account
from pia.store.rows.sessions import Identity
from pia.web.application import create_app
from pia.web.sso import directory

from ..conftest import NOW
from . import directory_server
from .client import PageClient
from .directory_server import Server

ADMIN = By("sagara", "administrator", NOW)
GOOD = "庁内の長い合言葉 2026"

pytestmark = pytest.mark.skipif(directory_server.PROGRAM is None, reason=directory_server.HOW)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with directory_server.running(tmp_path_factory.mktemp("directory")) as made:
        made.add("nagai", GOOD)
        made.add("stranger", GOOD)
        yield made


@pytest.fixture
def app(played: Workplace, server: Server) -> Flask:
    registration.add_account(
        played,
        ADMIN,
        registration.NewAccount("nagai", "永井 光", "drafter", "みなも市長", "情報政策課"),
    )
    made = create_app(played, config.load(server.settings()), lambda: NOW)
    made.extensions["settings"] = server.settings()
    return made


def tried(app: Flask, name: str, password: str, code: str = "") -> tuple[PageClient, int, str]:
    page = PageClient(app)
    form = next(f for f in page.get("/sign-in").iter("form") if f.get("action") == "/sign-in")
    answer = page.client.post(
        "/sign-in", data=page.fields(form) | {"name": name, "password": password, "code": code}
    )
    return page, answer.status_code, answer.get_data(as_text=True)


def test_name_and_password_of_the_directory_let_an_account_in(app: Flask) -> None:
    page, status, _ = tried(app, "nagai", GOOD)
    assert status == 303 and "永井 光" in page.get("/").text_content()
    with app.extensions["pia"].store.read() as s:
        assert len(s.scalars(select(Identity)).all()) == 1, "tied the first time"
    assert tried(app, "nagai", GOOD)[1] == 303
    PageClient(app).expect_words("/sign-in", "庁内のディレクトリ")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("nagai", "wrong"),
        ("nagai", ""),
        ("nagai", "\x00"),
        ("nobody", GOOD),
        ("*", GOOD),
        ("nagai)(uid=*", GOOD),
        ("na*", GOOD),
        ("", GOOD),
    ],
)
def test_what_is_not_theirs_is_refused_with_the_one_sentence(
    app: Flask, name: str, password: str
) -> None:
    _, status, words = tried(app, name, password)
    assert status == 422 and sign_in.WRONG in words


@pytest.mark.parametrize("name", ["*", "na*", "nagai)(uid=*", "nagai)(|(uid=*"])
def test_a_name_is_looked_for_to_the_letter(server: Server, name: str) -> None:
    city_directory = directory.directory(config.load(server.settings()))
    assert city_directory is not None and directory.proven(city_directory, "nagai", GOOD, NOW)
    assert directory.proven(city_directory, name, GOOD, NOW) is None


def test_somebody_of_the_directory_without_an_account_stays_out(app: Flask) -> None:
    page, status, words = tried(app, "stranger", GOOD)
    assert status == 422 and "登録用の番号" in words
    assert page.client.get("/").status_code == 303


def test_accounts_with_a_password_of_ours_are_not_asked_of_the_directory(
    app: Flask, server: Server
) -> None:
    server.add("hiratsuka", GOOD)
    try:
        assert tried(app, "hiratsuka", demo.PASSWORD)[1] == 303
        assert tried(app, "hiratsuka", GOOD)[1] == 422, (
            "another password for the same name is no second key"
        )
    finally:
        server.remove("hiratsuka")


def test_a_name_given_to_somebody_else_does_not_open_the_account(
    app: Flask, server: Server
) -> None:
    assert tried(app, "nagai", GOOD)[1] == 303
    server.remove("nagai")
    server.add("nagai", GOOD)  # another person under the name
    try:
        _, status, words = tried(app, "nagai", GOOD)
        assert status == 422 and "別の人" in words
    finally:
        with app.extensions["pia"].store.read() as s:
            assert len(s.scalars(select(Identity)).all()) == 1


def test_wrong_tries_wait_before_the_directory_locks_anybody_out(app: Flask) -> None:
    for _ in range(3):
        tried(app, "nagai", "wrong")
    assert "お待ちください" in tried(app, "nagai", GOOD)[2]


def test_before_what_cannot_be_taken_back_the_directory_is_asked_again(app: Flask) -> None:
    clock = [NOW]
    app.extensions["pia.now"] = lambda: clock[0]
    wp = app.extensions["pia"]
    with wp.store.begin() as s:
        from pia.store.ledger import log

        s.execute(update(Account).where(Account.name == "nagai").values(role="secretariat"))
        log.entry(s, ADMIN, "account.role", "nagai")
    page, _, _ = tried(app, "nagai", GOOD)
    clock[0] += sign_in.PROVEN * 2
    csrf = next(
        e.get("value") for e in page.get("/me").iter("input") if e.get("name") == "csrf_token"
    )
    address = "/rounds/nhi-benefits~r7/submit"
    for number, (given, status) in enumerate(((None, 401), ("wrong", 401), (GOOD, None))):
        sent = {"csrf_token": csrf, "_request": f"{number}" * 20} | (
            {"_password": given} if given else {}
        )
        answer = page.client.post(address, data=sent)
        assert (answer.status_code == 401) == (status == 401), given


def test_who_left_the_directory_is_stopped_and_who_cannot_be_looked_up_is_not(
    app: Flask, server: Server
) -> None:
    wp = app.extensions["pia"]
    assert tried(app, "nagai", GOOD)[1] == 303
    city_directory = directory.directory(config.load(server.settings()))
    assert city_directory is not None
    tied = sso.tied(wp, city_directory.issuer)
    assert directory.gone(city_directory, tied, NOW) == []
    with pytest.raises(PiaError, match="つながりません"):
        directory.gone(replace(city_directory, url="ldaps://localhost:1"), tied, NOW)
    server.remove("nagai")
    try:
        gone = directory.gone(city_directory, tied, NOW)
        assert gone == ["nagai"] == sso.stop_gone(wp, ADMIN, gone, "試し")
        assert sso.stop_gone(wp, ADMIN, gone, "試し") == []
    finally:
        server.add("nagai", GOOD)


def test_the_last_administrator_is_never_stopped(played: Workplace) -> None:
    with pytest.raises(PiaError, match="管理者がいなくなる"):
        sso.stop_gone(played, ADMIN, ["sagara", "mizukoshi"], "試し")
    with played.store.read() as s:
        assert s.scalar(select(Account.active).where(Account.name == "mizukoshi"))


def test_another_certificate_is_not_believed(app: Flask, server: Server, tmp_path: Path) -> None:
    directory_server._certificate(tmp_path)
    city_directory = directory.directory(
        config.load(server.settings() | {"PIA_LDAP_CA": str(tmp_path / "server.pem")})
    )
    assert city_directory is not None
    with pytest.raises(PiaError, match="つながりません"):
        directory.proven(city_directory, "nagai", GOOD, NOW)


@pytest.mark.parametrize(
    ("raw", "may"),
    [
        ({}, True),
        ({"userAccountControl": [b"512"], "accountExpires": [b"9223372036854775807"]}, True),
        ({"userAccountControl": [b"514"]}, False),
        ({"accountExpires": [b"0"]}, True),
        ({"accountExpires": [b"116444736000000000"]}, False),  # 1970
        ({"accountExpires": [b"150000000000000000"]}, True),  # 2076
        ({"pwdAccountLockedTime": [b"000001010000Z"]}, False),
    ],
)
def test_active_directory_s_words_for_who_may_sign_in(
    raw: dict[str, list[bytes]], may: bool
) -> None:
    assert directory._may_sign_in({"raw_attributes": raw}, NOW) == may


@pytest.mark.parametrize(
    "given",
    [
        {"PIA_LDAP_URL": "ldap://dc.city.example"},
        {"PIA_LDAP_BASE": ""},
        {"PIA_LDAP_CA": "/nowhere.pem"},
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(
    server: Server, given: dict[str, str]
) -> None:
    with pytest.raises(PiaError):
        directory.directory(config.load(server.settings() | given))


def test_our_second_factor_is_asked_of_people_of_the_directory_too(app: Flask) -> None:
    """The directory knows a password and nothing more: a city that asks a second factor of all asks
    it here."""
    wp = app.extensions["pia"]
    secret, _ = sign_in.new_secret("nagai", "試し")
    keyed = replace(wp, secret="9d2e7f60a1b84c53f7e0d9c2b6a81345", sign_in=SignInRules("all"))
    asked = create_app(keyed, config.load(app.extensions["settings"]), lambda: NOW)
    page, status, _ = tried(asked, "nagai", GOOD)
    assert status == 303 and page.client.get("/rounds").headers["Location"] == "/me?second=1"
    sign_in.set_second(
        keyed, By("nagai", "drafter", NOW), "nagai", secret, pyotp.TOTP(secret).at(NOW)
    )
    assert sign_in.WRONG in tried(asked, "nagai", GOOD)[2]
    code = pyotp.TOTP(secret).at(NOW)
    page, status, _ = tried(asked, "nagai", GOOD, code)
    assert status == 303 and page.client.get("/rounds").status_code == 200
    assert sign_in.WRONG in tried(asked, "nagai", GOOD, code)[2], "a code counts once here too"
