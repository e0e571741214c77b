"""Word files and PDFs on the command line: compared without a database, written out with marks,
brought in, refused in one line."""

from __future__ import annotations

import json
import random
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf

from pia import forms
from pia.actions import sources
from pia.documents.paper_in import reader
from pia.documents.pdf import assessment
from tests.documents import typed, written
from tests.documents.test_pdf_in import drawn

from .conftest import Run

CASES = Path(__file__).parents[1] / "documents" / "cases" / "docx"


def test_the_case_of_two_word_files(run: Run, tmp_path: Path) -> None:
    files = [str(CASES / f"{name}.docx") for name in ("old", "new")]
    report = json.loads(run("diff", *files, "--format", "json").stdout)
    (change,) = report["changes"]
    marked = {}
    for op, side in (("delete", "old"), ("insert", "new")):
        text = change["before" if side == "old" else "after"]
        marked[op] = [
            text[span[side][0] : span[side][1]] for span in change["spans"] if span["op"] == op
        ]
    assert marked == {"delete": ["データを消去"], "insert": ["対応"]}
    assert not (tmp_path / "pia.db").exists()


def test_pending_changes_are_told_and_either_side_is_compared(run: Run, tmp_path: Path) -> None:
    book = typed.prose()
    plain = tmp_path / "前.docx"
    plain.write_bytes(typed.saved(book))
    typed.tracked(book, "一つにまとめる", "二つに分ける", "三宅 玲", "2026-05-07T09:30:00Z")
    pending = tmp_path / "後.docx"
    pending.write_bytes(typed.saved(book))
    final = run("diff", str(plain), str(pending))
    assert "二つに分ける" in final.stdout and "三宅 玲、令和8年5月7日" in final.stderr
    original = run("diff", str(plain), str(pending), "--tracked", "original", "--format", "json")
    assert json.loads(original.stdout)["changes"] == []


def test_a_pdf_and_a_draft_of_one_assessment_differ_in_what_was_changed(
    run: Run, tmp_path: Path
) -> None:
    tree = written.assessment(random.Random(4), "basic_item@令和6年10月")
    form = forms.load(tree.form)
    (tmp_path / "公表.pdf").write_bytes(assessment.write(tree, form, title="写し").data)
    (tmp_path / "下書き.docx").write_bytes(typed.draft(tree))
    assert beyond_lines(run("diff", "公表.pdf", "下書き.docx", "--format", "json").stdout) == []
    said = next(
        str(node.value["text"])
        for node in tree.find(("I", "1", "2")).children  # type: ignore[union-attr]
    )
    newer = typed.changed(typed.draft(tree), typed.retyped(said, "改めた概要。"))
    (tmp_path / "下書き.docx").write_bytes(newer)
    report = run("diff", "公表.pdf", "下書き.docx", "--format", "json").stdout
    (change,) = beyond_lines(report)
    assert change["item"] == "I-1-2" and change["page"]["old"] == 2


def test_paragraphs_of_open_pdfs_say_their_pages(run: Run, tmp_path: Path) -> None:
    for name, words in (("前.pdf", "三つ目の文を書く。"), ("後.pdf", "三つ目の文を改める。")):
        pages = (("一つ目の文。", "二つ目の文。"), (words, "四つ目の文。"))
        (tmp_path / name).write_bytes(drawn(*map(page, pages)))
    report = json.loads(run("diff", "前.pdf", "後.pdf", "--format", "json").stdout)
    (change,) = report["changes"]
    assert change["page"] == {"old": 2, "new": 2} and "改める" in change["after"]


def page(lines: tuple[str, ...]) -> Any:
    def draw(canvas: Any) -> None:
        for number, line in enumerate(lines):
            canvas.drawString(60, 700 - 40 * number, line)

    return draw


def beyond_lines(report: str) -> list[dict[str, Any]]:
    """The changes but for line feeds: the end of a page swallows an empty line."""
    changes = []
    for change in json.loads(report)["changes"]:
        before, after = ((change[side] or "").replace("\n", "") for side in ("before", "after"))
        if before != after:
            changes.append(change)
    return changes


def test_marks_go_out_and_a_word_file_comes_in(case: Run, tmp_path: Path) -> None:
    case("export", "nhi-benefits", "--format", "docx", "--marks", "nhi-benefits@1", "-o", "a.docx")
    data = (tmp_path / "a.docx").read_bytes()
    wanted = json.loads(case("show", "nhi-benefits", "--format", "json").stdout)
    assert reader.read(data).base["digest"] == wanted["digest"]  # type: ignore[index]
    case("export", "nhi-benefits", "--format", "pdf", "--marks", "nhi-benefits@1", "-o", "a.pdf")
    refused = case("diff", "a.pdf", "a.docx", code=2)
    assert "見え消しで示した文書" in refused.stderr
    mixed = ("--format", "json", "--marks", "nhi-benefits@1", "-o", "x")
    assert "--marks は" in case("export", "nhi-benefits", *mixed, code=2).stderr
    brought = case("import", "a.docx", "--into", "nhi-copy")
    assert "nhi-copy@1" in brought.stdout
    assert sources.read_file(str(tmp_path / "a.docx")).tree.digest == wanted["digest"]


def test_what_cannot_be_opened_is_one_line(run: Run, tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        locked = BytesIO()
        pdf.save(locked, encryption=pikepdf.Encryption(user="a", owner="b"))
    (tmp_path / "鍵.pdf").write_bytes(locked.getvalue())
    (tmp_path / "空.docx").write_bytes(b"")
    for name, words in (("鍵.pdf", "パスワードで保護された"), ("空.docx", "ファイルが空です")):
        assert words in run("diff", name, name, code=2).stderr
