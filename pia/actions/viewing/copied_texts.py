"""What a first text was begun with: which items still say what the document they were copied from
says, and what of that has no place here.

Reads only; computed from the two texts. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.describe import citation, names
from ...domain.document.items import answers
from ...domain.revise import first_text
from ...domain.revise.form_move import Unmapped, migrate
from ...store import nodes, queries
from ...store.rows import assessments
from ..sources import edition
from ..workplace import Workplace, line


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A version a first text can be copied from: its REF, kind and key, and what it is called."""

    ref: str
    kind: str
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class CopiedText:
    """What a round's first text was copied from: what that version is called, the items (path, as
    cited) that still say the same, and what has no place on the form."""

    words: str
    same: tuple[tuple[str, str], ...]
    left: tuple[Unmapped, ...]


def choices(wp: Workplace, but: str) -> list[SourceChoice]:
    """The latest version of each document of the city's other affairs than the one of key `but`;
    what was published before what was not."""
    with wp.store.read() as session:
        out = []
        for assessment, affair, version in queries.versions.heads_of_others(session, but):
            words = f"{affair.name}　{edition(session, version)}"
            ref = f"{assessment.key}@{version.seq}"
            out.append(SourceChoice(ref, assessment.kind, assessment.key, words))
        return out


@nodes.whole()
def of_round(wp: Workplace, ref: str) -> CopiedText | None:
    """Where a round's text was copied from; None for one that was not."""
    with wp.store.read() as session:
        at = line(session, ref)
        if at.round is None or at.round.base_id is not None or at.round.head_id is None:
            return None
        first = queries.versions.first_of_round(session, at.round.id)
        source = (first.source or {}).get(first_text.COPIED) if first is not None else None
        if source is None:
            return None
        return _copied(session, str(source), at.own_head)


def _copied(session: Session, source: str, head: int) -> CopiedText:
    version = assessments.resolve(session, source)
    text = nodes.recent(session, head)
    form = forms.load(text.form)
    old = nodes.recent(session, version.id)
    moved, left = migrate(old, forms.load(old.form), form)
    before = dict(answers(moved))
    known = names(form, text)
    same = []
    for path, answer in answers(text):
        if not first_text.is_own(form, path) and before.get(path) == answer:
            same.append(("/".join(path), citation(form, path, known) or "項目"))
    affair = queries.assessments.affair_name(session, version.assessment_id)
    words = f"{affair}　{edition(session, version)}"
    return CopiedText(words, tuple(same), left)
