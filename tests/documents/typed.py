"""Drafts typed in Word by somebody else: headings, numbered paragraphs, tables of label and answer,
made with python-docx and nothing of ours."""

from __future__ import annotations

import copy
from collections.abc import Callable
from io import BytesIO
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from pia import forms
from pia.documents.workbook_in.labels import is_check, is_hole, is_name
from pia.domain.document import items
from pia.domain.document.form import Form, FormNode
from pia.domain.document.tree import Path, Tree


def draft(tree: Tree) -> bytes:
    """An assessment as an office types it: a heading a part, a table of label and answer below."""
    form = forms.load(tree.form)
    book = Document()
    book.add_paragraph(form.printed_title)
    _Typist(book, form, tree).parts()
    book.add_paragraph(f"［{form.stamp}　{form.number}］")
    return saved(book)


def saved(book: Any) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


class _Typist:
    def __init__(self, book: Any, form: Form, tree: Tree):
        self.book = book
        self.form = form
        self.said = dict(items.answers(tree))
        self.tree = tree
        self.table: Any = None

    def parts(self) -> None:
        for part in self.form.parts:
            if part.role == "contents":
                continue
            node = self.tree.find((part.key,))
            keys: list[str | None] = [None]
            if part.repeated:
                keys = [child.key for child in node.children] if node is not None else []
            for key in keys or [None]:
                if part.role != "cover":
                    self.book.add_heading(f"{part.number}　{part.label}", 1)
                path = (part.key,) if key is None else (part.key, key)
                self.table = None
                if part.kind == "table":
                    self.rows_of(part, path)
                self.lines(part, path)

    def lines(self, line: FormNode, path: Path) -> None:
        for below in line.children:
            self.line(below, (*path, below.key))

    def line(self, line: FormNode, path: Path) -> None:
        if is_check(line) or is_hole(line) or is_name(line) or line.prints_stamp:
            return
        if line.repeated:
            node = self.tree.find(path)
            entries = [child for child in node.children] if node is not None else []
            for number, entry in enumerate(entries, 1):
                self.entry(line, (*path, entry.key), number)
            return
        label = f"{line.number}{line.label}"
        if line.kind == "table":
            self.rows_of(line, path)
        elif line.label_parts:
            self.row(f"{line.number}{line.label_parts[0]}", "")
            self.row(line.label_parts[-1], self.answer(line, path))
        elif line.answerable:
            self.row(label, self.answer(line, path))
        else:
            boxes = "　".join(
                check.label.replace("[　]", "[○]" if (*path, check.key) in self.said else "[　]")
                for check in line.children
                if is_check(check)
            )
            self.row(label, boxes)
        for hole in filter(is_hole, line.children):
            before, _, after = hole.label.partition("　")
            self.row("", f"{before} {self.said.get((*path, hole.key), '　')} {after}")
        self.lines(line, path)

    def rows_of(self, line: FormNode, path: Path) -> None:
        """A list of its own columns; of 記録項目 one column."""
        rows = [row["cells"] for row in self.said.get(path, [])]
        if not line.procedure:
            for cells in rows:
                self.book.add_paragraph("　".join(cells))
            return
        table = self.book.add_table(rows=1, cols=len(line.columns), style="Table Grid")
        for cell, column in zip(table.rows[0].cells, line.columns):
            cell.text = column
        for texts in rows:
            for cell, text in zip(table.add_row().cells, texts):
                cell.text = text
        self.table = None

    def entry(self, line: FormNode, path: Path, number: int) -> None:
        if line.shares:
            root = next(node for node in self.form.walk() if node.id == line.shares)
            self.table = None
            self.row("特定個人情報ファイル名", str(self.said.get((root.key, path[-1], "1"), "")))
            self.table = None
            self.lines(line, path)
            return
        name = next(filter(is_name, line.children), None)
        head = line.label.replace("{n}", str(number))
        self.row(head, "" if name is None else str(self.said.get((*path, name.key), "")))
        for below in line.children:
            if below is not name:
                self.line(below, (*path, below.key))

    def answer(self, line: FormNode, path: Path) -> str:
        said = self.said.get(path)
        if line.kind == "choice_many":
            return self.boxes(line, said or [])
        if line.kind == "choice_one":
            listed = "　".join(f"{n}) {o.label}" for n, o in enumerate(line.options, 1))
            return f"［ {said or '　'} ］\n＜選択肢＞\n{listed}"
        if isinstance(said, list):
            return ""
        return str(said or "")

    def boxes(self, line: FormNode, said: list[Any]) -> str:
        notes = {}
        for part in said:
            notes.update(part if isinstance(part, dict) else {part: ""})
        rows = []
        for option in line.options:
            words = option.label
            if notes.get(option.label):
                before, after = option.around
                words = f"{before}{notes[option.label]}{after}"
            rows.append(f"[{'○' if option.label in notes else '　'}] {words}")
        return "\n".join(rows)

    def row(self, label: str, answer: str) -> None:
        if self.table is None:
            self.table = self.book.add_table(rows=0, cols=2, style="Table Grid")
        cells = self.table.add_row().cells
        cells[0].text = label
        lines = answer.split("\n")
        cells[1].paragraphs[0].text = lines[0]
        for more in lines[1:]:
            cells[1].add_paragraph(more)


def prose() -> Any:
    """A paper that is no assessment: headings, numbered paragraphs, a table."""
    book = Document()
    book.add_heading("国民健康保険の事務の見直し（案）", 1)
    book.add_paragraph("窓口の受付を一つにまとめる。")
    for words in ("申請書の様式を改める。", "本人確認の手順を改める。", "研修を行う。"):
        book.add_paragraph(words, style="List Number")
    table = book.add_table(rows=2, cols=2)
    for row, texts in zip(table.rows, (("項目", "内容"), ("担当", "保険年金課"))):
        for cell, text in zip(row.cells, texts):
            cell.text = text
    book.add_heading("今後の予定", 2)
    book.add_paragraph("令和8年4月から始める。")
    return book


def changed(data: bytes, edit: Callable[[Any], None]) -> bytes:
    """A Word file opened, changed and saved by another program."""
    book = Document(BytesIO(data))
    edit(book)
    return saved(book)


def retyped(old: str, new: str) -> Callable[[Any], None]:
    """Writes over the one cell of a table that says this."""

    def edit(book: Any) -> None:
        hits = [cell for table in book.tables for cell in table._cells if cell.text.strip() == old]
        cells = {id(cell._tc): cell for cell in hits}
        assert len(cells) == 1, f"{len(cells)} cells say {old}"
        cell = next(iter(cells.values()))
        runs = cell.paragraphs[0].runs
        runs[0].text = new
        for run in runs[1:]:
            run.text = ""
        for paragraph in cell.paragraphs[1:]:
            paragraph._p.getparent().remove(paragraph._p)

    return edit


def tracked(book: Any, old: str, new: str, author: str, at: str) -> None:
    """Replaces words that stand once in a document, as a change still pending."""
    who = f'w:id="900" w:author="{author}" w:date="{at}"'
    hits = [text for text in book.element.body.iter(qn("w:t")) if old in (text.text or "")]
    assert len(hits) == 1, f"{len(hits)} passages say {old}"
    text = hits[0]
    run = text.getparent()
    looks = run.find(qn("w:rPr"))
    before, _, after = text.text.partition(old)
    rest = _run(after, looks)
    for element in list(text.itersiblings()):
        rest.append(element)
    text.text = before
    gone = _wrapped("del", who, _run(old, looks, "delText"))
    for piece in (rest, _wrapped("ins", who, _run(new, looks)), gone):
        run.addnext(piece)


def _run(text: str, looks: Any, tag: str = "t") -> Any:
    run = parse_xml(f'<w:r {nsdecls("w")}><w:{tag} xml:space="preserve">{text}</w:{tag}></w:r>')
    if looks is not None:
        run.insert(0, copy.deepcopy(looks))
    return run


def _wrapped(tag: str, who: str, run: Any) -> Any:
    element = parse_xml(f"<w:{tag} {nsdecls('w')} {who}/>")
    element.append(run)
    return element
