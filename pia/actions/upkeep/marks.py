"""Up to where the database was found whole, as `pia fsck` puts it on record, and whether such a
mark can be trusted.

Knows the entry `keep.checked` and the key that signs anchors. A mark binds the heads of all chains
by their hashes, so what lies before it cannot be altered in the record unseen. Whoever owns the
database could write a mark of their own; where there is a key (`PIA_ANCHOR_KEY`, outside the
database) a mark counts only with its signature. Rows before the mark are not read again: damage to
them is found by the next full check.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...domain.canonical import canonical
from ...domain.errors import PiaError
from ...settings import Config
from ...store import queries
from ...store.opening import Store, check_schema
from ...store.upkeep.fsck_since import Mark
from . import anchors

ACTION = "keep.checked"
FORMAT = "pia-checked/1"


def detail(config: Config, mark: Mark) -> dict[str, Any]:
    """What the entry of a check says of its mark, signed where there is a key. PiaError when the
    key cannot be read.
    """
    record: dict[str, Any] = {"heads": list(map(list, mark.heads)), "tops": dict(mark.tops)}
    if config.values["PIA_ANCHOR_KEY"]:
        key = anchors.private_key(Path(config.values["PIA_ANCHOR_KEY"]))
        record["signature"] = key.sign(_body(record)).hex()
    return record


def _body(detail: Mapping[str, Any]) -> bytes:
    return canonical({"format": FORMAT, "heads": detail["heads"], "tops": detail["tops"]})


def last(store: Store, config: Config) -> Mark | None:
    """The newest mark that can be trusted; None where there is none, or the database is of another
    release. PiaError when the key cannot be read.
    """
    try:
        check_schema(store)
    except PiaError:
        return None
    key = None
    if config.values["PIA_ANCHOR_KEY"]:
        key = anchors.private_key(Path(config.values["PIA_ANCHOR_KEY"])).public_key()
    with store.read() as session:
        for entry in queries.audit_entries.newest_first(session, ACTION):
            mark = _mark(entry.detail, key)
            if mark is not None:
                return mark
    return None


def _mark(detail: Mapping[str, Any], key: Any) -> Mark | None:
    """The mark of one entry; None where it has none, or not the signature of the key."""
    from cryptography.exceptions import InvalidSignature

    if "heads" not in detail or "tops" not in detail:
        return None
    if key is not None:
        try:
            key.verify(bytes.fromhex(str(detail.get("signature", ""))), _body(detail))
        except (InvalidSignature, ValueError):
            return None
    heads = tuple((str(chain), int(seq), str(name)) for chain, seq, name in detail["heads"])
    return Mark(heads, {str(name): int(top) for name, top in detail["tops"].items()})
