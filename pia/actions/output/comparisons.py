"""One comparison, for every medium: two documents, what differs in the words of the form, why, and
as text, JSON, page, workbook, paper.

Reads only. What is rendered is always the same `DescribedChange` changes. What only stored versions
need is loaded with the first one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe
from ...domain.change.describe import as_json as changes_json
from ...domain.change.model import ChangeSet
from ...domain.document.form import OPEN
from ...domain.document.tree import Node, Path
from ...domain.errors import PiaError, Problem
from ...domain.procedure import change_table, change_units
from ...domain.procedure.change_table import ChangeTableRow
from ..sources import Source, on_one_form

if TYPE_CHECKING:
    from ..workplace import Press, Workplace

Why = Mapping[Path, tuple[str | None, list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes` may be narrowed to one reason; `change_set` is the whole ChangeSet."""

    old: Source
    new: Source
    change_set: ChangeSet
    changes: tuple[DescribedChange, ...]
    why: Why


def comparison(old: Source, new: Source, why: Why, reason: str | None = None) -> Comparison:
    """Two documents compared, with the reasons of their differences."""
    cs = compare(old.tree, new.tree)
    changes = describe(new.form, cs, old.tree, new.tree)
    if reason is not None:
        known = sorted({text for text, _ in why.values() if text})
        if reason not in known:
            raise PiaError(
                f"変更理由「{reason}」はありません。"
                + (
                    f"あるのは {'、'.join(known)} です。"
                    if known
                    else "この比較には変更理由の記録がありません。"
                )
            )
        changes = tuple(
            change for change in changes if why.get(change.change.path, (None, []))[0] == reason
        )
    return Comparison(old, new, cs, changes, why)


def as_one_leaf(source: Source) -> Source:
    """The whole text as one leaf, for people who want to see it without the form."""
    from ...documents.text import outline, plain

    if source.form is OPEN:
        body = plain.to_text(source.tree)
    else:
        body = outline.text(source.form, source.tree)
    return replace(source, tree=plain.read_whole(body), form=OPEN)


def departing(wp: Workplace, new: Source) -> frozenset[Path]:
    """The items of a stored version that depart from a national text applied to it."""
    from ...domain.revise import national as model
    from ...store.rows import national as national_rows
    from ...store.rows.assessments import Version

    out = set()
    with wp.store.read() as session:
        version = session.get_one(Version, new.version)
        for national_application in national_rows.standing(session, version.assessment_id):
            revision_text = model.parse(
                session.get_one(
                    national_rows.NationalRevision, national_application.revision_id
                ).body
            )
            out |= {
                departure.path[:-1]
                for departure in model.departures(
                    revision_text, new.form, new.tree, national_application.files
                )
                if departure.status == "differs"
            }
    return frozenset(out)


@dataclass(frozen=True, slots=True)
class ThreeLine:
    """One item in three versions: the three texts, which step changed it, and where the wording
    came from.
    """

    label: str
    citation: str
    texts: tuple[str | None, str | None, str | None]
    step: str
    origin: tuple[str, ...]
    material: bool
    procedure: bool


def three_ways(wp: Workplace | None, a: Source, b: Source, c: Source) -> tuple[ThreeLine, ...]:
    """Published, consulted and final side by side, in the form's words: what came from the national
    text, what from opinions, what from the procedure.
    """
    from ...domain.change import three_versions
    from ...domain.change.describe import citation, label, names

    a, b, c = on_one_form(a, b, c)
    why = {}
    if wp is not None and c.version is not None:
        why = reasons(wp, c)
    entries = names(c.form, a.tree, b.tree, c.tree)
    out = []
    for line in three_versions.three(a.tree, b.tree, c.tree):
        item = c.form.at(line.path)[0]
        procedure = bool(item and item.procedure)
        reason, sources = why.get(line.path, (None, []))
        out.append(
            ThreeLine(
                label(c.form, line.path, entries),
                citation(c.form, line.path, entries),
                line.texts,
                line.step,
                _origin(reason, sources, procedure),
                bool(item and item.material),
                procedure,
            )
        )
    return tuple(out)


def _origin(
    reason: str | None, sources: Sequence[Mapping[str, Any]], procedure: bool
) -> tuple[str, ...]:
    """Where a change came from: its sources, else the reason an officer chose."""
    origin = []
    for source in sources:
        if "national" in source:
            origin.append(f"国の記載例（{source['national']}）")
    for source in sources:
        if "opinion" in source:
            origin.append(f"意見{source['opinion']}")
    if procedure:
        origin.append("手続で記入")
    if not origin:
        origin.append(reason or "市の修正")
    return tuple(dict.fromkeys(origin))


def reasons(wp: Workplace, new: Source) -> dict[Path, tuple[str | None, list[dict[str, Any]]]]:
    """The reason and the sources of each changed place of a stored version since its round began:
    by the path of the place, and by the item's where its places are told together.
    """
    from ...store.rows.assessments import Round, Version
    from ..records import causes
    from ..records.revision import moved_base

    with wp.store.read() as session:
        version = session.get_one(Version, new.version)
        if version.round_id:
            round_ = session.get(Round, version.round_id)
        else:
            round_ = None
        if round_ is None or round_.base_id is None:
            return {}
        base = moved_base(session, round_.base_id, new.form)
        changes = describe(new.form, compare(base, new.tree), base, new.tree)
        causes_of = causes.of_version(session, version, new.tree, changes)
        all_causes = {**causes.by_item(changes, causes_of), **causes_of}
        pairs = {}
        for path, cause in all_causes.items():
            pairs[path] = (cause.reason or None, list(map(dict, cause.sources)))
        return pairs


def interdiff(wp: Workplace, old: str, new: str) -> dict[str, Any]:
    """What two rounds do differently: {"only_old", "only_new"}, each a list of changes in the
    form's words. PiaError when a REF is no round.
    """
    from ...domain.change import three_versions
    from ..records.revision import revision
    from ..workplace import line

    sides = []
    with wp.store.read() as session:
        for ref in (old, new):
            at = line(session, ref)
            if at.round is None:
                raise PiaError("比べる2つは、どちらも再実施・修正から選んでください。")
            rev = revision(session, at.round)
            sides.append((rev, compare(rev.base, rev.head)))
    (before, first), (after, second) = sides
    if before.form.id != after.form.id:
        raise PiaError(
            "2つの再実施・修正の様式が違うため、比べられません。"
            "古い様式のほうを「様式の移行」で新しい様式に移してから、もう一度お試しください。"
        )
    only_old, only_new = three_versions.interdiff(first, second)

    def said(rev: Any, cs: ChangeSet, only: Sequence[Any]) -> list[dict[str, Any]]:
        changes = describe(rev.form, replace(cs, changes=tuple(only)), rev.base, rev.head)
        rows_between = []
        for x in changes:
            rows_between.append(
                {
                    "label": x.label,
                    "item": x.item,
                    "kind": x.change.kind,
                    "before": x.before,
                    "after": x.after,
                    "procedure": x.procedure,
                }
            )
        return rows_between

    return {
        "old": old,
        "new": new,
        "only_old": said(before, first, only_old),
        "only_new": said(after, second, only_new),
    }


def pages_of(
    c: Comparison, where: Workplace | Press, *, render: bool = True
) -> dict[Path, dict[str, int]]:
    """The page of every changed item in both documents as `pia export --format pdf` prints them: of
    what was printed before, and with `render` of what was not yet as well.
    """
    before = _pages_in(c.old, where, render)
    after = _pages_in(c.new, where, render)
    out: dict[Path, dict[str, int]] = {}
    for changes in c.changes:
        # Paragraphs of an open text stand each on a page of its own.
        path = changes.change.path if c.new.form is OPEN else changes.item_path
        old = path
        if changes.change.was is not None:
            old = changes.change.was[: len(path)]
        pages = {}
        if old in before:
            pages["old"] = before[old]
        if path in after:
            pages["new"] = after[path]
        if pages:
            out[path] = {**out.get(path, {}), **pages}
    return out


def _pages_in(source: Source, where: Workplace | Press, render: bool) -> Mapping[Path, int]:
    """The page of every item of one document; empty where it was never printed and is not now."""
    from ..workplace import Workplace
    from . import printing

    if isinstance(where, Workplace) and source.version is not None:
        stored = printing.pages(where, source)
        if stored is not None:
            return stored
    if source.pages:
        return source.pages
    if not render or source.form is OPEN:
        return {}
    return printing.printing(where, source).pages


def as_json(
    c: Comparison, view: str, pages: Mapping[Path, dict[str, int]] | None = None
) -> dict[str, Any]:
    """The comparison as plain data."""
    out = changes_json(
        c.new.form,
        c.change_set,
        c.changes,
        refs=(c.old.ref, c.new.ref),
        view=view,
        why=c.why,
        pages=pages,
    )
    problems: Sequence[Problem] = (*c.old.problems, *c.new.problems)
    if problems:
        out["problems"] = [
            {
                "code": problem.code,
                "where": problem.where,
                "sentence": problem.sentence,
                "level": problem.level,
            }
            for problem in problems
        ]
    return out


def as_text(c: Comparison, view: str, colour: bool) -> str:
    """The comparison for a terminal."""
    from ...documents.comparison import text

    return text.terminal(
        c.changes, c.change_set.summary, old=c.old.ref, new=c.new.ref, view=view, colour=colour
    )


def as_notice(c: Comparison) -> str:
    """The comparison as the text of a notice."""
    from ...documents.comparison import text

    old, new = both(c)
    return text.notice(
        c.changes, c.change_set.summary, title=c.new.title or c.new.words, old=old, new=new
    )


def both(c: Comparison) -> tuple[str, str]:
    """What the heads of the two sides say: which version or file, with the document's name where
    the two are different documents."""
    if c.old.title == c.new.title or not (c.old.title and c.new.title):
        return c.old.beside, c.new.beside
    return f"{c.old.title}　{c.old.beside}", f"{c.new.title}　{c.new.beside}"


def as_html(c: Comparison, view: str) -> str:
    """The comparison as one page of HTML."""
    from ...documents.text import page

    old, new = both(c)
    return page.render(
        "diff_file.html",
        c=c,
        view=view,
        old=old,
        new=new,
        page_title=f"{c.new.title}　{old} と {new} の比較".strip("　"),
    )


def as_xlsx(c: Comparison, view: str) -> bytes:
    """The comparison as the bytes of a workbook."""
    from ...documents.comparison import xlsx

    words = {}
    for key, (text, _) in c.why.items():
        if text:
            words[key] = text
    old, new = both(c)
    return xlsx.write(c.changes, old_title=old, new_title=new, view=view, reasons=words)


def as_pdf(
    c: Comparison, view: str, press: Press, pages: Mapping[Path, dict[str, int]] | None = None
) -> bytes:
    """The comparison as the bytes of a PDF."""
    from ...documents.pdf import comparison as pdf_comparison

    words = {}
    for key, (text, _) in c.why.items():
        if text:
            words[key] = text
    title = f"新旧対照表　{c.new.title or c.new.words}"
    old, new = both(c)
    beside = pdf_comparison.Beside(view, words, pages or None, figures_of(c))
    return pdf_comparison.comparison(
        c.changes, title=title, old=old, new=new, beside=beside, own=press.fonts
    )


def figures_of(c: Comparison) -> dict[Path, tuple[Node | None, Node | None]]:
    """Both figures of every figure that changed, by the item's path."""
    pairs = {}
    for change in c.changes:
        if change.where:
            pairs[change.item_path] = (
                c.old.tree.find(change.item_path),
                c.new.tree.find(change.item_path),
            )
    return pairs


def change_rows(wp: Workplace | None, old: Source, new: Source) -> tuple[ChangeTableRow, ...]:
    """The rows between two documents; with dates, timing and notes where the newer one is a stored
    version of a round.
    """
    if wp is not None and new.version is not None:
        from ...store.rows.assessments import Round, Version
        from ..records.revision import revision, rows_as_published

        with wp.store.read() as session:
            version = session.get_one(Version, new.version)
            if version.round_id:
                round_ = session.get(Round, version.round_id)
            else:
                round_ = None
            if (
                round_ is not None
                and old.version == round_.base_id
                and round_.head_id == version.id
            ):
                return rows_as_published(session, round_, revision(session, round_))
    return change_table.rows(new.form, old.tree, new.tree)


def inherited_json(old: Source) -> list[dict[str, Any]]:
    """The rows an older document already carried, kept verbatim and marked as outside the proof."""
    out = []
    for cells in change_table.inherited(old.form, old.tree):
        padded = [*cells, *[""] * (6 - len(cells))]
        out.append(
            {
                "path": None,
                "item": None,
                "citation": padded[1],
                "op": None,
                "at": None,
                "before": padded[2],
                "after": padded[3],
                "date": padded[0],
                "timing": padded[4],
                "explanation": padded[5],
                "inherited": True,
                "note": "引継ぎ（検証対象外）",
            }
        )
    return out


def printed(old: Source, rows: Sequence[ChangeTableRow]) -> list[dict[str, Any]]:
    """Rows for paper: what the procedure fills in comes last, cells may be shortened; inherited
    rows come first. What stands inside an entry's row says so (`inside`).
    """
    out: list[dict[str, Any]] = inherited_json(old)
    for unit in change_units.units(sorted(rows, key=lambda row: row.procedure)):
        before, after = unit.sides
        lead = _printed(unit.lead, before, after)
        if unit.below:
            lead["shown_explanation"] = unit.explanation
        out.append(lead)
        for row in unit.below:
            out.append(_printed(row, *change_table.shortened(row)) | {"inside": True})
    return out


def _printed(row: ChangeTableRow, before: str, after: str) -> dict[str, Any]:
    return {
        **row.as_json(),
        "shown_before": before,
        "shown_after": after,
        "procedure": row.procedure,
    }


def table_csv(old: Source, rows: Sequence[ChangeTableRow]) -> str:
    """変更箇所 as CSV."""
    from ...documents.workbook_out import change_table as sheet

    return sheet.to_csv(printed(old, rows))


def table_xlsx(old: Source, new: Source, rows: Sequence[ChangeTableRow]) -> bytes:
    """変更箇所 as the bytes of a workbook."""
    from ...documents.workbook_out import change_table as sheet

    return sheet.write_xlsx(printed(old, rows), title=f"変更箇所　{new.title or new.words}")


def table_pdf(old: Source, new: Source, rows: Sequence[ChangeTableRow], press: Press) -> bytes:
    """変更箇所 as the bytes of a PDF."""
    from ...documents.pdf import comparison as pdf_comparison

    title = f"変更箇所　{new.title or new.words}"
    return pdf_comparison.change_table(printed(old, rows), title=title, own=press.fonts)
