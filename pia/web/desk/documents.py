"""The desk's pages: the register, a document with what a round does to it, its history, comparing
any two versions, the change table."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request

from ... import forms
from ...actions import sources
from ...actions.editing import items, unsaved
from ...actions.issuing import classes, exports
from ...actions.output import carriers, comparisons, printing
from ...actions.people import rights
from ...actions.viewing import affairs as affair_views
from ...actions.viewing import history as history_views
from ...actions.viewing import register as register_views
from ...actions.viewing import rounds
from ...documents import figures
from ...domain.errors import PiaError
from ...domain.procedure import change_table
from .. import attachment, chosen, now_day, workplace
from ..document_lines import drawn, lines_of
from ..gate import may, must_read_all, needs, reads_all, told, who

blueprint = Blueprint("desk", __name__)
COMPARING = ("view", "layout", "material", "departs", "marks", "reason")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/")
@needs("read", asks=("office", "stand", "q"))
def register() -> str:
    wp = workplace()
    with wp.store.moment():
        listed = register_views.register(wp)
        views = {}
        for round_ in rounds.rounds(wp):
            views[round_.ref] = round_
        affairs: dict[str, list[Any]] = {}
        for one in listed:
            affairs.setdefault(one.affair, []).append(one)
        whole = len(affairs)
        asked, affairs = _sought(listed, affairs, views)
        listed = [one for one in listed if one.affair in affairs]
        duties = []
        for one in listed:
            if one.kind != "basic_item":
                for duty in affair_views.affair_view(wp, one.key, now_day()).duties:
                    if duty.state != "later":
                        duties.append((one, duty))
        begun = []
        for each_begun in unsaved.listed(wp, who().name):
            if may("draft", each_begun.ref):
                begun.append(each_begun)
    return render_template(
        "desk/register.html",
        affairs=affairs,
        views=views,
        duties=duties,
        states=wp.procedure["states"],
        asked=asked,
        whole=whole,
        offices=asked["offices"],
        stands=STANDS,
        begun=begun,
    )


STANDS = {"": "すべて", "open": "手続中", "published": "手続なし（公表済み）", "none": "未公表"}


def _sought(
    listed: list[register_views.Listed], affairs: dict[str, list[Any]], views: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What was asked for, and the affairs that answer it. People of a department begin with their
    own; a word is looked for in names, numbers and rounds."""
    offices = sorted({one.department for one in listed if one.department})
    if who().role in ("drafter", "head") and who().department in offices:
        own = who().department
    else:
        own = ""
    office = request.args.get("office", own)
    stand = chosen("stand", tuple(STANDS))
    words = unicodedata.normalize("NFKC", request.args.get("q", "")[:100]).casefold().split()

    def fits(documents: list[Any]) -> bool:
        going = []
        for document_here in documents:
            for round_ in document_here.rounds:
                if round_["state"] not in ("PUBLISHED", "WITHDRAWN"):
                    going.append(round_["ref"])
        if going:
            state = "open"
        elif any(each_document.published for each_document in documents):
            state = "published"
        else:
            state = "none"
        said = " ".join(
            [
                *(
                    f"{one_document.name} {one_document.number} {one_document.key} "
                    f"{one_document.department} {one_document.kind_name}"
                    for one_document in documents
                ),
                *(views[row].title for row in going if row in views),
            ]
        )
        there = unicodedata.normalize("NFKC", said).casefold()
        return (
            (not office or documents[0].department == office)
            and stand in ("", state)
            and all(word in there for word in words)
        )

    asked = {
        "offices": offices,
        "office": office,
        "stand": stand,
        "q": request.args.get("q", "")[:100],
        "any": bool(office or stand or words),
    }
    return asked, {key: documents for key, documents in affairs.items() if fits(documents)}


@blueprint.get("/assessments/<ref>")
@needs("read", ref="document", base="document", asks=("only",))
def document(ref: str) -> str:
    return whole(ref)


def whole(ref: str, referral: int | None = None) -> str:
    """A document with what its round does to it; for the council without ways into the office."""
    wp = workplace()
    with wp.store.moment():
        source = sources.read_ref(wp, ref)
        history = history_views.history(wp, source.key)
        here = next(made for made in history if made.ref == source.ref)
        hidden = not reads_all(source.key)
        base_ref = request.args.get("base") or _base(history, here)
        if not may("read") and base_ref and base_ref != "none" and not _theirs(base_ref):
            base_ref = None
        if base_ref and base_ref != "none":
            old = sources.read_ref(wp, base_ref)
        else:
            old = None
        view = affair_views.affair_view(wp, source.key, now_day())
        why = comparisons.reasons(wp, source)
        printed = printing.pages(wp, source) is not None
        certain = carriers.certainty(wp, source.form)
        writable = (
            here.line != "本線"
            and may("draft", source.key)
            and items.closed(wp, f"{source.key}~{here.line}") is None
        )
    only = request.args.get("only") == "1"
    lines = lines_of(source.form, source.tree, old.tree if old else None)
    if only:
        above = set()
        for x in lines:
            if x.said:
                for index in range(1, len(x.path) + 1):
                    above.add(x.path[:index])
        lines = tuple(
            x for x in lines if x.said or (x.kind in ("part", "entry") and x.path in above)
        )
    counts: dict[str, int] = {}
    for x in lines:
        if x.said and x.kind != "entry" and not x.procedure:
            for spot in (x.path[:1], x.path[:2]):
                counts["-".join(spot)] = counts.get("-".join(spot), 0) + 1
    return render_template(
        "desk/document.html",
        has=classes.of_documents(wp, source),
        source=source,
        lines=lines,
        drawn=drawn,
        history=history,
        here=here,
        base=old,
        only=only,
        counts=counts,
        kind_name=forms.KIND_NAMES.get(source.form.kind, source.form.kind),
        affair=view,
        why=why,
        referral=referral,
        printed=printed,
        writable=writable,
        certain=certain,
        hidden=hidden,
    )


def _theirs(ref: str) -> bool:
    return rights.may(workplace(), who(), "council", "document", ref, now_day())


def _base(history: list[history_views.Made], here: history_views.Made) -> str | None:
    """What a version is compared with unless asked otherwise: where its round began."""
    by_seq = {}
    for made in history:
        by_seq[made.seq] = made
    at = here
    while at.parent is not None and at.line != "本線":
        at = by_seq[at.parent]
    if at.ref != here.ref:
        return at.ref
    return None


@blueprint.get("/assessments/<key>/versions")
@needs("read", key="assessment")
def versions(key: str) -> str:
    wp = workplace()
    listed = next((x for x in register_views.register(wp) if x.key == key), None)
    if listed is None:
        raise PiaError(f"評価書「{key}」はありません。一覧から選び直してください。")
    return render_template(
        "desk/versions.html", listed=listed, history=list(reversed(history_views.history(wp, key)))
    )


@blueprint.get("/compare")
@needs("read", old="document", mid="document", new="document", asks=COMPARING)
def compare_page() -> str:
    wp = workplace()
    listed = register_views.register(wp)
    refs = []
    for x in listed:
        refs.append(
            (
                f"{x.name}（{x.kind_name}）",
                [
                    (each_made.ref, f"第{each_made.seq}版　{each_made.day}　{each_made.why}")
                    for each_made in history_views.history(wp, x.key)
                ],
            )
        )
    asked = {
        "view": chosen("view", ("phrase", "char", "clause")),
        "layout": chosen("layout", ("side", "inline")),
        "material": request.args.get("material") == "1",
        "departs": request.args.get("departs") == "1",
        "marks": request.args.get("marks") == "1",
        "reason": request.args.get("reason") or "",
    }
    old, middle, new = (request.args.get(key) or "" for key in ("old", "mid", "new"))
    if not (old and new):
        return render_template(
            "desk/compare.html",
            refs=refs,
            asked=asked,
            made=None,
            three=None,
            middle=None,
            said=[],
            reasons=[],
        )
    source = sources.read_ref(wp, old)
    this_source = sources.read_ref(wp, new)
    source, this_source = sources.matched(source, this_source)
    why = comparisons.reasons(wp, this_source)
    made = comparisons.comparison(source, this_source, why)
    if middle:
        between = sources.read_ref(wp, middle)
    else:
        between = None
    if between:
        three = comparisons.three_ways(wp, source, between, this_source)
    else:
        three = None
    if asked["departs"]:
        departing = comparisons.departing(wp, this_source)
    else:
        departing = frozenset()
    said = []
    for each_said in made.said:
        if (
            (not asked["material"] or each_said.material)
            and (
                not asked["reason"]
                or why.get(each_said.change.path, (None, []))[0] == asked["reason"]
            )
            and (not asked["departs"] or each_said.item_path in departing)
        ):
            said.append(each_said)
    reasons = sorted({text for text, _ in why.values() if text})
    pictures = {}
    for texts, pair in comparisons.figures_of(made).items():
        pictures[texts] = figures.compared(
            *pair, [one_said.change for one_said in made.said if one_said.item_path == texts]
        )
    return render_template(
        "desk/compare.html",
        refs=refs,
        asked=asked,
        made=made,
        three=three,
        middle=between,
        said=said,
        reasons=reasons,
        pictures=pictures,
    )


@blueprint.get("/compare.<fmt>")
@needs("read", old="document", new="document")
def compare_file(fmt: str) -> Response:
    wp = workplace()
    source, this_source = sources.matched(
        *(sources.read_ref(wp, request.args.get(key, "")) for key in ("old", "new"))
    )
    made = comparisons.comparison(source, this_source, comparisons.reasons(wp, this_source))
    name = f"新旧対照_{source.ref}_{this_source.ref}"
    has = classes.of_documents(wp, source, this_source)
    if fmt == "xlsx":
        return attachment(comparisons.as_xlsx(made, "phrase"), f"{name}.xlsx", XLSX, has)
    if fmt == "pdf":
        return attachment(
            comparisons.as_pdf(made, "phrase", comparisons.pages_of(made, wp, render=False)),
            f"{name}.pdf",
            "application/pdf",
            has,
        )
    if fmt == "html":
        return attachment(
            comparisons.as_html(made, "phrase"), f"{name}.html", "text/html; charset=utf-8", has
        )
    if fmt == "json":
        import json

        return attachment(
            json.dumps(
                comparisons.as_json(made, "phrase", comparisons.pages_of(made, wp, render=False)),
                ensure_ascii=False,
                indent=1,
            ),
            f"{name}.json",
            "application/json",
            has,
        )
    raise PiaError("その形式では書き出せません。")


@blueprint.get("/rounds/<ref>/change-table")
@needs("read", ref="round")
def table(ref: str) -> str:
    wp = workplace()
    view = told(rounds.round_view(wp, ref, now_day()), ref)
    base = sources.read_ref(wp, view.base_ref)
    shown = []
    for row in view.rows:
        shown.append((row, *change_table.shortened(row)))
    return render_template(
        "desk/table.html",
        view=view,
        shown=shown,
        decided=rounds.decisions(wp, ref),
        choices=rounds.CHOICES,
        explained=told(rounds.explained(wp, ref), ref),
        open=view.state in items.WRITING,
        inherited=change_table.inherited(base.form, base.tree),
    )


@blueprint.get("/rounds/<ref>/change-table.<fmt>")
@needs("read", ref="round")
def table_file(ref: str, fmt: str) -> Response:
    wp = workplace()
    view = rounds.round_view(wp, ref, now_day())
    source = sources.read_ref(wp, view.base_ref)
    this_source = sources.read_ref(wp, view.head_ref)
    rows = comparisons.change_rows(wp, source, this_source)
    name = f"変更箇所_{view.key}"
    has = classes.of_documents(wp, source, this_source)
    if fmt == "xlsx":
        return attachment(
            comparisons.table_xlsx(source, this_source, rows), f"{name}.xlsx", XLSX, has
        )
    if fmt == "pdf":
        return attachment(
            comparisons.table_pdf(source, this_source, rows), f"{name}.pdf", "application/pdf", has
        )
    if fmt == "csv":
        return attachment(
            comparisons.table_csv(source, rows), f"{name}.csv", "text/csv; charset=utf-8", has
        )
    if fmt == "json":
        import json

        body = {"rows": [*comparisons.inherited_json(source), *(row.as_json() for row in rows)]}
        return attachment(
            json.dumps(body, ensure_ascii=False, indent=1), f"{name}.json", "application/json", has
        )
    raise PiaError("その形式では書き出せません。")


@blueprint.get("/assessments/<ref>/export.<fmt>")
@needs("read", ref="document", asks=("carrier", "all_the_same"))
def export(ref: str, fmt: str) -> Response | str:
    wp = workplace()
    source = sources.read_ref(wp, ref)
    if request.args.get("carrier") == "1" and fmt == "xlsx":
        must_read_all(source.key)
        made = carriers.export(wp, source)
        if made.errors and request.args.get("all_the_same") != "1":
            return render_template("desk/carrier.html", ref=ref, problems=made.errors)
        has = classes.of_documents(wp, source)
        return attachment(made.data, f"{source.ref}_提出用様式.xlsx", XLSX, has, form=True)
    kinds = {
        "xlsx": XLSX,
        "pdf": "application/pdf",
        "html": "text/html; charset=utf-8",
        "json": "application/json",
        "md": "text/markdown; charset=utf-8",
    }
    if fmt not in kinds:
        raise PiaError("その形式では書き出せません。")
    has = classes.of_documents(wp, source)
    return attachment(exports.export(source, fmt, wp=wp), f"{source.ref}.{fmt}", kinds[fmt], has)
