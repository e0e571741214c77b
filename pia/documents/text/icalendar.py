"""A calendar as a file other programs read (iCalendar, RFC 5545): days without hours, so that no
time zone is needed. Equal input gives equal bytes.

Knows lines of at most 75 bytes, folded, and what has to be escaped. Must not know where the days
come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from ...domain.act import in_utc

MIME = "text/calendar; charset=utf-8"
_LONGEST = 75  # bytes of a line, without its end


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A day, or the days up to `last`. `key` names it for ever: the same key is the same event in
    every file. `fixed`: it is settled, else it may still move."""

    key: str
    first: date
    summary: str
    description: str = ""
    last: date | None = None
    fixed: bool = False


def write(name: str, entries: Iterable[CalendarEntry], at: datetime) -> bytes:
    """A calendar of this name with its entries, as it stood at an instant."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//pia//pia calendar//JA",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(name)}",
    ]
    stamp = f"{in_utc(at):%Y%m%dT%H%M%SZ}"
    for entry in entries:
        lines += _event(entry, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _event(entry: CalendarEntry, stamp: str) -> list[str]:
    after = (entry.last or entry.first) + timedelta(days=1)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{sha256(entry.key.encode()).hexdigest()[:32]}@pia.invalid",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{entry.first:%Y%m%d}",
        f"DTEND;VALUE=DATE:{after:%Y%m%d}",
        f"SUMMARY:{_escaped(entry.summary)}",
    ]
    if entry.description:
        lines.append(f"DESCRIPTION:{_escaped(entry.description)}")
    lines += [
        f"STATUS:{'CONFIRMED' if entry.fixed else 'TENTATIVE'}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]
    return lines


def _escaped(text: str) -> str:
    """A text as a value: line feeds as \\n, and no letter that ends a value."""
    for letter in ("\\", ";", ","):
        text = text.replace(letter, f"\\{letter}")
    shown = "".join(letter for letter in text if letter == "\n" or letter.isprintable())
    return shown.replace("\n", "\\n")


def _folded(line: str) -> str:
    """A line cut after at most 75 bytes, never inside a letter; what goes on begins with a
    space."""
    parts = []
    part = ""
    for letter in line:
        if len((part + letter).encode()) > _LONGEST:
            parts.append(part)
            part = " "
        part += letter
    return "\r\n".join((*parts, part))
