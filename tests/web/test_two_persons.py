"""Two persons for what leaves the house: one asks, another does it, of the very wording that was
asked about; off unless a city wants it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from pia import config
from pia.actions import demo, jobs
from pia.actions.steps import filing
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import Refused
from pia.store.rows.assessments import RoundEvent
from pia.store.rows.filing import Publication, Submission
from pia.store.rows.two_persons import AskedStep
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from .client import PageClient, expect_words

STORY = demo.fixture("scenario")
AT = demo._at(STORY["submission"]["at"])
DAY = demo._day(demo._at(STORY["publication"]["at"]))
KEY = STORY["affairs"][0]["key"]
TYPED = {"document_number": "情第77号", "decided": "2024-08-01", "sure": "1"}


class Clock:
    def __init__(self) -> None:
        self.now: datetime = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    opened = shared.copied(shared.played("table"), tmp_path)
    yield replace(opened, two_persons=True)
    opened.store.close()


@pytest.fixture
def app(wp: Workplace, clock: Clock) -> Flask:
    return create_app(wp, config.load({}), clock)


@pytest.fixture
def ref(wp: Workplace) -> str:
    with wp.store.read() as s:
        from pia.store.rows.assessments import Round

        return f"{KEY}~{s.scalars(select(Round.name)).first()}"


def count(wp: Workplace, kind: type) -> int:
    with wp.store.read() as s:
        return len(s.scalars(select(kind.id)).all())  # type: ignore[attr-defined]


def end_jobs(wp: Workplace, clock: Clock) -> None:
    while jobs.work_once(wp, "w", clock):
        pass


def test_one_asks_and_another_submits_and_publishes(
    app: Flask, wp: Workplace, ref: str, clock: Clock
) -> None:
    first, second = PageClient(app, "hiratsuka"), PageClient(app, "mizukoshi")
    address = f"/rounds/{ref}/submit"
    first.expect_words(address, "2人で行います")
    words = first.post(address, address, TYPED)
    expect_words(words, "頼みました", "情第77号")
    end_jobs(wp, clock)
    assert count(wp, Submission) == 0
    assert "もう頼んでいます" in first.post(address, address, TYPED, 422).text_content(), (
        "the same person is no second one"
    )
    second.expect_words(address, "平塚 健さんが")
    second.post(address, address, {"sure": "1"})
    end_jobs(wp, clock)
    with wp.store.read() as s:
        submissions = s.scalars(select(Submission)).all()
        assert {(submission.actor, submission.document_number) for submission in submissions} == {
            ("mizukoshi", "情第77号")
        }
        told = [e.facts for e in s.scalars(select(RoundEvent).where(RoundEvent.event == "submit"))]
        assert told and {facts["asked_by"] for facts in told} == {"hiratsuka"}

    clock.now = demo._at(STORY["publication"]["at"])
    page = f"/rounds/{ref}/publish"
    second = PageClient(app, "mizukoshi")
    second.post(page, page, {"day": DAY.isoformat()})
    assert count(wp, Publication) == len(STORY["affairs"]) * 2, "what stood published before"
    PageClient(app, "hiratsuka").post(page, page)
    assert count(wp, Publication) == len(STORY["affairs"]) * 2 + 2
    assert fsck.check(wp.store, deep=True) == []


def test_the_act_itself_asks_for_two(wp: Workplace, ref: str) -> None:
    """Whatever way it is called: the question stands in the act's own transaction."""
    both = [ref, ref.replace("~", "-basic~")]
    with pytest.raises(Refused, match="2人で行う設定"):
        filing.submit(wp, By("hiratsuka", "secretariat", AT), both, document_number="情第77号")
    alone = replace(wp, two_persons=False)
    filing.submit(alone, By("hiratsuka", "secretariat", AT), both, document_number="情第77号")
    assert count(wp, Submission) == 2, "the control: a city that does without"


def test_what_changed_since_is_asked_anew(
    app: Flask, wp: Workplace, ref: str, clock: Clock
) -> None:
    first, second = PageClient(app, "hiratsuka"), PageClient(app, "mizukoshi")
    address = f"/rounds/{ref}/submit"
    first.post(address, address, TYPED)
    filing.fill_procedure(
        wp, By("hiratsuka", "secretariat", AT), ref, {("C", "7"): "令和6年9月9日"}
    )
    second.expect_words(address, "頼み直してください")
    with pytest.raises(Refused, match="評価書が変わりました"):
        filing.submit(
            wp,
            By("mizukoshi", "secretariat", AT),
            [ref, ref.replace("~", "-basic~")],
            document_number="情第77号",
        )
    assert count(wp, Submission) == 0


def test_a_request_is_taken_back_with_a_reason(app: Flask, wp: Workplace, ref: str) -> None:
    first = PageClient(app, "hiratsuka")
    address = f"/rounds/{ref}/submit"
    first.post(address, address, TYPED)
    first.post(address, f"/rounds/{ref}/asked/submit", {"why": ""}, 422)
    first.post(address, f"/rounds/{ref}/asked/submit", {"why": "文書番号の誤り"})
    with wp.store.read() as s:
        asked_step = s.scalars(select(AskedStep)).one()
        assert (
            asked_step.state,
            asked_step.closed_by,
            asked_step.closed_why,
            asked_step.args["document_number"],
        ) == (
            "WITHDRAWN",
            "hiratsuka",
            "文書番号の誤り",
            "情第77号",
        )
    first.expect_no_words(address, "頼みました")
