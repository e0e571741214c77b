"""定期報告 (番号法第29条の3第2項, 定期報告規則第2条第1項): gathered for a 年度, every measure of
the published texts checked by who carries it out, sent and received.

What was checked is never rewritten: the latest counts. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...domain.procedure import risk_measures as rule
from ...domain.wareki import fiscal
from ...store import nodes, queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.assessments import Assessment
from ...store.rows.reports import DONE, HandlingReport, MeasureCheck, ReportDocument
from ..records import report_kinds
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class NewReport:
    """A 定期報告 that is to be gathered: on which 年度, until when, in which words."""

    year: int
    until: date
    note: str = ""


def gather(wp: Workplace, by: By, new: NewReport) -> int:
    """Begins to gather; the report's number. Unfit for a 年度 that is gathered already or is not
    over; PiaError where no document beyond the 基礎項目評価書 is published."""
    if new.year >= by.day.year - (by.day.month < 4):
        raise Unfit("year", f"{fiscal(new.year)}は、まだ終わっていません。")
    with wp.store.begin() as session:
        if queries.reports.of_year(session, new.year) is not None:
            raise Unfit("year", f"{fiscal(new.year)}の定期報告は、もう始まっています。")
        documents = queries.reports.to_gather(session)
        if not documents:
            raise PiaError(
                "公表した重点項目評価書・全項目評価書がないため、点検する対策がありません。"
            )
        row = HandlingReport(year=new.year, until=new.until, note=new.note, **acted(by))
        session.add(row)
        session.flush()
        for document in documents:
            number = len(measures_of(session, document))
            place = ReportDocument(report_id=row.id, assessment_id=document.id, measures=number)
            session.add(place)
        about = {"report": row.id, "documents": len(documents)}
        log.entry(session, by, "report.gather", str(new.year), about)
        return row.id


def measures_of(session: Session, document: Assessment) -> tuple[rule.Measure, ...]:
    """Every measure of the published text of a document."""
    if document.head_id is None:
        return ()
    tree = nodes.recent(session, document.head_id)
    return rule.measures(forms.load(tree.form), tree)


@dataclass(frozen=True, slots=True)
class NewCheck:
    """What was found of a measure: its state, what shows it or why not, and who looked."""

    state: str
    evidence: str
    checker: str


def check(wp: Workplace, by: By, number: int, key: str, found: Mapping[str, NewCheck]) -> int:
    """Records what was found of these measures (digest → what) of a document; how many were new or
    changed. Unfit at `evidence-N` and `checker-N`, N the place of the measure from 1, for what is
    not carried out and does not say why, or nobody looked at; PiaError for a document that is not
    gathered."""
    with wp.store.begin() as session:
        row = _standing(session, number)
        document = queries.assessments.existing(session, key)
        place = queries.reports.place_of(session, row.id, document.id)
        if place is None:
            raise PiaError("その評価書は、この定期報告の対象ではありません。")
        before = {
            each.digest: each for each in queries.reports.checks(session, row.id, document.id)
        }
        listed = measures_of(session, document)
        changed = 0
        for index, measure in enumerate(listed, 1):
            new = found.get(measure.digest)
            if new is None or _is_said(before.get(measure.digest), new):
                continue
            _must_be_whole(index, new)
            session.add(
                MeasureCheck(
                    report_id=row.id,
                    assessment_id=document.id,
                    path=list(measure.path),
                    digest=measure.digest,
                    state=new.state,
                    evidence=new.evidence.strip(),
                    checker=new.checker.strip(),
                    day=by.day,
                    **acted(by),
                )
            )
            changed += 1
        if place.measures != len(listed):
            place.measures = len(listed)
        if changed:
            about = {"report": row.id, "checks": changed}
            log.entry(session, by, "report.check", key, about)
        return changed


def _is_said(before: MeasureCheck | None, new: NewCheck) -> bool:
    if before is None:
        return False
    now = (new.state, new.evidence.strip(), new.checker.strip())
    return (before.state, before.evidence, before.checker) == now


def _must_be_whole(index: int, new: NewCheck) -> None:
    if new.state not in report_kinds.STATES:
        raise Unfit(f"state-{index}", "実施済・一部・未実施のどれかを選んでください。")
    if new.state != DONE and not new.evidence.strip():
        raise Unfit(f"evidence-{index}", "実施していない理由と予定を入力してください。")
    if not new.checker.strip():
        raise Unfit(f"checker-{index}", "確認者を入力してください。")


@dataclass(frozen=True, slots=True)
class SentReport:
    """That a report went to the commission, and what came back; None and empty while it did not."""

    sent: date | None
    document_number: str
    received: date | None
    receipt: str


def send(wp: Workplace, by: By, number: int, new: SentReport) -> None:
    """Records the day a report was sent, and its receipt. Unfit for days that cannot be."""
    report_kinds.must_be_days(by, new.sent, new.received)
    if new.sent is None:
        raise Unfit("sent", "「報告した日」を入力してください。")
    with wp.store.begin() as session:
        row = _standing(session, number)
        if row.sent is not None and row.received is not None:
            raise PiaError("報告と受理は、もう記録されています。「記録を直す」を使ってください。")
        row.sent = new.sent
        row.document_number = new.document_number
        row.received = new.received
        row.receipt = new.receipt.strip()
        about = {"report": row.id, "sent": new.sent.isoformat()}
        log.entry(session, by, "report.send", str(row.year), about)


def _standing(session: Session, number: int) -> HandlingReport:
    row = row_of(session, HandlingReport, number, "定期報告")
    if row.withdrawn is not None:
        raise PiaError("この定期報告は、取り消されています。")
    return row
