"""開示請求 of a round or a sitting: registered, the records held of it listed, and held from 廃棄
until it is decided.

Knows which records are about what is asked for. Must not know pages. Which of them are disclosed is
the city's decision under its 情報公開条例 (未確認); here it is only put on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from ..domain import personal
from ..domain.act import By
from ..domain.errors import PiaError
from ..store import council, log, records
from ..store.assessments import Assessment, Round
from ..store.base import acted
from ..store.bodies import Affair
from . import keeping
from .workplace import Workplace

OUTCOMES = ("全部開示", "一部開示", "不開示", "不存在", "取下げ")


@dataclass(frozen=True, slots=True)
class Request:
    """A 開示請求 with what it is about in words, and how it ended (None while it is open)."""

    one: records.Disclosure
    about: str
    end: records.DisclosureEnd | None


def subjects(wp: Workplace) -> dict[str, str]:
    """What can be asked for: rounds and sittings, sign → words."""
    with wp.store.read() as s:
        of = select(Round.name, Assessment.key, Affair.name)
        of = of.join(Assessment, Assessment.id == Round.assessment_id)
        of = of.join(Affair, Affair.id == Assessment.affair_id).order_by(Round.id)
        out = {f"round:{k}~{name}": f"{affair}　{k}~{name}" for name, k, affair in s.execute(of)}
        for one in s.scalars(select(council.Sitting).order_by(council.Sitting.id)):
            out[f"sitting:{one.id}"] = f"会議　{one.name}"
        return out


def listed(wp: Workplace) -> list[Request]:
    """Every 開示請求, newest first."""
    words = subjects(wp)
    with wp.store.read() as s:
        found = s.scalars(select(records.Disclosure).order_by(records.Disclosure.id.desc())).all()
        return [
            Request(x, words.get(x.subject, x.subject), s.get(records.DisclosureEnd, x.id))
            for x in found
        ]


def one(wp: Workplace, number: int) -> Request:
    """One 開示請求. PiaError when there is none."""
    found = next((x for x in listed(wp) if x.one.id == number), None)
    if found is None:
        raise PiaError("その開示請求はありません。一覧から選び直してください。")
    return found


def held(wp: Workplace, request: Request, today: date) -> Sequence[keeping.Kept]:
    """Every record the house holds of what is asked for."""
    subject = request.one.subject
    return [x for x in keeping.listed(wp, today) if subject in (x.record, *x.about)]


def register(
    wp: Workplace, by: By, number: str, received: date, asked: str, subject: str
) -> int:
    """Registers a 開示請求 and holds its records from 廃棄. Returns its number in the list."""
    if received > by.day:
        raise PiaError("受け付けた日がまだ来ていません。日付を確かめてください。")
    if subject not in subjects(wp):
        raise PiaError("何についての請求かを選んでください。")
    if not number.strip() or not asked.strip():
        raise PiaError("受付番号と、求められている内容を入力してください。")
    if personal.found(asked):
        raise PiaError("求められている内容に、電話番号・メールアドレス・個人番号を書かないでください。")
    with wp.store.begin() as s:
        known = select(records.Disclosure.id).where(records.Disclosure.number == number.strip())
        if s.scalar(known.limit(1)) is not None:
            raise PiaError(f"受付番号「{number.strip()}」の開示請求は、もう登録されています。")
        made = records.Disclosure(
            number=number.strip(),
            received=received,
            asked=asked.strip(),
            subject=subject,
            **acted(by),
        )
        s.add(made)
        s.flush()
        about = {"number": made.number, "subject": subject}
        log.entry(s, by, "disclosure.register", str(made.id), about)
        return made.id


def decide(
    wp: Workplace, by: By, number: int, outcome: str, document: str, decided: date, note: str
) -> None:
    """Puts the decision on record; its records are no longer held. PiaError when it was decided."""
    if outcome not in OUTCOMES:
        raise PiaError("決定の区分を選んでください。")
    if not document.strip():
        raise PiaError("決定の文書番号を入力してください。")
    request = one(wp, number)
    if decided > by.day or decided < request.one.received:
        raise PiaError("決定日は、受け付けた日から今日までの日付です。")
    if personal.found(note):
        raise PiaError("備考に、電話番号・メールアドレス・個人番号を書かないでください。")
    with wp.store.begin() as s:
        if s.get(records.DisclosureEnd, number) is not None:
            raise PiaError("この開示請求は、もう決定されています。")
        made = records.DisclosureEnd(
            disclosure_id=number,
            outcome=outcome,
            document_number=document.strip(),
            decided=decided,
            note=note.strip(),
            **acted(by),
        )
        s.add(made)
        s.flush()
        log.entry(s, by, "disclosure.decide", str(number), {"outcome": outcome})
