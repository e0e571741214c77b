"""Requests are numbered, logged and counted for whoever runs the program; no address, no person and
no word of anybody stands in a line or a label."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pia import config
from pia.actions.workplace import Workplace
from pia.cli.logs import _JsonLine
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.store.rows import jobs
from pia.web.application import create_app, create_public_app

from ..conftest import NOW
from .client import PageClient

WORD = "a word for the measuring system"
KEY = {"Authorization": f"Bearer {WORD}"}


def app_of(wp: Workplace, **given: str) -> Any:
    settings = {"PIA_METRICS_TOKEN": WORD, "PIA_ACCESS_LOG": "1", **given}
    return create_app(wp, config.load(settings), lambda: NOW)


def asked(client: Any, address: str, method: str = "GET", **more: Any) -> Any:
    """An answer read to its end, as a server sends it."""
    with client.open(address, method=method, **more) as answer:
        answer.get_data()
        return answer


def measured(client: Any) -> dict[str, Any]:
    """Name and labels of each sample → its value."""
    answer = asked(client, "/metrics", headers=KEY)
    assert answer.status_code == 200 and answer.mimetype == "text/plain"
    found = {}
    for family in text_string_to_metric_families(answer.get_data(as_text=True)):
        for sample in family.samples:
            found[sample.name, *sorted(sample.labels.values())] = sample.value
    return found


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged meanwhile, as a server logs it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(_JsonLine())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_every_answer_has_a_number_and_its_line_the_same(
    seen: Workplace, lines: io.StringIO
) -> None:
    client = PageClient(app_of(seen), "mizukoshi").client
    lines.truncate(0)
    lines.seek(0)
    answer = asked(client, "/assessments/nhi-benefits?words=%E7%A7%98%E5%AF%86")
    number = answer.headers["X-Request-Id"]
    assert re.fullmatch("[0-9a-f]{32}", number)
    (line,) = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert line["logger"] == "pia.access" and line["request"] == number
    assert re.fullmatch(r"GET desk\.document 200 [0-9.]+ ms", line["message"]), line
    for word in ("mizukoshi", "水越", "nhi-benefits", "秘密", "%E7"):
        assert word not in lines.getvalue()
    other = client.get("/").headers["X-Request-Id"]
    assert other != number


def test_a_number_is_taken_only_from_a_proxy_and_only_as_one(seen: Workplace) -> None:
    given = {"X-Request-Id": "abcdef0123456789"}
    alone = app_of(seen).test_client()
    assert alone.get("/livez", headers=given).headers["X-Request-Id"] != given["X-Request-Id"]
    behind = app_of(seen, PIA_PROXY="1").test_client()
    assert behind.get("/livez", headers=given).headers["X-Request-Id"] == given["X-Request-Id"]
    for bad in ("short", "x" * 65, "with space 12", '"><script>'):
        answer = behind.get("/livez", headers={"X-Request-Id": bad})
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_requests_are_counted_by_the_name_of_what_answers(played: Workplace) -> None:
    client = PageClient(app_of(played), "mizukoshi").client
    for _ in range(3):
        asked(client, "/register")
    asked(client, "/nowhere/at/all")
    asked(client, "/register", "PROPFIND")
    found = measured(client)
    assert found["pia_requests_total", "200", "GET", "desk.register"] == 3.0
    assert found["pia_request_seconds_count", "desk.register"] == 3.0
    assert found["pia_requests_total", "-", "404", "GET"] == 1.0
    assert found["pia_requests_total", "-", "405", "other"] == 1.0
    assert found["pia_requests_now",] == 1.0, "the one that asks"
    assert found["pia_database_up",] == 1.0 and found["pia_people_signed_in",] == 1.0
    labels = {label for key in found for label in key[1:]}
    assert not labels & {"mizukoshi", "/register", "/nowhere/at/all", "PROPFIND"}


def test_jobs_that_wait_are_told(played: Workplace) -> None:
    client = app_of(played).test_client()
    before = measured(client)
    by = By("mizukoshi", "secretariat", NOW - timedelta(seconds=90))
    with played.store.begin() as session:
        jobs.ask(session, by, "one", "bundle", {})
        jobs.ask(session, by, "two", "bundle", {}).state = jobs.FAILED
        log.entry(session, by, "job.ask", "one", {})
    after = measured(client)
    assert after["pia_jobs_waiting",] == before["pia_jobs_waiting",] + 1
    assert after["pia_jobs_failed_day",] == before["pia_jobs_failed_day",] + 1
    assert after["pia_job_oldest_seconds",] >= 90


def test_a_database_that_is_away_is_told_as_that(played: Workplace) -> None:
    client = app_of(played).test_client()
    measured(client)
    played.store.engine.dispose()
    file = played.store.engine.url.database
    with open(file, "r+b") as broken:
        broken.write(b"no database at all")
    found = measured(client)
    assert (
        found["pia_database_up",] == 0.0
        and found["pia_jobs_waiting",] != found["pia_jobs_waiting",]
    )


def test_without_the_word_there_is_nothing(seen: Workplace) -> None:
    client = app_of(seen).test_client()
    for header in ({}, {"Authorization": WORD}, {"Authorization": f"Bearer {WORD}x"}):
        assert client.get("/metrics", headers=header).status_code == 404
    off = create_app(seen, config.load({}), lambda: NOW).test_client()
    assert off.get("/metrics", headers={"Authorization": "Bearer "}).status_code in (303, 404)
    public = create_public_app(seen, config.load({"PIA_METRICS_TOKEN": WORD}), lambda: NOW)
    assert public.test_client().get("/metrics").status_code == 404
    assert measured(public.test_client())["pia_database_up",] == 1.0


def test_a_word_that_is_soon_guessed_is_refused(seen: Workplace) -> None:
    with pytest.raises(PiaError, match="16文字以上"):
        app_of(seen, PIA_METRICS_TOKEN="short")


def test_a_fault_is_told_with_its_number(
    seen: Workplace, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of(seen)

    def broken() -> str:
        raise ZeroDivisionError

    app.view_functions["live"] = broken
    answer = asked(app.test_client(), "/livez")
    number = answer.headers["X-Request-Id"]
    assert answer.status_code == 500 and number in answer.get_data(as_text=True)
    faults = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert {line["request"] for line in faults} == {number}
    assert "ZeroDivisionError" in {line.get("error") for line in faults}
