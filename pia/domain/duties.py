"""What falls due after publication: the redo before five years and the yearly review, both 努力義務 (規則第15条, 指針第6), and the three years after an end.

Knows dates and the rules' data. The words say 努力義務 where the law only asks for an effort.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .wareki import written


@dataclass(frozen=True, slots=True)
class Duty:
    """`due` is the last day; `state` is "later", "soon" or "over"."""

    rule: str
    due: date
    state: str
    sentence: str
    source: str


def years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def duties(published: date | None, reviewed: date | None, ended: date | None, today: date, rules: Mapping[str, Any]) -> tuple[Duty, ...]:
    """Duties of one assessment. `published` is the last 実施 or 再実施, not a correction (which does not restart the clock)."""
    rule = rules["rules"]["R17"]
    out = []
    if ended is not None:
        until = years_after(ended, 3)
        state = "over" if today > until else "later"
        out.append(Duty("R18", until, state, f"事務の終了後も{written(until)}まで公表を続けます。", "規則第16条"))
        return tuple(out)
    if published is not None:
        due, warn = years_after(published, rule["years"]) - timedelta(days=1), years_after(published, rule["warn_years"])
        state = "over" if today > due else "soon" if today >= warn else "later"
        out.append(Duty("R17", due, state, f"5年を経過する前の再実施（努力義務）は{written(due)}までです。", rule["source"]))
        last = max(filter(None, (published, reviewed)))
        months = rule["review_months"]
        yearly = years_after(last, months // 12)
        state = "over" if today > yearly else "soon" if (yearly - today).days <= 60 else "later"
        out.append(Duty("R17", yearly, state, f"毎年の見直し（努力義務）は{written(yearly)}までです。", rule["source"]))
    return tuple(sorted(out, key=lambda d: d.due))
