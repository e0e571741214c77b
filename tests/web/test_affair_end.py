"""A 事務 ends in 海原市 on a leap day: not while a round runs, not before its beginning; its name
says so where residents read it, three years long; then it is public no more, and all of it can be
put right."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from pia import config
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.store.upkeep import fsck
from pia.web.public.pages import create_public_app
from tests.actions.umihara import LINE

from .client import expect_no_words, expect_problem, expect_words
from .test_corrections import correct, isobe, umihara_until, withdraw
from .test_public import PublicClient

AFFAIR = LINE.split("~")[0]
HERE = f"/affairs/{AFFAIR}/end"
LEAP = {"day": "2028-02-29", "reason": "給付の事務に統合したため"}


def residents(wp: Workplace, day: str) -> PublicClient:
    """The public zone on a day."""
    moment = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=JST)
    return PublicClient(create_public_app(wp, config.load({}), lambda: moment))


@pytest.fixture
def published(tmp_path: Path) -> Workplace:
    """The town after its first publication."""
    return umihara_until("publish", tmp_path)


def test_an_affair_ends_and_is_public_three_years_longer(published: Workplace) -> None:
    page = isobe(published, "2028-03-01T09:00")
    expect_problem(page.post(HERE, HERE, {**LEAP, "day": "2028-03-02"}, 422), "まだ来ていません")
    expect_problem(page.post(HERE, HERE, {**LEAP, "day": "2012-03-02"}, 422), "より前です")
    expect_problem(page.post(HERE, HERE, {**LEAP, "told": "2028-02-28"}, 422), "より前です")
    expect_problem(page.post(HERE, HERE, {**LEAP, "reason": ""}, 422), "終了した理由")
    odd = '<b>給付</b> & "統合" {{ 7*7 }} %s 𠮟'
    told = {"reason": odd, "document_number": "<i>海</i>&第8号"}
    shown = page.post(HERE, HERE, {**LEAP, **told})
    expect_words(shown, odd)
    expect_words(shown, "少なくとも令和13年2月28日まで続けます", "委員会への届出が要ります")
    mark = "就学援助に関する事務【令和10年2月29日 終了】"
    expect_words(page.get("/register"), mark)
    expect_words(page.get("/"), "委員会に事務の終了を届け出る")
    expect_words(residents(published, "2028-03-01").get("/"), mark)
    correct(page, f"{HERE}/correction", told="2028-03-01", document_number="海教学第9号")
    expect_no_words(page.get("/"), "委員会に事務の終了を届け出る")
    expect_no_words(page.get(HERE), "公表を終える")

    # nothing of it can begin anew, and the years are kept to the day
    refused = page.post(
        f"/affairs/{AFFAIR}",
        f"/affairs/{AFFAIR}/rounds",
        {"title": "再実施", "reasons": "更新"},
        409,
    )
    expect_words(refused, "終了しています")
    early = isobe(published, "2031-02-28T09:00")
    expect_no_words(early.get(HERE), "公表を終える")
    late = isobe(published, "2031-03-01T09:00")
    expect_problem(
        late.post(HERE, f"{HERE}/closed", {"closed": "2031-02-28"}, 422), "公表を続けます"
    )
    late.post(HERE, f"{HERE}/closed", {"closed": "2031-03-01"})
    expect_words(residents(published, "2031-02-28").get("/"), mark)
    expect_no_words(residents(published, "2031-03-01").get("/"), mark)
    residents(published, "2031-03-01").get(f"/published/{AFFAIR}", 404)

    wrong = {"closed": "2031-02-27", "correction": "誤記"}
    refused = late.post(
        f"{HERE}/correction", f"{HERE}/correction", wrong, 422, pick={"what": "amend"}
    )
    expect_problem(refused, "公表を続けます")
    # closed by mistake: open again; ended by mistake: it goes on
    correct(late, f"{HERE}/correction", closed="")
    expect_words(residents(published, "2031-03-02").get("/"), mark)
    withdraw(late, f"{HERE}/correction")
    expect_no_words(late.get("/register"), "終了】")
    assert not fsck.check(published.store, deep=True)


def test_what_is_under_way_is_finished_first(tmp_path: Path) -> None:
    wp = umihara_until("submit", tmp_path)
    page = isobe(wp, "2026-03-05T09:00")
    refused = page.post(HERE, HERE, {"day": "2026-03-04", "reason": "統合"}, 409)
    expect_words(refused, "公表するか取り下げてください")
