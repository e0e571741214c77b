"""The procedure as a table: in which state who may do what, and what must be true first.

The table and the rules' sources are data (`pia/rules/`, each with the place it cites); the checks
they name are in `checks`. What rests on a text nobody read warns and is never presented as law.
Serves 規則第3条, 規則第5条第1項・第2項, 第6条第1項・第2項, 第7条第1項・第2項・第4項・第5項・第6項,
第9条第1項・第2項, 第11条, 第14条第1項.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ..canonical import canonical
from ..errors import PiaError
from ..wareki import written
from .checks import (
    CHECKS,
    Facts,
    amended_places,
    commission_answered,
    content_findings,
    personal_words,
)

KINDS = {"law": "", "guide": "（本文を確認していない決まりです）", "city": "（市の決まりです）"}


@dataclass(frozen=True, slots=True)
class Unmet:
    """One thing that is missing. `blocks` is False where the rule only warns; `source` says what it
    rests on and as of which day that was read; `kind` is law, guide or city. `reason`: an officer
    may go on with a reason that is kept.
    """

    rule: str
    sentence: str
    blocks: bool
    source: str
    certain: bool
    kind: str = "law"
    reason: bool = False
    guard: str = ""

    @property
    def mark(self) -> str:
        """Names what is missing to the letter, for a form that answers it."""
        return sha256(canonical([self.rule, self.sentence])).hexdigest()[:32]

    @property
    def caution(self) -> str:
        """What must be said beside a rule that is no law that was read."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table: an event, the words for its button, from which states, to which state,
    for whom.
    """

    event: str
    act: str
    sources: tuple[str, ...]
    to: str
    who: tuple[str, ...]
    guards: tuple[str, ...]


def steps(table: Mapping[str, Any], form_kind: str, round_kind: str) -> tuple[Step, ...]:
    """The lines for one kind of document and round. PiaError when the table has none or names an
    unknown state or check.
    """
    track = table["tracks"].get(f"{form_kind}/{round_kind}")
    if track is None:
        raise PiaError(
            f"手続の表「{table['name']}」に、{form_kind}/{round_kind} の流れがありません。"
        )
    return tuple(_step(table, line) for line in track)


def _step(table: Mapping[str, Any], line: Mapping[str, Any]) -> Step:
    """One line of the table as it is written. PiaError where it names what is not known."""
    states = (*line["from"], line["to"])
    unknown = []
    for guard in line["guards"]:
        if guard not in CHECKS:
            unknown.append(guard)
    for state in states:
        if state not in table["states"]:
            unknown.append(state)
    if unknown:
        raise PiaError(
            f"手続の表「{table['name']}」の {line['event']} に、知らない言葉（"
            f"{'、'.join(unknown)}）があります。"
        )
    return Step(
        line["event"],
        line["act"],
        tuple(line["from"]),
        line["to"],
        tuple(line["who"]),
        tuple(line["guards"]),
    )


def possible(table: Mapping[str, Any], facts: Facts) -> tuple[Step, ...]:
    """What can be asked for in this state, whether or not its guards are met."""
    lines = steps(table, facts.form_kind, facts.round_kind)
    return tuple(line for line in lines if facts.state in line.sources)


def step(table: Mapping[str, Any], facts: Facts, event: str) -> Step:
    """The line of one event in this state. PiaError, naming what can be done, where there is
    none."""
    lines = possible(table, facts)
    for line in lines:
        if line.event == event:
            return line
    names = "、".join(line.act for line in lines) or "ありません"
    raise PiaError(
        f"いまの段階（{table['states'].get(facts.state, facts.state)}）では、"
        f"その手続はできません。できる手続：{names}。"
    )


def unmet(rules: Mapping[str, Any], step: Step, facts: Facts) -> tuple[Unmet, ...]:
    """Everything missing for a step, blocking things first."""
    missing = []
    for guard in step.guards:
        for rule, sentence in CHECKS[guard](facts, rules):
            if (rule, sentence) not in facts.overruled:
                missing.append(resting(rules, rule, sentence, guard))
    if step.event in OUTWARD:
        for rule, sentence in personal_words(facts):
            missing.append(resting(rules, rule, sentence, "personal_words"))
        for rule, sentence in content_findings(facts):
            missing.append(resting(rules, rule, sentence, "content_findings"))
    if step.event == "submit":
        for rule, sentence in amended_places(facts):
            missing.append(resting(rules, rule, sentence, "amended_places"))
    if step.event == "publish":
        for rule, sentence in commission_answered(facts):
            missing.append(resting(rules, rule, sentence, "commission_answered"))
    return tuple(sorted(missing, key=lambda unmet: not unmet.blocks))


# Steps that show a document to others, whatever a city calls its table.
OUTWARD = ("announce", "refer", "submit", "publish")


def onward(table: Mapping[str, Any], form_kind: str, round_kind: str, state: str) -> Step | None:
    """The step that leads on from a state: not back, and not out of the procedure; None where
    there is none."""
    here = _place(table, state)
    for line in steps(table, form_kind, round_kind):
        if state in line.sources and _place(table, line.to) > here:
            return line
    return None


def _place(table: Mapping[str, Any], state: str) -> int:
    """The place of a state on the strip, twice; 点検済み stands just behind the check, another that
    has no place just before 提出, the end of a withdrawn round before all."""
    strip = table["strip"]
    if state in strip:
        return 2 * int(strip.index(state))
    if state == "REVIEWED" and "REVIEWING" in strip:
        return 2 * int(strip.index("REVIEWING")) + 1
    if state == "WITHDRAWN" or "SUBMITTED" not in strip:
        return -1
    return 2 * int(strip.index("SUBMITTED")) - 1


def resting(rules: Mapping[str, Any], rule: str, sentence: str, guard: str = "") -> Unmet:
    """What is missing, with what the rule rests on. A rule nobody described warns: it is nobody's
    law.
    """
    known = rules["rules"].get(rule, {"source": "", "certain": False, "kind": "city"})
    certain = bool(known["certain"])
    source = str(known["source"])
    if known.get("read"):
        source += f"〔{written(known['read'])}現在〕"
    kind = known.get("kind", "law")
    blocks = bool(known.get("blocks", certain))
    reason = bool(known.get("reason"))
    return Unmet(rule, sentence, blocks, source, certain, kind, reason, guard)
