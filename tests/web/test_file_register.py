"""個人情報ファイル簿 through its pages: written by a department without office rights, filled from
the 評価書, held against it, left out, published, put right and ended. Played in 白波市, and in
海原市."""

from __future__ import annotations

import io
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pia import config, forms
from pia.actions.people import registration, sign_in
from pia.actions.workplace import line, save
from pia.documents.proof import pdf
from pia.domain.act import JST, By
from pia.domain.document.items import with_answer
from pia.store import nodes
from pia.store.ledger import log
from pia.store.upkeep import fsck
from pia.web.public import site
from pia.web.public.pages import create_public_app

from .. import shared
from . import second_town
from .client import expect_no_words, expect_words, value_of
from .naughty import SHORT
from .second_town import BODY, PASSWORD, Town, settle
from .test_affair_notices_elsewhere import kept
from .test_corrections import correct, isobe, umihara_until, withdraw, wrong
from .test_public import PublicClient

FILE = "/file-register/1"
SECRET = "ひみつの口座番号"
ANSWERS = {
    "F-1": "白波市予防接種台帳",
    "F-2": BODY,
    "F-3": "健康部こども保健課",
    "F-4": "予防接種の対象者に通知するため。",
    "F-5": f"氏名\n住所\n{SECRET}",
    "F-6": "市内に住所を有する者",
    "F-7": "本人からの届出（紙）",
    "F-8": "含む",
}


def _settled(file: Path) -> None:
    shutil.copy(shared.blank(), file)
    wp = shared.workplace_at(f"sqlite:///{file}")
    settle(wp)
    wp.store.close()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    town = Town(shared.copied(shared.once("shiranami-settled.db", _settled), tmp_path))
    town.at("2026-05-12T09:40")
    return town


def office_of(town: Town, name: str) -> str:
    page = town.person("kazama").get("/file-register/new")
    for option in page.get_element_by_id("department").iter("option"):
        if option.text_content() == name:
            return str(option.get("value"))
    raise AssertionError(name)


def begin(town: Town, **more: str) -> Any:
    sent = ANSWERS | {"department": office_of(town, "健康部こども保健課"), "affair": "vaccine"}
    return town.person("ogata").post("/file-register/new", "/file-register", sent | more)


def publish(town: Town, day: str, status: int = 303) -> Any:
    to = f"{FILE}/publications"
    return town.person("kazama").post(FILE, to, {"published": day}, status)


def leave_out(town: Town, what: str, status: int = 303, **values: str) -> Any:
    to = f"{FILE}/omissions"
    return town.person("ogata").post(FILE, to, values, status, pick={"what_out": what})


def draft(town: Town, path: str, values: dict[str, str], ref: str = "vaccine") -> None:
    """An item of the 評価書 of the vaccine written in the main line, as an import of before is; or
    in a round of it."""
    with town.wp.store.read() as session:
        at = line(session, ref)
        tree = nodes.recent(session, at.own_head)
    changed = with_answer(forms.load(tree.form), tree, tuple(path.split("/")), values["choice"])
    by = By("kazama", "secretariat", town.now)
    with town.wp.store.begin() as session:
        made = save(session, line(session, ref), changed, by, "見直し")
        log.entry(session, by, "version.save", f"{ref}@{made.seq}")


def address_of_notice(page: Any) -> str:
    """The address of the one notice there is."""
    shown = page.get("/notices?department=&state=all&q=")
    found = {a.get("href") for a in shown.iter("a") if (a.get("href") or "")[9:].isdigit()}
    (link,) = found
    return str(link)


def outside(town: Town) -> PublicClient:
    return PublicClient(town.public)


def book(town: Town) -> dict[str, list[str]]:
    """The public workbook: sheet → the words of its cells."""
    body = outside(town).client.get("/files/workbook").data
    read = openpyxl.load_workbook(io.BytesIO(body))
    cells = {}
    for sheet in read.worksheets:
        words = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
        cells[sheet.title] = words
    return cells


def test_a_department_writes_a_file_and_the_office_publishes_it(town: Town) -> None:
    expect_words(begin(town), "白波市予防接種台帳", "未公表", "公表するまで、外には出ません")
    assert outside(town).client.get("/files/1").status_code == 404
    # the department has no way to publish
    expect_no_words(town.person("ogata").get(FILE), "いまの記載を公表する")
    expect_words(publish(town, "2026-05-11"), "公表中")
    expect_words(outside(town).get("/files"), "白波市予防接種台帳", "令和8年5月11日", "1件")
    expect_words(outside(town).get("/files/1"), "予防接種の対象者に通知するため。", SECRET)
    expect_words(outside(town).get("/"), "個人情報ファイル簿（1件）")
    cells = book(town)
    assert "001_白波市予防接種台帳" in cells and "市内に住所を有する者" in str(cells)
    assert fsck.check(town.wp.store, deep=True) == []


def test_what_is_typed_wrongly_is_said_where_it_was_typed(town: Town) -> None:
    writer = town.person("ogata")
    office = office_of(town, "健康部こども保健課")
    to = "/file-register"
    sent = ANSWERS | {"department": office}
    here = writer.post("/file-register/new", to, sent | {"F-1": ""}, 422)
    wrong(here, "F-1", "「個人情報ファイルの名称」を入力してください。")
    here = writer.post("/file-register/new", to, sent | {"department": ""}, 422)
    wrong(here, "department", "「所属」を選んでください。")
    begin(town)
    here = writer.post("/file-register/new", to, sent | {"F-1": "白波市　予防接種台帳"}, 303)
    here = writer.post("/file-register/new", to, sent, 422)
    wrong(here, "F-1", "もう簿にあります")
    here = publish(town, "2026-05-13", 422)
    wrong(here, "published", "まだ来ていません")
    here = leave_out(town, "part", 422, part=SECRET, reason_part="")
    wrong(here, "reason_part", "「理由」を入力してください。")
    assert outside(town).client.get("/files/1").status_code == 404


def test_a_file_is_published_only_with_what_the_law_asks_for(town: Town) -> None:
    begin(town, **{"F-7": "", "F-8": ""})
    page = expect_words(
        town.person("kazama").get(FILE),
        "「記録情報の収集方法」が書かれていません。",
        "「要配慮個人情報」が書かれていません。",
    )
    expect_no_words(page, "いまの記載を公表する")
    # what the copy of the law does not show is never asked for
    expect_no_words(page, "「備考」が書かれていません")
    leave_out(town, "item", field="F-7", reason_item="収集の方法を明らかにすると支障があるため")
    town.person("ogata").post(f"{FILE}/edit", f"{FILE}/edit", {"F-8": "含まない"})
    expect_words(publish(town, "2026-05-12"), "公表中")


def test_what_is_left_out_never_goes_out(town: Town) -> None:
    begin(town)
    publish(town, "2026-05-10")
    assert SECRET in outside(town).get("/files/1").text_content()
    here = leave_out(town, "part", part=SECRET, reason_part="口座を狙った詐欺を招くため")
    expect_words(here, "口座を狙った詐欺を招くため", "公表しない", "緒方 睦")

    def nowhere() -> None:
        public = outside(town)
        for url in ("/", "/files", "/files/1", "/files?q=" + SECRET):
            expect_no_words(public.get(url), *([SECRET] if "q=" not in url else []), "詐欺")
        expect_words(public.get("/files?q=" + SECRET), "0件")
        assert SECRET not in str(book(town)) and "詐欺" not in str(book(town))
        files = site.files_of(town.wp, town.now, papers=False)
        assert "files/1.html" in files and "files/files.xlsx" in files
        for name, body in files.items():
            if name.endswith(".html"):
                assert SECRET not in body.decode(), name

    nowhere()
    # nor with a later text, nor in its history
    edit = f"{FILE}/edit"
    town.person("ogata").post(edit, edit, {"F-5": f"氏名\n住所\n{SECRET}\n電話番号"})
    publish(town, "2026-05-12")
    expect_words(outside(town).get("/files/1"), "修正して公表", "電話番号")
    nowhere()
    # a line that was renamed keeps the whole item inside until somebody looks
    town.person("ogata").post(edit, edit, {"F-5": f"氏名\n{SECRET}（金融機関）"})
    expect_words(town.person("kazama").get(FILE), "いまの「記録項目」にありません")
    nowhere()
    # taken back, it goes out with the next publication and not before
    town.person("ogata").post(edit, edit, {"F-5": f"氏名\n{SECRET}"})
    withdraw(town.person("ogata"), f"{FILE}/omissions/1/correction")
    nowhere()
    publish(town, "2026-05-12")
    expect_words(outside(town).get("/files/1"), SECRET)


def test_a_file_that_is_not_listed_is_nowhere_outside(town: Town) -> None:
    begin(town)
    publish(town, "2026-05-10")
    here = leave_out(town, "file", ground="few_people", reason_file="本人が40人であるため")
    expect_words(here, "掲載しない", "本人が40人であるため", "号の文は未確認")
    public = outside(town)
    assert public.client.get("/files/1").status_code == 404
    expect_no_words(public.get("/files"), "予防接種台帳")
    expect_no_words(public.get("/"), "個人情報ファイル簿")
    assert list(book(town)) == ["個人情報ファイル簿"]
    expect_no_words(town.person("kazama").get(FILE), "いまの記載を公表する")
    correct(town.person("ogata"), f"{FILE}/omissions/1/correction", reason="本人が38人であるため")
    expect_words(town.person("kazama").get(FILE), "本人が38人であるため", "本人が40人であるため")


def test_a_file_is_filled_from_its_assessment_item_by_item(town: Town) -> None:
    begin(town, **{"F-4": "", "F-6": ""})
    to = f"{FILE}/filling"
    page = town.person("ogata").get(to)
    expect_words(
        page, "全項目評価書から", "法令に基づく事務を行うため。", "使用目的", "接種記録ファイル"
    )
    sent = {"take": ["F-4", "F-6"]}
    here = town.person("ogata").post(to, to, sent, pick={"source": "d0"})
    expect_words(here, "2項目を写しました。", "法令に基づく事務を行うため。", "写した項目")
    # nothing else came along, and nothing went out
    expect_words(here, "白波市予防接種台帳", "本人からの届出（紙）")
    assert outside(town).client.get("/files/1").status_code == 404
    again = town.person("ogata").post(to, to, {"take": []}, 422, pick={"source": "d0"})
    wrong(again, "take", "1つ以上選んでください")


def test_differences_stand_on_the_file_and_on_the_affair(town: Town) -> None:
    begin(town)
    for url in (FILE, "/affairs/vaccine"):
        expect_words(
            town.person("ogata").get(url),
            "「利用目的」の記載が、全項目評価書と違います。",
            "法令に基づく事務を行うため。",
            "誤りとは限りません",
        )
    town.person("ogata").post(
        f"{FILE}/edit", f"{FILE}/edit", {"F-4": "法令に基づく事務を行うため。"}
    )
    for url in (FILE, "/affairs/vaccine"):
        expect_no_words(town.person("ogata").get(url), "「利用目的」の記載が")


def test_a_draft_is_held_against_the_register_as_it_is_written(town: Town) -> None:
    begin(town, **{"F-4": "法令に基づく事務を行うため。"})
    told = "「利用目的」の記載が、全項目評価書と違います。"
    second_town.begin(town, "vaccine", "minaoshi", "令和8年度の見直し", "定期の見直し")
    draft(town, "II/f/3/6", {"choice": "書きかけの目的。"}, "vaccine~minaoshi")
    writer = town.person("ogata")
    expect_words(writer.get("/lines/vaccine~minaoshi/content"), told, "書きかけの目的。")
    expect_no_words(writer.get("/lines/vaccine/content"), told)


def test_what_the_assessment_says_of_the_register_is_held_against_it(town: Town) -> None:
    begin(town)
    draft(town, "V/1/4", {"choice": "行っている"})
    said = "は「行っている」としていますが、この事務のファイルは公表されていません。"
    for url in ("/affairs/vaccine", "/lines/vaccine/content"):
        expect_words(town.person("ogata").get(url), said, "個人情報ファイル簿の公表")
    publish(town, "2026-05-12")
    for url in ("/affairs/vaccine", "/lines/vaccine/content"):
        expect_no_words(town.person("ogata").get(url), "としていますが、この事務のファイル")
    draft(town, "V/1/4", {"choice": "行っていない"})
    page = town.person("ogata").get("/affairs/vaccine")
    expect_words(page, "この事務のファイルが公表されています。")


def test_a_sheet_of_a_published_file_is_a_pdf_of_what_anybody_may_read(town: Town) -> None:
    begin(town)
    assert outside(town).client.get("/files/1/sheet.pdf").status_code == 404
    publish(town, "2026-05-10")
    leave_out(town, "part", part=SECRET, reason_part="詐欺を招くため")
    for client, url in (
        (outside(town), "/files/1/sheet.pdf"),
        (town.person("ogata"), f"{FILE}/sheet.pdf"),
    ):
        read = pdf.read(client.client.get(url).data, "単票.pdf").pages
        words = "".join("".join(page.lines) for page in read)
        words += str([[box.text for box in row] for page in read for row in page.rows])
        assert "白波市予防接種台帳" in words and "市内に住所を有する者" in words
        assert SECRET not in words


def test_the_notice_of_the_same_affair_is_held_against_the_file(town: Town) -> None:
    begin(town)
    kept(town)
    notice = {"R-1": "予防接種", "R-2": "接種を勧めるため。", "R-3": "市内に住所を有する者"}
    to = "/notices/new"
    writer = town.person("ogata")
    writer.post(to, to, notice | {"R-4": ["0", "4"]})
    here = address_of_notice(writer)
    town.office(here, f"{here}/affair", {"affair": "vaccine"})
    told = "「記録項目」が届出と違います。"
    for url in (FILE, "/affairs/vaccine", here):
        expect_words(
            town.person("ogata").get(url), told, "届出にないもの：住所、ひみつの口座番号。"
        )
        expect_words(town.person("ogata").get(url), "ファイル簿にないもの：電話番号。")
    filling = f"{FILE}/filling"
    page = expect_words(town.person("ogata").get(filling), "届出から", "届出「予防接種」")
    source = next(s for s in page.iter("section") if "届出から" in s.text_content()).get("id")
    here = town.person("ogata").post(filling, filling, {"take": ["F-5"]}, pick={"source": source})
    expect_words(here, "1項目を写しました。", "＋電話番号")
    expect_no_words(town.person("ogata").get(FILE), told)


def test_a_change_is_a_version_told_in_one_line_and_waits_for_the_next_publication(
    town: Town,
) -> None:
    begin(town)
    publish(town, "2026-05-10")
    edit = f"{FILE}/edit"
    sent = {"F-5": f"氏名\n生年月日\n{SECRET}", "why": "様式を見直したため"}
    here = town.person("ogata").post(edit, edit, sent)
    expect_words(
        here, "公表中（修正は未公表）", "＋生年月日", "－住所", "様式を見直したため", "第2版"
    )
    expect_no_words(outside(town).get("/files/1"), "生年月日")
    publish(town, "2026-05-12")
    expect_words(outside(town).get("/files/1"), "＋生年月日", "修正して公表", "令和8年5月12日")
    same = town.person("ogata").post(edit, edit, {}, 422)
    expect_words(same, "もうそのとおりです")


def test_two_who_write_one_file_do_not_write_over_each_other(town: Town) -> None:
    begin(town)
    edit = f"{FILE}/edit"
    writer = town.person("ogata")
    to, sent = writer.filled(edit, edit, {"F-4": "別の目的"})
    town.person("kazama").post(edit, edit, {"F-4": "先に直した目的"})
    here = writer.send(to, sent, 409)
    expect_words(here, "ほかの人が先に直しました")
    expect_words(town.person("ogata").get(FILE), "先に直した目的")


def test_a_file_that_is_ended_leaves_the_register_and_can_come_back(town: Town) -> None:
    begin(town)
    publish(town, "2026-05-10")
    office = town.person("kazama")
    here = office.post(FILE, f"{FILE}/end", {"ended": "2026-06-01", "why": "廃止"}, 422)
    wrong(here, "ended", "まだ来ていません")
    here = office.post(FILE, f"{FILE}/end", {"ended": "2026-05-11", "why": "制度が終わったため"})
    expect_words(here, "廃止", "制度が終わったため")
    assert outside(town).client.get("/files/1").status_code == 404
    assert town.person("ogata").client.get(f"{FILE}/edit").status_code in (200, 409)
    here = office.post(FILE, f"{FILE}/reopening", {"reopening": "別のファイルの間違い"})
    expect_words(here, "公表中")
    expect_words(outside(town).get("/files/1"), "白波市予防接種台帳")


def test_the_day_of_a_publication_is_put_right_with_the_old_one_kept(town: Town) -> None:
    begin(town)
    publish(town, "2026-05-10")
    url = f"{FILE}/publications/1/correction"
    here = correct(town.person("kazama"), url, day="2026-05-09")
    expect_words(here, "令和8年5月9日", "令和8年5月10日")
    wrong(correct(town.person("kazama"), url, 422, day="2026-05-20"), "day", "まだ来ていません")
    expect_words(outside(town).get("/files/1"), "令和8年5月9日")
    withdraw(town.person("kazama"), url)
    assert outside(town).client.get("/files/1").status_code == 404


def test_every_field_keeps_what_was_typed_to_the_letter(town: Town) -> None:
    begin(town)
    writer, office = town.person("ogata"), town.person("kazama")
    tried = iter(SHORT * 2)
    edit = f"{FILE}/edit"
    lines = ("F-1", "F-2", "F-3")
    areas = ("F-4", "F-5", "F-6", "F-7", "F-10", "F-11", "F-12", "F-16", "F-17", "F-18")
    for _ in range(6):
        words = {field: next(tried)[:40].strip() for field in (*lines, *areas)}
        why = next(tried).strip()
        writer.post(edit, edit, words | {"why": why})
        shown = writer.get(edit)
        for field, word in words.items():
            assert value_of(shown.get_element_by_id(field)).strip() == word, field
        expect_words(writer.get(FILE), why)
    reason = next(tried).strip()
    leave_out(town, "item", field="F-7", reason_item=reason)
    expect_words(writer.get(FILE), reason)
    office.post(FILE, f"{FILE}/end", {"ended": "2026-05-11", "why": (why := next(tried).strip())})
    expect_words(office.get(FILE), why)
    office.post(FILE, f"{FILE}/reopening", {"reopening": next(tried).strip()})
    assert fsck.check(town.wp.store, deep=False) == []


def test_another_department_only_reads(town: Town) -> None:
    begin(town)
    at = datetime(2026, 5, 12, 8, tzinfo=JST)
    new = registration.NewAccount("nagi", "凪 蒼", "drafter", BODY, "総務部文書法制課")
    registration.add_account(town.wp, By("cli", "administrator", at), new)
    sign_in.set_password(town.wp, By("nagi", "drafter", at), "nagi", PASSWORD)
    other = town.person("nagi")
    page = expect_no_words(other.get(FILE), "評価書などから写す", "記載しないものを記録する")
    expect_words(page, "白波市予防接種台帳")
    for url in (f"{FILE}/edit", f"{FILE}/filling", f"{FILE}/omissions/1/correction"):
        assert other.client.get(url).status_code in (403, 404), url


def test_a_town_of_other_words_searches_its_register(tmp_path: Path) -> None:
    wp = umihara_until("open", tmp_path)
    page = isobe(wp, "2026-01-20T10:00")
    office = page.get("/file-register/new").get_element_by_id("department")
    options = list(office.iter("option"))
    value = next(o.get("value") for o in options if "学務課" in o.text_content())
    for name, purpose in (("学齢簿", "就学の通知のため。"), ("就学援助台帳", "援助の支給のため。")):
        sent = ANSWERS | {"F-1": name, "F-2": "海原市教育委員会", "F-4": purpose}
        page.post("/file-register/new", "/file-register", sent | {"department": value})
    expect_words(page.get("/file-register"), "学齢簿", "就学援助台帳", "2件")
    expect_no_words(page.get("/file-register?q=支給"), "学齢簿")
    for number in (1, 2):
        url = f"/file-register/{number}"
        page.post(url, f"{url}/publications", {"published": "2026-01-19"})
    at = datetime(2026, 1, 20, 10, tzinfo=JST)
    public = PublicClient(create_public_app(wp, config.load({}), lambda: at))
    expect_words(public.get("/files?q=就学の通知"), "学齢簿", "1件")
    expect_no_words(public.get("/files?q=就学の通知"), "就学援助台帳")
    assert "白波" not in public.get("/files/1").text_content()


# ---- an existing register taken in

OFFICE = "健康部こども保健課"
HEAD = ("番号", "個人情報ファイルの名称", "行政機関等の名称", "組織の名称", "利用目的", "記録項目")
MORE = ("記録範囲", "収集方法", "要配慮個人情報の有無", "経常的提供先", "登録番号")
ROWS = (
    ("1", "学齢簿", BODY, OFFICE, "就学の通知", "1氏名、2住所、3保護者の氏名（続柄）"),
    ("2", "母子手帳交付簿", BODY, OFFICE, "交付の記録", "氏名\n出産予定日"),
)


def listed(*rows: tuple[str, ...]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["個人情報ファイル簿"])
    sheet.append([*HEAD, *MORE])
    for row in rows:
        sheet.append([*row, "市民", "申請書", "含まない", "なし", "第3号"])
    single = book.create_sheet("単票")
    for label, words in (
        ("個人情報ファイルの名称", "予防接種台帳"),
        ("個人情報ファイルの利用目的", "接種の通知"),
        ("要配慮個人情報", "有"),
        ("印刷日", "令和8年4月1日"),
    ):
        single.append([label, words])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bring(page: Any, body: bytes, status: int = 200) -> Any:
    to = "/file-register/import"
    return page.post(to, to, {"list": (io.BytesIO(body), "簿.xlsx")}, status)


def take(page: Any, looked: Any, **values: str) -> Any:
    to = "/file-register/import/take"
    form = next(form for form in looked.iter("form") if form.get("action") == to)
    return page.send(to, page.fields(form) | values)


def test_an_existing_register_is_looked_at_and_then_taken_in(town: Town) -> None:
    office = town.person("kazama")
    looked = bring(office, listed(*ROWS))
    expect_words(looked, "3件を読みました。まだ何も取り込んでいません。", "学齢簿", "予防接種台帳")
    # everything unread is listed by cell
    expect_words(looked, "Sheet!A2「番号」", "Sheet!K3「第3号」", "単票!A4「印刷日」")
    expect_words(looked, "「記録項目」が書かれていません。", "公表済みにはできません")
    expect_words(town.person("kazama").get("/file-register"), "0件")
    here = take(office, looked, published="2024-04-01")
    expect_words(here, "3件を取り込みました。2件を公表済みとして記録しました。")
    public = outside(town)
    expect_words(public.get("/files"), "学齢簿", "令和6年4月1日", "2件")
    expect_no_words(public.get("/files"), "予防接種台帳")
    one = next(a for a in public.get("/files").iter("a") if a.text == "学齢簿").get("href")
    page = expect_words(public.get(one), "保護者の氏名（続柄）")
    expect_no_words(page, "1氏名")
    # a word that is no option stays what it was typed as, also after somebody corrects the file
    edit = "/file-register/3/edit"
    town.person("kazama").post(edit, edit, {"F-4": "接種の通知と記録"})
    expect_words(town.person("kazama").get("/file-register/3"), "有", "接種の通知と記録")
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_register_with_a_row_that_cannot_be_is_not_taken_in_at_all(town: Town) -> None:
    begin(town, **{"F-1": "学齢簿"})
    office = town.person("kazama")
    again = bring(office, listed(*ROWS, ("3", "", BODY, "", "", "")))
    expect_words(again, "もう簿にある", "このままでは取り込めない行")
    assert not [f for f in again.iter("form") if (f.get("action") or "").endswith("/take")]
    expect_words(town.person("kazama").get("/file-register"), "1件")
    wrong(bring(office, b"PK no workbook", 422), "list", "簿.xlsx")


def test_our_own_workbook_comes_back(town: Town) -> None:
    begin(town, **{"F-10": "白波市医師会"})
    publish(town, "2026-05-10")
    body = outside(town).client.get("/files/workbook").data
    office = town.person("kazama")
    office.post(FILE, f"{FILE}/end", {"ended": "2026-05-11", "why": "取り直すため"})
    looked = bring(office, body)
    expect_words(looked, "1件を読みました")
    take(office, looked)
    for field, words in (ANSWERS | {"F-10": "白波市医師会"}).items():
        shown = office.get("/file-register/2/edit")
        assert value_of(shown.get_element_by_id(field)).strip() == words, field


# ---- a city's own 単票

FORM = "/file-register/forms/1"


def test_a_city_writes_its_own_sheet_and_what_was_written_before_stays(town: Town) -> None:
    begin(town, **{"F-18": "むかしの備考"})
    publish(town, "2026-05-10")
    office, writer = town.person("kazama"), town.person("ogata")
    expect_words(office.get("/file-register"), "単票の項目（")
    assert writer.client.get(FORM).status_code in (403, 404)
    # what the law asks for stays, and its article is said
    refused = office.post(FORM, FORM, {"F-4-place": "0"}, 422)
    wrong(refused, "F-4-place", "個人情報保護法第74条第1項第3号が記載することとしている項目です")
    sent = {"F-4-label": "何のために使うか", "F-18-place": "0", "F-13-place": "1"}
    office.post(FORM, FORM, sent | {"added": "所管する支所"})
    # the file of before keeps its words, inside and outside
    for page in (writer.get(FILE), outside(town).get("/files/1")):
        expect_words(page, "利用目的", "むかしの備考")
        expect_no_words(page, "何のために使うか")
    edit = f"{FILE}/edit"
    expect_words(writer.get(edit), "いまの様式にない項目", "むかしの備考", "何のために使うか")
    # nothing is lost in passing, while something else is taken over
    to = f"{FILE}/filling"
    kept_back = writer.post(to, to, {"take": ["F-4"]}, 422, pick={"source": "d0"})
    expect_words(kept_back, "いまの様式にない項目（備考）があります")
    here = writer.post(edit, edit, {"F-101": "港支所"})
    expect_words(here, "何のために使うか", "所管する支所：（記載なし）→港支所", "備考")
    expect_no_words(outside(town).get("/files/1"), "港支所")
    publish(town, "2026-05-12")
    expect_words(outside(town).get("/files/1"), "何のために使うか", "港支所")
    expect_words(outside(town).get("/files?q=港支所"), "1件")
    # what was left out and what was the city's own can come back, under the same number
    office.post(FORM, FORM, {"F-18-place": "40", "F-101-place": "0", "added": "様式の番号"})
    expect_words(office.get(FORM), "所管する支所（使っていない）")
    expect_words(writer.get(edit), "様式の番号", "港支所")
    assert writer.get(edit).get_element_by_id("F-102") is not None
    office.post(FORM, FORM, {"F-101-place": "41"})
    assert value_of(writer.get(edit).get_element_by_id("F-101")).strip() == "港支所"
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_list_on_the_citys_own_sheet_is_taken_in(town: Town) -> None:
    office = town.person("kazama")
    office.post(FORM, FORM, {"F-4-label": "何のために使うか", "added": "所管する支所"})
    book = openpyxl.load_workbook(io.BytesIO(office.download("/file-register/list/1.xlsx")))
    rows = [list(row) for row in book.active.iter_rows(values_only=True)]
    (head,) = [row for row in rows if "所管する支所" in row]
    assert "何のために使うか" in head
    sheet = book.active
    line = sheet.max_row + 1
    for label, words in (
        ("個人情報ファイルの名称", "学齢簿"),
        ("何のために使うか", "就学の通知"),
        ("所管する支所", "港支所"),
    ):
        sheet.cell(line, head.index(label) + 1, words)
    out = io.BytesIO()
    book.save(out)
    looked = bring(office, out.getvalue())
    expect_words(looked, "1件を読みました", "学齢簿")
    take(office, looked)
    expect_words(office.get(FILE), "学齢簿", "港支所", "何のために使うか")
