"""A text of before taken up again: a save taken back, a whole version, one item, one entry. Each is
a new version, with what it is made of said in its reason; nothing that was saved goes away.

Knows versions of one document and lines that may be written on. What others saved meanwhile stays
(three-way), and what clashes is refused with its places. Must not know pages. Serves
規則第7条第4項: the text that is decided on is the one that was meant.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.document import items as answers
from ...domain.document.form import Form
from ...domain.document.tree import Path, Tree
from ...domain.errors import PiaError, Refused
from ...store import nodes
from ...store.ledger import log
from ...store.ledger.witness import Witness
from ...store.rows import assessments
from ...store.rows.assessments import NewVersion, Version
from ...store.turns import Outdated
from ..records import form_move
from ..workplace import Workplace, line, put, ready, ref_of
from . import items
from .items import Opened
from .versions import SavedVersion, marks_kept


def take_back(wp: Workplace, by: By, where: str, ref: str) -> SavedVersion:
    """Undoes what one version changed, in the text of now. Refused where somebody has changed the
    same words since, and for the first version of a document."""
    version, tree = _text_of(wp, ref)
    with wp.store.read() as session:
        before = _parent(session, version)
    if tree.form != before.form:
        return _form_taken_back(wp, by, where, version, before)
    try:
        return items.save_made(
            wp,
            by,
            Opened(where, (), ref),
            lambda _, seen: marks_kept(before, seen),
            f"第{version.seq}版の保存を取り消す",
        )
    except items.Clash as error:
        raise Refused(
            f"第{version.seq}版の保存は、そのまま取り消せません。"
            "その後に、同じところがもう一度書き換えられています。",
            ("版の比較で違いを見て、項目ごとに前の記載へ戻してください。",),
        ) from error


def _form_taken_back(
    wp: Workplace, by: By, where: str, version: Version, before: Tree
) -> SavedVersion:
    """The text before a move to another form, word for word. Refused where anything was written
    since: what stands in new items would be lost."""

    def prepare(session: Witness) -> tuple[int | None, NewVersion, str | None]:
        at = line(session, where)
        if no := items.closed_line(at):
            raise no
        head = session.get_one(Version, at.own_head)
        if head.digest != version.digest:
            raise Refused(
                "様式の移行は、そのまま取り消せません。その後に、評価書が書き換えられています。",
                (
                    "移行の後の保存を、新しいものから順に取り消してから、もう一度お試しください。"
                    "どれも版の履歴に残ります。",
                ),
            )
        why = f"第{version.seq}版の様式の移行を取り消す"
        new = ready(session, forms.load(before.form), before, why, None, head.id)
        return head.id, new, at.chain

    def carry_out(
        session: Witness, made: tuple[int | None, NewVersion, str | None]
    ) -> SavedVersion:
        at = line(session, where)
        if at.head_id != made[0]:
            raise Outdated
        saved = put(session, at, made[1], by)
        about = {"form": saved.form, "taken_back": version.named(session)}
        log.entry(session, by, "version.form", at.ref, about, [saved])
        return SavedVersion(ref_of(at.assessment, saved), saved.digest, True)

    return wp.store.prepared(prepare, carry_out, lambda made: made[2])


def restore_version(wp: Workplace, by: By, where: str, ref: str, seen: str) -> SavedVersion:
    """The whole text of a version as the newest version. `seen`: the version whose history its
    person looked at; what others saved since stays."""
    version, tree = _text_of(wp, ref)
    tree = _fitting(wp, version, tree, seen)
    try:
        return items.save_made(
            wp,
            by,
            Opened(where, (), seen),
            lambda _, now: marks_kept(tree, now),
            f"第{version.seq}版の記載に戻す",
        )
    except items.Clash as error:
        raise Refused(
            "画面を開いた後に、戻すところをほかの人が書き換えています。",
            ("画面を開き直して、版の履歴を確かめてください。",),
        ) from error


def _fitting(wp: Workplace, version: Version, tree: Tree, seen: str, under: Path = ()) -> Tree:
    """A text of before on the form of the version that was looked at. Refused where something of
    it (of what stands under a path) has no place there."""
    form = forms.load(_text_of(wp, seen)[1].form)
    with wp.store.read() as session:
        fitted, left = form_move.on_form(session, version.id, tree, form)
    lost = [each for each in left if _is_under(each.path, [under])]
    if lost:
        raise Refused(
            "様式の版が違うため、前の記載へそのまま戻せません。",
            tuple(
                f"{each.citation}の「{each.words}」は、{form.stamp}の様式に入る欄がありません。"
                for each in lost
            ),
        )
    return fitted


def restore_item(wp: Workplace, by: By, opened: Opened, ref: str) -> SavedVersion:
    """One item as it stood in a version. Clash when others changed it since."""
    version, tree = _text_of(wp, ref)
    tree = _fitting(wp, version, tree, opened.seen, opened.path)

    def changed(form: Form, seen: Tree) -> Tree:
        item = answers.item_at(form, opened.path)
        if item.procedure:
            raise PiaError(
                f"「{item.label}」は、手続の記録から記入する欄です。手続の画面で記入してください。"
            )
        then = tree.find(opened.path)
        if then is None:
            then = items.answered(item, None)
        alone = then.with_children(then.leaves)
        return marks_kept(answers.with_item(form, seen, opened.path, alone), seen)

    return items.save_made(wp, by, opened, changed, f"第{version.seq}版の記載に戻す")


def restore_entry(wp: Workplace, by: By, opened: Opened, key: str, ref: str) -> SavedVersion:
    """An entry that was taken out, with all its answers as they stood in a version, at the end of
    its repeat; a ファイル comes back in Ⅱ, Ⅲ and 別添2 together."""
    version, tree = _text_of(wp, ref)
    tree = _fitting(wp, version, tree, opened.seen, (*opened.path, key))

    def changed(form: Form, seen: Tree) -> Tree:
        spots = [(*path, key) for path in items.together(form, opened.path)]
        if any(seen.find(spot) is not None for spot in spots):
            raise PiaError("その欄は、いまの評価書にもうあります。画面を開き直してください。")
        back = [pair for pair in answers.answers(tree) if _is_under(pair[0], spots)]
        if not back:
            raise PiaError("その版には、その欄がありません。版の履歴から選び直してください。")
        return answers.build(form, [*answers.answers(seen), *back])

    return items.save_made(wp, by, opened, changed, f"第{version.seq}版の欄を元に戻す")


def _is_under(path: Path, spots: Iterable[Path]) -> bool:
    return any(path[: len(spot)] == spot for spot in spots)


def _text_of(wp: Workplace, ref: str) -> tuple[Version, Tree]:
    with wp.store.read() as session:
        version = assessments.resolve(session, ref)
        tree = nodes.recent(session, version.id)
    if tree.digest != version.digest:
        raise PiaError(f"第{version.seq}版の記載は廃棄されているため、戻せません。")
    return version, tree


def _parent(session: Session, version: Version) -> Tree:
    if version.parent_id is None:
        raise PiaError("最初の版は取り消せません。取込みの画面で取り消してください。")
    return nodes.recent(session, version.parent_id)
