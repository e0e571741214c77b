"""What one run of the tests makes once and every process of it takes: databases in which the
case was played so far, and the server of PostgreSQL.

Knows files and locks. The run's folder is named by PIA_TEST_RUN, which the first process sets
(`tests/conftest.py`) and the others inherit; a drill by hand has one of its own.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from functools import cache
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from pia import config, forms
from pia.actions import demo, sources
from pia.actions.editing import items, versions
from pia.actions.records import causes
from pia.actions.records.revision import revision
from pia.actions.steps import change_notes, sittings
from pia.actions.upkeep.opening import open_workplace
from pia.actions.viewing import rounds
from pia.actions.workplace import Workplace, line
from pia.domain.act import JST, By
from pia.domain.document.items import with_answer
from pia.domain.document.tree import Path as Path_
from pia.store import nodes
from pia.store.ledger import log
from pia.store.opening import Store, upgrade
from pia.store.rows import papers as printings

RUN = "PIA_TEST_RUN"
# Whether tests leave pictures of pages and papers in artifacts, to be looked at by people: no test
# reads them, and drawing them takes a minute of a run.
PICTURES = os.environ.get("PIA_TEST_PICTURES") == "1"


def workplace_at(url: str, **settings: str) -> Workplace:
    return open_workplace(config.load({"PIA_DATABASE_URL": url, **settings}))


@cache
def folder() -> Path:
    """The folder of this run of the tests, else one of this process alone."""
    if RUN in os.environ:
        return Path(os.environ[RUN])
    own = tempfile.mkdtemp(prefix="pia-run-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return Path(own)


def once(name: str, make: Callable[[Path], None]) -> Path:
    """The file of this name in the run's folder, made by whoever asks first. Never to be written
    to: it is everybody's."""
    file = folder() / name
    with open(file.with_name(f"{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            part = file.with_name(f"{name}.part")
            make(part)
            part.rename(file)
    return file


def blank() -> Path:
    """A SQLite database with the whole schema and no rows."""
    return once("blank.db", lambda file: upgrade(f"sqlite:///{file}"))


def played(until: str = "", papers: bool = False) -> Path:
    """A SQLite database in which the case was played until a step of `demo.play`, the whole of
    it if none is named; `papers` with the papers of the council printed."""
    if papers:
        return once(f"case-{until or 'whole'}-papers.db", lambda file: _play_papers(file, until))
    whole = once("case.db", _play)
    return folder() / f"case-{until}.db" if until else whole


def _play_papers(file: Path, until: str) -> None:
    shutil.copy(blank(), file)
    wp = workplace_at(f"sqlite:///{file}")
    demo.play(wp, until=until, papers=True)
    wp.store.close()


def _play(file: Path) -> None:
    """The whole case, with a copy of the file after each step."""
    shutil.copy(blank(), file)
    wp = workplace_at(f"sqlite:///{file}")
    for step in steps(wp):
        shutil.copy(file, folder() / f"case-{step}.db")
    wp.store.close()


def steps(wp: Workplace) -> Iterator[str]:
    """Plays the case; the name of each step once it is taken, where several have it of the
    first."""
    known = set()
    for step, _ in demo.steps(wp, demo.Play()):
        if step not in known:
            known.add(step)
            yield step


def write(
    wp: Workplace, by: By, where: str, path: Path_, text: str, *, seen: str, why: str
) -> versions.SavedVersion:
    """One item's new text from somebody who saw a version: at the desk in a round, and on the
    main line by a workbook that was made from what they saw."""
    if "~" in where:
        return items.save_answer(wp, by, items.Opened(where, path, seen=seen), text, why=why)
    base = sources.read_ref(wp, seen).tree
    changed = with_answer(forms.load(base.form), base, path, text)
    return versions.bring_in(wp, by, where, versions.Brought(changed, base=base), why=why)


def reasoned(wp: Workplace, by: By, *refs: str, reason: str = "見直しのため") -> None:
    """Says why everything is changed that nobody said a reason of yet."""
    for ref in refs:
        with wp.store.read() as session:
            round_ = line(session, ref).own_round
            left = causes.left_open(session, round_, revision(session, round_))
        if left:
            note = change_notes.RowNote(reason=reason)
            change_notes.fill(wp, by, ref, [unit.path for unit in left], note)


def take_printings(wp: Workplace) -> None:
    """Gives a database the printings of the papers of the case's 諮問, as if it had printed these
    texts before: printing is not what is looked at there."""
    with tempfile.TemporaryDirectory(prefix="pia-printings-") as folder:
        printed = copied(played("verdict", papers=True), Path(folder))
        with printed.store.read() as session:
            kept = []
            for row in session.scalars(select(printings.Printed)):
                kept.append((row, nodes.get_blob(session, row.sha256)))
        printed.store.close()
    with wp.store.begin() as session:
        for row, data in kept:
            pages = {tuple(place.split("/")): page for place, page in row.pages.items()}
            where = (row.digest, row.projection, row.layout)
            printings.keep_printed(session, *where, data, row.count, pages)


@contextmanager
def by_hand(store: Store) -> Iterator[Session]:
    """A write transaction of a test, on record as an act of its own: rows under the chain are
    not written without an entry."""
    with store.begin() as session:
        by = By("test", "system", datetime(2024, 1, 1, tzinfo=JST))
        log.entry(session, by, "test.write", "x")
        yield session


@contextmanager
def turn_held(store: Store, chain: str | None = None) -> Iterator[None]:
    """Meanwhile it is somebody else's turn to write in a chain, or in all of them."""
    begun = threading.Event()
    over = threading.Event()

    def hold() -> None:
        with store.begin(chain=chain):
            begun.set()
            over.wait(300)

    other = threading.Thread(target=hold)
    other.start()
    assert begun.wait(60)
    try:
        yield
    finally:
        over.set()
        other.join(60)


def copied(file: Path, folder: Path) -> Workplace:
    """A copy of one of these databases, opened, to do with as one likes."""
    shutil.copy(file, folder / "pia.db")
    return workplace_at(f"sqlite:///{folder / 'pia.db'}")


@contextmanager
def statements(wp: Workplace) -> Iterator[list[str]]:
    """What the database is asked inside."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(wp.store.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(wp.store.engine, "before_cursor_execute", note)


def new_sitting(wp: Workplace, at: datetime) -> int:
    """A sitting of this very day with the case's referral on its agenda: the one that was played
    is closed."""
    office = By("mizukoshi", "secretariat", at)
    agenda = [{"number": "1", "title": "その後の報告", "referral": 1}]
    return sittings.convene(
        wp,
        office,
        1,
        sittings.NewSitting(
            name="報告の会議", day=office.day, opens=time(8), place="会議室", agenda=agenda
        ),
    )


def all_rounds(wp: Workplace) -> list[rounds.RoundLine]:
    """Every round, those that run first."""
    running = rounds.page(wp, False, 0, 1000)
    over = rounds.page(wp, True, 0, 1000)
    return [*running.lines, *over.lines]
