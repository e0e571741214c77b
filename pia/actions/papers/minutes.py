"""会議の開催結果 (様式第2号) of one sitting: its eleven fields and all that was spoken, section by
section, as its record has them and as somebody wrote them by hand (規則第7条第4項).

Reads only. Nobody of the office is named. The edition for the public says of an item that was heard
without the public only why; what was recorded outside the room says so; what another sitting said
is none of this one's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan, in_japan
from ...domain.minutes import agenda
from ...domain.minutes.agenda import AgendaItem
from ...domain.minutes.spoken import CLOSING, OPENING
from ...store import queries
from ...store.rows import councils as rows
from ...store.rows import plan as plan_rows
from ...store.rows.bodies import Body
from ...store.rows.minutes import ASIDE, DIRECTION, HEADING, PROMISED, SPEECH, Speech
from ...store.rows.records import shown
from ..access.names import shown_name
from ..records import council_ways, personal, speakers
from ..records import minutes as records
from ..records.on_record import given_at, kinds_by_document
from ..workplace import Workplace, row_of
from .facts import PaperFacts, anchored, clock, day, day_words, gapless, listed, long_day, need
from .sittings import seats_of

FIELDS = (
    "会議の名称",
    "開催日時",
    "開催場所",
    "出席者名",
    "欠席者名",
    "議題",
    "非公開の理由",
    "傍聴者の数",
    "審議した内容",
    "問合せ先",
    "その他",
)


@dataclass(frozen=True, slots=True)
class FormField:
    """One of the eleven fields: its number in the form, what stands in it, what the record gives,
    who wrote it by hand (empty for nobody); `moved`: the record gives something else since."""

    number: int
    name: str
    text: str
    made: str
    hand: str
    moved: bool


@dataclass(frozen=True, slots=True)
class PrintedSpeech:
    """One row of printed minutes: its kind, who spoke, what; its number for the page (0 for what is
    not a speech of its own)."""

    kind: str
    speaker: str
    text: str
    number: int = 0


def facts(wp: Workplace, number: int, *, whole: bool = False) -> PaperFacts:
    """What the minutes of a sitting are filled with; `whole`: the edition for the house, with the
    items that were heard without the public. PiaError when there is none of that number."""
    out = PaperFacts()
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        fields = made(session, sitting)
        for name, row in queries.minutes.fields(session, number).items():
            fields[name] = personal.outward(session, row) if not whole else row.text
        printed = speeches(session, sitting, whole=whole)
        out.words |= fields
        out.words |= {
            "記録の控え": anchored(session, "sitting.close", sitting.name),
            "議題一覧": [_agenda_row(item) for item in records.items_of(sitting)],
            "会議録一覧": [
                {"種類": row.kind, "発言者": row.speaker, "内容": row.text} for row in printed
            ],
            "発言一覧": [
                {"発言者": row.speaker, "内容": row.text} for row in printed if row.kind == SPEECH
            ],
            "会議の後の発言一覧": _recorded(session, sitting, later=True),
            "記録の訂正一覧": _corrections(session, sitting),
        }
        out.notices += _notices(session, sitting, whole)
    return out


def _notices(session: Session, sitting: rows.Sitting, whole: bool) -> Iterable[str]:
    if not queries.minutes.speeches(session, sitting.id):
        yield (
            "発言は、記録された質問と回答だけを載せています。"
            "開会、説明、採決などの発言は、会議録のページで書くか、文字起こしを取り込んでください。"
        )
    if not whole and any(not item.public for item in records.items_of(sitting)):
        yield "非公開の議題についての発言は、理由に代えています。"
    for name, row in queries.minutes.fields(session, sitting.id).items():
        if gapless(made(session, sitting)[name]) != row.base:
            yield (
                f"「{name}」は、手で直した後に記録が変わっています。"
                "会議録のページで確かめてください。"
            )


def made(session: Session, sitting: rows.Sitting) -> dict[str, str]:
    """The fields of the form as the record has them; what it does not have is a gap."""
    seats = seats_of(session, sitting)
    items = records.items_of(sitting)
    until = clock(sitting.closes) if sitting.closes else need("閉会の時刻")
    attended, absent = _attendance(session, sitting, seats)
    following = sitting.facts.get("next")
    return {
        "会議の名称": sitting.name,
        "開催日時": f"{long_day(sitting.day)}　{clock(sitting.opens)}から{until}まで",
        "開催場所": _place(sitting),
        "出席者名": attended,
        "欠席者名": absent,
        "議題": _agenda(items),
        "非公開の理由": _why_closed(items),
        "傍聴者の数": _observers(sitting),
        "審議した内容": "\n".join(_result(session, item, sitting) for item in items),
        "問合せ先": contact_of(session, sitting),
        "その他": f"次回の予定　{day_words(following)}" if following else "",
    }


def form_fields(wp: Workplace, number: int) -> tuple[FormField, ...]:
    """The eleven fields of a sitting's form as they stand. PiaError when there is none of that
    number."""
    out = []
    with wp.store.read() as session:
        sitting = row_of(session, rows.Sitting, number, "会議")
        hand = queries.minutes.fields(session, number)
        for place, (name, gaps) in enumerate(made(session, sitting).items(), 1):
            record = gapless(gaps)
            row = hand.get(name)
            if row is None:
                out.append(FormField(place, name, record, record, "", False))
            else:
                who = shown_name(session, row.actor)
                moved = row.base != record
                out.append(FormField(place, name, shown(row), record, who, moved))
    return tuple(out)


def _agenda(items: Sequence[AgendaItem]) -> str:
    """The agenda with what is heard in public and what is not, for each item."""
    if not items:
        return need("議題")
    lines = []
    kind = ""
    for item in items:
        if item.kind != kind:
            kind = item.kind
            lines += [f"【{kind}】"] if kind else []
        lines.append(f"{item.printed}（{_public(item)}）")
    return "\n".join(lines)


def _public(item: AgendaItem) -> str:
    return "公開" if item.public else "非公開"


def _agenda_row(item: AgendaItem) -> dict[str, str]:
    return {"番号": item.number, "題名": item.title, "公開": _public(item)}


def _why_closed(items: Sequence[AgendaItem]) -> str:
    """The reasons of the items heard without the public; － where there are none such."""
    closed = [item.reason for item in items if not item.public]
    if not closed:
        return "－"
    return need("非公開の理由", listed(closed))


def _observers(sitting: rows.Sitting) -> str:
    if sitting.observers is None:
        return need("傍聴者の数")
    return f"{sitting.observers}人"


def _attendance(
    session: Session,
    sitting: rows.Sitting,
    seats: Sequence[tuple[rows.Member, rows.Attendance | None]],
) -> tuple[str, str]:
    """(names of those present, names of those absent); blanks where nobody recorded them."""
    moved: dict[int, list[str]] = {}
    for movement in queries.minutes.movements(session, sitting.id):
        moved.setdefault(movement.member_id, []).append(_moved(movement.what, movement.clock))
    present = []
    absent = []
    recorded = False
    for member, attendance in seats:
        if attendance is None:
            continue
        recorded = True
        if attendance.present:
            present.append(_attended(member, attendance, sitting, moved.get(member.id, [])))
        else:
            absent.append(member.name)
    if not recorded:
        return need("出席者名"), need("欠席者名")
    return "、".join(present), "、".join(absent) or "なし"


def _moved(what: str, at: object) -> str:
    told = {
        records.LEFT: "退席",
        records.BACK: "復席",
        records.RECUSED: "除斥・回避",
        records.REMOTE: "ウェブ会議",
    }
    if what in (records.LEFT, records.BACK):
        return f"{clock(at)}{told[what]}"  # type: ignore[arg-type]
    return told[what]


def _attended(
    member: rows.Member, came: rows.Attendance, sitting: rows.Sitting, moved: Sequence[str]
) -> str:
    """A member who was there; who came after the opening or left before the end with the time."""
    about = [member.title] if member.title else []
    named = sitting.facts.get("chair")
    if named and int(named) == member.id and member.title not in speakers.CHAIRS:
        about.append("職務代理")
    if came.arrived is not None and came.arrived > sitting.opens:
        about.append(f"{clock(came.arrived)}から")
    about += moved
    if about:
        return f"{member.name}（{'、'.join(about)}）"
    return member.name


def _result(session: Session, item: AgendaItem, sitting: rows.Sitting) -> str:
    """What this sitting said of an item: the verdict it gave, or what was noted.

    A verdict of another sitting is none of this one's.
    """
    verdict = None
    if item.referral:
        verdict = given_at(session, sitting, item.referral)
    if verdict is not None:
        note = personal.outward(session, verdict, "note")
        said = "\n".join(kinds_by_document(session, verdict))
        return f"{item.printed}\n審議の結果：{said}\n{note}".strip()
    name = f"審議した内容（{item.number or item.title}）"
    return f"{item.printed}\n{need(name, item.result)}"


def _place(sitting: rows.Sitting) -> str:
    """Where it met; of one that did not come together, how it met too."""
    place = need("開催場所", sitting.place)
    way = council_ways.MEETINGS.get(str(sitting.facts.get("meeting") or ""))
    return f"{place}（{way}）" if way else place


def contact_of(session: Session, sitting: rows.Sitting) -> str:
    """The office of the council: as the council says, else that of the body whose case it heard."""
    council = session.get_one(rows.Council, sitting.council_id)
    if council.facts.get("contact"):
        return str(council.facts["contact"])
    body = _body(session, sitting)
    head = plan_rows.plan_head(session, body.id) if body is not None else None
    about: Mapping[str, object] = head.facts if head is not None else {}
    return f"{need('担当課', about.get('department'))}\n{need('連絡先', about.get('contact'))}"


def _body(session: Session, sitting: rows.Sitting) -> Body | None:
    for item in records.items_of(sitting):
        if item.referral is not None:
            return queries.councils.body_of_referral(session, item.referral)
    return queries.councils.only_body(session)


# ---- what was spoken


def speeches(
    session: Session, sitting: rows.Sitting, *, whole: bool = False
) -> list[PrintedSpeech]:
    """What was spoken, with the headings of its sections, in the order of the agenda. Where nobody
    wrote a speech down: the questions and answers that were recorded."""
    items = records.items_of(sitting)
    sections = records.sections(session, sitting)
    if not any(sections.values()):
        return _without_minutes(session, sitting)
    if not whole:
        told = [row for rows_ in sections.values() for row in rows_]
        personal.must_be_answered(session, told, "会議の記録")
    out = [PrintedSpeech(HEADING, "", agenda.HEADINGS[OPENING])]
    out += _section(session, sections[OPENING], whole)
    out.append(PrintedSpeech(HEADING, "", agenda.MIDDLE))
    for item in items:
        if item.heading and not _headed(sections[item.mark]):
            out.append(PrintedSpeech(HEADING, "", item.heading))
        if item.public or whole:
            out += _section(session, sections[item.mark], whole)
        else:
            out.append(PrintedSpeech(DIRECTION, "", _closed(item)))
    out.append(PrintedSpeech(HEADING, "", agenda.HEADINGS[CLOSING]))
    out += _section(session, sections[CLOSING], whole)
    return out


def _headed(section: Sequence[Speech]) -> bool:
    """Whether a section begins with a heading somebody wrote."""
    return bool(section) and section[0].kind == HEADING


def _closed(item: AgendaItem) -> str:
    why = f"　理由：{item.reason}" if item.reason else ""
    return f"（この議題は非公開で審議したため、発言を掲載しません。{why.strip()}）"


def _section(session: Session, section: Sequence[Speech], whole: bool) -> list[PrintedSpeech]:
    printed = []
    for row in section:
        if row.kind == ASIDE:
            continue
        text = row.text if whole else personal.outward(session, row)
        speaker = row.speaker if row.kind in (SPEECH, PROMISED) else ""
        if row.kind == PROMISED:
            text = _promised(row, text)
        printed.append(PrintedSpeech(row.kind, speaker, text, row.begins))
    return printed


def _promised(row: Speech, text: str) -> str:
    """An answer that was promised: who answers by when; once it is given, what was answered."""
    who = str(row.about.get("department") or "")
    told = f"（{who}から後日回答" if who else "（後日回答"
    if row.about.get("until"):
        told += f"。期限　{day(date.fromisoformat(str(row.about['until'])))}"
    told += "）"
    if row.about.get("answered"):
        answered = day(date.fromisoformat(str(row.about["answered"])))
        told += f"\n（{answered}、次のとおり回答）\n{row.about.get('answer', '')}"
    return f"{text}\n{told}"


def _without_minutes(session: Session, sitting: rows.Sitting) -> list[PrintedSpeech]:
    return [
        PrintedSpeech(SPEECH, row["発言者"], row["内容"]) for row in _recorded(session, sitting)
    ]


def _recorded(
    session: Session, sitting: rows.Sitting, *, later: bool = False
) -> list[dict[str, str]]:
    """Questions and answers about the public items of a sitting, or those that came `later`.

    What was recorded on another day or after the closing says so: nobody heard it in the room.
    """
    namer = speakers.namer(session, sitting)
    referrals = {item.referral for item in records.items_of(sitting) if item.public}
    public = {number for number in referrals if number is not None}
    personal.must_be_answered(
        session,
        [
            *queries.remarks.in_referrals(session, public),
            *queries.remarks.answers_in_referrals(session, public),
        ],
        "会議の記録",
    )
    out = []
    for remark in queries.remarks.in_referrals_in_order(session, public):
        if speakers.sitting_at(session, remark.referral_id, remark.at) != sitting.id:
            continue
        answers = []
        for answer in queries.remarks.standing_answers_to(session, remark.id):
            if bool(answer.later) == later:
                answers.append(answer)
        if bool(remark.later) == later or (later and answers):
            out.append(_said(session, sitting, namer.printed(remark.speaker), remark))
        for answer in answers:
            out.append(_said(session, sitting, namer.answerer(answer.speaker), answer))
    return out


def _said(
    session: Session, sitting: rows.Sitting, speaker: str, words: rows.Remark | rows.Answer
) -> dict[str, str]:
    return {
        "発言者": speaker + _apart(words.at, sitting),
        "内容": personal.outward(session, words),
    }


def _apart(at: datetime, sitting: rows.Sitting) -> str:
    """When words were recorded that were not recorded in the sitting; empty for those that were."""
    on = day_in_japan(at)
    if on == sitting.day and (sitting.closes is None or in_japan(at).time() <= sitting.closes):
        return ""
    if on < sitting.day:
        when = "会議の前に記録"
    else:
        when = "閉会の後に記録"
    return f"\n（{day(on)}、{when}）"


def _corrections(session: Session, sitting: rows.Sitting) -> list[dict[str, str]]:
    """What of a closed sitting's record was put right: the day, what, and why."""
    corrected = []
    for row in queries.sittings.corrections(session, sitting.id):
        if row.member_id:
            what = f"{session.get_one(rows.Member, row.member_id).name}の出席"
        else:
            what = "閉会の時刻・傍聴者の数"
        corrected.append({"日": day(day_in_japan(row.at)), "内容": what, "理由": row.reason})
    return corrected
