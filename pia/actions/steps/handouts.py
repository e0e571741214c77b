"""資料の差替え: a free document of a 諮問 handed out anew, the one before kept beside it
(条例・運営要領 of the city).

Knows files and who replaced them. The texts of the assessments themselves are pinned: they are not
replaced here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.act import By
from ...domain.errors import PiaError, Refused
from ...store import nodes, queries
from ...store.ledger import log
from ...store.rows import councils as rows
from ..workplace import Workplace, row_of
from .referrals import waiting_rounds


def replace_file(
    wp: Workplace, by: By, referral: int, place: int, given: tuple[str, bytes], reason: str
) -> None:
    """Another file for the material at a place, from 1; the one before stays with who replaced it,
    when and why. `given`: (name, bytes). Refused once the council decided or the 諮問 was taken
    back, or where the material is an assessment's own text."""
    name, body = given
    with wp.store.begin() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        entry = _entry(row, place)
        if entry.get("key"):
            raise Refused(
                "評価書の本文は、差し替えられません。",
                ("本文を直すときは、点検をやり直してください。",),
            )
        if row.withdrawn is not None or queries.referrals.recall(session, referral) is not None:
            raise Refused("この諮問は、取り下げられています。")
        decided = queries.councils.decided_on(session, referral) is not None
        if decided and not waiting_rounds(session, row):
            raise Refused("この諮問は、結論が記録されています。")
        kept = nodes.put_blob(session, body)
        if kept == entry.get("file"):
            raise PiaError("同じ内容のファイルです。差し替えるファイルを選んでください。")
        before = {
            "name": str(entry.get("name") or ""),
            "file": str(entry.get("file") or ""),
            "day": by.day.isoformat(),
            "actor": by.actor,
            "reason": reason,
        }
        entry |= {"file": kept, "name": name, "replaced": [*entry.get("replaced", ()), before]}
        lines = [dict(line) for line in row.materials]
        lines[place - 1] = entry
        row.materials = lines
        about = {"place": place, "name": name, "before": before["file"], "reason": reason}
        log.entry(session, by, "material.replace", str(referral), about)


def _entry(row: rows.Referral, place: int) -> dict[str, Any]:
    if not 1 <= place <= len(row.materials):
        raise PiaError("その資料はありません。一覧から選び直してください。")
    return dict(row.materials[place - 1])


def material(wp: Workplace, referral: int, place: int) -> tuple[str, Mapping[str, Any]]:
    """(title of the 諮問, the material at a place). PiaError when there is none."""
    with wp.store.read() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        return row.title, _entry(row, place)


def earlier_file(wp: Workplace, referral: int, place: int, number: int) -> tuple[str, bytes]:
    """(name, bytes) of a file that was replaced, counted from 1. PiaError when there is none."""
    with wp.store.read() as session:
        row = row_of(session, rows.Referral, referral, "諮問")
        before = _before(row, place, number)
        return str(before["name"]), nodes.get_blob(session, str(before["file"]))


def _before(row: rows.Referral, place: int, number: int) -> Mapping[str, Any]:
    replaced = list(_entry(row, place).get("replaced") or ())
    if not 1 <= number <= len(replaced) or not replaced[number - 1]["file"]:
        raise PiaError("差替え前のファイルはありません。一覧から選び直してください。")
    found: Mapping[str, Any] = replaced[number - 1]
    return found
