"""Records with 分類・起算日・保存年限・満了日, and what becomes of them: listed by the day their
years are over, destroyed only after 廃棄の決裁, on record in the 廃棄簿.

Knows which event ends each kind of record, and reads years and classes from the city's table
(`pia/rules/retention.yaml`, 未確認). Must not know pages. Nothing is destroyed by a job, and never
a row: what goes are texts (`store.rows.erasing`), and texts of versions and files (`destroying`).
Serves the city's 文書管理規程 (未確認).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.procedure import retention
from ...domain.wareki import written
from ...store import queries
from ...store.model import Base
from ...store.rows import consultations, councils, records
from ..access.names import shown_name
from ..records import council_ways
from ..workplace import Workplace
from . import destroyable, recorded


@dataclass(frozen=True, slots=True)
class Kept:
    """A record with how long it is kept. `years` None: the city's table names none. `start` and
    `expiry` are None while it runs. `set_by`: who set class or years of this one record, with the
    reason. `held`: the 開示請求 that hold it. `gone`: the 廃棄 that destroyed it.
    `needed`: why others need it still."""

    record: str
    kind: str
    kind_name: str
    title: str
    category: str
    category_name: str
    ended: date | None
    since: str
    start: date | None
    years: int | None
    expiry: date | None
    historic: bool
    set_by: str
    held: tuple[str, ...]
    gone: str
    erases: str
    about: tuple[str, ...]
    needed: str

    def over(self, today: date) -> bool:
        """Whether its years are over."""
        return self.expiry is not None and self.expiry < today

    def may_go(self, today: date) -> bool:
        """Whether it stands on the 廃棄予定一覧 and may be destroyed after a decision."""
        free = not self.historic and not self.held and not self.gone and not self.needed
        return free and bool(self.erases) and self.over(today)


# ---- how long


def listed(wp: Workplace, today: date, category: str = "") -> list[Kept]:
    """Every record of the house (of a class), by 満了日; those that run still at the end."""
    with wp.store.read() as session:
        records_kept = all_kept(session, wp, today)
    chosen = []
    for x in records_kept:
        if not category or x.category == category:
            chosen.append(x)
    return sorted(chosen, key=lambda x: (x.expiry or date.max, x.kind, x.record))


def all_kept(session: Session, wp: Workplace, today: date) -> list[Kept]:
    """Every record as it is kept on a day, in the order of `recorded.all_of`."""
    notes: dict[str, list[records.RecordNote]] = {}
    for note in queries.records.notes(session):
        notes.setdefault(note.record, []).append(note)
    gone = gone_records(session)
    held = _holds(session)
    needed = destroyable.in_use(session)
    bill = council_ways.only_by_bill(session)
    changed = []
    for x in recorded.all_of(session, today):
        kept = _one(wp, x, notes.get(x.record, []), held(x), gone.get(x.record, ""))
        called = council_ways.said(kept.kind_name, bill)
        changed.append(replace(kept, kind_name=called, needed=needed.get(x.record, "")))
    return changed


def gone_records(session: Session) -> dict[str, str]:
    """Record → the 廃棄 that destroyed it."""
    return {
        line["record"]: f"{written(disposal.decided)}　{disposal.document_number}"
        for disposal in queries.records.disposals(session)
        for line in disposal.listed
    }


def concerns(x: recorded.LedgerRecord | Kept, subject: str) -> bool:
    """Whether a record is, or is about, what a 開示請求 asks for."""
    return subject in (x.record, *x.about)


def _holds(session: Session) -> Callable[[recorded.LedgerRecord], tuple[str, ...]]:
    asked = records.undecided_disclosures(session)

    def held(x: recorded.LedgerRecord) -> tuple[str, ...]:
        return tuple(request.number for request in asked if concerns(x, request.subject))

    return held


def _latest(notes: Sequence[Any], name: str) -> Any:
    values = [value for note in notes if (value := getattr(note, name)) is not None]
    if values:
        return values[-1]
    return None


def _one(
    wp: Workplace,
    x: recorded.LedgerRecord,
    notes: Sequence[records.RecordNote],
    held: tuple[str, ...],
    gone: str,
) -> Kept:
    table = wp.retention
    line = table["kinds"][x.kind]
    category = _latest(notes, "category")
    if category in table["categories"]:
        category = category
    else:
        category = line["category"]
    about = table["categories"][category]
    years = _latest(notes, "years") or about.get("years")
    if x.ended:
        begun = retention.start(x.ended, table["start"])
    else:
        begun = None
    if years:
        kept_years = int(years)
    else:
        kept_years = None
    if begun and kept_years:
        over = retention.expiry(begun, kept_years)
    else:
        over = None
    if notes:
        last = notes[-1]
    else:
        last = None
    if last:
        set_by = f"{written(day_in_japan(last.at))}　{last.actor}　{last.reason}"
    else:
        set_by = ""
    return Kept(
        x.record,
        x.kind,
        str(line["says"]),
        x.title,
        category,
        str(about["says"]),
        x.ended,
        str(line["from"]),
        begun,
        kept_years,
        over,
        bool(_latest(notes, "historic")),
        set_by,
        held,
        gone,
        str(line.get("erases", "")),
        x.about,
        "",
    )


def categories(wp: Workplace) -> Mapping[str, str]:
    """Class → its words, by the city's table."""
    texts = {}
    for name, line in wp.retention["categories"].items():
        texts[name] = str(line["says"])
    return texts


def history(wp: Workplace, record: str) -> list[records.RecordNote]:
    """What was set about one record, newest first; old values stay."""
    with wp.store.read() as session:
        return queries.records.notes_on(session, record)


def kept_now(wp: Workplace, record: str, today: date) -> Kept:
    """One record as it is kept on a day. PiaError when there is none."""
    kept = next((x for x in listed(wp, today) if x.record == record), None)
    if kept is None:
        raise PiaError("その記録はありません。一覧から選び直してください。")
    return kept


def one(wp: Workplace, record: str, today: date) -> Kept:
    """One record. PiaError when there is none."""
    return kept_now(wp, record, today)


# ---- 廃棄


def due(wp: Workplace, today: date) -> list[Kept]:
    """廃棄予定一覧: records whose years are over and that were not destroyed, also those that stay
    (歴史公文書) or are held (開示請求), which say so."""
    over = []
    for x in listed(wp, today):
        if x.over(today) and not x.gone:
            over.append(x)
    return over


def rows_of(session: Session, record: str) -> list[Base]:
    """The rows whose texts a record is."""
    kind, _, key = record.partition(":")
    if kind == "opinion":
        return _of_opinion(session, int(key))
    if kind == "referral":
        return _of_referral(session, int(key))
    if kind == "minutes":
        return _of_sitting(session, int(key))
    if kind == "leak":
        return [*queries.leaks.texts(session, int(key))]
    if kind == "round":
        document, _, name = key.partition("~")
        round_ = queries.rounds.existing(session, document, name)
        return [
            *queries.comments.rows_of_round(session, round_.id),
            *queries.answers.expected_of_round(session, round_.id),
        ]
    return []


def said_in(session: Session, record: str) -> list[Base]:
    """The rows whose texts people wrote in a record, or in what it is about: of a sitting all that
    was said of the cases on its agenda, of a consultation every opinion."""
    kind, _, key = record.partition(":")
    if kind in ("sitting", "minutes"):
        agenda = session.get_one(councils.Sitting, int(key)).agenda
        cases = sorted({int(entry["referral"]) for entry in agenda if entry.get("referral")})
        rows = []
        for case in cases:
            for row in _of_referral(session, case):
                rows.append(row)
        return [*rows, *_of_sitting(session, int(key))]
    if kind == "consultation":
        numbers = queries.opinions.ids_of_consultation(session, int(key))
        spoken = []
        for number in numbers:
            for row in _of_opinion(session, number):
                spoken.append(row)
        return [*spoken, *queries.opinions.waiting_in_order(session, int(key))]
    return rows_of(session, record)


def _of_opinion(session: Session, number: int) -> list[Base]:
    out: list[Base] = [session.get_one(consultations.Opinion, number)]
    sender = session.get(consultations.OpinionSender, number)
    out += [
        *queries.opinions.inbox_of(session, number),
        *queries.opinions.responses_to(session, number),
    ]
    if sender is not None:
        return [*out, sender]
    return out


def _of_sitting(session: Session, number: int) -> list[Base]:
    return [
        *queries.minutes.all_transcripts(session, number),
        *queries.minutes.rows_of_sitting(session, number),
        *queries.minutes.all_fields(session, number),
        *queries.minutes.all_steps(session, number),
    ]


def _of_referral(session: Session, number: int) -> list[Base]:
    remarks = queries.remarks.of_referral(session, number)
    wishes = queries.remarks.proposals(session, number)
    return [
        *remarks,
        *queries.remarks.answers_to_remarks(session, [x.id for x in remarks]),
        *wishes,
        *queries.referrals.all_proposal_outcomes(session, [wish.id for wish in wishes]),
        *queries.councils.verdicts(session, number),
        *queries.referrals.all_steps(session, number),
    ]


def disposals(wp: Workplace) -> list[records.Disposal]:
    """廃棄簿, newest first. It stays."""
    with wp.store.read() as session:
        return queries.records.disposals_newest_first(session)


BOOK = (
    "文書番号",
    "決裁日",
    "廃棄した人",
    "種類",
    "記録",
    "分類",
    "起算日",
    "保存年限",
    "満了日",
    "消した文章の数",
    "備考",
    "文章を消した版の数",
    "消したファイルの数",
    "残したもの",
    "バックアップに残る期限",
)


def book(wp: Workplace) -> list[tuple[str, ...]]:
    """The lines of the 廃棄簿 as they are printed, oldest first, with `BOOK` as its head."""
    out: list[tuple[str, ...]] = []
    newest_first = list(reversed(disposals(wp)))
    days = timedelta(days=int(wp.retention["backup_days"]))
    with wp.store.read() as session:
        people = {disposal.actor: shown_name(session, disposal.actor) for disposal in newest_first}
    for disposal in newest_first:
        for line in disposal.listed:
            run = []
            for name in ("start", "expiry"):
                run.append(_words(line[name]))
            out.append(
                (
                    disposal.document_number,
                    written(disposal.decided),
                    people[disposal.actor],
                    line["kind"],
                    line["title"],
                    line["category"],
                    run[0],
                    f"{line['years']}年",
                    run[1],
                    str(line["erased"]),
                    disposal.reason,
                    str(line.get("versions", 0)),
                    str(line.get("files", 0)),
                    str(line.get("left", "")),
                    written(day_in_japan(disposal.at) + days),
                )
            )
    return out


def _words(day: str) -> str:
    if day:
        return written(date.fromisoformat(day))
    return ""


LIST = ("満了日", "種類", "記録", "分類", "完結した日", "起算日", "保存年限", "取扱い")


def _day_words(day: date | None) -> str:
    if day is None:
        return ""
    return written(day)


def sheet(records: Sequence[Kept]) -> list[tuple[str, ...]]:
    """The lines of a list of records as they are printed, with `LIST` as its head."""
    rows: list[tuple[str, ...]] = []
    for x in records:
        rows.append(
            (
                _day_words(x.expiry),
                x.kind_name,
                x.title,
                x.category_name,
                _day_words(x.ended) or "続いています",
                _day_words(x.start),
                f"{x.years}年" if x.years else "未定",
                treatment(x),
            )
        )
    return rows


def treatment(x: Kept) -> str:
    """What is to be done with a record, in words."""
    if x.gone:
        words = [f"廃棄済み（{x.gone}）"]
    else:
        words = []
    if x.historic:
        words += ["歴史公文書"]
    else:
        words += []
    if x.needed and not x.gone:
        words += [f"保留（{x.needed}）"]
    else:
        words += []
    if x.held:
        words += [f"開示請求中（{'・'.join(x.held)}）"]
    else:
        words += []
    return "・".join(words)
