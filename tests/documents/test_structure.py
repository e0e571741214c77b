"""What a reader who listens gets of our PDFs: everything drawn is marked, headings step by step,
heads of tables, lists, figures in words, and the words in the order of the paper."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pikepdf
import pytest

from pia import forms
from pia.actions import demo
from pia.documents.papers.attachments import Attachment, attached, merged
from pia.documents.pdf import assessment, pack
from pia.documents.pdf.archive import verdict
from pia.documents.pdf.fonts import MinchoWeight
from pia.documents.pdf.joined import JoinedStructure
from pia.documents.word import as_pdf
from pia.documents.word.model import PaperTable, Para, Run, WrittenPaper, cell, para, words
from pia.domain.document import items

from ..domain.trees import FORM
from . import structures
from .papers import letters, needs_poppler, text

LONG = "住民基本台帳に記録された事項を利用して、保険料を賦課する。" * 60
HEADS = (cell("番号", bold=True, shade="E4E9EF"), cell("内容", bold=True, shade="E4E9EF"))
PAPER = WrittenPaper(
    "二つの市の取決め",
    (
        para("二つの市の取決め", bold=True, size=14, level=1),
        para("目的", bold=True, level=3, keep=True),
        para("この取決めは、年末年始の取扱いを定める。"),
        Para((Run("・一つ目"),), left=10, first=-10),
        Para((Run("・二つ目"),), left=10, first=-10),
        PaperTable(
            (60, 400),
            (HEADS, *((cell(str(n)), cell(f"{n}番目。{LONG}")) for n in range(1, 7))),
            heads=1,
        ),
        PaperTable((60, 400), ((cell("備考", shade="E4E9EF"), cell("")),)),
        PaperTable((60, 400), ((cell("全体に及ぶ一つの欄", span=2),), (cell("左"), cell("右")))),
        para("終わり"),
    ),
)


@pytest.fixture(scope="module")
def written() -> bytes:
    return as_pdf.write(PAPER)


@pytest.fixture(scope="module")
def printed() -> bytes:
    tree = demo.assessment("elderly-medical")
    return assessment.write(tree, forms.load(FORM), title="評価書", stamp="（案）").data


@needs_poppler
def test_a_paper_is_heard_as_it_is_written(written: bytes, tmp_path: Path) -> None:
    assert structures.unmarked(written) == [] and structures.faults(written) == []
    assert structures.heard(written) == letters(words(PAPER))
    assert structures.heard_by_poppler(written, tmp_path) == letters(words(PAPER))
    found = [(depth, str(element.S)[1:]) for depth, element in structures.elements(written)]
    assert {name for _, name in found} == set(
        ["Document", "H1", "H2", "P", "L", "LI", "LBody", "Table", "TR", "TH", "TD"]
    )
    # The heads of the long table stand on each page and in the structure once; a row cut by the
    # end of a page is one row; two tables one below the other are two.
    assert [name for _, name in found].count("Table") == 3
    assert [name for _, name in found].count("TR") == 1 + 6 + 1 + 2
    assert text(written, tmp_path).count("番号") > 1


@needs_poppler
def test_an_assessment_is_heard_in_the_order_of_its_form(printed: bytes, tmp_path: Path) -> None:
    assert structures.unmarked(printed) == [] and structures.faults(printed) == []
    assert {"H1", "H2", "H3", "Table", "TH", "TD", "L", "Figure", "TOCI"} <= structures.tags(
        printed
    )
    heard = structures.heard(printed)
    at = 0
    for path, answer in items.answers(demo.assessment("elderly-medical")):
        if isinstance(answer, str) and path[-1] not in ("number", "title") and len(answer) > 30:
            found = heard.find(letters(answer), at)
            assert found >= 0, path
            at = found
    # All that is printed is said, and said once; but what stands around the 52 pages.
    printed_ = Counter(letters(text(printed, tmp_path, "-raw")))
    around = printed_ - Counter(heard)
    assert not Counter(heard) - printed_
    assert set(around) == set("（案）評価書/0123456789") and around["案"] == 51


@needs_poppler
def test_what_is_put_together_is_heard_part_by_part(written: bytes) -> None:
    foreign = as_pdf.write(WrittenPaper("よそ", (para("よそから来た紙"),)))
    slip = as_pdf.write(WrittenPaper("名簿", (para("名簿", level=1), para("委員は五人とする。"))))
    whole = pack.Pack(
        "一式",
        (
            pack.part_of("", "次第とカード", slip),
            pack.part_of("資料1", "取決め", written),
            pack.part_of("資料2", "よその資料", foreign, foreign=True),
        ),
        (),
        {},
    )
    (volume,) = pack.bind(whole)
    assert verdict(volume.data) == "pass"
    assert structures.unmarked(volume.data, frozenset({whole.total})) == []
    assert structures.faults(volume.data) == []
    assert structures.heard(volume.data) == structures.heard(slip) + structures.heard(written)


def test_a_volume_holds_the_structure_of_its_own_pages(written: bytes) -> None:
    heard = ""
    with pikepdf.open(io.BytesIO(written)) as source:
        count = len(source.pages)
        for index in range(count):
            with pikepdf.new() as volume:
                volume.pages.append(source.pages[index])
                structure = JoinedStructure(volume)
                structure.add(source, "取決め", list(volume.pages))
                structure.end()
                out = io.BytesIO()
                volume.save(out)
            assert structures.unmarked(out.getvalue()) == []
            heard += structures.heard(out.getvalue())
    assert count > 2 and Counter(heard) == Counter(structures.heard(written))


def test_the_papers_of_a_decision_are_heard_with_their_parts(written: bytes) -> None:
    slip = as_pdf.write(WrittenPaper("伺い", (para("伺い"),)))
    whole = merged(slip, [Attachment("取決め", written), attached("写し", slip, "a.pdf")], "起案")
    count = len_(whole)
    assert structures.unmarked(whole, frozenset({count})) == []
    assert structures.faults(whole) == []
    parts = [str(e.T) for _, e in structures.elements(whole) if e.S == "/Part"]
    assert parts == ["起案", "取決め"]


def len_(data: bytes) -> int:
    """How many pages it has."""
    return pack.part_of("", "", data).count


def test_a_written_paper_is_in_mincho_bold_too() -> None:
    pytest.importorskip("pylopdf_fonts_jp")
    sheet = WrittenPaper("取決め", (para("高齢者髙𰻞", bold=True, size=14), para("本文 2026")))
    with pikepdf.open(io.BytesIO(as_pdf.write(sheet))) as pdf:
        fonts = {str(font.BaseFont).split("+")[1] for font in pdf.pages[0].Resources.Font.values()}
    assert fonts == {"NotoSerifJP-Regular", "NotoSerifJP-Bold"}
    # Bold is its letters twice, a letter the 明朝 lacks is the other face's.
    light, bold = MinchoWeight(400), MinchoWeight(700)
    assert len(bold.cut(["高"]).data) > 1.2 * len(light.cut(["高"]).data)
    assert light.width("𰻞") == 1000 and light.width("a") != 1000
