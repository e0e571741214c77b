"""What answers a question where it arises: beside a card the other documents with the same change,
what was asked of this place before and what the department expects to be asked; for the department
where each of its wordings comes from.

Reads only. Must not know pages, nor whose rights are asked: what may be told is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe, label, names
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...store import nodes, queries
from ...store.rows import councils
from ...store.rows.answers import ExpectedQuestion, WordingSource
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Affair
from ...store.rows.national import Confirmation
from ..access.names import shown_name
from ..records import causes, closing, personal, wording_origins
from ..records.national import national_places
from ..records.revision import moved_base
from ..records.wording_origins import WordingOrigin
from ..workplace import Workplace, line
from .cards import CardView

STATUS = {"same": "同文", "differs": "市で修正"}


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """Whose eyes these are for. `referrals`, `documents`: numbers of those before them, None for
    everything; `unreleased`: keys of the documents whose expected questions they see also before
    the department shows them to the members."""

    referrals: Collection[int] | None = None
    documents: Collection[int] | None = None
    unreleased: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class OtherDocument:
    """Another document with the same change or the same national text: its affair, and in words
    what they share."""

    affair: str
    shares: str


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """A question of an earlier 諮問 on this place: who asked it, when and where, of which document
    (`affair`, and `key` of it), and what was answered."""

    sitting: str
    day: date
    affair: str
    key: str
    speaker: str
    text: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """An expected question as it stands: of the round `ref`, at an item (`label`, "" for the whole
    document); `released`: the day it was shown to the members."""

    number: int
    ref: str
    label: str
    question: str
    answer: str
    released: date | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CardAnswers:
    """What stands beside one card. `keys`: of the documents its words may quote; `rounds`: KEY~NAME
    of the card's documents in this referral, by their keys."""

    others: tuple[OtherDocument, ...]
    before: tuple[AskedBefore, ...]
    expected: tuple[ExpectedLine, ...]
    keys: tuple[str, ...]
    rounds: Mapping[str, str]


def beside(wp: Workplace, referral: int, card: CardView, told: AnswerReader) -> CardAnswers:
    """What answers the questions one card may raise, as far as it may be told."""
    with wp.store.read() as session:
        ref = session.get_one(councils.Referral, referral)
        rounds = _rounds(session, ref, card.card.places)
        before = _before(session, ref, card, rounds, told.referrals)
        keys = {round_.id: key for key, round_ in rounds.items()}
        expected = []
        for row in queries.answers.expected(session, keys):
            key = keys[row.round_id]
            about = row.path and _within(row.path, card.card.places[key])
            if about and (row.released or key in told.unreleased):
                ref_ = f"{key}~{rounds[key].name}"
                expected.append(_line(session, ref_, row, ""))
        return CardAnswers(
            _others(session, ref, card, rounds, told.documents),
            before,
            tuple(expected),
            tuple(dict.fromkeys([*rounds, *(each.key for each in before)])),
            {key: f"{key}~{round_.name}" for key, round_ in rounds.items()},
        )


def _rounds(session: Session, ref: councils.Referral, keys: Collection[str]) -> dict[str, Round]:
    """The round of each of these documents in a referral."""
    out = {}
    for pinned in ref.rounds:
        round_ = session.get_one(Round, pinned.round_id)
        key = session.get_one(Assessment, round_.assessment_id).key
        if key in keys:
            out[key] = round_
    return out


def _within(path: Sequence[Any], place: Path) -> bool:
    """Whether something is said of a place, or of what stands within it."""
    return tuple(path[: len(place)]) == tuple(place)


# ---- other documents


def _others(
    session: Session,
    ref: councils.Referral,
    card: CardView,
    rounds: Mapping[str, Round],
    among: Collection[int] | None,
) -> tuple[OtherDocument, ...]:
    """The documents outside of this referral with the same change, then those the same national
    text was applied to."""
    mine = [session.get_one(Round, pinned.round_id) for pinned in ref.rounds]
    here = {round_.assessment_id for round_ in mine}
    out = [*_same_change(session, card, [round_.id for round_ in mine], among)]
    named = {each.affair for each in out}
    for other in _same_national(session, card, here, among):
        if other.affair not in named:
            out.append(other)
    return tuple(out)


def _same_change(
    session: Session, card: CardView, mine: Sequence[int], among: Collection[int] | None
) -> Iterable[OtherDocument]:
    marks = {change.fingerprint for change in card.card.changes}
    found: dict[tuple[int, str, str], set[str]] = {}
    for mark, assessment, affair, round_, _ in queries.answers.with_marks(session, marks, mine):
        if among is None or assessment in among:
            found.setdefault((assessment, affair, round_), set()).add(mark)
    for (_, affair, round_), shared in found.items():
        words = "同じ変更" if shared == marks else "変更の一部が同じ"
        yield OtherDocument(affair, f"{words}（{round_}）")


def _same_national(
    session: Session, card: CardView, here: Collection[int], among: Collection[int] | None
) -> Iterable[OtherDocument]:
    slots: dict[str, set[int]] = {}
    for told in card.origins:
        if told.origin.key:
            slots.setdefault(told.origin.key, set()).add(told.origin.slot)
    if not slots:
        return
    for key, tally, affair in queries.answers.beside_national(session, slots, here):
        if among is not None and tally.assessment_id not in among:
            continue
        words = _status(tally.standings, slots[key])
        if words:
            yield OtherDocument(affair, f"同じ国の記載例（{words}）")


def _status(standings: Sequence[Any], slots: Collection[int]) -> str:
    """How a document stands to some places of a national text, in words; "" where it has none of
    them."""
    seen = []
    for _, _, statuses in standings:
        for slot in sorted(slots):
            if slot < len(statuses) and statuses[slot] in STATUS:
                seen.append(STATUS[statuses[slot]])
    return "・".join(dict.fromkeys(seen))


# ---- what was asked before


def _before(
    session: Session,
    ref: councils.Referral,
    card: CardView,
    rounds: Mapping[str, Round],
    among: Collection[int] | None,
) -> tuple[AskedBefore, ...]:
    """The questions of earlier referrals on a card's place or change, the latest first."""
    places = {tuple(path) for path in card.card.places.values()}
    affairs = {}
    for key, round_ in rounds.items():
        affair = session.get_one(Assessment, round_.assessment_id).affair_id
        affairs[affair] = tuple(card.card.places[key])
    marks = {change.fingerprint for change in card.card.changes}
    rows = []
    for row in queries.answers.asked_before(session, ref.id, affairs, places, marks):
        remark, _, affair, _, _ = row
        path = tuple(remark.path or ())
        same_place = path in places or (affair in affairs and _within(path, affairs[affair]))
        visible = among is None or remark.referral_id in among
        if visible and path and (same_place or remark.fingerprint in marks):
            rows.append(row)
    return _with_answers(session, rows)


def _with_answers(session: Session, rows: Sequence[Any]) -> tuple[AskedBefore, ...]:
    if not rows:
        return ()
    answers: dict[int, list[tuple[str, str]]] = {}
    for answer in queries.remarks.answers_to_remarks(session, [row[0].id for row in rows]):
        if answer.withdrawn is None:
            words = personal.outward(session, answer)
            answers.setdefault(answer.remark_id, []).append((answer.speaker, words))
    halls = {row[1].council_id for row in rows}
    sittings = queries.sittings.of_councils_by_day(session, halls)
    out = []
    for remark, referral, _, affair, key in rows:
        day = day_in_japan(remark.at)
        held = _held(sittings, referral.id, day)
        out.append(
            AskedBefore(
                held.name if held is not None else referral.title,
                held.day if held is not None else day,
                affair,
                key,
                remark.speaker,
                personal.outward(session, remark),
                tuple(answers.get(remark.id, ())),
            )
        )
    return tuple(out)


def _held(
    sittings: Sequence[councils.Sitting], referral: int, day: date
) -> councils.Sitting | None:
    """The sitting a question of a day belongs to: the first from that day on that has its referral
    on the agenda, else the last before."""
    before = None
    for sitting in sittings:
        if not any(entry.get("referral") == referral for entry in sitting.agenda):
            continue
        if sitting.day >= day:
            return sitting
        before = sitting
    return before


# ---- expected questions


def _line(session: Session, ref: str, row: ExpectedQuestion, label: str) -> ExpectedLine:
    return ExpectedLine(
        row.id,
        ref,
        label,
        personal.outward(session, row, "question"),
        personal.outward(session, row, "answer"),
        row.released,
        shown_name(session, row.actor),
        row.at,
    )


def expected_at(wp: Workplace, referral: int | None) -> tuple[ExpectedLine, ...]:
    """The expected questions of all documents of a referral, for who leads the sitting and for the
    desk; none for an item that is no referral."""
    if referral is None:
        return ()
    with wp.store.read() as session:
        ref = session.get_one(councils.Referral, referral)
        versions = {pinned.round_id: pinned.version_id for pinned in ref.rounds}
        rows = queries.answers.expected(session, versions)
        out = []
        for round_id, version_id in versions.items():
            mine = [row for row in rows if row.round_id == round_id]
            if not mine:
                continue
            round_ = session.get_one(Round, round_id)
            at = session.get_one(Assessment, round_.assessment_id)
            name = session.get_one(Affair, at.affair_id).name
            labels = _labels(session, version_id, [tuple(row.path) for row in mine])
            for row in mine:
                label_ = f"{name}　{labels.get(tuple(row.path), '')}".strip()
                out.append(_line(session, f"{at.key}~{round_.name}", row, label_))
        return tuple(out)


def _labels(session: Session, version_id: int, paths: Collection[Path]) -> dict[Path, str]:
    """The items of these paths in the form's words."""
    if not paths:
        return {}
    tree = nodes.recent(session, version_id)
    form = forms.load(tree.form)
    named = names(form, tree)
    return {path: label(form, path, named) for path in paths if path}


# ---- for the department


@dataclass(frozen=True, slots=True)
class WrittenSource:
    """What somebody wrote down of a wording: its number, in words what it rests on, and whether the
    wording has changed since."""

    number: int
    word: str
    source: str
    by: str
    at: datetime
    stale: bool


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """What the state was asked about the item: the number of the record where it is of this
    document alone (None: of all), as a sentence, by whom and when."""

    number: int | None
    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One changed place of an item: its path, in words where it is, and where its wording comes
    from."""

    path: str
    place: str
    change: DescribedChange
    origin: WordingOrigin | None
    written: tuple[WrittenSource, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemAnswers:
    """One changed item of a round (`path` "" for the whole document) with what is kept ready for
    it. `departs`: whether a wording of it departs from the State's."""

    path: str
    item: str
    label: str
    places: tuple[PlaceLine, ...]
    expected: tuple[ExpectedLine, ...]
    state: tuple[StateAnswer, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The origins of its places, each once."""
        return tuple(dict.fromkeys(place.origin.word for place in self.places if place.origin))

    @property
    def departs(self) -> bool:
        """Whether a wording of it departs from the State's."""
        return any(
            place.origin is not None and place.origin.word == wording_origins.ADAPTED
            for place in self.places
        )


@dataclass(frozen=True, slots=True)
class OfferedQuestion:
    """An expected question of an earlier round, offered to be taken over."""

    number: int
    round: str
    label: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class RoundAnswers:
    """What a department keeps ready for a council in one round."""

    ref: str
    key: str
    affair: str
    over: bool
    items: tuple[ItemAnswers, ...]
    whole: tuple[ExpectedLine, ...]
    elsewhere: tuple[ExpectedLine, ...]
    offered: tuple[OfferedQuestion, ...] = field(default=())


def of_round(wp: Workplace, where: str) -> RoundAnswers:
    """What is kept ready for a council in a round, item by item as they change."""
    with wp.store.read() as session:
        at = line(session, where)
        round_ = at.own_round
        head = session.get_one(Version, at.own_head)
        seen = _Changed(session, head, round_)
        rows = queries.answers.expected(session, [round_.id])
        offered = queries.answers.offered(session, at.assessment.id, round_.id)
        paths = {tuple(row.path) for row in [*rows, *(row for row, _ in offered)]}
        labels = _labels(session, head.id, paths)
        lines: dict[Path, list[ExpectedLine]] = {}
        for row in rows:
            path = tuple(row.path)
            told = _line(session, at.ref, row, labels.get(path, ""))
            lines.setdefault(path, []).append(told)
        items = tuple(seen.item(path, tuple(lines.pop(path, ()))) for path in seen.paths)
        whole = tuple(lines.pop((), ()))
        offers = []
        for row, name in offered:
            old = _line(session, at.ref, row, labels.get(tuple(row.path), ""))
            offers.append(OfferedQuestion(row.id, name, old.label, old.question, old.answer))
        return RoundAnswers(
            at.ref,
            at.assessment.key,
            session.get_one(Affair, at.assessment.affair_id).name,
            round_.state in closing.OVER,
            items,
            whole,
            tuple(told for several in lines.values() for told in several),
            tuple(offers),
        )


def of_item(view: RoundAnswers, path: str) -> ItemAnswers:
    """One changed item of a round. PiaError where the round does not change it."""
    for item in view.items:
        if item.path == path:
            return item
    raise PiaError("この回では、その項目は変わっていません。一覧から選び直してください。")


class _Changed:
    """What a round changes, and where each wording comes from, read once."""

    def __init__(self, session: Session, head: Version, round_: Round):
        self.session = session
        tree = nodes.recent(session, head.id)
        form = forms.load(tree.form)
        base = moved_base(session, round_.base_id, form) if round_.base_id else None
        changes = describe(form, compare(base, tree), base, tree) if base is not None else ()
        self.changes = [change for change in changes if _counts(change)]
        self.reached = national_places(session, head.assessment_id, tree)
        why = causes.of_version(session, head, tree, changes, self.reached)
        self.origins = wording_origins.of_version(session, head, self.changes, self.reached, why)
        self.paths = list(dict.fromkeys(change.item_path for change in self.changes))
        self.assessment_id = head.assessment_id
        self.sources = queries.answers.sources(session, [round_.id])
        with nodes.whole():
            self.whole = nodes.recent(session, head.id)

    def item(self, path: Path, expected: tuple[ExpectedLine, ...]) -> ItemAnswers:
        """One changed item."""
        mine = [change for change in self.changes if change.item_path == path]
        places = tuple(map(self._place, mine))
        return ItemAnswers(
            "/".join(path),
            mine[0].item,
            mine[0].citation,
            places,
            expected,
            tuple(self._state(mine[0].item)),
        )

    def _place(self, change: DescribedChange) -> PlaceLine:
        path = change.change.path
        return PlaceLine(
            "/".join(path),
            change.place,
            change,
            self.origins.get(path),
            tuple(self._written(row) for row in self.sources if tuple(row.path) == path),
        )

    def _written(self, row: WordingSource) -> WrittenSource:
        word = wording_origins.BY_LAW if row.kind == "LAW" else wording_origins.OWN_WORDS
        stale = wording_origins.digest_at(self.whole, tuple(row.path)) != row.digest
        name = shown_name(self.session, row.actor)
        return WrittenSource(row.id, word, row.source, name, row.at, stale)

    def _state(self, item: str) -> Iterable[StateAnswer]:
        """What the state was asked about an item, each record once."""
        known = {}
        for place in self.reached:
            if place.departure.item == item and place.asked is not None:
                known[place.asked.id] = place.asked
        for row in known.values():
            yield self._asked(row)

    def _asked(self, row: Confirmation) -> StateAnswer:
        own = row.id if row.assessment_id == self.assessment_id else None
        return StateAnswer(
            own, wording_origins.asked(row), shown_name(self.session, row.actor), row.at
        )


def _counts(change: DescribedChange) -> bool:
    """Whether a change is looked at by a council: not what the procedure fills in."""
    return not change.procedure and change.change.kind != "renumbered"


def path_of(wp: Workplace, number: int) -> str:
    """The item an expected question stands at; "" for one about the whole document."""
    with wp.store.read() as session:
        return "/".join(session.get_one(ExpectedQuestion, number).path)
