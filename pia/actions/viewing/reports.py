"""定期報告 as its pages and papers show it: how far each document is checked, each measure with
what was found, and what is not carried out.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ... import forms
from ...domain.errors import PiaError
from ...domain.procedure import risk_measures as rule
from ...domain.wareki import fiscal, written
from ...store import nodes, queries
from ...store.queries.reports import CountedRow
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair, name_of
from ...store.rows.reports import NOT_DONE, PART, HandlingReport, MeasureCheck
from ..records.report_kinds import STATES
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in the list."""

    number: int
    title: str
    until: date
    sent: date | None
    received: date | None


@dataclass(frozen=True, slots=True)
class ReportedDocument:
    """A document of a report: how many measures it has, and how many are carried out, in part, and
    not."""

    key: str
    number: str
    affair: str
    kind: str
    body: str
    office: str
    office_id: int | None
    measures: int
    done: int
    part: int
    open: int

    @property
    def left(self) -> int:
        """How many are not checked yet."""
        return max(self.measures - self.done - self.part - self.open, 0)


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report with its documents."""

    row: HandlingReport
    title: str
    documents: tuple[ReportedDocument, ...]

    @property
    def left(self) -> int:
        """How many measures are not checked yet."""
        return sum(each.left for each in self.documents)


@dataclass(frozen=True, slots=True)
class EarlierCheck:
    """What was found of a measure before: in words, by whom, when."""

    words: str
    evidence: str
    checker: str
    day: date


@dataclass(frozen=True, slots=True)
class CheckedMeasure:
    """A measure with what was found of it last (`state` empty while nothing was), and before."""

    place: int
    digest: str
    path: str
    where: tuple[str, ...]
    text: str
    state: str
    words: str
    evidence: str
    checker: str
    day: date | None
    before: tuple[EarlierCheck, ...]


@dataclass(frozen=True, slots=True)
class DocumentChecks:
    """The measures of one document for a report."""

    row: HandlingReport
    title: str
    key: str
    affair: str
    kind: str
    office: str
    measures: tuple[CheckedMeasure, ...]

    def number_of(self, *states: str) -> int:
        """How many measures were found in one of these states."""
        return sum(1 for each in self.measures if each.state in states)


def title(row: HandlingReport) -> str:
    """What a report is called."""
    return f"{fiscal(row.year)}分の定期報告"


def listed(wp: Workplace) -> list[ReportLine]:
    """The reports, the newest first."""
    with wp.store.read() as session:
        return [
            ReportLine(row.id, title(row), row.until, row.sent, row.received)
            for row in queries.reports.reports(session)
        ]


def report(wp: Workplace, number: int) -> ReportView:
    """A report with its documents. PiaError when there is none of that number."""
    with wp.store.read() as session:
        row = row_of(session, HandlingReport, number, "定期報告")
        return ReportView(row, title(row), documents_of(session, row.id))


def documents_of(session: Session, number: int) -> tuple[ReportedDocument, ...]:
    """The documents of a report, by body and number."""
    return tuple(map(_document, queries.reports.documents(session, number)))


def _document(row: CountedRow) -> ReportedDocument:
    place, document, affair, body, office, done, part, open_ = row
    return ReportedDocument(
        document.key,
        affair.number,
        affair.name,
        forms.KIND_NAMES.get(document.kind, document.kind),
        body.name,
        name_of(office),
        affair.department_id,
        place.measures,
        done,
        part,
        open_,
    )


def document(wp: Workplace, number: int, key: str) -> DocumentChecks:
    """The measures of a document for a report. PiaError where it is not gathered."""
    with wp.store.read() as session:
        row = row_of(session, HandlingReport, number, "定期報告")
        found = queries.assessments.existing(session, key)
        if queries.reports.place_of(session, row.id, found.id) is None:
            raise PiaError("その評価書は、この定期報告の対象ではありません。")
        affair = session.get_one(Affair, found.affair_id)
        office = queries.departments.names(session).get(affair.department_id or 0, "")
        kind = forms.KIND_NAMES.get(found.kind, found.kind)
        checked = _checked(session, row, found)
        return DocumentChecks(row, title(row), key, affair.name, kind, office, checked)


def _checked(
    session: Session, row: HandlingReport, document: Assessment
) -> tuple[CheckedMeasure, ...]:
    if document.head_id is None:
        return ()
    tree = nodes.recent(session, document.head_id)
    checks: dict[str, list[MeasureCheck]] = {}
    for each in queries.reports.checks(session, row.id, document.id):
        checks.setdefault(each.digest, []).append(each)
    out = []
    for place, measure in enumerate(rule.measures(forms.load(tree.form), tree), 1):
        out.append(_measure(place, measure, checks.get(measure.digest, ())))
    return tuple(out)


def _measure(place: int, measure: rule.Measure, checks: Sequence[MeasureCheck]) -> CheckedMeasure:
    last = checks[-1] if checks else None
    before = tuple(
        EarlierCheck(STATES[each.state], each.evidence, each.checker, each.day)
        for each in reversed(checks[:-1])
    )
    return CheckedMeasure(
        place,
        measure.digest,
        "/".join(measure.path),
        measure.where,
        measure.text,
        last.state if last is not None else "",
        STATES[last.state] if last is not None else "未点検",
        last.evidence if last is not None else "",
        last.checker if last is not None else "",
        last.day if last is not None else None,
        before,
    )


@dataclass(frozen=True, slots=True)
class MeasureFinding:
    """That measures of a document are not carried out, or in part, as the newest report says."""

    report: int
    title: str
    open: int
    part: int


def finding(wp: Workplace, key: str) -> MeasureFinding | None:
    """What the newest report found of the document of a key; None where all is carried out or
    nothing was checked."""
    with wp.store.read() as session:
        row = queries.reports.findings(session, key)
        if row is None or not row[1] + row[2]:
            return None
        return MeasureFinding(row[0].id, title(row[0]), row[1], row[2])


HEAD = (
    "評価実施機関",
    "所属",
    "評価書番号",
    "事務の名称",
    "評価書",
    "箇所",
    "講じた措置（公表した評価書の記載）",
    "実施状況",
    "根拠資料・実施していない理由と予定",
    "確認者",
    "確認日",
)


def sheet(wp: Workplace, number: int) -> list[tuple[str, ...]]:
    """Every measure of every document of a report as a row under `HEAD`."""
    lines: list[tuple[str, ...]] = []
    for each in report(wp, number).documents:
        of = document(wp, number, each.key)
        for measure in of.measures:
            lines.append(
                (
                    each.body,
                    each.office,
                    each.number,
                    each.affair,
                    each.kind,
                    "\n".join(measure.where),
                    measure.text,
                    measure.words,
                    measure.evidence,
                    measure.checker,
                    written(measure.day) if measure.day else "",
                )
            )
    return lines


OPEN = (NOT_DONE, PART)
