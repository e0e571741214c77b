"""The printed pages of a document that lies before a council: what members turn to while somebody
says 「資料3-1の46ページ」.

Reads only. Knows the paper that was pinned with the referral, else the last printing of that very
text. Must not know pages of the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...store import queries
from ...store.rows import assessments
from ...store.rows.assessments import Version
from ...store.rows.councils import Referral
from ..workplace import Workplace, row_of


@dataclass(frozen=True, slots=True)
class PrintedPages:
    """The pages of one paper: what it is called (資料3-1), how many there are, and on which each
    item begins."""

    called: str
    count: int
    pages: Mapping[Path, int]


def of_document(wp: Workplace, referral: int, key: str) -> PrintedPages:
    """The pages of a document of a referral; none where it was never printed."""
    from ...documents.pdf.assessment import LAYOUT

    with wp.store.read() as session:
        ref = row_of(session, Referral, referral, "諮問")
        called = ""
        for material in ref.materials:
            if material.get("key") == key:
                called = str(material.get("number") or "")
                if "pages" in material:
                    return PrintedPages(called, material["count"], _paths(material["pages"]))
        document = assessments.by_key(session, key)
        pinned = queries.councils.pinned_in(session, referral, document.id)
        if pinned is None:
            raise PiaError(f"{key} は、この諮問に含まれていません。")
        digest = session.get_one(Version, pinned.version_id).digest
        printed = queries.papers.last_printed_in(session, digest, "full", LAYOUT)
        if printed is None:
            return PrintedPages(called, 0, {})
        return PrintedPages(called, printed.count, _paths(printed.pages))


def _paths(pages: Mapping[str, int]) -> dict[Path, int]:
    return {tuple(path.split("/")): page for path, page in pages.items()}
