"""Who is asking: a person with an account, a tablet of a sitting, or nobody.

Knows what is remembered of a signed-in session. Must not know how anybody signs in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking.

    `name` goes into records, `shown` onto pages; a tablet has its number, the sitting it is for,
    and a member once the office gave it their name plate. `renew`: somebody else typed their
    password; `way`: how they came in ("", "directory", "elsewhere", "server"); `told`: what a
    tablet is told on every page since its plate went.
    """

    name: str
    shown: str
    role: str
    department_id: int | None = None
    department: str = ""
    session: int | None = None
    sitting: int | None = None
    member: int | None = None
    device: int | None = None
    second: bool = False
    password: bool = True
    proved: datetime | None = None
    renew: bool = False
    way: str = ""
    told: str = ""

    @property
    def signed_in(self) -> bool:
        """Whether this is somebody with an account or a tablet."""
        return self.role != "anonymous"


NOBODY = Person("", "", "anonymous")
