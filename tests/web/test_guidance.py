"""What belongs at each item, for every official form; the 記載要領 the city files; an example that
was taken over is found; the guided order. Played in 海原市 and in the case."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from pia import forms, manual, rules
from pia.actions import sources
from pia.actions.steps import guides
from pia.actions.viewing import guidance
from pia.actions.workplace import Workplace
from pia.documents.pdf import fonts
from pia.domain.document.tree import Tree
from pia.store.upkeep import fsck

from .client import PageClient, expect_no_words, expect_words
from .test_corrections import LINE, correct, isobe, umihara_until, withdraw, wrong

ASSESSMENTS = [name for name in forms.known() if not name.startswith("plan")]


THERE = quote(LINE, safe="~")


@pytest.fixture
def wp(tmp_path: Path) -> Workplace:
    return umihara_until("announce", tmp_path)


@pytest.mark.parametrize("name", ASSESSMENTS)
def test_something_is_said_of_every_item_a_person_answers(name: str) -> None:
    form = forms.load(name)
    items = [
        line for line in form.by_id.values() if "group" not in line.kind and not line.procedure
    ]
    assert len(items) >= 24
    for line in items:
        words = manual.guidance_of(line)
        assert words.belongs.endswith("。") and "{" not in words.belongs, line.id
        assert "未照合" in words.source, "nobody has read the 記載要領"


@pytest.mark.parametrize("name", ASSESSMENTS)
def test_the_guided_order_leaves_no_item_out(name: str) -> None:
    form = forms.load(name)
    places = [line.id for _, line in guidance.writable(form, Tree(name, ()))]
    assert len(places) == len(set(places)) >= 20
    begun = {line.id for _, line in guidance.writable(form, Tree(name, ()))}
    outside = {
        line.id
        for line in form.by_id.values()
        if "group" not in line.kind
        and not line.procedure
        and not any(up.procedure or up.repeated for up in line.parents)
    }
    assert outside <= begun


def test_what_the_order_rests_on_is_known() -> None:
    items = rules.content_checks().items
    for name, before in manual.rests_on().items():
        assert {name, *before} <= set(items), name
    assert set(rules.content_checks().data["examples"]) <= set(items)


def first_link(page: PageClient, url: str, words: str) -> str:
    links = [a for a in page.get(url).iter("a") if words in a.text_content()]
    assert links, words
    return str(links[0].get("href"))


def test_an_item_is_two_clicks_away_and_saving_leads_back(wp: Workplace) -> None:
    page = isobe(wp, "2025-12-20T10:00")
    order = first_link(page, f"/lines/{THERE}/parts", "順に書く")
    shown = page.expect_words(order, "順に書く", "残り", "表紙と基本情報")
    links = {
        a.get("href") for a in shown.iter("a") if f"/lines/{THERE}/guide/" in (a.get("href") or "")
    }
    whole = [
        item for step in guidance.guided(wp, sources.read_ref(wp, LINE)) for item in step.items
    ]
    assert len(links) >= len(whole) > 30, "every item is one click from the order"
    item = f"/lines/{THERE}/guide/I/1/2"
    here = page.expect_words(
        item, "この項目に書くこと", "審議会で聞かれそうなこと", "記載例（架空）"
    )
    expect_words(here, "変えるとどうなるか", "記載要領と未照合")
    answer = page.post(item, f"/lines/{THERE}/items/I/1/2", {"text": "申請を受けて認定する事務。"})
    expect_words(answer, "残り", "順に書く")


def test_what_rests_on_what_is_said(tmp_path: Path) -> None:
    wp = umihara_until("announce", tmp_path)
    source = sources.read_ref(wp, LINE)
    steps = guidance.guided(wp, source)
    waits = [item for step in steps for item in step.items if item.waits]
    for item in waits:
        assert all(isinstance(words, str) and words for words in item.waits)
    empty_parts = [name for step in steps for _, name in step.empty]
    assert any("特定個人情報ファイル" in name for name in empty_parts), "no file is there yet"
    # with nothing written, what rests on another item says so
    empty = Tree(source.tree.form, ())
    bare = guidance.guided(wp, replace(source, tree=empty))
    told = {words for step in bare for item in step.items for words in item.waits}
    assert any("事務の内容" in words or "事務の概要" in words for words in told)
    assert all(not item.filled for step in bare for item in step.items)


def test_an_example_that_was_taken_over_is_found(wp: Workplace) -> None:
    page = isobe(wp, "2025-12-20T10:00")
    example = rules.content_checks().data["examples"]["事務の内容"]
    item = f"/lines/{THERE}/items/I/1/2"
    page.post(item, item, {"text": f"{example}\n以上。"})
    page.expect_words(f"/lines/{THERE}/content", "記載例（架空）と同じ文が残っています")
    page.post(item, item, {"text": "就学援助の認定を行う事務である。"})
    page.expect_no_words(f"/lines/{THERE}/content", "記載例（架空）と同じ文が残っています")


def guide(pages: list[list[str]]) -> bytes:
    """A 記載要領 of invented words."""
    face = fonts.typeface("".join(words for lines in pages for words in lines))
    out = io.BytesIO()
    canvas = Canvas(out)
    for lines in pages:
        canvas.setFont(face.regular, 12)
        for number, words in enumerate(lines):
            canvas.drawString(60, 760 - 20 * number, words)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def wordless() -> bytes:
    whole = pikepdf.Pdf.new()
    whole.add_blank_page()
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


PAGES = [
    ["架空の記載要領", "目次"],
    ["事務の名称", "事務の名前を書く。"],
    ["事務の内容", "架空の説明。"],
    ["保管場所", "場所を書く。"],
]


def test_each_item_opens_its_page_of_what_the_city_filed(wp: Workplace) -> None:
    page = isobe(wp, "2025-12-20T10:00")
    item = f"/lines/{THERE}/items/I/1/2"
    page.expect_no_words(item, "頁を見る")
    given = {"title": "架空の記載要領", "edition": "2025-04-01"}
    sent = given | {"guide": (io.BytesIO(guide(PAGES)), "要領.pdf")}
    wrong(
        page.post("/guides", "/guides", sent | {"edition": "2027-01-01"}, 422),
        "edition",
        "まだ来て",
    )
    for body, words in ((b"%PDF-1.4 x", "壊れて"), (wordless(), "文字を取り出せません")):
        bad = given | {"guide": (io.BytesIO(body), "要領.pdf")}
        wrong(page.post("/guides", "/guides", bad, 422), "guide", words)
    sent["guide"] = (io.BytesIO(guide(PAGES)), "要領.pdf")
    expect_words(page.post("/guides", "/guides", sent), "架空の記載要領", "使っている")
    here = page.expect_words(item, "「架空の記載要領」の3頁を見る", "言葉から見つけた頁")
    link = next(a.get("href") for a in here.iter("a") if "3頁を見る" in a.text_content())
    page.expect_words(link, "架空の説明。", "この項目の頁を選ぶ")
    wrong(page.post(link, "/guides/1/places", {"page": "9"}, 422), "page", "1から4まで")
    page.post(link, "/guides/1/places", {"page": "2"})
    expect_no_words(page.expect_words(item, "の2頁を見る"), "言葉から見つけた頁")
    correct(page, "/guides/1/correction", title="架空の要領")
    page.expect_words(item, "「架空の要領」の2頁を見る")
    withdraw(page, "/guides/1/correction")
    page.expect_no_words(item, "頁を見る")
    assert page.client.get("/guides/1/pages/99").status_code == 404
    assert not fsck.check(wp.store, deep=True)


def test_what_the_words_do_not_lead_to_has_no_page() -> None:
    form = forms.load("all_item@令和6年10月")
    places = guides.found(form, [["まったく別の文書"]])
    assert places == {}
