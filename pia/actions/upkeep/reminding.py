"""Reminders of every night: what comes near said to each department, as drafts in the city's folder
(`PIA_REMINDERS`) and, where the city has a mail server, sent to the addresses it wrote down.

Knows the folder, the worker's turns and the record. Must not know how days are reckoned. Once a
day; what goes wrong is put on record as a sentence and tried again the next night.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ... import rules
from ...domain.act import By, day_in_japan, in_japan
from ...domain.errors import PiaError
from ...settings import Config
from ...store import queries
from ...store.ledger import log
from ..output import reminders
from ..workplace import Workplace
from . import mail, rehearsal

DONE = "calendar.remind"
FAILED = "calendar.remind_failed"
HOUR = 2  # of the night, in Japan
_LOG = logging.getLogger("pia.reminders")
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
Draft = tuple[str, bytes]  # (department, mail)


def turn(wp: Workplace, config: Config, now: datetime) -> bool:
    """Reminds of a day where that is due; whether it did. Nothing of a rehearsal leaves."""
    folder = config.values["PIA_REMINDERS"]
    if not (folder or mail.is_set(config)) or rehearsal.is_one(wp):
        return False
    if in_japan(now).hour < HOUR or _tried(wp, now):
        return False
    by = By("pia", "system", now)
    try:
        reckoned = reminders.reckon(wp, day_in_japan(now))
        drafts = list(reminders.drafts(reckoned, now))
        if folder:
            lay(Path(folder), now, drafts)
        sent = 0
        if mail.is_set(config):
            sent = mail.send(config, _addressed(drafts, config))
    except (PiaError, OSError) as error:
        _LOG.error("the reminders failed: %s", type(error).__name__)
        why = str(error) if isinstance(error, PiaError) else "フォルダに書けませんでした。"
        with wp.store.begin() as session:
            log.entry(session, by, FAILED, "calendar", {"why": why[:300]})
        return False
    told = {"drafts": len(drafts), "sent": sent, "affairs": reckoned.affairs}
    with wp.store.begin() as session:
        log.entry(session, by, DONE, "calendar", told | {"rounds": reckoned.rounds})
    return True


def _tried(wp: Workplace, now: datetime) -> bool:
    """Whether this day was reminded of, or that failed."""
    with wp.store.read() as session:
        last = [queries.audit_entries.last_of(session, action) for action in (DONE, FAILED)]
    return any(entry and day_in_japan(entry.at) == day_in_japan(now) for entry in last)


def lay(folder: Path, now: datetime, drafts: Iterable[Draft]) -> int:
    """Lays drafts into a folder of the day, by department; how many. OSError where it cannot be
    written."""
    place = folder / f"予定の確認-{day_in_japan(now):%Y-%m-%d}"
    place.mkdir(exist_ok=True)
    count = 0
    for department, draft in drafts:
        name = _UNSAFE.sub(" ", department)[:80].strip(" .") or "課"
        (place / f"{name}.eml").write_bytes(draft)
        count += 1
    return count


def _addressed(drafts: Iterable[Draft], config: Config) -> Iterator[tuple[Sequence[str], bytes]]:
    """The drafts of departments that have addresses, with them."""
    given = rules.load("reminders", config.rules_folder)["departments"]
    known: Mapping[str, Sequence[str]] = given or {}
    for department, draft in drafts:
        if known.get(department):
            yield known[department], draft
