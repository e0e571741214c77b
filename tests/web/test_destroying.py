"""廃棄 of documents and files in the town of the second story: texts of versions and kept files
that nothing else holds go, what others need stays and says so, and the ledger is whole but for
the acts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from pia.actions import jobs as job_queue
from pia.actions.keeping import retention as keeping_retention
from pia.actions.kept import destroyable, retention
from pia.domain.act import By
from pia.domain.errors import Refused
from pia.store import nodes
from pia.store.opening import Store
from pia.store.rows import jobs, records
from pia.store.rows.assessments import Assessment, Version, resolve
from pia.store.upkeep import fsck

from .. import shared
from . import searched, second_town
from . import second_story as story
from .second_town import Town
from .test_second_story import _play

LATE = "2050-05-01T09:00"
ONLY_FIRST = f"vaccine~{story.FIRST}"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    second_town.stay_signed_in(monkeypatch)
    wp = shared.copied(shared.once("second.db", _play), tmp_path)
    yield Town(wp, story.END)
    wp.store.close()


def found(store: Store) -> list[str]:
    return [p.code for p in fsck.check(store, deep=True) if p.level != "info"]


def empty(store: Store) -> tuple[int, int]:
    """(contents, files) without a body."""
    with store.read() as s:
        of = select(func.count())
        contents = s.scalars(of.where(func.length(nodes.Content.body) == 0)).one()
        return contents, s.scalars(of.where(func.length(nodes.Blob.body) == 0)).one()


def dispose(town: Town, chosen: list[str], number: str = "白総第90号") -> str:
    values = {"records": chosen, "document_number": number, "decided": town.now.date().isoformat()}
    return town.office("/records/disposal", "/records/disposal", {**values, "sure": "1"})


def all_of(town: Town, *kinds: str) -> list[str]:
    """Every record of these kinds that may go now."""
    due = retention.due(town.wp, town.now.date())
    return [x.record for x in due if x.kind in kinds and x.may_go(town.now.date())]


def test_versions_that_nothing_else_holds_lose_their_text(town: Town) -> None:
    town.at(LATE)
    store = town.wp.store
    with store.read() as s:
        first = s.scalars(select(Version).where(Version.why != "").order_by(Version.id)).all()
        before = {v.id: nodes.tree(s, v.id).digest for v in first}
    searched.whole(town.wp)
    looked_through = searched.said(town.wp)
    chosen = all_of(town, "round", "submission", "publication", "referral", "opinion")
    assert f"round:{ONLY_FIRST}" in chosen and "submission:1" in chosen
    words = dispose(town, chosen)
    assert "廃棄簿に記録しました" in words and "ほかの記録が使う" in words
    contents, files = empty(store)
    assert contents and files
    assert found(store) == []
    with store.read() as s:
        changed = [v for v, digest in before.items() if nodes.tree(s, v).digest != digest]
        assert changed
        for assessment in s.scalars(select(Assessment)):
            head = nodes.tree(s, assessment.head_id or 0)
            assert nodes.GONE not in str(list(map(str, head.children)))
            assert head.digest == s.get_one(Version, assessment.head_id).digest
        gone = nodes.tree(s, changed[0])
    assert nodes.GONE in repr(gone)
    assert len(searched.said(town.wp)) < len(looked_through)
    searched.is_as_made_again(town.wp)
    book = town.person("kazama").download("/records/book.csv").decode("utf-8-sig")
    assert "残したもの" in book and "令和32年6月5日" in book
    page = town.person("kazama")
    for url in ("/", "/rounds", f"/rounds/{ONLY_FIRST}", "/records", "/records/book", "/referrals"):
        page.get(url)
    for url in ("/referrals/1", "/consultations/1", "/assessments/vaccine"):
        assert page.client.get(url).status_code < 500, url


def test_a_gap_without_its_act_is_found(town: Town) -> None:
    store = town.wp.store
    with store.engine.begin() as connection:
        for kind in (nodes.Content, nodes.Blob):
            table = kind.__table__
            number = connection.execute(select(func.min(table.c.id))).scalar_one()
            emptied = update(table).where(table.c.id == number)  # type: ignore[arg-type]
            connection.execute(emptied.values(body=b""))
    codes = found(store)
    assert "content-unreadable" in codes and "blob-changed" in codes


def test_nothing_but_emptying_is_let_through(town: Town) -> None:
    for kind in (nodes.Content, nodes.Blob):
        table = kind.__table__
        with pytest.raises(Exception, match="append-only"), town.wp.store.engine.begin() as c:
            other = update(table).where(table.c.id == 1)  # type: ignore[arg-type]
            c.execute(other.values(body=b"\x00other"))


def test_bundles_and_kept_files_go_and_what_is_in_use_stays(town: Town) -> None:
    office = By("kazama", "secretariat", town.now)
    job_queue.ask(town.wp, office, "bundle", {"ref": "vaccine~r7-hozon"})
    town.work()
    with town.wp.store.begin() as s:
        from pia.store.ledger import log
        from pia.store.rows import papers

        assessment = s.scalars(select(Assessment)).first()
        assert assessment is not None
        for body in (b"old carrier" * 9, b"new carrier" * 9):
            papers.keep_carrier(
                s, office, "all_item@平成30年5月", "様式4.xlsx", body, assessment.id
            )
        log.entry(s, office, "test.carrier", "x")
    town.at(LATE)
    due = {x.record: x for x in retention.due(town.wp, town.now.date())}
    bundle = next(x for x in due if x.startswith("bundle:"))
    old, new = sorted(x for x in due if x.startswith("file:"))[-2:]
    assert due[new].needed and not due[new].may_go(town.now.date())
    assert "保留（様式ファイルとして使っている）" in town.read("kazama", "/records/disposal")
    with pytest.raises(Refused) as error:
        late = By("kazama", "secretariat", town.now)
        keeping_retention.dispose(town.wp, late, [new], "第1号", town.now.date(), "")
    assert "様式ファイルとして使っているため廃棄できません" in "".join(error.value.unmet)
    dispose(town, [bundle, old])
    with town.wp.store.read() as s:
        kept = s.scalars(select(jobs.Job).where(jobs.Job.kind == "bundle")).one().result or {}
        with pytest.raises(nodes.PiaError, match="廃棄されました"):
            nodes.get_blob(s, kept["sha256"])
        files = {x.record: x.files for x in s.scalars(select(records.Destruction))}
    assert set(files) == {bundle, old} and all(files.values())
    assert found(town.wp.store) == []
    with town.wp.store.begin() as s:
        nodes.put_blob(s, b"old carrier" * 9)
        log.entry(s, By("kazama", "secretariat", town.now), "test.again", "x")
    with town.wp.store.read() as s:
        assert nodes.get_blob(s, files[old][0]) == b"old carrier" * 9
    assert found(town.wp.store) == []


def test_a_text_written_again_is_there_again(town: Town) -> None:
    """A paragraph that was destroyed and that somebody writes again has its body."""
    store = town.wp.store
    with store.read() as s:
        version = resolve(s, "vaccine@1")
        tree = nodes.tree(s, version.id)
        some = nodes.values(s, {n.content for n in tree.children[0].children if n.content})
    with shared.by_hand(store) as s:
        first = s.scalars(select(nodes.Content.digest)).all()[0]
        name = next(iter(some)) if some else bytes(first).hex()
        nodes.emptied(s, [name], [])
    with shared.by_hand(store) as s:
        nodes.put_tree(s, tree)
    with store.read() as s:
        assert nodes.tree(s, version.id).digest == version.digest


def test_without_its_guard_a_mark_would_be_lost(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version whose marks alone cover words that another says openly keeps its text."""
    with town.wp.store.read() as s:
        monkeypatch.setattr(destroyable, "secrets", lambda *trees: frozenset())
        every = s.scalars(select(Version.id)).all()
        assert destroyable._guarding(s, every[1:3]) == set()
        words = frozenset({"児童手当"})
        alone = lambda *trees: words if len(trees) == 1 else frozenset()  # noqa: E731
        monkeypatch.setattr(destroyable, "secrets", alone)
        of = select(Version.id).join(Assessment, Assessment.id == Version.assessment_id)
        mine = s.scalars(of.where(Assessment.key == "allowance").order_by(Version.id)).all()
        assert destroyable._guarding(s, mine[:1]) == {mine[0]}
