"""The periodic report of notices to the council: its period, what is enclosed, the sitting it is
put before (個人情報保護法第75条第5項; the ordinance is the city's).

Knows that periods of one body follow each other without a gap and that nothing filed is left out of
all of them (R29). Must not know pages or papers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...domain.minutes import agenda
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.bodies import Body
from ...store.rows.councils import Sitting
from ...store.rows.registers import AFFAIR, RegisterReport, RegisterReportLine
from ..records import closing
from ..records.registers import agenda_title
from ..workplace import Workplace, row_of
from .affair_notices import kept_now


@dataclass(frozen=True, slots=True)
class NewAffairReport:
    """A report as it is asked for. `first` is taken only for the first report of a body: any other
    begins on the day after the one before."""

    body: int
    first: date | None
    last: date
    dated: date
    number: str = ""


def period_end(first: date, months: int, first_month: int) -> date:
    """The last day of the period a day lies in: periods of so many months, the first of a year from
    a month on. ValueError for no months."""
    if months <= 0:
        raise ValueError("a period has months")
    passed = (first.month - first_month) % 12
    left = months - passed % months
    month = first.month - 1 + left
    return date(first.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def make(wp: Workplace, by: By, new: NewAffairReport) -> int:
    """Makes a report with all that was filed in its period, and what came too late for those
    before; its number. Unfit for a period that leaves a gap, overlaps or has not passed."""
    with wp.store.begin() as session:
        body = row_of(session, Body, new.body, "評価実施機関")
        kept = kept_now(session, body.id)
        before = queries.registers.reports(session, body.id, AFFAIR)
        first = _first(new, before)
        _must_be_period(by, first, new)
        row = RegisterReport(
            body_id=body.id,
            register=AFFAIR,
            first=first,
            last=new.last,
            dated=new.dated,
            number=new.number.strip(),
            council_id=kept.rule.council_id if kept.rule is not None else None,
            **acted(by),
        )
        session.add(row)
        session.flush()
        since = min([first, *(report.first for report in before)])
        enclosed = queries.registers.unreported(session, body.id, AFFAIR, since, new.last)
        for place, notice in enumerate(enclosed, 1):
            session.add(RegisterReportLine(report_id=row.id, place=place, version_id=notice.id))
        about = {"report": row.id, "notices": len(enclosed)}
        log.entry(session, by, "register.report", body.name, about)
        return row.id


def _first(new: NewAffairReport, before: list[RegisterReport]) -> date:
    """The first day of the period. Unfit for another than the one that follows the last report."""
    if not before:
        if new.first is None:
            raise Unfit("first", "最初の報告です。期間の初日を入力してください。")
        return new.first
    follows = before[0].last + timedelta(days=1)
    if new.first is not None and new.first != follows:
        raise Unfit(
            "first",
            f"前の報告は{written(before[0].last)}までです。"
            f"期間の初日は{written(follows)}になります。",
        )
    return follows


def _must_be_period(by: By, first: date, new: NewAffairReport) -> None:
    if new.last < first:
        raise Unfit("last", f"期間の末日が、初日（{written(first)}）より前です。")
    if new.last > by.day:
        raise Unfit("last", f"期間の末日（{written(new.last)}）が、まだ来ていません。")
    if new.dated < new.last:
        raise Unfit("dated", "報告の日付が、期間の末日より前です。期間が終わってから報告します。")


def put_before(wp: Workplace, by: By, number: int, sitting: int | None) -> None:
    """The sitting a report is put before, none for None; its agenda gets an item for the reports of
    the ordinance, where it has none. Unfit for one of another council, or that is over."""
    with wp.store.begin() as session:
        row = row_of(session, RegisterReport, number, "報告")
        if sitting is not None:
            held = session.get(Sitting, sitting)
            if held is None or row.council_id not in (None, held.council_id):
                raise Unfit("sitting", "この報告をする審議会の会議から選んでください。")
            if closing.over(held, by.day):
                raise Unfit("sitting", "この会議は終わっています。これからの会議を選んでください。")
            _on_agenda(held, agenda_title(session, row))
        about = {"before": row.sitting_id, "after": sitting}
        row.sitting_id = sitting
        log.entry(session, by, "register.sitting", str(number), about)


def _on_agenda(sitting: Sitting, title: str) -> None:
    known = [str(entry.get("title") or "") for entry in sitting.agenda]
    if title in known:
        return
    reports = sum(1 for entry in sitting.agenda if entry.get("kind") == "報告")
    entry = {"kind": "報告", "number": f"（{reports + 1}）", "title": title}
    sitting.agenda = agenda.marked([*sitting.agenda, entry], sitting.agenda)


def take_back(wp: Workplace, by: By, number: int, reason: str) -> None:
    """A report that should not be: it is kept and counts no more. PiaError where a later one
    rests on its period."""
    if not reason.strip():
        raise Unfit("reason", "「取消しの理由」を入力してください。")
    with wp.store.begin() as session:
        row = row_of(session, RegisterReport, number, "報告")
        latest = queries.registers.reports(session, row.body_id, row.register)[0]
        if latest.id != row.id:
            raise PiaError("この後の期間の報告があります。先に、後の報告を取り消してください。")
        row.withdrawn = by.day
        about = {"report": number, "reason": reason.strip()}
        log.entry(session, by, "register.report_back", str(number), about)
