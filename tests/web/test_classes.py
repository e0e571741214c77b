"""機密性の区分 on what is written out of 岬町 (a second story): on files of every kind, in the
city's own words, of what they really hold; a file for the public has none."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import docx
import openpyxl
import pytest

from pia import config, rules
from pia.actions import sources
from pia.actions.issuing import classes, exports
from pia.actions.records import outward
from pia.actions.workplace import Workplace
from pia.documents.ooxml import carried
from pia.documents.papers import class_print
from pia.documents.pdf import archive
from pia.documents.proof import tables
from pia.documents.proof.pdf import read as read_pdf
from pia.documents.workbook_in import reader
from pia.domain.errors import PiaError
from pia.web.application import create_app

from .. import shared
from . import withheld_story as story
from .client import PageClient

WORDS = "取扱注意甲"  # a city's own words
CITY = {"holds": {"withheld": {"says": "非公表の記載", "class": WORDS}}}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    folder = tmp_path_factory.mktemp("misaki-class")
    shutil.copy(shared.blank(), folder / "pia.db")
    wp = shared.workplace_at(f"sqlite:///{folder / 'pia.db'}")
    story.begin(wp, story.Words())
    yield replace(wp, classes=CITY)
    wp.store.close()


def page(wp: Workplace, name: str = "akagi") -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: story.AT), name)


def fetched(wp: Workplace, address: str, name: str = "akagi") -> tuple[bytes, str]:
    """(body, its class as the answer tells it)."""
    answer = page(wp, name).client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(), unquote(answer.headers.get("Pia-Class", ""))


def said(fmt: str, body: bytes) -> list[str]:
    """Where a file says its class, read by somebody else's program where there is one."""
    if fmt == "pdf":
        return [
            line
            for page in read_pdf(body).pages
            for line in page.lines
            if class_print.is_line(line)
        ]
    if fmt == "docx":
        book = docx.Document(io.BytesIO(body))
        heads = [paragraph.text for paragraph in book.sections[0].header.paragraphs]
        return [line for line in (*heads, book.paragraphs[0].text) if class_print.is_line(line)]
    if fmt == "xlsx":
        sheets = openpyxl.load_workbook(io.BytesIO(body))
        feet = [
            sheet.oddFooter.left.text or "" for sheet in sheets if sheet.title != class_print.SHEET
        ]
        return [str(sheets.worksheets[0]["A1"].value), *feet]
    return [line for line in body.decode().split(">") if class_print.HEAD in line]


def test_what_is_read_with_its_withheld_words_says_the_city_s_class(town: Workplace) -> None:
    for fmt, least in (("xlsx", 3), ("html", 1), ("pdf", 5)):
        body, has = fetched(town, f"/assessments/{story.REF}/export.{fmt}")
        texts = said(fmt, body)
        assert has == WORDS and len(texts) >= least, fmt
        assert all(class_print.line(WORDS) in text for text in texts), (fmt, texts)
    body, has = fetched(town, f"/assessments/{story.REF}/export.json")
    assert has == WORDS and class_print.HEAD.encode() not in body, "data says it beside itself"
    shown = page(town).get(f"/assessments/{story.REF}").text_content()
    assert f"機密性の区分は「{WORDS}」です（非公表の記載を含みます）" in shown


def test_who_may_not_read_them_gets_a_draft_s_class(town: Workplace) -> None:
    from pia.actions.people import registration

    registration.add_account(
        town, story.OFFICE, registration.NewAccount("iso", "磯 渚", "drafter", "岬町長", "港湾課")
    )
    body, has = fetched(town, f"/assessments/{story.REF}/export.html", "iso")
    assert has == "機密性２" and not any(w in body.decode() for w in story.Words().all)


def test_what_is_published_without_them_has_no_class(town: Workplace) -> None:
    body, has = fetched(town, f"/assessments/{story.KEY}-basic/export.xlsx")
    assert has == "" and class_print.HEAD not in str(said("xlsx", body))
    source = sources.read_ref(town, f"{story.KEY}-basic")
    assert body == exports.export(source, "xlsx", where=town), "to the byte as it was before"
    public = outward.public_reading(town, source)
    assert classes.of_documents(town, public) == classes.NONE


def test_a_class_changes_nothing_that_is_read_back(town: Workplace) -> None:
    source = sources.read_ref(town, story.REF)
    plain = exports.export(source, "xlsx", where=town)
    with_class = class_print.marked(plain, "xlsx", WORDS)
    read = [reader.read(body, name="案.xlsx") for body in (plain, with_class)]
    assert read[0].tree.digest == read[1].tree.digest and read[0].tree.children
    assert read[0].problems == read[1].problems
    assert class_print.marked(plain, "xlsx", WORDS) == with_class, "equal input, equal bytes"
    form = class_print.marked(plain, "xlsx", WORDS, form=True)
    assert (
        zipfile.ZipFile(io.BytesIO(form)).namelist()
        == zipfile.ZipFile(io.BytesIO(plain)).namelist()
    )
    again = class_print.marked(form, "xlsx", "別の区分", form=True)
    feet = [sheet.oddFooter.left.text for sheet in openpyxl.load_workbook(io.BytesIO(again))]
    assert {foot for foot in feet if foot} == {class_print.line("別の区分")}, "one class at a time"


def test_what_somebody_writes_on_the_sheet_of_the_class_is_told(town: Workplace) -> None:
    plain = exports.export(sources.read_ref(town, story.REF), "xlsx", where=town)
    book = openpyxl.load_workbook(io.BytesIO(class_print.marked(plain, "xlsx", WORDS)))
    book.worksheets[0]["A3"] = "ここに書いた覚え"
    out = io.BytesIO()
    book.save(out)
    problems = reader.read(out.getvalue(), name="案.xlsx").problems
    assert any("ここに書いた覚え" in str(problem) for problem in problems)


def test_a_paper_stays_archival_and_proves(town: Workplace) -> None:
    body, _ = fetched(town, f"/assessments/{story.REF}/export.pdf")
    assert archive.verdict(body) == "pass" and len(said("pdf", body)) == len(read_pdf(body).pages)
    old, new = f"{story.KEY}@1", story.head(town)
    from pia.actions.output import comparison_table, comparisons, proofs

    a, b = sources.matched(sources.read_ref(town, old), sources.read_ref(town, new))
    rows = comparisons.change_rows(town, a, b)
    subjects = comparison_table.pairs(town, [(a, b)])
    made: dict[str, Any] = {
        f"変更箇所.{f}": make(a, b, rows)
        for f, make in (
            ("xlsx", comparisons.table_xlsx),
            ("pdf", partial(comparisons.table_pdf, press=town.press)),
        )
    }
    made |= {
        f"新旧.{f}": comparison_table.write(subjects, f, press=town.press)
        for f in ("xlsx", "docx", "pdf")
    }
    for name, body in made.items():
        file = Path(town.store.engine.url.database).parent / name
        file.write_bytes(body)
        _, before = proofs.prove(town, a, b, str(file))
        file.write_bytes(class_print.marked(body, name.rpartition(".")[2], WORDS))
        _, proof = proofs.prove(town, a, b, str(file))
        assert proof == before and proof.rows, name
        assert said(name.rpartition(".")[2], file.read_bytes()), name


def test_a_line_that_is_no_class_is_still_seen() -> None:
    assert class_print.is_line("機密性の区分：機密性３") and not class_print.is_line(
        "機密性の区分：機密性３ 記載は正しい"
    )
    assert (
        not class_print.is_line("機密性の区分：" + "あ" * 21) and tables.class_print is class_print
    )
    assert carried.SHEET != class_print.SHEET


@pytest.mark.parametrize("words", [None, "二つの 言葉", "長" * 21])
def test_a_table_of_classes_that_cannot_be_printed_is_refused(seen: Workplace, words: Any) -> None:
    wp = replace(seen, classes={"holds": {"draft": {"says": "案", "class": words}}})
    with pytest.raises(PiaError, match=r"classes\.yaml"):
        classes.of(wp, {"draft"})


def test_a_city_may_leave_a_class_empty_and_order_them(seen: Workplace) -> None:
    assert classes.of(seen, {"draft", "withheld"}).words == "機密性３"
    own = replace(
        seen, classes={"holds": {"draft": {"says": "案", "class": "甲"}, "inner": {"class": ""}}}
    )
    assert (
        classes.of(own, {"draft", "withheld"}).words == "甲"
        and classes.of(own, {"inner"}) == classes.NONE
    )
    assert not rules.load("classes")["certain"], "a city's words, presented as no law"
