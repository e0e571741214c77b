"""PDFs: valid PDF/A, every word copyable, no line begins with 、。」, nothing leaves the page or
lies on another, equal input gives equal bytes, the page map is true."""

from __future__ import annotations

import io
import os
import random
import re
import shutil
from pathlib import Path

import pikepdf
import pytest

from pia import forms
from pia.actions import demo
from pia.documents.pdf import archive, assessment, comparison
from pia.documents.pdf.archive import Attached
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError

from ..domain.trees import FORM, a_tree, revised
from .papers import keep, letters, needs_poppler, text, words

FORM_ = forms.load(FORM)
DATA = Attached("assessment.json", b'{"a": 1}', "application/json", "交換用データ")
TITLE = "後期高齢者医療に関する事務"


@pytest.fixture(scope="module")
def paper() -> tuple[Tree, assessment.Paper]:
    tree = demo.assessment("elderly-medical")
    printed = assessment.write(tree, FORM_, title=TITLE, stamp="（案）", attached=DATA)
    keep("full", printed.data, "1-12")
    return tree, printed


@needs_poppler
def test_every_answer_can_be_copied_and_stands_on_its_page(
    paper: tuple[Tree, assessment.Paper], tmp_path: Path
) -> None:
    tree, printed = paper
    pages = [letters(p) for p in text(printed.data, tmp_path).split("\f")]
    whole = "".join(pages)
    assert printed.count == len(pages) - 1 and not printed.missing
    for path, answer in items.answers(tree):
        if isinstance(answer, str):
            first = letters(answer)[:6]
            assert first in pages[printed.pages[path] - 1] or first in whole, path
    item = ("II", "file-elderly", "6", "1")
    assert letters(items.text_of(tree.find(item)))[:14] in pages[printed.pages[item] - 1]


def test_it_is_an_archival_document_with_its_data_attached(
    paper: tuple[Tree, assessment.Paper],
) -> None:
    assert archive.verdict(paper[1].data) == "pass"
    with pikepdf.open(io.BytesIO(paper[1].data)) as pdf:
        assert (
            pdf.Root.Lang == "ja-JP"
            and pdf.docinfo["/Title"] == TITLE
            and pdf.Root.ViewerPreferences.DisplayDocTitle
        )
        spec = pdf.attachments["assessment.json"]
        assert spec.get_file().read_bytes() == DATA.data and spec.get_file().mime_type == DATA.mime
        assert spec.description == DATA.about and spec.obj.AFRelationship == "/Source"
        assert [int(n) if isinstance(n, int) else n["/S"] for n in pdf.Root.PageLabels.Nums] == [
            0,
            "/D",
        ]
        fonts = {str(f.BaseFont) for page in pdf.pages for f in page.Resources.Font.values()}
        # A font for each weight, however many letters it has.
        assert len(fonts) == 2
        assert {name.split("+")[-1] for name in fonts} == {"NotoSansJP-Regular", "NotoSansJP-Bold"}
        with pdf.open_outline() as outline:
            titles = [i.title for i in outline.root]
            assert (
                titles[0] == "表紙"
                and "Ⅳ　その他のリスク対策" in titles
                and any(i.children for i in outline.root)
            )
            number = {p.objgen: n for n, p in enumerate(pdf.pages, 1)}
            part = next(i for i in outline.root if i.title.startswith("Ⅳ"))
            assert number[part.destination[0].objgen] == paper[1].pages[("IV",)]


@needs_poppler
def test_the_list_of_parts_says_their_pages_and_leads_there(
    paper: tuple[Tree, assessment.Paper], tmp_path: Path
) -> None:
    page = paper[1].pages[("TOC",)]
    lines = [
        letters(x)
        for x in text(
            paper[1].data, tmp_path, "-f", str(page), "-l", str(page), "-layout"
        ).splitlines()
    ]
    for key, said in ((("IV",), "Ⅳ その他のリスク対策"), (("B3",), "（別添3）変更箇所")):
        assert f"{letters(said)}{paper[1].pages[key]}" in lines
    with pikepdf.open(io.BytesIO(paper[1].data)) as pdf:
        number = {p.objgen: n for n, p in enumerate(pdf.pages, 1)}
        assert paper[1].pages[("IV",)] in [
            number[a.Dest[0].objgen] for a in pdf.pages[page - 1].Annots
        ]


@needs_poppler
def test_no_line_begins_with_what_may_not_begin_one(
    paper: tuple[Tree, assessment.Paper], tmp_path: Path
) -> None:
    lines = text(paper[1].data, tmp_path, "-layout").splitlines()
    assert len(lines) > 1000
    assert not [line for line in lines if re.match(r"\s*[、。」』）】ー]", line)]


@needs_poppler
def test_nothing_leaves_the_margins_and_no_words_lie_on_others(
    paper: tuple[Tree, assessment.Paper], tmp_path: Path
) -> None:
    sizes, placed_words = words(paper[1].data, tmp_path)
    assert {(round(w), round(h)) for w, h in sizes} == {(595, 842), (842, 595)}
    for w in placed_words:
        width, height = sizes[w.page - 1]
        assert w.left >= 44 and w.right <= width - 44 and w.top >= 20 and w.bottom <= height - 18, w
    for n, (_, height) in enumerate(sizes, 1):
        mine = [w for w in placed_words if w.page == n]
        edges = [w for w in mine if w.bottom < 46 or w.top > height - 40]
        for i, a in enumerate(edges):
            for b in (x for x in mine if x is not a and (x not in edges or edges.index(x) > i)):
                assert (
                    a.right <= b.left + 0.5
                    or b.right <= a.left + 0.5
                    or a.bottom <= b.top + 3
                    or b.bottom <= a.top + 3
                ), (a, b)
        assert any(w.text == str(n) for w in edges) and any(
            w.text.endswith(str(len(sizes))) for w in edges
        ), n


@needs_poppler
def test_lines_of_one_answer_do_not_overlap(
    paper: tuple[Tree, assessment.Paper], tmp_path: Path
) -> None:
    _, placed_words = words(paper[1].data, tmp_path)
    page = paper[1].pages[("I", "1", "2")]
    mine = sorted((w for w in placed_words if w.page == page), key=lambda w: (w.top, w.left))
    for i, a in enumerate(mine):
        for b in mine[i + 1 :]:
            if b.top >= a.bottom:
                break
            overlap = (
                min(a.right, b.right) - max(a.left, b.left) > 1
                and min(a.bottom, b.bottom) - max(a.top, b.top) > 4
            )
            assert not overlap, (a, b)


def test_equal_input_gives_equal_bytes(paper: tuple[Tree, assessment.Paper]) -> None:
    assert (
        assessment.write(paper[0], FORM_, title=TITLE, stamp="（案）", attached=DATA).data
        == paper[1].data
    )


@needs_poppler
def test_the_stamp_stands_on_the_cover_and_at_every_head(
    paper: tuple[Tree, assessment.Paper], tmp_path: Path
) -> None:
    pages = text(paper[1].data, tmp_path).split("\f")[:-1]
    assert all("（案）" in p for p in pages)


@needs_poppler
def test_rare_and_invisible_characters_copy_as_what_they_are(tmp_path: Path) -> None:
    for rare in ("𠮷野・髙橋・山﨑・葛\U000e0100城・辻\ufe00・x\u200by", "葛\U000e0100城"):
        tree = items.build(FORM_, [(("C", "2"), rare)])
        printed = assessment.write(tree, FORM_, title="t")
        assert not printed.missing and rare in text(printed.data, tmp_path)


@needs_poppler
def test_a_second_document_has_its_own_characters(tmp_path: Path) -> None:
    for said in ("甲乙丙丁", "鬱蒼霹靂", "甲乙丙丁"):
        tree = items.build(FORM_, [(("C", "2"), said)])
        assert said in text(assessment.write(tree, FORM_, title="t").data, tmp_path)


def test_a_character_no_face_has_is_named_with_its_place_and_nothing_is_made() -> None:
    tree = items.build(FORM_, [(("C", "2"), "文字\U0010fffd")])
    printed = assessment.write(tree, FORM_, title="t")
    assert printed.missing == (("\U0010fffd", "表紙 評価書名"),) and printed.data == b""
    described = describe(FORM_, compare(Tree(FORM), tree), Tree(FORM), tree)
    with pytest.raises(PiaError, match=r"U\+10FFFD"):
        comparison.comparison(described, title="t", old="a", new="b")


@needs_poppler
def test_blank_items_and_all_options_are_printed(tmp_path: Path) -> None:
    tree = items.build(
        FORM_,
        [
            (("I", "1", "3"), "30万人以上"),
            (("I", "2", "S", "s", "3"), ["庁内連携システム", {"その他（　）": "健診システム"}]),
        ],
    )
    printed = assessment.write(tree, FORM_, title="t")
    whole = letters(text(printed.data, tmp_path, "-raw"))
    assert "[30万人以上]" in whole and "＜選択肢＞" in whole and "1)1,000人未満" in whole
    assert (
        "[○]庁内連携システム" in whole
        and "[○]その他（健診システム）" in whole
        and "[]税務システム" in whole
    )
    assert "③消去方法" not in whole and "（記載なし）" in whole  # no ファイル yet
    assert printed.pages[("V", "1", "1")] and letters("①請求先") in whole


@pytest.mark.parametrize("form", [f for f in forms.known()])
def test_every_form_can_be_printed_blank(form: str) -> None:
    printed = assessment.write(Tree(form), forms.load(form), title="様式")
    assert archive.verdict(printed.data) == "pass" and printed.count >= 2
    keep(f"blank-{form.replace('@', '-')}", printed.data, "1-2")


@pytest.mark.parametrize("seed", range(3))
def test_any_tree_and_any_comparison_can_be_printed(seed: int) -> None:
    rng = random.Random(seed)
    old = a_tree(rng)
    new = revised(rng, old)
    assert assessment.write(new, FORM_, title="t").count > 1
    described = describe(FORM_, compare(old, new), old, new)
    figures = {
        s.item_path: (old.find(s.item_path), new.find(s.item_path)) for s in described if s.where
    }
    pages = {s.item_path: {"old": 1, "new": 2} for s in described}
    data = comparison.comparison(
        described,
        title="t",
        old="a",
        new="b",
        beside=comparison.Beside(pages=pages, figures=figures),
    )
    assert archive.verdict(data) == "pass"
    assert data == comparison.comparison(
        described,
        title="t",
        old="a",
        new="b",
        beside=comparison.Beside(pages=pages, figures=figures),
    )


@needs_poppler
def test_a_very_long_answer_is_not_cut(tmp_path: Path) -> None:
    cell = "".join("国民健康保険情報提供"[i % 10] + "あいうえおかきくけ" for i in range(10_000))
    tree = items.build(FORM_, [(("IV", "3"), cell)])
    printed = assessment.write(tree, FORM_, title="t")
    pages = text(printed.data, tmp_path, "-raw").split("\f")
    whole = letters(
        "".join(
            p.replace(assessment.MARK, "", 1)
            .replace("t\n", "", 1)
            .replace(f"{n} / {printed.count}", "", 1)
            for n, p in enumerate(pages, 1)
        )
    )
    assert printed.count > 50 and cell in whole


@needs_poppler
@pytest.mark.parametrize(
    ("columns", "sizes"),
    [(2, [(842, 595)]), (6, [(842, 595)] * 2), (11, [(1191, 842)] * 2)],
)
def test_no_letter_of_a_figure_is_too_low_to_be_read(
    columns: int, sizes: list[tuple[int, int]], tmp_path: Path
) -> None:
    """Beside each other, else on two pages, else on A3."""

    def drawn(last: str) -> Tree:
        shapes = []
        for index in range(columns * 2):
            place = {"x": 130 * (index % columns), "y": 90 * (index // columns)}
            words = last if index == 0 else f"{index}番の課が受け取る"
            shapes.append({**BOX, **place, "w": 120, "h": 60, "text": words})
        return items.build(FORM_, [(("B1", "F", "a", "1"), {"shapes": shapes})])

    old = drawn("窓口で受ける")
    new = drawn("電子申請で受ける")
    described = describe(FORM_, compare(old, new), old, new)
    figures = {
        each.item_path: (old.find(each.item_path), new.find(each.item_path)) for each in described
    }
    beside = comparison.Beside(figures=figures)
    data = comparison.comparison(described, title="図", old="", new="", beside=beside)
    pages, found = words(data, tmp_path)
    assert [(round(wide), round(high)) for wide, high in pages][-len(sizes) :] == sizes
    assert len(pages) == 1 + len(sizes)
    boxes = [word for word in found if word.page > 1 and "番の課" in word.text]
    assert len(boxes) >= 2 * (columns * 2 - 1)
    assert min(word.bottom - word.top for word in boxes) >= comparison.READABLE - 0.1


@needs_poppler
def test_a_comparison_has_its_marks_pages_and_figures(tmp_path: Path) -> None:
    old = items.build(
        FORM_, [(("IV", "3"), "データを消去する。"), (("B1", "F", "a", "1"), {"shapes": [BOX]})]
    )
    new = items.build(
        FORM_,
        [
            (("IV", "3"), "データの復元がなされないよう対応する。"),
            (("B1", "F", "a", "1"), {"shapes": [BOX, {**BOX, "text": "新しい箱", "x": 400}]}),
        ],
    )
    described = describe(FORM_, compare(old, new), old, new)
    figures = {
        s.item_path: (old.find(s.item_path), new.find(s.item_path)) for s in described if s.where
    }
    data = comparison.comparison(
        described,
        title="新旧対照表",
        old="a@1",
        new="a@2",
        beside=comparison.Beside(pages={("IV", "3"): {"old": 46, "new": 47}}, figures=figures),
    )
    keep("comparison", data)
    whole = text(data, tmp_path)
    assert (
        "前 46" in whole
        and "後 47" in whole
        and "【追加】" in whole
        and "新しい箱" in letters(whole)
    )
    sizes, placed_words = words(data, tmp_path)
    assert all(w.left >= 44 and w.right <= sizes[w.page - 1][0] - 44 for w in placed_words)


BOX = {"type": "box", "text": "窓口", "x": 20, "y": 20, "w": 120, "h": 50}


def test_a_change_table_is_an_archival_document_too() -> None:
    rows = [
        {
            "date": "令和6年9月2日",
            "citation": "Ⅱ６①",
            "before": "前" * 3000,
            "after": "後" * 3000,
            "timing": "事前",
            "explanation": "重要な変更",
        }
    ]
    data = comparison.change_table(rows, title="変更箇所")
    keep("change-table", data)
    assert archive.verdict(data) == "pass"


@pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="pdftoppm is missing: install poppler-utils"
)
def test_pictures_of_the_papers_are_there_to_be_looked_at(
    paper: tuple[Tree, assessment.Paper],
) -> None:
    from .papers import ARTIFACTS

    assert (ARTIFACTS / "full.pdf").read_bytes() == paper[1].data and list(
        ARTIFACTS.glob("full-*.png")
    )


def test_the_same_letters_at_the_same_time_are_the_same_bytes() -> None:
    """Documents share a face while they are built in several threads; each gets its own whole
    paper with the letters it prints."""
    import threading

    from pia.documents.pdf.fonts import typeface
    from pia.documents.pdf.text import build, plain, style

    made: dict[int, bytes] = {}

    def one(n: int) -> None:
        face = typeface(["同じ文字の文書　試し"])
        made[n] = build(
            plain("同じ文字の文書　" * 300, style(face, 10)), face, title="試し", header="試し"
        )

    threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(made) == 4 and len(set(made.values())) == 1


def test_a_letter_is_drawn_once_and_documents_do_not_depend_on_those_before() -> None:
    from pia.documents.pdf.fonts import Weight

    first, second = ["住民票の写し", "住民票と戸籍𠮷\ufe00"]
    used, new = Weight(400), Weight(400)
    used.cut(first)
    count = len(used.drawn)
    assert used.cut(second) == new.cut(second)
    drawn = set(second) - {"\ufe00"}
    assert len(used.drawn) == count + len(drawn - set(first))
    assert len(new.drawn) == 1 + len(drawn)


def _file_of(words: str, at: Path) -> str:
    """A TrueType file as a city may have one, with these letters."""
    from importlib.resources import files

    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    whole = files("justmytype_intl_cjk") / "fonts/ofl/notosansjp/NotoSansJP[wght].ttf"
    face = TTFont(io.BytesIO(whole.read_bytes()))
    cut = subset.Subsetter(subset.Options(layout_features=[]))
    cut.populate(text=words)
    cut.subset(face)
    instantiateVariableFont(face, {"wght": 400}, inplace=True)
    face.save(at)
    return str(at)


@needs_poppler
def test_a_city_prints_in_its_own_typeface(tmp_path: Path) -> None:
    from pia.documents.pdf.fonts import typeface
    from pia.documents.pdf.text import build, plain, style

    words = "住民票の写しを、窓口で渡す。１ページ"
    letters = f"{words}試し 0123456789/()\\"
    own = (_file_of(letters, tmp_path / "city.ttf"), None)
    face = typeface([f"{words}𠮷\u2603"], own)
    assert face.missing == {"𠮷", "\u2603"}
    made = archive.archive(
        build(plain(words * 40, style(face, 10)), face, title="試し", header="試し(\\)")
    )
    assert archive.verdict(made) == "pass"
    said = text(made, tmp_path, "-raw")
    assert words * 40 in said.replace("\n", "") and "試し(\\)" in said
    first = face.regular
    assert typeface([words], own).regular == first
    os.utime(own[0], ns=(1, 1))
    assert typeface([words], own).regular != first
