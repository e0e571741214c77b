"""年次見直し as its pages and papers show it: who was asked, what was answered and confirmed, and
what changed around each affair since it was looked at last.

Reads only, in as many statements for many affairs as for one. Says of changes only what is on
record here. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.procedure import duties
from ...domain.wareki import fiscal, written
from ...store import queries
from ...store.queries.reviews import AskedRow
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair
from ...store.rows.reviews import ReviewAnswer, ReviewCampaign, ReviewReminder
from ..records.review_kinds import ANSWERS
from ..workplace import Workplace, row_of

UNASSIGNED = 0  # the number under which affairs without a department stand together
NO_OFFICE = "（担当の課が決まっていない事務）"
RELATED = {"same": "反映済み", "differs": "市で修正", "absent": "未反映"}


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign in the list: how many affairs it asks about, how many are answered and
    confirmed."""

    number: int
    title: str
    issued: date
    until: date
    asked: int
    answered: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What was answered for an affair, by whom and when, and who confirmed it (`confirmed` None
    until then)."""

    number: int
    kind: str
    words: str
    note: str
    who: str
    at: datetime
    head: str
    confirmed: date | None
    round: str
    round_title: str


@dataclass(frozen=True, slots=True)
class ReviewedAffair:
    """An affair a campaign asks about: when it was published and reviewed last, what changed since
    (`around`), its answer, and its running rounds as (number, REF, title)."""

    key: str
    number: str
    name: str
    main: str
    published: date | None
    reviewed: date | None
    due: date | None
    around: tuple[str, ...]
    answer: AnswerView | None
    rounds: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class AskedDepartment:
    """A department that was asked: its body, its 所属長 (empty where none can sign in), how many
    affairs, answers and confirmations, and the 督促 it had."""

    number: int
    name: str
    body: str
    head: str
    asked: int
    answered: int
    confirmed: int
    affairs: tuple[str, ...]
    reminders: tuple[ReviewReminder, ...]
    until: date

    @property
    def waits(self) -> bool:
        """Whether something of it is not answered or not confirmed."""
        return self.confirmed < self.asked


@dataclass(frozen=True, slots=True)
class CampaignView:
    """A campaign with its departments."""

    row: ReviewCampaign
    title: str
    departments: tuple[AskedDepartment, ...]

    @property
    def asked(self) -> int:
        """How many affairs it asks about."""
        return sum(each.asked for each in self.departments)

    @property
    def answered(self) -> int:
        """How many of them are answered."""
        return sum(each.answered for each in self.departments)

    @property
    def confirmed(self) -> int:
        """How many of them are answered and confirmed."""
        return sum(each.confirmed for each in self.departments)

    @property
    def waiting(self) -> tuple[AskedDepartment, ...]:
        """The departments something is waited for from."""
        return tuple(each for each in self.departments if each.waits)


def title(row: ReviewCampaign) -> str:
    """What a campaign is called."""
    return f"{fiscal(row.year)}の年次見直し"


def campaigns(wp: Workplace) -> list[CampaignLine]:
    """The campaigns, the newest first."""
    with wp.store.read() as session:
        counts = queries.reviews.counts(session)
        lines = []
        for row in queries.reviews.campaigns(session):
            number = counts.get(row.id, (0, 0, 0))
            lines.append(CampaignLine(row.id, title(row), row.issued, row.until, *number))
        return lines


def campaign(wp: Workplace, number: int) -> CampaignView:
    """A campaign with its departments. PiaError when there is none of that number."""
    with wp.store.read() as session:
        return campaign_view(session, number)


def campaign_view(session: Session, number: int) -> CampaignView:
    """The same, inside a read."""
    row = row_of(session, ReviewCampaign, number, "年次見直し")
    heads = queries.reviews.heads(session)
    written_to: dict[int, list[ReviewReminder]] = {}
    for reminder in queries.reviews.reminders(session, row.id):
        written_to.setdefault(reminder.department_id, []).append(reminder)
    groups: dict[tuple[str, int], list[AskedRow]] = {}
    for line in queries.reviews.asked(session, row.id):
        office = line[2].id if line[2] is not None else UNASSIGNED
        groups.setdefault((line[1].name, office), []).append(line)
    departments = []
    for (body, office), lines in groups.items():
        answers = [line[3] for line in lines if line[3] is not None]
        sent = tuple(written_to.get(office, ()))
        departments.append(
            AskedDepartment(
                office,
                lines[0][2].name if lines[0][2] is not None else NO_OFFICE,
                body,
                heads.get(office, ""),
                len(lines),
                len(answers),
                sum(1 for each in answers if each.confirmed is not None),
                tuple(line[0].name for line in lines),
                sent,
                sent[-1].until if sent else row.until,
            )
        )
    return CampaignView(row, title(row), tuple(departments))


@dataclass(frozen=True, slots=True)
class DepartmentAnswers:
    """What one department is asked in a campaign, and what it answered. `until`: the day its
    answers are wanted by, after a 督促 the new one."""

    row: ReviewCampaign
    title: str
    number: int
    name: str
    body: str
    head: str
    until: date
    affairs: tuple[ReviewedAffair, ...]

    @property
    def to_answer(self) -> tuple[ReviewedAffair, ...]:
        """The affairs without an answer."""
        return tuple(each for each in self.affairs if each.answer is None)

    @property
    def to_confirm(self) -> tuple[ReviewedAffair, ...]:
        """The affairs whose answer waits for the 所属長."""
        return tuple(each for each in self.affairs if each.answer and not each.answer.confirmed)


def department(wp: Workplace, number: int, office: int, today: date) -> DepartmentAnswers:
    """What a department (`UNASSIGNED`: affairs without one) is asked in a campaign. PiaError where
    it is not asked anything."""
    with wp.store.read() as session:
        row = row_of(session, ReviewCampaign, number, "年次見直し")
        lines = []
        for line in queries.reviews.asked(session, row.id):
            of = line[2].id if line[2] is not None else UNASSIGNED
            if of == office:
                lines.append(line)
        if not lines:
            raise PiaError("その所属への照会はありません。一覧から選び直してください。")
        until = row.until
        for reminder in queries.reviews.reminders(session, row.id):
            if reminder.department_id == office:
                until = reminder.until
        name = lines[0][2].name if lines[0][2] is not None else NO_OFFICE
        head = queries.reviews.heads(session).get(office, "")
        affairs = _affairs(session, row, lines, today)
        return DepartmentAnswers(
            row, title(row), office, name, lines[0][1].name, head, until, affairs
        )


def _affairs(
    session: Session,
    campaign: ReviewCampaign,
    lines: Sequence[AskedRow],
    today: date,
) -> tuple[ReviewedAffair, ...]:
    affairs = [line[0] for line in lines]
    ids = [affair.id for affair in affairs]
    documents = queries.assessments.of_affairs(session, ids)
    reviewed = queries.reviews.last_reviewed(session, ids)
    running = queries.reviews.running_rounds(session, ids)
    keys = {each.id: each.key for found in documents.values() for each in found}
    since = {}
    for affair in affairs:
        since[affair.id] = last_looked_at(documents.get(affair.id, ()), reviewed.get(affair.id))
    told = around(session, affairs, since, today)
    names = {name: shown for name, shown in queries.accounts.shown_names(session)}
    named = {row.id: row for row in queries.reviews.rounds_named(session, campaign.id)}
    out = []
    for affair, _, _, given in lines:
        main = _main(documents.get(affair.id, ()))
        of = tuple(
            (round_.id, f"{keys[round_.assessment_id]}~{round_.name}", _titled(round_))
            for round_ in running.get(affair.id, ())
            if round_.assessment_id in keys
        )
        out.append(
            ReviewedAffair(
                affair.key,
                affair.number,
                affair.name,
                main.key if main is not None else "",
                main.published if main is not None else None,
                reviewed.get(affair.id),
                _due(since[affair.id]),
                told.get(affair.id, ()),
                _answer(given, names, keys, named) if given is not None else None,
                of,
            )
        )
    return tuple(out)


def _due(since: date | None) -> date | None:
    return duties.years_after(since, 1) if since is not None else None


def _titled(round_: Round) -> str:
    return str(round_.facts.get("title") or round_.name)


def _main(documents: Sequence[Assessment]) -> Assessment | None:
    """The document beyond the 基礎項目評価書, where there is one."""
    for each in documents:
        if each.kind != "basic_item":
            return each
    return documents[0] if documents else None


def last_looked_at(documents: Sequence[Assessment], reviewed: date | None) -> date | None:
    """The day an affair was published anew or reviewed last; None where neither ever was."""
    days = [each.reassessed for each in documents if each.reassessed is not None]
    if reviewed is not None:
        days.append(reviewed)
    return max(days, default=None)


def _answer(
    row: ReviewAnswer,
    names: Mapping[str, str],
    keys: Mapping[int, str],
    rounds: Mapping[int, Round],
) -> AnswerView:
    ref, called = "", ""
    if row.round_id is not None:
        round_ = rounds[row.round_id]
        ref = f"{keys.get(round_.assessment_id, '')}~{round_.name}"
        called = _titled(round_)
    return AnswerView(
        row.id,
        row.kind,
        ANSWERS[row.kind],
        row.note,
        names.get(row.actor, row.actor),
        row.at,
        row.head,
        row.confirmed,
        ref,
        called,
    )


# ---- what changed around an affair


def around(
    session: Session,
    affairs: Sequence[Affair],
    since: Mapping[int, date | None],
    today: date,
) -> dict[int, tuple[str, ...]]:
    """Affair → what changed around it since a day until today, in sentences; all of it from
    what is on record here, so that nothing is said of laws."""
    ids = [affair.id for affair in affairs]
    documents = queries.assessments.of_affairs(session, ids)
    told: dict[int, list[str]] = {affair: [] for affair in ids}
    for found in (
        _national(session, documents, since, today),
        _counts(session, ids, since, today),
        _incidents(session, affairs, since, today),
        _leaks(session, ids, since, today),
        _people(session, ids),
        _renamed(session, affairs, since, today),
        _stamps(session, documents, today),
        _noted(session, ids),
    ):
        for affair, sentence in found:
            told[affair].append(sentence)
    return {affair: tuple(sentences) for affair, sentences in told.items()}


Told = Iterable[tuple[int, str]]


def _inside(day: date, first: date | None, last: date) -> bool:
    """Whether a day lies between two; before no first day lies nothing."""
    return (first is None or day >= first) and day <= last


def _national(
    session: Session,
    documents: Mapping[int, Sequence[Assessment]],
    since: Mapping[int, date | None],
    last: date,
) -> Told:
    """National texts issued since, and how the documents stand to them."""
    texts = queries.national.in_order(session)
    followed = {str(text.body.get("follows")) for text in texts}
    keyed = [each.id for found in documents.values() for each in found]
    known = queries.tallies.national(session, keyed) if texts else {}
    for affair, found in documents.items():
        beyond = [each.id for each in found if each.kind != "basic_item"]
        for text in texts:
            day = day_in_japan(text.at)
            inside = _inside(day, since.get(affair), last)
            if not beyond or text.key in followed or not inside:
                continue
            states: dict[str, int] = {}
            for document in beyond:
                tally = known.get((text.id, document))
                for _, _, cells in tally.standings if tally is not None else ():
                    for cell in filter(None, cells):
                        states[cell] = states.get(cell, 0) + 1
            standing = "、".join(f"{RELATED.get(k, k)} {n}か所" for k, n in states.items())
            yield (
                affair,
                f"国の記載例「{text.title}（{text.edition}）」が{written(day)}に登録されました："
                f"{standing or 'この評価書には反映していません'}。",
            )


def _counts(
    session: Session, ids: Sequence[int], since: Mapping[int, date | None], today: date
) -> Told:
    """The counts with their days, where they were made since or are older than a year."""
    for affair, row in queries.affairs.last_threshold_facts(session, ids).items():
        says = (
            f"対象人数 {row.people:,}人（{written(row.counted_people)}時点）、"
            f"取扱者数 {row.handlers:,}人（{written(row.counted_handlers)}時点）"
        )
        first = since.get(affair)
        if min(row.counted_people, row.counted_handlers) < duties.years_after(today, -1):
            yield affair, f"{says}：時点から1年を過ぎています。数え直してください。"
        elif first is not None and max(row.counted_people, row.counted_handlers) > first:
            yield affair, f"{says}：前の見直しの後に数え直しました。"


def _leaks(
    session: Session, ids: Sequence[int], since: Mapping[int, date | None], today: date
) -> Iterable[tuple[int, str]]:
    """Cases of 漏えい等 of an affair that were registered since, by their numbers alone."""
    for affair, cases in queries.leaks.of_affairs(session, ids).items():
        first = since.get(affair)
        for case in cases:
            day = day_in_japan(case.at)
            if day <= today and (first is None or day >= first):
                number = f"{fiscal(case.year)}第{case.serial}号"
                yield (
                    affair,
                    f"{written(day)}に漏えい等（{number}）を登録しました。"
                    "書いた対策を変える必要があるかを確かめてください。",
                )


def _incidents(
    session: Session, affairs: Sequence[Affair], since: Mapping[int, date | None], last: date
) -> Told:
    """重大事故 of the body since."""
    bodies = {affair.body_id for affair in affairs}
    found = queries.incidents.major_of_bodies(session, bodies)
    for affair in affairs:
        first = since.get(affair.id)
        for row in found.get(affair.body_id, ()):
            if _inside(row.known, first, last):
                where = f"（委託先：{row.contractor}）" if row.contractor else ""
                yield (
                    affair.id,
                    f"重大事故が記録されています{where}：{written(row.known)}に知った。",
                )


def _people(session: Session, ids: Sequence[int]) -> Told:
    """Whoever wrote the documents and is no longer of the department."""
    gone: dict[int, list[str]] = {}
    for affair, name in queries.reviews.gone_writers(session, ids):
        gone.setdefault(affair, []).append(name)
    for affair, names in gone.items():
        yield affair, f"前に書いた{'、'.join(names)}さんは、異動・退職しています。"


def _renamed(
    session: Session, affairs: Sequence[Affair], since: Mapping[int, date | None], last: date
) -> Told:
    """The department had another name."""
    changes = queries.audit_entries.renamed_departments(session)
    for affair in affairs:
        first = since.get(affair.id)
        for entry in changes:
            day = day_in_japan(entry.at)
            mine = entry.target == str(affair.department_id)
            if mine and _inside(day, first, last):
                yield (
                    affair.id,
                    f"担当の課の名前が{written(day)}に「{entry.detail['from']}」から"
                    f"「{entry.detail['to']}」に変わりました。",
                )


def _stamps(session: Session, documents: Mapping[int, Sequence[Assessment]], today: date) -> Told:
    """The documents that stand on an older form than the one of today."""
    if not documents:
        return
    for document, _, form in queries.register.documents(session, list(documents)):
        newest = forms.in_force(document.kind, today)
        if form is not None and form != newest:
            old = form.partition("@")[2]
            new = newest.partition("@")[2]
            yield (
                document.affair_id,
                f"{forms.KIND_NAMES[document.kind]}は{old}の様式です。いまの様式は{new}です。",
            )


def _noted(session: Session, ids: Sequence[int]) -> Told:
    """What was noted to be mended the next time."""
    for affair, number in queries.candidates.waiting_of_affairs(session, ids).items():
        yield affair, f"次回修正候補が{number}件あります。"


def office_answering(wp: Workplace, number: int, answer: int) -> int:
    """The department whose affair an answer of a campaign is for; `UNASSIGNED` where it has none.
    PiaError where the campaign has no such answer."""
    with wp.store.read() as session:
        row = session.get(ReviewAnswer, answer)
        if row is None or row.campaign_id != number:
            raise PiaError("その回答は、この年次見直しのものではありません。")
        return session.get_one(Affair, row.affair_id).department_id or UNASSIGNED
