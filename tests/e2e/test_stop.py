"""A graceful stop: SIGTERM to `pia serve` answers the requests in hand whole, then ends the
server and its worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.drills import visitor
from tests.drills.visitor import Page, Visitor


def _children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return [int(x) for x in listed.stdout.split()]


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_stop_answers_what_is_in_hand_and_leaves_nothing_running(
    played_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "pia.db").write_bytes(played_file.read_bytes())
    with visitor.served(f"sqlite:///{tmp_path / 'pia.db'}") as server:
        people = [Visitor(server.port) for _ in range(3)]
        for person in people:
            person.sign_in("mizukoshi")
        for _ in range(200):
            workers = _children(server.process.pid)
            if workers:
                break
            time.sleep(0.05)
        assert len(workers) == 1
        answers: list[Page] = []
        # A whole document as PDF takes long enough to be in hand when the signal comes.
        asking = [
            threading.Thread(
                target=lambda p=p: answers.append(p.get("/assessments/nhi-benefits/export.pdf"))
            )
            for p in people
        ]  # type: ignore[misc]
        for t in asking:
            t.start()
        time.sleep(0.7)
        assert not answers, "the document came too fast to be in hand"
        server.process.send_signal(signal.SIGTERM)
        for t in asking:
            t.join(120)
        assert server.process.wait(60) == 0
        assert [a.status for a in answers] == [200] * 3, server.said()
    assert all(a.body.startswith(b"%PDF") and a.body.rstrip().endswith(b"%%EOF") for a in answers)
    assert all(_gone(w) for w in workers)
    with socket.socket() as s:
        assert s.connect_ex(("127.0.0.1", server.port)) != 0


def _alive_workers(url: str) -> list[int]:
    """Workers of a database, whoever their parent is."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            line = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"\0work\0" in line and f"PIA_DATABASE_URL={url}".encode() in environment.split(b"\0"):
            found.append(int(folder.name))
    return found


def _ends(url: str) -> bool:
    """Whether no worker is left after at most a minute."""
    for _ in range(600):
        if not _alive_workers(url):
            return True
        time.sleep(0.1)
    return False


def _serve(url: str, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pia", "serve", "--port", str(port)],
        env={**os.environ, "PIA_DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_worker_ends_with_a_server_killed_in_its_first_second(
    played_file: Path, tmp_path: Path
) -> None:
    """Killed as soon as its worker is there, which has not read the program yet."""
    (tmp_path / "pia.db").write_bytes(played_file.read_bytes())
    url = f"sqlite:///{tmp_path / 'pia.db'}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = _serve(url, port)
    while not _alive_workers(url):
        assert server.poll() is None
        time.sleep(0.01)
    server.kill()
    server.communicate()
    assert _ends(url)


def test_a_taken_port_is_told_as_what_it_is(played_file: Path, tmp_path: Path) -> None:
    (tmp_path / "pia.db").write_bytes(played_file.read_bytes())
    url = f"sqlite:///{tmp_path / 'pia.db'}"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = _serve(url, taken.getsockname()[1])
        _, output = server.communicate(timeout=60)
    assert server.returncode == 1 and "ほかのプログラムが使っています" in output
    assert output.count("\n") == 1 and _ends(url)
