"""元に戻す through the pages: a save, a version, an item and an entry of before, each as a new
version; in the case and in another town's document."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from pia import config
from pia.actions import sources
from pia.actions.viewing import earlier
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.domain.document.items import text_of
from pia.domain.document.tree import Tree
from pia.web.application import create_app

from .. import shared
from ..actions import umihara
from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_words

REF = "nhi-benefits~r6-cloud"
EARLIER = f"/lines/{REF}/earlier"


def at(wp: Workplace, person: str, now: datetime = NOW) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: now), person)


def tree(wp: Workplace, ref: str = REF) -> Tree:
    return sources.read_ref(wp, ref).tree


def says(wp: Workplace, path: str, ref: str = REF) -> str:
    return text_of(tree(wp, ref).find(path.split("/")))


def write(page: PageClient, path: str, text: str, ref: str = REF) -> None:
    url = f"/lines/{ref}/items/{path}"
    page.post(url, url, {"text": text, "reason": "ガバメントクラウド", "why": "書き間違い"})


def test_a_save_is_taken_back_and_both_texts_stay_on_record(drafted: Workplace) -> None:
    page = at(drafted, "morishita")
    before = tree(drafted)
    write(page, "IV/3", "間違えて書き換えた記載。")
    wrong = sources.read_ref(drafted, REF).ref
    here = expect_words(page.get(EARLIER), "あなたの直前の保存", "Ⅳ３", "書き間違い")
    here = page.post(EARLIER, EARLIER, pick={"what": "save"})
    expect_words(here, "保存を取り消しました", "の保存を取り消す")
    assert tree(drafted) == before
    assert says(drafted, "IV/3", wrong) == "間違えて書き換えた記載。"


def test_what_others_wrote_since_stays(drafted: Workplace) -> None:
    page = at(drafted, "morishita")
    before = says(drafted, "IV/3")
    write(page, "IV/3", "一人目の記載。")
    mine = sources.read_ref(drafted, REF).ref
    write(at(drafted, "mizukoshi"), "V/1/2", "二人目の記載。")
    page.post(EARLIER, EARLIER, {"what": "save"}, pick={"version": mine})
    assert says(drafted, "IV/3") == before and says(drafted, "V/1/2") == "二人目の記載。"


def test_the_same_words_changed_since_are_not_taken_back(drafted: Workplace) -> None:
    page = at(drafted, "morishita")
    write(page, "IV/3", "一人目の記載。")
    mine = sources.read_ref(drafted, REF).ref
    write(at(drafted, "mizukoshi"), "IV/3", "二人目が、全体を書き直した別の文章。")
    here = page.post(EARLIER, EARLIER, {"what": "save"}, pick={"version": mine}, status=409)
    expect_words(here, "そのまま取り消せません", "項目ごとに前の記載へ戻してください")
    assert says(drafted, "IV/3") == "二人目が、全体を書き直した別の文章。"


def test_a_version_and_an_item_are_taken_up_again(drafted: Workplace) -> None:
    page = at(drafted, "morishita")
    first = sources.read_ref(drafted, REF)
    write(page, "IV/3", "二つ目の記載。")
    write(page, "V/1/2", "別の項目の記載。")
    url = f"{EARLIER}/IV/3"
    here = page.get(url)
    expect_words(here, "二つ目の記載。", text_of(first.tree.find(("IV", "3")))[:20])
    expect_words(page.post(url, url), "前の記載に戻しました")
    assert says(drafted, "IV/3") == text_of(first.tree.find(("IV", "3")))
    assert says(drafted, "V/1/2") == "別の項目の記載。"
    page.post(EARLIER, EARLIER, {"what": "version"}, pick={"version": first.ref})
    assert tree(drafted) == first.tree


def test_an_entry_that_was_taken_out_comes_back_with_all_its_answers(drafted: Workplace) -> None:
    page = at(drafted, "morishita")
    before = tree(drafted)
    path = "II/file-nhi/4/T"
    target = before.find(path.split("/"))
    entry = target.children[0]
    url = f"/lines/{REF}/entries/{path}"
    part = f"/lines/{REF}/parts?part=II/file-nhi"
    page.post(part, url, {"why": "委託をやめる"}, pick={"what": "remove", "key": entry.key})
    assert entry.key not in [x.key for x in tree(drafted).find(path.split("/")).children]
    expect_words(page.get(EARLIER), "この手続で削除した欄", "委託事項")
    expect_words(page.post(EARLIER, EARLIER, pick={"what": "entry"}), "欄を元に戻しました")
    back = next(x for x in tree(drafted).find(path.split("/")).children if x.key == entry.key)
    assert back == entry
    expect_no_words(page.get(EARLIER), "この手続で削除した欄")


def test_whoever_may_not_write_takes_nothing_back(drafted: Workplace, played: Workplace) -> None:
    for person in ("tanahashi", "mitamura", "makabe"):
        at(drafted, person).get(EARLIER, status=403)
    here = at(played, "morishita").get(EARLIER)
    expect_words(here, "書き換えられない段階です")
    assert not [form for form in here.iter("form") if form.get("action") == EARLIER]


def test_another_town_over_a_year_end(fresh: Workplace) -> None:
    """海原市: the draft is taken back after the new year, and no word of the case is said."""
    wp = fresh
    umihara.play(wp, until="open")
    page = at(wp, "shiomi", datetime(2026, 1, 5, 0, 10, tzinfo=JST))
    url = f"/lines/{umihara.LINE}/earlier"
    here = expect_words(page.get(url), "あなたの直前の保存", "令和7年11月20日", "Ⅰ１．②")
    expect_no_words(here, "みなも", "国民健康保険")
    page.post(url, quote(url, safe="/~"), pick={"what": "save"})
    assert says(wp, "I/1/2", umihara.LINE) == umihara.OLD
    expect_words(page.get(url), "令和8年1月5日", "電子申請に係る再実施")


def test_the_page_asks_no_more_with_a_longer_history(drafted: Workplace) -> None:
    page = at(drafted, "morishita")
    counted = []
    for saves in (4, earlier.PAGE + 6):
        for number in range(saves):
            write(page, "IV/3", f"{saves}回のうち{number}回目の記載。")
        page.get(EARLIER)
        with shared.statements(drafted) as asked:
            page.get(EARLIER)
        counted.append(len(asked))
    assert counted[0] == counted[1], counted
