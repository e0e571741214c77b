"""What is known of a case of 漏えい等: answers to the questions of the page, each with the day it
was known since, who said it and when; a later one counts, an earlier one stays.

Knows questions as data (`pia/rules/leaks.yaml`) and answers as text. Must not know what follows
from them (`triggers`, `deadlines`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..errors import PiaError
from ..wareki import written

UNKNOWN = "分からない"
OPEN = "未回答"


@dataclass(frozen=True, slots=True)
class LeakField:
    """A question of the page. `kind`: line, area, day, number, choice or many; `options`: value →
    words; `nine`: the matter of the report it belongs to, 0 for none; `council`: it stands on the
    council's card; `personal`: it says who somebody is and never leaves."""

    name: str
    says: str
    kind: str
    part: str
    need: bool = False
    unknown: bool = False
    nine: int = 0
    council: bool = False
    personal: bool = False
    hint: str = ""
    options: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One answer: `text` as it is kept (a day as ISO, choices joined by commas); `unknown`: said
    not to be known; `since`: the day the body knew it, None from the beginning; `number`: in
    which order they were said."""

    field: str
    text: str
    unknown: bool = False
    since: date | None = None
    number: int = 0
    at: datetime | None = None
    who: str = ""

    @property
    def is_said(self) -> bool:
        """Whether there is an answer that can be used."""
        return bool(self.text.strip()) and not self.unknown


Facts = Mapping[str, KnownFact]


def fields(rules: Mapping[str, Any]) -> dict[str, LeakField]:
    """Every question this city asks, by its name, in the order of the page."""
    city = rules["city"]
    out = {}
    for part in rules["parts"]:
        for line in part["fields"]:
            name = str(line["id"])
            if line.get("personal") and not city["persons"]:
                continue
            if name == "ordinance_sensitive" and not city["ordinance_sensitive"]:
                continue
            options = line.get("options")
            out[name] = LeakField(
                name,
                str(line["says"]),
                str(line["kind"]),
                str(part["id"]),
                bool(line.get("need")),
                bool(line.get("unknown")),
                int(line.get("nine", 0)),
                bool(line.get("council")),
                bool(line.get("personal")),
                str(line.get("hint", "")),
                rules["choices"][options] if options else None,
            )
    return out


def parts(rules: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(id, heading) of the parts of the page, in order."""
    return [(str(part["id"]), str(part["says"])) for part in rules["parts"]]


def latest(said: Iterable[KnownFact], until: date | None = None) -> dict[str, KnownFact]:
    """Question → the answer that counts: the one said last, of those known by a day where one is
    named."""
    out: dict[str, KnownFact] = {}
    for fact in sorted(said, key=lambda one: one.number):
        if until is None or fact.since is None or fact.since <= until:
            out[fact.field] = fact
    return out


def day_of(facts: Facts, name: str) -> date | None:
    """The day an answer says; None where it says none."""
    fact = facts.get(name)
    if fact is None or not fact.is_said:
        return None
    return date.fromisoformat(fact.text)


def number_of(facts: Facts, name: str) -> int | None:
    """The number an answer says; None where it says none."""
    fact = facts.get(name)
    if fact is None or not fact.is_said:
        return None
    return int(fact.text)


def chosen(facts: Facts, name: str) -> tuple[str, ...]:
    """What was chosen; nothing where nothing was."""
    fact = facts.get(name)
    if fact is None or not fact.is_said:
        return ()
    return tuple(fact.text.split(","))


def people(facts: Facts) -> int | None:
    """How many 本人 it may be at most; None while nobody knows. A number that is not known beside
    one that is leaves open that there are more, unless the known one is enough."""
    known = number_of(facts, "people")
    may = number_of(facts, "people_may")
    if may is not None:
        return max(may, known or 0)
    said = facts.get("people_may")
    if said is not None and said.unknown:
        return None
    return known


def words(field: LeakField, fact: KnownFact | None) -> str:
    """An answer as people read it: 令和 days, the words of choices, 分からない, or nothing."""
    if fact is None:
        return ""
    if fact.unknown:
        return UNKNOWN
    if not fact.text.strip():
        return ""
    if field.kind == "day":
        return written(date.fromisoformat(fact.text))
    if field.kind == "number":
        return f"{int(fact.text):,}人"
    if field.options is not None:
        return "・".join(str(field.options.get(each, each)) for each in fact.text.split(","))
    return fact.text


def day_clocked(facts: Facts) -> date:
    """The day from which the body knew: the first day any 課 did, also by what a 委託先 told it.
    PiaError where no day is said."""
    known = day_of(facts, "known")
    if known is None:
        raise PiaError("覚知日が記録されていません。どの課でも、最初に知った日を入力してください。")
    told = day_of(facts, "contractor_told")
    if told is not None and chosen(facts, "place") == ("contractor",):
        return min(known, told)
    return known


def faults(facts: Facts, today: date) -> list[tuple[str, str]]:
    """(question, sentence) of what cannot be in answers that are there: days to come, days in the
    wrong order, fewer at most than are known."""
    found = []
    for name, label in DAYS.items():
        day = day_of(facts, name)
        if day is not None and day > today:
            found.append((name, f"「{label}」（{written(day)}）が、まだ来ていません。"))
    for first, second in IN_ORDER:
        before, after = day_of(facts, first), day_of(facts, second)
        if before is not None and after is not None and before > after:
            found.append(
                (
                    first,
                    f"「{DAYS[first]}」（{written(before)}）が、"
                    f"「{DAYS[second]}」（{written(after)}）より後です。日を確かめてください。",
                )
            )
    known, may = number_of(facts, "people"), number_of(facts, "people_may")
    if known is not None and may is not None and may < known:
        sentence = (
            f"「おそれを含めて最大の人数」（{may:,}人）が、分かっている人数（{known:,}人）より"
            "少なくなっています。同じか多い数を入力してください。"
        )
        found.append(("people_may", sentence))
    told = number_of(facts, "notice_count")
    most = people(facts)
    if told is not None and most is not None and told > most:
        sentence = (
            f"「通知した人数」（{told:,}人）が、本人の数（{most:,}人）より多くなっています。"
            "どちらかを確かめてください。"
        )
        found.append(("notice_count", sentence))
    return found


DAYS = {
    "occurred": "発生した日",
    "known": "覚知日",
    "contractor_known": "委託先が知った日",
    "contractor_told": "委託先が市に知らせた日",
    "principal_told": "委託元に通知した日",
    "police_day": "警察に届け出た日",
    "notice_day": "通知した日",
    "publish_day": "公表した日",
}
# What happened cannot be known before; what was done cannot be done before it was known.
IN_ORDER: Sequence[tuple[str, str]] = (
    ("occurred", "known"),
    ("occurred", "contractor_known"),
    ("contractor_known", "contractor_told"),
    ("known", "principal_told"),
    ("known", "notice_day"),
    ("known", "publish_day"),
)
