"""Plain text and Markdown as trees of the open form, and back without loss: one paragraph line is one leaf, `#` headings are sections.

Knows line feeds, headings and code fences. Must not know how trees are compared. Blank lines are counted, not stored; a text is taken to end with one
line feed, and where it does not, an empty last leaf says with how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...domain.canonical import clean
from ...domain.change.compare import OPEN_FORM
from ...domain.document.blocks import keyed
from ...domain.document.tree import LEAVES, Node, Tree, node

_HEADING = re.compile(r"(#{1,6})(?:[ \t　]+\S|[^\s#])")
_FENCE = re.compile(r"[ \t]{0,3}(```+|~~~+)")


class _Section:
    """A section being read: its own line, and what stands below so far."""

    def __init__(self, heading: str, level: int, extra: int):
        self.heading = heading
        self.level = level
        self.extra = extra
        self.leaves: list[Node] = []
        self.sections: list[Node] = []

    def children(self) -> tuple[Node, ...]:
        return (*keyed(self.leaves), *keyed(self.sections))

    def closed(self) -> Node:
        return node(
            "",
            "section",
            {"heading": self.heading, "level": self.level},
            self.children(),
            self.extra,
        )


def read_text(text: str, what: str = "文章") -> Tree:
    """A tree of leaves, one for each line that is not blank. PiaError for characters no document may hold."""
    return _read(clean(text, what), markdown=False)


def read_markdown(text: str, what: str = "文章") -> Tree:
    """A tree of sections from `#` headings, and leaves for the lines below them; a `#` within a code fence is no heading."""
    return _read(clean(text, what), markdown=True)


def read_whole(text: str, what: str = "文章") -> Tree:
    """The whole text as one leaf: for those who want no structure."""
    body = clean(text, what)
    return Tree(OPEN_FORM, (node("", "block", {"text": body, "withheld": []}),) if body else ())


def _read(text: str, markdown: bool) -> Tree:
    open_sections = [_Section("", 0, 0)]

    def close(level: int) -> None:
        while open_sections[-1].level >= level > 0:
            done = open_sections.pop()
            open_sections[-1].sections.append(done.closed())

    blank = 0
    fence = ""
    for line in text.split("\n") if text else ():
        if not line:
            blank += 1
            continue
        if markdown:
            mark = _FENCE.match(line)
        else:
            mark = None
        if mark and (not fence or mark.group(1).startswith(fence)):
            if fence:
                fence = ""
            else:
                fence = mark.group(1)[:3]
        if markdown and not fence:
            heading = _HEADING.match(line)
        else:
            heading = None
        if heading:
            level = len(heading.group(1))
            close(level)
            open_sections.append(_Section(line, level, blank))
        else:
            open_sections[-1].leaves.append(_leaf(line, blank))
        blank = 0
    ends = len(text) - len(text.rstrip("\n"))
    if text and (ends != 1 or ends == len(text)):
        open_sections[-1].leaves.append(_leaf("", ends))
    close(1)
    return Tree(OPEN_FORM, open_sections[0].children())


def _leaf(line: str, blank: int) -> Node:
    return node("", "block", {"text": line, "withheld": []}, extra=blank)


def _lines(n: Node | Tree) -> Iterator[tuple[int, str]]:
    for child in n.children:
        yield child.extra, child.value["text"] if child.kind in LEAVES else child.value["heading"]
        yield from _lines(child)


def to_text(tree: Tree) -> str:
    """The text a tree was read from, to the letter."""
    out: list[str] = []
    for blank, line in _lines(tree):
        if line == "":
            return "".join(out)[:-1] + "\n" * blank
        out += ("\n" * blank, line, "\n")
    return "".join(out)
