"""Japanese text on paper: paragraphs that break lines as ICU says (no line begins with 、。」), pages with a header and numbers, deterministic bytes.

Knows reportlab and line breaking. Must not know assessments.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from typing import Any

from icu4py.breakers import LineBreaker
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph
from reportlab.platypus.paragraph import ParaLines, _handleBulletWidth, cjkU, makeCJKParaLine

from .fonts import Typeface, release

_PIECE = 4_000  # characters of one paragraph; longer text is laid out in several, or layout takes minutes


class JapaneseParagraph(Paragraph):
    """A paragraph whose lines break where ICU's strict Japanese rules allow."""

    def breakLinesCJK(self, widths: Any) -> ParaLines:
        widths = widths if isinstance(widths, (list, tuple)) else [widths]
        if getattr(self, "_splitpara", 0) and hasattr(self, "blPara"):
            return self.blPara
        _handleBulletWidth(self.bulletText, self.style, widths)
        self.height = 0
        units: list[Any] = []
        for frag in self.frags:
            text = getattr(frag, "text", "")
            units.extend(cjkU(c, frag, "utf8") for c in text) if text else units.append(cjkU("", frag, "utf8"))
        lines: list[Any] = []
        start, used = 0, 0.0

        def room() -> float:
            return widths[min(len(lines), len(widths) - 1)]

        def emit(end: int, broken: bool = False) -> None:
            nonlocal start, used
            width = sum(u.width for u in units[start:end])
            lines.append(makeCJKParaLine(units[start:end], room(), width, room() - width, broken, False))
            start, used = end, 0.0

        at = 0
        # An empty unit is a <br/>; it stands as one line feed so that text and units stay in step.
        for chunk in LineBreaker("".join(u or "\n" for u in units), "ja@lb=strict"):
            first, at = at, at + len(chunk)
            width = sum(u.width for u in units[first:at])
            hanging = units[at - 1].width if chunk.endswith(" ") else 0.0
            if used and used + width - hanging > room() + 1e-6:
                emit(first)
            if width - hanging > room():
                for i in range(first, at):
                    if used and used + units[i].width > room():
                        emit(i)
                    used += units[i].width
            else:
                used += width
            if hasattr(units[at - 1].frag, "lineBreak"):
                emit(at, True)
        if start < len(units):
            emit(len(units))
        return ParaLines(kind=1, lines=lines)

    def _get_split_blParaFunc(self) -> Any:
        return lambda lines, first, last: [w for line in lines.lines[first:last] for w in line.words]


def style(face: Typeface, size: float = 9.5, *, bold: bool = False, lead: float = 1.6, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(f"s{size}{bold}", fontName=face.bold if bold else face.regular, fontSize=size, leading=size * lead, wordWrap="CJK", **more)


def marked(text: str) -> str:
    """Text as reportlab's markup: everything escaped, line feeds kept, spaces at the start of lines kept."""
    return escape(text, quote=False).replace("\n", "<br/>").replace("  ", "\u00a0 ")


def paragraphs(markups: Sequence[str], look: ParagraphStyle) -> list[Flowable]:
    return [JapaneseParagraph(m or "\u00a0", look) for m in markups]


def chunks(text: str) -> list[str]:
    """A long text in pieces of at most `_PIECE` characters, cut at line feeds where there are any."""
    out: list[str] = []
    while len(text) > _PIECE:
        cut = text.rfind("\n", 1, _PIECE)
        cut = cut + 1 if cut > 0 else _PIECE
        out.append(text[:cut].removesuffix("\n"))
        text = text[cut:]
    return [*out, text]


def build(story: Sequence[Flowable], face: Typeface, *, title: str, header: str, wide: bool = False, heading: Flowable | None = None) -> bytes:
    """The PDF's bytes; equal input gives equal bytes. Page numbers stand below, `header` above, and below that `heading` (a table's column heads) on
    every page: reportlab's own repeated rows come back in the middle of a page when a row is split."""
    out = io.BytesIO()
    size = landscape(A4) if wide else A4
    doc = BaseDocTemplate(
        out,
        pagesize=size,
        leftMargin=16 * mm,
        rightMargin=16 * mm,
        topMargin=20 * mm,
        bottomMargin=17 * mm,
        title=title,
        author="",
        lang="ja",
        initialFontName=face.regular,
        invariant=1,
    )

    high = heading.wrap(doc.width, doc.height)[1] if heading is not None else 0.0

    def furniture(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont(face.bold, 11)
        canvas.drawString(doc.leftMargin, size[1] - 14 * mm, header)
        if heading is not None:
            heading.drawOn(canvas, doc.leftMargin, doc.bottomMargin + doc.height - high)
        canvas.setFont(face.regular, 8)
        canvas.drawCentredString(size[0] / 2, 9 * mm, f"－{page.page}－")
        canvas.restoreState()

    frame = Frame(doc.leftMargin, doc.bottomMargin, doc.width, doc.height - high, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    doc.addPageTemplates([PageTemplate(frames=[frame], onPage=furniture)])
    try:
        doc.build(list(story))
    finally:
        release(face)
    return out.getvalue()
