"""What is being written, as they are asked for.

Knows rows. Must not know what is done with what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import Session

from ..rows.assessments import Assessment, Round
from ..rows.bodies import Account, Affair
from ..rows.unsaved import Unsaved


def all_unsaved(session: Session) -> list[Unsaved]:
    """Everything that is being written and was not saved, oldest first."""
    return list(session.scalars(select(Unsaved).order_by(Unsaved.id)))


# Whether who was writing may write there no more: they left, or went to another department.
LEFT: ColumnElement[bool] = or_(
    Account.active.is_(False),
    and_(
        Account.role.in_(("drafter", "head")),
        Account.department_id.is_distinct_from(Affair.department_id),
    ),
)


def of_line(assessment: type[Assessment]) -> ColumnElement[bool]:
    """Whether what is being written is of an assessment: of its main line or a round."""
    key = func.length(assessment.key)
    return or_(
        Unsaved.line == assessment.key,
        func.substr(Unsaved.line, 1, key + 1) == assessment.key + "~",
    )


def on_line(round_: type[Round]) -> ColumnElement[bool]:
    """Whether it is of a round of its assessment."""
    return Unsaved.line == Assessment.key + "~" + round_.name


def left_on(session: Session, line: str) -> Sequence[Row[Unsaved, str]]:
    """(what somebody was writing on a line, how they are shown) of those who may do so no more,
    oldest first."""
    return session.execute(
        select(Unsaved, Account.shown)
        .join(Account, Account.name == Unsaved.account)
        .join(Assessment, Assessment.key == line.partition("~")[0])
        .join(Affair, Affair.id == Assessment.affair_id)
        .where(Unsaved.line == line, LEFT)
        .order_by(Unsaved.id)
    ).all()


def counts(session: Session, accounts: Iterable[str]) -> dict[str, int]:
    """At how many items each of these people wrote and did not save."""
    of = select(Unsaved.account, func.count()).where(Unsaved.account.in_(accounts))
    return dict(session.execute(of.group_by(Unsaved.account)).all())
