"""What of the year is put right or taken back: 年次見直し, 次回修正候補, 重大事故 and 定期報告; and
what came last: 記載要領, 直した箇所の扱い, 事務の統合・分割.

Knows where each record's own page is. How a record is corrected is said by `corrections`, what must
hold of it by `actions.steps.correctable`.
"""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.viewing import candidates, reviews
from ..actor import who, workplace
from ..allowed import Denied, may, must_be_of_theirs, readable
from ..declared import needs, shows
from .corrections import blueprint, carry_out, correction_page

# ---- the year: 年次見直し


@blueprint.get("/reviews/<int:number>/correction")
@needs("office", number="review")
def review_campaign(number: int) -> str:
    """The 照会 of a 年次見直し."""
    return correction_page("review_campaign", number, url_for("reviews.page", number=number))


@blueprint.post("/reviews/<int:number>/correction")
@needs("office", number="review")
@shows(review_campaign)
def amend_review_campaign(number: int) -> Answer:
    """The 照会 of a 年次見直し put right or taken back."""
    back = url_for("reviews.page", number=number)
    if request.form.get("what") == "withdraw":
        back = url_for("reviews.listed")
    return carry_out("review_campaign", number, back)


@blueprint.get("/reviews/<int:number>/answers/<int:answer>/correction")
@needs("draft", number="review", answer="review_answer")
def review_answer(number: int, answer: int) -> str:
    """What was answered for an affair."""
    office = reviews.office_answering(workplace(), number, answer)
    must_be_of_theirs("draft", office)
    return correction_page("review_answer", answer, _department(number, office))


@blueprint.post("/reviews/<int:number>/answers/<int:answer>/correction")
@needs("draft", number="review", answer="review_answer")
@shows(review_answer)
def amend_review_answer(number: int, answer: int) -> Answer:
    """What was answered for an affair put right or taken back."""
    office = reviews.office_answering(workplace(), number, answer)
    must_be_of_theirs("draft", office)
    return carry_out("review_answer", answer, _department(number, office))


def _department(number: int, office: int) -> str:
    return url_for("reviews.department", number=number, office=office)


@blueprint.get("/reviews/<int:number>/reminders/<int:reminder>/correction")
@needs("office", number="review", reminder="review_reminder")
def review_reminder(number: int, reminder: int) -> str:
    """A 督促."""
    return correction_page("review_reminder", reminder, url_for("reviews.page", number=number))


@blueprint.post("/reviews/<int:number>/reminders/<int:reminder>/correction")
@needs("office", number="review", reminder="review_reminder")
@shows(review_reminder)
def amend_review_reminder(number: int, reminder: int) -> Answer:
    """A 督促 put right or taken back."""
    return carry_out("review_reminder", reminder, url_for("reviews.page", number=number))


@blueprint.get("/assessments/<key>/candidates/<int:number>/correction")
@needs("comment", key="assessment", number="candidate")
def candidate(key: str, number: int) -> str:
    """A 次回修正候補: of who noted it, and of who writes the document."""
    _must_be_noted_by_them(key, number)
    return readable(correction_page("revision_candidate", number, _candidates(key)), key)


@blueprint.post("/assessments/<key>/candidates/<int:number>/correction")
@needs("comment", key="assessment", number="candidate")
@shows(candidate)
def amend_candidate(key: str, number: int) -> Answer:
    """A 次回修正候補 put right or taken back."""
    _must_be_noted_by_them(key, number)
    return carry_out("revision_candidate", number, _candidates(key))


def _candidates(key: str) -> str:
    return url_for("candidates.page", key=key)


def _must_be_noted_by_them(key: str, number: int) -> None:
    if may("draft", key) or candidates.noted_by(workplace(), number) == who().name:
        return
    raise Denied("ほかの人の次回修正候補は、評価書を書く所属の人だけが直せます。")


@blueprint.get("/incidents/<int:number>/correction")
@needs("office", number="incident")
def incident(number: int) -> str:
    """An incident."""
    return correction_page("incident", number, url_for("incidents.page", number=number))


@blueprint.post("/incidents/<int:number>/correction")
@needs("office", number="incident")
@shows(incident)
def amend_incident(number: int) -> Answer:
    """An incident put right or taken back; what rested on it is judged anew."""
    back = url_for("incidents.page", number=number)
    if request.form.get("what") == "withdraw":
        back = url_for("incidents.listed")
    return carry_out("incident", number, back)


@blueprint.get("/incidents/<int:number>/decisions/<int:decision>/correction")
@needs("office", number="incident", decision="incident_decision")
def incident_decision(number: int, decision: int) -> str:
    """What was decided for an affair once the year of an incident was over."""
    return correction_page("incident_decision", decision, url_for("incidents.page", number=number))


@blueprint.post("/incidents/<int:number>/decisions/<int:decision>/correction")
@needs("office", number="incident", decision="incident_decision")
@shows(incident_decision)
def amend_incident_decision(number: int, decision: int) -> Answer:
    """What was decided put right or taken back."""
    return carry_out("incident_decision", decision, url_for("incidents.page", number=number))


@blueprint.get("/reports/<int:number>/correction")
@needs("office", number="report")
def handling_report(number: int) -> str:
    """A 定期報告: its days, number and receipt."""
    return correction_page("handling_report", number, url_for("reports.page", number=number))


@blueprint.post("/reports/<int:number>/correction")
@needs("office", number="report")
@shows(handling_report)
def amend_handling_report(number: int) -> Answer:
    """A 定期報告 put right or taken back."""
    back = url_for("reports.page", number=number)
    if request.form.get("what") == "withdraw":
        back = url_for("reports.listed")
    return carry_out("handling_report", number, back)


# ---- 記載要領


@blueprint.get("/guides/<int:number>/correction")
@needs("office", number="guide_file")
def guide_file(number: int) -> str:
    """A 記載要領: its title and the day of its edition."""
    return correction_page("guide_file", number, url_for("guides.page"))


@blueprint.post("/guides/<int:number>/correction")
@needs("office", number="guide_file")
@shows(guide_file)
def correct_guide_file(number: int) -> Answer:
    """A 記載要領 put right or taken back: the one before counts again."""
    return carry_out("guide_file", number, url_for("guides.page"))


# ---- 提出の後に直した箇所の扱い、事務の統合・分割


@blueprint.get("/rounds/<ref>/commission/places/<int:number>/correction")
@needs("office", ref="round", number="amended_place")
def amended_place(ref: str, number: int) -> str:
    """What was decided of a changed place."""
    return correction_page("amended_place", number, url_for("commission.page", ref=ref))


@blueprint.post("/rounds/<ref>/commission/places/<int:number>/correction")
@needs("office", ref="round", number="amended_place")
@shows(amended_place)
def correct_amended_place(ref: str, number: int) -> Answer:
    """What was decided put right or taken back: the place is open again."""
    return carry_out("amended_place", number, url_for("commission.page", ref=ref))


@blueprint.get("/affairs/<key>/origins/<int:number>/correction")
@needs("office", key="affair", number="affair_origin")
def affair_origin(key: str, number: int) -> str:
    """Where an affair came from."""
    return correction_page("affair_origin", number, url_for("affairs.page", key=key))


@blueprint.post("/affairs/<key>/origins/<int:number>/correction")
@needs("office", key="affair", number="affair_origin")
@shows(affair_origin)
def correct_affair_origin(key: str, number: int) -> Answer:
    """Where an affair came from put right or taken back."""
    return carry_out("affair_origin", number, url_for("affairs.page", key=key))


# ---- 漏えい等


@blueprint.get("/leaks/<int:number>/correction")
@needs("leak_office", number="leak")
def leak(number: int) -> str:
    """A case of 漏えい等."""
    return correction_page("leak_case", number, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/correction")
@needs("leak_office", number="leak")
@shows(leak)
def amend_leak(number: int) -> Answer:
    """A case of 漏えい等 put right or taken back."""
    return carry_out("leak_case", number, url_for("leaks.page", number=number))


@blueprint.get("/leaks/<int:number>/reports/<int:report>/correction")
@needs("leak_office", number="leak", report="leak_report")
def leak_report(number: int, report: int) -> str:
    """A report of a case to the commission."""
    return correction_page("leak_report", report, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/reports/<int:report>/correction")
@needs("leak_office", number="leak", report="leak_report")
@shows(leak_report)
def amend_leak_report(number: int, report: int) -> Answer:
    """A report of a case to the commission put right or taken back."""
    return carry_out("leak_report", report, url_for("leaks.page", number=number))


@blueprint.get("/leaks/<int:number>/council/<int:given>/correction")
@needs("leak_office", number="leak", given="leak_given")
def leak_given(number: int, given: int) -> str:
    """A case as it was reported to a council."""
    return correction_page("leak_given", given, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/council/<int:given>/correction")
@needs("leak_office", number="leak", given="leak_given")
@shows(leak_given)
def amend_leak_given(number: int, given: int) -> Answer:
    """A case as it was reported to a council put right or taken back."""
    return carry_out("leak_given", given, url_for("leaks.page", number=number))


@blueprint.get("/leaks/<int:number>/questions/<int:question>/correction")
@needs("leak_office", number="leak", question="leak_question")
def leak_question(number: int, question: int) -> str:
    """A question about a case."""
    return correction_page("leak_question", question, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/questions/<int:question>/correction")
@needs("leak_office", number="leak", question="leak_question")
@shows(leak_question)
def amend_leak_question(number: int, question: int) -> Answer:
    """A question about a case put right or taken back."""
    return carry_out("leak_question", question, url_for("leaks.page", number=number))


@blueprint.get("/leaks/<int:number>/replies/<int:reply>/correction")
@needs("leak_office", number="leak", reply="leak_reply")
def leak_reply(number: int, reply: int) -> str:
    """An answer to a question about a case."""
    return correction_page("leak_reply", reply, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/replies/<int:reply>/correction")
@needs("leak_office", number="leak", reply="leak_reply")
@shows(leak_reply)
def amend_leak_reply(number: int, reply: int) -> Answer:
    """An answer to a question about a case put right or taken back."""
    return carry_out("leak_reply", reply, url_for("leaks.page", number=number))


@blueprint.get("/leaks/<int:number>/effects/<int:effect>/correction")
@needs("leak_office", number="leak", effect="leak_effect")
def leak_effect(number: int, effect: int) -> str:
    """What a case means for a document."""
    return correction_page("leak_effect", effect, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/effects/<int:effect>/correction")
@needs("leak_office", number="leak", effect="leak_effect")
@shows(leak_effect)
def amend_leak_effect(number: int, effect: int) -> Answer:
    """What a case means for a document put right or taken back."""
    return carry_out("leak_effect", effect, url_for("leaks.page", number=number))
