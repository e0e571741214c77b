"""An assessment on paper, put together by the readers of workbooks: the same labels, owners and
answers, with pages and tables as places.

Knows what a program prints of its own on paper (headings of entries, marks of the form) and says
all that was not read, place by place. Nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ...domain.errors import Problem
from ...domain.revise.unread import UnreadParts
from ..ooxml.book import BookCell, rows_of
from ..workbook_in import anchors, annex, answers, assemble
from ..workbook_in.labels import is_hole, script
from ..workbook_in.work import Assembly, Chain, shortened
from .paper_book import PaperBook

_ENTRY = re.compile(r"\s*[（(]\s*[0-9０-９]+\s*[）)]\s*")
_NOTHING = folded("（記載なし）")
# Lines are as long as the paper is wide: that they were joined is no news. Rows that nobody read
# are listed with what stands in them.
_LAYOUT = ("joined", "unknown_label")


class PaperAssembly(Assembly):
    """One document on paper being read on one form; `left` are the cells nobody read."""

    book: PaperBook
    # Paper has a width and no columns: nothing stands beside a box.
    has_boxes = False

    def __init__(
        self, book: PaperBook, form: Form, base: dict[str, Any] | None, problems: list[Problem]
    ):
        super().__init__(book, annex.Annexes(), form, base, problems)
        self.left: list[BookCell] = []

    def take(
        self, line: FormNode, chain: Chain, answer: answers.ReadAnswer, cells: list[BookCell]
    ) -> None:
        """An answer; blanks around one in a gap (（　3　）件) are the paper's."""
        if is_hole(line) and isinstance(answer.value, str):
            answer.value = answer.value.strip() or None
        super().take(line, chain, answer, cells)

    def unread(self, cells: Sequence[BookCell]) -> None:
        """Cells with words that belong to no item are told together, page by page."""
        self.left += [cell for cell in cells if cell.text.strip()]

    def warn_sheet(self, code: str, sentence: str, sheet: int) -> None:
        """A warning about a whole sheet; what nobody read is told by pages instead."""
        if code != "unread_cell":
            super().warn_sheet(code, sentence, sheet)


def read(
    book: PaperBook, form: Form, base: dict[str, Any] | None, problems: list[Problem]
) -> PaperAssembly:
    """Reads the document; answers in `out`, what was found wrong in `problems`."""
    work = PaperAssembly(book, form, base, problems)
    if base:
        work.mapped = anchors.placed(book, script(form), base).paths
    assemble.read(work)
    work.left += work.owned.strangers
    _gather(work)
    return work


def pages_of(work: PaperAssembly) -> list[tuple[Path, int]]:
    """The page every answer begins on, where pages are known."""
    read_of = []
    for _, _, value, cells in work.values:
        if value not in (None, "", []):
            read_of.append(cells)
    if len(read_of) != len(work.out):
        return []
    pages = []
    for (path, _), cells in zip(work.out, read_of):
        numbers = [work.book.pages.get((cell.sheet, cell.row), 0) for cell in cells]
        if any(numbers):
            pages.append((path, min(filter(None, numbers))))
    return pages


def _gather(work: PaperAssembly) -> None:
    """The problems of a reading as a person goes through them: what is missing once a part, what
    was not read once a page."""
    problems = []
    missing: dict[str, list[str]] = {}
    empty = _empty_parts(work)
    for problem in work.problems:
        if problem.code in _LAYOUT:
            continue
        if problem.code == "label_missing":
            words = re.findall("項目「(.+?)」(?:（[^）]*番目）)?が見つかりません", problem.sentence)
            part = _part_of(work, words[0] if words else "")
            if part not in empty:
                missing.setdefault(part, []).extend(words)
            continue
        problems.append(problem)
    for part, words in missing.items():
        listed = "、".join(f"「{word}」" for word in words[:4])
        more = "など" if len(words) > 4 else ""
        problems.append(
            Problem(
                "label_missing",
                f"{part}の項目{listed}{more}（{len(words)}件）が見つかりません。"
                "項目名の書き方とページの抜けを確かめてください。",
                level="warning",
            )
        )
    problems += _unread(work)
    work.problems[:] = problems


def unread_of(work: PaperAssembly) -> UnreadParts:
    """What of the document was not read. What a part that says （記載なし） lacks is no gap: its
    answers are taken away on purpose."""
    empty = _empty_parts(work)
    found = []
    for line, chain in work.missing:
        if line.part.number not in empty:
            found.append((line, chain))
    work.missing[:] = found
    unread = assemble.unread_of(work)
    words = set(unread.words)
    for cell in work.left:
        words.update(map(folded, (cell.text, *cell.text.split("\n"))))
    return replace(unread, words=frozenset(words))


def _part_of(work: PaperAssembly, words: str) -> str:
    """The part whose number a missing label begins with; 表紙 where there is none."""
    best = ""
    for part in work.form.parts:
        if part.number and words.startswith(part.number) and len(part.number) > len(best):
            best = part.number
    return best or "表紙など"


def _empty_parts(work: PaperAssembly) -> set[str]:
    """Parts that say （記載なし） in place of all their items."""
    parts = set()
    for cell in work.left:
        if folded(cell.text) == _NOTHING:
            above = [
                label
                for label in work.founds
                if label.sheet == cell.sheet and label.box[0] < cell.row
            ]
            if above:
                parts.add(above[-1].token.node.part.number)
    return parts


def _unread(work: PaperAssembly) -> list[Problem]:
    """What nobody read, every passage of it, a problem for each page."""
    printed = _printed(work)
    names = {folded(name) for name in work.names.values()}
    by_place: dict[str, list[str]] = {}
    for row in rows_of(sorted(dict.fromkeys(work.left), key=lambda cell: cell.at)):
        for cell in row:
            flat = folded(cell.text)
            if flat in printed or folded(_ENTRY.sub("", cell.text)) in names or flat == _NOTHING:
                continue
            by_place.setdefault(work.book.where(cell), []).append(cell.text)
    problems = []
    for place, texts in by_place.items():
        listed = "、".join(f"「{shortened(text, 60)}」" for text in texts)
        problems.append(
            Problem(
                "unread_cell",
                f"どの項目の記載か分からないため、読み取りませんでした：{listed}",
                place,
                "warning",
            )
        )
    return problems


def _printed(work: PaperAssembly) -> set[str]:
    """What the form prints beside its labels."""
    printed = {folded("（図なし）"), folded(work.form.printed_title)}
    for line in work.form.walk():
        for words in (line.mark, line.heading_note, line.printed_note, line.fixed_text):
            if words:
                printed.add(folded(words))
    printed.update(map(folded, ("確認用（提出用ではありません）", "（素案）", "（案）")))
    return printed
