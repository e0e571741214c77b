"""What tests ask of a PDF's structure, by other people's readers: pikepdf for the marks of a page,
poppler for the words in reading order."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

_TEXT = {"Tj", "TJ", "'"}
_PATHS = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "BI", "EI"}
_DRAWS = _TEXT | _PATHS


def unmarked(data: bytes, skipped: frozenset[int] = frozenset()) -> list[str]:
    """What is wrong with the marks of a document's pages (without those `skipped`): something
    drawn in no mark, a mark within another, a number used twice or without an element."""
    wrong = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        rows = pdf.Root.StructTreeRoot.ParentTree.Nums
        parents = {int(rows[i]): rows[i + 1] for i in range(0, len(rows), 2)}
        for number, page in enumerate(pdf.pages, 1):
            if number in skipped:
                continue
            row = parents.get(int(page.get(Name.StructParents, -1)), [])
            seen: set[int] = set()
            inside: list[str] = []
            for step in pikepdf.parse_content_stream(page):
                name = str(step.operator)
                if name in ("BDC", "BMC"):
                    if inside:
                        wrong.append(f"page {number}: a mark within another")
                    inside.append(str(step.operands[0]))
                    if inside[-1] != "/Artifact":
                        mark = int(step.operands[1].MCID)
                        if mark in seen or mark >= len(row) or inside[-1] != row[mark].S:
                            wrong.append(f"page {number}: mark {mark} has no element")
                        seen.add(mark)
                elif name == "EMC":
                    inside.pop()
                elif name in _DRAWS and not inside:
                    wrong.append(f"page {number}: {name} in no mark")
            if len(seen) != len(row):
                wrong.append(f"page {number}: elements without a mark")
    return wrong


def elements(data: bytes) -> Iterator[tuple[int, Any]]:
    """Every element in reading order with its depth."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        waiting: list[tuple[int, Any]] = [(0, pdf.Root.StructTreeRoot.K)]
        while waiting:
            depth, element = waiting.pop()
            yield depth, element
            kids = element.get(Name.K, Array([]))
            below = list(kids) if isinstance(kids, Array) else [kids]
            for kid in reversed(below):
                if isinstance(kid, Dictionary) and Name.S in kid:
                    if kid.P.objgen != element.objgen:
                        raise AssertionError(f"{kid.S} does not know what it stands in")
                    waiting.append((depth + 1, kid))


def faults(data: bytes) -> list[str]:
    """Where the structure does not say what it should: no language, a title that is not shown, a
    level of headings left out, a table with rows of different lengths or nothing but empty cells, a
    list of no items, a figure without words."""
    wrong = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        if str(pdf.Root.Lang) != "ja-JP" or not pdf.Root.MarkInfo.Marked:
            wrong.append("no language, or not marked")
        if not pdf.Root.ViewerPreferences.DisplayDocTitle or not str(pdf.docinfo["/Title"]):
            wrong.append("no title")
    level = 0
    for _, element in elements(data):
        tag = str(element.S)[1:]
        if tag == "Part":
            level = 0
        elif re.fullmatch("H[1-6]", tag):
            if int(tag[1]) > level + 1:
                wrong.append(f"{tag} after H{level}")
            level = int(tag[1])
        elif tag in _BELOW and any(kid.S not in _BELOW[tag] for kid in _below(element)):
            wrong.append(f"a {tag} with something else in it")
        elif tag == "TH" and element.A.Scope not in (Name.Column, Name.Row):
            wrong.append("a head of nothing")
        elif tag == "Figure" and not str(element.get(Name.Alt, "")):
            wrong.append("a figure without words")
        if tag == "Table":
            lengths = {sum(_span(cell) for cell in _below(row)) for row in _below(element)}
            if len(lengths) != 1:
                wrong.append(f"a table with rows of {sorted(lengths)} columns")
    return wrong


_BELOW = {
    "Table": (Name.TR,),
    "TR": (Name.TH, Name.TD),
    "L": (Name.LI,),
    "LI": (Name.LBody,),
    "TOC": (Name.TOCI,),
}


def _below(element: Any) -> list[Any]:
    return [kid for kid in _kids(element) if isinstance(kid, Dictionary)]


def _kids(element: Any) -> list[Any]:
    kids = element.get(Name.K, Array([]))
    return list(kids) if isinstance(kids, Array) else [kids]


def _span(cell: Any) -> int:
    return int(cell.A.get(Name.ColSpan, 1)) if Name.A in cell else 1


def tags(data: bytes) -> set[str]:
    """The kinds of elements a document has."""
    return {str(element.S)[1:] for _, element in elements(data)}


def heard(data: bytes) -> str:
    """All words in reading order, without blanks: the letters of every mark, in the order of the
    elements."""
    out: list[str] = []
    with pikepdf.open(io.BytesIO(data)) as pdf:
        said = {}
        for page in pdf.pages:
            for mark, words in _marked(page).items():
                said[page.obj.objgen, mark] = words
        waiting: list[tuple[Any, Any]] = [(pdf.Root.StructTreeRoot.K, None)]
        while waiting:
            kid, page = waiting.pop()
            if isinstance(kid, Dictionary) and Name.MCID not in kid:
                page = kid.get(Name.Pg, page)
                waiting += [(below, page) for below in reversed(_kids(kid))]
            elif isinstance(kid, Dictionary):
                out.append(said[kid.Pg.objgen, int(kid.MCID)])
            else:
                out.append(said[page.objgen, int(kid)])
    return re.sub(r"[\s\u3000\u00a0]", "", "".join(out))


def _marked(page: Any) -> dict[int, str]:
    """The letters of every mark of a page, also those a form within it draws."""
    out: dict[int, str] = {}
    fonts: dict[str, dict[str, str]] = {}

    def read(content: Any, mark: int | None) -> None:
        font = ""
        for step in pikepdf.parse_content_stream(content):
            name = str(step.operator)
            if name in ("BDC", "BMC") and step.operands[0] != Name.Artifact:
                mark = int(step.operands[1].MCID)
                out[mark] = ""
            elif name == "EMC":
                mark = None
            elif name == "Tf":
                font = str(step.operands[0])
                if font not in fonts:
                    fonts[font] = _letters(content.Resources.Font[font])
            elif name in _TEXT and mark is not None:
                code = bytes(step.operands[0]).hex().upper()
                codes = [code[at : at + 4] for at in range(0, len(code), 4)]
                out[mark] += "".join(fonts[font][each] for each in codes)
            elif name == "Do" and mark is not None:
                form = content.Resources.XObject[step.operands[0]]
                if form.Subtype == Name.Form:
                    read(form, mark)

    read(page, None)
    return out


def _letters(font: Any) -> dict[str, str]:
    """The letter of each code of one of our fonts."""
    if Name.ToUnicode not in font:
        return {}
    pairs = re.findall(r"<(\w{4})> <(\w+)>", font.ToUnicode.read_bytes().decode())
    return {code: bytes.fromhex(letter).decode("utf-16-be") for code, letter in pairs}


def heard_by_poppler(data: bytes, folder: Path) -> str:
    """The same of a short document, by a program of other people."""
    file = folder / "heard.pdf"
    file.write_bytes(data)
    command = ["pdfinfo", "-struct-text", str(file)]
    said = subprocess.run(command, capture_output=True, check=True).stdout
    out = []
    for line in said.decode("utf-8", "replace").splitlines():
        words = re.fullmatch(r'\s*"(.*)"', line)
        if words:
            out.append(words[1])
    return re.sub(r"[\s\u3000\u00a0]", "", "".join(out))
