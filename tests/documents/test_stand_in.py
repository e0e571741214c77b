"""The project's stand-ins for the commission's blanks: every item has its place, what is filled in
reads back to the letter, and what it is stands on every page."""

from __future__ import annotations

import random
from io import BytesIO

import openpyxl
import pytest

from pia import forms
from pia.documents.carrier import filler, fitness
from pia.documents.workbook_in import reader
from pia.documents.workbook_in.stamps import STAND_IN
from pia.documents.workbook_out import stand_in, writer
from pia.domain.document.tree import Tree

from ..domain.trees import a_tree
from .books import by_place

FORMS = [form for form in forms.known() if not form.startswith("plan")]


@pytest.mark.parametrize("form_id", FORMS)
def test_every_item_of_a_form_has_its_place(form_id: str) -> None:
    form = forms.load(form_id)
    blank = stand_in.blank(form)
    assert fitness.check(blank, form) == []
    read = reader.read(blank)
    assert (read.form, read.stand_in, read.ours) == (form_id, True, False)
    assert read.tree == Tree(form_id) and blank == stand_in.blank(form)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form_id", FORMS)
def test_what_is_filled_in_reads_back(form_id: str, seed: int) -> None:
    form = forms.load(form_id)
    tree = a_tree(random.Random(seed), form_id, share=0.3)
    filled = filler.fill(stand_in.blank(form), tree, form)
    read = reader.read(filled.data)
    assert (read.stand_in, read.ours) == (True, False)
    assert not filled.errors and by_place(read.tree, form) == by_place(tree, form)


@pytest.mark.parametrize("form_id", FORMS)
def test_it_says_on_every_page_that_it_is_not_the_commissions(form_id: str) -> None:
    form = forms.load(form_id)
    book = openpyxl.load_workbook(BytesIO(stand_in.blank(form)))
    cover = book.worksheets[0]
    assert any(STAND_IN in str(cell.value) for row in cover.iter_rows() for cell in row)
    for sheet in book.worksheets:
        assert STAND_IN in (sheet.oddHeader.right.text or ""), sheet.title


def test_our_layout_for_checking_is_no_stand_in() -> None:
    tree = a_tree(random.Random(1), "basic_item@平成31年1月", share=0.3)
    ours = reader.read(writer.write(tree, forms.load(tree.form), title="確認"))
    assert ours.ours and not ours.stand_in
