"""The wording opinions led to: the lines that differ, before and after, as residents may read them
(規則第7条第4項).

Knows which versions an adoption lies between. Must not know papers or pages, nor who sent an
opinion.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.describe import numbers
from ...domain.document.form import Form
from ...domain.document.items import shown_of
from ...domain.document.tree import LEAVES, Path
from ...domain.withheld.public_reading import PublicReading
from ...store import queries
from ...store.rows.assessments import Assessment, Version
from ...store.rows.bodies import Affair
from .outward import beside


@dataclass(frozen=True, slots=True)
class AdoptedWording:
    """What an opinion changed: its number, the item, the lines before and after, and the names of
    the 事務 whose documents say the same."""

    opinion: int
    item: str
    before: str
    after: str
    names: tuple[str, ...]


def of_rounds(
    session: Session, consultation_id: int, names: Mapping[str, str], rounds: Collection[int]
) -> list[AdoptedWording]:
    """The wording opinions led to in these rounds; the same wording in several documents once, only
    the lines that differ. `names`: key of a document → name of its 事務."""
    groups: dict[tuple[int, str, str, str], list[str]] = {}
    for adoption, opinion in queries.opinions.adopted_in_rounds(session, rounds, consultation_id):
        was = session.get_one(Version, adoption.before_id)
        now = session.get_one(Version, adoption.after_id)
        before, after = beside(session, now, was)
        form = forms.load(after.form)
        path = after.place(form, tuple(adoption.path))
        if after.find(path) is None:
            path = path[:-1]  # a heading that is withheld has no name to find it by
        assessment = session.get_one(Assessment, adoption.assessment_id)
        name = names.get(assessment.key) or after.without(
            session.get_one(Affair, assessment.affair_id).name
        )
        changed = after.find(path)
        spot = path if changed is None or changed.kind not in LEAVES else path[:-1]
        lines = differing(_lines(before, path), _lines(after, path))
        groups.setdefault((opinion.number, item_words(form, spot), *lines), []).append(name)
    return [AdoptedWording(*key, tuple(who)) for key, who in groups.items()]


def item_words(form: Form, path: Path) -> str:
    """Ⅱ６③消去方法: the official number with the item's own label; a figure by its whole label."""
    line = form.at(path)[0]
    if line is None:
        return "／".join(path)
    numbers_of = numbers(line)
    if any("{n}" in x.label for x in line.parents):
        return ""
    up = next((x for x in reversed(line.parents) if x.number), None)
    if line.number:
        return f"{numbers_of}{line.label}"
    if up is not None:
        return f"{numbers(up)}{up.label}"
    return numbers_of


def differing(old: list[str], new: list[str]) -> tuple[str, str]:
    """The lines of either side that are not in both, where they stand: a line said elsewhere too is
    still new here.
    """
    before = []
    after = []
    for step in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if step[0] != "equal":
            before += old[step[1] : step[2]]
            after += new[step[3] : step[4]]
    return "\n".join(before), "\n".join(after)


def _lines(tree: PublicReading | None, path: Path) -> list[str]:
    node = tree.find(path) if tree is not None else None
    if node is None:
        return []
    return shown_of(node).split("\n")
