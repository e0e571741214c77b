"""Wrong tries to sign in: whoever made them waits, and nobody else does.

Knows names, origins and times. Must not know passwords. A name is never locked: the wait is that
of one origin (a browser that signed in under the name before, else an address), so a stranger who
tries a name for hours does not keep its owner out (ASVS 6.3.1).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ...domain.errors import PiaError
from ...store import queries

WINDOW = timedelta(minutes=15)
FREE = 3  # wrong tries under one name before the first wait
NAMES = 10  # names one origin may be wrong about before it waits whatever the name
LONGEST = 60  # seconds of the longest wait


def wait(session: Session, name: str, origin: str, now: datetime) -> float:
    """Seconds until this origin may try this name again; 0 when it may now."""
    wrong = _wrong(session, origin, now)
    longest = 0.0
    mine = []
    for tried, at in wrong:
        if tried == name:
            mine.append(at)
    if len(mine) >= FREE:
        longest = _left(len(mine) - FREE, mine[-1], now)
    if len({tried for tried, _ in wrong}) >= NAMES:
        longest = max(longest, _left(len(wrong) - NAMES, wrong[-1][1], now))
    return longest


def _wrong(session: Session, origin: str, now: datetime) -> list[tuple[str, datetime]]:
    """(name, when) of the origin's wrong tries of late, oldest first, each name's since its last
    right one."""
    since = now - WINDOW
    last_right = {}
    for name, number in queries.sign_in.last_right_tries(session, origin, since):
        last_right[name] = number
    pairs = []
    for number, name, at in queries.sign_in.wrong_tries(session, origin, since):
        if number > last_right.get(name, 0):
            pairs.append((name, at))
    return pairs


def _left(more: int, last: datetime, now: datetime) -> float:
    """What is left of a wait that doubles with each further wrong try."""
    whole = min(LONGEST, 2 ** min(more, 10))
    return max(0.0, (last + timedelta(seconds=whole) - now).total_seconds())


def told(seconds: float) -> PiaError:
    """The refusal of who has to wait."""
    return PiaError(
        f"続けて間違えたため、あと{int(seconds) + 1}秒お待ちください。"
        "そのあと、もう一度入力してください。"
    )
