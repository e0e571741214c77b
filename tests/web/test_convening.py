"""What comes before a sitting, played through the pages in 海原市: members with their seats and
days, the notices, the replies, the papers, and those who listen."""

from __future__ import annotations

import io
from typing import Any

from docx import Document

from pia.actions.workplace import Workplace
from pia.store.upkeep import fsck

from ..actions import umihara
from .client import PageClient, expect_no_words, expect_words
from .test_corrections import correct, isobe, umihara_until, withdraw, wrong

ODD = "<b>&\"'{{7*7}}{% x %}|¶**髙　𠮷😀"  # what an unwary template would take for its own
CHAIR, SECOND, THIRD = umihara.FIRST[0], "佐倉 楓", "佐倉 椿"
RULES = {
    "notice_days": "7",
    "contact": "総務課　電話 00-0000",
    "observer_rule": "審査会の会議の傍聴に関する要領",
    "observer_most": "2",
    "allowance": "9500",
    "appointer": "海原市教育委員会",
}
SITTING = {
    "council": "1",
    "name": "第4回審査会",
    "day": "2026-01-29",
    "opens": "14:00",
    "place": "教育センター",
    "kind0": "議案",
    "number0": "(1)",
    "title0": "評価書の点検",
    "referral0": "1",
    "presenters0": "実施機関　学務課長 水沢",
    "kind1": "報告",
    "number1": "(1)",
    "title1": "届出について",
    "materials1": "資料2　届出の一覧",
    "closed1": "個人に関する情報を含むため",
}


def convened(folder: Any) -> tuple[Workplace, PageClient]:
    """海原市 on 20 January with the sitting of the 29th on its register."""
    wp = umihara_until("refer", folder)
    page = isobe(wp, "2026-01-20T10:00")
    page.post("/sittings/new", "/sittings/new", SITTING)
    return wp, page


def words_of(body: bytes) -> str:
    """Every paragraph and cell of a Word file, in order."""
    document = Document(io.BytesIO(body))
    cells = []
    for table in document.tables:
        for row in table.rows:
            cells += [cell.text for cell in row.cells]
    return "\n".join([*(para.text for para in document.paragraphs), *cells])


def paper(page: PageClient, name: str) -> str:
    """The words of a paper of the sitting."""
    return words_of(page.download(f"/sittings/1/papers/{name}.docx"))


def recorded(page: PageClient, what: str, values: dict[str, Any]) -> Any:
    """One of the forms of the page before a sitting, sent."""
    here = "/sittings/1/preparation"
    return page.post(here, here, values, pick={"what": what})


def test_days_are_asked_and_the_sitting_is_convened_on_one_that_reaches_the_quorum(
    tmp_path: Any,
) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-15T10:00")
    form = "/councils/1/inquiries/new"
    asked = {
        "title": "第4回審査会",
        "place": "教育センター",
        "day0": "2026-01-29",
        "opens0": "14:00",
        "day1": "2026-02-03",
        "opens1": "10:00",
        "until": "2026-01-22",
    }
    wrong(page.post(form, form, asked | {"until": "2026-01-30"}, 422), "until", "候補の最初の日")
    twice = {"day1": "2026-01-29", "opens1": "14:00"}
    wrong(page.post(form, form, asked | twice, 422), "day1", "2回")
    wrong(page.post(form, form, asked | {"day0": "2026-01-10"}, 422), "day0", "もう過ぎています")
    page.post(form, form, asked)
    here = "/councils/1/inquiries/1"
    shown = expect_words(page.get(here), "返事 0名／", "あと")
    members = [
        select.get("name")
        for select in shown.iter("select")
        if str(select.get("name")).endswith("-0")
    ]
    answers = {}
    for name in members:
        answers[name] = "no"
        answers[name.replace("-0", "-1")] = "yes"
    answers[members[0].replace("-0", "-1")] = "maybe"
    page.post(here, here, answers)
    shown = expect_words(page.get(here), "✕ 返事のない委員が全員出席しても", "✓ 出席の返事が")
    # what is answered again replaces the answer, and the day is taken over into the sitting
    page.post(here, here, answers | {members[1]: "yes"})
    expect_words(page.get("/councils/1"), "令和8年2月3日", "4名／4名")
    form_shown = page.get("/sittings/new?inquiry=1&choice=1")
    assert form_shown.xpath("//input[@id='day']/@value") == ["2026-02-03"]
    assert form_shown.xpath("//input[@id='name']/@value") == ["第4回審査会"]
    correct(page, f"{here}/correction", until="2026-01-25")
    expect_words(page.get(here), "令和8年1月25日")
    withdraw(page, f"{here}/correction")
    expect_no_words(page.get("/councils/1"), "日程の照会を")
    assert fsck.check(wp.store) == []


def test_members_have_what_their_roster_and_letter_say(tmp_path: Any) -> None:
    wp = umihara_until("refer", tmp_path)
    page = isobe(wp, "2026-01-20T10:00")
    page.post(
        "/councils/1",
        "/councils/1/members",
        {
            "name": "波間 灯",
            "since": "2026-02-01",
            "until": "2028-01-31",
            "category": "公募",
            "position": "図書館司書",
            "nominated_by": "",
            "appointed": "2026-02-01",
        },
    )
    expect_words(page.get("/councils/1"), "波間 灯", "公募", "任期がこれから始まる委員")
    roster = words_of(page.download("/councils/1/papers/roster.docx"))
    assert CHAIR in roster and "波間 灯" not in roster and "令和8年1月20日現在" in roster
    number = next(
        link.get("href").split("/")[4]
        for row in page.get("/councils/1").iter("tr")
        if "波間 灯" in row.text_content()
        for link in row.iter("a")
        if "correction" in link.get("href")
    )
    correct(page, "/councils/1/correction", **RULES)
    letter = words_of(page.download(f"/members/{number}/commission.docx"))
    for words in ("波間 灯", "令和8年2月1日から令和10年1月31日まで", "海原市教育委員会"):
        assert words in letter
    # a term is put right with a reason; what it said before stays
    here = f"/councils/1/members/{number}/correction"
    wrong(correct(page, here, 422, until="2026-01-01"), "until", "始まりより前")
    changed = {"category": "学識経験者", "left_reason": "転出のため", "until": "2027-03-31"}
    correct(page, here, **changed)
    shown = expect_words(page.get("/councils/1"), "学識経験者", "転出のため", "令和9年3月31日")
    expect_words(page.get(here), "公募")
    assert "公募" not in shown.xpath("string(//tr[contains(., '波間 灯')])")
    assert fsck.check(wp.store) == []


def test_a_term_is_not_put_where_it_leaves_out_a_sitting_that_was_attended(tmp_path: Any) -> None:
    wp, _ = convened(tmp_path)
    page = isobe(wp, "2026-01-29T14:05")
    page.post("/sittings/1", "/sittings/1/attendance", {"present": [SECOND]})
    row = page.get("/councils/1").xpath(f"//tr[contains(., '{SECOND}')]//a/@href")[0]
    wrong(correct(page, row, 422, until="2026-01-28"), "until", "第4回審査会")
    wrong(correct(page, row, 422, since="2026-01-30"), "since", "第4回審査会")
    correct(page, row, until="2026-01-29", left_reason="任期満了")


def test_a_sitting_is_prepared_step_by_step(tmp_path: Any) -> None:
    wp, page = convened(tmp_path)
    here = "/sittings/1/preparation"
    expect_words(page.get(here), "何日前に公表するかの決まりは、入力されていません")
    correct(page, "/councils/1/correction", **RULES)
    expect_words(page.get(here), "令和8年1月22日まで", "まだ記録がありません")
    notice = words_of(page.download("/sittings/1/papers/convocation.docx"))
    assert "（　　　　　）" in notice  # no number is on record, and none is made up
    called = {"day": "2026-01-20", "document_number": "海教総第88号", "until": "2026-01-26"}
    recorded(page, "called", called)
    late_day = {"day": "2026-02-01", "document_number": "海教総第89号"}
    here_again = page.post(here, here, late_day, 422, pick={"what": "noticed"})
    wrong(here_again, "day", "まだ来ていません")
    assert here_again.xpath("//input[@id='noticed-document_number']/@value") == ["海教総第89号"]
    assert here_again.xpath("//input[@id='called-document_number']/@value") == [""]
    notice = paper(page, "convocation")
    for words in ("海教総第88号", "令和8年1月26日までに", CHAIR, "資料2　届出の一覧", "（非公開）"):
        assert words in notice
    assert "ウェブ会議" not in notice
    late = isobe(wp, "2026-01-23T09:00")
    expect_words(late.get(here), "公表の期限（令和8年1月22日、会議の7日前）を過ぎています")
    recorded(page, "noticed", {"day": "2026-01-20"})
    expect_no_words(late.get(here), "を過ぎています")
    public = paper(page, "public-notice")
    for words in (
        "令和8年1月20日",
        "非公開（個人に関する情報を含むため）",
        "退場していただきます",
        "2人",
    ):
        assert words in public
    # replies: the quorum of four members is three
    shown = page.get(here)
    names = [select.get("name") for select in shown.iter("select") if "reply" in select.get("name")]
    assert len(names) == 4
    options = shown.xpath(f"//select[@name='{names[0]}']/option/text()")
    assert "ウェブ会議で出席" not in options
    replied = {"day": "2026-01-21"}
    later = isobe(wp, "2026-01-21T09:00")
    recorded(later, "replied", replied | {names[0]: "出席", names[1]: "欠席"})
    expect_words(later.get(here), "△ 出席の返事は1名です。定足数（3名）まで、あと2名")
    recorded(later, "replied", replied | {names[0]: "出席", names[1]: "欠席", names[2]: "欠席"})
    expect_words(later.get(here), "✕ 返事のない委員が全員出席しても")
    answers = {names[0]: "出席", names[1]: "欠席", names[2]: "出席", names[3]: "出席"}
    recorded(later, "replied", replied | answers)
    expect_words(later.get(here), "✓ 出席の返事が3名あり")
    recorded(later, "sent", {"day": "2026-01-21", "way": "郵送", "material": ["0"]})
    expect_words(later.get(here), "郵送　資料")
    # the seats: who leads sits at the head, whatever the order
    first = paper(page, "seating")
    assert "議長（委員長）　波多野 泉" in first and first.index(SECOND) < first.index("港 洋")
    places = {}
    for field in later.get(here).xpath("//input[starts-with(@name, 'place')]"):
        places[field.get("name")] = "1" if field.get("name") == "place5" else "9"
    recorded(later, "seating", places)
    assert paper(page, "seating").index("港 洋") < paper(page, "seating").index(SECOND)
    sheet = paper(page, "attendance-sheet")
    assert "委員4名" in sheet and "署名" in sheet
    assert "１　開会" in paper(page, "order-of-business")
    # a member's page has none of it
    drafter = PageClient(page.app, "shiomi")
    assert drafter.client.get(here).status_code == 403
    assert fsck.check(wp.store) == []


def test_who_listens_is_received_by_ticket_alone(tmp_path: Any) -> None:
    wp, page = convened(tmp_path)
    correct(page, "/councils/1/correction", **RULES)
    day = isobe(wp, "2026-01-29T14:05")
    here = "/sittings/1/observers"
    early = page.post(here, here, {"ticket": "1", "came": "13:50"}, 409)
    expect_words(early, "会議の日（令和8年1月29日）がまだ来ていません")
    correct(page, "/sittings/1/correction", closed0="審議の内容のため")
    shut = day.post(here, here, {"ticket": "1", "came": "13:50"}, 409)
    expect_words(shut, "すべて非公開です")
    correct(page, "/sittings/1/correction", closed0="")
    day.post(here, here, {"ticket": "1", "came": "13:50"})
    wrong(day.post(here, here, {"ticket": "1", "came": "13:51"}, 422), "ticket", "もう渡しています")
    day.post(here, here, {"ticket": "2", "came": "13:52"})
    full = day.post(here, here, {"ticket": "3", "came": "13:53"}, 409)
    expect_words(full, "傍聴席は、定員（2人）に達しています")
    early = day.post(here, f"{here}/1/left", {"clock": "13:00"}, 422)
    wrong(early, "clock", "受け付けた時刻（13:50）より前")
    day.post(here, f"{here}/1/left", {"clock": "14:10"})
    day.post(here, here, {"ticket": "3", "came": "14:12"})
    withdraw(day, f"{here}/3/correction")
    expect_words(day.get(here), "受け付けた人 2人", "会議室にいる人 1人")
    register = paper(day, "observers")
    assert "2人" in register and "13:50" in register and "14:12" not in register
    assert day.get("/sittings/1").xpath("//input[@name='observers']/@value") == ["2"]
    day.post("/sittings/1", "/sittings/1/attendance", {"present": [CHAIR, SECOND, THIRD]})
    day.post("/sittings/1", "/sittings/1/close", {"closes": "15:00", "observers": "2", "sure": "1"})
    assert not expect_words(day.get(here), "閉会しています").xpath("//main//form")
    # what the year owes its members, counted from attendance
    year = words_of(day.download("/councils/1/papers/attendance-year.docx?year=2025"))
    for words in ("令和7年度", "第4回審査会", "9,500", "28,500"):
        assert words in year
    assert day.client.get("/councils/1/papers/attendance-year.docx?year=2027").status_code == 404
    assert fsck.check(wp.store) == []


def test_a_member_is_asked_to_confirm_what_they_said(tmp_path: Any) -> None:
    wp, _ = convened(tmp_path)
    page = isobe(wp, "2026-01-29T14:05")
    desk = "/sittings/1/desk"
    for item, speaker, text in (
        ("opening", "議長　波多野 泉", "始めます。"),
        ("1", "佐倉楓委員　佐倉 楓", "範囲はどこまでですか。"),
        ("1", "佐倉椿委員　佐倉 椿", "了承します。"),
    ):
        page.post(f"{desk}?item={item}", "/sittings/1/speeches", {"other": speaker, "text": text})
    page.post("/sittings/1", "/sittings/1/attendance", {"present": [CHAIR, SECOND, THIRD]})
    page.post(
        "/sittings/1", "/sittings/1/close", {"closes": "15:00", "observers": "0", "sure": "1"}
    )
    late = isobe(wp, "2026-02-02T09:00")
    asked = {"kind": "asked", "day": "2026-02-02", "document_number": "海教総第95号"}
    late.post("/sittings/1/minutes", "/sittings/1/steps", asked | {"until": "2026-02-10"})
    links = late.get("/sittings/1/minutes").xpath("//a[contains(@href, 'speeches.docx')]/@href")
    letters = [words_of(late.download(link)) for link in links]
    own = next(letter for letter in letters if "佐倉 楓　様" in letter)
    assert "範囲はどこまで" in own and "了承します" not in own and "始めます" not in own
    for words in ("海教総第95号", "令和8年2月10日", "発言1件", "評価書の点検"):
        assert words in own
    chair = next(letter for letter in letters if "波多野 泉　様" in letter)
    assert "始めます" in chair
    nobody = next(letter for letter in letters if "港 洋　様" in letter)
    assert "港 洋様の発言はありません" in nobody


def test_what_is_typed_comes_out_to_the_letter(tmp_path: Any) -> None:
    wp, page = convened(tmp_path)
    form = "/councils/1/inquiries/new"
    asked = {"title": f"会{ODD}", "place": f"場{ODD}", "day0": "2026-02-19", "opens0": "14:00"}
    page.post(form, form, asked | {"until": "2026-02-10"})
    kept = {"category": f"区{ODD}", "nominated_by": f"団{ODD}", "position": f"所{ODD}"}
    seat = {"name": f"委{ODD}", "title": f"役{ODD}", "since": "2026-01-01", "until": "2027-12-31"}
    page.post("/councils/1", "/councils/1/members", seat | kept | {"appointed": "2026-01-01"})
    recorded(page, "called", {"day": "2026-01-20", "document_number": f"番{ODD}"})
    recorded(page, "noticed", {"day": "2026-01-20", "document_number": f"公{ODD}"})
    recorded(page, "sent", {"day": "2026-01-20", "way": "メール", "material": ["0"]})
    council = page.get("/councils/1")
    expect_words(council, *(word + ODD for word in "会委役区団所"))
    expect_words(page.get("/councils/1/inquiries/1"), f"会{ODD}", f"委{ODD}")
    expect_words(page.get("/sittings/1/preparation"), f"番{ODD}", f"公{ODD}", f"委{ODD}")
    form_shown = page.get("/sittings/new?inquiry=1&choice=0")
    assert form_shown.xpath("//input[@id='place']/@value") == [f"場{ODD}"]
    for shown in (council, form_shown):
        assert not shown.xpath("//main//b")
    assert f"番{ODD}" in paper(page, "convocation")
    roster = words_of(page.download("/councils/1/papers/roster.docx"))
    for word in "委役区団所":
        assert word + ODD in roster
    assert f"委{ODD}" in paper(page, "attendance-sheet") and f"委{ODD}" in paper(page, "seating")
    assert fsck.check(wp.store) == []


def test_a_paper_handed_out_anew_keeps_the_one_before(tmp_path: Any) -> None:
    wp, page = convened(tmp_path)
    here = "/referrals/1/materials/2/replacement"
    expect_words(
        page.get("/referrals/1/materials/1/replacement"), "本文は、ここでは差し替えられません"
    )
    first = {
        "file": (io.BytesIO("旧い要綱".encode()), "要綱1.txt"),
        "reason": "紙の資料を電子で配る",
    }
    page.post(here, here, first)
    second = {"file": (io.BytesIO("新しい要綱".encode()), "要綱2.txt"), "reason": f"誤り{ODD}"}
    shown = expect_words(page.post(here, here, second), "要綱2.txt", "要綱1.txt", f"誤り{ODD}")
    links = shown.xpath("//a[contains(@href, '/replaced/')]/@href")
    kept = [page.download(link) for link in links]
    assert kept[0].startswith(b"%PDF") and kept[1:] == ["旧い要綱".encode()]
    again = {"file": (io.BytesIO("新しい要綱".encode()), "要綱2.txt"), "reason": "もう一度"}
    expect_words(page.post(here, here, again, 422), "同じ内容のファイルです")
    lacking = {"file": (io.BytesIO(b"x"), "a.txt"), "reason": ""}
    wrong(page.post(here, here, lacking, 422), "reason", "入力してください")
    listed = page.get("/referrals?referral=1")
    expect_words(listed, "令和8年1月20日に差替え", f"誤り{ODD}", "差替え前（要綱1.txt）")
    assert page.download("/referrals/1/files/2").decode() == "新しい要綱"
    gone = {"recall_day": "2026-01-20", "recall_reason": "資料を改めるため"}
    page.post("/referrals/1/course", "/referrals/1/recall", gone)
    third = {"file": (io.BytesIO("三度目".encode()), "要綱3.txt"), "reason": "直した"}
    expect_words(page.post(here, here, third, 409), "この諮問は、取り下げられています")
    assert fsck.check(wp.store) == []
