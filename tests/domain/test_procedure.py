"""The procedure's table: who may do what when, what is missing, and that a city can replace it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia import rules
from pia.domain.errors import PiaError
from pia.domain.procedure import steps, threshold, verdicts
from pia.domain.procedure.checks import CHECKS, Facts

RULES = rules.load("rules")
STANDARD = rules.load("procedure-standard")
READY = Facts(
    today=date(2024, 8, 20),
    state="REVIEWED",
    changed=5,
    due="all_item",
    material=4,
    starts=date(2024, 5, 13),
    ends=date(2024, 6, 13),
    announced=date(2024, 5, 13),
    review_fixed=date(2024, 7, 5),
    checked=date(2024, 7, 24),
    members=8,
    present=8,
    quorum=5,
    verdict="了承",
    verdict_digest="r",
    head_reviewed="r",
    head_digest="h",
    passing=tuple(verdicts.favourable(RULES)),
    change_date=date(2025, 1, 6),
    requirements_end=date(2024, 12, 20),
)


def missing(event: str, facts: Facts, table=STANDARD) -> list[tuple[str, bool]]:
    return [(u.rule, u.blocks) for u in steps.unmet(RULES, steps.step(table, facts, event), facts)]


def test_everything_ready_can_be_submitted() -> None:
    assert missing("submit", READY) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"head_reviewed": "other"}, ("R10", True)),
        ({"verdict_digest": ""}, ("R10", True)),
        ({"table_problems": ("x",)}, ("R14", True)),
        ({"notes_missing": ("x",)}, ("R13", True)),
        ({"basic_missing": "国保"}, ("R3", True)),
        ({"checked": date(2024, 6, 1)}, ("R6", True)),
        ({"blank_procedure_items": ("Ⅵ",)}, ("R9", True)),
        ({"differs_from_record": ("x",)}, ("R9", True)),
        ({"basic_unsubmitted": "x"}, ("R3", True)),
        ({"plan_missing": "x"}, ("R33", True)),
    ],
)
def test_what_is_missing_is_named_with_its_rule_and_only_verified_rules_block(
    change: dict, expected: tuple[str, bool]
) -> None:
    assert missing("submit", replace(READY, **change)) == [expected]


def test_without_a_sitting_no_number_of_members_is_told() -> None:
    for facts, said in (
        (
            replace(READY, state="REVIEWING", held=False, members=0, present=0),
            "会議の記録がありません",
        ),
        (replace(READY, state="REVIEWING", present=4), "出席委員が4名で、定足数5名に足りません"),
    ):
        unmet = steps.unmet(RULES, steps.step(STANDARD, facts, "approve"), facts)
        told = [each.sentence for each in unmet if each.rule == "R23"]
        assert len(told) == 1 and said in told[0], told


def test_a_minor_correction_after_the_review_is_allowed_with_its_reason() -> None:
    assert (
        missing("submit", replace(READY, head_reviewed="other", minor_after_review=("誤字",))) == []
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"construction": date(2024, 8, 20)}, [("R20", False)]),
        ({"construction": date(2024, 8, 21)}, []),
        ({"requirements_end": date(2024, 8, 1)}, [("R20", False)]),
        ({"basic_before_rise": "上がりました。"}, [("R36", True)]),
    ],
)
def test_before_the_notice_comes_what_the_articles_put_before_it(
    change: dict, expected: list
) -> None:
    facts = replace(READY, state="DRAFTING", **change)
    assert missing("announce", facts) == expected


def test_a_verdict_waits_for_the_day_of_its_sitting() -> None:
    facts = replace(READY, state="REVIEWING", today=date(2024, 7, 23))
    assert missing("approve", facts) == [("R6", True)]
    assert missing("approve", replace(facts, today=date(2024, 7, 24))) == []


@pytest.mark.parametrize("said", ["了承しない", "一部について了承", "適当でない"])
def test_the_law_asks_that_an_opinion_was_heard_and_a_city_for_its_own_decision(said: str) -> None:
    facts = replace(READY, state="REVIEWING", verdict=said)
    assert missing("approve", facts) == [("R10A", False)]
    assert missing("approve", replace(facts, verdict="", checked=None)) == [("R10", True)]
    heard = replace(READY, verdict=said, decides_itself=verdicts.word(RULES, said).own_decision)
    assert missing("submit", heard) == [("R10C", True)]
    assert missing("submit", replace(heard, own_decision=True)) == []


def test_the_words_of_a_council_are_the_citys_also_as_older_rules_name_them() -> None:
    words = verdicts.words(RULES)
    assert [name for name, word in words.items() if word.effect == verdicts.CONTINUED] == [
        "継続審議"
    ]
    assert "適当でない" in words and "適当でない" not in verdicts.offered(RULES)
    older = {"verdicts": ["妥当", "再考", "否"], "passing_verdicts": ["妥当"]}
    assert verdicts.favourable(older) == ["妥当"]
    assert verdicts.word(older, "否").own_decision
    older |= {"deferring_verdicts": ["再考"]}
    assert verdicts.word(older, "再考").effect == verdicts.SENT_BACK
    assert verdicts.word(older, "いまはない言葉").heard
    listed = verdicts.words({"verdicts": ["了承", "継続審議", "適当でない"]})
    effects = [(word.effect, word.favours) for word in listed.values()]
    assert effects == [("heard", True), ("sent_back", False), ("heard", False)]


def test_what_was_overruled_with_a_reason_is_asked_again_when_it_reads_otherwise() -> None:
    facts = replace(READY, differs_from_record=("記載は甲です。",))
    overruled = frozenset({("R9", "記載は甲です。")})
    assert missing("submit", replace(facts, overruled=overruled)) == []
    assert missing(
        "submit", replace(facts, differs_from_record=("記載は乙です。",), overruled=overruled)
    ) == [("R9", True)]


def test_opinions_are_considered_by_law_and_answered_by_the_city() -> None:
    facts = replace(READY, state="REVISING", unanswered=("意見1",), unconsidered=1)
    assert missing("refer", facts) == [("R8", True), ("R8A", True)]
    assert missing("refer", replace(facts, unconsidered=0)) == [("R8A", True)]


def test_a_correction_on_a_mark_nobody_saw_asks_and_one_on_a_seen_mark_refuses() -> None:
    facts = replace(READY, state="DRAFTING", round_kind="CORRECTION", material=2, questions=("Ⅲ",))
    step = steps.step(STANDARD, facts, "submit")
    asked = steps.unmet(RULES, step, facts)
    assert [(u.rule, u.kind) for u in asked] == [("R11A", "guide")] and "答えてください" in asked[
        0
    ].sentence
    assert missing("submit", replace(facts, questions=(), material_confirmed=1)) == [("R11", True)]


def test_an_emergency_is_published_after_the_change_with_its_reason_and_its_age() -> None:
    facts = replace(
        READY,
        state="SUBMITTED",
        submitted=date(2025, 1, 20),
        submitted_digest="h",
        today=date(2025, 1, 26),
        emergency="大雨による庁舎の浸水",
    )
    late = steps.unmet(RULES, steps.step(STANDARD, facts, "publish"), facts)
    assert [(u.rule, u.blocks) for u in late] == [("R12A", False)]
    assert "20日たっています" in late[0].sentence and "大雨" in late[0].sentence


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cover_day": date(2024, 9, 3)}, [("R9", True)]),
        ({"table_day": date(2024, 9, 1)}, [("R9", True)]),
        ({"cover_day": date(2024, 9, 2), "table_day": date(2024, 9, 2)}, []),
        ({"basic_unpublished": "x"}, [("R3", True)]),
    ],
)
def test_the_day_of_publication_is_the_day_the_document_says(change: dict, expected: list) -> None:
    facts = replace(
        READY,
        state="SUBMITTED",
        submitted=date(2024, 8, 20),
        submitted_digest="h",
        published=date(2024, 9, 2),
        today=date(2024, 9, 2),
    )
    assert missing("publish", replace(facts, **change)) == expected


@pytest.mark.parametrize(
    ("published", "missed"), [(date(2025, 1, 5), []), (date(2025, 1, 6), [("R12", True)])]
)
def test_a_material_change_is_published_before_it_takes_effect(
    published: date, missed: list
) -> None:
    facts = replace(
        READY,
        state="SUBMITTED",
        submitted=date(2024, 8, 20),
        submitted_digest="h",
        published=published,
        today=published,
    )
    assert missing("publish", facts) == missed


def test_linkage_may_not_begin_before_publication() -> None:
    facts = replace(
        READY,
        state="SUBMITTED",
        submitted=date(2024, 8, 20),
        submitted_digest="h",
        today=date(2024, 9, 2),
        linkage_date=date(2024, 9, 1),
    )
    assert missing("publish", facts) == [("R21", True)]


@pytest.mark.parametrize(
    ("end", "days", "ok"),
    [(date(2024, 6, 11), 30, True), (date(2024, 6, 10), 29, False), (date(2024, 6, 13), 32, True)],
)
def test_both_ends_of_the_period_count(end: date, days: int, ok: bool) -> None:
    facts = replace(READY, state="DRAFTING", ends=end)
    assert (end - facts.starts).days + 1 == days
    assert (missing("announce", facts) == []) is ok
    assert missing("announce", replace(facts, shortened_reason="災害のため")) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"due": ""}, [("R1", True)]),
        ({"due": "key_item"}, []),
        ({"form_kind": "key_item", "due": "all_item", "state": "DRAFTING"}, [("R2", True)]),
        ({"counted": date(2023, 8, 1)}, [("R5", False)]),
    ],
)
def test_the_chosen_kind_is_at_least_what_is_due(change: dict, expected: list) -> None:
    facts = replace(READY, **{"state": "DRAFTING", **change})
    event = "submit" if facts.form_kind == "key_item" else "announce"
    assert missing(event, facts) == expected


def test_the_period_is_over_only_after_its_last_day() -> None:
    facts = replace(READY, state="CONSULTING", today=date(2024, 6, 13))
    assert missing("close_consultation", facts) == [("R6", True)]
    assert missing("close_consultation", replace(facts, today=date(2024, 6, 14))) == []


def test_the_wrong_moment_says_what_is_possible() -> None:
    with pytest.raises(PiaError, match="公示して意見募集を始める"):
        steps.step(STANDARD, replace(READY, state="DRAFTING"), "submit")


def walk(table: dict, kind: str, track: str) -> list[str]:
    """The states passed when every first forward step is taken."""
    seen, state = ["DRAFTING"], "DRAFTING"
    while True:
        facts = Facts(today=date(2024, 8, 20), form_kind=kind, round_kind=track, state=state)
        ahead = [s for s in steps.possible(table, facts) if s.to not in (*seen, "WITHDRAWN")]
        if not ahead:
            return seen
        state = ahead[0].to
        seen.append(state)


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        (
            "standard",
            [
                "DRAFTING",
                "CONSULTING",
                "REVISING",
                "REVIEWING",
                "REVIEWED",
                "SUBMITTED",
                "PUBLISHED",
            ],
        ),
        (
            "council-twice",
            [
                "DRAFTING",
                "PRECHECK",
                "CONSULTING",
                "REVISING",
                "REVIEWING",
                "REVIEWED",
                "SUBMITTED",
                "PUBLISHED",
            ],
        ),
        (
            "outside-checker",
            [
                "DRAFTING",
                "CONSULTING",
                "REVISING",
                "REVIEWING",
                "REVIEWED",
                "REPORTED",
                "SUBMITTED",
                "PUBLISHED",
            ],
        ),
    ],
)
def test_a_city_can_have_other_stages(name: str, stages: list[str]) -> None:
    table = rules.load(f"procedure-{name}")
    assert walk(table, "all_item", "REASSESSMENT") == stages
    for kind, track in (
        ("key_item", "REASSESSMENT"),
        ("basic_item", "REASSESSMENT"),
        ("all_item", "CORRECTION"),
        ("basic_item", "CORRECTION"),
    ):
        assert walk(table, kind, track) == ["DRAFTING", "SUBMITTED", "PUBLISHED"]
    assert set(table["strip"]) <= set(table["states"])


def test_a_precheck_does_not_replace_the_review() -> None:
    table = rules.load("procedure-council-twice")
    facts = replace(READY, state="REVISING", verdict="", verdict_digest="", checked=None)
    assert steps.step(table, facts, "refer").to == "REVIEWING"
    with pytest.raises(PiaError):
        steps.step(table, facts, "submit")


def test_an_unknown_check_or_state_in_a_table_is_said() -> None:
    table = {
        **STANDARD,
        "tracks": {
            "all_item/REASSESSMENT": [
                {
                    "event": "x",
                    "act": "x",
                    "from": ["DRAFTING"],
                    "to": "MOON",
                    "who": [],
                    "guards": ["magic"],
                }
            ]
        },
    }
    with pytest.raises(PiaError, match="magic、MOON"):
        steps.steps(table, "all_item", "REASSESSMENT")


def test_every_check_rests_on_a_rule_with_a_source() -> None:
    named = {
        g
        for name in ("standard", "council-twice", "outside-checker")
        for track in rules.load(f"procedure-{name}")["tracks"].values()
        for s in track
        for g in s["guards"]
    }
    assert named | {"before_requirements"} == set(
        CHECKS
    )  # the older name of a check, which a city's own table may still have
    assert all(
        r["source"] and r["says"] and isinstance(r["certain"], bool)
        for r in RULES["rules"].values()
    )
    assert {r["kind"] for r in RULES["rules"].values()} == set(steps.KINDS)
    assert sum(len(v) for v in RULES["viewpoints"].values()) == 12


@pytest.mark.parametrize(
    ("people", "handlers", "incident", "due", "certain"),
    [
        (999, 900, True, "none", True),
        (1000, 900, True, "basic_item", True),
        (9_999, 0, False, "basic_item", True),
        (10_000, 499, False, "basic_item", True),
        (10_000, 500, False, "key_item", True),
        (99_999, 0, True, "key_item", True),
        (100_000, 499, False, "key_item", True),
        (100_000, 500, False, "all_item", True),
        (299_999, 0, True, "all_item", True),
        (300_000, 0, False, "all_item", True),
    ],
)
def test_threshold_bands(
    people: int, handlers: int, incident: bool, due: str, certain: bool
) -> None:
    judged = threshold.judge(people, handlers, incident, rules.load("threshold"))
    assert (judged.due, judged.certain) == (due, certain)
    assert f"{people:,}人" in judged.sentence and (
        certain or "照合が済んでいません" in judged.sentence
    )


@given(st.integers(0, 10**7), st.integers(0, 10**5), st.booleans(), st.integers(0, 10**6))
def test_more_people_or_handlers_never_need_less(
    people: int, handlers: int, incident: bool, more: int
) -> None:
    data = rules.load("threshold")
    order = threshold.ORDER.index
    here = order(threshold.judge(people, handlers, incident, data).due)
    assert order(threshold.judge(people + more, handlers, incident, data).due) >= here
    assert order(threshold.judge(people, handlers + more, incident, data).due) >= here
    assert order(threshold.judge(people, handlers, True, data).due) >= here


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(PiaError, match="0以上"):
        threshold.judge(-1, 0, False, rules.load("threshold"))


@pytest.mark.parametrize(
    ("many", "said"),
    [(5, "（1、2、3、4、5）"), (6, "（1、2、3、4、5 ほか1件）"), (9, "（1、2、3、4、5 ほか4件）")],
)
def test_what_is_missing_is_named_five_at_a_time(many: int, said: str) -> None:
    facts = replace(READY, unanswered=tuple(map(str, range(1, many + 1))))
    ((_, sentence),) = CHECKS["opinions_answered"](facts, RULES)
    assert said in sentence
