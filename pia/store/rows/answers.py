"""What a department keeps ready for the questions of a council: questions it expects with their
answers (想定問答), and what law or decision a wording rests on (記載の根拠).

Knows rounds and the paths of changed places. Must not know cards, which are computed, nor who may
read a row.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ..ledger.digests import nonce
from ..model import Acted, Base

LAW, OWN = "LAW", "OWN"


class ExpectedQuestion(Acted, Base):
    """A question a department expects at an item of a round (`path`; empty: about the whole
    document), with its answer. `released`: the day it was shown to the members, None while it is
    not; `taken_id`: the one of an earlier round it was taken over from; `corrects_id`: the one it
    stands for now, which keeps what it said. The texts may be erased.
    """

    __tablename__ = "expected_question"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    taken_id: Mapped[int | None] = mapped_column(ForeignKey("expected_question.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("expected_question.id"), index=True)
    path: Mapped[list[Any]]
    question: Mapped[str]
    question_nonce: Mapped[str | None] = mapped_column(default=nonce)
    answer: Mapped[str]
    answer_nonce: Mapped[str | None] = mapped_column(default=nonce)
    released: Mapped[date | None]
    withdrawn: Mapped[date | None]


class WordingSource(Acted, Base):
    """What the wording of a changed place rests on. kind: LAW with the provision in `source`, or
    OWN (the city's own decision) with what it rests on, where somebody wrote that down. `digest`:
    of the content that stood there then; of another wording it says nothing.
    """

    __tablename__ = "wording_source"
    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    path: Mapped[list[Any]]
    digest: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    withdrawn: Mapped[date | None]
