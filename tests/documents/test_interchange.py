"""The interchange file from strangers: export → import is the identity, and whatever does not
fit is one sentence that names the file."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from pia.actions import demo
from pia.documents.text import interchange
from pia.domain.errors import PiaError

FILE = ("II", "file-levy")


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    return interchange.as_dict(demo.assessment("nhi-levy"), key="nhi-levy", title="国保")


def test_export_and_import_are_the_identity(exported: dict[str, Any]) -> None:
    got = interchange.read(json.dumps(exported, ensure_ascii=False).encode("utf-8-sig"))
    assert got.tree.digest == exported["digest"] and (got.key, got.title) == ("nhi-levy", "国保")
    assert interchange.as_dict(got.tree, key=got.key, title=got.title) == exported


def answer(path: tuple[str, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def put(raw: dict[str, Any]) -> None:
        raw["answers"] = [a for a in raw["answers"] if a["path"] != list(path)] + [
            {"path": list(path), "answer": value}
        ]

    return put


def path(value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda raw: raw["answers"].append({"path": value, "answer": "x"})


def field(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda raw: raw.update({name: value})


def withheld(**given: Any) -> Callable[[dict[str, Any]], None]:
    return answer(("C", "2"), {"text": "国民健康保険", "withheld": [given]})


def box(**given: Any) -> Callable[[dict[str, Any]], None]:
    return answer(
        ("B1", "F", "fig-flow", "1"),
        {"shapes": [{"type": "box", "text": "課", "x": 1, "y": 1, "w": 9, "h": 9, **given}]},
    )


SPOILT = {
    "no list of answers": field("answers", {}),
    "answers of numbers": field("answers", [1]),
    "title of a number": field("title", 5),
    "key of a list": field("key", ["a"]),
    "unknown form": field("form", "../../etc/passwd@x"),
    "form of a list": field("form", []),
    "wrong digest": field("digest", "0" * 64),
    "blobs of numbers": field("blobs", {"a": 1}),
    "blob that is another": field("blobs", {"a": "AAAA"}),
    "path of one text": path("C/1"),
    "path of a number": path(5),
    "path with a number": path(["C", 1]),
    "path with null": path(["II", None, "6", "1"]),
    "path within a path": path([["C", "1"]]),
    "empty path": path([]),
    "empty key": path(["II", "", "6", "1"]),
    "key with a control character": path(["II", "a\u0000", "6", "1"]),
    "key with half a character": path(["II", "\ud800", "6", "1"]),
    "endless key": path(["II", "k" * 1000, "6", "1"]),
    "unknown item": path(["Q"]),
    "an item twice": path(["C", "2"]),
    "a group is no item": path([*FILE, "6"]),
    "text of a number": answer(("C", "2"), 2.5),
    "text with NUL": answer(("C", "2"), "a\u0000"),
    "choices of null": answer(("I", "2", "S", "kokuho", "3"), [{}]),
    "choice with a number": answer(("I", "2", "S", "kokuho", "3"), [{"その他": 5}]),
    "number that is true": answer(("II", "file-levy", "4", "0", "n"), True),
    "rows as text": answer(("B2", "F", "file-levy", "1"), [{"cells": "abc"}]),
    "rows of numbers": answer(("B2", "F", "file-levy", "1"), [[1, 2]]),
    "rows with other fields": answer(("B2", "F", "file-levy", "1"), [{"a": "b"}]),
    "withheld outside the text": withheld(start=0, end=99, reason="安全"),
    "withheld backwards": withheld(start=2, end=1, reason="安全"),
    "withheld without a reason": withheld(start=0, end=1),
    "withheld by halves": withheld(start=0.5, end=1, reason="安全"),
    "shape off every sheet": box(x=10**400),
    "shape at no place": box(y=None),
    "shape of no kind": box(type=["box"]),
    "shape with a number for text": box(text=5),
    "drawing that is no digest": answer(
        ("B1", "F", "fig-flow", "1"), {"shapes": [], "drawing": "zz"}
    ),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_what_does_not_fit_is_one_sentence(
    exported: dict[str, Any], spoil: Callable[[dict[str, Any]], None]
) -> None:
    raw = copy.deepcopy(exported)
    del raw["digest"]
    spoil(raw)
    with pytest.raises(PiaError) as error:
        interchange.read(json.dumps(raw).encode(), "甲.json")
    assert (
        str(error.value).startswith("甲.json")
        and str(error.value).endswith("。")
        and "\n" not in str(error.value)
    )


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"3", b'{"format":', b"[" * 100_000, bytes(range(256))]
)
def test_what_is_no_interchange_file_is_one_sentence(data: bytes) -> None:
    with pytest.raises(PiaError, match=r"^甲\.json は"):
        interchange.read(data, "甲.json")
