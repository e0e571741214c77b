"""A written paper as one page of HTML that carries everything it needs: the same paragraphs and
tables as its Word file, for who reads on a screen or listens (JIS X 8341-3).

Knows the paper's plain values and the template. Must not know what the paper says.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..text.page import render
from .model import Break, PaperTable, Para, WrittenPaper


@dataclass(frozen=True, slots=True)
class HtmlItem:
    """One item of the page. kind: break, table or para; the item itself beside it."""

    kind: str
    table: PaperTable | None = None
    para: Para | None = None


def write(sheet: WrittenPaper) -> bytes:
    """The page's bytes; equal papers give equal bytes. What stands above and below every page of
    the Word file is left out: a screen has no pages."""
    items = []
    for item in sheet.items:
        if isinstance(item, Break):
            items.append(HtmlItem("break"))
        elif isinstance(item, PaperTable):
            items.append(HtmlItem("table", table=item))
        else:
            items.append(HtmlItem("para", para=item))
    return render("paper_file.html", sheet=sheet, items=items).encode()
