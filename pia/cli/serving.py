"""A server that ends gracefully: told to stop, it takes no new visitor, answers every request in
hand whole, and only then ends. While it serves, it goes
through its whole memory seldom: with long documents at hand that stands everybody still for a fifth
of a second.

Knows waitress, whose own stop throws away what takes over five seconds. Must not know what is
served. Who may hold how many connections and for how long says `connections`.
"""

from __future__ import annotations

import errno
import gc
import signal
import time
from types import FrameType
from typing import Any

import click
from waitress import create_server, wasyncore
from waitress.server import BaseWSGIServer

from ..domain.errors import Refused
from . import connections
from .connections import Limits

_NO_HOST = "{host} という場所では待てません。--host に、この機械の番地を指定してください。"
_CLOSED = {
    errno.EADDRINUSE: "{host} の {port} 番は、ほかのプログラムが使っています。"
    "そのプログラム（前の pia serve など）を止めるか、--port で別の番号を指定してください。",
    errno.EACCES: "{host} の {port} 番で待つ権限がありません。"
    "--port に1024以上の番号を指定してください。",
}
LAST = 60  # seconds a request in hand has to be answered
_TURN = 0.5  # seconds between two looks at whether to stop
_TIDIED = 600  # seconds between two times the whole memory is gone through


def serve(
    app: Any, host: str, port: int, limits: Limits | None = None, says: str = "", **options: Any
) -> None:
    """Serves until SIGTERM or Ctrl+C; the same signal again ends it at once. Refused where the
    place it is to wait at is taken, closed or not of this machine. `says`: what is told once it
    waits.
    """
    limits = limits or Limits()
    watched: dict[int, Any] = {}
    over: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        over.append(number)
        signal.signal(number, signal.SIG_DFL)

    try:
        server = create_server(
            app,
            map=watched,
            host=host,
            port=port,
            connection_limit=limits.most,
            asyncore_use_poll=True,
            **options,
        )
    except (OSError, ValueError) as error:
        reason = _CLOSED.get(getattr(error, "errno", None) or 0, _NO_HOST)
        raise Refused(reason.format(host=host, port=port)) from error
    connections.prepare(watched, limits)
    if says:
        click.echo(says)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    look_seldom()
    due = 0.0
    while not over:
        if time.monotonic() > due:
            _tidy()
            due = time.monotonic() + _TIDIED
        _turn(watched)
        connections.look_after(watched, limits)
    for door in [day for day in watched.values() if isinstance(day, BaseWSGIServer)]:
        wasyncore.dispatcher.close(door)
    end = time.monotonic() + LAST
    _turn(watched)  # takes in what had arrived
    while any(map(_busy, list(watched.values()))) and time.monotonic() < end:
        _turn(watched)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(watched)


def look_seldom() -> None:
    """What came lately is looked at as ever for what nothing points to, what stayed only by
    `_tidy`."""
    gc.set_threshold(5_000, 10, 1_000_000)


def _tidy() -> None:
    """Frees what nothing points to any more in all of the memory.

    What is left is set aside, so that it is not gone through at every small look.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _turn(watched: dict[int, Any]) -> None:
    wasyncore.loop(timeout=_TURN, map=watched, use_poll=True, count=1)


def _busy(channel: Any) -> bool:
    """Whether a visitor waits for an answer, or for the rest of one."""
    return bool(getattr(channel, "requests", ())) or getattr(channel, "total_outbufs_len", 0) > 0
