"""Nobody comes by a word that is not theirs: route × parameter × object × person, with the
question switched off as the control."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from pia import config
from pia.actions.access import veil
from pia.actions.people import rights
from pia.web.application import create_app

from .. import shared
from . import canaries


@pytest.fixture
def planted(played_file: Path, tmp_path: Path) -> tuple[Flask, dict[str, Any]]:
    wp = shared.copied(played_file, tmp_path)
    things = canaries.plant(wp)
    return create_app(wp, config.load({}), lambda: canaries.AT), things


def test_no_word_comes_to_whom_it_is_not_for(planted: tuple[Flask, dict[str, Any]]) -> None:
    """Before, a member and a tablet without a plate read any version by `base`, a department
    another's withheld words. Long: every route as seven people."""
    count, leaks = canaries.walk(*planted, canaries.WEAK)
    assert leaks == [], "\n".join(leaks[:20])
    assert count > 1_000


def test_whoever_may_see_a_word_does(planted: tuple[Flask, dict[str, Any]]) -> None:
    """The walk is no walk past closed doors: the words stand where they were planted."""
    app, things = planted
    seen = set()
    ask = (
        ("nonomura", f"/assessments/{canaries.LINE}"),
        ("nonomura", f"/leaks/{things['leak'][0]}"),
        ("yagami", f"/sittings/{things['sitting'][0]}/leaks"),
        ("yagami", f"/referrals/{things['referral'][0]}/documents/{canaries.KEY}"),
        ("yagami", f"/referrals/{things['referral'][0]}"),
        ("yagami", f"/referrals/{things['referral'][0]}/cards/1"),
        ("yagami", f"/referrals/{things['referral'][0]}/glossary"),
        ("yagami", f"/referrals/{things['referral'][0]}/files/1"),
        ("yagami", "/referrals"),
        ("nonomura", f"/rounds/{canaries.LINE}/change-table"),
        ("nonomura", f"/jobs/{things['job'][0]}/file"),
        ("nonomura", f"/rounds/{canaries.LINE}/comments"),
        ("nonomura", f"/lines/{canaries.LINE}/content"),
        ("nonomura", f"/rounds/{canaries.LINE}/answers/{canaries.PATH}"),
        ("nonomura", f"/rounds/{canaries.LINE}/files/{things['round_file'][0]}"),
        ("mizukoshi", f"/consultations/{things['consultation'][0]}"),
        (
            "mizukoshi",
            f"/consultations/{things['consultation'][0]}"
            f"/attachments/{things['opinion_attachment'][0]}",
        ),
        ("mizukoshi", f"/consultations/{things['consultation'][0]}/senders?look=1"),
        ("nonomura", f"/lines/{canaries.LINE}/items/{canaries.PATH}?unsaved=1"),
    )
    by_name = {
        person.name: person for person in canaries.people(app, ("nonomura", "yagami", "mizukoshi"))
    }
    for name, url in ask:
        words = canaries.unpacked(by_name[name].page.client.get(url).data)
        seen |= {word for word in canaries.ALLOWED if word.encode() in words}
    assert seen == set(canaries.ALLOWED)


def test_with_the_question_switched_off_the_walk_finds_them(
    planted: tuple[Flask, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "may", lambda *_, **__: True)
    _, leaks = canaries.walk(*planted, ["mitamura", "tablet"], only="/referrals/")
    assert {"CANARYDRAFT", "CANARYREMARK", "CANARYFILE"} <= {line.split()[1] for line in leaks}


def test_with_every_reader_the_walk_finds_withheld_words(
    planted: tuple[Flask, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(veil.Readers, "hides", lambda self, assessment: False)
    _, leaks = canaries.walk(*planted, ["morishita"], only=f"/assessments/{canaries.LINE}")
    assert any("CANARYWITHHELD" in line for line in leaks)
