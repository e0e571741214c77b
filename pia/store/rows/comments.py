"""What people of the house say to each other about an item of a draft (コメント).

Knows rounds and paths of items. Must not know who may read a document. Nothing of it is part of a
document: no file, paper or page for outsiders reads these rows.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..ledger.digests import nonce
from ..model import Acted, Base

SAID, SETTLED, REOPENED = "SAID", "SETTLED", "REOPENED"


class Comment(Acted, Base):
    """One line of a thread at the item `path` of a round's draft. `thread_id`: the line the thread
    begins with, None for that line itself; `act`: SAID with a text, SETTLED (解決済み) or REOPENED
    without one. `corrects_id`: the line this one stands for now, which keeps what it said;
    `withdrawn`: the day it was taken back. Append-only but for that day; the text may be erased.
    """

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), index=True)
    path: Mapped[list[Any]]
    act: Mapped[str]
    text: Mapped[str]
    text_nonce: Mapped[str | None] = mapped_column(default=nonce)
    withdrawn: Mapped[date | None]
    named: Mapped[list[CommentNamed]] = relationship(order_by="CommentNamed.account")

    @property
    def begins(self) -> int:
        """The number of the line its thread begins with."""
        return self.thread_id or self.id

    @property
    def names(self) -> list[str]:
        """The sign-in names of the people it names with @."""
        return [each.account for each in self.named]


class CommentNamed(Base):
    """Somebody a comment names with @, and the post they had when it was written: their department,
    where they had one, else their role. What waits for them waits for that post. Append-only.
    """

    __tablename__ = "comment_named"
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True, index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    role: Mapped[str]
