"""Which cases of the two laws a case of 漏えい等 is, asked apart: 個人情報保護法施行規則第43条 by
its 号, 漏えい等報告規則第2条 by its 号, and 重大事故 of the threshold.

The cases are data (`pia/rules/leaks.yaml`), each with its citation. An answer that is missing
leaves a question open and never decides it. Must not know days (`deadlines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..procedure import incidents
from .facts import Facts, KnownFact, chosen, day_clocked, latest, people

MET, MAYBE, NOT = "met", "maybe", "not"
SAID = {MET: "当たる", MAYBE: "まだ分からない", NOT: "当たらない"}


@dataclass(frozen=True, slots=True)
class Trigger:
    """A case of a law as it stands: `state` met, maybe or not; `lacks`: the questions whose answers
    are missing; `long`: the 確報 has 60 days; `since`: from which day the body knew that it is
    one (None unless met)."""

    name: str
    short: str
    says: str
    source: str
    certain: bool
    long: bool
    state: str
    lacks: tuple[str, ...] = ()
    since: date | None = None

    @property
    def state_words(self) -> str:
        """当たる, まだ分からない or 当たらない."""
        return SAID[self.state]


def _yes(facts: Facts, name: str) -> str:
    """Whether a question was answered はい or おそれがある."""
    answer = chosen(facts, name)
    if not answer:
        return MAYBE
    return MET if answer[0] in ("yes", "may") else NOT


def _one_of(facts: Facts, name: str, wanted: Sequence[str]) -> str:
    answer = chosen(facts, name)
    if not answer:
        return MAYBE
    return MET if set(answer) & set(wanted) else NOT


def _over(facts: Facts, bound: int) -> str:
    """Whether more people than a bound are concerned; as many as the bound are not more."""
    known = chosen(facts, "people")
    if known and int(known[0]) > bound:
        return MET
    most = people(facts)
    if most is None:
        return MAYBE
    return MET if most > bound else NOT


def _asked(condition: Mapping[str, Any]) -> str:
    """The question a condition is about."""
    if "event" in condition:
        return "event"
    if "over" in condition:
        return "people"
    return str(condition["fact"])


def _holds(facts: Facts, condition: Mapping[str, Any]) -> str:
    if "event" in condition:
        return _one_of(facts, "event", condition["event"])
    if "over" in condition:
        return _over(facts, int(condition["over"]))
    if "is" in condition:
        return _one_of(facts, str(condition["fact"]), condition["is"])
    return _yes(facts, str(condition["fact"]))


def _state(facts: Facts, conditions: Iterable[Mapping[str, Any]]) -> tuple[str, tuple[str, ...]]:
    """(state, questions that are open) of conditions that must all hold."""
    lacks = []
    for condition in conditions:
        state = _holds(facts, condition)
        if state == NOT:
            return NOT, ()
        if state == MAYBE:
            lacks.append(_asked(condition))
    return (MAYBE if lacks else MET), tuple(lacks)


def of_law(rules: Mapping[str, Any], law: str, facts: Facts) -> tuple[Trigger, ...]:
    """Every case of a law, in the order of its 号. What was protected by 高度な暗号化 is none of
    them (個人情報保護法施行規則第43条第1号, 漏えい等報告規則第2条第1号)."""
    table = rules["laws"][law]
    is_protected = chosen(facts, "protected") == ("yes",)
    out = []
    for line in table["triggers"]:
        if line.get("ordinance") and not rules["city"]["ordinance_sensitive"]:
            continue
        conditions = list(line["when"])
        if table.get("only"):
            conditions.insert(0, {"fact": table["only"]})
        state, lacks = _state(facts, conditions)
        if is_protected:
            state, lacks = NOT, ()
        out.append(
            Trigger(
                str(line["id"]),
                str(line["short"]),
                str(line["says"]),
                str(line["source"]),
                bool(line["certain"]),
                bool(line.get("long")),
                state,
                lacks,
            )
        )
    return tuple(out)


def dated(rules: Mapping[str, Any], law: str, said: Sequence[KnownFact]) -> tuple[Trigger, ...]:
    """The cases of a law as they stand now, each met one with the day from which the body knew it
    to be one: never before the day it knew of the event at all."""
    now = of_law(rules, law, latest(said))
    start = day_clocked(latest(said))
    days = sorted({start, *(fact.since for fact in said if fact.since and fact.since > start)})
    since: dict[str, date] = {}
    for day in days:
        for trigger in of_law(rules, law, latest(said, day)):
            if trigger.state == MET:
                since.setdefault(trigger.name, day)
            else:
                since.pop(trigger.name, None)
    out = []
    for each in now:
        first = since.get(each.name, days[-1]) if each.state == MET else None
        out.append(
            Trigger(
                each.name,
                each.short,
                each.says,
                each.source,
                each.certain,
                each.long,
                each.state,
                each.lacks,
                first,
            )
        )
    return tuple(out)


@dataclass(frozen=True, slots=True)
class MajorAnswer:
    """Whether a case is a 重大事故 of the threshold: `state` as of a trigger, why, and the facts
    the existing rule was asked with (None where it is no matter of My Number)."""

    state: str
    why: str
    facts: incidents.IncidentFacts | None

    @property
    def state_words(self) -> str:
        """当たる, まだ分からない or 当たらない."""
        return SAID[self.state]


def major(facts: Facts, thresholds: Mapping[str, Any]) -> MajorAnswer:
    """The third question, by the rule of the threshold and no other: 特定個人情報 alone, 故意 or as
    many 本人 as it names (規則第4条第8号ロ)."""
    numbered = _yes(facts, "my_number")
    if numbered == NOT:
        return MajorAnswer(NOT, "特定個人情報が含まれないため、当たりません。", None)
    if numbered == MAYBE:
        why = "特定個人情報が含まれるかどうかが、まだ分かりません。"
        return MajorAnswer(MAYBE, why, None)
    asked = incidents.IncidentFacts(
        people(facts),
        _yes(facts, "intentional") == MET,
        chosen(facts, "staff_only") == ("yes",),
        chosen(facts, "excused") == ("yes",),
    )
    is_major, why = incidents.proposed(asked, thresholds)
    return MajorAnswer(MET if is_major else NOT, why, asked)
