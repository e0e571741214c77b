"""A round taken step by step by the person whose step it is: opened, noted, filled in from the
procedure, submitted, published, and the days that belong to it.

Knows forms; what a step needs is said by the procedure's table and shown beside its button (規則第7
条第1項・第4項・第5項・第6項, 第14条第1項).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs as job_queue
from ...actions import sources
from ...actions.editing import versions
from ...actions.people import registration, rights, withheld_readers
from ...actions.records import on_record, round
from ...actions.steps import filing, two_persons
from ...actions.viewing import affairs, register, rounds
from ...domain.act import day_of_text
from ...domain.change.describe import label, names
from ...domain.document.items import text_of
from ...domain.errors import PiaError, Refused
from ...store.rows.assessments import NewRound
from .. import inputs
from ..gate import by, done, needs, now_day, proven, shows, who, workplace

blueprint = Blueprint("rounds", __name__)
# Steps with a page of their own; every other one of a city's table is taken on the round's page.
PAGES = {
    "announce": "hearing.new",
    "close_consultation": "hearing.listed",
    "refer": "sittings.new_referral",
    "approve": "council.agenda",
    "submit": "rounds.submit",
    "publish": "rounds.publish",
}
DAYS = {"COMMISSION_SITE": "委員会のサイトに載った日", "CITY_SITE": "市のサイトに載せた日"}


def _decision() -> dict[str, str]:
    """文書番号 and 決裁日 of an outward step."""
    day = inputs.day("decided", "決裁日", need=False)
    number = inputs.line("document_number", "文書番号", need=False)
    return {
        **({"document_number": number} if number else {}),
        **({"decided": day.isoformat()} if day else {}),
    }


# ---- 事務


@blueprint.get("/affairs/new")
@needs("office")
def new_affair() -> str:
    return render_template("office/new_affair.html", bodies=registration.bodies(workplace()))


@blueprint.post("/affairs/new")
@needs("office")
@shows(new_affair)
def add_affair() -> Answer:
    wp = workplace()
    key = inputs.line("key", "この事務の記号", most=60)
    versions.check_key(key)
    kinds = (
        "basic_item",
        *(
            [this_key]
            if (this_key := inputs.choice("kind", "評価書の種類", ("", "all_item", "key_item")))
            else []
        ),
    )
    body = inputs.line("body", "評価実施機関", most=100)
    registration.register_affair(
        wp,
        by(),
        registration.NewAffair(
            key=key,
            number=inputs.line("number", "評価書番号", most=20),
            name=inputs.line("name", "事務の名称"),
            body=body,
            department=inputs.line("department", "所属", most=60) or None,
            facts={},
            kinds=kinds,
        ),
    )
    return done("事務を登録しました。", url_for("rounds.affair", key=key))


@blueprint.get("/affairs/<key>")
@needs("read", key="affair")
def affair(key: str) -> str:
    """An affair: its documents, what its threshold judgement rests on, its rounds, a new one."""
    wp = workplace()
    documents = []
    for x in register.register(wp):
        if x.affair == key:
            documents.append(x)
    if not documents:
        raise PiaError("その事務はありません。一覧から選び直してください。")
    views = []
    for round_ in rounds.rounds(wp):
        if round_.key in {document.key for document in documents}:
            views.append(round_)
    main = next((document for document in documents if document.kind != "basic_item"), documents[0])
    return render_template(
        "office/affair.html",
        key=key,
        documents=documents,
        views=views,
        affair=affairs.affair_view(wp, main.key, now_day()),
        offices=registration.offices_of(wp, key),
        incident_words=wp.thresholds["incident"],
    )


@blueprint.post("/affairs/<key>/counts")
@needs("office", key="affair")
@shows(affair)
def count(key: str) -> Answer:
    made = registration.count(
        workplace(),
        by(),
        key,
        registration.Counts(
            inputs.number("people", "対象人数") or 0,
            inputs.number("handlers", "取扱者数") or 0,
            inputs.ticked("incident"),
            inputs.must_day("counted_people", "対象人数の時点"),
            inputs.must_day("counted_handlers", "取扱者数の時点"),
        ),
    )
    return done(made.sentence, url_for("rounds.affair", key=key))


@blueprint.post("/affairs/<key>/published")
@needs("office", key="affair", document="assessment")
@shows(affair)
def published_before(key: str) -> Answer:
    document = inputs.line("document", "評価書")
    versions.published_before(workplace(), by(), document, inputs.must_day("day", "公表した日"))
    return done("公表済みとして記録しました。", url_for("rounds.affair", key=key))


@blueprint.post("/affairs/<key>/rounds")
@needs("office", key="affair", documents="assessment")
@shows(affair)
def open_round(key: str) -> Answer:
    """A 再実施 or 修正 of the chosen documents, under one name."""
    wp = workplace()
    documents = set()
    for x in register.register(wp):
        if x.affair == key:
            documents.add(x.key)
    chosen = inputs.many("documents", "評価書", documents)
    name = inputs.line("name", "記号", most=40)
    versions.check_key(name)
    title = inputs.line("title", "件名")
    reasons = []
    for part in inputs.text("reasons", "変更理由", most=inputs.PARAGRAPH).split("\n"):
        if part.strip():
            reasons.append(part.strip())
    change = inputs.day("change_date", "変更の実施予定日", need=False)
    kind = inputs.choice("kind", "種類", ("REASSESSMENT", "CORRECTION"))
    end = inputs.day("requirements_fixed", "要件定義の終了予定日", need=False)
    construction = inputs.day("construction", "システムの構築を始める予定日", need=False)
    days = {"requirements_fixed": end, "construction": construction}
    facts = {"title": title, **{name: day.isoformat() for name, day in days.items() if day}}
    with wp.store.together():
        for document in chosen:
            versions.open_round(
                wp,
                by(),
                document,
                NewRound(name, kind, reasons=reasons, change_date=change, facts=facts),
            )
    return done(
        f"「{title}」を始めました。", url_for("office.round_page", ref=f"{chosen[0]}~{name}")
    )


@blueprint.post("/affairs/<key>/department")
@needs("office", key="affair")
@shows(affair)
def set_department(key: str) -> Answer:
    """The department that writes an affair; until there is one, only the office may."""
    name = registration.give_department(
        workplace(), by(), key, inputs.number("department", "担当の課", most=2**31 - 1) or 0
    )
    return done(f"担当の課を「{name}」にしました。", url_for("rounds.affair", key=key))


@blueprint.get("/assessments/<key>/readers")
@needs("office", key="assessment")
def readers(key: str) -> str:
    """Who may read the withheld words of a document, and what was changed about it."""
    wp = workplace()
    listed = next((x for x in register.register(wp) if x.key == key), None)
    if listed is None:
        raise PiaError(rights.not_there("assessment"))
    return render_template(
        "office/readers.html",
        listed=listed,
        key=key,
        usual=withheld_readers.default_readers(wp),
        choices=withheld_readers.reader_choices(wp),
        history=withheld_readers.reader_history(wp, key),
    )


@blueprint.post("/assessments/<key>/readers")
@needs("office", key="assessment")
@shows(readers)
@proven
def set_reader(key: str) -> Answer:
    wp = workplace()
    reader = inputs.choice("who", "だれ", withheld_readers.reader_choices(wp))
    allowed = inputs.choice("allowed", "読めるか", ("1", "0")) == "1"
    withheld_readers.set_reader(
        wp, by(), key, reader, allowed, inputs.text("reason", "理由", most=inputs.PARAGRAPH)
    )
    return done("非公表部分を読める人を変えました。", url_for("rounds.readers", key=key))


# ---- 手続の段階


@blueprint.post("/rounds/<ref>/move")
@needs("office", ref="round")
@shows(lambda ref: _round_page(ref))
def move(ref: str) -> Answer:
    """A step that has no page of its own: 取下げ, 点検のやり直し, a city's own stages."""
    event = inputs.line("event", "手続", most=60)
    if event in PAGES:
        raise PiaError("この手続は、専用の画面で行ってください。")
    about = {
        **_decision(),
        **({"why": why} if (why := inputs.line("why", "理由", need=False)) else {}),
    }
    round.move(workplace(), by(), ref, event, about)
    return done("手続を記録しました。", url_for("office.round_page", ref=ref))


def _round_page(ref: str) -> str:
    from .overview import round_page

    return round_page(ref)


@blueprint.post("/rounds/<ref>/review-fixed")
@needs("office", ref="round")
@shows(lambda ref: _round_page(ref))
def review_fixed(ref: str) -> Answer:
    from ...actions.steps import consultation

    consultation.fix_review(workplace(), by(), [ref], inputs.must_day("day", "見直しを確定した日"))
    return done("見直しの確定を記録しました。", url_for("office.round_page", ref=ref))


@blueprint.post("/rounds/<ref>/minor")
@needs("office", ref="round")
@shows(lambda ref: _round_page(ref))
def minor(ref: str) -> Answer:
    filing.minor_after_review(
        workplace(),
        by(),
        ref,
        inputs.text("reason", "修正の理由", most=inputs.PARAGRAPH),
        inputs.line("confirmed_by", "確認した人"),
    )
    return done("点検後の軽微な修正として記録しました。", url_for("office.round_page", ref=ref))


@blueprint.post("/rounds/<ref>/overrule")
@needs("office", ref="round")
@shows(lambda ref: _round_page(ref))
def overrule(ref: str) -> Answer:
    """Goes on over something that is missing, with a reason that is kept."""
    mark = request.form.get("mark", "")
    filing.overrule(
        workplace(),
        by(),
        ref,
        mark,
        inputs.text("because", "このままでよい理由", most=inputs.PARAGRAPH),
    )
    return done("理由を記録しました。", url_for("office.round_page", ref=ref))


@blueprint.post("/rounds/<ref>/emergency")
@needs("office", ref="round")
@shows(lambda ref: _round_page(ref))
def emergency(ref: str) -> Answer:
    """規則第9条第2項."""
    filing.emergency(
        workplace(),
        by(),
        ref,
        inputs.text("emergency", "緊急に変更する必要があった理由", most=inputs.PARAGRAPH),
    )
    return done("緊急の変更であることを記録しました。", url_for("office.round_page", ref=ref))


PROPOSED = (
    "まだ記入されていません。手続の記録からの案を入れてあります。確かめて、"
    "直してから記入してください。"
)


@blueprint.get("/rounds/<ref>/procedure")
@needs("office", ref="line")
def procedure_items(ref: str) -> str:
    """The items the steps of the procedure fill in: 公表日, Ⅵ."""
    wp = workplace()
    with wp.store.moment():
        source = sources.read_ref(wp, ref)
        proposed = on_record.proposals(wp, ref)
        if "~" in ref and (base := rounds.round_head(wp, ref).base_ref):
            then = sources.read_ref(wp, base).tree
        else:
            then = None
    found = names(source.form, source.tree)
    fields = []
    for line in source.form.walk():
        path = (*(parent.key for parent in line.parents), line.key)
        if (
            line.procedure
            and line.answerable
            and line.kind in ("text", "date", "number", "choice_one")
            and not line.prints_stamp
        ):
            options = []
            for option in line.options:
                options.append(option.label)
            value = text_of(source.tree.find(path))
            proposal = proposed.get(line.id, "")
            if proposal and not value:
                hint = PROPOSED
            elif (
                proposal not in ("", value)
                and then is not None
                and value == text_of(then.find(path))
            ):
                hint = f"前回公表した記載のままです。今回の記録では「{proposal}」です。"
            else:
                hint = ""
            fields.append(
                {
                    "name": "/".join(path),
                    "label": label(source.form, path, found),
                    "kind": line.kind,
                    "options": options,
                    "long": line.size == "long" and line.kind == "text",
                    "value": value or proposal,
                    "hint": hint,
                }
            )
    return render_template("office/procedure.html", ref=ref, source=source, fields=fields)


@blueprint.post("/rounds/<ref>/procedure")
@needs("office", ref="line")
@shows(procedure_items)
def fill_procedure(ref: str) -> Answer:
    source = sources.read_ref(workplace(), ref)
    answers: dict[tuple[str, ...], str] = {}
    for line in source.form.walk():
        path = (*(parent.key for parent in line.parents), line.key)
        name = "/".join(path)
        if name in request.form and line.procedure and line.answerable:
            written = inputs.text(name, line.label, most=inputs.PARAGRAPH, need=False)
            if written != text_of(source.tree.find(path)):
                answers[path] = written
    if answers:
        filing.fill_procedure(workplace(), by(), ref, answers)
    return done(f"{len(answers)}項目を記入しました。", url_for("rounds.procedure_items", ref=ref))


# ---- 変更箇所の表


@blueprint.post("/rounds/<ref>/table")
@needs("office", ref="round")
@shows(lambda ref: _table_page(ref))
def make_table(ref: str) -> Answer:
    rows = filing.make_table(
        workplace(), by(), ref, published=inputs.must_day("published", "公表の予定日")
    )
    return done(
        f"変更箇所の表（{len(rows)}行）を作り、本文と一致することを確かめました。",
        url_for("desk.table", ref=ref),
    )


def _table_page(ref: str, **_: Any) -> str:
    from ..desk.documents import table

    return table(ref)


@blueprint.post("/rounds/<ref>/notes/<path:path>")
@needs("draft", own="ref", ref="round")
@shows(_table_page)
def note(ref: str, path: str) -> Answer:
    """What the table says about one row, and how the change of a ※ item counts."""
    wp = workplace()
    spot = tuple(path.split("/"))
    choice = request.form.get("choice", "")
    if choice:
        filing.decide_material(
            wp, by(), ref, spot, choice, inputs.line("why", "理由", need=choice != "MATERIAL")
        )
        return done("重要な変更に当たるかどうかを記録しました。", url_for("desk.table", ref=ref))
    timing = request.form.get("timing") or None
    filing.note(
        wp,
        by(),
        ref,
        spot,
        day=inputs.day("day", "変更日", need=False),
        timing=timing,
        explanation=inputs.text("explanation", "説明", most=inputs.PARAGRAPH, need=False),
    )
    return done("説明を記録しました。", url_for("desk.table", ref=ref))


@blueprint.post("/rounds/<ref>/explain/<path:path>")
@needs("draft", own="ref", ref="round")
@shows(_table_page)
def explain(ref: str, path: str) -> Answer:
    """What residents and the council are told of one changed item."""
    filing.explain(
        workplace(),
        by(),
        ref,
        tuple(path.split("/")),
        inputs.text("reader", "住民と委員に見せる説明", most=inputs.PARAGRAPH),
    )
    return done("説明を記録しました。", url_for("desk.table", ref=ref))


# ---- 提出と公表


def _set(ref: str) -> list[str]:
    """The round and its companion of the same name: the 評価書一式 that goes together."""
    key, _, name = ref.partition("~")
    mine = next((x for x in register.register(workplace()) if x.key == key), None)
    if mine is None:
        raise PiaError(f"評価書「{key}」はありません。一覧から選び直してください。")
    together = set()
    for x in register.register(workplace()):
        if x.affair == mine.affair:
            together.add(x.key)
    refs = []
    for round_ in rounds.rounds(workplace()):
        if (
            round_.key in together
            and round_.ref.endswith(f"~{name}")
            and round_.state not in ("PUBLISHED", "WITHDRAWN")
        ):
            refs.append(round_.ref)
    return refs


@blueprint.get("/rounds/<ref>/submit")
@needs("office", ref="round")
def submit(ref: str) -> str:
    """The checklist of a submission: what the software proves, with its evidence; and what is in
    the 一式."""
    wp = workplace()
    views = []
    for text in _set(ref):
        views.append(rounds.round_view(wp, text, now_day()))
    checks = []
    for view in views:
        checks.append(
            (
                view,
                next((unmets for step, unmets in view.next_steps if step.event == "submit"), None),
            )
        )
    jobs = []
    for job in job_queue.listed(wp):
        if job.kind == "bundle" and job.args.get("ref") in {view.head_ref for view in views}:
            jobs.append(job)
    asked = two_persons.waiting(wp, "submit", _set(ref), who().name)
    return render_template(
        "office/submit.html", ref=ref, checks=checks, jobs=jobs, two=wp.two_persons, asked=asked
    )


@blueprint.post("/rounds/<ref>/submit")
@needs("office", ref="round")
@shows(submit)
@proven
def do_submit(ref: str) -> Answer:
    """Fixes what is sent: the bundle made of these very versions is kept with the submission."""
    wp = workplace()
    refs = _set(ref)
    asked = two_persons.waiting(wp, "submit", refs, who().name)
    if not inputs.ticked("sure"):
        raise inputs.Unfit("sure", "内容を確かめた印を付けてください。")
    if asked and not asked.mine and not asked.changed:
        args = dict(asked.args)
    else:
        args = _submission()
    # What is missing is said before the long work of making the papers.
    for text in refs:
        view = rounds.round_view(wp, text, now_day())
        step = next(
            (unmets for each_step, unmets in view.next_steps if each_step.event == "submit"), None
        )
        if step is None:
            raise Refused(f"{text} は、いま提出できる段階ではありません。")
        if [unmet for unmet in step if unmet.blocks]:
            raise Refused(
                f"{text}：まだ提出できません。",
                tuple(unit.sentence for unit in step if unit.blocks),
            )
    if wp.two_persons and (asked is None or asked.mine or asked.changed):
        two_persons.ask(wp, by(), "submit", refs, args)
        return done(
            "提出を頼みました。事務局の別の人が、この画面で内容を確かめて提出します。",
            url_for("rounds.submit", ref=ref),
        )
    job = job_queue.ask(
        wp, by(), "submit", {"rounds": refs, **args}, key=f"submit:{request.form['_request']}"
    )
    flash("提出用の一式を作って確定しています。")
    return redirect(url_for("jobs.one", job=job), 303)


def _submission() -> dict[str, str]:
    """What is typed for a submission."""
    number = inputs.line("document_number", "文書番号")
    decided = inputs.day("decided", "決裁日", need=False)
    return {"document_number": number, **({"decided": decided.isoformat()} if decided else {})}


@blueprint.post("/rounds/<ref>/asked/<kind>")
@needs("office", ref="round")
@shows(lambda ref, kind: _asked_page(ref, kind))
def take_back(ref: str, kind: str) -> Answer:
    """Takes back what one person asked another to do."""
    if kind in two_persons.WORDS:
        asked = two_persons.waiting(workplace(), kind, _set(ref), who().name)
    else:
        asked = None
    if asked is None:
        raise PiaError("その依頼は、もう終わっています。画面を開き直してください。")
    two_persons.withdraw(workplace(), by(), asked.number, inputs.line("why", "取り下げる理由"))
    return done("依頼を取り下げました。", url_for(f"rounds.{kind}", ref=ref))


def _asked_page(ref: str, kind: str) -> str:
    if kind == "publish":
        return publish(ref)
    return submit(ref)


@blueprint.get("/rounds/<ref>/publish")
@needs("office", ref="round")
def publish(ref: str) -> str:
    wp = workplace()
    views = []
    for text in _set(ref):
        views.append(rounds.round_view(wp, text, now_day()))
    checks = []
    for view in views:
        checks.append(
            (
                view,
                next((unmets for step, unmets in view.next_steps if step.event == "publish"), None),
            )
        )
    asked = two_persons.waiting(wp, "publish", _set(ref), who().name)
    return render_template(
        "office/publish.html", ref=ref, checks=checks, two=wp.two_persons, asked=asked
    )


@blueprint.post("/rounds/<ref>/publish")
@needs("office", ref="round")
@shows(publish)
@proven
def do_publish(ref: str) -> Answer:
    wp = workplace()
    refs = _set(ref)
    asked = two_persons.waiting(wp, "publish", refs, who().name)
    if wp.two_persons and (asked is None or asked.mine or asked.changed):
        two_persons.ask(
            wp, by(), "publish", refs, {"day": inputs.must_day("day", "公表日").isoformat()}
        )
        return done(
            "公表を頼みました。事務局の別の人が、この画面で内容を確かめて公表します。",
            url_for("rounds.publish", ref=ref),
        )
    if asked:
        day = day_of_text(asked.args["day"])
    else:
        day = inputs.must_day("day", "公表日")
    notes = filing.publish(wp, by(), refs, day)
    return done("公表しました。" + "".join(notes), url_for("office.round_page", ref=ref))


@blueprint.post("/rounds/<ref>/days")
@needs("office", ref="round")
@shows(lambda ref: _round_page(ref))
def outward_day(ref: str) -> Answer:
    kind = inputs.choice("kind", "何の日か", DAYS)
    filing.outward_day(
        workplace(),
        by(),
        ref,
        kind,
        inputs.must_day("day", "日付"),
        inputs.line("note", "覚え", need=False),
    )
    return done("日付を記録しました。", url_for("office.round_page", ref=ref))
