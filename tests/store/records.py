"""An invented city's records of every kind, sound, for tests that break or carry them."""

from __future__ import annotations

import random
from datetime import date, time

from sqlalchemy import select

from pia.store import nodes
from pia.store.ledger import log
from pia.store.model import acted
from pia.store.opening import Store
from pia.store.rows import (
    assessments,
    card_orders,
    jobs,
    own_notes,
    papers,
    rehearsal,
    sessions,
    unsaved,
)
from pia.store.rows.affair_ends import AffairEnd
from pia.store.rows.affair_origins import AffairOrigin
from pia.store.rows.amended_places import AmendedPlace
from pia.store.rows.answers import ExpectedQuestion, WordingSource
from pia.store.rows.assignments import Assignment
from pia.store.rows.bodies import Account, Affair, Department, ThresholdFact
from pia.store.rows.calendar import CalendarFeed, ClosingDay, PlannedDay
from pia.store.rows.candidates import RevisionCandidate
from pia.store.rows.carrying import PACK, CarriedSet
from pia.store.rows.comments import Comment, CommentNamed
from pia.store.rows.commission import CommissionLetter, CommissionReply
from pia.store.rows.consultations import (
    Adoption,
    Consultation,
    ConsultationNotice,
    Inbox,
    Opinion,
    OpinionAttachment,
    OpinionColumns,
    OpinionSender,
    Response,
)
from pia.store.rows.content_checks import BindingCheck, ContentAnswer
from pia.store.rows.convening import DateInquiry, DateReply, Observer
from pia.store.rows.corrections import RecordCorrection
from pia.store.rows.councils import (
    Answer,
    Attendance,
    Council,
    GlossaryTerm,
    Member,
    Proposal,
    Referral,
    ReferralRound,
    Remark,
    Sitting,
    SittingCorrection,
    Tick,
    Verdict,
)
from pia.store.rows.draft_ways import Handover
from pia.store.rows.file_register import FileOmission, PublishedFile
from pia.store.rows.filing import (
    ChangeNote,
    OutwardDate,
    Publication,
    PublicationWithdrawn,
    RoundNote,
    Submission,
)
from pia.store.rows.guides import GuideFile, GuidePage
from pia.store.rows.imports import ImportBatch, ImportBook
from pia.store.rows.incidents import Incident, IncidentDecision
from pia.store.rows.leaks import (
    LeakCase,
    LeakEffect,
    LeakFact,
    LeakGiven,
    LeakQuestion,
    LeakReply,
    LeakReport,
)
from pia.store.rows.minutes import MinutesField, Movement, SittingStep, Speech, Transcript
from pia.store.rows.national import (
    Confirmation,
    NationalApplication,
    NationalRevision,
    NationalUndo,
)
from pia.store.rows.phrases import Phrase
from pia.store.rows.plan import PlanHead
from pia.store.rows.records import (
    Blackout,
    Destruction,
    Disclosure,
    DisclosureCorrection,
    DisclosureEnd,
    Disposal,
    Erasure,
    FindAnswer,
    RecordNote,
)
from pia.store.rows.referrals import ProposalOutcome, ReferralStep
from pia.store.rows.registers import (
    NewAct,
    RegisterReport,
    RegisterReportLine,
    RegisterRule,
    add_act,
    begin,
    restate,
)
from pia.store.rows.reports import HandlingReport, MeasureCheck, ReportDocument
from pia.store.rows.reviews import ReviewAffair, ReviewAnswer, ReviewCampaign, ReviewReminder
from pia.store.rows.round_files import RoundFile
from pia.store.rows.tallies import ChangeMark
from pia.store.rows.term_requests import TermRequest
from pia.store.rows.two_persons import AskedStep
from pia.store.rows.withheld import WithheldAnswer
from tests.domain import trees

from . import city


def fill(store: Store) -> None:
    """Two assessments with a round each, taken through every kind of record. The first one's ids
    are 1."""
    rng = random.Random(11)
    by = city.by
    with store.begin() as s:
        for n, key in enumerate(("nhi-benefits", "nhi-premiums")):
            assessment = city.found(s, key)
            v1 = city.save(s, assessment, trees.a_tree(rng, share=0.05))
            s.add(Publication(round_id=None, version_id=v1.id, day=date(2024, 4, 1), **acted(by())))
            round = assessments.open_round(
                s,
                assessment,
                assessments.NewRound(
                    "再実施", "REASSESSMENT", ["ガバメントクラウド"], date(2027, 1, 1)
                ),
                v1,
                by(),
                "DRAFTING",
            )
            v2 = city.save(
                s, assessment, trees.revised(rng, nodes.tree(s, v1.id)), act=by(1), round=round
            )
            v3 = city.save(
                s, assessment, trees.revised(rng, nodes.tree(s, v2.id)), act=by(2), round=round
            )
            sent = nodes.put_blob(s, f"提出 {n}".encode() * 50)
            pdf = nodes.put_blob(s, f"資料 {n}".encode() * 50)
            national = NationalRevision(
                key=f"cloud-{n}",
                title="記載例",
                issuer="国",
                edition="1",
                reason="ガバメントクラウド",
                body={},
                **acted(by()),
            )
            talk = Consultation(
                title="意見募集",
                start=date(2026, 5, 1),
                end=date(2026, 5, 31),
                method="HP",
                rounds=[round],
                **acted(by()),
            )
            council = Council(name=f"第{n}審議会")
            s.add_all([national, talk, council])
            s.flush()
            application = NationalApplication(
                revision_id=national.id,
                assessment_id=assessment.id,
                before_id=v1.id,
                after_id=v2.id,
                files=[],
                **acted(by()),
            )
            opinion = Opinion(
                consultation_id=talk.id,
                number=1,
                received=date(2026, 5, 2),
                channel="郵送",
                text="消去とは何か。",
            )
            member = Member(council_id=council.id, name="委員 花子", since=date(2026, 4, 1))
            sitting = Sitting(
                council_id=council.id,
                name="第1回",
                day=date(2026, 7, 1),
                opens=time(14),
                place="会議室",
            )
            referral = Referral(
                council_id=council.id,
                title="諮問",
                materials=[{"number": "1", "title": "評価書", "sha256": pdf}],
                **acted(by()),
            )
            s.add_all([application, opinion, member, sitting, referral])
            s.flush()
            remark = Remark(
                referral_id=referral.id,
                assessment_id=assessment.id,
                version_id=v3.id,
                path=["C"],
                speaker="委員 花子",
                text="なぜか。",
                **acted(by()),
            )
            transcript = Transcript(
                sitting_id=sitting.id, name="録音.txt", text="議長：始めます。", **acted(by())
            )
            s.add_all([remark, transcript])
            s.flush()
            s.add_all(
                [
                    Speech(
                        sitting_id=sitting.id,
                        place="0001",
                        kind="speech",
                        item="opening",
                        speaker="議長",
                        person="委員 花子",
                        text="始めます。",
                        transcript_id=transcript.id,
                        lines=[1],
                        **acted(by()),
                    ),
                    MinutesField(
                        sitting_id=sitting.id,
                        field="その他",
                        text="次回は未定",
                        base="",
                        **acted(by()),
                    ),
                    Movement(
                        sitting_id=sitting.id,
                        member_id=member.id,
                        what="LEFT",
                        clock=time(15),
                        **acted(by()),
                    ),
                    SittingStep(
                        sitting_id=sitting.id,
                        kind="called",
                        day=date(2026, 6, 20),
                        note="郵送した。",
                        **acted(by()),
                    ),
                    Observer(sitting_id=sitting.id, ticket=1, came=time(14), **acted(by())),
                    CarriedSet(
                        sitting_id=sitting.id,
                        number=1,
                        kind=PACK,
                        member_id=member.id,
                        holder="委員",
                        purpose="会議",
                        place="公民館",
                        until=date(2026, 7, 1),
                        seal="0" * 64,
                        **acted(by()),
                    ),
                ]
            )
            inquiry = DateInquiry(
                council_id=council.id,
                title="第1回",
                place="会議室",
                choices=[{"day": "2026-07-01", "opens": "14:00"}],
                until=date(2026, 6, 10),
                **acted(by()),
            )
            s.add(inquiry)
            s.flush()
            reply = DateReply(
                inquiry_id=inquiry.id, member_id=member.id, answers={"0": "yes"}, **acted(by())
            )
            s.add(reply)
            mayor = s.get_one(Affair, assessment.affair_id).body_id
            s.add(
                RegisterRule(
                    body_id=mayor,
                    register="affair",
                    kept=True,
                    ordinance="架空市条例",
                    article="第3条",
                    months=2,
                    first_month=1,
                    **acted(by()),
                )
            )
            notice = NewAct(
                act="BEGIN",
                tree=trees.a_tree(rng, share=0.05),
                name="図書の貸出し",
                words="図書の貸出し",
                department_id=None,
                filed=date(2026, 5, 1),
                effective=None,
                year=2026,
                serial=1,
            )
            record = begin(s, by(), mayor, "affair", notice)
            opened = add_act(s, by(), record, notice, 1)
            restate(record, opened, "LIVE", notice.words)
            told_to = RegisterReport(
                body_id=mayor,
                register="affair",
                first=date(2026, 5, 1),
                last=date(2026, 6, 30),
                dated=date(2026, 7, 3),
                number="",
                **acted(by()),
            )
            s.add(told_to)
            s.flush()
            s.add(RegisterReportLine(report_id=told_to.id, place=1, version_id=opened.id))
            out = {"record_id": record.id, "field": "F-5", "part": "口座番号"}
            s.add(FileOmission(**out, ground="items", reason="詐欺のおそれ", **acted(by())))
            s.add(
                PublishedFile(
                    record_id=record.id,
                    version_id=opened.id,
                    day=date(2026, 5, 2),
                    left_out=[["F-5", "口座番号"]],
                    words="図書の貸出し",
                    **acted(by()),
                )
            )
            guide = GuideFile(
                title="記載要領",
                name="要領.pdf",
                sha256=pdf,
                pages=["一"],
                places={"all_item": {"C-1": 1}},
                **acted(by()),
            )
            s.add(guide)
            s.flush()
            s.add_all(
                [
                    NationalUndo(application_id=application.id, version_id=v3.id, **acted(by())),
                    Confirmation(
                        revision_id=national.id,
                        item="II-6-1",
                        asked=True,
                        day=date(2026, 6, 1),
                        answer="差し支えない",
                        **acted(by()),
                    ),
                    OpinionSender(opinion_id=opinion.id, name="市民 太郎", address="あおば市1-1"),
                    OpinionAttachment(
                        opinion_id=opinion.id,
                        name="図.png",
                        sha256=pdf,
                        size=3,
                        cleaned_how="",
                        **acted(by()),
                    ),
                    ConsultationNotice(
                        consultation_id=talk.id,
                        kind="extended",
                        day=date(2026, 5, 20),
                        document_number="",
                        reason="祝日のため",
                        before={"end": "2026-05-31"},
                        after={"end": "2026-06-07"},
                        **acted(by()),
                    ),
                    GuidePage(
                        guide_id=guide.id, form_kind="all_item", item="C-1", page=1, **acted(by())
                    ),
                    AffairOrigin(
                        affair_id=assessment.affair_id,
                        from_id=assessment.affair_id,
                        kind="merged",
                        day=date(2026, 4, 1),
                        reason="組織の見直し",
                        **acted(by()),
                    ),
                    OpinionColumns(columns={"text": "意見"}, **acted(by())),
                    Response(
                        opinion_id=opinion.id, text="改めます。", outcome="AMENDED", **acted(by())
                    ),
                    Adoption(
                        opinion_id=opinion.id,
                        assessment_id=assessment.id,
                        before_id=v2.id,
                        after_id=v3.id,
                        path=["C"],
                        **acted(by()),
                    ),
                    Attendance(sitting_id=sitting.id, member_id=member.id, present=True),
                    RecordCorrection(
                        body_id=1,
                        kind="consultation",
                        row_id=1,
                        act="AMENDED",
                        before={"title": "前の件名"},
                        after={"title": "意見募集"},
                        reason="件名の書き間違い",
                        **acted(by()),
                    ),
                    SittingCorrection(
                        sitting_id=sitting.id,
                        member_id=member.id,
                        before={"present": False},
                        after={"present": True},
                        reason="記入の誤り",
                        **acted(by()),
                    ),
                    sessions.WithheldReader(
                        assessment_id=assessment.id,
                        who="role:head",
                        allowed=True,
                        reason="点検のため",
                        **acted(by()),
                    ),
                    ReferralRound(
                        referral_id=referral.id,
                        round_id=round.id,
                        version_id=v3.id,
                        reviewed_digest=v3.reviewed_digest,
                    ),
                    Verdict(
                        referral_id=referral.id,
                        sitting_id=sitting.id,
                        kind="了承",
                        note="",
                        reviewed=[[round.id, v3.reviewed_digest]],
                        **acted(by()),
                    ),
                    ChangeNote(
                        round_id=round.id,
                        path=["II", "a"],
                        date=date(2026, 9, 1),
                        timing="PRIOR",
                        explanation="",
                        **acted(by()),
                    ),
                    RoundNote(
                        round_id=round.id,
                        path=["II", "a"],
                        choice="FORMAL",
                        reason="誤字",
                        **acted(by()),
                    ),
                    Handover(
                        round_id=round.id,
                        version_id=v3.id,
                        step="drafter",
                        goes_to="head",
                        act="CONFIRMED",
                        reason="",
                        absent="",
                        **acted(by()),
                    ),
                    Submission(
                        round_id=round.id,
                        version_id=v3.id,
                        digest=v3.digest,
                        reviewed_digest=v3.reviewed_digest,
                        document_number="1",
                        sent=sent,
                        **acted(by()),
                    ),
                    Publication(
                        round_id=round.id, version_id=v3.id, day=date(2026, 9, 1), **acted(by(9))
                    ),
                    PlanHead(body_id=1, facts={"担当": "総務課"}, **acted(by())),
                    GlossaryTerm(
                        term=f"用語{n}",
                        explanation="説明",
                        source="法第2条",
                        read_on=date(2026, 4, 1),
                        withdrawn=date(2026, 5, 1),
                        **acted(by()),
                    ),
                    Phrase(
                        heading="保管場所",
                        text="施錠する。",
                        note="部屋の名を入れる",
                        withdrawn=date(2026, 5, 1),
                        **acted(by()),
                    ),
                    TermRequest(
                        referral_id=referral.id,
                        speaker="委員 甲",
                        term="委員会",
                        note="どの委員会か",
                        answer="国の機関です。",
                        answered=date(2026, 4, 20),
                        withdrawn=date(2026, 5, 1),
                        **acted(by()),
                    ),
                    Department(body_id=1, name=f"国保年金課{n}"),
                    Account(name=f"tanaka{n}", shown="田中 花子", role="drafter"),
                    ThresholdFact(
                        affair_id=assessment.affair_id,
                        people=1000,
                        handlers=5,
                        incident=False,
                        counted_people=date(2026, 4, 1),
                        counted_handlers=date(2026, 4, 1),
                        **acted(by()),
                    ),
                ]
            )
            s.flush()
            s.add(
                sessions.Identity(
                    account_id=n + 1, issuer="https://sign-in.aoba.example", subject=f"tanaka-{n}"
                )
            )
            said = Comment(
                round_id=round.id, path=["C", "1"], act="SAID", text="確認を。", **acted(by())
            )
            s.add(said)
            s.flush()
            office = s.scalars(select(Department.id).order_by(Department.id.desc()).limit(1)).one()
            named = CommentNamed(
                comment_id=said.id, account=f"tanaka{n}", department_id=office, role="drafter"
            )
            given = Assignment(
                opinion_id=opinion.id,
                department_id=office,
                account=f"tanaka{n}",
                until=date(2026, 6, 10),
                **acted(by()),
            )
            submission = s.query(Submission).filter_by(round_id=round.id).one()
            asked = CommissionLetter(
                round_id=round.id,
                submission_id=submission.id,
                kind="amendment",
                day=date(2026, 9, 3),
                due=date(2026, 9, 10),
                document_number="個第1号",
                text="補われたい。",
                **acted(by(9)),
            )
            s.add(asked)
            s.add(
                AmendedPlace(
                    round_id=round.id,
                    submission_id=submission.id,
                    path="C/1",
                    digest="0" * 64,
                    decision="formal",
                    reason="誤字",
                    document_number="",
                    **acted(by(9)),
                )
            )
            s.flush()
            s.add(
                CommissionReply(
                    round_id=round.id,
                    letter_id=asked.id,
                    day=date(2026, 9, 4),
                    document_number="市第3号",
                    text="補いました。",
                    **acted(by(9)),
                )
            )
            slip = RoundFile(
                round_id=round.id, title="業者の説明", name="説明.pdf", sha256=pdf, **acted(by())
            )
            s.add_all([named, given, slip])
            expected = ExpectedQuestion(
                round_id=round.id,
                path=["C", "1"],
                question="誰が確かめるのか。",
                answer="市が確かめます。",
                released=date(2026, 6, 1),
                **acted(by()),
            )
            rests = WordingSource(
                round_id=round.id,
                path=["C", "1"],
                digest="0" * 64,
                kind="LAW",
                source="番号利用法第9条第1項",
                **acted(by()),
            )
            asked_year = ReviewCampaign(
                year=2026 + n,
                document_number="第1号",
                issued=date(2026, 5, 1),
                until=date(2026, 6, 30),
                **acted(by()),
            )
            s.add(asked_year)
            s.flush()
            of_year = {"campaign_id": asked_year.id}
            s.add_all(
                [
                    ReviewAffair(affair_id=assessment.affair_id, **of_year),
                    ReviewAnswer(
                        affair_id=assessment.affair_id,
                        kind="CHANGED",
                        note="様式の更新",
                        round_id=round.id,
                        **of_year,
                        **acted(by()),
                    ),
                    ReviewReminder(
                        department_id=office,
                        document_number="第9号",
                        day=date(2026, 7, 1),
                        until=date(2026, 7, 15),
                        **of_year,
                        **acted(by()),
                    ),
                    RevisionCandidate(
                        assessment_id=assessment.id,
                        path=["C", "1"],
                        text="用語をそろえる。",
                        **acted(by()),
                    ),
                ]
            )
            report = HandlingReport(year=2025 + n, until=date(2026, 9, 30), **acted(by()))
            s.add(report)
            s.flush()
            of_report = {"report_id": report.id, "assessment_id": assessment.id}
            s.add_all(
                [
                    ReportDocument(measures=1, **of_report),
                    MeasureCheck(
                        path=["IV", "3"],
                        digest="0" * 64,
                        state="NOT",
                        evidence="次年度に行う",
                        checker="湊　海斗",
                        day=date(2026, 9, 1),
                        **of_report,
                        **acted(by()),
                    ),
                ]
            )
            incident = Incident(
                body_id=1,
                contractor="株式会社見本",
                occurred=date(2026, 4, 1),
                known=date(2026, 4, 3),
                summary="誤送付",
                people=120,
                intentional=False,
                staff_only=False,
                excused=False,
                major=True,
                reason="",
                **acted(by()),
            )
            s.add(incident)
            s.flush()
            s.add(
                IncidentDecision(
                    incident_id=incident.id,
                    affair_id=assessment.affair_id,
                    decision="KEPT",
                    reason="変わらないため",
                    **acted(by()),
                )
            )
            leak = LeakCase(
                body_id=1,
                department_id=office,
                affair_id=assessment.affair_id,
                incident_id=incident.id,
                year=2026,
                serial=n + 1,
                major=True,
                major_reason="",
                **acted(by()),
            )
            s.add(leak)
            s.flush()
            fact = LeakFact(
                case_id=leak.id,
                field="what",
                text="誤送付があった。",
                unknown=False,
                since=date(2026, 4, 3),
                **acted(by()),
            )
            sent = LeakReport(
                case_id=leak.id,
                kind="first",
                laws="appi",
                day=date(2026, 4, 5),
                hour=time(10, 30),
                receipt="第1号",
                entered="総務課",
                way="online",
                way_reason="",
                open=False,
                text="{}",
                **acted(by()),
            )
            s.add_all([fact, sent])
            s.flush()
            told = LeakGiven(
                case_id=leak.id, sitting_id=sitting.id, mark="1", fact_id=fact.id, **acted(by())
            )
            s.add(told)
            s.flush()
            wondered = LeakQuestion(
                given_id=told.id, speaker="委員", text="許可はあったか。", **acted(by())
            )
            s.add(wondered)
            s.flush()
            effect = LeakEffect(
                case_id=leak.id,
                assessment_id=assessment.id,
                changes=False,
                reason="手順どおりだったため",
                **acted(by()),
            )
            replied = LeakReply(
                question_id=wondered.id, speaker="総務課", text="なかった。", **acted(by())
            )
            s.add_all([effect, replied])
            stays = ContentAnswer(
                assessment_id=assessment.id,
                rule="outsourcing_count",
                fingerprint=f"{n:064d}",
                path=["C", "1"],
                reason="件数は契約の数による。",
                **acted(by()),
            )
            binds = BindingCheck(rule="outsourcing_denied", reason="市の方針", **acted(by()))
            s.add_all([stays, binds])
            mark = ChangeMark(round_id=round.id, fingerprint="0" * 64)
            s.add_all([expected, rests, mark])
            chosen = PlannedDay(
                round_id=round.id,
                step="heard",
                day=date(2026, 7, 1),
                reason="会議の日",
                **acted(by()),
            )
            shut = ClosingDay(
                first=date(2026, 8, 13),
                last=date(2026, 8, 14),
                name="夏季の閉庁",
                opened=False,
                **acted(by()),
            )
            feed = CalendarFeed(account_id=n + 1, digest=f"{n:064d}", **acted(by()))
            s.add_all([chosen, shut, feed])
            s.add(
                Answer(remark_id=remark.id, speaker="国保年金課", text="こうです。", **acted(by()))
            )
            assessments.step(s, round, "publish", "PUBLISHED", {}, by(9))
            assessments.advance(s, assessment, v3, v1.id)
            log.entry(s, by(9), "round.publish", key)
            log.remember(s, f"form-{n}", "tanaka", {"to": "/"})
            door = sessions.Door(
                sitting_id=sitting.id, token=f"{n:064d}", closed=None, **acted(by(9))
            )
            s.add_all(
                [
                    door,
                    OutwardDate(
                        round_id=round.id,
                        kind="CITY_SITE",
                        day=date(2026, 9, 1),
                        note="",
                        **acted(by(9)),
                    ),
                    Proposal(
                        referral_id=referral.id,
                        assessment_id=assessment.id,
                        version_id=v3.id,
                        path=["C"],
                        speaker="委員 花子",
                        before="甲",
                        after="乙",
                        why="",
                        **acted(by()),
                    ),
                    Tick(
                        referral_id=referral.id,
                        who="委員 花子",
                        card="a",
                        places=["a/I/1"],
                        at=by().at,
                    ),
                    AffairEnd(
                        affair_id=assessment.affair_id,
                        day=date(2026, 9, 30),
                        reason="別の事務にまとめた。",
                        told=date(2026, 10, 1),
                        document_number="市第2号",
                        **acted(by(9)),
                    ),
                    ReferralStep(
                        referral_id=referral.id,
                        kind="decided",
                        day=date(2026, 8, 3),
                        facts={"document_number": "市第1号"},
                        reason="要綱で定める。",
                        response="記載を改めた。",
                        **acted(by()),
                    ),
                    Inbox(
                        receipt=f"A{n}",
                        consultation_id=talk.id,
                        key=key,
                        item="",
                        text="意見",
                        name="市民 太郎",
                        address="",
                        at=by().at,
                        opinion_id=opinion.id,
                    ),
                    unsaved.Unsaved(
                        account="tanaka",
                        line=key,
                        path="C/1",
                        seen=f"{key}@1",
                        fields={"text": ["書きかけ"]},
                        at=by().at,
                    ),
                    log.WaitingEntry(action="withheld.read", target=key, detail={}, **acted(by())),
                    sessions.SignIn(name="tanaka", at=by().at, good=True),
                ]
            )
            wish = s.scalars(select(Proposal).order_by(Proposal.id.desc())).first()
            assert wish is not None
            s.add(
                ProposalOutcome(
                    proposal_id=wish.id,
                    outcome="declined",
                    reason="要綱に書いている。",
                    **acted(by()),
                )
            )
            two = {
                "kind": "publish",
                "rounds": [[f"{key}~再実施", v3.digest]],
                "args": {"day": "2026-09-01"},
            }
            s.add(AskedStep(**two, **acted(by())))
            asked = Disclosure(
                number=f"開{n}",
                received=date(2027, 5, 1),
                asked="評価の経過",
                subject=f"sitting:{sitting.id}",
                **acted(by()),
            )
            line = {
                "record": "opinion:9",
                "kind": "意見",
                "title": "意見9",
                "category": "意見の聴取",
                "start": "",
                "years": 5,
                "expiry": "",
                "erased": 0,
            }
            s.add_all(
                [
                    asked,
                    Erasure(
                        place=f"proposal {n + 9}",
                        texts=["why"],
                        decision=f"総第{n}号",
                        decided=date(2027, 6, 1),
                        reason="個人の連絡先",
                        **acted(by()),
                    ),
                    FindAnswer(
                        place="opinion 1",
                        text_mark="text",
                        number=n + 1,
                        answer="KEEP",
                        reason="市の代表電話",
                        **acted(by()),
                    ),
                    RecordNote(
                        record="opinion:1",
                        category="hearing",
                        years=5 + n,
                        historic=bool(n),
                        reason="規程の改正",
                        **acted(by()),
                    ),
                    Disposal(
                        document_number=f"廃{n}",
                        decided=date(2040, 4, 2),
                        reason="",
                        listed=[line],
                        **acted(by()),
                    ),
                ]
            )
            s.flush()
            number = s.scalars(select(Disposal.id).order_by(Disposal.id.desc()).limit(1)).one()
            gone = {"disposal_id": number, "record": "file:9", "contents": [], "files": ["0" * 64]}
            s.add(Destruction(**gone, **acted(by())))
            mark = {"text_mark": "0" * 16, "begins": 0, "ends": 3 + n, "ground": "PERSON"}
            mark |= {"article": "第7条第1号", "reason": "個人の氏名", "act": "BLACK"}
            put_right = {"before": {"number": f"誤{n}"}, "after": {"number": f"開{n}"}}
            s.add_all(
                [
                    Blackout(disclosure_id=asked.id, place="opinion 1 text", **mark, **acted(by())),
                    DisclosureCorrection(
                        disclosure_id=asked.id,
                        part="request",
                        reason="番号の誤り",
                        **put_right,
                        **acted(by()),
                    ),
                ]
            )
            s.add(
                DisclosureEnd(
                    disclosure_id=asked.id,
                    outcome="一部開示",
                    document_number="1",
                    decided=date(2027, 5, 20),
                    note="",
                    **acted(by()),
                )
            )
            s.add(card_orders.CardOrder(referral_id=referral.id, numbers=[2, 1], **acted(by())))
            note = own_notes.OwnNote(member_id=member.id, sealed="AAAA", erase_on=date(2027, 6, 1))
            s.add(note)
            s.add(
                sessions.PlateCode(
                    sitting_id=door.sitting_id, member_id=member.id, code=f"sealed:1:{n}"
                )
            )
            s.add(
                sessions.WebSession(
                    token=f"{n:064x}",
                    door_id=door.id,
                    member_id=member.id,
                    began=by().at,
                    seen=by().at,
                )
            )
            carrier = papers.keep_carrier(
                s,
                by(9),
                "all_item@平成30年5月",
                "様式4.xlsx",
                f"台紙 {n}".encode() * 50,
                assessment.id,
            )
            papers.confirm_form(
                s, by(9), "all_item@平成30年5月", carrier.sha256, {"I-1-1": False, "I-1-2": True}
            )
            s.add(
                WithheldAnswer(
                    affair_id=assessment.affair_id,
                    fingerprint=f"{n}",
                    place="Ⅳ３",
                    decision="PUBLIC",
                    reason="別の意味の語句",
                    words=None,
                    **acted(by(9)),
                )
            )
            s.add(
                AskedStep(
                    kind="submit",
                    rounds=[[f"{key}~r1", v3.digest]],
                    args={"document_number": "第1号"},
                    **acted(by(9)),
                )
            )
            recorded = Publication(
                round_id=None, version_id=v1.id, day=date(2024, 4, 2), **acted(by(9))
            )
            batch = ImportBatch(**acted(by(9)))
            s.add_all([recorded, batch])
            s.flush()
            s.add(
                PublicationWithdrawn(
                    publication_id=recorded.id, body_id=1, reason="取込みの取消し", **acted(by(9))
                )
            )
            book = {"name": "本.xlsx", "sha256": f"{n:064x}", "file": f"本 {n}".encode()}
            s.add(ImportBook(batch_id=batch.id, version_id=v1.id, **book))
            rehearsal.set_clock(s, by(9), shown=by(9).at, real=by(10).at)
            papers.keep_printed(
                s, v3.digest, "full", "1", f"印刷 {n}".encode() * 50, 3, {("C",): 1, ("II", "a"): 2}
            )
            papers.keep_template(s, by(9), "announcement", f"公示文 {n}".encode() * 50)
            jobs.ask(s, by(9), f"print-{n}", "print", {"ref": key})
