"""The register: the affairs with their assessments and rounds, and where each stands.

Knows how to put stored facts together for a list, a page of it at a time: nothing is worked out
that the page does not show, and no text is read. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.procedure import duties as duty_rules
from ...domain.procedure import threshold
from ...domain.wareki import written
from ...store import queries
from ...store.columns import iso
from ...store.queries.register import AffairFilter, Word
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, Department, ThresholdFact, name_of
from ...store.rows.consultations import Consultation
from ...store.rows.tallies import RoundTally
from ...store.sql import fold
from ..records import procedures
from ..workplace import Workplace

PAGE = 60  # affairs on a page


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One assessment in the register. `rounds` are those that run."""

    key: str
    kind: str
    kind_name: str
    number: str
    name: str
    department: str
    head: str | None
    form: str
    published: str | None
    rounds: tuple[Mapping[str, Any], ...]
    standing: str
    affair: str = ""

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AffairLine:
    """One affair with its documents as a row of the register: where the main one stands, the round
    that leads to (`ref`, empty where none runs) with its number of changed items, what is due next,
    and the documents the しきい値判断 asks for that nobody began (`missing`, in words).
    """

    documents: tuple[RegisterLine, ...]
    standing: str
    ref: str
    changes: int | None
    until: date | None
    why: str
    missing: tuple[str, ...] = ()

    @property
    def main(self) -> RegisterLine:
        """The document beyond the 基礎項目評価書, where there is one."""
        return _main(self.documents)

    def line_of(self, document: RegisterLine) -> str:
        """The REF by which a document is opened: its running round, else its head; empty where
        nothing was written of it."""
        if document.rounds:
            return str(document.rounds[-1]["ref"])
        return document.head or ""


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """Some affairs of a list from number `first` (from 0): `fitting` answer what was asked, of
    `whole`.
    """

    affairs: tuple[AffairLine, ...]
    first: int
    fitting: int
    whole: int


def departments(wp: Workplace) -> list[str]:
    """The names of the departments that have affairs."""
    with wp.store.read() as session:
        return queries.register.departments(session)


def asked(
    department: str, stand: str, words: str, today: date, warned: date | None = None
) -> AffairFilter:
    """The filter for what somebody typed on a day. `warned` as `warned_by` says."""
    sought = []
    typed = "".join(letter if letter.isprintable() else " " for letter in words)
    for text in fold(typed).split():
        kinds = [kind for kind, name in forms.KIND_NAMES.items() if text in fold(name)]
        sought.append(Word(text, tuple(kinds)))
    return AffairFilter(department, stand, tuple(sought), due_by(today), warned)


def due_by(today: date) -> date:
    """The day of the last 実施 or 再実施 up to which something is due now or soon: wide enough for
    every duty, which they are the rule says."""
    return duty_rules.years_before(today + duty_rules.SOON, 1) + timedelta(days=1)


def warned_by(wp: Workplace, today: date) -> date:
    """The day of the last 実施 or 再実施 up to which the five years (規則第15条) are near."""
    return duty_rules.years_after(today, -int(wp.rules["rules"]["R17"]["warn_years"]))


def page(
    wp: Workplace,
    wanted: AffairFilter,
    first: int,
    today: date,
    most: int = PAGE,
    order: str = "due",
) -> RegisterPage:
    """A page of the affairs that answer a filter, in an order of `queries.register.ORDERS`."""
    with wp.store.read() as session:
        affairs = queries.register.page(session, wanted, first, most, order)
        if affairs:
            fitting = int(affairs[0][2])
        else:
            fitting = queries.register.count(session, wanted)
        whole = fitting
        if wanted.any:
            whole = queries.register.count(session, AffairFilter())
        return RegisterPage(_affairs(session, wp, affairs, today), first, fitting, whole)


def documents_of(wp: Workplace, affair_key: str) -> list[RegisterLine]:
    """The documents of one affair; none where there is no such affair."""
    with wp.store.read() as session:
        affair = queries.affairs.of_key(session, affair_key)
        if affair is None:
            return []
        department = None
        if affair.department_id is not None:
            department = session.get(Department, affair.department_id)
        return _documents(session, wp, [(affair, department)]).get(affair.id, [])


def documents(wp: Workplace, first: int, most: int = PAGE) -> tuple[list[RegisterLine], int]:
    """(the documents of some affairs, how many affairs there are), in the order they were
    registered."""
    with wp.store.read() as session:
        affairs = queries.register.page(session, AffairFilter(), first, most)
        by_affair = _documents(session, wp, affairs)
        lines = []
        for affair, *_ in affairs:
            lines += by_affair.get(affair.id, [])
        return lines, queries.register.count(session, AffairFilter())


def document(wp: Workplace, key: str) -> RegisterLine | None:
    """One document by its key; None where there is none."""
    with wp.store.read() as session:
        affair = queries.affairs.of_assessment(session, key)
    if affair is None:
        return None
    for line in documents_of(wp, affair):
        if line.key == key:
            return line
    return None


def without_text(wp: Workplace, department: str | None) -> list[tuple[str, str, str]]:
    """(key, affair, kind in words) of the documents nothing was written of yet; of one department's
    affairs, where it is named."""
    lines = []
    with wp.store.read() as session:
        for assessment, affair in queries.assessments.without_text(session, department):
            kind = forms.KIND_NAMES.get(assessment.kind, assessment.kind)
            lines.append((assessment.key, affair.name, kind))
    return lines


def register(wp: Workplace) -> list[RegisterLine]:
    """Every assessment, in the order of the affairs."""
    with wp.store.read() as session:
        affairs = queries.register.page(session, AffairFilter(), 0, 10**9)
        by_affair = _documents(session, wp, affairs)
        return [line for affair, *_ in affairs for line in by_affair.get(affair.id, [])]


def _affairs(
    session: Session, wp: Workplace, listed: Sequence[Any], today: date
) -> tuple[AffairLine, ...]:
    rows = queries.register.documents(session, [affair.id for affair, *_ in listed])
    rounds = queries.rounds.running_of(session, [row[0].id for row in rows])
    by_affair = _lines(wp, listed, rows, rounds)
    ids = [round_.id for round_ in rounds]
    talks = dict(queries.consultations.about_rounds(session, ids))
    tallies = {number: tally for number, *_, tally in queries.rounds.around(session, ids)}
    by_key = {row[0].key: row[0] for row in rows}
    keys = {row[0].id: row[0].key for row in rows}
    running: dict[str, list[_Running]] = {}
    for round_ in rounds:
        key = keys[round_.assessment_id]
        one = _Running(key, round_, talks.get(round_.id), tallies.get(round_.id))
        running.setdefault(key, []).append(one)
    numbers = [affair.id for affair, *_ in listed]
    counted = queries.affairs.last_threshold_facts(session, numbers)
    reviewed = queries.reviews.last_reviewed(session, numbers)
    lines = []
    for affair, *_ in listed:
        documents = by_affair.get(affair.id)
        if documents:
            main = _main(documents)
            mine = running.get(main.key, [])
            for document in documents:
                mine = mine or running.get(document.key, [])
            due = _due(wp, affair, by_key[main.key], reviewed.get(affair.id), today)
            one = _affair(wp, due, tuple(documents), mine, today)
            lacking = _missing(wp, documents, counted.get(affair.id))
            lines.append(replace(one, missing=lacking))
    return tuple(lines)


def _missing(
    wp: Workplace, documents: Iterable[RegisterLine], counts: ThresholdFact | None
) -> tuple[str, ...]:
    """The documents the last count asks for and nobody began, in words."""
    if counts is None:
        return ()
    judged = threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)
    begun = {line.kind for line in documents if line.head or line.rounds}
    return tuple(forms.KIND_NAMES[kind] for kind in threshold.missing(begun, judged.due))


@dataclass(frozen=True, slots=True)
class _Running:
    """A round that runs on the document of a key, with its latest consultation and its tally,
    where it has one."""

    key: str
    round: Round
    consultation: Consultation | None
    tally: RoundTally | None

    @property
    def until(self) -> tuple[date | None, str]:
        """(the next day that is fixed for it, what that is)."""
        if self.round.state == "CONSULTING" and self.consultation is not None:
            return self.consultation.end, "意見募集の終わり"
        return self.round.change_date, "変更の実施予定"


def _due(
    wp: Workplace, affair: Affair, document: Assessment, reviewed: date | None, today: date
) -> tuple[date | None, str]:
    """(the next last day of a duty of an affair, what that is called)."""
    known = duty_rules.duties(document.reassessed, reviewed, affair.ended, today, wp.rules)
    return (known[0].due, known[0].name) if known else (None, "")


def _affair(
    wp: Workplace,
    due: tuple[date | None, str],
    documents: tuple[RegisterLine, ...],
    running: Sequence[_Running],
    today: date,
) -> AffairLine:
    main = _main(documents)
    if not running:
        return AffairLine(documents, main.standing, "", None, *due)
    first = min(running, key=lambda one: (one.until[0] is None, one.until[0] or today))
    until, why = first.until
    changes = None
    if first.tally is not None:
        changes = first.tally.changes
    standing = (
        f"{procedures.kind_word(first.round)}：{procedures.state_name(wp, first.round.state)}"
    )
    if len(running) > 1:
        standing += f" ほか{len(running) - 1}件"
    ref = f"{first.key}~{first.round.name}"
    return AffairLine(documents, standing, ref, changes, until, why if until else "")


OVER = ("PUBLISHED", "WITHDRAWN")  # states of a round nothing is done to any more


def _main(documents: Sequence[RegisterLine]) -> RegisterLine:
    """The highest of the documents."""
    return max(documents, key=lambda document: threshold.ORDER.index(document.kind))


def _documents(
    session: Session, wp: Workplace, affairs: Sequence[Any]
) -> dict[int, list[RegisterLine]]:
    """By affair: its documents in the order they were made."""
    rows = queries.register.documents(session, [affair.id for affair, *_ in affairs])
    rounds = queries.rounds.running_of(session, [row[0].id for row in rows])
    return _lines(wp, affairs, rows, rounds)


def _lines(
    wp: Workplace, affairs: Sequence[Any], rows: Sequence[Any], rounds: Sequence[Round]
) -> dict[int, list[RegisterLine]]:
    """By affair: its documents, from (affair, department …), (assessment, number and form of its
    head) and their rounds."""
    around: dict[int, tuple[Affair, Department | None]] = {}
    for affair, department, *_ in affairs:
        around[affair.id] = (affair, department)
    running: dict[int, list[Round]] = {}
    for round_ in rounds:
        if round_.state not in OVER:
            running.setdefault(round_.assessment_id, []).append(round_)
    documents: dict[int, list[RegisterLine]] = {}
    for assessment, seq, form in rows:
        affair, department = around[assessment.affair_id]
        own = [_round(wp, assessment, round_) for round_ in running.get(assessment.id, [])]
        head = None
        if seq is not None:
            head = f"{assessment.key}@{seq}"
        line = RegisterLine(
            assessment.key,
            assessment.kind,
            forms.KIND_NAMES.get(assessment.kind, assessment.kind),
            affair.number,
            duty_rules.ended_name(affair.name, affair.ended),
            name_of(department),
            head,
            form or "",
            iso(assessment.published),
            tuple(own),
            _standing(own, assessment.published),
            affair.key,
        )
        documents.setdefault(affair.id, []).append(line)
    return documents


def _round(wp: Workplace, assessment: Assessment, round_: Round) -> dict[str, Any]:
    return {
        "name": round_.name,
        "ref": f"{assessment.key}~{round_.name}",
        "kind": procedures.kind_word(round_),
        "state": round_.state,
        "state_name": procedures.state_name(wp, round_.state),
    }


def _standing(running: Iterable[Mapping[str, Any]], published: date | None) -> str:
    """Where an assessment stands: its running rounds, else the day it was published."""
    opened = [f"{round_['kind']}：{round_['state_name']}" for round_ in running]
    if opened:
        return "、".join(opened)
    if published:
        return f"公表 {written(published)}"
    return "未公表"
