"""The national texts over all assessments: where each place stands to them.

Reads only. The table is drawn from what is kept beside the texts (`records.tallies`); the
differences of one document are computed from its text as it is now. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.describe import numbers
from ...domain.revise import national as national_model
from ...store import queries
from ...store.rows import national as national_rows
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair
from ...store.rows.national import NationalRevision
from ...store.rows.tallies import NationalTally
from ..records import national
from ..workplace import VersionLine, Workplace, head_tree

PAGE = 30  # documents on a page of the table


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """How one ファイル, or one document, stands to each slot of a national text: its states in the
    words of `Departure.status`, None where there is no such place. `cells` is empty where the text
    was not applied.
    """

    where: str
    key: str
    affair: str
    file: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One national text over some assessments, a row per ファイル (or figure). `follower`: the key
    of the text that corrects it; then only the documents that still have it are rows."""

    key: str
    revision: national_model.Revision
    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    follower: str = ""


@dataclass(frozen=True, slots=True)
class MatrixPage:
    """Every national text over the documents from number `first` (from 0) of `whole`."""

    matrices: tuple[Matrix, ...]
    first: int
    whole: int


def matrices(wp: Workplace, first: int = 0, most: int = PAGE) -> MatrixPage:
    """Every registered national text with where some assessments stand to it, in their order."""
    with wp.store.read() as session:
        documents = queries.tallies.documents(session, first, most)
        keyed = [assessment.id for assessment, _ in documents]
        known = queries.tallies.national(session, keyed)
        out = []
        texts = queries.national.in_order(session)
        followers = {str(text.body.get("follows")): text.key for text in texts}
        for text in texts:
            rows: list[MatrixRow] = []
            for assessment, affair in documents:
                rows += _rows(assessment, affair, known.get((text.id, assessment.id)))
            follower = followers.get(text.key, "")
            if follower:
                rows = [row for row in rows if row.cells]
            if rows or not follower:
                out.append(replace(_matrix(text, rows), follower=follower))
        whole = queries.tallies.count_documents(session)
        return MatrixPage(tuple(out), first, whole)


def _matrix(text: NationalRevision, rows: list[MatrixRow]) -> Matrix:
    by_id = forms.load("all_item@平成30年5月").by_id
    parsed = national_model.parse(text.body)
    columns = []
    for slot in parsed.slots:
        number = slot.item
        if slot.item in by_id:
            number = numbers(by_id[slot.item])
        columns.append(slot.figure or number)
    return Matrix(text.key, parsed, tuple(columns), tuple(rows))


def _rows(assessment: Assessment, affair: Affair, tally: NationalTally | None) -> list[MatrixRow]:
    if tally is None:
        return [MatrixRow(assessment.key, assessment.key, affair.name, "", ())]
    rows = []
    for _, name, cells in tally.standings:
        rows.append(MatrixRow(tally.line, assessment.key, affair.name, name, tuple(cells)))
    return rows


@dataclass(frozen=True, slots=True)
class Differing:
    """A place where a document says something else than the national text, and what is on record of
    it."""

    file: str
    departure: national_model.Departure
    reason: str
    asked: Any


@dataclass(frozen=True, slots=True)
class DocumentDepartures:
    """Where one document differs from one national text. `follower`: the key of the text that
    corrects it."""

    affair: str
    where: str
    revision: national_model.Revision
    places: tuple[Differing, ...]
    follower: str = ""


def departures(wp: Workplace, text_key: str, key: str) -> DocumentDepartures:
    """Where the document of a key differs from a national text, from its text as it is now."""
    with wp.store.read() as session:
        row, text = national.revision(session, text_key)
        assessment = queries.assessments.existing(session, key)
        at = VersionLine(assessment, queries.rounds.last_open(session, assessment.id))
        affair = session.get_one(Affair, assessment.affair_id)
        places: list[Differing] = []
        standing = _standing(session, at, text_key)
        tree = head_tree(session, at)
        if standing is not None and tree is not None:
            asked = _confirmations(session, row, assessment)
            names: Mapping[str | None, str] = {None: ""}
            form = forms.load(tree.form)
            if national_model.needs_files(text, form):
                known = national_model.files_of(form, tree)
                names = {file: known.get(file, file) for file in standing.files}
            for file, name in names.items():
                places += _differing(standing, file, name, asked)
        after = queries.national.follower(session, text_key)
        follower = after.key if after is not None else ""
        return DocumentDepartures(affair.name, at.ref, text, tuple(places), follower)


def _standing(session: Session, at: VersionLine, text_key: str) -> national.NationalStanding | None:
    for standing in national.standings(session, at):
        if standing.key == text_key:
            return standing
    return None


def _confirmations(
    session: Session, text: NationalRevision, assessment: Assessment
) -> dict[str, national_rows.Confirmation]:
    """What the state was asked, by item: of this document, else of all."""
    asked = {}
    known = national_rows.confirmations(session, text.id)
    for (item, about), value in sorted(known.items(), key=lambda pair: pair[0][1] is not None):
        if about in (None, assessment.id):
            asked[item] = value
    return asked


def _differing(
    standing: national.NationalStanding,
    file: str | None,
    name: str,
    asked: Mapping[str, national_rows.Confirmation],
) -> list[Differing]:
    places = []
    for slot in standing.revision.slots:
        cell = national.cell(standing, slot, file)
        if cell is not None and cell.status == "differs":
            places.append(
                Differing(name, cell, standing.reason.get(cell.item, ""), asked.get(cell.item))
            )
    return places
