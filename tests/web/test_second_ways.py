"""白波市, the second story, goes on: a correction submitted and published by two persons, each
of whom shows who they are; one of them comes by the city's directory, another by its SAML
provider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pia import config
from pia.actions.people import registration, sign_in, sso
from pia.domain.act import JST, By
from pia.store.ledger import log
from pia.store.rows.assessments import RoundEvent
from pia.store.rows.filing import Submission
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from . import directory_server, saml_provider, second_town
from .client import PageClient
from .second_town import BODY, Town
from .test_second_story import _play

AT = datetime(2026, 5, 11, 7, 30, tzinfo=JST)
ADMIN = By("hoshino", "administrator", AT)
ROUND = "r8-meisho"
REF = f"allowance~{ROUND}"
DIRECTORY = "shiranami no hamabe 5 hon no matsu"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[directory_server.Server]:
    if directory_server.PROGRAM is None:
        pytest.skip(directory_server.HOW)
    with directory_server.running(tmp_path_factory.mktemp("shiranami")) as made:
        made.add("isobe", DIRECTORY)
        yield made


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The town in its last spring with a correction that is ready to be submitted."""
    second_town.stay_signed_in(monkeypatch)
    wp = shared.copied(shared.once("second.db", _play), tmp_path)
    town_made = Town(replace(wp, two_persons=True), AT)
    second_town.begin(
        town_made,
        "allowance",
        ROUND,
        "組織の名称の修正",
        "組織の改正",
        is_correction=True,
    )
    town_made.draft(REF, "I/7/1", "こども部こども給付課", reason="組織の改正")
    town_made.office(
        f"/rounds/{REF}/procedure", f"/rounds/{REF}/procedure", {"C/7": "令和8年5月11日"}
    )
    page = town_made.person("ogata").get(f"/rounds/{REF}/change-table")
    note = next(
        f.get("action") for f in page.iter("form") if "/notes/I/7/1" in (f.get("action") or "")
    )
    words = {"timing": "事後", "explanation": "名称の変更のため"}
    town_made.do("ogata", f"/rounds/{REF}/change-table", note, words)
    second_town.tables(town_made, [REF], "2026-05-11")
    yield town_made
    wp.store.close()


def fields(page: PageClient, url: str, action: str) -> dict[str, Any]:
    form = next(f for f in page.get(url).iter("form") if f.get("action") == action)
    return page.fields(form)


def signed(app: Any, name: str, password: str) -> PageClient:
    page = PageClient(app)
    sent = fields(page, "/sign-in", "/sign-in") | {"name": name, "password": password}
    assert page.client.post("/sign-in", data=sent).status_code == 303
    return page


def test_two_persons_each_shown_and_one_of_the_directory(
    town: Town, server: directory_server.Server
) -> None:
    wp = town.wp
    registration.add_account(
        wp,
        ADMIN,
        registration.NewAccount("isobe", "磯部 岬", "secretariat", BODY, "総務部文書法制課"),
    )
    app = create_app(wp, config.load(server.settings()), lambda: town.now)
    first, second = signed(app, "kazama", second_town.PASSWORD), signed(app, "isobe", DIRECTORY)
    address = f"/rounds/{REF}/submit"
    town.at("2026-05-11T07:45")
    sent = fields(first, address, address) | {
        "document_number": "白文第9号",
        "decided": "2026-05-08",
        "sure": "1",
    }
    asked = first.client.post(address, data=sent)
    assert asked.status_code == 401 and "白文第9号" in asked.get_data(as_text=True)
    responses = first.client.post(
        address, data=sent | {"_password": second_town.PASSWORD, "_request": "a" * 20}
    )
    assert responses.status_code == 303
    town.work() if _waiting(town) else None
    assert _submitted(town) == [], "one person alone submits nothing"

    shown = second.get(address).text_content()
    assert "風間 律さんが" in shown and "白文第9号" in shown
    sent = fields(second, address, address) | {"sure": "1"}
    wrong = second.client.post(address, data=sent | {"_password": second_town.PASSWORD})
    assert wrong.status_code == 401, "the directory's password counts, and no other"
    good = second.client.post(address, data=sent | {"_password": DIRECTORY, "_request": "b" * 20})
    assert good.status_code == 303
    town.work()
    assert _submitted(town) == [("isobe", "白文第9号")]
    with wp.store.read() as s:
        facts = [e.facts for e in s.scalars(select(RoundEvent).where(RoundEvent.event == "submit"))]
        proofs = [
            e.actor
            for e in s.scalars(
                select(log.AuditEntry).where(log.AuditEntry.action == "access.proved")
            )
        ]
    assert facts[-1]["asked_by"] == "kazama" and proofs[-2:] == ["kazama", "isobe"]

    page = f"/rounds/{REF}/publish"
    assert (
        second.client.post(
            page, data=fields(second, page, page) | {"day": "2026-05-11"}
        ).status_code
        == 303
    )
    done = first.client.post(page, data=fields(first, page, page) | {"day": "2026-05-11"})
    assert done.status_code == 303
    first.expect_words(f"/rounds/{REF}", "公表")
    assert fsck.check(wp.store, deep=True) == []


def _waiting(town: Town) -> bool:
    from pia.store.rows.jobs import Job

    with town.wp.store.read() as s:
        return any(job.state == "QUEUED" for job in s.scalars(select(Job)))


def _submitted(town: Town) -> list[tuple[str, str]]:
    with town.wp.store.read() as s:
        rows = s.scalars(select(Submission).where(Submission.document_number == "白文第9号"))
        return [(submission.actor, submission.document_number) for submission in rows]


def test_who_comes_by_saml_has_no_password_of_ours_and_comes_again_to_prove(
    town: Town, tmp_path: Path
) -> None:
    provider = saml_provider.Provider()
    (tmp_path / "idp.xml").write_text(provider.metadata(), "utf-8")
    settings = {
        "PIA_SAML_IDP": str(tmp_path / "idp.xml"),
        "PIA_SAML_NAME": "白波市の認証",
        "PIA_SECURE": "1",
    }
    wp = replace(town.wp, sign_in=replace(town.wp.sign_in, factor="all"))
    registration.add_account(
        wp,
        ADMIN,
        registration.NewAccount("isobe", "磯部 岬", "secretariat", BODY, "総務部文書法制課"),
    )
    sso.tie_subject(wp, ADMIN, "isobe", saml_provider.ISSUER, "person-nagai")
    page = PageClient(create_app(wp, config.load(settings), lambda: town.now))
    base = {"base_url": "https://localhost"}

    def through(location: str) -> str:
        question = page.client.get(f"/sign-in/saml/go?next={location}", **base).headers["Location"]
        sent = {"SAMLResponse": provider.answer(question)}
        return str(page.client.post("/sign-in/saml", data=sent, **base).headers["Location"])

    assert through(f"/rounds/{REF}/submit") == f"/rounds/{REF}/submit"
    assert page.client.get("/rounds", **base).status_code == 200, "the provider's own factor counts"
    town.at("2026-05-11T07:50")
    shown = page.client.get(f"/rounds/{REF}/submit", **base).get_data(as_text=True)
    csrf = shown.partition('name="csrf_token" value="')[2].partition('"')[0]
    sent = {"csrf_token": csrf, "_request": "c" * 20, "document_number": "白文第9号", "sure": "1"}
    from_here = {"headers": {"Referer": "https://localhost/"}, **base}
    answer = page.client.post(f"/rounds/{REF}/submit", data=sent, **from_here)
    asked = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "白波市の認証でサインイン" in asked and "白文第9号" in asked and "_password" not in asked
    question = page.client.get("/sign-in/saml/go", **base).headers["Location"]
    assert "ForceAuthn" in _request_of(question), "asked again even where the provider knows them"
    through(f"/rounds/{REF}/submit")
    who = sign_in.person(wp, _token(page), town.now)
    assert sign_in.lately_proven(who, town.now)


def _request_of(address: str) -> str:
    import base64
    import zlib
    from urllib.parse import parse_qs, urlsplit

    packed = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    return zlib.decompress(base64.b64decode(packed), -15).decode()


def _token(page: PageClient) -> str:
    with page.client.session_transaction(base_url="https://localhost") as kept:
        return str(kept["t"])
