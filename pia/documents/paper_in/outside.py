"""What may be opened at all of Word files and PDFs, told before any reader of their text sees them.

Knows the outside of packages and what a PDF can do besides being read. Must not know what it says.
Serves the safety of documents that come from other departments and from outside (規則第7条第1項).
"""

from __future__ import annotations

from io import BytesIO

import pikepdf

from ...domain.errors import PiaError
from ..ooxml import guard

CALLED = {"docx": "Word文書", "pdf": "PDF"}
MOST_OBJECTS = 400_000
_DEEP = 12
# What a PDF does by itself, or through a click, besides showing a place of its own.
_DOES = frozenset(
    (
        "/JavaScript",
        "/Launch",
        "/ImportData",
        "/SubmitForm",
        "/GoToE",
        "/Rendition",
        "/RichMediaExecute",
    )
)
_HOLDS = frozenset(("/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"))


def check(data: bytes) -> str:
    """docx or pdf; PiaError in one sentence for what is neither, or could do harm."""
    if data[:1024].lstrip(b"\xef\xbb\xbf\x00\t\n\r ").startswith(b"%PDF"):
        if len(data) > guard.MAX_FILE:
            raise PiaError(
                f"PDFが大きすぎます（上限 {guard.MAX_FILE >> 20} MB）。"
                "画像を小さくするか、分けて保存し直してください。"
            )
        return "pdf"
    guard.check_word(data)
    return "docx"


def check_pdf(data: bytes) -> None:
    """PiaError for a PDF with a password, one that runs something, and one of endless pages. In the
    child: what a broken file does to a reader ends there."""
    try:
        with pikepdf.open(BytesIO(data), suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise PiaError(_LOCKED)
            if len(pdf.objects) > MOST_OBJECTS:
                raise PiaError("PDFの部品が多すぎます。元の文書からPDFを作り直してください。")
            for item in pdf.objects:
                _must_be_still(item)
    except pikepdf.PasswordError as error:
        raise PiaError(_LOCKED) from error
    except (
        pikepdf.PikepdfError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise PiaError(
            "PDFが壊れていて開けません。元の文書からPDFを作り直してください。"
        ) from error


_LOCKED = (
    "パスワードで保護された（暗号化された）PDFです。"
    "作った人に保護を外してもらい、保存し直してください。"
)


def _must_be_still(item: pikepdf.Object, depth: int = 0) -> None:
    """PiaError where an object of a PDF runs something or holds what plays."""
    if not isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        return
    if "/JS" in item or "/JavaScript" in item or str(item.get("/S", "")) in _DOES:
        raise PiaError(
            "スクリプトなどの動作が組み込まれたPDFのため、読み取れません。"
            "元の文書からPDFを作り直してください。"
        )
    if "/XFA" in item or str(item.get("/Subtype", "")) in _HOLDS:
        raise PiaError(
            "入力フォーム（XFA）や動画などが組み込まれたPDFのため、読み取れません。"
            "元の文書からPDFを作り直してください。"
        )
    if depth < _DEEP:
        for part in item.values():
            _look_into(part, depth)


def _look_into(part: object, depth: int) -> None:
    """What stands inside an object itself; what it only refers to is looked at by itself."""
    if isinstance(part, pikepdf.Array) and not part.is_indirect:
        for inner in part:
            if isinstance(inner, (pikepdf.Dictionary, pikepdf.Array)):
                _look_into(inner, depth + 1)
    elif isinstance(part, pikepdf.Dictionary) and not part.is_indirect:
        _must_be_still(part, depth + 1)
