"""What the office's papers are filled with: the facts of a case as the words they are printed in,
and what is not recorded as a blank to fill by hand.

Reads only. A fact that is not in the records is never made up: it is left blank and named. Keys are
the Japanese names of the fields of pia/papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_of_text
from ...domain.document.tree import Path
from ...domain.errors import Problem
from ...domain.procedure.cards import Card
from ...domain.wareki import written
from ...store.ledger import log
from ...store.rows import plan
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, Body, Department, name_of
from ..records.adoptions import item_words
from ..records.speakers import section

if TYPE_CHECKING:
    from ...documents.comparison.table import Subject

BLANK = "（　　　　　）"
_DAYS = "月火水木金土日"


@dataclass
class PaperFacts:
    """The facts of one paper as they are gathered.

    What the records do not have is marked in its place and named when the paper is made.
    """

    words: dict[str, Any] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def settled(
        self, fields: Iterable[str], title: str
    ) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        """The facts of these fields with blanks to fill by hand, and a problem for each thing that
        is missing.
        """
        missing: dict[str, None] = {}

        def blank(value: Any) -> Any:
            if isinstance(value, str):
                missing.update(dict.fromkeys(_GAP.findall(value)))
                return _GAP.sub(BLANK, value)
            if isinstance(value, list):
                blanked = []
                for x in value:
                    blanked.append({key: blank(part) for key, part in x.items()})
                return blanked
            return value

        used = {}
        for name in fields:
            used[name] = blank(self.words[name])
        blanks = (
            Problem(
                "paper.blank",
                f"「{gap}」は記録がないため、空欄にしました。",
                title,
                "warning",
            )
            for gap in missing
        )
        return used, (
            *blanks,
            *(Problem("paper.check", notice, title, "warning") for notice in self.notices),
        )


_GAP = re.compile("\x01(.*?)\x02")  # no text of a person can hold these


def need(name: str, value: Any = None) -> str:
    """The value as text, or a gap that will be left blank and named."""
    if value in (None, ""):
        return f"\x01{name}\x02"
    return str(value)


def gapless(text: str) -> str:
    """A fact as a page shows it: what the records have, and 未記録 where they have nothing."""
    return _GAP.sub("（未記録）", text)


def anchored(session: Session, action: str, target: str, latest: bool = False) -> str:
    """The head of the record as one step left it, for its papers: chain, number and the first 16
    letters of the hash. Empty before the step is taken.
    """
    entry = log.step(session, action, target, latest)
    if entry is not None:
        return f"操作の記録　{entry.chain}　{entry.seq}　{entry.hash[:16]}"
    return ""


def day(value: date | None) -> str:
    """A day as papers write it; empty for None."""
    if value:
        return written(value)
    return ""


def long_day(value: date) -> str:
    """令和6年7月24日（水曜日）."""
    return f"{written(value)}（{_DAYS[value.weekday()]}曜日）"


def clock(value: time) -> str:
    """A time of the day as papers write it: 午後1時30分."""
    if value.hour < 12:
        half = "午前"
        hour = value.hour
    else:
        half = "午後"
        hour = value.hour - 12
    return f"{half}{hour}時" + (f"{value.minute}分" if value.minute else "")


def day_words(recorded: object) -> str:
    """A day as it was recorded (ISO), in the words of a paper; what a person wrote where a day
    belongs as it was written."""
    try:
        if recorded:
            return day(day_of_text(str(recorded)))
        return ""
    except ValueError:
        return str(recorded)


def listed(words: Iterable[str], last: str = "及び") -> str:
    """甲、乙及び丙."""
    lines = []
    for word in dict.fromkeys(words):
        if word:
            lines.append(word)
    if len(lines) == 1:
        return lines[0]
    if lines:
        return "、".join(lines[:-1]) + last + lines[-1]
    return ""


def body_words(session: Session, body: Body) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """市, 長 and what the head of the plan says about the office; 長の氏名 is recorded with the
    body's facts, if at all.
    """
    name = body.name
    if name.endswith(("市長", "区長", "町長", "村長", "県知事")):
        city = name[:-1]
    else:
        city = name
    about: Mapping[str, Any] = {}
    head = plan.plan_head(session, body.id)
    if head:
        about = head.facts
    words = {"市": city.removesuffix("知"), "長": name, "長の氏名": about.get("head_name")}
    return words, about


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """One document of a case: its round, affair and office; `form_kind` is what the procedure calls
    its kind."""

    key: str
    name: str
    number: str
    kind: str
    office: str
    round: Round
    body: Body
    form_kind: str


def documents(session: Session, rounds: Sequence[Round]) -> list[CaseDocument]:
    """The documents of rounds, with their affairs and offices."""
    out = []
    for round_ in rounds:
        assessment = session.get_one(Assessment, round_.assessment_id)
        affair = session.get_one(Affair, assessment.affair_id)
        if affair.department_id:
            office = session.get(Department, affair.department_id)
        else:
            office = None
        # The last part of a department's name is the section that people know.
        kind = forms.KIND_NAMES.get(assessment.kind, assessment.kind)
        out.append(
            CaseDocument(
                assessment.key,
                affair.name,
                affair.number,
                kind,
                section(name_of(office)),
                round_,
                session.get_one(Body, affair.body_id),
                assessment.kind,
            )
        )
    return out


def card_words(c: Card, subjects: Sequence[Subject]) -> str:
    """How papers call the item of a card."""
    first = next(subject for subject in subjects if subject.key in c.places)
    return item_words(forms.load(first.new.form), c.places[first.key]) or c.label


def reasons_of(case: Sequence[CaseDocument]) -> str:
    """The reasons of these rounds, each once."""
    return listed(str(reason) for document in case for reason in document.round.reasons)


@dataclass(frozen=True, slots=True)
class Counted:
    """The changed items of a case: all, ※ items that count, shared and local cards."""

    items: int
    material: int
    cards: tuple[Card, ...]

    @property
    def shared(self) -> tuple[Card, ...]:
        """The changes that several documents share."""
        cards = []
        for card in self.cards:
            if card.shared:
                cards.append(card)
        return tuple(cards)

    @property
    def local(self) -> tuple[Card, ...]:
        """The changes of one document only."""
        cards = []
        for card in self.cards:
            if not card.shared:
                cards.append(card)
        return tuple(cards)


def counted(session: Session, subjects: Sequence[Subject], case: Sequence[CaseDocument]) -> Counted:
    """How many items are changed and how many of those are 重要な変更, with the cards of all."""
    from ...domain.procedure.cards import cards

    exempt = _exempt(session, case)
    material: dict[tuple[str, Path], bool] = {}
    for subject in subjects:
        for change in subject.changes:
            if not change.procedure and change.change.kind != "renumbered":
                material[(subject.key, change.item_path)] = False
    for subject in subjects:
        for change in subject.changes:
            item = (subject.key, change.item_path)
            if item in material and change.material:
                material[item] = True
    return Counted(
        len(material),
        sum(counts and item not in exempt for item, counts in material.items()),
        cards({subject.key: subject.changes for subject in subjects}),
    )


def _exempt(session: Session, case: Sequence[CaseDocument]) -> set[tuple[str, Path]]:
    """The items somebody decided are no 重要な変更, with a reason."""
    from ...domain.procedure.material import EXEMPT
    from ...store.rows import filing

    exempt = set()
    for document in case:
        for path, note in filing.round_notes(session, document.round.id).items():
            if note.choice in EXEMPT and note.reason.strip():
                exempt.add((document.key, path))
    return exempt


def by_reason(
    subjects: Sequence[Subject], case: Sequence[CaseDocument]
) -> dict[str, dict[str, set[Path]]]:
    """reason → document → its changed items, in the order the rounds name their reasons; what has
    no recorded reason stands under the empty name.
    """
    out: dict[str, dict[str, set[Path]]] = {}
    for document in case:
        for recorded in document.round.reasons:
            out[str(recorded)] = {}
    for x in subjects:
        for change in x.changes:
            if not change.procedure and change.change.kind != "renumbered":
                known = x.about.get(change.item_path)
                out.setdefault(known.reason if known else "", {}).setdefault(x.key, set()).add(
                    change.item_path
                )
    placeses = {}
    for reason, places in out.items():
        if places:
            placeses[reason] = places
    return placeses
