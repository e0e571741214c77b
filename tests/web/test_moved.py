"""Addresses that were called otherwise lead to where things are now."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from pia import config
from pia.actions.workplace import Workplace
from pia.web.application import create_app
from pia.web.moved import MOVED

from .. import shared
from ..conftest import NOW

# What stands for a parameter in the addresses that are asked for.
VALUES = {"name": "report", "fmt": "pdf", "path": "II/file-nhi/6/1", "ref": "nhi-benefits~r6-cloud"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    wp: Workplace = shared.copied(shared.blank(), tmp_path_factory.mktemp("moved"))
    return create_app(wp, config.load({}), lambda: NOW)


def filled(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: VALUES.get(m[1], "7"), rule)


@pytest.mark.parametrize("old,new", MOVED)
def test_an_old_address_leads_to_the_new_one(app: Flask, old: str, new: str) -> None:
    for way, status in (("GET", 301), ("POST", 308)):
        answer = app.test_client().open(filled(old) + "?base=%E7%89%88&x=1", method=way)
        assert answer.status_code == status
        assert answer.headers["Location"] == filled(new) + "?base=%E7%89%88&x=1"


def test_every_new_address_is_one_of_the_application(app: Flask) -> None:
    known = {re.sub(r"<(?:\w+:)?\w+>", "<>", str(rule)) for rule in app.url_map.iter_rules()}
    for old, new in MOVED:
        assert re.sub(r"<(?:\w+:)?\w+>", "<>", new) in known, new
        assert re.sub(r"<(?:\w+:)?\w+>", "<>", old) not in known, old


def test_what_the_first_page_was_asked_for_is_asked_of_the_register(app: Flask) -> None:
    for query in ("office=", "stand=open", "q=%E7%89%88&page=2"):
        answer = app.test_client().get(f"/?{query}", base_url="http://localhost/pia")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"/pia/register?{query}"


def test_below_another_path_it_stays_there_and_nobody_is_let_in(app: Flask) -> None:
    answer = app.test_client().get("/council/7", base_url="http://localhost/pia")
    assert answer.headers["Location"] == "/pia/referrals/7"
    led = app.test_client().get("/council", follow_redirects=True)
    assert led.request.path == "/sign-in"
    assert app.test_client().get("/nowhere").status_code == 404


def test_the_return_addresses_cities_registered_stand_as_they_are(app: Flask) -> None:
    rules = {(str(rule), *sorted(rule.methods or ())) for rule in app.url_map.iter_rules()}
    assert ("/sign-in/elsewhere/back", "GET", "HEAD", "OPTIONS") in rules
    assert ("/sign-in/saml", "OPTIONS", "POST") in rules
    with app.test_request_context("/"):
        from flask import url_for

        assert url_for("sso.oidc_back") == "/sign-in/elsewhere/back"
        assert url_for("sso.saml_back") == "/sign-in/saml"
