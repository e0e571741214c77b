"""What a stranger's file says, shown without handing it out: its words, or a picture of it drawn
anew.

Knows kinds of files; each is opened by its guarded reader in a child process. Must not know whose
file it is. What cannot be shown is said in a sentence; nothing of the file itself leaves here.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from ..domain.errors import PiaError
from . import transcripts
from .ooxml import endings, guard
from .proof import pdf
from .text import lists

MAX_WORDS = 50_000
WIDEST = 1_600  # pixels of a picture that is shown
MAX_PIXELS = 60_000_000
_DRAWN = ("PNG", "JPEG", "GIF", "BMP", "TIFF")


@dataclass(frozen=True, slots=True)
class ShownFile:
    """What can be seen of a file: its words, or a picture (PNG), or why neither."""

    words: str = ""
    picture: bytes = b""
    fault: str = ""


def shown(body: bytes, name: str) -> ShownFile:
    """A file as text or picture."""
    kind = endings.kind_of(body)
    try:
        if kind == "image":
            return ShownFile(picture=guard.in_child(_redrawn, body))
        if kind == "pdf":
            pages = pdf.read(body, name).pages
            words = "\n\n".join("\n".join(_lines_of(page)) for page in pages)
        elif kind in ("docx", "text"):
            words = "\n".join(transcripts.read(body, name).texts)
        elif kind == "xlsx":
            words = lists.from_file(body, f"{name}.xlsx")
        else:
            return ShownFile(fault="この種類のファイルは、この画面では表示できません。")
    except PiaError as error:
        return ShownFile(fault=str(error))
    if not words.strip():
        return ShownFile(fault="文字がありません（画像だけのファイルかもしれません）。")
    return ShownFile(words=words[:MAX_WORDS])


def _lines_of(page: pdf.PdfPage) -> list[str]:
    rows = [" ".join(box.text for box in row) for row in page.rows]
    return [*page.lines, *rows]


def _redrawn(body: bytes) -> bytes:
    """The first picture of a file drawn anew, so that nothing but its pixels is left."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(BytesIO(body), formats=_DRAWN) as picture:
            picture.draft("RGB", (WIDEST, WIDEST))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((WIDEST, WIDEST))
            plain = Image.new("RGB", upright.size)
            plain.paste(upright)
            out = BytesIO()
            plain.save(out, "PNG")
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PiaError("画像として読めません。") from error
