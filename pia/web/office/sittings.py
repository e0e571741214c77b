"""会議 at the office: convened, attended, opened for tablets, decided as the council said
(規則第7条第4項).

Knows forms. The secretariat records; the chair presses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.people import members
from ...actions.records import council_ways
from ...actions.steps import correcting, sittings, tablets
from ...actions.steps import referrals as referral_acts
from ...actions.viewing import cards, carrying, convening, corrections, plates
from ...actions.viewing import referrals as referral_views
from ...domain.minutes.agenda import KINDS, items, marked
from ...domain.procedure import verdicts
from ...domain.wareki import written
from .. import inputs, pictures
from ..actor import by, now_day, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("sittings", __name__)


AGENDA = 8  # lines of the form's agenda
LATEST = 50  # referrals to choose from


@blueprint.get("/sittings/new")
@needs("office", inquiry="date_inquiry", asks=("choice",))
def new() -> str:
    """The form of a sitting; on one of the days of an inquiry where one is named."""
    wp = workplace()
    lines: list[Mapping[str, Any]] = []
    for number, title in referral_views.continued(wp)[:AGENDA]:
        lines.append({"title": title, "referral": number, "kind": "議案"})
    return render_template(
        "office/new_sitting.html",
        councils=members.councils(wp, now_day()),
        referrals=referrals(lines),
        lines=[*lines, *[{}] * (AGENDA - len(lines))],
        continued=len(lines),
        meetings=sittings.meetings(wp),
        asked=_asked(),
    )


def _asked() -> dict[str, Any]:
    """What an inquiry for days already said of the sitting."""
    number = request.args.get("inquiry", type=int)
    if number is None:
        return {}
    hall, inquiry = convening.inquiry(workplace(), number)
    out: dict[str, Any] = {"council": hall.id, "name": inquiry.title, "place": inquiry.where}
    for choice in inquiry.choices:
        if choice.place == request.args.get("choice"):
            out |= {"day": choice.day, "opens": f"{choice.opens:%H:%M}"}
    return out


@blueprint.post("/sittings/new")
@needs("office", council="council", referral_="referral")
@shows(new)
def convene() -> Answer:
    """Convenes a sitting with its agenda."""
    wp = workplace()
    listed = agenda()
    opens = inputs.must_clock("opens", "開会の時刻")
    meeting = ""
    if "meeting" in request.form:
        meeting = inputs.choice("meeting", "開き方", ("", *council_ways.MEETINGS))
    number = sittings.convene(
        wp,
        by(),
        inputs.number("council", "審議会") or 0,
        sittings.NewSitting(
            name=inputs.line("name", "会議の名称"),
            day=inputs.must_day("day", "開催日"),
            opens=opens,
            place=inputs.line("place", "開催場所"),
            agenda=listed,
            public=all(line["public"] for line in listed),
            facts={"meeting": meeting} if meeting else {},
        ),
    )
    return done("会議を登録しました。", url_for("sittings.page", number=number))


def referrals(agenda: Sequence[Mapping[str, Any]] = ()) -> list[tuple[int, str]]:
    """(number, title) of what a sitting may hear: the latest referrals, and those on its agenda
    already."""
    lines, _ = cards.referrals(workplace(), None, 0, LATEST)
    listed = {line.referral: f"{line.title}（{written(line.day)}）" for line in lines}
    for entry in agenda:
        if entry.get("referral"):
            listed.setdefault(int(entry["referral"]), str(entry["title"]))
    return list(listed.items())


def agenda(most: int = AGENDA, before: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, object]]:
    """The lines of the agenda, of at most so many; one that is closed says why. A line of which
    something was typed has a title: nothing is thrown away. `before`: the agenda of now."""
    known = {str(number) for number, _ in referrals(before)}
    lines: list[dict[str, object]] = []
    for index in range(most):
        if f"title{index}" not in request.form:
            break
        called = f"議題{index + 1}"
        chosen = inputs.choice(f"referral{index}", f"{called}の諮問", ("", *known))
        closed = inputs.line(f"closed{index}", f"{called}の非公開の理由", need=False)
        number = inputs.line(f"number{index}", f"{called}の番号", most=40, need=False)
        more = _item(index, called)
        typed = bool(chosen or closed or number or any(more.values()))
        title = inputs.line(f"title{index}", called, need=typed)
        if title:
            line = {
                "number": number or f"{len(lines) + 1}",
                "title": title,
                "referral": int(chosen) if chosen else None,
                "public": not closed,
                "reason": closed,
                **more,
            }
            lines.append({**line, **_kept_of(index, before)})
    return marked(lines, before)


def _item(index: int, called: str) -> dict[str, object]:
    """What else is said of an item: its kind, how it is called in the room, who explains it, its
    materials. Nothing where nothing was typed."""
    kind = inputs.choice(f"kind{index}", f"{called}の種類", ("", *KINDS))
    name = inputs.line(f"called{index}", f"{called}の会議での呼び方", most=60, need=False)
    more: dict[str, object] = {"kind": kind, "called": name}
    presenters = inputs.text(
        f"presenters{index}", f"{called}の説明する人", most=inputs.PARAGRAPH, need=False
    )
    materials = inputs.text(
        f"materials{index}", f"{called}の資料", most=inputs.PARAGRAPH, need=False
    )
    more["presenters"] = [each.strip() for each in presenters.split("\n") if each.strip()]
    more["materials"] = [each.strip() for each in materials.split("\n") if each.strip()]
    return {key: value for key, value in more.items() if value}


def _kept_of(index: int, before: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """The mark of an item that was on the agenda before, and its result: neither is typed here."""
    given = request.form.get(f"mark{index}", "")
    for item, entry in zip(items(before), before, strict=True):
        if given and item.mark == given:
            result = {"result": entry["result"]} if entry.get("result") else {}
            return {"mark": item.mark, **result}
    return {}


@blueprint.get("/sittings/<int:number>")
@needs("read", number="sitting")
def page(number: int) -> str:
    """A sitting on the day: who is there, the quorum, the tablets' door, the end."""
    return _page(number)


def _page(number: int, address: str | None = None) -> str:
    """`address`: of the tablets' door, shown once."""
    wp = workplace()
    return render_template(
        "office/sitting.html",
        v=sittings.sitting(wp, number),
        number=number,
        verdicts=verdicts.offered(wp.rules),
        of_whole=verdicts.offered_of_whole(wp.rules),
        door=address,
        picture=pictures.of_address(address, 6) if address else None,
        tablets=tablets.tablets(wp, number),
        plate_acts=plates.history(wp, number),
        out=carrying.desk_out(wp, number),
        corrections=correcting.corrections(wp, number),
        put_right=_put_right(number),
    )


def _put_right(number: int) -> tuple[corrections.Correction, ...]:
    """What of a sitting and its referrals was put right, as this person may read it."""
    wp = workplace()
    keys = []
    for referral, *_ in sittings.sitting(wp, number).referrals:
        keys += referral_acts.keys_of(wp, referral)
    return readable(corrections.of_sitting(wp, number), *keys)


@blueprint.post("/sittings/<int:number>/attendance")
@needs("office", number="sitting")
@shows(page)
def attend(number: int) -> Answer:
    """Who is present, and from when on."""
    wp = workplace()
    seats = [member.name for member in sittings.sitting(wp, number).seats]
    present = inputs.many("present", "出席した委員", seats, need=False)
    arrived = {}
    for index, name in enumerate(seats):
        if name not in present:
            continue
        if at := inputs.clock(f"arrived{index}", f"{name}さんの到着時刻", need=False):
            arrived[name] = at
    sittings.attend(wp, by(), number, present, arrived=arrived)
    return done("出席を記録しました。", url_for("sittings.page", number=number))


@blueprint.post("/sittings/<int:number>/door")
@needs("office", number="sitting")
@shows(page)
def door(number: int) -> str | Answer:
    """Opens the sitting for its tablets: the address is shown once, as a picture too, and in no
    list."""
    wp = workplace()
    if request.form.get("close") == "1":
        tablets.close_door(wp, by(), number)
        return done("会議用端末の受付を閉じました。", url_for("sittings.page", number=number))
    return _page(
        number, url_for("signin.door", token=tablets.open_door(wp, by(), number), _external=True)
    )


@blueprint.post("/sittings/<int:number>/plates")
@needs("office", number="sitting")
@shows(page)
def plate(number: int) -> Answer:
    """The office gives a plate to the tablet whose number it sees, or takes it off."""
    device = inputs.number("device", "端末の番号", most=9_999) or 0
    if request.form.get("back") == "1":
        tablets.release(workplace(), by(), number, device)
        return done(f"端末{device}の名札を外しました。", url_for("sittings.page", number=number))
    name = tablets.give(workplace(), by(), number, device, inputs.number("member", "名札") or 0)
    return done(
        f"端末{device}に「{name}」の名札を渡しました。", url_for("sittings.page", number=number)
    )


@blueprint.post("/sittings/<int:number>/corrections")
@needs("office", number="sitting")
@shows(page)
def correct(number: int) -> Answer:
    """A record of a closed sitting put right, with a reason; what was typed before stays."""
    reason = inputs.line("reason", "直す理由")
    what = inputs.choice("what", "直すところ", ("attendance", "closing"))
    if what == "closing":
        closes = inputs.must_clock("closes", "閉会の時刻")
        correcting.correct_closing(
            workplace(),
            by(),
            number,
            closes,
            inputs.number("observers", "傍聴者の数", most=10_000) or 0,
            reason,
        )
    else:
        present = inputs.choice("present", "出席", ("1", "0")) == "1"
        arrived = inputs.clock("arrived", "遅れて来た時刻", need=False)
        correcting.correct_attendance(
            workplace(),
            by(),
            number,
            inputs.number("member", "委員") or 0,
            present,
            arrived if present else None,
            reason,
        )
    return done("記録を直しました。前の記録は残ります。", url_for("sittings.page", number=number))


@blueprint.post("/sittings/<int:number>/close")
@needs("office", number="sitting")
@shows(page)
def close(number: int) -> Answer:
    """The end of a sitting."""
    closes = inputs.must_clock("closes", "閉会の時刻")
    sittings.close(
        workplace(),
        by(),
        number,
        closes,
        inputs.number("observers", "傍聴者の数", most=10_000) or 0,
        sure=inputs.ticked("sure"),
    )
    return done("閉会を記録しました。", url_for("sittings.page", number=number))


@blueprint.post("/sittings/<int:number>/report")
@needs("office", number="sitting", referral="referral")
@shows(page)
def report(number: int) -> Answer:
    """The 答申書 of a referral that was decided here, when it has come."""
    referral = inputs.number("referral", "諮問") or 0
    document_number = inputs.line("document_number", "答申の文書番号", need=False)
    referral_acts.report(
        workplace(),
        by(),
        referral,
        document_number=document_number,
        day=inputs.must_day("day", "答申日"),
    )
    return done("答申を記録しました。", url_for("sittings.page", number=number))


@blueprint.post("/sittings/<int:number>/decide")
@needs("office", number="sitting", referral="referral")
@shows(page)
def decide(number: int) -> Answer:
    """What the council concluded about a referral."""
    wp = workplace()
    referral = inputs.number("referral", "諮問") or 0
    known = verdicts.offered(wp.rules)
    each = {}
    for key in referral_acts.keys_of(wp, referral):
        if own := inputs.choice(f"kind-{key}", "評価書ごとの結論", ("", *known)):
            each[key] = own
    referral_acts.decide(
        wp,
        by(),
        referral,
        number,
        inputs.choice("kind", "結論", verdicts.offered_of_whole(wp.rules)),
        inputs.text("note", "結論の言葉", most=inputs.PARAGRAPH, need=False),
        each,
    )
    return done("結論を記録しました。", url_for("sittings.page", number=number))
