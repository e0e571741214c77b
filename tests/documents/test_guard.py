"""What is refused before any parser sees it: one clear sentence each, bounded time and memory,
and nothing that is an honest workbook."""

from __future__ import annotations

import os
import pickle
import signal
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from docx import Document
from openpyxl import Workbook

from pia import forms
from pia.documents.ooxml import drawings, guard, package
from pia.documents.word import reader as word_reader
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.errors import PiaError
from tests.documents.books import parts

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def a_book() -> bytes:
    book = Workbook()
    book.active["A1"] = "記載"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def changed(**new: bytes) -> bytes:
    """An honest workbook with parts added or replaced; names with __ for / and _dot_ for a dot."""
    files = parts(a_book())
    files.update({k.replace("__", "/").replace("_dot_", "."): v for k, v in new.items()})
    return package.pack(files)


MACRO_TYPE = b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"
WORKSHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def sheet(body: str) -> bytes:
    text = f"{WORKSHEET}<sheetData>{body}</sheetData></worksheet>"
    return changed(xl__worksheets__sheet1_dot_xml=text.encode())


def merged(ref: str) -> bytes:
    merges = f'<mergeCells count="1"><mergeCell ref="{ref}"/></mergeCells>'
    text = f"{WORKSHEET}<sheetData/>{merges}</worksheet>"
    return changed(xl__worksheets__sheet1_dot_xml=text.encode())


def zipped(*names: str) -> bytes:
    return package.pack({n: b"<x/>" for n in names})


def bomb() -> bytes:
    return changed(xl__sharedStrings_dot_xml=b"<sst>" + b" " * (61 << 20) + b"</sst>")


def lying(data: bytes, part: str, size: int, fits: bool) -> bytes:
    """A package in which a part holds `size` bytes and the directory says 10. `fits`: its checksum
    is the one of those ten."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts(data).items():
            archive.writestr(name, body)
        archive.writestr(part, bytes(size))
    packed = bytearray(out.getvalue())
    at = packed.rfind(b"PK\x01\x02")
    packed[at + 24 : at + 28] = (10).to_bytes(4, "little")
    if fits:
        packed[at + 16 : at + 20] = zlib.crc32(bytes(10)).to_bytes(4, "little")
    return bytes(packed)


def locked() -> bytes:
    data = bytearray(a_book())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "空です"),
    "text": (lambda: "評価書番号,評価書名".encode(), "Excelブック（.xlsx）ではありません"),
    "pdf": (lambda: b"%PDF-1.7", "PDF"),
    "xls": (lambda: OLE + "Workbook".encode("utf-16-le"), "古い形式（.xls）"),
    "doc": (lambda: OLE + "WordDocument".encode("utf-16-le"), "Word"),
    "password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "パスワード"),
    "docx": (lambda: zipped("[Content_Types].xml", "word/document.xml"), "Word"),
    "pptx": (lambda: zipped("[Content_Types].xml", "ppt/presentation.xml"), "PowerPoint"),
    "ods": (lambda: zipped("mimetype", "content.xml"), "OpenDocument"),
    "xlsb": (lambda: zipped("[Content_Types].xml", "xl/workbook.bin"), "xlsb"),
    "zip": (lambda: zipped("readme.txt"), "Excelブック（.xlsx）ではありません"),
    "cut": (lambda: a_book()[:-40], "壊れて"),
    "cut early": (lambda: a_book()[:300], "壊れて"),
    "locked zip": (locked, "暗号化"),
    "macro": (lambda: changed(xl__vbaProject_dot_bin=b"x"), "マクロ"),
    "macro type": (
        lambda: changed(**{"[Content_Types]_dot_xml": MACRO_TYPE}),
        "マクロ",
    ),
    "activex": (lambda: changed(xl__activeX__activeX1_dot_xml=b"<x/>"), "マクロ"),
    "external": (lambda: changed(xl__externalLinks__externalLink1_dot_xml=b"<x/>"), "リンク"),
    "connection": (lambda: changed(xl__connections_dot_xml=b"<x/>"), "接続"),
    "dtd": (
        lambda: changed(
            xl__sharedStrings_dot_xml=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><sst/>'
        ),
        "DTD",
    ),
    "dtd in utf-16": (
        lambda: changed(xl__sharedStrings_dot_xml="<!DOCTYPE x []><sst/>".encode("utf-16")),
        "DTD",
    ),
    "bomb": (bomb, "大きく"),
    "lie": (lambda: lying(a_book(), "xl/media/a.png", 1 << 20, fits=False), "壊れて"),
    "fitting lie": (lambda: lying(a_book(), "xl/media/a.xml", 1 << 20, fits=True), "壊れて"),
    "huge merge": (lambda: merged("A1:XFD1048576"), "結合"),
    "wide merge": (lambda: merged("H1:ZZ3000"), "結合"),
    "far cell": (
        lambda: sheet(
            '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
        ),
        "行より下",
    ),
    "climbing name": (lambda: changed(**{"xl__..__..__x_dot_xml": b"<x/>"}), "部品"),
}


@pytest.mark.parametrize("fits", [False, True])
def test_a_part_that_lies_about_its_size_stays_packed(fits: bool) -> None:
    """Also in this very process, and of Word files and kept drawings too."""
    size = 64 << 20
    book = lying(a_book(), "xl/worksheets/sheet9.xml", size, fits)
    word = BytesIO()
    Document().save(word)
    paper = lying(word.getvalue(), "word/media/a.png", size, fits)
    drawing = lying(package.pack({"drawing.xml": b"<x/>"}), "media/a.xml", size, fits)
    tracemalloc.start()
    with pytest.raises(PiaError, match="壊れて"):
        guard.check(book)
    with pytest.raises(PiaError, match="読めません"):
        word_reader.opened(paper, "様式.docx")
    assert drawings.texts(drawing) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size // 4


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence(name: str) -> None:
    make, word = REFUSED[name]
    with pytest.raises(PiaError) as error:
        guard.check(make(), "提出.xlsx")
    sentence = str(error.value)
    assert (
        word in sentence
        and sentence.startswith("提出.xlsx：")
        and sentence.endswith("。")
        and "\n" not in sentence
    )


def test_honest_workbooks_pass() -> None:
    guard.check(a_book())
    guard.check(merged("A1:H60"))
    form = forms.load("all_item@平成30年5月")
    guard.check(
        writer.write(
            items.build(form, [(("I", "1", "2"), "長い文。" * 20_000)]), form, title="国保"
        )
    )


def test_far_empty_styled_rows_are_ordinary() -> None:
    guard.check(
        sheet('<row r="1048576" s="1" customFormat="1" ht="15"><c r="A1048576" s="1"/></row>')
    )


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _eat() -> int:
    return len(bytearray(3 << 30))


def _spin() -> None:
    while True:
        pass


def _refuse() -> None:
    raise PiaError("だめです。")


@pytest.mark.parametrize("function", [_die, _eat, _spin])
def test_a_child_that_dies_is_one_sentence(function: Callable[[], object]) -> None:
    with pytest.raises(PiaError, match="読み取れませんでした"):
        guard.in_child(function, seconds=1, memory=256 << 20)


def test_a_child_gives_its_answer_or_its_refusal() -> None:
    assert guard.in_child(sorted, [3, 1, 2]) == [1, 2, 3]
    assert len(guard.in_child(bytes, 5 << 20)) == 5 << 20
    with pytest.raises(PiaError, match=r"^だめです。$"):
        guard.in_child(_refuse)


class _Deed:
    """What a child that a file has taken over would send: something that is done when it is
    read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("/nowhere/that/would/be/seen",)


def test_a_child_s_answer_does_nothing_when_it_is_read() -> None:
    try:
        said = str(guard.in_child(_Deed))
    except pickle.UnpicklingError as e:
        said = str(e)
    except Exception as e:
        said = f"done: {e!r}"
    assert "mkdir" in said and "done" not in said


def test_parts_that_do_not_fit_together_are_one_sentence() -> None:
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "_rels/.rels"):
        files = parts(a_book())
        files[name] = files[name][: len(files[name]) // 2]
        with pytest.raises(PiaError, match="壊れて"):
            reader.read(package.pack(files), forms.load("all_item@平成30年5月"))


def test_the_zip_of_a_drawing_blob_is_dated_and_ordered_alike() -> None:
    packed = package.pack({"b": b"1", "a": b"2"})
    with zipfile.ZipFile(BytesIO(packed)) as z:
        assert z.namelist() == ["b", "a"] and {i.date_time[0] for i in z.infolist()} == {1980}
