"""The answers of the software for a case of 漏えい等: of each law whether a report is owed, to
whom, by which article, by when; what is still missing; and what a later fact moved.

Put together from `triggers` and `deadlines`. Whoever must report is asked per body: the assembly is
under its own ordinance (市の条例, 未確認), a 委託先 that told its 委託元 owes nothing by 番号法
(番号法第29条の4第1項ただし書). Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..wareki import written
from . import deadlines, triggers
from .deadlines import Deadlines
from .facts import Facts, KnownFact, LeakField, chosen, day_clocked, day_of, latest, words
from .triggers import MAYBE, MET, Trigger

DUE, UNSURE, NONE, GUIDE, RELEASED, OWN = "due", "unsure", "none", "guide", "released", "own"
STATES = {
    DUE: "報告の義務があります",
    UNSURE: "まだ分かりません",
    NONE: "報告の義務はありません",
    GUIDE: "報告の義務はありません（ガイドラインによる報告）",
    RELEASED: "委託元に通知したため、義務はありません",
    OWN: "議会の条例によります",
}
COMMISSION = "個人情報保護委員会"


@dataclass(frozen=True, slots=True)
class LawAnswer:
    """What one law asks of a case: `state` of STATES, why in a sentence, its cases, to whom, and
    the days (None where nothing is due). `may`: the days that would hold, while it is not known
    whether anything is due: nobody is to wait for an answer until they are over. `sources`: the
    articles it rests on."""

    law: str
    says: str
    state: str
    sentence: str
    triggers: tuple[Trigger, ...]
    to: str
    due: Deadlines | None
    may: Deadlines | None
    sources: tuple[str, ...]
    notice: bool
    certain: bool

    @property
    def words(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def met(self) -> tuple[Trigger, ...]:
        """The cases that hold."""
        return tuple(each for each in self.triggers if each.state == MET)

    @property
    def open(self) -> tuple[Trigger, ...]:
        """The cases that an answer is missing for."""
        return tuple(each for each in self.triggers if each.state == MAYBE)


def of_case(rules: Mapping[str, Any], said: Sequence[KnownFact], regime: str) -> list[LawAnswer]:
    """What each law asks, in the order they are asked."""
    return [_of_law(rules, law, said, regime) for law in rules["laws"]]


def _of_law(
    rules: Mapping[str, Any], law: str, said: Sequence[KnownFact], regime: str
) -> LawAnswer:
    table = rules["laws"][law]
    facts = latest(said)
    found = triggers.dated(rules, law, said)
    due = deadlines.of_triggers(rules["clock"], found)
    met = [each for each in found if each.state == MET]
    state = _state(rules, law, facts, found, regime)
    sentence = _sentence(rules, law, state, found)
    sources = [str(table["duty"]), *(each.source for each in met)]
    owes = state == DUE
    return LawAnswer(
        law,
        str(table["says"]),
        state,
        sentence,
        found,
        _to(state),
        due if owes else None,
        _may(rules, facts) if state == UNSURE else None,
        tuple(dict.fromkeys(sources)),
        owes,
        bool(table["certain"]) and state not in (GUIDE, OWN),
    )


def _may(rules: Mapping[str, Any], facts: Facts) -> Deadlines:
    """The days from the first one anybody knew of the event, by the ordinary time."""
    return deadlines.from_day(rules["clock"], day_clocked(facts), False)


def _state(
    rules: Mapping[str, Any], law: str, facts: Facts, found: Sequence[Trigger], regime: str
) -> str:
    if law == "appi" and regime == "assembly":
        return OWN
    met = any(each.state == MET for each in found)
    told = day_of(facts, "principal_told") is not None
    if law == "number" and met and told and chosen(facts, "place") == ("principal",):
        return RELEASED
    if met:
        return DUE
    if any(each.state == MAYBE for each in found):
        return UNSURE
    numbered = chosen(facts, "my_number")
    if law == "number" and numbered and numbered[0] != "no":
        return GUIDE
    return NONE


def _to(state: str) -> str:
    if state == DUE:
        return COMMISSION
    if state == OWN:
        return "議長（条例の定めるところ）"
    return ""


def _sentence(rules: Mapping[str, Any], law: str, state: str, found: Sequence[Trigger]) -> str:
    names = "、".join(f"{each.short}（{each.source}）" for each in found if each.state == MET)
    if state == DUE:
        return f"{names}に当たるため、{COMMISSION}への報告と本人への通知の義務があります。"
    if state == RELEASED:
        return f"{rules['release']['says']}（{rules['release']['source']}）。"
    if state == OWN:
        ordinance = rules["city"]["assembly_ordinance"]
        told = f"議会の記録のため、{ordinance}によります。"
        if names:
            told += f"個人情報保護法が適用される機関なら、{names}に当たります。"
        return told
    if state == GUIDE:
        return f"{rules['guide']['says']}（{rules['guide']['source']}）。"
    if state == UNSURE:
        return "答えのない問いがあるため、義務があるかどうかが、まだ決まりません。"
    return "どの号にも当たらないため、報告の義務はありません。"


def triggers_said(found: Sequence[LawAnswer]) -> str:
    """The cases that hold, by law, in a line; what the council is told."""
    told = []
    for answer in found:
        if answer.met:
            told.append(f"{answer.says}：" + "、".join(each.short for each in answer.met))
    return "　".join(told)


# ---- what is missing


@dataclass(frozen=True, slots=True)
class ReportPart:
    """One of the nine matters of a report: its words as they are sent, and the questions whose
    answers are missing."""

    number: int
    says: str
    text: str
    missing: tuple[str, ...]
    source: str

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def nine(
    rules: Mapping[str, Any],
    asked: Mapping[str, LeakField],
    facts: Facts,
    found: Sequence[LawAnswer],
) -> tuple[ReportPart, ...]:
    """The nine matters of 個人情報保護法施行規則第44条第1項 and 漏えい等報告規則第3条第1項, in
    their order, as they can be said now."""
    numbered = any(answer.law == "number" and answer.state == DUE for answer in found)
    law = "number" if numbered and not _is_due(found, "appi") else "appi"
    out = []
    for line in rules["nine"]:
        number = int(line["number"])
        told = []
        if number == 1 and triggers_said(found):
            told.append(f"該当する号：{triggers_said(found)}")
        for field in asked.values():
            answer = words(field, facts.get(field.name))
            if field.nine == number and answer and not field.personal:
                told.append(f"{field.says}：{answer}")
        text = "\n".join(told) or str(line.get("blank", ""))
        says = str(line.get("number_says" if law == "number" else "says", line["says"]))
        source = f"{rules['laws'][law]['listing']}第{number}号"
        out.append(ReportPart(number, says, text, _missing(line, asked, facts), source))
    return tuple(out)


def _is_due(found: Sequence[LawAnswer], law: str) -> bool:
    return any(answer.law == law and answer.state == DUE for answer in found)


def _missing(
    line: Mapping[str, Any], asked: Mapping[str, LeakField], facts: Facts
) -> tuple[str, ...]:
    missing = []
    for name in line["need"]:
        fact = facts.get(name)
        if name in asked and (fact is None or not fact.is_said):
            missing.append(asked[name].says)
    either = [name for name in line.get("one_of", ()) if name in asked]
    if either and not any(name in facts and facts[name].is_said for name in either):
        missing.append("か".join(asked[name].says for name in either))
    return tuple(missing)


# ---- what a later fact moved


@dataclass(frozen=True, slots=True)
class LeakMove:
    """What facts said at one instant changed: the answers that are new, and in sentences what moved
    by them."""

    facts: tuple[KnownFact, ...]
    sentences: tuple[str, ...]


def moves(rules: Mapping[str, Any], said: Sequence[KnownFact], regime: str) -> list[LeakMove]:
    """What each saying after the first moved, in order: cases that came or went, days that
    changed."""
    out: list[LeakMove] = []
    before: list[LawAnswer] = []
    known: list[KnownFact] = []
    ordered = sorted(said, key=lambda fact: fact.number)
    for _, group in groupby(ordered, key=lambda fact: (fact.at, fact.who)):
        new = list(group)
        known += new
        after = of_case(rules, known, regime)
        if before:
            out.append(LeakMove(tuple(new), moved(before, after)))
        before = after
    return out


def moved(before: Sequence[LawAnswer], after: Sequence[LawAnswer]) -> tuple[str, ...]:
    """In sentences: the cases that came or went, and the days that changed, between two answers."""
    told = []
    for old, new in zip(before, after, strict=True):
        was = {each.name for each in old.met}
        now = {each.name for each in new.met}
        for each in new.met:
            if each.name not in was:
                told.append(f"{each.short}（{each.source}）に当たるようになりました。")
        for each in old.met:
            if each.name not in now:
                told.append(f"{each.short}（{each.source}）に当たらなくなりました。")
        if old.state != new.state:
            told.append(f"{new.says}：「{old.words}」から「{new.words}」に変わりました。")
        told += _days_moved(new.says, old.due, new.due)
    return tuple(told)


def _days_moved(says: str, old: Deadlines | None, new: Deadlines | None) -> list[str]:
    if new is None or (old is not None and old == new):
        return []
    if old is None:
        return [
            f"{says}：速報のめやすは{written(new.first)}まで、確報の期限は{written(new.final)}です。"
        ]
    told = []
    if old.first != new.first:
        told.append(
            f"{says}：速報のめやすが、{written(old.first)}から{written(new.first)}に動きました。"
        )
    if old.final != new.final:
        told.append(
            f"{says}：確報の期限が、{written(old.final)}（{old.days}日）から"
            f"{written(new.final)}（{new.days}日）に動きました。"
        )
    return told


# ---- 公表


def publication_asked(
    rules: Mapping[str, Any], facts: Facts, found: Sequence[LawAnswer]
) -> tuple[str, ...]:
    """The lines of the city's own 公表基準 that hold."""
    held = {
        "due": any(answer.state == DUE for answer in found),
        "hard": chosen(facts, "notice") == ("hard",),
        "secondary": bool(set(chosen(facts, "secondary")) & {"yes", "may"}),
    }
    lines = rules["city"]["publication"]
    return tuple(str(line["says"]) for line in lines if held.get(str(line["when"]), False))
