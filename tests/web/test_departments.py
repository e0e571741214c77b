"""The administrator's page of departments: what they hold, a new name with the old one kept,
their order, moving, and closing only when nothing is left."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from pia import config
from pia.actions.people import departments, registration, sign_in
from pia.actions.workplace import Workplace
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.ledger import log
from pia.web.application import create_app

from ..conftest import NOW
from .client import PageClient, expect_problem, expect_words

ADMIN = By("sagara", "administrator", NOW)


@pytest.fixture
def app(played: Workplace) -> Flask:
    return create_app(played, config.load({}), lambda: NOW)


@pytest.fixture
def page(app: Flask) -> PageClient:
    return PageClient(app, "sagara")


def of(wp: Workplace, name: str) -> departments.DepartmentView:
    return next(d for d in departments.listed(wp) if d.name == name)


def act(
    page: PageClient,
    department: departments.DepartmentView,
    what: str,
    status: int = 303,
    **values: Any,
) -> Any:
    return page.post(
        "/departments", f"/departments/{department.id}", values, status, {"what": what}
    )


NHI, MEDICAL = "保健福祉局生活福祉部国保年金課", "保健福祉局長寿応援部高齢者医療課"


def test_each_department_with_its_affairs_and_people(played: Workplace, page: PageClient) -> None:
    department = of(played, NHI)
    assert department.affairs and {"森下 真帆", "柏木 亮太"} <= {p.name for p in department.people}
    shown = page.get("/departments").text_content()
    assert all(
        x.name in shown and x.says in shown
        for d in departments.listed(played)
        for x in (*d.affairs, *d.people)
    )


def test_a_department_is_added_once(played: Workplace, page: PageClient) -> None:
    page.post("/departments", "/departments", {"department": "市民局区政課"})
    assert of(played, "市民局区政課").affairs == ()
    words = page.post("/departments", "/departments", {"department": "市民局区政課"}, 422)
    expect_problem(words, "もうあります")
    assert words.get_element_by_id("department").get("value") == "市民局区政課"


def test_a_new_name_counts_everywhere_and_the_old_one_is_kept(
    played: Workplace, page: PageClient
) -> None:
    shown = act(page, of(played, NHI), "rename", name="健康局国民健康保険課")
    expect_words(shown, f"令和6年11月1日まで「{NHI}」")
    PageClient(page.app, "morishita").expect_words("/me", "健康局国民健康保険課")
    department = of(played, "健康局国民健康保険課")
    assert department.former == ((NHI, NOW.date()),)
    expect_problem(act(page, department, "rename", 422), "今の名前と同じ")
    taken = act(page, department, "rename", 422, name=MEDICAL)
    expect_problem(taken, "もうあります")
    assert taken.get_element_by_id(f"name-{department.id}").get("value") == MEDICAL, (
        "what was typed is still there"
    )


def test_the_order_is_the_administrator_s(played: Workplace, page: PageClient) -> None:
    before = [d.name for d in departments.listed(played)]
    act(page, of(played, before[1]), "up")
    assert [d.name for d in departments.listed(played)] == [before[1], before[0], *before[2:]]
    act(page, of(played, before[1]), "up")
    act(page, of(played, before[-1]), "down")
    assert [d.name for d in departments.listed(played)] == [before[1], before[0], *before[2:]], (
        "at an end it stays"
    )
    act(page, of(played, before[1]), "down")
    assert [d.name for d in departments.listed(played)] == before


def test_what_stands_in_the_way_of_closing_is_named_and_moved(
    played: Workplace, page: PageClient
) -> None:
    department, other = of(played, NHI), of(played, MEDICAL)
    words = act(page, department, "close", 409).get_element_by_id("problem").text_content()
    assert all(a.name in words for a in department.affairs) and "森下 真帆（morishita）" in words
    ids = [str(p.id) for p in department.people]
    act(
        page,
        department,
        "move",
        affair=[str(a.id) for a in department.affairs],
        person=ids[1:],
        to=str(other.id),
    )
    assert {a.name for a in department.affairs} <= {a.name for a in of(played, MEDICAL).affairs}
    words = act(page, of(played, NHI), "close", 409).get_element_by_id("problem").text_content()
    assert words.count("ほかの課に移すか") == 1
    sign_in.set_active(played, ADMIN, "morishita", False)
    shown = act(page, of(played, NHI), "close")
    expect_words(shown, "令和6年11月1日に閉じました")
    with pytest.raises(PiaError, match="閉じた課"):
        registration.add_account(
            played, ADMIN, registration.NewAccount("someone", "誰か", "drafter", "みなも市長", NHI)
        )
    assert NHI not in {w for t in shown.iter("option") for w in [t.text]}, (
        "nothing is moved into a closed one"
    )
    act(page, of(played, NHI), "open")
    assert of(played, NHI).closed is None
    with played.store.read() as s:
        acts = list(
            s.scalars(
                select(log.AuditEntry.action)
                .where(log.AuditEntry.action.startswith("department."))
                .order_by(log.AuditEntry.seq)
            )
        )
    assert acts == ["department.move", "department.close", "department.open"]


def test_moving_an_affair_moves_the_right_to_write(played: Workplace, page: PageClient) -> None:
    department, other = of(played, NHI), of(played, MEDICAL)
    person = PageClient(page.app, "morishita")
    assert person.client.get("/lines/nhi-benefits~r6-cloud/parts").status_code == 200
    act(page, department, "move", affair=[str(a.id) for a in department.affairs], to=str(other.id))
    assert person.client.get("/lines/nhi-benefits~r6-cloud/parts").status_code == 403


def test_what_cannot_be_moved(played: Workplace, page: PageClient) -> None:
    department, other = of(played, NHI), of(played, MEDICAL)
    expect_problem(act(page, department, "move", 422, to=str(other.id)), "選んでください")
    for wrong, affairs in (
        (department.id, [department.affairs[0].id]),
        (other.id, [other.affairs[0].id]),
    ):
        with pytest.raises(PiaError):
            departments.move(played, ADMIN, department.id, wrong, affairs, [])
    assert of(played, NHI) == department
