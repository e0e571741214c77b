"""The class of a finished file, printed on it: 機密性の区分 on every page of a PDF, in a Word
file's head and first line, in a workbook's foot and on a first sheet, above the text of a page.

Knows files and one line of words. Must not know why a file has its class. What was made before
stays as it is inside; equal files of an equal class are equal to the byte. A file without a class,
and one of a kind that has no place for words (JSON, CSV, text, an 一式), is left alone: what is
read by programs is told its class beside it. Serves what a city's 情報セキュリティポリシー asks.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from html import escape

from lxml import etree

from ..ooxml import book, markup, package

SHEET = book.CLASS
HEAD = f"{SHEET}："
LONGEST = 20  # letters of a class
_LINE = re.compile(rf"{HEAD}\S{{1,{LONGEST}}}")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
# What may stand behind headerFooter in a sheet, in its order.
_AFTER = frozenset(
    {
        *("rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors"),
        *("smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture"),
        *("oleObjects", "controls", "webPublishItems", "tableParts", "extLst"),
    }
)
_FOOTS = ("oddFooter", "evenFooter", "firstFooter")


class Unprintable(Exception):
    """A file that cannot be opened, on which nothing can be printed."""


def line(words: str) -> str:
    """What is printed of a class."""
    return HEAD + words


def is_line(text: str) -> bool:
    """Whether a line says a file's class and nothing else: no part of what a table says."""
    return bool(_LINE.fullmatch(text.strip()))


def marked(data: bytes, fmt: str, words: str, *, form: bool = False) -> bytes:
    """The file with its class printed; as it is where `words` is empty or the kind has no place for
    it, or the file is damaged (somebody handed it in like that). `form`: an official form that is
    handed in: nothing but its foot says the class."""
    makers: Mapping[str, Callable[[bytes, str], bytes]] = {
        "pdf": _pdf,
        "docx": _docx,
        "xlsx": _official if form else _workbook,
        "html": _page,
    }
    if not words or fmt not in makers:
        return data
    try:
        return makers[fmt](data, words)
    except Unprintable:
        return data


def beside(fmt: str) -> bool:
    """Whether a file of this kind is told its class beside it."""
    return fmt not in ("pdf", "docx", "xlsx", "html")


# ---- PDF


def _pdf(data: bytes, words: str) -> bytes:
    from pikepdf import Pdf, PikepdfError

    from ..pdf.archive import laid_over

    try:
        opened = Pdf.open(io.BytesIO(data))
    except PikepdfError as error:
        raise Unprintable from error
    with opened as pdf:
        sizes = []
        for page in pdf.pages:
            left, bottom, right, top = map(float, page.mediabox)
            sizes.append((right - left, top - bottom))
        different = list(dict.fromkeys(sizes))
        which = [different.index(size) for size in sizes]
        return laid_over(pdf, _stamps(different, words), which)


def _stamps(sizes: list[tuple[float, float]], words: str) -> bytes:
    """A page of each size, with the class at the left of its foot."""
    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    from ..pdf.fonts import typeface
    from ..pdf.text import MARGIN

    face = typeface([line(words)])
    out = io.BytesIO()
    canvas = Canvas(out, initialFontName=face.bold, invariant=1)
    for size in sizes:
        canvas.setPageSize(size)
        canvas.setFont(face.bold, 8.5)
        canvas.drawString(MARGIN, 5 * mm, line(words))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


# ---- Word


def _docx(data: bytes, words: str) -> bytes:
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    try:
        document = Document(io.BytesIO(data))
    except (KeyError, ValueError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        raise Unprintable from error
    for section in document.sections:
        heads = [section.header]
        if section.different_first_page_header_footer:
            heads.append(section.first_page_header)
        if document.settings.odd_and_even_pages_header_footer:
            heads.append(section.even_page_header)
        for head in heads:
            head.is_linked_to_previous = False
            in_head = head.paragraphs[0].insert_paragraph_before(line(words))
            in_head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    first = document.element.body[0]
    on_top = document.add_paragraph(line(words))
    on_top.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    first.addprevious(on_top._p)
    out = io.BytesIO()
    document.save(out)
    return package.same_bytes(out.getvalue())


# ---- workbook


def _official(data: bytes, words: str) -> bytes:
    return package.pack(_with_feet(_parts(data), words))


def _workbook(data: bytes, words: str) -> bytes:
    return package.pack(_with_sheet(_with_feet(_parts(data), words), words))


def _parts(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {member.filename: archive.read(member) for member in archive.infolist()}
    except zipfile.BadZipFile as error:
        raise Unprintable from error


def _with_feet(parts: dict[str, bytes], words: str) -> dict[str, bytes]:
    """Every sheet says its class at the left of its printed foot; what stood there stands
    behind."""
    for name in [part for part in parts if re.fullmatch(r"xl/worksheets/[^/]+\.xml", part)]:
        root = markup.parse(parts[name])
        if root.tag != f"{{{_MAIN}}}worksheet":
            continue
        _foot(root, line(words))
        parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return parts


def _foot(root: etree._Element, words: str) -> None:
    """Puts words at the left of every foot a sheet prints; made where there is none."""
    feet = root.find(f"{{{_MAIN}}}headerFooter")
    if feet is None:
        feet = etree.Element(f"{{{_MAIN}}}headerFooter")
        behind = next((node for node in root if markup.local(node.tag) in _AFTER), None)
        if behind is not None:
            behind.addprevious(feet)
        else:
            root.append(feet)
    odd = feet.find(f"{{{_MAIN}}}oddFooter")
    if odd is None:
        odd = etree.Element(f"{{{_MAIN}}}oddFooter")
        head = feet.find(f"{{{_MAIN}}}oddHeader")
        feet.insert(0 if head is None else feet.index(head) + 1, odd)
    for foot in [node for node in feet if markup.local(node.tag) in _FOOTS]:
        foot.text = _with_left(foot.text or "", words)


def _with_left(given: str, words: str) -> str:
    """A foot with the words at its left; those of an earlier class give way."""
    given = re.sub(rf"(&8)?{HEAD}[^&\s]*　?", "", given)
    before, _, left = given.partition("&L")
    gap = ""
    if re.match(r"[^&]|&[^CR]", left):
        gap = "　"
    return f"&L&8{words}{gap}{left}{before}"


def _with_sheet(parts: dict[str, bytes], words: str) -> dict[str, bytes]:
    """A first sheet says the class; the file opens on the sheet it opened on before."""
    main = "xl/workbook.xml"
    root = markup.parse(parts[main])
    sheets = root.find(f"{{{_MAIN}}}sheets")
    part = "xl/worksheets/pia_class.xml"
    link = "rIdPiaClass"
    if sheets is None or part in parts:
        return parts
    number = 1 + max(int(sheet.get("sheetId") or 0) for sheet in sheets)
    first = etree.Element(f"{{{_MAIN}}}sheet", {"name": SHEET, "sheetId": str(number)})
    first.set(f"{{{_REL}}}id", link)
    sheets.insert(0, first)
    for named in root.iter(f"{{{_MAIN}}}definedName"):
        if named.get("localSheetId"):
            named.set("localSheetId", str(int(named.get("localSheetId")) + 1))
    for view in root.iter(f"{{{_MAIN}}}workbookView"):
        view.set("activeTab", str(int(view.get("activeTab") or 0) + 1))
        view.attrib.pop("firstSheet", None)
    parts[main] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    parts[part] = _sheet(words, _head(parts))
    links = parts["xl/_rels/workbook.xml.rels"]
    tag = f'<Relationship Id="{link}" Type="{_REL}/worksheet" Target="worksheets/pia_class.xml"/>'
    parts["xl/_rels/workbook.xml.rels"] = links.replace(
        b"</Relationships>", f"{tag}</Relationships>".encode()
    )
    kinds = parts["[Content_Types].xml"]
    override = f'<Override PartName="/{part}" ContentType="{_KIND}"/>'
    parts["[Content_Types].xml"] = kinds.replace(b"</Types>", f"{override}</Types>".encode())
    return parts


def _head(parts: Mapping[str, bytes]) -> str:
    """What the other sheets print above each page, such as that all this is only a rehearsal."""
    for name in sorted(parts):
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            header = markup.parse(parts[name]).find(f"{{{_MAIN}}}headerFooter/{{{_MAIN}}}oddHeader")
            if header is not None and header.text:
                return str(header.text)
    return ""


def _sheet(words: str, head: str) -> bytes:
    """The sheet's markup: one cell with the class, which its foot says too."""
    shown = escape(line(words))
    above = ""
    if head:
        above = f"<oddHeader>{escape(head)}</oddHeader>"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"/>'
        '</sheetViews><cols><col min="1" max="1" width="48" customWidth="1"/></cols>'
        f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{shown}</t></is></c></row>'
        f"</sheetData>"
        f"<headerFooter>{above}<oddFooter>&amp;L&amp;8{shown}</oddFooter></headerFooter>"
        "</worksheet>"
    ).encode()


# ---- page


def _page(data: bytes, words: str) -> bytes:
    """A line above everything else the page says."""
    above = f'<p class="class"><strong>{escape(line(words))}</strong></p>'.encode()
    return re.sub(rb"(<body[^>]*>)", lambda body: body[1] + above, data, count=1)
