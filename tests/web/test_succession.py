"""引継書 of an affair in one click: what runs, what was promised, what is open, from the record, in
海原市 over a year end and after everything is done."""

from __future__ import annotations

from pathlib import Path

from pia.documents.word import reader

from .client import PageClient
from .test_corrections import isobe, umihara_until, withdraw


def paper(page: PageClient) -> str:
    links = page.get("/affairs/school-aid").iter("a")
    word = next(x.get("href") for x in links if x.text_content() == "引継書（Word）")
    sheet, problems = reader.read(page.download(word), "引継書")
    assert problems == ()
    return repr(sheet)


def test_a_case_in_the_middle_of_its_council(tmp_path: Path) -> None:
    page = isobe(umihara_until("verdict", tmp_path), "2026-02-16T10:00")
    said = paper(page)
    for words in (
        "就学援助に関する事務",
        "令和8年2月16日現在",
        "電子申請に係る再実施",
        "点検済み",
        "令和8年4月1日",
        "変更の実施予定日",
        "附帯意見を付して了承：要綱を公表すること。",
        "個人情報保護委員会に提出する",
    ):
        assert words in said, words
    # What is past is no date to keep, and no word of another town is said.
    assert "意見募集「" not in said and "みなも" not in said


def test_what_was_taken_back_is_not_handed_over(tmp_path: Path) -> None:
    page = isobe(umihara_until("announce", tmp_path), "2025-12-12T10:00")
    assert "意見募集「就学援助の評価書（案）への意見募集」の終わりの日" in paper(page)
    withdraw(page, "/consultations/1/correction")
    said = paper(page)
    assert "意見募集「" not in said and "評価書案の作成" in said


def test_a_case_that_is_done(tmp_path: Path) -> None:
    page = isobe(umihara_until("publish", tmp_path), "2026-03-10T10:00")
    said = paper(page)
    assert "進めている手続はありません。" in said and "令和8年3月6日" in said
