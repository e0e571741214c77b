"""The backup of every night: taken once a day, checked, laid whole into the folder, and told on the
first page and by `pia doctor` where it is missing."""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pia import config
from pia.actions.upkeep import doctor, nightly, rehearsal
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.errors import PiaError
from pia.store import queries
from pia.store.ledger import log
from pia.store.opening import open_store
from pia.store.upkeep import fsck
from pia.store.upkeep.backup import restore
from tests.store.damage import damage

NIGHT = datetime(2027, 1, 1, 1, 20, tzinfo=JST)


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


def settings(share: Path, **more: str) -> config.Config:
    return config.load({"PIA_BACKUPS": str(share), **more})


def acts(wp: Workplace, action: str) -> list[dict[str, object]]:
    with wp.store.read() as session:
        return [entry.detail for entry in queries.audit_entries.of_action(session, action)]


def test_one_backup_a_night_over_a_year_end(fresh: Workplace, share: Path) -> None:
    given = settings(share)
    for hours, wanted in ((-1, False), (0, True), (0.1, False), (8, False), (24, True)):
        assert nightly.turn(fresh, given, NIGHT + timedelta(hours=hours)) is wanted, hours
    assert sorted(path.name for path in share.iterdir()) == [
        "pia-2027-01-01.db",
        "pia-2027-01-02.db",
    ]
    assert [about["file"] for about in acts(fresh, "keep.backup")] == [
        "pia-2027-01-02.db",
        "pia-2027-01-01.db",
    ]
    for file in share.iterdir():
        assert file.stat().st_mode & 0o077 == 0, "nobody else reads it"
        store = open_store(f"sqlite:///{file}")
        assert fsck.check(store, deep=True) == []
        store.close()
    assert not list(share.parent.glob("pia-backup-*")), "nothing is left on this machine"


def test_what_a_killed_one_left_is_removed_after_a_day(fresh: Workplace, share: Path) -> None:
    left = [share.parent / name for name in ("pia-backup-x", "pia.db.check-y", "other-z")]
    for folder in left:
        folder.mkdir()
        (folder / "copy").write_bytes(b"x")
        os.utime(folder, (NIGHT.timestamp() - 90_000, NIGHT.timestamp() - 90_000))
    (share.parent / "pia-backup-new").mkdir()
    os.utime(share.parent / "pia-backup-new", (NIGHT.timestamp(), NIGHT.timestamp()))
    assert nightly.turn(fresh, settings(share), NIGHT)
    assert [folder.exists() for folder in left] == [False, False, True]
    assert (share.parent / "pia-backup-new").exists()


def test_turn_after_turn_whatever_goes_wrong(fresh: Workplace, share: Path) -> None:
    """A clock that cannot be read stops one turn."""
    over, asked = threading.Event(), []

    def now() -> datetime:
        asked.append(1)
        if len(asked) == 1:
            raise OSError("no clock")
        if len(asked) == 3:
            over.set()
        return NIGHT

    nightly.nights(fresh, settings(share), now, over, 0)
    assert len(asked) == 3 and [path.name for path in share.iterdir()] == ["pia-2027-01-01.db"]


def test_without_a_folder_nothing_is_done(fresh: Workplace) -> None:
    assert not nightly.turn(fresh, config.load({}), NIGHT)
    assert acts(fresh, "keep.backup") == acts(fresh, "keep.failed") == []


def test_what_comes_after_the_backup_is_added(fresh: Workplace, share: Path) -> None:
    given = settings(share, PIA_BACKUP_SEGMENTS="1")
    assert nightly.turn(fresh, given, NIGHT)
    assert nightly.turn(fresh, given, NIGHT + timedelta(minutes=5)), "that the backup was taken"
    assert not nightly.turn(fresh, given, NIGHT + timedelta(minutes=10)), "nothing was recorded"
    with fresh.store.begin() as session:
        log.entry(session, By("ono", "secretariat", NIGHT), "test.write", "x")
    assert nightly.turn(fresh, given, NIGHT + timedelta(minutes=15))
    assert sorted(path.name[:20] for path in share.iterdir()) == [
        "pia-2027-01-01.00000",
        "pia-2027-01-01.00001",
        "pia-2027-01-01.00002",
        "pia-2027-01-01.db",
    ]
    new = f"sqlite:///{share.parent / 'new.db'}"
    restore(sorted(share.glob("*.seg"))[-1], new)
    store = open_store(new)
    with store.read() as session:
        assert queries.audit_entries.last_of(session, "test.write") is not None
    store.close()


def test_after_a_restore_a_new_backup_begins(fresh: Workplace, share: Path) -> None:
    """What follows is no continuation of what lies in the folder."""
    given = settings(share, PIA_BACKUP_SEGMENTS="1")

    def later(minutes: int) -> list[str]:
        with fresh.store.begin() as session:
            log.entry(session, By("ono", "secretariat", NIGHT), "test.write", str(minutes))
        assert nightly.turn(fresh, given, NIGHT + timedelta(minutes=minutes))
        return sorted(path.name for path in share.iterdir())

    nightly.turn(fresh, given, NIGHT)
    later(5)
    before = later(10)
    url = fresh.store.engine.url.render_as_string(hide_password=False)
    restore(share / "pia-2027-01-01.db", url)
    fresh.store.close()
    after = later(15)
    assert "pia-2027-01-01-0135.db" in after and len(after) == len(before) + 2
    (share / "stranger-2027-01-09.00000-0123456789abcdef.seg").write_bytes(b"x")
    last = next(name for name in later(20) if name.startswith("pia-2027-01-01-0135.00001"))
    restore(share / last, f"sqlite:///{share.parent / 'new.db'}")


def test_nothing_of_a_rehearsal_is_kept(fresh: Workplace, share: Path) -> None:
    rehearsal.begin(fresh, By("ono", "administrator", NIGHT), NIGHT, NIGHT)
    assert not nightly.turn(fresh, settings(share), NIGHT) and list(share.iterdir()) == []


def test_what_fails_is_told_and_tried_again_after_an_hour(fresh: Workplace, share: Path) -> None:
    given = settings(share / "gone")
    assert not nightly.turn(fresh, given, NIGHT)
    assert not nightly.turn(fresh, given, NIGHT + timedelta(minutes=30))
    (failed,) = acts(fresh, "keep.failed")
    assert "フォルダがあるか" in str(failed["why"])
    assert nightly.why_failed(fresh.store) == failed["why"]
    checks = {check.code: check for check in doctor.of_backups(given, fresh.store, NIGHT)}
    assert checks["backup"].level == "mend" and str(failed["why"]) in checks["backup"].do
    assert not nightly.turn(fresh, given, NIGHT + timedelta(hours=2))
    assert len(acts(fresh, "keep.failed")) == 2
    (share / "gone").mkdir()
    assert nightly.turn(fresh, given, NIGHT + timedelta(hours=4))
    assert nightly.why_failed(fresh.store) == ""


def test_a_damaged_database_gives_no_backup(played: Workplace, share: Path) -> None:
    url = played.store.engine.url.render_as_string(hide_password=False)
    damage(url, "UPDATE audit_entry SET target = 'x' WHERE seq = 1")
    assert not nightly.turn(played, settings(share), NIGHT)
    assert "問題" in nightly.why_failed(played.store) and list(share.iterdir()) == []


def test_nothing_is_overwritten_and_nothing_half_is_left(share: Path, tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(b"new" * 1000)
    (share / "pia-2027-01-01.db").write_bytes(b"old")
    with pytest.raises(PiaError, match="上書きしません"):
        nightly.lay(tmp_path / "made", share / "pia-2027-01-01.db")
    assert (share / "pia-2027-01-01.db").read_bytes() == b"old"
    assert [path.name for path in share.iterdir()] == ["pia-2027-01-01.db"]


def test_the_first_page_says_what_is_missing(share: Path) -> None:
    earnest = {"PIA_SECURE": "1"}
    assert nightly.Notice(config.load(earnest)).of(NIGHT) == nightly.UNSET
    assert nightly.Notice(config.load({})).of(NIGHT) == "", "somebody tries it out"
    notice = nightly.Notice(settings(share))
    assert "1つもありません" in notice.of(NIGHT)
    file = share / "pia-2026-12-31.db"
    file.write_bytes(b"x")
    os.utime(file, (NIGHT.timestamp() - 3600, NIGHT.timestamp() - 3600))
    assert notice.of(NIGHT) == ""
    assert "2日前のもの" in notice.of(NIGHT + timedelta(hours=49))
    assert "開けません" in nightly.Notice(settings(share / "none")).of(NIGHT)


def test_a_share_that_does_not_answer_keeps_nobody(share: Path) -> None:
    """However often the page is opened, one thread waits for the share."""
    over, asked = threading.Event(), []

    def frozen(folder: Path) -> list[nightly.Kept]:
        asked.append(folder)
        over.wait(60)
        return []

    notice = nightly.Notice(settings(share), frozen)
    sentences = [notice.of(NIGHT) for _ in range(2)]
    over.set()
    assert all("答えません" in sentence for sentence in sentences) and len(asked) == 1
