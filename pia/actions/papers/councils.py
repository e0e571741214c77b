"""The facts of the papers of a 第三者点検: 諮問書, 説明原稿, 議長用進行原稿, 会議の開催結果, 答申書
(規則第7条第4項).

Reads only. Page numbers are those of the papers that were put before the council; where nothing was
printed the item is cited by its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.procedure import verdicts
from ...domain.procedure.cards import Card
from ...domain.text.personal import blackened
from ...store import nodes
from ...store.rows import councils as rows
from ...store.rows.assessments import Assessment, Round, RoundEvent
from ...store.rows.bodies import Affair
from ...store.rows.consultations import Consultation
from ..access import veil
from ..access.given import agenda_of
from ..output import comparison_table
from ..records import content_checks, council_ways, personal, viewpoints
from ..records.on_record import day_of, given_at, kinds_by_document
from ..records.revision import consultation_of, events, verdict_of
from ..records.speakers import chair_of, section
from ..viewing import consultations
from ..workplace import VersionLine, Workplace, row_of
from .facts import (
    CaseDocument,
    Counted,
    PaperFacts,
    anchored,
    body_words,
    card_words,
    clock,
    counted,
    day,
    day_words,
    documents,
    listed,
    long_day,
    need,
    reasons_of,
)
from .sittings import (
    chair_name,
    chair_title,
    meetings,
    named_meeting,
    seats_of,
    sitting_of,
)

if TYPE_CHECKING:
    from ...documents.comparison.table import Subject
from ...store import queries
from .explanation import adopted_opinions, all_aloud, local_changes, reasons_with_places

# Papers that only a council has that works by 諮問.
_OF_REFERRALS = {"referral": "諮問書", "report": "答申書"}


def latest(wp: Workplace) -> int:
    """The number of the latest referral. PiaError when there is none."""
    with wp.store.read() as session:
        number = queries.councils.last_referral(session)
        if number is None:
            raise PiaError("諮問はまだありません。")
        return number


def meant(wp: Workplace, number: int | None) -> int:
    """The referral that is meant: the latest where none is named."""
    if number is None:
        return latest(wp)
    return number


def meeting_meant(wp: Workplace, number: int | None, meeting: int | None) -> int:
    """The sitting whose minutes are meant: the one that is named (on whose agenda the referral
    stands, where one is named too), else the one that decided on the referral, else its last.
    PiaError where there is none."""
    with wp.store.read() as session:
        if meeting is not None and number is None:
            return row_of(session, rows.Sitting, meeting, "会議").id
    case = meant(wp, number)
    with wp.store.read() as session:
        ref = row_of(session, rows.Referral, case, "諮問")
        if meeting is not None:
            return named_meeting(session, ref, meeting).id
        sitting = sitting_of(session, ref)
        if sitting is None:
            raise PiaError(
                "この諮問を議題とする会議が、まだ登録されていません。"
                "会議を登録してから作ってください。"
            )
        return sitting.id


def heard_at(wp: Workplace, meeting: int) -> list[int]:
    """The referrals on the agenda of a sitting, in order."""
    with wp.store.read() as session:
        return agenda_of(row_of(session, rows.Sitting, meeting, "会議"))


def facts(wp: Workplace, name: str, number: int, meeting: int | None = None) -> PaperFacts:
    """The facts of one of the papers of a referral; of several sittings that had it on their
    agenda, `meeting` names one. PiaError when there is none of that
    number, or nothing was decided that a 答申書 could say."""
    out = PaperFacts()
    subjects = comparison_table.of_referral(wp, number)
    with wp.store.read() as session:
        ref = row_of(session, rows.Referral, number, "諮問")
        order = {}
        for index, x in enumerate(subjects):
            order[x.key] = index
        case = sorted(
            documents(session, [session.get_one(Round, round_.round_id) for round_ in ref.rounds]),
            key=lambda document: order[document.key],
        )
        hall = session.get_one(rows.Council, ref.council_id)
        if name in _OF_REFERRALS:
            council_ways.must_work_by_referral(hall, _OF_REFERRALS[name])
        if meeting is None:
            sitting = sitting_of(session, ref)
        else:
            sitting = named_meeting(session, ref, meeting)
        changed = counted(session, subjects, case)
        _common(session, out, ref, hall, case, subjects, changed)
        if name == "explanation":
            _explanation(session, wp, out, ref, case, subjects, changed)
        elif name == "chair-script":
            _script(session, wp, out, ref, sitting, subjects, changed)
        elif name == "report":
            _report(session, wp, out, ref, sitting)
        elif name == "own-decision":
            _own_decision(session, out, ref)
        elif name == "self-check":
            _self_check(session, wp, out, ref)
    return out


def asked_of(session: Session, ref: rows.Referral) -> list[Consultation]:
    """The consultations of the rounds of a referral, each once."""
    asked = (
        consultation_of(session, session.get_one(Round, round_.round_id)) for round_ in ref.rounds
    )
    return list(
        {
            consultation.id: consultation for consultation in asked if consultation is not None
        }.values()
    )


def steps_of(
    session: Session, ref: rows.Referral, event: str, field: str, value: int
) -> list[RoundEvent]:
    """The steps of one kind that the rounds of a referral took and that name `value` in one of
    their facts."""
    done = (
        round_event
        for x in ref.rounds
        for round_event in events(session, session.get_one(Round, x.round_id))
    )
    round_events = []
    for round_event in done:
        if round_event.event == event and round_event.facts.get(field) == value:
            round_events.append(round_event)
    return round_events


def _told(events: Sequence[RoundEvent], field: str) -> str:
    """What was recorded with one of these steps, the latest; empty where nothing was."""
    for round_event in reversed(events):
        if round_event.facts.get(field):
            return str(round_event.facts[field])
    return ""


def _number(session: Session, ref: rows.Referral) -> str:
    """The 文書番号 of a 諮問, as it was kept with the step; empty where none is recorded."""
    return _told(steps_of(session, ref, "refer", "referral", ref.id), "document_number")


def _common(
    session: Session,
    out: PaperFacts,
    ref: rows.Referral,
    hall: rows.Council,
    case: Sequence[CaseDocument],
    subjects: Sequence[Subject],
    changed: Counted,
) -> None:
    body, office = body_words(session, case[0].body)
    numbers = {}
    for x in subjects:
        numbers[x.key] = x.number
    referred = day_in_japan(ref.at)
    chair = chair_of(session, hall, referred)
    names = {}
    for document in case:
        names[document.key] = f"{document.name}（{document.kind}）"
    out.words |= {
        "記録の控え": anchored(session, "referral.make", str(ref.id)),
        "文書番号": need("文書番号", _number(session, ref)),
        "諮問日": day(referred),
        "市": body["市"],
        "審議会": hall.name,
        "会長の役": chair_title(chair),
        "会長の氏名": need("会長の氏名", chair_name(chair)),
        "長": body["長"],
        "長の氏名": need("長の氏名", body["長の氏名"]),
        "題名": ref.title,
        "理由": need("変更の理由", reasons_of(case)),
        "件数": str(len(case)),
        "変更箇所数": str(changed.items),
        "重要な変更数": str(changed.material),
        "共通数": str(len(changed.shared)),
        "個別数": str(len(changed.local)),
        "評価書一覧": [
            {
                "資料": numbers.get(document.key, "") or need("資料の番号"),
                "番号": document.number,
                "名称": document.name,
                "種類": document.kind,
                "担当課": need(f"担当課（{document.name}）", document.office),
            }
            for document in case
        ],
        "資料一覧": [
            {
                "資料": str(material.get("number", "")),
                "題名": material.get("title")
                or names.get(str(material.get("key")))
                or need(f"{material.get('number', '')}の題名"),
                "ページ数": f"{material['count']}ページ" if material.get("count") else "",
            }
            for material in ref.materials
        ],
        "担当課": need("担当課", office.get("department")),
        "連絡先": need("連絡先", office.get("contact")),
        "説明課": need("説明課", listed(shared.office for shared in case)),
    }


def _explanation(
    session: Session,
    wp: Workplace,
    out: PaperFacts,
    ref: rows.Referral,
    case: Sequence[CaseDocument],
    subjects: Sequence[Subject],
    changed: Counted,
) -> None:
    asked = asked_of(session, ref)
    rounds = {document.round.id for document in case}
    opinions: list[Mapping[str, Any]] = []
    for con in asked:
        opinions += consultations.opinions_of(session, wp, con, rounds, outward=True)
    numbers = {subject.number for subject in subjects}
    others = []
    for material in out.words["資料一覧"]:
        if material["資料"] not in numbers:
            others.append({"資料": str(material["資料"]), "題名": str(material["題名"])})
    out.words |= {
        "参考一覧": others,
        "理由一覧": reasons_with_places(case, subjects),
        "共通一覧": all_aloud(changed.shared, subjects),
        "個別一覧": local_changes(subjects, changed),
        "意見件数": str(len(opinions)),
        "期間": listed((f"{day(con.start)}から{day(con.end)}まで" for con in asked), "及び"),
        "反映一覧": adopted_opinions(opinions),
    }


def _script(
    session: Session,
    wp: Workplace,
    out: PaperFacts,
    ref: rows.Referral,
    sitting: rows.Sitting | None,
    subjects: Sequence[Subject],
    changed: Counted,
) -> None:
    hall = session.get_one(rows.Council, ref.council_id)
    chair = chair_of(session, hall, sitting.day if sitting else day_in_japan(ref.at))
    agenda: Sequence[Mapping[str, Any]] = [{"title": ref.title, "referral": ref.id}]
    if sitting:
        agenda = sitting.agenda
    entries = []
    for number, entry in enumerate(agenda, 1):
        entries.append(_item(wp, entry, number, ref, out, subjects, changed))
    out.words |= {
        **_when_and_where(sitting),
        "会長の役": chair_title(chair),
        **_numbers(session, hall, sitting),
        "傍聴": _open(sitting),
        "事務局": section(str(out.words["担当課"])),
        "議題一覧": entries,
    }


def _when_and_where(sitting: rows.Sitting | None) -> dict[str, str]:
    """The name, day and place of a sitting and the day of the next; blanks where there is none."""
    if sitting is None:
        fields = {"会議の名称": "会議の名称", "開催日": "開催日", "開会時刻": "開会時刻"}
        fields["開催場所"] = "開催場所"
        return {**{field: need(name) for field, name in fields.items()}, "次回": ""}
    following = sitting.facts.get("next") or ""
    return {
        "会議の名称": need("会議の名称", sitting.name),
        "開催日": need("開催日", long_day(sitting.day)),
        "開会時刻": need("開会時刻", clock(sitting.opens)),
        "開催場所": need("開催場所", sitting.place),
        "次回": f"次回は、{day_words(following)}を予定しております。" if following else "",
    }


def _numbers(session: Session, hall: rows.Council, sitting: rows.Sitting | None) -> dict[str, str]:
    """How many members there are and were present, the quorum, and whether it is reached."""
    if sitting:
        seats = seats_of(session, sitting)
    else:
        seats = []
    attended = []
    for _, attendance in seats:
        if attendance is not None:
            attended.append(attendance)
    present = None
    words = ""
    if attended:
        present = sum(attendance.present for attendance in attended)
        words = str(present)
    quorum = hall.facts.get("quorum") or None
    if quorum is None and seats:
        quorum = len(seats) // 2 + 1
    return {
        "委員数": need("委員数", str(len(seats) or "")),
        "出席数": need("出席者の数", words),
        "定足数": need("定足数", quorum),
        "成立": _enough(quorum, present),
    }


def _enough(quorum: Any, present: int | None) -> str:
    """Whether the quorum is reached; to be told in the room where it is not on record."""
    if present is None or quorum is None:
        return f"定足数は{need('定足数', quorum)}名です。〔出席者の数を確かめ、成立を告げる。〕"
    if present < int(quorum):
        return f"定足数の{quorum}名に達しておりませんので、会議は成立しておりません。"
    return f"定足数の{quorum}名に達しておりますので、会議は成立しております。"


def _open(sitting: rows.Sitting | None) -> str:
    """Whether the public may listen, and how many do; each item of the agenda says for itself
    whether it is public."""
    if sitting is None:
        return f"本日の会議は、{need('公開の別')}で行います。"
    closed = []
    for entry in sitting.agenda:
        if not entry.get("public", sitting.public):
            closed.append(str(entry.get("number") or entry.get("title")))
    if closed and len(closed) == len(sitting.agenda):
        return "本日の会議は、非公開で行います。"
    if closed:
        lead = f"本日の会議は、{listed(closed)}を除き、公開で行います。"
    else:
        lead = "本日の会議は、公開で行います。"
    if sitting.observers == 0:
        return f"{lead}傍聴の方は、いらっしゃいません。"
    return f"{lead}傍聴の方は、{need('傍聴者の数', sitting.observers)}名です。"


def _item(
    wp: Workplace,
    a: Mapping[str, Any],
    at: int,
    ref: rows.Referral,
    out: PaperFacts,
    subjects: Sequence[Subject],
    changed: Counted,
) -> dict[str, str]:
    mine = a.get("referral") == ref.id
    if mine:
        sentence = f"{out.words['説明課']}から説明をお願いします。"
    else:
        sentence = "事務局から報告をお願いします。"
    asked = ""
    decided = ""
    if mine:
        sentence = _count(len(subjects), changed) + sentence
        departs = []
        for card in changed.cards:
            if _departs(card, subjects):
                departs.append(card_words(card, subjects))
        if departs:
            asked = f"なお、国の記載例を市で改めた箇所は、{listed(departs)}です。"
        else:
            asked = ""
        favourable = next(iter(verdicts.favourable(wp.rules)), "了承")
        if favourable == "了承":
            put = "案のとおり了承すること"
        else:
            put = f"案のとおり「{favourable}」とすること"
        decided = f"お諮りいたします。{len(subjects)}件の評価書は、{put}に、御異議ありませんか。"
    number = str(a.get("number") or f"議題{at}")
    return {
        "番号": number,
        "題名": str(a.get("title", "")),
        "審議": "審議" if mine else "報告",
        "説明": sentence,
        "質疑": asked,
        "採決": decided,
    }


def _count(documents_: int, changed: Counted) -> str:
    """How much is changed, as the chair says it."""
    if not changed.items:
        return f"{documents_}件の評価書に、変更する箇所はありません。"
    lead = f"変更する箇所は、{documents_}件の評価書で{changed.items}箇所です。"
    if documents_ == 1:
        return lead
    return (
        f"{lead}共通する変更が{len(changed.shared)}件、個別の変更が{len(changed.local)}件あります。"
    )


def _departs(c: Card, subjects: Sequence[Subject]) -> bool:
    known = []
    for x in subjects:
        if x.key in c.places:
            known.append(x.about.get(c.places[x.key]))
    return any(about is not None and about.departs for about in known)


def _report(
    session: Session,
    wp: Workplace,
    out: PaperFacts,
    ref: rows.Referral,
    sitting: rows.Sitting | None,
) -> None:
    verdict = verdict_of(session, ref)
    if verdict is None:
        raise PiaError(
            "結論がまだ記録されていないため、答申書を作れません。"
            "会議の結論を記録してから作ってください。"
        )
    said = verdicts.word(wp.rules, verdict.kind)
    if not said.heard:
        raise PiaError(
            f"結論が「{verdict.kind}」のため、答申書を作れません。"
            "答申は、結論が出た会議の後に作ってください。"
        )
    hall = session.get_one(rows.Council, ref.council_id)
    chair = chair_of(session, hall, sitting.day if sitting else day_in_japan(verdict.at))
    given = steps_of(session, ref, "reported", "verdict", verdict.id)
    reported = _told(given, "day")
    usual = f"諮問のあった評価書についての結論は、「{verdict.kind}」とする。"
    out.words |= {
        "記録の控え": anchored(session, "referral.decide", str(ref.id), latest=True),
        "文書番号": need("答申の文書番号", _told(given, "document_number")),
        "答申日": need("答申日", day_words(reported) if reported else ""),
        "会長の役": chair_title(chair),
        "会長の氏名": need("会長の氏名", chair_name(chair)),
        "諮問の文書番号": need("諮問の文書番号", _number(session, ref)),
        "結論": verdict.kind,
        "結論文": _sentence(session, verdict, said.sentence or usual),
        "意見の見出し": said.note or "意見",
        "意見": _note(session, verdict, said.note),
        "経過一覧": _course(session, ref),
        "委員一覧": _heard_by(session, sitting),
    }


def _own_decision(session: Session, out: PaperFacts, ref: rows.Referral) -> None:
    """市の判断 beside the opinion. PiaError before it is recorded."""
    verdict = verdict_of(session, ref)
    step = queries.referrals.decision(session, ref.id)
    if verdict is None or step is None:
        raise PiaError(
            "市の判断が記録されていません。了承しないなどの結論が出たときに、"
            "諮問の経過の画面で記録してから作ってください。"
        )
    out.words |= {
        "記録の控え": anchored(session, "referral.own_decision", str(ref.id), latest=True),
        "文書番号": need("文書番号", step.document_number),
        "決定日": day(step.day),
        "結論": "\n".join(kinds_by_document(session, verdict)),
        "結論の日": day(day_of(session, verdict)),
        "意見": personal.outward(session, verdict, "note").strip(),
        "判断の理由": personal.outward(session, step, "reason").strip(),
        "意見への対応": personal.outward(session, step, "response").strip(),
    }


def _self_check(session: Session, wp: Workplace, out: PaperFacts, ref: rows.Referral) -> None:
    """What the department answered of its own document, viewpoint by viewpoint."""
    lines = []
    for pinned in ref.rounds:
        round_ = session.get_one(Round, pinned.round_id)
        assessment = session.get_one(Assessment, round_.assessment_id)
        name = session.get_one(Affair, assessment.affair_id).name
        for point in viewpoints.listed(session, wp, VersionLine(assessment, round_)):
            lines.append(
                {
                    "名称": name,
                    "番号": str(point.number),
                    "区分": point.group,
                    "観点": point.words,
                    "結果": need(f"観点{point.number}の結果", point.result),
                    "根拠": point.evidence,
                }
            )
    out.words |= {"点検一覧": lines, "指摘一覧": _findings(session, wp, ref)}


def _findings(session: Session, wp: Workplace, ref: rows.Referral) -> list[dict[str, str]]:
    """What the checks of content find in the documents as they were put before the council, without
    their withheld words, and what the department says of it."""
    lines = []
    with veil.veiled():
        for pinned in ref.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            assessment = session.get_one(Assessment, round_.assessment_id)
            name = session.get_one(Affair, assessment.affair_id).name
            tree = nodes.recent(session, pinned.version_id)
            hidden = veil.marked_words(session, assessment.id)
            for one in content_checks.of_tree(session, wp, VersionLine(assessment, round_), tree):
                reason = one.answered.reason if one.answered else "（説明を書いていません）"
                lines.append(
                    {
                        "名称": name,
                        "点検": one.name,
                        "指摘": one.sentence,
                        "箇所": "\n".join(place.citation for place in one.places),
                        "説明": blackened(veil.told(reason, hidden)),
                    }
                )
    return lines


def _sentence(session: Session, verdict: rows.Verdict, sentence: str) -> str:
    """The conclusion as the council says it; a line for each document where they differ."""
    return "\n".join([sentence, *kinds_by_document(session, verdict)[1:]])


def _note(session: Session, verdict: rows.Verdict, called: str) -> str:
    """The council's own words with its verdict; a blank where that kind of verdict has some."""
    note = personal.outward(session, verdict, "note").strip()
    if not note and called:
        return need(called)
    return note


def _heard_by(session: Session, sitting: rows.Sitting | None) -> list[dict[str, str]]:
    """The members who were present; a blank where nobody was recorded."""
    members = []
    if sitting:
        for member, attendance in seats_of(session, sitting):
            if attendance is not None and attendance.present:
                members.append({"氏名": member.name, "役": member.title})
    return members or [{"氏名": need("審議した委員"), "役": ""}]


def _course(session: Session, ref: rows.Referral) -> list[dict[str, str]]:
    """What led to a verdict: this referral, the earlier ones of the same rounds, and the sittings
    that heard them, by their days."""
    mine = []
    for round_ in ref.rounds:
        mine.append(round_.round_id)
    by_day: dict[tuple[date, int, str], None] = {}
    for number in sorted(set(queries.councils.referrals_until(session, mine, ref.id))):
        referral = session.get_one(rows.Referral, number)
        if referral.council_id != ref.council_id:
            continue
        by_day[day_in_japan(referral.at), 0, "諮問"] = None
        last = sitting_of(session, referral)
        for x in meetings(session, referral):
            if last is not None and x.day > last.day:
                continue
            said = given_at(session, x, referral.id)
            ending = f"（{said.kind}）" if said is not None else ""
            by_day[x.day, 1, f"{x.name}で審議{ending}"] = None
        recalled = queries.referrals.recall(session, referral.id)
        if recalled is not None:
            by_day[recalled.day, 2, "諮問の取下げ"] = None
    rows_of = []
    for on, _, words in sorted(by_day):
        rows_of.append({"日付": day(on), "内容": words})
    return rows_of
