"""The index of a search on both databases: what it finds is what reading every text finds."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from pia.actions.records import searched
from pia.actions.upkeep import search_index as upkeep
from pia.actions.workplace import Workplace
from pia.domain.text.searching import folded
from pia.store import queries, search_index
from pia.store.queries.search import EVERY, Finder, SearchAsked
from pia.store.rows.search import SearchGuard, SearchMark, SearchText, SearchWhole
from tests import shared


@pytest.fixture
def house(full_url: str) -> Workplace:
    wp = shared.workplace_at(full_url)
    while not upkeep.follow(wp).is_whole:
        pass
    yield wp
    wp.store.close()


def _everything(wp: Workplace) -> Finder:
    with wp.store.read() as session:
        return Finder(frozenset(searched.KINDS), whole=frozenset(queries.search.guarded(session)))


def test_what_is_found_is_what_reading_every_text_finds(house: Workplace) -> None:
    chance = random.Random(7)
    who = _everything(house)
    with house.store.read() as session:
        texts = list(session.scalars(select(SearchText)))
        assert len({text.kind for text in texts}) > 8, "records of most kinds"
        plain = {text.id: text.folded for text in texts}
        phrases = []
        for _ in range(200):
            letters = plain[chance.choice(texts).id]
            begin = chance.randrange(len(letters))
            phrases.append(letters[begin : begin + chance.randint(1, 9)])
        phrases += [folded("どこにもない言葉"), "%", "_", "'", '"', "\\", "*", "&", "(", ":"]
        for phrase in phrases:
            asked = SearchAsked((phrase,), state=EVERY)
            found = queries.search.page(session, who, asked, 0, 10_000)
            wanted = {number for number, letters in plain.items() if phrase in letters}
            assert {text.id for text in found} == wanted, phrase
            count = queries.search.counted(session, who, asked)
            assert count.whole == len(wanted) == sum(count.kinds.values())


def test_words_that_must_all_be_there_and_one_that_must_not(house: Workplace) -> None:
    who = _everything(house)
    with house.store.read() as session:
        texts = list(session.scalars(select(SearchText)))
        one = max(texts, key=lambda text: len(text.folded)).folded
        first, second, third = one[:3], one[-3:], one[len(one) // 2 :][:2]
        both = {text.id for text in texts if first in text.folded and second in text.folded}
        lacking = {text.id for text in texts if text.id in both and third not in text.folded}
        assert both > lacking
        for without, wanted in (((), both), ((third,), lacking)):
            asked = SearchAsked((first, second), without, state=EVERY)
            found = queries.search.page(session, who, asked, 0, 10_000)
            assert {text.id for text in found} == wanted


def test_made_again_it_is_the_same_and_taken_out_nothing_is_left(house: Workplace) -> None:
    def said() -> list[tuple[object, ...]]:
        columns = (SearchText.kind, SearchText.row_id, SearchText.path, SearchText.since)
        with house.store.read() as session:
            of = select(*columns, SearchText.until, SearchText.text)
            return sorted(map(tuple, session.execute(of)), key=repr)

    before = said()
    upkeep.begin_again(house)
    assert said() == []
    assert not upkeep.standing(house).built and not upkeep.standing(house).is_whole
    while not upkeep.follow(house).is_whole:
        pass
    assert said() == before
    with house.store.unchained() as session:
        for kind in (SearchText, SearchWhole):
            numbers = list(session.scalars(select(kind.id)))
            search_index.take_out(session, kind, numbers)
        assert session.scalar(select(SearchGuard.whole_id)) is None
        assert session.scalar(select(SearchMark.name).limit(1)) is not None
        for phrase in ("情", "情報"):
            asked = SearchAsked((phrase,), state=EVERY)
            who = Finder(frozenset(searched.KINDS))
            assert not queries.search.page(session, who, asked, 0, 10)
