"""A document moves to a newer form in one act: what would happen is shown first, what has no place
is decided by a person, and the move is one version that can be taken back.

Knows lines of versions that may be written on. Must not know pages. What is told of both forms is
said by `domain.revise.form_move`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.change.describe import citation, names
from ...domain.document.form import Form, FormNode
from ...domain.document.items import answers
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.revise import form_move
from ...domain.revise.form_move import PlacedAnswer, Unmapped
from ...store import nodes
from ...store.ledger import log
from ...store.ledger.witness import Witness
from ...store.rows.assessments import NewVersion, Version
from ...store.turns import Outdated
from ..records import schedules
from ..workplace import VersionLine, Workplace, line, put, ready, ref_of
from . import items
from .beginning import form_on
from .versions import SavedVersion

LEAVE = "-"  # what a person chooses for an answer that is not taken over


@dataclass(frozen=True, slots=True)
class LeftAnswer:
    """An answer the new form has no place for, and where a person may put it: (value, words) of
    each; `field` names the choice on a page."""

    field: str
    unmapped: Unmapped
    offers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormMove:
    """What a move to another form does: how many answers move, the items that are new and empty
    ((path, as cited) of each), and what has no place. `seen`: the version it was worked out
    from."""

    ref: str
    seen: str
    old: Form
    new: Form
    moved: int
    fresh: tuple[tuple[str, str], ...]
    left: tuple[LeftAnswer, ...]


@dataclass(frozen=True, slots=True)
class OutdatedForm:
    """A text on an older form than the one that applies on the `day` of its submission: that which
    is planned, and today where none is planned or it is past."""

    old: Form
    new: Form
    day: date


def newer_forms(form: Form) -> tuple[Form, ...]:
    """The later forms of the same kind, oldest first."""
    return tuple(other for other in forms.of_kind(form.kind) if form_move.is_newer(other, form))


def outdated(wp: Workplace, where: str, today: date) -> OutdatedForm | None:
    """Whether the text of a round is on an older form than the one that applies on the day it is to
    be submitted; None where it is not, or nothing can be written on the line."""
    with wp.store.read() as session:
        at = line(session, where)
        if at.round is None or at.round.head_id is None or at.round.state not in items.WRITING:
            return None
        form = session.get_one(Version, at.round.head_id).form
        kind = form.partition("@")[0]
        if form == forms.newest(kind):
            return None
        planned = schedules.schedule_of(session, wp, at.round, today).line("submitted")
    day = max(today, planned.day) if planned is not None else today
    now = form_on(kind, day)
    if now == form:
        return None
    old, new = forms.load(form), forms.load(now)
    return OutdatedForm(old, new, day) if form_move.is_newer(new, old) else None


def preview(wp: Workplace, where: str, to: str = "") -> FormMove:
    """What a move would do. `to`: the id of a newer form, else the newest. PiaError where there is
    no newer form, Refused where nothing can be written now."""
    with wp.store.read() as session:
        at, version, tree = _standing(session, where)
        return _preview(at, version, tree, _target(tree, to))


def move(
    wp: Workplace, by: By, where: str, seen: str, to: str, chosen: Mapping[str, str]
) -> SavedVersion:
    """Moves a text to a newer form as one version. `chosen`: for each answer without a place, by
    its field, where it goes (LEAVE: it stays in the version before only). Unfit where one is not
    decided, Refused where the text has changed since it was looked at."""

    def prepare(session: Witness) -> _Moved:
        at, version, tree = _standing(session, where)
        if ref_of(at.assessment, version) != seen:
            raise Refused(
                "画面を開いた後に、評価書が書き換えられています。",
                ("移行の内容を、もう一度確かめてください。",),
            )
        new = _target(tree, to)
        told = _preview(at, version, tree, new)
        placed = _placed(told, chosen)
        old = forms.load(tree.form)
        moved, left = form_move.migrate(tree, old, new, placed=placed)
        source = form_move.kept_with(old, placed)
        why = f"様式の移行（{old.stamp}から{new.stamp}）"
        made = ready(session, new, moved, why, source, version.id)
        return _Moved(version.id, made, at.chain, len(left))

    def carry_out(session: Witness, moved: _Moved) -> SavedVersion:
        at = line(session, where)
        if at.head_id != moved.head:
            raise Outdated
        saved = put(session, at, moved.new, by)
        about = {"form": saved.form, "left": moved.left}
        log.entry(session, by, "version.form", at.ref, about, [saved])
        return SavedVersion(ref_of(at.assessment, saved), saved.digest, True)

    return wp.store.prepared(prepare, carry_out, lambda moved: moved.chain)


@dataclass(frozen=True, slots=True)
class _Moved:
    """A text on its new form, ready to be saved: on which head it was made, the chain of its body,
    and how many answers were left out."""

    head: int
    new: NewVersion
    chain: str | None
    left: int


def _standing(session: Session, where: str) -> tuple[VersionLine, Version, Tree]:
    at = line(session, where)
    if no := items.closed_line(at):
        raise no
    version = session.get_one(Version, at.own_head)
    return at, version, nodes.recent(session, version.id)


def _target(tree: Tree, to: str) -> Form:
    """The form to move to. PiaError where it is none of the newer ones."""
    newer = newer_forms(forms.load(tree.form))
    if not newer:
        raise PiaError("この評価書は、最も新しい様式で書かれています。移す先の様式はありません。")
    if not to:
        return newer[-1]
    for form in newer:
        if form.id == to:
            return form
    raise PiaError("移す先には、いまより新しい、同じ種類の様式を選んでください。")


def _preview(at: VersionLine, version: Version, tree: Tree, new: Form) -> FormMove:
    old = forms.load(tree.form)
    moved, left = form_move.migrate(tree, old, new)
    known = names(new, moved)
    fresh = []
    for item in form_move.fresh_items(old, new):
        fresh.append(("/".join(item.path), citation(new, item.path, known)))
    offered = []
    for index, unmapped in enumerate(left):
        offered.append(LeftAnswer(f"place_{index}", unmapped, _offers(old, new, moved, unmapped)))
    return FormMove(
        at.ref,
        ref_of(at.assessment, version),
        old,
        new,
        sum(1 for _ in answers(moved)),
        tuple(fresh),
        tuple(offered),
    )


def _offers(old: Form, new: Form, moved: Tree, left: Unmapped) -> tuple[tuple[str, str], ...]:
    """Where an answer may go: the choices of its item that the old form did not have, or the new
    items of its kind that are still empty."""
    line_ = old.at(left.path)[0]
    assert line_ is not None
    if left.option:
        target = new.by_id[line_.id]
        before = {option.label for option in line_.options}
        labels = [option.label for option in target.options if option.label not in before]
        return tuple((label, label) for label in labels)
    offers = []
    for item in form_move.fresh_items(old, new):
        if _takes(item, line_) and moved.find(item.path) is None:
            offers.append((item.id, citation(new, item.path, names(new, moved))))
    return tuple(offers)


def _takes(item: FormNode, line_: FormNode) -> bool:
    """Whether an item can hold what stood at another: the same kind, outside of any repeat."""
    repeated = any(each.repeated for each in (*item.parents, *line_.parents))
    return item.kind == line_.kind and not item.options and not repeated


def _placed(told: FormMove, chosen: Mapping[str, str]) -> Sequence[PlacedAnswer]:
    """What a person decided of each answer without a place."""
    placed = []
    for left in told.left:
        to = chosen.get(left.field, "")
        if to != LEAVE and to not in dict(left.offers):
            raise Unfit(left.field, f"{left.unmapped.citation}をどうするか、選んでください。")
        if to != LEAVE:
            placed.append(PlacedAnswer(left.unmapped.path, left.unmapped.option, to))
    return placed
