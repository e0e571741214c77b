"""The office's pages: rounds and what they still need, national texts over all assessments,
consultations, the 計画管理書."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions import sources
from ...actions.access import roles
from ...actions.editing import items, national, national_files
from ...actions.issuing import classes
from ...actions.output import carriers
from ...actions.people import registration
from ...actions.viewing import affairs, history, matrix, register
from ...actions.viewing import rounds as round_views
from ...domain.errors import PiaError
from .. import attachment, inputs, now_day, workplace
from ..gate import by, done, must_read_all, needs, shows, told

blueprint = Blueprint("office", __name__)
PLAN = {"department": "担当部署", "contact": "連絡先", "created": "作成日", "updated": "更新日"}
PLAN_DAYS = ("created", "updated")


@blueprint.get("/rounds")
@needs("read")
def rounds() -> str:
    return render_template("office/rounds.html", views=round_views.rounds(workplace()))


@blueprint.get("/rounds/<ref>")
@needs("read", ref="round")
def round_page(ref: str) -> str:
    from .rounds import DAYS, PAGES

    wp = workplace()
    view = told(round_views.round_view(wp, ref, now_day()), ref)
    days, sent = round_views.outward(wp, ref)
    return render_template(
        "office/round.html",
        view=view,
        pages=PAGES,
        roles=roles.ROLES,
        kinds=DAYS,
        days=[(DAYS.get(kind, kind), day, note) for kind, day, note in days],
        sent=sent,
        writable=view.state in items.WRITING,
    )


@blueprint.get("/rounds/<ref>/sent.zip")
@needs("read", ref="round")
def sent(ref: str) -> Response:
    """The very bytes that were submitted."""
    wp = workplace()
    must_read_all(ref)
    _, name = round_views.outward(wp, ref)
    if name is None:
        raise PiaError("提出した一式は保存されていません。")
    file = f"提出_{ref.replace('~', '_')}.zip"
    return attachment(history.kept(wp, name), file, "application/zip", _sent(ref))


def _sent(ref: str) -> classes.Class:
    """The class of what was submitted: of the round's own text."""
    return classes.of_documents(workplace(), sources.read_ref(workplace(), ref))


@blueprint.get("/national", endpoint="national")
@needs("read")
def matrices() -> str:
    return render_template("office/national.html", matrices=matrix.matrices(workplace()))


@blueprint.post("/national")
@needs("office")
@shows(matrices)
def national_register() -> Answer:
    name, body = inputs.upload("file", "記載例のファイル")
    key = national.register(workplace(), by(), national_files.revision_body(body, name))
    return done(
        "記載例を登録しました。反映先を選んでください。", url_for("office.national_one", key=key)
    )


@blueprint.get("/national/<key>")
@needs("office", key="national")
def national_one(key: str) -> str:
    """One national text: for which assessments and files, tried before it is applied."""
    wp = workplace()
    shown = national_files.national(wp, key)
    lines = []
    for round_ in round_views.rounds(wp):
        if round_.state in items.WRITING and not round_.key.endswith("-basic"):
            lines.append(round_)
    return render_template(
        "office/national_one.html",
        n=shown,
        key=key,
        lines=lines,
        files={line.ref: round_views.files_of(wp, line.ref) for line in lines},
        results=g.get("results"),
        tried=g.get("tried"),
    )


@blueprint.post("/national/<key>")
@needs("office", key="national", lines="line")
@shows(national_one)
def national_apply(key: str) -> str | Answer:
    wp = workplace()
    lines = set()
    for round_ in round_views.rounds(wp):
        lines.add(round_.ref)
    chosen = inputs.many("lines", "反映先", lines)
    files = {}
    for ref in chosen:
        files[ref] = request.form.getlist(f"f-{ref}")
    what = inputs.choice("what", "操作", ("try", "apply", "undo"))
    if what == "undo":
        with wp.store.together():
            said = []
            for ref in chosen:
                said.append(national.undo(wp, by(), key, ref))
        return done(
            f"{len(said)}件の反映を取り消しました。"
            + "".join(
                f"{ref}は、その後の変更があるため{node}か所を残しました。"
                for ref, node in said
                if node
            ),
            url_for("office.national_one", key=key),
        )
    g.results, g.tried = national.apply(wp, by(), key, files, dry_run=what == "try"), what == "try"
    return national_one(key)


@blueprint.post("/national/<key>/confirmations")
@needs("office", key="national")
@shows(national_one)
def national_confirm(key: str) -> Answer:
    """Whether the state was asked about a departure, when, and what it said."""
    item = inputs.line("item", "項目", most=60)
    national.confirm(
        workplace(),
        by(),
        key,
        item,
        asked=inputs.ticked("asked"),
        day=inputs.day("day", "確認した日", need=False),
        answer=inputs.text("answer", "回答", most=inputs.PARAGRAPH, need=False),
    )
    return done("国への確認を記録しました。", url_for("office.national_one", key=key))


KINDS = {
    "law": "法令（読んだ条文）",
    "guide": "指針・記載要領・様式（本文は未確認）",
    "city": "市の決まり",
}


@blueprint.get("/rules")
@needs("read")
def rules() -> str:
    """What the procedure checks, with what each rests on and the day it was read."""
    wp = workplace()
    return render_template("office/rules.html", rules=wp.rules["rules"], law=wp.law, kinds=KINDS)


@blueprint.get("/plan")
@needs("read")
def plan() -> str:
    wp = workplace()
    listed = register.register(wp)
    views = {}
    for x in listed:
        if x.kind != "basic_item":
            views[x.key] = affairs.affair_view(wp, x.key, now_day())
    return render_template(
        "office/plan.html",
        heads=affairs.plan(wp),
        listed=listed,
        views=views,
        bodies=registration.bodies(wp),
        fields=PLAN,
        days=PLAN_DAYS,
        unseen=carriers.certainty(wp, forms.load("plan@令和6年10月")).unseen,
    )


@blueprint.post("/plan")
@needs("office")
@shows(plan)
def plan_head() -> Answer:
    """What the 計画管理書 says at its head."""
    wp = workplace()
    facts: dict[str, str] = {}
    for key, words in PLAN.items():
        if key in PLAN_DAYS:
            given = inputs.day(key, words, need=False)
        else:
            given = inputs.line(key, words, need=False)
        if given:
            facts |= {key: str(given)}
        else:
            facts |= {}
    registration.plan_head(
        wp, by(), inputs.choice("body", "評価実施機関", registration.bodies(wp)), facts
    )
    return done("計画管理書を記録しました。", url_for("office.plan"))
