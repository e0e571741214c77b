"""What lists say of texts without reading them, kept beside the texts: written after each act that
changed one, in a transaction of its own, and made up for when that could not be.

Nothing rests on a tally, and it says nothing withheld: numbers, states and names without a mark.
Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.compare import compare
from ...domain.change.describe import describe
from ...domain.document.form import Form
from ...domain.document.marked import REDACTED
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.revise import national as national_model
from ...domain.withheld.kept import secrets
from ...store import nodes, queries
from ...store.opening import Store
from ...store.rows.assessments import Assessment, Round
from ..workplace import VersionLine
from . import national, personal
from .revision import RoundRevision, revision

LATER = " finds:later"  # at the end of what a tally rests on that was not looked at whole
MARKED = " marks:1"  # a tally without it was made before changes were marked
MOST = 200  # rounds looked at in one transaction
# Tables whose rows a tally rests on.
_RESTS_ON = frozenset(
    {
        "assessment",
        "round",
        "round_note",
        "form_confirmation",
        "national_application",
        "national_undo",
    }
)


def follow(store: Store, touched: Mapping[str, Set[str]]) -> None:
    """Renews the tallies of what an act wrote (table → keys). What cannot be written now is made
    up for by `renew_all`: an act that stands is never refused for its tally.
    """
    if not _RESTS_ON & touched.keys() or _is_saved_only(touched):
        return
    try:
        with nodes.whole():
            with store.read() as session:
                rounds, assessments = _concerned(session, touched)
            _renew(store, rounds, assessments, looked=False)
    except PiaError:
        return


def _is_saved_only(touched: Mapping[str, Set[str]]) -> bool:
    """Whether an act only saved a text: whoever writes waits for no count of what they wrote. The
    worker counts within seconds, and lists say so until then.
    """
    steps = _RESTS_ON - {"round"} | {"round_event", "adoption"}
    return "version" in touched and not steps & touched.keys()


def renew_all(store: Store) -> int:
    """Makes up for every tally that is missing or old; how many there were."""
    with nodes.whole():
        with store.read() as session:
            rounds = queries.tallies.rounds_to_look_at(session, 5 * MOST)
            assessments = queries.tallies.assessments_with_texts(session, None)
        return _renew(store, rounds, assessments)


def renew_missing(store: Store) -> int:
    """Makes up for the tallies of running rounds that have none; how many there were. Cheap where
    there is nothing to do: the worker asks again and again."""
    with nodes.whole():
        with store.read() as session:
            rounds = queries.tallies.rounds_without(session)
            of = queries.rounds.assessments_of(session, rounds)
            assessments = queries.tallies.assessments_with_texts(session, of)
        return _renew(store, rounds, assessments)


def _concerned(session: Session, touched: Mapping[str, Set[str]]) -> tuple[set[int], set[int]]:
    """(rounds, assessments) whose tallies rest on these rows."""
    rounds = _numbers(touched, "round")
    rounds |= set(queries.tallies.of_notes(session, _numbers(touched, "round_note")))
    if "form_confirmation" in touched:
        rounds |= set(queries.tallies.rounds_to_look_at(session, 0))
    assessments = _numbers(touched, "assessment")
    assessments |= set(queries.rounds.assessments_of(session, rounds))
    applied = _numbers(touched, "national_application")
    undone = _numbers(touched, "national_undo")
    concerned = set(queries.tallies.assessments_with_texts(session, assessments))
    concerned |= set(queries.tallies.applied_to(session, applied))
    concerned |= set(queries.tallies.undone_in(session, undone))
    return rounds, concerned


def _numbers(touched: Mapping[str, Set[str]], table: str) -> set[int]:
    return {int(key) for key in touched.get(table, ())}


def _renew(
    store: Store, rounds: Iterable[int], assessments: Iterable[int], looked: bool = True
) -> int:
    """Computes outside any write transaction, then writes what differs. Not `looked`: whether a
    whole text says who somebody is takes longer than a save, and is left for later.
    """
    wanted = sorted(rounds)
    renewed = 0
    for start in range(0, len(wanted), MOST):
        with store.read() as session:
            rows = _of_rounds(session, wanted[start : start + MOST], looked)
        if rows:
            with store.unchained(wait=1) as session:
                queries.tallies.put_rounds(session, rows)
        renewed += len(rows)
    for assessment in sorted(assessments):
        with store.read() as session:
            standings = _of_assessment(session, assessment)
        if standings is not None:
            with store.unchained(wait=1) as session:
                queries.tallies.put_national(session, assessment, standings)
            renewed += 1
    return renewed


def _of_rounds(session: Session, rounds: Iterable[int], looked: bool) -> list[dict[str, Any]]:
    """The rows of those of these rounds whose tally is missing or old."""
    confirmed = queries.tallies.last_confirmation(session)
    rows = []
    for round_, note, known in queries.tallies.bases(session, rounds):
        rests_on = f"base:{round_.base_id} head:{round_.head_id} note:{note} form:{confirmed}"
        rests_on += MARKED
        if known == rests_on or (known == f"{rests_on}{LATER}" and not looked):
            continue
        finds = len(personal.of_round(session, round_)) if looked else -1
        row = _of_round(session, round_, finds)
        rows.append({**row, "rests_on": rests_on if looked else f"{rests_on}{LATER}"})
    return rows


def _of_round(session: Session, round_: Round, finds: int) -> dict[str, Any]:
    rev = revision(session, round_)
    return {
        "round_id": round_.id,
        "head_id": round_.own_head,
        "changes": len(rev.own_rows),
        "material": len(rev.materiality.material),
        "finds": finds,
        "files": [list(pair) for pair in shown_files(rev.form, rev.head).items()],
        "marks": sorted(_marks(rev)),
    }


def _marks(rev: RoundRevision) -> set[str]:
    """The fingerprints of what a round changes; what the procedure fills in is not meant."""
    changes = describe(rev.form, compare(rev.base, rev.head), rev.base, rev.head)
    return {change.fingerprint for change in changes if not change.procedure}


def shown_files(form: Form, tree: Tree) -> dict[str, str]:
    """key → name of each ファイル; a name in which something is withheld is not said."""
    hidden = secrets(tree)
    names = {}
    for key, name in national_model.files_of(form, tree).items():
        names[key] = name or key
        if any(word in name for word in hidden):
            names[key] = REDACTED
    return names


def _of_assessment(session: Session, assessment_id: int) -> list[dict[str, Any]] | None:
    """The rows of an assessment beside its national texts; None where they are as they should
    be."""
    assessment = session.get_one(Assessment, assessment_id)
    at = VersionLine(assessment, queries.rounds.last_open(session, assessment.id))
    applied, undone = queries.tallies.applications(session, assessment.id)
    rests_on = f"head:{at.head_id} applied:{applied} undone:{undone}"
    known = queries.tallies.of_assessment(session, assessment.id)
    if known and all(row.rests_on == rests_on for row in known.values()):
        return None
    if at.head_id is None:
        return None
    tree = nodes.recent(session, at.head_id)
    form = forms.load(tree.form)
    names = shown_files(form, tree)
    numbers = queries.tallies.revision_ids(session)
    rows = []
    for standing in national.standings(session, at):
        rows.append(
            {
                "revision_id": numbers[standing.key],
                "assessment_id": assessment.id,
                "rests_on": rests_on,
                "line": at.ref,
                "standings": _standings(standing, form, names),
            }
        )
    return rows


def _standings(
    standing: national.NationalStanding, form: Form, names: Mapping[str, str]
) -> list[Any]:
    """[[file, name, [status of each slot or None]]]; one without a file where the text asks for the
    whole document.
    """
    files: Mapping[str, str] = {"": ""}
    if national_model.needs_files(standing.revision, form):
        files = {file: names.get(file, file) for file in standing.files}
    rows = []
    for file, name in files.items():
        statuses = []
        for slot in standing.revision.slots:
            cell = national.cell(standing, slot, file or None)
            statuses.append(cell.status if cell is not None else None)
        rows.append([file, name, statuses])
    return rows
