"""Headers and footers of a city's own template: in the PDF as in Word, on the page they belong
to, with the page's number; what is left out is said."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from pia import papers
from pia.documents.word import as_pdf, filler, reader
from pia.documents.word.model import Edges, PaperTable

from .papers import keep, letters, needs_poppler, text

WORDS = papers.load("opinion-results")


def city(dress: Callable[[Any], None], pages: int = 4) -> bytes:
    """A template as a city makes it in Word: our words, its own edges, some pages long."""
    book = Document(io.BytesIO(filler.template(WORDS)))
    for p in list(book.sections[0].footer.paragraphs):
        p._p.getparent().remove(p._p)
    book.sections[0].footer.add_paragraph()
    for n in range(2, pages + 1):
        book.add_page_break()
        book.add_paragraph(f"本文{n}")
    dress(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def field(p: Any, name: str, last: str = "1", whole: bool = True) -> None:
    """A field as Word writes it: in pieces, with the value it last had."""
    parts = [
        ("begin", ""),
        ("", f" {name} \\* MERGEFORMAT "),
        ("separate", ""),
        (None, last),
        ("end", ""),
    ]
    for kind, said in parts if whole else [x for x in parts if x[0] not in ("separate", None)]:
        r = p.add_run()._r
        if kind is None:
            e = OxmlElement("w:t")
            e.text = said
        elif kind == "":
            e = OxmlElement("w:instrText")
            e.text = said
        else:
            e = OxmlElement("w:fldChar")
            e.set(qn("w:fldCharType"), kind)
        r.append(e)


def facts(value: str = "例") -> dict[str, Any]:
    def make(fields: Any) -> dict[str, Any]:
        return {k: [make(v)] if isinstance(v, dict) else value for k, v in fields.items()}

    return make(WORDS.fields)


def printed(data: bytes) -> tuple[bytes, list[str]]:
    sheet, problems = reader.read(filler.fill(data, WORDS, facts()))
    return as_pdf.write(sheet), [p.sentence for p in problems]


def pages(pdf: bytes, tmp_path: Path) -> list[str]:
    return [letters(p) for p in text(pdf, tmp_path, "-layout").split("\f")[:-1]]


def usual(book: Any) -> None:
    s = book.sections[0]
    s.header.paragraphs[0].text = "みなも市　市民課\t\t{{ 題名 }}"
    foot = s.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("第")
    field(foot, "PAGE")
    foot.add_run("頁／全")
    field(foot, "NUMPAGES", "99")
    foot.add_run("頁")


@needs_poppler
def test_words_and_numbers_stand_on_every_page(tmp_path: Path) -> None:
    pdf, problems = printed(city(usual))
    said = pages(pdf, tmp_path)
    assert len(said) == 4 and problems == []
    for n, page in enumerate(said, 1):
        assert (
            page.startswith("みなも市市民課例")
            and page.endswith(f"第{n}頁／全4頁")
            and "99" not in page
        )
    assert pdf == printed(city(usual))[0]
    keep("edges", pdf, "1-2")


@needs_poppler
def test_the_first_and_the_even_pages_have_their_own(tmp_path: Path) -> None:
    def own(book: Any) -> None:
        usual(book)
        s = book.sections[0]
        s.different_first_page_header_footer = book.settings.odd_and_even_pages_header_footer = True
        for i in range(9):
            s.first_page_header.add_paragraph(f"表紙の頭{i}")
        s.even_page_header.paragraphs[0].text = "偶数の頭"

    pdf, _ = printed(city(own))
    said = pages(pdf, tmp_path)
    assert (
        "表紙の頭0表紙の頭1" in said[0]
        and not any("表紙" in p for p in said[1:])
        and "頁" not in said[0]
    )
    assert ["偶数の頭" in p for p in said] == [False, True, False, True]
    assert ["みなも市" in p for p in said] == [False, False, True, False]
    assert "第3頁／全4頁" in said[2]
    assert said[0].index("表紙の頭8") < said[0].index("例の結果"), (
        "a long header pushes the text down"
    )
    keep("edges-first", pdf, "1-3")


@needs_poppler
@pytest.mark.parametrize(
    ("start", "style", "first"),
    [
        ("5", "decimal", "第5頁"),
        ("0", "numberInDash", "第-0-頁"),
        (None, "decimalFullWidth", "第１頁"),
    ],
)
def test_pages_are_numbered_as_the_template_says(
    start: str | None, style: str, first: str, tmp_path: Path
) -> None:
    def numbered(book: Any) -> None:
        usual(book)
        kind = OxmlElement("w:pgNumType")
        if start:
            kind.set(qn("w:start"), start)
        kind.set(qn("w:fmt"), style)
        book.sections[0]._sectPr.append(kind)

    assert first in pages(printed(city(numbered))[0], tmp_path)[0]


@needs_poppler
def test_a_page_number_that_word_put_in_a_block_and_a_table(tmp_path: Path) -> None:
    def block(book: Any) -> None:
        foot, ns = book.sections[0].footer._element, nsdecls("w")
        foot.append(
            parse_xml(
                f'<w:sdt {ns}><w:sdtContent><w:p><w:pPr><w:jc w:val="right"/></w:pPr>'
                '<w:fldSimple w:instr="PAGE"><w:r><w:t>7</w:t></w:r></w:fldSimple>'
                "</w:p></w:sdtContent></w:sdt>"
            )
        )
        foot.append(parse_xml(f"<w:sdt {ns}><w:sdtPr/></w:sdt>"))  # a block with nothing in it
        table = book.sections[0].header.add_table(1, 2, 4_000_000)
        table.cell(0, 0).text = "文書番号"
        field(table.cell(0, 1).paragraphs[0], "PAGE", "8", whole=False)

    pdf, problems = printed(city(block))
    said = pages(pdf, tmp_path)
    assert problems == [] and [p.endswith(str(n)) for n, p in enumerate(said, 1)] == [True] * 4
    assert all(p.startswith(f"文書番号{n}") for n, p in enumerate(said, 1)), said


def test_what_the_pdf_leaves_out_is_said() -> None:
    def beyond(book: Any) -> None:
        usual(book)
        field(book.sections[0].header.paragraphs[0], "DATE", "2024/4/1")
        kind = OxmlElement("w:pgNumType")
        kind.set(qn("w:fmt"), "upperRoman")
        book.sections[0]._sectPr.append(kind)
        book.add_section().header.is_linked_to_previous = False
        r = book.sections[0].footer.paragraphs[0].add_run()._r
        r.append(parse_xml(f"<w:pict {nsdecls('w')}/>"))

    read, problems = reader.read(city(beyond), "ひな形")
    words = " ".join(p.sentence for p in problems)
    assert (
        all(w in words for w in ("図や画像", "2つ目より後のセクション", "自動の欄", "ローマ数字"))
        and len(problems) == 4
    )
    assert {(p.where, p.level) for p in problems} == {("ひな形", "warning")}
    assert read.edges and "2024/4/1" in str(read.edges), "a date stays as it was last"


def test_without_words_of_its_own_a_paper_has_our_page_number() -> None:
    assert reader.read(city(lambda book: None))[0].edges is None
    assert reader.read(filler.template(WORDS))[0].edges is None


def test_left_middle_and_right_are_read_from_the_tab_stops() -> None:
    edges = reader.read(
        city(lambda book: setattr(book.sections[0].header.paragraphs[0], "text", "左\t中\t右"))
    )[0].edges
    assert isinstance(edges, Edges)
    row = edges.every.head[0]
    assert isinstance(row, PaperTable) and [(c.text, c.paras[0].align) for c in row.rows[0]] == [
        ("左", "left"),
        ("中", "center"),
        ("右", "right"),
    ]


@needs_poppler
@pytest.mark.skipif(
    shutil.which("soffice") is None,
    reason="LibreOfficeがありません。libreoffice-writer をインストールしてください。",
)
def test_libreoffice_prints_the_same_words_on_the_same_pages(tmp_path: Path) -> None:
    filled = filler.fill(city(usual), WORDS, facts())
    (tmp_path / "x.docx").write_bytes(filled)
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/lo",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path / "out"),
            str(tmp_path / "x.docx"),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    theirs, ours = (
        pages((tmp_path / "out" / "x.pdf").read_bytes(), tmp_path),
        pages(as_pdf.write(reader.read(filled)[0]), tmp_path),
    )
    assert theirs == ours
