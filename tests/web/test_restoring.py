"""The page from which a backup is brought back: only by its key, only what is sound, and nothing
changes before."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from pia import config
from pia.actions.people import registration
from pia.actions.upkeep import nightly
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.web.upkeep.restoring import Restoring, create_restoring_app
from tests import shared

EVENING = datetime(2026, 12, 31, 23, 50, tzinfo=JST)
ADMIN = By("ono", "administrator", EVENING)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A town with three nights of backups, the middle one damaged on its share; what was registered
    on the last day is in none of them."""
    wp = shared.copied(shared.blank(), tmp_path)
    share = tmp_path / "share"
    share.mkdir()
    given = config.load({"PIA_BACKUPS": str(share)})
    for day in range(3):
        at = EVENING + timedelta(days=day, hours=2)
        add(wp, f"clerk-{day}")
        assert nightly.turn(wp, given, at)
        os.utime(share / nightly.name_of(wp.store, at), (at.timestamp(), at.timestamp()))
    add(wp, "clerk-9")
    wp.store.close()
    (share / "keepsake.txt").write_text("よそのファイル")
    file = share / "pia-2027-01-02.db"
    whole = bytearray(file.read_bytes())
    whole[20_000:21_000] = b"\xff" * 1000
    at = (EVENING + timedelta(days=1, hours=2)).timestamp()
    file.write_bytes(whole)
    os.utime(file, (at, at))
    return tmp_path


def add(wp: Workplace, name: str) -> None:
    account = registration.NewAccount(name, f"{name}さん", "secretariat", "岬村長")
    registration.add_account(wp, ADMIN, account)


def clerks(town: Path) -> list[str]:
    wp = shared.workplace_at(f"sqlite:///{town / 'pia.db'}")
    names = sorted(person.name for person in registration.people(wp))
    wp.store.close()
    return names


def opened(town: Path) -> tuple[FlaskClient, Restoring]:
    url = f"sqlite:///{town / 'pia.db'}"
    app, restoring = create_restoring_app(
        town / "share", url, config.load({}), lambda: EVENING + timedelta(days=3)
    )
    return app.test_client(), restoring


def after(client: FlaskClient, restoring: Restoring) -> str:
    """The page once the restore has ended."""
    while restoring.state == "going":
        assert 'http-equiv="refresh"' in client.get(f"/{restoring.key}/").text or (
            restoring.state != "going"
        )
    return client.get(f"/{restoring.key}/").text


def test_an_officer_brings_back_the_newest(town: Path) -> None:
    client, restoring = opened(town)
    page = client.get(f"/{restoring.key}/").text
    assert "keepsake" not in page and ".seg" not in page, "only what can be brought back"
    places = [page.index(f"pia-2027-01-0{day}.db") for day in (3, 2, 1)]
    assert places == sorted(places) and "令和9年1月3日" in page
    before = (town / "pia.db").read_bytes()
    for sent in ({}, {"confirm": "はい"}, {"confirm": "戻す", "file": "../pia.db"}):
        answer = client.post(f"/{restoring.key}/", data={"file": "pia-2027-01-03.db", **sent})
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert (town / "pia.db").read_bytes() == before
    answer = client.post(
        f"/{restoring.key}/", data={"file": "pia-2027-01-03.db", "confirm": "戻す"}
    )
    assert answer.status_code == 303
    said = after(client, restoring)
    assert "✓ pia-2027-01-03.db から戻しました。" in said and "pia.db.old1" in said
    assert clerks(town) == ["clerk-0", "clerk-1", "clerk-2"]
    assert (town / "pia.db.old1").read_bytes() == before


def test_a_damaged_one_is_refused_and_another_can_be_chosen(town: Path) -> None:
    client, restoring = opened(town)
    before = (town / "pia.db").read_bytes()
    for file in ("pia-2027-01-02.db", "pia-2027-01-01.db"):
        client.post(f"/{restoring.key}/", data={"file": file, "confirm": "戻す"})
        said = after(client, restoring)
        if file.endswith("02.db"):
            assert "壊れているため、戻せません" in said or "件の問題" in said
            assert "調べて戻す" in said and (town / "pia.db").read_bytes() == before
    assert clerks(town) == ["clerk-0"]


def test_nobody_comes_in_without_the_key(town: Path) -> None:
    client, restoring = opened(town)
    for address in ("/", "/x/", f"/{restoring.key[:-1]}/"):
        for answer in (client.get(address), client.post(address, data={"confirm": "戻す"})):
            assert answer.status_code in (404, 405) and "pia-2027" not in answer.text
    assert len(restoring.key) >= 22


def test_a_folder_that_is_gone_is_said(town: Path) -> None:
    client, restoring = opened(town)
    shutil.rmtree(town / "share")
    assert "共有フォルダがつながっているか" in client.get(f"/{restoring.key}/").text
