"""The agenda of a sitting as those see it who sit there: its items, each whole whether it is a
referral or not, and what is discussed now.

Reads only. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ...domain.errors import PiaError
from ...domain.minutes.agenda import AgendaItem
from ...store import queries
from ...store.rows import councils as rows
from ..access import given
from ..access.person import Person
from ..records import closing
from ..records import minutes as records
from ..workplace import Workplace, row_of
from .minutes import now_words


@dataclass(frozen=True, slots=True)
class Following:
    """What a page shows of a sitting it follows: which item and card are discussed now, and that in
    words, empty before the first."""

    sitting: int
    item: str
    referral: int | None
    card: int | None
    words: str


@dataclass(frozen=True, slots=True)
class AgendaView:
    """The agenda of a sitting; `now`: what is discussed, None once it is over."""

    sitting: rows.Sitting
    items: tuple[AgendaItem, ...]
    now: Following | None

    def item(self, mark: str) -> AgendaItem:
        """The item of a mark. PiaError when there is none."""
        for item in self.items:
            if item.mark == mark:
                return item
        raise PiaError("その議題はありません。一覧から選び直してください。")

    def beside(self, mark: str) -> tuple[AgendaItem | None, AgendaItem | None]:
        """(the item before, the item after) one."""
        place = self.items.index(self.item(mark))
        before = self.items[place - 1] if place else None
        after = self.items[place + 1] if place + 1 < len(self.items) else None
        return before, after


def agenda(wp: Workplace, number: int, today: date) -> AgendaView:
    """The agenda of a sitting. PiaError when there is none of that number."""
    with wp.store.read() as session:
        return agenda_of(row_of(session, rows.Sitting, number, "会議"), today)


def agenda_of(sitting: rows.Sitting, today: date) -> AgendaView:
    """The agenda of a sitting that was read."""
    return AgendaView(sitting, records.items_of(sitting), _following(sitting, today))


def _following(sitting: rows.Sitting, today: date) -> Following | None:
    if closing.over(sitting, today):
        return None
    now = sitting.facts.get("now") or {}
    return Following(
        sitting.id,
        str(now.get("item") or ""),
        now.get("referral"),
        now.get("card"),
        now_words(sitting),
    )


def before_them(wp: Workplace, who: Person, today: date) -> tuple[AgendaView, ...]:
    """The agendas of the sittings somebody sits in that are not over, the next first."""
    with wp.store.read() as session:
        mine = given.given(session, who, today).sittings
        if not mine:
            return ()
        sittings = queries.sittings.open_among(session, mine, today)
        return tuple(agenda_of(sitting, today) for sitting in sittings)


def of_referral(wp: Workplace, who: Person, referral: int, today: date) -> Following | None:
    """What is discussed now in the sitting that has a referral on its agenda: a tablet's own, else
    the next that is not over; None where there is none."""
    with wp.store.read() as session:
        found = _sittings(session, who, referral, today)
        return _following(found[0], today) if found else None


def _sittings(session: Session, who: Person, referral: int, today: date) -> Sequence[rows.Sitting]:
    if who.sitting is not None:
        return [session.get_one(rows.Sitting, who.sitting)]
    held = closing.sittings_of(session, session.get_one(rows.Referral, referral))
    return [sitting for sitting in held if not closing.over(sitting, today)]
