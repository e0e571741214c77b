"""A small real OpenID Connect provider on this machine: HTTP, keys, codes with PKCE, and the
lies a test asks of it."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "pia", "a secret of the test"


class Provider:
    """`subject` is signed in here. `lie` changes the claims of the next id_token, `sign` how it
    is signed, `facts` what discovery says, `redirect` where it answers from elsewhere; `reuse`
    takes a code twice, as none may."""

    def __init__(self, now: Callable[[], datetime]):
        self.now, self.subject = now, "sub-hiratsuka"
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.lie: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.ago, self.acr = 0, ""  # seconds since they signed in there, and how strongly
        self.facts: dict[str, Any] = {}
        self.moved, self.reuse, self.asks = "", False, False
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.issuer = ""

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def discovery(self) -> dict[str, Any]:
        here = {
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
        }
        return {
            "issuer": self.issuer,
            **here,
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            **self.facts,
        }

    def authorize(self, q: dict[str, str]) -> str:
        """The address back, with a code."""
        assert (
            q["response_type"] == "code"
            and q["client_id"] == CLIENT
            and q["scope"] == "openid"
            and q["code_challenge_method"] == "S256"
        ), q
        code = secrets.token_urlsafe(16)
        self.codes[code] = q
        return (
            q["redirect_uri"]
            + "?"
            + urlencode({"code": code, "state": q["state"], "iss": self.issuer})
        )

    def token(self, q: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        if authorization != "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return 401, {"error": "invalid_client"}
        asked = self.codes.get(q["code"]) if self.reuse else self.codes.pop(q["code"], None)
        proof = (
            base64.urlsafe_b64encode(sha256(q["code_verifier"].encode()).digest())
            .rstrip(b"=")
            .decode()
        )
        if (
            asked is None
            or asked["redirect_uri"] != q["redirect_uri"]
            or asked["code_challenge"] != proof
        ):
            return 400, {"error": "invalid_grant"}
        at = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "nonce": asked["nonce"],
            "iat": at,
            "exp": at + 300,
        }
        if "max_age" in asked or self.acr:
            claims |= {"auth_time": at - self.ago, "acr": self.acr or "1"}
        return 200, {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": self.sign(self.lie(claims)),
        }


@contextmanager
def serving(now: Callable[[], datetime]) -> Iterator[Provider]:
    provider = Provider(now)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, q = (
                urlsplit(self.path).path,
                {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()},
            )
            provider.asked.append(path)
            if provider.moved and path == provider.moved:
                self.answer(302, b"", "text/plain", ("Location", "http://127.0.0.1:1/elsewhere"))
            elif path == "/.well-known/openid-configuration":
                self.json(200, provider.discovery())
            elif path == "/jwks":
                self.json(200, KeySet([provider.key]).as_dict(private=False))
            elif path == "/authorize" and provider.asks:
                back = provider.authorize(q).replace("&", "&amp;")
                page = (
                    '<!doctype html><html lang="ja"><title>庁内</title>'
                    '<link rel="icon" href="data:,"><h1>庁内の認証</h1>'
                    f'<a href="{back}">平塚として続ける</a>'
                )
                self.answer(200, page.encode(), "text/html; charset=utf-8")
            elif path == "/authorize":
                self.answer(302, b"", "text/plain", ("Location", provider.authorize(q)))
            else:
                self.answer(404, b"", "text/plain")

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.json(
                *provider.token(
                    {k: v[0] for k, v in parse_qs(body).items()},
                    self.headers.get("Authorization", ""),
                )
            )

        def json(self, status: int, said: dict[str, Any]) -> None:
            self.answer(status, json.dumps(said).encode(), "application/json")

        def answer(self, status: int, body: bytes, kind: str, *more: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *more):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
