"""Figures drawn: every text stands in the picture, marks are more than colour, both sides share
a scale, and the figure is said in words."""

from __future__ import annotations

import random
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pia import forms
from pia.actions.sources import Source
from pia.actions.workplace import Press
from pia.documents import figures
from pia.documents.pdf import archive, assessment
from pia.documents.text import html as text_html
from pia.documents.text import page
from pia.documents.workbook_in import reader
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import items
from pia.domain.document.tree import Node, Tree

from ..domain.trees import FORM, a_tree
from . import test_figures
from .papers import needs_poppler, text

PATH = ("B1", "F", "a", "1")
DESK = {"type": "box", "text": "区役所\n保険年金課窓口", "x": 190, "y": 200, "w": 115, "h": 60}
PERSON = {"type": "box", "text": "被保険者", "x": 10, "y": 200, "w": 100, "h": 60}
ASK = {"type": "arrow", "text": "", "x": 110, "y": 222, "w": 80, "h": 0}
LABEL = {"type": "label", "text": "①支給申請", "x": 119, "y": 200, "w": 66, "h": 18}
NEW = {
    "type": "label",
    "text": "口座登録・連携ファイル関係情報（給付システムへ）",
    "x": 400,
    "y": 20,
    "w": 150,
    "h": 40,
}
FORM_ = forms.load(FORM)


def tree(*shapes: dict[str, Any]) -> Tree:
    return items.build(FORM_, [(PATH, {"shapes": list(shapes)})])


def node(*shapes: dict[str, Any]) -> Node:
    found = tree(*shapes).find(PATH)
    assert found is not None
    return found


def both(old: Tree, new: Tree) -> tuple[figures.Picture, figures.Picture]:
    return figures.compared(old.find(PATH), new.find(PATH), compare(old, new))


def said(p: figures.Picture) -> str:
    return "".join(w.text for w in p.parts if isinstance(w, figures.FigureWords))


@pytest.mark.parametrize("seed", range(40))
def test_every_text_of_any_figure_is_drawn_within_the_picture(seed: int) -> None:
    rng = random.Random(seed)
    shapes = [
        {
            "type": rng.choice(("box", "label", "arrow")),
            "text": "".join(
                rng.choice("国保給付システムABC 12\n、。") for _ in range(rng.randint(0, 60))
            ),
            "x": rng.randint(-200, 900),
            "y": rng.randint(-50, 600),
            "w": rng.randint(-200, 300),
            "h": rng.randint(-100, 200),
        }
        for _ in range(rng.randint(1, 9))
    ]
    p = figures.picture(node(*shapes))
    shown = said(p).replace(" ", "")
    for s in shapes:
        for part in s["text"].split():
            assert part[:1] in shown
    assert sorted(
        "".join(str(s["text"]) for s in shapes).replace(" ", "").replace("\n", "")
    ) == sorted(shown)


def test_words_break_where_japanese_may() -> None:
    text = "国の情報、市の情報、県の情報。" * 4
    lines = [text[a:b] for a, b in figures.wrapped(text, 60, 12)]
    assert "".join(lines) == text and len(lines) > 8 and not [x for x in lines if x[0] in "、。"]


def test_what_is_new_is_framed_twice_tagged_and_never_only_coloured() -> None:
    old, new = both(tree(DESK, PERSON, ASK, LABEL), tree(DESK, PERSON, ASK, LABEL, NEW))
    assert (old.left, old.top, old.width, old.height) == (new.left, new.top, new.width, new.height)
    assert "【追加】" in said(new) and "【" not in said(old)
    assert [b.mark for b in new.parts if isinstance(b, figures.FigureBox) and not b.framed] == [
        "added"
    ]
    shown = (
        page.environment()
        .from_string('{% import "macros/marks.html" as marks %}{{ marks.drawing(p, "題", "x") }}')
        .render(p=new)
    )
    assert (
        shown.count("<rect") == 4
        and "【追加】" in shown
        and "&#34;" not in shown.split("<defs>")[0]
    )


def test_what_is_gone_is_dashed_and_tagged_on_the_old_side() -> None:
    old, new = both(tree(DESK, PERSON, ASK), tree(DESK, PERSON))
    assert (
        [a.mark for a in old.parts if isinstance(a, figures.Arrow)] == ["removed"]
        and "【削除】" in said(old)
        and "【" not in said(new)
    )


def test_changed_words_are_marked_word_by_word() -> None:
    old, new = both(
        tree(DESK, {**NEW, "text": "口座の情報を登録する"}),
        tree(DESK, {**NEW, "text": "口座の情報を連携する"}),
    )
    runs = [
        r for p in (old, new) for w in p.parts if isinstance(w, figures.FigureWords) for r in w.runs
    ]
    assert (
        ("登録", "delete") in runs
        and ("連携", "insert") in runs
        and ("口座の情報を", "equal") in runs
    )


def test_a_figure_is_said_in_words() -> None:
    lines = figures.spoken(node(DESK, PERSON, ASK, LABEL))
    assert "矢印：「被保険者」から「区役所 保険年金課窓口」へ" in lines
    assert any(x.startswith("枠（") and "被保険者" in x for x in lines) and any(
        x.startswith("文字（") and "①支給申請" in x for x in lines
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_accessible_page_says_everything_and_is_well_made(seed: int) -> None:
    from lxml import html

    generated = a_tree(random.Random(seed), share=0.4)
    shown = text_html.write(generated, FORM_, title="題名＜&＞", ref="x@1")
    page = html.document_fromstring(shown)
    assert (
        page.get("lang") == "ja"
        and len(page.findall(".//h1")) == 1
        and not page.findall(".//script")
        and page.find(".//nav") is not None
    )
    ids = [e.get("id") for e in page.iter() if isinstance(e.tag, str) and e.get("id")]
    assert len(ids) == len(set(ids))
    levels = [int(e.tag[1]) for e in page.iter("h1", "h2", "h3", "h4")]
    assert all(b <= a + 1 for a, b in pairwise(levels)), levels
    assert all(
        t.find("./thead/tr/th[@scope='col']") is not None and t.find("caption") is not None
        for t in page.iter("table")
    )
    whole = "".join(page.find(".//main").text_content().split())
    for path, answer in items.answers(generated):
        if isinstance(answer, str):
            assert "".join(answer.split()) in whole, path
    assert page.xpath("//*[@id='Ⅰ１②']") and "http" not in shown.replace("http://www.w3.org", "")


@needs_poppler
@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="soffice is missing: install libreoffice-calc-nogui"
)
def test_an_imported_drawing_is_shown_as_its_author_made_it(tmp_path: Path) -> None:
    from pia.actions.output import printing
    from pia.documents.pdf import libreoffice

    body = test_figures.anchor(
        6, test_figures.shape("区役所の窓口", test_figures.place(60, 120, 100, 40))
    )
    body += test_figures.anchor(
        20, test_figures.shape("𠮷野システム", test_figures.place(60, 320, 120, 40))
    )
    got = reader.read(
        test_figures.foreign({"B2": "（別添1）事務の内容"}, body), FORM_, name="x.xlsx", child=False
    )
    figure = next(n for n in got.tree.find(("B1", "F")).children[0].children if n.kind == "figure")
    page_ = libreoffice.drawn(figure, next(iter(got.blobs.values())), "soffice")
    assert page_ is not None and "𠮷野システム" in text(page_, tmp_path)
    assert libreoffice.drawn(figure, b"", "/nowhere/soffice") is None
    made = printing.printing(Press(), Source("x@1", got.tree, FORM_, "題名", "x", (), got.blobs))
    assert archive.verdict(made.data) == "pass" and "𠮷野システム" in text(made.data, tmp_path)
    again = assessment.write(
        got.tree, FORM_, title="題名", drawings={figure.value["drawing"]: page_}
    )
    assert (
        again.data
        == assessment.write(
            got.tree, FORM_, title="題名", drawings={figure.value["drawing"]: page_}
        ).data
    )


def test_a_card_of_a_figure_says_it_in_words_too() -> None:
    old, new = tree(DESK), tree(DESK, NEW)
    assert [s.where for s in describe(FORM_, compare(old, new), old, new)] == [
        "図の右上に「口座登録・連携ファイル関係情報（給付システムへ）」を追加"
    ]
