"""Searching through pages: everybody finds what they may read and nothing else, and what was just
written, withheld, taken back or erased is found, or not, at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from pia import config, forms
from pia.actions.access.person import Person
from pia.actions.editing import items as editing
from pia.actions.steps import comments, councils
from pia.actions.upkeep import search_index
from pia.actions.viewing import search
from pia.actions.viewing.search import SearchRequest, SearchResult
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.text.searching import folded, pairs
from pia.store import nodes
from pia.store.queries.search import BEFORE, DRAFT, EVERY, MAIN
from pia.store.rows import assessments
from pia.store.rows.bodies import Account
from pia.store.rows.search import SearchGuard, SearchText, SearchWhole
from pia.web.application import create_app

from .. import shared
from ..conftest import NOW
from . import withheld_story as story
from .client import PageClient
from .searched import is_as_made_again, whole
from .test_corrections import isobe, umihara_until, withdraw


def of(wp: Workplace, name: str) -> Person:
    """A person as they are signed in."""
    with wp.store.read() as session:
        row = session.scalars(select(Account).where(Account.name == name)).one()
        return Person(row.name, row.shown, row.role, row.department_id)


def found(wp: Workplace, who: Person, request: SearchRequest) -> SearchResult:
    """The first page of what somebody finds, the index being whole."""
    whole(wp)
    return search.find(wp, who, NOW.date(), request, 0)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """The played case, only to be looked through."""
    wp = shared.copied(shared.played(), tmp_path_factory.mktemp("searched"))
    whole(wp)
    yield wp
    wp.store.close()


def page_links(client: PageClient, url: str, ending: str) -> list[str]:
    """The links of a page that end so."""
    return [link for link in client.get(url).xpath("//a/@href") if link.endswith(ending)]


def page_of(wp: Workplace, person: str) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: NOW), person)


def test_a_word_is_found_with_its_place_and_leads_there(case: Workplace) -> None:
    client = page_of(case, "mizukoshi")
    shown = client.get("/search?q=消去").text_content()
    assert "件見つかりました" in shown and "消去" in shown
    page = client.get("/search?q=クラウド&kind=opinion")
    marks = [mark.text_content() for mark in page.iter("mark")]
    assert marks and all("クラウド" in mark for mark in marks)
    links = page.xpath("//ol[@class='found']//h3/a/@href")
    assert links and all(link.startswith("/consultations/") for link in links)
    for kind in search.CALLED:
        for link in client.get(f"/search?q=の&kind={kind}").xpath(
            "//ol[@class='found']//h3/a/@href"
        ):
            target, _, anchor = link.partition("#")
            there = client.get(target)
            if kind in ("document", "opinion", "response"):
                assert there.xpath(f"//*[@id='{anchor}']"), link


def test_nothing_is_looked_for_and_nothing_is_found(case: Workplace) -> None:
    client = page_of(case, "mizukoshi")
    client.expect_words("/search", "あなたが見られるものから探します")
    client.expect_words("/search?q=-委託", "探す言葉を読み取れません")
    client.expect_words("/search?q=どこにもない言葉", "見つかりません")
    client.expect_words("/search?q=消去&document=nowhere", "評価書を絞らずに探す")
    client.expect_words(
        "/search?q=消去&kind=x&state=y&year=z&department=-1&order=w", "見つかりました"
    )


def test_it_is_narrowed_by_kind_document_item_and_year(case: Workplace) -> None:
    me = of(case, "mizukoshi")
    all_of_it = found(case, me, SearchRequest("情報"))
    assert all_of_it.whole == sum(facet.count for facet in all_of_it.kinds)
    for name, facets in (
        ("kind", all_of_it.kinds),
        ("document", all_of_it.documents),
        ("item", all_of_it.items),
    ):
        assert len(facets) > 1
        for facet in facets:
            one = found(case, me, replace(SearchRequest("情報"), **{name: facet.value}))
            assert one.whole == facet.count, (name, facet)
    for facet in all_of_it.years:
        assert found(case, me, SearchRequest("情報", year=int(facet.value))).whole == facet.count
        assert facet.words.endswith("年度")
    every = found(case, me, SearchRequest("情報", state=EVERY)).whole
    documents = next(f.count for f in all_of_it.kinds if f.value == "document")
    stands = [found(case, me, SearchRequest("情報", state=s)).whole for s in (MAIN, DRAFT, BEFORE)]
    assert every == all_of_it.whole + stands[2] and documents == stands[0] + stands[1]


def test_versions_that_say_it_are_those_that_are_named(case: Workplace) -> None:
    """Each text found in a former version is in that version and not in the next of the same
    place."""
    me = of(case, "mizukoshi")
    result = found(case, me, SearchRequest("消去", state=BEFORE))
    assert result.texts
    with case.store.read() as session, nodes.whole():
        for text in result.texts:
            assert "以前の記載" in text.standing
            key, _, number = text.ref.partition("@")
            says = []
            for ref in (text.ref, f"{key}@{int(number) + 1}"):
                version = assessments.resolve(session, ref)
                form = forms.load(version.form)
                line, _, _ = form.at(text.path)
                node = nodes.recent(session, version.id).find(text.path)
                says.append(items.shown_of(node, line.columns if line else ()))
            shown = [piece.text for piece in text.pieces if piece.text != "…"]
            assert all(piece in says[0] for piece in shown)
            assert says[0] != says[1]


def test_the_page_costs_the_same_whatever_is_found(case: Workplace) -> None:
    ran: list[str] = []
    client = page_of(case, "mizukoshi")
    client.client.get("/search?q=の")

    def noted(_: object, __: object, statement: str, *rest: object) -> None:
        ran.append(statement)

    event.listen(case.store.engine, "before_cursor_execute", noted)
    counts = []
    for words in ("どこにもない言葉", "消去", "の"):
        ran.clear()
        client.client.get(f"/search?q={words}&state=every")
        counts.append(len([line for line in ran if line.lstrip().startswith(("SELECT", "WITH"))]))
    event.remove(case.store.engine, "before_cursor_execute", noted)
    assert max(counts) <= 30, counts
    assert counts[2] <= counts[1] + 3, counts


# ---- rights


def test_a_member_finds_what_was_put_before_their_council(case: Workplace) -> None:
    chair = of(case, "kiryu")
    mine = found(case, chair, SearchRequest("の", state=EVERY))
    assert mine.whole and {facet.value for facet in mine.kinds} <= {
        "document",
        "remark",
        "answer",
        "proposal",
    }
    assert all(text.referral or text.kind != "document" for text in mine.texts)
    client = page_of(case, "kiryu")
    for link in client.get("/search?q=消去").xpath("//ol[@class='found']//h3/a/@href"):
        client.get(link.partition("#")[0])
    stranger = Person("nobody-on-a-council", "", "member")
    assert found(case, stranger, SearchRequest("の", state=EVERY)).whole == 0


def test_nobody_without_a_session_and_no_visitor_searches(case: Workplace) -> None:
    app = create_app(case, config.load({}), lambda: NOW)
    assert app.test_client().get("/search?q=消去").status_code == 303


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """岬町, whose documents withhold words of every kind."""
    folder = tmp_path_factory.mktemp("misaki-searched")
    shutil.copy(shared.blank(), folder / "pia.db")
    wp = shared.workplace_at(f"sqlite:///{folder / 'pia.db'}")
    story.begin(wp, story.Words())
    whole(wp)
    yield wp
    wp.store.close()


def test_withheld_words_are_found_by_who_may_read_them_alone(town: Workplace) -> None:
    words = story.Words()
    office = of(town, "akagi")
    other = Person("other", "", "drafter", department_id=9_999)
    for word in words.all:
        if word == words.reason:
            continue  # why it is withheld is no text of the document
        request = SearchRequest(f'"{word}"', state=EVERY)
        assert found(town, office, request).whole, word
        assert found(town, other, request).whole == 0, word
        for part in (word[:2], word[-3:]):
            hers = found(town, other, SearchRequest(f'"{part}"', state=EVERY))
            assert all(word not in text.said for text in hers.texts)
    marked = found(town, other, SearchRequest("非公表", state=EVERY))
    assert marked.whole, "what is left of those texts is found"


def test_the_index_of_the_unentitled_does_not_hold_the_words(town: Workplace) -> None:
    with town.store.read() as session:
        open_words: set[str] = set()
        for text in session.scalars(select(SearchText)):
            open_words |= set(pairs(text.folded))
            for word in story.Words().all:
                assert folded(word) not in text.folded and word not in text.place
        whole_words: set[str] = set()
        for hidden in session.scalars(select(SearchWhole)):
            whole_words |= set(pairs(hidden.folded))
        guards = set(session.scalars(select(SearchGuard.whole_id)))
        assert guards == set(session.scalars(select(SearchWhole.id)))
    assert whole_words - open_words, "withheld letters stand in the other index alone"


@pytest.mark.parametrize("written", ["before", "after"])
def test_what_quotes_withheld_words_is_found_without_them(tmp_path: Path, written: str) -> None:
    """A comment that quotes words, written before they are withheld or after."""
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    wp = shared.workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")
    story.begin(wp, story.Words())
    place, word = ("II", "f", "3", "3"), "いそぎんちゃく倉庫"
    head = shared.write(
        wp, story.OFFICE, story.REF, place, word, seen=story.head(wp), why="書き足した"
    )
    assert head

    def quote() -> None:
        text = f"「{word}」は、このままでよいですか。"
        comments.write(wp, story.OFFICE, story.REF, place, text, [])
        whole(wp)

    def withhold() -> None:
        opened = editing.Opened(story.REF, place, seen=story.head(wp))
        editing.withhold_at(wp, story.OFFICE, opened, [{}], "倉庫の名", ground="SECURITY")
        whole(wp)

    for act in (quote, withhold) if written == "before" else (withhold, quote):
        act()
    is_as_made_again(wp)
    asked = SearchRequest(f'"{word}"', state=EVERY)
    other = Person("other", "", "drafter", department_id=9_999)
    assert {text.kind for text in found(wp, of(wp, "akagi"), asked).texts} == {
        "comment",
        "document",
    }
    assert found(wp, other, asked).whole == 0
    left = found(wp, other, SearchRequest("このままでよいですか", state=EVERY))
    assert [text.said for text in left.texts] == ["「【非公表】」は、このままでよいですか。"]
    wp.store.close()


def test_who_finds_withheld_words_has_read_them(town: Workplace) -> None:
    client = PageClient(create_app(town, config.load({}), lambda: story.AT), "akagi")
    client.expect_words(f"/search?q={story.Words().cell}&state=every", "非公表部分を含む")
    from pia.store.ledger.log import AuditEntry

    with town.store.read() as session:
        read = session.scalars(select(AuditEntry).where(AuditEntry.action == "withheld.read")).all()
    assert [entry.target for entry in read if entry.actor == "akagi"] == [story.KEY]


# ---- at once: the second story


def test_what_is_written_is_found_at_once_and_what_is_taken_back_is_not(tmp_path: Path) -> None:
    wp = umihara_until("opinions", tmp_path)
    client = isobe(wp, "2026-01-20T10:00")
    client.expect_words("/search?q=うみつばめ", "見つかりません")
    client.post(
        "/glossary",
        "/glossary",
        {"term": "うみつばめ回線", "explanation": "窓口と倉庫をつなぐ線です。"},
    )
    page = client.get("/search?q=ウミツバメ")
    assert "うみつばめ回線" in page.text_content()
    (correction,) = page_links(client, "/glossary", "/correction")
    withdraw(client, correction)
    client.expect_words("/search?q=うみつばめ", "見つかりません")
    is_as_made_again(wp)


def test_an_index_far_behind_says_so_and_finds_nothing_until_it_is_not(tmp_path: Path) -> None:
    wp = shared.copied(shared.played(), tmp_path)
    client = page_of(wp, "mizukoshi")
    whole(wp)
    client.expect_words("/search?q=消去", "件見つかりました")
    with wp.store.unchained() as session:
        from pia.store import search_index as store_index

        store_index.mark(session, "chain main", 0)
    many, search_index.ENTRIES = search_index.ENTRIES, 3
    try:
        page = client.get("/search?q=消去").text_content()
        assert "まだ入っていない変更が" in page and "見つかりました" not in page
    finally:
        search_index.ENTRIES = many
    whole(wp)
    client.expect_words("/search?q=消去", "件見つかりました")
    search_index.begin_again(wp)
    many, search_index.VERSIONS = search_index.VERSIONS, 1
    try:
        page = client.get("/search?q=消去").text_content()
        assert "索引を作っています" in page and "見つかりました" not in page
    finally:
        search_index.VERSIONS = many
    whole(wp)
    client.expect_words("/search?q=消去", "件見つかりました")


def test_days_are_those_of_japan(tmp_path: Path) -> None:
    """The first of April at half past midnight is in the new 年度, though Greenwich says March."""
    wp = shared.copied(shared.blank(), tmp_path)
    first = datetime(2026, 4, 1, 0, 30, tzinfo=JST)
    for at, word in ((first, "あさり"), (first - timedelta(hours=1), "しじみ")):
        councils.keep_phrase(wp, By("akagi", "secretariat", at), "", word, "")
    whole(wp)
    office = Person("akagi", "", "secretariat")
    for word, year in (("あさり", 2026), ("しじみ", 2025)):
        (facet,) = search.find(wp, office, first.date(), SearchRequest(word), 0).years
        assert int(facet.value) == year, word
    wp.store.close()
