"""Altered rows: one value of one row is changed behind the triggers, and fsck (with an anchor) must say so. The row is then put back."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path
from typing import Any

from pia.store import fsck, log
from pia.store.base import open_store
from tests.store import records
from tests.store.damage import damage

from .places import place

# Columns under the chain or under a digest. What is only a person's remark or answer is held by the triggers, and by the entry of its act.
_COLUMNS = {
    "audit_entry": ("prev", "hash", "actor", "role", "at", "action", "target", "detail"),
    "version": ("seq", "form", "digest", "reviewed_digest", "actor", "role", "at"),
    "content": ("kind",),
    "round_event": ("seq",),
    "blob": ("sha256", "size"),
    "submission": ("digest", "reviewed_digest"),
}


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(args.seed)
    unseen: list[str] = []
    with place(kind, pg) as url, tempfile.TemporaryDirectory() as folder:
        store = open_store(url)
        records.fill(store)
        with store.read() as s:
            seq, last = log.chain_head(s)
            keys = {t: list(s.connection().exec_driver_sql(f"SELECT {'seq' if t == 'audit_entry' else 'id'} FROM {t}").scalars()) for t in _COLUMNS}
        anchor = Path(folder) / "anchor.json"
        anchor.write_text(json.dumps({"seq": seq, "hash": last}))
        for _ in range(args.n):
            table = rng.choice(sorted(_COLUMNS))
            column, key = rng.choice(_COLUMNS[table]), rng.choice(keys[table])
            where = f"{'seq' if table == 'audit_entry' else 'id'} = {key}"
            with store.read() as s:
                kept = s.connection().exec_driver_sql(f"SELECT {column} FROM {table} WHERE {where}").scalar_one()
            new = kept + 1000 if isinstance(kept, int) else _other(rng, column, kept)
            now = f"{column} = {key}" if column == "seq" and table == "audit_entry" else where
            damage(url, f"UPDATE {table} SET {column} = ? WHERE {where}", values=(new,))
            if not fsck.damaged(fsck.check(store, deep=True, anchor=anchor)):
                unseen.append(f"{table}.{column}")
            damage(url, f"UPDATE {table} SET {column} = ? WHERE {now}", values=(kept,))
        sound = not fsck.check(store, deep=True, anchor=anchor)
        store.close()
    return {"edits": args.n, "unseen": len(unseen), "which": sorted(set(unseen)), "missed": len(unseen) + (not sound)}


def _other(rng: random.Random, column: str, kept: str) -> str:
    if column == "at":
        return kept[:-8] + f"{(int(kept[-8]) + rng.randint(1, 9)) % 10}" + kept[-7:] if kept[-8].isdigit() else kept.replace("T", "T1", 1)[: len(kept)]
    if column == "detail":
        return json.dumps({**json.loads(kept), "x": rng.randint(1, 9)}, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    if column == "kind":
        return "row" if kept != "row" else "shape"
    if column == "form":
        return "all_item@令和6年10月"
    place = rng.randrange(len(kept))
    return kept[:place] + ("f" if kept[place] != "f" else "0") + kept[place + 1 :]
