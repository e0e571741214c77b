"""What a member has looked at among the cards of a referral, and what changed since they did.

Knows a card by its words (`card_key`) and by its places: after a revision the words are others and
the places the same. Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ...store import queries
from ..workplace import Workplace
from .cards import CardView

SEEN, CHANGED = "seen", "changed"


def card_key(view: CardView) -> str:
    """What stays the same about a card when others come before it: its item and its words."""
    fingerprints = sorted(described.fingerprint for described in view.card.changes)
    return sha256("/".join([view.card.item, *fingerprints]).encode()).hexdigest()[:32]


def places_of(view: CardView) -> list[str]:
    """Where a card stands, which a revision leaves: KEY and path of each document, in order."""
    return sorted("/".join((key, *path)) for key, path in view.card.places.items())


def standings(wp: Workplace, referral: int, who: str, cards: Sequence[CardView]) -> dict[int, str]:
    """Number of a card → SEEN, or CHANGED where its text is another than somebody looked at, in
    this referral or in an earlier one of the same documents; the others are left out."""
    with wp.store.read() as session:
        ticks = queries.remarks.ticks_of_rounds(session, referral, who)
    known = {tick.card for tick in ticks}
    looked_at = {place for tick in ticks for place in tick.places or ()}
    out = {}
    for number, view in enumerate(cards, 1):
        if card_key(view) in known:
            out[number] = SEEN
        elif looked_at.intersection(places_of(view)):
            out[number] = CHANGED
    return out
