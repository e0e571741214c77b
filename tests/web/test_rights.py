"""Who gets in where: the matrix is a file, every cell of it is tried, signing in tells nothing
it should not, and a POST counts once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from flask_wtf.csrf import CSRFError
from sqlalchemy import func, select

from pia import config
from pia.actions import demo
from pia.actions.access import person as access_person
from pia.actions.people import passwords, registration, sign_in
from pia.actions.steps import sittings, tablets
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.store.rows.sessions import WebSession
from pia.web import answers, declared
from pia.web.allowed import Denied
from pia.web.application import create_app

from .. import shared
from ..conftest import NOW
from . import matrix
from .client import PageClient, expect_words

PEOPLE = {
    "drafter": "morishita",
    "head": "head",
    "secretariat": "hiratsuka",
    "member": "mitamura",
    "chair": "kiryu",
    "auditor": "makabe",
    "administrator": "sagara",
}
ADMIN = By("sagara", "administrator", NOW)
SAMPLES = {
    "ref": "nhi-benefits",
    "key": "nhi-benefits",
    "fmt": "json",
    "referral": "1",
    "number": "1",
    "name": "morishita",
    "token": "x",
    "path": "C/4",
    "job": "1",
    "filename": "pia.css",
}


@pytest.fixture
def app(played: Workplace) -> Flask:
    registration.add_account(
        played, ADMIN, registration.NewAccount("head", "所属長", "head", "みなも市長", "情報政策課")
    )
    return create_app(played, config.load({}), lambda: NOW)


def client(app: Flask, person: str = "") -> PageClient:
    return PageClient(app, person)


def tablet(app: Flask) -> PageClient:
    wp = app.extensions["pia"]
    client = PageClient(app)
    assert (
        client.client.get(
            f"/t/{tablets.open_door(wp, ADMIN, shared.new_sitting(wp, NOW))}"
        ).status_code
        == 303
    )
    return client


def test_the_matrix_is_what_the_application_does(seen: Workplace) -> None:
    app = create_app(seen, config.load({}), lambda: NOW)
    assert matrix.FILE.read_text("utf-8").splitlines() == matrix.lines(app), (
        "python -m tests.web.matrix writes it; look at what changed"
    )


def test_every_route_names_its_right(seen: Workplace) -> None:
    app = create_app(seen, config.load({}), lambda: NOW)
    known = seen.rights["rights"]
    assert [
        r.endpoint
        for r in app.url_map.iter_rules()
        if r.endpoint != "static" and declared.of(app.view_functions[r.endpoint]).right not in known
    ] == []


def test_a_route_without_a_right_is_refused(seen: Workplace) -> None:
    app = create_app(seen, config.load({}), lambda: NOW)
    app.add_url_rule("/unguarded", "unguarded", lambda: "open")
    assert PageClient(app, "sagara").client.get("/unguarded").status_code == 403
    assert PageClient(app).client.get("/unguarded").status_code == 303


def test_every_cell_of_the_matrix(app: Flask) -> None:
    """Each route as each role: refused exactly where the matrix says no. What comes after the
    gate is other tests' matter.

    Every cell is asked of the gate, and its refusals undone. A whole answer is asked of each
    route as each role that may open it, once as a role that may not, and once for a form without
    a token; each whole refusal of somebody is on record."""
    wp = app.extensions["pia"]
    people: dict[str, PageClient] = {"anonymous": client(app), "tablet": tablet(app)}
    people |= {role: client(app, name) for role, name in PEOPLE.items()}
    cells = [cell for number, line in enumerate(_routes(app)) for cell in _cells(line, number)]
    assert len(cells) > 2_000
    with pytest.raises(Undone), wp.store.together():
        for cell in cells:
            assert _stopped(app, people[cell.role], cell) == cell.refused, cell
        raise Undone
    told = 0
    for cell in (cell for cell in cells if cell.whole):
        before = _denials(wp)
        answer = people[cell.role].client.open(cell.url, method=cell.method)
        to_sign_in = "/sign-in?next=" in answer.headers.get("Location", "")
        refused = answer.status_code in (401, 403) or (answer.status_code == 303 and to_sign_in)
        assert refused == cell.refused, (cell, answer.status_code)
        assert answer.status_code < 500, (cell, answer.status_code)
        if cell.refused and cell.role != "anonymous":
            assert _denials(wp) == before + 1, cell
            told += 1
    assert told > 100


class Undone(Exception):
    """Ends a transaction of which nothing is to stay."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A route as one role; `whole`: not asked of the gate alone."""

    role: str
    method: str
    url: str
    refused: bool
    whole: bool


def _routes(app: Flask) -> list[str]:
    """The lines of the matrix that are routes; those of parameters, objects and steps are others'
    matter."""
    return [
        line
        for line in matrix.lines(app)[1:]
        if line.startswith(("GET,", "POST,")) and not line.split(",")[1].startswith("/static")
    ]


def _cells(line: str, number: int) -> list[Cell]:
    """A route as each role; by the line's number another role is refused with a whole answer."""
    method, route, _, *may = line.split(",")
    url = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: SAMPLES.get(m.group(1), "1"), route)
    refused = {}
    for role, cell in zip(matrix.WHO, may):
        refused[role] = cell == "no" or (cell == "own" and role == "head")
    shut = [role for role in refused if refused[role]]
    let_in = [role for role in refused if not refused[role]]
    whole = {chosen[number % len(chosen)] for chosen in (shut, let_in) if chosen}
    if method == "GET":
        whole |= {*let_in}
    return [Cell(role, method, url, refused[role], role in whole) for role in refused]


def _stopped(app: Flask, page: PageClient, cell: Cell) -> bool:
    """Whether the gate refuses a request: because of who asks, not because of what is asked for
    or how."""
    kept = page.client.get_cookie("pia")
    headers = {"Cookie": f"pia={kept.value}"} if kept else {}
    with app.test_request_context(cell.url, method=cell.method, headers=headers):
        try:
            given = app.preprocess_request()
        except Denied:
            return True
        except (PiaError, CSRFError):
            return False
        return given is not None and app.make_response(given).status_code in (303, 401)


def _denials(wp: Workplace) -> int:
    with wp.store.read() as session:
        denied = select(func.count()).where(log.AuditEntry.action == "access.denied")
        return session.scalar(denied) or 0


def test_signing_in_and_out(app: Flask) -> None:
    page = client(app)
    assert page.client.get("/rounds").headers["Location"] == "/sign-in?next=/rounds"
    page.post("/sign-in?next=/rounds", "/sign-in", {"name": "hiratsuka", "password": demo.PASSWORD})
    assert "平塚 健" in "".join(page.get("/").itertext())
    kept = page.client.get_cookie("pia")
    assert kept is not None and kept.http_only and kept.same_site == "Lax"
    page.post("/", "/sign-out")
    assert page.client.get("/").status_code == 303


def test_a_wrong_password_a_wrong_name_and_a_stopped_account_look_the_same(app: Flask) -> None:
    sign_in.set_active(app.extensions["pia"], ADMIN, "kume", False)
    words = []
    for name, password in (
        ("hiratsuka", "x" * 20),
        ("nobody", "x" * 20),
        ("kume", demo.PASSWORD),
        ("", ""),
    ):
        page = client(app).post("/sign-in", "/sign-in", {"name": name, "password": password}, 422)
        words.append(page.get_element_by_id("problem").text_content().strip())
    assert set(words) == {sign_in.WRONG}


def test_sessions_end_by_idleness_age_sign_out_and_a_change_of_the_account(app: Flask) -> None:
    wp = app.extensions["pia"]
    tokens = [sign_in.begin(wp, "hiratsuka", NOW) for _ in range(2)]
    assert sign_in.person(wp, tokens[0], NOW + sign_in.IDLE).role == "secretariat"
    assert (
        sign_in.person(wp, tokens[1], NOW + sign_in.IDLE + timedelta(seconds=1))
        is access_person.NOBODY
    )
    at = NOW
    while at < NOW + sign_in.LONGEST - sign_in.IDLE / 2:
        at += sign_in.IDLE / 2
        sign_in.person(wp, tokens[0], at)
    assert (
        sign_in.person(wp, tokens[0], NOW + sign_in.LONGEST + timedelta(seconds=1))
        is access_person.NOBODY
    )
    token = sign_in.begin(wp, "hiratsuka", NOW)
    sign_in.set_role(wp, ADMIN, "hiratsuka", "auditor")
    assert sign_in.person(wp, token, NOW) is access_person.NOBODY
    with wp.store.read() as s:
        assert not s.scalar(
            select(func.count()).select_from(WebSession).where(WebSession.token == token)
        ), "only its SHA-256 is kept"


def test_a_tablet_speaks_for_one_member_of_its_sitting_only(app: Flask) -> None:
    """Before, whoever had the address took a plate, and changed it for another."""
    wp = app.extensions["pia"]
    first, second, office = PageClient(app), PageClient(app), client(app, "hiratsuka")
    sitting = shared.new_sitting(wp, NOW)
    older, door = (tablets.open_door(wp, ADMIN, sitting) for _ in range(2))
    assert first.client.get(f"/t/{older}").status_code == 404, "an older door was closed"
    for page in (first, second):
        page.client.get(f"/t/{door}")
    plates = first.get("/plates")
    member = plates.find_class("plate")[1].get("value")
    device = plates.find_class("device")[0].find("strong").text
    asked = first.post("/plates", "/plates", {"member": member}).text_content()
    assert "確認を待っています" in asked and device in asked
    with wp.store.read() as s:
        assert (
            s.scalars(select(WebSession.member_id).where(WebSession.device == int(device))).one()
            is None
        ), "nothing is theirs yet"
    name = (
        office.post(f"/sittings/{sitting}", f"/sittings/{sitting}/plates", pick={"device": device})
        .find_class("note")[0]
        .text_content()
    )
    assert device in name
    assert "使用中" in "".join(second.get("/plates").itertext())
    sent = second.fields(
        next(f for f in second.get("/plates").iter("form") if f.get("action") == "/plates")
    )
    second.send("/plates", sent | {"member": member}, 422)
    other = plates.find_class("plate")[0].get("value")
    refused = first.client.post(
        "/plates",
        data=sent
        | {
            "csrf_token": first.fields(first.get("/plates").find(".//form"))["csrf_token"],
            "_request": "x" * 20,
            "member": other,
        },
    )
    assert refused.status_code == 422, "a tablet does not change its plate"
    assert (
        first.client.get("/rounds").status_code == 403
        and first.client.get("/referrals/1").status_code == 200
    )
    assert first.client.get("/referrals/999").status_code == 404
    sittings.close(wp, By("mizukoshi", "secretariat", NOW), sitting, time(10), 0)
    assert first.client.get("/referrals").status_code == 303, (
        "a closed sitting's tablet can do nothing"
    )
    with pytest.raises(PiaError, match="閉会"):
        tablets.open_door(wp, ADMIN, sitting)


def test_a_post_needs_its_token_and_its_key(app: Flask) -> None:
    page = client(app, "sagara")
    sent = page.fields(
        next(f for f in page.get("/accounts").iter("form") if f.get("action") == "/accounts")
    )
    good = sent | {
        "name": "new-one",
        "shown": "新人",
        "role": "auditor",
        "body": "みなも市長",
        "department": "",
        "password": "a long sentence 12",
    }
    assert (
        page.client.post(
            "/accounts", data={k: v for k, v in good.items() if k != "csrf_token"}
        ).status_code
        == 422
    )
    assert page.client.post("/accounts", data=good | {"csrf_token": "x"}).status_code == 422
    assert page.client.post("/accounts", data=good | {"_request": "short"}).status_code == 422
    assert "new-one" not in {p.name for p in registration.people(app.extensions["pia"])}
    first = page.client.post("/accounts", data=good)
    again = page.client.post("/accounts", data=good)
    assert (first.status_code, first.headers["Location"]) == (
        again.status_code,
        again.headers["Location"] or "",
    ) or again.status_code == 303
    with app.extensions["pia"].store.read() as s:
        assert (
            s.scalar(
                select(func.count())
                .select_from(log.AuditEntry)
                .where(log.AuditEntry.action == "account.add", log.AuditEntry.target == "new-one")
            )
            == 1
        )


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        "/\nx",
    ],
)
def test_no_way_leads_out(address: str) -> None:
    assert answers.local(address, "/home") == "/home"
    assert answers.local("/rounds?x=1", "/home") == "/rounds?x=1"


def test_what_was_typed_stays_where_the_session_ended_or_the_input_was_wrong(app: Flask) -> None:
    gone = PageClient(app)
    answer = gone.client.post("/accounts", data={"shown": "書きかけの文"})
    assert answer.status_code == 401 and "書きかけの文" in answer.get_data(as_text=True)
    page = client(app, "sagara")
    shown = page.post(
        "/accounts",
        "/accounts",
        {"name": "x y", "shown": "名前の人", "role": "auditor", "password": "short"},
        422,
    )
    assert (
        shown.get_element_by_id("shown").get("value") == "名前の人"
        and "半角" in shown.get_element_by_id("problem").text_content()
    )


def test_passwords_have_a_least_and_a_most(played: Workplace) -> None:
    for n, good in (
        (passwords.LEAST - 1, False),
        (passwords.LEAST, True),
        (passwords.MOST, True),
        (passwords.MOST + 1, False),
    ):
        given = "".join(chr(0x3042 + at * 37 % 80) for at in range(n))
        said = ""
        try:
            sign_in.set_password(played, ADMIN, "hiratsuka", given)
        except PiaError as e:
            said = str(e)
        assert (said == "") is good and (good or "文字以上" in said), (n, said)
    with pytest.raises(PiaError, match="推測"):
        sign_in.set_password(played, ADMIN, "hiratsuka", "aaaaaaaaaaaaaa")


def test_passwords_are_hashed_at_the_library_s_full_strength(
    full_hasher: Callable[[], PasswordHasher],
) -> None:
    full, quick = (
        extract_parameters(hasher().hash(demo.PASSWORD))
        for hasher in (full_hasher, passwords._hasher)
    )
    assert full == PasswordHasher()._parameters and full.memory_cost >= 65_536
    assert extract_parameters(passwords.hashed(demo.PASSWORD)) == quick, (
        "what hashes here is what was taken"
    )


def test_denials_are_on_record(app: Flask) -> None:
    client(app, "mitamura").client.get("/accounts")
    page = client(app, "makabe").get("/ledger?actor=mitamura")
    expect_words(page, "できない操作を断った", "GET /accounts")
