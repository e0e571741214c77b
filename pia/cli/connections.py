"""Connections that cannot stop the server: each address holds a share of them, a request arrives
in time or not at all, and who is idle goes first when room is short.

Knows waitress's channels and the clock of this machine. Must not know what is served. Serves
Whoever is rude leaves the others their answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections there may be at once (`most`) and from one address (`each`; 0 where
    another server stands in front and counts them itself); the seconds in which head and body of
    a request have to arrive, and those a connection may stay open between two requests."""

    most: int = 1_000
    each: int = 40
    arrives: float = 20
    idle: float = 60

    @property
    def near(self) -> int:
        """From here on room is short."""
        return self.most * 8 // 10

    def behind(self, another: bool) -> Limits:
        """The same behind another server: every request comes from its address."""
        if another:
            return replace(self, each=0)
        return self


class Channel(HTTPChannel):
    """A connection that knows since when its present request has been arriving."""

    limits = Limits()

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None):
        super().__init__(server, sock, addr, adj, map=map)
        self.since = time.monotonic()
        self.arriving = True  # whoever connects says what they want within the same time
        if self.limits.each and _held(server.active_channels, addr[0]) > self.limits.each:
            self.will_close = True

    def received(self, data: bytes) -> bool:
        """Takes what a connection sent."""
        before = self.request
        took = bool(super().received(data))
        if self.request is None:
            self.arriving = False
            self.since = time.monotonic()
        elif self.request is not before:
            self.arriving = True
            self.since = time.monotonic()
        return took

    @property
    def at_work(self) -> bool:
        """Whether an answer is being made or sent."""
        return bool(self.requests) or self.total_outbufs_len > 0

    def late(self, now: float) -> bool:
        """Whether the request should have arrived by now, or nothing was asked for too long."""
        if self.arriving:
            longest = self.limits.arrives
        else:
            longest = self.limits.idle
        return now - self.since > longest


def _held(channels: Mapping[int, Any], address: str) -> int:
    return sum(1 for channel in list(channels.values()) if channel.addr[0] == address)


def prepare(watched: Mapping[int, Any], limits: Limits) -> None:
    """Makes the servers among `watched` open connections with these limits."""
    for server in watched.values():
        if isinstance(server, BaseWSGIServer):
            server.channel_class = type("LimitedChannel", (Channel,), {"limits": limits})


def look_after(watched: Mapping[int, Any], limits: Limits) -> None:
    """Closes what arrives too slowly, what has been idle too long and, when room is short, what
    waits at all: idle connections before those a request is arriving on."""
    now = time.monotonic()
    channels = list(_channels(watched))
    waiting = []
    for channel in channels:
        if not channel.at_work:
            waiting.append(channel)
    for channel in waiting:
        if channel.late(now):
            channel.will_close = True
    too_many = max(0, len(channels) - limits.near)
    waiting.sort(key=lambda channel: (channel.arriving, channel.since))
    for channel in waiting[:too_many]:
        channel.will_close = True


def _channels(watched: Mapping[int, Any]) -> Iterator[Channel]:
    for watched_object in list(watched.values()):
        if isinstance(watched_object, Channel):
            yield watched_object
