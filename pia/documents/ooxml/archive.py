"""Parts of a strangers' ZIP, read so that no part can be larger than its directory says.

Knows ZIP. Must not know what a part holds. `ZipFile.read` unpacks whatever a part holds and cuts it
afterwards: 300 kB with a lie in the directory are gigabytes in memory.
"""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Iterator
from io import BytesIO

from ...domain.errors import PiaError


def part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a part. BadZipFile where it holds more or other bytes than the directory
    says."""
    # One byte more than there should be: it shows that there are more, and the rest stays packed.
    more = copy.copy(info)
    more.file_size += 1
    with archive.open(more) as file:
        body = file.read(more.file_size)
    if len(body) != info.file_size:
        raise zipfile.BadZipFile(f"{info.filename} is not as large as its directory says")
    return body


def files(data: bytes, name: str, most: int, most_bytes: int) -> Iterator[tuple[str, bytes]]:
    """(name without folders, bytes) of each file of a ZIP somebody made of their own. PiaError for
    more than so many files or bytes, and for a ZIP that cannot be opened."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = []
            for entry in archive.infolist():
                # What a Mac lays beside each file begins with a dot.
                if not entry.is_dir() and not _file_name(entry).startswith("."):
                    entries.append(entry)
            if len(entries) > most or sum(entry.file_size for entry in entries) > most_bytes:
                raise PiaError(f"「{name}」の中のファイルが多すぎます。分けて選んでください。")
            for entry in entries:
                yield _file_name(entry), part(archive, entry)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, OSError) as error:
        raise PiaError(f"「{name}」を開けません。ZIPを作り直してください。") from error


def _file_name(entry: zipfile.ZipInfo) -> str:
    """The name of a file in a ZIP without its folders. Programs on Japanese machines write names in
    Shift_JIS without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("cp932")
        except UnicodeError:
            name = entry.filename
    return name.replace("\\", "/").rsplit("/", 1)[-1][:200]
