"""Cells of CSV files as a spreadsheet may open them: no text of a person becomes a formula.

Knows what spreadsheets take for a formula; nothing of tables.
"""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(cell: str) -> str:
    """What `harmless` made of a text, as it was."""
    if cell.startswith("'") and cell[1:].startswith(_FORMULA):
        return cell[1:]
    return cell


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it."""
    if text.startswith(_FORMULA):
        return f"'{text}"
    return text
