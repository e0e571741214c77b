"""The desk on which many books are brought in together: sent, read, put right in one table, taken
in by one act, taken back by one act.

Knows forms. What is proposed and what stands against it is said by
`actions.editing.import_table`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.editing import import_desk, taking_back
from ...domain.errors import PiaError
from ...domain.text import personal
from .. import inputs
from ..actor import by, now_day, workplace
from ..answers import done
from ..declared import needs, shows
from . import importing
from .draft import blueprint

BUTTONS = ("keep", "mark", "take")


@blueprint.post("/import/books")
@needs("office")
@shows(importing.bring)
def lay_out() -> Answer:
    """Sent files become a batch that is read."""
    files = inputs.uploads("books", "評価書のファイル")
    number = _laid_out(files)
    return done(f"{len(files)}件を受け取りました。", url_for("writing.batch", number=number))


def _laid_out(files: Sequence[tuple[str, bytes]], number: int | None = None) -> int:
    """Files laid out and asked to be read, in one transaction: a second copy of the form leaves
    nothing."""
    with workplace().store.together():
        laid = import_desk.lay_out(workplace(), by(), files, number)
        _ask_to_read(laid)
    return laid


def _ask_to_read(number: int) -> None:
    _ask(number, "read_books", {"batch": number})


def _ask(number: int, kind: str, args: dict[str, Any]) -> None:
    """Work on a batch. A key of its own: the same books may be taken in again once they were taken
    back."""
    asked = by()
    with workplace().store.together():
        job = jobs.ask(workplace(), asked, kind, args, key=f"{kind}:{number}:{asked.request}")
        import_desk.working(workplace(), number, job)


@blueprint.get("/import/<int:number>")
@needs("office", number="import")
def batch(number: int) -> str:
    """A batch: how far it is read, then its table."""
    wp = workplace()
    shown = import_desk.batch(wp, number, now_day())
    return render_template(
        "desk/batch.html",
        batch=shown,
        waiting=[line for line in shown.lines if line.waits],
        unread=[line for line in shown.lines if line.state in ("SENT", "UNREADABLE")],
        taken=[line for line in shown.lines if line.state == "TAKEN"],
        standing={one.id: one.followed for one in taking_back.taken(wp, number)},
        personal_words=personal.WORDS,
        kinds=jobs.KINDS,
    )


@blueprint.post("/import/<int:number>")
@needs("office", number="import")
@shows(batch)
def put_right(number: int) -> Answer | tuple[str, int]:
    """What was put right is kept; then all with a day are marked as published, a book is left out,
    or everything that is ticked is taken in."""
    wp = workplace()
    what = request.form.get("what", "keep")
    import_desk.keep(wp, number, _typed(number))
    here = url_for("writing.batch", number=number)
    if what.startswith("drop-"):
        name = import_desk.drop(wp, number, _book(what.removeprefix("drop-")))
        return done(f"「{name}」を外しました。", here)
    if what not in BUTTONS:
        raise PiaError("操作を選び直してください。")
    if what == "mark":
        count = import_desk.mark_published(wp, number)
        return done(f"公表日のある{count}件に、「公表済みの版」の印を付けました。", here)
    if what == "keep":
        return done("直したところを表に反映しました。まだ取り込んでいません。", here)
    try:
        books = import_desk.to_take(wp, number, now_day())
    except import_desk.Unready as error:
        g.problem = error
        return batch(number), 422
    _ask(number, "take_books", {"batch": number, "books": books})
    return done(f"{len(books)}件の取込みを始めました。", here)


def _book(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _typed(number: int) -> dict[int, dict[str, Any]]:
    """What was sent of each line that waits: the fields its line has."""
    typed: dict[int, dict[str, Any]] = {}
    for line in import_desk.batch(workplace(), number, now_day()).lines:
        if not line.waits or f"number-{line.id}" not in request.form:
            continue
        at = str(line.id)
        given: dict[str, Any] = {
            "number": inputs.line(f"number-{at}", "評価書番号", most=20, need=False),
            "day": inputs.line(f"day-{at}", "公表日", most=40, need=False),
            "take": inputs.ticked(f"take-{at}"),
            "published": inputs.ticked(f"published-{at}"),
        }
        if f"name-{at}" in request.form:
            given["name"] = inputs.line(f"name-{at}", "事務の名称", need=False)
            bodies = ("", *line.known_bodies, *line.bodies)
            given["body"] = inputs.choice(f"body-{at}", "評価実施機関", bodies)
            if not line.settled:
                offices = ("", *line.departments, *line.new_departments)
                given["department"] = inputs.choice(f"department-{at}", "担当の課", offices)
        typed[line.id] = given
    return typed


@blueprint.post("/import/<int:number>/files")
@needs("office", number="import")
@shows(batch)
def more_files(number: int) -> Answer:
    """More files for a batch; one of a name that waits takes its place."""
    files = inputs.uploads("files", "評価書のファイル")
    _laid_out(files, number)
    return done(f"{len(files)}件を受け取りました。", url_for("writing.batch", number=number))


@blueprint.post("/import/<int:number>/reading")
@needs("office", number="import")
@shows(batch)
def read_again(number: int) -> Answer:
    """Reads on where reading was broken off."""
    _ask_to_read(number)
    return done("読み取りを始めました。", url_for("writing.batch", number=number))


@blueprint.post("/import/<int:number>/back")
@needs("office", number="import")
@shows(batch)
def take_back(number: int) -> Answer:
    """Takes back what was taken in, where nothing followed."""
    back, stay = taking_back.take_back(workplace(), by(), number)
    words = f"{back}件の取込みを取り消しました。"
    if stay:
        words += f"その後に手続や保存がある{stay}件は、そのまま残しました。"
    return done(words, url_for("writing.batch", number=number))


@blueprint.post("/import/<int:number>/forgotten")
@needs("office", number="import")
@shows(batch)
def forget(number: int) -> Answer:
    """Drops a batch with its files; what was taken in stays."""
    import_desk.forget(workplace(), number)
    return done("取込みの表とファイルを消しました。", url_for("writing.bring"))
