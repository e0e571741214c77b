"""The command as somebody types it in a folder of their own, over a database empty or played."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pia import forms
from pia.actions import demo
from pia.documents.text import interchange
from pia.documents.workbook_out import writer as workbook_out_writer
from pia.domain.document.items import with_answer
from tests import forked

ITEM = ("III", "file-levy", "5", "X")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `pia` in an empty folder with a database of its own."""
    monkeypatch.setenv("PIA_DATABASE_URL", f"sqlite:///{tmp_path / 'pia.db'}")
    monkeypatch.setenv(
        "PYTHONPATH", str(Path(forms.__file__).parents[2])
    )  # the code under test, whatever is installed

    def pia(*args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = forked.run(args, tmp_path, os.environ)
        assert done.returncode == code, (
            args,
            done.returncode,
            done.stdout[-500:],
            done.stderr[-800:],
        )
        assert "Traceback" not in done.stderr
        if code == 2:
            assert len(done.stderr.strip().splitlines()) == 1 and done.stderr.strip().endswith(
                "。"
            ), done.stderr
        return done

    return pia


@pytest.fixture
def case(run: Run, played_file: Path, tmp_path: Path) -> Run:
    shutil.copy(played_file, tmp_path / "pia.db")
    return run


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two workbooks of one assessment, the second with one item changed."""
    folder = tmp_path_factory.mktemp("books")
    old = demo.assessment("nhi-levy")
    form = forms.load(old.form)
    new = with_answer(form, old, ITEM, "新しいリスク対策を行う。")
    for name, tree in (("old", old), ("new", new)):
        (folder / f"{name}.xlsx").write_bytes(
            workbook_out_writer.write(tree, form, title="国保", ref="nhi-levy@1")
        )
        (folder / f"{name}.json").write_bytes(interchange.write(tree, key="nhi-levy"))
    return folder / "old.xlsx", folder / "new.xlsx"
