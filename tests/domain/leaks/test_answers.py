"""漏えい等: edge days of the clock held against days worked out beforehand, constellations of facts
held against the articles, the seven cases of the minutes, and what a later fact moves."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pia import rules
from pia.domain.errors import PiaError
from pia.domain.leaks import answers, deadlines, facts, triggers
from pia.domain.leaks.facts import KnownFact
from pia.domain.procedure import citations

HERE = Path(__file__).parent
RULES = rules.load("leaks")
THRESHOLDS = rules.load("threshold")
KNOWN = date(2024, 5, 7)
# What is known of a case that is none of anything.
BASE = {
    "event": "leak",
    "sensitive": "no",
    "property": "no",
    "protected": "no",
    "my_number": "no",
    "wrongful": "no",
    "people": "1",
    "people_may": "1",
    "staff_only": "no",
    "intentional": "no",
    "excused": "no",
    "system": "none",
    "open_to_all": "no",
    "article9": "no",
    "article19": "no",
    "place": "here",
}


def lines(name: str) -> list[dict[str, str]]:
    with open(HERE / name, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def typed(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split(";") if pair)


def said(
    over: dict[str, str], known: date = KNOWN, start: int = 1, at: datetime | None = None
) -> list[KnownFact]:
    """Facts in the order of their names; ? is not known, - is no answer."""
    out = []
    for number, (name, text) in enumerate({"known": known.isoformat(), **over}.items(), start):
        if text == "?":
            out.append(KnownFact(name, "", True, None, number, at))
        elif text != "-":
            out.append(KnownFact(name, text, False, None, number, at))
    return out


def met(found: answers.LawAnswer) -> str:
    return " ".join(each.name.partition("-")[2] for each in found.met)


@pytest.mark.parametrize("line", lines("edge-dates.csv"), ids=lambda x: x["known"] + x["days"])
def test_edge_days(line: dict[str, str]) -> None:
    known = date.fromisoformat(line["known"])
    due = deadlines.from_day(RULES["clock"], known, line["days"] == "60")
    got = {
        "known": known.isoformat(),
        "days": str(due.days),
        "third": due.soon.isoformat(),
        "fifth": due.first.isoformat(),
        "counted": due.counted.isoformat(),
        "final": due.final.isoformat(),
    }
    assert got == line
    office = deadlines.office_of(RULES["clock"])
    assert office.is_open(due.final)
    assert due.start <= due.first_open <= due.first


@pytest.mark.parametrize(
    "line", lines("constellations.csv"), ids=lambda x: f"{x['over_the_base']}/{x['regime']}"
)
def test_constellations(line: dict[str, str]) -> None:
    known = said({**BASE, **typed(line["over_the_base"])})
    appi, number = answers.of_case(RULES, known, line["regime"])
    got = {
        "appi": met(appi),
        "appi_state": appi.state,
        "number": met(number),
        "number_state": number.state,
        "major": triggers.major(facts.latest(known), THRESHOLDS).state,
    }
    assert got == {name: line[name] for name in got}
    for answer in (appi, number):
        assert (answer.due is not None) == (answer.state == answers.DUE) == answer.notice
        assert answer.words and answer.sentence


def test_there_are_as_many_as_asked() -> None:
    assert len(lines("edge-dates.csv")) >= 40 and len(lines("constellations.csv")) >= 60
    # Each case of each law is met by a line of its own, and not met by another.
    for law in ("appi", "number"):
        names = {
            str(each["id"]).partition("-")[2]
            for each in RULES["laws"][law]["triggers"]
            if not each.get("ordinance")
        }
        found = {name for line in lines("constellations.csv") for name in line[law].split()}
        assert names == found


@pytest.mark.parametrize("line", lines("seven-cases.csv"), ids=lambda x: x["known"])
def test_the_seven_cases_of_the_minutes(line: dict[str, str]) -> None:
    known = date.fromisoformat(line["known"])
    appi, number = answers.of_case(
        RULES, said({"my_number": "no", **typed(line["facts"])}, known), "appi"
    )
    assert met(appi) == line["appi"]
    assert number.state == answers.NONE
    assert appi.due is not None
    assert appi.due.first.isoformat() == line["first"]
    assert appi.due.final.isoformat() == line["final"]


def test_a_citys_own_sensitive_data_is_asked_only_where_it_defines_some() -> None:
    own = {**RULES, "city": {**RULES["city"], "ordinance_sensitive": "みなも市条例第5条（未確認）"}}
    assert "ordinance_sensitive" not in facts.fields(RULES)
    assert "ordinance_sensitive" in facts.fields(own)
    known = said({**BASE, "ordinance_sensitive": "yes"})
    assert met(answers.of_case(own, known, "appi")[0]) == "5"
    assert met(answers.of_case(RULES, known, "appi")[0]) == ""


def test_persons_are_asked_only_where_the_city_turned_it_on() -> None:
    on = {**RULES, "city": {**RULES["city"], "persons": True}}
    assert "persons" not in facts.fields(RULES)
    assert facts.fields(on)["persons"].personal
    known = facts.latest(said({**BASE, "persons": "CANARYPERSON"}))
    found = answers.of_case(on, list(known.values()), "appi")
    parts = answers.nine(on, facts.fields(on), known, found)
    assert not any("CANARYPERSON" in part.text for part in parts)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2024, 5, day, hour, tzinfo=UTC)


def test_the_hundred_and_first_person_moves_the_days_and_says_so() -> None:
    first = said({**BASE, "people": "100", "people_may": "-"}, at=at(7))
    assert answers.of_case(RULES, first, "appi")[0].state == answers.NONE
    later = KnownFact("people", "101", False, date(2024, 5, 20), 90, at(20))
    now = answers.of_case(RULES, [*first, later], "appi")[0]
    assert met(now) == "4"
    # The body knew on the 20th that it is one of those of the law: that is day 1.
    assert now.due is not None and now.due.start == date(2024, 5, 20)
    assert now.due.final == date(2024, 6, 18)
    (move,) = answers.moves(RULES, [*first, later], "appi")
    assert move.facts == (later,)
    assert any(
        "100人超" in sentence and "ようになりました" in sentence for sentence in move.sentences
    )
    assert any("令和6年6月18日" in sentence for sentence in move.sentences)
    # What was wrong from the beginning counts from the beginning.
    slip = replace(later, since=None)
    due = answers.of_case(RULES, [*first, slip], "appi")[0].due
    assert due is not None and due.start == KNOWN


def test_a_fraud_that_is_known_later_gives_sixty_days_from_the_first_day() -> None:
    first = said({**BASE, "sensitive": "yes"}, at=at(7))
    fraud = KnownFact("wrongful", "yes", False, date(2024, 5, 21), 91, at(21))
    (move,) = answers.moves(RULES, [*first, fraud], "appi")
    assert any("（30日）から" in x and "（60日）に動きました" in x for x in move.sentences)
    due = answers.of_case(RULES, [*first, fraud], "appi")[0].due
    assert due is not None
    assert (due.start, due.days, due.final) == (KNOWN, 60, date(2024, 7, 5))
    # It was none after all: the days go back, and that is said.
    none = KnownFact("wrongful", "no", False, date(2024, 5, 30), 92, at(30))
    _, back = answers.moves(RULES, [*first, fraud, none], "appi")
    assert any("当たらなくなりました" in sentence for sentence in back.sentences)
    due = answers.of_case(RULES, [*first, fraud, none], "appi")[0].due
    assert due is not None and due.days == 30


def test_what_a_contractor_told_any_department_starts_the_clock() -> None:
    told = said({**BASE, "sensitive": "yes", "place": "contractor"})
    early = KnownFact("contractor_told", "2024-05-03", False, None, 50)
    due = answers.of_case(RULES, [*told, early], "appi")[0].due
    assert due is not None and due.start == date(2024, 5, 3)
    late = KnownFact("contractor_told", "2024-05-09", False, None, 51)
    due = answers.of_case(RULES, [*told, late], "appi")[0].due
    assert due is not None and due.start == KNOWN


def faults(over: dict[str, str], today: date = date(2024, 6, 1)) -> list[str]:
    return [name for name, _ in facts.faults(facts.latest(said(over)), today)]


@pytest.mark.parametrize(
    ("over", "wrong"),
    [
        ({}, []),
        ({"occurred": "2024-05-08"}, ["occurred"]),
        ({"occurred": "2024-05-07"}, []),
        ({"notice_day": "2024-05-06"}, ["known"]),
        ({"people": "10", "people_may": "9"}, ["people_may"]),
        ({"people": "10", "people_may": "10", "notice_count": "11"}, ["notice_count"]),
        ({"publish_day": "2024-06-02"}, ["publish_day"]),
        ({"contractor_known": "2024-05-05", "contractor_told": "2024-05-04"}, ["contractor_known"]),
    ],
)
def test_what_cannot_be_is_said_at_its_question(over: dict[str, str], wrong: list[str]) -> None:
    assert faults(over) == wrong


def test_without_a_day_nothing_is_counted() -> None:
    with pytest.raises(PiaError, match="覚知日"):
        answers.of_case(RULES, [KnownFact("event", "leak", number=1)], "appi")


def test_the_nine_matters_say_what_is_missing() -> None:
    known = facts.latest(said({"event": "leak", "people": "?", "measures_planned": "研修を行う"}))
    found = answers.of_case(RULES, list(known.values()), "appi")
    parts = answers.nine(RULES, facts.fields(RULES), known, found)
    assert [part.number for part in parts] == list(range(1, 10))
    assert parts[2].missing == ("分かっている人数",) and "分からない" in parts[2].text
    assert parts[7].whole and "研修を行う" in parts[7].text
    assert parts[8].whole and parts[8].text == "特になし"


def _told(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _told(each)
    elif isinstance(value, list):
        for each in value:
            yield from _told(each)
    elif isinstance(value, str):
        yield value


def test_the_data_cites_what_was_read_or_says_so() -> None:
    law = rules.load("law")
    assert str(RULES["as_of"]) == str(law["as_of"]) and str(RULES["read"]) == str(law["read"])
    placed = [text for text in _told(RULES) if re.search(r"第[0-9]", text)]
    assert len(placed) > 30
    assert [x for text in placed for x in citations.doubtful(law, text)] == []
    for table in RULES["laws"].values():
        for line in table["triggers"]:
            assert line["certain"] == citations.as_of(law, line["source"])
    assert not RULES["clock"]["first"]["certain"] and not RULES["clock"]["counting"]["certain"]
