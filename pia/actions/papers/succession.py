"""The facts of a 引継書: where an affair stands, its dates, what was promised, what is open: what
whoever takes it over would otherwise look for on six pages.

Reads only; all of it is computed from what is on record. Must not know how the paper looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...store import queries
from ...store.queries.assignments import WaitingAssignment
from ...store.rows import consultations, councils
from ...store.rows.assessments import Round
from ...store.rows.bodies import Affair, Body
from ..records import days, personal
from ..records.on_record import day_of
from ..viewing import affairs, comments, rounds
from ..viewing.rounds import RoundView
from ..workplace import Workplace
from .facts import PaperFacts, day, need

OVER = ("PUBLISHED", "WITHDRAWN")
AMENDED = "AMENDED"


def meant(wp: Workplace, number: int | None) -> int:
    """The affair that is meant: the one registered last where none is named."""
    with wp.store.read() as session:
        found = number or queries.affairs.last_id(session)
    if found is None:
        raise PiaError("事務がまだ登録されていないため、引継書を作れません。")
    return found


def facts(wp: Workplace, number: int, today: date) -> PaperFacts:
    """The facts of the paper of one affair, as of `today`."""
    out = PaperFacts()
    with wp.store.read() as session:
        affair = session.get(Affair, number)
        if affair is None:
            raise PiaError("その事務はありません。一覧から選び直してください。")
        documents = queries.assessments.standing_of_affair(session, affair.id)
        office = queries.departments.names(session).get(affair.department_id or 0)
        body = session.get_one(Body, affair.body_id).name
        running = [round_ for round_ in _rounds(session, affair) if round_.state not in OVER]
        refs = []
        for round_ in running:
            key = next(each.key for each in documents if each.id == round_.assessment_id)
            refs.append(f"{key}~{round_.name}")
        promised = list(_promised(session, running))
        dates = list(_dates(session, running))
        waiting = list(_waiting(session, running))
    views = [rounds.round_view(wp, ref, today) for ref in refs]
    main = next((each for each in documents if each.kind != "basic_item"), None)
    listed = main or (documents[0] if documents else None)
    duties = affairs.affair_view(wp, listed.key, today).duties if listed is not None else ()
    standing = {view.document: f"{view.kind}：{view.state_name}" for view in views}
    out.words = {
        "番号": affair.number,
        "名称": affair.name,
        "機関": body,
        "担当課": need("担当課", office),
        "現在": f"{written(today)}現在",
        "評価書一覧": [
            {
                "種類": forms.KIND_NAMES[each.kind],
                "公表日": day(each.published) or "未公表",
                "状況": standing.get(each.kind, "手続なし"),
            }
            for each in documents
        ],
        "手続一覧": [_running(view) for view in views],
        "日付一覧": [
            {"日": written(when), "こと": what} for when, what in sorted(dates) if when >= today
        ]
        + [{"日": "期限", "こと": duty.sentence} for duty in duties],
        "約束一覧": [{"とき": when, "こと": what} for when, what in promised],
        "残り一覧": [line for view in views for line in _open(view)],
        "返事待ち一覧": waiting,
        "コメント一覧": [line for ref in refs for line in _comments(wp, ref)],
    }
    return out


def _rounds(session: Session, affair: Affair) -> list[Round]:
    return queries.rounds.of_affair(session, affair.key)


def _running(view: RoundView) -> dict[str, Any]:
    """One round that runs."""
    steps = [step.act for step, _ in view.next_steps if step.act and step.event != "withdraw"]
    return {
        "件名": view.title,
        "評価書": forms.KIND_NAMES[view.document],
        "段階": view.state_name,
        "理由": "、".join(view.reasons) or "記録なし",
        "予定": day(view.change_date) or "記録なし",
        "次": "、".join(dict.fromkeys(steps)) or "なし",
    }


def _open(view: RoundView) -> Iterator[dict[str, str]]:
    """What the next steps of a round still need, each once."""
    told: dict[str, None] = {}
    for step, unmet in view.next_steps:
        if step.event != "withdraw":
            told.update(dict.fromkeys(each.sentence for each in unmet))
    for sentence in told:
        yield {"どこ": view.title, "こと": sentence}


def _waiting(session: Session, running: Iterable[Round]) -> Iterator[dict[str, str]]:
    """The opinions and questions of rounds that run which a department was asked to answer, and
    nobody has."""
    consultation_ids: set[int] = set()
    referral_ids: set[int] = set()
    for round_ in running:
        record = days.record(session, round_)
        consultation_ids.update(each.id for each in record.consultations)
        referral_ids.update(each.referral.id for each in record.reviews)
    names = queries.departments.names(session)
    documents = {round_.assessment_id for round_ in running}
    for row in queries.assignments.waiting(session):
        assignment, account, number, consultation, title, referral, case = row
        if consultation in consultation_ids:
            what = f"意見募集「{title}」の意見{number}"
        elif referral in referral_ids and _of_documents(session, row, documents):
            what = f"「{case}」での委員の質問"
        else:
            continue
        whom = names.get(assignment.department_id, "")
        if account is not None:
            whom = f"{whom}　{account.shown}" + ("" if account.active else "（異動・退職）")
        yield {"こと": what, "だれ": whom, "期限": day(assignment.until) or "期限の登録なし"}


def _of_documents(session: Session, row: WaitingAssignment, documents: set[int]) -> bool:
    """Whether a question is about one of these documents, or about none."""
    remark = session.get_one(councils.Remark, row[0].remark_id)
    return remark.assessment_id is None or remark.assessment_id in documents


def _comments(wp: Workplace, ref: str) -> Iterator[dict[str, str]]:
    """What was said at an item of a draft and is not 解決済み: its last line."""
    told = comments.of_round(wp, ref)
    for item in told.items:
        for thread in item.threads:
            standing = [line for line in thread.lines if line.withdrawn is None]
            if thread.settled or not standing:
                continue
            last = standing[-1]
            who = f"{written(day_in_japan(last.at))}　{last.who}"
            yield {"どこ": item.where, "だれ": who, "こと": last.text}


def _dates(session: Session, running: Iterable[Round]) -> Iterator[tuple[date, str]]:
    """The days that are fixed for rounds that run."""
    seen = set()
    for round_ in running:
        record = days.record(session, round_)
        for consultation in record.consultations:
            seen.add((consultation.end, f"意見募集「{consultation.title}」の終わりの日"))
        for review in record.reviews:
            if review.sitting is not None:
                seen.add((review.sitting.day, f"会議「{review.sitting.name}」"))
        if round_.change_date is not None:
            seen.add((round_.change_date, "変更の実施予定日"))
    yield from seen


def _promised(session: Session, running: Iterable[Round]) -> Iterator[tuple[str, str]]:
    """What the council asked for in its verdicts, and the opinions the city said it follows."""
    told: dict[tuple[str, str], None] = {}
    for round_ in running:
        record = days.record(session, round_)
        for review in record.reviews:
            if review.verdict is not None:
                told.update(dict.fromkeys(_of_verdict(session, review.verdict)))
        for consultation in record.consultations:
            told.update(dict.fromkeys(_of_opinions(session, consultation)))
    yield from told


def _of_verdict(session: Session, verdict: councils.Verdict) -> Iterator[tuple[str, str]]:
    note = personal.outward(session, verdict, "note").strip()
    if note:
        yield f"{written(day_of(session, verdict))}の会議", f"{verdict.kind}：{note}"


def _of_opinions(
    session: Session, consultation: consultations.Consultation
) -> Iterator[tuple[str, str]]:
    answered = consultations.responses(session, consultation.id)
    for opinion in consultations.in_time(session, consultation.id):
        response = answered.get(opinion.id)
        if response is not None and response.outcome == AMENDED:
            yield f"意見{opinion.number}への市の考え方", personal.outward(session, response)
