"""What the office's papers say of a sitting: which one heard a case, who was there and from when,
who spoke, and what it said of each item (様式第2号 会議の開催結果, 規則第7条第4項).

Reads only. Nobody of the office is named; what was recorded outside the room says so; what another
sitting said is none of this one's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan, in_japan
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows import councils as rows
from ...store.rows.bodies import Account, Department
from ..records import days, personal
from ..records.revision import verdict_of
from .facts import (
    PaperFacts,
    anchored,
    clock,
    day,
    day_words,
    listed,
    long_day,
    need,
    section,
    surname,
)

CHAIRS = ("会長", "委員長", "座長")


def sitting_of(session: Session, ref: rows.Referral) -> rows.Sitting | None:
    """The sitting that decided on a referral, or the last one that has it on its agenda."""
    verdict = verdict_of(session, ref)
    if verdict and verdict.sitting_id:
        return session.get(rows.Sitting, verdict.sitting_id)
    return next(reversed(meetings(session, ref)), None)


def meetings(session: Session, ref: rows.Referral) -> list[rows.Sitting]:
    """The sittings that have a referral on their agenda, in the order of their days."""
    heard = []
    for x in queries.sittings.of_council(session, ref.council_id):
        if days.on_agenda(x, ref.id):
            heard.append(x)
    return heard


def named_meeting(session: Session, ref: rows.Referral, number: int) -> rows.Sitting:
    """The sitting of that number. PiaError when the referral is not on its agenda."""
    sitting = session.get(rows.Sitting, number)
    if sitting is None or not days.on_agenda(sitting, ref.id):
        raise PiaError("この諮問を議題とする会議の中に、その会議はありません。")
    return sitting


def chair_of(session: Session, hall: rows.Council, on: date) -> rows.Member | None:
    """Who chaired a council on a day."""
    for member in rows.in_office(session, hall.id, on):
        if member.title in CHAIRS:
            return member
    return None


def chair_title(chair: rows.Member | None) -> str:
    """As what the chair is spoken of: 会長 where nobody is on record."""
    if chair is None:
        return "会長"
    return chair.title


def chair_name(chair: rows.Member | None) -> str:
    """The name of the chair; empty where nobody is on record."""
    if chair is None:
        return ""
    return chair.name


def seats_of(
    session: Session, sitting: rows.Sitting
) -> list[tuple[rows.Member, rows.Attendance | None]]:
    """Every member in office on the day of a sitting, with what was recorded of their being
    there."""
    attendance_of = {}
    for attendance in queries.sittings.attendance(session, sitting.id):
        attendance_of[attendance.member_id] = attendance
    pairs = []
    for member in rows.in_office(session, sitting.council_id, sitting.day):
        pairs.append((member, attendance_of.get(member.id)))
    return pairs


def minutes(
    session: Session,
    out: PaperFacts,
    ref: rows.Referral,
    hall: rows.Council,
    sitting: rows.Sitting | None,
) -> None:
    """Adds the words of the minutes of one sitting to `out`. PiaError where there is none yet."""
    if sitting is None:
        raise PiaError(
            "この諮問を議題とする会議が、まだ登録されていません。会議を登録してから作ってください。"
        )
    seats = seats_of(session, sitting)
    members = [member for member, _ in seats]
    attended, absent = _attendance(sitting, seats)
    closed = []
    for entry in sitting.agenda:
        if not _is_public(entry, sitting):
            closed.append(entry)
    if sitting.closes:
        until = clock(sitting.closes)
    else:
        until = need("閉会の時刻")
    following = sitting.facts.get("next")
    speeches = _speeches(session, sitting, members)
    out.words |= {
        "記録の控え": anchored(session, "sitting.close", sitting.name),
        "会議の名称": sitting.name,
        "開催日時": f"{long_day(sitting.day)}　{clock(sitting.opens)}から{until}まで",
        "開催場所": need("開催場所", sitting.place),
        "出席者名": attended,
        "欠席者名": absent,
        "議題一覧": [_agenda_row(entry, sitting) for entry in sitting.agenda],
        "非公開の理由": _why_closed(closed),
        "傍聴者の数": _observers(sitting),
        "審議した内容": "\n".join(_result(session, entry, sitting) for entry in sitting.agenda),
        "問合せ先": f"{out.words['担当課']}\n{out.words['連絡先']}",
        "その他": f"次回の予定　{day_words(following)}" if following else "",
        "発言一覧": speeches,
        "会議の後の発言一覧": _speeches(session, sitting, members, later=True),
        "記録の訂正一覧": _corrections(session, sitting),
    }
    out.notices.append(
        "発言は、記録された質問と回答だけを載せています。"
        "開会、説明、採決などの発言は、録音又は会議録から補ってください。"
    )
    if closed:
        out.notices.append("非公開の議題についての発言は、載せていません。")


def _is_public(entry: Mapping[str, Any], sitting: rows.Sitting) -> bool:
    """Whether an item of the agenda is heard in public; as the sitting, unless it says so."""
    return bool(entry.get("public", sitting.public))


def _attendance(
    sitting: rows.Sitting, seats: Sequence[tuple[rows.Member, rows.Attendance | None]]
) -> tuple[str, str]:
    """(names of those present, names of those absent); blanks where nobody recorded them."""
    present = []
    absent = []
    recorded = False
    for member, attendance in seats:
        if attendance is None:
            continue
        recorded = True
        if attendance.present:
            present.append(_attended(member, attendance, sitting))
        else:
            absent.append(member.name)
    if not recorded:
        return need("出席者名"), need("欠席者名")
    return "、".join(present), "、".join(absent) or "なし"


def _agenda_row(entry: Mapping[str, Any], sitting: rows.Sitting) -> dict[str, str]:
    return {
        "番号": str(entry.get("number", "")),
        "題名": str(entry.get("title", "")),
        "公開": "公開" if _is_public(entry, sitting) else "非公開",
    }


def _why_closed(closed: Sequence[Mapping[str, Any]]) -> str:
    """The reasons of the items heard without the public; － where there are none such."""
    if not closed:
        return "－"
    return need("非公開の理由", listed(str(entry.get("reason") or "") for entry in closed))


def _observers(sitting: rows.Sitting) -> str:
    if sitting.observers is None:
        return need("傍聴者の数")
    return f"{sitting.observers}人"


def _attended(member: rows.Member, a: rows.Attendance, sitting: rows.Sitting) -> str:
    """A member who was there; who came after the opening with the time of it."""
    if member.title:
        about = [member.title]
    else:
        about = []
    if a.arrived is not None and a.arrived > sitting.opens:
        about.append(f"{clock(a.arrived)}から")
    if about:
        return f"{member.name}（{'、'.join(about)}）"
    return member.name


def _result(session: Session, entry: Mapping[str, Any], sitting: rows.Sitting) -> str:
    """What this sitting said of an item: the verdict it gave, or what was noted.

    A verdict of another sitting is none of this one's.
    """
    head = f"{entry.get('number', '')}　{entry.get('title', '')}".strip()
    verdict = None
    if entry.get("referral"):
        verdict = verdict_of(session, session.get(rows.Referral, int(entry["referral"])))
    if verdict is not None and _gave(sitting, verdict):
        note = personal.outward(session, verdict, "note")
        return f"{head}\n審議の結果：{verdict.kind}\n{note}".strip()
    name = f"審議した内容（{entry.get('number') or entry.get('title')}）"
    return f"{head}\n{need(name, entry.get('result'))}"


def _gave(sitting: rows.Sitting, verdict: rows.Verdict) -> bool:
    """Whether a verdict is this sitting's; one that names no sitting is that of its day's."""
    if verdict.sitting_id is None:
        return day_in_japan(verdict.at) == sitting.day
    return verdict.sitting_id == sitting.id


def _speeches(
    session: Session, sitting: rows.Sitting, members: Sequence[rows.Member], later: bool = False
) -> list[dict[str, str]]:
    """Questions and answers about the public items of a sitting, or those that came `later`.

    What was recorded on another day or after the closing says so: nobody heard it in the room.
    """
    accounts = {}
    for account, department in queries.accounts.with_departments(session):
        accounts[account.shown] = (account, department)
    offices = []
    for department in queries.departments.all_departments(session):
        offices.append(department.name)
    referrals = _public_referrals(sitting)
    personal.must_be_answered(
        session,
        [
            *queries.remarks.in_referrals(session, referrals),
            *queries.remarks.answers_in_referrals(session, referrals),
        ],
        "会議の記録",
    )
    out = []
    for remark in queries.remarks.in_referrals_in_order(session, referrals):
        if _sitting_at(session, remark.referral_id, remark.at) != sitting.id:
            continue
        answers = []
        for answer in queries.remarks.standing_answers_to(session, remark.id):
            if bool(answer.later) == later:
                answers.append(answer)
        if bool(remark.later) == later or (later and answers):
            speaker = _member(remark.speaker, members)
            speaker = speaker or _answerer(remark.speaker, accounts, offices)
            out.append(_speech(session, sitting, speaker, remark))
        for answer in answers:
            speaker = _answerer(answer.speaker, accounts, offices)
            out.append(_speech(session, sitting, speaker, answer))
    return out


def _public_referrals(sitting: rows.Sitting) -> set[int]:
    """The referrals a sitting heard in public."""
    referrals = set()
    for entry in sitting.agenda:
        if entry.get("referral") and _is_public(entry, sitting):
            referrals.add(int(entry["referral"]))
    return referrals


def _speech(
    session: Session, sitting: rows.Sitting, speaker: str, words: rows.Remark | rows.Answer
) -> dict[str, str]:
    return {
        "発言者": speaker + _apart(words.at, sitting),
        "内容": personal.outward(session, words),
    }


def _corrections(session: Session, sitting: rows.Sitting) -> list[dict[str, str]]:
    """What of a closed sitting's record was put right: the day, what, and why."""
    corrections = queries.sittings.corrections(session, sitting.id)
    corrected = []
    for x in corrections:
        corrected.append(
            {
                "日": day(day_in_japan(x.at)),
                "内容": f"{session.get_one(rows.Member, x.member_id).name}の出席"
                if x.member_id
                else "閉会の時刻・傍聴者の数",
                "理由": x.reason,
            }
        )
    return corrected


def _sitting_at(session: Session, referral: int, at: datetime) -> int | None:
    """The sitting a question belongs to: the last one by then that had the referral on its agenda,
    else the first."""
    heard = meetings(session, session.get_one(rows.Referral, referral))
    by_then = []
    for x in heard:
        if x.day <= day_in_japan(at):
            by_then.append(x)
    if by_then:
        return by_then[-1].id
    if heard:
        return heard[0].id
    return None


def _apart(at: datetime, sitting: rows.Sitting) -> str:
    """When words were recorded that were not recorded in the sitting; empty for those that were."""
    on = day_in_japan(at)
    if on == sitting.day and (sitting.closes is None or in_japan(at).time() <= sitting.closes):
        return ""
    if on < sitting.day:
        when = "会議の前に記録"
    else:
        when = "閉会の後に記録"
    return f"\n（{day(on)}、{when}）"


def _member(name: str, members: Sequence[rows.Member]) -> str:
    """How the minutes name a member: by the surname, by the whole name where two share it; empty
    for anybody else."""
    member = next((x for x in members if x.name == name), None)
    if member is None:
        return ""
    same = Counter(surname(x.name) for x in members)[surname(name)]
    if same == 1:
        short = surname(name)
    else:
        short = name
    if member.title in CHAIRS:
        return f"{short}{member.title}（議長）"
    return f"{short}{member.title or '委員'}"


def _answerer(
    name: str, accounts: Mapping[str, tuple[Account, Department | None]], offices: Sequence[str]
) -> str:
    """How the minutes name who answered: 事務局, or 実施機関 with its department.

    The person's name stays in the record. A page keeps 所属 氏名.
    """
    office = ""
    shown = next((shown for shown in accounts if _names(name, shown)), "")
    if shown:
        account, department = accounts[shown]
        if account.role == "secretariat":
            return "事務局"
        office = name.removesuffix(shown).strip("　")
        if not office and department:
            office = department.name
    office = office or next((x for x in offices if name == x or name.startswith(f"{x}　")), "")
    if office:
        return f"実施機関（{section(office)}）"
    return "実施機関"


def _names(name: str, shown: str) -> bool:
    """Whether a name is that of an account, alone or after 所属."""
    return name == shown or name.endswith(f"　{shown}")
