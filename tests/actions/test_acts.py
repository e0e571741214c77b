"""Acts beside the case: stale edits, national texts undone, two rounds at once, guards that
refuse with a list."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from pia import forms
from pia.actions import demo
from pia.actions.editing import items, national, versions
from pia.actions.people import registration
from pia.actions.records import rounds as round_records
from pia.actions.steps import consultations, filing, referrals, remarks, sittings
from pia.actions.viewing import affairs, cards, history, register, rounds
from pia.actions.workplace import Workplace, head_tree, line
from pia.domain.act import JST, By
from pia.domain.change.compare import compare
from pia.domain.document import items as answers
from pia.domain.document.items import text_of, with_answer
from pia.domain.errors import PiaError, Refused
from pia.store import nodes
from pia.store.ledger import log
from pia.store.rows import assessments
from pia.store.rows.assessments import NewRound

from .. import shared

OFFICE = By("mizukoshi", "secretariat", datetime(2024, 10, 1, 9, tzinfo=JST))
DRAFTER = By("morishita", "drafter", datetime(2024, 10, 1, 10, tzinfo=JST))
LATER = By("mizukoshi", "secretariat", datetime(2024, 10, 20, 9, tzinfo=JST))
ITEM = ("II", "file-nhi", "6", "1")


def text(wp: Workplace, ref: str, path: tuple[str, ...]) -> str:
    return text_of(history.document(wp, ref)[1].find(path))


@pytest.fixture
def imported(fresh: Workplace) -> Workplace:
    versions.bring_in(
        fresh,
        DRAFTER,
        "nhi-benefits",
        versions.Brought(demo.assessment("nhi-benefits")),
        why="取込み",
    )
    return fresh


def test_importing_into_a_missing_key_makes_the_affair_from_the_cover(imported: Workplace) -> None:
    line = register.register(imported)[0]
    assert (line.key, line.number, line.head) == ("nhi-benefits", "21", "nhi-benefits@1")
    view = affairs.affair_view(imported, "nhi-benefits", date(2024, 10, 1))
    assert view.body == "みなも市長"


def test_the_same_text_again_makes_no_version(imported: Workplace) -> None:
    again = versions.bring_in(
        imported,
        DRAFTER,
        "nhi-benefits",
        versions.Brought(demo.assessment("nhi-benefits")),
        why="もう一度",
    )
    assert (again.ref, again.new) == ("nhi-benefits@1", False)


def test_a_workbook_of_another_kind_is_refused_and_changes_nothing(imported: Workplace) -> None:
    with pytest.raises(PiaError, match="基礎項目"):
        versions.bring_in(
            imported,
            DRAFTER,
            "nhi-benefits",
            versions.Brought(demo.assessment("nhi-benefits-basic")),
            why="誤り",
        )
    assert len(history.history(imported, "nhi-benefits")) == 1


def opened(wp: Workplace) -> str:
    """A round of the assessment that was brought in."""
    return versions.open_round(
        wp, OFFICE, "nhi-benefits", NewRound("next", "REASSESSMENT", reasons=["更改"])
    )


def test_two_people_editing_different_items_lose_nothing(imported: Workplace) -> None:
    where, seen = opened(imported), "nhi-benefits@1"
    other = ("II", "file-nhi", "7")
    a = items.save_answer(
        imported, DRAFTER, items.Opened(where, ("IV", "3"), seen=seen), "甲の記載", why="甲"
    )
    b = items.save_answer(
        imported, DRAFTER, items.Opened(where, other, seen=seen), "乙の記載", why="乙"
    )
    assert (a.ref, b.ref, b.conflicts) == ("nhi-benefits@2", "nhi-benefits@3", ())
    assert (
        text(imported, where, ("IV", "3")) == "甲の記載"
        and text(imported, where, other) == "乙の記載"
    )


def test_a_true_clash_keeps_the_first_and_shows_both(imported: Workplace) -> None:
    where, seen = opened(imported), "nhi-benefits@1"
    items.save_answer(
        imported, DRAFTER, items.Opened(where, ("IV", "3"), seen=seen), "甲の記載", why="甲"
    )
    with pytest.raises(items.Clash) as clash:
        items.save_answer(
            imported, DRAFTER, items.Opened(where, ("IV", "3"), seen=seen), "乙の記載", why="乙"
        )
    assert (clash.value.theirs, clash.value.mine) == ("甲の記載", "乙の記載")
    assert text(imported, where, ("IV", "3")) == "甲の記載"
    assert len(history.history(imported, "nhi-benefits")) == 2


def test_a_returned_workbook_is_laid_over_nothing(imported: Workplace) -> None:
    base = demo.assessment("nhi-benefits")
    form = forms.load(base.form)
    shared.write(
        imported,
        DRAFTER,
        "nhi-benefits",
        ("IV", "3"),
        "本線で直した",
        seen="nhi-benefits@1",
        why="本線",
    )
    returned = with_answer(form, base, ("I", "8"), "同僚が直した")
    versions.bring_in(
        imported, DRAFTER, "nhi-benefits", versions.Brought(returned, base=base), why="返却"
    )
    assert (
        text(imported, "nhi-benefits", ("IV", "3")) == "本線で直した"
        and text(imported, "nhi-benefits", ("I", "8")) == "同僚が直した"
    )


def apply_cloud(wp: Workplace, dry: bool = False) -> national.Result:
    national.register(wp, DRAFTER, demo.fixture("national/govcloud-2024"))
    return national.apply(
        wp, DRAFTER, "govcloud-2024", {"nhi-benefits": ["file-nhi"]}, dry_run=dry
    )[0]


def test_a_dry_run_shows_everything_and_changes_nothing(imported: Workplace) -> None:
    result = apply_cloud(imported, dry=True)
    assert [o.status for o in result.outcomes] == ["applied"] * 5
    assert len(history.history(imported, "nhi-benefits")) == 1


def test_a_national_text_twice_is_harmless_and_its_undo_is_a_new_version(
    imported: Workplace,
) -> None:
    before = history.document(imported, "nhi-benefits")[1].digest
    first, second = apply_cloud(imported), apply_cloud(imported)
    assert first.saved and not second.saved and {o.status for o in second.outcomes} == {"already"}
    shared.write(
        imported,
        DRAFTER,
        "nhi-benefits",
        ("IV", "3"),
        "後で直した",
        seen="nhi-benefits@2",
        why="後",
    )
    ref, clashes = national.undo(imported, DRAFTER, "govcloud-2024", "nhi-benefits")
    assert (ref, clashes) == ("nhi-benefits@4", 0)
    assert text(imported, "nhi-benefits", ("IV", "3")) == "後で直した"
    undone = with_answer(
        forms.load("all_item@平成30年5月"),
        history.document(imported, ref)[1],
        ("IV", "3"),
        text(imported, "nhi-benefits@1", ("IV", "3")),
    )
    assert undone.digest == before
    with pytest.raises(PiaError, match="反映されていません"):
        national.undo(imported, DRAFTER, "govcloud-2024", "nhi-benefits")


def test_a_clash_with_our_own_wording_stays_ours_and_is_listed_with_three_texts(
    imported: Workplace,
) -> None:
    ours = (
        text(imported, "nhi-benefits", ITEM)
        + "\n＜ガバメントクラウドにおける措置＞\n市の独自の記載。"
    )
    shared.write(imported, DRAFTER, "nhi-benefits", ITEM, ours, seen="nhi-benefits@1", why="独自")
    result = apply_cloud(imported)
    clash = result.conflicts
    assert [o.slot.item for o in clash] == ["II-6-1"] and clash[
        0
    ].ours == "＜ガバメントクラウドにおける措置＞\n市の独自の記載。"
    assert text(imported, "nhi-benefits", ITEM) == ours
    assert sum(o.status == "applied" for o in result.outcomes) == 4


def test_which_file_must_be_said_when_there_are_several(imported: Workplace) -> None:
    national.register(imported, DRAFTER, demo.fixture("national/govcloud-2024"))
    with pytest.raises(PiaError, match="反映先のファイル"):
        national.apply(imported, DRAFTER, "govcloud-2024", {"nhi-benefits": []})
    with pytest.raises(PiaError, match="はありません"):
        national.apply(imported, DRAFTER, "govcloud-2024", {"nhi-benefits": ["ないファイル"]})
    assert len(history.history(imported, "nhi-benefits")) == 1


def test_publishing_one_round_rebases_the_other(played: Workplace) -> None:
    wp = played
    key = "nhi-levy"
    a = versions.open_round(wp, OFFICE, key, NewRound("staff", "CORRECTION", reasons=["組織改正"]))
    b = versions.open_round(
        wp,
        OFFICE,
        key,
        NewRound("next", "REASSESSMENT", reasons=["次の改定"], change_date=date(2026, 1, 1)),
    )
    head = rounds.round_view(wp, a, date(2024, 10, 1)).base_ref
    shared.write(wp, DRAFTER, a, ("I", "7", "1"), "福祉局国保課", seen=head, why="組織改正")
    shared.write(wp, DRAFTER, b, ("IV", "3"), "次の改定の記載", seen=head, why="次")
    filing.fill_procedure(wp, OFFICE, a, {("C", "7"): "令和6年10月20日"})
    filing.make_table(wp, OFFICE, a, published=date(2024, 10, 20))
    filing.note(
        wp, OFFICE, a, ("I", "7", "1"), timing="事後", explanation="組織改正による形式的な変更"
    )
    filing.make_table(wp, OFFICE, a, published=date(2024, 10, 20))
    filing.submit(wp, OFFICE, [a], document_number="み総市第500号")
    notes = filing.publish(wp, LATER, [a], date(2024, 10, 20))
    assert len(notes) == 1 and "next" in notes[0]
    view = rounds.round_view(wp, b, date(2024, 11, 1))
    assert view.base_ref == register.register(wp)[2].head
    assert [r.item for r in view.rows] == ["IV-3"]
    assert text(wp, b, ("I", "7", "1")) == "福祉局国保課"


def test_a_correction_that_touches_a_marked_item_needs_a_reason(played: Workplace) -> None:
    wp = played
    ref = versions.open_round(
        wp, OFFICE, "nhi-levy", NewRound("fix", "CORRECTION", reasons=["誤字"])
    )
    shared.write(
        wp,
        DRAFTER,
        ref,
        ("IV", "3"),
        "誤字を直した記載",
        seen=rounds.round_view(wp, ref, date(2024, 10, 1)).base_ref,
        why="誤字",
    )
    filing.note(wp, OFFICE, ref, ("IV", "3"), timing="事後", explanation="誤字の修正")
    filing.make_table(wp, OFFICE, ref, published=date(2024, 10, 20))
    with pytest.raises(Refused) as refused:
        filing.submit(wp, OFFICE, [ref], document_number="1")
    assert any("※" in u for u in refused.value.unmet)
    with pytest.raises(PiaError, match="理由"):
        filing.decide_material(wp, OFFICE, ref, ("IV", "3"), "FORMAL", " ")
    filing.decide_material(
        wp, OFFICE, ref, ("IV", "3"), "FORMAL", "誤字の修正であり、取扱いは変わらない"
    )
    filing.submit(wp, OFFICE, [ref], document_number="1")


def test_an_edit_after_the_table_was_made_stops_the_submission(played: Workplace) -> None:
    wp = played
    ref = versions.open_round(
        wp, OFFICE, "nhi-levy", NewRound("late", "CORRECTION", reasons=["組織改正"])
    )
    base = rounds.round_view(wp, ref, date(2024, 10, 1)).base_ref
    shared.write(wp, DRAFTER, ref, ("I", "7", "1"), "福祉局国保課", seen=base, why="組織改正")
    filing.note(wp, OFFICE, ref, ("I", "7", "1"), timing="事後", explanation="組織改正")
    filing.make_table(wp, OFFICE, ref, published=date(2024, 10, 20))
    shared.write(wp, DRAFTER, ref, ("I", "7", "2"), "国保課長", seen=base, why="追加")
    with pytest.raises(Refused) as refused:
        filing.submit(wp, OFFICE, [ref], document_number="1")
    assert any("所属長の役職名" in u and "行がありません" in u for u in refused.value.unmet)


def test_a_role_that_may_not_is_refused(played: Workplace) -> None:
    ref = versions.open_round(
        played, OFFICE, "nhi-levy", NewRound("x", "CORRECTION", reasons=["x"])
    )
    with pytest.raises(Refused, match="この役割"):
        round_records.move(played, DRAFTER, ref, "withdraw")
    assert round_records.move(played, OFFICE, ref, "withdraw") == "WITHDRAWN"


def test_what_is_not_the_procedures_cannot_be_filled_in_as_such(played: Workplace) -> None:
    ref = versions.open_round(
        played, OFFICE, "nhi-levy", NewRound("x", "CORRECTION", reasons=["x"])
    )
    with pytest.raises(PiaError, match="手続で記入する欄ではありません"):
        filing.fill_procedure(played, OFFICE, ref, {("IV", "3"): "そっと直す"})


def announced(wp: Workplace, start: date, end: date, **facts: str) -> str:
    ref = versions.open_round(
        wp,
        OFFICE,
        "nhi-levy",
        NewRound("again", "REASSESSMENT", reasons=["更改"], change_date=date(2026, 1, 1)),
    )
    shared.write(
        wp,
        DRAFTER,
        ref,
        ("IV", "3"),
        "新しい記載",
        seen=rounds.round_view(wp, ref, date(2024, 10, 1)).base_ref,
        why="更改",
    )
    shared.reasoned(wp, OFFICE, ref)
    consultations.announce(
        wp,
        OFFICE,
        [ref],
        consultations.Announcement(
            title="意見募集",
            announced=start,
            start=start,
            end=end,
            method="ウェブサイト",
            facts=facts,
        ),
    )
    return ref


def test_twenty_nine_days_need_a_reason_and_thirty_do_not(played: Workplace) -> None:
    with pytest.raises(Refused) as refused:
        announced(played, date(2024, 10, 1), date(2024, 10, 29))
    assert any("29日間" in u for u in refused.value.unmet)
    with pytest.raises(PiaError, match="もうあります"):
        announced(played, date(2024, 10, 1), date(2024, 10, 30))


def test_thirty_days_with_both_ends_counted_are_enough(played: Workplace) -> None:
    assert announced(played, date(2024, 10, 1), date(2024, 10, 30)).endswith("~again")


def test_continued_deliberation_comes_back_and_keeps_the_review(played: Workplace) -> None:
    wp = played
    ref = announced(wp, date(2024, 10, 1), date(2024, 10, 30))
    later = By("mizukoshi", "secretariat", datetime(2024, 11, 1, 9, tzinfo=JST))
    number = consultations.receive(
        wp,
        later,
        2,
        consultations.NewOpinion(
            received=date(2024, 10, 5),
            channel="fax",
            text="分かりやすくしてほしい。",
            keys=["nhi-levy"],
        ),
    )
    consultations.close(wp, later, 2)
    with pytest.raises(Refused) as refused:
        referrals.refer(wp, later, 1, [ref], referrals.NewReferral("諮問"))
    assert any("意見1" in u for u in refused.value.unmet)
    consultations.respond(wp, later, 2, number, "御意見を踏まえ、説明を工夫します。", "NOTED")
    referral = referrals.refer(wp, later, 1, [ref], referrals.NewReferral("諮問"))
    sitting = sittings.convene(
        wp,
        later,
        1,
        sittings.NewSitting(
            name="第2回",
            day=date(2024, 11, 20),
            opens=time(10),
            place="会議室",
            agenda=[{"title": "点検", "referral": referral}],
        ),
    )
    day = By("mizukoshi", "secretariat", datetime(2024, 11, 20, 12, tzinfo=JST))
    with pytest.raises(Refused) as refused:
        referrals.decide(wp, day, referral, sitting, "了承")
    assert any("定足数" in u for u in refused.value.unmet)
    with pytest.raises(PiaError, match="在任する委員ではありません"):
        sittings.attend(wp, day, sitting, ["通りすがり"])
    seats = [m for m, _, _ in cards.sitting_view(wp, 1).sitting["present"]]
    sittings.attend(wp, day, sitting, seats)
    asked = remarks.ask(
        wp, day, referral, seats[0], "これで十分ですか。", key="nhi-levy", path=("IV", "3")
    )
    with pytest.raises(Refused) as refused:
        referrals.decide(wp, day, referral, sitting, "了承")
    assert any("質問" in u for u in refused.value.unmet)
    remarks.answer(wp, day, asked, "説明員", "十分と考えます。")
    referrals.decide(wp, day, referral, sitting, "継続審議")
    view = rounds.round_view(wp, ref, date(2024, 11, 21))
    assert view.state == "REVIEWING", "the same 諮問 comes back to the next sitting"
    assert cards.sitting_view(wp, referral).verdict["kind"] == "継続審議"


def test_text_changed_after_the_referral_cannot_be_decided(played: Workplace) -> None:
    wp = played
    ref = announced(wp, date(2024, 10, 1), date(2024, 10, 30))
    later = By("mizukoshi", "secretariat", datetime(2024, 11, 1, 9, tzinfo=JST))
    consultations.close(wp, later, 2)
    referral = referrals.refer(wp, later, 1, [ref], referrals.NewReferral("諮問"))
    shared.write(
        wp,
        DRAFTER,
        ref,
        ("IV", "3"),
        "こっそり直した記載",
        seen=rounds.round_view(wp, ref, date(2024, 11, 1)).head_ref,
        why="直し",
    )
    with pytest.raises(Refused, match="本文が変わっています"):
        referrals.decide(wp, later, referral, None, "了承")


def test_an_affairs_number_is_its_own_in_a_body(played: Workplace) -> None:
    with pytest.raises(PiaError, match="評価書番号21"):
        registration.register_affair(
            played,
            OFFICE,
            registration.NewAffair(
                key="other",
                number="21",
                name="別の事務",
                body="みなも市長",
                department=None,
                facts={},
            ),
        )


def test_a_failed_act_leaves_no_entry(played: Workplace) -> None:
    where = versions.open_round(
        played, OFFICE, "nhi-levy", NewRound("x", "CORRECTION", reasons=["x"])
    )
    seen = rounds.round_view(played, where, date(2024, 10, 1)).head_ref
    with played.store.read() as s:
        before = log.chain_head(s)
    with pytest.raises(PiaError, match="その項目はありません"):
        items.save_answer(
            played, DRAFTER, items.Opened(where, ("IX", "9"), seen=seen), "x", why="x"
        )
    with played.store.read() as s:
        assert log.chain_head(s) == before


def test_compare_of_stored_versions_is_compare_of_the_trees(played: Workplace) -> None:
    with played.store.read() as s:
        assessment = assessments.by_key(s, "nhi-benefits")
        a, b = assessments.nth(s, assessment, 1), assessments.nth(s, assessment, 6)
        stored = nodes.compare_versions(s, a.id, b.id)
        whole = compare(nodes.tree(s, a.id), nodes.tree(s, b.id))
        assert [(c.kind, c.path) for c in stored] == [(c.kind, c.path) for c in whole]
        assert head_tree(s, line(s, "nhi-benefits")) == nodes.tree(s, assessment.head_id)


def test_a_withheld_part_is_never_lost_by_an_edit(imported: Workplace) -> None:
    form = forms.load("all_item@平成30年5月")
    path = ("IV", "3")
    tree = history.document(imported, "nhi-benefits")[1]
    marked = answers.build(
        form,
        [
            (
                p,
                {
                    "text": "鍵は90日ごとに変える。",
                    "withheld": [{"start": 2, "end": 5, "reason": "セキュリティ"}],
                }
                if p == path
                else a,
            )
            for p, a in answers.answers(tree)
        ],
    )
    versions.bring_in(imported, DRAFTER, "nhi-benefits", versions.Brought(marked), why="印を付けた")
    ref = shared.write(
        imported,
        DRAFTER,
        "nhi-benefits",
        path,
        "管理者の鍵は90日ごとに変える。",
        seen="nhi-benefits@2",
        why="直し",
    ).ref
    value = answers.to_plain(history.document(imported, ref)[1].find(path))
    assert [value["text"][r["start"] : r["end"]] for r in value["withheld"]] == ["90日"]
    with pytest.raises(Refused, match="非公表部分"):
        shared.write(
            imported,
            DRAFTER,
            "nhi-benefits",
            path,
            "管理者の鍵は60日ごとに変える。",
            seen=ref,
            why="直し",
        )
    plain = answers.build(
        form,
        [
            (p, "管理者の鍵は90日ごとに変える。" if p == path else a)
            for p, a in answers.answers(history.document(imported, ref)[1])
        ],
    )
    assert (
        versions.bring_in(
            imported, DRAFTER, "nhi-benefits", versions.Brought(plain), why="印のない取込み"
        ).new
        is False
    )


def test_a_referral_pins_the_papers_and_the_cards_cite_their_pages(played: Workplace) -> None:
    wp = played
    ref = announced(wp, date(2024, 10, 1), date(2024, 10, 30))
    later = By("mizukoshi", "secretariat", datetime(2024, 11, 1, 9, tzinfo=JST))
    consultations.close(wp, later, 2)
    referral = referrals.refer(
        wp,
        later,
        1,
        [ref],
        referrals.NewReferral(
            "諮問", [{"number": "資料1", "key": "nhi-levy"}, {"number": "資料2", "title": "説明"}]
        ),
        papers=True,
    )
    view = cards.sitting_view(wp, referral)
    assert [(c.card.item, c.pages) for c in view.cards] == [
        ("IV-3", {"nhi-levy": f"資料1 {view.materials[0]['pages']['IV/3']}ページ"})
    ]
    data = referrals.material(wp, referral, "資料1")
    shared.write(
        wp,
        DRAFTER,
        ref,
        ("IV", "3"),
        "後の記載",
        seen=rounds.round_view(wp, ref, date(2024, 11, 1)).head_ref,
        why="直し",
    )
    assert data.startswith(b"%PDF") and referrals.material(wp, referral, "資料1") == data
    with pytest.raises(PiaError, match="資料2"):
        referrals.material(wp, referral, "資料2")
