"""The part of fsck about versions: manifests, digests, numbering, parents, heads, and that every version has its audit entry (and so a person).

Knows lines of versions as `assessments` keeps them. Must not know the procedure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
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
from .fsck_chain import Versions

_RESTORE = "バックアップから戻してください（pia restore）。"


@dataclass(frozen=True, slots=True)
class _Line:
    """One version without its manifest: enough to judge a line."""

    id: int
    seq: int
    parent_id: int | None
    round_id: int | None
    digest: str
    by: tuple[str, str, str]


def check(session: Session, deep: bool, told: Versions) -> Iterator[Problem]:
    """`told`: what entries say of versions (`fsck_chain.check`)."""
    keys = {id_: key for id_, key in session.execute(select(Assessment.id, Assessment.key))}
    of: dict[int, list[_Line]] = defaultdict(list)
    v = Version
    rows = select(
        v.assessment_id, v.id, v.seq, v.parent_id, v.round_id, v.digest, v.actor, v.role, v.at
    ).order_by(v.assessment_id, v.seq)
    for one, id_, seq, parent, round_id, name, actor, role, at in session.execute(rows):
        of[one].append(_Line(id_, seq, parent, round_id, name, (actor, role, written(at))))
    yield from _manifests(session, keys, deep)
    rounds: dict[int, list[Round]] = defaultdict(list)
    for r in session.scalars(select(Round)):
        rounds[r.assessment_id].append(r)
    published = set(session.scalars(select(Publication.version_id)))
    for a in session.scalars(select(Assessment).order_by(Assessment.id)):
        yield from _numbers(a.key, of[a.id])
        yield from _lines(a, of[a.id], rounds[a.id], published)
    yield from _told(keys, of, told)


def _manifests(session: Session, keys: dict[int, str], deep: bool) -> Iterator[Problem]:
    known = {i: bytes(d).hex() for i, d in session.execute(select(Content.id, Content.digest))}
    seen: set[int] = set()
    v = Version
    rows = (
        select(v.assessment_id, v.seq, v.form, v.digest, v.reviewed_digest, v.manifest)
        .order_by(v.id)
        .execution_options(yield_per=200)
    )
    for one, seq, form, name, checked, manifest in session.execute(rows):
        where = f"{keys.get(one, '?')}@{seq}"
        try:
            lines = packing.lines(manifest)
            ids = packing.used(lines)
        except (ValueError, TypeError, IndexError):
            yield Problem("manifest-unreadable", f"この版の組立てを読めません。{_RESTORE}", where)
            continue
        seen |= ids
        if not ids <= known.keys():
            yield Problem(
                "content-missing",
                f"この版の記載が {len(ids - known.keys())} か所失われています。{_RESTORE}",
                where,
            )
        elif deep:
            yield from _digests(where, form, name, checked, lines, known)
    for orphan in sorted(known.keys() - seen)[:20]:
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
) -> Iterator[Problem]:
    tree = Tree(
        form_id, packing.nodes(lines, {i: (known[i], UNLOADED) for i in packing.used(lines)})
    )
    if tree.digest != name:
        yield Problem(
            "version-changed", f"この版の内容が、保存したときと違います。{_RESTORE}", where
        )
        return
    try:
        form = forms.load(form_id)
    except PiaError as e:
        yield Problem("form-unknown", str(e), where)
        return
    if reviewed(form, tree).digest != checked:
        yield Problem(
            "reviewed-changed", f"この版の点検対象の要約値が、内容と合いません。{_RESTORE}", where
        )


def _numbers(key: str, versions: list[_Line]) -> Iterator[Problem]:
    by_id = {v.id: v for v in versions}
    for at, v in enumerate(versions, 1):
        where = f"{key}@{v.seq}"
        if v.seq != at:
            yield Problem(
                "version-gap",
                f"版の番号が {at} から {v.seq} に飛んでいます。間の版が失われています。{_RESTORE}",
                where,
            )
            break
    for v in versions:
        where = f"{key}@{v.seq}"
        if v.parent_id is not None and v.parent_id not in by_id:
            yield Problem(
                "parent-foreign", f"元の版が、この評価書の版ではありません。{_RESTORE}", where
            )
        elif v.parent_id is not None and by_id[v.parent_id].seq >= v.seq:
            yield Problem(
                "parent-later", f"元の版が、この版よりあとの版になっています。{_RESTORE}", where
            )


def _lines(
    one: Assessment, versions: list[_Line], rounds: list[Round], published: set[int]
) -> Iterator[Problem]:
    ids = {v.id for v in versions}
    own: dict[int | None, list[_Line]] = defaultdict(list)
    for v in versions:
        own[v.round_id].append(v)
    names = {r.id: r.name for r in rounds}
    for round_id, line in own.items():
        where = one.key if round_id is None else f"{one.key}~{names.get(round_id, '?')}"
        if round_id is not None and round_id not in names:
            yield Problem(
                "round-foreign", f"版が、別の評価書の再実施・修正に入っています。{_RESTORE}", where
            )
        parents = [v.parent_id for v in line]
        if len(set(parents)) != len(parents):
            yield Problem(
                "line-forked",
                f"同じ版から2つの版が続いています。一方の保存がもう一方を上書きしたおそれがあります。{_RESTORE}",
                where,
            )
    heads: list[tuple[str, int | None, int | None, list[_Line]]] = [
        (one.key, one.head_id, None, own[None])
    ]
    heads += [(f"{one.key}~{r.name}", r.head_id, r.base_id, own[r.id]) for r in rounds]
    for where, head, base, line in heads:
        last = line[-1].id if line else base
        if head is None:
            if last is not None:
                yield Problem("head-missing", f"最新の版の印がありません。{_RESTORE}", where)
        elif head not in ids:
            yield Problem(
                "head-foreign", f"最新の版の印が、別の評価書の版を指しています。{_RESTORE}", where
            )
        elif head != last and not (where == one.key and head in published):
            yield Problem(
                "head-behind", f"最新の版の印が、最新でない版を指しています。{_RESTORE}", where
            )
    for r in rounds:
        if r.base_id is not None and r.base_id not in ids:
            yield Problem(
                "base-foreign",
                f"変更前の版が、この評価書の版ではありません。{_RESTORE}",
                f"{one.key}~{r.name}",
            )


def _told(keys: dict[int, str], of: dict[int, list[_Line]], told: Versions) -> Iterator[Problem]:
    """That each version is named in an entry of the person who made it."""
    for one, versions in of.items():
        for v in versions:
            ref = f"{keys.get(one, '?')}@{v.seq}"
            entries = told.get((ref, v.digest))
            if not entries:
                yield Problem(
                    "unattributed", f"この版を保存した操作の記録がありません。{_RESTORE}", ref
                )
            elif v.by not in entries:
                yield Problem(
                    "misattributed",
                    f"この版の保存者か時刻が、操作の記録と違います。{_RESTORE}",
                    ref,
                )
