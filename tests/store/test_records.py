"""What the records office writes, on both databases: erasures with their tombstones, answers, and
what holds a record."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from pia.store import nodes
from pia.store.ledger import log
from pia.store.model import acted
from pia.store.opening import open_store
from pia.store.rows import erasing, records
from pia.store.rows.consultations import Inbox, Opinion, OpinionSender
from pia.store.rows.councils import Proposal
from pia.store.upkeep import fsck

from . import city


def test_an_erasure_leaves_its_words_and_a_whole_ledger(full_url: str) -> None:
    store = open_store(full_url)
    with store.begin() as s:
        for row in (s.get_one(Opinion, 1), s.get_one(OpinionSender, 1), s.get_one(Inbox, 1)):
            texts = [text for text in erasing.texts_of(type(row)) if getattr(row, text)]
            erasing.erase(s, city.by(), row, texts, "", "求めにより", date(2026, 6, 1))
        erasing.erase(s, city.by(), s.get_one(Proposal, 1), ["after"], "総第8号", "連絡先")
    assert fsck.check(store, deep=True) == []
    with store.read() as s:
        assert records.shown(s.get_one(Opinion, 1)).endswith("令和8年6月1日の決裁により消去）")
        assert records.shown(s.get_one(Opinion, 2)) == "消去とは何か。"
        assert "総第8号により消去" in records.shown(s.get_one(Proposal, 1), "after")
        assert records.shown(s.get_one(Proposal, 1), "before") == "甲"
        assert s.get_one(OpinionSender, 1).address == ""
        assert [x.texts for x in records.erasures(s, "inbox 1")] == [["name", "text"]]
    store.close()


def test_the_latest_answer_counts_and_open_requests_hold(full_url: str) -> None:
    store = open_store(full_url)
    with store.read() as s:
        known = records.answers(s, ["opinion 1"])
        assert {key[2] for key in known} == {1, 2} and records.answers(s, ["opinion 9"]) == {}
        assert records.undecided_disclosures(s) == []
    with store.begin() as s:
        disclosure = records.Disclosure(
            number="開9",
            received=date(2027, 5, 1),
            asked="経過",
            subject="sitting:1",
            **acted(city.by()),
        )
        again = records.FindAnswer(
            place="opinion 1",
            text_mark="text",
            number=1,
            answer="WITHHOLD",
            reason="見直し",
            **acted(city.by()),
        )
        s.add_all([disclosure, again])
        s.flush()
        log.entry(s, city.by(), "disclosure.register", "9")
    with store.read() as s:
        assert [x.number for x in records.undecided_disclosures(s)] == ["開9"]
        assert records.answers(s)["opinion 1", "text", 1].answer == "WITHHOLD"
    assert fsck.check(store) == []
    store.close()


def test_a_body_is_emptied_by_its_act_and_filled_by_its_like_alone(full_url: str) -> None:
    store = open_store(full_url)
    with store.begin() as s:
        some = bytes(s.scalars(select(nodes.Content.digest).limit(1)).one()).hex()
        kept = nodes.put_blob(s, b"a file of then" * 20)
        log.entry(s, city.by(), "test.keep", "x")
    with store.begin() as s:
        nodes.emptied(s, [some], [kept])
        log.entry(s, city.by(), "test.empty", "x")
    codes = {p.code for p in fsck.check(store)}
    assert codes == {"content-unreadable", "blob-changed"}
    with store.begin() as s:
        number = s.scalars(select(records.Disposal.id).limit(1)).one()
        made = {"disposal_id": number, "record": "file:1", "contents": [some], "files": [kept]}
        s.add(records.Destruction(**made, **acted(city.by())))
        s.flush()
        log.entry(s, city.by(), "records.dispose", "1")
    assert fsck.check(store, deep=True) == []
    with store.begin() as s:
        assert nodes.is_emptied(s, kept)
        assert nodes.put_blob(s, b"a file of then" * 20) == kept
        log.entry(s, city.by(), "test.again", "x")
    with store.begin() as s, pytest.raises(DBAPIError, match="append-only"):
        s.execute(update(nodes.Blob).where(nodes.Blob.sha256 == kept).values(body=b"other"))
    assert fsck.check(store, deep=True) == []
    store.close()


def test_a_corrected_request_holds_as_it_stands_now(full_url: str) -> None:
    store = open_store(full_url)
    with store.read() as s:
        request = records.asked(s, 1)
        assert request is not None and request.number.startswith("開")
        assert [x.part for x in records.corrections(s, 1)] == ["request"]
        assert [x.act for x in records.blackouts(s, 1)] == ["BLACK"]
        assert records.decided(s, 1) is not None and records.asked(s, 99) is None
    store.close()
