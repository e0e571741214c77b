"""Controls of signing in, sessions and passwords: each fails once its guard is off.

`docs/security.md` names them; `tests/drills/controls.py` switches the guards off.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html
from sqlalchemy import select

from pia import config
from pia.actions import demo
from pia.actions.people import passwords, sso
from pia.actions.people import sign_in as signing_in
from pia.actions.workplace import Workplace
from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.store.rows.bodies import Account
from pia.store.rows.sessions import SignIn, WebSession
from pia.web.application import create_app

from ..conftest import NOW
from .client import PageClient, expect_words
from .test_controls import ADMIN, WORDS, staff

# ---- sessions


def token_of(page: PageClient) -> str:
    with page.client.session_transaction() as cookie:
        return str(cookie.get("t", ""))


def sign_in(page: PageClient, password: str = demo.PASSWORD, status: int = 303) -> html.HtmlElement:
    return page.post("/sign-in", "/sign-in", {"name": "hiratsuka", "password": password}, status)


def test_signing_in_begins_another_session(played: Workplace) -> None:
    page = PageClient(staff(played))
    with page.client.session_transaction() as cookie:
        cookie["t"], cookie["left"] = "chosen by somebody else", "behind"
    sign_in(page)
    first = token_of(page)
    with page.client.session_transaction() as cookie:
        assert "left" not in cookie
    again = PageClient(page.app)
    sign_in(again)
    assert len({first, token_of(again), "chosen by somebody else"}) == 3
    assert len(first) >= 43, "256 bits"


def test_tokens_are_drawn_and_never_twice() -> None:
    tokens = [signing_in.new_token() for _ in range(2_000)]
    assert len({token for token, _ in tokens}) == 2_000
    secrets_made = {signing_in.new_secret("hiratsuka", "試し")[0] for _ in range(200)}
    assert len(secrets_made) == 200 and {len(secret) for secret in secrets_made} == {32}, "160 bits"
    assert min(len(token) for token, _ in tokens) >= 43 and all(
        digest == signing_in.kept_token(token) for token, digest in tokens
    )


def test_signing_out_ends_it_on_the_server_and_clears_the_browser(played: Workplace) -> None:
    page = PageClient(staff(played), "hiratsuka")
    token = token_of(page)
    form = next(
        candidate
        for candidate in page.get("/").iter("form")
        if candidate.get("action") == "/sign-out"
    )
    answer = page.client.post("/sign-out", data=page.fields(form))
    assert (
        '"cache"' in answer.headers["Clear-Site-Data"]
        and '"storage"' in answer.headers["Clear-Site-Data"]
    )
    with page.client.session_transaction() as cookie:
        assert "t" not in cookie
        cookie["t"] = token
    assert page.client.get("/me").status_code == 303, "the token opens nothing any more"


def test_every_page_of_somebody_signed_in_has_the_way_out(seen: Workplace) -> None:
    page = PageClient(staff(seen), "hiratsuka")
    for address in ("/", "/rounds", "/me", "/compare", "/jobs", "/assessments/nhi-benefits"):
        assert [
            form for form in page.get(address).iter("form") if form.get("action") == "/sign-out"
        ], address


@pytest.mark.parametrize("what", ["stopped", "password", "role"])
def test_a_change_of_an_account_ends_its_sessions_and_no_other(
    played: Workplace, what: str
) -> None:
    tokens = [signing_in.begin(played, "hiratsuka", NOW) for _ in range(3)]
    other = signing_in.begin(played, "mizukoshi", NOW)
    if what == "stopped":
        signing_in.set_active(played, ADMIN, "hiratsuka", False)
    elif what == "password":
        signing_in.set_password(played, ADMIN, "hiratsuka", WORDS)
    else:
        signing_in.set_role(played, ADMIN, "hiratsuka", "auditor")
    assert {signing_in.person(played, token, NOW).role for token in tokens} == {"anonymous"}
    assert signing_in.person(played, other, NOW).name == "mizukoshi"
    with played.store.read() as s:
        assert len(s.scalars(select(WebSession.id)).all()) == 1


def test_changing_how_people_sign_in_asks_who_is_there(played: Workplace) -> None:
    """Somebody else's account, and one's own sessions elsewhere."""
    clock = [NOW]
    app = create_app(played, config.load({}), lambda: clock[0])
    page, own = PageClient(app, "sagara"), PageClient(app, "hiratsuka")
    PageClient(app, "hiratsuka")
    clock[0] += signing_in.PROVEN + timedelta(seconds=1)
    pick = {"what": "password"}
    expect_words(
        page.post("/accounts", "/accounts/hiratsuka", {"password": WORDS}, 401, pick=pick),
        "本人の確認",
    )
    expect_words(own.post("/me", "/me/sessions/*", status=401), "本人の確認")
    with played.store.read() as s:
        stored = s.scalar(select(Account.password).where(Account.name == "hiratsuka"))
    assert passwords.matches(stored, demo.PASSWORD)


@pytest.mark.parametrize(
    ("password", "action"), [(demo.PASSWORD, "access.in"), ("wrong", "access.refused")]
)
def test_every_try_to_sign_in_is_on_record(played: Workplace, password: str, action: str) -> None:
    sign_in(PageClient(staff(played)), password, 303 if action == "access.in" else 422)
    with played.store.read() as s:
        entry = s.scalars(select(log.AuditEntry).order_by(log.AuditEntry.seq.desc())).first()
        tried = s.scalars(select(SignIn).order_by(SignIn.id.desc())).first()
    assert entry is not None and (entry.action, entry.target, entry.at) == (
        action,
        "hiratsuka",
        NOW,
    )
    assert (
        tried is not None
        and tried.good == (action == "access.in")
        and tried.origin == "address:127.0.0.1"
    )


def test_the_same_name_at_another_provider_is_another_person(played: Workplace) -> None:
    sso.tie_subject(played, ADMIN, "hiratsuka", "https://one.example", "s-1")
    assert sso.sign_in(played, sso.Vouched("https://one.example", "s-1"), "a" * 32, NOW)
    with pytest.raises(PiaError, match="登録用の番号"):
        sso.sign_in(played, sso.Vouched("https://two.example", "s-1"), "b" * 32, NOW)


# ---- passwords


def test_a_password_counts_to_its_last_letter(played: Workplace) -> None:
    """Before, what came after the 128th letter counted for nothing."""
    longest = "".join(chr(0x3042 + at * 37 % 80) for at in range(passwords.MOST))
    signing_in.set_password(played, ADMIN, "hiratsuka", longest)
    with played.store.read() as s:
        stored = s.scalar(select(Account.password).where(Account.name == "hiratsuka"))
    assert passwords.matches(stored, longest)
    for other in (longest + "x", longest + "x" * 200, longest[:-1], longest.swapcase() + " "):
        assert not passwords.matches(stored, other), len(other)
    signing_in.set_password(played, ADMIN, "hiratsuka", "Harbour Lantern Seven Boats")
    with played.store.read() as s:
        stored = s.scalar(select(Account.password).where(Account.name == "hiratsuka"))
    assert not passwords.matches(stored, "harbour lantern seven boats")


def taken(wp: Workplace, password: str) -> bool:
    """Whether a password is taken."""
    try:
        signing_in.set_password(wp, ADMIN, "hiratsuka", password)
    except PiaError:
        return False
    return True


@pytest.mark.parametrize(
    "good",
    [WORDS, "harbour lantern seven boats", "48151623427719042", "・・・――――・・・｜｜＋＋＝＝"],
)
def test_any_letters_make_a_password(played: Workplace, good: str) -> None:
    assert taken(played, good)
    assert signing_in.sign_in(played, "hiratsuka", good, "", NOW)


@pytest.mark.parametrize("letters", [64, 100, 128])
def test_a_password_may_be_long(played: Workplace, letters: int) -> None:
    given = (WORDS * 10)[:letters]
    assert taken(played, given)
    assert signing_in.sign_in(played, "hiratsuka", given, "", NOW)


def test_a_password_is_changed_with_the_old_one_and_lasts(played: Workplace) -> None:
    page = PageClient(staff(played), "hiratsuka")
    new = {"new": WORDS, "again": WORDS}
    expect_words(
        page.post("/me", "/me/password", {"old": "not this one", **new}, 422),
        "今のパスワードが違います",
    )
    page.post("/me", "/me/password", {"old": demo.PASSWORD, **new})
    assert token_of(page) == "" and page.client.get("/me").status_code == 303
    years = NOW + timedelta(days=5 * 365)
    assert signing_in.sign_in(played, "hiratsuka", WORDS, "", years), (
        "it lasts until somebody changes it"
    )


def test_fields_of_passwords_hide_and_let_programs_fill_them(played: Workplace) -> None:
    page = PageClient(staff(played), "sagara")
    fields = [
        field
        for address in ("/me", "/accounts")
        for field in page.get(address).iter("input")
        if "password" in (field.get("autocomplete") or "")
    ]
    fields += [
        field
        for field in PageClient(page.app).get("/sign-in").iter("input")
        if field.get("name") == "password"
    ]
    assert len(fields) >= 5
    for field in fields:
        assert field.get("type") == "password" and field.get("autocomplete") in (
            "current-password",
            "new-password",
        )
        assert not field.get("value") and not {"onpaste", "readonly", "maxlength"} & set(
            field.attrib
        )


def test_there_is_no_account_of_our_own_making(fresh: Workplace) -> None:
    with fresh.store.read() as s:
        assert s.scalars(select(Account.name)).all() == []
    for name in ("admin", "root", "administrator", "sa", "pia"):
        with pytest.raises(Exception, match="違います"):
            signing_in.sign_in(fresh, name, name, "", NOW)
