"""What the person of a request may do and read: their rights over what a page shows.

Knows rights as data (`pia/rules/rights.yaml`) and whose words are withheld from whom. Must not know
routes: `gate` asks here for every one of them, pages ask where they show or hide a way to act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import g

from ..actions.access import veil
from ..actions.access.person import Person
from ..actions.people import sign_in
from ..domain.errors import PiaError
from .actor import now_day, who, workplace

Value = TypeVar("Value")


class Denied(PiaError):
    """Signed in, but this is not theirs."""


class NotThere(PiaError):
    """Not there, or not theirs: nobody is told which."""


def lines() -> Mapping[str, Any]:
    """The lines of rights.yaml: right → who has it."""
    rights: Mapping[str, Any] = workplace().rights["rights"]
    return rights


def has(me: Person, right: str, ref: str = "") -> bool:
    """Whether a person has a right, over the assessment of a KEY or REF where one is given."""
    line = lines().get(right)
    if line is None or me.role not in line["roles"]:
        return False
    if ref and me.role in line.get("own", ()):
        # What belongs to no department yet is the office's.
        owner = sign_in.department_of(workplace(), _key_of(ref))
        return owner is not None and owner == me.department_id
    return True


def may(right: str, key: str = "") -> bool:
    """Whether this person has a right (over the assessment of a KEY or REF, if one is given); for
    pages that show or hide a way to act."""
    return has(who(), right, key)


def is_of_theirs(right: str, department_id: int) -> bool:
    """Whether this person has a right over what belongs to a department: roles that are bound to
    their own have it there alone."""
    if not may(right):
        return False
    bound = who().role in lines()[right].get("own", ())
    return not bound or who().department_id == department_id


def must_be_of_theirs(right: str, department_id: int) -> None:
    """Denied for what belongs to a department this person has no right over."""
    if not is_of_theirs(right, department_id):
        raise Denied("ほかの所属のものです。あなたの所属のものだけを扱えます。")


def own_department(right: str) -> str | None:
    """The department whose assessments alone this person has a right over; None for all of them."""
    if who().role in lines()[right].get("own", ()):
        return who().department
    return None


def reads_all(*refs: str) -> bool:
    """Whether this person may read every word of these documents."""
    return veil.reads_all(workplace(), who(), now_day(), refs)


def must_read_all(*refs: str) -> None:
    """Refuses what says withheld words as a whole (a kept file, a set that is sent) to who may not
    read them."""
    if not reads_all(*refs):
        raise Denied(
            "この資料には、あなたが見られない非公表部分が含まれています。必要なときは、"
            "事務局に相談してください。"
        )


@contextmanager
def looking() -> Iterator[None]:
    """What is read inside is as this person may see it, and that they read it goes on record: for
    what a form shows without doing anything."""
    with veil.seen_by(workplace(), who(), now_day()) as opened:
        g.open_words = opened
        yield


def readable(value: Value, *refs: str) -> Value:
    """What people wrote beside these documents, without the words this person may not read."""
    keys = list(map(_key_of, refs))
    veiled: Value = veil.told(value, veil.hidden_words(workplace(), who(), now_day(), keys))
    return veiled


def _key_of(ref: str) -> str:
    """The KEY of an assessment in a REF (KEY, KEY@N or KEY~ROUND)."""
    return ref.split("@")[0].split("~")[0]


def as_seen(view: Callable[..., Any], **args: Any) -> Any:
    """What a view shows, with every document as this person may see it."""
    with veil.seen_by(workplace(), who(), now_day()):
        return view(**args)
