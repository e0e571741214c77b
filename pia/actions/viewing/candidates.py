"""次回修正候補 of a document as its page shows them: those that wait at their items, and what
became of the others.

Reads only. Must not know pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ... import forms
from ...domain.change.describe import Names, citation, label, names
from ...domain.document import items
from ...domain.document.form import Form
from ...domain.document.tree import Path
from ...store import nodes, queries
from ...store.rows.bodies import Affair
from ...store.rows.candidates import RevisionCandidate
from ..records.candidate_kinds import OUTCOMES
from ..workplace import Workplace

WHOLE = "評価書全体"


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A candidate: at which item, what was noted, by whom and when; what became of it (`words`
    empty while it waits), in which version, or why not."""

    number: int
    path: str
    where: str
    text: str
    actor: str
    who: str
    at: datetime
    words: str
    settled: date | None
    settler: str
    reason: str
    version: str


@dataclass(frozen=True, slots=True)
class DocumentCandidates:
    """The candidates of a document, those that wait first; `line`: where it is written now (its
    running round, else its main line); `items` as (path, where)."""

    key: str
    affair: str
    affair_key: str
    kind: str
    line: str
    waiting: tuple[CandidateView, ...]
    settled: tuple[CandidateView, ...]
    items: tuple[tuple[str, str], ...]


def of_document(wp: Workplace, key: str) -> DocumentCandidates:
    """The candidates of the document of a key. PiaError where there is none."""
    with wp.store.read() as session:
        document = queries.assessments.existing(session, key)
        affair = session.get_one(Affair, document.affair_id)
        running = queries.rounds.last_open(session, document.id)
        head = document.head_id
        line = key
        if running is not None and running.head_id is not None:
            head = running.head_id
            line = f"{key}~{running.name}"
        places: tuple[tuple[str, str], ...] = ()
        form: Form | None = None
        known: Names = {}
        if head is not None:
            tree = nodes.recent(session, head)
            form = forms.load(tree.form)
            known = names(form, tree)
            paths = [path for path, _ in items.answers(tree)]
            places = tuple(("/".join(path), _where(form, known, path)) for path in paths)
        shown = {name: words for name, words in queries.accounts.shown_names(session)}
        rows = queries.candidates.of_assessment(session, document.id)
        numbers = [row.version_id for row in rows if row.version_id is not None]
        versions = queries.candidates.version_numbers(session, numbers)
        views = [_view(row, form, known, shown, versions) for row in rows]
        return DocumentCandidates(
            key,
            affair.name,
            affair.key,
            forms.KIND_NAMES[document.kind],
            line,
            tuple(view for view in views if not view.words),
            tuple(view for view in views if view.words),
            places,
        )


def waiting_of(wp: Workplace, key: str) -> int:
    """How many candidates of a document wait."""
    with wp.store.read() as session:
        number = queries.assessments.id_of(session, key)
        return queries.candidates.waiting(session, number) if number is not None else 0


def noted_by(wp: Workplace, number: int) -> str:
    """Who noted a candidate; empty where there is none of that number."""
    with wp.store.read() as session:
        row = session.get(RevisionCandidate, number)
        return row.actor if row is not None else ""


def _where(form: Form, known: Names, path: Path) -> str:
    if not path:
        return WHOLE
    return citation(form, path, known) or label(form, path, known) or "この様式にない項目"


def _view(
    row: RevisionCandidate,
    form: Form | None,
    known: Names,
    shown: dict[str, str],
    versions: dict[int, int],
) -> CandidateView:
    path = tuple(map(str, row.path))
    version = versions.get(row.version_id or 0, 0)
    return CandidateView(
        row.id,
        "/".join(path),
        _where(form, known, path) if form is not None else WHOLE,
        row.text,
        row.actor,
        shown.get(row.actor, row.actor),
        row.at,
        OUTCOMES.get(row.outcome or "", ""),
        row.settled,
        shown.get(row.settler or "", row.settler or ""),
        row.reason,
        f"第{version}版" if version else "",
    )
