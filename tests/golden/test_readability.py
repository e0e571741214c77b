"""The floor of readability: what the engine reaches on the corpus must not fall again."""

from __future__ import annotations

from functools import cache

from .readability import FOLDER, Score, corpus, read, score, total


@cache
def scores() -> tuple[Score, ...]:
    return tuple(score(p) for p in corpus())


def test_the_corpus_is_large_enough_and_its_marks_fit_its_texts() -> None:
    assert len(corpus()) >= 200
    assert len({(p.file, p.name) for p in corpus()}) == len(corpus())


def test_phrase_view_marks_what_the_editor_marked() -> None:
    t = total(scores())
    assert t.exact >= 0.97, [
        f"{s.pair.file}: {s.pair.name}: {s.shown}" for s in scores() if not s.exact
    ]
    assert t.fragments <= 1.03
    assert t.cuts <= 0.005


def test_the_second_set_has_its_own_floor() -> None:
    t = total(score(p) for p in read(FOLDER / "second" / "laws.yaml"))
    assert t.exact >= 0.75 and t.fragments <= 1.05 and t.cuts <= 0.005


def test_a_third_set_in_the_manner_of_ordinances() -> None:
    t = total(score(p) for p in read(FOLDER / "second" / "ordinances.yaml"))
    assert t.exact >= 0.92 and t.fragments <= 1.05 and t.cuts <= 0.005


def test_what_only_looks_alike_stays_an_edit() -> None:
    found = [s for s in scores() if s.pair.file == "lookalikes"]
    assert len(found) >= 60
    assert [s.shown for s in found if not s.exact] == []


def test_a_moved_sentence_costs_no_extra_marks() -> None:
    moves = total(s for s in scores() if s.pair.file == "moves")
    assert moves.marked <= 1.0


def test_the_scorer_sees_a_worse_diff() -> None:
    """Marking whole texts is exact nowhere but in whole rewrites and single words, and marks far
    more."""
    from pia.domain.text.spans import Span

    whole = total(
        score(
            p,
            lambda a, b: [
                Span("delete", 0, len(a), 0, 0),
                Span("insert", len(a), len(a), 0, len(b)),
            ],
        )
        for p in corpus()
        if p.file != "lookalikes"
    )
    assert whole.exact < 0.1 and whole.marked > 3
