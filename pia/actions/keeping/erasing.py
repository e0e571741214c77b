"""Erasing what somebody wrote, by a decision of the city: the text, its copy in the inbox, who sent
it, and drafts nobody saved that repeat it; and what the backups still hold of it.

Knows which texts belong together. Must not know pages. What stays: the row, the words that stand in
the place of the text, and the act with its reason. Serves the city's care for what residents write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import By, day_in_japan
from ...domain.errors import PiaError
from ...domain.text import personal
from ...store import queries
from ...store.ledger import log
from ...store.model import Base
from ...store.rows import consultations, records
from ...store.rows import erasing as store
from ...store.rows.unsaved import Unsaved
from ..kept import retention
from ..records import personal as personal_words
from ..workplace import Workplace


@dataclass(frozen=True, slots=True)
class ErasableText:
    """One row whose texts can be erased. `texts`: what it says now, with every find covered unless
    somebody looked; `along`: what goes with it, in words; `erased`: the words in their place."""

    name: str
    where: str
    texts: tuple[str, ...]
    flags: tuple[personal_words.Flag, ...]
    along: tuple[str, ...]
    erased: tuple[str, ...]
    backups: str

    @property
    def gone(self) -> bool:
        """Whether nothing of it is left."""
        return not self.texts


def row_of(session: Session, name: str) -> Any:
    """The row of "opinion-3". PiaError when there is none, or none that can be erased."""
    table, _, key = name.partition("-")
    kind = personal_words.KINDS.get(table)
    if key.isascii() and key.isdigit() and len(key) < 10:
        number = int(key)
    else:
        number = 0
    if kind is not None:
        row = session.get(kind[0], number)
    else:
        row = None
    if row is None:
        raise PiaError("その文章はありません。一覧から選び直してください。")
    return row


def _left(row: Any) -> list[str]:
    """The texts of a row that stand there still."""
    texts = store.texts_of(type(row))
    names = []
    for text in texts:
        if not records.is_erased(row, text) and getattr(row, text):
            names.append(text)
    return names


def _together(session: Session, row: Base) -> list[tuple[Base, str]]:
    """Rows that say the same, or who said it, with what they are called: they go with it."""
    if not isinstance(row, consultations.Opinion):
        return []
    out: list[tuple[Base, str]] = []
    for point in queries.opinions.points_of(session, [row.id]):
        out.append((point, f"分けた意見{point.number}"))
    if row.letter_id is not None:
        letter = session.get_one(consultations.Opinion, row.letter_id)
        out += [(letter, f"分ける前の意見{letter.number}"), *_together_with(session, letter)]
    return [(also, words) for also, words in [*out, *_together_with(session, row)] if _left(also)]


def _together_with(session: Session, row: consultations.Opinion) -> list[tuple[Base, str]]:
    """The copies of an opinion in the inbox, and who sent it."""
    out: list[tuple[Base, str]] = []
    for copy in queries.opinions.inbox_of(session, row.id):
        out.append((copy, f"受付待ちの写し（{copy.receipt}）"))
    sender = session.get(consultations.OpinionSender, row.id)
    if sender is not None:
        out.append((sender, "差出人の氏名・住所"))
    return out


def view(wp: Workplace, name: str, today: date) -> ErasableText:
    """One text as the page of its erasing shows it, with every find covered."""
    with wp.store.read() as session:
        row = row_of(session, name)
        _, texts, words = personal_words.KINDS[row.__tablename__]
        gone = records.erasures(session, records.place_of(row))
        return ErasableText(
            name,
            words + personal_words.called(session, row),
            tuple(personal.blackened(getattr(row, text)) for text in texts if getattr(row, text)),
            tuple(personal_words.of_row(session, row)),
            tuple(words for _, words in _together(session, row)),
            tuple(map(records.tombstone, gone)),
            _backups(wp, row, gone[-1] if gone else None, today),
        )


@dataclass(frozen=True, slots=True)
class Named:
    """A text of a record that can be erased: its name in addresses, where it stands, whether it is
    gone."""

    name: str
    where: str
    gone: bool


def of_record(wp: Workplace, record: str) -> list[Named]:
    """Every text of a record that can be erased by itself, in order; what goes along with another
    (the copy in the inbox, the sender) stands with that."""
    out = []
    with wp.store.read() as session:
        for row in retention.said_in(session, record):
            known = personal_words.KINDS.get(row.__tablename__)
            copy = isinstance(row, consultations.Inbox) and row.opinion_id is not None
            if known is None or copy:
                continue
            if _left(row) or records.is_erased(row, known[1][0]):
                name = records.place_of(row).replace(" ", "-")
                where = f"{known[2]}{personal_words.called(session, row)}"
                out.append(Named(name, where, not _left(row)))
    return out


def look(wp: Workplace, by: By, name: str) -> tuple[str, ...]:
    """The texts of a row to the letter. That somebody looked is on record."""
    with wp.store.begin() as session:
        row = row_of(session, name)
        _, texts, _ = personal_words.KINDS[row.__tablename__]
        log.entry(session, by, "personal.read", records.place_of(row))
        words = []
        for text in texts:
            if getattr(row, text):
                words.append(getattr(row, text))
        return tuple(words)


def backup_days(wp: Workplace) -> int:
    """How many days a backup is kept, by the city's table."""
    return int(wp.retention["backup_days"])


def _written_on(row: Any) -> date:
    received = getattr(row, "received", None)
    if isinstance(received, date):
        return received
    return day_in_japan(row.at)


def _backups(wp: Workplace, row: Any, gone: records.Erasure | None, today: date) -> str:
    """Which days' backups hold a text that was erased, and until when; empty before."""
    if gone is None:
        return ""
    from ...domain.wareki import written

    days = timedelta(days=backup_days(wp))
    last = day_in_japan(gone.at)
    first = max(_written_on(row), last - days)
    until = last + days
    if until < today:
        return (
            f"バックアップの決まり（{days.days}日）では、{written(until)}までに全て消えています。"
        )
    return (
        f"{written(first)}から{written(last)}までのバックアップには、消した文章が残っています。"
        f"バックアップの決まり（{days.days}日）により、{written(until)}までに消えます。"
    )


def erase(
    wp: Workplace, by: By, name: str, number: str, decided: date | None, reason: str
) -> list[str]:
    """Erases a text with its copies, its sender and drafts that repeat it. PiaError without a
    document number or a day of decision, without a reason, or when the reason says what must go.
    Returns what was erased, in words."""
    _check(by, number, decided, reason)
    with wp.store.begin() as session:
        row = row_of(session, name)
        if not _left(row):
            raise PiaError("この文章は、もう消されています。")
        words = personal_words.KINDS[row.__tablename__][2] + personal_words.called(session, row)
        drafts = _drafts(session, row)
        out = [words]
        for erasable, rows in [*_together(session, row), (row, "")]:
            store.erase(
                session, by, erasable, _left(erasable), number.strip(), reason.strip(), decided
            )
            if rows:
                out += [rows]
            else:
                out += []
        for draft in drafts:
            session.delete(draft)
        if drafts:
            log.entry(session, by, "unsaved.erase", records.place_of(row), {"count": len(drafts)})
            out.append(f"保存していない書きかけ{len(drafts)}件")
    return out


def _check(by: By, number: str, decided: date | None, reason: str) -> None:
    if not number.strip() and decided is None:
        raise PiaError("文書番号か決裁日のどちらかを入力してください。")
    if decided is not None and decided > by.day:
        raise PiaError("決裁日がまだ来ていません。日付を確かめてください。")
    if not reason.strip():
        raise PiaError("消す理由を入力してください。")
    if personal.found(reason) or personal.found(number):
        raise PiaError("理由に、電話番号・メールアドレス・個人番号を書かないでください。")


def _drafts(session: Session, row: Any) -> list[Unsaved]:
    """What people are writing and have not saved that repeats the text, or a find of it."""
    wanted: set[str] = set()
    for text in _left(row):
        whole = getattr(row, text)
        wanted |= {
            whole,
            *(
                whole[personal_part.start : personal_part.end]
                for personal_part in personal.found(whole)
            ),
        }
    drafts = []
    for draft in queries.unsaved.all_unsaved(session):
        words = "\n".join(str(value) for values in draft.fields.values() for value in values)
        if any(word in words for word in wanted):
            drafts.append(draft)
    return drafts


def erased(wp: Workplace, today: date) -> Sequence[tuple[str, records.Erasure, date, bool]]:
    """(place in words, erasure, the last day a backup holds it, whether that day is over), newest
    first."""
    days = timedelta(days=backup_days(wp))
    with wp.store.read() as session:
        erasures = queries.records.erasures_newest_first(session)
        out = []
        for erasure in erasures:
            until = day_in_japan(erasure.at) + days
            out.append((_called(erasure.place), erasure, until, until < today))
        return out


CALLED = {name: words for name, (_, _, words) in personal_words.KINDS.items()}
CALLED |= {"opinion_sender": "差出人の氏名・住所"}


def _called(place: str) -> str:
    table, _, key = place.partition(" ")
    return f"{CALLED.get(table, table)}　記録番号{key}"
