"""After the commission's 補正の求め each changed place is decided on: formal, or back to the check
or the consultation, with reason and 決裁. Played in 海原市."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pia.actions.records import amended_places
from pia.actions.workplace import Workplace, line
from pia.store.upkeep import fsck

from .client import PageClient, expect_no_words, expect_words
from .test_commission import HERE, ITEM, LINE, ROUND, letter, post
from .test_corrections import correct, isobe, umihara_until, withdraw, wrong

PLACES = f"{HERE}/places"
SUBMIT = f"{ROUND}/submit"
FORMAL = {
    "decision": "formal",
    "decision_reason": "字句の整理",
    "decided": "2026-03-04",
}


@pytest.fixture
def back(tmp_path: Path) -> Workplace:
    """The town with its round back before the submission, one place changed."""
    wp = umihara_until("submit", tmp_path)
    page = isobe(wp, "2026-03-04T09:00")
    letter(page, kind="amendment", text="範囲を明らかにされたい。", day="2026-03-03")
    post(page, HERE, f"{HERE}/1/take-up")
    change(page, "申請者は保護者に限る。")
    return wp


def change(page: PageClient, words: str) -> None:
    now = page.get(ITEM).get_element_by_id("text").text_content()
    post(page, ITEM, ITEM, {"text": now.rstrip() + words, "why": "補正"})


def decide(page: PageClient, status: int = 303, **values: Any) -> Any:
    return post(page, HERE, PLACES, {**FORMAL, **values}, status)


def state(wp: Workplace) -> str:
    with wp.store.read() as session:
        return line(session, LINE).own_round.state


def test_each_changed_place_is_decided_with_its_reason(back: Workplace) -> None:
    page = isobe(back, "2026-03-04T09:00")
    expect_words(page.get(HERE), "まだ決めていない", "Ⅰ１．②")
    expect_words(page.get(SUBMIT), "扱い（形式的か、やり直すか）を決めていないものがあります")
    wrong(decide(page, 422, places=[]), "places", "1つ以上選んでください")
    wrong(decide(page, 422, decision_reason=""), "decision_reason", "入力してください")
    wrong(decide(page, 422, decided=""), "decided", "「決裁日」を入力してください")
    wrong(decide(page, 422, decided="2026-03-05"), "decided", "まだ来ていません")
    shown = decide(page, decision_number="海教学第150号")
    expect_words(
        shown, "1か所の扱いを記録しました", "形式的な修正", "海教学第150号", "令和8年3月4日"
    )
    expect_no_words(page.get(SUBMIT), "扱い（形式的か、やり直すか）を決めていないものがあります")
    # other words are asked about again
    change(page, "世帯は問わない。")
    expect_words(page.get(HERE), "まだ決めていない")
    expect_words(page.get(SUBMIT), "決めていないものがあります")
    decide(page)
    correct(page, f"{PLACES}/2/correction", reason="誤字の訂正")
    expect_words(page.get(HERE), "誤字の訂正")
    withdraw(page, f"{PLACES}/2/correction")
    expect_words(page.get(HERE), "まだ決めていない")
    assert not fsck.check(back.store, deep=True)


@pytest.mark.parametrize(
    ("decision", "reached"), [("check", "REVISING"), ("consultation", "DRAFTING")]
)
def test_a_place_may_take_the_document_back(back: Workplace, decision: str, reached: str) -> None:
    page = isobe(back, "2026-03-04T09:00")
    given = {"decision": decision, "decision_reason": "住民に関わるため", "decided": ""}
    shown = decide(page, **given)
    expect_words(shown, "決めた段階からやり直す")
    expect_words(page.get(SUBMIT), "やり直すと決めた箇所があります")
    post(page, HERE, f"{HERE}/again")
    assert state(back) == reached
    expect_words(page.get(ROUND), "点検・意見の聴取からやり直す")
    # once it went back, nothing is left to do about the place
    with back.store.read() as session:
        assert amended_places.standing(session, line(session, LINE).own_round).back == ()
    assert not fsck.check(back.store, deep=True)


def test_nothing_goes_back_without_a_decision(back: Workplace) -> None:
    page = isobe(back, "2026-03-04T09:00")
    decide(page)
    expect_no_words(page.get(HERE), "決めた段階からやり直す")
    action, sent = page.filled(HERE, PLACES.replace(LINE, _quoted(LINE)))
    page.send(action.replace("/places", "/again"), {"_request": "a" * 20, **_token(sent)}, 409)
    assert state(back) == "REVIEWED"


def _quoted(words: str) -> str:
    return quote(words, safe="/~")


def _token(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if "token" in name}
