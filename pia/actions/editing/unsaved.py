"""What a person is writing at the desk, kept while they write: so that a closed lid, another
computer or a lost line takes nothing away.

Knows one person's own unsaved fields. Must not show them to anybody else, and makes no version of
them: that is `writing.save_answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ... import forms
from ...domain.act import By
from ...domain.canonical import clean
from ...domain.document.items import item_at
from ...domain.errors import PiaError, Refused
from ...store import queries
from ...store.rows import assessments, unsaved
from ..workplace import Workplace, head_tree, line

MOST = 1_000_000  # letters in all fields of one form
MANY = 200  # forms of one person

Fields = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Begun:
    """One item somebody began to write: where it is, and what was in the fields."""

    ref: str
    path: str
    at: datetime
    seen: str
    fields: Fields


def keep(wp: Workplace, by: By, ref: str, path: str, seen: str, fields: Fields) -> None:
    """Keeps the fields in place of what was kept before.

    PiaError where there is no such item, or too much.
    """
    kept = {}
    for name, values in fields.items():
        kept[name] = [clean(value, "記載") for value in values]
    if sum(len(value) for values in kept.values() for value in values) > MOST:
        raise PiaError("書きかけが長すぎるため、残せません。保存してください。")
    with wp.store.read() as session:
        at = line(session, ref)
        tree = head_tree(session, at)
        if tree is None:
            raise PiaError("まだ版がないため、書きかけを残せません。")
        item_at(forms.load(tree.form), tuple(path.split("/")))
        assessments.resolve(session, seen)
    with wp.store.unchained(about=f"unsaved {by.actor}") as session:
        old = unsaved.of(session, by.actor, at.ref, path)
        if old is None:
            if len(unsaved.listed(session, by.actor)) >= MANY:
                raise PiaError(
                    f"書きかけは{MANY}件まで残せます。いらないものを捨てるか、保存してください。"
                )
            session.add(
                unsaved.Unsaved(
                    account=by.actor, line=at.ref, path=path, seen=seen, fields=kept, at=by.at
                )
            )
        else:
            old.seen = seen
            old.fields = kept
            old.at = by.at


def drop(wp: Workplace, by: By, ref: str, path: str) -> None:
    """Throws away one's own; harmless where there is none."""
    with wp.store.unchained() as session:
        unsaved.drop(session, by.actor, ref, path)


def of(wp: Workplace, account: str, ref: str, path: str) -> Begun | None:
    """What a person began to write for an item and did not save; None where nothing."""
    with wp.store.read() as session:
        kept = unsaved.of(session, account, ref, path)
        if kept is not None:
            return Begun(ref, path, kept.at, kept.seen, kept.fields)
        return None


def paths(wp: Workplace, account: str, ref: str) -> frozenset[str]:
    """The items of a line that a person began to write and did not save."""
    with wp.store.read() as session:
        return frozenset(x.path for x in unsaved.listed(session, account) if x.line == ref)


def drop_left(wp: Workplace, by: By, ref: str) -> int:
    """Throws away, unread, what people began on a round's draft who may write there no more; how
    many items. Refused for anybody but the head of its department."""
    with wp.store.unchained(about=f"unsaved {ref}") as session:
        at = line(session, ref)
        owner = queries.affairs.department_of_assessment(session, at.assessment.id)
        mine = queries.accounts.department_of(session, by.actor)
        if by.role != "head" or owner is None or owner != mine:
            raise Refused("異動・退職した人の書きかけを捨てられるのは、担当課の所属長だけです。")
        rows = queries.unsaved.left_on(session, at.ref)
        for row, _ in rows:
            session.delete(row)
        return len(rows)
