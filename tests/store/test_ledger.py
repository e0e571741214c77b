"""Rows under the chain: what an entry holds, what fsck says of rows, that nothing is written
without an entry, and what may be erased."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from pia.domain.errors import PiaError
from pia.store import guard, nodes
from pia.store.ledger import digests, log
from pia.store.migrations import ledger
from pia.store.opening import Store, open_store, upgrade
from pia.store.rows import erasing
from pia.store.rows.bodies import Body, Department
from pia.store.rows.consultations import Consultation, Inbox, Opinion, OpinionSender
from pia.store.rows.councils import Remark
from pia.store.rows.records import is_erased
from pia.store.rows.tables import METADATA
from pia.store.upkeep import fsck, fsck_chain, schema
from tests.store import schemas, servers

from . import city, records
from .damage import damage

GOLDEN = Path(__file__).parents[1] / "golden" / "3486151"


def wheres(store: Store, code: str) -> set[str]:
    return {p.where for p in fsck.check(store) if p.code == code}


def first_seal(store: Store) -> log.AuditEntry:
    with store.read() as s:
        seals = select(log.AuditEntry).where(log.AuditEntry.action == "ledger.seal")
        entry = s.scalars(seals.order_by(log.AuditEntry.seq)).first()
        assert entry is not None
        return entry


def last(store: Store) -> log.AuditEntry:
    with store.read() as s:
        entry = s.scalars(
            select(log.AuditEntry)
            .where(log.AuditEntry.chain == log.MAIN)
            .order_by(log.AuditEntry.seq.desc())
        ).first()
        assert entry is not None and entry.rows is not None
        return entry


def test_every_table_is_under_the_chain_or_says_why_not() -> None:
    assert (
        digests.CHAINED | digests.NOTHING.keys() == METADATA.tables.keys()
        and not digests.CHAINED & digests.NOTHING.keys()
    )
    assert all(len(why) > 20 for why in digests.NOTHING.values())
    for table, columns in digests.NOTHING_IN.items():
        assert set(columns) <= set(METADATA.tables[table].columns.keys()) and all(columns.values())


def test_the_texts_that_may_be_erased_are_those_with_a_nonce() -> None:
    sealed = {
        t.name: {
            c.name.removesuffix(digests.NONCE) for c in t.columns if c.name.endswith(digests.NONCE)
        }
        for t in METADATA.sorted_tables
    }
    assert {t: set(texts) for t, texts in guard.ERASABLE.items()} | {
        "opinion_sender": {"name", "address"}
    } == {t: s for t, s in sealed.items() if s}


def test_a_row_added_at_once_is_a_row_like_any_other(store: Store) -> None:
    """It stands in its entry, has its key, is changed by the unit of work afterwards; what was
    pending before it comes first."""
    with store.begin() as s:
        first = Body(name="あおば市長")
        s.add(first)
        s.add_now(second := Body(name="あおば市教育委員会"))
        assert (first.id, second.id) == (1, 2) and s.get(Body, 2) is second
        log.entry(s, city.by(), "a", "x")
        second.name = "あおば市選挙管理委員会"
    with store.read() as s:
        assert s.get_one(Body, 2).name == "あおば市選挙管理委員会"
    assert json.loads(last(store).rows or "").keys() == {"body"}
    assert len(json.loads(last(store).rows or "")["body"]) == 2
    assert fsck.check(store) == []


def test_a_column_is_set_only_where_it_is_as_expected(store: Store) -> None:
    with store.begin() as s:
        s.add(body := Body(name="あおば市長"))
        assert not s.compare_and_set(body, "name", "白波市長", "鳴瀬市長")
        assert body.name == "あおば市長"
        assert s.compare_and_set(body, "name", "あおば市長", "鳴瀬市長")
        assert body.name == "鳴瀬市長" and not s.is_modified(body)
        log.entry(s, city.by(), "a", "x")
    with store.read() as s:
        assert s.get_one(Body, 1).name == "鳴瀬市長"
    assert fsck.check(store) == []


def test_an_entry_holds_the_rows_of_its_act(store: Store) -> None:
    with store.begin() as s:
        s.add(body := Body(name="あおば市長"))
        log.entry(s, city.by(), "a", "x")
        s.add(Department(body_id=1, name="国保年金課"))  # after its entry, and still of this act
    assert {t: list(k) for t, k in json.loads(last(store).rows or "").items()} == {
        "body": ["1"],
        "department": ["1"],
    }
    with store.begin() as s:
        log.entry(s, city.by(), "b", "x")
        s.execute(update(Body).values(name="みなも市長"))
        s.execute(Department.__table__.delete())
    report = json.loads(last(store).rows or "")
    assert list(report["body"]) == ["1"] and report["department"] == {"1": None}
    assert body.id == 1 and fsck.check(store) == []


def test_acts_together_have_their_own_rows(store: Store) -> None:
    with store.together():
        for name in ("一", "二"):
            with store.begin() as s:
                s.add(Body(name=name))
                log.entry(s, city.by(), name, "x")
        with store.begin() as s:  # what was just recorded is there to be read
            assert [
                e.action for e in s.scalars(select(log.AuditEntry).order_by(log.AuditEntry.seq))
            ] == ["一", "二"]
    with store.read() as s:
        assert [
            list(json.loads(r)["body"])
            for r in s.scalars(select(log.AuditEntry.rows).order_by(log.AuditEntry.seq))
        ] == [["1"], ["2"]]


def test_rows_that_tie_two_others_are_rows_too(store: Store) -> None:
    records.fill(store)
    with store.begin() as s:
        s.get_one(Consultation, 1).rounds = []
        log.entry(s, city.by(), "untie", "x")
    assert json.loads(last(store).rows or "") == {"consultation_round": {"1/1": None}}
    assert fsck.check(store) == []


def test_nothing_is_written_without_an_entry(store: Store) -> None:
    with pytest.raises(RuntimeError, match="body"), store.begin() as s:
        s.add(Body(name="だれも"))
    with pytest.raises(RuntimeError, match="blob"), store.begin() as s:
        nodes.put_blob(s, b"x")
    with pytest.raises(RuntimeError, match="nobody tells"), store.begin() as s:
        s.execute(insert(Body).values(name="だれも", facts={}))
        log.entry(s, city.by(), "a", "x")
    with store.read() as s:
        assert s.query(Body).count() == 0 and log.chain_head(s) == (0, log.START)


def test_damage_of_rows_is_named(store: Store, url: str) -> None:
    records.fill(store)
    damage(url, "UPDATE verdict SET kind = '不適当' WHERE id = 1")
    assert wheres(store, "row-changed") == {"verdict 1"}
    damage(
        url,
        "UPDATE verdict SET kind = '了承' WHERE id = 1",
        "DELETE FROM attendance WHERE sitting_id = 2",
    )
    assert wheres(store, "row-missing") == {"attendance 2/2"}
    damage(
        url,
        "INSERT INTO account (name, shown, role, active) VALUES ('eve', 'eve', "
        "'administrator', true)",
    )
    assert wheres(store, "row-unattributed") == {"account 3"}
    assert fsck.check(store)[0].sentence.endswith("。")


def test_a_row_that_comes_back_is_named(store: Store, url: str) -> None:
    records.fill(store)
    with store.begin() as s:
        s.delete(s.get_one(OpinionSender, 1))
        log.entry(s, city.by(), "forget", "x")
    assert fsck.check(store) == []
    damage(
        url,
        "INSERT INTO opinion_sender (opinion_id, name, address) VALUES (1, '市民 "
        "太郎', 'あおば市1-1')",
    )
    assert wheres(store, "row-back") == {"opinion_sender 1"}


def test_many_findings_of_one_table_are_told_together(store: Store, url: str) -> None:
    with store.begin() as s:
        s.add_all([Body(name=f"{n}") for n in range(30)])
        city.wrote(s)
    damage(url, "UPDATE body SET name = '別' || name")
    problems = fsck.check(store)
    assert len(problems) == 21 and "ほかに10行" in problems[-1].sentence


def test_without_the_digests_of_rows_an_edit_is_unseen(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: it is they that see it."""
    records.fill(store)
    damage(url, "UPDATE verdict SET kind = '不適当' WHERE id = 1")
    monkeypatch.setattr(fsck_chain, "_rows", lambda *_: iter(()))
    assert fsck.check(store, deep=True) == []


def test_a_text_is_erased_by_an_act_and_in_no_other_way(store: Store, url: str) -> None:
    records.fill(store)
    with store.begin() as s:
        remark = s.get_one(Remark, 1)
        erasing.erase(s, city.by(), remark, ["text"], "みな総第1号", "個人番号が書かれていたため")
    with store.read() as s:
        assert is_erased(s.get_one(Remark, 1)) and not is_erased(s.get_one(Remark, 2))
    assert fsck.check(store, deep=True) == []
    assert (last(store).action, last(store).target) == ("records.erase", "remark 1")
    with pytest.raises(PiaError, match="もう消されて"), store.begin() as s:
        erasing.erase(s, city.by(), s.get_one(Remark, 1), ["text"], "", "")
    with pytest.raises(PiaError, match="だけです"), store.begin() as s:
        erasing.erase(s, city.by(), s.get_one(Remark, 2), ["speaker"], "", "")
    damage(url, "UPDATE remark SET text = '', text_nonce = NULL WHERE id = 2")
    assert wheres(store, "row-changed") == {"remark 2"}


@pytest.mark.parametrize(
    "change",
    [
        "text = 'x'",
        "text = ''",
        "text_nonce = NULL",
        "text = '', text_nonce = 'x'",
        "text = '', text_nonce = NULL, speaker = 'x'",
    ],
)
def test_nothing_but_erasing_passes_the_triggers(full_url: str, change: str) -> None:
    store = open_store(full_url)
    with pytest.raises(DBAPIError), store.begin() as s:
        s.execute(text(f"UPDATE remark SET {change} WHERE id = 1"))
    store.close()
    if store.sqlite:  # and without the program
        bare = sqlite3.connect(full_url.removeprefix("sqlite:///"))
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            bare.execute(f"UPDATE remark SET {change} WHERE id = 1")
        bare.close()


def test_an_opinion_taken_in_leaves_no_name_in_the_inbox(store: Store) -> None:
    records.fill(store)
    with store.read() as s:
        assert s.get_one(Inbox, 1).name_nonce and s.get_one(Opinion, 1).text_nonce


@given(
    st.dictionaries(
        st.sampled_from(["name", "facts"]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")),
        min_size=2,
    )
)
def test_a_revision_computes_digests_as_the_program_does(values: dict[str, str]) -> None:
    ours = digests.digest("body", "1", {"id": 1, **values})
    body = {"v": 1, "kind": "row", "table": "body", "key": "1", "values": {"id": 1, **values}}
    assert ours == ledger.sha256(ledger._canonical(body)).hexdigest()


@pytest.fixture(params=["sqlite", "pg"])
def landed(request: pytest.FixtureRequest, tmp_path: Path, pg: str | None) -> object:
    """A database of the landed state, brought to this release."""
    if request.param == "sqlite":
        (tmp_path / "pia.db").write_bytes(gzip.decompress((GOLDEN / "records.db.gz").read_bytes()))
        upgrade(f"sqlite:///{tmp_path / 'pia.db'}", at=city.by(90_000).at)
        yield f"sqlite:///{tmp_path / 'pia.db'}"
        return
    if pg is None:
        pytest.skip(servers.HOW)
    import psycopg

    with servers.database(pg) as url:
        with psycopg.connect(url, autocommit=True) as c:
            c.execute(gzip.decompress((GOLDEN / "records.sql.gz").read_bytes()).decode())
        upgrade(url, at=city.by(90_000).at)
        yield url


def test_what_there_was_is_sealed_and_seen(landed: str) -> None:
    """Entries of before keep bytes and hashes; one entry seals all rows, and an edit of any
    shows."""
    store = open_store(landed)
    assert fsck.check(store, deep=True) == []
    seal = first_seal(store)
    assert seal.v == 2 and seal.at == city.by(90_000).at
    assert (
        seal.detail["tables"]["version"]["count"] == 6
        and seal.detail["tables"]["content"]["count"] > 20
    )
    with store.read() as s:
        before = list(
            s.scalars(
                select(log.AuditEntry).where(log.AuditEntry.v == 1).order_by(log.AuditEntry.seq)
            )
        )
        assert (
            len(before) == seal.seq - 1 and before[-1].hash == seal.prev and log.verify(s) is None
        )
    for statement, where in (
        ("UPDATE remark SET text = 'x' WHERE id = 1", "remark 1"),
        ("UPDATE round_event SET actor = 'x' WHERE id = 1", "round_event 1"),
    ):
        damage(landed, statement)
        assert where in wheres(store, "row-changed")
    damage(
        landed,
        "DELETE FROM blob WHERE sha256 = ?",
        values=(seal.detail["tables"]["version"]["parts"][0],),
    )
    assert "seal-broken" in {p.code for p in fsck.check(store)}
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        "detail = detail || ' '",
        "at = replace(at, '.000000', '')",
        "nonce = 'x'",
        "rows = '{}'",
        "chain = 'other'",
        "v = 2",
    ],
)
def test_entries_of_version_1_are_held_to_the_letter(landed: str, change: str) -> None:
    store = open_store(landed)
    damage(landed, f"UPDATE audit_entry SET {change} WHERE seq = 2")
    assert "audit-broken" in {p.code for p in fsck.check(store)}
    store.close()


def test_chains_are_bound_by_the_chain_of_heads(store: Store, url: str) -> None:
    records.fill(store)
    left: list[log.Head] = []
    bound = Store(store.engine, left.append)
    with bound.begin() as s:
        log.entry(s, city.by(), "publish", "x")
        log.anchor(s, city.by())
        assert not left, "nothing leaves before it stands"
    with store.read() as s:
        assert left[0].heads == ((log.MAIN, *log.chain_head(s)),) and log.chain_head(
            s, log.HEADS
        ) == (1, left[0].hash)
    with pytest.raises(ZeroDivisionError), bound.begin() as s:
        log.entry(s, city.by(), "undone", "x")
        log.anchor(s, city.by())
        _ = 1 / 0
    assert len(left) == 1 and fsck.check(store) == []
    damage(url, f"DELETE FROM audit_entry WHERE chain = 'main' AND seq = {left[0].heads[0][1]}")
    assert "heads-ahead" in {p.code for p in fsck.check(store)}


def test_the_schema_is_compared_whole(full_url: str) -> None:
    store = open_store(full_url)
    for statement, code in (
        ("CREATE VIEW seen AS SELECT 1 AS one", "schema-extra"),
        ("DROP INDEX ix_answer_remark_id", "schema-missing"),
        (
            "ALTER TABLE tick ADD COLUMN more TEXT",
            "schema-changed" if store.sqlite else "schema-extra",
        ),
    ):
        assert code not in {p.code for p in fsck.check(store)}
        damage(full_url, statement, keep_triggers=False)
        assert code in {p.code for p in fsck.check(store)}, statement
        if code != "schema-changed":
            break_back = {
                "CREATE VIEW seen AS SELECT 1 AS one": "DROP VIEW seen",
                "DROP INDEX ix_answer_remark_id": "CREATE INDEX ix_answer_remark_id "
                "ON answer (remark_id)",
            }
            if statement in break_back:
                damage(full_url, break_back[statement], keep_triggers=False)
    store.close()


def test_what_is_known_of_postgresql_is_what_the_revisions_make(pg: str | None) -> None:
    if pg is None:
        pytest.skip(servers.HOW)
    with servers.database(pg) as url:
        steps = schemas.steps(url)
    assert json.loads(schemas.FILE.read_text("utf-8")) == steps, (
        "run `python -m tests.store.schemas`"
    )


def test_the_text_of_landed_revisions_is_frozen(tmp_path: Path) -> None:
    """What a revision makes today is what it made when it landed."""
    (tmp_path / "then.db").write_bytes(gzip.decompress((GOLDEN / "records.db.gz").read_bytes()))
    revision, then = schema.of_file(tmp_path / "then.db")
    upgrade(f"sqlite:///{tmp_path / 'now.db'}", revision)
    assert schema.of_file(tmp_path / "now.db") == (revision, then)
    assert schema.unlike(tmp_path / "then.db") == []
