"""The handbook on paper: chapters of Markdown as a written paper, and a role's 早見表 on one page.

Knows the few marks the handbook is written in. Must not know what it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it.token import Token

from ...manual import Chapter, markdown
from ..word.model import MARGIN, PAGE, Break, Item, PaperCell, PaperTable, Para, Run, WrittenPaper

_SHADE = "EDF0F4"
_SIZE = 10.0
_SHEET_SIZE = 11.5
_MORE = "くわしいことは、画面の「使い方」にあります。"
_STEP = 15.0  # points a line of a list stands in
_LISTED = 9.0  # points of a line of the contents: they are to stand on one page
_PAGE_ROOM = 56.0  # points the number of a page has


def manual(title: str, chapters: Sequence[Chapter]) -> WrittenPaper:
    """The chapters one after the other, behind a page that lists them with their pages."""
    items: list[Item] = [_heading(title, 1), _contents(chapters), Break()]
    for number, chapter in enumerate(chapters, start=1):
        heading = _heading(_named(number, chapter), 1)
        items.append(replace(heading, name=f"chapter{number}"))
        for section in chapter.sections:
            if section.anchor != "top":
                items.append(_heading(section.heading, 2))
            items += _Writer(_SIZE).items(section.body)
    return WrittenPaper(title, tuple(items), size=_SIZE)


def _named(number: int, chapter: Chapter) -> str:
    return f"{number}　{chapter.title}"


def _contents(chapters: Sequence[Chapter]) -> PaperTable:
    """Every chapter with the page it begins on."""
    head = []
    for words in ("章", "ページ"):
        head.append(PaperCell((Para((Run(words, True),)),), _SHADE))
    rows = [tuple(head)]
    for number, chapter in enumerate(chapters, start=1):
        page = Para((Run("", size=_LISTED, page_of=f"chapter{number}"),), "right")
        name = Para((Run(_named(number, chapter), size=_LISTED),))
        rows.append((PaperCell((name,)), PaperCell((page,))))
    room = PAGE[0] - 2 * MARGIN
    return PaperTable((room - _PAGE_ROOM, _PAGE_ROOM), tuple(rows), heads=1)


def sheet(title: str, chapter: Chapter) -> WrittenPaper:
    """The 早見表 of a role's chapter: what to do, where, and what is pressed."""
    part = chapter.sheet
    items: list[Item] = [_heading(title, 1)]
    if part is not None:
        items += _Writer(_SHEET_SIZE).items(part.body)
    items.append(Para((Run(_MORE),), before=6.0))
    return WrittenPaper(title, tuple(items), size=_SHEET_SIZE)


def _heading(text: str, level: int) -> Para:
    size, before = {1: (14.0, 16.0), 2: (11.5, 8.0)}.get(level, (10.5, 6.0))
    run = Run(text, True, False, size)
    return Para((run,), before=before, after=3.0, level=level, keep=True)


class _Writer:
    """One piece of Markdown, read from its first token to its last."""

    def __init__(self, size: float):
        self.size = size
        self.marks: list[str] = []  # the lists around, the number of their last line

    def items(self, body: str) -> Iterator[Item]:
        """Paragraphs and tables, in reading order."""
        tokens = markdown().parse(body)
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
                yield _table(tokens[at:end], self.size)
                at = end
            elif token.type == "inline":
                yield self._line(token, tokens[at - 1])
            else:
                self._list(token)
            at += 1

    def _list(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self.marks.append("")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.marks.pop()
        elif token.type == "list_item_open":
            self.marks[-1] = f"{token.info}．" if token.info else "・"

    def _line(self, token: Token, before: Token) -> Para:
        runs = _runs(token)
        if before.type == "heading_open":
            return _heading("".join(run.text for run in runs), 3)
        if not self.marks:
            return Para(runs, after=3.0)
        mark = self.marks[-1]
        self.marks[-1] = ""  # a second paragraph of the same line has no mark
        left = _STEP * len(self.marks)
        if not mark:
            return Para(runs, left=left)
        return Para((Run(mark), *runs), left=left, first=-_STEP)


def _runs(token: Token) -> tuple[Run, ...]:
    """The words of a line; what stands on the screen is bold and in brackets."""
    runs = []
    for child in token.children or ():
        if child.type == "text":
            runs.append(Run(child.content))
        elif child.type == "code_inline":
            runs.append(Run(f"「{child.content}」", True))
        elif child.type in ("softbreak", "hardbreak"):
            runs.append(Run("\n"))
    return tuple(runs)


def _table(tokens: Sequence[Token], size: float) -> PaperTable:
    rows: list[tuple[PaperCell, ...]] = []
    row: list[PaperCell] = []
    shade = ""
    for token in tokens:
        if token.type == "th_open":
            shade = _SHADE
        elif token.type == "td_open":
            shade = ""
        elif token.type == "inline":
            runs = tuple(replace(run, bold=True) for run in _runs(token)) if shade else _runs(token)
            row.append(PaperCell((Para(runs),), shade))
        elif token.type == "tr_close":
            rows.append(tuple(row))
            row = []
    return PaperTable(_widths(rows), tuple(rows), heads=1)


def _widths(rows: Sequence[Sequence[PaperCell]]) -> tuple[float, ...]:
    """The room of each column, by how much stands in it."""
    longest = [0.0] * len(rows[0])
    for row in rows:
        for column, cell in enumerate(row):
            longest[column] = max(longest[column], min(len(cell.text), 44))
    least = sum(longest) * 0.18
    shares = [max(length, least) for length in longest]
    return tuple((PAGE[0] - 2 * MARGIN) * share / sum(shares) for share in shares)
