"""Behind nginx with the configuration of docs/nginx, as it stands there but for ports, paths and
a certificate of this test."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from pia.store.rows.sessions import SignIn
from tests.drills import visitor

DOCS = Path(__file__).parents[2] / "docs" / "nginx"
STAFF, PUBLIC = "pia.city.example", "hyoka.city.example"
HALF = b"POST /sign-in HTTP/1.1\r\nHost: pia.city.example\r\nContent-Length: 1000\r\n\r\nhalf"

needs_nginx = pytest.mark.skipif(
    shutil.which("nginx") is None,
    reason="nginx がありません。nginx-light をインストールしてください。",
)


@dataclass(frozen=True, slots=True)
class Front:
    """A running nginx: the ports of its two names and the certificate it shows."""

    staff: int
    public: int
    certificate: Path

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        body: str = "",
        headers: dict[str, str] | None = None,
    ) -> http.client.HTTPResponse:
        port = self.staff if name == STAFF else self.public
        known = ssl.create_default_context(cafile=str(self.certificate))
        raw = socket.create_connection(("127.0.0.1", port), timeout=30)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        line.sock = known.wrap_socket(raw, server_hostname=name)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        line.request(method, path, body or None, {"Host": name, **form, **(headers or {})})
        return line.getresponse()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for both names, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, STAFF)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(STAFF), x509.DNSName(PUBLIC)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "pia.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    (folder / "pia.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    )
    return folder / "pia.pem", folder / "pia.key"


def _configured(folder: Path, staff: int, public: int, ports: tuple[int, int]) -> str:
    """The configuration of the docs with this test's ports and paths."""
    certificate, key = _certificate(folder)
    text = (DOCS / "pia.conf").read_text("utf-8")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{staff}").replace(
        "127.0.0.1:8001", f"127.0.0.1:{public}"
    )
    for port in ports:
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;", 1)
    text = re.sub(r"ssl_certificate /.*;", f"ssl_certificate {certificate};", text)
    text = re.sub(r"ssl_certificate_key /.*;", f"ssl_certificate_key {key};", text)
    text = text.replace("/var/log/nginx/", f"{folder}/").replace(
        "include proxy_params_pia", f"include {DOCS}/proxy_params_pia"
    )
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events "
        f"{{}} http {{ access_log off; {temporary} {text} }}"
    )


@contextmanager
def in_front(folder: Path, staff: int, public: int) -> Iterator[Front]:
    ports = (visitor._free_port(), visitor._free_port())
    (folder / "nginx.conf").write_text(_configured(folder, staff, public, ports), "utf-8")
    child = subprocess.Popen(
        ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL
    )
    front = Front(*ports, folder / "pia.pem")
    try:
        _until(lambda: front.ask(STAFF, "GET", "/healthz").status == 200)
        yield front
    finally:
        child.terminate()
        child.wait(30)


def _until(holds) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + 30
    while True:
        with suppress(OSError):
            if holds():
                return
        assert time.monotonic() < end, "still not so"
        time.sleep(0.05)


@needs_nginx
def test_both_zones_behind_nginx(played_file: Path, tmp_path: Path) -> None:
    """One play: pages under their names only, the visitor's own address, cookies for https, and
    rude visitors."""
    (tmp_path / "pia.db").write_bytes(played_file.read_bytes())
    url = f"sqlite:///{tmp_path / 'pia.db'}"
    behind = {"PIA_PROXY": "1", "PIA_SECURE": "1", "PIA_HOSTS": f"{STAFF},{PUBLIC}"}
    with (
        visitor.served(url, "staff", **behind) as staff,
        visitor.served(url, "public", **behind) as public,
        in_front(tmp_path, staff.port, public.port) as front,
    ):
        page = front.ask(STAFF, "GET", "/sign-in")
        assert page.status == 200 and "サインイン" in page.read().decode()
        assert page.headers["Strict-Transport-Security"].startswith("max-age=")
        cookies = page.headers.get_all("Set-Cookie") or []
        assert cookies and all("Secure" in kept and "HttpOnly" in kept for kept in cookies)
        assert front.ask(PUBLIC, "GET", "/").status == 200
        assert front.ask(PUBLIC, "GET", "/rounds").status == 404, "no staff page in the public zone"
        assert front.ask(STAFF, "GET", "/sign-in", headers={"Host": "evil.example"}).status == 421

        token, cookie = _form(front)
        sent = f"name=hiratsuka&password=wrong&code=&csrf_token={token}&_request={'k' * 20}&next="
        told = {
            "X-Forwarded-For": "203.0.113.9",
            "Cookie": cookie,
            "Referer": f"https://{STAFF}/sign-in",
        }
        assert front.ask(STAFF, "POST", "/sign-in", sent, told).status == 422
        with visitor.workplace(url).store.read() as s:
            assert s.scalars(select(SignIn.origin)).all() == ["address:127.0.0.1"], (
                "what a visitor says of their address is not believed"
            )

        rude = [socket.create_connection(("127.0.0.1", front.staff)) for _ in range(110)]
        for connection in rude:
            with suppress(OSError):
                connection.sendall(HALF)
        assert visitor.Visitor(staff.port).get("/healthz").status == 200, (
            "half-sent requests stay with nginx"
        )
        for connection in rude:
            connection.close()
        answers = [front.ask(STAFF, "POST", "/sign-in", "x=1").status for _ in range(40)]
        assert 429 in answers and front.ask(STAFF, "GET", "/sign-in").status == 200, (
            "reading is not counted"
        )


def _form(front: Front) -> tuple[str, str]:
    """(token of the sign-in form, cookie it belongs to)."""
    page = front.ask(STAFF, "GET", "/sign-in")
    cookie = (page.headers.get_all("Set-Cookie") or [""])[0].split(";")[0]
    match = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    assert match
    return match[1], cookie
