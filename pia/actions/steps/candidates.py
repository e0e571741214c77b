"""次回修正候補: noted at an item of a document by anybody of the house, and settled by who writes
it: mended in a version, or dropped with a reason.

Knows documents and paths. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.document.items import item_at
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Refused, Unfit
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.assessments import Assessment, Version
from ...store.rows.candidates import DONE, RevisionCandidate
from ..records import candidate_kinds
from ..workplace import Workplace

MANY = 500  # candidates of a document that wait


def add(wp: Workplace, by: By, key: str, path: Path, text: str) -> int:
    """Notes at an item (no path: the whole document) what to mend next time; its number. PiaError
    for an item the form has not, or a document with too many."""
    with wp.store.begin() as session:
        document = queries.assessments.existing(session, key)
        if queries.candidates.waiting(session, document.id) >= MANY:
            raise PiaError(f"次回修正候補は、1つの評価書に{MANY}件までです。")
        if path:
            item_at(forms.load(_head(session, document).form), path)
        if not text.strip():
            raise Unfit("text", "「直したいこと」を入力してください。")
        row = RevisionCandidate(
            assessment_id=document.id, path=list(path), text=text.strip(), **acted(by)
        )
        session.add(row)
        session.flush()
        log.entry(session, by, "candidate.add", key, {"candidate": row.id})
        return row.id


def settle(wp: Workplace, by: By, key: str, number: int, outcome: str, reason: str) -> None:
    """Says that a candidate is mended in the latest version of the document, its running round's
    where one runs, or dropped. Refused where it is settled or taken back; Unfit for one that is
    dropped without a reason."""
    candidate_kinds.must_say_why(outcome, reason)
    with wp.store.begin() as session:
        document = queries.assessments.existing(session, key)
        row = session.get(RevisionCandidate, number)
        if row is None or row.assessment_id != document.id or row.withdrawn is not None:
            raise PiaError("その次回修正候補はありません。一覧から選び直してください。")
        if row.outcome is not None:
            raise Refused(
                "この次回修正候補は、もう済んでいます。",
                ("変えるときは「直す・取り消す」を使ってください。",),
            )
        _put(session, by, row, outcome, reason)
        about = {"candidate": row.id, "outcome": outcome, "version": row.version_id}
        log.entry(session, by, "candidate.settle", key, about)


def again(
    session: Session, _: Workplace, by: By, row: RevisionCandidate, new: Mapping[str, Any]
) -> None:
    """A candidate put right; one that waits again has no outcome."""
    row.text = new["text"]
    if row.outcome is None:
        return
    outcome = new.get("outcome") or ""
    reason = new.get("reason") or ""
    if outcome != row.outcome:
        _put(session, by, row, outcome, reason)
    row.reason = reason if outcome else ""


def _put(session: Session, by: By, row: RevisionCandidate, outcome: str, reason: str) -> None:
    row.outcome = outcome or None
    row.settled = by.day if outcome else None
    row.settler = by.actor if outcome else None
    row.reason = reason.strip()
    row.version_id = None
    if outcome == DONE:
        document = session.get_one(Assessment, row.assessment_id)
        row.version_id = _head(session, document).id


def _head(session: Session, document: Assessment) -> Version:
    """The latest version of the running round of a document, else of its main line."""
    running = queries.rounds.last_open(session, document.id)
    number = document.head_id
    if running is not None and running.head_id is not None:
        number = running.head_id
    if number is None:
        raise PiaError("まだ版がないため、次回修正候補を書けません。")
    return session.get_one(Version, number)
