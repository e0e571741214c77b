"""Every page over the played case, through the page client; and pages over half-played, empty
and hostile data."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from jinja2 import Environment
from lxml import html
from sqlalchemy import select

from pia import config, resources
from pia.actions import demo
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.viewing import history, register
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.change.describe import describe
from pia.store.model import acted
from pia.store.rows import councils
from pia.store.rows.assessments import NewRound, Round
from pia.web.application import create_app
from tests.shared import by_hand

from .. import shared
from ..conftest import NOW
from .client import PageClient, expect_words

PAGES = [
    "/",
    "/register",
    "/register?sort=published&col=form&col=versions&col=due",
    "/assessments/nhi-benefits",
    "/assessments/nhi-benefits?only=1",
    "/assessments/nhi-benefits?base=none",
    "/assessments/nhi-benefits@1",
    "/assessments/nhi-levy~r6-cloud",
    "/assessments/elderly-medical@published",
    "/assessments/nhi-levy-basic",
    "/assessments/nhi-benefits/versions",
    "/compare",
    "/compare?old=nhi-benefits@1&new=nhi-benefits@6",
    "/compare?old=nhi-benefits@1&new=nhi-benefits@6&layout=inline&view=char&material=1",
    "/compare?old=nhi-benefits@1&new=nhi-benefits@6&reason=公金受取口座",
    "/compare?old=nhi-levy@2&new=nhi-levy@2",
    "/compare?old=nhi-levy@1&new=elderly-medical@1",
    "/compare?old=nhi-benefits@1&mid=nhi-benefits@3&new=nhi-benefits@6&marks=1",
    "/compare?old=nhi-benefits@1&new=nhi-benefits@6&departs=1",
    "/rounds",
    "/rounds/nhi-benefits~r6-cloud",
    "/rounds/nhi-levy-basic~r6-cloud",
    "/rounds/nhi-benefits~r6-cloud/change-table",
    "/national",
    "/consultations",
    "/consultations/new",
    "/consultations/1",
    "/consultations/1/senders",
    "/consultations/1/senders?look=1",
    "/affairs/new",
    "/affairs/nhi-benefits",
    "/rounds/nhi-benefits~r6-cloud/procedure",
    "/rounds/nhi-benefits~r6-cloud/submit",
    "/rounds/nhi-benefits~r6-cloud/publish",
    "/national/govcloud-2024",
    "/councils",
    "/councils/1",
    "/councils/1/inquiries/new",
    "/councils/1/members/1/correction",
    "/sittings/1/preparation",
    "/sittings/1/observers",
    "/sittings/1/carrying",
    "/referrals/new",
    "/sittings/new",
    "/sittings/1",
    "/jobs",
    "/import",
    "/referrals/1/documents/nhi-levy",
    "/lines/nhi-benefits~r6-cloud/parts",
    "/lines/nhi-benefits~r6-cloud/items/II/file-nhi/6/1",
    "/referrals",
    "/referrals/1",
    *(f"/referrals/1/cards/{n}" for n in range(1, 9)),
    "/referrals/1/glossary",
    "/plan",
]


def client_of(wp: Workplace, person: str = "hiratsuka") -> PageClient:
    if person not in {a[0] for a in registration.accounts(wp)}:
        registration.add_account(
            wp,
            By("cli", "administrator", NOW),
            registration.NewAccount(person, "平塚 健", "secretariat", "みなも市長"),
        )
    return PageClient(create_app(wp, config.load({}), lambda: NOW), person)


@pytest.fixture(scope="session")
def client(seen: Workplace) -> PageClient:
    return client_of(seen)


@pytest.mark.parametrize("url", PAGES)
def test_every_page_is_a_good_page(client: PageClient, url: str) -> None:
    client.get(url)


def test_every_template_compiles(client: PageClient) -> None:
    folder = resources.folder("templates")
    env: Environment = client.app.jinja_env
    templates = [str(p.relative_to(folder)) for p in folder.rglob("*.html")]
    assert len(templates) > 12
    for name in templates:
        env.get_template(name)
        assert "|safe" not in (folder / name).read_text("utf-8").replace(" ", "")


@pytest.mark.parametrize(
    "url",
    [
        "/nope",
        "/assessments/none",
        "/assessments/nhi-benefits@99",
        "/assessments/nhi-benefits?base=x",
        "/rounds/nhi-benefits",
        "/rounds/x~y",
        "/referrals/99",
        "/referrals/1/cards/9",
        "/compare?old=x&new=y",
        "/referrals/1/materials/9.pdf",
        "/referrals/1/materials/資料3-1.pdf",
        "/referrals/1/files/1",
        "/referrals/1/pack.pdf",
        "/referrals/99/pack.pdf",
        "/compare?old=README.md&new=README.md",
        "/assessments/nhi-benefits/export.exe",
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(client: PageClient, url: str) -> None:
    page = client.get(url, 404)
    assert page.find(".//main//p").text_content().endswith("。")


def test_a_page_changes_nothing_and_takes_no_post(client: PageClient) -> None:
    assert client.client.post("/").status_code == 405


def test_the_document_shows_what_the_round_does(client: PageClient) -> None:
    page = client.get("/assessments/nhi-benefits")
    aside = page.find(".//aside").text_content()
    assert aside.count("Ⅱ（") == 2 and aside.count("図") >= 3 and "手続で記入した欄" in aside
    added = [e.text_content() for e in page.iter("ins")]
    assert any("＜ガバメントクラウドにおける措置＞" in t for t in added)
    assert any(
        "図の右上に「口座登録・連携ファイル関係情報（給付システムへ）」を追加" in t for t in added
    )
    assert page.find(".//svg") is not None and "【追加】" in page.find(".//svg").text_content()


def test_three_versions_say_where_each_wording_came_from(client: PageClient) -> None:
    page = client.get("/compare?old=nhi-benefits@1&mid=nhi-benefits@3&new=nhi-benefits@6")
    rows = {
        tr.find("th").text_content().strip(): tr.findall("td")[3].text_content()
        for tr in page.find(".//table").iter("tr")
        if tr.findall("td")
    }
    erased = next(v for k, v in rows.items() if "消去方法" in k)
    assert (
        "前半と後半の変更" in erased
        and "国の記載例（govcloud-2024）" in erased
        and "意見1" in erased
    )
    assert "手続で記入" in next(v for k, v in rows.items() if "公表日" in k)


def test_only_what_departs_from_the_national_text(client: PageClient) -> None:
    page = client.get("/compare?old=nhi-benefits@1&new=nhi-benefits@6&departs=1")
    assert [h.text_content() for h in page.iter("h3")] == [
        "Ⅱ（国民健康保険資格・給付ファイル）６．③消去方法 ＜ガバメントクラウドにおける措置＞"
    ]


def test_the_matrix_and_its_departures(client: PageClient) -> None:
    page = client.get("/national")
    cells = [td.text_content() for td in page.iter("td")]
    assert sum("同文" in c for c in cells) == 12 + 3 and sum("市で修正" in c for c in cells) == 3
    links = [a.get("href") for a in page.iter("a") if a.text_content() == "市で修正"]
    assert len(set(links)) == 3
    for address in set(links):
        shown = client.get(address)
        expect_words(shown, "と違うところ", "国への確認", "令和6年6月24日", "市の記載")


def test_the_councils_cards_tell_a_shared_change_once(client: PageClient) -> None:
    page = client.get("/referrals/1/cards/5")
    text = page.find(".//main").text_content()
    for words in (
        "3件に共通・同文",
        "変更の要旨",
        "国の記載例を市で修正",
        "市民の意見1を受けた記載です",
        "国に確認しました（令和6年6月24日）",
        "大庭 隆",
        "クラウド事業者",
    ):
        assert words in text, words
    expect_words(client.get("/referrals/1").find(".//main"), "変更箇所 18")


def test_downloads_are_whole(client: PageClient) -> None:
    book = client.download("/compare.xlsx?old=nhi-benefits@1&new=nhi-benefits@6")
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(book)).namelist()
    assert book == client.download("/compare.xlsx?old=nhi-benefits@1&new=nhi-benefits@6")
    table = json.loads(client.download("/rounds/nhi-benefits~r6-cloud/change-table.json"))
    assert sum(r.get("inherited", False) for r in table["rows"]) >= 3
    assert {
        r["timing"] for r in table["rows"] if not r.get("inherited") and r["item"] == "II-6-1"
    } == {"事前"}
    page = client.download("/compare.html?old=nhi-benefits@1&new=nhi-benefits@6").decode()
    assert "<script" not in page and "//" not in page.split("<style>")[0] and "Noto Sans JP" in page


def test_an_empty_house_says_what_to_do(fresh: Workplace) -> None:
    client = client_of(fresh)
    for url in ("/", "/rounds", "/national", "/consultations", "/referrals", "/plan", "/compare"):
        client.get(url)
    client.expect_words("/", "取り込む")


NAUGHTY = [
    "<script>alert(1)</script>",
    "'\"><img src=x>",
    "{{ 7*7 }}",
    "=cmd|' /C calc'!A0",
    "𠮷﨑\u202e",
    "＜見出し＞\n</textarea><b>",
    "&lt;",
    "%00",
    "javascript:alert(1)",
]


@pytest.fixture
def hostile(fresh: Workplace) -> Iterator[PageClient]:
    by = By("x", "drafter", datetime(2024, 10, 1, tzinfo=JST))
    versions.bring_in(fresh, by, "a", versions.Brought(demo.assessment("nhi-levy")), why=NAUGHTY[0])
    for i, text in enumerate(NAUGHTY):
        shared.write(fresh, by, "a", ("IV", "3"), text, seen=f"a@{i + 1}", why=text)
    shared.write(fresh, by, "a", ("II", "file-levy", "1"), NAUGHTY[0], seen="a@1", why="名前")
    yield client_of(fresh)


def test_hostile_text_is_shown_as_text(hostile: PageClient, fresh: Workplace) -> None:
    last = history.history(fresh, "a")[-1].ref
    for url in (
        "/assessments/a",
        "/assessments/a/versions",
        f"/compare?old=a@1&new={last}",
        "/compare?old=a@2&new=a@5",
    ):
        page = hostile.get(url)
        assert page.find(".//b") is None and not [i for i in page.iter("img")]
    hostile.expect_words("/assessments/a/versions", "<script>alert(1)</script>")


def test_changes_are_never_told_by_colour_alone(seen: Workplace) -> None:
    css = (resources.folder("static") / "pia.css").read_text("utf-8")
    assert "ins" in css and "text-decoration: underline" in css and "line-through" in css
    with seen.store.read():
        _, old = history.document(seen, "nhi-benefits@1")
        _, new = history.document(seen, "nhi-benefits@6")
    assert describe.__doc__ and old != new


def test_the_type_size_is_remembered_without_a_script(seen: Workplace) -> None:
    client = client_of(seen)
    assert client.get("/rounds").get("class") == "size-normal"
    page = client.get("/compare?old=nhi-benefits@1&new=nhi-benefits@6&size=huge")
    assert page.get("class") == "size-huge"
    links = {a.text: a.get("href") for a in page.find_class("sizes")[0].iter("a")}
    assert list(links) == ["標準", "大", "特大"]
    assert links["大"] == "/compare?old=nhi-benefits%401&new=nhi-benefits%406&size=large"
    assert client.get("/rounds").get("class") == "size-huge"
    assert client.get("/rounds?size=nonsense").get("class") == "size-normal"
    assert client.get("/rounds").get("class") == "size-huge"


def test_where_nothing_changed_the_council_looks_at_every_risk(fresh: Workplace) -> None:
    office = By("mizukoshi", "secretariat", datetime(2024, 10, 1, 9, tzinfo=JST))
    versions.bring_in(
        fresh, office, "nhi-levy", versions.Brought(demo.assessment("nhi-levy")), why="取込み"
    )
    versions.open_round(
        fresh,
        office,
        "nhi-levy",
        NewRound("r6-five", "REASSESSMENT", reasons=["5年経過前の再実施"]),
    )
    with by_hand(fresh.store) as s:
        round_ = s.scalars(select(Round)).one()
        board = councils.Council(name="みなも市審議会")
        s.add(board)
        s.flush()
        referral = councils.Referral(
            council_id=board.id, title="5年経過前の再実施", **acted(office)
        )
        s.add(referral)
        s.flush()
        s.add(
            councils.ReferralRound(
                referral_id=referral.id,
                round_id=round_.id,
                version_id=round_.head_id,
                reviewed_digest="0" * 64,
            )
        )
    client = client_of(fresh)
    page = client.get("/referrals/1")
    text = page.text_content()
    assert "前回から変更なし" in text and "目的外の入手が行われるリスク" in text
    risks = page.find_class("risk")
    assert len(risks) > 20
    assert all(
        "十分" in r.text_content() or "特に力を入れている" in r.text_content() for r in risks
    )
    client.expect_words("/referrals", "前回から変更なし 1件")


def test_a_version_is_named_before_it_is_compared(client: PageClient) -> None:
    page = client.get("/compare?old=nhi-benefits@1&new=nhi-benefits@6")
    facts = page.find_class("facts")[0].text_content()
    assert "第1版" in facts and "第6版" in facts
    assert next(page.iter("optgroup")).get("label").startswith("国民健康保険")


@pytest.mark.parametrize(
    "url",
    [
        "/consultations/1/papers/announcement.docx",
        "/consultations/1/papers/opinion-results.pdf",
        "/consultations/1/papers/summary.pdf",
        "/consultations/1/papers/comparison-table.xlsx",
        "/referrals/1/papers/comparison-table.docx",
        "/referrals/1/papers/explanation.docx",
        "/referrals/1/papers/report.pdf",
        "/plan.docx",
        "/plan.xlsx",
    ],
)
def test_papers_are_downloads(client: PageClient, url: str) -> None:
    data = client.download(url)
    assert data.startswith(b"%PDF" if url.endswith("pdf") else b"PK")


@pytest.mark.parametrize(
    "url",
    [
        "/consultations/9/papers/announcement.docx",
        "/consultations/1/papers/minutes.docx",
        "/consultations/1/papers/announcement.exe",
        "/referrals/9/papers/report.pdf",
        "/referrals/1/papers/opinion-results.docx",
        "/referrals/1/papers/report.xlsx",
        "/referrals/9/papers/comparison-table.pdf",
        "/consultations/9/papers/summary.pdf",
        "/plan.csv",
    ],
)
def test_a_paper_that_is_not_there_is_said_in_a_sentence(client: PageClient, url: str) -> None:
    assert client.get(url, 404).find(".//main//p").text_content().endswith("。")


def test_no_paper_names_who_sent_an_opinion(
    played: Workplace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from pia.actions.steps import consultations

    answering = shared.copied(shared.played("answers"), tmp_path_factory.mktemp("answering"))
    office = By("mizukoshi", "secretariat", datetime(2024, 6, 13, 12, 0, tzinfo=JST))
    for wp in (answering, played):
        consultations.receive(
            wp,
            office,
            1,
            consultations.NewOpinion(
                received=office.day,
                channel="post",
                text="意見です。",
                name="秘密 花子",
                address="ひみつ町1-2-3",
            ),
        )
    # What comes when the council has seen the answers is kept apart, and in none of its papers.
    papers = (
        (answering, "/consultations/1/papers/opinion-results.docx", True),
        (played, "/referrals/1/papers/opinion-results-council.docx", False),
    )
    for wp, url, there in papers:
        with zipfile.ZipFile(io.BytesIO(client_of(wp).download(url))) as z:
            whole = "".join(z.read(n).decode("utf-8", "replace") for n in z.namelist())
        assert ("意見です。" in whole) == there and "秘密" not in whole and "ひみつ町" not in whole
    kept = client_of(played).get("/consultations/1").text_content()
    assert "意見です。" in kept[kept.index("件数に入れずに残した意見") :]


def test_the_register_shows_what_is_asked_for(seen: Workplace) -> None:
    """By department, by where it stands and by a word in any width; people of a department begin
    with their own."""
    office, drafter = client_of(seen, "hiratsuka"), client_of(seen, "morishita")

    def shown(page: html.HtmlElement) -> list[str]:
        return [a.get("href").split("/")[-1] for a in page.xpath("//tbody/tr/th/a")]

    every = shown(office.get("/register"))
    departments = {x.affair: x.department for x in register.register(seen)}
    assert set(every) == set(departments) and len(every) == 3
    own = next(office for name, _, _, office in registration.accounts(seen) if name == "morishita")
    assert own in departments.values()
    assert shown(drafter.get("/register")) == [k for k in every if departments[k] == own] != []
    assert shown(drafter.get("/register?office=")) == every
    assert shown(office.get("/register?q=ＮＨＩ－ｌｅｖｙ")) == ["nhi-levy"]
    assert (
        shown(office.get("/register?stand=none")) == []
        and "当てはまる事務はありません" in office.get("/register?stand=none").text_content()
    )
    assert shown(office.get("/register?stand=published")) == every
    assert shown(office.get("/register?stand=x&office=ない課&q=%00")) == []
    by_name = shown(office.get("/register?sort=name"))
    assert by_name == sorted(every, key={x.affair: x.name for x in register.register(seen)}.get)
    heads = office.get("/register?col=form").xpath("//thead/tr/th")
    assert [head.text_content().split("の")[0].strip() for head in heads] == ["事務", "様式"]


def test_a_decision_s_set_is_asked_for_on_a_page_with_its_head_typed_or_blank(
    played: Workplace,
) -> None:
    """The page shows what is recorded, takes what is typed and asks for the work; an unknown step
    is said in words."""
    page = client_of(played, "mizukoshi")
    shown = page.get("/decisions/publish/1")
    expect_words(shown, "起案者", "決裁前")
    assert shown.get_element_by_id("f0").get("value") == "み総市第418号"
    page.post(
        "/decisions/refer/1", "/decisions/refer/1", {"f2": "行政透明推進課　水越", "fmt": "zip"}
    )
    from pia.actions import jobs

    job = jobs.listed(played)[0]
    assert (
        job.kind == "decision"
        and job.args["given"] == {"起案者": "行政透明推進課　水越"}
        and job.args["step"] == "refer"
    )
    page.expect_words("/decisions/other/1", "起案の種類", status=404)


def test_a_council_s_report_is_recorded_where_it_decided(tmp_path: Path) -> None:
    played = shared.copied(shared.played("verdict"), tmp_path)
    page = client_of(played, "mizukoshi")
    early = page.post(
        "/sittings/1",
        "/sittings/1/report",
        {"document_number": "審第3号", "day": "2024-07-23"},
        422,
    )
    expect_words(early, "令和6年7月23日", "令和6年7月24日")
    page.post(
        "/sittings/1", "/sittings/1/report", {"document_number": "審第3号", "day": "2024-07-26"}
    )
    from pia.actions.issuing import papers as papers_office
    from pia.documents.word import model, reader

    paper = papers_office.make(played, "report", "docx", about=1, today=date(2024, 11, 1))
    assert model.words(reader.read(paper.data)[0]).startswith("審第3号\n令和6年7月26日")
