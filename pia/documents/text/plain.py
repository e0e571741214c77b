"""Plain text and Markdown as trees of the open form, and back without loss: one paragraph line is
one leaf, `#` headings are sections.

Knows line feeds, headings and code fences. Must not know how trees are compared. Blank lines are
counted, not stored; a text is taken to end with one line feed, and where it does not, an empty last
leaf says with how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from ...domain.canonical import clean
from ...domain.change.compare import OPEN_FORM
from ...domain.document.blocks import keyed
from ...domain.document.tree import LEAVES, Node, Path, Tree, node, walk
from ...domain.text import line_feeds
from ...domain.text.notation import plain

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
    """A tree of leaves, one for each line that is not blank. PiaError for characters no document
    may hold.
    """
    return _read(clean(text, what), markdown=False)


def read_markdown(text: str, what: str = "文章") -> Tree:
    """A tree of sections from `#` headings, and leaves for the lines below them; a `#` within a
    code fence is no heading.
    """
    return _read(clean(text, what), markdown=True)


def read_whole(text: str, what: str = "文章") -> Tree:
    """The whole text as one leaf: for those who want no structure."""
    body = clean(text, what)
    return Tree(OPEN_FORM, (node("", "block", {"text": body, "withheld": []}),) if body else ())


def of_lines(lines: Iterable[tuple[int, str, int]], what: str = "文章") -> Tree:
    """A tree of lines that were found in a document: (level of a heading or 0, text, page). Blank
    ones are none."""
    reading = _Reading(False)
    for level, text, _ in lines:
        if not text.strip("\n"):
            continue
        if level:
            reading.head(clean(text, what), level)
        else:
            reading.leaf(clean(text, what))
    reading.close(1)
    return Tree(OPEN_FORM, reading.open[0].children())


def numbered(tree: Tree, lines: Iterable[tuple[int, str, int]]) -> dict[Path, int]:
    """The page of every line of a tree that `of_lines` made of them, where it is known."""
    numbers = [page for _, text, page in lines if text.strip("\n")]
    out = {}
    for (path, _), number in zip(walk(tree), numbers):
        if number:
            out[path] = number
    return out


def _read(text: str, markdown: bool) -> Tree:
    reading = _Reading(markdown)
    for line in text.split("\n") if text else ():
        reading.put(line)
    ends = len(text) - len(text.rstrip("\n"))
    if text and (ends != 1 or ends == len(text)):
        reading.open[-1].leaves.append(_leaf("", ends))
    reading.close(1)
    return Tree(OPEN_FORM, reading.open[0].children())


class _Reading:
    """A text being read line by line; `open` are the sections on the way to the current one."""

    def __init__(self, markdown: bool):
        self.markdown = markdown
        self.open = [_Section("", 0, 0)]
        self._blank = 0
        self._fence = ""

    def close(self, level: int) -> None:
        """Ends the sections of this level and below."""
        while self.open[-1].level >= level > 0:
            done = self.open.pop()
            self.open[-1].sections.append(done.closed())

    def head(self, words: str, level: int) -> None:
        """Begins a section."""
        self.close(level)
        self.open.append(_Section(words, level, self._blank))

    def leaf(self, words: str) -> None:
        """A paragraph of the section that is open."""
        self.open[-1].leaves.append(_leaf(words, self._blank))

    def put(self, line: str) -> None:
        """Reads one line: blank, a heading, or a paragraph."""
        if not line:
            self._blank += 1
            return
        heading = self._heading(line)
        if heading:
            self.head(line, len(heading.group(1)))
        else:
            self.leaf(line)
        self._blank = 0

    def _heading(self, line: str) -> re.Match[str] | None:
        """The heading a line is; within a fence of code there are none."""
        if not self.markdown:
            return None
        mark = _FENCE.match(line)
        if mark and not self._fence:
            self._fence = mark.group(1)[:3]
        elif mark and mark.group(1).startswith(self._fence):
            self._fence = ""
        if self._fence:
            return None
        return _HEADING.match(line)


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


def lines_joined(old: Tree, new: Tree) -> tuple[Tree, Tree]:
    """Two texts to be compared, the lines that only layout broke in one as one leaf."""
    before = _OneText(old)
    after = _OneText(new)
    old_feeds, new_feeds = line_feeds.layout(before.plain, after.plain, [])
    return before.joined(old_feeds), after.joined(new_feeds)


class _OneText:
    """The lines of a tree as one text, and which line feed of it parts which two leaves."""

    def __init__(self, tree: Tree):
        self.tree = tree
        lines = [line for _, line in _lines(tree)]
        self.plain = plain("\n".join(lines))
        self.ends = accumulate(len(line) + 1 for line in lines)

    def joined(self, feeds: Sequence[line_feeds.Feed]) -> Tree:
        """The tree with a leaf and the next as one where one of these line feeds parts them; never
        over an empty line or a heading."""
        if not feeds:
            return self.tree
        places = {typed for typed, _ in feeds}
        ends = [end - 1 for end in self.ends]
        self._broken = {number for number, end in enumerate(ends) if end in places}
        self._number = 0
        return Tree(self.tree.form, self._children(self.tree))

    def _children(self, parent: Node | Tree) -> tuple[Node, ...]:
        leaves: list[Node] = []
        sections: list[Node] = []
        goes_on = False
        for child in parent.children:
            broken = self._number in self._broken
            self._number += 1
            if child.kind not in LEAVES:
                below = self._children(child)
                sections.append(node("", child.kind, child.value, below, child.extra))
                continue
            if goes_on and child.extra == 0 and child.value["text"]:
                last = leaves.pop()
                child = _leaf(f"{last.value['text']}\n{child.value['text']}", last.extra)
            leaves.append(child)
            goes_on = broken
        return (*keyed(leaves), *keyed(sections))
