"""Explained words marked where they stand on a page, each a link to its explanation below.

Knows HTML as it was drawn and the words; must not know which page they stand on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from ..actions.viewing.wordbook import ExplainedTerm, pattern

_TAG = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"<(/?)([a-z0-9]+)")
# In these no link may stand, or none is looked for.
_SHUT = frozenset(
    ["a", "svg", "button", "summary", "textarea", "select", "label", "del", "h1", "h2", "h3", "h4"]
)


class WordMarks:
    """The explained words of one page. A word is marked once in each piece that is given to `mark`,
    those of a drawing below it; `found` has those that stand on the page, in their order."""

    def __init__(self, words: Iterable[ExplainedTerm]):
        self._words = {str(escape(word.term)): word for word in words}
        self._places = {word: place for place, word in enumerate(self._words, start=1)}
        longest = sorted(self._words, key=len, reverse=True)
        # Without words nothing is ever found.
        self._any = re.compile("|".join(map(pattern, longest)) or r"(?!)")
        self._found: set[str] = set()

    @property
    def found(self) -> list[ExplainedTerm]:
        """The words that were marked."""
        return [word for written, word in self._words.items() if written in self._found]

    def id_of(self, word: ExplainedTerm) -> str:
        """The id of a word's explanation on the page."""
        return f"word-{self._places[str(escape(word.term))]}"

    def mark(self, drawn: str) -> Markup:
        """A piece of a page with its words marked; what is no Markup yet is escaped."""
        pieces = []
        marked: set[str] = set()
        shut = 0
        figure: list[str] = []  # what the drawing says that is open, or was the last one
        for piece in _TAG.split(str(escape(drawn))):
            name = _NAME.match(piece)
            if name is None and not shut:
                pieces.append(self._any.sub(lambda m: self._link(m.group(), marked), piece))
                continue
            if name is None:
                figure.append(piece.strip())
            elif name[2] in _SHUT:
                figure = figure if name[1] else []
                shut += -1 if name[1] else 1
            pieces.append(piece)
            if piece == "</svg>":
                pieces.append(self._beside(figure, marked))
        self._found |= marked
        # Only whole words of text that was escaped already are put into links.
        return Markup("".join(pieces))  # nosec B704 # nosemgrep: markup

    def _beside(self, figure: list[str], marked: set[str]) -> str:
        """The words that stand in a drawing, as links below it: in a drawing itself none can
        stand. A word may go over several of its lines."""
        said = "".join(figure)
        found = dict.fromkeys(m.group() for m in self._any.finditer(said))
        links = [self._link(written, marked) for written in found if written not in marked]
        if not links:
            return ""
        return f'<span class="small">図の中のことば：{"、".join(links)}</span>'

    def _link(self, written: str, marked: set[str]) -> str:
        if written in marked:
            return written
        marked.add(written)
        return f'<a class="word" href="#word-{self._places[written]}">{written}</a>'
