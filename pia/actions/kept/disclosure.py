"""開示請求 of a round or a sitting: registered, the records held of it listed, and held from 廃棄
until it is decided; request and decision put right where they were typed wrongly.

Knows which records are about what is asked for. Must not know pages. Which of them are disclosed is
the city's decision under its 情報公開条例 (未確認); here it is only put on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ...domain.errors import PiaError
from ...domain.wareki import written
from ...store import queries
from ...store.rows import records
from ..access.names import shown_name
from ..workplace import Workplace
from . import recorded, retention

OUTCOMES = ("全部開示", "一部開示", "不開示", "不存在", "取下げ")


@dataclass(frozen=True, slots=True)
class DisclosureRequest:
    """A 開示請求 as it stands now, with what it is about in words, and how it ended (None while it
    is open).
    """

    one: records.DisclosureNow
    about: str
    end: records.DisclosureEndNow | None


@dataclass(frozen=True, slots=True)
class DisclosureCorrected:
    """A correction as people read it: what was put right, field by field (name, before, after),
    why, by whom and when."""

    part: str
    fields: tuple[tuple[str, str, str], ...]
    reason: str
    actor: str
    at: datetime


PARTS: Mapping[str, str] = {"request": "開示請求", "decision": "決定"}
FIELDS: Mapping[str, str] = {
    "number": "受付番号",
    "received": "受け付けた日",
    "asked": "求められている内容",
    "subject": "何について",
    "outcome": "決定の区分",
    "document_number": "決定の文書番号",
    "decided": "決定日",
    "note": "備考",
}


def subjects(wp: Workplace) -> dict[str, str]:
    """What can be asked for: rounds and sittings, sign → words."""
    with wp.store.read() as session:
        out = {}
        for x in recorded.rounds_of(session):
            out[recorded.sign_of(x)] = recorded.title_of(x)
        for sitting in queries.sittings.in_order(session):
            out[f"sitting:{sitting.id}"] = f"会議　{sitting.name}"
        return out


def listed(wp: Workplace) -> list[DisclosureRequest]:
    """Every 開示請求, newest first."""
    words = subjects(wp)
    with wp.store.read() as session:
        asked_now = []
        for row in queries.records.disclosures_newest_first(session):
            asked_now.append((records.asked(session, row), records.decided(session, row)))
        requests = []
        for x, end in asked_now:
            if x:
                requests.append(DisclosureRequest(x, words.get(x.subject, x.subject), end))
        return requests


def one(wp: Workplace, number: int) -> DisclosureRequest:
    """One 開示請求. PiaError when there is none."""
    with wp.store.read() as session:
        request = records.asked(session, number)
        end = records.decided(session, number)
    if request is None:
        raise PiaError("その開示請求はありません。一覧から選び直してください。")
    return DisclosureRequest(request, subjects(wp).get(request.subject, request.subject), end)


def held(wp: Workplace, request: DisclosureRequest, today: date) -> Sequence[retention.Kept]:
    """Every record the house holds of what is asked for."""
    subject = request.one.subject
    records_held = []
    for x in retention.listed(wp, today):
        if retention.concerns(x, subject):
            records_held.append(x)
    return records_held


# ---- put right


def corrections(wp: Workplace, disclosure: int) -> list[DisclosureCorrected]:
    """What was put right of a 開示請求 and its decision, oldest first."""
    about = subjects(wp)

    def words(name: str, value: str) -> str:
        if name in ("received", "decided"):
            return written(date.fromisoformat(value))
        if name == "subject":
            return about.get(value, value)
        return value

    with wp.store.read() as session:
        correcteds = []
        for x in records.corrections(session, disclosure):
            correcteds.append(
                DisclosureCorrected(
                    PARTS[x.part],
                    tuple(
                        (FIELDS[name], words(name, x.before[name]), words(name, x.after[name]))
                        for name in x.after
                    ),
                    x.reason,
                    shown_name(session, x.actor),
                    x.at,
                )
            )
        return correcteds
