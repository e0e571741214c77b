"""In which order the cards of a referral are explained (規則第7条第4項).

Knows cards by their numbers, which stay: a referral pins its versions.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class CardOrder(Acted, Base):
    """The order the cards of a referral are explained in, as somebody set it; the last counts.
    `numbers`: every number of a card, once."""

    __tablename__ = "card_order"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    numbers: Mapped[list[Any]]
