"""Residents send opinions, forms that are refused, and look at pages, each from an address of its
own: no address stands in the database, in a backup or in any line that was logged.

Addresses are those of documentation (RFC 5737, RFC 3849): nobody writes one by chance. What people
write themselves, a name or where they live, is not what is looked for.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import text

from pia import config
from pia.actions.workplace import Workplace
from pia.store.opening import Store
from pia.store.rows.tables import METADATA
from pia.store.upkeep import backup, fsck
from pia.web.public.pages import create_public_app
from tests import shared
from tests.web.test_public import DURING

from .defences import without
from .places import place

FORM = "/consultations/1/opinion"


def _address(rng: random.Random) -> str:
    """Somebody's address."""
    if rng.random() < 0.3:
        return f"2001:db8:{rng.randrange(1 << 16):x}:{rng.randrange(1 << 16):x}::7"
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}"


def _marks(address: str) -> tuple[bytes, ...]:
    """How an address would be written."""
    return (address.encode(), address.encode("utf-16-le"))


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """`-n` residents."""
    rng = random.Random(args.seed)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    # Whatever was said to be too little to be written down is looked at too.
    loggers = {logger: logger.level for logger in (root, logging.getLogger("pia"))}
    for logger in loggers:  # a server lets the program's own lines go no further
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        with place(kind, pg, "announce") as url, tempfile.TemporaryDirectory() as folder:
            wp = shared.workplace_at(url)
            counts, addresses = _sent(wp, rng, args.n)
            bodies = dict(_bodies(wp, Path(folder)))
            damage = [problem for problem in fsck.check(wp.store) if problem.level != "info"]
            wp.store.close()
    finally:
        for logger, level in loggers.items():
            logger.removeHandler(handler)
            logger.setLevel(level)
    bodies["log"] = stream.getvalue().encode()
    found = [
        name
        for name, body in bodies.items()
        if any(mark in body for address in addresses for mark in _marks(address))
    ]
    kept = counts["303"]
    return {
        "residents": args.n,
        "addresses": len(addresses),
        **counts,
        "bytes looked at": sum(map(len, bodies.values())),
        "which": found,
        "missed": len(found) + len(damage) + (not kept),
    }


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Places an address is found in where who sends is counted by it and written down."""
    with without("origins nameless"):
        return len(run(kind, pg, argparse.Namespace(n=3, seed=1))["which"])


def _sent(wp: Workplace, rng: random.Random, many: int) -> tuple[Counter[str], set[str]]:
    """The answers residents got, and their addresses."""
    app = create_public_app(wp, config.load({}), lambda: DURING)
    counts: Counter[str] = Counter()
    addresses = set()
    for number in range(many):
        address = _address(rng)
        addresses.add(address)
        client = app.test_client()
        where = {"REMOTE_ADDR": address, "HTTP_X_FORWARDED_FOR": address}
        for status in _one(client, where, rng, number):
            counts[str(status)] += 1
    return counts, addresses


def _one(
    client: FlaskClient, where: dict[str, str], rng: random.Random, number: int
) -> Iterator[int]:
    """What one resident does: looks, writes, confirms; now and then something that is refused."""
    shown = client.get(FORM, environ_overrides=where)
    yield shown.status_code
    fields = _fields(shown.get_data(as_text=True))
    fields |= {"text": f"{number}番目の意見です。", "name": "匿名", "address": "町内"}
    if rng.random() < 0.3:
        broken = rng.choice(({"csrf_token": "x"}, {"text": ""}, {"key": "no-such"}))
        yield client.post(FORM, data=fields | broken, environ_overrides=where).status_code
        yield client.get("/no-such-page", environ_overrides=where).status_code
    confirmed = client.post(FORM, data=fields, environ_overrides=where)
    yield confirmed.status_code
    sent = _fields(confirmed.get_data(as_text=True))
    yield client.post(FORM, data=sent, environ_overrides=where).status_code


def _fields(page: str) -> dict[str, str]:
    """What the first form of a page would send."""
    form = next(html.document_fromstring(page).iter("form"))
    found = {}
    for field in form.iter("input", "textarea"):
        if field.get("name") and field.get("name") != "back":
            value = field.get("value") if field.tag == "input" else field.text
            found[field.get("name")] = value or ""
    return found


def _bodies(wp: Workplace, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that is kept: (where, bytes)."""
    yield "database", _rows(wp.store)
    if wp.store.sqlite:
        backup.backup(wp.store, folder / "backup.db")
        yield "backup", (folder / "backup.db").read_bytes()


def _rows(store: Store) -> bytes:
    """Every row of every table, as text."""
    with store.read() as session:
        said = [
            str(row)
            for name in METADATA.tables
            for row in session.execute(text(f'SELECT * FROM "{name}"'))
        ]
    return "\n".join(said).encode("utf-8", "replace")
