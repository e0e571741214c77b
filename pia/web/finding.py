"""DocumentSearch a place in a document somebody reads: by the page of its paper, or by words.

Knows the lines of a page and which printed page each begins on. Must not know who reads.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..domain.document.texts import text_of
from ..domain.document.tree import Path, Tree
from ..domain.text import folding
from .document_lines import PageLine

MOST = 50  # places shown at once
_AROUND = 30  # letters on each side of what was found


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A place where words were found: its id on the page, its item, the printed page (0 where there
    is none), and the words between what stands before and after them."""

    id: str
    item: str
    page: int
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class DocumentSearch:
    """What a reader looks for. `called`, `count`: of the paper; `card`: the card they come from, 0
    for none; `asked`, `wrong`: the page as typed, and what is wrong with it; `marks`: line → the
    printed pages that begin with it or lie within it; `found`: where the words stand."""

    called: str = ""
    count: int = 0
    card: int = 0
    asked: str = ""
    wrong: str = ""
    words: str = ""
    marks: Mapping[str, Sequence[int]] = field(default_factory=dict)
    found: Sequence[SearchHit] = ()


def wrong_page(asked: str, count: int) -> str:
    """What is wrong with a page as it was typed, in letters of any width; empty for nothing."""
    typed = _narrow(asked)
    if not count:
        return "この評価書は、まだ印刷用のPDFになっていないため、ページがありません。"
    if not typed.isdecimal() or not 1 <= int(typed[:6]) <= count:
        return f"ページは、1から{count}までの数字で入力してください。"
    return ""


def page_typed(asked: str) -> int:
    """The page of what `wrong_page` lets through."""
    return int(_narrow(asked))


def _narrow(asked: str) -> str:
    """A page as it was typed, in letters of one width and without the word for it."""
    typed = unicodedata.normalize("NFKC", asked).strip()
    return typed.removeprefix("p.").removesuffix("ページ")


def marks(lines: Sequence[PageLine], pages: Mapping[Path, int], count: int) -> dict[str, list[int]]:
    """Line → the printed pages that begin with it or lie within it; every page has its line."""
    starts: list[tuple[str, int]] = []
    last = 0
    for line in lines:
        page = pages.get(line.path, 0)
        if page > last:
            starts.append((line.id, page if starts else 1))
            last = page
    out = {}
    for place, (name, page) in enumerate(starts):
        following = starts[place + 1][1] if place + 1 < len(starts) else count + 1
        out[name] = list(range(page, following))
    return out


def find(
    lines: Iterable[PageLine], tree: Tree, words: str, pages: Mapping[Path, int]
) -> list[SearchHit]:
    """Where words stand in the items of a document, in letters of any width: the first place in
    each item, at most `MOST`."""
    out: list[SearchHit] = []
    for line in lines:
        if line.kind != "item" or len(out) == MOST:
            continue
        text = text_of(tree.find(line.path))
        hits = folding.found(text, words)
        if hits:
            start, end = hits[0]
            out.append(
                SearchHit(
                    line.id,
                    line.full,
                    pages.get(line.path, 0),
                    text[max(0, start - _AROUND) : start].replace("\n", " "),
                    text[start:end],
                    text[end : end + _AROUND].replace("\n", " "),
                )
            )
    return out
