"""The blacked-out copies of a 開示請求: places of its records marked with their ground, proposals
answered, marks taken back; what is disclosed of each record follows from the marks.

Knows the acts of the officer who blacks out. Must not know pages or how a copy is drawn. The
records themselves are not touched. Whether a ground applies is the city's judgement under its
情報公開条例 (未確認).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ...domain.errors import PiaError, Refused
from ...domain.text.folding import without
from ...domain.withheld import blacking
from ...domain.withheld.blacking import BlackingProposal, TextRange
from ...store.rows import records
from ..access.names import shown_name
from ..workplace import Workplace
from . import copies, disclosure, retention

BLACK = "BLACK"
LEAVE = "LEAVE"
BACK = "BACK"
SHARES: Mapping[str, str] = {
    "whole": "全部開示",
    "part": "一部開示",
    "none": "不開示",
    "empty": "写しにする文章なし",
}


@dataclass(frozen=True, slots=True)
class Copied:
    """A record of a 開示請求: its texts, what of it is disclosed (`SHARES`), the mark that keeps it
    back as a whole, and its proposals nobody answered."""

    kept: retention.Kept
    texts: tuple[blacking.Text, ...]
    share: str
    whole: records.Blackout | None
    open: tuple[BlackingProposal, ...]

    @property
    def record(self) -> str:
        """The name of the record."""
        return self.kept.record


@dataclass(frozen=True, slots=True)
class Case:
    """A 開示請求 with its records, its marks (place → row) in the order of the texts, their numbers
    from 1, and marks whose text is not as it was when they were made."""

    request: disclosure.DisclosureRequest
    listed: tuple[Copied, ...]
    black: Mapping[TextRange, records.Blackout]
    numbers: Mapping[TextRange, int]
    stale: tuple[records.Blackout, ...]

    @property
    def open(self) -> int:
        """How many proposals nobody answered, each place once."""
        return len({x.place for copied in self.listed for x in copied.open})

    @property
    def outcome(self) -> str:
        """The decision that follows from the marks; empty where there is no record."""
        shares = {copied.share for copied in self.listed} - {"empty"}
        if not shares:
            return ""
        if len(shares) == 1:
            return SHARES[shares.pop()]
        return SHARES["part"]

    def of(self, record: str) -> Copied:
        """One of the records. PiaError when the request has none of that name."""
        copied = next((each for each in self.listed if each.record == record), None)
        if copied is None:
            raise PiaError(
                "その記録は、この開示請求の記録ではありません。一覧から選び直してください。"
            )
        return copied

    def words(self) -> list[str]:
        """The words under the marks, longest first: what nothing that goes out may say."""
        texts = []
        for copied in self.listed:
            for text in copied.texts:
                texts.append(text)
        return list(blacking.words_under(texts, self.black))


def place_of(row: records.Blackout) -> TextRange:
    """The place a mark was said of."""
    return TextRange(row.place, row.text_mark, row.begins, row.ends)


def record_place(record: str) -> TextRange:
    """The place that stands for a record as a whole."""
    return TextRange(f"record {record}", "", 0, 0)


def case(wp: Workplace, number: int, today: date) -> Case:
    """A 開示請求 as its records and marks stand now."""
    request = disclosure.one(wp, number)
    kept = []
    for record in disclosure.held(wp, request, today):
        if not record.gone:
            kept.append(record)
    texts = {}
    refs: set[str] = set()
    for record in kept:
        texts[record.record] = tuple(copies.of_record(wp, record.record, record.title))
        refs.update(copies.documents(wp, record.record))
    with wp.store.read() as session:
        latest = {}
        for row in records.blackouts(session, number):
            latest[place_of(row)] = row
        names = copies.people(session)
        secrets = copies.withheld_words(session, sorted(refs))
    all_texts = _each_once(texts.values())
    black = _ordered(all_texts, latest)
    proposed = blacking.proposals(all_texts, names, secrets)
    proposed += blacking.repeats(all_texts, {place: row.ground for place, row in black.items()})
    answered = set()
    for place, row in latest.items():
        if row.act != BACK:
            answered.add(place)
    waiting = _waiting(proposed, answered, black)
    wholes = _wholes(latest)
    out = []
    for record in kept:
        whole = wholes.get(record_place(record.record).name)
        own = texts[record.record]
        left = () if whole else _within(own, waiting)
        out.append(Copied(record, own, _share(own, black, whole), whole, left))
    boxes = {place: index for index, place in enumerate(black, 1)}
    return Case(request, tuple(out), black, boxes, _stale(latest, black))


def _each_once(groups: Iterable[Sequence[blacking.Text]]) -> list[blacking.Text]:
    """The texts of several records, each once."""
    by_mark = {}
    for texts in groups:
        for text in texts:
            by_mark[(text.name, text.mark)] = text
    return list(by_mark.values())


def _stale(
    latest: Mapping[TextRange, records.Blackout], black: Mapping[TextRange, records.Blackout]
) -> tuple[records.Blackout, ...]:
    """The marks whose text is not as it was when they were made."""
    stale = []
    for place, row in latest.items():
        if row.act == BLACK and row.text_mark and place not in black:
            stale.append(row)
    return tuple(stale)


def _wholes(latest: Mapping[TextRange, records.Blackout]) -> dict[str, records.Blackout]:
    """The records that are not disclosed at all, by the names of their places."""
    wholes = {}
    for row in latest.values():
        if row.act == BLACK and not row.text_mark:
            wholes[row.place] = row
    return wholes


def _within(
    texts: Sequence[blacking.Text], waiting: Sequence[BlackingProposal]
) -> tuple[BlackingProposal, ...]:
    """The proposals whose place is in one of these texts."""
    own = {(text.name, text.mark) for text in texts}
    within = []
    for proposal in waiting:
        if (proposal.place.name, proposal.place.mark) in own:
            within.append(proposal)
    return tuple(within)


def _ordered(
    texts: Iterable[blacking.Text], latest: Mapping[TextRange, records.Blackout]
) -> dict[TextRange, records.Blackout]:
    """The marks that count and fit their text, in the order of the texts."""
    marks: dict[tuple[str, str], list[TextRange]] = {}
    for place, row in latest.items():
        if row.act == BLACK:
            marks.setdefault((place.name, place.mark), []).append(place)
    out: dict[TextRange, records.Blackout] = {}
    for text in texts:
        mine = marks.get((text.name, text.mark), [])
        out |= {x: latest[x] for x in sorted(mine, key=lambda x: (x.begins, x.ends))}
    return out


def _waiting(
    proposed: Sequence[BlackingProposal], answered: set[TextRange], black: Iterable[TextRange]
) -> list[BlackingProposal]:
    by_text: dict[tuple[str, str], list[TextRange]] = {}
    for blackout in black:
        by_text.setdefault((blackout.name, blackout.mark), []).append(blackout)
    out: dict[TextRange, BlackingProposal] = {}
    for x in proposed:
        mine = by_text.get((x.place.name, x.place.mark), [])
        if x.place not in answered and not any(blackout.covers(x.place) for blackout in mine):
            out.setdefault(x.place, x)
    return list(out.values())


def _share(
    texts: Sequence[blacking.Text],
    black: Iterable[TextRange],
    whole: records.Blackout | None,
) -> str:
    if whole is not None:
        return "none"
    if texts:
        return blacking.share(texts, black)
    return "empty"


# ---- what is looked at


@dataclass(frozen=True, slots=True)
class RecordText:
    """A text of a record as a page shows it, from 1, in segments; `left` are its proposals nobody
    answered."""

    number: int
    where: str
    segments: tuple[blacking.Segment, ...]
    left: tuple[BlackingProposal, ...]


def shown(now: Case, record: str, letters: bool) -> list[RecordText]:
    """The texts of a record with marks and proposals; without `letters` what lies under either is
    covered."""
    copied = now.of(record)
    out = []
    for number, text in enumerate(copied.texts, 1):
        key = (text.name, text.mark)
        left = tuple(x for x in copied.open if (x.place.name, x.place.mark) == key)
        parts = blacking.segments(text, now.black, left)
        if not letters:
            parts = tuple(_covered(part, copied.whole is not None) for part in parts)
        out.append(RecordText(number, text.where, parts, left))
    return out


def _covered(part: blacking.Segment, whole: bool) -> blacking.Segment:
    if not whole and part.black is None and part.proposed is None:
        return part
    return replace(part, words="＊" * len(part.words))


def words_of(now: Case, proposal: BlackingProposal) -> str:
    """The words of a proposal, in one line."""
    place = proposal.place
    texts = (text for copied in now.listed for text in copied.texts)
    own = next(x for x in texts if (x.name, x.mark) == (place.name, place.mark))
    return " ".join(own.text[place.begins : place.ends].split())


# ---- the acts


@dataclass(frozen=True, slots=True)
class BlackoutLine:
    """What was said of a place: where it stands in words, the number of its box where it counts and
    is black, and by whom; `counts`: nothing newer was said of the place."""

    row: records.Blackout
    where: str
    number: int | None
    counts: bool
    who: str


def said(wp: Workplace, now: Case) -> list[BlackoutLine]:
    """Everything that was said of places of a 開示請求, newest first; no words."""
    where = {}
    for copied in now.listed:
        for text in copied.texts:
            where[(text.name, text.mark)] = text.where
    where |= {
        (f"record {copied.record}", ""): f"{copied.kept.title}（全部）" for copied in now.listed
    }
    with wp.store.read() as session:
        marks = records.blackouts(session, now.request.one.id)
        people = {}
        for row in marks:
            people[row.actor] = shown_name(session, row.actor)
    latest = {}
    for row in marks:
        latest[place_of(row)] = row.id
    out = []
    for row in reversed(marks):
        place = place_of(row)
        words = where.get((place.name, place.mark), "いまはない文章")
        counts = latest[place] == row.id
        if counts:
            number = now.numbers.get(place)
        else:
            number = None
        out.append(
            BlackoutLine(row, without(words, now.words(), "■■■"), number, counts, people[row.actor])
        )
    return out


def must_be_ready(now: Case, record: str = "") -> None:
    """Refused while a copy would say what may have to be blacked out."""
    if now.stale:
        raise Refused("文章が変わった墨塗りがあります。取り消してから、付け直してください。")
    if record:
        left = len(now.of(record).open)
    else:
        left = now.open
    if left:
        sentence = f"答えていない候補が{left}件あります。"
        raise Refused(f"{sentence}全てに答えてから、写しや通知書を作ってください。")


COVER = "■■■"
