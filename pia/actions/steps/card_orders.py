"""The order in which the cards of a referral are explained: set by the department that presents, or
by the office, before the sitting and in it.

An order is never rewritten: another one is set, and what was set before stays on record. Must not
know pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Unfit
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import councils as rows
from ...store.rows.card_orders import CardOrder
from ..records import closing
from ..workplace import Workplace, row_of


def set_order(wp: Workplace, by: By, referral: int, numbers: Sequence[int]) -> None:
    """Sets the order of a referral's cards. `numbers`: every card's number, once. Unfit where it is
    the order there is; PiaError for a department none of whose documents are in it, and once the
    sitting is over."""
    with wp.store.begin() as session:
        ref = row_of(session, rows.Referral, referral, "諮問")
        closing.must_speak_now(session, by, ref, "説明の順番")
        if by.role in ("drafter", "head") and not _presents(session, referral, by.actor):
            raise PiaError("説明の順番は、評価書を説明する課か事務局が決めます。")
        before = queries.card_orders.last_of(session, [referral])
        now = before[0].numbers if before else sorted(numbers)
        if list(numbers) == now:
            raise Unfit("place1", "説明の順番は、もうそのとおりです。")
        session.add(CardOrder(referral_id=referral, numbers=list(numbers), **acted(by)))
        about = {"before": now, "after": list(numbers)}
        log.entry(session, by, "referral.order", str(referral), about)


def _presents(session: Session, referral: int, actor: str) -> bool:
    """Whether a document of a referral belongs to somebody's department."""
    mine = queries.accounts.department_of(session, actor)
    keys = queries.assessments.keys_of_referral(session, referral)
    owners = {queries.affairs.department_of_key(session, key) for key in keys}
    return mine is not None and mine in owners
