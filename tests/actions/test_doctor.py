"""Where a server stands and how it is set up: each finding appears with its cause and goes with
it; clocks are asked only where a person set one."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pia import config
from pia.actions import jobs
from pia.actions.upkeep import anchors, clocks, doctor
from pia.documents.text import site
from pia.store.opening import open_store
from tests import shared

KEY = "4b7d2c9a815f36c4d8e07b1f592a6d0e"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def well(tmp_path: Path) -> dict[str, str]:
    """A server in LGWAN接続系 that wants nothing."""
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    (tmp_path / "pia.db").chmod(0o600)
    for name in ("drop", "backups"):
        (tmp_path / name).mkdir()
    (tmp_path / "backups" / "today.pia").write_bytes(b"x")
    anchors.make_key(tmp_path / "key.pem")
    return {
        "PIA_PLACE": "lgwan",
        "PIA_HOSTS": "pia.shiomi.local",
        "PIA_SECURE": "1",
        "PIA_PROXY": "1",
        "PIA_SECRET_KEY": KEY,
        "PIA_DATABASE_URL": f"sqlite:///{tmp_path / 'pia.db'}",
        "PIA_ANCHOR_KEY": str(tmp_path / "key.pem"),
        "PIA_ANCHOR_DROP": str(tmp_path / "drop"),
        "PIA_BACKUPS": str(tmp_path / "backups"),
    }


def look(settings: dict[str, str], **more: Path | str) -> dict[str, doctor.Diagnosis]:
    checks = doctor.look(config.load(settings), now(), **more)  # type: ignore[arg-type]
    assert all(check.do for check in checks if check.level == "mend"), (
        "what is to be mended says how"
    )
    return {check.code: check for check in checks}


def mended(checks: dict[str, doctor.Diagnosis]) -> set[str]:
    return {code for code, check in checks.items() if check.level == "mend"}


def test_a_server_in_its_place_wants_nothing(well: dict[str, str]) -> None:
    checks = look(well)
    assert (
        not mended(checks)
        and checks["zone"].says == "置き場所はLGWAN接続系、動かす画面は「staff」です。"
    )
    assert (
        checks["clock"].level
        == checks["addresses"].level
        == checks["retention"].level
        == checks["mode"].level
        == "good"
    )


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("PIA_HOSTS", "", "hosts"),
        ("PIA_SECURE", "", "https"),
        ("PIA_PROXY", "", "proxy"),
        ("PIA_SECRET_KEY", "short", "secret"),
        ("PIA_ANCHOR_DROP", "", "anchor"),
        ("PIA_ANCHOR_KEY", "/nowhere", "anchor"),
        ("PIA_BACKUPS", "/nowhere", "backups"),
        ("PIA_LDAP_URL", "ldaps://8.8.8.8", "addresses"),
        ("PIA_FONT_REGULAR", "/nowhere.ttf", "fonts"),
        ("PIA_DATABASE_URL", "sqlite:////nowhere/pia.db", "database"),
        ("PIA_TIME_SERVER", "127.0.0.1:9", "clock"),
        ("PIA_PLACE", "", "place"),
        ("PIA_PLACE", "cloud", "place"),
        ("PIA_PLACE", "internet", "database"),
    ],
)
def test_each_setting_that_is_wrong_is_named(
    well: dict[str, str], name: str, value: str, code: str
) -> None:
    assert mended(look({**well, name: value})) == {code}


def test_a_zone_stands_only_where_it_belongs(well: dict[str, str]) -> None:
    for zone in ("public", "all", "outside"):
        assert "zone" in mended(look(well, zone=zone)) and doctor.fits("lgwan", zone)
    for zone in ("staff", "public", "all"):
        assert doctor.fits("internet", zone)
    assert (
        not doctor.fits("internet", "outside")
        and not doctor.fits("lgwan", "staff")
        and not doctor.fits("one-machine", "all")
        and doctor.fits("moon", "staff")
    )


def test_trying_out_on_one_machine_is_noted_and_not_refused(well: dict[str, str]) -> None:
    checks = look({"PIA_PLACE": "one-machine", "PIA_DATABASE_URL": well["PIA_DATABASE_URL"]})
    assert not mended(checks) and checks["https"].level == "note"


def test_files_others_can_read_and_old_backups(well: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "pia.db").chmod(0o644)
    old = (now() - timedelta(days=3)).timestamp()
    os.utime(tmp_path / "backups" / "today.pia", (old, old))
    checks = look(well)
    assert mended(checks) == {"mode", "backups"} and "3日前" in checks["backups"].says


def test_a_database_on_a_disk_of_the_network_is_seen(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text("/dev/sda1 / ext4 rw 0 0\nserver:/share /srv/share nfs4 rw 0 0\n")
    assert (
        doctor._disk(Path("/srv/share/pia.db"), table) == "nfs4"
        and doctor._disk(Path("/srv/pia.db"), table) == "ext4"
    )


def test_a_job_that_destroys_is_seen(well: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.KINDS, "destroy", ("廃棄", jobs.KINDS["paper"][1]))
    assert mended(look(well)) == {"retention"}


def test_a_host_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outside = {
        "PIA_PLACE": "internet",
        "PIA_HOSTS": "iken.shiomi.example",
        "PIA_SECURE": "1",
        "PIA_PROXY": "1",
        "PIA_SECRET_KEY": KEY,
    }
    site.write(tmp_path / "site", site.with_manifest({"index.html": b"x"}, {"as_of": "2028-05-12"}))
    (tmp_path / "inbox").touch(0o600)
    where = {"site": tmp_path / "site", "inbox": tmp_path / "inbox"}
    assert not mended(look(outside, **where))
    (tmp_path / "inbox").chmod(0o640)
    (tmp_path / "site" / "index.html").write_bytes(b"y")
    (tmp_path / "pia.db").touch()
    assert mended(look(outside, **where)) == {"inbox", "site", "database"}


@contextmanager
def time_server(ahead: float, spoil: bool = False) -> Iterator[str]:
    """A server of the time that is so many seconds ahead; spoilt, it answers what was not asked."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))

        def answer() -> None:
            asked, who = line.recvfrom(1024)
            at = struct.pack(
                "!II", int(time.time() + ahead + 2_208_988_800) & 0xFFFFFFFF, 0x80000000
            )
            line.sendto(
                bytes([0x24, 2, 0, 0])
                + bytes(20)
                + (bytes(8) if spoil else asked[40:48])
                + at
                + at,
                who,
            )

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{line.getsockname()[1]}"
        thread.join(5)


def test_a_time_server_of_the_city_is_asked_only_where_one_is_set(well: dict[str, str]) -> None:
    store = open_store(well["PIA_DATABASE_URL"])
    (own,) = clocks.compare(config.load(well), store, now())
    assert own.name == "データベース" and not own.off
    with time_server(0) as server:
        clocks_asked = clocks.compare(
            config.load({**well, "PIA_TIME_SERVER": server}), store, now()
        )
        assert [c.off for c in clocks_asked] == [False, False]
    with time_server(90) as server:
        clocks_asked = clocks.compare(
            config.load({**well, "PIA_TIME_SERVER": server}), store, now()
        )
        assert (
            clocks_asked[1].off
            and clocks_asked[1].ahead is not None
            and 88 < clocks_asked[1].ahead.total_seconds() < 92
        )
    with time_server(0, spoil=True) as server:
        assert clocks.ask(server) is None, "an answer to another question"
    assert clocks.ask("[::1]:9") is None
    store.close()
