"""Whose name plate a tablet has while it acts.

Knows doors, sessions and members. Must not know how a plate is given.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from ...domain.act import By
from ...store import queries
from ...store.rows import councils


def still_bound(session: Session, by: By, sitting_ids: frozenset[int]) -> str | None:
    """Within a write: whose plate the tablet that acts has now (its actor names it), in a sitting
    that is not closed; None for no tablet of these sittings.
    """
    for door in queries.sign_in.open_doors_of(session, sitting_ids):
        for x in queries.sign_in.plated_through(session, door.id):
            member = session.get_one(councils.Member, x.member_id)
            if (
                by.actor == f"tablet:{x.device}:{member.name}"
                and session.get_one(councils.Sitting, door.sitting_id).closes is None
            ):
                return member.name
    return None
