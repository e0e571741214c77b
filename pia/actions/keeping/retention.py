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

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import PiaError, Refused
from ...domain.procedure import retention
from ...domain.text import personal
from ...domain.wareki import written
from ...store import nodes
from ...store.ledger import log
from ...store.model import Base, acted
from ...store.rows import consultation, council, records
from ...store.rows import erasing as store
from ..people.names import shown_name
from ..workplace import Workplace
from . import destroying, recorded


def no_personal(text: str, label: str) -> None:
    """PiaError when words an officer types say what may say who somebody is."""
    if personal.found(text):
        told = f"{label}に、電話番号・メールアドレス・個人番号を書かないでください。"
        raise PiaError(told)


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
        found = _kept(session, wp, today)
    chosen = []
    for x in found:
        if not category or x.category == category:
            chosen.append(x)
    return sorted(chosen, key=lambda x: (x.expiry or date.max, x.kind, x.record))


def _kept(session: Session, wp: Workplace, today: date) -> list[Kept]:
    notes: dict[str, list[records.RecordNote]] = {}
    for note in session.scalars(select(records.RecordNote).order_by(records.RecordNote.id)):
        notes.setdefault(note.record, []).append(note)
    gone = _gone(session)
    held = _holds(session)
    needed = destroying.in_use(session)
    changed = []
    for x in recorded.all_of(session, today):
        changed.append(
            replace(
                _one(wp, x, notes.get(x.record, []), held(x), gone.get(x.record, "")),
                needed=needed.get(x.record, ""),
            )
        )
    return changed


def _gone(session: Session) -> dict[str, str]:
    """Record → the 廃棄 that destroyed it."""
    return {
        line["record"]: f"{written(one.decided)}　{one.document_number}"
        for one in session.scalars(select(records.Disposal).order_by(records.Disposal.id))
        for line in one.listed
    }


def concerns(x: recorded.Found | Kept, subject: str) -> bool:
    """Whether a record is, or is about, what a 開示請求 asks for."""
    return subject in (x.record, *x.about)


def _holds(session: Session) -> Callable[[recorded.Found], tuple[str, ...]]:
    asked = records.open_disclosures(session)

    def held(x: recorded.Found) -> tuple[str, ...]:
        return tuple(one.number for one in asked if concerns(x, one.subject))

    return held


def _latest(notes: Sequence[Any], name: str) -> Any:
    said = [value for one in notes if (value := getattr(one, name)) is not None]
    if said:
        return said[-1]
    return None


def _one(
    wp: Workplace,
    x: recorded.Found,
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
    of = select(records.RecordNote).where(records.RecordNote.record == record)
    with wp.store.read() as session:
        return list(session.scalars(of.order_by(records.RecordNote.id.desc())))


def _of(wp: Workplace, record: str, today: date) -> Kept:
    found = next((x for x in listed(wp, today) if x.record == record), None)
    if found is None:
        raise PiaError("その記録はありません。一覧から選び直してください。")
    return found


def one(wp: Workplace, record: str, today: date) -> Kept:
    """One record. PiaError when there is none."""
    return _of(wp, record, today)


def set_keeping(
    wp: Workplace,
    by: By,
    record: str,
    category: str | None,
    years: int | None,
    historic: bool | None,
    reason: str,
) -> None:
    """An officer sets class, years or 歴史公文書 of one record, with a reason. None leaves it."""
    before = _of(wp, record, by.day)
    if before.gone:
        raise PiaError("この記録は廃棄されています。")
    if category is not None and category not in wp.retention["categories"]:
        raise PiaError("分類を選び直してください。")
    if years is not None and not 1 <= years <= retention.MOST:
        raise PiaError(f"保存年限は1年から{retention.MOST}年までです。")
    if not reason.strip():
        raise PiaError("変える理由を入力してください。")
    no_personal(reason, "理由")
    new = {
        "category": category if category != before.category else None,
        "years": years if years != before.years else None,
        "historic": historic if historic != before.historic else None,
    }
    if all(value is None for value in new.values()):
        raise PiaError("変わるところがありません。")
    with wp.store.begin() as session:
        session.add(records.RecordNote(record=record, **new, reason=reason.strip(), **acted(by)))
        session.flush()
        old = {"category": before.category, "years": before.years, "historic": before.historic}
        log.entry(session, by, "records.keep", record, {"before": old, "after": new})


# ---- 廃棄


def due(wp: Workplace, today: date) -> list[Kept]:
    """廃棄予定一覧: records whose years are over and that were not destroyed, also those that stay
    (歴史公文書) or are held (開示請求), which say so."""
    xes = []
    for x in listed(wp, today):
        if x.over(today) and not x.gone:
            xes.append(x)
    return xes


def dispose(
    wp: Workplace, by: By, chosen: Sequence[str], number: str, decided: date, reason: str
) -> int:
    """Destroys the texts of records whose years are over, after 廃棄の決裁.

    All or none: Refused, with why, when one of them may not go. Returns the number of the
    廃棄簿's entry.
    """
    if not number.strip():
        raise PiaError("廃棄の決裁の文書番号を入力してください。")
    if decided > by.day:
        raise PiaError("決裁日がまだ来ていません。日付を確かめてください。")
    if not chosen:
        raise PiaError("廃棄する記録を1つ以上選んでください。")
    no_personal(reason, "備考")
    with wp.store.begin() as session:
        wanted = _disposable(session, wp, by, chosen, decided)
        names = [kept.record for kept in wanted]
        taken = destroying.take(session, names, _gone(session))
        lines = []
        for kept in wanted:
            lines.append(_line(session, by, kept, number.strip(), decided, taken[kept.record]))
        disposal = records.Disposal(
            document_number=number.strip(),
            decided=decided,
            reason=reason.strip(),
            listed=lines,
            **acted(by),
        )
        session.add(disposal)
        session.flush()
        for name, contents in taken.items():
            _destroy(session, by, disposal.id, name, contents)
        about = {"document_number": disposal.document_number, "records": names}
        log.entry(session, by, "records.dispose", str(disposal.id), about)
        log.anchor(session, by)
        return disposal.id


def _disposable(
    session: Session, wp: Workplace, by: By, chosen: Sequence[str], decided: date
) -> list[Kept]:
    """The chosen records as they are kept. Refused when one of them may not go."""
    by_name = {kept.record: kept for kept in _kept(session, wp, by.day)}
    wanted = [by_name[name] for name in dict.fromkeys(chosen) if name in by_name]
    wrong = _may_not(wanted, by.day, decided)
    if wrong or len(wanted) != len(set(chosen)):
        raise Refused("廃棄できない記録が含まれています。", tuple(wrong))
    return wanted


def _destroy(session: Session, by: By, disposal: int, record: str, taken: destroying.Taken) -> None:
    """Empties what a record takes along, on record by its digests."""
    if not taken.contents and not taken.files:
        return
    nodes.emptied(session, taken.contents, taken.files)
    made = records.Destruction(
        disposal_id=disposal,
        record=record,
        contents=list(taken.contents),
        files=list(taken.files),
        **acted(by),
    )
    session.add(made)
    session.flush()


def _may_not(wanted: Sequence[Kept], today: date, decided: date) -> list[str]:
    out = []
    for x in wanted:
        if x.gone:
            out.append(f"{x.title}：廃棄されています")
        elif x.historic:
            out.append(f"{x.title}：歴史公文書です")
        elif x.held:
            out.append(f"{x.title}：開示請求（{'・'.join(x.held)}）の間は廃棄できません")
        elif x.needed:
            out.append(f"{x.title}：{x.needed}ため廃棄できません")
        elif not x.over(today):
            out.append(f"{x.title}：保存年限が満了していません")
        elif not x.erases:
            out.append(f"{x.title}：このソフトで消す文章がありません")
        elif x.expiry is not None and decided <= x.expiry:
            out.append(f"{x.title}：決裁日が満了日（{written(x.expiry)}）より後ではありません")
    return out


def _line(
    session: Session, by: By, x: Kept, number: str, decided: date, taken: destroying.Taken
) -> dict[str, Any]:
    """Erases the texts of a record's rows; its line of the 廃棄簿."""
    count = 0
    for row in _rows(session, x.record):
        left = []
        for text in store.texts_of(type(row)):
            if not records.is_erased(row, text):
                left.append(text)
        if left:
            store.erase(session, by, row, left, number, "保存年限の満了による廃棄", decided)
            count += len(left)
    return {
        "record": x.record,
        "kind": x.kind_name,
        "title": x.title,
        "category": x.category_name,
        "start": x.start.isoformat() if x.start else "",
        "years": x.years,
        "expiry": x.expiry.isoformat() if x.expiry else "",
        "erased": count,
        "versions": taken.versions,
        "files": len(taken.files),
        "left": taken.left,
    }


def _rows(session: Session, record: str) -> list[Base]:
    """The rows whose texts a record is."""
    kind, _, key = record.partition(":")
    if kind == "opinion":
        return _of_opinion(session, int(key))
    if kind == "referral":
        return _of_referral(session, int(key))
    return []


def said_in(session: Session, record: str) -> list[Base]:
    """The rows whose texts people wrote in a record, or in what it is about: of a sitting all that
    was said of the cases on its agenda, of a consultation every opinion."""
    kind, _, key = record.partition(":")
    if kind in ("sitting", "minutes"):
        agenda = session.get_one(council.Sitting, int(key)).agenda
        cases = sorted({int(entry["referral"]) for entry in agenda if entry.get("referral")})
        rows = []
        for case in cases:
            for row in _of_referral(session, case):
                rows.append(row)
        return rows
    if kind == "consultation":
        of = select(consultation.Opinion.id).where(consultation.Opinion.consultation_id == int(key))
        waiting = select(consultation.Inbox).where(
            consultation.Inbox.consultation_id == int(key),
            consultation.Inbox.opinion_id.is_(None),
        )
        numbers = session.scalars(of.order_by(consultation.Opinion.number)).all()
        taken = []
        for number in numbers:
            for row in _of_opinion(session, number):
                taken.append(row)
        return [*taken, *session.scalars(waiting.order_by(consultation.Inbox.id))]
    return _rows(session, record)


def _of_opinion(session: Session, number: int) -> list[Base]:
    out: list[Base] = [session.get_one(consultation.Opinion, number)]
    inbox = select(consultation.Inbox).where(consultation.Inbox.opinion_id == number)
    replies = select(consultation.Response).where(consultation.Response.opinion_id == number)
    sender = session.get(consultation.OpinionSender, number)
    out += [*session.scalars(inbox), *session.scalars(replies)]
    if sender is not None:
        return [*out, sender]
    return out


def _of_referral(session: Session, number: int) -> list[Base]:
    said = list(session.scalars(select(council.Remark).where(council.Remark.referral_id == number)))
    of = select(council.Answer).where(council.Answer.remark_id.in_([x.id for x in said]))
    proposed = select(council.Proposal).where(council.Proposal.referral_id == number)
    decided = select(council.Verdict).where(council.Verdict.referral_id == number)
    return [*said, *session.scalars(of), *session.scalars(proposed), *session.scalars(decided)]


def disposals(wp: Workplace) -> list[records.Disposal]:
    """廃棄簿, newest first. It stays."""
    with wp.store.read() as session:
        return list(session.scalars(select(records.Disposal).order_by(records.Disposal.id.desc())))


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
    found = list(reversed(disposals(wp)))
    days = timedelta(days=int(wp.retention["backup_days"]))
    with wp.store.read() as session:
        people = {one.actor: shown_name(session, one.actor) for one in found}
    for one in found:
        for line in one.listed:
            run = []
            for name in ("start", "expiry"):
                run.append(_words(line[name]))
            out.append(
                (
                    one.document_number,
                    written(one.decided),
                    people[one.actor],
                    line["kind"],
                    line["title"],
                    line["category"],
                    run[0],
                    f"{line['years']}年",
                    run[1],
                    str(line["erased"]),
                    one.reason,
                    str(line.get("versions", 0)),
                    str(line.get("files", 0)),
                    str(line.get("left", "")),
                    written(day_in_japan(one.at) + days),
                )
            )
    return out


def _words(day: str) -> str:
    if day:
        return written(date.fromisoformat(day))
    return ""


LIST = ("満了日", "種類", "記録", "分類", "完結した日", "起算日", "保存年限", "取扱い")


def sheet(found: Sequence[Kept]) -> list[tuple[str, ...]]:
    """The lines of a list of records as they are printed, with `LIST` as its head."""
    rows: list[tuple[str, ...]] = []
    for x in found:
        rows.append(
            (
                written(x.expiry) if x.expiry else "",
                x.kind_name,
                x.title,
                x.category_name,
                written(x.ended) if x.ended else "続いています",
                written(x.start) if x.start else "",
                f"{x.years}年" if x.years else "未定",
                treatment(x),
            )
        )
    return rows


def treatment(x: Kept) -> str:
    """What is to be done with a record, in words."""
    if x.gone:
        said = [f"廃棄済み（{x.gone}）"]
    else:
        said = []
    if x.historic:
        said += ["歴史公文書"]
    else:
        said += []
    if x.needed and not x.gone:
        said += [f"保留（{x.needed}）"]
    else:
        said += []
    if x.held:
        said += [f"開示請求中（{'・'.join(x.held)}）"]
    else:
        said += []
    return "・".join(said)
