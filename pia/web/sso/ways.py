"""The city's own ways in that are in force: which there are, what they are called, and a password
shown to the directory.

Knows the providers of this application's settings. Must not know pages or cookies; whether somebody
may come in, `actions.people.sso` says.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from ...actions.access.person import Person
from ...actions.people import sign_in, sso
from ...actions.workplace import Workplace
from ...settings import Config
from . import directory, oidc, saml


@dataclass(frozen=True, slots=True)
class Providers:
    """The city's own systems this application asks; None for one that is not set."""

    oidc: oidc.OidcProvider | None
    saml: saml.SamlProvider | None
    directory: directory.Directory | None


@dataclass(frozen=True, slots=True)
class Way:
    """A way in by a link: what the button says and the route it leads to."""

    name: str
    route: str


def set_up(settings: Config) -> Providers:
    """The systems of the settings. PiaError when one of them cannot work; none is called."""
    return Providers(
        oidc.provider(settings), saml.provider(settings), directory.directory(settings)
    )


def providers() -> Providers:
    """Those of the application at hand."""
    known: Providers = current_app.extensions["pia.sso"]
    return known


def ways() -> list[Way]:
    """The links on the sign-in page."""
    links = []
    if (by_oidc := providers().oidc) is not None:
        links.append(Way(by_oidc.name, "sso.oidc_go"))
    if (by_saml := providers().saml) is not None:
        links.append(Way(by_saml.name, "sso.saml_go"))
    return links


def name() -> str:
    """What the systems people come from are called on pages; empty where there is none."""
    names = [way.name for way in ways()]
    if (city := providers().directory) is not None:
        names.append(city.name)
    return "・".join(dict.fromkeys(names))


def issuers() -> list[str]:
    """Where the person of a number told to the administrator may have come from."""
    known = providers()
    return [way.issuer for way in (known.oidc, known.saml, known.directory) if way is not None]


def by_directory(
    wp: Workplace, name: str, password: str, origin: str, now: datetime, code: str = ""
) -> str | None:
    """The token of a session for somebody whose name and password the city's directory knows; None
    where there is no directory, or they are not its. PiaError when it cannot be asked, or the
    person may not come in."""
    city = providers().directory
    if city is None or not sso.without_password(wp, name):
        return None
    sso.refuse_who_waits(wp, name, origin, now)
    subject = directory.proven(city, name, password, now)
    # Our own second factor is asked here too: the directory knows a password and nothing more.
    if subject is None or not sign_in.right_code(wp, name, code, now):
        sso.wrong(wp, name, origin, now)
        return None
    sso.tie_first(wp, name, city.issuer, subject, now)
    state = secrets.token_hex(16)
    vouched = sso.Vouched(city.issuer, subject, way="directory")
    return sso.sign_in(wp, vouched, state, now, code=code)


def prove(
    wp: Workplace, me: Person, password: str, origin: str, now: datetime, code: str = ""
) -> str:
    """Somebody the directory knows shows once more that it is them: the session's new token.
    PiaError when it is not shown."""
    city = providers().directory
    sso.refuse_who_waits(wp, me.name, origin, now)
    shown = False
    if city is not None:
        subject = directory.proven(city, me.name, password, now)
        shown = subject is not None and sso.tied(wp, city.issuer).get(me.name) == subject
    if not shown or not sign_in.right_code(wp, me.name, code, now):
        sso.wrong(wp, me.name, origin, now)
    return sign_in.proved_elsewhere(wp, me, now, code)
