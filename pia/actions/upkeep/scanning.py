"""A file somebody sends in, looked at by the city's own scanner before anything reads it.

Knows one command and how it ends. Must not know what the file is for. Off unless set: then whatever
is not found clean is refused, also where the scanner cannot answer (ASVS 5.4.3).
"""

from __future__ import annotations

import shlex
import subprocess  # nosec B404 # the command is the city's own setting
import tempfile
from pathlib import Path

from ...domain.errors import PiaError

LONGEST = 60  # seconds a scanner has
FOUND = (
    "ファイル「{0}」は、庁内の検査で問題が見つかったため、取り込みませんでした。"
    "ファイルの送り主と、情報セキュリティの担当に知らせてください。"
)
FAILED = (
    "ファイル「{0}」を検査できないため、取り込みませんでした。"
    "管理者に、検査のコマンド（PIA_SCAN_COMMAND）を確かめてもらってください。"
)


def look(command: str, name: str, body: bytes) -> None:
    """PiaError unless the scanner ends with 0 for this file (1: something was found). The file lies
    in a folder of its own that only this user reads, and is gone afterwards."""
    if not command:
        return
    with tempfile.TemporaryDirectory(prefix="pia-scan-") as folder:
        file = Path(folder) / "file"
        file.write_bytes(body)
        code = _ended(command, file)
    if code != 0:
        raise PiaError((FOUND if code == 1 else FAILED).format(name[:100]))


def _ended(command: str, file: Path) -> int | None:
    """How the scanner ended; None where it could not be asked."""
    try:
        ended = subprocess.run(  # nosec B603 # no shell; the city's own command
            [*shlex.split(command), str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return ended.returncode
