"""用語の説明 and 文例 as their lists show them."""

from __future__ import annotations

from collections.abc import Iterable

from ...store import queries
from ...store.rows.councils import GlossaryTerm
from ...store.rows.phrases import Phrase
from ..access.names import shown_name
from ..workplace import Workplace


def terms(wp: Workplace) -> list[GlossaryTerm]:
    """Every word that is explained, in order."""
    with wp.store.read() as session:
        return sorted(queries.councils.glossary(session), key=lambda row: row.term)


def authors(wp: Workplace, rows: Iterable[Phrase]) -> dict[str, str]:
    """How those who wrote these are shown, by their account."""
    with wp.store.read() as session:
        return {actor: shown_name(session, actor) for actor in {row.actor for row in rows}}


def phrases(wp: Workplace) -> list[Phrase]:
    """Every wording that is kept, by its heading."""
    with wp.store.read() as session:
        return queries.phrases.kept(session)
