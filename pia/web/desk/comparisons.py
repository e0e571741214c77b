"""Any two versions beside each other, with a third between them where one asks; on a page and as
files."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request

from ...actions import sources
from ...actions.issuing import classes
from ...actions.output import comparisons, tracked
from ...actions.output.formats import NO_SUCH_FORMAT
from ...actions.sources import Source
from ...actions.viewing import history as history_views
from ...actions.viewing import register as register_views
from ...actions.viewing.register import RegisterLine
from ...documents import figures
from ...domain.act import day_of_text
from ...domain.errors import PiaError
from ...domain.wareki import written
from .. import inputs, paging
from ..actor import workplace
from ..answers import attachment, chosen, file_name
from ..declared import needs, shows
from .documents import KINDS, blueprint

MOST_KEYS = 6  # assessments whose versions stand in the lists of the form
TRACKED = ("final", "original")
COMPARING = ("view", "layout", "material", "departs", "marks", "reason")


@dataclass(frozen=True, slots=True)
class Wished:
    """How the page shows changes, and which of them: `view`: how fine the marks are; `material`:
    ※ items alone; `departs`: those that depart from the national text; `reason`: those of one 変更
    理由."""

    view: str
    layout: str
    material: bool
    departs: bool
    marks: bool
    reason: str

    def takes(self, change: Any, why: Mapping[Any, Any], departing: Collection[Any]) -> bool:
        """Whether a change is one of those asked for."""
        if self.material and not change.material:
            return False
        if self.departs and change.item_path not in departing:
            return False
        return not self.reason or why.get(change.change.path, (None, []))[0] == self.reason


def _wished() -> Wished:
    return Wished(
        chosen("view", ("phrase", "char", "clause")),
        chosen("layout", ("side", "inline")),
        request.args.get("material") == "1",
        request.args.get("departs") == "1",
        request.args.get("marks") == "1",
        request.args.get("reason") or "",
    )


@blueprint.get("/compare")
@needs(
    "read",
    old="document",
    mid="document",
    new="document",
    of="assessment",
    asks=(*COMPARING, "page"),
)
def compare_page() -> str:
    """Two versions beside each other; the lists to choose them from where none are chosen."""
    wished = _wished()
    old = request.args.get("old") or ""
    middle = request.args.get("mid") or ""
    new = request.args.get("new") or ""
    shown = _compared(wished, old, middle, new) if old and new else {}
    return _page(wished, _keys(old, middle, new), shown)


def _page(wished: Wished, keys: Sequence[str], shown: Mapping[str, Any]) -> str:
    """The page with the lists of versions, and with what was compared."""
    wp = workplace()
    first = paging.first(register_views.PAGE)
    documents: list[RegisterLine] = []
    whole = 0
    if keys:
        documents = [document for key in keys if (document := register_views.document(wp, key))]
    else:
        documents, whole = register_views.documents(wp, first)
    nothing: dict[str, Any] = {
        "comparison": None,
        "three": None,
        "middle": None,
        "changes": [],
        "reasons": [],
        "pictures": {},
        "said": (),
        "read_on": {},
    }
    return render_template(
        "desk/compare.html",
        refs=_refs(documents) if keys else [],
        documents=documents,
        pages=paging.Pages(first, register_views.PAGE, whole),
        asked=wished,
        **{**nothing, **shown},
    )


@blueprint.post("/compare/file")
@needs("read", old="document")
@shows(compare_page)
def compare_with_file() -> str:
    """A version, or a file, beside a file that was sent; nothing is kept."""
    old = request.form.get("old") or ""
    side = inputs.choice("tracked", "Wordの変更履歴", TRACKED)
    if old:
        before = sources.read_ref(workplace(), old)
    else:
        before = _sent("before", "変更前のファイル", side)
    after = _sent("file", "変更後のファイル", side)
    before, after = sources.matched(before, after)
    comparison = comparisons.comparison(before, after, {})
    shown = {
        "comparison": comparison,
        "changes": comparison.changes,
        "pictures": _pictures(comparison),
        "said": (*before.problems, *after.problems),
        "read_on": comparisons.pages_of(comparison, workplace(), render=False),
    }
    return _page(_wished(), _keys(old), shown)


def _sent(field: str, label: str, side: str) -> Source:
    name, body = inputs.upload(field, label)
    try:
        return sources.read_bytes(body, name, tracked=side)
    except PiaError as error:
        raise inputs.Unfit(field, str(error)) from error


def _keys(*refs: str) -> list[str]:
    """The assessments whose versions can be chosen: those of the versions that are compared, and
    those that are asked for."""
    keys = [ref.split("@")[0].split("~")[0] for ref in refs if ref and ref != "none"]
    return list(dict.fromkeys([*keys, *filter(None, request.args.getlist("of"))]))[:MOST_KEYS]


def _refs(documents: Iterable[RegisterLine]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Assessments with their versions, as the lists of the form name them."""
    wp = workplace()
    refs = []
    for listed in documents:
        versions = []
        for version in history_views.history(wp, listed.key):
            words = f"第{version.seq}版　{written(day_of_text(version.day))}　{version.why}"
            versions.append((version.ref, words))
        refs.append((f"{listed.name}（{listed.kind_name}）", versions))
    return refs


def _compared(wished: Wished, old: str, middle: str, new: str) -> dict[str, Any]:
    """What the page shows of the versions that are chosen."""
    wp = workplace()
    before, after = sources.matched(sources.read_ref(wp, old), sources.read_ref(wp, new))
    why = comparisons.reasons(wp, after)
    comparison = comparisons.comparison(before, after, why)
    between = None
    three = None
    if middle:
        between = sources.read_ref(wp, middle)
        three = comparisons.three_ways(wp, before, between, after)
    departing = comparisons.departing(wp, after) if wished.departs else frozenset()
    return {
        "comparison": comparison,
        "three": three,
        "middle": between,
        "changes": [
            change for change in comparison.changes if wished.takes(change, why, departing)
        ],
        "reasons": sorted({reason for reason, _ in why.values() if reason}),
        "pictures": _pictures(comparison),
        "said": (),
    }


def _pictures(comparison: Any) -> dict[Any, Any]:
    """The figures that changed, drawn with what changed in them."""
    pictures = {}
    for path, pair in comparisons.figures_of(comparison).items():
        changes = []
        for described in comparison.changes:
            if described.item_path == path:
                changes.append(described.change)
        pictures[path] = figures.compared(*pair, changes)
    return pictures


@blueprint.get("/compare.<fmt>")
@needs("read", old="document", new="document", asks=("whole",))
def compare_file(fmt: str) -> Response:
    """The same two versions as a file."""
    wp = workplace()
    before, after = sources.matched(_asked_for("old"), _asked_for("new"))
    comparison = comparisons.comparison(before, after, comparisons.reasons(wp, after))
    writers: dict[str, Callable[[], str | bytes]] = {
        "docx": lambda: tracked.word(after, before, wp),
        "xlsx": lambda: comparisons.as_xlsx(comparison, "phrase"),
        "pdf": lambda: comparisons.as_pdf(comparison, "phrase", wp.press, _pages(comparison)),
        "html": lambda: comparisons.as_html(comparison, "phrase"),
        "json": lambda: json.dumps(
            comparisons.as_json(comparison, "phrase", _pages(comparison)),
            ensure_ascii=False,
            indent=1,
        ),
    }
    has = classes.of_documents(wp, before, after)
    if fmt not in writers:
        raise PiaError(NO_SUCH_FORMAT)
    called = "新旧対照"
    if fmt == "docx":
        called = "変更履歴"
    if request.args.get("whole") == "1" and fmt == "pdf":
        called = "見え消し"
        writers["pdf"] = lambda: tracked.marked_pdf(after, before, wp.press)
    name = file_name(fmt, called, after.title, before.words, after.words)
    return attachment(writers[fmt](), name, KINDS[fmt], has)


def _asked_for(name: str) -> Source:
    return sources.read_ref(workplace(), request.args.get(name, ""))


def _pages(comparison: Any) -> Any:
    """The pages its items were printed on, as far as they were printed before."""
    return comparisons.pages_of(comparison, workplace(), render=False)
