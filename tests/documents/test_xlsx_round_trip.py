"""Our own workbook and back: with the map the identity, without it the identity or a reported
problem, edited by a colleague base plus edits."""

from __future__ import annotations

import random
import shutil
import subprocess
from io import BytesIO

import pytest
from openpyxl import load_workbook

from pia import forms
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.change.compare import compare
from pia.domain.document import items
from pia.domain.document.form import Form
from pia.domain.document.tree import Tree
from pia.domain.revise.entry_keys import match_entries
from tests.documents.books import by_place, cell_with, edited, without_map
from tests.domain.expecting import expect_changes
from tests.domain.trees import FORM, a_tree

NASTY = [
    "_x0041_",
    "=1+1",
    "\n ＜a＞ \n",
    "\t'引用",
    "　前後に空白　",
    "@SUM(A1)",
    "-1",
    "𠮷野家 葛\U000e0100城市",
]
NASTY += ["事務の名称", "（続き）", "[○]", "＜選択肢＞", "Ⅱ　特定個人情報ファイルの概要"]


def a_case(seed: int, form_id: str = FORM) -> tuple[Tree, Form]:
    rng = random.Random(seed)
    return a_tree(rng, form_id, rng.choice([0.05, 0.2, 0.6, 0.95])), forms.load(form_id)


def nasty_tree() -> Tree:
    """Every text item holds something a spreadsheet could spoil; two are very long."""
    form = forms.load(FORM)
    tree, _ = a_case(3)
    answers = dict(items.answers(tree))
    texts = [p for p in answers if form.at(p)[0].kind == "text"]  # type: ignore[union-attr]
    for i, path in enumerate(texts):
        answers[path] = NASTY[i % len(NASTY)]
    answers["I", "1", "2"] = "。".join(["サーバーは施錠した部屋に置き𠮷、入退室を記録する"] * 4_200)
    answers["I", "4", "1"] = "\n".join(["措置の内容を書く。", "", " 空白 "] * 4_000) + "\n\n"
    assert len(answers["I", "1", "2"]) > 100_000
    return items.build(form, answers.items())


@pytest.mark.parametrize("form_id", forms.known())
@pytest.mark.parametrize("seed", range(4))
def test_with_the_map_it_is_the_identity(form_id: str, seed: int) -> None:
    tree, form = a_case(seed, form_id)
    reading = reader.read(writer.write(tree, form, title="国保", ref="nhi@3"), child=False)
    assert reading.tree.digest == tree.digest
    assert not reading.problems
    assert (
        reading.base is not None
        and reading.base["digest"] == tree.digest
        and reading.base["ref"] == "nhi@3"
    )
    assert reader.base_tree(reading.base) == tree


@pytest.mark.parametrize("seed", range(12))
def test_without_the_map_it_is_the_identity_or_a_reported_problem(seed: int) -> None:
    tree, form = a_case(seed)
    reading = reader.read(without_map(writer.write(tree, form, title="国保")), child=False)
    assert reading.base is None and not reading.errors
    assert by_place(reading.tree, form) == by_place(tree, form)
    blank = [p for p in reading.problems if p.code == "blank_text"]
    exact = dict(items.answers(reading.tree)).values(), dict(items.answers(tree)).values()
    assert (
        blank
        or sorted(map(str, exact[0])) == sorted(map(str, exact[1]))
        or any(p.code == "inherited" for p in reading.problems)
    )


def test_nothing_a_spreadsheet_could_spoil_is_spoilt() -> None:
    tree, form = nasty_tree(), forms.load(FORM)
    data = writer.write(tree, form, title="=1+1 & <b>")
    assert reader.read(data).tree.digest == tree.digest
    book = load_workbook(BytesIO(data))
    kinds = {
        c.data_type
        for ws in book.worksheets
        for row in ws.iter_rows()
        for c in row
        if c.value is not None
    }
    assert kinds == {"s"}, "no formula, number or date may be written"
    assert (
        max(
            len(str(c.value or "")) for ws in book.worksheets for row in ws.iter_rows() for c in row
        )
        <= 32_767
    )
    assert max(d.height or 0 for ws in book.worksheets for d in ws.row_dimensions.values()) <= 409


def test_equal_documents_give_equal_bytes() -> None:
    tree, form = a_case(5)
    assert writer.write(tree, form, title="国保", ref="a@1") == writer.write(
        tree, form, title="国保", ref="a@1"
    )


def test_it_says_that_it_is_not_for_submission_and_prints_like_the_form() -> None:
    tree, form = a_case(6)
    book = load_workbook(BytesIO(writer.write(tree, form, title="国保")))
    ws = book["表紙"]
    assert (
        ws["A1"].value == "確認用（提出用ではありません）" and "確認用" in ws.oddHeader.right.text
    )
    assert book["_pia"].sheet_state == "veryHidden"
    for page in book.worksheets[:-1]:
        assert (
            page.page_setup.paperSize == 9 and page.page_setup.fitToHeight == 0 and page.print_area
        )
    assert book["(別添3)変更箇所"].print_title_rows == "$2:$2"


def test_a_workbook_a_colleague_edited_comes_back_as_base_and_edits() -> None:
    form = forms.load(FORM)
    before = items.build(
        form,
        [
            (("C", "2"), "国保事務"),
            (("I", "1", "1"), "国保に関する事務"),
            (("I", "1", "3"), "10万人以上30万人未満"),
            (("I", "2", "S", "kokuho", "1"), "国保システム"),
            (("I", "2", "S", "chukan", "1"), "中間サーバー"),
            (("II", "nhi", "1"), "国保給付ファイル"),
            (
                ("II", "nhi", "6", "1"),
                "＜国保システムにおける措置＞\n施錠する。\n\n＜その他＞\n記録する。",
            ),
            (("III", "nhi", "1"), "国保給付ファイル"),
        ],
    )

    def edit(book) -> None:
        cell_with(book, "Ⅰ", "国保に関する事務").value = "国民健康保険に関する事務"
        cell_with(book, "Ⅰ", "[　10万人以上30万人未満　]").value = "[ 30万人以上 ]"
        c = cell_with(
            book, "Ⅱ", "＜国保システムにおける措置＞\n施錠する。\n\n＜その他＞\n記録する。"
        )
        c.value = c.value + "\n\n＜ガバメントクラウドにおける措置＞\n=消去する。"
        c.data_type = "s"

    reading = reader.read(edited(writer.write(before, form, title="国保", ref="nhi@7"), edit))
    assert not reading.problems and reading.base is not None
    expect_changes(
        reader.base_tree(reading.base),
        reading.tree,
        [
            "modified block I/1/1/",
            "modified item I/1/3",
            "added block II/nhi/6/1/ガバメントクラウドにおける措置",
        ],
    )


def test_a_row_a_colleague_inserted_moves_nothing_and_a_copied_sheet_is_a_new_file() -> None:
    form = forms.load(FORM)
    before = items.build(
        form,
        [
            (("II", "nhi", "1"), "甲ファイル"),
            (("II", "nhi", "7"), "備考の文"),
            (("III", "nhi", "1"), "甲ファイル"),
            (("I", "3"), "甲"),
        ],
    )

    def edit(book) -> None:
        ws = next(s for s in book.worksheets if s.title.startswith("Ⅱ"))
        copy = book.copy_worksheet(ws)
        copy.title = "Ⅱ (2)"
        cell_with(book, "Ⅱ (2)", "甲ファイル").value = "乙ファイル"

    reading = reader.read(edited(writer.write(before, form, title="国保"), edit), child=False)
    answers = dict(items.answers(reading.tree))
    keys = [p[1] for p in answers if p[0] == "II" and p[2] == "1"]
    assert keys[0] == "nhi" and len(set(keys)) == 2
    assert (
        answers["II", keys[1], "1"] == "乙ファイル" and answers["III", "nhi", "1"] == "甲ファイル"
    )
    matched, problems = match_entries(reading.tree, before, form)
    assert not problems and [c.key for c in matched.find(("II",)).children] == keys


def test_withheld_parts_come_back_and_editing_one_is_a_problem() -> None:
    form = forms.load(FORM)
    secret = {
        "text": "保管場所は第一庁舎の地下である。",
        "withheld": [{"start": 5, "end": 9, "reason": "防犯"}],
    }
    before = items.build(form, [(("II", "a", "1"), "甲"), (("II", "a", "6", "1"), secret)])
    data = writer.write(before, form, title="国保")
    assert reader.read(data, child=False).tree == before

    def outside(book) -> None:
        cell_with(book, "Ⅱ", secret["text"]).value = "なお、保管場所は第一庁舎の地下である。"

    def inside(book) -> None:
        cell_with(book, "Ⅱ", secret["text"]).value = "保管場所は第二庁舎の地下である。"

    moved = dict(items.answers(reader.read(edited(data, outside), child=False).tree))[
        "II", "a", "6", "1"
    ]
    assert moved["withheld"] == [{"start": 8, "end": 12, "reason": "防犯"}]
    assert [p.code for p in reader.read(edited(data, inside), child=False).errors] == [
        "withheld_edited"
    ]


def test_changed_items_are_shaded() -> None:
    form = forms.load(FORM)
    old = items.build(form, [(("I", "1", "1"), "旧"), (("I", "1", "2"), "同じ")])
    new = items.build(form, [(("I", "1", "1"), "新"), (("I", "1", "2"), "同じ")])
    book = load_workbook(
        BytesIO(writer.write(new, form, title="国保", highlight=compare(old, new)))
    )
    assert cell_with(book, "Ⅰ", "新").fill.fgColor.rgb == "FFFFF2CC"
    assert cell_with(book, "Ⅰ", "同じ").fill.fill_type is None


@pytest.mark.skipif(
    not shutil.which("soffice"),
    reason="LibreOffice がありません（libreoffice-calc を入れると試します）",
)
def test_it_survives_another_program(tmp_path) -> None:
    trees = {f"t{i}": a_case(40 + i)[0] for i in range(3)} | {"nasty": nasty_tree()}
    for name, tree in trees.items():
        (tmp_path / f"{name}.xlsx").write_bytes(writer.write(tree, forms.load(FORM), title="国保"))
    out = tmp_path / "out"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    files = [str(tmp_path / f"{n}.xlsx") for n in trees]
    subprocess.run(
        [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(out),
            *files,
        ],
        check=True,
        capture_output=True,
    )
    for name, tree in trees.items():
        assert (
            reader.read((out / f"{name}.xlsx").read_bytes(), child=False).tree.digest == tree.digest
        ), name


def test_a_title_too_long_for_its_box_is_still_whole() -> None:
    form = forms.load(FORM)
    tree = items.build(
        form,
        [
            (("C", "1"), "番号の欄に長い文を書いた。\n" * 40 + "終"),
            (("C", "2"), "国保事務"),
            (("C", "4"), "なし"),
        ],
    )
    for data in (
        writer.write(tree, form, title="x"),
        without_map(writer.write(tree, form, title="x")),
    ):
        assert reader.read(data, child=False).tree == tree
