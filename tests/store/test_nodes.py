from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.document.tree import UNLOADED, Tree, node, walk
from pia.domain.errors import PiaError
from pia.domain.revise.replay import replay
from pia.store import nodes, packing
from pia.store.nodes import Content
from pia.store.opening import Store
from pia.store.upkeep import fsck
from tests.bench import made
from tests.domain import trees

from . import city


def test_stored_trees_come_back_and_compare_as_in_memory(store: Store) -> None:
    rng = random.Random(7)
    for i in range(30):
        old = trees.a_tree(rng)
        new = trees.revised(rng, old) if i % 5 else trees.a_tree(rng)
        with store.begin() as s:
            assessment = city.found(s, f"a{i}")
            a = city.save(s, assessment, old)
            b = city.save(s, assessment, new)
        with store.read() as s:
            assert nodes.tree(s, a.id) == old and nodes.tree(s, b.id) == new
            assert [(p, n.value, n.extra) for p, n in walk(nodes.tree(s, b.id))] == [
                (p, n.value, n.extra) for p, n in walk(new)
            ]
            bare = nodes.skeleton(s, b.id)
            assert bare == new and all(n.value is UNLOADED for _, n in walk(bare) if n.content)
            cs = nodes.compare_versions(s, a.id, b.id)
            assert cs == compare(old, new)
            assert replay(nodes.tree(s, a.id), cs, forms.load(old.form)) == new


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees.pairs())
def test_pruned_manifests_compare_as_whole_trees(pair: tuple[Tree, Tree]) -> None:
    """The same without a database: whatever is cut away as equal never shows in a ChangeSet."""
    old, new = pair
    contents = {n.content: n.value for t in pair for _, n in walk(t) if n.content}
    ids = {d: i for i, d in enumerate(contents, 1)}
    back = {i: (d, contents[d]) for d, i in ids.items()} | {packing.EQUAL: ("=", UNLOADED)}
    a, b = (packing.lines(packing.manifest(packing.laid_out(t.children, ids))) for t in pair)
    x, y = packing.unequal(a, b)
    left, right = (
        Tree(t.form, packing.nodes(lines, back), [t.digest]) for t, lines in ((old, x), (new, y))
    )
    assert compare(left, right) == compare(old, new)


def test_a_level_with_the_same_nodes_is_left_out_but_for_what_differs() -> None:
    old = made.document(200, 40_000)
    new, truth = made.cloud(old)
    ids = {n.content: i for i, (_, n) in enumerate([*walk(old), *walk(new)], 1) if n.content}
    a, b = (packing.lines(packing.manifest(packing.laid_out(t.children, ids))) for t in (old, new))
    left, _ = packing.unequal(a, b)
    places = {path[:-1] for path in truth.added | truth.modified}

    def items(level: list[packing.Line]) -> int:
        return sum(
            items(line[4]) if len(line) > 4 and packing.KINDS[line[1]] != "text" else 1
            for line in level
        )

    assert items(left) == len(places) < items(a) / 10


def test_a_second_version_stores_only_what_is_new(store: Store) -> None:
    rng = random.Random(3)
    old = trees.a_tree(rng, share=0.5)
    part = old.children[0]
    new = Tree(
        old.form,
        (
            replace(
                part,
                children=(
                    *part.children,
                    node("", "block", {"text": "新しい段落", "withheld": []}),
                ),
            ),
            *old.children[1:],
        ),
    )
    with store.begin() as s:
        assessment = city.found(s)
        city.save(s, assessment, old)
        before = s.query(Content).count()
        second = city.save(s, assessment, new)
        assert s.query(Content).count() == before + 1
        other = city.found(s, "nhi-premiums")
        city.save(s, other, new)
        assert s.query(Content).count() == before + 1
        assert second.seq == 2


def test_a_tree_of_skeletons_is_saved_as_long_as_its_contents_are_there(store: Store) -> None:
    old = trees.a_tree(random.Random(5))
    with store.begin() as s:
        assessment = city.found(s)
        v = city.save(s, assessment, old)
        bare = nodes.skeleton(s, v.id)
        v2 = city.save(s, assessment, Tree(bare.form, bare.children[1:]))
    with store.read() as s:
        assert nodes.tree(s, v2.id) == Tree(old.form, old.children[1:])
    lost = Tree(old.form, (replace(node("C", "text", {"tail": 3}), value=UNLOADED),))
    with pytest.raises(PiaError), store.begin() as s:
        nodes.put_tree(s, lost)


def test_a_content_that_is_not_its_digest_is_refused(store: Store) -> None:
    lie = replace(
        node("", "block", {"text": "本当", "withheld": []}), value={"text": "うそ", "withheld": []}
    )
    with pytest.raises(PiaError), store.begin() as s:
        nodes.put_tree(s, Tree(trees.FORM, (lie,)))
    with store.read() as s:
        assert s.query(Content).count() == 0


def test_files_are_kept_once_and_come_back(store: Store) -> None:
    body = random.Random(1).randbytes(5000)
    with store.begin() as s:
        name = nodes.put_blob(s, body)
        assert nodes.put_blob(s, body) == name and nodes.put_blob(s, b"") != name
        city.wrote(s)
    with store.read() as s:
        assert nodes.get_blob(s, name) == body
        assert s.query(nodes.Blob).count() == 2
        with pytest.raises(PiaError):
            nodes.get_blob(s, "0" * 64)


def test_a_version_that_is_not_there(store: Store) -> None:
    with store.begin() as s:
        v = city.save(s, city.found(s), trees.a_tree(random.Random(1), share=0.02))
    with store.read() as s:
        assert not nodes.compare_versions(s, v.id, v.id)
        for act in (
            lambda: nodes.tree(s, 99),
            lambda: nodes.skeleton(s, 99),
            lambda: nodes.compare_versions(s, v.id, 99),
        ):
            with pytest.raises(PiaError):
                act()
        assert nodes.values(s, []) == {}
        assert nodes.values(s, ["0" * 64]) == {}


def test_what_is_remembered_is_what_the_version_says(store: Store) -> None:
    made_trees = [trees.a_tree(random.Random(n)) for n in range(3)]
    with store.begin() as s:
        held = city.found(s)
        saved = []
        for t in made_trees:
            saved.append(city.save(s, held, t, saved[-1] if saved else None))
    saved = [v.id for v in saved]
    with store.read() as s:
        for _ in range(2):
            for i, t in zip(saved, made_trees, strict=True):
                assert nodes.recent(s, i) == t == nodes.tree(s, i)
        assert nodes.recent(s, saved[0]) is nodes.recent(s, saved[0])
    for n in range(60):
        nodes.remember(Tree(f"text@{n}"))
    assert len(nodes._RECENT._kept) == nodes._RECENT._most


def test_a_tree_is_made_ready_before_its_turn(store: Store) -> None:
    """What the version before has is not looked up; what another act stored meanwhile is taken."""
    rng = random.Random(5)
    first = trees.a_tree(rng)
    with store.begin() as s:
        assessment = city.found(s)
        before = city.save(s, assessment, first).id
    second = trees.revised(rng, first)
    with store.read() as s:
        nodes.recent(s, before)
        ready = nodes.packed(s, second, before)
        assert ready.manifest and ready.ids == nodes.packed(s, second).ids | {
            row["digest"].hex(): row["id"] for row in ready.new
        }
    with store.begin() as s:
        assessment = city.found(s, "pension")
        city.save(s, assessment, second)
        stored = nodes.put_packed(s, ready, nodes.last_destroyed(s))
        assert stored == nodes.packed(s, second).manifest
        city.wrote(s)
    assert fsck.check(store, deep=True) == []
