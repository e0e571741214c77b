"""A figure on paper: draws the description of `figures` as vectors on a reportlab page, scaled to
the room there is.

Knows the canvas and typefaces; nothing of shapes or changes.
"""

from __future__ import annotations

from typing import Any

from reportlab.lib import colors
from reportlab.pdfbase.pdfmetrics import stringWidth

from ..figures import Arrow, FigureBox, FigureWords, Picture
from .fonts import Typeface
from .text import Told, told

_INK = colors.HexColor("#333333")
_FILL = colors.HexColor("#F5F8FC")


def said(picture: Picture) -> str:
    """The words of a picture for who does not see it."""
    words = []
    for part in picture.parts:
        if isinstance(part, FigureWords) and part.text.strip():
            words.append(part.text.strip())
    return f"図（{'、'.join(words)}）" if words else "図（文字のない図）"


class Drawn(Told):
    """One picture, at most `width` by `height` points; enlarged only until its smallest letters
    are `least` points high.
    """

    tag = "Figure"

    def __init__(
        self, picture: Picture, face: Typeface, width: float, height: float, least: float = 0.0
    ):
        super().__init__()
        self.picture = picture
        self.alt = said(picture)
        self.face = face
        sizes = [part.size for part in picture.parts if isinstance(part, FigureWords)]
        smallest = min(sizes, default=least or 1.0)
        most = max(1.0, least / smallest)
        self.scale = min(most, width / max(picture.width, 1), height / max(picture.height, 1))
        # How high its smallest letters are on the paper, in points.
        self.smallest = smallest * self.scale
        self.width = picture.width * self.scale
        self.height = picture.height * self.scale

    def wrap(self, *_: Any) -> tuple[float, float]:
        """The room it takes, whatever is offered."""
        return self.width, self.height

    def draw(self) -> None:
        """Draws every part in its order."""
        with told(self):
            self._draw_parts()

    def _draw_parts(self) -> None:
        canv = self.canv
        picture = self.picture
        canv.saveState()
        canv.translate(0, self.height)
        canv.scale(self.scale, -self.scale)
        canv.translate(-picture.left, -picture.top)
        canv.setStrokeColor(_INK)
        for part in picture.parts:
            match part:
                case FigureBox():
                    self._box(part)
                case Arrow():
                    self._arrow(part)
                case FigureWords():
                    self._words(part)
        canv.restoreState()

    def _box(self, b: FigureBox) -> None:
        canv = self.canv
        if b.mark in ("added", "changed"):
            canv.setLineWidth(1.8)
        else:
            canv.setLineWidth(1.0)
        if b.mark == "removed":
            canv.setDash([5, 3])
        else:
            canv.setDash([])
        canv.setFillColor(_FILL)
        canv.roundRect(b.x, b.y, b.w, b.h, 3, stroke=1, fill=1 if b.framed else 0)
        if b.mark == "added":
            canv.roundRect(b.x - 3.5, b.y - 3.5, b.w + 7, b.h + 7, 5, stroke=1, fill=0)
        canv.setDash([])

    def _arrow(self, a: Arrow) -> None:
        canv = self.canv
        if a.mark == "added":
            canv.setLineWidth(3.0)
        else:
            canv.setLineWidth(1.3)
        if a.mark == "removed":
            canv.setDash([5, 3])
        else:
            canv.setDash([])
        canv.line(a.x1, a.y1, a.x2, a.y2)
        canv.setDash([])
        length = max(((a.x2 - a.x1) ** 2 + (a.y2 - a.y1) ** 2) ** 0.5, 0.1)
        dx = (a.x2 - a.x1) / length * 9
        dy = (a.y2 - a.y1) / length * 9
        tip = canv.beginPath()
        tip.moveTo(a.x2, a.y2)
        tip.lineTo(a.x2 - dx - dy / 2.4, a.y2 - dy + dx / 2.4)
        tip.lineTo(a.x2 - dx + dy / 2.4, a.y2 - dy - dx / 2.4)
        tip.close()
        canv.setFillColor(_INK)
        canv.drawPath(tip, stroke=0, fill=1)

    def _words(self, w: FigureWords) -> None:
        canv = self.canv
        font = self.face.regular
        if w.bold:
            font = self.face.bold
        # No typeface has a glyph for a tab.
        texts = [part.replace("\t", " ") for part, _ in w.runs]
        widths = [stringWidth(text, font, w.size) for text in texts]
        x = w.x - sum(widths) / 2
        if w.right:
            x = w.x - sum(widths)
        for (_, op), text, width in zip(w.runs, texts, widths):
            canv.saveState()
            canv.translate(x, w.y)
            canv.scale(1, -1)
            canv.setFillColor(colors.black)
            canv.setFont(font, w.size)
            canv.drawString(0, 0, text)
            canv.setLineWidth(0.9)
            if op in ("insert", "notation", "renumbered"):
                canv.line(0, -2, width, -2)
            if op == "insert":
                canv.line(0, -4, width, -4)
            if op == "delete":
                canv.line(0, w.size * 0.35, width, w.size * 0.35)
            canv.restoreState()
            x += width
