"""What follows a 諮問: the city's own decision beside the opinion, its 取下げ, a 差替え of a
document before the council, and what became of other wording that a member proposed
(規則第7条第4項・第5項).

Knows what was recorded when. Must not know what it does to a round.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..ledger.digests import nonce
from ..model import Acted, Base

DECIDED = "decided"
RECALLED = "recalled"
REPLACED = "replaced"


class ReferralStep(Acted, Base):
    """A step of a referral beside its verdict. `kind`: decided (市の判断), recalled (取下げ) or
    replaced (差替え). `reason`: why; `response`: of a decision, what the city does about the
    opinion. facts: `document_number`; of a 差替え `round`, the texts `before` and `after`; of a
    corrected one `corrects`, the row it follows.
    """

    __tablename__ = "referral_step"
    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    kind: Mapped[str]
    day: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(default="")
    reason_nonce: Mapped[str | None] = mapped_column(default=nonce)
    response: Mapped[str] = mapped_column(default="")
    response_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]

    @property
    def document_number(self) -> str:
        """文書番号 of the paper that says it; empty where there is none."""
        return str(self.facts.get("document_number") or "")


class ProposalOutcome(Acted, Base):
    """What became of other wording that a member proposed. `outcome`: taken (as proposed), amended
    (in other words) or declined; `version_id`: of the edit, None for a declined one.
    """

    __tablename__ = "proposal_outcome"
    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    outcome: Mapped[str]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    reason: Mapped[str] = mapped_column(default="")
    reason_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]
