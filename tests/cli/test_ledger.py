"""The commands of the record of acts, from key to proof."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pia.cli import cli, common
from pia.domain.errors import PiaError
from tests import shared
from tests.store.damage import damage


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(shared.played(), tmp_path / "pia.db")
    (tmp_path / "drop").mkdir()
    for name in [n for n in os.environ if n.startswith("PIA_") and n != shared.RUN]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIA_DATABASE_URL", f"sqlite:///{tmp_path / 'pia.db'}")
    common.workplace.cache_clear()
    yield tmp_path
    common.workplace.cache_clear()


def said(*arguments: str, exit_code: int = 0) -> str:
    common.workplace.cache_clear()
    done = CliRunner().invoke(cli, list(arguments), standalone_mode=False)
    if exit_code == 2:
        assert isinstance(done.exception, PiaError), done.output
        return str(done.exception)
    assert done.exit_code == exit_code, (done.output, done.exception)
    return done.output


def test_from_key_to_proof(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "設定がありません" in said("fsck")
    assert "設定がありません" in said("ledger", "anchor", exit_code=2)
    public = said("ledger", "key", "key").strip().rpartition("：")[2]
    monkeypatch.setenv("PIA_ANCHOR_KEY", str(place / "key"))
    monkeypatch.setenv("PIA_ANCHOR_DROP", str(place / "drop"))
    assert "設定がありません" not in said("fsck")
    said("ledger", "anchor")
    anchor = sorted((place / "drop").iterdir())[-1]
    said("ledger", "export", "ledger.jsonl")
    assert "すべて合っています" in said(
        "verify", "--anchor", str(anchor), "--key", public, "ledger.jsonl"
    )
    report = json.loads(said("verify", "--anchor", str(anchor), "--json", "ledger.jsonl"))["checks"]
    assert all(c["holds"] for c in report) and "鍵が市のものかどうか" in report[0]["why"][0]
    said("export", "nhi-levy-basic@1", "--format", "bundle", "-o", "b.zip")
    assert (place / "b.anchor.json").is_file()
    said("verify", "--anchor", "b.anchor.json", "ledger.jsonl", "b.zip")
    lines = (place / "ledger.jsonl").read_text().splitlines()
    (place / "ledger.jsonl").write_text("\n".join([*lines[:30], *lines[31:]]) + "\n")
    assert "×" in said("verify", "--anchor", str(anchor), "ledger.jsonl", exit_code=1)
    assert "anchor" in said("verify", "--anchor", "b.zip", "ledger.jsonl", exit_code=2)
    assert "1つだけ" in said("verify", "--anchor", str(anchor), "a", "b", "c", exit_code=2)
    assert "--anchor" in said("verify", "a", "b", exit_code=2)
    assert said("fsck", "--anchor", str(anchor)).startswith("損傷はありません")


def test_a_check_goes_on_from_the_last(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the whole to what is new, held against the newest anchor that left."""
    said("ledger", "key", "key")
    monkeypatch.setenv("PIA_ANCHOR_KEY", str(place / "key"))
    monkeypatch.setenv("PIA_ANCHOR_DROP", str(place / "drop"))
    assert "前の検査の印がないため、全体を調べました。" in said("fsck", "--since-anchor")
    said("ledger", "anchor")
    again = said("fsck", "--since-anchor", "--deep")
    assert "のあとを調べました" in again and "損傷はありません" in again
    first = json.loads(said("fsck", "--since-anchor", "--json"))
    second = json.loads(said("fsck", "--since-anchor", "--json"))
    assert first["findings"] == [] and second["since"] > first["since"] > 0
    assert json.loads(said("fsck", "--json"))["since"] is None
    damage(
        f"sqlite:///{place / 'pia.db'}",
        f"DELETE FROM audit_entry WHERE chain = 'main' AND seq > {first['since'] - 3}",
    )
    assert "anchor-ahead" in said("fsck", "--since-anchor", exit_code=1)
