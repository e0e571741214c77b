"""What pages remember is what they would work out anew: lines and their drawing of each version
of a document, and as few questions to the store for many rounds as for one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import event

from pia import config, forms
from pia.actions.editing import versions
from pia.actions.viewing import register
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document.tree import Tree
from pia.store.rows.assessments import NewRound
from pia.web import document_lines
from pia.web.application import create_app
from tests import shared
from tests.domain.trees import a_tree, revised


def forget() -> None:
    for memory in (document_lines.lines_of, document_lines._still, document_lines._drawn_again):
        memory.cache_clear()


def shown(tree: Tree, old: Tree | None) -> list[str]:
    return [
        str(document_lines.drawn(x, "理由" if x.changes else ""))
        for x in document_lines.lines_of(forms.load(tree.form), tree, old)
    ]


@pytest.mark.parametrize("seed", range(8))
def test_a_version_after_others_is_shown_as_if_it_were_the_first(
    seed: int, drafted: Workplace
) -> None:
    rng = random.Random(seed)
    first = a_tree(rng, share=0.3)
    later = [first]
    for _ in range(3):
        later.append(revised(rng, later[-1]))
    pairs = [(new, old) for new in later for old in (None, first, later[1]) if old is not new]
    app = create_app(
        drafted,
        config.load(
            {"PIA_DATABASE_URL": str(drafted.store.engine.url), "PIA_SECRET_KEY": "x" * 20}
        ),
    )
    with app.app_context():
        forget()
        one_after_the_other = [shown(new, old) for new, old in pairs]
        for (new, old), remembered in zip(pairs, one_after_the_other):
            forget()
            assert shown(new, old) == remembered


@contextmanager
def asked(wp: Workplace) -> Iterator[list[str]]:
    messages: list[str] = []

    def ask(conn: object, cursor: object, statement: str, *_: object) -> None:
        messages.append(statement)

    event.listen(wp.store.engine, "before_cursor_execute", ask)
    yield messages
    event.remove(wp.store.engine, "before_cursor_execute", ask)


def test_a_list_of_many_rounds_asks_the_store_as_often_as_one_of_few(drafted: Workplace) -> None:
    def counted() -> tuple[int, int, int]:
        with asked(drafted) as first:
            listed = register.register(drafted)
        with asked(drafted) as second:
            rounds = shared.all_rounds(drafted)
        return len(first), len(second), sum(len(x.rounds) for x in listed) + len(rounds)

    counted()  # the texts are in memory after the first look
    before = counted()
    for key in ("nhi-benefits", "nhi-levy"):
        for n in range(3):
            versions.open_round(
                drafted,
                By("hiratsuka", "secretariat", datetime(2024, 11, 1, 9, n, tzinfo=JST)),
                key,
                NewRound(f"more-{n}", "CORRECTION", reasons=["表記の修正"]),
            )
    after = counted()
    assert after[2] == before[2] + 12
    assert after[:2] == before[:2]
