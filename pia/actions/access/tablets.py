"""Whose name plate a tablet has while it acts.

Knows doors, sessions and members. Must not know how a plate is given.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...domain.act import By
from ...store.rows import council
from ...store.rows.sessions import Door, WebSession


def still_bound(session: Session, by: By, sitting_ids: frozenset[int]) -> str | None:
    """Within a write: whose plate the tablet that acts has now (its actor names it), in a sitting
    that is not closed; None for no tablet of these sittings.
    """
    for one in session.scalars(
        select(Door).where(Door.sitting_id.in_(sitting_ids), Door.closed.is_(None))
    ):
        for x in session.scalars(
            select(WebSession).where(
                WebSession.door_id == one.id, WebSession.member_id.is_not(None)
            )
        ):
            member = session.get_one(council.Member, x.member_id)
            if (
                by.actor == f"tablet:{x.device}:{member.name}"
                and session.get_one(council.Sitting, one.sitting_id).closes is None
            ):
                return member.name
    return None
