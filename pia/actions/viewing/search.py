"""What somebody finds in everything that was written, with the place in the form's words, what was
looked for marked, and how many there are of each.

Reads only, as many statements for a page whatever is found. Knows rights as data and what lies
before a member. Must not know addresses. What is withheld from a person is not looked through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain import wareki
from ...domain.change.describe import numbers
from ...domain.document.form import Form, FormNode
from ...domain.document.tree import Path
from ...domain.text import searching
from ...domain.text.searching import SnippetPiece, Sought
from ...store import queries
from ...store.queries.search import (
    BEFORE,
    DOCUMENT,
    DRAFT,
    EVERY,
    MAIN,
    MOST,
    STANDING,
    Finder,
    SearchAsked,
)
from ...store.rows.assessments import Round
from ...store.rows.consultations import Consultation
from ...store.rows.councils import Referral, Sitting
from ...store.rows.search import SearchText, SearchWhole
from ..access.given import Given, given
from ..access.person import Person
from ..access.veil import readers
from ..records import searched
from ..workplace import Workplace

PAGE = 20  # texts on a page
FACETS = 12  # lines of a facet
# Kind → what it is called.
CALLED: Mapping[str, str] = {
    DOCUMENT: "評価書",
    searched.OPINION: "意見",
    searched.RESPONSE: "市の考え方",
    searched.REMARK: "審議会の質問",
    searched.ANSWER: "審議会への回答",
    searched.PROPOSAL: "委員の修正案",
    searched.COMMENT: "コメント",
    searched.EXPECTED: "想定問答",
    searched.SPEECH: "会議の発言",
    searched.MINUTES: "会議録の欄",
    searched.NOTICE: "取扱事務の届出",
    searched.FILES: "個人情報ファイル簿",
    searched.TERM: "用語の説明",
    searched.PHRASE: "文例",
}
STATES: Mapping[str, str] = {
    STANDING: "いまの記載と作成中の案",
    MAIN: "いまの記載だけ",
    DRAFT: "作成中の案だけ",
    BEFORE: "以前の記載だけ",
    EVERY: "すべての版",
}
# What a member finds in what was put before their council.
_OF_COUNCIL = frozenset({searched.REMARK, searched.ANSWER, searched.PROPOSAL})
_THINGS: Mapping[str, type[Any]] = {
    searched.CONSULTATION: Consultation,
    searched.REFERRAL: Referral,
    searched.SITTING: Sitting,
    searched.ROUND: Round,
}


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What somebody typed and chose; empty is anywhere. `item` names one of the form as the index
    has it."""

    words: str
    state: str = STANDING
    kind: str = ""
    document: str = ""
    department: int | None = None
    item: str = ""
    year: int | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text that was found. `title`: the document or thing it stands in; `standing`: since which
    version, and whether it stands; `ref`: the version to open (KEY, KEY~ROUND or KEY@N), of a
    comment its round; `referral`: of a member, the one that put the document before them; `opened`:
    the assessments whose withheld words it may say."""

    kind: str
    called: str
    title: str
    place: str
    standing: str
    pieces: tuple[SnippetPiece, ...]
    day: datetime
    ref: str = ""
    path: tuple[str, ...] = ()
    row: int = 0
    thing: int = 0
    referral: int = 0
    opened: tuple[int, ...] = ()

    @property
    def said(self) -> str:
        """The letters that are shown."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Facet:
    """How many were found of one value: what to ask for, in words, how many."""

    value: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of what was found, `whole` of them (`is_more`: at least so many), and how many of each
    kind, document, item and 年度. `nothing`: there was nothing to look for."""

    texts: tuple[FoundText, ...]
    whole: int
    kinds: tuple[Facet, ...] = ()
    documents: tuple[Facet, ...] = ()
    items: tuple[Facet, ...] = ()
    years: tuple[Facet, ...] = ()
    departments: tuple[tuple[int, str], ...] = ()
    nothing: bool = False

    @property
    def is_more(self) -> bool:
        """Whether counting stopped."""
        return self.whole >= MOST


def finder(
    session: Session, wp: Workplace, who: Person, today: date
) -> tuple[Finder, list[tuple[int, int, int]]]:
    """What somebody may find; of a member also the (referral, assessment, version) before them."""
    guarded = queries.search.guarded(session)
    whole: frozenset[int] = frozenset()
    if guarded:
        mine = readers(session, wp, who, today)
        whole = frozenset(number for number in guarded if not mine.hides(number))
    if who.role in wp.rights["rights"]["read"]["roles"]:
        return Finder(frozenset(searched.KINDS), whole=whole), []
    before: Given = given(session, who, today)
    pinned = queries.search.pinned(session, before.referrals)
    versions = tuple(sorted({(assessment, number) for _, assessment, number in pinned}))
    return Finder(frozenset(), _OF_COUNCIL, before.referrals, versions, whole), pinned


def find(
    wp: Workplace, who: Person, today: date, request: SearchRequest, first: int
) -> SearchResult:
    """What somebody finds, from the text of place `first` on (from 0)."""
    sought = searching.sought(request.words)
    with wp.store.read() as session:
        departments = tuple(queries.search.departments(session))
        if sought.is_nothing:
            return SearchResult((), 0, departments=departments, nothing=True)
        mine, pinned = finder(session, wp, who, today)
        asked = _asked(session, request, sought)
        if asked is None:
            return SearchResult((), 0, departments=departments)
        rows = queries.search.page(session, mine, asked, first, PAGE)
        count = queries.search.counted(session, mine, asked)
        most = dict(Counter(count.documents).most_common(FACETS))
        documents = queries.search.named_documents(
            session, {*most, *(row.assessment_id for row in rows if row.assessment_id)}
        )
        by_key = {documents[number].key: found for number, found in most.items()}
        called = {document.key: document_title(document) for document in documents.values()}
        texts = _texts(session, rows, sought, documents, pinned)
        return SearchResult(
            texts,
            count.whole,
            _facets(count.kinds, lambda kind: CALLED[kind]),
            _facets(by_key, called.__getitem__),
            _facets(count.items, _item_words),
            _facets(count.years, wareki.fiscal, by_value=True),
            departments,
        )


def _asked(session: Session, request: SearchRequest, sought: Sought) -> SearchAsked | None:
    """None where the document that is asked for is not there."""
    assessment = None
    if request.document:
        assessment = queries.assessments.id_of(session, request.document)
        if assessment is None:
            return None
    return SearchAsked(
        sought.phrases,
        sought.without,
        request.state,
        request.kind,
        assessment,
        request.department,
        request.item,
        request.year,
        request.newest_first,
    )


# ---- the texts


def _texts(
    session: Session,
    rows: Sequence[SearchText | SearchWhole],
    sought: Sought,
    documents: Mapping[int, Any],
    pinned: Iterable[tuple[int, int, int]],
) -> tuple[FoundText, ...]:
    opened = queries.search.guards(
        session, [row.id for row in rows if isinstance(row, SearchWhole)]
    )
    drafts = queries.search.open_rounds(
        session, {row.row_id for row in rows if row.kind == DOCUMENT}
    )
    titles = _titles(session, rows)
    found = []
    for row in rows:
        pieces = tuple(searching.snippet(row.text, sought.phrases))
        guards = tuple(opened.get(row.id, ())) if isinstance(row, SearchWhole) else ()
        if row.kind == DOCUMENT:
            found.append(_of_document(row, pieces, documents, drafts, pinned, guards))
            continue
        kind = searched.KINDS[row.kind]
        title = titles.get((kind.thing, row.thing_id or 0), "")
        ref = ""
        if kind.thing == searched.ROUND and row.assessment_id is not None:
            document = documents[row.assessment_id]
            ref = f"{document.key}~{title}"
            title = f"{document.name}　{title}"
        found.append(
            FoundText(
                row.kind,
                CALLED[row.kind],
                title,
                row.place,
                "",
                pieces,
                row.at,
                ref,
                tuple(row.path),
                row.row_id,
                row.thing_id or 0,
                opened=guards,
            )
        )
    return tuple(found)


def _titles(
    session: Session, rows: Iterable[SearchText | SearchWhole]
) -> dict[tuple[str, int], str]:
    """(kind of thing, number) → its title, one statement a kind."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.kind != DOCUMENT and row.thing_id is not None:
            thing = searched.KINDS[row.kind].thing
            if thing:
                wanted.setdefault(thing, set()).add(row.thing_id)
    titles = {}
    for thing, ids in wanted.items():
        for number, words in queries.search.titles(session, _THINGS[thing], ids).items():
            titles[thing, number] = words
    return titles


def _of_document(
    row: SearchText | SearchWhole,
    pieces: tuple[SnippetPiece, ...],
    documents: Mapping[int, Any],
    drafts: Iterable[tuple[int, str, int]],
    pinned: Iterable[tuple[int, int, int]],
    guards: tuple[int, ...],
) -> FoundText:
    document = documents[row.row_id]
    ref, standing, referral = document.key, "", 0
    for number, assessment, version in pinned:
        if assessment == row.row_id and _holds(row, version):
            referral = number
            ref, standing = f"{document.key}@{version}", f"第{version}版（審議会に出した案）"
    if not referral:
        ref, standing = _stands(row, document, drafts)
    return FoundText(
        DOCUMENT,
        CALLED[DOCUMENT],
        document_title(document),
        row.place,
        standing,
        pieces,
        row.at,
        ref,
        tuple(row.path),
        row.row_id,
        referral=referral,
        opened=guards,
    )


def _holds(row: SearchText | SearchWhole, version: int | None) -> bool:
    if version is None or row.since is None:
        return False
    return row.since <= version and (row.until is None or row.until > version)


def _stands(
    row: SearchText | SearchWhole, document: Any, drafts: Iterable[tuple[int, str, int]]
) -> tuple[str, str]:
    """(version to open, in which versions it stands)."""
    if _holds(row, document.seq):
        return document.key, f"いまの記載（第{row.since}版から）"
    for assessment, name, version in drafts:
        if assessment == row.row_id and _holds(row, version):
            return f"{document.key}~{name}", f"作成中の案「{name}」（第{row.since}版から）"
    last = row.until - 1 if row.until is not None else row.since
    said = f"第{row.since}版" if last == row.since else f"第{row.since}版から第{last}版まで"
    return f"{document.key}@{last}", f"以前の記載（{said}）"


def document_places(
    session: Session, rows: Sequence[SearchText | SearchWhole]
) -> list[tuple[str, str, str]]:
    """(document, version to open, in which versions it stands) of texts of documents."""
    ids = {row.row_id for row in rows}
    documents = queries.search.named_documents(session, ids)
    drafts = queries.search.open_rounds(session, ids)
    places = []
    for row in rows:
        document = documents[row.row_id]
        places.append((document_title(document), *_stands(row, document, drafts)))
    return places


def document_title(document: Any) -> str:
    """What a document is called: its affair and its kind."""
    return f"{document.name}　{forms.KIND_NAMES[document.kind]}"


# ---- the facets


def _facets(counts: Mapping[Any, int], words: Any, by_value: bool = False) -> tuple[Facet, ...]:
    facets = [Facet(str(value), words(value), count) for value, count in counts.items()]
    if by_value:
        facets.sort(key=lambda facet: facet.value, reverse=True)
    else:
        facets.sort(key=lambda facet: (-facet.count, facet.words, facet.value))
    return tuple(facets[:FACETS])


def _item_words(item: str) -> str:
    """The name of an item, as people cite it: of the newest form of its kind that has it."""
    kind, *keys = item.split("/")
    path = tuple(keys)
    for form in reversed(forms.of_kind(kind)):
        line = _line(form, path)
        if line is not None:
            words = numbers(line)
            label = words if line.plain_label in words else f"{words} {line.plain_label}"
            return f"{label}（{forms.KIND_NAMES[kind].removesuffix('評価書')}）"
    return "/".join(keys)


def _line(form: Form, path: Path) -> FormNode | None:
    level = form.by_key
    line = None
    for key in path:
        line = level.get(key)
        if line is None:
            return None
        level = line.by_key
    return line
