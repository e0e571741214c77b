"""How many people and opinions a consultation heard, and opinions that are answered once together
(規則第7条第1項・第4項; 指針第5の3, unread).

Knows which opinions count. Must not know papers, pages, nor who sent one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...domain.text.folding import fold
from ...store import queries
from ...store.rows import consultations


@dataclass(frozen=True, slots=True)
class OpinionCounts:
    """Of one consultation: people and opinions that count (a letter split into points is one person
    and as many opinions), people among them who gave no name, opinions kept apart, and opinions
    their senders took back."""

    people: int = 0
    opinions: int = 0
    anonymous: int = 0
    apart: int = 0
    recalled: int = 0

    @property
    def said(self) -> str:
        """３人５件, as papers and pages say it."""
        return f"{self.people}人{self.opinions}件"


def counts_of(session: Session, number: int) -> OpinionCounts:
    """The counts of a consultation."""
    people = queries.opinions.people_counts(session, [number])
    unnamed = queries.opinions.people_counts(session, [number], anonymous=True)
    return OpinionCounts(
        people.get(number, 0),
        queries.opinions.counts(session, [number]).get(number, 0),
        unnamed.get(number, 0),
        len(consultations.came_later(session, number)),
        len(queries.opinions.recalled(session, number)),
    )


@dataclass(frozen=True, slots=True)
class OpinionGroup:
    """Opinions that are answered once: their numbers in order, and what they say, the same words
    once. `first` is the opinion that is answered, as `viewing.consultations` shows it."""

    first: Mapping[str, Any]
    numbers: tuple[int, ...]
    texts: tuple[str, ...]

    @property
    def called(self) -> str:
        """意見1・4・9（3件）: all of their numbers, with how many they are."""
        numbers = "・".join(map(str, self.numbers))
        return numbers if len(self.numbers) == 1 else f"{numbers}（{len(self.numbers)}件）"

    @property
    def text(self) -> str:
        """What they say; where they say it in several ways, each way in order."""
        if len(self.texts) == 1:
            return self.texts[0]
        return "\n\n".join(f"（{index}）{text}" for index, text in enumerate(self.texts, 1))


def groups_of(opinions: Sequence[Mapping[str, Any]]) -> list[OpinionGroup]:
    """Opinions by what is answered once, in the order of their first numbers. Each has `number`,
    `row`, `answered_as` (the row that is answered for it) and `text`."""
    together: dict[int, list[Mapping[str, Any]]] = {}
    for opinion in opinions:
        together.setdefault(opinion["answered_as"], []).append(opinion)
    groups = []
    for row, said in together.items():
        first = next((each for each in said if each["row"] == row), said[0])
        numbers = tuple(sorted(each["number"] for each in said))
        groups.append(OpinionGroup(first, numbers, _said_once([first, *said])))
    return groups


def _said_once(opinions: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts of opinions, equal ones once, whatever their width, spaces and line feeds."""
    seen: dict[str, str] = {}
    for opinion in opinions:
        seen.setdefault(fold(opinion["text"]), opinion["text"])
    return tuple(seen.values())


def alike(opinions: Sequence[Mapping[str, Any]]) -> dict[int, list[int]]:
    """Number of an opinion → the numbers of the others that say the same words and may be answered
    with it."""
    by_words: dict[str, list[int]] = {}
    for opinion in opinions:
        if opinion["row"] == opinion["answered_as"]:
            by_words.setdefault(fold(opinion["text"]), []).append(opinion["number"])
    out = {}
    for numbers in by_words.values():
        for number in numbers:
            out[number] = [other for other in numbers if other != number]
    return out
