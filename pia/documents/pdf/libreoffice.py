"""Shows an imported drawing as its author made it: LibreOffice, where there is one, turns it into a
one-page PDF that is laid into ours. Never required.

Knows how LibreOffice is asked and what of its answer is good enough for PDF/A; nothing of the
store. Whoever calls keeps what was made. A drawing that cannot be shown so is drawn from its
shapes.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
from pathlib import Path

import xlsxwriter
from pikepdf import Array, Pdf, PdfError, pdfa

from ...domain.document.tree import Node
from ..ooxml import package
from ..workbook_out.drawings import PlacedFigure, sheet_drawing
from ..workbook_out.page import bounds
from .archive import FLAVOUR

_EDGE = 4.0  # points around the drawing
_PAPERS = ((9, 595.0, 842.0), (8, 842.0, 1191.0))  # A4 and A3: code, width, height
_SECONDS = 60


def drawn(figure: Node, blob: bytes, program: str) -> bytes | None:
    """The drawing as a PDF page of its own size (points); None where `program` (soffice) fails, the
    drawing is larger than A3, or the result could not stand in an archival document (a letter
    without a glyph, for instance).
    """
    x1, y1, x2, y2 = bounds([leaf.value for leaf in figure.leaves])
    width = x2 - x1 + 2 * _EDGE
    height = y2 - y1 + 2 * _EDGE
    paper = _paper(width, height)
    if paper is None or not figure.leaves:
        return None
    placed = PlacedFigure(
        figure, _EDGE - max(x1, 0), _EDGE - max(y1, 0), max(x2, x2 - x1) + 1.0, blob
    )
    book = package.with_drawings(_sheet(*paper), {0: sheet_drawing([placed])})
    converted = _converted(book, program)
    if converted is None:
        return None
    return _cut(converted, width, height)


def _paper(width: float, height: float) -> tuple[int, bool] | None:
    """The code of the smallest paper that holds so much, and whether it lies; None: no paper."""
    for code, short, long in _PAPERS:
        if width <= short and height <= long:
            return code, False
        if width <= long and height <= short:
            return code, True
    return None


def _sheet(paper: int, wide: bool) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        ws = book.add_worksheet("figure")
        ws.set_paper(paper)
        ws.set_margins(0, 0, 0, 0)
        if wide:
            ws.set_landscape()
    return out.getvalue()


def _converted(book: bytes, program: str) -> bytes | None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "figure.xlsx").write_bytes(book)
        home = f"-env:UserInstallation=file://{folder}/home"
        try:
            subprocess.run(
                [
                    program,
                    home,
                    "--headless",
                    "--norestore",
                    "--convert-to",
                    "pdf",
                    "--outdir",
                    name,
                    str(folder / "figure.xlsx"),
                ],
                capture_output=True,
                timeout=_SECONDS,
                check=True,
            )
            return (folder / "figure.pdf").read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None


def _cut(data: bytes, w: float, h: float) -> bytes | None:
    """The first page cut down to the drawing, if it may stand in PDF/A."""
    try:
        with Pdf.open(io.BytesIO(data)) as pdf, Pdf.new() as out:
            if len(pdf.pages) != 1:
                return None
            out.pages.append(pdf.pages[0])
            page = out.pages[0]
            for name in ("/CropBox", "/TrimBox", "/Annots", "/StructParents", "/Trans"):
                if name in page:
                    del page[name]
            _, _, _, top = map(float, page.mediabox)
            page.mediabox = Array([0, round(top - h, 2), round(w, 2), round(top, 2)])
            rough = io.BytesIO()
            out.save(rough, deterministic_id=True)
        with Pdf.open(io.BytesIO(rough.getvalue())) as tried:
            pdfa.prepare(tried, FLAVOUR)
            good = pdfa.check(tried, FLAVOUR).verdict == "pass"
    except (PdfError, KeyError, ValueError):
        return None
    if good:
        return rough.getvalue()
    return None
