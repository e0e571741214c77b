"""Workbooks brought in or back.

Knows files that were sent. What they change is said by `actions.editing.versions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import items as editing
from ...actions.editing import versions
from ...actions.sources import Source
from ...actions.viewing import register, rounds
from ...domain.errors import PiaError
from ...domain.text import personal
from .. import inputs
from ..actor import by, workplace
from ..allowed import may, own_department
from ..declared import needs, shows
from .draft import blueprint

MOST_FILES = 60


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file that was sent: what was read of it (None where nothing could be) and its problems."""

    name: str
    source: Source | None
    problems: Sequence[Any]

    @property
    def usable(self) -> bool:
        """Whether it was read without an error."""
        return self.source is not None and not self.source.errors


@blueprint.get("/import")
@needs("draft")
def bring() -> str:
    """Workbooks in: one into an assessment or a round, or a city's first day with many at once."""
    read = []
    for book in g.get("read") or ():
        read.append((book.name, book.source, book.problems))
    return render_template(
        "desk/bring.html", lines=_lines(), read=read, personal_words=personal.WORDS
    )


def _lines() -> list[tuple[str, str]]:
    """What this person may bring a workbook into, each with its words: rounds that are written, and
    assessments without a version."""
    wp = workplace()
    of = own_department("draft")
    lines = []
    for view in rounds.writable(wp, editing.WRITING, of):
        lines.append((view.ref, f"{view.affair}　{view.kind}：{view.title}（{view.key}）"))
    for key, affair, kind in register.without_text(wp, of):
        lines.append((key, f"{affair}　{kind}（まだ版がありません）"))
    return lines


@blueprint.post("/import")
@needs("draft", into="line")
@shows(bring)
def bring_in() -> Answer | tuple[str, int]:
    """Reads everything first; a single error anywhere takes nothing in, and every problem is listed
    with its cell."""
    into = request.form.get("into", "")
    books = _sent(into)
    g.read = books
    if not all(book.usable for book in books):
        g.problem = PiaError(
            "読み取れないところがあるため、何も取り込みませんでした。"
            "下の一覧のところを直して、もう一度選んでください。"
        )
        return bring(), 422
    if request.form.get("look") == "1":
        return bring(), 200
    to = _take_in(books, into)
    flash(f"{len(books)}件を取り込みました。")
    if len(books) > 1:
        to = url_for("desk.register")
    return redirect(to, 303)


def _sent(into: str) -> list[Workbook]:
    """The files that were sent, each read. PiaError where they may not go where they should."""
    files = inputs.uploads("files", "ワークブック")
    if into and len(files) > 1:
        raise inputs.Unfit("files", "取込み先を選んだときは、1つだけ選んでください。")
    if len(files) > MOST_FILES:
        raise inputs.Unfit("files", f"一度に取り込めるのは{MOST_FILES}件までです。")
    if into and not may("draft", into):
        raise PiaError("その評価書は、あなたの所属のものではありません。")
    if not into and not may("office"):
        raise PiaError(
            "新しい評価書として取り込めるのは、事務局だけです。取込み先を選んでください。"
        )
    return [_read(name, body) for name, body in files]


def _read(name: str, body: bytes) -> Workbook:
    try:
        source = sources.read_bytes(body, name)
    except PiaError as error:
        return Workbook(name, None, [str(error)])
    return Workbook(name, source, source.problems)


def _take_in(books: Sequence[Workbook], into: str) -> str:
    """Takes every workbook in, all or none; the address of the last. What clashed is said."""
    wp = workplace()
    why = inputs.line("why", "取込みの説明", need=False) or "ワークブックを取込み"
    saved = []
    with wp.store.together():
        for book in books:
            if book.source is not None:
                saved.append((book.name, _saved(book.name, book.source, into, why)))
    for name, version in saved:
        for conflict in version.conflicts:
            flash(
                f"{name}：{'/'.join(conflict.change.path)} は、ほかの人の変更と重なるた"
                "め、取り込みませんでした。"
            )
    return url_for("desk.document", ref=saved[-1][1].ref)


def _saved(name: str, source: Source, into: str, why: str) -> versions.SavedVersion:
    wp = workplace()
    key = into or versions.free_key(wp, source.key or name.rsplit(".", 1)[0])
    return versions.bring_in(
        wp,
        by(),
        key,
        versions.Brought(
            source.tree,
            base=source.base,
            blobs=source.blobs,
            source={"file": name},
            carrier=(name, source.carrier) if source.carrier else None,
        ),
        why=why,
    )
