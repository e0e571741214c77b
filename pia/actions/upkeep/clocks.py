"""Whether the clocks agree: this machine's, the database's, and a time server's of the city where
one is set (SNTP, RFC 4330).

Knows how to ask each. Nothing is asked outside unless a person set PIA_TIME_SERVER, and then one
packet within two seconds. Serves the yearly check: the day of every act rests on the clock.
"""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ...settings import Config
from ...store.opening import Store
from ...store.upkeep import standing

# of a time server; seconds until it counts as silent
PORT = 123
WAIT = 2.0
OFF = timedelta(seconds=5)  # from here on a difference is to be mended
_BEGAN = datetime(1900, 1, 1, tzinfo=UTC)
_HALF = 1 << 31


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock beside this machine's: what it is, its time where it answered, and how far it is
    ahead of ours.
    """

    name: str
    at: datetime | None
    ahead: timedelta | None

    @property
    def off(self) -> bool:
        """Whether it is too far from ours, or silent."""
        return self.ahead is None or abs(self.ahead) > OFF


def compare(config: Config, store: Store | None, now: datetime) -> list[Clock]:
    """The clocks beside `now`: the database's where there is one, the time server's where one is
    set.
    """
    out = []
    if store is not None:
        at = standing.clock(store)
        out.append(Clock("データベース", at, at - now))
    server = config.values["PIA_TIME_SERVER"]
    if server:
        ahead = ask(server)
        out.append(
            Clock(f"時刻サーバー（{server}）", None if ahead is None else now + ahead, ahead)
        )
    return out


def ask(server: str) -> timedelta | None:
    """How far a time server is ahead of this machine; None when it does not answer well.

    `server`: a name or an address, with a port where it is not 123.
    """
    host, port = _place(server)
    sent = b"\x23" + bytes(39) + _stamp(time.time())
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[
            0
        ]
        with socket.socket(family, kind, protocol) as line:
            line.settimeout(WAIT)
            line.connect(address)
            before = time.time()
            line.send(sent)
            packet = line.recv(1024)
            after = time.time()
    except (OSError, ValueError):
        return None
    if (
        len(packet) < 48
        or packet[0] & 7 != 4
        or not 0 < packet[1] < 16
        or packet[24:32] != sent[40:48]
    ):
        return None  # no answer of a server that knows the time to what was asked
    middle = before + (after - before) / 2
    server_time = (_seconds(packet[32:40]) + _seconds(packet[40:48])) / 2
    return timedelta(seconds=server_time - middle)


def _place(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return server.strip("[]"), PORT


def _stamp(seconds: float) -> bytes:
    since = seconds - _BEGAN.timestamp()
    return struct.pack("!II", int(since) & 0xFFFFFFFF, int(since % 1 * 2**32) & 0xFFFFFFFF)


def _seconds(stamp: bytes) -> float:
    """Seconds since 1970; the count begins anew in 2036."""
    whole, part = struct.unpack("!II", stamp)
    if whole >= _HALF:
        turn = 0
    else:
        turn = 1 << 32
    return float(whole + turn + _BEGAN.timestamp() + part / 2**32)
