"""20,000 posts a minute to the public zone while staff work in the same process: what staff wait
for with the flood and without it, in one run.

Both zones are served by one process, the harder case. Prints milliseconds and how often each
answer came; a miss is staff's p95 over three times that of the quiet part, or an answer nobody
should get. `-n` seconds each part.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

from pia.web import limits

from . import visitor
from .places import place
from .visitor import Visitor

PACE = 334  # posts a second: 20,000 a minute
ORIGINS = 200  # addresses they come from
TIMES = 3
READERS = 2
PAGES = ("/", "/rounds", "/assessments/nhi-benefits")


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` seconds without the flood, and as many with it."""
    return _flooded(kind, pg, args, "")


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Posts over the quota that get through where nobody counts them."""
    return int(_flooded(kind, pg, argparse.Namespace(n=4), "2.4.1")["over the quota"])


def _flooded(kind: str, pg: str | None, args: argparse.Namespace, off: str) -> dict[str, Any]:
    with place(kind, pg, "open") as url, visitor.served(url, "all", off) as server:
        quiet = _staff(server.port, args.n)
        flood = subprocess.Popen(
            [sys.executable, "-m", "tests.drills.flood_program", str(server.port), str(args.n)],
            cwd=visitor.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(1)
        busy = _staff(server.port, args.n - 2)
        statuses = Counter[str]()
        for line in (flood.communicate()[0] or "").splitlines():
            status, number = line.split()
            statuses[status] += int(number)
    before, with_flood = visitor.p50_p95(quiet), visitor.p50_p95(busy)
    strange = sum(
        number for status, number in statuses.items() if status not in ("422", "429", "503")
    )
    # Twice what the pace gives: a request under way is counted when it is answered.
    quota = 2 * (limits.TOGETHER[0] + round(args.n / limits.TOGETHER[1]))
    over = max(0, statuses["422"] - quota)
    slow = int(with_flood[1] > TIMES * before[1])
    return {
        "quiet": before,
        "flood": with_flood,
        "staff pages": len(busy),
        "posts": statuses.total(),
        **statuses,
        "strange": strange,
        "over the quota": over,
        "slow": slow,
        "missed": strange + slow + over,
    }


def _staff(port: int, seconds: float) -> list[float]:
    """Seconds to the first byte of the pages staff read for so long."""
    times: list[float] = []

    def read() -> None:
        person = Visitor(port)
        person.sign_in("mizukoshi")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for address in PAGES:
                page = person.get(address)
                assert page.status == 200, (address, page.status)
                times.append(page.first)
                time.sleep(0.2)

    people = [threading.Thread(target=read) for _ in range(READERS)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return times
