"""Parts of a strangers' ZIP, read so that no part can be larger than its directory says.

Knows ZIP. Must not know what a part holds. `ZipFile.read` unpacks whatever a part holds and cuts it
afterwards: 300 kB with a lie in the directory are gigabytes in memory.
"""

from __future__ import annotations

import copy
import zipfile


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
