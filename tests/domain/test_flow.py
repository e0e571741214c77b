"""A flow as data: laid out without overlaps, the same way each time; an edit moves nothing else;
what is wrong is said in one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import flow, items
from pia.domain.errors import PiaError

from .trees import FORM

PATH = ("B1", "F", "fig-a", "1")
FLOW: dict[str, Any] = {
    "lanes": ["住民", "窓口", "国保システム", "中間サーバー"],
    "boxes": [
        {"id": "person", "text": "被保険者", "lane": "住民", "row": 1},
        {"id": "desk", "text": "区役所の窓口", "lane": "窓口", "row": 1},
        {"id": "system", "text": "国民健康保険システム", "lane": "国保システム", "row": 1},
        {"id": "atena", "text": "統合宛名", "lane": "国保システム", "row": 2},
        {"id": "server", "text": "中間サーバー", "lane": "中間サーバー", "row": 2},
    ],
    "arrows": [
        {"number": 1, "from": "person", "to": "desk", "text": "申請"},
        {"number": 2, "from": "desk", "to": "system", "text": "登録"},
        {"number": 3, "from": "system", "to": "atena", "text": "照会"},
        {"number": 4, "from": "atena", "to": "server", "text": "照会"},
        {"number": 5, "from": "desk", "to": "person", "text": "決定通知"},
        {"number": 6, "from": "system", "to": "person", "text": "郵送"},
    ],
    "remarks": ["①から⑥の順に進む。"],
}


def tree(given: dict[str, Any]) -> Any:
    return items.build(forms.load(FORM), [(PATH, {"flow": given})])


def test_a_flow_becomes_the_shapes_of_an_ordinary_figure() -> None:
    document = tree(FLOW)
    plain = items.to_plain(document.find(PATH))
    assert set(plain) == {"shapes"}
    assert items.build(forms.load(FORM), [(PATH, plain)]).digest == document.digest
    assert [s["text"] for s in plain["shapes"] if s["type"] == "box"] == [
        b["text"] for b in FLOW["boxes"]
    ]
    assert "⑤決定通知" in [s["text"] for s in plain["shapes"]]


def test_no_box_or_words_cover_another() -> None:
    shapes = flow.shapes(FLOW)
    shown = [s for s in shapes if s["type"] != "arrow"]
    for i, a in enumerate(shown):
        for b in shown[i + 1 :]:
            apart = (
                a["x"] + a["w"] <= b["x"]
                or b["x"] + b["w"] <= a["x"]
                or a["y"] + a["h"] <= b["y"]
                or b["y"] + b["h"] <= a["y"]
            )
            assert apart, (a, b)


def test_an_edit_moves_nothing_that_was_not_edited() -> None:
    more = {
        **FLOW,
        "boxes": [*FLOW["boxes"], {"id": "bank", "text": "金融機関", "lane": "窓口", "row": 2}],
    }
    more["arrows"] = [
        *FLOW["arrows"],
        {"number": 7, "from": "system", "to": "bank", "text": "振込"},
    ]
    old, new = tree(FLOW), tree(more)
    described = describe(forms.load(FORM), compare(old, new), old, new)
    assert {s.change.kind for s in described} == {"added"}
    assert sorted(s.where.partition("に")[2] for s in described) == [
        "「⑦振込」を追加",
        "「金融機関」を追加",
        "矢印を追加",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lanes": []}, "lanes"),
        ({"lanes": ["住民", "住民"]}, "2回"),
        (
            {"boxes": [{"id": "a", "text": "x", "lane": "ない", "row": 1}], "arrows": []},
            "「ない」が lanes にありません",
        ),
        (
            {"boxes": [*FLOW["boxes"], {"id": "b", "text": "x", "lane": "住民", "row": 1}]},
            "同じ場所",
        ),
        (
            {"boxes": [*FLOW["boxes"], {"id": "desk", "text": "x", "lane": "住民", "row": 9}]},
            "id「desk」が2回",
        ),
        ({"boxes": [{"id": "a", "text": "x", "lane": "住民", "row": 0}]}, "箱（a）の形"),
        ({"boxes": "x"}, "形が正しくありません"),
        ({"arrows": [{"from": "person", "to": "nobody"}]}, "personからnobody"),
        ({"arrows": [{"from": "person", "to": "person"}]}, "同じ箱"),
        ({"arrows": [1]}, "矢印の形"),
        ({"remarks": "x"}, "remarks"),
        ({"colour": "red"}, "書き方"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(change: dict[str, Any], words: str) -> None:
    with pytest.raises(PiaError) as e:
        tree({**FLOW, **change})
    assert words in str(e.value) and str(e.value).endswith("。") and "\n" not in str(e.value)


def test_a_flow_and_shapes_together_are_refused() -> None:
    with pytest.raises(PiaError):
        items.build(forms.load(FORM), [(PATH, {"flow": FLOW, "shapes": []})])
