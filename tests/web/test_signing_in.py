"""Coming in: who is wrong waits alone, nobody is locked out, passwords are strong, secrets are
sealed, and what cannot be taken back asks once more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from pia import config
from pia.actions import demo
from pia.actions.people import passwords, sealed, sign_in, tries
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.store.rows.bodies import Account
from pia.store.rows.sessions import SignIn
from pia.web import declared, limits
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from ..conftest import NOW
from .client import PageClient, expect_words

KEY = {"PIA_SECRET_KEY": "a key of this test, long enough to be one"}
HIRATSUKA = By("hiratsuka", "secretariat", NOW)
SECOND = timedelta(seconds=1)


class Clock:
    """The time of an application: goes on where a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(played: Workplace, clock: Clock) -> Iterator[Flask]:
    with_key = replace(played, secret=KEY["PIA_SECRET_KEY"])
    yield create_app(with_key, config.load(KEY), clock)


def tried(
    app: Flask, name: str, password: str, address: str = "10.0.0.9", code: str = ""
) -> tuple[int, str]:
    """(status, what the page says) of one try from an address, in a browser of its own."""
    return tried_in(PageClient(app), name, password, address, code)


def tried_in(
    page: PageClient, name: str, password: str, address: str = "10.0.0.9", code: str = ""
) -> tuple[int, str]:
    form = next(f for f in page.get("/sign-in").iter("form") if f.get("action") == "/sign-in")
    sent = page.fields(form) | {"name": name, "password": password, "code": code}
    answer = page.client.post("/sign-in", data=sent, environ_base={"REMOTE_ADDR": address})
    return answer.status_code, answer.get_data(as_text=True)


# ---- waiting


def test_a_stranger_s_wrong_tries_make_the_stranger_wait_and_not_the_owner(app: Flask) -> None:
    """On 3486151 six wrong passwords locked the name for 15 minutes, the only administrator's
    too."""
    owner = PageClient(app)
    assert tried_in(owner, "sagara", demo.PASSWORD, "10.0.0.9")[0] == 303
    for _ in range(60):
        tried(app, "sagara", "wrong", "10.0.0.9")  # from the very address of the owner
    assert "お待ちください" in tried(app, "sagara", demo.PASSWORD, "10.0.0.9")[1]
    assert tried_in(owner, "sagara", demo.PASSWORD, "10.0.0.9")[0] == 303, (
        "the owner's browser is known"
    )
    assert tried(app, "sagara", demo.PASSWORD, "10.0.0.10")[0] == 303, "so is another address free"


def test_a_wait_doubles_is_told_and_ends(app: Flask, clock: Clock) -> None:
    for _ in range(tries.FREE):
        assert sign_in.WRONG in tried(app, "sagara", "wrong")[1]
    assert (
        "あと2秒" in tried(app, "sagara", "wrong")[1]
        or "あと1秒" in tried(app, "sagara", "wrong")[1]
    )
    waits = []
    for _ in range(8):
        with app.extensions["pia"].store.read() as s:
            waits.append(tries.wait(s, "sagara", "address:10.0.0.9", clock.now))
        clock.now += timedelta(seconds=waits[-1])
        assert sign_in.WRONG in tried(app, "sagara", "wrong")[1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    clock.now += timedelta(seconds=61)
    assert tried(app, "sagara", demo.PASSWORD)[0] == 303


def test_who_tries_many_names_waits_whatever_the_name(app: Flask) -> None:
    for number in range(tries.NAMES):
        tried(app, f"name{number}", "wrong")
    assert "お待ちください" in tried(app, "sagara", demo.PASSWORD)[1]
    assert tried(app, "sagara", demo.PASSWORD, "10.0.0.10")[0] == 303


def test_a_refusal_for_waiting_hashes_and_writes_nothing(app: Flask) -> None:
    for _ in range(tries.FREE):
        tried(app, "sagara", "wrong")
    wp = app.extensions["pia"]

    def written() -> tuple[int, int]:
        with wp.store.read() as s:
            return len(s.scalars(select(SignIn.id)).all()), log.chain_head(s)[0]

    before = written()
    with passwords._turn:  # a try that wanted a hash would stand here for ever
        assert "お待ちください" in tried(app, "sagara", "wrong")[1]
    assert written() == before


def test_one_password_is_looked_at_at_a_time_and_few_wait_for_it(app: Flask) -> None:
    """On 3486151 twelve sign-in loops raised every page to seconds."""
    said: list[str] = []

    def try_one(number: int) -> None:
        said.append(tried(app, f"somebody{number}", "wrong", f"10.0.1.{number}")[1])

    with passwords._turn:
        people = [threading.Thread(target=try_one, args=(number,)) for number in range(12)]
        for person in people:
            person.start()
        while len(said) < 12 - passwords.WAITING:
            people[0].join(timeout=0.01)
    for person in people:
        person.join()
    assert sum(passwords.BUSY in words for words in said) == 12 - passwords.WAITING
    assert sum(sign_in.WRONG in words for words in said) == passwords.WAITING


# ---- passwords


@pytest.mark.parametrize(
    "bad",
    [
        "123456789012",
        "passwordpassword",
        "qwertyuiop12",
        "hiratsuka-hiratsuka1",
        "平塚健平塚健平塚健平塚健",
        "みなも市長みなも市長12",
    ],
)
def test_passwords_others_guess_are_refused(played: Workplace, bad: str) -> None:
    """The first two were taken on 3486151."""
    with pytest.raises(PiaError, match=r"推測|ほとんど残りません"):
        sign_in.set_password(played, HIRATSUKA, "hiratsuka", bad)


def test_a_sentence_is_a_good_password(played: Workplace) -> None:
    sign_in.set_password(played, HIRATSUKA, "hiratsuka", "港の朝に白い船が三そう見えた")
    assert sign_in.sign_in(played, "hiratsuka", "港の朝に白い船が三そう見えた", "", NOW)


# ---- the second factor


def second_factor(app: Flask) -> str:
    """Sets one through the pages; its secret."""
    page = PageClient(app, "hiratsuka")
    shown = page.get("/me?second=1")
    form = next(f for f in shown.iter("form") if f.get("action") == "/me/second")
    sent = page.fields(form)
    secret = sent["secret"]
    page.send("/me/second", sent | {"code": pyotp.TOTP(secret).at(app.extensions["pia.now"]())})
    return str(secret)


def test_a_second_factor_counts_once_and_its_secret_is_sealed(app: Flask, clock: Clock) -> None:
    secret = second_factor(app)
    with app.extensions["pia"].store.read() as s:
        kept = s.scalar(select(Account.totp).where(Account.name == "hiratsuka"))
    assert kept.startswith("sealed:1:") and secret not in kept, "in clear on 3486151"
    code = pyotp.TOTP(secret).at(clock.now)
    assert sign_in.WRONG in tried(app, "hiratsuka", demo.PASSWORD)[1]
    assert tried(app, "hiratsuka", demo.PASSWORD, code=code)[0] == 303
    assert sign_in.WRONG in tried(app, "hiratsuka", demo.PASSWORD, code=code)[1]


def test_a_secret_kept_in_clear_works_and_is_sealed_when_it_is_used(
    app: Flask, clock: Clock
) -> None:
    secret, wp = pyotp.random_base32(), app.extensions["pia"]
    with wp.store.begin() as s:
        s.execute(update(Account).where(Account.name == "hiratsuka").values(totp=secret))
        log.entry(s, HIRATSUKA, "account.second", "hiratsuka")
    assert tried(app, "hiratsuka", demo.PASSWORD, code=pyotp.TOTP(secret).at(clock.now))[0] == 303
    with wp.store.read() as s:
        kept = s.scalar(select(Account.totp).where(Account.name == "hiratsuka"))
    assert sealed.unseal(kept, KEY["PIA_SECRET_KEY"], "hiratsuka") == secret and secret not in kept


def test_a_sealed_secret_opens_with_its_key_and_for_its_owner_only() -> None:
    kept = sealed.seal("ABC", "one key", "hiratsuka")
    assert sealed.unseal(kept, "one key", "hiratsuka") == "ABC"
    for key, name in (("another key", "hiratsuka"), ("one key", "mizukoshi"), ("", "hiratsuka")):
        with pytest.raises(PiaError, match="PIA_SECRET_KEY"):
            sealed.unseal(kept, key, name)


def test_without_a_key_no_second_factor_is_begun(played: Workplace) -> None:
    secret, _ = sign_in.new_secret("hiratsuka", "試し")
    with pytest.raises(PiaError, match="PIA_SECRET_KEY"):
        sign_in.set_second(played, HIRATSUKA, "hiratsuka", secret, pyotp.TOTP(secret).at(NOW))


# ---- once more, before what cannot be taken back


def asked(app: Flask, clock: Clock, later: timedelta) -> PageClient:
    """Somebody who signed in a while ago."""
    page = PageClient(app, "hiratsuka")
    clock.now += later
    return page


def test_dropping_the_second_factor_asks_who_is_there(app: Flask, clock: Clock) -> None:
    """On 3486151 whoever found an open browser dropped it."""
    second_factor(app)
    page = asked(app, clock, timedelta(minutes=11))
    shown = page.post("/me", "/me/second", {"drop": "1"}, 401)
    expect_words(shown, "本人の確認")
    form = next(f for f in shown.iter("form") if f.get("action") == "/me/second")
    wrong = page.send("/me/second", page.fields(form) | {"_password": "not this one"}, 401)
    expect_words(wrong, sign_in.NOT_YOU)
    with app.extensions["pia"].store.read() as s:
        assert s.scalar(select(Account.totp).where(Account.name == "hiratsuka"))


def test_submitting_asks_who_is_there_and_keeps_what_was_typed(app: Flask, clock: Clock) -> None:
    page = asked(app, clock, timedelta(minutes=11))
    sent = {"document_number": "情第99号", "decided": "2024-11-01"}
    csrf = next(
        e.get("value") for e in page.get("/me").iter("input") if e.get("name") == "csrf_token"
    )
    address = "/rounds/nhi-benefits~r7/submit"
    answer = page.client.post(address, data=sent | {"csrf_token": csrf, "_request": "k" * 20})
    assert answer.status_code == 401
    assert "情第99号" in answer.get_data(as_text=True) and 'type="password"' in answer.get_data(
        as_text=True
    )
    again = sent | {"csrf_token": csrf, "_request": "m" * 20, "_password": demo.PASSWORD}
    assert page.client.post(address, data=again).status_code != 401
    assert (
        page.client.post(
            address, data=sent | {"csrf_token": csrf, "_request": "n" * 20}
        ).status_code
        != 401
    ), "not asked again at once"
    clock.now += sign_in.PROVEN + SECOND
    assert (
        page.client.post(
            address, data=sent | {"csrf_token": csrf, "_request": "p" * 20}
        ).status_code
        == 401
    )


def test_every_way_out_of_the_house_asks_who_is_there(app: Flask) -> None:
    proven = {name for name, view in app.view_functions.items() if declared.of(view).proven}
    assert {"rounds.do_submit", "rounds.do_publish", "signin.second", "writing.withhold"} <= proven
    assert any("readers" in name or "reader" in name for name in proven), proven


# ---- sessions


def test_people_see_where_they_are_signed_in_and_end_it_there(app: Flask) -> None:
    here, there, other = PageClient(app, "hiratsuka"), PageClient(app), PageClient(app, "mizukoshi")
    there.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Version/17.0 Safari/604.1"
    )
    there.post("/sign-in", "/sign-in", {"name": "hiratsuka", "password": demo.PASSWORD})
    listed = here.get("/me")
    expect_words(listed, "iPad・Safari", "この端末")
    address = next(
        f.get("action") for f in listed.iter("form") if "/me/sessions/" in f.get("action")
    )
    form = next(f for f in listed.iter("form") if f.get("action") == address)
    other.client.post(address, data=other.fields(form))
    assert there.client.get("/me").status_code == 200, "another's session is not theirs to end"
    here.post("/me", address)
    assert there.client.get("/me").status_code == 303 and here.client.get("/me").status_code == 200


def test_the_server_lets_somebody_in_once(app: Flask, clock: Clock) -> None:
    wp = app.extensions["pia"]
    token = sign_in.way_in(wp, By("server", "administrator", NOW), "sagara")
    page = PageClient(app)
    with page.client.session_transaction() as kept:
        kept["t"] = token
    assert page.client.get("/me").status_code == 303, "the address itself is no session"
    page.post(f"/sign-in/way-in/{token}", "/sign-in/way-in")
    assert page.client.get("/me").status_code == 200
    other = PageClient(app)
    other.post(f"/sign-in/way-in/{token}", "/sign-in/way-in", status=422)
    late = sign_in.way_in(wp, By("server", "administrator", NOW), "sagara")
    clock.now += sign_in.WAY_IN + SECOND
    other.post(f"/sign-in/way-in/{late}", "/sign-in/way-in", status=422)


# ---- names of the server, and pace


def test_a_server_answers_to_its_own_names_only(played: Workplace) -> None:
    """On 3486151 any Host header was believed, and stood in the address of the tablets' door."""
    app = create_app(played, config.load({"PIA_HOSTS": "pia.city.example, pia"}), lambda: NOW)
    for host, status in (
        ("pia.city.example", 200),
        ("PIA:8000", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 421),
        ("pia.city.example.evil", 421),
    ):
        assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == status, host


def test_pace_lets_a_burst_through_then_one_at_a_time() -> None:
    now = [100.0]
    pace = limits.Pace(3, 2.0, lambda: now[0])
    assert [pace.takes("a") for _ in range(5)] == [True, True, True, False, False]
    assert pace.takes("b"), "each for itself"
    now[0] += 2
    assert [pace.takes("a") for _ in range(2)] == [True, False]
    now[0] += 100
    assert [pace.takes("a") for _ in range(4)] == [True, True, True, False]


def test_posts_to_the_public_zone_have_a_pace(played: Workplace) -> None:
    app = create_public_app(played, config.load({}), lambda: NOW)
    answers = [
        app.test_client().post(
            "/consultations/1/opinion", environ_base={"REMOTE_ADDR": "192.0.2.7"}
        )
        for _ in range(limits.ORIGIN[0] + 1)
    ]
    assert {answer.status_code for answer in answers[:-1]} == {422} and answers[
        -1
    ].status_code == 429
    assert "もう一度お試しください" in answers[-1].get_data(as_text=True)
    assert (
        app.test_client()
        .post("/consultations/1/opinion", environ_base={"REMOTE_ADDR": "192.0.2.8"})
        .status_code
        == 422
    )


def test_the_public_zone_takes_its_share_of_the_threads() -> None:
    inside, go = threading.Semaphore(0), threading.Event()

    def slow(environ: object, start: object) -> list[bytes]:
        inside.release()
        go.wait(10)
        return [b"done"]

    said: list[str] = []
    shared_app = limits.AtOnce(slow, 2)
    people = [threading.Thread(target=lambda: shared_app({}, lambda *_: None)) for _ in range(2)]
    for person in people:
        person.start()
        inside.acquire()
    shared_app({}, lambda status, headers: said.append(status))
    go.set()
    for person in people:
        person.join()
    assert said == ["503 Service Unavailable"]
    assert shared_app({}, lambda *_: None) == [b"done"]
