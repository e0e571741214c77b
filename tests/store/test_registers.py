"""Records of registers are found again as they were put, and fsck sees what was changed under
them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, text

from pia import registers as data
from pia.actions.records import registers
from pia.actions.steps import registers as acts
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from pia.domain.registers.told import in_one_line
from pia.store import queries
from pia.store.opening import Store
from pia.store.queries.registers import RegisterFilter
from pia.store.rows.registers import RegisterRecord, RegisterVersion
from pia.store.upkeep import fsck

from . import city

FORM = data.shipped("affair")


def notice(name: str, people: str = "市民") -> Tree:
    answers = [(("R-1",), name), (("R-2",), "名簿を作るため。"), (("R-3",), people)]
    return items.build(FORM.form, answers)


def typed(act: str, tree: Tree, day: int = 1) -> acts.TypedAct:
    return acts.TypedAct(act, tree, None, date(2026, 5, day))


def body(store: Store) -> int:
    with store.begin() as session:
        found = city.found(session)
        city.wrote(session)
        affair = session.get_one(city.assessments.Affair, found.affair_id)
        return affair.body_id


def test_acts_are_numbered_told_and_found(store: Store) -> None:
    mayor = body(store)
    with store.begin() as session:
        first = acts.put_first(
            session, city.by(), mayor, "affair", FORM, typed("BEGIN", notice("ＰＴＡ名簿"))
        )
        record = session.get_one(RegisterRecord, first.record_id)
        changed = typed("CHANGE", notice("ＰＴＡ名簿", "市民と保護者"), 2)
        second = acts.put_next(session, city.by(), record, FORM, changed)
        assert (first.serial, second.serial, second.seq) == (1, 2, 2)
        assert (first.year, record.state) == (2026, "LIVE")
    with store.read() as session:
        told = registers.told_acts(session, queries.registers.acts(session, record.id))
        assert [in_one_line(each.fields) for each in told] == [
            "記載の変更なし",
            "対象者の範囲：市民→市民と保護者",
        ]
        wanted = RegisterFilter("affair", words=("pta", "保護者"))
        ((found, last, _, _),) = queries.registers.page(session, wanted, 0, 10)
        assert (found.id, last.id) == (record.id, second.id)
        assert queries.registers.count(session, RegisterFilter("file")) == 0
    assert fsck.check(store, deep=True) == []


def test_a_correction_keeps_what_was_typed_and_its_number(store: Store) -> None:
    mayor = body(store)
    with store.begin() as session:
        first = acts.put_first(
            session, city.by(), mayor, "affair", FORM, typed("BEGIN", notice("名薄"))
        )
        right = acts.put_right(
            session, city.by(1), first, FORM, typed("BEGIN", notice("名簿")), "誤字"
        )
        with pytest.raises(PiaError, match="もう訂正されたか"):
            acts.put_right(session, city.by(1), first, FORM, typed("BEGIN", notice("名簿")), "再")
    with store.read() as session:
        record = session.get_one(RegisterRecord, first.record_id)
        assert record.name == "名簿" and record.head_id == right.id
        every = queries.registers.acts(session, record.id, True)
        assert [(act.name, act.serial, act.withdrawn is None) for act in every] == [
            ("名薄", 1, False),
            ("名簿", 1, True),
        ]
    with store.begin() as session:
        acts.take_back(session, city.by(2), session.get_one(RegisterVersion, right.id), "二重")
    with store.read() as session:
        assert session.get_one(RegisterRecord, record.id).state == "NONE"
        assert queries.registers.count(session, RegisterFilter("affair")) == 0
    assert fsck.check(store, deep=True) == []


def test_the_form_of_its_day_reads_an_old_text(store: Store) -> None:
    with store.read() as session, pytest.raises(PiaError, match="登録されていません"):
        registers.forms_of(session, ["affair_register@令和8年12月#9"])


def test_fsck_sees_a_head_that_is_not_the_last_act(store: Store, tmp_path: Path) -> None:
    mayor = body(store)
    with store.begin() as session:
        first = acts.put_first(
            session, city.by(), mayor, "affair", FORM, typed("BEGIN", notice("名簿"))
        )
    with store.begin() as session:
        record = session.scalars(select(RegisterRecord)).one()
        record.state = "ENDED"
        city.wrote(session)
    codes = {problem.code for problem in fsck.check(store)}
    assert "register-head" in codes
    with store.read() as session:
        session.execute(text("SELECT 1"))
        assert queries.registers.acts(session, first.record_id)[0].id == first.id
