"""Who did something, as what, and when: the argument every act takes instead of reading a session or a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")


@dataclass(frozen=True, slots=True)
class By:
    """An actor (sign-in name), the role they acted in, and the instant, which must carry its offset. `request` is the key of the POST that asked for it:
    an act with a known key is not done again. `copy` tells apart several copies of that POST."""

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
        return self.at.astimezone(JST).date()
