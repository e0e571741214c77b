"""Which fields of which records may be put right by hand, what must hold of them, and which records
may be taken back (規則第7条第4項).

Knows rows, their fields and the rules that can be asked where a fact is typed. Must not know how a
correction is kept (`corrections`), nor pages. What a person spoke or sent (an opinion's text, a
question, an answer) is never rewritten: it is taken back and recorded anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.document.blocks import heading_fits
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.minutes.agenda import with_marks
from ...domain.revise import national_drafts
from ...domain.wareki import written
from ...store import queries
from ...store.rows import (
    assignments,
    comments,
    consultations,
    councils,
    filing,
    round_files,
)
from ...store.rows.assessments import Assessment, Round, RoundEvent, Version
from ...store.rows.bodies import Affair, Department
from ...store.rows.corrections import WITHDRAWN, RecordCorrection
from ...store.rows.national import NationalRevision
from ...store.rows.phrases import Phrase
from ...store.rows.registers import RegisterRecord
from ...store.rows.term_requests import TermRequest
from . import (
    amended_places,
    answer_kinds,
    calendar_kinds,
    candidate_kinds,
    carrying_kinds,
    closing,
    commission_kinds,
    content_kinds,
    convening_kinds,
    ends_kinds,
    file_kinds,
    guide_kinds,
    incident_kinds,
    leak_kinds,
    minutes,
    minutes_kinds,
    notice_kinds,
    opinion_kinds,
    origin_kinds,
    referral_kinds,
    report_kinds,
    review_kinds,
)
from .field_kinds import Field as Field
from .field_kinds import Kind as Kind
from .field_kinds import Values as Values

# ---- 意見募集


def _consultation_fields(session: Session, row: consultations.Consultation) -> Sequence[Field]:
    return (
        Field("title", "件名"),
        Field("announced", "公示日", "day"),
        Field("start", "始まりの日", "day"),
        Field("end", "終わりの日", "day"),
        Field("method", "意見の出し方", "area"),
        Field("shortened_reason", "期間を短縮する理由", "area", False, "facts.shortened_reason"),
        Field("contact", "提出先・問合せ先", "area", False, "facts.contact"),
        Field("postmark", "郵送は消印有効とする", "ticked", False, "facts.postmark"),
        Field("document_number", "文書番号", "line", False, "facts.document_number"),
        Field("decided", "決裁日", "day", False, "facts.decided"),
    )


def _check_consultation(session: Session, by: By, row: Any, values: Values) -> None:
    closing.days_in_order(values["announced"], values["start"], values["end"])


def _follows_consultation(session: Session, row: consultations.Consultation) -> Sequence[str]:
    told = []
    if queries.opinions.ids_of_consultation(session, row.id):
        told.append("意見が届いています。期間や方法は、取り消さずに直してください。")
    if queries.opinions.waiting(session, row.id):
        told.append("受け付けていない意見が届いています。")
    if any(round_.state not in ("CONSULTING", "WITHDRAWN") for round_ in row.rounds):
        told.append("意見募集の次の手続へ進んでいます。")
    return told


# ---- 用語の説明、文例


def _term_fields(session: Session, row: councils.GlossaryTerm) -> Sequence[Field]:
    return (
        Field("term", "用語"),
        Field("explanation", "説明", "area"),
        Field("source", "出典", "line", False),
        Field("read_on", "出典を確かめた日", "day", False),
    )


def _check_term(session: Session, by: By, row: councils.GlossaryTerm, values: Values) -> None:
    known = queries.councils.explained(session, values["term"])
    if known is not None and known.id != row.id:
        raise Unfit("term", f"「{values['term']}」には、もう説明があります。")


def _request_fields(session: Session, row: TermRequest) -> Sequence[Field]:
    fields = (Field("term", "用語"), Field("note", "知りたいこと", "area", False))
    if row.answer is None:
        return fields
    return (*fields, Field("answer", "事務局の答え", "area"))


def _phrase_fields(session: Session, row: Phrase) -> Sequence[Field]:
    return (
        Field("heading", "見出し", "line", False),
        Field("text", "記載", "area"),
        Field("note", "使い方", "area", False),
    )


def _check_phrase(session: Session, by: By, row: Phrase, values: Values) -> None:
    must_be_heading(values["heading"] or "")


def must_be_heading(words: str) -> None:
    """Unfit where words cannot be the heading of a block."""
    if not heading_fits(words):
        raise Unfit(
            "heading", "「見出し」は、＜＞を付けずに入力してください。＜＞は自動で付きます。"
        )


def _follows_nothing(session: Session, row: Any) -> Sequence[str]:
    return ()


# ---- 諮問


def _referral_fields(session: Session, row: councils.Referral) -> Sequence[Field]:
    return (Field("title", "件名"), *_material_fields(row))


def _material_fields(row: councils.Referral) -> Iterable[Field]:
    for index, material in enumerate(row.materials):
        called = material.get("number") or f"資料{index + 1}"
        yield Field(f"number{index}", f"{called}の番号", column=f"materials.{index}.number")
        yield Field(f"title{index}", f"{called}の題名", "line", False, f"materials.{index}.title")


def _follows_referral(session: Session, row: councils.Referral) -> Sequence[str]:
    told = []
    if queries.referrals.recall(session, row.id) is not None:
        told.append("諮問の取下げが記録されています。")
    if queries.councils.decided_on(session, row.id) is not None:
        told.append("審議会の結論が記録されています。")
    if closing.sittings_of(session, row):
        told.append("会議の議題になっています。先に、会議の議題から外してください。")
    return told


# ---- 会議


def _sitting_fields(session: Session, row: councils.Sitting) -> Sequence[Field]:
    return (
        Field("name", "会議の名称"),
        Field("day", "開催日", "day"),
        Field("opens", "開会の時刻", "clock"),
        Field("place", "開催場所"),
        Field("agenda", "議題", "agenda"),
    )


def _check_sitting(session: Session, by: By, row: councils.Sitting, values: Values) -> None:
    minutes.must_be_open(session, row)
    taken = queries.sittings.convened(session, row.council_id, values["day"], values["opens"])
    if taken is not None and taken.id != row.id:
        raise Unfit("day", "同じ日時の会議が、もう登録されています。")
    if row.closes is not None and values["opens"] >= row.closes:
        raise Unfit("opens", "開会の時刻が、記録されている閉会の時刻より後です。")
    seats = {seat.id for seat in councils.in_office(session, row.council_id, values["day"])}
    for attendance in queries.sittings.present(session, row.id):
        if attendance.member_id not in seats:
            name = session.get_one(councils.Member, attendance.member_id).name
            raise Unfit("day", f"出席した{name}さんは、この日に在任していません。")
    _check_agenda(session, row, values["agenda"])


def _check_agenda(
    session: Session, row: councils.Sitting, agenda: Sequence[Mapping[str, Any]]
) -> None:
    """What was decided here stays on the agenda, and a referral is one to this council."""
    kept = {int(entry["referral"]) for entry in agenda if entry.get("referral")}
    for number in sorted(kept):
        referral = session.get(councils.Referral, number)
        if referral is None or referral.council_id != row.council_id:
            raise Unfit("agenda", f"諮問{number}は、この審議会への諮問ではありません。")
    before = {int(entry["referral"]) for entry in row.agenda if entry.get("referral")}
    for number in sorted(before - kept):
        if any(
            verdict.sitting_id == row.id for verdict in queries.councils.verdicts(session, number)
        ):
            raise Unfit(
                "agenda", f"諮問{number}の結論がこの会議で記録されているため、議題から外せません。"
            )


def _follows_sitting(session: Session, row: councils.Sitting) -> Sequence[str]:
    told = []
    if queries.sittings.present(session, row.id):
        told.append("出席が記録されています。")
    if queries.councils.decided_at(session, row.id) is not None:
        told.append("結論が記録されています。")
    if row.closes is not None:
        told.append("閉会が記録されています。")
    return told


# ---- 質問と回答


def _follows_remark(session: Session, row: councils.Remark) -> Sequence[str]:
    if queries.remarks.standing_answers_to(session, row.id):
        return ("回答があります。先に回答を取り消してください。",)
    return _answers_stand(session, row.referral_id)


def _follows_answer(session: Session, row: councils.Answer) -> Sequence[str]:
    remark = session.get_one(councils.Remark, row.remark_id)
    return _answers_stand(session, remark.referral_id)


def _answers_stand(session: Session, referral_id: int) -> Sequence[str]:
    """Why nothing that was spoken may be taken back: the case has left the house."""
    referral = session.get_one(councils.Referral, referral_id)
    states = [session.get_one(Round, pinned.round_id).state for pinned in referral.rounds]
    if states and all(state in closing.ENDED for state in states):
        return ("この諮問の手続は終わっています。",)
    return ()


# ---- 手続


def _round_fields(session: Session, row: Round) -> Sequence[Field]:
    if row.base_id is None:  # a first text changes nothing that would have a reason
        return (Field("change_date", "ファイルを保有する予定日", "day", False),)
    return (
        Field("reasons", "変更理由（1行に1つ）", "lines"),
        Field("change_date", "変更の実施予定日", "day", False),
    )


def _check_round(session: Session, by: By, row: Round, values: Values) -> None:
    """A reason that was given for a change stays: the changes name it."""
    at = session.get_one(Assessment, row.assessment_id)
    used = set()
    texts = set()
    for version in queries.versions.of_round(session, at.id, row.id):
        source = version.source or {}
        used.add(str(source.get("reason") or ""))
        texts.add(str(source.get("national") or ""))
    used |= queries.national.reasons_of(session, texts)
    gone = [reason for reason in row.reasons if reason not in values["reasons"]]
    for reason in gone:
        if reason in used:
            raise Unfit(
                "reasons",
                f"「{reason}」は、変更の理由として使われています。"
                "その行は残し、新しい理由を加えてください。",
            )


# ---- 提出と公表、結論: what left the house is followed by a row of its own


def _submission_fields(session: Session, row: filing.Submission) -> Sequence[Field]:
    return (
        Field("document_number", "文書番号"),
        Field("decided", "決裁日", "day", False),
    )


def _check_submission(session: Session, by: By, row: filing.Submission, values: Values) -> None:
    sent = day_in_japan(row.at)
    decided = values["decided"]
    if decided is not None and decided > sent:
        raise Unfit(
            "decided",
            f"決裁日（{written(decided)}）が、提出した日（{written(sent)}）より後です。",
        )


def _publication_fields(session: Session, row: filing.Publication) -> Sequence[Field]:
    return (Field("day", "公表日", "day"),)


def _follows_publication(session: Session, row: filing.Publication) -> Sequence[str]:
    if row.round_id is not None:
        return ("公表の手続で記録されています。取り消さずに、公表日を直してください。",)
    version = session.get_one(Version, row.version_id)
    rounds = queries.rounds.of_assessment(session, version.assessment_id)
    if any(round_.base_id == version.id and round_.state != "WITHDRAWN" for round_ in rounds):
        return ("この公表の記録から、再実施か修正が始まっています。",)
    return ()


def _check_publication(session: Session, by: By, row: filing.Publication, values: Values) -> None:
    day = values["day"]
    if day > by.day:
        raise Unfit("day", f"公表日（{written(day)}）がまだ来ていません。")
    if row.round_id is None:
        return
    for submission in queries.filing.submissions_of_round(session, row.round_id):
        sent = day_in_japan(submission.at)
        if submission.version_id == row.version_id and day < sent:
            raise Unfit(
                "day", f"公表日（{written(day)}）が、提出した日（{written(sent)}）より前です。"
            )


def _verdict_fields(session: Session, row: councils.Verdict) -> Sequence[Field]:
    return (
        Field("kind", "結論", "verdict"),
        *_of_each_document(session, row),
        Field("note", "結論の言葉", "area", False),
    )


def _of_each_document(session: Session, row: councils.Verdict) -> Iterable[Field]:
    """What was said of each document, where there are several."""
    if len(row.digests) < 2:
        return
    for number in row.digests:
        at = session.get_one(Assessment, session.get_one(Round, number).assessment_id)
        name = session.get_one(Affair, at.affair_id).name
        yield Field(
            f"kind{number}", f"「{name}」についての結論", "verdict", column=f"kinds.{number}"
        )


def _check_verdict(session: Session, by: By, row: councils.Verdict, values: Values) -> None:
    for pinned in session.get_one(councils.Referral, row.referral_id).rounds:
        again = queries.rounds.sent_again(session, pinned.round_id)
        if any(event.at > row.at for event in again):
            raise PiaError(
                "この結論の後に点検をやり直しているため、直せません。新しい結論を記録してください。"
            )


# ---- 手続で記録したこと、会議の修正案、事務

# Steps that only record something and move a round nowhere.
NOTED = frozenset(
    {"emergency", "minor", "overrule", "explain", "review_fixed", "reported", "decided"}
)


def _follows_event(session: Session, row: RoundEvent) -> Sequence[str]:
    if row.event not in NOTED:
        return ("手続を進めた記録です。手続の画面で、次の手続か「取り下げる」を選んでください。",)
    state = session.get_one(Round, row.round_id).state
    if state in closing.OVER or (state in closing.ENDED and row.event != "reported"):
        return ("この手続は、提出か公表を終えています。",)
    return ()


def _follows_day(session: Session, row: filing.OutwardDate) -> Sequence[str]:
    return ()


def _follows_proposal(session: Session, row: councils.Proposal) -> Sequence[str]:
    return _answers_stand(session, row.referral_id)


# ---- コメント、意見・質問の割当て、起案の資料


def _comment_fields(session: Session, row: comments.Comment) -> Sequence[Field]:
    named = {name: queries.accounts.shown_of(session, name) or name for name in row.names}
    fields = [Field("text", "コメント", "area")]
    if named:
        fields.append(Field("names", "知らせる人", "many", False, options=named))
    return fields


def _check_comment(session: Session, by: By, row: comments.Comment, values: Values) -> None:
    must_be_own(session, by, row)


def must_be_own(session: Session, by: By, row: comments.Comment) -> None:
    """Refused for a comment of somebody else, and once its round is over."""
    if row.actor != by.actor:
        raise Refused("ほかの人のコメントは、直すことも取り消すこともできません。")
    if session.get_one(Round, row.round_id).state in closing.OVER:
        raise Refused("この手続は終わっているため、コメントは直せません。")
    if queries.comments.corrected_by(session, row.id) is not None:
        raise PiaError("このコメントは、もう直されています。いまのコメントを直してください。")


def _follows_comment(session: Session, row: comments.Comment) -> Sequence[str]:
    began = row.thread_id is None or row.thread_id in queries.comments.chain(session, row)
    if began and queries.comments.answered(session, row.begins, row.id):
        return ("答えが書かれています。続きに書き足してください。",)
    return ()


def must_be_of_department(session: Session, department: int, account: str) -> None:
    """Unfit for a department that is closed, and for a person who is not one of its people."""
    office = session.get(Department, department)
    if office is None or office.closed is not None:
        raise Unfit("department", "「担当課」を選び直してください。")
    person = queries.accounts.active_named(session, account) if account else None
    if account and (person is None or person.department_id != department):
        raise Unfit("account", f"その担当者は、{office.name}の利用者ではありません。")


def _assignment_fields(session: Session, row: assignments.Assignment) -> Sequence[Field]:
    offices = {}
    for office in queries.departments.open_departments(session):
        offices[str(office.id)] = office.name
    people = {"": "課の全員"}
    for account, name in queries.comments.writers(session, ("drafter", "head", "secretariat")):
        if name:
            people[account.name] = f"{account.shown}（{name}）"
    for name in filter(None, (row.account,)):
        people.setdefault(name, queries.accounts.shown_of(session, name) or name)
    return (
        Field("department", "担当課", "choice", column="office", options=offices),
        Field("account", "担当者", "choice", options=people),
        Field("until", "いつまでに", "day"),
    )


def _check_assignment(
    session: Session, by: By, row: assignments.Assignment, values: Values
) -> None:
    must_be_of_department(session, int(values["department"]), values["account"])
    given = day_in_japan(row.at)
    if values["until"] < given:
        raise Unfit(
            "until",
            f"期限（{written(values['until'])}）が、割り当てた日（{written(given)}）より前です。",
        )


def _follows_assignment(session: Session, row: assignments.Assignment) -> Sequence[str]:
    return ()


def _file_fields(session: Session, row: round_files.RoundFile) -> Sequence[Field]:
    return (Field("title", "資料の題名"),)


def _check_file(session: Session, by: By, row: round_files.RoundFile, values: Values) -> None:
    if session.get_one(Round, row.round_id).state in closing.OVER:
        raise Refused("この手続は終わっているため、資料は直せません。")


def _follows_file(session: Session, row: round_files.RoundFile) -> Sequence[str]:
    if session.get_one(Round, row.round_id).state in closing.OVER:
        return ("この手続は終わっています。",)
    return ()


def _follows_affair(session: Session, row: Affair) -> Sequence[str]:
    told = []
    if queries.assessments.with_text(session, row.id):
        told.append("評価書が登録されています。")
    if queries.affairs.last_threshold_fact(session, row.id) is not None:
        told.append("しきい値判断の人数が記録されています。")
    return told


def _national_fields(session: Session, row: NationalRevision) -> Sequence[Field]:
    fields = []
    for name, (label, needed) in national_drafts.ABOUT.items():
        kind = "day" if name in national_drafts.DAYS else "line"
        fields.append(Field(name, label, kind, needed, f"body.{name}"))
    return (*fields, Field("places", "記載例", "places", column="body.places"))


def _check_national(session: Session, by: By, row: NationalRevision, values: Values) -> None:
    if queries.national.follower(session, row.key) is not None:
        raise PiaError(
            "この記載例は、もう訂正されています。訂正後の記載例の画面から直してください。"
        )


def _follows_national(session: Session, row: NationalRevision) -> Sequence[str]:
    told = []
    if queries.national.applied(session, row.id):
        told.append(
            "この記載例を反映した評価書があります。"
            "取り消さずに直すか、先にすべての反映を取り消してください。"
        )
    if queries.national.follower(session, row.key) is not None:
        told.append("この記載例は訂正されています。先に、訂正後の記載例を取り消してください。")
    return told


def _no_fields(session: Session, row: Any) -> Sequence[Field]:
    return ()


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        *minutes_kinds.KINDS,
        *convening_kinds.KINDS,
        *carrying_kinds.KINDS,
        *commission_kinds.KINDS,
        *ends_kinds.KINDS,
        *referral_kinds.KINDS,
        *answer_kinds.KINDS,
        *review_kinds.KINDS,
        *candidate_kinds.KINDS,
        *incident_kinds.KINDS,
        *leak_kinds.KINDS,
        *report_kinds.KINDS,
        *calendar_kinds.KINDS,
        *content_kinds.KINDS,
        *opinion_kinds.KINDS,
        *notice_kinds.KINDS,
        *guide_kinds.KINDS,
        *file_kinds.KINDS,
        *amended_places.KINDS,
        *origin_kinds.KINDS,
        Kind(
            "consultation",
            consultations.Consultation,
            "意見募集",
            _consultation_fields,
            _check_consultation,
            _follows_consultation,
        ),
        Kind(
            "referral",
            councils.Referral,
            "諮問",
            _referral_fields,
            follows=_follows_referral,
        ),
        Kind(
            "sitting",
            councils.Sitting,
            "会議",
            _sitting_fields,
            _check_sitting,
            _follows_sitting,
        ),
        Kind(
            "glossary_term",
            councils.GlossaryTerm,
            "用語の説明",
            _term_fields,
            _check_term,
            _follows_nothing,
        ),
        Kind(
            "term_request",
            TermRequest,
            "用語の説明の求め",
            _request_fields,
            follows=_follows_nothing,
        ),
        Kind("phrase", Phrase, "文例", _phrase_fields, _check_phrase, _follows_nothing),
        Kind("remark", councils.Remark, "質問", _no_fields, follows=_follows_remark),
        Kind("answer", councils.Answer, "回答", _no_fields, follows=_follows_answer),
        Kind("round", Round, "手続", _round_fields, _check_round),
        Kind("round_event", RoundEvent, "手続の記録", _no_fields, follows=_follows_event),
        Kind("outward_date", filing.OutwardDate, "日付", _no_fields, follows=_follows_day),
        Kind("proposal", councils.Proposal, "修正案", _no_fields, follows=_follows_proposal),
        Kind(
            "comment",
            comments.Comment,
            "コメント",
            _comment_fields,
            _check_comment,
            _follows_comment,
            apart=frozenset({"text"}),
        ),
        Kind(
            "assignment",
            assignments.Assignment,
            "割当て",
            _assignment_fields,
            _check_assignment,
            _follows_assignment,
        ),
        Kind(
            "round_file",
            round_files.RoundFile,
            "起案の資料",
            _file_fields,
            _check_file,
            _follows_file,
        ),
        Kind("affair", Affair, "事務", _no_fields, follows=_follows_affair),
        Kind(
            "national_revision",
            NationalRevision,
            "国の記載例",
            _national_fields,
            _check_national,
            _follows_national,
        ),
        Kind(
            "submission",
            filing.Submission,
            "提出",
            _submission_fields,
            _check_submission,
            overlaid=True,
        ),
        Kind(
            "publication",
            filing.Publication,
            "公表",
            _publication_fields,
            _check_publication,
            _follows_publication,
        ),
        Kind(
            "verdict",
            councils.Verdict,
            "審議会の結論",
            _verdict_fields,
            _check_verdict,
            apart=frozenset({"note"}),
        ),
    )
}


def kind_of(name: str) -> Kind:
    """A kind of record by its table. PiaError for one that is not corrected here."""
    if name not in KINDS:
        raise PiaError("その記録は、この画面では直せません。")
    return KINDS[name]


def value_of(row: Any, place: str) -> Any:
    """What a row says in a field: a column, or one of its facts (`facts.contact`,
    `materials.0.title`)."""
    column, *inside = place.split(".")
    value = getattr(row, column)
    for key in inside:
        if isinstance(value, list):
            value = value[int(key)]
        else:
            value = (value or {}).get(key)
    return value


def plain(value: Any) -> Any:
    """A value as JSON has it: days and times as ISO texts."""
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def values(session: Session, kind: Kind, row: Any) -> dict[str, Any]:
    """What a record says now, by the names of its fields, as JSON has it."""
    said = {}
    for field in kind.fields(session, row):
        said[field.name] = _empty_as_none(plain(value_of(row, field.place)), field)
    if kind.overlaid:
        said |= queries.corrections.now(session, kind.name, [row.id]).get(row.id, {})
    return said


def as_said(fields: Sequence[Field], typed: Values) -> dict[str, Any]:
    """What was typed into these fields, as `values` says it."""
    return {field.name: _empty_as_none(plain(typed[field.name]), field) for field in fields}


def _empty_as_none(value: Any, field: Field) -> Any:
    """What was never typed is the same as what was left empty."""
    if field.kind == "ticked":
        return bool(value)
    if field.kind == "agenda":
        return with_marks(value)
    if value is None and field.kind in ("line", "area"):
        return ""
    return value


def row_of_kind(session: Session, kind: Kind, number: int) -> Any:
    """The record of a number, also one that was taken back. PiaError when there is none."""
    row = session.get(kind.table, number)
    if row is None:
        raise PiaError(f"その{kind.words}はありません。一覧から選び直してください。")
    return row


def kept(session: Session, kind: str, row: Any) -> list[RecordCorrection]:
    """What was put right of a record, the latest first; of one that is followed by rows of its own
    also what was put right of those before it."""
    numbers = [row.id]
    if kind == "verdict":
        numbers = [each.id for each in queries.councils.verdicts(session, row.referral_id)]
    elif kind == "referral_step":
        numbers = [each.id for each in queries.referrals.corrected_by(session, row)]
    elif kind == "national_revision":
        numbers = [row.id, *(each.id for each in queries.national.before(session, row))]
    elif kind == "expected_question":
        numbers = queries.answers.chain(session, row)
    elif kind == "confirmation":
        numbers = [each.id for each in queries.national.confirmations_like(session, row)]
    elif kind == "comment":
        numbers = queries.comments.chain(session, row)
    elif kind == "publication" and row.round_id is not None:
        published = queries.filing.all_publications_of_round(session, row.round_id)
        numbers = [each.id for each in published]
    elif kind == "publication":
        version = session.get_one(Version, row.version_id)
        numbers = queries.filing.all_without_round(session, version.assessment_id)
    return queries.corrections.of_records(session, {kind: numbers})


def withdrawn_on(session: Session, kind: Kind, row: Any) -> date | None:
    """The day a record was taken back; None while it stands."""
    day = getattr(row, "withdrawn", None)
    if isinstance(day, date):
        return day
    put_right = queries.corrections.of_record(session, kind.name, row.id)
    if put_right and put_right[0].act == WITHDRAWN:
        return day_in_japan(put_right[0].at)
    return None


# What is kept ready for a council, a chosen day and what the commission wrote belong to a round.
OF_ROUND = (
    *("expected_question", "wording_source", "planned_day"),
    *("commission_letter", "commission_reply", "amended_place"),
)


def body_of(session: Session, kind: str, row: Any) -> int | None:
    """Whose record it is; None where it may be of several bodies."""
    rounds: Sequence[Round] = ()
    if kind == "consultation":
        rounds = row.rounds
    elif kind == "consultation_notice":
        rounds = session.get_one(consultations.Consultation, row.consultation_id).rounds
    elif kind in ("opinion", "opinion_attachment"):
        number = row.opinion_id if kind == "opinion_attachment" else row.id
        opinion = session.get_one(consultations.Opinion, number)
        rounds = session.get_one(consultations.Consultation, opinion.consultation_id).rounds
    elif kind in ("referral", "referral_step"):
        number = row.id if kind == "referral" else row.referral_id
        referral = session.get_one(councils.Referral, number)
        rounds = [session.get_one(Round, pinned.round_id) for pinned in referral.rounds]
    elif kind == "round":
        rounds = [row]
    elif kind in ("round_event", "outward_date", "comment", "round_file", *OF_ROUND):
        rounds = [session.get_one(Round, row.round_id)]
    elif kind == "content_answer":
        return queries.assessments.body_of(session, row.assessment_id)
    elif kind in ("affair", "incident", "leak_case"):
        return int(row.body_id)
    elif kind in ("file_omission", "published_file"):
        return int(session.get_one(RegisterRecord, row.record_id).body_id)
    elif kind in ("affair_end", "affair_origin"):
        return int(session.get_one(Affair, row.affair_id).body_id)
    bodies = set()
    for round_ in rounds:
        bodies.add(queries.assessments.body_of(session, round_.assessment_id))
    return bodies.pop() if len(bodies) == 1 else None
