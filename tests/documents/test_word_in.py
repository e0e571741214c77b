"""Word files that others wrote: what is read of them, on a form and as open text, and what is told
of the rest."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from pia import forms
from pia.actions import sources
from pia.actions.output import comparisons
from pia.documents.paper_in import numbering, reader
from pia.documents.word import assessment, writer
from pia.domain.document.tree import LEAVES, Tree, walk
from tests.documents import typed, written
from tests.documents.aid import after, before
from tests.documents.books import by_place

CASES = Path(__file__).parent / "cases" / "docx"
FORMS = (
    "all_item@平成30年5月",
    "key_item@平成30年5月",
    "basic_item@令和6年10月",
    "all_item@令和6年10月",
)


def lines(tree: Tree) -> list[str]:
    """What an open text says, line by line."""
    said = []
    for _, node in walk(tree):
        said.append(node.value["text"] if node.kind in LEAVES else node.value["heading"])
    return said


def same(tree: Tree, read: reader.PaperReading, drawn: bool = True) -> bool:
    form = forms.load(tree.form)

    def said(one: Tree) -> dict[Any, Any]:
        answers = by_place(one, form)
        return {
            path: answer
            for path, answer in answers.items()
            if drawn or form.at(path)[0].kind != "figure"  # type: ignore[union-attr]
        }

    return said(tree) == said(read.tree)


def test_the_case_of_two_word_files() -> None:
    old, new = (sources.read_file(str(CASES / f"{name}.docx")) for name in ("old", "new"))
    comparison = comparisons.comparison(*sources.matched(old, new), {})
    (change,) = comparison.changes
    before_, after_ = change.shown
    marked = [
        (span.op, before_[span.a0 : span.a1], after_[span.b0 : span.b1])
        for span in change.shown_spans("phrase")
        if span.op != "equal"
    ]
    assert "".join(text for _, text, _ in marked) == "データを消去"
    assert "".join(text for _, _, text in marked) == "対応"
    assert not (old.problems or new.problems)


@pytest.mark.parametrize("seed", range(4))
def test_a_draft_typed_on_the_labels_is_read_to_the_letter(seed: int) -> None:
    tree = written.assessment(random.Random(seed), FORMS[seed])
    read = reader.read(typed.draft(tree), child=False)
    assert read.form == tree.form
    assert {problem.code for problem in read.problems} <= {"inherited"}
    assert same(tree, read)


def test_what_is_typed_beside_the_labels_is_listed_by_heading_and_table() -> None:
    tree = written.assessment(random.Random(2), FORMS[2])

    def scribble(book: Any) -> None:
        row = book.tables[1].rows[2]
        row.cells[0].text = "担当のメモ"
        row.cells[1].text = "後で直す。"

    read = reader.read(typed.changed(typed.draft(tree), scribble), child=False)
    told = [str(problem) for problem in read.problems if "担当のメモ" in problem.sentence]
    assert told and "表2 3行目" in told[0] and "「Ⅰ 関連情報」" in told[0]
    # What stood under the label that is gone was not read, and does not pass for deleted.
    assert "label_missing" in [problem.code for problem in read.problems]
    assert read.unread.missing


def test_open_text_has_headings_numbers_and_rows() -> None:
    read = reader.read(typed.saved(typed.prose()), child=False)
    assert not read.form
    assert lines(read.tree) == [
        "国民健康保険の事務の見直し（案）",
        "窓口の受付を一つにまとめる。",
        "1.　申請書の様式を改める。",
        "2.　本人確認の手順を改める。",
        "3.　研修を行う。",
        "項目　｜　内容",
        "担当　｜　保険年金課",
        "今後の予定",
        "令和8年4月から始める。",
    ]
    (head,) = read.tree.children
    assert head.kind == "section" and head.children[-1].kind == "section"


def test_pending_changes_are_read_on_either_side_and_told() -> None:
    book = typed.prose()
    typed.tracked(book, "一つにまとめる", "二つに分ける", "三宅 玲", "2026-05-07T09:30:00Z")
    data = typed.saved(book)
    final = reader.read(data, child=False)
    original = reader.read(data, tracked="original", child=False)
    assert lines(final.tree)[1] == "窓口の受付を二つに分ける。"
    assert lines(original.tree)[1] == "窓口の受付を一つにまとめる。"
    (told,) = final.problems
    assert told.level == "warning" and "三宅 玲、令和8年5月7日" in told.sentence
    assert "削除「一つにまとめる」" in told.sentence and "挿入「二つに分ける」" in told.sentence


def test_letters_struck_by_hand_hidden_ones_and_remarks_are_no_text() -> None:
    book = Document()
    paragraph = book.add_paragraph("残る文。")
    paragraph.add_run("消した文。").font.strike = True
    paragraph.add_run("隠した文。").font.hidden = True
    book.add_comment(paragraph.runs[0], text="要確認", author="三宅 玲", initials="三")
    read = reader.read(typed.saved(book), child=False)
    assert lines(read.tree) == ["残る文。"]
    told = "".join(problem.sentence for problem in read.problems)
    for words in (
        "取消線の付いた文字「消した文。」",
        "隠し文字「隠した文。」",
        "コメント（三宅 玲）「要確認」",
    ):
        assert words in told


def test_cells_merged_downwards_and_tables_in_cells() -> None:
    book = Document()
    table = book.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "左"
    table.cell(0, 1).text = "上"
    inner = table.cell(1, 1).add_table(rows=1, cols=2)
    inner.cell(0, 0).text = "あ"
    inner.cell(0, 1).text = "い"
    read = reader.read(typed.saved(book), child=False)
    assert lines(read.tree) == ["左　｜　上", "あ　い"]


@pytest.mark.parametrize(
    ("kind", "count", "words"),
    [
        ("decimal", 3, "3"),
        ("decimalFullWidth", 12, "１２"),
        ("decimalEnclosedCircle", 21, "㉑"),
        ("aiueoFullWidth", 2, "イ"),
        ("irohaFullWidth", 3, "ハ"),
        ("japaneseCounting", 12, "十二"),
        ("upperRoman", 4, "IV"),
        ("lowerLetter", 2, "b"),
        ("bullet-of-tomorrow", 1, None),
    ],
)
def test_numbers_as_word_writes_them(kind: str, count: int, words: str | None) -> None:
    assert numbering.written(kind, count) == words


def test_levels_of_a_list_count_for_themselves() -> None:
    book = Document()
    part = book.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:suff w:val="nothing"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, kind, text in (
            (0, "decimalEnclosedCircle", "%1"),
            (1, "aiueoFullWidth", "（%2）"),
        )
    )
    part.insert(
        0,
        parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'),
    )
    part.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
    )
    for level, words in ((0, "甲"), (1, "乙"), (1, "丙"), (0, "丁"), (1, "戊")):
        paragraph = book.add_paragraph(words)
        paragraph._p.get_or_add_pPr().append(
            parse_xml(
                f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'
            )
        )
    read = reader.read(typed.saved(book), child=False)
    assert lines(read.tree) == ["①甲", "（ア）乙", "（イ）丙", "②丁", "（ア）戊"]


def test_pages_are_told_where_word_laid_them_out() -> None:
    book = Document()
    book.add_paragraph("一ページ目。")
    second = book.add_paragraph("")
    second.add_run()._r.append(parse_xml(f"<w:lastRenderedPageBreak {nsdecls('w')}/>"))
    second.add_run("二ページ目。")
    read = reader.read(typed.saved(book), child=False)
    assert sorted(read.pages.values()) == [1, 2]


@pytest.mark.parametrize("seed", range(4))
def test_our_own_word_file_comes_back_whole(seed: int) -> None:
    tree = written.assessment(random.Random(seed), FORMS[seed])
    made = assessment.write(tree, forms.load(tree.form), title="写し", ref="x@1")
    whole = reader.read(writer.write(made.paper, made.carried), child=False)
    bare = reader.read(writer.write(made.paper), child=False)
    assert whole.tree.digest == tree.digest and same(tree, bare)
    assert whole.base and whole.base["ref"] == "x@1" and bare.base is None


@pytest.mark.parametrize("seed", range(3))
def test_taking_all_changes_is_the_new_text_and_none_the_old(seed: int) -> None:
    old = written.assessment(random.Random(f"o{seed}"), FORMS[seed])
    new = written.assessment(random.Random(f"n{seed}"), FORMS[seed])
    against = assessment.Against(old, "中野 恵", "2026-05-07T01:00:00Z")
    made = assessment.write(new, forms.load(new.form), title="写し", against=against)
    data = writer.write(made.paper)
    assert same(new, reader.read(data, child=False))
    assert same(old, reader.read(data, tracked="original", child=False))
    body = Document(BytesIO(data)).element.body
    changes = [*body.iter(qn("w:ins")), *body.iter(qn("w:del"))]
    assert {change.get(qn("w:author")) for change in changes} == {"中野 恵"}
    numbers = [change.get(qn("w:id")) for change in changes]
    assert len(set(numbers)) == len(numbers) > 50


def test_a_figure_is_no_part_of_a_word_file_and_not_taken_for_deleted() -> None:
    tree = after()
    form = forms.load(tree.form)
    made = assessment.write(tree, form, title="写し", against=assessment.Against(before()))
    data = writer.write(made.paper, made.carried)
    source = sources.read_bytes(data, "戻り.docx")
    assert source.tree.digest == tree.digest
    assert [problem.code for problem in source.problems][-1] == "figure.lost"


def test_an_answer_whose_label_is_gone_stays_and_is_told() -> None:
    """What could not be read is never taken for deleted, in a Word file as in a workbook."""
    tree = before()
    made = assessment.write(tree, forms.load(tree.form), title="写し", ref="x@1")
    whole = writer.write(made.paper, made.carried)
    label = "②事務の内容　※"
    torn = typed.changed(whole, typed.retyped(label, "なにか別の見出し"))
    assert torn != whole
    source = sources.read_bytes(torn, "戻り.docx")
    codes = [problem.code for problem in source.problems]
    assert "label_missing" in codes and "answer_kept" in codes
    assert source.tree.find(("I", "1", "2")) == tree.find(("I", "1", "2"))
    assert source.unread.missing
