"""What the product says of a round is of this round: its record, its companion, its procedure,
its days."""

from __future__ import annotations

import logging
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from pia import forms, rules
from pia.actions import demo
from pia.actions import jobs as job_queue
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.records import basic, facts, on_record, procedures, revision
from pia.actions.records import rounds as round_records
from pia.actions.steps import filing
from pia.actions.viewing import affairs, rounds
from pia.actions.workplace import Workplace, line
from pia.domain.act import JST, By, day_in_japan, day_of_text
from pia.domain.change.describe import names
from pia.domain.document import items
from pia.domain.errors import PiaError, Refused
from pia.store.rows import councils as council_rows
from pia.store.rows import jobs
from pia.store.rows.assessments import NewRound
from pia.store.rows.councils import Verdict

from .. import shared

FORM = forms.load("all_item@平成30年5月")
OFFICE = By("mizukoshi", "secretariat", datetime(2024, 10, 1, 9, tzinfo=JST))


def tree(**answers: str) -> Any:
    return items.build(FORM, [(tuple(path.split("/")), text) for path, text in answers.items()])


def known(**more: Any) -> on_record.ProcedureRecord:
    """A record of one consultation and one sitting at a year's end, with two opinions."""
    asked = SimpleNamespace(
        start=date(2025, 12, 8), end=date(2026, 1, 8), method="市の窓口", facts={}
    )
    verdict = Verdict(kind="了承", note="")
    usual: dict[str, Any] = {
        "consultations": (asked,),
        "opinions": 2,
        "adopted": 0,
        "review_days": (date(2026, 2, 3), date(2026, 3, 3)),
        "councils": ("審査会",),
        "verdict": verdict,
    }
    return on_record.ProcedureRecord(**{**usual, **more})  # type: ignore[arg-type]


def differing(
    then: dict[str, str], now: dict[str, str], kind: str = "REASSESSMENT", **more: Any
) -> tuple[str, ...]:
    base, head = tree(**then), tree(**now)
    return on_record.differences(FORM, base, head, known(**more), kind, 30, names(FORM, base, head))


@pytest.mark.parametrize(
    ("path", "text", "fine"),
    [
        ("VI/2/2", "令和7年12月8日から令和8年1月8日まで（32日間）", True),
        ("VI/2/2", "令和7年12月8日から同8年1月8日まで", False),
        ("VI/2/2", "令和7年12月8日から令和8年1月8日まで（30日間）", False),
        ("VI/2/2", "2025年12月8日～2026年1月8日", True),
        ("VI/3/1", "令和8年2月3日及び同年3月3日", True),
        ("VI/3/1", "令和8年2月3日", False),
        ("VI/2/4", "2件の意見があった。", True),
        ("VI/2/4", "意見は5件であった。", False),
        ("VI/3/3", "令和6年2月13日に了承された。", False),
        ("VI/3/3", "了承された。", True),
    ],
)
def test_what_is_written_is_held_against_this_rounds_record(
    path: str, text: str, fine: bool
) -> None:
    assert (differing({}, {path: text}) == ()) is fine


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("VI/2/4", "2件の意見があった。"),
        ("VI/2/5", "表現を改めた。"),
        ("VI/3/3", "妥当とされた。"),
        ("VI/2/1", "広報紙"),
        ("VI/1/1", "令和6年1月1日"),
    ],
)
def test_words_of_the_last_round_left_as_they_are_are_asked_about(path: str, text: str) -> None:
    assert len(differing({path: text}, {path: text})) == 1
    assert differing({path: text}, {path: text + "今回の記載。"}) == () or path == "VI/1/1"


def test_words_of_the_last_round_that_are_true_of_this_one_too_may_stand() -> None:
    true = {
        "VI/2/1": "市の窓口で受け付けた。",
        "VI/3/2": "審査会の点検を受けた。",
        "VI/3/3": "了承とされた。",
        "VI/2/3": "なし",
    }
    assert differing(true, true) == ()
    nothing = {"VI/2/4": "意見はなかった。", "VI/2/5": "なし"}
    assert differing(nothing, nothing, opinions=0) == ()
    unheard = {"VI/3/1": "実施していない", "VI/3/2": "実施していない"}
    assert differing(unheard, unheard, review_days=(), verdict=None, councils=()) == ()


def test_a_correction_leaves_the_review_of_the_last_round_alone() -> None:
    then = {"VI/2/2": "令和5年12月4日から令和6年1月5日まで", "VI/3/1": "令和6年2月13日"}
    assert differing(then, then, "CORRECTION") == ()
    sentences = differing(then, {**then, "VI/3/1": "令和8年2月3日"}, "CORRECTION")
    assert len(sentences) == 1 and "前回の再実施の記載「令和6年2月13日」のまま" in sentences[0]


def test_nothing_is_proposed_for_a_correction(played: Workplace) -> None:
    versions.open_round(
        played, OFFICE, "nhi-levy", NewRound("kaisei", "CORRECTION", reasons=["組織改正"])
    )
    assert on_record.proposals(played, "nhi-levy~kaisei") == {}


def fact(people: int, incident: bool, day: int) -> Any:
    return SimpleNamespace(
        people=people, handlers=10, incident=incident, at=datetime(2026, 1, day, 0, 30, tzinfo=JST)
    )


@pytest.mark.parametrize(
    ("counts", "due"),
    [
        ([(99_999, False)], None),
        ([(99_999, False), (100_000, False)], "key_item"),
        ([(99_999, False), (100_000, True)], "all_item"),
        ([(99_999, False), (300_000, False), (90_000, False)], None),
        ([(300_000, False), (310_000, False)], None),
    ],
)
def test_a_rise_of_the_threshold_is_read_off_the_counts(
    counts: list[tuple[int, bool]], due: str | None
) -> None:
    rise = basic.rise(
        [fact(people, incident, day) for day, (people, incident) in enumerate(counts, 1)],
        rules.load("threshold"),
    )
    assert (rise.due if rise else None) == due


def test_after_a_rise_the_basic_document_comes_first(played: Workplace) -> None:
    registration.count(
        played,
        OFFICE,
        "nhi-levy",
        registration.Counts(150_000, 100, False, date(2024, 9, 1), date(2024, 9, 1)),
    )
    later = By("mizukoshi", "secretariat", datetime(2024, 10, 2, 0, 20, tzinfo=JST))
    registration.count(
        played,
        later,
        "nhi-levy",
        registration.Counts(304_000, 600, True, date(2024, 9, 30), date(2024, 9, 30)),
    )
    view = affairs.affair_view(played, "nhi-levy", date(2024, 10, 2))
    rise, incident = view.after
    assert rise.rule == "R36" and [words for words, _ in rise.steps] == [
        "基礎項目評価書を修正し、提出し、公表する",
        "全項目評価書を公示し、意見を聴く",
    ]
    assert incident.rule == "R35" and not any(done for _, done in incident.steps)
    versions.open_round(
        played, later, "nhi-levy", NewRound("rise", "REASSESSMENT", reasons=["しきい値の変更"])
    )
    with played.store.read() as s:
        known_now = facts.facts(s, played, line(s, "nhi-levy~rise"), date(2024, 10, 2))
    assert "上がりました" in known_now.basic_before_rise


def test_a_reassessment_waits_for_its_basic_document(drafted_alone: Workplace) -> None:
    with drafted_alone.store.read() as s:
        at = line(s, "nhi-levy~alone")
        strict = facts.facts(s, drafted_alone, at, date(2024, 10, 2))
        together = facts.facts(s, drafted_alone, at, date(2024, 10, 2), together=True)
    assert "基礎項目評価書の再実施がありません" in strict.basic_unsubmitted
    assert together.basic_unsubmitted == strict.basic_unsubmitted, (
        "none was opened, so none goes out together"
    )
    versions.open_round(
        drafted_alone, OFFICE, "nhi-levy-basic", NewRound("alone", "REASSESSMENT", reasons=["甲"])
    )
    with drafted_alone.store.read() as s:
        at = line(s, "nhi-levy~alone")
        assert (
            "まだ提出されていません"
            in facts.facts(s, drafted_alone, at, date(2024, 10, 2)).basic_unsubmitted
        )
        assert (
            facts.facts(s, drafted_alone, at, date(2024, 10, 2), together=True).basic_unsubmitted
            == ""
        )


@pytest.fixture
def drafted_alone(played: Workplace) -> Workplace:
    versions.open_round(
        played, OFFICE, "nhi-levy", NewRound("alone", "REASSESSMENT", reasons=["甲"])
    )
    return played


def test_a_round_keeps_the_procedure_it_began_with(played: Workplace) -> None:
    from dataclasses import replace

    before = rounds.round_view(played, "nhi-levy~r6-cloud", date(2024, 11, 1))
    versions.open_round(played, OFFICE, "nhi-levy", NewRound("new", "REASSESSMENT", reasons=["甲"]))
    other = replace(played, procedure=rules.load("procedure-outside-checker"))
    after = rounds.round_view(other, "nhi-levy~r6-cloud", date(2024, 11, 1))
    assert [x["name"] for x in after.strip] == [x["name"] for x in before.strip]
    assert [e["words"] for e in after.events] == [e["words"] for e in before.events]
    began = rounds.round_view(other, "nhi-levy~new", date(2024, 11, 1))
    assert "審議会へ報告済み" not in [x["name"] for x in began.strip]
    versions.open_round(
        other, OFFICE, "elderly-medical", NewRound("newer", "REASSESSMENT", reasons=["甲"])
    )
    assert "審議会へ報告済み" in [
        x["name"]
        for x in rounds.round_view(other, "elderly-medical~newer", date(2024, 11, 1)).strip
    ]


def test_a_round_from_before_procedures_were_kept_finds_the_table_that_allows_it() -> None:
    def done(*steps: tuple[str, str]) -> list[Any]:
        return [SimpleNamespace(event=event, state=state, facts={}) for event, state in steps]

    straight = done(
        ("open", "DRAFTING"),
        ("announce", "CONSULTING"),
        ("close_consultation", "REVISING"),
        ("refer", "REVIEWING"),
        ("approve", "REVIEWED"),
        ("submit", "SUBMITTED"),
    )
    twice = done(("open", "DRAFTING"), ("precheck", "PRECHECK"), ("announce", "CONSULTING"))
    allowed = {
        t["id"]: procedures.allows(t, "all_item/REASSESSMENT", straight)
        for t in procedures.shipped()
    }
    assert allowed == {"standard": True, "council-twice": False, "outside-checker": False}
    assert [
        t["id"]
        for t in procedures.shipped()
        if procedures.allows(t, "all_item/REASSESSMENT", twice)
    ] == ["council-twice"]


def test_what_has_not_come_is_not_published(played: Workplace) -> None:
    with pytest.raises(PiaError, match="まだ来ていません"):
        filing.publish(played, OFFICE, ["nhi-levy~r6-cloud"], date(2024, 10, 2))
    with pytest.raises(PiaError, match="まだ来ていません"):
        versions.published_before(played, OFFICE, "nhi-levy", date(2024, 10, 2))


def test_a_verdict_that_no_longer_stands_says_so(tmp_path: Any) -> None:
    wp = shared.copied(shared.played("verdict"), tmp_path)
    with wp.store.read() as s:
        ref = s.get_one(council_rows.Referral, 1)
        verdict = revision.verdict_of(s, ref)
        assert verdict is not None and on_record.verdict_words(s, ref, verdict)["stale"] == ()
    later = By("mizukoshi", "secretariat", datetime(2024, 7, 30, 9, tzinfo=JST))
    round_records.move(wp, later, f"nhi-levy~{demo.ROUND}", "reopen")
    with wp.store.read() as s:
        ref = s.get_one(council_rows.Referral, 1)
        verdict = revision.verdict_of(s, ref)
        assert verdict is not None and on_record.verdict_words(s, ref, verdict)["stale"] == (
            "国民健康保険（賦課・徴収）に関する事務",
        )
    wp.store.close()


def test_a_job_that_dies_says_where_and_logs_why(
    fresh: Workplace, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(wp: Workplace, by: By, args: Any, step: Any) -> dict[str, Any]:
        step(1, 3, "2件目の印刷")
        raise KeyError("no such page")

    monkeypatch.setitem(job_queue.KINDS, "breaking", ("途中で止まる処理", broken))
    asked = job_queue.ask(fresh, OFFICE, "breaking", {"ref": "x"})
    with caplog.at_level(logging.ERROR, logger="pia.work"):
        assert job_queue.work_once(fresh, "w", lambda: OFFICE.at)
    job = job_queue.job(fresh, asked)
    assert (
        job.state == jobs.FAILED
        and "「2件目の印刷」の途中" in str(job.error)
        and f"処理の番号{asked}" in str(job.error)
    )
    assert "no such page" in caplog.text


def test_a_refused_job_lists_what_is_missing(
    fresh: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(wp: Workplace, by: By, args: Any, step: Any) -> dict[str, Any]:
        raise Refused("まだできません。", ("計画管理書がありません。",))

    monkeypatch.setitem(job_queue.KINDS, "refusing", ("断る処理", refused))
    asked = job_queue.ask(fresh, OFFICE, "refusing", {"ref": "y"})
    assert job_queue.work_once(fresh, "w", lambda: OFFICE.at)
    assert job_queue.job(fresh, asked).error == "まだできません。\n計画管理書がありません。"


def test_days_are_those_of_japan() -> None:
    assert day_in_japan(datetime.fromisoformat("2026-02-28T22:33:00+00:00")) == date(2026, 3, 1)
    assert day_of_text("2026-02-28T22:33:00+00:00") == date(2026, 3, 1) and day_of_text(
        "2026-02-28"
    ) == date(2026, 2, 28)
    with pytest.raises(ValueError, match="time zone"):
        day_in_japan(datetime(2026, 3, 1))


def test_a_row_is_explained_by_its_own_rounds_decisions(played: Workplace) -> None:
    """A round without a ※ change has no 重要な変更 that anything could go along with; what was
    exempted says as what."""
    versions.open_round(
        played,
        OFFICE,
        "nhi-levy",
        NewRound("hutsu", "REASSESSMENT", reasons=["甲"], change_date=date(2025, 4, 1)),
    )
    ref = "nhi-levy~hutsu"

    def told(path: tuple[str, ...]) -> str | None:
        with played.store.read() as s:
            r = line(s, ref).round
            assert r is not None
            rows = revision.dated_rows(s, r, revision.revision(s, r), date(2024, 10, 1))
        return next(row.explanation for row in rows if row.path == path)

    def edit(path: tuple[str, ...], text: str) -> None:
        seen = rounds.round_view(played, ref, date(2024, 10, 1)).head_ref
        shared.write(played, OFFICE, ref, path, text, seen=seen, why="甲")

    edit(("I", "7", "1"), "今回の記載。")
    assert told(("I", "7", "1")) == "重要な変更に当たらない"
    edit(("IV", "1", "1"), "年に2回点検する。")
    assert (
        told(("I", "7", "1")) == "重要な変更に当たらない（重要な変更と併せて提出）"
        and told(("IV", "1", "1")) == "重要な変更に該当"
    )
    filing.decide_material(played, OFFICE, ref, ("IV", "1", "1"), "FORMAL", "回数の誤記")
    assert (
        told(("IV", "1", "1")) == "重要な変更に当たらない（誤字脱字の修正・形式的な変更）"
        and told(("I", "7", "1")) == "重要な変更に当たらない"
    )


def test_the_emergency_of_the_form_itself_is_read(played: Workplace) -> None:
    """様式2 Ⅰ９ of 令和6年10月 says it; without the mark its reason counts for nothing. Forms
    without Ⅰ９ take what was recorded with the round."""
    form = forms.load("basic_item@令和6年10月")

    def told(applied: bool) -> str:
        said = [(("C", "1"), "22"), (("I", "9", "a"), "大雨による庁舎の浸水")]
        answers = [*said, (("I", "9", "0"), True)] if applied else said
        name = "hayai" if applied else "hayaku-nai"
        ref = versions.open_round(
            played, OFFICE, "nhi-levy-basic", NewRound(name, "REASSESSMENT", reasons=["災害"])
        )
        versions.bring_in(
            played, OFFICE, ref, versions.Brought(items.build(form, answers)), why="災害"
        )
        versions.open_round(
            played, OFFICE, "nhi-levy", NewRound(name, "REASSESSMENT", reasons=["災害"])
        )
        with played.store.read() as s:
            return facts.facts(s, played, line(s, f"nhi-levy~{name}"), date(2024, 10, 2)).emergency

    assert told(True) == "大雨による庁舎の浸水"
    assert told(False) == ""
    versions.open_round(
        played, OFFICE, "elderly-medical", NewRound("mizu", "REASSESSMENT", reasons=["災害"])
    )
    filing.emergency(played, OFFICE, "elderly-medical~mizu", "避難者の名簿を作るため")
    with played.store.read() as s:
        assert (
            facts.facts(s, played, line(s, "elderly-medical~mizu"), date(2024, 10, 2)).emergency
            == "避難者の名簿を作るため"
        )
