"""The desk of one sitting on a laptop: its database stands in a private folder in memory while it
is open, and after each act the sealed file is written anew, whole or not at all.

Knows the file, its folder and the one sitting in it. Must not know pages nor commands.
"""

from __future__ import annotations

import hmac
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from ...domain.errors import PiaError
from ...settings import Config
from ...store.opening import upgrade
from ...store.rows import councils
from ..access.carried_code import CarriedKey
from ..records import carried_files, desk_records
from ..records.desk_records import Record
from ..steps import desk_filling
from ..workplace import Workplace
from .opening import open_workplace

MEMORY = Path("/dev/shm")  # nosec B108 # what stands here is never written to a disk


@dataclass
class CarriedRoom:
    """An open desk: its file and key, what it left with, and the workplace it is written in."""

    path: Path
    folder: Path
    key: CarriedKey
    about: str
    record: Record
    wp: Workplace
    _turn: Lock = field(default_factory=Lock, repr=False)

    def secret(self, of: str) -> str:
        """A secret of this file for one use: the same after a program that was killed."""
        return hmac.new(self.key.key, of.encode(), sha256).hexdigest()

    @property
    def sitting(self) -> int:
        """The number of its sitting."""
        return int(self.record["sitting"])

    def save(self) -> None:
        """Writes the file anew with all that is recorded now, and on the disk when this returns.
        PiaError where that cannot be."""
        with self._turn, self.wp.store.read() as session:
            held = session.get_one(councils.Sitting, self.sitting)
            now = desk_records.of_sitting(session, held)
            data = carried_files.written(self.key, {**self.record, "now": now}, self.about)
            _whole(self.path, data)

    def close(self) -> None:
        """The folder in memory goes; the file stays."""
        self.wp.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def open_room(path: Path, code: str, settings: Mapping[str, str], at: datetime) -> CarriedRoom:
    """Opens the file of a desk with its code. What a killed program left in memory is cleared
    first: all that was acknowledged stands in the file. Unfit for another code, Refused for what is
    no such file, PiaError where it is open already."""
    key, record, about = carried_files.read(_bytes(path), code)
    folder = _folder(path)
    _take(folder)
    url = f"sqlite:///{folder / 'desk.db'}"
    upgrade(url, at=at)
    wp = open_workplace(Config({**settings, "PIA_DATABASE_URL": url, "PIA_ANCHOR_DROP": ""}))
    room = CarriedRoom(path, folder, key, about, record, wp)
    desk_filling.fill(wp, record, room.secret("session"), at)
    return room


def _folder(path: Path) -> Path:
    name = sha256(str(path.resolve()).encode()).hexdigest()[:24]
    above = MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())
    return above / f"pia-carried-{name}"


def _take(folder: Path) -> None:
    """A folder of this process alone."""
    holder = folder / "held-by"
    if holder.is_file() and _lives(holder.read_text("ascii")):
        raise PiaError("この持出し記録は、もう開いています。開いている画面を使ってください。")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    holder.write_text(str(os.getpid()), "ascii")


def _lives(number: str) -> bool:
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PiaError(f"{path.name} を読めません。場所を確かめてください。") from error


def _whole(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        held = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)
    except OSError as error:
        raise PiaError(
            f"{path.name} に書けません。空き容量と書込みの権限を確かめてください。"
            "いま送った内容は、まだ残っていません。"
        ) from error


@dataclass(frozen=True, slots=True)
class ErasedFiles:
    """What was erased of a desk: (name, bytes) each, and the number that proves which file it
    was."""

    about: str
    files: tuple[tuple[str, int], ...]
    mark: str


def erase(path: Path) -> ErasedFiles:
    """Erases the file of a desk with all that this program put beside it. PiaError while it is
    open, Refused for a file that is no desk."""
    data = _bytes(path)
    about = carried_files.about_of(data)
    folder = _folder(path)
    holder = folder / "held-by"
    if holder.is_file() and _lives(holder.read_text("ascii")):
        raise PiaError("この持出し記録は開いています。先に閉じてください。")
    gone = []
    beside = [path, path.with_name(f".{path.name}.part")]
    for file in (*beside, *sorted(folder.glob("*"))):
        if file.is_file():
            size = file.stat().st_size
            _overwritten(file, size)
            file.unlink()
            gone.append((file.name, size))
    shutil.rmtree(folder, ignore_errors=True)
    return ErasedFiles(about, tuple(gone), sha256(data).hexdigest()[:12].upper())


def _overwritten(file: Path, size: int) -> None:
    """Its place is written over before its name goes; what a disk keeps elsewhere nobody can
    reach from here."""
    with file.open("r+b") as raw:
        raw.write(b"\0" * size)
        raw.flush()
        os.fsync(raw.fileno())
