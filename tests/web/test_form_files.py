"""様式ファイル through the pages: begun with a stand-in, replaced by a city's own with every
difference shown, and put back."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from openpyxl import load_workbook

from pia import config, forms
from pia.actions.output import carriers as output
from pia.actions.output import form_files
from pia.actions.workplace import Workplace
from pia.documents.workbook_in import reader
from pia.documents.workbook_in.stamps import STAND_IN
from pia.documents.workbook_out import stand_in
from pia.domain.act import By
from pia.store.upkeep import fsck
from pia.web.application import create_app

from ..conftest import NOW
from ..documents import carriers
from .client import PageClient, expect_no_words, expect_problem, expect_words, has_field, leads_to

OFFICE = By("mizukoshi", "secretariat", NOW)
FORM = "all_item@平成30年5月"
NAME = "全項目評価書（平成30年5月）"


@pytest.fixture
def app(played: Workplace) -> Flask:
    return create_app(played, config.load({}), lambda: NOW)


@pytest.fixture
def office(app: Flask) -> PageClient:
    return PageClient(app, "mizukoshi")


def of(wp: Workplace, form: str = FORM) -> form_files.FormFile:
    return next(row for row in form_files.listed(wp) if row.form == form)


def begin(office: PageClient, form: str = FORM) -> None:
    office.post("/form-files", "/form-files/stand-in", pick={"form": form})


def form_to(office: PageClient, action: str, name: str, value: str) -> dict[str, object]:
    """The fields of a form as it stands on the page now, to be sent later."""
    for form in office.get("/form-files").iter("form"):
        if leads_to(form, action) and has_field(form, name, value):
            return office.fields(form)
    raise AssertionError(f"no form to {action} for {value}")


def sent(data: bytes, name: str = "委員会の様式.xlsx") -> dict[str, object]:
    return {"workbook": (io.BytesIO(data), name)}


def test_a_city_begins_with_a_stand_in_that_confirms_nothing(
    played: Workplace, office: PageClient
) -> None:
    expect_words(office.get("/form-files"), "登録がありません", NAME, "3件")
    another = form_to(office, "/form-files/stand-in", "form", FORM)
    begin(office)
    row = of(played)
    assert row.current is not None and row.current.stand_in and row.confirmed is None
    shown = office.get("/form-files")
    expect_words(shown, "そのままでは提出できません", "未照合", "水越 千尋")
    body = office.download(f"/form-files/{row.current.id}.xlsx")
    assert body == stand_in.blank(forms.load(FORM))
    # Somebody else looked at the page before.
    said = office.send("/form-files/stand-in", another, 422)
    expect_problem(said, "もう様式ファイルが登録されています")
    assert of(played).earlier == () and fsck.check(played.store) == []


def test_a_document_is_filled_in_it_and_says_what_it_is(office: PageClient) -> None:
    begin(office)
    filled = office.download("/assessments/nhi-benefits/export.xlsx?carrier=1")
    read = reader.read(filled)
    assert read.stand_in and not read.ours and read.form == FORM
    for sheet in load_workbook(io.BytesIO(filled)).worksheets:
        assert STAND_IN in (sheet.oddHeader.right.text or ""), sheet.title


def test_the_citys_own_takes_its_place_with_every_difference_shown(
    played: Workplace, office: PageClient
) -> None:
    begin(office)
    own = carriers.blank(frozenset({"narrow"}))
    shown = office.post("/form-files", "/form-files", sent(own), 200)
    expect_words(shown, "委員会の様式.xlsx と様式の違い", "を登録しました", "照合済み（")
    row = of(played)
    assert row.current is not None and not row.current.stand_in
    assert row.seen and row.confirmed == NOW.date()
    assert [file.stand_in for file in row.earlier] == [True]
    expect_no_words(office.get("/form-files"), "そのままでは提出できません")
    # What was before can be filled again; the day it was compared stays.
    before = str(row.earlier[0].id)
    another = form_to(office, "/form-files/again", "carrier", before)
    office.post("/form-files", "/form-files/again", pick={"carrier": before})
    back = of(played)
    assert back.current is not None and back.current.stand_in and len(back.earlier) == 2
    assert back.confirmed == NOW.date() and fsck.check(played.store) == []
    # The file that is in use by now, and one that never was.
    in_use = {**another, "carrier": str(back.current.id)}
    expect_problem(office.send("/form-files/again", in_use, 422), "いま使っている")
    office.send("/form-files/again", {**another, "carrier": "99"}, 422)
    assert of(played) == back


def test_a_file_with_items_missing_is_listed_and_not_kept(
    played: Workplace, office: PageClient
) -> None:
    book = load_workbook(io.BytesIO(carriers.blank(frozenset())))
    del book[book.sheetnames[-2]]
    cut = io.BytesIO()
    book.save(cut)
    said = office.post("/form-files", "/form-files", sent(cut.getvalue()), 422)
    expect_problem(said, "登録していません")
    expect_words(said, "【記載欄なし】")
    assert of(played).current is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "空のファイル"),
        (b"kein Blatt", "xlsx"),
    ],
)
def test_what_is_no_workbook_is_one_sentence(
    played: Workplace, office: PageClient, body: bytes, words: str
) -> None:
    said = office.post("/form-files", "/form-files", sent(body, "めも.xlsx"), 422)
    expect_problem(said, words)
    assert of(played).current is None


def test_the_workbook_of_one_document_is_no_blank(played: Workplace, office: PageClient) -> None:
    """It says all its words, also the withheld ones: it is neither handed out here nor put back."""
    own = carriers.blank(frozenset())
    output.register_bytes(played, OFFICE, own, "評価書.xlsx", into="nhi-benefits")
    begin(office)
    row = of(played)
    assert row.current is not None and row.earlier == ()
    number = row.current.id - 1
    office.get(f"/form-files/{number}.xlsx", 404)
    begin(office, "all_item@令和6年10月")
    another = form_to(office, "/form-files/stand-in", "form", "key_item@平成30年5月")
    said = office.send("/form-files/again", {**another, "carrier": str(number)}, 422)
    expect_problem(said, "ないか、あなたが見られるものではありません")
    assert of(played) == row


def test_only_the_office_sees_them(app: Flask, office: PageClient) -> None:
    begin(office)
    for person in ("morishita", "kurokawa", "kiryu"):
        PageClient(app, person).get("/form-files", 403)


def test_the_submission_says_what_its_workbook_is(drafted: Workplace) -> None:
    office = PageClient(create_app(drafted, config.load({}), lambda: NOW), "mizukoshi")
    address = "/rounds/nhi-benefits~r6-cloud/submit"
    office.expect_words(address, "様式ファイルの登録がないため、ワークブックは確認用です")
    begin(office)
    office.expect_words(address, "ワークブックは見本の様式に書き込みます")
    office.post("/form-files", "/form-files", sent(carriers.blank(frozenset())), 200)
    expect_no_words(office.get(address), "見本の様式に書き込みます")
