"""`python -m tests.drills kill9 -n 200 --writers 4 --db sqlite,pg`: a drill and its control, one
JSON line of counts for each database; `python -m tests.drills promises --share 0.1`: those of
every promise. Exit 1 on any miss."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from tests.store import servers

from . import (
    alterations,
    attribution,
    beside,
    bombs,
    browser,
    canary,
    carrier,
    controls,
    dbdown,
    diskfull,
    editors,
    failnth,
    first_day,
    flood,
    fsck_size,
    fsync,
    held,
    kill9,
    law,
    locks,
    mutation,
    nameless,
    naughty,
    networks,
    pairs,
    paper,
    paper_broken,
    pdf,
    powercut,
    promises,
    properties,
    restore,
    rights,
    roundtrip,
    second_story,
    sitting,
    skew,
    speed,
    tamper,
    web_editors,
    web_load,
    web_random,
    web_twice,
    wheelhouse,
    workflow,
    xlsx_broken,
    xlsx_roundtrip,
)

DRILLS: dict[str, Any] = {
    "kill9": kill9,
    "powercut": powercut,
    "fsync": fsync,
    "failnth": failnth,
    "pairs": pairs,
    "editors": editors,
    "tamper": tamper,
    "fsck_codes": held.FSCK_CODES,
    "fsck_size": fsck_size,
    "appendonly": held.APPENDONLY,
    "restore": restore,
    "restored": held.RESTORE,
    "recovery": SimpleNamespace(run=restore.recovery),
    "beside": beside,
    "locks": locks,
    "diskfull": diskfull,
    "dbdown": dbdown,
    "skew": skew,
    "migrate": held.MIGRATE,
    "speed": speed,
    "xlsx_roundtrip": xlsx_roundtrip,
    "xlsx_broken": xlsx_broken,
    "bombs": bombs,
    "paper": paper,
    "paper_broken": paper_broken,
    "roundtrip": roundtrip,
    "pdf": pdf,
    "properties": properties,
    "carrier": carrier,
    "web_editors": web_editors,
    "web_random": web_random,
    "web_twice": web_twice,
    "web_load": web_load,
    "naughty": naughty,
    "law": law,
    "networks": networks,
    "wheelhouse": wheelhouse,
    "second_story": second_story,
    "sitting": sitting,
    "first_day": first_day,
    "alterations": alterations,
    "browser": browser,
    "a11y": held.A11Y,
    "flood": flood,
    "nameless": nameless,
    "workflow": workflow,
    "attribution": attribution,
    "rights": rights,
    "matrix": held.MATRIX,
    "canary": canary,
    "controls": controls,
    "mutation": mutation,
}


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
    parser.add_argument("drill", choices=[*DRILLS, "promises"])
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
    parser.add_argument("--share", type=float, default=0.1, help="of promises: of the full size")
    parser.add_argument("--only", default="", help="of promises: their numbers")
    args = parser.parse_args()
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # so that servers and writers are stopped and folders removed
    if args.drill == "promises":
        return 1 if promises.run(args) else 0
    missed = 0
    kinds = args.db.split(",")
    with _server("pg" in kinds) as pg:
        for kind in kinds:
            counts = promises.told(DRILLS[args.drill], kind, pg, args)
            print(
                json.dumps({"drill": args.drill, "db": kind, **counts}, ensure_ascii=False),
                flush=True,
            )
            missed += counts["missed"]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
