"""What people read in the files of a bundle, against what the bundle holds as data: printed change
tables, the document's own rows, its paper.

Knows the files of one document of a bundle; the manifest and the proof of the data are `bundle`'s.
A file that an older bundle lacks is no fault, what is not looked at is said. Serves the submission
under 規則第3条, 第5条第1項, 第6条第1項 and 第7条第5項: the paper somebody opens years later is the
one that was proved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...domain.change.describe import citation, names
from ...domain.document.form import Form
from ...domain.document.items import text_of
from ...domain.document.tree import LEAVES, Path, Tree, walk
from ...domain.errors import PiaError
from ...domain.procedure import change_table as rows_of
from ...domain.procedure.change_table import ChangeTableRow
from ...domain.proof import change_table as change_table_proof
from ...domain.proof.cells import Proof, Table
from ..workbook_out import change_table
from . import pdf
from . import plan as plan_proof
from . import tables as seen_tables
from .pdf import PdfBox, PdfDocument, PdfPage

TABLES = ("change-table.xlsx", "change-table.pdf", "change-table.csv")
NOT_FIXED = (
    "この版の変更箇所の表は、まだ固定されていません。評価書の変更箇所の欄とは、"
    "照らし合わせていません。"
)
_MOST = 20  # sentences of one check
_FIRST = 6  # letters that stand together on the first line of an answer, however narrow
_WRITTEN = ("text", "choice_one", "number", "date")


@dataclass(frozen=True, slots=True)
class BundleCheck:
    """One thing that was looked at: what, whether it holds, and where not and why; remarks where it
    holds.
    """

    what: str
    holds: bool
    why: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The check as values JSON can hold."""
        return {"what": self.what, "holds": self.holds, "why": list(self.why)}


def proof(what: str, proved: Proof) -> BundleCheck:
    """A proof as a check: its problems, or its remarks."""
    if len(proved.problems) > _MOST:
        more = f"ほかに{len(proved.problems) - _MOST}か所あります。"
        return BundleCheck(what, False, (*proved.problems[:_MOST], more))
    return BundleCheck(what, not proved.problems, proved.problems or proved.remarks)


def guarded(what: str, find: Callable[[], Proof]) -> BundleCheck:
    """The check of a file that may be unreadable."""
    try:
        return proof(what, find())
    except PiaError as error:
        return BundleCheck(what, False, (str(error),))


def tables(
    called: str, form: Form, base: Tree, rows: Sequence[ChangeTableRow], files: Mapping[str, bytes]
) -> Iterator[BundleCheck]:
    """Every printed change table of a document, cell by cell against the rows it was fixed with."""
    with suppress(PiaError):  # the proof of the rows says so
        rows = rows_of.readable(form, rows)
    for name in TABLES:
        if name in files:
            what = f"{called}の変更箇所の表（{name}）に見えている記載"
            yield guarded(
                what,
                partial(_prove_fixed, form, base, files[name], name, rows),
            )


def _prove_fixed(
    form: Form, base: Tree, data: bytes, name: str, rows: Sequence[rows_of.ChangeTableRow]
) -> Proof:
    return change_table_proof.prove_fixed(form, base, _table(data, name), rows)


def _table(data: bytes, name: str) -> Table:
    table: Table | None
    if name.endswith(".csv"):
        return seen_tables.of_csv(data, name, change_table_proof.COLUMNS)
    if name.endswith(".pdf"):
        table = seen_tables.of_pdf(pdf.read(data, name), (change_table_proof.COLUMNS,))
    else:
        table = seen_tables.of_book(
            data, name, (change_table_proof.COLUMNS,), change_table_proof.KEY, change_table.HIDDEN
        )
    if table is None:
        raise PiaError(f"{name}：変更箇所の表の見出しが見付かりません。")
    return table


def own_rows(
    called: str, form: Form, base: Tree, tree: Tree, rows: Sequence[ChangeTableRow], fixed: bool
) -> BundleCheck:
    """The rows the document holds of itself (様式4 別添3 and its like) against the rows its table
    was `fixed` with; before that they are a draft's.
    """
    what = f"{called}の変更箇所の欄と、固定された表"
    if not fixed:
        return BundleCheck(what, True, (NOT_FIXED,))
    with suppress(PiaError):
        rows = rows_of.readable(form, rows)
    return proof(what, change_table_proof.printed_rows(form, base, tree, rows))


def paper(called: str, form: Form, tree: Tree, data: bytes, name: str) -> Iterator[BundleCheck]:
    """What the document's paper shows: its answers in their order, the rows of its change table
    cell by cell.
    """
    try:
        read = pdf.read(data, name)
    except PiaError as error:
        yield BundleCheck(f"{called}のPDFに見えている記載", False, (str(error),))
        return
    yield proof(f"{called}のPDFに見えている記載", Proof(tuple(_unseen(form, tree, read))))
    held = form.change_table is not None and bool(rows_of.inherited(form, tree))
    table = seen_tables.of_pdf(read, (change_table_proof.COLUMNS,))
    what = f"{called}のPDFに見えている変更箇所の欄"
    if table is None:
        yield BundleCheck(what, not held, ("変更箇所の欄が見付かりません。",) if held else ())
    else:
        yield proof(what, change_table_proof.on_paper(form, tree, table))


def _unseen(form: Form, tree: Tree, read: PdfDocument) -> Iterator[str]:
    """Answers that do not stand in a box of their own on the paper, in the order of the form."""
    boxes = list(_boxes(read))
    named = names(form, tree)
    start = 0
    for path, text in _answers(form, tree):
        ways = list(map(_letters, _ways(form, path, text)))
        line = form.at(path)[0]
        chosen = line is not None and line.kind == "choice_one"
        place = _place(boxes, start, ways, chosen)
        if place is None:
            yield f"{citation(form, path, named)}：本文の記載が、PDFのその場所に見えません。"
        else:
            start = place + 1


def _place(
    boxes: Sequence[Sequence[str]], start: int, ways: Sequence[str], chosen: bool
) -> int | None:
    """The first box from `start` that shows an answer."""
    for index in range(start, len(boxes)):
        if any(_says(text, ways, chosen) for text in boxes[index]):
            return index
    return None


def _boxes(read: PdfDocument) -> Iterator[list[str]]:
    """The text of every boxed cell but those of 変更箇所, in reading order; the last row of a page
    also with what goes on below the same edge on the next pages.
    """
    pages = []
    for page in read.pages:
        if not _shows_changes(page):
            pages.append(page)
    for index, page in enumerate(pages):
        for row in page.rows[:-1]:
            for box in row:
                yield [_letters(box.text)]
        for row in page.rows[-1:]:
            for box in row:
                yield _going_on(box, pages[index + 1 :])


def _shows_changes(page: PdfPage) -> bool:
    """Whether a page has the heads of the table of 変更箇所."""
    for boxes in page.rows:
        if seen_tables.is_head([box.text for box in boxes], change_table_proof.COLUMNS):
            return True
    return False


def _going_on(box: PdfBox, later: Sequence[PdfPage]) -> list[str]:
    """What a box at the foot of a page says: alone, with what stands below its left edge on the
    next page, and so on while that is the only row there.
    """
    texts = [_letters(box.text)]
    for page in later:
        if not page.rows:
            break
        below = []
        for other in page.rows[0]:
            if abs(other.left - box.left) < 1:
                below.append(other)
        if not below:
            break
        texts.append(texts[-1] + _letters(below[0].text))
        if len(page.rows) > 1:
            break
    return texts


def _ways(form: Form, path: Path, text: str) -> tuple[str, ...]:
    """How a box shows an answer: alone, in the gap of its label, in the brackets of a choice."""
    line = form.at(path)[0]
    before, _, after = (line.label if line is not None else "").partition("　")
    return text, f"{before}{text}{after}", f"[{text}]"


def _says(box: str, ways: Sequence[str], chosen: bool) -> bool:
    """Whether a box is an answer. The options stand beside a chosen one, with no rule between;
    where it takes several lines, between its lines.
    """
    if box in ways:
        return True
    if not chosen or not box.startswith("["):
        return False
    if box.startswith(ways[-1]):
        return True
    letters = iter(box)
    return box[:_FIRST] == ways[-1][:_FIRST] and all(letter in letters for letter in ways[-1])


def _answers(form: Form, tree: Tree) -> Iterator[tuple[Path, str]]:
    """Every answer that is printed in words, but for those of 変更箇所."""
    table = form.change_table
    for path, node in walk(tree):
        if node.kind in LEAVES or node.kind not in _WRITTEN:
            continue
        if table is not None and path[0] == table.key:
            continue
        line = form.at(path)[0]
        if text_of(node).strip() and not (line is not None and line.prints_stamp):
            yield path, text_of(node)


def _letters(text: str) -> str:
    return re.sub(r"\s", "", text)


def plan(called: str, as_of: str, files: Mapping[str, bytes | None]) -> Iterator[BundleCheck]:
    """The 計画管理書: its data as of the day the manifest says, and what its workbook and its paper
    show of them.
    """
    lacking = tuple(f"{name}：入っていません。" for name, body in files.items() if body is None)
    if lacking:
        yield BundleCheck(called, False, lacking)
        return
    data, book, printed = (files[file] or b"" for file in plan_proof.FILES)
    try:
        facts = plan_proof.read(data)
    except PiaError as error:
        yield BundleCheck(called, False, (str(error),))
        return
    same = facts["as_of"] == as_of
    yield BundleCheck(
        called, same, () if same else ("データの時点が、一覧に書かれた日と違います。",)
    )
    yield guarded(
        f"{called}のワークブックに見えている記載", lambda: plan_proof.workbook(book, facts)
    )
    yield guarded(f"{called}のPDFに見えている記載", lambda: plan_proof.paper(printed, facts))
