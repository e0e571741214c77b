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
        self.part = next(
            (
                text
                for _, kind, text in parts.related(parts.main)
                if kind == "styles" and text in parts.body
            ),
            "",
        )
        if self.part:
            self.text = plain(parts.body[self.part])
        else:
            self.text = ""
        found = re.search(r"<(\w+:)?styleSheet\b", self.text)
        if found:
            self.prefix = found.group(1) or ""
        else:
            self.prefix = ""

    def all(self, group: str, one: str) -> list[str]:
        """The elements `one` of a list."""
        prefix = self.prefix
        found = self._group(group)
        if found:
            return re.findall(
                rf"<{prefix}{one}\b[^>]*?/>|<{prefix}{one}\b[^>]*>.*?</{prefix}{one}>",
                found.group(2),
                re.S,
            )
        return []

    def add(self, group: str, one: str, xml: str) -> int:
        """The number of an element in its list; put in behind the others if it is new."""
        found = self._group(group)
        there = self.all(group, one)
        if found is None:
            return 0
        made = re.sub(r"(</?)(?=\w)", rf"\g<1>{self.prefix}", xml)
        if made in there:
            return there.index(made)
        start = found.group(1)
        if attribute(start, "count") is not None:
            start = with_attribute(start[:-1], "count", str(len(there) + 1)) + ">"
        self.text = (
            self.text[: found.start()] + start + found.group(2) + made + self.text[found.end(2) :]
        )
        return len(there)

    def _group(self, name: str) -> re.Match[str] | None:
        prefix = self.prefix
        return re.search(rf"(<{prefix}{name}\b[^>]*(?<!/)>)(.*?)</{prefix}{name}>", self.text, re.S)

    def font_of(self, style: str | None) -> str:
        """Name and family of a cell's letters, as the elements of a font."""
        fonts = self.all("fonts", "font")
        formats = self.all("cellXfs", "xf")
        number = int(style or 0)
        if number < len(formats):
            count = int(attribute(formats[number][: formats[number].index(">")], "fontId") or 0)
        else:
            count = 0
        if count < len(fonts):
            kept = re.findall(rf"<{self.prefix}((?:name|family|charset)\b[^>]*/>)", fonts[count])
        else:
            kept = []
        return "".join(f"<{key}" for key in kept)

    def digit(self) -> float:
        """Pixels of a digit of the standard font, in which widths of columns are counted: Japanese
        fonts are broader at 11 points.
        """
        name = (
            attribute(
                next(
                    iter(
                        re.findall(
                            rf"<{self.prefix}name\b[^>]*", next(iter(self.all("fonts", "font")), "")
                        )
                    ),
                    "",
                ),
                "val",
            )
            or ""
        )
        if not name.isascii() or name.lower().startswith(("ms ", "yu ", "meiryo")):
            return 8.0
        return 7.0

    def save(self, parts: Parts) -> None:
        """Puts the styles back into the package."""
        if self.part and self.text.encode() != parts.body[self.part]:
            parts.body[self.part] = self.text.encode()
