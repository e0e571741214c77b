"""Workbooks brought in or back.

Knows files that were sent. What they change is said by `actions.editing.versions`.
"""

from __future__ import annotations

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
from ..allowed import may
from ..declared import needs, shows
from .draft import blueprint

MOST_FILES = 60


@blueprint.get("/import")
@needs("draft")
def bring() -> str:
    """Workbooks in: one into an assessment or a round, or a city's first day with many at once."""
    wp = workplace()
    lines = []
    for round_ in rounds.rounds(wp):
        if round_.state in editing.WRITING:
            lines.append(
                (round_.ref, f"{round_.affair}　{round_.kind}：{round_.title}（{round_.key}）")
            )
    lines += [
        (x.key, f"{x.name}　{x.kind_name}（まだ版がありません）")
        for x in register.register(wp)
        if x.head is None
    ]
    lines = [(ref, words) for ref, words in lines if may("draft", ref)]
    return render_template(
        "desk/bring.html", lines=lines, read=g.get("read"), personal_words=personal.WORDS
    )


@blueprint.post("/import")
@needs("draft", into="line")
@shows(bring)
def bring_in() -> Answer | tuple[str, int]:
    """Reads everything first; a single error anywhere takes nothing in, and every problem is listed
    with its cell."""
    wp = workplace()
    into = request.form.get("into", "")
    given = inputs.uploads("files", "ワークブック")
    if len(given) > MOST_FILES or (into and len(given) > 1):
        raise inputs.Unfit(
            "files",
            "取込み先を選んだときは、1つだけ選んでください。"
            if into
            else f"一度に取り込めるのは{MOST_FILES}件までです。",
        )
    if into and not may("draft", into):
        raise PiaError("その評価書は、あなたの所属のものではありません。")
    if not into and not may("office"):
        raise PiaError(
            "新しい評価書として取り込めるのは、事務局だけです。取込み先を選んでください。"
        )
    read: list[tuple[str, Source | None, Any]] = []
    for name, body in given:
        try:
            found = sources.read_bytes(body, name)
            read.append((name, found, found.problems))
        except PiaError as error:
            read.append((name, None, [str(error)]))
    g.read = read
    if any(found is None or found.errors for _, found, _ in read):
        g.problem = PiaError(
            "読み取れないところがあるため、何も取り込みませんでした。"
            "下の一覧のところを直して、もう一度選んでください。"
        )
        return bring(), 422
    if request.form.get("look") == "1":
        return bring(), 200
    to = ""
    left = []
    why = inputs.line("why", "取込みの説明", need=False) or "ワークブックを取込み"
    with wp.store.together():
        for name, found in [(name, source) for name, source, _ in read if source is not None]:
            key = into or versions.free_key(wp, found.key or name.rsplit(".", 1)[0])
            saved = versions.bring_in(
                wp,
                by(),
                key,
                found.tree,
                why=why,
                base=found.base,
                blobs=found.blobs,
                source={"file": name},
                carrier=(name, found.carrier) if found.carrier else None,
            )
            left += [
                f"{name}：{'/'.join(conflict.change.path)} は、ほかの人の変更と重なるた"
                "め、取り込みませんでした。"
                for conflict in saved.conflicts
            ]
            to = url_for("desk.document", ref=saved.ref)
    for words in left:
        flash(words)
    flash(f"{len(read)}件を取り込みました。")
    return redirect(to if len(read) == 1 else url_for("desk.register"), 303)
