"""Signing in through the city's own systems: OpenID Connect and SAML by a link and back, the
directory by its own name and password. Off unless set.

Knows the browser's cookies, which bind an answer to the one who asked. Who somebody is, `oidc`,
`saml` and `directory` prove; whether they may come in, `actions.people.sso` says.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Blueprint, abort, current_app, flash, redirect, request, session, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response as Answer

from ...actions.people import sign_in, sso
from ...domain.errors import PiaError
from ..gate import local, needs, now, outside, who, workplace
from . import devices, directory, oidc, saml

blueprint = Blueprint("elsewhere", __name__)
ASKED = "__Host-pia-saml"  # the cookie that holds a question to the SAML provider
LONGEST = 600  # seconds a person may take there


def provider() -> oidc.Provider | None:
    return current_app.extensions["pia.oidc"]


def saml_provider() -> saml.Provider | None:
    return current_app.extensions["pia.saml"]


def city_directory() -> directory.Directory | None:
    return current_app.extensions["pia.directory"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way in by a link: what the button says and the route it leads to."""

    name: str
    route: str


def ways() -> list[Way]:
    """The links on the sign-in page."""
    found = []
    if (by_oidc := provider()) is not None:
        found.append(Way(by_oidc.name, "elsewhere.go"))
    if (by_saml := saml_provider()) is not None:
        found.append(Way(by_saml.name, "elsewhere.saml_go"))
    return found


def name() -> str:
    """What the systems people come from are called on pages; empty where there is none."""
    names = []
    for way in ways():
        names.append(way.name)
    if (found := city_directory()) is not None:
        names.append(found.name)
    return "・".join(dict.fromkeys(names))


def issuers() -> list[str]:
    """Where the person of a number told to the administrator may have come from."""
    found = []
    for one in (provider(), saml_provider(), city_directory()):
        if one is not None:
            found.append(one.issuer)
    return found


@blueprint.get("/sign-in/elsewhere")
@needs("open", asks=("next",))
def go() -> Answer:
    this_provider = provider() or abort(404)
    there = local(request.args.get("next", "")[:500], "")
    try:
        # Who is signed in already comes to show once more that it is them.
        address, way = oidc.begin(
            this_provider, url_for("elsewhere.back", _external=True), who().signed_in
        )
    except oidc.Failed as failed:
        return _refused(failed, there)
    session["o"] = {**way, "next": there, "at": now().timestamp()}
    return redirect(address, 303)


@blueprint.get("/sign-in/elsewhere/back")
@needs("open", asks=("*",))
def back() -> Answer:
    from . import signin

    this_provider = provider() or abort(404)
    way = session.pop("o", {})
    there = local(way.get("next", ""), "")
    try:
        back_to = url_for("elsewhere.back", _external=True)
        found = oidc.finish(this_provider, way, request.args, back_to, now())
        token = sso.sign_in(
            workplace(),
            sso.Vouched(this_provider.issuer, found.subject, proved=found.at),
            way["state"],
            now(),
        )
    except PiaError as error:
        return _refused(error, there)
    return signin.begin(token, there)


@blueprint.get("/sign-in/saml/go")
@needs("open", asks=("next",))
def saml_go() -> Answer:
    this_provider = saml_provider() or abort(404)
    there = local(request.args.get("next", "")[:500], "")
    address, question = saml.begin(
        this_provider, url_for("elsewhere.saml_back", _external=True), who().signed_in
    )
    answer = redirect(address, 303)
    # The provider sends its answer with a form of its own site: only a cookie that goes along with
    # that binds it to this browser.
    kept = _signer().dumps([question, there])
    answer.set_cookie(
        ASKED, kept, max_age=LONGEST, httponly=True, secure=True, samesite="None", path="/"
    )
    return answer


@blueprint.post("/sign-in/saml")
@needs("open")
@outside
def saml_back() -> Answer:
    """What the provider's page sends here; nothing in it counts but what it signed."""
    from . import signin

    this_provider = saml_provider() or abort(404)
    question, there = _asked()
    try:
        sent = {"SAMLResponse": request.form.get("SAMLResponse", "")}
        subject, number = saml.finish(
            this_provider, question, sent, url_for("elsewhere.saml_back", _external=True)
        )
        token = sso.sign_in(
            workplace(), sso.Vouched(this_provider.issuer, subject), f"saml {number}", now()
        )
    except PiaError as error:
        made = _refused(error, there)
    else:
        made = signin.begin(token, there)
    made.delete_cookie(ASKED, path="/", secure=True, samesite="None")
    return made


def _asked() -> tuple[str, str]:
    """(the question this browser took to the SAML provider, where it wanted to go); empty where it
    took none."""
    try:
        question, there = _signer().loads(request.cookies.get(ASKED, ""), max_age=LONGEST)
    except (BadSignature, ValueError, TypeError):
        return "", ""
    return str(question), local(str(there), "")


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="pia saml 1")


def by_directory(name: str, password: str, origin: str, code: str = "") -> str | None:
    """The token of a session for somebody whose name and password the city's directory knows; None
    where there is no directory, or they are not its. PiaError when it cannot be asked, or the
    person may not come in."""
    found = city_directory()
    if found is None or not sso.without_password(workplace(), name):
        return None
    sso.refuse_who_waits(workplace(), name, origin, now())
    subject = directory.proven(found, name, password, now())
    # Our own second factor is asked here too: the directory knows a password and nothing more.
    if subject is None or not sign_in.right_code(workplace(), name, code, now()):
        sso.wrong(workplace(), name, origin, now())
        return None
    sso.tie_first(workplace(), name, found.issuer, subject, now())
    state = secrets.token_hex(16)
    return sso.sign_in(
        workplace(), sso.Vouched(found.issuer, subject, way="directory"), state, now(), code=code
    )


def prove(password: str, code: str = "") -> str:
    """Somebody the directory knows shows once more that it is them: the session's new token.
    PiaError when it is not shown."""
    me = who()
    origin = devices.origin(who().name)
    found = city_directory()
    sso.refuse_who_waits(workplace(), me.name, origin, now())
    if found:
        subject = directory.proven(found, me.name, password, now())
    else:
        subject = None
    if found is not None:
        known = sso.tied(workplace(), found.issuer)
    else:
        known = {}
    theirs = subject is not None and known.get(me.name) == subject
    if not theirs or not sign_in.right_code(workplace(), me.name, code, now()):
        sso.wrong(workplace(), me.name, origin, now())
    return sign_in.proved_elsewhere(workplace(), me, now(), code)


def _refused(error: PiaError, there: str) -> Answer:
    """Back to the sign-in page with what went wrong, so that code and state leave the address; the
    other way in stands there."""
    if isinstance(error, oidc.Failed):
        sso.refused(workplace(), error.why, now())
    flash(str(error), "problem")
    return redirect(url_for("signin.page", next=there or None), 303)
