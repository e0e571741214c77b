"""Who reads withheld words, and how a text, a record or a sentence looks to everybody else.

Knows the marks of 非公表部分 and who may read them. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document import items
from ...domain.document.marked import REDACTED
from ...domain.document.tree import Tree
from ...domain.withheld.kept import secrets
from ...domain.withheld.public_reading import public
from ...store import nodes, queries
from ..workplace import Workplace
from .given import given
from .person import Person


@dataclass(frozen=True, slots=True)
class Readers:
    """For whom withheld words are hidden: `default` by the data of the house, `set_` what the
    office set for one document (assessment → may).
    """

    default: Callable[[int], bool]
    set_: Mapping[int, bool]

    def hides(self, assessment: int) -> bool:
        """Whether the withheld words of an assessment are hidden from this person."""
        allowed = self.set_.get(assessment)
        return not (self.default(assessment) if allowed is None else allowed)


def readers(session: Session, wp: Workplace, who: Person, today: date) -> Readers:
    """Whether a person may read the withheld words of each document: what was set for them alone
    wins over their department, that over their role, that over the default.
    """
    line_ = wp.rights["rights"]["withheld"]
    own = who.role in line_.get("own", ())
    given_to = who.role in line_.get("given", ())
    mine: set[int] = set()
    if own:
        if who.department_id:
            mine = set(queries.assessments.ids_in_department(session, who.department_id))
    elif given_to:
        mine = set(given(session, who, today).documents)
    whole = who.role in line_["roles"] and not own and not given_to
    names = {f"account:{who.name}": 3, f"department:{who.department_id}": 2, f"role:{who.role}": 1}
    best: dict[int, tuple[int, bool]] = {}
    for row in queries.sign_in.readers_among(session, names):
        if names[row.who] >= best.get(row.assessment_id, (0, False))[0]:
            best[row.assessment_id] = (names[row.who], row.allowed)
    return Readers(
        lambda assessment: whole or assessment in mine,
        {assessment: allowed for assessment, (_, allowed) in best.items()},
    )


def assessment_key(ref: str) -> str:
    """The key of the assessment a reference names: KEY@N and KEY~ROUND without their ends."""
    return ref.split("@")[0].split("~")[0]


def reads_all(wp: Workplace, who: Person, today: date, refs: Iterable[str]) -> bool:
    """Whether somebody may read every word of these documents; without a mark anybody may."""
    with wp.store.read() as session, nodes.whole():
        mine = readers(session, wp, who, today)
        for key in sorted(set(map(assessment_key, refs))):
            assessment = queries.assessments.of_key(session, key)
            if assessment is None or (
                mine.hides(assessment.id) and marked_words(session, assessment.id)
            ):
                return False
    return True


def marked_words(session: Session, assessment: int) -> frozenset[str]:
    """Every word ever marked in an assessment: an earlier version may say them unmarked."""
    rows = queries.versions.told_of(session, assessment)
    nodes.met(session, [(index, form, digest) for index, form, digest in rows])
    with nodes.whole():
        return frozenset().union(*(_marked(nodes.recent(session, index)) for index, _, _ in rows))


@lru_cache(maxsize=512)
def _marked(tree: Tree) -> frozenset[str]:
    return secrets(tree)


@lru_cache(maxsize=64)
def tree_without(tree: Tree, words: frozenset[str]) -> Tree:
    """The document as who may not read its withheld words sees it: the public projection, and the
    same words wherever else it says them.
    """
    form = forms.load(tree.form)
    shown = public(form, tree, words)
    answers = []
    for path, answer in items.answers(shown):
        answers.append((path, _without(answer, words)))
    if answers != list(items.answers(shown)):
        return items.build(form, answers)
    return shown


def _without(value: Any, words: frozenset[str]) -> Any:
    """Words replaced in every text of a value: texts, lists, mappings and records of them."""
    if isinstance(value, str):
        for word in sorted(words, key=lambda this_word: (-len(this_word), this_word)):
            value = value.replace(word, REDACTED)
        return value
    if isinstance(value, dict):
        parts = {}
        for key, part in value.items():
            parts[key] = _without(part, words)
        return parts
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return value
    if isinstance(value, list | tuple):
        return type(value)(_without(entry, words) for entry in value)
    if is_dataclass(value) and not isinstance(value, type | Tree):
        return _record_without(value, words)
    return value


def _record_without(value: Any, words: frozenset[str]) -> Any:
    fields_now = {}
    for field in fields(value):
        if field.init:
            fields_now[field.name] = getattr(value, field.name)
    without = {}
    for name, old in fields_now.items():
        if isinstance(old, str | list | tuple | dict) or is_dataclass(old):
            without[name] = _without(old, words)
    changed = {}
    for name, new in without.items():
        if new != fields_now[name]:
            changed[name] = new
    if changed:
        return replace(value, **changed)
    return value


@contextmanager
def seen_by(wp: Workplace, who: Person, today: date) -> Iterator[dict[int, frozenset[str]]]:
    """Every document read inside is as this person may see it.

    For what is shown; an act works on the whole text. Gives the withheld words that came to light
    (assessment → words), for the record of who read them.
    """
    known: list[Readers] = []
    open_: dict[int, frozenset[str]] = {}

    def eyes(session: Session, version: int, tree: Tree) -> Tree:
        if not known:
            known.append(readers(session, wp, who, today))
        assessment = _assessment_of(session, version)
        if not known[0].hides(assessment):
            if revealed := _marked(tree):
                open_[assessment] = open_.get(assessment, frozenset()) | revealed
            return tree
        words = marked_words(session, assessment)
        if words:
            return tree_without(tree, words)
        return tree

    with nodes.seen_through(eyes):
        yield open_


@contextmanager
def veiled() -> Iterator[None]:
    """Every document read inside is without its withheld words, whoever asked."""

    def eyes(session: Session, version: int, tree: Tree) -> Tree:
        words = marked_words(session, _assessment_of(session, version))
        if words:
            return tree_without(tree, words)
        return tree

    with nodes.seen_through(eyes):
        yield


def veiled_if(masked: bool) -> AbstractContextManager[None]:
    """`veiled` where a file was asked for without its withheld words."""
    if masked:
        return veiled()
    return nullcontext()


def _assessment_of(session: Session, version: int) -> int:
    known: dict[int, int] = session.info.setdefault("assessment of version", {})
    if version not in known:
        known[version] = queries.versions.assessment_of(session, version)
    return known[version]


def hidden_words(wp: Workplace, who: Person, today: date, keys: Iterable[str]) -> frozenset[str]:
    """The words of these documents that this person may not read."""
    out: frozenset[str] = frozenset()
    with wp.store.read() as session:
        mine = readers(session, wp, who, today)
        for key in sorted(set(keys)):
            assessment = queries.assessments.id_of(session, key)
            if assessment is not None and mine.hides(assessment):
                out |= marked_words(session, assessment)
    return out


def told(value: Any, words: frozenset[str]) -> Any:
    """Sentences, records and lists of them without words that are hidden from who reads them: what
    people wrote beside a text may quote it.
    """
    if words:
        return _without(value, words)
    return value
