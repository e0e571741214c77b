"""The days of a round, each from the record of the thing itself: the consultation's first and last
day, the day of the sitting that heard the case, the day
of a submission in Japan, the publication's own day. Never the instant at which somebody pressed a
button for it (規則第7条第1項・第4項・第5項・第6項).

Reads only. Every strip, schedule and paper asks here, so that no two of them can name different
days. Knows the record as it was before any event of a round;
must not know how a paper looks, nor decide what may be done next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan, day_of_text
from ...domain.wareki import written
from ...store import queries
from ...store.rows.assessments import Round, RoundEvent
from ...store.rows.consultations import Consultation
from ...store.rows.councils import Referral, Sitting, Verdict
from ...store.rows.filing import Publication, SubmissionNow, as_corrected

CONTINUED = ("continue", "send_back")  # the events of 継続審議: heard, and nothing decided


@dataclass(frozen=True, slots=True)
class StepDays:
    """The first and the last day of a step; None where the record does not say. `settled`: it is
    over, though the round still stands at it."""

    since: date | None = None
    until: date | None = None
    settled: bool = False

    def words(self, done: bool) -> str:
        """令和6年6月13日 of what is done (its last day); of what runs, from when and, where that is
        fixed, until when. Empty where no day is on record."""
        if done or self.since == self.until:
            if self.until:
                return written(self.until)
            return ""
        if self.since is None:
            return ""
        return f"{written(self.since)}から" + (f"{written(self.until)}まで" if self.until else "")


@dataclass(frozen=True, slots=True)
class ThirdPartyReview:
    """A case before a council: the referral, and what a sitting said of it. `sitting` is None where
    none is on record; `verdict` before one was given."""

    referral: Referral
    sitting: Sitting | None = None
    verdict: Verdict | None = None
    event: RoundEvent | None = None

    @property
    def continued(self) -> bool:
        """Heard, and to be heard again."""
        return self.event is not None and self.event.event in CONTINUED


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """What is on record of one round, all of it or up to one of its events. Each in the order it
    came."""

    round: Round
    events: tuple[RoundEvent, ...]
    consultations: tuple[Consultation, ...]
    reviews: tuple[ThirdPartyReview, ...]
    submissions: tuple[SubmissionNow, ...]
    publications: tuple[Publication, ...]
    saved: tuple[datetime, ...]

    @property
    def state(self) -> str:
        """The state after the last of its events."""
        if self.events:
            return self.events[-1].state
        return self.round.state

    @property
    def consultation(self) -> Consultation | None:
        """The latest consultation."""
        if self.consultations:
            return self.consultations[-1]
        return None

    @property
    def checked(self) -> ThirdPartyReview | None:
        """The review whose verdict stands: None before one, after 継続審議, and once the check was
        begun anew."""
        since_reopened = -1
        for event in self.events:
            if event.event == "reopen":
                since_reopened = event.seq
        if self.reviews:
            last = self.reviews[-1]
        else:
            last = None
        if last is None or last.verdict is None or last.continued:
            return None
        if last.event is None or last.event.seq > since_reopened:
            return last
        return None

    @property
    def review_fixed(self) -> date | None:
        """見直しの確定, as it was recorded."""
        return _told_day(self.events, "review_fixed", "day")

    @property
    def submitted(self) -> date | None:
        """The day it was last submitted."""
        if self.submissions:
            return day_in_japan(self.submissions[-1].at)
        return None

    @property
    def published(self) -> date | None:
        """The day it was last published."""
        if self.publications:
            return self.publications[-1].day
        return None

    def spans(self) -> dict[str, StepDays]:
        """The first and last day of every step that was reached, by its state. A city's own step
        has the day it was recorded: it has no thing of its own."""
        out: dict[str, StepDays] = {}
        before = ""
        for event in self.events:
            if event.state != before:
                out[event.state] = StepDays(day_in_japan(event.at), day_in_japan(event.at))
            before = event.state
        out["DRAFTING"] = self._drafted()
        if self.consultation:
            out["CONSULTING"] = StepDays(self.consultation.start, self.consultation.end)
            out["REVISING"] = self._revised(self.consultation)
        out |= self._checked_spans()
        for state, day in (("SUBMITTED", self.submitted), ("PUBLISHED", self.published)):
            if day:
                out[state] = StepDays(day, day)
        return out

    def _drafted(self) -> StepDays:
        """From the day the round was begun to the day its draft was last saved before it went
        out."""
        if self.events:
            begun = day_in_japan(self.events[0].at)
        else:
            begun = None
        gone = next(
            (event.at for event in self.events if event.state not in ("DRAFTING", "WITHDRAWN")),
            None,
        )
        last = None
        for instant in self.saved:
            if gone is not None and instant <= gone:
                last = day_in_japan(instant)
        return StepDays(begun, last)

    def _revised(self, con: Consultation) -> StepDays:
        """From the closing of the consultation to the day the text was settled."""
        closed = next(
            (
                day_in_japan(event.at)
                for event in reversed(self.events)
                if event.event == "close_consultation"
            ),
            None,
        )
        return StepDays(closed, self.review_fixed, self.review_fixed is not None)

    def _checked_spans(self) -> dict[str, StepDays]:
        if not self.reviews:
            return {}
        checked = self.checked
        if checked and checked.sitting:
            until = checked.sitting.day
        else:
            until = None
        out = {
            "REVIEWING": StepDays(
                day_in_japan(self.reviews[-1].referral.at), until, checked is not None
            )
        }
        if until:
            out["REVIEWED"] = StepDays(until, until)
        return out


def _told_day(events: Iterable[RoundEvent], event: str, field: str) -> date | None:
    days_told = []
    for round_event in events:
        if round_event.event == event and round_event.facts.get(field):
            days_told.append(round_event.facts[field])
    if days_told:
        return day_of_text(days_told[-1])
    return None


def record(session: Session, round_: Round, before: int | None = None) -> RoundRecord:
    """The record of one round; `before`: as it was when its event of this number had not yet
    happened."""
    done = queries.rounds.events_of(session, round_.id)
    until = {}
    if before is not None:
        until[round_.id] = before
    return next(records(session, [round_], {round_.id: done}, until))


def records(
    session: Session,
    rounds: Sequence[Round],
    events: Mapping[int, Sequence[RoundEvent]],
    before: Mapping[int, int] | None = None,
) -> Iterator[RoundRecord]:
    """The records of several rounds, in as many queries as for one.

    `before`: by round, the number of the first event that is not seen.
    """
    ids = [round_.id for round_ in rounds]
    reviews = _reviews(session, ids, events)
    asked = _by_round(_consultations(session, ids))
    submissions = queries.filing.submissions_of_rounds(session, ids)
    told = zip(submissions, as_corrected(session, submissions), strict=True)
    sent = _by_round((submission.round_id, now) for submission, now in told)
    publications = queries.filing.publications_of_rounds(session, ids)
    published = _by_round((publication.round_id or 0, publication) for publication in publications)
    saved = _by_round(
        (int(round_id or 0), at)
        for round_id, at in queries.versions.instants_of_rounds(session, ids)
    )
    for round_ in rounds:
        done = tuple(events.get(round_.id, ()))
        seen = _until(done, (before or {}).get(round_.id))
        rest = done[len(seen) :]
        later = _later(seen, rest, "consultation")
        yield RoundRecord(
            round_,
            seen,
            tuple(con for con in asked[round_.id] if con.id not in later),
            _seen_reviews(reviews[round_.id], seen, rest),
            _but_last(sent[round_.id], rest, "submit"),
            _but_last(published[round_.id], rest, "publish"),
            _saved(saved[round_.id], seen, rest),
        )


def _until(done: tuple[RoundEvent, ...], end: int | None) -> tuple[RoundEvent, ...]:
    """The events before the one of this number; all where there is no number."""
    if end is None:
        return done
    return tuple(event for event in done if event.seq < end)


def _seen_reviews(
    reviews: Sequence[ThirdPartyReview], seen: Sequence[RoundEvent], rest: Sequence[RoundEvent]
) -> tuple[ThirdPartyReview, ...]:
    """The reviews by the events that are seen."""
    out = []
    for review in reviews:
        part = _seen(review, seen, rest)
        if part is not None:
            out.append(part)
    return tuple(out)


def _but_last(done: Sequence[Any], rest: Sequence[RoundEvent], event: str) -> tuple[Any, ...]:
    """The rows without those that came with the events that are not seen, the last ones."""
    unseen = sum(each.event == event for each in rest)
    return tuple(done[: len(done) - unseen])


def _saved(
    times: Sequence[datetime], seen: Sequence[RoundEvent], rest: Sequence[RoundEvent]
) -> tuple[datetime, ...]:
    """When texts were saved, up to the first event that is not seen."""
    if not (seen and rest):
        return tuple(times)
    return tuple(at for at in times if at <= rest[0].at)


def _by_round(pairs: Iterable[tuple[int, Any]]) -> defaultdict[int, list[Any]]:
    out: defaultdict[int, list[Any]] = defaultdict(list)
    for round_id, row in pairs:
        out[round_id].append(row)
    return out


def _later(seen: Iterable[RoundEvent], rest: Iterable[RoundEvent], what: str) -> set[int]:
    """The ids that only the events name that are not seen."""
    return _named(rest, what) - _named(seen, what)


def _named(events: Iterable[RoundEvent], what: str) -> set[int]:
    numbers = set()
    for event in events:
        if event.facts.get(what) is not None:
            numbers.add(int(event.facts[what]))
    return numbers


def _consultations(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Consultation]]:
    yield from queries.consultations.about_rounds(session, ids)


def _reviews(
    session: Session, ids: Sequence[int], events: Mapping[int, Sequence[RoundEvent]]
) -> defaultdict[int, list[ThirdPartyReview]]:
    """By round: each referral with its verdict, and the sitting that gave it."""
    pinned = queries.councils.pinned_of_rounds(session, ids)
    wanted = set()
    for referral_round in pinned:
        wanted.add(referral_round.referral_id)
    referrals = {}
    for x in queries.councils.referrals_numbered(session, wanted):
        referrals[x.id] = x
    verdicts: dict[int, Verdict] = {}
    for given in queries.councils.verdicts_of(session, wanted):
        verdicts[given.referral_id] = given
    councils = set()
    for x in referrals.values():
        councils.add(x.council_id)
    sittings = queries.sittings.of_councils_by_day(session, councils)
    out: defaultdict[int, list[ThirdPartyReview]] = defaultdict(list)
    for referral_round in pinned:
        verdict = verdicts.get(referral_round.referral_id)
        sitting = _sitting(
            verdict, [x for x in sittings if on_agenda(x, referral_round.referral_id)], sittings
        )
        referred = next(
            (
                round_event
                for round_event in events.get(referral_round.round_id, ())
                if verdict is not None and round_event.facts.get("verdict") == verdict.id
            ),
            None,
        )
        out[referral_round.round_id].append(
            ThirdPartyReview(referrals[referral_round.referral_id], sitting, verdict, referred)
        )
    return out


def on_agenda(sitting: Sitting, referral: int) -> bool:
    """Whether a referral is on the agenda of a sitting."""
    return any(entry.get("referral") == referral for entry in sitting.agenda)


def _sitting(
    verdict: Verdict | None, listed: Sequence[Sitting], all_: Sequence[Sitting]
) -> Sitting | None:
    """The sitting a verdict names; else the last on whose agenda the referral stood by then; before
    a verdict the last one that is convened."""
    if verdict is None:
        if listed:
            return listed[-1]
        return None
    if verdict.sitting_id is not None:
        for x in all_:
            if x.id == verdict.sitting_id:
                return x
        return None
    given = day_in_japan(verdict.at)
    for x in reversed(listed):
        if x.day <= given:
            return x
    return None


def _seen(
    h: ThirdPartyReview, seen: Sequence[RoundEvent], rest: Sequence[RoundEvent]
) -> ThirdPartyReview | None:
    """A review as it stood before the events that are not seen."""
    if h.referral.id in _later(seen, rest, "referral"):
        return None
    if h.verdict is not None and h.verdict.id in _later(seen, rest, "verdict"):
        return ThirdPartyReview(h.referral, h.sitting)
    return h


def first_of(
    session: Session,
    round_: Round,
    event: str,
    *,
    consultation: int | None = None,
    referral: int | None = None,
) -> int | None:
    """The number of the event of a round that took a step for this consultation or referral (any,
    where none is named; empty names no step). None where it
    was not taken: then nothing came after it."""
    named = {"consultation": consultation, "referral": referral}
    for row in queries.rounds.events_named(session, round_.id, event):
        if all(
            want is None or row.facts.get(field) in (want, None) for field, want in named.items()
        ):
            return row.seq
    return None


def due(rec: RoundRecord) -> dict[str, str]:
    """What is fixed beforehand for a step, as far as it is on record, by its state."""
    out = {}
    if rec.consultation:
        out["CONSULTING"] = (
            f"{written(rec.consultation.start)}から\n{written(rec.consultation.end)}まで"
        )
    if rec.reviews and rec.reviews[-1].sitting:
        out["REVIEWING"] = f"{written(rec.reviews[-1].sitting.day)}（会議）"
    if rec.round.change_date:
        out["PUBLISHED"] = f"{written(rec.round.change_date)}（変更の予定日）より前"
    return out
