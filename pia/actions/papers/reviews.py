"""The facts of the papers of a 年次見直し: 照会文 to each 所属長, 督促文, 未回答所属一覧 and
the record (規則第14条第1項・第3項).

Reads only. Must not know how a paper looks.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.wareki import fiscal, written
from ...store import queries
from ...store.rows import plan
from ...store.rows.reviews import ReviewCampaign
from ..viewing import reviews as views
from ..viewing.reviews import AskedDepartment, DepartmentAnswers, ReviewedAffair
from ..workplace import Workplace
from .facts import PaperFacts, day, need

WAITS = "所属長の確認待ち"
OPEN = "未回答"


def meant(wp: Workplace, number: int | None) -> int:
    """The campaign that is meant: the latest where none is named. PiaError where there is none."""
    if number is not None:
        return number
    with wp.store.read() as session:
        for row in queries.reviews.campaigns(session):
            return row.id
    raise PiaError("年次見直しの照会がまだありません。照会を始めてから作ってください。")


def facts(wp: Workplace, name: str, number: int, today: date) -> PaperFacts:
    """The facts of a paper of a campaign, as of `today`."""
    view = views.campaign(wp, number)
    # A letter says what had changed by its own day, whenever it is printed.
    by_then = min(today, view.row.issued) if name == "review-inquiry" else today
    asked = []
    for each in view.departments:
        asked.append((each, views.department(wp, number, each.number, by_then)))
    with wp.store.read() as session:
        contacts = _contacts(session)
    common: dict[str, Any] = {
        "年度": fiscal(view.row.year),
        "現在": f"{written(today)}現在",
        "文書番号": need("文書番号", view.row.document_number),
        "照会日": written(view.row.issued),
        "照会": f"{written(view.row.issued)}付け{need('文書番号', view.row.document_number)}",
        "発信者": need("発信者"),
        "期限": written(view.row.until),
    }
    if name == "review-inquiry":
        common["宛先一覧"] = [
            _inquiry(view.row, each, of, contacts) for each, of in asked if each.number
        ]
    elif name == "review-reminder":
        late = [(each, of) for each, of in asked if each.number and each.waits]
        common["宛先一覧"] = [_reminder(view.row, each, of, contacts, today) for each, of in late]
    elif name == "review-unanswered":
        waiting = [(each, of) for each, of in asked if each.waits]
        common["件数"] = str(len(waiting))
        common["所属一覧"] = [_unanswered(each, of) for each, of in waiting]
    else:
        common["件数"] = str(view.asked)
        common["確認"] = str(view.confirmed)
        common["事務一覧"] = [
            _recorded(each, affair) for each, of in asked for affair in of.affairs
        ]
    return PaperFacts(common)


def _contacts(session: Session) -> dict[str, str]:
    """Body → whom a department asks, as the 計画管理書 of the body says."""
    found = {}
    for body in queries.departments.bodies(session):
        head = plan.plan_head(session, body.id)
        about = head.facts if head is not None else {}
        words = "　".join(str(about[key]) for key in ("department", "contact") if about.get(key))
        found[body.name] = words
    return found


def _inquiry(
    row: ReviewCampaign, each: AskedDepartment, of: DepartmentAnswers, contacts: dict[str, str]
) -> dict[str, Any]:
    return {
        "所属": each.name,
        "機関": each.body,
        "期限": written(row.until),
        "件数": str(each.asked),
        "連絡": row.note,
        "問合せ先": need("問合せ先", contacts.get(each.body)),
        "事務一覧": [
            {
                "番号": affair.number,
                "名称": affair.name,
                "公表日": day(affair.published),
                "見直し": day(affair.reviewed),
                "変化": "\n".join(affair.around),
            }
            for affair in of.affairs
        ],
    }


def _reminder(
    row: ReviewCampaign,
    each: AskedDepartment,
    of: DepartmentAnswers,
    contacts: dict[str, str],
    today: date,
) -> dict[str, Any]:
    """With the number and days of the last 督促 that was recorded; else left to be filled in."""
    sent = each.reminders[-1] if each.reminders else None
    return {
        "所属": each.name,
        "機関": each.body,
        "文書番号": need("文書番号", sent.document_number if sent else None),
        "督促日": written(sent.day if sent else today),
        "初めの期限": written(row.until),
        "期限": need("新しい回答期限", written(sent.until) if sent else None),
        "問合せ先": need("問合せ先", contacts.get(each.body)),
        "事務一覧": [
            {"番号": affair.number, "名称": affair.name, "状況": _state(affair)}
            for affair in of.affairs
            if _is_open(affair)
        ],
    }


def _is_open(affair: ReviewedAffair) -> bool:
    return affair.answer is None or affair.answer.confirmed is None


def _state(affair: ReviewedAffair) -> str:
    return OPEN if affair.answer is None else WAITS


def _unanswered(each: AskedDepartment, of: DepartmentAnswers) -> dict[str, str]:
    left = [affair for affair in of.affairs if _is_open(affair)]
    return {
        "機関": each.body,
        "所属": each.name,
        "残り": f"{len(left)}件",
        "事務": "\n".join(f"{affair.name}（{_state(affair)}）" for affair in left),
        "期限": written(each.until),
        "督促": "、".join(written(sent.day) for sent in each.reminders),
    }


def _recorded(each: AskedDepartment, affair: ReviewedAffair) -> dict[str, str]:
    given = affair.answer
    line = {
        "機関": each.body,
        "所属": each.name,
        "番号": affair.number,
        "名称": affair.name,
        "回答": given.words if given else OPEN,
        "内容": given.note if given else "",
        "回答者": "",
        "確認者": "",
    }
    if given is not None:
        line["回答者"] = f"{written(day_in_japan(given.at))}　{given.who}"
        if given.confirmed is not None:
            line["確認者"] = f"{written(given.confirmed)}　{given.head}"
    return line
