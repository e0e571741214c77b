"""The national texts over all assessments: where each place stands to them.

Reads only; everything is computed from what is stored. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.describe import numbers
from ...domain.revise import national as national_model
from ...store import queries
from ...store.rows import national as national_rows
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair
from ..records import national
from ..workplace import VersionLine, Workplace, head_tree


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """How one ファイル, or one document, stands to each slot of a national text."""

    where: str
    key: str
    affair: str
    file: str
    cells: tuple[national_model.Departure | None, ...]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One national text over all assessments, a row per ファイル (or figure)."""

    key: str
    revision: national_model.Revision
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    untouched: tuple[str, ...]
    confirmations: Mapping[str, Any]


def matrices(wp: Workplace) -> list[Matrix]:
    """Every registered national text with where each assessment stands to it, in their order."""
    with wp.store.read() as session:
        by_id = forms.load("all_item@平成30年5月").by_id
        out = []
        for row in queries.national.in_order(session):
            text = national_model.parse(row.body)
            columns = []
            for slot in text.slots:
                if slot.item in by_id:
                    number = numbers(by_id[slot.item])
                else:
                    number = slot.item
                columns.append(slot.figure or number)
            rows: list[MatrixRow] = []
            untouched = []
            for assessment in national.all_assessments(session):
                if assessment.head_id is None:
                    continue
                affair = session.get_one(Affair, assessment.affair_id)
                own = _rows(
                    session, row.key, text, VersionLine(assessment, _opened(session, assessment))
                )
                if own is None:
                    untouched.append(affair.name)
                else:
                    rows += own
            asked = {}
            for (item, _), value in national_rows.confirmations(session, row.id).items():
                asked[item] = value
            out.append(Matrix(row.key, text, tuple(columns), tuple(rows), tuple(untouched), asked))
        return out


def _opened(session: Session, assessment: Assessment) -> Round | None:
    """The latest round of an assessment that is still open."""
    return queries.rounds.last_open(session, assessment.id)


def _rows(
    session: Session, key: str, text: national_model.Revision, at: VersionLine
) -> list[MatrixRow] | None:
    """The rows of one assessment: one, or one a ファイル where the text asks for each.

    None where the national text does not concern it.
    """
    name = session.get_one(Affair, at.assessment.affair_id).name
    standings = national.standings(session, at)
    standing = next((standing for standing in standings if standing.key == key), None)
    tree = head_tree(session, at)
    if standing is None or tree is None:
        return None
    form = forms.load(tree.form)
    shown: Mapping[str | None, str] = {None: ""}
    if national_model.needs_files(text, form):
        names = national_model.files_of(form, tree)
        shown = {file: names.get(file, file) for file in standing.files}
    rows = []
    for file, title in shown.items():
        cells = tuple(_cell(standing, slot, file) for slot in standing.revision.slots)
        rows.append(MatrixRow(at.ref, at.assessment.key, name, title, cells, standing.reason))
    return rows


def _cell(
    standing: national.NationalStanding, slot: national_model.Slot, file: str | None
) -> national_model.Departure | None:
    """How a slot stands in one ファイル, or (None) in the whole document."""
    places = []
    for place in standing.places:
        in_file = file is None or file in place.path or "*" not in slot.path
        if place.slot is slot and in_file:
            places.append(place)
    return _farthest(places)


def _farthest(departures: Iterable[national_model.Departure]) -> national_model.Departure | None:
    """What a cell shows where a place is there several times (in each 委託事項): the one that is
    farthest from the national text.
    """
    return max(
        departures,
        key=lambda departure: ("same", "missing", "absent", "differs").index(departure.status),
        default=None,
    )
