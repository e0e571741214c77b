"""Files kept with a round for those who write it: what a vendor explained, a copy of a contract
(起案の資料).

Knows names and digests; the bytes lie beside every other file of the house. Must not know what is
in them. None of them goes out with a document.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..model import Acted, Base


class RoundFile(Acted, Base):
    """One file of a round with its title. `sha256` names its bytes, which stay when it is taken
    back (`withdrawn`, the day).
    """

    __tablename__ = "round_file"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    title: Mapped[str]
    name: Mapped[str]
    sha256: Mapped[str]
    withdrawn: Mapped[date | None]
