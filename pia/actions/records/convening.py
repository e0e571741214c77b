"""What is said of a member beside their term, what a sitting has to hand out, and until when it is
to be announced (条例・運営要領 of the city).

Knows rows. Must not know pages nor papers.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from ...store.rows import councils
from ..access.names import document_names
from . import minutes


def fact(member: councils.Member, name: str) -> str:
    """One of the facts of a member; empty where nothing was typed."""
    return str((member.facts or {}).get(name) or "")


def materials(session: Session, sitting: councils.Sitting) -> list[str]:
    """What a sitting hands out, each once, in the order of its items: the materials typed with an
    item, and those of its referral with their numbers."""
    out: dict[str, None] = {}
    for item in minutes.items_of(sitting):
        out |= dict.fromkeys(item.materials)
        if item.referral is None:
            continue
        referral = session.get_one(councils.Referral, item.referral)
        keys = [str(material["key"]) for material in referral.materials if material.get("key")]
        named = document_names(session, keys)
        for material in referral.materials:
            title = str(material.get("title") or named.get(str(material.get("key")), ""))
            out[f"{material.get('number', '')}　{title}".strip()] = None
    return [words for words in out if words]


def notice_until(council: councils.Council, sitting: councils.Sitting) -> date | None:
    """The last day to announce a sitting as the city's rule says; None where it is not known."""
    days = str(council.facts.get("notice_days") or "")
    if not days:
        return None
    return sitting.day - timedelta(days=int(days))
