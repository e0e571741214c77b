"""Files that prove what they say, altered in one place each: workbooks, CSV, Word, PDF and HTML.

Knows how each kind of file is laid out. Must not know who is to see it.
"""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

import pikepdf
from docx import Document
from openpyxl import load_workbook

from pia import papers as wordings
from pia.actions import sources
from pia.actions.issuing import bundles
from pia.actions.issuing import papers as papers_office
from pia.actions.output import comparison_table, comparisons, proofs
from pia.actions.sources import Source
from pia.actions.workplace import Press
from pia.documents import bundle
from pia.documents.comparison import table as compared_table
from pia.documents.ooxml import package
from pia.documents.pdf import archive, assessment
from pia.documents.pdf import comparison as pdf_comparison
from pia.documents.pdf.archive import Attached
from pia.documents.proof import plan
from pia.documents.text import interchange
from pia.documents.word import as_pdf, filler, reader
from pia.documents.word.model import PaperCell, PaperTable, Para, Run, WrittenPaper
from pia.documents.workbook_out import change_table, writer
from pia.domain.document import items
from pia.domain.document.form import reviewed
from pia.domain.document.tree import Tree
from pia.domain.procedure.change_table import ChangeTableRow
from pia.domain.proof.change_table import COLUMNS
from pia.store.opening import upgrade
from tests.conftest import workplace_at
from tests.documents import aid

DAY = date(2026, 1, 4)
TITLE = "変更箇所　就学援助に関する事務"


@dataclass(frozen=True, slots=True)
class Try:
    """One alteration, or several in one file: what kind, how the problems are found, and what
    each must have named (all words of one in one sentence; | between words either of which will
    do)."""

    kind: str
    find: Callable[[], Sequence[str]]
    named: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class House:
    """What is altered: the town's texts, rows and subjects, its bundle; and the tables of an
    earlier state."""

    old: Source
    new: Source
    rows: tuple[ChangeTableRow, ...]
    lines: list[dict[str, Any]]
    subjects: Any
    bundle: dict[str, bytes]
    facts: Mapping[str, Any]
    paper: WrittenPaper
    kept: dict[str, bytes] = field(default_factory=dict)

    def true(self, name: str) -> bytes:
        """An unaltered table, made once."""
        if name not in self.kept:
            table = name.startswith("t.")
            fmt = name.rsplit(".", 1)[1]
            self.kept[name] = (
                _table(self.lines, fmt)
                if table
                else comparison_table.write(self.subjects, fmt, press=Press())
            )
        return self.kept[name]

    def prove(
        self, data: bytes, name: str, rows: Sequence[ChangeTableRow] | None = None
    ) -> Sequence[str]:
        return proofs.prove_bytes(data, name, self.old, self.new, rows)[1].problems


def _table(lines: Sequence[Mapping[str, Any]], fmt: str) -> bytes:
    if fmt == "csv":
        return change_table.to_csv(lines).encode()
    return (
        change_table.write_xlsx(lines, title=TITLE)
        if fmt == "xlsx"
        else pdf_comparison.change_table(lines, title=TITLE)
    )


def house() -> House:
    """The town of tests/documents/aid.py, its table fixed and its bundle made."""
    with tempfile.TemporaryDirectory(prefix="pia-drill-") as folder:
        url = f"sqlite:///{folder}/pia.db"
        upgrade(url)
        wp = workplace_at(url)
        aid.play(wp)
        old, new = sources.pair(f"{aid.KEY}@1", f"{aid.KEY}~{aid.ROUND}", lambda: wp, None)
        with wp.store.read() as s:
            from pia.actions.records.revision import frozen_table
            from pia.actions.workplace import line

            rows = frozen_table(s, line(s, f"{aid.KEY}~{aid.ROUND}").round) or ()
        files = parts(bundles.of_refs(wp, [new.ref], DAY).data)
        subjects = comparison_table.pairs(wp, [(old, new)])
        words = wordings.load("plan")
        facts, _ = papers_office.facts(wp, "plan", None, DAY).settled(words.fields, words.title)
        paper = reader.read(filler.fill(filler.template(words), words, facts), words.title)[0]
        wp.store.close()
    full = pdf_rows(new, old, rows)
    return House(old, new, rows, full, subjects, files, facts, paper)


def pdf_rows(new: Source, old: Source, rows: Sequence[ChangeTableRow]) -> list[dict[str, Any]]:
    from pia.domain.procedure.change_table import readable

    return comparisons.printed(old, readable(new.form, rows))


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return {i.filename: z.read(i) for i in z.infolist()}


def sealed(
    found: Mapping[str, bytes],
    *,
    without: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> bytes:
    """The bundle as a forger would write it: some files left out, a manifest that fits the
    others."""
    manifest = json.loads(found[bundle.MANIFEST])
    files = {
        p: b
        for p, b in found.items()
        if p != bundle.MANIFEST and not p.endswith(tuple(without) or ("\0",))
    }
    manifest["files"] = [
        {"path": p, "size": len(b), "sha256": sha256(b).hexdigest()} for p, b in files.items()
    ]
    manifest["documents"] = [
        d for d in manifest["documents"] if any(p.startswith(f"{d['folder']}/") for p in files)
    ]
    manifest["documents"][0] |= about or {}
    return package.pack({bundle.MANIFEST: json.dumps(manifest).encode(), **files})


def verified(data: bytes) -> list[str]:
    return [w for c in bundle.verify(data) if not c.holds for w in c.why]


def altered(rng: random.Random, text: str, mark: str) -> str:
    """A text that says something else: a word more, a letter or a figure changed, all gone, or
    the whole replaced. Blanks alone are no alteration."""
    place = rng.randrange(len(text) + 1)
    figures = [i for i, c in enumerate(text) if c.isdigit() and c.isascii()]
    ways = [text[:place] + mark + text[place:]]
    if text.strip():
        ways += ["", mark, text[: max(place - 1, 0)] + mark + text[max(place, 1) :]]
    if figures:
        at = rng.choice(figures)
        ways += [text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]] * 2
    return rng.choice(ways)


def marked(text: str, mark: str) -> str:
    """A text with a word more near its beginning, so that the sentence about it shows the word."""
    return text[:2] + mark + text[2:]


# Workbooks and Word files, cell by cell, as other programs save them.


def book_tries(
    rng: random.Random,
    kind: str,
    data: bytes,
    sheets: Sequence[str],
    find: Callable[[bytes], Sequence[str]],
    skip: Sequence[str] = (),
) -> Iterator[Try]:
    """Every visible cell of some sheets of a workbook."""
    book = load_workbook(io.BytesIO(data))
    for name in sheets:
        ws = book[name]
        merged = {c for r in ws.merged_cells.ranges for c in r.cells} - {
            (r.min_row, r.min_col) for r in ws.merged_cells.ranges
        }
        for row in ws.iter_rows():
            for c in row:
                if (
                    (c.row, c.column) in merged
                    or (c.value is None and not c.has_style)
                    or f"{name}!{c.coordinate}" in skip
                ):
                    continue
                text = altered(rng, str(c.value or ""), f"改{c.row}")
                where = f"{name}!{c.coordinate}"
                gone = (
                    "" if text else f"|{str(c.value)[:6]}".replace("\n", "⏎")
                )  # what stands nowhere any more may have no cell to name
                yield Try(kind, _book_try(data, name, c.coordinate, text, find), ((where + gone,),))


def _book_try(
    data: bytes, sheet: str, at: str, text: str, find: Callable[[bytes], Sequence[str]]
) -> Callable[[], Sequence[str]]:
    def run() -> Sequence[str]:
        book = load_workbook(io.BytesIO(data))
        cell = book[sheet][at]
        cell.value = text or None
        if text:
            cell.data_type = "s"  # a text that begins with = is no formula
        return find(saved(book))

    return run


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_tries(
    rng: random.Random,
    kind: str,
    data: bytes,
    find: Callable[[bytes], Sequence[str]],
    columns: Sequence[int] = range(6),
) -> Iterator[Try]:
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    for i, row in enumerate(rows):
        for k in columns if i else range(len(row)):
            changed = [list(r) for r in rows]
            changed[i][k] = altered(rng, row[k].removeprefix("'"), f"改{i}")
            yield Try(
                kind, lambda changed=changed: find(as_csv(changed)), ((f"{i + 1}行{k + 1}列",),)
            )  # type: ignore[misc]


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def docx_tries(
    rng: random.Random, kind: str, data: bytes, find: Callable[[bytes], Sequence[str]]
) -> Iterator[Try]:
    """Every cell of the table, every line around it."""
    book = Document(io.BytesIO(data))
    for i, row in enumerate(book.tables[0].rows):
        cells = row._tr.tc_lst
        for k in range(len(cells)):
            text = altered(rng, "\n".join(p.text for p in row.cells[k].paragraphs), f"改{i}")
            where = f"見出し{k + 1}列目" if not i else f"表{i}行{k + 1}列"
            yield Try(kind, _docx_try(data, i, k, text, find), ((where,),))
    for n, p in enumerate(book.paragraphs):
        if p.text.strip():
            yield Try(kind, _line_try(data, n, f"改{n}", find), ((f"改{n}",),))


def _docx_try(
    data: bytes, i: int, k: int, text: str, find: Callable[[bytes], Sequence[str]]
) -> Callable[[], Sequence[str]]:
    def run() -> Sequence[str]:
        book = Document(io.BytesIO(data))
        cell = book.tables[0].rows[i].cells[k]
        cell.text = text
        return find(saved(book))

    return run


def _line_try(
    data: bytes, n: int, mark: str, find: Callable[[bytes], Sequence[str]]
) -> Callable[[], Sequence[str]]:
    def run() -> Sequence[str]:
        book = Document(io.BytesIO(data))
        book.paragraphs[n].text = marked(book.paragraphs[n].text, mark)
        return find(saved(book))

    return run


# Papers: made of other words, with the true data inside. A paper is slow to make, so every other
# row of a column is altered in one; each must be named.


def with_true_data(data: bytes, true: bytes) -> bytes:
    """The paper with the data of the true one."""
    with pikepdf.open(io.BytesIO(true)) as source:
        kept = {n: a.get_file().read_bytes() for n, a in source.attachments.items()}
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for name in list(pdf.attachments):
            del pdf.attachments[name]
        out = io.BytesIO()
        pdf.save(out)
    made = out.getvalue()
    for name, body in kept.items():
        made = archive.carrying(made, Attached(name, body, "application/json", name))
    return made


_SHOWN = ("date", "citation", "shown_before", "shown_after", "timing", "explanation")
_TAKEN = ("date", "citation", "before", "after", "timing", "explanation")


def table_pdf_tries(h: House, kind: str, find: Callable[[bytes], Sequence[str]]) -> Iterator[Try]:
    for k, column in enumerate(COLUMNS):
        for half in (0, 1):
            lines, named = [dict(x) for x in h.lines], []
            for i in range(half, len(lines), 2):
                if lines[i].get("inside"):
                    continue  # it is printed in its entry's row, and has no cells of its own
                field = (_TAKEN if lines[i].get("inherited") else _SHOWN)[k]
                if field == "explanation" and "shown_explanation" in lines[i]:
                    field = "shown_explanation"
                if field == "citation" and lines[i].get("label"):
                    field = "label"
                shown = change_table.printed(lines[i])[k]
                lines[i][field] = marked(shown, f"改{i}")
                named.append((f"（{column}）", f"改{i}"))
            yield Try(
                kind,
                lambda lines=lines: find(with_true_data(_table(lines, "pdf"), h.true("t.pdf"))),
                tuple(named),
            )  # type: ignore[misc]
    yield Try(
        kind,
        lambda: find(
            with_true_data(
                pdf_comparison.change_table(h.lines, title=marked(TITLE, "改題")), h.true("t.pdf")
            )
        ),
        (("改題",),),
    )


def changed_cells(
    sheet: WrittenPaper, column: int, half: int, head: bool = False
) -> tuple[WrittenPaper, list[str]]:
    """A paper with a word more in every other cell of a column of its first table, and these
    words."""
    at = next(i for i, x in enumerate(sheet.items) if isinstance(x, PaperTable))
    grid = sheet.items[at]
    assert isinstance(grid, PaperTable)
    rows, marks = list(grid.rows), []
    for i in range(0 if head else grid.heads + half, grid.heads if head else len(rows), 2):
        if column < len(rows[i]):
            cells = list(rows[i])
            cells[column] = _with_word(cells[column], f"改{i}")
            rows[i] = tuple(cells)
            marks.append(f"改{i}")
    made = list(sheet.items)
    made[at] = replace(grid, rows=tuple(rows))
    return replace(sheet, items=tuple(made)), marks


def _with_word(cell: PaperCell, mark: str) -> PaperCell:
    first, *rest = cell.paras
    runs = list(first.runs) or [Run("")]
    runs[0] = replace(runs[0], text=marked(runs[0].text, mark))
    return replace(cell, paras=(replace(first, runs=tuple(runs)), *rest))


def comparison_pdf_tries(h: House) -> Iterator[Try]:
    kind = "comparison.pdf"
    title = comparison_table.TITLE
    sheet = compared_table.paper(h.subjects, title=title)
    names_ = compared_table.carried(h.subjects, title=title)["heads"]

    def find(paper: WrittenPaper) -> Sequence[str]:
        return h.prove(with_true_data(as_pdf.write(paper), h.true("c.pdf")), "t.pdf")

    for k, column in enumerate(names_):
        for half in (0, 1):
            paper, marks = changed_cells(sheet, k, half)
            yield Try(
                kind, lambda made=paper: find(made), tuple((f"（{column}）", m) for m in marks if m)
            )  # type: ignore[misc]
        paper, _ = changed_cells(sheet, k, 0, head=True)
        yield Try(kind, lambda made=paper: find(made), (("見出し", "改0"),))  # type: ignore[misc]
    for n, item in enumerate(sheet.items):
        if isinstance(item, Para) and item.text.strip():
            runs = (replace(item.runs[0], text=marked(item.runs[0].text, f"改{n}")), *item.runs[1:])
            other = replace(
                sheet, items=(*sheet.items[:n], replace(item, runs=runs), *sheet.items[n + 1 :])
            )
            yield Try(kind, lambda other=other: find(other), ((f"改{n}",),))  # type: ignore[misc]


# The document's own rows, and its answers.


def with_rows(tree: Tree, change: Callable[[int, list[str]], list[str]]) -> Tree:
    """The document with other rows of its change table."""
    answers = dict(items.answers(tree))
    key = ("B3",)
    answers[key] = [
        {**r, "cells": change(i, list(r["cells"]))} if isinstance(r, dict) else change(i, list(r))
        for i, r in enumerate(answers[key])
    ]
    from pia import forms

    return items.build(forms.load(tree.form), answers.items())


def own_row_tries(h: House) -> Iterator[Try]:
    """別添3 in the data, the workbook and the paper alike: a forger who writes all three anew.
    Then in the paper alone."""
    folder, tree = aid.KEY, h.new.tree
    body = h.bundle[f"{folder}/{bundle.PAPER}"]
    count = len(dict(items.answers(tree))[("B3",)])
    for k, column in enumerate(COLUMNS):
        for half in (0, 1):

            def change(i: int, cells: list[str], k: int = k, half: int = half) -> list[str]:
                return [
                    marked(c, f"改{i}") if j == k and i % 2 == half else c
                    for j, c in enumerate(cells)
                ]

            other = with_rows(tree, change)
            marks = [f"改{i}" for i in range(half, count, 2)]
            named = tuple((f"（{column}）", m) for m in marks)
            yield Try("document rows", lambda other=other: verified(forged(h, other)), named)
            yield Try(
                "document rows on paper",
                lambda other=other: verified(printed_anew(h, other, body)),
                named,
            )  # type: ignore[misc]


def forged(h: House, other: Tree) -> bytes:
    """A bundle whose document is another one, with workbook and digests that fit."""
    about = {
        "digest": other.digest,
        "reviewed_digest": reviewed(h.new.form, other).digest,
        "saved_by": None,
    }
    files = {
        **h.bundle,
        f"{aid.KEY}/{bundle.DOCUMENT}": interchange.write(other, key=aid.KEY),
        f"{aid.KEY}/{bundle.WORKBOOK}": writer.write(other, h.new.form, title=aid.TITLE),
    }
    return sealed(
        files,
        without=(*OTHERS, bundle.PAPER, "change-table.xlsx", "change-table.pdf"),
        about=about,
    )


OTHERS = ("public/document.pdf", "public/document.html", *(f"plan/{n}" for n in plan.FILES))


def printed_anew(h: House, other: Tree, true: bytes) -> bytes:
    """The bundle with a paper made of another text, the true data inside."""
    printed = assessment.write(other, h.new.form, title=aid.TITLE, stamp="")
    files = {**h.bundle, f"{aid.KEY}/{bundle.PAPER}": with_true_data(printed.data, true)}
    return sealed(
        files, without=(*OTHERS, bundle.WORKBOOK, "change-table.xlsx", "change-table.pdf")
    )
