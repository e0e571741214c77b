"""National texts without their interchange form: written on a page, read from the state's files,
taken from an edit, tried everywhere, applied, adapted and corrected; played in 海原市 over the turn
of a year."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from lxml import html

from pia import config, forms
from pia.actions import jobs, sources
from pia.actions.access import noted
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.records import national
from pia.actions.workplace import Workplace, line
from pia.domain.act import JST
from pia.domain.document import items
from pia.domain.document.texts import text_of
from pia.store import queries
from pia.store.rows.assessments import NewRound
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.office import national as national_pages

from .. import shared
from ..actions import umihara
from ..documents.test_national_lists import paper, workbook
from .client import PageClient, expect_no_words, expect_words, value_of
from .test_today import waiting

WHEN = datetime(2025, 12, 26, 9, tzinfo=JST)
ROUND = "令和7年度修正"
AFFAIRS = {"lunch": "学校給食費の徴収に関する事務", "hall": "就学時健康診断に関する事務"}
KEEP = ("II", "f", "6", "1")
OWN = "＜本市における措置＞\n庁舎の書庫に置く。"
ABOUT = {
    "title": "共通の台帳の記載例",
    "issuer": "文教省（架空）",
    "edition": "第1版",
    "document_number": "文教情第12号",
    "published_in": "共通の台帳の手引 別冊2",
    "notified": "2025-12-22",
    "read": "令和7年12月24日",
    "reason": "共通の台帳への移行",
}
FIRST = "①台帳は、国内の施設に置く。"
SECOND = "①台帳は、国内の二つの施設に置く。"
WHY = "通知の正誤表のとおり直すため"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(shared.once("umihara-national.db", made_town), tmp_path)
    yield wp
    wp.store.close()


def made_town(file: Any) -> None:
    """海原市 with three documents, each with its ファイル and a round under way."""
    shutil.copy(shared.blank(), file)
    wp = shared.workplace_at(f"sqlite:///{file}")
    umihara.play(wp, "open")
    when = umihara.at("2025-11-05 09:00")
    for number, (key, name) in enumerate(AFFAIRS.items(), 20):
        registration.register_affair(
            wp,
            when,
            registration.NewAffair(
                key=key,
                number=str(number),
                name=name,
                body=umihara.BODY,
                department="教育部学務課",
                facts={},
                kinds=("basic_item", "all_item"),
            ),
        )
    for key in ("school-aid", *AFFAIRS):
        answers = [
            (("C", "1"), "7"),
            (("I", "1", "1"), AFFAIRS.get(key, "就学援助に関する事務")),
            (("II", "f", "1"), "台帳"),
            (KEEP, OWN),
        ]
        made = items.build(forms.load(umihara.FORM), answers)
        if key == "school-aid":
            versions.bring_in(
                wp, when, umihara.LINE, versions.Brought(made, source={}), why="台帳を書く"
            )
            continue
        versions.bring_in(wp, when, key, versions.Brought(made, source={}), why="取込み")
        versions.published_before(wp, when, key, date(2021, 2, 26))
        facts = {"title": "共通の台帳に係る修正"}
        opened = NewRound(ROUND, "CORRECTION", reasons=["共通の台帳への移行"], facts=facts)
        versions.open_round(wp, when, key, opened)
    wp.store.close()


LINES = [umihara.LINE, *(f"{key}~{ROUND}" for key in AFFAIRS)]


def office(wp: Workplace, said: str) -> PageClient:
    moment = datetime.fromisoformat(said).replace(tzinfo=JST)
    return PageClient(create_app(wp, config.load({}), lambda: moment), "isobe")


def form_of(page: html.HtmlElement, action: str) -> html.HtmlElement:
    return next(form for form in page.iter("form") if form.get("action") == action)


def press(
    client: PageClient, page: html.HtmlElement, action: str, status: int = 200, **values: str
) -> html.HtmlElement:
    """What a person sends who stays on the page."""
    return client.send(action, client.fields(form_of(page, action)) | values, status)


def kept(wp: Workplace, ref: str) -> str:
    return text_of(sources.read_ref(wp, ref).tree.find(KEEP))


def key_of(wp: Workplace, number: int = -1) -> str:
    with wp.store.read() as session:
        return queries.national.in_order(session)[number].key


def register(client: PageClient, text: str = FIRST, **about: str) -> None:
    """A text of one place is written on the page and registered."""
    place = {"item0": "Ⅱ６①", "heading0": "共通の台帳における措置", "text0": text}
    here = "/national/new"
    press(client, client.get(here), here, 303, **(ABOUT | about), **place, do="keep")


def test_a_text_is_written_place_by_place_and_tried_in_every_document(town: Workplace) -> None:
    client = office(town, "2025-12-26T10:00")
    here = "/national/new"
    page = press(client, client.get(here), here, do="add", item0="Ⅱ６①", text0=FIRST)
    page = press(client, page, here, item1="Ⅳ３", text1="研修を行う。", do="up:1")
    assert value_of(page.get_element_by_id("item0")) == "Ⅳ３"
    page = press(client, page, here, 422, **ABOUT, item0="研修", do="try")
    expect_words(page.get_element_by_id("item0-wrong"), "1番目の箇所の「項目」の「研修」")
    assert value_of(page.get_element_by_id("text1")) == FIRST
    page = press(client, page, here, item0="Ⅳ３", heading1="共通の台帳における措置", do="try")
    rows = [row.text_content().split() for row in page.iter("tr")][1:]
    assert len(rows) == 3 and all(row[-4:] == ["2か所", "0か所", "0か所", "0か所"] for row in rows)
    # the same place of ours with another wording: shown beside each other with marks
    page = press(client, page, here, heading1="本市における措置", taking1="any", do="try")
    expect_words(page, "書庫", "市の記載")
    assert page.find(".//ins") is not None and page.find(".//del") is not None
    page = press(client, page, here, do="gone:0")
    with town.store.read() as session:
        assert not queries.national.in_order(session)
    page = press(client, page, here, 303, do="keep")
    expect_words(page, "共通の台帳の記載例", "文教情第12号", "令和7年12月22日", "令和7年12月24日")
    assert fsck.check(town.store) == []


def test_what_is_ticked_stays_ticked_beside_the_button_that_applies_it(town: Workplace) -> None:
    client = office(town, "2025-12-26T10:00")
    register(client)
    here = f"/national/{key_of(town)}"
    sent = client.fields(form_of(client.get(here), here)) | {"lines": LINES[1:], "what": "try"}
    page = client.send(here, sent, 200)
    boxes = [box for box in page.iter("input") if box.get("name") == "lines"]
    ticked = [box.get("value") for box in boxes if box.get("checked") is not None]
    assert len(boxes) == 3 and ticked == LINES[1:]
    # the next press, with nothing touched, applies it to exactly these
    press(client, page, here, what="apply")
    assert [FIRST in kept(town, line) for line in LINES] == [False, True, True]


def test_a_text_is_read_from_the_files_of_the_state(town: Workplace) -> None:
    client = office(town, "2025-12-26T10:00")
    here, way = "/national/new", "/national/new/file"
    for name, body, then in (("基盤.xlsx", workbook(), 422), ("基盤.docx", paper(), 200)):
        sent = client.fields(form_of(client.get(here), way)) | {"file": (io.BytesIO(body), name)}
        page = client.send(way, sent, 200)
        expect_words(page, f"{name}から", "読み取らなかったもの")
        told = len(page.xpath("//section[@aria-labelledby='unread']//li"))
        page = press(client, page, here, then, **ABOUT, do="try")
        # what was not read is still told after the next press
        assert len(page.xpath("//section[@aria-labelledby='unread']//li")) == told > 0
    page = press(client, page, here, 303, do="keep")
    expect_words(page, "Ⅱ６③消去方法", "①国内に置く。")
    wrong = client.fields(form_of(client.get(here), way)) | {
        "file": (io.BytesIO(b"{}"), "記載例.json")
    }
    page = client.send(way, wrong, 422)
    said = expect_words(page.get_element_by_id("file-wrong"), "Excelのブック")
    expect_no_words(said, "pia ", "YAML")


def test_an_edit_already_made_becomes_a_text(town: Workplace) -> None:
    client = office(town, "2026-01-06T09:00")
    register(client)
    here = f"/national/{key_of(town)}"
    client.post(here, here, {"lines": [LINES[1]], "what": "apply"}, 200)
    listed = client.get("/national/capture")
    links = [a.get("href") for a in listed.iter("a") if "old=lunch" in (a.get("href") or "")]
    page = client.get(links[0])
    boxes = [box for box in page.iter("input") if box.get("name") == "pick"]
    assert len(boxes) == 1
    sent = client.fields(form_of(page, "/national/capture")) | {"pick": boxes[0].get("value")}
    page = client.send("/national/capture", sent, 200)
    assert value_of(page.get_element_by_id("item0")) == "Ⅱ６①保管場所"
    assert value_of(page.get_element_by_id("heading0")) == "共通の台帳における措置"
    assert value_of(page.get_element_by_id("text0")) == FIRST
    assert value_of(page.get_element_by_id("reason")) == "共通の台帳への移行"
    for name in ("title", "issuer", "edition", "published_in", "notified", "read"):
        assert not value_of(page.get_element_by_id(name)), f"{name} is invented"
    page = press(client, page, "/national/new", 422, do="keep")
    expect_words(page.get_element_by_id("title-wrong"), "記載例の名称")
    press(client, page, "/national/new", 303, **ABOUT, do="keep")


def test_a_text_is_corrected_and_what_took_it_is_told(town: Workplace) -> None:
    client = office(town, "2025-12-26T10:00")
    register(client)
    old = key_of(town)
    client.post(f"/national/{old}", f"/national/{old}", {"lines": LINES, "what": "apply"}, 200)
    shared.write(
        town,
        umihara.at("2025-12-27 09:00", "shiomi"),
        LINES[2],
        KEEP,
        kept(town, LINES[2]).replace("国内の", "県内の"),
        seen=sources.read_ref(town, LINES[2]).ref,
        why="市で直す",
    )
    client = office(town, "2026-01-08T10:00")
    here = f"/national/{old}/correction"
    page = client.get(here)
    assert value_of(page.get_element_by_id("text0")) == FIRST
    page = press(client, page, here, 422, text0=SECOND, do="keep")
    expect_words(page.get_element_by_id("correction-wrong"), "直す理由")
    page = press(client, page, here, text0=SECOND, do="try")
    assert value_of(page.get_element_by_id("text0")) == SECOND
    page = press(client, page, here, 303, do="keep", correction=WHY, edition="第1版（正誤後）")
    new = key_of(town)
    assert new != old
    expect_words(page, "訂正前に反映した評価書", "3件", "令和7年12月26日", WHY, "第1版（正誤後）")
    assert page.find(".//ins") is not None
    told = "訂正後の国の記載例を反映する（{}件）：共通の台帳の記載例（第1版（正誤後））"
    assert told.format(3) in waiting(client.get("/"))
    # the one before is kept, says so, and is applied no more
    page = client.get(f"/national/{old}")
    expect_words(page, "この記載例は訂正されています", FIRST)
    assert [button.get("value") for button in page.iter("button") if button.get("name")] == ["undo"]
    told = client.get(f"/national/{old}/documents/{LINES[2].partition('~')[0]}")
    expect_words(told, "訂正前の記載例を反映しています", "県内")
    # two who correct the same one do not write over each other
    again = client.fields(form_of(client.get(here), here)) | {"do": "keep", "correction": WHY}
    expect_words(client.send(here, again | {"text0": "別の記載"}, 422), "もう訂正されています")
    page = client.post(
        f"/national/{new}", f"/national/{new}", {"lines": LINES, "what": "apply"}, 200
    )
    expect_words(page, "競合（市の記載を残す）")
    assert [SECOND in kept(town, line) for line in LINES] == [True, True, False]
    assert "県内の" in kept(town, LINES[2])
    assert not any("訂正後の" in line for line in waiting(client.get("/")))
    expect_words(client.get("/corrections"), "国の記載例「共通の台帳の記載例（第1版）」", WHY)
    assert fsck.check(town.store, deep=True) == []


def test_a_text_corrected_twice_stands_alone_and_keeps_what_was_before(town: Workplace) -> None:
    client = office(town, "2025-12-26T10:00")
    register(client)
    first = key_of(town)
    client.post(
        f"/national/{first}", f"/national/{first}", {"lines": LINES[1:], "what": "apply"}, 200
    )
    for text in (SECOND, "①台帳は、国内の三つの施設に置く。"):
        here = f"/national/{key_of(town)}/correction"
        sent = {"text0": text, "correction": WHY, "do": "keep"}
        press(client, client.get(here), here, 303, **sent)
    last = f"/national/{key_of(town)}"
    expect_words(client.get(last), "訂正前に反映した評価書", "2件")
    assert [line for line in waiting(client.get("/")) if "（2件）" in line and "訂正後の" in line]
    client.post(last, last, {"lines": [LINES[1]], "what": "apply"}, 200)
    assert "三つの施設" in kept(town, LINES[1])
    with town.store.read() as session:
        at = line(session, LINES[1])
        assert [one.key for one in national.standings(session, at)] == [key_of(town)]
    expect_words(client.get(last), "訂正前に反映した評価書", "1件")


def test_a_registration_is_taken_back_while_no_document_has_it(town: Workplace) -> None:
    client = office(town, "2025-12-26T10:00")
    register(client)
    key = key_of(town)
    here, way = f"/national/{key}", f"/national/{key}/withdrawal"
    client.post(here, here, {"lines": [LINES[1]], "what": "apply"}, 200)
    page = client.post(here, way, {"withdrawal": "誤って登録したため"}, 409)
    expect_words(page, "反映した評価書があります")
    client.post(here, here, {"lines": [LINES[1]], "what": "undo"})
    page = client.post(here, way, {"withdrawal": "誤って登録したため"})
    expect_no_words(page, "共通の台帳の記載例")
    expect_words(client.get(here), "取り消されています", "誤って登録したため")
    expect_words(client.get("/corrections"), "取り消した", "誤って登録したため")


def test_who_reads_withheld_words_in_a_trial_is_on_record(town: Workplace) -> None:
    writer = PageClient(create_app(town, config.load({}), lambda: WHEN), "shiomi")
    item = f"/lines/{LINES[1]}/items/{'/'.join(KEEP)}"
    hide = item.replace("/items/", "/withheld/")
    sent = {"words": "書庫に置く", "because": "安全のため", "ground": "SECURITY"}
    writer.post(quote(item, safe="/~"), quote(hide, safe="/~"), sent)
    client = office(town, "2025-12-26T10:00")
    new = "/national/new"
    place = {"item0": "Ⅱ６①", "heading0": "本市における措置", "text0": "県に置く。"}
    place["taking0"] = "any"

    press(client, client.get(new), new, 303, **ABOUT, **place, do="keep")
    here = f"/national/{key_of(town)}"

    def tried() -> list[str]:
        page = press(client, client.get(new), new, **ABOUT, **place, do="try")
        pages = [page, client.post(here, here, {"lines": [LINES[1]], "what": "try"}, 200)]
        return [re.sub("【.*?】", "", each.text_content()) for each in pages]

    assert all("書庫に" in words for words in tried())
    noted.enter(town)
    with town.store.read() as session:
        reads = queries.audit_entries.of_action(session, "withheld.read")
        assert ("isobe", "lunch") in [(each.actor, each.target) for each in reads]


def test_many_documents_take_a_text_as_a_job(town: Workplace, monkeypatch: Any) -> None:
    monkeypatch.setattr(national_pages, "AT_ONCE", 2)
    client = office(town, "2025-12-26T10:00")
    register(client)
    here = f"/national/{key_of(town)}"
    client.post(here, here, {"lines": LINES, "what": "apply"}, 303)
    assert jobs.work_once(town, "worker", lambda: datetime(2025, 12, 26, 11, tzinfo=JST))
    job = jobs.listed(town)[0]
    assert (job.state, job.done, job.total) == ("DONE", 4, 4)
    expect_words(client.get(f"/jobs/{job.id}"), "反映1か所", *AFFAIRS.values())
    assert all(FIRST in kept(town, line) for line in LINES)
