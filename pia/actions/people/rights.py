"""Who may do what with which thing: the one place that is asked, for every kind of object a request
can name.

The rights are data (`pia/rules/rights.yaml`): which roles see every object of a kind, and which
only what was given to their council. Knows where each kind of object is stored and what it belongs
to; a thing that is not there and a thing that is not theirs get the same answer. Must not know
routes or pages. Serves 規則第10条第2項 (who may read withheld words).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.errors import PiaError
from ...store import queries
from ...store.rows import (
    affair_origins,
    amended_places,
    answers,
    assessments,
    calendar,
    candidates,
    comments,
    commission,
    consultations,
    content_checks,
    convening,
    councils,
    file_register,
    guides,
    imports,
    incidents,
    jobs,
    leaks,
    minutes,
    national,
    papers,
    records,
    registers,
    reports,
    reviews,
    round_files,
)
from ...store.rows.assessments import Assessment, Version
from ...store.rows.bodies import Affair, Body, Department
from ...store.rows.phrases import Phrase
from ...store.rows.term_requests import TermRequest
from ..access import leaks as leak_access
from ..access.given import Given, agenda_of, given, sits_in
from ..access.person import Person
from ..access.veil import assessment_key, readers, reads_all
from ..records.sets import set_of
from ..workplace import Workplace, line

Within = Mapping[str, str]


class _Ask:
    """One question about one named thing, asked in one read."""

    def __init__(
        self, wp: Workplace, session: Session, who: Person, act: str, today: date, within: Within
    ):
        self.wp = wp
        self.s = session
        self.who = who
        self.act = act
        self.today = today
        self.within = within
        self._given: Given | None = None

    @property
    def given(self) -> Given:
        if self._given is None:
            self._given = given(self.s, self.who, self.today)
        return self._given

    def row(self, kind: type[Any], value: str) -> Any:
        number = _number(value)
        if number is not None:
            return self.s.get(kind, number)
        return None

    def part(self, kind: str) -> int | None:
        """The number of the thing this one belongs to, where the request named it."""
        return _number(self.within.get(kind, ""))


def _number(value: str) -> int | None:
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def _version(ask: _Ask, ref: str) -> Version | None:
    try:
        return assessments.resolve(ask.s, ref)
    except PiaError:
        return None


def _document(ask: _Ask, ref: str, whole: bool) -> bool:
    if ref == "none":  # compared with nothing
        return True
    version = _version(ask, ref)
    if version is None or whole:
        return version is not None
    return (
        version.id in ask.given.versions
        or queries.filing.publication_of_version(ask.s, version.id) is not None
    )


def _seen(ask: _Ask, ref: str, whole: bool) -> bool:
    """The version somebody looked at while they wrote: one of the document they write, no other."""
    version = _version(ask, ref)
    key = assessment_key(ask.within.get("line", ""))
    return (
        whole
        and version is not None
        and ask.s.get_one(Assessment, version.assessment_id).key == key
    )


def _line(ask: _Ask, ref: str, whole: bool) -> bool:
    try:
        at = line(ask.s, ref)
    except PiaError:
        return False
    return whole and not (
        ask.act == "draft" and readers(ask.s, ask.wp, ask.who, ask.today).hides(at.assessment.id)
    )


def _round(ask: _Ask, ref: str, whole: bool) -> bool:
    return "~" in ref and _line(ask, ref, whole)


def _assessment(ask: _Ask, key: str, whole: bool) -> bool:
    """A document by its key; where a consultation is named too, one that it is about."""
    assessment = queries.assessments.of_key(ask.s, key)
    asked = ask.part("consultation")
    if assessment is None or asked is None:
        return whole and assessment is not None
    talk = ask.s.get(consultations.Consultation, asked)
    return (
        whole
        and talk is not None
        and assessment.id in {round_.assessment_id for round_ in talk.rounds}
    )


def _affair(ask: _Ask, key: str, whole: bool) -> bool:
    return whole and queries.affairs.id_of_key(ask.s, key) is not None


def _referral(ask: _Ask, value: str, whole: bool) -> bool:
    """A referral that is theirs; where a sitting is named too, one on its agenda; to be spoken to
    only by who is in office.
    """
    referral = ask.row(councils.Referral, value)
    sitting = ask.row(councils.Sitting, ask.within.get("sitting", ""))
    if referral is None or (
        "sitting" in ask.within and (sitting is None or referral.id not in agenda_of(sitting))
    ):
        return False
    return whole or referral.id in (
        ask.given.speaking if ask.act == "remark" else ask.given.referrals
    )


def _sitting(ask: _Ask, value: str, whole: bool) -> bool:
    """A sitting that is theirs; where a referral is named too, one that has it on its agenda."""
    about = ask.part("referral")
    if ask.who.role == "tablet" and about is None:
        return ask.who.sitting == _number(value)  # asked every two seconds while it follows
    sitting = ask.row(councils.Sitting, value)
    if sitting is None or (about is not None and about not in agenda_of(sitting)):
        return False
    return whole or sits_in(ask.s, ask.who, sitting, ask.today)


def _of_sitting(kind: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    """A row that belongs to the sitting that is named with it."""

    def _is_its(ask: _Ask, value: str, whole: bool) -> bool:
        row = ask.row(kind, value)
        return row is not None and row.sitting_id == ask.part("sitting")

    return _is_its


def _of_council(kind: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    """A row that belongs to the council that is named with it, where one is."""

    def _is_its(ask: _Ask, value: str, whole: bool) -> bool:
        row = ask.row(kind, value)
        hall = ask.part("council")
        return whole and row is not None and hall in (None, row.council_id)

    return _is_its


def _pinned(ask: _Ask, key: str, whole: bool) -> bool:
    """A document by its key among those a referral put before its council."""
    return queries.assessments.referred(ask.s, ask.part("referral"), key) is not None


def _material(ask: _Ask, value: str, whole: bool) -> bool:
    referral = ask.row(councils.Referral, ask.within.get("referral", ""))
    place = _number(value)
    return referral is not None and place is not None and 1 <= place <= len(referral.materials)


def _remark(ask: _Ask, value: str, whole: bool) -> bool:
    remark = ask.row(councils.Remark, value)
    return remark is not None and remark.referral_id == ask.part("referral")


def _of_round(kind: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    """A thing kept with a round, of the round the request names."""

    def look(ask: _Ask, value: str, whole: bool) -> bool:
        row = ask.row(kind, value)
        if row is None:
            return False
        try:
            at = line(ask.s, ask.within.get("round", ""))
        except PiaError:
            return False
        return whole and at.round is not None and at.round.id == row.round_id

    return look


def _carried(ask: _Ask, value: str, whole: bool) -> bool:
    """What left the house under a number, for the sitting that is named."""
    sitting = ask.part("sitting")
    number = _number(value)
    if not whole or sitting is None or number is None:
        return False
    return queries.carrying.numbered(ask.s, sitting, number) is not None


def _expected(ask: _Ask, value: str, whole: bool) -> bool:
    """An expected question of a round of the document the request names: what an earlier round
    expected is offered to the next."""
    row = ask.row(answers.ExpectedQuestion, value)
    key = assessment_key(ask.within.get("round", ""))
    if row is None or not whole:
        return False
    round_ = ask.s.get_one(assessments.Round, row.round_id)
    return ask.s.get_one(Assessment, round_.assessment_id).key == key


def _state_answer(ask: _Ask, value: str, whole: bool) -> bool:
    """What the state was asked about a document: of the document the request names."""
    row = ask.row(national.Confirmation, value)
    key = assessment_key(ask.within.get("round", ""))
    return (
        whole
        and row is not None
        and row.assessment_id is not None
        and ask.s.get_one(Assessment, row.assessment_id).key == key
    )


def _notice_report(ask: _Ask, value: str, whole: bool) -> bool:
    """A report of notices; by a member one that is put before a sitting of theirs."""
    row = ask.row(registers.RegisterReport, value)
    if row is None or row.withdrawn is not None:
        return False
    if whole:
        return True
    sitting = ask.row(councils.Sitting, str(row.sitting_id or ""))
    return sitting is not None and sits_in(ask.s, ask.who, sitting, ask.today)


def _of_review(kind: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    """A row of the 年次見直し that is named with it."""

    def _is_its(ask: _Ask, value: str, whole: bool) -> bool:
        row = ask.row(kind, value)
        return whole and row is not None and row.campaign_id == ask.part("review")

    return _is_its


def _candidate(ask: _Ask, value: str, whole: bool) -> bool:
    """A 次回修正候補 of the document that is named with it."""
    row = ask.row(candidates.RevisionCandidate, value)
    number = queries.assessments.id_of(ask.s, ask.within.get("assessment", ""))
    return whole and row is not None and row.assessment_id == number


def _incident_decision(ask: _Ask, value: str, whole: bool) -> bool:
    """What was decided about the incident that is named with it."""
    row = ask.row(incidents.IncidentDecision, value)
    return whole and row is not None and row.incident_id == ask.part("incident")


def _leak(ask: _Ask, value: str, whole: bool) -> bool:
    """A case of 漏えい等: of the person's department, of the office's register, of the
    assembly's."""
    row = ask.row(leaks.LeakCase, value)
    return whole and row is not None and leak_access.sees(ask.s, ask.who, row)


def _of_leak(kind: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    """A row of the case the request names."""

    def _is_its(ask: _Ask, value: str, whole: bool) -> bool:
        row = ask.row(kind, value)
        case = ask.part("leak")
        if row is None or case is None or not whole:
            return False
        return case in (getattr(row, "case_id", None), _case_of(ask.s, row))

    return _is_its


def _case_of(session: Session, row: Any) -> int | None:
    """The case a question or an answer is about."""
    if isinstance(row, leaks.LeakReply):
        row = session.get_one(leaks.LeakQuestion, row.question_id)
    if isinstance(row, leaks.LeakQuestion):
        return session.get_one(leaks.LeakGiven, row.given_id).case_id
    return None


def _leak_given(ask: _Ask, value: str, whole: bool) -> bool:
    """A case as it was reported at the sitting that is named, or of the case that is."""
    row = ask.row(leaks.LeakGiven, value)
    if row is None or (row.withdrawn is not None and not whole):
        return False
    if ask.part("leak") is not None:
        return whole and bool(row.case_id == ask.part("leak"))
    return bool(row.sitting_id == ask.part("sitting"))


def _content_answer(ask: _Ask, value: str, whole: bool) -> bool:
    """What was answered of a finding: on a page of the document the request names."""
    row = ask.row(content_checks.ContentAnswer, value)
    key = assessment_key(ask.within.get("line", ""))
    return whole and row is not None and ask.s.get_one(Assessment, row.assessment_id).key == key


def _plain(kind: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    return lambda ask, value, whole: whole and ask.row(kind, value) is not None


def _looked_book(ask: _Ask, value: str, whole: bool) -> bool:
    """A workbook that waits to be taken into the line the request names."""
    book = ask.row(imports.ImportBook, value)
    if book is None or book.state not in imports.ALONE:
        return False
    return whole and book.typed.get("into") == ask.within.get("line", "")


def _opinion(ask: _Ask, value: str, whole: bool) -> bool:
    """An opinion of the consultation that is named; by a department only one it was asked for."""
    number = queries.opinions.id_numbered(ask.s, ask.part("consultation"), _number(value))
    if number is None or not whole:
        return False
    line_ = ask.wp.rights["rights"].get(ask.act, {})
    if ask.who.role not in line_.get("own", ()):
        return True
    given = queries.assignments.standing_of(ask.s, "opinion", number)
    return given is not None and given.department_id == ask.who.department_id


def _inbox(ask: _Ask, value: str, whole: bool) -> bool:
    received = ask.row(consultations.Inbox, value)
    return whole and received is not None and received.consultation_id == ask.part("consultation")


def _attachment(ask: _Ask, value: str, whole: bool) -> bool:
    """A file that came with an opinion of the consultation that is named."""
    row = ask.row(consultations.OpinionAttachment, value)
    if row is None or not whole:
        return False
    opinion = ask.s.get_one(consultations.Opinion, row.opinion_id)
    return opinion.consultation_id == ask.part("consultation")


def _origin(ask: _Ask, value: str, whole: bool) -> bool:
    """Where the affair that is named came from."""
    row = ask.row(affair_origins.AffairOrigin, value)
    key = ask.within.get("affair", "")
    return whole and row is not None and ask.s.get_one(Affair, row.affair_id).key == key


def _notice(ask: _Ask, value: str, whole: bool) -> bool:
    """A notice about the consultation that is named."""
    row = ask.row(consultations.ConsultationNotice, value)
    return whole and row is not None and row.consultation_id == ask.part("consultation")


def _decision(ask: _Ask, value: str, whole: bool) -> bool:
    if ask.within.get("step") in ("announce", "results"):
        kind = consultations.Consultation
    else:
        kind = councils.Referral
    return whole and ask.row(kind, value) is not None


def _national(ask: _Ask, key: str, whole: bool) -> bool:
    return whole and queries.national.id_of(ask.s, key) is not None


def _account(ask: _Ask, name: str, whole: bool) -> bool:
    return whole and queries.accounts.id_of(ask.s, name) is not None


def _job(ask: _Ask, value: str, whole: bool) -> bool:
    """Long work with its file: a reading without withheld words is any reader's; what says them,
    only for who may read them; else who asked, and the office.
    """
    job = ask.row(jobs.Job, value)
    if job is None or job.kind not in ("paper", "bundle") or not job.args.get("ref"):
        return job is not None and (whole or job.actor == ask.who.name)
    if job.args.get("masked") or job.args.get("public"):
        return True
    if job.kind == "bundle":
        return reads_all(ask.wp, ask.who, ask.today, set_of(ask.wp, job.args["ref"]))
    return reads_all(ask.wp, ask.who, ask.today, [job.args["ref"]])


def _text(ask: _Ask, name: str, whole: bool) -> bool:
    """A text that can be erased, by its row: one that is there; of a case of 漏えい等 one they may
    see."""
    from ..records import personal

    table, _, key = name.partition("-")
    row = ask.row(personal.KINDS[table][0], key) if whole and table in personal.KINDS else None
    if row is None or not table.startswith("leak_"):
        return row is not None
    number = getattr(row, "case_id", None) or _case_of(ask.s, row)
    return leak_access.sees(ask.s, ask.who, ask.s.get_one(leaks.LeakCase, number))


def _file_record(ask: _Ask, value: str, whole: bool) -> bool:
    """A file of 個人情報ファイル簿, and no record of another register."""
    row = ask.row(registers.RegisterRecord, value)
    return whole and row is not None and row.register == registers.FILE


def _of_file(table: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    """Something of the file that is named."""

    def look(ask: _Ask, value: str, whole: bool) -> bool:
        row = ask.row(table, value)
        return whole and row is not None and row.record_id == ask.part("file_record")

    return look


def _blank(ask: _Ask, value: str, whole: bool) -> bool:
    """A blank of a form. The workbook of one assessment is none: it says all of its words, also
    those that are withheld."""
    carrier = ask.row(papers.Carrier, value)
    return whole and carrier is not None and carrier.assessment_id is None


def _disclosure(ask: _Ask, value: str, whole: bool) -> bool:
    return whole and ask.row(records.Disclosure, value) is not None


def _record(ask: _Ask, record: str, whole: bool) -> bool:
    """A record of the house.

    In a 開示請求 it is opened to the letter: then one that is asked for, by who may read the
    withheld words of its documents.
    """
    from ..kept import copies, recorded, retention

    record_row = recorded.there(ask.s, record, ask.today)
    asked = ask.part("disclosure")
    if record.startswith("leak:") and not _leak(ask, record.removeprefix("leak:"), whole):
        return False
    if record_row is None or asked is None:
        return whole and record_row is not None
    request = records.asked(ask.s, asked)
    if request is None or not retention.concerns(record_row, request.subject):
        return False
    return whole and reads_all(ask.wp, ask.who, ask.today, copies.documents(ask.wp, record))


# kind → (what it is called, how it is looked up, whether those who see every one of the kind must
# be asked too: it belongs to another thing).
KINDS: Mapping[str, tuple[str, Callable[[_Ask, str, bool], bool], bool]] = {
    "document": ("評価書の版", _document, False),
    "seen": ("評価書の版", _seen, True),
    "line": ("評価書", _line, True),
    "round": ("再実施・修正", _round, False),
    "comment": ("コメント", _of_round(comments.Comment), True),
    "round_file": ("資料", _of_round(round_files.RoundFile), True),
    "expected_question": ("想定問答", _expected, True),
    "planned_day": ("予定日", _of_round(calendar.PlannedDay), True),
    "closing_day": ("閉庁日", _plain(calendar.ClosingDay), False),
    "wording_source": ("記載の由来", _of_round(answers.WordingSource), True),
    "commission_letter": ("委員会からの文書", _of_round(commission.CommissionLetter), True),
    "amended_place": ("直した箇所の扱い", _of_round(amended_places.AmendedPlace), True),
    "affair_origin": ("事務の統合・分割", _origin, True),
    "commission_reply": ("委員会への回答", _of_round(commission.CommissionReply), True),
    "confirmation": ("国への確認", _state_answer, True),
    "content_answer": ("指摘への回答", _content_answer, True),
    "binding_check": ("必ず直す点検", _plain(content_checks.BindingCheck), True),
    "assessment": ("評価書", _assessment, True),
    "affair": ("事務", _affair, False),
    "referral": ("諮問", _referral, True),
    "sitting": ("会議", _sitting, True),
    "speech": ("発言", _of_sitting(minutes.Speech), True),
    "sitting_step": ("会議の手続", _of_sitting(minutes.SittingStep), True),
    "movement": ("委員の出入り", _of_sitting(minutes.Movement), True),
    "observer": ("傍聴の受付", _of_sitting(convening.Observer), True),
    "carried_set": ("持出し", _carried, True),
    "date_inquiry": ("日程の照会", _of_council(convening.DateInquiry), True),
    "member": ("委員", _of_council(councils.Member), True),
    "transcript": ("文字起こし", _of_sitting(minutes.Transcript), True),
    "pinned": ("評価書", _pinned, True),
    "material": ("資料", _material, True),
    "remark": ("質問", _remark, True),
    "council": ("審議会", _plain(councils.Council), False),
    "consultation": ("意見募集", _plain(consultations.Consultation), False),
    "opinion": ("意見", _opinion, True),
    "inbox": ("受付", _inbox, True),
    "guide_file": ("記載要領", _plain(guides.GuideFile), False),
    "consultation_notice": ("意見募集の告示", _notice, True),
    "opinion_attachment": ("意見の添付ファイル", _attachment, True),
    "decision": ("起案", _decision, False),
    "national": ("国の記載例", _national, False),
    "carrier": ("様式ファイル", _blank, True),
    "job": ("処理", _job, True),
    "account": ("利用者", _account, False),
    "department": ("課", _plain(Department), False),
    "text": ("文章", _text, True),
    "record": ("記録", _record, True),
    "disclosure": ("開示請求", _disclosure, True),
    "body": ("評価実施機関", _plain(Body), False),
    "term": ("用語の説明", _plain(councils.GlossaryTerm), False),
    "phrase": ("文例", _plain(Phrase), False),
    "term_request": ("用語の説明の求め", _plain(TermRequest), False),
    "review": ("年次見直し", _plain(reviews.ReviewCampaign), True),
    "review_office": ("所属", _plain(Department), False),
    "review_answer": ("年次見直しの回答", _of_review(reviews.ReviewAnswer), True),
    "review_reminder": ("督促", _of_review(reviews.ReviewReminder), True),
    "notifying_body": ("実施機関", _plain(Body), True),
    "notified_affair": ("個人情報取扱事務", _plain(registers.RegisterRecord), True),
    "affair_notice": ("届出", _plain(registers.RegisterVersion), True),
    "affair_report": ("届出の報告", _notice_report, True),
    "report": ("定期報告", _plain(reports.HandlingReport), True),
    "candidate": ("次回修正候補", _candidate, True),
    "incident": ("事故", _plain(incidents.Incident), True),
    "incident_decision": ("判断", _incident_decision, True),
    "leak": ("漏えい等の事案", _leak, True),
    "leak_report": ("委員会への報告", _of_leak(leaks.LeakReport), True),
    "leak_given": ("審議会への報告", _leak_given, True),
    "leak_question": ("質問", _of_leak(leaks.LeakQuestion), True),
    "leak_reply": ("回答", _of_leak(leaks.LeakReply), True),
    "leak_effect": ("評価書への影響", _of_leak(leaks.LeakEffect), True),
    "leak_body": ("評価実施機関", _plain(Body), True),
    "looked_book": ("取り込むファイル", _looked_book, True),
    "file_record": ("ファイル", _file_record, True),
    "file_omission": ("記載しないもの", _of_file(file_register.FileOmission), True),
    "published_file": ("ファイル簿の公表", _of_file(file_register.PublishedFile), True),
    "import": ("取込み", _plain(imports.ImportBatch), False),
}


def may(
    wp: Workplace,
    who: Person,
    act: str,
    kind: str,
    value: str,
    today: date,
    within: Within | None = None,
) -> bool:
    """Whether somebody may do an act (a right of rights.yaml) with one thing, named as a request
    names it. `within`: what else the request named, kind → value: an opinion is one of its
    consultation, a remark one of its referral. False alike for what is not there and for what is
    not theirs.
    """
    seen = wp.rights["objects"][kind]
    whole = who.role in seen.get("all", ())
    if not whole and not {who.role} & {*seen.get("given", ()), *seen.get("asked", ())}:
        return False
    _, look, always = KINDS[kind]
    if whole and not always:
        return True  # they see every one of the kind; whether there is such a one, the page says
    with wp.store.read() as session:
        return look(_Ask(wp, session, who, act, today, within or {}), value, whole)


def not_there(kind: str) -> str:
    """What is said of a thing that is not there, or not theirs: the same sentence."""
    return (
        f"その{KINDS[kind][0]}は、ないか、あなたが見られるものではありません。"
        "一覧から選び直してください。"
    )


def before_them(wp: Workplace, who: Person, today: date) -> Given:
    """What lies before a member or a tablet, for lists."""
    with wp.store.read() as session:
        return given(session, who, today)


def all_of(wp: Workplace, who: Person, kind: str) -> bool:
    """Whether somebody sees every object of a kind."""
    return who.role in wp.rights["objects"][kind].get("all", ())
