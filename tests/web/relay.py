"""A line to a PostgreSQL server that a test can cut, freeze and heal: bytes between two sockets.

Knows sockets and nothing of the protocol but where a COMMIT stands in it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url


class Relay:
    """Passes bytes on while `open`; a frozen one takes them and says nothing. A line ends at the
    bytes `cut_at`, once it has had `cut_after` on it."""

    def __init__(self, address: tuple[str, int] | str):
        self.address = address
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.going = threading.Event()
        self.going.set()
        self.is_open = True
        self.cut_at = b""
        self.cut_after = b""
        self.ends: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.is_open:
                near.close()
                continue
            family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
            far = socket.socket(family, socket.SOCK_STREAM)
            try:
                far.connect(self.address)
            except OSError:
                # The server itself is not there: so says the line.
                near.close()
                continue
            self.ends += [near, far]
            for source, other in ((near, far), (far, near)):
                threading.Thread(
                    target=self._pass, args=(source, other, source is near), daemon=True
                ).start()

    def _pass(self, source: socket.socket, other: socket.socket, asks: bool) -> None:
        is_armed = False
        try:
            while data := source.recv(65536):
                self.going.wait()
                other.sendall(data)
                is_armed = is_armed or self.cut_after in data
                if asks and is_armed and self.cut_at and self.cut_at in data:
                    self.cut_at = b""
                    # The server has it; nobody hears the answer.
                    source.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        for end in (source, other):
            end.close()

    def freeze(self) -> None:
        """From now on nothing passes, and nobody is told."""
        self.going.clear()

    def cut(self) -> None:
        """Every line ends and no new one begins."""
        self.is_open = False
        for end in self.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.ends = []

    def heal(self) -> None:
        """Everything passes again."""
        self.is_open = True
        self.going.set()

    def close(self) -> None:
        """For good."""
        self.heal()
        self.cut()
        self.listener.close()


@contextmanager
def relayed(url: str) -> Iterator[tuple[str, Relay]]:
    """The URL of a server behind a relay, and the relay."""
    parsed = make_url(url)
    host = str(parsed.query.get("host", parsed.host or "127.0.0.1"))
    port = int(str(parsed.query.get("port", parsed.port or 5432)))
    address = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
    relay = Relay(address)
    query = {key: value for key, value in parsed.query.items() if key not in ("host", "port")}
    behind = parsed.set(host="127.0.0.1", port=relay.port, query=query)
    try:
        yield behind.render_as_string(hide_password=False), relay
    finally:
        relay.close()
