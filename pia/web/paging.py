"""A list in pages: which page an address asks for, and where the others are.

Knows the query parameter `page` (from 1). Must not know what is listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from . import looks

LAST = 100_000  # a page beyond any list


def number() -> int:
    """The page that is asked for, from 1; 1 for what is no number."""
    typed = request.args.get("page", "1")
    if typed.isascii() and typed.isdigit() and len(typed) < 7:
        return min(max(int(typed), 1), LAST)
    return 1


def first(most: int) -> int:
    """The number of the first line of the page that is asked for, from 0."""
    return (number() - 1) * most


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a list of `whole` lines stands: at the line `first` (from 0), `most` to a page."""

    first: int
    most: int
    whole: int

    @property
    def number(self) -> int:
        """This page, from 1."""
        return self.first // self.most + 1

    @property
    def last(self) -> int:
        """The last page; 1 for an empty list."""
        return max(1, -(-self.whole // self.most))

    @property
    def until(self) -> int:
        """The number of the last line of this page, from 1."""
        return min(self.first + self.most, self.whole)

    @property
    def beyond(self) -> bool:
        """Whether this page lies behind the end of the list."""
        return self.whole > 0 and self.first >= self.whole

    def address(self, page: int) -> str:
        """The address of another page of the same list."""
        asked: dict[str, Any] = request.args.to_dict(flat=False)
        for look in looks.LOOKS:
            asked.pop(look, None)
        asked["page"] = str(page)
        return url_for(request.endpoint or "", **(request.view_args or {}), **asked)
