"""Rounds of many affairs at once: begun by all or by none, noted, made public each by itself; as
jobs that tell what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pia import config
from pia.actions import jobs, sources
from pia.actions.people import registration
from pia.actions.steps import bulk_rounds
from pia.actions.viewing import rounds
from pia.actions.workplace import Workplace, line
from pia.domain.act import JST, By
from pia.store import queries
from pia.store.rows import filing
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from ..actions import umihara
from .client import PageClient, expect_words
from .test_national_drafts import AFFAIRS, KEEP, LINES, made_town, office

DAY = datetime(2026, 1, 8, 11, tzinfo=JST)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Workplace]:
    wp = shared.copied(shared.once("umihara-national.db", made_town), tmp_path)
    yield wp
    wp.store.close()


def worked(wp: Workplace, client: PageClient, state: str = "DONE") -> Any:
    """The page of the last job, done."""
    assert jobs.work_once(wp, "worker", lambda: DAY)
    job = jobs.listed(wp)[0]
    assert job.state == state, job.error
    return client.get(f"/jobs/{job.id}")


def running(wp: Workplace) -> int:
    with wp.store.read() as session:
        return len(queries.rounds.open_rounds(session))


def test_rounds_are_begun_in_all_chosen_affairs_or_in_none(town: Workplace) -> None:
    client = office(town, "2026-01-08T10:00")
    here = "/rounds/bulk"
    before = running(town)
    kinds = ("all_item",)
    new = registration.NewAffair("empty", "30", "準備中の事務", umihara.BODY, None, {}, kinds)
    registration.register_affair(town, umihara.at("2026-01-05 09:00"), new)
    typed = {"title": "組織改正に係る修正", "reasons": "組織改正", "kind": "CORRECTION"}
    page = client.post(here, here, typed, 422)
    expect_words(page.get_element_by_id("affairs-wrong"), "1つ以上")
    assert page.get_element_by_id("title").get("value") == "組織改正に係る修正"
    form = next(each for each in page.iter("form") if each.get("action") == here)
    sent = client.fields(form) | {"affairs": [*AFFAIRS, "empty"]}
    client.send(here, sent)
    page = worked(town, client, "FAILED")
    expect_words(page, "始められない事務があります", "準備中の事務：まだ版がありません")
    assert running(town) == before
    boxes = client.get(f"{here}?all=1").xpath("//input[@name='affairs' and @checked]")
    assert {box.get("value") for box in boxes} >= {*AFFAIRS, "school-aid"}
    client.post(here, here, typed | {"affairs": list(AFFAIRS)})
    expect_words(worked(town, client), "始めました", *AFFAIRS.values())
    assert running(town) == before + 2
    with town.store.read() as session:
        # one name for all, made by the program
        names = {row.name for row in queries.rounds.open_rounds(session)[-2:]}
    assert names == {"r7-1"}


def test_the_changes_of_many_rounds_are_noted_where_nothing_was_said(town: Workplace) -> None:
    for ref in LINES[1:]:
        shared.write(
            town,
            umihara.at("2025-12-27 09:00", "shiomi"),
            ref,
            KEEP,
            "＜本市における措置＞\n県の書庫に置く。",
            seen=sources.read_ref(town, ref).ref,
            why="移す",
        )
    client = office(town, "2026-01-08T10:00")
    here = "/rounds/bulk/notes"
    page = client.post(here, here, {"rounds": LINES[1:]}, 422)
    expect_words(page.get_element_by_id("reason-wrong"), "1つ以上入力")
    said = {"rounds": [LINES[1]], "reason": "書庫を移すため", "day": "2026-04-01"}
    client.post(here, here, said)
    expect_words(worked(town, client), "1行に記入しました")
    client.post(here, here, said | {"rounds": LINES[1:], "reason": "県と共に使うため"})
    worked(town, client)
    reasons = []
    for ref in LINES[1:]:
        (told,) = rounds.explained(town, ref).values()
        reasons.append(told.reason)
        with town.store.read() as session:
            notes = filing.change_notes(session, line(session, ref).own_round.id)
        assert [str(note.date) for note in notes.values()] == ["2026-04-01"]
    assert reasons == ["書庫を移すため", "県と共に使うため"]
    assert fsck.check(town.store) == []


def test_many_sets_are_made_public_each_by_itself(tmp_path: Path) -> None:
    wp = shared.copied(shared.played("submit"), tmp_path)
    then = datetime(2024, 9, 2, 10, tzinfo=JST)
    client = PageClient(create_app(wp, config.load({}), lambda: then), "mizukoshi")
    here = "/rounds/bulk/publication"
    page = client.get(here)
    form = next(each for each in page.iter("form") if each.get("action") == here)
    refs = [box.get("value") for box in form.iter("input") if box.get("name") == "rounds"]
    assert len(refs) == 3
    sent = {"rounds": refs[:1], "day": "2024-09-03", "sure": "1"}
    page = client.post(here, here, sent, 422)
    expect_words(page.get_element_by_id("day-wrong"), "まだ来ていません")
    client.post(here, here, sent | {"day": "2024-09-02"})
    assert jobs.work_once(wp, "worker", lambda: then)
    job = jobs.listed(wp)[0]
    assert job.state == "DONE", job.error
    told = (job.result or {})["told"]
    assert [one["ref"] for one in told] == refs[:1]
    assert all(one["good"] for one in told), told
    # a second run after a crash makes nothing public again; one that cannot is told and stays
    by = By("mizukoshi", "secretariat", then)
    (again,) = bulk_rounds.publish(wp, by, refs[:1], then.date(), lambda *_: None)
    assert again.words == "公表しています。"
    early = then.date().replace(day=1)
    (refused,) = bulk_rounds.publish(wp, by, refs[2:], early, lambda *_: None)
    assert not refused.good and "公表する日は令和6年9月1日です" in refused.words
    with wp.store.read() as session:
        assert line(session, refs[2]).own_round.state == "SUBMITTED"
    wp.store.close()
