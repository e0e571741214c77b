"""Where an affair came from and what came of it, with what each of them published.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ... import forms
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows.affair_origins import AffairOrigin
from ...store.rows.bodies import Affair
from ..records.origin_kinds import KINDS_OF_ORIGIN
from ..workplace import Workplace, ref_of


@dataclass(frozen=True, slots=True)
class PublishedPast:
    """A publication of an affair: what kind of document, its day, and the version."""

    kind: str
    day: date
    ref: str


@dataclass(frozen=True, slots=True)
class OriginLine:
    """An affair another came from or went into: the number of the record, the affair's key, name
    and 評価書番号, in which way, from which day, why, and what it published, oldest first."""

    record: int
    key: str
    name: str
    number: str
    kind: str
    day: date
    reason: str
    published: tuple[PublishedPast, ...]


@dataclass(frozen=True, slots=True)
class OriginView:
    """An affair with those it came from and those that came of it; `choices`: key → name of the
    affairs it may have come from."""

    before: tuple[OriginLine, ...]
    after: tuple[OriginLine, ...]
    choices: dict[str, str]


def of_affair(wp: Workplace, key: str) -> OriginView:
    """Where an affair came from. PiaError for a key of none."""
    with wp.store.read() as session:
        affair = _affair(session, key)
        before = queries.affair_origins.before(session, [affair.id])
        after = queries.affair_origins.after(session, affair.id)
        choices = {}
        for other in queries.affairs.by_number(session):
            if other.id != affair.id and other.withdrawn is None:
                choices[other.key] = f"{other.number}　{other.name}"
        return OriginView(
            tuple(_lines(session, [(row, row.from_id) for row in before])),
            tuple(_lines(session, [(row, row.affair_id) for row in after])),
            choices,
        )


def documents(wp: Workplace, key: str) -> list[str]:
    """The keys of the documents of the affairs an affair is shown with."""
    view = of_affair(wp, key)
    with wp.store.read() as session:
        keys = []
        for line in (*view.before, *view.after):
            affair = _affair(session, line.key)
            keys += [each.key for each in queries.assessments.of_affair(session, affair.id)]
        return keys


def _affair(session: Session, key: str) -> Affair:
    affair = queries.affairs.of_key(session, key)
    if affair is None:
        raise PiaError("その事務はありません。一覧から選び直してください。")
    return affair


def _lines(session: Session, rows: Iterable[tuple[AffairOrigin, int]]) -> Iterable[OriginLine]:
    for row, other in rows:
        affair = session.get_one(Affair, other)
        published = []
        for assessment, version, day in queries.affair_origins.published(session, affair.id):
            kind = forms.KIND_NAMES.get(assessment.kind, assessment.kind)
            published.append(PublishedPast(kind, day, ref_of(assessment, version)))
        about = (row.id, affair.key, affair.name, affair.number)
        words = KINDS_OF_ORIGIN[row.kind]
        yield OriginLine(*about, words, row.day, row.reason, tuple(published))
