"""Carriers kept and filled: an imported workbook is its assessment's, a blank is its form's, and
what does not fit is listed and not kept."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pia import forms
from pia.actions import sources
from pia.actions.editing import versions
from pia.actions.output import carriers
from pia.actions.workplace import Workplace
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.act import JST, By
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from pia.store.ledger.log import AuditEntry
from pia.store.rows.papers import Carrier
from tests.documents import foreign
from tests.documents.books import by_place, edited

BY = By("甲野", "drafter", datetime(2026, 4, 1, tzinfo=JST))
FORM = "basic_item@令和6年10月"


@pytest.fixture(scope="module")
def blank() -> bytes:
    return foreign.Writer(random.Random(1), Tree(FORM), {"dense"}).write()


def kept(wp: Workplace) -> tuple[int, int]:
    with wp.store.read() as s:
        return s.scalar(select(func.count(Carrier.id))) or 0, s.scalar(
            select(func.count(AuditEntry.seq)).where(AuditEntry.action == "carrier.register")
        ) or 0


def brought(wp: Workplace, data: bytes, key: str) -> sources.Source:
    source = sources.read_bytes(data, "市の評価書.xlsx")
    versions.bring_in(
        wp,
        BY,
        key,
        versions.Brought(
            source.tree,
            blobs=source.blobs,
            carrier=("市の評価書.xlsx", source.carrier) if source.carrier else None,
        ),
        why="取込み",
    )
    return sources.read_ref(wp, key)


def test_an_imported_workbook_is_the_carrier_of_its_assessment_and_comes_out_as_it_was(
    fresh: Workplace,
) -> None:
    _, city, _ = foreign.make(3, FORM, {"split"})
    source = brought(fresh, city, "kokuho-basic")
    assert kept(fresh) == (1, 0)
    assert carriers.export(fresh, source).data == city


def test_our_own_layout_is_no_carrier(fresh: Workplace, tmp_path: Path) -> None:
    tree, _, _ = foreign.make(3, FORM, {"split"})
    own = writer.write(tree, forms.load(FORM), title="国保")
    brought(fresh, own, "kokuho-basic")
    (tmp_path / "own.xlsx").write_bytes(own)
    with pytest.raises(PiaError, match="確認用"):
        carriers.register(fresh, BY, tmp_path / "own.xlsx")
    assert kept(fresh) == (0, 0)


def test_a_blank_is_filled_where_the_assessment_has_none(
    fresh: Workplace, blank: bytes, tmp_path: Path
) -> None:
    tree, _, _ = foreign.make(5, FORM, set())
    source = brought(fresh, writer.write(tree, forms.load(FORM), title="国保"), "kokuho-basic")
    with pytest.raises(PiaError, match="登録されていません"):
        carriers.export(fresh, source)
    (tmp_path / "様式2.xlsx").write_bytes(blank)
    registered = carriers.register(fresh, BY, tmp_path / "様式2.xlsx")
    assert registered.form == FORM and not registered.errors and kept(fresh) == (1, 1)
    filled = carriers.export(fresh, source)
    assert not filled.errors
    assert by_place(reader.read(filled.data).tree, forms.load(FORM)) == by_place(
        tree, forms.load(FORM)
    )


def test_a_carrier_without_a_place_for_an_item_is_not_kept(fresh: Workplace, blank: bytes) -> None:
    def edit(book) -> None:
        for ws in book.worksheets:
            for row in ws.iter_rows():
                for c in row:
                    if isinstance(c.value, str) and c.value.startswith("②所属長"):
                        c.value = None

    registered = carriers.register_bytes(fresh, BY, edited(blank, edit), "様式2.xlsx")
    assert (
        any("所属長" in p.sentence for p in registered.errors)
        and registered.sha256 == ""
        and kept(fresh) == (0, 0)
    )


def test_with_the_map_it_comes_back_three_way(fresh: Workplace) -> None:
    _, city, _ = foreign.make(3, FORM, {"split"})
    source = brought(fresh, city, "kokuho-basic")
    sent = carriers.export(fresh, source, with_map=True)
    back = sources.read_bytes(sent.data, "戻り.xlsx")
    assert (
        back.base is not None
        and back.base.digest == source.tree.digest
        and back.tree.digest == source.tree.digest
    )
    assert back.key == "kokuho-basic" and not back.carrier
