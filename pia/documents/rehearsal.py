"""What papers of a rehearsal say of themselves: every page of a PDF, every Word file, every printed
page of a workbook.

Knows the words and who is served now. Set by the doors for as long as they serve a rehearsal; empty
in earnest. Must not know a database.
"""

from __future__ import annotations

from contextvars import ContextVar

WORDS = "練習用（提出・公表には使えません）"
FILE = "練習用_"
_SAID: ContextVar[str] = ContextVar("rehearsal", default="")


def serve(rehearsal: bool) -> None:
    """From now on papers made here are those of a rehearsal, or are in earnest."""
    if rehearsal:
        _SAID.set(WORDS)
    else:
        _SAID.set("")


def words() -> str:
    """What a paper made now must say; empty in earnest."""
    return _SAID.get()


def header(given: str) -> str:
    """The header of a workbook's printed pages with the words in its middle; as given in
    earnest."""
    if not words():
        return given
    if "&R" in given:
        left, right = given.split("&R", 1)
    else:
        left = given
        right = ""
    return f"{left}&C&8{words()}" + (f"&R{right}" if right else "")
