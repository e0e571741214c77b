"""Other wording that a member proposes, tried on the texts as they are now: in which documents it
stands, what becomes of the text, and what that does to the consultation and check already held
(規則第7条第1項・第4項・第5項).

Reads only. What is decided about a proposal is in `steps.proposals`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.form import reviewed
from ...domain.document.tree import Path, Tree, walk
from ...domain.errors import PiaError
from ...domain.procedure import steps
from ...domain.revise import national
from ...domain.revise.apply import apply
from ...store import nodes
from ...store.rows import councils
from ...store.rows.assessments import Assessment, Round
from ..workplace import VersionLine, Workplace
from .national import standings
from .revision import table_of


@dataclass(frozen=True, slots=True)
class Tried:
    """Other wording in one document: the line, the block it stands in, the text with it."""

    at: VersionLine
    path: Path
    before: Tree
    after: Tree


def tried(session: Session, row: councils.Proposal, words: str) -> Iterator[Tried]:
    """The documents of a referral that have the passage of a proposal, with `words` in its place:
    the one it was made for first. PiaError where that one no longer has it."""
    referral = session.get_one(councils.Referral, row.referral_id)
    lines = []
    for pinned in referral.rounds:
        round_ = session.get_one(Round, pinned.round_id)
        lines.append(VersionLine(session.get_one(Assessment, round_.assessment_id), round_))
    lines.sort(key=lambda at: (at.assessment.id != row.assessment_id, at.assessment.id))
    for at in lines:
        tree = nodes.recent(session, at.own_head)
        is_own = at.assessment.id == row.assessment_id
        path = tuple(row.path) if is_own else _only_place(tree, row.before)
        if path is not None:
            yield Tried(at, path, tree, _with(tree, path, row.before, words))


def _only_place(tree: Tree, words: str) -> Path | None:
    """The one block that has a passage; None where none has it or several do."""
    found = []
    for path, node in walk(tree):
        if node.kind == "block" and node.value["text"].count(words) == 1:
            found.append(path)
    return found[0] if len(found) == 1 else None


def _with(tree: Tree, path: Path, before: str, after: str) -> Tree:
    form = forms.load(tree.form)
    result = apply(tree, national.substituted(form, tree, path, before, after), form)
    if result.conflicts:
        raise PiaError("いまの記載に、この修正案を取り入れられません。記載を確かめてください。")
    return result.tree


def departing(session: Session, one: Tried) -> list[str]:
    """The places that are word for word the State's text now, and would not be with the proposal:
    the text's title and the place."""
    form = forms.load(one.before.form)
    named = []
    for standing in standings(session, one.at):
        after = national.departures(standing.revision, form, one.after, standing.files)
        same = {place.path for place in standing.places if place.status == "same"}
        for place in after:
            if place.path in same and place.status != "same":
                named.append(f"{standing.revision.title}　{place.label}")
    return named


def reopens(session: Session, wp: Workplace, one: Tried) -> tuple[bool, bool]:
    """(whether the check no longer stands for the text, whether the procedure's table leads back to
    a consultation from where the round is): by the digest of what is checked, and by the table."""
    form = forms.load(one.before.form)
    check = reviewed(form, one.before).digest != reviewed(form, one.after).digest
    table = table_of(session, wp, one.at)
    lines = steps.steps(table, one.at.assessment.kind, one.at.own_round.kind)
    state = one.at.own_round.state
    comment = any(line.to == "CONSULTING" and state in line.sources for line in lines)
    return check, comment
