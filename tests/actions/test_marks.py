"""Up to where a database was found whole: a mark counts where it stands in the record, and with a
key only with its signature."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pia import config
from pia.actions.upkeep import anchors, marks
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.store.ledger import log
from pia.store.upkeep.fsck_since import Mark, mark_of

NOW = datetime(2027, 1, 4, 8, 30, tzinfo=JST)
OPEN = config.load({})


def noted(wp: Workplace, detail: dict[str, object]) -> None:
    with wp.store.begin() as session:
        log.entry(session, By("cli", "administrator", NOW), marks.ACTION, "database", detail)


def now(wp: Workplace) -> Mark:
    with wp.store.read() as session:
        return mark_of(session)


def with_key(folder: Path, name: str) -> config.Config:
    anchors.make_key(folder / name)
    return config.load({"PIA_ANCHOR_KEY": str(folder / name)})


def test_the_newest_mark_counts(fresh: Workplace) -> None:
    assert marks.last(fresh.store, OPEN) is None
    noted(fresh, {"deep": True})  # as releases before this wrote it
    assert marks.last(fresh.store, OPEN) is None
    for _ in range(2):
        mark = now(fresh)
        noted(fresh, marks.detail(OPEN, mark))
        assert marks.last(fresh.store, OPEN) == mark


def test_with_a_key_only_its_own_marks_count(fresh: Workplace, tmp_path: Path) -> None:
    ours, other = with_key(tmp_path, "ours"), with_key(tmp_path, "other")
    noted(fresh, marks.detail(OPEN, now(fresh)))
    assert marks.last(fresh.store, ours) is None, "who owns the database wrote it"
    mark = now(fresh)
    noted(fresh, marks.detail(ours, mark))
    for forged in (
        marks.detail(OPEN, now(fresh)),
        marks.detail(other, now(fresh)),
        {**marks.detail(OPEN, now(fresh)), "signature": marks.detail(ours, mark)["signature"]},
        {**marks.detail(OPEN, now(fresh)), "signature": "kein Hex"},
    ):
        noted(fresh, forged)
    assert marks.last(fresh.store, ours) == mark
