"""Each damage is planted by hand in an otherwise sound database, and fsck names it. A sound one
gives no finding."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path

import pytest

from pia.domain.document.blocks import block
from pia.domain.document.tree import Tree, node
from pia.store import nodes
from pia.store.ledger import log
from pia.store.opening import Store, open_store
from pia.store.upkeep import fsck
from tests.domain import trees

from . import city
from .damage import damage
from .records import fill


def codes(store: Store, **how: object) -> set[str]:
    return {p.code for p in fsck.check(store, **how)}  # type: ignore[arg-type]


def test_a_sound_store_gives_no_finding(store: Store) -> None:
    assert fsck.check(store, deep=True) == []
    fill(store)
    assert fsck.check(store, deep=True) == []


PLANTED: dict[str, tuple[str, ...]] = {
    "reference-broken": ("DELETE FROM council WHERE id = 2",),
    "schema-other": ("UPDATE alembic_version SET version_num = 'older'",),
    "content-changed": ("UPDATE content SET kind = 'shape' WHERE id = 1",),
    "content-missing": ("DELETE FROM content WHERE id = 2",),
    "version-changed": ("UPDATE version SET digest = reviewed_digest WHERE id = 1",),
    "reviewed-changed": ("UPDATE version SET reviewed_digest = digest WHERE id = 1",),
    "version-gap": ("UPDATE version SET seq = 7 WHERE id = 3",),
    "parent-foreign": ("UPDATE version SET parent_id = 4 WHERE id = 2",),
    "parent-later": ("UPDATE version SET parent_id = 3 WHERE id = 2",),
    "line-forked": ("UPDATE version SET parent_id = 1 WHERE id = 3",),
    "head-missing": ("UPDATE round SET head_id = NULL WHERE id = 1",),
    "head-foreign": ("UPDATE assessment SET head_id = 4 WHERE id = 1",),
    "head-behind": ("UPDATE round SET head_id = 2 WHERE id = 1",),
    "base-foreign": ("UPDATE round SET base_id = 4 WHERE id = 1",),
    "round-foreign": ("UPDATE version SET round_id = 2 WHERE id = 1",),
    "audit-broken": ("UPDATE audit_entry SET target = 'x' WHERE seq = 3",),
    "unattributed": ("UPDATE audit_entry SET detail = '{}' WHERE seq = 2",),
    "misattributed": ("UPDATE version SET actor = 'suzuki' WHERE id = 2",),
    "event-none": ("DELETE FROM round_event WHERE round_id = 1",),
    "event-gap": ("UPDATE round_event SET seq = 5 WHERE round_id = 1 AND seq = 2",),
    "state-differs": ("UPDATE round SET state = 'DRAFTING' WHERE id = 1",),
    "submission-differs": ("UPDATE submission SET digest = reviewed_digest WHERE id = 1",),
    "submission-foreign": ("UPDATE submission SET round_id = 2 WHERE id = 1",),
    "publication-foreign": ("UPDATE publication SET version_id = 4 WHERE id = 2",),
    "referral-differs": ("UPDATE referral_round SET version_id = 2 WHERE referral_id = 1",),
    "verdict-unknown": ("UPDATE verdict SET reviewed = '[[1,\"ff\"]]' WHERE id = 1",),
    "remark-foreign": ("UPDATE remark SET version_id = 4 WHERE id = 1",),
    "material-missing": ('UPDATE referral SET materials = \'[{"sha256":"ff"}]\' WHERE id = 1',),
    "round-file-missing": ("UPDATE round_file SET sha256 = 'ff' WHERE id = 1",),
    "application-foreign": ("UPDATE national_application SET before_id = 4 WHERE id = 1",),
    "undo-foreign": ("UPDATE national_undo SET version_id = 4 WHERE id = 1",),
    "adoption-foreign": ("UPDATE adoption SET after_id = 4 WHERE id = 1",),
    "unreadable": ("UPDATE verdict SET reviewed = 'x' WHERE id = 1",),
}


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_damage_is_named(full_url: str, code: str) -> None:
    store = open_store(full_url)
    damage(full_url, *PLANTED[code])
    problems = fsck.check(store, deep=True)
    assert code in {p.code for p in problems} and fsck.damaged(problems)
    assert all(p.sentence.endswith("。") for p in problems)
    store.close()


BYTES = {
    "content-unreadable": ("UPDATE content SET body = ? WHERE id = 1", b"\x01broken"),
    "blob-changed": ("UPDATE blob SET body = ? WHERE id = 1", b"\x00something else"),
    "manifest-unreadable": ("UPDATE version SET manifest = ? WHERE id = 1", b"\x09"),
}


@pytest.mark.parametrize("code", BYTES)
def test_altered_bytes_are_named(store: Store, url: str, code: str) -> None:
    fill(store)
    statement, value = BYTES[code]
    damage(url, statement, values=(value,))
    assert code in codes(store)


def test_a_form_nobody_knows_is_named(store: Store, url: str) -> None:
    """The digest fits, so nothing but the form is wrong."""
    fill(store)
    with store.read() as s:
        tree = nodes.tree(s, 1)
    other = type(tree)("all_item@未来", tree.children)
    damage(
        url,
        "UPDATE version SET form = ?, digest = ? WHERE id = 1",
        values=(other.form, other.digest),
    )
    assert "form-unknown" in codes(store, deep=True)


def test_a_heading_inside_a_block_is_named_and_no_damage(store: Store) -> None:
    fill(store)
    path = ("II", "file-a", "6", "1")
    inside = block("＜甲＞\n本文\n＜乙＞\n本文")
    item = node(path[-1], "text", None, [inside])
    for key in reversed(path[:-1]):
        kind = {"file-a": "entry", "II": "repeat"}.get(key, "group")
        item = node(key, kind, None, [item])
    with store.begin() as s:
        city.save(s, city.found(s, "allowance"), Tree(trees.FORM, (item,)))
    problems = fsck.check(store, deep=True)
    assert [(p.code, p.where) for p in problems] == [("answer-unsettled", "allowance@1")]
    assert not fsck.damaged(problems)


def test_a_content_of_nobody_is_no_damage(store: Store) -> None:
    fill(store)
    with store.begin() as s:
        nodes.put_tree(s, trees.a_tree(random.Random(99)))
        city.wrote(s)
    problems = fsck.check(store, deep=True)
    assert {p.code for p in problems} == {"content-orphan"} and not fsck.damaged(problems)


def test_a_dropped_trigger_is_named(store: Store, url: str) -> None:
    on = "" if store.sqlite else " ON version"
    damage(url, f"DROP TRIGGER version_no_update{on}", keep_triggers=False)
    problems = fsck.check(store)
    assert [(p.code, p.where) for p in problems] == [("trigger-missing", "version_no_update")]


def test_an_anchor_shows_a_cut_tail_and_a_rewritten_chain(
    store: Store, url: str, tmp_path: Path
) -> None:
    fill(store)
    with store.read() as s:
        seq, last = log.chain_head(s)
    anchor = tmp_path / "anchor.json"
    anchor.write_text(json.dumps({"seq": seq, "hash": last}))
    assert codes(store, anchor=anchor) == set()
    with store.begin() as s:
        log.entry(s, city.by(20), "later", "x")
    assert codes(store, anchor=anchor) == set()
    with store.read() as s:
        seq, last = log.chain_head(s)
    anchor.write_text(json.dumps({"seq": seq, "hash": "0" * 64}))
    assert "anchor-differs" in codes(store, anchor=anchor)
    anchor.write_text("{}")
    assert codes(store, anchor=anchor) == {"anchor-unreadable"}
    anchor.write_text(json.dumps({"seq": seq, "hash": last}))
    damage(url, f"DELETE FROM audit_entry WHERE seq >= {seq}")
    assert codes(store) == set(), "a cut tail cannot be seen from inside"
    assert "anchor-ahead" in codes(store, anchor=anchor)


def test_a_broken_file_is_named(tmp_path: Path, blank: Path) -> None:
    file = tmp_path / "broken.db"
    file.write_bytes(blank.read_bytes())
    url = f"sqlite:///{file}"
    store = open_store(url)
    fill(store)
    store.close()
    bare = sqlite3.connect(file)
    (page,) = bare.execute("SELECT rootpage FROM sqlite_master WHERE name = 'remark'").fetchone()
    bare.close()
    whole = bytearray(file.read_bytes())
    whole[(page - 1) * 4096 : (page - 1) * 4096 + 40] = b"\xff" * 40
    file.write_bytes(whole)
    store = open_store(url)
    assert {"database-broken", "unreadable"} & codes(store)
    store.close()


def test_random_edits_of_the_chain_name_the_first_bad_entry(store: Store, url: str) -> None:
    with store.begin() as s:
        for n in range(40):
            log.entry(s, city.by(n), "act", f"t{n}", {"n": n})
        assert log.verify(s) is None
    rng = random.Random(2)
    for _ in range(12):
        seq = rng.randint(1, 40)
        column = rng.choice(["actor", "role", "action", "target", "prev", "hash"])
        with store.read() as s:
            kept = (
                s.connection()
                .exec_driver_sql(f"SELECT {column} FROM audit_entry WHERE seq = {seq}")
                .scalar_one()
            )
        damage(url, f"UPDATE audit_entry SET {column} = ? WHERE seq = {seq}", values=("ffff",))
        with store.read() as s:
            assert log.verify(s) == seq
        damage(url, f"UPDATE audit_entry SET {column} = ? WHERE seq = {seq}", values=(kept,))
    damage(url, "DELETE FROM audit_entry WHERE seq = 17")
    with store.read() as s:
        assert log.verify(s) == 17


def test_the_number_of_codes(store: Store) -> None:
    here = {
        *PLANTED,
        *BYTES,
        "form-unknown",
        "content-orphan",
        "trigger-missing",
        "anchor-differs",
        "anchor-ahead",
        "anchor-unreadable",
        "database-broken",
    }
    folder = Path(fsck.__file__).parent
    source = "".join(
        (folder / f"{name}.py").read_text("utf-8")
        for name in ("fsck", "fsck_versions", "fsck_records")
    )
    used = {
        line.split('Problem("')[1].split('"')[0]
        for line in source.splitlines()
        if 'Problem("' in line
    }
    assert used <= here, "a code nobody plants"
    assert len(here) >= 25
