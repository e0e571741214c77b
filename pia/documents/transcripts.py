"""A transcript of a meeting as a file: text in any of the encodings of Japanese machines, Word,
WebVTT or SubRip, as lines with the clock of each.

Knows files. What the lines say is read by `domain.minutes`. Nothing here writes a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml.etree import XMLSyntaxError

from ..domain.errors import PiaError
from .ooxml import guard
from .word import reader as word

MAX_FILE = 10 << 20
MAX_LINE = 200_000
MAX_LINES = 100_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_MEDIA = (b"ID3", b"RIFF", b"OggS", b"fLaC", b"\x1aE\xdf\xa3")
_CLOCK = re.compile(r"^[\s\[(（]*((?:\d{1,2}:)?\d{1,2}:\d{2})(?:[.,]\d{1,3})?(?=[\s　\])）]|$)")
_BLOCKS = (qn("w:p"), qn("w:tbl"))
_BOX = qn("w:txbxContent")
# Parts beside the body by the end of their relation: the mark of their lines, what holds them.
_PARTS = {
    "footnotes": ("〔脚注〕", "w:footnote"),
    "endnotes": ("〔脚注〕", "w:endnote"),
    "comments": ("〔コメント〕", "w:comment"),
    "header": ("〔ヘッダー・フッター〕", "w:hdr"),
    "footer": ("〔ヘッダー・フッター〕", "w:ftr"),
}
_UNSAID = frozenset(
    (
        qn("w:del"),
        qn("w:moveFrom"),
        qn("w:rt"),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    )
)
_HALF = re.compile("[\uff61-\uff9f\ufffd]")
_CHOOSE = "Word文書（.docx）、テキスト（.txt）、字幕（.vtt・.srt）のいずれかを選んでください。"


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a transcript, and for each its clock (0:12:34) where the file says it."""

    texts: tuple[str, ...]
    clocks: tuple[str | None, ...]


def read(body: bytes, name: str) -> Lines:
    """The lines of a file. PiaError with one sentence for what is no transcript."""
    fault = _fault(body)
    if fault:
        raise PiaError(f"{name}：{fault}")
    if body.startswith(b"PK") and b"xl/workbook" in body:
        raise PiaError(f"{name}：Excelのブックです。{_CHOOSE}")
    if body.startswith(b"PK"):
        texts = _from_word(body, name)
    else:
        texts = _decoded(body, name).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while texts and not texts[-1].strip():
        texts.pop()
    if not any(text.strip() for text in texts):
        raise PiaError(f"{name}：文字がありません。書き起こしが入ったファイルを選んでください。")
    if len(texts) > MAX_LINES or max(map(len, texts)) > MAX_LINE:
        raise PiaError(
            f"{name}：行が長すぎるか多すぎます。発言ごとに改行して保存し直してください。"
        )
    return Lines(tuple(texts), _clocks(texts))


def _fault(body: bytes) -> str:
    """Why a file can be no transcript, by its first bytes; empty where it may be one."""
    if not body:
        return "ファイルが空です。もう一度保存し直してから選んでください。"
    if len(body) > MAX_FILE:
        return f"ファイルが大きすぎます（上限 {MAX_FILE >> 20} MB）。図を消すか、分けてください。"
    if body.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in body:
        return "パスワードで保護されています。パスワードを外して保存し直してください。"
    if body.startswith(_OLE):
        return f"古い形式のOfficeのファイルです。{_CHOOSE}"
    if body.startswith(_PICTURES):
        return f"画像のファイルです。{_CHOOSE}"
    if body.startswith(_MEDIA) or body[4:8] == b"ftyp":
        return f"録音・録画のファイルです。{_CHOOSE}"
    if body.startswith((b"%PDF", b"{\\rtf")):
        return f"書き起こしとして読めない種類のファイルです。{_CHOOSE}"
    return ""


def _decoded(body: bytes, name: str) -> str:
    """The text of a file in UTF-8, UTF-16, Shift_JIS, EUC-JP or the encoding of mail."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        codecs: tuple[str, ...] = ("utf-16",)
    elif b"\x1b$" in body:
        codecs = ("iso2022_jp", "iso2022_jp_ext")
    elif body[:200].count(0) > 20:
        codecs = ("utf-16-le" if body[1:200:2].count(0) >= body[:200:2].count(0) else "utf-16-be",)
    else:
        codecs = ("utf-8-sig", *_of_two_bytes(body))
    for codec in codecs:
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise PiaError(f"{name}：文字として読めません。UTF-8のテキストで保存し直してください。")


def _of_two_bytes(body: bytes) -> tuple[str, ...]:
    """Shift_JIS and EUC-JP, the likelier first: hiragana of the one are katakana of half width in
    the other, where they are letters at all."""

    def odd(codec: str) -> int:
        return len(_HALF.findall(body.decode(codec, "replace")))

    return tuple(sorted(("cp932", "euc_jp", "euc_jis_2004"), key=odd))


def _from_word(body: bytes, name: str) -> list[str]:
    try:
        return guard.in_child(_word_lines, body, name)
    except PiaError as error:
        if str(error).startswith("ブックが"):
            raise PiaError(
                f"{name}：文書が大きいか複雑すぎて読み取れません。図を消すか、分けてください。"
            ) from error
        raise


def _word_lines(body: bytes, name: str) -> list[str]:
    """Paragraphs and rows of tables in order; a row is its cells with tabs between. Then what
    stands beside the running text, each line with the mark that says so: nobody spoke it, and
    nothing of a file is lost.
    """
    book = word.opened(body, name)
    lines = _lines(book.element.body)
    deleted = []
    for element in book.element.body.iter(qn("w:del")):
        deleted.append("".join(text.text or "" for text in element.iter(qn("w:delText"))))
    beside = [("〔削除された文字〕", text) for text in deleted]
    for mark, holder in _beside(book.part, name):
        beside += [(mark, line) for line in _lines(holder)]
    for mark, text in dict.fromkeys(beside):
        if text.strip():
            lines.append(f"{mark}{text}")
    return lines


def _beside(part: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What holds paragraphs beside the body, with the mark of its kind: each footnote and comment,
    headers and footers.
    """
    for relation in part.rels.values():
        kind = relation.reltype.rpartition("/")[2]
        if relation.is_external or kind not in _PARTS:
            continue
        mark, tag = _PARTS[kind]
        try:
            root = parse_xml(relation.target_part.blob)
        except XMLSyntaxError as error:
            raise PiaError(
                f"{name}の脚注・コメントなどを読めません。"
                "Wordで開き「Word文書（.docx）」で保存し直してください。"
            ) from error
        for holder in root.iter(qn(tag)):
            if holder.get(qn("w:type")) in (None, "normal"):
                yield mark, holder


def _lines(holder: Any) -> list[str]:
    """The lines of a body, a cell or a text box."""
    lines: list[str] = []
    for element in _within(holder, _BLOCKS):
        if element.tag == qn("w:p"):
            lines += _said(element)
        else:
            for row in _within(element, (qn("w:tr"),)):
                lines += _row(row)
    return lines


def _within(holder: Any, tags: tuple[str, ...]) -> Iterator[Any]:
    """The elements of some kinds nearest within another: content controls and what was inserted are
    gone through, deleted and moved words, readings above letters (ruby) and second copies for older
    programs are not.
    """
    for element in holder.iterchildren():
        if element.tag in tags:
            yield element
        elif element.tag not in _UNSAID:
            yield from _within(element, tags)


def _said(paragraph: Any) -> list[str]:
    """The lines of a paragraph, then those of text boxes anchored in it."""
    runs = list(_within(paragraph, (qn("w:r"), _BOX)))
    lines = "".join(_run(run) for run in runs).split("\n")
    for run in runs:
        for box in _within(run, (_BOX,)):
            lines += _lines(box)
    return lines


def _run(run: Any) -> str:
    """What a run says, with the letters that carry a reading above them."""
    based = [word.text_of(base) for base in _within(run, (qn("w:r"), _BOX)) if base.tag != _BOX]
    return word.text_of(run) + "".join(based)


def _row(row: Any) -> list[str]:
    """The lines of a row: its first line with the label, more paragraphs under it."""
    cells = []
    for cell in _within(row, (qn("w:tc"),)):
        cells.append([line for line in _lines(cell) if line.strip()])
    while cells and not cells[-1]:
        cells.pop()
    if not cells:
        return []
    label = "\t".join("".join(cell) for cell in cells[:-1])
    first, *rest = cells[-1]
    return [f"{label}\t{first}" if label else first, *rest]


def _clocks(texts: list[str]) -> tuple[str | None, ...]:
    """The clock of each line: its own, in a subtitle that of the time above it."""
    clocks: list[str | None] = []
    cue: str | None = None
    for text in texts:
        match = _CLOCK.match(text)
        if "-->" in text and match:
            cue = match[1]
        elif not text.strip():
            cue = None
        clocks.append(match[1] if match else cue)
    return tuple(clocks)
