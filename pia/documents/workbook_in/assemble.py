"""Puts a reading together: form, labels, owners, answers, keys of repeated entries, and every problem with its place.

Runs in the guarded child; takes and gives plain values only. What our own export carried is used where the labels agree, and never hides what was edited.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ... import forms
from ...domain.canonical import clean
from ...domain.document.form import Form, FormNode
from ...domain.document.items import folded
from ...domain.document.tree import Path
from ...domain.errors import PiaError, Problem
from ...domain.text import personal
from ..ooxml import carried
from ..ooxml.book import Book, Cell, address, open_book
from . import annex, answers, assign_cells, sections
from .entry_keys import Settler
from .find_labels import Found, find_labels, in_order
from .labels import Script, is_check, is_hole, is_name, script
from .stamps import form_of, is_marked, is_ours, is_stamp, only_printed, stamp_of

Chain = tuple[tuple[str, int], ...]


def parse(data: bytes, form_id: str | None) -> dict[str, Any]:
    """{"form", "answers", "problems", "base", "blobs", "title"}; form "" when it is not known."""
    book = open_book(data)
    base = carried.usable(carried.from_book(book))
    annexes = annex.take(book)
    problems: list[Problem] = []
    if is_marked(book):
        sentence = "変更箇所を見え消しで示したワークブックのため、読み取れません。--marks を付けずに書き出したワークブックを使ってください。"
        problems.append(Problem("marked", sentence, book.sheets[0].name))
        return {
            "form": "",
            "answers": [],
            "problems": problems,
            "base": None,
            "blobs": {},
            "title": "",
            "ours": True,
        }
    if form_id:
        form = forms.load(form_id)
    else:
        form = None
    said = stamp_of(book)
    if form is None:
        form, problem = form_of(said, base)
        if problem:
            problems.append(problem)
    elif said[0] and form.id not in said[0]:
        problems.append(
            Problem(
                "other_stamp",
                f"表紙の版（{'、'.join(said[0])}）と、指定された様式（{form.id}）が違います。指定された様式として読みました。",
                level="warning",
            )
        )
    if form is None:
        return {
            "form": "",
            "answers": [],
            "problems": problems,
            "base": base,
            "blobs": {},
            "title": "",
        }
    work = _Work(book, annexes, form, base if base and base["form"] == form.id else None, problems)
    work.run()
    title = next(
        (text for texts, text in work.out if texts == ("C", "2") and isinstance(text, str)), ""
    ) or (base or {}).get("title", "")
    return {
        "form": form.id,
        "answers": work.out,
        "problems": problems,
        "base": base,
        "blobs": work.blobs,
        "title": title,
        "personal": work.personal,
        "ours": base is not None or is_ours(book),
    }


class _Work:
    """One workbook being read on one form."""

    def __init__(
        self,
        book: Book,
        annexes: annex.Annexes,
        form: Form,
        base: dict[str, Any] | None,
        problems: list[Problem],
    ):
        self.book = book
        self.annexes = annexes
        self.form = form
        self.problems = problems
        problems += annexes.problems
        self.unsaid = dict(annexes.missing)  # citations whose text is gone, not yet said
        self.script: Script = script(form)
        self.out: list[tuple[Path, Any]] = []
        self.personal: list[tuple[str, str, str]] = []
        self.blobs: dict[str, bytes] = {}
        self.values: list[tuple[FormNode, Chain, Any, list[Cell]]] = []
        self.names: dict[Chain, str] = {}
        self.settler = Settler(form, base)
        # What was found where: filling a workbook goes by the same placement.
        self.cells: list[Cell] = []
        self.founds: list[Found] = []
        self.rest: list[Found] = []
        self.owned = assign_cells.Owned()
        self.changes: list[Cell] = []
        self.lists: list[tuple[Chain, Found, sections.FileList]] = []
        self.figures: list[tuple[Chain, sections.Figure, list[int]]] = []
        by_name = {}
        for each_sheet in book.sheets:
            by_name[each_sheet.name] = each_sheet.index
        self.mapped: dict[tuple[int, int, int], Path] = {}
        for name, path in (base or {"names": {}})["names"].items():
            sheet, row, col = book.names.get(name, ("", 0, 0))
            if (
                sheet in by_name
                and isinstance(path, list)
                and all(isinstance(key, str) for key in path)
            ):
                self.mapped[by_name[sheet], row, col] = tuple(path)

    def run(self) -> None:
        cells = []
        for cell in in_order(self.book, self.script):
            cells.append(self._allowed(cell))
        table = self.form.change_table
        if table:
            changes = sections.change_cells(table, cells)
        else:
            changes = []
        known = frozenset(self.mapped) | {change.at for change in changes}
        founds, undecided = find_labels(self.book, self.script, cells, known)
        inside = sections.inner_cells(self.form, founds, cells)
        if any(
            cell.at in inside
            for found in founds
            for cell in found.cells
            if found.token.node.id[:2] not in ("B1", "B2")
        ):
            founds, undecided = find_labels(self.book, self.script, cells, known | inside)
        if not any(
            found.token.kind in ("part", "item") and found.weight >= 0.8 for found in founds
        ):
            self.say(
                "no_form",
                f"様式（{self.form.id}）の項目が1つも見つかりません。評価書のブックかどうか、--form の指定が正しいか確かめてください。",
            )
            return
        self.problems += undecided
        self._labels(founds)
        special = self._special(founds, cells, changes, table)
        rest = []
        for found in founds:
            if all(cell.at not in special for cell in found.cells):
                rest.append(found)
        cover = set()
        for found in founds:
            if found.token.node.id.split("-")[0] == "C":
                cover.add(found.sheet)
        stamps = frozenset(
            cell.at
            for cell in cells
            if cell.sheet in cover and is_stamp(cell) and cell.at not in self.mapped
        )
        blanks = {}
        for sheet in self.book.sheets:
            for row, col in sheet.blanks.items():
                blanks[(sheet.index, row)] = col
        owned = assign_cells.assign(rest, cells, frozenset(special) | stamps, blanks)
        self.cells = cells
        self.founds = founds
        self.rest = rest
        self.owned = owned
        self.changes = changes
        self._votes(founds)
        self._items(rest, owned)
        self._missing(founds, bool(changes))
        self._strangers(owned)
        self._flags(cells, owned)
        self._uncited("", cells)
        self.out = self.settler.finish(self.values, self.names, self.problems, self.book)

    def _allowed(self, c: Cell) -> Cell:
        """The cell; without the characters no document may hold, which are a problem with its place."""
        try:
            if clean(c.text) == c.text:
                return c
            return replace(c, text=clean(c.text))
        except PiaError as error:
            self.say("bad_character", str(error), c)
            return replace(
                c, text=re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", c.text)
            )

    def say(
        self, code: str, sentence: str, where: Cell | None = None, level: str = "error"
    ) -> None:
        self.problems.append(
            Problem(code, sentence, self.book.where(where) if where else "", level)
        )

    def _labels(self, founds: Sequence[Found]) -> None:
        for found in founds:
            if found.like:
                said = " ".join(" ".join(cell.text for cell in found.cells).split())[:60]
                self.say(
                    "label_differs",
                    f"項目名「{said}」を、様式の「{found.token.printed}」として読みました。違っていれば様式の定義を確かめてください。",
                    found.cells[0],
                    "warning",
                )

    def _special(
        self,
        founds: Sequence[Found],
        cells: Sequence[Cell],
        changes: list[Cell],
        table: FormNode | None,
    ) -> set[tuple[int, int, int]]:
        """Reads tables, lists and figures; the cells they took."""
        done = set()
        for change in changes:
            done.add(change.at)
        if table and changes:
            rows, strangers = sections.read_changes(table, changes)
            self._unread(strangers)
            self.values.append((table, (), rows or None, changes))
        ends = {}
        for sheet in self.book.sheets:
            ends[sheet.index] = max((cell.col2 for cell in sheet.cells), default=0)
        file_names = self._file_names(founds, cells)
        drawn: set[int] = set()
        for each_found, inner, within in sections.parts_of(founds, cells):
            node = each_found.token.node
            if len(node.children) == 1 and node.children[0].repeated:
                line = node.children[0]
            else:
                line = None
            if line is None or any(cell.at in done for cell in each_found.cells):
                continue
            if any(child.kind == "table" for child in line.children):
                entry = each_found.entry or ((line.id, 1),)
                for index, one in enumerate(
                    sections.read_lists(line.children[0], inner, file_names, ends)
                ):
                    if index == 0:
                        chain = ((line.id, entry[-1][1]),)
                    else:
                        chain = ((line.id, 1000 * entry[-1][1] + index),)
                    self.names[chain] = one.name
                    self.lists.append((chain, each_found, one))
                    self.values.append((line.children[0], chain, one.rows or None, inner))
            elif any(child.kind == "figure" for child in line.children):
                on = list(
                    dict.fromkeys([each_found.cells[0].sheet, *(cell.sheet for cell in inner)])
                )
                drawn |= set(on)
                found, strangers = sections.read_figures(
                    self.book,
                    [
                        one_found
                        for one_found in within
                        if one_found.token.node in (line, *line.children)
                    ],
                    inner,
                    on,
                )
                self._figures(line, found, strangers, on)
            else:
                continue
            done |= {cell.at for cell in inner} | {cell.at for cell in each_found.cells}
        for sheet in self.book.sheets:
            if sheet.drawing and sheet.index not in drawn and sheet.name != carried.SHEET:
                self.problems.append(
                    Problem(
                        "drawing_elsewhere",
                        "別添1の図として読まない図形があります。必要な内容は文章で書いてください。",
                        sheet.name,
                        "warning",
                    )
                )
        return done

    def _figures(
        self, line: FormNode, found: list[sections.Figure], strangers: list[Cell], on: list[int]
    ) -> None:
        by_key = {}
        for child in line.children:
            by_key[child.key] = child
        for number, figure in enumerate(found, 1):
            chain: Chain = (
                (
                    line.id,
                    figure.head.entry[-1][1] if figure.head and figure.head.entry else number,
                ),
            )
            self.figures.append((chain, figure, on))
            if figure.at:
                here = [figure.at]
            else:
                here = []
            self.names[chain] = figure.title
            self.values.append((by_key["0"], chain, figure.title or None, here))
            self.values.append((by_key["1"], chain, figure.answer, here))
            remarks = answers.read(by_key["2"], figure.remarks)
            self._notes(by_key["2"], remarks, figure.remarks)
            gone = self._uncited(by_key["2"].label, figure.remarks)
            self.values.append(
                (by_key["2"], chain, None if gone else remarks.value, figure.remarks)
            )
            self.blobs.update(figure.blobs)
            if figure.unreadable:
                if figure.at:
                    where = figure.at.sheet
                else:
                    where = 0
                sentence = f"図「{figure.title or number}」に画像があり、その中の文字は読み取れません。図形と文字で描き直すか、備考に内容を書いてください。"
                self.problems.append(
                    Problem("picture", sentence, self.book.sheets[where].name, "warning")
                )
        self._unread(strangers)

    def _file_names(self, founds: Sequence[Found], cells: Sequence[Cell]) -> list[str]:
        """What the documents' Ⅱ sheets give as names of the files, read ahead for 別添2."""
        named = set()
        for node in self.form.walk():
            if node.named_by and any(item.shares == node.id for item in self.form.walk()):
                named.add(node.named_by)
        mine = []
        for found in founds:
            if found.token.node.id in named:
                mine.append(found)
        owned = assign_cells.assign(
            mine,
            [
                cell
                for cell in cells
                if any(
                    found.sheet == cell.sheet and found.box[0] <= cell.row <= found.box[2] + 1
                    for found in mine
                )
            ],
            frozenset(),
        )
        texts = []
        for index in range(len(mine)):
            if owned.of[index]:
                texts.append(owned.of[index][0].text)
        return texts

    def _votes(self, founds: Sequence[Found]) -> None:
        """Which carried path each label's answer cell had: the keys of the entries around it."""
        at_row: dict[tuple[int, int], list[tuple[int, Path]]] = defaultdict(list)
        for (sheet, row, col), path in self.mapped.items():
            at_row[sheet, row].append((col, path))
        for found in founds:
            r1, _, r2, c2 = found.box
            nodes = {found.token.node.id} | {
                child.id for child in found.token.node.children if is_name(child) or is_check(child)
            }
            beside = sorted(part for part in at_row.get((found.sheet, r1), ()) if part[0] > c2)
            for _, path in [*beside[:1], *at_row.get((found.sheet, r2 + 1), ())]:
                line, entries, left = self.form.at(path)
                if line and not left and line.id in nodes and len(entries) == len(found.entry):
                    self.settler.vote(found.entry, entries)
                    break
        for (
            node,
            chain,
            _,
            cells,
        ) in self.values:  # tables have no label beside them: their first cells do
            for cell in cells:
                line, entries, left = self.form.at(self.mapped.get(cell.at, ()))
                if line is node and not left and len(entries) == len(chain):
                    self.settler.vote(chain, entries)

    def _items(self, founds: Sequence[Found], owned: assign_cells.Owned) -> None:
        there = set()
        for found in founds:
            if found.token.kind == "item":
                there.add((found.token.node.id, found.entry))
        before: list[FormNode] = []
        for index, found in enumerate(founds):
            line = found.token.node
            cells = owned.of[index]
            if found.tail and found.token.kind != "head":
                cells = [
                    Cell(
                        found.sheet,
                        found.box[0],
                        found.box[3],
                        found.box[2],
                        found.box[3],
                        found.tail,
                    ),
                    *cells,
                ]
            if found.token.kind == "note" or line.id == "TOC":
                continue
            if line.children and found.token.kind != "part":
                inner, rest = answers.gaps_and_boxes(line.children, cells)
            else:
                inner = {}
                rest = cells
            for child in line.children:
                if child.key in inner:
                    self._take(child, found.entry, inner[child.key], cells)
            if found.token.kind == "item":
                rest = self._without_strays(line, rest, before)
                self._take(line, found.entry, answers.read(line, rest), rest)
                if line.kind in ("choice_one", "choice_many"):
                    before = [*before[-1:], line]
            elif found.token.kind == "head":
                self._named(found, rest, there)
            elif rest:
                twins = (
                    each_child
                    for each_child in line.children
                    if each_child.answerable
                    and folded(each_child.label) == folded(line.label)
                    and (each_child.id, found.entry) not in there
                )
                twin = next((item for item in twins if not is_hole(item)), None)
                if twin:
                    self._take(twin, found.entry, answers.read(twin, rest), rest)
                else:
                    self._unread(rest)

    def _named(self, f: Found, cells: list[Cell], there: set[tuple[str, Chain]]) -> None:
        name = next((child for child in f.token.node.children if is_name(child)), None)
        if name is None or (name.id, f.entry) in there:
            self._unread(cells)
        elif f.tail and not cells:
            self._take(name, f.entry, answers.Answer(f.tail), list(f.cells))
        else:
            self._take(name, f.entry, answers.read(name, cells), cells)

    def _without_strays(
        self, line: FormNode, cells: list[Cell], before: list[FormNode]
    ) -> list[Cell]:
        """Without the end of the option list printed beside the item above, where it reaches down into this item's rows."""
        if len(cells) < 2 or line.kind in ("choice_one", "choice_many"):
            return cells
        kept = []
        for cell in cells:
            if not any(answers.is_listed(item, cell.text) and cell.text.strip() for item in before):
                kept.append(cell)
        return kept or cells

    def _take(
        self, line: FormNode, chain: Chain, answer: answers.Answer, cells: list[Cell]
    ) -> None:
        value = answer.value
        if self._uncited(line.label, cells):
            return
        if line.fixed_text and isinstance(value, str) and folded(value) == folded(line.fixed_text):
            value = None  # printed by the form itself
        if (
            any(
                item is line and cell == chain
                for item, cell, each_value, _ in self.values
                if each_value is not None
            )
            and value is not None
        ):
            self.say(
                "answer_twice",
                f"「{line.label}」の記載が2か所にあります。1か所にまとめてください。",
                cells[0] if cells else None,
            )
            return
        self.values.append((line, chain, value, cells))
        if line.parents:
            parent = line.parents[-1]
        else:
            parent = None
        if parent is not None and parent.named_by == line.id and isinstance(value, str):
            self.names[chain] = value
        self._notes(line, answer, cells)
        self._unread(answer.unread)

    def _uncited(self, said: str, cells: Sequence[Cell]) -> bool:
        """Whether cells cite a 別紙 of ours that holds nothing: the citation is no answer."""
        gone = []
        for cell in cells:
            if cell.at in self.annexes.missing:
                gone.append(cell)
        for cell in gone:
            quoted = self.unsaid.pop(cell.at, "")
            if quoted:
                if said:
                    item = f"「{said}」は"
                else:
                    item = "記載欄に"
                sentence = f"{item}「{quoted.strip('（）()')}」と書かれていますが、その別紙がないか、空です。「{annex.SHEET}」シートの記載を元に戻すか、欄に記載を書いてください。"
                self.say("annex_missing", sentence, cell)
        return bool(gone)

    def _notes(self, line: FormNode, answer: answers.Answer, cells: list[Cell]) -> None:
        for cell in cells:
            for kind in dict.fromkeys(one.kind for one in personal.found(cell.text)):
                self.personal.append((line.label, self.book.where(cell), kind))
        for code, sentence in answer.notes:
            if code == "choice_unclear":
                level = "error"
            else:
                level = "warning"
            problem = Problem(
                code,
                f"「{line.label}」：{sentence}",
                self.book.where(cells[0]) if cells else "",
                level,
            )
            self.settler.note(line, problem, self.values[-1][1] if self.values else ())
            self.problems.append(problem)

    def _unread(self, cells: Sequence[Cell]) -> None:
        for cell in cells:
            if cell.text.strip():
                self.say(
                    "unread_cell",
                    f"「{_short(cell.text)}」は、どの項目の記載か分からないため読み取りませんでした。",
                    cell,
                    "warning",
                )

    def _strangers(self, owned: assign_cells.Owned) -> None:
        doubtful = set()
        for cell in owned.doubtful:
            doubtful.add(cell.at)
        rows = set()
        for cell in owned.doubtful:
            rows.add((cell.sheet, cell.row))
        for stranger in owned.doubtful:
            sentence = f"「{_short(stranger.text)}」は様式にない項目名です。この行は読み取りませんでした。様式の項目名に直すか、様式の版を確かめてください。"
            self.say("unknown_label", sentence, stranger, "warning")
        by_sheet: dict[int, list[Cell]] = defaultdict(list)
        for stranger in owned.strangers:
            if (
                stranger.at not in doubtful
                and (stranger.sheet, stranger.row) not in rows
                and stranger.text.strip()
                and not only_printed(stranger)
            ):
                by_sheet[stranger.sheet].append(stranger)
        for sheet, cells in by_sheet.items():
            listed = "、".join(
                f"{address(cell.row, cell.col)}「{_short(cell.text, 14)}」" for cell in cells[:8]
            ) + ("など" if len(cells) > 8 else "")
            self.problems.append(
                Problem(
                    "unread_cell",
                    f"どの項目にも属さない記載が{len(cells)}か所あり、読み取りませんでした：{listed}",
                    self.book.sheets[sheet].name,
                    "warning",
                )
            )

    def _missing(self, founds: Sequence[Found], has_table: bool) -> None:
        """Labels of the form that are not in the workbook, in what parts and entries there are."""
        there = set()
        for found in founds:
            there.add((found.token.index, found.entry))
        present = set()
        for found in founds:
            if found.token.kind not in ("note", "title") and found.token.node.id != "TOC":
                present.add(
                    found.token.node.parents[0].id
                    if found.token.node.parents
                    else found.token.node.id
                )
        entries = set()
        for found in founds:
            for index in range(len(found.entry)):
                entries.add(found.entry[: index + 1])
        for part in self.form.parts:
            if (
                part.id not in present
                and part.children
                and part.id not in ("TOC", "H")
                and not part.label.startswith("表紙")
            ):
                if part.number.startswith("（") or (part.repeated and not part.number):
                    level = "warning"
                else:
                    level = "error"
                self.problems.append(
                    Problem(
                        "part_missing",
                        f"「{part.number}{part.label}」が見つかりません。シートが抜けていないか確かめてください。",
                        "",
                        level,
                    )
                )
        for token in self.script.tokens:
            if token.node.parents:
                part = token.node.parents[0]
            else:
                part = token.node
            if (
                not token.required
                or part.id not in present
                or token.node.kind == "table"
                or part.id == "TOC"
                or token.kind in ("part", "head")
            ):
                continue
            around = [
                repeat.node.id
                for repeat in sorted(
                    (
                        repeat
                        for repeat in self.script.repeats
                        if repeat.head <= token.index <= repeat.end
                    ),
                    key=lambda repeat: (repeat.head, -repeat.end),
                )
            ]
            if not around:
                missing = (token.index, ()) not in there
                where = ""
            else:
                mine = []
                for entry in entries:
                    if [text for text, _ in entry] == around:
                        mine.append(entry)
                gone = []
                for entry in mine:
                    if (token.index, entry) not in there:
                        gone.append(entry)
                missing = bool(gone)
                where = "・".join(f"{entry[-1][1]}番目" for entry in gone[:5])
            if missing and not self._covered(token, founds):
                numbers = "".join(parent.number for parent in token.node.parents if parent.number)
                if where:
                    said = f"（{where}）"
                else:
                    said = ""
                self.problems.append(
                    Problem(
                        "label_missing",
                        f"項目「{numbers}{token.printed}」{said}が見つかりません。項目名の書き方と行の抜けを確かめてください。",
                        "",
                        "warning",
                    )
                )

    def _covered(self, text: Any, founds: Sequence[Found]) -> bool:
        """A group and its only item may share one printed label."""
        twins = []
        for parent in (*text.node.parents[-1:], *text.node.children):
            if parent.parents and folded(parent.label) == folded(text.label):
                twins.append(parent)
        return any(found.token.node in twins for found in founds)

    def _flags(self, cells: Sequence[Cell], owned: assign_cells.Owned) -> None:
        loose = set()
        for stranger in owned.strangers:
            loose.add(stranger.at)
        used = set()
        for _, _, value, cs in self.values:
            if value is not None:
                for cell in cs:
                    used.add(cell.at)
        hidden: dict[int, list[Cell]] = defaultdict(list)
        for cell in cells:
            if cell.flag == "error":
                self.say(
                    "cell_error",
                    f"セルがエラー（{cell.text}）になっています。式か参照先を直してください。",
                    cell,
                    "warning" if cell.at in loose else "error",
                )
            elif cell.flag == "uncached":
                self.say(
                    "no_value",
                    "式の計算結果が保存されていません。Excelで開いて保存し直すか、値に直してください。",
                    cell,
                    "warning" if cell.at in loose else "error",
                )
            elif cell.flag == "formula" and cell.at not in loose:
                self.say(
                    "formula",
                    f"式が入っています。計算結果「{_short(cell.text)}」を文字として読みました。",
                    cell,
                    "warning",
                )
            if cell.hidden and cell.at in used:
                hidden[cell.sheet].append(cell)
        for sheet, found in hidden.items():
            listed = "、".join(address(cell.row, cell.col) for cell in found[:8]) + (
                "など" if len(found) > 8 else ""
            )
            self.problems.append(
                Problem(
                    "hidden",
                    f"非表示の行・列・シートに記載があり、読み取りました：{listed}",
                    self.book.sheets[sheet].name,
                    "warning",
                )
            )


def _short(text: str, most: int = 30) -> str:
    flat = " ".join(text.split())
    if len(flat) <= most:
        return flat
    return flat[: most - 1] + "…"
