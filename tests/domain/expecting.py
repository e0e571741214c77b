"""What a test expects of a comparison, said in words.

`expect_changes(old, new, ["added block IV/3/措置"])`: a change is said as its kind, its level and
the path of what changed; where it was elsewhere before, both paths:
"moved section 庁舎/保管 → 委託先/保管". Knows comparisons; no form's contents.
"""

from __future__ import annotations

from collections.abc import Sequence

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.change.model import Change, ChangeSet
from pia.domain.document.form import OPEN, Form
from pia.domain.document.tree import Tree
from pia.domain.revise.apply import apply
from pia.domain.revise.replay import replay


def expect_changes(old: Tree, new: Tree, expected: Sequence[str]) -> ChangeSet:
    """The changes from one tree to another, which are these in this order, and prove themselves."""
    changes = proven(old, new)
    assert [said(change) for change in changes] == list(expected)
    return changes


def proven(old: Tree, new: Tree) -> ChangeSet:
    """The changes from one tree to another: they make the one of the other, both ways."""
    form = form_of(old)
    changes = compare(old, new)
    assert replay(old, changes, form) == new
    assert apply(old, changes, form).tree == new
    assert replay(new, compare(new, old), form) == old
    return changes


def said(change: Change) -> str:
    """A change in words. A text before all headings has the key "", its second paragraph " #2"."""
    here = "/".join(change.path)
    before = "/".join(change.was or change.path)
    where = here if before == here else f"{before} → {here}"
    return f"{change.kind} {change.level} {where}".rstrip()


def form_of(tree: Tree) -> Form:
    return OPEN if tree.form == OPEN.id else forms.load(tree.form)
