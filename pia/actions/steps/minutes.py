"""会議録 written and put right: what was spoken, in the order it was spoken (様式第2号).

The secretariat writes. A speech is never rewritten: each save is another edition, and who wrote
last over words they had not seen is told so. Once the minutes are 確定, every edition says why.
Knows speeches, their order and the words of tablets. Must not know pages nor transcripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.canonical import clean
from ...domain.errors import PiaError, Refused, Stale, Unfit
from ...domain.minutes import agenda, order
from ...domain.wareki import written
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils
from ...store.rows.minutes import (
    DIRECTION,
    HEADING,
    PROMISED,
    SPEECH,
    MinutesField,
    SittingStep,
    Speech,
)
from ..records import minutes as records
from ..records import speakers
from ..workplace import Workplace, row_of

KINDS = {
    SPEECH: "発言",
    DIRECTION: "〔　〕（入退室など）",
    HEADING: "見出し",
    PROMISED: "後日回答",
}
MOST = 100_000  # letters of one speech
MANY = 3_000  # speeches of one sitting


@dataclass(frozen=True, slots=True)
class Words:
    """One speech as it is to stand: `kind` of KINDS, the agenda item, who is printed as its speaker
    and who it was, the text; `about`: of a promised answer, who answers by when."""

    kind: str
    item: str
    speaker: str
    person: str
    text: str
    about: Mapping[str, Any] = field(default_factory=dict)


def say(wp: Workplace, by: By, sitting: int, words: Words, after: int | None = None) -> int:
    """A speech at the end, or right after the speech of that number; its number. Unfit where it
    says nothing or stands under no item."""
    with wp.store.begin() as session:
        row = _open(session, sitting)
        _must_fit(row, words)
        speeches = queries.minutes.speeches(session, sitting)
        if len(speeches) >= MANY:
            raise PiaError(f"会議録の発言は、1つの会議に{MANY:,}件までです。")
        speech = _edition(by, sitting, words, _place_after(speeches, after))
        session.add(speech)
        session.flush()
        log.entry(session, by, "minutes.say", str(sitting), {"speech": speech.id})
        return speech.id


def change(wp: Workplace, by: By, speech: int, seen: int, words: Words, reason: str = "") -> None:
    """Another edition of a speech. `seen`: the edition its writer read. Stale where somebody else
    wrote one since; what was typed stays on the page."""
    with wp.store.begin() as session:
        last = _seen(session, speech, seen)
        row = _open(session, last.sitting_id, reason)
        _must_fit(row, words)
        if _said(last) == replace(words, about=dict(words.about)):
            raise PiaError("発言は、もうそのとおりです。")
        session.add(_again(by, last, words, reason))
        log.entry(session, by, "minutes.change", str(last.sitting_id), {"speech": speech})


def take_out(wp: Workplace, by: By, speech: int, seen: int, reason: str = "") -> None:
    """A speech that is not to stand in the minutes; it stays on record and can be put back."""
    with wp.store.begin() as session:
        last = _seen(session, speech, seen)
        _open(session, last.sitting_id, reason)
        if last.gone:
            raise PiaError("この発言は、もう取り除かれています。")
        session.add(_again(by, last, _said(last), reason, gone=True))
        log.entry(session, by, "minutes.take_out", str(last.sitting_id), {"speech": speech})


def put_back(wp: Workplace, by: By, speech: int, reason: str = "") -> None:
    """A speech that was taken out stands again where it stood."""
    with wp.store.begin() as session:
        last = _last(session, speech)
        _open(session, last.sitting_id, reason)
        if not last.gone:
            raise PiaError("この発言は、会議録にあります。")
        session.add(_again(by, last, _said(last), reason))
        log.entry(session, by, "minutes.put_back", str(last.sitting_id), {"speech": speech})


def move(wp: Workplace, by: By, speech: int, up: bool, reason: str = "") -> None:
    """A speech changes places with the one before or after it in its item; at the edge of the item
    nothing is done but a sentence said."""
    with wp.store.begin() as session:
        last = _last(session, speech)
        row = _open(session, last.sitting_id, reason)
        section = records.sections(session, row).get(last.item, [])
        numbers = [each.begins for each in section]
        if last.begins not in numbers:
            raise PiaError("この発言は、会議録から取り除かれています。")
        here = numbers.index(last.begins)
        if here == 0 if up else here == len(section) - 1:
            raise PiaError("これより" + ("前" if up else "後") + "に、この議題の発言はありません。")
        others = [each.place for each in section if each.begins != last.begins]
        target = here - 1 if up else here + 1
        before = others[target - 1] if target else ""
        after = others[target] if target < len(others) else ""
        place = order.between(before, after)
        session.add(_again(by, last, _said(last), reason, place=place))
        log.entry(session, by, "minutes.move", str(last.sitting_id), {"speech": speech})


def answer_promised(
    wp: Workplace, by: By, speech: int, seen: int, text: str, answered: date
) -> None:
    """What was answered to a question the room had no answer for. It is told at the next sitting;
    the minutes of the sitting of the question keep that an answer was promised."""
    if not text.strip():
        raise Unfit("text", "回答を入力してください。")
    with wp.store.begin() as session:
        last = _seen(session, speech, seen)
        if last.kind != PROMISED:
            raise PiaError("この発言は、後日回答ではありません。")
        held = row_of(session, councils.Sitting, last.sitting_id, "会議")
        if answered < held.day:
            raise Unfit("day", f"回答した日が、会議の日（{written(held.day)}）より前です。")
        about = {
            **last.about,
            "answer": clean(text, "回答"),
            "answered": answered.isoformat(),
        }
        session.add(_again(by, last, replace(_said(last), about=about), "後日回答"))
        log.entry(session, by, "minutes.answer", str(last.sitting_id), {"speech": speech})


# ---- what tablets and pages recorded


def _gathered(session: Session, by: By, sitting: councils.Sitting) -> int:
    """The questions and answers about a sitting's referrals that do not stand in its minutes yet,
    each as a speech under its item; how many."""
    namer = speakers.namer(session, sitting)
    items = {item.referral: item.mark for item in records.items_of(sitting) if item.referral}
    last = records.last_place(session, sitting.id)
    waiting = records.unsaid(session, sitting)
    for row in waiting:
        last = order.between(last, "")
        if isinstance(row, councils.Remark):
            remark = row
        else:
            remark = session.get_one(councils.Remark, row.remark_id)
        item = items[remark.referral_id]
        words = Words(SPEECH, item, namer.printed(row.speaker), row.speaker, row.text)
        speech = _edition(by, sitting.id, words, last)
        if row is remark:
            speech.remark_id = row.id
        else:
            speech.answer_id = row.id
        session.add(speech)
    return len(waiting)


def gather(wp: Workplace, by: By, sitting: int) -> int:
    """Takes the questions and answers recorded at tablets and desks into the minutes; how many were
    new."""
    with wp.store.begin() as session:
        row = _unsettled(session, sitting)
        count = _gathered(session, by, row)
        if count:
            log.entry(session, by, "minutes.gather", str(sitting), {"speeches": count})
        return count


# ---- fields of the form


def write_field(wp: Workplace, by: By, sitting: int, name: str, text: str, base: str) -> None:
    """One of the fields of the 開催結果 by hand; `base`: what the record gives for it now."""
    text = clean(text, name)
    with wp.store.begin() as session:
        _unsettled(session, sitting)
        known = queries.minutes.fields(session, sitting).get(name)
        if known is not None and (known.text, known.base) == (text, base):
            raise PiaError(f"「{name}」は、もうそのとおりです。")
        row = MinutesField(sitting_id=sitting, field=name, text=text, base=base, **acted(by))
        session.add(row)
        log.entry(session, by, "minutes.field", str(sitting), {"field": name})


def give_up_field(wp: Workplace, by: By, sitting: int, name: str) -> None:
    """A field says again what the record gives; what was written by hand stays on record."""
    with wp.store.begin() as session:
        _unsettled(session, sitting)
        known = queries.minutes.fields(session, sitting).get(name)
        if known is None:
            raise PiaError(f"「{name}」は、手で直されていません。")
        known.withdrawn = by.day
        log.entry(session, by, "minutes.field_back", str(sitting), {"field": name})


# ---- steps


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step of a sitting that is to be recorded: its kind, day, the member it is of, what differs
    between kinds, and words."""

    kind: str
    day: date
    member: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


def record_step(wp: Workplace, by: By, sitting: int, new: NewStep) -> None:
    """A step before or after a sitting. Unfit for a day that is to come, Refused where it has no
    sense now."""
    if new.day > by.day:
        raise Unfit("day", f"その日（{written(new.day)}）は、まだ来ていません。")
    with wp.store.begin() as session:
        row = row_of(session, councils.Sitting, sitting, "会議")
        _must_come_now(session, row, new)
        step = SittingStep(
            sitting_id=sitting,
            kind=new.kind,
            member_id=new.member,
            day=new.day,
            facts=dict(new.facts),
            note=clean(new.note, "記録"),
            **acted(by),
        )
        session.add(step)
        about = {"kind": new.kind, "day": new.day.isoformat()}
        log.entry(session, by, "minutes.step", str(sitting), about)


def _must_come_now(session: Session, sitting: councils.Sitting, new: NewStep) -> None:
    settled = records.settled(session, sitting.id)
    after = (
        records.ASKED,
        records.ANSWERED,
        records.SIGNED,
        records.SETTLED,
        records.ISSUED,
    )
    if new.kind in after and sitting.closes is None:
        raise Refused(
            "この会議は、まだ閉会が記録されていません。", ("先に閉会を記録してください。",)
        )
    if new.kind in after and new.day < sitting.day:
        raise Unfit("day", f"会議の日（{written(sitting.day)}）より前です。")
    if new.kind == records.SETTLED:
        if settled is not None:
            raise Refused("この会議録は、もう確定しています。")
        _must_be_whole(session, sitting)
    if new.kind == records.REOPENED and settled is None:
        raise Refused("この会議録は、確定していません。")
    if new.kind == records.ISSUED and settled is None:
        raise Refused("会議録は、確定してから公表します。", ("先に確定を記録してください。",))
    if new.kind in (records.CALLED, records.NOTICED, records.SENT) and new.day > sitting.day:
        raise Unfit("day", f"会議の日（{written(sitting.day)}）より後です。")


def _must_be_whole(session: Session, sitting: councils.Sitting) -> None:
    """Refused where minutes have no speech, words recorded in the sitting do not stand in them, or
    the council's closing rule asks for more."""
    missing = []
    if not queries.minutes.speeches(session, sitting.id):
        missing.append("会議録に、まだ発言がありません。")
    for row in records.unsaid(session, sitting):
        what = "質問" if isinstance(row, councils.Remark) else "回答"
        missing.append(f"{row.speaker}さんの{what}が、会議録に入っていません。")
    missing += records.unclosed(session, sitting)
    if missing:
        raise Refused("会議録は、まだ確定できません。", tuple(missing))


# ---- inner parts


def _open(session: Session, sitting: int, reason: str = "") -> councils.Sitting:
    """The sitting whose minutes are written. Unfit where they are 確定 and no reason is given."""
    row = row_of(session, councils.Sitting, sitting, "会議")
    if row.withdrawn is not None:
        raise Refused("この会議の記録は取り消されています。")
    if not reason.strip() and records.settled(session, sitting) is not None:
        raise Unfit(
            "reason", "この会議録は確定しています。直すときは、直す理由を入力してください。"
        )
    return row


def _unsettled(session: Session, sitting: int) -> councils.Sitting:
    """The sitting of what is written without a reason. Refused where its minutes are 確定."""
    row = row_of(session, councils.Sitting, sitting, "会議")
    records.must_be_open(session, row)
    return _open(session, sitting)


def _must_fit(sitting: councils.Sitting, words: Words) -> None:
    if words.kind not in KINDS:
        raise Unfit("kind", "「種類」を選び直してください。")
    if not words.text.strip():
        raise Unfit("text", "発言の内容を入力してください。")
    if len(words.text) > MOST:
        raise Unfit("text", f"1つの発言は{MOST:,}字までです。分けて入力してください。")
    if words.kind == SPEECH and not words.speaker.strip():
        raise Unfit("speaker", "発言した人を選んでください。")
    if words.item not in agenda.order(records.items_of(sitting)):
        raise Unfit("item", "「議題」を選び直してください。")


def _place_after(speeches: list[Speech], after: int | None) -> str:
    if after is None:
        return order.between(speeches[-1].place if speeches else "", "")
    numbers = [each.begins for each in speeches]
    if after not in numbers:
        raise Stale("すぐ前の発言は、ほかの人が取り除いています。場所を選び直してください。")
    here = numbers.index(after)
    ahead = speeches[here + 1].place if here + 1 < len(speeches) else ""
    if ahead == speeches[here].place:  # two were written at once at one place
        ahead = ""
    return order.between(speeches[here].place, ahead)


def _last(session: Session, speech: int) -> Speech:
    last = queries.minutes.last_edition(session, speech)
    if last is None or last.begins != speech:
        raise PiaError("その発言はありません。会議録から選び直してください。")
    return last


def _seen(session: Session, speech: int, seen: int) -> Speech:
    last = _last(session, speech)
    if last.id != seen:
        raise Stale(
            "この発言は、画面を開いた後にほかの人が直しています。"
            "下に今の記載があります。入力した文はそのまま残っています。"
        )
    return last


def _said(speech: Speech) -> Words:
    return Words(
        speech.kind, speech.item, speech.speaker, speech.person, speech.text, dict(speech.about)
    )


def _edition(by: By, sitting: int, words: Words, place: str) -> Speech:
    return Speech(
        sitting_id=sitting,
        place=place,
        kind=words.kind,
        item=words.item,
        speaker=words.speaker.strip(),
        person=words.person.strip(),
        text=clean(words.text, "発言"),
        about=dict(words.about),
        **acted(by),
    )


def _again(
    by: By, last: Speech, words: Words, reason: str, *, gone: bool = False, place: str = ""
) -> Speech:
    """Another edition that keeps what ties a speech to a question, an answer, a transcript."""
    edition = _edition(by, last.sitting_id, words, place or last.place)
    edition.begins_id = last.begins
    edition.gone = gone
    edition.remark_id = last.remark_id
    edition.answer_id = last.answer_id
    edition.transcript_id = last.transcript_id
    edition.lines = list(last.lines)
    edition.reason = reason.strip()
    return edition
