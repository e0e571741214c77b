"""Workbooks that go out from the desk and come back, whole or not at all."""

from __future__ import annotations

import io
import zipfile

from pia.actions import sources
from pia.actions.editing import items as editing
from pia.actions.viewing import history
from pia.actions.workplace import Workplace
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.document.items import text_of

from ..conftest import NOW
from .client import expect_problem, expect_words
from .test_writing import REF, answer, desk


def test_a_workbook_goes_out_and_comes_back_three_way(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    source = sources.read_ref(drafted, REF)
    edited = items.with_answer(source.form, source.tree, ("IV", "3"), "戻ってきた記載。")
    from pia.documents.ooxml import carried

    body = writer.write(source.tree, source.form, title=source.title, ref=source.ref)
    back = _retyped(body, text_of(source.tree.find(("IV", "3"))), "戻ってきた記載。")
    editing.save_answer(
        drafted,
        demo_by(),
        editing.Opened(REF, ("I", "1", "1"), seen=source.ref),
        "別の人の記載",
        why="別",
    )
    office.bring({"into": REF, "files": (io.BytesIO(back), "戻り.xlsx")})
    assert (
        answer(drafted, "IV/3") == "戻ってきた記載。" and answer(drafted, "I/1/1") == "別の人の記載"
    )
    assert edited and carried


def demo_by():  # type: ignore[no-untyped-def]
    from pia.domain.act import By

    return By("hiratsuka", "secretariat", NOW)


def _retyped(body: bytes, old: str, new: str) -> bytes:
    """The workbook after a colleague wrote over one cell."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(body))
    hits = [
        c
        for ws in book
        for row in ws.iter_rows()
        for c in row
        if c.value == old and not ws.title.startswith("_")
    ]
    assert len(hits) == 1
    hits[0].value = new
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_bad_workbook_takes_nothing_in_and_says_where(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    before = len(history.history(drafted, "nhi-benefits"))
    page = office.get("/import")
    form = office.fields(next(f for f in page.iter("form") if f.get("action") == "/import"))
    form["into"] = REF
    good = writer.write(
        sources.read_ref(drafted, REF).tree, sources.read_ref(drafted, REF).form, title="a"
    )
    sent = form | {"files": [(io.BytesIO(b"PK bad"), "文字.xlsx")]}
    expect_words(office.send("/import", sent, 422), "文字.xlsx")
    torn = io.BytesIO()
    with zipfile.ZipFile(torn, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    sent = form | {"files": [(io.BytesIO(torn.getvalue()), "悪い.xlsx")]}
    expect_problem(office.send("/import", sent, 422), "何も取り込みませんでした")
    two = form | {"files": [(io.BytesIO(good), "良い.xlsx"), (io.BytesIO(good), "次.xlsx")]}
    expect_problem(office.send("/import", two, 422), "1つだけ選んでください。")
    nowhere = form | {"files": (io.BytesIO(good), "良い.xlsx"), "into": ""}
    expect_problem(office.send("/import", nowhere, 422), "「取込み先」を選んでください。")
    assert len(history.history(drafted, "nhi-benefits")) == before
    shown = office.send(
        "/import",
        form | {"files": (io.BytesIO(good), "良い.xlsx"), "look": "1", "_request": "x" * 20},
        200,
    )
    assert (
        "取り込めます" in shown.text_content()
        and len(history.history(drafted, "nhi-benefits")) == before
    )
