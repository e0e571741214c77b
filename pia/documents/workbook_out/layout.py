"""Lays a document out as the rows of its official form: which label and which answer stands in
which columns, and how high each row is.

Knows the look of the forms (A4, shaded headings, a label column, ＜選択肢＞ at the right) and how
long texts break over rows. Must not know any file format.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...domain.document import items
from ...domain.document.form import Form, FormNode
from ...domain.document.marked import answer_of
from ...domain.document.tree import Path, Tree
from ...domain.text.pieces import Piece as Marked
from ..ooxml.measure import CONTINUED, chunks, width
from ..workbook_in.labels import FIGURE_LIST, OPTIONS, is_check, is_hole, is_name, shared_roots
from ..workbook_in.stamps import NOTICE
from .page import (
    LABEL,
    LAST,
    TABLE_WIDTHS,
    PagePiece,
    PageRow,
    SheetPage,
    bounds,
    label_of,
    printed_option,
    split_row,
)


class Layout:
    """One document being laid out.

    `marked`: running texts with their changes, by path; `notice` stands on the cover. `whole`: an
    answer is one row, however long it is, where rows may be as high as they like.
    """

    def __init__(
        self,
        tree: Tree,
        form: Form,
        title: str,
        marked: Mapping[Path, Sequence[Marked]] | None = None,
        notice: str = NOTICE,
        whole: bool = False,
    ):
        self.tree = tree
        self.form = form
        self.title = title
        self.marked = marked or {}
        self.notice = notice
        self.whole = whole
        # What the document says, by the path of the item.
        self.said: dict[Path, Any] = {}
        for path, answer in items.answers(tree):
            if not items.is_entry(form, path):
                self.said[path] = answer_of(answer)
        self.page = SheetPage("")

    def pages(self) -> list[SheetPage]:
        """The sheets of the document in the form's order."""
        out: list[SheetPage] = []
        files = self._shared_keys()
        for part in self.form.parts:
            shared = None
            if len(part.children) == 1 and part.children[0].shares:
                shared = part.children[0]
            for count, key in enumerate(self._keys_of_part(part, shared, files), 1):
                number = count
                if key in files:
                    number = files.index(key) + 1
                self.page = SheetPage(_sheet_name(part, number))
                self._part(part, shared, key)
                out.append(self.page)
        return out

    def _keys_of_part(
        self, part: FormNode, shared: FormNode | None, files: Sequence[str]
    ) -> list[str]:
        """The entries a part has a sheet for each; "" where it is one sheet."""
        if part.repeated:
            is_by_file = part.shares or part.id in shared_roots(self.form)
            return self._keys((part.key,), files if is_by_file else [])
        if shared is not None:
            return self._keys((part.key, shared.key), files)
        return [""]

    def _shared_keys(self) -> list[str]:
        """The keys of all ファイル, in an order that keeps that of each part where they agree."""
        out: list[str] = []
        sharing = shared_roots(self.form)
        for node in self.form.walk():
            if node.id not in sharing and not node.shares:
                continue
            keys = self._entry_keys(tuple(parent.key for parent in (*node.parents, node)))
            for index, key in enumerate(keys):
                if key not in out:
                    following = next((other for other in keys[index:] if other in out), None)
                    place = len(out)
                    if following:
                        place = out.index(following)
                    out.insert(place, key)
        return out

    def _entry_keys(self, path: Path) -> list[str]:
        node = self.tree.find(path)
        if node is None:
            return []
        return [child.key for child in node.children if child.kind == "entry"]

    def _keys(self, path: Path, also: Iterable[str] = ()) -> list[str]:
        """The keys of a repeat's entries with those other parts have, in their common order if
        there is one; one blank entry where there is none.
        """
        own = self._entry_keys(path)
        common = list(also)
        if [key for key in common if key in own] == own:
            return common or [""]
        return list(dict.fromkeys([*own, *common])) or [""]

    def _part(self, part: FormNode, shared: FormNode | None, key: str) -> None:
        if part.role == "cover":
            return self._cover(part)
        if part.entries:
            return self._contents(part)
        title = f"{part.number}　{part.label}　{part.mark}".strip("　")
        self.page.add(PagePiece(1, LAST, title, "title"), least=26)
        if part.kind == "table":
            return self._table(part, (part.key,))
        if shared is not None:
            return self._file_list(part, shared, key)
        path: Path = (part.key,)
        if part.repeated:
            path = (part.key, key)
        for line in part.children:
            if not is_check(line):
                self._line(line, (*path, line.key), 1)

    def _cover(self, part: FormNode) -> None:
        page = self.page
        by_role = self.form.by_role
        page.add(PagePiece(1, LAST, self.notice, "note"))
        page.add(PagePiece(1, LAST, self.form.printed_title, "cover"), least=60)
        first = by_role.get("cover_number")
        second = by_role.get("cover_name")
        if first and second:
            self._numbered_title(first, second)
        for line in part.children:
            path = (part.key, line.key)
            if line in (first, second) or line.prints_stamp:
                continue
            if line.role == "cover_remarks" or first is None:
                self._labelled(line, path, 0)
            else:
                page.add(PagePiece(1, LAST, line.label, "head"))
                self._below(line, path)
        stamp = by_role.get("stamp")
        if stamp:
            answer = self.said.get(stamp.path, stamp.fixed_text)
            if answer != stamp.fixed_text:
                self._labelled(stamp, stamp.path, 0)
            page.add(PagePiece(3, LAST, stamp.fixed_text, "right"))

    def _numbered_title(self, number: FormNode, name: FormNode) -> None:
        """The box of 評価書番号 beside 評価書名; one under the other where a text is too long to
        stand in it.
        """
        heads = []
        cells = []
        fits = True
        for line, first, last in ((number, 1, 2), (name, 3, LAST)):
            text = self._body(line, line.path)
            fits = fits and len(self._chunks(text, first, last)) == 1
            runs = tuple(self.marked.get(line.path, ()))
            heads.append(PagePiece(first, last, line.label, "label"))
            cells.append(PagePiece(first, last, text, "answer", line.path, runs=runs))
        if fits:
            self.page.add(*heads)
            self.page.add(*cells)
        else:
            self._labelled(number, number.path, 0)
            self._labelled(name, name.path, 0)

    def _body(self, line: FormNode, path: Path) -> str:
        """The text of an item as printed; with what was deleted where changes are shown."""
        if path in self.marked:
            return "".join(piece.text for piece in self.marked[path])
        answer = self.said.get(path)
        if answer is None:
            return line.fixed_text
        return _text(answer)

    def _contents(self, part: FormNode) -> None:
        self.page.add(PagePiece(1, LAST, part.label, "title"), least=30)
        for entry in part.entries:
            self.page.add(PagePiece(1, LAST, entry, "plain"), least=24)

    def _line(self, line: FormNode, path: Path, depth: int) -> None:
        if is_check(line) or is_hole(line) or is_name(line):
            return
        if line.repeated:
            for number, key in enumerate(self._keys(path), 1):
                self._entry(line, (*path, key), number, depth)
            return
        if not line.answerable:
            self._heading(line, path, depth)
        elif depth == 1:
            self._headed(line, path)
        else:
            self._labelled(line, path, depth - 2)
        for below in line.children:
            self._line(below, (*path, below.key), depth + 1)

    def _headed(self, line: FormNode, path: Path) -> None:
        """An item with a heading of its own over the whole width."""
        if line.label_parts:
            self.page.add(PagePiece(1, LAST, f"{line.number}{line.label_parts[0]}", "head"))
            self._labelled(line, path, 0)
            return
        self.page.add(PagePiece(1, LAST, label_of(line), "head"))
        if line.kind == "choice_many":
            self._boxes(line, path, "")
        else:
            self._below(line, path)

    def _heading(self, line: FormNode, path: Path, depth: int) -> None:
        label = f"{line.number}{line.label.replace('／', chr(10))}"
        if line.mark:
            label += f"　{line.mark}"
        checks = list(filter(is_check, line.children))
        style = "sub"
        if depth == 1:
            style = "head"
        width_each = {0: 0, 1: 3, 2: 2}[min(len(checks), 2)]
        pieces = [PagePiece(1, LAST - width_each * len(checks), label, style)]
        for index, check in enumerate(checks):
            at = LAST - width_each * (len(checks) - index) + 1
            below = (*path, check.key)
            text = check.label.replace("[　]", self._box_of(below))
            pieces.append(PagePiece(at, at + width_each - 1, text, "check", below))
        self.page.add(*pieces)

    def _box_of(self, path: Path) -> str:
        """A box ticked or not; a public reading may say that it is withheld."""
        answer = self.said.get(path)
        if isinstance(answer, str):
            return answer
        if answer:
            return "[○]"
        return "[　]"

    def _entry(self, line: FormNode, path: Path, n: int, depth: int) -> None:
        name = next(filter(is_name, line.children), None)
        if "{n}" in line.label:
            head = line.label.replace("{n}", str(n))
        else:
            head = f"{line.number}{line.label}"
        if name:
            self._answers(3, name, (*path, name.key), head)
        else:
            self.page.add(PagePiece(1, LAST, head, "sub"))
        for below in line.children:
            if below.kind == "figure":
                self._figure(path, below)
            elif below is not name:
                self._line(below, (*path, below.key), max(depth + 1, 2))

    def _labelled(self, line: FormNode, path: Path, indent: int) -> None:
        label = "　" * max(indent, 0) + label_of(line)
        if line.kind == "choice_one":
            listed = "\n".join([OPTIONS, *self._numbered(line)])
            self.page.add(
                PagePiece(1, LABEL, label, "label"),
                PagePiece(3, 5, f"[　{self.said.get(path, '')}　]", "choice", path),
                PagePiece(6, LAST, listed, "options"),
            )
        elif line.kind == "choice_many":
            self._boxes(line, path, label)
        else:
            self._answers(3, line, path, label)
        self._holes(line, path)

    def _numbered(self, line: FormNode) -> list[str]:
        """The printed options, two short ones a line as the form has them."""
        listed = []
        for number, option in enumerate(line.options, 1):
            listed.append(f"{number}) {option.label}")
        half = self.page.across(6, LAST) * 0.44
        if len(listed) < 3 or any(width(text, 8) > half for text in listed):
            return listed
        pairs = []
        for index in range(0, len(listed), 2):
            pairs.append("　".join(listed[index : index + 2]))
        return pairs

    def _holes(self, line: FormNode, path: Path) -> None:
        for gap in line.children:
            if is_hole(gap):
                before, _, after = gap.label.partition("　")
                body = _text(self.said.get((*path, gap.key), "")) or "　　"
                place: Path | None = (*path, gap.key)
                for label, text in self._chunks(f"{before} {body} {after}", 3, LAST):
                    self.page.add(
                        PagePiece(1, LABEL, label, "label"),
                        PagePiece(3, LAST, text, "answer", place),
                    )
                    place = None  # only the first row is the answer's

    def _boxes(self, line: FormNode, path: Path, label: str) -> None:
        """Check boxes, two a row where both are short."""
        shown = self._options(line, path)
        if self.whole:
            head = [PagePiece(1, LABEL, label, "label")] if label else []
            first = 3 if label else 1
            self.page.add(*head, PagePiece(first, LAST, "\n".join(shown), "check", path))
            return
        # A box whose option has no gap may share its row.
        half = self.page.across(3, 5) * 0.9
        is_short = []
        for index, text in enumerate(shown):
            is_fixed = index < len(line.options) and not line.options[index].free
            is_short.append(is_fixed and width(text) < half)
        first = len(self.page.rows)
        at = 0
        while at < len(shown):
            name = path
            if at:
                name = None
            if is_short[at : at + 2] == [True, True]:
                left = PagePiece(3, 5, shown[at], "check", name)
                self.page.add(left, PagePiece(6, LAST, shown[at + 1], "check"))
                at += 2
            else:
                self.page.add(PagePiece(3, LAST, shown[at], "check", name))
                at += 1
        top = self.page.rows[first]
        head = PagePiece(1, LABEL, label, "label", down=len(self.page.rows) - first)
        self.page.rows[first] = replace(top, pieces=(head, *top.pieces))

    def _options(self, line: FormNode, path: Path) -> list[str]:
        """All options with their boxes, and behind them the wordings that are no option."""
        labels = [option.label for option in line.options]
        picked = {}
        other = []
        for part in self.said.get(path, []):
            option = part
            note = ""
            if isinstance(part, Mapping):
                option, note = next(iter(part.items()))
            if option in labels:
                picked[option] = note
            else:
                other.append(f"[○] {option}")
        printed = []
        for label in labels:
            printed.append(printed_option(label, picked.get(label), label in picked))
        return printed + other

    def _below(self, line: FormNode, path: Path) -> None:
        """An answer over the whole width, under its heading."""
        if line.kind == "choice_one":
            listed = "\n".join([OPTIONS, *self._numbered(line)])
            self.page.add(
                PagePiece(1, 5, f"[　{self.said.get(path, '')}　]", "choice", path),
                PagePiece(6, LAST, listed, "options"),
            )
        else:
            self._answers(1, line, path)

    def _answers(self, c1: int, line: FormNode, path: Path, label: str = "") -> None:
        """An answer from a column to the right edge, continued over as many rows as it needs."""
        pieces = self._chunks(self._body(line, path), c1, LAST)
        head = []
        if label:
            head.append(PagePiece(1, LABEL, label, "label"))
        _, first = pieces[0]
        at = len(first)
        runs = self._runs(path, 0, at)
        self.page.add(*head, PagePiece(c1, LAST, first, "answer", path, runs=runs))
        for mark, text in pieces[1:]:
            at += mark == CONTINUED  # the line feed between the rows
            self.page.add(
                PagePiece(1, LABEL, mark, "label"),
                PagePiece(3, LAST, text, "answer", runs=self._runs(path, at, at + len(text))),
            )
            at += len(text)

    def _chunks(self, text: str, first: int, last: int) -> list[tuple[str, str]]:
        """A text over as many rows of some columns as it needs: what the row says at its left, and
        its part."""
        if self.whole:
            return [("", text)]
        return list(chunks(text, self.page.across(first, last)))

    def _runs(self, path: Path, start: int, end: int) -> tuple[Marked, ...]:
        """The changes within some letters of a running text."""
        out = []
        at = 0
        for piece in self.marked.get(path, ()):
            text = piece.text[max(start - at, 0) : max(end - at, 0)]
            if text:
                out.append(replace(piece, text=text))
            at += len(piece.text)
        return tuple(out)

    def _file_list(self, part: FormNode, shared: FormNode, key: str) -> None:
        path = (part.key, shared.key, key, shared.children[0].key)
        named = next((node for node in self.form.walk() if node.id == shared.shares), None)
        name = ""
        if named:
            name = _text(self.said.get((named.key, key, "1"), ""))
        self.page.add(
            PagePiece(1, LABEL, "特定個人情報ファイル名", "label"),
            PagePiece(3, LAST, self._first_row(name), "plain"),
        )
        table = shared.children[0]
        self.page.add(
            PagePiece(1, LABEL, table.columns[0], "head"),
            PagePiece(3, LAST, table.columns[1], "head"),
        )
        self.page.repeat = (len(self.page.rows) - 1, len(self.page.rows) - 1)
        for index, row in enumerate(self.said.get(path, [{"cells": [""]}])):
            cells = row["cells"]
            place = None
            if index == 0:
                place = path
            if len(cells) == 1:
                self.page.add(PagePiece(1, LAST, cells[0], "table", place))
            else:
                self.page.add(
                    PagePiece(1, LABEL, cells[0], "table", place),
                    PagePiece(3, LAST, "｜".join(cells[1:]), "table"),
                )

    def _table(self, part: FormNode, path: Path) -> None:
        page = self.page
        page.widths = TABLE_WIDTHS
        page.landscape = True
        page.rows = [PageRow((PagePiece(1, 6, page.rows[0].pieces[0].text, "title"),), 26)]
        page.add_cells(part.columns, "head")
        page.repeat = (1, 1)
        rows = self.said.get(path, [{"cells": [""] * len(part.columns)}])
        place: Path | None = path
        for row in rows:
            cells = (list(row["cells"]) + [""] * len(part.columns))[: len(part.columns)]
            for texts in [cells] if self.whole else split_row(page, cells):
                page.add_cells(texts, "table", place)
                place = None  # the table's place is its first cell

    def _figure(self, entry: Path, line: FormNode) -> None:
        figure = self.tree.find((*entry, line.key))
        if figure is None or figure.kind != "figure":
            return
        page = self.page
        box = bounds([leaf.value for leaf in figure.leaves])
        scale = min(1.0, page.across(1, LAST) * 0.75 / max(box[2] - min(box[0], 0), 1))
        page.figures.append((len(page.rows), (*entry, line.key), figure))
        need = max((box[3] - min(box[1], 0)) * scale + 20, 60)
        while need > 0:
            page.rows.append(PageRow((), min(need, 300.0)))
            need -= 300.0
        texts = []
        for leaf in figure.leaves:
            if leaf.value["text"]:
                texts.append(leaf.value)
        if texts:
            note = f"{FIGURE_LIST}（確認用。図を直すときは図形の文字を直してください）"
            page.add(PagePiece(1, LAST, note, "small"))
        for number, shape in enumerate(texts, 1):
            kind = {"box": "箱", "label": "文字", "arrow": "矢印"}[shape["type"]]
            page.add(
                PagePiece(1, 1, str(number), "small"),
                PagePiece(2, 2, kind, "small"),
                PagePiece(3, LAST, self._first_row(shape["text"]), "small"),
            )

    def _first_row(self, text: str) -> str:
        """As much of a text as stands in one row beside its label: all of it where rows grow."""
        if self.whole:
            return text
        return next(chunks(text, self.page.across(3, LAST)))[1]


def _text(answer: Any) -> str:
    """An answer's words, without the marks of withheld parts."""
    if isinstance(answer, Mapping):
        return str(answer["text"])
    return str(answer)


def _sheet_name(part: FormNode, copy: int) -> str:
    name = {"cover": "表紙", "contents": "項目一覧"}.get(part.role) or f"{part.number}{part.label}"
    for mark in "[]:*?/\\（）":
        name = name.replace(mark, {"（": "(", "）": ")"}.get(mark, ""))
    if copy > 1:
        ending = f" ({copy})"
    else:
        ending = ""
    return name[: 31 - len(ending)] + ending
