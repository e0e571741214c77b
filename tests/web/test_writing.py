"""The desk: every kind of item through its form and back, a true clash with both texts, entries,
withheld words, workbooks in and back."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from lxml import html

from pia import config, forms
from pia.actions import sources
from pia.actions.editing import unsaved
from pia.actions.workplace import Workplace
from pia.domain.document import items
from pia.domain.document.items import text_of
from pia.domain.document.tree import Path, Tree
from pia.web.application import create_app

from .. import shared
from ..conftest import NOW
from .client import PageClient, expect_problem, expect_words, said

REF = "nhi-benefits~r6-cloud"
WRITE = f"/lines/{REF}/items/"


def desk(wp: Workplace, person: str = "morishita") -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: NOW), person)


def answer(wp: Workplace, path: str) -> Any:
    n = sources.read_ref(wp, REF).tree.find(path.split("/"))
    return items.to_plain(n) if n is not None else None


def test_nobody_writes_what_could_not_be_saved(played: Workplace) -> None:
    """A round that is published, and what stands published: the desk says so before anybody
    begins, and what was typed meanwhile is not lost."""
    page = desk(played)
    for ref, why in (
        (REF, "書き換えられない段階です"),
        (REF.split("~")[0], "先に再実施か修正を始めてください"),
    ):
        assert "書く" not in [a.text_content() for a in page.get(f"/assessments/{ref}").iter("a")]
        for at in (f"/lines/{ref}/parts?part=IV", f"/lines/{ref}/items/IV/3"):
            here = page.get(at)
            said = [n for n in here.iter("div") if n.get("class") == "note warn"]
            expect_words(said[0], why)
            assert not [
                b
                for b in here.iter("button")
                if b.text_content() in ("保存する", "加える", "削除する", "非公表にする")
            ]
            assert not [
                a for a in here.iter("a") if a.text_content().startswith(("修正：", "記入："))
            ]
    before = answer(played, "IV/3")
    here = page.post(f"{WRITE}IV/3", f"{WRITE}IV/3", {"text": "間に合わなかった記載。"}, status=409)
    assert (
        "間に合わなかった記載。" in here.get_element_by_id("text").text_content()
        and answer(played, "IV/3") == before
    )


def test_an_officer_s_path_in_five_clicks(drafted: Workplace) -> None:
    """Begin with what waits, find the item, change a phrase, give the reason: every step is a link
    or a button of the page before."""
    page = desk(drafted, "morishita")

    def follow(here: html.HtmlElement, words: str) -> html.HtmlElement:
        ways = [a.get("href") for a in here.iter("a") if words in "".join(a.itertext())]
        return page.get(ways[0])

    here = follow(page.get("/"), "評価書案を書く：国民健康保険（資格・給付）")
    here = follow(here, "Ⅳその他のリスク対策")
    row = here.get_element_by_id("IV-3")
    opened = next(a.get("href") for a in row.iter("a"))
    form = {"body0": "①追加の対策を行う。", "reason": "ガバメントクラウド"}
    page.post(opened, f"{WRITE}IV/3", form)
    assert "追加の対策を行う。" in page.get(f"/rounds/{REF}/change-table").text_content()


def test_a_known_item_is_changed_in_three_clicks(drafted: Workplace) -> None:
    """From the first page of its document: find the item, open it in its place, save. The page
    comes back to its row, and the row of the change table is there."""
    page = desk(drafted)
    here = page.get(f"/assessments/{REF}")
    contents = next(a for a in here.iter("a") if a.text_content().startswith("Ⅳその他"))
    assert contents.get("href") == "#part-IV"  # one click
    ways = [a.get("href") for a in here.iter("a") if a.text_content().startswith("修正")]
    opened = next(way for way in ways if "open=IV/3#" in unquote(way))  # two
    form = {"body0": "①追加の対策を行う。", "reason": "ガバメントクラウド"}
    back = page.post(opened, f"{WRITE}IV/3", form)  # three
    row = back.get_element_by_id("IV-3")
    assert "追加の対策を行う。" in row.text_content() and "changed" in row.get("class")
    shown = page.get(f"/rounds/{REF}/change-table")
    assert "追加の対策を行う。" in shown.text_content()


@pytest.mark.parametrize(
    ("path", "sent", "want"),
    [
        (
            "IV/3",
            {"text": '一行目\n＜甲における措置＞\n①𠮷野 <b> {{ 7*7 }} & "引用"\n\n終わり'},
            '一行目\n＜甲における措置＞\n①𠮷野 <b> {{ 7*7 }} & "引用"\n\n終わり',
        ),
        ("IV/3", {"text": ""}, None),
        ("C/4", {"text": "\nなし\n"}, "\nなし\n"),
        ("I/4/2", {"text": "番号法第9条第1項"}, "番号法第9条第1項"),
    ],
)
def test_text_goes_in_and_out_to_the_letter(
    drafted: Workplace, path: str, sent: dict[str, str], want: Any
) -> None:
    page = desk(drafted)
    form = sources.read_ref(drafted, REF).form
    assert form.at(tuple(path.split("/")))[0].kind == "text", path  # type: ignore[union-attr]
    page.post(f"{WRITE}{path}", f"{WRITE}{path}", sent)
    assert answer(drafted, path) == want
    shown = page.get(f"{WRITE}{path}").get_element_by_id("text")
    assert (shown.text or "").removeprefix("\n") == (want or "")


PARTS = ["C", "I", "B1", "II", "B2", "III", "IV", "V"]


def filled(tree: Tree) -> dict[Path, str]:
    """The kinds of the items somebody filled in, by path; those the procedure fills are not."""
    form = forms.load(tree.form)
    lines = {path: form.at(path)[0] for path, _ in items.answers(tree)}
    return {path: line.kind for path, line in lines.items() if not line.procedure}


def test_something_of_every_kind_is_filled_in_every_part(drafted: Workplace) -> None:
    kinds = filled(sources.read_ref(drafted, REF).tree)
    assert {path[0] for path in kinds} == set(PARTS)
    assert set(kinds.values()) >= {"text", "choice_one", "choice_many", "table", "figure"}


@pytest.mark.parametrize("part", PARTS)
def test_every_filled_item_saved_untouched_stays_what_it_is(drafted: Workplace, part: str) -> None:
    """Opening any item and pressing 保存 changes nothing, whatever its kind: the form shows all
    there is. It leads back to the item, which is opened again once for each kind of answer."""
    page = desk(drafted)
    source = sources.read_ref(drafted, REF)
    again = {}
    for path, kind in filled(source.tree).items():
        if path[0] == part:
            url = f"{WRITE}{'/'.join(path)}"
            action, sent = page.filled(url, url)
            answer = page.client.post(action, data=sent, content_type="multipart/form-data")
            assert answer.status_code == 303, (url, said(answer))
            assert urldefrag(answer.headers["Location"]).url == url
            again[kind] = url
    assert again
    for url in again.values():
        page.get(url)
    assert sources.read_ref(drafted, REF).tree.digest == source.tree.digest


def test_marks_before_it_is_saved(drafted: Workplace) -> None:
    """What is being written is marked against what was published, as a page without any script
    and as a piece for the open page; nothing is stored."""
    page = desk(drafted)
    before = answer(drafted, "IV/3") or ""
    url = f"{WRITE}IV/3"
    typed = f"{before}\n追加の<b>対策</b>を行う。"
    shown = page.post(
        url, url, {"text": typed}
    )  # saved first, so that the marks of the next text differ from it
    saved = sources.read_ref(drafted, REF).ref
    marks = url.replace("/items/", "/marks/")
    form = next(f for f in shown.iter("form") if f.get("action") == url)
    assert marks in [b.get("formaction") for b in form.iter("button")]
    sent = page.fields(form) | {"text": f"{typed}\nさらに一文を書く。", "why": "試し"}
    looked = page.send(marks, sent, 200)
    beside = looked.get_element_by_id("marks")
    assert "さらに一文を書く。" in "".join(e.text_content() for e in beside.iter("ins"))
    assert "追加の<b>対策</b>を行う。" in beside.text_content() and not list(beside.iter("b"))
    expect_words(beside, "まだ保存していません")
    assert (looked.get_element_by_id("text").text or "").endswith(
        "さらに一文を書く。"
    ) and looked.get_element_by_id("why").get("value") == "試し"
    piece = page.client.post(marks, data=sent, headers={"X-Piece": "marks"})
    assert (
        piece.status_code == 200
        and "さらに一文を書く。" in piece.get_data(as_text=True)
        and "<html" not in piece.get_data(as_text=True)
    )
    assert sources.read_ref(drafted, REF).ref == saved
    page.send(url, sent)  # the same form still saves: looking used nothing up
    assert answer(drafted, "IV/3").endswith("さらに一文を書く。")


def test_what_is_being_written_is_kept_for_its_writer_alone(drafted: Workplace) -> None:
    page, other = desk(drafted), desk(drafted, "hiratsuka")
    url, keep = f"{WRITE}IV/3", f"{WRITE}IV/3".replace("/items/", "/unsaved/")
    before = sources.read_ref(drafted, REF).ref
    form = next(f for f in page.get(url).iter("form") if f.get("action") == url)
    assert keep in [b.get("formaction") for b in form.iter("button")]
    typed = page.fields(form) | {"text": "書きかけの<b>文</b>。\n二行目", "why": "途中"}
    page.send(keep, typed)
    assert sources.read_ref(drafted, REF).ref == before
    assert (
        "書きかけがあります" in page.get(url).text_content()
        and "書きかけ" in page.get("/").text_content()
    )
    assert (
        "書きかけがあります" not in other.get(url).text_content()
        and "書きかけ" not in other.get("/").text_content()
    )
    # Somebody else saves another item meanwhile; what was begun is carried to where the text is
    # then.
    other.post(f"{WRITE}I/4/2", f"{WRITE}I/4/2", {"text": "番号法第9条第1項"})
    back = page.get(f"{url}?unsaved=1")
    assert (back.get_element_by_id("text").text or "").removeprefix(
        "\n"
    ) == "書きかけの<b>文</b>。\n二行目" and back.get_element_by_id("why").get("value") == "途中"
    expect_words(back, "ほかの人の変更と合わせます")
    sent = page.fields(next(f for f in back.iter("form") if f.get("action") == url))
    assert sent["seen"] == before
    page.send(url, sent)
    assert (
        answer(drafted, "IV/3") == "書きかけの<b>文</b>。\n二行目"
        and answer(drafted, "I/4/2") == "番号法第9条第1項"
    )
    page.expect_no_words(url, "書きかけがあります")
    page.send(keep, sent)  # a copy on its way while the same form was saved
    page.expect_no_words(url, "書きかけがあります")


def test_what_was_begun_can_be_thrown_away(drafted: Workplace) -> None:
    page = desk(drafted)
    url, keep = f"{WRITE}IV/3", f"{WRITE}IV/3".replace("/items/", "/unsaved/")
    form = next(f for f in page.get(url).iter("form") if f.get("action") == url)
    page.send(keep, page.fields(form) | {"text": "いらない文"})
    page.post(url, keep, pick={"drop": "1"})
    page.expect_no_words(url, "書きかけがあります")
    shown = page.send(keep, page.fields(form) | {"text": "あ" * 1_000_001}, 422)
    assert (
        "長すぎる" in shown.text_content() and unsaved.of(drafted, "morishita", REF, "IV/3") is None
    )


def test_a_block_being_written_is_kept_as_that_block(drafted: Workplace) -> None:
    page = desk(drafted)
    url = f"{WRITE}II/file-nhi/6/1"
    block = next(
        a.get("href")
        for a in page.get(url).iter("a")
        if "block=" in a.get("href") and a.text_content().startswith("＜")
    )
    form = next(f for f in page.get(block).iter("form") if f.get("action") == url)
    typed = page.fields(form)
    page.send(url.replace("/items/", "/unsaved/"), typed | {"text": typed["text"] + "\n足した行"})
    form = next(f for f in page.get(f"{url}?unsaved=1").iter("form") if f.get("action") == url)
    again = page.fields(form)
    assert again["block"] == typed["block"] and again["text"] == typed["text"] + "\n足した行"
    whole = text_of(sources.read_ref(drafted, REF).tree.find(("II", "file-nhi", "6", "1")))
    page.send(url, again)
    assert text_of(
        sources.read_ref(drafted, REF).tree.find(("II", "file-nhi", "6", "1"))
    ) == whole.replace(typed["text"], again["text"])


def test_marks_of_every_kind(drafted: Workplace) -> None:
    page = desk(drafted)
    source = sources.read_ref(drafted, REF)
    kinds = {
        source.form.at(p)[0].kind: "/".join(p)
        for p, _ in items.answers(source.tree)
        if not source.form.at(p)[0].procedure
    }  # type: ignore[union-attr]
    for kind, path in kinds.items():
        url = f"{WRITE}{path}"
        form = next(f for f in page.get(url).iter("form") if f.get("action") == url)
        buttons = [b for b in form.iter("button") if "/marks/" in b.get("formaction", "")]
        assert bool(buttons) == (kind != "figure")
        page.send(url.replace("/items/", "/marks/"), page.fields(form), 200 if buttons else 422)


def test_choices_tables_and_figures(drafted: Workplace) -> None:
    page = desk(drafted)
    source = sources.read_ref(drafted, REF)
    filled = {
        source.form.at(p)[0].kind: p
        for p, _ in items.answers(source.tree)
        if not source.form.at(p)[0].procedure
    }  # type: ignore[union-attr]

    def save(kind: str, sent: dict[str, Any]) -> Any:
        path = "/".join(filled[kind])
        page.post(f"{WRITE}{path}", f"{WRITE}{path}", sent)
        return answer(drafted, path)

    line = source.form.at(filled["choice_one"])[0]
    assert line is not None
    assert save("choice_one", {"option": line.options[-1].label}) == line.options[-1].label
    assert save("choice_one", {"option": "", "typed": "どれでもない"}) == "どれでもない"
    many = source.form.at(filled["choice_many"])[0]
    assert many is not None
    assert save(
        "choice_many",
        {f"o{i}": "1" for i in range(len(many.options))}
        | {f"n{i}": "" for i, o in enumerate(many.options) if o.free},
    ) == [o.label for o in many.options]
    pasted = {"text": '1\t宛名番号\n2\t"二行の\n記録"\n\n', "paste": "all"}
    assert save("table", pasted) == [
        {"cells": ["1", "宛名番号"]},
        {"cells": ["2", "二行の\n記録"]},
    ]
    before = answer(drafted, "/".join(filled["figure"]))["shapes"]
    made = save(
        "figure",
        {
            "text0": "書き換えた文字",
            "gone1": "1",
            "new_type": "label",
            "new_text": "加えた文字",
            "new_x": "５",
            "new_y": "6",
            "new_w": "70",
            "new_h": "20",
        },
    )["shapes"]
    assert (
        made[0]["text"] == "書き換えた文字"
        and len(made) == len(before)
        and made[-1] == {"type": "label", "text": "加えた文字", "x": 5, "y": 6, "w": 70, "h": 20}
    )


def test_one_block_is_written_and_the_others_stay(drafted: Workplace) -> None:
    page = desk(drafted)
    path = "II/file-nhi/6/1"
    before = answer(drafted, path)
    url = f"{WRITE}{path}?block=ガバメントクラウドにおける措置"
    page.post(url, f"{WRITE}{path}", {"text": "＜ガバメントクラウドにおける措置＞\n①新しい措置。"})
    after = answer(drafted, path)
    assert (
        after.endswith("①新しい措置。")
        and after.split("＜ガバメント")[0] == before.split("＜ガバメント")[0]
    )


def test_a_true_clash_shows_both_and_changes_nothing(drafted: Workplace) -> None:
    first, second = desk(drafted), desk(drafted, "hiratsuka")
    for page in (first, second):
        page.get(f"{WRITE}IV/3")
    mine = next(f for f in second.get(f"{WRITE}IV/3").iter("form") if f.get("class") == "edit")
    sent = second.fields(mine) | {"text": "後の人の記載。", "why": "後"}
    first.post(f"{WRITE}IV/3", f"{WRITE}IV/3", {"text": "先の人の記載。", "why": "先"})
    shown = second.send(f"{WRITE}IV/3", sent, 409)
    assert answer(drafted, "IV/3") == "先の人の記載。"
    words = shown.text_content()
    assert "先の人の記載。" in words and "後の人の記載。" in words and "ぶつかって" in words
    again = second.fields(next(f for f in shown.iter("form") if f.get("class") == "edit"))
    assert again["text"] == "後の人の記載。"
    second.send(f"{WRITE}IV/3", again)
    assert answer(drafted, "IV/3") == "後の人の記載。"


def test_what_others_wrote_elsewhere_stays(drafted: Workplace) -> None:
    first, second = desk(drafted), desk(drafted, "hiratsuka")
    path = "II/file-nhi/6/1"
    old = next(f for f in second.get(f"{WRITE}{path}").iter("form") if f.get("class") == "edit")
    sent = second.fields(old)
    first.post(
        f"{WRITE}{path}?block=ガバメントクラウドにおける措置",
        f"{WRITE}{path}",
        {"text": "＜ガバメントクラウドにおける措置＞\n先の人。"},
    )
    second.send(f"{WRITE}{path}", sent | {"text": sent["text"] + "\n＜新しい措置＞\n後の人。"})
    said = answer(drafted, path)
    assert "先の人。" in said and "後の人。" in said


@pytest.mark.parametrize("gone", [False, True])
def test_a_block_that_clashes_is_still_one_block(drafted: Workplace, gone: bool) -> None:
    """Saving again what the clash page shows keeps all the other blocks, also when somebody has
    taken the block itself out meanwhile."""
    first, second = desk(drafted), desk(drafted, "hiratsuka")
    path, block = "II/file-nhi/6/1", "ガバメントクラウドにおける措置"
    url = f"{WRITE}{path}?block={block}"
    sent = second.fields(next(f for f in second.get(url).iter("form") if f.get("class") == "edit"))
    before = answer(drafted, path).split("＜ガバメント")[0]
    first.post(url, f"{WRITE}{path}", {"text": "" if gone else f"＜{block}＞\n先の人。"})
    shown = second.send(f"{WRITE}{path}", sent | {"text": f"＜{block}＞\n後の人。"}, 409)
    again = second.fields(next(f for f in shown.iter("form") if f.get("class") == "edit"))
    assert ("block" in again) is not gone
    second.send(f"{WRITE}{path}", again)
    assert answer(drafted, path).startswith(before.rstrip("\n")) and answer(drafted, path).endswith(
        "後の人。"
    )


def test_entries_added_copied_moved_and_taken_out(drafted: Workplace) -> None:
    page = desk(drafted)
    spot, action = "II/file-nhi/4/T", f"/lines/{REF}/entries/II/file-nhi/4/T"
    url = f"/lines/{REF}/parts?part=II/file-nhi"

    def keys() -> list[str]:
        n = sources.read_ref(drafted, REF).tree.find(spot.split("/"))
        return [c.key for c in n.children] if n is not None else []

    before = keys()
    page.post(url, action, {"name": "封入封かん業務"}, pick={"what": "add"})
    assert len(keys()) == len(before) + 1
    new = keys()[-1]
    page.post(url, action, {"name": "写しの業務"}, pick={"what": "copy", "key": before[0]})
    copied = keys()[-1]
    tree = sources.read_ref(drafted, REF).tree
    a, b = (
        dict(items.answers(type(tree)(tree.form, tuple(tree.find((*spot.split("/"), k)).children))))
        for k in (before[0], copied)
    )  # type: ignore[union-attr]
    assert {p: v for p, v in a.items() if p != ("0",)} == {
        p: v for p, v in b.items() if p != ("0",)
    } and b["0",] == "写しの業務"
    page.post(url, action, pick={"what": "up", "key": copied})
    assert keys()[-2:] == [copied, new]
    page.post(url, action, {"why": "委託をやめたため"}, pick={"what": "remove", "key": copied})
    assert keys() == [*before, new]


def test_a_file_leaves_every_part_together(drafted: Workplace) -> None:
    page = desk(drafted)
    url = f"/lines/{REF}/parts"
    page.post(url, f"/lines/{REF}/entries/II", {"name": "新しいファイル"}, pick={"what": "add"})
    tree = sources.read_ref(drafted, REF).tree
    new = tree.find(("II",)).children[-1].key  # type: ignore[union-attr]
    page.post(f"{WRITE}III/{new}/5/X", f"{WRITE}III/{new}/5/X", {"text": "対策。"})
    assert answer(drafted, f"III/{new}/5/X") == "対策。"
    page.post(
        url, f"/lines/{REF}/entries/II", {"why": "やめたため"}, pick={"what": "remove", "key": new}
    )
    tree = sources.read_ref(drafted, REF).tree
    assert all(new not in [c.key for c in tree.find((p,)).children] for p in ("II", "III"))


def test_withheld_words_are_marked_and_unmarked(drafted: Workplace) -> None:
    page = desk(drafted)
    page.post(f"{WRITE}IV/3", f"{WRITE}IV/3", {"text": "鍵は北棟に置く。北棟は施錠する。"})
    page.post(f"{WRITE}IV/3", f"/lines/{REF}/withheld/IV/3", {"words": "北棟", "because": "警備"})
    assert [r["start"] for r in answer(drafted, "IV/3")["withheld"]] == [2, 8]
    shown = page.post(
        f"{WRITE}IV/3", f"/lines/{REF}/withheld/IV/3", {"words": "南棟", "because": "警備"}, 422
    )
    expect_words(shown, "南棟")
    page.post(f"{WRITE}IV/3", f"{WRITE}IV/3", {"text": "鍵は西棟に置く。"}, 409)
    page.post(f"{WRITE}IV/3", f"/lines/{REF}/withheld/IV/3", pick={"clear": "1"})
    assert answer(drafted, "IV/3") == "鍵は北棟に置く。北棟は施錠する。"


def test_another_department_s_assessment_and_a_published_one_are_not_written(
    drafted: Workplace,
) -> None:
    page = desk(drafted)
    assert page.client.get("/lines/elderly-medical~r6-cloud/items/IV/3").status_code == 403
    assert page.client.post("/lines/elderly-medical~r6-cloud/items/IV/3").status_code == 403
    office = desk(drafted, "hiratsuka")
    office.post(
        "/lines/nhi-benefits/items/IV/3", "/lines/nhi-benefits/items/IV/3", {"text": "直接"}, 409
    )
    assert text_of(sources.read_ref(drafted, "nhi-benefits").tree.find(("IV", "3"))) != "直接"


def test_what_the_procedure_fills_in_is_not_written_here(drafted: Workplace) -> None:
    page = desk(drafted)
    page.post(f"{WRITE}C/7", f"{WRITE}C/7", {"text": "令和6年9月2日"}, 422)


@pytest.mark.parametrize("field,most", [("text", 400_000), ("why", 200)])
def test_the_limits_of_the_form(drafted: Workplace, field: str, most: int) -> None:
    page = desk(drafted)
    page.post(f"{WRITE}IV/3", f"{WRITE}IV/3", {"text": "あ", field: "あ" * most})
    shown = page.post(f"{WRITE}IV/3", f"{WRITE}IV/3", {"text": "あ", field: "あ" * (most + 1)}, 422)
    expect_problem(shown, f"{most:,}文字まで")


def test_a_round_of_two_documents_begins_for_both_or_for_none(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    sent = {
        "title": "職員の異動に伴う修正",
        "name": "r6-staff",
        "kind": "CORRECTION",
        "reasons": "異動",
    }
    office.post(
        "/affairs/nhi-benefits",
        "/affairs/nhi-benefits/rounds",
        sent | {"documents": ["nhi-benefits-basic"]},
    )
    begun = [v.ref for v in shared.all_rounds(drafted)]
    assert "nhi-benefits-basic~r6-staff" in begun
    office.post(
        "/affairs/nhi-benefits",
        "/affairs/nhi-benefits/rounds",
        sent | {"documents": ["nhi-benefits", "nhi-benefits-basic"]},
        status=422,
    )
    assert [v.ref for v in shared.all_rounds(drafted)] == begun
