"""漏えい等: a case registered while somebody is still shaken, later facts with author and time,
what was reported to the commission and to a council, what was asked and answered, whether it is a
重大事故, and what it means for the documents of its affair (個人情報保護法第68条第1項,
番号法第29条の4第1項).

One function is one act. No entry repeats what was said. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.leaks import facts
from ...domain.leaks.facts import KnownFact
from ...domain.leaks.triggers import MET
from ...domain.procedure.retention import fiscal_year
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair, Body, Department
from ...store.rows.councils import Sitting
from ...store.rows.leaks import (
    ADDED,
    FINAL,
    FIRST,
    LeakCase,
    LeakEffect,
    LeakFact,
    LeakGiven,
    LeakQuestion,
    LeakReply,
    LeakReport,
)
from ..access import leaks as access
from ..records import leak_kinds, leaks
from ..records.leak_kinds import BOTH, KINDS_OF_REPORT
from ..records.minutes import items_of
from ..workplace import Workplace, row_of
from . import candidates, incidents

CASE = "漏えい等の事案"


@dataclass(frozen=True, slots=True)
class SaidFact:
    """An answer as it was typed: its text as it is kept, or that it is not known."""

    text: str
    unknown: bool = False


Said = Mapping[str, SaidFact]


def register(wp: Workplace, by: By, department_id: int, said: Said, affair: str = "") -> LeakCase:
    """A new case of a department, with all that is known of it. Unfit at a question whose answer
    cannot be."""
    with wp.store.begin() as session:
        office = row_of(session, Department, department_id, "課")
        if office.closed is not None:
            raise Unfit(
                "department", f"{office.name}は閉鎖されています。引き継いだ課を選んでください。"
            )
        given = {name: fact for name, fact in said.items() if fact.text or fact.unknown}
        merged = _must_be(wp, by, {}, given)
        known = facts.day_of(merged, "known") or by.day
        year = fiscal_year(known)
        case = LeakCase(
            body_id=office.body_id,
            department_id=office.id,
            affair_id=_affair(session, office.body_id, affair),
            incident_id=None,
            year=year,
            serial=queries.leaks.next_serial(session, office.body_id, year),
            major=None,
            major_reason="",
            **acted(by),
        )
        session.add(case)
        session.flush()
        _say(session, by, case, given, None)
        about = {"case": case.id, "fields": sorted(given)}
        log.entry(session, by, "leak.register", leaks.number_of(case), about)
        return case


def _affair(session: Session, body_id: int, key: str) -> int | None:
    if not key:
        return None
    affair = queries.affairs.of_key(session, key)
    if affair is None or affair.body_id != body_id:
        raise Unfit("affair", "その事務は、この課の機関のものではありません。選び直してください。")
    return affair.id


def _must_be(
    wp: Workplace, by: By, before: Mapping[str, KnownFact], said: Said
) -> dict[str, KnownFact]:
    """The facts with these said; Unfit where they cannot be."""
    asked = facts.fields(wp.leaks)
    merged = dict(before)
    for name, fact in said.items():
        if name not in asked:
            raise PiaError("その問いはありません。画面を開き直してください。")
        merged[name] = KnownFact(name, fact.text, fact.unknown)
    for field in asked.values():
        now = merged.get(field.name)
        if field.need and (now is None or not now.is_said):
            raise Unfit(field.name, f"「{field.says}」を入力してください。")
    wrong = facts.faults(merged, by.day)
    if wrong:
        # Where it was typed now, before where it stood already.
        name, sentence = next((each for each in wrong if each[0] in said), wrong[0])
        raise Unfit(name, sentence)
    return merged


def _say(session: Session, by: By, case: LeakCase, said: Said, since: date | None) -> None:
    for name, fact in said.items():
        session.add(
            LeakFact(
                case_id=case.id,
                field=name,
                text=fact.text,
                unknown=fact.unknown,
                since=since,
                **acted(by),
            )
        )
    session.flush()


@dataclass(frozen=True, slots=True)
class ToldFacts:
    """What is told of a case later: answers; the day the body knew them (None: they are put right
    as they were from the beginning); the affair it happened in, None where that is not asked; and
    the number of the last fact its author saw."""

    said: Said
    since: date | None
    affair: str | None = None
    seen: int = 0


def tell(wp: Workplace, by: By, number: int, told: ToldFacts) -> tuple[str, ...]:
    """Later facts of a case; those that say what is known already are none. In sentences: what they
    moved. Refused where somebody else said something meanwhile."""
    from ...domain.leaks import answers

    with wp.store.begin() as session:
        case = _open(session, number)
        rows = queries.leaks.facts(session, [case.id])[case.id]
        if told.seen and rows[-1][0].id != told.seen:
            raise Refused(
                "この事案には、画面を開いた後にほかの人が記録しています。",
                (
                    "いまの記録を見てから、もう一度記録してください。書いたことは画面に残っています。",
                ),
            )
        known = leaks.known(rows)
        before = facts.latest(known)
        new = {name: fact for name, fact in told.said.items() if _is_new(before.get(name), fact)}
        moved_affair = False
        if told.affair is not None:
            affair = _affair(session, case.body_id, told.affair)
            moved_affair = affair != case.affair_id
            case.affair_id = affair
        if not new and not moved_affair:
            raise PiaError("新しいことがありません。変わったところを書き換えてください。")
        merged = _must_be(wp, by, before, new)
        _must_be_since(by, told.since, merged)
        _say(session, by, case, new, told.since)
        about = {"case": case.id, "fields": sorted(new), "affair": moved_affair}
        log.entry(session, by, "leak.tell", leaks.number_of(case), about)
        if not new:
            return ()
        now = leaks.known(queries.leaks.facts(session, [case.id])[case.id])
        regime = access.regime_of(session.get_one(Body, case.body_id))
        was = answers.of_case(wp.leaks, known, regime)
        return answers.moved(was, answers.of_case(wp.leaks, now, regime))


def _is_new(before: KnownFact | None, fact: SaidFact) -> bool:
    if before is None:
        return bool(fact.text) or fact.unknown
    return (before.text, before.unknown) != (fact.text, fact.unknown)


def _must_be_since(by: By, since: date | None, merged: Mapping[str, KnownFact]) -> None:
    if since is None:
        return
    if since > by.day:
        raise Unfit("since", f"知った日（{written(since)}）が、まだ来ていません。")
    known = facts.day_of(merged, "known")
    if known is not None and since < known:
        raise Unfit(
            "since",
            f"知った日（{written(since)}）が、覚知日（{written(known)}）より前です。"
            "覚知日のほうを直してください。",
        )


def _open(session: Session, number: int) -> LeakCase:
    case = row_of(session, LeakCase, number, CASE)
    if case.withdrawn is not None:
        raise PiaError("この事案の記録は取り消されています。")
    return case


@dataclass(frozen=True, slots=True)
class SentLeakReport:
    """A report to the commission as it was sent."""

    kind: str
    laws: str
    day: date
    hour: time
    entered: str
    way: str
    receipt: str = ""
    way_reason: str = ""
    open: bool = False


def report(wp: Workplace, by: By, number: int, new: SentLeakReport) -> int:
    """A 速報, 確報 or 追完 that was sent, with the nine matters as they stand; its number. Unfit
    where it is out of its order, or a 確報 lacks matters and does not say that they follow."""
    with wp.store.begin() as session:
        case = _open(session, number)
        judged = leaks.of_case(session, wp, case)
        before = queries.leaks.reports(session, [case.id]).get(case.id, [])
        _must_be_next(new, before)
        leak_kinds.must_be_report_day(by, new.kind, new.day, new.hour, before)
        leak_kinds.must_say_way(new.way, new.way_reason)
        known = facts.day_clocked(judged.latest)
        if new.day < known:
            raise Unfit(
                "day", f"報告した日（{written(new.day)}）が、覚知日（{written(known)}）より前です。"
            )
        lacking = [part.says for part in judged.nine if not part.whole]
        if new.kind in (FINAL, BOTH) and lacking and not new.open:
            raise Unfit(
                "open",
                f"確報に要る項目が、まだ埋まっていません：{'、'.join(lacking)}。"
                "事実を記録するか、「足りない項目を追完する」に印を付けてください。",
            )
        row = LeakReport(
            case_id=case.id,
            kind=new.kind,
            laws=new.laws,
            day=new.day,
            hour=new.hour,
            receipt=new.receipt,
            entered=new.entered,
            way=new.way,
            way_reason=new.way_reason.strip(),
            open=new.open and bool(lacking),
            text=leaks.as_sent(judged.nine),
            **acted(by),
        )
        session.add(row)
        session.flush()
        about = {"report": row.id, "kind": new.kind, "laws": new.laws}
        log.entry(session, by, "leak.report", leaks.number_of(case), about)
        return row.id


def _must_be_next(new: SentLeakReport, before: list[LeakReport]) -> None:
    kinds = {each.kind for each in before}
    if new.kind in (FIRST, BOTH) and kinds:
        raise Unfit("kind", "速報は、もう記録されています。確報か追完を選んでください。")
    if new.kind == FINAL and FIRST not in kinds:
        raise Unfit(
            "kind",
            "速報の記録がありません。速報を先に記録するか、「速報を兼ねる確報」を選んでください。",
        )
    if new.kind == FINAL and kinds & {FINAL, BOTH}:
        raise Unfit(
            "kind", "確報は、もう記録されています。足りなかったことは追完を選んでください。"
        )
    if new.kind == ADDED and not kinds & {FINAL, BOTH}:
        raise Unfit("kind", f"追完は、{KINDS_OF_REPORT[FINAL]}の後に記録します。")


def judge_major(wp: Workplace, by: By, number: int, is_major: bool, reason: str) -> int | None:
    """Decides the third question; a 重大事故 is recorded by this one act as the existing rule has
    it, and every affair of the body is judged anew (規則第4条第8号ロ, 第6条第1項). Its number
    there."""
    with wp.store.together():
        with wp.store.begin() as session:
            case = _open(session, number)
            if case.incident_id is not None:
                raise Refused(
                    "もう重大事故として記録されています。",
                    ("変えるときは、重大事故の画面で直すか、取り消してください。",),
                )
            judged = leaks.of_case(session, wp, case)
            if judged.major.facts is None and is_major:
                raise Unfit("major", judged.major.why)
            if is_major != (judged.major.state == MET) and not reason.strip():
                raise Unfit("reason", "規則の考え方と違う判断をする理由を入力してください。")
            new = _incident(case, judged, reason) if is_major else None
        incident = None
        if new is not None:
            incident = incidents.record(wp, by, new).number
        with wp.store.begin() as session:
            case = _open(session, number)
            case.major = is_major
            case.major_reason = reason.strip()
            case.incident_id = incident
            about = {"case": case.id, "major": is_major, "incident": incident}
            log.entry(session, by, "leak.judge", leaks.number_of(case), about)
    return incident


def _incident(case: LeakCase, judged: leaks.JudgedLeak, reason: str) -> incidents.NewIncident:
    assert judged.major.facts is not None
    at_contractor = facts.chosen(judged.latest, "place") == ("contractor",)
    return incidents.NewIncident(
        body=case.body_id,
        contractor=judged.words("contractor") if at_contractor else "",
        occurred=facts.day_of(judged.latest, "occurred"),
        known=facts.day_clocked(judged.latest),
        summary=f"{judged.words('title')}（漏えい等の事案 {leaks.number_of(case)}）",
        facts=judged.major.facts,
        major=True,
        reason=reason,
    )


def give(wp: Workplace, by: By, number: int, sitting: int, mark: str) -> int:
    """Reports a case to a council at an item of a sitting, with the facts said up to now."""
    with wp.store.begin() as session:
        case = _open(session, number)
        hall = row_of(session, Sitting, sitting, "会議")
        if mark not in {item.mark for item in items_of(hall)}:
            raise Unfit("item", "その議題は、この会議にありません。議題を選び直してください。")
        for row, _ in queries.leaks.given_of_case(session, case.id):
            if row.sitting_id == hall.id and row.fact_id == queries.leaks.last_fact(
                session, case.id
            ):
                raise Unfit("item", "この会議には、いまの内容でもう報告しています。")
        given = LeakGiven(
            case_id=case.id,
            sitting_id=hall.id,
            mark=mark,
            fact_id=queries.leaks.last_fact(session, case.id),
            **acted(by),
        )
        session.add(given)
        session.flush()
        about = {"given": given.id, "sitting": hall.id}
        log.entry(session, by, "leak.give", leaks.number_of(case), about)
        return given.id


def ask(wp: Workplace, by: By, given: int, speaker: str, text: str) -> int:
    """A member's question about a case that was reported."""
    if not text.strip():
        raise Unfit("text", "質問の内容を入力してください。")
    with wp.store.begin() as session:
        row = row_of(session, LeakGiven, given, "審議会への報告")
        if row.withdrawn is not None:
            raise PiaError("この事案の審議会への報告は、取り消されています。")
        question = LeakQuestion(given_id=row.id, speaker=speaker, text=text, **acted(by))
        session.add(question)
        session.flush()
        log.entry(session, by, "leak.ask", str(row.case_id), {"question": question.id})
        return question.id


def reply(wp: Workplace, by: By, question: int, speaker: str, text: str) -> int:
    """An answer to a member's question."""
    if not text.strip():
        raise Unfit("text", "回答の内容を入力してください。")
    with wp.store.begin() as session:
        asked = row_of(session, LeakQuestion, question, "質問")
        if asked.withdrawn is not None:
            raise PiaError("この質問は取り消されています。")
        given = session.get_one(LeakGiven, asked.given_id)
        row = LeakReply(question_id=asked.id, speaker=speaker, text=text, **acted(by))
        session.add(row)
        session.flush()
        log.entry(session, by, "leak.reply", str(given.case_id), {"reply": row.id})
        return row.id


def weigh(wp: Workplace, by: By, number: int, key: str, changes: bool, reason: str) -> int:
    """Whether a measure that a document of the affair describes has to change; where it has, that
    is a 次回修正候補 of the document at once. Unfit without a reason."""
    if not reason.strip():
        raise Unfit("reason", "変える（変えない）理由を入力してください。")
    with wp.store.together():
        candidate = None
        with wp.store.begin() as session:
            case = _open(session, number)
            document = queries.assessments.existing(session, key)
            if document.affair_id != case.affair_id:
                raise PiaError("その評価書は、この事案の事務のものではありません。")
            for row, other in queries.leaks.effects(session, case.id):
                if other.id == document.id:
                    raise Refused(
                        "この評価書については、もう記録されています。",
                        (f"「{row.reason}」を直すときは、記録を直す画面を使ってください。",),
                    )
            called = leaks.number_of(case)
        if changes:
            words = f"漏えい等の事案（{called}）を受けた見直し：{reason.strip()}"
            candidate = candidates.add(wp, by, key, (), words)
        with wp.store.begin() as session:
            case = _open(session, number)
            document = session.get_one(Assessment, queries.assessments.existing(session, key).id)
            effect = LeakEffect(
                case_id=case.id,
                assessment_id=document.id,
                changes=changes,
                reason=reason.strip(),
                candidate_id=candidate,
                **acted(by),
            )
            session.add(effect)
            session.flush()
            about = {"effect": effect.id, "changes": changes}
            log.entry(session, by, "leak.weigh", leaks.number_of(case), about)
            return effect.id


def close(wp: Workplace, by: By, number: int, day: date) -> None:
    """Brings a case to its end. Refused while the third question is not answered, a report that is
    owed was not sent, or matters are to follow."""
    if day > by.day:
        raise Unfit("closed", f"完結した日（{written(day)}）が、まだ来ていません。")
    with wp.store.begin() as session:
        case = _open(session, number)
        judged = leaks.of_case(session, wp, case)
        sent = queries.leaks.reports(session, [case.id]).get(case.id, [])
        unmet = []
        if case.major is None and judged.major.facts is not None:
            unmet.append("重大事故かどうかを判断してください。")
        if judged.due and not any(each.kind in (FINAL, BOTH) for each in sent):
            unmet.append("確報が記録されていません。")
        if sent and sent[-1].open:
            unmet.append("追完が記録されていません。")
        if unmet:
            raise Refused("まだ完結できません。", tuple(unmet))
        case.closed = day
        log.entry(session, by, "leak.close", leaks.number_of(case), {"on": written(day)})


def set_regime(wp: Workplace, by: By, body_id: int, regime: str) -> None:
    """Which law a body is under; the register of an assembly is its own from then on."""
    if regime not in wp.leaks["regimes"]:
        raise PiaError("法律の区分を選んでください。")
    with wp.store.begin() as session:
        body = row_of(session, Body, body_id, "評価実施機関")
        before = access.regime_of(body)
        body.facts = {**body.facts, access.REGIME: regime}
        about = {"from": before, "to": regime}
        log.entry(session, by, "leak.regime", str(body.id), about)


def affair_named(session: Session, case: LeakCase) -> Affair | None:
    """The affair a case happened in; None where in none or not known."""
    if case.affair_id is None:
        return None
    return session.get_one(Affair, case.affair_id)
