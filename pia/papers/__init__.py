"""The words of the office's papers (公示文, 諮問書, 会議の開催結果 …): one readable YAML file each,
with the fields it may name and the text in a small markup.

Knows only how to read them. A city's own wording is a Word file in the store; these are what it
begins from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .. import resources
from ..domain.errors import PiaError


@dataclass(frozen=True, slots=True)
class Wording:
    """One paper: `about` is what it is filled from (consultation, referral, sitting, council,
    member, reply, review, report, leak, leaks, plan); `fields` maps a field to its description, or
    to the fields of each entry of a list; `body` is the text in the markup of
    `documents.word.template`."""

    name: str
    title: str
    about: str
    fields: Mapping[str, str | Mapping[str, Any]]
    body: str
    wide: bool
    size: float
    file: str


ORDER = (
    "announcement",
    "opinion-form",
    "opinion-results",
    "opinion-results-council",
    "consultation-notice",
    "referral",
    "explanation",
    "chair-script",
    "convocation",
    "public-notice",
    "order-of-business",
    "seating",
    "attendance-sheet",
    "observers",
    "carrying-book",
    "minutes",
    "speeches-check",
    "report",
    "roster",
    "commission",
    "attendance-year",
    "own-decision",
    "commission-reply",
    "self-check",
    "plan",
    "succession",
    "review-inquiry",
    "review-reminder",
    "review-unanswered",
    "review-record",
    "handling-report",
    "affair-report",
    "leak-first",
    "leak-final",
    "leak-form",
    "leak-notice",
    "leak-announcement",
    "leak-crisis",
    "leak-list",
    "redaction-list",
    "disclosure-decision",
)


def known() -> tuple[str, ...]:
    """The ids of all papers."""
    return ORDER


@cache
def load(name: str) -> Wording:
    """PiaError when there is no paper of that name."""
    if name not in ORDER:
        raise PiaError(f"文書「{name}」はありません。pia paper list で見られます。")
    raw = resources.data((resources.folder("papers") / f"{name}.yaml").read_text("utf-8"))
    return Wording(
        name,
        raw["title"],
        raw["about"],
        raw["fields"],
        raw["body"],
        bool(raw.get("wide")),
        float(raw.get("size", 10.5)),
        raw.get("file", raw["title"]),
    )
