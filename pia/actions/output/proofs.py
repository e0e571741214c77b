"""The proof of a table a person holds: of any kind and medium, against the two texts, naming every
cell that says something else.

Reads only. Files need no database; where the newer text is stored, what is recorded of its rows is
known too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import PiaError
from ...domain.procedure import change_table
from ...domain.procedure.change_table import ChangeTableRow
from ...domain.proof import change_table as change_table_proof
from ...domain.proof.cells import Proof, Table
from ..sources import Source
from ..workplace import Workplace
from . import comparisons

if TYPE_CHECKING:
    from ...documents.proof.pdf import PdfDocument

CHANGES = "変更箇所の表"
COMPARISON = "新旧対照表"
_NEITHER = (
    "変更箇所の表でも新旧対照表でもありません。"
    "pia change-table か pia comparison-table で作った表を指定してください。"
)


def prove(wp: Workplace | None, old: Source, new: Source, name: str) -> tuple[str, Proof]:
    """(what kind of table it is, its proof).

    PiaError when the file cannot be opened or is no such table.
    """
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise PiaError(f"{name} を開けません。ファイルの場所と名前を確かめてください。") from error
    stored = wp is not None and new.version is not None
    return prove_bytes(
        data, name, old, new, comparisons.change_rows(wp, old, new) if stored else None
    )


def prove_bytes(
    data: bytes, name: str, old: Source, new: Source, rows: Sequence[ChangeTableRow] | None = None
) -> tuple[str, Proof]:
    """The same for bytes; `rows`: what is recorded of the rows, where it is."""
    match _kind(data, name):
        case "xlsx":
            return _book(data, name, old, new, rows)
        case "docx":
            return _compared(old, new, _word(data, name))
        case "pdf":
            return _paper(data, name, old, new, rows)
        case "csv":
            from ...documents.proof import tables

            return CHANGES, change_table_proof.prove(
                new.form,
                old.tree,
                new.tree,
                tables.of_csv(data, Path(name).name, change_table_proof.COLUMNS),
                rows,
            )
    return CHANGES, _json(data, name, old, new)


def _kind(data: bytes, name: str) -> str:
    """By what the file is, else by its name."""
    if data.startswith(b"%PDF"):
        return "pdf"
    suffix = Path(name).suffix.lower().removeprefix(".")
    if data.startswith(b"PK"):
        if suffix == "docx":
            return "docx"
        return "xlsx"
    if suffix in ("csv", "xlsx", "docx", "pdf"):
        return suffix
    return "json"


def _json(data: bytes, name: str, old: Source, new: Source) -> Proof:
    try:
        rows = change_table.from_json(json.loads(data))
    except (ValueError, UnicodeDecodeError, RecursionError) as entry:
        raise PiaError(
            f"{name} は変更箇所の表ではありません。"
            "pia change-table で作った .json・.xlsx・.csv・.pdf を指定してください。"
        ) from entry
    return Proof(change_table.prove(new.form, old.tree, new.tree, rows), (), len(rows))


def _book(
    data: bytes, name: str, old: Source, new: Source, rows: Sequence[ChangeTableRow] | None
) -> tuple[str, Proof]:
    from ...documents.comparison import table as compared_table
    from ...documents.proof import comparison as comparison_proof
    from ...documents.proof import tables
    from ...documents.workbook_out import change_table as sheet

    file = Path(name).name
    table = tables.of_book(
        data, file, (change_table_proof.COLUMNS,), change_table_proof.KEY, sheet.HIDDEN
    )
    if table is not None:
        return CHANGES, change_table_proof.prove(new.form, old.tree, new.tree, table, rows)
    table = tables.of_book(
        data, file, comparison_proof.HEADS, comparison_proof.KEY, compared_table.HIDDEN
    )
    if table is None:
        raise PiaError(f"{file}：{_NEITHER}")
    return _compared(old, new, table)


def _word(data: bytes, name: str) -> Table:
    from ...documents.comparison import table as compared_table
    from ...documents.proof import comparison as comparison_proof
    from ...documents.proof import tables

    table = tables.of_docx(data, Path(name).name, comparison_proof.HEADS, compared_table.UNCHANGED)
    if table is None:
        raise PiaError(f"{Path(name).name}：{_NEITHER}")
    return table


def _paper(
    data: bytes, name: str, old: Source, new: Source, rows: Sequence[ChangeTableRow] | None
) -> tuple[str, Proof]:
    from ...documents.comparison import table as compared_table
    from ...documents.proof import comparison as comparison_proof
    from ...documents.proof import pdf, tables

    read: PdfDocument = pdf.read(data, Path(name).name)
    table = tables.of_pdf(read, (change_table_proof.COLUMNS,))
    if table is not None:
        return CHANGES, change_table_proof.prove(new.form, old.tree, new.tree, table, rows)
    table = tables.of_pdf(read, comparison_proof.HEADS, compared_table.UNCHANGED)
    if table is None:
        raise PiaError(
            f"{Path(name).name}：{_NEITHER}文字の入っていないPDF（画像）は、読み取れません。"
        )
    return _compared(old, new, table)


def _compared(old: Source, new: Source, table: Table) -> tuple[str, Proof]:
    from ...documents.proof import comparison as comparison_proof

    return COMPARISON, comparison_proof.prove(new.form, old.tree, new.tree, table)
