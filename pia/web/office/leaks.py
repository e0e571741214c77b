"""漏えい等: the register, the page an officer fills while still shaken, later facts, what each law
asks and by when, what was reported, and the papers (個人情報保護法第68条第1項,
番号法第29条の4第1項).

Knows forms. What a law says of a case, and who may see it, the acts and views say. Every look at a
case goes on record.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.access import noted
from ...actions.issuing import classes, papers
from ...actions.records.leak_kinds import KINDS_OF_REPORT, LAWS, WAYS
from ...actions.steps import leaks as acts
from ...actions.steps.leaks import SaidFact, SentLeakReport, ToldFacts
from ...actions.viewing import corrections
from ...actions.viewing import leaks as views
from ...documents.papers import list_xlsx
from ...domain.errors import PiaError, Unfit
from ...domain.leaks.facts import LeakField, words
from ...domain.wareki import fiscal, written
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..allowed import may
from ..answers import attachment, chosen, done
from ..declared import needs, shows

blueprint = Blueprint("leaks", __name__)
UNKNOWN = "?"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
}
OF_CASE = (
    "leak-first",
    "leak-final",
    "leak-form",
    "leak-notice",
    "leak-announcement",
    "leak-crisis",
)
OUTWARD = ("leak-notice", "leak-announcement")
HEAD = ("番号", "機関", "課", "覚知日", "件名", "該当する号", "次の期限", "状態")


def look(number: int, action: str = "leak.read", **about: str) -> None:
    """Puts on record that this person looked at a case."""
    noted.note(workplace(), by(), action, str(number), about)


def look_at_all(what: str, numbers: Iterable[int]) -> None:
    """Puts on record that this person looked through cases: where, and which of them."""
    noted.note(workplace(), by(), "leak.list", what, {"cases": sorted(numbers)})


@blueprint.get("/leaks")
@needs("leaks")
def listed() -> str:
    """The cases this person may see, and what is due."""
    wp = workplace()
    lines = views.listed(wp, who(), now_day())
    look_at_all("list", (line.number for line in lines))
    return render_template(
        "office/leaks.html",
        lines=lines,
        bodies=views.regimes(wp) if may("leak_office") else [],
        regimes=list(wp.leaks["regimes"].items()),
    )


@blueprint.get("/leaks/list.xlsx")
@needs("leaks")
def listed_file() -> Response:
    """The same as a workbook."""
    wp = workplace()
    rows = []
    lines = views.listed(wp, who(), now_day())
    look_at_all("list.xlsx", (line.number for line in lines))
    for line in lines:
        due = f"{line.next.what}（{line.next.law}）{written(line.next.last)}" if line.next else ""
        known = written(line.known) if line.known else ""
        rows.append(
            (line.called, line.body, line.office, known, line.title, line.laws, due, line.state)
        )
    body = list_xlsx.workbook("漏えい等の事案", HEAD, rows)
    return attachment(body, "漏えい等の事案.xlsx", XLSX, classes.of(wp, classes.INNER))


@blueprint.post("/leaks/bodies/<int:body>")
@needs("leak_office", body="leak_body")
@shows(lambda body: listed())
def regime(body: int) -> Answer:
    """Which law a body is under."""
    chosen_one = inputs.choice("regime", "法律の区分", workplace().leaks["regimes"])
    acts.set_regime(workplace(), by(), body, chosen_one)
    return done("法律の区分を記録しました。", url_for("leaks.listed"))


@blueprint.get("/leaks/figures")
@needs("leaks", asks=("year",))
def figures() -> str:
    """The cases counted, drawn and as tables."""
    wp = workplace()
    known = views.years(wp)
    year = request.args.get("year", type=int)
    counted = views.figures(wp, who(), year if year in known else None)
    look_at_all("figures", counted.numbers)
    return render_template(
        "office/leak_figures.html",
        figures=counted,
        years=[("", "すべての年度"), *((str(each), fiscal(each)) for each in known)],
        year=str(year or ""),
    )


# ---- the page somebody fills


@blueprint.get("/leaks/new")
@needs("leak")
def new() -> str:
    """The page of a new case: what is known now is enough."""
    wp = workplace()
    offices = views.offices(wp, who())
    return render_template(
        "office/leak_new.html",
        parts=views.parts(wp),
        offices=offices,
        office=who().department_id or "",
        affairs=views.affairs(wp, None),
        facts={},
    )


@blueprint.post("/leaks/new")
@needs("leak")
@shows(new)
def register() -> Answer:
    """Registers a case."""
    wp = workplace()
    offices = {str(number) for number, _ in views.offices(wp, who())}
    office = int(inputs.choice("department", "担当の課", offices))
    case = acts.register(wp, by(), office, _said(), _affair())
    told = "登録しました。法律ごとの答えと期限を確かめて、事務局に連絡してください。"
    return done(told, url_for("leaks.page", number=case.id))


def _affair() -> str:
    known = {"", *(key for key, _ in views.affairs(workplace(), None))}
    return inputs.choice("affair", "事務", known)


def _said() -> dict[str, SaidFact]:
    """Every answer of the page as it was typed."""
    said = {}
    for field in views.fields(workplace()).values():
        said[field.name] = _typed(field)
    return said


def _typed(field: LeakField) -> SaidFact:
    unknown = field.unknown and inputs.ticked(f"u-{field.name}")
    text = _text(field)
    if text == UNKNOWN:
        return SaidFact("", True)
    if unknown and text:
        raise Unfit(
            field.name, f"「{field.says}」に答えがあります。「分からない」の印を外してください。"
        )
    return SaidFact(text, unknown)


def _text(field: LeakField) -> str:
    name, label = field.name, field.says
    if field.kind == "day":
        day = inputs.day(name, label, need=False)
        return day.isoformat() if day is not None else ""
    if field.kind == "number":
        number = inputs.number(name, label, need=False)
        return str(number) if number is not None else ""
    if field.options is not None and field.kind == "many":
        return ",".join(inputs.many(name, label, field.options, need=False))
    if field.options is not None:
        known = {"", *field.options, *([UNKNOWN] if field.unknown else [])}
        return inputs.choice(name, label, known)
    if field.kind == "area":
        return inputs.text(name, label, most=inputs.PARAGRAPH, need=False).strip()
    return inputs.line(name, label, need=False)


@blueprint.get("/leaks/<int:number>")
@needs("leaks", number="leak")
def page(number: int) -> str:
    """A case: what each law asks of it, by when, what is missing, what was done."""
    wp = workplace()
    look(number)
    return render_template(
        "office/leak.html",
        view=views.case(wp, number, now_day()),
        number=number,
        rules=wp.leaks,
        sittings=views.sittings(wp, now_day()),
        kinds=list(KINDS_OF_REPORT.items()),
        laws=list(LAWS.items()),
        ways=list(WAYS.items()),
        answers={"1": "重大事故に当たる", "0": "重大事故に当たらない"},
        effects={"1": "対策の記載を変える", "0": "対策の記載は変えない"},
        put_right=corrections.of_leak(wp, number),
        said_fact=lambda view, fact: words(view.judged.fields[fact.field], fact),
        today=now_day(),
    )


@blueprint.get("/leaks/<int:number>/facts")
@needs("leak", number="leak")
def more(number: int) -> str:
    """The page of later facts, with what is known now."""
    wp = workplace()
    look(number)
    view = views.case(wp, number, now_day())
    return render_template(
        "office/leak_facts.html",
        view=view,
        number=number,
        parts=views.parts(wp),
        facts=view.judged.latest,
        affairs=views.affairs(wp, view.row.body_id),
    )


@blueprint.post("/leaks/<int:number>/facts")
@needs("leak", number="leak")
@shows(more)
def tell(number: int) -> Answer:
    """Later facts: each stands with its author and time; what they moved is said."""
    since = inputs.day("since", "知った日", need=False)
    from_start = inputs.ticked("from_start")
    if (since is None) != from_start:
        raise Unfit(
            "since",
            "いつ知ったことかを答えてください。新しく分かったことなら知った日を、"
            "書き間違いを直すなら「初めから分かっていたこと」に印を付けてください（どちらか一方）。",
        )
    seen = inputs.number("seen", "見ていた記録", need=False) or 0
    told = ToldFacts(_said(), since, _affair(), seen)
    moved = acts.tell(workplace(), by(), number, told)
    told_words = "記録しました。" + ("" if moved else "期限と答えは変わりません。") + "".join(moved)
    return done(told_words, url_for("leaks.page", number=number))


# ---- what is done of it


@blueprint.get("/leaks/<int:number>/sheet")
@needs("leak_office", number="leak", asks=("kind",))
def sheet(number: int) -> str:
    """What is typed into the commission's form, field by field to copy."""
    wp = workplace()
    look(number)
    kind = chosen("kind", tuple(KINDS_OF_REPORT))
    view = views.case(wp, number, now_day())
    return render_template(
        "office/leak_sheet.html",
        view=view,
        number=number,
        kind=KINDS_OF_REPORT[kind],
        fields=views.sheet(wp, view, kind),
        order=wp.leaks["sheet_order"],
        last=view.reports[-1] if view.reports else None,
    )


@blueprint.post("/leaks/<int:number>/reports")
@needs("leak_office", number="leak")
@shows(page)
def report(number: int) -> Answer:
    """A 速報, 確報 or 追完 that was sent."""
    new_report = SentLeakReport(
        inputs.choice("kind", "報告の種類", KINDS_OF_REPORT),
        inputs.choice("laws", "どの法律による報告か", LAWS),
        inputs.must_day("day", "報告した日"),
        inputs.must_clock("hour", "報告した時刻"),
        inputs.line("entered", "入力した人"),
        inputs.choice("way", "報告の方法", WAYS),
        inputs.line("receipt", "受付番号", need=False),
        inputs.text("way_reason", "入力画面を使えない理由", most=inputs.PARAGRAPH, need=False),
        inputs.ticked("open"),
    )
    acts.report(workplace(), by(), number, new_report)
    sent = f"{KINDS_OF_REPORT[new_report.kind]}を記録しました。送った内容の控えも残しました。"
    return done(sent, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/major")
@needs("leak_office", number="leak")
@shows(page)
def judge(number: int) -> Answer:
    """Whether it is a 重大事故; one is recorded as such in this one act."""
    is_major = inputs.choice("major", "重大事故の判断", ("1", "0")) == "1"
    reason = inputs.text("reason", "そう判断した理由", most=inputs.PARAGRAPH, need=False)
    incident = acts.judge_major(workplace(), by(), number, is_major, reason)
    if incident is None:
        return done("重大事故に当たらないと記録しました。", url_for("leaks.page", number=number))
    judged = "重大事故として記録し、機関の全ての事務を判断し直しました。"
    return done(judged, url_for("incidents.page", number=incident))


@blueprint.post("/leaks/<int:number>/council")
@needs("leak_office", number="leak")
@shows(page)
def give(number: int) -> Answer:
    """Reports the case to a council, as it is known now."""
    wp = workplace()
    known = {value for value, _ in views.sittings(wp, now_day())}
    sitting, _, mark = inputs.choice("item", "会議と議題", known).partition("/")
    acts.give(wp, by(), number, int(sitting), mark)
    return done("審議会に報告しました。", url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/questions/<int:question>")
@needs("leak", number="leak", question="leak_question")
@shows(lambda number, question: page(number))
def reply(number: int, question: int) -> Answer:
    """An answer to a member's question."""
    speaker = f"{who().department}　{who().shown}".strip()
    text = inputs.text("text", "回答", most=inputs.PARAGRAPH)
    acts.reply(workplace(), by(), question, speaker, text)
    return done("回答を記録しました。", url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/documents/<key>")
@needs("leak", number="leak", key="assessment")
@shows(lambda number, key: page(number))
def weigh(number: int, key: str) -> Answer:
    """Whether a measure that a document describes has to change."""
    changes = inputs.choice("changes", "対策の記載", ("1", "0")) == "1"
    reason = inputs.text("reason", "理由", most=inputs.PARAGRAPH)
    acts.weigh(workplace(), by(), number, key, changes, reason)
    noted_words = "記録しました。"
    if changes:
        noted_words += "次回修正候補に入れました。"
    return done(noted_words, url_for("leaks.page", number=number))


@blueprint.post("/leaks/<int:number>/end")
@needs("leak_office", number="leak")
@shows(page)
def close(number: int) -> Answer:
    """Brings the case to its end."""
    acts.close(workplace(), by(), number, inputs.must_day("closed", "完結した日"))
    return done("完結を記録しました。", url_for("leaks.page", number=number))


# ---- papers


@blueprint.get("/leaks/<int:number>/papers/<name>.<fmt>")
@needs("leaks", number="leak", asks=("reason",))
def paper(number: int, name: str, fmt: str) -> Response:
    """A paper of a case; the 別記様式 only with the reason why the commission's form cannot be
    used."""
    if fmt not in KINDS:
        raise PiaError("その形式では書き出せません。")
    if name not in OF_CASE:
        raise PiaError("その文書はありません。事案のページから選び直してください。")
    look(number, "leak.paper", paper=name)
    given = {}
    if name == "leak-form":
        reason = request.args.get("reason", "").strip()
        if not reason:
            raise PiaError(
                "別記様式は、電気通信回線の故障、災害などで委員会の入力画面を使えないときだけ使えます"
                "（個人情報保護法施行規則第44条第3項、漏えい等報告規則第3条第3項）。"
                "その理由を入力してください。"
            )
        given["理由"] = reason
    wp = workplace()
    made = papers.make(wp, name, fmt, about=number, today=now_day(), given=given)
    # What residents read has no class.
    has = classes.NONE if name in OUTWARD else classes.of(wp, classes.INNER)
    return attachment(made.data, made.file, KINDS[fmt], has)


@blueprint.get("/leaks/<int:number>/sheet.xlsx")
@needs("leak_office", number="leak", asks=("kind",))
def sheet_file(number: int) -> Response:
    """The fields of the commission's form as a workbook."""
    wp = workplace()
    look(number, "leak.paper", paper="sheet.xlsx")
    kind = chosen("kind", tuple(KINDS_OF_REPORT))
    view = views.case(wp, number, now_day())
    rows = []
    for index, field in enumerate(views.sheet(wp, view, kind), 1):
        rows.append((str(index), field.says, field.text, "・".join(field.missing), field.source))
    head = ("順", "欄", "入れる言葉", "足りないこと", "根拠")
    title = f"{KINDS_OF_REPORT[kind]}（入力用の写し）"
    body = list_xlsx.workbook(title, head, rows)
    name = f"{title}_{view.called}.xlsx"
    return attachment(body, name, XLSX, classes.of(wp, classes.INNER))


@blueprint.get("/sittings/<int:number>/leak-list.<fmt>")
@needs("leak_office", number="sitting")
def council_list(number: int, fmt: str) -> Response:
    """The cases reported at a sitting as a list without names, A4 landscape."""
    if fmt not in KINDS:
        raise PiaError("その形式では書き出せません。")
    wp = workplace()
    made = papers.make(wp, "leak-list", fmt, sitting=number, today=now_day())
    cards = views.cards(wp, None, number)
    look_at_all(f"sitting {number}", (card.case for card in cards))
    return attachment(made.data, made.file, KINDS[fmt])
