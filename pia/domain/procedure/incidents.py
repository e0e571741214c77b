"""重大事故: what counts as one, for how long it weighs on the しきい値判断 of every affair of a
body, and in which order it asks for documents (規則第4条第8号ロ, 第6条第1項・第2項, 第7条第2項,
第14条第1項・第2項・第3項).

What an incident must be is in 指針第2（未確認）: the answer is a proposal, the body
decides. Knows days and the rules' data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .duties import years_after


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """What is known of an incident: how many 本人 (None while unknown), whether somebody did it on
    purpose, whether it concerns only the body's own staff, and whether it is a misdelivery the body
    is not to blame for."""

    people: int | None
    intentional: bool
    staff_only: bool
    excused: bool


def proposed(facts: IncidentFacts, rules: Mapping[str, Any]) -> tuple[bool, str]:
    """(whether the rule says 重大事故, why). `rules`: the table of the thresholds."""
    rule = rules["major"]
    bound = int(rule["people"])
    if facts.staff_only:
        return False, "自らの職員に関するものだけのため、当たらないと考えられます。"
    if facts.excused:
        return False, "責めに帰さない配送事故のため、当たらないと考えられます。"
    if facts.intentional:
        return True, "故意によるため、当たると考えられます。"
    if facts.people is None:
        return True, "本人の数がまだ分からないため、当たるものとして扱います。"
    if facts.people >= bound:
        return True, f"本人の数が{bound}人以上のため、当たると考えられます。"
    return False, f"故意でなく、本人の数が{bound}人未満のため、当たらないと考えられます。"


def weighs_until(occurred: date | None, known: date) -> date:
    """The last day on which an incident happened, or became known, within a year: counted from the
    later of both days."""
    return years_after(max(occurred or known, known), 1)


def weighs(occurred: date | None, known: date, today: date) -> bool:
    """Whether an incident happened or became known within the year before a day."""
    return known <= today <= weighs_until(occurred, known)


@dataclass(frozen=True, slots=True)
class RejudgedDocument:
    """A document of an affair that was judged anew: its kind, its name, and whether it was
    published since."""

    kind: str
    name: str
    done: bool


def steps(documents: Sequence[RejudgedDocument], risen_to: str) -> tuple[tuple[str, bool], ...]:
    """What an incident asks for in the order of the articles: each published document corrected
    (第14条第1項から第3項まで), the 基礎項目評価書 first (to be
    submitted where none was ever published, 第5条第1項), then the document that became due
    (`risen_to`, empty where the judgement did not rise: 第6条第2項, 第7条第2項)."""
    out = []
    if risen_to and not any(each.kind == "basic_item" for each in documents):
        out.append(("基礎項目評価書を提出し、公表する", False))
    for each in sorted(documents, key=lambda one: one.kind != "basic_item"):
        if each.kind != risen_to:
            out.append((f"{each.name}を修正し、提出し、公表する", each.done))
    done = any(each.kind == risen_to and each.done for each in documents)
    if risen_to == "key_item":
        out.append(("重点項目評価書を提出し、公表する", done))
    elif risen_to == "all_item":
        out.append(("全項目評価書を公示して意見を聴き、第三者点検の後に提出し、公表する", done))
    return tuple(out)
