"""What waits for a person and what went on around them, as the first page and the menu ask for it.

Each question is one statement, however many affairs there are, and reads no text of a document.
Knows rows. Must not know whose turn it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from ..ledger.log import CAME_IN, REVIEWED, AuditEntry
from ..rows import imports, jobs
from ..rows.affair_ends import AffairEnd
from ..rows.assessments import OPEN, Assessment, Round, RoundEvent, Version
from ..rows.assignments import Assignment
from ..rows.bodies import Account, Affair, Body, Department
from ..rows.carrying import CarriedSet
from ..rows.commission import CommissionLetter
from ..rows.consultations import (
    COUNTED,
    Consultation,
    Inbox,
    Opinion,
    Response,
    consultation_round,
)
from ..rows.councils import (
    Answer,
    Council,
    GlossaryTerm,
    Member,
    Referral,
    ReferralRound,
    Remark,
    Sitting,
    Tick,
)
from ..rows.draft_ways import Handover
from ..rows.incidents import Incident
from ..rows.leaks import LeakCase
from ..rows.national import NationalRevision
from ..rows.reports import HandlingReport
from ..rows.reviews import ReviewCampaign
from ..rows.sessions import Identity, WebSession
from ..rows.tallies import RoundTally
from ..rows.term_requests import TermRequest
from ..rows.two_persons import AskedStep
from ..rows.unsaved import Unsaved
from ..sql import member
from .affair_ends import UNTOLD
from .assessments import RUNNING
from .assignments import WAITS
from .commission import LETTER_WAITS
from .national import CORRECTS
from .referrals import AT_CHECK
from .unsaved import LEFT, of_line, on_line

_RUNS = Round.id.in_(select(Round.id).where(OPEN))
SAVES = 5_000  # as many of the latest saves of the house are looked through for others'

RunningRow = Row[Round, Assessment, Affair, str | None, RoundTally | None]

_RUNNING = (
    select(Round, Assessment, Affair, Department.name, RoundTally)
    .join(Assessment, Assessment.id == Round.assessment_id)
    .join(Affair, Affair.id == Assessment.affair_id)
    .outerjoin(Department, Department.id == Affair.department_id)
    .outerjoin(RoundTally, RoundTally.round_id == Round.id)
    .where(Round.id.in_(select(Round.id).where(OPEN)), Round.head_id.is_not(None))
    .order_by(Round.id)
)


def running(session: Session) -> Sequence[RunningRow]:
    """(round, assessment, affair, name of its department, its tally) of every round that runs and
    has a text."""
    return session.execute(_RUNNING).all()


def last_steps(session: Session, round_ids: Iterable[int]) -> Sequence[Row[RoundEvent, str | None]]:
    """(step, how its actor is shown, where they have an account) of the first step of each of these
    rounds and the last one that changed its state or settled its text, by their number."""
    later = (
        select(RoundEvent.round_id, func.max(RoundEvent.seq).label("seq"))
        .where(RoundEvent.round_id.in_(round_ids), RoundEvent.event.not_in(_ASIDE))
        .group_by(RoundEvent.round_id)
        .subquery()
    )
    return session.execute(
        select(RoundEvent, Account.shown)
        .join(later, later.c.round_id == RoundEvent.round_id)
        .outerjoin(Account, Account.name == RoundEvent.actor)
        .where(or_(RoundEvent.seq == 1, RoundEvent.seq == later.c.seq))
        .order_by(RoundEvent.round_id, RoundEvent.seq)
    ).all()


# Steps that leave a round where it is and hand it to nobody.
_ASIDE = (
    "table",
    "explain",
    "overrule",
    "emergency",
    "rebase",
    "minor",
    "decided",
    "own_decision",
    "replacement",
    "viewpoints",
)


_OPEN_OPINION = (
    *COUNTED,
    ~exists().where(Response.opinion_id == func.coalesce(Opinion.like_id, Opinion.id)),
)
_OPEN_REMARK = (
    Remark.later.is_not(True),
    Remark.withdrawn.is_(None),
    ~exists().where(Answer.remark_id == Remark.id, Answer.withdrawn.is_(None)),
)


TalkRow = Row[Consultation, int, int, int | None]


def consultations(session: Session, round_ids: Iterable[int]) -> Sequence[TalkRow]:
    """(consultation, how much residents sent that nobody took in, how many of its opinions that
    came in time have no answer, round) of every consultation about one of these rounds, oldest
    first, and (with no round) of any for which something was sent."""
    sent = select(func.count(Inbox.id)).where(
        Inbox.consultation_id == Consultation.id, Inbox.opinion_id.is_(None)
    )
    open_ = select(func.count(Opinion.id)).where(
        Opinion.consultation_id == Consultation.id, *_OPEN_OPINION
    )
    waits = select(Inbox.consultation_id).where(Inbox.opinion_id.is_(None))
    about = consultation_round.c
    of = select(Consultation, sent.scalar_subquery(), open_.scalar_subquery(), about.round_id)
    theirs = (about.consultation_id == Consultation.id) & about.round_id.in_(list(round_ids))
    of = of.outerjoin(consultation_round, theirs)
    wanted = or_(about.round_id.is_not(None), Consultation.id.in_(waits))
    standing = Consultation.withdrawn.is_(None)
    return session.execute(of.where(wanted, standing).order_by(Consultation.id)).all()


def questions(session: Session, referral_ids: Iterable[int]) -> list[Remark]:
    """The questions of members in these referrals that nobody has answered, oldest first."""
    of = select(Remark).where(Remark.referral_id.in_(referral_ids), *_OPEN_REMARK)
    return list(session.scalars(of.order_by(Remark.id)))


def sittings_since(session: Session, day: date) -> list[Sitting]:
    """The sittings from a day on, by day and hour."""
    standing = (Sitting.day >= day, Sitting.withdrawn.is_(None))
    of = select(Sitting).where(*standing).order_by(Sitting.day, Sitting.opens)
    return list(session.scalars(of))


def before_council(
    session: Session, referral_ids: Iterable[int], who: str
) -> Sequence[Row[Referral, int]]:
    """(referral, how many of its cards somebody ticked) of these referrals with a round that is at
    its check, oldest first."""
    ticked = (
        select(func.count(Tick.id))
        .where(Tick.referral_id == Referral.id, Tick.who == who)
        .scalar_subquery()
    )
    standing = Referral.withdrawn.is_(None)
    of = select(Referral, ticked).where(Referral.id.in_(referral_ids), standing, AT_CHECK)
    return session.execute(of.order_by(Referral.id)).all()


def answered_since(session: Session, speaker: str, at: datetime) -> Sequence[Row[Remark, Answer]]:
    """(question, answer) of one speaker's questions that were answered since an instant."""
    return session.execute(
        select(Remark, Answer)
        .join(Answer, Answer.remark_id == Remark.id)
        .where(Remark.speaker == speaker, Answer.at > at, Answer.withdrawn.is_(None))
        .order_by(Answer.at.desc())
        .limit(20)
    ).all()


def asked_of_another(session: Session, actor: str) -> Sequence[Row[AskedStep, str | None]]:
    """(step, how who asked is shown) of the steps of two persons that wait for somebody else than
    who asked, oldest first."""
    of = select(AskedStep, Account.shown).outerjoin(Account, Account.name == AskedStep.actor)
    waits = of.where(AskedStep.state.is_(None), AskedStep.actor != actor)
    return session.execute(waits.order_by(AskedStep.id)).all()


def jobs_of(session: Session, actor: str, since: datetime) -> list[jobs.Job]:
    """Somebody's jobs that wait or run, and those that failed since an instant, newest first."""
    failed = (jobs.Job.state == jobs.FAILED) & (jobs.Job.at >= since)
    open_ = jobs.Job.state.in_((jobs.QUEUED, jobs.RUNNING))
    of = select(jobs.Job).where(open_ | failed, jobs.Job.actor == actor)
    return list(session.scalars(of.order_by(jobs.Job.id.desc()).limit(20)))


def batches_of(session: Session, actor: str) -> Sequence[Row[int, datetime, int]]:
    """(batch, when it was sent, how many books of it were not taken in) of somebody's imports."""
    batch = imports.ImportBatch
    book = imports.ImportBook
    return session.execute(
        select(batch.id, batch.at, func.count(book.id))
        .join(book, book.batch_id == batch.id)
        .where(batch.actor == actor, book.state.in_((imports.SENT, imports.READ)))
        .group_by(batch.id, batch.at)
        .order_by(batch.id.desc())
    ).all()


UnsavedRow = Row[str, str, datetime, str, str]


def unsaved_around(session: Session, actor: str, department_id: int | None) -> Sequence[UnsavedRow]:
    """(line, path, when, "" or how its writer is shown, name of the affair) of what somebody is
    writing and has not saved, the newest first; and, where a department is named, of what people
    left on drafts of its affairs who may write there no more."""
    mine = Unsaved.account == actor
    left = and_(
        ~mine,
        LEFT,
        Affair.department_id == bindparam("department"),
        exists().where(Round.assessment_id == Assessment.id, on_line(Round), _RUNS),
    )
    of = (
        select(
            Unsaved.line,
            Unsaved.path,
            Unsaved.at,
            case((mine, ""), else_=Account.shown),
            func.coalesce(Affair.name, ""),
        )
        .outerjoin(Account, Account.name == Unsaved.account)
        .outerjoin(Assessment, of_line(Assessment))
        .outerjoin(Affair, Affair.id == Assessment.affair_id)
        .where(or_(mine, left))
    )
    found = of.order_by(Unsaved.at.desc(), Unsaved.id)
    return session.execute(found, {"department": department_id}).all()


LineRow = Row[str, str, str, int | None, str, list[list[str]] | None]


def lines_named(session: Session, keys: Iterable[str]) -> Sequence[LineRow]:
    """(key, name of the running round or "", name of the affair, its department, form of the head,
    names of its ファイル) of the main lines and running rounds of these assessments."""
    main = (
        select(
            Assessment.key,
            func.coalesce(Round.name, ""),
            Affair.name,
            Affair.department_id,
            Version.form,
            RoundTally.files,
        )
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(Round, Round.assessment_id == Assessment.id)
        .join(Version, Version.id == func.coalesce(Round.head_id, Assessment.head_id))
        .outerjoin(RoundTally, RoundTally.round_id == Round.id)
        .where(Assessment.key.in_(keys))
    )
    return session.execute(main).all()


SavedRow = Row[str, str | None, str, int, str, datetime, str]


def saved_by_others(
    session: Session, actor: str, since: datetime, department_id: int | None, most: int
) -> Sequence[SavedRow]:
    """(key, name of the round, name of the affair, how many saves, who saved last, when) of the
    lines that others saved since an instant, the latest first; of one department's affairs, where
    it is named."""
    from_ = select(func.coalesce(func.max(Version.id), 0) - SAVES).scalar_subquery()
    last = func.max(Version.id).label("last")
    grouped = (
        select(Version.assessment_id, Version.round_id, func.count(Version.id).label("saves"), last)
        .join(Assessment, Assessment.id == Version.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Version.id > from_, Version.at > since, Version.actor != actor)
        .group_by(Version.assessment_id, Version.round_id)
        .order_by(last.desc())
        .limit(most)
    )
    if department_id is not None:
        grouped = grouped.where(Affair.department_id == department_id)
    lines = grouped.subquery()
    return session.execute(
        select(
            Assessment.key,
            Round.name,
            Affair.name,
            lines.c.saves,
            Version.actor,
            Version.at,
            func.coalesce(Account.shown, Version.actor),
        )
        .join(Assessment, Assessment.id == lines.c.assessment_id)
        .join(Affair, Affair.id == Assessment.affair_id)
        .join(Version, Version.id == lines.c.last)
        .outerjoin(Round, Round.id == lines.c.round_id)
        .outerjoin(Account, Account.name == Version.actor)
        .order_by(lines.c.last.desc())
    ).all()


def here_before(session: Session, name: str, session_id: int | None) -> datetime | None:
    """When somebody came in before the session they are in; None before the first time."""
    began = select(WebSession.began).where(WebSession.id == session_id).scalar_subquery()
    of = select(func.max(AuditEntry.at)).where(
        CAME_IN, AuditEntry.target == name, AuditEntry.at < began
    )
    return session.scalar(of)


def reviews_of_year(session: Session, year: int) -> list[AuditEntry]:
    """The confirmations of people and rights in a 年度 and their corrections, oldest first."""
    of = select(AuditEntry).where(
        REVIEWED, AuditEntry.target >= f"{year}/", AuditEntry.target < f"{year}0"
    )
    return list(session.scalars(of.order_by(AuditEntry.seq)))


def departments_with_people(session: Session) -> Sequence[Row[int | None, str | None, int, int]]:
    """(department, its name, how many of its accounts may sign in, how many heads among them);
    None for the accounts without a department."""
    return session.execute(
        select(
            Account.department_id,
            Department.name,
            func.count(Account.id),
            func.sum(_one_where(Account.role == "head")),
        )
        .outerjoin(Department, Department.id == Account.department_id)
        .where(Account.active.is_(True))
        .group_by(Account.department_id, Department.name)
        .order_by(Account.department_id)
    ).all()


def _one_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """1 where it is so, else 0: to be summed."""
    return case((condition, 1), else_=0)


def _count(*where: ColumnElement[bool], of: Any) -> ScalarSelect[int]:
    """How many rows of a table are so, as part of another statement."""
    return select(func.count(of)).where(*where).scalar_subquery()


_ANY: BindParameter[int] = bindparam("department", None)  # a department's number; NULL for all


def _theirs(assessment_id: Any) -> ColumnElement[bool]:
    """Whether an assessment's affair is of the department that is asked for."""
    mine = exists().where(
        Assessment.id == assessment_id,
        Affair.id == Assessment.affair_id,
        Affair.department_id == _ANY,
    )
    return or_(cast(_ANY, Integer).is_(None), mine)


# What a city has, in the order its setting up goes.
_SET_UP = select(
    _count(of=Body.id).label("bodies"),
    _count(Department.closed.is_(None), of=Department.id).label("departments"),
    _count(Account.active.is_(True), Account.role == "secretariat", of=Account.id).label("office"),
    _count(
        Account.active.is_(True),
        Account.password.is_(None),
        ~exists().where(Identity.account_id == Account.id),
        of=Account.id,
    ).label("waiting"),
    _count(of=Member.id).label("members"),
    _count(Affair.withdrawn.is_(None), of=Affair.id).label("affairs"),
    _count(
        Affair.withdrawn.is_(None),
        Affair.ended.is_(None),
        Affair.department_id.is_(None),
        of=Affair.id,
    ).label("unassigned"),
    _count(
        Assessment.head_id.is_(None),
        Assessment.withdrawn.is_(None),
        ~RUNNING,
        _theirs(Assessment.id),
        of=Assessment.id,
    ).label("unwritten"),
    _count(WAITS, of=Assignment.id).label("given"),
    _count(CORRECTS, of=NationalRevision.id).label("corrected"),
    _count(CarriedSet.ended.is_(None), CarriedSet.withdrawn.is_(None), of=CarriedSet.id).label(
        "out"
    ),
    # A word that was explained since it was asked for is answered.
    _count(
        TermRequest.withdrawn.is_(None),
        TermRequest.answer.is_(None),
        ~exists().where(
            GlossaryTerm.term == TermRequest.term,
            GlossaryTerm.withdrawn.is_(None),
            GlossaryTerm.at >= TermRequest.at,
        ),
        of=TermRequest.id,
    ).label("terms"),
    _count(UNTOLD, of=AffairEnd.id).label("ends"),
    _count(LETTER_WAITS, of=CommissionLetter.id).label("letters"),
    _count(ReviewCampaign.withdrawn.is_(None), of=ReviewCampaign.id).label("reviews"),
    _count(Incident.withdrawn.is_(None), Incident.major.is_(True), of=Incident.id).label(
        "incidents"
    ),
    _count(HandlingReport.withdrawn.is_(None), of=HandlingReport.id).label("reports"),
    _count(LeakCase.withdrawn.is_(None), LeakCase.closed.is_(None), of=LeakCase.id).label("leaks"),
    _count(of=Council.id).label("halls"),
    _count(member(Council.facts, literal("way")) == "bill", of=Council.id).label("bills"),
)


HouseRow = Row[
    int, int, int, int, int, int, int, int, int, int,
    int, int, int, int, int, int, int, int, int, int,
]  # fmt: skip


def set_up(session: Session, department_id: int | None) -> HouseRow:
    """How many there are of: bodies, departments that are open, people of the office, people
    without a way to sign in (`waiting`), members, affairs, affairs without a department
    (`unassigned`), documents nothing was written of (`unwritten`; of one department's affairs,
    where it is named), opinions and questions that wait for a department (`given`), national texts
    that correct another one (`corrected`), what left the house for a sitting (`out`), words that
    members asked to have explained (`terms`), ends of affairs the commission was not told of
    (`ends`), its letters that wait (`letters`), 年次見直し (`reviews`), 重大事故 (`incidents`),
    定期報告 (`reports`), cases of 漏えい等 that are not over (`leaks`), councils (`halls`), and
    those of them that hear a 議案 (`bills`)."""
    return session.execute(_SET_UP, {"department": department_id}).one()


_OWN = aliased(Assessment)
_BESIDE = aliased(Assessment)
_OTHER = aliased(Round)
# A 基礎項目評価書 goes along with the main document of its round and counts only by itself.
_COUNTS = exists().where(
    _OWN.id == Round.assessment_id,
    or_(
        _OWN.kind != "basic_item",
        ~exists().where(
            _BESIDE.affair_id == _OWN.affair_id,
            _BESIDE.id != _OWN.id,
            _OTHER.assessment_id == _BESIDE.id,
            _OTHER.name == Round.name,
            _OTHER.state.not_in(("PUBLISHED", "WITHDRAWN")),
        ),
    ),
)


def _of_round(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a consultation has a running round like this."""
    about = consultation_round.c
    return exists().where(
        about.consultation_id == Consultation.id, Round.id == about.round_id, _RUNS, *where
    )


_OPEN_TALK = select(Consultation.id).where(_of_round(Round.state.in_(("CONSULTING", "REVISING"))))
_GIVEN = exists().where(Assignment.remark_id == Remark.id, Assignment.withdrawn.is_(None))
_AT_CHECK = exists().where(
    ReferralRound.referral_id == Remark.referral_id,
    ReferralRound.round_id == Round.id,
    Round.state == "REVIEWING",
    or_(_theirs(Round.assessment_id), _GIVEN),
)
_GIVEN_TO_THEM = exists().where(
    Assignment.remark_id == Remark.id,
    Assignment.withdrawn.is_(None),
    Assignment.department_id == _ANY,
)
# A question is answered by the department it was given to, else by that of its document.
_ABOUT = case(
    (cast(_ANY, Integer).is_(None), True),
    (_GIVEN, _GIVEN_TO_THEM),
    else_=or_(Remark.assessment_id.is_(None), _theirs(Remark.assessment_id)),
)
_HANDS = (
    "close_consultation",
    "review_fixed",
    "referral_withdrawn",
    "recall",
    "send_back",
    "reopen",
)
# The last step that handed a round that is being revised to somebody.
_HANDED = (
    select(RoundEvent.event)
    .where(
        RoundEvent.round_id == Round.id,
        RoundEvent.event.in_(_HANDS),
    )
    .order_by(RoundEvent.seq.desc())
    .limit(1)
    .scalar_subquery()
)
_BACK = _HANDED.in_(("send_back", "reopen"))
_NO_SITTING = ~exists().where(
    ReferralRound.round_id == Round.id,
    Referral.id == ReferralRound.referral_id,
    Sitting.council_id == Referral.council_id,
    Sitting.day > bindparam("today"),
    Sitting.withdrawn.is_(None),
)
_LAST_HANDED = select(func.max(RoundEvent.at)).where(
    RoundEvent.round_id == Round.id, RoundEvent.event.not_in(_ASIDE)
)
# The step a draft went to since the procedure handed it to its department; "" for none.
_LIES_AT = func.coalesce(
    select(Handover.goes_to)
    .where(Handover.round_id == Round.id, Handover.at >= _LAST_HANDED.scalar_subquery())
    .order_by(Handover.id.desc())
    .limit(1)
    .scalar_subquery(),
    "",
)
_HANDED_BY = func.coalesce(
    select(Handover.actor)
    .where(Handover.round_id == Round.id)
    .order_by(Handover.id.desc())
    .limit(1)
    .scalar_subquery(),
    "",
)
_AT_DEPARTMENT = or_(
    Round.state.in_(bindparam("drafting", expanding=True)),
    and_(Round.state == "REVISING", _BACK),
)
_AT_OFFICE = or_(
    Round.state.in_(bindparam("states", expanding=True)),
    and_(Round.state == "REVISING", ~_BACK),
    and_(Round.state == "REVIEWING", _NO_SITTING),
)
_THEIR_TURN = or_(
    and_(
        _AT_DEPARTMENT,
        _LIES_AT.in_(bindparam("steps", expanding=True)),
        ~and_(
            _LIES_AT.in_(bindparam("another", expanding=True)),
            bindparam("who") == _HANDED_BY,
        ),
    ),
    and_(cast(bindparam("office"), Integer) == 1, _AT_OFFICE),
)
_WITH_DIGITAL = and_(
    _AT_DEPARTMENT,
    _LIES_AT.in_(bindparam("digital", expanding=True)),
    exists().where(
        Department.id == _ANY, Department.digital.is_(True), Department.closed.is_(None)
    ),
)
_MENU = select(
    _count(Inbox.opinion_id.is_(None), of=Inbox.id).label("inbox"),
    _count(Opinion.consultation_id.in_(_OPEN_TALK), *_OPEN_OPINION, of=Opinion.id).label(
        "opinions"
    ),
    _count(*_OPEN_REMARK, _AT_CHECK, _ABOUT, of=Remark.id).label("questions"),
    _count(
        WAITS,
        Assignment.opinion_id.is_not(None),
        Assignment.department_id == _ANY,
        of=Assignment.id,
    ).label("assigned"),
    _count(
        _RUNS,
        Round.head_id.is_not(None),
        or_(and_(_THEIR_TURN, _theirs(Round.assessment_id)), _WITH_DIGITAL),
        _COUNTS,
        of=Round.id,
    ).label("rounds"),
    _count(
        Consultation.end < bindparam("today"),
        _of_round(Round.state == "CONSULTING"),
        of=(Consultation.id),
    ).label("over"),
)


@dataclass(frozen=True, slots=True)
class MenuAsked:
    """What the menu is asked for: whether by the office, else by a department (its number; None for
    all); the states of the procedure in which a draft is at its department and those that are the
    office's; the steps of the house ("" before the first) at which it is the asker's turn, those
    at which it is for any document where their department is the 情報部門, and those at which it
    is not theirs (`who`) if they handed the draft on themselves."""

    office: bool
    department: int | None
    drafting: tuple[str, ...]
    states: tuple[str, ...]
    steps: tuple[str, ...]
    digital: tuple[str, ...] = ()
    another: tuple[str, ...] = ()
    who: str = ""


def menu(session: Session, asked: MenuAsked, today: date) -> Row[int, int, int, int, int, int]:
    """What the menu counts, in one statement: what residents sent and nobody took in (`inbox`),
    opinions of running rounds without an answer (`opinions`), questions before a council without
    one (`questions`), opinions given to the asker's department without one (`assigned`), rounds
    whose next step is the asker's (`rounds`), consultations that are over and not closed (`over`);
    questions and rounds of one department's affairs, where it is named."""
    values = {
        "department": asked.department,
        "drafting": list(asked.drafting),
        "states": list(asked.states),
        "steps": list(asked.steps),
        "digital": list(asked.digital),
        "another": list(asked.another),
        "who": asked.who,
        "office": int(asked.office),
        "today": today,
    }
    return session.execute(_MENU, values).one()


_BEFORE_MEMBER = select(func.count(func.distinct(Referral.id))).where(
    Account.name == bindparam("name"),
    Member.account_id == Account.id,
    Member.since <= bindparam("today"),
    or_(Member.until.is_(None), Member.until >= bindparam("today")),
    Referral.council_id == Member.council_id,
    Referral.withdrawn.is_(None),
    AT_CHECK,
)


def before_member(session: Session, name: str, today: date) -> int:
    """How many referrals are at their check before the councils a member is in office on."""
    return session.scalar(_BEFORE_MEMBER, {"name": name, "today": today}) or 0
