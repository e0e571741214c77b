"""What the procedure's items could say is proposed from its records, written only when an
officer fills it in, and what was told at each step is shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pia import config
from pia.actions import sources
from pia.actions.records import on_record
from pia.actions.workplace import Workplace
from pia.domain.document.items import text_of
from pia.web.application import create_app
from tests.shared import by_hand

from .. import shared
from ..conftest import NOW
from .client import PageClient, expect_words

REF = "nhi-benefits~r6-cloud"
RECORDED = {
    "VI-2-2": "令和6年5月13日から令和6年6月13日まで（32日間）",
    "VI-2-3": "期間の短縮は行っていない。",
    "VI-3-1": "令和6年7月24日",
    "VI-3-2": "みなも市情報公開・個人情報保護審議会において点検を受けた。",
}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The case until the verdict, before anything of Ⅵ is filled in."""
    return shared.copied(shared.played("verdict"), tmp_path_factory.mktemp("reviewed"))


def test_records_are_proposed_and_written_only_by_an_officer(reviewed: Workplace) -> None:
    assert RECORDED.items() <= on_record.proposals(reviewed, REF).items()
    page = PageClient(create_app(reviewed, config.load({}), lambda: NOW), "hiratsuka")
    here = page.get(f"/rounds/{REF}/procedure")
    then = text_of(sources.read_ref(reviewed, REF).tree.find(("VI", "2", "2")))
    assert here.xpath("//*[@name='VI/2/2']")[0].get("value") == then != RECORDED["VI-2-2"], (
        "what a person wrote last time stays in its field"
    )
    expect_words(here.get_element_by_id("VI/2/2-hint"), RECORDED["VI-2-2"])
    page.post(
        f"/rounds/{REF}/procedure",
        f"/rounds/{REF}/procedure",
        {"VI/2/2": RECORDED["VI-2-2"], "VI/3/1": ""},
    )
    tree = sources.read_ref(reviewed, REF).tree
    assert (
        text_of(tree.find(("VI", "2", "2"))) == RECORDED["VI-2-2"]
        and text_of(tree.find(("VI", "3", "1"))) == ""
    )
    again = page.get(f"/rounds/{REF}/procedure")
    assert not again.xpath("//*[@id='VI/2/2-hint']"), "what is filled in is no proposal any more"
    assert (
        again.xpath("//*[@name='VI/3/1']")[0].get("value") == RECORDED["VI-3-1"]
        and "記録からの案" in again.get_element_by_id("VI/3/1-hint").text_content()
    )
    assert text_of(sources.read_ref(reviewed, REF).tree.find(("VI", "3", "1"))) == "", (
        "looking writes nothing"
    )


def test_what_is_published_is_not_filled_in_any_more(played: Workplace) -> None:
    page = PageClient(create_app(played, config.load({}), lambda: NOW), "hiratsuka")
    head = sources.read_ref(played, REF).ref
    assert "評価実施手続の欄" not in [
        a.text_content() for a in page.get(f"/rounds/{REF}").iter("a")
    ]
    page.post(
        f"/rounds/{REF}/procedure", f"/rounds/{REF}/procedure", {"VI/2/2": "後から"}, status=409
    )
    assert sources.read_ref(played, REF).ref == head


def test_a_shortened_period_brings_its_reason(reviewed: Workplace) -> None:
    from pia.store.rows.consultations import Consultation

    with reviewed.store.read() as s:
        asked = s.get_one(Consultation, 1)
        end = asked.start + timedelta(days=19)
        short = {**asked.facts, "shortened_reason": "法令の施行日までに公表する必要があるため。"}
    from sqlalchemy import update

    with by_hand(reviewed.store) as s:
        s.execute(update(Consultation).where(Consultation.id == 1).values(facts=short, end=end))
    assert on_record.proposals(reviewed, REF)["VI-2-3"] == short["shortened_reason"]
    page = PageClient(create_app(reviewed, config.load({}), lambda: NOW), "hiratsuka")
    page.expect_words("/consultations/1", short["shortened_reason"])
