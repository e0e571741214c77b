"""The records there are: each with its sign, its title, the day it ended, and what it is about.

Knows which event ends each kind of record. Must not know how long one is kept, nor pages. Serves
the city's 文書管理規程 (未確認).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.procedure import retention
from ...domain.wareki import fiscal, written
from ...store import queries
from ...store.rows import councils
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, Body
from ...store.rows.filing import Publication
from ...store.rows.jobs import Job
from ..access.names import document_names
from ..records import procedures

ENDED = ("PUBLISHED", "WITHDRAWN")


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """A record as the ledger has it: its sign ("opinion:3"), kind, title, the day it ended (None
    while it runs), and what it is about ("round:KEY~NAME", "sitting:3")."""

    record: str
    kind: str
    title: str
    ended: date | None
    about: tuple[str, ...] = ()


Line = tuple[Round, Assessment, Affair]


def rounds_of(session: Session) -> list[Line]:
    """Every round with its document and affair, in the order they began."""
    rows = []
    for round_, document, affair in queries.rounds.with_affairs(session):
        rows.append((round_, document, affair))
    return rows


def sign_of(line: Line) -> str:
    """A round's sign as a record: "round:KEY~NAME"."""
    return f"round:{line[1].key}~{line[0].name}"


def title_of(line: Line) -> str:
    """What a round is called as a record."""
    round_, assessment, affair = line
    kind = procedures.kind_word(round_)
    began = written(day_in_japan(round_.at))
    return f"{affair.name}（{forms.KIND_NAMES[assessment.kind]}）　{kind}（{began}から）"


@dataclass(frozen=True, slots=True)
class _Around:
    """What stands around the records, gathered once: rounds with document and affair by number, and
    the sittings by day."""

    lines: Mapping[int, Line]
    sittings: Sequence[councils.Sitting]

    def signs(self, rounds: Iterable[int]) -> tuple[str, ...]:
        """The signs of these rounds."""
        return tuple(sign_of(self.lines[number]) for number in rounds)

    def states(self, rounds: Iterable[int]) -> list[str]:
        """The states of these rounds."""
        return [self.lines[number][0].state for number in rounds]


def _by(rows: Iterable[Any], column: str) -> dict[int, list[Any]]:
    """Rows by one of their numbers, each in its order."""
    of: dict[int, list[Any]] = {}
    for row in rows:
        of.setdefault(getattr(row, column), []).append(row)
    return of


def _rounds(session: Session, around: _Around) -> Iterator[LedgerRecord]:
    submissions = _by(queries.filing.submissions(session), "round_id")
    publications = _by(queries.filing.publications_in_rounds(session), "round_id")
    ends = queries.rounds.ends(session, ENDED)
    for line in around.lines.values():
        round_ = line[0]
        about = (sign_of(line),)
        title = title_of(line)
        shown = publications.get(round_.id, [])
        yield LedgerRecord(about[0], "round", title, _end_of(round_, shown, ends), about)
        for x in submissions.get(round_.id, []):
            number = ""
            if x.document_number:
                number = f"　{x.document_number}"
            day = day_in_japan(x.at)
            yield LedgerRecord(f"submission:{x.id}", "submission", f"{title}{number}", day, about)
        for row in shown:
            yield LedgerRecord(f"publication:{row.id}", "publication", title, row.day, about)


def _end_of(
    round_: Round, publications: Sequence[Publication], ends: Mapping[int, datetime]
) -> date | None:
    """The day a round ended: of its publication, else of its 取下げ."""
    if round_.state not in ENDED:
        return None
    if publications:
        return publications[-1].day
    return day_in_japan(ends[round_.id])


def _consultations(session: Session, around: _Around) -> Iterator[LedgerRecord]:
    opinions = _by(queries.opinions.by_number(session), "consultation_id")
    about_rounds = queries.consultations.rounds_of_all(session)
    for consultation in queries.consultations.in_order(session):
        rounds = about_rounds.get(consultation.id, [])
        about = around.signs(rounds)
        ended: date | None = consultation.end
        if "CONSULTING" in around.states(rounds):
            ended = None
        yield LedgerRecord(
            f"consultation:{consultation.id}", "consultation", consultation.title, ended, about
        )
        for x in opinions.get(consultation.id, []):
            yield LedgerRecord(
                f"opinion:{x.id}", "opinion", f"{consultation.title}　意見{x.number}", ended, about
            )


def _referrals(session: Session, around: _Around) -> Iterator[LedgerRecord]:
    rounds_of_case = _by(queries.councils.pinned_in_order(session), "referral_id")
    verdicts = queries.councils.last_verdicts_at(session)
    sittings: dict[int, list[str]] = {}
    for sitting in around.sittings:
        for case in _cases(sitting):
            sittings.setdefault(case, []).append(f"sitting:{sitting.id}")
    for referral in queries.councils.referrals_in_order(session):
        rounds = [pinned.round_id for pinned in rounds_of_case.get(referral.id, [])]
        ended = None
        last = verdicts.get(referral.id)
        if last and all(state in ENDED for state in around.states(rounds)):
            ended = day_in_japan(last)
        about = (*around.signs(rounds), *sittings.get(referral.id, ()))
        yield LedgerRecord(f"referral:{referral.id}", "referral", referral.title, ended, about)


def _cases(sitting: councils.Sitting) -> set[int]:
    """The referrals on the agenda of a sitting."""
    return {int(entry["referral"]) for entry in sitting.agenda if entry.get("referral")}


def _sittings(session: Session, around: _Around) -> Iterator[LedgerRecord]:
    rounds_of_case = _by(queries.councils.pinned_in_order(session), "referral_id")
    for held in sorted(around.sittings, key=lambda sitting: sitting.id):
        ended = None
        if held.closes is not None:
            ended = held.day
        about: list[str] = [f"sitting:{held.id}"]
        for case in _cases(held):
            about += around.signs(pinned.round_id for pinned in rounds_of_case.get(case, []))
        yield LedgerRecord(f"sitting:{held.id}", "sitting", held.name, ended, tuple(about))
        title = f"{held.name}　開催結果"
        yield LedgerRecord(f"minutes:{held.id}", "minutes", title, ended, tuple(about))


def _leaks(session: Session) -> Iterator[LedgerRecord]:
    """Cases of 漏えい等, by their numbers: what happened stands in the case."""
    bodies = {body.id: body.name for body in queries.departments.bodies(session)}
    for case in queries.leaks.every(session):
        title = f"{bodies[case.body_id]}　{fiscal(case.year)}第{case.serial}号の漏えい等"
        ended = case.closed or case.withdrawn
        yield LedgerRecord(f"leak:{case.id}", "leak", title, ended)


def _others(session: Session) -> Iterator[LedgerRecord]:
    for head in queries.papers.plan_heads(session):
        body = session.get_one(Body, head.body_id).name
        day = day_in_japan(head.at)
        yield LedgerRecord(f"plan:{head.id}", "plan", f"{body}　{written(day)}の計画管理書", day)
    before = queries.filing.published_before(session)
    made = queries.jobs.bundles_made(session)
    of_bundles = [_document_of(job) for job in made]
    named = document_names(session, {*(key for _, key in before), *of_bundles})
    for out, key in before:
        title = f"{named.get(key, key)}　導入前の公表"
        yield LedgerRecord(f"publication:{out.id}", "publication", title, out.day)
    for file in queries.papers.carriers_in_order(session):
        yield LedgerRecord(f"file:{file.id}", "file", file.name, day_in_japan(file.at))
    for job in made:
        key, _, _ = str(job.args.get("ref", "")).partition("@")
        about: tuple[str, ...] = ()
        if "~" in key:
            about = (f"round:{key}",)
        document = _document_of(job)
        title = f"{named.get(document, document)}の提出書類一式"
        yield LedgerRecord(f"bundle:{job.id}", "bundle", title, day_in_japan(job.at), about)


def _document_of(job: Job) -> str:
    """The key of the document a bundle was made of."""
    ref, _, _ = str(job.args.get("ref", "")).partition("@")
    return ref.partition("~")[0]


def _audit(session: Session, today: date) -> Iterator[LedgerRecord]:
    first = queries.audit_entries.earliest(session)
    if first is None:
        return
    for year in range(retention.fiscal_year(day_in_japan(first)), retention.fiscal_year(today) + 1):
        last = date(year + 1, 3, 31)
        title = f"{written(date(year, 4, 1))}からの一年度"
        yield LedgerRecord(f"audit:{year}", "audit", title, last if last < today else None)


def all_of(session: Session, today: date) -> Iterator[LedgerRecord]:
    """Everything that is kept as a record, on a day; in as many queries for many as for few."""
    around = _Around(
        {line[0].id: line for line in rounds_of(session)},
        queries.sittings.by_day(session),
    )
    yield from _rounds(session, around)
    yield from _consultations(session, around)
    yield from _referrals(session, around)
    yield from _sittings(session, around)
    yield from _leaks(session)
    yield from _others(session)
    yield from _audit(session, today)


def there(session: Session, record: str, today: date) -> LedgerRecord | None:
    """One record as the ledger has it; None when there is none."""
    for x in all_of(session, today):
        if x.record == record:
            return x
    return None
