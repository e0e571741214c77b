"""Books that wait to be brought in as one table: to which affair each belongs, what is proposed,
what is new of it, what stands against it; and what somebody put right in it.

Works on rows that were read. Must not write any, nor know pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain import wareki
from ...domain.document.covers import number_of
from ...domain.text.folding import fold
from ...store import queries
from ...store.rows import imports
from ...store.rows.bodies import Affair
from ...store.rows.imports import ImportBook
from . import placing

# What a person may put right of a book, and what is said of all books of one affair.
FIELDS = ("number", "name", "body", "department", "day", "take", "published")
OF_AFFAIR = ("name", "body", "department")


@dataclass(frozen=True, slots=True)
class BookLine:
    """One book in the table. `first`: it is the first of its affair, at which what is said of the
    affair is put right; `settled`: its affair has a department, which only an administrator moves;
    `standing`: what would be new; `wrong`: field → why it cannot be taken in
    so; `file_problems`: (whether it is an error, sentence); `affair`: the key of its registered
    affair."""

    id: int
    file: str
    state: str
    says: str = ""
    kind: str = ""
    stamp: str = ""
    title: str = ""
    number: str = ""
    name: str = ""
    body: str = ""
    department: str = ""
    day: str = ""
    take: bool = False
    published: bool = False
    first: bool = True
    settled: bool = False
    same: bool = False
    standing: str = ""
    hint: str = ""
    affair: str = ""
    document: str = ""
    known_bodies: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    new_departments: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    file_problems: tuple[tuple[bool, str], ...] = ()
    finds: tuple[tuple[str, str, str], ...] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        """Body, number and kind: one document."""
        return (self.body, self.number, self.kind)

    @property
    def kind_name(self) -> str:
        """Its kind as people say it."""
        return forms.KIND_NAMES.get(self.kind, "")

    @property
    def waits(self) -> bool:
        """Whether it waits to be taken in."""
        return self.state in (imports.READ, imports.BACK)


@dataclass(frozen=True, slots=True)
class RegisteredBooks:
    """What books may belong to. `documents`: (affair, kind) → (key, head, its digest, day it was
    published)."""

    bodies: Mapping[str, int]
    departments: Mapping[int, tuple[str, ...]]
    names: Mapping[int, str]
    affairs: Sequence[Affair]
    documents: Mapping[tuple[int, str], tuple[str, int | None, str | None, date | None]]

    def numbered(self, body: str, number: str) -> Affair | None:
        """The affair of a number of a body, where it was not taken back."""
        of = self.bodies.get(body)
        for affair in self.affairs:
            if number and (affair.body_id, affair.number) == (of, number):
                return affair if affair.withdrawn is None else None
        return None

    def named(self, body: str, name: str) -> Affair | None:
        """The only affair of a body with a name."""
        of = self.bodies.get(body)
        if of is None:
            return None
        return placing.affair_named(self.affairs, of, name)


def registered(session: Session) -> RegisteredBooks:
    """What is registered now."""
    bodies = {body.name: body.id for body in queries.departments.bodies(session)}
    departments: dict[int, list[str]] = {}
    names = {}
    for row in queries.departments.all_departments(session):
        names[row.id] = row.name
    for row in queries.departments.open_departments(session):
        departments.setdefault(row.body_id, []).append(row.name)
    documents = {}
    for one, _, seq, digest in queries.imports.documents(session):
        if one.withdrawn is None:
            documents[one.affair_id, one.kind] = (one.key, seq, digest, one.published)
    return RegisteredBooks(
        bodies,
        {body: tuple(listed) for body, listed in departments.items()},
        names,
        queries.affairs.all_affairs(session),
        documents,
    )


def table(known: RegisteredBooks, books: Sequence[ImportBook], today: date) -> list[BookLine]:
    """The lines of a table, in the order of the books, those of one affair beside each other."""
    first_of = {}
    opened = [book for book in books if book.state in (imports.READ, imports.BACK)]
    by_id = {book.id: book for book in opened}
    numbers = _numbers(known, opened)
    groups: dict[tuple[str, str], list[ImportBook]] = {}
    for book in opened:
        body = _body(known, book)
        groups.setdefault((body, numbers[book.id] or f"#{book.id}"), []).append(book)
    lines = []
    for (body, _), members in groups.items():
        for line in _lines(known, body, numbers, members):
            first_of[line.id] = line.first
            lines.append(_checked(known, line, by_id[line.id], today))
    lines = _told_twice(lines, by_id)
    for book in books:
        if book.id not in first_of:
            lines.append(_plain(book))
    return lines


def _body(known: RegisteredBooks, book: ImportBook) -> str:
    typed = book.typed.get("body")
    if typed is not None:
        return str(typed)
    return placing.body_proposed(str(book.cover.get("body", "")), known.bodies)


def _numbers(known: RegisteredBooks, books: Sequence[ImportBook]) -> dict[int, str]:
    """The number of each book: as it was typed; as its cover says, where an affair has it; that of
    the affair of its name, registered or among these books; else as its cover says."""
    numbers: dict[int, str] = {}
    by_name: dict[tuple[str, str], str] = {}
    for book in books:
        number = str(book.typed.get("number", book.cover["number"]))
        numbers[book.id] = number
        if number:
            by_name.setdefault((_body(known, book), fold(book.cover["affair"])), number)
    for book in books:
        if "number" in book.typed:
            continue
        body = _body(known, book)
        named = None
        if known.numbered(body, numbers[book.id]) is None:
            named = known.named(body, book.cover["affair"])
        if named is not None:
            numbers[book.id] = named.number
        elif not numbers[book.id]:
            numbers[book.id] = by_name.get((body, fold(book.cover["affair"])), "")
    return numbers


_HIGHEST = ("all_item", "key_item", "basic_item")


@dataclass(frozen=True, slots=True)
class _AffairSaid:
    """What the books of one affair say of it together: `affair` where it is registered, `offices`
    that may be chosen, and those of the books that are not registered."""

    affair: Affair | None
    body: str
    name: str
    department: str
    bodies: tuple[str, ...]
    offices: tuple[str, ...]
    new_offices: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """Whether it has a department."""
        return self.affair is not None and self.affair.department_id is not None


def _said_of(
    known: RegisteredBooks, body: str, number: str, members: Sequence[ImportBook]
) -> _AffairSaid:
    """What books of one number say of their affair: as somebody put it right, else as it is
    registered, else as the highest of them says."""
    affair = known.numbered(body, number)
    ranked = sorted(members, key=lambda book: _HIGHEST.index(book.cover["kind"]))
    offices = known.departments.get(known.bodies.get(body, 0), ())
    written = _covers(ranked, "department")
    department = _department(known, affair, written, offices)
    if affair is None or affair.department_id is None:
        department = _typed(members, "department", department)
    if department and department not in (*offices, *written):
        offices = (*offices, department)  # closed since, and still the affair's
    proposed = next(iter(_covers(ranked, "affair")), "")
    return _AffairSaid(
        affair,
        body,
        _typed(members, "name", affair.name if affair is not None else proposed),
        department,
        tuple(_covers(members, "body")),
        offices,
        tuple(words for words in written if words not in offices),
    )


def _covers(books: Sequence[ImportBook], name: str) -> list[str]:
    """What the covers of books say, each once, in order; nothing of those that say nothing."""
    return [words for words in dict.fromkeys(book.cover[name] for book in books) if words]


def _lines(
    known: RegisteredBooks, body: str, numbers: Mapping[int, str], members: Sequence[ImportBook]
) -> Iterable[BookLine]:
    """The lines of the books of one affair; what is said of the affair is the same in all."""
    said = _said_of(known, body, numbers[members[0].id], members)
    for index, book in enumerate(sorted(members, key=lambda one: one.id)):
        line = _line(book, numbers[book.id], said)
        yield replace(line, first=index == 0, known_bodies=tuple(known.bodies))


def _line(book: ImportBook, number: str, said: _AffairSaid) -> BookLine:
    return BookLine(
        id=book.id,
        file=book.name,
        state=book.state,
        says=book.says,
        kind=book.cover["kind"],
        stamp=book.cover["stamp"],
        title=book.cover["title"],
        number=number,
        name=said.name,
        body=said.body,
        department=said.department,
        day=_typed([book], "day", _day(str(book.cover["published"]))),
        take=bool(book.typed.get("take", True)),
        published=bool(book.typed.get("published", False)),
        settled=said.settled,
        hint=_hint(book, number, said.affair),
        affair=said.affair.key if said.affair is not None else "",
        bodies=said.bodies,
        departments=said.offices,
        new_departments=said.new_offices,
        file_problems=_problems(book),
        finds=tuple(map(tuple, book.cover["finds"])),
    )


def _typed(members: Sequence[ImportBook], name: str, proposed: str) -> str:
    """What somebody put right of one of these books, else what is proposed."""
    for book in members:
        if name in book.typed:
            return str(book.typed[name])
    return proposed


def _department(
    known: RegisteredBooks, affair: Affair | None, written: Sequence[str], listed: Sequence[str]
) -> str:
    if affair is not None and affair.department_id is not None:
        return known.names.get(affair.department_id, "")
    for words in written:
        proposed = placing.department_proposed(words, listed)
        if proposed:
            return proposed
    return ""


def _day(iso: str) -> str:
    return wareki.written(date.fromisoformat(iso)) if iso else ""


def _hint(book: ImportBook, number: str, affair: Affair | None) -> str:
    """Why a number is proposed that is not the cover's."""
    if "number" in book.typed or number == book.cover["number"]:
        return ""
    cover = book.cover["number"] or "なし"
    if affair is not None:
        return f"表紙の番号は{cover}です。同じ名称の、登録済みの事務の番号を入れました。"
    return f"表紙の番号は{cover}です。同じ名称の本の番号を入れました。"


def _problems(book: ImportBook) -> tuple[tuple[bool, str], ...]:
    return tuple((bool(is_error), str(says)) for is_error, says in book.cover.get("problems", ()))


def _plain(book: ImportBook) -> BookLine:
    """A line of a book that is not to be put right: unread, unreadable, or taken in."""
    cover = book.cover
    return BookLine(
        id=book.id,
        file=book.name,
        state=book.state,
        says=book.says,
        kind=str(cover.get("kind", "")),
        stamp=str(cover.get("stamp", "")),
        title=str(cover.get("title", "")),
        number=str(book.made.get("number", cover.get("number", ""))),
        name=str(book.made.get("name", cover.get("affair", ""))),
        body=str(book.made.get("body", cover.get("body", ""))),
        department=str(book.made.get("department", "")),
        day=str(book.made.get("day", "")),
        published=bool(book.made.get("publication")),
        affair=str(book.made.get("affair_key", "")),
        document=str(book.made.get("key", "")),
        file_problems=_problems(book),
        finds=tuple(map(tuple, cover.get("finds", ()))),
    )


def _checked(known: RegisteredBooks, line: BookLine, book: ImportBook, today: date) -> BookLine:
    """A line with what is new of it and what stands against it."""
    wrong = {}
    if not line.number:
        wrong["number"] = "評価書番号を入力してください。"
    if line.first and not line.name:
        wrong["name"] = "事務の名称を入力してください。"
    if line.first and not line.body:
        wrong["body"] = "評価実施機関を選んでください。先に初期設定で登録しておくこともできます。"
    if said := _wrong_day(line, today):
        wrong["day"] = said
    return _held_against(known, replace(line, wrong=wrong), book)


def _held_against(known: RegisteredBooks, line: BookLine, book: ImportBook) -> BookLine:
    """A line held against the document that is registered for it."""
    affair = known.numbered(line.body, line.number)
    if affair is None:
        return replace(line, standing="新しい事務、新しい評価書")
    kept = known.documents.get((affair.id, line.kind))
    if kept is None:
        return replace(line, standing="登録済みの事務に、新しい評価書")
    key, head, digest, published = kept
    line = replace(line, document=key)
    if head is None:
        return replace(line, standing="登録済みの評価書の、はじめの版")
    ref, places = book.cover.get("against", ("", 0))
    is_told = ref == f"{key}@{head}"
    if digest == book.cover["digest"] or (is_told and places == 0):
        return _same(line, book, head, published)
    changes = f"（{places}か所の違い）" if is_told else ""
    if published is None:
        return replace(line, standing=f"登録済みの第{head}版に続く、新しい版{changes}")
    take = bool(book.typed.get("take", False))
    refusal = "公表済みの評価書とは違います。再実施か修正を始めて、そこへ取り込んでください。"
    wrong = {**line.wrong, "take": refusal}
    return replace(line, standing=f"公表済みの第{head}版と違う{changes}", take=take, wrong=wrong)


def _same(line: BookLine, book: ImportBook, head: int, published: date | None) -> BookLine:
    """A line of a book that says what is registered: only its publication may be new."""
    says = f"登録済み（第{head}版）と同じ"
    if published is not None:
        says += f"。公表日は{wareki.written(published)}と登録済み"
    take = bool(book.typed.get("take", line.published and published is None))
    return replace(line, same=True, standing=says, take=take)


def _wrong_day(line: BookLine, today: date) -> str:
    iso = wareki.parse(line.day) if line.day else None
    if line.day and (iso is None or len(iso) != 10):
        return "日付が正しくありません。令和6年7月24日のように入力してください。"
    if line.published and iso is None:
        return "公表日を入力してください。公表していないときは、「公表済み」の印を外してください。"
    if iso is not None and date.fromisoformat(iso) > today:
        return "公表日がまだ来ていません。すでに公表した日を入力してください。"
    return ""


def _told_twice(lines: Sequence[BookLine], books: Mapping[int, ImportBook]) -> list[BookLine]:
    """The lines, with what two books of one kind and number say of each other: of equal ones the
    second is left out, of others none can be taken in."""
    told = _without_twins(lines, books)
    counts = Counter(line.place for line in told if line.take and line.number)
    for index, line in enumerate(told):
        if line.take and counts[line.place] > 1:
            refusal = (
                f"評価書番号{line.number}の{line.kind_name}が、ほかにもあります。"
                "番号を直すか、取り込まない方の印を外してください。"
            )
            told[index] = replace(line, wrong={**line.wrong, "number": refusal})
    return told


def _without_twins(lines: Sequence[BookLine], books: Mapping[int, ImportBook]) -> list[BookLine]:
    """The lines, of books that say the same only the first to be taken in."""
    seen = set()
    told = []
    for line in lines:
        book = books[line.id]
        said = (*line.place, str(book.cover["digest"]))
        if line.take and line.number and said in seen:
            take = bool(book.typed.get("take", False))
            words = "この取込みの中に、同じ内容の本がもう1つあります"
            line = replace(line, same=True, standing=words, take=take)
        elif line.take:
            seen.add(said)
        told.append(line)
    return told


def put_right(
    before: Mapping[str, Any], line: BookLine, given: Mapping[str, Any]
) -> dict[str, Any]:
    """What is kept of a book as put right, after somebody sent these fields of its line: only what
    differs from what the line says."""
    after = dict(before)
    if "number" in given:
        given = {**given, "number": number_of(str(given["number"]))}
    changed = {name for name in FIELDS if name in given and given[name] != getattr(line, name)}
    if "number" in changed and not line.first:
        # It goes to another affair: what was said of the one it comes from is not said of that.
        changed -= set(OF_AFFAIR)
        for name in OF_AFFAIR:
            after.pop(name, None)
    for name in changed:
        after[name] = given[name]
    return after
