"""What of the year waits for a person on their first page: 年次見直し to answer, to confirm, to
write for again, and what follows from it (規則第14条第1項・第3項).

Reads only; nothing is asked of the database where the city has no such thing. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from ...domain.procedure import incidents as rule
from ...domain.wareki import written
from ...store import queries
from ...store.queries.reviews import OpenRow
from ...store.queries.waiting import HouseRow
from ...store.rows.reports import HandlingReport
from ...store.rows.reviews import CHANGED, ENDED
from . import incidents, leaks, reports
from .asking import Asking
from .reports import ReportedDocument
from .reviews import UNASSIGNED, title
from .waiting import NAMED, Destination, WaitingLine

DUE = "年次見直しの回答期限"


def lines(asking: Asking, house: HouseRow) -> Iterator[WaitingLine]:
    """What waits for a person, in no order."""
    if house.reviews and asking.may("draft"):
        yield from _reviews(asking)
    if house.reports and asking.may("draft"):
        yield from _reports(asking)
    if house.incidents and asking.may("office"):
        yield from _incidents(asking)
    if house.leaks and asking.may("leak"):
        yield from _leaks(asking)


def _reviews(asking: Asking) -> Iterator[WaitingLine]:
    rows = queries.reviews.waiting(asking.session)
    if not rows:
        return
    until = _until(asking, rows)
    heads = queries.reviews.heads(asking.session) if asking.office_of is None else {}
    by_office: dict[int, list[OpenRow]] = {}
    for row in rows:
        office = row[2].id if row[2] is not None else UNASSIGNED
        by_office.setdefault(office, []).append(row)
    for office, mine in by_office.items():
        if asking.office_of is None:
            theirs = office not in heads
        else:
            theirs = office == asking.office_of
        if theirs:
            yield from _of_department(asking, office, mine, until[office])
    if asking.may("office"):
        yield from _of_office(asking, by_office, until)


def _until(asking: Asking, rows: Sequence[OpenRow]) -> Mapping[int, date]:
    """Department → the day its answers are wanted by, after a 督促 the new one."""
    until = {}
    for campaign, _, office, _ in rows:
        until[office.id if office is not None else UNASSIGNED] = campaign.until
    for reminder in queries.reviews.reminders(asking.session, rows[0][0].id):
        if reminder.department_id in until:
            until[reminder.department_id] = reminder.until
    return until


def _of_department(
    asking: Asking, office: int, rows: Sequence[OpenRow], until: date
) -> Iterator[WaitingLine]:
    """What a department answers, and what its 所属長 confirms."""
    campaign = rows[0][0]
    place = Destination("review_office", {"number": campaign.id, "office": office})
    open_ = [row[1].name for row in rows if row[3] is None]
    if open_:
        why = f"{title(campaign)}の照会（{written(campaign.issued)}）に、まだ回答していません"
        act = "年次見直しに回答する"
        yield WaitingLine(act, _named(open_), why, place, until, DUE, len(open_))
    given = [row[1].name for row in rows if row[3] is not None and row[3].confirmed is None]
    if given and asking.may("review"):
        why = "回答は、所属長が確認すると見直しをしたことになります"
        act = "年次見直しの回答を確認する"
        yield WaitingLine(act, _named(given), why, place, until, DUE, len(given))


def _of_office(
    asking: Asking, by_office: Mapping[int, Sequence[OpenRow]], until: Mapping[int, date]
) -> Iterator[WaitingLine]:
    """Departments that are late, and what follows from answers that are confirmed."""
    late = []
    for office, rows in by_office.items():
        waits = any(row[3] is None or row[3].confirmed is None for row in rows)
        if office != UNASSIGNED and waits and until[office] < asking.today:
            late.append(rows[0])
    if late:
        campaign = late[0][0]
        names = [row[2].name for row in late if row[2] is not None]
        why = f"{title(campaign)}の回答期限を過ぎています"
        place = Destination("review", {"number": campaign.id})
        first = min(until[row[2].id] for row in late if row[2] is not None)
        act = "年次見直しの回答を督促する"
        yield WaitingLine(act, _named(names), why, place, first, DUE, len(names))
    for rows in by_office.values():
        yield from map(_follow, filter(_is_settled, rows))


def _is_settled(row: OpenRow) -> bool:
    return row[3] is not None and row[3].confirmed is not None


def _follow(row: OpenRow) -> WaitingLine:
    campaign, affair, _, given = row
    kinds = {
        CHANGED: ("affair", "評価書の修正・再実施を始める", "「変更あり」と回答されました"),
        ENDED: ("affair_end", "事務の終了を記録する", "「廃止」と回答されました"),
    }
    page, act, why = kinds[given.kind] if given is not None else ("affair", "", "")
    place = Destination(page, {"key": affair.key})
    return WaitingLine(act, affair.name, f"{title(campaign)}で{why}", place)


def _incidents(asking: Asking) -> Iterator[WaitingLine]:
    """What a 重大事故 asks for, and what the body decides once its year is over."""
    for row in queries.incidents.major(asking.session):
        affairs = incidents.rejudged(asking.session, asking.wp, row)
        where = f"（委託先：{row.contractor}）" if row.contractor else ""
        place = Destination("incident", {"number": row.id})
        open_ = [each.name for each in affairs if each.open]
        days = (asking.today - row.known).days
        last = rule.weighs_until(row.occurred, row.known)
        if open_ and asking.today <= last:
            why = f"{written(row.known)}に知った重大事故{where}から{days}日です"
            act = "重大事故の後の修正・提出・公表を進める"
            yield WaitingLine(act, _named(open_), why, place, count=len(open_))
        undecided = [each.name for each in affairs if each.now and not each.decision]
        if undecided and asking.today > last:
            why = f"{written(row.known)}に知った重大事故{where}から1年を過ぎました"
            act = "しきい値判断をやり直すかを決める"
            yield WaitingLine(act, _named(undecided), why, place, count=len(undecided))


def _leaks(asking: Asking) -> Iterator[WaitingLine]:
    """What is due of cases of 漏えい等 the person may see: 速報 and 確報."""
    for line in leaks.open_ones(asking.session, asking.wp, asking.who, asking.today):
        if line.next is not None:
            why = f"{line.next.law}　{line.called}"
            act = "漏えい等の報告の義務があるかを確かめる"
            if line.next.owed:
                act = f"漏えい等の{line.next.what}を出す"
            due = f"{line.next.what}の期限" if line.next.certain else f"{line.next.what}のめやす"
            place = Destination("leak", {"number": line.number})
            yield WaitingLine(act, line.title, why, place, line.next.last, due)


def _reports(asking: Asking) -> Iterator[WaitingLine]:
    """Measures to be checked, those that are not carried out, and a report that is to be sent."""
    for index, row in enumerate(queries.reports.reports(asking.session)):
        if row.sent is not None and index:
            continue
        documents = reports.documents_of(asking.session, row.id)
        for each in documents:
            if asking.has("draft", each.office_id):
                yield from _measures(asking, row, each)
        if row.sent is not None or not asking.may("office"):
            continue
        if documents and not any(each.left for each in documents):
            why = f"{reports.title(row)}の点検が済みました"
            place = Destination("report", {"number": row.id})
            yield WaitingLine(
                "定期報告を提出し、記録する", f"{len(documents)}件の評価書", why, place
            )


def _measures(asking: Asking, row: HandlingReport, each: ReportedDocument) -> Iterator[WaitingLine]:
    place = Destination("measures", {"number": row.id, "key": each.key})
    bound = asking.bound("draft") or each.office_id is None
    if row.sent is None and each.left and (bound or row.until < asking.today):
        why = f"{reports.title(row)}：公表した評価書の措置"
        act = "対策の実施状況を点検する"
        yield WaitingLine(act, each.affair, why, place, row.until, "点検の期限", each.left)
    if each.open:
        why = f"{reports.title(row)}で「未実施」と記録されています"
        act = "未実施の対策を確かめる"
        yield WaitingLine(act, each.affair, why, place, count=each.open)


def _named(names: Iterable[str]) -> str:
    """The first names; more than a few are counted."""
    listed = list(dict.fromkeys(names))
    rest = len(listed) - NAMED
    return "、".join(listed[:NAMED]) + (f" ほか{rest}件" if rest > 0 else "")
