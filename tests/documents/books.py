"""Helpers for workbook tests: take our unseen map out, edit cells as a colleague would, and
compare documents whose entry keys differ."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.merge import MergedCellRange

from pia.documents.ooxml import package
from pia.domain.document import items
from pia.domain.document.form import Form
from pia.domain.document.tree import Path, Tree


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as z:
        return {i.filename: z.read(i) for i in z.infolist()}


def without_map(data: bytes) -> bytes:
    """The same workbook as if somebody had retyped it: no hidden sheet, no defined names of
    ours."""
    all_parts = parts(data)
    book = all_parts["xl/workbook.xml"].decode()
    hidden = re.search(r'<sheet name="_pia" sheetId="(\d+)"[^>]*/>', book)
    assert hidden
    book = re.sub(
        r'<definedName name="_pia[^<]*</definedName>', "", book.replace(hidden.group(0), "")
    )
    all_parts["xl/workbook.xml"] = book.encode()
    number = hidden.group(1).encode()
    del all_parts[f"xl/worksheets/sheet{hidden.group(1)}.xml"]
    for p in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        all_parts[p] = re.sub(
            rb'<(Relationship|Override)[^>]*worksheets/sheet%s.xml"[^>]*/>' % number,
            b"",
            all_parts[p],
        )
    return package.pack(all_parts)


def _loaded(data: bytes, **options: bool) -> Workbook:
    """As another program reads it; the lines around merged cells, which each cell has of its own,
    are not drawn anew: that takes longer than all else."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MergedCellRange, "format", lambda _: None)
        return load_workbook(BytesIO(data), **options)


@lru_cache(maxsize=6)
def opened(data: bytes) -> Workbook:
    """The workbook as another program sees it, only to look at: a second look at the same bytes
    opens nothing."""
    return _loaded(data)


def edited(data: bytes, edit: Callable[[Workbook], None]) -> bytes:
    """Opened, changed and saved by another program."""
    book = _loaded(data, rich_text=True)
    edit(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def cell_with(book: Workbook, sheet: str, text: str) -> Any:
    """The first cell of a sheet (by the beginning of its name) that holds this text."""
    for ws in book.worksheets:
        if ws.title.startswith(sheet):
            for row in ws.iter_rows():
                for c in row:
                    if c.value == text:
                        return c
    raise AssertionError(f"{sheet}: {text}")


def by_place(tree: Tree, form: Form) -> dict[Path, Any]:
    """Answers with entry keys replaced by their place; what only spaces say is left out, 変更箇
    所 padded to its columns and without its origin."""
    out: dict[Path, Any] = {}
    seen: dict[tuple[str, Path], dict[str, int]] = {}
    for path, answer in items.answers(tree):
        if isinstance(answer, str) and not answer.strip():
            continue  # and an entry of nothing else has no place
        made: list[str] = []
        level, i = form.parts, 0
        while i < len(path):
            line = next(n for n in level if n.key == path[i])
            made.append(path[i])
            i += 1
            if line.repeated and i < len(path):
                root = line.shares or line.id
                shared = any(n.shares == root for n in form.walk())
                places = seen.setdefault((root, () if shared else tuple(made)), {})
                made.append(str(places.setdefault(path[i], len(places))))
                i += 1
            level = line.children
        line = form.at(path)[0]
        assert line
        if line.kind == "table" and line.procedure:
            answer = [(r["cells"] + [""] * len(line.columns))[: len(line.columns)] for r in answer]
        if line.kind == "choice_many":
            answer = [
                next(iter(a)) if isinstance(a, dict) and not next(iter(a.values())).strip() else a
                for a in answer
            ]
        out[tuple(made)] = answer
    return out
