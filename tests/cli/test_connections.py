"""Rude visitors: half-sent requests, connections held open, many from one address. The others
still get their answers."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PROGRAM = """
import sys
from pia.cli.connections import Limits
from pia.cli.serving import serve

def app(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"here"]

most, each, arrives, idle = map(float, sys.argv[2:])
serve(app, "127.0.0.1", int(sys.argv[1]), Limits(int(most), int(each), arrives, idle), threads=2)
"""
HALF = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf"


@contextmanager
def serving(most: int, each: int, arrives: float, idle: float) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    given = [str(value) for value in (port, most, each, arrives, idle)]
    child = subprocess.Popen([sys.executable, "-c", PROGRAM, *given], env=dict(os.environ))
    try:
        _until(lambda: answered(port) == b"here")
        yield port
    finally:
        child.kill()
        child.wait()


def _until(holds, seconds: float = 20) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "still not so"
        time.sleep(0.05)


def answered(port: int, source: str = "127.0.0.1") -> bytes:
    """What a polite visitor gets; empty where the connection is closed or not taken."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5, source_address=(source, 0))
    try:
        asked.request("GET", "/")
        return asked.getresponse().read()
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        asked.close()


def half_sent(port: int, number: int, source: str = "127.0.0.2") -> list[socket.socket]:
    """Connections on each of which half a request was sent."""
    connections = []
    for _ in range(number):
        connection = socket.create_connection(
            ("127.0.0.1", port), timeout=5, source_address=(source, 0)
        )
        with suppress(OSError):
            connection.sendall(HALF)
        connections.append(connection)
    return connections


def closed(connection: socket.socket) -> bool:
    connection.settimeout(0.05)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def still_open(connections: list[socket.socket]) -> int:
    return sum(1 for connection in connections if not closed(connection))


def test_one_address_holds_its_share_and_no_more() -> None:
    with serving(most=60, each=5, arrives=30, idle=30) as port:
        rude = half_sent(port, 20)
        _until(lambda: still_open(rude) == 5)
        assert answered(port) == b"here", "another address is served"


def test_110_half_sent_requests_from_many_addresses_leave_room() -> None:
    with serving(most=60, each=10, arrives=30, idle=30) as port:
        rude = [
            connection
            for last in range(2, 13)
            for connection in half_sent(port, 10, f"127.0.0.{last}")
        ]
        _until(lambda: answered(port) == b"here")
        assert len(rude) == 110
        assert still_open(rude) <= 60 * 8 // 10


def test_a_request_arrives_in_time_or_not_at_all() -> None:
    with serving(most=60, each=10, arrives=1, idle=30) as port:
        half, silent = half_sent(port, 1)[0], socket.create_connection(("127.0.0.1", port))
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        kept.request("GET", "/")
        assert kept.getresponse().read() == b"here"
        _until(lambda: closed(half) and closed(silent))
        kept.request("GET", "/")
        assert kept.getresponse().read() == b"here", "who asked and waits is not hurried"
        kept.close()


def test_an_idle_connection_is_closed_after_its_time() -> None:
    with serving(most=60, each=10, arrives=30, idle=1) as port:
        kept = socket.create_connection(("127.0.0.1", port), timeout=5)
        kept.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while not got.endswith(b"here"):
            got += kept.recv(4096)
        _until(lambda: closed(kept))


def test_without_the_limits_the_same_rudeness_stops_the_server() -> None:
    """The control: no share for an address, no time to arrive, no room kept."""
    with serving(most=60, each=0, arrives=600, idle=600) as port:
        rude = half_sent(port, 40)
        time.sleep(1.2)  # longer than two looks
        assert still_open(rude) == 40
