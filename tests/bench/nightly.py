"""`python -m tests.bench.nightly --assessments 60000`: what a night costs in a house of so many
assessments: every duty and every running schedule reckoned anew and the drafts made, in seconds of
the processor; exit 1 above a minute.

`--running`: one affair in so many has a round that runs. Rows are written past the record, for
nothing here reads it. All text is invented.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from pia import config
from pia.actions.output import reminders
from pia.actions.upkeep.opening import open_workplace
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store.model import Base, acted
from pia.store.opening import upgrade

NOW = datetime(2027, 2, 28, 2, tzinfo=JST)
BATCH = 5_000
DEPARTMENTS = 40
STATES = ("DRAFTING", "CONSULTING", "REVISING", "REVIEWING", "REVIEWED", "SUBMITTED")


def main() -> int:
    """Prints one line of figures; exit 1 where a night takes over a minute."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--assessments", type=int, default=60_000)
    parser.add_argument("--running", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pia-nightly-") as folder:
        url = f"sqlite:///{Path(folder) / 'nightly.db'}"
        upgrade(url)
        wp = open_workplace(config.load({"PIA_DATABASE_URL": url}))
        fill(wp, given.assessments, given.running)
        began = time.process_time()
        reckoned = reminders.reckon(wp, NOW.date())
        sent = [len(body) for _, body in reminders.drafts(reckoned, NOW)]
        seconds = time.process_time() - began
        near = sum(map(len, reckoned.near.values()))
        wp.store.close()
    print(
        f"assessments {reckoned.affairs}\trounds {reckoned.rounds}\tnear {near}\t"
        f"drafts {len(sent)} ({sum(sent)} bytes)\tcpu {seconds:.1f} s"
    )
    return int(seconds > 60)


def fill(wp: Workplace, many: int, running: int) -> None:
    """So many affairs with one published document each; one in `running` has a round that runs."""
    by = acted(By("bench", "system", NOW))
    with wp.store.engine.begin() as connection:

        def write(table: str, rows: list[dict[str, Any]]) -> None:
            if rows:
                connection.execute(insert(Base.metadata.tables[table]), rows)

        write("body", [{"id": 1, "name": "白砂市長", "facts": {}}])
        offices = [{"id": n, "body_id": 1, "name": f"第{n}課"} for n in range(1, DEPARTMENTS + 1)]
        write("department", offices)
        for first in range(1, many + 1, BATCH):
            numbers = range(first, min(first + BATCH, many + 1))
            write("affair", [_affair(number) for number in numbers])
            write("assessment", [_assessment(number) for number in numbers])
            rounds = [_round(number) | by for number in numbers if number % running == 0]
            write("round", rounds)
            write("round_event", [event | by for row in rounds for event in _events(row)])


def _affair(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "key": f"affair-{number}",
        "body_id": 1,
        "number": str(number),
        "name": f"第{number}号事務",
        "department_id": number % DEPARTMENTS + 1,
        "facts": {},
    }


def _assessment(number: int) -> dict[str, Any]:
    reassessed = date(2021, 3, 1) + timedelta(days=number * 37 % 2_100)
    return {
        "id": number,
        "key": f"document-{number}",
        "affair_id": number,
        "kind": "all_item",
        "created": NOW,
        "published": reassessed,
        "reassessed": reassessed,
    }


def _round(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "assessment_id": number,
        "name": "r8",
        "kind": "REASSESSMENT",
        "reasons": [],
        "change_date": date(2027, 1, 1) + timedelta(days=number * 13 % 400),
        "state": STATES[number // 8 % len(STATES)],
        "facts": {},
    }


def _events(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for seq, event in enumerate(("open", row["state"].lower()), 1):
        state = "DRAFTING" if seq == 1 else row["state"]
        yield {"round_id": row["id"], "seq": seq, "event": event, "state": state, "facts": {}}


if __name__ == "__main__":
    sys.exit(main())
