"""Anchors: the head of the chains, signed and laid where this program cannot change it afterwards;
and the ledger that leaves without texts.

Knows keys, folders and what is signed. The key lies in a file outside the database
(`PIA_ANCHOR_KEY`), the drop folder (`PIA_ANCHOR_DROP`) belongs to another office: files are made
there once and never overwritten. What checks them is separate code (`pia.ledger_check`). Where
nothing is set nothing breaks; it is told.
"""

from __future__ import annotations

import io
import json
import logging
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from ...domain.act import By, in_japan
from ...domain.canonical import canonical
from ...domain.errors import PiaError
from ...settings import Config
from ...store import columns, queries
from ...store.ledger import log
from ...store.ledger.log import AuditEntry, Head
from ..access import noted
from ..workplace import Workplace

FORMAT = "pia-anchor/1"
LEDGER = "pia-ledger/1"
DAY = timedelta(days=1)
_LOG = logging.getLogger("pia.anchor")
UNSET = (
    "操作の記録の控えを外に出す設定がありません（PIA_ANCHOR_KEY と PIA_ANCHOR_DROP）。"
    "このままでは、データベースを持つ人が記録を初めから書き直しても分かりません。"
)


def make_key(file: Path) -> str:
    """A new key in a new file only its owner can read; returns the public key as 64 hexadecimal
    digits, to be kept by another office. PiaError when the file exists.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    body = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as file_exists_error:
        raise PiaError(
            f"{file.name} はもうあります。鍵は上書きしません。別の名前にしてください。"
        ) from file_exists_error
    except OSError as file_exists_error:
        raise PiaError(
            f"{file} に鍵を書けません。フォルダと書き込み権限を確かめてください。"
        ) from file_exists_error
    with os.fdopen(handle, "wb") as buffered_writer:
        buffered_writer.write(body)
    return _public(key)


def _public(key: Any) -> str:
    return str(key.public_key().public_bytes_raw().hex())


def private_key(file: Path) -> Any:
    """The private key in a file. PiaError when it cannot be read or others can."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        if file.stat().st_mode & 0o077:
            raise PiaError(
                f"鍵のファイル {file.name} を、ほかの人が読めます。"
                f"chmod 600 {file.name} で、持ち主だけが読めるようにしてください。"
            )
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as entry:
        raise PiaError(
            f"鍵のファイル {file.name} を読めません。"
            "pia ledger key で作ったファイルを PIA_ANCHOR_KEY に指定してください。"
        ) from entry
    if not isinstance(key, Ed25519PrivateKey):
        raise PiaError(f"鍵のファイル {file.name} は、pia ledger key で作ったものではありません。")
    return key


def signed(head: Head, key: Any) -> bytes:
    """The anchor of a head: what it says, the public key, and the signature over RFC 8785 of all
    that.
    """
    body = {
        "format": FORMAT,
        "chain": log.HEADS,
        "seq": head.seq,
        "hash": head.hash,
        "at": columns.written(head.at),
        "heads": list(map(list, head.heads)),
        "key": _public(key),
    }
    return canonical({**body, "signature": key.sign(canonical(body)).hex()}) + b"\n"


def name_of(head: Head) -> str:
    """By time and number, so that names sort as the heads do."""
    at = columns.written(head.at)[:19].replace(":", "").replace("-", "")
    return f"pia-anchor-{at}Z-{head.seq:08d}.json"


def place(config: Config) -> Callable[[Head], None]:
    """What lets a head leave once its transaction stands.

    It never raises: the deed is done, and what did not leave leaves with the next daily turn.
    """

    def leave(head: Head) -> None:
        try:
            write(config, head)
        except (PiaError, OSError) as entry:
            _LOG.error("the anchor %d did not leave: %s", head.seq, type(entry).__name__)

    return leave


def write(config: Config, head: Head) -> Path | None:
    """Signs a head and lays it into the drop folder, and as a mail draft where one is wanted.

    None where nothing is set or it lies there already. PiaError when it cannot be written.
    """
    key = config.values["PIA_ANCHOR_KEY"]
    drop = config.values["PIA_ANCHOR_DROP"]
    if not key or not drop:
        return None
    body = signed(head, private_key(Path(key)))
    target = Path(drop) / name_of(head)
    new = _laid(target, body)
    drafts = config.values["PIA_ANCHOR_DRAFTS"]
    if drafts:
        _laid(Path(drafts) / f"{target.stem}.eml", _draft(head, target.name, body))
    if new:
        return target
    return None


def _laid(target: Path, body: bytes) -> bool:
    """Writes a new file whole; False when one of that name is there.

    An unfinished file of a crash is never taken for an anchor: its name has another end.
    """
    if target.exists():
        return False
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, target)
    except FileExistsError:
        return False
    except OSError as oserror:
        raise PiaError(
            f"控えを {target.parent} に書けません。フォルダと書き込み権限を確かめてください。"
        ) from oserror
    finally:
        part.unlink(missing_ok=True)
    return True


def _draft(head: Head, name: str, body: bytes) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = f"操作の記録の控え {in_japan(head.at):%Y-%m-%d %H:%M}（{head.seq}）"
    mail["X-Unsent"] = "1"
    lines = []
    for chain, seq, value in head.heads:
        lines.append(f"{chain}　{seq}件目　{value}")
    mail.set_content(
        "操作の記録の連鎖の末尾です。このまま保存してください。\n\n" + "\n".join(lines) + "\n"
    )
    mail.add_attachment(body, maintype="application", subtype="json", filename=name)
    return mail.as_bytes()


def notice(config: Config) -> str:
    """What the office is told where anchors do not leave; empty when they do."""
    key = config.values["PIA_ANCHOR_KEY"]
    drop = config.values["PIA_ANCHOR_DROP"]
    if not key or not drop:
        return UNSET
    try:
        private_key(Path(key))
    except PiaError as error:
        return str(error)
    if not Path(drop).is_dir():
        return f"控えのフォルダ {drop} がありません。PIA_ANCHOR_DROP を確かめてください。"
    return ""


def newest(config: Config) -> Path | None:
    """The newest anchor in the drop folder; None where there is none."""
    drop = config.values["PIA_ANCHOR_DROP"]
    if not drop or not Path(drop).is_dir():
        return None
    return max(Path(drop).glob("pia-anchor-*.json"), default=None)


def daily(wp: Workplace, config: Config, now: datetime) -> bool:
    """Binds the chains when the last time was a day ago and anything was recorded since, and lets
    leave what did not (`write`). Whether anything was done.
    """
    if not config.values["PIA_ANCHOR_KEY"] or not config.values["PIA_ANCHOR_DROP"]:
        return False
    noted.enter(wp)
    with wp.store.read() as session:
        last = queries.audit_entries.last_heads(session)
        heads = log.heads_of(session)
    new = list(map(list, heads)) != (last.detail["heads"] if last else [])
    done = False
    if new and (last is None or now - last.at >= DAY):
        with wp.store.begin() as session:
            log.anchor(session, By("pia", "system", now))
        done = True
    return bool(left_behind(wp, config)) or done


def left_behind(wp: Workplace, config: Config) -> int:
    """Lets all heads leave that lie in no drop folder yet; how many these were."""
    drop = Path(config.values["PIA_ANCHOR_DROP"])
    if drop.is_dir():
        names = set()
        for path in drop.iterdir():
            names.add(path.name)
    else:
        names = set()
    with wp.store.read() as session:
        heads = []
        for audit_entry in queries.audit_entries.heads(session):
            heads.append(_head(audit_entry))
    return sum(write(config, head) is not None for head in heads if name_of(head) not in names)


def _head(audit_entry: AuditEntry) -> Head:
    return Head(
        audit_entry.seq,
        audit_entry.hash,
        audit_entry.at,
        tuple(
            (str(cell), int(node), str(head)) for cell, node, head in audit_entry.detail["heads"]
        ),
    )


def of_step(wp: Workplace, config: Config, chain: str, seq: int) -> tuple[str, bytes] | None:
    """Name and bytes of the first anchor that covers an entry, to lie beside what left with that
    step; None where there is none or no key.
    """
    return _covering(wp, config, {chain: seq})


def _covering(wp: Workplace, config: Config, last: Mapping[str, int]) -> tuple[str, bytes] | None:
    """The first anchor that covers the entries of these numbers, a chain each."""
    if not config.values["PIA_ANCHOR_KEY"]:
        return None
    with wp.store.read() as session:
        for audit_entry in queries.audit_entries.heads(session):
            head = _head(audit_entry)
            bound = {chain: count for chain, count, _ in head.heads}
            if all(bound.get(chain, 0) >= seq for chain, seq in last.items()):
                return name_of(head), signed(
                    head, private_key(Path(config.values["PIA_ANCHOR_KEY"]))
                )
    return None


def beside(wp: Workplace, config: Config, bundle: bytes) -> bytes | None:
    """The anchor that lies beside a bundle as a file of its own: the first that covers every act
    the bundle carries. A bundle's bytes depend on its versions alone, so it is no part of it. None
    where there is none yet, or no key.
    """
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        saved_by = []
        for document in json.loads(archive.read("manifest.json"))["documents"]:
            saved_by.append(document.get("saved_by"))
    last: dict[str, int] = {}
    for entry in saved_by:
        if entry:
            chain = str(entry.get("chain", log.MAIN))
            last[chain] = max(last.get(chain, 0), int(entry["seq"]))
    if not last:
        return None
    anchor = _covering(wp, config, last)
    if anchor is not None:
        return anchor[1]
    return None


def export(wp: Workplace) -> Iterator[bytes]:
    """The ledger, a line of JSON an entry: who did what when, and what stands for its detail and
    rows in its hash. No text of anybody is in it. Entries of version 1 are given as links: their
    hash is over the whole detail.
    """
    yield canonical({"format": LEDGER}) + b"\n"
    with wp.store.read() as session:
        for entry in queries.audit_entries.columns_in_order(session):
            line: dict[str, Any] = {
                "chain": entry.chain,
                "seq": entry.seq,
                "v": entry.v,
                "prev": entry.prev,
                "hash": entry.hash,
            }
            line |= {
                "actor": entry.actor,
                "role": entry.role,
                "at": columns.written(entry.at),
                "action": entry.action,
                "target": entry.target,
            }
            if entry.v != 1:
                line |= log.commitments(entry)
            if entry.chain == log.HEADS:
                line |= {"heads": entry.detail["heads"], "nonce": entry.nonce}
            yield (
                json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
                + b"\n"
            )
