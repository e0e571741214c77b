"""The wheel on its own: built, put into an empty folder, played and served from elsewhere. What
is not packaged shows here and nowhere else."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from pia import resources

ROOT = Path(resources.__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what a source archive holds, so that nothing is written into the
    checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pia", "templates", "fixtures", "setup.cfg", "pyproject.toml", "README.md"):
        subprocess.run(["cp", "-r", str(ROOT / name), str(source / name)], check=True)
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
        str(source),
    ]
    done = subprocess.run(build, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return next(folder.glob("pia-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which only the installed wheel is `pia`; the libraries come from the
    running interpreter."""
    target = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(target),
            str(wheel),
        ],
        check=True,
        cwd=target,
    )
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("PIA_")},
        "PYTHONPATH": str(target),
    }


def test_everything_is_packaged(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())

    def files(folder: Path, pattern: str, package: str) -> set[str]:
        return {
            f"{package}/{f.relative_to(folder).as_posix()}"
            for f in folder.rglob(pattern)
            if f.is_file() and "__pycache__" not in f.parts
        }

    due = files(ROOT / "pia", "*.py", "pia") | files(ROOT / "pia" / "static", "*", "pia/static")
    # Whatever else lies beside the modules, but what only makes a new revision.
    data = files(ROOT / "pia", "*", "pia")
    due |= {name for name in data if not name.endswith((".py", ".pyc", ".mako"))}
    due |= files(ROOT / "templates", "*.html", "pia/templates") | files(
        ROOT / "fixtures", "*.yaml", "pia/fixtures"
    )
    assert due <= inside, sorted(due - inside)[:10]
    assert not [
        name for name in inside if name.startswith("tests/") or name.endswith((".db", ".pyc"))
    ]


def _serve(environment: dict[str, str], database: Path, cwd: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pia", "serve", "--port", str(port)]
    server = subprocess.Popen(
        command,
        cwd=cwd,
        env={**environment, "PIA_DATABASE_URL": f"sqlite:///{database}"},
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert server.poll() is None, "the server ended"
            try:
                with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                    break
            except urllib.error.URLError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _signed_in(address: str, name: str, password: str) -> urllib.request.OpenerDirector:
    """Signs in as a browser without scripts would."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    form = html.document_fromstring(_page(browser, f"{address}/sign-in")).find(".//form")
    assert form is not None
    sent = {e.get("name"): e.get("value") or "" for e in form.iter("input")} | {
        "name": name,
        "password": password,
    }
    with browser.open(
        f"{address}/sign-in", urllib.parse.urlencode(sent).encode(), timeout=30
    ) as answer:
        assert answer.status == 200 and "サインアウト" in answer.read().decode()
    return browser


def _page(browser: urllib.request.OpenerDirector, address: str) -> str:
    with browser.open(address, timeout=30) as answer:
        assert answer.status == 200
        return answer.read().decode()


def test_an_installed_wheel_plays_and_serves(installed: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pia", "demo", "--no-serve"],
        cwd=tmp_path,
        env=installed,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (
        "変更箇所：18（8＋5＋5）" in done.stdout
        and "カード：8枚" in done.stdout
        and "tanahashi" in done.stdout
    )
    where = subprocess.run(
        [sys.executable, "-c", "import pia; print(pia.__file__)"],
        cwd=tmp_path,
        env=installed,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed["PYTHONPATH"])
    password = re.search(r"パスワードはどれも (\S+)）", done.stdout)
    assert password
    for address in _serve(installed, tmp_path / "demo" / "pia.db", tmp_path):
        browser = _signed_in(address, "hiratsuka", password.group(1))
        assert "国民健康保険" in _page(browser, f"{address}/register")
        assert "ガバメントクラウドにおける措置" in _page(
            browser, f"{address}/assessments/nhi-benefits"
        )
        assert "＝" in _page(browser, f"{address}/national")
        assert "--color" in _page(browser, f"{address}/static/vendor/design-tokens.css")
        assert ".card" in _page(browser, f"{address}/static/pia.css")
