"""Signing in through a SAML 2.0 provider: who it proves comes in, and no answer counts that is
not its own, to this browser, for us, now and for the first time."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from flask import Flask

from pia import config
from pia.actions.people import registration, sso
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.web.application import create_app
from pia.web.sso import saml

from ..conftest import NOW
from .client import PageClient
from .saml_provider import ISSUER, Provider

ADMIN = By("sagara", "administrator", NOW)


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider()


@pytest.fixture
def settings(provider: Provider, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "idp.xml").write_text(provider.metadata(), "utf-8")
    return {
        "PIA_SAML_IDP": str(tmp_path / "idp.xml"),
        "PIA_SAML_NAME": "職員の認証",
        "PIA_SECURE": "1",
    }


@pytest.fixture
def app(played: Workplace, settings: dict[str, str]) -> Flask:
    registration.add_account(
        played,
        ADMIN,
        registration.NewAccount("nagai", "永井 光", "drafter", "みなも市長", "情報政策課"),
    )
    sso.tie_subject(played, ADMIN, "nagai", ISSUER, "person-nagai")
    return create_app(played, config.load(settings), lambda: NOW)


class Browser:
    def __init__(self, app: Flask):
        self.page = PageClient(app)
        self.client = self.page.client

    def goes(self, to: str = "") -> str:
        """The address at the provider this browser is sent to."""
        return self.client.get(f"/sign-in/saml/go?next={to}", base_url="https://localhost").headers[
            "Location"
        ]

    def back(self, answer: str) -> str:
        """Where the posted answer leads."""
        sent = self.client.post(
            "/sign-in/saml", data={"SAMLResponse": answer}, base_url="https://localhost"
        )
        assert sent.status_code == 303, sent.status_code
        return sent.headers["Location"]

    def told(self) -> str:
        """What the next page will say."""
        with self.client.session_transaction(base_url="https://localhost") as kept:
            return " ".join(words for _, words in kept.get("_flashes", []))

    def inside(self) -> bool:
        return self.client.get("/me", base_url="https://localhost").status_code == 200


def test_who_the_provider_proves_comes_in_and_goes_on(app: Flask, provider: Provider) -> None:
    PageClient(app).expect_words("/sign-in", "職員の認証でサインイン")
    browser = Browser(app)
    assert browser.back(provider.answer(browser.goes("/rounds"))) == "/rounds"
    assert browser.inside()


def test_an_answer_counts_once(app: Flask, provider: Provider) -> None:
    browser = Browser(app)
    answer = provider.answer(browser.goes())
    kept = browser.client.get_cookie("__Host-pia-saml")
    browser.back(answer)
    assert browser.inside()
    other = Browser(app)
    assert kept is not None
    other.client.set_cookie("__Host-pia-saml", kept.value, secure=True)
    assert other.back(answer).startswith("/sign-in") and not other.inside()


LIES: dict[str, dict[str, object]] = {
    "not signed": {"sign": False},
    "signed by another": {"of": Provider()},
    "another audience": {"audience": "https://other.example"},
    "another question": {"question": "_other"},
    "too late": {"until": "2020-01-01T00:00:00Z"},
    "not yet": {"since": "2090-01-01T00:00:00Z"},
    "another issuer": {"issuer": "https://evil.example"},
    "for another address": {"back": "https://other.example/sign-in/saml"},
    "a name that is given to the next": {
        "format": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    },
    "nobody": {"subject": ""},
}


@pytest.mark.parametrize("lie", LIES)
def test_no_answer_counts_that_is_not_proven(app: Flask, provider: Provider, lie: str) -> None:
    browser = Browser(app)
    assert browser.back(provider.answer(browser.goes(), **LIES[lie])).startswith("/sign-in")
    assert not browser.inside() and "確かめられない" in browser.told()


def test_words_changed_after_signing_do_not_count(app: Flask, provider: Provider) -> None:
    browser = Browser(app)
    answer = base64.b64decode(provider.answer(browser.goes(), "person-other")).replace(
        b"person-other", b"person-nagai"
    )
    assert (
        browser.back(base64.b64encode(answer).decode()).startswith("/sign-in")
        and not browser.inside()
    )


def test_an_answer_to_another_browser_does_not_count(app: Flask, provider: Provider) -> None:
    """Otherwise somebody could be signed in as another without noticing."""
    asked, other = Browser(app), Browser(app)
    answer = provider.answer(asked.goes())
    assert other.back(answer).startswith("/sign-in") and not other.inside()
    other.goes()
    assert other.back(answer).startswith("/sign-in") and not other.inside()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "x",
        "PHg+",
        base64.b64encode(
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
        ).decode(),
    ],
)
def test_words_that_are_no_answer_are_refused(app: Flask, words: str) -> None:
    browser = Browser(app)
    browser.goes()
    assert browser.back(words).startswith("/sign-in") and not browser.inside()


def test_who_nobody_tied_is_shown_a_number(app: Flask, provider: Provider) -> None:
    browser = Browser(app)
    browser.back(provider.answer(browser.goes(), "person-new"))
    number = browser.told().split("登録用の番号 ")[1][:9]
    registration.add_account(
        app.extensions["pia"],
        ADMIN,
        registration.NewAccount("newcomer", "新人", "drafter", "みなも市長", "情報政策課"),
    )
    sso.tie(app.extensions["pia"], ADMIN, "newcomer", ["https://other.example", ISSUER], number)
    browser.back(provider.answer(browser.goes(), "person-new"))
    assert browser.inside()


def test_an_attribute_may_tell_people_apart(
    played: Workplace, settings: dict[str, str], provider: Provider
) -> None:
    registration.add_account(
        played,
        ADMIN,
        registration.NewAccount("nagai", "永井 光", "drafter", "みなも市長", "情報政策課"),
    )
    sso.tie_subject(played, ADMIN, "nagai", ISSUER, "e-4711")
    browser = Browser(
        create_app(
            played, config.load(settings | {"PIA_SAML_SUBJECT": "employeeNumber"}), lambda: NOW
        )
    )
    browser.back(provider.answer(browser.goes(), "whoever"))
    assert browser.inside()


def test_without_settings_there_is_no_such_way(played: Workplace) -> None:
    app = create_app(played, config.load({}), lambda: NOW)
    assert app.test_client().get("/sign-in/saml/go").status_code == 404
    assert app.test_client().post("/sign-in/saml").status_code == 404


@pytest.mark.parametrize(
    "words",
    [
        "",
        "<x/>",
        "<md:EntityDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata' entityID='x'/>",
    ],
)
def test_metadata_that_cannot_work_is_refused_at_the_start(tmp_path: Path, words: str) -> None:
    (tmp_path / "idp.xml").write_text(words, "utf-8")
    with pytest.raises(PiaError, match="PIA_SAML_IDP"):
        saml.provider(config.load({"PIA_SAML_IDP": str(tmp_path / "idp.xml")}))
