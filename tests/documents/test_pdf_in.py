"""PDFs that others printed: what is read of them by what is seen on their pages, and what is told
of the rest."""

from __future__ import annotations

import random
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from pia import forms
from pia.actions import sources
from pia.documents.paper_in import boxes, inside, reader
from pia.documents.pdf import assessment
from pia.documents.pdf.archive import Attached
from pia.documents.text import interchange
from pia.domain.document.tree import walk
from pia.domain.errors import PiaError
from tests.documents import printed, typed, written
from tests.documents.aid import after
from tests.drills.paper import FORMS, as_compared, differing

pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
SENTENCE = "窓口で受け付けた申請書は、その日のうちに担当者が確かめて、書庫に納める。"


def drawn(*pages: Any) -> bytes:
    """A PDF of pages, each drawn by a function."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in pages:
        canvas.setFont("HeiseiMin-W3", 10)
        page(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def lines(data: bytes) -> list[str]:
    read = reader.read(data, child=False)
    return [node.value["text"] for _, node in walk(read.tree)]


def test_an_assessment_is_read_to_the_letter_with_its_pages() -> None:
    tree = written.assessment(random.Random(11), FORMS[0])
    paper = assessment.write(tree, forms.load(tree.form), title="写し")
    assert paper.count > 40
    read = reader.read(paper.data)
    assert read.form == tree.form and differing(tree, read.tree) == []
    assert not [problem for problem in read.problems if problem.code != "inherited"]
    # The page of an answer is where our own printing put it, or the one after where it was broken.
    compared = 0
    for path, page in read.pages.items():
        if path[0] in ("I", "IV", "V", "VI") and path in paper.pages:
            assert page - paper.pages[path] in (0, 1), path
            compared += 1
    assert compared > 10


def test_what_the_document_carries_goes_before_what_is_seen() -> None:
    tree = after()
    form = forms.load(tree.form)
    copy = interchange.write(tree, key="aid", title="就学援助")
    carried = Attached(inside.NAME, copy, "application/json", "写し")
    data = assessment.write(tree, form, title="就学援助", attached=carried).data
    source = sources.read_bytes(data, "写し.pdf")
    assert source.tree.digest == tree.digest and source.key == "aid" and not source.problems
    with pikepdf.open(BytesIO(data)) as pdf:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Text,
            Rect=[0, 0, 9, 9],
            Contents=pikepdf.String("ここを直す"),
        )
        pdf.pages[2].Annots = pdf.make_indirect(pikepdf.Array([note]))
        out = BytesIO()
        pdf.save(out)
    (told,) = sources.read_bytes(out.getvalue(), "写し.pdf").problems
    assert told.where == "p. 3" and "ここを直す" in told.sentence


def test_lines_of_a_paragraph_are_one_and_running_heads_none() -> None:
    def page(number: int) -> Any:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(400, 810, f"海原市　見直し案（{number}）")
            canvas.drawString(290, 30, f"－ {number} －")
            words = SENTENCE * 3
            for line, start in enumerate(range(0, len(words), 40)):
                canvas.drawString(60, 700 - 18 * line, words[start : start + 40])
            canvas.drawString(60, 560, f"{number}番目の短い行")
            canvas.drawString(60, 500, "Windows Server")

        return draw

    data = drawn(*map(page, range(1, 6)))
    said = lines(data)
    assert said == [
        words
        for number in range(1, 6)
        for words in (SENTENCE * 3, f"{number}番目の短い行", "Windows Server")
    ]
    pages = reader.read(data, child=False).pages
    assert sorted(pages.values()) == [number for number in range(1, 6) for _ in range(3)]


def test_rows_of_a_table_are_lines_and_struck_letters_no_text() -> None:
    def draw(canvas: Canvas) -> None:
        for y in (700, 680, 660):
            canvas.line(60, y, 400, y)
        for x in (60, 160, 400):
            canvas.line(x, 660, x, 700)
        canvas.drawString(65, 686, "担当")
        canvas.drawString(165, 686, "保険年金課")
        canvas.drawString(65, 666, "期限")
        canvas.drawString(165, 666, "三月末四月末")
        canvas.line(165, 669.5, 195, 669.5)

    data = drawn(draw)
    assert lines(data) == ["担当　｜　保険年金課", "期限　｜　四月末"]
    (told,) = reader.read(data, child=False).problems
    assert told.code == "struck" and told.where == "p. 1" and "三月末" in told.sentence


def test_scanned_pages_are_one_sentence() -> None:
    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (200, 200), "gray").save(picture, "PNG")

    def scan(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(BytesIO(picture.getvalue())), 50, 50, 400, 600)

    def words(canvas: Canvas) -> None:
        canvas.drawString(60, 700, SENTENCE)

    with pytest.raises(PiaError, match=r"^写し[.]pdf：文字の情報がないPDF"):
        reader.read(drawn(scan, scan), name="写し.pdf", child=False)
    (told,) = reader.read(drawn(words, scan, scan), child=False).problems
    assert (told.level, told.where) == ("error", "p. 2、p. 3")


def test_letters_under_a_picture_are_said_to_be_read_by_a_machine() -> None:
    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (200, 200), "gray").save(picture, "PNG")

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(BytesIO(picture.getvalue())), 50, 50, 400, 600)
        text = canvas.beginText(60, 700)
        text.setTextRenderMode(3)
        text.textLine(SENTENCE)
        canvas.drawText(text)

    read = reader.read(drawn(draw), child=False)
    assert [problem.code for problem in read.problems] == ["recognised"]


def test_a_page_that_was_turned_is_read_as_it_is_looked_at() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "上の行")
        canvas.drawString(60, 650, "下の行")

    upright = drawn(draw)
    for turn in (90, 180, 270):
        with pikepdf.open(BytesIO(upright)) as pdf:
            pdf.pages[0].Rotate = turn
            out = BytesIO()
            pdf.save(out)
        assert "".join(sorted("".join(lines(out.getvalue())))) == "".join(sorted("上の行下の行"))


@pytest.mark.parametrize(
    ("before", "after_", "room", "between"),
    [
        ("窓口で受け", "付ける", 3.0, ""),
        ("窓口で受ける。", "次の行", 90.0, "\n"),
        ("端末のWindows", "Server", 3.0, " "),
        ("Windows ", "Server", 3.0, ""),
        ("https://example.com/a", "bc", 1.0, ""),
        ("確かめる", "。次", 8.0, ""),
    ],
)
def test_what_stands_between_two_lines(before: str, after_: str, room: float, between: str) -> None:
    assert boxes.between(before, after_, room, 10.0) == between


@pytest.mark.skipif(printed.PROGRAM is None, reason="LibreOffice is missing: install libreoffice")
def test_workbooks_and_word_files_of_others_as_libreoffice_prints_them() -> None:
    files: dict[str, bytes] = {}
    trees = {}
    for seed, habits in enumerate(({"split"}, {"broken", "shift"}, {"one_sheet"})):
        rng = random.Random(seed)
        tree = written.assessment(rng, FORMS[seed], longest=900)
        files[f"b{seed}.xlsx"] = printed.workbook(rng, tree, habits)
        files[f"t{seed}.docx"] = typed.draft(tree)
        trees[f"b{seed}"] = trees[f"t{seed}"] = tree
    count = other = 0
    for name, data in printed.pdfs(files).items():
        read = reader.read(data, child=False)
        assert read.form == trees[name].form
        # A space between a Latin word and Japanese is often only a gap on paper.
        wrong = [
            (path, said, got)
            for path, said, got in differing(trees[name], read.tree)
            if str(said).replace(" ", "") != str(got).replace(" ", "")
        ]
        count += len(as_compared(trees[name]))
        other += len(wrong)
        lost = [path for path, said, got in wrong if got is None and said is not None]
        assert not lost or [p for p in read.problems if p.code != "inherited"], (name, lost)
    assert other <= 0.03 * count, (other, count)
