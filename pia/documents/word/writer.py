"""A paper as a Word file: A4, Japanese faces named for Word and LibreOffice, real tables with
repeated head rows, equal bytes for equal papers.

Knows WordprocessingML. Must not know what the paper says.
"""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from html import escape
from typing import Any

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from .. import rehearsal
from ..ooxml.package import same_bytes
from .model import LEAD, MARGIN, PAGE, Break, Item, PaperCell, PaperTable, Para, Run, WrittenPaper
from .reader import CARRIED

FACE = "ＭＳ 明朝"
_ALIGN = {"left": "left", "center": "center", "right": "right", "both": "both"}
_EPOCH = datetime(2000, 1, 1)
_GREY = "808080"
CUSTOM_XML = RELATIONSHIP_TYPE.CUSTOM_XML
# Stand-ins for what is numbered over the whole document; no text can hold them.
_WHO = "\x01who\x01"
_NUMBER = "\x01number\x01"
_SAME = "\x01same\x01"  # the number of the bookmark that began last: none stands in another
_CHANGES = {"insert": "w:ins", "delete": "w:del"}


def write(sheet: WrittenPaper, carried: Any = None) -> bytes:
    """The file's bytes; equal papers give equal bytes. `carried`: a JSON value that travels in the
    file unseen.
    """
    book = Document()
    _looks(book, sheet.size)
    body = book.element.body
    for old in list(body)[:-1]:
        body.remove(old)
    place = body[-1]
    _page(place, sheet.wide)
    last: Any = None
    track = _Track(sheet.by, sheet.at)
    for item in sheet.items:
        if isinstance(item, PaperTable) and isinstance(last, PaperTable):
            place.addprevious(after_table())  # or Word joins the two tables
        if isinstance(last, Break) and isinstance(item, Para):
            # A paragraph of its own for the break may come onto a page of its own.
            place.getprevious().getparent().remove(place.getprevious())
            place.addprevious(_xml(track.put(_markup(item))))
            place.getprevious().get_or_add_pPr().pageBreakBefore_val = True
        else:
            place.addprevious(_xml(track.put(_markup(item))))
        last = item
    if isinstance(last, PaperTable):
        place.addprevious(after_table())
    _footer(book)
    marked(book)
    if carried is not None:
        _carry(book, carried)
    about = book.core_properties
    about.title = sheet.title
    about.author = ""
    about.last_modified_by = ""
    about.comments = ""
    about.revision = 1
    about.created = _EPOCH
    about.modified = _EPOCH
    about.language = "ja-JP"
    out = io.BytesIO()
    book.save(out)
    return same_bytes(out.getvalue())


class _Track:
    """Puts numbers, author and instant where a change or a bookmark stands."""

    def __init__(self, by: str, at: str):
        self._count = 0
        self._bookmark = 0
        when = f' w:date="{escape(at)}"' if at else ""
        self._who = f' w:author="{escape(by or "作成者不明")}"{when}'

    def put(self, markup: str) -> str:
        """The markup with what only the whole document knows."""
        if _WHO not in markup and _NUMBER not in markup:
            return markup
        out = []
        for part in re.split(f"({_NUMBER}|{_SAME}|{_WHO})", markup):
            if part == _WHO:
                self._count += 1
                out.append(f' w:id="{self._count}"{self._who}')
            elif part == _NUMBER:
                self._count += 1
                self._bookmark = self._count
                out.append(str(self._count))
            elif part == _SAME:
                out.append(str(self._bookmark))
            else:
                out.append(part)
        return "".join(out)


def after_table() -> Any:
    """The paragraph Word wants after a table, as low as may be."""
    return _xml(_para(Para(), 4))


def marked(book: Any) -> None:
    """In a rehearsal every header of the file says so; in earnest nothing is touched."""
    if not rehearsal.words():
        return
    for section in book.sections:
        heads = [section.header]
        if section.different_first_page_header_footer:
            heads.append(section.first_page_header)
        for head in heads:
            head.is_linked_to_previous = False
            head.paragraphs[0].insert_paragraph_before(rehearsal.words())


def _carry(book: Any, value: Any) -> None:
    """A part of the file's own data, as Word keeps it for programs."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<carried xmlns="{CARRIED}">'
        f"{escape(text, quote=False)}</carried>"
    )
    part = Part(
        book.part.package.next_partname("/customXml/item%d.xml"),
        "application/xml",
        body.encode(),
        book.part.package,
    )
    book.part.relate_to(part, CUSTOM_XML)


def _xml(text: str) -> Any:
    return parse_xml(
        re.sub(r"^<(w:\w+)", lambda match: f"<{match[1]} {nsdecls('w')}", text, count=1)
    )


def _twips(points: float) -> int:
    return round(points * 20)


def _looks(book: Any, size: float) -> None:
    styles = book.styles.element
    fonts = "".join(f' w:{slot}="{FACE}"' for slot in ("ascii", "hAnsi", "eastAsia", "cs"))
    defaults = styles.find(".//{*}docDefaults")
    defaults.getparent().replace(
        defaults,
        _xml(
            f"<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts{fonts}/><w:sz "
            f'w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>'
            '<w:lang w:val="en-US" w:eastAsia="ja-JP" '
            'w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
            f'<w:spacing w:before="0" w:after="0" w:line="{_lead(size)}" '
            'w:lineRule="atLeast"/></w:pPr></w:pPrDefault></w:docDefaults>'
        ),
    )
    normal = book.styles["Normal"].element
    for old in normal.findall("{*}rPr"):
        normal.remove(old)


def _page(section: Any, wide: bool) -> None:
    if wide:
        width = PAGE[1]
        height = PAGE[0]
    else:
        width, height = PAGE
    for name in ("pgSz", "pgMar", "cols", "docGrid"):
        for old in section.findall(f"{{*}}{name}"):
            section.remove(old)
    if wide:
        turn = ' w:orient="landscape"'
    else:
        turn = ""
    margin = _twips(MARGIN)
    section.append(_xml(f'<w:pgSz w:w="{_twips(width)}" w:h="{_twips(height)}"{turn}/>'))
    edges = "".join(f' w:{side}="{margin}"' for side in ("top", "right", "bottom", "left"))
    section.append(_xml(f'<w:pgMar{edges} w:header="567" w:footer="567" w:gutter="0"/>'))


def _footer(book: Any) -> None:
    foot = book.sections[0].footer
    foot.is_linked_to_previous = False
    field = (
        '<w:fldSimple w:instr=" PAGE "><w:r><w:rPr><w:sz '
        'w:val="18"/></w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
    )
    footer = _xml(
        f'<w:p><w:pPr><w:jc w:val="center"/></w:pPr>'
        f"{_run(Run('－', size=9))}{field}{_run(Run('－', size=9))}</w:p>"
    )
    old = foot._element[0]
    foot._element.replace(old, footer)


def _break() -> str:
    return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def _markup(item: Item) -> str:
    """A table, a paragraph or a new page."""
    if isinstance(item, PaperTable):
        return _grid(item)
    if isinstance(item, Para):
        return _para(item)
    return _break()


def _run(run: Run) -> str:
    """A run with its look; line feeds and tabs are elements of their own."""
    looks = ""
    if run.bold:
        looks += "<w:b/>"
    if run.size:
        looks += f'<w:sz w:val="{round(run.size * 2)}"/><w:szCs w:val="{round(run.size * 2)}"/>'
    if run.underline:
        looks += '<w:u w:val="single"/>'
    body = ""
    if looks:
        body = f"<w:rPr>{looks}</w:rPr>"
    for part in re.split(r"([\n\t])", run.text):
        if part == "\n":
            body += "<w:br/>"
        elif part == "\t":
            body += "<w:tab/>"
        elif part:
            tag = "w:delText" if run.mark == "delete" else "w:t"
            body += f'<{tag} xml:space="preserve">{escape(part, quote=False)}</{tag}>'
    if run.mark:
        change = _CHANGES[run.mark]
        return f"<{change}{_WHO}><w:r>{body}</w:r></{change}>"
    if run.page_of:
        # Word counts its own pages when it opens or prints the file.
        asked = f'w:instr=" PAGEREF {escape(run.page_of)} " w:dirty="true"'
        return f"<w:fldSimple {asked}><w:r>{body}</w:r></w:fldSimple>"
    return f"<w:r>{body}</w:r>"


def _para(p: Para, mark_size: float = 0.0) -> str:
    looks = ""
    if p.keep:
        looks += "<w:keepNext/>"
    if mark_size:
        looks += f'<w:spacing w:line="{_twips(mark_size)}" w:lineRule="exact"/>'
    else:
        looks += _spacing(p)
    looks += _indent(p)
    looks += f'<w:jc w:val="{_ALIGN[p.align]}"/>'
    if p.level:
        looks += f'<w:outlineLvl w:val="{p.level - 1}"/>'
    high = mark_size
    if not high and p.runs and not p.text:
        high = p.runs[0].size
    end = f"<{_CHANGES[p.mark]}{_WHO}/>" if p.mark else ""
    if high:
        end += f'<w:sz w:val="{round(high * 2)}"/>'
    if end:
        looks += f"<w:rPr>{end}</w:rPr>"
    written = f"<w:p><w:pPr>{looks}</w:pPr>{''.join(map(_run, p.runs))}</w:p>"
    return _named(written, p.name) if p.name else written


def _spacing(p: Para) -> str:
    """The room around a paragraph, and from line to line where its letters have a size of their
    own: the same as on our PDF, whichever face a program has."""
    around = ""
    if p.before or p.after:
        around = f' w:before="{_twips(p.before)}" w:after="{_twips(p.after)}"'
    sizes = [run.size for run in p.runs]
    if sizes and all(sizes):
        around += f' w:line="{_lead(max(sizes))}" w:lineRule="atLeast"'
    return f"<w:spacing{around}/>" if around else ""


def _lead(size: float) -> int:
    """From line to line, in twips."""
    return _twips(LEAD * size)


def _indent(p: Para) -> str:
    if not p.left and not p.first:
        return ""
    turn = f' w:firstLine="{_twips(p.first)}"'
    if p.first < 0:
        turn = f' w:hanging="{_twips(-p.first)}"'
    return f'<w:ind w:left="{_twips(p.left)}"{turn}/>'


def _cell(c: PaperCell, width: float) -> str:
    if c.span > 1:
        span = f'<w:gridSpan w:val="{c.span}"/>'
    else:
        span = ""
    if c.shade:
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{c.shade}"/>'
    else:
        shade = ""
    inside = "".join(map(_para, c.paras or (Para(),)))
    if c.name:
        inside = _named(inside, c.name)
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/>{span}{shade}</w:tcPr>'
        f"{inside}</w:tc>"
    )


def _named(paragraphs: str, name: str) -> str:
    """Paragraphs with a bookmark around the first one's text."""
    start, end = paragraphs.index("</w:pPr>") + len("</w:pPr>"), paragraphs.index("</w:p>")
    mark = f'<w:bookmarkStart w:id="{_NUMBER}" w:name="{escape(name)}"/>'
    close = f'<w:bookmarkEnd w:id="{_SAME}"/>'
    return f"{paragraphs[:start]}{mark}{paragraphs[start:end]}{close}{paragraphs[end:]}"


def _grid(grid: PaperTable) -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    rules = ""
    if not grid.plain:
        for side in sides:
            rules += f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{_GREY}"/>'
        rules = f"<w:tblBorders>{rules}</w:tblBorders>"
    rows = []
    for index, row in enumerate(grid.rows):
        at = 0
        cells = ""
        for cell in row:
            cells += _cell(cell, sum(grid.widths[at : at + cell.span]))
            at += cell.span
        head = ""
        if index < grid.heads:
            head = "<w:tblHeader/>"
        if grid.marks and grid.marks[index]:
            head += f"<{_CHANGES[grid.marks[index]]}{_WHO}/>"
        if head:
            head = f"<w:trPr>{head}</w:trPr>"
        rows.append(f"<w:tr>{head}{cells}</w:tr>")
    look = (
        f'<w:tblW w:w="{_twips(sum(grid.widths))}" w:type="dxa"/>{rules}<w:tblLayout '
        f'w:type="fixed"/>'
    )
    inset = (
        '<w:tblCellMar><w:top w:w="50" w:type="dxa"/><w:left w:w="80" w:type="dxa"/>'
        '<w:bottom w:w="70" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar>'
    )
    columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in grid.widths)
    return (
        f"<w:tbl><w:tblPr>{look}{inset}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>"
        f"{''.join(rows)}</w:tbl>"
    )
