"""Signing in through a real provider on this machine: who is tied comes in, everybody and
everything else is refused and on record."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from pia import config
from pia.actions import demo
from pia.actions.people import sign_in, sso
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.web.application import create_app
from pia.web.public.pages import create_public_app
from pia.web.sso import oidc

from ..conftest import NOW
from .client import PageClient, expect_problem, expect_words
from .provider import CLIENT, SECRET, Provider, serving

ADMIN = By("sagara", "administrator", NOW)


def settings(issuer: str, **more: str) -> config.Config:
    return config.load(
        {
            "PIA_OIDC_ISSUER": issuer,
            "PIA_OIDC_CLIENT_ID": CLIENT,
            "PIA_OIDC_CLIENT_SECRET": SECRET,
            "PIA_OIDC_NAME": "みなも市の認証",
            **more,
        }
    )


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(lambda: NOW) as one:
        yield one


@pytest.fixture
def app(played: Workplace, provider: Provider) -> Flask:
    return create_app(played, settings(provider.issuer), lambda: NOW)


@pytest.fixture
def tied(app: Flask, provider: Provider) -> Flask:
    sso.tie_subject(app.extensions["pia"], ADMIN, "hiratsuka", provider.issuer, provider.subject)
    return app


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def through(page: PageClient, start: str = "/sign-in/oidc/go") -> str:
    """Goes to the provider as the browser would, and gives the path and query that lead back."""
    answer = page.client.get(start)
    assert answer.status_code == 303
    opener = build_opener(_Stay)
    try:
        opener.open(answer.headers["Location"], timeout=10)
    except OSError as e:
        back = e.headers["Location"]  # type: ignore[attr-defined]
    parts = urlsplit(back)
    assert parts.netloc == "localhost"
    return f"{parts.path}?{parts.query}"


def refused(page: PageClient, back: str) -> str:
    """The sentence on the sign-in page after coming back in vain."""
    answer = page.client.get(back)
    assert answer.status_code == 303 and urlsplit(answer.headers["Location"]).path == "/sign-in"
    words = page.get(answer.headers["Location"]).find_class("note warn")
    assert not [
        c
        for c in (page.client.get_cookie("pia"),)
        if c and page.client.get("/me").status_code == 200
    ], "nobody is signed in"
    return words[0].text_content().strip()


def last(app: Flask) -> tuple[str, str, str]:
    with app.extensions["pia"].store.read() as s:
        e = s.scalar(select(log.AuditEntry).order_by(log.AuditEntry.seq.desc()).limit(1))
        assert e is not None
        return e.actor, e.action, e.target


def test_off_unless_set(seen: Workplace) -> None:
    page = PageClient(create_app(seen, config.load({}), lambda: NOW))
    page.expect_no_words("/sign-in", "でサインイン")
    assert (
        page.client.get("/sign-in/oidc/go").status_code
        == page.client.get("/sign-in/elsewhere/back?code=x&state=y").status_code
        == 404
    )


def test_a_tied_person_comes_in_and_where_they_wanted_to_go(
    tied: Flask, provider: Provider
) -> None:
    page = PageClient(tied)
    assert provider.asked == [], "nothing is asked at start"
    link = page.get("/sign-in?next=/rounds").xpath(
        "//a[contains(., 'みなも市の認証でサインイン')]"
    )[0]
    answer = page.client.get(through(page, link.get("href")))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/rounds")
    page.expect_words("/rounds", "平塚 健")
    assert last(tied) == ("hiratsuka", "access.in", "hiratsuka")
    assert set(provider.asked) == {
        "/.well-known/openid-configuration",
        "/authorize",
        "/token",
        "/jwks",
    }
    shown = page.post("/rounds", "/sign-out")
    assert "そのままです" in shown.text_content() and page.client.get("/me").status_code == 303


@pytest.mark.parametrize("away", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_no_way_leads_out(tied: Flask, away: str) -> None:
    page = PageClient(tied)
    assert (
        page.client.get(through(page, f"/sign-in/oidc/go?next={away}")).headers["Location"] == "/"
    )


def test_the_question_is_bound_and_asks_for_nothing_but_who(app: Flask) -> None:
    location = PageClient(app).client.get("/sign-in/oidc/go").headers["Location"]
    q = {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}
    assert (
        q["scope"] == "openid"
        and q["code_challenge_method"] == "S256"
        and q["redirect_uri"] == "http://localhost/sign-in/elsewhere/back"
    )
    assert min(len(q["state"]), len(q["nonce"]), len(q["code_challenge"])) >= 43
    assert (
        "form-action 'self'"
        in PageClient(app).client.get("/sign-in").headers["Content-Security-Policy"]
    )


OTHER = RSAKey.generate_key(2048, {"kid": "k1"})
LIES: dict[str, tuple[str, Callable[[Provider], None]]] = {
    "another nonce": ("nonce", lambda p: setattr(p, "lie", lambda c: c | {"nonce": "other"})),
    "no nonce": (
        "nonce",
        lambda p: setattr(p, "lie", lambda c: {k: v for k, v in c.items() if k != "nonce"}),
    ),
    "for another": ("aud", lambda p: setattr(p, "lie", lambda c: c | {"aud": "other"})),
    "for another, asked by us": (
        "aud",
        lambda p: setattr(p, "lie", lambda c: c | {"aud": "other", "azp": CLIENT}),
    ),
    "for several, asked by another": (
        "azp",
        lambda p: setattr(p, "lie", lambda c: c | {"aud": [CLIENT, "other"], "azp": "other"}),
    ),
    "another issuer": (
        "iss",
        lambda p: setattr(p, "lie", lambda c: c | {"iss": "https://other.example"}),
    ),
    "expired": ("exp", lambda p: setattr(p, "lie", lambda c: c | {"exp": c["iat"] - 61})),
    "from the future": ("iat", lambda p: setattr(p, "lie", lambda c: c | {"iat": c["iat"] + 3600})),
    "no subject": (
        "sub",
        lambda p: setattr(p, "lie", lambda c: {k: v for k, v in c.items() if k != "sub"}),
    ),
    "another's key": (
        "bad_signature",
        lambda p: setattr(p, "sign", lambda c: jwt.encode({"alg": "RS256", "kid": "k1"}, c, OTHER)),
    ),
    "an unknown key": (
        "key",
        lambda p: setattr(p, "sign", lambda c: jwt.encode({"alg": "RS256", "kid": "k9"}, c, OTHER)),
    ),
    "no signature": ("algorithm", lambda p: setattr(p, "sign", lambda c: _unsigned(c))),
    "the public key as a secret": (
        "algorithm",
        lambda p: setattr(p, "sign", lambda c: _shared(p, c)),
    ),
    "no token": ("decode", lambda p: setattr(p, "sign", lambda c: "not a token")),
    "discovery of another issuer": (
        "issuer",
        lambda p: setattr(p, "facts", {"issuer": "https://other.example"}),
    ),
    "keys elsewhere": (
        "jwks_uri elsewhere",
        lambda p: setattr(p, "facts", {"jwks_uri": "https://other.example/jwks"}),
    ),
    "the token's door elsewhere": (
        "token_endpoint elsewhere",
        lambda p: setattr(p, "facts", {"token_endpoint": "http://127.0.0.1:1/token"}),
    ),
    "keys moved": ("unreachable", lambda p: setattr(p, "moved", "/jwks")),
}


def _unsigned(claims: dict[str, Any]) -> str:
    from joserfc.jws import JWSRegistry

    return jwt.encode(
        {"alg": "none"},
        claims,
        OctKey.import_key("x" * 32),
        registry=JWSRegistry(algorithms=["none"]),
    )


def _shared(p: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode(
        {"alg": "HS256", "kid": "k1"}, claims, OctKey.import_key(SECRET * 3), algorithms=["HS256"]
    )


@pytest.mark.filterwarnings("ignore:JWS algorithm")
@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_not_proven(tied: Flask, provider: Provider, lie: str) -> None:
    page = PageClient(tied)
    back = through(page)
    why, tell = LIES[lie]
    tell(provider)
    words = refused(page, back)
    assert "みなも市の認証" in words and words.endswith(
        ("知らせてください。", "サインインしてください。")
    )
    actor, action, target = last(tied)
    assert (
        (actor, action) == ("anonymous", "access.refused")
        and target.startswith("oidc:")
        and why in target
    ), target


@pytest.mark.parametrize("reuse", [False, True])
def test_an_answer_counts_for_the_browser_that_asked_and_once(
    tied: Flask, provider: Provider, reuse: bool
) -> None:
    first, other = PageClient(tied), PageClient(tied)
    back = through(first)
    through(other)
    for stranger in (other, PageClient(tied)):
        assert "もう一度サインイン" in refused(stranger, back)
        assert last(tied)[1:] == ("access.refused", "oidc:state")
    kept = first.client.get_cookie("pia")
    assert kept is not None
    provider.reuse = reuse  # also where the provider takes its code twice
    assert first.client.get(back).headers["Location"] == "/"
    assert "もう一度サインイン" in refused(PageClient(tied), back) and last(tied)[2] == "oidc:state"
    again = PageClient(tied)
    again.client.set_cookie("pia", kept.value)  # and where the browser kept its cookie
    assert "もう" in refused(again, back)
    assert last(tied)[1:] == ("access.refused", "oidc:used" if reuse else "oidc:invalid_grant")


def test_an_answer_that_comes_too_late_or_with_another_s_name(
    played: Workplace, provider: Provider
) -> None:
    clock = [NOW]
    app = create_app(played, settings(provider.issuer), lambda: clock[0])
    sso.tie_subject(played, ADMIN, "hiratsuka", provider.issuer, provider.subject)
    page = PageClient(app)
    back = through(page)
    clock[0] = NOW + timedelta(seconds=oidc.LONGEST + 1)
    assert "古く" in refused(page, back) and last(app)[2] == "oidc:state"
    clock[0] = NOW
    page = PageClient(app)
    assert "確かめられない" in refused(
        page, re.sub("iss=[^&]*", "iss=https://other.example", through(page))
    )
    page = PageClient(app)
    back = through(page)
    assert (
        "取りやめ" in refused(page, re.sub("code=[^&]*", "error=access_denied", back))
        and last(app)[2] == "oidc:error"
    )


def test_who_is_not_tied_is_refused_and_tied_by_the_number_they_tell(
    app: Flask, provider: Provider
) -> None:
    stranger, admin = PageClient(app), PageClient(app, "sagara")
    words = refused(stranger, through(stranger))
    number = re.search(r"\d{4}-\d{4}", words)
    assert number and last(app) == ("anonymous", "access.unknown", "oidc:sub-hiratsuka")
    assert number.group() in refused(stranger, through(stranger)), "the same number the next time"
    pick = {"what": "tie"}
    shown = admin.post("/accounts", "/accounts/hiratsuka", {"number": "0000-0000"}, 422, pick=pick)
    expect_problem(shown, "見つかりません")
    admin.post(
        "/accounts",
        "/accounts/hiratsuka",
        {
            "number": number.group().translate(
                str.maketrans("0123456789-", "０１２３４５６７８９－")
            )
        },
        pick=pick,
    )
    assert last(app)[1:] == ("account.tie", "hiratsuka")
    shown = admin.post("/accounts", "/accounts/kume", {"number": number.group()}, 422, pick=pick)
    expect_problem(shown, "hiratsuka")
    assert stranger.client.get(through(stranger)).headers["Location"] == "/"
    admin.post("/accounts", "/accounts/hiratsuka", pick={"what": "untie"})
    assert stranger.client.get("/me").status_code == 303, "the session ended"
    assert "登録用の番号" in refused(stranger, through(stranger))


def test_a_number_lasts_a_day(app: Flask, provider: Provider) -> None:
    wp, page = app.extensions["pia"], PageClient(app)
    number = re.search(r"\d{4}-\d{4}", refused(page, through(page)))
    assert number
    with pytest.raises(PiaError, match="24時間"):
        sso.tie(
            wp,
            By("sagara", "administrator", NOW + sso.VALID + timedelta(seconds=1)),
            "hiratsuka",
            provider.issuer,
            number.group(),
        )
    with pytest.raises(PiaError, match="見つかりません"):
        sso.tie(wp, ADMIN, "hiratsuka", "https://other.example", number.group())


def test_a_stopped_account_stays_out(tied: Flask) -> None:
    sign_in.set_active(tied.extensions["pia"], ADMIN, "hiratsuka", False)
    page = PageClient(tied)
    assert refused(page, through(page)) == sso.STOPPED
    assert last(tied) == ("hiratsuka", "access.refused", "hiratsuka")


def test_an_account_without_a_password(app: Flask, provider: Provider) -> None:
    admin = PageClient(app, "sagara")
    admin.post(
        "/accounts",
        "/accounts",
        {"name": "nagai", "shown": "永井", "role": "auditor", "body": "みなも市長", "password": ""},
    )
    sso.tie_subject(app.extensions["pia"], ADMIN, "nagai", provider.issuer, "sub-nagai")
    provider.subject = "sub-nagai"
    page = PageClient(app)
    page.client.get(through(page))
    page.expect_no_words("/me", "パスワードを変える")
    expect_words(
        PageClient(app).post("/sign-in", "/sign-in", {"name": "nagai", "password": ""}, 422),
        sign_in.WRONG,
    )


def test_a_provider_that_is_not_there(played: Workplace) -> None:
    app = create_app(played, settings("http://127.0.0.1:1"), lambda: NOW)
    page = PageClient(app)
    answer = page.client.get("/sign-in/oidc/go?next=/rounds")
    assert answer.headers["Location"] == "/sign-in?next=/rounds"
    page.expect_words("/sign-in?next=/rounds", "つながりません")
    assert last(app) == ("anonymous", "access.refused", "oidc:unreachable")
    page.post("/sign-in?next=/rounds", "/sign-in", {"name": "hiratsuka", "password": demo.PASSWORD})
    page.expect_words("/me", "平塚 健")


def test_a_flood_of_refusals_does_not_fill_the_record(app: Flask) -> None:
    wp = app.extensions["pia"]
    for _ in range(sso.MANY + 5):
        sso.refused(wp, "state", NOW)
    with wp.store.read() as s:
        assert (
            len(
                s.scalars(
                    select(log.AuditEntry.seq).where(log.AuditEntry.target == "oidc:state")
                ).all()
            )
            == sso.MANY
        )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"PIA_OIDC_ISSUER": "http://sign-in.example"}, "https"),
        ({"PIA_OIDC_ISSUER": "https://u@sign-in.example"}, "https"),
        ({"PIA_OIDC_CLIENT_ID": ""}, "PIA_OIDC_CLIENT_ID"),
        ({"PIA_OIDC_CA": "/nowhere/ca.pem"}, "PIA_OIDC_CA"),
    ],
)
def test_settings_that_cannot_work_are_one_sentence_at_start(
    seen: Workplace, given: dict[str, str], says: str
) -> None:
    base = {"PIA_OIDC_ISSUER": "https://sign-in.example", "PIA_OIDC_CLIENT_ID": CLIENT} | given
    with pytest.raises(PiaError, match=says):
        create_app(seen, config.load(base), lambda: NOW)


def test_without_the_library_there_is_one_sentence_at_start(
    seen: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "authlib.integrations.requests_client", None)
    with pytest.raises(PiaError, match="pia\\[sso\\]"):
        create_app(seen, settings("https://sign-in.example"), lambda: NOW)
    create_app(seen, config.load({}), lambda: NOW)


def test_the_public_zone_has_none_of_this(seen: Workplace, provider: Provider) -> None:
    public = create_public_app(seen, settings(provider.issuer), lambda: NOW)
    assert not [r for r in public.url_map.iter_rules() if "sign-in" in str(r)]


# ---- once more, and how strongly


def sent_to(page: PageClient, start: str = "/sign-in/oidc/go") -> dict[str, str]:
    location = page.client.get(start).headers["Location"]
    return {name: value[0] for name, value in parse_qs(urlsplit(location).query).items()}


def test_who_shows_once_more_who_they_are_is_seen_again_by_the_provider(
    tied: Flask, provider: Provider
) -> None:
    page = PageClient(tied)
    assert "max_age" not in sent_to(page), "the first time the provider may know them already"
    assert page.client.get(through(page)).status_code == 303
    assert sent_to(page)["max_age"] == "0"
    assert page.client.get(through(page)).headers["Location"] == "/"
    provider.ago = 3600
    back = page.client.get(through(page))
    assert urlsplit(back.headers["Location"]).path == "/sign-in"
    assert last(tied)[2] == "oidc:auth_time"
    provider.lie = lambda claims: {k: v for k, v in claims.items() if k != "auth_time"}
    assert urlsplit(page.client.get(through(page)).headers["Location"]).path == "/sign-in"


def test_what_the_provider_saw_long_ago_is_no_proof_of_now(tied: Flask, provider: Provider) -> None:
    provider.acr, provider.ago = "urn:naruse:one", 3600
    page = PageClient(tied)
    assert page.client.get(through(page)).status_code == 303
    with page.client.session_transaction() as kept:
        who = sign_in.person(tied.extensions["pia"], str(kept["t"]), NOW)
    assert who.proved == NOW - timedelta(hours=1) and not sign_in.lately_proven(who, NOW)


def test_a_city_may_ask_how_strongly_somebody_signed_in(
    played: Workplace, provider: Provider
) -> None:
    asked = settings(provider.issuer, PIA_OIDC_ACR="urn:naruse:two urn:naruse:three")
    app = create_app(played, asked, lambda: NOW)
    sso.tie_subject(played, ADMIN, "hiratsuka", provider.issuer, provider.subject)
    page = PageClient(app)
    assert sent_to(page)["acr_values"] == "urn:naruse:two urn:naruse:three"
    provider.acr = "urn:naruse:one"
    assert "強さが足りません" in refused(page, through(page)) and last(app)[2] == "oidc:acr"
    provider.acr = "urn:naruse:three"
    assert page.client.get(through(page)).headers["Location"] == "/"
