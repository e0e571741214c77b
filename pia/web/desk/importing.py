"""A workbook brought into what is written, or back; many go to the desk (`import_desk`).

Knows files that were sent. What they change is said by `actions.editing.versions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import import_desk as batches
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
    """Workbooks in: one into what is written, or a city's first day with many at once."""
    read = []
    for book in g.get("read") or ():
        read.append((book.name, book.source, book.problems))
    return render_template(
        "desk/bring.html",
        lines=_lines(),
        read=read,
        personal_words=personal.WORDS,
        batches=batches.batches(workplace()) if may("office") else [],
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
    """A workbook into what is written: a single error takes nothing in, and every problem is listed
    with its cell."""
    into = request.form.get("into", "")
    files = _sent(into)
    g.read = [_read(name, body) for name, body in files]
    if not all(book.usable for book in g.read):
        g.problem = PiaError(
            "読み取れないところがあるため、何も取り込みませんでした。"
            "下の一覧のところを直して、もう一度選んでください。"
        )
        return bring(), 422
    if request.form.get("look") == "1":
        return bring(), 200
    to = _take_in(g.read[0], into)
    flash("取り込みました。")
    return redirect(to, 303)


def _sent(into: str) -> list[tuple[str, bytes]]:
    """The files that were sent. PiaError where they may not go where they should."""
    files = inputs.uploads("files", "評価書のファイル")
    if not into:
        raise inputs.Unfit("into", "「取込み先」を選んでください。")
    if len(files) > 1:
        raise inputs.Unfit("files", "1つだけ選んでください。")
    if not may("draft", into):
        raise PiaError("その評価書は、あなたの所属のものではありません。")
    return files


def _read(name: str, body: bytes) -> Workbook:
    try:
        source = sources.read_bytes(body, name)
    except PiaError as error:
        return Workbook(name, None, [str(error)])
    return Workbook(name, source, source.problems)


def _take_in(book: Workbook, into: str) -> str:
    """Takes a workbook in; the address of its text. What clashed is said."""
    why = inputs.line("why", "取込みの説明", need=False) or "ファイルを取込み"
    assert book.source is not None
    version = _saved(book.name, book.source, into, why)
    for conflict in version.conflicts:
        flash(
            f"{book.name}：{'/'.join(conflict.change.path)} は、ほかの人の変更と重なるた"
            "め、取り込みませんでした。"
        )
    return url_for("desk.document", ref=version.ref)


def _saved(name: str, source: Source, into: str, why: str) -> versions.SavedVersion:
    return versions.bring_in(
        workplace(),
        by(),
        into,
        versions.Brought(
            source.tree,
            base=source.base,
            blobs=source.blobs,
            source={"file": name},
            carrier=(name, source.carrier) if source.carrier else None,
        ),
        why=why,
    )
