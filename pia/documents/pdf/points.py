"""Small parts of a printed form that act when they are drawn: the point an item begins at, a line
of 項目一覧, the place of an imported figure.

Knows reportlab's canvas; nothing of items or their answers.
"""

from __future__ import annotations

from typing import Any

from reportlab.platypus import Flowable

from ...domain.document.tree import Path
from .archive import PlacedPdf
from .fonts import Typeface
from .text import Told, element_of, fitted, told


class Here(Flowable):
    """A point in the text: notes the page an item begins on, and puts it into the outline where it
    has a title.
    """

    def __init__(self, pages: dict[Path, int], path: Path, title: str = "", level: int = 0):
        super().__init__()
        self.pages = pages
        self.path = path
        self.title = title
        self.level = level
        self.width = self.height = 0

    def wrap(self, *_: Any) -> tuple[float, float]:
        """It takes no room."""
        return 0, 0

    def draw(self) -> None:
        """Notes the page; a title goes into the outline."""
        page = self.canv.getPageNumber()
        self.pages.setdefault(self.path, page)
        if self.title:
            key = "/".join(self.path)
            self.canv.bookmarkHorizontal(key, 0, 16)
            self.canv.addOutlineEntry(self.title, key, self.level, closed=self.level > 0)
            if not self.level and f"page-{self.path[0]}" in self.canv.late:
                name = f"page-{self.path[0]}"
                if not self.canv.late[name][0]:
                    self.canv.tell(name, str(page))


class Leader(Told):
    """A line of 項目一覧: the words, linked to their part, and its page at the right."""

    tag = "TOCI"

    def __init__(self, words: str, key: str, target: str, face: Typeface, width: float):
        super().__init__()
        self.words = words
        self.key = key
        self.target = target
        self.face = face
        self.width = width
        self.height = 14.0

    def wrap(self, *_: Any) -> tuple[float, float]:
        """The room of one line."""
        return self.width, self.height

    def draw(self) -> None:
        """Draws the words; the page is put in when all pages are known."""
        canv = self.canv
        with told(self):
            canv.setFont(self.face.regular, 11)
            canv.drawString(0, 3, fitted(self.words, self.face.regular, 11, self.width - 40))
            if self.target:
                canv.later(f"page-{self.key}", self.face.regular, 11, self.width - 24, 3)
        if self.target:
            canv.linkRect("", self.target, (0, -3, self.width, 14), relative=1, thickness=0)


class LaidOver(Told):
    """The place of an imported figure that is laid over the finished page; `alt` are its words."""

    tag = "Figure"

    def __init__(
        self,
        placed: list[PlacedPdf],
        body: bytes,
        width: float,
        height: float,
        alt: str,
    ):
        super().__init__()
        self.placed = placed
        self.body = body
        self.alt = alt
        self.width = width
        self.height = height

    def wrap(self, *_: Any) -> tuple[float, float]:
        """The room of the figure."""
        return self.width, self.height

    def draw(self) -> None:
        """Notes the page and the place (left, bottom, right, top)."""
        x, y = self.canv.absolutePosition(0, 0)
        box = (x, y, x + self.width, y + self.height)
        page = self.canv.getPageNumber()
        # The drawing comes onto the finished page: its mark stands there.
        mark = self.canv.structure.begin(element_of(self), page)
        self.placed.append(PlacedPdf(page, box, self.body, mark))
