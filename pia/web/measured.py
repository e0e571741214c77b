"""Counts and times of one process's requests, and the numbers of the house, as Prometheus reads
them.

Knows names of routes and numbers. Must not know requests or words.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

# Seconds; pages are to take less than 0.3.
_STEPS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30)
_METHODS = frozenset(["GET", "HEAD", "POST", "OPTIONS"])
_SAYS = {
    "database_up": "1 while the database can be read",
    "jobs_waiting": "Jobs that wait for the worker or are in its hands",
    "jobs_failed_day": "Jobs of the last day that could not be done",
    "job_oldest_seconds": "How long the oldest waiting job has waited",
    "entries_waiting": "Acts that wait to be entries of the record",
    "people_signed_in": "People whose session was used in the last five minutes",
    "backup_problem": "1 while the administrator's page tells of the backups",
}


class Measured:
    """What is counted of an application since it began."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._count = Counter(
            "pia_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "pia_request_seconds",
            "Seconds from a request to the end of its answer",
            ("route",),
            buckets=_STEPS,
            registry=self._registry,
        )
        self._now = Gauge("pia_requests_now", "Requests in hand", registry=self._registry)
        self._house = {}
        for name, says in _SAYS.items():
            self._house[name] = Gauge(f"pia_{name}", says, registry=self._registry)

    def begin(self) -> None:
        """A request came."""
        self._now.inc()

    def end(self, method: str, route: str, status: int, seconds: float) -> None:
        """It was answered. A method no page knows is counted as another one, so that nobody can
        make names without end."""
        self._now.dec()
        self._count.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def told(self, house: Mapping[str, float]) -> tuple[bytes, str]:
        """Everything as text, and the type of that text. A number of the house that could not be
        asked is not told."""
        for name, gauge in self._house.items():
            gauge.set(house.get(name, float("nan")))
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
