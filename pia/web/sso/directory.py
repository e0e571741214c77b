"""The city's own directory over LDAPS (Active Directory or another): whose name and password these
are, and whether a person is still there.

Knows the protocol and the one server it may call. Must not know accounts, sessions or pages: it
says which subject the directory proves. A password goes to the directory alone and is kept nowhere
(RFC 4513: a bind without a password proves nobody and is never made).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...domain.errors import PiaError
from ...settings import Config

TIMES = (3, 10)  # seconds to reach the directory, and to wait for its words
_BEGAN = datetime(1601, 1, 1, tzinfo=UTC)  # accountExpires counts tenths of a microsecond from here
_NEVER = (0, 0x7FFFFFFFFFFFFFFF)
DISABLED = 0x2  # of userAccountControl
_STATE = ("userAccountControl", "accountExpires", "pwdAccountLockedTime")
LIBRARY = (
    "PIA_LDAP_URL が設定されていますが、そのためのライブラリー（ldap3）がありません。pip "
    "install 'pia[ldap]' で入れるか、設定を外してください。"
)


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory is and as whom it is read. `login`, `subject`: names of attributes."""

    url: str
    base: str
    user: str
    password: str = field(repr=False)
    login: str
    subject: str
    ca: str
    name: str

    @property
    def issuer(self) -> str:
        """The directory as ties of accounts name it."""
        return f"{self.url}/{self.base}"


def directory(settings: Config) -> Directory | None:
    """The directory of the settings; None where there is none. PiaError when they cannot work. Does
    not call it."""
    given = settings.values
    url = given["PIA_LDAP_URL"].rstrip("/")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme != "ldaps" or not parts.hostname or parts.path:
        raise PiaError(
            "PIA_LDAP_URL は、ldaps://サーバーの名前 の形にしてください。"
            "暗号化しない接続では、パスワードが見えてしまいます。"
        )
    for name in ("PIA_LDAP_BASE", "PIA_LDAP_USER", "PIA_LDAP_PASSWORD"):
        if not given[name]:
            raise PiaError(f"PIA_LDAP_URL を使うときは、{name} も設定してください。")
    if given["PIA_LDAP_CA"] and not Path(given["PIA_LDAP_CA"]).is_file():
        raise PiaError(
            "PIA_LDAP_CA のファイルがありません。認証局の証明書（PEM）の場所を確かめてください。"
        )
    try:
        import ldap3  # noqa: F401
    except ImportError as import_error:
        raise PiaError(LIBRARY) from import_error
    return Directory(
        url,
        given["PIA_LDAP_BASE"],
        given["PIA_LDAP_USER"],
        given["PIA_LDAP_PASSWORD"],
        given["PIA_LDAP_LOGIN"],
        given["PIA_LDAP_SUBJECT"],
        given["PIA_LDAP_CA"],
        given["PIA_LDAP_NAME"],
    )


def proven(city: Directory, name: str, password: str, now: datetime) -> str | None:
    """The subject whose name and password these are; None when they are nobody's, or the person may
    not sign in any more. PiaError when the directory cannot be asked."""
    if not name or not password or "\x00" in password:
        return None
    with _bound(city, city.user, city.password) as reading:
        entry = _entry(city, reading, city.login, name)
    if entry is None or not _may_sign_in(entry, now):
        return None
    subject = _subject(city, entry)
    if subject is None or not _binds(city, str(entry["dn"]), password):
        return None
    return subject


def gone(city: Directory, subjects: dict[str, str], now: datetime) -> list[str]:
    """Of accounts (name → subject), the names of those whose person is not in the directory any
    more, or may not sign in. PiaError when it cannot be asked: who could not be looked up is not
    gone."""
    with _bound(city, city.user, city.password) as reading:
        entries = {}
        for name, subject in subjects.items():
            entries[name] = _by_subject(city, reading, subject)
    names = []
    for name, entry in entries.items():
        if entry is None or not _may_sign_in(entry, now):
            names.append(name)
    return names


@contextmanager
def _bound(city: Directory, user: str, password: str) -> Iterator[Any]:
    """A conversation with the directory as a user. What goes wrong is a sentence."""
    from ldap3.core.exceptions import LDAPException

    connection = _connection(city, user, password)
    try:
        if not connection.bind():
            raise PiaError(
                "庁内のディレクトリに、設定された利用者（PIA_LDAP_USER）で入れません。"
                "管理者に知らせてください。"
            )
        yield connection
    except LDAPException as entry:
        raise PiaError(
            f"「{city.name}」につながりません。しばらくしてから、もう一度お試しください。"
        ) from entry
    finally:
        connection.unbind()


def _binds(city: Directory, dn: str, password: str) -> bool:
    from ldap3.core.exceptions import LDAPException

    connection = _connection(city, dn, password)
    try:
        return bool(connection.bind())
    except LDAPException as entry:
        raise PiaError(
            f"「{city.name}」につながりません。しばらくしてから、もう一度お試しください。"
        ) from entry
    finally:
        connection.unbind()


def _connection(city: Directory, user: str, password: str) -> Any:
    import ssl

    from ldap3 import NONE, Connection, Server, Tls

    tls = Tls(
        validate=ssl.CERT_REQUIRED, version=ssl.PROTOCOL_TLS_CLIENT, ca_certs_file=city.ca or None
    )
    server = Server(city.url, use_ssl=True, tls=tls, get_info=NONE, connect_timeout=TIMES[0])
    return Connection(
        server,
        user,
        password,
        read_only=True,
        receive_timeout=TIMES[1],
        auto_referrals=False,
        raise_exceptions=False,
    )


def _entry(city: Directory, connection: Any, attribute: str, value: str) -> dict[str, Any] | None:
    """The one person with a value; None where there is none, or more than one."""
    from ldap3.utils.conv import escape_filter_chars

    return _one(city, connection, f"({attribute}={escape_filter_chars(value)})")


def _by_subject(city: Directory, connection: Any, subject: str) -> dict[str, Any] | None:
    if city.subject == "objectGUID":  # kept as hexadecimal, asked for byte by byte
        value = "".join(f"\\{subject[at : at + 2]}" for at in range(0, len(subject), 2))
        return _one(city, connection, f"(objectGUID={value})")
    return _entry(city, connection, city.subject, subject)


def _one(city: Directory, connection: Any, asked: str) -> dict[str, Any] | None:
    connection.search(city.base, asked, attributes=[city.subject, *_known(city)], size_limit=2)
    entries: list[dict[str, Any]] = []
    for entry in connection.response or ():
        if entry.get("type") == "searchResEntry":
            entries.append(entry)
    if len(entries) == 1:
        return entries[0]
    return None


def _known(city: Directory) -> list[str]:
    """What says whether a person may sign in: other names in Active Directory than elsewhere."""
    if city.subject == "objectGUID":
        return [*_STATE[:2]]
    return ["+", "*"]


def _subject(city: Directory, entry: dict[str, Any]) -> str | None:
    values = entry["raw_attributes"].get(city.subject) or []
    if len(values) != 1:
        return None
    value: bytes = values[0]
    if city.subject == "objectGUID":
        return value.hex()
    return value.decode("utf-8", "replace")


def _may_sign_in(entry: dict[str, Any], now: datetime) -> bool:
    """Neither disabled, nor locked for ever, nor over its day, as far as the directory says so."""
    raw = entry["raw_attributes"]
    control = int((raw.get("userAccountControl") or [b"0"])[0])
    if control & DISABLED or raw.get("pwdAccountLockedTime"):
        return False
    ends = int((raw.get("accountExpires") or [b"0"])[0])
    return ends in _NEVER or _BEGAN + timedelta(microseconds=ends // 10) > now
