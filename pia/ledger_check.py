"""`pia verify --anchor`: whether a ledger and a bundle are what an anchor was signed over. Separate
on purpose: it shares no line with what writes them.

Knows the files alone: the anchor (signed heads of the chains), the ledger (`pia ledger export`, a
line an entry), the bundle's manifest. Needs no database, no store, and of this program nothing.
What it says rests on the signature: whose key it is, the reader must know from elsewhere (`--key`).
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

FORMAT = "pia-anchor/1"
LEDGER = "pia-ledger/1"
START = "0" * 64
_HASHED = ("v", "seq", "prev", "actor", "role", "at", "action", "target")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `why`: what does not hold, or what could not be told."""

    what: str
    holds: bool
    why: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values."""
        return {"what": self.what, "holds": self.holds, "why": list(self.why)}


class Unreadable(Exception):
    """A file that is not what it is said to be; the sentence names it."""


def check(
    anchor: str | Path, ledger: str | Path, bundle: str | Path | None = None, key: str = ""
) -> list[Finding]:
    """Every finding. `key`: the public key (64 hexadecimal digits) the anchor must be signed with;
    empty: the one it names. Unreadable for a file that cannot be
    read."""
    signed = _anchor(anchor)
    findings = [_signed(signed, key)]
    chains = _Chains(signed)
    with _opened(ledger) as lines:
        for line in lines:
            chains.take(line)
    findings += chains.findings()
    if bundle is not None:
        findings += _bundle(bundle, chains)
    return findings


def _opened(ledger: str | Path) -> Any:
    try:
        return open(ledger, "rb")
    except OSError as oserror:
        raise Unreadable(
            f"{ledger} を開けません。ファイルの場所と名前を確かめてください。"
        ) from oserror


def _canonical(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _anchor(file: str | Path) -> dict[str, Any]:
    no = Unreadable(
        f"{file} は、署名した控え（anchor）ではありません。"
        "控えのフォルダのファイルを指定してください。"
    )
    try:
        signed = json.loads(Path(file).read_bytes())
        if signed["format"] != FORMAT or not all(len(head) == 3 for head in signed["heads"]):
            raise no
        return {
            **signed,
            "seq": int(signed["seq"]),
            "hash": str(signed["hash"]),
            "key": str(signed["key"]),
            "signature": str(signed["signature"]),
        }
    except (OSError, ValueError, KeyError, TypeError) as entry:
        raise no from entry


def _signed(anchor: dict[str, Any], key: str) -> Finding:
    """The signature is over everything else the anchor says, as RFC 8785."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    what = f"控えの署名（鍵 {anchor['key'][:16]}…）"
    if key and key.lower() != anchor["key"].lower():
        return Finding(what, False, ("控えに書かれた鍵が、指定した鍵と違います。",))
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(anchor["key"]))
        public.verify(
            bytes.fromhex(anchor["signature"]),
            _canonical({name: value for name, value in anchor.items() if name != "signature"}),
        )
    except (InvalidSignature, ValueError):
        return Finding(what, False, ("署名が合いません。控えが書き換えられています。",))
    return Finding(
        what,
        True,
        () if key else ("鍵が市のものかどうかは、別に控えた鍵と見比べてください（--key）。",),
    )


class _Chains:
    """The chains of a ledger as their lines come, and what the anchor says of them."""

    def __init__(self, anchor: dict[str, Any]):
        self.told = anchor
        self.wanted = {
            (str(cell), int(text)): str(head) for cell, text, head in anchor["heads"]
        } | {(str(anchor["chain"]), anchor["seq"]): anchor["hash"]}
        self.met: set[tuple[str, int]] = set()
        self.bound: dict[tuple[str, int], str] = {}
        self.last: dict[str, tuple[int, str]] = {}
        self.count: dict[str, list[int]] = {}  # chain → entries, of which version 1
        self.broken: dict[str, int] = {}
        self.wrong: list[str] = []
        self.hashes: dict[tuple[str, int], str] = {}

    def take(self, line: bytes) -> None:
        try:
            entry = json.loads(line)
            if entry.get("format"):
                if entry["format"] != LEDGER:
                    raise ValueError(entry["format"])
                return
            chain = str(entry["chain"])
            seq = int(entry["seq"])
            link = str(entry["prev"])
            name = str(entry["hash"])
            right = entry["v"] == 1 or _hash(entry) == name
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(
                "台帳を読めません。pia ledger export で書き出したファイルを指定してください。"
            ) from error
        number, before = self.last.get(chain, (0, START))
        if (seq != number + 1 or link != before or not right) and chain not in self.broken:
            self.broken[chain] = number + 1
        self.last[chain] = (seq, name)
        counted = self.count.setdefault(chain, [0, 0])
        counted[0] += 1
        counted[1] += entry["v"] == 1
        self.hashes[chain, seq] = name
        if "heads" in entry:
            self.bound.update(
                {(str(cell), int(text)): str(head) for cell, text, head in entry["heads"]}
            )
        self._against(chain, seq, name)

    def _against(self, chain: str, seq: int, name: str) -> None:
        wanted = self.wanted.get((chain, seq))
        if wanted is not None:
            self.met.add((chain, seq))
            if wanted != name:
                self.wrong.append(
                    f"{chain} の {seq} 件目が、控えと違います。台帳が書き換えられています。"
                )

    def findings(self) -> Iterator[Finding]:
        for chain, (count, older) in sorted(self.count.items()):
            if older:
                remark = (f"うち{older}件は前の形で、つながりだけを確かめました。",)
            else:
                remark = ()
            at = self.broken.get(chain)
            yield Finding(
                f"台帳の連鎖 {chain}（{count}件）",
                at is None,
                remark if at is None else (f"{at} 件目から先が、前の記録につながっていません。",),
            )
        lost = []
        for cell, text in sorted(self.wanted.keys() - self.met):
            lost.append(f"{cell} の {text} 件目がありません。終わりの記録が失われています。")
        yield Finding(
            f"台帳と控え（{self.told['at']}）", not self.wrong and not lost, (*self.wrong, *lost)
        )
        apart = []
        for (letter, number), value in sorted(self.bound.items()):
            if self.hashes.get((letter, number)) != value:
                apart.append(f"{letter} の {number} 件目が、記録の束ねと違います。")
        yield Finding("記録の束ね", not apart, tuple(apart[:20]))

    def covered(self, chain: str, seq: int) -> bool:
        """Whether the anchor was made after this entry."""
        return any(cell == chain and text >= seq for cell, text in self.wanted)


def _hash(entry: dict[str, Any]) -> str:
    """The hash of an entry of version 2, from what stands for its detail and its rows."""
    if (
        "heads" in entry
        and entry["detail"]
        != sha256(
            _canonical([entry["nonce"], _canonical({"heads": entry["heads"]}).decode()])
        ).hexdigest()
    ):
        # the entry that binds the chains is given whole, and what it binds is what it was hashed
        # over
        return ""
    body = {key: entry[key] for key in _HASHED} | {
        "kind": "entry",
        "chain": entry["chain"],
        "detail": entry["detail"],
        "rows": entry["rows"],
    }
    return sha256(_canonical(body)).hexdigest()


def _bundle(file: str | Path, chains: _Chains) -> Iterator[Finding]:
    no = Unreadable(f"{file} は提出書類一式（bundle）ではありません。")
    try:
        with zipfile.ZipFile(io.BytesIO(Path(file).read_bytes())) as archive:
            documents = json.loads(archive.read("manifest.json"))["documents"]
            saved = []
            for document in documents:
                saved.append(
                    (
                        str(document["name"]),
                        str(document["ref"]),
                        str(document["digest"]),
                        document.get("saved_by"),
                    )
                )
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise no from error
    for name, ref, digest, entry in saved:
        yield _step(f"「{name}」を保存した操作（{ref}）と台帳", ref, digest, entry, chains)


def _step(what: str, ref: str, digest: str, entry: Any, chains: _Chains) -> Finding:
    """The entry a bundle carries must hash to what it says, name this text, and stand on the ledger
    before the anchor.
    """
    if entry is None:
        return Finding(what, False, ("一式に、操作の記録がありません。",))
    try:
        chain = str(entry.get("chain", "main"))
        seq = int(entry["seq"])
        body = {}
        for key in (*_HASHED, "detail", "kind"):
            body[key] = entry[key]
        if entry["v"] != 1:
            sealed = sha256(
                _canonical([entry["nonce"], _canonical(entry["detail"]).decode()])
            ).hexdigest()
            body |= {"chain": chain, "detail": sealed, "rows": entry["rows"]}
        right = sha256(_canonical(body)).hexdigest() == entry["hash"]
        named = [ref, digest] in entry["detail"]["versions"]
    except (KeyError, TypeError, ValueError, AttributeError):
        return Finding(what, False, ("記録の形が正しくありません。",))
    why = []
    if not right:
        why.append("記録が書き換えられています。")
    if not named:
        why.append("この版を保存した記録ではありません。")
    if chains.hashes.get((chain, seq)) != entry["hash"]:
        why.append(f"台帳の {chain} の {seq} 件目と違います。")
    if not chains.covered(chain, seq):
        why.append("この操作は、控えより後です。新しい控えで確かめてください。")
    return Finding(what, not why, tuple(why))
