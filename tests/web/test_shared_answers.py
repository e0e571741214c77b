"""An answer that two documents of one affair share is written in both in one act where their writer
wants it; each keeps its own text, and what differs is shown (規則第4条第1項)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .. import shared
from ..conftest import workplace_at
from .client import expect_no_words, expect_problem, expect_words
from .second_town import Town, settle, stay_signed_in
from .test_beginning import BASIC, MAIN, PLACE, registered

POST = ("I", "7", "2")  # 所属長の役職名
THERE = f"/lines/{MAIN}/items/I/7/2"
HERE_TOO = f"/lines/{BASIC}/items/I/5/2"
BOX = f"//input[@name='also'][@value='{BASIC}']"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    stay_signed_in(monkeypatch)
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    town = settle(workplace_at(f"sqlite:///{tmp_path / 'pia.db'}"))
    town.at("2023-10-10T09:00")
    registered(town, "301000")
    town.office(f"{PLACE}/begin", f"{PLACE}/begin", {"title": "乳幼児医療"})
    return town


def boxes(page: object) -> list[bool]:
    return [box.get("checked") is not None for box in page.xpath(BOX)]  # type: ignore[attr-defined]


def test_one_act_writes_the_answer_in_both(town: Town) -> None:
    office = town.person("kazama")
    page = office.get(THERE)
    assert boxes(page) == [False]  # offered, and never done unasked
    expect_words(page, "ほかの評価書の同じ欄", "基礎項目評価書の「Ⅰ５．②所属長の役職名」")
    said = office.post(THERE, THERE, {"text": "こども保健課長", "also": BASIC})
    expect_words(said, "ほかの評価書の同じ欄にも保存しました。")
    expect_words(office.get(HERE_TOO), "こども保健課長", "いまは同じ記載です。")
    # each has its own version and its own entry of the record
    for ref in (MAIN, BASIC):
        key = ref.partition("~")[0]
        expect_words(office.get(f"/assessments/{key}/versions"), "記載を修正")


def test_what_is_to_differ_stays_and_is_shown(town: Town) -> None:
    office = town.person("kazama")
    office.post(THERE, THERE, {"text": "こども保健課長", "also": []})
    page = office.get(THERE)
    assert boxes(page) == [False]
    expect_words(page, "いまは違う記載です。", "違いを見る")
    assert "課長" not in office.get(HERE_TOO).xpath("//textarea")[0].text_content()


def test_what_somebody_wrote_there_meanwhile_is_not_written_over(town: Town) -> None:
    office = town.person("kazama")
    to, sent = office.filled(THERE, THERE, {"text": "こども保健課長", "also": BASIC})
    office.post(HERE_TOO, HERE_TOO, {"text": "子育て応援室長", "also": []})
    refused = office.send(to, sent, 409)
    expect_problem(refused, "基礎項目評価書の同じ欄が、画面を開いた後に変わりました")
    expect_words(refused, "こども保健課長")  # what was typed is still in its field
    expect_no_words(office.get(f"/assessments/{MAIN}"), "こども保健課長")


def test_an_option_the_other_form_does_not_have_is_said(town: Town) -> None:
    office = town.person("kazama")
    where = f"/lines/{MAIN}/items/I/1/3"
    refused = office.post(where, where, {"option": "1,000人未満", "also": BASIC}, status=422)
    expect_problem(refused, "「1,000人未満」という選択肢がありません")
    said = office.post(where, where, {"option": "10万人以上30万人未満", "also": BASIC})
    expect_words(said, "ほかの評価書の同じ欄にも保存しました。")
    expect_words(office.get(f"/assessments/{BASIC}"), "10万人以上30万人未満")


def test_an_item_without_its_like_says_nothing(town: Town) -> None:
    page = town.person("kazama").get(f"/lines/{MAIN}/items/I/1/2")
    expect_no_words(page, "ほかの評価書の同じ欄")
