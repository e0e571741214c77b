"""A record closes with its event: what comes after it is refused with a sentence, or kept apart
as later with its day; what was typed wrongly is corrected with a reason. Each of these was taken
before, and printed as if it had been said or written in time."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import func, select

from pia import config, forms
from pia.actions import sources
from pia.actions.editing import items as editing
from pia.actions.editing import versions
from pia.actions.issuing import papers as papers_office
from pia.actions.steps import consultations, filing, referrals, remarks, sittings
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.errors import PiaError, Refused
from pia.store.rows import councils as rows
from pia.store.rows.assessments import NewRound
from pia.store.rows.consultations import Opinion
from pia.web.application import create_app

from .. import shared
from ..conftest import NOW
from .client import PageClient, expect_problem

OFFICE, CHAIR = By("mizukoshi", "secretariat", NOW), By("kiryu", "chair", NOW)
LINE = "nhi-benefits~r6-cloud"


def page_of(wp: Workplace, name: str = "mizukoshi", at: datetime = NOW) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: at), name)


def posted(page: PageClient, to: str, values: dict[str, str]) -> int:
    """The status of a form sent as if it still stood on a page."""
    token = page.fields(page.get("/me").find(".//form"))["csrf_token"]
    return page.client.post(
        to, data={"csrf_token": token, "_request": f"after-{to}-000000000000"[:60], **values}
    ).status_code


def rows_of(wp: Workplace, kind: type[Any]) -> int:
    with wp.store.read() as s:
        return s.scalar(select(func.count()).select_from(kind)) or 0


def test_what_a_member_does_after_the_publication_is_refused(played: Workplace) -> None:
    chair, before = (
        page_of(played, "kiryu"),
        [rows_of(played, k) for k in (rows.Remark, rows.Proposal, rows.Tick)],
    )
    chair.expect_words("/referrals/1/cards/1", "手続は終わっている")
    for to, values in (
        ("remarks", {"text": "後から"}),
        ("cards/1/remarks", {"text": "後から"}),
        ("cards/1/tick", {"on": "1"}),
        ("cards/1/proposals", {"before": "市", "after": "町", "why": ""}),
    ):
        assert posted(chair, f"/referrals/1/{to}", values) == 422, to
    assert [rows_of(played, k) for k in (rows.Remark, rows.Proposal, rows.Tick)] == before
    for act in (
        lambda: remarks.ask(played, OFFICE, 1, "桐生 慎一郎", "後から"),
        lambda: remarks.answer(played, OFFICE, 1, "事務局", "後から"),
        lambda: sittings.explaining(played, OFFICE, 1, 1),
    ):
        with pytest.raises(PiaError, match="終わっている"):
            act()


def test_a_question_after_the_sitting_is_printed_apart(tmp_path: Path) -> None:
    wp = shared.copied(shared.played("verdict"), tmp_path)
    at = datetime(2024, 7, 25, 9, tzinfo=JST)
    chair = page_of(wp, "kiryu", at)
    chair.post("/referrals/1", "/referrals/1/remarks", {"text": "翌日に思い付いた質問。"})
    chair.expect_words("/referrals/1", "（会議の後　令和6年7月25日）")
    book = Document(
        io.BytesIO(
            papers_office.make(
                wp, "minutes", "docx", about=1, today=date(2024, 7, 26), given={}
            ).data
        )
    )
    tables = ["\n".join(c.text for r in t.rows for c in r.cells) for t in book.tables]
    assert ["翌日に思い付いた質問。" in t for t in tables] == [False] * (len(tables) - 1) + [True]
    with pytest.raises(PiaError, match="任期"):
        remarks.ask(wp, By("setoguchi", "member", at), 1, "瀬戸口 実", "任期の後の質問。")


def test_a_closed_sitting_is_corrected_with_a_reason(played: Workplace) -> None:
    page = page_of(played)
    with pytest.raises(Refused, match="閉会"):
        sittings.attend(played, OFFICE, 1, ["桐生 慎一郎"])
    with pytest.raises(Refused, match="閉会"):
        sittings.close(played, OFFICE, 1, time(23), 9)
    form = next(
        f
        for f in page.get("/sittings/1").iter("form")
        if f.get("action") == "/sittings/1/corrections"
    )
    sent = page.fields(form) | {"present": "0"}
    expect_problem(page.send("/sittings/1/corrections", sent | {"reason": ""}, 422), "直す理由")
    words = page.send(
        "/sittings/1/corrections", sent | {"reason": "名札の取り違え", "_request": "y" * 20}
    ).text_content()
    assert "名札の取り違え" in words and "水越 千尋" in words and "出席の記録" in words
    with played.store.read() as s:
        kept = s.scalars(select(rows.SittingCorrection)).one()
        assert (
            kept.before["present"] is True
            and kept.after["present"] is False
            and kept.reason == "名札の取り違え"
        )
    paper = papers_office.make(played, "minutes", "docx", about=1, today=NOW.date(), given={})
    assert "名札の取り違え" in "\n".join(
        c.text for t in Document(io.BytesIO(paper.data)).tables for r in t.rows for c in r.cells
    )


def test_attendance_and_closing_wait_for_their_day(played: Workplace) -> None:
    sitting = sittings.convene(
        played,
        OFFICE,
        1,
        sittings.NewSitting(
            name="先の会議", day=date(2024, 12, 1), opens=time(10), place="会議室", agenda=[]
        ),
    )
    for act in (
        lambda: sittings.attend(played, OFFICE, sitting, []),
        lambda: sittings.close(played, OFFICE, sitting, time(11), 0),
    ):
        with pytest.raises(PiaError, match="まだ来ていません"):
            act()


def test_a_verdict_is_of_a_sitting_that_heard_the_case(played: Workplace) -> None:
    sitting = sittings.convene(
        played,
        OFFICE,
        1,
        sittings.NewSitting(
            name="別の会議", day=NOW.date(), opens=time(8), place="会議室", agenda=[]
        ),
    )
    with pytest.raises(PiaError, match="議題ではありません"):
        referrals.decide(played, OFFICE, 1, sitting, "了承")
    assert (
        posted(page_of(played), f"/sittings/{sitting}/decide", {"referral": "1", "kind": "了承"})
        == 422
    )


def test_a_late_opinion_is_kept_apart_and_the_answers_are_fixed(played: Workplace) -> None:
    page = page_of(played)
    page.post(
        "/consultations/1",
        "/consultations/1/opinions",
        {"channel": "post", "received": "2024-10-30", "text": "遅れて届いた葉書。"},
    )
    shown = page.get("/consultations/1").text_content()
    assert "遅れて届いた葉書。" in shown[shown.index("件数に入れずに残した意見") :]
    assert "意見5人5件" in "".join(shown.split())
    with played.store.read() as s:
        assert (
            s.scalars(select(Opinion.later).where(Opinion.text == "遅れて届いた葉書。")).one()
            is True
        )
    with pytest.raises(Refused, match="確定している"):
        consultations.respond(played, OFFICE, 1, 1, "書き換え", "KEPT")
    with pytest.raises(Refused, match="閉じている"):
        consultations.adopt(played, OFFICE, 1, 1, "甲", "乙", {LINE: ("IV", "3")})
    with pytest.raises(PiaError, match="まだ来ていません"):
        consultations.receive(
            played,
            OFFICE,
            1,
            consultations.NewOpinion(received=date(2030, 1, 1), channel="post", text="未来の意見"),
        )


def test_what_was_submitted_is_not_written_into(tmp_path: Path) -> None:
    wp = shared.copied(shared.played("submit"), tmp_path)
    head = sources.read_ref(wp, LINE)
    acts = (
        lambda: filing.note(wp, OFFICE, LINE, ("IV", "3"), explanation="後から"),
        lambda: filing.explain(wp, OFFICE, LINE, ("IV", "3"), "後から"),
        lambda: filing.decide_material(wp, OFFICE, LINE, ("IV", "3"), "MATERIAL", ""),
        lambda: filing.make_table(wp, OFFICE, LINE, published=date(2024, 9, 2)),
        lambda: filing.fill_procedure(wp, OFFICE, LINE, {("C", "7"): "令和6年9月3日"}),
        lambda: filing.emergency(wp, OFFICE, LINE, "後から"),
        lambda: filing.minor_after_review(wp, OFFICE, LINE, "後から", "会長"),
        lambda: consultations.fix_review(wp, OFFICE, [LINE], date(2024, 7, 5)),
        lambda: versions.bring_in(wp, OFFICE, LINE, versions.Brought(head.tree), why="後から"),
    )
    for act in acts:
        with pytest.raises(Refused, match="閉じている"):
            act()
    with pytest.raises(Refused, match="書き換えられない段階"):
        editing.save_answer(
            wp, OFFICE, editing.Opened(LINE, ("IV", "3"), seen=head.ref), "後から", why="後から"
        )
    assert sources.read_ref(wp, LINE).ref == head.ref


def test_what_was_published_begins_with_a_round(played: Workplace) -> None:
    with pytest.raises(Refused, match="先に再実施か修正"):
        versions.bring_in(
            played,
            OFFICE,
            "nhi-levy",
            versions.Brought(sources.read_ref(played, "nhi-levy").tree),
            why="上書き",
        )


def test_an_affair_without_a_department_is_the_offices_until_it_has_one(played: Workplace) -> None:
    """Before, every drafter of the city wrote what had been imported."""
    form = forms.load("all_item@平成30年5月")
    tree = items.build(
        form,
        [
            (("C", "1"), "77"),
            (("C", "2"), "取り込んだ事務"),
            (("C", "5"), "みなも市長"),
            (("IV", "3"), "甲"),
        ],
    )
    versions.bring_in(played, OFFICE, "brought", versions.Brought(tree), why="取込み")
    line = versions.open_round(
        played, OFFICE, "brought", NewRound("r6", "CORRECTION", reasons=["甲"])
    )
    drafter, office = page_of(played, "morishita"), page_of(played)
    assert (
        drafter.client.get(f"/lines/{line}/parts").status_code == 403
        and office.get(f"/lines/{line}/parts") is not None
    )
    words = office.get("/affairs/brought")
    assert (
        "担当の課が決まっていません" in words.text_content()
        and "担当の課を決める" not in drafter.get("/affairs/brought").text_content()
    )
    own = next(
        o.get("value")
        for o in words.xpath("//select[@name='department']/option")
        if "保険" in o.text or "国保" in o.text
    )
    office.post("/affairs/brought", "/affairs/brought/department", {"department": own})
    assert drafter.get(f"/lines/{line}/parts") is not None
    assert posted(office, "/affairs/brought/department", {"department": own}) == 422, (
        "the administrator moves it from now on"
    )


def test_who_reads_withheld_words_is_changed_with_a_reason_and_on_record(played: Workplace) -> None:
    """Before, whoever could read the draft read its withheld words."""

    line = versions.open_round(
        played, OFFICE, "nhi-levy", NewRound("himitsu", "CORRECTION", reasons=["甲"])
    )
    seen = sources.read_ref(played, line).ref
    seen = editing.save_answer(
        played,
        OFFICE,
        editing.Opened(line, ("IV", "3"), seen=seen),
        "鍵は地下3階の青い箱に置く。",
        why="甲",
    ).ref
    editing.withhold(
        played,
        OFFICE,
        editing.Opened(line, ("IV", "3"), seen=seen),
        "地下3階の青い箱",
        "防犯",
        ground="SECURITY",
    )
    other, office = page_of(played, "nonomura"), page_of(played)

    def reads(url: str) -> tuple[bool, bool]:
        text = other.client.get(url).get_data(as_text=True)
        return "地下3階の青い箱" in text, "【非公表】" in text

    urls = [
        f"/assessments/{line}",
        f"/compare?old=nhi-levy@1&new={line}",
        f"/assessments/{seen}",
        f"/assessments/{line}/export.md",
        f"/rounds/{line}/change-table",
        f"/compare.json?old=nhi-levy@1&new={line}",
    ]
    assert [reads(url) for url in urls] == [(False, True)] * len(urls)
    assert other.client.get(f"/assessments/{line}/export.xlsx?carrier=1").status_code == 403
    who = next(
        o.get("value")
        for o in office.get("/assessments/nhi-levy/readers").xpath("//select[@name='who']/option")
        if "野々村" in o.text
    )
    office.post(
        "/assessments/nhi-levy/readers",
        "/assessments/nhi-levy/readers",
        {"who": who, "allowed": "1", "reason": "共同で点検するため"},
    )
    assert reads(urls[0])[0]
    words = office.post(
        "/assessments/nhi-levy/readers",
        "/assessments/nhi-levy/readers",
        {"who": who, "allowed": "0", "reason": "点検が終わったため"},
    ).text_content()
    assert "共同で点検するため" in words and "点検が終わったため" in words and not reads(urls[0])[0]
    refused = office.post(
        "/assessments/nhi-levy/readers",
        "/assessments/nhi-levy/readers",
        {"who": "role:secretariat", "allowed": "0", "reason": "甲"},
        422,
    )
    expect_problem(refused, "事務局")
