"""PDFs: every word copyable, no line begins with 、。」, equal input gives equal bytes, and the page map is true."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pia import forms
from pia.actions import demo
from pia.documents import pdf_changes, pdf_document
from pia.domain import items
from pia.domain.changes import compare
from pia.domain.describe import describe
from pia.domain.tree import Tree

from ..domain.trees import FORM, a_tree, revised

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is missing: install poppler-utils")
FORM_ = forms.load(FORM)


def text(data: bytes, folder: Path, *args: str) -> str:
    (folder / "x.pdf").write_bytes(data)
    return subprocess.run(["pdftotext", *args, str(folder / "x.pdf"), "-"], capture_output=True, check=True).stdout.decode()


def letters(s: str) -> str:
    return re.sub(r"\s", "", s)


@pytest.fixture(scope="module")
def paper() -> tuple[Tree, pdf_document.Paper]:
    tree = demo.assessment("elderly-medical")
    return tree, pdf_document.write(tree, FORM_, title="後期高齢者医療")


@needs_poppler
def test_every_answer_can_be_copied_and_stands_on_its_page(paper: tuple[Tree, pdf_document.Paper], tmp_path: Path) -> None:
    tree, made = paper
    pages = [letters(p) for p in text(made.data, tmp_path).split("\f")]
    whole = "".join(pages)
    assert made.count == len(pages) - 1 and not made.missing
    for path, answer in items.answers(tree):
        if isinstance(answer, str):
            first = letters(answer)[:6]
            assert first in pages[made.pages[path] - 1] or first in whole, path
    item = ("II", "file-elderly", "6", "1")
    assert letters(items.text_of(tree.find(item)))[:14] in pages[made.pages[item] - 1]


@needs_poppler
def test_no_line_begins_with_what_may_not_begin_one(paper: tuple[Tree, pdf_document.Paper], tmp_path: Path) -> None:
    lines = text(paper[1].data, tmp_path, "-layout").splitlines()
    assert len(lines) > 1000
    assert not [line for line in lines if re.match(r"\s*[、。」』）】ー]", line)]


def test_equal_input_gives_equal_bytes(paper: tuple[Tree, pdf_document.Paper]) -> None:
    assert pdf_document.write(paper[0], FORM_, title="後期高齢者医療").data == paper[1].data


@needs_poppler
def test_rare_characters_copy_as_what_they_are(tmp_path: Path) -> None:
    tree = items.build(FORM_, [(("C", "2"), "𠮷野・髙橋・山﨑")])
    assert "𠮷野・髙橋・山﨑" in text(pdf_document.write(tree, FORM_, title="t").data, tmp_path)


@needs_poppler
def test_a_second_document_has_its_own_characters(tmp_path: Path) -> None:
    for words in ("甲乙丙丁", "鬱蒼霹靂", "甲乙丙丁"):
        tree = items.build(FORM_, [(("C", "2"), words)])
        assert words in text(pdf_document.write(tree, FORM_, title="t").data, tmp_path)


def test_a_character_no_face_has_is_named_with_its_place() -> None:
    tree = items.build(FORM_, [(("C", "2"), "文字\U0010fffd")])
    assert pdf_document.write(tree, FORM_, title="t").missing == (("\U0010fffd", "表紙 評価書名"),)


@pytest.mark.parametrize("seed", range(4))
def test_any_tree_and_any_comparison_can_be_printed(seed: int) -> None:
    rng = random.Random(seed)
    old = a_tree(rng)
    new = revised(rng, old)
    assert pdf_document.write(new, FORM_, title="t").count > 1
    said = describe(FORM_, compare(old, new), old, new)
    assert pdf_changes.comparison(said, title="t", old="a", new="b").startswith(b"%PDF")


def test_a_very_long_answer_is_not_cut(tmp_path: Path) -> None:
    tree = items.build(FORM_, [(("IV", "3"), "あいうえおかきくけこ" * 3_000)])
    made = pdf_document.write(tree, FORM_, title="t")
    assert made.count > 10
    if shutil.which("pdftotext"):
        assert letters(text(made.data, tmp_path)).count("あいうえお") >= 2_900
