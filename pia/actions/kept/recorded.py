"""The records there are: each with its sign, its title, the day it ended, and what it is about.

Knows which event ends each kind of record. Must not know how long one is kept, nor pages. Serves
the city's 文書管理規程 (未確認).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.procedure import retention
from ...domain.wareki import written
from ...store import queries
from ...store.rows import assessments, councils
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, Body

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
    for one, document, affair in queries.rounds.with_affairs(session):
        rows.append((one, document, affair))
    return rows


def sign_of(line: Line) -> str:
    """A round's sign as a record: "round:KEY~NAME"."""
    return f"round:{line[1].key}~{line[0].name}"


def title_of(line: Line) -> str:
    """What a round is called as a record."""
    return f"{line[2].name}　{line[1].key}~{line[0].name}"


def _rounds(session: Session) -> Iterator[LedgerRecord]:
    for line in rounds_of(session):
        one = line[0]
        about = (sign_of(line),)
        title = title_of(line)
        yield LedgerRecord(about[0], "round", title, _end_of(session, one), about)
        for x in queries.filing.submissions_of_round(session, one.id):
            if x.document_number:
                number = f"　{x.document_number}"
            else:
                number = ""
            day = day_in_japan(x.at)
            yield LedgerRecord(f"submission:{x.id}", "submission", f"{title}{number}", day, about)
        for row in queries.filing.publications_of_round(session, one.id):
            yield LedgerRecord(f"publication:{row.id}", "publication", title, row.day, about)


def _end_of(session: Session, one: Round) -> date | None:
    """The day a round ended: of its publication, else of its 取下げ."""
    if one.state not in ENDED:
        return None
    day = queries.filing.last_day_of_round(session, one.id)
    return day or day_in_japan(queries.rounds.ended_at(session, one.id, ENDED)[0])


def _about(session: Session, rounds: Sequence[Round]) -> tuple[str, ...]:
    keys = []
    for one in rounds:
        keys.append((session.get_one(Assessment, one.assessment_id).key, one.name))
    texts = []
    for key, name in keys:
        texts.append(f"round:{key}~{name}")
    return tuple(texts)


def _consultations(session: Session) -> Iterator[LedgerRecord]:
    for one in queries.consultations.in_order(session):
        about = _about(session, one.rounds)
        running = any(x.state == "CONSULTING" for x in one.rounds)
        if running:
            ended = None
        else:
            ended = one.end
        yield LedgerRecord(f"consultation:{one.id}", "consultation", one.title, ended, about)
        for x in queries.opinions.of_consultation_by_number(session, one.id):
            yield LedgerRecord(
                f"opinion:{x.id}", "opinion", f"{one.title}　意見{x.number}", ended, about
            )


def _referrals(session: Session) -> Iterator[LedgerRecord]:
    for one in queries.councils.referrals_in_order(session):
        rounds = []
        for x in one.rounds:
            rounds.append(session.get_one(Round, x.round_id))
        sittings = tuple(f"sitting:{x.id}" for x in _sittings_of(session, one))
        last = queries.councils.last_verdict_at(session, one.id)
        if last and all(x.state in ENDED for x in rounds):
            ended = day_in_japan(last)
        else:
            ended = None
        about = (*_about(session, rounds), *sittings)
        yield LedgerRecord(f"referral:{one.id}", "referral", one.title, ended, about)


def _sittings_of(session: Session, one: councils.Referral) -> list[councils.Sitting]:
    from ..records.closing import sittings_of

    return sittings_of(session, one)


def _sittings(session: Session) -> Iterator[LedgerRecord]:
    for one in queries.sittings.in_order(session):
        if one.closes is not None:
            ended = one.day
        else:
            ended = None
        about: list[str] = [f"sitting:{one.id}"]
        for referral in {int(entry["referral"]) for entry in one.agenda if entry.get("referral")}:
            case = session.get(councils.Referral, referral)
            if case:
                rounds = []
                for x in case.rounds:
                    rounds.append(session.get_one(Round, x.round_id))
            else:
                rounds = []
            about += _about(session, rounds)
        yield LedgerRecord(f"sitting:{one.id}", "sitting", one.name, ended, tuple(about))
        title = f"{one.name}　開催結果"
        yield LedgerRecord(f"minutes:{one.id}", "minutes", title, ended, tuple(about))


def _others(session: Session) -> Iterator[LedgerRecord]:
    for head in queries.papers.plan_heads(session):
        body = session.get_one(Body, head.body_id).name
        day = day_in_japan(head.at)
        yield LedgerRecord(f"plan:{head.id}", "plan", f"{body}　{written(day)}の計画管理書", day)
    for out in queries.filing.published_without_round(session):
        version = session.get_one(assessments.Version, out.version_id)
        key = session.get_one(Assessment, version.assessment_id).key
        title = f"{key}　導入前の公表"
        yield LedgerRecord(f"publication:{out.id}", "publication", title, out.day)
    for file in queries.papers.carriers_in_order(session):
        yield LedgerRecord(f"file:{file.id}", "file", file.name, day_in_japan(file.at))
    for job in queries.jobs.bundles_made(session):
        key, _, _ = str(job.args.get("ref", "")).partition("@")
        if "~" in key:
            about = (f"round:{key}",)
        else:
            about = ()
        yield LedgerRecord(
            f"bundle:{job.id}", "bundle", f"{key}の一式", day_in_japan(job.at), about
        )


def _audit(session: Session, today: date) -> Iterator[LedgerRecord]:
    first = queries.audit_entries.earliest(session)
    if first is None:
        return
    for year in range(retention.fiscal_year(day_in_japan(first)), retention.fiscal_year(today) + 1):
        last = date(year + 1, 3, 31)
        title = f"{written(date(year, 4, 1))}からの一年度"
        yield LedgerRecord(f"audit:{year}", "audit", title, last if last < today else None)


def all_of(session: Session, today: date) -> Iterator[LedgerRecord]:
    """Everything that is kept as a record, on a day."""
    yield from _rounds(session)
    yield from _consultations(session)
    yield from _referrals(session)
    yield from _sittings(session)
    yield from _others(session)
    yield from _audit(session, today)


def there(session: Session, record: str, today: date) -> LedgerRecord | None:
    """One record as the ledger has it; None when there is none."""
    for x in all_of(session, today):
        if x.record == record:
            return x
    return None
