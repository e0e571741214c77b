"""What is on record of a case of 漏えい等, as the domain asks it: its facts with author and time,
what each law says of them, and the nine matters.

Reads only. Must not know pages, nor who may read it (`access.leaks`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ...domain.leaks import answers, facts, triggers
from ...domain.leaks.answers import LawAnswer, ReportPart
from ...domain.leaks.facts import KnownFact, LeakField
from ...domain.leaks.triggers import MajorAnswer
from ...domain.wareki import fiscal
from ...store import queries
from ...store.rows.bodies import Body
from ...store.rows.leaks import LeakCase, LeakFact
from ..access.leaks import regime_of
from ..workplace import Workplace

ERASED = "（消去しました）"


def known(rows: Sequence[Row[LeakFact, str | None]], until: int | None = None) -> list[KnownFact]:
    """The facts of a case in the order they were said; `until`: up to the fact of this number. One
    whose words were erased says so."""
    out = []
    for row, shown in rows:
        if until is not None and row.id > until:
            continue
        text = row.text
        is_gone = not text and row.text_nonce is None
        out.append(
            KnownFact(
                row.field,
                "" if is_gone else text,
                row.unknown or is_gone,
                row.since,
                row.id,
                row.at,
                shown or row.actor,
            )
        )
    return out


@dataclass(frozen=True, slots=True)
class JudgedLeak:
    """A case with all that is computed of its facts as they stand (or stood, for a council):
    `latest` by question, what each law answers, the nine matters, the third question."""

    said: tuple[KnownFact, ...]
    latest: Mapping[str, KnownFact]
    fields: Mapping[str, LeakField]
    laws: tuple[LawAnswer, ...]
    nine: tuple[ReportPart, ...]
    major: MajorAnswer
    regime: str

    def words(self, name: str) -> str:
        """The answer to a question as people read it; empty where there is none."""
        field = self.fields.get(name)
        return facts.words(field, self.latest.get(name)) if field is not None else ""

    @property
    def due(self) -> tuple[LawAnswer, ...]:
        """The laws by which a report is owed."""
        return tuple(answer for answer in self.laws if answer.state == answers.DUE)


def judged(wp: Workplace, body: Body, said: Sequence[KnownFact]) -> JudgedLeak:
    """What follows from the facts of a case of a body."""
    regime = regime_of(body)
    asked = facts.fields(wp.leaks)
    latest = facts.latest(said)
    laws = answers.of_case(wp.leaks, said, regime)
    return JudgedLeak(
        tuple(said),
        latest,
        asked,
        tuple(laws),
        answers.nine(wp.leaks, asked, latest, laws),
        triggers.major(latest, wp.thresholds),
        regime,
    )


def of_case(session: Session, wp: Workplace, case: LeakCase) -> JudgedLeak:
    """A case as it stands now."""
    rows = queries.leaks.facts(session, [case.id]).get(case.id, [])
    return judged(wp, session.get_one(Body, case.body_id), known(rows))


def number_of(case: LeakCase) -> str:
    """How a case is called in the register of its body."""
    return f"{fiscal(case.year)}第{case.serial}号"


def as_sent(parts: Sequence[ReportPart]) -> str:
    """The nine matters as they are kept with a report."""
    lines = [{"number": each.number, "says": each.says, "text": each.text} for each in parts]
    return json.dumps(lines, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """A matter that says something else than in the report before: its name, before and now."""

    says: str
    before: str
    after: str


def changed(text: str, parts: Sequence[ReportPart]) -> tuple[ChangedPart, ...] | None:
    """What the nine matters say otherwise than a report that was sent; None where its words were
    erased."""
    if not text:
        return None
    before = {int(line["number"]): str(line["text"]) for line in json.loads(text)}
    out = []
    for part in parts:
        if before.get(part.number, "") != part.text:
            out.append(ChangedPart(part.says, before.get(part.number, ""), part.text))
    return tuple(out)
