"""What falls due: the redo before five years and the yearly review, both 努力義務 (規則第14条第1項,
第15条), the three years after an end, and what a rise of the threshold (規則第6条第2項, 第7条第2項)
or a 重大事故 (規則第14条第1項・第2項・第3項) asks for, in its order.

Knows dates and the rules' data. The words say 努力義務 where the law only asks for an effort.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ..wareki import written

SOON = timedelta(days=60)  # how long before its last day a yearly review is said to be near


@dataclass(frozen=True, slots=True)
class Duty:
    """`due` is the last day; `state` is "later", "soon" or "over"; `name` is what a list calls
    it."""

    rule: str
    due: date
    state: str
    sentence: str
    source: str
    name: str


def years_after(day: date, years: int) -> date:
    """The last day of a period of so many years that begins after `day`: the day itself is not
    counted, the period is full the day before the day of its beginning comes round, or at the end
    of the month where that year has no such day. So 28 February comes to 29 February in a leap
    year, and 29 February to the 28th in any other (民法第140条・第143条, 未確認: known, not read).
    """
    begins = day + timedelta(days=1)
    try:
        return begins.replace(year=begins.year + years) - timedelta(days=1)
    except ValueError:  # it begins on 29 February
        return date(begins.year + years, 2, 28)


def years_before(day: date, years: int) -> date:
    """The last day whose period of so many years ends on `day` or before: what `years_after` is
    asked of a database by."""
    following = day + timedelta(days=1)
    try:
        return following.replace(year=following.year - years) - timedelta(days=1)
    except ValueError:  # 29 February
        return date(following.year - years, 2, 27)


def ended_name(name: str, ended: date | None) -> str:
    """The name of an affair, with the mark of its end as the commission asks for it."""
    if ended is None:
        return name
    return f"{name}【{written(ended)} 終了】"


def duties(
    published: date | None,
    reviewed: date | None,
    ended: date | None,
    today: date,
    rules: Mapping[str, Any],
) -> tuple[Duty, ...]:
    """Duties of one assessment. `published` is the last 実施 or 再実施, not a correction (which
    does not restart the clock).
    """
    rule = rules["rules"]["R17"]
    out = []
    if ended is not None:
        end = rules["rules"]["R18"]
        until = years_after(ended, end["years"])
        if today > until:
            state = "over"
        else:
            state = "later"
        out.append(
            Duty(
                "R18",
                until,
                state,
                f"事務の終了後も少なくとも{written(until)}まで公表を続けます。",
                end["source"],
                "終了後の公表",
            )
        )
        return tuple(out)
    if published is not None:
        due = years_after(published, rule["years"]) - timedelta(days=1)
        warn = years_after(published, rule["warn_years"])
        if today > due:
            state = "over"
        elif today >= warn:
            state = "soon"
        else:
            state = "later"
        out.append(
            Duty(
                "R17",
                due,
                state,
                f"5年を経過する前の再実施（努力義務）は{written(due)}までです。",
                rule["source"],
                "5年経過前の再実施（努力義務）",
            )
        )
        last = max(filter(None, (published, reviewed)))
        months = rule["review_months"]
        yearly = years_after(last, months // 12)
        if today > yearly:
            state = "over"
        elif yearly - today <= SOON:
            state = "soon"
        else:
            state = "later"
        out.append(
            Duty(
                "R17",
                yearly,
                state,
                f"毎年の見直し（努力義務）は{written(yearly)}までです。",
                rule["source"],
                "毎年の見直し（努力義務）",
            )
        )
    return tuple(sorted(out, key=lambda duty: duty.due))


@dataclass(frozen=True, slots=True)
class After:
    """What must be done after something happened, without a last day: (what, whether it is done) in
    the order of the article.
    """

    rule: str
    sentence: str
    source: str
    steps: tuple[tuple[str, bool], ...]


def after_rise(
    before: str, after: str, due: str, corrected: bool, rules: Mapping[str, Any]
) -> After:
    """R36: first the 基礎項目評価書, then the document that is due now. `before` and `after` are
    results in the form's words.
    """
    if due == "all_item":
        act = "全項目評価書を公示し、意見を聴く"
    else:
        act = "重点項目評価書を提出し、公表する"
    steps: tuple[tuple[str, bool], ...] = (
        ("基礎項目評価書を修正し、提出し、公表する", corrected),
        (act, False),
    )
    if due == "basic_item":
        steps = (("基礎項目評価書を提出し、公表する", False),)
    return After(
        "R36",
        f"しきい値判断の結果が「{before}」から「{after}」に上がりました。",
        rules["rules"]["R36"]["source"],
        steps,
    )


def after_incident(documents: Sequence[tuple[str, bool]], rules: Mapping[str, Any]) -> After:
    """R35: each published document is corrected, submitted and published without delay.
    `documents`: (its name, whether it was published since).
    """
    steps = tuple((f"{name}を修正し、提出し、公表する", done) for name, done in documents)
    return After(
        "R35",
        "重大事故の発生が記録されています。速やかに次のことを行います。",
        rules["rules"]["R35"]["source"],
        steps,
    )
