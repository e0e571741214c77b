"""Whether the ending of a file's name says what the file is, told from its first bytes.

Knows endings and beginnings. Must not know what a file is for, nor whether it is whole: that its
reader says. A name without an ending says nothing and is let be (ASVS 5.2.2).
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

KINDS = {
    "xlsx": "Excelのブック",
    "xlsm": "マクロ付きのExcelのブック",
    "docx": "Wordの文書",
    "pptx": "PowerPointの文書",
    "zip": "ZIPのファイル",
    "pdf": "PDF",
    "old": "古い形式（.xls・.doc など）の文書",
    "image": "画像",
    "text": "文字のファイル",
    "": "種類の分からないファイル",
}
_OFFICE = {"xl/": "xlsx", "word/": "docx", "ppt/": "pptx"}
_IMAGES = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
)
_SAYS = {
    "xlsx": {"xlsx"},
    "xlsm": {"xlsx"},
    "docx": {"docx"},
    "pptx": {"pptx"},
    "pdf": {"pdf"},
    "xls": {"old"},
    "doc": {"old"},
    "jtd": {"old"},
    "ppt": {"old"},
    "zip": {"zip", "xlsx", "docx", "pptx"},
}
_SAYS |= {ending: {"image"} for ending in ("png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff")}
_SAYS |= {ending: {"text"} for ending in ("txt", "vtt", "srt", "md", "json", "csv", "yaml", "yml")}


def fault(name: str, data: bytes) -> str:
    """The sentence to say where a name's ending and the content do not fit; empty where they do, or
    where nothing is known of the ending."""
    match = re.search(r"\.([A-Za-z0-9]+)$", name)
    if match:
        ending = match[1].lower()
    else:
        ending = ""
    if ending not in _SAYS or not data:
        return ""
    kind = kind_of(data)
    if kind in _SAYS[ending]:
        return ""
    return (
        f"ファイル「{name[:100]}」の名前は .{ending} で終わっていますが、中身は{KINDS[kind]}です。"
        "元のファイルを確かめて、選び直してください。"
    )


def kind_of(data: bytes) -> str:
    """What a file is: a key of `KINDS`."""
    if data.startswith(b"PK\x03\x04"):
        return _package(data)
    if data.startswith(b"%PDF"):
        return "pdf"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "old"
    if data.startswith(_IMAGES):
        return "image"
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    return "text"


def _package(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as read:
            names = read.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "zip"
    for at, value in _OFFICE.items():
        if any(name.startswith(at) for name in names):
            return value
    return "zip"
