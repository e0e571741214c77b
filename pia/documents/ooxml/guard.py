"""What may be opened at all: a look at an uploaded workbook before any parser sees it, and a child
process for the parser.

Knows the outside of files (zip directory, part names, markup that expands). Must not know what a
workbook says. Nothing here writes a file; a refused upload changes nothing. Serves the safety of
documents under 規則第7条第1項 that come from other departments and from outside.
"""

from __future__ import annotations

import dataclasses
import os
import pickle
import re
import resource
import select
import signal
import sys
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from ...domain.errors import PiaError
from . import archive as packed

_Result = TypeVar("_Result")
MAX_FILE = 40 << 20
MAX_TOTAL = 120 << 20
MAX_PART = 60 << 20
MAX_PARTS = 2_000
MAX_CELLS = 600_000
MAX_MERGES = 60_000
MAX_MERGED_AREA = 1_000_000
MAX_ROW = 60_000
_RATIO = 150

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (".xml", ".rels", ".vml")
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']\$?([A-Z]{1,3})\$?(\d+):\$?([A-Z]{1,3})\$?(\d+)[\"']"
)
_CELL_AT = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"'][A-Z]{1,3}(\d+)[\"'][^>/]*>")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
# What a torn or forged archive raises while it is opened and read.
_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    UnicodeDecodeError,
)


def check(data: bytes, name: str = "") -> None:
    """Refuse what is no plain workbook or could do harm.

    PiaError carries one sentence with what to do; `name` is the file's name for it.
    """
    sentence = _fault(data, name)
    if sentence:
        raise PiaError(f"{name}：{sentence}" if name else sentence)


def check_word(data: bytes) -> None:
    """The same of a Word file (.docx): PiaError in one sentence with what to do."""
    sentence = _fault_of_word(data)
    if sentence:
        raise PiaError(sentence)


def _fault_of_word(data: bytes) -> str | None:
    if not data:
        return "ファイルが空です。もう一度保存し直してから選んでください。"
    if len(data) > MAX_FILE:
        return (
            f"ファイルが大きすぎます（上限 {MAX_FILE >> 20} MB）。"
            "画像を小さくして保存し直してください。"
        )
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return (
                "パスワードで保護されています。Wordで開いてパスワードを外し、保存し直してください。"
            )
        return _AS_WORD
    if not data.startswith(b"PK"):
        return _AS_WORD
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _word_package(archive)
    except _BROKEN_ARCHIVE:
        return "ファイルが壊れていて開けません。元のファイルをWordで開いて保存し直してください。"


_AS_WORD = (
    "Word文書（.docx）ではありません。Wordで開き「Word文書（.docx）」で保存し直してください。"
)
_EXTERNAL = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")


def _word_package(archive: zipfile.ZipFile) -> str | None:
    infos = archive.infolist()
    lower = [info.filename.lower() for info in infos]
    fault = _container(infos, lower)
    if fault:
        return fault.replace("Excelで", "Wordで").replace("不要なシートや図", "不要な図")
    if not _has(lower, "word/") or "[content_types].xml" not in lower:
        return _AS_WORD
    if any(name.endswith("vbaproject.bin") for name in lower):
        return (
            "マクロを含む文書は受け取れません。"
            "「Word文書（.docx）」（マクロなし）で保存し直してください。"
        )
    for info in infos:
        name = info.filename.lower()
        part = packed.part(archive, info)
        if name.endswith(_MARKUP) and _declares(part):
            return (
                "外部を参照する宣言（DTD）を含むため読み取れません。"
                "Wordで開いて保存し直してください。"
            )
        if name.endswith(".rels"):
            for relation in _EXTERNAL.findall(part):
                if b"External" in relation and b"/hyperlink" not in relation:
                    return (
                        "文書の外にあるもの（文書テンプレート、外の図など）を参照しています。"
                        "参照をやめるか、「Word文書（.docx）」で新しく保存し直してください。"
                    )
    return None


def _fault(data: bytes, name: str) -> str | None:
    if not data:
        return "ファイルが空です。もう一度保存し直してから選んでください。"
    if len(data) > MAX_FILE:
        return (
            f"ファイルが大きすぎます（上限 {MAX_FILE >> 20} MB）。"
            "画像を小さくするか、不要なシートを消してください。"
        )
    if data.startswith(_OLE):
        return _ole(data, name)
    if data.startswith(b"%PDF"):
        return "これはPDFです。ExcelのブックをExcelブック（.xlsx）のまま選んでください。"
    if not data.startswith(b"PK"):
        return (
            "Excelブック（.xlsx）ではありません。"
            "Excelで開き「Excelブック（.xlsx）」で保存し直してください。"
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return _package(archive)
    except _BROKEN_ARCHIVE:
        return "ファイルが壊れていて開けません。元のファイルをExcelで開いて保存し直してください。"


def _ole(data: bytes, name: str) -> str:
    """What an old kind of file is, and how it becomes one that can be read."""

    def has(word: str) -> bool:
        return word.encode("utf-16-le") in data

    if has("EncryptedPackage"):
        return "パスワードで保護されています。Excelで開いてパスワードを外し、保存し直してください。"
    if has("JSRV_SegmentInformation") or name.lower().endswith((".jtd", ".jtdc", ".jtt")):
        return (
            "一太郎の文書（.jtd）です。"
            "一太郎で開き「Word文書（.docx）」の形式で保存し直してください。"
        )
    if has("WordDocument") or name.lower().endswith(".doc"):
        return (
            "古い形式（.doc）のWordの文書です。"
            "Wordで開き「Word文書（.docx）」で保存し直してください。"
        )
    if has("PowerPoint Document"):
        return "これはPowerPointの文書です。評価書のExcelブック（.xlsx）を選んでください。"
    return (
        "古い形式（.xls）のファイルです。"
        "Excelで開き「Excelブック（.xlsx）」で保存し直してください。"
    )


def _package(archive: zipfile.ZipFile) -> str | None:
    infos = archive.infolist()
    lower = [info.filename.lower() for info in infos]
    fault = _container(infos, lower) or _kind(archive, lower)
    if fault:
        return fault
    for info in infos:
        name = info.filename.lower()
        # Also a picture's: whoever opens the file later must not unpack more than was counted.
        part = packed.part(archive, info)
        if not name.endswith(_MARKUP):
            continue
        if _declares(part):
            return (
                "外部を参照する宣言（DTD）を含むため読み取れません。"
                "Excelで開いて保存し直してください。"
            )
        if "/worksheets/" in name and name.endswith(".xml"):
            fault = _sheet(part)
            if fault:
                return fault
    return None


def _container(infos: list[zipfile.ZipInfo], lower: list[str]) -> str | None:
    """What is wrong with the ZIP itself, before anything in it is read."""
    if len(infos) > MAX_PARTS:
        return (
            f"ファイルの中の部品が多すぎます（上限 {MAX_PARTS}）。"
            "不要なシートや図を消して保存し直してください。"
        )
    if any(info.flag_bits & 1 for info in infos):
        return "暗号化されたファイルです。パスワードを外して保存し直してください。"
    if len(set(lower)) != len(lower) or any(_is_outside(info.filename) for info in infos):
        return "ファイルの中の部品の名前が正しくありません。Excelで開いて保存し直してください。"
    if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
        return "読めない方法で圧縮されています。Excelで開いて保存し直してください。"
    if sum(info.file_size for info in infos) > MAX_TOTAL or any(map(_is_too_large, infos)):
        return (
            "展開すると大きくなりすぎるファイルです。"
            "不要なシートや空の行を消して保存し直してください。"
        )
    return None


def _is_outside(name: str) -> bool:
    """Whether a part's name leads out of the package."""
    return "\\" in name or name.startswith("/") or ".." in name.split("/")


def _is_too_large(info: zipfile.ZipInfo) -> bool:
    """Whether a part is too large, or packed so tightly that it is no document."""
    if info.file_size > MAX_PART:
        return True
    return info.file_size > 4 << 20 and info.file_size > _RATIO * max(info.compress_size, 1)


def _kind(archive: zipfile.ZipFile, lower: list[str]) -> str | None:
    """What sort of package it is, told from part names and content types."""
    other = _other_kind(lower)
    if other:
        return other
    if "[content_types].xml" not in lower or not _has(lower, "xl/worksheets/"):
        return (
            "Excelブック（.xlsx）ではありません。"
            "Excelで開き「Excelブック（.xlsx）」で保存し直してください。"
        )
    types = packed.part(archive, archive.infolist()[lower.index("[content_types].xml")])
    if b"macroEnabled" in types or _has_macros(lower):
        return (
            "マクロを含むブックは受け取れません。"
            "「Excelブック（.xlsx）」（マクロなし）で保存し直してください。"
        )
    if _has(lower, "xl/externallinks/"):
        return (
            "他のファイルへのリンクを含んでいます。"
            "Excelの「データ」→「リンクの編集」でリンクを解除し、保存し直してください。"
        )
    if _has(lower, "xl/querytables/", "xl/connections", "xl/model/"):
        return (
            "外部データへの接続を含んでいます。"
            "Excelの「データ」→「クエリと接続」で接続を削除し、保存し直してください。"
        )
    return None


def _other_kind(lower: list[str]) -> str | None:
    """A package that is no workbook of XML parts."""
    if _has(lower, "word/"):
        return "これはWordの文書です。評価書のExcelブック（.xlsx）を選んでください。"
    if _has(lower, "ppt/"):
        return "これはPowerPointの文書です。評価書のExcelブック（.xlsx）を選んでください。"
    if "mimetype" in lower or "content.xml" in lower:
        return "OpenDocument形式のファイルです。「Excelブック（.xlsx）」で保存し直してください。"
    if _has([name for name in lower if name.endswith(".bin")], "xl/work"):
        return "バイナリ形式（.xlsb）のブックです。「Excelブック（.xlsx）」で保存し直してください。"
    return None


def _has(names: list[str], *starts: str) -> bool:
    """Whether some part's name begins so."""
    return any(name.startswith(starts) for name in names)


def _has_macros(names: list[str]) -> bool:
    is_program = any(name.endswith("vbaproject.bin") for name in names)
    return is_program or _has(names, "xl/macrosheets/", "xl/activex/")


def _declares(part: bytes) -> bool:
    if part[:2] in (b"\xff\xfe", b"\xfe\xff"):
        part = part.decode("utf-16", "replace").encode()
    elif b"\x00" in part[:64]:  # UTF-16 or UTF-32 without a mark: no office program writes it
        return True
    return b"<!DOCTYPE" in part or b"<!ENTITY" in part


def _column(letters: bytes) -> int:
    count = 0
    for ch in letters:
        count = count * 26 + ch - 64
    return count


def _sheet(part: bytes) -> str | None:
    area = count = 0
    for first, second, cell, day in _MERGE.findall(part):
        count += 1
        area += (abs(_column(cell) - _column(first)) + 1) * (abs(int(day) - int(second)) + 1)
    if count > MAX_MERGES or area > MAX_MERGED_AREA:
        return (
            "結合されたセルの範囲が大きすぎます。"
            "使っていない行と列の結合を解除して保存し直してください。"
        )
    # Far rows with an opened (not self-closed) cell hold a value; styled empty rows down to the end
    # of the sheet are ordinary.
    if any(int(row) > MAX_ROW for row in _CELL_AT.findall(part)):
        return f"{MAX_ROW}行より下に記載があります。離れた場所の記載を消して保存し直してください。"
    if sum(1 for _ in _CELL.finditer(part)) > MAX_CELLS:
        return "セルの数が多すぎます。使っていない行と列を削除して保存し直してください。"
    return None


_PLAIN = frozenset(
    {
        ("builtins", "frozenset"),
        ("builtins", "set"),
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "time"),
    }
)


def in_child(
    function: Callable[..., _Result],
    *args: Any,
    seconds: int = 30,
    memory: int = 1 << 30,
    called: str = "ブック",
) -> _Result:
    """`function(*args)` in a forked child with its own limits of memory (bytes) and time. Its
    PiaError is raised here; a crash, a time-out or too much memory becomes one PiaError sentence
    about what the file is `called`. The result must be picklable.
    """
    read_end, write_end = os.pipe()
    with warnings.catch_warnings():
        # The child only computes and leaves by _exit: it takes none of the locks another thread may
        # hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        _child(read_end, write_end, function, args, seconds, memory)
    os.close(write_end)
    answer = b""
    try:
        answer = _received(read_end, time.monotonic() + seconds)
    finally:
        os.close(read_end)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    if not answer:
        raise PiaError(
            f"{called}が大きいか複雑すぎて、決められた時間と大きさの中で読み取れませんでした。"
            f"不要な{'シートや' if called == 'ブック' else ''}図を消して保存し直してください。"
        )
    kind: str
    value: _Result
    kind, value = _Answer(BytesIO(answer)).load()  # nosec B301 # only plain values and our own
    if kind == "refused":
        raise PiaError(str(value))
    return value


class _Answer(pickle.Unpickler):
    """What a child answered.

    The child has read a stranger's file: its answer may be made of our own values and nothing that
    does something when it is made.
    """

    def find_class(self, module: str, name: str) -> Any:
        kind = getattr(sys.modules.get(module), name, None)
        ours = (
            module.startswith("pia.") and isinstance(kind, type) and dataclasses.is_dataclass(kind)
        )
        if not ours and (module, name) not in _PLAIN:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return kind


def _received(read_end: int, until: float) -> bytes:
    """All the child wrote, or b"" when it died or time ran out before it was complete (the first 8
    bytes give the length).
    """
    got = bytearray()
    while (left := until - time.monotonic()) > 0 and select.select([read_end], [], [], left)[0]:
        piece = os.read(read_end, 1 << 16)
        if not piece:
            break
        got += piece
    if len(got) > 8 and len(got) - 8 == int.from_bytes(got[:8], "big"):
        return bytes(got[8:])
    return b""


def _child(
    read_end: int,
    write_end: int,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    seconds: int,
    memory: int,
) -> None:
    try:
        os.close(read_end)
        with open("/proc/self/statm", encoding="ascii") as file:
            mine = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mine + memory, mine + memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            answer = pickle.dumps(("done", function(*args)))
        except PiaError as error:
            answer = pickle.dumps(("refused", str(error)))
        with os.fdopen(write_end, "wb") as out:
            out.write(len(answer).to_bytes(8, "big") + answer)
    finally:
        os._exit(0)
