"""How a document stands to the national texts that were applied to it, computed from its text as
it is now.

Reads only. Must not know how a text is applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.revise import national as model
from ...store import queries
from ...store.rows import national as rows
from ...store.rows.assessments import Assessment
from ..workplace import VersionLine, head_tree


def revision(session: Session, key: str) -> tuple[rows.NationalRevision, model.Revision]:
    """The stored row and the text of a national revision. PiaError when there is none."""
    row = rows.revision(session, key)
    return row, model.parse(row.body)


def to_apply(session: Session, key: str) -> model.Revision:
    """The text of a key as it is applied: knowing what the texts before its correction said.
    PiaError for one that was taken back, or that another one corrects."""
    row, text = revision(session, key)
    if not queries.national.stands(session, row.id):
        raise PiaError(f"国の記載例「{row.title}」の登録は取り消されています。")
    if queries.national.follower(session, key) is not None:
        raise PiaError(
            f"国の記載例「{row.title}」（{row.edition}）は訂正されています。"
            "訂正後の記載例を反映してください。"
        )
    earlier = [model.parse(each.body) for each in queries.national.before(session, row)]
    return model.following(text, earlier)


@dataclass(frozen=True, slots=True)
class NationalStanding:
    """One revision in one line: how every place stands, and what the state was asked about it."""

    revision: model.Revision
    key: str
    where: str
    files: tuple[str, ...]
    places: tuple[model.Departure, ...]
    confirmations: Mapping[str, rows.Confirmation]
    reason: Mapping[str, str]


def standings(session: Session, at: VersionLine) -> list[NationalStanding]:
    """How a line stands to every revision applied to its assessment, computed from its text as it
    is now.
    """
    tree = head_tree(session, at)
    if tree is None:
        return []
    form = forms.load(tree.form)
    out: dict[str, NationalStanding] = {}
    replaced: set[str] = set()
    for national_application in rows.standing(session, at.assessment.id):
        row = session.get_one(rows.NationalRevision, national_application.revision_id)
        revision_text = model.parse(row.body)
        files = tuple(
            dict.fromkeys(
                (*(out[row.key].files if row.key in out else ()), *national_application.files)
            )
        )
        replaced |= {each.key for each in queries.national.before(session, row)}
        asked = _asked(session, row.id, at.assessment.id)
        why = _reasons(session, at, revision_text)
        out[row.key] = NationalStanding(
            revision_text,
            row.key,
            at.ref,
            files,
            model.departures(revision_text, form, tree, files),
            asked,
            why,
        )
    # Where a corrected text was taken, those before it say nothing of the document any more.
    return [standing for key, standing in out.items() if key not in replaced]


@dataclass(frozen=True, slots=True)
class NationalPlace:
    """A place of a document that a national text applied to it reaches: the text and its key, how
    the place stands to it, what the state was asked about it (None: nothing is on record), the
    version it was applied with."""

    key: str
    revision: model.Revision
    departure: model.Departure
    asked: rows.Confirmation | None
    after_id: int


def national_places(session: Session, assessment_id: int, tree: Tree) -> tuple[NationalPlace, ...]:
    """Every place of a text that the national texts applied to its document reach, in the order
    they were applied: of two at one place, the last counts."""
    form = forms.load(tree.form)
    out = []
    for applied in rows.standing(session, assessment_id):
        row = session.get_one(rows.NationalRevision, applied.revision_id)
        text = model.parse(row.body)
        asked = _asked(session, row.id, assessment_id)
        for departure in model.departures(text, form, tree, applied.files):
            known = asked.get(departure.item)
            out.append(NationalPlace(row.key, text, departure, known, applied.after_id))
    return tuple(out)


def _asked(session: Session, revision_id: int, assessment_id: int) -> dict[str, rows.Confirmation]:
    """What the state was asked about a text, by item: of this document, else of all."""
    asked = {}
    known = rows.confirmations(session, revision_id)
    for (item, about), value in sorted(known.items(), key=lambda pair: pair[0][1] is not None):
        if about in (None, assessment_id):
            asked[item] = value
    return asked


def _reasons(session: Session, at: VersionLine, revision: model.Revision) -> dict[str, str]:
    """Which opinion or edit changed a place after the national text came, by item."""

    adopted = queries.opinions.adopted_in_assessment(session, at.assessment.id)
    out = {}
    for adoption, opinion in adopted:
        for slot in revision.slots:
            if slot.path and [key for key in slot.path if key != "*"] == [
                key
                for index, key in enumerate(adoption.path)
                if index < len(slot.path) and slot.path[index] != "*"
            ]:
                out[slot.item] = f"意見{opinion.number}を受けて市で修正"
    return out


def all_assessments(session: Session) -> list[Assessment]:
    """Every assessment but the 基礎項目評価書, in order."""
    return queries.assessments.beyond_basic(session)


def cell(standing: NationalStanding, slot: model.Slot, file: str | None) -> model.Departure | None:
    """How a slot stands in one ファイル, or (None) in the whole document."""
    places = []
    for place in standing.places:
        in_file = file is None or file in place.path or "*" not in slot.path
        if place.slot is slot and in_file:
            places.append(place)
    return _farthest(places)


def _farthest(departures: Iterable[model.Departure]) -> model.Departure | None:
    """What a cell shows where a place is there several times (in each 委託事項): the one that is
    farthest from the national text.
    """
    return max(
        departures,
        key=lambda departure: ("same", "missing", "absent", "differs").index(departure.status),
        default=None,
    )
