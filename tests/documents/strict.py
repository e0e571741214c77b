"""What spreadsheet programs call damage in a workbook: a stern look at the package, for
workbooks we wrote into."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from io import BytesIO
from itertools import product

from lxml import etree

from pia.documents.ooxml.book import place
from pia.documents.ooxml.markup import local

ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]


def faults(data: bytes) -> list[str]:
    """Every fault as a short text; [] for a workbook that opens without a word."""
    with zipfile.ZipFile(BytesIO(data)) as z:
        names = z.namelist()
        out = [f"twice {n}" for n, k in Counter(names).items() if k > 1]
        parts = {n: z.read(n) for n in names}
    out += _package(parts)
    for name, body in parts.items():
        if name.startswith("xl/worksheets/sheet"):
            out += [f"{name}: {f}" for f in _sheet(etree.fromstring(body))]
        if name.startswith("xl/drawings/drawing"):
            ids = Counter(
                e.get("id") for e in etree.fromstring(body).iter() if local(e.tag) == "cNvPr"
            )
            out += [f"{name}: id {i} twice" for i, k in ids.items() if k > 1]
    return out


def _package(parts: dict[str, bytes]) -> list[str]:
    out = []
    types = etree.fromstring(parts["[Content_Types].xml"])
    overrides = Counter(
        t.get("PartName", "").lstrip("/") for t in types if local(t.tag) == "Override"
    )
    endings = {t.get("Extension", "").lower() for t in types if local(t.tag) == "Default"}
    out += [f"type of {n} twice" for n, k in overrides.items() if k > 1]
    out += [f"type of missing part {n}" for n in overrides if n not in parts]
    out += [
        f"no type for {n}"
        for n in parts
        if n != "[Content_Types].xml"
        and n not in overrides
        and n.rsplit(".", 1)[-1].lower() not in endings
    ]
    for name, body in parts.items():
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        links = list(etree.fromstring(body))
        out += [
            f"{name}: {i} twice" for i, k in Counter(r.get("Id") for r in links).items() if k > 1
        ]
        for r in links:
            target = r.get("Target") or ""
            full = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(folder, target))
            )
            if r.get("TargetMode") != "External" and full not in parts:
                out.append(f"{name}: {full} is missing")
    book = etree.fromstring(parts["xl/workbook.xml"])
    out += [
        f"{t} twice"
        for t, k in Counter(local(n.tag) for n in book).items()
        if k > 1 and t in ("sheets", "definedNames", "calcPr", "bookViews")
    ]
    sheets = [n for n in book.iter() if local(n.tag) == "sheet"]
    for key in ("name", "sheetId"):
        out += [
            f"sheet {key} {v} twice"
            for v, k in Counter((n.get(key) or "").lower() for n in sheets).items()
            if k > 1
        ]
    out += [f"sheet name {n.get('name')}" for n in sheets if len(n.get("name") or "") > 31]
    styles = etree.fromstring(parts["xl/styles.xml"]) if "xl/styles.xml" in parts else ()
    out += [
        f"count of {local(n.tag)}"
        for n in styles
        if n.get("count") is not None and int(n.get("count")) != len(n)
    ]
    defined = [n for n in book.iter() if local(n.tag) == "definedName"]
    out += [
        f"name {v} twice"
        for v, k in Counter((n.get("name"), n.get("localSheetId")) for n in defined).items()
        if k > 1
    ]
    out += [
        f"name of no sheet {n.get('name')}"
        for n in defined
        if int(n.get("localSheetId") or 0) >= len(sheets)
    ]
    out += [
        f"shown sheet {n.get('activeTab')}"
        for n in book.iter()
        if local(n.tag) == "workbookView" and int(n.get("activeTab") or 0) >= len(sheets)
    ]
    return out


def _sheet(root: etree._Element) -> list[str]:
    out = []
    tags = [local(element.tag) for element in root]
    if [ORDER.index(tag) for tag in tags] != sorted(ORDER.index(tag) for tag in tags):
        out.append(f"order {tags}")
    out += _rows(root)
    out += _merges(root)
    for n in root.iter():
        if local(n.tag) == "mergeCells" and int(n.get("count") or len(n)) != len(n):
            out.append("count of merges")
        if local(n.tag) in ("dataValidation", "conditionalFormatting") and not re.fullmatch(
            r"[A-Z0-9: ]+", n.get("sqref") or ""
        ):
            out.append(f"sqref {n.get('sqref')}")
    return out


def _rows(root: etree._Element) -> list[str]:
    """Rows and cells out of their order, texts too long and rows too high."""
    out = []
    last_row = 0
    for row in (row for data in root if local(data.tag) == "sheetData" for row in data):
        number = int(row.get("r") or last_row + 1)
        if number <= last_row:
            out.append(f"row {number} after {last_row}")
        last_row = number
        last_column = 0
        for cell in row:
            in_row, column = place(cell.get("r") or "")
            if in_row != number or column <= last_column:
                out.append(f"cell {cell.get('r')} in row {number}")
            last_column = column
            text = "".join(part.text or "" for part in cell.iter() if local(part.tag) == "t")
            if len(text.encode("utf-16-le")) > 2 * 32_767:
                out.append(f"cell {cell.get('r')} too long")
        if float(row.get("ht") or 0) > 409.5:
            out.append(f"row {number} {row.get('ht')} points high")
    return out


def _merges(root: etree._Element) -> list[str]:
    """Merged cells that overlap or are one cell alone."""
    out = []
    taken: set[tuple[int, int]] = set()
    for merge in (element for element in root.iter() if local(element.tag) == "mergeCell"):
        start, _, end = (merge.get("ref") or "").partition(":")
        (top, left), (bottom, right) = place(start), place(end or start)
        cells = set(product(range(top, bottom + 1), range(left, right + 1)))
        if cells & taken or len(cells) < 2:
            out.append(f"merge {merge.get('ref')}")
        taken |= cells
    return out
