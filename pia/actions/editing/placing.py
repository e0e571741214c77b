"""Where a book belongs: the affair of its number, else of its name, and the document of its kind;
made where nobody registered them.

One 評価書番号 of one body is one affair, however many books it has. Must not know files or pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.document.covers import Cover
from ...domain.errors import PiaError
from ...domain.text.folding import fold
from ...store import queries
from ...store.ledger import log
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair, Body, Department
from ..people.registration import (
    UNNAMED,
    NewAffair,
    body_named,
    department_named,
    make_affair,
)
from ..workplace import Workplace

KINDS = ("basic_item", "key_item", "all_item")


@dataclass(frozen=True, slots=True)
class BookPlace:
    """Where a book goes: number, name and body of its affair, the department that writes it, and
    the kind of its document. `key`: the key its affair had in the installation it comes from."""

    number: str
    name: str
    body: str
    department: str
    kind: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class PlacedBook:
    """The document of a book, and what had to be made for it."""

    key: str
    affair: bool
    document: bool


def body_proposed(written: str, bodies: Iterable[str]) -> str:
    """The registered body a cover means: of that name, with or without 長 at its end, or the only
    one where the cover names none; else what the cover says."""
    known = list(bodies)
    for name in known:
        if fold(name) == fold(written):
            return name
    for name in known:
        if written and fold(written) in (fold(f"{name}長"), fold(name).removesuffix("長")):
            return name
    if not written and len(known) == 1:
        return known[0]
    return written


def department_proposed(written: str, departments: Iterable[str]) -> str:
    """The registered department a document means: of that name, or the only one whose name ends
    another's: 「国保年金課」 and 「健康福祉部国保年金課」. Empty where none is meant."""
    sought = fold(written)
    if not sought:
        return ""
    alike = []
    for name in departments:
        if fold(name) == sought:
            return name
        if fold(name).endswith(sought) or sought.endswith(fold(name)):
            alike.append(name)
    return alike[0] if len(alike) == 1 else ""


def affair_named(affairs: Iterable[Affair], body_id: int, name: str) -> Affair | None:
    """The only affair of a body with a name; None where there is none, or several."""
    sought = fold(name)
    found = []
    for affair in affairs:
        is_there = affair.body_id == body_id and affair.withdrawn is None
        if sought and is_there and fold(affair.name) == sought:
            found.append(affair)
    return found[0] if len(found) == 1 else None


def registered(session: Session, cover: Cover) -> Affair | None:
    """The affair a book is of by its cover: of its number in its body, else of its name."""
    bodies = {body.name: body.id for body in queries.departments.bodies(session)}
    body_id = bodies.get(body_proposed(cover.body, bodies))
    if body_id is None:
        return None
    affairs = queries.affairs.all_affairs(session)
    for affair in affairs:
        is_numbered = (affair.body_id, affair.number) == (body_id, cover.number)
        if cover.number and is_numbered and affair.withdrawn is None:
            return affair
    return affair_named(affairs, body_id, cover.affair)


def put(session: Session, by: By, place: BookPlace) -> PlacedBook:
    """The document of a place; affair and document are made where they are not there, and are there
    again where they were taken back. PiaError where the place cannot be.
    """
    body = body_named(session, place.body)
    affair = queries.affairs.numbered(session, body.id, place.number)
    is_new = affair is None or affair.withdrawn is not None
    if affair is None:
        affair = _made(session, by, place)
    else:
        _brought_up(session, by, affair, body, place)
    one = queries.imports.any_of_kind(session, affair.id, place.kind)
    if one is not None and one.withdrawn is None:
        return PlacedBook(one.key, is_new, False)
    if one is not None:
        one.withdrawn = None
    else:
        one = Assessment(
            key=document_key(session, affair, place.kind),
            affair_id=affair.id,
            kind=place.kind,
            created=by.at,
        )
        session.add(one)
    session.flush()
    log.entry(session, by, "assessment.register", one.key, {"kind": place.kind})
    return PlacedBook(one.key, is_new, True)


def _made(session: Session, by: By, place: BookPlace) -> Affair:
    key = free_key(session, place.key or f"no-{place.number}")
    new = NewAffair(key, place.number, place.name, place.body, place.department or None, {}, ())
    affair = make_affair(session, by, new)
    log.entry(session, by, "affair.register", key, {"number": place.number})
    return affair


def _brought_up(session: Session, by: By, affair: Affair, body: Body, place: BookPlace) -> None:
    """An affair that is registered: there again where it was taken back, named as the place says,
    and given a department where it has none."""
    before = {}
    if affair.withdrawn is not None:
        before["withdrawn"] = affair.withdrawn.isoformat()
        affair.withdrawn = None
    if place.name != affair.name:
        before["name"] = affair.name
        affair.name = place.name
    if place.department and affair.department_id is None:
        office = department_named(session, body, place.department)
        affair.department_id = office.id if office else None
        before["department"] = ""
    if before:
        after = {"name": affair.name, "department": _name(session, affair.department_id)}
        session.flush()
        log.entry(session, by, "affair.correct", affair.key, {"before": before, "after": after})


def _name(session: Session, department_id: int | None) -> str:
    if department_id is None:
        return ""
    return session.get_one(Department, department_id).name


def free_key(session: Session, stem: str) -> str:
    """A key no affair and none of its documents has, for a number or the key it had elsewhere."""
    base = key_stem(stem)
    key = base
    count = 1
    while queries.affairs.id_of_key(session, key) or queries.assessments.key_taken(
        session, (key, f"{key}-basic")
    ):
        count += 1
        key = f"{base}-{count}"
    return key


def free_affair_key(wp: Workplace, stem: str) -> str:
    """The same, for an affair that is registered by hand."""
    with wp.store.read() as session:
        return free_key(session, stem)


_TAILS = {"basic_item": "-basic", "key_item": "-key", "all_item": "-all"}


def document_key(session: Session, affair: Affair, kind: str) -> str:
    """The key of a new document of an affair: the affair's own for the first beyond the
    基礎項目評価書, else with its kind behind it."""
    wanted = [f"{affair.key}{_TAILS[kind]}"]
    if kind != "basic_item":
        wanted.insert(0, affair.key)
    for key in wanted:
        if queries.assessments.key_taken(session, (key,)) is None:
            return key
    raise PiaError(
        f"「{affair.name}」に、もう{forms.KIND_NAMES[kind]}があります。一覧から確かめてください。"
    )


def key_stem(words: str) -> str:
    """Words without what a REF cannot hold."""
    return re.sub(r"[\s@~/\\\x00-\x1f]+", "-", words).strip("-.")[:90] or "assessment"


def put_under(session: Session, by: By, key: str, cover: Cover, kind: str) -> None:
    """The document of a key somebody gave, in the affair of its cover where that has none of its
    kind, else in an affair of its own."""
    main = key.removesuffix("-basic") if kind == "basic_item" else key
    affair = queries.affairs.of_key(session, main) or registered(session, cover)
    if affair is not None and queries.imports.any_of_kind(session, affair.id, kind) is not None:
        affair = None
    if affair is None:
        affair = _made(session, by, _own_place(session, cover, kind, main))
    session.add(Assessment(key=key, affair_id=affair.id, kind=kind, created=by.at))
    session.flush()


def _own_place(session: Session, cover: Cover, kind: str, main: str) -> BookPlace:
    """An affair of its own for a key: with the number of its cover, where that is free."""
    names = [body.name for body in queries.departments.bodies(session)]
    body_name = body_proposed(cover.body, names) or UNNAMED
    body = queries.departments.body_named(session, body_name)
    number = cover.number or f"（{main}）"
    if body is not None and queries.affairs.id_numbered(session, body.id, number) is not None:
        number = f"（{main}）"
    return BookPlace(number, cover.affair or main, body_name, "", kind, main)


def home_of(session: Session, cover: Cover, kind: str) -> str:
    """The key of the document a book is of; empty where nobody registered it."""
    affair = registered(session, cover)
    if affair is None:
        return ""
    one = queries.assessments.of_kind(session, affair.id, kind)
    return one.key if one is not None else ""
