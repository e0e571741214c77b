"""A workbook brought into what is written, or back; many go to the desk (`import_desk`).

Knows files that were sent. What they change is said by `actions.editing.versions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import import_desk as batches
from ...actions.editing import items as editing
from ...actions.editing import looked_books
from ...actions.sources import Source
from ...actions.viewing import register, rounds
from ...documents.papers import notices_xlsx
from ...domain import notices
from ...domain.errors import PiaError
from ...domain.text import personal
from .. import inputs
from ..actor import by, workplace
from ..allowed import may, own_department
from ..answers import attachment, done, file_name
from ..declared import needs, shows
from .documents import KINDS
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
    why = inputs.line("why", "取込みの説明", need=False) or "ファイルを取込み"
    number = looked_books.lay(workplace(), by(), into, why, files[0])
    book = looked_books.look(workplace(), number, g.read[0].source)
    if book.plain:
        saved = looked_books.take(workplace(), by(), number, book.seen, True)
        flash("取り込みました。")
        return redirect(url_for("desk.document", ref=saved.ref), 303)
    return redirect(url_for("writing.looked", ref=into, number=number), 303)


@blueprint.get("/lines/<ref>/import/<int:number>")
@needs("draft", own="ref", ref="line", number="looked_book")
def looked(ref: str, number: int) -> str:
    """A workbook before it is taken in: what it would change, what was not read, what would go."""
    book = looked_books.look(workplace(), number)
    return render_template(
        "desk/looked.html",
        ref=ref,
        book=book,
        notices=notices.gathered(book.problems),
        personal_words=personal.WORDS,
    )


@blueprint.post("/lines/<ref>/import/<int:number>")
@needs("draft", own="ref", ref="line", number="looked_book")
@shows(looked)
def decide(ref: str, number: int) -> Answer:
    """Takes a workbook in as it was shown, leaves it, or takes back what it changed."""
    here = url_for("writing.looked", ref=ref, number=number)
    what = inputs.choice("what", "操作", ("take", "drop", "back"))
    if what == "drop":
        looked_books.drop(workplace(), number)
        return done("取り込まずにやめました。何も変わっていません。", url_for("writing.bring"))
    if what == "back":
        looked_books.take_back(workplace(), by(), number)
        return done("取込みを取り消しました。取り込んだ記載も、版の履歴に残っています。", here)
    seen = inputs.line("seen", "確かめた内容", most=400)
    saved = looked_books.take(workplace(), by(), number, seen, inputs.ticked("gone"))
    for conflict in saved.conflicts:
        flash(
            f"{'/'.join(conflict.change.path)} は、ほかの人の変更と重なるため、"
            "取り込みませんでした。"
        )
    return done(
        "取り込みました。" if saved.new else "取り込みました。記載は変わっていません。", here
    )


@blueprint.get("/lines/<ref>/import/<int:number>/notices.xlsx")
@needs("draft", own="ref", ref="line", number="looked_book")
def notices_file(ref: str, number: int) -> Response:
    """What was noticed in a workbook, as a list with a link to each place."""
    book = looked_books.look(workplace(), number)
    body = notices_xlsx.workbook(book.problems, book.name)
    name = file_name("xlsx", "読み取りの結果", Path(book.name).stem)
    return attachment(body, name, KINDS["xlsx"])


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
        return Workbook(name, None, [notices.ReadingNotice("error", str(error))])
    return Workbook(name, source, notices.gathered(source.problems))
