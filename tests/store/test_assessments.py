from __future__ import annotations

import random
import threading
from datetime import date

import pytest

from pia.domain.errors import PiaError, Stale
from pia.store.opening import Store
from pia.store.rows import assessments
from pia.store.rows.assessments import Version
from pia.store.rows.filing import Publication
from tests.domain import trees

from . import city


def some(n: int) -> list:
    rng = random.Random(n)
    return [trees.a_tree(rng, share=0.03) for _ in range(n)]


def test_versions_are_numbered_without_gaps_and_found_by_ref(store: Store) -> None:
    a, b, c = some(3)
    with store.begin() as s:
        assessment = city.found(s)
        v1 = city.save(s, assessment, a)
        round = assessments.open_round(
            s,
            assessment,
            assessments.NewRound("令和8年度再実施", "REASSESSMENT", ["ガバメントクラウド"]),
            v1,
            city.by(),
            "DRAFTING",
        )
        v2 = city.save(s, assessment, b, round=round)
        v3 = city.save(s, assessment, c, v1)
        s.add(
            Publication(
                round_id=round.id,
                version_id=v2.id,
                day=date(2026, 9, 1),
                **assessments.acted(city.by(5, "sato", "office")),
            )
        )
    with store.read() as s:
        found = {
            ref: assessments.resolve(s, ref).id
            for ref in (
                "nhi-benefits",
                "nhi-benefits@2",
                "nhi-benefits~令和8年度再実施",
                "nhi-benefits@published",
            )
        }
        assert found == {
            "nhi-benefits": v3.id,
            "nhi-benefits@2": v2.id,
            "nhi-benefits~令和8年度再実施": v2.id,
            "nhi-benefits@published": v2.id,
        }
        assert [v.seq for v in assessments.log(s, assessments.by_key(s, "nhi-benefits"))] == [
            3,
            2,
            1,
        ]


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("nhi", "^評価書「nhi」はありません。評価書の一覧で確かめてください。$"),
        ("nhi-benefits@2", "nhi-benefits@1 から nhi-benefits@1 まで"),
        ("nhi-benefits@x", "版「x」はありません"),
        ("nhi-benefits@²", "版「²」はありません"),
        ("nhi-benefits@99999999999999999999", "はありません"),
        ("nhi-benefits~春", "まだ1つもありません"),
        ("nhi-benefits@published", "まだ公表されていません"),
    ],
)
def test_a_ref_to_nothing_says_what_there_is(store: Store, ref: str, said: str) -> None:
    with store.begin() as s:
        city.save(s, city.found(s), *some(1))
    with store.read() as s, pytest.raises(PiaError, match=said):
        assessments.resolve(s, ref)


def test_a_save_on_a_moved_head_is_stale_and_changes_nothing(store: Store) -> None:
    a, b, c = some(3)
    with store.begin() as s:
        assessment = city.found(s)
        v1 = city.save(s, assessment, a)
        city.save(s, assessment, b)
    with pytest.raises(Stale), store.begin() as s:
        city.save(s, assessments.by_key(s, "nhi-benefits"), c, v1)
    with store.read() as s:
        assert s.query(Version).count() == 2


def test_an_equal_tree_makes_no_version(store: Store) -> None:
    (a,) = some(1)
    with store.begin() as s:
        assessment = city.found(s)
        v1 = city.save(s, assessment, a)
        assert city.save(s, assessment, a).id == v1.id
        assert s.query(Version).count() == 1


def test_lines_do_not_mix(store: Store) -> None:
    a, b = some(2)
    with store.begin() as s:
        first, two = city.found(s), city.found(s, "other")
        v1 = city.save(s, first, a)
        round = assessments.open_round(
            s, first, assessments.NewRound("修正", "CORRECTION"), v1, city.by(), "DRAFTING"
        )
        with pytest.raises(PiaError):
            city.save(s, two, b, v1)
        with pytest.raises(PiaError):
            city.save(s, two, b, round=round)
        with pytest.raises(PiaError):
            assessments.open_round(
                s, first, assessments.NewRound("修正", "CORRECTION"), v1, city.by(), "DRAFTING"
            )
        other = city.save(s, two, b)
        with pytest.raises(PiaError):
            assessments.rebase(s, round, other)


def test_many_editors_lose_nothing_and_fork_nothing(store: Store) -> None:
    """Eight writers add their own mark to what they read; one of each race is told, and every
    acknowledged mark is in the line."""
    (first,) = some(1)
    with store.begin() as s:
        city.save(s, city.found(s), first)
    kept: list[str] = []
    lock = threading.Lock()

    def write(n: int) -> None:
        rng = random.Random(n)
        for _ in range(6):
            tree = trees.a_tree(rng, share=0.03)
            try:
                with store.read() as s:
                    seen = assessments.resolve(s, "nhi-benefits").id
                with store.begin() as s:
                    assessment = assessments.by_key(s, "nhi-benefits")
                    saved = city.save(s, assessment, tree, s.get_one(Version, seen))
                if saved.id != seen:  # the same text again makes no version
                    with lock:
                        kept.append(tree.digest)
            except Stale:
                continue

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with store.read() as s:
        line = assessments.log(s, assessments.by_key(s, "nhi-benefits"))[::-1]
        assert [v.seq for v in line] == list(range(1, len(kept) + 2))
        assert [v.parent_id for v in line[1:]] == [v.id for v in line[:-1]]
        assert sorted(v.digest for v in line[1:]) == sorted(kept) and kept
