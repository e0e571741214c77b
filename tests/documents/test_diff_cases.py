"""Small inputs that once were told wrongly, each with its right result, as `pia diff` tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pia.actions import sources
from pia.actions.output import comparisons

CASES = Path(__file__).parent / "cases"


def told(old: str, new: str) -> list[dict[str, Any]]:
    """The changes of the interchange form."""
    a, b = (sources.read_file(str(CASES / name)) for name in (old, new))
    found = comparisons.comparison(*sources.matched(a, b), {})
    return list(json.loads(json.dumps(comparisons.as_json(found, "phrase")))["changes"])


def marks(change: dict[str, Any], *ops: str) -> list[tuple[str, str, str]]:
    """(op, old words, new words) of the spans of these kinds."""
    out = []
    for span in change["spans"]:
        if span["op"] in ops:
            old = change["before"][slice(*span["old"])]
            new = change["after"][slice(*span["new"])]
            out.append((span["op"], old, new))
    return out


def edits(changes: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    out = []
    for change in changes:
        out += marks(change, "delete", "insert")
    return out


def test_a_text_with_other_line_feeds_is_the_same() -> None:
    (change,) = told("rewrap/old.xlsx", "rewrap/same-flat.xlsx")
    assert edits([change]) == []
    noted = [span for span in change["spans"] if span["op"] == "notation"]
    assert noted and all(span["line_feed"] for span in noted)
    assert change["details"] == [
        {"field": "remark", "said": "改行と空白だけの違いです。語は同じです"}
    ]


def test_a_phrase_put_into_a_rewrapped_text_is_the_only_mark() -> None:
    (change,) = told("rewrap/old.xlsx", "rewrap/new.xlsx")
    assert edits([change]) == [("insert", "", "及び課税明細書")]


def test_western_punctuation_hides_no_edit() -> None:
    changes = told("comma/old.xlsx", "comma/new.xlsx")
    assert edits(changes) == [("delete", "費用の支払", ""), ("insert", "", "実費の徴収")]
    noted = [mark for change in changes for mark in marks(change, "notation")]
    assert set(noted) == {("notation", "，", "、"), ("notation", "．", "。")}


@pytest.mark.parametrize("kind", ["xlsx", "txt"])
def test_full_and_half_width_are_notation(kind: str) -> None:
    changes = told(f"width/old.{kind}", f"width/new.{kind}")
    assert {change["kind"] for change in changes} == {"modified"}
    assert edits(changes) == []
    if kind == "txt":
        assert [change["after"] for change in changes] == ["ISMAP", "電話082-222-3333"]


def test_a_line_put_into_a_list_shifts_the_numbers_behind_it() -> None:
    (change,) = told("renumber/old.xlsx", "renumber/new.xlsx")
    assert edits([change]) == [("insert", "", "②監視カメラを設置し、映像を30日間保存する。\n")]
    assert marks(change, "renumbered") == [
        ("renumbered", chr(ord("②") + index), chr(ord("③") + index)) for index in range(6)
    ]
    assert change["details"][-1]["said"] == "②以降の番号が1つずつ繰り下がります"


def test_a_run_of_numbered_words_is_a_list() -> None:
    (change,) = told("renumber/run_old.txt", "renumber/run_new.txt")
    assert edits([change]) == [
        ("insert", "", "6.公金受取口座登録の有無、"),
        ("delete", "21.国籍コード、", ""),
    ]
    assert len(marks(change, "renumbered")) == 15


@pytest.mark.parametrize(("name", "shifted"), [("list", 15), ("maru", 4)])
def test_lines_of_their_own_are_renumbered(name: str, shifted: int) -> None:
    changes = told(f"renumber/{name}_old.txt", f"renumber/{name}_new.txt")
    kinds = [change["kind"] for change in changes]
    assert kinds.count("renumbered") == shifted and kinds.count("added") == 1
    assert "modified" not in kinds
    for change in changes:
        if change["kind"] == "renumbered":
            assert edits([change]) == [] and len(marks(change, "renumbered")) == 1


def test_law_references_are_told_as_before() -> None:
    assert len(told("lawfix/old.xlsx", "lawfix/new.xlsx")) == 5


def test_a_wrapped_text_file_is_the_same_text(tmp_path: Path) -> None:
    """Each line of a text file is a leaf; one that only layout broke is one with the next."""
    flat = (
        "納税通知書を作成し、納税義務者に送付する。不服があるときは審査請求ができる。\n窓口は三階\n"
    )
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text(flat, "utf-8")
    new.write_text(
        flat.replace("作成し、", "作成\nし、").replace("審査請求が", "審査\n請求が"), "utf-8"
    )
    changes = told(str(old), str(new))
    assert [change["kind"] for change in changes] == ["modified"] and edits(changes) == []


def test_shifted_lines_are_told_once_to_people() -> None:
    a, b = (sources.read_file(str(CASES / f"renumber/list_{side}.txt")) for side in ("old", "new"))
    found = comparisons.comparison(*sources.matched(a, b), {})
    said = comparisons.as_text(found, "phrase", False)
    assert "6以降の番号が1つずつ繰り下がります（15件）" in said
    assert said.count("[番号の変更]") == 1 and "「7．通称名」" in said
    page = comparisons.as_html(found, "phrase")
    assert page.count("繰り下がります") == 1 and "10．続柄" in page.replace("</span>", "")
