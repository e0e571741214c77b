"""記録を直す・取り消す: one page for every kind of record a person typed, with what it said before.

Knows forms and where each record's own page is. What may be corrected, and what must hold of it, is
said by `actions.steps.correctable`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.correctable import Field
from ...actions.steps import corrections as acts
from ...actions.viewing import (
    affair_ends,
    assignments,
    carrying,
    comments,
    consultations,
    corrections,
    referrals,
    register,
)
from ...domain.errors import PiaError
from ...domain.procedure import verdicts
from .. import inputs, paging
from ..actor import by, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows
from . import sittings

blueprint = Blueprint("corrections", __name__)

MOST = 1_000_000_000
MOST_LINES = 100  # of an agenda


@blueprint.get("/corrections")
@needs("records", asks=("page",))
def listed() -> str:
    """Every correction, the latest first."""
    first = paging.first(corrections.PAGE)
    lines, whole = corrections.page(workplace(), first)
    return render_template(
        "office/corrections.html",
        lines=lines,
        pages=paging.Pages(first, corrections.PAGE, whole),
    )


def correction_page(kind: str, number: int, back: str) -> str:
    """The form of a record. `back`: the page it is shown on."""
    wp = workplace()
    record = corrections.correctable(wp, kind, number)
    return render_template(
        "office/correction.html",
        x=record,
        back=back,
        here=url_for(request.endpoint or "", **(request.view_args or {})),
        verdicts=verdicts.offered(wp.rules),
        of_whole=verdicts.offered_of_whole(wp.rules),
        agenda=_agenda_fields(record),
        words=lambda field: corrections.words(wp, field, record.values[field.name]),
    )


def _agenda_fields(record: corrections.Correctable) -> dict[str, Any]:
    """What the lines of an agenda are filled with, and what a sitting may hear."""
    if record.kind != "sitting":
        return {"lines": [], "referrals": []}
    entries = [dict(entry) for entry in record.values["agenda"]]
    spare = max(sittings.AGENDA - len(entries), 2)
    blank: list[dict[str, Any]] = [{} for _ in range(spare)]
    return {"lines": [*entries, *blank], "referrals": sittings.referrals(entries)}


def carry_out(kind: str, number: int, back: str) -> Answer:
    """Puts a record right or takes it back, as the form asks."""
    wp = workplace()
    what = inputs.choice("what", "操作", ("amend", "withdraw"))
    if what == "withdraw":
        acts.withdraw(wp, by(), kind, number, inputs.line("withdrawal", "取り消す理由"))
        return done("記録を取り消しました。取り消したことと理由は残ります。", back)
    record = corrections.correctable(wp, kind, number)
    new = {field.name: _typed(field, record) for field in record.fields}
    reason = inputs.line("correction", "直す理由")
    seen = inputs.number("seen", "見ていた記録", most=MOST) or 0
    acts.amend(wp, by(), kind, number, new, reason, seen)
    return done("記録を直しました。前の記録は残ります。", back)


def _typed(field: Field, record: corrections.Correctable) -> Any:
    """What was typed into a field of its kind."""
    readers: dict[str, Callable[[], Any]] = {
        "line": lambda: inputs.line(field.name, field.label, need=field.need),
        "area": lambda: inputs.text(
            field.name, field.label, most=inputs.PARAGRAPH, need=field.need
        ),
        "lines": lambda: _lines(field),
        "day": lambda: inputs.day(field.name, field.label, need=field.need),
        "clock": lambda: inputs.must_clock(field.name, field.label),
        "ticked": lambda: inputs.ticked(field.name),
        "choice": lambda: inputs.choice(field.name, field.label, field.options or {}),
        "many": lambda: inputs.many(field.name, field.label, field.options or {}, need=field.need),
        "verdict": lambda: _verdict(field, record),
        "agenda": lambda: sittings.agenda(MOST_LINES, record.values["agenda"]),
    }
    return readers[field.kind]()


def _lines(field: Field) -> list[str]:
    typed = inputs.text(field.name, field.label, most=inputs.PARAGRAPH, need=field.need)
    return [line.strip() for line in typed.split("\n") if line.strip()]


def _verdict(field: Field, record: corrections.Correctable) -> str:
    """Another verdict of the same sort: whether the case goes on is no slip of the pen."""
    rules = workplace().rules
    was = str(record.values[field.name])
    known = verdicts.offered(rules)
    if field.name == "kind" and len(record.fields) > 2:  # of several documents, each with its own
        known = verdicts.offered_of_whole(rules)
    kind = inputs.choice(field.name, field.label, [*known, was])
    before = verdicts.word(rules, was)
    if verdicts.word(rules, kind).effect == before.effect:
        return kind
    way = "手続の画面の「点検をやり直す」を使ってください。"
    if not before.heard:
        way = "会議の画面で、新しい結論を記録してください。"
    raise inputs.Unfit(
        field.name, f"「{was}」を「{kind}」に直すと、手続の進み方が変わります。{way}"
    )


# ---- where each kind of record is


def _opinion_id(number: int, opinion: int) -> int:
    return consultations.opinion_id(workplace(), number, opinion)


@blueprint.get("/consultations/<int:number>/correction")
@needs("office", number="consultation")
def consultation(number: int) -> str:
    """意見募集: its title, days, and how opinions are sent."""
    return correction_page("consultation", number, url_for("consultations.page", number=number))


@blueprint.post("/consultations/<int:number>/correction")
@needs("office", number="consultation")
@shows(consultation)
def correct_consultation(number: int) -> Answer:
    """意見募集 put right or taken back."""
    return carry_out("consultation", number, url_for("consultations.page", number=number))


@blueprint.get("/consultations/<int:number>/opinions/<int:opinion>/correction")
@needs("office", number="consultation", opinion="opinion")
def opinion(number: int, opinion: int) -> str:
    """An opinion: when and how it came, and what it is about; never its words."""
    return correction_page(
        "opinion", _opinion_id(number, opinion), url_for("consultations.page", number=number)
    )


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/correction")
@needs("office", number="consultation", opinion="opinion", keys="assessment")
@shows(opinion)
def correct_opinion(number: int, opinion: int) -> Answer:
    """An opinion's record put right or taken back."""
    return carry_out(
        "opinion", _opinion_id(number, opinion), url_for("consultations.page", number=number)
    )


@blueprint.get("/consultations/<int:number>/notices/<int:notice>/correction")
@needs("office", number="consultation", notice="consultation_notice")
def consultation_notice(number: int, notice: int) -> str:
    """A notice that extends, corrects or cancels: its day, number and reason."""
    back = url_for("consultations.page", number=number)
    return correction_page("consultation_notice", notice, back)


@blueprint.post("/consultations/<int:number>/notices/<int:notice>/correction")
@needs("office", number="consultation", notice="consultation_notice")
@shows(consultation_notice)
def correct_consultation_notice(number: int, notice: int) -> Answer:
    """A notice put right or taken back."""
    back = url_for("consultations.page", number=number)
    return carry_out("consultation_notice", notice, back)


@blueprint.get("/consultations/<int:number>/attachments/<int:attachment>/correction")
@needs("office", number="consultation", attachment="opinion_attachment")
def opinion_attachment(number: int, attachment: int) -> str:
    """A file that came with an opinion: the city's 無害化 of it; never what is in it."""
    return correction_page(
        "opinion_attachment", attachment, url_for("consultations.page", number=number)
    )


@blueprint.post("/consultations/<int:number>/attachments/<int:attachment>/correction")
@needs("office", number="consultation", attachment="opinion_attachment")
@shows(opinion_attachment)
def correct_opinion_attachment(number: int, attachment: int) -> Answer:
    """The record of a file put right or taken back."""
    return carry_out("opinion_attachment", attachment, url_for("consultations.page", number=number))


@blueprint.get("/sittings/<int:number>/correction")
@needs("office", number="sitting")
def sitting(number: int) -> str:
    """会議: its name, time, place and agenda."""
    return correction_page("sitting", number, url_for("sittings.page", number=number))


@blueprint.post("/sittings/<int:number>/correction")
@needs("office", number="sitting")
@shows(sitting)
def correct_sitting(number: int) -> Answer:
    """会議 put right or taken back."""
    back = url_for("sittings.page", number=number)
    if request.form.get("what") == "withdraw":
        back = url_for("councils.listed")
    return carry_out("sitting", number, back)


@blueprint.get("/councils/<int:number>/correction")
@needs("office", number="council")
def council(number: int) -> str:
    """審議会: its name, its own rules, what its minutes are made by."""
    return correction_page("council", number, url_for("councils.page", number=number))


@blueprint.post("/councils/<int:number>/correction")
@needs("office", number="council")
@shows(council)
def correct_council(number: int) -> Answer:
    """審議会 put right."""
    return carry_out("council", number, url_for("councils.page", number=number))


@blueprint.get("/councils/<int:number>/members/<int:member>/correction")
@needs("office", number="council", member="member")
def member(number: int, member: int) -> str:
    """A member's term, and what was typed beside it."""
    return correction_page("member", member, url_for("councils.page", number=number))


@blueprint.post("/councils/<int:number>/members/<int:member>/correction")
@needs("office", number="council", member="member")
@shows(member)
def correct_member(number: int, member: int) -> Answer:
    """A member's term put right."""
    return carry_out("member", member, url_for("councils.page", number=number))


@blueprint.get("/councils/<int:number>/inquiries/<int:inquiry>/correction")
@needs("office", number="council", inquiry="date_inquiry")
def inquiry(number: int, inquiry: int) -> str:
    """An inquiry for days."""
    here = url_for("convening.inquiry", number=number, inquiry=inquiry)
    return correction_page("date_inquiry", inquiry, here)


@blueprint.post("/councils/<int:number>/inquiries/<int:inquiry>/correction")
@needs("office", number="council", inquiry="date_inquiry")
@shows(inquiry)
def correct_inquiry(number: int, inquiry: int) -> Answer:
    """An inquiry for days put right or taken back."""
    return carry_out("date_inquiry", inquiry, url_for("councils.page", number=number))


@blueprint.get("/sittings/<int:number>/observers/<int:observer>/correction")
@needs("office", number="sitting", observer="observer")
def observer(number: int, observer: int) -> str:
    """The reception of somebody who listens."""
    return correction_page("observer", observer, url_for("convening.observers", number=number))


@blueprint.post("/sittings/<int:number>/observers/<int:observer>/correction")
@needs("office", number="sitting", observer="observer")
@shows(observer)
def correct_observer(number: int, observer: int) -> Answer:
    """The reception of somebody who listens put right or taken back."""
    return carry_out("observer", observer, url_for("convening.observers", number=number))


@blueprint.get("/sittings/<int:number>/carrying/<int:place>/correction")
@needs("office", number="sitting", place="carried_set")
def carried_set(number: int, place: int) -> str:
    """What left the house for a sitting."""
    here = url_for("carrying.page", number=number)
    return correction_page("carried_set", carrying.row_id(workplace(), number, place), here)


@blueprint.post("/sittings/<int:number>/carrying/<int:place>/correction")
@needs("office", number="sitting", place="carried_set")
@shows(carried_set)
def correct_carried_set(number: int, place: int) -> Answer:
    """What left the house for a sitting put right or taken back."""
    here = url_for("carrying.page", number=number)
    return carry_out("carried_set", carrying.row_id(workplace(), number, place), here)


@blueprint.get("/affairs/<key>/end/correction")
@needs("office", key="affair")
def affair_end(key: str) -> str:
    """The end of an affair: its days, why, and the notice to the commission."""
    number = affair_ends.end_id(workplace(), key)
    return correction_page("affair_end", number, url_for("affair_ends.page", key=key))


@blueprint.post("/affairs/<key>/end/correction")
@needs("office", key="affair")
@shows(affair_end)
def correct_affair_end(key: str) -> Answer:
    """The end of an affair put right or taken back."""
    number = affair_ends.end_id(workplace(), key)
    return carry_out("affair_end", number, url_for("affair_ends.page", key=key))


@blueprint.get("/rounds/<ref>/commission/<int:number>/correction")
@needs("office", ref="round", number="commission_letter")
def commission_letter(ref: str, number: int) -> str:
    """A letter of the commission: its days, number and words."""
    return correction_page("commission_letter", number, url_for("commission.page", ref=ref))


@blueprint.post("/rounds/<ref>/commission/<int:number>/correction")
@needs("office", ref="round", number="commission_letter")
@shows(commission_letter)
def correct_commission_letter(ref: str, number: int) -> Answer:
    """A letter of the commission put right or taken back."""
    return carry_out("commission_letter", number, url_for("commission.page", ref=ref))


@blueprint.get("/rounds/<ref>/commission/replies/<int:number>/correction")
@needs("office", ref="round", number="commission_reply")
def commission_reply(ref: str, number: int) -> str:
    """What was answered to the commission: its day, number and words."""
    return correction_page("commission_reply", number, url_for("commission.page", ref=ref))


@blueprint.post("/rounds/<ref>/commission/replies/<int:number>/correction")
@needs("office", ref="round", number="commission_reply")
@shows(commission_reply)
def correct_commission_reply(ref: str, number: int) -> Answer:
    """What was answered to the commission put right or taken back."""
    return carry_out("commission_reply", number, url_for("commission.page", ref=ref))


@blueprint.get("/sittings/<int:number>/steps/<int:step>/correction")
@needs("office", number="sitting", step="sitting_step")
def sitting_step(number: int, step: int) -> str:
    """A step of a sitting: its day, number and answer."""
    return correction_page("sitting_step", step, url_for("minutes.page", number=number))


@blueprint.post("/sittings/<int:number>/steps/<int:step>/correction")
@needs("office", number="sitting", step="sitting_step")
@shows(sitting_step)
def correct_sitting_step(number: int, step: int) -> Answer:
    """A step of a sitting put right or taken back."""
    return carry_out("sitting_step", step, url_for("minutes.page", number=number))


@blueprint.get("/sittings/<int:number>/movements/<int:movement>/correction")
@needs("office", number="sitting", movement="movement")
def movement(number: int, movement: int) -> str:
    """A member's coming or going."""
    return correction_page("movement", movement, url_for("proceedings.page", number=number))


@blueprint.post("/sittings/<int:number>/movements/<int:movement>/correction")
@needs("office", number="sitting", movement="movement")
@shows(movement)
def correct_movement(number: int, movement: int) -> Answer:
    """A member's coming or going put right or taken back."""
    return carry_out("movement", movement, url_for("proceedings.page", number=number))


@blueprint.get("/referrals/<int:number>/correction")
@needs("office", number="referral")
def referral(number: int) -> str:
    """諮問: its title, numbers and titles of its materials."""
    return correction_page("referral", number, url_for("council.cards", referral=number))


@blueprint.post("/referrals/<int:number>/correction")
@needs("office", number="referral")
@shows(referral)
def correct_referral(number: int) -> Answer:
    """諮問 put right or taken back."""
    back = url_for("council.cards", referral=number)
    if request.form.get("what") == "withdraw":
        back = url_for("councils.listed")
    return carry_out("referral", number, back)


@blueprint.get("/referrals/<int:referral>/verdict/correction")
@needs("office", referral="referral")
def verdict(referral: int) -> str:
    """The verdict that counts."""
    return correction_page(
        "verdict", _verdict_id(referral), url_for("council.cards", referral=referral)
    )


@blueprint.post("/referrals/<int:referral>/verdict/correction")
@needs("office", referral="referral")
@shows(verdict)
def correct_verdict(referral: int) -> Answer:
    """The verdict recorded anew."""
    back = url_for("council.cards", referral=referral)
    return carry_out("verdict", _verdict_id(referral), back)


@blueprint.get("/referrals/<int:referral>/steps/<int:place>/correction")
@needs("office", referral="referral")
def referral_step(referral: int, place: int) -> str:
    """What followed a 諮問: 市の判断, 取下げ, 差替え."""
    back = url_for("referrals.course", referral=referral)
    return correction_page("referral_step", referrals.step_id(workplace(), referral, place), back)


@blueprint.post("/referrals/<int:referral>/steps/<int:place>/correction")
@needs("office", referral="referral")
@shows(referral_step)
def correct_referral_step(referral: int, place: int) -> Answer:
    """What followed a 諮問 put right or taken back."""
    back = url_for("referrals.course", referral=referral)
    number = referrals.step_id(workplace(), referral, place)
    return carry_out("referral_step", number, back)


def _verdict_id(referral: int) -> int:
    number = corrections.last_verdict(workplace(), referral)
    if number is None:
        raise PiaError("この諮問には、まだ結論が記録されていません。")
    return number


@blueprint.get("/referrals/<int:referral>/remarks/<int:remark>/correction")
@needs("office", referral="referral", remark="remark")
def remark(referral: int, remark: int) -> str:
    """A question that was recorded by mistake."""
    return correction_page("remark", remark, url_for("council.cards", referral=referral))


@blueprint.post("/referrals/<int:referral>/remarks/<int:remark>/correction")
@needs("office", referral="referral", remark="remark")
@shows(remark)
def correct_remark(referral: int, remark: int) -> Answer:
    """A question taken back."""
    return carry_out("remark", remark, url_for("council.cards", referral=referral))


@blueprint.get("/referrals/<int:referral>/remarks/<int:remark>/answers/<int:place>/correction")
@needs("office", referral="referral", remark="remark")
def answer(referral: int, remark: int, place: int) -> str:
    """An answer that was recorded by mistake, by its place among those to the question."""
    number = corrections.answer_id(workplace(), remark, place)
    return correction_page("answer", number, url_for("council.cards", referral=referral))


@blueprint.post("/referrals/<int:referral>/remarks/<int:remark>/answers/<int:place>/correction")
@needs("office", referral="referral", remark="remark")
@shows(answer)
def correct_answer(referral: int, remark: int, place: int) -> Answer:
    """An answer taken back."""
    number = corrections.answer_id(workplace(), remark, place)
    return carry_out("answer", number, url_for("council.cards", referral=referral))


@blueprint.get("/consultations/<int:number>/opinions/<int:opinion>/assignment/correction")
@needs("office", number="consultation", opinion="opinion")
def opinion_assignment(number: int, opinion: int) -> str:
    """Who was asked for an opinion, and until when."""
    row = assignments.id_of(workplace(), "opinion", _opinion_id(number, opinion))
    return correction_page("assignment", row, url_for("consultations.page", number=number))


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/assignment/correction")
@needs("office", number="consultation", opinion="opinion")
@shows(opinion_assignment)
def correct_opinion_assignment(number: int, opinion: int) -> Answer:
    """Asks others for an opinion, or until another day; or nobody any more."""
    row = assignments.id_of(workplace(), "opinion", _opinion_id(number, opinion))
    return carry_out("assignment", row, url_for("consultations.page", number=number))


@blueprint.get("/referrals/<int:referral>/remarks/<int:remark>/assignment/correction")
@needs("office", referral="referral", remark="remark")
def remark_assignment(referral: int, remark: int) -> str:
    """Who was asked for a question, and until when."""
    row = assignments.id_of(workplace(), "remark", remark)
    return correction_page("assignment", row, url_for("council.cards", referral=referral))


@blueprint.post("/referrals/<int:referral>/remarks/<int:remark>/assignment/correction")
@needs("office", referral="referral", remark="remark")
@shows(remark_assignment)
def correct_remark_assignment(referral: int, remark: int) -> Answer:
    """Asks others for a question, or until another day; or nobody any more."""
    row = assignments.id_of(workplace(), "remark", remark)
    return carry_out("assignment", row, url_for("council.cards", referral=referral))


@blueprint.get("/rounds/<ref>/correction")
@needs("office", ref="round")
def round_(ref: str) -> str:
    """手続: its reasons and the day of the change."""
    return correction_page(
        "round", corrections.round_id(workplace(), ref), url_for("rounds.page", ref=ref)
    )


@blueprint.post("/rounds/<ref>/correction")
@needs("office", ref="round")
@shows(round_)
def correct_round(ref: str) -> Answer:
    """手続 put right."""
    number = corrections.round_id(workplace(), ref)
    return carry_out("round", number, url_for("rounds.page", ref=ref))


# What is kept of a round, as an address names it → its kind of record.
OF_ROUND = {
    "submission": "submission",
    "publication": "publication",
    "event": "round_event",
    "day": "outward_date",
}
PLACE = "kept/<what>/<int:place>"


@blueprint.get(f"/rounds/<ref>/{PLACE}/correction")
@needs("office", ref="round")
def outward(ref: str, what: str, place: int) -> str:
    """提出, 公表, a day or a step of a round, by its place among them."""
    kind = _of_round(what)
    number = corrections.outward_id(workplace(), ref, what, place)
    return correction_page(kind, number, url_for("rounds.page", ref=ref))


@blueprint.post(f"/rounds/<ref>/{PLACE}/correction")
@needs("office", ref="round")
@shows(outward)
def correct_outward(ref: str, what: str, place: int) -> Answer:
    """提出, 公表, a day or a step of a round put right or taken back."""
    kind = _of_round(what)
    number = corrections.outward_id(workplace(), ref, what, place)
    return carry_out(kind, number, url_for("rounds.page", ref=ref))


def _of_round(what: str) -> str:
    if what not in OF_ROUND:
        raise PiaError("その記録は、この画面では直せません。一覧から選び直してください。")
    return OF_ROUND[what]


@blueprint.get("/referrals/<int:referral>/proposals/<int:place>/correction")
@needs("office", referral="referral")
def proposal(referral: int, place: int) -> str:
    """Other wording that was recorded by mistake."""
    number = corrections.proposal_id(workplace(), referral, place)
    return correction_page("proposal", number, url_for("council.cards", referral=referral))


@blueprint.post("/referrals/<int:referral>/proposals/<int:place>/correction")
@needs("office", referral="referral")
@shows(proposal)
def correct_proposal(referral: int, place: int) -> Answer:
    """Other wording taken back."""
    number = corrections.proposal_id(workplace(), referral, place)
    return carry_out("proposal", number, url_for("council.cards", referral=referral))


@blueprint.get("/referrals/<int:referral>/proposals/<int:place>/outcome/correction")
@needs("office", referral="referral")
def proposal_outcome(referral: int, place: int) -> str:
    """What was decided about other wording."""
    number = corrections.outcome_id(workplace(), referral, place)
    back = url_for("proposals.page", referral=referral, place=place)
    return correction_page("proposal_outcome", number, back)


@blueprint.post("/referrals/<int:referral>/proposals/<int:place>/outcome/correction")
@needs("office", referral="referral")
@shows(proposal_outcome)
def correct_proposal_outcome(referral: int, place: int) -> Answer:
    """What was decided about other wording taken back."""
    number = corrections.outcome_id(workplace(), referral, place)
    back = url_for("proposals.page", referral=referral, place=place)
    return carry_out("proposal_outcome", number, back)


@blueprint.get("/assessments/<key>/publications/<int:place>/correction")
@needs("office", key="assessment")
def published(key: str, place: int) -> str:
    """A publication from before this program was there."""
    number = corrections.publication_id(workplace(), key, place)
    return correction_page("publication", number, _affair_of(key))


@blueprint.post("/assessments/<key>/publications/<int:place>/correction")
@needs("office", key="assessment")
@shows(published)
def correct_published(key: str, place: int) -> Answer:
    """A publication from before this program was there put right or taken back."""
    number = corrections.publication_id(workplace(), key, place)
    return carry_out("publication", number, _affair_of(key))


@blueprint.get("/rounds/<ref>/comment-lines/<int:comment>/correction")
@needs("comment", ref="round", comment="comment")
def comment(ref: str, comment: int) -> str:
    """One's own comment, to be put right or taken back."""
    return readable(correction_page("comment", comment, _item_of(ref, comment)), ref)


@blueprint.post("/rounds/<ref>/comment-lines/<int:comment>/correction")
@needs("comment", ref="round", comment="comment")
@shows(comment)
def correct_comment(ref: str, comment: int) -> Answer:
    """Puts one's own comment right, or takes it back."""
    return carry_out("comment", comment, _item_of(ref, comment))


def _item_of(ref: str, comment: int) -> str:
    path = "/".join(comments.thread_path(workplace(), comment))
    return url_for("comments.item", ref=ref, path=path)


@blueprint.get("/rounds/<ref>/files/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="round_file")
def round_file(ref: str, number: int) -> str:
    """The title of a file kept with a round, or the file taken back."""
    return readable(correction_page("round_file", number, url_for("rounds.page", ref=ref)), ref)


@blueprint.post("/rounds/<ref>/files/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="round_file")
@shows(round_file)
def correct_round_file(ref: str, number: int) -> Answer:
    """Puts the title of a file right, or takes the file back; its bytes stay."""
    return carry_out("round_file", number, url_for("rounds.page", ref=ref))


@blueprint.get("/rounds/<ref>/planned-days/<int:number>/correction")
@needs("office", ref="round", number="planned_day")
def planned_day(ref: str, number: int) -> str:
    """A day of a round that a person chose, or its computed day again."""
    return readable(
        correction_page("planned_day", number, url_for("calendar.round_", ref=ref)), ref
    )


@blueprint.post("/rounds/<ref>/planned-days/<int:number>/correction")
@needs("office", ref="round", number="planned_day")
@shows(planned_day)
def correct_planned_day(ref: str, number: int) -> Answer:
    """A chosen day put right or taken back."""
    return carry_out("planned_day", number, url_for("calendar.round_", ref=ref))


@blueprint.get("/calendar/closings/<int:number>/correction")
@needs("office", number="closing_day")
def closing_day(number: int) -> str:
    """Days on which the office is closed or open."""
    return correction_page("closing_day", number, url_for("calendar.closings"))


@blueprint.post("/calendar/closings/<int:number>/correction")
@needs("office", number="closing_day")
@shows(closing_day)
def correct_closing_day(number: int) -> Answer:
    """Days on which the office is closed put right or taken back."""
    return carry_out("closing_day", number, url_for("calendar.closings"))


def _affair_of(key: str) -> str:
    document = register.document(workplace(), key)
    if document is None:
        raise PiaError(f"評価書「{key}」はありません。一覧から選び直してください。")
    return url_for("affairs.page", key=document.affair)


@blueprint.get("/affairs/<key>/withdrawal")
@needs("office", key="affair")
def affair(key: str) -> str:
    """An affair that was registered by mistake."""
    number = corrections.affair_id(workplace(), key)
    return correction_page("affair", number, url_for("affairs.page", key=key))


@blueprint.post("/affairs/<key>/withdrawal")
@needs("office", key="affair")
@shows(affair)
def withdraw_affair(key: str) -> Answer:
    """An affair taken back."""
    return carry_out("affair", corrections.affair_id(workplace(), key), url_for("desk.register"))


@blueprint.get("/glossary/<int:term>/correction")
@needs("office", term="term")
def term(term: int) -> str:
    """用語の説明: the word, its explanation and its source."""
    return correction_page("glossary_term", term, url_for("wordbook.terms"))


@blueprint.post("/glossary/<int:term>/correction")
@needs("office", term="term")
@shows(term)
def correct_term(term: int) -> Answer:
    """用語の説明 put right or taken back."""
    return carry_out("glossary_term", term, url_for("wordbook.terms"))


@blueprint.get("/glossary/requests/<int:asked>/correction")
@needs("office", asked="term_request")
def term_request(asked: int) -> str:
    """用語の説明の求め: the word, what was to be known, and the office's answer."""
    return correction_page("term_request", asked, url_for("wordbook.terms"))


@blueprint.post("/glossary/requests/<int:asked>/correction")
@needs("office", asked="term_request")
@shows(term_request)
def correct_term_request(asked: int) -> Answer:
    """用語の説明の求め put right or taken back."""
    return carry_out("term_request", asked, url_for("wordbook.terms"))


@blueprint.get("/phrases/<int:phrase>/correction")
@needs("office", phrase="phrase")
def phrase(phrase: int) -> str:
    """文例: its heading, its words and how it is used."""
    return correction_page("phrase", phrase, url_for("wordbook.phrases"))


@blueprint.post("/phrases/<int:phrase>/correction")
@needs("office", phrase="phrase")
@shows(phrase)
def correct_phrase(phrase: int) -> Answer:
    """文例 put right or taken back; what was taken over before stays as it is."""
    return carry_out("phrase", phrase, url_for("wordbook.phrases"))


def _kept_ready(ref: str) -> str:
    """The page of what is kept ready for a council in a round."""
    return url_for("answers.listed", ref=ref)


@blueprint.get("/rounds/<ref>/expected/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="expected_question")
def expected_question(ref: str, number: int) -> str:
    """想定問答: the question and its answer."""
    return readable(correction_page("expected_question", number, _kept_ready(ref)), ref)


@blueprint.post("/rounds/<ref>/expected/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="expected_question")
@shows(expected_question)
def correct_expected_question(ref: str, number: int) -> Answer:
    """想定問答 put right or taken back."""
    return carry_out("expected_question", number, _kept_ready(ref))


@blueprint.get("/rounds/<ref>/sources/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="wording_source")
def wording_source(ref: str, number: int) -> str:
    """What a wording rests on."""
    return readable(correction_page("wording_source", number, _kept_ready(ref)), ref)


@blueprint.post("/rounds/<ref>/sources/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="wording_source")
@shows(wording_source)
def correct_wording_source(ref: str, number: int) -> Answer:
    """What a wording rests on put right or taken back."""
    return carry_out("wording_source", number, _kept_ready(ref))


@blueprint.get("/lines/<ref>/content/<int:number>/correction")
@needs("draft", own="ref", ref="line", number="content_answer")
def content_answer(ref: str, number: int) -> str:
    """Why something a check found may stand."""
    back = url_for("content_checks.document", ref=ref)
    return readable(correction_page("content_answer", number, back), ref)


@blueprint.post("/lines/<ref>/content/<int:number>/correction")
@needs("draft", own="ref", ref="line", number="content_answer")
@shows(content_answer)
def correct_content_answer(ref: str, number: int) -> Answer:
    """What was answered of a finding put right or taken back."""
    return carry_out("content_answer", number, url_for("content_checks.document", ref=ref))


@blueprint.get("/content/bindings/<int:number>/correction")
@needs("office", number="binding_check")
def binding_check(number: int) -> str:
    """Why the city made a check binding."""
    return correction_page("binding_check", number, url_for("content_checks.checks"))


@blueprint.post("/content/bindings/<int:number>/correction")
@needs("office", number="binding_check")
@shows(binding_check)
def correct_binding_check(number: int) -> Answer:
    """A check that binds put right or taken back: then it only warns."""
    return carry_out("binding_check", number, url_for("content_checks.checks"))


@blueprint.get("/rounds/<ref>/state-answers/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="confirmation")
def confirmation(ref: str, number: int) -> str:
    """国への確認: whether the State was asked, when, and what it said."""
    return readable(correction_page("confirmation", number, _kept_ready(ref)), ref)


@blueprint.post("/rounds/<ref>/state-answers/<int:number>/correction")
@needs("draft", own="ref", ref="round", number="confirmation")
@shows(confirmation)
def correct_confirmation(ref: str, number: int) -> Answer:
    """国への確認 put right."""
    return carry_out("confirmation", number, _kept_ready(ref))
