"""Drafting: new versions from a file that was read, and rounds opened (規則第11条, 第14条第1項).

Nothing a person wrote is lost: where the head has moved since a workbook was made, its own changes
are applied to the new head, and what clashes stays as it was and is named. What is written at the
desk is saved by `items`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.document.covers import cover_of
from ...domain.document.form import OPEN, Form
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Problem, Refused
from ...domain.revise.apply import Conflict, apply
from ...domain.revise.entry_keys import match_entries
from ...domain.revise.form_move import is_newer, with_unasked
from ...domain.revise.unread import NOTHING, UnreadParts, kept, rekeyed
from ...domain.wareki import written
from ...domain.withheld.kept import carried
from ...store import nodes, queries
from ...store.ledger import log
from ...store.ledger.witness import Witness
from ...store.rows import assessments, papers
from ...store.rows.assessments import Assessment, NewRound, NewVersion, Version
from ...store.rows.bodies import Affair
from ...store.turns import Outdated
from ..records import closing, form_move, procedures
from ..workplace import VersionLine, Workplace, chain_at, head_tree, line, put, ready
from . import placing

_KEY = re.compile(
    r"[^\s@~/\\\x00-\x1f-][^\s@~/\\\x00-\x1f]{0,99}"
)  # what a REF can hold, and no option or path looks like


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """The version that now is the head, and what could not be taken over (it stays as it was)."""

    ref: str
    digest: str
    new: bool
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[Problem, ...] = ()


def _ref(key: str, version: Version) -> str:
    return f"{key}@{version.seq}"


@dataclass(frozen=True, slots=True)
class Brought:
    """A text that was read from a file. `base`: what a returned workbook was made from; `blobs`:
    its drawings by digest; `source`: where the text came from; `carrier`: name and bytes of a
    city's own workbook, kept to be filled again; `unread`: what of it could not be read."""

    tree: Tree
    base: Tree | None = None
    blobs: Mapping[str, bytes] | None = None
    source: Mapping[str, Any] | None = None
    carrier: tuple[str, bytes] | None = None
    unread: UnreadParts = NOTHING


def bring_in(
    wp: Workplace, by: By, into: str, brought: Brought, *, why: str, create: bool = True
) -> SavedVersion:
    """A tree read from a file becomes a new version of `into` (KEY or KEY~ROUND).

    A missing KEY is created with its affair. With `base` (what a returned workbook was made from)
    only its edits are applied, three-way, never laid over what others wrote since.
    """
    key = into.split("~")[0]

    def prepare(session: Witness) -> _Joined:
        where = _open_for(session, by, into)
        _must_be_of_kind(where.assessment, brought.tree)
        head = head_tree(session, where)
        form, tree, conflicts, problems = _joined(session, where, head, brought)
        new = ready(session, form, tree, why, brought.source)
        return _Joined(where.head_id, new, conflicts, problems, where.chain)

    def carry_out(session: Witness, joined: _Joined) -> SavedVersion:
        where = _open_for(session, by, into)
        if where.head_id != joined.head:
            raise Outdated
        for body in (brought.blobs or {}).values():
            nodes.put_blob(session, body)
        version = put(session, where, joined.new, by)
        is_new = version.id != joined.head
        if is_new:
            about: dict[str, Any] = {"why": why, "conflicts": len(joined.conflicts)}
            if brought.carrier:
                kept = papers.keep_carrier(
                    session, by, version.form, *brought.carrier, where.assessment.id
                )
                about["carrier"] = kept.sha256
            log.entry(session, by, "version.import", where.ref, about, [version])
        ref = _ref(key, version)
        return SavedVersion(ref, version.digest, is_new, joined.conflicts, joined.problems)

    if exists(wp, key) or not create:
        return wp.store.prepared(prepare, carry_out, lambda joined: joined.chain)
    with wp.store.begin() as session:
        if queries.assessments.id_of(session, key) is None:
            _create(session, by, key, brought.tree)
        return carry_out(session, prepare(session))


@dataclass(frozen=True, slots=True)
class _Joined:
    """A text that was read, over the head of its line, ready to be saved there."""

    head: int | None
    new: NewVersion
    conflicts: tuple[Conflict, ...]
    problems: tuple[Problem, ...]
    chain: str | None


def _open_for(session: Session, by: By, into: str) -> VersionLine:
    where = line(session, into)
    published = assessments.published(session, where.assessment) is not None
    closing.must_be_open(where)
    closing.must_be_unpublished(where, by, published)
    return where


def _must_be_of_kind(assessment: Assessment, tree: Tree) -> None:
    """PiaError where a text is of another kind of 評価書 than the assessment it is for."""
    kind = tree.form.split("@")[0]
    if kind == assessment.kind:
        return
    own = forms.KIND_NAMES.get(assessment.kind, assessment.kind)
    if tree.form == OPEN.id:
        raise PiaError(
            f"{assessment.key} は{own}ですが、読み込んだのは、評価書の様式ではない文書です。"
            "表紙に様式の版（［平成30年5月　様式4］など）がある評価書を選んでください。"
        )
    read = forms.KIND_NAMES.get(kind, kind)
    raise PiaError(f"{assessment.key} は{own}ですが、読み込んだのは{read}です。")


def _joined(
    session: Session, where: VersionLine, head: Tree | None, brought: Brought
) -> tuple[Form, Tree, tuple[Conflict, ...], tuple[Problem, ...]]:
    """(form, text to save, conflicts, problems) of a text that was read, over the head of its line.

    Only a base that is a version of this very assessment is one: a workbook made from another is a
    text of its own. A text on another form meets the head on the newer of both.
    """
    if head is None:
        return forms.load(brought.tree.form), brought.tree, (), ()
    base = brought.base
    if base is None or base.form != brought.tree.form or not _is_version(session, where, base):
        return _beside(session, where, head, brought)
    tree = marks_kept(brought.tree, base)
    form = forms.load(head.form)
    edit = form_move.edit_on_form(session, where.own_head, base, tree, form)
    result = apply(head, compare(edit.before, edit.after), form)
    problems = form_move.without_place(edit.lost, form)
    return form, result.tree, result.conflicts, problems


def _beside(
    session: Session, where: VersionLine, head: Tree, brought: Brought
) -> tuple[Form, Tree, tuple[Conflict, ...], tuple[Problem, ...]]:
    """A text of its own over the head of a line: its entries are those of the head, and the marks
    of 非公表部分, what its own form has no item for and what could not be read of it stay."""
    tree = brought.tree
    form = forms.load(head.form)
    own = form
    if tree.form != head.form:
        own = forms.load(tree.form)
        form = own if is_newer(own, form) else form
    there, left = form_move.on_form(session, where.own_head, head, form)
    here, unplaced = form_move.on_form(session, where.own_head, tree, form)
    matched, problems = match_entries(here, there, form)
    matched, _ = kept(matched, there, form, rekeyed(brought.unread, here, matched))
    if own is not form:
        matched = with_unasked(matched, there, own, form)
    said = form_move.without_place((*left, *unplaced), form)
    return form, marks_kept(matched, there), (), (*said, *problems)


def _is_version(session: Session, where: VersionLine, tree: Tree) -> bool:
    """Whether an assessment ever had exactly this text."""
    return queries.versions.equal_to(session, where.assessment.id, tree.digest) is not None


def marks_kept(tree: Tree, before: Tree) -> Tree:
    """The tree with the marks of 非公表部分 on the words they stood on.

    Refused where those words were changed: the mark must be decided on first.
    """
    marked, lost = carried(tree, before)
    if lost:
        raise Refused(
            "非公表部分の印が付いた記載が変わっています。"
            "印の範囲を決め直してから保存してください。",
            tuple(map("/".join, lost)),
        )
    return marked


def _create(session: Session, by: By, key: str, tree: Tree) -> None:
    """An assessment for a key nobody has registered, in the affair its cover names."""
    if not _KEY.fullmatch(key) or key.lower().endswith(
        (".xlsx", ".xlsm", ".xls", ".json", ".txt", ".md", ".docx", ".pdf")
    ):
        raise PiaError(
            f"「{key[:40]}」は、評価書の KEY に使えません。"
            "空白・@・~・/ を含まない、100字までの名前にしてください（例 nhi-benefits）。"
        )
    kind = tree.form.split("@")[0]
    if kind not in placing.KINDS:
        raise PiaError("この様式の文書は、評価書として登録できません。")
    placing.put_under(session, by, key, cover_of(forms.load(tree.form), tree), kind)


def open_round(wp: Workplace, by: By, key: str, new: NewRound) -> str:
    """Opens a 再実施 or 修正 from the published version (or the head where nothing was published
    yet). Several can be open at once. Refused for a 再実施 of an affair that ended.
    """
    if new.kind not in ("REASSESSMENT", "CORRECTION"):
        raise PiaError("種類は 再実施（REASSESSMENT）か 修正（CORRECTION）です。")
    with wp.store.begin(chain=chain_at(wp, key)) as session:
        one = assessments.by_key(session, key)
        if new.kind == "REASSESSMENT" and session.get_one(Affair, one.affair_id).ended is not None:
            raise Refused(
                "この事務は終了しています。再実施は始められません。",
                ("評価書の名称に終了の印を付けるなどのときは、修正を始めてください。",),
            )
        base = assessments.published(session, one) or assessments.head(session, one)
        if base is None:
            raise PiaError(f"{key} には、まだ版がありません。先に評価書を読み込んでください。")
        about = {**(new.facts or {}), **procedures.keep(session, wp)}
        assessments.open_round(
            session,
            one,
            NewRound(new.name, new.kind, list(new.reasons), new.change_date, about),
            base,
            by,
            "DRAFTING",
        )
        log.entry(
            session,
            by,
            "round.open",
            f"{key}~{new.name}",
            {"kind": new.kind, "base": _ref(key, base), "reasons": list(new.reasons)},
        )
        return f"{key}~{new.name}"


def published_before(wp: Workplace, by: By, key: str, day: date) -> int:
    """Records that the head was published on a day, before this software was there (a city's first
    day); the number of the publication. PiaError for a day that has not come.
    """
    if day > by.day:
        raise PiaError(
            f"公表した日（{written(day)}）がまだ来ていません。すでに公表した日を入力してください。"
        )
    with wp.store.begin() as session:
        one = assessments.by_key(session, key)
        if one.head_id is None:
            raise PiaError(f"{key} には、まだ版がありません。")
        publication = assessments.publish(session, one, one.head_id, day, by, None)
        log.entry(session, by, "publication.past", key, {"day": day.isoformat()})
        return publication.id


def published_unless(wp: Workplace, by: By, key: str, day: date) -> int | None:
    """The same where the head is not recorded as published yet; None where it is."""
    with wp.store.read() as session:
        one = assessments.by_key(session, key)
        version = one.head_id
        known = version and queries.filing.publication_of_version(session, version)
    return None if known else published_before(wp, by, key, day)


def free_key(wp: Workplace, stem: str) -> str:
    """A key for a file nobody named: its name without what a REF cannot hold, with a number where
    the key is taken.
    """
    base = placing.key_stem(stem)
    key = base
    count = 1
    with wp.store.read() as session:
        while queries.assessments.id_of(session, key) is not None:
            count += 1
            key = f"{base}-{count}"
    return key


def check_key(key: str) -> None:
    """PiaError for what a REF cannot hold."""
    if not _KEY.fullmatch(key):
        raise PiaError(
            f"「{key[:40]}」は、画面の番地に使えません。"
            "空白・@・~・/ を含まない、100字までの名前にしてください（例 r6-cloud）。"
        )


def home(wp: Workplace, tree: Tree) -> str:
    """The key of the registered document a text is of, by its cover; empty where there is none."""
    kind = tree.form.split("@")[0]
    if kind not in placing.KINDS:
        return ""
    with wp.store.read() as session:
        return placing.home_of(session, cover_of(forms.load(tree.form), tree), kind)


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking a text in would make of a line. `ref`: the version it would follow, "" where
    there is none; `before` and `after` on one form."""

    ref: str
    form: Form
    before: Tree | None
    after: Tree
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[Problem, ...] = ()


def preview(wp: Workplace, into: str, brought: Brought) -> Preview:
    """What taking a text in would change, and what would not be taken over. Refused as `bring_in`
    refuses."""
    with wp.store.read() as session:
        where = line(session, into)
        _must_be_of_kind(where.assessment, brought.tree)
        head = head_tree(session, where)
        form, tree, conflicts, problems = _joined(session, where, head, brought)
        if head is None:
            return Preview("", form, None, tree, conflicts, problems)
        version = session.get_one(Version, where.own_head)
        before = form_move.on_form(session, where.own_head, head, form)[0]
        ref = _ref(where.assessment.key, version)
        return Preview(ref, form, before, tree, conflicts, problems)


def against(wp: Workplace, key: str, brought: Brought) -> tuple[str, int]:
    """(the version a text that was read would follow, in how many places it would change it); 0
    where it says the same. Empty where there is no version. Another form is no change."""
    shown = preview(wp, key, brought)
    if shown.before is None:
        return "", 0
    return shown.ref, len(compare(shown.before, shown.after).changes)


def exists(wp: Workplace, key: str) -> bool:
    """Whether there is an assessment of this key."""
    with wp.store.read() as session:
        return queries.assessments.id_of(session, key) is not None


def free_round_name(wp: Workplace, keys: Sequence[str], today: date) -> str:
    """A name for a round that none of these documents has had: r8-1 is the first of 令和8年度."""
    with wp.store.read() as session:
        taken = set()
        for key in keys:
            assessment = assessments.by_key(session, key)
            for round_ in queries.rounds.of_assessment(session, assessment.id):
                taken.add(round_.name)
    return next_name(taken, today)


def next_name(taken: Collection[str], today: date) -> str:
    """The first name of the fiscal year of a day that is not among those taken."""
    year = today.year - 2018 - (1 if today.month < 4 else 0)
    count = 1
    while f"r{year}-{count}" in taken:
        count += 1
    return f"r{year}-{count}"
