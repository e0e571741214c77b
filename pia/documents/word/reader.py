"""A Word file read back as a paper: what our PDF of it prints, and what in it our PDF cannot show
(said, never dropped in silence).

Knows WordprocessingML as Word and LibreOffice write it. Must not know templates.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from ...domain.errors import PiaError, Problem
from ..ooxml import archive as packed
from .model import SIZE, Break, Item, PaperCell, PaperTable, Para, Run, WrittenPaper

CARRIED = "urn:pia:carried"  # the name space of what travels unseen
MAX_FILE = 10 << 20
MAX_TOTAL = 60 << 20
_ALIGN = {
    "left": "left",
    "start": "left",
    "center": "center",
    "right": "right",
    "end": "right",
    "both": "both",
    "distribute": "both",
}
_BEYOND = {
    "drawing": "図や画像",
    "pict": "図や画像",
    "object": "埋め込まれた物",
    "numPr": "自動の段落番号",
    "footnoteReference": "脚注",
    "sdt": "入力欄（コンテンツ コントロール）",
    "ins": "確定していない変更履歴",
    "del": "確定していない変更履歴",
}


_OUTSIDE = {
    "attachedTemplate": "ほかの文書テンプレート（Wordの「開発」→「文書テンプレート」で Normal "
    "に戻してください）",
    "image": "外にある図（文書の中に図を貼り直してください）",
}


def _refuse_outside(relations: bytes, name: str) -> None:
    """PiaError when a part points out of the file: opening it would ask another machine for what is
    there. A link that a reader follows by hand may stay.
    """
    for relation in etree.fromstring(
        relations, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    ):
        kind = relation.get("Type", "").rsplit("/", 1)[-1]
        if relation.get("TargetMode") == "External" and kind != "hyperlink":
            words = _OUTSIDE.get(kind, f"外にあるもの（{kind}）")
            raise PiaError(
                f"{name}：{words}を参照しているため使えません。参照をやめて保存し直してください。"
            )


def opened(data: bytes, name: str) -> Any:
    """The document, once its outside is safe. PiaError in one sentence otherwise."""
    if len(data) > MAX_FILE:
        raise PiaError(
            f"{name}：ファイルが大きすぎます（上限 {MAX_FILE >> 20} MB）。"
            "画像を小さくして保存し直してください。"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive, name)
        return Document(io.BytesIO(data))
    except PiaError:
        raise
    # python-docx raises what zipfile, lxml and its own package reader raise.
    except Exception as error:
        raise PiaError(
            f"{name} をWord文書（.docx）として読めません。"
            "Wordで開き「Word文書（.docx）」で保存し直してください。"
        ) from error


def _check_archive(archive: zipfile.ZipFile, name: str) -> None:
    """PiaError for a file that unfolds too large, has macros, or names anything outside."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > MAX_TOTAL:
        raise PiaError(
            f"{name}：展開すると大きくなりすぎるファイルです。"
            "不要な画像を消して保存し直してください。"
        )
    if any(info.filename.lower().endswith("vbaproject.bin") for info in infos):
        raise PiaError(
            f"{name}：マクロを含む文書は受け取れません。"
            "「Word文書（.docx）」で保存し直してください。"
        )
    for info in infos:
        part = packed.part(archive, info)
        is_markup = info.filename.lower().endswith((".xml", ".rels"))
        if is_markup and (b"<!DOCTYPE" in part or b"<!ENTITY" in part):
            raise PiaError(
                f"{name}：外部を参照する宣言（DTD）を含むため読み取れません。"
                "Wordで開いて保存し直してください。"
            )
    for info in infos:
        if info.filename.lower().endswith(".rels"):
            _refuse_outside(packed.part(archive, info), name)


def read(data: bytes, name: str = "文書") -> tuple[WrittenPaper, tuple[Problem, ...]]:
    """The paper in a Word file, and a problem for each sort of thing our PDF cannot show."""
    return read_book(opened(data, name), name)


def read_book(book: Any, name: str = "文書") -> tuple[WrittenPaper, tuple[Problem, ...]]:
    """The same of an opened document."""
    from . import edges as word_edges  # reads with what stands below

    base = _base_size(book)
    tags = _tags(book.element.body.iter())
    # Word's own page numbers are read.
    tags |= _tags(word_edges.elements(book)) - {"sdt"}
    problems = []
    for words in dict.fromkeys(words for tag, words in _BEYOND.items() if tag in tags):
        sentence = f"{words}は、PDFには出ません。Wordの文書でお使いください。"
        problems.append(Problem("paper.beyond", sentence, name, "warning"))
    edges, more = word_edges.edges(book, base)
    for problem in more:
        problems.append(replace(problem, where=name))
    section = book.sections[0]
    wide = bool(
        section.page_width and section.page_height and section.page_width > section.page_height
    )
    title = book.core_properties.title or name
    return WrittenPaper(title, tuple(_items(book, base)), wide, base, edges), tuple(problems)


def _items(book: Any, base: float) -> list[Item]:
    """Paragraphs and tables of the body, without empty paragraphs at the end."""
    items: list[Item] = []
    for element in book.element.body.iterchildren():
        if element.tag == qn("w:p"):
            items += paragraph(Paragraph(element, book), base)
        elif element.tag == qn("w:tbl"):
            items.append(table(Table(element, book), base))
    while items and isinstance(items[-1], Para) and not items[-1].text:
        items.pop()
    return items


def _tags(elements: Iterable[Any]) -> set[str]:
    """The names of the elements, without comments and the like."""
    return {etree.QName(element).localname for element in elements if isinstance(element.tag, str)}


def hidden_text(book: Any) -> bool:
    """Whether some of the text is there and not shown."""
    for looks in book.element.body.iter(qn("w:rPr")):
        run = looks.getparent()
        if run.tag == qn("w:r") and _on(looks, "w:vanish") and text_of(run):
            return True
    return False


def carried(book: Any) -> Any:
    """The JSON that travels unseen in a Word file of ours; None where there is none, or somebody
    broke it.
    """
    for part in book.part.package.iter_parts():
        if part.partname.startswith("/customXml/item") and CARRIED.encode() in part.blob:
            try:
                root = etree.fromstring(
                    part.blob,
                    etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False),
                )
                return json.loads(root.text or "")
            except (ValueError, etree.XMLSyntaxError, RecursionError):
                return None
    return None


def _base_size(book: Any) -> float:
    usual = book.styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:sz')}")
    own = None
    if "Normal" in book.styles:
        own = book.styles["Normal"].font.size
    if own:
        return float(own.pt)
    if usual is not None:
        return int(usual.get(qn("w:val"))) / 2
    return SIZE


@lru_cache(maxsize=16)
def _style(part: Any, style_id: str | None) -> Any:
    """A paragraph's style by its id: looked up once, for every paragraph asks many times."""
    return part.get_style(style_id, WD_STYLE_TYPE.PARAGRAPH)


def _styled(p: Paragraph, what: str) -> Any:
    """A property of a paragraph, from itself or the nearest of its styles."""
    value = getattr(p.paragraph_format, what)
    style: Any = _style(p.part, p._p.style)
    while value is None and style is not None:
        value = getattr(style.paragraph_format, what)
        style = style.base_style
    return value


def _points(value: Any) -> float:
    if value is not None:
        return round(float(value.pt), 2)
    return 0.0


def paragraph(p: Paragraph, base: float) -> list[Item]:
    """The paragraph; with a page break before or after where one is asked for."""
    runs: list[Run] = []
    broken = False
    for element in p._p.iter(qn("w:r")):
        breaks = []
        for each in element.iter(qn("w:br")):
            breaks.append(each.get(qn("w:type")))
        broken = broken or "page" in breaks
        text = text_of(element)
        if text:
            runs.append(run_of(element, p, text, base))
    para = Para(
        joined(runs),
        _align(p),
        _points(_styled(p, "left_indent")),
        _points(_styled(p, "first_line_indent")),
        _points(_styled(p, "space_before")),
        _points(_styled(p, "space_after")),
        _outline_level(p),
        bool(_styled(p, "keep_with_next")),
    )
    ends = p._p.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None
    if _styled(p, "page_break_before"):
        return [Break(), para]
    if broken or ends:
        if para.text or ends:
            return [para, Break()]
        return [Break()]
    return [para]


def _align(p: Paragraph) -> str:
    jc = p._p.find(f"{qn('w:pPr')}/{qn('w:jc')}")
    if jc is None:
        return _style_align(p)
    return _ALIGN.get(jc.get(qn("w:val")), "left")


def _outline_level(p: Paragraph) -> int:
    """1 to 3 for a heading; 0 for any other paragraph."""
    level = p._p.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    if level is None or int(level.get(qn("w:val"))) >= 3:
        return 0
    return int(level.get(qn("w:val"))) + 1


def _style_align(p: Paragraph) -> str:
    style: Any = _style(p.part, p._p.style)
    while style is not None:
        jc = style.element.find(f"{qn('w:pPr')}/{qn('w:jc')}")
        if jc is not None:
            return _ALIGN.get(jc.get(qn("w:val")), "left")
        style = style.base_style
    return "left"


def text_of(row: Any) -> str:
    """What a run says: text, tabs and line feeds; not the instructions of fields, not deleted
    text."""
    out = ""
    for element in row:
        if element.tag == qn("w:t"):
            out += element.text or ""
        elif element.tag == qn("w:tab"):
            out += "\t"
        elif element.tag == qn("w:cr"):
            out += "\n"
        elif element.tag == qn("w:br"):
            if element.get(qn("w:type")) in (None, "textWrapping"):
                out += "\n"
        elif element.tag == qn("w:noBreakHyphen"):
            out += "-"
    return out


def _on(looks: Any, tag: str) -> bool:
    """Whether a look is switched on."""
    switch = _part(looks, tag)
    return switch is not None and switch.get(qn("w:val")) not in ("0", "false", "none", "off")


def _part(looks: Any, tag: str) -> Any:
    """The element of a look; None where it says nothing of it."""
    if looks is None:
        return None
    return looks.find(qn(tag))


def run_of(row: Any, p: Paragraph, text: str, base: float) -> Run:
    """A run of a Word file in its own look, else in that of its style; `base` is the size where
    neither says one.
    """
    looks = row.find(qn("w:rPr"))
    own = _style(p.part, p._p.style)
    style = None
    if own is not None:
        style = own.element.find(qn("w:rPr"))
    size = _part(looks, "w:sz")
    if size is None:
        size = _part(style, "w:sz")
    points = base
    if size is not None:
        points = int(size.get(qn("w:val"))) / 2
    bold = _on(looks, "w:b")
    if _part(looks, "w:b") is None:
        bold = _on(style, "w:b")
    return Run(text, bold, _on(looks, "w:u"), 0.0 if points == base else points)


def joined(runs: list[Run]) -> tuple[Run, ...]:
    """Word cuts text at every turn; runs of one look are one."""
    out: list[Run] = []
    for run in runs:
        if out and _is_of_one_look(out[-1], run):
            out[-1] = Run(out[-1].text + run.text, run.bold, run.underline, run.size)
        else:
            out.append(run)
    return tuple(out)


def _is_of_one_look(first: Run, other: Run) -> bool:
    """Whether two runs of text look alike; a field stays by itself."""
    if first.field or other.field:
        return False
    return (first.bold, first.underline, first.size) == (other.bold, other.underline, other.size)


def table(word_table: Table, base: float) -> PaperTable:
    """The table with widths in points; equal widths where the file's own do not fit."""
    heads = 0
    columns = 0
    rows = []
    for index, tr in enumerate(word_table._tbl.iterchildren(qn("w:tr"))):
        heads += tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None and heads == index
        row = tuple(_cell(tc, word_table, base) for tc in tr.iterchildren(qn("w:tc")))
        columns = max(columns, sum(cell.span for cell in row))
        rows.append(row)
    return PaperTable(_widths(word_table, columns), tuple(rows), heads, _is_plain(word_table))


def _widths(word_table: Table, columns: int) -> tuple[float, ...]:
    grid = word_table._tbl.find(qn("w:tblGrid"))
    widths: tuple[float, ...] = ()
    if grid is not None:
        widths = tuple(int(column.get(qn("w:w")) or 0) / 20 for column in grid)
    if len(widths) != columns or not all(widths):
        if columns:
            return (480.0 / columns,) * columns
        return ()
    return widths


def _is_plain(word_table: Table) -> bool:
    """Whether a table has neither a style nor borders of its own."""
    if word_table._tbl.tblPr.find(qn("w:tblStyle")) is not None:
        return False
    borders = word_table._tbl.tblPr.find(qn("w:tblBorders"))
    if borders is None:
        return True
    return all(border.get(qn("w:val")) in ("nil", "none") for border in borders)


def _cell(tc: Any, word_table: Table, base: float) -> PaperCell:
    looks = tc.find(qn("w:tcPr"))
    span = _part(looks, "w:gridSpan")
    shade = _part(looks, "w:shd")
    fill = ""
    if shade is not None:
        fill = shade.get(qn("w:fill"))
    elements = list(tc.iterchildren(qn("w:p")))
    # A table within a cell is read as its lines.
    for inner in tc.iterchildren(qn("w:tbl")):
        elements += inner.iter(qn("w:p"))
    paras = []
    for element in elements:
        for item in paragraph(Paragraph(element, word_table), base):
            if isinstance(item, Para):
                paras.append(item)
    if not fill or fill.lower() == "auto":
        fill = ""
    columns = 1
    if span is not None:
        columns = int(span.get(qn("w:val")))
    return PaperCell(tuple(paras), fill, columns)
