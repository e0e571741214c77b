"""The city's own network and the one outside as network namespaces with no route between them; a
site is carried out by hand, an inbox in, and a whole consultation of 汐見町 is played over them:
announced, `-n` opinions sent, taken in, answered, closed, the results carried out.

Each side is a server and one visitor on a cable of their own. Counts packets that one side sent
and its own visitor did not get (0), tries across (all refused), and what did not arrive (0). The
control lays a cable between the sides: the same check must see it. Needs root and iproute2.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pia.actions import demo
from pia.actions.people import sign_in
from pia.actions.steps import consultations, councils, referrals
from pia.documents.text import site as format_
from pia.domain.act import JST, By
from pia.store.upkeep import fsck
from pia.web.public import site
from tests.web import carried_story as story

from . import visitor
from .places import place
from .visitor import Visitor, fields

Value = TypeVar("Value")
PORT = 8000
NET = 0x40000000  # CLONE_NEWNET
WORDS = "窓口の委託について{0}番目の意見です。"
REPLY = "{0}番目の御意見は、今後の参考にします。"


def missing() -> str:
    """Why namespaces cannot be made here; empty where they can."""
    if sys.platform != "linux" or shutil.which("ip") is None:
        return "iproute2 is missing: install iproute2"
    tried = f"pia-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", tried], capture_output=True, text=True)
    if made.returncode:
        return f"network namespaces cannot be made here (root is needed): {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", tried], check=True)
    return ""


@dataclass(frozen=True, slots=True)
class Side:
    """One network: a server's and a visitor's namespace with a cable between them."""

    name: str
    net: int

    @property
    def server(self) -> str:
        return f"{self.name}-server"

    @property
    def visitor(self) -> str:
        return f"{self.name}-visitor"

    @property
    def address(self) -> str:
        return f"10.93.{self.net}.1"

    @property
    def log(self) -> str:
        """The visitor's own address."""
        return f"10.93.{self.net}.2"


def _ip(*words: str, where: str = "") -> str:
    command = ["ip", *(["-n", where] if where else []), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def sides() -> Iterator[tuple[Side, Side]]:
    """The two networks, taken away again whatever happens."""
    mark = f"pia{os.getpid() % 10_000:04}"
    both = (Side(f"{mark}i", 1), Side(f"{mark}o", 2))
    with ExitStack() as undo:
        for side in both:
            for name in (side.server, side.visitor):
                _ip("netns", "add", name)
                undo.callback(subprocess.run, ["ip", "netns", "delete", name], capture_output=True)
                _quiet(name)
            _cable(side.server, side.address, side.visitor, side.log)
        yield both


def _quiet(name: str) -> None:
    """No packets but those of the drill: version 6 greets by itself."""
    line = (
        "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 "
        "> /proc/sys/net/ipv6/conf/default/disable_ipv6"
    )
    subprocess.run(["ip", "netns", "exec", name, "sh", "-c", line], capture_output=True)
    _ip("link", "set", "lo", "up", where=name)


def _cable(
    left: str, left_address: str, right: str, right_address: str, name: str = "eth0"
) -> None:
    _ip("link", "add", name, "netns", left, "type", "veth", "peer", "name", name, "netns", right)
    for place_, address in ((left, left_address), (right, right_address)):
        _ip("address", "add", f"{address}/24", "dev", name, where=place_)
        _ip("link", "set", name, "up", where=place_)


class Inside:
    """A thread that stands in a namespace; what it is asked to do is done there."""

    def __init__(self, name: str):
        self.pool = ThreadPoolExecutor(1, initializer=self._enter, initargs=(name,))

    @staticmethod
    def _enter(name: str) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/run/netns/{name}") as door:
            if libc.setns(door.fileno(), NET):
                raise OSError(ctypes.get_errno(), "setns")

    def do(self, what: Callable[[], Value]) -> Value:
        return self.pool.submit(what).result(120)


def packets(name: str) -> tuple[int, int]:
    """(sent, received) by a namespace over every cable it has, its own loop aside."""
    links = [
        link for link in json.loads(_ip("-s", "-j", "link", where=name)) if link["ifname"] != "lo"
    ]
    counts = [link["stats64"] for link in links]
    return sum(c["tx"]["packets"] for c in counts), sum(c["rx"]["packets"] for c in counts)


def astray(side: Side) -> int:
    """Packets of a side's server that its own visitor did not get or send."""
    for _ in range(20):
        (sent, got), (theirs_sent, theirs_got) = packets(side.server), packets(side.visitor)
        if sent == theirs_got and got == theirs_sent:
            return 0
        time.sleep(0.1)  # on their way
    return abs(sent - theirs_got) + abs(got - theirs_sent)


def reached(start: str, address: str) -> bool:
    """Whether anything at an address answers, also with a refusal."""

    def knock() -> bool:
        try:
            socket.create_connection((address, PORT), 1).close()
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        return True

    return Inside(start).do(knock)


def across(inner: Side, outer: Side) -> int:
    """How many of the tries from one side to the other got through."""
    tries = [
        (a, address)
        for a in (inner.server, inner.visitor)
        for address in (outer.address, outer.log)
    ]
    tries += [
        (a, address)
        for a in (outer.server, outer.visitor)
        for address in (inner.address, inner.log)
    ]
    return sum(reached(*attempt) for attempt in tries)


@contextmanager
def served(side: Side, *words: str, **settings: str) -> Iterator[Visitor]:
    """`pia serve` within a side, and its visitor's browser."""
    command = [
        "ip",
        "netns",
        "exec",
        side.server,
        sys.executable,
        "-m",
        "pia",
        "serve",
        "--host",
        side.address,
        "--port",
        str(PORT),
        *words,
    ]
    environment = {**os.environ, "PIA_SECRET_KEY": visitor.SECRET, **settings}
    process = subprocess.Popen(
        command,
        cwd=visitor.ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        person = Visitor(PORT, host=side.address)
        _ready(Inside(side.visitor), person, process)
        yield person
    finally:
        process.terminate()
        process.wait(60)


def _ready(inside: Inside, person: Visitor, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended"
        try:
            if inside.do(lambda: person.get("/healthz").status) == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    reason = missing()
    if reason:
        return {"skipped": reason, "missed": 0}
    if kind == "pg":
        return {"skipped": "the server of PostgreSQL listens outside the namespaces", "missed": 0}
    with (
        place(kind, pg) as url,
        sides() as (inner, outer),
        tempfile.TemporaryDirectory(prefix="pia-drill-") as folder,
    ):
        lost = _played(url, inner, outer, Path(folder), args.n)
        stray, through = astray(inner) + astray(outer), across(inner, outer)
        # The control: a cable between the sides, and the check sees it.
        _cable(inner.server, "10.93.9.1", outer.server, "10.93.9.2", "eth9")
        seen = reached(inner.server, "10.93.9.2") and astray(inner) + astray(outer) > 0
        sent = [packets(side.server)[0] for side in (inner, outer)]
    missed = len(lost) + stray + through + (0 if seen else 1)
    return {
        "opinions": args.n,
        "packets inside": sent[0],
        "packets outside": sent[1],
        "astray": stray,
        "through": through,
        "control seen": seen,
        "lost": lost,
        "missed": missed,
    }


def _played(url: str, inner: Side, outer: Side, folder: Path, opinions: int) -> list[str]:
    """What did not arrive."""
    wp = visitor.workplace(url)
    now = datetime.now(JST)
    end = now.date() + timedelta(days=30)
    story.begin(wp, now - timedelta(days=1), now.date() - timedelta(days=1), end)
    sign_in.set_password(wp, By("funado", "secretariat", now), "funado", demo.PASSWORD)
    pia = [sys.executable, "-m", "pia"]
    environment = {**os.environ, "PIA_DATABASE_URL": url}
    subprocess.run(
        [*pia, "site", "export", str(folder / "inside"), "--opinions", ".", "--no-papers"],
        check=True,
        cwd=visitor.ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    shutil.copytree(folder / "inside", folder / "outside")  # carried out by hand
    with served(
        outer,
        "--zone",
        "outside",
        "--site",
        str(folder / "outside"),
        "--inbox",
        str(folder / "opinions"),
        PIA_PLACE="internet",
    ) as resident:
        receipts = [
            Inside(outer.visitor).do(lambda n=n: _send(resident, n)) for n in range(opinions)
        ]  # type: ignore[misc]
    shutil.copy(folder / "opinions", folder / "carried")  # carried in by hand
    lost = ["a receipt" for receipt in receipts if not receipt]
    take = subprocess.run(
        [*pia, "inbox", "take", str(folder / "carried"), "--json"],
        cwd=visitor.ROOT,
        env=environment,
        stdout=subprocess.PIPE,
    )
    lost += ["a line"] * (opinions - len(json.loads(take.stdout)["new"]))
    with served(inner, "--zone", "staff", PIA_DATABASE_URL=url, PIA_PLACE="lgwan") as officer:
        lost += Inside(inner.visitor).do(lambda: _answered(officer, opinions))
    office = By("funado", "secretariat", datetime.combine(end, now.timetz()) + timedelta(days=1))
    consultations.close(wp, office, 1)
    consultations.fix_review(wp, office, [story.REF], office.day)
    board = councils.set_up(
        wp, office, "汐見町個人情報保護審議会", {}, [{"name": "神無 渉", "since": now.date()}]
    )
    referrals.refer(wp, office, board, [story.REF], referrals.NewReferral("住居確保の給付の評価書"))
    later = site.files_of(
        wp, datetime.combine(end, now.timetz()) + timedelta(days=2), ".", papers=False
    )
    lost += [
        problem.sentence for problem in fsck.check(wp.store, deep=True) if problem.level != "info"
    ]
    wp.store.close()
    format_.write(folder / "outside", later)
    with served(
        outer,
        "--zone",
        "outside",
        "--site",
        str(folder / "outside"),
        "--inbox",
        str(folder / "opinions"),
        PIA_PLACE="internet",
    ) as resident:
        shown = Inside(outer.visitor).do(
            lambda: resident.get("/consultations/1.html").document().text_content()
        )
    return lost + [
        f"{words.format(n)} in the results"
        for n in range(opinions)
        for words in (WORDS,)
        if words.format(n) not in shown
    ]


def _send(resident: Visitor, number: int) -> str:
    """One opinion from the page with its link to the receipt; empty when there is none."""
    page = resident.get("/consultations/1.html")
    link = next(
        a.get("href") for a in page.document().iter("a") if "意見を書く" in a.text_content()
    )
    form = fields(resident.get(f"/consultations/{link}"), "/consultations/1/opinion")
    asked = resident.post(
        "/consultations/1/opinion", form | {"text": WORDS.format(number), "name": f"住民{number}"}
    )
    done = resident.post("/consultations/1/opinion", fields(asked, "/consultations/1/opinion"))
    match = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", done.document().text_content())
    return match.group() if match and done.status == 200 else ""


def _answered(officer: Visitor, opinions: int) -> list[str]:
    """Every opinion taken in and answered on the pages; what was not there."""
    officer.sign_in("funado")
    lost = []
    for row in range(1, opinions + 1):
        page = officer.get("/consultations/1")
        officer.post(f"/consultations/1/inbox/{row}", fields(page, f"/consultations/1/inbox/{row}"))
    for number in range(1, opinions + 1):
        page = officer.get("/consultations/1")
        address = f"/consultations/1/opinions/{number}/response"
        form = fields(page, address)
        done = officer.post(address, form | {"text": REPLY.format(number), "outcome": "NOTED"})
        if REPLY.format(number) not in done.document().text_content():
            lost.append(f"the answer to {number}")
    return lost
