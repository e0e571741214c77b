"""Which library reads and writes which workbook best: `python -m tests.bench.workbooks`.

Prints, for each kind of book and each library, CPU milliseconds (median of five), the most memory a
process of its own needed, and what was lost. Asserts nothing (speed is measured, not tested);
decision 0005 cites the figures.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from pia import forms
from pia.actions import demo
from pia.documents.ooxml.book import open_book
from pia.documents.workbook_out import writer
from tests.documents import carriers, foreign

ROWS = 3_000
TIMES = 5
MADE = datetime(2000, 1, 1)


def our_layout() -> bytes:
    """The layout this project writes, of the played case."""
    tree = demo.assessment("nhi-benefits")
    return writer.write(tree, forms.load(tree.form), title="国保の給付", ref="nhi-benefits@1")


def city_book() -> bytes:
    """A workbook as cities keep them: merges, hidden sheets, formulas, odd styles."""
    return carriers.dressed(foreign.make(7)[1], random.Random(7))


def long_table() -> bytes:
    """A change table of many rows, half of them rich text."""
    return with_xlsxwriter()


def with_xlsxwriter() -> bytes:
    """Rows with marked words, streamed."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": MADE})
    sheet = book.add_worksheet()
    plain = book.add_format({"font_size": 10})
    marked = book.add_format({"font_size": 10, "underline": 1})
    for row in range(ROWS):
        sheet.write_string(row, 0, f"項目{row}")
        sheet.write_rich_string(row, 1, plain, "変更前の記載", marked, f"＝{row}")
    book.close()
    return out.getvalue()


def with_openpyxl() -> bytes:
    """The same rows with openpyxl."""
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = MADE
    sheet = book.active
    plain = InlineFont(sz=10)
    marked = InlineFont(sz=10, u="single")
    for row in range(ROWS):
        words = CellRichText(TextBlock(plain, "変更前の記載"), TextBlock(marked, f"＝{row}"))
        sheet.append([f"項目{row}", words])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def ours(data: bytes) -> Any:
    """Our streaming reader."""
    sheets = open_book(data).sheets
    return [cell.text for sheet in sheets for cell in sheet.cells]


def whole(data: bytes) -> Any:
    """openpyxl with every cell and style in memory; formulas, no values."""
    return _texts(openpyxl.load_workbook(BytesIO(data), rich_text=True))


def read_only(data: bytes) -> Any:
    """openpyxl as it streams: values, no formulas, no merges."""
    return _texts(openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True))


def _texts(book: Any) -> list[str]:
    texts = []
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            texts += [str(value) for value in row if value is not None]
    return texts


BOOKS: dict[str, Callable[[], bytes]] = {
    "our layout": our_layout,
    "a city's book": city_book,
    "long table": long_table,
}
READERS: dict[str, Callable[[bytes], Any]] = {
    "ours": ours,
    "openpyxl": whole,
    "openpyxl read_only": read_only,
}
WRITERS: dict[str, Callable[[], bytes]] = {
    "XlsxWriter": with_xlsxwriter,
    "openpyxl": with_openpyxl,
}


def cpu(run: Callable[[], Any]) -> tuple[float, Any]:
    """Median CPU milliseconds, and the last result."""
    spent = []
    result = None
    for _ in range(TIMES):
        start = time.process_time()
        result = run()
        spent.append(1000 * (time.process_time() - start))
    return statistics.median(spent), result


def alone(kind: str, name: str, file: str) -> str:
    """One measurement in a process of its own: its line of the table."""
    command = [sys.executable, "-m", "tests.bench.workbooks", kind, name, file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:90]
    return done.stdout.strip()


def main(arguments: list[str]) -> int:
    """Without arguments the whole table; else one measurement, printed as a line."""
    if arguments:
        kind, name, file = arguments
        if kind == "read":
            data = Path(file).read_bytes()
            spent, result = cpu(lambda: READERS[name](data))
            words = f"{len(result):6} texts"
        else:
            spent, result = cpu(WRITERS[name])
            # Zip entries carry the time to two seconds.
            time.sleep(2)
            words = "same bytes later" if result == WRITERS[name]() else "other bytes later"
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{spent:9.0f} ms {memory:7.0f} MB  {words}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for title, make in BOOKS.items():
            file = Path(folder) / "book.xlsx"
            file.write_bytes(make())
            for name in READERS:
                print(f"read   {title:14} {name:20} {alone('read', name, str(file))}")
    for name in WRITERS:
        print(f"write  {'long table':14} {name:20} {alone('write', name, '-')}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
