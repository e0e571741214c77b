"""Affairs at the office: registered, counted, given to a department, their rounds opened; who may
read the withheld words of a document (規則第10条第2項).

Knows forms. What an affair rests on is said by `actions.viewing.affairs`.
"""

from __future__ import annotations

import unicodedata

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions.editing import placing, versions
from ...actions.people import registration, rights, withheld_readers
from ...actions.viewing import (
    affairs,
    corrections,
    file_register,
    incidents,
    leaks,
    register,
    rounds,
)
from ...domain.errors import PiaError
from ...store.rows.assessments import NewRound
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..allowed import readable
from ..answers import chosen, done
from ..declared import needs, proven, shows

blueprint = Blueprint("affairs", __name__)
COUNTED = ("people", "handlers", "counted_people", "counted_handlers")
JUDGED = "judged"  # the documents an affair needs are those its counts ask for


@blueprint.get("/affairs/new")
@needs("office")
def new() -> str:
    """The form of a new affair."""
    wp = workplace()
    return render_template(
        "office/new_affair.html",
        bodies=registration.bodies(wp),
        incident_words=wp.thresholds["incident"],
    )


@blueprint.post("/affairs/new")
@needs("office")
@shows(new)
def add() -> Answer:
    """Registers an affair with its counts, where they are known, its 基礎項目評価書 and the higher
    document the judgement or the office says."""
    wp = workplace()
    number = inputs.line("number", "評価書番号", most=20)
    key = inputs.line("key", "画面の番地に使う名前", most=60, need=False)
    if key:
        _must_be_key("key", key)
    else:
        key = placing.free_affair_key(wp, f"no-{number}")
    higher = inputs.choice("kind", "評価書の種類", (JUDGED, "", "all_item", "key_item"))
    counts = None
    typed = [request.form.get(field, "").strip() for field in COUNTED]
    if any(typed) or inputs.ticked("incident"):
        counts = _counts()
    if higher == JUDGED:
        higher = ""
        if counts is not None:
            higher = registration.judged(wp, counts).due
    kinds: tuple[str, ...] = ("basic_item",)
    if higher in ("all_item", "key_item"):
        kinds = ("basic_item", higher)
    body = inputs.line("body", "評価実施機関", most=100)
    new = registration.NewAffair(
        key=key,
        number=number,
        name=inputs.line("name", "事務の名称"),
        body=body,
        department=inputs.line("department", "所属", most=60, need=False) or None,
        facts={},
        kinds=kinds,
    )
    said = "事務を登録しました。"
    with wp.store.together():
        registration.register_affair(wp, by(), new)
        if counts is not None:
            said += registration.count(wp, by(), key, counts).sentence
    return done(said, url_for("affairs.page", key=key))


def _counts() -> registration.Counts:
    """What しきい値判断 counts, as it was typed."""
    return registration.Counts(
        inputs.number("people", "対象人数") or 0,
        inputs.number("handlers", "取扱者数") or 0,
        inputs.ticked("incident"),
        inputs.must_day("counted_people", "対象人数の時点"),
        inputs.must_day("counted_handlers", "取扱者数の時点"),
    )


def _must_be_key(field: str, key: str) -> None:
    """Unfit at its field for what is no name of an address."""
    try:
        versions.check_key(key)
    except PiaError as error:
        raise inputs.Unfit(field, str(error)) from error


@blueprint.get("/affairs/<key>")
@needs("read", key="affair")
def page(key: str) -> str:
    """An affair: its documents, what its threshold judgement rests on, its rounds, a new one."""
    wp = workplace()
    documents = register.documents_of(wp, key)
    if not documents:
        raise PiaError("その事務はありません。一覧から選び直してください。")
    views = rounds.of_affair(wp, key)
    keys = [document.key for document in documents]
    main = next((document for document in documents if document.kind != "basic_item"), documents[0])
    return render_template(
        "office/affair.html",
        key=key,
        documents=documents,
        views=views,
        affair=affairs.affair_view(wp, main.key, now_day()),
        offices=registration.offices_of(wp, key),
        former=registration.corrections_of(wp, key),
        past=corrections.past_publications(wp, keys),
        put_right=readable(corrections.of_affair(wp, keys), *keys),
        incident_words=wp.thresholds["incident"],
        weighing=incidents.of_affair(wp, key, now_day()),
        kinds=forms.KIND_NAMES,
        files=file_register.of_affair(wp, key),
        leaks_here=leaks.of_affair(wp, who(), key),
    )


@blueprint.post("/affairs/<key>/counts")
@needs("office", key="affair")
@shows(page)
def count(key: str) -> Answer:
    """What しきい値判断 counts: people, handlers, and whether there was an incident."""
    judgement = registration.count(workplace(), by(), key, _counts())
    return done(judgement.sentence, url_for("affairs.page", key=key))


INCIDENT = {"": "いまの記録のとおり", "1": "重大事故があったとき", "0": "重大事故がないとき"}


@blueprint.get("/affairs/<key>/what-if")
@needs("read", key="affair", asks=("people", "handlers", "incident"))
def what_if(key: str) -> str:
    """What the しきい値判断 would say if more were counted; nothing of it is kept."""
    wp = workplace()
    wrong = {}
    more = {}
    for field, label in (("people", "対象人数"), ("handlers", "取扱者数")):
        typed = request.args.get(field, "")
        number = _more(typed)
        if number is None:
            wrong[field] = f"「{label}の増減」は、30000 や -500 のような整数で入力してください。"
        more[field] = number or 0
    incident = chosen("incident", tuple(INCIDENT))
    answer = None
    if request.args and not wrong:
        with_one = None if not incident else incident == "1"
        answer = affairs.supposed(wp, key, more["people"], more["handlers"], with_one)
    documents = register.documents_of(wp, key)
    if not documents:
        raise PiaError("その事務はありません。一覧から選び直してください。")
    return render_template(
        "office/what_if.html",
        key=key,
        name=documents[0].name,
        asked={field: request.args.get(field, "") for field in more},
        wrong=wrong,
        incident=incident,
        incidents=list(INCIDENT.items()),
        answer=answer,
        affair=affairs.affair_view(wp, documents[0].key, now_day()),
    )


def _more(typed: str) -> int | None:
    """How many more, or fewer with a minus; 0 where nothing was typed, None for what is no
    number."""
    plain = unicodedata.normalize("NFKC", typed).replace(",", "").replace("−", "-").strip()
    if not plain:
        return 0
    digits = plain.removeprefix("+").removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        return None
    return -int(digits) if plain.startswith("-") else int(digits)


@blueprint.post("/affairs/<key>/published")
@needs("office", key="affair", document="assessment")
@shows(page)
def published_before(key: str) -> Answer:
    """A version that was published before this program was in use."""
    document = inputs.line("document", "評価書")
    versions.published_before(workplace(), by(), document, inputs.must_day("day", "公表した日"))
    return done("公表済みとして記録しました。", url_for("affairs.page", key=key))


@blueprint.post("/affairs/<key>/rounds")
@needs("office", key="affair", documents="assessment")
@shows(page)
def open_round(key: str) -> Answer:
    """A 再実施 or 修正 of the chosen documents, under one name."""
    wp = workplace()
    documents = {document.key for document in register.documents_of(wp, key)}
    chosen = inputs.many("documents", "評価書", documents)
    name = inputs.line("name", "画面の番地に使う名前", most=40, need=False)
    if name:
        _must_be_key("name", name)
    else:
        name = versions.free_round_name(wp, chosen, now_day())
    title = inputs.line("title", "件名")
    lines = inputs.text("reasons", "変更理由", most=inputs.PARAGRAPH).split("\n")
    reasons = []
    for line in lines:
        if line.strip():
            reasons.append(line.strip())
    change = inputs.day("change_date", "変更の実施予定日", need=False)
    kind = inputs.choice("kind", "種類", ("REASSESSMENT", "CORRECTION"))
    end = inputs.day("requirements_fixed", "要件定義の終了予定日", need=False)
    construction = inputs.day("construction", "システムの構築を始める予定日", need=False)
    facts = {"title": title}
    for fact, day in (("requirements_fixed", end), ("construction", construction)):
        if day:
            facts[fact] = day.isoformat()
    opened = NewRound(name, kind, reasons=reasons, change_date=change, facts=facts)
    with wp.store.together():
        for document in chosen:
            versions.open_round(wp, by(), document, opened)
    return done(f"「{title}」を始めました。", url_for("rounds.page", ref=f"{chosen[0]}~{name}"))


@blueprint.post("/affairs/<key>/department")
@needs("office", key="affair")
@shows(page)
def set_department(key: str) -> Answer:
    """The department that writes an affair; until there is one, only the office may."""
    name = registration.give_department(
        workplace(), by(), key, inputs.number("department", "担当の課", most=2**31 - 1) or 0
    )
    return done(f"担当の課を「{name}」にしました。", url_for("affairs.page", key=key))


@blueprint.post("/affairs/<key>/correction")
@needs("office", key="affair")
@shows(page)
def correct(key: str) -> Answer:
    """Another number or name of an affair; those before stay in the record."""
    registration.correct_affair(
        workplace(),
        by(),
        key,
        inputs.line("affair_number", "評価書番号", most=20),
        inputs.line("affair_name", "事務の名称"),
        inputs.line("correction", "直す理由", need=False),
    )
    return done("事務を直しました。前の記載は記録に残ります。", url_for("affairs.page", key=key))


@blueprint.get("/assessments/<key>/readers")
@needs("office", key="assessment")
def readers(key: str) -> str:
    """Who may read the withheld words of a document, and what was changed about it."""
    wp = workplace()
    listed = register.document(wp, key)
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
    """Lets somebody read the withheld words of a document, or no longer."""
    wp = workplace()
    reader = inputs.choice("who", "だれ", withheld_readers.reader_choices(wp))
    allowed = inputs.choice("allowed", "読めるか", ("1", "0")) == "1"
    withheld_readers.set_reader(
        wp, by(), key, reader, allowed, inputs.text("reason", "理由", most=inputs.PARAGRAPH)
    )
    return done("非公表部分を読める人を変えました。", url_for("affairs.readers", key=key))
