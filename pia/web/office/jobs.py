"""Long work on pages: asked for with a button, looked at while it goes on, stopped, and its file
fetched."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.issuing import classes
from ...actions.people import rights
from ...actions.records import sets
from ...actions.upkeep import anchors
from ...config import Config
from ...documents.papers import class_print
from ...domain.errors import PiaError
from .. import attachment, inputs
from ..gate import (
    NotThere,
    by,
    done,
    must_read_all,
    needs,
    now_day,
    reads_all,
    shows,
    who,
    workplace,
)

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs")
@needs("read")
def listed() -> str:
    wp = workplace()
    theirs = []
    for x in jobs.listed(wp):
        if rights.may(wp, who(), "read", "job", str(x.id), now_day()):
            theirs.append(x)
    return render_template(
        "desk/jobs.html",
        jobs=theirs,
        kinds=jobs.KINDS,
        states=jobs.STATES,
        anchors=current_app.extensions["pia.anchors"](),
    )


@blueprint.post("/jobs")
@needs("read", ref="document")
@shows(listed)
def ask() -> Answer:
    """A paper or a whole 一式, of exactly the version that is the head now."""
    wp = workplace()
    kind = inputs.choice("kind", "処理", ("paper", "bundle"))
    ref = sets.set_of(wp, inputs.line("ref", "評価書"))[0]
    asked = by()
    # the 計画管理書 in it is of a day
    if kind == "bundle":
        as_of = {"as_of": asked.day.isoformat()}
    else:
        as_of = {}
    if request.form.get("public") == "1":
        public = {"public": True}
    else:
        public = {}
    # A paper is made without what its reader may not see; a set that is sent has no such reading.
    if kind == "bundle":
        must_read_all(*sets.set_of(wp, ref))
    if not public and not reads_all(ref):
        masked = {"masked": True}
    else:
        masked = {}
    made = jobs.ask(wp, asked, kind, {"ref": ref, **public, **masked, **as_of})
    return redirect(url_for("jobs.one", job=made), 303)


@blueprint.get("/jobs/<int:job>")
@needs("read", job="job")
def one(job: int) -> str:
    made = jobs.job(workplace(), job)
    if made.result and "sha256" in made.result:
        has = _class(job)
    else:
        has = classes.NONE
    beside = has.words and class_print.beside(
        str((made.result or {}).get("name", "")).rpartition(".")[2]
    )
    anchored = made.kind == "bundle" and bool(_settings().values["PIA_ANCHOR_KEY"])
    return render_template(
        "desk/job.html", job=made, kinds=jobs.KINDS, has=has, beside=beside, anchored=anchored
    )


@blueprint.post("/jobs/<int:job>/stop")
@needs("read", job="job")
@shows(one)
def stop(job: int) -> Answer:
    found = jobs.job(workplace(), job)
    if found.actor != by().actor and by().role != "administrator":
        raise PiaError("ほかの人が頼んだ処理は、取りやめられません。")
    jobs.stop(workplace(), by(), job)
    return done("処理の取りやめを頼みました。", url_for("jobs.one", job=job))


@blueprint.get("/jobs/<int:job>/file")
@needs("read", job="job")
def file(job: int) -> Response:
    body, name, kind = jobs.result(workplace(), job)
    return attachment(body, name, kind, _class(job))


@blueprint.get("/jobs/<int:job>/anchor")
@needs("read", job="job")
def anchor(job: int) -> Response:
    """The signed head that covers what a 一式 carries, to lie beside it as a file of its own."""
    body, name, _ = jobs.result(workplace(), job)
    if jobs.job(workplace(), job).kind != "bundle":
        raise NotThere
    found = anchors.beside(workplace(), _settings(), body)
    if found is None:
        raise PiaError(
            "この一式を覆うアンカーは、まだありません。"
            "アンカーは毎日と提出・公表のときに作られます。"
        )
    return attachment(found, f"{name.rpartition('.')[0]}.anchor.json", "application/json")


def _settings() -> Config:
    made: Config = current_app.extensions["pia.settings"]
    return made


def _class(number: int) -> classes.Class:
    """The class of a job's file."""
    made = jobs.job(workplace(), number)
    return classes.of_job(workplace(), made.kind, made.args)
