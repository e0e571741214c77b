"""The log of a server: JSON lines on stderr.

Knows what may stand in a line; not who writes it.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from types import TracebackType

from ..web import request_numbers


def json_lines() -> None:
    """Logs as one JSON line an entry on stderr: when, how bad, where.

    No text of a person and no address stands in it.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLine())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class _JsonLine(logging.Formatter):
    """An entry of the log as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, str | None] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        name = request_numbers.number()
        if name:
            entry["request"] = name
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
            entry["where"] = _where(record.exc_info[2])
        return json.dumps(entry, ensure_ascii=False)


def _where(traceback: TracebackType | None) -> str | None:
    """File and line an error was met at."""
    if traceback is None:
        return None
    file = traceback.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f"{file}:{traceback.tb_lineno}"
