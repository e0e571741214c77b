"""The agenda of a sitting as minutes print it: items with their kinds, numbers and headings
(様式第2号 6 議題).

Knows an item as it is kept (a mapping) and as it is printed. Must not know referrals' contents nor
how a sitting is kept. An item from before items had marks of their own is known by its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .spoken import CLOSING, OPENING

KINDS = ("議案", "報告", "その他")
HEADINGS = {OPENING: "１　開会", CLOSING: "３　その他"}
MIDDLE = "２　議題"


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """An item of an agenda. `mark`: its own sign within the sitting, which stays when the order
    changes; `kind`: one of KINDS or empty; `number`: as printed; `called`: how it is spoken of
    where that differs (議案第1号); `presenters`: who explains it, a line each (printed name
    person); `materials`: a line each; `result`: what came of it."""

    mark: str
    kind: str
    number: str
    title: str
    referral: int | None
    public: bool
    reason: str
    called: str = ""
    presenters: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    result: str = ""

    @property
    def heading(self) -> str:
        """How the item heads its speeches."""
        return f"{self.called or self.number}　{self.title}".strip()

    @property
    def printed(self) -> str:
        """The item as a line of the agenda."""
        return f"{self.number}　{self.title}".strip()


def items(agenda: Iterable[Mapping[str, Any]], public: bool = True) -> tuple[AgendaItem, ...]:
    """The items of an agenda as it is kept, in order; `public`: what holds where an item says
    nothing."""
    read = []
    for place, entry in enumerate(agenda, 1):
        read.append(_item(entry, str(entry.get("mark") or place), public))
    return tuple(read)


def _item(entry: Mapping[str, Any], mark: str, public: bool) -> AgendaItem:
    referral = entry.get("referral")
    return AgendaItem(
        mark=mark,
        kind=str(entry.get("kind") or ""),
        number=str(entry.get("number") or ""),
        title=str(entry.get("title") or ""),
        referral=int(referral) if referral else None,
        public=bool(entry.get("public", public)),
        reason=str(entry.get("reason") or ""),
        called=str(entry.get("called") or ""),
        presenters=tuple(entry.get("presenters") or ()),
        materials=tuple(entry.get("materials") or ()),
        result=str(entry.get("result") or ""),
    )


def with_marks(agenda: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of an agenda as it is kept, each with the mark it is known by."""
    return [
        {**line, "mark": str(line.get("mark") or place)} for place, line in enumerate(agenda, 1)
    ]


def marked(
    lines: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """The lines of an agenda, each with a mark: those that had one keep it, new ones get one that
    no item of the sitting had."""
    used = {item.mark for item in items(before)} | {str(line.get("mark") or "") for line in lines}
    numbers = [int(mark) for mark in used if mark.isdecimal()]
    last = max(numbers, default=0)
    out = []
    for line in lines:
        mark = str(line.get("mark") or "")
        if not mark:
            last += 1
            mark = str(last)
        out.append({**line, "mark": mark})
    return out


def order(agenda: Sequence[AgendaItem]) -> tuple[str, ...]:
    """The marks of the sections of minutes, in order: opening, the items, closing."""
    return (OPENING, *(item.mark for item in agenda), CLOSING)


def printed(agenda: Sequence[AgendaItem]) -> str:
    """The agenda as the form prints it: kinds in brackets over their items."""
    lines = []
    kind = ""
    for item in agenda:
        if item.kind != kind:
            kind = item.kind
            if kind:
                lines.append(f"【{kind}】")
        lines.append(item.printed)
    return "\n".join(lines)
