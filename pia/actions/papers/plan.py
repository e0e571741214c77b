"""The facts of the 計画管理書 of one body (規則第3条): its head, and a record for every affair,
from what is registered.

Reads only. The official form's field names are not verified (pia/forms/plan-r06-10.yaml); the paper
says so to whoever makes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain import wareki
from ...domain.act import day_in_japan, day_of_text
from ...domain.errors import PiaError
from ...domain.procedure import threshold
from ...domain.procedure.duties import duties
from ...domain.procedure.threshold import ORDER
from ...store import queries
from ...store.rows import plan
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, Body, ThresholdFact
from ..output.carriers import certainty
from ..records import procedures
from ..records.speakers import section
from ..workplace import Workplace
from .facts import PaperFacts, day, day_words, need


def latest(wp: Workplace) -> int:
    """The body that has the most affairs."""
    with wp.store.read() as session:
        busiest = queries.affairs.busiest_body(session)
        if busiest is None:
            raise PiaError("事務がまだ登録されていないため、計画管理書を作れません。")
        return busiest


def meant(wp: Workplace, number: int | None) -> int:
    """The body that is meant: the latest where none is named."""
    if number is None:
        return latest(wp)
    return number


def facts(wp: Workplace, number: int, today: date) -> PaperFacts:
    """The facts of the plan of one body, as of `today`."""
    out = PaperFacts()
    with wp.store.read() as session:
        body = session.get(Body, number)
        if body is None:
            raise PiaError("その評価実施機関はありません。")
        head = plan.plan_head(session, body.id)
        if head:
            about: Mapping[str, Any] = head.facts
        else:
            about = {}
        affairs = queries.affairs.of_body(session, body.id)
        out.words = {
            "評価実施機関名": body.name,
            "担当部署": need("担当部署", about.get("department")),
            "連絡先": need("連絡先", about.get("contact")),
            "作成日": need("作成日", day_words(about.get("created"))),
            "最終更新日": need("最終更新日", _updated(session, body, about, today)),
            "現在": f"{day(today)}現在",
            "件数": str(len(affairs)),
            "事務一覧": _affairs(session, wp, affairs, today),
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
    typed = str(about.get("updated") or "")
    read = wareki.parse(typed) or ""
    if typed and len(read) != 10:
        return typed
    if typed:
        recorded = [day_of_text(read)]
    else:
        recorded = []
    happened = []
    for at in queries.affairs.instants_of_body(session, body.id):
        happened.append(day_in_japan(at))
    happened += queries.filing.days_of_body(session, body.id)
    for ended in queries.affairs.ends_of_body(session, body.id):
        if ended:
            happened.append(ended)
    return day(max((x for x in (*recorded, *happened) if x <= today), default=None))


@dataclass(frozen=True, slots=True)
class _OnRecord:
    """What is on record of the affairs of a body: documents, counts and offices by number; the
    instant of the last submission and the last running round by document; the day of the last
    年次見直し by affair."""

    documents: Mapping[int, list[Assessment]]
    counts: Mapping[int, ThresholdFact]
    offices: Mapping[int, str]
    submitted: Mapping[int, datetime]
    running: Mapping[int, Round]
    reviewed: Mapping[int, date]


def _affairs(
    session: Session, wp: Workplace, affairs: Sequence[Affair], today: date
) -> list[dict[str, str]]:
    """A record for each of these affairs, in as many queries for many as for one."""
    ids = [affair.id for affair in affairs]
    documents = queries.assessments.of_affairs(session, ids)
    numbers = []
    for listed in documents.values():
        numbers += [document.id for document in listed]
    running = {}
    for round_ in queries.rounds.running_of(session, numbers):
        running[round_.assessment_id] = round_
    known = _OnRecord(
        documents,
        queries.affairs.last_threshold_facts(session, ids),
        queries.departments.names(session),
        queries.filing.last_submissions(session, numbers),
        running,
        queries.reviews.last_reviewed(session, ids, today),
    )
    return [_affair(wp, affair, known, today) for affair in affairs]


def _affair(wp: Workplace, affair: Affair, known: _OnRecord, today: date) -> dict[str, str]:
    documents = list(known.documents.get(affair.id, ()))
    main = max(documents, key=lambda document: ORDER.index(document.kind), default=None)
    documents.sort(key=lambda document: ORDER.index(document.kind))
    where = f"評価書番号{affair.number}"
    kinds = "\n".join(_kind(document.kind) for document in documents)
    remarks = str(affair.facts.get("remarks") or "")
    if affair.ended:
        remarks = f"{day(affair.ended)}に事務を終了"
    return {
        "番号": affair.number,
        "名称": affair.name,
        **_registered(affair, known.offices, where),
        **_counted(wp, known.counts.get(affair.id), where),
        "種類": kinds or need(f"評価の種類（{where}）"),
        **_dates(wp, affair, main, known, today),
        "他機関": str(affair.facts.get("others") or "") or need("他の評価実施機関"),
        "備考": remarks,
    }


def _registered(affair: Affair, offices: Mapping[int, str], where: str) -> dict[str, str]:
    """What is registered of an affair: its office, ファイル and systems."""
    office = offices.get(affair.department_id or 0)
    files = "\n".join(map(str, (affair.facts.get("files") or {}).values()))
    systems = "\n".join(map(str, affair.facts.get("systems") or ()))
    return {
        "担当課": section(office) if office else need(f"担当課（{where}）"),
        "ファイル": files or need(f"特定個人情報ファイルの名称（{where}）"),
        "システム": systems or need(f"使用するシステムの名称（{where}）"),
    }


def _counted(wp: Workplace, counts: ThresholdFact | None, where: str) -> dict[str, str]:
    """The last count of an affair and what follows from it."""
    if counts is None:
        fields = ("対象人数", "取扱者数", "計数日", "重大事故", "判断結果")
        return {name: need(f"{name}（{where}）") for name in fields}
    judged = threshold.judge(counts.people, counts.handlers, counts.incident, wp.thresholds)
    bound = wp.thresholds["handlers_bound"]
    side = "未満"
    if counts.handlers >= bound:
        side = "以上"
    return {
        "対象人数": f"{judged.band}（{counts.people:,}人）",
        "取扱者数": f"{bound:,}人{side}（{counts.handlers:,}人）",
        "計数日": (
            f"対象人数　{day(counts.counted_people)}\n取扱者数　{day(counts.counted_handlers)}"
        ),
        "重大事故": "発生あり" if counts.incident else "発生なし",
        "判断結果": judged.result,
    }


def _dates(
    wp: Workplace, affair: Affair, main: Assessment | None, known: _OnRecord, today: date
) -> dict[str, str]:
    """What is under way for the main document, its last days and the next duties; － for none."""
    opened = None
    submitted = "－"
    published = "－"
    last = None
    if main is not None:
        opened = known.running.get(main.id)
        last = main.reassessed
        if main.id in known.submitted:
            submitted = day(day_in_japan(known.submitted[main.id]))
        if main.published:
            published = day(main.published)
    duties_due = []
    reviewed = known.reviewed.get(affair.id)
    for duty in duties(last, reviewed, affair.ended, today, wp.rules):
        duties_due.append(_broken(duty.sentence))
    return {
        "予定": _under_way(opened),
        "提出日": submitted,
        "公表日": published,
        "次回": "\n".join(duties_due) or "－",
    }


def _under_way(round_: Round | None) -> str:
    if round_ is None:
        return "－"
    name = procedures.kind_word(round_)
    if round_.change_date:
        return f"{name}の手続中（変更の予定日　{day(round_.change_date)}）"
    return f"{name}の手続中"


def _broken(sentence: str) -> str:
    """The sentence of a duty in the narrow column of the plan: its day on a line of its own."""
    return (
        sentence.removesuffix("です。")
        .replace("の再実施（努力義務）は", "の再実施（努力義務）\n")
        .replace("見直し（努力義務）は", "見直し（努力義務）\n")
    )


def _kind(kind: str) -> str:
    return forms.KIND_NAMES.get(kind, kind).removesuffix("書")
