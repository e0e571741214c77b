"""重大事故 as their pages show them: what each asks of every affair of the body, in which order,
what is done of it, how many days it is since, and what the body decided a year later.

Reads only, in as many statements for many affairs as for one. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from ... import forms
from ...domain.procedure import incidents as rule
from ...domain.procedure import threshold
from ...store import queries
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair, Body, ThresholdFact
from ...store.rows.incidents import Incident, IncidentDecision
from ..records.incident_kinds import DECISIONS
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident in a list: `until` the last day it weighs on the judgement, `days` since the body
    knew."""

    number: int
    body: str
    contractor: str
    occurred: date | None
    known: date
    summary: str
    major: bool
    until: date
    days: int
    over: bool


@dataclass(frozen=True, slots=True)
class RejudgedAffair:
    """An affair that an incident judged anew: the results before and now in the form's words (empty
    where it was never counted), what is to be done in order, and what was decided a year later
    (`decision` 0 while nothing was)."""

    key: str
    number: str
    name: str
    before: str
    now: str
    risen: bool
    steps: tuple[tuple[str, bool], ...]
    decision: int
    decided: str
    reason: str

    @property
    def open(self) -> int:
        """How many of the steps are not done."""
        return sum(1 for _, done in self.steps if not done)


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with every affair of its body."""

    row: Incident
    line: IncidentLine
    proposed: str
    affairs: tuple[RejudgedAffair, ...]

    @property
    def undecided(self) -> tuple[RejudgedAffair, ...]:
        """The affairs a decision is asked for once the year is over."""
        return tuple(each for each in self.affairs if not each.decision and each.now)


def listed(wp: Workplace, today: date) -> list[IncidentLine]:
    """The incidents, the one known last first."""
    with wp.store.read() as session:
        return [_line(row, body.name, today) for row, body in queries.incidents.listed(session)]


def _line(row: Incident, body: str, today: date) -> IncidentLine:
    until = rule.weighs_until(row.occurred, row.known)
    return IncidentLine(
        row.id,
        body,
        row.contractor,
        row.occurred,
        row.known,
        row.summary,
        row.major,
        until,
        (today - row.known).days,
        today > until,
    )


def incident(wp: Workplace, number: int, today: date) -> IncidentView:
    """An incident with what it asks of every affair. PiaError when there is none of that number."""
    with wp.store.read() as session:
        row = row_of(session, Incident, number, "事故")
        body = session.get_one(Body, row.body_id)
        facts = rule.IncidentFacts(row.people, row.intentional, row.staff_only, row.excused)
        _, why = rule.proposed(facts, wp.thresholds)
        affairs = rejudged(session, wp, row) if row.major else ()
        return IncidentView(row, _line(row, body.name, today), why, affairs)


def rejudged(session: Session, wp: Workplace, row: Incident) -> tuple[RejudgedAffair, ...]:
    """Every affair of the body of an incident, by its number."""
    affairs = queries.incidents.affairs_of(session, row.body_id)
    ids = [affair.id for affair in affairs]
    counts = queries.incidents.counts_of(session, ids)
    documents = queries.assessments.of_affairs(session, ids)
    keyed = [each.id for found in documents.values() for each in found]
    published = queries.incidents.published_last(session, keyed)
    decided = {each.affair_id: each for each in queries.incidents.decisions_of(session, row.id)}
    return tuple(
        _affair(
            wp,
            row,
            affair,
            counts.get(affair.id, ()),
            _documents(row.at, documents.get(affair.id, ()), published),
            decided.get(affair.id),
        )
        for affair in affairs
    )


def _documents(
    since: datetime, found: Sequence[Assessment], published: Mapping[int, datetime]
) -> tuple[rule.RejudgedDocument, ...]:
    """The documents of an affair that were ever published, with whether they were since."""
    out = []
    for each in found:
        last = published.get(each.id)
        if last is not None:
            name = forms.KIND_NAMES.get(each.kind, each.kind)
            out.append(rule.RejudgedDocument(each.kind, name, last >= since))
    return tuple(out)


def _affair(
    wp: Workplace,
    row: Incident,
    affair: Affair,
    counts: Sequence[ThresholdFact],
    documents: Sequence[rule.RejudgedDocument],
    decided: IncidentDecision | None,
) -> RejudgedAffair:
    earlier = [each for each in counts if each.at < row.at]
    judged = [each for each in counts if each.at >= row.at and each.incident]
    before, now, to = "", "", ""
    if counts:
        last = judged[-1] if judged else counts[-1]
        result = threshold.judge(last.people, last.handlers, last.incident, wp.thresholds)
        now = result.result
        if earlier:
            first = earlier[-1]
            was = threshold.judge(first.people, first.handlers, first.incident, wp.thresholds)
            before = was.result
            if threshold.ORDER.index(result.due) > threshold.ORDER.index(was.due):
                to = result.due
    return RejudgedAffair(
        affair.key,
        affair.number,
        affair.name,
        before,
        now,
        bool(to),
        rule.steps(documents, to if to in ("key_item", "all_item") else ""),
        decided.id if decided is not None else 0,
        DECISIONS[decided.decision] if decided is not None else "",
        decided.reason if decided is not None else "",
    )


def of_affair(wp: Workplace, key: str, today: date) -> list[IncidentLine]:
    """The 重大事故 of the body of an affair that weigh on its judgement today."""
    with wp.store.read() as session:
        affair = queries.affairs.of_key(session, key)
        if affair is None:
            return []
        body = session.get_one(Body, affair.body_id)
        found = queries.incidents.major_of_bodies(session, [body.id]).get(body.id, [])
        return [
            _line(row, body.name, today)
            for row in found
            if rule.weighs(row.occurred, row.known, today)
        ]


def bodies(wp: Workplace) -> list[tuple[int, str]]:
    """The bodies an incident may be of, by number."""
    with wp.store.read() as session:
        return [(body.id, body.name) for body in queries.departments.bodies(session)]
