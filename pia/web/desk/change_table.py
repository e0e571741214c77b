"""変更箇所の表 of a round: made, proven, noted and explained row by row, looked at and fetched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.editing import items
from ...actions.issuing import classes
from ...actions.output import comparisons
from ...actions.output.formats import NO_SUCH_FORMAT
from ...actions.records import causes
from ...actions.sources import Source
from ...actions.steps import change_notes, filing
from ...actions.viewing import rounds
from ...actions.workplace import chain_at
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...domain.procedure import change_table, change_units
from .. import inputs
from ..actor import by, now_day, workplace
from ..allowed import readable
from ..answers import attachment, done, file_name
from ..declared import needs, shows
from .documents import KINDS, blueprint

_MOST = 5_000  # rows of a table


@blueprint.get("/rounds/<ref>/change-table")
@needs("read", ref="round")
def table(ref: str) -> str:
    """The table with what is noted of every row."""
    return _page(ref)


def _page(ref: str, **_: Any) -> str:
    wp = workplace()
    view = readable(rounds.round_view(wp, ref, now_day()), ref)
    base = sources.read_ref(wp, view.base_ref or view.head_ref)
    shown = change_units.units(view.rows)
    why = readable(rounds.reasons(wp, ref), ref)
    return render_template(
        "desk/change_table.html",
        view=view,
        shown=shown,
        typed_picks=request.form.getlist("pick"),
        decided=rounds.decisions(wp, ref),
        choices=rounds.CHOICES,
        explained=readable(rounds.explained(wp, ref), ref),
        reasons=_reasons(shown, why),
        unexplained=[unit.path for unit in causes.unexplained(shown, why)],
        open=view.state in items.WRITING,
        inherited=change_table.inherited(base.form, base.tree),
    )


def _reasons(
    units: Iterable[change_units.ChangeUnit], why: Mapping[Path, causes.Cause]
) -> dict[Path, str]:
    """The reasons said of each printed row, by its place."""
    out = {}
    for unit in units:
        told = [why[row.path] for row in unit.rows if row.path in why]
        out[unit.path] = causes.together(told).reason
    return out


@blueprint.get("/rounds/<ref>/change-table.<fmt>")
@needs("read", ref="round")
def table_file(ref: str, fmt: str) -> Response:
    """The table as a file."""
    wp = workplace()
    view = rounds.round_view(wp, ref, now_day())
    base = sources.read_ref(wp, view.base_ref or view.head_ref)
    head = sources.read_ref(wp, view.head_ref)
    rows = comparisons.change_rows(wp, base, head)
    writers: dict[str, tuple[Callable[[], str | bytes], str]] = {
        "xlsx": (lambda: comparisons.table_xlsx(base, head, rows), KINDS["xlsx"]),
        "pdf": (lambda: comparisons.table_pdf(base, head, rows, wp.press), KINDS["pdf"]),
        "csv": (lambda: comparisons.table_csv(base, rows), "text/csv; charset=utf-8"),
        "json": (lambda: _json(base, rows), KINDS["json"]),
    }
    has = classes.of_documents(wp, base, head)
    if fmt not in writers:
        raise PiaError(NO_SUCH_FORMAT)
    write, kind = writers[fmt]
    return attachment(write(), file_name(fmt, "変更箇所", head.title, head.words), kind, has)


def _json(base: Source, rows: Any) -> str:
    body = {"rows": [*comparisons.inherited_json(base), *(row.as_json() for row in rows)]}
    return json.dumps(body, ensure_ascii=False, indent=1)


@blueprint.post("/rounds/<ref>/change-table")
@needs("office", ref="round")
@shows(_page)
def make_table(ref: str) -> Answer:
    """Makes the table of the round as it stands and proves it."""
    rows = filing.make_table(
        workplace(), by(), ref, published=inputs.must_day("published", "公表の予定日")
    )
    return done(
        f"変更箇所の表（{len(rows)}行）を作り、本文と一致することを確かめました。",
        url_for("desk.table", ref=ref),
    )


@blueprint.post("/rounds/<ref>/notes/<path:path>")
@needs("draft", own="ref", ref="round")
@shows(_page)
def note(ref: str, path: str) -> Answer:
    """What the table says about one row, and how the change of a ※ item counts."""
    wp = workplace()
    spot = tuple(path.split("/"))
    choice = request.form.get("choice", "")
    if choice:
        why = inputs.line("why", "理由", need=choice != "MATERIAL")
        filing.decide_material(wp, by(), ref, spot, choice, why)
        return done("重要な変更に当たるかどうかを記録しました。", url_for("desk.table", ref=ref))
    timing = request.form.get("timing") or None
    day = inputs.day("day", "変更日", need=False)
    said = inputs.text("explanation", "説明", most=inputs.PARAGRAPH, need=False)
    # An entry is printed as one row: what is noted of it is noted of all that is in it.
    with wp.store.together(chain_at(wp, ref)):
        for row in change_notes.unit_paths(wp, ref, spot):
            filing.note(wp, by(), ref, row, day=day, timing=timing, explanation=said)
    return done("説明を記録しました。", url_for("desk.table", ref=ref))


@blueprint.post("/rounds/<ref>/notes")
@needs("draft", own="ref", ref="round")
@shows(_page)
def notes(ref: str) -> Answer:
    """What the table says about all rows that are picked; or the order of its rows (`what`)."""
    wp = workplace()
    if request.form.get("what") == "order":
        change_notes.put_in_order(wp, by(), ref, _in_order())
        return done("表の行を並べ替えました。", url_for("desk.table", ref=ref))
    said = change_notes.RowNote(
        inputs.day("day", "変更日", need=False),
        request.form.get("timing") or None,
        inputs.text("explanation", "説明", most=inputs.PARAGRAPH, need=False),
        inputs.text("reader", "住民と委員に見せる説明", most=inputs.PARAGRAPH, need=False),
        inputs.text("reason", "変更理由", most=inputs.PARAGRAPH, need=False),
    )
    picked = [tuple(path.split("/")) for path in request.form.getlist("pick")[:_MOST]]
    if request.form.get("what") == "unexplained":
        picked = rounds.unexplained(wp, ref)
    if not picked:
        raise inputs.Unfit("bulk", "下の表で、記入する行を1つ以上選んでください。")
    count = change_notes.fill(wp, by(), ref, picked, said)
    return done(f"{count}行に記入しました。", url_for("desk.table", ref=ref))


def _in_order() -> list[Path]:
    """The rows by the numbers that were typed for them. `Unfit` names a field without one."""
    rows = request.form.getlist("row")[:_MOST]
    numbers = []
    for index, path in enumerate(rows):
        number = inputs.number(f"place{index}", f"{index + 1}行目の順", least=1, most=9_999)
        numbers.append((number or 0, index, tuple(path.split("/"))))
    return [path for _, _, path in sorted(numbers)]


@blueprint.post("/rounds/<ref>/explain/<path:path>")
@needs("draft", own="ref", ref="round")
@shows(_page)
def explain(ref: str, path: str) -> Answer:
    """What residents and the council are told of one changed item."""
    filing.explain(
        workplace(),
        by(),
        ref,
        tuple(path.split("/")),
        inputs.text("reader", "住民と委員に見せる説明", most=inputs.PARAGRAPH, need=False),
        inputs.text("reason", "変更理由", most=inputs.PARAGRAPH, need=False),
    )
    return done("変更理由と説明を記録しました。", url_for("desk.table", ref=ref))
