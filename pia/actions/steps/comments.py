"""Comments on items of a draft: written, answered, settled and opened again.

Knows who may be named with @ and until when a round takes comments. What a comment says is never
rewritten: it is followed by another line, or taken back (`corrections`). Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.document.items import item_at
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Refused, Unfit
from ...domain.text import mentions
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.bodies import Account
from ...store.rows.comments import REOPENED, SAID, SETTLED, Comment, CommentNamed
from ..records import closing
from ..records.comments import roles
from ..workplace import VersionLine, Workplace, chain_at, head_tree, line

MANY = 2_000  # lines of a round


def write(
    wp: Workplace, by: By, where: str, path: Path, text: str, names: Sequence[str] = ()
) -> int:
    """Begins a thread at an item; its number. `names`: sign-in names of people who are to see it,
    beside those its text names with @.

    PiaError for an item the form has not; Unfit for an @ that names nobody; Refused once the round
    is over.
    """
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = _open(session, where)
        tree = head_tree(session, at)
        if tree is None:
            raise PiaError("まだ版がないため、コメントを書けません。")
        item_at(forms.load(tree.form), path)
        row = Comment(round_id=at.own_round.id, path=list(path), act=SAID, text=text, **acted(by))
        told = _add(session, wp, row, names)
        log.entry(session, by, "comment.write", at.ref, {"comment": row.id, "named": told})
        return row.id


def answer(
    wp: Workplace, by: By, where: str, thread: int, text: str, names: Sequence[str] = ()
) -> None:
    """Answers in a thread; one that was settled is open again."""
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = _open(session, where)
        began = _began(session, at, thread)
        if is_settled(session, began):
            session.add(_mark(by, began, REOPENED))
        row = Comment(
            round_id=began.round_id,
            thread_id=began.id,
            path=list(began.path),
            act=SAID,
            text=text,
            **acted(by),
        )
        told = _add(session, wp, row, names)
        log.entry(session, by, "comment.write", at.ref, {"comment": row.id, "named": told})


def settle(wp: Workplace, by: By, where: str, thread: int, on: bool) -> None:
    """Marks a thread as 解決済み, or opens it again. Refused where it is so already."""
    with wp.store.begin(chain=chain_at(wp, where)) as session:
        at = _open(session, where)
        began = _began(session, at, thread)
        if is_settled(session, began) == on:
            raise Refused("このコメントは、もう" + ("解決済みです。" if on else "開いています。"))
        session.add(_mark(by, began, SETTLED if on else REOPENED))
        act = "comment.settle" if on else "comment.reopen"
        log.entry(session, by, act, at.ref, {"comment": began.id})


def is_settled(session: Session, began: Comment) -> bool:
    """Whether a thread was marked as 解決済み last."""
    return queries.comments.last_mark(session, began.id) == SETTLED


def _mark(by: By, began: Comment, act: str) -> Comment:
    return Comment(
        round_id=began.round_id,
        thread_id=began.id,
        path=list(began.path),
        act=act,
        text="",
        **acted(by),
    )


def _open(session: Session, where: str) -> VersionLine:
    """The round of a line. Refused once it is over."""
    at = line(session, where)
    if at.round is None:
        raise PiaError(f"{where} は再実施・修正ではありません。")
    closing.must_be_open(at, before=closing.OVER)
    if queries.comments.count(session, at.round.id) >= MANY:
        raise PiaError(f"コメントは、1つの手続に{MANY:,}件までです。")
    return at


def _began(session: Session, at: VersionLine, thread: int) -> Comment:
    """The line a thread of this round begins with. PiaError when there is none that stands."""
    row = session.get(Comment, thread)
    mine = row is not None and row.round_id == at.own_round.id and row.thread_id is None
    if row is None or not mine or row.withdrawn is not None:
        raise PiaError("そのコメントはありません。一覧から選び直してください。")
    return row


def again(session: Session, wp: Workplace, by: By, row: Comment, new: Mapping[str, Any]) -> None:
    """What a line says now, in a line of its own in its place: the old one keeps what it said."""
    line_ = Comment(
        round_id=row.round_id,
        thread_id=row.begins,
        corrects_id=row.id,
        path=list(row.path),
        act=SAID,
        text=new["text"],
        **acted(by),
    )
    _add(session, wp, line_, new.get("names", ()))


def _add(session: Session, wp: Workplace, row: Comment, names: Sequence[str]) -> list[str]:
    """Writes a line with the people it names; their sign-in names."""
    if not row.text.strip():
        raise Unfit("text", "「コメント」を入力してください。")
    people = {account.name: account for account, _ in queries.comments.writers(session, roles(wp))}
    told = [people[name] for name in _named(row.text, names, people)]
    session.add(row)
    session.flush()
    for account in told:
        session.add(
            CommentNamed(
                comment_id=row.id,
                account=account.name,
                department_id=account.department_id,
                role=account.role,
            )
        )
    session.flush()
    return [account.name for account in told]


def _named(text: str, names: Sequence[str], people: dict[str, Account]) -> list[str]:
    """The sign-in names of those a comment is for. Unfit for an @ that names nobody, or several,
    and for a chosen person who cannot read the document."""
    spelled = {}
    for name, account in people.items():
        spelled[name] = mentions.spellings(name, account.shown)
    found, unknown = mentions.named(text, spelled)
    if unknown:
        raise Unfit(
            "text",
            f"「@{unknown[0]}」に当たる人が、いないか、何人もいます。"
            "画面のとおりの氏名で書くか、「知らせる人」から選んでください。"
            "人を指すのでなければ、@の後を1字空けてください。",
        )
    for name in names:
        if name not in people:
            raise Unfit("named", "「知らせる人」を選び直してください。")
    return list(dict.fromkeys([*names, *found]))
