"""The minutes of a sitting as they stand: its sections and speeches in order, and whether they are
確定 (様式第2号).

Knows rows and the order of an agenda. Must not know pages, papers nor how a transcript is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta

from sqlalchemy.orm import Session

from ...domain.errors import Refused
from ...domain.minutes import agenda
from ...domain.minutes.agenda import AgendaItem
from ...domain.minutes.spoken import CLOSING
from ...store import queries
from ...store.rows import councils
from ...store.rows.minutes import Movement, SittingStep, Speech
from . import speakers

LEFT, BACK, RECUSED, REMOTE = "LEFT", "BACK", "RECUSED", "REMOTE"
MOVEMENTS = {LEFT: "退席", BACK: "復席", RECUSED: "除斥・回避", REMOTE: "ウェブ会議で出席"}
# What must stand in the council's own rules before it is offered and recorded.
MOVEMENT_RULES = {REMOTE: "remote_rule", RECUSED: "recusal_rule"}

CALLED, NOTICED, REPLIED, SENT = "called", "noticed", "replied", "sent"
ASKED, ANSWERED, SIGNED = "asked", "answered", "signed"
SETTLED, REOPENED, ISSUED = "settled", "reopened", "issued"
STEPS = {
    CALLED: "開催通知",
    NOTICED: "会議の開催の公表",
    REPLIED: "出欠の返事",
    SENT: "資料の送付",
    ASKED: "会議録の確認の依頼",
    ANSWERED: "会議録の確認の返事",
    SIGNED: "会議録への署名",
    SETTLED: "会議録の確定",
    REOPENED: "会議録の確定の取消し",
    ISSUED: "会議録の公表",
}


def allowed_movements(council: councils.Council) -> dict[str, str]:
    """The comings and goings that may be recorded at this council, with what they are called."""
    allowed = {}
    for what, words in MOVEMENTS.items():
        rule = MOVEMENT_RULES.get(what)
        if rule is None or council.facts.get(rule):
            allowed[what] = words
    return allowed


def items_of(sitting: councils.Sitting) -> tuple[AgendaItem, ...]:
    """The items of a sitting's agenda."""
    return agenda.items(sitting.agenda, sitting.public)


def sections(session: Session, sitting: councils.Sitting) -> dict[str, list[Speech]]:
    """Section → its speeches in order: opening, the items of the agenda, closing. What belongs to
    an item that is no longer on the agenda stands in the closing, where it is seen."""
    out: dict[str, list[Speech]] = {mark: [] for mark in agenda.order(items_of(sitting))}
    for speech in queries.minutes.speeches(session, sitting.id):
        section = speech.item if speech.item in out else CLOSING
        out[section].append(speech)
    return out


def unsaid(session: Session, sitting: councils.Sitting) -> list[councils.Remark | councils.Answer]:
    """The questions and answers of a sitting that do not stand in its minutes, in the order of the
    questions, each followed by its answers."""
    items = {item.referral for item in items_of(sitting) if item.referral}
    said = queries.minutes.remarks_said(session, sitting.id)
    replied = queries.minutes.answers_said(session, sitting.id)
    mine = []
    for remark in queries.minutes.remarks_to_say(session, items):
        if speakers.sitting_at(session, remark.referral_id, remark.at) == sitting.id:
            mine.append(remark)
    answers: dict[int, list[councils.Answer]] = {}
    for answer in queries.minutes.answers_to_say(session, [row.id for row in mine]):
        answers.setdefault(answer.remark_id, []).append(answer)
    waiting: list[councils.Remark | councils.Answer] = []
    for remark in mine:
        waiting += [remark] if remark.id not in said else []
        waiting += [row for row in answers.get(remark.id, []) if row.id not in replied]
    return waiting


def last_place(session: Session, sitting_id: int) -> str:
    """The place of the last speech of a sitting; empty before the first."""
    speeches = queries.minutes.speeches(session, sitting_id)
    return speeches[-1].place if speeches else ""


def settled(session: Session, sitting_id: int) -> SittingStep | None:
    """The step by which the minutes were 確定; None while they are not, or not any more."""
    last = None
    for step in queries.minutes.steps(session, sitting_id):
        if step.kind in (SETTLED, REOPENED):
            last = step
    return last if last is not None and last.kind == SETTLED else None


def unclosed(session: Session, sitting: councils.Sitting) -> list[str]:
    """What the council's own closing rule (会議録を確定する方法) still asks for: the answer of who
    led the sitting, or signatures, since the minutes were last opened again."""
    council = session.get_one(councils.Council, sitting.council_id)
    since: list[SittingStep] = []
    for step in queries.minutes.steps(session, sitting.id):
        since = [] if step.kind == REOPENED else [*since, step]
    rule = council.facts.get("closing")
    if rule == "chair":
        members = councils.in_office(session, council.id, sitting.day)
        chair = speakers.chairing(sitting, members)
        heard = [step.member_id for step in since if step.kind == ANSWERED]
        if chair is not None and chair.id not in heard:
            return [f"{chair.name}さん（{speakers.CHAIR}）の確認の返事が記録されていません。"]
    if rule == "signers":
        signed = {step.member_id for step in since if step.kind == SIGNED and step.member_id}
        wanted = int(council.facts.get("signers") or 1)
        if len(signed) < wanted:
            return [f"会議録署名委員の署名が{len(signed)}名です（{wanted}名が要ります）。"]
    return []


def issue_until(session: Session, sitting: councils.Sitting) -> date | None:
    """The last day to publish the minutes: so many days after they were 確定 as the council's rule
    says; None where there is no rule or they are not 確定."""
    council = session.get_one(councils.Council, sitting.council_id)
    days = str(council.facts.get("publish_days") or "")
    step = settled(session, sitting.id)
    if not days or step is None:
        return None
    return step.day + timedelta(days=int(days))


def must_be_open(session: Session, sitting: councils.Sitting) -> None:
    """Refused while the minutes of a sitting are 確定: what they print would change unseen."""
    if settled(session, sitting.id) is not None:
        raise Refused(
            "この会議録は確定しています。", ("直すときは、先に確定を取り消してください。",)
        )


def quorum(council: councils.Council, seats: int) -> int:
    """How many members must be there: as the council says, else more than half."""
    return int(council.facts.get("quorum") or seats // 2 + 1)


def there_now(
    attendance: Mapping[int, councils.Attendance],
    movements: list[Movement],
    item: str,
    until: time | None = None,
) -> set[int]:
    """The members who are there for an item: present, not gone at the moment (`until`, the end
    where None), nor kept out of this item."""
    there = set()
    for member, row in attendance.items():
        if row.present and (until is None or row.arrived is None or row.arrived <= until):
            there.add(member)
    for movement in movements:
        if until is not None and movement.clock > until:
            continue
        if movement.what == LEFT or (movement.what == RECUSED and movement.item == item):
            there.discard(movement.member_id)
        elif movement.what == BACK and movement.member_id in attendance:
            there.add(movement.member_id)
    return there
