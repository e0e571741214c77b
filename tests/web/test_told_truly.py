"""Pages say what is computed from the changed place and from this round's own record, in the
second story's town and in small cases of their own."""

from __future__ import annotations

import io
import random
from datetime import date, datetime
from pathlib import Path

import pytest
from lxml import html

from pia import config, forms
from pia.actions import demo
from pia.actions.editing import versions
from pia.actions.output import carriers
from pia.actions.people import registration
from pia.actions.records import revision
from pia.actions.records import rounds as round_records
from pia.actions.steps import councils, filing, remarks
from pia.actions.viewing import rounds
from pia.actions.workplace import Workplace
from pia.documents.text import page
from pia.domain.act import JST, By
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.store.rows.assessments import NewRound
from pia.web.application import create_app

from .. import shared
from ..conftest import NOW
from ..documents import foreign
from .client import PageClient, expect_words

OFFICE = By("mizukoshi", "secretariat", datetime(2024, 10, 1, 9, tzinfo=JST))
FORM = forms.load("all_item@平成30年5月")
ITEM = ("II", "f", "6", "1")


def office(wp: Workplace, at: datetime = NOW, name: str = "hiratsuka") -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: at), name)


@pytest.fixture
def corrected(played: Workplace) -> Workplace:
    """The played case with a 修正 that touches a ※ item nobody has seen."""
    versions.open_round(
        played,
        OFFICE,
        "nhi-levy",
        NewRound("kaisei", "CORRECTION", reasons=["字句の整理"], facts={"title": "字句の整理"}),
    )
    seen = rounds.round_view(played, "nhi-levy~kaisei", date(2024, 10, 1)).head_ref
    shared.write(
        played,
        OFFICE,
        "nhi-levy~kaisei",
        ("IV", "1", "1"),
        "年に2回点検する。",
        seen=seen,
        why="整理",
    )
    return played


def test_no_table_is_not_a_wrong_table(corrected: Workplace) -> None:
    words = office(corrected).get("/rounds/nhi-levy~kaisei/change-table").text_content()
    assert "変更箇所の表は、まだ作られていません" in words and "一致していません" not in words
    submit = office(corrected).get("/rounds/nhi-levy~kaisei/submit").text_content()
    assert (
        "✕ 変更箇所の表は、まだ作られていません" in submit
        and "一致しません"
        not in submit.replace("変更箇所の表と本文が一致しません（変更箇所の表がまだ", "")
    )


def test_a_mark_nobody_saw_asks_and_the_answer_is_kept(corrected: Workplace) -> None:
    here = office(corrected).get("/rounds/nhi-levy~kaisei").text_content()
    assert "答えが要る点：1件" in here
    table = office(corrected).get("/rounds/nhi-levy~kaisei/change-table")
    action = next(f.get("action") for f in table.iter("form") if "/notes/IV/1/1" in f.get("action"))
    kept = office(corrected)
    form = next(
        f
        for f in kept.get("/rounds/nhi-levy~kaisei/change-table").iter("form")
        if f.get("action") == action and f.xpath(".//select[@name='choice']")
    )
    kept.send(
        "/rounds/nhi-levy~kaisei/notes/IV/1/1",
        kept.fields(form) | {"choice": "NOT_LISTED", "why": "別表を見て、対象でないことを確かめた"},
    )
    after = office(corrected).get("/rounds/nhi-levy~kaisei").text_content()
    assert "答えが要る点" not in after
    office(corrected).expect_words(
        "/rounds/nhi-levy~kaisei/change-table", "別表を見て、対象でないことを確かめた"
    )


def test_a_registered_blank_turns_a_question_into_a_refusal_and_says_so(
    corrected: Workplace, tmp_path: Path
) -> None:
    before = office(corrected, name="morishita").get("/assessments/nhi-levy~kaisei").text_content()
    assert "照合済み" not in before
    blank = tmp_path / "様式4.xlsx"
    blank.write_bytes(
        foreign.Writer(random.Random(3), Tree(FORM.id), {"split", "brackets"}).write()
    )
    registered = carriers.register(corrected, OFFICE, blank)
    assert registered.sha256, registered.problems
    seen, lines = carriers.confirm(corrected, OFFICE, FORM.id)
    assert lines / 2 < seen <= lines
    after = office(corrected, name="morishita").get("/assessments/nhi-levy~kaisei").text_content()
    assert "項目を照合済みです（令和6年10月1日）" in after
    with corrected.store.read() as s:
        marked = revision.seen_marks(s, FORM)
        from pia.store.rows import papers

        kept = papers.confirmation_of(s, FORM.id)
    assert kept is not None and marked is not None
    printed = [node for node, mark in kept.nodes.items() if mark]
    assert set(printed) <= {n.id for n in FORM.walk()}


@pytest.mark.parametrize(
    ("form_id", "words"),
    [("all_item@令和6年10月", "見ていません"), ("basic_item@平成30年5月", "確かめられていません")],
)
def test_a_form_without_a_source_says_so_on_its_documents(
    fresh: Workplace, form_id: str, words: str
) -> None:
    form = forms.load(form_id)
    registration.add_account(
        fresh, OFFICE, registration.NewAccount("kazama", "風間 律", "secretariat", "白波市長")
    )
    versions.bring_in(
        fresh,
        OFFICE,
        "vaccine",
        versions.Brought(
            items.build(
                form, [(("C", "1"), "4"), (("C", "2"), "予防接種"), (("C", "5"), "白波市長")]
            )
        ),
        why="取込み",
    )
    office(fresh, name="kazama").expect_words("/assessments/vaccine", words)


def marked(before: str, after: str) -> html.HtmlElement:
    """What a card shows of the change of one item."""
    a, b = (
        items.build(FORM, [(("II", "f", "1"), "接種記録ファイル"), (ITEM, text)])
        for text in (before, after)
    )
    described = describe(FORM, compare(a, b), a, b)
    source = (
        "{% import 'macros/marks.html' as marks %}{% for s in said "
        "%}{{ marks.change(s) }}{% endfor %}"
    )
    return html.fragment_fromstring(
        page.environment().from_string(source).render(said=described), create_parent="div"
    )


def test_a_moved_block_says_that_it_moved_and_where_to() -> None:
    first, two, three = ("＜入退室＞\n記録する。", "＜施錠＞\n鍵をかける。", "＜監視＞\n見回る。")
    shown = marked("\n".join((first, two, three)), "\n".join((two, three, first)))
    text = " ".join(shown.text_content().split())
    assert (
        "【移動】＜入退室＞が、＜監視＞の後に移りました。" in text
        and "記載は同じで、場所だけが変わっています" in text
    )
    assert not shown.find_class("two"), "no two columns that are the same"


def test_two_files_with_the_same_bytes_are_two_materials(tmp_path: Path) -> None:
    wp = shared.copied(shared.played("answers"), tmp_path)
    at = datetime(2024, 7, 8, 10, tzinfo=JST)
    councils.set_up(
        wp, By("mizukoshi", "secretariat", at), "みなも市情報公開・個人情報保護審議会", {}, []
    )
    page_ = office(wp, at)
    here = page_.get("/referrals/new")
    refs = [e.get("value") for e in here.xpath("//input[@name='rounds']")]
    assert refs
    sent = {
        "council": "1",
        "title": "点検について",
        "rounds": refs,
        **{f"n-{ref}": f"資料{n}" for n, ref in enumerate(refs, 1)},
    }
    form = next(f for f in here.iter("form") if f.get("action") == "/referrals/new")
    files = [(io.BytesIO(b"one and the same"), f"資料{n}　参考{n}.txt") for n in (8, 9)]
    answer = page_.client.post(
        "/referrals/new",
        data={**page_.fields(form), **sent, "free": files},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/jobs/"), (
        answer.headers["Location"]
    )
    wp.store.close()


def test_what_is_refused_by_the_record_can_be_gone_over_with_a_reason_that_is_kept(
    tmp_path: Path,
) -> None:
    wp = shared.copied(shared.played("verdict"), tmp_path)
    ref, at = f"nhi-levy~{demo.ROUND}", datetime(2024, 8, 20, 9, tzinfo=JST)
    page_ = office(wp, at)
    asked = page_.get(f"/rounds/{ref}/submit").xpath("//form[contains(@action, '/overrule')]")
    assert len(asked) >= 4
    mark = page_.fields(asked[0])["mark"]
    page_.post(
        f"/rounds/{ref}/submit",
        f"/rounds/{ref}/overrule",
        {"because": "  "},
        status=422,
        pick={"mark": mark},
    )
    page_.post(
        f"/rounds/{ref}/submit",
        f"/rounds/{ref}/overrule",
        {"because": "前回と同じ日に実施したため"},
        pick={"mark": mark},
    )
    left = page_.get(f"/rounds/{ref}/submit").xpath("//form[contains(@action, '/overrule')]")
    assert len(left) == len(asked) - 1
    page_.expect_words(f"/rounds/{ref}", "前回と同じ日に実施したため")
    wp.store.close()


def test_a_stale_verdict_is_told_as_stale_on_both_pages(tmp_path: Path) -> None:
    wp = shared.copied(shared.played("verdict"), tmp_path)
    at = datetime(2024, 7, 30, 9, tzinfo=JST)
    for url in ("/referrals", "/sittings/1"):
        office(wp, at).expect_no_words(url, "いまの本文への結論ではありません")
    round_records.move(wp, By("mizukoshi", "secretariat", at), f"nhi-levy~{demo.ROUND}", "reopen")
    for url in ("/referrals", "/sittings/1"):
        words = office(wp, at).get(url).text_content()
        assert (
            "いまの本文への結論ではありません" in words
            and "国民健康保険（賦課・徴収）に関する事務" in words
        )
    wp.store.close()


def test_a_rise_of_the_threshold_shows_what_comes_first(played: Workplace) -> None:
    page_ = office(played)
    for people in ("150000", "304000"):
        about = {
            "people": people,
            "handlers": "100",
            "counted_people": "2024-09-01",
            "counted_handlers": "2024-09-01",
        }
        page_.post("/affairs/nhi-levy", "/affairs/nhi-levy/counts", about)
    words = page_.get("/affairs/nhi-levy").text_content()
    assert "しきい値判断の後にすること" in words
    assert words.index("基礎項目評価書を修正し、提出し、公表する") < words.index(
        "全項目評価書を公示し、意見を聴く"
    )


def test_the_grounds_of_a_basic_document_are_those_it_may_use(played: Workplace) -> None:
    for key, grounds in (("nhi-levy", 2), ("nhi-levy-basic", 1)):
        versions.open_round(
            played, OFFICE, key, NewRound("hikouhyou", "CORRECTION", reasons=["甲"])
        )
        path = "IV/3" if grounds == 2 else "I/1/2"
        form = office(played).get(f"/lines/{key}~hikouhyou/items/{path}")
        options = form.xpath("//select[@name='ground']/option")
        assert len(options) == grounds, key
    refused = office(played)
    here = refused.get("/lines/nhi-levy-basic~hikouhyou/items/I/1/2")
    form = next(f for f in here.iter("form") if "/withheld/" in f.get("action"))
    word = "国民健康保険"
    words = refused.send(
        "/lines/nhi-levy-basic~hikouhyou/withheld/I/1/2",
        refused.fields(form) | {"words": word, "because": "安全のため", "ground": "SECURITY"},
        422,
    )
    expect_words(words, "規則第5条第2項")


def test_the_page_of_rules_names_each_source_and_the_day_it_was_read(seen: Workplace) -> None:
    words = office(seen).get("/rules").text_content()
    assert (
        "規則第7条第4項・第5項〔令和8年2月8日現在〕" in words.replace("\n", "")
        and "令和8年11月28日に読みました" in words
    )
    assert "指針：" in words and "市の決まり" in words


def test_a_question_after_the_closing_is_kept_apart(tmp_path: Path) -> None:
    wp = shared.copied(shared.played("verdict"), tmp_path)
    late = By("kiryu", "chair", datetime(2024, 7, 25, 9, tzinfo=JST))
    remarks.ask(wp, late, 1, "桐生 慎一郎", "閉会の後に思い付いた質問である。")
    from pia.actions.issuing import papers as papers_office

    paper = papers_office.make(wp, "minutes", "docx", about=1, today=date(2024, 7, 26), given={})
    from docx import Document

    book = Document(io.BytesIO(paper.data))
    text = "\n".join(p.text for p in book.paragraphs) + "\n".join(
        c.text for t in book.tables for r in t.rows for c in r.cells
    )
    said = text[: text.index("閉会の後に思い付いた質問である。")]
    assert "閉会の後に記録" in said.rsplit("桐生", 1)[-1], (
        "kept apart from what was said in the meeting"
    )
    wp.store.close()


def test_filing_refuses_a_day_that_has_not_come_on_the_page(played: Workplace) -> None:
    versions.open_round(
        played, OFFICE, "nhi-levy", NewRound("kaisei", "CORRECTION", reasons=["甲"])
    )
    with pytest.raises(Exception, match="まだ来ていません"):
        filing.publish(played, OFFICE, ["nhi-levy~kaisei"], date(2030, 1, 1))
