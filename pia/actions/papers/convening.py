"""The facts of the papers that go before and with a sitting: 開催通知, お知らせ, 次第, 座席表,
出席簿, 傍聴者受付簿, 会議録の確認のお願い; and of a council's: 委員名簿, 委嘱状, 出席状況
(条例・運営要領 of the city).

Reads only. What the city's rules do not say stays blank; nobody who listens is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.minutes import agenda
from ...domain.procedure.retention import fiscal_year
from ...domain.wareki import fiscal, written
from ...store import queries
from ...store.rows import councils as rows
from ...store.rows import plan as plan_rows
from ...store.rows.minutes import PROMISED, SPEECH, SittingStep
from ..records import convening, personal, seating, speakers
from ..records import minutes as records
from ..viewing import carrying
from ..workplace import Workplace, row_of
from .facts import PaperFacts, clock, day, day_words, long_day, need
from .minutes import contact_of
from .sittings import chair_name, chair_title, seats_of

Facts = dict[str, Any]


def sitting_meant(wp: Workplace, number: int | None) -> int:
    """The sitting that is meant: the latest where none is named. PiaError when there is none."""
    if number is not None:
        return number
    with wp.store.read() as session:
        for sitting in queries.sittings.newest_first(session):
            return sitting.id
    raise PiaError("会議はまだありません。会議を登録してから作ってください。")


def council_meant(wp: Workplace, number: int | None) -> int:
    """The council that is meant: the first where none is named. PiaError when there is none."""
    if number is not None:
        return number
    with wp.store.read() as session:
        for council in queries.councils.councils(session):
            return council.id
    raise PiaError("審議会はまだありません。審議会を登録してから作ってください。")


# ---- papers of a sitting


def of_sitting(wp: Workplace, name: str, number: int) -> PaperFacts:
    """The facts of a paper of a sitting. PiaError when there is none of that number."""
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        council = session.get_one(rows.Council, sitting.council_id)
        words = _common(session, sitting, council)
        words |= _SITTING_PAPERS[name](session, sitting, council)
        return PaperFacts(words)


def _common(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    members = rows.in_office(session, council.id, sitting.day)
    chair = speakers.chairing(sitting, members)
    return {
        "審議会": council.name,
        "会長の役": chair_title(chair),
        "会長の氏名": need("会長の氏名", chair_name(chair)),
        "会議の名称": sitting.name,
        "開催日": long_day(sitting.day),
        "開会時刻": clock(sitting.opens),
        "閉会時刻": clock(sitting.closes) if sitting.closes else "",
        "開催場所": need("開催場所", sitting.place),
        "議題一覧": _agenda(sitting),
        "資料一覧": [{"資料": words} for words in convening.materials(session, sitting)],
        "問合せ先": contact_of(session, sitting),
        "傍聴の規則": str(council.facts.get("observer_rule") or ""),
        "傍聴の定員": str(council.facts.get("observer_most") or ""),
        "委員数": str(len(members)),
        "定足数": str(records.quorum(council, len(members))),
    }


def _agenda(sitting: rows.Sitting, *, with_reason: bool = False) -> list[dict[str, str]]:
    """The items of a sitting; a kind stands at its first item alone."""
    items = records.items_of(sitting)
    if not items:
        return [{"種類": "", "番号": "", "題名": need("議題"), "公開": ""}]
    out = []
    kind = ""
    for item in items:
        public = "公開" if item.public else "非公開"
        if with_reason and not item.public:
            public = f"非公開（{need('非公開の理由', item.reason)}）"
        shown = item.kind if item.kind != kind else ""
        kind = item.kind
        out.append({"種類": shown, "番号": item.number, "題名": item.title, "公開": public})
    return out


def _convocation(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    step = _last_step(session, sitting, records.CALLED)
    return {
        "文書番号": need("文書番号", _fact(step, "document_number")),
        "通知日": need("通知日", day(step.day) if step else ""),
        "回答の期限": need("回答の期限", day_words(_fact(step, "until"))),
        "ウェブ会議": str(council.facts.get("remote_rule") or ""),
    }


def _last_step(
    session: Session, sitting: rows.Sitting, kind: str, member: int | None = None
) -> SittingStep | None:
    """The last step of one kind; of a member's, the one for them before the one for everybody."""
    steps = [step for step in queries.minutes.steps(session, sitting.id) if step.kind == kind]
    mine = [step for step in steps if step.member_id == member]
    everybody = [step for step in steps if step.member_id is None]
    for found in (mine, everybody):
        if found:
            return found[-1]
    return None


def _fact(step: SittingStep | None, name: str) -> str:
    return str(step.facts.get(name) or "") if step is not None else ""


def _public_notice(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    step = _last_step(session, sitting, records.NOTICED)
    items = records.items_of(sitting)
    return {
        "公表日": need("公表日", day(step.day) if step else ""),
        "議題一覧": _agenda(sitting, with_reason=True),
        "傍聴": _listening([item.public for item in items] or [sitting.public]),
    }


def _listening(public: Sequence[bool]) -> str:
    if all(public):
        return "傍聴できます。"
    if any(public):
        return "公開の議題は傍聴できます。非公開の議題の間は、退場していただきます。"
    return "非公開のため、傍聴できません。"


def _nothing(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    return {}


def _seating(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    plan = seating.plan(session, sitting)
    presenters = []
    for item in records.items_of(sitting):
        if item.presenters:
            presenters.append({"議題": item.printed, "説明者": "\n".join(item.presenters)})
    most = str(council.facts.get("observer_most") or "")
    return {
        "議長席": plan.head or need("議長"),
        "席一覧": [{"左": left, "右": right} for left, right in plan.rows],
        "説明者一覧": presenters,
        "事務局": speakers.OFFICE,
        "傍聴席": f"傍聴席（{most}人）" if most else "傍聴席",
    }


def _attendance_sheet(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    moved: dict[int, list[str]] = {}
    for movement in queries.minutes.movements(session, sitting.id):
        told = f"{movement.clock:%H:%M} {records.MOVEMENTS.get(movement.what, movement.what)}"
        moved.setdefault(movement.member_id, []).append(told)
    members = []
    present = 0
    recorded = False
    for member, came in seats_of(session, sitting):
        recorded = recorded or came is not None
        present += came is not None and came.present
        members.append(_on_sheet(member, came, moved.get(member.id, [])))
    return {"委員一覧": members, "出席数": str(present) if recorded else ""}


def _on_sheet(
    member: rows.Member, came: rows.Attendance | None, moved: Sequence[str]
) -> dict[str, str]:
    there = ""
    if came is not None:
        there = "出席" if came.present else "欠席"
    times = list(moved)
    if came is not None and came.present and came.arrived is not None:
        times.insert(0, f"{came.arrived:%H:%M} 到着")
    return {
        "氏名": member.name,
        "役": member.title,
        "区分": convening.fact(member, "category"),
        "出欠": there,
        "時刻": "\n".join(times),
    }


def _observers(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    received = []
    for row in queries.convening.observers(session, sitting.id):
        left = f"{row.left:%H:%M}" if row.left else ""
        received.append({"番号": str(row.ticket), "受付": f"{row.came:%H:%M}", "退場": left})
    count = len(received)
    blank = {"番号": "", "受付": "", "退場": ""}
    most = int(council.facts.get("observer_most") or 0)
    received += [dict(blank) for _ in range(max(most, 10) - count)]
    return {"受付一覧": received, "人数": str(count)}


def _carrying_book(session: Session, sitting: rows.Sitting, council: rows.Council) -> Facts:
    out = []
    for one in carrying.of_sitting(session, sitting):
        ended = f"{one.outcome}　{written(one.ended)}　{one.ended_by}" if one.ended else ""
        out.append(
            {
                "番号": f"第{one.number}号",
                "種類": one.called,
                "持出者": one.holder,
                "目的": one.purpose,
                "持出し先": one.place,
                "作成": f"{written(day_in_japan(one.made))}　{one.made_by}",
                "渡した": f"{written(one.handed)}　{one.handed_by}" if one.handed else "",
                "期限": written(one.until),
                "結果": ended,
                "備考": one.note,
            }
        )
    return {"持出し一覧": out, "件数": str(len(out))}


_SITTING_PAPERS: Mapping[str, Callable[[Session, rows.Sitting, rows.Council], Facts]] = {
    "convocation": _convocation,
    "public-notice": _public_notice,
    "order-of-business": _nothing,
    "seating": _seating,
    "attendance-sheet": _attendance_sheet,
    "observers": _observers,
    "carrying-book": _carrying_book,
}


# ---- papers of a council and of a member


def of_council(wp: Workplace, name: str, number: int, today: date) -> PaperFacts:
    """The facts of a paper of a council as of a day; of 出席状況 that of its fiscal year. PiaError
    when there is none of that number."""
    with wp.store.read() as session:
        council = row_of(session, rows.Council, number, "審議会")
        if name == "roster":
            words = _roster(session, council, today)
        else:
            words = _attendance_of_year(session, council, today)
        return PaperFacts({"審議会": council.name, **words})


def _roster(session: Session, council: rows.Council, today: date) -> Facts:
    members = []
    for number, member in enumerate(rows.in_office(session, council.id, today), 1):
        members.append(
            {
                "番号": str(number),
                "氏名": member.name,
                "役": member.title,
                "区分": convening.fact(member, "category"),
                "所属": convening.fact(member, "position"),
                "推薦": convening.fact(member, "nominated_by"),
                "委嘱日": day_words(convening.fact(member, "appointed")),
                "任期の始まり": written(member.since),
                "任期の終わり": day(member.until),
            }
        )
    return {"現在日": day(today), "人数": str(len(members)), "委員一覧": members}


def _attendance_of_year(session: Session, council: rows.Council, today: date) -> Facts:
    year = fiscal_year(today)
    held = []
    for sitting in queries.sittings.of_council(session, council.id):
        if fiscal_year(sitting.day) == year and sitting.day <= today:
            held.append(sitting)
    there: dict[int, dict[int, bool]] = {}
    for row in queries.convening.attendances(session, [sitting.id for sitting in held]):
        there.setdefault(row.sitting_id, {})[row.member_id] = row.present
    numbers = {sitting.id: place for place, sitting in enumerate(held, 1)}
    allowance = int(council.facts.get("allowance") or 0)
    members = _year_of_members(session, council, numbers, there, allowance)
    unrecorded = [f"{numbers[x.id]}　{x.name}" for x in held if x.id not in there]
    whole = sum(int(member["回数"]) for member in members)
    return {
        "年度": fiscal(year),
        "会議一覧": [_held(sitting, numbers[sitting.id]) for sitting in held]
        or [{"番号": "", "名称": "この年度に開催した会議はありません。", "開催日": "", "時刻": ""}],
        "委員一覧": members,
        "報酬": f"{allowance:,}" if allowance else "",
        "合計": f"{allowance * whole:,}" if allowance else "",
        "未記録": "、".join(unrecorded),
    }


def _held(sitting: rows.Sitting, number: int) -> dict[str, str]:
    hours = f"{sitting.opens:%H:%M}～"
    if sitting.closes:
        hours += f"{sitting.closes:%H:%M}"
    return {
        "番号": str(number),
        "名称": sitting.name,
        "開催日": day(sitting.day),
        "時刻": hours,
    }


def _year_of_members(
    session: Session,
    council: rows.Council,
    numbers: Mapping[int, int],
    there: Mapping[int, Mapping[int, bool]],
    allowance: int,
) -> list[dict[str, str]]:
    """Each member with the sittings they came to and did not; two terms of one person are one."""
    came: dict[str, list[int]] = {}
    absent: dict[str, list[int]] = {}
    titles: dict[str, str] = {}
    for member in queries.councils.members_in_order(session):
        if member.council_id != council.id:
            continue
        for sitting, attendance in there.items():
            if member.id not in attendance:
                continue
            side = came if attendance[member.id] else absent
            side.setdefault(member.name, []).append(numbers[sitting])
            titles[member.name] = member.title
    out = []
    for name, title in titles.items():
        times = len(came.get(name, []))
        out.append(
            {
                "氏名": name,
                "役": title,
                "出席": "、".join(map(str, sorted(came.get(name, [])))),
                "欠席": "、".join(map(str, sorted(absent.get(name, [])))),
                "回数": str(times),
                "額": f"{allowance * times:,}" if allowance else "",
            }
        )
    return out


def of_member(wp: Workplace, name: str, number: int, sitting: int | None) -> PaperFacts:
    """The facts of a paper for a member. PiaError when there is no member of that number, or the
    paper is of a sitting and none is named."""
    with wp.store.read() as session:
        member = row_of(session, rows.Member, number, "委員")
        council = session.get_one(rows.Council, member.council_id)
        common = {"審議会": council.name, "氏名": member.name}
        if name == "commission":
            return PaperFacts({**common, **_commission(session, member, council)})
        if sitting is None:
            raise PiaError("会議を選んでください。")
        heard = row_of(session, rows.Sitting, sitting, "会議")
        if heard.council_id != council.id:
            raise PiaError("その委員は、この会議の審議会の委員ではありません。")
        return PaperFacts({**common, **_speeches_check(session, member, heard)})


def member_meant(wp: Workplace, number: int | None) -> int:
    """The member that is meant. PiaError where none is named."""
    if number is None:
        raise PiaError("委員の番号を指定してください。")
    return number


def _commission(session: Session, member: rows.Member, council: rows.Council) -> Facts:
    body = queries.councils.only_body(session)
    appointer = str(council.facts.get("appointer") or "")
    head = plan_rows.plan_head(session, body.id) if body is not None else None
    name = ""
    if body is not None and appointer in ("", body.name):
        appointer = body.name
        name = str(head.facts.get("head_name") or "") if head else ""
    until = day(member.until) if member.until else ""
    appointed = day_words(convening.fact(member, "appointed"))
    return {
        "役": member.title,
        "任期の始まり": day(member.since),
        "任期の終わり": need("任期の終わり", until),
        "委嘱日": need("委嘱した日", appointed),
        "委嘱する者": need("委員を委嘱する者", appointer),
        "委嘱する者の氏名": need("委員を委嘱する者の氏名", name),
    }


def _speeches_check(session: Session, member: rows.Member, sitting: rows.Sitting) -> Facts:
    step = _last_step(session, sitting, records.ASKED, member.id)
    headings = {item.mark: item.heading for item in records.items_of(sitting)}
    printed = speakers.namer(session, sitting).printed(member.name)
    told = []
    place = 0
    for mark, speeches in records.sections(session, sitting).items():
        for speech in speeches:
            place += 1
            mine = (speech.person or speech.speaker) in (member.name, printed)
            if not mine or speech.kind not in (SPEECH, PROMISED):
                continue
            heading = headings.get(mark) or agenda.HEADINGS.get(mark, "")
            told.append(
                {
                    "番号": str(place),
                    "議題": heading,
                    "発言者": speech.speaker,
                    "内容": personal.outward(session, speech),
                }
            )
    return {
        "文書番号": need("文書番号", _fact(step, "document_number")),
        "依頼日": need("依頼日", day(step.day) if step else ""),
        "会議の名称": sitting.name,
        "開催日": long_day(sitting.day),
        "回答の期限": need("回答の期限", day_words(_fact(step, "until"))),
        "件数": str(len(told)),
        "問合せ先": contact_of(session, sitting),
        "発言一覧": told,
    }
