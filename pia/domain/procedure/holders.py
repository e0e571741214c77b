"""Whose turn a round is in each state, and how many days are left until a day.

Knows the states of the procedure's table; a city's own table may name other holders (`holders`).
Must not know where the days come from, nor who acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

# Holder → what people call it; a department is called by its own name.
NAMES = {
    "department": "担当課",
    "office": "事務局",
    "residents": "住民",
    "council": "審議会",
    "nobody": "－",
}
_USUAL = {
    "DRAFTING": "department",
    "CONSULTING": "residents",
    "REVISING": "department",
    "REVIEWING": "council",
    "PUBLISHED": "nobody",
    "WITHDRAWN": "nobody",
}
SOON = 14  # days before a last day from which it is said to be near


def holder(table: Mapping[str, Any], state: str) -> str:
    """Whose turn a round in this state is, one of `NAMES`: as the table says, else as usual; the
    office's where neither says."""
    own: Mapping[str, str] = table.get("holders", {})
    return own.get(state) or _USUAL.get(state, "office")


def left(until: date, today: date) -> str:
    """How long it is until a last day, in days: あと12日, 今日まで, 3日過ぎています."""
    days = (until - today).days
    if days > 0:
        return f"あと{days}日"
    if days == 0:
        return "今日まで"
    return f"{-days}日過ぎています"


def nearness(until: date | None, today: date) -> str:
    """How near a last day is: "over", "soon" (`SOON`) or "later"; "" where there is none."""
    if until is None:
        return ""
    days = (until - today).days
    if days < 0:
        return "over"
    if days <= SOON:
        return "soon"
    return "later"
