"""`python -m tests.drills kill9 -n 200 --writers 4 --db sqlite,pg`; `python -m tests.drills
pairs -n 10000 --db sqlite,pg`; exit 1 on any miss."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.store import servers

from . import (
    alterations,
    beside,
    browser,
    canary,
    carrier,
    controls,
    editors,
    flood,
    kill9,
    law,
    locks,
    naughty,
    networks,
    pairs,
    pdf,
    properties,
    restore,
    rights,
    second_story,
    speed,
    tamper,
    web_editors,
    web_load,
    web_random,
    web_twice,
    xlsx_broken,
    xlsx_roundtrip,
)

DRILLS = {
    "kill9": kill9.run,
    "pairs": pairs.run,
    "editors": editors.run,
    "tamper": tamper.run,
    "speed": speed.run,
    "xlsx_roundtrip": xlsx_roundtrip.run,
    "xlsx_broken": xlsx_broken.run,
    "pdf": pdf.run,
    "properties": properties.run,
    "carrier": carrier.run,
    "web_editors": web_editors.run,
    "web_random": web_random.run,
    "web_twice": web_twice.run,
    "web_load": web_load.run,
    "naughty": naughty.run,
    "law": law.run,
    "locks": locks.run,
    "networks": networks.run,
    "second_story": second_story.run,
    "alterations": alterations.run,
    "browser": browser.run,
    "flood": flood.run,
    "rights": rights.run,
    "canary": canary.run,
    "controls": controls.run,
    "beside": beside.run,
    "restore": restore.run,
    "recovery": restore.recovery,
}  # fmt: skip


@contextmanager
def _server(wanted: bool) -> Iterator[str | None]:
    if not wanted:
        yield None
        return
    with servers.server() as url:
        if url is None:
            raise SystemExit(servers.HOW)
        yield url


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills")
    parser.add_argument("drill", choices=DRILLS)
    parser.add_argument(
        "-n",
        type=int,
        default=100,
        help="how many tries; of web_editors and web_load: how many seconds; of "
        "properties: how many examples of each",
    )
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--db", default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # so that servers and writers are stopped and folders removed
    missed = 0
    kinds = args.db.split(",")
    with _server("pg" in kinds) as pg:
        for kind in kinds:
            counts = DRILLS[args.drill](kind, pg, args)
            print(
                json.dumps({"drill": args.drill, "db": kind, **counts}, ensure_ascii=False),
                flush=True,
            )
            missed += counts["missed"]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
