"""The real case, played through the acts: the figures of the afternoon must come out exactly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pia import forms
from pia.actions import demo
from pia.actions.editing import national
from pia.actions.people import members
from pia.actions.records.revision import revision
from pia.actions.viewing import cards, history, register
from pia.actions.viewing import rounds as round_views
from pia.actions.workplace import Workplace, line
from pia.domain.act import JST
from pia.domain.document.form import reviewed
from pia.domain.procedure import change_table
from pia.store import nodes
from pia.store.ledger import log
from pia.store.opening import open_store
from pia.store.rows import assessments, filing
from pia.store.upkeep import fsck

from .. import shared
from ..conftest import TODAY, workplace_at
from ..drills.places import place
from ..store import servers

KEYS = {"nhi-benefits": (8, 7), "nhi-levy": (5, 4), "elderly-medical": (5, 4)}


def test_eighteen_changed_items_and_fifteen_material_ones(seen: Workplace) -> None:
    for key, (changed, material) in KEYS.items():
        with seen.store.read() as s:
            rev = revision(s, line(s, f"{key}~{demo.ROUND}").round)
        assert len(rev.own_rows) == changed, key
        assert len(rev.materiality.material) == material, key
        assert rev.procedure_rows and not {r.path for r in rev.procedure_rows} & {
            r.path for r in rev.own_rows
        }


def test_eight_cards_five_of_them_shared_by_three(seen: Workplace) -> None:
    view = cards.sitting_view(seen, 1)
    assert [len(c.card.places) for c in view.cards] == [1, 1, 1, 3, 3, 3, 3, 3]
    assert (view.shared, view.local, view.changed_items) == (5, 3, 18)
    assert all(c.explanation for c in view.cards)


def test_the_adopted_opinion_changes_the_same_item_in_all_three(seen: Workplace) -> None:
    departures = national.departures_json(seen, list(KEYS))["departures"]
    assert sorted((d["assessment"], d["item"], d["status"]) for d in departures) == sorted(
        (k, "II-6-3", "differs") for k in KEYS
    )
    assert len({d["ours"] for d in departures}) == 1
    assert all(d["confirmed"]["asked"] and d["reason"] for d in departures)
    assert (
        "確実に対応する" in departures[0]["ours"]
        and "確実にデータを消去する" in departures[0]["national"]
    )


def test_three_submissions_and_publications_of_the_whole_set(seen: Workplace) -> None:
    with seen.store.read() as s:
        assert s.scalar(select(func.count()).select_from(filing.Submission)) == 6
        rounds = {p.round_id for p in s.scalars(select(filing.Publication)) if p.round_id}
        assert len(rounds) == 6
        for sub in s.scalars(select(filing.Submission)):
            version = s.get_one(assessments.Version, sub.version_id)
            assert (sub.digest, sub.reviewed_digest) == (version.digest, version.reviewed_digest)


def test_the_three_change_tables_prove_and_a_changed_one_does_not(seen: Workplace) -> None:
    for key in KEYS:
        with seen.store.read() as s:
            rev = revision(s, line(s, f"{key}~{demo.ROUND}").round)
        assert change_table.prove(rev.form, rev.base, rev.head, rev.rows) == ()
        assert change_table.prove(rev.form, rev.base, rev.head, rev.rows[1:]) != ()


def test_the_printed_table_keeps_inherited_rows_and_adds_one_per_change(seen: Workplace) -> None:
    for key, (changed, _) in KEYS.items():
        with seen.store.read() as s:
            assessment = assessments.by_key(s, key)
            old, new = (
                nodes.tree(s, assessments.nth(s, assessment, 1).id),
                nodes.tree(s, assessment.head_id),
            )
        form = forms.load(new.form)
        before, after = change_table.inherited(form, old), change_table.inherited(form, new)
        assert after[: len(before)] == before and len(after) == len(before) + changed
        assert {row[4] for row in after[len(before) :]} == {"事前"}


def test_the_verdict_binds_to_what_was_reviewed(seen: Workplace) -> None:
    for key in KEYS:
        with seen.store.read() as s:
            at = line(s, f"{key}~{demo.ROUND}")
            head = s.get_one(assessments.Version, at.head_id)
            pinned = [
                p
                for p in s.scalars(
                    select(__import__("pia.store.rows.councils", fromlist=["x"]).ReferralRound)
                )
                if p.round_id == at.round.id
            ]
            tree = nodes.tree(s, head.id)
        assert (
            pinned[0].reviewed_digest
            == head.reviewed_digest
            == reviewed(forms.load(tree.form), tree).digest
        )
        assert pinned[0].version_id != head.id, (
            "what the procedure filled in came after the verdict"
        )


def test_every_act_is_in_the_chain_and_nothing_is_damaged(seen: Workplace) -> None:
    with seen.store.read() as s:
        assert log.verify(s) is None
        assert log.chain_head(s)[0] > 60
    assert fsck.check(seen.store, deep=True) == []


def test_somebody_sits_on_the_council_whenever_the_demonstration_is_looked_at(
    tmp_path: Path,
) -> None:
    wp = shared.copied(shared.played(), tmp_path)
    late = datetime(2030, 2, 28, 9, tzinfo=JST)
    assert members.councils(wp, late.date())[0].members == ()
    assert demo.appoint_again(wp, late) == 3 * 8
    seats = members.councils(wp, late.date())[0].members
    assert [seat.title for seat in seats].count("会長") == 1 and len(seats) == 8
    assert all(seat.account_id for seat in seats)
    assert demo.appoint_again(wp, late) == 0
    assert fsck.check(wp.store) == []


def test_the_rounds_are_published_and_say_so(seen: Workplace) -> None:
    views = shared.all_rounds(seen)
    assert {v.state for v in views} == {"PUBLISHED"}
    assert not any(round_views.round_view(seen, v.ref, TODAY).proved for v in views)
    assert {x["where"] for v in views for x in v.strip} == {"done"}


def test_a_voluntary_self_check_only_warns(seen: Workplace) -> None:
    view = round_views.round_view(seen, "nhi-benefits~r6-cloud", TODAY)
    warned = [w["rule"] for e in view.events for w in e["warnings"]]
    assert "R22" in warned


def test_the_play_gives_the_same_digests_on_postgresql(seen: Workplace) -> None:
    with servers.server() as pg:
        if pg is None:
            pytest.skip(servers.HOW)
        with place("pg", pg, "") as url:
            wp = workplace_at(url)
            digests = {
                r.key: [v.digest for v in history.history(wp, r.key)] for r in register.register(wp)
            }
            assert fsck.check(wp.store) == []
            wp.store.close()
    assert digests == {
        r.key: [v.digest for v in history.history(seen, r.key)] for r in register.register(seen)
    }


def test_a_stopped_play_shows_what_the_next_step_needs(tmp_path) -> None:
    wp = shared.copied(shared.played("opinions"), tmp_path)
    view = round_views.round_view(wp, "nhi-levy~r6-cloud", TODAY)
    assert view.state == "CONSULTING"
    assert [s["where"] for s in view.strip] == ["done", "now", "later", "later", "later", "later"]
    assert [s.event for s, _ in view.next_steps] == ["close_consultation", "withdraw"]
    wp.store.close()
    assert open_store(f"sqlite:///{tmp_path / 'pia.db'}").sqlite
