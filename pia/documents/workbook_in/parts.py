"""Stage of a reading: the parts that are no plain items, 変更箇所, 記録項目 and the figures of 別添
1.

Knows where such a part begins and ends; how it is laid out is read by `sections`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.document.form import FormNode
from ...domain.errors import Problem
from ..ooxml import carried
from ..ooxml.book import BookCell, places_of
from . import answers, assign_cells, figures, sections
from .find_labels import FoundLabel
from .labels import has_figure, has_table, shared_roots
from .work import Assembly, Chain


def read_parts(
    work: Assembly,
    founds: Sequence[FoundLabel],
    cells: Sequence[BookCell],
    changes: list[BookCell],
    table: FormNode | None,
) -> set[tuple[int, int, int]]:
    """Reads tables, lists and figures; the cells they took."""
    done = places_of(changes)
    if table and changes:
        rows, strangers = sections.read_changes(table, changes)
        work.unread(strangers)
        work.values.append((table, (), rows or None, changes))
    file_names = _file_names(work, founds, cells)
    ends = _ends(work)
    drawn: set[int] = set()
    for label, inner, within in sections.parts_of(founds, cells):
        line = _line_of(label)
        if line is None or not done.isdisjoint(places_of(label.cells)):
            continue
        if has_table(line):
            lists = sections.read_lists(line.children[0], inner, file_names, ends)
            _take_lists(work, label, line, inner, lists)
        else:
            on = list(dict.fromkeys(cell.sheet for cell in (label.cells[0], *inner)))
            drawn.update(on)
            _take_figures(work, line, inner, within, on)
        done |= places_of((*inner, *label.cells))
    _warn_of_drawings(work, drawn)
    return done


def _ends(work: Assembly) -> dict[int, int]:
    """Sheet → its last column with words."""
    ends = {}
    for sheet in work.book.sheets:
        ends[sheet.index] = max((cell.col2 for cell in sheet.cells), default=0)
    return ends


def _line_of(label: FoundLabel) -> FormNode | None:
    """The repeated group of lists or figures that a part consists of."""
    children = label.token.node.children
    if len(children) != 1 or not children[0].repeated:
        return None
    if has_table(children[0]) or has_figure(children[0]):
        return children[0]
    return None


def _take_lists(
    work: Assembly,
    label: FoundLabel,
    line: FormNode,
    inner: list[BookCell],
    lists: Sequence[sections.FileList],
) -> None:
    """The lists of 記録項目 under one heading: the first is the heading's own entry."""
    number = 1
    if label.entry:
        number = label.entry[-1][1]
    for index, file_list in enumerate(lists):
        chain: Chain = ((line.id, number),)
        if index:
            chain = ((line.id, 1000 * number + index),)
        work.names[chain] = file_list.name
        work.lists.append((chain, label, file_list))
        work.values.append((line.children[0], chain, file_list.rows or None, inner))


def _take_figures(
    work: Assembly,
    line: FormNode,
    inner: list[BookCell],
    within: Sequence[FoundLabel],
    on: list[int],
) -> None:
    """The figures of a part on the sheets `on`."""
    nodes = (line, *line.children)
    heads = []
    for label in within:
        if label.token.node in nodes:
            heads.append(label)
    found, strangers = figures.read_figures(work.book, heads, inner, on)
    before = len(work.figures)
    for number, figure in enumerate(found, before + 1):
        _take_figure(work, line, figure, number, on)
    work.unread(strangers)


def _take_figure(
    work: Assembly, line: FormNode, figure: figures.Figure, number: int, on: list[int]
) -> None:
    """One figure: its title, drawing and remarks."""
    by_key = {child.key: child for child in line.children}
    place = number
    if figure.head and figure.head.entry:
        place = figure.head.entry[-1][1]
    chain: Chain = ((line.id, place),)
    work.figures.append((chain, figure, on))
    title_cells = []
    sheet = 0
    if figure.at:
        title_cells = [figure.at]
        sheet = figure.at.sheet
    work.names[chain] = figure.title
    work.values.append((by_key["0"], chain, figure.title or None, title_cells))
    work.values.append((by_key["1"], chain, figure.answer, title_cells))
    remarks = answers.read(by_key["2"], figure.remarks)
    work.note(by_key["2"], remarks, figure.remarks)
    value = remarks.value
    if work.cites_nothing(by_key["2"].label, figure.remarks):
        value = None
    work.values.append((by_key["2"], chain, value, figure.remarks))
    work.blobs.update(figure.blobs)
    if figure.unreadable:
        work.warn_sheet(
            "picture",
            f"図「{figure.title or number}」に画像があり、その中の文字は読み取れません。"
            "図形と文字で描き直すか、備考に内容を書いてください。",
            sheet,
        )


def _warn_of_drawings(work: Assembly, drawn: set[int]) -> None:
    """Warn of drawings on sheets that hold no figure of 別添1."""
    for sheet in work.book.sheets:
        if sheet.drawing and sheet.index not in drawn and sheet.name != carried.SHEET:
            work.problems.append(
                Problem(
                    "drawing_elsewhere",
                    "別添1の図として読まない図形があります。必要な内容は文章で書いてください。",
                    sheet.name,
                    "warning",
                )
            )


def _file_names(
    work: Assembly, founds: Sequence[FoundLabel], cells: Sequence[BookCell]
) -> list[str]:
    """What the documents' Ⅱ sheets give as names of the files, read ahead for 別添2."""
    shared = shared_roots(work.form)
    naming = set()
    for node in work.form.walk():
        if node.named_by and node.id in shared:
            naming.add(node.named_by)
    labels = []
    for label in founds:
        if label.token.node.id in naming:
            labels.append(label)
    near = []
    for cell in cells:
        if any(_is_near(label, cell) for label in labels):
            near.append(cell)
    owned = assign_cells.assign(labels, near, frozenset())
    texts = []
    for index in range(len(labels)):
        if owned.of[index]:
            texts.append(owned.of[index][0].text)
    return texts


def _is_near(label: FoundLabel, cell: BookCell) -> bool:
    """Whether a cell stands on the rows of a label or on the one below."""
    return label.sheet == cell.sheet and label.box[0] <= cell.row <= label.box[2] + 1
