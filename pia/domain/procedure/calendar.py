"""The schedule of a round: from the day its change is planned for backwards, the last day on which
each step still fits (規則第5条第1項・第2項, 第6条第1項・第3項, 第7条第1項・第4項・第5項・第6項,
第9条第1項, 第11条, 第14条第1項・第2項; how long each takes is a city's own:
`pia/rules/calendar.yaml`).

Knows steps as data, the office's open days and days that are known. A day that has happened, that
is fixed on record or that a person has chosen replaces the computed one. Must not know rounds, nor
which day it is. How a period is counted rests on 民法第140条から第143条まで, which was not read
(未確認).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ..wareki import written
from .office_days import OfficeDays

DONE = "done"
FIXED = "fixed"
CHOSEN = "chosen"
PLANNED = "planned"
PASSED = "passed"
AIMED = "aimed"
# How a day is known → what people read.
STANDINGS = {
    DONE: "済み",
    FIXED: "決まった日",
    CHOSEN: "人が決めた日",
    PLANNED: "計算した期限",
    PASSED: "記録なし",
    AIMED: "計画した日",
}
_LONGEST = 400  # days one step may take at most


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """A line of calendar.yaml: a day of a round and how long it lies before the next one."""

    id: str
    name: str
    days: int
    unit: str
    source: str
    kind: str
    certain: bool
    open: bool = True

    def before(self, following: date, office: OfficeDays) -> date:
        """The last day this step fits on, counted back from the day of the next one."""
        if self.unit == "business":
            return office.before(following, self.days)
        back = self.days - 1 if self.unit == "both_ends" else self.days
        day = following - timedelta(days=back)
        return office.on_or_before(day) if self.open else day

    def reckoned(self, following: str) -> str:
        """How its day is counted, in words: 「提出」の5開庁日前."""
        if self.unit == "both_ends":
            return f"「{following}」までの{self.days}日間（初日と末日を数える）"
        if self.days == 0:
            return f"「{following}」と同じ日"
        unit = "開庁日" if self.unit == "business" else "日"
        return f"「{following}」の{self.days}{unit}前"


@dataclass(frozen=True, slots=True)
class KnownDay:
    """A day that is not computed: `standing` one of DONE, FIXED, CHOSEN; who chose it and why."""

    day: date
    standing: str
    reason: str = ""
    who: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A step in a schedule. `day`: the day that counts; `latest`: the last day that fits what
    follows; `late`: by how many open days it does not; `reckoned`: how `latest` was counted;
    `sure`: whether the holidays it was counted over are."""

    step: ScheduleStep
    day: date
    latest: date
    standing: str
    reckoned: str
    late: int = 0
    reason: str = ""
    who: str = ""
    number: int = 0
    sure: bool = True

    @property
    def words(self) -> str:
        """How the day is known, in words."""
        return STANDINGS[self.standing]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The days of a round in order. `lines` is empty where no day is planned for the change;
    `possible`: the first day on which the change fits what has happened, where the schedule
    breaks."""

    lines: tuple[ScheduleLine, ...] = ()
    possible: date | None = None

    @property
    def broken(self) -> ScheduleLine | None:
        """The day that breaks the schedule: that which lacks most open days, the first of such."""
        late = [line for line in self.lines if line.late]
        return max(late, key=lambda line: line.late) if late else None

    @property
    def sentence(self) -> str:
        """What breaks the schedule and by how much; "" where it can be kept."""
        line = self.broken
        if line is None:
            return ""
        until = written(line.latest)
        says = f"「{line.step.name}」は{until}までに必要で、{line.late}開庁日足りません。"
        if self.possible is not None:
            says += f"このまま進めると、変更の実施は{written(self.possible)}からになります。"
        return says

    def line(self, step: str) -> ScheduleLine | None:
        """The line of a step; None where the schedule has no such step."""
        return next((line for line in self.lines if line.step.id == step), None)

    @property
    def next(self) -> ScheduleLine | None:
        """The first day that has not happened."""
        return next((line for line in self.lines if line.standing not in (DONE, PASSED)), None)


def steps_of(rules: Mapping[str, Any], events: Collection[str]) -> tuple[ScheduleStep, ...]:
    """The steps of a procedure that takes these events, in order."""
    out = []
    for line in rules["steps"]:
        if line.get("needs") in (None, *events):
            named = {name: line[name] for name in ScheduleStep.__slots__ if name in line}
            out.append(ScheduleStep(**named))
    return tuple(out)


def schedule(
    steps: Sequence[ScheduleStep],
    changed: date | None,
    known: Mapping[str, KnownDay],
    office: OfficeDays,
    today: date,
) -> Schedule:
    """The days of a round whose change is planned for a day, as they stand on `today`."""
    if changed is None or not steps:
        return Schedule()
    last_done = -1
    for place, step in enumerate(steps):
        if step.id in known and known[step.id].standing == DONE:
            last_done = place
    lines: list[ScheduleLine] = []
    for place in range(len(steps) - 1, -1, -1):
        line = _line(steps, place, lines[-1] if lines else None, changed, known, office)
        if line.standing == PLANNED and place < last_done:
            line = replace(line, standing=PASSED)
        lines.append(_judged(line, lines[-1] if lines else None, office, today))
    lines.reverse()
    made = Schedule(tuple(lines))
    if made.broken is None:
        return made
    return replace(made, possible=_possible(steps, known, office, today, last_done))


def _line(
    steps: Sequence[ScheduleStep],
    place: int,
    following: ScheduleLine | None,
    changed: date,
    known: Mapping[str, KnownDay],
    office: OfficeDays,
) -> ScheduleLine:
    """A step with its last fitting day and the day that counts."""
    step = steps[place]
    if following is None:
        latest = changed
        reckoned = "変更の実施予定日として登録した日"
    else:
        latest = step.before(following.day, office)
        reckoned = step.reckoned(following.step.name)
    given = known.get(step.id)
    sure = office.sure(latest)
    if given is None:
        standing = AIMED if following is None else PLANNED
        return ScheduleLine(step, latest, latest, standing, reckoned, sure=sure)
    return ScheduleLine(
        step,
        given.day,
        latest,
        given.standing,
        reckoned,
        reason=given.reason,
        who=given.who,
        number=given.number,
        sure=sure,
    )


def _judged(
    line: ScheduleLine, following: ScheduleLine | None, office: OfficeDays, today: date
) -> ScheduleLine:
    """A line with how many open days it is late by: a day after the last fitting one breaks what
    has not happened yet, and so does a last day that went by."""
    if line.standing == PASSED:
        return line
    if line.standing == DONE:
        open_after = following is not None and following.standing not in (DONE, PASSED)
        reached = line.day if open_after else line.latest
    elif line.standing == PLANNED:
        reached = max(line.latest, today)
    else:
        reached = max(line.day, today)
    if reached <= line.latest:
        return line
    return replace(line, late=max(office.between(line.latest, reached), 1))


def _possible(
    steps: Sequence[ScheduleStep],
    known: Mapping[str, KnownDay],
    office: OfficeDays,
    today: date,
    last_done: int,
) -> date:
    """The first day of the last step, where each that is left takes its time from today on."""
    day = today
    for place in range(max(last_done, 0), len(steps)):
        step = steps[place]
        if place > max(last_done, 0):
            day = _after(steps[place - 1], day, office)
        given = known.get(step.id)
        if given is not None and given.standing == DONE:
            day = given.day
        elif given is not None and step.id != steps[-1].id:
            day = max(day, given.day)
        if given is None or given.standing != DONE:
            day = max(day, today)
    return day


def _after(step: ScheduleStep, day: date, office: OfficeDays) -> date:
    """The first day of the next step that leaves this one its time."""
    following = day
    for _ in range(_LONGEST):
        if step.before(following, office) >= day:
            return following
        following += timedelta(days=1)
    return following


def near_threshold(people: int, bounds: Sequence[int], per_cent: int) -> int | None:
    """The bound that a number of people comes near to from below; None where it is near none."""
    for bound in bounds:
        if bound * (100 - per_cent) / 100 <= people < bound:
            return bound
    return None
