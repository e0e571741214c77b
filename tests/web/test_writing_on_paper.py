"""A part written as its form prints it, without a script: items in their place, blocks as cards,
tables as a grid, entries that repeat, what is empty and what changed; and the pieces a script puts
in the place of a page."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html

from pia import config
from pia.actions import sources
from pia.actions.editing import items as editing
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.document import items
from pia.web.application import create_app

from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_words

REF = "nhi-benefits~r6-cloud"
PART = f"/lines/{REF}/parts"
WRITE = f"/lines/{REF}/items/"
ARRANGE = f"/lines/{REF}/arranged/"
FILE = "II/file-nhi"
STORED = f"{FILE}/6/1"  # 保管場所, a text of three blocks
TABLE = "B2/F/file-nhi/1"
COLUMNS = 2


def desk(wp: Workplace, person: str = "morishita") -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: NOW), person)


def answer(wp: Workplace, path: str) -> Any:
    node = sources.read_ref(wp, REF).tree.find(path.split("/"))
    return items.to_plain(node) if node is not None else None


def edit(shown: html.HtmlElement) -> html.HtmlElement:
    return next(form for form in shown.iter("form") if form.get("class") == "edit")


def links(shown: html.HtmlElement, words: str) -> list[str]:
    return [unquote(a.get("href")) for a in shown.iter("a") if a.text_content().startswith(words)]


def written(wp: Workplace, path: str, given: Any, why: str = "用意") -> None:
    by = By("hiratsuka", "secretariat", NOW)
    opened = editing.Opened(REF, tuple(path.split("/")), sources.read_ref(wp, REF).ref)
    editing.save_answer(wp, by, opened, given, why=why)


def test_every_item_stands_in_its_row_and_what_did_not_change_is_folded(
    drafted: Workplace,
) -> None:
    page = desk(drafted)
    shown = page.get(f"{PART}?part={FILE}")
    bands = {e.get("id"): e.get("open") is not None for e in shown.iter("details")}
    assert bands["II-file-nhi-6"] and not bands["II-file-nhi-2"]
    assert "変更なし" in shown.get_element_by_id("II-file-nhi-2").text_content()
    row = shown.get_element_by_id("II-file-nhi-6-1")
    assert "changed" in row.get("class") and links(row, "修正")
    whole = page.get(f"{PART}?part={FILE}&whole=1")
    assert all(e.get("open") is not None for e in whole.find_class("band") if e.tag == "details")
    # Remembered, until it is asked for otherwise.
    again = page.get(f"{PART}?part={FILE}")
    assert again.get_element_by_id("II-file-nhi-2").get("open") is not None
    page.get(f"{PART}?part={FILE}&whole=0")
    beside = page.get(f"{PART}?part={FILE}&beside=1").get_element_by_id("II-file-nhi-6-1")
    assert "前回公表した記載" in beside.text_content() and beside.findall(".//ins")
    tally = re.search(r"(\d+)/(\d+)", shown.get_element_by_id("II-file-nhi-4").text_content())
    assert tally and int(tally[1]) < int(tally[2])
    assert links(shown, "次の空欄")[0].startswith("#II-file-nhi-4-T")
    assert links(shown, "次の変更箇所") == ["#II-file-nhi-6-1"]


def test_words_are_found_in_any_letters_and_in_other_parts(drafted: Workplace) -> None:
    page = desk(drafted)
    shown = page.get(f"{PART}?part={FILE}&words=ｶﾞﾊﾞﾒﾝﾄｸﾗｳﾄﾞ　ｉｓｍａｐ")
    rows = [e.get("id") for e in shown.find_class("slot")]
    assert rows == ["II-file-nhi-6-1"]
    expect_words(shown, "Ⅳその他のリスク対策（1項目）", "全ての項目に戻る")
    none = page.get(f"{PART}?part={FILE}&words=どこにもない言葉")
    expect_words(none, "この部に「どこにもない言葉」のある項目はありません")


def test_one_item_after_another_is_saved_in_its_place(drafted: Workplace) -> None:
    page = desk(drafted)
    opened = f"{PART}?part=IV&open=IV/3"
    shown = page.get(opened)
    assert len([form for form in shown.iter("form") if form.get("class") == "edit"]) == 1
    assert links(shown, "前の項目") and not links(shown, "次の項目")
    back = page.post(opened, f"{WRITE}IV/3", {"body0": "新しい対策。"})
    assert "新しい対策。" in back.get_element_by_id("IV-3").text_content()
    expect_words(back, "保存しました。")
    first = f"{PART}?part=IV&open=IV/1/1"
    moved = page.post(first, f"{WRITE}IV/1/1", {"then": "next"})
    assert edit(moved).get("action").endswith("/items/IV/1/1/a")
    # A refusal stands at its field, with what was typed, and still leads back to the row.
    wrong = page.post(opened, f"{WRITE}IV/3", {"body0": "別の対策。", "why": "あ" * 201}, 422)
    assert wrong.get_element_by_id("why").get("aria-invalid") == "true"
    again = page.fields(edit(wrong)) | {"why": "直した説明"}
    assert again["body0"] == "別の対策。" and again["_to"].endswith("#IV-3")
    assert "別の対策。" in page.send(f"{WRITE}IV/3", again).get_element_by_id("IV-3").text_content()


def test_a_script_gets_the_editor_the_row_and_the_refusal_as_pieces(drafted: Workplace) -> None:
    page = desk(drafted)

    def piece(url: str, kind: str, sent: dict[str, Any] | None, status: int) -> html.HtmlElement:
        headers = {"X-Piece": kind}
        if sent is None:
            got = page.client.get(url, headers=headers)
        else:
            got = page.client.post(url, data=sent, headers=headers)
        text = got.get_data(as_text=True)
        assert got.status_code == status and "<html" not in text
        return html.fromstring(f"<div>{text}</div>")

    url = f"{WRITE}IV/3"
    sent = page.fields(edit(piece(url, "editor", None, 200))) | {"body0": "置き換えた対策。"}
    wrong = piece(url, "row", sent | {"why": "あ" * 201}, 422)
    expect_words(wrong, "「変更の説明」は200文字までです")
    assert page.fields(edit(wrong))["body0"] == "置き換えた対策。"
    row = piece(url, "row", page.fields(edit(wrong)) | {"why": ""}, 200)
    expect_words(row.get_element_by_id("IV-3"), "置き換えた対策。")
    assert "置き換えた対策。" in answer(drafted, "IV/3")
    said = row.find_class("said")[0]
    assert said.get("data-tally") == "7/7" and said.get("data-part") == "IV"
    assert said.get("data-changed") == "2"
    # The same form sent once more clashes with nobody: it was carried out, and is not again.
    stale = piece(url, "row", sent | {"body0": "古い画面から。", "_request": "x" * 20}, 409)
    expect_words(stale, "ぶつかって", "置き換えた対策。", "古い画面から。")


def test_blocks_are_cards_and_those_nobody_touched_stay_to_the_letter(drafted: Workplace) -> None:
    page = desk(drafted)
    odd = "前書き。\n\n\n  〈甲の措置〉　\n①一つ目。\n\n＜乙の措置＞\n②二つ目。\n"
    written(drafted, STORED, odd)
    opened = f"{PART}?part={FILE}&open={STORED}"
    page.post(opened, f"{WRITE}{STORED}")
    assert answer(drafted, STORED) == odd
    form = page.fields(edit(page.get(opened)))
    assert [form[f"heading{i}"] for i in range(3)] == ["", "甲の措置", "乙の措置"]
    moved = page.send(f"{ARRANGE}{STORED}", form | {"do": "down:1"}, 200)
    added = page.send(f"{ARRANGE}{STORED}", page.fields(edit(moved)) | {"do": "add"}, 200)
    sent = page.fields(edit(added)) | {"heading3": "丙の措置", "body3": "③三つ目。"}
    assert answer(drafted, STORED) == odd  # nothing is stored until 保存
    page.send(f"{WRITE}{STORED}", sent)
    lines = [line for line in answer(drafted, STORED).split("\n") if line]
    assert lines[:3] == ["前書き。", "＜乙の措置＞", "②二つ目。"]
    assert lines[3:] == ["  〈甲の措置〉　", "①一つ目。", "＜丙の措置＞", "③三つ目。"]
    form = page.fields(edit(page.get(opened)))
    gone = page.send(f"{ARRANGE}{STORED}", form | {"do": "gone:0"}, 200)
    page.send(f"{WRITE}{STORED}", page.fields(edit(gone)))
    assert "前書き" not in answer(drafted, STORED) and "丙の措置" in answer(drafted, STORED)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [("heading1", "＜甲＞", "＜＞を付けずに"), ("heading1", "", "見出しのない記載は")],
)
def test_a_heading_that_cannot_be_one_is_refused_at_its_field(
    drafted: Workplace, field: str, typed: str, words: str
) -> None:
    page = desk(drafted)
    before = answer(drafted, STORED)
    form = page.fields(edit(page.get(f"{PART}?part={FILE}&open={STORED}")))
    shown = page.send(f"{WRITE}{STORED}", form | {field: typed, "body1": "打った記載"}, 422)
    assert shown.get_element_by_id(field).get("aria-invalid") == "true"
    expect_words(shown, words)
    assert page.fields(edit(shown))["body1"] == "打った記載" and answer(drafted, STORED) == before


def test_a_table_of_three_thousand_rows_is_written_a_page_at_a_time(drafted: Workplace) -> None:
    page = desk(drafted)
    rows = [{"cells": [str(n), f"記録項目{n}"]} for n in range(1, 3001)]
    written(drafted, TABLE, rows)
    url = f"{PART}?part=B2&open={TABLE}&rows=1501"
    shown = page.get(url)
    expect_words(shown, "全3000行のうち、1501行目から1600行目")
    assert len(shown.find_class("grid")[0].findall(".//textarea")) == 100 * COLUMNS
    form = page.fields(edit(shown))
    arranged = page.send(f"{ARRANGE}{TABLE}", form | {"do": "row-down", "pick0": "1"}, 200)
    added = page.fields(edit(arranged)) | {"do": "row-add"}
    sent = page.fields(edit(page.send(f"{ARRANGE}{TABLE}", added, 200)))
    assert (sent["r0c1"], sent["r1c1"], sent["r2c1"]) == ("記録項目1502", "記録項目1501", "")
    page.send(f"{WRITE}{TABLE}", sent | {"r2c0": "新", "r2c1": "加えた項目", "r99c1": "直した項目"})
    names = [row["cells"][1] for row in answer(drafted, TABLE)]
    assert names[:1500] == [row["cells"][1] for row in rows[:1500]]
    assert names[1500:1504] == ["記録項目1502", "記録項目1501", "加えた項目", "記録項目1503"]
    assert "直した項目" in names and names[-1400:] == [f"記録項目{n}" for n in range(1601, 3001)]
    picked = page.fields(edit(page.get(url))) | {"do": "row-gone", "pick0": "1", "pick2": "1"}
    page.send(f"{WRITE}{TABLE}", page.fields(edit(page.send(f"{ARRANGE}{TABLE}", picked, 200))))
    assert len(answer(drafted, TABLE)) == 2999 and "加えた項目" not in str(answer(drafted, TABLE))


@pytest.mark.parametrize("pasted", ["1\t氏名\t予備", "氏名", "1\t氏名\n2\t住所\t予備"])
def test_what_is_pasted_must_have_the_columns_of_the_table(drafted: Workplace, pasted: str) -> None:
    page = desk(drafted)
    before = answer(drafted, TABLE)
    opened = f"{PART}?part=B2&open={TABLE}"
    shown = page.post(opened, f"{WRITE}{TABLE}", {"text": pasted, "paste": "all"}, 422)
    assert shown.get_element_by_id("text").get("aria-invalid") == "true"
    expect_words(shown, "2列（連番・項目名）です", "表は変わっていません")
    assert page.fields(edit(shown))["text"] == pasted and answer(drafted, TABLE) == before


def test_rows_are_pasted_behind_the_others_and_sorted_as_numbers(drafted: Workplace) -> None:
    page = desk(drafted)
    # Rows that are nothing but words stand below the words, and stay so.
    bare = answer(drafted, TABLE)
    assert all(len(row["cells"]) == 1 for row in bare)
    opened = f"{PART}?part=B2&open={TABLE}"
    page.post(opened, f"{WRITE}{TABLE}", {"r0c1": "直した項目"})
    assert answer(drafted, TABLE) == [{"cells": ["直した項目"]}, *bare[1:]]
    written(drafted, TABLE, [{"cells": ["10", "い"]}, {"cells": ["２", "ろ"]}])
    sent = {"text": '1\t"二行の\n名"\n９\tは\n', "sort": "1"}
    page.post(f"{PART}?part=B2&open={TABLE}", f"{WRITE}{TABLE}", sent)
    rows = [row["cells"] for row in answer(drafted, TABLE)]
    assert rows == [["1", "二行の\n名"], ["２", "ろ"], ["９", "は"], ["10", "い"]]


def test_a_figure_is_drawn_before_it_is_saved(drafted: Workplace) -> None:
    page = desk(drafted)
    path = "B1/F/fig-application/1"
    before = answer(drafted, path)
    form = page.fields(edit(page.get(f"{PART}?part=B1&open={path}")))
    typed = form | {"text0": "窓口の職員", "do": "look"}
    drawn = page.send(f"{ARRANGE}{path}", typed, 200).get_element_by_id("drawing")
    assert "窓口の職員" in drawn.text_content() and answer(drafted, path) == before
    piece = page.client.post(f"{ARRANGE}{path}", data=typed, headers={"X-Piece": "drawing"})
    assert "窓口の職員" in piece.get_data(as_text=True) and "<form" not in piece.get_data(
        as_text=True
    )


def test_no_entry_is_ever_called_by_a_key_or_a_place_for_a_name(drafted: Workplace) -> None:
    """A copied entry gets the next number, a ファイル is called alike in all its parts, before
    anything is written in them."""
    page = desk(drafted)
    spot = f"{FILE}/4/T"
    url = f"{PART}?part={FILE}"
    shown = page.get(url)
    count = len(sources.read_ref(drafted, REF).tree.find(spot.split("/")).children)
    proposed = [
        form.xpath(".//input[@name='name']/@value")[0]
        for form in shown.iter("form")
        if form.xpath(".//input[@name='what'][@value='copy']") and form.get("action").endswith(spot)
    ]
    number = str(count + 1).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert proposed and set(proposed) == {f"委託事項{number}"}
    key = sources.read_ref(drafted, REF).tree.find(spot.split("/")).children[0].key
    back = page.post(url, f"/lines/{REF}/entries/{spot}", pick={"what": "copy", "key": key})
    expect_words(back, f"委託事項{number}（委託事項{number}）")
    empty = page.post(url, f"/lines/{REF}/entries/{spot}", {"name": ""}, 422, pick={"what": "add"})
    assert empty.get_element_by_id("name").get("aria-invalid") == "true"
    assert empty.findtext(".//h1").strip().startswith("Ⅱ（国民健康保険資格")
    page.post(PART, f"/lines/{REF}/entries/II", {"name": "保健事業ファイル"}, pick={"what": "add"})
    new = sources.read_ref(drafted, REF).tree.find(("II",)).children[-1].key
    for part in ("C", f"II/{new}", f"III/{new}", "B2", "B1", "I"):
        here = page.get(f"{PART}?part={part}")
        expect_no_words(here, new, "{", "}", "（写し）")
        expect_words(here, "Ⅲ（保健事業ファイル）")


def test_rows_are_moved_over_the_border_of_a_page(drafted: Workplace) -> None:
    """Those that are picked go before the row of a number, on whichever page it stands."""
    rows = [[str(number + 1), f"項目{number + 1}"] for number in range(250)]
    written(drafted, TABLE, [{"cells": cells} for cells in rows])
    page = desk(drafted)
    url = f"{PART}?part=B2&open={TABLE}&rows=101"
    action = f"/lines/{REF}/items/{TABLE}"
    form = edit(page.get(url))
    sent = page.fields(form)
    for to, words in (("0", "1から251までの数"), ("252", "1から251までの数"), ("5", "1つ以上")):
        refused = page.send(action, {**sent, "to": to}, 422)
        expect_words(refused, words)
    picked = {"pick0": "1", "pick99": "1"}
    page.send(action, {**sent, **picked, "to": "5"})
    now = [row["cells"][1] for row in answer(drafted, TABLE)]
    assert now[3:8] == ["項目4", "項目101", "項目200", "項目5", "項目6"]
    assert sorted(now) == sorted(cells[1] for cells in rows)
    form = edit(page.get(f"{PART}?part=B2&open={TABLE}&rows=1"))
    page.send(action, {**page.fields(form), "pick4": "1", "to": "251"})
    assert [row["cells"][1] for row in answer(drafted, TABLE)][-2:] == ["項目250", "項目101"]
