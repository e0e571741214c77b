"""Where else a text is said: the items of every document that say the same, or nearly the same with
what differs, since which version.

Reads only. Knows what a person may find. Must not know addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.describe import label, names
from ...domain.document import items
from ...domain.document.tree import Path
from ...domain.errors import PiaError
from ...domain.text import searching
from ...domain.text.pieces import Piece, inline
from ...domain.text.spans import spans
from ...store import nodes, queries
from ...store.queries.search import DOCUMENT, STANDING, SearchAsked
from ...store.rows import assessments
from ...store.rows.search import SearchText, SearchWhole
from ..access.person import Person
from ..workplace import Workplace
from .search import document_places, document_title, finder

NEAR = 70  # of 100: as much like the text as this is told
CANDIDATES = 200  # texts with the most stretches in common that are compared letter by letter
MOST = 50  # of these are shown
_STRETCH = 8  # letters that a near copy has somewhere unchanged
_STRETCHES = 12
_SHORT = 8  # letters: a shorter text is the same by chance, but at the same item


@dataclass(frozen=True, slots=True)
class AlikeText:
    """An item that says the same or nearly so: its document, its place, since when; how much it is
    alike (100: the same), and what differs from the text that is asked about; `opened` as in
    `FoundText`."""

    title: str
    place: str
    standing: str
    ref: str
    path: Path
    likeness: int
    pieces: tuple[Piece, ...]
    opened: tuple[int, ...] = ()

    @property
    def said(self) -> str:
        """The letters it says."""
        return "".join(piece.text for piece in self.pieces if piece.op != "delete")


@dataclass(frozen=True, slots=True)
class AlikeTexts:
    """An item with what it says, and where else it is said: `equal` letter by letter, but for
    width, kana and spaces, and `near`, the likest first. `short`: so few letters that only the same
    item of other documents was looked at."""

    title: str
    where: str
    text: str
    equal: tuple[AlikeText, ...]
    near: tuple[AlikeText, ...]
    short: bool = False


def alike(wp: Workplace, who: Person, today: date, ref: str, path: Path) -> AlikeTexts:
    """Where else the text of an item is said. PiaError where the document has no such item."""
    with wp.store.read() as session:
        version = assessments.resolve(session, ref)
        tree = nodes.recent(session, version.id)
        form = forms.load(tree.form)
        line, _, rest = form.at(path)
        if line is None or rest:
            raise PiaError("この評価書に、その項目はありません。評価書から選び直してください。")
        text = items.shown_of(tree.find(path), line.columns)
        where = label(form, path, names(form, tree))
        document = queries.search.named_documents(session, [version.assessment_id])
        own = document[version.assessment_id]
        title = document_title(own)
        plain = searching.folded(text)
        if not plain:
            return AlikeTexts(title, where, text, (), ())
        short = len(plain) < _SHORT
        item = "/".join((form.kind, *line.path)) if short else ""
        mine, _ = finder(session, wp, who, today)
        asked = SearchAsked(
            _stretches(plain), state=STANDING, kind=DOCUMENT, item=item, any_of=True
        )
        rows = queries.search.page(session, mine, asked, 0, CANDIDATES)
        others = []
        for row in rows:
            if (row.assessment_id, tuple(row.path)) != (version.assessment_id, path):
                others.append(row)
        found = _compared(session, others, text, plain)
    equal = tuple(each for each in found if each.likeness == 100)
    near = tuple(each for each in found if each.likeness < 100)
    return AlikeTexts(title, where, text, equal[:MOST], near[:MOST], short)


def _stretches(plain: str) -> tuple[str, ...]:
    """Stretches of a text, spread over it: what was changed in a near copy leaves some of them."""
    if len(plain) <= _STRETCH:
        return (plain,)
    last = len(plain) - _STRETCH
    count = min(_STRETCHES, last + 1)
    begins = [last * number // max(1, count - 1) for number in range(count)]
    return tuple(dict.fromkeys(plain[begin : begin + _STRETCH] for begin in begins))


def _likeness(one: str, other: str) -> int:
    """How much two folded texts are alike, at most 99; sentences that changed places are the same
    sentences."""
    in_order = fuzz.ratio(one, other)
    sentences = fuzz.ratio("。".join(sorted(one.split("。"))), "。".join(sorted(other.split("。"))))
    return min(99, int(max(in_order, sentences)))


def _compared(
    session: Session, rows: Sequence[SearchText | SearchWhole], text: str, plain: str
) -> list[AlikeText]:
    """Those of some texts that are alike, the likest first."""
    likest = []
    for row in rows:
        other = searching.folded(row.text)
        likeness = 100 if other == plain else _likeness(plain, other)
        if likeness >= NEAR:
            likest.append((likeness, row))
    likest.sort(key=lambda pair: -pair[0])
    places = document_places(session, [row for _, row in likest])
    opened = queries.search.guards(
        session, [row.id for _, row in likest if isinstance(row, SearchWhole)]
    )
    found = []
    for (likeness, row), (title, ref, standing) in zip(likest, places, strict=True):
        pieces: Iterable[Any] = inline(text, row.text, spans(text, row.text))
        guards = tuple(opened.get(row.id, ())) if isinstance(row, SearchWhole) else ()
        found.append(
            AlikeText(
                title, row.place, standing, ref, tuple(row.path), likeness, tuple(pieces), guards
            )
        )
    return found
