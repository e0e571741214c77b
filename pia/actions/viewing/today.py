"""今日すること: what waits for one person, what they began, what others changed meanwhile, and the
days of the next weeks.

Reads only; everything is computed from what is stored, and nothing is offered that the rights of
the person do not hold. Must not know pages: a place is named by what is done there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ... import forms
from ...domain.change.describe import numbers
from ...domain.procedure import duties
from ...domain.procedure.calendar import CHOSEN, PLANNED
from ...store import queries
from ...store.queries.register import AffairFilter
from ...store.rows import jobs
from ...store.rows.councils import Sitting
from ..access.person import Person
from ..workplace import Workplace
from . import waiting, year_lines
from .asking import Asking
from .board import StateCount, counted
from .running import Running, RunningSet, running
from .waiting import Destination, WaitingLine

AHEAD = timedelta(days=56)  # the days of so many weeks are shown
LOOKING_BACK = timedelta(days=14)  # what others changed, for who was never here before
FAILED = timedelta(days=3)  # a job that failed is told for so long
MOST = 10  # lines of what was begun or changed
NAMED = (PLANNED, CHOSEN)  # days of a schedule that stand on no other list
MOST_DAYS = 60  # days of the next weeks


@dataclass(frozen=True, slots=True)
class BegunLine:
    """What somebody began: what it is, of which document, when, and where they go on."""

    words: str
    about: str
    at: datetime
    place: Destination


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """What others did meanwhile: who, what, and where it can be seen."""

    who: str
    words: str
    about: str
    at: datetime
    place: Destination


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day of the next weeks: what is on it and of what."""

    day: date
    words: str
    about: str
    place: Destination | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """The first page of one person on a day. `since` is when they came in before; `states` counts
    the running sets for who may see all of them; `empty` says that there is no affair yet."""

    waiting: tuple[WaitingLine, ...]
    begun: tuple[BegunLine, ...]
    changed: tuple[ChangedLine, ...]
    days: tuple[DayLine, ...]
    states: tuple[StateCount, ...]
    since: datetime | None
    empty: bool


def today(wp: Workplace, who: Person, now: datetime) -> Today:
    """What the first page of a person says at an instant."""
    with wp.store.read() as session:
        asking = Asking(wp, session, who, now, wp.rights["rights"])
        house = queries.waiting.set_up(session, asking.office_of)
        now_running = Running((), (), ())
        if asking.may("read"):
            now_running = running(session, wp, asking.today)
        lines = [*waiting.lines(asking, now_running, house), *year_lines.lines(asking, house)]
        since = queries.waiting.here_before(session, who.name, who.session)
        return Today(
            tuple(sorted(lines, key=_order)),
            tuple(_begun(asking, now_running)),
            tuple(_changed(asking, since)),
            tuple(sorted(_days(asking, now_running), key=lambda line: line.day)),
            _states(asking, now_running),
            since,
            not house.affairs,
        )


def _order(line: WaitingLine) -> tuple[bool, date, str]:
    return line.until is None, line.until or date.max, line.act


# ---- what somebody began


def _begun(asking: Asking, now_running: Running) -> Iterator[BegunLine]:
    session = asking.session
    if asking.may("draft"):
        yield from _unsaved(asking)
    since = asking.now - FAILED
    asked = queries.waiting.jobs_of(session, asking.who.name, since) if asking.may("read") else []
    for job in asked:
        words = "止まった処理" if job.state == jobs.FAILED else "進んでいる処理"
        about = f"{job.done}／{job.total}" if job.total else ""
        yield BegunLine(words, about, job.at, Destination("job", {"job": job.id}, job.kind))
    if asking.may("office"):
        for number, at, books in queries.waiting.batches_of(session, asking.who.name):
            words = "取り込みの途中"
            yield BegunLine(words, f"{books}冊", at, Destination("import", {"number": number}))
    mine = [one for one in now_running.sets if one.opened_by == asking.who.name]
    for one in mine[:MOST]:
        words = f"始めた{one.kind}：いま{one.state_name}（{one.holder_name}）"
        yield BegunLine(words, one.affair, one.handed.at, Destination("round", {"ref": one.ref}))


def _unsaved(asking: Asking) -> Iterator[BegunLine]:
    """What is being written and not saved, said in the form's words."""
    kept = [row for row in asking.unsaved if not row[3]]
    if not kept:
        return
    known = {}
    keys = {row[0].split("~")[0] for row in kept}
    for row in queries.waiting.lines_named(asking.session, keys):
        known[row[0], row[1]] = row
    for line, path, at, *_ in kept:
        key, _, name = line.partition("~")
        row = known.get((key, name))
        if row is None or not asking.has("draft", row[3]):
            continue
        place = Destination("item", {"ref": line, "path": path, "unsaved": 1})
        yield BegunLine(_item_words(row[4], path, row[5]), row[2], at, place)


def _item_words(form: str, path: str, files: Sequence[Sequence[str]] | None) -> str:
    """Ⅱ６①保管場所（国保給付ファイル）: an item by its number, and the ファイル it is of."""
    steps = tuple(path.split("/"))
    line, _, _ = forms.load(form).at(steps)
    if line is None:
        return "書きかけの項目"
    words = numbers(line)
    if line.label and not words.endswith(line.label):
        words += line.label
    for key, name in files or ():
        if key in steps:
            words += f"（{name}）"
    return words


# ---- what others did


def _changed(asking: Asking, since: datetime | None) -> Iterator[ChangedLine]:
    session = asking.session
    me = asking.who
    from_ = since or asking.now - LOOKING_BACK
    if asking.may("draft"):
        rows = queries.waiting.saved_by_others(session, me.name, from_, asking.office_of, MOST)
        for key, name, affair, saves, _, at, shown in rows:
            ref = f"{key}~{name}" if name else key
            words = f"{saves}回保存しました" if saves > 1 else "保存しました"
            yield ChangedLine(shown, words, affair, at, Destination("document", {"ref": ref}))
    if asking.may("remark"):
        for remark, answer in queries.waiting.answered_since(session, me.shown, from_):
            place = Destination("cards", {"referral": remark.referral_id})
            words = "あなたの質問に答えました"
            yield ChangedLine(answer.speaker, words, "", answer.at, place)


# ---- the days of the next weeks


def _days(asking: Asking, now_running: Running) -> Iterator[DayLine]:
    last = asking.today + AHEAD
    if asking.may("read"):
        yield from _running_days(asking, now_running.sets, last)
        yield from _planned_days(asking, now_running.sets)
        yield from _duty_days(asking, last)
        sittings: Iterable[Sitting] = now_running.sittings
        place = "sitting" if asking.may("office") else "agenda"
    else:
        mine = asking.given
        sittings = [sitting for sitting in asking.sittings if sitting.id in mine.sittings]
        place = "agenda"
    for sitting in sittings:
        if asking.today <= sitting.day <= last:
            where = Destination(place, {"number": sitting.id} if place == "sitting" else {})
            yield DayLine(sitting.day, "審議会の会議", sitting.name, where)


def _running_days(asking: Asking, sets: Iterable[RunningSet], last: date) -> Iterator[DayLine]:
    """Ends of consultations, and days on which changes are made."""
    ends: dict[int, DayLine] = {}
    changes: dict[tuple[date, str], list[RunningSet]] = {}
    for one in sets:
        if asking.office_of not in (None, one.department_id):
            continue
        if one.state == "CONSULTING" and one.talk and asking.today <= one.talk.end <= last:
            place = Destination("consultation", {"number": one.talk.number})
            ends[one.talk.number] = DayLine(one.talk.end, "意見募集の終わり", one.talk.title, place)
        if one.change_date and asking.today <= one.change_date <= last:
            changes.setdefault((one.change_date, one.title), []).append(one)
    yield from ends.values()
    for (day, title), changed in changes.items():
        about = f"{title}（{waiting.listed(changed)}）"
        place = Destination("round", {"ref": changed[0].ref})
        yield DayLine(day, "変更の実施予定（公表はこれより前）", about, place)


def _planned_days(asking: Asking, sets: Iterable[RunningSet]) -> Iterator[DayLine]:
    """Of each schedule the day that breaks it, else the next one, once it is near."""
    soon = asking.today + timedelta(days=int(asking.wp.calendar["soon"]))
    for one in sets:
        if asking.office_of not in (None, one.department_id):
            continue
        place = Destination("schedule", {"ref": one.ref})
        broken = one.schedule.broken
        following = one.schedule.next
        if broken is not None:
            words = f"日程が間に合いません：「{broken.step.name}」が{broken.late}開庁日足りません"
            yield DayLine(max(broken.latest, asking.today), words, one.affair, place)
        elif following is not None and following.standing in NAMED and following.day <= soon:
            yield DayLine(following.day, f"{following.step.name}の期限", one.affair, place)


def _duty_days(asking: Asking, last: date) -> Iterator[DayLine]:
    """Duties whose last day lies in the next weeks."""
    years = (1, int(asking.wp.rules["rules"]["R17"]["years"]))
    periods = []
    for back in years:
        first = duties.years_before(asking.today - timedelta(days=1), back)
        periods.append((first, duties.years_before(last, back) + timedelta(days=1)))
    wanted = AffairFilter()
    if asking.office_of is not None:
        wanted = AffairFilter(asking.who.department)
    rows = queries.register.reassessed_between(asking.session, wanted, periods, MOST_DAYS)
    reviewed = {}
    if rows:
        numbers = [affair.id for affair, _ in rows]
        reviewed = queries.reviews.last_reviewed(asking.session, numbers)
    for affair, document in rows:
        found = duties.duties(
            document.reassessed, reviewed.get(affair.id), None, asking.today, asking.wp.rules
        )
        for duty in found:
            if asking.today <= duty.due <= last:
                place = Destination("affair", {"key": affair.key})
                yield DayLine(duty.due, duty.name, affair.name, place)


def _states(asking: Asking, now_running: Running) -> tuple[StateCount, ...]:
    """How many sets stand in each state, in the order of the strip; for who may read all."""
    if not asking.may("read") or asking.office_of is not None:
        return ()
    return counted(now_running.sets)
