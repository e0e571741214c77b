"""A council with its members' terms, and the words explained to them (規則第7条第4項)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils as rows
from ...store.rows.phrases import Phrase
from ..people.members import account_of
from ..records.correctable import kind_of, must_be_heading, values
from ..workplace import Workplace
from . import corrections

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


def explain(
    wp: Workplace,
    by: By,
    term: str,
    explanation: str,
    source: str = "",
    read_on: date | None = None,
) -> None:
    """A word explained where it stands in the text; one that was taken back stands again. Unfit
    where it is explained already: that is put right with a reason."""
    with wp.store.begin() as session:
        known = queries.councils.explained(session, term)
        if known is not None and known.withdrawn is None:
            raise Unfit(
                "term", f"「{term}」には、もう説明があります。一覧の「直す」で直してください。"
            )
        if known is None:
            session.add(
                rows.GlossaryTerm(
                    term=term,
                    explanation=explanation,
                    source=source or None,
                    read_on=read_on,
                    **acted(by),
                )
            )
        else:
            before = values(session, kind_of("glossary_term"), known)
            known.explanation = explanation
            known.source = source or None
            known.read_on = read_on
            corrections.reinstate(session, by, "glossary_term", known, before, "改めて登録")
        log.entry(session, by, "glossary.explain", term, {})


def keep_phrase(wp: Workplace, by: By, heading: str, text: str, note: str = "") -> int:
    """Wording kept for others to take over (文例). Unfit where the same is kept already."""
    must_be_heading(heading)
    with wp.store.begin() as session:
        for phrase in queries.phrases.kept(session):
            if (phrase.heading, phrase.text) == (heading, text):
                raise Unfit("text", "同じ見出しと記載の文例が、もうあります。")
        row = Phrase(heading=heading, text=text, note=note, **acted(by))
        session.add(row)
        session.flush()
        log.entry(session, by, "phrase.keep", str(row.id), {})
        return row.id
