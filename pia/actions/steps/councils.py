"""A council with its members' terms, and the words explained to them (規則第7条第4項)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...domain.act import By
from ...domain.errors import PiaError
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils as rows
from ..people.members import account_of
from ..workplace import Workplace

if TYPE_CHECKING:
    pass


def set_up(
    wp: Workplace, by: By, name: str, facts: Mapping[str, Any], members: Sequence[Mapping[str, Any]]
) -> int:
    """A council with its members' terms: [{"name", "title", "since", "until"}].

    PiaError when there is one of that name.
    """
    with wp.store.begin() as session:
        if queries.councils.id_named(session, name):
            raise PiaError(f"審議会「{name}」は、もう登録されています。")
        council = rows.Council(name=name, facts=dict(facts))
        session.add(council)
        session.flush()
        for member in members:
            session.add(
                rows.Member(
                    council_id=council.id,
                    name=member["name"],
                    title=member.get("title", ""),
                    since=member["since"],
                    until=member.get("until"),
                    account_id=account_of(session, member.get("account")),
                )
            )
        log.entry(session, by, "council.set_up", name, {"members": len(members)})
        return council.id


def explain(wp: Workplace, by: By, term: str, explanation: str) -> None:
    """A word explained where it stands in the text."""
    with wp.store.begin() as session:
        known = queries.councils.explained(session, term)
        if known is None:
            session.add(rows.GlossaryTerm(term=term, explanation=explanation, **acted(by)))
            was = {}
        else:
            was = {"before": known.explanation}
            known.explanation = explanation
        log.entry(session, by, "glossary.explain", term, was)
