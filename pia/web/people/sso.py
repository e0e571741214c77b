"""Signing in through the city's own systems by a link and back: OpenID Connect and SAML. Off unless
set.

Knows the browser's cookies, which bind an answer to the one who asked. Who somebody is, `web.sso`
proves; whether they may come in, `actions.people.sso` says.
"""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, request, session, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as Answer

from ...actions.people import sso
from ...domain.errors import PiaError
from ..actor import now, who, workplace
from ..answers import local
from ..declared import needs, outside
from ..sso import oidc, saml
from ..sso.oidc import Failed
from ..sso.ways import providers
from . import sign_in

blueprint = Blueprint("sso", __name__)
ASKED = "__Host-pia-saml"  # the cookie that holds a question to the SAML provider
LONGEST = 600  # seconds a person may take there


@blueprint.get("/sign-in/oidc/go")
@needs("open", asks=("next",))
def oidc_go() -> Answer:
    """To the OpenID Connect provider."""
    provider = providers().oidc or abort(404)
    to = local(request.args.get("next", "")[:500], "")
    try:
        # Who is signed in already comes to show once more that it is them.
        address, way = oidc.begin(
            provider, url_for("sso.oidc_back", _external=True), who().signed_in
        )
    except Failed as failed:
        return _refused(failed, to)
    session["o"] = {**way, "next": to, "at": now().timestamp()}
    return redirect(address, 303)


# The return address cities registered with their provider: it stays as it is.
@blueprint.get("/sign-in/elsewhere/back")
@needs("open", asks=("*",))
def oidc_back() -> Answer:
    """Back from the OpenID Connect provider, with its answer in the address."""
    provider = providers().oidc or abort(404)
    way = session.pop("o", {})
    to = local(way.get("next", ""), "")
    try:
        back = url_for("sso.oidc_back", _external=True)
        proven = oidc.finish(provider, way, request.args, back, now())
        vouched = sso.Vouched(provider.issuer, proven.subject, proved=proven.at)
        token = sso.sign_in(workplace(), vouched, way["state"], now())
    except PiaError as error:
        return _refused(error, to)
    return sign_in.begin(token, to)


@blueprint.get("/sign-in/saml/go")
@needs("open", asks=("next",))
def saml_go() -> Answer:
    """To the SAML provider."""
    provider = providers().saml or abort(404)
    to = local(request.args.get("next", "")[:500], "")
    address, question = saml.begin(
        provider, url_for("sso.saml_back", _external=True), who().signed_in
    )
    answer = redirect(address, 303)
    # The provider sends its answer with a form of its own site: only a cookie that goes along with
    # that binds it to this browser.
    kept = _signer().dumps([question, to])
    answer.set_cookie(
        ASKED, kept, max_age=LONGEST, httponly=True, secure=True, samesite="None", path="/"
    )
    return answer


# The return address cities registered with their provider: it stays as it is.
@blueprint.post("/sign-in/saml")
@needs("open")
@outside
def saml_back() -> Answer:
    """What the provider's page sends here; nothing in it counts but what it signed."""
    provider = providers().saml or abort(404)
    question, to = _question()
    try:
        sent = {"SAMLResponse": request.form.get("SAMLResponse", "")}
        subject, number = saml.finish(
            provider, question, sent, url_for("sso.saml_back", _external=True)
        )
        vouched = sso.Vouched(provider.issuer, subject)
        token = sso.sign_in(workplace(), vouched, f"saml {number}", now())
    except PiaError as error:
        answer = _refused(error, to)
    else:
        answer = sign_in.begin(token, to)
    answer.delete_cookie(ASKED, path="/", secure=True, samesite="None")
    return answer


def _question() -> tuple[str, str]:
    """(the question this browser took to the SAML provider, where it wanted to go); empty where it
    took none."""
    try:
        question, to = _signer().loads(request.cookies.get(ASKED, ""), max_age=LONGEST)
    except (BadSignature, ValueError, TypeError):
        return "", ""
    return str(question), local(str(to), "")


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="pia saml 1")


def _refused(error: PiaError, to: str) -> Answer:
    """Back to the sign-in page with what went wrong, so that code and state leave the address; the
    other way in stands there."""
    if isinstance(error, Failed):
        sso.refused(workplace(), error.why, now())
    flash(str(error), "problem")
    return redirect(url_for("signin.page", next=to or None), 303)
