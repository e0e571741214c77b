"""The past of the assessments: their versions, one text of the past, the audit log.

Knows how to put stored facts together for a page or a terminal. Must not know pages. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...domain.act import in_japan
from ...domain.document.tree import Tree
from ...store import nodes, queries
from ...store.ledger import log
from ...store.rows import assessments
from ..access.names import document_names
from ..access.roles import ROLES
from ..records import procedures
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One version in the history."""

    ref: str
    seq: int
    parent: int | None
    line: str
    actor: str
    role: str
    at: str
    why: str
    digest: str
    form: str

    @property
    def day(self) -> str:
        """The day in Japan, 2026-03-01."""
        return self.at.split(" ")[0]

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def history(wp: Workplace, key: str) -> list[HistoryLine]:
    """The versions of an assessment, the first first."""
    with wp.store.read() as session:
        assessment = assessments.by_key(session, key.split("~")[0].split("@")[0])
        rounds = {}
        for round_ in queries.rounds.of_assessment(session, assessment.id):
            rounds[round_.id] = round_.name
        versions = queries.versions.lines_of(session, assessment.id)
        seqs = {}
        for version in versions:
            seqs[version.id] = version.seq
        shown = {}
        for name, words in queries.accounts.shown_names(session):
            shown[name] = words
        lines = []
        for version in versions:
            lines.append(
                HistoryLine(
                    f"{assessment.key}@{version.seq}",
                    version.seq,
                    seqs.get(version.parent_id or 0),
                    rounds.get(version.round_id or 0, ""),
                    shown.get(version.actor) or version.actor,
                    ROLES.get(version.role, version.role),
                    in_japan(version.at).strftime("%Y-%m-%d %H:%M"),
                    version.why,
                    version.digest,
                    version.form,
                )
            )
        return lines


def round_words(wp: Workplace, key: str) -> dict[str, str]:
    """Round → what people call it (再実施：ガバメントクラウドへの移行), of an assessment."""
    with wp.store.read() as session:
        assessment = assessments.by_key(session, key)
        words = {}
        for round_ in queries.rounds.of_assessment(session, assessment.id):
            kind = procedures.kind_word(round_)
            words[round_.name] = "：".join(filter(None, (kind, "・".join(round_.reasons))))
        return words


def document(wp: Workplace, ref: str) -> tuple[str, Tree]:
    """(KEY@N, text) of a version."""
    with wp.store.read() as session:
        version = assessments.resolve(session, ref)
        return (
            version.named(session),
            nodes.recent(session, version.id),
        )


def record(
    wp: Workplace, before: str = "", actor: str = "", most: int = 100
) -> list[log.AuditEntry]:
    """The audit log from the newest entry back, `most` at a time, of one actor if named. `before`:
    what `older` said of the page before."""
    with wp.store.read() as session:
        return queries.audit_entries.newest(session, most, _numbers(before), actor)


def documents_of(wp: Workplace, entries: Sequence[log.AuditEntry]) -> dict[str, str]:
    """Target of an entry → the documents it names, as people call them; of targets that name
    nothing else."""
    keys = {entry.target: _keys(entry.target) for entry in entries}
    with wp.store.read() as session:
        named = document_names(session, {key for found in keys.values() for key in found})
    words = {}
    for target, found in keys.items():
        if all(key in named for key in found):
            words[target] = "、".join(dict.fromkeys(named[key] for key in found))
    return words


def _keys(target: str) -> list[str]:
    """The keys of the REFs a target may be a list of."""
    return [ref.strip().partition("@")[0].partition("~")[0] for ref in target.split(",")]


def older(before: str, entries: Sequence[log.AuditEntry]) -> str:
    """Where the record goes on after these entries: `chain:number` of each chain, with commas."""
    numbers = _numbers(before)
    for entry in entries:
        numbers[entry.chain] = min(numbers.get(entry.chain, entry.seq), entry.seq)
    return ",".join(f"{chain}:{number}" for chain, number in sorted(numbers.items()))


def _numbers(before: str) -> dict[str, int]:
    """Chain → number; what cannot be read is left out. A number alone is one of `main`."""
    numbers = {}
    for part in before.split(","):
        chain, _, number = part.rpartition(":")
        if number.isascii() and number.isdigit() and len(number) < 10:
            numbers[chain or log.MAIN] = int(number)
    return numbers


def kept(wp: Workplace, name: str) -> bytes:
    """A kept file by its SHA-256."""
    with wp.store.read() as session:
        return nodes.get_blob(session, name)
