"""A document with what its round does to it, as the desk and the council see it.

Knows what the page gathers. Must not know which of them looks, but for the ways into the office.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import render_template, request

from .. import forms
from ..actions import sources
from ..actions.editing import items
from ..actions.issuing import classes
from ..actions.output import carriers, comparisons, printing
from ..actions.people import rights
from ..actions.sources import Source
from ..actions.viewing import affairs, history, reports, wordbook
from ..actions.viewing.printed_pages import PrintedPages
from ..domain.document.tree import Path
from . import finding
from .actor import now_day, who, workplace
from .allowed import may, reads_all
from .document_lines import PageLine, drawn, levels, lines_of
from .finding import DocumentSearch

MAIN = ""  # the line of a version outside of rounds


@dataclass(frozen=True, slots=True)
class _DocumentRead:
    """What is read of a document, in one moment."""

    source: Source
    base: Source | None
    here: history.HistoryLine
    shown: dict[str, Any]


def page(
    ref: str,
    referral: int | None = None,
    paper: PrintedPages | None = None,
    wanted: DocumentSearch | None = None,
    following: Mapping[str, Any] | None = None,
) -> str:
    """A document with what its round does to it; for the council (`referral`) without ways into the
    office, with the pages of its `paper` and what the reader looks for (`wanted`), and what its
    sitting discusses (`following`). The query says `base`, the version it is beside, and `only`,
    whether just what changed is shown."""
    document = _gathered(ref)
    only = request.args.get("only") == "1"
    base = document.base
    lines: Sequence[PageLine] = lines_of(
        document.source.form, document.source.tree, base.tree if base else None
    )
    if only:
        lines = _changed(lines)
    kind = document.source.form.kind
    if paper is not None and wanted is not None:
        wanted = replace(
            wanted,
            marks=finding.marks(lines, paper.pages, paper.count),
            found=finding.find(lines, document.source.tree, wanted.words, paper.pages)
            if wanted.words
            else (),
        )
    return render_template(
        "desk/document.html",
        source=document.source,
        lines=lines,
        drawn=drawn,
        levels=levels(lines),
        here=document.here,
        base=base,
        only=only,
        counts=_counts(lines),
        part_of=lambda path: "/".join(document.source.form.part_path(path)),
        kind_name=forms.KIND_NAMES.get(kind, kind),
        referral=referral,
        finding=wanted,
        **(following or {"follow": None}),
        has=classes.of_documents(workplace(), document.source),
        **document.shown,
    )


def _gathered(ref: str) -> _DocumentRead:
    wp = workplace()
    with wp.store.moment():
        source = sources.read_ref(wp, ref)
        versions = history.history(wp, source.key)
        here = next(version for version in versions if version.ref == source.ref)
        hidden = not reads_all(source.key)
        base_ref = _base_ref(versions, here)
        base = sources.read_ref(wp, base_ref) if base_ref else None
        shown = {
            "history": versions,
            "hidden": hidden,
            "affair": affairs.affair_view(wp, source.key, now_day()),
            "why": comparisons.reasons(wp, source),
            "printed": printing.pages(wp, source) is not None,
            "certain": carriers.certainty(wp, source.form),
            "writable": _writable(source.key, here),
            "terms": wordbook.terms(wp),
            "undone": reports.finding(wp, source.key) if may("read") else None,
        }
    return _DocumentRead(source, base, here, shown)


def _writable(key: str, here: history.HistoryLine) -> bool:
    """Whether this person may write on the round this version stands in."""
    return (
        here.line != MAIN
        and may("draft", key)
        and items.closed(workplace(), f"{key}~{here.line}") is None
    )


def _base_ref(versions: Iterable[history.HistoryLine], here: history.HistoryLine) -> str | None:
    """What the document is beside: as asked, where it is theirs, else where its round began."""
    asked = request.args.get("base") or _began_with(versions, here)
    if not asked or asked == "none":
        return None
    if not may("read") and not _theirs(asked):
        return None
    return asked


def _theirs(ref: str) -> bool:
    return rights.may(workplace(), who(), "council", "document", ref, now_day())


def _began_with(versions: Iterable[history.HistoryLine], here: history.HistoryLine) -> str | None:
    """The version a round began with; None for one of the main line."""
    by_seq = {version.seq: version for version in versions}
    began = here
    while began.parent is not None and began.line != MAIN:
        began = by_seq[began.parent]
    if began.ref != here.ref:
        return began.ref
    return None


def _changed(lines: Iterable[PageLine]) -> list[PageLine]:
    """The lines that changed, and the parts and entries they stand in."""
    above: set[Path] = set()
    for line in lines:
        if line.changes:
            above.update(line.path[:depth] for depth in range(1, len(line.path) + 1))
    kept = []
    for line in lines:
        if line.changes or (line.kind in ("part", "entry") and line.path in above):
            kept.append(line)
    return kept


def _counts(lines: Iterable[PageLine]) -> dict[str, int]:
    """How many items changed in every part and in every entry of a part, by its id."""
    counts: dict[str, int] = {}
    for line in lines:
        if line.changes and line.kind != "entry" and not line.procedure:
            for place in ("-".join(line.path[:1]), "-".join(line.path[:2])):
                counts[place] = counts.get(place, 0) + 1
    return counts
