"""The commands between the networks, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pia.cli import cli, common
from pia.documents.text import site
from tests import shared
from tests.web import carried_story as story
from tests.web.test_outside import GOOD


def test_export_take_and_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wp = shared.copied(shared.blank(), tmp_path)
    story.begin(wp)
    wp.store.close()
    monkeypatch.setenv("PIA_DATABASE_URL", f"sqlite:///{tmp_path / 'pia.db'}")
    monkeypatch.setattr(common, "machine", lambda: story.AFTER)
    common.workplace.cache_clear()
    run = CliRunner()
    try:
        done = run.invoke(
            cli, ["site", "export", str(tmp_path / "site"), "--no-papers", "--opinions", "."]
        )
        assert done.exit_code == 0 and site.read(tmp_path / "site").as_of == story.AFTER.date(), (
            done.output
        )
        (tmp_path / "inbox").write_text(json.dumps(GOOD) + "\nnonsense\n")
        for new in (["ABCD-EFGH"], []):
            done = run.invoke(cli, ["inbox", "take", str(tmp_path / "inbox"), "--json"])
            report = json.loads(done.output)
            assert (
                done.exit_code == 1
                and report["new"] == new
                and report["again"] == 1 - len(new)
                and [r["line"] for r in report["refused"]] == [2]
            )
        monkeypatch.setenv("PIA_PLACE", "internet")
        assert (
            run.invoke(cli, ["serve", "--zone", "staff"]).exception
            and run.invoke(cli, ["doctor"]).exit_code == 1
        )
    finally:
        common.workplace.cache_clear()
