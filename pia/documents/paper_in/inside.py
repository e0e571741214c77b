"""The document that our own PDF and HTML carry inside as data, taken out to the letter.

Knows where a copy is kept in a file, and how it is put there. Must not know what the pages look
like: a file without a copy is none of its business. Serves documents that come back to the house
(規則第7条第1項).
"""

from __future__ import annotations

import base64
import binascii
import re
from io import BytesIO

import pikepdf

from ...domain.errors import PiaError

NAME = "assessment.json"
MOST = 60 << 20  # bytes a copy may have
_LINK = re.compile(
    rb'<link id="pia-assessment" rel="alternate" type="application/json"'
    rb' href="data:application/json;base64,([A-Za-z0-9+/]*={0,2})">'
)
_OURS = b'<link id="pia-assessment"'


def linked(body: bytes) -> str:
    """The address that keeps a copy within a page of HTML; a browser asks nobody for it."""
    return f"data:application/json;base64,{base64.b64encode(body).decode()}"


def of_html(data: bytes) -> bytes | None:
    """The copy in a page of HTML; None where it has none. PiaError where it is broken."""
    if _OURS not in data:
        return None
    found = _LINK.findall(data)
    if len(found) != 1:
        raise PiaError("中に入っている控えが壊れています。元のファイルを写し直してください。")
    try:
        return base64.b64decode(found[0], validate=True)
    except binascii.Error as error:
        raise PiaError(
            "中に入っている控えが壊れています。元のファイルを写し直してください。"
        ) from error


def of_pdf(data: bytes) -> tuple[bytes | None, list[tuple[int, str]]]:
    """The copy in a PDF, None where it has none; and the notes people put on its pages: the page
    from 1 and what the note says. PiaError where the PDF cannot be opened."""
    try:
        with pikepdf.open(BytesIO(data)) as pdf:
            spec = pdf.attachments.get(NAME)
            if spec is None:
                return None, []
            file = spec.get_file()
            if file.size > MOST or len(file.obj.read_raw_bytes()) > MOST:
                raise PiaError("中に入っている控えが大きすぎるため読めません。")
            return file.read_bytes(), list(_notes(pdf))
    except pikepdf.PasswordError as error:
        raise PiaError(
            "パスワードで保護されたPDFです。パスワードを外して保存し直してください。"
        ) from error
    except (pikepdf.PikepdfError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PiaError("PDFが壊れていて開けません。元のファイルを写し直してください。") from error


def _notes(pdf: pikepdf.Pdf) -> list[tuple[int, str]]:
    """What people wrote on the pages beside the text."""
    notes = []
    for number, page in enumerate(pdf.pages, 1):
        for note in page.get("/Annots", []):
            kind = str(note.get("/Subtype", ""))
            if kind not in ("/Link", "/Popup", "/Widget"):
                notes.append((number, str(note.get("/Contents", "")).strip()))
    return notes
