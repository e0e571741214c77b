"""Keys of entries read from outside: by name, by key, by content; swapped files are not renamed
files."""

from __future__ import annotations

import random
from typing import Any

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.revise.entry_keys import match_entries
from tests.domain.trees import a_tree

FORM = forms.load("all_item@平成30年5月")


def files(**texts: tuple[str, str]) -> Tree:
    """One ファイル per key: (name, storage), in Ⅱ and Ⅲ."""
    answers: list[tuple[tuple[str, ...], Any]] = []
    for key, (name, storage) in texts.items():
        answers += [
            (("II", key, "1"), name),
            (("II", key, "6", "1"), storage),
            (("III", key, "1"), name),
            (("III", key, "2", "X"), storage),
        ]
    return items.build(FORM, answers)


def keys(tree: Tree, part: str = "II") -> list[str]:
    return [c.key for c in tree.find((part,)).children]  # type: ignore[union-attr]


def test_equal_documents_match_to_themselves() -> None:
    for seed in range(20):
        tree = a_tree(random.Random(seed), share=0.3)
        assert match_entries(tree, tree, FORM) == (tree, [])


def test_files_are_found_by_name_in_any_order_and_all_parts_share_the_key() -> None:
    head = files(nhi=("国保給付ファイル", "甲"), tax=("国保税ファイル", "乙"))
    matched, problems = match_entries(
        files(a=("国保税ファイル", "丙"), b=("国保　給付ファイル", "甲")), head, FORM
    )
    assert keys(matched) == keys(matched, "III") == ["tax", "nhi"] and not problems


def test_a_renamed_file_is_found_by_its_content() -> None:
    head = files(
        nhi=("国保給付ファイル", "サーバー室に施錠して保管する。"),
        tax=("国保税ファイル", "業者のデータセンターに置く。"),
    )
    matched, problems = match_entries(
        files(x=("保険給付ファイル", "サーバー室に施錠して保管する。")), head, FORM
    )
    assert keys(matched) == ["nhi"] and not problems
    assert {c.kind for c in compare(head, matched)} >= {"modified", "removed"}


def test_a_new_file_gets_a_key_nobody_had() -> None:
    head = files(a=("国保給付ファイル", "サーバー室に施錠して保管する。"))
    matched, _ = match_entries(
        files(
            a=("介護ファイル", "別の場所。"),
            b=("国保給付ファイル", "サーバー室に施錠して保管する。"),
        ),
        head,
        FORM,
    )
    assert keys(matched) == ["a-2", "a"]


def test_what_could_be_two_entries_is_listed() -> None:
    head = files(
        a=("甲ファイル", "サーバー室に施錠して保管する。"),
        b=("乙ファイル", "サーバー室に施錠して保管する。"),
    )
    matched, problems = match_entries(
        files(x=("丙ファイル", "サーバー室に施錠して保管する。")), head, FORM
    )
    assert keys(matched)[0] in ("a", "b") and [p.code for p in problems] == ["ambiguous_entry"]
    assert "甲ファイル" in problems[0].sentence and "乙ファイル" in problems[0].sentence


def test_entries_inside_a_file_are_matched_inside_it() -> None:
    def one(file: str, entries: dict[str, str]) -> Tree:
        return items.build(
            FORM,
            [
                (("II", file, "1"), "甲"),
                *((("II", file, "4", "T", k, "0"), name) for k, name in entries.items()),
            ],
        )

    matched, _ = match_entries(
        one("q", {"1": "印刷", "2": "保守"}), one("nhi", {"hoshu": "保守", "insatsu": "印刷"}), FORM
    )
    assert [c.key for c in matched.find(("II", "nhi", "4", "T")).children] == ["insatsu", "hoshu"]
