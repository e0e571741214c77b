"""The backup of every night: made and checked on this machine, then laid into the city's folder
(`PIA_BACKUPS`), which may be a share; and what the administrator is told where none is there.

Knows the folder, the worker's turns and the record. Must not know how a backup is made. A file of
the folder is never overwritten and never deleted by this program. A share may be gone or not
answer: the worker tells it and tries again, and a page waits a second for it at most.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...domain.act import By, day_in_japan, in_japan
from ...domain.errors import PiaError, Refused
from ...settings import Config
from ...store import queries
from ...store.ledger import log
from ...store.opening import Store, open_store
from ...store.upkeep import backup, fsck, segments
from ...store.upkeep.fsck_since import mark_of
from ..steps import own_notes
from ..workplace import Workplace
from . import rehearsal, reminding, starting

DONE = "keep.backup"
FAILED = "keep.failed"
HOUR = 1  # of the night, in Japan: from here on the backup of the day is due
AGAIN = timedelta(hours=1)  # after a failure
FRESH = timedelta(hours=26)
DAY = timedelta(days=1)
_BESIDE = "pia-backup-"  # how folders begin in which a backup is made
ANSWERS = 1.0  # seconds a page waits for the folder
Kept = tuple[Path, datetime, int]  # file, when it was written, bytes
_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)
_LOG = logging.getLogger("pia.backup")
UNSET = (
    "バックアップのフォルダ（PIA_BACKUPS）が設定されていないため、毎晩のバックアップが"
    "とられていません。市の共有フォルダを指定してください。"
)
_NONE = "バックアップのフォルダに、バックアップが1つもありません。"
_OLD = "新しいバックアップでも、{0}前のものです。毎晩のバックアップがとれていません。"
_SILENT = "バックアップのフォルダ {0} が答えません。"
_CLOSED = "バックアップのフォルダ {0} を開けません。"
_LOOK = "管理者は、サーバーで pia doctor を実行して、わけを確かめてください。"


def name_of(store: Store, now: datetime, again: bool = False) -> str:
    """The file of a day's backup, by the name of the database and the day; `again`: of one more on
    that day, by the minute. Names sort as they were taken.
    """
    database = Path(str(store.engine.url.database)).name.removesuffix(".db")
    at = in_japan(now)
    minute = f"-{at:%H%M}" if again else ""
    return f"{database}-{at:%Y-%m-%d}{minute}.{'db' if store.sqlite else 'dump'}"


def nights(
    wp: Workplace, config: Config, now: Callable[[], datetime], over: threading.Event, pause: float
) -> None:
    """`turn` after `turn` until `over` is set, and the reminders of the day. In a thread of its own
    beside jobs: a backup takes its time, and a share that does not answer stops whoever asks it.
    """
    while not over.is_set():
        try:
            at = now()
            turn(wp, config, at)
            reminding.turn(wp, config, at)
        except PiaError:
            _LOG.error("the database was busy or away; the backup waits")
        except Exception:
            _LOG.exception("the turn of the night stopped")
        over.wait(pause)


def turn(wp: Workplace, config: Config, now: datetime) -> bool:
    """Takes the backup of the day where it is due and not there, else what was recorded since the
    last (`PIA_BACKUP_SEGMENTS`); whether a file was made. What goes wrong is put on record as a
    sentence and tried again after an hour. Nothing of a rehearsal is kept.
    """
    own_notes.erase_due(wp, day_in_japan(now))
    setting = config.values["PIA_BACKUPS"]
    if not setting or rehearsal.is_one(wp) or _failed_lately(wp, now):
        return False
    by = By("pia", "system", now)
    target = Path(setting) / name_of(wp.store, now)
    try:
        if in_japan(now).hour < HOUR or os.path.exists(target):
            if not _with_segments(wp.store, config):
                return False
            last = _last(wp.store, Path(setting))
            if last is not None:
                return _segment(wp.store, last, Path(setting))
            target = Path(setting) / name_of(wp.store, now, again=True)
        _sweep(wp.store, now)
        seq = take(wp.store, config, target)
    except (PiaError, OSError) as error:
        _LOG.error("the backup failed: %s", type(error).__name__)
        with wp.store.begin() as session:
            log.entry(session, by, FAILED, "database", {"why": str(error)[:300]})
        return False
    with wp.store.begin() as session:
        log.entry(session, by, DONE, "database", {"seq": seq, "file": target.name})
    return True


def _sweep(store: Store, now: datetime) -> None:
    """Removes what a backup or a check left beside the database that was killed a day ago."""
    if not store.sqlite:
        return
    file = Path(str(store.engine.url.database))
    for pattern in (f"{_BESIDE}*", f"{file.name}{fsck.BESIDE}*"):
        for folder in file.parent.glob(pattern):
            if now - (_BEGAN + timedelta(seconds=folder.stat().st_mtime)) > DAY:
                shutil.rmtree(folder, ignore_errors=True)


def _with_segments(store: Store, config: Config) -> bool:
    return store.sqlite and config.values["PIA_BACKUP_SEGMENTS"] == "1"


def _last(store: Store, folder: Path) -> segments.Increment | None:
    """The newest segment this database goes on from; None where it does not, as after a restore or
    an upgrade, or there is none.
    """
    file = Path(str(store.engine.url.database))
    newest = segments.newest(folder, file.name.removesuffix(".db"))
    try:
        last = None if newest is None else segments.read(newest)
        return last if last is not None and segments.goes_on(store, last) else None
    except Refused:
        return None


def _segment(store: Store, last: segments.Increment, folder: Path) -> bool:
    """Lays what was recorded since the last file into the folder; whether there was anything. It is
    no entry of the record: else there would always be something.
    """
    beside = Path(str(store.engine.url.database)).parent
    with tempfile.TemporaryDirectory(prefix=_BESIDE, dir=beside) as made_in:
        segment = segments.take(store, last, Path(made_in))
        if segment is not None:
            lay(segment, folder / segment.name)
    return segment is not None


def _failed_lately(wp: Workplace, now: datetime) -> bool:
    with wp.store.read() as session:
        for entry in queries.audit_entries.newest_since(session, now - AGAIN):
            if entry.action == FAILED:
                return True
    return False


def take(store: Store, config: Config, target: Path) -> int:
    """Makes a backup on this machine, checks it, and lays it whole into a folder under its name.
    The number of the last entry in it. PiaError where it is not sound, or cannot be laid there.
    """
    beside = None
    if store.sqlite:
        beside = Path(str(store.engine.url.database)).parent
    with tempfile.TemporaryDirectory(prefix=_BESIDE, dir=beside) as folder:
        file = Path(folder) / target.name
        seq, _ = backup.backup(store, file, upkeep_url=starting.upkeep_url(config))
        lay(file, target)
        if _with_segments(store, config):
            copy = open_store(f"sqlite:///{file}")
            with copy.read() as session:
                heads = mark_of(session).heads
            copy.close()
            first = segments.begin(file, heads, Path(folder))
            lay(first, target.with_name(first.name))
    return seq


def lay(file: Path, target: Path) -> None:
    """Copies a file into a folder, reads it back there, and only then gives it its name. PiaError
    where the folder is not there, full, closed, or gives back something else.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        _drop(part)
        own = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with file.open("rb") as source, os.fdopen(own, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        if segments.sha256_of(part) != segments.sha256_of(file):
            raise PiaError(
                f"バックアップのフォルダ {target.parent} に書いたものを読み直すと、違っていました。"
                "フォルダのあるディスクを確かめてください。"
            )
        if target.exists():
            raise PiaError(f"{target.name} はもうあります。バックアップは上書きしません。")
        os.rename(part, target)
    except OSError as error:
        raise PiaError(
            f"バックアップのフォルダ {target.parent} に書けませんでした（{error.strerror}）。"
            "フォルダがあるか、書き込み権限と空き容量を確かめてください。"
        ) from error
    finally:
        _drop(part)


def _drop(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        _LOG.error("an unfinished file stays in the folder of backups")


def listed(folder: Path) -> list[Kept]:
    """The backups in a folder, newest first: file, when it was written, bytes. OSError where it
    cannot be read.
    """
    kept: list[Kept] = []
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith("."):
            facts = path.stat()
            written = _BEGAN + timedelta(seconds=facts.st_mtime)
            kept.append((path, written, facts.st_size))
    return sorted(kept, key=lambda file: file[1], reverse=True)


def why_failed(store: Store) -> str:
    """What the last backup failed by; empty where the last one was taken."""
    with store.read() as session:
        failed = queries.audit_entries.last_of(session, FAILED)
        done = queries.audit_entries.last_of(session, DONE)
    if failed is None or (done is not None and done.seq > failed.seq):
        return ""
    return str(failed.detail.get("why", ""))


def ago(now: datetime, then: datetime) -> str:
    """How long ago something was, in hours, or in days from two on."""
    hours = max(0, int((now - then).total_seconds() // 3600))
    if hours < 48:
        return f"{hours}時間"
    return f"{hours // 24}日"


class Notice:
    """What the administrator's first page says of the backups. The folder is looked at beside the
    page, by one thread at a time: a share that does not answer keeps nobody.
    """

    def __init__(self, config: Config, look: Callable[[Path], list[Kept]] = listed):
        self._config = config
        self._look = look
        self._beside: threading.Thread | None = None
        self._found: list[Kept] | OSError | None = None

    def of(self, now: datetime) -> str:
        """One or two sentences; empty where all is well, or nobody works here in earnest."""
        setting = self._config.values["PIA_BACKUPS"]
        if not setting:
            return UNSET if starting.in_earnest(self._config) else ""
        listing = self._asked(Path(setting))
        if listing is None:
            return _SILENT.format(setting) + _LOOK
        if isinstance(listing, OSError):
            return _CLOSED.format(setting) + _LOOK
        if not listing:
            return _NONE + _LOOK
        newest = listing[0][1]
        if now - newest > FRESH:
            return _OLD.format(ago(now, newest)) + _LOOK
        return ""

    def _asked(self, folder: Path) -> list[Kept] | OSError | None:
        if self._beside is None or not self._beside.is_alive():
            self._found = None
            self._beside = threading.Thread(target=self._ask, args=(folder,), daemon=True)
            self._beside.start()
        self._beside.join(ANSWERS)
        return self._found

    def _ask(self, folder: Path) -> None:
        try:
            self._found = self._look(folder)
        except OSError as error:
            self._found = error
