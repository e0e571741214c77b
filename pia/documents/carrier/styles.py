"""styles.xml of a workbook being filled: looks of our own put behind those that are there, whose
numbers stay.

Knows lists of fonts, borders and cell formats as text; no sheet. A look that is there already is
used again.
"""

from __future__ import annotations

import re

from .parts import Parts
from .refs import attribute, with_attribute
from .sheet import plain


class Styles:
    """The lists of a workbook's styles; `part` "" where it has none, and then nothing is put in and
    every number is 0.
    """

    def __init__(self, parts: Parts):
        self.part = ""
        self.text = ""
        self.prefix = ""
        for _, kind, part in parts.related(parts.main):
            if kind == "styles" and part in parts.body:
                self.part = part
                self.text = plain(parts.body[part])
                break
        root = re.search(r"<(\w+:)?styleSheet\b", self.text)
        if root:
            self.prefix = root.group(1) or ""

    def all(self, group: str, tag: str) -> list[str]:
        """The elements of a list (fonts, cellXfs …) as markup."""
        match = self._group(group)
        if match is None:
            return []
        name = self.prefix + tag
        return re.findall(rf"<{name}\b[^>]*?/>|<{name}\b[^>]*>.*?</{name}>", match.group(2), re.S)

    def add(self, group: str, tag: str, xml: str) -> int:
        """The number of an element in its list; put in behind the others if it is new."""
        match = self._group(group)
        if match is None:
            return 0
        known = self.all(group, tag)
        element = re.sub(r"(</?)(?=\w)", rf"\g<1>{self.prefix}", xml)
        if element in known:
            return known.index(element)
        start = match.group(1)
        if attribute(start, "count") is not None:
            start = with_attribute(start[:-1], "count", str(len(known) + 1)) + ">"
        before = self.text[: match.start()]
        self.text = before + start + match.group(2) + element + self.text[match.end(2) :]
        return len(known)

    def _group(self, name: str) -> re.Match[str] | None:
        """A list: its opening tag, and its elements."""
        prefix = self.prefix
        return re.search(rf"(<{prefix}{name}\b[^>]*(?<!/)>)(.*?)</{prefix}{name}>", self.text, re.S)

    def font_of(self, style: str | None) -> str:
        """Name and family of a cell's letters, as the elements of a font."""
        formats = self.all("cellXfs", "xf")
        fonts = self.all("fonts", "font")
        number = int(style or 0)
        font = 0
        if number < len(formats):
            opening = formats[number][: formats[number].index(">")]
            font = int(attribute(opening, "fontId") or 0)
        if font >= len(fonts):
            return ""
        elements = re.findall(rf"<{self.prefix}((?:name|family|charset)\b[^>]*/>)", fonts[font])
        return "".join(f"<{element}" for element in elements)

    def digit(self) -> float:
        """Pixels of a digit of the standard font, in which widths of columns are counted: Japanese
        fonts are broader at 11 points.
        """
        standard = "".join(self.all("fonts", "font")[:1])
        tag = re.search(rf"<{self.prefix}name\b[^>]*", standard)
        name = (attribute(tag.group(0), "val") if tag else None) or ""
        if not name.isascii() or name.lower().startswith(("ms ", "yu ", "meiryo")):
            return 8.0
        return 7.0

    def save(self, parts: Parts) -> None:
        """Puts the styles back into the package."""
        if self.part and self.text.encode() != parts.body[self.part]:
            parts.body[self.part] = self.text.encode()
