"""How people are shown: by the words of their account, a tablet by its number.

Knows accounts and roles. Must not know rights.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from ...store import queries
from .roles import ROLES

ROLE_NAMES = ROLES


def shown_name(session: Session, actor: str) -> str:
    """How an actor is shown: by the account's words, a tablet by its number."""
    if actor.startswith("tablet:"):
        _, device, *name = actor.split(":", 2)
        if name:
            return f"{name[0]}（端末{device}）"
        return f"端末{device}"
    shown = queries.accounts.shown_of(session, actor)
    return shown or actor
