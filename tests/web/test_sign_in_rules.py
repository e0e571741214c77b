"""What a city asks of those who sign in, played in 鳴瀬市 (a second story): a second factor for
everybody or the office, a password changed first, a factor dropped by somebody who says how they
knew the person, codes that count once, tokens renewed by a proof, keys replaced in use."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from pia import config
from pia.actions.access import person
from pia.actions.people import passwords, registration, sealed, sign_in
from pia.actions.upkeep import refusals as upkeep_refusals
from pia.actions.upkeep import scanning, starting, yearly
from pia.actions.workplace import SignInRules, Workplace, sign_in_rules
from pia.documents.ooxml import endings
from pia.domain.act import JST, By
from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.store.rows.bodies import Account
from pia.store.rows.sessions import RefusalCount, SignIn, WebSession
from pia.web import refusals
from pia.web.application import create_app

from .. import shared
from .client import PageClient, expect_words
from .test_signing_in import Clock, tried_in

AT = datetime(2029, 12, 31, 23, 40, tzinfo=JST)
CITY = "鳴瀬市長"
KEY = "3f9a61c07be84d52a9f0d4c8b7e61230"
OLD = "0e4b7d2c9a815f36c4d8e07b1f592a6d"
GIVEN, OWN = "ao no tobira to mittsu no isu", "kaze no nai asa no hashi 8"
PEOPLE = (
    ("narise", "成瀬 篤", "administrator", None), ("ishizue", "礎 紬", "secretariat", "企画課"),
    ("minato", "湊 陸", "drafter", "税務課"), ("kanda", "神田 聡", "auditor", None),
)  # fmt: skip
ADMIN = By("narise", "administrator", AT)


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.now = AT
    return made


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(shared.blank(), tmp_path)
    for name, shown, role, department in PEOPLE:
        registration.add_account(
            wp, ADMIN, registration.NewAccount(name, shown, role, CITY, department)
        )
    yield replace(wp, secret=KEY)
    wp.store.close()


def app_of(wp: Workplace, clock: Clock, **settings: str) -> Flask:
    return create_app(wp, config.load({"PIA_SECRET_KEY": wp.secret, **settings}), clock)


def ruled(wp: Workplace, **rules: Any) -> Workplace:
    return replace(wp, sign_in=SignInRules(**rules))


def entries(wp: Workplace, action: str) -> list[log.AuditEntry]:
    with wp.store.read() as s:
        query = select(log.AuditEntry).where(log.AuditEntry.action == action)
        return list(s.scalars(query.order_by(log.AuditEntry.seq)))


def form_of(page: PageClient, url: str, action: str) -> dict[str, Any]:
    return page.fields(next(f for f in page.get(url).iter("form") if f.get("action") == action))


def with_factor(wp: Workplace, name: str, at: datetime) -> str:
    """Gives somebody a second factor; its secret."""
    secret, _ = sign_in.new_secret(name, "試し")
    sign_in.set_second(wp, By(name, "drafter", at), name, secret, pyotp.TOTP(secret).at(at))
    return secret


# ---- a second factor for everybody, or the office


@pytest.mark.parametrize(
    ("factor", "asked"),
    [("all", {"ishizue", "minato", "kanda"}), ("office", {"ishizue", "kanda"}), ("", set())],
)
def test_a_city_may_ask_a_second_factor_of_all(
    city: Workplace, clock: Clock, factor: str, asked: set[str]
) -> None:
    app = app_of(ruled(city, factor=factor), clock)
    for name in ("ishizue", "minato", "kanda"):
        page = PageClient(app, name)
        answer = page.client.get("/")
        sent_away = answer.status_code == 303 and answer.headers["Location"] == "/me?second=1"
        assert sent_away == (name in asked), name
        if name in asked:
            shown = page.get("/me?second=1").text_content()
            assert "必ず使います" in shown and "認証アプリで次の図を読み取ります" in shown
            assert page.client.get("/rounds").status_code == 303, "and to nothing else"


def test_the_factor_is_set_on_the_page_and_then_everything_is_open(
    city: Workplace, clock: Clock
) -> None:
    app = app_of(ruled(city, factor="all"), clock)
    page = PageClient(app, "ishizue")
    sent = form_of(page, "/me?second=1", "/me/second")
    page.send("/me/second", sent | {"code": pyotp.TOTP(sent["secret"]).at(clock.now)})
    again = PageClient(app, "ishizue")
    assert again.client.get("/").status_code == 200


def test_what_is_sent_before_the_factor_is_set_is_refused(city: Workplace, clock: Clock) -> None:
    page = PageClient(app_of(ruled(city, factor="all"), clock), "narise")
    token = form_of(page, "/me?second=1", "/me/second")["csrf_token"]
    answer = page.client.post(
        "/departments",
        data={"csrf_token": token, "_request": "d" * 20, "department": "水道課", "body": CITY},
    )
    assert answer.status_code == 403 and "必ず使います" in answer.get_data(as_text=True)


def test_the_way_in_from_the_server_asks_for_the_factor(city: Workplace, clock: Clock) -> None:
    secret, app = with_factor(city, "minato", clock.now), app_of(city, clock)
    token = sign_in.way_in(city, ADMIN, "minato")
    page = PageClient(app)
    url = f"/sign-in/way-in/{token}"
    wrong = page.post(url, "/sign-in/way-in", {"code": "000000"}, status=422).text_content()
    assert sign_in.WRONG_CODE in wrong
    page.post(url, "/sign-in/way-in", {"code": pyotp.TOTP(secret).at(clock.now)})
    page.expect_words("/me", "湊 陸")


def test_a_lost_factor_at_the_server_says_how_the_person_was_known(
    city: Workplace, clock: Clock
) -> None:
    with_factor(city, "minato", clock.now)
    token = sign_in.way_in(city, ADMIN, "minato", "窓口で職員証を見た")
    page = PageClient(app_of(ruled(city, factor="all"), clock))
    sent = form_of(page, f"/sign-in/way-in/{token}", "/sign-in/way-in")
    assert "code" not in sent and page.client.post("/sign-in/way-in", data=sent).status_code == 303
    assert page.client.get("/rounds").headers["Location"] == "/me?second=1", "a new one is set"
    assert entries(city, "access.way_in")[-1].detail == {"how": "窓口で職員証を見た"}


def test_a_factor_for_all_needs_a_key_to_seal_it_with() -> None:
    with pytest.raises(PiaError, match="PIA_SECOND_FACTOR"):
        starting.must(config.load({"PIA_SECOND_FACTOR": "all"}))
    starting.must(config.load({"PIA_SECOND_FACTOR": "all", "PIA_SECRET_KEY": KEY}))


def test_what_is_misspelt_is_refused_at_the_start() -> None:
    for name, value in (
        ("PIA_SECOND_FACTOR", "everyone"),
        ("PIA_TOTP_WINDOW", "5"),
        ("PIA_LEAKED_PASSWORDS", "/nowhere/x"),
    ):
        with pytest.raises(PiaError, match=name):
            sign_in_rules(config.load({name: value}))


# ---- passwords


def test_a_password_somebody_else_typed_is_changed_first(city: Workplace, clock: Clock) -> None:
    registration.add_account(
        city, ADMIN, registration.NewAccount("hotaru", "蛍田 澪", "drafter", CITY, "税務課"), GIVEN
    )
    app = app_of(city, clock)
    page = PageClient(app)
    assert tried_in(page, "hotaru", GIVEN)[0] == 303
    assert page.client.get("/rounds").headers.get("Location") == "/me"
    page.expect_words("/me", "ほかの人が決めたものです")
    same = form_of(page, "/me", "/me/password") | {"old": GIVEN, "new": GIVEN, "again": GIVEN}
    expect_words(page.send("/me/password", same, 422), "今のものと同じです")
    page.send("/me/password", same | {"_request": "n" * 20, "new": OWN, "again": OWN})
    assert tried_in(page, "hotaru", OWN)[0] == 303 and page.client.get("/rounds").status_code == 200
    sign_in.set_password(city, ADMIN, "hotaru", GIVEN)
    fresh = PageClient(app)
    tried_in(fresh, "hotaru", GIVEN)
    assert fresh.client.get("/rounds").status_code == 303, "and after each new one"


def test_a_wrong_old_password_waits_like_a_sign_in(city: Workplace, clock: Clock) -> None:
    registration.add_account(
        city, ADMIN, registration.NewAccount("hotaru", "蛍田 澪", "drafter", CITY, "税務課"), GIVEN
    )
    page = PageClient(app_of(city, clock), "hotaru")
    sent = form_of(page, "/me", "/me/password") | {"new": OWN, "again": OWN}
    seen = [
        page.client.post(
            "/me/password", data=sent | {"old": f"wrong {n}", "_request": f"{n}" * 20}
        ).get_data(as_text=True)
        for n in range(4)
    ]
    assert (
        all("今のパスワードが違います" in one for one in seen[:3]) and "秒お待ちください" in seen[3]
    )
    with city.store.read() as s:
        assert len(s.scalars(select(SignIn).where(SignIn.name == "hotaru")).all()) == 3
    clock.now += timedelta(minutes=2)
    page.send("/me/password", sent | {"old": GIVEN, "_request": "z" * 20})


def test_a_leaked_password_is_refused(city: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "leaked.txt"
    file.write_text(f"first of many lines\r\n{OWN}\nlast line without a feed", "utf-8")
    for bad in (OWN, "last line without a feed"):
        with pytest.raises(PiaError, match="一覧"):
            passwords.check(bad, (), str(file))
    passwords.check(OWN[:-2], (), str(file))
    with pytest.raises(PiaError, match="一覧"):
        sign_in.set_password(ruled(city, leaked=str(file)), ADMIN, "minato", OWN)


# ---- the second factor


def test_who_drops_a_factor_says_how_they_knew_the_person(city: Workplace, clock: Clock) -> None:
    with_factor(city, "minato", clock.now)
    page = PageClient(app_of(city, clock), "narise")
    shown = page.post("/accounts", "/accounts/minato", {"how": " "}, 422, {"what": "second"})
    expect_words(shown, "どう確かめたか")
    page.post(
        "/accounts", "/accounts/minato", {"how": "内線で本人の声を聞いた"}, pick={"what": "second"}
    )
    assert entries(city, "account.second")[-1].detail == {"how": "内線で本人の声を聞いた"}
    with pytest.raises(PiaError, match="どう確かめたか"):
        sign_in.drop_second(city, ADMIN, "minato")


@pytest.mark.parametrize(("window", "good"), [(0, [0]), (1, [-1, 0, 1]), (2, [-2, -1, 0, 1, 2])])
def test_how_long_a_code_counts_is_the_city_s(
    city: Workplace, clock: Clock, window: int, good: list[int]
) -> None:
    secret = with_factor(city, "minato", clock.now)
    wp = ruled(city, window=window)
    right = []
    for step in range(-4, 5):
        code = pyotp.TOTP(secret).at(clock.now + step * timedelta(seconds=30))
        right += [step] if sign_in.right_code(wp, "minato", code, clock.now) else []
    assert right == good


def test_a_code_counts_once_at_the_door_and_in_a_proof(city: Workplace, clock: Clock) -> None:
    registration.add_account(
        city, ADMIN, registration.NewAccount("hotaru", "蛍田 澪", "drafter", CITY, "税務課"), GIVEN
    )
    sign_in.set_password(city, By("hotaru", "drafter", AT), "hotaru", OWN)
    secret, app = with_factor(city, "hotaru", clock.now), app_of(city, clock)
    page = PageClient(app)
    code = pyotp.TOTP(secret).at(clock.now)
    assert tried_in(page, "hotaru", OWN, code=code)[0] == 303
    who = sign_in.person(city, _token(page), clock.now)
    with pytest.raises(PiaError, match="違います"):
        sign_in.prove(city, who, OWN, code, clock.now)
    clock.now += timedelta(seconds=30)
    later = pyotp.TOTP(secret).at(clock.now)
    sign_in.prove(city, who, OWN, later, clock.now)
    for _ in range(6):  # however many came in meanwhile
        sign_in.begin(city, "hotaru", clock.now)
    assert sign_in.WRONG in tried_in(PageClient(app), "hotaru", OWN, code=later)[1]


def _token(page: PageClient) -> str:
    with page.client.session_transaction() as kept:
        return str(kept["t"])


# ---- a proof renews the token


def test_a_proof_renews_the_token_and_the_second_copy_still_arrives(
    city: Workplace, clock: Clock
) -> None:
    registration.add_account(
        city,
        ADMIN,
        registration.NewAccount("hotaru", "蛍田 澪", "administrator", CITY, None),
        GIVEN,
    )
    sign_in.set_password(city, By("hotaru", "administrator", AT), "hotaru", OWN)
    page = PageClient(app_of(city, clock), "hotaru")
    clock.now += timedelta(minutes=11)
    sent = form_of(page, "/accounts", "/accounts/minato") | {"what": "stop", "_password": OWN}
    before = page.client.get_cookie("pia")
    copy = page.app.test_client()
    copy.set_cookie("pia", before.value)
    old = _token(page)
    assert page.client.post("/accounts/minato", data=sent).status_code == 303
    assert _token(page) != old, "another token after the proof"
    assert copy.post("/accounts/minato", data=sent).status_code == 303, "the copy on its way"
    assert len(entries(city, "account.active")) == 1, "had one effect"
    clock.now += timedelta(seconds=31)
    assert sign_in.person(city, old, clock.now) == person.NOBODY, "and then no more"
    assert page.client.get("/accounts").status_code == 200


def test_signing_out_ends_the_earlier_token_too(city: Workplace, clock: Clock) -> None:
    registration.add_account(
        city, ADMIN, registration.NewAccount("hotaru", "蛍田 澪", "drafter", CITY, None), GIVEN
    )
    old = sign_in.begin(city, "hotaru", clock.now)
    who = sign_in.person(city, old, clock.now)
    new = sign_in.prove(city, who, GIVEN, "", clock.now)
    sign_in.sign_out(city, sign_in.person(city, new, clock.now), clock.now)
    assert (
        sign_in.person(city, old, clock.now)
        == sign_in.person(city, new, clock.now)
        == person.NOBODY
    )
    with city.store.read() as s:
        assert not s.scalars(select(WebSession)).all()


# ---- keys and lines


def test_a_new_key_of_the_server_reads_with_the_old_and_seals_anew(
    city: Workplace, clock: Clock
) -> None:
    registration.add_account(
        city, ADMIN, registration.NewAccount("hotaru", "蛍田 澪", "drafter", CITY, "税務課"), GIVEN
    )
    before = replace(city, secret=OLD)
    secret = with_factor(before, "hotaru", clock.now)
    page = PageClient(app_of(before, clock), "hotaru")
    signed = page.client.get_cookie("pia").value
    after = ruled(city, old=(OLD,))
    app = app_of(after, clock, PIA_OLD_SECRET_KEYS=OLD)
    browser = app.test_client()
    browser.set_cookie("pia", signed)
    assert browser.get("/me").status_code == 200, "who is signed in stays so"
    assert (
        tried_in(PageClient(app), "hotaru", GIVEN, code=pyotp.TOTP(secret).at(clock.now))[0] == 303
    )
    with city.store.read() as s:
        kept = str(s.scalar(select(Account.totp).where(Account.name == "hotaru")))
    assert sealed._opened(kept, KEY, "hotaru") == secret, "the old key is no longer needed"
    other = app_of(city, clock).test_client()
    other.set_cookie("pia", signed)
    assert other.get("/me").status_code == 303, "without the old key nobody comes in with it"


@pytest.mark.parametrize(
    ("key", "enough"),
    [
        (KEY, True),
        ("", False),
        ("short", False),
        ("a" * 64, False),
        ("ab" * 40, False),
        (KEY[:31], False),
        ("abcdefg1" * 8, False),
        ("Kaze no nai asa no hashi 8 wo wataru", True),
    ],
)
def test_a_weak_key_serves_nobody_in_earnest(key: str, enough: bool) -> None:
    for more in ({"PIA_SECURE": "1"}, {"PIA_PLACE": "lgwan"}, {"PIA_PROXY": "1"}):
        settings = config.load({"PIA_SECRET_KEY": key, **more})
        if enough:
            starting.must(settings)
        else:
            with pytest.raises(PiaError, match="PIA_SECRET_KEY"):
                starting.must(settings)
    starting.must(config.load({"PIA_SECRET_KEY": key}))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("sqlite:///pia.db", True),
        ("postgresql://pia@localhost/pia", True),
        ("postgresql://pia@127.0.0.1/pia", True),
        ("postgresql:///pia?host=/var/run/postgresql", True),
        ("postgresql://pia@db.naruse.local/pia", False),
        ("postgresql://pia@db.naruse.local/pia?sslmode=require", False),
        ("postgresql://pia@10.2.3.4/pia?sslmode=verify-full", True),
        ("postgresql:///pia?host=db.naruse.local", False),
    ],
)
def test_a_database_elsewhere_is_asked_for_tls(url: str, safe: bool) -> None:
    settings = config.load({"PIA_DATABASE_URL": url, "PIA_PG_TLS": "1"})
    assert starting.line_is_safe(settings) is safe
    if safe:
        starting.must_line(settings)
    else:
        with pytest.raises(PiaError, match="sslmode=verify-full"):
            starting.must_line(settings)
    starting.must_line(config.load({"PIA_DATABASE_URL": url}))


# ---- files


@pytest.mark.parametrize(
    ("name", "data", "fits"),
    [
        ("案.xlsx", b"%PDF-1.7", False),
        ("案.pdf", b"%PDF-1.7", True),
        ("覚え.txt", "覚え".encode(), True),
        ("覚え.txt", b"\x00\x01\x02", False),
        ("写真.png", b"\x89PNG\r\n\x1a\n", True),
        ("写真.jpg", b"%PDF", False),
        ("案.docx", b"PK\x03\x04 broken", False),
        ("名前だけ", b"%PDF", True),
        ("案.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", True),
    ],
)
def test_the_ending_of_a_file_says_what_it_is(name: str, data: bytes, fits: bool) -> None:
    fault = endings.fault(name, data)
    assert (fault == "") is fits
    assert fits or (name in fault and "選び直してください" in fault)


def national(page: PageClient, name: str, body: bytes) -> Any:
    form = next(f for f in page.get("/national").iter("form") if f.xpath('.//input[@type="file"]'))
    sent = page.fields(form) | {"file": (io.BytesIO(body), name)}
    return page.client.post(form.get("action"), data=sent, content_type="multipart/form-data")


def test_a_file_that_is_not_what_its_name_says_is_told_at_its_field(
    city: Workplace, clock: Clock
) -> None:
    page = PageClient(app_of(city, clock), "ishizue")
    answer = national(page, "記載例.yaml", b"%PDF-1.7 nothing of the kind")
    assert answer.status_code == 422 and "中身はPDFです" in answer.get_data(as_text=True)


def scanner(folder: Path, script: str) -> str:
    made = folder / "scanner.sh"
    made.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    made.chmod(0o700)
    return str(made)


def test_the_city_s_scanner_looks_before_anything_reads(
    city: Workplace, clock: Clock, tmp_path: Path
) -> None:
    keeps = f'cp "$2" {tmp_path}/seen; echo "$1" > {tmp_path}/told'
    command = scanner(tmp_path, f'{keeps}; grep -q HARM "$2" && exit 1; exit 0')
    page = PageClient(app_of(city, clock, PIA_SCAN_COMMAND=f"{command} --quiet"), "ishizue")
    answer = national(page, "記載例.yaml", b"id: HARM")
    assert answer.status_code == 422 and "庁内の検査で問題が見つかった" in answer.get_data(
        as_text=True
    )
    assert (tmp_path / "seen").read_bytes() == b"id: HARM" and (
        tmp_path / "told"
    ).read_text() == "--quiet\n"
    assert "庁内の検査" not in national(page, "記載例.yaml", b"id: quiet").get_data(as_text=True)


@pytest.mark.parametrize("script", ["exit 2", "kill -9 $$"])
def test_a_scanner_that_cannot_answer_lets_nothing_in(tmp_path: Path, script: str) -> None:
    for command in (scanner(tmp_path, script), str(tmp_path / "gone"), "'unclosed"):
        with pytest.raises(PiaError, match="検査できない"):
            scanning.look(command, "案.xlsx", b"PK")
    scanning.look("", "案.xlsx", b"PK")


# ---- refused forms


def test_refused_forms_are_counts_by_the_hour_and_no_rows(city: Workplace, clock: Clock) -> None:
    refusals.keep(city, clock.now, at_once=True)  # what other tests left
    app = app_of(city, clock)
    page = PageClient(app, "narise")
    for _ in range(40):
        assert page.client.post("/departments", data={"department": "x"}).status_code in (400, 422)
    refusals.keep(city, clock.now, at_once=True)
    clock.now += timedelta(hours=1)
    page.client.post("/departments", data={"department": "x"})
    refusals.keep(city, clock.now, at_once=True)
    with city.store.read() as s:
        counts = {
            (count.hour, count.kind): count.count for count in s.scalars(select(RefusalCount))
        }
    assert counts.get(("2029-12-31T23", "token"), 0) >= 40
    assert counts.get(("2030-01-01T00", "token")) == 1
    assert len([hour_and_kind for hour_and_kind in counts if hour_and_kind[1] == "token"]) == 2, (
        "a row an hour, however many"
    )
    assert (
        upkeep_refusals.counts(city, yearly.fiscal(AT.date()))[0][0]
        == upkeep_refusals.KINDS["token"]
    )


def test_counts_wait_in_memory_and_are_written_seldom(city: Workplace, clock: Clock) -> None:
    seconds = [0.0]
    counts = refusals.Refusals(lambda: seconds[0])
    written = []
    for n in range(100):
        counts.note("pace")
        counts.keep(city, clock.now)
        with city.store.read() as s:
            written.append(
                s.scalar(select(RefusalCount.count).where(RefusalCount.kind == "pace")) or 0
            )
        seconds[0] = n / 10
    assert len(set(written)) <= 3, "a hundred in ten seconds: two or three writes"
    counts.keep(city, clock.now, at_once=True)
    with city.store.read() as s:
        assert s.scalar(select(RefusalCount.count).where(RefusalCount.kind == "pace")) == 100


def test_a_database_that_cannot_be_written_to_fails_nobody_s_page(
    city: Workplace, clock: Clock
) -> None:
    counts = refusals.Refusals(lambda: 0.0)
    counts.note("pace")
    file = str(city.store.engine.url.database)
    with sqlite3.connect(file) as by_its_owner:
        by_its_owner.execute("drop table refused")
    counts.keep(city, clock.now, at_once=True)
    assert counts.waiting == {"pace": 1}, "and nothing is lost"


def test_upkeep_goes_to_the_same_database_over_a_safe_line() -> None:
    here = "postgresql://pia_app@localhost/pia"
    for upkeep, says in (
        ("", ""),
        ("postgresql://owner@localhost/pia", ""),
        ("postgresql://owner@localhost/other", "名前が違います"),
        ("postgresql://owner@db.naruse.local/pia", "sslmode=verify-full"),
    ):
        given = {"PIA_DATABASE_URL": here, "PIA_UPKEEP_URL": upkeep, "PIA_PG_TLS": "1"}
        if says:
            with pytest.raises(PiaError, match=says):
                starting.upkeep_url(config.load(given))
        else:
            assert starting.upkeep_url(config.load(given)) == (upkeep or here)
    file = {"PIA_DATABASE_URL": "sqlite:///pia.db", "PIA_UPKEEP_URL": here}
    assert starting.upkeep_url(config.load(file)) == "sqlite:///pia.db"
