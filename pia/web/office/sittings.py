"""諮問 and 会議 at the office: referred with numbered materials, convened, attended, opened for
tablets, decided as the council said (規則第7条第4項).

Knows forms. The secretariat records; the chair presses nothing.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.people import members, registration
from ...actions.steps import correcting, council, sittings, tablets
from ...actions.steps import referrals as referral_acts
from ...actions.viewing import cards, rounds
from .. import inputs
from ..gate import by, done, needs, now_day, shows, workplace
from ..people import signin

blueprint = Blueprint("sittings", __name__)
FREE = (".pdf", ".docx", ".xlsx", ".pptx", ".txt")


@blueprint.get("/councils")
@needs("read")
def councils() -> str:
    wp = workplace()
    people = []
    for text, shown, role, _ in registration.accounts(wp):
        if role in ("member", "chair"):
            people.append((text, f"{shown}（{text}）"))
    return render_template(
        "office/councils.html",
        councils=members.councils(wp, now_day()),
        sittings=sittings.sittings(wp),
        people=people,
    )


@blueprint.post("/councils")
@needs("office")
@shows(councils)
def add_council() -> Answer:
    name = inputs.line("name", "審議会の名称")
    council.set_up(
        workplace(),
        by(),
        name,
        {"quorum": inputs.number("quorum", "定足数", least=1, most=100, need=False)},
        [],
    )
    return done(f"「{name}」を登録しました。", url_for("sittings.councils"))


@blueprint.post("/councils/<int:number>/members")
@needs("office", number="council")
@shows(lambda number: councils())
def seat(number: int) -> Answer:
    name = inputs.line("name", "委員の氏名", most=60)
    members.seat(
        workplace(),
        by(),
        number,
        members.Term(
            name=name,
            title=inputs.line("title", "役職", most=30, need=False),
            since=inputs.must_day("since", "任期の始まり"),
            until=inputs.day("until", "任期の終わり", need=False),
            account=request.form.get("account") or None,
        ),
    )
    return done(f"{name}さんの任期を記録しました。", url_for("sittings.councils"))


@blueprint.post("/councils/<int:number>/accounts")
@needs("office", number="council")
@shows(lambda number: councils())
def tie(number: int) -> Answer:
    """The account a member signs in with: it sees this council's papers, for this term."""
    name = members.tie(
        workplace(),
        by(),
        number,
        inputs.number("member", "委員") or 0,
        inputs.line("account", "利用者", need=False) or None,
    )
    return done(f"{name}さんの利用者を記録しました。", url_for("sittings.councils"))


@blueprint.get("/referrals/new")
@needs("office")
def new_referral() -> str:
    wp = workplace()
    waiting = rounds.awaiting(wp, "refer", now_day())
    return render_template(
        "office/new_referral.html",
        views=[view for view, _ in waiting],
        checks={view.ref: lacking for view, lacking in waiting},
        councils=members.councils(wp, now_day()),
    )


@blueprint.post("/referrals/new")
@needs("office", council="council", rounds="round")
@shows(new_referral)
def refer(what: str = "") -> Answer:
    """Refers the chosen rounds; the papers are printed and pinned as a job, since that takes a
    while."""
    wp = workplace()
    refs = inputs.many("rounds", "評価書", {round_.ref for round_ in rounds.rounds(wp)})
    materials = []
    for ref in refs:
        materials.append(
            {
                "number": inputs.line(f"n-{ref}", "資料番号", most=20),
                "title": "",
                "key": ref.split("~")[0],
            }
        )
    for index, line in enumerate(
        x
        for x in inputs.text("others", "そのほかの資料", most=inputs.PARAGRAPH, need=False).split(
            "\n"
        )
        if x.strip()
    ):
        number, _, title = line.strip().partition("　")
        materials.append({"number": number or f"{index + 1}", "title": title or number})
    about = {
        "council": inputs.number("council", "審議会") or 0,
        "title": inputs.line("title", "件名"),
        "rounds": refs,
        **(
            {"document_number": this_name}
            if (this_name := inputs.line("document_number", "文書番号", need=False))
            else {}
        ),
    }
    sent = []
    for file_storage in request.files.getlist("free"):
        if file_storage.filename:
            sent.append((file_storage.filename or "", file_storage.read()))
    for name, body in sent:
        if not name.lower().endswith(FREE) or not body or len(body) > 20 << 20:
            raise inputs.Unfit(
                "free", f"「{name[:60]}」は資料にできません（{'・'.join(FREE)}、20MBまで）。"
            )
        inputs.must_be_safe("free", name, body)
    referral_acts.referable(wp, by(), refs)
    for name, body in sent:
        # A free document is kept by its hash, shown under its number and only ever handed out as a
        # download; kept only when nothing else stands in the way.
        number, _, title = (
            name.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")[0].partition("　")
        )
        materials.append(
            {
                "number": number[:20],
                "title": (title or number)[:200],
                "file": referral_acts.keep_file(wp, by(), name[:200], body),
                "name": name[:200],
            }
        )
    args = {**about, "materials": materials}
    job = jobs.ask(wp, by(), "refer", args, key=f"refer:{request.form['_request']}")
    flash("諮問の資料を印刷しています。")
    return redirect(url_for("jobs.one", job=job), 303)


@blueprint.get("/sittings/new")
@needs("office")
def new_sitting() -> str:
    wp = workplace()
    return render_template(
        "office/new_sitting.html",
        councils=members.councils(wp, now_day()),
        referrals=cards.sittings(wp),
    )


@blueprint.post("/sittings/new")
@needs("office", council="council", referral_="referral")
@shows(new_sitting)
def convene() -> Answer:
    wp = workplace()
    referrals = {str(index): title for index, title, _ in cards.sittings(wp)}
    lines: list[dict[str, object]] = []
    for index in range(8):
        title = inputs.line(f"title{index}", f"議題{index + 1}", need=False)
        if title:
            chosen = inputs.choice(f"referral{index}", f"議題{index + 1}の諮問", ("", *referrals))
            closed = inputs.line(f"closed{index}", f"議題{index + 1}の非公開の理由", need=False)
            lines.append(
                {
                    "number": f"{len(lines) + 1}",
                    "title": title,
                    "referral": int(chosen) if chosen else None,
                    "public": not closed,
                    "reason": closed,
                }
            )
    opens = inputs.clock("opens", "開会の時刻")
    assert opens is not None
    made = sittings.convene(
        wp,
        by(),
        inputs.number("council", "審議会") or 0,
        sittings.NewSitting(
            name=inputs.line("name", "会議の名称"),
            day=inputs.must_day("day", "開催日"),
            opens=opens,
            place=inputs.line("place", "開催場所"),
            agenda=lines,
            public=not any(not x["public"] for x in lines),
            facts={},
        ),
    )
    return done("会議を登録しました。", url_for("sittings.one", number=made))


@blueprint.get("/sittings/<int:number>")
@needs("read", number="sitting")
def one(number: int) -> str:
    """A sitting on the day: who is there, the quorum, the tablets' door, the end."""
    return _page(number)


def _page(number: int, door: str | None = None) -> str:
    """`door`: the address of the tablets' door, shown once."""
    wp = workplace()
    if door:
        picture = signin.door_picture(door)
    else:
        picture = None
    return render_template(
        "office/sitting.html",
        v=sittings.sitting(wp, number),
        number=number,
        verdicts=wp.rules["verdicts"],
        door=door,
        picture=picture,
        tablets=tablets.tablets(wp, number),
        corrections=correcting.corrections(wp, number),
    )


@blueprint.post("/sittings/<int:number>/attendance")
@needs("office", number="sitting")
@shows(one)
def attend(number: int) -> Answer:
    wp = workplace()
    seats = []
    for member in sittings.sitting(wp, number).seats:
        seats.append(member.name)
    present = inputs.many("present", "出席した委員", seats, need=False)
    arrived = {}
    for index, name in enumerate(seats):
        if name in present and (
            text := inputs.clock(f"arrived{index}", f"{name}さんの到着時刻", need=False)
        ):
            arrived[name] = text
    sittings.attend(wp, by(), number, present, arrived=arrived)
    return done("出席を記録しました。", url_for("sittings.one", number=number))


@blueprint.post("/sittings/<int:number>/door")
@needs("office", number="sitting")
@shows(one)
def door(number: int) -> str | Answer:
    """Opens the sitting for its tablets: the address is shown once, as a picture too, and in no
    list."""
    wp = workplace()
    if request.form.get("close") == "1":
        tablets.close_door(wp, by(), number)
        return done("端末の入口を閉じました。", url_for("sittings.one", number=number))
    return _page(
        number, url_for("signin.door", token=tablets.open_door(wp, by(), number), _external=True)
    )


@blueprint.post("/sittings/<int:number>/plates")
@needs("office", number="sitting")
@shows(one)
def plate(number: int) -> Answer:
    """The office gives a plate to the tablet whose number it sees, or takes it off."""
    device = inputs.number("device", "端末の番号", most=9_999) or 0
    if request.form.get("back") == "1":
        tablets.release(workplace(), by(), number, device)
        return done(f"端末{device}の名札を外しました。", url_for("sittings.one", number=number))
    name = tablets.give(workplace(), by(), number, device, inputs.number("member", "名札") or 0)
    return done(
        f"端末{device}に「{name}」の名札を渡しました。", url_for("sittings.one", number=number)
    )


@blueprint.post("/sittings/<int:number>/corrections")
@needs("office", number="sitting")
@shows(one)
def correct(number: int) -> Answer:
    """A record of a closed sitting put right, with a reason; what was typed before stays."""
    reason = inputs.line("reason", "直す理由")
    what = inputs.choice("what", "直すところ", ("attendance", "closing"))
    if what == "closing":
        closes = inputs.clock("closes", "閉会の時刻")
        assert closes is not None
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
    return done("記録を直しました。前の記録は残ります。", url_for("sittings.one", number=number))


@blueprint.post("/sittings/<int:number>/close")
@needs("office", number="sitting")
@shows(one)
def close(number: int) -> Answer:
    closes = inputs.clock("closes", "閉会の時刻")
    assert closes is not None
    sittings.close(
        workplace(),
        by(),
        number,
        closes,
        inputs.number("observers", "傍聴者の数", most=10_000) or 0,
    )
    return done("閉会を記録しました。", url_for("sittings.one", number=number))


@blueprint.post("/sittings/<int:number>/report")
@needs("office", number="sitting", referral="referral")
@shows(one)
def report(number: int) -> Answer:
    """The 答申書 of a referral that was decided here, when it has come."""
    referral = inputs.number("referral", "諮問") or 0
    named = inputs.line("document_number", "答申の文書番号", need=False)
    referral_acts.report(
        workplace(), by(), referral, document_number=named, day=inputs.must_day("day", "答申日")
    )
    return done("答申を記録しました。", url_for("sittings.one", number=number))


@blueprint.post("/sittings/<int:number>/decide")
@needs("office", number="sitting", referral="referral")
@shows(one)
def decide(number: int) -> Answer:
    wp = workplace()
    referral = inputs.number("referral", "諮問") or 0
    referral_acts.decide(
        wp,
        by(),
        referral,
        number,
        inputs.choice("kind", "結論", wp.rules["verdicts"]),
        inputs.text("note", "結論の言葉", most=inputs.PARAGRAPH, need=False),
    )
    return done("結論を記録しました。", url_for("sittings.one", number=number))
