"""What spreadsheet programs call damage in a workbook: a stern look at the package, for
workbooks we wrote into."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from io import BytesIO

from lxml import etree

from pia.documents.ooxml.book import local, place

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
    there = [local(n.tag) for n in root]
    if [ORDER.index(t) for t in there] != sorted(ORDER.index(t) for t in there):
        out.append(f"order {there}")
    at = 0
    for row in (r for n in root if local(n.tag) == "sheetData" for r in n):
        number, col = int(row.get("r") or at + 1), 0
        if number <= at:
            out.append(f"row {number} after {at}")
        at = number
        for c in row:
            r, k = place(c.get("r") or "")
            if r != number or k <= col:
                out.append(f"cell {c.get('r')} in row {number}")
            col = k
            said = "".join(t.text or "" for t in c.iter() if local(t.tag) == "t")
            if len(said.encode("utf-16-le")) > 2 * 32_767:
                out.append(f"cell {c.get('r')} too long")
        if float(row.get("ht") or 0) > 409.5:
            out.append(f"row {number} {row.get('ht')} points high")
    taken: set[tuple[int, int]] = set()
    merged = [n for n in root.iter() if local(n.tag) == "mergeCell"]
    for n in merged:
        a, _, b = (n.get("ref") or "").partition(":")
        (r1, c1), (r2, c2) = place(a), place(b or a)
        mine = {(r, c) for r in range(r1, r2 + 1) for c in range(c1, c2 + 1)}
        if mine & taken or len(mine) < 2:
            out.append(f"merge {n.get('ref')}")
        taken |= mine
    for n in root.iter():
        if local(n.tag) == "mergeCells" and int(n.get("count") or len(n)) != len(n):
            out.append("count of merges")
        if local(n.tag) in ("dataValidation", "conditionalFormatting") and not re.fullmatch(
            r"[A-Z0-9: ]+", n.get("sqref") or ""
        ):
            out.append(f"sqref {n.get('sqref')}")
    return out
