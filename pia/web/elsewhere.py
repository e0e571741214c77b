"""Signing in through the city's own provider: to it by a link, back with its answer. Off unless the settings name a provider.

Knows the browser's cookie, which binds the answer to the one who asked. Who somebody is, `oidc` proves; whether they may come in, `actions.elsewhere` says.
"""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response as Answer

from ..actions import elsewhere
from ..domain.errors import PiaError
from . import oidc
from .gate import local, needs, now, workplace

blueprint = Blueprint("elsewhere", __name__)


def provider() -> oidc.Provider | None:
    return current_app.extensions["pia.oidc"]


def name() -> str:
    """What the provider is called on pages; empty where there is none."""
    found = provider()
    return found.name if found else ""


@blueprint.get("/sign-in/elsewhere")
@needs("open", asks=("next",))
def go() -> Answer:
    p, there = provider() or abort(404), local(request.args.get("next", "")[:500], "")
    try:
        address, way = oidc.begin(p, url_for("elsewhere.back", _external=True))
    except oidc.Failed as e:
        return _refused(e, there)
    session["o"] = {**way, "next": there, "at": now().timestamp()}
    return redirect(address, 303)


@blueprint.get("/sign-in/elsewhere/back")
@needs("open", asks=("*",))
def back() -> Answer:
    from . import signin

    p, way = provider() or abort(404), session.pop("o", {})
    there = local(way.get("next", ""), "")
    try:
        subject = oidc.finish(p, way, request.args, url_for("elsewhere.back", _external=True), now())
        token = elsewhere.sign_in(workplace(), p.issuer, subject, way["state"], now())
    except PiaError as e:
        return _refused(e, there)
    return signin.begin(token, there)


def _refused(e: PiaError, there: str) -> Answer:
    """Back to the sign-in page with what went wrong, so that code and state leave the address; the other way in stands there."""
    if isinstance(e, oidc.Failed):
        elsewhere.refused(workplace(), e.why, now())
    flash(str(e), "problem")
    return redirect(url_for("signin.page", next=there or None), 303)
