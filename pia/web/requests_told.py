"""What whoever runs the program is told of its requests: a number on each, one line in the log, and
counts and times for a measuring system.

Knows methods, names of routes, results and times. Must not know addresses, people or what anybody
wrote: none of it stands in a line or a label.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, current_app, request
from werkzeug.wsgi import ClosingIterator

from ..actions.upkeep import house_numbers
from ..domain.errors import PiaError
from ..settings import Config
from . import request_numbers
from .declared import needs

if TYPE_CHECKING:
    from .measured import Measured

_LOG = logging.getLogger("pia.access")
_LEAST = 16  # letters of the word for the measures
_ROUTE = "pia.route"  # in the environment of a request: the name of what answers it


class NumberedRequests:
    """A WSGI application whose requests are numbered, and told where that was asked for. `trusts`:
    a proxy in front numbers them already."""

    def __init__(self, inner: Any, measured: Measured | None, logs: bool, trusts: bool):
        self._inner = inner
        self._measured = measured
        self._logs = logs
        self._trusts = trusts

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answers as the application inside does."""
        given = environ.get("HTTP_X_REQUEST_ID", "") if self._trusts else ""
        name = request_numbers.begin(given)
        answered = {"status": 500}
        began = time.perf_counter()

        def told(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            answered["status"] = int(status[:3])
            return start(status, [*headers, (request_numbers.HEADER, name)], *rest)

        def ended() -> None:
            self._tell(environ, answered["status"], time.perf_counter() - began)

        if self._measured is not None:
            self._measured.begin()
        try:
            body = self._inner(environ, told)
        except BaseException:
            ended()
            raise
        return ClosingIterator(body, [ended])

    def _tell(self, environ: dict[str, Any], status: int, seconds: float) -> None:
        route = environ.get(_ROUTE, "-")
        method = environ.get("REQUEST_METHOD", "-")
        if self._measured is not None:
            self._measured.end(method, route, status, seconds)
        if self._logs:
            spent = round(1000 * seconds, 1)
            _LOG.info("%s %s %s %s ms", method, route, status, spent)
        request_numbers.end()


def wrap(app: Flask, inner: Any, settings: Config) -> Any:
    """The WSGI application of an application around `inner`; the address of the measures where a
    word for them is set. PiaError where that word is too short."""
    measured = None
    app.before_request(_name)
    word = settings.values["PIA_METRICS_TOKEN"]
    if word:
        if len(word) < _LEAST:
            raise PiaError(
                f"計測値の合言葉（PIA_METRICS_TOKEN）は、{_LEAST}文字以上にしてください。"
            )
        from .measured import Measured  # its library is loaded only where it is asked for

        measured = Measured()
        app.extensions["pia.measured"] = measured
        app.add_url_rule("/metrics", "metrics", needs("open")(_metrics))
    logs = settings.values["PIA_ACCESS_LOG"] == "1"
    return NumberedRequests(inner, measured, logs, settings.values["PIA_PROXY"] == "1")


def _name() -> None:
    request.environ[_ROUTE] = request.endpoint or "-"


def _metrics() -> Response:
    """Counts, times and what stands in the house as numbers, in the format of Prometheus. Only for
    who has the word for it."""
    settings = current_app.extensions["pia.settings"]
    word = settings.values["PIA_METRICS_TOKEN"]
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {word}".encode()):
        abort(404)
    house: dict[str, float] = {}
    wp = current_app.extensions.get("pia")  # a carried site has no database
    if wp is not None:
        now = current_app.extensions["pia.machine"]()
        house = house_numbers.of_house(wp, now)
        house["backup_problem"] = float(bool(current_app.extensions["pia.backups"].of(now)))
    body, kind = current_app.extensions["pia.measured"].told(house)
    return Response(body, content_type=kind)
