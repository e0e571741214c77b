"""Writing at the desk: one item's answer of any kind, entries added, copied, moved and taken out,
words marked as 非公表 — each from what the writer saw, carried three-way to the head of now.

Knows answers and lines of versions. What truly clashes is shown with both texts and changes
nothing. Must not know forms of pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...documents.workbook_in.entry_keys import PREFIXES, derived_key
from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.change.describe import label, names
from ...domain.content_checks import shared
from ...domain.document import items, marked
from ...domain.document.form import Form, FormNode
from ...domain.document.tree import Node, Path, Tree, node
from ...domain.errors import PiaError, Refused, Stale
from ...domain.revise.apply import apply
from ...domain.revise.form_move import Unmapped
from ...store import nodes
from ...store.ledger import log
from ...store.ledger.witness import Witness
from ...store.rows import assessments, unsaved
from ...store.rows.assessments import NewVersion, Version
from ...store.turns import Outdated
from ..records import form_move, shared_answers
from ..records.shared_answers import SharedPlace
from ..workplace import VersionLine, Workplace, head_tree, line, put, ready
from .versions import SavedVersion, marks_kept

WRITING = ("DRAFTING", "REVISING", "CONSULTING", "REVIEWING", "REVIEWED")


class Clash(Stale):
    """Somebody else changed the same words since.

    `theirs` stands now, `mine` was meant to, `merged` is what stands now with all of mine that
    fits; each as people read it.
    """

    def __init__(self, theirs: str, mine: str, merged: str):
        super().__init__(
            "同じところが、ほかの人によって変えられています。"
            "いまの記載と見比べて、もう一度保存してください。"
        )
        self.theirs = theirs
        self.mine = mine
        self.merged = merged


def answered(line: FormNode, answer: Any) -> Node:
    """An answer (as `items.plain` takes it, None for none) as it would be stored.

    PiaError when the item cannot say it.
    """
    if answer is None:
        return node(line.key, line.node_kind)
    if line.kind == "figure":
        return items.figure(
            line.key,
            [
                items.shape(x["type"], x["text"], x["x"], x["y"], x["w"], x["h"])
                for x in answer["shapes"]
            ],
            answer.get("drawing"),
        )
    return items.plain(line, answer)


@dataclass(frozen=True, slots=True)
class SameAnswer:
    """Another document of the affair to be given the same answer in the same act: its line, and the
    digest of what its writer saw in its item."""

    where: str
    digest: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a person had before them: the line, the item or entry, and the version they saw; `also`:
    other documents that get the same answer where they ask for it, all or none."""

    where: str
    path: Path
    seen: str
    also: tuple[SameAnswer, ...] = ()


def save_answer(
    wp: Workplace, by: By, opened: Opened, answer: Any, *, why: str, reason: str = ""
) -> SavedVersion:
    """One item's new answer (as `items.plain` takes it, None to empty it) from somebody who looked
    at a version. `reason` is the 変更理由 it belongs to. Clash when others changed the same
    words; what they wrote elsewhere stays.
    """
    return save_typed(wp, by, opened, lambda *_: answer, why=why, reason=reason)


def save_typed(
    wp: Workplace,
    by: By,
    opened: Opened,
    typed: Callable[[FormNode, Node | None], Any],
    *,
    why: str,
    reason: str = "",
) -> SavedVersion:
    """`save_answer` of what was typed into an item as its writer saw it: `typed` makes the answer
    of the form's item and of what stood there, None where nothing did."""

    def changed(form: Form, tree: Tree) -> Tree:
        item = items.item_at(form, opened.path)
        if item.procedure:
            raise PiaError(
                f"「{item.label}」は、手続の記録から記入する欄です。手続の画面で記入してください。"
            )
        new = answered(item, typed(item, tree.find(opened.path)))
        return marks_kept(items.with_item(form, tree, opened.path, new), tree)

    return _saved(wp, by, opened, changed, why, reason, True)


def withhold(
    wp: Workplace, by: By, opened: Opened, words: str, reason: str, *, ground: str
) -> SavedVersion:
    """Marks words of a text as 非公表 on a lawful `ground` (規則第10条第1項・第2項: INVESTIGATION
    or SECURITY); every place of them in that item.

    PiaError when they are not there, or when this kind of document may not use the ground
    (規則第5条第2項).
    """
    if not words.strip() or not reason.strip():
        raise PiaError("非公表にする語句と、その理由を入力してください。")

    def places(item: FormNode, node: Node | None) -> list[dict[str, Any]]:
        return _places_of(words, item, node)

    return _mark(wp, by, opened, places, reason, ground)


def _places_of(words: str, item: FormNode, node: Node | None) -> list[dict[str, Any]]:
    """Every place of these words in a text that is not marked yet. PiaError when there is none."""
    text = marked.answer_of(items.to_plain(node)) if node is not None else ""
    if item.kind != "text" or words not in (text or ""):
        raise PiaError(f"「{words[:30]}」は、この項目の記載にありません。")
    marks = []
    for mark in marked.of_item(node) if node is not None else ():
        if "start" in mark:
            marks.append(mark)
    places = []
    for match in re.finditer(re.escape(words), text):
        start, end = match.span()
        if not any(mark["start"] < end and start < mark["end"] for mark in marks):
            places.append({"start": start, "end": end})
    return places


def withhold_at(
    wp: Workplace,
    by: By,
    opened: Opened,
    places: Sequence[Mapping[str, Any]],
    reason: str,
    *,
    ground: str,
) -> SavedVersion:
    """Marks places of an answer of any kind, each as `domain.document.marked` tells them ({} the
    whole item or entry). PiaError for a place that is not there.
    """
    if not places or not reason.strip():
        raise PiaError("非公表にする所を選び、理由を入力してください。")
    return _mark(
        wp,
        by,
        opened,
        lambda *_: list(map(dict, places)),
        reason,
        ground,
    )


def _mark(
    wp: Workplace,
    by: By,
    opened: Opened,
    places: Callable[[FormNode, Node | None], list[dict[str, Any]]],
    reason: str,
    ground: str,
) -> SavedVersion:
    path = opened.path
    known = wp.rules["grounds"]
    if ground not in known:
        raise PiaError("公表しない根拠を選んでください。")

    def changed(form: Form, tree: Tree) -> Tree:
        item = _markable(form, path)
        if form.kind not in known[ground]["kinds"]:
            cited = known[ground]["source"]
            raise PiaError(
                f"{form.name}では、"
                f"「{known[ground]['says']}」ことを理由に非公表にできません（{cited}、"
                "規則第5条第2項）。"
            )
        target = tree.find(path)
        marks = []
        for place in places(item, target):
            marks.append({**place, "reason": reason, "ground": ground})
        if (
            target is None
            or not (target.content or target.children)
            or not all(marked.fits(target, match) for match in marks)
        ):
            raise PiaError(
                "非公表にする所の記載が変わっています。画面を開き直して、選び直してください。"
            )
        known_places = []
        for match in marked.of_item(target):
            known_places.append(marked.place(match))
        return _marked_tree(
            form,
            tree,
            path,
            [
                *marked.of_item(target),
                *(match for match in marks if marked.place(match) not in known_places),
            ],
        )

    return _saved(wp, by, opened, changed, f"非公表部分を指定：{reason}")


def _markable(form: Form, path: Path) -> FormNode:
    """The item, or the repeated part an entry is of. PiaError for what no mark may lie on."""
    if items.is_entry(form, path):
        item = repeat(form, path[:-1])
    else:
        item = items.item_at(form, path)
    if item is form.change_table:
        raise PiaError(
            "変更箇所の表は、本文の非公表部分に合わせて伏せられます。本文の項目で指定してください。"
        )
    return item


def lift(
    wp: Workplace, by: By, opened: Opened, *, which: Sequence[int] | None = None
) -> SavedVersion:
    """Takes 非公表 marks off one item or entry: those of these numbers, in the order they are
    shown, else all. What they were stays in the earlier versions.
    """

    def changed(form: Form, tree: Tree) -> Tree:
        target = tree.find(opened.path)
        if target is not None:
            marks = marked.of_item(target)
        else:
            marks = []
        if marks:
            return _marked_tree(
                form,
                tree,
                opened.path,
                [
                    mark
                    for index, mark in enumerate(marks)
                    if which is not None and index not in which
                ],
            )
        return tree

    return _saved(wp, by, opened, changed, "非公表の指定を外す")


def _marked_tree(form: Form, tree: Tree, path: Path, marks: Sequence[Mapping[str, Any]]) -> Tree:
    """The tree with exactly these marks on one item or entry."""
    target = tree.find(path)
    if target is not None:
        answer = items.to_plain(marked.on_item(target, marks))
    else:
        answer = None
    pairs = []
    for texts, first in items.answers(tree):
        if texts != path:
            pairs.append((texts, first))
    at = next(
        (
            index
            for index, (texts, _) in enumerate(items.answers(tree))
            if texts[: len(path)] == path
        ),
        len(pairs),
    )
    return items.build(
        form, [*pairs[:at], *([(path, answer)] if answer is not None else []), *pairs[at:]]
    )


def _saved(
    wp: Workplace,
    by: By,
    opened: Opened,
    changed: Callable[[Form, Tree], Tree],
    why: str,
    reason: str = "",
    is_written: bool = False,
) -> SavedVersion:
    """What a person made of the version they saw, carried to the head of now: whole or not. The
    text is made and packed before the turn; in the turn it is seen whether the head is still the
    same. `is_written`: it is what they were writing, which is unsaved no more.
    """
    if not why.strip():
        raise PiaError("変更の説明を入力してください。")

    def prepare(session: Witness) -> list[_Edit]:
        at = line(session, opened.where)
        if no := closed_line(at):
            raise no
        version = _seen(session, at, opened.seen)
        nodes.met(session, [(version.id, version.form, version.digest)])
        looked_at = nodes.recent(session, version.id)
        form = forms.load(looked_at.form)
        tree = changed(form, looked_at)
        if version.id != at.head_id:
            form, tree = _carried(session, at, version, (looked_at, tree), opened.path)
        source = {"reason": reason} if reason else None
        new = ready(session, form, tree, why, source, at.head_id)
        edits = [_Edit(opened.where, opened.path, at.head_id, new, at.chain)]
        if opened.also:
            places = shared_answers.elsewhere(session, wp, at, form, opened.path)
            answer = tree.find(opened.path)
            for one in opened.also:
                edits.append(_same_beside(session, places, one, answer, why, source))
        return edits

    def carry_out(session: Witness, edits: list[_Edit]) -> SavedVersion:
        saved = [_put(session, by, edit, why) for edit in edits]
        if is_written:
            unsaved.drop(session, by.actor, opened.where, "/".join(opened.path))
        return saved[0]

    return wp.store.prepared(prepare, carry_out, lambda edits: edits[0].chain)


def _put(session: Witness, by: By, edit: _Edit, why: str) -> SavedVersion:
    """One text that was made ready, saved where its head is still the same."""
    at = line(session, edit.where)
    if no := closed_line(at):
        raise no
    if at.head_id != edit.head:
        raise Outdated
    saved = put(session, at, edit.new, by)
    if saved.id != edit.head:
        about = {"why": why, "item": "/".join(edit.path)}
        log.entry(session, by, "version.edit", at.ref, about, [saved])
    return SavedVersion(f"{at.assessment.key}@{saved.seq}", saved.digest, saved.id != edit.head)


def _same_beside(
    session: Witness,
    places: Sequence[SharedPlace],
    one: SameAnswer,
    answer: Node | None,
    why: str,
    source: Mapping[str, Any] | None,
) -> _Edit:
    """Another document with the same answer. Refused where it cannot take it; Stale where somebody
    wrote there since it was seen."""
    there = next((place for place in places if place.at.ref == one.where), None)
    if there is None:
        raise PiaError("同じことを書く欄のない評価書が選ばれました。画面を開き直してください。")
    name = there.form.name
    if no := closed_line(there.at):
        raise Refused(f"{name}には、いま書けません。{no}")
    if there.digest != one.digest:
        raise Stale(
            f"{name}の同じ欄が、画面を開いた後に変わりました。"
            "いまの記載を見比べて、もう一度保存してください。"
        )
    try:
        new = answered(there.line, shared.answer(answer, there.line))
    except shared.NoSuchOption as no_such_option:
        raise PiaError(
            f"{name}の同じ欄には「{no_such_option}」という選択肢がありません。"
            f"{name}は、その欄の画面で選んでください。"
        ) from no_such_option
    tree = items.with_item(there.form, there.tree, there.path, new)
    tree = marks_kept(tree, there.tree)
    head = there.at.head_id
    saved = ready(session, there.form, tree, why, source, head)
    return _Edit(one.where, there.path, head, saved, there.at.chain)


def _carried(
    session: Session, at: VersionLine, version: Version, edit: tuple[Tree, Tree], path: Path
) -> tuple[Form, Tree]:
    """What somebody made of a version (the text they saw, and theirs) carried to the head of now,
    with its form. Clash where others changed the same words, Refused where what was written has no
    place on the form the document has moved to since."""
    head = head_tree(session, at)
    assert head is not None
    form = forms.load(head.form)
    moved = form_move.edit_on_form(session, version.id, *edit, form)
    if moved.lost:
        raise _without_place(moved.lost, form)
    result = apply(head, compare(moved.before, moved.after), form)
    if result.conflicts:
        sides = (head.find(path), moved.after.find(path), result.tree.find(path))
        raise Clash(*items.shown_beside(*sides))
    return form, result.tree


def _without_place(lost: Sequence[Unmapped], form: Form) -> Refused:
    """What is said to somebody who wrote on a form the document has left."""
    return Refused(
        f"画面を開いた後に、評価書の様式が変わりました（いまは{form.stamp}の様式です）。"
        "書いた記載は、いまの様式に入る欄がありません。",
        tuple(f"{each.citation}：{each.words}" for each in lost),
    )


def _seen(session: Witness, at: VersionLine, ref: str) -> Version:
    """The version a person looked at. PiaError where it is none of this assessment."""
    key, _, number = ref.partition("@")
    version = None
    if key == at.assessment.key and number.isascii() and number.isdigit() and len(number) < 9:
        version = assessments.nth(session, at.assessment, int(number))
    if version is None:
        version = assessments.resolve(session, ref)
    if version.assessment_id != at.assessment.id:
        raise PiaError("開いていた版が、この評価書のものではありません。画面を開き直してください。")
    return version


@dataclass(frozen=True, slots=True)
class _Edit:
    """A text ready to be saved: of which line, the item that was written, on which head it was
    made, and the chain of its body."""

    where: str
    path: Path
    head: int | None
    new: NewVersion
    chain: str | None


def closed(wp: Workplace, where: str) -> Refused | None:
    """Why nothing can be written on a line now; None where it can.

    For pages: nobody is to write a whole text and be refused at its end.
    """
    with wp.store.read() as session:
        return closed_line(line(session, where))


def closed_line(at: VersionLine) -> Refused | None:
    """Why nothing can be written on a line that was opened; None where it can."""
    if at.round is None and at.assessment.head_id is not None:
        return Refused("公表した評価書を直すには、先に再実施か修正を始めてください。")
    if at.round is not None and at.round.state not in WRITING:
        return Refused(
            "この手続はいま、評価書を書き換えられない段階です。",
            ("提出した後に直すときは、新しい修正を始めてください。",),
        )
    return None


# ---- 繰返し欄


def repeat(form: Form, path: Path) -> FormNode:
    """The repeated item at a path. PiaError when the form has none there."""
    item, _, rest = form.at(path)
    if item is None or rest or not item.repeated:
        raise PiaError("その繰返し欄は、この様式にありません。")
    return item


def name_item(line_: FormNode, form: Form) -> FormNode | None:
    """The item that names an entry."""
    if line_.named_by:
        return form.by_id[line_.named_by]
    for child in line_.children:
        if child.kind == "text":
            return child
    return None


def add_entry(wp: Workplace, by: By, opened: Opened, name: str, *, like: str = "") -> SavedVersion:
    """A further entry (ファイル, 委託事項 …) under its name; `like` copies all answers of another
    one.
    """

    def changed(form: Form, tree: Tree) -> Tree:
        repeated = repeat(form, opened.path)
        keys = []
        for texts in together(form, opened.path):
            if (target := tree.find(texts)) is not None:
                for child in target.children:
                    keys.append(child.key)
        key = _free(_prefix(repeated), name, keys)
        named = name_item(repeated, form)
        if named is None:
            raise PiaError("この欄には名前の項目がないため、加えられません。")
        pairs = items.answers(tree)
        spot = (*opened.path, key, *_below(repeated, named))
        added = []
        for texts, first in pairs:
            if like and texts[: len(opened.path) + 1] == (*opened.path, like):
                added.append(((*opened.path, key, *texts[len(opened.path) + 1 :]), first))
        added = [(texts, first) for texts, first in added if texts != spot]
        return items.build(form, [*pairs, (spot, name), *added])

    if not name.strip():
        raise PiaError("名前を入力してください。")
    return _saved(
        wp,
        by,
        opened,
        changed,
        f"「{name}」を追加" + ("（写し）" if like else ""),
    )


def remove_entry(wp: Workplace, by: By, opened: Opened, key: str, *, why: str) -> SavedVersion:
    """Takes an entry out; a ファイル leaves Ⅱ, Ⅲ and 別添2 together."""

    def changed(form: Form, tree: Tree) -> Tree:
        spots = []
        for texts in together(form, opened.path):
            spots.append((*texts, key))
        return items.build(
            form,
            [
                (texts, first)
                for texts, first in items.answers(tree)
                if not any(texts[: len(x)] == x for x in spots)
            ],
        )

    return _saved(wp, by, opened, changed, why)


def move_entry(wp: Workplace, by: By, opened: Opened, key: str, step: int) -> SavedVersion:
    """Moves an entry up (-1) or down (+1) among its siblings."""

    def changed(form: Form, tree: Tree) -> Tree:
        pairs = items.answers(tree)
        for spot in together(form, opened.path):
            target = tree.find(spot)
            if target is not None:
                keys = []
                for child in target.children:
                    keys.append(child.key)
            else:
                keys = []
            if key not in keys:
                continue
            at = keys.index(key)
            to = min(max(at + step, 0), len(keys) - 1)
            keys.insert(to, keys.pop(at))
            inside = []
            for x in pairs:
                if x[0][: len(spot)] == spot:
                    inside.append(x)
            inside.sort(key=lambda x: keys.index(x[0][len(spot)]))
            pairs = [x for x in pairs if x[0][: len(spot)] != spot] + inside
        return items.build(form, pairs)

    return _saved(wp, by, opened, changed, "順序を変更")


def together(form: Form, path: Path) -> list[Path]:
    """The repeats that share their keys with this one: Ⅱ, Ⅲ and 別添2."""
    repeated = repeat(form, path)
    group = []
    for item in form.walk():
        if item.repeated and (repeated.shares or repeated.id) in (item.id, item.shares):
            group.append(item)
    if len(group) > 1:
        pairs = []
        for item in group:
            pairs.append((*(parent.key for parent in item.parents), item.key))
        return pairs
    return [path]


def _below(line: FormNode, named: FormNode) -> Path:
    keys = []
    for parent in (*named.parents, named):
        if parent not in (*line.parents, line):
            keys.append(parent.key)
    return tuple(keys)


def _prefix(line: FormNode) -> str:
    return PREFIXES.get((line.repeat or {}).get("per", ""), "entry")


def _free(prefix: str, name: str, taken: Sequence[str]) -> str:
    key = stem = derived_key(prefix, name, 1)
    count = 2
    while key in taken:
        key = f"{stem}-{count}"
        count = count + 1
    return key


# ---- what the desk shows


def where_to(form: Form, tree: Tree, path: Path) -> str:
    """An item's place in the form's words."""
    return label(form, path, names(form, tree))


def save_made(
    wp: Workplace, by: By, opened: Opened, changed: Callable[[Form, Tree], Tree], why: str
) -> SavedVersion:
    """What `changed` makes of the whole text its person saw, carried to the head of now. Clash when
    others changed the same words since."""
    return _saved(wp, by, opened, changed, why)
