"""compare against the generator's truth: added, removed, modified, moved and renumbered are
exactly what was done."""

from __future__ import annotations

import pytest

from pia import forms
from pia.domain.change.compare import compare
from pia.domain.change.model import ChangeSet
from pia.domain.document.tree import Path, Tree
from pia.domain.revise.replay import replay

from .made import FORM, cloud, document, heavy


def of(cs: ChangeSet, kind: str) -> set[Path]:
    return {c.path for c in cs if c.kind == kind}


@pytest.fixture(scope="module")
def base() -> Tree:
    return document(600, 150_000)


def test_the_cloud_revision_is_seen_exactly(base: Tree) -> None:
    new, truth = cloud(base)
    cs = compare(base, new)
    assert (of(cs, "added"), of(cs, "modified")) == (truth.added, truth.modified)
    assert len(cs.changes) == 7


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_heavy_edit_is_seen_exactly(base: Tree, seed: int) -> None:
    new, truth = heavy(base, seed)
    cs = compare(base, new)
    assert of(cs, "added") == truth.added
    assert of(cs, "removed") == truth.removed
    assert of(cs, "modified") == truth.modified
    assert cs.summary["moved"] == truth.moves
    assert replay(base, cs, forms.load(FORM)) == new
