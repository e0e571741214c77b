"""Who did something, as what, and when: the argument every act takes instead of reading a session
or a clock.

Knows the one way from an instant to a day: days of the procedure are days in Japan. A day made in
any other way is wrong for nine hours of every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")


def in_japan(instant: datetime) -> datetime:
    """The instant as clocks in Japan show it. ValueError without a time zone: such an instant is no
    instant.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(JST)


def in_utc(instant: datetime) -> datetime:
    """The instant as it is written down for other programs."""
    return in_japan(instant).astimezone(UTC)


def day_in_japan(instant: datetime) -> date:
    """The day of an instant in Japan: what every date of the procedure means."""
    return in_japan(instant).date()


def day_of_text(text: str) -> date:
    """The day an ISO text says: of a day (2026-03-01) as it stands, of an instant (with its offset)
    in Japan. ValueError for anything else.
    """
    if "T" not in text and " " not in text:
        return date.fromisoformat(text)
    return day_in_japan(datetime.fromisoformat(text))


@dataclass(frozen=True, slots=True)
class By:
    """An actor (sign-in name), the role they acted in, and the instant, which must carry its
    offset. `request` is the key of the POST that asked for it: an act with a known key is not done
    again. `copy` tells apart several copies of that POST.
    """

    actor: str
    role: str
    at: datetime
    request: str = ""
    copy: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("By.at needs a time zone")

    @property
    def day(self) -> date:
        """The day in Japan: what dates of the procedure mean."""
        return day_in_japan(self.at)
