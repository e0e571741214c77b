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
    form = forms.load(form_id) if form_id else None
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
    title = next((a for p, a in work.out if p == ("C", "2") and isinstance(a, str)), "") or (
        base or {}
    ).get("title", "")
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
        self.book, self.annexes, self.form, self.problems = book, annexes, form, problems
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
        by_name = {s.name: s.index for s in book.sheets}
        self.mapped: dict[tuple[int, int, int], Path] = {}
        for name, path in (base or {"names": {}})["names"].items():
            sheet, row, col = book.names.get(name, ("", 0, 0))
            if (
                sheet in by_name
                and isinstance(path, list)
                and all(isinstance(k, str) for k in path)
            ):
                self.mapped[by_name[sheet], row, col] = tuple(path)

    def run(self) -> None:
        cells = [self._allowed(c) for c in in_order(self.book, self.script)]
        table = self.form.change_table
        changes = sections.change_cells(table, cells) if table else []
        known = frozenset(self.mapped) | {c.at for c in changes}
        founds, undecided = find_labels(self.book, self.script, cells, known)
        inside = sections.inner_cells(self.form, founds, cells)
        if any(
            c.at in inside
            for f in founds
            for c in f.cells
            if f.token.node.id[:2] not in ("B1", "B2")
        ):
            founds, undecided = find_labels(self.book, self.script, cells, known | inside)
        if not any(f.token.kind in ("part", "item") and f.weight >= 0.8 for f in founds):
            self.say(
                "no_form",
                f"様式（{self.form.id}）の項目が1つも見つかりません。評価書のブックかどうか、--form の指定が正しいか確かめてください。",
            )
            return
        self.problems += undecided
        self._labels(founds)
        special = self._special(founds, cells, changes, table)
        rest = [f for f in founds if all(c.at not in special for c in f.cells)]
        cover = {f.sheet for f in founds if f.token.node.id.split("-")[0] == "C"}
        stamps = frozenset(
            c.at for c in cells if c.sheet in cover and is_stamp(c) and c.at not in self.mapped
        )
        blanks = {(s.index, row): col for s in self.book.sheets for row, col in s.blanks.items()}
        owned = assign_cells.assign(rest, cells, frozenset(special) | stamps, blanks)
        self.cells, self.founds, self.rest, self.owned, self.changes = (
            cells,
            founds,
            rest,
            owned,
            changes,
        )
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
            return c if clean(c.text) == c.text else replace(c, text=clean(c.text))
        except PiaError as e:
            self.say("bad_character", str(e), c)
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
        for f in founds:
            if f.like:
                said = " ".join(" ".join(c.text for c in f.cells).split())[:60]
                self.say(
                    "label_differs",
                    f"項目名「{said}」を、様式の「{f.token.printed}」として読みました。違っていれば様式の定義を確かめてください。",
                    f.cells[0],
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
        done = {c.at for c in changes}
        if table and changes:
            rows, strangers = sections.read_changes(table, changes)
            self._unread(strangers)
            self.values.append((table, (), rows or None, changes))
        ends = {s.index: max((c.col2 for c in s.cells), default=0) for s in self.book.sheets}
        file_names = self._file_names(founds, cells)
        drawn: set[int] = set()
        for f, inner, within in sections.parts_of(founds, cells):
            node = f.token.node
            line = (
                node.children[0] if len(node.children) == 1 and node.children[0].repeated else None
            )
            if line is None or any(c.at in done for c in f.cells):
                continue
            if any(c.kind == "table" for c in line.children):
                entry = f.entry or ((line.id, 1),)
                for k, one in enumerate(
                    sections.read_lists(line.children[0], inner, file_names, ends)
                ):
                    chain = (
                        ((line.id, entry[-1][1]),)
                        if k == 0
                        else ((line.id, 1000 * entry[-1][1] + k),)
                    )
                    self.names[chain] = one.name
                    self.lists.append((chain, f, one))
                    self.values.append((line.children[0], chain, one.rows or None, inner))
            elif any(c.kind == "figure" for c in line.children):
                on = list(dict.fromkeys([f.cells[0].sheet, *(c.sheet for c in inner)]))
                drawn |= set(on)
                found, strangers = sections.read_figures(
                    self.book,
                    [o for o in within if o.token.node in (line, *line.children)],
                    inner,
                    on,
                )
                self._figures(line, found, strangers, on)
            else:
                continue
            done |= {c.at for c in inner} | {c.at for c in f.cells}
        for s in self.book.sheets:
            if s.drawing and s.index not in drawn and s.name != carried.SHEET:
                self.problems.append(
                    Problem(
                        "drawing_elsewhere",
                        "別添1の図として読まない図形があります。必要な内容は文章で書いてください。",
                        s.name,
                        "warning",
                    )
                )
        return done

    def _figures(
        self, line: FormNode, found: list[sections.Figure], strangers: list[Cell], on: list[int]
    ) -> None:
        by_key = {c.key: c for c in line.children}
        for n, figure in enumerate(found, 1):
            chain: Chain = (
                (line.id, figure.head.entry[-1][1] if figure.head and figure.head.entry else n),
            )
            self.figures.append((chain, figure, on))
            here = [figure.at] if figure.at else []
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
                where = figure.at.sheet if figure.at else 0
                sentence = f"図「{figure.title or n}」に画像があり、その中の文字は読み取れません。図形と文字で描き直すか、備考に内容を書いてください。"
                self.problems.append(
                    Problem("picture", sentence, self.book.sheets[where].name, "warning")
                )
        self._unread(strangers)

    def _file_names(self, founds: Sequence[Found], cells: Sequence[Cell]) -> list[str]:
        """What the documents' Ⅱ sheets give as names of the files, read ahead for 別添2."""
        named = {
            n.named_by
            for n in self.form.walk()
            if n.named_by and any(o.shares == n.id for o in self.form.walk())
        }
        mine = [f for f in founds if f.token.node.id in named]
        owned = assign_cells.assign(
            mine,
            [
                c
                for c in cells
                if any(f.sheet == c.sheet and f.box[0] <= c.row <= f.box[2] + 1 for f in mine)
            ],
            frozenset(),
        )
        return [owned.of[i][0].text for i in range(len(mine)) if owned.of[i]]

    def _votes(self, founds: Sequence[Found]) -> None:
        """Which carried path each label's answer cell had: the keys of the entries around it."""
        at_row: dict[tuple[int, int], list[tuple[int, Path]]] = defaultdict(list)
        for (sheet, row, col), path in self.mapped.items():
            at_row[sheet, row].append((col, path))
        for f in founds:
            r1, _, r2, c2 = f.box
            nodes = {f.token.node.id} | {
                c.id for c in f.token.node.children if is_name(c) or is_check(c)
            }
            beside = sorted(p for p in at_row.get((f.sheet, r1), ()) if p[0] > c2)
            for _, path in [*beside[:1], *at_row.get((f.sheet, r2 + 1), ())]:
                line, entries, left = self.form.at(path)
                if line and not left and line.id in nodes and len(entries) == len(f.entry):
                    self.settler.vote(f.entry, entries)
                    break
        for (
            node,
            chain,
            _,
            cells,
        ) in self.values:  # tables have no label beside them: their first cells do
            for c in cells:
                line, entries, left = self.form.at(self.mapped.get(c.at, ()))
                if line is node and not left and len(entries) == len(chain):
                    self.settler.vote(chain, entries)

    def _items(self, founds: Sequence[Found], owned: assign_cells.Owned) -> None:
        there = {(f.token.node.id, f.entry) for f in founds if f.token.kind == "item"}
        before: list[FormNode] = []
        for i, f in enumerate(founds):
            line, cells = f.token.node, owned.of[i]
            if f.tail and f.token.kind != "head":
                cells = [Cell(f.sheet, f.box[0], f.box[3], f.box[2], f.box[3], f.tail), *cells]
            if f.token.kind == "note" or line.id == "TOC":
                continue
            inner, rest = (
                answers.gaps_and_boxes(line.children, cells)
                if line.children and f.token.kind != "part"
                else ({}, cells)
            )
            for child in line.children:
                if child.key in inner:
                    self._take(child, f.entry, inner[child.key], cells)
            if f.token.kind == "item":
                rest = self._without_strays(line, rest, before)
                self._take(line, f.entry, answers.read(line, rest), rest)
                if line.kind in ("choice_one", "choice_many"):
                    before = [*before[-1:], line]
            elif f.token.kind == "head":
                self._named(f, rest, there)
            elif rest:
                twins = (
                    c
                    for c in line.children
                    if c.answerable
                    and folded(c.label) == folded(line.label)
                    and (c.id, f.entry) not in there
                )
                twin = next((c for c in twins if not is_hole(c)), None)
                if twin:
                    self._take(twin, f.entry, answers.read(twin, rest), rest)
                else:
                    self._unread(rest)

    def _named(self, f: Found, cells: list[Cell], there: set[tuple[str, Chain]]) -> None:
        name = next((c for c in f.token.node.children if is_name(c)), None)
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
        kept = [
            c
            for c in cells
            if not any(answers.is_listed(b, c.text) and c.text.strip() for b in before)
        ]
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
            any(n is line and c == chain for n, c, v, _ in self.values if v is not None)
            and value is not None
        ):
            self.say(
                "answer_twice",
                f"「{line.label}」の記載が2か所にあります。1か所にまとめてください。",
                cells[0] if cells else None,
            )
            return
        self.values.append((line, chain, value, cells))
        parent = line.parents[-1] if line.parents else None
        if parent is not None and parent.named_by == line.id and isinstance(value, str):
            self.names[chain] = value
        self._notes(line, answer, cells)
        self._unread(answer.unread)

    def _uncited(self, said: str, cells: Sequence[Cell]) -> bool:
        """Whether cells cite a 別紙 of ours that holds nothing: the citation is no answer."""
        gone = [c for c in cells if c.at in self.annexes.missing]
        for c in gone:
            quoted = self.unsaid.pop(c.at, "")
            if quoted:
                item = f"「{said}」は" if said else "記載欄に"
                sentence = f"{item}「{quoted.strip('（）()')}」と書かれていますが、その別紙がないか、空です。「{annex.SHEET}」シートの記載を元に戻すか、欄に記載を書いてください。"
                self.say("annex_missing", sentence, c)
        return bool(gone)

    def _notes(self, line: FormNode, answer: answers.Answer, cells: list[Cell]) -> None:
        for cell in cells:
            for kind in dict.fromkeys(one.kind for one in personal.found(cell.text)):
                self.personal.append((line.label, self.book.where(cell), kind))
        for code, sentence in answer.notes:
            level = "error" if code == "choice_unclear" else "warning"
            problem = Problem(
                code,
                f"「{line.label}」：{sentence}",
                self.book.where(cells[0]) if cells else "",
                level,
            )
            self.settler.note(line, problem, self.values[-1][1] if self.values else ())
            self.problems.append(problem)

    def _unread(self, cells: Sequence[Cell]) -> None:
        for c in cells:
            if c.text.strip():
                self.say(
                    "unread_cell",
                    f"「{_short(c.text)}」は、どの項目の記載か分からないため読み取りませんでした。",
                    c,
                    "warning",
                )

    def _strangers(self, owned: assign_cells.Owned) -> None:
        doubtful = {c.at for c in owned.doubtful}
        rows = {(c.sheet, c.row) for c in owned.doubtful}
        for c in owned.doubtful:
            sentence = f"「{_short(c.text)}」は様式にない項目名です。この行は読み取りませんでした。様式の項目名に直すか、様式の版を確かめてください。"
            self.say("unknown_label", sentence, c, "warning")
        by_sheet: dict[int, list[Cell]] = defaultdict(list)
        for c in owned.strangers:
            if (
                c.at not in doubtful
                and (c.sheet, c.row) not in rows
                and c.text.strip()
                and not only_printed(c)
            ):
                by_sheet[c.sheet].append(c)
        for sheet, cells in by_sheet.items():
            listed = "、".join(
                f"{address(c.row, c.col)}「{_short(c.text, 14)}」" for c in cells[:8]
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
        there = {(f.token.index, f.entry) for f in founds}
        present = {
            f.token.node.parents[0].id if f.token.node.parents else f.token.node.id
            for f in founds
            if f.token.kind not in ("note", "title") and f.token.node.id != "TOC"
        }
        entries = {f.entry[: k + 1] for f in founds for k in range(len(f.entry))}
        for part in self.form.parts:
            if (
                part.id not in present
                and part.children
                and part.id not in ("TOC", "H")
                and not part.label.startswith("表紙")
            ):
                level = (
                    "warning"
                    if part.number.startswith("（") or (part.repeated and not part.number)
                    else "error"
                )
                self.problems.append(
                    Problem(
                        "part_missing",
                        f"「{part.number}{part.label}」が見つかりません。シートが抜けていないか確かめてください。",
                        "",
                        level,
                    )
                )
        for t in self.script.tokens:
            part = t.node.parents[0] if t.node.parents else t.node
            if (
                not t.required
                or part.id not in present
                or t.node.kind == "table"
                or part.id == "TOC"
                or t.kind in ("part", "head")
            ):
                continue
            around = [
                r.node.id
                for r in sorted(
                    (r for r in self.script.repeats if r.head <= t.index <= r.end),
                    key=lambda r: (r.head, -r.end),
                )
            ]
            if not around:
                missing = (t.index, ()) not in there
                where = ""
            else:
                mine = [e for e in entries if [i for i, _ in e] == around]
                gone = [e for e in mine if (t.index, e) not in there]
                missing = bool(gone)
                where = "・".join(f"{e[-1][1]}番目" for e in gone[:5])
            if missing and not self._covered(t, founds):
                numbers = "".join(p.number for p in t.node.parents if p.number)
                said = f"（{where}）" if where else ""
                self.problems.append(
                    Problem(
                        "label_missing",
                        f"項目「{numbers}{t.printed}」{said}が見つかりません。項目名の書き方と行の抜けを確かめてください。",
                        "",
                        "warning",
                    )
                )

    def _covered(self, t: Any, founds: Sequence[Found]) -> bool:
        """A group and its only item may share one printed label."""
        twins = [
            c
            for c in (*t.node.parents[-1:], *t.node.children)
            if c.parents and folded(c.label) == folded(t.label)
        ]
        return any(f.token.node in twins for f in founds)

    def _flags(self, cells: Sequence[Cell], owned: assign_cells.Owned) -> None:
        loose = {c.at for c in owned.strangers}
        used = {c.at for _, _, v, cs in self.values if v is not None for c in cs}
        hidden: dict[int, list[Cell]] = defaultdict(list)
        for c in cells:
            if c.flag == "error":
                self.say(
                    "cell_error",
                    f"セルがエラー（{c.text}）になっています。式か参照先を直してください。",
                    c,
                    "warning" if c.at in loose else "error",
                )
            elif c.flag == "uncached":
                self.say(
                    "no_value",
                    "式の計算結果が保存されていません。Excelで開いて保存し直すか、値に直してください。",
                    c,
                    "warning" if c.at in loose else "error",
                )
            elif c.flag == "formula" and c.at not in loose:
                self.say(
                    "formula",
                    f"式が入っています。計算結果「{_short(c.text)}」を文字として読みました。",
                    c,
                    "warning",
                )
            if c.hidden and c.at in used:
                hidden[c.sheet].append(c)
        for sheet, found in hidden.items():
            listed = "、".join(address(c.row, c.col) for c in found[:8]) + (
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
    return flat if len(flat) <= most else flat[: most - 1] + "…"
