"""A value that two desks of one sitting may have changed: which of them counts.

Knows three values. Must not know what they are of.
"""

from __future__ import annotations

from typing import Any

SAME, THEIRS, CLASH = "same", "theirs", "clash"


def merged(base: Any, mine: Any, theirs: Any) -> str:
    """SAME where mine stays (they changed nothing, or to the same), THEIRS where only they changed
    it, CLASH where both did and otherwise."""
    if theirs in (base, mine):
        return SAME
    return THEIRS if mine == base else CLASH
