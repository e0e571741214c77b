"""What left the house for a sitting, as its page and its papers show it; and the record of a desk
that is to leave.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import in_japan
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...store import queries
from ...store.rows import councils
from ...store.rows.carrying import DESK, CarriedSet
from ...store.rows.minutes import Speech
from ...store.rows.records import shown
from ..access.names import shown_name
from ..records import carrying_kinds, desk_records
from ..records import minutes as records
from ..records.desk_records import FORMAT, Record
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class ClashView:
    """What both sides changed: where, what the house has, what came back, and what was decided
    (empty while nothing is)."""

    place: int
    about: str
    mine: str
    theirs: str
    decided: str


@dataclass(frozen=True, slots=True)
class CarriedView:
    """One thing that left the house, in words; `taken`: how many speeches came back with it."""

    id: int
    number: int
    kind: str
    called: str
    holder: str
    purpose: str
    place: str
    until: date
    made: datetime
    made_by: str
    handed: date | None
    handed_by: str
    ended: date | None
    ended_by: str
    outcome: str
    note: str
    taken: int
    clashes: tuple[ClashView, ...]

    @property
    def open(self) -> bool:
        """Whether it is still out, or waits to be handed out."""
        return self.ended is None

    @property
    def undecided(self) -> int:
        """How much both sides changed and nobody has decided."""
        return sum(1 for clash in self.clashes if not clash.decided)


@dataclass(frozen=True, slots=True)
class CarryingView:
    """Everything that left the house for a sitting, and who may take a pack."""

    sitting: councils.Sitting
    sets: tuple[CarriedView, ...]
    members: tuple[tuple[int, str], ...]
    desk_out: bool


def carrying(wp: Workplace, number: int) -> CarryingView:
    """What left the house for a sitting. PiaError when there is none of that number."""
    with wp.store.read() as session:
        sitting = row_of(session, councils.Sitting, number, "会議")
        members = councils.in_office(session, sitting.council_id, sitting.day)
        sets = of_sitting(session, sitting)
        return CarryingView(
            sitting,
            sets,
            tuple((member.id, member.name) for member in members),
            any(each.kind == DESK and each.open for each in sets),
        )


def of_sitting(session: Session, sitting: councils.Sitting) -> tuple[CarriedView, ...]:
    """Everything that left the house for a sitting, by number."""
    rows = queries.carrying.of_sitting(session, sitting.id)
    return tuple(_view(session, sitting, row) for row in rows)


def _view(session: Session, sitting: councils.Sitting, row: CarriedSet) -> CarriedView:
    taken: Mapping[str, Mapping[str, int]] = row.facts.get("taken") or {}
    clashes = []
    for place, clash in enumerate(row.facts.get("clashes") or (), 1):
        clashes.append(_clash(session, sitting, place, clash))
    return CarriedView(
        row.id,
        row.number,
        row.kind,
        carrying_kinds.WORDS.get(row.kind, row.kind),
        row.holder,
        row.purpose,
        row.place,
        row.until,
        in_japan(row.at),
        shown_name(session, row.actor),
        row.handed,
        shown_name(session, row.handed_by) if row.handed_by else "",
        row.ended,
        shown_name(session, row.ended_by) if row.ended_by else "",
        carrying_kinds.OUTCOMES.get(row.outcome or "", ""),
        row.note,
        len(taken.get("speech") or {}),
        tuple(clashes),
    )


_FACTS = {"closes": "閉会の時刻", "observers": "傍聴者の数", "next": "次回の予定", "chair": "議長"}
SIDES = {"mine": "市役所の記録", "theirs": "持ち帰った記録"}


def _clash(
    session: Session, sitting: councils.Sitting, place: int, clash: Mapping[str, Any]
) -> ClashView:
    decided = SIDES.get(str(clash.get("decided") or ""), "")
    if clash["what"] == "speech":
        last = queries.minutes.last_edition(session, clash["speech"])
        theirs = session.get_one(Speech, clash["theirs"])
        mine = "" if last is None else _spoken(last)
        return ClashView(place, "発言", mine, _spoken(theirs), decided)
    if clash["what"] == "attendance":
        member = session.get_one(councils.Member, clash["member"])
        about = f"{member.name}さんの出席"
        return ClashView(place, about, _there(clash["mine"]), _there(clash["theirs"]), decided)
    if clash["what"] == "result":
        items = {item.mark: item.printed for item in records.items_of(sitting)}
        about = f"議題の結果　{items.get(clash['item'], '')}".strip()
        return ClashView(place, about, str(clash["mine"]), str(clash["theirs"]), decided)
    name = clash["name"]
    mine = _fact(session, name, clash["mine"])
    return ClashView(place, _FACTS[name], mine, _fact(session, name, clash["theirs"]), decided)


def _spoken(row: Speech) -> str:
    if row.gone:
        return "（取り除いた）"
    return f"{row.speaker}　{shown(row)}".strip()


def _there(said: Sequence[Any] | None) -> str:
    if not said:
        return "（記録なし）"
    if not said[0]:
        return "欠席"
    return f"出席（{str(said[1])[:5]}から）" if said[1] else "出席"


def _fact(session: Session, name: str, said: Any) -> str:
    if said in (None, ""):
        return "（記録なし）"
    if name == "chair":
        return session.get_one(councils.Member, said).name
    if name == "next":
        try:
            return written(date.fromisoformat(str(said)))
        except ValueError:
            return str(said)
    return str(said)[:5] if name == "closes" else f"{said}人"


def desk_out(wp: Workplace, number: int) -> CarriedView | None:
    """The desk of a sitting that is out of the house; None where none is."""
    with wp.store.read() as session:
        row = queries.carrying.desk_out(session, number)
        if row is None:
            return None
        return _view(session, session.get_one(councils.Sitting, number), row)


def row_id(wp: Workplace, sitting: int, number: int) -> int:
    """The row of what left the house under a number. PiaError when there is none."""
    with wp.store.read() as session:
        row = queries.carrying.numbered(session, sitting, number)
        if row is None:
            raise PiaError("その番号の持出しはありません。一覧から選び直してください。")
        return row.id


def desk_record(wp: Workplace, number: int, of: CarriedSet, reading: str) -> Record:
    """The record a desk leaves with. `reading`: what is looked at on the laptop, as one page."""
    with wp.store.read() as session:
        sitting = row_of(session, councils.Sitting, number, "会議")
        stands = desk_records.of_sitting(session, sitting)
        return {
            "format": FORMAT,
            "sitting": number,
            "number": of.number,
            "officer": of.holder,
            "base": stands,
            "now": stands,
            "around": desk_records.around(session, sitting),
            "reading": reading,
        }


def called(sitting: councils.Sitting, number: int, kind: str) -> str:
    """What a file is called by, also without its code."""
    words = carrying_kinds.WORDS[kind]
    return f"{words} 第{number}号　{sitting.name}（{written(sitting.day)}）"
