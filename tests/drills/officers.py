"""Officers who go on working while something happens to the database: each registers affairs of
names of its own, again and again, and remembers what it was told.

In this process, over the real application. Knows forms, statuses and the key of a form; must not
know what happens to the database. Serves `diskfull`, `dbdown` and `skew`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import func, select

from pia import config
from pia.actions.people import registration
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store.rows.assessments import Affair
from pia.web.application import create_app
from tests import shared
from tests.web.client import PageClient

NOW = datetime(2026, 12, 31, 23, 40, tzinfo=JST)
FORM = "/affairs/new"
# What may be answered, whatever happens to the database.
PLAIN = {200, 303, 409, 422, 503, 507}
AWAY = {503, 507}


@dataclass(slots=True)
class Sent:
    """One form as it was sent: the affair it names, all its fields, and the last answer."""

    key: str
    fields: dict[str, str]
    status: int = 0


@dataclass(slots=True)
class Officer:
    """One browser, and everything it sent. `clock` is asked for every request."""

    name: str
    client: FlaskClient
    sent: list[Sent] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def asks(self) -> Sent | None:
        """Gets the form and fills it in; None where it cannot be had."""
        answer = self.client.get(FORM)
        self.counts[f"GET {answer.status_code}"] += 1
        if answer.status_code != 200:
            return None
        page = html.document_fromstring(answer.get_data(as_text=True))
        (wanted,) = [form for form in page.iter("form") if form.get("action") == FORM]
        hidden = {
            field.get("name"): field.get("value") or ""
            for field in wanted.iter("input")
            if field.get("type") == "hidden"
        }
        key = f"{self.name}-{len(self.sent)}"
        about = {"key": key, "number": key.removeprefix("clerk"), "body": "入江町長"}
        made = Sent(key, {**hidden, **about, "name": f"{key}の渡船に関する事務"})
        self.sent.append(made)
        return made

    def sends(self, form: Sent) -> int:
        """Sends a form, for the first time or again under its key."""
        form.status = self.client.post(FORM, data=form.fields).status_code
        self.counts[f"POST {form.status}"] += 1
        return form.status


def office(wp: Workplace, many: int, clock: Callable[[], datetime] = lambda: NOW) -> list[Officer]:
    """So many officers, signed in; the application is one."""
    by = By("kudo", "administrator", NOW)
    app = create_app(wp, config.load({}), clock)
    officers = []
    for number in range(many):
        name = f"clerk{number}"
        account = registration.NewAccount(name, f"渡辺 {number}", "secretariat", "入江町長")
        registration.add_account(wp, by, account)
        officers.append(Officer(name, PageClient(app, name).client))
    return officers


def town(url: str) -> Workplace:
    """A town on an empty database."""
    return shared.workplace_at(url)


def standing(wp: Workplace) -> Counter[str]:
    """How often each affair stands there."""
    with wp.store.read() as session:
        rows = session.execute(select(Affair.key, func.count()).group_by(Affair.key))
        return Counter({str(key): int(many) for key, many in rows})


def misses(wp: Workplace, officers: list[Officer]) -> dict[str, Any]:
    """What was acknowledged and is not there or twice; what was refused and is there; answers
    nobody should get."""
    standing_names = standing(wp)
    every = [form for officer in officers for form in officer.sent]
    counts: Counter[str] = sum((officer.counts for officer in officers), Counter())
    strange = {said: many for said, many in counts.items() if int(said.split()[1]) not in PLAIN}
    lost = sum(form.status in (200, 303) and not standing_names[form.key] for form in every)
    twice = sum(standing_names[form.key] > 1 for form in every)
    return {
        "acknowledged": sum(form.status in (200, 303) for form in every),
        "answers": dict(counts),
        "lost": lost,
        "twice": twice,
        "strange": sum(strange.values()),
        "missed": lost + twice + sum(strange.values()),
    }


def heals(officer: Officer, seconds: float) -> float:
    """Seconds until a page can be had again; those it was tried for where it cannot."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        answer = officer.client.get(FORM)
        officer.counts[f"GET {answer.status_code}"] += 1
        if answer.status_code == 200:
            return time.monotonic() - began
        time.sleep(0.05)
    return seconds


def sent_again(officers: list[Officer], patience: float = 0) -> int:
    """Everything without an acknowledgement sent once more, under its key; how many are still
    without one. `patience`: for so many seconds who is told to come back later (503) does."""
    left = 0
    until = time.monotonic() + patience
    for officer in officers:
        for form in officer.sent:
            if form.status in (200, 303):
                continue
            status = officer.sends(form)
            while status == 503 and time.monotonic() < until:
                time.sleep(0.2)
                status = officer.sends(form)
            left += status not in (200, 303)
    return left


def later(minutes: float) -> datetime:
    """So many minutes after the town's moment."""
    return NOW + timedelta(minutes=minutes)
