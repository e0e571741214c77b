"""提出 and 公表 of a round with its companion, by one person or by two (規則第7条第5項・第6項).

Knows forms; what is missing is said by the procedure's table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs as job_queue
from ...actions import sources
from ...actions.issuing import classes
from ...actions.output import carriers
from ...actions.steps import filing, two_persons
from ...actions.viewing import rounds, submission_sheets
from ...documents.papers import listing
from ...domain.act import day_of_text
from ...domain.errors import PiaError, Refused
from ...domain.procedure.steps import Unmet
from .. import inputs
from ..actor import by, now_day, who, workplace
from ..answers import attachment, done
from ..declared import needs, proven, shows
from .rounds import blueprint


def _views(refs: Iterable[str]) -> list[rounds.RoundView]:
    return [rounds.round_view(workplace(), ref, now_day()) for ref in refs]


def _unmet(view: rounds.RoundView, event: str) -> Sequence[Unmet] | None:
    """What a step still needs; None where the round is not at that step."""
    return next((unmet for step, unmet in view.next_steps if step.event == event), None)


def _filled_in(view: rounds.RoundView) -> str:
    """What the workbook of a round would be filled in; "" while it has no text."""
    if not view.head_ref:
        return ""
    return carriers.filled_in(workplace(), sources.read_ref(workplace(), view.head_ref))


def _asked(event: str, refs: list[str]) -> two_persons.WaitingStep | None:
    """What one person asked another to do with these rounds, if anything."""
    return two_persons.waiting(workplace(), event, refs, who().name)


@blueprint.get("/rounds/<ref>/submit")
@needs("office", ref="round")
def submit(ref: str) -> str:
    """The checklist of a submission: what the software proves, with its evidence; and what is in
    the 一式."""
    wp = workplace()
    refs = _to_send(ref)
    views = _views(refs)
    heads = {view.head_ref for view in views}
    jobs = []
    for job in job_queue.listed(wp):
        if job.kind == "bundle" and job.args.get("ref") in heads:
            jobs.append(job)
    return render_template(
        "office/submit.html",
        ref=ref,
        checks=[(view, _unmet(view, "submit")) for view in views],
        filled_in={view.ref: _filled_in(view) for view in views},
        jobs=jobs,
        two=wp.two_persons,
        asked=_asked("submit", refs),
    )


@blueprint.post("/rounds/<ref>/submit")
@needs("office", ref="round")
@shows(submit)
@proven
def do_submit(ref: str) -> Answer:
    """Fixes what is sent: the bundle made of these very versions is kept with the submission."""
    wp = workplace()
    refs = _to_send(ref)
    asked = _asked("submit", refs)
    if not inputs.ticked("sure"):
        raise inputs.Unfit("sure", "内容を確かめた印を付けてください。")
    may_do = asked is not None and not asked.mine and not asked.changed
    args = dict(asked.args) if asked is not None and may_do else _submission()
    # What is missing is said before the long work of making the papers.
    for view in _views(refs):
        _must_be_ready(view)
    if wp.two_persons and not may_do:
        two_persons.ask(wp, by(), "submit", refs, args)
        return done(
            "提出を頼みました。事務局の別の人が、この画面で内容を確かめて提出します。",
            url_for("rounds.submit", ref=ref),
        )
    job = job_queue.ask(
        wp, by(), "submit", {"rounds": refs, **args}, key=f"submit:{request.form['_request']}"
    )
    flash("提出書類一式を作って確定しています。")
    return redirect(url_for("jobs.page", job=job), 303)


def _to_send(ref: str) -> list[str]:
    """The documents that are sent together: a companion that was sent before, and that nobody asked
    to amend, is not sent a second time."""
    views = _views(rounds.with_companions(workplace(), ref))
    return [view.ref for view in views if view.ref == ref or view.state != "SUBMITTED"]


def _together(kind: str, ref: str) -> list[str]:
    """The documents a step is asked for together."""
    return _to_send(ref) if kind == "submit" else rounds.with_companions(workplace(), ref)


def _must_be_ready(view: rounds.RoundView) -> None:
    """Refused where a round is not at its submission, or something that blocks it is missing."""
    unmet = _unmet(view, "submit")
    if unmet is None:
        raise Refused(f"「{view.affair}」は、いま提出できる段階ではありません。")
    blocking = tuple(guard.sentence for guard in unmet if guard.blocks)
    if blocking:
        raise Refused(f"{view.ref}：まだ提出できません。", blocking)


def _submission() -> dict[str, str]:
    """What is typed for a submission."""
    submission = {"document_number": inputs.line("document_number", "文書番号")}
    decided = inputs.day("decided", "決裁日", need=False)
    if decided:
        submission["decided"] = decided.isoformat()
    return submission


@blueprint.post("/rounds/<ref>/asked/<kind>")
@needs("office", ref="round")
@shows(lambda ref, kind: _asked_page(ref, kind))
def take_back(ref: str, kind: str) -> Answer:
    """Takes back what one person asked another to do."""
    asked = _asked(kind, _together(kind, ref)) if kind in two_persons.WORDS else None
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
    """The checklist of a publication."""
    refs = rounds.with_companions(workplace(), ref)
    return render_template(
        "office/publish.html",
        ref=ref,
        checks=[(view, _unmet(view, "publish")) for view in _views(refs)],
        two=workplace().two_persons,
        asked=_asked("publish", refs),
    )


@blueprint.post("/rounds/<ref>/publish")
@needs("office", ref="round")
@shows(publish)
@proven
def do_publish(ref: str) -> Answer:
    """Publishes the round with its companion, or asks another person to."""
    wp = workplace()
    refs = rounds.with_companions(workplace(), ref)
    asked = _asked("publish", refs)
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
    return done("公表しました。" + "".join(notes), url_for("rounds.page", ref=ref))


@blueprint.get("/rounds/<ref>/submission-sheet")
@needs("office", ref="round")
def submission_sheet(ref: str) -> str:
    """What is typed where in the commission's own system, field by field."""
    return render_template(
        "office/submission_sheet.html", ref=ref, v=submission_sheets.of_round(workplace(), ref)
    )


@blueprint.get("/rounds/<ref>/submission-sheet.<fmt>")
@needs("office", ref="round")
def submission_sheet_file(ref: str, fmt: str) -> Response:
    """The same as a table to be carried to the machine on which it is typed."""
    title = "委員会のシステムに入れること"
    view = submission_sheets.of_round(workplace(), ref)
    rows = []
    for document in view.documents:
        for number, field in enumerate(document.fields, 1):
            rows.append([document.title, str(number), field.name, field.value, field.hint])
    headings = ["評価書", "順", "欄", "入れること", "注意"]
    body = listing.write(fmt, title, [view.source], headings, rows)
    has = classes.of(workplace(), classes.INNER)
    return attachment(body, f"{title}.{fmt}", listing.TYPES[fmt], has)
