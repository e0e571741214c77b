"""Templates of the office's papers: made from our words, edited by a city, filled with whatever
people wrote, and printed the same."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pia import papers
from pia.documents.papers import list_xlsx
from pia.documents.word import as_pdf, filler, model, reader, writer
from pia.documents.word.model import Break, PaperCell, PaperTable, Para, Run, WrittenPaper, para
from pia.domain.errors import PiaError

RESULTS = papers.load("opinion-results")
ODD = [
    "{{ 7*7 }}",
    "{% for x in y %}",
    "<b>太字</b>",
    "A & B",
    "&amp;&#12354;",
    "{_{ x }_}",
    "｛｛題名｝｝",
    "一行目\n二行目\n\n四行目",
    "  前後の空白  ",
    "𠮷野家",
    "'\"",
    "=1+1",
    "]]>",
    "{# c #}",
    "\ttab",
]


def filled(words: papers.Wording, value: str = "例") -> dict:
    def make(fields):
        return {k: [make(v)] * 2 if isinstance(v, dict) else value for k, v in fields.items()}

    return make(words.fields)


def text_of(docx: bytes) -> str:
    return model.words(reader.read(docx)[0])


@pytest.mark.parametrize("name", papers.known())
def test_every_template_is_good_word_and_uses_only_its_fields(name: str) -> None:
    words = papers.load(name)
    data = filler.template(words)
    filler.check(data, words)
    assert data == filler.template(words)
    section = Document(io.BytesIO(data)).sections[0]
    assert sorted((round(section.page_width.mm), round(section.page_height.mm))) == [210, 297]
    for grid in (x for x in reader.read(data)[0].items if isinstance(x, PaperTable)):
        assert {sum(c.span for c in row) for row in grid.rows} == {len(grid.widths)}, (
            "every row fills its table"
        )
    carrier = filler.fill(data, words, filled(words))
    assert carrier == filler.fill(data, words, filled(words))
    assert "{{" not in text_of(carrier) and "{%" not in text_of(carrier)


@pytest.mark.parametrize("value", ODD)
def test_what_a_person_wrote_comes_out_as_text(value: str) -> None:
    data = filler.fill(
        filler.template(RESULTS),
        RESULTS,
        filled(RESULTS)
        | {"題名": value, "意見一覧": [dict.fromkeys(RESULTS.fields["意見一覧"], value)]},
    )
    assert Document(io.BytesIO(data)).tables
    grid = next(
        x for x in reader.read(data)[0].items if isinstance(x, PaperTable) and len(x.widths) == 5
    )
    assert grid.rows[1][2].text == value
    assert f"{value}の結果について" in text_of(data)


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        max_size=30,
    )
)
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_survives_word(value: str) -> None:
    small = papers.Wording(
        "opinion-form",
        "試し",
        "consultation",
        {"題名": "題名"},
        "　{{ 題名 }}。\n|= 80 80\n| あ | {{ 題名 }}",
        False,
        10.5,
        "試し",
    )
    sheet, _ = reader.read(filler.fill(filler.template(small), small, {"題名": value}))
    grid = next(x for x in sheet.items if isinstance(x, PaperTable))
    assert grid.rows[0][1].text == value


def edited(words: papers.Wording, change) -> bytes:
    book = Document(io.BytesIO(filler.template(words)))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{{ 市町の名 }}", "使えない項目「市町の名」"),
        ("{% for 意見 in 意見一覧 %}{{ 意見.住所 }}{% endfor %}", "使えない項目「住所」"),
        ("{{ 題名", "書き方に誤り"),
        ("{%p if 題名 %}", "書き方に誤り"),
        ("{% for x in 題名 %}{{ x }}{% endfor %}", "一覧の項目にだけ"),
        ("{{ 題名.__class__ }}", "使えない項目「__class__」"),
        ("{{ 題名.upper() }}", "使えない書き方"),
        ("{% set a = 1 %}", "使えない書き方"),
        ("{{ 題名['a' * 2000000000] }}", "使えない書き方"),  # took the whole memory on 3486151
        ("{{ 題名[題名] }}", "使えない書き方"),
        (
            "{% for 意見 in 意見一覧 if lipsum(1000) %}{% endfor %}",
            "使えない書き方",
        ),  # the condition was not looked at
        ("{% for a in 意見一覧 if 秘密 %}{% endfor %}", "使えない項目「秘密」"),
        (
            "{% for a in 意見一覧 %}{% for b in 意見一覧 %}{% for c in 意見一覧 "
            "%}{% for d in 意見一覧 %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
            "4重",
        ),
        ("｛｛題名｝｝", "全角"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_in_one_sentence(line: str, said: str) -> None:
    bad = edited(RESULTS, lambda book: book.add_paragraph(line))
    for act in (
        lambda: filler.check(bad, RESULTS),
        lambda: filler.fill(bad, RESULTS, filled(RESULTS)),
    ):
        with pytest.raises(PiaError) as e:
            act()
        assert (
            said in str(e.value)
            and RESULTS.title in str(e.value)
            and str(e.value).endswith("。")
            and "\n" not in str(e.value)
        )


def test_a_field_in_a_footer_is_checked_and_filled_too() -> None:
    def foot(text: str):
        return lambda book: book.sections[0].footer.add_paragraph(text)

    with pytest.raises(PiaError, match="使えない項目「秘密」"):
        filler.check(edited(RESULTS, foot("{{ 秘密 }}")), RESULTS)
    carrier = filler.fill(
        edited(RESULTS, foot("{{ 題名 }}")), RESULTS, filled(RESULTS) | {"題名": "<A & B>"}
    )
    assert "<A & B>" in [
        p.text for p in Document(io.BytesIO(carrier)).sections[0].footer.paragraphs
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("attachedTemplate", "文書テンプレート"), ("image", "外にある図"), ("oleObject", "oleObject")],
)
def test_a_template_that_points_out_of_its_file_is_refused(kind: str, said: str) -> None:
    """Word would ask the other machine for it whenever the paper is opened; taken on 3486151."""

    def pointing(book):
        book.part.relate_to(
            "file://server/share/normal.dotm",
            f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}",
            is_external=True,
        )

    with pytest.raises(PiaError, match=said):
        filler.check(edited(RESULTS, pointing), RESULTS)


def test_a_template_may_hold_a_link(tmp_path) -> None:
    def linking(book):
        book.part.relate_to(
            "https://www.city.example.jp/",
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink",
            is_external=True,
        )

    filler.check(edited(RESULTS, linking), RESULTS)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04rubbish", b"%PDF-1.7", b"x" * 100])
def test_what_is_no_word_file_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(PiaError, match="Word文書") as e:
        filler.check(data, RESULTS)
    assert str(e.value).endswith("。")


def test_a_city_may_word_and_dress_a_paper_its_own_way() -> None:
    def own(book) -> None:
        p = book.add_paragraph("")
        for part in ("担当は", "{{ ", "担当", "課 }}", "です。"):  # as Word cuts it
            p.add_run(part).font.size = Pt(14)

    read, problems = reader.read(
        filler.fill(edited(RESULTS, own), RESULTS, filled(RESULTS) | {"担当課": "水道課"})
    )
    assert not problems
    last = next(x for x in read.items if isinstance(x, Para) and "担当は" in x.text)
    assert last.text == "担当は水道課です。" and last.runs[0].size == 14


def test_what_our_pdf_cannot_show_is_named() -> None:
    def numbered(book) -> None:
        p = book.add_paragraph("番号つき")
        p.style = book.styles["List Number"]
        p._p.get_or_add_pPr().get_or_add_numPr()

    _, problems = reader.read(edited(RESULTS, numbered))
    assert ["自動の段落番号" in p.sentence for p in problems] == [True]


ALL = WrittenPaper(
    "見本",
    (
        para("見出し", bold=True, size=14.0, align="center", level=1, keep=True),
        para("　字下げした段落。", after=6.0),
        Para(
            (Run("下"), Run("線", underline=True), Run("太", bold=True)),
            "right",
            left=21.0,
            first=-10.5,
        ),
        PaperTable(
            (100.0, 200.0),
            (
                (PaperCell((para("頭"),), "E4E9EF"), PaperCell((para("頭"),))),
                (PaperCell((para("一\n二"), para("三")), span=2),),
            ),
            heads=1,
        ),
        Break(),
        para("次のページ"),
    ),
)


def test_a_paper_comes_back_from_word_as_it_was() -> None:
    assert reader.read(writer.write(ALL)) == (ALL, ())


def test_the_zip_has_fixed_dates_and_no_name_of_a_person() -> None:
    data = writer.write(ALL)
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        assert {i.date_time for i in z.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        core = z.read("docProps/core.xml").decode()
    assert "python-docx" not in core and "<dc:creator></dc:creator>" in core.replace(
        "<dc:creator/>", "<dc:creator></dc:creator>"
    )
    fonts = Document(io.BytesIO(data)).styles.element.find(
        f".//{qn('w:docDefaults')}//{qn('w:rFonts')}"
    )
    assert fonts.get(qn("w:eastAsia")) == "ＭＳ 明朝"


def test_a_long_table_repeats_its_heads_and_loses_no_row() -> None:
    rows = tuple(
        (PaperCell((para(f"{i}番"),)), PaperCell((para("長い文。" * (i % 40)),)))
        for i in range(120)
    )
    head = (PaperCell((para("あたま"),)), PaperCell((para("内容"),)))
    data = as_pdf.write(
        WrittenPaper("長い表", (PaperTable((80.0, 380.0), (head, *rows), heads=1),))
    )
    pages = pdf_pages(data)
    assert len(pages) > 3 and all("あたま" in p for p in pages)
    assert [i for i in range(120) if f"{i}番" not in "".join(pages)] == []


def pdf_pages(data: bytes) -> list[str]:
    import shutil
    import subprocess

    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext がありません（apt-get install poppler-utils）。")
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True
    )
    return done.stdout.decode().split("\f")[:-1]


def refers_to(*names: str) -> Para:
    """A line that says the page of each paragraph of these names."""
    runs = []
    for name in names:
        runs += [Run("", page_of=name), Run("・")]
    return Para(tuple(runs))


def test_a_paper_says_on_which_page_its_paragraphs_stand() -> None:
    long = [para(f"本文{number}") for number in range(70)]
    near = Para((Run("近い章"),), level=1, keep=True, name="near")
    far = Para((Run("遠い章"),), level=1, keep=True, name="far")
    items = (refers_to("near", "far", "nowhere"), near, *long, far, para("終わり"))
    sheet = WrittenPaper("目次", items)
    pages = pdf_pages(as_pdf.write(sheet))
    where = next(index for index, page in enumerate(pages, 1) if "遠い章" in page)
    assert where > 1 and f"1・{where}・・" in pages[0]
    data = writer.write(as_pdf.with_pages(sheet))
    body = Document(io.BytesIO(data)).element.body
    asked = {field.get(qn("w:instr")): text_in(field) for field in body.iter(qn("w:fldSimple"))}
    assert asked == {" PAGEREF near ": "1", " PAGEREF far ": f"{where}", " PAGEREF nowhere ": ""}


def text_in(element) -> str:
    return "".join(node.text for node in element.iter(qn("w:t")))


def test_a_bookmark_ends_where_it_began() -> None:
    """Word drops one whose end has another number than its beginning."""
    named = Para((Run("前", mark="delete"), Run("後", mark="insert")), name="one")
    book = Document(io.BytesIO(writer.write(WrittenPaper("印", (named, named)))))
    begun = [mark.get(qn("w:id")) for mark in book.element.body.iter(qn("w:bookmarkStart"))]
    ended = [mark.get(qn("w:id")) for mark in book.element.body.iter(qn("w:bookmarkEnd"))]
    assert begun == ended and len(set(begun)) == 2


def test_equal_lists_are_equal_files() -> None:
    """No clock of the machine stands in a list."""
    head, lines = ("名称", "年度"), [("渡船の割引", "令和8年度")]
    first = list_xlsx.workbook("記録の一覧", head, lines)
    time.sleep(1.1)
    assert list_xlsx.workbook("記録の一覧", head, lines) == first
