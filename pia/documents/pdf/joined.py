"""The structures of several PDFs whose pages were put together as one (see `tags`): each document a
part of the whole, in the order they were added. A page without a structure stays without one.

Knows pikepdf and structure trees; not what the pages say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pikepdf import Array, Dictionary, Name, Page, Pdf, String


class JoinedStructure:
    """The structure of an open document that grows as pages of others are added to it."""

    def __init__(self, out: Pdf):
        self._out = out
        self._parts: list[Any] = []
        self._numbers: list[Any] = []

    def add(self, source: Pdf, title: str, pages: Sequence[Page], *, foreign: bool = False) -> None:
        """Takes over the structure of `source`, whose pages stand in the document as `pages`
        already. A document somebody else made (`foreign`) says of itself what it likes: its pages
        come without.
        """
        tree = source.Root.get(Name.StructTreeRoot)
        kids = None if tree is None else tree.get(Name.K)
        if foreign or tree is None or not isinstance(kids, Dictionary) or Name.S not in kids:
            for page in pages:
                if Name.StructParents in page:
                    del page[Name.StructParents]
            return
        taken = self._out.copy_foreign(tree)
        rows = dict(_pairs(taken.ParentTree.Nums))
        for page in pages:
            if Name.StructParents in page:
                row = rows[int(page.StructParents)]
                page.StructParents = len(self._numbers) // 2
                self._numbers += [page.StructParents, row]
        part = taken.K
        if len(pages) < len(source.pages):
            _prune(part, {page.obj.objgen for page in pages})
        part.S = Name.Part
        part.T = String(title)
        self._parts.append(part)

    def end(self) -> None:
        """All pages are there: the document says what it holds."""
        if not self._parts:
            return
        out = self._out
        top = out.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        whole = out.make_indirect(Dictionary(S=Name.Document, P=top, K=Array(self._parts)))
        for part in self._parts:
            part.P = whole
        top.K = whole
        top.ParentTree = out.make_indirect(Dictionary(Nums=Array(self._numbers)))
        top.ParentTreeNextKey = len(self._numbers) // 2
        out.Root.StructTreeRoot = top
        out.Root.MarkInfo = Dictionary(Marked=True)


def _pairs(numbers: Any) -> list[tuple[int, Any]]:
    """A number tree's entries."""
    return [(int(numbers[index]), numbers[index + 1]) for index in range(0, len(numbers), 2)]


def _prune(element: Any, pages: set[tuple[int, int]]) -> bool:
    """Takes out of an element what stands on other pages; whether something is left. A row keeps
    all its cells.
    """
    own = element.get(Name.Pg)
    here = own is not None and own.objgen in pages
    kids = element.get(Name.K)
    left: list[Any] = []
    full = False
    for kid in kids if isinstance(kids, Array) else [kids]:
        if not isinstance(kid, Dictionary):
            stays = kid is not None and here
        elif Name.MCID in kid:
            stays = Name.Pg in kid and kid.Pg.objgen in pages
        else:
            stays = _prune(kid, pages)
        full = full or stays
        if stays or (element.S == Name.TR and isinstance(kid, Dictionary)):
            left.append(kid)
    if own is not None and not here:
        del element[Name.Pg]
    if left:
        element.K = Array(left)
    elif kids is not None:
        del element[Name.K]
    return full
