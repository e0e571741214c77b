"""The city's own OpenID Connect provider: where a person is sent, and who came back (OpenID Connect
Core 1.0: authorization code with PKCE, state and nonce).

Knows the protocol and the one origin it may call. Must not know accounts, sessions or pages: it
says which subject stands at the door, or why that is not proven. Nothing is asked before somebody
wants to come in and nothing is kept between two people, so a provider's new keys count at once
(decision 0010).
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...domain.errors import PiaError
from ...settings import Config

TIMES = (3, 10)  # seconds to reach the provider, and to wait for its words
LEEWAY = 60  # seconds two clocks may differ
_LONG = 366 * 24 * 3600  # seconds; what a provider says beyond is no time of a sign-in
LONGEST = 600  # seconds a person may take at the provider
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)  # signatures only a key's owner can make; never "none" nor HS*
LIBRARY = (
    "PIA_OIDC_ISSUER が設定されていますが、そのためのライブラリー（authlib）がありません。"
    "pip install 'pia[sso]' で入れるか、設定を外してください。"
)


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """Who the provider is and as whom we ask it. `ca`: a file with the certificate of the city's
    own authority, or empty."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    ca: str = ""
    acr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proven:
    """Who came back, and when the provider saw them last, where it says so."""

    subject: str
    at: datetime | None


class Failed(PiaError):
    """Nobody was proven. `why` is a word for the record."""

    def __init__(self, why: str, sentence: str):
        super().__init__(sentence)
        self.why = why


def provider(settings: Config) -> OidcProvider | None:
    """The provider of the settings; None where there is none. PiaError when they cannot work. Does
    not call it."""
    given = settings.values
    issuer = given["PIA_OIDC_ISSUER"]
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if not _safe(issuer) or parts.query or parts.fragment or parts.username:
        raise PiaError("PIA_OIDC_ISSUER は、https:// で始まる発行者の URL にしてください。")
    if not given["PIA_OIDC_CLIENT_ID"]:
        raise PiaError("PIA_OIDC_ISSUER を使うときは、PIA_OIDC_CLIENT_ID も設定してください。")
    if given["PIA_OIDC_CA"] and not Path(given["PIA_OIDC_CA"]).is_file():
        raise PiaError(
            "PIA_OIDC_CA のファイルがありません。認証局の証明書（PEM）の場所を確かめてください。"
        )
    try:
        import authlib.integrations.requests_client  # noqa: F401
    except ImportError as import_error:
        raise PiaError(LIBRARY) from import_error
    return OidcProvider(
        issuer,
        given["PIA_OIDC_CLIENT_ID"],
        given["PIA_OIDC_CLIENT_SECRET"],
        given["PIA_OIDC_NAME"],
        given["PIA_OIDC_CA"],
        tuple(given["PIA_OIDC_ACR"].split()),
    )


def _safe(address: str) -> bool:
    """https; or http to this very machine, for trying out."""
    parts = urlsplit(address)
    if parts.scheme == "http" and parts.hostname:
        try:
            return ipaddress.ip_address(parts.hostname).is_loopback
        except ValueError:
            return parts.hostname == "localhost"
    return parts.scheme == "https" and bool(parts.hostname)


def begin(p: OidcProvider, back: str, again: bool = False) -> tuple[str, dict[str, str]]:
    """(the address at the provider to send a person to, what their browser keeps until they are
    `back`). `again`: the person is asked even where the provider knows them already. Failed when
    the provider does not answer well."""
    way = {}
    for name, letters in (("state", 32), ("nonce", 32), ("verifier", 48)):
        way[name] = secrets.token_urlsafe(letters)
    asked = {}
    if p.acr:
        asked["acr_values"] = " ".join(p.acr)
    if again:
        asked["max_age"] = "0"
    with _talk(p) as session:
        address, _ = session.create_authorization_url(
            _facts(p, session)["authorization_endpoint"],
            state=way["state"],
            nonce=way["nonce"],
            code_verifier=way["verifier"],
            redirect_uri=back,
            **asked,
        )
    if again:
        way["again"] = "1"
    return address, way


def finish(
    p: OidcProvider, way: Mapping[str, Any], answer: Mapping[str, str], back: str, now: datetime
) -> Proven:
    """Who came back with the provider's `answer`. Failed for an answer to another browser's
    question, or one that is not proven."""
    if (
        not way
        or not hmac.compare_digest(str(way["state"]).encode(), answer.get("state", "").encode())
        or not 0 <= now.timestamp() - way["at"] <= LONGEST
    ):
        raise Failed(
            "state",
            "サインインの途中の情報が見つからないか、古くなっています。"
            "もう一度サインインしてください。",
        )
    if answer.get("error"):
        raise Failed(
            "error",
            f"「{p.name}」でのサインインが取りやめになりました。もう一度サインインしてください。",
        )
    if not answer.get("code") or answer.get("iss", p.issuer) != p.issuer:
        raise _unproven(p, "answer")
    with _talk(p) as session:
        facts = _facts(p, session)
        token = session.fetch_token(
            facts["token_endpoint"],
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=way["verifier"],
            redirect_uri=back,
            auth=_auth(p, session, facts),
        )
        claims = _claims(p, token, _json(session, facts["jwks_uri"]), way["nonce"], now)
        return Proven(_subject(p, claims), _seen(p, claims, way, now))


def _seen(
    p: OidcProvider, claims: Mapping[str, Any], way: Mapping[str, Any], now: datetime
) -> datetime | None:
    """When the provider saw the person last. Failed where it was asked to see them again and does
    not say that it did, or signed them in more weakly than the city asks."""
    if p.acr and claims.get("acr") not in p.acr:
        raise Failed(
            "acr",
            f"「{p.name}」でのサインインの強さが足りません。多要素の認証で、"
            "もう一度サインインしてください。",
        )
    at = None
    seen = claims.get("auth_time")
    if isinstance(seen, int) and abs(now.timestamp() - seen) < _LONG:
        at = now - timedelta(seconds=now.timestamp() - seen)
    if way.get("again") and (at is None or at.timestamp() < way["at"] - LEEWAY):
        raise Failed(
            "auth_time",
            f"「{p.name}」が、いま本人を確かめたことを示しませんでした。"
            "もう一度サインインしてください。続くときは、管理者に知らせてください。",
        )
    return at


def _claims(
    p: OidcProvider, token: Mapping[str, Any], keys: Any, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of an id_token, each of which was checked. JoseError for one that is not for us,
    not now, or not by these keys."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet

    read = jwt.decode(
        str(token.get("id_token", "")), KeySet.import_key_set(keys), algorithms=ALGORITHMS
    )
    wanted = {
        "iss": {"essential": True, "value": p.issuer},
        "aud": {"essential": True, "value": p.client_id},
        "sub": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
    }
    claims = CodeIDToken(
        read.claims,
        read.header,
        wanted,
        {"nonce": nonce, "client_id": p.client_id, "access_token": token.get("access_token")},
    )
    claims.validate(int(now.timestamp()), LEEWAY)
    checked: Mapping[str, Any] = claims
    return checked


def _subject(p: OidcProvider, claims: Mapping[str, Any]) -> str:
    """Who the claims are about."""
    subject = str(claims["sub"])
    if len(subject) > 255 or not subject.isprintable():
        raise _unproven(p, "sub")
    return subject


@contextmanager
def _talk(p: OidcProvider) -> Iterator[Any]:
    """A conversation with the provider alone: no proxy or password of the environment, no redirect,
    an end to waiting. What goes wrong is a sentence."""
    from authlib.common.errors import AuthlibBaseError
    from authlib.integrations.requests_client import OAuth2Session
    from joserfc.errors import JoseError
    from requests import RequestException

    with OAuth2Session(
        p.client_id,
        p.client_secret or None,
        scope="openid",
        code_challenge_method="S256",
        default_timeout=TIMES,
    ) as session:
        session.trust_env = False
        session.max_redirects = 0
        session.verify = p.ca or True
        try:
            yield session
        except PiaError:
            raise
        except RequestException as request_exception:
            raise Failed(
                "unreachable",
                f"「{p.name}」につながりません。しばらくしてからもう一度試すか、"
                "利用者名とパスワードでサインインしてください。",
            ) from request_exception
        except (JoseError, AuthlibBaseError) as request_exception:
            raise _unproven(
                p,
                f"{getattr(request_exception, 'error', '')} "
                f"{getattr(request_exception, 'claim', '') or ''}".strip(),
            ) from request_exception
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ) as request_exception:  # words that are no JSON, no key, no token
            raise _unproven(p, "malformed") from request_exception


def _unproven(p: OidcProvider, why: str) -> Failed:
    words = "".join(letter for letter in why if letter.isascii() and letter.isprintable())[:60]
    return Failed(
        words or "unproven",
        f"「{p.name}」からの答えを確かめられないため、サインインできませんでした。"
        "もう一度サインインしてください。続くときは、管理者に知らせてください。",
    )


def _facts(p: OidcProvider, session: Any) -> dict[str, str]:
    """The provider's endpoints. Failed when it is another issuer, or one of them lies elsewhere:
    nothing but the provider is ever called."""
    facts: dict[str, str] = _json(
        session, p.issuer.rstrip("/") + "/.well-known/openid-configuration"
    )
    home = urlsplit(p.issuer)
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        parts = urlsplit(facts[name])
        if (parts.scheme, parts.netloc) != (home.scheme, home.netloc):
            raise _unproven(p, f"{name} elsewhere")
    if facts["issuer"] != p.issuer:
        raise _unproven(p, "other issuer")
    return facts


def _json(session: Any, address: str) -> Any:
    answer = session.get(address, withhold_token=True)
    answer.raise_for_status()
    return answer.json()


def _auth(p: OidcProvider, session: Any, facts: Mapping[str, Any]) -> Any:
    """How we say who we are: in the header, which every provider must take, unless it says that it
    wants the secret in the body."""
    ways = facts.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    way = "client_secret_basic"
    if not p.client_secret:
        way = "none"
    elif way not in ways and "client_secret_post" in ways:
        way = "client_secret_post"
    return session.client_auth(way)
