"""What a search finds, for one who may find it: the page, the whole number, and how many of each
kind, document, item and 年度.

Knows the tables of `rows.search` and what a person may read as numbers. Must not know rights or
forms. What is withheld from a person is never looked through: not in what is found, not in what is
counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import CTE

from .. import search_index
from ..rows.assessments import OPEN, Assessment, Round, Version
from ..rows.bodies import Affair, Department
from ..rows.consultations import Response, consultation_round
from ..rows.corrections import standing
from ..rows.councils import Answer, ReferralRound, Sitting
from ..rows.filing import Submission
from ..rows.minutes import MinutesField
from ..rows.records import Destruction
from ..rows.registers import RegisterRecord
from ..rows.search import SearchGuard, SearchMark, SearchText, SearchWhole
from ..search_index import Kind

DOCUMENT = "document"
# How a text of a document stands: in what counts now, in what is being written, in neither.
STANDING, MAIN, DRAFT, BEFORE, EVERY = "standing", "main", "draft", "before", "every"
MOST = 10_000  # texts that are counted
_SCORE = 10_000
_BESIDE = 60  # letters: a phrase in a short text says more of it than in a long one


@dataclass(frozen=True, slots=True)
class Finder:
    """What somebody may find. `kinds`: of these all; `in_referrals`: kinds of which they find what
    belongs to `referrals`; `versions`: the (assessment, number) of the versions of documents they
    may read, None for every one; `whole`: the assessments whose withheld words they may read."""

    kinds: frozenset[str]
    in_referrals: frozenset[str] = frozenset()
    referrals: frozenset[int] = frozenset()
    versions: tuple[tuple[int, int], ...] | None = None
    whole: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """What is looked for (folded phrases, all of them or `any_of` them), and where: empty is
    anywhere."""

    phrases: tuple[str, ...]
    without: tuple[str, ...] = ()
    state: str = STANDING
    kind: str = ""
    assessment: int | None = None
    department: int | None = None
    item: str = ""
    year: int | None = None
    newest_first: bool = False
    any_of: bool = False


@dataclass(frozen=True, slots=True)
class SearchCounts:
    """How many were found: all of them (at most `MOST`), and by kind, assessment, item and
    年度."""

    whole: int
    kinds: Mapping[str, int]
    documents: Mapping[int, int]
    items: Mapping[str, int]
    years: Mapping[int, int]


def guarded(session: Session) -> list[int]:
    """The assessments that have words withheld from some readers."""
    return list(session.scalars(select(SearchGuard.assessment_id).distinct()))


def _holds(table: Kind, number: Any) -> ColumnElement[bool]:
    """Whether a text stands in the version with this number."""
    return and_(table.since <= number, or_(table.until.is_(None), table.until > number))


def _is_main(table: Kind) -> ColumnElement[bool]:
    """Whether a text stands in what counts now."""
    return exists(
        select(1)
        .select_from(Assessment)
        .join(Version, Version.id == Assessment.head_id)
        .where(Assessment.id == table.assessment_id, _holds(table, Version.seq))
    )


def _is_draft(table: Kind) -> ColumnElement[bool]:
    """Whether a text stands in what is being written."""
    return exists(
        select(1)
        .select_from(Round)
        .join(Version, Version.id == Round.head_id)
        .where(OPEN, Round.assessment_id == table.assessment_id, _holds(table, Version.seq))
    )


def _state(table: Kind, state: str) -> ColumnElement[bool]:
    """Whether a text stands as it is asked for; what is no document stands."""
    document = table.kind == DOCUMENT
    if state == STANDING:
        return or_(~document, _is_main(table), _is_draft(table))
    if state == MAIN:
        return and_(document, _is_main(table))
    if state == DRAFT:
        return and_(document, _is_draft(table), ~_is_main(table))
    if state == BEFORE:
        return and_(document, ~_is_main(table), ~_is_draft(table))
    return true()


def _visible(table: Kind, who: Finder) -> ColumnElement[bool]:
    """What somebody may find at all, withheld words aside."""
    mine: list[ColumnElement[bool]] = [table.kind.in_(who.kinds)]
    if who.in_referrals and who.referrals:
        mine.append(
            and_(table.kind.in_(who.in_referrals), table.thing_id.in_(sorted(who.referrals)))
        )
    if who.versions is None:
        there = exists().where(Assessment.id == table.assessment_id, Assessment.withdrawn.is_(None))
        mine.append(and_(table.kind == DOCUMENT, there))
    else:
        for assessment, number in who.versions:
            mine.append(
                and_(
                    table.kind == DOCUMENT,
                    table.assessment_id == assessment,
                    _holds(table, number),
                )
            )
    return or_(false(), *mine)


def _closed(whole: frozenset[int], number: Any) -> ColumnElement[bool]:
    """Whether a whole text says words of an assessment this person may not read."""
    return exists().where(
        SearchGuard.whole_id == number, SearchGuard.assessment_id.not_in(sorted(whole))
    )


def _reading(table: Kind, who: Finder) -> ColumnElement[bool]:
    """Each text once: whole for who may read it, else without what is withheld."""
    if table is SearchWhole:
        return ~_closed(who.whole, SearchWhole.id)
    if not who.whole:
        return true()
    twin = exists(
        select(1).where(
            SearchWhole.kind == SearchText.kind,
            SearchWhole.row_id == SearchText.row_id,
            ~_closed(who.whole, SearchWhole.id),
        )
    )
    return or_(SearchText.veiled.is_(False), ~twin)


def _filtered(table: Kind, asked: SearchAsked) -> list[ColumnElement[bool]]:
    """What else is asked of a text."""
    conditions = [_state(table, asked.state)]
    if asked.kind:
        conditions.append(table.kind == asked.kind)
    if asked.assessment is not None:
        conditions.append(table.assessment_id == asked.assessment)
    if asked.department is not None:
        conditions.append(
            exists(
                select(1)
                .select_from(Assessment)
                .join(Affair, Affair.id == Assessment.affair_id)
                .where(
                    Assessment.id == table.assessment_id,
                    Affair.department_id == asked.department,
                )
            )
        )
    if asked.item:
        conditions.append(table.item == asked.item)
    if asked.year is not None:
        conditions.append(table.year == asked.year)
    return conditions


def _score(table: Kind, phrases: Sequence[str]) -> ColumnElement[int]:
    """How much of a text is what was looked for; of single letters that says nothing."""
    if all(len(phrase) == 1 for phrase in phrases):
        return literal(0)
    letters = func.length(table.folded)
    said: ColumnElement[int] = literal(0)
    for phrase in phrases:
        said = said + (letters - func.length(func.replace(table.folded, phrase, "")))
    return said * _SCORE // (letters + _BESIDE)


def _one(session: Session, table: Kind, who: Finder, asked: SearchAsked) -> Select[Any]:
    """What is found of the texts of one table."""
    standing = case((or_(table.kind != DOCUMENT, _is_main(table), _is_draft(table)), 1), else_=0)
    if asked.state != EVERY:
        standing = literal(1)
    score = _score(table, asked.phrases)
    if asked.any_of:
        score = search_index.how_many(session, table, asked.phrases)
    return select(
        literal(table is SearchWhole).label("whole"),
        table.id,
        table.kind,
        table.row_id,
        table.assessment_id,
        table.item,
        table.at,
        table.year,
        standing.label("standing"),
        score.label("score"),
    ).where(
        search_index.has(session, table, asked.phrases, asked.any_of),
        *search_index.lacks(session, table, asked.without),
        _visible(table, who),
        _reading(table, who),
        *_filtered(table, asked),
    )


def _found(session: Session, who: Finder, asked: SearchAsked) -> CTE:
    """Everything that is found, each text once."""
    texts = [_one(session, SearchText, who, asked)]
    if who.whole:
        texts.append(_one(session, SearchWhole, who, asked))
    return union_all(*texts).cte("found")


def page(
    session: Session, who: Finder, asked: SearchAsked, first: int, most: int
) -> list[SearchText | SearchWhole]:
    """What is found from place `first` on (from 0), best first."""
    found = _found(session, who, asked)
    order = [found.c.standing.desc(), found.c.score.desc(), found.c.at.desc()]
    if asked.newest_first:
        order = [found.c.at.desc()]
    last = (found.c.kind, found.c.whole, found.c.id)
    rows = session.execute(
        select(found.c.whole, found.c.id).order_by(*order, *last).offset(first).limit(most)
    ).all()
    texts: dict[tuple[bool, int], SearchText | SearchWhole] = {}
    open_ids = [row.id for row in rows if not row.whole]
    whole_ids = [row.id for row in rows if row.whole]
    if open_ids:
        for text in session.scalars(select(SearchText).where(SearchText.id.in_(open_ids))):
            texts[False, text.id] = text
    if whole_ids:
        for whole in session.scalars(select(SearchWhole).where(SearchWhole.id.in_(whole_ids))):
            texts[True, whole.id] = whole
    return [texts[bool(row.whole), row.id] for row in rows]


def counted(session: Session, who: Finder, asked: SearchAsked) -> SearchCounts:
    """How many are found, of each kind, document, item and 年度; at most `MOST` are counted."""
    found = _found(session, who, asked)
    some = select(found.c.kind, found.c.assessment_id, found.c.item, found.c.year)
    some_of = some.limit(MOST).subquery()
    columns = (some_of.c.kind, some_of.c.assessment_id, some_of.c.item, some_of.c.year)
    grouped = select(*columns, func.count().label("number")).group_by(*columns)
    by: tuple[Counter[Any], ...] = (Counter(), Counter(), Counter(), Counter())
    whole = 0
    for *values, number in session.execute(grouped):
        whole += number
        for counter, value in zip(by, values, strict=True):
            if value:
                counter[value] += number
    kinds, documents, items, years = by
    return SearchCounts(whole, kinds, documents, items, years)


# ---- how far the index is


def marks(session: Session, names: Iterable[str]) -> dict[str, SearchMark]:
    """How far the index is, by these names."""
    wanted = select(SearchMark).where(SearchMark.name.in_(list(names)))
    return {mark.name: mark for mark in session.scalars(wanted)}


# ---- what records belong to


def of_consultation(session: Session, number: int) -> frozenset[int]:
    """The assessments a consultation is about."""
    mine = consultation_round.c.consultation_id == number
    joined = select(Round.assessment_id).join(
        consultation_round, consultation_round.c.round_id == Round.id
    )
    return frozenset(session.scalars(joined.where(mine)))


def of_referral(session: Session, number: int) -> frozenset[int]:
    """The assessments a referral put before its council."""
    joined = select(Round.assessment_id).join(ReferralRound, ReferralRound.round_id == Round.id)
    return frozenset(session.scalars(joined.where(ReferralRound.referral_id == number)))


def of_sitting(session: Session, number: int) -> frozenset[int]:
    """The assessments on the agenda of a sitting."""
    sitting = session.get_one(Sitting, number)
    found: frozenset[int] = frozenset()
    for entry in sitting.agenda:
        if entry.get("referral"):
            found |= of_referral(session, int(entry["referral"]))
    return found


def of_affair(session: Session, number: int | None) -> frozenset[int]:
    """The assessments of an affair; none where there is none."""
    if number is None:
        return frozenset()
    mine = select(Assessment.id).where(Assessment.affair_id == number)
    return frozenset(session.scalars(mine))


def of_round(session: Session, number: int) -> int:
    """The assessment of a round."""
    return session.get_one(Round, number).assessment_id


def beside(session: Session, assessment_id: int) -> list[tuple[str, int]]:
    """(kind, number) of the texts in the index that may say words of an assessment."""
    rounds = select(Round.id).where(Round.assessment_id == assessment_id)
    talks = select(consultation_round.c.consultation_id).where(
        consultation_round.c.round_id.in_(rounds)
    )
    referrals = select(ReferralRound.referral_id).where(ReferralRound.round_id.in_(rounds))
    numbers = list(session.scalars(referrals.distinct()))
    sittings = []
    for sitting in session.scalars(select(Sitting)):
        if any(entry.get("referral") in numbers for entry in sitting.agenda):
            sittings.append(sitting.id)
    affair = select(Assessment.affair_id).where(Assessment.id == assessment_id)
    records = select(RegisterRecord.id).where(RegisterRecord.affair_id.in_(affair))
    of = (
        (("comment", "expected_question"), rounds),
        (("opinion", "response"), talks),
        (("remark", "answer", "proposal"), referrals),
        (("speech", "minutes_field"), sittings),
        (("notice", "file"), records),
    )
    found: list[tuple[str, int]] = []
    for kinds, things in of:
        rows = select(SearchText.kind, SearchText.row_id).where(
            SearchText.kind.in_(kinds), SearchText.thing_id.in_(things)
        )
        found += [(kind, number) for kind, number in session.execute(rows)]
    return found


def of_thing(session: Session, kinds: Iterable[str], number: int) -> list[tuple[str, int]]:
    """(kind, number) of the texts in the index that belong to a thing."""
    rows = select(SearchText.kind, SearchText.row_id).where(
        SearchText.kind.in_(list(kinds)), SearchText.thing_id == number
    )
    return [(kind, row) for kind, row in session.execute(rows)]


# ---- which of several editions counts


def last_response(session: Session, opinion_id: int) -> Response | None:
    """The response that counts to an opinion."""
    mine = select(Response).where(Response.opinion_id == opinion_id)
    return session.scalars(mine.order_by(Response.id.desc()).limit(1)).first()


def answers_of(session: Session, remark_id: int) -> list[int]:
    """The answers to a question."""
    return list(session.scalars(select(Answer.id).where(Answer.remark_id == remark_id)))


def stands(session: Session, row: Any) -> bool:
    """Whether a row that is never rewritten was not taken back."""
    kind = type(row)
    mine = select(kind.id).where(kind.id == row.id, standing(kind))
    return session.scalar(mine) is not None


def first_edition(session: Session, kind: type[Any], number: int) -> int:
    """The first of the rows that stand for each other, by one of them."""
    row = session.get(kind, number)
    while row is not None and row.corrects_id is not None:
        row = session.get(kind, row.corrects_id)
    return number if row is None else int(row.id)


def last_edition(session: Session, kind: type[Any], first: int) -> Any:
    """The row that stands for a first one now; None where there is no such row."""
    row = session.get(kind, first)
    while row is not None:
        later = select(kind).where(kind.corrects_id == row.id).order_by(kind.id.desc()).limit(1)
        after = session.scalars(later).first()
        if after is None:
            return row
        row = after
    return None


def first_minutes_field(session: Session, number: int) -> int:
    """The first text of the field of minutes a row is of."""
    row = session.get(MinutesField, number)
    if row is None:
        return number
    mine = (MinutesField.sitting_id == row.sitting_id, MinutesField.field == row.field)
    return session.scalar(select(func.min(MinutesField.id)).where(*mine)) or number


def last_minutes_field(session: Session, first: int) -> MinutesField | None:
    """The text that counts of the field of minutes whose first text this is."""
    row = session.get(MinutesField, first)
    if row is None:
        return None
    mine = (MinutesField.sitting_id == row.sitting_id, MinutesField.field == row.field)
    latest = select(MinutesField).where(*mine).order_by(MinutesField.id.desc()).limit(1)
    return session.scalars(latest).first()


# ---- what is to be looked through


def next_ids(session: Session, kind: type[Any], after: int, most: int) -> list[int]:
    """The numbers of some rows of a table after one, in order."""
    return list(
        session.scalars(select(kind.id).where(kind.id > after).order_by(kind.id).limit(most))
    )


def rest_after(session: Session, kind: type[Any], after: int) -> int:
    """How many rows of a table there are after one."""
    return session.scalar(select(func.count(kind.id)).where(kind.id > after)) or 0


def versions_after(session: Session, assessment_id: int, number: int) -> list[Row[Any]]:
    """(number of the row, of the version, form, digest, when) of the versions of an assessment
    after one, in order."""
    of = select(Version.id, Version.seq, Version.form, Version.digest, Version.at).where(
        Version.assessment_id == assessment_id, Version.seq > number
    )
    return list(session.execute(of.order_by(Version.seq)))


def versions_by_number(session: Session, ids: Iterable[int]) -> set[int]:
    """The assessments of these versions."""
    wanted = list(ids)
    found: set[int] = set()
    for at in range(0, len(wanted), 500):
        some = Version.id.in_(wanted[at : at + 500])
        found |= set(session.scalars(select(Version.assessment_id).where(some).distinct()))
    return found


def emptied_by(session: Session, destructions: Iterable[int]) -> set[int]:
    """The assessments whose versions these destructions took texts from: those of the round or the
    submission that went, and of another record every one that may have held them."""
    found: set[int] = set()
    for number in destructions:
        row = session.get_one(Destruction, number)
        kind, _, name = row.record.partition(":")
        if not row.contents:
            continue
        if kind == "round":
            of = select(Assessment.id).where(Assessment.key == name.partition("~")[0])
        elif kind == "submission":
            of = (
                select(Version.assessment_id)
                .join(Submission, Submission.version_id == Version.id)
                .where(Submission.id == int(name))
            )
        else:
            of = select(Assessment.id)
        found |= set(session.scalars(of))
    return found


def open_texts(session: Session, kind: Kind, assessment_id: int) -> list[Row[Any]]:
    """(number, path, place, text, and of an open reading whether it is veiled) of what the newest
    version of an assessment says, as the index has it."""
    veiled = SearchText.veiled if kind is SearchText else literal(False)
    of = select(kind.id, kind.path, kind.place, kind.text, veiled.label("veiled")).where(
        kind.kind == DOCUMENT, kind.assessment_id == assessment_id, kind.until.is_(None)
    )
    return list(session.execute(of))


def numbers_of_row(session: Session, kind: Kind, name: str, row_id: int) -> list[int]:
    """The texts of one record or document in the index."""
    of = select(kind.id).where(kind.kind == name, kind.row_id == row_id)
    return list(session.scalars(of))


# ---- what stands beside a text that was found


def pinned(session: Session, referral_ids: Iterable[int]) -> list[tuple[int, int, int]]:
    """(referral, assessment, number of its version) of what these referrals put before a
    council."""
    of = (
        select(ReferralRound.referral_id, Version.assessment_id, Version.seq)
        .join(Version, Version.id == ReferralRound.version_id)
        .where(ReferralRound.referral_id.in_(list(referral_ids)))
    )
    rows = session.execute(of.order_by(ReferralRound.referral_id))
    return [(referral, assessment, number) for referral, assessment, number in rows]


def named_documents(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Assessment → (id, key, kind, name of its affair, number of the head of its main line)."""
    of = (
        select(Assessment.id, Assessment.key, Assessment.kind, Affair.name, Version.seq)
        .join(Affair, Affair.id == Assessment.affair_id)
        .outerjoin(Version, Version.id == Assessment.head_id)
        .where(Assessment.id.in_(list(ids)))
    )
    return {row.id: row for row in session.execute(of)}


def open_rounds(session: Session, assessment_ids: Iterable[int]) -> list[tuple[int, str, int]]:
    """(assessment, name of a round that runs, number of its newest version)."""
    of = (
        select(Round.assessment_id, Round.name, Version.seq)
        .join(Version, Version.id == Round.head_id)
        .where(OPEN, Round.assessment_id.in_(list(assessment_ids)))
    )
    rows = session.execute(of.order_by(Round.id))
    return [(assessment, name, number) for assessment, name, number in rows]


def titles(session: Session, kind: type[Any], ids: Iterable[int]) -> dict[int, str]:
    """Number → title of a consultation or referral, or name of a sitting or round."""
    title = kind.title if hasattr(kind, "title") else kind.name
    return {
        number: words
        for number, words in session.execute(select(kind.id, title).where(kind.id.in_(list(ids))))
    }


def guards(session: Session, whole_ids: Iterable[int]) -> dict[int, list[int]]:
    """Whole text → the assessments whose withheld words it says."""
    of = select(SearchGuard.whole_id, SearchGuard.assessment_id).where(
        SearchGuard.whole_id.in_(list(whole_ids))
    )
    found: dict[int, list[int]] = {}
    for whole, number in session.execute(of):
        found.setdefault(whole, []).append(number)
    return found


def departments(session: Session) -> list[tuple[int, str]]:
    """(number, name) of the departments that have an affair, by name."""
    of = (
        select(Department.id, Department.name)
        .join(Affair, Affair.department_id == Department.id)
        .distinct()
    )
    rows = session.execute(of.order_by(Department.name, Department.id))
    return [(number, name) for number, name in rows]
