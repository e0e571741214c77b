"""Comments on items of drafts, as they are asked for.

Knows rows. Must not know who may read a document.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from ..rows.assessments import OPEN, Assessment, Round
from ..rows.bodies import Account, Affair, Department
from ..rows.comments import SAID, SETTLED, Comment, CommentNamed


def of_round(session: Session, round_id: int) -> Sequence[Row[Comment, str | None]]:
    """(line, how its writer is shown, where they have an account) of a round, oldest first."""
    return session.execute(
        select(Comment, Account.shown)
        .outerjoin(Account, Account.name == Comment.actor)
        .where(Comment.round_id == round_id)
        .order_by(Comment.id)
    ).all()


def named_of_round(session: Session, round_id: int) -> Sequence[Row[int, str]]:
    """(comment, how somebody it names is shown) of a round."""
    return session.execute(
        select(CommentNamed.comment_id, func.coalesce(Account.shown, CommentNamed.account))
        .join(Comment, Comment.id == CommentNamed.comment_id)
        .outerjoin(Account, Account.name == CommentNamed.account)
        .where(Comment.round_id == round_id)
        .order_by(CommentNamed.comment_id, Account.id)
    ).all()


def rows_of_round(session: Session, round_id: int) -> list[Comment]:
    """The lines of a round that say something, also those that were taken back, oldest first."""
    of = select(Comment).where(Comment.round_id == round_id, Comment.act == SAID)
    return list(session.scalars(of.order_by(Comment.id)))


def count(session: Session, round_id: int) -> int:
    """How many lines a round has."""
    return session.scalar(select(func.count(Comment.id)).where(Comment.round_id == round_id)) or 0


def writers(session: Session, roles: Collection[str]) -> Sequence[Row[Account, str | None]]:
    """(account, name of its department) of everybody of these roles who may sign in, by
    department."""
    return session.execute(
        select(Account, Department.name)
        .outerjoin(Department, Department.id == Account.department_id)
        .where(Account.active.is_(True), Account.role.in_(roles))
        .order_by(Department.position, Department.id, Account.id)
    ).all()


def chain(session: Session, comment: Comment) -> list[int]:
    """The numbers of a comment and of what it stood for before, the latest first."""
    numbers = [comment.id]
    row: Comment | None = comment
    while row is not None and row.corrects_id is not None:
        numbers.append(row.corrects_id)
        row = session.get(Comment, row.corrects_id)
    return numbers


def corrected_by(session: Session, number: int) -> int | None:
    """The line that stands for one now; None where it stands itself."""
    return session.scalar(select(Comment.id).where(Comment.corrects_id == number))


def answered(session: Session, number: int, but: int) -> bool:
    """Whether somebody answered in the thread a line begins, and that stands. `but`: the line that
    stands for the first one now."""
    of = exists().where(
        Comment.thread_id == number,
        Comment.id != but,
        Comment.corrects_id.is_(None),
        Comment.act == SAID,
        Comment.withdrawn.is_(None),
    )
    return bool(session.scalar(select(of)))


_LATER = aliased(Comment)
_CORRECTED = aliased(Comment)
_END = aliased(Comment)
_WRITER = aliased(Account)
_ANSWERER = aliased(Account)
_BEGINS = func.coalesce(Comment.thread_id, Comment.id)
_ME: BindParameter[str] = bindparam("me")
_MY_DEPARTMENT = cast(bindparam("department"), Integer)
# Where what waits for a post goes once its department is closed: to that of the document.
_POST = case(
    (and_(Department.id.is_not(None), Department.closed.is_(None)), CommentNamed.department_id),
    (CommentNamed.department_id.is_not(None), Affair.department_id),
    else_=None,
)
# Whether who was named still has the post they had then.
_HOLDS = and_(
    Account.active.is_(True),
    or_(
        and_(CommentNamed.department_id.is_not(None), Account.department_id == _POST),
        and_(CommentNamed.department_id.is_(None), Account.role == CommentNamed.role),
    ),
)


def _answered(by: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether somebody wrote in the thread after the comment."""
    return exists().where(
        or_(_LATER.thread_id == _BEGINS, _LATER.id == _BEGINS),
        _LATER.id > Comment.id,
        _LATER.act == SAID,
        _LATER.corrects_id.is_(None),
        _LATER.withdrawn.is_(None),
        by,
    )


_SETTLED = (
    select(_END.act)
    .where(_END.thread_id == _BEGINS, _END.act != SAID)
    .order_by(_END.id.desc())
    .limit(1)
    .scalar_subquery()
)
_OF_POST = and_(
    _ANSWERER.name == _LATER.actor,
    or_(
        and_(CommentNamed.department_id.is_not(None), _ANSWERER.department_id == _POST),
        and_(CommentNamed.department_id.is_(None), _ANSWERER.role == CommentNamed.role),
    ),
)
_MINE = and_(CommentNamed.account == _ME, _HOLDS, ~_answered(_LATER.actor == _ME))
_FOLLOWED = and_(
    ~func.coalesce(_HOLDS, False),
    or_(
        and_(CommentNamed.department_id.is_not(None), _POST == _MY_DEPARTMENT),
        and_(CommentNamed.department_id.is_(None), CommentNamed.role == bindparam("role")),
    ),
    ~_answered(_OF_POST),
)

WaitingComment = Row[Comment, str, str, str, str, str]

_WAITING = (
    select(
        Comment,
        Assessment.key,
        Round.name,
        Affair.name,
        func.coalesce(_WRITER.shown, Comment.actor),
        case(
            (CommentNamed.account == _ME, ""),
            else_=func.coalesce(Account.shown, CommentNamed.account),
        ),
    )
    .join(CommentNamed, CommentNamed.comment_id == Comment.id)
    .join(Round, Round.id == Comment.round_id)
    .join(Assessment, Assessment.id == Round.assessment_id)
    .join(Affair, Affair.id == Assessment.affair_id)
    .outerjoin(Department, Department.id == CommentNamed.department_id)
    .outerjoin(Account, Account.name == CommentNamed.account)
    .outerjoin(_WRITER, _WRITER.name == Comment.actor)
    .where(
        Comment.withdrawn.is_(None),
        ~exists().where(_CORRECTED.corrects_id == Comment.id),
        Round.id.in_(select(Round.id).where(OPEN)),
        func.coalesce(_SETTLED, "") != SETTLED,
        or_(_MINE, _FOLLOWED),
    )
    .order_by(Comment.id)
    .limit(200)
)


def waiting_for(
    session: Session, name: str, department_id: int | None, role: str
) -> Sequence[WaitingComment]:
    """(comment, key of its document, name of the round, name of the affair, who wrote it, whom it
    names where that is somebody else) of the comments in running rounds that name a person, or
    somebody whose post they follow, and that nobody of them has answered."""
    values = {"me": name, "department": department_id, "role": role}
    return session.execute(_WAITING, values).all()


def last_mark(session: Session, number: int) -> str | None:
    """What was marked last of the thread a line begins: SETTLED or REOPENED; None for nothing."""
    of = select(Comment.act).where(Comment.thread_id == number, Comment.act != SAID)
    return session.scalar(of.order_by(Comment.id.desc()).limit(1))


def path_of(session: Session, number: int) -> list[str] | None:
    """The path a line stands at; None when there is none."""
    return session.scalar(select(Comment.path).where(Comment.id == number))


def counts_of(session: Session, accounts: Collection[str]) -> dict[str, int]:
    """In how many threads that are open each of these people is named."""
    of = (
        select(CommentNamed.account, func.count(func.distinct(_BEGINS)))
        .join(Comment, Comment.id == CommentNamed.comment_id)
        .where(
            CommentNamed.account.in_(accounts),
            Comment.withdrawn.is_(None),
            Comment.round_id.in_(select(Round.id).where(OPEN)),
            func.coalesce(_SETTLED, "") != SETTLED,
        )
    )
    return dict(session.execute(of.group_by(CommentNamed.account)).all())
