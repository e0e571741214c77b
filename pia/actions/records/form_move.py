"""Texts of one document on different forms brought to one of them, as people decided when the
document moved (R30).

Knows what the versions of a document keep of their moves. Must not know who moves a document.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.form import Form
from ...domain.document.tree import Tree
from ...domain.errors import Problem
from ...domain.revise import form_move
from ...domain.revise.form_move import MovedEdit, PlacedAnswer, Unmapped
from ...store import queries


def placed(session: Session, version_id: int) -> tuple[PlacedAnswer, ...]:
    """What was decided in all moves of the document of a version."""
    return form_move.placed_in(queries.versions.form_moves(session, version_id))


def on_form(
    session: Session, version_id: int, tree: Tree, form: Form
) -> tuple[Tree, tuple[Unmapped, ...]]:
    """A text of a version's document on a form, and what has no place there; nothing is asked for
    one that is on it already."""
    if tree.form == form.id:
        return tree, ()
    decided = placed(session, version_id)
    return form_move.migrate(tree, forms.load(tree.form), form, placed=decided)


def edit_on_form(
    session: Session, version_id: int, before: Tree, after: Tree, form: Form
) -> MovedEdit:
    """An edit of a version's document (two texts on one form) on a form."""
    if before.form == form.id:
        return MovedEdit(before, after, ())
    decided = placed(session, version_id)
    return form_move.moved_edit(before, after, forms.load(before.form), form, decided)


def without_place(left: tuple[Unmapped, ...], form: Form) -> tuple[Problem, ...]:
    """What is said of answers that have no place on a form."""
    problems = []
    for each in left:
        sentence = (
            f"{each.citation}の「{each.words[:40]}」は、{form.stamp}の様式に"
            "対応する欄（選択肢）がないため、入れていません。"
        )
        problems.append(Problem("form.unmapped", sentence, "", "warning"))
    return tuple(problems)
