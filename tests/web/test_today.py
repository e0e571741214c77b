"""今日すること: what waits for each person of the case at each of its steps, the ways from there,
what the menu counts; and the same in another city over a year end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import html

from pia.actions.people import registration
from pia.domain.act import By
from pia.domain.procedure.checks import CHECKS
from pia.store.upkeep import fsck
from pia.web import mending

from .. import shared
from . import first_day
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .first_day import MAYOR, Book
from .second_town import Town

BENEFITS = "国民健康保険（資格・給付）に関する事務"
LEVY = "国民健康保険（賦課・徴収）に関する事務"
ELDERLY = "後期高齢者医療に関する事務"
CALL = "特定個人情報保護評価書（案）に対する意見の募集"
CASE = (
    "特定個人情報保護評価書の第三者点検について（国民健康保険（資格・給付）、"
    "国民健康保険（賦課・徴収）及び後期高齢者医療に関する事務）"
)
TO_WRITE = [f"評価書案を書く：{BENEFITS}", f"評価書案を書く：{LEVY}"]
# Step of the case until which it was played, the day somebody looks, and what waits for whom then:
# in the words of the links, and counted in the menu.
DAYS: Mapping[str, tuple[str, Mapping[str, tuple[list[str], list[str]]]]] = {
    "national": (
        "2024-04-10",
        {
            "morishita": (TO_WRITE, ["手続（2件"]),
            "nonomura": ([f"評価書案を書く：{ELDERLY}"], ["手続（1件"]),
            "kurokawa": (["利用者と権限を確かめる：保健福祉局生活福祉部国保年金課"], []),
            "mizukoshi": ([], []),
            "makabe": ([], []),
        },
    ),
    "opinions": (
        "2024-06-20",
        {
            "morishita": ([], []),
            "mizukoshi": (
                [f"意見募集を締め切る：{CALL}", f"市の考え方を書く（5件）：{CALL}"],
                ["手続（1件", "意見募集（5件"],
            ),
        },
    ),
    "refer": (
        "2024-07-20",
        {
            "morishita": ([], []),
            "kiryu": ([f"変更箇所を見て、質問・修正案を書く：{CASE}"], ["審議会（1件"]),
            "mizukoshi": ([f"会議を招集する：{BENEFITS}、{LEVY}、{ELDERLY}"], ["手続（3件"]),
        },
    ),
}


def case(step: str, folder: Path, day: str) -> Town:
    """The case played until a step, with its people on a day."""
    town = Town(shared.copied(shared.played(step), folder))
    town.at(f"{day}T09:00")
    return town


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def waiting(page: html.HtmlElement) -> list[str]:
    return [
        words(link) for link in page.xpath("//ul[contains(@class, 'waiting')]//p[@class='act']/a")
    ]


def counted(page: html.HtmlElement) -> list[str]:
    """The pages of the menu with what is counted there, as it is read out."""
    spoken = []
    for link in page.xpath("//header//a[span[@class='badge']]"):
        spoken.append(link.text + words(link.find_class("sr")[0]).split("件")[0] + "件")
    return spoken


def path_of(link: html.HtmlElement) -> str:
    return urlsplit(link.get("href"))._replace(fragment="").geturl()


@pytest.mark.parametrize("step", list(DAYS))
def test_each_person_is_told_what_waits_for_them(step: str, tmp_path: Path) -> None:
    """And every way that is offered leads to a page they may open."""
    day, expected = DAYS[step]
    town = case(step, tmp_path, day)
    told = {}
    for name in expected:
        client = town.person(name)
        page = client.get("/")
        told[name] = (waiting(page), counted(page))
        for address in {path_of(link) for link in page.find(".//main").iter("a")}:
            assert client.client.get(address).status_code in (200, 303), (name, address)
    assert told == expected


class Walk:
    """Somebody who clicks on what the page before them offers, counted."""

    def __init__(self, client: PageClient) -> None:
        self.client = client
        self.clicks = 0
        self.address = "/"
        self.page = client.get("/")

    def follow(self, said: str) -> None:
        """The first link of the page whose words or address say so."""
        links = [link for link in self.page.find(".//main").iter("a")]
        fits = [link for link in links if said in words(link) or said in link.get("href")]
        assert fits, f"{self.address}: no link 「{said}」"
        self.clicks += 1
        self.address = path_of(fits[0])
        answer = self.client.client.get(self.address)
        if answer.status_code == 303:
            self.address = urlsplit(answer.headers["Location"])._replace(fragment="").geturl()
        self.page = self.client.get(self.address)

    def press(self, action: str, **values: str) -> int:
        """The button of a form of the page, a fold before it a click more; the clicks so far."""
        form = next(form for form in self.page.iter("form") if form.get("action") == action)
        self.clicks += 1 + len(form.xpath("ancestor::details[not(@open)]"))
        self.client.post(self.address, action, values)
        return self.clicks


def test_the_five_most_frequent_acts_take_three_clicks_from_the_first_page(tmp_path: Path) -> None:
    """An item of a draft is written; an opinion that came is taken in, and one is answered; a
    member looks at a card and asks; a question is answered."""
    for folder in ("draft", "open", "check"):
        (tmp_path / folder).mkdir()
    draft = case("national", tmp_path / "draft", "2024-04-10")
    walk = Walk(draft.person("morishita"))
    walk.follow(f"評価書案を書く：{BENEFITS}")
    walk.follow("open=")
    forms = [form.get("action") or "" for form in walk.page.iter("form")]
    written = next(action for action in forms if "/items/" in action)
    assert walk.press(written, why="読み直した") <= 3

    open_ = case("announce", tmp_path / "open", "2024-05-20")
    open_.resident(1, "端末の画面が窓口から見えないようにしてほしい。")
    walk = Walk(open_.person("mizukoshi"))
    walk.follow("届いた意見を受け付ける")
    assert walk.press("/consultations/1/inbox/1") <= 3
    walk = Walk(open_.person("mizukoshi"))
    walk.follow("市の考え方を書く")
    answer = {"text": "画面の向きを改めます。", "outcome": "NOTED"}
    assert walk.press("/consultations/1/opinions/1/response", **answer) <= 3
    assert waiting(open_.person("mizukoshi").get("/")) == []

    check = case("refer", tmp_path / "check", "2024-07-20")
    walk = Walk(check.person("mitamura"))
    walk.follow("変更箇所を見て、質問・修正案を書く")
    walk.follow("/cards/1")
    assert walk.press("/referrals/1/cards/1/tick", on="1") <= 3
    expect_words(check.person("mitamura").get("/"), "確認した項目 1枚")
    check.person("mitamura").post(
        "/referrals/1/cards/2", "/referrals/1/cards/2/remarks", {"text": "だれが消去しますか。"}
    )
    walk = Walk(check.person("morishita"))
    assert counted(walk.page) == ["審議会（1件"]
    walk.follow("審議会の質問に答える")
    assert walk.address == "/referrals/1/cards/2"
    assert walk.press("/referrals/1/remarks/1/answer", text="市の職員です。") <= 3
    assert waiting(check.person("morishita").get("/")) == []
    expect_words(check.person("mitamura").get("/"), "あなたの質問に答えました")


def test_a_draft_goes_its_way_through_the_house_and_back(tmp_path: Path) -> None:
    """担当者 → 所属長 → 事務局, with a 差戻し and a 代理: whose turn it is is told and counted, a
    stale page is refused."""
    town = case("national", tmp_path, "2024-04-10")
    here = "/rounds/nhi-benefits~r6-cloud"
    on, back = f"{here}/handover", f"{here}/handover/back"
    writer, head, office = map(town.person, ("morishita", "kurokawa", "mizukoshi"))
    stale = writer.fields(next(f for f in writer.get(here).iter("form") if f.get("action") == on))
    item = "/lines/nhi-benefits~r6-cloud/items/IV/3"
    writer.post(item, item, {"text": "画面を閉じる。", "why": "直す"})
    expect_problem(writer.send(on, stale, 409), "評価書が変わりました")
    expect_words(writer.post(here, on), "所属長に渡しました。")
    refused = writer.post(here, on, status=409)
    expect_problem(refused, "いまは所属長の番です")
    page = head.get("/")
    assert waiting(page)[0] == f"評価書案を確かめる：{BENEFITS}" and counted(page) == ["手続（1件"]
    expect_words(page, "令和6年4月10日に森下 真帆さんが渡しました")
    assert waiting(writer.get("/")) == TO_WRITE[1:] and counted(writer.get("/")) == ["手続（1件"]
    expect_problem(head.post(here, back, {"back_reason": " "}, status=422), "差し戻す理由")
    town.at("2024-04-10T09:20")
    head.post(here, back, {"back_reason": "端末の台数も書く。"})
    assert waiting(writer.get("/"))[0] == f"差し戻された評価書案を直す：{BENEFITS}"
    expect_words(writer.get(here), "黒川 敦子さんが担当者に差し戻しました", "端末の台数も書く。")
    writer.post(here, on)
    town.person("kashiwagi").post(here, on, {"absent": "黒川 敦子"})
    expect_words(office.get(here), "柏木 亮太さんが事務局に渡しました（黒川 敦子さんの代理）")
    assert waiting(office.get("/")) == [f"公示して意見募集を始める：{BENEFITS}"]
    assert counted(office.get("/")) == ["手続（1件"] and waiting(head.get("/"))[1:] == []
    steps = [
        words(row) for row in office.get(here).xpath("//h2[.='これまでの手続']/following::tbody/tr")
    ]
    assert "評価書案を所属長に渡す" in steps[-4] and steps[-4].endswith("森下 真帆"), steps
    assert "評価書案を担当者に差し戻す 理由：端末の台数も書く。" in steps[-3], steps
    assert "評価書案を事務局に渡す 代理をした相手：黒川 敦子" in steps[-1], steps
    about = {"decision_number": "み市第12号", "decision_day": "2024-04-10", "category": "部長専決"}
    office.post(here, f"{here}/decisions", about)
    expect_words(office.get(here), "決裁区分：部長専決", "み市第12号", "何の決裁：意見募集")
    late = about | {"decision_day": "2024-04-12"}
    refused = office.post(here, f"{here}/decisions", late, status=422)
    expect_problem(refused, "今日より後")
    assert fsck.check(town.wp.store) == []


def test_what_others_saved_since_somebody_was_here_is_told(tmp_path: Path) -> None:
    town = case("national", tmp_path, "2024-04-10")
    expect_words(town.person("kashiwagi").get("/"), "この2週間に", "ありません。")
    town.at("2024-04-11T10:00")
    item = "/lines/nhi-levy~r6-cloud/items/IV/3"
    town.do("morishita", item, item, {"text": "画面を閉じる。", "why": "直す"})
    town.at("2024-04-12T09:00")
    shown = town.person("kashiwagi").get("/")
    expect_words(shown, "前にサインインした令和6年4月10日 09:00から", "森下 真帆さんが保存しました")
    expect_no_words(town.person("morishita").get("/"), "さんが保存しました")
    expect_no_words(town.person("nonomura").get("/"), "森下 真帆さんが保存しました")


def test_another_city_over_a_year_end(tmp_path: Path) -> None:
    """汐見市: each role is offered what it may do in the empty house; then a draft that waits for
    its department into the next year."""
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    town = first_day.begin(shared.workplace_at(f"sqlite:///{tmp_path / 'pia.db'}"))
    told = waiting(town.person("minato").get("/"))
    assert told == [
        "利用者と権限を確かめる：所属のない利用者",
        "はじめのパスワードを渡す（2件）：2人の利用者",
        "初期設定を続ける（2件）：課、審議会と委員",
    ]
    expect_words(
        town.person("shiomi").get("/"), "評価書をまとめて取り込むか", "待っていることはありません"
    )
    town.do("minato", "/departments", "/departments", {"body": MAYOR, "department": "高齢介護課"})
    drafter = registration.NewAccount("hatano", "波多野 悠", "drafter", MAYOR, "高齢介護課")
    registration.add_account(town.wp, By("minato", "administrator", first_day.NOW), drafter)
    book = Book(
        "key_item",
        "12",
        "介護保険の資格管理に関する事務　重点項目評価書",
        department="高齢介護課",
        published="令和4年7月1日",
    )
    office = town.person("shiomi")
    books = first_day.uploads([("1.xlsx", book)])
    office.post("/import", "/import/books", {"books": books})
    first_day.work(town)
    office.post("/import/1", "/import/1", {"what": "mark"})
    office.post("/import/1", "/import/1", {"what": "take"})
    first_day.work(town)
    key = office.get("/register").xpath("//tbody/tr/th/a/@href")[0].split("/")[-1]
    begun = {"title": "窓口の移転", "name": "r8-iten", "kind": "CORRECTION", "reasons": "移転"}
    office.post(f"/affairs/{key}", f"/affairs/{key}/rounds", begun | {"change_date": "2027-01-15"})
    town.at("2026-12-30T08:30")
    page = town.person("hatano").get("/")
    assert waiting(page)[0] == "評価書案を書く：介護保険の資格管理に関する事務"
    expect_words(
        page,
        "令和8年12月28日に潮見 薫さんが修正を始めました（移転）",
        "あと16日",
        "令和9年1月15日（あと16日）",
        "変更の実施予定（公表はこれより前）",
    )
    town.at("2027-01-18T08:30")
    expect_words(town.person("hatano").get("/"), "3日過ぎています")
    board = town.person("shiomi").get("/rounds")
    row = words(board.xpath("//tbody/tr")[0])
    for said in (
        "3日過ぎています",
        "修正：窓口の移転",
        "高齢介護課",
        "個人情報保護委員会に提出する",
    ):
        assert said in row
    expect_words(town.person("shiomi").get("/rounds?holder=council"), "当てはまる手続はありません")
    expect_words(town.person("shiomi").get("/register"), "3日過ぎています", "修正：評価書案の作成")


def test_the_yearly_review_is_told_with_its_last_day(tmp_path: Path) -> None:
    """The one of the affairs that falls due first gives the day; nothing is told while it is far
    away."""
    town = case("", tmp_path, "2025-08-01")
    page = town.person("mizukoshi").get("/")
    line = page.xpath("//ul[contains(@class, 'waiting')]/li[contains(., '見直しの要否')]")[0]
    said = words(line)
    assert "毎年の見直し（努力義務）" in said and "期限の登録なし" not in said, said
    assert re.search(r"令和[0-9]+年[0-9]+月[0-9]+日", said), said


def test_every_check_leads_to_where_it_is_mended() -> None:
    """But those whose day is set when a round begins."""
    without = {"before_construction", "before_requirements", "before_change"}
    assert set(CHECKS) - set(mending.PAGES) == without
    asked_always = {
        "personal_words",
        "commission_answered",
        "amended_places",
        "content_findings",
    }
    assert set(mending.PAGES) - set(CHECKS) == asked_always
