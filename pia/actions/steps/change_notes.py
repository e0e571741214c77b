"""What the change table says about many rows at once, and in which order they stand: one act, one
entry on record.

Knows notes and explanations of a round. Must not know pages, nor how rows are printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...domain.procedure import change_units
from ...domain.proof.change_table import TIMING
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import assessments
from ...store.rows import filing as rows
from ...store.rows.assessments import Round
from ..records import closing
from ..records.revision import revision
from ..workplace import Workplace, chain_at, line


@dataclass(frozen=True, slots=True)
class RowNote:
    """What is to be said about rows; what is empty stays as it was said before. `reader`: the
    sentence for residents and the council; `reason`: why it is changed."""

    day: date | None = None
    timing: str | None = None
    explanation: str = ""
    reader: str = ""
    reason: str = ""


def fill(wp: Workplace, by: By, where: str, paths: Sequence[Path], note: RowNote) -> int:
    """Says it about these units of the table, each with all its rows; how many units.

    PiaError where none is named, nothing is said, or one is no row of this round.
    """
    if not paths:
        raise PiaError("記入する行を、1つ以上選んでください。")
    if note == RowNote():
        raise PiaError("選んだ行に記入することを、1つ以上入力してください。")
    if note.timing is not None and note.timing not in TIMING.values():
        raise PiaError("提出時期は「事前」か「事後」です。")
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        found = _units(session, at.own_round, paths)
        known = rows.change_notes(session, at.own_round.id)
        for unit in found:
            if note.day or note.timing or note.explanation:
                for row in unit.rows:
                    session.add(_noted(at.own_round, row.path, note, known, by))
            if note.reader or note.reason:
                about = {
                    "path": list(unit.path),
                    "text": note.reader.strip(),
                    "reason": note.reason.strip(),
                }
                state = at.own_round.state
                assessments.step(session, at.own_round, "explain", state, about, by)
        told = {"paths": [list(unit.path) for unit in found]}
        log.entry(session, by, "round.notes", where, told)
        return len(found)


def _noted(
    round_: Round, path: Path, note: RowNote, known: dict[Path, rows.ChangeNote], by: By
) -> rows.ChangeNote:
    """The note of one row: what is said now, else what was said."""
    old = known.get(path)
    return rows.ChangeNote(
        round_id=round_.id,
        path=list(path),
        date=note.day or (old.date if old else None),
        timing=note.timing or (old.timing if old else None),
        explanation=note.explanation or (old.explanation if old else ""),
        **acted(by),
    )


def _units(session: Session, round_: Round, paths: Sequence[Path]) -> list[change_units.ChangeUnit]:
    known = change_units.by_path(change_units.units(revision(session, round_).rows))
    found = []
    for path in paths:
        if path not in known:
            raise PiaError("表の行が変わっています。画面を開き直して、選び直してください。")
        found.append(known[path])
    return found


def unit_paths(wp: Workplace, where: str, path: Path) -> tuple[Path, ...]:
    """The places of all rows that are printed as one with the row of `path`."""
    with wp.store.read() as session:
        round_ = line(session, where).round
        if round_ is None:
            return (path,)
        known = change_units.by_path(change_units.units(revision(session, round_).rows))
        if path not in known:
            return (path,)
        return tuple(row.path for row in known[path].rows)


def put_in_order(wp: Workplace, by: By, where: str, paths: Sequence[Path]) -> None:
    """The units of the table in this order, from now on; those that are not named stay behind the
    one they follow in the form. PiaError where one is no row of this round."""
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = line(session, where)
        closing.must_be_open(at)
        _units(session, at.own_round, paths)
        about = {"paths": [list(path) for path in paths]}
        assessments.step(session, at.own_round, "order", at.own_round.state, about, by)
        log.entry(session, by, "round.order", where, about)
