"""The desk of one sitting on a laptop without a network: the same pages, those alone that the hall
needs, and after each act the sealed file is written before anybody is told that it stands.

Knows an open room and the staff's application. Must not know commands nor codes.
"""

from __future__ import annotations

from secrets import compare_digest

from flask import Flask, Response, flash, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Answer

from ..actions.access.person import Person
from ..actions.upkeep.carried_rooms import CarriedRoom
from ..actions.workplace import Workplace
from ..domain.act import By
from ..domain.errors import PiaError
from ..settings import Config
from ..store.rows.carrying import CarriedSet
from . import declared
from .application import create_app
from .office import carrying
from .shell import Clock

# What the hall needs of the staff's pages; everything else is done in the house.
PAGES = frozenset(
    {
        *("static", "live", "ready", "health", "hall_reading", "hall_open"),
        *("sittings.page", "sittings.attend", "sittings.close"),
        *("proceedings.page", "proceedings.say", "proceedings.discuss", "proceedings.result"),
        *("proceedings.move", "proceedings.plan_next", "proceedings.lead", "proceedings.pulse"),
        *("minutes.page", "minutes.speech", "minutes.change"),
    }
)
# The page of the papers carries its own script; by its own words it may fetch nothing at all.
_READING = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data:"
)


def create_hall_app(
    room: CarriedRoom, settings: Config, address: str, now: Clock | None = None
) -> Flask:
    """The application over an open desk; `address`: what lets its officer in, told at the terminal
    alone."""
    app = create_app(room.wp, settings, now)

    @declared.needs("office")
    def reading() -> Response:
        answer = Response(str(room.record["reading"]), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = _READING
        return answer

    @declared.needs("open")
    def enter(once: str) -> Answer:
        if not compare_digest(once, address):
            raise PiaError("この番地は使えません。起動した画面に出ている番地を開いてください。")
        session["t"] = room.secret("session")
        return redirect(url_for("proceedings.page", number=room.sitting), 303)

    app.add_url_rule("/reading", "hall_reading", reading)
    app.add_url_rule("/open/<once>", "hall_open", enter)

    def lead() -> Answer | None:
        if request.endpoint is None or request.endpoint in PAGES:
            return None
        if request.method == "GET" and request.endpoint != "today.page":
            flash("その画面は、市役所のパソコンで使います。", "problem")
        return redirect(url_for("proceedings.page", number=room.sitting), 303)

    def kept(answer: Response) -> Response:
        if request.method != "POST" or answer.status_code >= 400:
            return answer
        try:
            room.save()
        except PiaError as error:
            page = render_template("errors/refusal.html", sentence=str(error), unmet=(), status=503)
            return Response(page, status=503)
        return answer

    app.before_request(lead)
    app.after_request(kept)
    app.context_processor(lambda: {"carried": room.about})
    return app


def desk_file_for(wp: Workplace, settings: Config, who: By, row: CarriedSet, code: str) -> bytes:
    """The file of a desk for whoever holds the server, as `who` may see it."""
    app = create_app(wp, settings, lambda: who.at)
    with app.test_request_context("/"):
        g.person = Person(who.actor, who.actor, who.role)
        return carrying.desk_file(row.sitting_id, row, code)
