"""年次見直し (規則第14条第1項・第3項): the office asks, departments answer, their 所属長 confirms,
and the office writes again to who did not.

An answer counts once it is confirmed; then the yearly clock of its affair begins anew. Who may
answer for which department, the caller has asked. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.wareki import fiscal, written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.bodies import Affair, Department
from ...store.rows.reviews import (
    CHANGED,
    UNCHANGED,
    ReviewAffair,
    ReviewAnswer,
    ReviewCampaign,
    ReviewReminder,
)
from ..records import review_kinds
from ..workplace import Workplace, row_of

ANY = -1  # whoever may answer for every department


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A 照会 that is to go out: its 年度, number, day, the day answers are wanted by, words."""

    year: int
    document_number: str
    issued: date
    until: date
    note: str = ""


def ask_all(wp: Workplace, by: By, new: NewCampaign) -> int:
    """Asks every department about its published affairs; the campaign's number. Unfit for a last
    day before the first, or a 年度 that was asked already; PiaError where nothing is published."""
    review_kinds.must_be_after(new.issued, new.until, "照会の日")
    with wp.store.begin() as session:
        if queries.reviews.of_year(session, new.year) is not None:
            raise Unfit("year", f"{fiscal(new.year)}の年次見直しは、もう始まっています。")
        affairs = queries.reviews.to_ask(session)
        if not affairs:
            raise PiaError("公表した評価書のある事務がないため、照会する相手がありません。")
        row = ReviewCampaign(
            year=new.year,
            document_number=new.document_number,
            issued=new.issued,
            until=new.until,
            note=new.note,
            **acted(by),
        )
        session.add(row)
        session.flush()
        for affair in affairs:
            session.add(ReviewAffair(campaign_id=row.id, affair_id=affair))
        about = {"review": row.id, "affairs": len(affairs)}
        log.entry(session, by, "review.ask", str(new.year), about)
        return row.id


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """What is answered: UNCHANGED, CHANGED or ENDED, in which words; `round`: the number of the
    running round that mends it, where one is named."""

    kind: str
    note: str = ""
    round: int | None = None


@dataclass(frozen=True, slots=True)
class HeadConfirmation:
    """That the 所属長 of a name confirmed an answer on a day."""

    head: str
    day: date


def answer(
    wp: Workplace,
    by: By,
    number: int,
    answers: Mapping[str, NewAnswer],
    department: int,
    confirmed: HeadConfirmation | None = None,
) -> int:
    """Records an answer for each of these affairs (key → answer), each by itself; how many.
    `department`: whose affairs the person may answer for, ANY for all; `confirmed`: where the
    所属長 confirmed them on the same paper.

    PiaError for an affair of another department, or one that is not asked about; Refused where one
    is answered already; Unfit where it is not said what changed. Nothing is recorded then.
    """
    with wp.store.begin() as session:
        campaign = _standing(session, number)
        if confirmed is not None:
            _must_be_day(by, campaign, confirmed.day)
        for key, new in answers.items():
            affair = _asked(session, campaign, key, department)
            if queries.reviews.answer_of(session, campaign.id, affair.id) is not None:
                raise Refused(
                    f"「{affair.name}」には、もう回答があります。",
                    ("回答の「直す・取り消す」から直してください。",),
                )
            review_kinds.must_say_what(new.kind, new.note)
            _must_run(session, affair, new)
            row = ReviewAnswer(
                campaign_id=campaign.id,
                affair_id=affair.id,
                kind=new.kind,
                note=new.note.strip(),
                round_id=new.round if new.kind == CHANGED else None,
                **acted(by),
            )
            session.add(row)
            session.flush()
            about = {"review": campaign.id, "answer": row.id, "kind": new.kind}
            log.entry(session, by, "review.answer", affair.key, about)
            if confirmed is not None:
                _confirm(session, by, row, affair, confirmed)
        return len(answers)


def unchanged(keys: Iterable[str]) -> dict[str, NewAnswer]:
    """「変更なし」 for several affairs at once."""
    return dict.fromkeys(keys, NewAnswer(UNCHANGED))


def _must_run(session: Session, affair: Affair, new: NewAnswer) -> None:
    if new.round is None:
        return
    running = queries.reviews.running_rounds(session, [affair.id]).get(affair.id, [])
    if new.round not in {row.id for row in running}:
        raise Unfit("round", "その手続は、この事務で進んでいるものではありません。")


def confirm(
    wp: Workplace,
    by: By,
    number: int,
    keys: Sequence[str],
    department: int,
    confirmed: HeadConfirmation,
) -> int:
    """The 所属長 confirms the answers of these affairs; how many. PiaError where one has none, or
    is of another department; Unfit for a day before the 照会 or to come."""
    with wp.store.begin() as session:
        campaign = _standing(session, number)
        _must_be_day(by, campaign, confirmed.day)
        for key in keys:
            affair = _asked(session, campaign, key, department)
            row = queries.reviews.answer_of(session, campaign.id, affair.id)
            if row is None or row.confirmed is not None:
                raise PiaError(
                    f"「{affair.name}」に、確認を待っている回答はありません。"
                    "画面を開き直してください。"
                )
            _confirm(session, by, row, affair, confirmed)
        return len(keys)


def _confirm(
    session: Session, by: By, row: ReviewAnswer, affair: Affair, confirmed: HeadConfirmation
) -> None:
    if not confirmed.head.strip():
        raise Unfit("head", "「確認した所属長」を入力してください。")
    row.confirmed = confirmed.day
    row.head = confirmed.head.strip()
    row.confirmer = by.actor
    about = {"answer": row.id, "day": confirmed.day.isoformat()}
    log.entry(session, by, "review.confirm", affair.key, about)


def _must_be_day(by: By, campaign: ReviewCampaign, day: date) -> None:
    if day > by.day:
        raise Unfit("confirmed", f"その日（{written(day)}）は、まだ来ていません。")
    if day < campaign.issued:
        raise Unfit("confirmed", f"照会の日（{written(campaign.issued)}）より前です。")


def again(
    session: Session, _: Workplace, by: By, row: ReviewAnswer, new: Mapping[str, Any]
) -> None:
    """An answer put right. What another than a 所属長 or the office changes of it waits to be
    confirmed again."""
    changed = (new["kind"], new["note"]) != (row.kind, row.note)
    row.kind = new["kind"]
    row.note = new["note"] or ""
    if row.kind != CHANGED:
        row.round_id = None
    if row.confirmed is None:
        return
    row.confirmed = new["confirmed"]
    row.head = new["head"]
    if changed and by.role not in ("head", "secretariat"):
        row.confirmed = None
        row.head = ""
        row.confirmer = None


@dataclass(frozen=True, slots=True)
class NewReminder:
    """A 督促 that goes out: its number, its day, and the new day answers are wanted by."""

    document_number: str
    day: date
    until: date


def remind(wp: Workplace, by: By, number: int, departments: Sequence[int], new: NewReminder) -> int:
    """Records that these departments were written to again; how many. PiaError for one that has
    answered everything; Unfit for a new last day before the day of the letter."""
    review_kinds.must_be_after(new.day, new.until, "督促の日")
    with wp.store.begin() as session:
        campaign = _standing(session, number)
        if new.day < campaign.issued:
            raise Unfit("day", f"照会の日（{written(campaign.issued)}）より前です。")
        if new.day > by.day:
            raise Unfit("day", f"その日（{written(new.day)}）は、まだ来ていません。")
        waiting = set()
        for _, _, office, given in queries.reviews.asked(session, campaign.id):
            if office is not None and (given is None or given.confirmed is None):
                waiting.add(office.id)
        for department in departments:
            if department not in waiting:
                raise Unfit("departments", "回答を待っている所属を選び直してください。")
            row = ReviewReminder(
                campaign_id=campaign.id,
                department_id=department,
                document_number=new.document_number,
                day=new.day,
                until=new.until,
                **acted(by),
            )
            session.add(row)
            session.flush()
            name = session.get_one(Department, department).name
            about = {"review": campaign.id, "reminder": row.id}
            log.entry(session, by, "review.remind", name, about)
        return len(departments)


def _standing(session: Session, number: int) -> ReviewCampaign:
    row = row_of(session, ReviewCampaign, number, "年次見直し")
    if row.withdrawn is not None:
        raise PiaError("この年次見直しの照会は、取り消されています。")
    return row


def _asked(session: Session, campaign: ReviewCampaign, key: str, department: int) -> Affair:
    """An affair a campaign asks about. PiaError for one it does not, or of another department."""
    affair = queries.affairs.of_key(session, key)
    if affair is None or not queries.reviews.asks_about(session, campaign.id, affair.id):
        raise PiaError(
            "その事務は、この年次見直しの対象ではありません。一覧から選び直してください。"
        )
    if department not in (ANY, affair.department_id):
        raise PiaError("ほかの所属の事務には、回答も確認もできません。")
    return affair
