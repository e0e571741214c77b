"""How people are shown: by the words of their account, a tablet by its number; and documents: by
their affair and kind.

Knows accounts, roles and affairs. Must not know rights.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ... import forms
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


def document_names(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """Key → what its document is called: of its affair and its kind."""
    named = queries.assessments.with_affair_names(session, keys)
    return {key: f"{name}（{forms.KIND_NAMES[kind]}）" for key, (name, kind) in named.items()}
