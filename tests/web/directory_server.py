"""A real directory (OpenLDAP) on this machine: LDAPS with a certificate of this run, a few
invented people, and what a test changes in it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BASE = "dc=city,dc=example"
READER, READING = f"cn=reader,{BASE}", "a password of the reader"
PROGRAM = shutil.which("slapd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/openldap")
HOW = "slapd がありません。slapd をインストールしてください。"
_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{base}"
rootdn "{reader}"
rootpw "{password}"
directory {folder}/data
maxsize 10485760
"""


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    certificate: Path

    def settings(self) -> dict[str, str]:
        """What the product is told of it."""
        return {
            "PIA_LDAP_URL": self.url,
            "PIA_LDAP_BASE": BASE,
            "PIA_LDAP_USER": READER,
            "PIA_LDAP_PASSWORD": READING,
            "PIA_LDAP_LOGIN": "uid",
            "PIA_LDAP_SUBJECT": "entryUUID",
            "PIA_LDAP_CA": str(self.certificate),
            "PIA_LDAP_NAME": "庁内のディレクトリ",
        }

    def _connection(self):  # type: ignore[no-untyped-def]
        import ssl

        import ldap3

        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(self.certificate))
        return ldap3.Connection(
            ldap3.Server(self.url, use_ssl=True, tls=tls, get_info=ldap3.NONE),
            READER,
            READING,
            auto_bind=True,
        )

    def add(self, uid: str, password: str) -> None:
        with self._connection() as line:
            line.add(
                f"uid={uid},{BASE}",
                "inetOrgPerson",
                {"cn": uid, "sn": uid, "userPassword": password},
            )
            assert line.result["description"] == "success", line.result

    def remove(self, uid: str) -> None:
        with self._connection() as line:
            line.delete(f"uid={uid},{BASE}")
            assert line.result["description"] == "success", line.result


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    )


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A directory with its root and nobody in it."""
    (folder / "data").mkdir(parents=True)
    _certificate(folder)
    (folder / "slapd.conf").write_text(
        _CONFIGURATION.format(folder=folder, base=BASE, reader=READER, password=READING), "utf-8"
    )
    root = f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: city\ndc: city\n"
    subprocess.run(
        [str(PROGRAM), "-T", "add", "-f", str(folder / "slapd.conf")],
        input=root,
        text=True,
        check=True,
        capture_output=True,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"ldaps://localhost:{port}"
    child = subprocess.Popen(
        [str(PROGRAM), "-f", str(folder / "slapd.conf"), "-h", url, "-d", "0"],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield Server(url, folder / "server.pem")
    finally:
        child.terminate()
        child.wait(30)
