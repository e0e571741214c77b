"""The part of fsck about versions: manifests, digests, numbering, parents, heads, and that every
version has its audit entry (and so a person).

Knows lines of versions as `assessments` keeps them. Must not know the procedure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.form import reviewed
from ...domain.document.tree import UNLOADED, Tree
from ...domain.errors import PiaError, Problem
from .. import packing
from ..columns import written
from ..nodes import Content
from ..rows.assessments import Assessment, Round, Version
from ..rows.filing import Publication
from . import fsck_registers
from .fsck_answers import Answers
from .fsck_chain import Versions
from .fsck_contents import Only, among

_RESTORE = "バックアップから戻してください（pia restore）。"


@dataclass(frozen=True, slots=True)
class _StoredVersion:
    """One version without its manifest: enough to judge a line."""

    id: int
    seq: int
    parent_id: int | None
    round_id: int | None
    digest: str
    by: tuple[str, str, str]


def check(
    session: Session, deep: bool, on_record: Versions, only: Only | None = None
) -> Iterator[Problem]:
    """`told`: what entries say of versions (`fsck_chain.check`). `only`: the keys of the versions
    and assessments to look at; None for all.
    """
    keys: dict[int, str] = {}
    named = among(select(Assessment.id, Assessment.key), Assessment.id, "assessment", only)
    for id_, key in session.execute(named):
        keys[id_] = key
    of: dict[int, list[_StoredVersion]] = defaultdict(list)
    value = Version
    rows = select(
        value.assessment_id,
        value.id,
        value.seq,
        value.parent_id,
        value.round_id,
        value.digest,
        value.actor,
        value.role,
        value.at,
    ).order_by(value.assessment_id, value.seq)
    rows = among(rows, value.assessment_id, "assessment", only)
    for assessment_id, id_, seq, parent, round_id, name, actor, role, at in session.execute(rows):
        of[assessment_id].append(
            _StoredVersion(id_, seq, parent, round_id, name, (actor, role, written(at)))
        )
    yield from _manifests(session, keys, deep, only)
    rounds: dict[int, list[Round]] = defaultdict(list)
    of_rounds = among(select(Round), Round.assessment_id, "assessment", only)
    for round_ in session.scalars(of_rounds):
        rounds[round_.assessment_id].append(round_)
    published = _published(session, only)
    listed = among(select(Assessment), Assessment.id, "assessment", only)
    for assessment in session.scalars(listed.order_by(Assessment.id)):
        yield from _numbers(assessment.key, of[assessment.id])
        yield from _lines(assessment, of[assessment.id], rounds[assessment.id], published)
    if only is None:
        yield from _told(keys, of, on_record)
    else:
        new = set(only.get("version", ()))
        fresh = {}
        for assessment_id, line in of.items():
            fresh[assessment_id] = [version for version in line if version.id in new]
        yield from _told(keys, fresh, on_record)


def _published(session: Session, only: Only | None) -> set[int]:
    """The versions that were published, of the assessments looked at."""
    shown = select(Publication.version_id)
    if only is not None:
        shown = shown.join(Version, Version.id == Publication.version_id)
        shown = shown.where(Version.assessment_id.in_(sorted(only.get("assessment", ()))))
    return set(session.scalars(shown))


def _manifests(
    session: Session, keys: dict[int, str], deep: bool, only: Only | None
) -> Iterator[Problem]:
    known: dict[int, str] = {}
    if only is None:
        known = _known(session, None)
    seen: set[int] = set()
    settled = Answers(session)
    value = Version
    rows = (
        among(
            select(
                value.assessment_id,
                value.seq,
                value.form,
                value.digest,
                value.reviewed_digest,
                value.manifest,
            ),
            value.id,
            "version",
            only,
        )
        .order_by(value.id)
        .execution_options(yield_per=200)
    )
    for assessment, seq, form, name, checked, manifest in session.execute(rows):
        where = f"{keys.get(assessment, '?')}@{seq}"
        try:
            lines = packing.lines(manifest)
            ids = packing.used(lines)
        except (ValueError, TypeError, IndexError):
            yield Problem("manifest-unreadable", f"この版の組立てを読めません。{_RESTORE}", where)
            continue
        seen |= ids
        if only is not None:
            known |= _known(session, ids - known.keys())
        if not ids <= known.keys():
            yield Problem(
                "content-missing",
                f"この版の記載が {len(ids - known.keys())} か所失われています。{_RESTORE}",
                where,
            )
        elif deep:
            yield from _digests(where, form, name, checked, lines, known, settled)
    if only is None:
        yield from _orphans(known.keys() - seen - fsck_registers.contents(session))


def _known(session: Session, ids: Collection[int] | None) -> dict[int, str]:
    """Id → digest of contents; of all where no ids are given."""
    only = None if ids is None else {"content": ids}
    rows = among(select(Content.id, Content.digest), Content.id, "content", only)
    known = {}
    for index, data in session.execute(rows):
        known[index] = bytes(data).hex()
    return known


def _orphans(unused: Collection[int]) -> Iterator[Problem]:
    for orphan in sorted(unused)[:20]:
        yield Problem(
            "content-orphan",
            "どの版にも使われていない記載があります。害はありません。",
            f"content {orphan}",
            "info",
        )


def _digests(
    where: str,
    form_id: str,
    name: str,
    checked: str,
    lines: list[packing.Line],
    known: dict[int, str],
    settled: Answers,
) -> Iterator[Problem]:
    tree = Tree(
        form_id,
        packing.nodes(lines, {index: (known[index], UNLOADED) for index in packing.used(lines)}),
    )
    if tree.digest != name:
        yield Problem(
            "version-changed", f"この版の内容が、保存したときと違います。{_RESTORE}", where
        )
        return
    try:
        form = forms.load(form_id)
    except PiaError as error:
        yield Problem("form-unknown", str(error), where)
        return
    if reviewed(form, tree).digest != checked:
        yield Problem(
            "reviewed-changed", f"この版の点検対象の要約値が、内容と合いません。{_RESTORE}", where
        )
    yield from settled.check(where, form, tree)


def _numbers(key: str, versions: list[_StoredVersion]) -> Iterator[Problem]:
    by_id = {}
    for version in versions:
        by_id[version.id] = version
    for at, version in enumerate(versions, 1):
        where = f"{key}@{version.seq}"
        if version.seq != at:
            yield Problem(
                "version-gap",
                f"版の番号が {at} から {version.seq} に飛んでいます。"
                f"間の版が失われています。{_RESTORE}",
                where,
            )
            break
    for version in versions:
        where = f"{key}@{version.seq}"
        if version.parent_id is not None and version.parent_id not in by_id:
            yield Problem(
                "parent-foreign", f"元の版が、この評価書の版ではありません。{_RESTORE}", where
            )
        elif version.parent_id is not None and by_id[version.parent_id].seq >= version.seq:
            yield Problem(
                "parent-later", f"元の版が、この版よりあとの版になっています。{_RESTORE}", where
            )


def _lines(
    assessment: Assessment, versions: list[_StoredVersion], rounds: list[Round], published: set[int]
) -> Iterator[Problem]:
    own: dict[int | None, list[_StoredVersion]] = defaultdict(list)
    for version in versions:
        own[version.round_id].append(version)
    ids = {version.id for version in versions}
    yield from _forks(assessment, own, rounds)
    yield from _head(assessment.key, assessment.head_id, own[None], ids, published)
    for round_ in rounds:
        where = f"{assessment.key}~{round_.name}"
        line = own[round_.id]
        yield from _head(where, round_.head_id, line, ids, set(), round_.base_id)
    for round_ in rounds:
        if round_.base_id is not None and round_.base_id not in ids:
            yield Problem(
                "base-foreign",
                f"変更前の版が、この評価書の版ではありません。{_RESTORE}",
                f"{assessment.key}~{round_.name}",
            )


def _forks(
    assessment: Assessment, own: Mapping[int | None, list[_StoredVersion]], rounds: list[Round]
) -> Iterator[Problem]:
    """Each line belongs to the assessment, and no version has two that follow it in one line."""
    names = {round_.id: round_.name for round_ in rounds}
    for round_id, line in own.items():
        where = assessment.key
        if round_id is not None:
            where = f"{assessment.key}~{names.get(round_id, '?')}"
            if round_id not in names:
                yield Problem(
                    "round-foreign",
                    f"版が、別の評価書の再実施・修正に入っています。{_RESTORE}",
                    where,
                )
        parents = [version.parent_id for version in line]
        if len(set(parents)) != len(parents):
            yield Problem(
                "line-forked",
                "同じ版から2つの版が続いています。"
                f"一方の保存がもう一方を上書きしたおそれがあります。{_RESTORE}",
                where,
            )


def _head(
    where: str,
    head: int | None,
    line: Sequence[_StoredVersion],
    ids: Collection[int],
    published: Collection[int],
    base: int | None = None,
) -> Iterator[Problem]:
    """The head is the last version of its line (`base` where there is none), or a published one."""
    last = line[-1].id if line else base
    if head is None:
        if last is not None:
            yield Problem("head-missing", f"最新の版の印がありません。{_RESTORE}", where)
    elif head not in ids:
        yield Problem(
            "head-foreign", f"最新の版の印が、別の評価書の版を指しています。{_RESTORE}", where
        )
    elif head != last and head not in published:
        yield Problem(
            "head-behind", f"最新の版の印が、最新でない版を指しています。{_RESTORE}", where
        )


def _told(
    keys: dict[int, str], of: dict[int, list[_StoredVersion]], on_record: Versions
) -> Iterator[Problem]:
    """That each version is named in an entry of the person who made it."""
    for assessment, versions in of.items():
        for version in versions:
            ref = f"{keys.get(assessment, '?')}@{version.seq}"
            entries = on_record.get((ref, version.digest))
            if not entries:
                yield Problem(
                    "unattributed", f"この版を保存した操作の記録がありません。{_RESTORE}", ref
                )
            elif version.by not in entries:
                yield Problem(
                    "misattributed",
                    f"この版の保存者か時刻が、操作の記録と違います。{_RESTORE}",
                    ref,
                )
