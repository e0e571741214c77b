"""Comments on items of a draft: written, answered, settled, put right; who is named is told, and
who follows them; nobody outside reads a word. Played in the case and in 海原市 over a year end."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pia import config
from pia.actions.people import registration, sign_in
from pia.domain.act import JST, By
from pia.store.upkeep import fsck
from pia.web.application import create_app

from ..actions.umihara import BODY, LINE
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_assignments import succession
from .test_corrections import umihara_until
from .test_today import BENEFITS, case, waiting

REF = "nhi-benefits~r6-cloud"
ITEM = f"/rounds/{REF}/comments/IV/3"
PART = f"/lines/{REF}/parts?part=IV"


def test_a_thread_is_written_answered_settled_and_opened_again(tmp_path: Path) -> None:
    town = case("national", tmp_path, "2024-04-10")
    writer, colleague, head = map(town.person, ("morishita", "kashiwagi", "kurokawa"))
    expect_words(writer.get(ITEM), "いまの記載", "コメントを書く")
    refused = writer.post(ITEM, ITEM, {"text": "@森山さん、確かめてください。"}, 422)
    expect_problem(refused, "「@森山さん」に当たる人が")
    assert refused.get_element_by_id("text").text.strip() == "@森山さん、確かめてください。"
    writer.post(ITEM, ITEM, {"text": "@柏木、研修の回数は年2回でよいですか。", "named": "kurokawa"})
    told = f"コメントに答える：{BENEFITS}"
    assert told in waiting(colleague.get("/")) and told in waiting(head.get("/"))
    expect_words(colleague.get("/"), "森下 真帆さんが、あなたを指して書きました")
    assert told not in waiting(writer.get("/"))
    expect_words(writer.get(PART), "コメント 1件（未解決 1件）", "研修の回数は年2回でよいですか。")
    colleague.post(ITEM, f"/rounds/{REF}/threads/1/answers", {"text": "年2回です。"})
    assert told not in waiting(colleague.get("/")) and told in waiting(head.get("/"))
    state = f"/rounds/{REF}/threads/1/state"
    head.post(ITEM, state)
    assert told not in waiting(head.get("/"))
    expect_words(
        head.get(f"/rounds/{REF}/comments"), "1件（未解決 0件）", "✓ 解決済み", "黒川 敦子"
    )
    expect_words(writer.get(PART), "コメント 1件", "年2回です。")
    writer.post(ITEM, state)
    expect_words(writer.get(ITEM), "未解決")
    expect_words(writer.get(f"/lines/{REF}/items/IV/3"), "コメント 1件（未解決 1件）")
    assert fsck.check(town.wp.store) == []


def test_one_puts_ones_own_comment_right_and_takes_it_back(tmp_path: Path) -> None:
    town = case("national", tmp_path, "2024-04-10")
    writer, colleague = map(town.person, ("morishita", "kashiwagi"))
    writer.post(ITEM, ITEM, {"text": "研修は年1回です。"})
    mine = f"/rounds/{REF}/comment-lines/1/correction"
    refused = colleague.post(
        mine, mine, {"text": "年9回", "correction": "違う"}, 409, pick={"what": "amend"}
    )
    expect_problem(refused, "ほかの人のコメント")
    writer.post(
        mine,
        mine,
        {"text": "研修は年2回です。", "correction": "回数の誤り"},
        pick={"what": "amend"},
    )
    shown = writer.get(ITEM)
    expect_words(shown, "研修は年2回です。", "直す前のコメント（1件）", "研修は年1回です。")
    expect_words(writer.get(PART), "コメント 1件")
    colleague.post(ITEM, f"/rounds/{REF}/threads/1/answers", {"text": "分かりました。"})
    again = f"/rounds/{REF}/comment-lines/2/correction"
    expect_words(writer.get(again), "答えが書かれています", "回数の誤り")
    theirs = f"/rounds/{REF}/comment-lines/3/correction"
    colleague.post(theirs, theirs, {"withdrawal": "書く所の誤り"}, pick={"what": "withdraw"})
    writer.post(again, again, {"withdrawal": "解決した"}, pick={"what": "withdraw"})
    expect_no_words(writer.get(PART), "コメント 1件", "研修は年2回です。")
    assert fsck.check(town.wp.store) == []


def test_a_comment_that_quotes_withheld_words_is_read_without_them(tmp_path: Path) -> None:
    town = case("national", tmp_path, "2024-04-10")
    writer, other = map(town.person, ("morishita", "nonomura"))
    words = "地下の第七書庫に置く鍵の番号"
    item = f"/lines/{REF}/items/IV/3"
    writer.post(item, item, {"text": f"{words}を決める。", "reason": "ガバメントクラウド"})
    hide = item.replace("/items/", "/withheld/")
    writer.post(item, hide, {"words": words, "because": "安全のため", "ground": "SECURITY"})
    writer.post(ITEM, ITEM, {"text": f"@野々村、{words}を見てください。"})
    for page in (ITEM, f"/rounds/{REF}/comments"):
        shown = other.get(page)
        expect_words(shown, "【非公表】")
        expect_no_words(shown, words)
    expect_words(writer.get(ITEM), f"@野々村、{words}を見てください。")


def test_who_follows_is_told_in_another_town_over_a_year_end(tmp_path: Path) -> None:
    """海原市: who is named leaves on December 28; the question waits for their department, and not
    for another."""
    wp = umihara_until("announce", tmp_path)
    here = f"/rounds/{quote(LINE)}/comments/I/1/2"

    def page(name: str, said: str) -> PageClient:
        moment = datetime.fromisoformat(said).replace(tzinfo=JST)
        return PageClient(create_app(wp, config.load({}), lambda: moment), name)

    admin = By("hama", "administrator", datetime(2025, 12, 12, 9, tzinfo=JST))
    for name, shown, office in (
        ("kaede", "楓　湊", "教育部学務課"),
        ("nami", "波　澪", "教育部総務課"),
    ):
        new = registration.NewAccount(name, shown, "drafter", BODY, office)
        registration.add_account(wp, admin, new)
    page("isobe", "2025-12-26T16:00").post(
        here, here, {"text": "@汐見　申請の窓口はどこですか。", "named": "nami"}
    )
    told = "コメントに答える：就学援助に関する事務"
    assert told in waiting(page("shiomi", "2025-12-26T17:00").get("/"))
    assert told not in waiting(page("kaede", "2025-12-26T17:00").get("/"))
    sign_in.set_active(wp, admin, "shiomi", False)
    follows = page("kaede", "2026-01-05T08:30")
    assert told in waiting(follows.get("/"))
    expect_words(
        follows.get("/"), "令和7年12月26日に磯部　航さんが、汐見　渚さん（異動・退職）を指して"
    )
    answer = f"/rounds/{quote(LINE)}/threads/1/answers"
    page("isobe", "2026-01-05T09:00").post(here, answer, {"text": "急ぎます。"})
    assert told in waiting(follows.get("/"))
    # a mistake stands at its field, also where the round's name is no ASCII
    refused = follows.post(here, answer, {"text": " "}, 422)
    field = refused.xpath("//textarea[@name='text'][@aria-invalid='true']")
    assert len(field) == 1, "which field is wrong is not said"
    expect_words(succession(follows), "令和8年1月5日　磯部　航", "急ぎます。")
    follows.post(here, answer, {"text": "本庁舎の2階です。"})
    assert told not in waiting(follows.get("/"))
    # the other who was named is asked still, and by nobody else's leaving
    assert told in waiting(page("nami", "2026-01-05T10:00").get("/"))
    assert fsck.check(wp.store) == []
