"""What a search looks through, read past all rights: for tests of what must, and must not, stand in
it.

Knows the tables of the index. Must not know who may find what.
"""

from __future__ import annotations

from sqlalchemy import select

from pia.actions.upkeep import search_index
from pia.actions.workplace import Workplace
from pia.store.rows.search import SearchText, SearchWhole


def whole(wp: Workplace) -> None:
    """Makes the index."""
    while not search_index.follow(wp).is_whole:
        pass


def said(wp: Workplace) -> list[tuple[object, ...]]:
    """Every text of both readings with where and since when it stands, in order."""
    found: list[tuple[object, ...]] = []
    with wp.store.read() as session:
        for table in (SearchText, SearchWhole):
            columns = (table.kind, table.row_id, table.path, table.place, table.since, table.until)
            for row in session.execute(select(*columns, table.text)):
                found.append((table.__tablename__, *row))
    return sorted(found, key=repr)


def is_as_made_again(wp: Workplace) -> None:
    """What was followed act by act is what reading everything now gives."""
    assert search_index.standing(wp).is_whole
    followed = said(wp)
    search_index.begin_again(wp)
    assert said(wp) == []
    whole(wp)
    assert followed == said(wp)
