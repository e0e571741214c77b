"""新旧対照表 of one pair of documents, of several, or of all that is before a council: gathers both
sides, why each item changed, how it stands to the national text, and the pages that were printed.

Reads only. What the table looks like is `documents.comparison.table`'s; what differs is the
ChangeSet's, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.canonical import canonical
from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe
from ...domain.document.form import OPEN
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError
from ...domain.withheld.public_reading import nothing
from ...store import nodes, queries
from ...store.rows import consultations, councils
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from .. import sources
from ..records import causes
from ..records.outward import beside, causes_outward
from ..sources import Source
from ..workplace import Press, Workplace

if TYPE_CHECKING:
    from ...documents.comparison.table import ItemNotes, PublicSubject, Subject

TITLE = "特定個人情報保護評価書　新旧対照表"
FORMATS = ("pdf", "xlsx", "docx")


def subject(
    where: Workplace | Press,
    old: Source,
    new: Source,
    *,
    number: str = "",
    new_pages: Mapping[Path, int] | None = None,
    pages: bool = False,
) -> Subject:
    """One document before and after.

    `where`: the workplace, or for files without a store what they are drawn with. `pages` lays both
    out now where nothing was printed yet (seconds each).
    """
    from ...documents.comparison.table import Subject

    stored = isinstance(where, Workplace) and new.version is not None
    changes = describe(new.form, compare(old.tree, new.tree), old.tree, new.tree)
    if isinstance(where, Workplace) and stored:
        about = _about(where, new, changes)
    else:
        about = {}
    return Subject(
        new.key if stored else new.ref,
        new.title or new.words,
        number,
        old.tree,
        new.tree,
        changes,
        old.beside,
        new.beside,
        about,
        _printed(where, old, pages),
        new_pages if new_pages is not None else _printed(where, new, pages),
    )


def _printed(where: Workplace | Press, source: Source, now: bool) -> Mapping[Path, int]:
    """The page of every item in the printing that is kept of this text; laid out now only when
    asked.
    """
    if isinstance(where, Workplace) and source.version is not None:
        with where.store.read() as session:
            if kept := _kept_pages(session, source.tree.digest, "full"):
                return kept
    if not now or source.form is OPEN:
        return {}
    from .formats import paper

    press = where.press if isinstance(where, Workplace) else where
    return paper(source, press).pages


def _kept_pages(session: Session, digest: str, projection: str) -> Mapping[Path, int]:
    kept = queries.papers.last_printed(session, digest, projection)
    if kept is not None:
        values = {}
        for key, value in kept.pages.items():
            values[tuple(key.split("/"))] = value
        return values
    return {}


def _about(
    wp: Workplace, source: Source, changes: Sequence[DescribedChange]
) -> dict[Path, ItemNotes]:
    """What is known of each changed item: why its places changed, and how they stand to the
    national texts where that is the same for all of them.
    """
    with wp.store.read() as session:
        version = session.get_one(Version, source.version)
        return _told(
            causes.by_item(changes, causes.of_version(session, version, source.tree, changes))
        )


def _told(by_path: Mapping[Path, causes.Cause]) -> dict[Path, ItemNotes]:
    from ...documents.comparison.table import ItemNotes

    out = {}
    for path, cause in by_path.items():
        if cause.opinions:
            because = f"（意見{'・'.join(map(str, cause.opinions))}を受けた修正）"
        else:
            because = ""
        departs = bool(cause.departs and cause.standing)
        if cause.asked:
            answer = f"{cause.asked}確認"
        else:
            answer = "していない"
        if departs:
            standing = f"{cause.standing}{because}。国への確認：{answer}"
        else:
            standing = cause.standing
        out[path] = ItemNotes(
            cause.reason,
            standing,
            departs,
            cause.explanation,
            cause.opinions,
            cause.asked if departs else "",
        )
    return out


def pairs(
    where: Workplace | Press, given: Sequence[tuple[Source, Source]], *, pages: bool = False
) -> tuple[Subject, ...]:
    """Subjects of pairs a person named. PiaError when one document is named twice."""
    subjects = tuple(subject(where, source, entry, pages=pages) for source, entry in given)
    twice = set()
    for subject_row in subjects:
        if sum(x.key == subject_row.key for x in subjects) > 1:
            twice.add(subject_row.key)
    if twice:
        raise PiaError(
            f"{'、'.join(sorted(twice))} が2度指定されています。"
            "変更前と変更後の組は、評価書ごとに1組にしてください。"
        )
    return subjects


def of_referral(wp: Workplace, referral: int, *, pages: bool = False) -> tuple[Subject, ...]:
    """All rounds of a referral as they were put before the council, with the numbers and pages of
    the pinned papers.
    """
    with wp.store.read() as session:
        ref = session.get(councils.Referral, referral)
        if ref is None:
            raise PiaError("その諮問はありません。")
        versions = []
        for round_ in ref.rounds:
            versions.append((round_.round_id, round_.version_id))
        materials = {}
        for material in ref.materials:
            if material.get("key"):
                materials[str(material["key"])] = material
    return of_rounds(wp, versions, materials, pages=pages)


def of_consultation(wp: Workplace, number: int) -> tuple[PublicSubject, ...]:
    """All rounds of a consultation with the text that was announced, as residents may read it: the
    last version of each round made before it.
    """
    with wp.store.read() as session:
        con = session.get(consultations.Consultation, number)
        if con is None:
            raise PiaError("その意見募集はありません。")
        versions = []
        for round_ in con.rounds:
            version = queries.versions.last_id_until(session, round_.id, con.at)
            versions.append((round_, version or round_.base_id))
        outward = []
        for round_, version_id in versions:
            if version_id:
                outward.append(_outward(session, round_, session.get_one(Version, version_id)))
        return tuple(outward)


def outward_of_referral(wp: Workplace, referral: int) -> tuple[PublicSubject, ...]:
    """All rounds of a referral as they were put before the council, as anybody may read them."""
    with wp.store.read() as session:
        ref = session.get(councils.Referral, referral)
        if ref is None:
            raise PiaError("その諮問はありません。")
        outward = []
        for pinned in ref.rounds:
            round_ = session.get_one(Round, pinned.round_id)
            version = session.get_one(Version, pinned.version_id)
            outward.append(_outward(session, round_, version))
        return tuple(outward)


def _outward(session: Session, round_: Round, head: Version) -> PublicSubject:
    """One round as residents may read it before and after, with why each item changed in words that
    hide what it hides.
    """
    from ...documents.comparison.table import PublicSubject

    assessment = session.get_one(Assessment, round_.assessment_id)
    if round_.base_id:
        base = session.get(Version, round_.base_id)
    else:
        base = None
    before, tree = beside(session, head, base)
    if before is not None:
        old = before
    else:
        old = nothing(tree)
    form = forms.load(tree.form)
    changes = describe(form, compare(old, tree), old, tree)
    about = _told(causes.by_item(changes, causes_outward(session, head, tree, changes)))
    name = tree.without(session.get_one(Affair, assessment.affair_id).name)
    was, now = (
        sources.edition(session, version) if version is not None else "（なし）"
        for version in (base, head)
    )
    pages_was, pages_now = (_kept_pages(session, x.digest, "public") for x in (old, tree))
    return PublicSubject(
        assessment.key, name, "", old, tree, changes, was, now, about, pages_was, pages_now
    )


def of_rounds(
    wp: Workplace,
    versions: Sequence[tuple[int, int]],
    materials: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    pages: bool = False,
) -> tuple[Subject, ...]:
    """Rounds, each from its base to a version, in the order of the materials (or of the rounds)."""
    given = dict(materials or {})
    order = list(given)
    sources_of = []
    with wp.store.read() as session:
        for round_id, version_id in versions:
            round_ = session.get_one(Round, round_id)
            assessment = session.get_one(Assessment, round_.assessment_id)
            name = session.get_one(Affair, assessment.affair_id).name
            head = session.get_one(Version, version_id)
            if round_.base_id:
                base = session.get(Version, round_.base_id)
            else:
                base = None
            sources_of.append(
                (
                    _source(session, assessment.key, base, name, head.form),
                    _source(session, assessment.key, head, name, head.form),
                )
            )
    out = []
    for old, new in sorted(
        sources_of, key=lambda x: order.index(x[1].key) if x[1].key in given else len(order)
    ):
        source, new_source = sources.matched(old, new)
        material = given.get(new_source.key, {})
        known = {}
        for key, value in material.get("pages", {}).items():
            known[tuple(key.split("/"))] = value
        out.append(
            subject(
                wp,
                source,
                new_source,
                number=str(material.get("number", "")),
                new_pages=known or None,
                pages=pages,
            )
        )
    return tuple(out)


def _source(text: Any, key: str, version: Version | None, name: str, form: str) -> Source:
    if version is None:
        return Source("（なし）", Tree(form), forms.load(form), name, key)
    tree = nodes.recent(text, version.id)
    return Source(
        f"{key}@{version.seq}",
        tree,
        forms.load(tree.form),
        name,
        key,
        version=version.id,
        edition=sources.edition(text, version),
    )


def write(
    subjects: Sequence[Subject],
    fmt: str,
    *,
    press: Press,
    title: str = TITLE,
    view: str = "phrase",
    new_left: bool = True,
) -> bytes:
    """The table as pdf, xlsx or docx."""
    if fmt == "xlsx":
        from ...documents.comparison import table_xlsx

        return table_xlsx.write(subjects, title=title, view=view, new_left=new_left)
    from ...documents.comparison import table

    paper = table.paper(subjects, title=title, view=view, new_left=new_left)
    carried = table.carried(subjects, title=title, view=view, new_left=new_left)
    return rendered(paper, fmt, press, carried)


def rendered(sheet: Any, fmt: str, press: Press, carried: Any = None) -> bytes:
    """A paper as docx, html or pdf; PiaError names a character the typeface lacks. `carried`: a
    JSON value that travels in the file unseen."""
    if fmt == "docx":
        from ...documents.word import writer

        return writer.write(sheet, carried)
    if fmt == "html":
        from ...documents.word import as_html

        return as_html.write(sheet)
    from ...documents.pdf import archive
    from ...documents.word import as_pdf

    data = as_pdf.write(sheet, own=press.fonts)
    if carried is None:
        return data
    return archive.carrying(
        data,
        archive.Attached(
            "comparison.json", canonical(carried), "application/json", "新旧対照表のデータ"
        ),
    )
