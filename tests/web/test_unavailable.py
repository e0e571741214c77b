"""The database away, moved, locked, full, frozen, cut: 503, what was typed stays, and it heals."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from pia import config
from pia.actions.people import registration
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store import queries
from pia.store.opening import upgrade
from pia.web.application import create_app, create_public_app

from .. import shared
from ..store import servers
from .client import PageClient
from .relay import Relay, relayed

NOW = datetime(2026, 12, 28, 16, 45, tzinfo=JST)
OFFICE = By("kudo", "administrator", NOW)
AFFAIR = {
    "key": "ferry",
    "number": "7",
    "name": "渡船の割引に関する事務",
    "body": "入江町長",
}


def house(url: str) -> Workplace:
    """A town without anything but one officer."""
    wp = shared.workplace_at(url)
    account = registration.NewAccount("hamada", "浜田 岬", "secretariat", "入江町長")
    registration.add_account(wp, OFFICE, account)
    return wp


def office(wp: Workplace) -> FlaskClient:
    """The officer's browser."""
    return PageClient(create_app(wp, config.load({}), lambda: NOW), "hamada").client


def form(client: FlaskClient) -> dict[str, str]:
    """What the form of a new affair would send, filled in."""
    page = html.document_fromstring(client.get("/affairs/new").get_data(as_text=True))
    (wanted,) = [f for f in page.iter("form") if f.get("action") == "/affairs/new"]
    hidden = {
        e.get("name"): e.get("value") for e in wanted.iter("input") if e.get("type") == "hidden"
    }
    return {**hidden, **AFFAIR}


def must_be_away(answer: TestResponse, status: int = 503) -> html.HtmlElement:
    """A page that says so, when to come again, and what was typed."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert int(answer.headers["Retry-After"]) > 0
    page = html.document_fromstring(answer.get_data(as_text=True))
    assert page.xpath("//h1")[0].text_content() == "いま使えません"
    return page


def again(client: FlaskClient, page: html.HtmlElement) -> TestResponse:
    """Sends the form of the page that kept what was typed."""
    (kept,) = page.iter("form")
    fields = {}
    for field in kept.iter("input", "textarea"):
        words = field.get("value") if field.tag == "input" else field.text_content()
        fields[field.get("name")] = (words or "").removeprefix("\n")
    assert AFFAIR.items() <= fields.items()
    return client.post(kept.get("action"), data=fields)


def named(wp: Workplace) -> int:
    """How many affairs of the key there are."""
    with wp.store.read() as session:
        return int(queries.affairs.of_key(session, "ferry") is not None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite database of the town."""
    path = tmp_path / "town.db"
    upgrade(f"sqlite:///{path}")
    return path


def test_a_file_that_was_moved_away_and_comes_back(file: Path) -> None:
    wp = house(f"sqlite:///{file}")
    client = office(wp)
    sent = form(client)
    elsewhere = file.with_name("elsewhere.db")
    file.rename(elsewhere)
    must_be_away(client.get("/affairs/new"))
    page = must_be_away(client.post("/affairs/new", data=sent))
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == client.get("/healthz").status_code == 503
    assert client.get("/static/pia.css").status_code == 200
    other = must_be_away(
        client.get("/", environ_overrides={"PATH_INFO": "//elsewhere.example/affairs"})
    )
    assert [a.get("href") for a in other.iter("a")] == ["/elsewhere.example/affairs"]
    assert not file.exists(), "an empty database was made in its place"
    elsewhere.rename(file)
    assert again(client, page).status_code == 303 and named(wp) == 1
    assert client.get("/readyz").status_code == 200


def test_another_file_in_its_place_is_taken_up_and_the_moved_one_never_written(file: Path) -> None:
    wp = house(f"sqlite:///{file}")
    client = office(wp)
    sent = form(client)
    backup = file.with_name("backup.db")
    backup.write_bytes(file.read_bytes())
    before = backup.read_bytes()
    file.rename(file.with_name("old.db"))
    backup.rename(file)
    must_be_away(client.post("/affairs/new", data=sent))
    assert file.with_name("old.db").read_bytes() == before, "a save went into the moved file"
    assert client.post("/affairs/new", data=sent).status_code == 303 and named(wp) == 1


def test_a_writer_that_does_not_end_and_a_page_that_does_not_wait_for_it(file: Path) -> None:
    wp = house(f"sqlite:///{file}")
    client = office(wp)
    sent = form(client)
    late = create_app(wp, config.load({}), lambda: NOW.replace(hour=17))
    reader = late.test_client()
    with client.session_transaction() as session, reader.session_transaction() as other:
        other.update(session)
    other_writer = sqlite3.connect(file, isolation_level=None)
    other_writer.execute("BEGIN IMMEDIATE")
    assert reader.get("/affairs/new").status_code == 200, "`seen` is due, and waits for no writer"
    other_writer.execute("ROLLBACK")
    assert client.post("/affairs/new", data=sent).status_code == 303


def test_a_full_disk_is_507_and_nothing_is_lost(file: Path) -> None:
    wp = house(f"sqlite:///{file}")
    client = office(wp)
    sent = form(client)
    with wp.store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_authorizer(None)
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages}")
    sent["name"] = "渡" * 60
    answers = [
        client.post(
            "/affairs/new",
            data={**sent, "key": f"ferry-{n}", "number": str(n), "_request": f"{n:018}"},
        )
        for n in range(200)
    ]
    full = [answer for answer in answers if answer.status_code != 303]
    page = must_be_away(full[0], 507)
    assert "空きがない" in page.text_content()


def test_a_resident_is_told_in_words_of_their_own(file: Path) -> None:
    wp = house(f"sqlite:///{file}")
    app = create_public_app(wp, config.load({}), lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.get("/").status_code == 200
    file.rename(file.with_name("elsewhere.db"))
    opinion = {"text": "渡船の時刻を増やしてほしい", "once": "k1"}
    for answer, says in (
        (client.get("/"), "お見せできません"),
        (client.post("/consultations/1/opinion", data=opinion), "まだ届いていません"),
    ):
        page = must_be_away(answer)
        words = page.text_content()
        assert says in words and "データベース" not in words and "管理者" not in words
    assert "渡船の時刻を増やしてほしい" in words


def test_a_garbage_page_is_told_as_what_it_is(file: Path) -> None:
    wp = house(f"sqlite:///{file}")
    client = office(wp)
    assert client.get("/affairs/new").status_code == 200
    bare = sqlite3.connect(file)
    (root,) = bare.execute("SELECT rootpage FROM sqlite_master WHERE name = 'affair'").fetchone()
    bare.execute("UPDATE alembic_version SET version_num = version_num")  # caches are read anew
    bare.commit()
    bare.close()
    with file.open("r+b") as database:
        database.seek((root - 1) * 4096)
        database.write(b"\xff" * 4096)
    page = must_be_away(client.get("/"))
    assert "一部が壊れていて" in page.text_content() and "pia fsck" in page.text_content()


@pytest.fixture(scope="module")
def line() -> Iterator[tuple[str, Relay]]:
    """A PostgreSQL database of the town, and the relay before it."""
    with servers.server() as server:
        if server is None:
            pytest.skip(servers.HOW)
        with servers.database(server) as url, relayed(url) as (behind, relay):
            upgrade(url)
            yield behind, relay


def test_a_server_away_frozen_and_cut_at_commit(line: tuple[str, Relay]) -> None:
    url, relay = line
    wp = house(url)
    client = office(wp)
    sent = form(client)
    relay.cut()
    page = must_be_away(client.post("/affairs/new", data=sent))
    must_be_away(client.get("/affairs/new"))
    assert client.get("/readyz").status_code == 503 and client.get("/livez").status_code == 200
    relay.heal()
    assert client.get("/affairs/new").status_code == 200 and named(wp) == 0

    relay.freeze()
    must_be_away(client.get("/affairs/new"))
    assert client.get("/readyz").status_code == 503
    relay.heal()
    relay.cut()
    relay.heal()

    # The COMMIT of the save, not one of a read that comes before it.
    relay.cut_after = b"INSERT INTO affair"
    relay.cut_at = b"COMMIT"
    page = must_be_away(client.post("/affairs/new", data=sent))
    assert "二重に保存されることはありません" in page.text_content()
    time.sleep(0.5)
    assert again(client, page).status_code in (200, 303, 409) and named(wp) == 1
    assert re.search("渡船の割引", client.get("/register").get_data(as_text=True))
