"""Long work on pages: asked for with a button, looked at while it goes on, stopped, and its file
fetched."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.issuing import classes
from ...actions.people import rights
from ...actions.records import sets
from ...actions.upkeep import anchors
from ...documents.papers import class_print
from ...domain.errors import PiaError
from ...settings import Config
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..allowed import NotThere, must_read_all, reads_all
from ..answers import attachment, done
from ..declared import needs, shows

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs")
@needs("read")
def listed() -> str:
    """The jobs this person may look at."""
    wp = workplace()
    theirs = []
    for job in jobs.listed(wp):
        if rights.may(wp, who(), "read", "job", str(job.id), now_day()):
            theirs.append(job)
    return render_template(
        "office/jobs.html",
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
    args: dict[str, Any] = {"ref": ref}
    if request.form.get("public") == "1":
        args["public"] = True
    elif not reads_all(ref):
        # A paper is made without what its reader may not see.
        args["masked"] = True
    if kind == "bundle":
        # A set that is sent has no such reading, and the 計画管理書 in it is of a day.
        must_read_all(*sets.set_of(wp, ref))
        args["as_of"] = asked.day.isoformat()
    return redirect(url_for("jobs.page", job=jobs.ask(wp, asked, kind, args)), 303)


@blueprint.get("/jobs/<int:job>")
@needs("read", job="job")
def page(job: int) -> str:
    """A job: how far it is, and its file when it is done."""
    known = jobs.job(workplace(), job)
    result = known.result or {}
    has = classes.NONE
    if "sha256" in result:
        has = _class(job)
    kind = str(result.get("name", "")).rpartition(".")[2]
    return render_template(
        "office/job.html",
        job=known,
        kinds=jobs.KINDS,
        has=has,
        beside=has.words and class_print.beside(kind),
        anchored=known.kind == "bundle" and bool(_settings().values["PIA_ANCHOR_KEY"]),
    )


@blueprint.post("/jobs/<int:job>/stop")
@needs("read", job="job")
@shows(page)
def stop(job: int) -> Answer:
    """Asks a job to stop: whoever asked for it, or the administrator."""
    if jobs.job(workplace(), job).actor != by().actor and by().role != "administrator":
        raise PiaError("ほかの人が頼んだ処理は、取りやめられません。")
    jobs.stop(workplace(), by(), job)
    return done("処理の取りやめを頼みました。", url_for("jobs.page", job=job))


@blueprint.get("/jobs/<int:job>/file")
@needs("read", job="job")
def file(job: int) -> Response:
    """What a job made."""
    body, name, kind = jobs.result(workplace(), job)
    return attachment(body, name, kind, _class(job))


@blueprint.get("/jobs/<int:job>/anchor")
@needs("read", job="job")
def anchor(job: int) -> Response:
    """The signed head that covers what a 一式 carries, to lie beside it as a file of its own."""
    body, name, _ = jobs.result(workplace(), job)
    if jobs.job(workplace(), job).kind != "bundle":
        raise NotThere
    beside = anchors.beside(workplace(), _settings(), body)
    if beside is None:
        raise PiaError(
            "この一式を覆うアンカーは、まだありません。"
            "アンカーは毎日と提出・公表のときに作られます。"
        )
    return attachment(beside, f"{name.rpartition('.')[0]}.anchor.json", "application/json")


def _settings() -> Config:
    settings: Config = current_app.extensions["pia.settings"]
    return settings


def _class(number: int) -> classes.Class:
    """The class of a job's file."""
    job = jobs.job(workplace(), number)
    return classes.of_job(workplace(), job.kind, job.args)
