"""What lies before a member of a council: the referrals, sittings and versions they may read.

Knows terms and sittings. Must not know pages or addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...store import queries
from ...store.rows import councils as council_rows
from .person import Person


@dataclass(frozen=True, slots=True)
class Given:
    """What a member or a tablet has before them: the referrals they may read, those they may speak
    to, the sittings, the pinned versions and those they are compared with, and the assessments of
    these.
    """

    referrals: frozenset[int] = frozenset()
    speaking: frozenset[int] = frozenset()
    sittings: frozenset[int] = frozenset()
    councils: frozenset[int] = frozenset()
    versions: frozenset[int] = frozenset()
    documents: frozenset[int] = frozenset()


NOTHING = Given()


def given(session: Session, who: Person, today: date) -> Given:
    """What lies before a member on a day: all that their council was given while they are in
    office; of a term that is over, what was before them in it.

    A tablet has its own sitting's agenda. Nothing for anybody else, nor for a member's account that
    is tied to no council.
    """
    if who.role == "tablet":
        return _of_tablet(session, who)
    if who.role not in ("member", "chair"):
        return NOTHING
    terms = queries.councils.terms_of_account(session, who.name)
    if not terms:
        return NOTHING
    halls = {term.council_id for term in terms}
    now = set()
    for term in terms:
        if _covers(term, today):
            now.add(term.council_id)
    sittings = queries.sittings.of_councils(session, halls)
    readable = _readable(session, terms, now, sittings)
    sat = set()
    for sitting in sittings:
        if sitting.council_id in now or _was_in_office(terms, sitting.council_id, [sitting.day]):
            sat.add(sitting.id)
    return _with_versions(
        session,
        frozenset(readable),
        frozenset(queries.councils.referrals_among(session, now, readable)),
        frozenset(sat),
        frozenset(halls),
    )


def sits_in(session: Session, who: Person, sitting: council_rows.Sitting, today: date) -> bool:
    """Whether a sitting is among those `given` names, asked of this one alone."""
    if who.role == "tablet":
        return who.sitting == sitting.id
    if who.role not in ("member", "chair"):
        return False
    terms = queries.councils.terms_of_account(session, who.name)
    return _was_in_office(terms, sitting.council_id, [today, sitting.day])


def _readable(
    session: Session,
    terms: Sequence[council_rows.Member],
    now: set[int],
    sittings: Sequence[council_rows.Sitting],
) -> set[int]:
    """The referrals of the councils of `now`, and those that were referred or heard in a term."""
    days: dict[int, list[date]] = {}
    for sitting in sittings:
        for number in agenda_of(sitting):
            days.setdefault(number, []).append(sitting.day)
    halls = {term.council_id for term in terms}
    readable = set()
    for ref in queries.councils.referrals_to(session, halls):
        before_them = [day_in_japan(ref.at), *days.get(ref.id, ())]
        if ref.council_id in now or _was_in_office(terms, ref.council_id, before_them):
            readable.add(ref.id)
    return readable


def _was_in_office(terms: Sequence[council_rows.Member], hall: int, days: Sequence[date]) -> bool:
    """Whether a term in this council covers one of these days."""
    for term in terms:
        if term.council_id == hall and any(_covers(term, day) for day in days):
            return True
    return False


def _covers(member: council_rows.Member, day: date) -> bool:
    return member.since <= day and (member.until is None or day <= member.until)


def agenda_of(sitting: council_rows.Sitting) -> list[int]:
    """The referrals on the agenda of a sitting, in order."""
    numbers = []
    for entry in sitting.agenda:
        if entry.get("referral"):
            numbers.append(int(entry["referral"]))
    return numbers


def _of_tablet(session: Session, who: Person) -> Given:
    if who.sitting:
        sitting = session.get(council_rows.Sitting, who.sitting)
    else:
        sitting = None
    if sitting is None:
        return NOTHING
    mine = frozenset(agenda_of(sitting))
    return _with_versions(
        session, mine, mine, frozenset({sitting.id}), frozenset({sitting.council_id})
    )


def _with_versions(
    session: Session,
    readable: frozenset[int],
    speaking: frozenset[int],
    sittings: frozenset[int],
    halls: frozenset[int],
) -> Given:
    """Adds the versions: what these referrals pinned, what the same council was given before them,
    and what each round started from.
    """
    newest = max(readable, default=0)
    # Where a term is over or a tablet is for one sitting, later referrals of the council are not
    # theirs.
    if readable:
        pinned = queries.councils.versions_before(session, halls, newest)
    else:
        pinned = []
    versions = set()
    for row in pinned:
        for number in row[:2]:
            if number is not None:
                versions.add(number)
    return Given(
        readable,
        speaking,
        sittings,
        halls,
        frozenset(versions),
        frozenset(row[2] for row in pinned),
    )
