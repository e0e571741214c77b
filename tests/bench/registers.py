"""`python -m tests.bench.registers [-n 20000]`: ten years of notices: CPU of the pages of the
register, of a search, of the page of the largest report, of making a report.

CPU seconds of this process, the median of five, after one to warm up; the floor beside them is a
page that reads nothing of registers (/reports) in the same run.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import process_time

from sqlalchemy import select

from pia.actions.records import registers as records
from pia.actions.steps import affair_notices as acts
from pia.actions.steps import affair_reports
from pia.actions.workplace import Workplace
from pia.domain.document.tree import Tree
from pia.domain.registers.model import BEGIN, CHANGE, END
from pia.store.rows.registers import RegisterReport
from tests import minutes_period as period
from tests import shared
from tests.web.client import PageClient

FIRST = date(2014, 4, 1)
TODAY = date(2024, 7, 8)


def fill(wp: Workplace, count: int) -> None:
    """So many notices over ten years, a month's in one transaction."""
    rng = random.Random(20)
    period.city(wp)
    period.settings(wp)
    mayor, _ = period.numbers(wp)
    homes = period.offices(wp, mayor)
    made = period.names(rng)
    live: list[tuple[int, Tree, int]] = []
    months = 123
    for month in range(months):
        day = FIRST + timedelta(days=30 * month)
        with wp.store.begin() as session:
            form = records.kept(session, mayor, "affair").form
            for _ in range(count // months + 1):
                kind = rng.choices((BEGIN, CHANGE, END), (3, 16, 2))[0]
                if kind == BEGIN or len(live) < 20:
                    tree, office = period.text(form, next(made), rng), rng.choice(homes).id
                    new = acts.NewAffairNotice(BEGIN, mayor, tree, office, day)
                    live.append((acts.filed(session, period.at(day), new).record, tree, office))
                    continue
                place = rng.randrange(len(live))
                record, tree, office = live[place]
                if kind == CHANGE:
                    tree = period.changed(form, tree, rng)
                    live[place] = (record, tree, office)
                else:
                    live.pop(place)
                text = tree if kind == CHANGE else None
                new = acts.NewAffairNotice(
                    kind, mayor, text, office, day, why="終了", record=record
                )
                acts.filed(session, period.at(day), new)


def cpu(do: Callable[[], object]) -> float:
    """CPU seconds of doing something, the median of five."""
    do()
    taken = []
    for _ in range(5):
        begun = process_time()
        do()
        taken.append(process_time() - begun)
    return round(median(taken), 4)


def fetched(page: PageClient, url: str) -> Callable[[], None]:
    """What fetches an address and sees that it is there."""

    def fetch() -> None:
        assert page.client.get(url).status_code == 200, url

    return fetch


def largest(folder: Path) -> tuple[PageClient, str]:
    """Somebody of the city of the minutes' period, and its report of 206 notices."""
    folder.mkdir()
    wp = shared.copied(period.played(), folder)
    with wp.store.read() as session:
        of = select(RegisterReport.id).where(RegisterReport.first == date(2024, 3, 1))
        return period.page_of(wp, TODAY), f"/notices/reports/{session.scalars(of).one()}"


def main() -> None:
    """Prints one JSON line."""
    asked = argparse.ArgumentParser()
    asked.add_argument("-n", type=int, default=20_000)
    count = asked.parse_args().n
    with tempfile.TemporaryDirectory() as folder:
        wp = shared.copied(shared.blank(), Path(folder))
        begun = process_time()
        fill(wp, count)
        filled = process_time() - begun
        mayor, _ = period.numbers(wp)
        begun = process_time()
        first, last = date(2014, 4, 1), date(2014, 4, 30)
        affair_reports.make(
            wp, period.at(TODAY), affair_reports.NewAffairReport(mayor, first, last, TODAY)
        )
        whole = affair_reports.NewAffairReport(mayor, None, date(2014, 6, 30), TODAY)
        number = affair_reports.make(wp, period.at(TODAY), whole)
        made = process_time() - begun
        page = period.page_of(wp, TODAY)
        with wp.store.read() as session:
            assert session.scalar(select(RegisterReport.id)) is not None
        told = {
            "notices": count,
            "fill": round(filled, 1),
            "two_reports_made": round(made, 3),
            "floor": cpu(fetched(page, "/reports")),
            "register": cpu(fetched(page, "/notices?state=all")),
            "last_page": cpu(fetched(page, "/notices?state=all&page=20")),
            "search": cpu(fetched(page, "/notices?state=all&q=見守り 名簿")),
            "report": cpu(fetched(page, f"/notices/reports/{number}")),
            "sheets": cpu(fetched(page, f"/notices/reports/{number}/sheets")),
            "letter": cpu(fetched(page, f"/notices/reports/{number}/letter.docx")),
        }
        of_206, here = largest(Path(folder) / "largest")
        told["report_of_206"] = cpu(fetched(of_206, here))
        told["sheets_of_206"] = cpu(fetched(of_206, f"{here}/sheets"))
        told["letter_of_206"] = cpu(fetched(of_206, f"{here}/letter.docx"))
        told["letter_of_206_pdf"] = cpu(fetched(of_206, f"{here}/letter.pdf"))
        print(json.dumps(told, ensure_ascii=False))
        wp.store.close()


if __name__ == "__main__":
    main()
