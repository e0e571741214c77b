"""初期設定 through its pages: bodies, lists of departments and people, first passwords, councils;
and the same lists again in April."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import html
from sqlalchemy import select

from pia import config
from pia.actions.people import registration
from pia.cli import common
from pia.cli.start import init_command
from pia.documents.csv_cells import plain
from pia.documents.papers import listing
from pia.documents.text import lists
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.rows.bodies import Account, Department, name_of
from pia.store.rows.councils import Attendance, Member
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .first_day import MAYOR, NOW
from .naughty import SHORT
from .second_story import Town

OFFICES = "所属\t旧名称\n市民部戸籍住民課\t\n福祉部高齢介護課\t\n"
PEOPLE = (
    "利用者名\t氏名\t役割\t所属\n"
    "shiomi\t潮見 薫\t事務局\t市民部戸籍住民課\n"
    "urata\t浦田 凪\t担当者\t福祉部高齢介護課\n"
    "minami\t南 汀\t所属長\t福祉部高齢介護課\n"
)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    file = tmp_path / "city.db"
    shutil.copy(shared.blank(), file)
    wp = shared.workplace_at(f"sqlite:///{file}")
    new = registration.NewAccount("kanri", "湊 つばさ", "administrator", "")
    registration.add_account(wp, By("cli", "administrator", NOW), new, kept="of no password")
    made = Town(wp)
    made.now = NOW
    made.do("kanri", "/setup/bodies", "/setup/bodies", {"name": MAYOR})
    return made


def look(page: PageClient, what: str, text: str) -> html.HtmlElement:
    """The preview of a list that was pasted."""
    at = f"/setup/{what}"
    return page.post(at, at, {"list": text, "what": "look"}, 200)


def take(
    page: PageClient, what: str, text: str, status: int = 303, **values: Any
) -> html.HtmlElement:
    """A list looked at, then taken over as it was looked at."""
    at = f"/setup/{what}"
    shown = look(page, what, text)
    form = next(form for form in shown.iter("form") if form.get("action") == at)
    return page.send(at, page.fields(form) | {"what": "take", **values}, status)


def registered(town: Town) -> dict[str, tuple[str, str, str, bool]]:
    """Sign-in name → (name, role, department, whether it may sign in)."""
    with town.wp.store.read() as session:
        rows = session.execute(
            select(Account, Department)
            .outerjoin(Department, Department.id == Account.department_id)
            .where(Account.name != "kanri")
        )
        return {
            account.name: (account.shown, account.role, name_of(office), account.active)
            for account, office in rows
        }


def test_the_first_day_step_by_step(town: Town) -> None:
    page = town.person("kanri")
    expect_words(page.get("/"), "初期設定")
    assert page.get("/setup").text_content().count("✓ 済") == 1
    expect_words(look(page, "departments", OFFICES), "新しく登録 2")
    assert registered(town) == {}, "a look changes nothing"
    take(page, "departments", OFFICES)
    take(page, "people", PEOPLE)
    assert registered(town)["urata"] == ("浦田 凪", "drafter", "福祉部高齢介護課", True)
    expect_words(page.get("/setup"), "4人（うち事務局 1人、まだ入れない人 3人）")
    made = page.post("/setup/passwords", "/setup/passwords", {}, 200)
    given = {}
    for row in made.iter("tr"):
        given[row[1].text_content()] = row[2].text_content()
    expect_no_words(page.get("/setup/passwords"), given["urata"])
    door = PageClient(town.staff)
    form = next(form for form in door.get("/sign-in").iter("form") if form.get("method") == "post")
    sent = door.fields(form) | {"name": "urata", "password": given["urata"]}
    assert door.client.post("/sign-in", data=sent).status_code == 303
    assert door.client.get("/").status_code == 303
    expect_words(door.get("/me"), "自分だけが知るパスワードに変えてください。")
    page.post(
        "/setup/councils",
        "/setup/councils",
        {
            "name": "汐見市情報公開・個人情報保護審査会",
            "since": "2026-04-01",
            "until": "2028-03-31",
            "member-0": "会田 渡",
            "title-0": "会長",
            "member-1": "江口 澪",
            "since-1": "2026-07-01",
        },
    )
    expect_words(page.get("/setup"), "1審議会・委員2人")
    assert page.get("/setup").text_content().count("✓ 済") == 4
    assert fsck.check(town.wp.store, deep=True) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_list_comes_as_csv_and_as_a_workbook(town: Town, encoding: str) -> None:
    page = town.person("kanri")
    body = OFFICES.replace("\t", ",").encode(encoding)
    files = {"file": (io.BytesIO(body), "課.csv"), "list": "", "what": "look"}
    shown = page.post("/setup/departments", "/setup/departments", files, 200)
    expect_words(shown, "新しく登録 2", "市民部戸籍住民課")
    book = listing.write("xlsx", "人事", ["4月1日"], *_cells(PEOPLE))
    files = {"file": (io.BytesIO(book), "人.xlsx"), "list": "", "what": "look"}
    shown = page.post("/setup/people", "/setup/people", files, 200)
    expect_words(shown, "新しく登録 3", "所属「福祉部高齢介護課」は登録されていません。")


def _cells(text: str) -> tuple[list[str], list[list[str]]]:
    rows = [line.split("\t") for line in text.splitlines()]
    return rows[0], rows[1:]


def test_what_is_registered_goes_out_as_a_list_and_comes_back_unchanged(town: Town) -> None:
    page = town.person("kanri")
    take(page, "departments", OFFICES)
    take(page, "people", PEOPLE)
    for what, same in (("departments", 2), ("people", 4)):
        for fmt in ("xlsx", "csv"):
            body = page.download(f"/setup/{what}.{fmt}")
            files = {"file": (io.BytesIO(body), f"list.{fmt}"), "list": "", "what": "look"}
            shown = page.post(f"/setup/{what}", f"/setup/{what}", files, 200)
            expect_words(shown, f"変わらない {same}", "変わるものはありません。")


def test_april_the_same_list_again(town: Town) -> None:
    page = town.person("kanri")
    take(page, "departments", OFFICES)
    take(page, "people", PEOPLE)
    renamed = "所属\t旧名称\n市民課\t市民部戸籍住民課\n福祉部高齢介護課\t\nこども部給付課\t\n"
    expect_words(look(page, "departments", renamed), "「市民部戸籍住民課」から名前が変わる")
    take(page, "departments", renamed)
    expect_words(page.get("/departments"), "まで「市民部戸籍住民課」")
    expect_words(look(page, "departments", renamed), "変わるものはありません。")
    april = (
        "利用者名\t氏名\t役割\t所属\n"
        "shiomi\t潮見 薫\t事務局\t市民課\n"
        "urata\t浦和 凪\t所属長\tこども部給付課\n"
        "iwase\t岩瀬 渚\t担当者\t福祉部高齢介護課\n"
    )
    expect_words(
        look(page, "people", april),
        "新しく登録 1",
        "一覧にない 1",
        "氏名：浦田 凪 → 浦和 凪",
        "異動：福祉部高齢介護課 → こども部給付課",
        "役割：担当者 → 所属長",
    )
    take(page, "people", april)
    assert registered(town)["minami"][3], "nobody is stopped who was not ticked"
    take(page, "people", april, gone="1")
    people = registered(town)
    assert people["urata"] == ("浦和 凪", "head", "こども部給付課", True)
    assert people["minami"] == ("南 汀", "head", "福祉部高齢介護課", False)
    expect_words(look(page, "people", april), "変わるものはありません。")
    expect_words(page.get("/ledger"), "利用者の名前・所属の変更")
    # Back again a year later.
    back = april + "minami\t南 汀\t所属長\t福祉部高齢介護課\n"
    take(page, "people", back)
    assert registered(town)["minami"][3]
    assert fsck.check(town.wp.store, deep=True) == []


@pytest.mark.parametrize(
    "text,sentence",
    [
        (PEOPLE + "山 田\t山田\t担当者\t福祉部高齢介護課\n", "4行目：利用者名は、半角の英数字"),
        (PEOPLE + "yamada\t山田\t課長\t福祉部高齢介護課\n", "4行目：役割「課長」はありません"),
        (PEOPLE + "yamada\t山田\t担当者\t水道課\n", "4行目：所属「水道課」は登録されていません。"),
        (PEOPLE + "yamada\t山田\t担当者\t\n", "4行目：担当者と所属長には、所属が要ります。"),
        (PEOPLE + "yamada\t\t事務局\t\n", "4行目：氏名を、60文字以内で書いてください。"),
        (PEOPLE + "urata\t浦田 凪\t事務局\t\n", "利用者名「urata」が2回書かれています。"),
        (
            PEOPLE + "kanri\t湊 つばさ\t担当者\t福祉部高齢介護課\n",
            "自分自身の役割は変えられません。",
        ),
    ],
)
def test_a_list_with_a_mistake_takes_nothing_over(town: Town, text: str, sentence: str) -> None:
    page = town.person("kanri")
    take(page, "departments", OFFICES)
    shown = expect_words(look(page, "people", text), sentence)
    assert "この内容で登録する" not in shown.text_content()
    assert text.strip() in shown.get_element_by_id("list").text, "it can be mended in place"
    expect_problem(take(page, "people", text, 409), sentence)
    assert registered(town) == {}


def test_a_list_without_headings_says_which(town: Town) -> None:
    page = town.person("kanri")
    shown = page.post("/setup/people", "/setup/people", {"list": "a\tb\n", "what": "look"}, 422)
    expect_problem(shown, "列の名前「利用者名」、「氏名」、「役割」")


def test_what_changed_since_the_look_is_looked_at_again(town: Town) -> None:
    page = town.person("kanri")
    shown = look(page, "departments", OFFICES)
    form = next(form for form in shown.iter("form") if form.get("action") == "/setup/departments")
    sent = page.fields(form) | {"what": "take"}
    town.do("kanri", "/departments", "/departments", {"department": "市民部戸籍住民課"})
    refused = page.send("/setup/departments", sent, 409)
    expect_problem(refused, "確かめたあとに、登録が変わりました。")
    expect_words(refused, "新しく登録 1")


def test_a_department_with_somebody_in_it_is_not_closed(town: Town) -> None:
    page = town.person("kanri")
    take(page, "departments", OFFICES)
    take(page, "people", PEOPLE)
    less = "所属\n市民部戸籍住民課\n"
    refused = take(page, "departments", less, 409, gone="1")
    expect_problem(refused, "残っているため、閉じられません")
    take(page, "departments", OFFICES + "水道課\t\n")
    take(page, "departments", OFFICES, gone="1")
    expect_words(page.get("/departments"), "に閉じました")


def test_a_body_gets_another_name_and_keeps_the_one_before(town: Town) -> None:
    page = town.person("kanri")
    page.post("/setup/bodies", "/setup/bodies/1", {"renamed": "新汐見市長"})
    expect_words(page.get("/setup/bodies"), "新汐見市長", f"まで「{MAYOR}」")
    refused = page.post("/setup/bodies", "/setup/bodies/1", {"renamed": "新汐見市長"}, 422)
    expect_problem(refused, "今の名前と同じです")
    refused = page.post("/setup/bodies", "/setup/bodies", {"name": "新汐見市長"}, 422)
    expect_problem(refused, "もうあります")


def test_a_council_is_one_table_that_can_be_put_right(town: Town) -> None:
    page = town.person("kanri")
    names: Sequence[str] = ("会田 渡", "江口 澪", "小島 岬")
    sent = {f"member-{index}": name for index, name in enumerate(names)}
    bad = page.post("/setup/councils", "/setup/councils", {"name": "審査会", **sent}, 422)
    expect_problem(bad, "会田 渡さんの任期の始まりを入力してください。")
    assert bad.get_element_by_id("member-2").get("value") == "小島 岬", "what was typed stays"
    page.post(
        "/setup/councils", "/setup/councils", {"name": "審査会", "since": "2026-04-01", **sent}
    )
    changed = {"member-1": "江口 澪子", "title-0": "会長", "member-2": "", "member-3": "加茂 帆"}
    more = {"since-3": "2027-04-01", "until-3": "2026-04-01"}
    refused = page.post("/setup/councils", "/setup/councils/1", {**changed, **more}, 422)
    expect_problem(refused, "任期の終わりが始まりより前です。")
    page.post("/setup/councils", "/setup/councils/1", {**changed, "since-3": "2027-04-01"})
    with town.wp.store.read() as session:
        terms = session.execute(select(Member.name, Member.title).order_by(Member.id)).all()
    assert [tuple(term) for term in terms] == [
        ("会田 渡", "会長"),
        ("江口 澪子", ""),
        ("加茂 帆", ""),
    ]
    expect_words(page.get("/ledger"), "審議会の名称・定足数を直した", "委員の登録の取消し")
    assert fsck.check(town.wp.store, deep=True) == []


def test_a_member_whose_attendance_is_recorded_is_not_taken_out(played: Any) -> None:
    with played.store.read() as session:
        of = select(Member).join(Attendance, Attendance.member_id == Member.id)
        member = session.scalars(of).first()
    town = Town(played)
    town.now = NOW
    page = town.person("sagara")
    form = next(
        form
        for form in page.get("/setup/councils").iter("form")
        if form.get("action") == f"/setup/councils/{member.council_id}"
    )
    sent = page.fields(form)
    lines = [name for name in sent if name.startswith("term-")]
    line = next(name for name in lines if sent[name] == str(member.id))
    sent[line.replace("term", "member")] = ""
    refused = page.send(f"/setup/councils/{member.council_id}", sent, 422)
    expect_problem(refused, "出欠が記録されているため、消せません。")


NAUGHTY = tuple(
    word
    for word in SHORT
    if word and len(word) <= 60 and word == " ".join(word.split()) and word.isprintable()
)


def test_naughty_words_of_lists_come_out_to_the_letter(town: Town) -> None:
    assert len(NAUGHTY) > 300
    page = town.person("kanri")
    take(page, "departments", "所属\n" + "\n".join(NAUGHTY))
    rows = "".join(f"p{index}\t{word}\t担当者\t{word}\n" for index, word in enumerate(NAUGHTY))
    take(page, "people", "利用者名\t氏名\t役割\t所属\n" + rows)
    offices = page.get("/departments").text_content()
    people = registered(town)
    for index, word in enumerate(NAUGHTY):
        assert word in offices
        assert people[f"p{index}"][::2] == (word, word)
    # Out as a file and back: the same again.
    for fmt in ("csv", "xlsx"):
        body = page.download(f"/setup/people.{fmt}")
        files = {"file": (io.BytesIO(body), f"list.{fmt}"), "list": "", "what": "look"}
        shown = page.post("/setup/people", "/setup/people", files, 200)
        # What begins as a formula behind an apostrophe is read from CSV as a spreadsheet reads it.
        lost = len([word for word in NAUGHTY if plain(word) != word]) if fmt == "csv" else 0
        expect_words(shown, f"変わらない {len(NAUGHTY) + 1 - lost}")


def test_naughty_words_of_forms_come_out_to_the_letter(town: Town, played: Any) -> None:
    page = town.person("kanri")
    office = PageClient(create_app(played, config.load({}), lambda: NOW), "hiratsuka")
    here = "/affairs/nhi-benefits"
    page.post("/setup/councils", "/setup/councils", {"name": "<b>会", "since": "2026-04-01"})
    for word in NAUGHTY[::29]:
        page.post("/setup/bodies", "/setup/bodies/1", {"renamed": word})
        expect_words(page.get("/setup/bodies"), word)
        terms = {"member-0": word, "title-0": word[:30], "since-0": "2026-04-01"}
        page.post("/setup/councils", "/setup/councils/1", terms)
        line = page.get("/setup/councils").xpath("//input[@name='member-0']")[0]
        assert line.get("value") == word
        sent = {"affair_number": word[:20], "affair_name": word, "correction": word}
        office.post(here, f"{here}/correction", sent)
        expect_words(office.get(here), word, f"直した理由：{word}")
    page.post("/setup/bodies", "/setup/bodies", {"name": NAUGHTY[0]})
    expect_words(page.get("/setup/bodies"), NAUGHTY[0])


def test_an_affair_is_put_right_and_its_old_name_stays(played: Any) -> None:
    town = Town(played)
    town.now = NOW
    here = "/affairs/nhi-benefits"
    page = town.person("hiratsuka")
    forms = page.get(here).iter("form")
    before = page.fields(next(one for one in forms if one.get("action") == f"{here}/correction"))
    sent = {"affair_number": "77", "affair_name": "国保の事務", "correction": "誤記"}
    page.post(here, f"{here}/correction", sent)
    expect_words(page.get(here), "国保の事務", before["affair_name"], "直した理由：誤記")
    other = page.post(
        "/affairs/nhi-levy", "/affairs/nhi-levy/correction", {"affair_number": "77"}, 422
    )
    expect_problem(other, "評価書番号77は、「国保の事務」で使われています。")


def test_init_registers_the_first_administrator_and_says_what_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIA_DATABASE_URL", f"sqlite:///{tmp_path}/pia.db")
    common.workplace.cache_clear()
    run = CliRunner()
    try:
        said = run.invoke(init_command, [])
        assert "次に：pia init --admin" in said.output
        sent = ["--admin", "minato", "--shown", "湊 つばさ", "--password-stdin"]
        said = run.invoke(init_command, sent, input="umi to yama no aida 3ri\n")
        assert "管理者「minato」を登録しました。" in said.output and "初期設定" in said.output
        assert [row[0] for row in registration.accounts(common.workplace())] == ["minato"]
        assert registration.bodies(common.workplace()) == [], "no body nobody named"
        again = run.invoke(init_command, ["--admin", "other"])
        assert isinstance(again.exception, PiaError)
        assert "次に" not in run.invoke(init_command, []).output
    finally:
        common.workplace.cache_clear()


def test_a_file_nobody_can_decode_is_a_sentence() -> None:
    with pytest.raises(PiaError, match="文字コード"):
        lists.from_file(b"\xff\xfe\x80\x81", "x.csv")
