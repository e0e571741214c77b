"""Cost that follows what is asked for: every page somebody can open runs as many statements with a
hundred affairs in the house as with ten, and a list goes through them a page at a time.

Knows the played case and a city written in bulk beside it. Counts statements, never time.
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import event

from pia import config
from pia.actions.records import tallies
from pia.actions.upkeep import search_index
from pia.actions.viewing import matrix, register, rounds
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.store import queries
from pia.store.ledger import log
from pia.store.queries.register import AffairFilter
from pia.store.rows.tallies import RoundTally
from pia.web.application import create_app

from .. import shared
from ..bench import bulk
from ..conftest import NOW
from .client import PageClient, expect_words

PEOPLE = ("mizukoshi", "kurokawa", "mitamura", "makabe")
FEW = 10
MANY = 100


def with_affairs(count: int) -> Path:
    """The played case, and beside it a city of so many affairs whose last rounds all run."""

    def make(file: Path) -> None:
        shutil.copy(shared.played(), file)
        wp = shared.workplace_at(f"sqlite:///{file}")
        size = bulk.Size(count, rounds=2, versions=8, open_every=1, body="白砂市長")
        bulk.fill(wp, size)
        tallies.renew_all(wp.store)
        while not search_index.follow(wp).is_whole:
            pass
        wp.store.close()

    return shared.once(f"bulk-{count}.db", make)


def addresses() -> Mapping[str, tuple[str, str]]:
    """Route → (a person, an address of it that they can open), from the links of the case."""

    def walk(file: Path) -> None:
        wp = shared.copied(shared.played(), file.parent)
        app = create_app(wp, config.load({}), lambda: NOW)
        routes: dict[str, tuple[str, str]] = {}
        for person in PEOPLE:
            _walk(PageClient(app, person), person, routes)
        wp.store.close()
        file.write_text(json.dumps(routes), "utf-8")

    pairs = json.loads(shared.once("cost-addresses.json", walk).read_text("utf-8"))
    return {route: (person, address) for route, (person, address) in pairs.items()}


def _walk(client: PageClient, person: str, routes: dict[str, tuple[str, str]]) -> None:
    """Opens one address of every route that links lead to."""
    waiting = deque(["/", "/me", "/compare", "/jobs", "/flags", "/records"])
    while waiting:
        address = waiting.popleft()
        parts = urlsplit(address)
        try:
            route, _ = client.routes.match(parts.path, method="GET")
        except Exception:
            continue
        if route in routes or "size=" in parts.query or parts.netloc:
            continue
        answer = client.client.get(address)
        if answer.status_code != 200:
            continue
        routes[route] = (person, address)
        if answer.mimetype == "text/html":
            page = html.document_fromstring(answer.get_data(as_text=True))
            waiting += [urljoin(address, link) for link in page.xpath("//a/@href")]


def statements(file: Path, folder: Path) -> dict[str, int]:
    """Route → how many statements its page runs, the second time it is opened."""
    folder.mkdir()
    wp = shared.copied(file, folder)
    app = create_app(wp, config.load({}), lambda: NOW)
    ran: list[str] = []

    def noted(_: object, __: object, statement: str, *rest: object) -> None:
        ran.append(statement)

    event.listen(wp.store.engine, "before_cursor_execute", noted)
    clients = {person: PageClient(app, person) for person in PEOPLE}
    counts = {}
    for route, (person, address) in addresses().items():
        clients[person].client.get(address)
        ran.clear()
        answer = clients[person].client.get(address)
        assert answer.status_code == 200, address
        counts[route] = len([line for line in ran if line.startswith("SELECT")])
    for person, client in clients.items():
        client.client.get("/")
        ran.clear()
        assert client.client.get("/").status_code == 200
        counts[f"today.page {person}"] = len([line for line in ran if line.startswith("SELECT")])
    wp.store.close()
    return counts


def test_no_page_runs_more_statements_with_ten_times_the_affairs(tmp_path: Path) -> None:
    few = statements(with_affairs(FEW), tmp_path / "few")
    many = statements(with_affairs(MANY), tmp_path / "many")
    assert len(many) > 40
    grown = {route: (few[route], many[route]) for route in few if many[route] > few[route]}
    assert grown == {}
    assert many["desk.register"] <= 20
    assert max(many[f"today.page {person}"] for person in PEOPLE) <= 20


@pytest.fixture
def many(tmp_path: Path) -> Workplace:
    return shared.copied(with_affairs(MANY), tmp_path)


@pytest.fixture
def app(many: Workplace) -> Flask:
    return create_app(many, config.load({}), lambda: NOW)


def test_the_bulk_city_is_a_whole_one(many: Workplace) -> None:
    """What is measured on it is measured on a database that `fsck` finds nothing in."""
    from pia.store.upkeep import fsck

    assert [problem for problem in fsck.check(many.store) if problem.level != "info"] == []


def test_the_register_goes_through_all_affairs_a_page_at_a_time(many: Workplace) -> None:
    today = date(2026, 4, 1)
    seen: list[str] = []
    for first in range(0, 120, register.PAGE):
        page = register.page(many, AffairFilter(), first, today)
        assert page.fitting == page.whole == 103 and len(page.affairs) <= register.PAGE
        seen += [affair.main.affair for affair in page.affairs]
    assert len(seen) == len(set(seen)) == 103


def test_filters_and_words_are_answered_by_the_database(many: Workplace) -> None:
    today = date(2026, 4, 1)

    def fitting(department: str = "", stand: str = "", words: str = "") -> int:
        asked = register.asked(department, stand, words, today)
        return register.page(many, asked, 0, today).fitting

    assert fitting(stand="open") == 100 and fitting(stand="published") == 3
    assert fitting(stand="due") == 3 and fitting(department="-") == 0
    assert fitting(department="税務課") == 13 and fitting("税務課", "open", "給付 全項目") == 13
    assert fitting(words="ｼｽﾃﾑの更新") == 100  # the title of running rounds, in any width
    assert fitting(words="_") == fitting(words="%") == 0
    assert fitting(words="\0\n 給付１号") == 1


def test_a_page_behind_the_end_says_so(app: Flask) -> None:
    client = PageClient(app, "mizukoshi")
    shown = client.get("/register?page=9&office=")
    expect_words(shown, "このページには何もありません。", "103件の事務のうち103件")
    beyond = client.get("/register?page=2&office=")
    expect_words(beyond, "103件の事務のうち 61～103", "前のページ")
    assert len(client.get("/register?office=").xpath("//tbody/tr")) == register.PAGE
    client.get("/rounds?over=1&page=2")
    client.get("/register?page=x&sort=name&col=form&col=versions")


def test_many_rounds_that_wait_are_chosen_before_they_are_checked(app: Flask) -> None:
    client = PageClient(app, "mizukoshi")
    shown = client.get("/consultations/new")
    expect_words(shown, "件が待っています", "選んだ評価書を確かめる")
    assert not shown.xpath("//form[@method='post']//input[@name='rounds']")
    chosen = shown.xpath("//input[@name='round']/@value")[0]
    checked = client.get(f"/consultations/new?round={chosen}")
    assert checked.xpath("//form[@method='post']//input[@name='rounds']/@value") == [chosen]


def test_tallies_follow_every_act_and_are_made_up_for(many: Workplace) -> None:
    """Computed from nothing else than the texts: dropped, they come back the same."""
    tallies.renew_all(many.store)
    with many.store.read() as session:
        before = _tallies(session)
        running = [line.ref for line in rounds.page(many, False, 0).lines]
        assert len(running) == rounds.PAGE
    with shared.by_hand(many.store) as session:
        session.query(RoundTally).delete()
    assert rounds.page(many, False, 0).lines[0].change_count is None
    assert tallies.renew_missing(many.store) == 100
    assert tallies.renew_all(many.store) > 0
    with many.store.read() as session:
        assert _tallies(session) == before
    assert tallies.renew_all(many.store) == 0


def test_a_save_waits_for_no_count_and_lists_say_so(drafted: Workplace) -> None:
    """The worker counts within seconds; until then a list tells of which save its count is."""
    where = "nhi-benefits~r6-cloud"
    tallies.renew_all(drafted.store)

    def line() -> rounds.RoundLine:
        return next(round_ for round_ in shared.all_rounds(drafted) if round_.ref == where)

    before = line()
    by = By("morishita", "drafter", NOW)
    item = ("I", "8")
    shared.write(drafted, by, where, item, "受付の窓口を改めた。", seen=where, why="改める")
    late = line()
    assert late.counted_late and late.change_count == before.change_count
    client = PageClient(create_app(drafted, config.load({}), lambda: NOW), "mizukoshi")
    expect_words(client.get("/rounds"), "最新の保存は集計中")
    assert tallies.renew_missing(drafted.store) > 0
    after = line()
    assert not after.counted_late and after.change_count == (before.change_count or 0) + 1


def _tallies(session: object) -> dict[int, tuple[int, int]]:
    found = {}
    for round_ in queries.rounds.in_order(session):  # type: ignore[arg-type]
        tally = session.get(RoundTally, round_.id)  # type: ignore[attr-defined]
        if tally is not None:
            found[round_.id] = (tally.changes, tally.material)
    return found


def test_the_matrix_counts_every_document_once(many: Workplace) -> None:
    keys: list[str] = []
    for first in range(0, 120, matrix.PAGE):
        page = matrix.matrices(many, first)
        assert page.whole == 103
        keys += [row.key for row in page.matrices[0].rows]
    assert len(set(keys)) == 103


def test_an_act_that_stands_is_never_told_to_have_failed_by_what_follows(many: Workplace) -> None:
    """Not even by an error nobody thought of; what could not be counted is made up for."""

    def broken(_: object) -> None:
        raise RuntimeError("disk I/O error")

    store = replace(many.store, follow=broken)
    with store.begin() as session:
        affair = queries.affairs.all_affairs(session)[0]
        affair.name = "改めた名前の事務"
        log.entry(session, By("test", "system", NOW), "test.write", "x")
    with many.store.read() as session:
        assert queries.affairs.all_affairs(session)[0].name == "改めた名前の事務"
