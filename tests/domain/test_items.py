"""Answers: to nodes and back, one at a time and all together."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia import forms
from pia.domain.change import describe
from pia.domain.change.compare import compare
from pia.domain.document import items
from pia.domain.document.tree import LEAVES, Tree, walk
from pia.domain.errors import PiaError
from pia.domain.text import pieces

from .trees import FORM, a_text, a_tree, an_answer, pairs, seeds, tree_of, trees

FORM_ = forms.load(FORM)


@given(trees())
def test_a_tree_is_its_answers(tree: Tree) -> None:
    assert items.build(FORM_, items.answers(tree)) == tree


@given(trees())
def test_every_items_text_reads_back(tree: Tree) -> None:
    for path, n in walk(tree):
        line, _, rest = FORM_.at(path)
        if n.kind in LEAVES or line is None or rest or not line.answerable or n.kind == "entry":
            continue
        item = items.from_text(line, items.text_of(n))
        assert (
            (item.content, item.leaves) == (n.content, n.leaves)
            if item
            else not (n.content or n.leaves)
        )


@given(seeds())
def test_replacing_one_answer_is_building_with_it(seed: int) -> None:
    rng = random.Random(seed)
    tree = tree_of(seed)
    pairs = items.answers(tree)
    for _ in range(8):
        at = rng.randrange(len(pairs))
        path = pairs[at][0]
        line = FORM_.at(path)[0]
        text = (
            rng.choice(["", a_text(rng)])
            if line.kind == "text"
            else items.text_of(items.plain(line, an_answer(rng, line)))
        )
        item = items.from_text(line, text)
        value = items.to_plain(item) if item is not None else None
        expected = items.build(
            FORM_, [*pairs[:at], *([(path, value)] if value is not None else []), *pairs[at + 1 :]]
        )
        assert items.with_answer(FORM_, tree, path, text) == expected


def test_a_new_answer_comes_to_its_place_in_the_form() -> None:
    tree = a_tree(random.Random(3))
    changed = items.with_answer(
        FORM_, tree, ("II", "file-new", "6", "1"), "新しいファイルの保管場所"
    )
    assert [p for p, _ in items.answers(changed) if p[:2] == ("II", "file-new")] == [
        ("II", "file-new", "6", "1")
    ]
    assert [c.key for c in changed.children] == sorted(
        (c.key for c in changed.children), key=[n.key for n in FORM_.parts].index
    )
    assert items.with_answer(FORM_, changed, ("II", "file-new", "6", "1"), "") == tree


@pytest.mark.parametrize("path", [("IX", "1"), ("II", "f"), ("II",), ("IV", "3", "x")])
def test_an_item_the_form_does_not_have_is_refused(path: tuple[str, ...]) -> None:
    with pytest.raises(PiaError, match="ありません"):
        items.with_answer(FORM_, a_tree(random.Random(1)), path, "x")


def test_what_does_not_fit_its_kind_is_refused() -> None:
    for path, answer in (
        (("IV", "3"), 5),
        (("I", "1", "3"), ["x"]),
        (("C", "7"), True),
        (("B1", "F", "f", "1"), "図"),
    ):
        with pytest.raises(PiaError, match="合いません"):
            items.build(FORM_, [(path, answer)])


TYPED = st.text(st.sampled_from("あ\\n\n｜x　[○]"), min_size=1, max_size=6)
PLAIN = ("text", "block", "choice_one", "number", "date", "yes_no")


@given(pairs())
def test_what_has_no_cells_reads_as_it_stands(pair: tuple[Tree, Tree]) -> None:
    for _, n in walk(pair[0]):
        if n.kind in PLAIN:
            assert items.shown_of(n) == items.text_of(n)


@given(st.lists(TYPED, min_size=1, max_size=4))
def test_a_reader_sees_the_letters_of_cells_shapes_and_notes(cells: list[str]) -> None:
    line = next(
        x for x in FORM_.walk() if x.kind == "choice_many" and any(o.free for o in x.options)
    )
    free = next(o for o in line.options if o.free)
    assert items.shown(items.row(cells)) == "　".join(cells) and items.shown(
        items.row(cells), between=items.PIPED
    ) == "｜".join(cells)
    assert items.shown(items.row(cells, inherited=True)) == "（引継ぎ）" + "　".join(cells)
    assert items.shown_of(items.table("x", [items.row([c]) for c in cells])) == "\n".join(cells)
    assert items.shown(items.shape("box", cells[0], 1, 2, 3, 4)) == cells[0]
    assert items.shown_of(items.choice_many(line, [{free.label: cells[0]}, *cells[1:]])).startswith(
        f"[○] {free.label.replace('　', cells[0])}"
    )


@given(pairs())
def test_what_differs_never_reads_alike(pair: tuple[Tree, Tree]) -> None:
    cs = compare(*pair)
    for s in describe.describe(FORM_, cs, *pair):
        assert (s.shown[0] == s.shown[1]) == ((s.before or "") == (s.after or ""))
        left, right = pieces.sides(*s.shown, s.shown_spans(), fold=False)
        assert ("".join(p.text for p in left), "".join(p.text for p in right)) == s.shown
    here, there = items.row(["a　b"]), items.row(["a", "b"])
    assert items.shown_beside(here, there) == ("a　b", "a｜b") and items.shown_beside(
        here, None
    ) == ("a　b", "")
    assert items.shown_beside(here, there, columns=("甲", "乙")) == ("甲：a　b", "甲：a　乙：b")
