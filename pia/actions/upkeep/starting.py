"""What a server must not be started with where it serves in earnest: a weak key, a database over an
open line.

Knows settings. Must not know pages or commands. `actions.upkeep.doctor` tells the same beforehand;
a machine on which somebody tries things out is told and not stopped.
"""

from __future__ import annotations

import ipaddress

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from ...domain.errors import PiaError
from ...settings import Config
from ..people import sealed

WHOLE = "verify-full"
_OWN = ("", "localhost")
WEAK = (
    "サーバーの鍵（PIA_SECRET_KEY）が、"
    f"ないか弱い（{sealed.ENOUGH}ビット未満）ため、始められません。"
    "openssl rand -hex 32 で作り、この機械だけの設定に書いてください。"
)
NO_FACTOR = (
    "2つ目の確認を必ず使う設定（PIA_SECOND_FACTOR）には、サーバーの鍵（PIA_SECRET_KEY）が要ります。"
    "openssl rand -hex 32 で作り、この機械だけの設定に書いてください。"
)
OPEN_LINE = (
    "PostgreSQL までの通り道が守られていないため、始められません（PIA_PG_TLS=1）。"
    "PIA_DATABASE_URL に sslmode=verify-full と sslrootcert を付けてください。"
)


def in_earnest(config: Config) -> bool:
    """Whether the settings are those of a server that people use: a place of its own, https, or a
    proxy before it."""
    values = config.values
    placed = values["PIA_PLACE"] in ("lgwan", "internet")
    return placed or values["PIA_SECURE"] == "1" or values["PIA_PROXY"] == "1"


def must(config: Config) -> None:
    """PiaError for what must be mended before anything is served."""
    if in_earnest(config) and sealed.bits(config.values["PIA_SECRET_KEY"]) < sealed.ENOUGH:
        raise PiaError(WEAK)
    if config.values["PIA_SECOND_FACTOR"].strip() and not config.values["PIA_SECRET_KEY"]:
        raise PiaError(NO_FACTOR)
    must_line(config)


def must_line(config: Config) -> None:
    """PiaError where the city asks for TLS to its database and the URL does not."""
    if config.values["PIA_PG_TLS"] == "1" and not line_is_safe(config):
        raise PiaError(OPEN_LINE)


def upkeep_url(config: Config) -> str:
    """As whom the database is backed up and restored. PiaError where that is another database than
    the one that serves, or the city asks for TLS and its URL does not.
    """
    url = config.upkeep_url
    if url == config.database_url:
        return url
    try:
        is_same = make_url(url).database == make_url(config.database_url).database
    except ArgumentError:
        return url  # opening it says what is wrong
    if not is_same:
        raise PiaError(
            "PIA_UPKEEP_URL と PIA_DATABASE_URL のデータベースの名前が違います。"
            "同じデータベースを、別の役割で指定してください。"
        )
    must_line(Config({**config.values, "PIA_DATABASE_URL": url}))
    return url


def line_is_safe(config: Config) -> bool:
    """Whether nobody between here and the database can read along or stand in for it: a file, this
    very machine, or PostgreSQL over TLS with a certificate that is looked at."""
    try:
        url = make_url(config.database_url)
    except ArgumentError:
        return True  # opening it says what is wrong
    if not url.get_backend_name().startswith("postgresql"):
        return True
    return all(map(_here, _hosts(url))) or url.query.get("sslmode") == WHOLE


def _hosts(url: URL) -> list[str]:
    """Where a URL leads to; a socket of this machine is a path."""
    asked = url.query.get("host", ())
    if isinstance(asked, str):
        named = [asked]
    else:
        named = list(asked)
    return [url.host or "", *(host.rpartition(":")[0] or host for host in named)]


def _here(host: str) -> bool:
    if host in _OWN or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
