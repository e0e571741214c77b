"""The facts of the 計画管理書 of one body (規則第3条): its head, and a record for every affair, from what is registered.

Reads only. The official form's field names are not verified (pia/forms/plan-r06-10.yaml); the paper says so to whoever makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ... import forms
from ...domain import wareki
from ...domain.act import day_in_japan, day_of_text
from ...domain.errors import PiaError
from ...domain.procedure import threshold
from ...domain.procedure.duties import duties
from ...domain.procedure.threshold import ORDER
from ...store.rows import filing, plan
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair, Body, Department, ThresholdFact
from ..output.carriers import certainty
from ..workplace import Workplace
from .facts import Facts, day, day_words, need, section


def latest(wp: Workplace) -> int:
    """The body that has the most affairs."""
    with wp.store.read() as session:
        found = []
        for affair in session.scalars(select(Affair)):
            found.append(affair.body_id)
        if not found:
            raise PiaError("事務がまだ登録されていないため、計画管理書を作れません。")
        return max(sorted(set(found)), key=found.count)


def facts(wp: Workplace, number: int, today: date) -> Facts:
    """The facts of the plan of one body, as of `today`."""
    out = Facts()
    with wp.store.read() as session:
        body = session.get(Body, number)
        if body is None:
            raise PiaError("その評価実施機関はありません。")
        head = plan.plan_head(session, body.id)
        if head:
            about: Mapping[str, Any] = head.facts
        else:
            about = {}
        affairs = session.scalars(
            select(Affair).where(Affair.body_id == body.id).order_by(Affair.number)
        ).all()
        out.words = {
            "評価実施機関名": body.name,
            "担当部署": need("担当部署", about.get("department")),
            "連絡先": need("連絡先", about.get("contact")),
            "作成日": need("作成日", day_words(about.get("created"))),
            "最終更新日": need("最終更新日", _updated(session, body, about, today)),
            "現在": f"{day(today)}現在",
            "件数": str(len(affairs)),
            "事務一覧": [_affair(session, wp, affair, today) for affair in affairs],
        }
    unseen = certainty(wp, forms.load("plan@令和6年10月")).unseen
    if unseen:
        out.notices.append(f"{unseen}提出の前に、個人情報保護委員会の様式と見比べてください。")
    return out


def _updated(session: Session, body: Body, about: Mapping[str, Any], today: date) -> str:
    """The later of the day the office recorded and the last day something happened that changes
    what the plan says: an affair registered or ended, people
    counted, a round begun, a submission, a publication. Empty where nothing is on record; a day in
    words that are no day stands as it was written."""
    told = str(about.get("updated") or "")
    read = wareki.parse(told) or ""
    if told and len(read) != 10:
        return told
    if told:
        recorded = [day_of_text(read)]
    else:
        recorded = []
    mine = (
        select(Assessment.id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Affair.body_id == body.id)
    )
    versions = select(Version.id).where(Version.assessment_id.in_(mine))
    affairs = select(Affair.id).where(Affair.body_id == body.id)
    instants = (
        select(func.max(Assessment.created)).where(Assessment.id.in_(mine)),
        select(func.max(ThresholdFact.at)).where(ThresholdFact.affair_id.in_(affairs)),
        select(func.max(Round.at)).where(Round.assessment_id.in_(mine)),
        select(func.max(filing.Submission.at)).where(filing.Submission.version_id.in_(versions)),
    )
    happened = []
    for at in map(session.scalar, instants):
        if at is not None:
            happened.append(day_in_japan(at))
    happened += session.scalars(
        select(filing.Publication.day).where(filing.Publication.version_id.in_(versions))
    )
    happened += [
        x for x in session.scalars(select(Affair.ended).where(Affair.body_id == body.id)) if x
    ]
    return day(max((x for x in (*recorded, *happened) if x <= today), default=None))


def _affair(session: Session, wp: Workplace, a: Affair, today: date) -> dict[str, str]:
    documents = list(session.scalars(select(Assessment).where(Assessment.affair_id == a.id)))
    main = max(documents, key=lambda x: ORDER.index(x.kind), default=None)
    counts = session.scalars(
        select(ThresholdFact)
        .where(ThresholdFact.affair_id == a.id)
        .order_by(ThresholdFact.id.desc())
    ).first()
    if counts:
        made = threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)
    else:
        made = None
    if a.department_id:
        office = session.get(Department, a.department_id)
    else:
        office = None
    where = f"評価書番号{a.number}"
    bound = wp.thresholds["handlers_bound"]
    pubs = (
        select(filing.Publication)
        .join(Version, Version.id == filing.Publication.version_id)
        .where(Version.assessment_id == (main.id if main else -1))
    )
    pub = session.scalars(pubs.order_by(filing.Publication.id.desc())).first()
    redone = pubs.outerjoin(Round, Round.id == filing.Publication.round_id).where(
        (Round.id.is_(None)) | (Round.kind == "REASSESSMENT")
    )
    last = session.scalars(redone.order_by(filing.Publication.id.desc())).first()
    sent = (
        select(filing.Submission)
        .join(Version, Version.id == filing.Submission.version_id)
        .where(Version.assessment_id == (main.id if main else -1))
    )
    sub = session.scalars(sent.order_by(filing.Submission.id.desc())).first()
    opened = session.scalars(
        select(Round)
        .where(
            Round.assessment_id == (main.id if main else -1),
            Round.state.not_in(["PUBLISHED", "WITHDRAWN"]),
        )
        .order_by(Round.id.desc())
    ).first()
    due = duties(last.day if last else None, None, a.ended, today, wp.rules)
    return {
        "番号": a.number,
        "名称": a.name,
        "担当課": section(office.name) if office else need(f"担当課（{where}）"),
        "ファイル": "\n".join(map(str, (a.facts.get("files") or {}).values()))
        or need(f"特定個人情報ファイルの名称（{where}）"),
        "システム": "\n".join(map(str, a.facts.get("systems") or ()))
        or need(f"使用するシステムの名称（{where}）"),
        "対象人数": f"{made.band}（{counts.people:,}人）"
        if made and counts
        else need(f"対象人数（{where}）"),
        "取扱者数": f"{bound:,}人{'以上' if counts.handlers >= bound else '未満'}（{counts.handlers:,}人）"
        if counts
        else need(f"取扱者数（{where}）"),
        "計数日": f"対象人数　{day(counts.counted_people)}\n取扱者数　{day(counts.counted_handlers)}"
        if counts
        else need(f"計数日（{where}）"),
        "重大事故": ("発生あり" if counts.incident else "発生なし")
        if counts
        else need(f"重大事故（{where}）"),
        "判断結果": made.result if made else need(f"判断結果（{where}）"),
        "種類": "\n".join(
            _kind(x.kind) for x in sorted(documents, key=lambda x: ORDER.index(x.kind))
        )
        or need(f"評価の種類（{where}）"),
        "予定": f"{'再実施' if opened.kind == 'REASSESSMENT' else '修正'}の手続中"
        + (f"（変更の予定日　{day(opened.change_date)}）" if opened.change_date else "")
        if opened
        else "－",
        "提出日": day(day_in_japan(sub.at)) if sub else "－",
        "公表日": day(pub.day) if pub else "－",
        "次回": "\n".join(
            duty.sentence.removesuffix("です。")
            .replace("の再実施（努力義務）は", "の再実施（努力義務）\n")
            .replace("見直し（努力義務）は", "見直し（努力義務）\n")
            for duty in due
        )
        or "－",
        "他機関": str(a.facts.get("others") or "") or need("他の評価実施機関"),
        "備考": f"{day(a.ended)}に事務を終了" if a.ended else str(a.facts.get("remarks") or ""),
    }


def _kind(kind: str) -> str:
    return forms.KIND_NAMES.get(kind, kind).removesuffix("書")
