"""National texts as files and as they are looked at: read from YAML or JSON, named by their id,
listed, and what applying them gave.

Knows files and what is stored of a text; what applying one does is `national`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path as File
from typing import Any

from ... import resources
from ...domain.act import By
from ...domain.errors import PiaError
from ...domain.revise.national import Revision
from ...domain.revise.national_drafts import ABOUT, DAYS, EXPECT, TAKING
from ...domain.wareki import written
from ...store import queries
from ...store.rows.bodies import Affair
from ..records import national as records_national
from ..workplace import Workplace, line
from . import national as national_acts


def nationals(wp: Workplace) -> list[tuple[str, str, str, str]]:
    """Every registered national text, for a list."""
    with wp.store.read() as session:
        national_revisions = queries.national.in_order(session)
        rows = []
        for national_revision in national_revisions:
            rows.append(
                (
                    national_revision.key,
                    national_revision.title,
                    national_revision.edition,
                    national_revision.issuer,
                )
            )
        return rows


def revision_key(wp: Workplace, by: By, given: str) -> str:
    """The id of a national text: one that is registered, or a YAML or JSON file (or one that comes
    with the program) that is registered now.
    """
    raw = _revision_file(wp, given)
    if raw is None:
        return given
    return national_acts.register(wp, by, raw)


def revision_preview(wp: Workplace, given: str) -> str | Revision:
    """The same for a dry run: nothing is registered."""
    raw = _revision_file(wp, given)
    if raw is None:
        return given
    return national_acts.preview(wp, raw)


def _revision_file(wp: Workplace, given: str) -> dict[str, Any] | None:
    """What stands in the file that was named; None for the id of a registered text."""
    path = File(given)
    if path.suffix.lower() not in (".yaml", ".yml", ".json"):
        if given in [key for key, *_ in nationals(wp)]:
            return None
        return _packaged(given)
    try:
        return revision_body(path.read_bytes(), given)
    except OSError as error:
        raise PiaError(
            f"{given} を国の記載例として読めません。場所と書き方を確かめてください。"
        ) from error


def revision_body(body: bytes, name: str) -> dict[str, Any]:
    """A national text out of a YAML or JSON file.

    Aliases are refused: a few letters could stand for gigabytes.
    """
    import yaml

    try:
        text = body.decode("utf-8-sig")
        if any(
            isinstance(event, yaml.AliasEvent)
            for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        ):
            raise PiaError(
                f"{name} には、YAMLの別名（*）が使われています。使わずに書いてください。"
            )
        raw = resources.data(text)
    except (ValueError, RecursionError, yaml.YAMLError) as entry:
        raise PiaError(
            f"{name} を国の記載例として読めません。場所と書き方を確かめてください。"
        ) from entry
    if not isinstance(raw, dict):
        raise PiaError(f"{name} は国の記載例の形ではありません。")
    plain: dict[str, Any] = json.loads(
        json.dumps(raw, default=str)
    )  # a date in YAML is a text here
    return plain


def _packaged(name: str) -> dict[str, Any] | None:
    """A national text that comes with the program, by its id."""
    if not name.isascii() or "/" in name or "\\" in name:
        return None
    try:
        packaged = resources.folder("fixtures") / "national" / f"{name}.yaml"
        body: dict[str, Any] = resources.data(packaged.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return body


def result_json(result: national_acts.Result) -> dict[str, Any]:
    """What was done to one document, as plain data."""
    return {
        "where": result.where,
        "ref": result.ref,
        "saved": result.saved,
        "places": [
            {
                "item": outcome.slot.item,
                "path": list(outcome.path),
                "label": outcome.label,
                "status": outcome.status,
                "national": outcome.national,
                "ours": outcome.ours,
                "why": outcome.why,
            }
            for outcome in result.outcomes
        ],
    }


def national(wp: Workplace, key: str) -> Mapping[str, Any]:
    """A national text as its page shows it: title, what it says of itself as (label, words), and
    its places with their wording.
    """
    with wp.store.read() as session:
        row, revision_text = records_national.revision(session, key)
        slots = []
        for x in revision_text.slots:
            words = x.text or str((x.shape or {}).get("text", ""))
            slots.append(
                {
                    "item": x.item,
                    "text": words,
                    "explanation": x.explanation,
                    "figure": x.figure,
                    "after": x.after or "",
                    "taking": TAKING[x.before if x.before in TAKING else EXPECT],
                    "before": "" if x.before in TAKING else x.before,
                }
            )
        about = []
        for name, (label, _) in ABOUT.items():
            said = str(row.body.get(name) or "")
            if name in DAYS and said:
                said = written(date.fromisoformat(said))
            if said and name != "title":
                about.append((label, said))
        return {"title": row.title, "edition": row.edition, "about": about, "slots": slots}


def body_of(wp: Workplace, key: str) -> Mapping[str, Any]:
    """A national text as its file says it. PiaError when there is none."""
    with wp.store.read() as session:
        row, _ = records_national.revision(session, key)
        return dict(row.body)


SAID = {"applied": "反映", "already": "反映済み", "conflict": "競合", "missing": "項目なし"}


def told(wp: Workplace, results: Iterable[national_acts.Result]) -> list[dict[str, Any]]:
    """What was done to each document in words: {ref, name, good, words}."""
    lines = []
    with wp.store.read() as session:
        for result in results:
            counts = {}
            for status in SAID:
                counts[status] = sum(x.status == status for x in result.outcomes)
            words = "、".join(f"{SAID[name]}{count}か所" for name, count in counts.items() if count)
            at = line(session, result.where)
            affair = session.get_one(Affair, at.assessment.affair_id)
            lines.append(
                {
                    "ref": result.where,
                    "name": affair.name,
                    "good": not result.conflicts,
                    "words": words,
                }
            )
    return lines
