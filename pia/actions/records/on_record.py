"""What this round's own records say of its procedure, and where the items the procedure fills in
say otherwise.

Knows which record answers which item of 様式4 Ⅵ and 様式3 Ⅴ (form texts unread, 未確認). Writes
nothing: an officer looks at a proposal, mends it and fills it in. Serves
規則第7条第1項・第4項・第5項: what is told of consultation and third-party review is what was
recorded of this round, not of the last one. A 修正 (規則第14条第1項) has neither of its own, so the
words of the last 再実施 stay.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain import wareki
from ...domain.act import day_in_japan
from ...domain.change.describe import citation
from ...domain.document.form import Form
from ...domain.document.items import folded, text_of
from ...domain.document.tree import Tree
from ...store import nodes, queries
from ...store.rows import consultations as consultation_rows
from ...store.rows import councils as council_rows
from ...store.rows import records
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ...store.rows.consultations import Consultation
from ...store.rows.referrals import ReferralStep
from ..workplace import Workplace, line
from . import personal

# The items by what they ask, as the roles of the form say.
METHOD = "consultation_method"
PERIOD = "consultation_period"
SHORTENED = "consultation_shortened"
OPINIONS = "consultation_opinions"
REFLECTED = "consultation_reflected"
REVIEW_DAY = "review_day"
REVIEWED_BY = "review_method"
REVIEW_RESULT = "review_result"
THRESHOLD_DAY = "threshold_day"
THRESHOLD_RESULT = "threshold_result"
OF_CONSULTATION = (METHOD, PERIOD, SHORTENED, OPINIONS, REFLECTED)
OF_REVIEW = (REVIEW_DAY, REVIEWED_BY, REVIEW_RESULT)
# Items whose words of the last time may be true again.
UNCHANGED = (METHOD, REVIEWED_BY, REVIEW_RESULT, SHORTENED, REFLECTED, THRESHOLD_DAY)
_COUNTS = re.compile(r"(?:意見|提出)[はがをの数総合計：:、]*(\d+)件|(\d+)件の(?:御|ご)?意見")
_LENGTH = re.compile(r"(\d+)日間")
_NONE = (
    "なし",
    "なかった",
    "ありません",
    "0件",
    "該当しない",
    "実施していない",
    "行っていない",
    "行わなかった",
)


@dataclass(frozen=True, slots=True)
class ProcedureRecord:
    """The consultations of a round in order, the opinions about its document, the days on which a
    third party reviewed it, and the last verdict. `due` is the result of the threshold judgement in
    the form's words; `kind` what the verdict says of this document; `decision` the city's own.
    """

    consultations: tuple[Consultation, ...]
    opinions: int
    adopted: int
    review_days: tuple[date, ...]
    councils: tuple[str, ...]
    verdict: council_rows.Verdict | None
    due: str = ""
    kind: str = ""
    decision: ReferralStep | None = None

    @property
    def said(self) -> str:
        """What the last verdict says of this document; empty before one."""
        return self.kind or (self.verdict.kind if self.verdict is not None else "")

    @property
    def days(self) -> frozenset[date]:
        """The first and last days of the consultations."""
        days = []
        for con in self.consultations:
            for day in (con.start, con.end):
                days.append(day)
        return frozenset(days)

    @property
    def periods(self) -> str:
        """令和8年1月20日から令和8年2月19日まで（31日間）, one after the other where there were
        several.
        """
        return "、".join(
            f"{wareki.written(con.start)}から{wareki.written(con.end)}まで（{length(con)}日間）"
            for con in self.consultations
        )

    @property
    def reviewed_on(self) -> str:
        """Every day on which the opinion was heard: 令和8年3月3日及び令和8年3月24日."""
        words = []
        for day in self.review_days:
            words.append(wareki.written(day))
        if len(words) > 1:
            words = ["、".join(words[:-1]), words[-1]]
        return "及び".join(words)


def length(consultation: Consultation) -> int:
    """Days of a consultation, the first and the last counted."""
    return (consultation.end - consultation.start).days + 1


def of_round(session: Session, round_: Round, due: str = "") -> ProcedureRecord:
    """What is on record of one round."""
    key = session.get_one(Assessment, round_.assessment_id).key
    asked = tuple(queries.consultations.about_round_by_day(session, round_.id))
    numbers = []
    for con in asked:
        numbers.append(con.id)
    opinions = consultation_rows.in_time(session, *numbers)
    mine = []
    for opinion in opinions:
        if not opinion.keys or key in opinion.keys:
            mine.append(opinion)
    adopted = set(queries.opinions.adopted_of_assessment(session, round_.assessment_id)) & {
        opinion.id for opinion in mine
    }
    referrals = queries.councils.referrals_of_round_in_order(session, round_.id)
    verdicts = queries.councils.verdicts_of(session, [x.id for x in referrals])
    halls = []
    for x in referrals:
        halls.append(session.get_one(council_rows.Council, x.council_id).name)
    return ProcedureRecord(
        asked,
        len(mine),
        len(adopted),
        _review_days(session, referrals, verdicts),
        tuple(dict.fromkeys(halls)),
        verdicts[-1] if verdicts else None,
        due,
        verdicts[-1].kind_of(round_.id) if verdicts else "",
        queries.referrals.decision(session, verdicts[-1].referral_id) if verdicts else None,
    )


def _review_days(
    session: Session, referrals: list[council_rows.Referral], verdicts: list[council_rows.Verdict]
) -> tuple[date, ...]:
    """The days of the sittings that heard the case, up to the last verdict."""
    days = set()
    for verdict in verdicts:
        days.add(day_of(session, verdict))
    numbers = set()
    for x in referrals:
        numbers.add(x.id)
    halls = set()
    for x in referrals:
        halls.add(x.council_id)
    for sitting in queries.sittings.attended_of_councils(session, halls):
        on_agenda = set()
        for entry in sitting.agenda:
            if entry.get("referral"):
                on_agenda.add(int(entry["referral"]))
        if on_agenda & numbers and days and sitting.day <= max(days):
            days.add(sitting.day)
    return tuple(sorted(days))


def day_of(session: Session, verdict: council_rows.Verdict) -> date:
    """The day a verdict was given: of its sitting, else the day it was recorded."""
    if verdict.sitting_id:
        sitting = session.get(council_rows.Sitting, verdict.sitting_id)
    else:
        sitting = None
    if sitting:
        return sitting.day
    return day_in_japan(verdict.at)


def given_at(
    session: Session, sitting: council_rows.Sitting, referral: int
) -> council_rows.Verdict | None:
    """The verdict a sitting gave on a referral, the last one where it was corrected; None where it
    gave none."""
    for verdict in reversed(queries.councils.verdicts_in_order(session, referral)):
        if gave(sitting, verdict):
            return verdict
    return None


def gave(sitting: council_rows.Sitting, verdict: council_rows.Verdict) -> bool:
    """Whether a verdict is this sitting's; one that names no sitting is that of its day's."""
    if verdict.sitting_id is None:
        return day_in_japan(verdict.at) == sitting.day
    return verdict.sitting_id == sitting.id


def standing_verdict(
    session: Session, round_: Round, reviewed_digest: str
) -> council_rows.Verdict | None:
    """The verdict that stands for a text: the last one of the round, given on this very text and
    not taken back by a later 点検のやり直し. None else.
    """
    last = queries.councils.last_verdict_of_round(session, round_.id)
    if last is None:
        return None
    on_text = last.digests.get(round_.id) == reviewed_digest
    reopened = queries.rounds.sent_again(session, round_.id)
    if on_text and not any(round_event.at > last.at for round_event in reopened):
        return last
    return None


def verdict_words(
    session: Session, ref: council_rows.Referral, verdict: council_rows.Verdict
) -> dict[str, Any]:
    """A verdict as it was given: kind, note and day; in `each` (affair, kind) where its documents
    were spoken of differently; `stale` names the affairs whose text it no longer stands for,
    because the check was reopened or the text is another now. What was submitted keeps its verdict;
    where the council goes on, there is none to stand.
    """
    stale = []
    each = []
    for pinned in ref.rounds:
        round_ = session.get_one(Round, pinned.round_id)
        if pinned.round_id not in verdict.digests:
            continue
        each.append((_affair_of(session, round_), verdict.kind_of(round_.id)))
        if round_.state == "REVIEWING":
            continue
        head = session.get_one(Version, round_.head_id)
        ended = round_.state in ("SUBMITTED", "PUBLISHED")
        if not ended and standing_verdict(session, round_, head.reviewed_digest) is not verdict:
            stale.append(_affair_of(session, round_))
    return {
        "kind": verdict.kind,
        "each": tuple(each) if any(kind != verdict.kind for _, kind in each) else (),
        "note": personal.outward(session, verdict, "note"),
        "day": day_of(session, verdict),
        "stale": tuple(dict.fromkeys(stale)),
    }


def kinds_by_document(session: Session, verdict: council_rows.Verdict) -> list[str]:
    """What was said, in one word; where the documents were spoken of differently, then a line for
    each."""
    referral = session.get_one(council_rows.Referral, verdict.referral_id)
    each = verdict_words(session, referral, verdict)["each"]
    return [verdict.kind, *(f"{name}：{kind}" for name, kind in each)]


def _affair_of(session: Session, round_: Round) -> str:
    assessment = session.get_one(Assessment, round_.assessment_id)
    return session.get_one(Affair, assessment.affair_id).name


def opinion_and_decision(session: Session, round_id: int) -> dict[str, Any] | None:
    """What the council said of a document and what the city decided beside it, as it leaves the
    house; None where the city had nothing to decide."""
    verdict = queries.councils.last_verdict_of_round(session, round_id)
    if verdict is None:
        return None
    step = queries.referrals.decision(session, verdict.referral_id)
    if step is None:
        return None
    referral = session.get_one(council_rows.Referral, verdict.referral_id)
    return {
        "referral": referral.id,
        "council": session.get_one(council_rows.Council, referral.council_id).name,
        "kind": verdict.kind_of(round_id),
        "note": personal.outward(session, verdict, "note"),
        "heard": day_of(session, verdict),
        "day": step.day,
        "document_number": step.document_number,
        "reason": personal.outward(session, step, "reason"),
        "response": personal.outward(session, step, "response"),
    }


def proposals(wp: Workplace, where: str) -> dict[str, str]:
    """Text by the form's item, only where a record of this round says it. Empty for a 修正."""
    with wp.store.read() as session:
        at = line(session, where)
        if at.round is None or at.round.kind != "REASSESSMENT" or at.head_id is None:
            return {}
        due = due_words(session, wp, at.assessment)
        by_role = proposed(of_round(session, at.round, due), _least(wp))
        tree = nodes.recent(session, at.head_id)
        texts = {}
        for role, line_of_form in forms.load(tree.form).by_role.items():
            if by_role.get(role):
                texts[line_of_form.id] = by_role[role]
        return texts


def _least(wp: Workplace) -> int:
    return int(wp.rules["rules"]["R7"]["days"])


def due_words(session: Session, wp: Workplace, assessment: Assessment) -> str:
    """The result of the affair's latest threshold judgement in the form's words; empty where
    nothing was counted.
    """
    from ...domain.procedure import threshold

    counts = queries.affairs.last_threshold_fact(session, assessment.affair_id)
    if counts:
        return threshold.judge(
            counts.people, counts.handlers, counts.incident, wp.thresholds
        ).result
    return ""


def proposed(known: ProcedureRecord, least: int) -> dict[str, str]:
    """Text by the role of the form's item; empty where no record says it.

    `least`: the days a consultation lasts at least.
    """
    texts = {THRESHOLD_RESULT: known.due}
    if known.consultations:
        texts |= _of_consultations(known, least)
    if known.verdict is not None and known.review_days:
        note = records.shown(known.verdict, "note").strip()
        texts[REVIEW_DAY] = known.reviewed_on
        texts[REVIEWED_BY] = f"{'、'.join(known.councils)}において点検を受けた。"
        result = note or f"{known.said}とされた。"
        if known.decision is not None:
            result += f"\n（市の判断）{records.shown(known.decision, 'response').strip()}"
        texts[REVIEW_RESULT] = result
    return texts


def _of_consultations(known: ProcedureRecord, least: int) -> dict[str, str]:
    """How, when and with what outcome opinions were heard."""
    reasons = []
    for con in known.consultations:
        if length(con) < least:
            reasons.append(str(con.facts.get("shortened_reason", "")).strip())
    shorter = "\n".join(reasons).strip()
    none = {OPINIONS: "意見の提出はなかった。", REFLECTED: "なし"}
    if known.opinions:
        none = {OPINIONS: "", REFLECTED: ""}
    return {
        METHOD: "\n".join(dict.fromkeys(con.method for con in known.consultations)),
        PERIOD: known.periods,
        SHORTENED: shorter if reasons else "期間の短縮は行っていない。",
        **none,
    }


def differences(
    form: Form, base: Tree, head: Tree, known: ProcedureRecord, kind: str, least: int, say: Any
) -> tuple[str, ...]:
    """A sentence for each item that says something else than the record of this round; for a 修正
    each item of the consultation and the review that was rewritten.

    `kind` is REASSESSMENT or CORRECTION; `say` gives the names of entries for the citation
    (`describe.names`).
    """
    out = []
    wanted = proposed(known, least)
    for item in form.walk():
        if not item.procedure or not item.answerable:
            continue
        path = item.path
        now = text_of(head.find(path))
        then = text_of(base.find(path))
        where = citation(form, path, say)
        if kind == "CORRECTION":
            if item.role in (*OF_CONSULTATION, *OF_REVIEW) and folded(now) != folded(then):
                out.append(
                    f"{where}：修正では意見聴取・第三者点検を行わないため、"
                    f"前回の再実施の記載「{_short(then)}」のままにします。"
                    f"いまの記載は「{_short(now)}」です。"
                )
        elif now.strip():
            out += _unequal(item.role, where, now, then, known, wanted.get(item.role, ""), least)
    return tuple(dict.fromkeys(out))


def _unequal(
    role: str, where: str, now: str, then: str, known: ProcedureRecord, wanted: str, least: int
) -> list[str]:
    """What of one item says something else than the record; `then`: what it said the last time."""
    if wanted and folded(wanted) == folded(now):
        return []
    same = folded(now) == folded(then)
    if role in (PERIOD, REVIEW_DAY):
        return _of_calendar(role, where, now, known)
    if role == THRESHOLD_RESULT:
        return _of_basic_result(where, now, wanted)
    if role == OPINIONS:
        return _of_opinions(where, now, same, known)
    if role in UNCHANGED and same:
        return [] if _holds(role, now, known, least) else [_unchanged(where, now, wanted)]
    if role == REVIEW_RESULT and wareki.days_in(now):
        return _of_days(where, now, frozenset(known.review_days), known.reviewed_on)
    return []


def _of_basic_result(where: str, now: str, wanted: str) -> list[str]:
    """Whether the result of しきい値判断 is the one on record, with whatever else is written."""
    if not wanted or folded(wanted) in folded(now):
        return []
    return [_says(where, now, wanted)]


def _of_calendar(role: str, where: str, now: str, known: ProcedureRecord) -> list[str]:
    """Whether the days of the consultations or of the reviews are those on record."""
    if role == PERIOD:
        periods = known.periods or "意見聴取の記録なし"
        return _of_days(where, now, known.days, periods) + _of_length(where, now, known)
    return _of_days(
        where, now, frozenset(known.review_days), known.reviewed_on or "第三者点検の記録なし"
    )


def _holds(role: str, now: str, known: ProcedureRecord, least: int) -> bool:
    """Whether words that are still those of the last time are also true of this time, as far as the
    record can tell.
    """
    flat = folded(now)
    says_none = _says_none(now)
    if not _is_recorded(role, known):
        return says_none
    if role == METHOD:
        return all(folded(con.method) in flat for con in known.consultations)
    if role == REVIEWED_BY:
        return all(folded(name) in flat for name in known.councils)
    if role == REVIEW_RESULT and known.verdict is not None:
        return folded(known.said) in flat
    if role == SHORTENED:
        return all(length(con) >= least for con in known.consultations)
    return role == REFLECTED and says_none and not known.opinions


def _says_none(now: str) -> bool:
    """Whether words say that there was nothing."""
    return any(word in now for word in _NONE)


def _is_recorded(role: str, known: ProcedureRecord) -> bool:
    """Whether there is a record the words of an item can be held against."""
    if role == THRESHOLD_DAY:
        return True
    if role in OF_REVIEW:
        return known.verdict is not None
    return bool(known.consultations)


def _of_days(where: str, now: str, days: frozenset[date], recorded: str) -> list[str]:
    if frozenset(wareki.days_in(now)) == days:
        return []
    return [_says(where, now, recorded)]


def _of_length(where: str, now: str, known: ProcedureRecord) -> list[str]:
    lengths = set()
    for word in _LENGTH.findall(_digits(now)):
        lengths.add(int(word))
    if lengths <= set(map(length, known.consultations)):
        return []
    return [_says(where, now, known.periods)]


def _of_opinions(where: str, now: str, same: bool, known: ProcedureRecord) -> list[str]:
    counts = []
    for first, second in _COUNTS.findall(_digits(now)):
        counts.append(int(first or second))
    if counts and counts[0] != known.opinions:
        return [_says(where, now, f"この評価書についての意見は{known.opinions}件")]
    if same and not (known.opinions == 0 and any(word in now for word in _NONE)):
        return [_unchanged(where, now, f"この評価書についての意見は{known.opinions}件")]
    return []


def _digits(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _says(where: str, now: str, record: str) -> str:
    return f"{where}：記載は「{_short(now)}」ですが、この回の記録は「{_short(record)}」です。"


def _unchanged(where: str, now: str, record: str) -> str:
    if record:
        sentence = f"この回の記録は「{_short(record)}」です。"
    else:
        sentence = "この回の記録では確かめられません。"
    return f"{where}：前回公表した記載「{_short(now)}」のままです。{sentence}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    if len(flat) <= 60:
        return flat
    return flat[:59] + "…"
