"""The case played through the pages by its people on PostgreSQL: at the end the texts are those
of the demonstration, to the digest. `test_limits` plays it on SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pia import config
from pia.actions import demo, jobs
from pia.actions.people import registration, sign_in
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store.opening import upgrade
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.public.pages import create_public_app
from tests.store import servers

from ..conftest import workplace_at
from . import case
from .client import PageClient
from .test_public import PublicClient


class Paged:
    """A person of the case as the page client plays them."""

    def __init__(self, client: PageClient):
        self.client = client

    def do(
        self,
        url: str,
        action: str,
        values: Mapping[str, Any],
        pick: Mapping[str, str] | None = None,
    ) -> str:
        sent = {k: (v.open("rb"), v.name) if isinstance(v, Path) else v for k, v in values.items()}
        if action == "/plates":
            pick = {
                "member": next(
                    p.get("value")
                    for p in self.client.get("/plates").find_class("plate")
                    if "三田村" in p.text_content()
                )
            }
        if isinstance(self.client, PublicClient):
            form = next(self.client.get(url).iter("form"))
            shown = self.client.send(action, self.client.fields(form) | sent, 200)
            return self.client.send(
                action, self.client.fields(next(shown.iter("form")))
            ).text_content()
        if pick and "what" in pick:  # several buttons of one form
            status = 200 if pick["what"] in ("try", "apply") else 303
            page = self.client.get(url)
            form = next(
                f
                for f in page.iter("form")
                if f.get("action") == action and f.get("method") == "post"
            )
            return self.client.send(
                action, self.client.fields(form) | sent | dict(pick), status
            ).text_content()
        return self.client.post(
            url,
            action,
            sent,
            status=200 if action.endswith("/door") else 303,
            pick=dict(pick or {}),
        ).text_content()

    def read(self, url: str) -> str:
        answer = self.client.client.get(url)
        return self.client.get(
            answer.headers["Location"] if answer.status_code == 303 else url
        ).text_content()


class Paper:
    """The stage of the page client: both applications over one workplace, and a clock."""

    def __init__(self, wp: Workplace):
        self.wp, self.now = wp, datetime(2024, 1, 9, tzinfo=JST)
        self.staff = create_app(wp, config.load({}), lambda: self.now)
        self.public = create_public_app(wp, config.load({}), lambda: self.now)
        self.people: dict[str, Paged] = {}

    def person(self, name: str) -> Paged:
        return Paged(PageClient(self.staff, name))

    def settle(self, name: str) -> None:
        sign_in.set_password(self.wp, By(name, "drafter", self.now), name, demo.PASSWORD)

    def resident(self) -> Paged:
        return Paged(PublicClient(self.public))

    def tablet(self, address: str) -> Paged:
        client = PageClient(self.staff)
        assert client.client.get(address).status_code == 303
        return Paged(client)

    def at(self, when: Any) -> None:
        self.now = when if isinstance(when, datetime) else datetime.fromisoformat(str(when))

    def work(self) -> None:
        assert jobs.work_once(self.wp, "w", lambda: self.now)


@contextmanager
def house(url: str) -> Iterator[Workplace]:
    """An empty house with its one administrator."""
    upgrade(url)
    wp = workplace_at(url)
    registration.add_account(
        wp,
        By("cli", "administrator", datetime(2024, 1, 9, tzinfo=JST)),
        registration.NewAccount("sagara", "相良 拓海", "administrator", "みなも市長"),
    )
    yield wp
    wp.store.close()


def test_the_case_by_its_people(
    tmp_path: Path, seen: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sign_in, "IDLE", sign_in.LONGEST
    )  # the case takes months: a day's session would be signed in anew each time
    monkeypatch.setattr(sign_in, "LONGEST", sign_in.LONGEST * 1000)
    monkeypatch.setattr(sign_in, "IDLE", sign_in.LONGEST)
    with servers.server() as server:
        if server is None:
            pytest.skip(servers.HOW)
        with servers.database(server, servers.blank(server)) as url, house(url) as wp:
            stage = Paper(wp)
            case.play(stage, tmp_path)
            assert case.digests(wp) == case.digests(seen)
            assert fsck.check(wp.store, deep=True) == []


@contextmanager
def _file(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'house.db'}"
